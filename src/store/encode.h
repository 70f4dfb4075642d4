/* Inside the encoder: what encode.c (which codes) and rows.c (how they lie in the file) share. */
#pragma once
#include "store/numbers.h"
#include "store/segment.h"

#include <zstd.h>

struct encoder {
	uint32_t *codes; /* provisional ones, a row each */
	size_t codes_cap;
	uint32_t *rank; /* provisional code, or q, -> code */
	size_t rank_cap;
	uint64_t *seen; /* code -> the blocks that it is in */
	size_t seen_cap;
	uint32_t block32[SEG_BLOCK];
	uint32_t block_delta[SEG_BLOCK];
	uint64_t block64[SEG_BLOCK];
	uint8_t planes[SEG_BLOCK * 4];
	struct buf table; /* of blocks */
	bool tight;
	ZSTD_CCtx *zstd;
};

/* What the second look reads: ranks of codes, or q's, through rank[] if there is one.
 */
struct rows_in {
	struct numbers *numbers; /* NULL: provisional codes */
	const void *codes;
	unsigned width; /* bytes of a code: 1, 2, or 4; 0: provisional codes of 4 */
	const uint32_t *rank;
	uint32_t split; /* codes with the top bit set stand behind this many others in rank[] */
	size_t rows;
	bool cold;
	bool index; /* of codes: note which blocks they are in, and put that behind the rows */
};

/* A piece is what is appended to body between these two. */
void piece_begin(struct buf *body, struct seg_piece *p);
void piece_end(struct buf *body, struct seg_piece *p);

/* Squeeze the dictionary piece that stands at body's end, when that pays. */
enum err squeeze_dict(struct encoder *e, struct buf *body, struct seg_entry *s) _must_check_;

/* The piece of rows, packed or (cold codes that it pays for) squeezed; then the table of blocks. */
enum err put_rows32(struct encoder *e, const struct rows_in *in, struct buf *body,
		    struct seg_entry *s) _must_check_;
void put_rows64(struct encoder *e, struct numbers *numbers, size_t rows, struct buf *body,
		struct seg_entry *s);
/* Which blocks each code is in, after put_rows32 with index set. */
enum err put_index(struct encoder *e, size_t rows, struct buf *body,
		   struct seg_entry *s) _must_check_;
void put_table(struct encoder *e, struct buf *body, struct seg_entry *s);
