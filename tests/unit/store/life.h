/* A store with every kind of file: fresh and compacted segments, roll-ups beside them and alone, sidecars, a
 * journal with rows; made step by step, each of which can be told again when it failed.
 *
 * Row i of traffic is a second after row i - 1 and says i + 1 in its bytes; its addresses, and with them whose
 * it is, follow from i. */
#pragma once
#include "store/kit.h"

#include "store/rollup.h"

#include <fcntl.h>

static const usec_t life_begin = 1764064800 * USEC_PER_SEC; /* 2025-11-25 10:00 UTC */

enum { LIFE_HOUR = 1800 /* rows of an hour: one in two seconds */, LIFE_OWNERS = 3 };

static inline usec_t life_time(uint64_t row)
{
	return life_begin + (usec_t)row * 2 * USEC_PER_SEC;
}

static inline struct addr life_source(uint64_t row)
{
	return addr_v4(0x0a000000 + (uint32_t)(row * 7919 % 500));
}

static inline uint32_t life_owner(const struct addr *a) /* LIFE_OWNERS: nobody */
{
	uint32_t last = load_be32(a->b + 12) % 10;
	return MIN(last, (uint32_t)LIFE_OWNERS);
}

static inline struct batch *life_rows(uint64_t from, uint64_t n)
{
	struct batch *b;
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], n, &b), OK);
	for (uint64_t i = from; i < from + n; i++) {
		const struct flow_rec r = {
			.time = (uint64_t)life_time(i), .agent = addr_v4(0x0a636301 + (uint32_t)(i % 2)), .inputinterface = (uint32_t)(i % 5),
			.ipsource = life_source(i), .ipdestination = life_source(i + 1), .sourceport = (uint16_t)(i * 31), .protocol = i % 3 ? 6 : 17,
			.bytes = i + 1, .frames = 1 + i % 3, .samplingrate = 10, .sourceas = i % 97 ? 0 : (uint32_t)(i * 2654435761u),
		};
		assert_true(batch_push(b, &r));
	}
	return b;
}

static inline enum err life_of_rows(void *arg, const struct batch *b, uint32_t *const *ret_set)
{
	(void)arg;
	for (size_t i = 0; i < b->n; i++) {
		uint32_t from = life_owner(batch_addr(b, TR_ipsource, i)), to = life_owner(batch_addr(b, TR_ipdestination, i));
		ret_set[0][i] = from < LIFE_OWNERS ? from + 1 : 0;
		ret_set[1][i] = to < LIFE_OWNERS ? to + 1 : 0;
	}
	return OK;
}

static inline const uint32_t *life_set(void *arg, uint32_t set, size_t *ret_n)
{
	uint32_t *owner = arg;
	*owner = set - 1;
	*ret_n = set > 0;
	return owner;
}

static inline struct owning life_owning(void)
{
	static uint32_t one;
	struct owning o = { .sides = 2, .cols = (uint64_t)1 << TR_ipsource | (uint64_t)1 << TR_ipdestination,
			    .of = life_of_rows, .set = life_set, .arg = &one };
	memset(o.digest, 0x5a, sizeof(o.digest));
	return o;
}

/* -- steps, all of them by a writer that runs --------------------------------------------------------- */

struct life {
	char folder[256];
	struct store_writer *w;
	uint64_t rows; /* put so far */
	bool sync;
};

static inline enum err life_open(struct life *l)
{
	const struct store_options opt = { .no_sync = !l->sync };
	return l->w ? OK : store_write_open(l->folder, &opt, &l->w, NULL);
}

static inline enum err life_put(struct life *l, uint64_t to)
{
	if (l->rows < to) {
		struct batch *b = life_rows(l->rows, to - l->rows);
		enum err e = store_put(l->w, b);
		batch_free(b);
		if (e != OK)
			return e;
		l->rows = to;
	}
	return store_commit(l->w);
}

static inline enum err life_seal(struct life *l)
{
	return store_seal(l->w);
}

static inline usec_t life_now(const struct life *l)
{
	return life_time(l->rows) + USEC_PER_DAY;
}

static inline enum err life_compact(struct life *l)
{
	const struct compact_options opt = { .no_grace = true };
	return store_compact(l->w, life_now(l), &opt, NULL);
}

static inline enum err life_attribute(struct life *l)
{
	const struct owning o = life_owning();
	const struct attribute_options opt = { .fresh = true };
	return store_attribute(l->w, TABLE_TRAFFIC, &o, &opt, NULL);
}

static inline enum err life_rollup(struct life *l)
{
	const struct owning o = life_owning();
	return store_rollup(l->w, life_now(l), &o, NULL, NULL);
}

/* Rows of the first `hours` hours go; their roll-ups stay. */
static inline enum err life_prune(struct life *l, unsigned hours)
{
	const usec_t now = life_now(l);
	const struct prune_limit limit = { .all_tables = true, .all_levels = true,
					   .keep = now - (life_begin + hours * USEC_PER_HOUR) };
	const struct prune_policy policy = { .limit = &limit, .nlimits = 1, .no_grace = true };
	return store_prune(l->w, now, &policy, NULL);
}

static inline void life_must(enum err e)
{
	assert_int_equal(e, OK);
}

/* Two hours, compacted, the first of them gone but for its roll-up; a fresh segment; a journal with rows. */
static inline void life_make(struct life *l)
{
	kit_folder(l->folder);
	life_must(life_open(l));
	life_must(life_put(l, LIFE_HOUR * 2));
	life_must(life_seal(l));
	life_must(life_compact(l));
	life_must(life_rollup(l));
	life_must(life_prune(l, 1));
	life_must(life_put(l, LIFE_HOUR * 2 + 300));
	life_must(life_seal(l));
	life_must(life_attribute(l));
	life_must(life_put(l, LIFE_HOUR * 2 + 400));
	life_must(store_mark(l->w, "life", "1", 1));
	life_must(store_write_close(l->w));
	l->w = NULL;
}

/* -- looking --------------------------------------------------------------------------------------- */

struct life_seen {
	uint8_t row[LIFE_HOUR * 4]; /* times that it came */
	size_t rows, damaged, gaps; /* damaged: segments and roll-ups that could not be read */
	uint64_t rolled;            /* rows that roll-ups standing alone stand for */
};

static inline void life_see_owners(struct seg *s, const uint64_t *bytes, size_t block, const struct sidecar *c)
{
	static uint32_t set[SEG_BLOCK];
	size_t rows = MIN(seg_rows(s) - block * SEG_BLOCK, (size_t)SEG_BLOCK), n;
	for (size_t side = 0; side < 2; side++) {
		sidecar_codes(c, side, block, set);
		for (size_t i = 0; i < rows; i++) {
			struct addr a = life_source(bytes[i] - 1 + side);
			const uint32_t *owner = sidecar_set(c, set[i], &n);
			assert_int_equal(n ? owner[0] : LIFE_OWNERS, life_owner(&a));
		}
	}
}

static inline void life_see_segment(struct seg *s, struct life_seen *seen)
{
	static uint64_t bytes[SEG_BLOCK], time[SEG_BLOCK], port[SEG_BLOCK];
	static uint32_t code[SEG_BLOCK];
	const struct owning o = life_owning();
	struct sidecar *c = NULL;
	enum err e = seg_prepare(s, UINT64_MAX);
	if (e != OK) {
		assert_true(e == E_CORRUPT);
		seen->damaged++;
		return;
	}
	e = sidecar_open(s, o.digest, &c);
	assert_true(e == OK || e == E_UNKNOWN || e == E_CORRUPT || e == E_VERSION);
	const struct seg_col *ip = seg_column(s, TR_ipsource);
	for (size_t b = 0; b < seg_blocks(seg_rows(s)); b++) {
		size_t n = MIN(seg_rows(s) - b * SEG_BLOCK, (size_t)SEG_BLOCK);
		seg_uints(s, TR_bytes, b, bytes);
		seg_uints(s, TR_time, b, time);
		seg_uints(s, TR_sourceport, b, port);
		assert_int_equal(ip->kind, SEG_DICT);
		seg_codes(s, TR_ipsource, b, code);
		for (size_t i = 0; i < n; i++) {
			uint64_t row = bytes[i] - 1;
			struct addr a = life_source(row);
			assert_true(row < COUNT_OF(seen->row) && !seen->row[row]++);
			assert_int_equal(time[i], life_time(row));
			assert_int_equal(port[i], (uint16_t)(row * 31));
			assert_true(addr_equal(&ip->dict_addr[code[i]], &a));
			seen->rows++;
		}
		if (c)
			life_see_owners(s, bytes, b, c);
	}
	if (c)
		sidecar_close(c);
}

/* A roll-up's bytes are those of the rows of its hour, all of them or none can be read. */
static inline void life_see_rollup(const struct store *st, const struct snapshot_rollup *r, struct life_seen *seen)
{
	static uint64_t v[SEG_BLOCK], records[SEG_BLOCK];
	struct seg *s = NULL;
	uint64_t rows = 0, bytes = 0, want = 0;
	enum err e = rollup_open(st, r, &s);
	if (e == OK)
		e = seg_prepare(s, UINT64_MAX);
	if (e != OK) {
		assert_true(e == E_CORRUPT || e == E_VERSION || e == E_UNKNOWN);
		seen->damaged++;
	}
	for (size_t b = 0; e == OK && b < seg_blocks(seg_rows(s)); b++) {
		seg_uints(s, RU_bytes, b, v);
		seg_uints(s, RU_records, b, records);
		for (size_t i = 0; i < MIN(seg_rows(s) - b * SEG_BLOCK, (size_t)SEG_BLOCK); i++) {
			rows += records[i];
			bytes += v[i];
		}
	}
	if (e == OK) {
		uint64_t first = (uint64_t)MAX(r->span.start - life_begin, (usec_t)0) / (2 * USEC_PER_SEC); /* a day begins before */
		for (uint64_t i = first; i < first + rows; i++)
			want += i + 1;
		assert_true(rows == LIFE_HOUR || first >= LIFE_HOUR * 2); /* whole hours, but for the newest */
		assert_int_equal(bytes, want);
		if (!r->of[0])
			seen->rolled += rows;
	}
	rollup_close(s);
}

/* Everything that can be read is right; a row comes once.  False: the store refuses to open. */
static inline bool life_look(const char *folder, struct life_seen *seen)
{
	struct store *st;
	struct snapshot sn;
	memset(seen, 0, sizeof(*seen));
	enum err e = store_open(folder, &st, NULL);
	if (e != OK) {
		assert_true(e == E_CORRUPT || e == E_VERSION || e == E_UNKNOWN);
		return false;
	}
	assert_int_equal(store_snapshot(st, TABLE_TRAFFIC, kit_always, &sn), OK);
	seen->gaps = sn.ngap;
	for (size_t i = 0; i < sn.nseg; i++)
		life_see_segment(sn.seg[i], seen);
	for (size_t i = 0; i < sn.nrollup; i++)
		life_see_rollup(st, &sn.rollup[i], seen);
	snapshot_free(&sn);
	store_close(st);
	return true;
}

/* Rows [from, to) and no others; roll-ups alone stand for `rolled` rows; nothing is damaged. */
static inline void life_expect(const char *folder, uint64_t from, uint64_t to, uint64_t rolled)
{
	static struct life_seen seen;
	assert_true(life_look(folder, &seen));
	assert_int_equal(seen.damaged + seen.gaps, 0);
	assert_int_equal(seen.rows, to - from);
	for (uint64_t i = from; i < to; i++)
		assert_int_equal(seen.row[i], 1);
	assert_int_equal(seen.rolled, rolled);
}
