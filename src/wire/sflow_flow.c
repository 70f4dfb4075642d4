/* Flow samples of sFlow v5: structures -> one row.
 *
 * A sample may tell of its packet twice, as raw header and as Ethernet and IP structures: the
 * raw header wins, the others count only where there is none. */
#include "wire/sflow.h"

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

/* ---- structures ----------------------------------------------------------------------- */

enum { ETHERNET_BYTES = 24, IPV4_BYTES = 32, IPV6_BYTES = 56 };

static inline void count_bytes(struct flow_sample *s, uint32_t frame_length)
{
	struct wire_totals *t = &s->w->totals;
	if (s->quiet)
		return;
	t->bytes += frame_length;
	t->estimated_bytes += (uint64_t)frame_length * MAX(s->row.samplingrate, 1u);
}

/* What nearly every sample has is inlined into flow_sample(), so that its cursors stay in registers. */
#define INLINE inline __attribute__((always_inline))

static INLINE void sampled_header(struct flow_sample *s, uint32_t protocol, uint32_t frame_length, const uint8_t *packet,
				  size_t len)
{
	count_bytes(s, frame_length);
	if (s->told.header) {
		reject(s->w, SF_STRUCTURE_TWICE);
		return;
	}
	s->told.header = true;
	s->row.bytes = frame_length;
	packet_decode(s->w, protocol, packet, len, &s->row);
	s->rare |= s->row.mplsinner != 0;
}

void flow_sample_more(struct flow_sample *s, struct cur *c)
{
	cur_skip(c, 4); /* protocol */
	uint32_t frame_length = cur_u32(c);
	if (c->bad)
		return;
	count_bytes(s, frame_length);
	s->row.bytes += frame_length;
}

void flow_sample_header(struct flow_sample *s, uint32_t protocol, uint32_t frame_length, const uint8_t *packet,
			size_t len)
{
	sampled_header(s, protocol, frame_length, packet, len);
}

static INLINE void raw_header(struct flow_sample *s, struct cur *c)
{
	const uint8_t *h = cur_need(c, 16); /* protocol, frame length, bytes stripped, header length */
	size_t len = h ? load_be32(h + 12) : 0;
	const uint8_t *packet = cur_need(c, len);
	if (packet)
		sampled_header(s, load_be32(h), load_be32(h + 4), packet, len);
}

static void sampled_ethernet(struct flow_sample *s, struct cur *c)
{
	s->told.ethernet = cur_need(c, ETHERNET_BYTES);
}

void sampled_ipv4(struct flow_sample *s, struct cur *c)
{
	s->told.ipv4 = cur_need(c, IPV4_BYTES);
}

void sampled_ipv6(struct flow_sample *s, struct cur *c)
{
	s->told.ipv6 = cur_need(c, IPV6_BYTES);
}

static INLINE void switch_data(struct flow_sample *s, struct cur *c)
{
	const uint8_t *p = cur_need(c, 16);
	if (!p)
		return;
	s->told.vlan_in = load_be32(p);
	s->told.priority = load_be32(p + 4);
	s->told.vlan_out = load_be32(p + 8);
}

void extended_switch(struct flow_sample *s, struct cur *c)
{
	switch_data(s, c);
}

static INLINE void router_data(struct flow_sample *s, struct cur *c)
{
	uint32_t type = cur_u32(c);
	size_t address = sflow_address_bytes(type);
	const uint8_t *p = cur_need(c, address + 8);
	if (!p)
		return;
	s->row.nexthop = sflow_address_at(type, p);
	s->row.sourcemask = (uint8_t)MIN(load_be32(p + address), 128u);
	s->row.destinationmask = (uint8_t)MIN(load_be32(p + address + 4), 128u);
}

void extended_router(struct flow_sample *s, struct cur *c)
{
	router_data(s, c);
}

/* What most samples have; the others are sflow_extended.c's and sflow_app.c's. */
static const struct flow_structure usual[] = {
	{ 1, raw_header },       { 1001, extended_switch }, { 1002, extended_router }, { 2, sampled_ethernet },
	{ 3, sampled_ipv4 },     { 4, sampled_ipv6 },
};

static const struct flow_structure *find(const struct flow_structure *all, size_t n, uint32_t format)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].format == format)
			return &all[i];
	return NULL;
}

void flow_structure(struct flow_sample *s, struct part *p)
{
	const struct flow_structure *f = find(usual, COUNT_OF(usual), p->format);
	s->rare |= !f;
	if (!f)
		f = find(extended_structures, n_extended_structures, p->format);
	if (!f)
		f = find(app_structures, n_app_structures, p->format);
	if (!f) {
		sflow_skip(s->w, SKIP_IN_FLOW, p->format);
		return;
	}
	f->read(s, &p->body);
	if (p->body.bad)
		reject(s->w, SF_STRUCTURE_SHORT);
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
static __attribute__((noinline)) bool packet_from_structures(struct flow_sample *s)
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
static INLINE void apply_extended(struct flow_sample *s)
{
	struct flow_rec *r = &s->row;
	if (s->told.outer_tag) {
		r->vlaninner = s->told.inner_tag ? s->told.inner_tag & 0xfff : r->vlansource;
		r->vlansource = s->told.outer_tag & 0xfff;
		r->priority = (uint8_t)(s->told.outer_tag >> 13 & 7);
	}
	if (s->told.vlan_in - 1 < 4094)
		r->vlansource = (uint16_t)s->told.vlan_in;
	if (s->told.vlan_out - 1 < 4094)
		r->vlandestination = (uint16_t)s->told.vlan_out;
	if (!r->priority && s->told.priority < 8)
		r->priority = (uint8_t)s->told.priority;
	if (addr_is_none(&r->nexthop))
		r->nexthop = s->told.gateway;
}

/* ---- the sample ------------------------------------------------------------------------ */

/* sequence 0 | source 4 | rate 8 | pool 12 | drops 16 | input 20 | output 24 | n 28, and with
 * sources and interfaces of two words: source 4 | rate 12 | ... | input 24 | output 32 | n 40.
 * Returns the number of structures. */
static uint32_t flow_head(struct sflow *f, struct cur *c, bool expanded, struct flow_rec *r)
{
	const uint8_t *h = cur_need(c, expanded ? 44 : 32);
	if (!h)
		return 0;
	if (!expanded) {
		r->datasource = load_be32(h + 4);
		r->samplingrate = load_be32(h + 8);
		r->inputinterface = load_be32(h + 20);
		r->outputinterface = load_be32(h + 24);
		sflow_number(f, SAMPLE_FLOW, r->datasource, load_be32(h), load_be32(h + 16));
		return load_be32(h + 28);
	}
	r->datasource = expanded_source(h + 4);
	r->samplingrate = load_be32(h + 12);
	r->inputinterface = expanded_interface(f->w, h + 24);
	r->outputinterface = expanded_interface(f->w, h + 32);
	sflow_number(f, SAMPLE_FLOW, sflow_source(h + 4), load_be32(h), load_be32(h + 20));
	return load_be32(h + 40);
}

static INLINE bool make_row(struct flow_sample *s)
{
	if (!s->told.header && !packet_from_structures(s))
		return false;
	apply_extended(s);
	return true;
}

bool flow_sample_packet(struct flow_sample *s)
{
	return make_row(s);
}

static INLINE void give(struct flow_sample *s, bool whole)
{
	if (s->operation) {
		operation_give(s);
		return;
	}
	if (!make_row(s)) {
		if (whole)
			reject(s->w, SF_NO_PACKET);
		return;
	}
	s->row.frames = 1;
	give_flow(s->w, &s->row);
}

void flow_sample_give(struct flow_sample *s, bool whole)
{
	give(s, whole);
}

static INLINE void usual_structure(struct flow_sample *s, struct cur body, void (*read)(struct flow_sample *s, struct cur *c))
{
	read(s, &body);
	if (body.bad)
		reject(s->w, SF_STRUCTURE_SHORT);
}

static void other_structure(struct flow_sample *s, struct part p)
{
	flow_structure(s, &p);
}

void flow_sample(struct sflow *f, struct cur *c, bool expanded)
{
	struct flow_sample *s = flow_sample_begin(f);
	uint32_t n = flow_head(f, c, expanded, &s->row);
	struct cur at = *c;
	flow_sample_count(f, s);
	for (struct part p; n && part_next(&at, &p); n--) {
		if (p.format == 1) /* nearly all: read without looking it up */
			usual_structure(s, p.body, raw_header);
		else if (p.format == 1001)
			usual_structure(s, p.body, switch_data);
		else if (p.format == 1002)
			usual_structure(s, p.body, router_data);
		else
			other_structure(s, p);
	}
	sflow_sample_end(f->w, &at);
	give(s, !at.bad);
}
