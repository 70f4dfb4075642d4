/* Runs tests/text/filter/NAME.t and prints TAP.  Cases are separated by blank lines:
 *
 *	# a comment
 *	@customer                  the asker is a customer: staff fields do not exist (for all cases below)
 *	@staff                     back again
 *	@param target=192.0.2.7    $target, for all cases below
 *	@iface 10.0.0.1>Gi0/1=5    an ifName the caller knows
 *
 *	FILTER                     "-" alone: the empty filter
 *	RECORD                     field=value field="a b" ..., after "ifcounters:" in that view; "-" for an error
 *	VERDICT                    match | no match | error at N: TEXT
 *	prints TEXT                may be left out
 *
 * A field that the record leaves out is zero, as in a stored row; a field named twice has two values.
 * Each filter that parses is printed, parsed again and printed again: both prints must be equal. */
#include "filter/filter.h"

#include "base/file.h"
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_VALUES = 64 };

struct record {
	struct {
		const struct field *field;
		struct value value;
	} at[MAX_VALUES];
	size_t n;
};

struct asker {
	struct map params, ifaces;
	bool staff;
};

struct run {
	const char *path;
	struct asker asker;
	size_t line, tests;
	bool failed;
};

static void bad_file(const struct run *r, const char *why)
{
	printf("Bail out! %s:%zu: %s\n", r->path, r->line, why);
	exit(1);
}

/* -- the asker -- */

static bool find_iface(void *arg, const struct addr *agent, const char *name, size_t len,
		       uint32_t *ret)
{
	const struct asker *a = arg;
	char key[256], text[ADDR_TEXT];
	snprintf(key, sizeof(key), "%s>%.*s", addr_format(agent, text), (int)len, name);
	const struct map_entry *e = map_get_str(&a->ifaces, key);
	if (e)
		*ret = (uint32_t)e->num;
	return e != NULL;
}

static const char *find_param(void *arg, const char *name, size_t len)
{
	const struct asker *a = arg;
	const struct map_entry *e = map_get(&a->params, name, len);
	return e ? e->ptr : NULL;
}

static void set_asker(struct run *r, const char *line)
{
	const char *arg = strchr(line, ' '), *eq = arg ? strrchr(arg, '=') : NULL;
	struct map_entry *e;
	bool fresh;
	if (STREQ(line, "@customer") || STREQ(line, "@staff")) {
		r->asker.staff = line[1] == 's';
	} else if (strncmp(line, "@param ", 7) == 0 && (eq = strchr(arg, '='))) {
		if (map_put(&r->asker.params, arg + 1, (size_t)(eq - arg - 1), &e, &fresh) != OK)
			bad_file(r, "out of memory");
		free(e->ptr);
		e->ptr = strdup(eq + 1);
	} else if (strncmp(line, "@iface ", 7) == 0 && eq) {
		if (map_put(&r->asker.ifaces, arg + 1, (size_t)(eq - arg - 1), &e, &fresh) != OK)
			bad_file(r, "out of memory");
		e->num = strtoul(eq + 1, NULL, 10);
	} else {
		bad_file(r, "no such @ line");
	}
}

/* -- records -- */

static bool port_value(const char *s, size_t len, struct value *v)
{
	const char *colon = memchr(s, ':', len);
	return colon && protocol_parse(s, (size_t)(colon - s), &v->proto) &&
	       uint_parse(colon + 1, len - (size_t)(colon + 1 - s), &v->num);
}

static bool icmp_value(const char *s, struct value *v)
{
	unsigned type, code;
	if (sscanf(s, "%u.%u", &type, &code) != 2)
		return false;
	v->num = type << 8 | code;
	return true;
}

static bool small_value(const char *s, size_t len, struct value *v)
{
	uint8_t num = 0;
	uint16_t flags = 0;
	bool good = v->type == T_PROTOCOL    ? protocol_parse(s, len, &num)
		    : v->type == T_EXPORT    ? export_parse(s, len, &num)
		    : v->type == T_DIRECTION ? direction_parse(s, len, &num)
		    : v->type == T_DUPLEX    ? duplex_parse(s, len, &num)
					  : v->type == T_TCPFLAGS && tcpflags_parse(s, len, &flags);
	v->num = v->type == T_TCPFLAGS ? flags : num;
	return good;
}

static bool value_of(const char *s, size_t len, struct value *v)
{
	uint32_t index;
	switch (v->type) {
	case T_UINT:
	case T_HEX16:
		return uint_parse(s, len, &v->num);
	case T_REAL:
		v->real = atof(s);
		return true;
	case T_TIME:
		v->num = (uint64_t)(strtod(s, NULL) * 1000 + 0.5) * 1000;
		return true;
	case T_TEXT:
		v->text = s;
		v->text_len = len;
		return true;
	case T_ADDR:
		return addr_parse(s, len, &v->addr);
	case T_MAC:
		return mac_parse(s, len, &v->num);
	case T_IFACE:
		if (!iface_parse(s, len, &v->addr, &index))
			return false;
		v->num = index;
		return true;
	case T_PORT:
		return port_value(s, len, v);
	case T_ICMP:
		return icmp_value(s, v);
	case T_PROTOCOL:
	case T_TCPFLAGS:
	case T_EXPORT:
	case T_DIRECTION:
	case T_DUPLEX:
		return small_value(s, len, v);
	case T_TYPES:
		break;
	}
	return false;
}

/* Cuts the line into values; they point into it. */
static void record_read(struct run *r, char *s, const struct view *view, struct record *ret)
{
	for (ret->n = 0; *(s += strspn(s, " "));) {
		char *eq = strchr(s, '=');
		const struct field *f = eq ? field_find(view, s, (size_t)(eq - s)) : NULL;
		if (!f || ret->n == MAX_VALUES)
			bad_file(r, "no such field in the record");
		char *text = eq + 1, *end = strchr(text, ' ');
		if (*text == '"')
			end = strchr(++text, '"');
		if (end)
			*end = 0;
		struct value v = { .type = f->type };
		if (!value_of(text, strlen(text), &v))
			bad_file(r, "not a value of that field in the record");
		ret->at[ret->n].field = f;
		ret->at[ret->n++].value = v;
		s = end ? end + 1 : text + strlen(text);
	}
}

static size_t record_get(void *arg, const struct field *f, struct value ret[static 2])
{
	const struct record *rec = arg;
	size_t n = 0;
	for (size_t i = 0; i < rec->n && n < 2; i++)
		if (rec->at[i].field == f)
			ret[n++] = rec->at[i].value;
	if (!n)
		ret[n++] = (struct value){ .type = f->type, .null = f->type == T_TEXT || f->type == T_ADDR };
	return n;
}

/* -- cases -- */

static void parse_again(const struct view *view, const struct filter_names *names,
			const char *printed, struct buf *verdict)
{
	struct arena a = { 0 };
	struct buf again = { 0 };
	struct problem why;
	const struct filter *f;
	if (filter_parse(printed, strlen(printed), view, names, NULL, &a, &f, &why) != OK) {
		buf_printf(verdict, "\nwhat it prints is refused: error at %zu: %s: %s", why.pos,
			   why.text, printed);
	} else {
		filter_print(f, &again);
		if (!STREQ(buf_str(&again), printed))
			buf_printf(verdict, "\nprints %s and then %s", printed, buf_str(&again));
		filter_done(f);
	}
	buf_free(&again);
	arena_free(&a);
}

static void verdict_of(struct run *r, const char *text, char *record, bool print, struct buf *out)
{
	struct filter_names names = { &r->asker, find_iface, find_param, r->asker.staff, NULL };
	struct arena a = { 0 };
	struct problem why;
	struct buf printed = { 0 };
	struct record rec;
	const struct filter *f;
	const char *view_name = strncmp(record, "ifcounters:", 11) == 0 ? "ifcounters" : "traffic";
	const struct view *view = view_find(view_name, strlen(view_name));
	if (STREQ(text, "-"))
		text = "";
	if (*view_name == 'i')
		record += 11;
	record += strspn(record, " ");
	if (filter_parse(text, strlen(text), view, &names, NULL, &a, &f, &why) != OK) {
		buf_printf(out, "error at %zu: %s", why.pos, why.text);
	} else {
		record_read(r, STREQ(record, "-") ? record + 1 : record, view, &rec);
		buf_text(out, filter_match(f, record_get, &rec) ? "match" : "no match");
		filter_print(f, &printed);
		if (print)
			buf_printf(out, "\nprints %s", buf_str(&printed));
		parse_again(view, &names, buf_str(&printed), out);
		filter_done(f);
	}
	buf_free(&printed);
	arena_free(&a);
}

static void case_run(struct run *r, char *lines[], size_t n)
{
	struct buf want = { 0 }, got = { 0 };
	if (n < 3 || n > 4)
		bad_file(r, "a case has three or four lines");
	buf_text(&want, lines[2]);
	if (n == 4)
		buf_printf(&want, "\n%s", lines[3]);
	verdict_of(r, lines[0], lines[1], n == 4, &got);
	bool good = STREQ(buf_str(&want), buf_str(&got));
	printf("%s %zu - line %zu: %s\n", good ? "ok" : "not ok", ++r->tests, r->line, lines[0]);
	if (!good)
		printf("# wanted: %s\n# got:    %s\n", buf_str(&want), buf_str(&got));
	r->failed |= !good;
	buf_free(&want);
	buf_free(&got);
}

int main(int argc, char **argv)
{
	struct run r = { .path = argc > 1 ? argv[1] : "", .asker.staff = true };
	struct buf file = { 0 };
	char *lines[8];
	size_t n = 0, line = 0;
	if (argc != 2 || file_read(argv[1], &file) != OK) {
		printf("Bail out! cannot read %s\n", r.path);
		return 1;
	}
	buf_text(&file, "\n\n");
	buf_u8(&file, 0);
	for (char *s = (char *)file.data, *next; *s; s = next) {
		char *end = strchr(s, '\n');
		*end = 0;
		next = end + 1;
		line++;
		if (*s == '#')
			continue;
		if (*s == '@' && !n) {
			r.line = line;
			set_asker(&r, s);
		} else if (*s && n < COUNT_OF(lines)) {
			r.line = n ? r.line : line;
			lines[n++] = s;
		} else if (!*s && n) {
			case_run(&r, lines, n);
			n = 0;
		}
	}
	printf("1..%zu\n", r.tests);
	for (size_t i = 0; i < r.asker.params.n; i++)
		free(r.asker.params.at[i].ptr);
	map_free(&r.asker.params);
	map_free(&r.asker.ifaces);
	buf_free(&file);
	return r.failed;
}
