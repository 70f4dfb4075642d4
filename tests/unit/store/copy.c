/* A copy has the same rows and marks, is whole, and is made beside a running writer. */
#include "store/kit.h"

#include <fcntl.h>

static const usec_t start = 1764064800 * USEC_PER_SEC;

struct pair {
	char from[256], to[256];
	struct store_writer *w;
	struct batch *batch[3];
	struct problem why;
};

/* Two sealed batches, one in the journal, a mark behind them. */
static void pair_make(struct pair *p)
{
	struct kit_rng rng = { 6 };
	uint8_t spread[TABLE_MAX_COLS];
	kit_folder(p->from);
	kit_folder(p->to);
	kit_spreads(&rng, spread);
	assert_int_equal(
		store_write_open(p->from, &(struct store_options){ .no_sync = true }, &p->w, NULL),
		OK);
	for (size_t i = 0; i < 3; i++) {
		p->batch[i] = kit_batch(&rng, &tables[TABLE_TRAFFIC], spread, 300,
					start + (usec_t)i * USEC_PER_MIN, 3);
		assert_int_equal(store_put(p->w, p->batch[i]), OK);
		if (i < 2)
			assert_int_equal(store_seal(p->w), OK);
	}
	assert_int_equal(store_mark(p->w, "so far", "x", 1), OK);
	assert_int_equal(store_commit(p->w), OK);
}

static void pair_free(struct pair *p)
{
	store_write_abandon(p->w);
	for (size_t i = 0; i < 3; i++)
		batch_free(p->batch[i]);
	kit_remove(p->from);
	kit_remove(p->to);
}

static void a_copy_has_the_same_rows_and_marks(void **state)
{
	(void)state;
	struct pair p;
	struct copy_report r;
	struct store *s;
	struct buf mark = { 0 };
	char path[300];
	pair_make(&p);
	snprintf(path, sizeof(path), "%s/model", p.from);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/model/names", p.from);
	FILE *f = fopen(path, "w");
	fputs("a name", f);
	fclose(f);
	assert_int_equal(store_copy(p.from, p.to, &r, &p.why), OK); /* its writer is alive */
	assert_int_equal(r.files, 2 + TABLES + 1);
	kit_expect(p.to, TABLE_TRAFFIC, p.batch, 3);
	kit_check_clean(p.to);
	snprintf(path, sizeof(path), "%s/model/names", p.to);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(store_open(p.to, &s, NULL), OK);
	assert_int_equal(store_read_mark(s, "so far", &mark), OK);
	buf_free(&mark);
	store_close(s);
	struct store_writer *w; /* and it can be written */
	assert_int_equal(store_write_open(p.to, NULL, &w, NULL), OK);
	assert_int_equal(store_seal(w), OK);
	assert_int_equal(store_write_close(w), OK);
	kit_expect(p.to, TABLE_TRAFFIC, p.batch, 3);
	pair_free(&p);
}

static void watched(void *arg, const char *doing, uint64_t done, uint64_t all)
{
	uint64_t *last = arg;
	bool copies = STREQ(doing, "copying");
	assert_true(copies || STREQ(doing, "checking"));
	assert_true(done <= all && all > 0);
	last[copies] = MAX(last[copies], done);
	last[2] = all;
}

static void a_copy_tells_how_far_it_is(void **state)
{
	(void)state;
	struct pair p;
	struct copy_report r;
	struct problem why;
	uint64_t last[3] = { 0 }; /* checked, copied, of so many */
	const struct store_watch watch = { watched, last };
	pair_make(&p);
	assert_int_equal(store_copy_watched(p.from, p.to, &watch, &r, &why), OK);
	assert_int_equal(last[0], last[2]); /* to the end */
	assert_true(last[1] > 0);
	pair_free(&p);
}

static void replaced_files_are_not_copied(void **state)
{
	(void)state;
	struct pair p;
	struct copy_report r;
	struct compact_options opt = { .open_hours = true };
	pair_make(&p);
	assert_int_equal(store_compact(p.w, start, &opt, NULL), OK);
	assert_int_equal(store_copy(p.from, p.to, &r, &p.why), OK);
	assert_int_equal(r.files, 1 + TABLES);
	kit_check_clean(p.to);
	pair_free(&p);
}

static void what_is_there_is_not_written_over(void **state)
{
	(void)state;
	struct pair p;
	struct copy_report r;
	char expect[400];
	pair_make(&p);
	assert_int_equal(store_copy(p.from, p.from, &r, &p.why), E_EXISTS);
	snprintf(expect, sizeof(expect), "'%s' is not empty", p.from);
	assert_string_equal(p.why.text, expect);
	assert_int_equal(store_copy(p.to, p.from, &r, &p.why), E_UNKNOWN);
	kit_expect(p.from, TABLE_TRAFFIC, p.batch, 3);
	pair_free(&p);
}

static void damage_of_the_source_is_said(void **state)
{
	(void)state;
	struct pair p;
	struct copy_report r;
	struct store *s;
	struct snapshot sn;
	char path[512], byte;
	pair_make(&p);
	assert_int_equal(store_open(p.from, &s, NULL), OK);
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
	snprintf(path, sizeof(path), "%s/%s", p.from, seg_name(sn.seg[0]));
	snapshot_free(&sn);
	store_close(s);
	int fd = open(path, O_RDWR);
	assert_int_equal(pread(fd, &byte, 1, 100), 1);
	byte = (char)~byte;
	assert_int_equal(pwrite(fd, &byte, 1, 100), 1);
	close(fd);
	assert_int_equal(store_copy(p.from, p.to, &r, &p.why), E_CORRUPT);
	assert_non_null(strstr(p.why.text, "traffic/fresh/"));
	pair_free(&p);
}

UNIT_MAIN(cmocka_unit_test(a_copy_has_the_same_rows_and_marks), cmocka_unit_test(a_copy_tells_how_far_it_is),
	  cmocka_unit_test(replaced_files_are_not_copied),
	  cmocka_unit_test(what_is_there_is_not_written_over),
	  cmocka_unit_test(damage_of_the_source_is_said))
