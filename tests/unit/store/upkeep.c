/* Housekeeping beside the thread that puts rows: nothing lost, nothing twice, in any order of
 * events; and it stops when told to.  (Worth most under SAN=thread.) */
#include "store/kit.h"

#include <pthread.h>
#include <stdatomic.h>

/* Unlike cmocka's own, of use in any thread. */
static void must_(bool good, const char *what, int line)
{
	if (good)
		return;
	printf("Bail out! upkeep.c:%d: %s\n", line, what);
	fflush(stdout);
	abort();
}
#define must(x) must_(x, #x, __LINE__)

static const usec_t ten_o_clock = 1764064800 * USEC_PER_SEC;

enum { ROWS = 40000, BATCH = 500 };

/* Row i says so in its bytes; each minute has a hundred. */
static struct batch *numbered(size_t from, size_t n)
{
	struct batch *b;
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], n, &b), OK);
	for (size_t i = from; i < from + n; i++) {
		struct flow_rec r = {
			.time = (uint64_t)(ten_o_clock + (usec_t)i * USEC_PER_MIN / 100),
			.agent = addr_v4(0x0a000001),
			.inputinterface = (uint32_t)(i % 7),
			.ipsource = addr_v4((uint32_t)(i % 1000)),
			.bytes = i,
			.frames = 1,
		};
		assert_true(batch_push(b, &r));
	}
	return b;
}

/* Each of the first n rows is there once.  n of 0: as many as there are, from the first on. */
static size_t expect_rows(const char *folder, size_t n)
{
	static uint64_t v[SEG_BLOCK];
	_cleanup_(mem_freep) uint8_t *seen = mem_new0(ROWS, 1);
	struct store *s;
	struct snapshot sn;
	struct problem why;
	size_t rows = 0;
	must(store_open(folder, &s, &why) == OK);
	must(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn) == OK);
	must(sn.ngap == 0);
	for (size_t i = 0; i < sn.nseg; i++) {
		must(seg_prepare(sn.seg[i], (uint64_t)1 << TR_bytes) == OK);
		for (size_t row = 0; row < seg_rows(sn.seg[i]); row++) {
			if (row % SEG_BLOCK == 0)
				seg_uints(sn.seg[i], TR_bytes, row / SEG_BLOCK, v);
			must(v[row % SEG_BLOCK] < ROWS);
			must(!seen[v[row % SEG_BLOCK]]++);
			rows++;
		}
	}
	for (size_t i = 0; i < rows; i++)
		must(seen[i]);
	if (n)
		must(rows == n);
	snapshot_free(&sn);
	store_close(s);
	return rows;
}

struct beside {
	struct store_writer *w;
	const char *folder;
	atomic_bool done;
	size_t rounds, merged;
};

static void *compacts(void *arg)
{
	struct beside *b = arg;
	struct compact_options all = { .open_hours = true, .most_groups = 1 };
	while (!atomic_load(&b->done)) {
		struct compact_report r;
		must(store_compact(b->w, ten_o_clock, &all, &r) == OK);
		b->merged += r.segments_in;
		b->rounds++;
	}
	return NULL;
}

static void *prunes(void *arg)
{
	struct beside *b = arg;
	struct prune_limit limit = { .all_tables = true, .all_levels = true, .keep = USEC_PER_DAY };
	struct prune_policy policy = { .limit = &limit, .nlimits = 1 };
	while (!atomic_load(&b->done)) {
		struct prune_report r;
		must(store_prune(b->w, ten_o_clock, &policy, &r) == OK);
		must(r.segments == 0);
		b->rounds++;
	}
	return NULL;
}

/* What was committed is there, at every moment. */
static void *reads(void *arg)
{
	struct beside *b = arg;
	size_t before = 0;
	while (!atomic_load(&b->done)) {
		size_t rows = expect_rows(b->folder, 0);
		must(rows >= before);
		before = rows;
		b->rounds++;
	}
	return NULL;
}

static void beside_ingest(void **state)
{
	static void *(*const what[])(void *) = { compacts, prunes, reads };
	enum { THREADS = COUNT_OF(what) };
	(void)state;
	char folder[256];
	struct problem why;
	struct store_writer *w;
	struct beside b[THREADS] = { 0 };
	pthread_t thread[THREADS];
	struct store_options opt = { .seal_rows = 2000 };
	kit_folder(folder);
	assert_int_equal(store_write_open(folder, &opt, &w, &why), OK);
	for (size_t i = 0; i < THREADS; i++) {
		b[i].w = w;
		b[i].folder = folder;
		assert_int_equal(pthread_create(&thread[i], NULL, what[i], &b[i]), 0);
	}
	for (size_t at = 0; at < ROWS; at += BATCH) {
		struct batch *rows = numbered(at, BATCH);
		assert_int_equal(store_put(w, rows), OK);
		assert_int_equal(store_mark(w, "so far", &at, sizeof(at)), OK);
		assert_int_equal(at % 3 ? store_commit(w) : store_seal(w), OK);
		batch_free(rows);
	}
	for (size_t i = 0; i < THREADS; i++)
		atomic_store(&b[i].done, true);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_true(b[i].rounds > 0);
	}
	expect_rows(folder, ROWS);
	struct compact_report r;
	struct compact_options all = { .open_hours = true, .no_grace = true };
	assert_int_equal(store_seal(w), OK);
	assert_int_equal(store_compact(w, ten_o_clock, &all, &r), OK);
	assert_true(b[0].merged + r.segments_in > 0);
	assert_int_equal(store_write_close(w), OK);
	expect_rows(folder, ROWS);
	kit_check_clean(folder);
	kit_remove(folder);
}

/* -- told to stop ------------------------------------------------------------------------------- */

static bool after_some(void *arg)
{
	return (*(int *)arg)-- <= 0;
}

static void told_to_stop(void **state)
{
	(void)state;
	char folder[256];
	struct problem why;
	struct store_writer *w;
	struct compact_report r;
	kit_folder(folder);
	assert_int_equal(store_write_open(folder, NULL, &w, &why), OK);
	for (size_t at = 0; at < 10000; at += 1000) {
		struct batch *rows = numbered(at, 1000);
		assert_int_equal(store_put(w, rows), OK);
		assert_int_equal(store_seal(w), OK);
		batch_free(rows);
	}
	bool cancelled = false, done = false;
	for (int n = 0; !done; n += 17) {
		int left = n;
		struct compact_options opt = { .open_hours = true,
					       .no_grace = true,
					       .stop = after_some,
					       .arg = &left };
		enum err e = store_compact(w, ten_o_clock, &opt, &r);
		assert_true(e == OK || e == E_CANCELLED);
		cancelled |= e == E_CANCELLED;
		done = e == OK;
		expect_rows(folder, 10000);
	}
	assert_true(cancelled);
	assert_int_equal(store_write_close(w), OK);
	kit_check_clean(folder);
	kit_remove(folder);
}

UNIT_MAIN(cmocka_unit_test(beside_ingest), cmocka_unit_test(told_to_stop))
