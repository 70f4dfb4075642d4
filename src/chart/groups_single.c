/* Bars by label, and pies. */
#include "chart/groups.h"

#include <math.h>
#include <stdio.h>

/* -- topN: label, bar, value and share ----------------------------------------------------------------
 *	TCP:443  ==================  6.11 GB  51 %
 *	UDP:443  ========            2.89 GB  24 % */

struct columns {
	double label, value, bar_x, bar_w;
};

static const char *share_text(const struct groups *d, double v, char buf[static 24])
{
	double share = d->sum > 0 ? 100 * v / d->sum : 0;
	snprintf(buf, 24, share >= 10 || share == 0 ? "%.0f %%" : "%.1f %%", share);
	return buf;
}

static struct columns columns_of(const struct picture_of_groups *g, const struct groups *d, const struct box *at, size_t shown)
{
	struct columns c = { 0 };
	char value[64];
	for (size_t i = 0; i < shown; i++) {
		c.label = fmax(c.label, pen_width(g->pen, pen_label(g->pen), d->at[i].label));
		c.value = fmax(c.value, pen_width(g->pen, pen_label(g->pen), groups_value(g, d->at[i].value, value)));
	}
	c.label = fmin(c.label, at->w * 0.4);
	c.bar_x = at->x + c.label + 8;
	c.bar_w = fmax(at->w - c.label - 8 - c.value - 12 - pen_width(g->pen, pen_label(g->pen), "99.9 %"), 10);
	return c;
}

/* The rest's bar may be longer than there is room: a gap in it says so. */
static void broken_bar(const struct picture_of_groups *g, double x, double y, double h)
{
	colour_set(g->cr, g->theme.ground, 1);
	cairo_set_line_width(g->cr, 3);
	cairo_move_to(g->cr, x + h * 0.3, y);
	cairo_line_to(g->cr, x - h * 0.3, y + h);
	cairo_stroke(g->cr);
}

void draw_top(const struct picture_of_groups *g, const struct groups *d, const struct box *at)
{
	double line = groups_line(g), row = fmin(fmax(at->h / (double)d->n, line + 2), line * 2);
	size_t fit = (size_t)fmax(floor(at->h / row), 1);
	size_t shown = d->n <= fit ? d->n : fit > 1 ? fit - 1 : 1;
	struct columns c = columns_of(g, d, at, shown);
	char value[64], share[24];
	for (size_t i = 0; i < shown; i++) {
		const struct group *x = &d->at[i];
		double y = at->y + (double)i * row, text_y = y + (row - line) / 2, right = at->x + at->w;
		double w = d->most > 0 ? c.bar_w * x->value / d->most : 0;
		groups_write(g, ALIGN_LEFT, &(struct box){ at->x, text_y, c.label, 0 }, g->theme.text, x->label);
		colour_set(g->cr, x->rest ? g->theme.strong : g->colour[0], 1);
		cairo_rectangle(g->cr, c.bar_x, y + row * 0.15, fmax(fmin(w, c.bar_w), 1), row * 0.7);
		cairo_fill(g->cr);
		if (w > c.bar_w)
			broken_bar(g, c.bar_x + c.bar_w * 0.9, y + row * 0.1, row * 0.8);
		groups_write(g, ALIGN_RIGHT, &(struct box){ right, text_y, 0, 0 }, g->theme.muted, share_text(d, x->value, share));
		groups_write(g, ALIGN_RIGHT, &(struct box){ right - pen_width(g->pen, pen_label(g->pen), "99.9 %") - 8, text_y, 0, 0 },
			     g->theme.text, groups_value(g, x->value, value));
	}
	if (shown < d->n && fit > 1) {
		snprintf(value, sizeof(value), "+ %zu more", d->n - shown);
		groups_write(g, ALIGN_LEFT, &(struct box){ at->x, at->y + (double)shown * row, 0, 0 }, g->theme.muted, value);
	}
}

/* -- pie: at most seven parts and the others, clockwise from the top ------------------------------------- */

enum { PIE_PARTS = 7 };

/* The greatest by themselves; the rest and what is small is one part at the end. */
static size_t pie_parts(const struct groups *d, struct group ret[static PIE_PARTS + 1])
{
	size_t n = 0;
	double others = 0;
	for (size_t i = 0; i < d->n; i++) {
		if (n < PIE_PARTS && !d->at[i].rest)
			ret[n++] = d->at[i];
		else
			others += d->at[i].value;
	}
	if (others > 0)
		ret[n++] = (struct group){ "rest", others, true };
	return n;
}

static void pie_slice(const struct picture_of_groups *g, const struct box *c, double from, double to, uint32_t colour)
{
	colour_set(g->cr, colour, 1);
	cairo_new_path(g->cr);
	cairo_arc(g->cr, c->x, c->y, c->w, from, to);
	cairo_arc_negative(g->cr, c->x, c->y, c->w * 0.55, to, from); /* a ring: lengths are read better than angles */
	cairo_close_path(g->cr);
	cairo_fill_preserve(g->cr);
	colour_set(g->cr, g->theme.ground, 1);
	cairo_set_line_width(g->cr, 1.5);
	cairo_stroke(g->cr);
}

void draw_pie(const struct picture_of_groups *g, const struct groups *d, const struct box *at)
{
	struct group part[PIE_PARTS + 1];
	size_t n = pie_parts(d, part);
	double line = groups_line(g), radius = fmin(at->h / 2, at->w * 0.27), angle = -M_PI / 2;
	const struct box c = { at->x + radius, at->y + at->h / 2, radius, radius };
	double x = at->x + 2 * radius + 16, right = at->x + at->w, row = line * 1.4;
	double y = at->y + fmax((at->h - row * (double)n) / 2, 0);
	char value[64], share[24];
	double share_w = pen_width(g->pen, pen_label(g->pen), "99.9 %");
	for (size_t i = 0; i < n; i++, y += row) {
		uint32_t colour = part[i].rest ? g->theme.strong : g->colour[i];
		double turn = 2 * M_PI * part[i].value / d->sum;
		pie_slice(g, &c, angle, angle + turn, colour);
		angle += turn;
		if (y + line > at->y + at->h + 1)
			continue;
		colour_set(g->cr, colour, 1);
		cairo_rectangle(g->cr, x, y + line / 2 - 4, 8, 8);
		cairo_fill(g->cr);
		double value_w = pen_width(g->pen, pen_label(g->pen), groups_value(g, part[i].value, value));
		bool room = right - x - SWATCH - share_w - value_w - 24 > 40;
		groups_write(g, ALIGN_LEFT, &(struct box){ x + SWATCH, y, right - x - SWATCH - share_w - (room ? value_w + 16 : 8), 0 },
			     g->theme.text, part[i].label);
		groups_write(g, ALIGN_RIGHT, &(struct box){ right, y, 0, 0 }, g->theme.muted, share_text(d, part[i].value, share));
		if (room)
			groups_write(g, ALIGN_RIGHT, &(struct box){ right - share_w - 8, y, 0, 0 }, g->theme.text, value);
	}
	pen_write(g->pen, &(struct words){ pen_title(g->pen), ALIGN_CENTER, g->theme.text, c.x,
					   c.y - g->pen->line[pen_title(g->pen)] / 2, radius }, groups_value(g, d->sum, value));
}
