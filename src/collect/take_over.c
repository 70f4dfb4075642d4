/* One collector takes the place of another without a datagram being lost.
 *
 * Both have sockets in the same SO_REUSEPORT groups; the kernel's array of a group, and what its program says:
 *
 *	old0 old1 new0 new1     hash % 2         who came first has it all
 *	old0 old1 new0 new1     hash % 2 + 2     steer: from here on the new one receives; the old one
 *	                                         drains its sockets, stores, ends
 *	new1 old1 new0          2                the kernel fills the place of a closed socket with its last:
 *	new1 new0               0                a place that stays a new one's is named before each close
 *	new1 new0               hash % 2         done
 *
 * Exporters keep to one worker, though another one than before: templates are loaded by all. */
#include "collect/worker.h"

#include <netinet/in.h>
#include <sys/socket.h>

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
	struct worker *w = collector_worker(old, 0);
	for (size_t i = 0; i < w->nsockets; i++)
		if (same_place(&w->socket[i], s))
			return (int)i;
	return -1;
}

enum err collector_steer_from(struct collector *fresh, struct collector *old)
{
	unsigned n = collector_workers(fresh), before = collector_workers(old);
	struct worker *w = collector_worker(fresh, 0);
	for (size_t i = 0; i < w->nsockets; i++)
		if (place_of(old, &w->socket[i]) >= 0) {
			enum err err = steer_attach_at(w->socket[i].fd, n, before);
			if (err != OK)
				return err;
		}
	return OK;
}

/* The program speaks to the group through the new socket `by`. */
static enum err close_group(struct collector *old, size_t place, int by, unsigned n)
{
	unsigned left = collector_workers(old);
	/* Once the first is closed, its place is a new socket's and stays so: a group of one new socket has
	 * no such place before, and the kernel chooses for that moment. */
	udp_close(&collector_worker(old, 0)->socket[place]);
	enum err err = left > 1 ? steer_attach_at(by, 1, 0) : OK;
	for (unsigned k = 1; k < left; k++)
		udp_close(&collector_worker(old, k)->socket[place]);
	return err == OK ? steer_attach_at(by, n, 0) : err;
}

enum err collector_take_over(struct collector *fresh, struct collector *old)
{
	unsigned n = collector_workers(fresh), before = collector_workers(old);
	struct worker *w = collector_worker(fresh, 0);
	enum err err = OK;
	for (size_t i = 0; i < w->nsockets && err == OK; i++) {
		int place = place_of(old, &w->socket[i]);
		if (place < 0)
			continue;
		if (n > 1)
			err = steer_attach_at(w->socket[i].fd, 1, before);
		if (err == OK)
			err = close_group(old, (size_t)place, w->socket[i].fd, n);
	}
	return err;
}
