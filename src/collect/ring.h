/* Datagrams from one thread to one other: copied in, read where they lie, given back.
 *
 *	worker   ring_put              forwarder   ring_next ... use ... ring_release
 *
 * Bounded: when there is no room the datagram is not taken, and the worker counts it.  No lock: each side
 * has a counter that only it writes.  An entry lies in one piece; what is left at the end of the room
 * is skipped. */
#pragma once
#include "wire/wire.h"

struct ring;

/* bytes is rounded up to a power of two, at least 128 KB.  Memory is the kernel's to give when it is
 * first used. */
enum err ring_new(size_t bytes, struct ring **ret) _must_check_;
void ring_free(struct ring *r);

bool ring_put(struct ring *r, const struct datagram *d);

/* Not a datagram but the end of a session, for which some room is kept. */
static inline bool ring_is_end(const struct datagram *d)
{
	return d->session && !d->len;
}

/* The reader's: begin at ring_start, then each ring_next gives one datagram and moves on; its bytes are
 * good until ring_release of a later place. */
size_t ring_start(const struct ring *r);
bool ring_next(struct ring *r, size_t *at, struct datagram *ret);
void ring_release(struct ring *r, size_t at);
