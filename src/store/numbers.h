/* Numbers of a column out of its parts, one block after the other, as q = (value - base) / step. */
#pragma once
#include "store/parts.h"

struct numbers {
	const struct parts *parts;
	uint64_t base, step, top; /* of the whole column: value = base + step * q, q <= top */
	size_t part, row;         /* where the next one is read */
};

/* Base, step and top over all parts.  A column of one value has top 0. */
void numbers_init(struct numbers *n, const struct parts *p);
void numbers_rewind(struct numbers *n);

/* Rows of which a byte tells the value: q[byte], of `values` of them.  all: each of the values has a row
 * (in its part; else only some may). */
struct byte_run {
	const uint8_t *byte;
	size_t n, values;
	bool all;
	uint64_t q[PART_FEW];
};

/* The next rows, `most` of them at most, where they are such; else false, and *ret_n says how many are of one
 * part.  q's beyond `values` are not set. */
bool numbers_bytes(struct numbers *n, size_t most, struct byte_run *ret, size_t *ret_n);
/* Likewise, where each of the values has a row. */
bool numbers_codes(struct numbers *n, size_t most, struct byte_run *ret, size_t *ret_n);

/* The next count q's.  numbers_read32 needs top < 2^32.  No q is above top, whatever the data. */
void numbers_read32(struct numbers *n, size_t count, uint32_t *out);
void numbers_read64(struct numbers *n, size_t count, uint64_t *out);
