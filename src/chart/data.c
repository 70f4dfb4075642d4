#include "chart/data.h"

#include <math.h>
#include <stdlib.h>

#define TIME_MAX_USEC 2.5e17 /* year 9892: times beyond are no times */
#define VALUE_MAX     1e300

static bool col_is_number(const struct table_col *c)
{
	return type_is_number(c->type) && c->num;
}

static enum err check_columns(const struct chart *c, struct problem *why)
{
	const struct result *t = c->table;
	if (c->ny > CHART_MAX_SERIES)
		return problem_set(why, E_RANGE, "a chart has at most %d series", CHART_MAX_SERIES);
	if (c->x_col >= t->ncols)
		return problem_set(why, E_RANGE, "the x column is %zu but the table has %zu columns",
				   c->x_col, t->ncols);
	for (size_t s = 0; s < c->ny; s++) {
		if (c->y_col[s] >= t->ncols)
			return problem_set(why, E_RANGE, "a y column is %zu but the table has %zu columns",
					   c->y_col[s], t->ncols);
		if (!type_is_number(t->col[c->y_col[s]].type))
			return problem_set(why, E_RANGE, "column \"%s\" holds %s, a chart needs numbers",
					   t->col[c->y_col[s]].name, type_name(t->col[c->y_col[s]].type));
	}
	return OK;
}

/* What one unit of the x column is in microseconds, 0 when it is no time.  A script's copy of a
 * time column may have become plain numbers; the table's own time range gives it away. */
static double time_unit(const struct result *t, const struct table_col *x)
{
	static const double units[] = { 1, 1e3, 1e6 };

	if (x->type == T_TIME)
		return 1;
	if (!col_is_number(x) || t->span.end <= t->span.start || t->span.start < USEC_PER_DAY)
		return 0;
	for (size_t u = 0; u < COUNT_OF(units); u++) {
		size_t inside = 0, seen = 0;
		for (size_t r = 0; r < t->nrows; r++) {
			double v = x->num[r] * units[u];
			if (isnan(v))
				continue;
			seen++;
			inside += v >= (double)(t->span.start - 31 * USEC_PER_DAY) && v <= (double)t->span.end;
		}
		if (seen && inside == seen)
			return units[u];
	}
	return 0;
}

struct order {
	double x;
	size_t row;
};

static int order_compare(const void *pa, const void *pb)
{
	const struct order *a = pa, *b = pb;
	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

/* Rows with a usable x, sorted by it (labels stay as they came). */
static struct order *rows_in_order(const struct chart *c, struct plot *p, double unit, struct arena *a,
				   size_t *ret_n)
{
	const struct result *t = c->table;
	const struct table_col *x = &t->col[c->x_col];
	struct order *o = arena_new0(a, t->nrows, sizeof(*o));
	size_t n = 0;

	if (!o)
		return NULL;
	for (size_t r = 0; r < t->nrows; r++) {
		double v = p->kind == X_LABEL ? (double)r : x->num[r] * (p->kind == X_TIME ? unit : 1);
		if (!isfinite(v) || fabs(v) > (p->kind == X_TIME ? TIME_MAX_USEC : VALUE_MAX))
			continue;
		o[n++] = (struct order){ .x = v, .row = r };
	}
	for (size_t i = 1; i < n; i++)
		if (o[i].x < o[i - 1].x) {
			qsort(o, n, sizeof(*o), order_compare);
			break;
		}
	*ret_n = n;
	return o;
}

static double value_at(const struct table_col *col, size_t row)
{
	double v = col->num ? col->num[row] : NAN;
	return isfinite(v) ? fmin(fmax(v, -VALUE_MAX), VALUE_MAX) : NAN;
}

static void stats_of(const double *y, size_t n, struct series_stats *ret)
{
	double sum = 0, max = -INFINITY, last = NAN;
	size_t seen = 0;
	for (size_t i = 0; i < n; i++) {
		if (isnan(y[i]))
			continue;
		sum += y[i];
		max = fmax(max, y[i]);
		last = y[i];
		seen++;
	}
	*ret = (struct series_stats){ .last = last,
				      .mean = seen ? sum / (double)seen : NAN,
				      .max = seen ? max : NAN };
}

/* The bucket of the table, or the least distance of rows when all others are multiples of it. */
static double bucket_of(const struct result *t, const double *x, size_t n)
{
	if (t->bucket > 0)
		return (double)t->bucket;
	double least = INFINITY;
	for (size_t i = 1; i < n; i++)
		if (x[i] > x[i - 1])
			least = fmin(least, x[i] - x[i - 1]);
	if (!isfinite(least))
		return 0;
	for (size_t i = 1; i < n; i++) {
		double times = (x[i] - x[i - 1]) / least;
		if (fabs(times - nearbyint(times)) > 1e-6)
			return 0;
	}
	return least;
}

static void x_range(const struct result *t, struct plot *p)
{
	double lo = p->n ? p->x[0] : 0, hi = p->n ? p->x[p->n - 1] : 0;

	if (p->kind == X_LABEL) {
		p->x_lo = -0.5;
		p->x_hi = (double)p->n - 0.5;
		return;
	}
	bool told = p->kind == X_TIME && t->span.end > t->span.start &&
		    fabs((double)t->span.start) < TIME_MAX_USEC && fabs((double)t->span.end) < TIME_MAX_USEC;
	if (told) {
		p->x_lo = (double)t->span.start;
		p->x_hi = (double)t->span.end;
	} else {
		p->x_lo = lo;
		p->x_hi = hi + p->bucket;
	}
	if (p->x_hi <= p->x_lo) { /* a single point: some room around it */
		double room = p->kind == X_TIME ? 30.0 * USEC_PER_MIN : fmax(fabs(p->x_lo) * 0.1, 0.5);
		p->x_lo -= room;
		p->x_hi += room;
	}
	if (p->kind == X_TIME)
		p->span = (struct span){ (usec_t)p->x_lo, (usec_t)p->x_hi };
}

static void y_range(const struct chart *c, struct plot *p)
{
	for (size_t i = 0; i < p->n; i++) {
		double up = 0, down = 0;
		for (size_t s = 0; s < p->ns; s++) {
			double v = p->y[s][i];
			if (isnan(v))
				continue;
			p->empty = false;
			up = c->type == CHART_STACK ? up + fmax(v, 0) : fmax(up, v);
			down = c->type == CHART_STACK ? down + fmin(v, 0) : fmin(down, v);
		}
		p->y_hi = fmin(fmax(p->y_hi, up), VALUE_MAX);
		p->y_lo = fmax(fmin(p->y_lo, down), -VALUE_MAX);
	}
}

/* -- thinning ---------------------------------------------------------------------------- */

/* The number that decides which rows of a pixel column stay: a series' value, or the stack's. */
static double weight(const struct plot *p, const struct chart *c, size_t s, size_t i)
{
	if (c->type != CHART_STACK)
		return p->y[s][i];
	double sum = 0;
	bool seen = false;
	for (size_t k = 0; k < p->ns; k++)
		if (!isnan(p->y[k][i])) {
			sum += p->y[k][i];
			seen = true;
		}
	return seen ? sum : NAN;
}

/* Mark first, last, least, greatest and one gap of rows from..to. */
static void keep_column(const struct plot *p, const struct chart *c, size_t s, size_t from, size_t to,
			bool *keep)
{
	size_t lo = SIZE_MAX, hi = SIZE_MAX, gap = SIZE_MAX;
	double least = INFINITY, most = -INFINITY;

	for (size_t i = from; i < to; i++) {
		double v = weight(p, c, s, i);
		if (isnan(v)) {
			gap = i;
			continue;
		}
		if (v < least) {
			least = v;
			lo = i;
		}
		if (v > most) {
			most = v;
			hi = i;
		}
	}
	keep[from] = keep[to - 1] = true;
	if (lo != SIZE_MAX)
		keep[lo] = keep[hi] = true;
	if (gap != SIZE_MAX)
		keep[gap] = true;
}

static enum err thin(struct plot *p, const struct chart *c, size_t columns, struct arena *a)
{
	bool *keep = arena_new0(a, p->n, sizeof(*keep));
	if (!keep)
		return E_NOMEM;
	double width = (p->x_hi - p->x_lo) / (double)columns;
	for (size_t s = 0; s < (c->type == CHART_STACK ? MIN(p->ns, (size_t)1) : p->ns); s++)
		for (size_t from = 0, to; from < p->n; from = to) {
			double column = floor((p->x[from] - p->x_lo) / width);
			for (to = from + 1; to < p->n && floor((p->x[to] - p->x_lo) / width) == column;)
				to++;
			keep_column(p, c, s, from, to, keep);
		}
	size_t n = 0;
	for (size_t i = 0; i < p->n; i++) {
		if (!keep[i])
			continue;
		p->x[n] = p->x[i];
		if (p->label)
			p->label[n] = p->label[i];
		for (size_t s = 0; s < p->ns; s++)
			p->y[s][n] = p->y[s][i];
		n++;
	}
	p->n = n;
	/* Rows left out between two kept ones are no gap. */
	p->bucket = fmax(p->bucket, p->bucket > 0 ? width : 0);
	return OK;
}

/* -- all together ---------------------------------------------------------------------------- */

static const char *unit_of(const struct chart *c)
{
	static const char *const short_names[U_UNITS] = {
		[U_NONE] = "",      [U_BYTE] = "B",    [U_BIT] = "bit", [U_FRAME] = "",
		[U_COUNT] = "",     [U_PERCENT] = "%", [U_BPS] = "bit/s", [U_MSEC] = "ms",
	};
	if (c->unit)
		return c->unit;
	if (!c->table || !c->ny)
		return "";
	for (size_t s = 0; s < c->ny; s++)
		if (c->y_col[s] >= c->table->ncols ||
		    c->table->col[c->y_col[s]].unit != c->table->col[c->y_col[0]].unit)
			return "";
	enum unit u = c->table->col[c->y_col[0]].unit;
	return (unsigned)u < U_UNITS ? short_names[u] : "";
}

static enum err fill(const struct chart *c, const struct order *o, struct arena *a, struct plot *p)
{
	const struct result *t = c->table;
	const struct table_col *x = &t->col[c->x_col];

	if (!(p->x = arena_new0(a, p->n, sizeof(*p->x))))
		return E_NOMEM;
	if (p->kind == X_LABEL && !(p->label = arena_new0(a, p->n, sizeof(*p->label))))
		return E_NOMEM;
	for (size_t i = 0; i < p->n; i++) {
		p->x[i] = p->kind == X_LABEL ? (double)i : o[i].x;
		if (p->label)
			p->label[i] = x->text ? x->text[o[i].row] : NULL;
	}
	for (size_t s = 0; s < p->ns; s++) {
		const struct table_col *col = &t->col[c->y_col[s]];
		if (!(p->y[s] = arena_new0(a, p->n, sizeof(*p->y[s]))))
			return E_NOMEM;
		for (size_t i = 0; i < p->n; i++)
			p->y[s][i] = value_at(col, o[i].row);
		p->name[s] = col->name ? col->name : "";
		stats_of(p->y[s], p->n, &p->stats[s]);
	}
	return OK;
}

enum err plot_make(const struct chart *c, size_t columns, struct arena *a, struct plot *ret,
		   struct problem *why)
{
	struct plot p = { .empty = true, .kind = X_TIME, .unit = unit_of(c), .x_hi = 1 };
	const struct result *t = c->table;

	if (!t || !t->ncols || !t->nrows) {
		if (t)
			x_range(t, &p);
		else
			p.kind = X_NUMBER;
		*ret = p;
		return OK;
	}
	enum err e = check_columns(c, why);
	if (e != OK)
		return e;
	const struct table_col *x = &t->col[c->x_col];
	double unit = time_unit(t, x);
	p.kind = unit > 0 ? X_TIME : col_is_number(x) ? X_NUMBER : X_LABEL;
	const struct order *o = rows_in_order(c, &p, unit, a, &p.n);
	if (!o)
		return E_NOMEM;
	p.ns = c->ny;
	if ((e = fill(c, o, a, &p)) != OK)
		return e;
	p.bucket = p.kind == X_LABEL ? 1 : bucket_of(t, p.x, p.n);
	if (p.kind == X_NUMBER && c->type != CHART_BAR)
		p.bucket = 0;
	x_range(t, &p);
	y_range(c, &p);
	if (p.n > 4 * columns && (e = thin(&p, c, columns, a)) != OK)
		return e;
	*ret = p;
	return OK;
}
