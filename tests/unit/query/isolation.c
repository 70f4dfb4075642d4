/* Nothing foreign, and everything of its own: a customer's answers from a store of everybody's rows are
 * those from a store of its own rows alone, with a mapping of itself alone and a model of its own ports
 * alone.  So nothing that belongs to others can have any influence: no row, name, number or error.
 *
 * Over random worlds (world.h): random questions of all views, fields and functions; then the same
 * questions with injections in every parameter that is text. */
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
	const struct query_env env = { .store = s->store, .model = s->model, .customers = s->mapping, .zone = utc, .now = now };
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

static size_t answered, differ;

/* MACs in an answer are of those that were ever theirs, also in rows that they see for another reason. */
static bool foreign_mac(const struct world *w, const char *text)
{
	static const char lead[] = "02:00:5e:10:00:";
	for (const char *at = text; (at = strstr(at, lead)); at += sizeof(lead) - 1) {
		char *end;
		unsigned long k = strtoul(at + sizeof(lead) - 1, &end, 16);
		bool whole = end == at + sizeof(lead) + 1; /* and not a prefix of it */
		if (whole && (!k || k > MACS || !ever_owned(w, &w->mac[k - 1])))
			return true;
	}
	return false;
}

static void check(const struct world *w, struct asked *q, uint64_t seed)
{
	_cleanup_(buf_free) struct buf all = { 0 }, own = { 0 };
	request_of(q);
	bool planned = answer(&w->all, &q->rq, &all);
	answered += planned;
	answer(&w->own, &q->rq, &own);
	if (all.len == own.len && memcmp(all.data, own.data, all.len) == 0 && !(planned && foreign_mac(w, buf_str(&all))))
		return;
	differ++;
	print_message("seed %llu: kind %d view %s select %s where %s interval %s bucket %s sort %s n %lld\n  all: %.600s\n  own: %.600s\n",
		      (unsigned long long)seed, q->rq.kind, q->rq.view, q->rq.select, q->rq.where, q->rq.interval, q->rq.bucket, q->rq.sort,
		      (long long)q->rq.n, buf_str(&all), buf_str(&own));
}

/* Nothing is shown that the rule does not give them, and nothing that it does is missing. */
static void check_count(const struct world *w, const struct side *s)
{
	_cleanup_(buf_free) struct buf got = { 0 }, dropped = { 0 };
	char want[40];
	const struct request drops = { .kind = QUERY_ROWS, .view = "drops", .select = "time", .interval = "today" };
	answer(s, &drops, &dropped);
	if (!strstr(buf_str(&dropped), "\"rows\":[]"))
		fail_msg("the operator's rows: %s", buf_str(&dropped));
	const struct {
		struct request rq;
		size_t n;
	} counted[] = { { { .view = "iftraffic", .select = "flows", .interval = "today" }, w->theirs },
			{ { .view = "events", .select = "events", .interval = "today" }, w->happened } };
	for (size_t k = 0; k < COUNT_OF(counted); k++) {
		buf_reset(&got);
		answer(s, &counted[k].rq, &got);
		snprintf(want, sizeof(want), counted[k].n ? "\n[%zu]]" : "\n[null]]", counted[k].n);
		if (!strstr(buf_str(&got), want))
			fail_msg("wanted %s: %s", want, buf_str(&got));
	}
}

/* Raw rows of all fields that are shown; and a pattern that gives up on a text that few rows have. */
static void check_fields(const struct world *w, uint64_t seed)
{
	struct asked q = { .rq = { .kind = QUERY_TOPN } };
	buf_text(&q.param, "10.0.1.1");
	buf_text(&q.interval, "today");
	buf_text(&q.view, "iftraffic");
	buf_text(&q.select, "flows,count(sourceaddress)");
	buf_text(&q.where, "url~\"/(a+)+$\"");
	check(w, &q, seed);
	buf_reset(&q.where);
	q.rq.kind = QUERY_ROWS;
	q.rq.n = 100000;
	for (size_t v = 0; v < nviews; v++) {
		size_t n = 0;
		if (v > 2 && views[v].table->id != TABLE_EVENTS)
			continue;
		buf_reset(&q.view);
		buf_text(&q.view, views[v].name);
		buf_reset(&q.select);
		for (size_t i = 0; i < views[v].nfields; i++) {
			const struct field *f = &views[v].fields[i];
			if (f->role == R_DETAIL || !scope_shows_field(w->all.scope, f))
				continue;
			buf_printf(&q.select, "%s%s", n % 30 ? "," : "", f->name);
			if (++n % 30)
				continue;
			check(w, &q, seed);
			buf_reset(&q.select);
		}
		if (n % 30)
			check(w, &q, seed);
	}
	asked_free(&q);
}

static void answers_are_of_own_rows_alone(void **unused)
{
	(void)unused;
	static struct world w;
	answered = differ = 0;
	for (uint64_t seed = 1; seed <= 25; seed++) {
		make_world(&w, seed, NULL);
		check_count(&w, &w.all);
		check_fields(&w, seed);
		for (unsigned k = 0; k < 120; k++) {
			struct asked q;
			ask_random(&q, w.all.scope);
			check(&w, &q, seed);
			asked_free(&q);
		}
		drop_side(&w.all);
		drop_side(&w.own);
	}
	print_message("%zu of 3000 questions and more had an answer, %zu from roll-ups, %zu segments a sidecar, %zu a roll-up\n", answered, by_rollups,
		      attributed, rolled);
	assert_true(attributed > 20 && rolled > 20 && by_rollups > 30);
	assert_true(answered > 1200);
	assert_int_equal(differ, 0);
}

/* Under a privacy level, too; and then an answer is what it would be if the rows had been veiled
 * before they were stored. */
static void answers_are_of_veiled_rows(void **unused)
{
	(void)unused;
	static struct world w;
	answered = differ = by_rollups = spared = 0;
	for (uint64_t seed = 2001; seed <= 2024; seed++) {
		static const uint8_t bits4[] = { 24, 16, 31, 23 }, bits6[] = { 48, 127, 32, 64 };
		const struct privacy p = { .level = seed % 3 ? PRIVACY_MASK : PRIVACY_HIDE, .bits4 = bits4[seed % 4], .bits6 = bits6[seed % 4],
					   .below = seed % 2 ? 0 : 3000000 * (1 + seed % 5) };
		make_world(&w, seed, &p);
		check_fields(&w, seed);
		for (unsigned k = 0; k < 120; k++) {
			struct asked q;
			ask_random(&q, w.all.scope);
			if (view_find(buf_str(&q.view), q.view.len)->table->id == TABLE_TRAFFIC) /* others have nothing to veil */
				check(&w, &q, seed);
			asked_free(&q);
		}
		drop_side(&w.all);
		drop_side(&w.own);
	}
	print_message("%zu questions had an answer, %zu from roll-ups, %zu ends were shown for what they sent\n", answered, by_rollups, spared);
	assert_true(answered > 1200 && by_rollups > 20 && spared > 100);
	assert_int_equal(differ, 0);
}

/* -- injections ------------------------------------------------------------------------------------------------------ */

static const char *const bits[] = {
	"1.1.1.1)|(ipsource=0.0.0.0/0", ")|(", ")", "(", "|", "&", "!", "=", "!=", "\"", "'", "\\", "\n", "\r\n", "\t", " or ", " and ", " not ",
	"ipsource=0.0.0.0/0", "|ipsource=0.0.0.0/0", "agent=10.99.99.1", "|agent~.", "interface~.", "ifalias~canary", "customer=c0",
	"$target", "$other", "$", "%00", "%s%n", "--", ";", "/*", "*/", "\xef\xbc\x9d", "\xef\xbd\x9c", "\xe2\x80\xae", "\xc0\x80", "\xff",
	"../../etc/passwd", "/etc/passwd", "::/0", "0.0.0.0-255.255.255.255", "10.99.99.1>e1", "10.99.99.2>canary", "EXTERNAL", "in", "*", ",",
	"1e999", "-1", "18446744073709551616", "0x0", "sum(", "count(agent)", "agent", "datasource", "samplingrate", "nexthop", "first(agent)",
	"yesterday", "1970", "everything", "today - 100 years", "now", "minute", "0", "UTC", "Europe/../UTC", ":/etc/localtime", "canary",
};

/* A text with something put into it, or in its place. */
static void inject(struct buf *b)
{
	struct buf old = *b;
	size_t at = old.len ? dice((uint32_t)old.len + 1) : 0, from = dice(3) ? at : 0;
	*b = (struct buf){ 0 };
	if (from)
		buf_add(b, old.data, from);
	for (uint32_t n = 1 + dice(4); n; n--)
		buf_text(b, pick(bits, COUNT_OF(bits)));
	if (old.len > at && dice(4))
		buf_add(b, old.data + at, old.len - at);
	buf_free(&old);
}

static void injections_find_nothing_foreign(void **unused)
{
	(void)unused;
	static struct world w;
	answered = differ = 0;
	for (uint64_t seed = 1001; seed <= 1010; seed++) {
		make_world(&w, seed, NULL);
		for (unsigned k = 0; k < 1000; k++) {
			struct asked q;
			ask_random(&q, w.all.scope);
			struct buf *const any[] = { &q.view, &q.select, &q.where, &q.where, &q.where, &q.interval, &q.bucket, &q.sort, &q.tz, &q.param };
			buf_reset(&q.where);
			if (dice(2))
				buf_text(&q.where, "ipsource=$target|ipdestination=$target");
			else
				put_filter(&q.where, &views[0], w.all.scope, 1);
			inject(any[dice(COUNT_OF(any))]);
			if (!dice(4))
				inject(any[dice(COUNT_OF(any))]);
			check(&w, &q, seed);
			asked_free(&q);
		}
		drop_side(&w.all);
		drop_side(&w.own);
	}
	print_message("%zu of 10000 injections had an answer\n", answered);
	assert_true(answered > 200);
	assert_int_equal(differ, 0);
}

UNIT_MAIN(cmocka_unit_test(answers_are_of_own_rows_alone), cmocka_unit_test(answers_are_of_veiled_rows),
	  cmocka_unit_test(injections_find_nothing_foreign))
