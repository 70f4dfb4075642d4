#include "store/dict.h"

#include "base/hash.h"
#include "base/mem.h"

void dict_free(struct dict *d)
{
	mem_free(d->slot);
	mem_free(d->key32);
	mem_free(d->key);
	*d = (struct dict){ .narrow = d->narrow };
}

static inline size_t place_of(const struct dict *d, uint32_t tag)
{
	return (size_t)(tag * d->multiplier >> d->shift);
}

/* Twice as many slots; tags alone say where entries go. */
static enum err grow_slots(struct dict *d)
{
	size_t slots = d->slots ? d->slots * 2 : 1024;
	uint64_t *slot = mem_new0(slots, sizeof(*slot));
	if (!slot)
		return E_NOMEM;
	uint64_t *old = d->slot;
	size_t old_slots = d->slots;
	d->multiplier = hash_seed() | 1;
	d->shift = 64 - (unsigned)__builtin_ctzll(slots);
	d->slot = slot;
	d->slots = slots;
	for (size_t i = 0; i < old_slots; i++) {
		if (!old[i])
			continue;
		size_t k = place_of(d, (uint32_t)(old[i] >> 32));
		while (slot[k])
			k = (k + 1) & (slots - 1);
		slot[k] = old[i];
	}
	mem_free(old);
	return OK;
}

/* Room for one more distinct key, at a load of at most a half. */
static enum err grow(struct dict *d)
{
	if (d->n >= DICT_MOST)
		return E_LIMIT;
	if (d->n == d->cap) {
		uint32_t cap = d->cap ? d->cap * 2 : 512;
		void *keys = d->narrow ? mem_array(d->key32, cap, sizeof(*d->key32))
				       : mem_array(d->key, cap, sizeof(*d->key));
		if (!keys)
			return E_NOMEM;
		if (d->narrow)
			d->key32 = keys;
		else
			d->key = keys;
		d->cap = cap;
	}
	return (size_t)d->n * 2 >= d->slots ? grow_slots(d) : OK;
}

enum { AHEAD = 12 }; /* keys whose slots are fetched before they are needed */

enum err dict_code32(struct dict *d, const uint32_t *key, size_t n, uint32_t most,
		     uint32_t *ret_codes)
{
	enum err e = d->slots ? OK : grow_slots(d);
	for (size_t i = 0; i < n && e == OK;) {
		uint32_t tag = key[i];
		if (i + AHEAD < n)
			__builtin_prefetch(&d->slot[place_of(d, key[i + AHEAD])]);
		size_t k = place_of(d, tag);
		while (d->slot[k] && d->slot[k] >> 32 != tag)
			k = (k + 1) & (d->slots - 1);
		if (d->slot[k]) {
			ret_codes[i++] = (uint32_t)d->slot[k] - 1;
			continue;
		}
		if (d->n >= most)
			return E_LIMIT;
		if (d->n == d->cap || (size_t)d->n * 2 >= d->slots) {
			e = grow(d);
			continue; /* once more: the slots have moved */
		}
		ret_codes[i++] = d->n;
		d->key32[d->n++] = tag;
		d->slot[k] = (uint64_t)tag << 32 | d->n;
	}
	return e;
}

static inline uint32_t tag_of(const struct dict *d, const struct dict_key *k)
{
	return (uint32_t)(hash_mix(k->hi ^ d->multiplier, k->lo) >> 32);
}

enum err dict_code(struct dict *d, const struct dict_key *key, size_t n, uint32_t most,
		   uint32_t *ret_codes)
{
	enum err e = d->slots ? OK : grow_slots(d);
	for (size_t i = 0; i < n && e == OK;) {
		uint32_t tag = tag_of(d, &key[i]);
		size_t k = place_of(d, tag);
		for (; d->slot[k]; k = (k + 1) & (d->slots - 1)) {
			const struct dict_key *have = &d->key[(uint32_t)d->slot[k] - 1];
			if (d->slot[k] >> 32 == tag && have->lo == key[i].lo &&
			    have->hi == key[i].hi)
				break;
		}
		if (d->slot[k]) {
			ret_codes[i++] = (uint32_t)d->slot[k] - 1;
			continue;
		}
		if (d->n >= most)
			return E_LIMIT;
		if (d->n == d->cap || (size_t)d->n * 2 >= d->slots) {
			e = grow(d);
			continue; /* once more: the slots have moved */
		}
		ret_codes[i] = d->n;
		d->key[d->n++] = key[i++];
		d->slot[k] = (uint64_t)tag << 32 | d->n;
	}
	return e;
}

/* -- sorting: least significant byte first, passes over bytes that are all equal left out -- */

struct item {
	struct dict_key key;
	uint32_t code;
};

static inline uint8_t byte_of(const struct dict_key *k, unsigned byte)
{
	return (uint8_t)((byte < 8 ? k->lo : k->hi) >> byte % 8 * 8);
}

static struct item *sort_items(struct item *a, struct item *b, size_t n)
{
	for (unsigned byte = 0; byte < 16; byte++) {
		uint32_t count[256] = { 0 }, at = 0;
		for (size_t i = 0; i < n; i++)
			count[byte_of(&a[i].key, byte)]++;
		if (count[byte_of(&a[0].key, byte)] == n)
			continue;
		for (size_t v = 0; v < 256; v++) {
			uint32_t c = count[v];
			count[v] = at;
			at += c;
		}
		for (size_t i = 0; i < n; i++)
			b[count[byte_of(&a[i].key, byte)]++] = a[i];
		struct item *swap = a;
		a = b;
		b = swap;
	}
	return a;
}

static enum err sort_wide(struct dict *d, uint32_t *ret_rank)
{
	size_t n = d->n;
	_cleanup_(mem_freep) struct item *a = mem_array(NULL, n * 2, sizeof(*a));
	if (!a)
		return E_NOMEM;
	for (size_t i = 0; i < n; i++)
		a[i] = (struct item){ d->key[i], (uint32_t)i };
	const struct item *sorted = sort_items(a, a + n, n);
	for (size_t i = 0; i < n; i++) {
		d->key[i] = sorted[i].key;
		ret_rank[sorted[i].code] = (uint32_t)i;
	}
	return OK;
}

/* Keys of 32 bits: key and code in one word, three passes of 11 bits. */
static enum err sort_narrow(struct dict *d, uint32_t *ret_rank)
{
	enum { BITS = 11, BUCKETS = 1 << BITS };
	size_t n = d->n;
	_cleanup_(mem_freep) uint64_t *words = mem_array(NULL, n * 2, sizeof(*words));
	_cleanup_(mem_freep) uint32_t *count = mem_array(NULL, BUCKETS, sizeof(*count));
	if (!words || !count)
		return E_NOMEM;
	uint64_t *a = words, *b = words + n;
	for (size_t i = 0; i < n; i++)
		a[i] = (uint64_t)d->key32[i] << 32 | i;
	for (unsigned shift = 32; shift < 64; shift += BITS) {
		uint32_t at = 0;
		memset(count, 0, BUCKETS * sizeof(*count));
		for (size_t i = 0; i < n; i++)
			count[a[i] >> shift & (BUCKETS - 1)]++;
		for (size_t v = 0; v < BUCKETS; v++) {
			uint32_t c = count[v];
			count[v] = at;
			at += c;
		}
		for (size_t i = 0; i < n; i++)
			b[count[a[i] >> shift & (BUCKETS - 1)]++] = a[i];
		uint64_t *swap = a;
		a = b;
		b = swap;
	}
	for (size_t i = 0; i < n; i++) {
		d->key32[i] = (uint32_t)(a[i] >> 32);
		ret_rank[(uint32_t)a[i]] = (uint32_t)i;
	}
	return OK;
}

enum err dict_sort(struct dict *d, uint32_t *ret_rank)
{
	mem_free(d->slot);
	d->slot = NULL;
	d->slots = 0;
	if (!d->n)
		return OK;
	return d->narrow ? sort_narrow(d, ret_rank) : sort_wide(d, ret_rank);
}
