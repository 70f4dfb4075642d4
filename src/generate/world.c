#include "generate/world.h"

#include <stdio.h>

enum {
	MAX_AGENTS = 16384,
	MAX_PORTS = 1024,
	MAX_CUSTOMERS = 16384,
	TAGGED_EVERY = 3, /* one customer in so many has a tagged port */
	BASE_VLAN = 100,
};
#define BENCH_NET   0xc6120000u /* 198.18.0.0/15, RFC 2544 */
#define BENCH_BITS  15
#define LOCAL_SHARE 0.06 /* of a customer's traffic stays among customers */

/* The tutorial's two customers come first, with its ports and blocks, where the network has them. */
static const struct first {
	unsigned agent, port[2], nports;
	struct block block[CUSTOMER_BLOCKS];
	unsigned nblocks;
} firsts[] = {
	{ 0, { 4, 5 }, 2, { { 0xc0000200, 24 }, { 0xc6336400, 24 } }, 2 },
	{ 3, { 3 }, 1, { { 0xcb007100, 25 } }, 1 },
};

static const char *const names[] = { "Alder Hosting",  "Birch Clinic",    "Cedar Networks", "Dogwood Media",
				     "Elm University", "Fir Logistics",   "Ginkgo Games",   "Hazel Bank",
				     "Ivy Telecom",    "Juniper Bakeries", "Kapok Energy",   "Larch Research" };

double customer_inbound(const struct gcustomer *c)
{
	return c->eyeball ? 0.62 : 0.42;
}

/* -- agents and ports ----------------------------------------------------------------------- */

static enum err make_agents(struct world *w)
{
	unsigned uplinks = w->nports / 12 ? w->nports / 12 : 1;

	w->agent = arena_new0(&w->memory, w->nagents, sizeof(*w->agent));
	if (!w->agent)
		return E_NOMEM;
	for (unsigned a = 0; a < w->nagents; a++) {
		struct gagent *ag = &w->agent[a];
		*ag = (struct gagent){ .ip = 0x0a000001u + a, .nports = w->nports, .nuplinks = uplinks };
		if (!(ag->port = arena_new0(&w->memory, w->nports, sizeof(*ag->port))))
			return E_NOMEM;
		for (unsigned p = 0; p < w->nports; p++) {
			bool up = p >= w->nports - uplinks;
			/* Every fourth is of another make, and names its ports its own way. */
			snprintf(ag->port[p].name, PORT_NAME, a % 4 == 3 ? "A%u" : "ethernet%u", p + 1);
			ag->port[p].ifindex = p + 1;
			ag->port[p].speed = up ? 100000000000u : a % 2 ? 10000000000u : 1000000000u;
			ag->port[p].customer = -1;
		}
	}
	return OK;
}

static void own_port(struct world *w, unsigned k, unsigned agent, unsigned port)
{
	struct gcustomer *c = &w->customer[k];
	struct gport *p = &w->agent[agent].port[port];

	p->customer = (int)k;
	if (k % TAGGED_EVERY == 1)
		p->vlan = (uint16_t)(BASE_VLAN + k % 3900);
	c->port[c->nports].agent = agent;
	c->port[c->nports++].port = (uint16_t)port;
}

/* The next port that is nobody's, agent by agent so that customers spread; false: none left. */
static bool free_port(const struct world *w, uint64_t *at, unsigned *ret_agent, unsigned *ret_port)
{
	unsigned edge = w->nports - w->agent[0].nuplinks;
	for (; *at < (uint64_t)edge * w->nagents; ++*at) {
		*ret_agent = (unsigned)(*at % w->nagents);
		*ret_port = (unsigned)(*at / w->nagents);
		if (w->agent[*ret_agent].port[*ret_port].customer < 0)
			return true;
	}
	return false;
}

/* -- customers ------------------------------------------------------------------------------ */

static bool first_fits(const struct world *w, unsigned k)
{
	if (k >= COUNT_OF(firsts) || firsts[k].agent >= w->nagents)
		return false;
	unsigned edge = w->nports - w->agent[0].nuplinks;
	for (unsigned i = 0; i < firsts[k].nports; i++)
		if (firsts[k].port[i] >= edge)
			return false;
	return true;
}

/* The largest equal blocks of the benchmark range that are enough for all. */
static uint8_t block_bits(unsigned customers)
{
	uint8_t bits = 24;
	while (bits < 29 && (1u << (bits - BENCH_BITS)) < customers)
		bits++;
	return bits;
}

static void name_customer(struct gcustomer *c, unsigned k)
{
	snprintf(c->id, sizeof(c->id), "%u", 1001 + k);
	if (k < COUNT_OF(names))
		snprintf(c->name, sizeof(c->name), "%s", names[k]);
	else
		snprintf(c->name, sizeof(c->name), "%s %u", names[k % COUNT_OF(names)],
			 k / (unsigned)COUNT_OF(names) + 1);
}

static enum err make_customers(struct world *w, struct rng *r, struct problem *why)
{
	uint8_t bits = block_bits(w->ncustomers);
	uint64_t next_port = 0;
	unsigned spare = w->nagents * (w->nports - w->agent[0].nuplinks);

	w->customer = arena_new0(&w->memory, w->ncustomers, sizeof(*w->customer));
	if (!w->customer)
		return E_NOMEM;
	for (unsigned k = 0; k < w->ncustomers && k < COUNT_OF(firsts); k++)
		for (unsigned i = 0; first_fits(w, k) && i < firsts[k].nports; i++)
			own_port(w, k, firsts[k].agent, firsts[k].port[i]);
	for (unsigned k = 0; k < w->ncustomers; k++) {
		struct gcustomer *c = &w->customer[k];
		unsigned agent, port;
		name_customer(c, k);
		c->eyeball = k % 3 == 1;
		c->weight = 1 / (1 + 0.35 * k) * (0.7 + 0.6 * rng_unit(r));
		c->phase_min = rng_below(r, 150);
		if (k < COUNT_OF(firsts)) {
			memcpy(c->block, firsts[k].block, sizeof(c->block));
			c->nblocks = firsts[k].nblocks;
		} else {
			c->block[0] = (struct block){ BENCH_NET + (k << (32 - bits)), bits };
			c->nblocks = 1;
		}
		unsigned wanted = c->nports ? 0u : spare > 3 * w->ncustomers && k % 4 == 0 ? 2u : 1u;
		while (wanted-- && free_port(w, &next_port, &agent, &port))
			own_port(w, k, agent, port);
		if (!c->nports)
			return problem_set(why, E_RANGE, "%u customers need more than %u agents with %u ports",
					   w->ncustomers, w->nagents, w->nports);
	}
	return OK;
}

/* -- lanes ---------------------------------------------------------------------------------- */

static void lane_add(struct gcustomer *c, struct lane lane)
{
	lane.upto = lane.share + (c->nlanes ? c->lane[c->nlanes - 1].upto : 0);
	c->lane[c->nlanes++] = lane;
}

static uint16_t uplink(const struct world *w, uint32_t agent, unsigned k)
{
	const struct gagent *a = &w->agent[agent];
	return (uint16_t)(a->nports - 1 - k % a->nuplinks);
}

static void lanes_outside(const struct world *w, unsigned k, double share)
{
	struct gcustomer *c = &w->customer[k];
	double in = customer_inbound(c);
	for (unsigned i = 0; i < c->nports; i++) {
		struct lane l = { .agent = c->port[i].agent, .in = uplink(w, c->port[i].agent, k),
				  .out = c->port[i].port, .inbound = true, .peer = -1,
				  .share = (float)(share * in / c->nports) };
		lane_add(c, l);
		l.in = l.out;
		l.out = uplink(w, l.agent, k);
		l.inbound = false;
		l.share = (float)(share * (1 - in) / c->nports);
		lane_add(c, l);
	}
}

/* To and from the next customer: through one agent, or seen by two. */
static void lanes_peer(const struct world *w, unsigned k, double share)
{
	struct gcustomer *c = &w->customer[k];
	unsigned other = (k + 1) % w->ncustomers;
	const struct gcustomer *o = &w->customer[other];
	uint32_t a = c->port[0].agent, b = o->port[0].agent;
	uint16_t mine = c->port[0].port, theirs = o->port[0].port;

	for (int inbound = 0; inbound < 2; inbound++) {
		double s = share * (inbound ? customer_inbound(c) : 1 - customer_inbound(c));
		struct lane l = { .agent = a, .in = inbound ? theirs : mine, .out = inbound ? mine : theirs,
				  .inbound = inbound, .peer = (int)other, .share = (float)s };
		if (a == b) {
			lane_add(c, l);
			continue;
		}
		l.share /= 2;
		l.in = inbound ? uplink(w, a, k) : mine;
		l.out = inbound ? mine : uplink(w, a, k);
		lane_add(c, l);
		l.agent = b;
		l.in = inbound ? theirs : uplink(w, b, k);
		l.out = inbound ? uplink(w, b, k) : theirs;
		lane_add(c, l);
	}
}

static enum err make_lanes(struct world *w)
{
	for (unsigned k = 0; k < w->ncustomers; k++) {
		struct gcustomer *c = &w->customer[k];
		double local = w->ncustomers > 1 ? LOCAL_SHARE : 0;
		if (!(c->lane = arena_new0(&w->memory, 2 * c->nports + 4, sizeof(*c->lane))))
			return E_NOMEM;
		lanes_outside(w, k, 1 - local);
		if (local > 0)
			lanes_peer(w, k, local);
	}
	return OK;
}

enum err world_make(const struct generate_options *opt, struct world *ret, struct problem *why)
{
	struct world w = { .nagents = opt->agents, .nports = opt->ports, .ncustomers = opt->customers };
	struct rng r = { opt->seed ^ 0x776569720001u };

	if (w.nagents > MAX_AGENTS)
		return problem_set(why, E_RANGE, "agents must be 1..%d", MAX_AGENTS);
	if (w.nports < 2 || w.nports > MAX_PORTS)
		return problem_set(why, E_RANGE, "ports must be 2..%d", MAX_PORTS);
	if (w.ncustomers > MAX_CUSTOMERS)
		return problem_set(why, E_RANGE, "customers must be 1..%d", MAX_CUSTOMERS);
	enum err e = make_agents(&w);
	if (e == OK)
		e = make_customers(&w, &r, why);
	if (e == OK)
		e = make_lanes(&w);
	if (e != OK)
		world_free(&w);
	else
		*ret = w;
	return e;
}

void world_free(struct world *w)
{
	arena_free(&w->memory);
}
