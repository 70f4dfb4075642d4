/* One thing that was said on the network: who, what, how long.  Private to generate/. */
#pragma once
#include "generate/world.h"

struct talk {
	const struct lane *lane;
	const struct gagent *agent;
	const struct gport *in, *out;
	struct addr src, dst;
	bool v6;
	uint8_t protocol, tos, ttl, tcpflags, src_mask, dst_mask;
	uint16_t sport, dport; /* ICMP: dport = type << 8 | code, as NetFlow has it */
	uint32_t ip_len;       /* of one packet, IP header included */
	uint32_t packets;      /* of a flow record */
	uint32_t src_as, dst_as;
	uint64_t mac_src, mac_dst;
};

/* v4_only for exports that know nothing else; flow: it is a flow record and not one packet. */
struct talk_style {
	bool v4_only, flow;
};
void talk_make(const struct world *w, struct rng *r, unsigned customer, struct talk_style style,
	       struct talk *ret);

/* Bytes on the wire as sFlow counts them: Ethernet header, tag, at least 60, and checksum. */
static inline uint32_t talk_frame(const struct talk *t)
{
	uint32_t frame = t->ip_len + 14 + (t->in->vlan ? 4u : 0u);
	return MAX(frame, 60u) + 4;
}

/* How long a flow lasted, for its packets. */
static inline uint32_t talk_duration_ms(const struct talk *t)
{
	uint32_t ms = (t->packets - 1) * (20u + (t->sport ^ t->dport) % 180u);
	return MIN(ms, 59000u);
}

/* Mean untagged frame length of traffic of such a customer in this direction, from many draws. */
double talk_mean_frame(const struct world *w, unsigned customer, bool inbound);
