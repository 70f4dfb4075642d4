/* Rows to groups, and what all pictures of groups have: ground, title, the time they are about. */
#include "chart/groups.h"

#include "base/map.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double groups_line(const struct picture_of_groups *g)
{
	return g->pen->line[pen_label(g->pen)];
}

double groups_write(const struct picture_of_groups *g, enum align align, const struct box *at, uint32_t colour, const char *s)
{
	return pen_write(g->pen, &(struct words){ pen_label(g->pen), align, colour, at->x, at->y, at->w }, s);
}

const char *groups_value(const struct picture_of_groups *g, double v, char buf[static 64])
{
	return value_text(v, g->unit, buf);
}

static size_t value_col(const struct chart *c)
{
	return c->type == CHART_TOP || c->type == CHART_PIE ? c->y_col[0] : c->y_col[1];
}

const char *groups_unit(const struct chart *c)
{
	size_t col = value_col(c);
	return c->table && col < c->table->ncols ? unit_name(c->table->col[col].unit) : "";
}

/* -- rows -------------------------------------------------------------------------------------------- */

static const char *label_at(const struct picture_of_groups *g, size_t col, size_t row)
{
	const struct table_col *k = &g->chart->table->col[col];
	char text[80];
	if (k->text)
		return text_clean(g->scratch, k->text[row] ? k->text[row] : "rest");
	if (isnan(k->num[row]))
		return "rest";
	if (k->type == T_TIME) {
		struct civil c = tz_civil(g->tz, (usec_t)k->num[row]);
		snprintf(text, sizeof(text), c.hour || c.minute ? "%02d %02d:%02d" : "%02d-%02d", c.hour || c.minute ? c.day : c.month,
			 c.hour || c.minute ? c.hour : c.day, c.minute);
		return arena_strndup(g->scratch, text, strlen(text));
	}
	snprintf(text, sizeof(text), "%.10g", k->num[row]);
	return arena_strndup(g->scratch, text, strlen(text));
}

static bool no_label(const struct result *t, size_t col, size_t row)
{
	return t->col[col].text ? !t->col[col].text[row] : isnan(t->col[col].num[row]);
}

static int by_value(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	if (x->rest != y->rest)
		return x->rest - y->rest;
	return x->value < y->value ? 1 : x->value > y->value ? -1 : strcmp(x->label, y->label);
}

/* One group for each row; nulls, and of a pie what is below nothing, are left out. */
static enum err make_single(const struct picture_of_groups *g, struct groups *d)
{
	const struct chart *c = g->chart;
	const struct result *t = c->table;
	const double *v = t->col[c->y_col[0]].num;
	if (!(d->at = arena_new0(g->scratch, MAX(t->nrows, (size_t)1), sizeof(*d->at))))
		return E_NOMEM;
	for (size_t r = 0; r < t->nrows; r++) {
		if (!isfinite(v[r]) || v[r] < 0 || (c->type == CHART_PIE && v[r] == 0))
			continue;
		const char *label = label_at(g, c->x_col, r);
		if (!label)
			return E_NOMEM;
		d->at[d->n++] = (struct group){ label, v[r], no_label(t, c->x_col, r) };
		d->sum += v[r];
	}
	if (d->n)
		qsort(d->at, d->n, sizeof(*d->at), by_value);
	d->most = d->n ? d->at[0].value : 0; /* the rest would make all others look like nothing */
	return OK;
}

/* The label's index on its side; labels beyond GROUPS_SIDE meet in one "rest".  NULL: the rest. */
static enum err side_index(struct map *seen, struct group *side, size_t *n, const char *label, size_t *ret)
{
	struct map_entry *e;
	bool fresh, rest = !label || (*n >= GROUPS_SIDE && !map_get_str(seen, label));
	if (rest)
		label = "rest";
	enum err err = map_put_str(seen, label, &e, &fresh);
	if (err != OK)
		return err;
	if (fresh) {
		e->num = *n;
		side[(*n)++] = (struct group){ .label = label, .rest = rest };
	}
	*ret = e->num;
	return OK;
}

struct sides {
	struct map a, b, pairs;
};

static enum err add_pair(struct groups *d, struct sides *s, const char *from, const char *to, double v)
{
	size_t a = 0, b = 0;
	struct map_entry *e;
	bool fresh;
	enum err err = side_index(&s->a, d->a, &d->na, from, &a);
	if (err == OK)
		err = side_index(&s->b, d->b, &d->nb, to, &b);
	const uint32_t key[2] = { (uint32_t)a, (uint32_t)b };
	if (err == OK)
		err = map_put(&s->pairs, key, sizeof(key), &e, &fresh);
	if (err != OK)
		return err == E_LIMIT ? OK : err;
	if (fresh) {
		e->num = d->npairs;
		d->pair[d->npairs++] = (struct pair){ a, b, 0, d->a[a].rest || d->b[b].rest };
	}
	d->pair[e->num].value += v;
	d->a[a].value += v;
	d->b[b].value += v;
	d->sum += v;
	return OK;
}

static void find_most(struct groups *d)
{
	double rest = 0;
	for (size_t i = 0; i < d->npairs; i++) {
		double *most = d->pair[i].rest ? &rest : &d->most;
		*most = fmax(*most, d->pair[i].value);
	}
	d->most = d->most > 0 ? d->most : rest;
}

static enum err make_pairs(const struct picture_of_groups *g, struct groups *d)
{
	const struct chart *c = g->chart;
	const struct result *t = c->table;
	const double *v = t->col[c->y_col[1]].num;
	struct sides s = { .pairs = { .ceiling = GROUPS_PAIRS } };
	d->a = arena_new0(g->scratch, GROUPS_SIDE + 1, sizeof(*d->a));
	d->b = arena_new0(g->scratch, GROUPS_SIDE + 1, sizeof(*d->b));
	d->pair = arena_new0(g->scratch, GROUPS_PAIRS, sizeof(*d->pair));
	enum err err = d->a && d->b && d->pair ? OK : E_NOMEM;
	for (size_t r = 0; r < t->nrows && err == OK; r++) {
		if (!isfinite(v[r]) || v[r] < 0 || (v[r] == 0 && c->type == CHART_SANKEY))
			continue;
		bool from_rest = no_label(t, c->x_col, r), to_rest = no_label(t, c->y_col[0], r);
		if (from_rest && to_rest && c->type == CHART_SANKEY) { /* it says nothing of who goes where */
			d->apart += v[r];
			continue;
		}
		const char *from = from_rest ? NULL : label_at(g, c->x_col, r), *to = to_rest ? NULL : label_at(g, c->y_col[0], r);
		err = (from || from_rest) && (to || to_rest) ? add_pair(d, &s, from, to, v[r]) : E_NOMEM;
	}
	find_most(d);
	map_free(&s.a);
	map_free(&s.b);
	map_free(&s.pairs);
	return err;
}

static enum err check_columns(const struct chart *c, struct problem *why)
{
	bool two = c->type == CHART_HEATMAP || c->type == CHART_SANKEY;
	if (!c->table)
		return OK;
	if (c->ny != 1u + two)
		return problem_set(why, E_RANGE, "this chart takes %s", two ? "two labels and a value" : "a label and a value");
	if (c->x_col >= c->table->ncols || c->y_col[0] >= c->table->ncols || value_col(c) >= c->table->ncols)
		return problem_set(why, E_RANGE, "there is no such column");
	if (!c->table->col[value_col(c)].num)
		return problem_set(why, E_RANGE, "column %zu has no numbers", value_col(c));
	return OK;
}

/* -- what they have in common ------------------------------------------------------------------------- */

/* Ground, title and subtitle; what is left of the picture. */
static enum err draw_frame(const struct picture_of_groups *g, struct box *ret)
{
	const struct chart *c = g->chart;
	const struct result *t = c->table;
	double pad = g->pen->small ? 5 : 10, y = pad;
	char range[80], zone[64];
	const char *title = text_clean(g->scratch, c->title), *sub = text_clean(g->scratch, c->subtitle);
	if (!c->subtitle && t && t->span.end > t->span.start)
		sub = arena_printf(g->scratch, "%s %s", span_text(t->span, g->tz, range), tz_label(g->tz, t->span.start, zone));
	if (!title || !sub)
		return E_NOMEM;
	colour_set(g->cr, g->theme.ground, 1);
	cairo_paint(g->cr);
	if (*title) {
		pen_write(g->pen, &(struct words){ pen_title(g->pen), ALIGN_LEFT, g->theme.text, pad, y, g->width - 2 * pad }, title);
		y += g->pen->line[pen_title(g->pen)] + 1;
	}
	if (*sub && g->height - y > 5 * groups_line(g)) {
		groups_write(g, ALIGN_LEFT, &(struct box){ pad, y, g->width - 2 * pad, 0 }, g->theme.muted, sub);
		y += groups_line(g);
	}
	y += pad / 2;
	*ret = (struct box){ pad, y, g->width - 2 * pad, g->height - y - pad };
	return OK;
}

enum err draw_groups(struct picture_of_groups *g, struct problem *why)
{
	static void (*const draw[CHART_TYPES])(const struct picture_of_groups *g, const struct groups *d, const struct box *at) = {
		[CHART_TOP] = draw_top, [CHART_PIE] = draw_pie, [CHART_HEATMAP] = draw_heatmap, [CHART_SANKEY] = draw_sankey,
	};
	struct groups d = { 0 };
	struct box at;
	enum chart_type type = g->chart->type;
	enum err err = check_columns(g->chart, why);
	if (err == OK && g->chart->table)
		err = type == CHART_TOP || type == CHART_PIE ? make_single(g, &d) : make_pairs(g, &d);
	if (err == OK)
		err = draw_frame(g, &at);
	if (err != OK)
		return err;
	if (!d.n && !d.npairs)
		pen_write(g->pen, &(struct words){ pen_title(g->pen), ALIGN_CENTER, g->theme.muted, at.x + at.w / 2,
						   at.y + (at.h - g->pen->line[pen_title(g->pen)]) / 2, at.w }, "No data");
	else if (at.h > 10 && at.w > 20)
		draw[type](g, &d, &at);
	return OK;
}
