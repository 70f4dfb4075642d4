/* Query: what to ask, as text; run() sends it to the broker and makes Tables of the answer. */
#include "script/bind.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>

enum part { VIEW, SELECT, WHERE, INTERVAL, BUCKET, SORT, TZ, PARTS };

struct query {
	enum query_kind kind;
	char *part[PARTS];       /* NULL = left out */
	int64_t n;               /* 0 = left out */
	const struct val *params; /* an object; kept; NULL = none */
	const struct val *multi;  /* an array of queries; kept; NULL = none */
};

static void query_free(void *data)
{
	struct query *q = data;
	for (size_t i = 0; i < PARTS; i++)
		mem_free(q->part[i]);
	worker_drop(q->params);
	worker_drop(q->multi);
	mem_free(q);
}

static struct query *self_query(struct call *c)
{
	return c->data;
}

/* -- making -------------------------------------------------------------------------------------------- */

/* What the positional arguments of each kind are; N stands for the number. */
enum { N = PARTS, MAX_ARGS = 8 };

struct maker {
	enum query_kind kind;
	int part[MAX_ARGS];
	size_t n;
};

static const struct maker topn = { QUERY_TOPN, { VIEW, SELECT, WHERE, INTERVAL, SORT, N }, 6 };
static const struct maker trend = { QUERY_TREND, { VIEW, SELECT, WHERE, INTERVAL, BUCKET, SORT, N }, 7 };
static const struct maker rows = { QUERY_ROWS, { VIEW, SELECT, WHERE, INTERVAL, N }, 5 };

static const char *const part_names[PARTS + 1] = {
	[VIEW] = "view", [SELECT] = "select", [WHERE] = "where", [INTERVAL] = "interval",
	[BUCKET] = "bucket", [SORT] = "sort", [TZ] = "tz", [N] = "n",
};

static const char *const part_right[PARTS] = {
	[VIEW] = "a view's name like \"traffic\"",
	[SELECT] = "fields like \"ipsource,bytes\"",
	[WHERE] = "a filter, or null",
	[INTERVAL] = "an interval like \"today\"",
	[BUCKET] = "seconds, or a bucket like \"hour\"",
	[SORT] = "the selected value to sort by",
	[TZ] = "a time zone like \"Europe/Zurich\"",
};

static bool is_empty(struct engine *e, const struct val *v)
{
	struct buf b = { .ceiling = 1u << 20 };
	bool empty = val_kind(e, v) == VAL_STRING && val_to_text(e, v, &b) && !b.len && !b.bad;
	buf_free(&b);
	return empty;
}

static bool set_part(struct call *c, struct query *q, int part, const struct val *v)
{
	const char *name = part_names[part];
	char what[64];
	snprintf(what, sizeof(what), "%s: %s", c->fn ? c->fn->name : "Query", name);
	if (part == N) {
		double d = 0;
		if (!given(c->e, v) || is_empty(c->e, v)) {
			q->n = 0;
			return true;
		}
		if (!number_of(c->e, what, v, &d))
			return false;
		if (!(d >= 1) || d != floor(d) || d > 1e15) {
			throw_type(c->e, "%s: must be a whole number from 1 on", what);
			return false;
		}
		q->n = (int64_t)d;
		return true;
	}
	enum val_kind k = val_kind(c->e, v);
	if (k == VAL_FUNCTION || k == VAL_BYTES || k == VAL_SYMBOL || k == VAL_BOOL || (k == VAL_OBJECT && part != WHERE) ||
	    (k == VAL_NUMBER && part != BUCKET)) {
		throw_type(c->e, "%s: %s is wanted", what, part_right[part]);
		return false;
	}
	char *s = given(c->e, v) ? text_of(c->e, what, v) : NULL;
	if (!s && given(c->e, v))
		return false;
	mem_free(q->part[part]);
	q->part[part] = s;
	return true;
}

/* Query.topN({view: ..., select: ..., where: ...}) */
static bool take_object(struct call *c, const struct maker *m, struct query *q)
{
	for (int p = 0; p <= N; p++) {
		bool known = p == TZ;
		for (size_t i = 0; i < m->n; i++)
			known = known || m->part[i] == p;
		const struct val *v = known ? val_get(c->e, c->arg[0], part_names[p]) : NULL;
		if (!known)
			continue;
		if (!v || (given(c->e, v) && !set_part(c, q, p, v)))
			return false;
	}
	const struct val *params = val_get(c->e, c->arg[0], "params");
	if (!params)
		return false;
	if (given(c->e, params)) {
		val_keep(c->e, params);
		q->params = params;
	}
	return true;
}

static const struct val *make(struct call *c, const struct maker *m)
{
	worker_drops(worker_self());
	struct query *q = mem_new0(1, sizeof(*q));
	if (!q)
		return throw_err(c->e, E_NOMEM, "Query");
	q->kind = m->kind;
	bool one_object = c->n == 1 && val_kind(c->e, c->arg[0]) == VAL_OBJECT;
	bool ok = one_object ? take_object(c, m, q) : true;
	for (size_t i = 0; i < m->n && i < c->n && !one_object && ok; i++)
		ok = set_part(c, q, m->part[i], c->arg[i]);
	for (int p = VIEW; p <= SELECT && ok; p++)
		if (!q->part[p]) {
			throw_type(c->e, "%s: %s: missing; %s is wanted", call_name(c), part_names[p], part_right[p]);
			ok = false;
		}
	const struct val *v = ok ? object_new(c->e, &query_class, q) : NULL;
	if (!v)
		query_free(q);
	return v;
}

static const struct val *make_topn(struct call *c)
{
	return make(c, &topn);
}

static const struct val *make_trend(struct call *c)
{
	return make(c, &trend);
}

static const struct val *make_rows(struct call *c)
{
	return make(c, &rows);
}

/* -- to the broker ----------------------------------------------------------------------------------------- */

static bool add_param(struct call *c, struct arena *a, const struct val *params, const struct val *key,
		      struct request_param *ret)
{
	char *name = text_of(c->e, "params", key);
	const struct val *v = name ? val_get(c->e, params, name) : NULL;
	char *value = v ? text_of(c->e, name, v) : NULL;
	if (value) {
		ret->name = arena_strndup(a, name, strlen(name));
		ret->value = arena_strndup(a, value, strlen(value));
		if (!ret->name || !ret->value)
			throw_err(c->e, E_NOMEM, "params");
	}
	mem_free(name);
	mem_free(value);
	return value && ret->name && ret->value;
}

static bool take_params(struct call *c, struct arena *a, const struct val *params, struct request *rq)
{
	size_t n;
	if (!params)
		return true;
	const struct val *keys = val_call(c->e, worker_self()->object_keys, val_undefined(c->e), &params, 1);
	if (!keys || !val_length(c->e, keys, &n))
		return false;
	if (n > MAX_PARAMS) {
		throw_range(c->e, "params: more than %d of them", MAX_PARAMS);
		return false;
	}
	struct request_param *p = arena_new0(a, n ? n : 1, sizeof(*p));
	if (!p) {
		throw_err(c->e, E_NOMEM, "params");
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		const struct val *key = val_at(c->e, keys, i);
		if (!key || !add_param(c, a, params, key, &p[i]))
			return false;
	}
	rq->param = p;
	rq->nparam = n;
	return true;
}

static void set_request(const struct query *q, struct request *ret)
{
	ret->kind = q->kind;
	ret->view = q->part[VIEW];
	ret->select = q->part[SELECT];
	ret->where = q->part[WHERE];
	ret->interval = q->part[INTERVAL];
	ret->bucket = q->part[BUCKET];
	ret->sort = q->part[SORT];
	ret->tz = q->part[TZ];
	ret->n = q->n;
}

/* The message for n queries, begun as `kind`. */
static bool write_message(struct call *c, enum message_kind kind, struct query *const *q, size_t n, bool stream)
{
	struct worker *w = worker_self();
	struct arena a = { .ceiling = 64u << 20 };
	struct request rq[MAX_REQUESTS] = { 0 };
	bool ok = true;
	/* Parameters first: reading them may run script code, and that may change the queries. */
	for (size_t i = 0; i < n && ok; i++)
		ok = take_params(c, &a, q[i]->params, &rq[i]);
	for (size_t i = 0; i < n && ok; i++)
		set_request(q[i], &rq[i]);
	if (ok) {
		const struct queries all = { .stream = stream, .rq = rq, .n = n };
		frame_begin(&w->frame, kind);
		put_queries(&w->frame, &all);
	}
	arena_free(&a);
	return ok;
}

/* -- running ------------------------------------------------------------------------------------------------- */

struct gather {
	struct call *c;
	const struct val *list; /* an array of Tables */
	size_t n;
};

static bool gather_table(void *arg, struct result *t)
{
	struct gather *g = arg;
	const struct val *v = table_object(g->c->e, t);
	return v && val_set_at(g->c->e, g->list, g->n++, v);
}

/* All of them in one message; the array of their Tables. */
static const struct val *run_all(struct call *c, struct query *const *q, size_t n)
{
	struct gather g = { .c = c, .list = val_array(c->e, NULL, 0) };
	if (!g.list || !write_message(c, MSG_QUERIES, q, n, false) || !worker_ask_tables(worker_self(), gather_table, &g))
		return NULL;
	return g.n == n ? g.list : throw_error(c->e, "run: %zu answers to %zu queries", g.n, n);
}

struct stream {
	struct call *c;
	const struct val *table; /* the head, without rows */
	double rows;
};

static bool stream_part(void *arg, struct result *t)
{
	struct stream *s = arg;
	struct engine *e = s->c->e;
	if (!s->table) {
		struct result head = { 0 };
		enum err err = table_head(t, &head);
		s->table = err == OK ? table_object(e, &head) : throw_err(e, err, "run");
		if (!s->table)
			return false;
	}
	return stream_rows(e, t, s->c->arg[0], s->table);
}

static const struct val *run_stream(struct call *c, struct query *q)
{
	struct stream s = { .c = c };
	if (!write_message(c, MSG_QUERIES, &q, 1, true) || !worker_ask_tables(worker_self(), stream_part, &s))
		return NULL;
	return s.table ? s.table : val_null(c->e);
}

/* Several queries, kept: an array's elements may be getters that make a query each, which nobody else holds. */
struct several {
	struct query *q[MAX_REQUESTS];
	const struct val *held[MAX_REQUESTS];
	size_t n;
};

static void several_drop(struct engine *e, struct several *s)
{
	while (s->n)
		val_drop(e, s->held[--s->n]);
}

/* The queries of an array; false: thrown, and nothing is kept. */
static bool queries_of(struct call *c, const struct val *list, const char *what, struct several *ret)
{
	*ret = (struct several){ 0 };
	size_t n;
	if (val_kind(c->e, list) != VAL_ARRAY) {
		throw_type(c->e, "%s: must be an array of queries", what);
		return false;
	}
	if (!val_length(c->e, list, &n))
		return false;
	if (n == 0 || n > MAX_REQUESTS) {
		throw_range(c->e, "%s: 1 to %d queries, not %zu", what, MAX_REQUESTS, n);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		const struct val *v = val_at(c->e, list, i);
		struct query *q = v ? object_data(c->e, v, &query_class) : NULL;
		if (!q) {
			if (v)
				throw_type(c->e, "%s: element %zu is no Query", what, i);
			several_drop(c->e, ret);
			return false;
		}
		val_keep(c->e, v);
		ret->q[ret->n] = q;
		ret->held[ret->n++] = v;
	}
	return true;
}

static const struct val *run_several(struct call *c, const struct val *list, const char *what)
{
	struct several s;
	if (!queries_of(c, list, what, &s))
		return NULL;
	const struct val *v = run_all(c, s.q, s.n);
	several_drop(c->e, &s);
	return v;
}

static const struct val *run(struct call *c)
{
	struct query *q = self_query(c);
	if (arg_given(c, 0) && !arg_function(c, 0, "function"))
		return NULL;
	if (arg_given(c, 0))
		return run_stream(c, q);
	if (q->multi)
		return run_several(c, q->multi, "multiquery");
	const struct val *list = run_all(c, &q, 1);
	return list ? val_at(c->e, list, 0) : NULL;
}

static const struct val *run_list(struct call *c)
{
	return run_several(c, arg(c, 0), "Query.run: queries");
}

static const struct val *explain(struct call *c)
{
	struct query *q = self_query(c);
	struct message m;
	if (!write_message(c, MSG_EXPLAIN, &q, 1, false) || !worker_ask(worker_self(), MSG_BYTES, &m))
		return NULL;
	return val_foreign_text(c->e, m.body.pos, cur_left(&m.body));
}

/* -- properties ------------------------------------------------------------------------------------------------ */

#define PART(id, PARTNAME)                                                                         \
	static const struct val *get_##id(struct call *c)                                          \
	{                                                                                          \
		return val_text(c->e, self_query(c)->part[PARTNAME]);                              \
	}                                                                                          \
	static const struct val *set_##id(struct call *c)                                          \
	{                                                                                          \
		if (PARTNAME <= SELECT && !arg_given(c, 0))                                        \
			return throw_type(c->e, "Query.%s: %s is wanted", #id, part_right[PARTNAME]); \
		return set_part(c, self_query(c), PARTNAME, c->arg[0]) ? val_undefined(c->e) : NULL; \
	}
PART(view, VIEW)
PART(select, SELECT)
PART(where, WHERE)
PART(interval, INTERVAL)
PART(bucket, BUCKET)
PART(sort, SORT)
PART(tz, TZ)
#undef PART

static const struct val *get_n(struct call *c)
{
	struct query *q = self_query(c);
	return q->n ? val_number(c->e, (double)q->n) : val_null(c->e);
}

static const struct val *set_n(struct call *c)
{
	return set_part(c, self_query(c), N, c->arg[0]) ? val_undefined(c->e) : NULL;
}

static void keep_instead(struct call *c, const struct val **place, const struct val *v)
{
	if (*place)
		val_drop(c->e, *place);
	*place = v;
	if (v)
		val_keep(c->e, v);
}

static const struct val *get_params(struct call *c)
{
	struct query *q = self_query(c);
	if (!q->params)
		keep_instead(c, &q->params, val_object(c->e));
	return q->params;
}

static const struct val *set_params(struct call *c)
{
	enum val_kind k = val_kind(c->e, c->arg[0]);
	if (k != VAL_OBJECT && given(c->e, c->arg[0]))
		return throw_type(c->e, "Query.params: an object like {target: \"192.0.2.1\"} is wanted");
	keep_instead(c, &self_query(c)->params, k == VAL_OBJECT ? c->arg[0] : NULL);
	return val_undefined(c->e);
}

static const struct val *get_multi(struct call *c)
{
	struct query *q = self_query(c);
	return q->multi ? q->multi : val_null(c->e);
}

static const struct val *set_multi(struct call *c)
{
	struct several s = { 0 };
	bool some = given(c->e, c->arg[0]);
	if (some && !queries_of(c, c->arg[0], "Query.multiquery", &s))
		return NULL;
	several_drop(c->e, &s);
	keep_instead(c, &self_query(c)->multi, some ? c->arg[0] : NULL);
	return val_undefined(c->e);
}

static const struct host_fn statics[] = {
	{ "topN", make_topn, "view, select, where, interval[, sort[, n]]", "the n largest rows, and the rest; also one object argument" },
	{ "trend", make_trend, "view, select, where, interval[, bucket[, sort[, n]]]", "rows per time bucket; also one object argument" },
	{ "rows", make_rows, "view, select, where, interval[, n]", "raw rows; also one object argument" },
	{ "run", run_list, "queries", "run an array of queries; an array of Tables" },
	{ 0 },
};

static const struct host_fn methods[] = {
	{ "run", run, "[function(row, table)]",
	  "run it; a Table (of a multiquery an array of them); with a function each row is handed to it and not kept" },
	{ "explain", explain, "", "what would be asked, as text: view, filter, interval, scope" },
	{ 0 },
};

static const struct host_prop props[] = {
	{ "view", get_view, set_view, "the view asked" },
	{ "select", get_select, set_select, "the fields and functions selected" },
	{ "where", get_where, set_where, "the filter; null: everything" },
	{ "interval", get_interval, set_interval, "the time range" },
	{ "bucket", get_bucket, set_bucket, "of a trend: seconds, or a name like hour" },
	{ "sort", get_sort, set_sort, "the value rows are sorted by" },
	{ "n", get_n, set_n, "how many rows; null: the default" },
	{ "tz", get_tz, set_tz, "time zone of this query" },
	{ "params", get_params, set_params, "values for $name in the filter: {target: \"192.0.2.1\"}" },
	{ "multiquery", get_multi, set_multi, "an array of queries that run() runs instead, together" },
	{ 0 },
};

const struct host_class query_class = {
	.name = "Query",
	.methods = methods,
	.statics = statics,
	.props = props,
	.finalize = query_free,
	.help = "a question to the traffic: made by topN, trend or rows, answered by run()",
};
