/* Codes or numbers of a column, block by block, packed or squeezed, and the table of blocks. */
#include "store/encode.h"

#include "store/index.h"
#include "store/patch.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/vector.h"

enum {
	COLD_ROWS = 1024, /* fewer rows are not worth a zstd frame */
	ZSTD_LEVEL = 1,
	ZSTD_TIGHT = 3,
	DICT_LEAST = 256, /* bytes of a dictionary worth squeezing */
};

/* -- pieces ------------------------------------------------------------------------------- */

void piece_begin(struct buf *body, struct seg_piece *p)
{
	p->at = body->len;
}

void piece_end(struct buf *body, struct seg_piece *p)
{
	if (body->bad)
		return;
	p->len = (uint32_t)(body->len - p->at);
	p->crc = crc32c(0, body->data + p->at, p->len);
	while (!body->bad && body->len % 8)
		buf_u8(body, 0);
}

/* -- blocks -------------------------------------------------------------------------------- */

struct bounds {
	uint64_t min, max;
};

static inline _always_inline_ void bounds_of_body(const uint32_t *v, size_t n, struct bounds *ret)
{
	uint32_t min = v[0], max = v[0];
	for (size_t i = 1; i < n; i++) {
		min = MIN(min, v[i]);
		max = MAX(max, v[i]);
	}
	*ret = (struct bounds){ min, max };
}
VECTOR_TWICE(bounds_of, (const uint32_t *v, size_t n, struct bounds *ret), (v, n, ret))

static struct bounds bounds32(const uint32_t *v, size_t n)
{
	struct bounds b;
	bounds_of(v, n, &b);
	return b;
}

static struct bounds bounds64(const uint64_t *v, size_t n)
{
	struct bounds b = { v[0], v[0] };
	for (size_t i = 1; i < n; i++) {
		b.min = MIN(b.min, v[i]);
		b.max = MAX(b.max, v[i]);
	}
	return b;
}

_vectorize_ static void less32(const uint32_t *restrict v, size_t n, uint32_t least,
			       uint32_t *restrict out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = v[i] - least;
}

/* The 8 bytes before a chunk.  A start too far above the block's smallest to be written counts
 * from the smallest itself. */
static uint64_t chunk_head(struct bounds block, struct bounds *chunk)
{
	if ((chunk->min - block.min) >> 56)
		chunk->min = block.min;
	return (chunk->min - block.min) << 8 | pack_width(chunk->max - chunk->min);
}

static void put_packed32(struct buf *body, const uint32_t *v, size_t n, struct bounds block)
{
	uint32_t less[PACK_CHUNK];
	for (size_t at = 0; at < n; at += PACK_CHUNK) {
		size_t m = MIN(n - at, (size_t)PACK_CHUNK);
		struct bounds chunk = bounds32(v + at, m);
		uint64_t head = chunk_head(block, &chunk);
		unsigned width = head & 255;
		uint8_t *p = buf_room(body, 8 + pack_bytes(m, width));
		if (!p)
			return;
		memcpy(p, &head, 8);
		less32(v + at, m, (uint32_t)chunk.min, less);
		pack32(less, m, width, p + 8);
	}
}

static void put_patched(struct buf *body, const uint32_t *v, size_t n, struct bounds block)
{
	for (size_t at = 0; at < n; at += PACK_CHUNK)
		patch_put(body, v + at, MIN(n - at, (size_t)PACK_CHUNK), (uint32_t)block.min);
}

static void put_packed64(struct buf *body, const uint64_t *v, size_t n, struct bounds block)
{
	uint64_t less[PACK_CHUNK];
	for (size_t at = 0; at < n; at += PACK_CHUNK) {
		size_t m = MIN(n - at, (size_t)PACK_CHUNK);
		struct bounds chunk = bounds64(v + at, m);
		uint64_t head = chunk_head(block, &chunk);
		unsigned width = head & 255;
		uint8_t *p = buf_room(body, 8 + pack_bytes(m, width));
		if (!p)
			return;
		memcpy(p, &head, 8);
		for (size_t i = 0; i < m; i++)
			less[i] = v[at + i] - chunk.min;
		pack64(less, m, width, p + 8);
	}
}

_vectorize_ static void split_planes(const uint32_t *restrict v, size_t n, unsigned planes,
				     uint8_t *restrict out)
{
	for (unsigned k = 0; k < planes; k++, out += n)
		for (size_t i = 0; i < n; i++)
			out[i] = (uint8_t)(v[i] >> k * 8);
}

/* What each number is above the one before, modulo 2^(8 * bytes), small ones of either sign as
 * small numbers. */
_vectorize_ static void differences(const uint32_t *restrict v, size_t n, unsigned bytes,
				    uint32_t *restrict out)
{
	unsigned unused = 32 - bytes * 8;
	uint32_t before = 0;
	for (size_t i = 0; i < n; i++) {
		int32_t d = (int32_t)((v[i] - before) << unused) >> unused;
		before = v[i];
		out[i] = (uint32_t)d << 1 ^ (d < 0 ? UINT32_MAX : 0u);
	}
}

static enum err put_frame(struct encoder *e, struct buf *body, const void *data, size_t len)
{
	size_t most = ZSTD_compressBound(len);
	uint8_t *p = buf_room(body, most);
	if (!p)
		return body->bad;
	size_t squeezed =
		ZSTD_compressCCtx(e->zstd, p, most, data, len, e->tight ? ZSTD_TIGHT : ZSTD_LEVEL);
	if (ZSTD_isError(squeezed))
		return E_NOMEM;
	body->len -= most - squeezed;
	return OK;
}

static enum err put_zstd32(struct encoder *e, struct buf *body, const uint32_t *v, size_t n,
			   const struct seg_entry *s)
{
	const uint32_t *in = v;
	if (s->codec == SEG_ZSTD_DELTA) {
		differences(v, n, s->code_bytes, e->block_delta);
		in = e->block_delta;
	}
	split_planes(in, n, s->code_bytes, e->planes);
	return put_frame(e, body, e->planes, n * s->code_bytes);
}

enum err squeeze_dict(struct encoder *e, struct buf *body, struct seg_entry *s)
{
	if (!e->tight || s->dict.len < DICT_LEAST)
		return OK;
	struct buf plain = { 0 };
	buf_add(&plain, body->data + s->dict.at, s->dict.len);
	enum err err = plain.bad;
	size_t end = body->len;
	if (err == OK) {
		body->len = s->dict.at;
		buf_u32(body, s->dict.len);
		err = put_frame(e, body, plain.data, plain.len);
	}
	if (err == OK && body->len - s->dict.at < plain.len - plain.len / 16) {
		piece_end(body, &s->dict);
		s->dict_squeezed = true;
	} else if (err == OK) {
		body->len = s->dict.at;
		buf_add(body, plain.data, plain.len);
		while (!body->bad && body->len < end)
			buf_u8(body, 0);
	}
	buf_free(&plain);
	return err == OK ? body->bad : err;
}

/* Start and end of a block in the rows piece, and its row in the table of blocks. */
static void block_row(struct encoder *e, struct buf *body, const struct seg_entry *s, size_t at,
		      struct bounds b)
{
	size_t len = body->len - at;
	while (!body->bad && body->len % 8)
		buf_u8(body, 0);
	buf_u64(&e->table, b.min);
	buf_u64(&e->table, b.max);
	buf_u32(&e->table, (uint32_t)((at - s->rows.at) / 8));
	buf_u32(&e->table, (uint32_t)len);
}

static enum err put_block32(struct encoder *e, struct buf *body, struct seg_entry *s,
			    const uint32_t *v, size_t n)
{
	size_t at = body->len;
	enum err err = OK;
	struct bounds b = bounds32(v, n);
	if (codec_squeezes(s->codec))
		err = put_zstd32(e, body, v, n, s);
	else if (s->codec == SEG_PATCHED)
		put_patched(body, v, n, b);
	else
		put_packed32(body, v, n, b);
	block_row(e, body, s, at, b);
	return err;
}

/* What one codec makes of these rows, in bytes; body is as before. */
static enum err try_codec(struct encoder *e, struct buf *body, const struct seg_entry *s,
			  const uint32_t *v, size_t n, size_t *ret)
{
	size_t at = body->len;
	enum err err = OK;
	if (codec_squeezes(s->codec))
		err = put_zstd32(e, body, v, n, s);
	else if (s->codec == SEG_PATCHED)
		put_patched(body, v, n, bounds32(v, n));
	else
		put_packed32(body, v, n, bounds32(v, n));
	*ret = body->len - at;
	body->len = at;
	return err == OK ? body->bad : err;
}

/* The codecs by what it takes to read them.  Each must save this share of the bytes that the best
 * before it takes, and so many bytes of a block besides.  In a hurry zstd must halve them: what it
 * halves it is quick with, and within the hour compaction comes. */
static const struct {
	enum seg_codec codec;
	bool tight, cold; /* when taking time, or when not; only for cold columns */
	size_t share, bytes;
} trials[] = {
	{ SEG_PATCHED, true, false, 32, 0 },
	{ SEG_ZSTD, false, true, 2, 1024 },
	{ SEG_ZSTD, true, true, 9, 1024 },
	{ SEG_ZSTD_DELTA, true, true, 9, 1024 },
};

/* One block says which codec its column gets. */
static enum err choose_codec(struct encoder *e, struct buf *body, struct seg_entry *s,
			     const uint32_t *v, size_t n, bool cold)
{
	struct seg_entry try = *s;
	size_t best, bytes;
	uint8_t code_bytes = (uint8_t)((pack_width(s->top) + 7) / 8);
	enum err err = try_codec(e, body, &try, v, n, &best);
	for (size_t i = 0; i < COUNT_OF(trials) && err == OK; i++) {
		if (trials[i].tight != e->tight || (trials[i].cold && !cold))
			continue;
		try.codec = trials[i].codec;
		try.code_bytes = codec_squeezes(try.codec) ? code_bytes : 0;
		err = try_codec(e, body, &try, v, n, &bytes);
		if (bytes + best / trials[i].share + trials[i].bytes * n / SEG_BLOCK >= best)
			continue;
		best = bytes;
		s->codec = try.codec;
		s->code_bytes = try.code_bytes;
	}
	return err;
}

/* Where a byte says it, its rank is looked up once for all its rows. */
static void read_numbers(const struct rows_in *in, size_t n, uint32_t *out)
{
	struct byte_run run;
	uint32_t rank[PART_FEW];
	for (size_t m; n; n -= m, out += m) {
		if (in->rank && numbers_bytes(in->numbers, n, &run, &m)) {
			for (size_t k = 0; k < run.values; k++)
				rank[k] = in->rank[run.q[k]];
			for (size_t i = 0; i < m; i++)
				out[i] = rank[run.byte[i]];
			continue;
		}
		m = in->rank ? m : n;
		numbers_read32(in->numbers, m, out);
		for (size_t i = 0; in->rank && i < m; i++)
			out[i] = in->rank[out[i]];
	}
}

/* Ranks of codes, n of them from place `at` on. */
#define READ_CODES(type)                                                                           \
	_vectorize_ static void read_##type(const struct rows_in *in, size_t at, size_t n,         \
					    uint32_t *restrict out)                                \
	{                                                                                          \
		const type *code = (const type *)in->codes + at;                                   \
		for (size_t i = 0; i < n && in->rank; i++)                                         \
			out[i] = in->rank[code[i]];                                                \
		for (size_t i = 0; i < n && !in->rank; i++)                                        \
			out[i] = code[i];                                                          \
	}
READ_CODES(uint8_t)
READ_CODES(uint16_t)
READ_CODES(uint32_t)

static void read_block(struct encoder *e, const struct rows_in *in, size_t at, size_t n)
{
	uint32_t *v = e->block32;
	const uint32_t *codes = in->codes;
	if (in->numbers)
		read_numbers(in, n, v);
	else if (in->width == 1)
		read_uint8_t(in, at, n, v);
	else if (in->width == 2)
		read_uint16_t(in, at, n, v);
	else if (in->width == 4)
		read_uint32_t(in, at, n, v);
	for (size_t i = 0; i < n && !in->numbers && !in->width; i++)
		v[i] = in->rank[(codes[at + i] & INT32_MAX) + (codes[at + i] >> 31) * in->split];
}

static bool index_pays(size_t rows)
{
	return rows > SEG_BLOCK && rows <= (size_t)SEG_BLOCK * INDEX_BLOCKS;
}

static enum err clear_seen(struct encoder *e, size_t n)
{
	if (n > e->seen_cap) {
		uint64_t *seen = mem_array(e->seen, n, sizeof(*seen));
		if (!seen)
			return E_NOMEM;
		e->seen = seen;
		e->seen_cap = n;
	}
	memset(e->seen, 0, n * sizeof(*e->seen));
	return OK;
}

enum err put_index(struct encoder *e, size_t rows, struct buf *body, struct seg_entry *s)
{
	struct buf plain = { 0 };
	if (!index_pays(rows))
		return OK;
	index_put(&plain, e->seen, s->dict_n);
	enum err err = plain.bad;
	if (err == OK) {
		piece_begin(body, &s->index);
		buf_u32(body, (uint32_t)plain.len);
		err = put_frame(e, body, plain.data, plain.len);
		piece_end(body, &s->index);
	}
	buf_free(&plain);
	return err;
}

/* The block to choose by: rows in time order are alike everywhere, sorted ones are more typical in
 * the middle. */
static enum err choose_by_sample(struct encoder *e, const struct rows_in *in, struct buf *body,
				 struct seg_entry *s)
{
	size_t last = e->tight ? (in->rows - 1) / SEG_BLOCK / 2 : 0, n = 0;
	for (size_t b = in->numbers ? 0 : last; b <= last; b++) {
		n = MIN(in->rows - b * SEG_BLOCK, (size_t)SEG_BLOCK);
		read_block(e, in, b * SEG_BLOCK, n);
	}
	if (in->numbers)
		numbers_rewind(in->numbers);
	return choose_codec(e, body, s, e->block32, n, in->cold);
}

enum err put_rows32(struct encoder *e, const struct rows_in *in, struct buf *body,
		    struct seg_entry *s)
{
	enum err err = OK;
	buf_reset(&e->table);
	bool indexed = in->index && index_pays(in->rows);
	if (indexed)
		err = clear_seen(e, s->dict_n);
	if (err == OK && (in->cold || e->tight) && in->rows >= COLD_ROWS)
		err = choose_by_sample(e, in, body, s);
	piece_begin(body, &s->rows);
	for (size_t at = 0; at < in->rows && err == OK; at += SEG_BLOCK) {
		size_t n = MIN(in->rows - at, (size_t)SEG_BLOCK);
		read_block(e, in, at, n);
		for (size_t i = 0; i < n && indexed; i++)
			e->seen[e->block32[i]] |= (uint64_t)1 << at / SEG_BLOCK;
		if (err == OK)
			err = put_block32(e, body, s, e->block32, n);
	}
	piece_end(body, &s->rows);
	return err;
}

void put_rows64(struct encoder *e, struct numbers *numbers, size_t rows, struct buf *body,
		struct seg_entry *s)
{
	buf_reset(&e->table);
	piece_begin(body, &s->rows);
	for (size_t at = 0; at < rows; at += SEG_BLOCK) {
		size_t n = MIN(rows - at, (size_t)SEG_BLOCK), start = body->len;
		numbers_read64(numbers, n, e->block64);
		struct bounds b = bounds64(e->block64, n);
		put_packed64(body, e->block64, n, b);
		block_row(e, body, s, start, b);
	}
	piece_end(body, &s->rows);
}

void put_table(struct encoder *e, struct buf *body, struct seg_entry *s)
{
	piece_begin(body, &s->blocks);
	buf_add(body, e->table.data, e->table.len);
	piece_end(body, &s->blocks);
	if (e->table.bad && !body->bad)
		body->bad = e->table.bad;
}
