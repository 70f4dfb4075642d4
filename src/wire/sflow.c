/* sFlow version 5 (sflow.org/sflow_version_5.txt): a datagram is samples, a sample is
 * structures, everything carries its length, so what is not known is stepped over.
 *
 *	datagram   5 | agent address | sub-agent | sequence | uptime ms | n | n samples
 *	address    1 | 4 bytes   or   2 | 16 bytes
 *	sample     format | length | body          format = enterprise << 12 | number
 *	flow       sequence | source | rate | pool | drops | input | output | n | n structures
 *	counters   sequence | source | n | n structures
 *	structure  format | length | body
 *
 * In plain samples `source` is class << 24 | index and an interface one word whose upper two
 * bits are its form; in expanded samples each is two words.
 *
 * A flow sample is one row.  It may tell of its packet twice, as raw header and as Ethernet
 * and IP structures: the raw header wins, the others count only where there is none. */
#include "wire/inside.h"

struct sflow {
	struct wire *w;
	struct flow_rec row;  /* what all rows of the datagram share */
	uint32_t uptime_ms;
	usec_t received;
};

/* ---- data sources and interfaces ------------------------------------------------------ */

static uint32_t expanded_source(const uint8_t *p)
{
	return load_be32(p) << 24 | (load_be32(p + 4) & 0xffffff);
}

/* The constants of flow/fields.h are the plain form's own.  Expanded samples exist for ifIndexes
 * of more than 30 bits: those are kept, except the few that would read as a special form
 * (reasons and numbers of outputs have 16 bits at most). */
static uint32_t expanded_interface(struct wire *w, const uint8_t *p)
{
	static const uint32_t forms[] = { 0, IFINDEX_DISCARD, IFINDEX_MULTIPLE };
	uint32_t form = load_be32(p), value = load_be32(p + 4);
	bool special = value > IFINDEX_LOCAL && !(value & 0x3fff0000);
	if (form >= COUNT_OF(forms) || (form == 0 && special)) {
		reject(w, SF_INTERFACE_FORM);
		return IFINDEX_NONE;
	}
	return form ? forms[form] | (value & 0xffff) : value;
}

static bool read_address(struct cur *c, struct addr *ret)
{
	uint32_t type = cur_u32(c);
	*ret = (struct addr){ 0 };
	if (type == 1) {
		*ret = addr_v4(cur_u32(c));
	} else if (type == 2) {
		const uint8_t *p = cur_need(c, 16);
		if (p)
			memcpy(ret->b, p, 16);
	}
	return type <= 2; /* 0 = unknown, and no bytes follow */
}

/* ---- samples and structures: format | length | body ------------------------------------ */

struct part {
	uint32_t format;
	struct cur body; /* whole, and inside its parent */
};

static inline bool part_next(struct cur *c, struct part *ret)
{
	const uint8_t *h = cur_need(c, 8);
	size_t len = h ? load_be32(h + 4) : 0;
	const uint8_t *body = cur_need(c, len);
	if (!body)
		return false;
	ret->format = load_be32(h);
	ret->body.pos = body; /* word by word: copying a struct that was just written is slow */
	ret->body.end = body + len;
	ret->body.bad = false;
	return true;
}

static void sample_end(struct wire *w, const struct cur *c)
{
	if (c->bad)
		reject(w, SF_SAMPLE_SHORT);
	else if (cur_left(c))
		reject(w, SF_SAMPLE_TRAILING);
}

/* ---- flow samples --------------------------------------------------------------------- */

struct flow_sample {
	struct wire *w;
	struct flow_rec row;
	struct told {
		bool header;                          /* the raw header was read into row */
		const uint8_t *ethernet, *ipv4, *ipv6; /* structures 2, 3, 4, whole; NULL = not there */
		uint32_t vlan_in, priority, vlan_out; /* extended switch; ~0 = not told */
		struct addr gateway;                  /* BGP next hop, where no router told a nearer one */
	} told;
};

enum { ETHERNET_BYTES = 24, IPV4_BYTES = 32, IPV6_BYTES = 56 };

static void raw_header(struct flow_sample *s, struct cur *c)
{
	const uint8_t *h = cur_need(c, 16); /* protocol, frame length, bytes stripped, header length */
	size_t len = h ? load_be32(h + 12) : 0;
	const uint8_t *packet = cur_need(c, len);
	if (!packet)
		return;
	uint32_t frame_length = load_be32(h + 4);
	struct wire_totals *t = &s->w->totals;
	t->bytes += frame_length;
	t->estimated_bytes += (uint64_t)frame_length * MAX(s->row.samplingrate, 1u);
	if (s->told.header) {
		reject(s->w, SF_STRUCTURE_TWICE);
		return;
	}
	s->told.header = true;
	s->row.bytes = frame_length;
	packet_decode(s->w, load_be32(h), packet, len, &s->row);
}

static void sampled_ethernet(struct flow_sample *s, struct cur *c)
{
	s->told.ethernet = cur_need(c, ETHERNET_BYTES);
}

static void sampled_ipv4(struct flow_sample *s, struct cur *c)
{
	s->told.ipv4 = cur_need(c, IPV4_BYTES);
}

static void sampled_ipv6(struct flow_sample *s, struct cur *c)
{
	s->told.ipv6 = cur_need(c, IPV6_BYTES);
}

static void extended_switch(struct flow_sample *s, struct cur *c)
{
	const uint8_t *p = cur_need(c, 16);
	if (!p)
		return;
	s->told.vlan_in = load_be32(p);
	s->told.priority = load_be32(p + 4);
	s->told.vlan_out = load_be32(p + 8);
}

static void extended_router(struct flow_sample *s, struct cur *c)
{
	struct addr next;
	if (!read_address(c, &next))
		c->bad = true;
	uint32_t source = cur_u32(c), destination = cur_u32(c);
	if (c->bad)
		return;
	s->row.nexthop = next;
	s->row.sourcemask = (uint8_t)MIN(source, 128u);
	s->row.destinationmask = (uint8_t)MIN(destination, 128u);
}

/* The destination's AS is the last of the path; an empty path is the router's own network. */
static void extended_gateway(struct flow_sample *s, struct cur *c)
{
	struct addr next;
	if (!read_address(c, &next))
		c->bad = true;
	cur_skip(c, 4); /* the router's own AS */
	uint32_t source = cur_u32(c), destination = 0;
	cur_skip(c, 4); /* AS of the source's peer */
	for (uint32_t segments = cur_u32(c); segments && !c->bad; segments--) {
		cur_skip(c, 4); /* set or sequence */
		uint32_t count = cur_u32(c);
		if (!count)
			continue;
		cur_skip(c, ((size_t)count - 1) * 4);
		destination = cur_u32(c);
	}
	if (c->bad)
		return;
	s->row.sourceas = source;
	s->row.destinationas = destination;
	s->told.gateway = next;
}

static const struct flow_structure {
	uint32_t format;
	void (*read)(struct flow_sample *s, struct cur *body);
} flow_structures[] = {
	{ 1, raw_header },          { 1001, extended_switch }, { 1002, extended_router },
	{ 1003, extended_gateway }, { 2, sampled_ethernet },   { 3, sampled_ipv4 },
	{ 4, sampled_ipv6 },
};

static void flow_structure(struct flow_sample *s, struct part *p)
{
	for (size_t i = 0; i < COUNT_OF(flow_structures); i++)
		if (flow_structures[i].format == p->format) {
			flow_structures[i].read(s, &p->body);
			if (p->body.bad)
				reject(s->w, SF_STRUCTURE_SHORT);
			return;
		}
	s->w->totals.structures_skipped++;
}

/* Ports, flags and the type of service, which end both IP structures. */
static void ip_tail(struct flow_rec *r, struct cur *c)
{
	uint32_t source = cur_u32(c), destination = cur_u32(c), flags = cur_u32(c);
	r->tos = (uint8_t)cur_u32(c);
	if (r->protocol == 1 || r->protocol == 58) {
		r->icmptype = (uint16_t)(source << 8 | (destination & 255));
		return;
	}
	r->sourceport = (uint16_t)source;
	r->destinationport = (uint16_t)destination;
	r->tcpflags = r->protocol == 6 ? flags & 0x1ff : 0;
}

/* Where no raw header came: what the Ethernet and IP structures tell.  Their sizes were
 * checked when they were taken. */
static bool packet_from_structures(struct flow_sample *s)
{
	struct flow_rec *r = &s->row;
	if (s->told.ipv4) {
		struct cur c = cur_of(s->told.ipv4, IPV4_BYTES);
		r->bytes = cur_u32(&c);
		r->protocol = (uint8_t)cur_u32(&c);
		r->ipsource = addr_v4(cur_u32(&c));
		r->ipdestination = addr_v4(cur_u32(&c));
		r->ethertype = 0x0800;
		ip_tail(r, &c);
	} else if (s->told.ipv6) {
		struct cur c = cur_of(s->told.ipv6, IPV6_BYTES);
		r->bytes = cur_u32(&c);
		r->protocol = (uint8_t)cur_u32(&c);
		memcpy(r->ipsource.b, cur_need(&c, 16), 16);
		memcpy(r->ipdestination.b, cur_need(&c, 16), 16);
		r->ethertype = 0x86dd;
		ip_tail(r, &c);
	}
	if (s->told.ethernet) { /* a MAC takes 8 bytes, two of them padding */
		struct cur c = cur_of(s->told.ethernet, ETHERNET_BYTES);
		r->bytes = cur_u32(&c); /* layer 2, so it beats an IP length */
		r->macsource = cur_u64(&c) >> 16;
		r->macdestination = cur_u64(&c) >> 16;
		r->ethertype = (uint16_t)cur_u32(&c);
	}
	return s->told.ethernet || s->told.ipv4 || s->told.ipv6;
}

/* The switch knows VLANs of untagged ports too, so what it says beats the tag. */
static void apply_extended(struct flow_sample *s)
{
	struct flow_rec *r = &s->row;
	if (s->told.vlan_in - 1 < 4094)
		r->vlansource = (uint16_t)s->told.vlan_in;
	if (s->told.vlan_out - 1 < 4094)
		r->vlandestination = (uint16_t)s->told.vlan_out;
	if (!r->priority && s->told.priority < 8)
		r->priority = (uint8_t)s->told.priority;
	if (addr_is_none(&r->nexthop))
		r->nexthop = s->told.gateway;
}

/* sequence 0 | source 4 | rate 8 | pool 12 | drops 16 | input 20 | output 24 | n 28, and with
 * sources and interfaces of two words: source 4 | rate 12 | ... | input 24 | output 32 | n 40.
 * Returns the number of structures. */
static uint32_t flow_head(struct wire *w, struct cur *c, bool expanded, struct flow_rec *r)
{
	const uint8_t *h = cur_need(c, expanded ? 44 : 32);
	if (!h)
		return 0;
	if (!expanded) {
		r->datasource = load_be32(h + 4);
		r->samplingrate = load_be32(h + 8);
		r->inputinterface = load_be32(h + 20);
		r->outputinterface = load_be32(h + 24);
		return load_be32(h + 28);
	}
	r->datasource = expanded_source(h + 4);
	r->samplingrate = load_be32(h + 12);
	r->inputinterface = expanded_interface(w, h + 24);
	r->outputinterface = expanded_interface(w, h + 32);
	return load_be32(h + 40);
}

static void flow_sample(struct sflow *f, struct cur *c, bool expanded)
{
	struct wire *w = f->w;
	struct flow_sample s; /* piece by piece: the whole is large, and this is the hottest place */
	s.w = w;
	s.row = f->row;
	s.told = (struct told){ .vlan_in = ~0u, .priority = ~0u, .vlan_out = ~0u };
	uint32_t n = flow_head(w, c, expanded, &s.row);
	w->totals.flow_samples++;
	w->totals.frames++;
	w->totals.estimated_frames += MAX(s.row.samplingrate, 1u);

	for (struct part p; n && part_next(c, &p); n--)
		flow_structure(&s, &p);
	sample_end(w, c);
	if (!s.told.header && !packet_from_structures(&s)) {
		if (!c->bad)
			reject(w, SF_NO_PACKET);
		return;
	}
	apply_extended(&s);
	s.row.frames = 1;
	give_flow(w, &s.row);
}

/* ---- counter samples ------------------------------------------------------------------ */

struct counter_sample {
	struct wire *w;
	struct ifcounters_rec row;
	bool generic;    /* the generic interface structure was read into row */
	struct cur name; /* the port name structure */
};

/* All ones means that the agent does not have the counter. */
static uint64_t counter32(struct cur *c)
{
	uint32_t v = cur_u32(c);
	return v == UINT32_MAX ? 0 : v;
}

static uint64_t counter64(struct cur *c)
{
	uint64_t v = cur_u64(c);
	return v == UINT64_MAX ? 0 : v;
}

static void generic_interface(struct counter_sample *s, struct cur *body)
{
	struct cur c = cur_take(body, 88);
	if (c.bad)
		return;
	struct ifcounters_rec *r = &s->row;
	r->interface = cur_u32(&c);
	r->iftype = cur_u32(&c);
	r->ifspeed = cur_u64(&c);
	uint32_t duplex = cur_u32(&c);
	r->ifdirection = (uint8_t)MIN(duplex, 255u);
	r->ifstatus = (uint8_t)(cur_u32(&c) & 3);
	r->ifinoctets = counter64(&c);
	r->ifinucastpkts = counter32(&c);
	r->ifinmulticastpkts = counter32(&c);
	r->ifinbroadcastpkts = counter32(&c);
	r->ifindiscards = counter32(&c);
	r->ifinerrors = counter32(&c);
	r->ifinunknownprotos = counter32(&c);
	r->ifoutoctets = counter64(&c);
	r->ifoutucastpkts = counter32(&c);
	r->ifoutmulticastpkts = counter32(&c);
	r->ifoutbroadcastpkts = counter32(&c);
	r->ifoutdiscards = counter32(&c);
	r->ifouterrors = counter32(&c); /* then promiscuous mode */
	s->generic = true;
}

static void port_name(struct counter_sample *s, struct cur *body)
{
	s->name = cur_take(body, cur_u32(body));
	if (!s->name.bad && !cur_left(&s->name))
		reject(s->w, SF_NAME_EMPTY);
}

static void passed_over(struct counter_sample *s _unused_, struct cur *body _unused_)
{
}

static const struct counter_structure {
	uint32_t format;
	void (*read)(struct counter_sample *s, struct cur *body);
} counter_structures[] = {
	{ 1, generic_interface },
	{ 2, passed_over }, /* Ethernet: known, and nothing asks for it */
	{ 1005, port_name },
};

static void counter_structure(struct counter_sample *s, struct part *p)
{
	for (size_t i = 0; i < COUNT_OF(counter_structures); i++)
		if (counter_structures[i].format == p->format) {
			counter_structures[i].read(s, &p->body);
			if (p->body.bad)
				reject(s->w, SF_STRUCTURE_SHORT);
			return;
		}
	s->w->totals.structures_skipped++;
}

/* A name belongs to the interface of the generic structure, else to the one that the data
 * source is; 0 = it is none. */
static void give_name(struct sflow *f, const struct counter_sample *s, uint32_t source)
{
	struct wire *w = f->w;
	char text[MAX_NAME];
	struct wire_ifname name = {
		.agent = f->row.agent,
		.ifindex = s->generic ? s->row.interface : source,
		.name = clean_text(s->name.pos, cur_left(&s->name), text, sizeof(text)),
		.speed = s->generic ? s->row.ifspeed : 0,
		.when = f->received,
	};
	if (!name.name || !name.ifindex)
		reject(w, SF_NAME_EMPTY);
	else if (w->sink.ifname)
		w->sink.ifname(w->sink.arg, &name);
}

static void counter_sample(struct sflow *f, struct cur *c, bool expanded)
{
	struct wire *w = f->w;
	struct counter_sample s = {
		.w = w,
		.row = { .time = f->row.time,
			 .agent = f->row.agent,
			 .uptime = f->uptime_ms,
			 .countersource = COUNTERS_SFLOW },
	};
	/* sequence 0 | source 4, one word or two | n */
	const uint8_t *h = cur_need(c, expanded ? 16 : 12);
	uint32_t class = !h ? 0 : expanded ? load_be32(h + 4) : h[4];
	uint32_t index = !h ? 0 : expanded ? load_be32(h + 8) : load_be32(h + 4) & 0xffffff;
	uint32_t n = !h ? 0 : load_be32(h + (expanded ? 12 : 8));
	w->totals.counter_samples++;
	for (struct part p; n && part_next(c, &p); n--)
		counter_structure(&s, &p);
	sample_end(w, c);
	if (s.generic)
		give_counters(w, &s.row);
	if (!s.name.bad && cur_left(&s.name))
		give_name(f, &s, class ? 0 : index);
}

/* ---- samples and the datagram --------------------------------------------------------- */

/* Packets that the device dropped: counted; they are not traffic. */
static void drop_sample(struct sflow *f, struct cur *c _unused_, bool expanded _unused_)
{
	f->w->totals.drop_samples++;
}

static const struct sample_kind {
	uint32_t format;
	bool expanded;
	void (*read)(struct sflow *f, struct cur *body, bool expanded);
} sample_kinds[] = {
	{ 1, false, flow_sample },    { 3, true, flow_sample }, { 2, false, counter_sample },
	{ 4, true, counter_sample },  { 5, true, drop_sample },
};

static void sample(struct sflow *f, struct part *p)
{
	for (size_t i = 0; i < COUNT_OF(sample_kinds); i++)
		if (sample_kinds[i].format == p->format) {
			sample_kinds[i].read(f, &p->body, sample_kinds[i].expanded);
			return;
		}
	reject(f->w, SF_SAMPLE_UNKNOWN);
}

void sflow5_decode(struct wire *w, const struct datagram *d)
{
	struct cur c = cur_of(d->data, d->len);
	struct sflow f = { .w = w, .received = d->received };
	cur_skip(&c, 4); /* version */
	if (!read_address(&c, &f.row.agent)) {
		reject(w, SF_AGENT_TYPE);
		return;
	}
	static const struct addr zero_v4 = { { [10] = 0xff, [11] = 0xff } };
	if (addr_is_none(&f.row.agent) || addr_equal(&f.row.agent, &zero_v4))
		f.row.agent = d->from; /* an agent that does not know its own address */
	f.row.time = whole_ms(d->received);
	f.row.domain = cur_u32(&c);
	f.row.exporttype = EXPORT_SFLOW;
	cur_skip(&c, 4); /* sequence */
	f.uptime_ms = cur_u32(&c);

	uint32_t n = cur_u32(&c);
	for (struct part p; n && part_next(&c, &p); n--)
		sample(&f, &p);
	if (c.bad)
		reject(w, SF_DATAGRAM_SHORT);
	else if (cur_left(&c))
		reject(w, SF_TRAILING);
}
