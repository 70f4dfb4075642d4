/* The mapping as the store asks for it (store/owning.h): whose are a batch's rows. */
#include "query/query.h"

#include "base/mem.h"

struct customers_owning {
	struct owning owning;
	struct attributor *attributor;
	struct owner_sets *sets;
	struct owner_memo *memo;
};

#define COL(name) ((uint64_t)1 << TR_##name)

static enum err owners_of_codes(void *arg, const struct coded_block *b, uint32_t *const *ret_set)
{
	return customers_owners_of_codes(((struct customers_owning *)arg)->memo, b, ret_set);
}

static const uint32_t *owners_in(void *arg, uint32_t set, size_t *ret_n)
{
	const struct customers_owning *o = arg;
	return owner_set(o->sets, set, ret_n);
}

void customers_owning_free(struct customers_owning *o)
{
	if (!o)
		return;
	owner_memo_free(o->memo);
	owner_sets_free(o->sets);
	attributor_free(o->attributor);
	mem_free(o);
}

enum err customers_owning_new(const struct customers *c, const struct model *m, struct customers_owning **ret)
{
	_cleanup_(customers_owning_freep) struct customers_owning *o = mem_new0(1, sizeof(*o));
	if (!o)
		return E_NOMEM;
	enum err err = attributor_new(c, m, &o->attributor);
	if (err == OK)
		err = owner_sets_new(o->attributor, &o->sets);
	if (err == OK)
		err = owner_memo_new(o->attributor, o->sets, &o->memo);
	if (err != OK)
		return err;
	o->owning = (struct owning){ .sides = OWNING_SIDES,
				     .cols = COL(time) | COL(agent) | COL(inputinterface) | COL(outputinterface) | COL(ipsource) |
					     COL(ipdestination) | COL(macsource) | COL(macdestination),
				     .of_codes = owners_of_codes, .set = owners_in, .arg = o };
	attribution_digest(c, m, o->owning.digest);
	*ret = o;
	o = NULL;
	return OK;
}

const struct owning *customers_owning(const struct customers_owning *o)
{
	return &o->owning;
}
