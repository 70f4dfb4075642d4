/* The network that does not exist: agents with ports, customers on them, and the lanes that
 * traffic takes through one agent.  Private to generate/.
 *
 * A lane is a way in by one port and out by another for one customer in one direction.  Samples
 * are drawn by lane and port counters are summed by lane, with the same shares: so what flows
 * estimate and what counters say agree but for chance, as on a real switch. */
#pragma once
#include "base/arena.h"
#include "generate/generate.h"
#include "generate/rng.h"

enum { PORT_NAME = 24, CUSTOMER_PORTS = 3, CUSTOMER_BLOCKS = 2, SIZE_KINDS = 4 };

struct counters { /* running totals as rates see them; whole numbers when sent */
	double in_octets, in_packets, out_octets, out_packets;
};

struct gport {
	char name[PORT_NAME];
	uint32_t ifindex;
	uint64_t speed;
	int customer; /* -1: nobody's; uplinks too */
	uint16_t vlan; /* its owner's frames carry this tag; 0 = none */
	struct counters sum, rate; /* at the slot's start; per microsecond in this slot */
	uint32_t flow_seq, counter_seq;
};

struct gagent {
	uint32_t ip;
	struct gport *port; /* nports; the last nuplinks are uplinks */
	unsigned nports, nuplinks;
};

struct lane {
	uint32_t agent;
	uint16_t in, out; /* ports' places */
	bool inbound;     /* towards the customer */
	int peer;         /* the other customer, -1 = the outside world */
	float upto;       /* shares of the customer's lanes, summed up */
	float share;
};

struct block {
	uint32_t base;
	uint8_t bits;
};

struct gcustomer {
	char id[12], name[40];
	bool eyeball; /* its people are clients; else it hosts servers */
	unsigned nports, nblocks, nlanes;
	struct {
		uint32_t agent;
		uint16_t port;
	} port[CUSTOMER_PORTS];
	struct block block[CUSTOMER_BLOCKS];
	struct lane *lane;
	double weight;
	uint32_t phase_min; /* its day begins that much later */
};

struct world {
	struct gagent *agent;
	struct gcustomer *customer;
	unsigned nagents, nports, ncustomers;
	struct arena memory;
};

enum err world_make(const struct generate_options *opt, struct world *ret, struct problem *why) _must_check_;
void world_free(struct world *w);

const struct world *generate_world(const struct generator *g);

/* The part of a customer's traffic that comes to it. */
double customer_inbound(const struct gcustomer *c);
