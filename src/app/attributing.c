#include "app/attributing.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "query/query.h"

#include <fcntl.h>
#include <stdio.h>

struct attributing {
	struct customers_source source;
	struct customers_options options;
	struct arena arena; /* what these two point to */
	struct customers_keeper *keeper;
	uint8_t done[ATTRIBUTION_DIGEST]; /* the version that has been attributed */
	bool any;
	char said[200]; /* what was wrong with the mapping the last time */
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

/* The configuration may be read again and go. */
static enum err keep_source(struct attributing *a, const struct config *c)
{
	struct switch_agent *s = arena_new0(&a->arena, c->switches.n + 1, sizeof(*s));
	const char *from = arena_strndup(&a->arena, c->customers, strlen(c->customers));
	for (size_t i = 0; s && i < c->switches.n; i++) {
		s[i] = c->switches.at[i];
		if (!(s[i].name = arena_strndup(&a->arena, s[i].name, strlen(s[i].name))))
			return E_NOMEM;
	}
	a->options = (struct customers_options){ s, c->switches.n };
	a->source = (struct customers_source){ .from = from, .options = &a->options, .copies = -1, .copy_only = true };
	return s && from ? OK : E_NOMEM;
}

enum err attributing_new(const struct config *c, struct attributing **ret)
{
	_cleanup_(attributing_freep) struct attributing *a = NULL;
	if (!*c->customers) {
		*ret = NULL;
		return OK;
	}
	if (!(a = mem_new0(1, sizeof(*a))))
		return E_NOMEM;
	a->source.copies = -1;
	enum err err = keep_source(a, c);
	if (err == OK)
		err = zone_find(c->time_zone, &a->source.zone);
	if (err == OK)
		err = customers_keeper_new(&a->source, &a->keeper);
	if (err != OK)
		return err;
	*ret = a;
	a = NULL;
	return OK;
}

void attributing_free(struct attributing *a)
{
	if (!a)
		return;
	customers_keeper_free(a->keeper);
	fd_close(a->source.copies);
	arena_free(&a->arena);
	mem_free(a);
}

static struct customers *mapping_now(struct attributing *a)
{
	struct problem why = { 0 };
	bool changed;
	enum err err = customers_refresh(a->keeper, NULL, NULL, &changed, &why);
	if (err != OK && strncmp(a->said, why.text, sizeof(a->said) - 1) != 0)
		log_warn("customers: %s; %s", why.text, a->any ? "the last good mapping stays" : "segments are not attributed");
	snprintf(a->said, sizeof(a->said), "%.199s", err == OK ? "" : why.text);
	return customers_current(a->keeper);
}

enum err attributing_round(struct attributing *a, struct store_writer *w, const struct attribute_options *opt, bool more,
			   struct attribute_report *ret)
{
	/* The folder is there once the collector has saved what it learnt. */
	if (a->source.copies < 0)
		a->source.copies = openat(store_writer_folder(w), "model", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(customers_freep) struct customers *c = mapping_now(a);
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
	_cleanup_(customers_freep) struct customers *c = a ? customers_current(a->keeper) : NULL;
	_cleanup_(model_freep) struct model *m = NULL;
	struct problem why;
	*ret = (struct rollup_report){ 0 };
	if (a && !c)
		return OK;
	enum err err = c ? model_load(store_writer_folder(w), &m, &why) : OK;
	return err == OK ? rollup_store(w, c, m, opt, ret) : err;
}
