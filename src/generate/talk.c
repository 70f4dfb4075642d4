#include "generate/talk.h"

#include <math.h>

enum { TCP = 6, UDP = 17, ICMP = 1, ICMP6 = 58, FLAG_SYN = 2 };
enum {
	REMOTES = 60000,
	V6_PERCENT = 24,
	MEAN_DRAWS = 65536, /* known to half a percent */
};
#define SHARED_NET 0x64400000u /* 100.64.0.0/10, RFC 6598: the rest of the world lives here */

static const struct service {
	const char *name;
	uint8_t protocol;
	uint16_t port;
	unsigned share, full_down, full_up, middle, packets;
} services[] = {
#define SERVICE(name, ...) { #name, __VA_ARGS__ },
#include "generate/services.def"
#undef SERVICE
};

static const struct service *service_pick(struct rng *r)
{
	uint32_t at = rng_below(r, 256);
	const struct service *s = services;
	while (s < services + COUNT_OF(services) - 1 && at >= s->share) {
		at -= s->share;
		s++;
	}
	return s;
}

/* -- addresses ----------------------------------------------------------------------------- */

static struct addr v6_of(uint32_t site, uint64_t host)
{
	struct addr a = { { 0x20, 0x01, 0x0d, 0xb8 } };
	store_be16(a.b + 4, (uint16_t)site);
	store_be64(a.b + 8, host);
	return a;
}

static struct addr customer_host(const struct world *w, struct rng *r, unsigned k, bool v6)
{
	const struct gcustomer *c = &w->customer[k];
	const struct block *b = &c->block[c->nblocks > 1 && rng_below(r, 4) == 0];
	uint32_t hosts = (1u << (32 - b->bits)) - 2;
	uint32_t host = 1 + rng_skewed(r, MIN(hosts, 200u));
	return v6 ? v6_of(k + 1, 0x0200000000000000u | host) : addr_v4(b->base + host);
}

struct remote {
	struct addr addr;
	uint32_t as;
};

static struct remote remote_host(struct rng *r, bool v6)
{
	uint64_t h = hash_mix(rng_skewed(r, REMOTES), 0x72656d6f7465u);
	return (struct remote){ .addr = v6 ? v6_of(0xff00 + (uint32_t)(h & 0xff), h >> 8) :
					     addr_v4(SHARED_NET + (uint32_t)(h >> 20 & 0x3fffff)),
				.as = 64512 + (uint32_t)(h >> 8) % 900 };
}

/* -- packets ------------------------------------------------------------------------------- */

static uint32_t length_of(const struct service *s, struct rng *r, bool down, bool v6)
{
	uint32_t at = rng_below(r, 100), full = down ? s->full_down : s->full_up;
	if (at < full)
		return s->protocol == UDP ? 1280 : 1500;
	uint32_t head = v6 ? 60 : 40;
	if (rng_below(r, 100) < s->middle)
		return head + 40 + rng_below(r, 1000) * rng_below(r, 1000) / 1000;
	return head + (s->protocol == UDP ? rng_below(r, 60) : rng_below(r, 3) * 12);
}

static uint8_t flags_of(struct rng *r, bool whole_flow, uint32_t ip_len)
{
	uint32_t at = rng_below(r, 100);
	if (whole_flow)
		return at < 86 ? 0x1b : at < 92 ? 0x1a : at < 97 ? 0x02 : 0x14; /* SYN alone: nobody there */
	return ip_len > 100 ? (at < 20 ? 0x18 : 0x10) : at < 6 ? 0x02 : at < 10 ? 0x12 : at < 14 ? 0x11 : 0x10;
}

/* Many flows of a few packets, a few of many. */
static uint32_t packets_of(const struct service *s, struct rng *r)
{
	double u = 1 - rng_unit(r);
	double n = s->packets <= 1 ? 1 + (u < 0.2) : 0.4 * s->packets / sqrt(u);
	return (uint32_t)fmin(fmax(n, 1), 40000);
}

static void set_ports(const struct service *s, struct rng *r, bool from_server, struct talk *t)
{
	uint16_t client = (uint16_t)(32768 + rng_below(r, 28232));
	uint16_t server = s->port ? s->port : (uint16_t)(16384 + rng_below(r, 14000));

	if (s->protocol == ICMP) {
		t->protocol = t->v6 ? ICMP6 : ICMP;
		t->sport = 0;
		t->dport = t->v6 ? (from_server ? 129 << 8 : 128 << 8) : from_server ? 0 : 8 << 8;
		return;
	}
	t->protocol = s->protocol;
	if (s->protocol != TCP && s->protocol != UDP)
		client = server = 0;
	t->sport = from_server ? server : client;
	t->dport = from_server ? client : server;
}

/* -- the talk -------------------------------------------------------------------------------- */

static const struct lane *lane_pick(const struct gcustomer *c, struct rng *r)
{
	float at = (float)rng_unit(r) * c->lane[c->nlanes - 1].upto;
	unsigned i = 0;
	while (i + 1 < c->nlanes && at >= c->lane[i].upto)
		i++;
	return &c->lane[i];
}

static uint64_t mac_of(uint32_t kind, uint32_t n)
{
	return 0x02005e000000u | (uint64_t)kind << 16 | n;
}

static void set_sides(const struct world *w, struct rng *r, unsigned k, struct talk *t)
{
	const struct lane *l = t->lane;
	const struct gcustomer *c = &w->customer[k];
	struct addr mine = customer_host(w, r, k, t->v6);
	struct remote other = l->peer < 0 ? remote_host(r, t->v6) :
					    (struct remote){ customer_host(w, r, (unsigned)l->peer, t->v6), 0 };
	uint8_t my_mask = t->v6 ? 48 : c->block[0].bits, other_mask = l->peer >= 0 ? my_mask : t->v6 ? 48 : 16;
	uint64_t my_mac = mac_of(0x10, k + 1), gateway = mac_of(0, 1 + (t->agent->ip & 0xff));

	t->src = l->inbound ? other.addr : mine;
	t->dst = l->inbound ? mine : other.addr;
	t->src_mask = l->inbound ? other_mask : my_mask;
	t->dst_mask = l->inbound ? my_mask : other_mask;
	t->src_as = l->inbound ? other.as : 0;
	t->dst_as = l->inbound ? 0 : other.as;
	t->mac_src = t->in->customer == (int)k ? my_mac : t->in->customer >= 0 ?
							  mac_of(0x10, (uint32_t)t->in->customer + 1) :
							  mac_of(1, 1 + l->in);
	t->mac_dst = gateway;
}

static void talk_on(const struct world *w, struct rng *r, unsigned k, const struct lane *l, bool flow,
		    struct talk *t)
{
	const struct gcustomer *c = &w->customer[k];
	uint64_t chance = rng_next(r);
	bool mine_serves = (chance & 0xff) < (c->eyeball ? 20 : 215);
	bool from_server = mine_serves != l->inbound;
	const struct service *s = service_pick(r);

	t->lane = l;
	t->agent = &w->agent[l->agent];
	t->in = &t->agent->port[l->in];
	t->out = &t->agent->port[l->out];
	t->ttl = (uint8_t)((t->in->customer >= 0 ? 64 : 44) + (chance >> 8 & 15));
	t->tos = (chance >> 16 & 0xff) < 12 ? 0xb8 : (chance >> 24 & 0xff) < 16 ? 0x28 : 0;
	set_sides(w, r, k, t);
	set_ports(s, r, from_server, t);
	t->ip_len = length_of(s, r, from_server, t->v6);
	t->packets = flow ? packets_of(s, r) : 1;
	t->tcpflags = t->protocol == TCP ? flags_of(r, t->packets > 1, t->ip_len) : 0;
	if (!flow && t->tcpflags & FLAG_SYN)
		t->ip_len = t->v6 ? 80 : 60; /* a SYN carries options and nothing else */
}

void talk_make(const struct world *w, struct rng *r, unsigned k, struct talk_style style, struct talk *ret)
{
	ret->v6 = !style.v4_only && rng_below(r, 100) < V6_PERCENT;
	talk_on(w, r, k, lane_pick(&w->customer[k], r), style.flow, ret);
}

double talk_mean_frame(const struct world *w, unsigned customer, bool inbound)
{
	const struct gcustomer *c = &w->customer[customer];
	struct rng r = { 0x6d65616eu };
	const struct lane *l = c->lane;
	double sum = 0;

	while (l->inbound != inbound)
		l++; /* every customer has lanes of both directions */
	for (int i = 0; i < MEAN_DRAWS; i++) {
		struct talk t = { .v6 = rng_below(&r, 100) < V6_PERCENT };
		talk_on(w, &r, customer, l, false, &t);
		struct gport untagged = *t.in;
		untagged.vlan = 0;
		t.in = &untagged;
		sum += talk_frame(&t);
	}
	return sum / MEAN_DRAWS;
}
