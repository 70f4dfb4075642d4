/* A writer with its housekeeping, killed at any moment of journal, seal, compaction, roll-up and
 * retention: it opens again, the check is clean, what was committed is there, nothing twice.
 * WEIR_SOAK=N kills N times instead of a few (make soak).
 *
 * Row i says so in its bytes and comes a second after row i - 1, so that hours pass quickly.  The
 * mark "rows", put with them, says how many there are.  Retention keeps six hours: what is there is rows
 * [gone, marked), each once, and roll-ups stand for the others. */
#include "store/kit.h"

#include "store/rollup.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>

enum { A_FEW = 10, SEAL_ROWS = 3000, AHEAD = 15000 /* rows that may wait for housekeeping */ };
static const usec_t begin = 1764064800 * USEC_PER_SEC; /* 2025-11-25 10:00 UTC */
static const usec_t keep = 6 * USEC_PER_HOUR;

static usec_t time_of(uint64_t row)
{
	return begin + (usec_t)row * USEC_PER_SEC;
}

static struct batch *numbered(uint64_t from, uint64_t to)
{
	struct batch *b;
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], to - from, &b), OK);
	for (uint64_t i = from; i < to; i++) {
		const struct flow_rec r = { .time = (uint64_t)time_of(i), .agent = addr_v4((uint32_t)(0x0a000001 + i % 3)),
					    .inputinterface = (uint32_t)(i % 7), .ipsource = addr_v4((uint32_t)(i * 2654435761u)),
					    .ipdestination = addr_v4((uint32_t)(i % 500)), .bytes = i, .frames = 1, .samplingrate = 10 };
		assert_true(batch_push(b, &r));
	}
	return b;
}

/* -- the child --------------------------------------------------------------------------------------- */

struct child {
	struct store_writer *w;
	_Atomic uint64_t rows, kept; /* put; put before the last round of housekeeping that ended */
};

static bool keep_house_once(struct child *c)
{
	const struct compact_options compact = { .no_grace = true };
	const struct prune_limit limit = { .all_tables = true, .all_levels = true, .keep = keep };
	const struct prune_policy policy = { .limit = &limit, .nlimits = 1, .no_grace = true };
	uint64_t rows = atomic_load(&c->rows);
	usec_t now = time_of(rows);
	if (store_compact(c->w, now, &compact, NULL) != OK || store_rollup(c->w, now, NULL, NULL, &(struct rollup_report){ 0 }) != OK ||
	    store_prune(c->w, now, &policy, &(struct prune_report){ 0 }) != OK)
		return false;
	atomic_store(&c->kept, rows);
	return true;
}

static void *keep_house(void *arg)
{
	while (keep_house_once(arg))
		;
	_exit(7);
}

static uint64_t marked(struct store_writer *w)
{
	struct buf b = { 0 };
	uint64_t n = 0;
	if (store_writer_read_mark(w, "rows", &b) == OK && b.len == sizeof(n))
		memcpy(&n, b.data, sizeof(n));
	buf_free(&b);
	return n;
}

static void write_until_killed(const char *folder, int told, uint64_t seed)
{
	struct kit_rng rng = { seed };
	const struct store_options opt = { .seal_rows = SEAL_ROWS, .no_sync = seed % 3 == 0 };
	struct child c = { 0 };
	pthread_t house;
	if (store_write_open(folder, &opt, &c.w, NULL) != OK)
		_exit(2);
	uint64_t n = marked(c.w);
	atomic_store(&c.rows, n);
	atomic_store(&c.kept, n);
	if (pthread_create(&house, NULL, keep_house, &c) != 0)
		_exit(3);
	for (;; usleep(1000)) {
		if (n > atomic_load(&c.kept) + AHEAD) /* housekeeping has to keep up, or there is nothing to kill */
			continue;
		uint64_t to = n + 1 + kit_below(&rng, 900);
		struct batch *b = numbered(n, to);
		if (store_put(c.w, b) != OK || store_mark(c.w, "rows", &to, sizeof(to)) != OK)
			_exit(4);
		batch_free(b);
		n = to;
		atomic_store(&c.rows, n);
		if (kit_below(&rng, 3) == 0)
			continue;
		if ((kit_below(&rng, 10) == 0 ? store_seal(c.w) : store_commit(c.w)) != OK)
			_exit(5);
		if (write(told, &n, sizeof(n)) != sizeof(n))
			_exit(6);
	}
}

/* -- what is left -------------------------------------------------------------------------------------- */

static void say(void *arg, const char *file, const char *what)
{
	(void)arg;
	fail_msg("check: %s: %s", file, what);
}

struct left {
	uint64_t rows, first, rolled; /* rows that segments have, the first of them, rows roll-ups stand for */
};

static void take_rows(struct seg *seg, struct buf *seen, struct left *ret)
{
	static uint64_t v[SEG_BLOCK];
	assert_int_equal(seg_prepare(seg, (uint64_t)1 << TR_bytes), OK);
	for (size_t row = 0; row < seg_rows(seg); row++) {
		if (row % SEG_BLOCK == 0)
			seg_uints(seg, TR_bytes, row / SEG_BLOCK, v);
		uint64_t i = v[row % SEG_BLOCK];
		while (seen->len <= i && !seen->bad)
			buf_u8(seen, 0);
		assert_int_equal(seen->bad, OK);
		assert_int_equal(seen->data[i]++, 0); /* nothing twice */
		ret->rows++;
	}
	seg_release(seg);
}

static uint64_t rows_of_rollup(const struct store *s, const struct snapshot_rollup *r)
{
	static uint64_t v[SEG_BLOCK];
	struct seg *seg;
	uint64_t n = 0;
	assert_int_equal(rollup_open(s, r, &seg), OK);
	assert_int_equal(seg_prepare(seg, (uint64_t)1 << RU_records), OK);
	for (size_t row = 0; row < seg_rows(seg); row++) {
		if (row % SEG_BLOCK == 0)
			seg_uints(seg, RU_records, row / SEG_BLOCK, v);
		n += v[row % SEG_BLOCK];
	}
	rollup_close(seg);
	return n;
}

static struct left look(const char *folder, uint64_t committed)
{
	struct left l = { .first = UINT64_MAX };
	struct store *s;
	struct snapshot sn;
	struct problem why = { 0 };
	struct buf seen = { 0 }, mark = { 0 };
	uint64_t n = 0;
	assert_int_equal(store_check(folder, say, NULL), OK);
	if (store_open(folder, &s, &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
	assert_int_equal(sn.ngap, 0);
	for (size_t i = 0; i < sn.nseg; i++)
		take_rows(sn.seg[i], &seen, &l);
	for (size_t i = 0; i < sn.nrollup; i++)
		if (!sn.rollup[i].of[0] && sn.rollup[i].level == ROLLUP_HOUR)
			l.rolled += rows_of_rollup(s, &sn.rollup[i]);
	if (store_read_mark(s, "rows", &mark) == OK)
		memcpy(&n, mark.data, sizeof(n));
	assert_true(n >= committed);
	for (l.first = 0; l.first < n && (l.first >= seen.len || !seen.data[l.first]); l.first++)
		;
	assert_int_equal(l.rows, n - l.first); /* [first, n) without a hole, and no row beyond the mark */
	assert_true(!l.first || time_of(l.first) <= time_of(n) - keep + USEC_PER_HOUR);
	assert_int_equal(l.rolled, l.first); /* what retention took, roll-ups stand for */
	buf_free(&seen);
	buf_free(&mark);
	snapshot_free(&sn);
	store_close(s);
	return l;
}

static void kill_once(const char *folder, struct kit_rng *rng, uint64_t *committed)
{
	int told[2], status;
	uint64_t n;
	assert_int_equal(pipe(told), 0);
	uint64_t seed = kit_random(rng);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(told[0]);
		write_until_killed(folder, told[1], seed);
	}
	close(told[1]);
	usleep((useconds_t)(2000 + kit_below(rng, 250000)));
	kill(child, SIGKILL);
	while (read(told[0], &n, sizeof(n)) == sizeof(n))
		*committed = n;
	close(told[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status)); /* it never gave up by itself */
}

/* In peace: a machine so slow that no child came to the end of a round would have tested little. */
static void last_house(const char *folder)
{
	struct child c = { 0 };
	const struct store_options opt = { .seal_rows = SEAL_ROWS };
	assert_int_equal(store_write_open(folder, &opt, &c.w, NULL), OK);
	atomic_store(&c.rows, marked(c.w));
	assert_true(keep_house_once(&c));
	assert_int_equal(store_write_close(c.w), OK);
}

static void killed_at_any_moment(void **state)
{
	const char *soak = getenv("WEIR_SOAK");
	long rounds = soak ? strtol(soak, NULL, 10) : A_FEW;
	struct kit_rng rng = { soak ? (uint64_t)time(NULL) : 7 };
	char folder[256];
	uint64_t committed = 0;
	struct left l = { 0 };
	(void)state;
	kit_folder(folder);
	printf("# %ld kills, seed %llu\n", rounds, (unsigned long long)rng.state);
	for (long i = 0; i < rounds; i++) {
		kill_once(folder, &rng, &committed);
		l = look(folder, committed);
	}
	last_house(folder);
	l = look(folder, committed);
	printf("# %llu rows in segments, %llu in roll-ups alone\n", (unsigned long long)l.rows, (unsigned long long)l.rolled);
	assert_true(l.rows > 0);
	assert_true(l.rolled > 0); /* so there was something to roll up and to prune */
	kit_remove(folder);
}

/* -- two years ------------------------------------------------------------------------------------------ */

/* A row an hour, for 24 months under WEIR_SOAK; housekeeping once a day, clocks that jump back an hour or ahead two days
 * now and then: what must stay stays, what is over goes, and each row is counted once. */
static void two_years_of_retention(void **state)
{
	const bool soak = getenv("WEIR_SOAK");
	const int days = soak ? 730 : 45, kept = soak ? 40 : 15; /* the short form is a few weeks */
	const int period = soak ? 100 : 20;                      /* of jumps */
	const struct prune_limit limits[] = {
		{ .all_tables = true, .level = STORE_FRESH, .keep = kept * USEC_PER_DAY },
		{ .all_tables = true, .level = STORE_HOUR, .keep = kept * USEC_PER_DAY },
	};
	const struct store_options opt = { .no_sync = true };
	const struct prune_policy policy = { .limit = limits, .nlimits = COUNT_OF(limits), .no_grace = true };
	const struct compact_options compact = { .no_grace = true };
	struct store_writer *w;
	struct store *s;
	struct snapshot sn;
	struct problem why = { 0 };
	char folder[256];
	uint64_t put = 0, rows = 0, rolled = 0, newest = 0;
	(void)state;
	kit_folder(folder);
	assert_int_equal(store_write_open(folder, &opt, &w, &why), OK);
	for (int day = 0; day < days; day++) {
		struct batch *b;
		assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], 24, &b), OK);
		for (int h = 0; h < 24; h++) {
			const struct flow_rec r = { .time = (uint64_t)(begin + day * USEC_PER_DAY + h * USEC_PER_HOUR + 1), .bytes = 100,
						    .agent = addr_v4(0x0a000001), .frames = 1, .samplingrate = 1 };
			assert_true(batch_push(b, &r));
			put++;
			newest = MAX(newest, r.time);
		}
		assert_int_equal(store_put(w, b), OK);
		batch_free(b);
		assert_int_equal(store_seal(w), OK);
		/* What the machine's clock says; the rows have their own time. */
		int in_period = day % period;
		usec_t now = begin + (day + 1) * USEC_PER_DAY;
		now += in_period == period / 2 ? -USEC_PER_HOUR : in_period == period * 3 / 4 ? 2 * USEC_PER_DAY : 0;
		assert_int_equal(store_compact(w, now, &compact, NULL), OK);
		assert_int_equal(store_rollup(w, now, NULL, NULL, &(struct rollup_report){ 0 }), OK);
		assert_int_equal(store_prune(w, now, &policy, &(struct prune_report){ 0 }), OK);
	}
	assert_int_equal(store_write_close(w), OK);
	assert_int_equal(store_check(folder, say, NULL), OK);
	assert_int_equal(store_open(folder, &s, &why), OK);
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
	for (size_t i = 0; i < sn.nseg; i++) {
		rows += seg_rows(sn.seg[i]);
		assert_true(seg_span(sn.seg[i]).end > (usec_t)newest - (kept + 3) * USEC_PER_DAY);
	}
	for (size_t i = 0; i < sn.nrollup; i++)
		if (!sn.rollup[i].of[0])
			rolled += rows_of_rollup(s, &sn.rollup[i]);
	printf("# %llu rows put, %llu in segments, %llu in roll-ups, %zu files\n", (unsigned long long)put, (unsigned long long)rows,
	       (unsigned long long)rolled, sn.nseg + sn.nrollup);
	assert_in_range(rows, (kept - 2) * 24, (kept + 3) * 24);
	assert_int_equal(rows + rolled, put); /* roll-ups, of hours and then of days, stand for what went */
	snapshot_free(&sn);
	store_close(s);
	kit_remove(folder);
}

UNIT_MAIN(cmocka_unit_test(killed_at_any_moment), cmocka_unit_test(two_years_of_retention))
