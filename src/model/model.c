/* The interfaces of the network, as told by exports, names files and the configuration.
 * What the operator has named stays named: exports only fill what is still open. */
#include "model/model.h"

#include "base/mem.h"
#include "model/entry.h"
#include "model/texts.h"

#include <assert.h>
#include <stdlib.h>

enum { KEY_LEN = 16 + 4, NAME_KEY_LEN = 16 + MAX_NAME };

enum err model_new(struct model **ret)
{
	struct model *m = mem_new0(1, sizeof(*m));
	if (!m)
		return E_NOMEM;
	m->by_key.ceiling = m->by_name.ceiling = MAX_INTERFACES;
	m->book = mem_new0(1, sizeof(*m->book));
	if (!m->book || texts_new(&m->texts) != OK) {
		mem_free(m->book);
		mem_free(m);
		return E_NOMEM;
	}
	*ret = m;
	return OK;
}

static void text_free(const char *s)
{
	if (s && *s) /* "" is a constant */
		mem_free((void *)(uintptr_t)s);
}

void model_free(struct model *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++) {
		text_free(m->all[i]->is.name);
		text_free(m->all[i]->is.alias);
		mem_free(m->all[i]);
	}
	mem_free(m->all);
	mem_free(m->book->at);
	mem_free(m->book);
	texts_free(m->texts);
	map_free(&m->by_key);
	map_free(&m->by_name);
	mem_free(m);
}

bool model_changed(const struct model *m)
{
	return m->book->changed || texts_changed(m->texts);
}

static void key_make(const struct addr *agent, uint32_t ifindex, uint8_t key[static KEY_LEN])
{
	memcpy(key, agent, 16);
	store_be32(key + 16, ifindex);
}

static size_t name_key_make(const struct addr *agent, const char *name, size_t len,
			    uint8_t key[static NAME_KEY_LEN])
{
	memcpy(key, agent, 16);
	memcpy(key + 16, name, len);
	return 16 + len;
}

static struct entry *entry_find(const struct model *m, const struct addr *agent, uint32_t ifindex)
{
	uint8_t key[KEY_LEN];
	key_make(agent, ifindex, key);
	struct map_entry *e = map_get(&m->by_key, key, KEY_LEN);
	return e ? e->ptr : NULL;
}

static enum err entry_add(struct model *m, const struct addr *agent, uint32_t ifindex,
			  struct entry **ret)
{
	uint8_t key[KEY_LEN];
	struct map_entry *at;

	if (m->n == MAX_INTERFACES)
		return E_LIMIT;
	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 64;
		struct entry **all = mem_array(m->all, cap, sizeof(struct entry *));
		if (!all)
			return E_NOMEM;
		m->all = all;
		m->cap = cap;
	}
	struct entry *e = mem_new0(1, sizeof(*e));
	if (!e)
		return E_NOMEM;
	key_make(agent, ifindex, key);
	enum err err = map_put(&m->by_key, key, KEY_LEN, &at, NULL);
	if (err != OK) {
		mem_free(e);
		return err;
	}
	e->is = (struct iface){ .agent = *agent, .ifindex = ifindex, .name = "", .alias = "" };
	e->newer = e->older = e;
	at->ptr = m->all[m->n++] = e;
	m->book->changed = true;
	*ret = e;
	return OK;
}

/* Bytes of a name that are kept: cut at a character's beginning. */
static size_t kept_len(const char *s)
{
	size_t len = strlen(s);
	if (len <= MAX_NAME)
		return len;
	for (len = MAX_NAME; len && ((uint8_t)s[len] & 0xc0) == 0x80; len--)
		;
	return len;
}

/* Take e out of the ring of its name; the map's entry goes to the next newest, or away. */
static void name_leave(struct model *m, struct entry *e)
{
	uint8_t key[NAME_KEY_LEN];
	if (!*e->is.name)
		return;
	size_t len = name_key_make(&e->is.agent, e->is.name, strlen(e->is.name), key);
	struct map_entry *at = map_get(&m->by_name, key, len);
	assert(at);
	if (e->older == e)
		map_remove(&m->by_name, key, len);
	else if (at->ptr == e)
		at->ptr = e->older;
	e->newer->older = e->older;
	e->older->newer = e->newer;
	e->newer = e->older = e;
}

/* The newest holder of a name is what the name means, but one the operator named stays. */
static enum err name_join(struct model *m, struct entry *e, const char *name, bool configured)
{
	uint8_t key[NAME_KEY_LEN];
	struct map_entry *at;
	bool fresh;
	size_t len = name_key_make(&e->is.agent, name, strlen(name), key);
	enum err err = map_put(&m->by_name, key, len, &at, &fresh);
	if (err != OK)
		return err;
	if (!fresh) {
		struct entry *first = at->ptr;
		e->newer = first->newer; /* into the ring just before first */
		e->older = first;
		first->newer->older = e;
		first->newer = e;
		if (first->is.configured && !configured)
			return OK;
	}
	at->ptr = e;
	return OK;
}

void name_first(struct model *m, struct entry *e)
{
	uint8_t key[NAME_KEY_LEN];
	size_t len = name_key_make(&e->is.agent, e->is.name, strlen(e->is.name), key);
	struct map_entry *at = map_get(&m->by_name, key, len);
	assert(at);
	at->ptr = e;
}

static enum err name_set(struct model *m, struct entry *e, const char *name, bool configured)
{
	size_t len = kept_len(name);
	if (strlen(e->is.name) == len && memcmp(e->is.name, name, len) == 0)
		return OK;
	char *copy = mem_strndup(name, len);
	if (!copy)
		return E_NOMEM;
	name_leave(m, e);
	text_free(e->is.name);
	e->is.name = "";
	m->book->changed = true;
	enum err err = name_join(m, e, copy, configured);
	if (err != OK) {
		mem_free(copy);
		return err;
	}
	e->is.name = copy;
	return OK;
}

static enum err alias_set(struct model *m, struct entry *e, const char *alias)
{
	size_t len = kept_len(alias);
	if (strlen(e->is.alias) == len && memcmp(e->is.alias, alias, len) == 0)
		return OK;
	char *copy = mem_strndup(alias, len);
	if (!copy)
		return E_NOMEM;
	text_free(e->is.alias);
	e->is.alias = copy;
	m->book->changed = true;
	return OK;
}

/* Being seen again is no news worth a write of the file, unless an hour has passed. */
static void seen(struct model *m, struct entry *e, usec_t when)
{
	if (!when)
		return;
	if (!e->is.first_seen || when < e->is.first_seen) {
		e->is.first_seen = when;
		m->book->changed = true;
	}
	if (when > e->is.last_seen)
		e->is.last_seen = when;
	if (e->is.last_seen - e->saved_seen >= USEC_PER_HOUR) {
		e->saved_seen = e->is.last_seen;
		m->book->changed = true;
	}
}

enum err model_learn(struct model *m, const struct iface_note *note, bool speed_configured)
{
	struct entry *e = entry_find(m, &note->agent, note->ifindex);
	enum err err;

	if (addr_is_none(&note->agent))
		return E_RANGE;
	if (!e && (err = entry_add(m, &note->agent, note->ifindex, &e)) != OK)
		return err;
	if (note->name && *note->name && (note->configured || !e->is.configured)) {
		if ((err = name_set(m, e, note->name, note->configured)) != OK)
			return err;
		if (note->configured && !e->is.configured) {
			e->is.configured = m->book->changed = true;
			name_first(m, e);
		}
	}
	if (note->alias && *note->alias && (err = alias_set(m, e, note->alias)) != OK)
		return err;
	if (note->speed && (speed_configured || !e->speed_configured)) {
		if (e->is.speed != note->speed || e->speed_configured != speed_configured)
			m->book->changed = true;
		e->is.speed = note->speed;
		e->speed_configured = speed_configured;
	}
	if (note->type && note->type != e->is.type) {
		e->is.type = note->type;
		m->book->changed = true;
	}
	seen(m, e, note->when);
	return OK;
}

enum err model_note(struct model *m, const struct iface_note *note)
{
	return model_learn(m, note, note->configured);
}

const struct iface *model_iface(const struct model *m, const struct addr *agent, uint32_t ifindex)
{
	const struct entry *e = entry_find(m, agent, ifindex);
	return e ? &e->is : NULL;
}

const struct iface *model_iface_named(const struct model *m, const struct addr *agent,
				      const char *name, size_t len)
{
	uint8_t key[NAME_KEY_LEN];
	if (!len || len > MAX_NAME)
		return NULL;
	const struct map_entry *at =
		map_get(&m->by_name, key, name_key_make(agent, name, len, key));
	return at ? &((const struct entry *)at->ptr)->is : NULL;
}

const struct iface *model_path(const struct model *m, const char *path, size_t len)
{
	struct addr agent;
	const char *name;
	size_t name_len;
	uint32_t ifindex;

	if (!iface_split(path, len, &agent, &name, &name_len))
		return NULL;
	const struct iface *i = model_iface_named(m, &agent, name, name_len);
	if (!i && iface_parse(path, len, &agent, &ifindex))
		i = model_iface(m, &agent, ifindex);
	return i;
}

static int entry_compare(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;
	int by_agent = addr_compare(&x->is.agent, &y->is.agent);
	return by_agent ? by_agent
			: (x->is.ifindex > y->is.ifindex) - (x->is.ifindex < y->is.ifindex);
}

/* Interfaces come in any order, so the sorted list is made when first asked for.  A loaded model
 * has it already: then any number of threads may read. */
enum err book_make(const struct model *m)
{
	struct book *o = m->book;
	if (o->n == m->n)
		return OK;
	struct entry **at = mem_array(o->at, m->n, sizeof(struct entry *));
	if (!at)
		return E_NOMEM;
	memcpy(at, m->all, m->n * sizeof(struct entry *));
	qsort(at, m->n, sizeof(struct entry *), entry_compare);
	o->at = at;
	o->n = m->n;
	return OK;
}

const struct iface *model_at(const struct model *m, size_t i)
{
	if (i >= m->n || book_make(m) != OK)
		return NULL;
	return &m->book->at[i]->is;
}

size_t model_size(const struct model *m)
{
	return m->n;
}
