/* Axes: from a range to ticks a person can read.  Pure arithmetic and text, no drawing. */
#pragma once
#include "chart/tz.h"

enum { AXIS_MAX_TICKS = 16, TICK_TEXT = 32 };

/* -- values -- */
struct value_axis {
	double lo, hi, step; /* lo <= 0 <= hi: an axis of amounts begins at nothing */
	size_t n;
	struct value_tick {
		double at;
		char label[TICK_TEXT]; /* "0", "250k", "1.5G"; one prefix for the whole axis */
	} tick[AXIS_MAX_TICKS];
};

/* An axis that holds lo..hi (finite) with about `want` ticks.  percent: "%" behind each label. */
void value_axis_make(double lo, double hi, size_t want, bool percent, struct value_axis *ret);

/* One value with three significant digits and its SI prefix (1000): "3.21 Mbit/s", "3.21M" without
 * a unit, "41.3 %".  Amounts of unit "%", "ms" and "" below 1000 take no prefix.  Not finite: "-". */
const char *value_text(double v, const char *unit, char buf[static 64]);

/* -- time -- */
struct time_axis {
	size_t n;
	struct time_tick {
		usec_t at;
		bool strong;           /* a day (month, year) begins here */
		char label[TICK_TEXT]; /* "14:05", "23 Nov", "Nov", "2026" */
	} tick[AXIS_MAX_TICKS];
};

/* At most `want` (1..AXIS_MAX_TICKS) ticks at round local times inside the half-open span (its
 * end included).  Where a day begins among times of day, the label is the date. */
void time_axis_make(struct span span, const struct tz *z, size_t want, struct time_axis *ret);

/* "2026-11-23 00:00 - 14:05", with the second date only where it differs (en dash). */
const char *span_text(struct span span, const struct tz *z, char buf[static 80]);
/* The same without the year, for small charts: "23 Nov 00:00 - 24 Nov 00:00". */
const char *span_brief(struct span span, const struct tz *z, char buf[static 80]);
