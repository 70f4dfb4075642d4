/* Nearly all sampled packets: TCP or UDP over IP over Ethernet, with a VLAN tag or without, no options, whole as
 * far as the ports and flags.  These are read straight down, to the same end as by the walk of packet.c (a
 * test compares the two); whatever is unusual, too short or wrong is left to that one, untouched.
 *
 * Tagged or not, TCP or UDP come as they like, and no processor foresees it: no branch asks for them. */
#pragma once
#include "wire/inside.h"

/* The one who reads many packets or samples has all of it inlined. */
#define USUAL static inline __attribute__((always_inline))

enum {
	USUAL_FRAME = 14, USUAL_TAG = 4, USUAL_IPV4 = 20, USUAL_IPV6 = 40,
	USUAL_TAIL = 14, /* of TCP: up to its flags; UDP is shorter */
};

/* Ports of which udp() looks for a tunnel. */
USUAL bool usual_tunnel(uint8_t protocol, uint16_t port)
{
	return port >= 4789 && port <= 8472 && protocol == 17 &&
	       (port == 4789 || port == 8472 || port == 6081 || port == 6635);
}

USUAL bool usual_ports(uint8_t protocol, const uint8_t *h, bool all, struct flow_rec *r)
{
	static const bool usual[256] = { [6] = true, [17] = true };
	uint16_t destination = load_be16(h + 2), flags = load_be16(h + 12) & 0x1ff;
	if (!usual[protocol] || usual_tunnel(protocol, destination))
		return false;
	r->protocol = protocol;
	r->sourceport = load_be16(h);
	r->destinationport = destination;
	if (all || protocol == 6)
		r->tcpflags = flags & (uint16_t)-(protocol == 6);
	return true;
}

/* What is read must be inside of the sample (h is) and of the packet itself. */
USUAL bool usual_ipv4(const uint8_t *h, bool all, struct flow_rec *r)
{
	if (h[0] != 0x45 || load_be16(h + 2) < USUAL_IPV4 + USUAL_TAIL || load_be16(h + 6) & 0x3fff ||
	    !usual_ports(h[9], h + USUAL_IPV4, all, r))
		return false;
	r->tos = h[1];
	r->ttl = h[8];
	r->ipsource = addr_v4(load_be32(h + 12));
	r->ipdestination = addr_v4(load_be32(h + 16));
	return true;
}

USUAL bool usual_ipv6(const uint8_t *h, bool all, struct flow_rec *r)
{
	if (h[0] >> 4 != 6 || load_be16(h + 4) < USUAL_TAIL || !usual_ports(h[6], h + USUAL_IPV6, all, r))
		return false;
	r->tos = (uint8_t)(load_be16(h) >> 4);
	r->ttl = h[7];
	memcpy(r->ipsource.b, h + 8, 16);
	memcpy(r->ipdestination.b, h + 24, 16);
	return true;
}

/* False: something else, and nothing was written.  all: what the packet does not have (tag, flags) is zeroed,
 * else left as it is. */
USUAL bool usual_packet(struct cur c, bool all, struct flow_rec *r)
{
	const uint8_t *frame = cur_need(&c, USUAL_FRAME + USUAL_IPV4 + USUAL_TAIL);
	if (!frame)
		return false;
	uint16_t type = load_be16(frame + 12);
	size_t tag = type == 0x8100 ? USUAL_TAG : 0;
	const uint8_t *ip = frame + USUAL_FRAME + tag;
	type = load_be16(ip - 2);
	if (type == 0x0800 ? !cur_need(&c, tag) || !usual_ipv4(ip, all, r)
			   : type != 0x86dd || !cur_need(&c, tag + USUAL_IPV6 - USUAL_IPV4) || !usual_ipv6(ip, all, r))
		return false;
	if (all || tag) {
		r->vlansource = tag ? load_be16(frame + USUAL_FRAME) & 0xfff : 0;
		r->priority = tag ? frame[USUAL_FRAME] >> 5 : 0;
	}
	r->ethertype = type;
	r->macdestination = load_be64(frame) >> 16;
	r->macsource = load_be64(frame + 4) & 0xffffffffffffu;
	return true;
}
