/* Whose rows are: how this room asks, without knowing customers.
 *
 * The caller gives each row of a batch or block, for each side of a flow, the number of a set of owners: small
 * numbers, 0 is nobody, equal sets have one number.  Owners themselves are small numbers, too (a
 * customer's place in the mapping).  The digest stands for everything that decides it: the mapping,
 * and what the network says of ports by name; the same digest means the same answers. */
#pragma once
#include "flow/batch.h"
#include "flow/coded.h"

enum { OWNING_SIDES = 2, OWNING_DIGEST = 32 };

struct owning {
	uint8_t digest[OWNING_DIGEST];
	size_t sides;  /* 1..OWNING_SIDES; by custom 0 is the source's side, 1 the destination's */
	uint64_t cols; /* columns that `of` looks at; the others of the batch are zero */

	/* ret_set[side][row], one for each row.  What it returns ends the call that asked.  One of the two:
	 * a block by columns is quicker to look up. */
	enum err (*of)(void *arg, const struct batch *b, uint32_t *const *ret_set);
	enum err (*of_codes)(void *arg, const struct coded_block *b, uint32_t *const *ret_set);

	/* The owners of a set, ascending; the pointer holds until the next call of either. */
	const uint32_t *(*set)(void *arg, uint32_t set, size_t *ret_n);
	void *arg;
};
