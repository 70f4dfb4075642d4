/* From a captured frame to the UDP payload in it: a row per link type, then IPv4 or IPv6.
 *
 * Only what export traffic needs: VLAN tags, IPv4 options and IPv6 options, routing and
 * destination headers are stepped over; fragments are told apart, not put together. */
#include "wire/pcap_link.h"

enum { IPV4 = 0x0800, IPV6 = 0x86dd, PROTO_UDP = 17 };

/* Each leaves *c at the network layer and returns the Ethernet type of what is there; 0 = none. */
static uint16_t link_ethernet(struct cur *c, bool big_endian _unused_)
{
	cur_skip(c, 12);
	uint16_t type = cur_u16(c);
	for (int tags = 0; tags < MAX_LAYERS && (type == 0x8100 || type == 0x88a8 || type == 0x9100); tags++) {
		cur_skip(c, 2);
		type = cur_u16(c);
	}
	return type;
}

static uint16_t link_raw(struct cur *c, bool big_endian _unused_)
{
	switch (cur_left(c) ? c->pos[0] >> 4 : 0) {
	case 4:
		return IPV4;
	case 6:
		return IPV6;
	}
	return 0;
}

static uint16_t link_linux(struct cur *c, bool big_endian _unused_)
{
	cur_skip(c, 14);
	return cur_u16(c);
}

static uint16_t link_linux2(struct cur *c, bool big_endian _unused_)
{
	uint16_t type = cur_u16(c);
	cur_skip(c, 18);
	return type;
}

/* The address family, in the byte order of the machine that captured; IPv6 has a number of
 * its own on every system. */
static uint16_t family(uint32_t af)
{
	switch (af) {
	case 2:
		return IPV4;
	case 10:
	case 24:
	case 28:
	case 30:
		return IPV6;
	}
	return 0;
}

static uint16_t link_null(struct cur *c, bool big_endian)
{
	return family(big_endian ? cur_u32(c) : cur_le32(c));
}

static uint16_t link_loop(struct cur *c, bool big_endian _unused_)
{
	return family(cur_u32(c));
}

static const struct link {
	uint32_t type;
	uint16_t (*strip)(struct cur *c, bool big_endian);
} links[] = {
	{ 1, link_ethernet }, { 113, link_linux }, { 276, link_linux2 }, { 101, link_raw },
	{ 12, link_raw },     { 14, link_raw },    { 228, link_raw },    { 229, link_raw },
	{ 0, link_null },     { 108, link_loop },
};

static enum udp_found udp_header(struct cur *c, struct datagram *d, bool *ret_cut)
{
	d->from_port = cur_u16(c);
	d->to_port = cur_u16(c);
	size_t length = cur_u16(c);
	cur_skip(c, 2); /* checksum: often left to the network card, so not looked at */
	if (c->bad)
		return UDP_NOT;
	size_t told = length >= 8 ? length - 8 : cur_left(c);
	d->len = MIN(told, cur_left(c));
	d->data = cur_need(c, d->len);
	*ret_cut = d->len < told;
	return UDP_FOUND;
}

static enum udp_found udp_in_ipv4(struct cur *c, struct datagram *d, bool *ret_cut)
{
	const uint8_t *h = cur_need(c, 20);
	if (!h || h[0] >> 4 != 4 || (h[0] & 15) < 5 || h[9] != PROTO_UDP)
		return UDP_NOT;
	size_t header = (size_t)(h[0] & 15) * 4, total = load_be16(h + 2);
	if (load_be16(h + 6) & 0x3fff)
		return UDP_FRAGMENT;
	d->from = addr_v4(load_be32(h + 12));
	cur_skip(c, header - 20);
	if (total >= header && total - header < cur_left(c))
		c->end = c->pos + (total - header);
	return udp_header(c, d, ret_cut);
}

static enum udp_found udp_in_ipv6(struct cur *c, struct datagram *d, bool *ret_cut)
{
	const uint8_t *h = cur_need(c, 40);
	if (!h || h[0] >> 4 != 6)
		return UDP_NOT;
	memcpy(d->from.b, h + 8, 16);
	size_t payload = load_be16(h + 4);
	if (payload && payload < cur_left(c))
		c->end = c->pos + payload;
	uint8_t next = h[6];
	for (int headers = 0; headers < MAX_LAYERS && (next == 0 || next == 43 || next == 60); headers++) {
		const uint8_t *e = cur_need(c, 8);
		if (!e)
			return UDP_NOT;
		next = e[0];
		cur_skip(c, (size_t)e[1] * 8);
	}
	if (next == 44)
		return UDP_FRAGMENT;
	return next == PROTO_UDP ? udp_header(c, d, ret_cut) : UDP_NOT;
}

enum udp_found udp_of_frame(uint32_t link, bool big_endian, struct cur frame, struct datagram *d,
			    bool *ret_cut)
{
	for (size_t i = 0; i < COUNT_OF(links); i++) {
		if (links[i].type != link)
			continue;
		switch (links[i].strip(&frame, big_endian)) {
		case IPV4:
			return udp_in_ipv4(&frame, d, ret_cut);
		case IPV6:
			return udp_in_ipv6(&frame, d, ret_cut);
		}
	}
	return UDP_NOT;
}
