/* Housekeeping of the collector's store beside the thread that writes it: compaction and retention, in a
 * thread of low priority, each minute. */
#pragma once
#include "app/mapping.h"

struct upkeep;

struct upkeep_report {
	uint64_t merges, segments_in, segments_out, rows, bytes_in, bytes_out; /* compaction */
	uint64_t unreadable;                  /* segments it could not read, the last time */
	uint64_t pruned, pruned_rows, pruned_bytes; /* segments that retention took */
	uint64_t removed;                     /* files, whose grace was over */
	uint64_t rollups, rollup_rows;        /* made; in them */
	uint64_t failures;
	usec_t busy;                          /* in all */
	usec_t last;                          /* when it was done last; 0 = not yet */
	bool running;
	char problem[200];                    /* why it failed; "" = it did not, the last time */
};

/* w stays the caller's, who goes on writing with it; m may be NULL.  E_NOMEM, E_IO (no thread). */
enum err upkeep_start(struct store_writer *w, const struct config *c, struct mapping *m, struct upkeep **ret) _must_check_;
/* Retention and mapping as they are now. */
enum err upkeep_configure(struct upkeep *u, const struct config *c, struct mapping *m) _must_check_;
void upkeep_report(struct upkeep *u, struct upkeep_report *ret);
void upkeep_stop(struct upkeep *u); /* soon, also in the middle of a merge; before the store is closed */
DEFINE_FREEP(struct upkeep *, upkeep_stop)
