/* Random questions of all views, fields and functions, asked of a side of a world (world.h), and everything
 * that comes back as text. */
#pragma once
#include "world.h"

/* -- questions ---------------------------------------------------------------------------------------------------- */

struct asked {
	struct request rq;
	struct buf view, select, where, interval, bucket, sort, tz, param;
	struct request_param value;
};

static const char *pick(const char *const *from, size_t n)
{
	return from[dice((uint32_t)n)];
}

#define PICK(...) pick((const char *const[]){ __VA_ARGS__ }, COUNT_OF(((const char *const[]){ __VA_ARGS__ })))

/* Mostly what the asker may name. */
static const struct field *random_field(const struct view *v, const struct scope *scope)
{
	const struct field *f;
	do
		f = &v->fields[dice((uint32_t)v->nfields)];
	while ((f->role == R_DETAIL || !scope_shows_field(scope, f)) && dice(60));
	return f;
}

static void put_item(struct buf *b, const struct view *v, const struct scope *scope, enum query_kind kind)
{
	const struct field *f = random_field(v, scope);
	bool value = f->role == R_VALUE || f->role == R_COUNTER;
	uint32_t how = kind == QUERY_ROWS && dice(40) ? 9 : dice(10);
	if (value && how < 6)
		buf_printf(b, "%s(%s)", PICK("sum", "rate", "min", "max", "mean", "sdev", "share", "error", "p95"), f->name);
	else if (!value && how < 2)
		buf_printf(b, "count(%s)", f->name);
	else if (!value && how < 4)
		buf_printf(b, "%s(%s)", PICK("first", "last"), f->name);
	else if (!value && how < 5)
		buf_printf(b, "%s(%s,%u)", f->type == T_ADDR ? "mask" : PICK("prefix", "suffix"), f->name, 1 + dice(24));
	else
		buf_text(b, f->name);
}

static void put_test(struct buf *b, const struct view *v, const struct scope *scope)
{
	const char *f = random_field(v, scope)->name;
	const bool flows = v->table->id == TABLE_TRAFFIC;
	uint32_t how = dice(24) ? flows ? dice(8) : v->table->id == TABLE_EVENTS ? 8 + dice(6) : 8 + dice(4) : dice(12);
	switch (how) {
	case 0:  buf_printf(b, "ip%s%s10.0.%u.0/24", PICK("source", "destination"), PICK("=", "!="), dice(BLOCKS)); break;
	case 1:  buf_printf(b, "%sinterface%s10.99.99.%u>%u", PICK("", "input", "output"), PICK("=", "!="), 1 + dice(4), 1 + dice(9)); break;
	case 2:  buf_printf(b, "interface%s10.99.99.%u>e%u", PICK("=", "!="), 1 + dice(3), 1 + dice(8)); break;
	case 3:  buf_printf(b, "mac%s%s02:00:5e:10:00:%02x", PICK("source", "destination"), PICK("=", "!="), 1 + dice(9)); break;
	case 4:  buf_printf(b, "bytes%s%u", PICK("<", ">"), dice(900000)); break;
	case 5:  buf_printf(b, "%saddress=%s", PICK("source", "destination"), PICK("10.0.1.1", "02:00:5e:10:00:03", "192.168.1.0/24")); break;
	case 6:  buf_printf(b, "server%s", PICK("port=443", "port=TCP:80", "address=10.0.0.0/16")); break;
	case 8:  buf_printf(b, "interface%s10.99.99.%u>%u", PICK("=", "!="), 1 + dice(4), 1 + dice(9)); break;
	case 9:  buf_printf(b, "%s=%s", PICK("ifname", "ifalias"), PICK("e1", "e2", "canary-alias-0-0")); break;
	case 10: buf_printf(b, "%s%s%u", f, PICK("=", "!=", "<", ">="), dice(50000)); break;
	case 12: buf_printf(b, "comment%s\"canary-event-%u-%u/up\"", PICK("=", "!="), 1 + dice(3), dice(9)); break;
	case 13: buf_printf(b, "comment~\"/(a+)+$\""); break;
	default: buf_printf(b, "%s%s\"%s\"", f, PICK("~", "!~"), PICK("^10", "1$", "canary", ".*", "^$", "e[1-4]", "^(.*)*(.*)*(.*)*7x", "5[.]example/(a+)+$"));
	}
}

static void put_filter(struct buf *b, const struct view *v, const struct scope *scope, int depth)
{
	if (depth && !dice(3)) {
		buf_text(b, dice(3) ? "(" : "!(");
		put_filter(b, v, scope, depth - 1);
		buf_text(b, PICK("&", "|"));
		put_filter(b, v, scope, depth - 1);
		buf_text(b, ")");
	} else {
		put_test(b, v, scope);
	}
}

static size_t by_rollups; /* answers that read some */

/* What roll-ups may tell. */
static void put_coarse(struct asked *q)
{
	q->rq.kind = dice(2) ? QUERY_TOPN : QUERY_TREND;
	buf_text(&q->view, PICK("traffic", "iftraffic", "iftraffic"));
	buf_text(&q->select, PICK("protocol", "inputinterface", "interface", "vlansource,sourceas", "tos", "ipsource", "count(ipdestination)", "sourcezone"));
	buf_printf(&q->select, ",%s,%s", PICK("bytes", "share(bytes)", "error(bytes)", "rate(bits)"), PICK("flows", "frames", "samples", "count(protocol)"));
	if (dice(2))
		buf_printf(&q->where, "%s%s%s", PICK("protocol=TCP", "tos<8", "interface=10.99.99.1>1,10.99.99.2>3", "ipsource=10.0.0.0/16"), PICK("&", "|"),
			   PICK("sourceas=64501", "outputinterface!=10.99.99.1>2", "vlansource=1", "!(ipdestination=10.0.2.0/24)"));
}

static void ask_random(struct asked *q, const struct scope *scope)
{
	const struct view *events = view_find("events", strlen("events"));
	const struct view *v = !dice(6) ? events : &views[dice(12) ? dice(3) : dice((uint32_t)nviews)];
	bool coarse = !dice(3);
	*q = (struct asked){ .rq.kind = (enum query_kind)dice(3) };
	if (coarse)
		put_coarse(q);
	else
		buf_text(&q->view, v->name);
	for (uint32_t i = 0, n = 1 + dice(4); i < n && !coarse; i++) {
		buf_text(&q->select, i ? "," : "");
		put_item(&q->select, v, scope, q->rq.kind);
	}
	if (!coarse && dice(3))
		put_filter(&q->where, v, scope, 2);
	buf_text(&q->interval, PICK("today", "last2hours", "2026-11-23T00:30,2026-11-23T03:10", "yesterday,today", "lasthour", "1795392000,1795400000"));
	q->rq.n = dice(2) ? 0 : dice(6);
	if (q->rq.kind == QUERY_TREND)
		buf_text(&q->bucket, PICK("minute", "10 minutes", "hour", "day"));
	if (!coarse && !dice(6))
		buf_text(&q->sort, dice(3) ? v->table->id == TABLE_TRAFFIC ? "bytes" : "ifinoctets" : random_field(v, scope)->name);
	buf_text(&q->tz, PICK("UTC", "Europe/Zurich"));
	buf_text(&q->param, "10.0.1.1");
}

static const char *text(struct buf *b)
{
	return b->len ? buf_str(b) : NULL;
}

static void request_of(struct asked *q)
{
	q->value = (struct request_param){ "target", buf_str(&q->param) };
	q->rq.view = text(&q->view);
	q->rq.select = text(&q->select);
	q->rq.where = text(&q->where);
	q->rq.interval = text(&q->interval);
	q->rq.bucket = text(&q->bucket);
	q->rq.sort = text(&q->sort);
	q->rq.tz = text(&q->tz);
	q->rq.param = &q->value;
	q->rq.nparam = 1;
}

static void asked_free(struct asked *q)
{
	struct buf *const all[] = { &q->view, &q->select, &q->where, &q->interval, &q->bucket, &q->sort, &q->tz, &q->param };
	for (size_t i = 0; i < COUNT_OF(all); i++)
		buf_free(all[i]);
}

/* Everything that comes back, as text. */
static bool answer(const struct side *s, const struct request *rq, struct buf *out)
{
	struct arena a = { 0 };
	struct problem why = { 0 };
	const struct zone *utc;
	struct plan *p = NULL;
	struct result t = { 0 };
	assert_int_equal(zone_find("UTC", &utc), OK);
	const struct query_env env = { .store = s->store, .model = s->model, .customers = s->mapping, .zone = utc, .now = now, .plain = s->plain, .no_rollups = s->plain };
	enum err err = plan_make(&a, &env, s->scope, rq, &p, &why);
	bool planned = err == OK;
	if (err == OK)
		err = plan_run(p, &t, &why);
	if (err == OK) {
		by_rollups += t.scanned.rollups > 0;
		result_json(&t, out);
		buf_printf(out, "\nrows %zu rest %d overlapping %d dedup %s zone %s span %lld %lld bucket %lld incomplete %zu", t.nrows, t.rest,
			   t.overlapping, t.dedup, t.zone, (long long)t.span.start, (long long)t.span.end, (long long)t.bucket, t.nincomplete);
		result_free(&t);
	} else {
		buf_printf(out, "%d at %zu: %s", err, why.pos, why.text);
	}
	plan_free(p);
	arena_free(&a);
	return planned;
}
