#include "app/mapping.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { ORPHAN_TEXT = 240 };

struct mapping {
	atomic_uint refs; /* beside the first */
	int folder;
	struct customers_source source;
	struct customers_options options;
	struct arena arena; /* what these two point to */
	struct customers_keeper *keeper;
	struct customers *before; /* until the keeper has one */

	pthread_mutex_t lock; /* over what is below, and who may look */
	struct problem said; /* what was wrong the last time */
};

static enum err copy_source(struct mapping *m, const struct config *c)
{
	struct switch_agent *s = arena_new0(&m->arena, c->switches.n + 1, sizeof(*s));
	const char *from = arena_strndup(&m->arena, c->customers, strlen(c->customers));
	for (size_t i = 0; s && i < c->switches.n; i++) {
		s[i] = c->switches.at[i];
		if (!(s[i].name = arena_strndup(&m->arena, s[i].name, strlen(s[i].name))))
			return E_NOMEM;
	}
	m->options = config_customers(c);
	m->options.switches = s;
	m->source = (struct customers_source){ .from = from, .options = &m->options, .copies = -1, .copy_only = true };
	return s && from ? zone_find(c->time_zone, &m->source.zone) : E_NOMEM;
}

enum err mapping_new(const struct config *c, int folder, struct mapping *before, struct mapping **ret)
{
	_cleanup_(mapping_dropp) struct mapping *m = NULL;
	if (!*c->customers) {
		*ret = NULL;
		return OK;
	}
	if (!(m = mem_new0(1, sizeof(*m))))
		return E_NOMEM;
	pthread_mutex_init(&m->lock, NULL);
	m->folder = folder;
	m->source.copies = -1;
	m->before = mapping_now(before);
	enum err err = copy_source(m, c);
	if (err == OK)
		err = customers_keeper_new(&m->source, &m->keeper);
	if (err != OK)
		return err;
	*ret = m;
	m = NULL;
	return OK;
}

struct mapping *mapping_take(struct mapping *m)
{
	if (m)
		atomic_fetch_add(&m->refs, 1);
	return m;
}

void mapping_drop(struct mapping *m)
{
	if (!m || atomic_fetch_sub(&m->refs, 1) > 0)
		return;
	customers_keeper_free(m->keeper);
	customers_free(m->before);
	fd_close(m->source.copies);
	pthread_mutex_destroy(&m->lock);
	arena_free(&m->arena);
	mem_free(m);
}

/* The first of them with its place; weir customers check has all. */
static void say_orphan(void *arg, unsigned line, unsigned column, const char *text)
{
	char *first = arg;
	if (!*first)
		snprintf(first, ORPHAN_TEXT, "%u:%u: %s", line, column, text);
}

static void warn_orphans(struct mapping *m)
{
	_cleanup_(customers_freep) struct customers *c = mapping_now(m);
	char first[ORPHAN_TEXT] = "";
	size_t n = c ? customers_orphans(c, say_orphan, first) : 0;
	if (n)
		log_warn("customers: %zu orphans in %s, the first: %s", n, m->source.from, first);
}

bool mapping_look(struct mapping *m)
{
	struct problem why = { 0 };
	bool changed = false;
	if (!m)
		return true;
	pthread_mutex_lock(&m->lock);
	/* The folder is there once somebody has saved something. */
	if (m->source.copies < 0)
		m->source.copies = openat(m->folder, "model", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = customers_refresh(m->keeper, NULL, NULL, &changed, &why);
	bool again = STREQ(m->said.text, why.text);
	if (err == OK)
		why = (struct problem){ 0 };
	m->said = why;
	pthread_mutex_unlock(&m->lock);
	if (changed)
		warn_orphans(m);
	if (err != OK && !again) {
		_cleanup_(customers_freep) struct customers *now = mapping_now(m);
		log_warn("customers: %s; %s", why.text, now ? "the last good mapping stays" : "until it is there nobody owns anything");
	}
	return err == OK;
}

struct customers *mapping_now(struct mapping *m)
{
	struct customers *c = m ? customers_current(m->keeper) : NULL;
	return !c && m && m->before ? customers_take(m->before) : c;
}
