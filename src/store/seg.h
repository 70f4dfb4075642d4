/* A segment in memory: what segment.c (opens, loads) and decode.c (decodes) share. */
#pragma once
#include "store/index.h"
#include "store/segment.h"
#include "store/sidecar.h"

struct block {
	uint64_t min, max; /* codes or q's */
	const uint8_t *data;
	uint32_t len;
};

struct loaded {         /* what a prepared column has in memory; all owned */
	uint8_t *raw;   /* pieces as in the file */
	uint8_t *codes; /* zstd: the codes of all rows, in planes per block */
	struct block *block;
	uint64_t *dict_uint;
	struct addr *dict_addr;
	uint8_t *index_raw;
	struct index index; /* n = 0: not loaded, or there is none */
	bool touched; /* something may have to be freed */
	bool ready;
};

struct seg {
	char name[64];
	const struct table *table;
	struct seg_front front;
	struct seg_entry entry[TABLE_MAX_COLS];
	struct seg_col col[TABLE_MAX_COLS];
	struct loaded loaded[TABLE_MAX_COLS];
	int folder;              /* -1: not in a file */
	const uint8_t *bytes;    /* the file's bytes, for tests; borrowed */
	struct sidecar *own;     /* whose the rows are, under own_digest; owned */
	uint8_t own_digest[OWNING_DIGEST];
	struct journal *journal; /* or the rows of a journal; owned */
	struct span span;        /* what of it was asked for */
	struct encoder *encoder;
	struct keep *keep; /* where it may be kept when it is done with (keep.h), or NULL */
	struct seg *older; /* of those that are kept */
	size_t kept_bytes; /* that keep has counted; 0 = not to be kept */
};

static inline size_t block_rows(const struct seg *s, size_t block)
{
	return MIN(s->front.rows - block * SEG_BLOCK, (size_t)SEG_BLOCK);
}
