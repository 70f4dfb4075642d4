/* Questions beside a writer that seals, compacts, rolls up, prunes and removes what it replaced at once: every
 * answer is of rows that were there at one moment, each once, or says what it lacks.  And of a copy made
 * meanwhile: the rows of one moment, too.
 *
 * Row i has an address of its own, and rows are in the order of time.  So of an answer over all hours: as many
 * distinct addresses as flows; no fewer of the last hour's than were committed before the question, no more in all
 * than were put when it was answered.
 *
 *	WEIR_BESIDE=SECONDS   for so long */
#include "unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "query/query.h"
#include "store/rollup.h"

#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { PUTS = 120, EACH = 600, PUTS_AN_HOUR = 20, READERS = 3 };
static const usec_t midnight = 1795392000 * USEC_PER_SEC; /* 2026-11-23 00:00 UTC */

/* Unlike cmocka's own, of use in any thread. */
static void must_(bool good, const char *what, int line)
{
	if (good)
		return;
	printf("Bail out! beside.c:%d: %s\n", line, what);
	fflush(stdout);
	abort();
}
#define must(x) must_(x, #x, __LINE__)

struct shared {
	char folder[40];
	atomic_size_t begun, committed; /* puts */
	atomic_bool done;
};

struct reader {
	struct shared *s;
	size_t answers, whole, rollups;
};

static usec_t start_of(size_t put)
{
	return midnight + (usec_t)put * USEC_PER_HOUR / PUTS_AN_HOUR;
}

/* -- the writer ----------------------------------------------------------------------------------------------- */

static void put_some(struct store_writer *w, struct batch *b, size_t put)
{
	batch_reset(b);
	for (size_t i = 0; i < EACH; i++) {
		const struct flow_rec r = { .time = (uint64_t)(start_of(put) + (usec_t)i * USEC_PER_SEC / 10), .agent = addr_v4(0x0a000001),
					    .inputinterface = 1 + (uint32_t)i % 7, .ipsource = addr_v4((uint32_t)(put * EACH + i + 1)),
					    .protocol = 6, .samplingrate = 10, .bytes = 100, .frames = 1 };
		must(batch_push(b, &r));
	}
	must(store_put(w, b) == OK);
	must(store_commit(w) == OK);
}

/* In turn, by the number of the put: nothing waits for readers. */
static void keep_house(struct store_writer *w, size_t put)
{
	const struct compact_options at_once = { .no_grace = true, .open_hours = put % 3 == 0 };
	const struct rollup_options few = { .details = 50 };
	struct prune_limit limit = { .all_tables = true, .all_levels = true, .keep = 2 * USEC_PER_HOUR };
	const struct prune_policy policy = { .limit = &limit, .nlimits = 1, .no_grace = true };
	const usec_t now = start_of(put + 1);
	struct prune_report pruned;
	struct rollup_report rolled;
	must(store_seal(w) == OK);
	if (put % 2)
		must(store_compact(w, now, &at_once, NULL) == OK);
	if (put % 5 == 0)
		must(store_rollup(w, now, NULL, &few, &rolled) == OK);
	if (put % 7 == 0)
		must(store_prune(w, now, &policy, &pruned) == OK);
}

static size_t write_on(struct shared *s)
{
	const char *seconds = getenv("WEIR_BESIDE");
	const usec_t until = clock_monotonic() + (seconds ? atoll(seconds) * USEC_PER_SEC : 0);
	struct store_writer *w;
	struct problem why;
	struct batch *b;
	size_t put = 0;
	must(store_write_open(s->folder, &(struct store_options){ .no_sync = true }, &w, &why) == OK);
	must(batch_new(&tables[TABLE_TRAFFIC], EACH, &b) == OK);
	for (; put < PUTS || clock_monotonic() < until; put++) {
		atomic_store(&s->begun, put + 1);
		put_some(w, b, put);
		atomic_store(&s->committed, put + 1);
		if (put % 3 == 2)
			keep_house(w, put / 3);
	}
	batch_free(b);
	must(store_write_close(w) == OK);
	return put;
}

/* -- readers -------------------------------------------------------------------------------------------------- */

static void ask(struct store *store, const struct request *rq, struct result *t)
{
	struct arena a = { 0 };
	struct problem why;
	const struct scope *scope;
	struct query_env env = { .store = store, .now = midnight + 300 * USEC_PER_DAY };
	struct plan *p;
	must(zone_find("UTC", &env.zone) == OK);
	must(scope_everything(&scope) == OK);
	must(plan_make(&a, &env, scope, rq, &p, &why) == OK);
	must(plan_run(p, t, &why) == OK);
	plan_free(p);
	scope_free(scope);
	arena_free(&a);
}

static double cell(const struct result *t, size_t col)
{
	must(t->nrows == 1);
	return t->col[col].num[0];
}

static const char always[] = "2026-11-23,2027-06-01";

static void look(struct reader *r, struct store *store)
{
	char last[80];
	struct result all = { 0 }, some = { 0 };
	const size_t before = atomic_load(&r->s->committed), from = before > PUTS_AN_HOUR ? before - PUTS_AN_HOUR : 0;
	snprintf(last, sizeof(last), "%lld,%lld", (long long)(start_of(from) / USEC_PER_SEC), (long long)(start_of(before) / USEC_PER_SEC));
	ask(store, &(struct request){ .view = "iftraffic", .select = "flows,count(ipsource),bytes", .interval = always }, &all);
	if (before)
		ask(store, &(struct request){ .view = "iftraffic", .select = "protocol,flows,bytes", .interval = last }, &some);
	const size_t after = atomic_load(&r->s->begun);
	if (all.nincomplete == 0 && cell(&all, 0) > 0) {
		const bool folded = all.folded.start < all.folded.end; /* rows are gone whose roll-ups keep few addresses */
		must(folded ? cell(&all, 0) >= cell(&all, 1) : cell(&all, 0) == cell(&all, 1)); /* nothing twice */
		must(cell(&all, 2) == 1000 * cell(&all, 0));
		must(cell(&all, 0) <= (double)(after * EACH));
		r->whole++;
	}
	if (before && some.nincomplete == 0) {
		must(cell(&some, 1) == (double)((before - from) * EACH)); /* nothing lost */
		must(cell(&some, 2) == 1000 * cell(&some, 1));
		r->rollups += some.scanned.rollups;
	}
	r->answers++;
	result_free(&all);
	result_free(&some);
}

/* One handle for all the time, so that what it keeps goes while it is kept. */
static void *read_on(void *arg)
{
	struct reader *r = arg;
	struct store *store;
	struct problem why;
	while (!atomic_load(&r->s->committed))
		usleep(1000);
	must(store_open(r->s->folder, &store, &why) == OK);
	while (!atomic_load(&r->s->done))
		look(r, store);
	store_close(store);
	return NULL;
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void remove_folder(const char *folder)
{
	assert_int_equal(nftw(folder, unlink_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void answers_are_of_one_moment(void **state)
{
	struct shared s = { .folder = "/tmp/weir-beside.XXXXXX" };
	struct reader r[READERS] = { 0 };
	pthread_t thread[READERS];
	(void)state;
	assert_non_null(mkdtemp(s.folder));
	for (size_t i = 0; i < READERS; i++) {
		r[i].s = &s;
		assert_int_equal(pthread_create(&thread[i], NULL, read_on, &r[i]), 0);
	}
	const size_t puts = write_on(&s);
	atomic_store(&s.done, true);
	for (size_t i = 0; i < READERS; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		print_message("# %zu puts, %zu answers, %zu of them whole, %zu roll-ups read\n", puts, r[i].answers, r[i].whole, r[i].rollups);
		assert_true(r[i].answers > 0);
	}
	remove_folder(s.folder);
}

/* -- a copy --------------------------------------------------------------------------------------------------- */

static void say(struct store *store, struct buf *out)
{
	static const struct request rq[] = {
		{ .view = "iftraffic", .select = "ipsource,bytes", .interval = always, .n = 20 },
		{ .view = "iftraffic", .select = "protocol,interface,bytes,error(bytes),flows", .interval = always },
		{ .view = "traffic", .select = "mask(ipsource,25),p95(bytes),count(ipsource)", .interval = always },
		{ .kind = QUERY_TREND, .view = "iftraffic", .select = "time,inputinterface,rate(bits)", .bucket = "hour", .interval = always, .n = 3 },
		{ .kind = QUERY_ROWS, .view = "iftraffic", .select = "time,ipsource,bytes", .interval = always, .n = 1000 },
	};
	for (size_t i = 0; i < COUNT_OF(rq); i++) {
		struct result t = { 0 };
		ask(store, &rq[i], &t);
		result_json(&t, out);
		assert_int_equal(t.nincomplete, 0);
		result_free(&t);
	}
}

static void a_copy_has_the_same_answers(void **state)
{
	struct shared s = { .folder = "/tmp/weir-beside.XXXXXX" };
	char to[sizeof(s.folder) + 8];
	struct buf want = { 0 }, got = { 0 };
	struct store *store;
	struct problem why;
	(void)state;
	assert_non_null(mkdtemp(s.folder));
	snprintf(to, sizeof(to), "%s.copy", s.folder);
	write_on(&s);
	assert_int_equal(store_copy(s.folder, to, &(struct copy_report){ 0 }, &why), OK);
	assert_int_equal(store_open(s.folder, &store, &why), OK);
	say(store, &want);
	store_close(store);
	assert_int_equal(store_open(to, &store, &why), OK);
	say(store, &got);
	store_close(store);
	assert_true(got.len > 1000);
	assert_string_equal(buf_str(&got), buf_str(&want));
	buf_free(&want);
	buf_free(&got);
	remove_folder(s.folder);
	remove_folder(to);
}

UNIT_MAIN(cmocka_unit_test(answers_are_of_one_moment), cmocka_unit_test(a_copy_has_the_same_answers))
