/* Where everything goes.  From the size, the words and the ranges to rectangles and ticks:
 *
 *	+--------------------------------------------+
 *	| Title                                      |
 *	| 2026-11-23 00:00 - 14:05 Europe/Zurich     |
 *	| y  400k +-------------------------------+  |
 *	| l  200k |  plot                         |  |
 *	| a     0 +-------------------------------+  |
 *	|         00:00    04:00    08:00    12:00   |
 *	|                     x label                |
 *	| legend               last  average    max  |
 *	+--------------------------------------------+
 *
 * What does not fit goes, least needed first: x label, statistics, legend, subtitle, title. */
#pragma once
#include "chart/data.h"
#include "chart/scale.h"
#include "chart/text.h"

struct box {
	double x, y, w, h;
};

struct theme {
	uint32_t ground, text, muted, grid, strong, axis, mark;
};

enum legend_kind { LEGEND_NONE, LEGEND_NAMES, LEGEND_STATS };
enum { LEGEND_STATS_COLS = 3, SWATCH = 14 };

struct legend {
	enum legend_kind kind;
	size_t rows, cols, shown; /* shown < series: the last place says "+ 5 more" */
	double col_w, name_w, value_w;
	char (*value)[LEGEND_STATS_COLS][64]; /* LEGEND_STATS: one row per series */
};

struct layout {
	double width, height, pad;
	struct box title, subtitle, y_label, plot, x_label, legend; /* h = 0: left out */
	double tick_y;
	struct value_axis ya;
	struct time_axis ta;
	struct legend key;
	const char *title_text, *subtitle_text, *x_text, *y_text; /* cleaned */
	const char **names;                                        /* of series, cleaned */
};

extern const char *const legend_heads[LEGEND_STATS_COLS];

/* width and height in the chart's units.  E_NOMEM. */
enum err layout_plan(const struct chart *c, const struct plot *p, const struct tz *z, struct pen *pen,
		     struct arena *a, double width, double height, struct layout *ret) _must_check_;

/* Marks far above the data do not squeeze it: they become a note at the upper edge. */
static inline bool mark_is_far(const struct plot *p, double value)
{
	return !p->empty && value > 3 * p->y_hi && p->y_hi > 0;
}
