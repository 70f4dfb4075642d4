/* Making roll-ups: what rollup.c (which, and where they go) shares with rollup_group.c (traffic) and
 * rollup_thin.c (counters). */
#pragma once
#include "store/rollup.h"
#include "store/seg.h"
#include "store/sidecar.h"

#include "base/map.h"

/* A source: a segment, opened, and its sidecar if somebody owns anything. */
struct rollup_source {
	struct seg *seg;
	struct sidecar *own; /* NULL: nobody owns anything */
};

/* What comes out: rows in their order, and their sets of owners. */
struct rolled {
	struct batch *rows;
	size_t sides;
	uint32_t *set[OWNING_SIDES]; /* a row each; numbers of sets */
	struct map sets;             /* the owners' bytes -> number + 1 */
	struct buf members, ends;    /* of the sets in turn */
	size_t at;                   /* how far the sidecar's making has come */
};

void rolled_free(struct rolled *r);

/* stop may be NULL.  E_CANCELLED, E_CORRUPT, E_IO, E_NOMEM, E_LIMIT. */
enum err rollup_group(const struct rollup_kind *k, const struct rollup_source *from, size_t n,
		      const struct rollup_options *opt, struct rolled *ret) _must_check_;
enum err rollup_thin(const struct rollup_kind *k, const struct rollup_source *from,
		     const struct rollup_options *opt, struct rolled *ret) _must_check_;
