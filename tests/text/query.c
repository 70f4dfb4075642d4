/* Runs tests/text/query/NAME.t and prints TAP.  The first line of a file, "# KIND: ...", says what its
 * cases are; kinds[] below has a function for each.  Cases are separated by blank lines; lines that
 * begin with # are comments, and for all cases below them:
 *
 *	@now 2026-11-23T14:05:00+01:00
 *	@zone Europe/Zurich
 *
 * Cases of the kind "interval", the first line the question, the others the answer:
 *	interval TEXT              START .. END
 *	instant TEXT               TIME
 *	bucket TEXT of INTERVAL    LENGTH x N: FIRST EDGE .. LAST EDGE
 *	edges TEXT of INTERVAL     one edge a line
 *	manual FILE                "has all names": the file holds what interval_help() prints
 * or "error at N: TEXT".
 *
 * Cases of the kind "ask", a request and why there is no plan for it, or "a plan":
 *	top|trend|rows VIEW | SELECT | WHERE | INTERVAL | NAME=VALUE ...
 * where the parts behind VIEW may be left out, and NAME is sort, n, bucket, tz, or $ with a parameter's
 * name.  @customer: it is asked by one who owns 10.0.0.1>5; @staff: by the operator again. */
#include "query/query.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct run {
	const char *path;
	size_t line, tests;
	bool failed;
	usec_t now;
	const struct zone *zone;
	const struct scope *all, *own;
	bool customer;
};

static void bad_file(const struct run *r, const char *why)
{
	printf("Bail out! %s:%zu: %s\n", r->path, r->line, why);
	exit(1);
}

/* -- kind interval -- */

static void put_time(const struct run *r, usec_t t, struct buf *out)
{
	char text[40];
	buf_text(out, zone_iso(r->zone, t, text));
	if (t % USEC_PER_SEC)
		buf_printf(out, " and %lld us", (long long)(t % USEC_PER_SEC));
}

static void put_span(const struct run *r, usec_t start, usec_t end, struct buf *out)
{
	put_time(r, start, out);
	buf_text(out, " .. ");
	put_time(r, end, out);
}

static void put_bucket(const struct run *r, const struct bucket *b, const usec_t *edge, size_t n,
		       struct buf *out)
{
	static const char *const names[] = {
		[BUCKET_DAY] = "day", [BUCKET_WEEK] = "week", [BUCKET_MONTH] = "month"
	};
	if (b->kind == BUCKET_SECONDS)
		buf_printf(out, "%lld s", (long long)(b->length / USEC_PER_SEC));
	else
		buf_text(out, names[b->kind]);
	buf_printf(out, " x %zu: ", n);
	put_span(r, edge[0], edge[n], out);
}

static void run_bucket(struct run *r, char *text, bool edges, struct buf *out, struct problem *why)
{
	char *of = strstr(text, "of ");
	struct span span;
	struct bucket b;
	usec_t *edge;
	size_t n;
	if (!of)
		bad_file(r, "bucket TEXT of INTERVAL");
	*of = 0;
	if (interval_parse(of + 3, r->now, r->zone, &span, why) != OK ||
	    bucket_parse(text, span, &b, why) != OK) {
		buf_printf(out, "error at %zu: %s", why->pos, why->text);
		return;
	}
	enum err e = bucket_edges(&b, span, r->zone, &edge, &n);
	if (e != OK) {
		buf_text(out, err_text(e));
		return;
	}
	if (!edges)
		put_bucket(r, &b, edge, n, out);
	for (size_t i = 0; edges && i <= n; i++) {
		buf_text(out, i ? "\n" : "");
		put_time(r, edge[i], out);
	}
	mem_free(edge);
}

static void run_manual(const char *path, struct buf *out)
{
	struct buf manual = { 0 }, help = { 0 };
	if (file_read(path, &manual) != OK)
		buf_text(out, "cannot be read");
	interval_help(&help);
	buf_text(out, help.len && strstr(buf_str(&manual), buf_str(&help)) ? "has all names" : "lacks names");
	buf_free(&manual);
	buf_free(&help);
}

static void run_interval(struct run *r, char *question, struct buf *out)
{
	struct problem why = { .pos = 0 };
	struct span span;
	usec_t t;
	char *text = question + strcspn(question, " ");
	text += *text == ' ';
	if (strncmp(question, "interval", 8) == 0) {
		if (interval_parse(text, r->now, r->zone, &span, &why) == OK)
			put_span(r, span.start, span.end, out);
		else
			buf_printf(out, "error at %zu: %s", why.pos, why.text);
	} else if (strncmp(question, "instant", 7) == 0) {
		if (instant_parse(text, r->now, r->zone, &t, &why) == OK)
			put_time(r, t, out);
		else
			buf_printf(out, "error at %zu: %s", why.pos, why.text);
	} else if (strncmp(question, "bucket ", 7) == 0 || strncmp(question, "edges ", 6) == 0) {
		run_bucket(r, text, question[0] == 'e', out, &why);
	} else if (strncmp(question, "manual ", 7) == 0) {
		run_manual(text, out);
	} else {
		bad_file(r, "expected interval, instant, bucket, edges or manual");
	}
}

/* -- kind ask -- */

/* NAME=VALUE into the request; false: no such name. */
static bool set_option(struct request *rq, struct request_param *param, char *text)
{
	char *value = strchr(text, '=');
	if (!value)
		return false;
	*value++ = 0;
	if (STREQ(text, "sort"))
		rq->sort = value;
	else if (STREQ(text, "n"))
		rq->n = strtoll(value, NULL, 10);
	else if (STREQ(text, "bucket"))
		rq->bucket = value;
	else if (STREQ(text, "tz"))
		rq->tz = value;
	else if (*text == '$')
		param[rq->nparam++] = (struct request_param){ text + 1, value };
	else
		return false;
	return true;
}

static bool read_request(char *question, struct request *rq, struct request_param *param)
{
	static const char *const kinds_of[] = { [QUERY_TOPN] = "top ", [QUERY_TREND] = "trend ", [QUERY_ROWS] = "rows " };
	const char **part[] = { &rq->view, &rq->select, &rq->where, &rq->interval };
	size_t kind = 0, n = 0;
	while (kind < COUNT_OF(kinds_of) && strncmp(question, kinds_of[kind], strlen(kinds_of[kind])) != 0)
		kind++;
	if (kind == COUNT_OF(kinds_of))
		return false;
	rq->kind = (enum query_kind)kind;
	rq->param = param;
	for (char *at = question + strlen(kinds_of[kind]), *next; at; at = next, n++) {
		next = strstr(at, " | ");
		if (next) {
			*next = 0;
			next += 3;
		}
		if (n < COUNT_OF(part))
			*part[n] = at;
		else if (!set_option(rq, param, at))
			return false;
	}
	return true;
}

static void run_ask(struct run *r, char *question, struct buf *out)
{
	struct request_param param[8];
	struct request rq = { .kind = QUERY_TOPN };
	const struct query_env env = { .zone = r->zone, .now = r->now };
	struct problem why = { .pos = 0 };
	struct arena a = { 0 };
	struct plan *p = NULL;
	if (!read_request(question, &rq, param))
		bad_file(r, "expected top, trend or rows VIEW | SELECT | WHERE | INTERVAL | NAME=VALUE ...");
	enum err e = plan_make(&a, &env, r->customer ? r->own : r->all, &rq, &p, &why);
	buf_text(out, e == OK ? "a plan" : why.text);
	plan_free(p);
	arena_free(&a);
}

static const char mapping[] = "<customers><customer id=\"1001\"><port agent=\"10.0.0.1\" ifIndex=\"5\"/></customer></customers>";

static bool make_scopes(struct run *r)
{
	struct customers *c = NULL;
	struct problem why;
	bool made = scope_everything(&r->all) == OK &&
		    customers_parse(mapping, sizeof(mapping) - 1, "mapping.xml", r->zone, NULL, NULL, &c, &why) == OK &&
		    scope_customer(c, "1001", NULL, &r->own, &why) == OK;
	customers_free(c);
	return made;
}

/* -- files -- */

static const struct kind {
	const char *name;
	void (*run)(struct run *r, char *question, struct buf *out);
} kinds[] = {
	{ "interval", run_interval },
	{ "ask", run_ask },
};

static const struct kind *kind_of(const char *file)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strncmp(file, "# ", 2) == 0 &&
		    strncmp(file + 2, kinds[i].name, strlen(kinds[i].name)) == 0)
			return &kinds[i];
	return NULL;
}

static void set_at(struct run *r, const char *line)
{
	struct tm tm = { 0 };
	char sign;
	int hours, minutes;
	if (STREQ(line, "@customer") || STREQ(line, "@staff")) {
		r->customer = line[1] == 'c';
	} else if (strncmp(line, "@zone ", 6) == 0) {
		if (zone_find(line + 6, &r->zone) != OK)
			bad_file(r, "no such zone");
	} else if (sscanf(line, "@now %d-%d-%dT%d:%d:%d%c%d:%d", &tm.tm_year, &tm.tm_mon,
			  &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &sign, &hours,
			  &minutes) == 9) {
		tm.tm_year -= 1900;
		tm.tm_mon--;
		r->now = (timegm(&tm) - (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1)) *
			 USEC_PER_SEC;
	} else {
		bad_file(r, "expected @zone NAME, @customer, @staff or @now YYYY-MM-DDTHH:MM:SS+HH:MM");
	}
}

static void case_run(struct run *r, const struct kind *kind, char *question, struct buf *want)
{
	struct buf got = { 0 };
	char *shown = mem_strdup(question);
	if (!shown)
		bad_file(r, "out of memory");
	kind->run(r, question, &got);
	bool good = STREQ(buf_str(want), buf_str(&got));
	printf("%s %zu - line %zu: %s\n", good ? "ok" : "not ok", ++r->tests, r->line, shown);
	if (!good)
		printf("# wanted: %s\n# got:    %s\n", buf_str(want), buf_str(&got));
	r->failed |= !good;
	mem_free(shown);
	buf_free(&got);
}

int main(int argc, char **argv)
{
	struct run r = { .path = argc > 1 ? argv[1] : "" };
	struct buf file = { 0 }, want = { 0 };
	char *question = NULL;
	size_t line = 0;
	if (argc != 2 || file_read(argv[1], &file) != OK || zone_find("UTC", &r.zone) != OK)
		bad_file(&r, "cannot read");
	buf_text(&file, "\n\n");
	const struct kind *kind = kind_of(buf_str(&file));
	if (!make_scopes(&r))
		bad_file(&r, "the scopes cannot be made");
	if (!kind)
		bad_file(&r, "the first line must be \"# KIND: ...\"");
	for (char *s = (char *)file.data, *next; *s; s = next) {
		char *end = strchr(s, '\n');
		*end = 0;
		next = end + 1;
		line++;
		if (*s == '#')
			continue;
		if (*s == '@') {
			r.line = line;
			set_at(&r, s);
		} else if (*s && !question) {
			r.line = line;
			question = s;
		} else if (*s) {
			buf_printf(&want, "%s%s", want.len ? "\n" : "", s);
		} else if (question) {
			case_run(&r, kind, question, &want);
			question = NULL;
			buf_reset(&want);
		}
	}
	printf("1..%zu\n", r.tests);
	buf_free(&want);
	buf_free(&file);
	scope_free(r.all);
	scope_free(r.own);
	return r.failed;
}
