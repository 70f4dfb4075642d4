/* The Table's memory, order and pivot (table.h).  Cells of number columns are doubles, NAN when
 * null; text cells are strings of their own.  All columns have room for cap_rows.
 *
 * Every byte is counted in `bytes` before it is asked for, so that the ceiling holds whatever a
 * script does.  Text and code forms: table_text.c, table_code.c. */
#include "query/table.h"

#include "base/map.h"
#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_CEILING ((size_t)512 << 20)
enum { MAX_COLS = 20000, TEXT_COST = 16 /* what the heap adds to a string */ };

static enum err account(struct result *t, size_t bytes)
{
	size_t ceiling = t->ceiling ? t->ceiling : DEFAULT_CEILING;
	if (t->bytes > ceiling || bytes > ceiling - t->bytes)
		return E_LIMIT;
	t->bytes += bytes;
	return OK;
}

static void give_back(struct result *t, size_t bytes)
{
	assert(t->bytes >= bytes);
	t->bytes -= bytes;
}

static size_t text_cost(const char *s)
{
	return s ? strlen(s) + 1 + TEXT_COST : 0;
}

static void free_col(struct result *t, struct table_col *c)
{
	size_t bytes = sizeof(*c) + text_cost(c->name) + t->cap_rows * sizeof(double);
	for (size_t r = 0; c->text && r < t->nrows; r++) {
		bytes += text_cost(c->text[r]);
		mem_free(c->text[r]);
	}
	mem_free(c->text);
	mem_free(c->num);
	mem_free(c->name);
	give_back(t, bytes);
}

void result_free(struct result *t)
{
	size_t ceiling = t->ceiling;
	for (size_t c = 0; c < t->ncols; c++)
		free_col(t, &t->col[c]);
	mem_free(t->col);
	mem_free(t->incomplete);
	*t = (struct result){ .ceiling = ceiling };
}

static void set_null(struct table_col *c, size_t from, size_t to)
{
	for (size_t r = from; r < to; r++)
		if (c->num)
			c->num[r] = NAN;
		else
			c->text[r] = NULL;
}

enum err result_add_col(struct result *t, const char *name, enum field_type type, enum unit unit)
{
	if (t->ncols == MAX_COLS)
		return E_LIMIT;
	size_t bytes = sizeof(*t->col) + text_cost(name) + t->cap_rows * sizeof(double);
	if (account(t, bytes) != OK)
		return E_LIMIT;
	struct table_col *cols = mem_array(t->col, t->ncols + 1, sizeof(*cols));
	if (cols)
		t->col = cols;
	struct table_col c = { .name = mem_strdup(name), .type = type, .unit = unit };
	void *cells = mem_new0(MAX(t->cap_rows, (size_t)1), sizeof(double));
	if (!cols || !c.name || !cells) {
		mem_free(c.name);
		mem_free(cells);
		give_back(t, bytes);
		return E_NOMEM;
	}
	if (type_is_number(type))
		c.num = cells;
	else
		c.text = cells;
	set_null(&c, 0, t->nrows);
	t->col[t->ncols++] = c;
	return OK;
}

enum err result_reserve(struct result *t, size_t rows)
{
	size_t bytes;
	if (rows <= t->cap_rows)
		return OK;
	if (__builtin_mul_overflow(rows - t->cap_rows, t->ncols * sizeof(double), &bytes) ||
	    account(t, bytes) != OK)
		return E_LIMIT;
	for (size_t c = 0; c < t->ncols; c++) {
		struct table_col *col = &t->col[c];
		void *cells = mem_array(col->num ? (void *)col->num : (void *)col->text, rows, sizeof(double));
		if (!cells) { /* columns that grew keep their room; cap_rows tells the smallest */
			give_back(t, bytes);
			return E_NOMEM;
		}
		if (col->num)
			col->num = cells;
		else
			col->text = cells;
	}
	t->cap_rows = rows;
	return OK;
}

enum err result_add_row(struct result *t, size_t *ret_row)
{
	if (t->nrows == t->cap_rows) {
		enum err err = result_reserve(t, t->cap_rows ? t->cap_rows * 2 : 16);
		if (err == E_LIMIT) /* near the ceiling grow in small steps */
			err = result_reserve(t, t->cap_rows + 16);
		if (err != OK)
			return err;
	}
	for (size_t c = 0; c < t->ncols; c++)
		set_null(&t->col[c], t->nrows, t->nrows + 1);
	*ret_row = t->nrows++;
	return OK;
}

/* A zero byte ends the text; s = NULL sets null. */
enum err result_set_text(struct result *t, size_t row, size_t col, const char *s, size_t len)
{
	assert(row < t->nrows && col < t->ncols && t->col[col].text);
	char **cell = &t->col[col].text[row];
	char *copy = NULL;
	if (s) {
		len = strnlen(s, len);
		if (account(t, len + 1 + TEXT_COST) != OK)
			return E_LIMIT;
		copy = mem_strndup(s, len);
		if (!copy) {
			give_back(t, len + 1 + TEXT_COST);
			return E_NOMEM;
		}
	}
	give_back(t, text_cost(*cell));
	mem_free(*cell);
	*cell = copy;
	return OK;
}

void result_set_num(struct result *t, size_t row, size_t col, double v)
{
	assert(row < t->nrows && col < t->ncols && t->col[col].num);
	t->col[col].num[row] = v;
}

enum err result_remove_col(struct result *t, size_t col)
{
	if (col >= t->ncols)
		return E_RANGE;
	free_col(t, &t->col[col]);
	memmove(&t->col[col], &t->col[col + 1], (t->ncols - col - 1) * sizeof(*t->col));
	t->ncols--;
	return OK;
}

int result_find_col(const struct result *t, const char *name)
{
	for (size_t c = 0; c < t->ncols; c++)
		if (STREQ(t->col[c].name, name))
			return (int)c;
	return -1;
}

/* -- order ------------------------------------------------------------------------------ */

struct order {
	const struct table_col *col;
	bool descending;
};

static bool is_null(const struct table_col *c, size_t row)
{
	return c->num ? isnan(c->num[row]) : !c->text[row];
}

/* Free text by bytes; addresses, ports and interfaces by the numbers in them. */
static int compare_text(enum field_type type, const char *a, const char *b)
{
	return type == T_TEXT ? strcmp(a, b) : strverscmp(a, b);
}

static int compare_rows(const void *pa, const void *pb, void *arg)
{
	const struct order *o = arg;
	size_t a = *(const size_t *)pa, b = *(const size_t *)pb;
	bool na = is_null(o->col, a), nb = is_null(o->col, b);
	int d = 0;
	if (na || nb)
		d = (int)na - (int)nb;
	else if (o->col->num)
		d = (o->col->num[a] > o->col->num[b]) - (o->col->num[a] < o->col->num[b]);
	else
		d = compare_text(o->col->type, o->col->text[a], o->col->text[b]);
	if (d && o->descending && !na && !nb)
		d = -d;
	return d ? d : (a > b) - (a < b); /* stable */
}

/* The rest row of a topN stays last. */
enum err result_sort(struct result *t, size_t col, bool descending)
{
	if (col >= t->ncols)
		return E_RANGE;
	size_t n = t->nrows - (t->rest && !t->bucket && t->nrows);
	if (n < 2)
		return OK;
	size_t *at = mem_array(NULL, n, sizeof(*at));
	uint64_t *moved = mem_array(NULL, n, sizeof(*moved)); /* doubles and pointers alike */
	if (!at || !moved) {
		mem_free(at);
		mem_free(moved);
		return E_NOMEM;
	}
	for (size_t r = 0; r < n; r++)
		at[r] = r;
	struct order o = { &t->col[col], descending };
	qsort_r(at, n, sizeof(*at), compare_rows, &o);
	for (size_t c = 0; c < t->ncols; c++) {
		void *cells = t->col[c].num ? (void *)t->col[c].num : (void *)t->col[c].text;
		for (size_t r = 0; r < n; r++)
			memcpy(&moved[r], (char *)cells + at[r] * sizeof(*moved), sizeof(*moved));
		memcpy(cells, moved, n * sizeof(*moved));
	}
	mem_free(at);
	mem_free(moved);
	return OK;
}

/* -- pivot ------------------------------------------------------------------------------ */

static int compare_doubles(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;
	return (a > b) - (a < b);
}

/* A key's text: its own, or a number as JavaScript would write it. */
static const char *key_text(const struct result *t, size_t col, size_t row, char buf[static 32])
{
	const struct table_col *c = &t->col[col];
	if (c->text)
		return c->text[row];
	if (isnan(c->num[row]))
		return NULL;
	snprintf(buf, 32, "%.15g", c->num[row]);
	return buf;
}

/* Row heads ascending for numbers and times, in order of appearance for text. */
static enum err pivot_rows(const struct result *t, size_t row_col, struct map *ret_rows, struct result *ret)
{
	const struct table_col *c = &t->col[row_col];
	size_t n = 0;
	if (c->num) {
		double *v = mem_array(NULL, MAX(t->nrows, (size_t)1), sizeof(*v));
		if (!v)
			return E_NOMEM;
		for (size_t r = 0; r < t->nrows; r++)
			if (!isnan(c->num[r]))
				v[n++] = c->num[r];
		qsort(v, n, sizeof(*v), compare_doubles);
		enum err err = OK;
		for (size_t i = 0; i < n && err == OK; i++) {
			struct map_entry *e;
			size_t row;
			if (i && v[i] == v[i - 1])
				continue;
			if ((err = result_add_row(ret, &row)) == OK) {
				result_set_num(ret, row, 0, v[i]);
				err = map_put(ret_rows, &v[i], sizeof(v[i]), &e, NULL);
			}
			if (err == OK)
				e->num = row;
		}
		mem_free(v);
		return err;
	}
	for (size_t r = 0; r < t->nrows; r++) {
		struct map_entry *e;
		bool fresh;
		if (!c->text[r])
			continue;
		enum err err = map_put_str(ret_rows, c->text[r], &e, &fresh);
		if (err == OK && fresh) {
			size_t row;
			if ((err = result_add_row(ret, &row)) == OK)
				err = result_set_text(ret, row, 0, c->text[r], SIZE_MAX);
			if (err == OK)
				e->num = row;
		}
		if (err != OK)
			return err;
	}
	return OK;
}

static const struct map_entry *pivot_row(const struct map *rows, const struct table_col *c, size_t r)
{
	if (c->text)
		return c->text[r] ? map_get_str(rows, c->text[r]) : NULL;
	return isnan(c->num[r]) ? NULL : map_get(rows, &c->num[r], sizeof(c->num[r]));
}

/* Numbers that meet in one cell are added up; of texts the first stays. */
static enum err pivot_cell(const struct table_col *from, size_t r, struct result *ret, size_t row, size_t col)
{
	const struct table_col *to = &ret->col[col];
	assert((from->num ? (void *)to->num : (void *)to->text) && "a column is made with its value's type");
	if (from->num) {
		double old = to->num[row];
		result_set_num(ret, row, col, isnan(old) ? from->num[r] : old + from->num[r]);
		return OK;
	}
	return to->text[row] ? OK : result_set_text(ret, row, col, from->text[r], SIZE_MAX);
}

static enum err pivot_values(const struct result *t, const size_t col[static 3], const struct map *rows,
			     struct map *keys, struct result *ret)
{
	const struct table_col *value = &t->col[col[2]];
	for (size_t r = 0; r < t->nrows; r++) {
		char buf[32];
		const char *key = key_text(t, col[1], r, buf);
		const struct map_entry *row = pivot_row(rows, &t->col[col[0]], r);
		struct map_entry *e;
		bool fresh;
		if (!key && (is_null(value, r) || (value->num && value->num[r] == 0)))
			continue; /* a bucket of nothing: its time is there, no key is */
		if (!key)
			key = t->rest ? "rest" : "";
		enum err err = map_put_str(keys, key, &e, &fresh);
		if (err == OK && fresh) {
			e->num = ret->ncols;
			err = result_add_col(ret, key, value->type, value->unit);
		}
		if (err == OK && row && !is_null(value, r))
			err = pivot_cell(value, r, ret, row->num, e->num);
		if (err != OK)
			return err;
	}
	return OK;
}

enum err result_pivot(const struct result *t, size_t row_col, size_t key_col, size_t value_col, struct result *ret)
{
	if (row_col >= t->ncols || key_col >= t->ncols || value_col >= t->ncols)
		return E_RANGE;
	struct result p = { .span = t->span, .bucket = t->bucket, .ceiling = t->ceiling,
			    .overlapping = t->overlapping, .approximate = t->approximate, .folded = t->folded };
	struct map rows = { 0 }, keys = { 0 };
	const struct table_col *head = &t->col[row_col];
	const size_t col[3] = { row_col, key_col, value_col };
	memcpy(p.zone, t->zone, sizeof(p.zone));
	memcpy(p.dedup, t->dedup, sizeof(p.dedup));
	enum err err = result_add_col(&p, head->name, head->type, head->unit);
	if (err == OK && t->nincomplete) {
		p.incomplete = mem_array(NULL, t->nincomplete, sizeof(*p.incomplete));
		if (!p.incomplete)
			err = E_NOMEM;
		else
			memcpy(p.incomplete, t->incomplete, t->nincomplete * sizeof(*p.incomplete));
		p.nincomplete = p.incomplete ? t->nincomplete : 0;
	}
	if (err == OK)
		err = pivot_rows(t, row_col, &rows, &p);
	if (err == OK)
		err = pivot_values(t, col, &rows, &keys, &p);
	map_free(&rows);
	map_free(&keys);
	if (err != OK) {
		result_free(&p);
		return err;
	}
	*ret = p;
	return OK;
}
