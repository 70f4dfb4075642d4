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

#include "wire/packet.h"

struct sflow {
	struct wire *w;
	struct flow_rec row;  /* what all rows of the datagram share */
	uint32_t uptime_ms;
	usec_t received;
};

/* ---- data sources and interfaces ------------------------------------------------------ */

static uint32_t read_source(struct cur *c, bool expanded)
{
	if (!expanded)
		return cur_u32(c);
	uint32_t class = cur_u32(c);
	return class << 24 | (cur_u32(c) & 0xffffff);
}

/* The constants of flow/fields.h are the plain form's own.  Expanded samples exist for ifIndexes
 * of more than 30 bits: those are kept, except the few that would read as a special form
 * (reasons and numbers of outputs have 16 bits at most). */
static uint32_t read_interface(struct wire *w, struct cur *c, bool expanded)
{
	if (!expanded)
		return cur_u32(c);
	static const uint32_t forms[] = { 0, IFINDEX_DISCARD, IFINDEX_MULTIPLE };
	uint32_t form = cur_u32(c), value = cur_u32(c);
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

/* ---- flow samples --------------------------------------------------------------------- */

struct flow_sample {
	struct wire *w;
	struct flow_rec row;
	bool header;                     /* the raw header was read into row */
	struct cur ethernet, ipv4, ipv6; /* structures 2, 3, 4; empty = not there */
	uint32_t vlan_in, priority, vlan_out; /* extended switch; ~0 = not told */
	struct addr gateway;             /* BGP next hop, where no router told a nearer one */
};

static void raw_header(struct flow_sample *s, struct cur *c)
{
	uint32_t protocol = cur_u32(c), frame_length = cur_u32(c);
	cur_skip(c, 4); /* bytes that the agent stripped */
	struct cur packet = cur_take(c, cur_u32(c));
	if (packet.bad)
		return;
	struct wire_totals *t = &s->w->totals;
	t->bytes += frame_length;
	t->estimated_bytes += (uint64_t)frame_length * MAX(s->row.samplingrate, 1u);
	if (s->header) {
		reject(s->w, SF_STRUCTURE_TWICE);
		return;
	}
	s->header = true;
	s->row.bytes = frame_length;
	packet_read(s->w, protocol, packet, &s->row);
}

static void sampled_ethernet(struct flow_sample *s, struct cur *c)
{
	s->ethernet = cur_take(c, 24);
}

static void sampled_ipv4(struct flow_sample *s, struct cur *c)
{
	s->ipv4 = cur_take(c, 32);
}

static void sampled_ipv6(struct flow_sample *s, struct cur *c)
{
	s->ipv6 = cur_take(c, 56);
}

static void extended_switch(struct flow_sample *s, struct cur *c)
{
	s->vlan_in = cur_u32(c);
	s->priority = cur_u32(c);
	s->vlan_out = cur_u32(c);
	cur_skip(c, 4);
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
	s->gateway = next;
}

static const struct flow_structure {
	uint32_t format;
	void (*read)(struct flow_sample *s, struct cur *body);
} flow_structures[] = {
	{ 1, raw_header },          { 1001, extended_switch }, { 1002, extended_router },
	{ 1003, extended_gateway }, { 2, sampled_ethernet },   { 3, sampled_ipv4 },
	{ 4, sampled_ipv6 },
};

static void flow_structure(struct flow_sample *s, uint32_t format, struct cur *body)
{
	for (size_t i = 0; i < COUNT_OF(flow_structures); i++)
		if (flow_structures[i].format == format) {
			flow_structures[i].read(s, body);
			if (body->bad)
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
	if (cur_left(&s->ipv4)) {
		struct cur c = s->ipv4;
		r->bytes = cur_u32(&c);
		r->protocol = (uint8_t)cur_u32(&c);
		r->ipsource = addr_v4(cur_u32(&c));
		r->ipdestination = addr_v4(cur_u32(&c));
		r->ethertype = 0x0800;
		ip_tail(r, &c);
	} else if (cur_left(&s->ipv6)) {
		struct cur c = s->ipv6;
		r->bytes = cur_u32(&c);
		r->protocol = (uint8_t)cur_u32(&c);
		memcpy(r->ipsource.b, cur_need(&c, 16), 16);
		memcpy(r->ipdestination.b, cur_need(&c, 16), 16);
		r->ethertype = 0x86dd;
		ip_tail(r, &c);
	}
	if (cur_left(&s->ethernet)) { /* a MAC takes 8 bytes, two of them padding */
		struct cur c = s->ethernet;
		r->bytes = cur_u32(&c); /* layer 2, so it beats an IP length */
		r->macsource = cur_u64(&c) >> 16;
		r->macdestination = cur_u64(&c) >> 16;
		r->ethertype = (uint16_t)cur_u32(&c);
	}
	return cur_left(&s->ethernet) || cur_left(&s->ipv4) || cur_left(&s->ipv6);
}

/* The switch knows VLANs of untagged ports too, so what it says beats the tag. */
static void apply_extended(struct flow_sample *s)
{
	struct flow_rec *r = &s->row;
	if (s->vlan_in - 1 < 4094)
		r->vlansource = (uint16_t)s->vlan_in;
	if (s->vlan_out - 1 < 4094)
		r->vlandestination = (uint16_t)s->vlan_out;
	if (!r->priority && s->priority < 8)
		r->priority = (uint8_t)s->priority;
	if (addr_is_none(&r->nexthop))
		r->nexthop = s->gateway;
}

static void flow_sample(struct sflow *f, struct cur *c, bool expanded)
{
	struct wire *w = f->w;
	struct flow_sample s = { .w = w, .row = f->row, .vlan_in = ~0u, .priority = ~0u, .vlan_out = ~0u };
	cur_skip(c, 4); /* sequence */
	s.row.datasource = read_source(c, expanded);
	s.row.samplingrate = cur_u32(c);
	cur_skip(c, 8); /* pool, drops */
	s.row.inputinterface = read_interface(w, c, expanded);
	s.row.outputinterface = read_interface(w, c, expanded);
	w->totals.flow_samples++;
	w->totals.frames++;
	w->totals.estimated_frames += MAX(s.row.samplingrate, 1u);

	for (uint32_t n = cur_u32(c); n && !c->bad; n--) {
		uint32_t format = cur_u32(c);
		struct cur body = cur_take(c, cur_u32(c));
		if (!c->bad)
			flow_structure(&s, format, &body);
	}
	if (c->bad)
		reject(w, SF_SAMPLE_SHORT);
	else if (cur_left(c))
		reject(w, SF_SAMPLE_TRAILING);
	if (!s.header && !packet_from_structures(&s)) {
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
	r->ifdirection = (uint8_t)MIN(cur_u32(&c), 255u);
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

static void counter_structure(struct counter_sample *s, uint32_t format, struct cur *body)
{
	for (size_t i = 0; i < COUNT_OF(counter_structures); i++)
		if (counter_structures[i].format == format) {
			counter_structures[i].read(s, body);
			if (body->bad)
				reject(s->w, SF_STRUCTURE_SHORT);
			return;
		}
	s->w->totals.structures_skipped++;
}

/* A name belongs to the interface of the generic structure, else to the data source. */
static void give_name(struct sflow *f, const struct counter_sample *s, uint32_t source)
{
	struct wire *w = f->w;
	char text[MAX_NAME];
	struct wire_ifname name = {
		.agent = f->row.agent,
		.ifindex = s->generic ? s->row.interface : source >> 24 ? 0 : source,
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
	cur_skip(c, 4); /* sequence */
	uint32_t source = read_source(c, expanded);
	w->totals.counter_samples++;
	for (uint32_t n = cur_u32(c); n && !c->bad; n--) {
		uint32_t format = cur_u32(c);
		struct cur body = cur_take(c, cur_u32(c));
		if (!c->bad)
			counter_structure(&s, format, &body);
	}
	if (c->bad)
		reject(w, SF_SAMPLE_SHORT);
	else if (cur_left(c))
		reject(w, SF_SAMPLE_TRAILING);
	if (s.generic)
		give_counters(w, &s.row);
	if (!s.name.bad && cur_left(&s.name))
		give_name(f, &s, source);
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

static void sample(struct sflow *f, uint32_t format, struct cur *body)
{
	for (size_t i = 0; i < COUNT_OF(sample_kinds); i++)
		if (sample_kinds[i].format == format) {
			sample_kinds[i].read(f, body, sample_kinds[i].expanded);
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

	for (uint32_t n = cur_u32(&c); n && !c.bad; n--) {
		uint32_t format = cur_u32(&c);
		struct cur body = cur_take(&c, cur_u32(&c));
		if (!c.bad)
			sample(&f, format, &body);
	}
	if (c.bad)
		reject(w, SF_DATAGRAM_SHORT);
	else if (cur_left(&c))
		reject(w, SF_TRAILING);
}
