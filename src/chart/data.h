/* What a chart's table says, ready for drawing: rows in x order, numbers checked, the range of
 * both axes known, long series thinned.  No drawing here. */
#pragma once
#include "base/arena.h"
#include "chart/chart.h"

enum x_kind { X_TIME, X_NUMBER, X_LABEL };

struct series_stats {
	double last, mean, max; /* NAN when nothing was there */
};

struct plot {
	enum x_kind kind;
	double x_lo, x_hi; /* X_TIME: usec; X_LABEL: -0.5 .. n - 0.5 */
	double bucket;     /* width of a row on the x axis, 0 = a row is a point */
	double y_lo, y_hi; /* of everything that will be drawn, stacked where stacked */
	struct span span;  /* X_TIME: what the axis covers */
	bool empty;        /* nothing finite to draw */
	size_t n, ns;
	double *x;         /* n: where a row begins (X_TIME, X_NUMBER), or its number */
	double *y[CHART_MAX_SERIES]; /* n each; NAN = gap */
	const char **label;          /* X_LABEL: n texts, NULL = none */
	const char *name[CHART_MAX_SERIES];
	struct series_stats stats[CHART_MAX_SERIES]; /* over all rows, before thinning */
	const char *unit;
};

/* Rows are kept to about four per column of `columns` pixels, each column's least and greatest
 * among them.  E_RANGE with *why: a column that is not there, or is no number.  E_NOMEM.
 * *ret points into the arena and the chart's table. */
enum err plot_make(const struct chart *c, size_t columns, struct arena *a, struct plot *ret,
		   struct problem *why) _must_check_;

/* Rows i and i + 1 are neighbours: no bucket is missing between them. */
static inline bool plot_joined(const struct plot *p, size_t i)
{
	return p->kind != X_TIME || p->bucket <= 0 || p->x[i + 1] - p->x[i] < 1.9 * p->bucket;
}
