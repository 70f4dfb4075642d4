#include "query/unite.h"

#include "base/mem.h"

#include <assert.h>

enum { FEW_GROUPS = 1024, WORD_BITS = 63, MOST_SEEN = 1 << 25 /* bits */, AT_ONCE = 4096 };

static bool counts(const struct item *it)
{
	return it->fn == FN_count;
}

/* -- packing --------------------------------------------------------------------------------------- */

static unsigned lane_bits(const struct plan *p, const struct lane *l)
{
	struct book b;
	switch (l->kind) {
	case LANE_COL: case LANE_SIDE: {
		const struct column *cols = p->view->table->cols;
		bool small = !l->addr && cols[l->col].storage <= ST_u16 && (l->col2 < 0 || cols[l->col2].storage <= ST_u16);
		return small ? 17 : BOOK_BITS;
	}
	case LANE_BUCKET: case LANE_MINUTE: case LANE_PLAN:
		return book_init(&b, p, l, NULL, NULL) == OK ? b.bits : WORD_BITS + 1;
	case LANE_NAME: /* numbers of names are the answer's own */
		break;
	}
	return WORD_BITS + 1;
}

/* False: it does not fit. */
static bool pack_lane(struct packing *k, const struct plan *p, unsigned lane, unsigned *used)
{
	unsigned bits = lane_bits(p, &p->lane[lane]);
	unsigned word = k->words ? k->words - 1 : 0;
	if (used[word] + bits > WORD_BITS && ++word >= TALLY_WORDS)
		return false;
	if (bits > WORD_BITS || p->lane[lane].text || p->lane[lane].col < 0)
		return false;
	k->lane[k->n] = (uint8_t)lane;
	k->word[k->n] = (uint8_t)word;
	k->bits[k->n] = (uint8_t)bits;
	k->shift[k->n++] = (uint8_t)used[word];
	k->mask[word] |= (((uint64_t)1 << bits) - 1) << used[word];
	k->words = MAX(k->words, word + 1);
	used[word] += bits;
	return true;
}

static bool pack_key(struct packing *k, const struct plan *p, const struct item *set)
{
	unsigned used[TALLY_WORDS] = { 0 };
	*k = (struct packing){ .words = 1 };
	for (unsigned i = 0; i < p->nkeylanes; i++)
		if (!pack_lane(k, p, i, used))
			return false;
	for (unsigned i = 0; set && i < set->nlanes; i++)
		if (!pack_lane(k, p, set->lane[i], used))
			return false;
	return true;
}

bool unite_suits(const struct plan *p)
{
	struct packing k;
	if (p->minutes || p->sketch || !pack_key(&k, p, NULL))
		return false;
	for (unsigned i = 0; i < p->nitems; i++) {
		const struct item *it = &p->item[i];
		if (it->fn == FN_first || it->fn == FN_last || (counts(it) && !pack_key(&k, p, it)))
			return false;
	}
	for (unsigned i = 0; i < p->nmeasures; i++)
		if (p->measure[i].kind > M_ROWS)
			return false;
	return true;
}

/* -- the run's -------------------------------------------------------------------------------------- */

enum err unite_init(struct unite *u, const struct plan *p, struct quota *q)
{
	*u = (struct unite){ .plan = p, .quota = q, .lock = PTHREAD_MUTEX_INITIALIZER };
	bool fits = pack_key(&u->keys, p, NULL);
	assert(fits);
	sieve_init(&u->sieve, p, q);
	if (p->nsets && !(u->pairs = mem_new0(p->nsets, sizeof(*u->pairs))))
		return E_NOMEM;
	tally_init(&u->groups, u->keys.words, p->nmeasures + p->nsets, q);
	for (unsigned i = 0; i < p->nitems; i++)
		if (counts(&p->item[i])) {
			unsigned set = p->item[i].set;
			fits = pack_key(&u->set[set], p, &p->item[i]);
			assert(fits);
			tally_init(&u->pairs[set], u->set[set].words, 0, q);
		}
	return OK;
}

void unite_free(struct unite *u)
{
	for (unsigned i = 0; i < MAX_LANES; i++)
		book_free(&u->book[i]);
	for (unsigned i = 0; u->pairs && i < u->plan->nsets; i++) {
		tally_free(&u->pairs[i]);
		bits_free(&u->bits[i]);
	}
	mem_free(u->pairs);
	tally_free(&u->groups);
	sieve_free(&u->sieve);
	pthread_mutex_destroy(&u->lock);
}

/* Books are opened by the first segment that has rows. */
static enum err open_books(struct unite *u, const struct local *l, uint64_t most)
{
	const struct seg *sample = l->reader.seg;
	enum err err = OK;
	pthread_mutex_lock(&u->lock);
	if (!u->ready)
		u->few = l->keys.dense && l->keys.groups <= FEW_GROUPS;
	for (unsigned i = 0; i < u->plan->nlanes && !u->ready && err == OK; i++)
		err = book_init(&u->book[i], u->plan, &u->plan->lane[i], sample, u->quota);
	u->ready |= err == OK;
	if (most == UINT64_MAX || __builtin_add_overflow(u->most, most, &u->most))
		atomic_store(&u->gave_up, true);
	pthread_mutex_unlock(&u->lock);
	return err;
}

/* -- a thread's --------------------------------------------------------------------------------------- */

enum err unite_local_init(struct unite_local *ul, struct unite *u)
{
	*ul = (struct unite_local){ .u = u };
	ul->key = mem_array(NULL, (size_t)SEG_BLOCK * TALLY_WORDS, sizeof(*ul->key));
	ul->code = mem_array(NULL, SEG_BLOCK, sizeof(*ul->code));
	ul->row = mem_array(NULL, SEG_BLOCK, sizeof(*ul->row));
	ul->id = mem_array(NULL, SEG_BLOCK, sizeof(*ul->id));
	ul->none = u->plan->nsets ? mem_new0(SEG_BLOCK, sizeof(*ul->none)) : NULL;
	enum err err = ul->key && ul->code && ul->row && ul->id && (ul->none || !u->plan->nsets) ? tally_buffer_init(&ul->groups, &u->groups) : E_NOMEM;
	for (unsigned i = 0; i < u->plan->nsets && err == OK; i++)
		if (u->pairs[i].width)
			err = tally_buffer_init(&ul->pairs[i], &u->pairs[i]);
	for (unsigned i = 0; i < u->plan->nmeasures && err == OK; i++)
		if (!(ul->val[i] = mem_array(NULL, AT_ONCE, sizeof(**ul->val))))
			err = E_NOMEM;
	return err;
}

void unite_local_free(struct unite_local *ul)
{
	if (!ul->u)
		return;
	struct quota *q = ul->u->quota;
	for (unsigned i = 0; i < MAX_LANES; i++)
		book_map_free(&ul->map[i], q);
	for (unsigned i = 0; i < ul->u->plan->nsets; i++) {
		quota_free(q, &ul->seen[i], ul->seen_cap[i], sizeof(*ul->seen[i]));
		bits_free(&ul->bits[i]);
		if (ul->pairs[i].to)
			tally_buffer_free(&ul->pairs[i]);
	}
	if (ul->groups.to)
		tally_buffer_free(&ul->groups);
	for (unsigned i = 0; i < MAX_MEASURES; i++)
		mem_free(ul->val[i]);
	mem_free(ul->key);
	mem_free(ul->code);
	mem_free(ul->row);
	mem_free(ul->id);
	mem_free(ul->none);
	*ul = (struct unite_local){ 0 };
}

enum err unite_flush(struct unite_local *ul)
{
	enum err err = tally_flush(&ul->groups);
	for (unsigned i = 0; i < ul->u->plan->nsets && err == OK; i++)
		if (ul->pairs[i].to)
			err = tally_flush(&ul->pairs[i]);
	pthread_mutex_lock(&ul->u->lock);
	for (unsigned i = 0; i < ul->u->plan->nsets && err == OK; i++)
		if (ul->bits[i].quota)
			err = bits_join(&ul->u->bits[i], &ul->bits[i]);
	pthread_mutex_unlock(&ul->u->lock);
	return err;
}

/* Pairs of a segment are few enough for a bit each. */
static enum err bind_seen(struct unite_local *ul, struct local *l, unsigned set)
{
	const struct packer *values = &l->set[set].values;
	size_t bits = 0;
	ul->seen_n[set] = 0;
	if (!l->keys.dense || !values->dense || !values->groups || l->keys.groups > MOST_SEEN / values->groups)
		return OK;
	bits = l->keys.groups * values->groups;
	enum err err = quota_grow(ul->u->quota, &ul->seen[set], &ul->seen_cap[set], bits / 64 + 1, sizeof(*ul->seen[set]));
	if (err != OK)
		return err;
	ul->seen_n[set] = bits / 64 + 1;
	memset(ul->seen[set], 0, ul->seen_n[set] * sizeof(*ul->seen[set]));
	return OK;
}

/* Groups of the segment have no rows of bits yet. */
static enum err bind_bits(struct unite_local *ul, struct local *l, unsigned set)
{
	struct bits *b = &ul->bits[set];
	size_t n = l->keys.dense ? l->keys.groups : 0;
	b->quota = ul->u->quota;
	enum err err = quota_grow(b->quota, &b->of, &b->of_cap, n, sizeof(*b->of));
	if (err == OK && n)
		memset(b->of, 0, n * sizeof(*b->of));
	return err;
}

enum err unite_bind(struct unite_local *ul, struct local *l, uint64_t most)
{
	const struct plan *p = ul->u->plan;
	enum err err = open_books(ul->u, l, most);
	for (unsigned i = 0; i < p->nlanes && err == OK; i++)
		err = book_bind(&ul->u->book[i], &l->lane[i], ul->u->quota, &ul->map[i]);
	for (unsigned i = 0; i < p->nitems && err == OK; i++)
		if (counts(&p->item[i]))
			err = unite_has_bits(ul->u, &p->item[i]) ? bind_bits(ul, l, p->item[i].set) : bind_seen(ul, l, p->item[i].set);
	return err == OK && atomic_load(&ul->u->gave_up) ? E_RANGE : err;
}

/* The numbers of a lane's codes go to their place in keys. */
static enum err pack_codes(struct unite_local *ul, struct local *l, const struct packing *k, unsigned i, const uint32_t *codes, size_t n)
{
	unsigned lane = k->lane[i], shift = k->shift[i], width = k->words;
	struct book_map *m = &ul->map[lane];
	uint64_t *to = ul->key + k->word[i];
	enum err err = book_resolve(&ul->u->book[lane], &l->lane[lane], l->reader.seg, codes, n, m);
	const bool sparse = !m->same && m->sparse;
	if (err == OK && sparse)
		err = book_sparse(&ul->u->book[lane], &l->lane[lane], l->reader.seg, codes, n, m, ul->id);
	if (err != OK)
		return err;
	if (sparse)
		for (size_t r = 0; r < n; r++)
			to[r * width] |= (uint64_t)ul->id[r] << shift;
	else if (m->same)
		for (size_t r = 0; r < n; r++)
			to[r * width] |= (uint64_t)(codes[r] + m->offset) << shift;
	else if (width == 1)
		for (size_t r = 0; r < n; r++)
			to[r] |= (uint64_t)m->id[codes[r]] << shift;
	else
		for (size_t r = 0; r < n; r++)
			to[r * width] |= (uint64_t)m->id[codes[r]] << shift;
	return OK;
}

/* Keys of rows; `at` picks some of them, NULL = all. */
static enum err pack_rows(struct unite_local *ul, struct local *l, const struct packing *k, const uint32_t *at, size_t n)
{
	enum err err = OK;
	memset(ul->key, 0, n * k->words * sizeof(*ul->key));
	for (unsigned i = 0; i < k->n && err == OK; i++) {
		const uint32_t *codes = l->lane[k->lane[i]].codes;
		for (size_t r = 0; at && r < n; r++)
			ul->code[r] = codes[at[r]];
		err = pack_codes(ul, l, k, i, at ? ul->code : codes, n);
	}
	return err;
}

/* Most of a block's rows passed: most of the dictionaries will be asked for. */
static enum err resolve_much(struct unite_local *ul, struct local *l, const struct packing *k, size_t n)
{
	enum err err = OK;
	bool much = !l->reader.pick && n > l->reader.rows / 4;
	for (unsigned i = 0; i < k->n && much && err == OK; i++)
		err = book_resolve_all(&ul->u->book[k->lane[i]], &l->lane[k->lane[i]], l->reader.seg, &ul->map[k->lane[i]]);
	return err;
}

enum err unite_rows(struct unite_local *ul, struct local *l, size_t n)
{
	const struct unite *u = ul->u;
	uint64_t *val[MAX_MEASURES + MAX_ITEMS + 1];
	enum err err = resolve_much(ul, l, &u->keys, n);
	if (err == OK)
		err = pack_rows(ul, l, &u->keys, NULL, n);
	for (unsigned i = 0; i < u->groups.nvals; i++)
		val[i] = i < u->plan->nmeasures ? l->val[i] : ul->none;
	return err == OK ? tally_add(&ul->groups, ul->key, val, n) : err;
}

/* Rows whose pair is met for the first time in the segment. */
static size_t fresh_rows(struct unite_local *ul, const struct local *l, unsigned set, size_t n)
{
	const struct packer *values = &l->set[set].values;
	const uint32_t *group = l->keys.ids, *value = values->ids;
	uint64_t *seen = ul->seen[set];
	size_t fresh = 0;
	for (size_t k = 0; k < n; k++) {
		size_t bit = (size_t)group[k] * values->groups + value[k];
		ul->row[fresh] = (uint32_t)k;
		fresh += !(seen[bit / 64] >> bit % 64 & 1);
		seen[bit / 64] |= (uint64_t)1 << bit % 64;
	}
	return fresh;
}

/* A group of the segment's array as a row of bits; the row is made where there is none. */
static uint32_t row_of_group(struct unite_local *ul, struct local *l, struct bits *b, uint32_t group, size_t at, enum err *err)
{
	const uint32_t one = (uint32_t)at;
	uint64_t key[TALLY_WORDS] = { 0 };
	if (b->of[group])
		return b->of[group] - 1;
	*err = pack_rows(ul, l, &ul->u->keys, &one, 1);
	memcpy(key, ul->key, ul->u->keys.words * sizeof(*key));
	uint32_t row = *err == OK ? bits_row(b, key, err) : 0;
	b->of[group] = *err == OK ? row + 1 : 0;
	return row;
}

/* Each row's group as a row of bits, in ul->row: neighbours have often the same. */
static enum err rows_of_bits(struct unite_local *ul, struct local *l, struct bits *b, size_t n)
{
	const unsigned words = ul->u->keys.words;
	enum err err = OK;
	if (l->keys.dense) {
		const uint32_t *ids = l->keys.ids;
		for (size_t k = 0; k < n && err == OK; k++)
			ul->row[k] = k && ids[k] == ids[k - 1] ? ul->row[k - 1] : row_of_group(ul, l, b, ids[k], k, &err);
		return err;
	}
	err = pack_rows(ul, l, &ul->u->keys, NULL, n);
	for (size_t k = 0; k < n && err == OK; k++) {
		uint64_t key[TALLY_WORDS] = { 0 };
		memcpy(key, ul->key + k * words, words * sizeof(*key));
		ul->row[k] = bits_row(b, key, &err);
	}
	return err;
}

static enum err set_bits(struct unite_local *ul, struct local *l, const struct item *it, size_t n)
{
	const unsigned lane = it->lane[0];
	const struct book_map *m = &ul->map[lane];
	const uint32_t *codes = l->lane[lane].codes;
	enum err err = rows_of_bits(ul, l, &ul->bits[it->set], n);
	if (err == OK)
		err = book_resolve(&ul->u->book[lane], &l->lane[lane], l->reader.seg, codes, n, &ul->map[lane]);
	if (err == OK && !m->same && m->sparse)
		err = book_sparse(&ul->u->book[lane], &l->lane[lane], l->reader.seg, codes, n, &ul->map[lane], ul->code);
	else
		for (size_t k = 0; k < n && err == OK; k++)
			ul->code[k] = book_id(m, codes[k]);
	return err == OK ? bits_set(&ul->bits[it->set], ul->row, ul->code, n) : err;
}

enum err unite_sets(struct unite_local *ul, struct local *l, size_t n)
{
	const struct plan *p = ul->u->plan;
	enum err err = OK;
	for (unsigned i = 0; i < p->nitems && err == OK; i++) {
		const struct item *it = &p->item[i];
		if (!counts(it))
			continue;
		const uint32_t *at = NULL;
		size_t some = n;
		err = resolve_much(ul, l, &ul->u->set[it->set], n);
		if (unite_has_bits(ul->u, it)) {
			err = err == OK ? set_bits(ul, l, it, n) : err;
			continue;
		}
		if (err == OK && ul->seen_n[it->set]) {
			err = packer_fill(&l->set[it->set].values, ul->u->quota, l->lane, n);
			at = ul->row;
			some = err == OK ? fresh_rows(ul, l, it->set, n) : 0;
		}
		if (err == OK)
			err = pack_rows(ul, l, &ul->u->set[it->set], at, some);
		if (err == OK)
			err = tally_add(&ul->pairs[it->set], ul->key, NULL, some);
	}
	return err;
}

/* -- a segment's groups --------------------------------------------------------------------------------- */

static enum err add_groups(struct unite_local *ul, struct local *l, const uint32_t *group, size_t n)
{
	const struct unite *u = ul->u;
	const struct plan *p = u->plan;
	uint64_t *val[MAX_MEASURES + MAX_ITEMS + 1];
	enum err err = OK;
	memset(ul->key, 0, n * u->keys.words * sizeof(*ul->key));
	memcpy(ul->row, group, n * sizeof(*group)); /* what is left of each tuple */
	for (unsigned i = u->keys.n; i-- > 0 && err == OK;) {
		uint32_t card = (uint32_t)l->lane[u->keys.lane[i]].card;
		for (size_t k = 0; i && k < n; k++) {
			ul->code[k] = ul->row[k] % card;
			ul->row[k] /= card;
		}
		err = pack_codes(ul, l, &u->keys, i, i ? ul->code : ul->row, n);
	}
	for (unsigned m = 0; m < p->nmeasures; m++) {
		val[m] = ul->val[m];
		for (size_t k = 0; k < n; k++)
			val[m][k] = l->acc[(size_t)group[k] * l->stride + 1 + m];
	}
	for (unsigned i = p->nmeasures; i < u->groups.nvals; i++)
		val[i] = ul->none;
	return err == OK ? tally_add(&ul->groups, ul->key, val, n) : err;
}

enum err unite_groups(struct unite_local *ul, struct local *l)
{
	uint32_t group[AT_ONCE] = { 0 };
	size_t n = 0, touched = 0;
	enum err err = OK;
	for (size_t k = 0; k < l->keys.groups && !l->few; k++) /* few: their rows were tallied one by one */
		touched += l->acc[k * l->stride] != 0;
	if (!touched)
		return OK;
	bool kept = false;
	if (ul->u->sieve.on && l->stays && ((err = sieve_segment(&ul->u->sieve, l, touched, &kept)) != OK || kept))
		return err;
	if (ul->u->keys.n == 1 && touched * 4 > l->keys.groups && touched > 64)
		err = book_resolve_all(&ul->u->book[ul->u->keys.lane[0]], &l->lane[ul->u->keys.lane[0]], l->reader.seg,
				       &ul->map[ul->u->keys.lane[0]]);
	for (size_t k = local_next(l, 0); k < l->keys.groups && err == OK; k = local_next(l, k + 1)) {
		group[n++] = (uint32_t)k;
		if (n == AT_ONCE) {
			err = add_groups(ul, l, group, n);
			n = 0;
		}
	}
	return err == OK && n ? add_groups(ul, l, group, n) : err;
}
