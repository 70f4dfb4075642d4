/* The Table: what a query answers and what scripts work on.  Columns of numbers or text in
 * row order, with names, types, units, and the time range they are about.  Needs nothing but
 * memory, so that it lives in a script's worker as well as in the broker.  One thread. */
#pragma once
#include "base/buf.h"
#include "flow/fields.h"

struct table_col {
	char *name;
	enum field_type type; /* T_UINT, T_REAL: num; T_TIME: num (usec since 1970); others: text */
	enum unit unit;
	double *num;          /* NAN = null */
	char **text;          /* NULL = null */
};

/* What answering took; not part of the answer, and not encoded. */
struct scan_stats {
	uint64_t segments, segments_skipped; /* of the interval; those in which nothing can pass */
	uint64_t blocks, blocks_skipped;     /* of the others; those that an index or sidecar rules out */
	uint64_t rows, passed;               /* in blocks looked at; that the filter and the scope let through */
	unsigned threads;
	uint64_t rollups; /* of the segments */
};

struct result {
	struct table_col *col;
	size_t ncols, nrows, cap_rows;
	struct span span;     /* start..end the question was about; 0..0 = not told */
	usec_t bucket;        /* of a trend: nominal length; 0 = none */
	bool rest;            /* the last row is the rest row (keys null) */
	bool overlapping;     /* an either-key was selected: rows overlap */
	bool approximate;     /* count() of many values is estimated, within about 1.6 % */
	char dedup[16];       /* "", "unknown", "partly", "done" */
	char zone[64];        /* the zone times are shown in */
	struct span folded;   /* where rows are gone, and addresses of small flows with them: they are in no group, or in that of none;
				 start >= end: nowhere */
	struct span *incomplete; /* time ranges whose data is missing or damaged */
	size_t nincomplete;
	struct scan_stats scanned;
	size_t ceiling;       /* bytes this table may hold; 0 = 512 MB */
	size_t bytes;
};

static inline bool type_is_number(enum field_type t)
{
	return t == T_UINT || t == T_REAL || t == T_TIME;
}

/* A zeroed struct result is an empty table.  All below: E_NOMEM, E_LIMIT (ceiling). */
void result_free(struct result *t);
enum err result_add_col(struct result *t, const char *name, enum field_type type, enum unit unit) _must_check_;
enum err result_add_row(struct result *t, size_t *ret_row) _must_check_; /* all cells null */
enum err result_reserve(struct result *t, size_t rows) _must_check_;
enum err result_set_text(struct result *t, size_t row, size_t col, const char *s, size_t len) _must_check_;
void result_set_num(struct result *t, size_t row, size_t col, double v);
enum err result_remove_col(struct result *t, size_t col) _must_check_;
int result_find_col(const struct result *t, const char *name); /* -1 = none */

/* Stable; nulls last. */
enum err result_sort(struct result *t, size_t col, bool descending) _must_check_;
/* Column 0 time, then one column per distinct key in order of first appearance, named by the key;
 * one row per distinct time ascending; gaps null. */
enum err result_pivot(const struct result *t, size_t row_col, size_t key_col, size_t value_col,
		      struct result *ret) _must_check_;

/* The Table over a socket or memfd: a self-contained byte form; decoding checks everything. */
enum err result_encode(const struct result *t, struct buf *out) _must_check_;
enum err result_decode(const void *data, size_t len, struct result *ret) _must_check_;

/* As text (docs/scripts.md says how each looks).  HTML escapes every value and stays valid when line
 * breaks are removed. */
void result_csv(const struct result *t, bool heading, struct buf *out);
void result_html(const struct result *t, bool heading, struct buf *out);
void result_json(const struct result *t, struct buf *out);
void result_text(const struct result *t, struct buf *out);
/* One cell as HTML shows it, before it is escaped. */
void result_cell_text(const struct result *t, size_t row, size_t col, struct buf *out);
/* Any text as HTML shows it: escaped, and without line breaks. */
void result_html_text(const char *s, struct buf *out);
