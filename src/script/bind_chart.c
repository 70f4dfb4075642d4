/* Chart: what to draw, and pictures that are drawn when somebody needs their bytes.
 *
 * chart.png() takes a copy of the chart as it is now and gives a Picture.  writefile(path, picture) hands
 * the copy over and does not wait; picture.bytes() waits. */
#include "script/bind.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>

enum text { TITLE, SUBTITLE, X_LABEL, Y_LABEL, UNIT, TEXTS };
enum { MAX_COLORS = 64, MAX_MARKS = 64 };

struct chart_data {
	enum chart_type type;
	char *text[TEXTS];
	const struct val *table; /* a Table; kept; NULL = no data */
	const struct val *colors_given, *marks_given; /* as the script set them; kept */
	size_t x_col, y_col[CHART_MAX_SERIES], ny;
	unsigned width, height;
	double scale;
	bool no_legend, dark;
	char *color[MAX_COLORS + 1];
	struct chart_mark mark[MAX_MARKS];
	size_t nmark;
};

static struct chart_data *self_chart(struct call *c)
{
	return c->data;
}

static void free_colors(struct chart_data *d)
{
	for (size_t i = 0; d->color[i]; i++)
		mem_free(d->color[i]);
	memset(d->color, 0, sizeof(d->color));
}

static void chart_free(void *data)
{
	struct chart_data *d = data;
	for (size_t i = 0; i < TEXTS; i++)
		mem_free(d->text[i]);
	free_colors(d);
	worker_drop(d->table);
	worker_drop(d->colors_given);
	worker_drop(d->marks_given);
	mem_free(d);
}

static void hold(struct call *c, const struct val **place, const struct val *v)
{
	if (*place)
		val_drop(c->e, *place);
	*place = v;
	if (v)
		val_keep(c->e, v);
}

/* -- making ---------------------------------------------------------------------------------------- */

/* Of those on axes: a chart of groups has columns of another kind. */
static bool read_type(struct call *c, const struct val *v, enum chart_type *ret)
{
	char *s = text_of(c->e, "type", v);
	if (!s)
		return false;
	enum err e = chart_type_parse(s, ret);
	if (e == OK && *ret > CHART_BAR)
		e = E_RANGE;
	if (e != OK)
		throw_type(c->e, "%s: type: \"%.40s\" is none of trend, area, stack, bar", c->fn ? c->fn->name : "Chart", s);
	mem_free(s);
	return e == OK;
}

static bool read_y_columns(struct call *c, size_t i, const struct result *t, struct chart_data *d)
{
	size_t n = 1;
	bool list = i < c->n && val_kind(c->e, c->arg[i]) == VAL_ARRAY;
	if (list && !val_length(c->e, c->arg[i], &n))
		return false;
	if (n < 1 || n > CHART_MAX_SERIES) {
		throw_range(c->e, "%s: yColumns: 1 to %d columns, not %zu", call_name(c), CHART_MAX_SERIES, n);
		return false;
	}
	for (size_t k = 0; k < n; k++) {
		char what[80];
		snprintf(what, sizeof(what), "%s: yColumns", call_name(c));
		const struct val *v = list ? val_at(c->e, c->arg[i], k) : arg(c, i);
		if (!v || !column_of(c->e, what, v, t, &d->y_col[k]))
			return false;
		if (!t->col[d->y_col[k]].num) {
			throw_type(c->e, "%s: column %zu (\"%.100s\") has no numbers", what, d->y_col[k], t->col[d->y_col[k]].name);
			return false;
		}
	}
	d->ny = n;
	return true;
}

/* A port without data must not stop the run for everybody else: no table, or an empty one, draws "no data". */
static bool read_table(struct call *c, size_t i, struct chart_data *d, const struct result **ret)
{
	*ret = NULL;
	if (arg_given(c, i)) {
		*ret = arg_table(c, i, "table");
		if (!*ret)
			return false;
	}
	if (*ret && (*ret)->nrows && (*ret)->ncols) {
		hold(c, &d->table, c->arg[i]);
		return true;
	}
	*ret = NULL;
	worker_warn(worker_self(), "chart \"%s\" has no data", d->text[TITLE] ? d->text[TITLE] : "");
	return true;
}

static bool read_multi_series(struct call *c, struct chart_data *d)
{
	const struct result *t;
	if (!arg_given(c, 0)) {
		throw_type(c->e, "%s: type: missing; one of trend, area, stack, bar is wanted", call_name(c));
		return false;
	}
	return read_type(c, c->arg[0], &d->type) && arg_text_or_null(c, 1, "title", &d->text[TITLE]) &&
	       read_table(c, 2, d, &t) && arg_text_or_null(c, 3, "xLabel", &d->text[X_LABEL]) &&
	       (!t || arg_column(c, 4, "xColumn", t, &d->x_col)) && arg_text_or_null(c, 5, "yLabel", &d->text[Y_LABEL]) &&
	       (!t || read_y_columns(c, 6, t, d));
}

static const struct val *multi_series(struct call *c)
{
	worker_drops(worker_self());
	struct chart_data *d = mem_new0(1, sizeof(*d));
	if (!d)
		return throw_err(c->e, E_NOMEM, "Chart");
	const struct val *v = read_multi_series(c, d) ? object_new(c->e, &chart_class, d) : NULL;
	if (!v)
		chart_free(d);
	return v;
}

/* -- charts of groups: one label and a value, or two ------------------------------------------------ */

static bool read_groups(struct call *c, struct chart_data *d)
{
	const struct result *t;
	bool two = d->type == CHART_HEATMAP || d->type == CHART_SANKEY;
	if (!arg_text_or_null(c, 0, "title", &d->text[TITLE]) || !read_table(c, 1, d, &t))
		return false;
	d->ny = 1u + two;
	if (!t)
		return true;
	if (!arg_column(c, 2, two ? "fromColumn" : "labelColumn", t, &d->x_col) ||
	    (two && !arg_column(c, 3, "toColumn", t, &d->y_col[0])) ||
	    !arg_column(c, 3u + two, "valueColumn", t, &d->y_col[two]))
		return false;
	if (t->col[d->y_col[two]].num)
		return true;
	throw_type(c->e, "%s: valueColumn: column %zu (\"%.100s\") has no numbers", call_name(c), d->y_col[two],
		   t->col[d->y_col[two]].name);
	return false;
}

static const struct val *groups(struct call *c, enum chart_type type)
{
	worker_drops(worker_self());
	struct chart_data *d = mem_new0(1, sizeof(*d));
	if (!d)
		return throw_err(c->e, E_NOMEM, "Chart");
	d->type = type;
	const struct val *v = read_groups(c, d) ? object_new(c->e, &chart_class, d) : NULL;
	if (!v)
		chart_free(d);
	return v;
}

static const struct val *top_n(struct call *c)
{
	return groups(c, CHART_TOP);
}

static const struct val *pie(struct call *c)
{
	return groups(c, CHART_PIE);
}

static const struct val *heatmap(struct call *c)
{
	return groups(c, CHART_HEATMAP);
}

static const struct val *sankey(struct call *c)
{
	return groups(c, CHART_SANKEY);
}

/* -- pictures ---------------------------------------------------------------------------------------- */

static enum err encode(struct call *c, const struct chart_data *d, struct buf *out)
{
	const struct chart chart = {
		.type = d->type,
		.title = d->text[TITLE],
		.subtitle = d->text[SUBTITLE],
		.x_label = d->text[X_LABEL],
		.y_label = d->text[Y_LABEL],
		.unit = d->text[UNIT],
		.table = d->table ? table_of(c->e, d->table) : NULL,
		.x_col = d->x_col,
		.ny = d->ny,
		.width = d->width,
		.height = d->height,
		.scale = d->scale,
		.no_legend = d->no_legend,
		.dark = d->dark,
		.colors = d->color[0] ? (const char *const *)d->color : NULL,
		.mark = d->mark,
		.nmark = d->nmark,
		.zone = worker_self()->zone_name,
	};
	struct chart whole = chart;
	memcpy(whole.y_col, d->y_col, sizeof(whole.y_col));
	return chart_encode(&whole, out);
}

static const struct val *picture(struct call *c, enum chart_format format)
{
	struct buf doc = { .ceiling = 64u << 20 };
	enum err e = encode(c, self_chart(c), &doc);
	if (e == OK)
		return picture_new(c->e, format, &doc);
	buf_free(&doc);
	return e == E_RANGE ? throw_range(c->e, "%s: a column or size of the chart does not fit its table", call_name(c))
			    : throw_err(c->e, e, call_name(c));
}

static const struct val *png(struct call *c)
{
	return picture(c, CHART_PNG);
}

static const struct val *svg(struct call *c)
{
	return picture(c, CHART_SVG);
}

static const struct val *pdf(struct call *c)
{
	return picture(c, CHART_PDF);
}

static const struct val *write_picture(struct call *c, enum chart_format format)
{
	char *path;
	if (!arg_filled(c, 0, "path", "a file's path", &path))
		return NULL;
	const struct val *v = picture(c, format);
	bool ok = v && picture_write(worker_self(), path, picture_of(c->e, v));
	mem_free(path);
	return ok ? c->self : NULL;
}

static const struct val *write_png(struct call *c)
{
	return write_picture(c, CHART_PNG);
}

static const struct val *write_svg(struct call *c)
{
	return write_picture(c, CHART_SVG);
}

/* -- properties ----------------------------------------------------------------------------------------- */

#define TEXT(id, TEXTNAME)                                                                         \
	static const struct val *get_##id(struct call *c)                                          \
	{                                                                                          \
		return val_text(c->e, self_chart(c)->text[TEXTNAME]);                              \
	}                                                                                          \
	static const struct val *set_##id(struct call *c)                                          \
	{                                                                                          \
		char *s = NULL;                                                                    \
		if (given(c->e, c->arg[0]) && !(s = text_of(c->e, "Chart." #id, c->arg[0])))       \
			return NULL;                                                               \
		mem_free(self_chart(c)->text[TEXTNAME]);                                           \
		self_chart(c)->text[TEXTNAME] = s;                                                 \
		return val_undefined(c->e);                                                        \
	}
TEXT(title, TITLE)
TEXT(subtitle, SUBTITLE)
TEXT(unit, UNIT)
#undef TEXT

static bool read_pixels(struct call *c, const char *name, unsigned *ret)
{
	double d;
	if (!number_of(c->e, name, c->arg[0], &d))
		return false;
	if (!(d >= 1 && d <= CHART_MAX_PIXELS)) {
		throw_range(c->e, "%s: 1 to %d pixels", name, CHART_MAX_PIXELS);
		return false;
	}
	*ret = (unsigned)d;
	return true;
}

static const struct val *get_width(struct call *c)
{
	return val_number(c->e, self_chart(c)->width ? self_chart(c)->width : 600);
}

static const struct val *set_width(struct call *c)
{
	return read_pixels(c, "Chart.width", &self_chart(c)->width) ? val_undefined(c->e) : NULL;
}

static const struct val *get_height(struct call *c)
{
	return val_number(c->e, self_chart(c)->height ? self_chart(c)->height : 300);
}

static const struct val *set_height(struct call *c)
{
	return read_pixels(c, "Chart.height", &self_chart(c)->height) ? val_undefined(c->e) : NULL;
}

static const struct val *get_scale(struct call *c)
{
	return val_number(c->e, self_chart(c)->scale > 0 ? self_chart(c)->scale : 1);
}

static const struct val *set_scale(struct call *c)
{
	double d;
	if (!number_of(c->e, "Chart.scale", c->arg[0], &d))
		return NULL;
	if (!(d >= 0.1 && d <= 10))
		return throw_range(c->e, "Chart.scale: 0.1 to 10");
	self_chart(c)->scale = d;
	return val_undefined(c->e);
}

static const struct val *get_legend(struct call *c)
{
	return val_bool(c->e, !self_chart(c)->no_legend);
}

static const struct val *set_legend(struct call *c)
{
	self_chart(c)->no_legend = !val_to_bool(c->e, c->arg[0]);
	return val_undefined(c->e);
}

static const struct val *get_dark(struct call *c)
{
	return val_bool(c->e, self_chart(c)->dark);
}

static const struct val *set_dark(struct call *c)
{
	self_chart(c)->dark = val_to_bool(c->e, c->arg[0]);
	return val_undefined(c->e);
}

static const struct val *get_type(struct call *c)
{
	return val_text(c->e, chart_type_name(self_chart(c)->type));
}

static const struct val *set_type(struct call *c)
{
	if (self_chart(c)->type > CHART_BAR)
		return throw_type(c->e, "Chart.type: a %s chart stays one", chart_type_name(self_chart(c)->type));
	return read_type(c, c->arg[0], &self_chart(c)->type) ? val_undefined(c->e) : NULL;
}

static bool is_color(const char *s)
{
	return s[0] == '#' && strlen(s) == 7 && strspn(s + 1, "0123456789abcdefABCDEF") == 6;
}

/* An array's length, or thrown. */
static bool short_list(struct call *c, const char *what, size_t most, size_t *ret)
{
	if (val_kind(c->e, c->arg[0]) != VAL_ARRAY) {
		throw_type(c->e, "%s: an array is wanted", what);
		return false;
	}
	if (!val_length(c->e, c->arg[0], ret))
		return false;
	if (*ret > most)
		throw_range(c->e, "%s: at most %zu", what, most);
	return *ret <= most;
}

static const struct val *get_colors(struct call *c)
{
	return self_chart(c)->colors_given ? self_chart(c)->colors_given : val_null(c->e);
}

static const struct val *set_colors(struct call *c)
{
	struct chart_data *d = self_chart(c);
	char *color[MAX_COLORS + 1] = { 0 };
	size_t n = 0;
	bool ok = !given(c->e, c->arg[0]) || short_list(c, "Chart.colors", MAX_COLORS, &n);
	for (size_t i = 0; i < n && ok; i++) {
		const struct val *v = val_at(c->e, c->arg[0], i);
		color[i] = v ? text_of(c->e, "Chart.colors", v) : NULL;
		ok = color[i];
		if (ok && !is_color(color[i])) {
			throw_type(c->e, "Chart.colors: \"%.20s\" is not like \"#1f77b4\"", color[i]);
			ok = false;
		}
	}
	if (!ok) {
		for (size_t i = 0; color[i]; i++) /* not n: the list may be longer than colours go */
			mem_free(color[i]);
		return NULL;
	}
	free_colors(d);
	memcpy(d->color, color, sizeof(color));
	hold(c, &d->colors_given, n ? c->arg[0] : NULL);
	return val_undefined(c->e);
}

/* A number, or {value: 95e6, label: "95 %"} */
static bool read_mark(struct call *c, const struct val *v, struct chart_mark *ret)
{
	bool object = val_kind(c->e, v) == VAL_OBJECT;
	const struct val *value = object ? val_get(c->e, v, "value") : v;
	const struct val *label = object ? val_get(c->e, v, "label") : NULL;
	if (!value || (object && !label) || !number_of(c->e, "Chart.marks: value", value, &ret->value))
		return false;
	if (isnan(ret->value)) {
		throw_type(c->e, "Chart.marks: numbers, or objects {value: number, label: text}");
		return false;
	}
	if (!label || !given(c->e, label))
		return true;
	char *s = text_of(c->e, "Chart.marks: label", label);
	if (s)
		snprintf(ret->label, sizeof(ret->label), "%s", s);
	mem_free(s);
	return s;
}

static const struct val *get_marks(struct call *c)
{
	return self_chart(c)->marks_given ? self_chart(c)->marks_given : val_null(c->e);
}

static const struct val *set_marks(struct call *c)
{
	struct chart_data *d = self_chart(c);
	struct chart_mark mark[MAX_MARKS] = { 0 };
	size_t n = 0;
	if (given(c->e, c->arg[0]) && !short_list(c, "Chart.marks", MAX_MARKS, &n))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const struct val *v = val_at(c->e, c->arg[0], i);
		if (!v || !read_mark(c, v, &mark[i]))
			return NULL;
	}
	memcpy(d->mark, mark, sizeof(mark));
	d->nmark = n;
	hold(c, &d->marks_given, n ? c->arg[0] : NULL);
	return val_undefined(c->e);
}

static const struct host_fn statics[] = {
	{ "multiSeries", multi_series, "type, title, table, xLabel, xColumn, yLabel, yColumns",
	  "a chart of one or more columns; type: trend (lines), area, stack, bar" },
	{ "topN", top_n, "title, table, labelColumn, valueColumn", "a bar for each label, the greatest first" },
	{ "pie", pie, "title, table, labelColumn, valueColumn", "parts of a whole: the seven greatest, and the others" },
	{ "heatmap", heatmap, "title, table, fromColumn, toColumn, valueColumn",
	  "a value for each pair of labels, as colour: fromColumn across, toColumn down" },
	{ "sankey", sankey, "title, table, fromColumn, toColumn, valueColumn", "how much goes from which to which" },
	{ 0 },
};

static const struct host_fn methods[] = {
	{ "png", png, "", "the chart as a PNG Picture" },
	{ "svg", svg, "", "the chart as an SVG Picture" },
	{ "pdf", pdf, "", "the chart as a PDF Picture" },
	{ "writePNG", write_png, "path", "draw into a PNG file; the script does not wait" },
	{ "writeSVG", write_svg, "path", "draw into an SVG file; the script does not wait" },
	{ 0 },
};

static const struct host_prop props[] = {
	{ "type", get_type, set_type, "trend, area, stack or bar; fixed for the others" },
	{ "title", get_title, set_title, "title" },
	{ "subtitle", get_subtitle, set_subtitle, "smaller line below the title" },
	{ "unit", get_unit, set_unit, "unit of the values: bits/s, bytes, ..." },
	{ "width", get_width, set_width, "pixels of the PNG at scale 1" },
	{ "height", get_height, set_height, "pixels of the PNG at scale 1" },
	{ "scale", get_scale, set_scale, "pixel density: 2 doubles the PNG's pixels" },
	{ "legend", get_legend, set_legend, "whether there is a legend" },
	{ "dark", get_dark, set_dark, "light lines on dark ground" },
	{ "colors", get_colors, set_colors, "array of colours like \"#1f77b4\", one per series" },
	{ "marks", get_marks, set_marks, "horizontal lines: numbers, or {value, label}" },
	{ 0 },
};

const struct host_class chart_class = {
	.name = "Chart",
	.methods = methods,
	.statics = statics,
	.props = props,
	.finalize = chart_free,
	.help = "a drawing of a table; without data it says so, and the script goes on",
};
