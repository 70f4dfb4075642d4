/* A sidecar's bytes: what sidecar.c (reads), own_rows.c (makes the pieces) and attribute.c (walks over
 * segments) share.  The drawing is in sidecar.h. */
#pragma once
#include "store/layout.h"
#include "store/seg.h"
#include "store/sidecar.h"

enum {
	SIDECAR_VERSION = 1,
	SIDECAR_HEAD = 80,
	SIDECAR_SETS = 1 << 20,    /* of one segment */
	SIDECAR_MEMBERS = 1 << 24, /* owners in all of them together */
	SIDECAR_MOST = 1 << 30,    /* bytes */
	SIDECAR_BLOCK = 16,        /* bytes of a row in the table of blocks */
};

/* "traffic/hour/0000000042.seg" -> "traffic/hour/0000000042-0123456789abcdef.own" */
void sidecar_path(char out[static PATH_ROOM], const char *segment,
		  const uint8_t digest[static OWNING_DIGEST]);

/* And back, whatever the digest; false: this is no sidecar's name. */
bool sidecar_segment(char out[static PATH_ROOM], const char *path);

/* All bytes of the segment's sidecar.  The segment has its columns of o->cols prepared.  stop may be NULL. */
enum err sidecar_make(const struct seg *s, const struct owning *o, const struct attribute_options *opt,
		      struct buf *out) _must_check_;

/* The segment's sidecar is there, or made.  Inside upkeep_begin and upkeep_end.  Errors as store_attribute,
 * and of seg_open. */
enum err sidecar_ensure(struct store_writer *w, const struct table *t, const char *segment,
			const struct owning *o, bool (*stop)(void *arg), void *arg) _must_check_;

/* Sidecars of files that are gone go, too.  Failures do not matter: the next writer removes them. */
void sidecars_remove_of(int folder, const struct manifest_table *gone);

/* Calls fn for each of a table's sidecars, with its path; those of roll-ups, too, or not. */
typedef enum err sidecar_fn(void *arg, const char *path);
enum err sidecars_each(int folder, const struct table *t, bool rollups, sidecar_fn *fn,
		       void *arg) _must_check_;

/* For store_check: the sidecar whole, and its bitmaps just what its rows say?  One whose segment is
 * gone or damaged is none of its business: OK.  E_CORRUPT, E_VERSION, E_IO, E_NOMEM. */
enum err sidecar_verify(int folder, const struct table *t, const char *path) _must_check_;
