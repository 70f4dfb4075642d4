#include "app/export_schema.h"

#include <stdio.h>

/* What a column of each kind is called, as the CSV of `weir export` is read; tail: behind the columns. */
struct dialect {
	const char *name;
	const char *number, *real, *time, *text;
	const char *tail, *tail_timed; /* timed: rows have their time */
};

static const struct dialect dialects[] = {
	{ "sqlite", "INTEGER", "REAL", "TEXT", "TEXT", "", "" },
	{ "duckdb", "HUGEINT", "DOUBLE", "TIMESTAMPTZ", "VARCHAR", "", "" },
	{ "clickhouse", "Nullable(UInt64)", "Nullable(Float64)", "Nullable(DateTime64(3, 'UTC'))", "Nullable(String)",
	  " ENGINE = MergeTree ORDER BY tuple()", " ENGINE = MergeTree ORDER BY \"time\"" },
};

const struct dialect *dialect_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(dialects); i++)
		if (STREQ(dialects[i].name, name))
			return &dialects[i];
	return NULL;
}

const char *dialect_names(void)
{
	return "sqlite, duckdb or clickhouse";
}

static const char *type_of(const struct dialect *d, const struct table_col *c, bool its_time)
{
	if (c->type == T_TIME && its_time && *d->tail_timed)
		return "DateTime64(3, 'UTC')"; /* what rows are sorted by is not null */
	return c->type == T_TIME ? d->time : c->type == T_REAL ? d->real : c->type == T_UINT ? d->number : d->text;
}

static void put_name(const char *name, struct buf *out)
{
	buf_u8(out, '"');
	for (const char *p = name; *p; p++) {
		if (*p == '"')
			buf_u8(out, '"');
		buf_u8(out, (uint8_t)*p);
	}
	buf_u8(out, '"');
}

/* What it is and its unit; a column that is made of others is what it is called. */
static void put_comment(const struct view *v, const struct table_col *c, struct buf *out)
{
	const struct field *f = field_find(v, c->name, strlen(c->name));
	const char *unit = unit_name(c->unit);
	buf_printf(out, " /* %s", f ? f->help : "computed");
	if (*unit)
		buf_printf(out, " [%s]", unit);
	buf_text(out, " */");
}

void schema_put(const struct dialect *d, const struct view *v, const struct result *t, struct buf *out)
{
	bool timed = false;
	buf_text(out, "CREATE TABLE ");
	put_name(v->name, out);
	buf_printf(out, " ( /* %s */\n", v->help);
	for (size_t c = 0; c < t->ncols; c++) {
		const bool its_time = STREQ(t->col[c].name, "time");
		timed |= its_time;
		buf_u8(out, '\t');
		put_name(t->col[c].name, out);
		buf_printf(out, " %s%s", type_of(d, &t->col[c], its_time), c + 1 < t->ncols ? "," : "");
		put_comment(v, &t->col[c], out);
		buf_u8(out, '\n');
	}
	buf_printf(out, ")%s;\n", timed ? d->tail_timed : d->tail);
}
