/* Nearly all sampled packets: TCP or UDP over IP over Ethernet, with a VLAN tag or without, no options, whole as
 * far as the ports and flags.  These are read straight down, to the same end as by the walk of packet.c (a
 * test compares the two); whatever is unusual, too short or wrong is left to that one, untouched. */
#pragma once
#include "wire/inside.h"

enum { USUAL_IPV4 = 20, USUAL_IPV6 = 40, USUAL_TAIL = 14 /* of TCP: up to its flags; UDP is shorter */ };

/* Ports of which udp() looks for a tunnel. */
static inline bool usual_tunnel(uint8_t protocol, uint16_t port)
{
	return protocol == 17 && (port == 4789 || port == 8472 || port == 6081 || port == 6635);
}

static inline bool usual_ports(uint8_t protocol, const uint8_t *h, struct flow_rec *r)
{
	uint16_t destination = load_be16(h + 2);
	if ((protocol != 6 && protocol != 17) || usual_tunnel(protocol, destination))
		return false;
	r->protocol = protocol;
	r->sourceport = load_be16(h);
	r->destinationport = destination;
	if (protocol == 6)
		r->tcpflags = load_be16(h + 12) & 0x1ff;
	return true;
}

/* What is read must be inside of the sample and of the packet itself. */
static inline bool usual_ipv4(struct cur c, struct flow_rec *r)
{
	const uint8_t *h = cur_need(&c, USUAL_IPV4 + USUAL_TAIL);
	if (!h || h[0] != 0x45 || load_be16(h + 2) < USUAL_IPV4 + USUAL_TAIL ||
	    load_be16(h + 6) & 0x3fff || !usual_ports(h[9], h + USUAL_IPV4, r))
		return false;
	r->tos = h[1];
	r->ttl = h[8];
	r->ipsource = addr_v4(load_be32(h + 12));
	r->ipdestination = addr_v4(load_be32(h + 16));
	return true;
}

static inline bool usual_ipv6(struct cur c, struct flow_rec *r)
{
	const uint8_t *h = cur_need(&c, USUAL_IPV6 + USUAL_TAIL);
	if (!h || h[0] >> 4 != 6 || load_be16(h + 4) < USUAL_TAIL ||
	    !usual_ports(h[6], h + USUAL_IPV6, r))
		return false;
	r->tos = (uint8_t)(load_be16(h) >> 4);
	r->ttl = h[7];
	memcpy(r->ipsource.b, h + 8, 16);
	memcpy(r->ipdestination.b, h + 24, 16);
	return true;
}

/* False: something else, and nothing was written. */
static inline __attribute__((always_inline)) bool usual_packet(struct cur c, struct flow_rec *r)
{
	const uint8_t *frame = cur_need(&c, 14), *tag = NULL;
	uint16_t type = frame ? load_be16(frame + 12) : 0;
	if (type == 0x8100) {
		tag = cur_need(&c, 4);
		type = tag ? load_be16(tag + 2) : 0;
	}
	if (!(type == 0x0800 && usual_ipv4(c, r)) && !(type == 0x86dd && usual_ipv6(c, r)))
		return false;
	if (tag) {
		r->vlansource = load_be16(tag) & 0xfff;
		r->priority = tag[0] >> 5;
	}
	r->ethertype = type;
	r->macdestination = load_be64(frame) >> 16;
	r->macsource = load_be64(frame + 4) & 0xffffffffffffu;
	return true;
}
