#include "app/tables.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"

#include <errno.h>

enum { MOST_TABLES = 64, MOST_ROWS = 1000000 };
#define MOST_BYTES ((size_t)64 << 20)

struct one {
	const char *name;
	struct map rows; /* key -> text */
};

struct tables_set {
	struct arena arena;
	struct one *at;
	size_t n;
};

void tables_free(struct tables_set *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		map_free(&t->at[i].rows);
	mem_free(t->at);
	arena_free(&t->arena);
	mem_free(t);
}

static struct one *find(const struct tables_set *t, const char *name, size_t len)
{
	for (size_t i = 0; i < t->n; i++)
		if (strlen(t->at[i].name) == len && memcmp(t->at[i].name, name, len) == 0)
			return &t->at[i];
	return NULL;
}

/* The text of a column: without its quotes, a quote inside doubled.  NULL: a quote has no end. */
static const char *column(struct tables_set *t, const char **at, const char *end, enum err *err)
{
	const char *s = *at;
	struct buf b = { .ceiling = 65536 };
	bool quoted = s < end && *s == '"';
	for (s += quoted; s < end && (quoted || *s != ','); s++) {
		if (quoted && *s == '"' && (s + 1 == end || s[1] != '"'))
			break;
		s += quoted && *s == '"';
		buf_u8(&b, (uint8_t)*s);
	}
	bool whole = !quoted || s < end;
	s += quoted && whole;
	while (s < end && *s != ',')
		s++;
	*at = s < end ? s + 1 : end;
	const char *text = whole && !b.bad ? arena_strndup(&t->arena, buf_str(&b), b.len) : NULL;
	if (whole && !text)
		*err = E_NOMEM;
	buf_free(&b);
	return text;
}

static enum err read_line(struct tables_set *t, struct one *table, const char *s, const char *end, const char **bad)
{
	enum err err = OK;
	struct map_entry *e;
	bool fresh;
	const char *comma = s, *key = column(t, &comma, end, &err);
	const char *text = key && comma < end ? column(t, &comma, end, &err) : NULL;
	*bad = !text ? "two columns are wanted: key,text" : comma < end ? "more than two columns" : NULL;
	if (err != OK || *bad)
		return err;
	err = map_put_str(&table->rows, key, &e, &fresh);
	if (err == OK)
		e->ptr = (void *)(uintptr_t)text;
	if (err == OK && !fresh)
		*bad = "this key is here twice";
	return err;
}

static enum err read_rows(struct tables_set *t, struct one *table, const char *file, const struct buf *text, struct problem *why)
{
	const char *s = (const char *)text->data, *end = s + text->len;
	for (size_t line = 1; s < end; line++) {
		const char *stop = memchr(s, '\n', (size_t)(end - s)), *bad = NULL;
		const char *last = stop ? stop : end;
		const char *trim = last > s && last[-1] == '\r' ? last - 1 : last;
		enum err err = trim > s && *s != '#' ? read_line(t, table, s, trim, &bad) : OK;
		if (bad)
			return problem_set(why, E_SYNTAX, "%s:%zu: %s", file, line, bad);
		if (err != OK)
			return problem_set(why, err, "%s:%zu: %s", file, line, err_text(err));
		s = stop ? stop + 1 : end;
	}
	return OK;
}

static enum err load_one(struct tables_set *t, const char *spec, struct problem *why)
{
	_cleanup_(buf_free) struct buf text = { .ceiling = MOST_BYTES };
	const char *is = strchr(spec, '=');
	if (!is || is == spec || !is[1])
		return problem_set(why, E_SYNTAX, "tables: \"%.60s\": NAME=FILE is wanted", spec);
	if (find(t, spec, (size_t)(is - spec)))
		return problem_set(why, E_SYNTAX, "tables: \"%.*s\" is here twice", (int)MIN(is - spec, 60), spec);
	enum err err = file_read(is + 1, &text);
	if (err != OK)
		return problem_set(why, err, "%s: %s", is + 1, err == E_IO ? strerror(errno) : err_text(err));
	struct one *table = &t->at[t->n];
	table->rows.ceiling = MOST_ROWS;
	if (!(table->name = arena_strndup(&t->arena, spec, (size_t)(is - spec))))
		return E_NOMEM;
	t->n++;
	return text.len ? read_rows(t, table, is + 1, &text, why) : OK;
}

enum err tables_load(const char *const *spec, size_t n, struct tables_set **ret, struct problem *why)
{
	struct tables_set *t = mem_new0(1, sizeof(*t));
	if (n > MOST_TABLES)
		n = MOST_TABLES + 1;
	if (t)
		t->at = mem_new0(n + 1, sizeof(*t->at));
	enum err err = !t || !t->at ? E_NOMEM : n > MOST_TABLES ? problem_set(why, E_LIMIT, "tables: at most %d", MOST_TABLES) : OK;
	for (size_t i = 0; i < n && err == OK; i++)
		err = load_one(t, spec[i], why);
	if (err != OK) {
		tables_free(t);
		return err;
	}
	*ret = t;
	return OK;
}

const char *tables_text(void *arg, const char *table, const char *key, size_t len)
{
	const struct one *t = find(arg, table, strlen(table));
	if (!t || !key)
		return t ? "" : NULL;
	const struct map_entry *e = map_get(&t->rows, key, len);
	return e ? e->ptr : NULL;
}
