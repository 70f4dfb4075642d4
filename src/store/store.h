/* The door of store/: batches in, column segments out.  One folder, one writer process, any
 * number of readers in other processes, no locks between them (format: segment.h).
 *
 * Writing: rows are appended to a journal and durable after store_commit() (group commit).
 * store_seal() turns the journal into a segment of columns and only then truncates it; a row
 * is never in two places for a reader, never in none.
 *
 * Reading: store_snapshot() takes the MANIFEST and gives segments; rows that are only in the
 * journal appear as one more segment made in memory, so that readers see one kind of thing.
 * A segment never changes. */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "flow/flow.h"

/* -- the writer ------------------------------------------------------------------------ */

struct store_writer;

struct store_options {
	size_t seal_rows; /* seal a table when its journal holds this many rows; 0 = 1 million */
	bool no_sync;     /* tests and bulk loads that can start over: no fsync */
};

/* An absent or empty folder becomes a store, atomically.  E_BUSY when another process writes
 * (*why names its pid), E_VERSION, E_CORRUPT, E_EXISTS (a folder with other things in it). */
enum err store_write_open(const char *folder, const struct store_options *opt,
			  struct store_writer **ret, struct problem *why) _must_check_;

/* Append rows (copied).  Seals by itself when a journal is full.  E_IO keeps errno: nothing of
 * this batch is then visible; the writer may be tried again (space came back) or closed. */
enum err store_put(struct store_writer *w, const struct batch *b) _must_check_;

/* Remember a small thing under a key, durable together with the rows put before it: how far an
 * import came, for instance.  key is plain ASCII, value at most 4096 bytes. */
enum err store_mark(struct store_writer *w, const char *key, const void *value,
		    size_t len) _must_check_;

enum err store_commit(struct store_writer *w) _must_check_; /* durable when this returns OK */
enum err store_seal(struct store_writer *w) _must_check_;   /* commit, then journals -> segments */
int store_writer_folder(const struct store_writer *w);      /* directory descriptor, borrowed */
enum err store_write_close(struct store_writer *w) _must_check_; /* commits; frees in any case */
void store_write_abandon(struct store_writer *w);                /* frees without commit */
DEFINE_FREEP(struct store_writer *, store_write_abandon)

/* -- the writer's housekeeping -----------------------------------------------------------
 *
 * Threads.  One thread puts rows: everything above this line is its, with the same writer.  The
 * calls of housekeeping (here, in other headers of this room) may come from other threads at the
 * same time; among themselves they wait for each other.  The thread of rows waits for them only
 * while a MANIFEST is written, which is some milliseconds.  All of them must have returned before
 * store_write_close or store_write_abandon; `stop` makes a long one return soon.  They take a
 * processor for seconds: a daemon gives their thread a low priority (setpriority) and, with
 * most_groups, pauses between merges. */

/* How long a replaced file stays for readers that have planned with it: longer than the longest
 * wall limit of a query. */
#define STORE_GRACE (USEC_PER_HOUR + USEC_PER_MIN)

/* How far a long call is, for who waits: called in its thread after each file, of so many bytes or rows. */
struct store_watch {
	void (*at)(void *arg, const char *doing, uint64_t done, uint64_t all);
	void *arg;
};

struct compact_options { /* all zero: what a daemon wants */
	usec_t grace;       /* 0 = STORE_GRACE */
	bool no_grace;      /* nobody reads: replaced files go at once */
	bool open_hours;    /* the running hour, too */
	size_t most_groups; /* stop after so many merges (about a second each); 0 = none left */
	bool (*stop)(void *arg); /* or NULL; asked several times a second in the calling thread */
	void *arg;
	const struct store_watch *watch; /* or NULL */
};

struct compact_report {
	size_t groups, segments_in, segments_out, unreadable;
	uint64_t rows, bytes_in, bytes_out;
	size_t removed; /* files whose grace is over */
	bool more;      /* most_groups stopped it */
};

/* Merge the sealed segments of hours that are over into segments of an hour, sorted by agent,
 * port and time; then remove what was replaced before the grace.  Rows in the journal stay there.
 * A segment that is damaged stays as it is.  On E_IO, E_NOMEM or E_CANCELLED (stop said so) what
 * was merged so far stays so, the rest is as it was, and it may be called again.  *ret (may be NULL) is set in any case. */
enum err store_compact(struct store_writer *w, usec_t now, const struct compact_options *opt,
		       struct compact_report *ret) _must_check_;

/* Retention.  A limit holds for one table or all, one level or all levels together. */
enum store_level {
	STORE_FRESH,
	STORE_HOUR,
	STORE_ROLLUP_5MIN, /* roll-ups that stand alone (rollup.h), in the order of enum rollup_level */
	STORE_ROLLUP_HOUR,
	STORE_ROLLUP_DAY,
	STORE_LEVELS
};

struct prune_limit {
	bool all_tables, all_levels; /* all levels of rows, that is; roll-ups only when they are named */
	enum table_id table;
	enum store_level level;
	usec_t keep;        /* segments whose newest row is older go; 0 = no limit */
	uint64_t max_bytes; /* while they are more, the oldest goes; 0 = no limit */
};

struct prune_policy {
	const struct prune_limit *limit; /* each counts what those before it have left */
	size_t nlimits;
	usec_t grace; /* 0 = STORE_GRACE; rows younger than that stay whatever the limits say */
	bool no_grace, dry_run;
	/* What goes; or NULL.  Commits wait meanwhile: it must be quick and not call the store. */
	void (*say)(void *arg, const char *path, uint64_t rows, struct span span);
	void *arg;
};

struct prune_report {
	size_t segments, removed; /* that go; files, whose grace is over */
	uint64_t rows, bytes;
	size_t gaps; /* known ones, of rows that would go now if they had not been lost */
};

/* What is beyond the limits goes, by whole segments; its files stay for the grace.  The journal
 * is not touched.  E_IO, E_NOMEM: nothing went, or all of it, and it may be called again. */
enum err store_prune(struct store_writer *w, usec_t now, const struct prune_policy *policy,
		     struct prune_report *ret) _must_check_;

/* -- reading --------------------------------------------------------------------------- */

struct store;
struct seg;

/* E_UNKNOWN: no store there (absent, empty or half-created folder), E_VERSION, E_CORRUPT, E_IO. */
enum err store_open(const char *folder, struct store **ret, struct problem *why) _must_check_;
void store_close(struct store *s);
DEFINE_FREEP(struct store *, store_close)
int store_folder(const struct store *s); /* directory descriptor, borrowed: model/ lies below it */

/* The value of a mark, newest first; E_UNKNOWN when there is none. */
enum err store_read_mark(struct store *s, const char *key, struct buf *out) _must_check_;
enum err store_writer_read_mark(struct store_writer *w, const char *key,
				struct buf *out) _must_check_;

/* What is missing from an answer: a damaged or vanished segment's time range and name. */
struct store_gap {
	struct span span;
	char name[64];
};

/* A roll-up that may hold rows in the span (rollup.h). */
struct snapshot_rollup {
	char path[64], of[64]; /* of: seg_name of the segment it stands beside; "": it stands alone */
	enum table_id table;
	int level; /* enum rollup_level */
	uint64_t rows;
	struct span span;
	uint8_t digest[32];
};

struct snapshot {
	struct seg **seg; /* oldest first by start time, then by name */
	size_t nseg;
	struct store_gap *gap;
	size_t ngap;
	struct keep *keep; /* the store's own business */
	struct snapshot_rollup *rollup;
	size_t nrollup;
};

/* All segments of a table that may hold rows in the span.  Damaged ones are set aside (reported
 * in gap), never a reason to fail.  The snapshot is the caller's until snapshot_free, which must
 * come before store_close. */
enum err store_snapshot(struct store *s, enum table_id table, struct span span,
			struct snapshot *ret) _must_check_;
void snapshot_free(struct snapshot *s);

/* The same of rows that are in no store: they are copied. */
struct batch;
enum err snapshot_of(const struct batch *b, struct snapshot *ret) _must_check_;
enum err snapshot_add(struct snapshot *to, const struct batch *b) _must_check_; /* behind those that came before */

/* -- a segment's columns ---------------------------------------------------------------- */

enum { SEG_BLOCK = 32768 }; /* rows per block; the last one is shorter */

enum seg_kind {
	SEG_CONST, /* one value in all rows: `uint` or `addr` */
	SEG_DICT,  /* codes into a dictionary sorted ascending by value */
	SEG_INT,   /* values as they are */
};

struct seg_col {
	enum seg_kind kind;
	uint32_t dict_n;
	const uint64_t *dict_uint;    /* SEG_DICT of a number column, sorted */
	const struct addr *dict_addr; /* SEG_DICT of an address column, sorted by bytes */
	uint64_t uint;                /* SEG_CONST of a number column */
	struct addr addr;             /* SEG_CONST of an address column */
	uint64_t min, max;            /* over the segment; codes for SEG_DICT */
	bool narrow;                  /* SEG_INT whose values are base + step * q, q below 2^32: */
	uint64_t base, step;          /* seg_codes gives the q's, at half the cost of seg_uints */
};

size_t seg_rows(const struct seg *s);
struct span seg_span(const struct seg *s); /* half-open, of the rows' time */
const char *seg_name(const struct seg *s);
static inline size_t seg_blocks(size_t rows)
{
	return (rows + SEG_BLOCK - 1) / SEG_BLOCK;
}

/* Load what columns need (bit c: column c) so that the calls below can be made.  The only call
 * that changes the segment in memory: one thread per segment.  E_CORRUPT when a checksum fails
 * (checked here, once), E_NOMEM. */
enum err seg_prepare(struct seg *s, uint64_t cols) _must_check_;

/* Give back what seg_prepare loaded, so that a walk over more segments than memory holds can go
 * on; columns must be prepared again.  The same thread rule. */
void seg_release(struct seg *s);

/* The question is done with a segment for now: what is loaded stays while there is room for it
 * (segments of a store's handle stay loaded from one snapshot to the next, up to an eighth of the
 * memory, 64 MB to 1 GB; the longest unused go first), else it is as seg_release. */
void seg_done(struct seg *s);

/* The same ahead of time: true when there is room, and what is loaded stays at least until the
 * snapshot ends. */
bool seg_stays(struct seg *s);

const struct seg_col *seg_column(const struct seg *s, size_t col);

/* Smallest and largest of a block (codes for SEG_DICT), to skip it. */
void seg_bounds(const struct seg *s, size_t col, size_t block, uint64_t *ret_min,
		uint64_t *ret_max);

/* Decode one block: SEG_DICT into codes (narrow SEG_INT into q's); any number column into values
 * (SEG_DICT through its dictionary).  out holds SEG_BLOCK items.  Cannot fail on damaged bytes: what comes out lies
 * within the block's bounds, which were checked when the column was prepared. */
void seg_codes(const struct seg *s, size_t col, size_t block, uint32_t *out);
void seg_uints(const struct seg *s, size_t col, size_t block, uint64_t *out);

/* A block is made of chunks of SEG_CHUNK rows.  The same of those chunks only that have a bit in the mask, in their
 * places of out.  Bounds as seg_bounds has them, by chunk: never narrower than its values, often wider. */
enum { SEG_CHUNK = 1024, SEG_CHUNKS = SEG_BLOCK / SEG_CHUNK };
void seg_codes_some(const struct seg *s, size_t col, size_t block, uint32_t chunks, uint32_t *out);
void seg_uints_some(const struct seg *s, size_t col, size_t block, uint32_t chunks, uint64_t *out);
void seg_chunk_bounds(const struct seg *s, size_t col, size_t block, uint64_t ret_min[static SEG_CHUNKS],
		      uint64_t ret_max[static SEG_CHUNKS]);

/* The same of some of its rows, n <= SEG_CHUNK of them, ascending: out[k] is of row at[k]. */
void seg_codes_at(const struct seg *s, size_t col, size_t block, const uint32_t *at, size_t n, uint32_t *out);
void seg_uints_at(const struct seg *s, size_t col, size_t block, const uint32_t *at, size_t n, uint64_t *out);

/* A block's rows as records: of prepared columns only, the others are absent.  b is of the same table
 * and holds SEG_BLOCK rows; it is emptied before.  E_NOMEM. */
enum err seg_batch(const struct seg *s, uint64_t cols, size_t block,
		   struct batch *b) _must_check_;

/* The index of addresses: in which blocks is the one with this code?  Only compacted segments of
 * 2 to 64 blocks have one.  seg_prepare_index loads that of a prepared column, under the same
 * thread rule (E_CORRUPT, E_IO, E_NOMEM; OK also when there is none); then seg_addr_blocks says
 * true and a bit for each block, exactly.  False: there is no index, any block may hold it. */
enum err seg_prepare_index(struct seg *s, size_t col) _must_check_;
bool seg_addr_blocks(const struct seg *s, size_t col, uint32_t code, uint64_t *ret_blocks);

/* -- what is in it ------------------------------------------------------------------------ */

struct store_table_info {
	uint64_t segments, segment_rows, segment_bytes, journal_rows, journal_bytes;
	uint64_t rollups, rollup_rows, rollup_bytes;
	struct span span; /* start == end: no rows */
};

struct store_info {
	unsigned version;
	bool writer_alive;
	int writer_pid;
	struct store_table_info table[TABLES];
	uint64_t quarantined;
};

/* A folder that is absent, empty or half-created gives E_UNKNOWN. */
enum err store_info(const char *folder, struct store_info *ret, struct problem *why) _must_check_;

struct copy_report {
	size_t files;
	uint64_t bytes;
};

/* A copy of the store at `from`, which may be written meanwhile, in a folder that is absent or
 * empty; then store_check of the copy.  Replaced and quarantined files are not copied.  *why
 * says which file of which store.  E_UNKNOWN, E_EXISTS, E_CORRUPT (the source or the copy is
 * damaged), E_VERSION, E_IO, E_NOMEM; a copy that failed is no store, or a damaged one. */
enum err store_copy(const char *from, const char *to, struct copy_report *ret,
		    struct problem *why) _must_check_;
enum err store_copy_watched(const char *from, const char *to, const struct store_watch *watch, struct copy_report *ret,
			    struct problem *why) _must_check_;

/* Put right what a writer refuses: a MANIFEST that is damaged or gone is made again of its copy and of the
 * files that came after it; damaged sidecars are removed (they are made again).  `say` is called for each
 * thing done.  OK also when there was nothing to do.  E_BUSY, E_UNKNOWN, E_VERSION, E_CORRUPT (there is no
 * good copy either), E_IO, E_NOMEM. */
enum err store_repair(const char *folder, void (*say)(void *arg, const char *file, const char *what),
		      void *arg, struct problem *why) _must_check_;

/* Reads every byte and verifies every checksum and cross-reference.  `say` is called for each
 * thing that is wrong, with the file's name.  OK also for an empty folder. */
enum err store_check(const char *folder, void (*say)(void *arg, const char *file, const char *what),
		     void *arg) _must_check_;
enum err store_check_watched(const char *folder, void (*say)(void *arg, const char *file, const char *what), void *arg,
			     const struct store_watch *watch) _must_check_;

/* -- whose rows are, and what they add up to ----------------------------------------------------- */

#include "store/sidecar.h"
#include "store/rollup.h"
