/* Nothing foreign, and everything of its own: a customer's answers from a store of everybody's rows are
 * those from a store of its own rows alone, with a mapping of itself alone and a model of its own ports
 * alone.  So nothing that belongs to others can have any influence: no row, name, number or error.
 *
 * Over random worlds (world.h): random questions of all views, fields and functions; then the same
 * questions with injections in every parameter that is text. */
#include "asked.h"

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
