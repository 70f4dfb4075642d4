/* Patched chunks: up to 1024 numbers below 2^32, packed at the width that most of them need, with
 * a list of those that need more; or the differences from each to the next, packed likewise.
 *
 *	0  1  bits 0..5 width (0..32), bit 6: differences, bit 7 zero
 *	1  1  exceptions, 0..PATCH_MOST
 *	2  1  bytes of an exception, 1..4; 0: there is none
 *	3  1  zero
 *	4  4  start, above the block's smallest
 *	8     the packed bits (pack.h)
 *	      exceptions: 2 bytes each, which number, ascending; then for each, in that many
 *	      bytes, what lies above its `width` bits; zeros to a multiple of 8
 *
 * Plain:       number = smallest of the block + start + bits
 * Differences: number = the one before + bits, modulo 2^32; before the first: start */
#pragma once
#include "store/pack.h"

#include "base/buf.h"
#include "base/cursor.h"

enum { PATCH_HEAD = 8, PATCH_MOST = 128 };

/* Append n (1..PACK_CHUNK) numbers, none below `least`. */
void patch_put(struct buf *out, const uint32_t *v, size_t n, uint32_t least);

/* Is what follows a chunk of n numbers whose start is not above `most`?  It is taken.  Afterwards
 * patch_read reads it and nothing else. */
bool patch_take(struct cur *c, size_t n, uint64_t most) _must_check_;

/* base + min(number - least, most), whatever the bytes hold; what follows the chunk is returned.
 * It looks up to 3 bytes further. */
const uint8_t *patch_read(const uint8_t *in, size_t n, uint32_t base, uint32_t most, uint32_t *out);

/* The same of some of the numbers, m of them; false: there are so many that the whole chunk is read as quickly. */
bool patch_read_some(const uint8_t *in, size_t n, struct pack_fix fix, const uint32_t *at, size_t m, uint32_t *out);

/* The next chunk, and between what its numbers lie, above the block's smallest; `most` when that is not told. */
const uint8_t *patch_skip(const uint8_t *in, size_t n);
void patch_bounds(const uint8_t *in, size_t n, uint32_t most, uint32_t *ret_min, uint32_t *ret_max);
