/* Ticks.  A value axis steps by 1, 2 or 5 times a power of ten, begins or ends at zero, and shows
 * one SI prefix on all its labels so that they compare at a glance.
 *
 * A time axis takes the finest step of the table below that gives few enough ticks.  Steps of an
 * hour and less walk in UTC, aligned to the local clock, so that the hour which autumn repeats is
 * there twice; longer ones walk the local calendar, so that 06:00 is 06:00 on both sides of a
 * change, and a time that spring skips has no tick. */
#include "chart/scale.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* -- values ------------------------------------------------------------------------- */

static const struct prefix_row {
	double factor;
	const char *text;
} prefixes[] = {
	{ 1e18, "E" }, { 1e15, "P" }, { 1e12, "T" }, { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" }, { 1, "" },
};

static const struct prefix_row *prefix_of(double biggest)
{
	size_t i = 0;
	while (i + 1 < COUNT_OF(prefixes) && biggest < prefixes[i].factor)
		i++;
	return &prefixes[i];
}

/* The least of 1, 2, 5 x 10^k that is not below v. */
static double nice_step(double v)
{
	double power = pow(10, floor(log10(v)));
	static const double times[] = { 1, 2, 5, 10 };
	for (size_t i = 0; i < COUNT_OF(times); i++)
		if (v <= times[i] * power * (1 + 1e-9))
			return times[i] * power;
	return 10 * power;
}

static void tick_label(double v, double step, bool percent, double biggest, char *ret)
{
	const struct prefix_row *p = percent ? &prefixes[COUNT_OF(prefixes) - 1] : prefix_of(biggest);
	if (biggest <= p->factor && step < p->factor && p + 1 < prefixes + COUNT_OF(prefixes))
		p++; /* 500, 1000 rather than 0.5k, 1.0k */
	double shown = v / p->factor, shown_step = step / p->factor;
	const char *unit = percent ? "%" : p->text;

	if (v == 0) {
		snprintf(ret, TICK_TEXT, "0%s", percent ? "%" : "");
	} else if (shown_step < 1e-5 || fabs(shown) >= 1e6) {
		snprintf(ret, TICK_TEXT, "%.3g%s", shown, unit);
	} else {
		int decimals = (int)fmax(0, -floor(log10(shown_step) + 1e-9));
		snprintf(ret, TICK_TEXT, "%.*f%s", decimals, shown, unit);
	}
}

/* Beyond these the arithmetic of steps loses its digits; nothing measured is near them. */
static double tame(double v)
{
	return fmin(fmax(v, -1e300), 1e300);
}

void value_axis_make(double lo, double hi, size_t want, bool percent, struct value_axis *ret)
{
	lo = fmin(tame(lo), 0);
	hi = fmax(tame(hi), 0);
	want = MIN(MAX(want, (size_t)1), (size_t)AXIS_MAX_TICKS / 2);
	*ret = (struct value_axis){ 0 };
	if (hi - lo < 1e-290) { /* nothing, or next to nothing: an axis all the same */
		lo = 0;
		hi = 1;
		want = 1;
	}
	double step = nice_step((hi - lo) / (double)want);
	double first = floor(lo / step + 1e-9), last = ceil(hi / step - 1e-9);
	double biggest = fmax(fabs(first), fabs(last)) * step;

	ret->step = step;
	ret->lo = first * step;
	ret->hi = last * step;
	for (double k = first; k <= last && ret->n < AXIS_MAX_TICKS; k++) {
		struct value_tick *t = &ret->tick[ret->n++];
		t->at = k * step;
		tick_label(t->at, step, percent, biggest, t->label);
	}
}

const char *value_text(double v, const char *unit, char buf[static 64])
{
	bool plain = STREQ(unit, "%") || STREQ(unit, "ms");
	const char *blank = *unit ? " " : "";
	if (!isfinite(v)) {
		snprintf(buf, 64, "-");
		return buf;
	}
	/* Rounded first, so that 999.96k becomes 1 M and not 1000 k. */
	double shown = strtod((snprintf(buf, 64, "%.3g", v), buf), NULL);
	const struct prefix_row *p = plain ? &prefixes[COUNT_OF(prefixes) - 1] : prefix_of(fabs(shown));
	shown /= p->factor;
	if (fabs(shown) >= 1e6 || (shown != 0 && fabs(shown) < 1e-3))
		snprintf(buf, 64, "%.3g%s%s%.32s", shown, blank, p->text, unit);
	else if (fabs(shown) >= 1000)
		snprintf(buf, 64, "%.0f%s%s%.32s", shown, blank, p->text, unit);
	else
		snprintf(buf, 64, "%.4g%s%s%.32s", shown, blank, p->text, unit);
	return buf;
}

/* -- time ------------------------------------------------------------------------------ */

enum step_unit { STEP_CLOCK, STEP_HOURS, STEP_DAYS, STEP_MONTHS, STEP_YEARS };

static const struct time_step {
	enum step_unit unit;
	int count;        /* seconds for STEP_CLOCK, else of the unit */
	double about_sec; /* how long, for counting ticks */
} steps[] = {
	{ STEP_CLOCK, 1, 1 },
	{ STEP_CLOCK, 2, 2 },
	{ STEP_CLOCK, 5, 5 },
	{ STEP_CLOCK, 10, 10 },
	{ STEP_CLOCK, 15, 15 },
	{ STEP_CLOCK, 30, 30 },
	{ STEP_CLOCK, 60, 60 },
	{ STEP_CLOCK, 120, 120 },
	{ STEP_CLOCK, 300, 300 },
	{ STEP_CLOCK, 600, 600 },
	{ STEP_CLOCK, 900, 900 },
	{ STEP_CLOCK, 1800, 1800 },
	{ STEP_CLOCK, 3600, 3600 },
	{ STEP_HOURS, 2, 7200 },
	{ STEP_HOURS, 3, 10800 },
	{ STEP_HOURS, 4, 14400 },
	{ STEP_HOURS, 6, 21600 },
	{ STEP_HOURS, 12, 43200 },
	{ STEP_DAYS, 1, 86400 },
	{ STEP_DAYS, 2, 2 * 86400.0 },
	{ STEP_DAYS, 7, 7 * 86400.0 },
	{ STEP_DAYS, 14, 14 * 86400.0 },
	{ STEP_MONTHS, 1, 30.4 * 86400 },
	{ STEP_MONTHS, 2, 60.9 * 86400 },
	{ STEP_MONTHS, 3, 91.3 * 86400 },
	{ STEP_MONTHS, 6, 182.6 * 86400 },
	{ STEP_YEARS, 1, 365.2 * 86400 },
	{ STEP_YEARS, 2, 730.5 * 86400 },
	{ STEP_YEARS, 5, 1826.2 * 86400 },
	{ STEP_YEARS, 10, 3652.4 * 86400 },
	{ STEP_YEARS, 20, 7304.8 * 86400 },
	{ STEP_YEARS, 50, 18262 * 86400.0 },
	{ STEP_YEARS, 100, 36524 * 86400.0 },
	{ STEP_YEARS, 1000, 365242 * 86400.0 },
};

static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static void time_label(const struct time_step *s, const struct civil *c, struct time_tick *t)
{
	bool midnight = !c->hour && !c->minute && !c->second;

	if (s->unit == STEP_YEARS || (s->unit == STEP_MONTHS && c->month == 1))
		snprintf(t->label, TICK_TEXT, "%d", c->year);
	else if (s->unit == STEP_MONTHS)
		snprintf(t->label, TICK_TEXT, "%s", month_names[c->month - 1]);
	else if (s->unit == STEP_DAYS || midnight || t->strong)
		snprintf(t->label, TICK_TEXT, "%d %s", c->day, month_names[c->month - 1]);
	else if (s->unit == STEP_CLOCK && s->count < 60)
		snprintf(t->label, TICK_TEXT, "%02d:%02d:%02d", c->hour, c->minute, c->second);
	else
		snprintf(t->label, TICK_TEXT, "%02d:%02d", c->hour, c->minute);
	t->strong = t->strong || midnight;
	if (s->unit == STEP_DAYS)
		t->strong = c->day == 1;
	if (s->unit == STEP_MONTHS)
		t->strong = c->month == 1;
	if (s->unit == STEP_YEARS)
		t->strong = false;
}

struct tick_list {
	const struct time_step *step;
	const struct tz *z;
	struct span span;
	size_t want;
	bool full; /* more ticks than wanted: the step is too fine */
	struct time_axis *axis;
};

static void tick_add(struct tick_list *l, usec_t at, bool day_begins)
{
	if (at < l->span.start || at > l->span.end)
		return;
	if (l->axis->n >= l->want) {
		l->full = true;
		return;
	}
	struct time_tick *t = &l->axis->tick[l->axis->n++];
	struct civil c = tz_civil(l->z, at);
	*t = (struct time_tick){ .at = at, .strong = day_begins };
	time_label(l->step, &c, t);
}

static usec_t clock_ahead(const struct tz *z, usec_t t, usec_t step)
{
	usec_t local = t + (usec_t)tz_offset(z, t) * USEC_PER_SEC;
	usec_t over = ((local % step) + step) % step;
	return over ? step - over : 0;
}

static void ticks_clock(struct tick_list *l)
{
	usec_t step = l->step->count * USEC_PER_SEC;
	usec_t t = l->span.start;

	while (t <= l->span.end && !l->full) {
		usec_t ahead = clock_ahead(l->z, t, step); /* not 0 at first and after a turn */
		if (!ahead)
			tick_add(l, t, false);
		t += ahead ? ahead : step;
	}
}

static void ticks_hours(struct tick_list *l)
{
	struct civil day = tz_civil(l->z, l->span.start);
	day.minute = day.second = 0;
	for (usec_t t = l->span.start; t <= l->span.end && !l->full; day.day++) {
		for (int h = 0; h < 24; h += l->step->count) {
			bool exact;
			day.hour = h;
			t = tz_instant(l->z, day, &exact);
			if (exact || h == 0)
				tick_add(l, t, h == 0);
		}
	}
}

/* Weeks begin on a Monday; every second day begins with an odd one. */
static void ticks_days(struct tick_list *l)
{
	struct civil day = tz_civil(l->z, l->span.start);
	day.hour = day.minute = day.second = 0;
	if (l->step->count >= 7)
		day.day -= day.weekday;
	else if (l->step->count == 2)
		day.day -= (day.day + 1) % 2;
	for (usec_t t = l->span.start; t <= l->span.end && !l->full; day.day += l->step->count) {
		t = tz_instant(l->z, day, NULL);
		tick_add(l, t, true);
	}
}

static void ticks_months(struct tick_list *l)
{
	struct civil c = tz_civil(l->z, l->span.start);
	int months = l->step->unit == STEP_YEARS ? 12 * l->step->count : l->step->count;
	int64_t at = (int64_t)c.year * 12 + (c.month - 1);

	at -= ((at % months) + months) % months;
	for (usec_t t = l->span.start; t <= l->span.end && !l->full; at += months) {
		struct civil first = { .year = (int)(at / 12), .month = (int)(at % 12) + 1, .day = 1 };
		t = tz_instant(l->z, first, NULL);
		tick_add(l, t, true);
	}
}

static void ticks_of(struct tick_list *l)
{
	static void (*const walk[])(struct tick_list *) = {
		[STEP_CLOCK] = ticks_clock,   [STEP_HOURS] = ticks_hours, [STEP_DAYS] = ticks_days,
		[STEP_MONTHS] = ticks_months, [STEP_YEARS] = ticks_months,
	};
	walk[l->step->unit](l);
}

void time_axis_make(struct span span, const struct tz *z, size_t want, struct time_axis *ret)
{
	double seconds = (double)(span.end - span.start) / (double)USEC_PER_SEC;
	want = MIN(MAX(want, (size_t)1), (size_t)AXIS_MAX_TICKS);

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		/* Do not even try what must overflow: it would walk far. */
		if (seconds / steps[i].about_sec > (double)want + 2)
			continue;
		*ret = (struct time_axis){ 0 };
		struct tick_list l = { .step = &steps[i], .z = z, .span = span, .want = want, .axis = ret };
		ticks_of(&l);
		if (!l.full)
			return;
	}
	*ret = (struct time_axis){ 0 };
}

const char *span_text(struct span span, const struct tz *z, char buf[static 80])
{
	struct civil a = tz_civil(z, span.start), b = tz_civil(z, span.end);
	int at = snprintf(buf, 80, "%04d-%02d-%02d %02d:%02d \u2013 ", a.year, a.month, a.day, a.hour,
			  a.minute);
	if (at < 0 || at >= 60)
		return buf;
	if (a.year == b.year && a.month == b.month && a.day == b.day)
		snprintf(buf + at, 80 - (size_t)at, "%02d:%02d", b.hour, b.minute);
	else
		snprintf(buf + at, 80 - (size_t)at, "%04d-%02d-%02d %02d:%02d", b.year, b.month, b.day,
			 b.hour, b.minute);
	return buf;
}

const char *span_brief(struct span span, const struct tz *z, char buf[static 80])
{
	struct civil a = tz_civil(z, span.start), b = tz_civil(z, span.end);
	int at = snprintf(buf, 80, "%d %s %02d:%02d \u2013 ", a.day, month_names[a.month - 1], a.hour, a.minute);
	if (at < 0 || at >= 60)
		return buf;
	if (a.year == b.year && a.month == b.month && a.day == b.day)
		snprintf(buf + at, 80 - (size_t)at, "%02d:%02d", b.hour, b.minute);
	else
		snprintf(buf + at, 80 - (size_t)at, "%d %s %02d:%02d", b.day, month_names[b.month - 1], b.hour,
			 b.minute);
	return buf;
}
