#include "chart/tz.h"

#include "base/mem.h"

#include <stdio.h>

enum { WARMED_MAX = 8 };
#define PROBE_STEP (7 * USEC_PER_DAY) /* two turns are never nearer to each other than this */
#define YEAR_1970  ((usec_t)0)
#define YEAR_2101  ((usec_t)4133980800 * USEC_PER_SEC)

static struct tz *warmed[WARMED_MAX]; /* written by tz_warm_up only, before threads start */
static size_t nwarmed;

static usec_t floor_div(usec_t a, usec_t b)
{
	return a / b - (a % b < 0);
}

static void turn_add(struct tz *tz, usec_t at, int offset_sec)
{
	if (tz->n < TZ_MAX_TURNS)
		tz->turn[tz->n++] = (struct tz_turn){ .at = at, .offset_sec = offset_sec };
}

/* The second at which the offset changes, somewhere in lo < t <= hi. */
static usec_t turn_between(const struct zone *z, usec_t lo, usec_t hi, int before)
{
	while (hi - lo > USEC_PER_SEC) {
		usec_t mid = lo + (hi - lo) / 2 / USEC_PER_SEC * USEC_PER_SEC;
		if (zone_civil(z, mid).offset_sec == before)
			lo = mid;
		else
			hi = mid;
	}
	return hi;
}

static void learn(const struct zone *z, struct span span, struct tz *ret)
{
	usec_t lo = floor_div(span.start, USEC_PER_SEC) * USEC_PER_SEC;
	int offset = zone_civil(z, lo).offset_sec;

	ret->n = 0;
	turn_add(ret, INT64_MIN, offset);
	while (lo < span.end) {
		usec_t hi = lo + PROBE_STEP;
		int now = zone_civil(z, hi).offset_sec;
		if (now != offset)
			turn_add(ret, turn_between(z, lo, hi, offset), now);
		offset = now;
		lo = hi;
	}
}

static const struct tz *warmed_find(const char *zone)
{
	for (size_t i = 0; i < nwarmed; i++)
		if (STREQ(warmed[i]->name, zone))
			return warmed[i];
	return NULL;
}

enum err tz_find(const char *zone, struct span span, struct tz *ret)
{
	const char *name = zone ? zone : "";
	const struct tz *known = warmed_find(name);
	if (known) {
		*ret = *known;
		return OK;
	}
	const struct zone *z;
	enum err e = zone_find(name, &z);
	if (e != OK)
		return e;
	const char *called = zone_name(z);
	bool plain = !STREQ(called, "local") && called[0] != ':' && called[0] != '/';
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	snprintf(ret->label, sizeof(ret->label), "%s", plain ? called : "");
	/* Turns matter inside the range the C library and the database speak about. */
	span.start = MAX(span.start, YEAR_1970) - 2 * USEC_PER_DAY;
	span.end = MIN(span.end, YEAR_2101) + 2 * USEC_PER_DAY;
	if (span.start > span.end)
		span.start = span.end;
	learn(z, span, ret);
	return OK;
}

void tz_utc_only(struct tz *ret)
{
	*ret = (struct tz){ .name = "UTC", .label = "UTC" };
	turn_add(ret, INT64_MIN, 0);
}

enum err tz_warm_up(const char *zone)
{
	if (warmed_find(zone ? zone : ""))
		return OK;
	if (nwarmed == WARMED_MAX)
		return E_LIMIT;
	struct tz *tz = mem_new0(1, sizeof(*tz));
	if (!tz)
		return E_NOMEM;
	enum err e = tz_find(zone, (struct span){ YEAR_1970, YEAR_2101 }, tz);
	if (e != OK) {
		mem_free(tz);
		return e;
	}
	warmed[nwarmed++] = tz;
	return OK;
}

static size_t turn_index(const struct tz *z, usec_t t)
{
	size_t lo = 0, hi = z->n; /* turn[lo].at <= t < turn[hi].at */
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (z->turn[mid].at <= t)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

int tz_offset(const struct tz *z, usec_t t)
{
	return z->turn[turn_index(z, t)].offset_sec;
}

/* Days since 1970-01-01 of a date, and back: the proleptic Gregorian calendar, counted in
 * years that begin in March so that the leap day is the last of its year. */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
	int64_t months = y * 12 + (m - 1);
	y = floor_div(months, 12);
	m = months - y * 12; /* 0..11 */
	if (m < 2)
		y--;
	m = (m + 10) % 12; /* March = 0 */
	return 365 * y + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400) +
	       (153 * m + 2) / 5 + d - 1 - 719468;
}

static void date_of(int64_t days, struct civil *c)
{
	days += 719468;
	int64_t era = floor_div(days, 146097), doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), m = (5 * doy + 2) / 153;

	c->day = (int)(doy - (153 * m + 2) / 5 + 1);
	c->month = (int)(m < 10 ? m + 3 : m - 9);
	c->year = (int)(yoe + era * 400 + (c->month <= 2));
}

struct civil tz_civil(const struct tz *z, usec_t t)
{
	int offset = tz_offset(z, t);
	int64_t sec = floor_div(t, USEC_PER_SEC) + offset;
	int64_t days = floor_div(sec, 86400), of_day = sec - days * 86400;
	struct civil c = { .hour = (int)(of_day / 3600),
			   .minute = (int)(of_day / 60 % 60),
			   .second = (int)(of_day % 60),
			   .weekday = (int)(((days + 3) % 7 + 7) % 7),
			   .offset_sec = offset };
	date_of(days, &c);
	return c;
}

usec_t tz_instant(const struct tz *z, struct civil c, bool *ret_exact)
{
	usec_t local = (days_of(c.year, c.month, c.day) * 86400 + (int64_t)c.hour * 3600 +
			(int64_t)c.minute * 60 + c.second) *
		       USEC_PER_SEC;
	if (ret_exact)
		*ret_exact = true;
	/* The earliest turn under which this local time falls before the next turn. */
	size_t from = turn_index(z, local - 2 * USEC_PER_DAY);
	for (size_t i = from; i < z->n; i++) {
		usec_t t = local - (usec_t)z->turn[i].offset_sec * USEC_PER_SEC;
		if (i + 1 < z->n && t >= z->turn[i + 1].at)
			continue;
		if (t >= z->turn[i].at)
			return t;
		if (ret_exact)
			*ret_exact = false; /* skipped by the turn: the clock went past it */
		return local - (usec_t)z->turn[i - 1].offset_sec * USEC_PER_SEC;
	}
	return local - (usec_t)z->turn[z->n - 1].offset_sec * USEC_PER_SEC;
}

const char *tz_offset_label(const struct tz *z, usec_t t, char buf[static 64])
{
	int off = tz_offset(z, t), abs = off < 0 ? -off : off;
	if (off == 0)
		snprintf(buf, 64, "UTC");
	else
		snprintf(buf, 64, "UTC%c%02d:%02d", off < 0 ? '-' : '+', abs / 3600, abs / 60 % 60);
	return buf;
}

const char *tz_label(const struct tz *z, usec_t t, char buf[static 64])
{
	if (!z->label[0])
		return tz_offset_label(z, t, buf);
	snprintf(buf, 64, "%s", z->label);
	return buf;
}
