/* The mapping as readers see it, and how one is made of a text (keeper.c: of a file or URL). */
#include "model/customers.h"

#include "base/mem.h"
#include "model/form.h"

#include <stdatomic.h>
#include <string.h>

struct customers *customers_take(struct customers *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void customers_free(struct customers *c)
{
	if (!c || atomic_fetch_sub(&c->refs, 1) > 0)
		return;
	mem_free(c->at);
	mem_free(c->port);
	mem_free(c->mac);
	mem_free(c->cidr);
	map_free(&c->by_id);
	arena_free(&c->arena);
	mem_free(c);
}

const struct customer *customers_find(const struct customers *c, const char *id, size_t len)
{
	const struct map_entry *e = map_get(&c->by_id, id, len);
	return e ? &c->at[e->num] : NULL;
}

const struct customer *customers_at(const struct customers *c, size_t i)
{
	return i < c->n ? &c->at[i] : NULL;
}

size_t customers_count(const struct customers *c)
{
	return c->n;
}

const char *customers_digest(const struct customers *c)
{
	return c->digest;
}

size_t customers_orphans(const struct customers *c, customers_say *say, void *arg)
{
	for (size_t i = 0; say && i < MIN(c->norphans, (size_t)MAX_ERRORS); i++)
		say(arg, c->orphan[i].at.line, c->orphan[i].at.column, c->orphan[i].text);
	return c->norphans;
}

/* What customers own lies in common vectors in their order; they grew, so hand out places last. */
static void share_out(struct customers *c)
{
	struct own_port *port = c->port;
	struct own_mac *mac = c->mac;
	struct own_cidr *cidr = c->cidr;
	for (size_t i = 0; i < c->n; i++) {
		struct customer *cust = &c->at[i];
		cust->port = port;
		cust->mac = mac;
		cust->cidr = cidr;
		port = cust->nport ? port + cust->nport : port;
		mac = cust->nmac ? mac + cust->nmac : mac;
		cidr = cust->ncidr ? cidr + cust->ncidr : cidr;
	}
}

static enum err finish(struct builder *b)
{
	if (!builder_full(b)) {
		share_out(b->c);
		owners_check(b);
	}
	if (b->failed)
		return b->failed;
	if (b->errors)
		return E_SYNTAX;
	enum err err = digest_make(b->c);
	if (err != OK)
		builder_fail(b, err);
	return err;
}

enum err customers_read(const struct customers_in *in, const void *text, size_t len,
			struct customers **ret, struct problem *why)
{
	_cleanup_(customers_freep) struct customers *c = mem_new0(1, sizeof(*c));
	struct builder *b = mem_new0(1, sizeof(*b));
	enum err err = E_NOMEM;

	if (b && c) {
		*b = (struct builder){ .c = c, .name = in->name, .zone = in->zone, .options = in->options,
				       .say = in->say, .say_arg = in->arg, .why = why };
		if (in->options)
			c->privacy = in->options->privacy;
		if (len > MAX_DOCUMENT) {
			builder_error(b, (struct place){ 1, 1 }, "larger than 64 MB");
			b->failed = E_LIMIT;
		} else {
			form_read(b, in->name, text, len);
		}
		err = finish(b);
	} else {
		problem_set(why, err, "%s: %s", in->name, err_text(err));
	}
	if (b)
		map_free(&b->orphans);
	mem_free(b);
	if (err != OK)
		return err;
	*ret = c;
	c = NULL;
	return OK;
}

enum err customers_parse(const void *text, size_t len, const char *name, const struct zone *zone,
			 customers_say *say, void *arg, struct customers **ret, struct problem *why)
{
	const struct customers_in in = { .name = name, .zone = zone, .say = say, .arg = arg };
	return customers_read(&in, text, len, ret, why);
}
