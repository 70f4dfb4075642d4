/* Rows of a batch -> one journal frame.  Runs for every row that comes in, so each column is
 * looked over once for its smallest and largest value and then written at the least width. */
#include "store/journal.h"
#include "store/vector.h"

#include <assert.h>

#include "base/hash.h"

/* -- numbers ----------------------------------------------------------------------------- */

#define BOUNDS(type)                                                                               \
	_vectorize_ static void bounds_##type(const type *v, size_t n, uint64_t *ret_min,          \
					      uint64_t *ret_max)                                   \
	{                                                                                          \
		type min = v[0], max = v[0];                                                       \
		for (size_t i = 1; i < n; i++) {                                                   \
			min = MIN(min, v[i]);                                                      \
			max = MAX(max, v[i]);                                                      \
		}                                                                                  \
		*ret_min = min;                                                                    \
		*ret_max = max;                                                                    \
	}
BOUNDS(uint8_t)
BOUNDS(uint16_t)
BOUNDS(uint32_t)
BOUNDS(uint64_t)

/* out is not aligned: bytes are copied one value at a time, which the compiler joins. */
#define NARROW(from, to)                                                                           \
	_vectorize_ static void from##_as_##to(const from *restrict v, size_t n, uint64_t min,     \
					       uint8_t *restrict out)                              \
	{                                                                                          \
		from least = (from)min;                                                            \
		for (size_t i = 0; i < n; i++) {                                                   \
			to narrow = (to)(v[i] - least);                                            \
			memcpy(out + i * sizeof(to), &narrow, sizeof(to));                         \
		}                                                                                  \
	}
NARROW(uint8_t, uint8_t)
NARROW(uint16_t, uint8_t)
NARROW(uint16_t, uint16_t)
NARROW(uint32_t, uint8_t)
NARROW(uint32_t, uint16_t)
NARROW(uint32_t, uint32_t)
NARROW(uint64_t, uint8_t)
NARROW(uint64_t, uint16_t)
NARROW(uint64_t, uint32_t)
NARROW(uint64_t, uint64_t)

static void bounds(enum storage st, const void *v, size_t n, uint64_t *ret_min, uint64_t *ret_max)
{
	switch (st) {
	case ST_u8:  bounds_uint8_t(v, n, ret_min, ret_max); break;
	case ST_u16: bounds_uint16_t(v, n, ret_min, ret_max); break;
	case ST_u32: bounds_uint32_t(v, n, ret_min, ret_max); break;
	case ST_u64: bounds_uint64_t(v, n, ret_min, ret_max); break;
	case ST_addr: break;
	}
}

static void narrow(enum storage st, unsigned width, const void *v, size_t n, uint64_t min, uint8_t *out)
{
	switch ((unsigned)st << 4 | width) {
	case 0x11: uint8_t_as_uint8_t(v, n, min, out); break;
	case 0x21: uint16_t_as_uint8_t(v, n, min, out); break;
	case 0x22: uint16_t_as_uint16_t(v, n, min, out); break;
	case 0x41: uint32_t_as_uint8_t(v, n, min, out); break;
	case 0x42: uint32_t_as_uint16_t(v, n, min, out); break;
	case 0x44: uint32_t_as_uint32_t(v, n, min, out); break;
	case 0x81: uint64_t_as_uint8_t(v, n, min, out); break;
	case 0x82: uint64_t_as_uint16_t(v, n, min, out); break;
	case 0x84: uint64_t_as_uint32_t(v, n, min, out); break;
	case 0x88: uint64_t_as_uint64_t(v, n, min, out); break;
	default: assert(!"a width that no storage has");
	}
}

/* Times are whole milliseconds: keep those.  False when one is not, or the span is too long. */
enum { TIME_STEP = 1000 };

_vectorize_ static bool whole_steps(const uint64_t *v, size_t n, uint64_t min, uint64_t max)
{
	uint32_t odd = 0;
	if (max - min > UINT32_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint32_t d = (uint32_t)(v[i] - min);
		odd |= d - d / TIME_STEP * TIME_STEP;
	}
	return odd == 0;
}

_vectorize_ static void narrow_steps(unsigned width, const uint64_t *v, size_t n, uint64_t min, uint8_t *out)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t steps = (uint32_t)(v[i] - min) / TIME_STEP;
		memcpy(out, &steps, width);
		out += width;
	}
}

static unsigned width_of(uint64_t most)
{
	return most <= UINT8_MAX ? 1 : most <= UINT16_MAX ? 2 : most <= UINT32_MAX ? 4 : 8;
}

struct column_head {
	uint8_t col, form;
	uint32_t step;
	uint64_t min, max;
	size_t data;
};

static void put_head(struct buf *out, const struct column_head *h)
{
	buf_u8(out, h->col);
	buf_u8(out, h->form);
	buf_u16(out, 0);
	buf_u32(out, h->step);
	buf_u64(out, h->min);
	buf_u64(out, h->max);
	buf_u32(out, (uint32_t)h->data);
	buf_u32(out, 0);
}

/* Room for the data and its filling to 8 bytes, which is zeroed. */
static uint8_t *data_room(struct buf *out, size_t data)
{
	static const uint8_t zero[8];
	size_t fill = -data & 7;
	uint8_t *p = buf_room(out, data + fill);
	if (p && fill)
		memcpy(p + data, zero, fill);
	return p;
}

/* False when all rows are zero: then nothing is written. */
static bool put_numbers(struct buf *out, const struct column *c, uint8_t col, const void *v, size_t n)
{
	struct column_head h = { .col = col, .form = PART_CONST, .step = 1 };
	unsigned width = 0;
	bounds(c->storage, v, n, &h.min, &h.max);
	if (!h.max)
		return false;
	bool steps = c->codec == C_TIME && c->storage == ST_u64 && whole_steps(v, n, h.min, h.max);
	if (h.min != h.max) {
		h.step = steps ? TIME_STEP : 1;
		width = width_of((h.max - h.min) / h.step);
		h.form = width == 1 ? PART_U8 : width == 2 ? PART_U16 : width == 4 ? PART_U32 : PART_U64;
		h.data = width * n;
	}
	put_head(out, &h);
	uint8_t *data = data_room(out, h.data);
	if (data && h.data) {
		if (steps)
			narrow_steps(width, v, n, h.min, data);
		else
			narrow(c->storage, width, v, n, h.min, data);
	}
	return true;
}

/* -- addresses --------------------------------------------------------------------------- */

struct halves { /* of an address, as they lie in memory */
	uint64_t a, b;
};

static inline struct halves halves_of(const struct addr *a)
{
	struct halves h;
	memcpy(&h, a, sizeof(h));
	return h;
}

#define V4_MARK 0xffff0000u /* bytes 8..11 of an IPv4-mapped address */

static inline bool halves_v4(struct halves h)
{
	return h.a == 0 && (uint32_t)h.b == V4_MARK;
}

static inline uint32_t halves_number(struct halves h)
{
	return __builtin_bswap32((uint32_t)(h.b >> 32));
}

static void put_mix(struct buf *out, const struct addr *v, size_t n, size_t v4_n, size_t v6_n)
{
	buf_u32(out, (uint32_t)v4_n);
	buf_u32(out, (uint32_t)v6_n);
	uint8_t *tag = data_room(out, n + v4_n * 4 + v6_n * 16);
	if (!tag)
		return;
	uint8_t *v4 = tag + n, *v6 = v4 + v4_n * 4;
	for (size_t i = 0; i < n; i++) {
		struct halves h = halves_of(&v[i]);
		if (halves_v4(h)) {
			uint32_t number = halves_number(h);
			tag[i] = 4;
			memcpy(v4, &number, 4);
			v4 += 4;
		} else if (h.a | h.b) {
			tag[i] = 6;
			memcpy(v6, &h, 16);
			v6 += 16;
		} else {
			tag[i] = 0;
		}
	}
}

static bool put_addrs(struct buf *out, uint8_t col, const struct addr *v, size_t n)
{
	struct column_head h = { .col = col, .form = PART_CONST, .step = 1, .data = 16 };
	struct halves first = halves_of(v);
	size_t v4_n = 0, none_n = 0;
	uint64_t differ = 0;
	for (size_t i = 0; i < n; i++) {
		struct halves a = halves_of(&v[i]);
		v4_n += halves_v4(a);
		none_n += !(a.a | a.b);
		differ |= (a.a ^ first.a) | (a.b ^ first.b);
	}
	if (none_n == n)
		return false;
	if (!differ) {
		put_head(out, &h);
		buf_add(out, v, 16);
		return true;
	}
	size_t v6_n = n - v4_n - none_n;
	h.form = v4_n == n ? PART_V4 : v6_n == n ? PART_ADDR : PART_MIX;
	h.data = h.form == PART_V4 ? n * 4 : h.form == PART_ADDR ? n * 16 : 8 + n + v4_n * 4 + v6_n * 16;
	put_head(out, &h);
	if (h.form == PART_MIX) {
		put_mix(out, v, n, v4_n, v6_n);
		return true;
	}
	uint8_t *data = data_room(out, h.data);
	if (data && h.form == PART_ADDR)
		memcpy(data, v, h.data);
	for (size_t i = 0; data && h.form == PART_V4 && i < n; i++) {
		uint32_t number = halves_number(halves_of(&v[i]));
		memcpy(data + i * 4, &number, 4);
	}
	return true;
}

/* -- frames ------------------------------------------------------------------------------- */

static size_t frame_begin(struct journal *j, uint32_t kind)
{
	size_t at = j->image.len;
	buf_add(&j->image, "WEJF", 4);
	buf_u32(&j->image, 0);
	buf_u32(&j->image, 0);
	buf_u32(&j->image, kind);
	buf_u64(&j->image, j->number);
	buf_u64(&j->image, at);
	return at;
}

/* Fill in length and CRC; when an append failed, the frame is taken back. */
static enum err frame_end(struct journal *j, size_t at)
{
	if (j->image.bad) {
		enum err e = j->image.bad;
		j->image.len = at;
		j->image.bad = OK;
		return e;
	}
	uint8_t *head = j->image.data + at;
	uint32_t len = (uint32_t)(j->image.len - at - FRAME_HEAD);
	memcpy(head + 8, &len, 4);
	uint32_t crc = crc32c(0, head + 8, j->image.len - at - 8);
	memcpy(head + 4, &crc, 4);
	return OK;
}

enum err journal_add_rows(struct journal *j, const struct batch *b, size_t from, size_t n)
{
	const struct table *t = j->table;
	struct frame f = { .rows = (uint32_t)n };
	uint64_t first = 0, last = 0;
	assert(b->table == t && j->same_columns && n && n <= FRAME_ROWS && from + n <= b->n);
	enum err e = journal_room(j);
	if (e != OK)
		return e;

	const uint64_t *time = (const uint64_t *)b->col[t->time_col] + from;
	bounds(ST_u64, time, n, &first, &last);
	if (last >= INT64_MAX)
		return E_RANGE;
	f.span = (struct span){ (usec_t)first, (usec_t)last + 1 };
	size_t at = frame_begin(j, KIND_ROWS), counts = j->image.len;
	buf_u32(&j->image, f.rows);
	buf_u32(&j->image, 0);
	buf_u64(&j->image, first);
	buf_u64(&j->image, last);
	f.at = j->image.len;
	for (size_t c = 0; c < t->ncols; c++) {
		const struct column *col = &t->cols[c];
		const uint8_t *v = (const uint8_t *)b->col[c] + from * col->storage;
		if (!(b->used >> c & 1))
			continue;
		if (col->storage == ST_addr)
			f.ncols += put_addrs(&j->image, (uint8_t)c, (const struct addr *)(const void *)v, n);
		else
			f.ncols += put_numbers(&j->image, col, (uint8_t)c, v, n);
	}
	if (!j->image.bad)
		memcpy(j->image.data + counts + 4, &f.ncols, 4);
	f.end = j->image.len;
	if ((e = frame_end(j, at)) != OK)
		return e;
	j->frame[j->nframes++] = f;
	j->rows += n;
	return OK;
}

enum err journal_add_mark(struct journal *j, const char *key, const void *value, size_t len)
{
	size_t key_len = strlen(key);
	size_t at = frame_begin(j, KIND_MARK);
	buf_u32(&j->image, (uint32_t)key_len);
	buf_u32(&j->image, (uint32_t)len);
	uint8_t *p = data_room(&j->image, key_len + len);
	if (p) {
		memcpy(p, key, key_len);
		if (len)
			memcpy(p + key_len, value, len);
	}
	enum err e = frame_end(j, at);
	j->marks += e == OK;
	return e;
}
