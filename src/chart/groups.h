/* Charts of groups: bars by label, pies, heat maps, flows from one label to another.  They stand on no
 * axis of numbers, so they have a layout of their own.  Private to chart/. */
#pragma once
#include "chart/draw.h"

struct picture_of_groups {
	cairo_t *cr;
	struct pen *pen;
	const struct chart *chart;
	struct arena *scratch;
	const struct tz *tz;
	const char *unit;
	double width, height, grain;
	struct theme theme;
	uint32_t colour[CHART_MAX_SERIES];
};

/* The unit the value's column has. */
const char *groups_unit(const struct chart *c);

/* E_RANGE with *why (columns), E_NOMEM. */
enum err draw_groups(struct picture_of_groups *g, struct problem *why) _must_check_;

/* -- between groups.c and its pictures -------------------------------------------------------------- */

struct group { /* a row, or rows of one label put together */
	const char *label; /* cleaned; "rest" for the rest */
	double value;
	bool rest;
};

struct pair {
	size_t a, b; /* indices of labels */
	double value;
	bool rest; /* one of them is the rest */
};

struct groups {
	size_t n;
	struct group *at;   /* TOP, PIE: the greatest first, the rest last */
	size_t na, nb, npairs;
	struct group *a, *b; /* HEATMAP, SANKEY: labels of both sides with their sums */
	struct pair *pair;
	double apart;       /* SANKEY: of the rest to the rest, which is not drawn */
	double most, sum;   /* of values; the greatest is of what has a name, where anything has */
};

enum { GROUPS_SIDE = 200, GROUPS_PAIRS = 20000 };

/* Words in the label font; returns their width. */
double groups_write(const struct picture_of_groups *g, enum align align, const struct box *at, uint32_t colour, const char *s);
const char *groups_value(const struct picture_of_groups *g, double v, char buf[static 64]);
double groups_line(const struct picture_of_groups *g);

void draw_top(const struct picture_of_groups *g, const struct groups *d, const struct box *at);
void draw_pie(const struct picture_of_groups *g, const struct groups *d, const struct box *at);
void draw_heatmap(const struct picture_of_groups *g, const struct groups *d, const struct box *at);
void draw_sankey(const struct picture_of_groups *g, const struct groups *d, const struct box *at);
