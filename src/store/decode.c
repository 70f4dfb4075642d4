/* Blocks of prepared columns decoded: the part of the store that queries wait for. */
#include "store/seg.h"

#include "store/patch.h"

#include "base/mem.h"
#include "base/vector.h"

#include <assert.h>

/* -- decoding ------------------------------------------------------------------------------------
 */

const struct seg_col *seg_column(const struct seg *s, size_t col)
{
	assert(col < s->table->ncols && s->loaded[col].ready);
	return &s->col[col];
}

void seg_bounds(const struct seg *s, size_t col, size_t block, uint64_t *ret_min, uint64_t *ret_max)
{
	const struct seg_col *c = seg_column(s, col);
	const struct seg_entry *e = &s->entry[col];
	assert(block < seg_blocks(s->front.rows));
	if (c->kind == SEG_CONST) {
		*ret_min = c->min;
		*ret_max = c->max;
		return;
	}
	const struct block *b = &s->loaded[col].block[block];
	uint64_t base = c->kind == SEG_INT ? e->base : 0, step = c->kind == SEG_INT ? e->step : 1;
	*ret_min = base + step * b->min;
	*ret_max = base + step * b->max;
}

static inline _always_inline_ void join_planes_body(const uint8_t *restrict in, size_t stride,
						    size_t n, unsigned planes, struct pack_fix fix,
						    uint32_t *restrict out)
{
	uint32_t min = (uint32_t)fix.base, max = (uint32_t)(fix.base + fix.most);
	for (size_t i = 0; i < n; i++)
		out[i] = in[i];
	for (unsigned k = 1; k < planes; k++)
		for (size_t i = 0; i < n; i++)
			out[i] |= (uint32_t)in[k * stride + i] << k * 8;
	for (size_t i = 0; i < n; i++)
		out[i] = MIN(MAX(out[i], min), max);
}

VECTOR_TWICE(join_planes,
	     (const uint8_t *in, size_t stride, size_t n, unsigned planes, struct pack_fix fix,
	      uint32_t *out),
	     (in, stride, n, planes, fix, out))

_Static_assert((int)SEG_CHUNK == (int)PACK_CHUNK && SEG_CHUNKS == 32, "a bit for each chunk");

/* A block's codes, PACK_CHUNK at a time. */
struct chunks {
	const struct block *block;
	const uint8_t *p; /* packed: the next chunk */
	unsigned planes;  /* or zstd: how many planes */
	bool patched;
	size_t rows, at;  /* of the block; where the next chunk begins */
};

static struct chunks chunks_of(const struct seg *s, size_t col, size_t block)
{
	const struct seg_entry *e = &s->entry[col];
	assert(block < seg_blocks(s->front.rows));
	const struct block *b = &s->loaded[col].block[block];
	return (struct chunks){ .block = b,
				.p = b->data,
				.planes = codec_squeezes(e->codec) ? e->code_bytes : 0,
				.patched = e->codec == SEG_PATCHED,
				.rows = block_rows(s, block) };
}

static size_t next_chunk(struct chunks *c, uint32_t *out)
{
	const struct block *b = c->block;
	size_t n = MIN(c->rows - c->at, (size_t)PACK_CHUNK);
	struct pack_fix fix = { .most = b->max - b->min, .base = b->min };
	if (c->planes) {
		join_planes(b->data + c->at, c->rows, n, c->planes, fix, out);
	} else if (c->patched) {
		c->p = patch_read(c->p, n, (uint32_t)b->min, (uint32_t)fix.most, out);
	} else {
		uint64_t head;
		memcpy(&head, c->p, 8);
		unsigned width = head & 255;
		fix.add = head >> 8;
		unpack32(c->p + 8, n, width, fix, out);
		c->p += 8 + pack_bytes(n, width);
	}
	c->at += n;
	return n;
}

static const uint8_t *packed_behind(const uint8_t *p, size_t n)
{
	return p + 8 + pack_bytes(n, p[0]);
}

static void skip_chunk(struct chunks *c)
{
	size_t n = MIN(c->rows - c->at, (size_t)PACK_CHUNK);
	if (!c->planes)
		c->p = c->patched ? patch_skip(c->p, n) : packed_behind(c->p, n);
	c->at += n;
}

/* Some rows of the chunk: `at` counts from the block's first. */
static void pick_codes(struct chunks c, const uint32_t *at, size_t n, uint32_t *out)
{
	const struct block *b = c.block;
	const struct pack_fix fix = { .most = b->max - b->min, .base = b->min };
	size_t rows = MIN(c.rows - c.at, (size_t)PACK_CHUNK);
	uint32_t place[PACK_FEW], all[PACK_CHUNK];
	unsigned width = c.planes ? 0 : c.p[0]; /* of a packed chunk */
	for (size_t k = 0; k < MIN(n, COUNT_OF(place)); k++)
		place[k] = at[k] - (uint32_t)c.at;
	if (c.planes) {
		for (size_t k = 0; k < n; k++) {
			uint32_t v = 0;
			for (unsigned i = 0; i < c.planes; i++)
				v |= (uint32_t)b->data[i * c.rows + at[k]] << i * 8;
			out[k] = MIN(MAX(v, (uint32_t)b->min), (uint32_t)b->max);
		}
	} else if (c.patched ? !patch_read_some(c.p, rows, fix, place, n, out) : n > PACK_FEW) {
		const uint32_t first = (uint32_t)c.at;
		next_chunk(&c, all);
		for (size_t k = 0; k < n; k++)
			out[k] = all[at[k] - first];
	} else if (!c.patched) {
		uint64_t head;
		memcpy(&head, c.p, 8);
		for (size_t k = 0; k < n; k++)
			out[k] = (uint32_t)(fix.base + MIN(unpack32_one(c.p + 8, rows, width, place[k]) + (head >> 8), fix.most));
	}
}

/* Rows at[*from] and on that lie before row `end`. */
static size_t picked_before(const uint32_t *at, size_t n, size_t from, size_t end)
{
	while (from < n && at[from] < end)
		from++;
	return from;
}

void seg_codes_at(const struct seg *s, size_t col, size_t block, const uint32_t *at, size_t n, uint32_t *out)
{
	struct chunks c = chunks_of(s, col, block);
	assert(n <= SEG_CHUNK && (!n || at[n - 1] < c.rows));
	for (size_t i = 0, end; i < n; i = end) {
		while (at[i] >= c.at + PACK_CHUNK)
			skip_chunk(&c);
		end = picked_before(at, n, i, c.at + PACK_CHUNK);
		pick_codes(c, at + i, end - i, out + i);
	}
}

static bool wanted(uint32_t chunks, size_t row)
{
	return chunks >> row / PACK_CHUNK & 1;
}

void seg_codes_some(const struct seg *s, size_t col, size_t block, uint32_t chunks, uint32_t *out)
{
	const struct seg_col *column = seg_column(s, col);
	assert(column->kind == SEG_DICT || (column->kind == SEG_INT && column->narrow));
	struct chunks c = chunks_of(s, col, block);
	while (c.at < c.rows)
		if (wanted(chunks, c.at))
			next_chunk(&c, out + c.at);
		else
			skip_chunk(&c);
}

void seg_codes(const struct seg *s, size_t col, size_t block, uint32_t *out)
{
	seg_codes_some(s, col, block, UINT32_MAX, out);
}

static void narrow_ints(const struct seg *s, size_t col, size_t block, uint32_t chunks, uint64_t *out)
{
	const struct seg_entry *e = &s->entry[col];
	struct chunks in = chunks_of(s, col, block);
	while (in.at < in.rows) {
		uint32_t q[PACK_CHUNK];
		uint64_t *to = out + in.at;
		if (wanted(chunks, in.at))
			pack_widen(q, next_chunk(&in, q), e->base, e->step, to);
		else
			skip_chunk(&in);
	}
}

static void int_block(const struct seg_entry *e, const struct block *b, size_t rows, uint32_t chunks, uint64_t *out)
{
	const uint8_t *p = b->data;
	for (size_t at = 0; at < rows; at += PACK_CHUNK) {
		size_t n = MIN(rows - at, (size_t)PACK_CHUNK);
		uint64_t head;
		memcpy(&head, p, 8);
		unsigned width = head & 255;
		struct pack_fix fix = { .add = head >> 8,
					.most = b->max - b->min,
					.base = e->base + e->step * b->min };
		if (wanted(chunks, at))
			unpack64(p + 8, n, width, fix, e->step, out + at);
		p = packed_behind(p, n);
	}
}

void seg_chunk_bounds(const struct seg *s, size_t col, size_t block, uint64_t ret_min[static SEG_CHUNKS],
		      uint64_t ret_max[static SEG_CHUNKS])
{
	const struct seg_entry *e = &s->entry[col];
	uint64_t base = e->kind == SEG_INT ? e->base : 0, step = e->kind == SEG_INT ? e->step : 1;
	seg_bounds(s, col, block, ret_min, ret_max);
	for (size_t i = 1; i < SEG_CHUNKS; i++) {
		ret_min[i] = ret_min[0];
		ret_max[i] = ret_max[0];
	}
	if (e->kind == SEG_CONST || codec_squeezes(e->codec))
		return;
	struct chunks c = chunks_of(s, col, block);
	uint64_t most = c.block->max - c.block->min, low, high;
	for (size_t i = 0; c.at < c.rows; i++, skip_chunk(&c)) {
		if (c.patched) {
			uint32_t from, to;
			patch_bounds(c.p, MIN(c.rows - c.at, (size_t)PACK_CHUNK), (uint32_t)most, &from, &to);
			low = from;
			high = to;
		} else {
			uint64_t head;
			memcpy(&head, c.p, 8);
			low = MIN(head >> 8, most);
			if ((head & 255) >= 56 || __builtin_add_overflow(low, ((uint64_t)1 << (head & 63)) - 1, &high))
				high = most;
		}
		ret_min[i] = base + step * (c.block->min + low);
		ret_max[i] = base + step * (c.block->min + MIN(high, most));
	}
}

void seg_uints(const struct seg *s, size_t col, size_t block, uint64_t *out)
{
	seg_uints_some(s, col, block, UINT32_MAX, out);
}

void seg_uints_some(const struct seg *s, size_t col, size_t block, uint32_t chunks, uint64_t *out)
{
	const struct seg_col *c = seg_column(s, col);
	size_t rows = block_rows(s, block);
	assert(s->table->cols[col].storage != ST_addr && block < seg_blocks(s->front.rows));
	if (c->kind == SEG_INT && s->entry[col].codec != SEG_PACKED) {
		narrow_ints(s, col, block, chunks, out);
		return;
	}
	if (c->kind == SEG_INT) {
		int_block(&s->entry[col], &s->loaded[col].block[block], rows, chunks, out);
		return;
	}
	if (c->kind == SEG_CONST) {
		for (size_t i = 0; i < rows; i++)
			out[i] = c->uint;
		return;
	}
	struct chunks in = chunks_of(s, col, block);
	while (in.at < in.rows) {
		uint32_t codes[PACK_CHUNK];
		uint64_t *to = out + in.at;
		size_t n = wanted(chunks, in.at) ? next_chunk(&in, codes) : 0;
		for (size_t i = 0; i < n; i++)
			to[i] = c->dict_uint[codes[i]];
		if (!n)
			skip_chunk(&in);
	}
}

static void pick_ints(const struct seg_entry *e, const struct block *b, size_t rows, const uint32_t *at, size_t n, uint64_t *out)
{
	const uint8_t *p = b->data;
	uint64_t all[PACK_CHUNK];
	for (size_t i = 0, from = 0, end; i < n; i = end) {
		for (; at[i] >= from + PACK_CHUNK; from += PACK_CHUNK)
			p = packed_behind(p, PACK_CHUNK);
		uint64_t head;
		memcpy(&head, p, 8);
		const unsigned width = head & 255;
		const size_t there = MIN(rows - from, (size_t)PACK_CHUNK);
		const struct pack_fix fix = { .add = head >> 8, .most = b->max - b->min, .base = e->base + e->step * b->min };
		end = picked_before(at, n, i, from + PACK_CHUNK);
		bool few = width <= 32 && end - i <= PACK_FEW;
		if (!few)
			unpack64(p + 8, there, width, fix, e->step, all);
		for (size_t k = i; k < end; k++)
			out[k] = !few ? all[at[k] - from] :
					fix.base + e->step * MIN(unpack32_one(p + 8, there, width, at[k] - from) + fix.add, fix.most);
	}
}

void seg_uints_at(const struct seg *s, size_t col, size_t block, const uint32_t *at, size_t n, uint64_t *out)
{
	const struct seg_col *c = seg_column(s, col);
	const struct seg_entry *e = &s->entry[col];
	uint32_t code[SEG_CHUNK] = { 0 };
	assert(n <= SEG_CHUNK && s->table->cols[col].storage != ST_addr);
	if (c->kind == SEG_INT && e->codec == SEG_PACKED) {
		pick_ints(e, &s->loaded[col].block[block], block_rows(s, block), at, n, out);
		return;
	}
	if (c->kind != SEG_CONST)
		seg_codes_at(s, col, block, at, n, code);
	for (size_t k = 0; k < n; k++)
		out[k] = c->kind == SEG_CONST ? c->uint : c->kind == SEG_DICT ? c->dict_uint[code[k]] : e->base + e->step * code[k];
}

/* -- rows as records ------------------------------------------------------------------------------
 */

static void batch_addrs(const struct seg *s, size_t col, size_t block, uint32_t *codes,
			struct addr *out)
{
	const struct seg_col *c = seg_column(s, col);
	size_t n = block_rows(s, block);
	if (c->kind == SEG_DICT)
		seg_codes(s, col, block, codes);
	for (size_t i = 0; i < n; i++)
		out[i] = c->kind == SEG_DICT ? c->dict_addr[codes[i]] : c->addr;
}

static void narrowed(const uint64_t *in, size_t n, enum storage width, void *out)
{
	uint8_t *u8 = out;
	uint16_t *u16 = out;
	uint32_t *u32 = out;
	for (size_t i = 0; i < n && width == ST_u8; i++)
		u8[i] = (uint8_t)in[i];
	for (size_t i = 0; i < n && width == ST_u16; i++)
		u16[i] = (uint16_t)in[i];
	for (size_t i = 0; i < n && width == ST_u32; i++)
		u32[i] = (uint32_t)in[i];
}

enum err seg_batch(const struct seg *s, uint64_t cols, size_t block, struct batch *b)
{
	size_t n = block_rows(s, block);
	_cleanup_(mem_freep) uint64_t *scratch = mem_array(NULL, SEG_BLOCK, sizeof(*scratch));
	assert(b->table == s->table && b->cap >= n);
	if (!scratch)
		return E_NOMEM;
	batch_reset(b);
	b->n = n;
	for (size_t c = 0; c < s->table->ncols; c++) {
		enum storage width = s->table->cols[c].storage;
		if (!(cols >> c & 1))
			continue;
		b->used |= (uint64_t)1 << c;
		if (width == ST_addr) {
			batch_addrs(s, c, block, (uint32_t *)(void *)scratch, b->col[c]);
			continue;
		}
		seg_uints(s, c, block, width == ST_u64 ? b->col[c] : scratch);
		narrowed(scratch, n, width, b->col[c]);
	}
	return OK;
}

/* -- for store_check ------------------------------------------------------------------------------
 */

/* Bounds of every block are those of its values; seen[] gets a bit for each block (modulo 64) that
 * a code is in. */
static bool block_exact(const struct seg *s, size_t col, size_t block, uint64_t *scratch,
			uint64_t *seen)
{
	uint64_t min, max, least = UINT64_MAX, most = 0;
	bool dict = s->entry[col].kind == SEG_DICT;
	uint32_t *codes = (uint32_t *)(void *)scratch;
	seg_bounds(s, col, block, &min, &max);
	if (dict)
		seg_codes(s, col, block, codes);
	else
		seg_uints(s, col, block, scratch);
	for (size_t i = 0; i < block_rows(s, block); i++) {
		uint64_t v = dict ? codes[i] : scratch[i];
		if (dict)
			seen[v] |= (uint64_t)1 << block % 64;
		least = MIN(least, v);
		most = MAX(most, v);
	}
	return least == min && most == max;
}

/* Every code of the dictionary occurs, in just the blocks that the index (if loaded) says. */
enum err seg_column_exact(const struct seg *s, size_t col, uint64_t *scratch, bool *ret)
{
	const struct seg_entry *e = &s->entry[col];
	bool exact = true;
	if (e->kind == SEG_CONST) {
		*ret = true;
		return OK;
	}
	_cleanup_(mem_freep) uint64_t *seen = mem_new0(e->dict_n + 1, sizeof(*seen));
	if (!seen)
		return E_NOMEM;
	for (size_t b = 0; b < seg_blocks(s->front.rows) && exact; b++)
		exact = block_exact(s, col, b, scratch, seen);
	for (uint32_t i = 0; i < e->dict_n && exact; i++) {
		uint64_t blocks;
		exact = seen[i] && (!seg_addr_blocks(s, col, i, &blocks) || blocks == seen[i]);
	}
	*ret = exact;
	return OK;
}
