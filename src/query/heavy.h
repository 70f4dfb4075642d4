/* The first n of very many tuples of columns (conversations), most of which never become groups.
 *
 *	first look   tuples are added up as such while they are few.  When they are many, rows are only added to
 *	             buckets, by a hash of the tuple's values: no tuple comes to more than its bucket
 *	between      least: what some buckets, a few times n, reach; the others hold no candidate
 *	second look  tuples of these buckets are added up.  When the n-th greatest reaches least, all of the first
 *	             n are among them; else it is the new least, and the last look finds them
 *
 * The rest is what all rows come to, less the groups that are shown.  What does not suit (tuples about as great as the
 * n-th are many) goes the way of unite.h; so does what has few possible tuples, which are quicker in an array. */
#pragma once
#include "query/local.h"

#include <pthread.h>

enum {
	HEAVY_TUPLES = 1 << 15,  /* more are many, to a thread */
	HEAVY_BITS = 18, HEAVY_BUCKETS = 1 << HEAVY_BITS, /* 2 MB a thread, for the cache */
	HEAVY_KEEP = 3,          /* buckets with candidates, by n; */
	HEAVY_KEPT = 256,        /* at least so many, */
	HEAVY_MOST = HEAVY_BUCKETS / 8, /* and more do not suit */
	HEAVY_LOOKS = 3,
};

struct heavy {
	const struct plan *plan;
	struct quota *quota;
	unsigned by, look;        /* the measure that is sorted by; looks that are over */
	pthread_mutex_t lock;     /* all below, while rows are looked at */
	_Atomic bool gave_up;     /* the run has to go the other way */
	_Atomic bool many;        /* tuples: what comes now goes to buckets */
	bool begun, left_out;     /* some row is in no tuple */
	struct words keys;        /* tuples, and what they come to: nmeasures each */
	uint64_t *sum;
	size_t sum_cap;
	uint64_t *bucket, *mark;  /* what it comes to; a bit for each: it reaches least */
	uint64_t least, most;     /* most: what a sum can have come to */
	uint64_t total[MAX_MEASURES];
};

/* Hashes of a lane's values: of each row's, until it is worth it to have them by code. */
struct heavy_hash {
	uint32_t *by_code;
	size_t cap, asked;
	bool made;
};

/* A thread's. */
struct heavy_local {
	struct heavy *h;
	struct heavy_hash hash[MAX_LANES];
	uint64_t *key;            /* of a block's rows: hash, then packed codes */
	uint32_t *at;             /* scratch of SEG_BLOCK */
	struct intern tuples;     /* of the segment at hand, by packed codes; their sums */
	uint64_t *sum;
	size_t sum_cap;
	struct words keys;        /* of the segments before, by value; their sums */
	uint64_t *known;
	size_t known_cap;
	uint64_t *bucket;
	bool left_out;
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
/* After a look; *ret_again: another one is wanted.  E_RANGE: the run gave up. */
enum err heavy_between(struct heavy *h, bool *ret_again) _must_check_;
/* Tuples that can be shown, and the rest as one, become groups of the answer. */
enum err heavy_finish(struct heavy *h, struct agg *g) _must_check_;
