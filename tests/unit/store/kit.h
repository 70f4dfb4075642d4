/* What the store's tests share: a folder to play in, rows to put, rows read back. */
#pragma once
#include "unit.h"

#include "base/hash.h"
#include "base/mem.h"
#include "store/store.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static inline int kit_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void kit_remove(const char *folder)
{
	nftw(folder, kit_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A path that does not exist yet; in memory where there is such a file system, since the tests
 * sync and remove thousands of files. */
static inline void kit_folder(char out[static 256])
{
	const char *tmp = getenv("TMPDIR");
	if (!tmp)
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(out, 256, "%s/weir-store-XXXXXX", tmp);
	assert_non_null(mkdtemp(out));
	assert_int_equal(rmdir(out), 0);
}

/* -- random rows --------------------------------------------------------------------------- */

struct kit_rng {
	uint64_t state;
};

static inline uint64_t kit_random(struct kit_rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static inline uint64_t kit_below(struct kit_rng *r, uint64_t n)
{
	return kit_random(r) % n;
}

/* How a column's values are spread. */
enum kit_spread { KIT_ZERO, KIT_CONST, KIT_FEW, KIT_NARROW, KIT_ANY, KIT_EXTREME, KIT_SPREADS };

static inline uint64_t kit_number(struct kit_rng *r, enum kit_spread spread, size_t col)
{
	static const uint64_t extreme[] = {
		0,          1,         UINT8_MAX,         UINT16_MAX,       UINT32_MAX,
		UINT64_MAX, INT64_MAX, (uint64_t)1 << 32, (uint64_t)1 << 57
	};
	switch (spread) {
	case KIT_CONST:
		return col * 77 + 5;
	case KIT_FEW:
		return kit_below(r, 7) * 1000003 + col;
	case KIT_NARROW:
		return 1000000007 + kit_below(r, 300);
	case KIT_ANY:
		return kit_random(r) >> kit_below(r, 64);
	case KIT_EXTREME:
		return extreme[kit_below(r, COUNT_OF(extreme))];
	default:
		return 0;
	}
}

static inline struct addr kit_addr(struct kit_rng *r, enum kit_spread spread)
{
	struct addr a = { { 0 } };
	switch (spread) {
	case KIT_CONST:
		return addr_v4(0xc0000201);
	case KIT_FEW:
		return addr_v4(0x0a000000 + (uint32_t)kit_below(r, 200));
	case KIT_NARROW: /* version 6, common beginning */
		a.b[0] = 0x20;
		a.b[1] = 0x01;
		store_be64(a.b + 8, kit_below(r, 1000));
		return a;
	case KIT_ANY: /* everything mixed */
		if (kit_below(r, 8) == 0)
			return a;
		if (kit_below(r, 2))
			return addr_v4((uint32_t)kit_random(r));
		store_be64(a.b, kit_random(r));
		store_be64(a.b + 8, kit_random(r));
		return a;
	case KIT_EXTREME:
		switch (kit_below(r, 6)) {
		case 0:
			return addr_v4(0);
		case 1:
			return addr_v4(UINT32_MAX);
		case 2:
			memset(a.b, 0xff, 16);
			return a;
		case 3:
			a.b[15] = 1;
			return a; /* ::1, below IPv4 */
		case 4:
			a.b[9] = 0xff;
			a.b[10] = a.b[11] = 0xff;
			return a; /* just above IPv4 */
		default:
			return a;
		}
	default:
		return a;
	}
}

/* Fill a record: every column by its own spread. */
static inline void kit_record(struct kit_rng *r, const struct table *t, const uint8_t *spread,
			      usec_t time, void *rec)
{
	memset(rec, 0, t->rec_size);
	for (size_t c = 0; c < t->ncols; c++) {
		const struct column *col = &t->cols[c];
		uint8_t *at = (uint8_t *)rec + col->offset;
		if (c == t->time_col) {
			memcpy(at, &time, 8);
		} else if (col->storage == ST_addr) {
			struct addr a = kit_addr(r, spread[c]);
			memcpy(at, &a, 16);
		} else {
			uint64_t v = kit_number(r, spread[c], c);
			memcpy(at, &v, col->storage);
		}
	}
}

/* A batch of n rows whose times ascend from `start` by up to step_ms each. */
static inline struct batch *kit_batch(struct kit_rng *r, const struct table *t,
				      const uint8_t *spread, size_t n, usec_t start,
				      uint64_t step_ms)
{
	struct batch *b;
	uint64_t rec[TABLE_MAX_COLS * 2]; /* of any table */
	assert_true(t->rec_size <= sizeof(rec));
	assert_int_equal(batch_new(t, n ? n : 1, &b), OK);
	for (size_t i = 0; i < n; i++) {
		start += (usec_t)kit_below(r, step_ms + 1) * 1000;
		kit_record(r, t, spread, start, rec);
		assert_true(batch_push(b, rec));
	}
	return b;
}

static inline void kit_spreads(struct kit_rng *r, uint8_t spread[TABLE_MAX_COLS])
{
	for (size_t c = 0; c < TABLE_MAX_COLS; c++)
		spread[c] = (uint8_t)kit_below(r, KIT_SPREADS);
}

/* -- reading back ---------------------------------------------------------------------------- */

/* Some rows of a block by themselves: few of a chunk, or many; `seed` says which. */
static inline void kit_picked(const struct seg *s, size_t c, size_t block, uint32_t seed, const uint32_t *codes, const uint64_t *values)
{
	const size_t rows = MIN(seg_rows(s) - block * SEG_BLOCK, (size_t)SEG_BLOCK);
	uint32_t at[SEG_CHUNK], got[SEG_CHUNK];
	uint64_t got_values[SEG_CHUNK];
	struct kit_rng r = { seed + 1 };
	size_t n = 0;
	for (size_t i = kit_below(&r, 3); i < rows && n < SEG_CHUNK; i += 1 + kit_below(&r, i / SEG_CHUNK & 1 ? 3 : 300))
		at[n++] = (uint32_t)i;
	if (codes)
		seg_codes_at(s, c, block, at, n, got);
	if (values)
		seg_uints_at(s, c, block, at, n, got_values);
	for (size_t k = 0; k < n; k++) {
		if (codes)
			assert_int_equal(got[k], codes[at[k]]);
		if (values)
			assert_int_equal(got_values[k], values[at[k]]);
	}
}

/* Chunks of a block by themselves: the block's numbers in the places asked for, the others left as they were; and
 * all within the chunk's bounds. */
static inline void kit_chunks(const struct seg *s, size_t c, size_t block, uint32_t chunks)
{
	static uint32_t all[SEG_BLOCK], some[SEG_BLOCK];
	static uint64_t values[SEG_BLOCK], some_values[SEG_BLOCK];
	const struct seg_col *col = seg_column(s, c);
	const size_t rows = MIN(seg_rows(s) - block * SEG_BLOCK, (size_t)SEG_BLOCK);
	const bool has_codes = col->kind == SEG_DICT || (col->kind == SEG_INT && col->narrow);
	const bool number = col->kind != SEG_DICT || col->dict_uint;
	uint64_t min[SEG_CHUNKS], max[SEG_CHUNKS];
	if (col->kind == SEG_CONST)
		return;
	memset(some, 0x5a, sizeof(some));
	memset(some_values, 0x5a, sizeof(some_values));
	if (has_codes) {
		seg_codes(s, c, block, all);
		seg_codes_some(s, c, block, chunks, some);
	}
	if (number) {
		seg_uints(s, c, block, values);
		seg_uints_some(s, c, block, chunks, some_values);
	}
	kit_picked(s, c, block, chunks, has_codes ? all : NULL, number ? values : NULL);
	seg_chunk_bounds(s, c, block, min, max);
	for (size_t i = 0; i < rows; i++) {
		size_t k = i / SEG_CHUNK;
		uint64_t v = col->kind == SEG_DICT ? all[i] : values[i];
		assert_true(min[k] <= v && v <= max[k]);
		if (has_codes)
			assert_int_equal(some[i], chunks >> k & 1 ? all[i] : 0x5a5a5a5a);
		if (number)
			assert_int_equal(some_values[i], chunks >> k & 1 ? values[i] : 0x5a5a5a5a5a5a5a5a);
	}
}

/* Compare a segment's rows with rows of `want` (batches side by side), starting at row `from` of
 * them; what is different fails the test by column and row. */
static inline void kit_compare(struct seg *s, struct batch *const *want, size_t nwant, size_t from)
{
	const struct table *t = want[0]->table;
	static uint32_t codes[SEG_BLOCK];
	static uint64_t uints[SEG_BLOCK];
	assert_int_equal(seg_prepare(s, UINT64_MAX), OK);
	for (size_t c = 0; c < t->ncols; c++) {
		const struct seg_col *col = seg_column(s, c);
		size_t k = 0, i = from;
		bool addr = t->cols[c].storage == ST_addr;
		for (size_t row = 0; row < seg_rows(s); row++, i++) {
			size_t block = row / SEG_BLOCK, at = row % SEG_BLOCK;
			while (k < nwant && i >= want[k]->n)
				i -= want[k++]->n;
			assert_true(k < nwant);
			if (at == 0)
				kit_chunks(s, c, block, 0x9e3779b1u * (uint32_t)(block + c + 1));
			if (at == 0 && col->kind == SEG_DICT)
				seg_codes(s, c, block, codes);
			if (at == 0 && !addr)
				seg_uints(s, c, block, uints);
			if (addr) {
				const struct addr *got = col->kind == SEG_CONST
								 ? &col->addr
								 : &col->dict_addr[codes[at]];
				if (!addr_equal(got, batch_addr(want[k], c, i)))
					fail_msg("%s: column %s row %zu differs", seg_name(s),
						 t->cols[c].name, row);
			} else if (uints[at] != batch_uint(want[k], c, i)) {
				fail_msg("%s: column %s row %zu is %llu, not %llu", seg_name(s),
					 t->cols[c].name, row, (unsigned long long)uints[at],
					 (unsigned long long)batch_uint(want[k], c, i));
			}
			if (col->kind != SEG_CONST) {
				uint64_t min, max,
					v = col->kind == SEG_DICT ? codes[at] : uints[at];
				seg_bounds(s, c, block, &min, &max);
				assert_true(v >= min && v <= max && v >= col->min && v <= col->max);
			}
		}
	}
}

static const struct span kit_always = { 0, INT64_MAX };

/* All rows of a table, in order of segments, are those of the batches. */
static inline void kit_expect(const char *folder, enum table_id table, struct batch *const *want,
			      size_t nwant)
{
	struct store *s;
	struct snapshot sn;
	struct problem why;
	size_t rows = 0, expected = 0;
	assert_int_equal(store_open(folder, &s, &why), OK);
	assert_int_equal(store_snapshot(s, table, kit_always, &sn), OK);
	assert_int_equal(sn.ngap, 0);
	for (size_t i = 0; i < sn.nseg; i++) {
		kit_compare(sn.seg[i], want, nwant, rows);
		rows += seg_rows(sn.seg[i]);
	}
	for (size_t i = 0; i < nwant; i++)
		expected += want[i]->n;
	assert_int_equal(rows, expected);
	snapshot_free(&sn);
	store_close(s);
}

static inline void kit_say(void *arg, const char *file, const char *what)
{
	if (arg)
		++*(size_t *)arg;
	print_message("# check: %s: %s\n", file, what);
}

static inline void kit_check_clean(const char *folder)
{
	assert_int_equal(store_check(folder, kit_say, NULL), OK);
}
