/* Table: columns and rows added, order, and the methods that make another table. */
#include "script/bind.h"

#include "base/map.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

static struct result *self_table(struct call *c)
{
	return table_of(c->e, c->self);
}

/* -- heads and rows ------------------------------------------------------------------------------ */

enum err table_head(const struct result *t, struct result *ret)
{
	struct result h = { .span = t->span, .bucket = t->bucket, .overlapping = t->overlapping, .approximate = t->approximate, .folded = t->folded };
	memcpy(h.dedup, t->dedup, sizeof(h.dedup));
	memcpy(h.zone, t->zone, sizeof(h.zone));
	enum err e = OK;
	for (size_t c = 0; c < t->ncols && e == OK; c++)
		e = result_add_col(&h, t->col[c].name, t->col[c].type, t->col[c].unit);
	if (e == OK && t->nincomplete) {
		h.incomplete = mem_array(NULL, t->nincomplete, sizeof(*h.incomplete));
		if (h.incomplete) {
			memcpy(h.incomplete, t->incomplete, t->nincomplete * sizeof(*h.incomplete));
			h.nincomplete = t->nincomplete;
		} else {
			e = E_NOMEM;
		}
	}
	if (e != OK) {
		result_free(&h);
		return e;
	}
	*ret = h;
	return OK;
}

static enum err copy_cell(const struct result *from, size_t r, size_t fc, struct result *to, size_t tr, size_t tc)
{
	const struct table_col *col = &from->col[fc];
	if (col->num) {
		result_set_num(to, tr, tc, col->num[r]);
		return OK;
	}
	return col->text[r] ? result_set_text(to, tr, tc, col->text[r], strlen(col->text[r])) : OK;
}

enum err table_copy_row(const struct result *from, size_t r, struct result *to)
{
	size_t row;
	enum err e = result_add_row(to, &row);
	for (size_t c = 0; c < from->ncols && e == OK; c++)
		e = copy_cell(from, r, c, to, row, c);
	return e;
}

/* A new Table object, or the exception that keeps it from being. */
static const struct val *made(struct call *c, enum err e, struct result *t)
{
	const struct val *v = e == OK ? table_object(c->e, t) : throw_err(c->e, e, call_name(c));
	result_free(t);
	return v;
}

/* -- columns --------------------------------------------------------------------------------------- */

/* What the values are tells the type: all times, all numbers, else text.  Only nulls: numbers. */
static bool tell_type(struct call *c, const struct val *values, size_t n, enum field_type *ret)
{
	size_t times = 0, numbers = 0, nulls = 0, whole = 0;
	for (size_t i = 0; i < n; i++) {
		const struct val *v = val_at(c->e, values, i);
		double d;
		if (!v)
			return false;
		switch (val_kind(c->e, v)) {
		case VAL_DATE:
			times++;
			break;
		case VAL_NUMBER:
			numbers++;
			if (val_to_number(c->e, v, &d))
				whole += isnan(d) || (d >= 0 && d == floor(d) && d < 9.007199254740992e15);
			break;
		case VAL_NULL:
		case VAL_UNDEFINED:
			nulls++;
			break;
		default:
			break;
		}
	}
	if (times && times + nulls == n)
		*ret = T_TIME;
	else if (numbers + nulls == n)
		*ret = whole == numbers && numbers ? T_UINT : T_REAL;
	else
		*ret = T_TEXT;
	return true;
}

/* "number", "text", "time" */
static bool read_type(struct call *c, size_t i, const struct val *values, size_t n, enum field_type *ret)
{
	static const struct {
		const char *name;
		enum field_type type;
	} names[] = { { "number", T_REAL }, { "text", T_TEXT }, { "time", T_TIME } };
	char *s;
	if (!arg_given(c, i))
		return tell_type(c, values, n, ret);
	if (!arg_text(c, i, "type", "number, text or time", &s))
		return false;
	bool found = false;
	for (size_t k = 0; k < COUNT_OF(names); k++)
		if (STREQ(s, names[k].name)) {
			*ret = names[k].type;
			found = true;
		}
	if (!found)
		throw_type(c->e, "addColumn: type: \"%.40s\" is none of number, text, time", s);
	mem_free(s);
	return found;
}

static bool add_rows(struct call *c, struct result *t, size_t n)
{
	enum err e = OK;
	for (size_t row; t->nrows < n && e == OK;)
		e = result_add_row(t, &row);
	if (e != OK)
		throw_err(c->e, e, "addColumn");
	return e == OK;
}

static bool fill_column(struct call *c, struct result *t, size_t col, const struct val *values, size_t n)
{
	for (size_t r = 0; r < n; r++) {
		const struct val *v = val_at(c->e, values, r);
		if (!v || !table_set_cell(c->e, t, r, col, v))
			return false;
	}
	return true;
}

const struct val *table_add_column(struct call *c)
{
	struct result *t = self_table(c);
	size_t n = 0;
	enum field_type type;
	char *name;
	if (!arg_array(c, 1, "values", &n) || !read_type(c, 2, c->arg[1], n, &type))
		return NULL;
	if (t->ncols && n > t->nrows)
		return throw_range(c->e, "addColumn: values: %zu values for %zu rows", n, t->nrows);
	if (!arg_text(c, 0, "name", "the column's name", &name))
		return NULL;
	enum err e = result_add_col(t, name, type, U_NONE);
	mem_free(name);
	if (e != OK)
		return throw_err(c->e, e, "addColumn");
	if (!add_rows(c, t, n) || !fill_column(c, t, t->ncols - 1, c->arg[1], n)) {
		if (t->ncols)
			(void)!result_remove_col(t, t->ncols - 1); /* the exception stands, whatever this says */
		return NULL;
	}
	table_renamed(c);
	return c->self;
}

const struct val *table_remove_column(struct call *c)
{
	struct result *t = self_table(c);
	size_t col;
	if (!arg_column(c, 0, "column", t, &col))
		return NULL;
	enum err e = result_remove_col(t, col);
	if (e != OK)
		return throw_err(c->e, e, "removeColumn");
	table_renamed(c);
	return c->self;
}

/* -- rows ------------------------------------------------------------------------------------------- */

static void drop_last_row(struct result *t)
{
	if (!t->nrows)
		return;
	for (size_t c = 0; c < t->ncols; c++)
		if (t->col[c].text) {
			enum err e = result_set_text(t, t->nrows - 1, c, NULL, 0); /* null costs nothing */
			(void)e;
		}
	t->nrows--;
}

static bool add_row_of(struct call *c, struct result *t, const struct val *values, const char *what)
{
	size_t n, row;
	if (val_kind(c->e, values) != VAL_ARRAY) {
		throw_type(c->e, "%s: an array of %zu values is wanted", what, t->ncols);
		return false;
	}
	if (!val_length(c->e, values, &n))
		return false;
	if (n > t->ncols) {
		throw_range(c->e, "%s: %zu values for %zu columns", what, n, t->ncols);
		return false;
	}
	enum err e = result_add_row(t, &row);
	if (e != OK) {
		throw_err(c->e, e, what);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		const struct val *v = val_at(c->e, values, i);
		if (!v || !table_set_cell(c->e, t, row, i, v)) {
			drop_last_row(t);
			return false;
		}
	}
	return true;
}

const struct val *table_add_row(struct call *c)
{
	return add_row_of(c, self_table(c), arg(c, 0), "addRow: values") ? c->self : NULL;
}

const struct val *table_sort(struct call *c)
{
	struct result *t = self_table(c);
	size_t col;
	if (!arg_column(c, 0, "column", t, &col))
		return NULL;
	enum err e = result_sort(t, col, arg_flag_or(c, 1, false));
	return e == OK ? c->self : throw_err(c->e, e, "sort");
}

static const struct val *call_with_row(struct call *c, const struct result *t, size_t r)
{
	const struct val *args[] = { table_row(c->e, t, r), val_number(c->e, (double)r), c->self };
	return args[0] ? val_call(c->e, c->arg[0], val_undefined(c->e), args, 3) : NULL;
}

/* A function called on the way may have changed the table. */
static bool same_shape(const struct result *a, const struct result *b)
{
	bool same = a->ncols == b->ncols;
	for (size_t c = 0; c < a->ncols && same; c++)
		same = !a->col[c].num == !b->col[c].num;
	return same;
}

const struct val *table_filter(struct call *c)
{
	struct result *t = self_table(c), made_of = { 0 };
	if (!arg_function(c, 0, "function"))
		return NULL;
	enum err e = table_head(t, &made_of);
	for (size_t r = 0; r < t->nrows && e == OK; r++) { /* nrows is read anew: the function may change the table */
		const struct val *yes = call_with_row(c, t, r);
		if (!yes) {
			result_free(&made_of);
			return NULL;
		}
		if (val_to_bool(c->e, yes) && r < t->nrows && same_shape(t, &made_of))
			e = table_copy_row(t, r, &made_of);
	}
	return made(c, e, &made_of);
}

const struct val *table_map(struct call *c)
{
	struct result *t = self_table(c), made_of = { 0 };
	if (!arg_function(c, 0, "function"))
		return NULL;
	enum err e = table_head(t, &made_of);
	for (size_t r = 0; r < t->nrows && e == OK; r++) {
		const struct val *v = call_with_row(c, t, r);
		if (!v || (given(c->e, v) && !add_row_of(c, &made_of, v, "map: the function's result"))) {
			result_free(&made_of);
			return NULL;
		}
	}
	return made(c, e, &made_of);
}

const struct val *table_top(struct call *c)
{
	const struct result *t = self_table(c);
	struct result made_of = { 0 };
	int64_t n;
	if (!arg_count(c, 0, "n", &n))
		return NULL;
	enum err e = table_head(t, &made_of);
	for (size_t r = 0; r < t->nrows && (int64_t)r < n && e == OK; r++)
		e = table_copy_row(t, r, &made_of);
	return made(c, e, &made_of);
}

const struct val *table_append(struct call *c)
{
	struct result *t = self_table(c);
	const struct result *other = arg_table(c, 0, "other");
	if (!other)
		return NULL;
	if (t->ncols != other->ncols)
		return throw_range(c->e, "append: other: has %zu columns, this has %zu", other->ncols, t->ncols);
	for (size_t i = 0; i < t->ncols; i++)
		if (!t->col[i].num != !other->col[i].num || (t->col[i].type == T_TIME) != (other->col[i].type == T_TIME))
			return throw_type(c->e, "append: other: column %zu is %s there, %s here", i, type_name(other->col[i].type),
					  type_name(t->col[i].type));
	size_t n = other->nrows; /* it may be this table itself */
	enum err e = OK;
	for (size_t r = 0; r < n && e == OK; r++)
		e = table_copy_row(other, r, t);
	t->rest = false;
	return e == OK ? c->self : throw_err(c->e, e, "append");
}

/* -- numbers of a column -------------------------------------------------------------------------------- */

/* The last of a method's arguments to be read: the pointer holds until script code runs again. */
static struct table_col *number_column(struct call *c, struct result *t)
{
	size_t col;
	if (!arg_column(c, 0, "column", t, &col))
		return NULL;
	if (!t->col[col].num || t->col[col].type == T_TIME) {
		throw_type(c->e, "%s: column: \"%.100s\" is %s, not numbers", call_name(c), t->col[col].name,
			   type_name(t->col[col].type));
		return NULL;
	}
	return &t->col[col];
}

const struct val *table_scale(struct call *c)
{
	struct result *t = self_table(c);
	double factor;
	if (!arg_number(c, 1, "factor", &factor))
		return NULL;
	struct table_col *col = number_column(c, t);
	if (!col)
		return NULL;
	if (factor != floor(factor) || factor < 0)
		col->type = T_REAL;
	for (size_t r = 0; r < t->nrows; r++)
		col->num[r] *= factor;
	return c->self;
}

const struct val *table_total(struct call *c)
{
	const struct result *t = self_table(c);
	const struct table_col *col = number_column(c, self_table(c));
	if (!col)
		return NULL;
	double sum = 0;
	for (size_t r = 0; r < t->nrows; r++)
		if (!isnan(col->num[r]))
			sum += col->num[r];
	return val_number(c->e, sum);
}

static int by_value(const void *a, const void *b)
{
	double x, y;
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

const struct val *table_percentile(struct call *c)
{
	const struct result *t = self_table(c);
	double p;
	if (!arg_number(c, 1, "p", &p))
		return NULL;
	const struct table_col *col = number_column(c, self_table(c));
	if (!col)
		return NULL;
	if (p < 0 || p > 100)
		return throw_range(c->e, "percentile: p: %g is not in 0..100", p);
	double *v = mem_array(NULL, t->nrows ? t->nrows : 1, sizeof(*v));
	if (!v)
		return throw_err(c->e, E_NOMEM, "percentile");
	size_t n = 0;
	for (size_t r = 0; r < t->nrows; r++)
		if (!isnan(col->num[r]))
			v[n++] = col->num[r];
	qsort(v, n, sizeof(*v), by_value);
	size_t rank = (size_t)ceil(p / 100 * (double)n);
	const struct val *ret = n ? val_number(c->e, v[rank ? rank - 1 : 0]) : val_null(c->e);
	mem_free(v);
	return ret;
}

/* -- pivot and join ---------------------------------------------------------------------------------------- */

static const struct val *pivot(struct call *c, const char *first, bool time)
{
	const struct result *t = self_table(c);
	struct result ret = { 0 };
	size_t row, key, value;
	if (!arg_column(c, 0, first, t, &row) || !arg_column(c, 1, "keyColumn", t, &key) ||
	    !arg_column(c, 2, "valueColumn", t, &value))
		return NULL;
	if (row >= t->ncols || key >= t->ncols) /* a later name's toString() took columns away */
		return throw_range(c->e, "%s: the table was changed while it was read", call_name(c));
	if (time && t->col[row].type != T_TIME)
		return throw_type(c->e, "pivotTime: timeColumn: \"%.100s\" is %s, not times", t->col[row].name,
				  type_name(t->col[row].type));
	enum err e = result_pivot(t, row, key, value, &ret);
	return made(c, e, &ret);
}

const struct val *table_pivot(struct call *c)
{
	return pivot(c, "rowColumn", false);
}

const struct val *table_pivot_time(struct call *c)
{
	return pivot(c, "timeColumn", true);
}

/* What a cell is looked up by. */
static void key_of(const struct result *t, size_t r, size_t col, struct buf *out)
{
	buf_reset(out);
	if (t->col[col].num)
		buf_printf(out, "%.17g", t->col[col].num[r]);
	else if (t->col[col].text[r])
		buf_text(out, t->col[col].text[r]);
}

static enum err index_rows(const struct result *t, size_t col, struct map *m)
{
	struct buf key = { 0 };
	enum err e = OK;
	for (size_t r = 0; r < t->nrows && e == OK; r++) {
		struct map_entry *entry;
		bool fresh;
		key_of(t, r, col, &key);
		e = map_put(m, key.data, key.len, &entry, &fresh);
		if (e == OK && fresh)
			entry->num = r + 1;
	}
	buf_free(&key);
	return e;
}

/* The other's cells beside row r of ret; nulls where it has no such key. */
static enum err join_row(const struct result *other, size_t from, size_t key_col, struct result *ret, size_t r, size_t first)
{
	enum err e = OK;
	for (size_t c = 0; c < other->ncols && e == OK; c++)
		if (c != key_col)
			e = copy_cell(other, from, c, ret, r, first + c - (c > key_col));
	return e;
}

static enum err join(const struct result *t, size_t key_here, const struct result *other, size_t key_there,
		     struct result *ret)
{
	struct map index = { 0 };
	struct buf key = { 0 };
	enum err e = table_head(t, ret);
	for (size_t c = 0; c < other->ncols && e == OK; c++)
		if (c != key_there)
			e = result_add_col(ret, other->col[c].name, other->col[c].type, other->col[c].unit);
	if (e == OK)
		e = index_rows(other, key_there, &index);
	for (size_t r = 0; r < t->nrows && e == OK; r++) {
		e = table_copy_row(t, r, ret);
		key_of(t, r, key_here, &key);
		const struct map_entry *hit = map_get(&index, key.data, key.len);
		if (e == OK && hit)
			e = join_row(other, (size_t)hit->num - 1, key_there, ret, r, t->ncols);
	}
	map_free(&index);
	buf_free(&key);
	return e;
}

const struct val *table_join(struct call *c)
{
	const struct result *t = self_table(c), *other = arg_table(c, 0, "other");
	struct result ret = { 0 };
	size_t here, there;
	if (!other || !arg_column(c, 1, "keyColumn", t, &here))
		return NULL;
	int same = result_find_col(other, t->col[here].name);
	if (same < 0)
		return throw_range(c->e, "join: keyColumn: the other table has no column \"%.100s\"", t->col[here].name);
	there = (size_t)same;
	enum err e = join(t, here, other, there, &ret);
	return made(c, e, &ret);
}
