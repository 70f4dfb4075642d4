/* Retention: what goes, what stays, and when its files go. */
#include "store/bad_sys.h"
#include "store/kit.h"

#include <dirent.h>
#include <limits.h>

enum { HOURS = 6, ROWS = 500 };

static const usec_t ten_o_clock = 1764064800 * USEC_PER_SEC;
static const usec_t now = ten_o_clock + 24 * USEC_PER_HOUR;

/* Six hours of both tables, a segment each; compacted if asked for. */
static struct store_writer *make(char folder[static 256], bool compact)
{
	struct store_writer *w;
	struct kit_rng rng = { 4 };
	uint8_t spread[TABLE_MAX_COLS] = { 0 };
	kit_folder(folder);
	assert_int_equal(
		store_write_open(folder, &(struct store_options){ .no_sync = true }, &w, NULL), OK);
	for (size_t i = 0; i < HOURS; i++)
		for (size_t t = 0; t < TABLES; t++) {
			memset(spread, KIT_FEW, sizeof(spread));
			struct batch *b = kit_batch(&rng, &tables[t], spread, ROWS,
						    ten_o_clock + (usec_t)i * USEC_PER_HOUR, 1000);
			assert_int_equal(store_put(w, b), OK);
			assert_int_equal(store_seal(w), OK);
			batch_free(b);
		}
	struct compact_options opt = { .no_grace = true };
	if (compact)
		assert_int_equal(store_compact(w, now, &opt, NULL), OK);
	return w;
}

static struct store_table_info info_of(const char *folder, enum table_id table)
{
	struct store_info i;
	assert_int_equal(store_info(folder, &i, NULL), OK);
	return i.table[table];
}

static size_t files_in(const char *folder, const char *below)
{
	char path[512];
	size_t n = 0;
	snprintf(path, sizeof(path), "%s/%s", folder, below);
	DIR *d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d));)
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static void end(struct store_writer *w, const char *folder)
{
	kit_check_clean(folder);
	assert_int_equal(store_write_close(w), OK);
	kit_check_clean(folder);
	kit_remove(folder);
}

static void what_is_too_old_goes_and_its_files_after_the_grace(void **state)
{
	(void)state;
	char folder[256];
	struct store_writer *w = make(folder, true);
	struct prune_limit limit = { .all_tables = true, .all_levels = true };
	struct prune_policy p = { .limit = &limit, .nlimits = 1 };
	struct prune_report r;
	limit.keep = 21 * USEC_PER_HOUR; /* of what begins at 10, 11, 12, 13 ... tomorrow at 10 */
	assert_int_equal(store_prune(w, now, &p, &r), OK);
	assert_int_equal(r.segments, 3 * TABLES);
	assert_int_equal(r.rows, 3 * TABLES * ROWS);
	assert_int_equal(r.removed, 0);
	for (enum table_id t = 0; t < TABLES; t++) {
		assert_int_equal(info_of(folder, t).segments, HOURS - 3);
		assert_true(info_of(folder, t).span.start >= ten_o_clock + 3 * USEC_PER_HOUR);
	}
	assert_int_equal(files_in(folder, "traffic/hour"), HOURS);
	limit.keep = 0;
	assert_int_equal(store_prune(w, now + STORE_GRACE, &p, &r), OK);
	assert_int_equal(r.segments, 0);
	assert_int_equal(r.removed, 3 * TABLES);
	assert_int_equal(files_in(folder, "traffic/hour"), HOURS - 3);
	end(w, folder);
}

static void the_oldest_go_until_the_size_fits(void **state)
{
	(void)state;
	char folder[256];
	struct store_writer *w = make(folder, true);
	struct store_table_info before = info_of(folder, TABLE_TRAFFIC);
	struct prune_limit limit = { .table = TABLE_TRAFFIC,
				     .all_levels = true,
				     .max_bytes = before.segment_bytes / 2 };
	struct prune_policy p = { .limit = &limit, .nlimits = 1, .no_grace = true };
	struct prune_report r;
	assert_int_equal(store_prune(w, now, &p, &r), OK);
	struct store_table_info after = info_of(folder, TABLE_TRAFFIC);
	assert_true(after.segment_bytes <= limit.max_bytes && after.segments > 0);
	assert_int_equal(after.segments + r.segments, HOURS);
	assert_true(after.span.start > before.span.start && after.span.end == before.span.end);
	assert_int_equal(files_in(folder, "traffic/hour"), after.segments);
	assert_int_equal(info_of(folder, TABLE_IFCOUNTERS).segments, HOURS);
	assert_int_equal(store_prune(w, now, &p, &r), OK); /* it fits: nothing more goes */
	assert_int_equal(r.segments, 0);
	end(w, folder);
}

static void a_limit_of_one_level_leaves_the_other(void **state)
{
	(void)state;
	char folder[256];
	struct store_writer *w = make(folder, false);
	struct prune_limit limit = { .all_tables = true, .level = STORE_HOUR, .keep = 1 };
	struct prune_policy p = { .limit = &limit, .nlimits = 1 };
	struct prune_report r;
	assert_int_equal(store_prune(w, now, &p, &r), OK);
	assert_int_equal(r.segments, 0); /* all is fresh */
	limit.level = STORE_FRESH;
	assert_int_equal(store_prune(w, now, &p, &r), OK);
	assert_int_equal(r.segments, HOURS * TABLES);
	end(w, folder);
}

static void limits_count_what_those_before_have_left(void **state)
{
	(void)state;
	char folder[256];
	struct store_writer *w = make(folder, true);
	uint64_t all = info_of(folder, TABLE_TRAFFIC).segment_bytes;
	struct prune_limit limit[2] = {
		{ .all_tables = true, .all_levels = true, .keep = 21 * USEC_PER_HOUR },
		{ .table = TABLE_TRAFFIC, .all_levels = true, .max_bytes = all * 3 / 4 },
	};
	struct prune_policy p = { .limit = limit, .nlimits = 2 };
	struct prune_report r;
	assert_int_equal(store_prune(w, now, &p, &r), OK);
	assert_int_equal(r.segments, 3 * TABLES); /* age alone has made it fit */
	end(w, folder);
}

static void rows_inside_the_grace_stay(void **state)
{
	(void)state;
	char folder[256];
	struct store_writer *w = make(folder, true);
	struct prune_limit limit = {
		.all_tables = true, .all_levels = true, .keep = 1, .max_bytes = 1
	};
	struct prune_policy p = { .limit = &limit, .nlimits = 1, .grace = 2 * USEC_PER_HOUR };
	struct prune_report r;
	usec_t at = ten_o_clock + HOURS * USEC_PER_HOUR; /* the last hour has just ended */
	assert_int_equal(store_prune(w, at, &p, &r), OK);
	assert_int_equal(r.segments, (HOURS - 2) * TABLES);
	end(w, folder);
}

struct said {
	size_t n;
	uint64_t rows;
};

static void said(void *arg, const char *path, uint64_t rows, struct span span)
{
	struct said *s = arg;
	assert_true(strstr(path, "/hour/") && span.start < span.end);
	s->n++;
	s->rows += rows;
}

static void a_dry_run_says_and_leaves_all(void **state)
{
	(void)state;
	char folder[256];
	struct store_writer *w = make(folder, true);
	struct said s = { 0 };
	struct prune_limit limit = { .all_tables = true, .all_levels = true, .keep = 1 };
	struct prune_policy p = {
		.limit = &limit, .nlimits = 1, .dry_run = true, .say = said, .arg = &s
	};
	struct prune_report r;
	assert_int_equal(store_prune(w, now, &p, &r), OK);
	assert_int_equal(r.segments, HOURS * TABLES);
	assert_int_equal(s.n, HOURS * TABLES);
	assert_int_equal(s.rows, r.rows);
	assert_int_equal(info_of(folder, TABLE_TRAFFIC).segments, HOURS);
	end(w, folder);
}

static void readers_that_have_planned_go_on(void **state)
{
	(void)state;
	char folder[256];
	struct store_writer *w = make(folder, true);
	struct prune_limit limit = { .all_tables = true, .all_levels = true, .keep = 1 };
	struct prune_policy p = { .limit = &limit, .nlimits = 1 };
	struct store *s;
	struct snapshot sn;
	assert_int_equal(store_open(folder, &s, NULL), OK);
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
	assert_int_equal(store_prune(w, now, &p, NULL), OK);
	assert_int_equal(sn.nseg, HOURS);
	for (size_t i = 0; i < sn.nseg; i++)
		assert_int_equal(seg_prepare(sn.seg[i], UINT64_MAX), OK);
	snapshot_free(&sn);
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
	assert_int_equal(sn.nseg + sn.ngap, 0);
	snapshot_free(&sn);
	store_close(s);
	end(w, folder);
}

static size_t gaps_left(const char *folder)
{
	struct store *s;
	struct snapshot sn;
	assert_int_equal(store_open(folder, &s, NULL), OK);
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
	size_t n = sn.ngap;
	snapshot_free(&sn);
	store_close(s);
	return n;
}

/* The second hour's file is lost; its time stays a gap until the limit of hours reaches it. */
static void a_gap_goes_with_the_rows_of_its_age(void **state)
{
	(void)state;
	for (int by_size = 0; by_size < 2; by_size++) {
		char folder[256], path[600] = "";
		struct store_writer *w = make(folder, true);
		struct prune_limit limit = { .all_tables = true, .level = STORE_HOUR, .keep = 23 * USEC_PER_HOUR };
		struct prune_policy p = { .limit = &limit, .nlimits = 1, .dry_run = true };
		struct prune_report r;
		struct store *s;
		struct snapshot sn;
		assert_int_equal(store_open(folder, &s, NULL), OK);
		assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
		snprintf(path, sizeof(path), "%s/%s", folder, seg_name(sn.seg[1]));
		snapshot_free(&sn);
		store_close(s);
		assert_int_equal(store_write_close(w), OK);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(store_write_open(folder, &(struct store_options){ .no_sync = true }, &w, NULL), OK);
		assert_int_equal(gaps_left(folder), 1);
		assert_int_equal(store_prune(w, now, &p, &r), OK);
		assert_int_equal(r.gaps, 0); /* the first hour alone is too old */
		limit.keep = 22 * USEC_PER_HOUR;
		assert_int_equal(store_prune(w, now, &p, &r), OK);
		assert_int_equal(r.gaps, 1);
		assert_int_equal(gaps_left(folder), 1); /* a dry run */
		p.dry_run = false;
		limit.level = STORE_FRESH;
		assert_int_equal(store_prune(w, now, &p, &r), OK);
		assert_int_equal(r.gaps, 0); /* in hours they might be kept for ever */
		limit = (struct prune_limit){ .table = TABLE_TRAFFIC, .level = STORE_HOUR, .keep = limit.keep };
		if (by_size) {
			limit.keep = 0;
			limit.max_bytes = 1;
		}
		assert_int_equal(store_prune(w, now, &p, &r), OK);
		assert_int_equal(r.gaps, 1);
		assert_int_equal(gaps_left(folder), 0);
		end(w, folder);
	}
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	char folder[256];
	struct store_writer *w = make(folder, true);
	struct prune_limit limit = { .all_tables = true, .all_levels = true, .keep = 1 };
	struct prune_policy p = { .limit = &limit, .nlimits = 1, .no_grace = true };
	enum err e = E_NOMEM;
	long n = 0;
	for (; e != OK; n++) {
		mem_fail_at(n);
		e = store_prune(w, now, &p, NULL);
		mem_fail_at(-1);
		size_t left = info_of(folder, TABLE_TRAFFIC).segments;
		assert_true(e == OK || e == E_NOMEM);
		assert_true(left == 0 || left == HOURS);
		kit_check_clean(folder);
	}
	assert_true(n > 5);
	assert_int_equal(files_in(folder, "traffic/hour"), 0);
	end(w, folder);
}

/* A crash at each step: all is there, or what went is gone; the next writer goes on. */
static void a_crash_at_each_step_leaves_all_or_the_rest(void **state)
{
	(void)state;
	struct prune_limit limit = { .all_tables = true, .all_levels = true, .keep = 1 };
	struct prune_policy p = { .limit = &limit, .nlimits = 1, .no_grace = true };
	long n = 0;
	for (bool reached = true; reached; n++) {
		char folder[256];
		assert_int_equal(store_write_close(make(folder, true)), OK);
		struct store_writer *w;
		assert_int_equal(store_write_open(folder, NULL, &w, NULL), OK);
		store_sys_replace(&bad_sys);
		calls = 0;
		fail_at = n;
		fail_until = LONG_MAX;
		fail_errno = EIO;
		(void)!store_prune(w, now, &p, NULL);
		reached = calls > n;
		store_write_abandon(w);
		store_sys_replace(NULL);
		size_t left = info_of(folder, TABLE_TRAFFIC).segments;
		assert_true(left == 0 || left == HOURS);
		kit_check_clean(folder);
		assert_int_equal(store_write_open(folder, NULL, &w, NULL), OK);
		assert_int_equal(store_prune(w, now, &p, NULL), OK);
		assert_int_equal(files_in(folder, "traffic/hour"), 0);
		end(w, folder);
	}
	assert_true(n > 8);
}

UNIT_MAIN(cmocka_unit_test(what_is_too_old_goes_and_its_files_after_the_grace),
	  cmocka_unit_test(the_oldest_go_until_the_size_fits),
	  cmocka_unit_test(a_limit_of_one_level_leaves_the_other),
	  cmocka_unit_test(limits_count_what_those_before_have_left),
	  cmocka_unit_test(rows_inside_the_grace_stay),
	  cmocka_unit_test(a_dry_run_says_and_leaves_all),
	  cmocka_unit_test(a_gap_goes_with_the_rows_of_its_age),
	  cmocka_unit_test(readers_that_have_planned_go_on),
	  cmocka_unit_test(a_crash_at_each_step_leaves_all_or_the_rest),
	  cmocka_unit_test(each_allocation_fails_once))
