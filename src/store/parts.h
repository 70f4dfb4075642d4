/* The rows of one column as they lie in journal frames: a list of parts, each a run of rows in
 * one form.  What the segment encoder eats; it knows nothing of where parts come from.
 *
 * Numbers:    value = min + step * data[i], data of 1, 2, 4 or 8 bytes, little-endian
 * Addresses:  PART_V4: 4 bytes each, little-endian number
 *             PART_MIX: a tag per row (0 none, 4, 6), then the v4 numbers, then 16 bytes each
 *             PART_ADDR: 16 bytes each
 * PART_CONST: min is the value, or data points at the 16 bytes of the address.
 * PART_CODES (numbers), PART_ADDR_CODES: a byte each that says which of `few` values it is; values
 *             are 8 or 16 bytes, and each of them occurs.
 * Data is not aligned. */
#pragma once
#include "flow/batch.h"

enum part_form {
	PART_CONST,
	PART_U8,
	PART_U16,
	PART_U32,
	PART_U64,
	PART_V4,
	PART_MIX,
	PART_ADDR,
	PART_CODES,
	PART_ADDR_CODES,
	PART_FORMS
};

enum { PART_FEW = 256 }; /* values that codes can tell apart */

struct part {
	enum part_form form;
	uint32_t rows;
	uint32_t step;       /* of numbers; 1 or more */
	uint32_t v4_n, v6_n; /* of PART_MIX */
	uint32_t few;        /* of codes: 1..PART_FEW values */
	uint64_t min, max;   /* of numbers: exact */
	const uint8_t *data; /* borrowed, */
	const uint8_t *value; /* likewise: of codes */
};

struct parts {
	struct part *at;
	size_t n;
	size_t rows;
	bool is_addr;
};
