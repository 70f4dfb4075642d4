/* Sums by key over a whole run: keys of one or two words, numbers all of them (book.h), in parts by
 * hash.  Threads fill buffers of their own, a buffer for each part, and a full one goes into the
 * part's table under its lock; what a buffer will touch is fetched ahead. */
#pragma once
#include "query/exec.h"

#include <pthread.h>

enum { TALLY_PARTS = 64, TALLY_BUFFER = 1024, TALLY_WORDS = 2 };
#define TALLY_FREE UINT64_MAX /* the first word of a slot that nobody has; no key begins so */

struct tally_part {
	pthread_mutex_t lock;
	uint64_t *slot; /* key, then sums */
	size_t slots, n;
};

struct tally {
	unsigned width, nvals; /* words of a key; sums of each */
	struct quota *quota;
	size_t first, nparts;  /* parts that are kept: all, unless somebody says otherwise before the first key */
	struct tally_part part[TALLY_PARTS];
};

/* One thread's. */
struct tally_buffer {
	struct tally *to;
	uint64_t *tuple; /* TALLY_BUFFER for each part */
	uint16_t n[TALLY_PARTS];
};

void tally_init(struct tally *t, unsigned width, unsigned nvals, struct quota *q);
void tally_free(struct tally *t);
size_t tally_size(const struct tally *t);
enum err tally_buffer_init(struct tally_buffer *b, struct tally *to) _must_check_;
void tally_buffer_free(struct tally_buffer *b);
/* n keys, width words each; val[i]: the i-th number of each, NULL = 1. */
enum err tally_add(struct tally_buffer *b, const uint64_t *key, uint64_t *const *val, size_t n) _must_check_;
enum err tally_flush(struct tally_buffer *b) _must_check_;
/* The sums of a key; NULL: there is none. */
const uint64_t *tally_find(const struct tally *t, const uint64_t *key);

/* Every key: for (struct tally_walk w = { .of = t }; (slot = tally_next(&w));) */
struct tally_walk {
	const struct tally *of;
	size_t part, at;
};
const uint64_t *tally_next(struct tally_walk *w);
