/* Buckets of a trend: their text, their default by the length of the interval, their edges.
 *
 * A bucket of seconds keeps its length always, an hour across a clock change is 3600 s; the first
 * edge lies on a multiple of the length in the zone's time at the start of the interval.  Days,
 * weeks (from Monday) and months follow the calendar: a day may have 23 or 25 hours. */
#include "query/when.h"

#include "base/mem.h"

#include <inttypes.h>

enum { MAX_BUCKETS = 1000000, MAX_BUCKET_SECONDS = 366 * 86400 };

/* For an interval up to so long, a bucket of so many seconds.  A day may have 25 hours, a week an
 * hour more; what is longer has days. */
static const struct {
	usec_t upto, length;
} defaults[] = {
	{ USEC_PER_HOUR, USEC_PER_MIN },
	{ 6 * USEC_PER_HOUR, 2 * USEC_PER_MIN },
	{ 12 * USEC_PER_HOUR, 5 * USEC_PER_MIN },
	{ 25 * USEC_PER_HOUR, 15 * USEC_PER_MIN },
	{ 7 * USEC_PER_DAY + USEC_PER_HOUR, USEC_PER_HOUR },
};

static struct bucket default_bucket(struct span span)
{
	for (size_t i = 0; i < COUNT_OF(defaults); i++)
		if (span.end - span.start <= defaults[i].upto)
			return (struct bucket){ BUCKET_SECONDS, defaults[i].length };
	return (struct bucket){ .kind = BUCKET_DAY };
}

static enum err seconds_bucket(struct when *w, size_t at, uint64_t n, uint64_t each,
			       struct bucket *ret)
{
	if (n < 1 || n > MAX_BUCKET_SECONDS / each)
		return when_refuse(w, at, "a bucket is 1 second to 366 days");
	*ret = (struct bucket){ BUCKET_SECONDS, (usec_t)(n * each) * USEC_PER_SEC };
	return OK;
}

static enum err unit_bucket(struct when *w, size_t at, uint64_t n, enum time_unit u,
			    struct bucket *ret)
{
	if (u < UNIT_DAY)
		return seconds_bucket(w, at, n, unit_seconds(u), ret);
	if (u == UNIT_YEAR || n != 1)
		return when_refuse(w, at, "calendar buckets are one day, one week or one month");
	*ret = (struct bucket){ .kind = u == UNIT_DAY    ? BUCKET_DAY
					: u == UNIT_WEEK ? BUCKET_WEEK
							 : BUCKET_MONTH };
	return OK;
}

enum err bucket_parse(const char *text, struct span span, struct bucket *ret, struct problem *why)
{
	struct when w = { .text = text ? text : "", .why = why };
	struct bucket b = default_bucket(span);
	enum time_unit u = UNIT_SECOND;
	uint64_t n = 1;
	char buf[40];
	enum err e = OK;

	w.len = strlen(w.text);
	when_blanks(&w);
	size_t at = w.at;
	if (at < w.len) {
		size_t digits = when_digits(&w, &n);
		when_blanks(&w);
		size_t unit_at = w.at;
		bool unit = when_unit(&w, &u);
		when_blanks(&w);
		if (!digits && !unit)
			return when_refuse(&w, at,
					   "a bucket is a number of seconds, or minute, 5 minutes, "
					   "hour, day, week, month");
		if (w.at < w.len)
			return when_refuse(&w, unit ? w.at : unit_at,
					   "unexpected \"%s\" after the bucket",
					   when_found(&w, unit ? w.at : unit_at, buf));
		e = unit_bucket(&w, at, digits ? n : 1, u, &b);
	}
	if (e == OK)
		*ret = b;
	return e;
}

/* -- edges -- */

static usec_t floor_to(usec_t t, usec_t step)
{
	usec_t rest = t % step;
	return t - (rest < 0 ? rest + step : rest);
}

static enum err seconds_edges(usec_t length, struct span span, const struct zone *z,
			      usec_t **ret_edge, size_t *ret_n)
{
	usec_t offset = zone_civil(z, span.start).offset_sec * USEC_PER_SEC;
	usec_t first = floor_to(span.start + offset, length) - offset;
	uint64_t n = span.end > span.start
			     ? (uint64_t)(span.end - first + length - 1) / (uint64_t)length
			     : 0;
	if (n > MAX_BUCKETS)
		return E_LIMIT;
	usec_t *edge = mem_array(NULL, n + 1, sizeof(*edge));
	if (!edge)
		return E_NOMEM;
	for (size_t i = 0; i <= n; i++)
		edge[i] = first + (usec_t)i * length;
	*ret_edge = edge;
	*ret_n = n;
	return OK;
}

static enum err calendar_edges(enum time_unit u, struct span span, const struct zone *z,
			       usec_t **ret_edge, size_t *ret_n)
{
	uint64_t most = (uint64_t)(span.end - span.start) /
				(unit_seconds(u) * (uint64_t)USEC_PER_SEC * 9 / 10) +
			2;
	size_t n = 0;
	if (most > MAX_BUCKETS)
		return E_LIMIT;
	usec_t *edge = mem_array(NULL, most + 1, sizeof(*edge));
	if (!edge)
		return E_NOMEM;
	edge[0] = unit_floor(z, span.start, u);
	/* Each from its own calendar date: a midnight that daylight saving skips must not shift
	 * the next. */
	while (n < most && edge[n] < span.end) {
		n++;
		edge[n] = unit_floor(z, unit_step(z, edge[n - 1], u, 1), u);
	}
	*ret_edge = edge;
	*ret_n = n;
	return OK;
}

enum err bucket_edges(const struct bucket *b, struct span span, const struct zone *z,
		      usec_t **ret_edge, size_t *ret_n)
{
	static const enum time_unit unit[] = {
		[BUCKET_DAY] = UNIT_DAY, [BUCKET_WEEK] = UNIT_WEEK, [BUCKET_MONTH] = UNIT_MONTH
	};
	if (span.end < span.start)
		span.end = span.start;
	if (b->kind == BUCKET_SECONDS)
		return seconds_edges(b->length, span, z, ret_edge, ret_n);
	return calendar_edges(unit[b->kind], span, z, ret_edge, ret_n);
}
