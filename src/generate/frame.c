#include "generate/frame.h"

#include "generate/put.h"

enum { TCP = 6, UDP = 17, ICMP = 1, ICMP6 = 58 };

static void ipv4_header(struct put *p, const struct talk *t, uint32_t id)
{
	uint8_t *head = p->at;
	uint32_t sum = 0;

	put_u8(p, 0x45);
	put_u8(p, t->tos);
	put_u16(p, t->ip_len);
	put_u16(p, id);
	put_u16(p, 0x4000); /* don't fragment */
	put_u8(p, t->ttl);
	put_u8(p, t->protocol);
	put_u16(p, 0);
	put_addr(p, &t->src);
	put_addr(p, &t->dst);
	for (int i = 0; i < 20; i += 2)
		sum += load_be16(head + i);
	sum = (sum & 0xffff) + (sum >> 16);
	store_be16(head + 10, (uint16_t)~(sum + (sum >> 16)));
}

static void ipv6_header(struct put *p, const struct talk *t, uint32_t id)
{
	put_u32(p, 0x60000000u | (uint32_t)t->tos << 20 | (id & 0xfffff));
	put_u16(p, t->ip_len - 40);
	put_u8(p, t->protocol);
	put_u8(p, t->ttl);
	put_bytes(p, t->src.b, 16);
	put_bytes(p, t->dst.b, 16);
}

static void transport_header(struct put *p, const struct talk *t, struct rng *r, uint32_t len)
{
	uint64_t chance = rng_next(r);
	switch (t->protocol) {
	case TCP:
		put_u16(p, t->sport);
		put_u16(p, t->dport);
		put_u64(p, chance); /* sequence, acknowledgement */
		put_u8(p, 0x50);
		put_u8(p, t->tcpflags);
		put_u16(p, 0xfaf0);
		put_u32(p, (uint32_t)(chance >> 7) & 0xffff0000u);
		break;
	case UDP:
		put_u16(p, t->sport);
		put_u16(p, t->dport);
		put_u16(p, len);
		put_u16(p, (uint32_t)chance);
		break;
	case ICMP:
	case ICMP6:
		put_u16(p, t->dport); /* type and code */
		put_u16(p, (uint32_t)chance);
		put_u32(p, (uint32_t)(chance >> 16));
		break;
	default: /* ESP: index and sequence */
		put_u64(p, chance);
		break;
	}
}

size_t frame_make(const struct talk *t, struct rng *r, uint8_t buf[static FRAME_HEADER + 40])
{
	struct put p = { buf };
	uint64_t chance = rng_next(r);

	put_mac(&p, t->mac_dst);
	put_mac(&p, t->mac_src);
	if (t->in->vlan) {
		put_u16(&p, 0x8100);
		put_u16(&p, t->in->vlan);
	}
	put_u16(&p, t->v6 ? 0x86dd : 0x0800);
	if (t->v6)
		ipv6_header(&p, t, (uint32_t)chance);
	else
		ipv4_header(&p, t, (uint32_t)chance & 0xffff);
	transport_header(&p, t, r, t->ip_len - (t->v6 ? 40 : 20));
	while (p.at < buf + FRAME_HEADER) { /* what a payload looks like from afar */
		put_u64(&p, chance);
		chance = chance * 0x9e3779b97f4a7c15u + 1;
	}
	return MIN((size_t)FRAME_HEADER, (size_t)talk_frame(t) - 4);
}
