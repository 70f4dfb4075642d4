/* What the writer is, for the files that make it work: write.c, recover.c, truth.c, and the
 * housekeeping of compact.c and prune.c. */
#pragma once
#include "store/journal.h"
#include "store/layout.h"
#include "store/segment.h"

#include <pthread.h>

struct table_writer {
	const struct table *table;
	struct journal journal;
	int fd;                 /* the journal's file */
	size_t written, synced; /* of the image's bytes: in the file, on the disk */
	bool marks_pending;     /* marks are among the bytes not yet written */
	bool doubtful;          /* an fdatasync failed */
};

struct store_writer {
	int folder, lock;
	struct store_options opt;
	pthread_mutex_t lock_upkeep;   /* held by a whole compaction or pruning */
	pthread_mutex_t lock_manifest; /* over the next two */
	struct manifest manifest;
	bool manifest_owed; /* MANIFEST's folder could not be synced */
	/* From here on: of the thread that writes rows. */
	struct map marks; /* as of now; manifest.marks are as of the last seal */
	struct table_writer table[TABLES];
	struct encoder *encoder;
	struct buf body; /* of the segment being written; its memory is kept */
};

enum err seal_table(struct store_writer *w, struct table_writer *t) _must_check_;

/* -- truth.c: MANIFEST ------------------------------------------------------------------------- */

void truth_init(struct store_writer *w);
void truth_destroy(struct store_writer *w);

/* Between these two nobody else keeps house. */
void upkeep_begin(struct store_writer *w);
void upkeep_end(struct store_writer *w);

/* MANIFEST as it is, until truth_looked; no other truth_ call in between. */
const struct manifest *truth_look(struct store_writer *w);
void truth_looked(struct store_writer *w);

/* The first of n numbers for new files. */
uint64_t truth_numbers(struct store_writer *w, size_t n);

/* A change: truth_edit gives a copy, truth_publish makes it the truth, on disk and then here (m is
 * then empty), truth_end lets go, with or without.  After truth_edit has failed there is nothing to
 * end.  *ret_there says whether the new MANIFEST stands under its name: it may although its folder
 * could not be synced (then commits fail until that succeeds, and nothing that the MANIFEST before
 * names may be removed: manifest_owed). */
enum err truth_edit(struct store_writer *w, struct manifest *ret) _must_check_;
enum err truth_publish(struct store_writer *w, struct manifest *m, bool *ret_there) _must_check_;
void truth_end(struct store_writer *w, struct manifest *m);

/* The sync that a publish owes. */
enum err truth_settle(struct store_writer *w) _must_check_;

/* Files that were replaced before now - grace leave MANIFEST and then the disk. */
enum err truth_remove_replaced(struct store_writer *w, usec_t now, usec_t grace,
			       size_t *ret_files) _must_check_;
