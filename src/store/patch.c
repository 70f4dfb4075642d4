#include "store/patch.h"

#include "base/vector.h"

#include <assert.h>

enum { DIFFERENCES = 64, WIDTH_BITS = 63 };

struct head {
	unsigned width, high; /* bits; bytes of an exception */
	size_t exceptions;
	bool differences;
	uint32_t start;
};

static size_t round8(size_t n)
{
	return (n + 7) / 8 * 8;
}

static size_t exception_bytes(const struct head *h)
{
	return round8(h->exceptions * (2 + h->high));
}

static size_t chunk_bytes(const struct head *h, size_t n)
{
	return pack_bytes(n, h->width) + exception_bytes(h);
}

/* -- writing -------------------------------------------------------------------------------------
 */

static inline _always_inline_ void less_body(const uint32_t *restrict v, size_t n, uint32_t least,
					     uint32_t *restrict out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = v[i] - least;
}
VECTOR_TWICE(less, (const uint32_t *v, size_t n, uint32_t least, uint32_t *out), (v, n, least, out))

static inline _always_inline_ void steps_body(const uint32_t *restrict v, size_t n,
					      uint32_t *restrict out)
{
	out[0] = 0;
	for (size_t i = 1; i < n; i++)
		out[i] = v[i] - v[i - 1];
}
VECTOR_TWICE(steps, (const uint32_t *v, size_t n, uint32_t *out), (v, n, out))

static inline _always_inline_ void above_count_body(const uint32_t *restrict v, size_t n, uint32_t most, uint32_t *ret)
{
	uint32_t count = 0;
	for (size_t i = 0; i < n; i++)
		count += v[i] > most;
	*ret = count;
}
VECTOR_TWICE(above_count, (const uint32_t *v, size_t n, uint32_t most, uint32_t *ret), (v, n, most, ret))

static inline _always_inline_ void any_body(const uint32_t *restrict v, size_t n, uint32_t *ret)
{
	uint32_t any = 0;
	for (size_t i = 0; i < n; i++)
		any |= v[i];
	*ret = any;
}
VECTOR_TWICE(any, (const uint32_t *v, size_t n, uint32_t *ret), (v, n, ret))

/* The width that makes the chunk smallest: from the one that all need downwards, until too many need more. */
static struct head best_width(const uint32_t *v, size_t n)
{
	uint32_t bits, more;
	any(v, n, &bits);
	const unsigned top = pack_width(bits);
	struct head best = { .width = top }, h = { .width = top };
	while (h.width-- > 0) {
		above_count(v, n, (uint32_t)(((uint64_t)1 << h.width) - 1), &more);
		h.exceptions = more;
		h.high = (top - h.width + 7) / 8;
		if (h.exceptions > PATCH_MOST)
			break;
		if (chunk_bytes(&h, n) < chunk_bytes(&best, n))
			best = h;
	}
	return best;
}

static inline _always_inline_ void least_of_body(const uint32_t *restrict v, size_t n, uint32_t *ret)
{
	uint32_t min = v[0];
	for (size_t i = 1; i < n; i++)
		min = MIN(min, v[i]);
	*ret = min;
}
VECTOR_TWICE(least_of, (const uint32_t *v, size_t n, uint32_t *ret), (v, n, ret))

static void put_chunk(struct buf *out, const uint32_t *v, size_t n, const struct head *h)
{
	uint32_t low[PACK_CHUNK], mask = h->width < 32 ? ((uint32_t)1 << h->width) - 1 : UINT32_MAX;
	buf_u8(out, (uint8_t)(h->width | (h->differences ? DIFFERENCES : 0)));
	buf_u8(out, (uint8_t)h->exceptions);
	buf_u8(out, (uint8_t)h->high);
	buf_u8(out, 0);
	buf_u32(out, h->start);
	uint8_t *bits = buf_room(out, pack_bytes(n, h->width));
	if (bits && !h->exceptions)
		pack32(v, n, h->width, bits);
	if (!bits || !h->exceptions)
		return;
	for (size_t i = 0; i < n; i++)
		low[i] = v[i] & mask;
	pack32(low, n, h->width, bits);
	uint8_t *place = buf_room(out, exception_bytes(h));
	if (!place)
		return;
	uint8_t *high = place + h->exceptions * 2;
	memset(place, 0, exception_bytes(h));
	for (size_t i = 0; i < n; i++) {
		uint32_t more = (uint32_t)((uint64_t)v[i] >> h->width);
		if (!more)
			continue;
		place[0] = (uint8_t)i;
		place[1] = (uint8_t)(i >> 8);
		place += 2;
		memcpy(high, &more, h->high);
		high += h->high;
	}
}

void patch_put(struct buf *out, const uint32_t *v, size_t n, uint32_t least)
{
	uint32_t plain[PACK_CHUNK], step[PACK_CHUNK], min;
	assert(n && n <= PACK_CHUNK);
	least_of(v, n, &min);
	less(v, n, min, plain);
	struct head h = best_width(plain, n), d = { .width = 64 };
	if (h.width > 1) {
		steps(v, n, step);
		d = best_width(step, n);
		d.differences = true;
	}
	bool differ = h.width > 1 && chunk_bytes(&d, n) < chunk_bytes(&h, n) * 15 / 16;
	h.start = min - least;
	d.start = v[0] - least;
	put_chunk(out, differ ? step : plain, n, differ ? &d : &h);
}

/* -- reading -------------------------------------------------------------------------------------
 */

static struct head read_head(const uint8_t *in)
{
	struct head h = { .width = in[0] & WIDTH_BITS,
			  .differences = in[0] & DIFFERENCES,
			  .exceptions = in[1],
			  .high = in[2] };
	memcpy(&h.start, in + 4, 4);
	return h;
}

bool patch_take(struct cur *c, size_t n, uint64_t most)
{
	const uint8_t *in = cur_need(c, PATCH_HEAD);
	if (!in)
		return false;
	struct head h = read_head(in);
	if (h.width > 32 || in[0] & 128 || in[3] || h.exceptions > PATCH_MOST || h.high > 4 ||
	    !h.high != !h.exceptions || h.start > most)
		return false;
	cur_skip(c, pack_bytes(n, h.width));
	const uint8_t *place = cur_need(c, exception_bytes(&h));
	long before = -1;
	for (size_t i = 0; place && i < h.exceptions; i++) {
		long at = place[i * 2] | place[i * 2 + 1] << 8;
		if (at <= before || (size_t)at >= n)
			return false;
		before = at;
	}
	return !c->bad;
}

static void put_exceptions(const uint8_t *place, const struct head *h, uint32_t *out)
{
	const uint8_t *high = place + h->exceptions * 2;
	uint32_t mask = h->high < 4 ? ((uint32_t)1 << h->high * 8) - 1 : UINT32_MAX;
	for (size_t i = 0; i < h->exceptions; i++, place += 2, high += h->high) {
		uint32_t v;
		memcpy(&v, high, 4);
		out[place[0] | place[1] << 8] |= (uint32_t)((uint64_t)(v & mask) << h->width);
	}
}

static inline _always_inline_ void above_body(uint32_t *restrict v, size_t n, uint32_t add,
					      uint32_t most, uint32_t base)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t x = v[i] + add;
		v[i] = MIN(x, most) + base;
	}
}
VECTOR_TWICE(above, (uint32_t * v, size_t n, uint32_t add, uint32_t most, uint32_t base),
	     (v, n, add, most, base))

/* Eight sums at a time: each vector is added to itself moved up by 1, 2 and 4 places. */
typedef uint32_t eight __attribute__((vector_size(32)));

static inline _always_inline_ void add_up_body(uint32_t *v, size_t n, uint32_t now, uint32_t most,
					       uint32_t base)
{
	const eight zero = { 0 }, limit = zero + most, floor = zero + base;
	eight before = zero + now;
	size_t i = 0;
	for (; i + 8 <= n; i += 8) {
		eight x;
		memcpy(&x, v + i, sizeof(x));
		x += __builtin_shufflevector(x, zero, 8, 0, 1, 2, 3, 4, 5, 6);
		x += __builtin_shufflevector(x, zero, 8, 8, 0, 1, 2, 3, 4, 5);
		x += __builtin_shufflevector(x, zero, 8, 8, 8, 8, 0, 1, 2, 3);
		eight sum = __builtin_shufflevector(x, x, 7, 7, 7, 7, 7, 7, 7, 7);
		x += before;
		before += sum; /* the next eight wait for this one addition only */
		eight below = (eight)(x < limit);
		x = ((x & below) | (limit & ~below)) + floor;
		memcpy(v + i, &x, sizeof(x));
	}
	for (now = before[0]; i < n; i++) {
		now += v[i];
		v[i] = MIN(now, most) + base;
	}
}
VECTOR_TWICE(add_up, (uint32_t * v, size_t n, uint32_t now, uint32_t most, uint32_t base),
	     (v, n, now, most, base))

const uint8_t *patch_read(const uint8_t *in, size_t n, uint32_t base, uint32_t most, uint32_t *out)
{
	static const struct pack_fix plain = { .most = UINT32_MAX };
	struct head h = read_head(in);
	const uint8_t *bits = in + PATCH_HEAD, *place = bits + pack_bytes(n, h.width);
	if (!h.exceptions && !h.differences) {
		struct pack_fix fix = { .add = h.start, .most = most, .base = base };
		unpack32(bits, n, h.width, fix, out);
		return place;
	}
	unpack32(bits, n, h.width, plain, out);
	if (h.exceptions)
		put_exceptions(place, &h, out);
	if (h.differences)
		add_up(out, n, h.start, most, base);
	else
		above(out, n, h.start, most, base);
	return place + exception_bytes(&h);
}

static uint32_t exception_at(const uint8_t *place, const struct head *h, uint32_t at)
{
	const uint8_t *high = place + h->exceptions * 2;
	uint32_t v = 0;
	for (size_t i = 0; i < h->exceptions; i++, place += 2, high += h->high)
		if ((uint32_t)(place[0] | place[1] << 8) == at) {
			memcpy(&v, high, h->high);
			return (uint32_t)((uint64_t)v << h->width);
		}
	return 0;
}

bool patch_read_some(const uint8_t *in, size_t n, struct pack_fix fix, const uint32_t *at, size_t m, uint32_t *out)
{
	struct head h = read_head(in);
	const uint8_t *bits = in + PATCH_HEAD, *place = bits + pack_bytes(n, h.width);
	if (h.differences || m > (h.exceptions ? 4 : PACK_FEW))
		return false;
	for (size_t k = 0; k < m; k++) {
		uint32_t v = unpack32_one(bits, n, h.width, at[k]) | exception_at(place, &h, at[k]);
		out[k] = (uint32_t)(fix.base + MIN(v + h.start, (uint32_t)fix.most));
	}
	return true;
}

const uint8_t *patch_skip(const uint8_t *in, size_t n)
{
	struct head h = read_head(in);
	return in + PATCH_HEAD + chunk_bytes(&h, n);
}

void patch_bounds(const uint8_t *in, size_t n, uint32_t most, uint32_t *ret_min, uint32_t *ret_max)
{
	struct head h = read_head(in);
	uint64_t up = (((uint64_t)1 << h.width) - 1) * (h.differences ? n : 1);
	bool wraps = h.start + up > UINT32_MAX;
	*ret_min = wraps || (h.differences && h.exceptions) ? 0 : MIN(h.start, most);
	*ret_max = wraps || h.exceptions ? most : (uint32_t)MIN(h.start + up, (uint64_t)most);
}
