/* Counters of hosts, VLANs and services: running totals become differences, levels their mean; and tables
 * of operations and drops are added up like traffic, by their own sampling rate. */
#include "unit.h"

#include "fake_store.h"
#include "query/query.h"

static const usec_t noon = 1795435200 * USEC_PER_SEC; /* 2026-11-23 12:00 UTC */
static struct model *model;

static uint64_t text(const char *s)
{
	uint64_t hash = text_hash(s, strlen(s));
	assert_int_equal(model_text_note(model, hash, s, noon), OK);
	return hash;
}

static void expect(enum table_id table, const void *rec, size_t n, struct request rq, const char *want)
{
	struct store st = { 0 };
	struct buf out = { 0 };
	struct arena a = { 0 };
	struct problem why = { 0 };
	const struct zone *zone;
	const struct scope *all;
	struct plan *p;
	struct result t;
	size_t half = n / 2;
	rq.view = rq.view ? rq.view : tables[table].name;
	rq.interval = "2026-11-23T12:00:00Z,2026-11-23T12:04:00Z";
	if (half)
		fake_segment(&st, table, rec, half);
	fake_segment(&st, table, (const uint8_t *)rec + half * tables[table].rec_size, n - half);
	assert_int_equal(zone_find("UTC", &zone), OK);
	assert_int_equal(scope_everything(&all), OK);
	const struct query_env env = { .store = &st, .model = model, .zone = zone, .now = noon + USEC_PER_DAY };
	if (plan_make(&a, &env, all, &rq, &p, &why) != OK) {
		buf_printf(&out, "E: %s", why.text);
	} else {
		assert_int_equal(plan_run(p, &t, &why), OK);
		result_csv(&t, true, &out);
		result_free(&t);
		plan_free(p);
	}
	assert_string_equal(buf_str(&out), want);
	scope_free(all);
	arena_free(&a);
	buf_free(&out);
	fake_free(&st);
}

#define EXPECT(table, rec, want, ...) expect(table, rec, COUNT_OF(rec), (struct request){ __VA_ARGS__ }, want)

static struct host_rec host(int sec, uint32_t source, const char *name, uint32_t user, uint64_t mem_free, uint32_t load)
{
	return (struct host_rec){ .time = (uint64_t)(noon + sec * USEC_PER_SEC), .agent = addr_v4(0x0a000001), .datasource = source,
				  .hostname = text(name), .uptime = (uint32_t)(1000000 + sec * 1000), .countersource = COUNTERS_SFLOW,
				  .cpu_user = user, .mem_free = mem_free, .load_one = load };
}

static void totals_are_differences_and_levels_are_means(void **state _unused_)
{
	const struct host_rec r[] = { host(0, 1, "web", 1000, 4000, 500), host(0, 2, "db", 7000, 100, 0),
				      host(60, 1, "web", 1600, 2000, 1500), host(60, 2, "db", 7060, 300, 0),
				      host(120, 1, "web", 1900, 1000, 2500) };
	EXPECT(TABLE_HOST, r, "hostname,cpu_user,mem_free,load_one\nweb,900,1500,2\ndb,60,300,0\n", .kind = QUERY_TOPN,
	       .select = "hostname,cpu_user,mem_free,load_one");
	EXPECT(TABLE_HOST, r, "time,cpu_user,mem_free\n2026-11-23T12:00:00+00:00,600,2000\n2026-11-23T12:01:00+00:00,300,1000\n"
			      "2026-11-23T12:02:00+00:00,,\n2026-11-23T12:03:00+00:00,,\n",
	       .kind = QUERY_TREND, .select = "time,cpu_user,mem_free", .where = "hostname=web", .bucket = "minute");
	EXPECT(TABLE_HOST, r, "hostname,rate(cpu_user)\nweb,7.5\n", .kind = QUERY_TOPN, .select = "hostname,rate(cpu_user)",
	       .where = "hostname~^w");
	EXPECT(TABLE_HOST, r, "max(mem_free),count(hostname)\n1150,2\n", .kind = QUERY_TOPN, .select = "max(mem_free),count(hostname)");
}

static void what_has_no_sense_is_refused(void **state _unused_)
{
	const struct host_rec r[] = { host(30, 1, "web", 1000, 4000, 500) };
	EXPECT(TABLE_HOST, r, "E: select: error at 1: mem_free is a level: it has min, max and mean, but no rate", .kind = QUERY_TOPN,
	       .select = "rate(mem_free)");
	EXPECT(TABLE_HOST, r, "E: filter: error at 1: cpu_user grows from reading to reading and cannot be tested", .kind = QUERY_TOPN,
	       .select = "mem_free", .where = "cpu_user>5");
	EXPECT(TABLE_HOST, r, "mem_free\n4000\n", .kind = QUERY_TOPN, .select = "mem_free", .where = "mem_free>3000");
	EXPECT(TABLE_HOST, r, "hostname,load_one,cpu_user\nweb,0.5,1000\n", .kind = QUERY_ROWS, .select = "hostname,load_one,cpu_user");
}

static struct ifextra_rec queue(int sec, uint16_t vlan, uint32_t queue, uint32_t dropped)
{
	return (struct ifextra_rec){ .time = (uint64_t)(noon + sec * USEC_PER_SEC), .agent = addr_v4(0x0a000001), .interface = 5,
				     .vlan = vlan, .queue = queue, .queuedropped = dropped, .uptime = (uint32_t)(1000000 + sec * 1000) };
}

static void queues_and_vlans_are_series_of_their_own(void **state _unused_)
{
	const struct ifextra_rec r[] = { queue(0, 0, 1, 10), queue(0, 0, 2, 1000), queue(60, 0, 1, 15), queue(60, 0, 2, 1070),
					 queue(60, 7, 2, 5) };
	EXPECT(TABLE_IFEXTRA, r, "interface,queue,queuedropped\n10.0.0.1>5,2,70\n10.0.0.1>5,1,5\n", .kind = QUERY_TOPN,
	       .select = "interface,queue,queuedropped", .sort = "queuedropped");
	const struct ifextra_rec wraps[] = { queue(0, 0, 1, UINT32_MAX - 4), queue(60, 0, 1, 5) };
	EXPECT(TABLE_IFEXTRA, wraps, "queuedropped\n10\n", .kind = QUERY_TOPN, .select = "queuedropped");
}

static void queue_numbers_have_32_bits(void **state _unused_)
{
	const struct ifextra_rec r[] = { queue(0, 3, 1, 10), queue(0, 3, 65537, 1000), queue(0, 3, UINT32_MAX, 7), queue(60, 3, 1, 15),
					 queue(60, 3, 65537, 1070), queue(60, 3, UINT32_MAX, 8) };
	EXPECT(TABLE_IFEXTRA, r, "vlan,queue,queuedropped\n3,65537,70\n3,1,5\n3,4294967295,1\n", .kind = QUERY_TOPN,
	       .select = "vlan,queue,queuedropped", .sort = "queuedropped");
}

static void operations_are_scaled_by_their_own_rate(void **state _unused_)
{
	struct application_rec r[] = {
		{ .time = (uint64_t)noon, .agent = addr_v4(1), .app_name = text("shop"), .samplingrate = 10, .op_count = 1, .op_bytes = 300,
		  .ipclient = addr_v4(0x0a000002), .protocol = 6, .serverport = 443 },
		{ .time = (uint64_t)noon + 1000, .agent = addr_v4(1), .app_name = text("shop"), .samplingrate = 1, .op_count = 1, .op_bytes = 7 },
		{ .time = (uint64_t)noon + 2000, .agent = addr_v4(1), .app_name = 0x4711, .op_count = 1, .op_bytes = 5 },
	};
	EXPECT(TABLE_APPLICATION, r, "app_name,op_count,op_bytes\nshop,11,3007\n?,1,5\n", .kind = QUERY_TOPN,
	       .select = "app_name,op_count,op_bytes", .sort = "op_bytes");
	EXPECT(TABLE_APPLICATION, r, "ipclient,serverport,op_bytes\n10.0.0.2,TCP:443,3000\n", .kind = QUERY_TOPN,
	       .select = "ipclient,serverport,op_bytes", .where = "serverport=TCP:443");
}

static void drops_are_counted_by_reason(void **state _unused_)
{
	struct drops_rec r[] = {
		{ .time = (uint64_t)noon, .agent = addr_v4(1), .reason = text("acl"), .frames = 1, .bytes = 70, .inputinterface = 3, .protocol = 1,
		  .icmptype = 8 << 8 },
		{ .time = (uint64_t)noon, .agent = addr_v4(1), .reason = text("acl"), .frames = 1, .bytes = 80, .inputinterface = 3 },
		{ .time = (uint64_t)noon, .agent = addr_v4(1), .reason = text("red"), .frames = 1, .bytes = 1500, .inputinterface = 4 },
	};
	EXPECT(TABLE_DROPS, r, "reason,inputinterface,frames,bytes\nacl,0.0.0.1>3,2,150\nred,0.0.0.1>4,1,1500\n", .kind = QUERY_TOPN,
	       .select = "reason,inputinterface,frames,bytes", .sort = "frames");
	EXPECT(TABLE_DROPS, r, "icmptype,frames\n8.0,1\n", .kind = QUERY_TOPN, .select = "icmptype,frames", .where = "icmptype=8.0");
}

static void a_customer_sees_none_of_it(void **state _unused_)
{
	for (size_t i = 0; i < nviews; i++)
		if (views[i].table->whose == WHOSE_STAFF)
			for (size_t f = 0; f < views[i].nfields; f++)
				assert_true(views[i].fields[f].show == SHOW_STAFF || views[i].fields[f].type == T_TIME);
}

static int begin(void **state _unused_)
{
	return model_new(&model) == OK ? 0 : -1;
}

static int end(void **state _unused_)
{
	model_free(model);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(totals_are_differences_and_levels_are_means), cmocka_unit_test(what_has_no_sense_is_refused),
		cmocka_unit_test(queues_and_vlans_are_series_of_their_own), cmocka_unit_test(queue_numbers_have_32_bits), cmocka_unit_test(operations_are_scaled_by_their_own_rate),
		cmocka_unit_test(drops_are_counted_by_reason), cmocka_unit_test(a_customer_sees_none_of_it),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("unit_tests", tests, begin, end);
}
