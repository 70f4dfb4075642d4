/* One column of several segments side by side: as codes into one dictionary, or as numbers. */
#pragma once
#include "store/dict.h"
#include "store/store.h"

struct gathered {
	struct dict dict; /* its keys are sorted; empty: numbers */
	uint32_t *codes;  /* NULL: all rows have the one key */
	uint64_t *numbers;
	size_t rows;
	bool coded;
};

void gathered_free(struct gathered *g);

/* The column is prepared and the segments are released again.  Numbers that are not codes in
 * each of the segments come as numbers, addresses always as codes. */
enum err gather(struct seg *const *seg, size_t nseg, const struct table *t, size_t col,
		struct gathered *ret) _must_check_;
