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
 * A flow sample is one row (sflow_flow.c), a counter sample one of each table it is about
 * (sflow_counters.c), a notice of discarded packets one of drops (sflow_drops.c). */
#include "wire/sflow_usual.h"

bool sflow_address(struct cur *c, struct addr *ret)
{
	uint32_t type = cur_u32(c);
	const uint8_t *p = type <= 2 ? cur_need(c, sflow_address_bytes(type)) : NULL;
	*ret = p ? sflow_address_at(type, p) : (struct addr){ 0 };
	return type <= 2;
}

/* ---- samples and the datagram --------------------------------------------------------- */

void sflow_sample(struct sflow *f, struct part *p)
{
	switch (p->format) {
	case 1:
	case 3:
		flow_sample(f, &p->body, p->format == 3);
		return;
	case 2:
	case 4:
		counter_sample(f, &p->body, p->format == 4);
		return;
	case 5:
		drop_sample(f, &p->body);
		return;
	}
	if (!sflow_skip(f->w, SKIP_IN_SAMPLE, p->format))
		reject(f->w, SF_SAMPLE_UNKNOWN);
}

static __attribute__((noinline)) void other_sample(struct sflow *f, struct part p)
{
	if (p.format == 3 && usual_sample(f, p.body.pos, cur_left(&p.body), true))
		return;
	usual_count(f);
	sflow_sample(f, &p);
}

/* These are inlined into sflow5_decode(). */
#define INLINE static inline __attribute__((always_inline))

INLINE bool read_head(struct sflow *f, struct wire *w, const struct datagram *d, struct cur *ret)
{
	struct cur c = cur_of(d->data, d->len);
	static const struct addr zero_v4 = { { [10] = 0xff, [11] = 0xff } };
	zero_fast(f, offsetof(struct sflow, sample));
	f->w = f->sample.w = w;
	f->received = d->received;
	f->sample.app = &f->app;
	f->sample.rare = true; /* nobody zeroed it yet */
	f->counters.touched = 1u << TABLE_IFCOUNTERS;
	f->row.time = whole_ms(d->received);
	f->row.exporttype = EXPORT_SFLOW;
	f->row.agent = d->from;
	uint32_t version = cur_u32(&c), type = cur_u32(&c);
	if (type > 2)
		return reject(w, SF_AGENT_TYPE);
	size_t address = sflow_address_bytes(type), sub_agent = version == 5 ? 4 : 0;
	const uint8_t *h = cur_need(&c, address + sub_agent + 8);
	*ret = c;
	if (!h)
		return true;
	struct addr agent = sflow_address_at(type, h);
	if (!addr_is_none(&agent) && !addr_equal(&agent, &zero_v4)) /* else it does not know its own address */
		f->row.agent = agent;
	f->row.domain = sub_agent ? load_be32(h + address) : 0;
	f->sequence = load_be32(h + address + sub_agent);
	f->uptime_ms = load_be32(h + address + sub_agent + 4);
	f->version = (uint16_t)version;
	return true;
}

bool sflow_head(struct sflow *f, struct wire *w, const struct datagram *d, struct cur *c)
{
	return read_head(f, w, d, c);
}

INLINE bool begin(struct sflow *f, struct wire *w, const struct datagram *d, struct cur *c)
{
	if (!read_head(f, w, d, c))
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

bool sflow_begin(struct sflow *f, struct wire *w, const struct datagram *d, struct cur *c)
{
	return begin(f, w, d, c);
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
	if (!begin(&f, w, d, &c))
		return;
	uint32_t n = cur_u32(&c);
	struct cur at = c; /* its address stays here, so that it can be in registers */
	usual_begin(&f);
	for (struct part p; n && part_next(&at, &p); n--)
		if (p.format != 1 || !usual_sample(&f, p.body.pos, cur_left(&p.body), false))
			other_sample(&f, p);
	usual_count(&f);
	sflow_end(&f);
	if (at.bad)
		reject(w, SF_DATAGRAM_SHORT);
	else if (cur_left(&at))
		reject(w, SF_TRAILING);
}
