/* Answers that may be given again: the newest first, the oldest goes when there is no room. */
#include "base/clock.h"
#include "base/mem.h"
#include "rest/parts.h"

enum { KEY = 32 };

static void unlink_kept(struct rest *r, struct answer_kept *a)
{
	if (a->newer)
		a->newer->older = a->older;
	else
		r->newest = a->older;
	if (a->older)
		a->older->newer = a->newer;
	else
		r->oldest = a->newer;
}

static void drop(struct rest *r, struct answer_kept *a)
{
	unlink_kept(r, a);
	r->cache_bytes -= a->body.len + sizeof(*a);
	map_remove(&r->cache, a->key, KEY);
	buf_free(&a->body);
	mem_free(a);
}

bool cache_get(struct rest *r, const uint8_t key[static 32], struct buf *out, unsigned *ret_age_s)
{
	const struct map_entry *e = map_get(&r->cache, key, KEY);
	if (!e)
		return false;
	struct answer_kept *a = e->ptr;
	usec_t age = clock_monotonic() - a->made;
	if (age >= (usec_t)a->ttl_s * USEC_PER_SEC) {
		drop(r, a);
		return false;
	}
	buf_add(out, a->body.data, a->body.len);
	*ret_age_s = (unsigned)(age / USEC_PER_SEC);
	return !out->bad;
}

/* Memory short: the answer is not kept, which is no error. */
void cache_put(struct rest *r, const uint8_t key[static 32], const struct buf *body, unsigned ttl_s)
{
	size_t most = r->opt.cache_bytes;
	struct map_entry *e;
	bool fresh;
	if (!ttl_s || body->len > most / 4)
		return;
	const struct map_entry *old = map_get(&r->cache, key, KEY);
	if (old)
		drop(r, old->ptr);
	struct answer_kept *a = mem_new0(1, sizeof(*a));
	if (!a)
		return;
	memcpy(a->key, key, KEY);
	a->made = clock_monotonic();
	a->ttl_s = ttl_s;
	buf_add(&a->body, body->data, body->len);
	if (a->body.bad || map_put(&r->cache, key, KEY, &e, &fresh) != OK) {
		buf_free(&a->body);
		mem_free(a);
		return;
	}
	e->ptr = a;
	a->older = r->newest;
	if (r->newest)
		r->newest->newer = a;
	else
		r->oldest = a;
	r->newest = a;
	r->cache_bytes += a->body.len + sizeof(*a);
	while (r->cache_bytes > most)
		drop(r, r->oldest);
}

void cache_free(struct rest *r)
{
	while (r->oldest)
		drop(r, r->oldest);
	map_free(&r->cache);
}
