/* The Table as bytes, for the way between broker and worker.  Little-endian:
 *
 *	"WTAB" u16 version u16 flags        flags: 1 rest, 2 overlapping, 4 approximate, 8 folded: u64 start, u64 end follow the gaps
 *	u32 columns  u64 rows  u64 start  u64 end  u64 bucket  u32 gaps
 *	u8 dedup length, bytes   u8 zone length, bytes
 *	gaps:    u64 start  u64 end
 *	columns: u8 type  u8 unit  u32 name length, bytes
 *	         numbers: rows x f64 (NAN = null)
 *	         text:    rows x { u32 length + 1 (0 = null), bytes }
 *
 * The reader may be talking to a script that took over its worker: nothing is believed. */
#include "query/table.h"

#include "base/cursor.h"
#include "base/mem.h"

enum { VERSION = 1, FLAG_REST = 1, FLAG_OVERLAPPING = 2, FLAG_APPROXIMATE = 4, FLAG_FOLDED = 8 };
enum { MAX_DECODE_COLS = 20000, MAX_NAME = 65536 };
static const char magic[4] = "WTAB";

static void put_text8(struct buf *out, const char *s, size_t size)
{
	size_t n = strnlen(s, size - 1);
	buf_u8(out, (uint8_t)n);
	buf_add(out, s, n);
}

static void put_col(const struct table_col *c, size_t rows, struct buf *out)
{
	buf_u8(out, (uint8_t)c->type);
	buf_u8(out, (uint8_t)c->unit);
	buf_u32(out, (uint32_t)strlen(c->name));
	buf_text(out, c->name);
	if (c->num) {
		buf_add(out, c->num, rows * sizeof(double));
		return;
	}
	for (size_t r = 0; r < rows; r++) {
		size_t n = c->text[r] ? strlen(c->text[r]) : 0;
		buf_u32(out, c->text[r] ? (uint32_t)n + 1 : 0);
		buf_add(out, c->text[r], n);
	}
}

enum err result_encode(const struct result *t, struct buf *out)
{
	bool folded = t->folded.start < t->folded.end;
	buf_add(out, magic, sizeof(magic));
	buf_u16(out, VERSION);
	buf_u16(out, (uint16_t)((t->rest ? FLAG_REST : 0) | (t->overlapping ? FLAG_OVERLAPPING : 0) |
			       (t->approximate ? FLAG_APPROXIMATE : 0) | (folded ? FLAG_FOLDED : 0)));
	buf_u32(out, (uint32_t)t->ncols);
	buf_u64(out, t->nrows);
	buf_u64(out, (uint64_t)t->span.start);
	buf_u64(out, (uint64_t)t->span.end);
	buf_u64(out, (uint64_t)t->bucket);
	buf_u32(out, (uint32_t)t->nincomplete);
	put_text8(out, t->dedup, sizeof(t->dedup));
	put_text8(out, t->zone, sizeof(t->zone));
	for (size_t i = 0; i < t->nincomplete; i++) {
		buf_u64(out, (uint64_t)t->incomplete[i].start);
		buf_u64(out, (uint64_t)t->incomplete[i].end);
	}
	if (folded) {
		buf_u64(out, (uint64_t)t->folded.start);
		buf_u64(out, (uint64_t)t->folded.end);
	}
	for (size_t c = 0; c < t->ncols; c++)
		put_col(&t->col[c], t->nrows, out);
	return out->bad;
}

static bool get_text8(struct cur *c, char *ret, size_t size)
{
	size_t n = cur_u8(c);
	const uint8_t *p = cur_need(c, n);
	if (!p || n >= size || memchr(p, 0, n))
		return n == 0 && !c->bad;
	memcpy(ret, p, n);
	ret[n] = 0;
	return true;
}

static enum err get_gaps(struct cur *c, size_t n, struct result *t)
{
	if (!n)
		return OK;
	if (n > cur_left(c) / 16)
		return E_CORRUPT;
	t->incomplete = mem_array(NULL, n, sizeof(*t->incomplete));
	if (!t->incomplete)
		return E_NOMEM;
	for (; t->nincomplete < n; t->nincomplete++) {
		struct span s = { .start = (usec_t)cur_le64(c) };
		s.end = (usec_t)cur_le64(c);
		t->incomplete[t->nincomplete] = s;
	}
	return OK;
}

static enum err get_cells(struct cur *c, struct result *t, size_t col, size_t rows)
{
	struct table_col *to = &t->col[col];
	if (to->num) {
		const uint8_t *p = cur_need(c, rows * sizeof(double)); /* rows was bounded by the bytes left */
		if (!p)
			return E_CORRUPT;
		memcpy(to->num, p, rows * sizeof(double));
		return OK;
	}
	for (size_t r = 0; r < rows; r++) {
		size_t n = cur_le32(c);
		if (!n)
			continue;
		const uint8_t *p = cur_need(c, n - 1);
		if (c->bad || (n > 1 && memchr(p, 0, n - 1)))
			return E_CORRUPT;
		enum err err = result_set_text(t, r, col, n > 1 ? (const char *)p : "", n - 1);
		if (err != OK)
			return err;
	}
	return c->bad ? E_CORRUPT : OK;
}

static enum err get_col(struct cur *c, struct result *t, size_t col, size_t rows)
{
	char name[MAX_NAME];
	unsigned type = cur_u8(c), unit = cur_u8(c);
	size_t n = cur_le32(c);
	const uint8_t *p = n < sizeof(name) ? cur_need(c, n) : NULL;
	if (type >= T_TYPES || unit >= U_UNITS || c->bad || n >= sizeof(name) || (n && memchr(p, 0, n)))
		return E_CORRUPT;
	if (n)
		memcpy(name, p, n);
	name[n] = 0;
	if (rows > cur_left(c) / (type_is_number((enum field_type)type) ? 8 : 4))
		return E_CORRUPT;
	enum err err = result_add_col(t, name, (enum field_type)type, (enum unit)unit);
	if (err != OK)
		return err;
	if (col == 0) { /* rows are known to fit into what was sent */
		if ((err = result_reserve(t, rows)) != OK)
			return err;
		for (size_t r = 0, row; r < rows; r++)
			if ((err = result_add_row(t, &row)) != OK)
				return err;
	}
	return get_cells(c, t, col, rows);
}

static enum err decode(struct cur *c, struct result *t)
{
	const uint8_t *p = cur_need(c, sizeof(magic));
	if (!p || memcmp(p, magic, sizeof(magic)) != 0)
		return E_CORRUPT;
	if (cur_le16(c) != VERSION)
		return E_VERSION;
	unsigned flags = cur_le16(c);
	size_t cols = cur_le32(c);
	uint64_t rows = cur_le64(c);
	t->span.start = (usec_t)cur_le64(c);
	t->span.end = (usec_t)cur_le64(c);
	t->bucket = (usec_t)cur_le64(c);
	size_t gaps = cur_le32(c);
	if (c->bad || flags > 15 || cols > MAX_DECODE_COLS || (!cols && rows) ||
	    !get_text8(c, t->dedup, sizeof(t->dedup)) || !get_text8(c, t->zone, sizeof(t->zone)))
		return E_CORRUPT;
	t->rest = flags & FLAG_REST;
	t->overlapping = flags & FLAG_OVERLAPPING;
	t->approximate = flags & FLAG_APPROXIMATE;
	enum err err = get_gaps(c, gaps, t);
	if (err == OK && flags & FLAG_FOLDED) {
		t->folded.start = (usec_t)cur_le64(c);
		t->folded.end = (usec_t)cur_le64(c);
	}
	for (size_t i = 0; i < cols && err == OK; i++)
		err = get_col(c, t, i, (size_t)rows);
	if (err == OK && (c->bad || cur_left(c)))
		err = E_CORRUPT;
	return err;
}

enum err result_decode(const void *data, size_t len, struct result *ret)
{
	struct cur c = cur_of(data, len);
	struct result t = { 0 }; /* what it holds is bounded by len */
	enum err err = decode(&c, &t);
	if (err != OK) {
		result_free(&t);
		return err;
	}
	*ret = t;
	return OK;
}
