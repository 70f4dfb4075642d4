/* The view `hosts`: what samples taught, as rows; a customer sees hosts of ports that are its own now and
 * were when the host was seen, and of a predecessor's time nothing. */
#include "unit.h"

#include "base/mem.h"
#include "mapping.h"
#include "query/query.h"

static const usec_t noon = 1795435200 * USEC_PER_SEC; /* 2026-11-23 12:00 UTC */

struct bench {
	struct query_env env;
	struct model *model;
	struct hosts *hosts;
	const struct scope *all, *own; /* own: port 1 of the agent, from 12:30 on */
	struct own_port port[1];
	struct mapping c;
	struct buf out;
};

/* A sample of 10.0.0.x, which is behind the port of that number; x of 7: by its MAC alone. */
static struct flow_rec sample(int minutes, uint32_t x, uint32_t port)
{
	const struct addr none = { .b = { 0 } };
	return (struct flow_rec){ .time = (uint64_t)(noon + minutes * USEC_PER_MIN), .agent = addr_v4(0x0a636301), .exporttype = EXPORT_SFLOW,
				  .datasource = port, .inputinterface = port, .outputinterface = 24, .vlansource = (uint16_t)(100 + port),
				  .ipsource = x == 7 ? none : addr_v4(0x0a000000 + x), .macsource = 0x020000000000 + x,
				  .samplingrate = 1, .bytes = 100, .frames = 1 };
}

static int start(void **state)
{
	struct bench *b = mem_new0(1, sizeof(*b));
	struct problem why;
	struct batch *rows;
	const struct flow_rec seen[] = { sample(0, 1, 1), sample(50, 1, 1), sample(10, 2, 1), sample(40, 3, 1), sample(20, 4, 2), sample(45, 7, 2) };
	const struct iface_note note = { .agent = addr_v4(0x0a636301), .ifindex = 1, .name = "ge-1", .when = noon };
	assert_int_equal(model_new(&b->model), OK);
	assert_int_equal(model_note(b->model, &note), OK);
	assert_int_equal(hosts_new(&b->hosts), OK);
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], COUNT_OF(seen), &rows), OK);
	for (size_t i = 0; i < COUNT_OF(seen); i++)
		batch_push(rows, &seen[i]);
	assert_int_equal(hosts_learn(b->hosts, rows), OK);
	hosts_turn(b->hosts);
	const struct flow_rec late = sample(55, 9, 3); /* whose place is not worked out yet */
	batch_reset(rows);
	batch_push(rows, &late);
	assert_int_equal(hosts_learn(b->hosts, rows), OK);
	batch_free(rows);
	b->port[0] = (struct own_port){ .agent = addr_v4(0x0a636301), .ifname = "ge-1", .when = { noon + 30 * USEC_PER_MIN, INT64_MAX } };
	b->c.c = (struct customer){ .id = "1001", .port = b->port, .nport = 1 };
	mapping_make(&b->c);
	assert_int_equal(scope_everything(&b->all), OK);
	assert_int_equal(scope_customer(&b->c.all, "1001", b->model, &b->own, &why), OK);
	b->env = (struct query_env){ .model = b->model, .hosts = b->hosts, .now = noon + USEC_PER_HOUR };
	assert_int_equal(zone_find("UTC", &b->env.zone), OK);
	*state = b;
	return 0;
}

static int stop(void **state)
{
	struct bench *b = *state;
	hosts_free(b->hosts);
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
	rq.view = "hosts";
	rq.interval = rq.interval ? rq.interval : "2026-11-23T12:00:00Z,2026-11-23T13:00:00Z";
	if (plan_make(&a, &b->env, scope, &rq, &p, &why) != OK) {
		buf_text(&b->out, why.text);
	} else {
		assert_int_equal(plan_run(p, &t, &why), OK);
		result_csv(&t, false, &b->out);
		result_free(&t);
		plan_free(p);
	}
	arena_free(&a);
	return buf_str(&b->out);
}

#define EXPECT(scope, want, ...) assert_string_equal(ask(b, scope, (struct request){ __VA_ARGS__ }), want)

static void hosts_are_rows(void **state)
{
	struct bench *b = *state;
	EXPECT(b->all, ",02:00:00:00:00:07,10.99.99.1>2,,102\n10.0.0.1,02:00:00:00:00:01,10.99.99.1>1,ge-1,101\n10.0.0.2,02:00:00:00:00:02,10.99.99.1>1,ge-1,101\n"
		       "10.0.0.3,02:00:00:00:00:03,10.99.99.1>1,ge-1,101\n10.0.0.4,02:00:00:00:00:04,10.99.99.1>2,,102\n10.0.0.9,02:00:00:00:00:09,,,103\n",
	       .select = "address,mac,interface,ifname,vlan");
	EXPECT(b->all, "10.99.99.1>1,3\n10.99.99.1>2,2\n,1\n", .select = "interface,hosts");
	EXPECT(b->all, "ge-1,3\n,3\n", .select = "ifname,hosts", .n = 1);
	EXPECT(b->all, ",1,50\n10.99.99.1,1,50\n", .select = "agent,count(address),share(hosts)", .where = "address=10.0.0.1,10.0.0.9", .sort = "hosts");
}

static void filters_are_those_of_all_views(void **state)
{
	struct bench *b = *state;
	EXPECT(b->all, "3\n", .select = "hosts", .where = "interface=10.99.99.1>ge-1");
	EXPECT(b->all, "3\n", .select = "hosts", .where = "interface!=10.99.99.1>1");
	EXPECT(b->all, "3\n", .select = "hosts", .where = "ifname~^ge");
	EXPECT(b->all, "1\n", .select = "hosts", .where = "mac=02:00:00:00:00:07 & !(address=0.0.0.0/0)");
	EXPECT(b->all, "2\n", .select = "hosts", .where = "lastseen>=2026-11-23T12:50:00Z");
	EXPECT(b->all, "1\n", .select = "hosts", .where = "firstseen<2026-11-23T12:05:00Z");
	EXPECT(b->all, "12,6\n", .select = "hour(time),hosts");
}

static void the_interval_is_when_they_were_known(void **state)
{
	struct bench *b = *state;
	EXPECT(b->all, "10.0.0.1\n10.0.0.4\n", .select = "address", .interval = "2026-11-23T12:15:00Z,2026-11-23T12:30:00Z");
	EXPECT(b->all, "2026-11-23T12:29:59.999+00:00,10.0.0.1,2026-11-23T12:50:00+00:00\n", .kind = QUERY_ROWS, .select = "time,address,lastseen",
	       .interval = "2026-11-23T12:25:00Z,2026-11-23T12:30:00Z");
	EXPECT(b->all, "", .select = "address", .interval = "2026-11-23T11:00:00Z,2026-11-23T12:00:00Z");
	EXPECT(b->all, "view: hosts is what is known now, it has no trend", .kind = QUERY_TREND, .select = "hosts");
	EXPECT(b->all, "select: error at 1: hour takes the time", .select = "hour(lastseen)");
	EXPECT(b->all, "select: error at 1: hosts is counted and not estimated: it has no error", .select = "error(hosts)");
}

static void a_customer_sees_its_own_ports_hosts(void **state)
{
	struct bench *b = *state;
	EXPECT(b->own, "10.0.0.1,10.99.99.1>1,,2026-11-23T12:50:00+00:00\n10.0.0.3,10.99.99.1>1,2026-11-23T12:40:00+00:00,2026-11-23T12:40:00+00:00\n",
	       .select = "address,interface,firstseen,lastseen");
	EXPECT(b->own, "2\n", .select = "hosts", .where = "interface!=10.99.99.1>2");
	EXPECT(b->own, "\n", .select = "hosts", .where = "firstseen<2026-11-23T12:30:00Z");
	EXPECT(b->own, "\n", .select = "hosts", .interval = "2026-11-23T12:00:00Z,2026-11-23T12:35:00Z"); /* seen then, by whose it was */
	EXPECT(b->own, "select: error at 1: unknown field \"agent\" in view hosts", .select = "agent");
	b->env.hosts = NULL;
	EXPECT(b->all, "", .select = "address");
}

/* The same private address behind two ports: what is told of it is of the one, and nothing of the other. */
static void equal_addresses_are_not_mixed(void **state)
{
	struct bench *b = *state;
	struct batch *rows;
	struct flow_rec mine = sample(50, 1, 1), others = sample(55, 1, 2);
	others.macsource = 0x020000000bad;
	others.vlansource = 666;
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], 16, &rows), OK);
	for (int i = 0; i < 10; i++)
		batch_push(rows, i % 2 ? &others : &mine);
	assert_int_equal(hosts_learn(b->hosts, rows), OK);
	hosts_turn(b->hosts);
	EXPECT(b->own, "10.0.0.1,02:00:00:00:00:01,10.99.99.1>1,101,2026-11-23T12:50:00+00:00\n",
	       .select = "address,mac,interface,vlan,lastseen", .where = "address=10.0.0.1");
	batch_free(rows);
}

static void every_allocation_may_fail(void **state)
{
	struct bench *b = *state;
	for (long n = 0;; n++) {
		struct arena a = { 0 };
		struct problem why = { 0 };
		struct plan *p;
		struct result t;
		const struct request rq = { .view = "hosts", .select = "address,ifname,hosts", .interval = "2026-11-23T12:00:00Z,2026-11-23T13:00:00Z" };
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
			assert_true(n > 30);
			return;
		}
		assert_int_equal(err, E_NOMEM);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
UNIT_MAIN(CASE(hosts_are_rows), CASE(filters_are_those_of_all_views), CASE(the_interval_is_when_they_were_known),
	  CASE(a_customer_sees_its_own_ports_hosts), CASE(equal_addresses_are_not_mixed), CASE(every_allocation_may_fail))
