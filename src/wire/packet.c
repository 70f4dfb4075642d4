/* A sampled packet header -> the packet fields of a row.
 *
 * One layer at a time: each reads its header from the cursor and names the next layer.
 *
 *	ETHERNET -> VLAN* -> LLC | MPLS* | IPV4 | IPV6
 *	MPLS (bottom of stack) -> IPV4 | IPV6 by the first nibble
 *	IPV4 | IPV6 -> EXTENSION* | FRAGMENT | AUTH -> TCP | PORTS | ICMP
 *
 * A layer that is cut off leaves its fields absent and ends the walk, silently: headers are
 * sampled short on purpose.  A layer that contradicts itself ends it with a counter.  At most
 * MAX_LAYERS layers are followed.  Tunnels (GRE, VXLAN ...) would be further layers; today the
 * outermost addresses are what a row shows. */
#include "wire/inside.h"

enum layer {
	L_END, L_ETHERNET, L_VLAN, L_LLC, L_MPLS, L_IPV4, L_IPV6,
	L_EXTENSION, L_FRAGMENT, L_AUTH, L_TCP, L_PORTS, L_ICMP,
};

enum {
	PROTO_IPV4 = 0x0800, PROTO_IPV6 = 0x86dd, PROTO_MPLS = 0x8847, PROTO_MPLS_UP = 0x8848,
	PROTO_8021Q = 0x8100, PROTO_8021AD = 0x88a8, PROTO_QINQ = 0x9100, PROTO_QINQ_2 = 0x9200,
	FIRST_ETHERTYPE = 0x0600, /* below: a length, IEEE 802.3 */
};

struct packet {
	struct wire *w;
	struct flow_rec *rec;
	struct cur c;
	uint8_t proto; /* inside IPv6: the header that comes next */
	uint8_t tags;  /* VLAN tags so far */
	bool label;    /* an MPLS label was seen */
};

static enum layer after_ethertype(struct packet *p, uint16_t type)
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
	}
	return L_END;
}

/* What follows an IP header, by protocol number; 0 = nothing that is decoded. */
static const uint8_t ip_layers[256] = {
	[1] = L_ICMP,    [6] = L_TCP,    [17] = L_PORTS, [33] = L_PORTS /* DCCP */,
	[58] = L_ICMP,   [132] = L_PORTS /* SCTP */,     [136] = L_PORTS /* UDP-Lite */,
};

/* The same inside IPv6, where options come as headers of their own (RFC 8200 4). */
static const uint8_t ipv6_layers[256] = {
	[0] = L_EXTENSION,   [43] = L_EXTENSION,  [60] = L_EXTENSION, [135] = L_EXTENSION,
	[139] = L_EXTENSION, [140] = L_EXTENSION, [44] = L_FRAGMENT,  [51] = L_AUTH,
};

static enum layer after_ipv6_header(struct packet *p, uint8_t next)
{
	p->proto = next;
	if (ipv6_layers[next])
		return ipv6_layers[next];
	p->rec->protocol = next;
	return ip_layers[next];
}

static enum layer ethernet(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 14);
	if (!h)
		return L_END;
	p->rec->macdestination = load_be64(h) >> 16;
	p->rec->macsource = load_be64(h + 4) & 0xffffffffffffu;
	uint16_t type = load_be16(h + 12);
	return type < FIRST_ETHERTYPE ? L_LLC : after_ethertype(p, type);
}

static enum layer vlan(struct packet *p)
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
static enum layer llc(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 8);
	static const uint8_t snap[6] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };
	if (!h || memcmp(h, snap, sizeof(snap)) != 0)
		return L_END;
	return after_ethertype(p, load_be16(h + 6));
}

static enum layer mpls(struct packet *p)
{
	uint32_t entry = cur_u32(&p->c);
	if (p->c.bad)
		return L_END;
	if (!p->label)
		p->rec->mplslabel = entry >> 12;
	p->label = true;
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
	return L_END;
}

static enum layer ipv4(struct packet *p)
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

static enum layer ipv6(struct packet *p)
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

static enum layer extension(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 8);
	if (!h)
		return L_END;
	cur_skip(&p->c, (size_t)h[1] * 8);
	return p->c.bad ? L_END : after_ipv6_header(p, h[0]);
}

static enum layer fragment(struct packet *p)
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
static enum layer auth(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 8);
	if (!h)
		return L_END;
	cur_skip(&p->c, (size_t)h[1] * 4);
	return p->c.bad ? L_END : after_ipv6_header(p, h[0]);
}

static enum layer ports(struct packet *p)
{
	const uint8_t *h = cur_need(&p->c, 4);
	if (!h)
		return L_END;
	p->rec->sourceport = load_be16(h);
	p->rec->destinationport = load_be16(h + 2);
	return L_END;
}

static enum layer tcp(struct packet *p)
{
	ports(p);
	const uint8_t *h = cur_need(&p->c, 10); /* sequence, acknowledgement, flags */
	if (h)
		p->rec->tcpflags = load_be16(h + 8) & 0x1ff;
	return L_END;
}

static enum layer icmp(struct packet *p)
{
	p->rec->icmptype = cur_u16(&p->c);
	return L_END;
}

void packet_decode(struct wire *w, uint32_t header_protocol, const uint8_t *data, size_t len,
		   struct flow_rec *rec)
{
	struct packet p = { .w = w, .rec = rec, .c.pos = data, .c.end = len ? data + len : data };
	enum layer next = L_END;

	switch (header_protocol) {
	case HEADER_PROTOCOL_ETHERNET:
		next = L_ETHERNET;
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
	for (int layers = 0; next != L_END; layers++) {
		if (layers == MAX_LAYERS) {
			reject(w, PK_TOO_DEEP);
			return;
		}
		switch (next) {
		case L_ETHERNET:  next = ethernet(&p);  break;
		case L_VLAN:      next = vlan(&p);      break;
		case L_LLC:       next = llc(&p);       break;
		case L_MPLS:      next = mpls(&p);      break;
		case L_IPV4:      next = ipv4(&p);      break;
		case L_IPV6:      next = ipv6(&p);      break;
		case L_EXTENSION: next = extension(&p); break;
		case L_FRAGMENT:  next = fragment(&p);  break;
		case L_AUTH:      next = auth(&p);      break;
		case L_TCP:       next = tcp(&p);       break;
		case L_PORTS:     next = ports(&p);     break;
		case L_ICMP:      next = icmp(&p);      break;
		case L_END:       break;
		}
	}
}
