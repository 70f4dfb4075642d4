/* Rows of a batch -> one journal frame.  Runs for every row that comes in, so each column is
 * looked over once for its smallest and largest value and then written at the least width. */
#include "store/few.h"
#include "store/journal.h"

#include <assert.h>

#include "base/hash.h"
#include "base/vector.h"

/* -- numbers ----------------------------------------------------------------------------- */

#define BOUNDS(type)                                                                               \
	static inline _always_inline_ void bounds_##type##_body(                                   \
		const void *values, size_t n, uint64_t *ret_min, uint64_t *ret_max)                \
	{                                                                                          \
		const type *v = values;                                                            \
		type min = v[0], max = v[0];                                                       \
		for (size_t i = 1; i < n; i++) {                                                   \
			min = MIN(min, v[i]);                                                      \
			max = MAX(max, v[i]);                                                      \
		}                                                                                  \
		*ret_min = min;                                                                    \
		*ret_max = max;                                                                    \
	}                                                                                          \
	VECTOR_TWICE(bounds_##type,                                                                \
		     (const void *values, size_t n, uint64_t *ret_min, uint64_t *ret_max),         \
		     (values, n, ret_min, ret_max))
BOUNDS(uint8_t)
BOUNDS(uint16_t)
BOUNDS(uint32_t)
BOUNDS(uint64_t)

typedef void bounds_fn(const void *v, size_t n, uint64_t *ret_min, uint64_t *ret_max);
static bounds_fn *const bounds_of[] = {
	[ST_u8] = bounds_uint8_t,
	[ST_u16] = bounds_uint16_t,
	[ST_u32] = bounds_uint32_t,
	[ST_u64] = bounds_uint64_t,
};

/* out is not aligned: bytes are copied one value at a time, which the compiler joins. */
#define NARROW(from, to)                                                                           \
	_vectorize_ static void from##_as_##to(const void *values, size_t n, uint64_t min,         \
					       uint8_t *restrict out)                              \
	{                                                                                          \
		const from *v = values;                                                            \
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

typedef void narrow_fn(const void *v, size_t n, uint64_t min, uint8_t *restrict out);
static narrow_fn *const narrow_of[][9] = {
	/* by storage and width */
	[ST_u8] = { [1] = uint8_t_as_uint8_t },
	[ST_u16] = { [1] = uint16_t_as_uint8_t, [2] = uint16_t_as_uint16_t },
	[ST_u32] = { [1] = uint32_t_as_uint8_t,
		     [2] = uint32_t_as_uint16_t,
		     [4] = uint32_t_as_uint32_t },
	[ST_u64] = { [1] = uint64_t_as_uint8_t,
		     [2] = uint64_t_as_uint16_t,
		     [4] = uint64_t_as_uint32_t,
		     [8] = uint64_t_as_uint64_t },
};

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

_vectorize_ static void narrow_steps(unsigned width, const uint64_t *v, size_t n, uint64_t min,
				     uint8_t *out)
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

/* A column of the frame being made: looked over first, written when all sizes are known. */
struct out_column {
	const void *v;
	size_t n;
	const struct column *col;
	uint8_t place, form, width;
	bool steps;
	uint32_t step, bytes;
	uint64_t min, max;
	size_t v4_n, v6_n;
	struct few_codes few; /* of PART_CODES, PART_ADDR_CODES */
};

enum { CODES_HEAD = 8 };

/* The column as codes, when it has few values and they take less room than `plain` bytes. */
static bool look_codes(struct few *f, struct out_column *o, size_t plain)
{
	size_t each = o->col->storage == ST_addr ? 16 : 8;
	if (!few_find(f, o->place, o->col->storage, o->v, o->n, &o->few))
		return false;
	size_t bytes = CODES_HEAD + o->few.n * each + o->n;
	if (o->few.n > 1 && bytes >= plain)
		return false;
	o->form = o->few.n == 1 ? PART_CONST : each == 16 ? PART_ADDR_CODES : PART_CODES;
	o->min = o->few.min;
	o->max = o->few.max;
	o->bytes = o->few.n > 1 ? (uint32_t)bytes : each == 16 ? 16 : 0;
	return true;
}

static void write_codes(const struct out_column *o, uint8_t *out)
{
	uint32_t head[2] = { o->few.n, 0 };
	size_t values = o->bytes - CODES_HEAD - o->n;
	memcpy(out, head, sizeof(head));
	memcpy(out + CODES_HEAD, o->few.value, values);
	memcpy(out + CODES_HEAD + values, o->few.code, o->n);
}

/* False when all rows are zero: then nothing is written. */
static bool look_numbers(struct few *f, struct out_column *o)
{
	bool dict = o->col->codec == C_DICT;
	o->form = PART_CONST;
	o->step = 1;
	if (dict && o->col->storage == ST_u64 && look_codes(f, o, o->n * 8))
		return o->max != 0;
	bounds_of[o->col->storage](o->v, o->n, &o->min, &o->max);
	if (o->min == o->max)
		return o->max != 0;
	o->steps = o->col->codec == C_TIME && o->col->storage == ST_u64 &&
		   whole_steps(o->v, o->n, o->min, o->max);
	o->step = o->steps ? TIME_STEP : 1;
	o->width = (uint8_t)width_of((o->max - o->min) / o->step);
	o->form = o->width == 1   ? PART_U8
		  : o->width == 2 ? PART_U16
		  : o->width == 4 ? PART_U32
				  : PART_U64;
	o->bytes = (uint32_t)(o->width * o->n);
	if (dict && o->width > 1 && o->col->storage < ST_u64)
		(void)look_codes(f, o, o->bytes);
	return true;
}

static void write_numbers(const struct out_column *o, uint8_t *out)
{
	if (!o->bytes)
		return;
	if (o->form == PART_CODES)
		write_codes(o, out);
	else if (o->steps)
		narrow_steps(o->width, o->v, o->n, o->min, out);
	else
		narrow_of[o->col->storage][o->width](o->v, o->n, o->min, out);
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

static void write_mix(const struct out_column *o, const struct addr *v, uint8_t *out)
{
	uint32_t counts[2] = { (uint32_t)o->v4_n, (uint32_t)o->v6_n };
	memcpy(out, counts, 8);
	uint8_t *tag = out + 8, *v4 = tag + o->n, *v6 = v4 + o->v4_n * 4;
	for (size_t i = 0; i < o->n; i++) {
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

struct addr_kinds {
	uint64_t v4_n, none_n, differ; /* differ: bits in which any is not like the first */
};

/* Read in words, which the compiler can take several of at a time. */
typedef uint64_t __attribute__((may_alias)) half;

static inline _always_inline_ void count_kinds_body(const struct addr *v, size_t n, struct addr_kinds *ret)
{
	const half *w = (const half *)(const void *)v;
	uint64_t first = w[0], second = w[1];
	struct addr_kinds k = { 0 };
	for (size_t i = 0; i < n; i++) {
		uint64_t x = w[2 * i], y = w[2 * i + 1];
		k.v4_n += (x | ((y & UINT32_MAX) ^ V4_MARK)) == 0;
		k.none_n += (x | y) == 0;
		k.differ |= (x ^ first) | (y ^ second);
	}
	*ret = k;
}
VECTOR_TWICE(count_kinds, (const struct addr *v, size_t n, struct addr_kinds *ret), (v, n, ret))

static bool look_addrs(struct few *f, struct out_column *o)
{
	struct addr_kinds k;
	size_t n = o->n;
	o->step = 1;
	if (look_codes(f, o, n * 4))
		return o->few.n > 1 || (o->few.value[0] | o->few.value[1]);
	count_kinds(o->v, n, &k);
	size_t v4_n = k.v4_n, none_n = k.none_n;
	o->v4_n = v4_n;
	o->v6_n = n - v4_n - none_n;
	o->form = !k.differ ? PART_CONST : v4_n == n ? PART_V4 : o->v6_n == n ? PART_ADDR : PART_MIX;
	o->bytes = (uint32_t)(!k.differ              ? 16
			      : o->form == PART_V4   ? n * 4
			      : o->form == PART_ADDR ? n * 16
						     : 8 + n + v4_n * 4 + o->v6_n * 16);
	return none_n != n;
}

static void write_addrs(const struct out_column *o, uint8_t *out)
{
	const struct addr *v = o->v;
	if (o->form == PART_ADDR_CODES) {
		write_codes(o, out);
	} else if (o->form == PART_MIX) {
		write_mix(o, v, out);
	} else if (o->form == PART_V4) {
		for (size_t i = 0; i < o->n; i++) {
			uint32_t number = halves_number(halves_of(&v[i]));
			memcpy(out + i * 4, &number, 4);
		}
	} else {
		memcpy(out, v, o->bytes);
	}
}

/* -- frames ------------------------------------------------------------------------------- */

uint16_t frame_head_check(uint32_t len, uint16_t kind, uint64_t number, uint64_t at)
{
	uint64_t words[3] = { (uint64_t)kind << 32 | len, number, at };
	return (uint16_t)crc32c(0, words, sizeof(words));
}

static size_t frame_begin(struct journal *j, uint16_t kind)
{
	size_t at = j->image.len;
	buf_add(&j->image, "WEJF", 4);
	buf_u64(&j->image, 0);
	buf_u16(&j->image, kind);
	buf_u16(&j->image, 0);
	buf_u64(&j->image, j->number);
	buf_u64(&j->image, at);
	return at;
}

/* Fill in length and checks; when an append failed, the frame is taken back. */
static enum err frame_end(struct journal *j, size_t at, uint16_t kind)
{
	if (j->image.bad) {
		enum err e = j->image.bad;
		j->image.len = at;
		j->image.bad = OK;
		return e;
	}
	uint8_t *head = j->image.data + at;
	uint32_t len = (uint32_t)(j->image.len - at - FRAME_HEAD);
	uint16_t check = frame_head_check(len, kind, j->number, at);
	memcpy(head + 8, &len, 4);
	memcpy(head + 14, &check, 2);
	uint32_t crc = crc32c(0, head + 8, j->image.len - at - 8);
	memcpy(head + 4, &crc, 4);
	return OK;
}

/* The columns of b that are not all zero, looked over; returns how many. */
static uint32_t look_columns(struct few *f, const struct batch *b, size_t from, size_t n, struct out_column *out)
{
	const struct table *t = b->table;
	uint32_t ncols = 0;
	few_begin(f);
	for (size_t c = 0; c < t->ncols; c++) {
		const struct column *col = &t->cols[c];
		struct out_column *o = &out[ncols];
		if (!(b->used >> c & 1))
			continue;
		*o = (struct out_column){ .v = (const uint8_t *)b->col[c] + from * col->storage,
					  .n = n,
					  .col = col,
					  .place = (uint8_t)c };
		ncols += col->storage == ST_addr ? look_addrs(f, o) : look_numbers(f, o);
	}
	return ncols;
}

static size_t filled(size_t bytes)
{
	return (bytes + 7) & ~(size_t)7;
}

static void put_columns(struct buf *out, const struct out_column *col, uint32_t ncols)
{
	size_t data = 0;
	for (uint32_t i = 0; i < ncols; i++) {
		const struct out_column *o = &col[i];
		buf_u8(out, o->place);
		buf_u8(out, o->form);
		buf_u16(out, 0);
		buf_u32(out, o->step);
		buf_u64(out, o->min);
		buf_u64(out, o->max);
		buf_u32(out, o->bytes);
		buf_u32(out, (uint32_t)data);
		data += filled(o->bytes);
	}
	uint8_t *p = buf_room(out, data);
	for (uint32_t i = 0; p && i < ncols; i++) {
		const struct out_column *o = &col[i];
		if (o->col->storage == ST_addr)
			write_addrs(o, p);
		else
			write_numbers(o, p);
		memset(p + o->bytes, 0, filled(o->bytes) - o->bytes);
		p += filled(o->bytes);
	}
}

enum err journal_add_rows(struct journal *j, const struct batch *b, size_t from, size_t n)
{
	const struct table *t = j->table;
	struct out_column col[TABLE_MAX_COLS];
	uint64_t first, last;
	assert(b->table == t && j->same_columns && n && n <= FRAME_ROWS && from + n <= b->n);
	enum err e = journal_room(j);
	if (e == OK && !j->few)
		e = few_new(&j->few);
	if (e != OK)
		return e;
	bounds_of[ST_u64]((const uint64_t *)b->col[t->time_col] + from, n, &first, &last);
	if (last >= INT64_MAX)
		return E_RANGE;
	struct frame f = { .rows = (uint32_t)n, .span = { (usec_t)first, (usec_t)last + 1 } };
	f.ncols = look_columns(j->few, b, from, n, col);
	size_t at = frame_begin(j, KIND_ROWS);
	buf_u32(&j->image, f.rows);
	buf_u32(&j->image, f.ncols);
	buf_u64(&j->image, first);
	buf_u64(&j->image, last);
	f.at = j->image.len;
	put_columns(&j->image, col, f.ncols);
	f.end = j->image.len;
	if ((e = frame_end(j, at, KIND_ROWS)) != OK)
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
	buf_add(&j->image, key, key_len);
	buf_add(&j->image, value, len);
	while (!j->image.bad && j->image.len % 8)
		buf_u8(&j->image, 0);
	enum err e = frame_end(j, at, KIND_MARK);
	j->marks += e == OK;
	return e;
}
