/* A sampled packet header -> the packet fields of a row.
 *
 * One layer at a time: each reads its header from the cursor and names the next layer.
 *
 *	ETHERNET -> VLAN* -> LLC | PPPOE | MPLS* | IPV4 | IPV6      WIFI -> LLC | ETHERNET
 *	MPLS (bottom of stack) -> IPV4 | IPV6 by the first nibble, else a frame inside
 *	IPV4 | IPV6 -> EXTENSION* | FRAGMENT | AUTH -> TCP | UDP | PORTS | ICMP | a packet inside
 *	UDP -> VXLAN | GENEVE | MPLS, by the port       GRE -> ERSPAN | PPP | a packet inside
 *
 * The row's fields are the outer packet's, which is what the port carried.  A packet or frame
 * inside a tunnel is decoded on the side, and the innermost addresses that are looked at are
 * those of the first tunnel: innersource, innerdestination, innerprotocol.
 *
 * A layer that is cut off leaves its fields absent and ends the walk, silently: headers are
 * sampled short on purpose.  A layer that contradicts itself ends it with a counter.  At most
 * MAX_LAYERS layers are followed, those inside a tunnel included. */
#include "wire/inside.h"
#include "wire/packet_usual.h"

enum layer {
	L_END, L_ETHERNET, L_WIFI, L_VLAN, L_LLC, L_PPPOE, L_PPP, L_MPLS, L_IPV4, L_IPV6,
	L_EXTENSION, L_FRAGMENT, L_AUTH, L_TCP, L_UDP, L_PORTS, L_ICMP,
	L_GRE, L_INSIDE_IPV4, L_INSIDE_IPV6, L_INSIDE_MPLS,
};

enum {
	PROTO_IPV4 = 0x0800, PROTO_IPV6 = 0x86dd, PROTO_MPLS = 0x8847, PROTO_MPLS_UP = 0x8848,
	PROTO_PPPOE = 0x8864, PROTO_FRAME = 0x6558, PROTO_PPP = 0x880b,
	PROTO_ERSPAN = 0x88be, PROTO_ERSPAN_3 = 0x22eb,
	PROTO_8021Q = 0x8100, PROTO_8021AD = 0x88a8, PROTO_QINQ = 0x9100, PROTO_QINQ_2 = 0x9200,
	FIRST_ETHERTYPE = 0x0600, /* below: a length, IEEE 802.3 */
};

/* Everything that takes *p is inlined into packet_decode(), once, so that the cursor stays in registers. */
#define INLINE inline __attribute__((always_inline))

struct packet {
	struct wire *w;
	struct flow_rec *rec;
	struct cur c;
	uint8_t proto; /* inside IPv6: the header that comes next */
	uint8_t tags;  /* VLAN tags so far */
	uint8_t labels; /* MPLS labels so far */
	uint8_t layers;
	enum layer first_inside; /* where a packet inside begins, or L_END */
};

/* What is left is a packet inside a tunnel; of tunnels in tunnels the first is looked into. */
static INLINE enum layer inside(struct packet *p, enum layer first)
{
	p->first_inside = first;
	return L_END;
}

static INLINE enum layer after_ethertype(struct packet *p, uint16_t type)
{
	switch (type) {
	case PROTO_8021Q:
	case PROTO_8021AD:
	case PROTO_QINQ:
	case PROTO_QINQ_2:
		return L_VLAN;
	}
	p->rec->ethertype = type;
	switch (type) {
	case PROTO_IPV4:
		return L_IPV4;
	case PROTO_IPV6:
		return L_IPV6;
	case PROTO_MPLS:
	case PROTO_MPLS_UP:
		return L_MPLS;
	case PROTO_PPPOE:
		return L_PPPOE;
	}
	return L_END;
}

/* The same for what a tunnel says it carries, which is not the row's Ethernet type. */
static enum layer carried(uint16_t type)
{
	switch (type) {
	case PROTO_FRAME:
		return L_ETHERNET;
	case PROTO_IPV4:
		return L_IPV4;
	case PROTO_IPV6:
		return L_IPV6;
	case PROTO_MPLS:
	case PROTO_MPLS_UP:
		return L_MPLS;
	}
	return L_END;
}

/* What follows an IP header, by protocol number; 0 = nothing that is decoded. */
static const uint8_t ip_layers[256] = {
	[1] = L_ICMP,    [6] = L_TCP,    [17] = L_UDP,   [33] = L_PORTS /* DCCP */,
	[58] = L_ICMP,   [132] = L_PORTS /* SCTP */,     [136] = L_PORTS /* UDP-Lite */,
	[4] = L_INSIDE_IPV4, [41] = L_INSIDE_IPV6, [47] = L_GRE, [137] = L_INSIDE_MPLS,
};

/* The same inside IPv6, where options come as headers of their own (RFC 8200 4). */
static const uint8_t ipv6_layers[256] = {
	[0] = L_EXTENSION,   [43] = L_EXTENSION,  [60] = L_EXTENSION, [135] = L_EXTENSION,
	[139] = L_EXTENSION, [140] = L_EXTENSION, [44] = L_FRAGMENT,  [51] = L_AUTH,
};

static INLINE enum layer after_ipv6_header(struct packet *p, uint8_t next)
{
	p->proto = next;
	if (ipv6_layers[next])
		return ipv6_layers[next];
	p->rec->protocol = next;
	return ip_layers[next];
}

static INLINE enum layer ethernet(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 14);
	if (!h)
		return L_END;
	p->rec->macdestination = load_be64(h) >> 16;
	p->rec->macsource = load_be64(h + 4) & 0xffffffffffffu;
	uint16_t type = load_be16(h + 12);
	return type < FIRST_ETHERTYPE ? L_LLC : after_ethertype(p, type);
}

/* type | flags | duration | three addresses | sequence | a fourth | QoS | HT control (IEEE 802.11 9.2).  Which address is
 * whose is told by two flags: to and from the distribution system. */
static INLINE enum layer wifi(struct packet *p)
{
	enum { MANAGEMENT = 0, DATA = 2, EMPTY = 4, QOS = 8 };                           /* type, and bits of subtypes */
	enum { TO_DS = 1, FROM_DS = 2, BOTH_DS = 3, PROTECTED = 0x40, HT_CONTROL = 0x80 }; /* flags */
	const uint8_t *h = cur_need(&p->c, 24);
	unsigned type = h ? h[0] >> 2 & 3 : 0, subtype = h ? h[0] >> 4 : 0;
	if (!h || (type != DATA && type != MANAGEMENT))
		return L_END;
	const uint8_t *fourth = (h[1] & BOTH_DS) == BOTH_DS ? cur_need(&p->c, 6) : h;
	if (!fourth)
		return L_END;
	p->rec->macdestination = load_be64(h + (h[1] & TO_DS ? 16 : 4)) >> 16;
	if (fourth != h)
		p->rec->macsource = (uint64_t)load_be32(fourth) << 16 | load_be16(fourth + 4);
	else
		p->rec->macsource = load_be64(h + (h[1] & FROM_DS ? 16 : 10)) >> 16;
	if (type != DATA || subtype & EMPTY || h[1] & PROTECTED)
		return L_END;
	const uint8_t *qos = subtype & QOS ? cur_need(&p->c, 2) : NULL;
	if (qos && h[1] & HT_CONTROL)
		cur_skip(&p->c, 4);
	return qos && qos[0] & 0x80 ? L_ETHERNET : L_LLC; /* several packets: the first, with addresses of its own */
}

static INLINE enum layer vlan(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 4);
	if (!h)
		return L_END;
	uint16_t tag = load_be16(h), type = load_be16(h + 2);
	if (p->tags == 0) {
		p->rec->vlansource = tag & 0xfff;
		p->rec->priority = (uint8_t)(tag >> 13);
	} else if (p->tags == 1) {
		p->rec->vlaninner = tag & 0xfff;
	}
	p->tags++;
	return type < FIRST_ETHERTYPE ? L_LLC : after_ethertype(p, type);
}

/* IEEE 802.2; only SNAP with an Ethernet type in it leads on (RFC 1042). */
static INLINE enum layer llc(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 8);
	static const uint8_t snap[6] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };
	if (!h || memcmp(h, snap, sizeof(snap)) != 0)
		return L_END;
	return after_ethertype(p, load_be16(h + 6));
}

static bool frame_at(const struct cur *c, size_t at)
{
	if (cur_left(c) < at + 14)
		return false;
	switch (load_be16(c->pos + at + 12)) {
	case PROTO_IPV4:
	case PROTO_IPV6:
	case PROTO_8021Q:
	case PROTO_8021AD:
	case PROTO_MPLS:
		return true;
	}
	return false;
}

/* Ethernet behind labels, with a control word (four zero bits first, RFC 4385 3) or without.
 * Neither says so; a frame is one whose type is known. */
static INLINE enum layer pseudowire(struct packet *p)
{
	if (p->c.pos[0] >> 4 == 0 && frame_at(&p->c, 4))
		cur_skip(&p->c, 4);
	else if (!frame_at(&p->c, 0))
		return L_END;
	return inside(p, L_ETHERNET);
}

/* Version and type 1, code 0 (a session's data), session, length; then PPP (RFC 2516 4). */
static INLINE enum layer pppoe(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 6);
	return h && h[0] == 0x11 && h[1] == 0 ? L_PPP : L_END;
}

/* Address and control may stand first, and the protocol's first byte, zero, be left out
 * (RFC 1661 6.5, 6.6). */
static INLINE enum layer ppp(struct packet *p)
{
	if (cur_left(&p->c) >= 2 && load_be16(p->c.pos) == 0xff03)
		cur_skip(&p->c, 2);
	uint32_t proto = cur_u8(&p->c);
	if (!(proto & 1))
		proto = proto << 8 | cur_u8(&p->c);
	if (p->c.bad)
		return L_END;
	if (proto != 0x21 && proto != 0x57)
		return L_END;
	if (!p->rec->ethertype) /* nothing around it that has one */
		p->rec->ethertype = proto == 0x21 ? PROTO_IPV4 : PROTO_IPV6;
	return proto == 0x21 ? L_IPV4 : L_IPV6;
}

static INLINE enum layer mpls(struct packet *p)
{
	uint32_t entry = cur_u32(&p->c);
	if (p->c.bad)
		return L_END;
	if (p->labels == 0)
		p->rec->mplslabel = entry >> 12;
	else if (p->labels == 1)
		p->rec->mplsinner = entry >> 12;
	p->labels++;
	if (!(entry & 0x100)) /* not the bottom of the stack */
		return L_MPLS;
	if (!cur_left(&p->c))
		return L_END;
	switch (p->c.pos[0] >> 4) { /* the labels do not say what they carry (RFC 4928 3) */
	case 4:
		return L_IPV4;
	case 6:
		return L_IPV6;
	}
	return pseudowire(p);
}

static INLINE enum layer ipv4(struct packet *p)
{
	struct flow_rec *r = p->rec;
	const uint8_t *h = cur_need(&p->c, 20);
	if (!h)
		return L_END;
	size_t header = (size_t)(h[0] & 15) * 4, total = load_be16(h + 2);
	if (h[0] >> 4 != 4 || header < 20) {
		reject(p->w, PK_IPV4_BAD);
		return L_END;
	}
	r->tos = h[1];
	r->ttl = h[8];
	r->protocol = h[9];
	r->ipsource = addr_v4(load_be32(h + 12));
	r->ipdestination = addr_v4(load_be32(h + 16));
	cur_skip(&p->c, header - 20);
	if (total >= header && total - header < cur_left(&p->c)) /* 0 where the card cuts segments */
		p->c.end = p->c.pos + (total - header);          /* what follows is padding */
	uint16_t fragment = load_be16(h + 6);
	if (fragment & 0x3fff) {
		r->fragment = fragment & 0x1fff ? FRAG_LATER : FRAG_FIRST;
		if (r->fragment == FRAG_LATER)
			return L_END;
	}
	return h[9] == 51 ? L_AUTH : ip_layers[h[9]];
}

static INLINE enum layer ipv6(struct packet *p)
{
	struct flow_rec *r = p->rec;
	const uint8_t *h = cur_need(&p->c, 40);
	if (!h)
		return L_END;
	if (h[0] >> 4 != 6) {
		reject(p->w, PK_IPV6_BAD);
		return L_END;
	}
	r->tos = (uint8_t)(load_be16(h) >> 4);
	r->ttl = h[7];
	memcpy(r->ipsource.b, h + 8, 16);
	memcpy(r->ipdestination.b, h + 24, 16);
	size_t payload = load_be16(h + 4);
	if (payload && payload < cur_left(&p->c)) /* 0: a jumbogram */
		p->c.end = p->c.pos + payload;
	return after_ipv6_header(p, h[6]);
}

static INLINE enum layer extension(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 8);
	if (!h)
		return L_END;
	cur_skip(&p->c, (size_t)h[1] * 8);
	return p->c.bad ? L_END : after_ipv6_header(p, h[0]);
}

static INLINE enum layer fragment(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 8);
	if (!h)
		return L_END;
	uint16_t at = load_be16(h + 2);
	if (at >> 3) { /* its inside begins in another packet */
		p->rec->fragment = FRAG_LATER;
		p->rec->protocol = h[0];
		return L_END;
	}
	p->rec->fragment = at & 1 ? FRAG_FIRST : FRAG_WHOLE;
	return after_ipv6_header(p, h[0]);
}

/* Authentication header: its length counts four-byte words, less two (RFC 4302 2.2). */
static INLINE enum layer auth(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 8);
	if (!h)
		return L_END;
	cur_skip(&p->c, (size_t)h[1] * 4);
	return p->c.bad ? L_END : after_ipv6_header(p, h[0]);
}

static INLINE enum layer ports(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 4);
	if (!h)
		return L_END;
	p->rec->sourceport = load_be16(h);
	p->rec->destinationport = load_be16(h + 2);
	return L_END;
}

/* flags 8 (a network identifier is there) | 3 reserved | identifier | 1 reserved (RFC 7348 5) */
static INLINE enum layer vxlan(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 8);
	if (!h || !(h[0] & 0x08) || h[7])
		return L_END;
	p->rec->vni = load_be32(h + 4) >> 8;
	return inside(p, L_ETHERNET);
}

/* version, 6 bits of options' length in words | flags | protocol | identifier | - (RFC 8926 3.4) */
static INLINE enum layer geneve(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 8);
	if (!h || h[0] >> 6 || h[7])
		return L_END;
	p->rec->vni = load_be32(h + 4) >> 8;
	cur_skip(&p->c, (size_t)(h[0] & 63) * 4);
	return inside(p, carried(load_be16(h + 2)));
}

static INLINE enum layer udp(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 8);
	if (!h)
		return ports(p); /* cut behind them, maybe */
	p->rec->sourceport = load_be16(h);
	p->rec->destinationport = load_be16(h + 2);
	if (!cur_left(&p->c))
		return L_END;
	switch (p->rec->destinationport) {
	case 4789:
	case 8472: /* what Linux takes when nobody says otherwise */
		return vxlan(p);
	case 6081:
		return geneve(p);
	case 6635: /* RFC 7510 */
		return inside(p, L_MPLS);
	}
	return L_END;
}

/* ERSPAN II: 8 bytes; III: 12, and 8 more when the last bit says so; then the mirrored frame. */
static INLINE enum layer erspan(struct packet *p, size_t header)
{
	const uint8_t *h = cur_need(&p->c, header);
	if (h && header == 12 && h[11] & 1)
		cur_skip(&p->c, 8);
	return p->c.bad ? L_END : inside(p, L_ETHERNET);
}

/* flags and version | protocol | checksum? | key? | sequence? (RFC 2784, 2890); version 1, which
 * carries PPP, can have an acknowledgement too (RFC 2637).  A keepalive has protocol 0. */
static INLINE enum layer gre(struct packet *p)
{
	enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, ACK = 0x0080 };
	uint16_t flags = cur_u16(&p->c), type = cur_u16(&p->c), version = flags & 7;
	if (p->c.bad || version > 1 || flags & ROUTING)
		return L_END;
	cur_skip(&p->c, (flags & CHECKSUM ? 4u : 0u) + (flags & KEY ? 4u : 0u) + (flags & SEQUENCE ? 4u : 0u));
	if (version == 1) {
		cur_skip(&p->c, flags & ACK ? 4 : 0);
		return p->c.bad || type != PROTO_PPP ? L_END : inside(p, L_PPP);
	}
	if (p->c.bad)
		return L_END;
	if (type == PROTO_ERSPAN || type == PROTO_ERSPAN_3) /* type I has no header, nor a sequence number */
		return erspan(p, type == PROTO_ERSPAN_3 ? 12 : flags & SEQUENCE ? 8 : 0);
	return inside(p, carried(type));
}

static INLINE enum layer tcp(struct packet *p)
{
	ports(p);
	const uint8_t *h = cur_need(&p->c, 10); /* sequence, acknowledgement, flags */
	if (h)
		p->rec->tcpflags = load_be16(h + 8) & 0x1ff;
	return L_END;
}

static INLINE enum layer icmp(struct packet *p)
{
	p->rec->icmptype = cur_u16(&p->c);
	return L_END;
}

/* The layers from `next` to the end, or to where a packet inside a tunnel begins. */
static INLINE void walk(struct packet *p, enum layer next)
{
	for (; next != L_END; p->layers++) {
		if (p->layers == MAX_LAYERS) {
			reject(p->w, PK_TOO_DEEP);
			return;
		}
		switch (next) {
		case L_ETHERNET:    next = ethernet(p);  break;
		case L_WIFI:        next = wifi(p);      break;
		case L_VLAN:        next = vlan(p);      break;
		case L_LLC:         next = llc(p);       break;
		case L_PPPOE:       next = pppoe(p);     break;
		case L_PPP:         next = ppp(p);       break;
		case L_MPLS:        next = mpls(p);      break;
		case L_IPV4:        next = ipv4(p);      break;
		case L_IPV6:        next = ipv6(p);      break;
		case L_EXTENSION:   next = extension(p); break;
		case L_FRAGMENT:    next = fragment(p);  break;
		case L_AUTH:        next = auth(p);      break;
		case L_TCP:         next = tcp(p);       break;
		case L_UDP:         next = udp(p);       break;
		case L_PORTS:       next = ports(p);     break;
		case L_ICMP:        next = icmp(p);      break;
		case L_GRE:         next = gre(p);       break;
		case L_INSIDE_IPV4: next = inside(p, L_IPV4); break;
		case L_INSIDE_IPV6: next = inside(p, L_IPV6); break;
		case L_INSIDE_MPLS: next = inside(p, L_MPLS); break;
		case L_END:         break;
		}
	}
}

/* The packet that a tunnel carries, on the side. */
static __attribute__((noinline)) void decode_inside(const struct packet *outer)
{
	struct flow_rec row = { 0 };
	struct packet p = { .w = outer->w, .rec = &row, .c = outer->c, .layers = outer->layers };
	walk(&p, outer->first_inside);
	outer->rec->innersource = row.ipsource;
	outer->rec->innerdestination = row.ipdestination;
	outer->rec->innerprotocol = row.protocol;
}

void packet_decode(struct wire *w, uint32_t header_protocol, const uint8_t *data, size_t len,
		   struct flow_rec *rec)
{
	if (header_protocol == HEADER_PROTOCOL_ETHERNET && usual_packet(cur_of(data, len), false, rec))
		return;
	struct packet p = { .w = w, .rec = rec, .c.pos = data, .c.end = len ? data + len : data };
	enum layer next = L_END;

	switch (header_protocol) {
	case HEADER_PROTOCOL_ETHERNET:
	case HEADER_PROTOCOL_80211_AMSDU: /* addresses, and a length as IEEE 802.3 has it */
		next = L_ETHERNET;
		break;
	case HEADER_PROTOCOL_PPP:
	case HEADER_PROTOCOL_POS:
		next = L_PPP;
		break;
	case HEADER_PROTOCOL_80211_AMPDU:
		cur_skip(&p.c, 4); /* the delimiter */
		next = L_WIFI;
		break;
	case HEADER_PROTOCOL_80211:
		next = L_WIFI;
		break;
	case HEADER_PROTOCOL_LLC:
		next = L_LLC;
		break;
	case HEADER_PROTOCOL_IPV4:
		next = after_ethertype(&p, PROTO_IPV4);
		break;
	case HEADER_PROTOCOL_IPV6:
		next = after_ethertype(&p, PROTO_IPV6);
		break;
	case HEADER_PROTOCOL_MPLS:
		next = after_ethertype(&p, PROTO_MPLS);
		break;
	default:
		reject(w, PK_HEADER_PROTOCOL);
	}
	walk(&p, next);
	if (p.first_inside != L_END)
		decode_inside(&p);
}
