#include "store/pack.h"

#include "base/vector.h"

#include <assert.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the store's files are little-endian");

/* -- a last, short chunk: one string of bits ------------------------------------------- */

static void put_bits(uint8_t *out, size_t bit, unsigned width, uint64_t v)
{
	for (unsigned done = 0; done < width;) {
		size_t byte = (bit + done) / 8;
		unsigned shift = (unsigned)((bit + done) % 8);
		out[byte] = (uint8_t)(out[byte] | v >> done << shift);
		done += 8 - shift;
	}
}

static uint64_t get_bits(const uint8_t *in, size_t bit, unsigned width)
{
	uint64_t v = 0;
	for (unsigned done = 0; done < width;) {
		unsigned shift = (unsigned)((bit + done) % 8);
		v |= (uint64_t)(in[(bit + done) / 8] >> shift) << done;
		done += 8 - shift;
	}
	return width < 64 ? v & (((uint64_t)1 << width) - 1) : v;
}

/* -- whole chunks ---------------------------------------------------------------------- */

enum { LANES32 = 32, LANES64 = 16 };

static inline _always_inline_ void pack_lanes32_body(const uint32_t *restrict in, unsigned width,
						     uint32_t *restrict out)
{
	memset(out, 0, (size_t)width * 128);
	for (unsigned r = 0; r < PACK_CHUNK / LANES32; r++, in += LANES32) {
		unsigned bit = r * width, shift = bit % 32;
		uint32_t *word = out + bit / 32 * LANES32;
		for (unsigned l = 0; l < LANES32; l++)
			word[l] |= in[l] << shift;
		if (shift + width > 32)
			for (unsigned l = 0; l < LANES32; l++)
				word[LANES32 + l] = in[l] >> (32 - shift);
	}
}

VECTOR_TWICE(pack_lanes32, (const uint32_t *in, unsigned width, uint32_t *out), (in, width, out))

_vectorize_ static void pack_lanes64(const uint64_t *restrict in, unsigned width,
				     uint64_t *restrict out)
{
	memset(out, 0, (size_t)width * 128);
	for (unsigned r = 0; r < PACK_CHUNK / LANES64; r++, in += LANES64) {
		unsigned bit = r * width, shift = bit % 64;
		uint64_t *word = out + bit / 64 * LANES64;
		for (unsigned l = 0; l < LANES64; l++)
			word[l] |= in[l] << shift;
		if (shift + width > 64)
			for (unsigned l = 0; l < LANES64; l++)
				word[LANES64 + l] = in[l] >> (64 - shift);
	}
}

void pack32(const uint32_t *in, size_t n, unsigned width, uint8_t *out)
{
	assert(n <= PACK_CHUNK && width <= 32);
	if (!width)
		return;
	if (n == PACK_CHUNK) {
		pack_lanes32(in, width, (uint32_t *)(void *)out);
		return;
	}
	memset(out, 0, pack_bytes(n, width));
	for (size_t i = 0; i < n; i++)
		put_bits(out, i * width, width, in[i]);
}

void pack64(const uint64_t *in, size_t n, unsigned width, uint8_t *out)
{
	assert(n <= PACK_CHUNK && width <= 64);
	if (width <= 32) {
		uint32_t narrow[PACK_CHUNK] = { 0 };
		for (size_t i = 0; i < n; i++)
			narrow[i] = (uint32_t)in[i];
		pack32(narrow, n, width, out);
		return;
	}
	if (n == PACK_CHUNK) {
		pack_lanes64(in, width, (uint64_t *)(void *)out);
		return;
	}
	memset(out, 0, pack_bytes(n, width));
	for (size_t i = 0; i < n; i++)
		put_bits(out, i * width, width, in[i]);
}

static inline _always_inline_ void unpack_chunk32_body(const uint32_t *restrict in, unsigned width,
						       struct pack_fix fix, uint32_t *restrict out)
{
	uint32_t mask = width < 32 ? ((uint32_t)1 << width) - 1 : UINT32_MAX;
	uint32_t add = (uint32_t)fix.add, most = (uint32_t)fix.most, base = (uint32_t)fix.base;
	for (unsigned r = 0; r < PACK_CHUNK / LANES32; r++, out += LANES32) {
		unsigned bit = r * width, shift = bit % 32;
		const uint32_t *word = in + bit / 32 * LANES32;
		if (shift + width <= 32) {
			for (unsigned l = 0; l < LANES32; l++) {
				uint32_t v = ((word[l] >> shift) & mask) + add;
				out[l] = MIN(v, most) + base;
			}
		} else {
			for (unsigned l = 0; l < LANES32; l++) {
				uint32_t v = word[l] >> shift | word[LANES32 + l] << (32 - shift);
				v = (v & mask) + add;
				out[l] = MIN(v, most) + base;
			}
		}
	}
}

static inline _always_inline_ void widen_body(const uint32_t *restrict in, size_t n, uint64_t base,
					      uint64_t step, uint64_t *restrict out)
{
	uint32_t step32 = (uint32_t)step;
	if (step == step32)
		for (size_t i = 0; i < n; i++)
			out[i] = base + (uint64_t)in[i] * step32;
	else
		for (size_t i = 0; i < n; i++)
			out[i] = base + in[i] * step;
}

static inline _always_inline_ void fill_body(uint32_t *out, size_t n, uint32_t v)
{
	for (size_t i = 0; i < n; i++)
		out[i] = v;
}
VECTOR_TWICE(fill, (uint32_t * out, size_t n, uint32_t v), (out, n, v))

VECTOR_TWICE(unpack_chunk32,
	     (const uint32_t *in, unsigned width, struct pack_fix fix, uint32_t *out),
	     (in, width, fix, out))
VECTOR_TWICE(widen, (const uint32_t *in, size_t n, uint64_t base, uint64_t step, uint64_t *out),
	     (in, n, base, step, out))

void pack_widen(const uint32_t *in, size_t n, uint64_t base, uint64_t step, uint64_t *out)
{
	widen(in, n, base, step, out);
}

uint32_t unpack32_one(const uint8_t *in, size_t n, unsigned width, size_t i)
{
	uint32_t low, high = 0;
	assert(n <= PACK_CHUNK && i < n && width <= 32);
	if (n < PACK_CHUNK || !width)
		return (uint32_t)get_bits(in, i * width, width);
	const size_t bit = i / LANES32 * width, shift = bit % 32;
	const uint8_t *word = in + (bit / 32 * LANES32 + i % LANES32) * sizeof(low);
	memcpy(&low, word, sizeof(low));
	if (shift + width > 32)
		memcpy(&high, word + LANES32 * sizeof(low), sizeof(high));
	return (uint32_t)((low | (uint64_t)high << 32) >> shift & (((uint64_t)1 << width) - 1));
}

void unpack32(const uint8_t *in, size_t n, unsigned width, struct pack_fix fix, uint32_t *out)
{
	assert(n <= PACK_CHUNK && width <= 32);
	if (!width) {
		fill(out, n, (uint32_t)(fix.base + MIN(fix.add, fix.most)));
	} else if (n == PACK_CHUNK) {
		unpack_chunk32((const uint32_t *)(const void *)in, width, fix, out);
	} else {
		for (size_t i = 0; i < n; i++) {
			uint32_t v = (uint32_t)(get_bits(in, i * width, width) + fix.add);
			out[i] = (uint32_t)(fix.base + MIN(v, fix.most));
		}
	}
}

_vectorize_ static void unpack_lanes64(const uint64_t *restrict in, unsigned width,
				       uint64_t *restrict out)
{
	uint64_t mask = width < 64 ? ((uint64_t)1 << width) - 1 : UINT64_MAX;
	for (unsigned r = 0; r < PACK_CHUNK / LANES64; r++, out += LANES64) {
		unsigned bit = r * width, shift = bit % 64;
		const uint64_t *word = in + bit / 64 * LANES64;
		if (shift + width <= 64)
			for (unsigned l = 0; l < LANES64; l++)
				out[l] = (word[l] >> shift) & mask;
		else
			for (unsigned l = 0; l < LANES64; l++)
				out[l] = (word[l] >> shift | word[LANES64 + l] << (64 - shift)) &
					 mask;
	}
}

void unpack64(const uint8_t *in, size_t n, unsigned width, struct pack_fix fix, uint64_t step,
	      uint64_t *out)
{
	assert(n <= PACK_CHUNK && width <= 64);
	if (width <= 32 && (fix.most | fix.add) <= UINT32_MAX) {
		uint32_t narrow[PACK_CHUNK];
		unpack32(in, n, width, (struct pack_fix){ .add = fix.add, .most = fix.most },
			 narrow);
		widen(narrow, n, fix.base, step, out);
		return;
	}
	if (width <= 32) {
		uint32_t narrow[PACK_CHUNK];
		unpack32(in, n, width, (struct pack_fix){ .most = UINT32_MAX }, narrow);
		widen(narrow, n, 0, 1, out);
	} else if (n == PACK_CHUNK) {
		unpack_lanes64((const uint64_t *)(const void *)in, width, out);
	} else {
		for (size_t i = 0; i < n; i++)
			out[i] = get_bits(in, i * width, width);
	}
	for (size_t i = 0; i < n; i++)
		out[i] = fix.base + step * MIN(out[i] + fix.add, fix.most);
}
