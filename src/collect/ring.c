#include "collect/ring.h"

#include "base/mem.h"

#include <stdatomic.h>

/* An entry: what is known of the datagram, then its bytes, then up to 15 to the next. */
struct entry {
	struct datagram d; /* data is of no meaning here */
};

enum { ALIGN = 16, LEAST = 128 << 10, SPARE = 8 << 10 }; /* SPARE: what only ends of sessions may fill */
#define MOST ((size_t)1 << 30)

struct ring {
	size_t bytes; /* a power of two */
	uint8_t *room;
	char apart[64];     /* each counter in a cache line of its own */
	atomic_size_t put;  /* bytes ever put: written by the worker */
	char apart_too[64];
	atomic_size_t gone; /* bytes ever released: written by the reader */
};

enum err ring_new(size_t bytes, struct ring **ret)
{
	struct ring *r = mem_new0(1, sizeof(*r));
	size_t n = LEAST;
	if (!r)
		return E_NOMEM;
	while (n < bytes && n < MOST)
		n *= 2;
	r->bytes = n;
	r->room = mem_alloc(n);
	if (!r->room) {
		mem_free(r);
		return E_NOMEM;
	}
	*ret = r;
	return OK;
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	mem_free(r->room);
	mem_free(r);
}

static size_t entry_size(size_t len)
{
	return (sizeof(struct entry) + len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

/* What is left in one piece from there. */
static size_t to_end(const struct ring *r, size_t at)
{
	return r->bytes - (at & (r->bytes - 1));
}

bool ring_put(struct ring *r, const struct datagram *d)
{
	size_t at = atomic_load_explicit(&r->put, memory_order_relaxed);
	size_t gone = atomic_load_explicit(&r->gone, memory_order_acquire);
	size_t size = entry_size(d->len), left = to_end(r, at);
	size_t skip = left < size ? left : 0;
	size_t free_bytes = r->bytes - (at - gone), spare = ring_is_end(d) || at == gone ? 0 : SPARE;
	if (skip + size + spare > free_bytes)
		return false;
	if (skip >= sizeof(struct entry)) { /* less than that is known to hold none */
		const struct entry none = { .d = { .len = SIZE_MAX } };
		memcpy(r->room + (at & (r->bytes - 1)), &none, sizeof(none));
	}
	at += skip;
	const struct entry e = { .d = *d };
	uint8_t *p = r->room + (at & (r->bytes - 1));
	memcpy(p, &e, sizeof(e));
	memcpy(p + sizeof(e), d->data, d->len);
	atomic_store_explicit(&r->put, at + size, memory_order_release);
	return true;
}

size_t ring_start(const struct ring *r)
{
	return atomic_load_explicit(&r->gone, memory_order_relaxed);
}

bool ring_next(struct ring *r, size_t *at, struct datagram *ret)
{
	size_t put = atomic_load_explicit(&r->put, memory_order_acquire);
	struct entry e = { .d = { .len = SIZE_MAX } };
	if (*at == put)
		return false;
	if (to_end(r, *at) >= sizeof(e))
		memcpy(&e, r->room + (*at & (r->bytes - 1)), sizeof(e));
	if (e.d.len == SIZE_MAX) { /* skipped; the entry was put together with the skip */
		*at += to_end(r, *at);
		memcpy(&e, r->room + (*at & (r->bytes - 1)), sizeof(e));
	}
	*ret = e.d;
	ret->data = r->room + (*at & (r->bytes - 1)) + sizeof(e);
	*at += entry_size(e.d.len);
	return true;
}

void ring_release(struct ring *r, size_t at)
{
	atomic_store_explicit(&r->gone, at, memory_order_release);
}
