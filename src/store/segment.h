/* A segment file: some rows of one table, column by column, written once.
 *
 * File        0  8  "weirsegm"
 *             8  4  CRC-32C of the rest of this head and of the directory
 *            12  4  bytes of head and directory together: where the pieces begin
 *            16  4  version: 1; 2 when an entry has codec 2, dictionary codec 1, or numbers with
 *                   codec 1; 3 when one has codec 3
 *            20  4  columns in the directory
 *            24  8  rows
 *            32  8  smallest time                   40  8  largest time
 *            48  8  number of the journal its rows were in    (compacted: all three 0)
 *            56  8  from this offset of it          64  8  up to this one
 *            72  8  bytes of the whole file
 *            80     table name: 1 length, text; zeros to a multiple of 8
 *            then the directory, an entry per column, then the pieces
 *
 * Entry       0  2  bytes of this entry
 *             2  1  bytes of a value (1 2 4 8 16)
 *             3  1  kind: 0 constant, 1 dictionary, 2 numbers
 *             4  1  codec of the rows: 0 packed, 1 zstd, 2 zstd of differences, 3 patched; all but
 *                   packed for codes and for q's below 2^32 only
 *             5  1  zstd: bytes of a code or q
 *             6  1  codec of the dictionary: 0 as drawn below, 1 zstd
 *             7  1  zero
 *             8 16  constant: the value (a number in the first 8)
 *                   numbers: 8 base, 8 step.  value = base + step * q
 *            24  4  dictionary: its length
 *            28  4  zero
 *            32  8  largest code or q
 *            40 16  piece: dictionary               (piece: 8 offset behind head and directory,
 *            56 16  piece: block table                      4 bytes, 4 CRC-32C)
 *            72 16  piece: rows
 *            88     name: 1 length, text; zeros to a multiple of 8
 *            then, of some address columns, 16 piece: index (index.h)
 *
 * Columns go by name.  A name that is not known is skipped, a column that is missing is zero in
 * all rows, and an entry may be longer than what is drawn here: so fields can be added.
 *
 * Dictionary  numbers: deltas.h.  Addresses: 4 how many are below ::ffff:0:0, 4 how many are
 *             IPv4, 4 how many are above, 4 zero; the IPv4 ones (deltas.h), the upper halves of
 *             the others (deltas.h), the lower halves of the others, 8 bytes each.  Both end with
 *             8 bytes zero.  Sorted ascending by value (addresses: by bytes), each once.
 *             zstd: 4 bytes of all this, then one zstd frame of it
 *
 * Block table a row for each 32,768 rows (SEG_BLOCK): 8 smallest, 8 largest code or q,
 *             4 where it begins in the piece of rows (in 8 bytes), 4 its bytes
 *
 * Rows        packed: per 1024 rows 8 bytes (bits 0..7 width, the rest: smallest minus the
 *             block's smallest), then that many bits each (pack.h)
 *             patched: per 1024 rows a chunk that may hold exceptions or differences (patch.h)
 *             zstd: one zstd frame per block: all lowest bytes of the codes, all second bytes ...
 *             zstd of differences: likewise, of what each code is above the one before (the
 *             first: above 0) at its width, the sign moved to the lowest bit
 *
 * All numbers are little-endian; pieces begin at multiples of 8. */
#pragma once
#include "store/parts.h"
#include "store/store.h"

enum {
	SEGMENT_VERSION = 3,
	SEGMENT_HEAD = 80,
	SEGMENT_FRONT_MOST = 1 << 20, /* bytes of head and directory */
	SEGMENT_ROWS_MOST = 1 << 30,
	ENTRY_FIXED = 88,
	BLOCK_ROW = 24,
};
enum seg_codec { SEG_PACKED, SEG_ZSTD, SEG_ZSTD_DELTA, SEG_PATCHED, SEG_CODECS };

static inline bool codec_squeezes(enum seg_codec c)
{
	return c == SEG_ZSTD || c == SEG_ZSTD_DELTA;
}

struct seg_piece {
	uint64_t at;
	uint32_t len, crc;
};

struct seg_entry {
	enum seg_kind kind;
	enum seg_codec codec;
	uint8_t code_bytes;
	bool dict_squeezed;
	uint32_t dict_n;
	uint64_t base, step, top; /* constant: base is the value */
	struct addr addr;         /* constant address */
	struct seg_piece dict, blocks, rows;
	struct seg_piece index; /* no bytes: none */
};

/* Where a segment's rows were: written at seal, checked by store_check. */
struct seg_source {
	uint64_t journal, from, to;
};

struct seg_front { /* what the head says */
	uint64_t rows, file_bytes;
	struct span span;
	struct seg_source source;
	uint32_t front_bytes, ncols, crc;
};

/* -- making ----------------------------------------------------------------------------- */

struct encoder; /* scratch memory, kept between columns and segments */

enum err encoder_new(struct encoder **ret) _must_check_;
void encoder_free(struct encoder *e);
DEFINE_FREEP(struct encoder *, encoder_free)

/* From here on the encoder takes its time: zstd level 3, all codecs tried, dictionaries squeezed.
 */
void encoder_tighten(struct encoder *e);

/* Encode one column; its pieces are appended to body (offsets are of body). */
enum err encode_column(struct encoder *e, const struct table *t, size_t col, const struct parts *p,
		       struct buf *body, struct seg_entry *ret) _must_check_;

/* The same of rows that are codes into keys, which ascend; keys that no row has are left out.
 * A number is key.lo, an address its two halves. */
struct dict_key;
struct coded {
	const struct dict_key *key;
	uint32_t nkeys; /* below 2^31 */
	const void *codes;
	unsigned width; /* bytes of a code: 1, 2 or 4 */
	size_t rows;
};
enum err encode_coded(struct encoder *e, const struct table *t, size_t col, const struct coded *in,
		      struct buf *body, struct seg_entry *ret) _must_check_;

/* Of one value in all rows: nothing but the entry. */
struct seg_entry entry_of_one(const struct table *t, size_t col, const struct dict_key *key);

/* Head and directory for these entries, one per column of the table. */
void segment_front(struct buf *out, const struct table *t, const struct seg_front *f,
		   const struct seg_entry *entry, size_t body_bytes);

/* Bytes of head and directory, from the first SEGMENT_HEAD bytes; 0: no segment. */
uint32_t segment_front_bytes(const uint8_t head[static SEGMENT_HEAD]);

/* Head and directory back: one entry per column of the table, absent ones constant zero.
 * Everything is checked but the pieces' contents.  E_CORRUPT, E_VERSION. */
enum err segment_front_read(const void *data, size_t len, const struct table *t,
			    struct seg_front *ret, struct seg_entry *ret_entry) _must_check_;

/* -- reading ---------------------------------------------------------------------------- */

struct journal;

/* A segment file.  Head and directory are read and checked; nothing stays open.  folder is
 * borrowed for the segment's life.  E_UNKNOWN: no such file; E_CORRUPT, E_VERSION, E_IO, E_NOMEM.
 */
enum err seg_open(int folder, const char *path, const struct table *t,
		  struct seg **ret) _must_check_;

/* The rows of a journal that overlap the span as a segment; takes the journal over on success.
 * Columns are encoded when they are prepared. */
enum err seg_of_journal(const char *path, struct journal *j, struct span span,
			struct seg **ret) _must_check_;

/* The same over bytes in memory (borrowed), for tests. */
enum err seg_of_bytes(const char *name, const void *data, size_t len, const struct table *t,
		      struct seg **ret) _must_check_;
void seg_free(struct seg *s);
DEFINE_FREEP(struct seg *, seg_free)

const struct seg_front *seg_head(const struct seg *s);

/* For store_check: are a prepared column's bounds and dictionary exactly those of its rows?
 * scratch holds SEG_BLOCK items.  E_NOMEM. */
enum err seg_column_exact(const struct seg *s, size_t col, uint64_t *scratch,
			  bool *ret) _must_check_;
