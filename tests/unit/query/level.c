/* Answers from roll-ups are those from rows, exactly, whatever is asked; when rows are gone, what a roll-up can
 * tell stays the same, and what it cannot is said to be missing. */
#include "unit.h"

#include "base/mem.h"
#include "query/query.h"

#include <ftw.h>

static const usec_t midnight = 1795392000 * USEC_PER_SEC; /* 2026-11-23 00:00 UTC */
static const usec_t now = 1795392000 * USEC_PER_SEC + USEC_PER_DAY - 1;
static uint64_t dice_state = 7;

static uint32_t dice(uint32_t n)
{
	dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(dice_state >> 33) % n;
}

static const char *pick(const char *const *from, size_t n)
{
	return from[dice((uint32_t)n)];
}
#define PICK(...) pick((const char *const[]){ __VA_ARGS__ }, COUNT_OF(((const char *const[]){ __VA_ARGS__ })))

/* -- a store: six compacted hours, of many addresses and of few by turns, and what came late ------------------ */

struct bench {
	char folder[64];
	struct store *store;
	const struct scope *scope;
	const struct zone *zone[2];
};

static struct flow_rec row(usec_t time, uint32_t hosts)
{
	static const uint32_t rates[] = { 0, 1, 400, 1000 };
	struct flow_rec r = { .time = (uint64_t)time, .agent = addr_v4(0x0a636301 + dice(3)), .exporttype = EXPORT_SFLOW,
			      .inputinterface = dice(4), .outputinterface = dice(4), .samplingrate = rates[dice(4)],
			      .ipsource = addr_v4(0x0a000000 + dice(hosts)), .ipdestination = addr_v4(0xc0000200 + dice(hosts)),
			      .protocol = dice(3) ? 6 : 17, .sourceport = (uint16_t)dice(9), .destinationport = 443, .tos = (uint8_t)(dice(2) * 8),
			      .sourceas = 64500 + dice(2), .vlansource = (uint16_t)dice(2), .vantage = dice(3) ? 0 : (uint8_t)dice(32),
			      .bytes = dice(9000), .frames = dice(5) };
	if (hosts == 1) /* few groups */
		r = (struct flow_rec){ .time = r.time, .agent = addr_v4(0x0a636301), .inputinterface = r.inputinterface, .outputinterface = 1,
				       .samplingrate = r.samplingrate, .ipsource = r.ipsource, .protocol = r.protocol, .bytes = r.bytes, .frames = r.frames };
	if (!dice(500)) /* a liar: sums of these pass 64 bits */
		r.bytes = UINT64_MAX - dice(9);
	return r;
}

static void put(struct store_writer *w, size_t n, unsigned hour, uint32_t hosts)
{
	struct batch *b;
	usec_t from = midnight + hour * USEC_PER_HOUR + 7 * USEC_PER_SEC;
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], n, &b), OK);
	for (size_t i = 0; i < n; i++) {
		struct flow_rec r = row(from + (usec_t)(i * 3500 / n) * USEC_PER_SEC, hosts);
		batch_push(b, &r);
	}
	assert_int_equal(store_put(w, b), OK);
	batch_free(b);
}

static void make(struct bench *b)
{
	static const uint32_t hosts[] = { 1, 300, 2, 300, 1, 300 };
	const struct store_options opt = { .no_sync = true };
	const struct compact_options over = { .no_grace = true };
	const struct rollup_options few = { .details = 20 };
	struct rollup_report got;
	struct store_writer *w;
	struct problem why;
	strcpy(b->folder, "/tmp/weir-level.XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	assert_int_equal(store_write_open(b->folder, &opt, &w, &why), OK);
	for (unsigned h = 0; h < COUNT_OF(hosts); h++)
		put(w, 3000, h, hosts[h]);
	assert_int_equal(store_seal(w), OK);
	assert_int_equal(store_compact(w, now, &over, NULL), OK);
	assert_int_equal(store_rollup(w, now, NULL, &few, &got), OK);
	assert_int_equal(got.made, COUNT_OF(hosts));
	put(w, 50, 2, 3); /* late, sealed */
	assert_int_equal(store_seal(w), OK);
	put(w, 50, 3, 3); /* late, in the journal */
	assert_int_equal(store_write_close(w), OK);
	assert_int_equal(store_open(b->folder, &b->store, &why), OK);
	assert_int_equal(zone_find("UTC", &b->zone[0]), OK);
	assert_int_equal(zone_find("Asia/Kolkata", &b->zone[1]), OK); /* its days begin at half past */
	assert_int_equal(scope_everything(&b->scope), OK);
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void drop(struct bench *b)
{
	store_close(b->store);
	scope_free(b->scope);
	assert_int_equal(nftw(b->folder, unlink_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* The answer as text; *ret_rollups: how many it read. */
static char *answer(const struct bench *b, const struct request *rq, bool no_rollups, uint64_t *ret_rollups)
{
	const struct query_env env = { .store = b->store, .zone = b->zone[0], .now = now, .no_rollups = no_rollups };
	struct arena a = { 0 };
	struct problem why = { 0 };
	struct plan *p = NULL;
	struct result t = { 0 };
	struct buf out = { 0 };
	if (plan_make(&a, &env, b->scope, rq, &p, &why) != OK || plan_run(p, &t, &why) != OK)
		fail_msg("%s | %s: %s", rq->select, rq->where ? rq->where : "", why.text);
	result_json(&t, &out);
	*ret_rollups = t.scanned.rollups;
	char *text = mem_strdup(buf_str(&out));
	buf_free(&out);
	result_free(&t);
	plan_free(p);
	arena_free(&a);
	return text;
}

/* -- random questions ------------------------------------------------------------------------------------------- */

struct asked {
	struct request rq;
	struct buf select, where;
};

static void ask_random(struct asked *q)
{
	*q = (struct asked){ .rq = { .kind = dice(2) ? QUERY_TOPN : QUERY_TREND, .n = dice(2) ? 0 : 1 + dice(5) } };
	q->rq.view = PICK("traffic", "iftraffic");
	q->rq.interval = PICK("today", "2026-11-23T00:00:00Z,2026-11-23T06:00:00Z", "2026-11-23T00:30:00Z,2026-11-23T04:10:00Z",
			      "2026-11-23T01:00:00Z,2026-11-23T05:00:00Z", "2026-11-23T02:00:00Z,2026-11-23T03:30:00Z");
	buf_text(&q->select, PICK("agent", "protocol", "interface", "inputinterface,outputinterface", "ipsource", "ipdestination,protocol", "vlansource",
				  "sourceas,destinationas", "sourceport", "time", "tos", "mask(ipsource,28)", "dscp", "ethertype", "hour(time)"));
	for (uint32_t n = 1 + dice(3); n; n--)
		buf_printf(&q->select, ",%s(%s)", PICK("sum", "rate", "share", "error", "sum", "sum", dice(9) ? "sum" : "p95"),
			   PICK("bytes", "bits", "frames", "samples", "flows"));
	if (!dice(3))
		buf_printf(&q->select, ",count(%s)", PICK("ipsource", "protocol", "agent", "sourceas"));
	for (uint32_t n = dice(3); n; n--)
		buf_printf(&q->where, "%s%s", q->where.len ? PICK("&", "|") : "",
			   PICK("protocol=TCP", "!(tos=8)", "interface=10.99.99.1>1,10.99.99.2>3", "ipsource=10.0.0.0/28", "sourceas!=64501",
				"bytes>1000", "sourceport<4", "time>=2026-11-23T02:00:00Z", "time<2026-11-23T03:20:00Z", "vlansource~1",
				"outputinterface=10.99.99.3>2", "tos<0"));
	q->rq.select = buf_str(&q->select);
	q->rq.where = q->where.len ? buf_str(&q->where) : NULL;
	if (q->rq.kind == QUERY_TREND)
		q->rq.bucket = PICK("hour", "2 hours", "day", "30 minutes");
	q->rq.tz = dice(4) ? "UTC" : PICK("Europe/Zurich", "Asia/Kolkata");
	if (q->rq.kind == QUERY_TREND && !dice(2))
		q->rq.n = 0;
}

/* Not every mixture makes sense to the planner; those that do have the same answer twice. */
static bool makes_sense(const struct bench *b, const struct request *rq)
{
	const struct query_env env = { .store = b->store, .zone = b->zone[0], .now = now };
	struct arena a = { 0 };
	struct problem why;
	struct plan *p = NULL;
	bool made = plan_make(&a, &env, b->scope, rq, &p, &why) == OK;
	plan_free(p);
	arena_free(&a);
	return made;
}

static void answers_from_rollups_are_those_from_rows(void **unused _unused_)
{
	struct bench b;
	size_t asked = 0, rolled = 0;
	make(&b);
	for (int i = 0; i < 1500; i++) {
		struct asked q;
		uint64_t used = 0, none = 0;
		ask_random(&q);
		if (makes_sense(&b, &q.rq)) {
			char *rows = answer(&b, &q.rq, true, &none), *quick = answer(&b, &q.rq, false, &used);
			if (strcmp(rows, quick) != 0)
				fail_msg("%s | %s | %s | %s | %s %s:\n%s\n%s", q.rq.view, q.rq.select, q.rq.where ? q.rq.where : "", q.rq.interval,
					 q.rq.bucket ? q.rq.bucket : "", q.rq.tz, rows, quick);
			assert_int_equal(none, 0);
			asked++;
			rolled += used > 0;
			mem_free(rows);
			mem_free(quick);
		}
		buf_free(&q.select);
		buf_free(&q.where);
	}
	print_message("%zu answers, %zu from roll-ups\n", asked, rolled);
	assert_true(asked > 1000 && rolled > asked / 4);
	drop(&b);
}

/* -- when rows are gone --------------------------------------------------------------------------------------------- */

static void prune_rows(struct bench *b)
{
	const struct prune_limit rows = { .all_tables = true, .all_levels = true, .keep = now - midnight - 4 * USEC_PER_HOUR - USEC_PER_MIN };
	const struct prune_policy policy = { .limit = &rows, .nlimits = 1, .no_grace = true };
	struct prune_report got;
	struct store_writer *w;
	struct problem why;
	store_close(b->store);
	assert_int_equal(store_write_open(b->folder, NULL, &w, &why), OK);
	assert_int_equal(store_prune(w, now, &policy, &got), OK);
	assert_int_equal(got.segments, 5); /* four hours, and what was late */
	assert_int_equal(store_write_close(w), OK);
	assert_int_equal(store_open(b->folder, &b->store, &why), OK);
}

static void expect(const struct bench *b, const struct request *rq, const char *has, const char *has_not)
{
	uint64_t used;
	char *text = answer(b, rq, false, &used);
	if (!strstr(text, has) || (has_not && strstr(text, has_not)))
		fail_msg("%s: %s", rq->select, text);
	mem_free(text);
}

static void rollups_outlive_rows(void **unused _unused_)
{
	struct bench b;
	uint64_t used;
	const char *first = "2026-11-23T00:00:00Z,2026-11-23T02:00:00Z", *all = "2026-11-23T00:00:00Z,2026-11-23T06:00:00Z";
	const struct request same[] = {
		{ .view = "iftraffic", .select = "protocol,bytes,flows,error(bytes)", .interval = first },
		{ .view = "traffic", .select = "inputinterface,bytes,samples", .where = "tos=8", .interval = first },
		{ .kind = QUERY_TREND, .view = "iftraffic", .select = "agent,bytes,rate(bits)", .bucket = "hour", .interval = first },
		{ .view = "iftraffic", .select = "ipsource,bytes", .interval = "2026-11-23T00:00:00Z,2026-11-23T01:00:00Z" }, /* few: none left out */
	};
	char *before[COUNT_OF(same)];
	make(&b);
	for (size_t i = 0; i < COUNT_OF(same); i++)
		before[i] = answer(&b, &same[i], false, &used);
	prune_rows(&b);
	for (size_t i = 0; i < COUNT_OF(same); i++) {
		char *after = answer(&b, &same[i], false, &used);
		assert_string_equal(after, before[i]);
		assert_true(used > 0);
		mem_free(after);
		mem_free(before[i]);
	}
	const char *gone = "\"incomplete\":[[\"2026-11-23T00:00:00", *none = "\"incomplete\":[]";
	expect(&b, &(struct request){ .view = "iftraffic", .select = "sourceport,bytes", .interval = all }, gone, NULL);
	expect(&b, &(struct request){ .kind = QUERY_ROWS, .view = "iftraffic", .select = "time,bytes", .interval = all }, gone, NULL);
	expect(&b, &(struct request){ .view = "iftraffic", .select = "bytes", .interval = "2026-11-23T00:30:00Z,2026-11-23T02:00:00Z" },
	       "\"incomplete\":[[\"2026-11-23T00:30:00+00:00\",\"2026-11-23T01:00:00+00:00\"]]", NULL);
	expect(&b, &(struct request){ .view = "iftraffic", .select = "ipsource,bytes", .interval = all },
	       "\"folded\":[\"2026-11-23T01:00:00+00:00\",\"2026-11-23T04:00:00+00:00\"]", "\"incomplete\":[[");
	expect(&b, &(struct request){ .view = "iftraffic", .select = "protocol,bytes", .interval = all }, none, "folded");
	drop(&b);
}

/* Asked together, what needs addresses that were left out does not spoil what needs none. */
static void many_are_told_what_each_is_told(void **unused _unused_)
{
	struct bench b;
	struct arena a = { 0 };
	struct problem why;
	struct plan *p[2];
	struct result t[2];
	uint64_t used;
	const char *all = "2026-11-23T00:00:00Z,2026-11-23T06:00:00Z";
	const struct request rq[] = { { .view = "iftraffic", .select = "protocol,frames", .where = "inputinterface=10.99.99.1>1", .interval = all },
				      { .view = "iftraffic", .select = "protocol,frames", .where = "ipsource=10.0.0.1", .interval = all } };
	make(&b);
	prune_rows(&b);
	const struct query_env env = { .store = b.store, .zone = b.zone[0], .now = now };
	for (size_t i = 0; i < COUNT_OF(rq); i++)
		assert_int_equal(plan_make(&a, &env, b.scope, &rq[i], &p[i], &why), OK);
	assert_int_equal(plan_run_many(p, COUNT_OF(rq), t, &why), OK);
	for (size_t i = 0; i < COUNT_OF(rq); i++) {
		struct buf together = { 0 };
		char *alone = answer(&b, &rq[i], false, &used);
		result_json(&t[i], &together);
		assert_string_equal(buf_str(&together), alone);
		buf_free(&together);
		mem_free(alone);
		result_free(&t[i]);
		plan_free(p[i]);
	}
	arena_free(&a);
	drop(&b);
}

static void expect_explained(const struct bench *b, const struct request *rq, const char *has)
{
	const struct query_env env = { .store = b->store, .zone = b->zone[0], .now = now };
	struct arena a = { 0 };
	struct problem why = { 0 };
	struct plan *p = NULL;
	struct buf out = { 0 };
	assert_int_equal(plan_make(&a, &env, b->scope, rq, &p, &why), OK);
	assert_int_equal(plan_explain(p, &out), OK);
	if (!strstr(buf_str(&out), has))
		fail_msg("%s", buf_str(&out));
	buf_free(&out);
	plan_free(p);
	arena_free(&a);
}

/* Of minutes' readings with a restart and a gap: every bucket of five minutes is the same when they are thinned. */
static void counters_outlive_their_readings(void **unused _unused_)
{
	struct bench b;
	struct batch *read;
	struct store_writer *w;
	struct problem why;
	struct rollup_report got;
	uint64_t octets = 0, used;
	const struct compact_options over = { .no_grace = true };
	const struct prune_limit rows = { .all_tables = true, .all_levels = true, .keep = USEC_PER_HOUR };
	const struct prune_policy policy = { .limit = &rows, .nlimits = 1, .no_grace = true };
	const struct request rq[] = {
		{ .kind = QUERY_TREND, .view = "ifcounters", .select = "interface,ifinoctets,rate(ifinbits)", .bucket = "5 minutes" },
		{ .kind = QUERY_TREND, .view = "ifcounters", .select = "ifinoctets", .bucket = "hour" },
		{ .view = "ifcounters", .select = "interface,ifspeed,ifinoctets,ifinutilization,ifoutoctets" },
	};
	char *before[COUNT_OF(rq)];
	make(&b);
	store_close(b.store);
	assert_int_equal(store_write_open(b.folder, NULL, &w, &why), OK);
	assert_int_equal(batch_new(&tables[TABLE_IFCOUNTERS], 4096, &read), OK);
	for (unsigned i = 0; i < 1200; i++) {
		struct ifcounters_rec c = { .time = (uint64_t)(midnight + i * 20 * USEC_PER_SEC + (usec_t)dice(9) * USEC_PER_SEC), .agent = addr_v4(1),
					    .interface = 1 + i % 2, .ifspeed = i < 700 ? 1000000000 : 100000000, .uptime = 1000 + i % 500 * 20000 };
		octets = i % 500 ? octets + dice(100000) : dice(1000);
		c.ifinoctets = octets;
		c.ifoutoctets = octets / 2;
		if (i < 300 || i > 345)
			batch_push(read, &c);
	}
	assert_int_equal(store_put(w, read), OK);
	assert_int_equal(store_seal(w), OK);
	assert_int_equal(store_compact(w, now, &over, NULL), OK);
	assert_int_equal(store_rollup(w, now, NULL, NULL, &got), OK);
	assert_int_equal(store_commit(w), OK);
	assert_int_equal(store_open(b.folder, &b.store, &why), OK);
	for (size_t i = 0; i < COUNT_OF(rq); i++) {
		uint64_t none;
		char *plain = answer(&b, &rq[i], true, &none);
		before[i] = answer(&b, &rq[i], false, &used);
		assert_string_equal(before[i], plain);
		assert_true(!none && used);
		mem_free(plain);
	}
	expect_explained(&b, &rq[0], "level     5min roll-ups");
	expect_explained(&b, &rq[1], "level     hour roll-ups");
	assert_int_equal(store_prune(w, now, &policy, NULL), OK);
	assert_int_equal(store_write_close(w), OK);
	for (size_t i = 0; i < COUNT_OF(rq); i++) {
		char *after = answer(&b, &rq[i], false, &used);
		assert_string_equal(after, before[i]);
		assert_true(used > 0);
		mem_free(after);
		mem_free(before[i]);
	}
	batch_free(read);
	drop(&b);
}

static void a_damaged_rollup_is_not_missed(void **unused _unused_)
{
	struct bench b;
	char path[128];
	uint64_t used;
	const struct request rq = { .view = "iftraffic", .select = "protocol,bytes", .interval = "today" };
	make(&b);
	char *whole = answer(&b, &rq, false, &used);
	assert_int_equal(used, 6);
	for (unsigned n = 0; n < 100; n++) { /* their bodies: heads are looked at earlier */
		snprintf(path, sizeof(path), "%s/traffic/rollup/%010u.seg", b.folder, n);
		FILE *f = fopen(path, "r+");
		if (!f)
			continue;
		uint32_t front;
		assert_int_equal(fseek(f, 12, SEEK_SET), 0);
		assert_int_equal(fread(&front, sizeof(front), 1, f), 1);
		assert_int_equal(fseek(f, 0, SEEK_END), 0);
		long end = ftell(f);
		assert_int_equal(fseek(f, front, SEEK_SET), 0);
		for (long i = front; i < end; i++)
			fputc(0x55, f);
		fclose(f);
	}
	store_close(b.store);
	struct problem why;
	assert_int_equal(store_open(b.folder, &b.store, &why), OK);
	char *after = answer(&b, &rq, false, &used);
	assert_string_equal(after, whole);
	assert_int_equal(used, 0);
	mem_free(whole);
	mem_free(after);
	drop(&b);
}

UNIT_MAIN(cmocka_unit_test(answers_from_rollups_are_those_from_rows), cmocka_unit_test(rollups_outlive_rows),
	  cmocka_unit_test(many_are_told_what_each_is_told),
	  cmocka_unit_test(counters_outlive_their_readings), cmocka_unit_test(a_damaged_rollup_is_not_missed))
