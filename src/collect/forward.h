/* Forwarding: what workers receive goes on to other collectors, by UDP, in a thread of its own.
 *
 *	worker -> ring -> forwarder: each rule -> raw: as it is
 *	                                       -> sampled: forward_thin.c
 *	                                       -> customer: decoded, forward_own.c -> forward_sflow.c, forward_ipfix.c
 *
 * A worker's part is one copy into its ring, whatever the rules are; it never waits.  Sockets are
 * connected when they are opened, before the jail: from then on write() reaches the receivers of the
 * configuration and nobody else, and no further system call is allowed for it. */
#pragma once
#include "collect/udp.h"

struct forwarder;

struct forward_options {
	const struct forward_rule *rule; /* borrowed for the call */
	size_t nrules;
	const struct udp_socket *place;  /* ours, which no rule may send to; borrowed for the call */
	const struct listen_at *at;
	size_t nplaces;
	unsigned workers;
	size_t ring_bytes;
	int wake;                        /* an eventfd, added to when the thread ends */
};

enum err forwarder_new(const struct forward_options *opt, struct forwarder **ret, struct problem *why) _must_check_;
void forwarder_free(struct forwarder *f); /* ends the thread first when need be */
enum err forwarder_start(struct forwarder *f) _must_check_;

/* A worker's: a datagram; the end of a burst; the end of the worker. */
void forwarder_put(struct forwarder *f, unsigned worker, const struct datagram *d);
void forwarder_burst(struct forwarder *f);
/* The same of a session: a message, whole; and the session's end. */
void forwarder_put_message(struct forwarder *f, unsigned worker, const struct datagram *d);
void forwarder_session_end(struct forwarder *f, unsigned worker, uint32_t session);
void forwarder_worker_ended(struct forwarder *f);

/* All workers ended, and all they put was sent. */
bool forwarder_ended(const struct forwarder *f);
void forwarder_totals(struct forwarder *f, struct collector_totals *add_to);
/* The decoder it has of its own, for templates of the last run; not once it was started. */
struct wire *forwarder_wire(struct forwarder *f);
/* wire_set_sampling() of that decoder; any thread, at any time. */
enum err forwarder_set_sampling(struct forwarder *f, const struct addr *agent, uint32_t ifindex, uint32_t rate) _must_check_;
bool forwarder_wants_owners(const struct forwarder *f);
enum err forwarder_owners(struct forwarder *f, const struct customers *mapping, struct attributor *owners,
			  size_t *ret_unknown) _must_check_;
