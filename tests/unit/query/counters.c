/* ifcounters: differences of readings, by hand: wraps, restarts, gaps, spreading, sources, scope. */
#include "unit.h"

#include "fake_store.h"
#include "mapping.h"
#include "query/query.h"

#include <math.h>

static const usec_t noon = 1795435200 * USEC_PER_SEC; /* 2026-11-23 12:00 UTC */

/* A reading `sec` seconds after noon. */
static struct ifcounters_rec at(int sec, uint32_t ifindex, uint64_t in, uint64_t pkts)
{
	return (struct ifcounters_rec){ .time = (uint64_t)(noon + sec * USEC_PER_SEC), .agent = addr_v4(0x0a636301), .interface = ifindex,
					.ifspeed = 1000000000, .countersource = COUNTERS_SFLOW, .uptime = (uint32_t)(1000000 + sec * 1000),
					.ifinoctets = in, .ifoutoctets = 2 * in, .ifinucastpkts = pkts, .iftype = 6, .ifstatus = 3 };
}

static struct model *model;

/* The answer as CSV with heading; "E: why" when refused. */
static const char *ask(struct store *st, const struct scope *scope, const struct request *rq, const char *tz, struct buf *out)
{
	struct arena a = { 0 };
	struct problem why = { 0 };
	const struct zone *zone;
	const struct scope *all = NULL;
	struct plan *p;
	struct result t;
	assert_int_equal(zone_find(tz, &zone), OK);
	if (!scope)
		assert_int_equal(scope_everything(&all), OK);
	const struct query_env env = { .store = st, .model = model, .zone = zone, .now = noon + USEC_PER_DAY };
	buf_reset(out);
	if (plan_make(&a, &env, scope ? scope : all, rq, &p, &why) != OK) {
		buf_printf(out, "E: %s", why.text);
	} else {
		assert_int_equal(plan_run(p, &t, &why), OK);
		result_csv(&t, true, out);
		result_free(&t);
		plan_free(p);
	}
	scope_free(all);
	arena_free(&a);
	return buf_str(out);
}

static void expect(const struct ifcounters_rec *rec, size_t n, struct request rq, const char *want)
{
	struct store st = { 0 };
	struct buf out = { 0 };
	size_t half = n / 2; /* two segments, so that the last reading is carried over */
	rq.view = "ifcounters";
	if (half)
		fake_segment(&st, TABLE_IFCOUNTERS, rec, half);
	fake_segment(&st, TABLE_IFCOUNTERS, rec + half, n - half);
	assert_string_equal(ask(&st, NULL, &rq, "UTC", &out), want);
	buf_free(&out);
	fake_free(&st);
}

#define ARRAY(a) a, COUNT_OF(a)
static const char first_hour[] = "2026-11-23T12:00:00Z,2026-11-23T13:00:00Z";
static const char four_minutes[] = "2026-11-23T12:00:00Z,2026-11-23T12:04:00Z";

static void a_difference_is_spread_over_the_minutes_it_spans(void **state)
{
	(void)state;
	const struct ifcounters_rec r[] = { at(-30, 5, 0, 0), at(90, 5, 1200, 7), at(210, 5, 1200, 7) };
	const struct request rq = { .kind = QUERY_TREND, .select = "time,interface,ifinoctets,rate(ifinbits),ifinucastpkts",
				    .interval = four_minutes, .bucket = "minute" };
	/* 10 octets a second from 11:59:30 to 12:01:30, then nothing; packets are cut where the whole
	 * part of their share grows: 7 of 120 s give 1, 5, 7 at 30, 90 and 120 s. */
	expect(ARRAY(r), rq, "time,interface,ifinoctets,rate(ifinbits),ifinucastpkts\n"
			     "2026-11-23T12:00:00+00:00,10.99.99.1>5,600,80,4\n"
			     "2026-11-23T12:01:00+00:00,10.99.99.1>5,300,40,2\n"
			     "2026-11-23T12:02:00+00:00,10.99.99.1>5,0,0,0\n"
			     "2026-11-23T12:03:00+00:00,10.99.99.1>5,0,0,0\n");
}

static void coverage_and_not_the_bucket_divides_a_rate(void **state)
{
	(void)state;
	/* The first bucket is covered for 30 s, the last has a gap. */
	const struct ifcounters_rec r[] = { at(30, 5, 0, 0), at(60, 5, 300, 0), at(120, 5, 900, 0), at(150, 5, 1500, 0) };
	const struct request rq = { .kind = QUERY_TREND, .select = "time,rate(ifinoctets),ifinoctets", .interval = four_minutes, .bucket = "minute" };
	expect(ARRAY(r), rq, "time,rate(ifinoctets),ifinoctets\n2026-11-23T12:00:00+00:00,10,300\n2026-11-23T12:01:00+00:00,10,600\n"
			     "2026-11-23T12:02:00+00:00,20,600\n2026-11-23T12:03:00+00:00,,\n");
}

static void frames_wrap_at_32_bits_and_octets_do_not(void **state)
{
	(void)state;
	const struct request rq = { .kind = QUERY_TOPN, .select = "ifinucastpkts,ifinoctets", .interval = first_hour };
	const struct ifcounters_rec wrap[] = { at(0, 5, 4294967000u, 4294967290u), at(60, 5, 4294968000u, 10) };
	expect(ARRAY(wrap), rq, "ifinucastpkts,ifinoctets\n16,1000\n");
	struct ifcounters_rec snmp[] = { at(0, 5, 4294967000u, 4294967290u), at(60, 5, 704, 10) };
	snmp[0].countersource = snmp[1].countersource = COUNTERS_SNMP32;
	expect(ARRAY(snmp), rq, "ifinucastpkts,ifinoctets\n16,1000\n");
	snmp[0].countersource = snmp[1].countersource = COUNTERS_SNMP64; /* back: a restart */
	expect(ARRAY(snmp), rq, "ifinucastpkts,ifinoctets\n,\n");
}

static void a_restart_is_a_gap(void **state)
{
	(void)state;
	const struct request rq = { .kind = QUERY_TOPN, .select = "ifinoctets,rate(ifinoctets)", .interval = first_hour };
	struct ifcounters_rec r[] = { at(0, 5, 1000, 0), at(60, 5, 1600, 0), at(120, 5, 5000, 0), at(180, 5, 5600, 0) };
	r[2].uptime = 20000; /* went up more than before, yet is another life */
	r[3].uptime = 80000;
	expect(ARRAY(r), rq, "ifinoctets,rate(ifinoctets)\n1200,10\n");
	struct ifcounters_rec back[] = { at(0, 5, 9000, 0), at(60, 5, 9600, 0), at(120, 5, 10, 0), at(180, 5, 610, 0) };
	for (size_t i = 0; i < COUNT_OF(back); i++)
		back[i].uptime = 0;
	expect(ARRAY(back), rq, "ifinoctets,rate(ifinoctets)\n1200,10\n");
	struct ifcounters_rec wrapped[] = { at(0, 5, 0, 0), at(60, 5, 600, 0) }; /* uptime itself wraps after 49.7 days */
	wrapped[0].uptime = UINT32_MAX - 30000;
	wrapped[1].uptime = 30000;
	expect(ARRAY(wrapped), rq, "ifinoctets,rate(ifinoctets)\n600,10\n");
}

static void more_than_the_line_carries_is_a_restart(void **state)
{
	(void)state;
	const struct request rq = { .kind = QUERY_TOPN, .select = "ifinucastpkts", .interval = first_hour };
	struct ifcounters_rec r[] = { at(0, 5, 0, 4000000000u), at(60, 5, 600, 5) };
	expect(ARRAY(r), rq, "ifinucastpkts\n\n"); /* 295 M frames in a minute of 1 Gbit/s */
	r[0].ifspeed = r[1].ifspeed = 100000000000u;
	expect(ARRAY(r), rq, "ifinucastpkts\n294967301\n");
	r[0].ifspeed = r[1].ifspeed = 0; /* unknown: less than half way round */
	expect(ARRAY(r), rq, "ifinucastpkts\n294967301\n");
	r[0].ifinucastpkts = 1000000000u;
	expect(ARRAY(r), rq, "ifinucastpkts\n\n");
}

static void more_than_ten_minutes_is_a_gap(void **state)
{
	(void)state;
	const struct request rq = { .kind = QUERY_TOPN, .select = "ifinoctets", .interval = first_hour };
	const struct ifcounters_rec ten[] = { at(0, 5, 0, 0), at(600, 5, 600, 0) }, longer[] = { at(0, 5, 0, 0), at(601, 5, 600, 0) };
	expect(ARRAY(ten), rq, "ifinoctets\n600\n");
	expect(ARRAY(longer), rq, "ifinoctets\n\n");
}

static void what_the_device_does_not_count_is_null(void **state)
{
	(void)state;
	const struct request rq = { .kind = QUERY_TOPN, .select = "interface,ifinoctets,ifinucastpkts,ifoutoctets", .interval = first_hour };
	struct ifcounters_rec r[] = { at(0, 5, 0, UINT32_MAX), at(60, 5, 600, UINT32_MAX) };
	r[0].ifoutoctets = r[1].ifoutoctets = UINT64_MAX;
	expect(ARRAY(r), rq, "interface,ifinoctets,ifinucastpkts,ifoutoctets\n10.99.99.1>5,600,,\n");
}

static void time_covered_twice_counts_once(void **state)
{
	(void)state;
	const struct request rq = { .kind = QUERY_TOPN, .select = "ifinoctets", .interval = first_hour };
	struct ifcounters_rec r[] = { at(0, 5, 0, 0), at(0, 5, 0, 0), at(10, 5, 0, 0), at(60, 5, 600, 0), at(60, 5, 600, 0), at(70, 5, 600, 0) };
	r[2].countersource = r[5].countersource = COUNTERS_SNMP64; /* a second source, 10 s later; its last 10 s are new */
	expect(ARRAY(r), rq, "ifinoctets\n700\n");
}

static void what_only_one_source_counts_is_told_by_it(void **state)
{
	(void)state;
	const struct request rq = { .kind = QUERY_TOPN, .select = "ifinoctets,ifinucastpkts,rate(ifinucastpkts),ifinutilization", .interval = first_hour };
	struct ifcounters_rec r[] = { at(0, 5, 0, 0), at(0, 5, 0, UINT64_MAX), at(60, 5, 600, 90), at(60, 5, 600, UINT64_MAX), at(120, 5, 1200, UINT64_MAX) };
	r[1].countersource = r[3].countersource = r[4].countersource = COUNTERS_SNMP64; /* octets alone, and for longer */
	r[0].ifinoctets = r[2].ifinoctets = 0;
	expect(ARRAY(r), rq, "ifinoctets,ifinucastpkts,rate(ifinucastpkts),ifinutilization\n600,90,1.5,0.000004\n");
	r[0].ifinoctets = r[2].ifinoctets = UINT64_MAX; /* each counts what the other does not */
	expect(ARRAY(r), rq, "ifinoctets,ifinucastpkts,rate(ifinucastpkts),ifinutilization\n1200,90,1.5,0.000008\n");
}

static void rates_of_several_interfaces_add_up(void **state)
{
	(void)state;
	const struct ifcounters_rec r[] = { at(0, 5, 0, 0), at(0, 6, 0, 0), at(60, 5, 600, 0), at(60, 6, 6000, 0), at(120, 6, 12000, 0) };
	expect(ARRAY(r), (struct request){ .kind = QUERY_TOPN, .select = "rate(ifinoctets),ifinoctets", .interval = first_hour },
	       "rate(ifinoctets),ifinoctets\n110,12600\n");
	expect(ARRAY(r), (struct request){ .kind = QUERY_TOPN, .select = "ifindex,ifinoctets", .interval = first_hour, .n = 1 },
	       "ifindex,ifinoctets\n6,12000\n,600\n");
	expect(ARRAY(r), (struct request){ .kind = QUERY_TOPN, .select = "count(interface),last(ifindex)", .interval = first_hour },
	       "count(interface),last(ifindex)\n2,6\n");
}

static void utilization_is_a_share_of_the_speed(void **state)
{
	(void)state;
	const struct ifcounters_rec r[] = { at(0, 5, 0, 0), at(60, 5, 750000000, 0), at(120, 5, 1125000000, 0) };
	expect(ARRAY(r), (struct request){ .kind = QUERY_TOPN, .interval = first_hour,
					   .select = "ifinutilization,max(ifinutilization),min(ifinutilization),mean(ifinutilization),max(ifinbits)" },
	       "ifinutilization,max(ifinutilization),min(ifinutilization),mean(ifinutilization),max(ifinbits)\n7.5,10,5,7.5,6000000000\n");
}

static void of_names_at_one_time_the_letters_decide(void **state)
{
	(void)state;
	static const char *const name[] = { "zeta", "alpha" };
	const struct request rq = { .kind = QUERY_TOPN, .select = "first(ifname),last(ifname),ifinoctets", .interval = first_hour };
	const struct ifcounters_rec one[] = { at(0, 5, 0, 0), at(0, 6, 0, 0), at(60, 5, 600, 0), at(60, 6, 60, 0) };
	const struct ifcounters_rec two[] = { one[1], one[0], one[3], one[2] }; /* the other came first */
	assert_int_equal(model_new(&model), OK);
	for (uint32_t i = 0; i < COUNT_OF(name); i++) {
		const struct iface_note note = { .agent = addr_v4(0x0a636301), .ifindex = 5 + i, .name = name[i], .when = noon };
		assert_int_equal(model_note(model, &note), OK);
	}
	expect(ARRAY(one), rq, "first(ifname),last(ifname),ifinoctets\nalpha,zeta,660\n");
	expect(ARRAY(two), rq, "first(ifname),last(ifname),ifinoctets\nalpha,zeta,660\n");
	model_free(model);
	model = NULL;
}

static void names_come_from_the_model(void **state)
{
	(void)state;
	const struct iface_note note = { .agent = addr_v4(0x0a636301), .ifindex = 5, .name = "ethernet5", .alias = "to A, \"B\"", .speed = 42000, .when = noon };
	struct ifcounters_rec r[] = { at(0, 5, 0, 0), at(60, 5, 600, 0), at(0, 6, 0, 0), at(60, 6, 60, 0) };
	for (size_t i = 0; i < COUNT_OF(r); i++)
		r[i].ifspeed = 0;
	assert_int_equal(model_new(&model), OK);
	assert_int_equal(model_note(model, &note), OK);
	expect(ARRAY(r), (struct request){ .kind = QUERY_TOPN, .select = "ifname,ifalias,ifspeed,iftype,ifstatus,ifinoctets", .interval = first_hour },
	       "ifname,ifalias,ifspeed,iftype,ifstatus,ifinoctets\nethernet5,\"to A, \"\"B\"\"\",42000,6,3,600\n,,,6,3,60\n");
	expect(ARRAY(r), (struct request){ .kind = QUERY_TOPN, .select = "ifindex,ifinoctets", .interval = first_hour, .where = "interface=10.99.99.1>ethernet5" },
	       "ifindex,ifinoctets\n5,600\n");
	expect(ARRAY(r), (struct request){ .kind = QUERY_TOPN, .select = "ifindex,ifinoctets", .interval = first_hour, .where = "ifname~^eth" },
	       "ifindex,ifinoctets\n5,600\n");
	expect(ARRAY(r), (struct request){ .kind = QUERY_TOPN, .select = "ifindex,ifinoctets", .interval = first_hour, .where = "ifalias=\"\"" },
	       "ifindex,ifinoctets\n6,60\n");
	model_free(model);
	model = NULL;
}

static void a_day_of_23_hours_adds_up(void **state)
{
	(void)state;
	enum { EVERY = 300, FIRST = 1774738800 /* 2026-03-28 23:00 UTC = 29 March 00:00 in Zurich */ };
	static struct ifcounters_rec r[23 * 3600 / EVERY + 1];
	struct store st = { 0 };
	struct buf out = { 0 };
	for (size_t i = 0; i < COUNT_OF(r); i++) {
		r[i] = at(0, 5, i * 3000, 0);
		r[i].time = (uint64_t)((FIRST + (usec_t)i * EVERY) * USEC_PER_SEC);
		r[i].uptime = 0;
	}
	fake_segment(&st, TABLE_IFCOUNTERS, r, COUNT_OF(r));
	struct request rq = { .kind = QUERY_TREND, .view = "ifcounters", .select = "time,ifinoctets,rate(ifinoctets)", .bucket = "day",
			      .interval = "2026-03-29 00:00,2026-03-30 00:00" };
	assert_string_equal(ask(&st, NULL, &rq, "Europe/Zurich", &out),
			    "time,ifinoctets,rate(ifinoctets)\n2026-03-29T00:00:00+01:00,828000,10\n");
	rq.bucket = "hour";
	ask(&st, NULL, &rq, "Europe/Zurich", &out);
	size_t lines = 0;
	for (const char *s = buf_str(&out); (s = strchr(s, '\n')); s++)
		lines++;
	assert_int_equal(lines, 1 + 23);
	assert_non_null(strstr(buf_str(&out), "2026-03-29T01:00:00+01:00,36000,10\n2026-03-29T03:00:00+02:00,36000,10\n"));
	buf_free(&out);
	fake_free(&st);
}

static void the_next_owner_does_not_see_the_predecessors_history(void **state)
{
	(void)state;
	struct own_port port[] = { { .agent = addr_v4(0x0a636301), .ifindex = 5, .when = { noon + 120 * USEC_PER_SEC, INT64_MAX } } };
	struct mapping c = { .c = { .id = "b", .port = port, .nport = 1 } };
	mapping_make(&c);
	struct ifcounters_rec r[] = { at(0, 5, 0, 0), at(60, 5, 600, 0), at(110, 5, 60000, 0), at(130, 5, 70000, 0), at(190, 5, 70600, 0),
				      at(0, 6, 0, 0), at(60, 6, 777, 0) };
	const struct scope *scope;
	struct problem why;
	struct store st = { 0 };
	struct buf out = { 0 };
	fake_segment(&st, TABLE_IFCOUNTERS, r, COUNT_OF(r));
	assert_int_equal(scope_customer(&c.all, "b", NULL, &scope, &why), OK);
	struct request rq = { .kind = QUERY_TOPN, .view = "ifcounters", .select = "interface,ifinoctets,rate(ifinoctets)", .interval = first_hour };
	assert_string_equal(ask(&st, scope, &rq, "UTC", &out), "interface,ifinoctets,rate(ifinoctets)\n10.99.99.1>5,600,10\n");
	rq.where = "interface=10.99.99.1>6"; /* another's port, as one that does not exist */
	assert_string_equal(ask(&st, scope, &rq, "UTC", &out), "interface,ifinoctets,rate(ifinoctets)\n");
	rq.where = "interface!=10.99.99.1>5";
	assert_string_equal(ask(&st, scope, &rq, "UTC", &out), "interface,ifinoctets,rate(ifinoctets)\n");
	rq.kind = QUERY_ROWS;
	rq.where = NULL;
	rq.select = "time,interface,ifinoctets";
	assert_string_equal(ask(&st, scope, &rq, "UTC", &out), "time,interface,ifinoctets\n2026-11-23T12:02:10+00:00,10.99.99.1>5,\n"
							       "2026-11-23T12:03:10+00:00,10.99.99.1>5,\n");
	port[0].when = (struct span){ INT64_MIN, noon + 60 * USEC_PER_SEC }; /* and the one before sees no later */
	scope_free(scope);
	assert_int_equal(scope_customer(&c.all, "b", NULL, &scope, &why), OK);
	rq = (struct request){ .kind = QUERY_TOPN, .view = "ifcounters", .select = "ifinoctets", .interval = first_hour };
	assert_string_equal(ask(&st, scope, &rq, "UTC", &out), "ifinoctets\n600\n");
	scope_free(scope);
	buf_free(&out);
	mapping_free(&c);
	fake_free(&st);
}

static void a_running_total_cannot_be_tested(void **state)
{
	(void)state;
	const struct ifcounters_rec r[] = { at(0, 5, 0, 0) };
	expect(ARRAY(r), (struct request){ .kind = QUERY_TOPN, .select = "ifinoctets", .interval = first_hour, .where = "ifindex=5 & ifinoctets>5" },
	       "E: filter: error at 13: ifinoctets grows from reading to reading and cannot be tested");
	expect(ARRAY(r), (struct request){ .kind = QUERY_TOPN, .select = "rate(ifinutilization)", .interval = first_hour },
	       "E: select: error at 1: ifinutilization is a share: it has min, max and mean, but no rate");
}

static void keys_are_those_of_the_later_reading(void **state)
{
	(void)state;
	struct ifcounters_rec r[] = { at(0, 5, 0, 0), at(60, 5, 600, 0), at(0, 6, 0, 0), at(60, 6, 60, 0) };
	r[1].lagid = 1007;
	r[1].lagpartner = 0x020000000011;
	r[3].ifstatus = 1;
	expect(ARRAY(r), (struct request){ .kind = QUERY_TOPN, .select = "lagid,lagpartner,ifoperstatus,ifinoctets", .interval = first_hour },
	       "lagid,lagpartner,ifoperstatus,ifinoctets\n1007,02:00:00:00:00:11,up,600\n0,,down,60\n");
	expect(ARRAY(r), (struct request){ .kind = QUERY_TOPN, .select = "datasource,ifadminstatus,ifstatus,ifinoctets", .interval = first_hour, .where = "ifoperstatus=down&datasource=6" },
	       "datasource,ifadminstatus,ifstatus,ifinoctets\n6,up,1,60\n");
	expect(ARRAY(r), (struct request){ .kind = QUERY_TOPN, .select = "count(lagid),first(lagpartner)", .interval = first_hour },
	       "count(lagid),first(lagpartner)\n2,02:00:00:00:00:11\n");
}

UNIT_MAIN(cmocka_unit_test(a_difference_is_spread_over_the_minutes_it_spans), cmocka_unit_test(coverage_and_not_the_bucket_divides_a_rate),
	  cmocka_unit_test(frames_wrap_at_32_bits_and_octets_do_not), cmocka_unit_test(a_restart_is_a_gap),
	  cmocka_unit_test(more_than_the_line_carries_is_a_restart), cmocka_unit_test(more_than_ten_minutes_is_a_gap),
	  cmocka_unit_test(what_the_device_does_not_count_is_null), cmocka_unit_test(time_covered_twice_counts_once),
	  cmocka_unit_test(what_only_one_source_counts_is_told_by_it), cmocka_unit_test(rates_of_several_interfaces_add_up), cmocka_unit_test(utilization_is_a_share_of_the_speed),
	  cmocka_unit_test(names_come_from_the_model), cmocka_unit_test(of_names_at_one_time_the_letters_decide), cmocka_unit_test(a_day_of_23_hours_adds_up),
	  cmocka_unit_test(the_next_owner_does_not_see_the_predecessors_history), cmocka_unit_test(a_running_total_cannot_be_tested),
	  cmocka_unit_test(keys_are_those_of_the_later_reading))
