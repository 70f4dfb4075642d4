/* Sessions: connections over which exporters send IPFIX messages one after the other (RFC 7011 10.4),
 * as they are or inside TLS.
 *
 *	listening sockets -> accept -> session: bytes -> whole messages -> message()
 *
 * A worker has its own; all sessions of one address are with one worker (steer.c), so that what an
 * address may have is exact.  One thread. */
#pragma once
#include "collect/tls.h"
#include "collect/udp.h"

struct streams;

/* How connections are taken; the jail lets no others in. */
#define ACCEPT_FLAGS (SOCK_CLOEXEC | SOCK_NONBLOCK)

struct streams_options {
	const struct udp_socket *place; /* those with TCP and TLS are ours; borrowed */
	size_t nplaces;
	struct tls *tls;                /* borrowed; NULL when no place wants it */
	struct stream_limits limits;
	uint64_t *drops;                /* counted into, by enum drop */
	void *arg;
	/* A whole message.  False: it was malformed, and the session is to end (RFC 7011 9). */
	bool (*message)(void *arg, const struct datagram *d);
	void (*ended)(void *arg, uint32_t session);
};

enum err streams_new(const struct streams_options *opt, struct streams **ret) _must_check_;
void streams_free(struct streams *s); /* ends all sessions */

/* Readable when streams_run has something to do. */
int streams_fd(const struct streams *s);
/* Take in what is there, without waiting, at most some of it: 0 = nothing was. */
size_t streams_run(struct streams *s);
/* When streams_run is to be called though nothing came, by clock_monotonic; INT64_MAX = never. */
usec_t streams_due(const struct streams *s);
size_t streams_open(const struct streams *s); /* sessions now */
