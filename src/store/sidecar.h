/* Sidecars: whose a segment's rows are, worked out once and kept beside it.
 *
 *	traffic/hour/0000000042.seg
 *	traffic/hour/0000000042-0123456789abcdef.own      the first 8 bytes of the digest
 *
 * A row has for each side the number of a set of owners, and for each owner the blocks are known in
 * which any row is its own.  Segments never change and sidecars neither; MANIFEST does not name
 * them: one that is there under its name is whole, and one that is missing or damaged is made
 * again.  A sidecar goes when its segment's file goes.
 *
 * File     0  8  "weirowns"
 *          8  4  CRC-32C of all behind this field
 *         12  4  version: 1
 *         16 32  digest
 *         48  8  rows             56  4  CRC-32C of the segment's head, as it says itself
 *         60  4  sides
 *         64  4  sets             68  4  owners in all sets together
 *         72  4  owners           76  4  zero
 *         80     pieces, each at a multiple of 8, zeros between:
 *                sets:    4 for each: where its owners end in the next
 *                members: 4 for each: an owner; ascending within a set
 *                owners:  4 for each owner of any set, ascending
 *                blocks:  for each of these 8 bytes for every 64 blocks of the segment: a bit for
 *                         each block
 *                rows:    for each side, for each block: 8 where it begins behind the last of
 *                         these, 4 smallest, 4 largest set; then the blocks: chunks as in patch.h
 *
 * Sets have numbers of their own here, in the order in which rows have them; 0 is nobody's. */
#pragma once
#include "store/owning.h"
#include "store/store.h"

/* -- reading (one thread at a time) --------------------------------------------------------------- */

struct sidecar;

/* The one that was made under this digest.  The segment must outlive it.  E_UNKNOWN: there is none (also
 * for rows of a journal), E_CORRUPT, E_VERSION, E_IO, E_NOMEM: the scope's predicate has to do. */
enum err sidecar_open(const struct seg *s, const uint8_t digest[static OWNING_DIGEST],
		      struct sidecar **ret) _must_check_;
void sidecar_close(struct sidecar *c);
size_t sidecar_bytes(const struct sidecar *c); /* what it takes in memory */

/* The same, kept with the segment until seg_release or until another digest is asked for; whatever is
 * wrong, there is none.  The thread rule of seg_prepare; seg_own only looks. */
const struct sidecar *seg_prepare_own(struct seg *s, const uint8_t digest[static OWNING_DIGEST]);
const struct sidecar *seg_own(const struct seg *s, const uint8_t digest[static OWNING_DIGEST]);
DEFINE_FREEP(struct sidecar *, sidecar_close)

size_t sidecar_sides(const struct sidecar *c);
uint32_t sidecar_sets(const struct sidecar *c); /* set numbers are below */
const uint32_t *sidecar_set(const struct sidecar *c, uint32_t set, size_t *ret_n);

/* Blocks in which a row is this owner's on any side: a bit each, seg_blocks of them.  NULL: in none. */
const uint64_t *sidecar_blocks(const struct sidecar *c, uint32_t owner);

/* Sets that this owner is in, ascending. */
const uint32_t *sidecar_sets_of(const struct sidecar *c, uint32_t owner, size_t *ret_n);

/* The sets of a block's rows on one side; out holds SEG_BLOCK.  Nothing is above the largest.  _some, chunk_bounds: as
 * seg_codes_some and seg_chunk_bounds of store.h. */
void sidecar_bounds(const struct sidecar *c, size_t side, size_t block, uint32_t *ret_min,
		    uint32_t *ret_max);
void sidecar_codes(const struct sidecar *c, size_t side, size_t block, uint32_t *out);
void sidecar_codes_some(const struct sidecar *c, size_t side, size_t block, uint32_t chunks, uint32_t *out);
void sidecar_chunk_bounds(const struct sidecar *c, size_t side, size_t block, uint32_t ret_min[static SEG_CHUNKS],
			  uint32_t ret_max[static SEG_CHUNKS]);

/* -- making: housekeeping, see store.h for threads --------------------------------------------------- */

struct attribute_options { /* all zero: what a daemon wants */
	bool fresh;                            /* fresh segments, too */
	size_t most;                           /* stop after so many; 0 = none left */
	bool (*stop)(void *arg);               /* or NULL; asked for each block */
	void *arg;
};

struct attribute_report {
	size_t made, there, unreadable;
	uint64_t rows, bytes; /* of those made */
	bool more;            /* `most` stopped it */
};

/* Sidecars for those live segments of the table that have none of o's digest, newest first.  Between two
 * segments other housekeeping may come in.  E_CANCELLED, E_IO, E_NOMEM, E_LIMIT (1 M sets in a segment) or
 * what o->of returned: those made stay, and it may be called again. */
enum err store_attribute(struct store_writer *w, enum table_id table, const struct owning *o,
			 const struct attribute_options *opt, struct attribute_report *ret) _must_check_;

/* Sidecars of segments (roll-ups keep theirs) of all digests but these go, at once: whoever reads one has
 * it in memory. */
enum err store_forget_sidecars(struct store_writer *w, const uint8_t (*keep)[OWNING_DIGEST],
			       size_t nkeep, size_t *ret_removed) _must_check_;
