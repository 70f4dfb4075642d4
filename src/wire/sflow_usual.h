/* Nearly all flow samples of sFlow v5: the header of a usual packet (packet_usual.h), and beside it what the switch
 * and the router tell, in any order.  They are read straight down into a row of which only these fields are ever
 * written, so that nothing is zeroed from one to the next.  Any other sample is left, untouched and uncounted, to
 * sflow_flow.c, which would make the same row of these too (a test compares the two). */
#pragma once
#include "wire/packet_usual.h"
#include "wire/sflow.h"

/* Bodies of structures; NULL = it does not have it. */
struct usual_bodies {
	const uint8_t *raw, *switched, *routed;
};

enum { RAW_HEAD = 16, SWITCHED = 16, ROUTED_IPV4 = 16, ROUTED_IPV6 = 28 };

static inline bool usual_routes(const uint8_t *p, size_t len)
{
	return (len == ROUTED_IPV4 && load_be32(p) == 1) || (len == ROUTED_IPV6 && load_be32(p) == 2);
}

static inline __attribute__((always_inline)) bool usual_structures(struct cur c, uint32_t n, struct usual_bodies *b)
{
	for (struct part p; n; n--) {
		if (!part_next(&c, &p))
			return false;
		const uint8_t *at = p.body.pos;
		size_t len = cur_left(&p.body);
		if (p.format == 1 && len >= RAW_HEAD && load_be32(at + 12) <= len - RAW_HEAD && !b->raw)
			b->raw = at;
		else if (p.format == 1001 && len == SWITCHED)
			b->switched = at;
		else if (p.format == 1002 && usual_routes(at, len))
			b->routed = at;
		else
			return false;
	}
	return b->raw && !cur_left(&c);
}

/* VLANs and priority, which the packet's tag was read for already. */
static inline void usual_switched(const uint8_t *p, struct flow_rec *r)
{
	uint32_t in = p ? load_be32(p) : 0, priority = p ? load_be32(p + 4) : 0, out = p ? load_be32(p + 8) : 0;
	if (in - 1 < 4094)
		r->vlansource = (uint16_t)in;
	if (!r->priority && priority < 8)
		r->priority = (uint8_t)priority;
	r->vlandestination = out - 1 < 4094 ? (uint16_t)out : 0;
}

/* type | next hop | masks */
static inline void usual_routed(const uint8_t *p, struct flow_rec *r)
{
	r->nexthop = (struct addr){ 0 };
	r->sourcemask = r->destinationmask = 0;
	if (!p)
		return;
	bool six = load_be32(p) == 2;
	const uint8_t *masks = p + (six ? 20 : 8);
	if (six)
		memcpy(r->nexthop.b, p + 4, 16);
	else
		r->nexthop = addr_v4(load_be32(p + 4));
	r->sourcemask = (uint8_t)MIN(load_be32(masks), 128u);
	r->destinationmask = (uint8_t)MIN(load_be32(masks + 4), 128u);
}

/* What all rows of the datagram share. */
static inline void usual_begin(struct sflow *f)
{
	struct flow_rec *r = &f->w->usual;
	r->time = f->row.time;
	r->agent = f->row.agent;
	r->domain = f->row.domain;
	r->exporttype = f->row.exporttype;
	r->frames = 1;
	f->usual = (struct usual_sums){ .rate = f->from ? f->from->told.samplingrate : 0 };
}

/* Counts what was read since, all at one rate. */
static __attribute__((noinline)) void usual_count(struct sflow *f)
{
	struct usual_sums *sums = &f->usual;
	struct wire_totals *t = &f->w->totals;
	uint64_t n = sums->samples, bytes = sums->bytes, rate = MAX(sums->rate, 1u);
	if (!n)
		return;
	t->flow_samples += n;
	t->frames += n;
	t->rows += n;
	t->frames_by[EXPORT_SFLOW] += n;
	t->bytes += bytes;
	t->bytes_by[EXPORT_SFLOW] += bytes;
	t->estimated_frames += n * rate;
	t->estimated_bytes += bytes * rate;
	if (f->from && sums->rate) {
		f->from->told.samplingrate = sums->rate;
		f->from->told.rate_from = RATE_HEADER;
	}
	sums->samples = sums->bytes = 0;
}

/* Reads, counts and gives a sample.  False: it is not a usual one. */
static inline __attribute__((always_inline)) bool usual_sample(struct sflow *f, const uint8_t *at, size_t len)
{
	struct flow_rec *r = &f->w->usual;
	struct cur c = { .pos = at, .end = at + len };
	struct usual_bodies b = { 0 };
	const uint8_t *h = cur_need(&c, 32);
	if (!h || !usual_structures(c, load_be32(h + 28), &b) || load_be32(b.raw) != HEADER_PROTOCOL_ETHERNET)
		return false;
	const struct cur packet = { .pos = b.raw + RAW_HEAD, .end = b.raw + RAW_HEAD + load_be32(b.raw + 12) };
	if (!usual_packet(packet, true, r))
		return false;
	usual_switched(b.switched, r);
	usual_routed(b.routed, r);
	r->datasource = load_be32(h + 4);
	r->samplingrate = load_be32(h + 8);
	r->inputinterface = load_be32(h + 20);
	r->outputinterface = load_be32(h + 24);
	r->bytes = load_be32(b.raw + 4);
	sflow_number(f, SAMPLE_FLOW, r->datasource, load_be32(h), load_be32(h + 16));
	if (f->usual.rate != r->samplingrate) {
		usual_count(f);
		f->usual.rate = r->samplingrate;
	}
	f->usual.samples++;
	f->usual.bytes += r->bytes;
	if (f->w->sink.flow)
		f->w->sink.flow(f->w->sink.arg, r);
	return true;
}
