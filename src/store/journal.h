/* The journal: a table's newest rows, in an append-only file of frames.
 *
 * File        0  8  "weirjrnl"
 *             8  4  CRC-32C of all header bytes behind this field
 *            12  4  header bytes, all of it
 *            16  4  version: 2; 1 had no codes
 *            20  4  columns
 *            24  8  number of this journal (its file name)
 *            32     table name, then the columns: each name by length byte and text, each
 *                   column followed by the bytes of a value (1 2 4 8 16); zeros to a multiple of 8
 *            then frames
 *
 * Frame       0  4  "WEJF"
 *             4  4  CRC-32C of everything behind this field
 *             8  4  bytes behind the 32 bytes of this head
 *            12  2  kind: 1 rows, 2 mark
 *            14  2  lower half of the CRC-32C of length, kind, number and offset: so that a
 *                   damaged length is not taken for a frame that is cut off
 *            16  8  number of the journal
 *            24  8  offset of this frame in the file
 *            32     what the kind says
 *
 * Rows        0  4  rows, 1 or more
 *             4  4  columns that follow; an absent column is zero in all rows
 *             8  8  smallest, largest time
 *            24     a head for each column, side by side; then their data, each beginning at a
 *                   multiple of 8
 *
 * Column head 0  1  the column's place in the file's list
 *             1  1  form (parts.h)
 *             2  2  zero
 *             4  4  step
 *             8 16  min, max
 *            24  4  bytes of data      (PART_MIX: data starts with 4 number of v4, 4 of v6;
 *                   codes: with 4 number of values, 4 zero, the values)
 *            28  4  where data begins, behind the last head
 *
 * Mark        0  4  bytes of the key, then 4 bytes of the value; then key, then value
 *
 * The walk over frames ends at the first that is not whole and right.  A crash leaves a frame
 * there that is cut off, or (the power was lost) nothing but zeros: that is the journal's end.
 * Anything else is damage, `damaged` says so, and `lost` says of what time rows may be missing.
 *
 * The image in memory is the file byte for byte, so the writer needs no second copy of its rows
 * and a reader gets them with one read. */
#pragma once
#include "base/buf.h"
#include "flow/batch.h"
#include "store/parts.h"

enum { FRAME_HEAD = 32, ROWS_HEAD = 24, COLUMN_HEAD = 32, KIND_ROWS = 1, KIND_MARK = 2 };
enum {
	FRAME_ROWS = 65536,       /* most rows put into one frame */
	JOURNAL_FULL = 256 << 20, /* bytes after which a journal counts as full */
	JOURNAL_MOST = 512 << 20, /* no journal is longer: bytes beyond are not read */
	MARK_KEY_MOST = 200,
	MARK_VALUE_MOST = 4096,
};

struct frame {
	size_t at, end; /* of the columns in the image */
	uint32_t rows, ncols;
	struct span span;
};

struct journal {
	const struct table *table;
	uint64_t number, live; /* frames before this offset count no more */
	struct buf image;
	struct frame *frame; /* frames with rows, in order */
	size_t nframes, cap;
	uint64_t rows;
	size_t marks;                    /* frames that hold marks */
	uint8_t col[TABLE_MAX_COLS * 4]; /* column in the file -> ours; 255 = unknown to us */
	size_t file_cols;
	bool same_columns; /* as ours, and of our version: frames may be appended */
	bool damaged;      /* what ends it was no crash */
	struct span lost;  /* the time of rows that may be missing then */
	struct few *few;   /* the writer's, to find columns of few values; NULL until it is needed */
};

void journal_free(struct journal *j);

/* An empty journal: only the header.  The image's memory is kept for use again. */
enum err journal_start(struct journal *j, const struct table *t, uint64_t number) _must_check_;

/* Room for one more frame in the list. */
enum err journal_room(struct journal *j) _must_check_;

/* Append one frame; on failure nothing is appended.  n of 1..FRAME_ROWS.
 * E_RANGE: a time beyond what usec_t holds.  E_LIMIT: JOURNAL_MOST.  E_NOMEM. */
enum err journal_add_rows(struct journal *j, const struct batch *b, size_t from,
			  size_t n) _must_check_;
enum err journal_add_mark(struct journal *j, const char *key, const void *value,
			  size_t len) _must_check_;

/* Take over the bytes of a journal file (bytes is emptied) and find its frames.  Frames before
 * `live` are skipped.  image.len is then the end of the last whole frame.
 * E_CORRUPT (header), E_VERSION, E_NOMEM; then bytes is untouched and j as it was. */
enum err journal_load(struct journal *j, const struct table *t, uint64_t number, struct buf *bytes,
		      uint64_t live) _must_check_;

/* Marks in order.  value and key are borrowed. */
struct mark {
	const char *key; /* not ended by a zero byte */
	size_t key_len;
	const uint8_t *value;
	size_t value_len;
};
/* Bytes 14..15 of a frame's head. */
uint16_t frame_head_check(uint32_t len, uint16_t kind, uint64_t number, uint64_t at);

typedef enum err mark_fn(void *arg, const struct mark *m);
enum err journal_marks(const struct journal *j, mark_fn *fn, void *arg) _must_check_;

/* The rows of a column, frame by frame; those frames only that may hold times in the span.
 * The caller frees ret->at. */
enum err journal_parts(const struct journal *j, size_t col, struct span span,
		       struct parts *ret) _must_check_;

/* How many rows, and of what time, are in frames that overlap the span. */
uint64_t journal_rows(const struct journal *j, struct span span, struct span *ret_span);
