#include "query/tally.h"

#include "base/hash.h"
#include "base/mem.h"

#include <assert.h>
#include <sys/mman.h>

enum { FIRST_SLOTS = 32, AHEAD = 16 };

void tally_init(struct tally *t, unsigned width, unsigned nvals, struct quota *q)
{
	assert(width >= 1 && width <= TALLY_WORDS);
	*t = (struct tally){ .width = width, .nvals = nvals, .quota = q, .nparts = TALLY_PARTS };
	for (size_t i = 0; i < TALLY_PARTS; i++)
		pthread_mutex_init(&t->part[i].lock, NULL);
}

void tally_free(struct tally *t)
{
	for (size_t i = 0; t->width && i < TALLY_PARTS; i++) {
		struct tally_part *p = &t->part[i];
		quota_free(t->quota, &p->slot, p->slots, (t->width + t->nvals) * sizeof(*p->slot));
		pthread_mutex_destroy(&p->lock);
	}
	*t = (struct tally){ 0 };
}

size_t tally_size(const struct tally *t)
{
	size_t n = 0;
	for (size_t i = 0; i < TALLY_PARTS; i++)
		n += t->part[i].n;
	return n;
}

/* High bits choose the part, the next the slot. */
static inline uint64_t hash_key(const uint64_t *key, unsigned width)
{
	uint64_t h = hash_mix(key[0], 0x2545f4914f6cdd1du);
	return width > 1 ? hash_mix(h, key[1]) : h;
}

static inline bool same_key(const uint64_t *a, const uint64_t *b, unsigned width)
{
	return a[0] == b[0] && (width < 2 || a[1] == b[1]);
}

/* Where the key is, or would be. */
static inline uint64_t *slot_of(const struct tally_part *p, const uint64_t *key, unsigned width, size_t each)
{
	size_t i = (size_t)(hash_key(key, width) >> 8) & (p->slots - 1);
	for (;; i = (i + 1) & (p->slots - 1)) {
		uint64_t *s = p->slot + i * each;
		if (s[0] == TALLY_FREE || same_key(s, key, width))
			return s;
	}
}

/* A key may be anywhere: with pages of 4 KB most look-ups would wait for the page's address.  Only
 * asked for; a kernel that will not gives small ones. */
static void large_pages(void *p, size_t bytes)
{
	const uintptr_t page = 4096, from = ((uintptr_t)p + page - 1) & ~(page - 1), to = ((uintptr_t)p + bytes) & ~(page - 1);
	if (bytes >= (size_t)1 << 20)
		(void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}

static enum err grow(struct tally *t, struct tally_part *p)
{
	size_t each = t->width + t->nvals, slots = p->slots ? p->slots * 2 : FIRST_SLOTS;
	struct tally_part grown = { .slots = slots };
	enum err err = quota_take(t->quota, slots * each * sizeof(*p->slot));
	if (err != OK)
		return err;
	if (!(grown.slot = mem_array(NULL, slots * each, sizeof(*grown.slot)))) {
		quota_give(t->quota, slots * each * sizeof(*p->slot));
		return E_NOMEM;
	}
	large_pages(grown.slot, slots * each * sizeof(*grown.slot));
	for (size_t i = 0; i < slots; i++)
		grown.slot[i * each] = TALLY_FREE;
	for (size_t i = 0; i < p->slots; i++) {
		const uint64_t *from = p->slot + i * each;
		if (from[0] != TALLY_FREE)
			memcpy(slot_of(&grown, from, t->width, each), from, each * sizeof(*from));
	}
	quota_free(t->quota, &p->slot, p->slots, each * sizeof(*p->slot));
	p->slot = grown.slot;
	p->slots = slots;
	return OK;
}

static inline void prefetch(const struct tally_part *p, const uint64_t *key, unsigned width, size_t each)
{
	__builtin_prefetch(p->slot + ((size_t)(hash_key(key, width) >> 8) & (p->slots - 1)) * each, 1);
}

/* Room for all of them was made. */
static inline __attribute__((always_inline)) void insert(struct tally_part *p, const uint64_t *tuple, size_t n, unsigned width,
							  unsigned nvals)
{
	size_t each = width + nvals;
	for (size_t i = 0; i < MIN(n, (size_t)AHEAD); i++)
		prefetch(p, tuple + i * each, width, each);
	for (size_t i = 0; i < n; i++, tuple += each) {
		if (i + AHEAD < n)
			prefetch(p, tuple + AHEAD * each, width, each);
		uint64_t *s = slot_of(p, tuple, width, each);
		if (s[0] == TALLY_FREE) {
			memcpy(s, tuple, each * sizeof(*s));
			p->n++;
			continue;
		}
		for (unsigned v = 0; v < nvals; v++)
			s[width + v] += tuple[width + v];
	}
}

static enum err empty_part(struct tally_buffer *b, size_t part)
{
	struct tally *t = b->to;
	struct tally_part *p = &t->part[part];
	const uint64_t *tuple = b->tuple + part * TALLY_BUFFER * (t->width + t->nvals);
	size_t n = b->n[part];
	enum err err = OK;
	pthread_mutex_lock(&p->lock);
	while (err == OK && (p->n + n) * 3 > p->slots * 2)
		err = grow(t, p);
	if (err == OK && t->width == 1 && t->nvals == 1) /* each compiled for itself */
		insert(p, tuple, n, 1, 1);
	else if (err == OK && t->width == 1 && t->nvals == 0)
		insert(p, tuple, n, 1, 0);
	else if (err == OK)
		insert(p, tuple, n, t->width, t->nvals);
	pthread_mutex_unlock(&p->lock);
	b->n[part] = 0;
	return err;
}

enum err tally_buffer_init(struct tally_buffer *b, struct tally *to)
{
	size_t bytes = (size_t)TALLY_PARTS * TALLY_BUFFER * (to->width + to->nvals) * sizeof(*b->tuple);
	*b = (struct tally_buffer){ .to = to };
	enum err err = quota_take(to->quota, bytes);
	if (err != OK)
		return err;
	b->tuple = mem_alloc(bytes);
	if (!b->tuple)
		quota_give(to->quota, bytes);
	return b->tuple ? OK : E_NOMEM;
}

void tally_buffer_free(struct tally_buffer *b)
{
	if (b->tuple)
		quota_give(b->to->quota, (size_t)TALLY_PARTS * TALLY_BUFFER * (b->to->width + b->to->nvals) * sizeof(*b->tuple));
	mem_free(b->tuple);
	*b = (struct tally_buffer){ 0 };
}

enum err tally_add(struct tally_buffer *b, const uint64_t *key, uint64_t *const *val, size_t n)
{
	const unsigned width = b->to->width, nvals = b->to->nvals;
	const size_t each = width + nvals, first = b->to->first, nparts = b->to->nparts;
	for (size_t i = 0; i < n; i++, key += width) {
		size_t part = hash_key(key, width) >> 58;
		assert(key[0] != TALLY_FREE);
		if (part - first >= nparts)
			continue;
		uint64_t *tuple = b->tuple + (part * TALLY_BUFFER + b->n[part]) * each;
		tuple[0] = key[0];
		if (width > 1)
			tuple[1] = key[1];
		for (unsigned v = 0; v < nvals; v++)
			tuple[width + v] = val[v] ? val[v][i] : 1;
		enum err err = ++b->n[part] == TALLY_BUFFER ? empty_part(b, part) : OK;
		if (err != OK)
			return err;
	}
	return OK;
}

enum err tally_flush(struct tally_buffer *b)
{
	enum err err = OK;
	for (size_t i = 0; i < TALLY_PARTS && err == OK; i++)
		err = b->n[i] ? empty_part(b, i) : OK;
	return err;
}

const uint64_t *tally_find(const struct tally *t, const uint64_t *key)
{
	const struct tally_part *p = &t->part[hash_key(key, t->width) >> 58];
	if (!p->slots)
		return NULL;
	const uint64_t *s = slot_of(p, key, t->width, t->width + t->nvals);
	return s[0] == TALLY_FREE ? NULL : s + t->width;
}

const uint64_t *tally_next(struct tally_walk *w)
{
	const size_t each = w->of->width + w->of->nvals;
	for (; w->part < TALLY_PARTS; w->part++, w->at = 0) {
		const struct tally_part *p = &w->of->part[w->part];
		while (w->at < p->slots) {
			const uint64_t *s = p->slot + w->at++ * each;
			if (s[0] != TALLY_FREE)
				return s;
		}
	}
	return NULL;
}
