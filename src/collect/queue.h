/* What a worker hands to the store's thread: parcels, full one way and empty back.
 *
 *	worker   queue_empty -> fill -> queue_put          store   queue_take -> use -> queue_give_back
 *
 * Bounded: there are only so many parcels of a kind; when all are under way queue_empty gives
 * none and the worker counts what it had to let go.  Parcels are made when first needed and used
 * again ever after, the last one back first: with a store that keeps up the same few go round
 * and stay in the cache.  That order is why this is a lock and two lists, taken once in some
 * thousand rows, and not a ring. */
#pragma once
#include "collect/collect.h"

enum { NOTES = 64, NOTE_TEXT = 256 }; /* wire/ cuts names at that length */

/* An iface_note that owns its texts; or, with a hash, a text (wire_text), which is `name` then. */
struct note {
	uint64_t hash;
	struct addr agent;
	uint32_t ifindex, type;
	uint64_t speed;
	usec_t when;
	char name[NOTE_TEXT], alias[NOTE_TEXT]; /* "" = not told */
};

struct notes {
	size_t n;
	struct note at[NOTES];
};

struct queue;

struct queue_options {
	size_t batch_rows;
	size_t most[PARCEL_KINDS]; /* parcels of each kind */
	int wake;                  /* an eventfd, added to by each queue_put; borrowed; -1 = none */
};

enum err queue_new(const struct queue_options *opt, struct queue **ret) _must_check_;
void queue_free(struct queue *q); /* with all parcels, wherever they are */
DEFINE_FREEP(struct queue *, queue_free)

/* The worker's side.  An empty parcel, or NULL when there is none; with wait, it waits for one
 * (and gets NULL only when out of memory). */
struct parcel *queue_empty(struct queue *q, enum parcel_kind kind, bool wait);
void queue_put(struct queue *q, struct parcel *p);

/* The store's side.  The oldest, or NULL. */
struct parcel *queue_take(struct queue *q);
void queue_give_back(struct queue *q, struct parcel *p);
size_t queue_waiting(struct queue *q); /* parcels put and not yet taken */
