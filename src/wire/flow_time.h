/* What flow records of every NetFlow version have in common: their clock, and where they
 * hide the ICMP type. */
#pragma once
#include "wire/inside.h"

/* A device's uptime in milliseconds (wraps after 49.7 days) and the time at which it was read. */
struct uptime_clock {
	uint32_t uptime_ms;
	usec_t now;
};

/* Within +-24.8 days of the export, so one wrap between flow and export does no harm. */
static inline usec_t uptime_to_time(const struct uptime_clock *c, uint32_t uptime_ms)
{
	return c->now - (usec_t)(int32_t)(c->uptime_ms - uptime_ms) * 1000;
}

/* The export's own clock; where it has none (0), when it was received. */
static inline usec_t export_time(uint32_t unix_s, usec_t received)
{
	return unix_s ? (usec_t)unix_s * USEC_PER_SEC : received;
}

/* Later than a clock that is as good as ours can tell. */
static inline bool is_ahead(usec_t t, usec_t received)
{
	return t - received > TIME_AHEAD * USEC_PER_SEC && received >= A_CLOCK_THAT_RUNS;
}

/* What the header of versions 1 to 8 tells from byte 4 on: uptime, seconds, nanoseconds. */
struct header_clock {
	struct uptime_clock clock; /* ours where the device's is ahead */
	usec_t received, skew;     /* skew: as it was told */
	bool ahead;
};

static inline struct header_clock header_clock(const uint8_t *h, usec_t received)
{
	usec_t now = export_time(load_be32(h + 8), received) + load_be32(h + 12) % 1000000000 / 1000;
	bool ahead = is_ahead(now, received);
	return (struct header_clock){
		.clock = { .uptime_ms = load_be32(h + 4), .now = ahead ? received : now },
		.received = received, .skew = now - received, .ahead = ahead,
	};
}

/* When a record of it ended; one may be ahead though its header is not. */
static inline uint64_t flow_end(struct wire *w, const struct header_clock *c, uint32_t uptime_ms)
{
	usec_t t = uptime_to_time(&c->clock, uptime_ms);
	bool ahead = is_ahead(t, c->received);
	if (ahead || c->ahead)
		reject(w, NF_TIME_AHEAD);
	return whole_ms(ahead ? c->received : t);
}

/* NetFlow tells ICMP type and code in the destination port. */
static inline void icmp_from_port(struct flow_rec *r)
{
	if (r->protocol != 1 && r->protocol != 58)
		return;
	if (!r->icmptype)
		r->icmptype = r->destinationport;
	r->sourceport = r->destinationport = 0;
}

/* What import prints: sums as exported, and scaled. */
static inline void count_exported(struct wire *w, uint64_t bytes, uint64_t frames, uint32_t rate)
{
	uint64_t scale = rate ? rate : 1;
	w->totals.bytes += bytes;
	w->totals.frames += frames;
	w->totals.estimated_bytes += bytes * scale;
	w->totals.estimated_frames += frames * scale;
}
