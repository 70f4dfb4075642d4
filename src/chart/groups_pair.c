/* Heat maps, and flows from one label to another. */
#include "chart/groups.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* -- heat map: columns are the first label in the table's order, rows the second ------------------------- */

static uint32_t heat(const struct picture_of_groups *g, double share)
{
	uint32_t out = 0, a = g->theme.grid, b = g->colour[0];
	for (int shift = 0; shift < 24; shift += 8) {
		double v = (a >> shift & 0xff) * (1 - share) + (b >> shift & 0xff) * share;
		out |= (uint32_t)lround(v) << shift;
	}
	return out;
}

/* From nothing to the most, so that colours can be read back. */
static void heat_key(const struct picture_of_groups *g, const struct groups *d, const struct box *at)
{
	char most[64];
	double line = groups_line(g), w = 90, x = at->x + at->w - w;
	const char *text = groups_value(g, d->most, most);
	double text_w = pen_width(g->pen, pen_label(g->pen), text);
	x -= text_w + 6;
	groups_write(g, ALIGN_RIGHT, &(struct box){ x - 6, at->y, 0, 0 }, g->theme.muted, "0");
	for (int i = 0; i < 30; i++) {
		colour_set(g->cr, heat(g, (i + 0.5) / 30), 1);
		cairo_rectangle(g->cr, x + w * i / 30, at->y + 2, w / 30 + 0.5, line - 4);
		cairo_fill(g->cr);
	}
	groups_write(g, ALIGN_LEFT, &(struct box){ x + w + 6, at->y, 0, 0 }, g->theme.muted, text);
}

static void heat_cells(const struct picture_of_groups *g, const struct groups *d, const struct box *in)
{
	double cw = in->w / (double)d->na, ch = in->h / (double)d->nb;
	double gap_x = cw > 4 ? 1 : 0, gap_y = ch > 4 ? 1 : 0;
	for (size_t i = 0; i < d->npairs; i++) {
		const struct pair *p = &d->pair[i];
		bool beyond = p->value > d->most; /* of the rest: grey, as everywhere */
		colour_set(g->cr, beyond ? g->theme.strong : heat(g, d->most > 0 ? p->value / d->most : 0), 1);
		cairo_rectangle(g->cr, in->x + (double)p->a * cw, in->y + (double)p->b * ch, cw - gap_x, ch - gap_y);
		cairo_fill(g->cr);
	}
}

void draw_heatmap(const struct picture_of_groups *g, const struct groups *d, const struct box *at)
{
	double line = groups_line(g), left = 0, taken = 0;
	for (size_t i = 0; i < d->nb; i++)
		left = fmax(left, pen_width(g->pen, pen_label(g->pen), d->b[i].label));
	left = fmin(left, at->w * 0.35) + 6;
	struct box in = { at->x + left, at->y + line + 4, at->w - left, at->h - 2 * line - 8 };
	if (in.h < 8)
		return;
	heat_key(g, d, at);
	heat_cells(g, d, &in);
	double ch = in.h / (double)d->nb, cw = in.w / (double)d->na;
	size_t every = (size_t)fmax(ceil(line / ch), 1);
	for (size_t i = 0; i < d->nb; i += every)
		groups_write(g, ALIGN_RIGHT, &(struct box){ in.x - 6, in.y + ((double)i + 0.5) * ch - line / 2, left - 6, 0 },
			     g->theme.text, d->b[i].label);
	for (size_t i = 0; i < d->na; i++) {
		double w = fmin(pen_width(g->pen, pen_label(g->pen), d->a[i].label), 120);
		double x = fmin(in.x + ((double)i + 0.5) * cw - w / 2, in.x + in.w - w);
		if (x < fmax(taken, in.x - 10))
			continue;
		groups_write(g, ALIGN_LEFT, &(struct box){ x, in.y + in.h + 3, w + 1, 0 }, g->theme.text, d->a[i].label);
		taken = x + w + 8;
	}
}

/* -- sankey: sources left, targets right, the greatest on top -------------------------------------------- */

enum { SANKEY_NODES = 16 };

struct node {
	const char *label;
	double value, y, h, used; /* used: how far its ribbons reach already */
};

struct side {
	struct node at[SANKEY_NODES + 1];
	size_t n, place[GROUPS_SIDE + 1]; /* a label's node */
	double sum;
};

struct ranked {
	size_t label;
	double value;
};

static int by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	return x->value < y->value ? 1 : x->value > y->value ? -1 : (x->label > y->label) - (x->label < y->label);
}

/* The greatest labels are nodes, all others one node below them; heights share what is free. */
static void side_make(const struct group *g, size_t n, double top, double free_h, double gap, struct side *ret)
{
	struct ranked order[GROUPS_SIDE + 1] = { 0 };
	*ret = (struct side){ 0 };
	for (size_t i = 0; i < n; i++)
		order[i] = (struct ranked){ i, g[i].value };
	qsort(order, n, sizeof(*order), by_value);
	for (size_t i = 0; i < n; i++) {
		size_t k = MIN(i, (size_t)SANKEY_NODES);
		struct node *x = &ret->at[k];
		x->label = k < SANKEY_NODES ? g[order[i].label].label : "rest";
		x->value += order[i].value;
		ret->place[order[i].label] = k;
		ret->n = k + 1;
		ret->sum += order[i].value;
	}
	double room = free_h - gap * (double)(ret->n - 1), y = top;
	for (size_t k = 0; k < ret->n; k++) {
		ret->at[k].y = y;
		ret->at[k].h = fmax(room * ret->at[k].value / ret->sum, 0.5);
		y += ret->at[k].h + gap;
	}
}

static void ribbon(const struct picture_of_groups *g, const struct box *at, double y0, double y1, double h, uint32_t colour)
{
	double x0 = at->x, x1 = at->x + at->w, middle = (x0 + x1) / 2;
	colour_set(g->cr, colour, 0.45);
	cairo_new_path(g->cr);
	cairo_move_to(g->cr, x0, y0);
	cairo_curve_to(g->cr, middle, y0, middle, y1, x1, y1);
	cairo_line_to(g->cr, x1, y1 + h);
	cairo_curve_to(g->cr, middle, y1 + h, middle, y0 + h, x0, y0 + h);
	cairo_close_path(g->cr);
	cairo_fill(g->cr);
}

static void nodes(const struct picture_of_groups *g, const struct side *s, double x, enum align align, double max)
{
	double line = groups_line(g), taken = -line;
	char value[64], text[160];
	for (size_t k = 0; k < s->n; k++) {
		const struct node *n = &s->at[k];
		colour_set(g->cr, align == ALIGN_RIGHT ? g->colour[k % PALETTE] : g->theme.axis, 1);
		cairo_rectangle(g->cr, x - 4, n->y, 8, n->h);
		cairo_fill(g->cr);
		double y = n->y + (n->h - line) / 2;
		if (y < taken)
			continue;
		snprintf(text, sizeof(text), "%.90s  %s", n->label, groups_value(g, n->value, value));
		if (pen_width(g->pen, pen_label(g->pen), text) > max) /* the name is more than the number */
			snprintf(text, sizeof(text), "%.90s", n->label);
		groups_write(g, align, &(struct box){ align == ALIGN_RIGHT ? x - 8 : x + 8, y, max, 0 }, g->theme.text, text);
		taken = y + line;
	}
}

/* Pairs in the order of their nodes, so that ribbons of one node do not cross each other more than they must. */
static void ribbons(const struct picture_of_groups *g, const struct groups *d, const struct box *in, struct side *a, struct side *b)
{
	double sums[SANKEY_NODES + 1][SANKEY_NODES + 1] = { { 0 } };
	for (size_t i = 0; i < d->npairs; i++)
		sums[a->place[d->pair[i].a]][b->place[d->pair[i].b]] += d->pair[i].value;
	for (size_t k = 0; k < a->n; k++)
		for (size_t m = 0; m < b->n; m++) {
			if (sums[k][m] <= 0)
				continue;
			struct node *from = &a->at[k], *to = &b->at[m];
			double h = fmin(from->h * sums[k][m] / from->value, to->h * sums[k][m] / to->value);
			ribbon(g, in, from->y + from->used, to->y + to->used, h, g->colour[k % PALETTE]);
			from->used += from->h * sums[k][m] / from->value;
			to->used += to->h * sums[k][m] / to->value;
		}
}

void draw_sankey(const struct picture_of_groups *g, const struct groups *d, const struct box *at)
{
	struct side a, b;
	double labels = at->w * 0.27, gap = fmin(8, at->h / 40);
	struct box in = { at->x + labels, at->y, at->w - 2 * labels, at->h };
	if (d->apart > 0 && at->h > 4 * groups_line(g)) {
		char value[64], text[100];
		in.h -= groups_line(g) + 4;
		snprintf(text, sizeof(text), "not shown: %s from rest to rest", groups_value(g, d->apart, value));
		groups_write(g, ALIGN_LEFT, &(struct box){ at->x, in.y + in.h + 4, at->w, 0 }, g->theme.muted, text);
	}
	side_make(d->a, d->na, in.y, in.h, gap, &a);
	side_make(d->b, d->nb, in.y, in.h, gap, &b);
	ribbons(g, d, &in, &a, &b);
	nodes(g, &a, in.x, ALIGN_RIGHT, labels - 10);
	nodes(g, &b, in.x + in.w, ALIGN_LEFT, labels - 10);
}
