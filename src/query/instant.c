/* One instant, as at(1) and RRDtool's AT-STYLE write it, as ISO 8601, or as seconds since 1970.
 *
 *	instant := [ "now" | "start" | "end" | named | epoch | day [clock] | clock [day] ] { shift }
 *	shift   := ( "+" | "-" ) n unit { n unit }
 *	day     := today | yesterday | tomorrow | monday ... | MM/DD/YY[YY] | DD.MM.YY[YY]
 *	         | YYYYMMDD | YYYY-MM-DD | november 5 [2026] | 5 november [2026]
 *	clock   := HH:MM[:SS[.fraction]] [am | pm] [Z | +HH:MM] | 9am | midnight | noon | teatime
 *
 * A day alone is its midnight, a clock alone is today's.  A day without its week or year is the
 * latest one that is not in the future: questions here are about the past.  Local times are the
 * zone's; where daylight saving skips one it is the instant after the gap, and of two the first. */
#include "query/when.h"

#include <strings.h>

/* What is known of day and clock so far. */
struct moment {
	struct civil c;
	usec_t part; /* below the second */
	bool day, clock, offset, done;
	int offset_sec;
	size_t offset_at;
	usec_t t; /* when done: the instant itself */
};

static enum err bad(struct when *w, size_t at, const char *what)
{
	char buf[40];
	if (at >= w->len)
		return when_refuse(w, at, "%s is missing at the end", what);
	return when_refuse(w, at, "expected %s, found \"%s\"", what, when_found(w, at, buf));
}

static const char *const weekdays[] = { "monday", "tuesday",  "wednesday", "thursday",
					"friday", "saturday", "sunday" };
static const char *const months[] = { "january",   "february", "march",    "april",
				      "may",       "june",     "july",     "august",
				      "september", "october",  "november", "december" };

/* Index of the word that begins here, whole or its first three letters, stepped over; -1 = none. */
static int one_of(struct when *w, const char *const *names, size_t n)
{
	size_t len = when_word_len(w);
	for (size_t i = 0; i < n; i++)
		if ((len == 3 || len == strlen(names[i])) &&
		    strncasecmp(w->text + w->at, names[i], len) == 0) {
			w->at += len;
			return (int)i;
		}
	return -1;
}

/* Digits here, as a number below 10^9; their count. */
static size_t number(struct when *w, int *ret)
{
	uint64_t v;
	size_t n = when_digits(w, &v);
	*ret = n <= 9 ? (int)v : 0;
	return n;
}

static bool next_is(const struct when *w, char c)
{
	return w->at < w->len && w->text[w->at] == c;
}

static bool next_is_digit(const struct when *w)
{
	return w->at < w->len && w->text[w->at] >= '0' && w->text[w->at] <= '9';
}

/* -- days -- */

static enum err set_day(struct when *w, struct moment *m, size_t at, struct civil day)
{
	if (m->day)
		return when_refuse(w, at, "a second day");
	if (day.month < 1 || day.month > 12)
		return when_refuse(w, at, "a month is 1..12");
	if (day.day < 1 || day.day > days_of_month(day.year, day.month))
		return when_refuse(w, at, "month %d of %d has %d days", day.month, day.year,
				   days_of_month(day.year, day.month));
	m->c.year = day.year;
	m->c.month = day.month;
	m->c.day = day.day;
	m->day = true;
	return OK;
}

/* `back` days before today; the result is carried over by zone_utc(). */
static enum err set_days_back(struct when *w, struct moment *m, size_t at, int back)
{
	struct civil today = zone_civil(w->zone, w->now);
	if (m->day)
		return when_refuse(w, at, "a second day");
	m->c.year = today.year;
	m->c.month = today.month;
	m->c.day = today.day - back;
	m->day = true;
	return OK;
}

static int full_year(int year, size_t digits)
{
	return digits > 2 ? year : year + (year < 70 ? 2000 : 1900);
}

/* "/11/26" or ".11.2026" behind the first number of a date. */
static enum err read_date(struct when *w, struct moment *m, size_t at, int first, char sep)
{
	int second, year;
	size_t n;
	if (!when_sign(w, sep) || !number(w, &second) || !when_sign(w, sep) ||
	    ((n = number(w, &year)) != 2 && n != 4))
		return when_refuse(w, at,
				   "a date is MM/DD/YYYY, DD.MM.YYYY, YYYYMMDD or YYYY-MM-DD");
	struct civil day = { .year = full_year(year, n), .month = second, .day = first };
	if (sep == '/') {
		day.month = first;
		day.day = second;
	}
	return set_day(w, m, at, day);
}

/* "-11-23", and the clock behind a "T". */
static enum err read_clock(struct when *w, struct moment *m, size_t at, int hour);

static enum err read_iso(struct when *w, struct moment *m, size_t at, int year)
{
	struct civil day = { .year = year };
	int hour;
	if (!when_sign(w, '-') || number(w, &day.month) != 2 || !next_is(w, '-') ||
	    !when_sign(w, '-') || number(w, &day.day) != 2)
		return when_refuse(w, at,
				   "a date is MM/DD/YYYY, DD.MM.YYYY, YYYYMMDD or YYYY-MM-DD");
	enum err e = set_day(w, m, at, day);
	if (e != OK || !(next_is(w, 'T') || next_is(w, 't')))
		return e;
	size_t clock_at = ++w->at;
	if (!number(w, &hour) || !next_is(w, ':'))
		return bad(w, clock_at, "a time HH:MM");
	return read_clock(w, m, clock_at, hour);
}

/* The year behind "november 5", when one is there: four digits and no clock. */
static bool read_year(struct when *w, int *ret)
{
	struct when ahead = *w;
	int year;
	when_blanks(&ahead);
	if (number(&ahead, &year) != 4 || next_is(&ahead, ':'))
		return false;
	*ret = year;
	w->at = ahead.at;
	return true;
}

static enum err read_month_day(struct when *w, struct moment *m, size_t at, int month, int day)
{
	struct civil today = zone_civil(w->zone, w->now),
		     c = { .year = today.year, .month = month, .day = day };
	if (!read_year(w, &c.year)) {
		bool later = month > today.month || (month == today.month && day > today.day);
		c.year -= later;
		for (int i = 0; i < 8 && month == 2 && day == 29 && days_of_month(c.year, 2) < 29;
		     i++)
			c.year--;
	}
	return set_day(w, m, at, c);
}

/* -- clocks -- */

static enum err set_clock(struct when *w, struct moment *m, size_t at, int hour, int minute,
			  int second)
{
	if (m->clock)
		return when_refuse(w, at, "a second time of day");
	if (hour > 23 || minute > 59 || second > 59)
		return when_refuse(w, at, "a time of day is 00:00:00..23:59:59");
	m->c.hour = hour;
	m->c.minute = minute;
	m->c.second = second;
	m->clock = true;
	return OK;
}

/* "am", "pm" behind an hour. */
static bool read_half(struct when *w, bool *ret_pm)
{
	struct when ahead = *w;
	when_blanks(&ahead);
	*ret_pm = when_word(&ahead, "pm");
	if (!*ret_pm && !when_word(&ahead, "am"))
		return false;
	w->at = ahead.at;
	return true;
}

/* "Z", "+01:00", directly behind the clock; behind ISO's T also "+0100". */
static bool read_offset(struct when *w, struct moment *m)
{
	struct when ahead = *w;
	int hour, minute;
	m->offset_at = w->at;
	if (when_word(&ahead, "z")) {
		m->offset_sec = 0;
	} else {
		bool west = next_is(w, '-');
		if (!west && !next_is(w, '+'))
			return false;
		ahead.at++;
		size_t n = number(&ahead, &hour);
		if (n == 2 && next_is(&ahead, ':')) {
			ahead.at++;
			if (number(&ahead, &minute) != 2)
				return false;
		} else if (n == 4 && !when_word_len(&ahead)) {
			minute = hour % 100;
			hour /= 100;
		} else {
			return false;
		}
		if (hour > 14 || minute > 59)
			return false;
		m->offset_sec = (hour * 3600 + minute * 60) * (west ? -1 : 1);
	}
	w->at = ahead.at;
	m->offset = true;
	return true;
}

static void read_fraction(struct when *w, struct moment *m)
{
	if (!next_is(w, '.'))
		return;
	w->at++;
	usec_t unit = USEC_PER_SEC;
	for (; next_is_digit(w); w->at++) {
		unit /= 10;
		m->part += (w->text[w->at] - '0') * unit;
	}
}

/* ":MM[:SS] [am|pm] [offset]" behind the hour. */
static enum err read_clock(struct when *w, struct moment *m, size_t at, int hour)
{
	int minute = 0, second = 0;
	bool pm;
	w->at++;
	if (number(w, &minute) != 2)
		return bad(w, at, "a time HH:MM");
	if (next_is(w, ':')) {
		w->at++;
		if (number(w, &second) != 2)
			return bad(w, at, "a time HH:MM:SS");
		read_fraction(w, m);
	}
	if (read_half(w, &pm)) {
		if (hour < 1 || hour > 12)
			return when_refuse(w, at, "an hour before am or pm is 1..12");
		hour = hour % 12 + (pm ? 12 : 0);
	}
	enum err e = set_clock(w, m, at, hour, minute, second);
	if (e == OK)
		read_offset(w, m);
	return e;
}

/* -- parts -- */

static enum err set_done(struct when *w, struct moment *m, size_t at, usec_t t)
{
	if (m->day || m->clock)
		return bad(w, at, "a day or a time of day");
	m->t = t;
	m->done = true;
	return OK;
}

static enum err read_epoch(struct when *w, struct moment *m, size_t at)
{
	uint64_t v;
	w->at = at;
	if (when_digits(w, &v) > 11)
		return when_refuse(
			w, at,
			"seconds since 1970 have at most 11 digits (are these milliseconds?)");
	return set_done(w, m, at, (usec_t)v * USEC_PER_SEC);
}

static enum err read_numeric(struct when *w, struct moment *m)
{
	size_t at = w->at;
	int first;
	bool pm;
	size_t n = number(w, &first);
	if (n <= 2 && next_is(w, ':'))
		return read_clock(w, m, at, first);
	if (n <= 2 && (next_is(w, '/') || next_is(w, '.')))
		return read_date(w, m, at, first, w->text[w->at]);
	if (n == 4 && next_is(w, '-'))
		return read_iso(w, m, at, first);
	if (n == 8)
		return set_day(w, m, at,
			       (struct civil){ .year = first / 10000,
					       .month = first / 100 % 100,
					       .day = first % 100 });
	if (n >= 9)
		return read_epoch(w, m, at);
	if (n <= 2 && read_half(w, &pm)) {
		if (first < 1 || first > 12)
			return when_refuse(w, at, "an hour before am or pm is 1..12");
		return set_clock(w, m, at, first % 12 + (pm ? 12 : 0), 0, 0);
	}
	when_blanks(w);
	int month = n <= 2 ? one_of(w, months, COUNT_OF(months)) : -1;
	if (month >= 0)
		return read_month_day(w, m, at, month + 1, first);
	return bad(w, at, "a time");
}

/* start and end: what the other half of a pair says. */
static enum err set_ref(struct when *w, struct moment *m, size_t at, const usec_t *ref,
			const char *name)
{
	if (!ref)
		return when_refuse(
			w, at,
			"\"%s\" has no meaning here: it stands for the other half of START,END",
			name);
	return set_done(w, m, at, *ref);
}

static enum err read_words(struct when *w, struct moment *m)
{
	static const struct {
		const char *word;
		int hour;
	} hours[] = { { "midnight", 0 }, { "noon", 12 }, { "teatime", 16 } };
	static const struct {
		const char *word;
		int back;
	} days[] = { { "today", 0 }, { "yesterday", 1 }, { "tomorrow", -1 } };
	size_t at = w->at;
	struct span named;
	bool is;
	int i, day;

	for (size_t k = 0; k < COUNT_OF(hours); k++)
		if (when_word(w, hours[k].word))
			return set_clock(w, m, at, hours[k].hour, 0, 0);
	for (size_t k = 0; k < COUNT_OF(days); k++)
		if (when_word(w, days[k].word))
			return set_days_back(w, m, at, days[k].back);
	if (when_word(w, "now"))
		return set_done(w, m, at, w->now);
	if (when_word(w, "end") || when_word(w, "e")) {
		w->wants_end = !w->end;
		return set_ref(w, m, at, w->end, "end");
	}
	if (when_word(w, "start") || when_word(w, "s"))
		return set_ref(w, m, at, w->start, "start");
	if ((i = one_of(w, weekdays, COUNT_OF(weekdays))) >= 0)
		return set_days_back(w, m, at, (zone_civil(w->zone, w->now).weekday - i + 7) % 7);
	if ((i = one_of(w, months, COUNT_OF(months))) >= 0) {
		when_blanks(w);
		size_t day_at = w->at, n = number(w, &day);
		return n && n <= 2 ? read_month_day(w, m, at, i + 1, day)
				   : bad(w, day_at, "a day of the month");
	}
	enum err e = named_read(w, &named, &is);
	if (e != OK)
		return e;
	return is ? set_done(w, m, at, named.start) : bad(w, at, "a time");
}

static enum err moment_time(struct when *w, struct moment *m, usec_t *ret)
{
	const struct zone *zone = w->zone;
	if (m->offset && !m->day)
		return when_refuse(w, m->offset_at, "a time with an offset needs its day");
	if (!m->day) {
		struct civil today = zone_civil(zone, w->now);
		m->c.year = today.year;
		m->c.month = today.month;
		m->c.day = today.day;
	}
	if (m->offset && zone_find("UTC", &zone) != OK)
		return problem_set(w->why, E_NOMEM, "out of memory");
	*ret = zone_utc(zone, m->c) - m->offset_sec * USEC_PER_SEC + m->part;
	return OK;
}

/* What stands before the shifts; nothing at all is now ("-1d"). */
static enum err read_base(struct when *w, usec_t *ret)
{
	struct moment m = { 0 };
	when_blanks(w);
	if (w->at == w->len)
		return when_refuse(w, w->at, "a time is missing");
	if (next_is(w, '-') || next_is(w, '+')) {
		*ret = w->now;
		return OK;
	}
	while (w->at < w->len && !m.done && !next_is(w, '-') && !next_is(w, '+')) {
		if (m.day && m.clock)
			break;
		enum err e = next_is_digit(w) ? read_numeric(w, &m) : read_words(w, &m);
		if (e != OK)
			return e;
		when_blanks(w);
	}
	if (!m.done)
		return moment_time(w, &m, ret);
	*ret = m.t;
	return OK;
}

static enum err in_range(struct when *w, size_t at, usec_t t)
{
	return t >= 0 && t <= WHEN_LAST ? OK
					: when_refuse(w, at, "a time lies in the years 1970..9999");
}

/* "n unit { n unit }" behind a sign. */
static enum err read_shift(struct when *w, int sign, usec_t *t)
{
	do {
		uint64_t n;
		enum time_unit u;
		enum err e;
		when_blanks(w);
		size_t at = w->at, digits = when_digits(w, &n);
		if (!digits)
			return bad(w, at, "a number");
		when_blanks(w);
		size_t unit_at = w->at;
		if (!when_unit(w, &u))
			return bad(w, unit_at, "a unit (s, min, h, d, w, m for months, y)");
		if (digits > 11 || n > WHEN_MAX_STEP / unit_seconds(u))
			return in_range(w, at, -1);
		*t = unit_step(w->zone, *t, u, sign * (int64_t)n);
		if ((e = in_range(w, at, *t)) != OK)
			return e;
		when_blanks(w);
	} while (next_is_digit(w));
	return OK;
}

enum err instant_read(struct when *w, usec_t *ret)
{
	char buf[40];
	usec_t t = 0;
	enum err e = read_base(w, &t);
	while (e == OK && w->at < w->len) {
		size_t at = w->at;
		bool minus = next_is(w, '-');
		if (!minus && !next_is(w, '+'))
			return when_refuse(w, at, "unexpected \"%s\"", when_found(w, at, buf));
		w->at++;
		e = read_shift(w, minus ? -1 : 1, &t);
	}
	if (e == OK && (e = in_range(w, w->at, t)) == OK)
		*ret = t;
	return e;
}
