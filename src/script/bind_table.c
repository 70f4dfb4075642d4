/* Table: a struct result in the worker's own memory, seen as an object.  Cells are numbers, strings, Date
 * objects (times) and null.  Here: properties, cells, text forms; bind_table_ops.c has the rest. */
#include "script/bind.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>

#define MAX_TIME_MS 8.64e15 /* of a Date */

struct tab {
	struct result r;
	const struct val *names; /* the array cnames gave; kept; NULL = not made */
	size_t told;             /* bytes the collector was told of */
};

static struct tab *tab_of(struct call *c)
{
	return c->data;
}

static struct result *self_table(struct call *c)
{
	return &tab_of(c)->r;
}

static void tab_free(void *data)
{
	struct tab *t = data;
	worker_drop(t->names);
	result_free(&t->r);
	mem_free(t);
}

const struct val *table_object(struct engine *e, struct result *t)
{
	struct tab *tab = mem_new0(1, sizeof(*tab));
	if (!tab)
		return throw_err(e, E_NOMEM, "Table");
	tab->r = *t;
	*t = (struct result){ 0 };
	/* A worker has one zone: no file is left from which another could be read.  What a query in
	 * another zone answers are instants all the same. */
	snprintf(tab->r.zone, sizeof(tab->r.zone), "%s", worker_self()->zone_name);
	engine_extra_memory(e, tab->r.bytes);
	const struct val *v = object_new(e, &table_class, tab);
	if (!v)
		tab_free(tab);
	return v;
}

struct result *table_of(struct engine *e, const struct val *v)
{
	struct tab *t = object_data(e, v, &table_class);
	return t ? &t->r : NULL;
}

void table_renamed(struct call *c)
{
	struct tab *t = tab_of(c);
	worker_drop(t->names);
	t->names = NULL;
	worker_drops(worker_self());
	if (t->r.bytes > t->told) {
		engine_extra_memory(c->e, t->r.bytes - t->told);
		t->told = t->r.bytes;
	}
}

static const struct val *construct(struct call *c)
{
	struct result t = { 0 };
	return table_object(c->e, &t);
}

/* -- cells ------------------------------------------------------------------------------------------ */

/* Converting an argument and setting an array's element can run script code (toString, a setter on
 * Array.prototype) that changes the table, so places are checked where they are used. */
const struct val *table_cell(struct engine *e, const struct result *t, size_t r, size_t c)
{
	if (r >= t->nrows || c >= t->ncols)
		return throw_range(e, "Table: it was changed while it was read");
	const struct table_col *col = &t->col[c];
	if (!col->num)
		return val_text(e, col->text[r]);
	if (isnan(col->num[r]))
		return val_null(e);
	return col->type == T_TIME ? val_date(e, (usec_t)col->num[r]) : val_number(e, col->num[r]);
}

const struct val *table_row(struct engine *e, const struct result *t, size_t r)
{
	const struct val *row = val_array(e, NULL, 0);
	for (size_t c = 0; c < t->ncols && row; c++) {
		const struct val *v = table_cell(e, t, r, c);
		if (!v || !val_set_at(e, row, c, v))
			return NULL;
	}
	return row;
}

/* Numbers are no objects, so they may wait in memory the collector does not see. */
static const struct val *number_column(struct engine *e, const struct table_col *col, size_t n)
{
	const struct val **item = mem_array(NULL, n ? n : 1, sizeof(const struct val *));
	if (!item)
		return throw_err(e, E_NOMEM, "column");
	for (size_t r = 0; r < n; r++)
		item[r] = isnan(col->num[r])	? val_null(e)
			  : col->type == T_TIME ? val_number(e, floor(col->num[r] / 1000))
						: val_number(e, col->num[r]);
	const struct val *v = val_array(e, item, n);
	mem_free(item);
	return v && col->type == T_TIME ? val_call(e, worker_self()->make_dates, val_undefined(e), &v, 1) : v;
}

const struct val *table_column(struct engine *e, const struct result *t, size_t c)
{
	const struct table_col *col = &t->col[c];
	if (col->num)
		return number_column(e, col, t->nrows);
	const struct val *v = val_array(e, NULL, 0);
	for (size_t r = 0; r < t->nrows && v; r++) {
		const struct val *cell = table_cell(e, t, r, c);
		if (!cell || !val_set_at(e, v, r, cell))
			return NULL;
	}
	return v;
}

/* What the value is as a cell of this column; text is the caller's.  False: thrown. */
static bool convert(struct engine *e, const struct table_col *col, const struct val *v, double *ret_num, char **ret_text)
{
	bool number = col->num;
	double d = NAN;
	*ret_text = NULL;
	if (!given(e, v)) {
		*ret_num = NAN;
		return true;
	}
	if (!number)
		return (*ret_text = text_of(e, "value", v));
	bool time = col->type == T_TIME;
	if (!convertible(e, "value", v) || !val_to_number(e, v, &d))
		return false;
	if (isnan(d) && (time || val_kind(e, v) != VAL_NUMBER)) {
		throw_type(e, "value: a cell of this column takes %s", time ? "a Date, or milliseconds since 1970" : "a number");
		return false;
	}
	if (time && fabs(d) > MAX_TIME_MS) {
		throw_range(e, "value: a cell of this column takes a Date, or milliseconds since 1970; %g is out of range", d);
		return false;
	}
	*ret_num = time ? d * 1000 : d;
	return true;
}

bool table_set_cell(struct engine *e, struct result *t, size_t r, size_t c, const struct val *v)
{
	double d;
	char *s;
	if (c >= t->ncols) { /* reading the value may have run script code, too */
		throw_err(e, E_RANGE, "Table");
		return false;
	}
	bool number = t->col[c].num;
	if (!convert(e, &t->col[c], v, &d, &s))
		return false;
	enum err err = OK;
	/* Converting may have run script code, and that may have changed this table. */
	if (r >= t->nrows || c >= t->ncols || number != (t->col[c].num != NULL))
		err = E_RANGE;
	else if (number)
		result_set_num(t, r, c, d);
	else
		err = result_set_text(t, r, c, s, s ? strlen(s) : 0);
	mem_free(s);
	if (err != OK)
		throw_err(e, err, "Table");
	return err == OK;
}

static const struct val *cell(struct call *c)
{
	const struct result *t = self_table(c);
	size_t row, col;
	return arg_row(c, 0, "row", t, &row) && arg_column(c, 1, "column", t, &col) ? table_cell(c->e, t, row, col) : NULL;
}

static const struct val *set_cell(struct call *c)
{
	struct result *t = self_table(c);
	size_t row, col;
	if (!arg_row(c, 0, "row", t, &row) || !arg_column(c, 1, "column", t, &col) ||
	    !table_set_cell(c->e, t, row, col, arg(c, 2)))
		return NULL;
	return c->self;
}

static const struct val *row(struct call *c)
{
	size_t r;
	return arg_row(c, 0, "row", self_table(c), &r) ? table_row(c->e, self_table(c), r) : NULL;
}

static const struct val *column(struct call *c)
{
	size_t col;
	return arg_column(c, 0, "column", self_table(c), &col) ? table_column(c->e, self_table(c), col) : NULL;
}

static const struct val *iterate(struct call *c)
{
	const struct result *t = self_table(c);
	const struct val *rows = val_array(c->e, NULL, 0);
	for (size_t r = 0; r < t->nrows && rows; r++) {
		const struct val *v = table_row(c->e, t, r);
		if (!v || !val_set_at(c->e, rows, r, v))
			return NULL;
	}
	return rows;
}

/* -- properties --------------------------------------------------------------------------------------- */

/* Date, number (milliseconds) or ISO text -> time. */
static bool read_time(struct call *c, const char *name, usec_t *ret)
{
	double ms;
	if (!arg_given(c, 0)) {
		*ret = 0;
		return true;
	}
	const struct val *v = c->arg[0];
	char what[64];
	snprintf(what, sizeof(what), "Table.%s", name);
	if (val_kind(c->e, v) == VAL_STRING) {
		const struct val *date = val_get(c->e, val_global(c->e), "Date");
		const struct val *parse = date ? val_get(c->e, date, "parse") : NULL;
		v = parse ? val_call(c->e, parse, date, &v, 1) : NULL;
	}
	if (!v || !number_of(c->e, what, v, &ms))
		return false;
	if (isnan(ms) || fabs(ms) > MAX_TIME_MS) {
		throw_type(c->e, "Table.%s: a Date, milliseconds since 1970, or an ISO 8601 text is wanted", name);
		return false;
	}
	*ret = (usec_t)(ms * 1000);
	return true;
}

/* 0..0 = not told */
static const struct val *time_or_null(struct call *c, usec_t t)
{
	const struct span s = self_table(c)->span;
	return s.start == 0 && s.end == 0 ? val_null(c->e) : val_date(c->e, t);
}

static const struct val *get_start(struct call *c)
{
	return time_or_null(c, self_table(c)->span.start);
}

static const struct val *set_start(struct call *c)
{
	return read_time(c, "start", &self_table(c)->span.start) ? val_undefined(c->e) : NULL;
}

static const struct val *get_end_(struct call *c)
{
	return time_or_null(c, self_table(c)->span.end);
}

static const struct val *set_end(struct call *c)
{
	return read_time(c, "end", &self_table(c)->span.end) ? val_undefined(c->e) : NULL;
}

static const struct val *get_bucket(struct call *c)
{
	return val_number(c->e, (double)self_table(c)->bucket / 1e6);
}

static const struct val *set_bucket(struct call *c)
{
	double s;
	if (!arg_number(c, 0, "bucket", &s))
		return NULL;
	if (s < 0 || s > 1e9)
		return throw_range(c->e, "Table.bucket: seconds, 0 or more");
	self_table(c)->bucket = (usec_t)(s * 1e6);
	return val_undefined(c->e);
}

static const struct val *get_nrows(struct call *c)
{
	return val_number(c->e, (double)self_table(c)->nrows);
}

static const struct val *get_ncols(struct call *c)
{
	return val_number(c->e, (double)self_table(c)->ncols);
}

static const struct val *names(struct call *c, const char *(*name)(const struct table_col *col))
{
	const struct result *t = self_table(c);
	const struct val *v = val_array(c->e, NULL, 0);
	for (size_t i = 0; i < t->ncols && v; i++) {
		const struct val *s = val_text(c->e, name(&t->col[i]));
		if (!s || !val_set_at(c->e, v, i, s))
			return NULL;
	}
	return v;
}

static const char *col_name(const struct table_col *col)
{
	return col->name;
}

static const char *col_type(const struct table_col *col)
{
	return type_name(col->type);
}

static const char *col_unit(const struct table_col *col)
{
	return unit_name(col->unit);
}

/* Loops over cnames[j] of ten thousand columns ask for it ten thousand times. */
static const struct val *get_cnames(struct call *c)
{
	struct tab *t = tab_of(c);
	worker_drops(worker_self());
	if (!t->names) {
		t->names = names(c, col_name);
		if (t->names)
			val_keep(c->e, t->names);
	}
	return t->names;
}

static const struct val *get_ctypes(struct call *c)
{
	return names(c, col_type);
}

static const struct val *get_units(struct call *c)
{
	return names(c, col_unit);
}

static const struct val *get_zone(struct call *c)
{
	return val_text(c->e, self_table(c)->zone);
}

static const struct val *get_dedup(struct call *c)
{
	return val_text(c->e, self_table(c)->dedup);
}

static const struct val *get_overlapping(struct call *c)
{
	return val_bool(c->e, self_table(c)->overlapping);
}

static const struct val *get_rest(struct call *c)
{
	return val_bool(c->e, self_table(c)->rest);
}

static const struct val *get_incomplete(struct call *c)
{
	const struct result *t = self_table(c);
	const struct val *v = val_array(c->e, NULL, 0);
	for (size_t i = 0; i < t->nincomplete && v; i++) {
		const struct val *pair[] = { val_date(c->e, t->incomplete[i].start), NULL };
		pair[1] = pair[0] ? val_date(c->e, t->incomplete[i].end) : NULL;
		const struct val *p = pair[1] ? val_array(c->e, pair, 2) : NULL;
		if (!p || !val_set_at(c->e, v, i, p))
			return NULL;
	}
	return v;
}

static const struct val *get_folded(struct call *c)
{
	const struct span f = self_table(c)->folded;
	if (f.start >= f.end)
		return val_null(c->e);
	const struct val *pair[] = { val_date(c->e, f.start), NULL };
	pair[1] = pair[0] ? val_date(c->e, f.end) : NULL;
	return pair[1] ? val_array(c->e, pair, 2) : NULL;
}

/* -- text forms ------------------------------------------------------------------------------------------- */

enum form { CSV, HTML, JSON, TEXT };

static struct buf text_form(struct call *c, enum form f)
{
	const struct result *t = self_table(c);
	bool heading = arg_flag_or(c, 0, true);
	struct buf b = { .ceiling = (size_t)512 << 20 };
	switch (f) {
	case CSV:
		result_csv(t, heading, &b);
		break;
	case HTML:
		result_html(t, heading, &b);
		break;
	case JSON:
		result_json(t, &b);
		break;
	case TEXT:
		result_text(t, &b);
		break;
	}
	return b;
}

static const struct val *print_form(struct call *c, enum form f)
{
	struct buf b = text_form(c, f);
	const struct val *v = b.bad ? throw_err(c->e, b.bad, call_name(c)) : c->self;
	if (v && !output(worker_self(), b.data, b.len))
		v = NULL;
	buf_free(&b);
	return v;
}

static const struct val *string_form(struct call *c, enum form f)
{
	struct buf b = text_form(c, f);
	return val_buf(c->e, &b);
}

static const struct val *print_csv(struct call *c)
{
	return print_form(c, CSV);
}

static const struct val *print_html(struct call *c)
{
	return print_form(c, HTML);
}

static const struct val *print_json(struct call *c)
{
	return print_form(c, JSON);
}

static const struct val *print_text(struct call *c)
{
	return print_form(c, TEXT);
}

static const struct val *csv(struct call *c)
{
	return string_form(c, CSV);
}

static const struct val *html(struct call *c)
{
	return string_form(c, HTML);
}

static const struct val *to_text(struct call *c)
{
	return string_form(c, TEXT);
}

/* What printJSON prints, as an object: JSON.stringify(table) then gives the same. */
static const struct val *to_json(struct call *c)
{
	struct buf b = text_form(c, JSON);
	const struct val *s = val_buf(c->e, &b);
	return s ? val_call(c->e, worker_self()->json_parse, val_undefined(c->e), &s, 1) : NULL;
}

static const struct host_fn methods[] = {
	{ "cell", cell, "row, column", "one cell: a number, text, Date, or null" },
	{ "setCell", set_cell, "row, column, value", "change one cell" },
	{ "row", row, "row", "a row as an array" },
	{ "column", column, "column", "a column, by index or name, as an array" },
	{ "addColumn", table_add_column, "name, values[, type]", "a further column; type: number, text, time; else told from the values" },
	{ "removeColumn", table_remove_column, "column", "take a column away" },
	{ "addRow", table_add_row, "values", "a further row, from an array in column order" },
	{ "sort", table_sort, "column[, descending]", "order the rows; ties keep their order, nulls come last" },
	{ "filter", table_filter, "function(row, index)", "a new Table of the rows for which it says true" },
	{ "map", table_map, "function(row, index)", "a new Table with the rows it returns (arrays); null leaves one out" },
	{ "top", table_top, "n", "a new Table of the first n rows" },
	{ "scale", table_scale, "column, factor", "multiply a column of numbers" },
	{ "total", table_total, "column", "sum of a column" },
	{ "percentile", table_percentile, "column, p", "nearest-rank percentile of a column, p in 0..100; null when it is empty" },
	{ "pivot", table_pivot, "rowColumn, keyColumn, valueColumn", "a new Table: a row per row value, a column per key" },
	{ "pivotTime", table_pivot_time, "timeColumn, keyColumn, valueColumn", "a new Table: column 0 time, then a column per key; gaps null" },
	{ "join", table_join, "other, keyColumn", "a new Table: the other's columns beside these, where the key is equal" },
	{ "append", table_append, "other", "the other's rows below these, by position" },
	{ "printCSV", print_csv, "[heading = true]", "print as CSV (RFC 4180)" },
	{ "printHTML", print_html, "[heading = true]", "print as an HTML table" },
	{ "printJSON", print_json, "", "print as JSON" },
	{ "printText", print_text, "", "print as text in columns" },
	{ "csv", csv, "[heading = true]", "what printCSV prints" },
	{ "html", html, "[heading = true]", "what printHTML prints" },
	{ "toString", to_text, "", "what printText prints" },
	{ "toJSON", to_json, "", "what printJSON prints, as an object" },
	{ 0 },
};

static const struct host_prop props[] = {
	{ "start", get_start, set_start, "begin of the time range (Date); may be set to a Date, milliseconds, or ISO text" },
	{ "end", get_end_, set_end, "end of the time range, exclusive" },
	{ "bucket", get_bucket, set_bucket, "of a trend: seconds per bucket, 0 = none" },
	{ "nrows", get_nrows, NULL, "number of rows" },
	{ "ncols", get_ncols, NULL, "number of columns" },
	{ "cnames", get_cnames, NULL, "names of the columns" },
	{ "ctypes", get_ctypes, NULL, "types of the columns: number, text, time, address, interface, ..." },
	{ "units", get_units, NULL, "units of the columns, \"\" for none" },
	{ "zone", get_zone, NULL, "time zone in which times are printed" },
	{ "dedup", get_dedup, NULL, "\"done\", \"unknown\", or \"\": whether traffic was counted once end to end" },
	{ "overlapping", get_overlapping, NULL, "rows overlap: a record can count in several" },
	{ "rest", get_rest, NULL, "the last row is the rest: all that is in no other row" },
	{ "incomplete", get_incomplete, NULL, "time ranges whose data is missing or damaged: [start, end] pairs" },
	{ "folded", get_folded, NULL, "[start, end] in which addresses of small flows are not known any more, or null" },
	{ 0 },
};

const struct host_class table_class = {
	.name = "Table",
	.construct = construct,
	.methods = methods,
	.props = props,
	.finalize = tab_free,
	.iterate = iterate,
	.help = "rows and columns: what a query answers; for (var row of table) walks the rows",
};
