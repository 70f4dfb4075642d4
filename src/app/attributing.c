#include "app/attributing.h"

#include "base/clock.h"
#include "base/mem.h"
#include "query/query.h"

struct attributing {
	struct mapping *mapping;
	uint8_t done[ATTRIBUTION_DIGEST]; /* the version that has been attributed */
	bool any;
};

enum err attribute_store(struct store_writer *w, const struct customers *c, const struct model *m,
			 const struct attribute_options *opt, struct attribute_report *ret)
{
	_cleanup_(customers_owning_freep) struct customers_owning *o = NULL;
	size_t gone;
	enum err err = customers_owning_new(c, m, &o);
	if (err == OK)
		err = store_attribute(w, TABLE_TRAFFIC, customers_owning(o), opt, ret);
	if (err != OK)
		return err;
	return store_forget_sidecars(w, (const uint8_t (*)[OWNING_DIGEST])&customers_owning(o)->digest, 1, &gone);
}

enum err rollup_store(struct store_writer *w, const struct customers *c, const struct model *m,
		      const struct rollup_options *opt, struct rollup_report *ret)
{
	_cleanup_(customers_owning_freep) struct customers_owning *o = NULL;
	enum err err = c ? customers_owning_new(c, m, &o) : OK;
	return err == OK ? store_rollup(w, clock_now(), o ? customers_owning(o) : NULL, opt, ret) : err;
}

enum err attributing_new(struct mapping *m, struct attributing **ret)
{
	struct attributing *a = m ? mem_new0(1, sizeof(*a)) : NULL;
	if (m && !a)
		return E_NOMEM;
	if (a)
		a->mapping = mapping_take(m);
	*ret = a;
	return OK;
}

void attributing_free(struct attributing *a)
{
	if (!a)
		return;
	mapping_drop(a->mapping);
	mem_free(a);
}

enum err attributing_round(struct attributing *a, struct store_writer *w, const struct attribute_options *opt, bool more,
			   struct attribute_report *ret)
{
	(void)mapping_look(a->mapping); /* it says so; the last good one stays */
	_cleanup_(customers_freep) struct customers *c = mapping_now(a->mapping);
	_cleanup_(model_freep) struct model *m = NULL;
	uint8_t digest[ATTRIBUTION_DIGEST];
	struct problem why;
	*ret = (struct attribute_report){ 0 };
	if (!c)
		return OK;
	enum err err = model_load(store_writer_folder(w), &m, &why);
	if (err != OK)
		return err;
	attribution_digest(c, m, digest);
	if (a->any && !more && memcmp(a->done, digest, sizeof(digest)) == 0)
		return OK;
	if ((err = attribute_store(w, c, m, opt, ret)) != OK)
		return err;
	memcpy(a->done, digest, sizeof(digest));
	a->any = true;
	return OK;
}

enum err attributing_rollups(struct attributing *a, struct store_writer *w, const struct rollup_options *opt,
			     struct rollup_report *ret)
{
	_cleanup_(customers_freep) struct customers *c = a ? mapping_now(a->mapping) : NULL;
	_cleanup_(model_freep) struct model *m = NULL;
	struct problem why;
	*ret = (struct rollup_report){ 0 };
	if (a && !c)
		return OK;
	enum err err = c ? model_load(store_writer_folder(w), &m, &why) : OK;
	return err == OK ? rollup_store(w, c, m, opt, ret) : err;
}
