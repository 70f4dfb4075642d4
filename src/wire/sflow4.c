/* sFlow versions 4 (RFC 3176) and 2: like v5, but nothing carries its length, so what is not
 * known costs the rest of the datagram.
 *
 *	datagram   version | agent address | sequence | uptime ms | n | n samples
 *	flow       1 | sequence | source | rate | pool | drops | input | output | packet | n | n extensions
 *	packet     1 | protocol | frame length | length | header     2 | IPv4     3 | IPv6   (as in v5)
 *	extension  1 switch  2 router  3 gateway  4 user  5 URL      as in v5, except:
 *	           v4 gateway: without the next hop      v2 gateway: its path is a list of AS numbers
 *	           user: without character sets          URL: without the host
 *	counters   2 | sequence | source | interval | kind | generic interface | what the kind adds
 *
 * An output interface is an ifIndex, or 1 << 31 | the number of outputs. */
#include "wire/sflow.h"

enum { FLOW_SAMPLE = 1, COUNTER_SAMPLE = 2 };
enum { PACKET_HEADER = 1, PACKET_IPV4 = 2, PACKET_IPV6 = 3 };
enum { ADD_SWITCH = 1, ADD_ROUTER = 2, ADD_GATEWAY = 3, ADD_USER = 4, ADD_URL = 5 };

/* The interfaces of flow/fields.h: a value that would read as another form is not kept. */
static uint32_t interface(struct wire *w, uint32_t value)
{
	if (value & IFINDEX_MULTIPLE)
		return IFINDEX_MULTIPLE | (value & 0xffff);
	if (value > IFINDEX_LOCAL && !(value & 0x3fff0000)) {
		reject(w, SF_INTERFACE_FORM);
		return IFINDEX_NONE;
	}
	return value;
}

static bool packet(struct flow_sample *s, struct cur *c)
{
	const uint8_t *h, *body;
	size_t len;
	switch (cur_u32(c)) {
	case PACKET_HEADER:
		h = cur_need(c, 12);
		len = h ? load_be32(h + 8) : 0;
		body = cur_need(c, len);
		cur_skip(c, -len & 3);
		if (body)
			flow_sample_header(s, load_be32(h), load_be32(h + 4), body, len);
		return true;
	case PACKET_IPV4:
		sampled_ipv4(s, c);
		return true;
	case PACKET_IPV6:
		sampled_ipv6(s, c);
		return true;
	}
	return c->bad; /* cut off is no unknown type */
}

/* own AS | source AS | source peer | path | v4: communities | local preference.  The
 * destination's AS is the last of the path. */
static void gateway(struct flow_sample *s, struct cur *c, uint32_t version)
{
	cur_skip(c, 4);
	uint32_t source = cur_u32(c), destination = 0;
	cur_skip(c, 4);
	/* v4: segments, each a kind and a list.  v2: one list. */
	uint32_t lists = version == 4 ? cur_u32(c) : 1;
	for (; lists && !c->bad; lists--) {
		cur_skip(c, version == 4 ? 4 : 0);
		uint32_t count = cur_u32(c);
		if (!count)
			continue;
		cur_skip(c, ((size_t)count - 1) * 4);
		destination = cur_u32(c);
	}
	if (version == 4) {
		cur_skip(c, (size_t)cur_u32(c) * 4);
		cur_skip(c, 4);
	}
	if (c->bad)
		return;
	s->row.sourceas = source;
	s->row.destinationas = destination;
}

static bool extension(struct flow_sample *s, struct cur *c, uint32_t version)
{
	switch (cur_u32(c)) {
	case ADD_SWITCH:
		extended_switch(s, c);
		return true;
	case ADD_ROUTER:
		extended_router(s, c);
		return true;
	case ADD_GATEWAY:
		gateway(s, c, version);
		return true;
	case ADD_USER:
		s->row.usersource = string_text(s, c);
		s->row.userdestination = string_text(s, c);
		return true;
	case ADD_URL:
		cur_skip(c, 4); /* direction */
		s->row.url = string_text(s, c);
		return true;
	}
	return c->bad;
}

/* False, and counted, when the rest of the datagram cannot be read. */
static bool flow(struct sflow *f, struct cur *c, uint32_t version)
{
	struct flow_sample *s = flow_sample_begin(f);
	const uint8_t *h = cur_need(c, 28);
	if (!h)
		return reject(f->w, SF_DATAGRAM_SHORT);
	s->row.datasource = load_be32(h + 4);
	s->row.samplingrate = load_be32(h + 8);
	s->row.inputinterface = interface(f->w, load_be32(h + 20));
	s->row.outputinterface = interface(f->w, load_be32(h + 24));
	s->rare = true; /* extensions fill what they like */
	sflow_number(f, SAMPLE_FLOW, s->row.datasource, load_be32(h), load_be32(h + 16));
	flow_sample_count(f, s);

	bool known = packet(s, c);
	for (uint32_t n = known ? cur_u32(c) : 0; n && known && !c->bad; n--)
		known = extension(s, c, version);
	flow_sample_give(s, known && !c->bad);
	if (c->bad)
		return reject(f->w, SF_DATAGRAM_SHORT);
	return known || reject(f->w, SF_TYPE_UNKNOWN);
}

/* What stands behind the generic interface: nothing, Ethernet, token ring, nothing (FDDI), 100BaseVG,
 * nothing (WAN).  Kind 7, a VLAN's, has no interface. */
static const uint8_t counters_add[] = { [2] = 2, [3] = 3 };
enum { KIND_VG = 5, KIND_MAX = 6, KIND_VLAN = 7, VG_BYTES = 80, FORMAT_VLAN = 5 };

static bool counters(struct sflow *f, struct cur *c)
{
	struct counter_sample *s = counter_sample_begin(f);
	const uint8_t *h = cur_need(c, 16);
	uint32_t kind = h ? load_be32(h + 12) : 0;
	f->w->totals.counter_samples++;
	if (h) {
		s->source_class = h[4];
		s->source_index = load_be32(h + 4) & 0xffffff;
		sflow_number(f, SAMPLE_COUNTERS, load_be32(h + 4), load_be32(h), 0);
	}
	if (!c->bad && kind != KIND_VLAN && (kind == 0 || kind > KIND_MAX))
		return reject(f->w, SF_TYPE_UNKNOWN);
	if (kind == KIND_VLAN)
		(void)counter_structure_rows(s, FORMAT_VLAN, c);
	else
		generic_interface(s, c);
	if (kind < COUNT_OF(counters_add) && counters_add[kind])
		(void)counter_structure_rows(s, counters_add[kind], c);
	else if (kind == KIND_VG)
		cur_skip(c, VG_BYTES);
	counter_sample_give(s);
	return !c->bad || reject(f->w, SF_DATAGRAM_SHORT);
}

static bool sample(struct sflow *f, struct cur *c, uint32_t version)
{
	switch (cur_u32(c)) {
	case FLOW_SAMPLE:
		return flow(f, c, version);
	case COUNTER_SAMPLE:
		return counters(f, c);
	}
	return reject(f->w, c->bad ? SF_DATAGRAM_SHORT : SF_TYPE_UNKNOWN);
}

static void decode(struct wire *w, const struct datagram *d, uint32_t version)
{
	struct sflow f;
	struct cur c;
	if (!sflow_begin(&f, w, d, &c))
		return;
	uint32_t n = cur_u32(&c);
	if (c.bad) {
		reject(w, SF_DATAGRAM_SHORT);
		return;
	}
	while (n && sample(&f, &c, version))
		n--;
	sflow_end(&f);
	if (!n && cur_left(&c))
		reject(w, SF_TRAILING);
}

void sflow2_decode(struct wire *w, const struct datagram *d)
{
	decode(w, d, 2);
}

void sflow4_decode(struct wire *w, const struct datagram *d)
{
	decode(w, d, 4);
}
