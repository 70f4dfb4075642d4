#include "query/heavy.h"

#include "query/unite.h"

#include "base/hash.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

enum {
	SMALL_SEGMENT = 16384,                   /* rows: does not say whether tuples are few */
	STEPS = 32, BUCKETS = STEPS * (64 - 4),  /* of find_threshold */
};

#define HEAVY_FREE UINT64_MAX /* no key: they have 63 bits at most */

static bool is_plain(const struct plan *p, const struct lane *l)
{
	return l->kind == LANE_COL && l->col2 < 0 && !l->choose && !l->shown && !l->text && !l->shift &&
	       (l->addr || p->view->table->cols[l->col].storage != ST_u64);
}

bool heavy_suits(const struct plan *p)
{
	bool addr = false;
	if (!unite_can_lump(p) || p->n > SIEVE_MOST || p->npasses != 1 || p->minutes || p->nkeylanes < 2 || p->nlanes != p->nkeylanes)
		return false;
	for (unsigned i = 0; i < p->nmeasures; i++)
		if (p->measure[i].kind > M_ROWS)
			return false;
	for (unsigned i = 0; i < p->nlanes; i++) {
		if (!is_plain(p, &p->lane[i]))
			return false;
		addr |= p->lane[i].addr;
	}
	return addr;
}

void heavy_init(struct heavy *h, const struct plan *p, struct quota *q)
{
	*h = (struct heavy){ .plan = p, .quota = q, .by = p->item[p->sort].measure, .lock = PTHREAD_MUTEX_INITIALIZER };
	h->keys.width = p->nwords;
}

void heavy_free(struct heavy *h)
{
	words_free(&h->keys, h->quota);
	quota_free(h->quota, &h->sum, h->sum_cap, sizeof(*h->sum));
	quota_free(h->quota, &h->cut, h->cut_cap, sizeof(*h->cut));
	pthread_mutex_destroy(&h->lock);
}

enum err heavy_local_init(struct heavy_local *hl, struct heavy *h)
{
	const unsigned nm = h->plan->nmeasures;
	*hl = (struct heavy_local){ .h = h };
	if (!(hl->key = mem_array(NULL, SEG_BLOCK, sizeof(*hl->key))))
		return E_NOMEM;
	if (h->second)
		return quota_grow(h->quota, &hl->sum, &hl->sum_cap, h->keys.n * nm, sizeof(*hl->sum));
	return (hl->mark = mem_new0(HEAVY_MARKS, sizeof(*hl->mark))) ? OK : E_NOMEM;
}

void heavy_local_free(struct heavy_local *hl)
{
	if (!hl->h)
		return;
	struct quota *q = hl->h->quota;
	quota_free(q, &hl->row, hl->row_cap, sizeof(*hl->row));
	quota_free(q, &hl->sorted, hl->sorted_cap, sizeof(*hl->sorted));
	quota_free(q, &hl->table, hl->table_cap, sizeof(*hl->table));
	quota_free(q, &hl->picked, hl->picked_cap, sizeof(*hl->picked));
	quota_free(q, &hl->slot, hl->slots, sizeof(*hl->slot));
	quota_free(q, &hl->first, hl->first_cap, sizeof(*hl->first));
	quota_free(q, &hl->sum, hl->sum_cap, sizeof(*hl->sum));
	mem_free(hl->key);
	mem_free(hl->mark);
	*hl = (struct heavy_local){ 0 };
}

/* -- codes of a segment ---------------------------------------------------------------------------------- */

static unsigned packed_bits(const struct local *l)
{
	unsigned bits = 0;
	for (unsigned i = 0; i < l->keys.n; i++)
		bits += l->keys.bits[i];
	return bits;
}

/* As heavy_rows packs them. */
static void unpack_words(const struct local *l, uint64_t key, uint64_t *ret)
{
	uint32_t code[MAX_LANES];
	for (unsigned i = l->keys.n; i-- > 0; key >>= l->keys.bits[i])
		code[i] = (uint32_t)(key & (((uint64_t)1 << l->keys.bits[i]) - 1));
	for (unsigned i = 0; i < l->keys.n; i++)
		lane_words(&l->lane[i], l->reader.seg, code[i], ret + l->lane[i].lane->word);
}

/* High bits choose the part, the next the place in its table; low bits the mark. */
static uint64_t hash_key(uint64_t key)
{
	return hash_mix(key, 0x2545f4914f6cdd1du);
}

static void put_mark(uint32_t *mark, uint64_t hash)
{
	uint32_t *m = mark + (hash & (HEAVY_MARKS - 1)), shift = hash >> 18 & 15;
	*m |= (1 | (*m >> shift * 2 & 1) << 1) << shift * 2;
}

static bool is_alone(const uint32_t *mark, uint64_t hash)
{
	return !(mark[hash & (HEAVY_MARKS - 1)] >> (hash >> 18 & 15) * 2 & 2);
}

static unsigned part_of(uint64_t key)
{
	return (unsigned)(hash_key(key) >> 56);
}

static size_t slot_of(const struct heavy_local *hl, uint64_t key)
{
	size_t i = (size_t)hash_key(key) & (hl->slots - 1);
	while (hl->slot[i].id && hl->slot[i].key != key)
		i = (i + 1) & (hl->slots - 1);
	return i;
}

/* Contenders that the segment's dictionaries have. */
static enum err find_contenders(struct heavy_local *hl, struct local *l)
{
	const struct heavy *h = hl->h;
	size_t slots = 64;
	while (slots < h->keys.n * 4)
		slots *= 2;
	enum err err = slots == hl->slots ? OK : quota_grow(h->quota, &hl->slot, &hl->slots, slots, sizeof(*hl->slot));
	if (err == OK)
		err = quota_grow(h->quota, &hl->first, &hl->first_cap, (size_t)l->lane[0].card, 1);
	if (err != OK)
		return err;
	assert(hl->slots == slots);
	memset(hl->slot, 0, slots * sizeof(*hl->slot));
	memset(hl->first, 0, (size_t)l->lane[0].card);
	for (size_t k = 0; k < h->keys.n; k++) {
		const uint64_t *words = words_key(&h->keys, k);
		uint64_t key = 0;
		uint32_t code[MAX_LANES] = { 0 };
		unsigned i = 0;
		for (; i < l->keys.n && lane_code(&l->lane[i], l->reader.seg, words + l->lane[i].lane->word, &code[i]); i++)
			key = key << l->keys.bits[i] | code[i];
		if (i < l->keys.n)
			continue;
		hl->slot[slot_of(hl, key)] = (struct heavy_slot){ key, (uint32_t)k + 1 };
		hl->first[code[0]] = 1;
	}
	return OK;
}

enum err heavy_bind(struct heavy_local *hl, struct local *l, uint64_t most)
{
	struct heavy *h = hl->h;
	bool wide = false, few = l->keys.dense && seg_rows(l->reader.seg) >= SMALL_SEGMENT;
	packer_bind(&l->keys, l->lane, 0);
	for (unsigned i = 0; i < l->keys.n; i++)
		wide |= l->lane[i].wide;
	pthread_mutex_lock(&h->lock);
	if (wide || packed_bits(l) > 63 || (few && !h->begun) || most == UINT64_MAX ||
	    (!h->second && __builtin_add_overflow(h->most, most, &h->most)))
		atomic_store(&h->gave_up, true);
	h->begun = true;
	pthread_mutex_unlock(&h->lock);
	if (atomic_load(&h->gave_up))
		return E_RANGE;
	return h->second ? find_contenders(hl, l) : OK;
}

/* -- rows --------------------------------------------------------------------------------------------------- */

static void pack_codes(struct heavy_local *hl, const struct local *l, size_t n)
{
	uint64_t *key = hl->key;
	for (unsigned i = 0; i < l->keys.n; i++) {
		const uint32_t *codes = l->lane[i].codes;
		unsigned bits = l->keys.bits[i];
		for (size_t k = 0; k < n; k++)
			key[k] = i ? key[k] << bits | codes[k] : codes[k];
	}
}

static enum err end_portion(struct heavy_local *hl, const struct local *l);

static enum err first_look(struct heavy_local *hl, struct local *l, const struct rowset *rows)
{
	const unsigned nm = hl->h->plan->nmeasures;
	const size_t each = 1 + nm, n = rows->n;
	enum err err = local_measures(l, rows);
	if (err == OK && hl->nrows + n > HEAVY_ROWS)
		err = end_portion(hl, l);
	if (err == OK)
		err = quota_grow(hl->h->quota, &hl->row, &hl->row_cap, (hl->nrows + n) * each, sizeof(*hl->row));
	if (err != OK)
		return err;
	pack_codes(hl, l, n);
	uint64_t *to = hl->row + hl->nrows * each;
	for (size_t k = 0; k < n; k++) {
		to[k * each] = hl->key[k];
		put_mark(hl->mark, hash_key(hl->key[k]));
	}
	for (unsigned m = 0; m < nm; m++)
		for (size_t k = 0; k < n; k++) {
			to[k * each + 1 + m] = l->val[m][k];
			hl->total[m] += l->val[m][k];
		}
	hl->nrows += n;
	return OK;
}

/* Of most rows the first lane says that they are no contender's. */
static enum err second_look(struct heavy_local *hl, struct local *l, const struct rowset *rows)
{
	const unsigned nm = hl->h->plan->nmeasures;
	const uint32_t *codes = l->lane[0].codes;
	size_t some = 0, n = 0;
	for (size_t k = 0; k < rows->n; k++) {
		l->id[some] = (uint32_t)k;
		some += hl->first[codes[k]];
	}
	for (size_t i = 0; i < some; i++) {
		uint32_t k = l->id[i];
		uint64_t key = 0;
		for (unsigned j = 0; j < l->keys.n; j++)
			key = key << l->keys.bits[j] | l->lane[j].codes[k];
		uint32_t id = hl->slot[slot_of(hl, key)].id;
		hl->key[n] = id - 1;
		l->id[n] = rows->at ? rows->at[k] : k; /* n is not above i */
		n += id != 0;
	}
	const struct rowset found = { .at = l->id, .n = n };
	enum err err = n ? local_measures(l, &found) : OK;
	for (unsigned m = 0; m < nm && err == OK; m++)
		for (size_t k = 0; k < n; k++)
			hl->sum[hl->key[k] * nm + m] += l->val[m][k];
	return err;
}

enum err heavy_rows(struct heavy_local *hl, struct local *l, const struct rowset *rows)
{
	return hl->h->second ? second_look(hl, l, rows) : first_look(hl, l, rows);
}

/* -- a portion's candidates ----------------------------------------------------------------------------------- */

/* Loops over tuples are compiled for one measure by themselves: INLINE takes `each` for a constant then. */
#define INLINE static inline __attribute__((always_inline))

INLINE void copy_tuple(uint64_t *to, const uint64_t *from, size_t each)
{
	for (size_t i = 0; i < each; i++)
		to[i] = from[i];
}

/* Tuples of one row, and below the guess, go; unless rows are few, for all marks must be cleared then. */
INLINE void drop_small(struct heavy_local *hl, size_t each)
{
	const uint64_t *row = hl->row, guess = hl->guess;
	const size_t by = 1 + hl->h->by;
	const bool few = hl->nrows <= HEAVY_MARKS / 16;
	uint64_t *to = hl->row;
	size_t kept = 0;
	for (size_t n = hl->nrows; n; n--, row += each) {
		uint64_t hash = hash_key(*row);
		bool stays = few | (row[by] >= guess) | !is_alone(hl->mark, hash);
		copy_tuple(to + kept * each, row, each);
		kept += stays;
		hl->part[hash >> 56] += stays;
	}
	hl->nrows = kept;
	row = hl->row;
	for (size_t n = few ? kept : 0; n; n--, row += each)
		hl->mark[hash_key(*row) & (HEAVY_MARKS - 1)] = 0;
	if (!few)
		memset(hl->mark, 0, HEAVY_MARKS * sizeof(*hl->mark));
}

INLINE void scatter(struct heavy_local *hl, size_t each)
{
	const uint64_t *row = hl->row;
	uint64_t *to = hl->sorted;
	for (size_t n = hl->nrows; n; n--, row += each)
		copy_tuple(to + hl->part[part_of(*row)]++ * each, row, each);
}

/* Rows in order of their parts; part[p]: where it ends. */
static enum err sort_rows(struct heavy_local *hl, size_t each)
{
	enum err err = quota_grow(hl->h->quota, &hl->sorted, &hl->sorted_cap, hl->nrows * each, sizeof(*hl->sorted));
	uint32_t at = 0;
	for (size_t p = 0; p < HEAVY_PARTS; p++) {
		uint32_t n = hl->part[p];
		hl->part[p] = at;
		at += n;
	}
	if (err == OK && each == 2)
		scatter(hl, 2);
	else if (err == OK)
		scatter(hl, each);
	return err;
}

/* A free table for so many tuples; *ret_slots: a power of two. */
static enum err table_for(struct heavy_local *hl, size_t n, size_t each, size_t *ret_slots)
{
	size_t slots = 64;
	while (slots < n * 2)
		slots *= 2;
	enum err err = quota_grow(hl->h->quota, &hl->table, &hl->table_cap, slots * each, sizeof(*hl->table));
	for (; err == OK && hl->clean < slots * each; hl->clean += each)
		hl->table[hl->clean] = HEAVY_FREE;
	*ret_slots = slots;
	return err;
}

/* What the rows' tuples come to; how many tuples there are. */
INLINE size_t add_up(uint64_t *table, size_t slots, const uint64_t *row, size_t n, size_t each)
{
	size_t tuples = 0;
	for (; n; n--, row += each) {
		uint64_t *s = table + ((size_t)(hash_key(*row) >> 16) & (slots - 1)) * each;
		while (*s != *row && *s != HEAVY_FREE)
			s = s + each == table + slots * each ? table : s + each;
		const bool fresh = *s == HEAVY_FREE;
		tuples += fresh;
		*s = *row;
		for (size_t m = 1; m < each; m++)
			s[m] = row[m] + (fresh ? 0 : s[m]);
	}
	return tuples;
}

/* Tuples from the guess on, and the table is free again. */
INLINE void take_out(struct heavy_local *hl, size_t slots, size_t each)
{
	const size_t by = 1 + hl->h->by;
	const uint64_t guess = hl->guess;
	uint64_t *s = hl->table, *to = hl->picked;
	size_t n = hl->npicked;
	for (const uint64_t *end = s + slots * each; s < end; s += each) { /* which are taken cannot be foreseen: all are written */
		copy_tuple(to + n * each, s, each);
		n += (*s != HEAVY_FREE) & (s[by] >= guess);
		*s = HEAVY_FREE;
	}
	hl->npicked = n;
}

/* Numbers below STEPS by themselves, others by their five highest bits behind the first. */
static unsigned bucket_of(uint64_t v)
{
	unsigned high = v < STEPS ? 0 : 63 - (unsigned)__builtin_clzll(v);
	return high ? (high - 4) * STEPS + (unsigned)(v >> (high - 5) & (STEPS - 1)) : (unsigned)v;
}

static uint64_t bucket_start(unsigned b)
{
	return b < STEPS ? b : (uint64_t)(STEPS | b % STEPS) << (b / STEPS - 1);
}

/* The least that `keep` of n tuples at most reach. */
static uint64_t find_threshold(const struct heavy *h, const uint64_t *tuple, size_t n, size_t keep)
{
	const size_t each = 1 + h->plan->nmeasures;
	uint32_t count[BUCKETS] = { 0 };
	unsigned b = BUCKETS;
	for (const uint64_t *v = tuple + 1 + h->by, *end = v + n * each; v < end; v += each)
		count[bucket_of(*v)]++;
	for (n = 0; b && n + count[b - 1] <= keep; b--)
		n += count[b - 1];
	return b < BUCKETS ? bucket_start(b) : UINT64_MAX;
}

/* *ret_left: tuples below the guess are left out. */
static enum err pick(struct heavy_local *hl, size_t each, bool *ret_left)
{
	struct quota *q = hl->h->quota;
	size_t tuples = 0, slots, rows = hl->nrows, keep = hl->h->plan->n * HEAVY_KEEP;
	if (!hl->guess) /* no tuple comes to less than one of its rows */
		hl->guess = rows > keep ? find_threshold(hl->h, hl->row, rows, keep) : 1;
	if (each == 2)
		drop_small(hl, 2);
	else
		drop_small(hl, each);
	const bool dropped = hl->nrows < rows;
	enum err err = sort_rows(hl, each);
	hl->npicked = 0;
	for (size_t p = 0, from = 0; p < HEAVY_PARTS && err == OK; from = hl->part[p++]) {
		size_t n = hl->part[p] - from;
		if (!n || (err = table_for(hl, n, each, &slots)) != OK)
			continue;
		err = quota_grow(q, &hl->picked, &hl->picked_cap, (hl->npicked + n + 1) * each, sizeof(*hl->picked));
		if (err != OK)
			continue;
		const uint64_t *row = hl->sorted + from * each;
		tuples += each == 2 ? add_up(hl->table, slots, row, n, 2) : add_up(hl->table, slots, row, n, each);
		if (each == 2)
			take_out(hl, slots, 2);
		else
			take_out(hl, slots, each);
	}
	*ret_left = dropped || tuples > hl->npicked;
	return err;
}

static enum err add_candidate(struct heavy *h, const struct local *l, const uint64_t *tuple, uint64_t cut)
{
	const unsigned nm = h->plan->nmeasures;
	uint64_t words[2 * MAX_LANES];
	enum err err = OK;
	unpack_words(l, tuple[0], words);
	uint32_t id = words_put(&h->keys, h->quota, words, &err);
	if (err == OK)
		err = quota_grow(h->quota, &h->sum, &h->sum_cap, h->keys.n * nm, sizeof(*h->sum));
	if (err == OK)
		err = quota_grow(h->quota, &h->cut, &h->cut_cap, h->keys.n, sizeof(*h->cut));
	if (err != OK)
		return err;
	h->cut[id] += cut;
	for (unsigned m = 0; m < nm; m++)
		h->sum[id * nm + m] += tuple[1 + m];
	return OK;
}

static enum err end_portion(struct heavy_local *hl, const struct local *l)
{
	struct heavy *h = hl->h;
	const size_t keep = h->plan->n * HEAVY_KEEP, each = 1 + h->plan->nmeasures;
	bool left = false;
	enum err err = pick(hl, each, &left);
	if (err != OK)
		return err;
	uint64_t least = hl->npicked > keep ? find_threshold(h, hl->picked, hl->npicked, keep) : hl->guess;
	left |= hl->npicked > keep;
	uint64_t cut = left ? least - 1 : 0;
	hl->guess = hl->npicked >= keep / 4 ? least : least - least / 8;
	hl->nrows = 0;
	memset(hl->part, 0, sizeof(hl->part));
	pthread_mutex_lock(&h->lock);
	h->left_out |= left;
	if (__builtin_add_overflow(h->cuts, cut, &h->cuts))
		atomic_store(&h->gave_up, true);
	for (size_t i = 0; i < hl->npicked && err == OK; i++)
		if (hl->picked[i * each + 1 + h->by] >= least)
			err = add_candidate(h, l, hl->picked + i * each, cut);
	pthread_mutex_unlock(&h->lock);
	return err;
}

enum err heavy_segment(struct heavy_local *hl, struct local *l)
{
	return hl->h->second || !hl->nrows ? OK : end_portion(hl, l);
}

enum err heavy_flush(struct heavy_local *hl)
{
	struct heavy *h = hl->h;
	const unsigned nm = h->plan->nmeasures;
	pthread_mutex_lock(&h->lock);
	for (unsigned m = 0; m < nm && !h->second; m++)
		h->total[m] += hl->total[m];
	for (size_t i = 0; i < h->keys.n * nm && h->second; i++)
		h->sum[i] += hl->sum[i];
	pthread_mutex_unlock(&h->lock);
	return OK;
}

/* -- the end ------------------------------------------------------------------------------------------------- */

static int descending(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;
	return (*a < *b) - (*a > *b);
}

/* What n candidates have reached; 0: there are not so many, or it is too large to be ranked as doubles. */
static enum err find_least(const struct heavy *h, uint64_t *ret)
{
	const unsigned nm = h->plan->nmeasures;
	const size_t n = h->plan->n;
	enum err err = OK;
	*ret = 0;
	if (h->keys.n < n)
		return OK;
	uint64_t *v = scratch(h->quota, h->keys.n, sizeof(*v), &err);
	for (size_t i = 0; i < h->keys.n && err == OK; i++)
		v[i] = h->sum[i * nm + h->by];
	if (err == OK) {
		qsort(v, h->keys.n, sizeof(*v), descending);
		*ret = (double)v[n - 1] * h->plan->item[h->plan->sort].factor < 9007199254740992.0 ? v[n - 1] : 0;
	}
	scratch_free(h->quota, &v, h->keys.n, sizeof(*v));
	return err;
}

enum err heavy_between(struct heavy *h, bool *ret_again)
{
	const unsigned nm = h->plan->nmeasures;
	struct words keys = { .width = h->keys.width };
	uint64_t least = 0;
	*ret_again = h->left_out;
	if (!h->left_out)
		return OK;
	enum err err = find_least(h, &least);
	bool suits = least > h->cuts;
	for (size_t i = 0; i < h->keys.n && err == OK && suits; i++)
		if (h->sum[i * nm + h->by] + (h->cuts - h->cut[i]) >= least) {
			words_put(&keys, h->quota, words_key(&h->keys, i), &err);
			suits = keys.n <= HEAVY_CONTENDERS;
		}
	words_free(&h->keys, h->quota);
	h->keys = keys;
	h->second = true;
	if (h->sum)
		memset(h->sum, 0, h->sum_cap * sizeof(*h->sum));
	atomic_store(&h->gave_up, !suits);
	return err == OK && !suits ? E_RANGE : err;
}

/* A key that no contender has: the lump's is never shown. */
static void some_other_key(const struct agg *g, uint64_t *ret)
{
	memset(ret, 0, g->keys.width * sizeof(*ret));
	for (bool had = true; had; ret[0] += had) {
		had = false;
		for (size_t i = 0; i < g->keys.n && !had; i++)
			had = memcmp(words_key(&g->keys, i), ret, g->keys.width * sizeof(*ret)) == 0;
	}
}

enum err heavy_finish(struct heavy *h, struct agg *g)
{
	const unsigned nm = h->plan->nmeasures;
	struct unite_rest rest = { .any = h->left_out };
	enum err err = OK;
	for (unsigned m = 0; m < nm; m++)
		rest.sum[m] = h->total[m];
	for (size_t i = 0; i < h->keys.n && err == OK; i++) {
		uint32_t id = agg_group(g, words_key(&h->keys, i), &err);
		for (unsigned m = 0; m < nm && err == OK; m++) {
			g->sum[(size_t)id * nm + m] += h->sum[i * nm + m];
			rest.sum[m] -= h->sum[i * nm + m];
		}
	}
	if (err == OK && rest.any)
		some_other_key(g, rest.key);
	return err == OK ? unite_add_rest(g, &rest) : err;
}
