/* Requests refused with their argument and place; limits; damaged segments; raw rows; the scope's
 * walls: what is masked, what does not exist, what cannot be found out by asking. */
#include "unit.h"

#include "fake_store.h"
#include "mapping.h"
#include "query/query.h"

#include <math.h>

static const usec_t noon = 1795435200 * USEC_PER_SEC; /* 2026-11-23 12:00 UTC */

/* A flow from 10.0.0.x by port `in` to 10.0.1.y by port `out`, `sec` seconds after noon. */
static struct flow_rec flow(int sec, uint32_t x, uint32_t in, uint32_t y, uint32_t out)
{
	return (struct flow_rec){ .time = (uint64_t)(noon + sec * USEC_PER_SEC), .agent = addr_v4(0x0a636301),
				  .inputinterface = in, .outputinterface = out, .ipsource = addr_v4(0x0a000000 + x),
				  .ipdestination = addr_v4(0x0a000100 + y), .macsource = 0x020000000000 + in, .macdestination = 0x020000000000 + out,
				  .vlansource = (uint16_t)(100 + in), .vlandestination = (uint16_t)(100 + out), .vlaninner = (uint16_t)(10 + in), .protocol = 6,
				  .sourceport = 443, .destinationport = 50000, .bytes = 100, .frames = 1 };
}

struct bench {
	struct store st;
	struct query_env env;
	struct model *model;
	const struct scope *all, *own; /* own: port 1 of the agent, and 10.0.1.9 when it enters or leaves by port 2 */
	struct own_port port[1];
	struct own_cidr cidr[1];
	struct mapping c;
	struct buf out;
};

static int start(void **state)
{
	struct bench *b = mem_new0(1, sizeof(*b));
	struct problem why;
	const struct flow_rec flows[] = {
		flow(10, 1, 1, 2, 2), flow(20, 1, 1, 2, 2), flow(70, 3, 3, 1, 1), /* by port 1 */
		flow(30, 5, 3, 9, 2), flow(40, 5, 2, 9, 3),                       /* to 10.0.1.9 by port 2; by port 3 */
		flow(50, 6, 3, 7, 4), flow(5, 7, 4, 7, 3),                        /* of others */
	};
	const char *block = "10.0.1.9/32", *text;
	fake_segment(&b->st, TABLE_TRAFFIC, flows, 4);
	fake_segment(&b->st, TABLE_TRAFFIC, flows + 4, 3);
	assert_int_equal(model_new(&b->model), OK);
	for (uint32_t i = 1; i < 5; i++) {
		char name[16];
		snprintf(name, sizeof(name), "ge-%u", i);
		const struct iface_note note = { .agent = addr_v4(0x0a636301), .ifindex = i, .name = name, .when = noon };
		assert_int_equal(model_note(b->model, &note), OK);
	}
	b->port[0] = (struct own_port){ .agent = addr_v4(0x0a636301), .ifname = "ge-1", .when = { INT64_MIN, INT64_MAX } };
	b->cidr[0] = (struct own_cidr){ .tied = true, .port = { .agent = addr_v4(0x0a636301), .ifindex = 2 }, .when = { INT64_MIN, INT64_MAX } };
	assert_true(prefix_parse(block, strlen(block), &b->cidr[0].prefix, &text));
	b->c.c = (struct customer){ .id = "1001", .port = b->port, .nport = 1, .cidr = b->cidr, .ncidr = 1 };
	mapping_make(&b->c);
	assert_int_equal(scope_everything(&b->all), OK);
	assert_int_equal(scope_customer(&b->c.all, "1001", b->model, &b->own, &why), OK);
	b->env = (struct query_env){ .store = &b->st, .model = b->model, .now = noon + USEC_PER_HOUR };
	assert_int_equal(zone_find("UTC", &b->env.zone), OK);
	*state = b;
	return 0;
}

static int stop(void **state)
{
	struct bench *b = *state;
	fake_free(&b->st);
	model_free(b->model);
	scope_free(b->all);
	scope_free(b->own);
	mapping_free(&b->c);
	buf_free(&b->out);
	mem_free(b);
	return 0;
}

static const char *ask(struct bench *b, const struct scope *scope, struct request rq)
{
	struct arena a = { 0 };
	struct problem why = { 0 };
	struct plan *p;
	struct result t;
	buf_reset(&b->out);
	rq.view = rq.view ? rq.view : "iftraffic";
	rq.interval = rq.interval ? rq.interval : "2026-11-23T12:00:00Z,2026-11-23T12:02:00Z";
	if (plan_make(&a, &b->env, scope, &rq, &p, &why) != OK) {
		buf_printf(&b->out, "%s", why.text);
	} else if (plan_run(p, &t, &why) != OK) {
		buf_printf(&b->out, "%s%s", why.pos ? "" : "run: ", why.text);
		plan_free(p);
	} else {
		result_csv(&t, false, &b->out);
		for (size_t i = 0; i < t.nincomplete; i++)
			buf_printf(&b->out, "incomplete %lld..%lld\n", (long long)((t.incomplete[i].start - noon) / USEC_PER_SEC),
				   (long long)((t.incomplete[i].end - noon) / USEC_PER_SEC));
		result_free(&t);
		plan_free(p);
	}
	arena_free(&a);
	return buf_str(&b->out);
}

#define EXPECT(scope, want, ...) assert_string_equal(ask(b, scope, (struct request){ __VA_ARGS__ }), want)

static void errors_name_the_argument_and_the_place(void **state)
{
	struct bench *b = *state;
	EXPECT(b->all, "view: unknown view \"flows\", there are traffic, iftraffic, ifcounters, ifextra, host, vm, services, application, drops, events, hosts", .view = "flows");
	EXPECT(b->all, "select: error at 1: nothing is selected", .select = "  ");
	EXPECT(b->all, "select: error at 7: unknown field \"ipsorce\", did you mean \"ipsource\"?", .select = "bytes,ipsorce");
	EXPECT(b->all, "select: error at 7: unknown field \"httphost\" in view iftraffic, it is one of application", .select = "bytes,httphost");
	EXPECT(b->own, "select: error at 7: unknown field \"httphost\" in view iftraffic", .select = "bytes,httphost");
	EXPECT(b->own, "select: error at 7: unknown field \"ifspeed\" in view iftraffic, it is one of ifcounters", .select = "bytes,ifspeed");
	EXPECT(b->all, "select: error at 1: unknown function \"top\", there are sum, rate, min, max, mean, sdev, percentile, share, error, count, first, last, mask, prefix, suffix, domain, hour, weekday, extract, asn, asname, country, name, map", .select = "top(bytes)");
	EXPECT(b->all, "select: error at 6: rate takes a value, \"ipsource\" is a key", .select = "rate(ipsource)");
	EXPECT(b->all, "select: error at 7: count takes a key, \"bytes\" is a value", .select = "count(bytes)");
	EXPECT(b->all, "select: error at 6: rate is written rate(field)", .select = "rate(");
	EXPECT(b->all, "select: error at 11: rate is written rate(field)", .select = "rate(bytes");
	EXPECT(b->all, "select: error at 18: percentile must be 1..100, not \"101\"", .select = "percentile(bytes,101)");
	EXPECT(b->all, "select: error at 2: percentile must be 1..100, not \"0\"", .select = "p0(bytes)");
	EXPECT(b->all, "select: error at 17: percentile is written percentile(field,number)", .select = "percentile(bytes)");
	EXPECT(b->all, "select: error at 15: mask must be 0..128, not \"129\"", .select = "mask(ipsource,129)");
	EXPECT(b->all, "select: error at 15: mask must be 0..128, not \"\"", .select = "mask(ipsource,-1)");
	EXPECT(b->all, "select: error at 7: mask takes an address", .select = "bytes,mask(protocol,8)");
	EXPECT(b->all, "select: error at 1: domain takes a name", .select = "domain(protocol,2)");
	EXPECT(b->all, "select: error at 1: hour takes the time", .select = "hour(ipsource)");
	EXPECT(b->all, "select: error at 1: prefix does not take the time", .select = "prefix(time,4)");
	EXPECT(b->all, "select: error at 8: prefix takes a key, \"bytes\" is a value", .select = "prefix(bytes,4)");
	EXPECT(b->all, "select: error at 1: flows is counted and not estimated: it has no error", .select = "error(flows)");
	EXPECT(b->all, "select: error at 10: interface has two sides: select inputinterface or outputinterface here", .select = "ipsource,prefix(interface,4)");
	EXPECT(b->all, "select: error at 10: a field or a function is missing", .select = "ipsource,");
	EXPECT(b->all, "select: error at 7: a comma is expected here", .select = "bytes frames");
	EXPECT(b->all, "select: error at 1: unknown field \"duration\", did you mean \"direction\"?", .select = "duration");
	EXPECT(b->all, "select: error at 11: interface has two sides: select inputinterface or outputinterface here", .select = "interface,count(interface)");
	EXPECT(b->all, "filter: error at 20: prefix length must be 0..32", .select = "bytes", .where = "ipsource=192.0.2.0/33");
	EXPECT(b->all, "sort: error at 1: \"ipsource\" is not selected", .select = "bytes", .sort = "ipsource");
	EXPECT(b->all, "sort: error at 1: unknown field \"byts\", did you mean \"bytes\"?", .select = "ipsource", .sort = "byts");
	EXPECT(b->all, "n: must be 1..1000000, not -1", .select = "bytes", .n = -1);
	EXPECT(b->all, "n: must be 1..1000000, not 1000001", .select = "bytes", .n = 1000001);
	EXPECT(b->all, "tz: unknown time zone \"Mars/Base\"", .select = "bytes", .tz = "Mars/Base");
	EXPECT(b->all, "bucket: only a trend has buckets", .select = "bytes", .bucket = "hour");
	EXPECT(b->all, "bucket: the interval has more than a million of them", .kind = QUERY_TREND, .select = "bytes", .bucket = "1", .interval = "lastyear");
	assert_non_null(strstr(ask(b, b->all, (struct request){ .select = "bytes", .interval = "someday" }), "interval: error at 1: "));
	assert_non_null(strstr(ask(b, b->all, (struct request){ .kind = QUERY_TREND, .select = "bytes", .bucket = "fortnight" }), "bucket: error at 1: "));
	EXPECT(b->all, "select: error at 1: raw rows have no functions", .kind = QUERY_ROWS, .select = "sum(bytes)");
}

static void sort_may_name_what_is_not_selected(void **state)
{
	struct bench *b = *state;
	EXPECT(b->all, "10.0.0.1\n10.0.0.5\n10.0.0.3\n10.0.0.6\n10.0.0.7\n", .select = "ipsource", .sort = "bytes");
	EXPECT(b->all, "10.0.0.1,200\n10.0.0.5,200\n,300\n", .select = "ipsource,bytes", .sort = " rate( bytes ) ", .n = 2);
}

static void keys_are_made_of_keys(void **state)
{
	struct bench *b = *state;
	EXPECT(b->all, "10.0.0.4,400\n", .select = "mask(ipsource,30),bytes", .where = "ipsource=10.0.0.4/30");
	EXPECT(b->all, "10.0.0.0,10.0.0.1,200\n10.0.0.4,10.0.0.5,200\n10.0.0.0,10.0.0.3,100\n10.0.0.4,10.0.0.6,100\n10.0.0.4,10.0.0.7,100\n",
	       .select = "mask(ipsource,30),ipsource,bytes");
	EXPECT(b->all, "0.0.0.0,700,5\n", .select = "mask(ipsource,0),bytes,count(ipsource)");
	EXPECT(b->all, "5,200\n", .select = "suffix(ipsource,1),bytes", .where = "ipsource=10.0.0.5", .n = 1);
	EXPECT(b->all, "10.,700\n", .select = "prefix(ipsource,3),bytes");
	EXPECT(b->all, "1,200\n5,200\n3,100\n6,100\n7,100\n", .select = "suffix(ipsource,1),bytes");
	EXPECT(b->all, "0.1,200,10.0.1.2\n,500,\n", .select = "domain(sourceaddress,2),bytes,first(ipdestination)", .n = 1);
	EXPECT(b->all, "12,1,700,350\n", .select = "hour(time),weekday(time),bytes,mean(bytes)");
	EXPECT(b->all, "13,700\n", .select = "hour(time),bytes", .tz = "Europe/Zurich");
	EXPECT(b->all, "2026-11-23T12:00:00+00:00,12,600\n2026-11-23T12:01:00+00:00,12,100\n", .kind = QUERY_TREND, .select = "time,hour(time),bytes", .bucket = "60");
	EXPECT(b->own, "10.0.0.0,300\n10.0.0.4,100\n", .select = "mask(ipsource,30),bytes");
}

static void shares_are_of_all_that_passes(void **state)
{
	struct bench *b = *state;
	EXPECT(b->all, "10.0.0.1,50\n,50\n", .select = "ipsource,share(bytes)", .n = 1, .where = "ipsource=10.0.0.1,10.0.0.5", .sort = "share(bytes)");
	EXPECT(b->all, "10.99.99.1>3,100\n10.99.99.1>2,40\n10.99.99.1>4,40\n10.99.99.1>1,20\n", .select = "interface,share(bytes)", .where = "interface=10.99.99.1>3") ;
	EXPECT(b->all, "2026-11-23T12:00:00+00:00,10.0.0.1,100\n2026-11-23T12:01:00+00:00,,\n", .kind = QUERY_TREND, .select = "time,ipsource,share(bytes)",
	       .where = "ipsource=10.0.0.1", .bucket = "60");
}

static void minutes_have_percentiles_and_deviations(void **state)
{
	struct bench *b = *state;
	EXPECT(b->all, "600,600,100,250,350\n", .select = "percentile(bytes,100),p51(bytes),p50(bytes),sdev(bytes),mean(bytes)");
	EXPECT(b->all, "4800\n", .select = "p95(bits)");
	EXPECT(b->all, "0,0\n", .select = "error(bytes),error(frames)");
}

static void parameters_are_values_and_not_text(void **state)
{
	struct bench *b = *state;
	const struct request_param good = { "target", "10.0.0.3" }, bad = { "target", "10.0.0.3)|(ipsource=0.0.0.0/0" };
	EXPECT(b->all, "10.0.0.3,100\n", .select = "ipsource,bytes", .where = "(ipsource=$target)", .param = &good, .nparam = 1);
	assert_non_null(strstr(ask(b, b->all, (struct request){ .select = "bytes", .where = "(ipsource=$target)", .param = &bad, .nparam = 1 }), "filter: error at"));
}

static void damaged_segments_are_told(void **state)
{
	struct bench *b = *state;
	b->st.seg[1]->damaged = true;
	EXPECT(b->all, "400\nincomplete 5..50\n", .select = "bytes");
	b->st.gap[0] = (struct store_gap){ { noon - USEC_PER_HOUR, noon + 30 * USEC_PER_SEC }, "lost" };
	b->st.ngap = 1;
	EXPECT(b->all, "400\nincomplete 0..50\n", .select = "bytes");
	EXPECT(b->all, "2026-11-23T12:00:10+00:00\nincomplete 0..50\n", .kind = QUERY_ROWS, .select = "time", .n = 1);
}

static void limits_end_a_run_with_an_error(void **state)
{
	struct bench *b = *state;
	const volatile bool stop_now = true;
	b->env.max_bytes = 3 << 20;
	static struct flow_rec many[100000];
	for (uint32_t i = 0; i < COUNT_OF(many); i++) {
		many[i] = flow(60, 1, 1, 1, 1);
		many[i].ipsource = addr_v4(i + 1);
	}
	fake_segment(&b->st, TABLE_TRAFFIC, many, COUNT_OF(many));
	EXPECT(b->all, "run: the query needs more than 3 MB: narrow the interval or select fewer keys", .select = "ipsource,sourceport,bytes");
	b->env.max_bytes = 0;
	EXPECT(b->all, "10000700\n", .select = "bytes");
	b->env.max_rows = 3;
	EXPECT(b->all, "run: the answer has more than 3 rows: ask for fewer keys, buckets or a smaller n", .select = "ipsource,bytes");
	b->env.max_rows = 0;
	b->env.cancel = &stop_now;
	EXPECT(b->all, "run: cancelled", .select = "bytes");
}

static void a_pattern_that_is_given_up_refuses_the_answer(void **state)
{
	struct bench *b = *state;
	EXPECT(b->all, "filter: the pattern at 9 takes too long on some values", .select = "bytes",
	       .where = "bytes>0&sourceaddress~\"(.*.*.*.*.*.*.*.*.*.*.*.*.*.*)[xy]\"");
	EXPECT(b->all, "\n", .select = "bytes", .where = "bytes>0&sourceaddress~\"[xy]\"");
}

static void sums_pass_64_bits_exactly(void **state)
{
	struct bench *b = *state;
	struct flow_rec r[3] = { flow(1, 200, 1, 1, 1), flow(1, 200, 1, 1, 1), flow(1, 200, 1, 1, 1) };
	for (size_t i = 0; i < 3; i++) {
		r[i].bytes = (uint64_t)1 << 60;
		r[i].samplingrate = 1u << 30;
	}
	fake_segment(&b->st, TABLE_TRAFFIC, r, 3);
	EXPECT(b->all, "10.0.0.200,3713820117856140824697372672\n", .select = "ipsource,bytes", .where = "ipsource=10.0.0.200");
}

static void raw_rows_come_in_the_order_of_time(void **state)
{
	struct bench *b = *state;
	EXPECT(b->all, "2026-11-23T12:00:05+00:00,10.99.99.1>4,100\n2026-11-23T12:00:10+00:00,10.99.99.1>1,100\n", .kind = QUERY_ROWS,
	       .select = "time,inputinterface,bytes", .n = 2);
	EXPECT(b->own, "2026-11-23T12:00:10+00:00,10.99.99.1>1,\n2026-11-23T12:00:20+00:00,10.99.99.1>1,\n2026-11-23T12:00:30+00:00,,\n"
		       "2026-11-23T12:01:10+00:00,,10.99.99.1>1\n", .kind = QUERY_ROWS, .select = "time,inputinterface,outputinterface");
	EXPECT(b->own, "10.0.0.1,11\n10.0.0.1,11\n10.0.0.5,\n10.0.0.3,\n", .kind = QUERY_ROWS, .select = "sourceaddress,vlaninner");
	EXPECT(b->own, "10.0.0.1,101,,\n10.0.0.1,101,,\n10.0.0.5,,,\n10.0.0.3,,101,\n", .kind = QUERY_ROWS, .select = "sourceaddress,vlansource,vlandestination,macsource");
}

/* -- the walls ------------------------------------------------------------------------------------------ */

static void a_customer_sees_flows_with_an_own_end(void **state)
{
	struct bench *b = *state;
	EXPECT(b->own, "10.0.0.1,10.0.1.2,200\n10.0.0.3,10.0.1.1,100\n10.0.0.5,10.0.1.9,100\n", .select = "ipsource,ipdestination,bytes");
	EXPECT(b->own, "10.0.0.1,200\n,200\n", .select = "ipsource,bytes", .n = 1);
	EXPECT(b->own, "400\n", .select = "bytes");
	EXPECT(b->own, "3,1\n", .select = "count(ipsource),count(inputinterface)");
}

static void what_is_not_own_is_null(void **state)
{
	struct bench *b = *state;
	EXPECT(b->own, "10.99.99.1>1,,200\n,,100\n,10.99.99.1>1,100\n", .select = "inputinterface,outputinterface,bytes");
	EXPECT(b->own, "10.99.99.1>1,300\n,100\n", .select = "interface,bytes");
	EXPECT(b->own, "101,200\n,200\n", .select = "vlansource,bytes");
	EXPECT(b->own, ",400\n", .select = "macsource,bytes");
}

static void a_test_on_what_is_not_own_finds_out_nothing(void **state)
{
	struct bench *b = *state;
	EXPECT(b->own, "\n", .select = "bytes", .where = "outputinterface=10.99.99.1>2");
	EXPECT(b->own, "300\n", .select = "bytes", .where = "interface=10.99.99.1>1");
	EXPECT(b->own, "400\n", .select = "bytes", .where = "inputinterface!=10.99.99.1>3");
	EXPECT(b->own, "400\n", .select = "bytes", .where = "inputinterface!=10.99.99.1>77");
	EXPECT(b->own, "\n", .select = "bytes", .where = "interface~\">[234]$\"");
	EXPECT(b->own, "\n", .select = "bytes", .where = "macsource=02:00:00:00:00:03");
	EXPECT(b->own, "\n", .select = "bytes", .where = "vlansource=103");
	EXPECT(b->own, "400\n", .select = "bytes", .where = "!(vlansource>101)");
}

static void what_may_not_be_seen_does_not_exist(void **state)
{
	struct bench *b = *state;
	EXPECT(b->own, "select: error at 1: unknown field \"agent\" in view iftraffic", .select = "agent");
	EXPECT(b->own, "select: error at 1: unknown field \"agemt\" in view iftraffic", .select = "agemt");
	EXPECT(b->own, "sort: error at 1: unknown field \"samplingrate\" in view iftraffic", .select = "bytes", .sort = "samplingrate");
	assert_non_null(strstr(ask(b, b->own, (struct request){ .select = "bytes", .where = "agent=10.99.99.1" }), "filter: error at 1: unknown field"));
	char foreign[200], none[200];
	snprintf(foreign, sizeof(foreign), "%s", ask(b, b->own, (struct request){ .select = "bytes", .where = "interface=10.99.99.1>ge-2" }));
	snprintf(none, sizeof(none), "%s", ask(b, b->own, (struct request){ .select = "bytes", .where = "interface=10.99.99.1>ge-9" }));
	assert_non_null(strstr(none, "ge-9"));
	*(strstr(none, "ge-9") + 3) = '2';
	assert_string_equal(foreign, none); /* the same words, but for the name itself */
	EXPECT(b->own, "300\n", .select = "bytes", .where = "interface=10.99.99.1>ge-1");
}

static void every_own_field_has_a_mask(void **state)
{
	struct bench *b = *state;
	const struct view *v = view_find("traffic", 7);
	for (size_t i = 0; i < v->nfields; i++) {
		const struct field *f = &v->fields[i];
		if (f->role == R_DETAIL || !scope_shows_field(b->own, f))
			continue;
		const char *answer = ask(b, b->own, (struct request){ .select = f->name, .sort = "bytes" });
		assert_null(strstr(answer, "error"));
		assert_null(strstr(answer, ">2"));
		assert_null(strstr(answer, ">3"));
		assert_null(strstr(answer, "02:00:00:00:00:0"));
		assert_true(f->show != SHOW_OWN || !strstr(answer, "103"));
	}
}

static void every_allocation_may_fail(void **state)
{
	struct bench *b = *state;
	for (long n = 0;; n++) {
		struct arena a = { 0 };
		struct problem why = { 0 };
		struct plan *p;
		struct result t;
		const struct request rq = { .kind = QUERY_TREND, .view = "traffic", .select = "time,interface,bytes,count(ipsource),max(frames)",
					    .where = "ipsource=10.0.0.0/8|macsource~02", .interval = "2026-11-23T12:00:00Z,2026-11-23T12:02:00Z", .n = 1 };
		mem_fail_at(n);
		enum err err = plan_make(&a, &b->env, b->own, &rq, &p, &why);
		bool made = err == OK;
		if (made)
			err = plan_run(p, &t, &why);
		mem_fail_at(-1);
		if (made)
			plan_free(p);
		arena_free(&a);
		if (err == OK) {
			result_free(&t);
			assert_true(n > 50);
			return;
		}
		assert_int_equal(err, E_NOMEM);
		b->st.seg[0]->prepared = b->st.seg[1]->prepared = 0;
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
/* As many values as there may be, of each view, plain and by the functions that need most. */
static void sixty_four_columns_are_not_too_many(void **state)
{
	struct bench *b = *state;
	static const char *const how[] = { "", "error(", "rate(", "p95(" };
	for (size_t v = 0; v < nviews; v++)
		for (unsigned k = 0; k < 4 * 3 && views[v].table->id < TABLES; k++) {
			const enum query_kind kind = (enum query_kind)(k % 3);
			_cleanup_(buf_free) struct buf select = { 0 };
			size_t n = 0;
			for (size_t i = 0; i < views[v].nfields; i++) {
				const struct field *f = &views[v].fields[i];
				if (n == 64 || f->role == R_KEY || f->role == R_DETAIL || (k / 3 == 1 && !STREQ(f->name, "bytes") && !STREQ(f->name, "frames")))
					continue;
				buf_text(&select, n++ ? "," : "");
				buf_printf(&select, "%s%s%s", how[k / 3], f->name, k / 3 ? ")" : "");
			}
			(void)ask(b, b->all, (struct request){ .kind = kind, .view = views[v].name, .select = buf_str(&select) });
			assert_null(strstr(buf_str(&b->out), "run: "));
		}
}

UNIT_MAIN(CASE(errors_name_the_argument_and_the_place), CASE(sort_may_name_what_is_not_selected), CASE(keys_are_made_of_keys), CASE(shares_are_of_all_that_passes),
	  CASE(minutes_have_percentiles_and_deviations), CASE(parameters_are_values_and_not_text),
	  CASE(damaged_segments_are_told), CASE(limits_end_a_run_with_an_error), CASE(a_pattern_that_is_given_up_refuses_the_answer), CASE(sums_pass_64_bits_exactly),
	  CASE(raw_rows_come_in_the_order_of_time), CASE(a_customer_sees_flows_with_an_own_end), CASE(what_is_not_own_is_null),
	  CASE(a_test_on_what_is_not_own_finds_out_nothing), CASE(what_may_not_be_seen_does_not_exist), CASE(every_own_field_has_a_mask), CASE(sixty_four_columns_are_not_too_many),
	  CASE(every_allocation_may_fail))
