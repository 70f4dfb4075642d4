/* NetFlow version 8: what a router has added up already, by one of fourteen schemes.
 *
 *	 0 version 2 count 4 uptime ms 8 unix s 12 unix ns 16 sequence, counts records
 *	20 engine type 21 engine id 22 scheme 23 its version 24 -
 *
 * A record is as many flows as it says, and tells only what its scheme did not add up: addresses are
 * prefixes' first ones, what is missing stays absent.  Samples are not scaled: the header has no rate. */
#include "wire/exporter.h"
#include "wire/inside.h"

/* Where in a record of so many bytes; 0 = it has none (flows, or a destination, stand at 0). */
struct scheme {
	uint8_t id, bytes, packets, octets, first, last;
	uint8_t source, destination, source_mask, destination_mask, source_as, destination_as;
	uint8_t input, output, protocol, source_port, destination_port, tos;
	bool begins_with_destination;
};

#define SUMS .packets = 4, .octets = 8, .first = 12, .last = 16
static const struct scheme schemes[] = {
	{ 1, 28, SUMS, .source_as = 20, .destination_as = 22, .input = 24, .output = 26 },
	{ 2, 28, SUMS, .protocol = 20, .source_port = 24, .destination_port = 26 },
	{ 3, 32, SUMS, .source = 20, .source_mask = 24, .source_as = 26, .input = 28 },
	{ 4, 32, SUMS, .destination = 20, .destination_mask = 24, .destination_as = 26, .output = 28 },
	{ 5, 40, SUMS, .source = 20, .destination = 24, .destination_mask = 28, .source_mask = 29, .source_as = 32,
	  .destination_as = 34, .input = 36, .output = 38 },
	{ 6, 32, SUMS, .begins_with_destination = true, .output = 20, .tos = 22 },
	{ 7, 40, .packets = 8, .octets = 12, .first = 16, .last = 20, .begins_with_destination = true, .source = 4, .output = 24,
	  .input = 26, .tos = 28 },
	{ 8, 44, .packets = 12, .octets = 16, .first = 20, .last = 24, .begins_with_destination = true, .source = 4,
	  .destination_port = 8, .source_port = 10, .output = 28, .input = 30, .tos = 32, .protocol = 33 },
	{ 9, 32, SUMS, .source_as = 20, .destination_as = 22, .input = 24, .output = 26, .tos = 28 },
	{ 10, 32, SUMS, .protocol = 20, .tos = 21, .source_port = 24, .destination_port = 26, .input = 28, .output = 30 },
	{ 11, 32, SUMS, .source = 20, .source_mask = 24, .tos = 25, .source_as = 26, .input = 28 },
	{ 12, 32, SUMS, .destination = 20, .destination_mask = 24, .tos = 25, .destination_as = 26, .output = 28 },
	{ 13, 40, SUMS, .source = 20, .destination = 24, .destination_mask = 28, .source_mask = 29, .tos = 30, .source_as = 32,
	  .destination_as = 34, .input = 36, .output = 38 },
	{ 14, 40, SUMS, .source = 20, .destination = 24, .destination_mask = 28, .source_mask = 29, .tos = 30, .protocol = 31,
	  .source_port = 32, .destination_port = 34, .input = 36, .output = 38 },
};

enum { HEADER_BYTES = 28 };

static uint8_t u8_at(const uint8_t *r, uint8_t at)
{
	return at ? r[at] : 0;
}

static uint16_t u16_at(const uint8_t *r, uint8_t at)
{
	return at ? load_be16(r + at) : 0;
}

static struct addr addr_at(const uint8_t *r, uint8_t at)
{
	return at ? addr_v4(load_be32(r + at)) : (struct addr){ 0 };
}

static void record(struct wire *w, const struct scheme *s, const struct header_clock *clock, const uint8_t *r,
		   struct flow_rec *rec)
{
	uint32_t first = load_be32(r + s->first), last = load_be32(r + s->last);
	rec->time = flow_end(w, clock, last);
	rec->duration = (int32_t)(last - first) > 0 ? last - first : 0;
	rec->frames = load_be32(r + s->packets);
	rec->bytes = load_be32(r + s->octets);
	rec->ipsource = addr_at(r, s->source);
	rec->ipdestination = s->begins_with_destination ? addr_v4(load_be32(r)) : addr_at(r, s->destination);
	rec->sourcemask = u8_at(r, s->source_mask);
	rec->destinationmask = u8_at(r, s->destination_mask);
	rec->sourceas = u16_at(r, s->source_as);
	rec->destinationas = u16_at(r, s->destination_as);
	rec->inputinterface = u16_at(r, s->input);
	rec->outputinterface = u16_at(r, s->output);
	rec->protocol = u8_at(r, s->protocol);
	rec->sourceport = u16_at(r, s->source_port);
	rec->destinationport = u16_at(r, s->destination_port);
	rec->tos = u8_at(r, s->tos);
	rec->samplingrate = w->configured.live ? configured_rate(w, &rec->agent, rec->inputinterface) : 0;
	rec->icmptype = 0;
	icmp_from_port(rec);
	w->totals.flow_records++;
	count_exported(w, rec->bytes, rec->frames, rec->samplingrate);
	give_flow(w, rec);
}

static const struct scheme *scheme_of(uint8_t id)
{
	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (schemes[i].id == id)
			return &schemes[i];
	return NULL;
}

static void count_datagram(struct wire *w, const struct datagram *d, const struct scheme *s, const uint8_t *h)
{
	uint32_t n = load_be16(h + 2);
	struct arrival a = { .number = load_be32(h + 16), .records = n, .flows = n, .clock_ms = load_be32(h + 4), .uptime = true };
	/* each scheme has a sequence of its own */
	struct domain *from = domain_get(w, d, &d->from, 8, (uint32_t)load_be16(h + 20) << 8 | h[22]);
	if (!from)
		return;
	from->told.records += MIN(n, (d->len - HEADER_BYTES) / s->bytes); /* it may claim more than there are */
	domain_step(w, from, &a);
	domain_clock(from, load_be32(h + 8), header_clock(h, d->received).skew);
}

void netflow8_decode(struct wire *w, const struct datagram *d)
{
	struct cur c = cur_of(d->data, d->len);
	const uint8_t *h = cur_need(&c, HEADER_BYTES);
	const struct scheme *s = h ? scheme_of(h[22]) : NULL;
	if (!s) {
		reject(w, h ? NF8_SCHEME : NF5_SHORT);
		return;
	}
	struct header_clock clock = header_clock(h, d->received);
	count_datagram(w, d, s, h);
	struct flow_rec rec = { .agent = d->from, .domain = load_be16(h + 20), .exporttype = EXPORT_NETFLOW8, .ethertype = 0x0800 };
	for (uint32_t n = load_be16(h + 2); n; n--) {
		const uint8_t *r = cur_need(&c, s->bytes);
		if (!r) {
			reject(w, NF5_COUNT);
			return;
		}
		record(w, s, &clock, r, &rec);
	}
	if (cur_left(&c))
		reject(w, NF5_TRAILING);
}
