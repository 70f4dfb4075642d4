/* Distinct values of few groups: a bit for each number of a value (book.h), a row of bits for each
 * group, by thread; joined at the end. */
#pragma once
#include "query/tally.h"

struct bits_row {
	uint64_t key[TALLY_WORDS]; /* the group's */
	uint64_t *bit;
	size_t words;
};

struct bits {
	struct quota *quota;
	struct bits_row *row;
	size_t n, cap;
	uint32_t *of;              /* by a segment's group: row + 1 */
	size_t of_cap;
};

void bits_free(struct bits *b);
/* The row of a group of the segment at hand whose key is given; UINT32_MAX: *bad says why. */
uint32_t bits_row(struct bits *b, const uint64_t *key, enum err *bad);
/* Values of rows: group[k] is a row of bits. */
enum err bits_set(struct bits *b, const uint32_t *row, const uint32_t *id, size_t n) _must_check_;
/* What the other has, too; it is left empty. */
enum err bits_join(struct bits *b, struct bits *other) _must_check_;
