/* Bit-packing: numbers of `width` bits, 1024 at a time.
 *
 * A whole chunk of up to 32 bits is laid out in 32 lanes, so that plain vector code unpacks it
 * at any width: number i is in lane i % 32, at bit (i / 32) * width of that lane; lane words
 * stand side by side:
 *
 *	word 0 of lanes 0..31 | word 1 of lanes 0..31 | ... | word width-1 of lanes 0..31
 *
 * Above 32 bits there are 16 lanes of 64-bit words (number i: lane i % 16, bit (i / 16) * width).
 * Both take width * 128 bytes.  A shorter, last chunk is one string of bits, filled up to a
 * multiple of 8 bytes, so that a segment of ten rows is not padded to a thousand.
 * All words are little-endian. */
#pragma once
#include "base/util.h"

enum { PACK_CHUNK = 1024, PACK_FEW = 24 /* of a chunk are read one by one sooner */ };

static inline unsigned pack_width(uint64_t most)
{
	return most ? 64u - (unsigned)__builtin_clzll(most) : 0;
}

static inline size_t pack_bytes(size_t n, unsigned width)
{
	return n == PACK_CHUNK ? (size_t)width * 128 : (n * width + 63) / 64 * 8;
}

/* n <= PACK_CHUNK numbers below 2^width; out takes pack_bytes(n, width), 8-aligned. */
void pack32(const uint32_t *in, size_t n, unsigned width, uint8_t *out);
void pack64(const uint64_t *in, size_t n, unsigned width, uint8_t *out);

/* What is done to each number on its way out: base + min(number + add, most).  Whatever the
 * bytes hold, nothing above base + most comes out. */
struct pack_fix {
	uint64_t add, most, base;
};

/* width <= 32, and add, most, base < 2^32. */
void unpack32(const uint8_t *in, size_t n, unsigned width, struct pack_fix fix, uint32_t *out);
/* Number i, as it was packed; width <= 32. */
uint32_t unpack32_one(const uint8_t *in, size_t n, unsigned width, size_t i);
/* base + step * number */
void pack_widen(const uint32_t *in, size_t n, uint64_t base, uint64_t step, uint64_t *out);

/* Any width: base + step * min(number + add, most). */
void unpack64(const uint8_t *in, size_t n, unsigned width, struct pack_fix fix, uint64_t step,
	      uint64_t *out);
