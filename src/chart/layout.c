#include "chart/layout.h"

#include <math.h>
#include <stdio.h>

enum { PLOT_MIN_H = 34, PLOT_GOOD_H = 64 };

const char *const legend_heads[LEGEND_STATS_COLS] = { "last", "average", "max" };

/* "Bits per Second" needs no "(bit/s)" behind it. */
static bool says_unit(const char *label, const char *unit)
{
	return strstr(label, unit) || (strstr(unit, "/s") && strcasestr(label, "per second"));
}

/* The time range with its zone, in the longer form if there is room. */
static const char *range_words(const struct plot *p, const struct tz *z, struct pen *pen, struct arena *a,
			       double room)
{
	char range[80], label[64];
	const char *s = arena_printf(a, "%s %s", span_text(p->span, z, range), tz_label(z, p->span.start, label));
	if (!s || pen_width(pen, pen_label(pen), s) <= room)
		return s;
	return arena_printf(a, "%s %s", span_brief(p->span, z, range),
			    tz_offset_label(z, p->span.start, label));
}

static enum err clean_words(const struct chart *c, const struct plot *p, const struct tz *z, struct pen *pen,
			    struct arena *a, struct layout *l)
{

	l->title_text = text_clean(a, c->title);
	l->x_text = text_clean(a, c->x_label);
	l->subtitle_text = text_clean(a, c->subtitle);
	if (!c->subtitle && p->kind == X_TIME && p->span.end > p->span.start)
		l->subtitle_text = range_words(p, z, pen, a, l->width - 2 * l->pad);
	const char *unit = text_clean(a, p->unit), *y = text_clean(a, c->y_label);
	if (unit && y && *unit && !says_unit(y, unit))
		y = *y ? arena_printf(a, "%s (%s)", y, unit) : unit;
	l->y_text = y;
	l->names = arena_new0(a, MAX(p->ns, (size_t)1), sizeof(*l->names));
	if (!l->title_text || !l->x_text || !l->subtitle_text || !l->y_text || !unit || !l->names)
		return E_NOMEM;
	for (size_t s = 0; s < p->ns; s++)
		if (!(l->names[s] = text_clean(a, p->name[s])))
			return E_NOMEM;
	return OK;
}

/* -- legend ---------------------------------------------------------------------------- */

static enum err legend_values(const struct plot *p, struct pen *pen, struct arena *a, struct legend *k)
{
	k->value = arena_new0(a, p->ns, sizeof(*k->value));
	if (!k->value)
		return E_NOMEM;
	for (int i = 0; i < LEGEND_STATS_COLS; i++)
		k->value_w = fmax(k->value_w, pen_width(pen, pen_label(pen), legend_heads[i]));
	for (size_t s = 0; s < p->ns; s++) {
		const double v[LEGEND_STATS_COLS] = { p->stats[s].last, p->stats[s].mean, p->stats[s].max };
		for (int i = 0; i < LEGEND_STATS_COLS; i++) {
			value_text(v[i], p->unit, k->value[s][i]);
			k->value_w = fmax(k->value_w, pen_width(pen, pen_label(pen), k->value[s][i]));
		}
	}
	k->value_w += 14;
	return OK;
}

/* A table of names and statistics in as many blocks as the width has room for. */
static bool legend_stats(struct legend *k, size_t ns, double name_w, double width, double room, double line)
{
	double fixed = SWATCH + LEGEND_STATS_COLS * k->value_w;
	double least = fixed + fmin(name_w, 40);
	if (least > width)
		return false;
	k->name_w = fmin(name_w, fmin(fmax(width * 0.3, 40), 260));
	if (fixed + k->name_w > width)
		k->name_w = width - fixed;
	k->col_w = fixed + k->name_w;
	k->cols = MAX((size_t)((width + 28) / (k->col_w + 28)), (size_t)1);
	k->cols = MIN(k->cols, ns);
	k->rows = (ns + k->cols - 1) / k->cols;
	k->cols = (ns + k->rows - 1) / k->rows;
	k->shown = ns;
	k->kind = LEGEND_STATS;
	return (double)(k->rows + 1) * line <= room;
}

static void legend_names(struct legend *k, size_t ns, double name_w, double width, double room, double line)
{
	size_t fit = (size_t)fmax(room / line, 0);
	*k = (struct legend){ 0 };
	if (!fit || width < 60)
		return;
	k->name_w = fmin(name_w, fmin(fmax(width / 4 - SWATCH - 12, 60), 180));
	k->col_w = SWATCH + k->name_w + 12;
	k->cols = MIN(MAX((size_t)((width + 12) / k->col_w), (size_t)1), ns);
	k->rows = MIN((ns + k->cols - 1) / k->cols, fit);
	k->shown = MIN(ns, k->rows * k->cols);
	if (k->shown < ns)
		k->shown--; /* the place of "+ 5 more" */
	k->kind = LEGEND_NAMES;
}

/* rest: height that is free for plot and legend together. */
static enum err legend_make(const struct chart *c, const struct plot *p, struct pen *pen, struct arena *a,
			    double rest, struct layout *l)
{
	double line = pen->line[pen_label(pen)], name_w = 0, width = l->width - 2 * l->pad;
	struct legend k = { 0 };

	bool categories = p->kind == X_LABEL; /* "last" of a list of hosts would say nothing */
	if (c->no_legend || !p->ns || (categories && p->ns == 1))
		return OK;
	for (size_t s = 0; s < p->ns; s++)
		name_w = fmax(name_w, pen_width(pen, pen_label(pen), l->names[s]));
	enum err e = legend_values(p, pen, a, &k);
	if (e != OK)
		return e;
	double room = fmin(rest * 0.5, rest - PLOT_GOOD_H);
	if (categories || !legend_stats(&k, p->ns, name_w, width, room, line))
		legend_names(&k, p->ns, name_w, width, fmin(rest * 0.35, rest - PLOT_MIN_H), line);
	size_t lines = k.kind == LEGEND_STATS ? k.rows + 1 : k.rows;
	l->key = k;
	l->legend.h = k.kind == LEGEND_NONE ? 0 : (double)lines * line;
	return OK;
}

/* -- axes ------------------------------------------------------------------------------ */

static void value_ticks(const struct chart *c, const struct plot *p, struct layout *l)
{
	double lo = p->y_lo, hi = p->y_hi;
	bool percent = STREQ(p->unit, "%");

	for (size_t i = 0; i < c->nmark; i++) {
		if (!isfinite(c->mark[i].value) || mark_is_far(p, c->mark[i].value))
			continue;
		hi = fmax(hi, c->mark[i].value);
		lo = fmin(lo, c->mark[i].value);
	}
	if (percent && hi > 50 && hi <= 100)
		hi = 100;
	size_t want = (size_t)fmin(fmax(l->plot.h / 20, 1), 8);
	value_axis_make(lo, hi, want, percent, &l->ya);
	/* Steps of 5 and 2 can leave much sky; one more tick often fits closer. */
	struct value_axis finer;
	if (want < 8 && want > 1) {
		value_axis_make(lo, hi, want + 1, percent, &finer);
		if (finer.hi - finer.lo < 0.9 * (l->ya.hi - l->ya.lo) && (double)finer.n * 17 < l->plot.h + 17)
			l->ya = finer;
	}
}

static void time_ticks(const struct plot *p, const struct tz *z, struct pen *pen, struct layout *l)
{
	double label = pen_width(pen, pen_label(pen), "00:00") + 16;
	for (size_t want = (size_t)fmin(fmax(l->plot.w / label, 1), 8);; want--) {
		time_axis_make(p->span, z, want, &l->ta);
		double widest = 0;
		for (size_t i = 0; i < l->ta.n; i++)
			widest = fmax(widest, pen_width(pen, pen_label(pen), l->ta.tick[i].label));
		if (want == 1 || (widest + 8) * (double)l->ta.n <= l->plot.w + widest)
			return;
	}
}

/* -- all together -------------------------------------------------------------------------- */

/* The rows above and below the plot; returns what is left for plot and legend. */
static double rows_make(const struct chart *c, const struct plot *p, struct pen *pen, struct layout *l)
{
	double line = pen->line[pen_label(pen)];
	double rest = l->height - 2 * l->pad - line - 3; /* the tick labels' row is always there */

	l->title.h = *l->title_text ? pen->line[pen_title(pen)] : 0;
	l->subtitle.h = *l->subtitle_text ? line + 2 : 0;
	l->x_label.h = *l->x_text && (l->height >= 260 || p->kind != X_TIME) ? line + 2 : 0;
	struct box *const goes[] = { &l->x_label, &l->subtitle, &l->title };
	for (size_t i = 0; i < COUNT_OF(goes); i++)
		rest -= goes[i]->h;
	for (size_t i = 0; i < COUNT_OF(goes) && rest < (c->no_legend ? 0 : line) + PLOT_MIN_H; i++) {
		rest += goes[i]->h;
		goes[i]->h = 0;
	}
	return rest;
}

static void columns_make(const struct plot *p, struct pen *pen, struct layout *l)
{
	double widest = 0, line = pen->line[pen_label(pen)];
	for (size_t i = 0; i < l->ya.n && !p->empty; i++)
		widest = fmax(widest, pen_width(pen, pen_label(pen), l->ya.tick[i].label));
	bool labelled = *l->y_text && l->width >= 120;
	l->y_label = (struct box){ l->pad - 2, l->plot.y, labelled ? line : 0, l->plot.h };
	l->plot.x = floor(l->pad + l->y_label.w + (labelled ? 2 : 0) + widest + 5);
	l->plot.w = floor(l->width - l->pad - (pen->small ? 2 : 6)) - l->plot.x;
}

enum err layout_plan(const struct chart *c, const struct plot *p, const struct tz *z, struct pen *pen,
		     struct arena *a, double width, double height, struct layout *ret)
{
	struct layout l = { .width = width, .height = height, .pad = pen->small ? 5 : 9 };
	enum err e = clean_words(c, p, z, pen, a, &l);
	if (e != OK)
		return e;
	double rest = rows_make(c, p, pen, &l), inner = width - 2 * l.pad;
	double line = pen->line[pen_label(pen)];
	if ((e = legend_make(c, p, pen, a, rest - 6, &l)) != OK)
		return e;
	double gap = l.legend.h > 0 ? 6 : 0;

	l.title = (struct box){ l.pad, l.pad - 2, inner, l.title.h };
	l.subtitle = (struct box){ l.pad, l.title.y + l.title.h, inner, l.subtitle.h };
	l.plot.y = floor(l.subtitle.y + l.subtitle.h + (pen->small ? 5 : 8));
	l.legend = (struct box){ l.pad, height - l.pad - l.legend.h + 2, inner, l.legend.h };
	l.x_label = (struct box){ l.pad, l.legend.y - gap - l.x_label.h, inner, l.x_label.h };
	l.tick_y = l.x_label.y - line;
	l.plot.h = fmax(floor(l.tick_y - 3) - l.plot.y, 4);
	value_ticks(c, p, &l);
	columns_make(p, pen, &l);
	l.plot.w = fmax(l.plot.w, 4);
	if (p->kind == X_TIME && p->span.end > p->span.start)
		time_ticks(p, z, pen, &l);
	*ret = l;
	return OK;
}
