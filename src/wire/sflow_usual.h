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

enum { RAW_HEAD = 16 };

/* A structure's format and length as one number. */
#define STRUCTURE(format, length) ((uint64_t)(format) << 32 | (length))

USUAL bool usual_structures(struct cur c, uint32_t n, struct usual_bodies *b)
{
	for (; n; n--) {
		const uint8_t *h = cur_need(&c, 8);
		uint64_t what = h ? load_be64(h) : 0;
		const uint8_t *body = cur_need(&c, (uint32_t)what);
		if (!body)
			return false;
		if (what == STRUCTURE(1001, 16))
			b->switched = body;
		else if (what >= STRUCTURE(1, RAW_HEAD) && what < STRUCTURE(2, 0) && !b->raw &&
			 load_be32(body + 12) <= (uint32_t)what - RAW_HEAD)
			b->raw = body;
		else if ((what == STRUCTURE(1002, 16) && load_be32(body) == 1) || (what == STRUCTURE(1002, 28) && load_be32(body) == 2))
			b->routed = body;
		else
			return false;
	}
	return b->raw && !cur_left(&c);
}

/* Where the numbers of a sample's head lie, of a plain one and of an expanded one, whose data source and interfaces
 * have two words each. */
static const struct usual_head {
	uint8_t rate, drops, input, output, n, bytes;
} usual_heads[] = { { 8, 16, 20, 24, 28, 32 }, { 12, 20, 28, 36, 40, 44 } };

/* VLANs and priority, which the packet's tag was read for already. */
USUAL void usual_switched(const uint8_t *p, struct flow_rec *r)
{
	uint32_t in = p ? load_be32(p) : 0, priority = p ? load_be32(p + 4) : 0, out = p ? load_be32(p + 8) : 0;
	if (in - 1 < 4094)
		r->vlansource = (uint16_t)in;
	if (!r->priority && priority < 8)
		r->priority = (uint8_t)priority;
	r->vlandestination = out - 1 < 4094 ? (uint16_t)out : 0;
}

/* type | next hop | masks */
USUAL void usual_routed(const uint8_t *p, struct flow_rec *r)
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
	r->exporttype = EXPORT_SFLOW;
	r->frames = 1;
	f->usual.rate = f->from ? f->from->told.samplingrate : 0; /* most likely */
}

/* Counts what was read since, all at one rate. */
static __attribute__((noinline)) void usual_count_some(struct sflow *f)
{
	struct usual_sums *sums = &f->usual;
	struct wire_totals *t = &f->w->totals;
	uint64_t n = sums->samples, bytes = sums->bytes, rate = MAX(sums->rate, 1u);
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
	sums->samples = 0;
	sums->bytes = 0;
}

static inline void usual_count(struct sflow *f)
{
	if (f->usual.samples)
		usual_count_some(f);
}

/* Of an expanded sample: an ifIndex that reads as nothing else. */
USUAL bool usual_interface(const uint8_t *p)
{
	uint32_t value = load_be32(p + 4);
	return load_be32(p) == 0 && (value <= IFINDEX_LOCAL || value & 0x3fff0000);
}

/* Reads, counts and gives a sample.  False: it is not a usual one. */
USUAL bool usual_sample(struct sflow *f, const uint8_t *at, size_t len, bool expanded)
{
	const struct usual_head *head = &usual_heads[expanded];
	struct flow_rec *r = &f->w->usual;
	struct cur c = { .pos = at, .end = at + len };
	struct usual_bodies b = { 0 };
	const uint8_t *h = cur_need(&c, head->bytes);
	if (!h || (expanded && !(usual_interface(h + 24) && usual_interface(h + 32))) ||
	    !usual_structures(c, load_be32(h + head->n), &b) || load_be32(b.raw) != HEADER_PROTOCOL_ETHERNET)
		return false;
	const struct cur packet = { .pos = b.raw + RAW_HEAD, .end = b.raw + RAW_HEAD + load_be32(b.raw + 12) };
	if (!usual_packet(packet, true, r))
		return false;
	usual_switched(b.switched, r);
	usual_routed(b.routed, r);
	r->datasource = expanded ? load_be32(h + 4) << 24 | (load_be32(h + 8) & 0xffffff) : load_be32(h + 4);
	r->samplingrate = load_be32(h + head->rate);
	r->inputinterface = load_be32(h + head->input);
	r->outputinterface = load_be32(h + head->output);
	r->bytes = load_be32(b.raw + 4);
	sflow_number(f, SAMPLE_FLOW, expanded ? sflow_source(h + 4) : r->datasource, load_be32(h), load_be32(h + head->drops));
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
