/* What the host classes share: reading arguments, and making values.  Each bind_*.c holds one class or
 * group of functions, as rows that are documentation too (script_api).
 *
 * Readers of arguments throw a TypeError that names the argument and says what would be right:
 * "Table.cell: row: 12 is not one of the rows 0..9".  They return false then; the caller returns NULL. */
#pragma once
#include "script/worker.h"

#include "chart/chart.h"

/* -- classes and functions ------------------------------------------------------------------------- */
extern const struct host_class query_class, table_class, network_class, chart_class, picture_class, report_class, snmp_class,
	events_class;
extern const struct host_fn output_functions[], mail_functions[], format_functions[], console_functions[];

/* -- arguments ------------------------------------------------------------------------------------------ */

/* The n-th argument; undefined when it was not given. */
const struct val *arg(struct call *c, size_t i);
bool arg_given(struct call *c, size_t i); /* neither undefined nor null */

/* As a string owned by the caller (mem_free); numbers, XML and arrays convert as JavaScript does.
 * A zero character inside is refused. */
bool arg_text(struct call *c, size_t i, const char *name, const char *right, char **ret);
bool arg_filled(struct call *c, size_t i, const char *name, const char *right, char **ret); /* nor empty */
bool arg_text_or_null(struct call *c, size_t i, const char *name, char **ret); /* NULL when not given */
bool arg_number(struct call *c, size_t i, const char *name, double *ret);
bool arg_number_or(struct call *c, size_t i, const char *name, double otherwise, double *ret);
bool arg_count(struct call *c, size_t i, const char *name, int64_t *ret); /* a whole number, 0 or more */
bool arg_flag_or(struct call *c, size_t i, bool otherwise);
bool arg_function(struct call *c, size_t i, const char *name);
bool arg_array(struct call *c, size_t i, const char *name, size_t *ret_len);
struct result *arg_table(struct call *c, size_t i, const char *name); /* NULL: thrown */
/* A column by index or name, a row by index. */
bool arg_column(struct call *c, size_t i, const char *name, const struct result *t, size_t *ret);
bool arg_row(struct call *c, size_t i, const char *name, const struct result *t, size_t *ret);

/* The same for a value that is no argument: `what` is how the message names it. */
char *text_of(struct engine *e, const char *what, const struct val *v); /* NULL: thrown */
bool number_of(struct engine *e, const char *what, const struct val *v, double *ret);
bool convertible(struct engine *e, const char *what, const struct val *v); /* no symbol, no function */
bool column_of(struct engine *e, const char *what, const struct val *v, const struct result *t, size_t *ret);
bool given(struct engine *e, const struct val *v);

const char *call_name(const struct call *c); /* "topN", for messages */

/* -- values --------------------------------------------------------------------------------------------- */

const struct val *val_text(struct engine *e, const char *s);           /* NULL gives null */
const struct val *val_date(struct engine *e, usec_t t);
const struct val *val_buf(struct engine *e, struct buf *b);            /* as a string; b is freed; thrown when bad */
/* Foreign text: UTF-8 (a byte order mark is dropped), else Latin-1. */
const struct val *val_foreign_text(struct engine *e, const void *data, size_t len);
const struct val *throw_err(struct engine *e, enum err err, const char *what); /* E_LIMIT, E_NOMEM: RangeError */

/* -- tables (bind_table.c) -------------------------------------------------------------------------------- */

/* A Table object that takes what *t holds (zeroed then); NULL: thrown. */
const struct val *table_object(struct engine *e, struct result *t);
/* bind_stream.c: f(row, table) for each row.  False: thrown. */
bool stream_rows(struct engine *e, const struct result *t, const struct val *f, const struct val *table);
struct result *table_of(struct engine *e, const struct val *v); /* NULL: not a Table */
const struct val *table_cell(struct engine *e, const struct result *t, size_t r, size_t c);
const struct val *table_row(struct engine *e, const struct result *t, size_t r); /* an array */
const struct val *table_column(struct engine *e, const struct result *t, size_t c);
bool table_set_cell(struct engine *e, struct result *t, size_t r, size_t c, const struct val *v);
/* Copies the head (names, types, units, range, flags), no rows. */
enum err table_head(const struct result *t, struct result *ret) _must_check_;
enum err table_copy_row(const struct result *from, size_t r, struct result *to) _must_check_;
/* bind_table_ops.c: methods that make another table or change many rows */
extern const struct host_fn table_methods[];
const struct val *table_add_column(struct call *c);
const struct val *table_remove_column(struct call *c);
const struct val *table_add_row(struct call *c);
const struct val *table_sort(struct call *c);
const struct val *table_filter(struct call *c);
const struct val *table_map(struct call *c);
const struct val *table_top(struct call *c);
const struct val *table_scale(struct call *c);
const struct val *table_total(struct call *c);
const struct val *table_percentile(struct call *c);
const struct val *table_pivot(struct call *c);
const struct val *table_pivot_time(struct call *c);
const struct val *table_join(struct call *c);
const struct val *table_append(struct call *c);
/* Column names changed: the array scripts were given is made anew. */
void table_renamed(struct call *c);

/* -- output ------------------------------------------------------------------------------------------------- */
bool output(struct worker *w, const void *data, size_t len);
/* What printing or writing a value gives: bytes and pictures as they are, all else as text. */
bool printed(struct call *c, const struct val *v, struct buf *out);

/* -- pictures (bind_chart.c): what chart.png() gives: drawn when its bytes are needed ------------------------- */
struct picture {
	enum chart_format format;
	struct buf doc; /* chart_encode */
};
const struct val *picture_new(struct engine *e, enum chart_format format, struct buf *doc); /* takes doc; NULL: thrown */
struct picture *picture_of(struct engine *e, const struct val *v); /* NULL: not one */
bool picture_write(struct worker *w, const char *path, const struct picture *p); /* does not wait */
bool picture_bytes(struct engine *e, const struct picture *p, struct message *ret); /* waits for the drawing */
