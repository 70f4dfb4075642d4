/* A pcap file (microseconds, little-endian, Ethernet) of datagrams from their exporters to the
 * collector 10.255.255.254. */
#include "generate/generate.h"

#include "generate/put.h"

enum { ETHERNET = 14, IPV4 = 20, IPV6 = 40, UDP = 8, SNAP = 65535 };
#define COLLECTOR 0x0afffffeu

void pcap_begin(struct buf *out)
{
	buf_u32(out, 0xa1b2c3d4u);
	buf_u16(out, 2);
	buf_u16(out, 4);
	buf_u32(out, 0); /* the zone is UTC */
	buf_u32(out, 0);
	buf_u32(out, SNAP);
	buf_u32(out, 1); /* Ethernet */
}

static void put_ipv4(struct put *p, const struct datagram *d)
{
	uint8_t *head = p->at;
	uint32_t sum = 0;
	put_u32(p, 0x45000000u | (uint32_t)(IPV4 + UDP + d->len));
	put_u32(p, 0x4000u);
	put_u32(p, 64u << 24 | 17u << 16);
	put_addr(p, &d->from);
	put_u32(p, COLLECTOR);
	for (int i = 0; i < IPV4; i += 2)
		sum += load_be16(head + i);
	sum = (sum & 0xffff) + (sum >> 16);
	store_be16(head + 10, (uint16_t)~(sum + (sum >> 16)));
}

static void put_ipv6(struct put *p, const struct datagram *d)
{
	static const uint8_t collector[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0xfe };
	put_u32(p, 0x60000000u);
	put_u16(p, (uint32_t)(UDP + d->len));
	put_u16(p, 17u << 8 | 64);
	put_bytes(p, d->from.b, 16);
	put_bytes(p, collector, 16);
}

/* E_RANGE: too long for one UDP datagram. */
enum err pcap_add(struct buf *out, const struct datagram *d)
{
	bool v4 = addr_is_v4(&d->from);
	size_t head = ETHERNET + (v4 ? IPV4 : IPV6) + UDP;
	if (d->len > SNAP - head)
		return E_RANGE;
	buf_u32(out, (uint32_t)(d->received / USEC_PER_SEC));
	buf_u32(out, (uint32_t)(d->received % USEC_PER_SEC));
	buf_u32(out, (uint32_t)(head + d->len));
	buf_u32(out, (uint32_t)(head + d->len));
	struct put p = { buf_room(out, head + d->len) };
	if (!p.at)
		return out->bad;
	put_mac(&p, 0x02005efffffeu);
	put_mac(&p, 0x02005e000000u | load_be16(d->from.b + 14));
	put_u16(&p, v4 ? 0x0800 : 0x86dd);
	if (v4)
		put_ipv4(&p, d);
	else
		put_ipv6(&p, d);
	put_u16(&p, d->from_port);
	put_u16(&p, d->to_port);
	put_u16(&p, (uint32_t)(UDP + d->len));
	put_u16(&p, 0); /* IPv4: not summed; over IPv6 the reader does not look */
	put_bytes(&p, d->data, d->len);
	return OK;
}
