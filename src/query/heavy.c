#include "query/heavy.h"

#include "query/unite.h"

#include "base/hash.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

enum {
	SMALL_SEGMENT = 16384,                  /* rows: does not say whether tuples are few */
	STEPS = 32, RANKS = STEPS * (64 - 4),   /* of find_least_bucket */
};

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
	scratch_free(h->quota, &h->bucket, HEAVY_BUCKETS, sizeof(*h->bucket));
	mem_free(h->mark);
	pthread_mutex_destroy(&h->lock);
}

enum err heavy_local_init(struct heavy_local *hl, struct heavy *h)
{
	*hl = (struct heavy_local){ .h = h, .keys.width = h->plan->nwords };
	hl->key = mem_array(NULL, SEG_BLOCK, sizeof(*hl->key));
	hl->at = mem_array(NULL, SEG_BLOCK, sizeof(*hl->at));
	return hl->key && hl->at ? OK : E_NOMEM;
}

void heavy_local_free(struct heavy_local *hl)
{
	if (!hl->h)
		return;
	struct quota *q = hl->h->quota;
	for (unsigned i = 0; i < MAX_LANES; i++)
		quota_free(q, &hl->hash[i].by_code, hl->hash[i].cap, sizeof(*hl->hash[i].by_code));
	intern_free(&hl->tuples, q);
	words_free(&hl->keys, q);
	quota_free(q, &hl->sum, hl->sum_cap, sizeof(*hl->sum));
	quota_free(q, &hl->known, hl->known_cap, sizeof(*hl->known));
	scratch_free(q, &hl->bucket, HEAVY_BUCKETS, sizeof(*hl->bucket));
	mem_free(hl->key);
	mem_free(hl->at);
	*hl = (struct heavy_local){ 0 };
}

/* -- hashes: of values, so that a tuple has the same bucket in all segments -------------------------------------- */

static uint32_t hash_value(const uint64_t *words, bool addr, uint64_t seed)
{
	return (uint32_t)(hash_mix(words[0] ^ seed, addr ? words[1] : 0) >> 32);
}

static uint64_t hash_join(uint64_t hash, uint32_t value)
{
	return (hash ^ value) * 0x9e3779b97f4a7c15u;
}

static size_t bucket_of(uint64_t hash)
{
	return hash >> (64 - HEAVY_BITS);
}

/* As the rows of a tuple of the segments before have it. */
static uint64_t hash_words(const struct plan *p, const uint64_t *words)
{
	uint64_t hash = 0, seed = hash_seed();
	for (unsigned i = 0; i < p->nlanes; i++)
		hash = hash_join(hash, hash_value(words + p->lane[i].word, p->lane[i].addr, seed));
	return hash;
}

static enum err hash_codes(struct heavy_hash *hash, const struct lane_seg *ls, const struct seg *s, struct quota *q)
{
	const uint64_t seed = hash_seed();
	const struct seg_col *col = seg_column(s, (size_t)ls->lane->col);
	uint32_t c = 0;
	uint64_t words[2];
	enum err err = quota_grow(q, &hash->by_code, &hash->cap, (size_t)ls->card, sizeof(*hash->by_code));
	for (const uint32_t n = ls->lane->addr && col->kind == SEG_DICT ? col->dict_n : 0; err == OK && c < n; c++) {
		const uint64_t addr[] = { load_be64(col->dict_addr[c].b), load_be64(col->dict_addr[c].b + 8) };
		hash->by_code[c] = hash_value(addr, true, seed);
	}
	for (; err == OK && c < ls->card; c++) {
		lane_words(ls, s, c, words);
		hash->by_code[c] = hash_value(words, ls->lane->addr, seed);
	}
	hash->made = err == OK;
	return err;
}

/* Of n rows, to hl->key. */
static enum err hash_rows(struct heavy_local *hl, const struct local *l, size_t n)
{
	const uint64_t seed = hash_seed();
	const struct seg *s = l->reader.seg;
	uint64_t *key = hl->key, words[2];
	enum err err = OK;
	memset(key, 0, n * sizeof(*key));
	for (unsigned i = 0; i < l->keys.n && err == OK; i++) {
		struct heavy_hash *hash = &hl->hash[i];
		const struct lane_seg *ls = &l->lane[i];
		hash->asked += n;
		if (!hash->made && hash->asked > ls->card / 4)
			err = hash_codes(hash, ls, s, hl->h->quota);
		for (size_t k = 0; k < n && hash->made; k++)
			key[k] = hash_join(key[k], hash->by_code[ls->codes[k]]);
		for (size_t k = 0; k < n && !hash->made; k++) {
			lane_words(ls, s, ls->codes[k], words);
			key[k] = hash_join(key[k], hash_value(words, ls->lane->addr, seed));
		}
	}
	return err;
}

/* -- a segment ------------------------------------------------------------------------------------------------- */

static unsigned packed_bits(const struct local *l)
{
	unsigned bits = 0;
	for (unsigned i = 0; i < l->keys.n; i++)
		bits += l->keys.bits[i];
	return bits;
}

enum err heavy_bind(struct heavy_local *hl, struct local *l, uint64_t most)
{
	struct heavy *h = hl->h;
	bool wide = false, few = l->keys.dense && seg_rows(l->reader.seg) >= SMALL_SEGMENT;
	packer_bind(&l->keys, l->lane, 0);
	for (unsigned i = 0; i < l->keys.n; i++) {
		wide |= l->lane[i].wide;
		hl->hash[i].made = false;
		hl->hash[i].asked = 0;
	}
	pthread_mutex_lock(&h->lock);
	if (wide || packed_bits(l) > 63 || (few && !h->begun) || most == UINT64_MAX ||
	    (!h->look && __builtin_add_overflow(h->most, most, &h->most)))
		atomic_store(&h->gave_up, true);
	h->begun = true;
	pthread_mutex_unlock(&h->lock);
	return atomic_load(&h->gave_up) ? E_RANGE : OK;
}

/* Tuples of rows whose measures are filled, the k-th of which is the one at[k] of those whose lanes are (NULL: the k-th). */
static enum err add_tuples(struct heavy_local *hl, struct local *l, const uint32_t *at, size_t n)
{
	const unsigned nm = hl->h->plan->nmeasures;
	struct quota *q = hl->h->quota;
	uint64_t *key = hl->key;
	memset(key, 0, n * sizeof(*key));
	for (unsigned i = 0; i < l->keys.n; i++)
		for (size_t k = 0; k < n; k++)
			key[k] = key[k] << l->keys.bits[i] | l->lane[i].codes[at ? at[k] : k];
	size_t had = hl->tuples.n;
	enum err err = intern_many(&hl->tuples, q, key, n, l->id);
	if (err == OK)
		err = quota_grow(q, &hl->sum, &hl->sum_cap, hl->tuples.n * nm, sizeof(*hl->sum));
	if (err != OK)
		return err;
	memset(hl->sum + had * nm, 0, (hl->tuples.n - had) * nm * sizeof(*hl->sum));
	for (unsigned m = 0; m < nm; m++)
		for (size_t k = 0; k < n; k++)
			hl->sum[l->id[k] * nm + m] += l->val[m][k];
	if (!hl->h->look && hl->tuples.n > HEAVY_TUPLES)
		atomic_store(&hl->h->many, true);
	return OK;
}

static enum err need_buckets(struct heavy_local *hl)
{
	enum err err = OK;
	if (!hl->bucket)
		hl->bucket = scratch(hl->h->quota, HEAVY_BUCKETS, sizeof(*hl->bucket), &err);
	return err;
}

static enum err first_look(struct heavy_local *hl, struct local *l, const struct rowset *rows)
{
	const struct heavy *h = hl->h;
	enum err err = local_measures(l, rows);
	for (unsigned m = 0; m < h->plan->nmeasures && err == OK; m++)
		for (size_t k = 0; k < rows->n; k++)
			hl->total[m] += l->val[m][k];
	if (err == OK && !atomic_load(&h->many))
		return add_tuples(hl, l, NULL, rows->n);
	if (err == OK)
		err = need_buckets(hl);
	if (err == OK)
		err = hash_rows(hl, l, rows->n);
	const uint64_t *v = l->val[h->by];
	for (size_t k = 0; k < rows->n && err == OK; k++)
		hl->bucket[bucket_of(hl->key[k])] += v[k];
	return err;
}

/* Rows of marked buckets. */
static enum err next_look(struct heavy_local *hl, struct local *l, const struct rowset *rows)
{
	const uint64_t *mark = hl->h->mark;
	enum err err = hash_rows(hl, l, rows->n);
	if (err != OK)
		return err;
	uint32_t *at = hl->at;
	size_t n = 0;
	for (size_t k = 0; k < rows->n; k++) {
		size_t b = bucket_of(hl->key[k]);
		at[n] = (uint32_t)k;
		n += mark[b / 64] >> b % 64 & 1;
	}
	hl->left_out |= n < rows->n;
	if (!n)
		return OK;
	for (size_t k = 0; k < n; k++)
		l->id[k] = rows->at ? rows->at[at[k]] : at[k];
	const struct rowset found = { .at = l->id, .n = n };
	err = local_measures(l, &found);
	return err == OK ? add_tuples(hl, l, at, n) : err;
}

enum err heavy_rows(struct heavy_local *hl, struct local *l, const struct rowset *rows)
{
	return hl->h->look ? next_look(hl, l, rows) : first_look(hl, l, rows);
}

static enum err add_known(struct words *keys, uint64_t **sum, size_t *cap, struct quota *q, const uint64_t *words, const uint64_t *v,
			  unsigned nm)
{
	enum err err = OK;
	size_t had = keys->n;
	uint32_t id = words_put(keys, q, words, &err);
	if (err == OK)
		err = quota_grow(q, sum, cap, keys->n * nm, sizeof(**sum));
	if (err != OK)
		return err;
	for (unsigned m = 0; m < nm; m++)
		(*sum)[id * nm + m] = v[m] + (keys->n > had ? 0 : (*sum)[id * nm + m]);
	return OK;
}

/* As add_tuples packs them. */
static void unpack_words(const struct local *l, uint64_t key, uint64_t *ret)
{
	for (unsigned i = l->keys.n; i-- > 0; key >>= l->keys.bits[i])
		lane_words(&l->lane[i], l->reader.seg, (uint32_t)(key & (((uint64_t)1 << l->keys.bits[i]) - 1)),
			   ret + l->lane[i].lane->word);
}

enum err heavy_segment(struct heavy_local *hl, struct local *l)
{
	struct heavy *h = hl->h;
	const unsigned nm = h->plan->nmeasures;
	const bool counted = h->look || !atomic_load(&h->many);
	uint64_t words[2 * MAX_LANES];
	enum err err = hl->tuples.n && !counted ? need_buckets(hl) : OK;
	for (size_t i = 0; i < hl->tuples.n && err == OK; i++) {
		const uint64_t *v = hl->sum + i * nm;
		unpack_words(l, hl->tuples.key[i], words);
		if (counted)
			err = add_known(&hl->keys, &hl->known, &hl->known_cap, h->quota, words, v, nm);
		else
			hl->bucket[bucket_of(hash_words(h->plan, words))] += v[h->by];
	}
	intern_reset(&hl->tuples);
	if (!h->look && hl->keys.n > HEAVY_TUPLES)
		atomic_store(&h->many, true);
	return err;
}

enum err heavy_flush(struct heavy_local *hl)
{
	struct heavy *h = hl->h;
	const unsigned nm = h->plan->nmeasures;
	enum err err = OK;
	pthread_mutex_lock(&h->lock);
	for (unsigned m = 0; m < nm; m++)
		h->total[m] += hl->total[m]; /* of the first look; others have none */
	h->left_out |= hl->left_out;
	for (size_t i = 0; i < hl->keys.n && err == OK; i++)
		err = add_known(&h->keys, &h->sum, &h->sum_cap, h->quota, words_key(&hl->keys, i), hl->known + i * nm, nm);
	if (!h->bucket) {
		h->bucket = hl->bucket;
		hl->bucket = NULL;
	}
	for (size_t i = 0; i < HEAVY_BUCKETS && hl->bucket; i++)
		h->bucket[i] += hl->bucket[i];
	pthread_mutex_unlock(&h->lock);
	return err;
}

/* -- between looks ----------------------------------------------------------------------------------------------- */

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


/* Numbers below STEPS by themselves, others by their five highest bits behind the first. */
static unsigned rank_of(uint64_t v)
{
	unsigned high = v < STEPS ? 0 : 63 - (unsigned)__builtin_clzll(v);
	return high ? (high - 4) * STEPS + (unsigned)(v >> (high - 5) & (STEPS - 1)) : (unsigned)v;
}

static uint64_t rank_start(unsigned r)
{
	return r < STEPS ? r : (uint64_t)(STEPS | r % STEPS) << (r / STEPS - 1);
}

/* The least that `keep` of the buckets at most reach. */
static uint64_t find_least_bucket(const struct heavy *h, size_t keep)
{
	uint32_t count[RANKS] = { 0 };
	unsigned r = RANKS;
	for (size_t i = 0; i < HEAVY_BUCKETS; i++)
		count[rank_of(h->bucket[i])]++;
	for (size_t n = 0; r && n + count[r - 1] <= keep; r--)
		n += count[r - 1];
	return r < RANKS ? MAX(rank_start(r), (uint64_t)1) : UINT64_MAX;
}

/* How many buckets reach least. */
static size_t mark_buckets(struct heavy *h)
{
	size_t marked = 0;
	memset(h->mark, 0, HEAVY_BUCKETS / 8);
	for (size_t i = 0; i < HEAVY_BUCKETS; i++) {
		uint64_t reaches = h->bucket[i] >= h->least;
		h->mark[i / 64] |= reaches << i % 64;
		marked += reaches;
	}
	return marked;
}

/* Buckets have what came before tuples were many, too. */
static enum err end_buckets(struct heavy *h)
{
	const unsigned nm = h->plan->nmeasures;
	enum err err = OK;
	if (!h->bucket)
		h->bucket = scratch(h->quota, HEAVY_BUCKETS, sizeof(*h->bucket), &err);
	for (size_t i = 0; i < h->keys.n && err == OK; i++)
		h->bucket[bucket_of(hash_words(h->plan, words_key(&h->keys, i)))] += h->sum[i * nm + h->by];
	h->mark = err == OK ? mem_array(NULL, HEAVY_BUCKETS / 64, sizeof(*h->mark)) : NULL;
	return err == OK && !h->mark ? E_NOMEM : err;
}

enum err heavy_between(struct heavy *h, bool *ret_again)
{
	uint64_t least = 0;
	enum err err = OK;
	*ret_again = false;
	if (!atomic_load(&h->many))
		return OK;
	if (h->look++ == 0) {
		if ((err = end_buckets(h)) == OK)
			least = find_least_bucket(h, MAX(h->plan->n * (size_t)HEAVY_KEEP, (size_t)HEAVY_KEPT));
	} else if ((err = find_least(h, &least)) == OK && least >= h->least) {
		h->least = least;
		return OK;
	}
	if (err != OK)
		return err;
	h->least = least;
	if (!least || h->look == HEAVY_LOOKS || mark_buckets(h) > HEAVY_MOST)
		return E_RANGE;
	words_free(&h->keys, h->quota);
	h->keys = (struct words){ .width = h->plan->nwords };
	h->left_out = false;
	*ret_again = true;
	return OK;
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
		if (h->look && h->sum[i * nm + h->by] < h->least) {
			rest.any = true;
			continue;
		}
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
