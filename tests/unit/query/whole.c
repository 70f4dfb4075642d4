/* Quick ways against the plain one (query_env.plain), over a real store: compacted hours of several
 * blocks with an index, segments fresh from a journal, and a journal.  Every answer is the same,
 * asked once and asked again, when the store has kept what it loaded. */
#include "unit.h"

#include "base/mem.h"
#include "query/query.h"

#include <ftw.h>

enum { ROWS = 150000, HOSTS = 4000 };
static const usec_t midnight = 1795392000 * USEC_PER_SEC; /* 2026-11-23 00:00 UTC */
static uint64_t state_of_dice = 42;

static uint32_t below(uint32_t n)
{
	state_of_dice = state_of_dice * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state_of_dice >> 33) % n;
}

static struct flow_rec row(usec_t time)
{
	uint32_t few = below(HOSTS) * below(HOSTS) / HOSTS; /* some talk more than others */
	struct flow_rec r = { .time = (uint64_t)time, .agent = addr_v4(0x0a636301 + below(5)), .exporttype = EXPORT_SFLOW,
			      .inputinterface = 1 + below(20), .outputinterface = 1 + below(20), .samplingrate = 1000,
			      .ipsource = addr_v4(0x0a000000 + few), .ipdestination = addr_v4(0xc0000000 + below(HOSTS)),
			      .protocol = below(4) ? 6 : 17, .sourceport = (uint16_t)below(65536), .destinationport = below(3) ? 443 : 53,
			      .bytes = 64 + below(1400), .frames = 1 };
	if (below(50) == 0)
		r.ipsource = (struct addr){ { 0x20, 1, 0xd, 0xb8, [14] = (uint8_t)below(256), [15] = (uint8_t)below(256) } };
	if (below(200) == 0)
		r.ipsource = r.ipdestination = (struct addr){ { 0 } };
	if (below(30) == 0) { /* some conversations go on all day */
		r.ipsource = addr_v4(0x0a000000 + below(8));
		r.ipdestination = addr_v4(0xc0000000 + below(8) * below(8));
	}
	if (below(5000) == 0)
		r.ipsource = addr_v4(0xc6336400 + below(100)); /* rare */
	return r;
}

static void put(struct store_writer *w, size_t n, usec_t from, usec_t to)
{
	struct batch *b;
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], 4096, &b), OK);
	for (size_t i = 0; i < n; i++) {
		struct flow_rec r = row(from + (to - from) / (usec_t)n * (usec_t)i / 1000 * 1000);
		if (i == 1000) /* once in each put */
			r.ipsource = addr_v4(0xc63364c8);
		batch_push(b, &r);
		if (b->n == b->cap || i + 1 == n) {
			assert_int_equal(store_put(w, b), OK);
			batch_reset(b);
		}
	}
	batch_free(b);
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

struct bench {
	char folder[64];
	struct store *store;
	const struct scope *scope;
	const struct zone *utc;
};

static int make_bench(void **state)
{
	static struct bench b = { .folder = "/tmp/weir-whole.XXXXXX" };
	const struct store_options opt = { .no_sync = true };
	const struct compact_options over = { .no_grace = true };
	struct compact_report done;
	struct store_writer *w;
	struct problem why;
	assert_non_null(mkdtemp(b.folder));
	assert_int_equal(store_write_open(b.folder, &opt, &w, &why), OK);
	put(w, ROWS, midnight, midnight + USEC_PER_HOUR);
	assert_int_equal(store_seal(w), OK);
	assert_int_equal(store_compact(w, midnight + USEC_PER_DAY, &over, &done), OK);
	assert_true(done.segments_out == 1);
	put(w, ROWS / 3, midnight + USEC_PER_HOUR, midnight + USEC_PER_HOUR * 2);
	assert_int_equal(store_seal(w), OK);
	put(w, 5000, midnight + USEC_PER_HOUR * 2, midnight + USEC_PER_HOUR * 2 + USEC_PER_MIN);
	assert_int_equal(store_write_close(w), OK);
	assert_int_equal(store_open(b.folder, &b.store, &why), OK);
	assert_int_equal(zone_find("UTC", &b.utc), OK);
	assert_int_equal(scope_everything(&b.scope), OK);
	*state = &b;
	return 0;
}

static int drop_bench(void **state)
{
	struct bench *b = *state;
	store_close(b->store);
	scope_free(b->scope);
	return nftw(b->folder, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* What it came to, or why it came to nothing. */
static char *answer_within(const struct bench *b, const struct request *rq, bool plain, size_t max_bytes)
{
	const struct query_env env = { .store = b->store, .zone = b->utc, .now = midnight + USEC_PER_DAY - 1, .plain = plain,
				       .max_bytes = max_bytes };
	struct arena a = { 0 };
	struct problem why = { 0 };
	struct plan *p;
	struct result t = { 0 };
	struct buf out = { 0 };
	if (plan_make(&a, &env, b->scope, rq, &p, &why) != OK)
		fail_msg("%s", why.text);
	enum err err = plan_run(p, &t, &why);
	assert_int_equal(err, max_bytes && err != OK ? E_LIMIT : OK);
	if (err == OK)
		result_csv(&t, true, &out);
	else
		buf_printf(&out, "%s", why.text);
	char *text = mem_strdup(buf_str(&out));
	buf_free(&out);
	result_free(&t);
	plan_free(p);
	arena_free(&a);
	return text;
}

static char *answer_of(const struct bench *b, const struct request *rq, bool plain)
{
	return answer_within(b, rq, plain, 0);
}

static void ask(const struct bench *b, const struct request *rq)
{
	char *plain = answer_of(b, rq, true);
	print_message("%s | %s | %s\n", rq->select, rq->where ? rq->where : "", rq->interval);
	for (int i = 0; i < 2; i++) {
		char *quick = answer_of(b, rq, false);
		assert_string_equal(quick, plain);
		mem_free(quick);
	}
	mem_free(plain);
}

static const char *const intervals[] = { "today", "2026-11-23T00:00:00Z,2026-11-23T01:00:00Z", "2026-11-23T00:13:00Z,2026-11-23T01:11:07Z" };

static void topn_answers_are_the_plain_ones(void **state)
{
	static const char *const selects[] = {
		"ipsource,bytes", "ipdestination,flows,bytes", "ipsource,ipdestination,bytes", "agent,count(ipsource),count(ipdestination)",
		"protocol,count(ipsource)", "ipsource,count(destinationport)", "ipsource,ipdestination,sourceport,destinationport,bytes",
		"agent,inputinterface,rate(bytes),share(bytes)", "interface,bytes", "bytes,flows", "serverport,bytes", "time,bytes",
		"mask(ipsource,24),bytes", "ipsource,first(ipdestination),bytes", "agent,p95(bytes)", "ipsource,error(bytes)", "count(ipsource)",
	};
	static const int64_t rows[] = { 0, 7, 100000 };
	for (size_t i = 0; i < COUNT_OF(selects); i++)
		ask(*state, &(struct request){ .kind = QUERY_TOPN, .view = "iftraffic", .select = selects[i], .interval = intervals[i % 3], .n = rows[i % 3] });
}

/* The first of many addresses, by several numbers, steep ones and such that are all alike; with the journal's
 * rows and without. */
static void first_ones_are_the_plain_ones(void **state)
{
	static const char *const selects[] = { "ipsource,bytes", "ipsource,flows,bytes", "ipdestination,bits", "ipdestination,bytes,share(bytes)" };
	static const char *const wheres[] = { NULL, "destinationport=TCP:443", "ipsource=198.51.100.0/24|ipsource=10.0.0.0/22" };
	static const int64_t rows[] = { 1, 5, 40, 300 };
	static const char *const both[] = { "2026-11-23T00:00:00Z,2026-11-23T02:00:00Z", "today" };
	for (size_t i = 0; i < COUNT_OF(selects); i++)
		for (size_t k = 0; k < COUNT_OF(wheres) * COUNT_OF(rows); k++)
			ask(*state, &(struct request){ .kind = QUERY_TOPN, .view = "iftraffic", .select = selects[i], .interval = both[k % 2],
						       .where = wheres[k % COUNT_OF(wheres)], .n = rows[k / COUNT_OF(wheres)] });
}

/* The first of many tuples: such that stand out, found in two looks, and such that do not. */
static void first_tuples_are_the_plain_ones(void **state)
{
	static const char *const selects[] = { "ipsource,ipdestination,bytes", "ipdestination,flows,ipsource,bits,protocol",
					       "ipsource,inputinterface,ipdestination,frames,share(bytes)" };
	static const char *const wheres[] = { NULL, "destinationport=TCP:443", "ipdestination=192.0.0.0/22" };
	static const int64_t rows[] = { 1, 5, 20, 300 };
	for (size_t i = 0; i < COUNT_OF(selects); i++)
		for (size_t k = 0; k < COUNT_OF(wheres) * COUNT_OF(rows); k++)
			ask(*state, &(struct request){ .kind = QUERY_TOPN, .view = "iftraffic", .select = selects[i], .interval = intervals[k % 2],
						       .where = wheres[k % COUNT_OF(wheres)], .n = rows[k / COUNT_OF(wheres)] });
}

static void trends_are_the_plain_ones(void **state)
{
	static const char *const selects[] = { "time,bytes", "time,ipsource,bytes", "time,agent,count(ipsource)", "time,interface,rate(bits)" };
	static const char *const buckets[] = { "minute", "hour", "7 minutes", "day" };
	for (size_t i = 0; i < COUNT_OF(selects); i++)
		for (size_t k = 0; k < COUNT_OF(buckets); k++)
			ask(*state, &(struct request){ .kind = QUERY_TREND, .view = "iftraffic", .select = selects[i], .interval = intervals[k % 3],
						       .bucket = buckets[k], .n = i % 2 ? 3 : 0 });
}

static void filters_skip_nothing_that_counts(void **state)
{
	static const char *const wheres[] = {
		"ipsource=198.51.100.7|ipdestination=198.51.100.7", "ipsource=198.51.100.0/25", "ipsource=198.51.100.3&ipdestination=192.0.0.0/20",
		"ipsource=10.0.0.1,10.0.0.2,198.51.100.9", "!(ipsource=198.51.100.0/24)&destinationport=TCP:443", "ipsource=203.0.113.1",
		"interface=10.99.99.1>3,10.99.99.4>7", "inputinterface=10.99.99.2>5&ipsource=10.0.0.0/28", "ipsource=2001:db8::/64", "bytes>1400000",
		"ipsource~^198|protocol=UDP", "time>=2026-11-23T00:20:00Z&ipsource=198.51.100.0/26",
	};
	for (size_t i = 0; i < COUNT_OF(wheres); i++)
		for (size_t k = 0; k < COUNT_OF(intervals); k++)
			ask(*state, &(struct request){ .kind = QUERY_TOPN, .view = "iftraffic", .select = "ipsource,ipdestination,bytes,flows",
						       .where = wheres[i], .interval = intervals[k], .n = 50 });
}

/* Rows that are few wherever they lie: in all blocks, or together; with all that can be asked of rows. */
static void few_rows_are_the_plain_ones(void **state)
{
	static const char *const wheres[] = {
		"sourceport<100", "sourceport=7777&ipdestination=192.0.0.0/20", "interface=10.99.99.1>3&sourceport<2000", "bytes=1400000|bytes=77000",
		"agent=10.99.99.2&inputinterface=10.99.99.2>5&sourceport<9000", "ipdestination=192.0.0.7&!(ipsource~^2001)",
	};
	static const char *const selects[] = {
		"ipsource,bytes", "ipsource,ipdestination,bytes,flows", "sourceport,count(ipsource)", "ipsource,first(sourceport),last(ipdestination)",
		"interface,bytes,share(bytes)", "ipsource,p95(bytes)", "inputinterface,ipdestination,count(ipsource)", "sourceaddress,serverport,error(bytes)",
	};
	for (size_t i = 0; i < COUNT_OF(wheres); i++)
		for (size_t k = 0; k < COUNT_OF(selects); k++)
			ask(*state, &(struct request){ .kind = QUERY_TOPN, .view = "iftraffic", .select = selects[k], .where = wheres[i],
						       .interval = intervals[(i + k) % 3], .n = k % 2 ? 20 : 3000 });
	for (size_t i = 0; i < COUNT_OF(wheres); i++)
		ask(*state, &(struct request){ .kind = i % 2 ? QUERY_ROWS : QUERY_TREND, .view = "traffic", .where = wheres[i], .interval = intervals[i % 3],
					       .select = i % 2 ? "time,ipsource,ipdestination,bytes" : "time,bytes,count(ipsource)", .n = i % 2 ? 40 : 0,
					       .bucket = i % 2 ? NULL : "10 minutes" });
}

/* 200,000 conversations of which 50 are asked for, in less and less memory: the answer, made in more and more
 * passes, or an error that says what would help.  The rest row adds up to what it is in one pass. */
static void what_does_not_fit_is_made_in_passes(void **state)
{
	static const struct request asked[] = {
		{ .kind = QUERY_TOPN, .view = "iftraffic", .select = "ipsource,ipdestination,sourceport,bytes,flows", .interval = "today", .n = 50 },
		{ .kind = QUERY_TOPN, .view = "iftraffic", .select = "interface,ipsource,ipdestination,bytes", .interval = "today", .n = 50 },
	};
	for (size_t k = 0; k < COUNT_OF(asked); k++) {
		char *want = answer_within(*state, &asked[k], false, 0);
		size_t answered = 0, refused = 0;
		for (size_t mb = 40; mb; mb -= MAX(mb / 4, (size_t)1)) {
			char *got = answer_within(*state, &asked[k], false, mb << 20);
			bool limit = strncmp(got, "the query needs more than", 25) == 0;
			if (limit)
				assert_non_null(strstr(got, "narrow the interval or select fewer keys"));
			else
				assert_string_equal(got, want);
			answered += !limit;
			refused += limit;
			mem_free(got);
		}
		print_message("# %zu sizes answered, %zu refused\n", answered, refused);
		assert_true(answered > 3 && refused > 0);
		mem_free(want);
	}
}

/* An address of three rows: most blocks of the compacted hour are ruled out, and both tell so. */
static void what_was_skipped_is_told(void **state)
{
	const struct bench *b = *state;
	const struct query_env env = { .store = b->store, .zone = b->utc, .now = midnight + USEC_PER_DAY - 1 };
	const struct request rq = { .view = "iftraffic", .select = "ipsource,flows", .where = "ipsource=198.51.100.200", .interval = "today" };
	struct arena a = { 0 };
	struct problem why = { 0 };
	struct plan *p;
	struct result t = { 0 };
	struct buf out = { 0 };
	assert_int_equal(plan_make(&a, &env, b->scope, &rq, &p, &why), OK);
	assert_int_equal(plan_explain(p, &out), OK);
	assert_int_equal(plan_run(p, &t, &why), OK);
	assert_int_equal(t.nrows, 1);
	assert_true(t.scanned.passed == 3 && t.col[1].num[0] == 3);
	assert_true(t.scanned.blocks_skipped > 0 && t.scanned.blocks_skipped < t.scanned.blocks);
	assert_true(t.scanned.rows < ROWS && t.scanned.segments == 3);
	assert_non_null(strstr(buf_str(&out), "groups    keys of all segments as numbers\n"));
	assert_null(strstr(buf_str(&out), "columns   time")); /* today holds all of every segment */
	char blocks[120];
	snprintf(blocks, sizeof(blocks), "blocks    %llu of %llu are", (unsigned long long)(t.scanned.blocks - t.scanned.blocks_skipped),
		 (unsigned long long)t.scanned.blocks);
	if (!strstr(buf_str(&out), blocks))
		fail_msg("%s", buf_str(&out));
	print_message("%s", buf_str(&out));
	buf_free(&out);
	result_free(&t);
	plan_free(p);
	arena_free(&a);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(topn_answers_are_the_plain_ones),
					    cmocka_unit_test(first_ones_are_the_plain_ones),
		cmocka_unit_test(first_tuples_are_the_plain_ones), cmocka_unit_test(trends_are_the_plain_ones),
					    cmocka_unit_test(filters_skip_nothing_that_counts), cmocka_unit_test(what_was_skipped_is_told),
		cmocka_unit_test(few_rows_are_the_plain_ones),
					    cmocka_unit_test(what_does_not_fit_is_made_in_passes) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, make_bench, drop_bench);
}
