/* Tallies -> groups of the answer.  Of a topN only what can be among the first n becomes a group; the
 * others become one, the lump, which is left out last and so is the rest row.  Distinct values are
 * counted for each group; only where groups come together (a rest row, keys made of keys) do the values
 * themselves go into the answer. */
#include "query/unite.h"

#include "base/mem.h"

#include <assert.h>

/* -- keys ------------------------------------------------------------------------------------------- */

static void group_words(const struct unite *u, const uint64_t *key, uint64_t *ret)
{
	for (unsigned i = 0; i < u->keys.n; i++)
		book_words(&u->book[u->keys.lane[i]], packed_id(&u->keys, i, key), ret + u->plan->lane[u->keys.lane[i]].word);
}

/* Of a set's pair: its value. */
static void value_words(const struct unite *u, const struct packing *k, const uint64_t *key, uint64_t *ret)
{
	for (unsigned i = u->keys.n; i < k->n; i++) {
		const struct book *b = &u->book[k->lane[i]];
		book_words(b, packed_id(k, i, key), ret);
		ret += b->words;
	}
}

static enum err add_group(struct unite *u, struct agg *g, const uint64_t *slot, uint32_t *ret)
{
	const unsigned nm = u->plan->nmeasures;
	uint64_t words[2 * MAX_LANES];
	enum err err = OK;
	group_words(u, slot, words);
	uint32_t id = agg_group(g, words, &err);
	if (err != OK)
		return err;
	for (unsigned m = 0; m < nm; m++)
		g->sum[(size_t)id * nm + m] += slot[u->groups.width + m];
	*ret = id;
	return OK;
}

enum err unite_add(struct unite *u, struct agg *g, const uint64_t *slot)
{
	uint32_t id;
	return add_group(u, g, slot, &id);
}

/* -- distinct values -------------------------------------------------------------------------------- */

/* A value that is none. */
static bool words_null(const struct unite *u, const struct agg *g, const struct item *it, const uint64_t *words)
{
	struct value v;
	if (it->field->type == T_ADDR && it->nlanes == 1)
		return !words[0] && !words[1];
	key_value(u->plan, g, it, words, &v);
	return v.null;
}

/* Pairs of a set, whichever way they were kept. */
struct pair_walk {
	const struct unite *u;
	const struct item *it;
	struct tally_walk tally;
	size_t row, word;
	uint64_t left;             /* of the word of bits */
	uint64_t key[TALLY_WORDS]; /* the group's */
	uint64_t value[4];
};

static bool next_bit(struct pair_walk *w)
{
	const struct bits *b = &w->u->bits[w->it->set];
	while (!w->left) {
		if (w->row == b->n)
			return false;
		if (w->word == b->row[w->row].words) {
			w->row++;
			w->word = 0;
			continue;
		}
		w->left = b->row[w->row].bit[w->word++];
	}
	uint32_t id = (uint32_t)((w->word - 1) * 64 + (size_t)__builtin_ctzll(w->left));
	w->left &= w->left - 1;
	memcpy(w->key, b->row[w->row].key, sizeof(w->key));
	book_words(&w->u->book[w->it->lane[0]], id, w->value);
	return true;
}

static bool next_pair(struct pair_walk *w)
{
	const struct packing *k = &w->u->set[w->it->set];
	if (unite_has_bits(w->u, w->it))
		return next_bit(w);
	const uint64_t *pair = tally_next(&w->tally);
	if (!pair)
		return false;
	for (unsigned i = 0; i < TALLY_WORDS; i++)
		w->key[i] = i < k->words ? pair[i] & w->u->keys.mask[i] : 0;
	value_words(w->u, k, pair, w->value);
	return true;
}

static bool one_group_a_row(const struct plan *p, size_t groups)
{
	return !p->parts && (p->kind == QUERY_TREND ? p->n == 0 : !p->n || groups <= p->n);
}

static uint64_t *count_of(struct unite *u, const struct item *it, const uint64_t *key)
{
	const uint64_t *sums = tally_find(&u->groups, key);
	assert(sums);
	return (uint64_t *)(uintptr_t)sums + u->plan->nmeasures + it->set;
}

/* Values that are none, of those that any group has. */
static void find_nulls(const struct unite *u, const struct agg *g, const struct item *it, uint64_t *null, size_t words)
{
	const struct bits *b = &u->bits[it->set];
	uint64_t value[4];
	for (size_t i = 0; i < b->n; i++)
		for (size_t w = 0; w < b->row[i].words; w++)
			null[w] |= b->row[i].bit[w];
	for (size_t w = 0; w < words; w++)
		for (uint64_t left = null[w]; left; left &= left - 1) {
			unsigned bit = (unsigned)__builtin_ctzll(left);
			book_words(&u->book[it->lane[0]], (uint32_t)(w * 64 + bit), value);
			if (!words_null(u, g, it, value))
				null[w] &= ~((uint64_t)1 << bit);
		}
}

static enum err count_bits(struct unite *u, const struct agg *g, const struct item *it)
{
	const struct bits *b = &u->bits[it->set];
	size_t words = 0;
	enum err err = OK;
	for (size_t i = 0; i < b->n; i++)
		words = MAX(words, b->row[i].words);
	uint64_t *null = scratch(u->quota, words, sizeof(*null), &err);
	if (err != OK)
		return err;
	find_nulls(u, g, it, null, words);
	for (size_t i = 0; i < b->n; i++) {
		uint64_t n = 0;
		for (size_t w = 0; w < b->row[i].words; w++)
			n += (uint64_t)__builtin_popcountll(b->row[i].bit[w] & ~null[w]);
		*count_of(u, it, b->row[i].key) += n;
	}
	scratch_free(u->quota, &null, words, sizeof(*null));
	return OK;
}

static enum err count_values(struct unite *u, struct agg *g, const struct item *it)
{
	struct pair_walk w = { .u = u, .it = it, .tally = { .of = &u->pairs[it->set] } };
	if (unite_has_bits(u, it))
		return count_bits(u, g, it);
	while (next_pair(&w))
		if (!words_null(u, g, it, w.value))
			++*count_of(u, it, w.key);
	return OK;
}

static enum err keep_pairs(struct unite *u, struct agg *g, const struct item *it)
{
	struct pair_walk w = { .u = u, .it = it, .tally = { .of = &u->pairs[it->set] } };
	enum err err = OK;
	while (err == OK && next_pair(&w)) {
		uint64_t words[2 * MAX_LANES];
		group_words(u, w.key, words);
		uint32_t id = agg_group(g, words, &err);
		if (err == OK)
			err = agg_count(g, it->set, id, w.value);
	}
	return err;
}

/* -- all groups -------------------------------------------------------------------------------------- */

static enum err add_all(struct unite *u, struct agg *g, bool counted)
{
	const struct plan *p = u->plan;
	struct tally_walk w = { .of = &u->groups };
	enum err err = OK;
	uint32_t id;
	for (unsigned i = 0; i < p->nitems && counted && err == OK; i++)
		if (p->item[i].fn == FN_count) {
			struct agg_set *s = &g->set[p->item[i].set];
			s->counted = true;
			err = quota_grow(u->quota, &s->count, &s->count_cap, tally_size(&u->groups), sizeof(*s->count));
		}
	for (const uint64_t *slot; err == OK && (slot = tally_next(&w));) {
		err = add_group(u, g, slot, &id);
		for (unsigned i = 0; i < p->nsets && counted && err == OK; i++)
			if (u->pairs[i].width)
				g->set[i].count[id] = slot[u->groups.width + p->nmeasures + i];
	}
	return err;
}

/* -- the first n and the lump --------------------------------------------------------------------------- */

bool unite_can_lump(const struct plan *p)
{
	if (p->kind != QUERY_TOPN || !p->n || p->parts || p->nsets || p->sort < 0)
		return false;
	const struct item *it = &p->item[p->sort];
	return (it->fn == FN_NONE || it->fn == FN_sum) && !it->is_key && it->field->type != T_REAL;
}

/* As reduce.c ranks. */
static double rank_of(const struct unite *u, const struct item *it, const uint64_t *slot)
{
	uint64_t v;
	if (!__builtin_mul_overflow(slot[u->groups.width + it->measure], (uint64_t)it->factor, &v))
		return (double)v; /* of a whole number of any size the nearest, so it does not matter how */
	return (double)((__int128)slot[u->groups.width + it->measure] * (int)it->factor);
}

/* The least of the n greatest: a heap with the least at its root. */
static enum err nth_greatest(struct unite *u, const struct item *it, size_t n, double *ret)
{
	enum err err = OK;
	double *h = scratch(u->quota, n, sizeof(*h), &err);
	struct tally_walk w = { .of = &u->groups };
	size_t have = 0;
	for (const uint64_t *slot; err == OK && (slot = tally_next(&w));) {
		double v = rank_of(u, it, slot);
		size_t i;
		if (have < n) {
			for (i = have++; i && h[(i - 1) / 2] > v; i = (i - 1) / 2)
				h[i] = h[(i - 1) / 2];
		} else if (v <= h[0]) {
			continue;
		} else {
			size_t child;
			for (i = 0; (child = 2 * i + 1) < n; i = child) {
				child += child + 1 < n && h[child + 1] < h[child];
				if (h[child] >= v)
					break;
				h[i] = h[child];
			}
		}
		h[i] = v;
	}
	if (err == OK)
		*ret = have ? h[0] : 0;
	scratch_free(u->quota, &h, n, sizeof(*h));
	return err;
}

enum err unite_finish_pass(struct unite *u, struct agg *g, struct unite_rest *rest)
{
	const struct plan *p = u->plan;
	struct tally_walk w = { .of = &u->groups };
	double least = 0;
	uint32_t id;
	enum err err = u->ready ? nth_greatest(u, &p->item[p->sort], p->n, &least) : OK;
	for (const uint64_t *slot; err == OK && (slot = tally_next(&w));) {
		if (rank_of(u, &p->item[p->sort], slot) >= least) {
			err = add_group(u, g, slot, &id);
			continue;
		}
		if (!rest->any)
			group_words(u, slot, rest->key);
		rest->any = true;
		for (unsigned m = 0; m < p->nmeasures; m++)
			rest->sum[m] += slot[u->groups.width + m];
	}
	return err;
}

enum err unite_add_rest(struct agg *g, const struct unite_rest *rest)
{
	const unsigned nm = g->plan->nmeasures;
	enum err err = OK;
	uint32_t id = rest->any ? agg_group(g, rest->key, &err) : 0;
	if (err != OK || !rest->any)
		return err;
	for (unsigned m = 0; m < nm; m++)
		g->sum[(size_t)id * nm + m] = rest->sum[m];
	g->lump = id + 1;
	return OK;
}

void unite_keep(struct unite *u, unsigned pass, unsigned passes)
{
	tally_free(&u->groups);
	tally_init(&u->groups, u->keys.words, u->plan->nmeasures + u->plan->nsets, u->quota);
	u->most = 0;
	u->sieve.on = false; /* it keeps what all segments have */
	u->groups.nparts = TALLY_PARTS / passes;
	u->groups.first = pass * u->groups.nparts;
}

static enum err add_first(struct unite *u, struct agg *g)
{
	const struct sieve_rest *left = &u->sieve.rest;
	struct unite_rest rest = { .any = left->some };
	if (left->some)
		group_words(u, left->slot, rest.key);
	for (unsigned m = 0; m < u->plan->nmeasures; m++)
		rest.sum[m] = left->sum[m];
	enum err err = unite_finish_pass(u, g, &rest);
	return err == OK ? unite_add_rest(g, &rest) : err;
}

enum err unite_finish(struct unite *u, struct agg *g)
{
	const struct plan *p = u->plan;
	if (!u->ready)
		return OK;
	enum err err = sieve_finish(u);
	size_t groups = tally_size(&u->groups);
	if (err != OK)
		return err;
	if (unite_can_lump(p) && groups + u->sieve.rest.some > p->n)
		return add_first(u, g);
	bool counted = p->nsets && one_group_a_row(p, groups);
	for (unsigned i = 0; i < p->nitems && counted && err == OK; i++)
		if (p->item[i].fn == FN_count)
			err = count_values(u, g, &p->item[i]);
	if (err == OK)
		err = add_all(u, g, counted);
	for (unsigned i = 0; i < p->nitems && !counted && err == OK; i++)
		if (p->item[i].fn == FN_count)
			err = keep_pairs(u, g, &p->item[i]);
	return err;
}
