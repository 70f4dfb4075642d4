/* The first n of very many tuples of columns (conversations), in two looks at the rows, most tuples of
 * different segments never meeting.
 *
 *	first look   tuples are added up by the segment's own codes.  The greatest are candidates; each of
 *	             those left out comes to `cut` at most
 *	between      least: the n-th greatest of what candidates come to so far.  Contenders: candidates that
 *	             reach it with the cuts of segments that left them out.  What is no candidate anywhere
 *	             comes to no more than all cuts together, which must be below least
 *	second look  contenders' sums, and nothing else
 *
 * The rest is what all rows come to, less the contenders.  Where no segment left anything out there is no
 * second look.  What does not suit (tuples about as great as the n-th are many) goes the way of unite.h;
 * so does what has few possible tuples, which are quicker in an array. */
#pragma once
#include "query/local.h"

#include <pthread.h>

enum {
	HEAVY_KEEP = 16,             /* candidates of a segment, by n */
	HEAVY_CONTENDERS = 1 << 16,  /* more do not suit */
	HEAVY_ROWS = 1 << 20,        /* a longer segment is looked at in portions, each with candidates of its own */
	HEAVY_PARTS = 256,           /* of a portion, by hash: the table of one stays in the cache */
	HEAVY_MARKS = 1 << 18,       /* words of sixteen marks each: 1 MB, for the cache as well */
};

struct heavy {
	const struct plan *plan;
	struct quota *quota;
	unsigned by;              /* the measure that is sorted by */
	pthread_mutex_t lock;     /* all below, while rows are looked at */
	_Atomic bool gave_up;     /* the run has to go the other way */
	bool begun, left_out, second;
	struct words keys;        /* candidates, then contenders */
	uint64_t *sum;            /* nmeasures each */
	uint64_t *cut;            /* by candidate: cuts of segments of which it is one */
	size_t sum_cap, cut_cap;
	uint64_t cuts, most;      /* of all segments; what a sum can have come to */
	uint64_t total[MAX_MEASURES];
};

struct heavy_slot {
	uint64_t key; /* packed codes of a contender */
	uint32_t id;  /* its number + 1; 0 = empty */
};

/* A thread's. */
struct heavy_local {
	struct heavy *h;
	uint64_t *key;               /* of a block's rows: packed codes */
	uint32_t *mark;              /* by hash: 1 = one row of the portion is there, 3 = more */
	uint64_t *row, *sorted;      /* of the portion at hand: key and measures, as rows came, then by part */
	size_t nrows, row_cap, sorted_cap;
	uint32_t part[HEAVY_PARTS + 1]; /* how many rows each has; then where each begins */
	uint64_t *table;             /* key and sums of a part; HEAVY_FREE: nobody's */
	size_t table_cap, clean;     /* words; of them known to be free */
	uint64_t *picked;            /* of the portion: key and sums of candidates */
	size_t npicked, picked_cap;
	uint64_t guess;              /* tuples below are not picked: what the portion before taught */
	struct heavy_slot *slot;     /* second look: contenders that the segment can hold */
	uint8_t *first;              /* by code of the first lane: is it some contender's? */
	size_t slots, first_cap;
	uint64_t *sum;               /* contenders' */
	size_t sum_cap;
	uint64_t total[MAX_MEASURES];
};

bool heavy_suits(const struct plan *p);
void heavy_init(struct heavy *h, const struct plan *p, struct quota *q);
void heavy_free(struct heavy *h);
enum err heavy_local_init(struct heavy_local *hl, struct heavy *h) _must_check_;
void heavy_local_free(struct heavy_local *hl);
/* For a segment whose lanes and packer are bound; `most` is what a sum over it can come to, UINT64_MAX: more
 * than 64 bits hold.  E_RANGE: the run gave up. */
enum err heavy_bind(struct heavy_local *hl, struct local *l, uint64_t most) _must_check_;
/* Rows whose lanes are filled. */
enum err heavy_rows(struct heavy_local *hl, struct local *l, const struct rowset *rows) _must_check_;
enum err heavy_segment(struct heavy_local *hl, struct local *l) _must_check_;
enum err heavy_flush(struct heavy_local *hl) _must_check_;
/* After the first look: contenders; *ret_again: their sums want a second one.  E_RANGE: the run gave up. */
enum err heavy_between(struct heavy *h, bool *ret_again) _must_check_;
/* Contenders, and the rest as one, become groups of the answer. */
enum err heavy_finish(struct heavy *h, struct agg *g) _must_check_;
