/* A batch: up to cap rows of one table as columns.  What decoders hand to the store, and
 * what the journal gives back.  One thread at a time; the batch owns its columns. */
#pragma once
#include "flow/fields.h"

struct batch {
	const struct table *table;
	size_t n, cap;
	void *col[TABLE_MAX_COLS]; /* cap values of the column's width each */
	uint64_t used;             /* bit c: column c may hold something but 0 in rows 0..n */
};

enum err batch_new(const struct table *t, size_t cap, struct batch **ret) _must_check_;
void batch_free(struct batch *b);
DEFINE_FREEP(struct batch *, batch_free)
void batch_reset(struct batch *b); /* n = 0; all columns zero again */

/* Append one record (the struct that tables.def names for the table).
 * False when full. */
bool batch_push(struct batch *b, const void *rec);

/* Row i back as a record. */
void batch_row(const struct batch *b, size_t i, void *ret_rec);

static inline uint64_t batch_uint(const struct batch *b, size_t col, size_t i)
{
	switch (b->table->cols[col].storage) {
	case ST_u8:  return ((const uint8_t *)b->col[col])[i];
	case ST_u16: return ((const uint16_t *)b->col[col])[i];
	case ST_u32: return ((const uint32_t *)b->col[col])[i];
	case ST_u64: return ((const uint64_t *)b->col[col])[i];
	case ST_addr: break;
	}
	return 0;
}

static inline const struct addr *batch_addr(const struct batch *b, size_t col, size_t i)
{
	return &((const struct addr *)b->col[col])[i];
}
