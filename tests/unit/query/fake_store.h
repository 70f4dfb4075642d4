/* A store that lies in memory: what query/ sees of store.h, over arrays of records.  Every column
 * of every segment is held in a way picked at random (constant, dictionary, integers), so that the
 * answers cannot hang on what the real store happens to choose.  Linked before the library. */
#pragma once
#include "base/mem.h"
#include "store/sidecar.h"
#include "store/store.h"

#include <stdlib.h>

struct seg {
	const struct table *table;
	size_t rows;
	struct span span;
	struct seg_col col[TABLE_MAX_COLS];
	uint32_t *codes[TABLE_MAX_COLS];
	uint64_t *uints[TABLE_MAX_COLS];
	uint64_t prepared;
	bool damaged; /* seg_prepare says so */
	bool released;
};

struct store {
	struct seg *seg[64];
	size_t nseg;
	struct store_gap gap[4];
	size_t ngap;
};

static uint64_t fake_random_state = 1;

static uint32_t fake_random(void)
{
	fake_random_state = fake_random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(fake_random_state >> 33);
}

static uint64_t fake_uint(const struct table *t, size_t c, const uint8_t *rec)
{
	const uint8_t *p = rec + t->cols[c].offset;
	uint64_t v = 0;
	memcpy(&v, p, t->cols[c].storage);
	return v;
}

static int fake_compare_uint(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static int fake_compare_addr(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static size_t fake_unique(void *p, size_t n, size_t each)
{
	char *at = p;
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (!kept || memcmp(at + (kept - 1) * each, at + i * each, each) != 0)
			memmove(at + kept++ * each, at + i * each, each);
	return kept;
}

static void fake_addrs(struct seg *s, size_t c, const uint8_t *recs)
{
	struct addr *dict = mem_new0(s->rows, sizeof(*dict));
	for (size_t i = 0; i < s->rows; i++)
		memcpy(&dict[i], recs + i * s->table->rec_size + s->table->cols[c].offset, 16);
	qsort(dict, s->rows, 16, fake_compare_addr);
	size_t n = fake_unique(dict, s->rows, 16);
	s->codes[c] = mem_new0(s->rows, sizeof(uint32_t));
	for (size_t i = 0; i < s->rows; i++) {
		const struct addr *at = bsearch(recs + i * s->table->rec_size + s->table->cols[c].offset, dict, n, 16, fake_compare_addr);
		s->codes[c][i] = (uint32_t)(at - dict);
	}
	s->col[c] = (struct seg_col){ .kind = SEG_DICT, .dict_n = (uint32_t)n, .dict_addr = dict, .max = n - 1 };
	if (n == 1 && fake_random() % 4) {
		s->col[c] = (struct seg_col){ .kind = SEG_CONST, .addr = dict[0] };
		mem_free(dict);
	}
}

/* Integers as base + step * code, half of those that can be. */
static void fake_narrow(struct seg *s, size_t c)
{
	struct seg_col *col = &s->col[c];
	uint64_t step = 0;
	for (size_t i = 0; i < s->rows; i++)
		for (uint64_t a = s->uints[c][i] - col->min, b; (b = a);) /* what all of them are multiples of */
			a = step % b, step = b;
	if (!step || (col->max - col->min) / step > UINT32_MAX || fake_random() % 2)
		return;
	col->narrow = true;
	col->base = col->min;
	col->step = step;
	s->codes[c] = mem_new0(s->rows, sizeof(uint32_t));
	for (size_t i = 0; i < s->rows; i++)
		s->codes[c][i] = (uint32_t)((s->uints[c][i] - col->base) / step);
}

static void fake_uints(struct seg *s, size_t c, const uint8_t *recs)
{
	uint64_t *v = mem_new0(s->rows, sizeof(*v)), *dict = mem_new0(s->rows, sizeof(*dict));
	for (size_t i = 0; i < s->rows; i++)
		v[i] = dict[i] = fake_uint(s->table, c, recs + i * s->table->rec_size);
	qsort(dict, s->rows, sizeof(*dict), fake_compare_uint);
	size_t n = fake_unique(dict, s->rows, sizeof(*dict));
	s->uints[c] = v;
	if (n == 1 && fake_random() % 4) {
		s->col[c] = (struct seg_col){ .kind = SEG_CONST, .uint = dict[0] };
		mem_free(dict);
	} else if (fake_random() % 2) {
		s->col[c] = (struct seg_col){ .kind = SEG_INT, .min = dict[0], .max = dict[n - 1] };
		mem_free(dict);
		fake_narrow(s, c);
	} else {
		s->codes[c] = mem_new0(s->rows, sizeof(uint32_t));
		for (size_t i = 0; i < s->rows; i++) {
			const uint64_t *at = bsearch(&v[i], dict, n, sizeof(*dict), fake_compare_uint);
			s->codes[c][i] = (uint32_t)(at - dict);
		}
		s->col[c] = (struct seg_col){ .kind = SEG_DICT, .dict_n = (uint32_t)n, .dict_uint = dict, .max = n - 1 };
	}
}

/* A segment of n records, added behind the others. */
static _unused_ struct seg *fake_segment(struct store *st, enum table_id table, const void *recs, size_t n)
{
	struct seg *s = mem_new0(1, sizeof(*s));
	s->table = &tables[table];
	s->rows = n;
	s->span = (struct span){ INT64_MAX, INT64_MIN };
	for (size_t i = 0; i < n; i++) {
		usec_t t = (usec_t)fake_uint(s->table, s->table->time_col, (const uint8_t *)recs + i * s->table->rec_size);
		s->span.start = MIN(s->span.start, t);
		s->span.end = MAX(s->span.end, t + 1);
	}
	for (size_t c = 0; c < s->table->ncols; c++)
		if (s->table->cols[c].storage == ST_addr)
			fake_addrs(s, c, recs);
		else
			fake_uints(s, c, recs);
	st->seg[st->nseg++] = s;
	return s;
}

static _unused_ void fake_free(struct store *st)
{
	for (size_t i = 0; i < st->nseg; i++) {
		struct seg *s = st->seg[i];
		for (size_t c = 0; c < s->table->ncols; c++) {
			mem_free((void *)(uintptr_t)s->col[c].dict_uint);
			mem_free((void *)(uintptr_t)s->col[c].dict_addr);
			mem_free(s->codes[c]);
			mem_free(s->uints[c]);
		}
		mem_free(s);
	}
	*st = (struct store){ 0 };
}

static int fake_compare_seg(const void *a, const void *b)
{
	const struct seg *x = *(struct seg *const *)a, *y = *(struct seg *const *)b;
	return (x->span.start > y->span.start) - (x->span.start < y->span.start);
}

enum err store_snapshot(struct store *st, enum table_id table, struct span span, struct snapshot *ret)
{
	*ret = (struct snapshot){ .seg = calloc(st->nseg + 1, sizeof(*ret->seg)) }; /* not ours to fail */
	for (size_t i = 0; i < st->nseg; i++)
		if (st->seg[i]->table->id == table && st->seg[i]->span.start < span.end && st->seg[i]->span.end > span.start)
			ret->seg[ret->nseg++] = st->seg[i];
	qsort(ret->seg, ret->nseg, sizeof(*ret->seg), fake_compare_seg);
	ret->gap = st->gap;
	ret->ngap = st->ngap;
	return OK;
}

/* What is known now has tests with real segments (hosts.c). */
enum err snapshot_of(const struct batch *b _unused_, struct snapshot *ret _unused_)
{
	abort();
}

/* Copies, likewise (isolation.c). */
enum err snapshot_add(struct snapshot *to _unused_, const struct batch *b _unused_)
{
	abort();
}

void snapshot_free(struct snapshot *s)
{
	for (size_t i = 0; i < s->nseg; i++)
		s->seg[i]->prepared = 0;
	free(s->seg);
}

size_t seg_rows(const struct seg *s)
{
	return s->rows;
}

struct span seg_span(const struct seg *s)
{
	return s->span;
}

enum err seg_prepare(struct seg *s, uint64_t cols)
{
	s->prepared |= cols;
	return s->damaged ? E_CORRUPT : OK;
}

void seg_release(struct seg *s)
{
	s->prepared = 0;
}

bool seg_joins(const struct seg *s _unused_)
{
	return false;
}

enum err snapshot_seldom(struct store *st _unused_, struct snapshot *sn _unused_, size_t rollup _unused_, struct seg **ret _unused_)
{
	return E_UNKNOWN;
}

const struct rollup_kind *rollup_kind(enum table_id of _unused_, enum rollup_level level _unused_)
{
	return NULL;
}

bool seg_stands_in(const struct seg *s _unused_)
{
	return false;
}

uint64_t stand_in_keys(const struct seg *s _unused_, bool folding _unused_)
{
	return 0;
}

const char *seg_name(const struct seg *s _unused_)
{
	return "";
}

uint64_t stand_in_sums(void)
{
	return 0;
}

enum err snapshot_rollup(struct store *st _unused_, struct snapshot *sn _unused_, size_t rollup _unused_, struct seg **ret _unused_)
{
	return E_UNKNOWN; /* made-up snapshots have none; whole.c has real ones */
}

enum err snapshot_stand_in(struct snapshot *sn _unused_, size_t at _unused_, struct seg *roll _unused_)
{
	return E_UNKNOWN;
}

enum err snapshot_gap(struct snapshot *sn _unused_, struct span span _unused_, const char *name _unused_)
{
	return E_UNKNOWN;
}

void snapshot_drop(struct snapshot *sn _unused_, struct seg *roll _unused_)
{
}

void stand_in_span(struct seg *roll _unused_, struct span span _unused_)
{
}

void seg_done(struct seg *s)
{
	seg_release(s);
}

bool seg_stays(struct seg *s)
{
	(void)s;
	return false;
}

/* Only segments of several blocks have one, and none of these is so long. */
enum err seg_prepare_index(struct seg *s, size_t col)
{
	seg_column(s, col);
	return OK;
}

bool seg_addr_blocks(const struct seg *s, size_t col, uint32_t code, uint64_t *ret_blocks)
{
	(void)s, (void)col, (void)code, (void)ret_blocks;
	return false;
}

const struct seg_col *seg_column(const struct seg *s, size_t col)
{
	assert_true(s->prepared >> col & 1);
	return &s->col[col];
}

void seg_bounds(const struct seg *s, size_t col, size_t block, uint64_t *ret_min, uint64_t *ret_max)
{
	const struct seg_col *c = seg_column(s, col);
	uint64_t min = UINT64_MAX, max = 0;
	for (size_t i = block * SEG_BLOCK; i < MIN(s->rows, (block + 1) * SEG_BLOCK); i++) {
		uint64_t v = c->kind == SEG_DICT ? s->codes[col][i] : s->uints[col][i];
		min = MIN(min, v);
		max = MAX(max, v);
	}
	*ret_min = min;
	*ret_max = max;
}

void seg_codes(const struct seg *s, size_t col, size_t block, uint32_t *out)
{
	assert_true(seg_column(s, col)->kind == SEG_DICT || seg_column(s, col)->narrow);
	for (size_t i = block * SEG_BLOCK, k = 0; i < MIN(s->rows, (block + 1) * SEG_BLOCK); i++, k++)
		out[k] = s->codes[col][i];
}

void seg_codes_some(const struct seg *s, size_t col, size_t block, uint32_t chunks, uint32_t *out)
{
	(void)chunks;
	seg_codes(s, col, block, out);
}

void seg_codes_at(const struct seg *s, size_t col, size_t block, const uint32_t *at, size_t n, uint32_t *out)
{
	assert_true(seg_column(s, col)->kind == SEG_DICT || seg_column(s, col)->narrow);
	for (size_t k = 0; k < n; k++)
		out[k] = s->codes[col][block * SEG_BLOCK + at[k]];
}

void seg_uints_at(const struct seg *s, size_t col, size_t block, const uint32_t *at, size_t n, uint64_t *out)
{
	seg_column(s, col);
	for (size_t k = 0; k < n; k++)
		out[k] = s->uints[col][block * SEG_BLOCK + at[k]];
}

void seg_chunk_bounds(const struct seg *s, size_t col, size_t block, uint64_t min[static SEG_CHUNKS], uint64_t max[static SEG_CHUNKS])
{
	seg_bounds(s, col, block, min, max);
	for (size_t i = 1; i < SEG_CHUNKS; i++) {
		min[i] = min[0];
		max[i] = max[0];
	}
}

void seg_uints(const struct seg *s, size_t col, size_t block, uint64_t *out)
{
	assert_non_null(s->uints[col]);
	seg_column(s, col);
	for (size_t i = block * SEG_BLOCK, k = 0; i < MIN(s->rows, (block + 1) * SEG_BLOCK); i++, k++)
		out[k] = s->uints[col][i];
}

void seg_uints_some(const struct seg *s, size_t col, size_t block, uint32_t chunks, uint64_t *out)
{
	(void)chunks;
	seg_uints(s, col, block, out);
}

/* Made-up segments have no sidecars; isolation.c has real ones. */
const struct sidecar *seg_prepare_own(struct seg *s _unused_, const uint8_t digest[static OWNING_DIGEST] _unused_)
{
	return NULL;
}

const struct sidecar *seg_own(const struct seg *s _unused_, const uint8_t digest[static OWNING_DIGEST] _unused_)
{
	return NULL;
}

size_t sidecar_sides(const struct sidecar *c _unused_)
{
	return 0;
}

uint32_t sidecar_sets(const struct sidecar *c _unused_)
{
	return 0;
}

const uint32_t *sidecar_sets_of(const struct sidecar *c _unused_, uint32_t owner _unused_, size_t *ret_n)
{
	*ret_n = 0;
	return NULL;
}

const uint64_t *sidecar_blocks(const struct sidecar *c _unused_, uint32_t owner _unused_)
{
	return NULL;
}

void sidecar_bounds(const struct sidecar *c _unused_, size_t side _unused_, size_t block _unused_, uint32_t *ret_min, uint32_t *ret_max)
{
	*ret_min = *ret_max = 0;
}

void sidecar_codes_some(const struct sidecar *c _unused_, size_t side _unused_, size_t block _unused_, uint32_t chunks _unused_, uint32_t *out _unused_)
{
}

void sidecar_chunk_bounds(const struct sidecar *c _unused_, size_t side _unused_, size_t block _unused_, uint32_t ret_min[static SEG_CHUNKS],
			  uint32_t ret_max[static SEG_CHUNKS])
{
	*ret_min = *ret_max = 0;
}
