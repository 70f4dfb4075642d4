/* Ascending numbers as differences of few bytes: how dictionaries lie in a file.
 *
 *	(n + 3) / 4 bytes  two bits per number: which of four lengths its difference has
 *	...                the differences, little-endian, at their lengths
 *
 * A reader looks 8 bytes ahead, so 8 more bytes must follow in the same piece. */
#pragma once
#include "base/buf.h"
#include "base/cursor.h"

enum { DELTAS_SLACK = 8 };

extern const uint8_t deltas_number[4]; /* 1 2 4 8 bytes */
extern const uint8_t deltas_v4[4];     /* 1 2 3 4 bytes */

/* Append n ascending (equal ones allowed) numbers; lengths' last one must hold any of them. */
void deltas_put(struct buf *out, const uint64_t *v, size_t n, const uint8_t lengths[static 4]);

struct deltas {
	const uint8_t *control, *data;
	const uint8_t *lengths;
	uint64_t now;
	size_t at;
	bool wrapped;  /* a sum did not fit 64 bits */
	bool repeated; /* a number was equal to the one before */
};

/* Take the bytes of n numbers; false when some are missing.  Afterwards deltas_next may be asked
 * for n numbers in all. */
bool deltas_take(struct cur *c, size_t n, const uint8_t lengths[static 4],
		 struct deltas *ret) _must_check_;
void deltas_next(struct deltas *d, size_t n, uint64_t *out);
