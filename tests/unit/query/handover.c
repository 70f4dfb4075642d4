/* What the port's owner before left behind changes nothing of what the next one sees. */
#include "unit.h"

#include "base/mem.h"
#include "mapping.h"
#include "query/query.h"

#include <ftw.h>
#include <unistd.h>

static const usec_t noon = 1795435200 * USEC_PER_SEC; /* 2026-11-23 12:00 UTC: port 1 becomes theirs */

/* From a host to 198.51.100.1, by ports of 10.99.99.1. */
static struct flow_rec flow(int minutes, uint32_t host, uint32_t in, uint32_t out)
{
	return (struct flow_rec){ .time = (uint64_t)(noon + minutes * USEC_PER_MIN), .agent = addr_v4(0x0a636301), .exporttype = EXPORT_SFLOW,
				  .datasource = in, .inputinterface = in, .outputinterface = out, .ipsource = addr_v4(host), .macsource = 0x020000000000 + host,
				  .ipdestination = addr_v4(0xc6336401), .samplingrate = 1, .bytes = 100, .frames = 1 };
}

static struct batch *batch_of(const struct flow_rec *r, size_t n)
{
	struct batch *b;
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], 16, &b), OK);
	for (size_t i = 0; i < n; i++)
		batch_push(b, &r[i]);
	return b;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

/* A source behind a port of theirs was counted where it came in; but this one was behind it when the
 * port was somebody else's, and what it sends now by another port has not been counted. */
static void a_host_of_before_hides_no_traffic(void **unused)
{
	(void)unused;
	char folder[] = "/tmp/weir-handover.XXXXXX";
	struct own_port port[] = { { .agent = addr_v4(0x0a636301), .ifindex = 1, .when = { noon, INT64_MAX } } };
	struct mapping c = { .c = { .id = "1001", .port = port, .nport = 1 } };
	const struct flow_rec before = flow(-30, 0x0a000007, 1, 24), own = flow(10, 0x0a000008, 1, 24);
	const struct flow_rec after[] = { flow(30, 0x0a000007, 24, 1), flow(30, 0x0a000008, 24, 1) };
	const struct store_options opt = { .no_sync = true };
	struct problem why;
	struct hosts *hosts;
	struct model *model;
	struct store_writer *w;
	const struct scope *scope;
	struct query_env env = { .now = noon + USEC_PER_HOUR };
	mapping_make(&c);
	assert_int_equal(model_new(&model), OK);
	assert_int_equal(hosts_new(&hosts), OK);
	struct batch *seen[] = { batch_of(&before, 1), batch_of(&own, 1), batch_of(after, 2) };
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(hosts_learn(hosts, seen[i]), OK);
		hosts_turn(hosts);
	}
	assert_non_null(mkdtemp(folder));
	assert_int_equal(store_write_open(folder, &opt, &w, &why), OK);
	assert_int_equal(store_put(w, seen[2]), OK);
	assert_int_equal(store_write_close(w), OK);
	assert_int_equal(store_open(folder, &env.store, &why), OK);
	assert_int_equal(zone_find("UTC", &env.zone), OK);
	assert_int_equal(scope_customer(&c.all, "1001", model, &scope, &why), OK);
	env.model = model;
	env.hosts = hosts;
	const struct request rq = { .view = "traffic", .select = "ipsource,flows", .interval = "today" };
	struct arena a = { 0 };
	struct plan *p;
	struct result t;
	struct buf out = { 0 };
	assert_int_equal(plan_make(&a, &env, scope, &rq, &p, &why), OK);
	assert_int_equal(plan_run(p, &t, &why), OK);
	result_csv(&t, false, &out);
	assert_string_equal(buf_str(&out), "10.0.0.7,1\n"); /* 10.0.0.8 was seen when the port was theirs */
	buf_free(&out);
	result_free(&t);
	plan_free(p);
	arena_free(&a);
	scope_free(scope);
	store_close(env.store);
	for (size_t i = 0; i < COUNT_OF(seen); i++)
		batch_free(seen[i]);
	hosts_free(hosts);
	model_free(model);
	mapping_free(&c);
	assert_int_equal(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* Whoever adds a field of own ports says whose its value has to be: else it would be hidden from its owner, too. */
static void fields_of_own_ports_have_a_rule(void **unused)
{
	(void)unused;
	struct own_port port[] = { { .agent = addr_v4(0x0a636301), .ifindex = 1, .when = { noon, INT64_MAX } } };
	struct mapping c = { .c = { .id = "1001", .port = port, .nport = 1 } };
	const struct scope *scope;
	struct problem why;
	size_t own = 0;
	mapping_make(&c);
	assert_int_equal(scope_customer(&c.all, "1001", NULL, &scope, &why), OK);
	for (size_t v = 0; v < nviews; v++)
		for (size_t i = 0; i < views[v].nfields; i++) {
			const struct field *f = &views[v].fields[i];
			bool want = f->show == SHOW_ALL || f->show == SHOW_OWN;
			own += f->show == SHOW_OWN;
			if (scope_shows_field(scope, f) != want)
				fail_msg("%s of %s: in fields.def it is %s, in query/scope.c %s", f->name, views[v].name,
					 want ? "for its owner" : "for operators", want ? "it has no row" : "it is shown");
		}
	assert_true(own > 20);
	scope_free(scope);
	mapping_free(&c);
}

UNIT_MAIN(cmocka_unit_test(a_host_of_before_hides_no_traffic), cmocka_unit_test(fields_of_own_ports_have_a_rule))
