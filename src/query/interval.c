/* Intervals: a name, or a pair of instants.
 *
 *	interval := named | half "," half
 *	named    := "today" | "lastweek" ... | "last" n unit          rows of intervals.def
 *	half     := named (its start) | instant (instant.c)
 *
 * Half-open.  Running and rolling intervals end at now.  In a pair `end` of the first half is the
 * second half's time, `start` of the second the first's; `end` of the second is now. */
#include "query/when.h"

#include "base/utf8.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

/* -- the scanner -- */

void when_blanks(struct when *w)
{
	while (w->at < w->len &&
	       (w->text[w->at] == ' ' || (w->text[w->at] >= '\t' && w->text[w->at] <= '\r')))
		w->at++;
}

size_t when_word_len(const struct when *w)
{
	size_t n = 0;
	while (n < w->len - w->at &&
	       ((w->text[w->at + n] | 0x20) >= 'a' && (w->text[w->at + n] | 0x20) <= 'z'))
		n++;
	return n;
}

bool when_word(struct when *w, const char *word)
{
	size_t n = when_word_len(w);
	if (n != strlen(word) || strncasecmp(w->text + w->at, word, n) != 0)
		return false;
	w->at += n;
	return true;
}

size_t when_digits(struct when *w, uint64_t *ret)
{
	size_t n = 0;
	uint64_t v = 0;
	for (; w->at < w->len && w->text[w->at] >= '0' && w->text[w->at] <= '9'; w->at++, n++)
		if (n < 18)
			v = v * 10 + (uint64_t)(w->text[w->at] - '0');
	*ret = v;
	return n;
}

bool when_sign(struct when *w, char sign)
{
	when_blanks(w);
	if (w->at == w->len || w->text[w->at] != sign)
		return false;
	w->at++;
	return true;
}

static size_t char_pos(const char *text, size_t at)
{
	size_t n = 1;
	for (size_t i = 0; i < at; i++)
		n += ((uint8_t)text[i] & 0xc0) != 0x80;
	return n;
}

enum err when_refuse(struct when *w, size_t at, const char *fmt, ...)
{
	char text[sizeof(((struct problem *)0)->text)];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return problem_at(w->why, E_SYNTAX, char_pos(w->text, at), "%s", text);
}

const char *when_found(const struct when *w, size_t at, char buf[static 40])
{
	size_t n = 0;
	while (n < w->len - at && (n == 0 || (w->text[at + n] != ' ' && w->text[at + n] != ',')))
		n++;
	return utf8_excerpt(w->text + at, n, buf, 40);
}

/* -- units -- */

static const struct {
	const char *words;
	uint64_t seconds;
} units[] = {
#define UNIT(id, words, seconds, help) { words, seconds },
#define NAMED(...)
#define ROLLING(...)
#include "query/intervals.def"
#undef UNIT
#undef NAMED
#undef ROLLING
};

uint64_t unit_seconds(enum time_unit u)
{
	return units[u].seconds;
}

static bool is_one_of(const char *words, const char *s, size_t len)
{
	for (const char *w = words; *w; w += strspn(w, " ")) {
		size_t n = strcspn(w, " ");
		if (n == len && strncasecmp(w, s, len) == 0)
			return true;
		w += n;
	}
	return false;
}

bool when_unit(struct when *w, enum time_unit *ret)
{
	size_t n = when_word_len(w);
	for (size_t i = 0; n && i < COUNT_OF(units); i++)
		if (is_one_of(units[i].words, w->text + w->at, n)) {
			*ret = (enum time_unit)i;
			w->at += n;
			return true;
		}
	return false;
}

int days_of_month(int year, int month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return month == 2 && leap ? 29 : days[month - 1];
}

static void add_months(struct civil *c, int n)
{
	int months = c->year * 12 + c->month - 1 + n;
	int year = months >= 0 ? months / 12 : -((11 - months) / 12);
	c->month = months - year * 12 + 1;
	c->year = year;
	c->day = MIN(c->day, days_of_month(c->year, c->month));
}

usec_t unit_step(const struct zone *z, usec_t t, enum time_unit u, int64_t n)
{
	struct civil c = zone_civil(z, t);
	usec_t part = (t % USEC_PER_SEC + USEC_PER_SEC) % USEC_PER_SEC;
	if (!n || u < UNIT_DAY)
		return t + n * (usec_t)units[u].seconds * USEC_PER_SEC;
	if (u == UNIT_DAY || u == UNIT_WEEK)
		c.day += (int)n * (u == UNIT_WEEK ? 7 : 1);
	else
		add_months(&c, (int)n * (u == UNIT_YEAR ? 12 : 1));
	return zone_utc(z, c) + part;
}

usec_t unit_floor(const struct zone *z, usec_t t, enum time_unit u)
{
	struct civil c = zone_civil(z, t);
	struct civil start = { .year = c.year, .month = c.month, .day = c.day };
	if (u == UNIT_WEEK)
		start.day -= c.weekday;
	if (u == UNIT_MONTH || u == UNIT_YEAR)
		start.day = 1;
	if (u == UNIT_YEAR)
		start.month = 1;
	return zone_utc(z, start);
}

/* -- names -- */

static const struct named {
	const char *name;
	enum time_unit unit;
	int n;
	bool rolling;
	const char *help;
} names[] = {
#define UNIT(...)
#define NAMED(name, unit, back, help) { name, UNIT_##unit, back, false, help },
#define ROLLING(name, unit, n, help)  { name, UNIT_##unit, n, true, help },
#include "query/intervals.def"
};

static struct span rolling(const struct when *w, enum time_unit u, int64_t n)
{
	return (struct span){ unit_step(w->zone, w->now, u, -n), w->now };
}

static struct span span_of(const struct when *w, const struct named *n)
{
	if (n->rolling)
		return rolling(w, n->unit, n->n);
	usec_t start = unit_floor(w->zone, w->now, n->unit);
	if (n->n == 0)
		return (struct span){ start, w->now };
	/* Floored again: this midnight may be one that daylight saving moved to 01:00. */
	usec_t before = unit_floor(w->zone, unit_step(w->zone, start, n->unit, -n->n), n->unit);
	return (struct span){ before, start };
}

/* "last 24 hours": w stands behind "last". */
static enum err read_last_n(struct when *w, struct span *ret)
{
	enum time_unit u;
	uint64_t n;
	size_t number_at = w->at, digits = when_digits(w, &n);
	if (!n || digits > 11)
		return when_refuse(w, number_at, "how many? a number from 1 upwards");
	when_blanks(w);
	if (!when_unit(w, &u))
		return when_refuse(w, w->at, "expected minutes, hours, days, weeks or months");
	if (n > WHEN_MAX_STEP / units[u].seconds)
		return when_refuse(w, number_at, "that is before 1970");
	struct span s = rolling(w, u, (int64_t)n);
	if (s.start < 0)
		return when_refuse(w, number_at, "that is before 1970");
	*ret = s;
	return OK;
}

/* One word, or two with blanks between them ("last week"), against the names. */
static const struct named *find_named(struct when *w)
{
	char word[24];
	size_t n = when_word_len(w);
	struct when rest = *w;
	for (int parts = 0; parts < 2 && n < sizeof(word); parts++) {
		memcpy(word, w->text + w->at, n);
		rest.at = w->at + n;
		if (parts) {
			when_blanks(&rest);
			size_t more = when_word_len(&rest);
			if (rest.at == w->at + n || !more || n + more >= sizeof(word))
				return NULL;
			memcpy(word + n, rest.text + rest.at, more);
			rest.at += more;
			n += more;
		}
		for (size_t i = 0; i < COUNT_OF(names); i++)
			if (strlen(names[i].name) == n &&
			    strncasecmp(names[i].name, word, n) == 0) {
				w->at = rest.at;
				return &names[i];
			}
	}
	return NULL;
}

enum err named_read(struct when *w, struct span *ret, bool *ret_is)
{
	when_blanks(w);
	const struct named *named = find_named(w);
	*ret_is = named != NULL;
	if (named) {
		*ret = span_of(w, named);
		return OK;
	}
	struct when last = *w;
	if (!when_word(&last, "last"))
		return OK;
	when_blanks(&last);
	if (last.at == last.len || !isdigit((unsigned char)last.text[last.at]))
		return OK;
	*ret_is = true;
	w->at = last.at;
	return read_last_n(w, ret);
}

/* -- pairs -- */

static enum err no_interval(struct when *w)
{
	char buf[40];
	when_blanks(w);
	if (w->at == w->len)
		return when_refuse(
			w, w->at,
			"an interval is missing: today, lasthour, last7days ..., or START,END");
	return when_refuse(
		w, w->at,
		"unknown interval \"%s\": expected today, lasthour, last7days ..., or START,END",
		when_found(w, w->at, buf));
}

static enum err read_single(struct when *w, struct span *ret)
{
	char buf[40];
	struct span s;
	bool is;
	enum err e = named_read(w, &s, &is);
	if (e != OK)
		return e;
	if (!is)
		return no_interval(w);
	when_blanks(w);
	if (w->at < w->len)
		return when_refuse(w, w->at, "unexpected \"%s\" after the interval",
				   when_found(w, w->at, buf));
	*ret = s;
	return OK;
}

/* The halves in the order in which they need each other.  *ret is also where the second half finds
 * `start`; after a failure it holds nothing. */
static enum err read_pair(struct when *first, struct when *second, struct span *ret)
{
	struct when again = *first;
	second->end = &second->now;
	enum err e = instant_read(first, &ret->start);
	if (e == OK) {
		second->start = &ret->start;
		return instant_read(second, &ret->end);
	}
	if (!first->wants_end || (e = instant_read(second, &ret->end)) != OK)
		return e;
	again.end = &ret->end;
	return instant_read(&again, &ret->start);
}

enum err interval_parse(const char *text, usec_t now, const struct zone *z, struct span *ret,
			struct problem *why)
{
	struct when w = { .text = text ? text : "", .now = now, .zone = z, .why = why };
	char from[40], to[40];
	struct span s;
	w.len = strlen(w.text);
	const char *comma = memchr(w.text, ',', w.len);
	if (!comma)
		return read_single(&w, ret);
	struct when first = w, second = w;
	first.len = (size_t)(comma - w.text);
	second.at = first.len + 1;
	const char *more = memchr(comma + 1, ',', w.len - second.at);
	if (more)
		return when_refuse(&w, (size_t)(more - w.text), "one comma only: START,END");
	when_blanks(&second);
	size_t second_at = second.at;
	enum err e = read_pair(&first, &second, &s);
	if (e != OK)
		return e;
	if (s.end <= s.start)
		return when_refuse(&w, second_at, "the end, %s, is not after the start, %s",
				   zone_iso(z, s.end, to), zone_iso(z, s.start, from));
	*ret = s;
	return OK;
}

enum err instant_parse(const char *text, usec_t now, const struct zone *z, usec_t *ret,
		       struct problem *why)
{
	struct when w = { .text = text ? text : "", .now = now, .zone = z, .why = why };
	w.len = strlen(w.text);
	return instant_read(&w, ret);
}

void interval_help(struct buf *out)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		buf_printf(out, "%-12s %s\n", names[i].name, names[i].help);
}
