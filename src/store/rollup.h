/* Roll-ups: what rows add up to in five minutes, an hour or a day, so that long questions read little
 * and answers outlive the rows.
 *
 *	traffic     hour  groups of rows (rollup.def): sums, how many rows, what errors need
 *	            day   the same of a day, of hours whose rows are gone
 *	counters    5min  readings left out between which nothing happened (below)
 *	            hour  likewise
 *
 * A roll-up is a segment of its own level.  It is made of one compacted segment and stands beside it
 * while that is live (`of` names it): read the one or the other, never both.  When retention takes the
 * segment away the roll-up stays and stands for the rows (`of` is "", or when the segment had several "-" and
 * its name, so that they are known to be of the same rows), until its own level's retention takes it.  Merging segments makes their roll-ups anew.  So at any time each row is counted once by:
 * all segments of a snapshot, each by itself or by one of its roll-ups, and all roll-ups of one level
 * that stand alone.
 *
 * Traffic.  A roll-up answers when every column that filter, select and scope read is one of
 * rollup.def and no edge of time cuts its hours or days; addresses only where the column `folded` is 0
 * in all rows.  Sums are those of the rows, exactly.  Of a segment that has up to an eighth as many
 * groups as rows, all groups are kept as they are; else the 4096 with most bytes (times their rate), and
 * the others lose their addresses.  Each group has one set of owners on each side: sidecar_open works on
 * a roll-up as on any segment, under the same digest; totals by owner are exact, folded or not.
 *
 * Counters.  Rows are readings as they came.  Of each interface the first and the last reading of each step
 * stay, and those around a gap, a reset, a wrap, or a change of anything but a running total.  Column `joined`
 * is 1 where between the reading and the one before it others were left out, or might have been: each of
 * them was a good neighbour of the next by flow/delta.h, so that the difference of the two is the sum of theirs, however far
 * apart they are.  Neighbours on two sides of a step's edge are so as they came, and are judged as ever. */
#pragma once
#include "store/owning.h"
#include "store/store.h"

enum rollup_level { ROLLUP_5MIN, ROLLUP_HOUR, ROLLUP_DAY, ROLLUP_LEVELS };

struct rollup_kind {
	enum table_id of;
	enum rollup_level level;
	usec_t step;
	const struct table *columns; /* of the roll-up's segments; counters: the table's, and IF_joined */
};

static inline bool rollup_alone(const char *of)
{
	return !*of || *of == '-';
}

/* First byte of the digest of counters' roll-ups that have `joined`; older ones, of zeros, are made anew. */
enum { COUNTERS_JOIN = 1 };

const char *rollup_level_name(enum rollup_level level); /* "5min", "hour", "day" */

/* NULL: there is no such roll-up. */
const struct rollup_kind *rollup_kind(enum table_id of, enum rollup_level level);

/* Where a column of the table stands in its roll-up; -1: it is not there. */
int rollup_column(const struct rollup_kind *k, size_t col);

enum { IF_joined = IF_COLS }; /* of counters' roll-ups, behind the table's */
struct thinned_rec {
	struct ifcounters_rec r;
	uint8_t joined;
};

/* Columns of traffic's roll-ups. */
enum rollup_col {
	RU_time,
#define KEEP(name, storage) RU_##name,
#define FOLD(name, storage) RU_##name,
#define SUM(name)           RU_##name,
#define NEW(name, help)     RU_##name,
#include "store/rollup.def"
#undef KEEP
#undef FOLD
#undef SUM
#undef NEW
	RU_COLS
};

/* -- reading ------------------------------------------------------------------------------------- */

/* Open one of a snapshot's roll-ups; it is freed by rollup_close, before store_close.  The segment has the
 * columns of its kind.  E_UNKNOWN: it was replaced since; E_CORRUPT, E_VERSION, E_IO, E_NOMEM. */
enum err rollup_open(const struct store *s, const struct snapshot_rollup *r,
		     struct seg **ret) _must_check_;
void rollup_close(struct seg *s);

/* -- reading in the place of rows: traffic ----------------------------------------------------------
 *
 * A stand-in is a segment of traffic for those who ask: columns of rollup.def stand where traffic has them,
 * those of NEW in places of columns that no roll-up has; the others are zero in all rows.  Only what
 * stand_in_keys names, and the sums, may be asked for.  Its span is that of the rows it stands for, as far
 * as it is known; times of rows are starts of hours. */

#define SI_records TR_url
#define SI_squares TR_urlhost
#define SI_folded  TR_application

/* Sums of squares count a record as this at most. */
#define ROLLUP_SQUARE_MOST ((uint64_t)1 << 56)

/* The snapshot's roll-up, opened for it; handed to snapshot_stand_in or to snapshot_drop.  Errors as rollup_open. */
enum err snapshot_rollup(struct store *s, struct snapshot *sn, size_t rollup, struct seg **ret) _must_check_;
/* The same of counters, as readings that were taken so seldom: without `joined`. */
enum err snapshot_seldom(struct store *s, struct snapshot *sn, size_t rollup, struct seg **ret) _must_check_;
bool seg_joins(const struct seg *s); /* it has IF_joined */
/* The span of the rows it stands for; until then it is the roll-up's. */
void stand_in_span(struct seg *roll, struct span span);
/* In the place of segment `at`; at = sn->nseg: behind the last.  The snapshot owns it, unless it fails. */
enum err snapshot_stand_in(struct snapshot *sn, size_t at, struct seg *roll) _must_check_;
void snapshot_drop(struct snapshot *sn, struct seg *roll);
/* What a roll-up that stands alone cannot tell is missing. */
enum err snapshot_gap(struct snapshot *sn, struct span span, const char *name) _must_check_;

bool seg_stands_in(const struct seg *s);
/* What a stand-in's rows are told apart by, as traffic's columns: all, or those that never fold. */
uint64_t stand_in_keys(const struct seg *s, bool folding);
uint64_t stand_in_sums(void); /* what may be added up */
bool stand_in_folded(const struct seg *s); /* some row's addresses were left out */

/* -- making: housekeeping, see store.h for threads ------------------------------------------------ */

struct rollup_options { /* all zero: what a daemon wants */
	size_t most;             /* stop after so many; 0 = none left */
	size_t details;          /* groups of a segment that keep their addresses when there are too many; 0 = 4096 */
	usec_t days_after;       /* hours that stand alone become days when older; 0 = 90 days */
	bool (*stop)(void *arg); /* or NULL */
	void *arg;
};

struct rollup_report {
	size_t made, replaced, unreadable; /* replaced: of another digest, or hours that became days */
	uint64_t rows_in, rows_out, bytes_out;
	bool more;
};

/* Roll-ups for those compacted segments that have none of o's digest (o may be NULL: nobody owns
 * anything), of all tables that have kinds; those beside segments and of other digests go.  Then days.
 * E_CANCELLED, E_IO, E_NOMEM, E_LIMIT or what o->of returned: what was made stays, and it may be called
 * again. */
enum err store_rollup(struct store_writer *w, usec_t now, const struct owning *o,
		      const struct rollup_options *opt, struct rollup_report *ret) _must_check_;
