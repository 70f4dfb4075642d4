#include "app/dns.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"

#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { MOST_NAMES = 65536, WAIT_MS = 1500 };
#define MOST_TIME (10 * USEC_PER_SEC) /* spent waiting, in all */

struct dns {
	pthread_mutex_t lock;
	struct map names; /* address -> text, owned; "" = it has none */
	usec_t spent;
};

/* One question, which may outlive who asked: the resolver cannot be told to stop. */
struct question {
	struct addr addr;
	char name[NI_MAXHOST];
	_Atomic bool done;
	_Atomic int holders;
};

static void let_go(struct question *q)
{
	if (atomic_fetch_sub(&q->holders, 1) == 1)
		mem_free(q);
}

static void *ask(void *arg)
{
	struct question *q = arg;
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	bool is_v4 = addr_is_v4(&q->addr);
	memcpy(&v4.sin_addr, q->addr.b + 12, 4);
	memcpy(&v6.sin6_addr, q->addr.b, 16);
	if (getnameinfo(is_v4 ? (void *)&v4 : (void *)&v6, is_v4 ? sizeof(v4) : sizeof(v6), q->name, sizeof(q->name), NULL, 0,
			NI_NAMEREQD) != 0)
		q->name[0] = 0;
	atomic_store(&q->done, true);
	let_go(q);
	return NULL;
}

/* True when it answered in time. */
static bool answered(struct question *q)
{
	for (int ms = 0; ms < WAIT_MS; ms += ms < 20 ? 1 : 10) {
		if (atomic_load(&q->done))
			return true;
		usleep(ms < 20 ? 1000 : 10000);
	}
	return atomic_load(&q->done);
}

static char *resolve(const struct addr *a)
{
	struct question *q = mem_new0(1, sizeof(*q));
	pthread_t thread;
	char *name = NULL;
	if (!q)
		return NULL;
	q->addr = *a;
	q->holders = 2;
	if (pthread_create(&thread, NULL, ask, q) != 0) {
		mem_free(q);
		return NULL;
	}
	pthread_detach(thread);
	if (answered(q))
		name = mem_strdup(q->name);
	let_go(q);
	return name;
}

enum err dns_new(struct dns **ret)
{
	struct dns *d = mem_new0(1, sizeof(*d));
	if (!d)
		return E_NOMEM;
	pthread_mutex_init(&d->lock, NULL);
	d->names.ceiling = MOST_NAMES;
	*ret = d;
	return OK;
}

void dns_free(struct dns *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->names.n; i++)
		mem_free(d->names.at[i].ptr);
	map_free(&d->names);
	pthread_mutex_destroy(&d->lock);
	mem_free(d);
}

const char *dns_name(void *arg, const struct addr *a)
{
	struct dns *d = arg;
	struct map_entry *e;
	bool fresh;
	pthread_mutex_lock(&d->lock);
	const char *name = NULL;
	if (map_put(&d->names, a, sizeof(*a), &e, &fresh) == OK) {
		usec_t began = clock_monotonic();
		if (fresh && d->spent < MOST_TIME) {
			e->ptr = resolve(a);
			d->spent += clock_monotonic() - began;
		}
		name = e->ptr;
	}
	pthread_mutex_unlock(&d->lock);
	return name && *name ? name : NULL;
}
