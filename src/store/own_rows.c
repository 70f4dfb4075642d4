/* The making of one sidecar: every row's sets asked for, numbered anew, packed; and which blocks are
 * whose. */
#include "store/sidecar_file.h"

#include "store/patch.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>

struct making {
	const struct seg *seg;
	const struct owning *o;
	size_t words;          /* of a bitmap of blocks */
	uint32_t *local;       /* the caller's number of a set -> ours + 1; 0: not seen yet */
	size_t nlocal;
	uint32_t nsets;
	struct buf ends, members; /* 4 bytes each: the pieces */
	struct buf seen;       /* `words` for each set: blocks in which rows have it */
	struct buf rows[OWNING_SIDES], table[OWNING_SIDES]; /* the packed blocks; where they are */
	struct coded_block coded;
	void *scratch[TABLE_MAX_COLS]; /* its codes and numbers */
};

static void making_free(struct making *m)
{
	mem_free(m->local);
	buf_free(&m->ends);
	buf_free(&m->members);
	buf_free(&m->seen);
	for (size_t i = 0; i < OWNING_SIDES; i++) {
		buf_free(&m->rows[i]);
		buf_free(&m->table[i]);
	}
	for (size_t i = 0; i < COUNT_OF(m->scratch); i++)
		mem_free(m->scratch[i]);
}

static uint32_t word_at(const struct buf *b, size_t i)
{
	uint32_t v;
	memcpy(&v, b->data + i * 4, 4);
	return v;
}

/* A set that was not seen before: its owners, and an empty bitmap. */
static enum err add_set(struct making *m, uint32_t set)
{
	size_t n;
	if (set >= m->nlocal) {
		size_t cap = MAX((size_t)set + 1, m->nlocal * 2 + 64);
		if (set >= UINT32_MAX / 4)
			return E_LIMIT;
		uint32_t *local = mem_array(m->local, cap, sizeof(*local));
		if (!local)
			return E_NOMEM;
		memset(local + m->nlocal, 0, (cap - m->nlocal) * sizeof(*local));
		m->local = local;
		m->nlocal = cap;
	}
	if (m->nsets >= SIDECAR_SETS)
		return E_LIMIT;
	const uint32_t *owner = m->o->set(m->o->arg, set, &n);
	if (n > SIDECAR_MEMBERS - m->members.len / 4)
		return E_LIMIT;
	for (size_t i = 0; i < n; i++)
		buf_u32(&m->members, owner[i]);
	buf_u32(&m->ends, (uint32_t)(m->members.len / 4));
	for (size_t i = 0; i < m->words; i++)
		buf_u64(&m->seen, 0);
	m->local[set] = ++m->nsets;
	return m->members.bad ? m->members.bad : m->ends.bad ? m->ends.bad : m->seen.bad;
}

/* The caller's numbers of a block's rows become ours. */
static enum err number_block(struct making *m, size_t block, uint32_t *set, size_t n)
{
	uint32_t before = 0, now = 0;
	for (size_t i = 0; i < n; i++) {
		if (i && set[i] == before) { /* mostly, when rows are sorted */
			set[i] = now;
			continue;
		}
		before = set[i];
		if (before >= m->nlocal || !m->local[before]) {
			enum err e = add_set(m, before);
			if (e != OK)
				return e;
		}
		now = set[i] = m->local[before] - 1;
		uint64_t *seen = (uint64_t *)(void *)m->seen.data + now * m->words;
		seen[block / 64] |= (uint64_t)1 << block % 64;
	}
	return OK;
}

static enum err put_block(struct making *m, size_t side, const uint32_t *code, size_t n)
{
	struct buf *rows = &m->rows[side], *table = &m->table[side];
	uint32_t min = UINT32_MAX, max = 0;
	for (size_t i = 0; i < n; i++) {
		min = MIN(min, code[i]);
		max = MAX(max, code[i]);
	}
	buf_u64(table, rows->len);
	buf_u32(table, min);
	buf_u32(table, max);
	for (size_t at = 0; at < n; at += PACK_CHUNK)
		patch_put(rows, code + at, MIN(n - at, (size_t)PACK_CHUNK), min);
	return rows->bad ? rows->bad : table->bad;
}

/* A column of a block: its values as they lie in the segment, and codes or numbers by row in memory of
 * its own. */
static enum err code_column(struct making *m, size_t col, size_t block)
{
	const struct seg_col *c = seg_column(m->seg, col);
	struct coded_col *k = &m->coded.col[col];
	const bool addr = c->kind != SEG_INT && m->seg->table->cols[col].storage == ST_addr;
	if (c->kind != SEG_CONST && !m->scratch[col] &&
	    !(m->scratch[col] = mem_array(NULL, SEG_BLOCK, c->kind == SEG_INT ? 8 : 4)))
		return E_NOMEM;
	switch (c->kind) {
	case SEG_CONST:
		*k = (struct coded_col){ .n = 1, .addr = addr ? &c->addr : NULL, .num = addr ? NULL : &c->uint };
		break;
	case SEG_DICT:
		seg_codes(m->seg, col, block, m->scratch[col]);
		*k = (struct coded_col){ .n = c->dict_n, .code = m->scratch[col], .addr = c->dict_addr, .num = c->dict_uint };
		break;
	case SEG_INT:
		seg_uints(m->seg, col, block, m->scratch[col]);
		*k = (struct coded_col){ .num = m->scratch[col] };
		break;
	}
	return OK;
}

static enum err sets_of_codes(struct making *m, size_t block, size_t rows, uint32_t *const *set)
{
	enum err e = OK;
	m->coded.rows = rows;
	m->coded.first = block == 0;
	for (size_t col = 0; col < m->seg->table->ncols && e == OK; col++)
		if (m->o->cols >> col & 1)
			e = code_column(m, col, block);
	return e == OK ? m->o->of_codes(m->o->arg, &m->coded, set) : e;
}

static enum err code_rows(struct making *m, const struct attribute_options *opt, struct batch *b,
			  uint32_t *const *set)
{
	enum err e = OK;
	for (size_t block = 0; block < seg_blocks(seg_rows(m->seg)) && e == OK; block++) {
		size_t rows = MIN(seg_rows(m->seg) - block * SEG_BLOCK, (size_t)SEG_BLOCK);
		if (opt->stop && opt->stop(opt->arg))
			return E_CANCELLED;
		if (m->o->of_codes)
			e = sets_of_codes(m, block, rows, set);
		else if ((e = seg_batch(m->seg, m->o->cols, block, b)) == OK)
			e = m->o->of(m->o->arg, b, set);
		for (size_t side = 0; side < m->o->sides && e == OK; side++) {
			e = number_block(m, block, set[side], rows);
			if (e == OK)
				e = put_block(m, side, set[side], rows);
		}
	}
	return e;
}

/* The second side's blocks follow the first's. */
static void join_sides(struct making *m)
{
	for (size_t side = 1; side < m->o->sides; side++) {
		struct buf *table = &m->table[side];
		for (size_t at = 0; at < table->len; at += SIDECAR_BLOCK) {
			uint64_t from;
			memcpy(&from, table->data + at, 8);
			from += m->rows[0].len;
			memcpy(table->data + at, &from, 8);
		}
		buf_add(&m->table[0], table->data, table->len);
		buf_add(&m->rows[0], m->rows[side].data, m->rows[side].len);
	}
}

static int ascending(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

/* All owners of all sets, once each, ascending. */
static enum err list_owners(const struct making *m, uint32_t **ret, size_t *ret_n)
{
	size_t n = m->members.len / 4, kept = 0;
	uint32_t *owner = mem_array(NULL, n + 1, sizeof(*owner));
	if (!owner)
		return E_NOMEM;
	if (n)
		memcpy(owner, m->members.data, n * 4);
	qsort(owner, n, sizeof(*owner), ascending);
	for (size_t i = 0; i < n; i++)
		if (!i || owner[i] != owner[i - 1])
			owner[kept++] = owner[i];
	*ret = owner;
	*ret_n = kept;
	return OK;
}

/* Bitmaps of blocks by owner, out of those by set. */
static void put_blocks(const struct making *m, const uint32_t *owner, size_t nowners, uint64_t *bits)
{
	size_t at = 0;
	for (size_t set = 0; set < m->nsets; set++) {
		const uint64_t *seen = (const uint64_t *)(const void *)m->seen.data + set * m->words;
		for (; at < word_at(&m->ends, set); at++) {
			uint32_t one = word_at(&m->members, at);
			const uint32_t *place = bsearch(&one, owner, nowners, sizeof(one), ascending);
			for (size_t w = 0; w < m->words; w++)
				bits[(size_t)(place - owner) * m->words + w] |= seen[w];
		}
	}
}

static void align8(struct buf *out)
{
	while (!out->bad && out->len % 8)
		buf_u8(out, 0);
}

static enum err put_file(struct making *m, struct buf *out)
{
	_cleanup_(mem_freep) uint32_t *owner = NULL;
	size_t nowners;
	enum err e = list_owners(m, &owner, &nowners);
	if (e != OK)
		return e;
	_cleanup_(mem_freep) uint64_t *bits = mem_new0(nowners * m->words + 1, sizeof(*bits));
	if (!bits)
		return E_NOMEM;
	put_blocks(m, owner, nowners, bits);
	join_sides(m);
	if (m->table[0].bad || m->rows[0].bad)
		return m->table[0].bad ? m->table[0].bad : m->rows[0].bad;
	out->ceiling = SIDECAR_MOST;
	buf_add(out, "weirowns", 8);
	buf_u32(out, 0);
	buf_u32(out, SIDECAR_VERSION);
	buf_add(out, m->o->digest, OWNING_DIGEST);
	buf_u64(out, seg_rows(m->seg));
	buf_u32(out, seg_head(m->seg)->crc);
	buf_u32(out, (uint32_t)m->o->sides);
	buf_u32(out, m->nsets);
	buf_u32(out, (uint32_t)(m->members.len / 4));
	buf_u32(out, (uint32_t)nowners);
	buf_u32(out, 0);
	buf_add(out, m->ends.data, m->ends.len);
	align8(out);
	buf_add(out, m->members.data, m->members.len);
	align8(out);
	buf_add(out, owner, nowners * 4);
	align8(out);
	buf_add(out, bits, nowners * m->words * 8);
	buf_add(out, m->table[0].data, m->table[0].len);
	buf_add(out, m->rows[0].data, m->rows[0].len);
	if (out->bad)
		return out->bad;
	uint32_t crc = crc32c(0, out->data + 12, out->len - 12);
	memcpy(out->data + 8, &crc, 4);
	return OK;
}

enum err sidecar_make(const struct seg *s, const struct owning *o, const struct attribute_options *opt,
		      struct buf *out)
{
	struct making m = { .seg = s, .o = o, .words = (seg_blocks(seg_rows(s)) + 63) / 64 };
	_cleanup_(batch_freep) struct batch *b = NULL;
	_cleanup_(mem_freep) uint32_t *codes =
		mem_array(NULL, (size_t)SEG_BLOCK * OWNING_SIDES, sizeof(*codes));
	uint32_t *set[OWNING_SIDES] = { codes, codes + SEG_BLOCK };
	enum err e = !codes ? E_NOMEM : o->of_codes ? OK : batch_new(s->table, SEG_BLOCK, &b);
	if (e == OK)
		e = code_rows(&m, opt, b, set);
	if (e == OK)
		e = put_file(&m, out);
	making_free(&m);
	return e;
}
