/* Journal files read: the header, the walk over frames, and columns as parts. */
#include "store/journal.h"

#include "store/few.h"

#include "base/clock.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/mem.h"

#include <assert.h>

enum { VERSION = 2, HEADER_FIXED = 32, HEADER_MOST = 1 << 16, UNKNOWN = 255 };

void journal_free(struct journal *j)
{
	buf_free(&j->image);
	mem_free(j->frame);
	few_free(j->few);
	*j = (struct journal){ 0 };
}

static struct span span_of(uint64_t first, uint64_t last)
{
	assert(first <= last && last < INT64_MAX);
	return (struct span){ (usec_t)first, (usec_t)last + 1 };
}

static bool overlaps(struct span a, struct span b)
{
	return a.start < b.end && b.start < a.end;
}

enum err journal_room(struct journal *j)
{
	if (j->nframes < j->cap)
		return OK;
	size_t cap = MAX(j->cap * 2, (size_t)64);
	struct frame *frame = mem_array(j->frame, cap, sizeof(*frame));
	if (!frame)
		return E_NOMEM;
	j->frame = frame;
	j->cap = cap;
	return OK;
}

/* -- the header ---------------------------------------------------------------------------- */

static void put_name(struct buf *out, const char *name)
{
	size_t len = strlen(name);
	assert(len < 256);
	buf_u8(out, (uint8_t)len);
	buf_add(out, name, len);
}

enum err journal_start(struct journal *j, const struct table *t, uint64_t number)
{
	struct buf *b = &j->image;
	buf_reset(b);
	b->ceiling = JOURNAL_MOST;
	buf_add(b, "weirjrnl", 8);
	buf_u64(b, 0);
	buf_u32(b, VERSION);
	buf_u32(b, t->ncols);
	buf_u64(b, number);
	put_name(b, t->name);
	for (size_t c = 0; c < t->ncols; c++) {
		put_name(b, t->cols[c].name);
		buf_u8(b, (uint8_t)t->cols[c].storage);
	}
	while (!b->bad && b->len % 8)
		buf_u8(b, 0);
	if (b->bad)
		return b->bad;
	uint32_t len = (uint32_t)b->len;
	memcpy(b->data + 12, &len, 4);
	uint32_t crc = crc32c(0, b->data + 12, len - 12);
	memcpy(b->data + 8, &crc, 4);

	*j = (struct journal){ .table = t,
			       .number = number,
			       .image = *b,
			       .frame = j->frame,
			       .cap = j->cap,
			       .few = j->few,
			       .file_cols = t->ncols,
			       .same_columns = true };
	for (size_t c = 0; c < t->ncols; c++)
		j->col[c] = (uint8_t)c;
	return OK;
}

static struct cur take_name(struct cur *c)
{
	return cur_take(c, cur_u8(c));
}

static bool name_is(struct cur name, const char *text)
{
	size_t len = strlen(text);
	return !name.bad && cur_left(&name) == len && (!len || memcmp(name.pos, text, len) == 0);
}

/* Which of our columns a column of the file is.  A name we know under another kind of storage
 * (an address became a number) is as unknown as a new one. */
static uint8_t our_column(const struct table *t, struct cur name, uint8_t storage)
{
	for (size_t c = 0; c < t->ncols; c++)
		if (name_is(name, t->cols[c].name))
			return (storage == ST_addr) == (t->cols[c].storage == ST_addr) ? (uint8_t)c
										       : UNKNOWN;
	return UNKNOWN;
}

static enum err read_header(struct journal *j, const struct buf *bytes)
{
	struct cur c = cur_of(bytes->data, bytes->len);
	const uint8_t *magic = cur_need(&c, 8);
	uint32_t crc = cur_le32(&c), len = cur_le32(&c);
	if (c.bad || memcmp(magic, "weirjrnl", 8) != 0 || len < HEADER_FIXED || len > HEADER_MOST ||
	    len > bytes->len || crc32c(0, bytes->data + 12, len - 12) != crc)
		return E_CORRUPT;
	struct cur h = cur_of(bytes->data + 16, len - 16);
	uint32_t version = cur_le32(&h);
	j->file_cols = cur_le32(&h);
	if (version > VERSION)
		return E_VERSION;
	if (cur_le64(&h) != j->number || !name_is(take_name(&h), j->table->name) ||
	    j->file_cols > COUNT_OF(j->col))
		return E_CORRUPT;
	j->same_columns = version == VERSION && j->file_cols == j->table->ncols;
	for (size_t i = 0; i < j->file_cols; i++) {
		struct cur name = take_name(&h);
		uint8_t storage = cur_u8(&h);
		j->col[i] = our_column(j->table, name, storage);
		if (j->col[i] != i || j->table->cols[i].storage != storage)
			j->same_columns = false;
	}
	if (h.bad)
		return E_CORRUPT;
	j->image.len = len;
	return OK;
}

/* -- columns ------------------------------------------------------------------------------- */

static const uint8_t form_bytes[PART_FORMS] = {
	[PART_U8] = 1,  [PART_U16] = 2, [PART_U32] = 4,   [PART_U64] = 8,
	[PART_V4] = 4,  [PART_ADDR] = 16, [PART_CODES] = 1, [PART_ADDR_CODES] = 1,
};

static bool is_addr(enum part_form form)
{
	return form >= PART_V4 && form != PART_CODES;
}

static bool is_codes(enum part_form form)
{
	return form == PART_CODES || form == PART_ADDR_CODES;
}

/* Bytes of one value in a list. */
static size_t value_bytes(enum part_form form)
{
	return form == PART_CODES ? 8 : 16;
}

/* What a frame has of columns: their heads, and all data behind. */
struct columns {
	struct cur heads, data;
};

static struct columns columns_of(struct cur body, uint32_t ncols)
{
	struct columns c = { .heads = cur_take(&body, (size_t)ncols * COLUMN_HEAD) };
	c.data = body;
	return c;
}

/* The next column: its place in the file's list, and its rows unchecked. */
static bool column_next(struct columns *c, uint32_t rows, uint8_t *ret_col, struct part *ret,
			struct cur *ret_data)
{
	struct cur *h = &c->heads;
	*ret_col = cur_u8(h);
	unsigned form = cur_u8(h);
	cur_skip(h, 2);
	struct part p = { .form = form, .rows = rows, .step = cur_le32(h) };
	p.min = cur_le64(h);
	p.max = cur_le64(h);
	uint32_t bytes = cur_le32(h), at = cur_le32(h);
	struct cur data = c->data;
	cur_skip(&data, at);
	data = *ret_data = cur_take(&data, bytes);
	if (form == PART_MIX) {
		p.v4_n = cur_le32(&data);
		p.v6_n = cur_le32(&data);
	}
	if (is_codes(form)) {
		p.few = cur_le32(&data);
		cur_skip(&data, 4);
		p.value = cur_need(&data, p.few <= PART_FEW ? p.few * value_bytes(form) : SIZE_MAX);
	}
	p.data = bytes ? data.pos : NULL;
	*ret = p;
	return !h->bad && !data.bad;
}

/* Do the tags of a PART_MIX agree with its counts? */
static bool mix_fits(const struct part *p, struct cur data)
{
	size_t seen4 = 0, seen6 = 0, other = 0;
	cur_skip(&data, 8);
	const uint8_t *tag = cur_need(&data, p->rows);
	if (data.bad || cur_left(&data) != (size_t)p->v4_n * 4 + (size_t)p->v6_n * 16)
		return false;
	for (size_t i = 0; i < p->rows; i++) {
		seen4 += tag[i] == 4;
		seen6 += tag[i] == 6;
		other += tag[i] != 0;
	}
	return seen4 == p->v4_n && seen6 == p->v6_n && other == seen4 + seen6;
}

/* Does each row have one of the values, and each value a row?  Are numbers between min and max? */
static bool codes_fit(const struct part *p, struct cur data)
{
	bool seen[PART_FEW] = { false };
	cur_skip(&data, 8 + p->few * value_bytes(p->form));
	if (!p->few || p->step != 1 || data.bad || cur_left(&data) != p->rows)
		return false;
	for (size_t i = 0; i < p->rows; i++)
		seen[p->data[i]] = true;
	for (size_t k = 0; k < PART_FEW; k++)
		if (seen[k] != (k < p->few))
			return false;
	struct cur value = cur_of(p->value, p->few * value_bytes(p->form));
	for (size_t k = 0; k < p->few && p->form == PART_CODES; k++) {
		uint64_t v = cur_le64(&value);
		if (v < p->min || v > p->max)
			return false;
	}
	return true;
}

/* Sizes agree, so that decoding cannot leave the data.  That numbers stay between min and max
 * is the decoder's care: it holds them there. */
static bool column_fits(const struct part *p, struct cur data)
{
	size_t bytes = cur_left(&data);
	if (p->form >= PART_FORMS || p->step == 0 || p->min > p->max)
		return false;
	if (p->form == PART_MIX)
		return mix_fits(p, data);
	if (is_codes(p->form))
		return codes_fit(p, data);
	if (p->form == PART_CONST)
		return bytes == 16 || (bytes == 0 && p->min == p->max);
	return bytes == (uint64_t)p->rows * form_bytes[p->form];
}

static bool columns_fit(const struct journal *j, struct cur body, uint32_t rows, uint32_t ncols)
{
	struct columns c = columns_of(body, ncols);
	uint64_t seen[COUNT_OF(j->col) / 64] = { 0 };
	for (uint32_t i = 0; i < ncols; i++) {
		uint8_t col;
		struct part p;
		struct cur data;
		if (!column_next(&c, rows, &col, &p, &data) || !column_fits(&p, data) ||
		    col >= j->file_cols)
			return false;
		if (seen[col / 64] >> col % 64 & 1)
			return false;
		seen[col / 64] |= (uint64_t)1 << col % 64;
		bool addr = p.form == PART_CONST ? p.data != NULL : is_addr(p.form);
		uint8_t ours = j->col[col];
		if (ours != UNKNOWN && addr != (j->table->cols[ours].storage == ST_addr))
			return false;
	}
	return true;
}

/* -- frames --------------------------------------------------------------------------------- */

struct head { /* of a frame */
	uint32_t crc, len;
	uint16_t kind;
};

/* The head of a frame of this journal at this offset; false when it is none. */
static bool head_read(const struct journal *j, struct cur c, size_t at, struct head *ret)
{
	const uint8_t *magic = cur_need(&c, 4);
	struct head h = { .crc = cur_le32(&c), .len = cur_le32(&c), .kind = cur_le16(&c) };
	uint16_t check = cur_le16(&c);
	uint64_t number = cur_le64(&c), offset = cur_le64(&c);
	*ret = h;
	return !c.bad && memcmp(magic, "WEJF", 4) == 0 && number == j->number && offset == at &&
	       h.len % 8 == 0 && check == frame_head_check(h.len, h.kind, number, offset);
}

/* The whole frame at this offset: false when it is cut off or not right. */
static bool frame_whole(const struct journal *j, const struct buf *bytes, size_t at,
			uint16_t *ret_kind, struct cur *ret_body)
{
	struct head h;
	struct cur c = cur_of(bytes->data + at, bytes->len - at);
	if (!head_read(j, c, at, &h))
		return false;
	cur_skip(&c, FRAME_HEAD);
	struct cur body = cur_take(&c, h.len);
	if (c.bad || crc32c(0, bytes->data + at + 8, FRAME_HEAD - 8 + (size_t)h.len) != h.crc)
		return false;
	*ret_kind = h.kind;
	*ret_body = body;
	return true;
}

static bool rows_read(const struct journal *j, const struct buf *bytes, struct cur body,
		      struct frame *ret)
{
	struct frame f = { .rows = cur_le32(&body), .ncols = cur_le32(&body) };
	uint64_t first = cur_le64(&body), last = cur_le64(&body);
	if (body.bad || !f.rows || f.rows > FRAME_ROWS || first > last || last >= INT64_MAX)
		return false;
	f.span = span_of(first, last);
	f.at = (size_t)(body.pos - bytes->data);
	f.end = f.at + cur_left(&body);
	*ret = f;
	return columns_fit(j, body, f.rows, f.ncols);
}

static bool mark_read(struct cur body, struct mark *ret)
{
	uint32_t key_len = cur_le32(&body), len = cur_le32(&body);
	if (key_len > MARK_KEY_MOST || len > MARK_VALUE_MOST)
		return false;
	const uint8_t *key = cur_need(&body, key_len), *value = cur_need(&body, len);
	if (body.bad)
		return false;
	*ret = (struct mark){ (const char *)key, key_len, value, len };
	return true;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Are the bytes behind the last good frame what a crash leaves? */
static bool cut_off(const struct journal *j, const struct buf *bytes, size_t at)
{
	struct head h;
	size_t left = bytes->len - at;
	const uint8_t *p = bytes->data + at;
	if (left < FRAME_HEAD)
		return memcmp(p, "WEJF", MIN(left, (size_t)4)) == 0 || all_zero(p, left);
	return head_read(j, cur_of(p, left), at, &h) ? h.len > left - FRAME_HEAD
						     : all_zero(p, left);
}

/* Damage at this offset.  What is missing begins about where the last good rows did, and ends
 * with the last whole frame that follows, or now. */
static void note_damage(struct journal *j, const struct buf *bytes, size_t from)
{
	struct frame f;
	uint16_t kind;
	struct cur body;
	j->damaged = true;
	j->lost = (struct span){ j->nframes ? j->frame[j->nframes - 1].span.start : 0, 0 };
	for (size_t at = from; at < bytes->len;) {
		const uint8_t *p = memmem(bytes->data + at, bytes->len - at, "WEJF", 4);
		if (!p)
			break;
		at = (size_t)(p - bytes->data);
		if (!frame_whole(j, bytes, at, &kind, &body)) {
			at++;
			continue;
		}
		if (kind == KIND_ROWS && rows_read(j, bytes, body, &f)) {
			j->lost.start = MIN(j->lost.start, f.span.start);
			j->lost.end = MAX(j->lost.end, f.span.end);
		}
		at += FRAME_HEAD + cur_left(&body);
	}
	if (j->lost.end <= j->lost.start)
		j->lost.end = MAX(clock_now(), j->lost.start + 1);
}

/* Note the frame at *at and step over it.  *ret_good: there was one. */
static enum err frame_take(struct journal *j, const struct buf *bytes, size_t *at, uint64_t live,
			   bool *ret_good)
{
	uint16_t kind;
	struct cur body;
	struct frame f;
	struct mark m;
	*ret_good = false;
	if (!frame_whole(j, bytes, *at, &kind, &body))
		return OK;
	size_t next = *at + FRAME_HEAD + cur_left(&body);
	if (kind == KIND_ROWS && *at >= live) {
		enum err e = journal_room(j);
		if (e != OK)
			return e;
		if (!rows_read(j, bytes, body, &f))
			return OK;
		j->frame[j->nframes++] = f;
		j->rows += f.rows;
	} else if (kind == KIND_MARK && *at >= live) {
		if (!mark_read(body, &m))
			return OK;
		j->marks++;
	}
	*at = next;
	*ret_good = true;
	return OK;
}

enum err journal_load(struct journal *ret, const struct table *t, uint64_t number,
		      struct buf *bytes, uint64_t live)
{
	struct journal j = { .table = t, .number = number, .live = live };
	enum err e = read_header(&j, bytes);
	if (e != OK)
		return e;
	size_t at = j.image.len;
	for (bool good = true; good && e == OK;)
		e = frame_take(&j, bytes, &at, live, &good);
	if (e != OK) {
		mem_free(j.frame);
		return e;
	}
	if (at < bytes->len && !cut_off(&j, bytes, at))
		note_damage(&j, bytes, at);
	journal_free(ret);
	*ret = j;
	ret->image = *bytes;
	ret->image.len = at;
	ret->image.ceiling = JOURNAL_MOST;
	*bytes = (struct buf){ .ceiling = bytes->ceiling };
	return OK;
}

enum err journal_marks(const struct journal *j, mark_fn *fn, void *arg)
{
	uint32_t header;
	memcpy(&header, j->image.data + 12, 4);
	for (size_t at = header; j->marks && at + FRAME_HEAD <= j->image.len;) {
		struct cur c = cur_of(j->image.data + at + 8, j->image.len - at - 8);
		uint32_t len = cur_le32(&c);
		uint16_t kind = cur_le16(&c);
		cur_skip(&c, 18);
		struct cur body = cur_take(&c, len);
		struct mark m;
		if (kind == KIND_MARK && at >= j->live && mark_read(body, &m)) {
			enum err e = fn(arg, &m);
			if (e != OK)
				return e;
		}
		at += FRAME_HEAD + len;
	}
	return OK;
}

/* -- parts ----------------------------------------------------------------------------------- */

uint64_t journal_rows(const struct journal *j, struct span span, struct span *ret_span)
{
	uint64_t rows = 0;
	*ret_span = (struct span){ 0 };
	for (size_t i = 0; i < j->nframes; i++) {
		const struct frame *f = &j->frame[i];
		if (!overlaps(f->span, span))
			continue;
		if (!rows)
			*ret_span = f->span;
		ret_span->start = MIN(ret_span->start, f->span.start);
		ret_span->end = MAX(ret_span->end, f->span.end);
		rows += f->rows;
	}
	return rows;
}

/* The column's rows in one frame; all zero when the frame does not have it. */
static struct part part_of(const struct journal *j, const struct frame *f, size_t col, bool is_addr)
{
	static const struct addr none;
	struct columns c = columns_of(cur_of(j->image.data + f->at, f->end - f->at), f->ncols);
	for (uint32_t i = 0; i < f->ncols; i++) {
		uint8_t file_col;
		struct part p;
		struct cur data, place = c.heads;
		if (j->col[cur_u8(&place)] != col) /* a head says first whose it is */
			cur_skip(&c.heads, COLUMN_HEAD);
		else if (column_next(&c, f->rows, &file_col, &p, &data))
			return p;
	}
	return (struct part){
		.form = PART_CONST, .rows = f->rows, .step = 1, .data = is_addr ? none.b : NULL
	};
}

enum err journal_parts(const struct journal *j, size_t col, struct span span, struct parts *ret)
{
	struct parts p = { .is_addr = j->table->cols[col].storage == ST_addr };
	p.at = mem_array(NULL, j->nframes, sizeof(*p.at));
	if (!p.at)
		return E_NOMEM;
	for (size_t i = 0; i < j->nframes; i++) {
		if (!overlaps(j->frame[i].span, span))
			continue;
		p.at[p.n] = part_of(j, &j->frame[i], col, p.is_addr);
		p.rows += p.at[p.n++].rows;
	}
	*ret = p;
	return OK;
}
