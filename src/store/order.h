/* The order of compacted rows: by hour, agent and port, those of traffic then by output interface and ethertype,
 * and then by time. */
#pragma once
#include "store/store.h"

struct rows_order {
	uint32_t *place; /* where each row comes; owned */
	uint32_t *hour;  /* hour since 1970 of the row at each place; owned */
	size_t rows;
};

void order_free(struct rows_order *o);

/* Segments side by side, fewer than 2^32 rows in all.  Rows that are alike keep their order. */
struct gathered;
enum err order_rows(struct seg *const *seg, size_t nseg, const struct table *t, struct gathered *scratch,
		    struct rows_order *ret) _must_check_;
