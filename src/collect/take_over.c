/* One collector takes the place of another without a datagram being lost.
 *
 * Both have sockets in the same SO_REUSEPORT groups; the kernel's array of a group, and what its program says:
 *
 *	old0 old1 new0 new1     hash % 2         who came first has it all
 *	old0 old1 new0 new1     hash % 2 + 2     steer: from here on the new one receives; the old one
 *	                                         drains its sockets, stores, ends
 *	new1 old1 new0          2                the kernel fills the place of a closed socket with its last:
 *	new1 new0               0                a place that stays a new one's is named before each close
 *	new1 new0               hash % 2         done; whose place is which is remembered (udp_socket.index)
 *
 * A new one that were alone would be the last and move with a close; until the program said so the kernel would
 * choose, and what it gave to an old socket would be gone with that.  So a group has two sockets at least, also of
 * one worker.
 *
 * Exporters keep to one worker, though another one than before: templates are loaded by all. */
#include "collect/worker.h"

#include <assert.h>
#include <linux/membarrier.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool same_place(const struct udp_socket *a, const struct udp_socket *b)
{
	struct sockaddr_in6 x = { 0 }, y = { 0 };
	socklen_t lx = sizeof(x), ly = sizeof(y);
	return a->transport == b->transport && getsockname(a->fd, (struct sockaddr *)&x, &lx) == 0 &&
	       getsockname(b->fd, (struct sockaddr *)&y, &ly) == 0 && lx == ly && memcmp(&x, &y, lx) == 0;
}

/* The old one's place with that address; -1 = it had none. */
static int place_of(struct collector *old, const struct udp_socket *s)
{
	for (size_t i = 0; i < collector_places(old); i++)
		if (same_place(collector_socket(old, i, 0), s))
			return (int)i;
	return -1;
}

enum err collector_steer_from(struct collector *fresh, struct collector *old)
{
	enum err err = OK;
	for (size_t i = 0; i < collector_places(fresh) && err == OK; i++) {
		const struct udp_socket *s = collector_socket(fresh, i, 0);
		if (place_of(old, s) >= 0)
			err = steer_attach_at(s->fd, collector_group(fresh), collector_group(old));
	}
	/* The kernel may be busy with a datagram whose socket was chosen before: wait until it has it (where the call
	 * is not there, the moment that the old one takes to stop must do). */
	(void)syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	return err;
}

/* The kernel's array of a group. */
struct group {
	struct udp_socket *at[2 * MAX_WORKERS];
	unsigned n;
};

static void join(struct group *g, struct collector *c, size_t place)
{
	const unsigned before = g->n;
	for (unsigned k = 0; k < collector_group(c); k++, g->n++) {
		struct udp_socket *s = collector_socket(c, place, k);
		s->index += before;
		g->at[s->index] = s;
	}
}

static void close_at(struct group *g, unsigned i)
{
	assert(i < g->n);
	struct udp_socket *last = g->at[--g->n];
	udp_close(g->at[i]);
	last->index = i;
	g->at[i] = last;
}

static enum err take_over(struct collector *fresh, size_t i, struct collector *old, size_t place)
{
	struct group g = { .n = 0 };
	const unsigned before = collector_group(old);
	const int by = collector_socket(fresh, i, 0)->fd; /* the program speaks to the group through it */
	join(&g, old, place);
	join(&g, fresh, i);
	enum err err = steer_attach_at(by, 1, before);
	if (err != OK)
		return err;
	close_at(&g, 0);
	err = steer_attach_at(by, 1, 0);
	for (unsigned k = before; --k > 0;) /* behind it are new ones alone, so one of these moves or none */
		close_at(&g, k);
	return err == OK ? steer_attach_at(by, collector_group(fresh), 0) : err;
}

enum err collector_take_over(struct collector *fresh, struct collector *old)
{
	enum err err = OK;
	for (size_t i = 0; i < collector_places(fresh) && err == OK; i++) {
		int place = place_of(old, collector_socket(fresh, i, 0));
		if (place >= 0)
			err = take_over(fresh, i, old, (size_t)place);
	}
	return err;
}
