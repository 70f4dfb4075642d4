/* plan_run_many() against the same plans alone: families of random filters over random records in
 * segments of random make, and strangers among them. */
#include "unit.h"

#include "fake_store.h"
#include "questions.h"

enum { RECORDS = 2000, MOST_PLANS = 12 };

/* What makes a plan another than its family: sets of one or two columns. */
static void own_test(struct buf *out, unsigned how)
{
	switch (how) {
	case 0: buf_printf(out, "interface=10.99.99.%u>%u,10.99.99.%u>%u", 1 + below(3), below(6), 1 + below(3), below(6)); break;
	case 1: buf_printf(out, "ipsource=10.0.0.%u/%u|ipdestination=10.0.%u.0/24", below(16), 28 + below(5), below(2)); break;
	case 2: buf_printf(out, "ipsource=10.0.0.%u-10.0.0.%u,2001:db8::%u", below(8), 8 + below(8), below(6)); break;
	case 3: buf_printf(out, "macsource=02:00:5e:10:00:0%u|macdestination=02:00:5e:10:00:0%u", below(5), below(5)); break;
	case 4: buf_printf(out, "inputinterface=10.99.99.1>%u|ipsource=10.0.1.%u", below(6), below(20)); break;
	default: buf_printf(out, "vlansource=%u,%u", below(3), below(3)); break;
	}
}

struct ask {
	struct buf where;
	struct request rq;
};

static void ask_family(struct ask *q, size_t n)
{
	const char *common = PICK("", "protocol=TCP&", "tos<8&destinationport=443,80&", "!(ipsource=10.0.0.1)&");
	const char *select = PICK("bytes", "time,bytes,flows", "ipsource,bytes", "protocol,rate(bits)", "ipsource,ipdestination,destinationport,bytes",
				  "sourceas,share(bytes)", "mask(ipsource,24),bytes", "frames,samples", "count(ipsource)", "p95(bytes)", "hour(time),bytes");
	const char *bucket = PICK("hour", "10 minutes", NULL), *interval = PICK("today", "2026-11-23T01:07:00Z,2026-11-23T02:31:00Z");
	bool trend = strchr(select, '(') == NULL && below(2);
	unsigned how = below(6);
	int64_t rows = below(2) ? 0 : 1 + below(5);
	for (size_t i = 0; i < n; i++) {
		q[i] = (struct ask){ 0 };
		buf_text(&q[i].where, common);
		buf_u8(&q[i].where, '(');
		own_test(&q[i].where, below(12) ? how : below(6));
		buf_u8(&q[i].where, ')');
		q[i].rq = (struct request){ .kind = trend ? QUERY_TREND : QUERY_TOPN, .view = below(20) ? "iftraffic" : "traffic",
					    .select = select, .interval = interval, .bucket = trend ? bucket : NULL, .n = rows };
		q[i].rq.where = buf_str(&q[i].where);
	}
}

static void same_answers(const struct query_env *env, const struct scope *const *scope, struct ask *q, size_t n)
{
	struct arena a = { 0 };
	struct problem why = { 0 };
	struct plan *p[MOST_PLANS] = { NULL };
	struct result many[MOST_PLANS] = { 0 }, one;
	for (size_t i = 0; i < n; i++) {
		print_message("%s | %s | %s | %lld\n", q[i].rq.select, q[i].rq.where, q[i].rq.interval, (long long)q[i].rq.n);
		if (plan_make(&a, env, scope[i], &q[i].rq, &p[i], &why) != OK)
			fail_msg("%s", why.text);
	}
	if (plan_run_many(p, n, many, &why) != OK)
		fail_msg("%s", why.text);
	for (size_t i = 0; i < n; i++) {
		struct buf x = { 0 }, y = { 0 };
		assert_int_equal(plan_run(p[i], &one, &why), OK);
		one.ceiling = many[i].ceiling = 0;
		result_csv(&one, true, &x);
		result_csv(&many[i], true, &y);
		assert_string_equal(buf_str(&y), buf_str(&x));
		assert_int_equal(one.rest, many[i].rest);
		assert_int_equal(one.nincomplete, many[i].nincomplete);
		assert_string_equal(one.dedup, many[i].dedup);
		assert_true(one.span.start == many[i].span.start && one.bucket == many[i].bucket && one.overlapping == many[i].overlapping);
		buf_free(&x);
		buf_free(&y);
		result_free(&one);
		result_free(&many[i]);
		plan_free(p[i]);
	}
	arena_free(&a);
}

static void fill(struct store *st)
{
	size_t n = 1 + below(RECORDS);
	for (size_t left = n; left;) {
		static struct flow_rec rec[RECORDS];
		size_t take = st->nseg == 6 ? left : 1 + below((uint32_t)left);
		for (size_t i = 0; i < take; i++)
			rec[i] = random_record();
		fake_segment(st, TABLE_TRAFFIC, rec, take)->damaged = below(12) == 0;
		left -= take;
	}
}

static void filters_answer_as_they_do_alone(void **state)
{
	(void)state;
	const struct scope *all, *scope[MOST_PLANS];
	const struct zone *utc;
	assert_int_equal(zone_find("UTC", &utc), OK);
	assert_int_equal(scope_everything(&all), OK);
	for (size_t i = 0; i < MOST_PLANS; i++)
		scope[i] = all;
	for (uint64_t round = 0; round < 120; round++) {
		struct store st = { 0 };
		struct ask q[MOST_PLANS];
		fake_random_state = 7000 + round;
		fill(&st);
		const struct query_env env = { .store = &st, .zone = utc, .now = day + USEC_PER_DAY - 1 };
		size_t n = 1 + below(MOST_PLANS);
		ask_family(q, n);
		print_message("round %llu\n", (unsigned long long)round);
		same_answers(&env, scope, q, n);
		for (size_t i = 0; i < n; i++)
			buf_free(&q[i].where);
		fake_free(&st);
	}
	scope_free(all);
}

/* Customers side by side: owners with ports, MACs and blocks, some dated, some tied to ports. */
static void customers_answer_as_they_do_alone(void **state)
{
	(void)state;
	const struct zone *utc;
	assert_int_equal(zone_find("UTC", &utc), OK);
	for (uint64_t round = 0; round < 60; round++) {
		struct store st = { 0 };
		struct owner owner[MOST_PLANS];
		const struct scope *scope[MOST_PLANS];
		struct ask q[MOST_PLANS];
		struct problem why;
		fake_random_state = 9000 + round;
		fill(&st);
		const struct query_env env = { .store = &st, .zone = utc, .now = day + USEC_PER_DAY - 1 };
		size_t n = 2 + below(MOST_PLANS - 1);
		ask_family(q, n);
		for (size_t i = 0; i < n; i++) {
			random_owner(&owner[i]);
			for (size_t k = 0; below(3) && k < owner[i].c.c.nport; k++)
				owner[i].port[k].when = (struct span){ INT64_MIN, INT64_MAX };
			assert_int_equal(scope_customer(&owner[i].c.all, "1001", NULL, &scope[i], &why), OK);
			q[i].rq.where = NULL;
		}
		same_answers(&env, scope, q, n);
		for (size_t i = 0; i < n; i++) {
			buf_free(&q[i].where);
			mapping_free(&owner[i].c);
			scope_free(scope[i]);
		}
		fake_free(&st);
	}
}

/* Ports of which none is of two plans; rows are added up as they are routed wherever nothing else tells them apart. */
static void ports_apart_answer_as_they_do_alone(void **state)
{
	(void)state;
	const struct scope *all, *scope[MOST_PLANS];
	const struct zone *utc;
	assert_int_equal(zone_find("UTC", &utc), OK);
	assert_int_equal(scope_everything(&all), OK);
	for (uint64_t round = 0; round < 60; round++) {
		struct store st = { 0 };
		struct ask q[MOST_PLANS];
		fake_random_state = 11000 + round;
		fill(&st);
		const struct query_env env = { .store = &st, .zone = utc, .now = day + USEC_PER_DAY - 1 };
		const size_t n = 2 + below(MOST_PLANS - 1);
		const char *common = PICK("", "protocol=TCP&"), *side = PICK("interface", "inputinterface", "outputinterface");
		const bool trend = below(2);
		const char *select = PICK("bytes", "bytes,frames,flows", "samples,bits", "protocol,bytes"), *bucket = PICK("day", "hour");
		for (size_t i = 0; i < n; i++) {
			const char *agent[] = { "10.99.99.1", "10.99.99.2", "10.99.99.3" };
			scope[i] = all;
			q[i] = (struct ask){ .rq = { .kind = trend ? QUERY_TREND : QUERY_TOPN, .view = "iftraffic", .select = select, .interval = "today",
						     .bucket = trend ? bucket : NULL } };
			buf_printf(&q[i].where, "%s%s=%s>%zu", common, side, agent[i % 3], i / 3);
			q[i].rq.where = buf_str(&q[i].where);
		}
		same_answers(&env, scope, q, n);
		for (size_t i = 0; i < n; i++)
			buf_free(&q[i].where);
		fake_free(&st);
	}
	scope_free(all);
}

static void none_and_a_failure(void **state)
{
	(void)state;
	struct problem why = { 0 };
	assert_int_equal(plan_run_many(NULL, 0, NULL, &why), OK);
	struct store st = { 0 };
	struct ask q[2];
	struct arena a = { 0 };
	struct plan *p[2];
	struct result t[2] = { 0 };
	const struct scope *all;
	const struct zone *utc;
	assert_int_equal(zone_find("UTC", &utc), OK);
	assert_int_equal(scope_everything(&all), OK);
	fake_random_state = 5;
	fill(&st);
	struct query_env env = { .store = &st, .zone = utc, .now = day + USEC_PER_DAY - 1, .max_rows = 1 };
	ask_family(q, 2);
	for (size_t i = 0; i < 2; i++) {
		q[i].rq = (struct request){ .view = "iftraffic", .select = "ipsource,bytes", .where = i ? "tos<20" : "tos<30", .n = 10 };
		assert_int_equal(plan_make(&a, &env, all, &q[i].rq, &p[i], &why), OK);
	}
	assert_int_equal(plan_run_many(p, 2, t, &why), E_LIMIT);
	assert_string_equal(why.text, "the answer has more than 1 rows: ask for fewer keys, buckets or a smaller n");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(t[i].nrows, 0);
		plan_free(p[i]);
		buf_free(&q[i].where);
	}
	arena_free(&a);
	scope_free(all);
	fake_free(&st);
}

/* Together they need more memory than each may have: then each has it for itself. */
static void what_fits_alone_fits_among_many(void **state)
{
	(void)state;
	enum { SEGMENTS = 6, ROWS = 30000 };
	static struct flow_rec rec[ROWS];
	struct store st = { 0 };
	struct ask q[MOST_PLANS];
	const struct scope *all, *scope[MOST_PLANS];
	const struct zone *utc;
	assert_int_equal(zone_find("UTC", &utc), OK);
	assert_int_equal(scope_everything(&all), OK);
	fake_random_state = 11;
	for (size_t i = 0; i < SEGMENTS; i++) {
		for (size_t k = 0; k < ROWS; k++)
			rec[k] = random_record();
		fake_segment(&st, TABLE_TRAFFIC, rec, ROWS);
	}
	for (unsigned i = 0; i < MOST_PLANS; i++) {
		scope[i] = all;
		q[i] = (struct ask){ 0 };
		buf_printf(&q[i].where, "ipsource=10.0.0.%u,10.0.1.%u,192.0.2.%u", i, i, i);
		q[i].rq = (struct request){ .kind = QUERY_TREND, .view = "iftraffic", .bucket = "minute", .select = "ipsource,ipdestination,bytes",
					    .where = buf_str(&q[i].where) };
	}
	const struct query_env env = { .store = &st, .zone = utc, .now = day + USEC_PER_DAY - 1, .max_bytes = (size_t)5 << 20 };
	same_answers(&env, scope, q, MOST_PLANS);
	for (size_t i = 0; i < MOST_PLANS; i++)
		buf_free(&q[i].where);
	scope_free(all);
	fake_free(&st);
}

UNIT_MAIN(cmocka_unit_test(filters_answer_as_they_do_alone), cmocka_unit_test(customers_answer_as_they_do_alone),
	  cmocka_unit_test(ports_apart_answer_as_they_do_alone), cmocka_unit_test(none_and_a_failure),
	  cmocka_unit_test(what_fits_alone_fits_among_many))
