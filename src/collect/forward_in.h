/* Between the files of forwarding. */
#pragma once
#include "base/map.h"
#include "collect/forward.h"
#include "collect/ring.h"

enum {
	FORWARD_DATAGRAM = 1400,  /* bytes of those that are made here, so that they go in one piece */
	FORWARD_SAMPLE = 512,     /* bytes of a sample or record at most */
	MAX_OWN_AGENTS = 4096,    /* of a customer's rule */
	MAX_THINNED = 262144,     /* exporters, agents and sources whose numbers are our own */
};

/* What the thread counts; under the forwarder's lock. */
struct forward_counts {
	uint64_t sent, sent_bytes, drops[DROPS];
};

/* -- receivers (forward_send.c) ----------------------------------------------------------------- */

struct receiver {
	int fd;       /* connected */
	bool spoofed; /* a raw socket: headers are ours to write */
	struct addr addr;
	uint16_t port;
};

enum err receiver_open(const struct listen_at *to, bool keep_source, struct receiver *ret, struct problem *why) _must_check_;
void receiver_close(struct receiver *r);
/* d's bytes, from our own address or (spoofed) from d's. */
void receiver_send(const struct receiver *r, const struct datagram *d, struct forward_counts *n);
/* Of the address and a port of ours: it would come back. */
bool receiver_is_place(const struct listen_at *to, const struct listen_at *at, uint16_t port);

/* -- thinning (forward_thin.c) ----------------------------------------------------------------------- */

struct thin {
	uint32_t one_in;
	uint64_t random; /* state */
	struct map numbers; /* of what is sent: by exporter and source */
	uint8_t data[65536];
};

void thin_init(struct thin *t, uint32_t one_in);
/* What is left of d: *ret, whose bytes are good until the next call.  False = nothing; counted where it is
 * not chance. */
bool thin_datagram(struct thin *t, const struct datagram *d, struct datagram *ret, struct forward_counts *n);
void thin_free(struct thin *t);

/* -- sessions (forward_session.c) ------------------------------------------------------------------ */

struct session_told {
	struct map at; /* when templates were told: by session and domain; struct session_key */
};

void session_told_free(struct session_told *t);
void session_told_end(struct session_told *t, uint32_t session);
struct outgoing_to;
/* Before a message of a session goes on: the templates of its domain, when they were not told for a while.  w has
 * decoded the message.  E_NOMEM, E_LIMIT: they are not told, which may be tried again. */
enum err session_tell(struct session_told *t, const struct wire *w, const struct datagram *d, const struct outgoing_to *to) _must_check_;

/* -- a customer's own (forward_own.c) ---------------------------------------------------------------- */

/* Records as the customer may see them, into datagrams (forward_sflow.c, forward_ipfix.c).  One for each
 * agent, as the customer knows agents: 0 stands for all on which no port is its own. */
struct outgoing;
typedef void outgoing_send(void *arg, const uint8_t *data, size_t len);

struct outgoing_to {
	void *arg;
	outgoing_send *send;
};

enum err outgoing_new(uint32_t agent, usec_t now, struct outgoing **ret) _must_check_;
void outgoing_free(struct outgoing *o);
/* rec holds what may be seen and nothing else. */
void outgoing_flow(struct outgoing *o, const struct flow_rec *rec, const struct outgoing_to *to);
void outgoing_counters(struct outgoing *o, const struct ifcounters_rec *rec, const struct outgoing_to *to);
void outgoing_flush(struct outgoing *o, const struct outgoing_to *to);

/* A sample of sFlow v5 from a record; forward_sflow.c.  Returns its bytes, FORWARD_SAMPLE at most. */
struct sample_numbers {
	uint32_t sequence, pool;
};
size_t sflow_flow_sample(uint8_t ret[static FORWARD_SAMPLE], const struct flow_rec *rec, const struct sample_numbers *n);
size_t sflow_counter_sample(uint8_t ret[static FORWARD_SAMPLE], const struct ifcounters_rec *rec, uint32_t sequence);
/* A record of IPFIX, by the template of its family; forward_ipfix.c. */
enum { IPFIX_FAMILIES = 2 };
size_t ipfix_family(const struct flow_rec *rec); /* 0 = IPv4, 1 = IPv6 */
size_t ipfix_templates(uint8_t ret[static FORWARD_SAMPLE]); /* a set of both */
size_t ipfix_record(uint8_t ret[static FORWARD_SAMPLE], const struct flow_rec *rec);
uint16_t ipfix_template_id(size_t family);

/* What one rule sends. */
struct own {
	uint32_t index;           /* of the customer in the mapping; UINT32_MAX = it is not there */
	struct addr *agent;       /* on which ports are its own; known to it as 1, 2, ... in this order */
	size_t nagents;
	struct privacy privacy;   /* of the customer, and its blocks and those below it, joined */
	struct arange *block;
	size_t nblock;
	struct outgoing **out;    /* nagents + 1 of them, made when needed */
};

/* Of the mapping: what the customer may not see and its blocks; agents that it has ports on, of which those known
 * already keep their place. */
enum err own_learn(struct own *o, const struct customers *mapping, uint32_t index) _must_check_;
void own_free(struct own *o);

/* Who asks: one row, one rule. */
struct own_question {
	const struct attributor *owners;
	struct owner_sets *sets;
	const struct own *own;
};
/* The customer is in a set of owners. */
bool own_set_has(const struct own_question *q, uint32_t set);
/* What the customer may see of a row that is its own.  *ret_port: a port of its own is in it. */
void own_flow(const struct own_question *q, const struct flow_rec *rec, struct flow_rec *ret, bool *ret_port);
bool own_counters(const struct own_question *q, const struct ifcounters_rec *rec, struct ifcounters_rec *ret);
/* The agent's number for the customer, 0 when it has none. */
uint32_t own_agent(const struct own *o, const struct addr *agent);
struct outgoing *own_outgoing(struct own *o, uint32_t agent, usec_t now); /* NULL = out of memory */
