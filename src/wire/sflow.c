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

bool sflow_head(struct sflow *f, struct wire *w, const struct datagram *d, struct cur *c)
{
	static const struct addr zero_v4 = { { [10] = 0xff, [11] = 0xff } };
	zero_fast(f, offsetof(struct sflow, sample));
	f->w = f->sample.w = w;
	f->received = d->received;
	f->sample.app = &f->app;
	f->sample.rare = true; /* nobody zeroed it yet */
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
