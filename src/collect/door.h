/* A process that opens sockets for one that may not any more.
 *
 *	collector, in its jail --- place ---> doorkeeper        made before the jail, by fork
 *	                       <-- sockets --                   (a socket pair, SCM_RIGHTS)
 *
 * When the configuration names other places, a running collector needs sockets that its jail denies
 * it.  The doorkeeper does nothing else: it opens a group of sockets that receive or listen, and keeps none.
 * It ends with its parent. */
#pragma once
#include "collect/udp.h"

DEFINE_FREEP(struct door *, door_free)

struct door_place {
	struct listen_at at;
	size_t buffer_bytes;
	unsigned n;  /* sockets */
	bool join;   /* udp_join() instead of udp_open() */
};

/* udp_open(), there. */
enum err door_open(struct door *d, const struct door_place *p, struct udp_socket *ret, struct problem *why) _must_check_;
