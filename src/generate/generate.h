/* The door of generate/: believable exports of a network that does not exist.
 *
 * A provider with A agents of P ports, K customers on those ports with address blocks of their
 * own, a day's rhythm, few big and many small talkers.  The same seed gives the same datagrams.
 * Ends with the exact totals, so that loss can be measured. */
#pragma once
#include "base/buf.h"
#include "wire/wire.h"

enum generate_protocol { GEN_SFLOW, GEN_NETFLOW5, GEN_NETFLOW9, GEN_IPFIX };

struct generate_options {
	enum generate_protocol protocol;
	unsigned agents, ports, customers; /* 0 = 4, 24, 5 */
	uint64_t records;                  /* flow samples or flow records; 0 = 100000 */
	uint32_t sampling_rate;            /* 0 = 1000 for sFlow, 1 for the others */
	struct span span;                  /* time covered */
	unsigned counter_interval_s;       /* sFlow interface counters; 0 = 60 */
	uint64_t seed;
};

struct generator;

enum err generate_new(const struct generate_options *opt, struct generator **ret, struct problem *why) _must_check_;
void generate_free(struct generator *g);
DEFINE_FREEP(struct generator *, generate_free)

/* The next datagram in time order; false at the end.  Valid until the next call. */
bool generate_next(struct generator *g, struct datagram *ret);

/* Exact totals of what was given so far, in the words of wire_totals. */
const struct wire_totals *generate_totals(const struct generator *g);

/* The customers files that fit: the tutorial's XML with ports, and with CIDRs.  And the names
 * file (agent,ifIndex,ifName,speed). */
void generate_customers_ports(const struct generator *g, struct buf *out);
void generate_customers_cidrs(const struct generator *g, struct buf *out);
void generate_customers(const struct generator *g, struct buf *out); /* both */
void generate_names(const struct generator *g, struct buf *out);

/* -- writing a pcap file: Ethernet, IPv4, UDP around each datagram -- */
void pcap_begin(struct buf *out);
enum err pcap_add(struct buf *out, const struct datagram *d) _must_check_;
