/* The inside of the plot: lines, areas, stacks and bars.
 *
 * A row of a trend tells about [x, x + bucket), so its point stands in the middle of that, and a
 * bar fills it.  A gap breaks the line; a lone point between gaps becomes a dot, else nobody
 * would see it. */
#include "chart/draw.h"

#include <math.h>

static double row_x(const struct canvas *v, size_t i)
{
	const struct plot *p = v->plot;
	if (p->kind != X_TIME || p->bucket <= 0)
		return canvas_x(v, p->x[i]);
	double from = fmax(p->x[i], p->x_lo), to = fmin(p->x[i] + p->bucket, p->x_hi);
	return canvas_x(v, to > from ? (from + to) / 2 : p->x[i]);
}

static void dot(struct canvas *v, double x, double y)
{
	cairo_new_sub_path(v->cr);
	cairo_arc(v->cr, x, y, 1.8, 0, 2 * M_PI);
	cairo_fill(v->cr);
}

/* The run of rows without a gap that begins at or after *i: [*i, end).  False: no more. */
static bool run_next(const struct plot *p, const double *y, size_t *i, size_t *ret_end)
{
	while (*i < p->n && isnan(y[*i]))
		(*i)++;
	if (*i == p->n)
		return false;
	size_t end = *i + 1;
	while (end < p->n && !isnan(y[end]) && plot_joined(p, end - 1))
		end++;
	*ret_end = end;
	return true;
}

static void dash_set(struct canvas *v, size_t s)
{
	static const double dashes[][2] = { { 6, 3 }, { 2, 2 }, { 9, 2 } };
	size_t round = s / PALETTE;
	cairo_set_dash(v->cr, round ? dashes[(round - 1) % COUNT_OF(dashes)] : NULL, round ? 2 : 0, 0);
}

static void run_line(struct canvas *v, const double *y, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		cairo_line_to(v->cr, row_x(v, i), canvas_y(v, y[i]));
}

static void draw_line(struct canvas *v, size_t s)
{
	const double *y = v->plot->y[s];
	colour_set(v->cr, v->series[s], 1);
	cairo_set_line_width(v->cr, v->pen->small ? 1.2 : 1.5);
	cairo_set_line_join(v->cr, CAIRO_LINE_JOIN_ROUND);
	dash_set(v, s);
	for (size_t i = 0, end; run_next(v->plot, y, &i, &end); i = end) {
		if (end - i == 1) {
			dot(v, row_x(v, i), canvas_y(v, y[i]));
			continue;
		}
		run_line(v, y, i, end);
		cairo_stroke(v->cr);
	}
	cairo_set_dash(v->cr, NULL, 0, 0);
}

static void draw_area(struct canvas *v, size_t s)
{
	const double *y = v->plot->y[s];
	colour_set(v->cr, v->series[s], v->plot->ns > 1 ? 0.22 : 0.3);
	for (size_t i = 0, end; run_next(v->plot, y, &i, &end); i = end) {
		if (end - i == 1)
			continue;
		cairo_move_to(v->cr, row_x(v, i), canvas_y(v, 0));
		run_line(v, y, i, end);
		cairo_line_to(v->cr, row_x(v, end - 1), canvas_y(v, 0));
		cairo_fill(v->cr);
	}
	draw_line(v, s);
}

/* -- stacks -------------------------------------------------------------------------------- */

/* Upper edges of the layers: edge[i] of layer s lies on that of layer s - 1; amounts below zero
 * stack downwards.  A row is a gap only when no layer knows it. */
static void stack_layer(const struct plot *p, size_t s, double *up, double *down, double *top, double *foot)
{
	for (size_t i = 0; i < p->n; i++) {
		double y = p->y[s][i];
		if (s == 0)
			up[i] = down[i] = 0;
		bool known = false;
		for (size_t k = 0; k < p->ns && !known; k++)
			known = !isnan(p->y[k][i]);
		double amount = isnan(y) ? 0 : y, *side = amount < 0 ? &down[i] : &up[i];
		foot[i] = *side;
		*side += amount;
		top[i] = known ? *side : NAN;
	}
}

static void draw_layer(struct canvas *v, size_t s, const double *top, const double *foot)
{
	const struct plot *p = v->plot;
	for (size_t i = 0, end; run_next(p, top, &i, &end); i = end) {
		if (end - i == 1) {
			double half = fmax(p->bucket > 0 ? p->bucket / (p->x_hi - p->x_lo) * v->at->plot.w / 2 : 1, 1);
			double x = row_x(v, i), y = canvas_y(v, top[i]);
			colour_set(v->cr, v->series[s], 0.85);
			cairo_rectangle(v->cr, x - half, y, 2 * half, canvas_y(v, foot[i]) - y);
			cairo_fill(v->cr);
			continue;
		}
		run_line(v, top, i, end);
		for (size_t k = end; k-- > i;)
			cairo_line_to(v->cr, row_x(v, k), canvas_y(v, foot[k]));
		cairo_close_path(v->cr);
		colour_set(v->cr, v->series[s], 0.85);
		cairo_fill(v->cr);
	}
}

static enum err draw_stack(struct canvas *v)
{
	const struct plot *p = v->plot;
	double *edges[4];
	for (size_t i = 0; i < COUNT_OF(edges); i++)
		if (!(edges[i] = arena_new0(v->scratch, p->n, sizeof(double))))
			return E_NOMEM;
	for (size_t s = 0; s < p->ns; s++) {
		stack_layer(p, s, edges[0], edges[1], edges[2], edges[3]);
		draw_layer(v, s, edges[2], edges[3]);
	}
	return OK;
}

/* -- bars ------------------------------------------------------------------------------------ */

static void draw_bar(struct canvas *v, size_t s)
{
	const struct plot *p = v->plot;
	double slot = p->bucket > 0 ? p->bucket / (p->x_hi - p->x_lo) * v->at->plot.w : 6;
	double group = slot > 4 ? slot * (p->kind == X_LABEL ? 0.74 : 0.86) : slot;
	double each = group / (double)p->ns;

	if (each * v->grain < 1 && p->kind != X_LABEL) { /* bars would hide each other by chance */
		draw_area(v, s);
		return;
	}
	colour_set(v->cr, v->series[s], 0.92);
	for (size_t i = 0; i < p->n; i++) {
		if (isnan(p->y[s][i]))
			continue;
		double middle = p->kind == X_LABEL ? canvas_x(v, p->x[i]) : row_x(v, i);
		double from = canvas_edge(v, middle - group / 2 + each * (double)s);
		double to = canvas_edge(v, middle - group / 2 + each * (double)(s + 1));
		double y0 = canvas_edge(v, canvas_y(v, 0)), y1 = canvas_y(v, p->y[s][i]);
		if (to - from < 1 / v->grain)
			to = from + 1 / v->grain; /* a bar that is there is seen */
		cairo_rectangle(v->cr, from, y1, to - from, y0 - y1);
	}
	cairo_fill(v->cr);
}

enum err draw_series(struct canvas *v)
{
	static void (*const draw_one[])(struct canvas *, size_t) = {
		[CHART_TREND] = draw_line, [CHART_AREA] = draw_area, [CHART_BAR] = draw_bar,
	};
	if (v->chart->type == CHART_STACK)
		return draw_stack(v);
	for (size_t s = 0; s < v->plot->ns; s++)
		draw_one[v->chart->type](v, s);
	return OK;
}
