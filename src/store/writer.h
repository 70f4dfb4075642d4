/* What the writer is, for the two files that make it work: write.c and recover.c. */
#pragma once
#include "store/journal.h"
#include "store/layout.h"
#include "store/segment.h"

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
	struct manifest manifest;
	struct map marks;   /* as of now; manifest.marks are as of the last seal */
	bool manifest_owed; /* MANIFEST's folder could not be synced */
	struct table_writer table[TABLES];
	struct encoder *encoder;
	struct buf body; /* of the segment being written; its memory is kept */
};

/* m becomes the truth, on disk and then here; m is then empty.  *ret_there says whether it did:
 * it may although its folder could not be synced (then commits fail until that succeeds, and
 * nothing that the MANIFEST before names may be removed: manifest_owed). */
enum err publish(struct store_writer *w, struct manifest *m, bool *ret_there) _must_check_;

/* Files that were replaced before now - grace leave MANIFEST and then the disk. */
enum err remove_replaced(struct store_writer *w, usec_t now, usec_t grace,
			 size_t *ret_files) _must_check_;

enum err seal_table(struct store_writer *w, struct table_writer *t) _must_check_;
