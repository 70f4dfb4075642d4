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
 * A flow sample is one row (sflow_flow.c). */
#include "wire/sflow.h"

bool sflow_address(struct cur *c, struct addr *ret)
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
	return type <= 2;
}

/* ---- counter samples ------------------------------------------------------------------ */

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

void generic_interface(struct counter_sample *s, struct cur *body)
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

void counter_sample_begin(struct counter_sample *s, const struct sflow *f)
{
	*s = (struct counter_sample){
		.w = f->w,
		.row = { .time = f->row.time,
			 .agent = f->row.agent,
			 .uptime = f->uptime_ms,
			 .countersource = COUNTERS_SFLOW },
	};
}

static void counter_sample(struct sflow *f, struct cur *c, bool expanded)
{
	struct wire *w = f->w;
	struct counter_sample s;
	counter_sample_begin(&s, f);
	/* sequence 0 | source 4, one word or two | n */
	const uint8_t *h = cur_need(c, expanded ? 16 : 12);
	uint32_t class = !h ? 0 : expanded ? load_be32(h + 4) : h[4];
	uint32_t index = !h ? 0 : expanded ? load_be32(h + 8) : load_be32(h + 4) & 0xffffff;
	uint32_t n = !h ? 0 : load_be32(h + (expanded ? 12 : 8));
	if (h)
		sflow_number(f, SAMPLE_COUNTERS, expanded ? sflow_source(h + 4) : load_be32(h + 4), load_be32(h), 0);
	w->totals.counter_samples++;
	for (struct part p; n && part_next(c, &p); n--)
		counter_structure(&s, &p);
	sflow_sample_end(w, c);
	if (s.generic)
		give_counters(w, &s.row);
	if (!s.name.bad && cur_left(&s.name))
		give_name(f, &s, class ? 0 : index);
}

/* ---- samples and the datagram --------------------------------------------------------- */

/* Packets that the device dropped: counted; they are not traffic, so they are no rows.
 * sequence 0 | source 4 | drops 12 | input 16 | output 20 | reason 24 | n 28 | structures */
static void drop_sample(struct sflow *f, struct cur *c, bool expanded _unused_)
{
	const uint8_t *h = cur_need(c, 32);
	f->w->totals.drop_samples++;
	if (h)
		sflow_number(f, SAMPLE_DROPS, sflow_source(h + 4), load_be32(h), load_be32(h + 12));
	else
		reject(f->w, SF_SAMPLE_SHORT);
}

static const struct sample_kind {
	uint32_t format;
	bool expanded;
	void (*read)(struct sflow *f, struct cur *body, bool expanded);
} sample_kinds[] = {
	{ 1, false, flow_sample },    { 3, true, flow_sample }, { 2, false, counter_sample },
	{ 4, true, counter_sample },  { 5, true, drop_sample },
};

void sflow_sample(struct sflow *f, struct part *p)
{
	for (size_t i = 0; i < COUNT_OF(sample_kinds); i++)
		if (sample_kinds[i].format == p->format) {
			sample_kinds[i].read(f, &p->body, sample_kinds[i].expanded);
			return;
		}
	reject(f->w, SF_SAMPLE_UNKNOWN);
}

bool sflow_head(struct sflow *f, struct wire *w, const struct datagram *d, struct cur *c)
{
	static const struct addr zero_v4 = { { [10] = 0xff, [11] = 0xff } };
	*f = (struct sflow){ .w = w, .received = d->received };
	*c = cur_of(d->data, d->len);
	uint32_t version = cur_u32(c);
	if (!sflow_address(c, &f->row.agent))
		return reject(w, SF_AGENT_TYPE);
	if (addr_is_none(&f->row.agent) || addr_equal(&f->row.agent, &zero_v4))
		f->row.agent = d->from; /* an agent that does not know its own address */
	f->row.time = whole_ms(d->received);
	f->row.domain = version == 5 ? cur_u32(c) : 0; /* the sub-agent */
	f->row.exporttype = EXPORT_SFLOW;
	f->sequence = cur_u32(c);
	f->uptime_ms = cur_u32(c);
	f->version = (uint16_t)version;
	return true;
}

bool sflow_begin(struct sflow *f, struct wire *w, const struct datagram *d, struct cur *c)
{
	if (!sflow_head(f, w, d, c))
		return false;
	if (!c->bad)
		f->from = domain_get(w, d, &f->row.agent, (uint16_t)(WIRE_SFLOW + f->version), f->row.domain);
	if (f->from) {
		struct arrival a = { .number = f->sequence, .clock_ms = f->uptime_ms, .uptime = true };
		f->seen = domain_step(w, f->from, &a);
		f->before = w->totals.flow_samples + w->totals.counter_samples;
	}
	return true;
}

void sflow_end(const struct sflow *f)
{
	if (f->from)
		f->from->told.samples += f->w->totals.flow_samples + f->w->totals.counter_samples - f->before;
}

void sflow5_decode(struct wire *w, const struct datagram *d)
{
	struct sflow f;
	struct cur c;
	if (!sflow_begin(&f, w, d, &c))
		return;
	uint32_t n = cur_u32(&c);
	for (struct part p; n && part_next(&c, &p); n--)
		sflow_sample(&f, &p);
	sflow_end(&f);
	if (c.bad)
		reject(w, SF_DATAGRAM_SHORT);
	else if (cur_left(&c))
		reject(w, SF_TRAILING);
}
