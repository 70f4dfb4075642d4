/* NetFlow versions 1, 5 and 7: a header and records, all of fixed shape.
 *
 *	 0 version 2 count 4 uptime ms 8 unix s 12 unix ns
 *	                                        16 sequence, counts flows (v5, v7)
 *	                                        20 engine type 21 engine id 22 sampling: mode << 14 | interval (v5)
 *	record
 *	 0 source 4 destination 8 next hop 12 input 14 output 16 packets 20 octets
 *	24 first 28 last (both uptime ms) 32 source port 34 destination port
 *	36 - 37 flags (v1: -) 38 protocol 39 tos
 *	40 source AS 42 destination AS 44 source mask 45 destination mask 46 - (v7: 48 the router bypassed)
 *	40 flags 41 - (v1) */
#include "wire/inside.h"

#include "wire/exporter.h"

struct shape {
	enum export_type type;
	uint8_t version;
	uint8_t header, record; /* bytes */
	uint8_t flags_at;       /* TCP flags, in a record */
	bool sequence, engine;  /* its header has them */
	bool routes;            /* its records have AS numbers and masks */
};

static const struct shape shape1 = { EXPORT_NETFLOW1, 1, 16, 48, 40, .sequence = false };
static const struct shape shape5 = { EXPORT_NETFLOW5, 5, 24, 48, 37, .sequence = true, .engine = true, .routes = true };
static const struct shape shape7 = { EXPORT_NETFLOW7, 7, 24, 52, 37, .sequence = true, .routes = true };

static inline void record(struct wire *w, const struct shape *shape, const struct header_clock *clock,
			  const uint8_t *r, uint32_t told_rate, struct flow_rec *rec)
{
	uint32_t first = load_be32(r + 24), last = load_be32(r + 28);
	rec->time = flow_end(w, clock, last);
	rec->duration = (int32_t)(last - first) > 0 ? last - first : 0;
	rec->ipsource = addr_v4(load_be32(r));
	rec->ipdestination = addr_v4(load_be32(r + 4));
	rec->nexthop = load_be32(r + 8) ? addr_v4(load_be32(r + 8)) : (struct addr){ 0 };
	rec->inputinterface = load_be16(r + 12);
	rec->outputinterface = load_be16(r + 14);
	rec->frames = load_be32(r + 16);
	rec->bytes = load_be32(r + 20);
	rec->sourceport = load_be16(r + 32);
	rec->destinationport = load_be16(r + 34);
	rec->tcpflags = r[shape->flags_at];
	rec->protocol = r[38];
	rec->tos = r[39];
	if (shape->routes) {
		rec->sourceas = load_be16(r + 40);
		rec->destinationas = load_be16(r + 42);
		rec->sourcemask = r[44];
		rec->destinationmask = r[45];
	}
	rec->icmptype = 0;
	icmp_from_port(rec);
	if (!told_rate && w->configured.live)
		rec->samplingrate = configured_rate(w, &rec->agent, rec->inputinterface);
	w->totals.flow_records++;
	count_exported(w, rec->bytes, rec->frames, rec->samplingrate);
	give_flow(w, rec);
}

static inline uint32_t header_rate(const struct shape *shape, const uint8_t *h)
{
	return shape->engine ? load_be16(h + 22) & 0x3fff : 0;
}

/* The sequence number is that of the first record: flows sent before. */
static void count_datagram(struct wire *w, struct domain *from, const struct shape *shape, const uint8_t *h,
			   size_t len)
{
	uint32_t n = load_be16(h + 2), rate = header_rate(shape, h);
	struct arrival a = { .records = n, .flows = n, .clock_ms = load_be32(h + 4), .uptime = true };
	from->told.records += MIN(n, (len - shape->header) / shape->record); /* it may claim more than there are */
	if (rate || (w->configured.live && (rate = configured_rate(w, &from->told.address, 0)))) {
		from->told.samplingrate = rate;
		from->told.rate_from = load_be16(h + 22) & 0x3fff && shape->engine ? RATE_HEADER : RATE_CONFIGURED;
	}
	if (shape->sequence) {
		a.number = load_be32(h + 16);
		domain_step(w, from, &a);
	}
}

/* Inlined into its three callers, so that each runs with its own shape as constants. */
static inline __attribute__((always_inline)) void decode(struct wire *w, const struct shape *shape,
							 const struct datagram *d)
{
	struct cur c = cur_of(d->data, d->len);
	const uint8_t *h = cur_need(&c, shape->header);
	if (!h) {
		reject(w, NF5_SHORT);
		return;
	}
	struct header_clock clock = header_clock(h, d->received);
	uint32_t rate = header_rate(shape, h);
	struct flow_rec rec = {
		.agent = d->from,
		.domain = shape->engine ? load_be16(h + 20) : 0,
		.exporttype = (uint8_t)shape->type,
		.ethertype = 0x0800,
		.samplingrate = rate,
	};
	struct domain *from = domain_get(w, d, &d->from, shape->version, rec.domain);
	if (from) {
		count_datagram(w, from, shape, h, d->len);
		domain_clock(from, load_be32(h + 8), clock.skew);
	}
	for (uint32_t n = load_be16(h + 2); n; n--) {
		const uint8_t *r = cur_need(&c, shape->record);
		if (!r) {
			reject(w, NF5_COUNT);
			return;
		}
		record(w, shape, &clock, r, rate, &rec);
	}
	if (cur_left(&c))
		reject(w, NF5_TRAILING);
}

void netflow1_decode(struct wire *w, const struct datagram *d)
{
	decode(w, &shape1, d);
}

void netflow5_decode(struct wire *w, const struct datagram *d)
{
	decode(w, &shape5, d);
}

void netflow7_decode(struct wire *w, const struct datagram *d)
{
	decode(w, &shape7, d);
}
