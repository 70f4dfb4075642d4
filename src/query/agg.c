/* Groups of the whole answer, by value: what segments' local groups are merged into.  All memory
 * is taken from the run's quota, so that a question too large ends with an error, not with the
 * machine.  One thread at a time (scan.c has the lock). */
#include "query/exec.h"

#include "base/hash.h"
#include "base/mem.h"

#include <assert.h>

enum { LARGE = 1 << 20 }; /* items: larger arrays grow by a quarter, for memory is short then */

/* -- quota --------------------------------------------------------------------------------------- */

enum err quota_take(struct quota *q, size_t bytes)
{
	size_t before = atomic_fetch_add_explicit(&q->used, bytes, memory_order_relaxed);
	if (before <= q->max && bytes <= q->max - before)
		return OK;
	atomic_fetch_sub_explicit(&q->used, bytes, memory_order_relaxed);
	return E_LIMIT;
}

void quota_give(struct quota *q, size_t bytes)
{
	atomic_fetch_sub_explicit(&q->used, bytes, memory_order_relaxed);
}

enum err quota_grow(struct quota *q, void *pp, size_t *have, size_t want, size_t each)
{
	void *p;
	size_t cap, bytes;
	if (want <= *have)
		return OK;
	cap = MAX(MAX(want, *have < LARGE ? *have * 2 : *have + *have / 4), (size_t)16);
	if (__builtin_mul_overflow(cap, each, &bytes))
		return E_LIMIT;
	enum err err = quota_take(q, bytes - *have * each);
	if (err != OK)
		return err;
	memcpy(&p, pp, sizeof(p));
	char *grown = *have ? mem_resize(p, bytes) : mem_new0(cap, each);
	if (!grown) {
		quota_give(q, bytes - *have * each);
		return E_NOMEM;
	}
	if (*have)
		memset(grown + *have * each, 0, bytes - *have * each);
	p = grown;
	memcpy(pp, &p, sizeof(p));
	*have = cap;
	return OK;
}

void quota_free(struct quota *q, void *pp, size_t have, size_t each)
{
	void *p, *none = NULL;
	memcpy(&p, pp, sizeof(p));
	if (p)
		quota_give(q, have * each);
	mem_free(p);
	memcpy(pp, &none, sizeof(none));
}

/* -- tuples of words ------------------------------------------------------------------------------- */

static uint64_t hash_words(const uint64_t *key, unsigned width)
{
	uint64_t h = hash_seed();
	for (unsigned i = 0; i < width; i++)
		h = hash_mix(h, key[i]);
	return h;
}

static bool same_words(const uint64_t *a, const uint64_t *b, unsigned width)
{
	uint64_t d = 0;
	for (unsigned i = 0; i < width; i++)
		d |= a[i] ^ b[i];
	return !d;
}

/* The hash's high bits choose the slot and stand in it, so that growing needs no keys and most
 * keys that differ are not looked at. */
static enum err more_slots(struct words *w, struct quota *q)
{
	size_t slots = w->slots ? w->slots * 2 : 64;
	unsigned shift = w->slots ? w->shift - 1 : 64 - 6;
	enum err err = quota_take(q, slots * sizeof(*w->slot));
	if (err != OK)
		return err;
	uint64_t *slot = mem_new0(slots, sizeof(*slot));
	if (!slot) {
		quota_give(q, slots * sizeof(*slot));
		return E_NOMEM;
	}
	for (size_t k = 0; k < w->slots; k++) {
		if (!w->slot[k])
			continue;
		size_t i = (size_t)(w->slot[k] >> shift);
		while (slot[i])
			i = (i + 1) & (slots - 1);
		slot[i] = w->slot[k];
	}
	quota_free(q, &w->slot, w->slots, sizeof(*slot));
	w->slot = slot;
	w->slots = slots;
	w->shift = shift;
	return OK;
}

static size_t slot_of(const struct words *w, const uint64_t *key, uint64_t hash)
{
	size_t i = (size_t)(hash >> w->shift);
	for (; w->slot[i]; i = (i + 1) & (w->slots - 1))
		if (!((w->slot[i] ^ hash) >> 32) && same_words(words_key(w, (uint32_t)w->slot[i] - 1), key, w->width))
			break;
	return i;
}

uint64_t words_prefetch(const struct words *w, const uint64_t *key)
{
	uint64_t hash = hash_words(key, w->width);
	if (w->slots)
		__builtin_prefetch(&w->slot[hash >> w->shift]);
	return hash;
}

uint32_t words_prefetch_key(const struct words *w, uint64_t hash)
{
	uint64_t slot = w->slots ? w->slot[hash >> w->shift] : 0;
	if (!slot || (slot ^ hash) >> 32)
		return 0;
	__builtin_prefetch(words_key(w, (uint32_t)slot - 1));
	return (uint32_t)slot - 1;
}

uint32_t words_put(struct words *w, struct quota *q, const uint64_t *key, enum err *bad)
{
	enum err err = OK;
	if (w->n * 4 >= w->slots * 3)
		err = w->n < UINT32_MAX / 4 ? more_slots(w, q) : E_LIMIT;
	if (err != OK) {
		*bad = err;
		return UINT32_MAX;
	}
	uint64_t hash = hash_words(key, w->width);
	size_t i = slot_of(w, key, hash);
	if (w->slot[i])
		return (uint32_t)w->slot[i] - 1;
	size_t each = MAX(w->width, 1u) * sizeof(*key); /* without keys there is one group */
	if (w->n == w->cap && (err = quota_grow(q, &w->key, &w->cap, w->n + 1, each)) != OK) {
		*bad = err;
		return UINT32_MAX;
	}
	memcpy(w->key + w->n * w->width, key, w->width * sizeof(*key));
	w->slot[i] = hash >> 32 << 32 | ++w->n;
	return (uint32_t)w->n - 1;
}

void words_free(struct words *w, struct quota *q)
{
	quota_free(q, &w->key, w->cap, MAX(w->width, 1u) * sizeof(*w->key));
	quota_free(q, &w->slot, w->slots, sizeof(*w->slot));
	*w = (struct words){ .width = w->width };
}

/* -- groups ------------------------------------------------------------------------------------------ */

static unsigned item_words(const struct plan *p, const struct item *it)
{
	unsigned words = 0;
	for (unsigned i = 0; i < it->nlanes; i++)
		words += p->lane[it->lane[i]].addr ? 2 : 1;
	return words;
}

void agg_init(struct agg *g, const struct plan *p, struct quota *q, bool counters)
{
	*g = (struct agg){ .plan = p, .quota = q, .counters = counters };
	g->keys.width = p->nwords;
	g->minutes.width = 2;
	for (unsigned i = 0; i < p->nitems; i++) {
		const struct item *it = &p->item[i];
		if (it->fn != FN_count && it->fn != FN_first && it->fn != FN_last)
			continue;
		g->set[it->set].words = item_words(p, it);
		g->set[it->set].pairs.width = 1 + g->set[it->set].words;
	}
}

void agg_free(struct agg *g)
{
	struct quota *q = g->quota;
	unsigned nm = g->plan->nmeasures;
	words_free(&g->keys, q);
	words_free(&g->minutes, q);
	quota_free(q, &g->sum, g->sum_cap, nm * sizeof(*g->sum));
	quota_free(q, &g->covered, g->covered_cap, nm * sizeof(*g->covered));
	quota_free(q, &g->rate, g->rate_cap, nm * sizeof(*g->rate));
	quota_free(q, &g->minute_sum, g->minute_cap, nm * sizeof(*g->minute_sum));
	quota_free(q, &g->minute_covered, g->minute_covered_cap, nm * sizeof(*g->minute_covered));
	for (unsigned i = 0; i < g->plan->nsets; i++) {
		struct agg_set *s = &g->set[i];
		words_free(&s->pairs, q);
		quota_free(q, &s->time, s->time_cap, sizeof(*s->time));
		quota_free(q, &s->value, s->value_cap, s->words * sizeof(*s->value));
		quota_free(q, &s->count, s->count_cap, sizeof(*s->count));
		quota_free(q, &s->many, s->many_cap, sizeof(*s->many));
		for (size_t k = 0; k < s->sketch_cap; k++)
			mem_free(s->sketch[k]);
		quota_free(q, &s->sketch, s->sketch_cap, sizeof(*s->sketch));
	}
	map_free(&g->texts);
}

static enum err more_groups(struct agg *g, size_t n)
{
	struct quota *q = g->quota;
	unsigned nm = g->plan->nmeasures;
	enum err err = OK;
	if (nm)
		err = quota_grow(q, &g->sum, &g->sum_cap, n, nm * sizeof(*g->sum));
	if (err == OK && nm && g->counters)
		err = quota_grow(q, &g->covered, &g->covered_cap, n, nm * sizeof(*g->covered));
	if (err == OK && nm && g->counters)
		err = quota_grow(q, &g->rate, &g->rate_cap, n, nm * sizeof(*g->rate));
	for (unsigned i = 0; err == OK && i < g->plan->nitems; i++) {
		const struct item *it = &g->plan->item[i];
		struct agg_set *s = &g->set[it->set];
		if (it->fn != FN_first && it->fn != FN_last)
			continue;
		size_t had = s->time_cap;
		err = quota_grow(q, &s->time, &s->time_cap, n, sizeof(*s->time));
		for (size_t k = had; k < s->time_cap; k++)
			s->time[k] = INT64_MIN; /* nothing seen */
		if (err == OK)
			err = quota_grow(q, &s->value, &s->value_cap, n, s->words * sizeof(*s->value));
	}
	return err;
}

uint32_t agg_group(struct agg *g, const uint64_t *key, enum err *bad)
{
	uint32_t id = words_put(&g->keys, g->quota, key, bad);
	if (id == UINT32_MAX)
		return id;
	if (id < g->room)
		return id;
	enum err err = more_groups(g, g->keys.cap);
	if (err != OK) {
		*bad = err;
		return UINT32_MAX;
	}
	g->room = g->keys.cap;
	return id;
}

uint32_t agg_minute(struct agg *g, uint32_t group, uint64_t minute, enum err *bad)
{
	const uint64_t key[2] = { group, minute };
	unsigned nm = g->plan->nmeasures;
	uint32_t id = words_put(&g->minutes, g->quota, key, bad);
	if (id == UINT32_MAX)
		return id;
	enum err err = quota_grow(g->quota, &g->minute_sum, &g->minute_cap, g->minutes.n, nm * sizeof(*g->minute_sum));
	if (err == OK && g->counters)
		err = quota_grow(g->quota, &g->minute_covered, &g->minute_covered_cap, g->minutes.n,
				 nm * sizeof(*g->minute_covered));
	if (err != OK) {
		*bad = err;
		return UINT32_MAX;
	}
	return id;
}

static bool is_null(const struct agg *g, unsigned set, const uint64_t *value)
{
	struct value v = { .null = true };
	for (unsigned i = 0; i < g->plan->nitems; i++)
		if (g->plan->item[i].fn == FN_count && g->plan->item[i].set == set)
			key_value(g->plan, g, &g->plan->item[i], value, &v);
	return v.null;
}

/* The first values of a group are kept; what comes then goes into its sketch. */
static enum err count_roughly(struct agg *g, unsigned set, const uint64_t *key)
{
	struct agg_set *s = &g->set[set];
	size_t group = key[0], had = s->pairs.n;
	enum err err = quota_grow(g->quota, &s->many, &s->many_cap, group + 1, sizeof(*s->many));
	if (err == OK)
		err = quota_grow(g->quota, &s->sketch, &s->sketch_cap, group + 1, sizeof(*s->sketch));
	if (err != OK || is_null(g, set, key + 1))
		return err;
	if (s->sketch[group]) {
		sketch_add(s->sketch[group], key + 1, s->words);
		return OK;
	}
	words_put(&s->pairs, g->quota, key, &err);
	if (err != OK || s->pairs.n == had || ++s->many[group] < SKETCH_AT)
		return err;
	if ((err = quota_take(g->quota, SKETCH_BYTES)) == OK && !(s->sketch[group] = mem_new0(1, SKETCH_BYTES)))
		err = E_NOMEM;
	return err;
}

enum err agg_count(struct agg *g, unsigned set, uint32_t group, const uint64_t *value)
{
	struct agg_set *s = &g->set[set];
	uint64_t key[1 + 4] = { group };
	enum err bad = OK;
	assert(s->words <= 4);
	memcpy(key + 1, value, s->words * sizeof(*value));
	if (g->plan->sketch)
		return count_roughly(g, set, key);
	words_put(&s->pairs, g->quota, key, &bad);
	return bad;
}

int lane_compare(const struct plan *p, const struct map *texts, const struct lane *l, const uint64_t *a, const uint64_t *b)
{
	if (a[0] != b[0] && a[0] != NULL_WORD && b[0] != NULL_WORD) {
		struct value x, y;
		int d = 0;
		if (l->text) {
			d = strcmp((const char *)texts->at[a[0]].key, (const char *)texts->at[b[0]].key);
		} else if (l->kind == LANE_NAME) {
			naming_value(p->naming, l->named.what, a[0], &x);
			naming_value(p->naming, l->named.what, b[0], &y);
			d = strcmp(x.text, y.text);
		}
		if (d)
			return d;
	}
	int d = (a[0] > b[0]) - (a[0] < b[0]);
	return d || !l->addr ? d : (a[1] > b[1]) - (a[1] < b[1]);
}

int item_compare(const struct plan *p, const struct map *texts, const struct item *it, const uint64_t *a, const uint64_t *b)
{
	int d = 0;
	for (unsigned i = 0, at = 0; !d && i < it->nlanes; i++) {
		const struct lane *l = &p->lane[it->lane[i]];
		d = lane_compare(p, texts, l, a + at, b + at);
		at += l->addr ? 2 : 1;
	}
	return d;
}

void agg_edge(struct agg *g, const struct item *it, uint32_t group, usec_t time, const uint64_t *value)
{
	struct agg_set *s = &g->set[it->set];
	uint64_t *have = s->value + group * s->words;
	if (s->time[group] != INT64_MIN) {
		int d = time != s->time[group] ? (time > s->time[group] ? 1 : -1) : item_compare(g->plan, &g->texts, it, value, have);
		if (it->fn == FN_last ? d <= 0 : d >= 0)
			return;
	}
	s->time[group] = time;
	memcpy(have, value, s->words * sizeof(*value));
}
