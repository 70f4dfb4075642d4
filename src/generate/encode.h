/* From talks to datagrams: one row of functions per protocol.  Private to generate/.
 *
 * An agent collects encoded records in `rows`; when they fill a datagram, or are old enough, the
 * header goes before them.  Templates and interface names of NetFlow v9 and IPFIX, and sFlow's
 * counters, are datagrams of their own, made piece by piece. */
#pragma once
#include "generate/put.h"
#include "generate/talk.h"

enum {
	DATAGRAM_MAX = 1472,    /* what an Ethernet frame holds behind IPv4 and UDP */
	ROWS_MAX = 1400,        /* headers of message and sets come on top */
	TEMPLATES_EVERY = 20,   /* datagrams with data, of an agent */
};

struct collected { /* of an agent, since its last datagram */
	uint8_t rows[2][DATAGRAM_MAX]; /* IPv4 and IPv6 apart, where they have different templates */
	size_t len[2];
	unsigned n;
	uint64_t bytes, frames;
};

struct exporter {
	const struct gagent *agent;
	uint32_t id;                  /* 0-based number of the agent */
	uint32_t sequence;            /* datagrams or records so far, as the protocol counts */
	uint32_t datagrams;           /* with data, so far */
	struct collected now;
	usec_t first;                 /* when the oldest collected record was added */
	struct exporter *older, *newer; /* among those that wait */
	bool waiting;
};

struct encode_env {
	const struct world *world;
	uint32_t rate;
	usec_t boot;
	struct rng *rng;
};

struct encoder {
	const char *name;
	uint16_t port;                /* where collectors listen */
	enum export_type type;
	struct talk_style style;
	bool samples;                 /* of packets: sFlow; else flow records */
	size_t row_max, rows_max; /* bytes of the longest record, and of all in a datagram */
	/* Append one record to x->now. */
	void (*add)(const struct encode_env *env, struct exporter *x, const struct talk *t, usec_t at);
	/* The datagram of what was collected; returns its length. */
	size_t (*wrap)(const struct encode_env *env, struct exporter *x, usec_t at, uint8_t *ret);
	/* Part `*step` of what must be told first, counting what is in it into *t; 0: no more parts.
	 * NULL: nothing. */
	size_t (*preamble)(const struct encode_env *env, struct exporter *x, usec_t at, unsigned *step,
			   uint8_t *ret, struct wire_totals *t);
};

/* sFlow counter samples from port *step on; 0 when all were told. */
size_t sflow_counters(const struct encode_env *env, struct exporter *x, usec_t at, usec_t slot_start,
		      unsigned *step, uint8_t *ret, struct wire_totals *t);

static inline uint32_t uptime_ms(const struct encode_env *env, usec_t at)
{
	return (uint32_t)((at - env->boot) / 1000);
}

/* The rows of the table, each in its protocol's file. */
extern const struct encoder sflow_encoder, netflow5_encoder, netflow9_encoder, ipfix_encoder;
