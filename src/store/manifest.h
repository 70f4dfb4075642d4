/* MANIFEST: the only truth about a store.  Replaced by rename; whoever has read it knows exactly
 * which files hold rows.  Text, a line each, so that a person can read it; times in usec, half-open: */
/* clang-format off */
/*	weir-manifest 1                  2 when there is an "old" line, 3: a "rollup" line,
 *	                                 4: one that stands alone and has a name
 *	generation 17                    counts replacements
 *	next 43                          no journal or segment has this number yet
 *	journal TABLE 42 320             its newest rows: journal number, and the offset from which rows are
 *	                                 live.  Missing: the store is older than the table, which has no rows then
 *	segment TABLE PATH ROWS BYTES START END      sealed
 *	rollup TABLE LEVEL PATH OF ROWS BYTES START END DIGEST
 *	                                 a roll-up (rollup.h) of the segment OF; "-": it stands alone;
 *	                                 "-PATH": likewise, all of this name are of the same rows
 *	old TABLE PATH SINCE             its rows are elsewhere now; the file stays for those who have read an
 *	                                 older MANIFEST
 *	gap TABLE START END NAME         rows that were lost to damage, until somebody says otherwise
 *	mark HEX KEY                     value in hexadecimal, key up to the end of the line
 *	end CRC                          CRC-32C of all lines before, hexadecimal
 *
 * Words before the first blank that are not known are an error: a newer version says so in its first line. */
/* clang-format on */
#pragma once
#include "base/map.h"
#include "store/store.h"

enum { MANIFEST_MOST = 64 << 20, SEGMENTS_MOST = 1 << 20, MARKS_MOST = 4096 };

struct manifest_segment {
	char path[48];
	uint64_t rows, bytes;
	struct span span;
};

struct manifest_rollup {
	struct manifest_segment file;
	char of[48]; /* the segment it stands beside; "", or a name behind a "-": it stands alone */
	unsigned level;
	uint8_t digest[32];
};

struct manifest_old {
	char path[48];
	usec_t since;
};

struct manifest_table {
	uint64_t journal, live;
	struct manifest_segment *seg; /* in the order they were sealed */
	size_t nseg, seg_cap;
	struct manifest_rollup *roll;
	size_t nroll, roll_cap;
	struct manifest_old *old; /* in the order they were replaced */
	size_t nold, old_cap;
	struct store_gap *gap;
	size_t ngap, gap_cap;
};

struct manifest {
	uint64_t generation, next;
	struct manifest_table table[TABLES];
	struct map marks; /* ptr: struct mark_value, owned */
};

struct mark_value {
	size_t len;
	uint8_t bytes[];
};

void manifest_free(struct manifest *m);
enum err manifest_copy(const struct manifest *from, struct manifest *ret) _must_check_;

/* E_CORRUPT, E_VERSION, E_LIMIT, E_NOMEM. */
enum err manifest_parse(const uint8_t *text, size_t len, struct manifest *ret) _must_check_;
void manifest_format(const struct manifest *m, struct buf *out);

enum err manifest_add_segment(struct manifest_table *t,
			      const struct manifest_segment *s) _must_check_;
enum err manifest_add_rollup(struct manifest_table *t,
			     const struct manifest_rollup *r) _must_check_;
enum err manifest_add_gap(struct manifest_table *t, struct span span,
			  const char *name) _must_check_;

uint64_t manifest_bytes(const struct manifest *m); /* of segments and roll-ups */

/* The roll-ups beside a segment that goes stand alone now; several keep its name. */
void manifest_leave_alone(struct manifest_table *t, const char *segment);

enum err manifest_add_old(struct manifest_table *t, const char *path, usec_t since) _must_check_;

/* Set or replace a mark.  E_LIMIT: MARKS_MOST of them. */
enum err marks_put(struct map *marks, const char *key, size_t key_len, const void *value,
		   size_t len) _must_check_;
enum err marks_get(const struct map *marks, const char *key,
		   struct buf *out) _must_check_; /* E_UNKNOWN */
void marks_free(struct map *marks);
bool mark_key_valid(const char *key,
		    size_t len); /* printable ASCII, 1..MARK_KEY_MOST, no blank at its ends */
