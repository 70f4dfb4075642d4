/* Of the first n of many addresses: which can be among them at all, found before groups of different
 * segments meet.
 *
 *	segment: what each address comes to in it, kept as codes and sums; its greatest are candidates,
 *	         and each of the others comes to `cut` at most
 *	end:     least: the n-th greatest of what candidates come to as such.  Contenders reach it with
 *	         the cuts of the segments of which they are no candidates; what is no candidate anywhere
 *	         comes to no more than all cuts together, which must be below least
 *	         contenders, summed over all                             groups; what is left is the rest
 *
 * So a million addresses in each of many segments are never looked up one by one.  What does not suit
 * (many addresses about as great as the n-th) goes into the run's groups, as without a sieve. */
#pragma once
#include "query/local.h"
#include "query/tally.h"

enum { SIEVE_MOST = 4096 /* the n of a topN */, SIEVE_KEEP = 4 /* candidates of a segment, by n */ };

/* What a segment's addresses come to. */
struct sieve_seg {
	struct sieve_seg *next;
	const struct seg_col *col;
	uint32_t n;           /* addresses */
	uint32_t *code;       /* ascending */
	uint64_t *sum[MAX_MEASURES], total[MAX_MEASURES];
	uint32_t *top, ntop;  /* the greatest, as places in code: the least of them first */
};

/* What was left out of the groups. */
struct sieve_rest {
	bool some;
	uint64_t slot[TALLY_WORDS + MAX_MEASURES]; /* the key of one */
	__int128 sum[MAX_MEASURES];
};

struct sieve {
	const struct plan *plan;
	struct quota *quota;
	bool on;
	unsigned by;            /* the measure that is sorted by */
	pthread_mutex_t lock;   /* seg */
	struct sieve_seg *seg;
	struct sieve_rest rest;
};

struct unite;
void sieve_init(struct sieve *s, const struct plan *p, struct quota *q);
void sieve_free(struct sieve *s);
/* The sums of a segment that stays until the end; *ret_kept: false when they do not suit. */
enum err sieve_segment(struct sieve *s, const struct local *l, size_t touched, bool *ret_kept) _must_check_;
/* The run's groups become those that can be among the first; the rest is summed up. */
enum err sieve_finish(struct unite *u) _must_check_;
