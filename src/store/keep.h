/* Segments that a reader keeps between questions, columns and all, so that a process that asks
 * often reads, checks and unfolds each of them once.  Bounded in bytes: the longest unused go first.
 *
 *	snapshot takes a kept segment out, or opens the file -> questions prepare columns ->
 *	seg_done() counts them -> the snapshot's end puts the segment back, or frees it
 *
 * A segment is in one snapshot at a time, so the rule of one thread that prepares stays.  What is
 * kept needs no check against the disk: a name is never used for other rows. */
#pragma once
#include "store/store.h"

#include <pthread.h>

struct keep {
	pthread_mutex_t lock;
	struct seg *newest;  /* by seg->older */
	size_t bytes, most;  /* of kept segments and of those done with; the ceiling */
};

/* An eighth of the memory that there is, or that the process may have; KEEP_LEAST to KEEP_MOST. */
enum { KEEP_LEAST = 64 << 20, KEEP_MOST = 1 << 30 };
size_t keep_most(void);
void keep_init(struct keep *k, size_t most);
void keep_end(struct keep *k);

/* One by its name, no longer kept; NULL when there is none. */
struct seg *keep_take(struct keep *k, const struct table *t, const char *name);
/* The end of a snapshot's segment: kept when seg_done() found room for it, freed else. */
void keep_give(struct keep *k, struct seg *s);
/* Of one that keep_take() told and that is not what was looked for: freed. */
void keep_drop(struct keep *k, struct seg *s);
