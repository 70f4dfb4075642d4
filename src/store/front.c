/* Head and directory of a segment file, written and read (drawn in segment.h). */
#include "store/segment.h"

#include "base/cursor.h"
#include "base/hash.h"

#include <assert.h>

static const char magic[8] = { 'w', 'e', 'i', 'r', 's', 'e', 'g', 'm' };

static void pad8(struct buf *out)
{
	while (!out->bad && out->len % 8)
		buf_u8(out, 0);
}

static void put_name(struct buf *out, const char *name)
{
	size_t len = strlen(name);
	assert(len < 256);
	buf_u8(out, (uint8_t)len);
	buf_add(out, name, len);
	pad8(out);
}

static void put_piece(struct buf *out, const struct seg_piece *p)
{
	buf_u64(out, p->at);
	buf_u32(out, p->len);
	buf_u32(out, p->crc);
}

static void put_entry(struct buf *out, const struct column *c, const struct seg_entry *e)
{
	size_t at = out->len;
	buf_u16(out, 0);
	buf_u8(out, (uint8_t)c->storage);
	buf_u8(out, (uint8_t)e->kind);
	buf_u8(out, (uint8_t)e->codec);
	buf_u8(out, e->code_bytes);
	buf_u8(out, e->dict_squeezed);
	buf_u8(out, 0);
	if (c->storage == ST_addr) {
		buf_add(out, e->addr.b, 16);
	} else {
		buf_u64(out, e->base);
		buf_u64(out, e->step);
	}
	buf_u32(out, e->dict_n);
	buf_u32(out, 0);
	buf_u64(out, e->top);
	put_piece(out, &e->dict);
	put_piece(out, &e->blocks);
	put_piece(out, &e->rows);
	put_name(out, c->name);
	if (e->index.len)
		put_piece(out, &e->index);
	if (!out->bad) {
		uint16_t len = (uint16_t)(out->len - at);
		memcpy(out->data + at, &len, 2);
	}
}

/* The oldest version that can read these. */
static uint32_t version_of(const struct table *t, const struct seg_entry *entry)
{
	uint32_t version = 1, needs;
	for (size_t c = 0; c < t->ncols; c++) {
		const struct seg_entry *e = &entry[c];
		bool second = e->dict_squeezed || e->codec == SEG_ZSTD_DELTA ||
			      (e->codec == SEG_ZSTD && e->kind == SEG_INT);
		needs = e->kind == SEG_CONST        ? 1
			: e->codec == SEG_PATCHED ? 3
			: second                    ? 2
						    : 1;
		version = MAX(version, needs);
	}
	return version;
}

void segment_front(struct buf *out, const struct table *t, const struct seg_front *f,
		   const struct seg_entry *entry, size_t body_bytes)
{
	assert(out->len == 0);
	buf_add(out, magic, 8);
	buf_u64(out, 0);
	buf_u32(out, version_of(t, entry));
	buf_u32(out, t->ncols);
	buf_u64(out, f->rows);
	buf_u64(out, (uint64_t)f->span.start);
	buf_u64(out, (uint64_t)f->span.end - 1);
	buf_u64(out, f->source.journal);
	buf_u64(out, f->source.from);
	buf_u64(out, f->source.to);
	buf_u64(out, 0);
	put_name(out, t->name);
	for (size_t c = 0; c < t->ncols; c++)
		put_entry(out, &t->cols[c], &entry[c]);
	if (out->bad)
		return;
	uint32_t len = (uint32_t)out->len;
	uint64_t file = out->len + body_bytes;
	memcpy(out->data + 12, &len, 4);
	memcpy(out->data + 72, &file, 8);
	uint32_t crc = crc32c(0, out->data + 12, len - 12);
	memcpy(out->data + 8, &crc, 4);
}

uint32_t segment_front_bytes(const uint8_t head[static SEGMENT_HEAD])
{
	struct cur c = cur_of(head, SEGMENT_HEAD);
	cur_skip(&c, 12);
	uint32_t len = cur_le32(&c);
	bool ours = memcmp(head, magic, sizeof(magic)) == 0;
	return ours && len >= SEGMENT_HEAD && len <= SEGMENT_FRONT_MOST ? len : 0;
}

static struct seg_piece read_piece(struct cur *c)
{
	return (struct seg_piece){ .at = cur_le64(c), .len = cur_le32(c), .crc = cur_le32(c) };
}

static bool piece_inside(const struct seg_piece *p, uint64_t body)
{
	return p->at <= body && p->len <= body - p->at && p->at % 8 == 0;
}

/* Do the entry's numbers make sense together?  Afterwards base + step * q cannot wrap. */
static bool entry_fits(const struct seg_entry *e, bool addr, uint64_t rows, uint64_t body)
{
	uint64_t reach;
	uint64_t blocks = (rows + SEG_BLOCK - 1) / SEG_BLOCK * BLOCK_ROW;
	if (e->kind == SEG_CONST)
		return !e->index.len;
	if (!piece_inside(&e->index, body) || (e->index.len && e->kind != SEG_DICT))
		return false;
	if (!piece_inside(&e->dict, body) || !piece_inside(&e->blocks, body) ||
	    !piece_inside(&e->rows, body) || e->blocks.len != blocks || e->codec >= SEG_CODECS)
		return false;
	if (e->codec != SEG_PACKED && e->top > UINT32_MAX)
		return false;
	if (codec_squeezes(e->codec) && (e->code_bytes < 1 || e->code_bytes > 4))
		return false;
	if (e->kind == SEG_DICT)
		return e->dict_n > 0 && e->dict_n <= rows && e->top == e->dict_n - 1;
	return e->kind == SEG_INT && !addr && e->step &&
	       !__builtin_mul_overflow(e->top, e->step, &reach) && reach <= UINT64_MAX - e->base;
}

static enum err read_entry(struct cur c, const struct table *t, uint64_t rows, uint64_t body,
			   bool *seen, struct seg_entry *entry)
{
	struct seg_entry e = { 0 };
	uint8_t storage = cur_u8(&c);
	e.kind = cur_u8(&c);
	e.codec = cur_u8(&c);
	e.code_bytes = cur_u8(&c);
	e.dict_squeezed = cur_u8(&c) == 1;
	cur_skip(&c, 1);
	const uint8_t *value = cur_need(&c, 16);
	e.dict_n = cur_le32(&c);
	cur_skip(&c, 4);
	e.top = cur_le64(&c);
	e.dict = read_piece(&c);
	e.blocks = read_piece(&c);
	e.rows = read_piece(&c);
	struct cur name = cur_take(&c, cur_u8(&c));
	if (c.bad)
		return E_CORRUPT;
	cur_skip(&c, -(ENTRY_FIXED + 1 + cur_left(&name)) & 7);
	if (!c.bad && cur_left(&c))
		e.index = read_piece(&c);
	if (c.bad)
		return E_CORRUPT;
	for (size_t i = 0; i < t->ncols; i++) {
		const struct column *col = &t->cols[i];
		size_t len = strlen(col->name);
		bool addr = col->storage == ST_addr;
		if (cur_left(&name) != len || memcmp(name.pos, col->name, len) != 0 ||
		    (storage == ST_addr) != addr)
			continue;
		struct cur number = cur_of(value, 16);
		if (addr) {
			memcpy(e.addr.b, value, 16);
		} else {
			e.base = cur_le64(&number);
			e.step = cur_le64(&number);
		}
		if (seen[i] || !entry_fits(&e, addr, rows, body))
			return E_CORRUPT;
		seen[i] = true;
		entry[i] = e;
	}
	return OK;
}

enum err segment_front_read(const void *data, size_t len, const struct table *t,
			    struct seg_front *ret, struct seg_entry *ret_entry)
{
	struct cur c = cur_of(data, len);
	cur_skip(&c, 8);
	uint32_t crc = cur_le32(&c);
	struct seg_front f = { .front_bytes = cur_le32(&c) };
	uint32_t version = cur_le32(&c);
	f.ncols = cur_le32(&c);
	f.rows = cur_le64(&c);
	uint64_t first = cur_le64(&c), last = cur_le64(&c);
	f.source = (struct seg_source){ cur_le64(&c), cur_le64(&c), cur_le64(&c) };
	f.file_bytes = cur_le64(&c);
	if (c.bad || f.front_bytes != len || crc32c(0, (const uint8_t *)data + 12, len - 12) != crc)
		return E_CORRUPT;
	f.crc = crc;
	if (version > SEGMENT_VERSION)
		return E_VERSION;
	struct cur name = cur_take(&c, cur_u8(&c));
	if (c.bad || name.bad || cur_left(&name) != strlen(t->name) ||
	    memcmp(name.pos, t->name, strlen(t->name)) != 0 || f.rows == 0 ||
	    f.rows > SEGMENT_ROWS_MOST || first > last || last >= INT64_MAX || f.file_bytes < len)
		return E_CORRUPT;
	f.span = (struct span){ (usec_t)first, (usec_t)last + 1 };
	cur_skip(&c, -(size_t)(c.pos - (const uint8_t *)data) & 7);

	struct seg_entry entry[TABLE_MAX_COLS] = { 0 };
	bool seen[TABLE_MAX_COLS] = { false };
	for (uint32_t i = 0; i < f.ncols; i++) {
		size_t bytes = cur_le16(&c);
		struct cur body = cur_take(&c, bytes < 2 ? SIZE_MAX : bytes - 2);
		if (c.bad)
			return E_CORRUPT;
		enum err e = read_entry(body, t, f.rows, f.file_bytes - len, seen, entry);
		if (e != OK)
			return e;
	}
	memcpy(ret_entry, entry, t->ncols * sizeof(*entry));
	*ret = f;
	return OK;
}
