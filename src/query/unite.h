/* Groups of all segments of a run, met as numbers: what local.c and scan.c do with a plan whose sums
 * fit 64 bits and whose keys fit two words.
 *
 *	segment: codes -> numbers (book.h) -> packed keys -> tallies (tally.h) -> only the groups that
 *	are shown, and the rest of them as one, become groups of the answer (agg)
 *
 * A plan with first(), last() or functions over minutes goes the other way, by value (local.c). */
#pragma once
#include "query/book.h"
#include "query/bits.h"
#include "query/sieve.h"
#include "query/tally.h"

/* Where the numbers of some lanes stand in a key. */
struct packing {
	unsigned n, words;
	uint8_t lane[MAX_LANES], word[MAX_LANES], shift[MAX_LANES], bits[MAX_LANES];
	uint64_t mask[TALLY_WORDS]; /* bits in use */
};

static inline uint32_t packed_id(const struct packing *k, unsigned i, const uint64_t *key)
{
	return (uint32_t)(key[k->word[i]] >> k->shift[i] & (((uint64_t)1 << k->bits[i]) - 1));
}

struct unite {
	const struct plan *plan;
	struct quota *quota;
	pthread_mutex_t lock;     /* ready, most */
	bool ready;               /* books are open */
	_Atomic bool gave_up;     /* sums may pass 64 bits: the run has to go the other way */
	uint64_t most;            /* what a sum can have come to */
	struct book book[MAX_LANES];
	struct packing keys, set[MAX_ITEMS + 1];
	struct tally groups, *pairs; /* pairs: of each set's count(), group and value */
	bool few;                 /* groups, as the first segment has it: values are bits, not pairs */
	struct bits bits[MAX_ITEMS + 1]; /* what threads that ended had of them */
	struct sieve sieve;
};

/* A thread's. */
struct unite_local {
	struct unite *u;
	struct book_map map[MAX_LANES];
	struct tally_buffer groups, pairs[MAX_ITEMS + 1];
	uint64_t *key, *val[MAX_MEASURES];
	uint64_t *none;        /* zeros: distinct values are counted at the end */
	uint32_t *code, *row, *id; /* scratch of SEG_BLOCK */
	uint64_t *seen[MAX_ITEMS + 1]; /* by group * values + value: the pair was tallied */
	size_t seen_cap[MAX_ITEMS + 1], seen_n[MAX_ITEMS + 1];
	struct bits bits[MAX_ITEMS + 1];
};

/* Can the plan go this way? */
bool unite_suits(const struct plan *p);
/* Of a topN whose answer has the first of many groups: those that cannot be among them may become one. */
bool unite_can_lump(const struct plan *p);
enum err unite_init(struct unite *u, const struct plan *p, struct quota *q) _must_check_;
void unite_free(struct unite *u);
/* What the tallies hold becomes groups of the answer. */
enum err unite_finish(struct unite *u, struct agg *g) _must_check_;

/* A topN (unite_can_lump) whose groups do not fit at once is run in passes, each of which keeps a part of the keys: what
 * can be among the first n becomes groups, the others of all passes are added up. */
struct unite_rest {
	bool any;
	uint64_t key[2 * MAX_LANES]; /* one of them */
	__int128 sum[MAX_MEASURES];
};
/* The tallies begin anew, and keep what that pass is to keep; passes: a power of two. */
void unite_keep(struct unite *u, unsigned pass, unsigned passes);
enum err unite_finish_pass(struct unite *u, struct agg *g, struct unite_rest *rest) _must_check_;
enum err unite_add_rest(struct agg *g, const struct unite_rest *rest) _must_check_;

enum err unite_local_init(struct unite_local *ul, struct unite *u) _must_check_;
void unite_local_free(struct unite_local *ul);
/* A segment's lanes and packers are bound; `most` is what a sum over it can come to, UINT64_MAX: more
 * than 64 bits hold.  E_RANGE: the run gave up. */
enum err unite_bind(struct unite_local *ul, struct local *l, uint64_t most) _must_check_;
/* Rows whose lanes and measures are filled, when their groups are too many to count in an array. */
enum err unite_rows(struct unite_local *ul, struct local *l, size_t n) _must_check_;
/* Rows' distinct values. */
enum err unite_sets(struct unite_local *ul, struct local *l, size_t n) _must_check_;
/* Of distinct values: a set whose values stand as bits. */
static inline bool unite_has_bits(const struct unite *u, const struct item *it)
{
	return u->few && it->nlanes == 1;
}
/* The segment's array of groups. */
enum err unite_groups(struct unite_local *ul, struct local *l) _must_check_;
enum err unite_flush(struct unite_local *ul) _must_check_;
