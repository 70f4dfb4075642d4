/* Dates of ownership.  Without an offset they are local times of the mapping's zone. */
#include "base/cursor.h"
#include "base/hash.h"
#include "model/builder.h"

/* Exactly n digits. */
static bool digits(struct cur *c, size_t n, int *ret)
{
	int v = 0;
	const uint8_t *p = cur_need(c, n);
	for (size_t i = 0; p && i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + p[i] - '0';
	}
	*ret = v;
	return p;
}

static bool take(struct cur *c, char ch)
{
	if (!cur_left(c) || *c->pos != (uint8_t)ch)
		return false;
	cur_skip(c, 1);
	return true;
}

static int days_in(int year, int month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01 in the Gregorian calendar. */
static int64_t days_since_1970(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year; /* years begin in March, so February is last */
	int era = y / 400, yoe = y % 400;
	int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return (int64_t)era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static const char *read_date(struct cur *c, struct civil *ret)
{
	struct civil d = { 0 };
	if (!digits(c, 4, &d.year) || !take(c, '-') || !digits(c, 2, &d.month) || !take(c, '-') ||
	    !digits(c, 2, &d.day))
		return "is no date: wanted 2026-01-31, 2026-01-31T06:30 or 2026-01-31T06:30+01:00";
	if (d.year < 1970)
		return "must be 1970 or later";
	if (d.month < 1 || d.month > 12)
		return "has no such month: 01..12";
	if (d.day < 1 || d.day > days_in(d.year, d.month))
		return "has no such day in that month";
	*ret = d;
	return NULL;
}

static const char *read_time(struct cur *c, struct civil *d, usec_t *ret_fraction)
{
	usec_t unit = USEC_PER_SEC;
	if (!digits(c, 2, &d->hour) || !take(c, ':') || !digits(c, 2, &d->minute) ||
	    (take(c, ':') && !digits(c, 2, &d->second)))
		return "has no time behind the date: wanted 06:30 or 06:30:00";
	if (d->hour > 23 || d->minute > 59 || d->second > 59)
		return "has no such time of day: 00:00:00..23:59:59";
	if (!take(c, '.'))
		return NULL;
	if (!cur_left(c))
		return "has no digits behind the point";
	while (cur_left(c) && *c->pos >= '0' && *c->pos <= '9' && unit > 1) {
		unit /= 10;
		*ret_fraction += (cur_u8(c) - '0') * unit;
	}
	return NULL;
}

static const char *read_offset(struct cur *c, bool *ret_given, int *ret_seconds)
{
	int hours, minutes = 0;
	*ret_given = true;
	if (take(c, 'Z') || take(c, 'z'))
		return NULL;
	bool east = take(c, '+');
	if (!east && !take(c, '-'))
		return "has something behind the time: only Z or an offset like +01:00 may stand "
		       "there";
	if (!digits(c, 2, &hours) || ((take(c, ':') || cur_left(c)) && !digits(c, 2, &minutes)) ||
	    hours > 14 || minutes > 59)
		return "has no such offset: wanted +01:00";
	*ret_seconds = (east ? 1 : -1) * (hours * 3600 + minutes * 60);
	return NULL;
}

static const char *date_read(const struct zone *zone, struct cur c, usec_t *ret)
{
	struct civil d;
	usec_t fraction = 0;
	bool has_offset = false;
	int offset = 0;
	const char *bad = read_date(&c, &d);

	if (!bad && (take(&c, 'T') || take(&c, 't') || take(&c, ' '))) {
		bad = read_time(&c, &d, &fraction);
		if (!bad && cur_left(&c))
			bad = read_offset(&c, &has_offset, &offset);
	}
	if (!bad && cur_left(&c))
		bad = "has something behind it";
	if (bad)
		return bad;
	if (has_offset)
		*ret = (days_since_1970(d.year, d.month, d.day) * 86400 + d.hour * 3600 +
			d.minute * 60 + d.second - offset) *
			       USEC_PER_SEC +
		       fraction;
	else
		*ret = zone_utc(zone, d) + fraction;
	return NULL;
}

const char *date_parse(struct builder *b, const char *s, size_t len, usec_t *ret)
{
	struct date_memo *memo = &b->memo[hash_bytes(s, len, 0) % COUNT_OF(b->memo)];
	if (len && len < sizeof(memo->text) && strlen(memo->text) == len &&
	    memcmp(memo->text, s, len) == 0) {
		*ret = memo->t;
		return NULL;
	}
	const char *bad = date_read(b->zone, cur_of(s, len), ret);
	if (!bad && len < sizeof(memo->text)) {
		memcpy(memo->text, s, len);
		memo->text[len] = 0;
		memo->t = *ret;
	}
	return bad;
}
