/* Every system call that changes a store fails once, then for good; every allocation fails once.
 * Whatever fails says so, leaves nothing half done, and works when it is tried again. */
#include "store/bad_sys.h"
#include "store/kit.h"

#include <limits.h>

/* -- the story that is told again and again --------------------------------------------------- */

enum { STEPS = 14, ROWS = 50 };

struct story {
	char folder[256];
	struct batch *traffic[STEPS], *counters[STEPS];
	struct store_writer *w;
	size_t ntraffic, ncounters; /* batches taken in */
	size_t durable;             /* of traffic batches, when a commit or seal last said OK */
	bool no_sync;
};

static void story_init(struct story *s)
{
	struct kit_rng rng = { 5 };
	usec_t time = 1764000000 * USEC_PER_SEC;
	uint8_t spread[TABLE_MAX_COLS];
	*s = (struct story){ 0 };
	for (size_t i = 0; i < STEPS; i++, time += 10 * USEC_PER_SEC) {
		kit_spreads(&rng, spread);
		s->traffic[i] = kit_batch(&rng, &tables[TABLE_TRAFFIC], spread, ROWS, time, 3);
		s->counters[i] =
			kit_batch(&rng, &tables[TABLE_IFCOUNTERS], spread, ROWS / 5, time, 3);
	}
}

static void story_free(struct story *s)
{
	for (size_t i = 0; i < STEPS; i++) {
		batch_free(s->traffic[i]);
		batch_free(s->counters[i]);
	}
}

/* One step; OK, or what failed.  A step that failed is told again from its beginning. */
static enum err story_step(struct story *s, size_t step)
{
	enum err e = OK;
	if (!s->w) {
		struct store_options opt = { .seal_rows = 3 * ROWS, .no_sync = s->no_sync };
		if ((e = store_write_open(s->folder, &opt, &s->w, NULL)) != OK)
			return e;
	}
	if (s->ntraffic == step) {
		if ((e = store_put(s->w, s->traffic[step])) != OK)
			return e;
		s->ntraffic++;
	}
	if (s->ncounters == step && (e = store_put(s->w, s->counters[step])) != OK)
		return e;
	s->ncounters = step + 1;
	if (step % 3 == 1 && (e = store_mark(s->w, "step", &step, sizeof(step))) != OK)
		return e;
	e = step == 7 ? store_seal(s->w) : step % 2 ? store_commit(s->w) : OK;
	if (e == OK && (step == 7 || step % 2))
		s->durable = s->ntraffic;
	if (e == OK && step == 9) { /* a writer comes back to a journal with rows */
		e = store_write_close(s->w);
		s->w = NULL;
	}
	return e;
}

/* What readers see is a beginning of what was put, and holds all that is durable. */
static void look(const struct story *s)
{
	struct store *st;
	struct snapshot sn;
	size_t rows = 0;
	enum err e = store_open(s->folder, &st, NULL);
	if (e == E_UNKNOWN && !s->durable)
		return;
	assert_int_equal(e, OK);
	kit_check_clean(s->folder);
	assert_int_equal(store_snapshot(st, TABLE_TRAFFIC, kit_always, &sn), OK);
	assert_int_equal(sn.ngap, 0);
	for (size_t i = 0; i < sn.nseg; i++) {
		kit_compare(sn.seg[i], s->traffic, STEPS, rows);
		rows += seg_rows(sn.seg[i]);
	}
	assert_true(rows % ROWS == 0 && rows >= s->durable * ROWS && rows <= s->ntraffic * ROWS);
	snapshot_free(&sn);
	store_close(st);
}

static void expect_all(const struct story *s)
{
	struct store *st;
	struct buf mark = { 0 };
	size_t step = 0;
	kit_expect(s->folder, TABLE_TRAFFIC, s->traffic, STEPS);
	kit_expect(s->folder, TABLE_IFCOUNTERS, s->counters, STEPS);
	kit_check_clean(s->folder);
	assert_int_equal(store_open(s->folder, &st, NULL), OK);
	assert_int_equal(store_read_mark(st, "step", &mark), OK);
	memcpy(&step, mark.data, sizeof(step));
	assert_int_equal(step, 13);
	buf_free(&mark);
	store_close(st);
}

/* Tell it to the end; when a step fails, look, and go on with what works again. */
static bool tell(struct story *s, enum err expected)
{
	bool failed = false;
	for (size_t step = 0; step < STEPS;) {
		enum err e = story_step(s, step);
		if (e == OK) {
			step++;
			continue;
		}
		mem_fail_at(-1);
		assert_int_equal(e, expected);
		failed = true;
		look(s);
	}
	mem_fail_at(-1);
	enum err e = store_write_close(s->w);
	s->w = NULL;
	if (e != OK) {
		assert_int_equal(e, expected);
		failed = true;
	}
	return failed;
}

/* The n-th call fails, all others work: the story ends as if nothing had been. */
static void each_call_fails_once(void **state)
{
	(void)state;
	struct story s;
	story_init(&s);
	store_sys_replace(&bad_sys);
	long n = 0;
	for (bool reached = true; reached; n++) {
		calls = 0;
		fail_at = n;
		fail_until = n + 1;
		fail_errno = n % 2 ? ENOSPC : EIO;
		kit_folder(s.folder);
		s.ntraffic = s.ncounters = s.durable = 0;
		tell(&s, E_IO);
		reached = calls > n;
		fail_at = fail_until;
		expect_all(&s);
		/* What could not be removed at the time is gone when the next writer has come. */
		assert_int_equal(store_write_open(s.folder, NULL, &s.w, NULL), OK);
		assert_int_equal(store_write_close(s.w), OK);
		s.w = NULL;
		expect_all(&s);
		kit_remove(s.folder);
	}
	store_sys_replace(NULL);
	assert_true(n > 60);
	story_free(&s);
}

/* From the n-th call on nothing works; then the process ends, and the next one finds the disk
 * well again. */
static void all_calls_fail_from_one_on(void **state)
{
	(void)state;
	struct story s;
	story_init(&s);
	long n = 0;
	for (bool reached = true; reached; n++) {
		enum err e = OK;
		store_sys_replace(&bad_sys);
		calls = 0;
		fail_at = n;
		fail_until = LONG_MAX;
		fail_errno = ENOSPC;
		kit_folder(s.folder);
		s.ntraffic = s.ncounters = s.durable = 0;
		for (size_t step = 0; step < STEPS && e == OK; step++)
			e = story_step(&s, step);
		reached = calls > n;
		assert_true(e == OK || e == E_IO);
		store_write_abandon(s.w);
		s.w = NULL;
		store_sys_replace(NULL);
		if (e == OK)
			s.ntraffic = STEPS;
		look(&s);
		enum err again = store_write_open(s.folder, NULL, &s.w, NULL);
		assert_int_equal(again, OK);
		look(&s);
		assert_int_equal(store_write_close(s.w), OK);
		s.w = NULL;
		kit_remove(s.folder);
	}
	assert_true(n > 60);
	story_free(&s);
}

/* While the disk is full puts are refused in the end (memory is not the place to wait), and when
 * there is space again the writer goes on by itself. */
static void a_full_disk_stops_and_space_resumes(void **state)
{
	(void)state;
	struct story s;
	struct store_writer *w;
	story_init(&s);
	kit_folder(s.folder);
	assert_int_equal(
		store_write_open(s.folder,
				 &(struct store_options){ .seal_rows = 2 * ROWS, .no_sync = true },
				 &w, NULL),
		OK);
	store_sys_replace(&bad_sys);
	calls = 0;
	fail_at = 0;
	fail_until = LONG_MAX;
	fail_errno = ENOSPC;
	size_t taken = 0;
	while (taken < STEPS && store_put(w, s.traffic[taken]) == OK)
		taken++;
	assert_int_equal(taken, 2);
	assert_int_equal(store_put(w, s.traffic[taken]), E_IO);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(store_commit(w), E_IO);
	store_sys_replace(NULL);
	for (; taken < STEPS; taken++)
		assert_int_equal(store_put(w, s.traffic[taken]), OK);
	assert_int_equal(store_write_close(w), OK);
	kit_expect(s.folder, TABLE_TRAFFIC, s.traffic, STEPS);
	kit_remove(s.folder);
	story_free(&s);
}

/* -- failing memory ---------------------------------------------------------------------------- */

static void each_allocation_of_the_writer_fails_once(void **state)
{
	(void)state;
	struct story s;
	story_init(&s);
	s.no_sync = true;
	long n = 0;
	for (bool failed = true; failed; n += 1 + n / 60) { /* all of the first, then some */
		kit_folder(s.folder);
		s.ntraffic = s.ncounters = s.durable = 0;
		mem_fail_at(n);
		failed = tell(&s, E_NOMEM);
		expect_all(&s);
		kit_remove(s.folder);
	}
	assert_true(n > 200);
	story_free(&s);
}

static enum err read_all(const char *folder)
{
	struct store *st = NULL;
	struct snapshot sn = { 0 };
	struct store_info info;
	struct buf mark = { 0 };
	enum err e = store_open(folder, &st, NULL);
	for (enum table_id t = 0; t < TABLES && e == OK; t++) {
		e = store_snapshot(st, t, kit_always, &sn);
		for (size_t i = 0; i < sn.nseg && e == OK; i++)
			e = seg_prepare(sn.seg[i], UINT64_MAX);
		snapshot_free(&sn);
	}
	if (e == OK)
		e = store_read_mark(st, "step", &mark);
	if (e == OK)
		e = store_info(folder, &info, NULL);
	if (e == OK)
		e = store_check(folder, kit_say, NULL);
	buf_free(&mark);
	store_close(st);
	return e;
}

static void each_allocation_of_a_reader_fails_once(void **state)
{
	(void)state;
	struct story s;
	story_init(&s);
	s.no_sync = true;
	kit_folder(s.folder);
	assert_false(tell(&s, OK));
	long n = 0;
	for (;; n++) {
		mem_fail_at(n);
		enum err e = read_all(s.folder);
		mem_fail_at(-1);
		if (e == OK)
			break;
		assert_int_equal(e, E_NOMEM);
	}
	assert_true(n > 100);
	kit_remove(s.folder);
	story_free(&s);
}

UNIT_MAIN(cmocka_unit_test(each_call_fails_once), cmocka_unit_test(all_calls_fail_from_one_on),
	  cmocka_unit_test(a_full_disk_stops_and_space_resumes),
	  cmocka_unit_test(each_allocation_of_the_writer_fails_once),
	  cmocka_unit_test(each_allocation_of_a_reader_fails_once))
