#include "base/map.h"

#include "base/hash.h"
#include "base/mem.h"

#define DEFAULT_CEILING ((size_t)16 << 20)

static struct map_entry *find(const struct map *m, const void *key, size_t len, uint64_t h)
{
	if (!m->slots)
		return NULL;
	for (size_t i = h & (m->slots - 1); m->slot[i]; i = (i + 1) & (m->slots - 1)) {
		struct map_entry *e = &m->at[m->slot[i] - 1];
		if (e->key && e->hash == h && e->len == len && memcmp(e->key, key, len) == 0)
			return e;
	}
	return NULL;
}

struct map_entry *map_get(const struct map *m, const void *key, size_t len)
{
	return find(m, key, len, hash_bytes(key, len, hash_seed()));
}

struct map_entry *map_get_str(const struct map *m, const char *key)
{
	return map_get(m, key, strlen(key));
}

/* Room for cap entries, more than are live, at a load of at most 1/2.  Removed entries are
 * squeezed out first: the array may shrink.  When it cannot be resized the map is as good as before. */
static enum err rehash(struct map *m, size_t cap)
{
	size_t slots = 16;
	while (slots < MAX(cap, m->cap) * 2)
		slots *= 2;
	uint32_t *slot = mem_new0(slots, sizeof(*slot));
	if (!slot)
		return E_NOMEM;
	size_t n = 0;
	for (size_t k = 0; k < m->n; k++)
		if (m->at[k].key)
			m->at[n++] = m->at[k];
	for (size_t k = 0; k < n; k++) {
		size_t i = m->at[k].hash & (slots - 1);
		while (slot[i])
			i = (i + 1) & (slots - 1);
		slot[i] = (uint32_t)k + 1;
	}
	mem_free(m->slot);
	m->slot = slot;
	m->slots = slots;
	m->n = n;
	struct map_entry *at = mem_array(m->at, cap, sizeof(*at));
	if (!at)
		return E_NOMEM;
	m->at = at;
	m->cap = cap;
	return OK;
}

enum err map_put(struct map *m, const void *key, size_t len, struct map_entry **ret, bool *ret_new)
{
	uint64_t h = hash_bytes(key, len, hash_seed());
	struct map_entry *e = find(m, key, len, h);
	if (ret_new)
		*ret_new = !e;
	if (e) {
		*ret = e;
		return OK;
	}
	if (m->live >= (m->ceiling ? m->ceiling : DEFAULT_CEILING))
		return E_LIMIT;
	if (m->n == m->cap) {
		enum err err = rehash(m, m->live * 2 < 8 ? 8 : m->live * 2);
		if (err != OK)
			return err;
	}
	uint8_t *copy = mem_alloc(len + 1);
	if (!copy)
		return E_NOMEM;
	if (len)
		memcpy(copy, key, len);
	copy[len] = 0;
	e = &m->at[m->n++];
	*e = (struct map_entry){ .key = copy, .len = len, .hash = h };
	m->live++;
	size_t i = h & (m->slots - 1);
	while (m->slot[i])
		i = (i + 1) & (m->slots - 1);
	m->slot[i] = (uint32_t)m->n;
	*ret = e;
	return OK;
}

enum err map_put_str(struct map *m, const char *key, struct map_entry **ret, bool *ret_new)
{
	return map_put(m, key, strlen(key), ret, ret_new);
}

bool map_remove(struct map *m, const void *key, size_t len)
{
	struct map_entry *e = map_get(m, key, len);
	if (!e)
		return false;
	mem_free((void *)(uintptr_t)e->key);
	e->key = NULL;
	m->live--;
	return true;
}

void map_free(struct map *m)
{
	for (size_t i = 0; i < m->n; i++)
		mem_free((void *)(uintptr_t)m->at[i].key);
	mem_free(m->at);
	mem_free(m->slot);
	*m = (struct map){ .ceiling = m->ceiling };
}
