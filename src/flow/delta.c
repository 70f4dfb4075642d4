#include "flow/delta.h"

bool counter_is_32bit(const struct table *t, unsigned source, int col)
{
	if (t->id != TABLE_IFCOUNTERS)
		return t->cols[col].storage == ST_u32;
	bool octets = col == IF_ifinoctets || col == IF_ifoutoctets;
	return source == COUNTERS_SNMP32 || (source == COUNTERS_SFLOW && !octets);
}

bool counter_is_missing(const struct table *t, unsigned source, int col, uint64_t v)
{
	if (t->id != TABLE_IFCOUNTERS)
		return false; /* decoders have made it a zero */
	return v == (counter_is_32bit(t, source, col) ? UINT32_MAX : UINT64_MAX);
}

/* The uptime wraps by itself after 49.7 days. */
static bool restarted(const struct reading_at *a, const struct reading_at *b)
{
	const uint64_t slack_ms = 60000, all = (uint64_t)UINT32_MAX + 1;
	if (!a->uptime || !b->uptime || b->uptime >= a->uptime)
		return false;
	uint64_t expected = a->uptime + (uint64_t)(b->time - a->time) / 1000;
	return expected + slack_ms < all || b->uptime > slack_ms + (expected + slack_ms) % all;
}

bool readings_apart(const struct reading_at *a, const struct reading_at *b)
{
	return b->time - a->time > READINGS_APART_MIN * USEC_PER_MIN || restarted(a, b);
}

/* Frames are at least 64 bytes and 20 between them.  A quarter more and two seconds are granted, for agents read
 * their clocks and counters at leisure. */
static bool impossible(int col, uint64_t delta, uint64_t speed, usec_t length)
{
	double bits = (double)delta * (col == IF_ifinoctets || col == IF_ifoutoctets ? 8 : 84 * 8);
	double seconds = (double)length / USEC_PER_SEC + 2;
	return speed && bits > (double)speed * seconds * 1.25;
}

enum delta counter_delta(const struct table *t, int col, const struct reading_at *at[static 2], const uint64_t v[static 2], uint64_t *ret)
{
	const struct reading_at *a = at[0], *b = at[1];
	bool narrow = counter_is_32bit(t, b->source, col), wraps = v[1] < v[0];
	if (counter_is_missing(t, a->source, col, v[0]) || counter_is_missing(t, b->source, col, v[1]))
		return DELTA_NONE;
	if (wraps && !narrow)
		return DELTA_RESET;
	*ret = narrow ? (uint32_t)(v[1] - v[0]) : v[1] - v[0];
	if (impossible(col, *ret, b->speed, b->time - a->time))
		return DELTA_RESET;
	return wraps && !b->speed && *ret > INT32_MAX ? DELTA_RESET : DELTA_OK; /* half way back: a restart */
}
