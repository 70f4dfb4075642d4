/* Columns of few values in a frame of the journal: found while it is made, so that a row takes a byte where
 * a MAC or an address takes eight or sixteen, and sealing looks values up once a frame and not once a row.
 *
 * Values go through a small table of slots, at a place that a random odd multiplier gives (they come from
 * strangers).  A column that has more values than PART_FEW is left alone for some frames. */
#pragma once
#include "store/parts.h"

struct few;

/* What a column's values became. */
struct few_codes {
	uint32_t n;
	const uint64_t *value; /* n numbers, or n addresses as two words in memory order */
	const uint8_t *code;   /* a byte a row */
	uint64_t min, max;     /* of numbers */
};

enum err few_new(struct few **ret) _must_check_;
void few_free(struct few *f);

/* Before each frame, of FRAME_ROWS rows at most: what was found in the one before is forgotten. */
void few_begin(struct few *f);

/* Codes of column col, which is of numbers (2, 4 or 8 bytes) or addresses.  False: too many values, too few
 * rows, or it was not tried.  *ret is good until the next few_begin. */
bool few_find(struct few *f, size_t col, enum storage storage, const void *v, size_t n, struct few_codes *ret);
