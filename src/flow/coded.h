/* A block of rows by columns, as a segment keeps them: small numbers (codes) into the column's values.
 * What is asked once for each value, and not for each row, is asked of this. */
#pragma once
#include "flow/fields.h"

struct coded_col {
	uint32_t n;              /* values; 0: there are no codes, and num is by row */
	const uint32_t *code;    /* by row; NULL: all rows have the one value */
	const struct addr *addr; /* by code, of a column of addresses; ascending */
	const uint64_t *num;     /* by code, of a column of numbers; ascending */
};

struct coded_block {
	size_t rows;
	bool first; /* values and their codes are other ones than in the block before */
	struct coded_col col[TABLE_MAX_COLS]; /* those that were asked for; the others are not there */
};

static inline uint32_t coded_at(const struct coded_col *c, size_t row)
{
	return c->code ? c->code[row] : 0;
}

static inline uint64_t coded_num(const struct coded_col *c, size_t row)
{
	return c->num[c->n ? coded_at(c, row) : row];
}
