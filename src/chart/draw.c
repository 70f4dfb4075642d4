/* Everything around the series: ground, grid, ticks, words, marks and the legend. */
#include "chart/draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct theme themes[2] = {
	{
#define THEME(what, light, dark) .what = light,
#define SERIES(...)
#include "chart/theme.def"
#undef THEME
	},
	{
#define THEME(what, light, dark) .what = dark,
#include "chart/theme.def"
#undef THEME
#undef SERIES
	},
};

static const uint32_t palette[][2] = {
#define THEME(...)
#define SERIES(light, dark) { light, dark },
#include "chart/theme.def"
#undef THEME
#undef SERIES
};
_Static_assert(COUNT_OF(palette) == PALETTE, "draw.h says how many colours there are");

static bool colour_parse(const char *s, uint32_t *ret)
{
	if (s[0] != '#' || strlen(s) != 7 || strspn(s + 1, "0123456789abcdefABCDEF") != 6)
		return false;
	*ret = (uint32_t)strtoul(s + 1, NULL, 16);
	return true;
}

static uint32_t mix(uint32_t a, uint32_t b, uint32_t percent_b)
{
	uint32_t out = 0;
	for (int shift = 0; shift < 24; shift += 8)
		out |= ((a >> shift & 0xff) * (100 - percent_b) + (b >> shift & 0xff) * percent_b) / 100 << shift;
	return out;
}

/* The palette, then the palette paler, darker, paler still ... */
static uint32_t series_colour(const struct theme *t, size_t s, bool dark)
{
	static const uint32_t towards[] = { 0, 50, 40, 70, 60 };
	size_t round = MIN(s / PALETTE, COUNT_OF(towards) - 1);
	return mix(palette[s % PALETTE][dark], round % 2 ? t->ground : t->text, towards[round]);
}

void theme_pick(const struct chart *c, struct theme *ret, uint32_t series[CHART_MAX_SERIES])
{
	*ret = themes[c->dark];
	for (size_t s = 0; s < CHART_MAX_SERIES; s++)
		series[s] = series_colour(ret, s, c->dark);
	for (size_t s = 0; c->colors && c->colors[s] && s < CHART_MAX_SERIES; s++)
		(void)colour_parse(c->colors[s], &series[s]); /* not a colour: the palette's stays */
}

static void hair(struct canvas *v, uint32_t colour, const struct box *line)
{
	colour_set(v->cr, colour, 1);
	cairo_set_line_width(v->cr, 1 / v->grain >= 0.5 ? 1 : 1 / v->grain * 2);
	cairo_move_to(v->cr, line->x, line->y);
	cairo_line_to(v->cr, line->x + line->w, line->y + line->h);
	cairo_stroke(v->cr);
}

static void write_label(struct canvas *v, enum align align, double x, double y, double max, const char *s)
{
	pen_write(v->pen,
		  &(struct words){ .font = pen_label(v->pen),
				   .align = align,
				   .colour = v->theme.muted,
				   .x = x,
				   .y = y,
				   .max = max },
		  s);
}

static void draw_value_axis(struct canvas *v)
{
	const struct box *b = &v->at->plot;
	double half = v->pen->line[pen_label(v->pen)] / 2;

	for (size_t i = 0; i < v->at->ya.n; i++) {
		const struct value_tick *t = &v->at->ya.tick[i];
		double y = canvas_hair(v, canvas_y(v, t->at));
		hair(v, t->at == 0 ? v->theme.axis : v->theme.grid, &(struct box){ b->x, y, b->w, 0 });
		if (!v->plot->empty)
			write_label(v, ALIGN_RIGHT, b->x - 5, y - half, 0, t->label);
	}
}

/* One label under the axis, kept inside the picture and off its neighbour. */
static void tick_text(struct canvas *v, double x, double max, const char *s, double *taken)
{
	double width = pen_width(v->pen, pen_label(v->pen), s);
	if (max > 0)
		width = fmin(width, max);
	double left = fmin(x - width / 2, v->at->width - width - 3);
	left = fmax(left, 2);
	if (left < *taken)
		return;
	write_label(v, ALIGN_LEFT, left, v->at->tick_y, max, s);
	*taken = left + width + 5;
}

static void draw_time_axis(struct canvas *v)
{
	const struct box *b = &v->at->plot;
	double taken = 0;
	for (size_t i = 0; i < v->at->ta.n; i++) {
		const struct time_tick *t = &v->at->ta.tick[i];
		double x = canvas_hair(v, canvas_x(v, (double)t->at));
		x = fmin(x, b->x + b->w);
		hair(v, t->strong ? v->theme.strong : v->theme.grid, &(struct box){ x, b->y, 0, b->h + 3 });
		tick_text(v, x, 0, t->label, &taken);
	}
}

static void draw_number_axis(struct canvas *v)
{
	const struct plot *p = v->plot;
	struct value_axis a;
	double taken = 0;

	if (p->empty)
		return;
	value_axis_make(p->x_lo, p->x_hi, (size_t)fmin(fmax(v->at->plot.w / 70, 1), 8), false, &a);
	for (size_t i = 0; i < a.n; i++) {
		if (a.tick[i].at < p->x_lo || a.tick[i].at > p->x_hi)
			continue;
		double x = canvas_hair(v, canvas_x(v, a.tick[i].at));
		hair(v, v->theme.grid, &(struct box){ x, v->at->plot.y, 0, v->at->plot.h + 3 });
		tick_text(v, x, 0, a.tick[i].label, &taken);
	}
}

static enum err draw_label_axis(struct canvas *v)
{
	const struct plot *p = v->plot;
	double slot = v->at->plot.w / (double)p->n, taken = 0;
	size_t every = (size_t)fmax(ceil(34 / slot), 1);

	for (size_t i = 0; i < p->n; i += every) {
		const char *s = text_clean(v->scratch, p->label[i]);
		if (!s)
			return E_NOMEM;
		tick_text(v, canvas_x(v, p->x[i]), fmax(slot * (double)every - 6, 20), *s ? s : "rest", &taken);
	}
	return OK;
}

/* -- marks: above the series, their words where they hide least of them ------------------------ */

enum { MARK_PLACES = 7, MARK_WORDS_MIN_H = 60 };

struct mark_words { /* words that stand already */
	struct box at[CHART_MAX_SERIES];
	size_t n;
	double row_right; /* right end of what is free beside the subtitle */
};

static bool boxes_meet(const struct box *a, const struct box *b)
{
	return a->x < b->x + b->w + 6 && b->x < a->x + a->w + 6 && a->y < b->y + b->h && b->y < a->y + a->h;
}

/* Points of all series inside a box. */
static size_t points_under(const struct canvas *v, const struct box *b)
{
	const struct plot *p = v->plot;
	size_t hits = 0;
	for (size_t i = 0; i < p->n; i++) {
		double x = canvas_x(v, p->x[i] + (p->kind == X_TIME ? p->bucket / 2 : 0));
		if (x < b->x || x > b->x + b->w)
			continue;
		for (size_t s = 0; s < p->ns; s++) {
			double y = canvas_y(v, p->y[s][i]);
			hits += y >= b->y && y <= b->y + b->h;
		}
	}
	return hits;
}

static bool place_is_free(const struct canvas *v, const struct mark_words *taken, const struct box *at)
{
	const struct box *b = &v->at->plot;
	if (at->y < b->y || at->y + at->h > b->y + b->h)
		return false;
	for (size_t i = 0; i < taken->n; i++)
		if (boxes_meet(at, &taken->at[i]))
			return false;
	return true;
}

/* The best place above or below y, or in the top row for what is beyond the axis; w = 0: there is none. */
static struct box mark_place(const struct canvas *v, const struct mark_words *taken, double y, bool far,
			     struct box size)
{
	const struct box *b = &v->at->plot;
	struct box best = { 0 };
	size_t least = SIZE_MAX;
	for (int place = 0; place < MARK_PLACES; place++) { /* from the right edge to the left */
		double share = (MARK_PLACES - 1 - place) / (double)(MARK_PLACES - 1);
		for (int above = !far; above >= 0; above--) {
			struct box at = { b->x + 3 + (b->w - size.w - 6) * share, above ? y - size.h - 1 : y + 1,
					  size.w, size.h };
			if (!place_is_free(v, taken, &at))
				continue;
			size_t hits = points_under(v, &at);
			if (hits < least) {
				best = at;
				least = hits;
			}
		}
	}
	return best;
}

/* Beside the subtitle, where there is nothing to hide; w = 0: no room. */
static struct box mark_beside_subtitle(const struct canvas *v, struct mark_words *taken, struct box size)
{
	const struct box *row = &v->at->subtitle;
	double left = row->x + pen_width(v->pen, pen_label(v->pen), v->at->subtitle_text) + 14;
	if (row->h <= 0 || taken->row_right - size.w < left)
		return (struct box){ 0 };
	struct box at = { taken->row_right - size.w, row->y, size.w, size.h };
	taken->row_right = at.x - 12;
	return at;
}

static void mark_write(struct canvas *v, const struct box *at, const char *s)
{
	colour_set(v->cr, v->theme.ground, 0.75);
	cairo_rectangle(v->cr, at->x - 2, at->y, at->w + 4, at->h);
	cairo_fill(v->cr);
	pen_write(v->pen,
		  &(struct words){ .font = pen_label(v->pen), .colour = v->theme.mark, .x = at->x, .y = at->y,
				   .max = at->w + 1 },
		  s);
}

static enum err draw_mark(struct canvas *v, const struct chart_mark *m, struct mark_words *taken)
{
	static const double dash[] = { 5, 3 };
	const struct box *b = &v->at->plot;
	bool far = mark_is_far(v->plot, m->value);
	double y = far ? b->y : canvas_hair(v, canvas_y(v, m->value));
	char number[64];
	const char *label = text_clean(v->scratch, m->label);
	const char *s = label ? arena_printf(v->scratch, "%s%s%s%s", far ? "\u2191 " : "", label, *label ? " " : "",
					     value_text(m->value, v->plot->unit, number))
			      : NULL;
	if (!s)
		return E_NOMEM;
	if (!far) {
		cairo_set_dash(v->cr, dash, 2, 0);
		hair(v, v->theme.mark, &(struct box){ b->x, y, b->w, 0 });
		cairo_set_dash(v->cr, NULL, 0, 0);
	}
	struct box size = { .w = fmin(pen_width(v->pen, pen_label(v->pen), s), b->w - 6),
			    .h = v->pen->line[pen_label(v->pen)] };
	if (b->h < MARK_WORDS_MIN_H || size.w < 20)
		return OK;
	struct box at = far ? mark_beside_subtitle(v, taken, size) : (struct box){ 0 };
	if (at.w <= 0)
		at = mark_place(v, taken, y, far, size);
	if (at.w > 0) {
		mark_write(v, &at, s);
		taken->at[taken->n++] = at;
	}
	return OK;
}

/* Those with a line first: their words belong beside it, the others find a place. */
static enum err draw_marks(struct canvas *v)
{
	struct mark_words taken = { .row_right = v->at->plot.x + v->at->plot.w };
	for (int far = 0; far < 2; far++)
		for (size_t i = 0; i < v->chart->nmark; i++) {
			const struct chart_mark *m = &v->chart->mark[i];
			if (!isfinite(m->value) || mark_is_far(v->plot, m->value) != (bool)far)
				continue;
			enum err e = draw_mark(v, m, &taken);
			if (e != OK)
				return e;
		}
	return OK;
}

/* -- legend -------------------------------------------------------------------------------- */

static void swatch(struct canvas *v, size_t s, double x, double y)
{
	double middle = y + v->pen->line[pen_label(v->pen)] / 2;
	bool line = v->chart->type == CHART_TREND;
	colour_set(v->cr, v->series[s], 1);
	cairo_rectangle(v->cr, canvas_edge(v, x), canvas_edge(v, middle - (line ? 1.5 : 4)), line ? 10 : 8,
			line ? 3 : 8);
	cairo_fill(v->cr);
	if (line && s / PALETTE) { /* a notch for dashed lines */
		colour_set(v->cr, v->theme.ground, 1);
		cairo_rectangle(v->cr, canvas_edge(v, x + 4), middle - 2, 2, 4);
		cairo_fill(v->cr);
	}
}

static void legend_write(struct canvas *v, const struct words *place, const char *s)
{
	struct words w = *place;
	w.font = pen_label(v->pen);
	pen_write(v->pen, &w, s);
}

static void draw_legend(struct canvas *v)
{
	const struct legend *k = &v->at->key;
	const struct box *b = &v->at->legend;
	double line = v->pen->line[pen_label(v->pen)];
	bool stats = k->kind == LEGEND_STATS;
	double col_w = k->col_w + (stats ? 28 : 0);

	if (k->kind == LEGEND_NONE)
		return;
	for (size_t col = 0; stats && col < k->cols; col++)
		for (size_t i = 0; i < LEGEND_STATS_COLS; i++)
			write_label(v, ALIGN_RIGHT,
				    b->x + (double)col * col_w + SWATCH + k->name_w + k->value_w * (double)(i + 1),
				    b->y, 0, legend_heads[i]);
	for (size_t s = 0; s < k->shown; s++) {
		/* Statistics read down, names read along. */
		size_t col = stats ? s / k->rows : s % k->cols, row = stats ? s % k->rows + 1 : s / k->cols;
		double x = b->x + (double)col * col_w, y = b->y + (double)row * line;
		struct words w = { .colour = v->theme.text, .x = x + SWATCH, .y = y, .max = k->name_w };
		swatch(v, s, x, y);
		legend_write(v, &w, v->at->names[s]);
		w = (struct words){ .colour = v->theme.text, .align = ALIGN_RIGHT, .y = y };
		for (size_t i = 0; stats && i < LEGEND_STATS_COLS; i++) {
			w.x = x + SWATCH + k->name_w + k->value_w * (double)(i + 1);
			legend_write(v, &w, k->value[s][i]);
		}
	}
	if (k->shown < v->plot->ns && k->cols) {
		size_t col = k->shown % k->cols, row = k->shown / k->cols;
		char more[40];
		snprintf(more, sizeof(more), "+ %zu more", v->plot->ns - k->shown);
		write_label(v, ALIGN_LEFT, b->x + (double)col * col_w, b->y + (double)row * line, k->col_w, more);
	}
}

/* -- all together ------------------------------------------------------------------------------ */

static void draw_words(struct canvas *v)
{
	const struct layout *l = v->at;
	if (l->title.h > 0)
		pen_write(v->pen,
			  &(struct words){ pen_title(v->pen), ALIGN_LEFT, v->theme.text, l->title.x, l->title.y,
					   l->title.w },
			  l->title_text);
	if (l->subtitle.h > 0)
		write_label(v, ALIGN_LEFT, l->subtitle.x, l->subtitle.y, l->subtitle.w, l->subtitle_text);
	if (l->x_label.h > 0)
		write_label(v, ALIGN_CENTER, l->plot.x + l->plot.w / 2, l->x_label.y, l->plot.w, l->x_text);
	if (l->y_label.w > 0) {
		cairo_save(v->cr);
		cairo_translate(v->cr, floor(l->y_label.x), floor(l->plot.y + l->plot.h / 2));
		cairo_rotate(v->cr, -M_PI / 2);
		write_label(v, ALIGN_CENTER, 0, 0, l->plot.h + 18, l->y_text);
		cairo_restore(v->cr);
	}
}

static void draw_no_data(struct canvas *v)
{
	const struct box *b = &v->at->plot;
	pen_write(v->pen,
		  &(struct words){ .font = pen_title(v->pen),
				   .align = ALIGN_CENTER,
				   .colour = v->theme.muted,
				   .x = b->x + b->w / 2,
				   .y = b->y + (b->h - v->pen->line[pen_title(v->pen)]) / 2,
				   .max = b->w },
		  "No data");
}

enum err draw_all(struct canvas *v)
{
	const struct box *b = &v->at->plot;
	enum err e = OK;

	colour_set(v->cr, v->theme.ground, 1);
	cairo_paint(v->cr);
	draw_words(v);
	draw_value_axis(v);
	switch (v->plot->kind) {
	case X_TIME:   draw_time_axis(v); break;
	case X_NUMBER: draw_number_axis(v); break;
	case X_LABEL:  e = v->plot->n ? draw_label_axis(v) : OK; break;
	}
	if (e != OK)
		return e;
	hair(v, v->theme.axis, &(struct box){ canvas_hair(v, b->x), b->y, 0, b->h });
	cairo_save(v->cr);
	cairo_rectangle(v->cr, b->x, b->y - 2, b->w + 2, b->h + 4);
	cairo_clip(v->cr);
	if (!v->plot->empty)
		e = draw_series(v);
	cairo_restore(v->cr);
	if (e == OK)
		e = draw_marks(v);
	if (v->plot->empty)
		draw_no_data(v);
	draw_legend(v);
	return e;
}
