/* Codes or numbers of a column, block by block, packed or squeezed, and the table of blocks. */
#include "store/encode.h"

#include "store/pack.h"
#include "store/vector.h"

#include "base/hash.h"

enum {
	COLD_ROWS = 1024, /* fewer rows are not worth a zstd frame */
	ZSTD_LEVEL = 1,
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

static enum err put_zstd32(struct encoder *e, struct buf *body, const uint32_t *v, size_t n,
			   unsigned planes)
{
	size_t raw = n * planes, most = ZSTD_compressBound(raw);
	split_planes(v, n, planes, e->planes);
	uint8_t *p = buf_room(body, most);
	if (!p)
		return body->bad;
	size_t len = ZSTD_compressCCtx(e->zstd, p, most, e->planes, raw, ZSTD_LEVEL);
	if (ZSTD_isError(len))
		return E_NOMEM;
	body->len -= most - len;
	return OK;
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
	if (s->codec == SEG_ZSTD)
		err = put_zstd32(e, body, v, n, s->code_bytes);
	else
		put_packed32(body, v, n, b);
	block_row(e, body, s, at, b);
	return err;
}

/* The first block says whether squeezing the codes pays; it must save an eighth. */
static enum err choose_codec(struct encoder *e, struct buf *body, struct seg_entry *s,
			     const uint32_t *v, size_t n)
{
	size_t at = body->len;
	s->code_bytes = (uint8_t)(s->top <= 0xff ? 1 : s->top <= 0xffff ? 2 : 4);
	enum err err = put_zstd32(e, body, v, n, s->code_bytes);
	size_t squeezed = body->len - at;
	body->len = at;
	put_packed32(body, v, n, bounds32(v, n));
	size_t packed = body->len - at;
	body->len = at;
	if (squeezed + squeezed / 8 < packed)
		s->codec = SEG_ZSTD;
	else
		s->code_bytes = 0;
	return err;
}

static void read_block(struct encoder *e, const struct rows_in *in, size_t at, size_t n)
{
	uint32_t *v = e->block32;
	if (in->numbers) {
		numbers_read32(in->numbers, n, v);
		for (size_t i = 0; in->rank && i < n; i++)
			v[i] = in->rank[v[i]];
		return;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t code = in->codes[at + i];
		v[i] = in->rank[(code & INT32_MAX) + (code >> 31) * in->split];
	}
}

enum err put_rows32(struct encoder *e, const struct rows_in *in, struct buf *body,
		    struct seg_entry *s)
{
	enum err err = OK;
	buf_reset(&e->table);
	piece_begin(body, &s->rows);
	for (size_t at = 0; at < in->rows && err == OK; at += SEG_BLOCK) {
		size_t n = MIN(in->rows - at, (size_t)SEG_BLOCK);
		read_block(e, in, at, n);
		if (at == 0 && in->cold && in->rows >= COLD_ROWS)
			err = choose_codec(e, body, s, e->block32, n);
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
