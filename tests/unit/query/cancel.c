/* A question that is cancelled at its n-th look ends there, whatever it was at: reading, looking again, merging,
 * sorting, filling the table.  Nothing is held, and asked again it has its answer.
 *
 *	WEIR_CANCEL=ROWS   as many rows; tells what processor time passes between two looks */
#include "unit.h"

#include "base/mem.h"
#include "query/query.h"

#include <dirent.h>
#include <ftw.h>
#include <stdatomic.h>
#include <time.h>

enum { ROWS = 60000, READINGS = 40, PORTS = 30, ENOUGH = 4 };
static const usec_t midnight = 1795392000 * USEC_PER_SEC; /* 2026-11-23 00:00 UTC */

static uint32_t dice(uint32_t n)
{
	static uint64_t state = 7;
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % n;
}

/* -- a store: two compacted hours, a fresh segment, a journal ------------------------------------------------- */

static char folder[40];
static struct store *store;
static const struct scope *all, *veiled;
static struct customers *mapping;
static struct model *model;

static struct flow_rec flow(usec_t time)
{
	return (struct flow_rec){ .time = (uint64_t)time, .agent = addr_v4(0x0a636301), .inputinterface = 1 + dice(9), .outputinterface = 1 + dice(9),
				  .ipsource = addr_v4(0x0a000000 + dice(40000)), .ipdestination = addr_v4(0x0b000000 + dice(dice(3) ? 9 : 40000)),
				  .protocol = 6, .sourceport = (uint16_t)dice(65536), .destinationport = (uint16_t)dice(900), .samplingrate = 100,
				  .bytes = dice(5) ? 64 : 90000 * dice(900), .frames = 1 };
}

static void put_flows(struct store_writer *w, size_t n, unsigned hour)
{
	struct batch *b;
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], 4096, &b), OK);
	for (size_t i = 0; i < n; i++) {
		const struct flow_rec r = flow(midnight + hour * USEC_PER_HOUR + (usec_t)(i * 3600 / n) * USEC_PER_SEC);
		batch_push(b, &r);
		if (b->n == b->cap || i + 1 == n) {
			assert_int_equal(store_put(w, b), OK);
			batch_reset(b);
		}
	}
	batch_free(b);
}

static void put_readings(struct store_writer *w)
{
	struct batch *b;
	assert_int_equal(batch_new(&tables[TABLE_IFCOUNTERS], READINGS * PORTS, &b), OK);
	for (unsigned i = 0; i < READINGS * PORTS; i++) {
		const struct ifcounters_rec r = { .time = (uint64_t)(midnight + i / PORTS * 5 * USEC_PER_MIN), .agent = addr_v4(0x0a636301),
						  .interface = 1 + i % PORTS, .ifspeed = 1000000000, .countersource = COUNTERS_SFLOW, .iftype = 6,
						  .uptime = 1000 + i / PORTS * 300000, .ifstatus = 3, .ifinoctets = i / PORTS * (i % PORTS) * 1000 };
		batch_push(b, &r);
	}
	assert_int_equal(store_put(w, b), OK);
	batch_free(b);
}

static int make_all(void **state)
{
	static const char text[] = "<customers><customer id='c' name='c' privacy='mask' privacyBelow='1000'><port agent='10.99.99.1' ifIndex='1'/>"
				   "<cidr address='10.0.0.0' bits='17'/></customer></customers>";
	const char *much = getenv("WEIR_CANCEL");
	const size_t rows = much ? (size_t)atol(much) : ROWS;
	const struct store_options opt = { .no_sync = true, .seal_rows = 4 * rows };
	const struct compact_options over = { .no_grace = true };
	const struct customers_options options = { 0 };
	struct store_writer *w;
	struct problem why;
	const struct zone *utc;
	(void)state;
	strcpy(folder, "/tmp/weir-cancel.XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(store_write_open(folder, &opt, &w, &why), OK);
	put_flows(w, rows / 2, 0);
	put_flows(w, rows / 4, 1);
	assert_int_equal(store_seal(w), OK);
	assert_int_equal(store_compact(w, midnight + USEC_PER_DAY, &over, NULL), OK);
	put_flows(w, rows / 8, 2);
	put_readings(w);
	assert_int_equal(store_seal(w), OK);
	put_flows(w, rows / 8, 3);
	assert_int_equal(store_write_close(w), OK);
	assert_int_equal(store_open(folder, &store, &why), OK);
	assert_int_equal(zone_find("UTC", &utc), OK);
	const struct customers_in in = { .name = "m.xml", .zone = utc, .options = &options };
	if (customers_read(&in, text, strlen(text), &mapping, &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(model_new(&model), OK);
	assert_int_equal(scope_everything(&all), OK);
	assert_int_equal(scope_customer(mapping, "c", model, &veiled, &why), OK);
	return 0;
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static int drop_all(void **state)
{
	(void)state;
	store_close(store);
	scope_free(all);
	scope_free(veiled);
	model_free(model);
	customers_free(mapping);
	return nftw(folder, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* -- looks ------------------------------------------------------------------------------------------------------ */

static atomic_long looks, stop_at; /* stop_at 0: never */
static _Thread_local int64_t before;
static _Atomic int64_t longest;

static int64_t thread_usec(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * USEC_PER_SEC + t.tv_nsec / 1000;
}

static bool looked(void *arg)
{
	const int64_t t = thread_usec(), took = t - before;
	const long n = ++looks;
	(void)arg;
	if (before && took > longest)
		longest = took;
	before = t;
	return stop_at && n >= stop_at;
}

static unsigned open_files(void)
{
	unsigned n = 0;
	DIR *d = opendir("/proc/self/fd");
	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

struct question {
	const char *what;
	struct request rq;
	size_t max_bytes;
	bool veiled, many; /* many: it and two of its family, and a stranger, in one go */
};

static enum err ask(const struct question *q, bool plain, long at, struct buf *out)
{
	static const char *const family[] = { "ipsource=10.0.1.0/24", "ipsource=10.0.2.0/24", NULL };
	struct query_env env = { .store = store, .model = model, .customers = mapping, .now = midnight + USEC_PER_DAY - 1, .plain = plain,
				 .max_bytes = q->max_bytes, .stop = looked };
	const size_t n = q->many ? 1 + COUNT_OF(family) : 1;
	struct plan *p[4];
	struct result t[4] = { 0 };
	struct arena a = { 0 };
	struct problem why;
	assert_int_equal(zone_find("UTC", &env.zone), OK);
	for (size_t i = 0; i < n; i++) {
		struct request rq = q->rq;
		rq.view = rq.view ? rq.view : "iftraffic";
		rq.interval = rq.interval ? rq.interval : "today";
		if (i)
			rq.where = family[i - 1];
		if (plan_make(&a, &env, q->veiled ? veiled : all, &rq, &p[i], &why) != OK)
			fail_msg("%s: %s", q->what, why.text);
	}
	looks = 0;
	stop_at = at;
	before = thread_usec();
	const enum err err = n > 1 ? plan_run_many(p, n, t, &why) : plan_run(p[0], &t[0], &why);
	if (at && looks >= at && err != E_CANCELLED)
		fail_msg("%s: cancelled at look %ld, ended with %d", q->what, at, err);
	for (size_t i = 0; i < n; i++) {
		if (err == OK && out)
			result_csv(&t[i], true, out);
		result_free(&t[i]);
		plan_free(p[i]);
	}
	arena_free(&a);
	return err;
}

/* -- questions ---------------------------------------------------------------------------------------------------- */

static const struct question questions[] = {
	{ "sum", { .select = "bytes,flows" }, 0, 0, 0 },
	{ "first of many addresses", { .select = "ipsource,bytes", .n = 5 }, 0, 0, 0 },
	{ "all addresses", { .select = "ipsource,bytes", .n = 1000000 }, 0, 0, 0 },
	{ "first of many tuples", { .select = "ipsource,ipdestination,sourceport,bytes", .n = 5 }, 0, 0, 0 },
	{ "all tuples", { .select = "ipsource,ipdestination,sourceport,flows", .n = 1000000 }, 0, 0, 0 },
	{ "distinct", { .select = "destinationport,count(ipsource)", .sort = "count(ipsource)", .n = 5 }, 0, 0, 0 },
	{ "distinct of many", { .select = "ipsource,count(ipdestination),count(sourceport)", .n = 900000 }, 0, 0, 0 },
	{ "minutes", { .select = "ipsource,p95(bytes),max(bytes)", .n = 50 }, 0, 0, 0 },
	{ "edges", { .select = "ipsource,first(ipdestination),last(sourceport),error(bytes)", .n = 50 }, 0, 0, 0 },
	{ "parts", { .select = "mask(ipsource,30),count(ipdestination),rate(bits)", .n = 1000 }, 0, 0, 0 },
	{ "either", { .select = "interface,bytes,share(bytes)" }, 0, 0, 0 },
	{ "pattern", { .select = "ipsource,bytes", .where = "sourceaddress~\"7$\"" }, 0, 0, 0 },
	{ "trend", { .kind = QUERY_TREND, .select = "time,ipsource,bytes", .bucket = "hour", .where = "ipsource=10.0.0.0/17", .n = 9 }, 0, 0, 0 },
	{ "trend of all", { .kind = QUERY_TREND, .select = "time,ipsource,bytes", .bucket = "hour" }, 0, 0, 0 },
	{ "rows", { .kind = QUERY_ROWS, .select = "time,ipsource,bytes", .n = 20000 }, 0, 0, 0 },
	{ "roughly", { .select = "count(ipsource),count(sourceport)" }, 5u << 20, 0, 0 },
	{ "in passes", { .select = "ipsource,ipdestination,flows", .sort = "flows", .n = 10 }, 8u << 20, 0, 0 },
	{ "counters", { .view = "ifcounters", .select = "interface,rate(ifinoctets)", .n = 5 }, 0, 0, 0 },
	{ "counters' trend", { .kind = QUERY_TREND, .view = "ifcounters", .select = "time,interface,ifinoctets", .bucket = "hour", .n = 5 }, 0, 0, 0 },
	{ "veiled", { .select = "ipsource,ipdestination,bytes", .n = 20 }, 0, true, 0 },
	{ "veiled pattern", { .select = "ipsource,bytes", .where = "sourceaddress~\"7$\"" }, 0, true, 0 },
	{ "together", { .select = "ipsource,bytes", .where = "ipsource=10.0.0.0/24", .n = 5 }, 0, 0, true },
};

/* Which looks: the first, the last, and some between. */
static long next_look(long at, long all_looks)
{
	return at < ENOUGH || at + ENOUGH >= all_looks ? at + 1 : MIN(2 * at, all_looks - ENOUGH);
}

static void cancel_everywhere(const struct question *q, bool plain)
{
	_cleanup_(buf_free) struct buf want = { 0 }, got = { 0 };
	const enum err ends = ask(q, plain, 0, &want);
	const long all_looks = looks;
	assert_true(ends == OK || (q->max_bytes && ends == E_LIMIT));
	assert_true(all_looks > 0);
	longest = 0;
	assert_int_equal(ask(q, plain, 0, NULL), ends);
	if (getenv("WEIR_CANCEL"))
		print_message("# %-24s %s %6ld looks, %4lld ms at most between two\n", q->what, plain ? "plain" : "quick", all_looks,
			      (long long)longest / 1000);
	const unsigned files = open_files();
	for (long at = 1, late = 0; at <= all_looks && !getenv("WEIR_CANCEL"); at = next_look(at, all_looks)) {
		const enum err err = ask(q, plain, at, NULL);
		assert_true(err == E_CANCELLED || looks < at); /* threads share looks as they come: there may be fewer */
		late = looks - at;
		if (late > 8)
			fail_msg("%s: cancelled at look %ld of %ld, and looked %ld times more", q->what, at, all_looks, late);
	}
	assert_int_equal(open_files(), files);
	assert_int_equal(ask(q, plain, 0, &got), ends);
	assert_string_equal(buf_str(&got), buf_str(&want));
}

static void a_question_ends_at_the_look_that_cancels_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(questions); i++) {
		cancel_everywhere(&questions[i], true);
		cancel_everywhere(&questions[i], false);
	}
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(a_question_ends_at_the_look_that_cancels_it) };

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_all, drop_all);
}
