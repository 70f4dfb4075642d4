/* Paint on a cairo surface, in the chart's units.  Private to chart/. */
#pragma once
#include "chart/layout.h"

struct canvas {
	cairo_t *cr;
	struct pen *pen;
	const struct chart *chart;
	const struct plot *plot;
	const struct layout *at;
	struct theme theme;
	uint32_t series[CHART_MAX_SERIES];
	struct arena *scratch;
	double grain; /* device pixels per unit: edges are put on whole pixels */
};

void theme_pick(const struct chart *c, struct theme *ret, uint32_t series[CHART_MAX_SERIES]);

/* The same chart on somebody else's surface, in points: how large it is, and drawn from (0, 0) on. */
enum err chart_extent(const struct chart *c, double *ret_width, double *ret_height, struct problem *why) _must_check_;
enum err chart_paint(const struct chart *c, cairo_t *cr, struct arena *scratch, struct problem *why) _must_check_;

enum err draw_all(struct canvas *v) _must_check_;
enum err draw_series(struct canvas *v) _must_check_; /* the plot's inside: series.c */

static inline double canvas_x(const struct canvas *v, double x)
{
	const struct plot *p = v->plot;
	return v->at->plot.x + (x - p->x_lo) / (p->x_hi - p->x_lo) * v->at->plot.w;
}

static inline double canvas_y(const struct canvas *v, double y)
{
	const struct value_axis *a = &v->at->ya;
	return v->at->plot.y + v->at->plot.h - (y / (a->hi - a->lo) - a->lo / (a->hi - a->lo)) * v->at->plot.h;
}

/* The nearest edge between device pixels, and the nearest pixel's middle. */
static inline double canvas_edge(const struct canvas *v, double at)
{
	return (double)(long)(at * v->grain + 0.5) / v->grain;
}
static inline double canvas_hair(const struct canvas *v, double at)
{
	return ((double)(long)(at * v->grain) + 0.5) / v->grain;
}

/* Series beyond the palette's end come again in other shades, lines with another dash. */
enum { PALETTE = 8 };
