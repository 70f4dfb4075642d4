/* In which blocks of a segment does each address occur?  One piece of an address column.
 * The piece is 4 bytes, how long what follows is when plain, and one zstd frame of it:
 *
 *	n bytes    for each code: 0..63 it is in this block alone; 64 + k (2 <= k <= 7) it is in k
 *	           blocks; 127 in more
 *	...        for each code in more than one block, in turn: k numbers of blocks, ascending, or
 *	           8 bytes with a bit for each block
 *
 * Segments of more than 64 blocks or of one have none. */
#pragma once
#include "base/buf.h"
#include "base/cursor.h"

enum { INDEX_BLOCKS = 64, INDEX_STEP = 128, INDEX_MOST = 9 }; /* bytes of a code */

/* The plain bytes.  blocks[i]: a bit for each block that code i is in. */
void index_put(struct buf *out, const uint64_t *blocks, size_t n);

struct index {
	const uint8_t *control; /* borrowed, n of them */
	const uint8_t *data;
	uint32_t *skip; /* owned: where the data of each INDEX_STEP-th code begins */
	uint32_t n;
};

/* Of the plain bytes.  Everything is checked here: afterwards no bit beyond nblocks comes out.  E_CORRUPT, E_NOMEM. */
enum err index_take(struct cur c, uint32_t n, size_t nblocks, struct index *ret) _must_check_;
uint64_t index_blocks(const struct index *x, uint32_t code);
