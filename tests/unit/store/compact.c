/* Compaction: the same rows, sorted and in fewer bytes; nothing lost or twice whatever fails at
 * whatever step; readers that have planned go on. */
#include "store/bad_sys.h"
#include "store/kit.h"

#include "base/vector.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static const usec_t ten_o_clock = 1764064800 * USEC_PER_SEC; /* an hour begins */

/* -- rows as a bag ---------------------------------------------------------------------------- */

struct bag { /* records side by side, sorted by their bytes */
	uint8_t *rec;
	size_t n, size;
};

static size_t rec_size;

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, rec_size);
}

static void bag_sort(struct bag *b)
{
	rec_size = b->size;
	if (b->n)
		qsort(b->rec, b->n, b->size, by_bytes);
}

static struct bag bag_of_batches(struct batch *const *batch, size_t n)
{
	struct bag b = { .size = batch[0]->table->rec_size };
	for (size_t i = 0; i < n; i++)
		b.n += batch[i]->n;
	b.rec = calloc(b.n + 1, b.size);
	size_t at = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < batch[i]->n; r++)
			batch_row(batch[i], r, b.rec + at++ * b.size);
	bag_sort(&b);
	return b;
}

static void add_segment(struct bag *b, struct seg *s, const struct table *t)
{
	static uint32_t codes[SEG_BLOCK];
	static uint64_t uints[SEG_BLOCK], plain[SEG_BLOCK];
	size_t rows = seg_rows(s);
	assert_int_equal(seg_prepare(s, UINT64_MAX), OK);
	b->rec = realloc(b->rec, (b->n + rows + 1) * b->size);
	uint8_t *rec = b->rec + b->n * b->size;
	memset(rec, 0, rows * b->size);
	for (size_t c = 0; c < t->ncols; c++) {
		const struct seg_col *col = seg_column(s, c);
		bool addr = t->cols[c].storage == ST_addr;
		for (size_t i = 0; i < rows; i++) {
			if (i % SEG_BLOCK == 0 && addr && col->kind == SEG_DICT)
				seg_codes(s, c, i / SEG_BLOCK, codes);
			if (i % SEG_BLOCK == 0 && !addr) {
				seg_uints(s, c, i / SEG_BLOCK, uints);
				vector_without_avx2 = true;
				seg_uints(s, c, i / SEG_BLOCK, plain);
				vector_without_avx2 = false;
				assert_memory_equal(uints, plain,
						    MIN(rows - i, (size_t)SEG_BLOCK) * 8);
			}
			const void *v = !addr ? (const void *)&uints[i % SEG_BLOCK]
					: col->kind == SEG_CONST
						? (const void *)&col->addr
						: &col->dict_addr[codes[i % SEG_BLOCK]];
			memcpy(rec + i * b->size + t->cols[c].offset, v, t->cols[c].storage);
		}
	}
	b->n += rows;
	seg_release(s);
}

static struct bag bag_of_snapshot(const struct snapshot *sn, enum table_id table)
{
	struct bag b = { .size = tables[table].rec_size };
	for (size_t i = 0; i < sn->nseg; i++)
		add_segment(&b, sn->seg[i], &tables[table]);
	bag_sort(&b);
	return b;
}

static struct bag bag_of_store(const char *folder, enum table_id table)
{
	struct store *s;
	struct snapshot sn;
	assert_int_equal(store_open(folder, &s, NULL), OK);
	assert_int_equal(store_snapshot(s, table, kit_always, &sn), OK);
	assert_int_equal(sn.ngap, 0);
	struct bag b = bag_of_snapshot(&sn, table);
	snapshot_free(&sn);
	store_close(s);
	return b;
}

static void expect_bag(const struct bag *want, const struct bag *got)
{
	assert_int_equal(got->n, want->n);
	for (size_t i = 0; i < want->n; i++)
		if (memcmp(want->rec + i * want->size, got->rec + i * want->size, want->size) != 0)
			fail_msg("record %zu of %zu differs", i, want->n);
}

static void expect_rows(const char *folder, enum table_id table, const struct bag *want)
{
	struct bag got = bag_of_store(folder, table);
	expect_bag(want, &got);
	free(got.rec);
}

/* -- stores with something to compact -----------------------------------------------------------
 */

enum { BATCHES = 6 };

struct town {
	char folder[256];
	struct store_writer *w;
	struct batch *traffic[BATCHES], *counters[BATCHES];
	struct bag bag[TABLES];
};

/* Sealed batches over a few hours from ten o'clock on, some reaching back before the last one. */
static void town_make(struct town *t, uint64_t seed, size_t rows, bool sync)
{
	struct kit_rng rng = { seed };
	uint8_t spread[TABLE_MAX_COLS];
	usec_t time = ten_o_clock;
	struct store_options opt = { .no_sync = !sync };
	*t = (struct town){ 0 };
	*t = (struct town){ 0 };
	for (size_t i = 0; i < TABLES; i++)
		t->bag[i].size = tables[i].rec_size; /* of other tables: none */
	kit_folder(t->folder);
	assert_int_equal(store_write_open(t->folder, &opt, &t->w, NULL), OK);
	kit_spreads(&rng, spread);
	for (size_t i = 0; i < BATCHES; i++, time += 20 * USEC_PER_MIN) {
		uint64_t step = 3600000 / rows;
		if (i % 3 == 0)
			kit_spreads(&rng, spread);
		t->traffic[i] = kit_batch(&rng, &tables[TABLE_TRAFFIC], spread, rows, time, step);
		t->counters[i] = kit_batch(&rng, &tables[TABLE_IFCOUNTERS], spread, rows / 4, time,
					   4 * step);
		assert_int_equal(store_put(t->w, t->traffic[i]), OK);
		assert_int_equal(store_put(t->w, t->counters[i]), OK);
		assert_int_equal(store_seal(t->w), OK);
	}
	t->bag[TABLE_TRAFFIC] = bag_of_batches(t->traffic, BATCHES);
	t->bag[TABLE_IFCOUNTERS] = bag_of_batches(t->counters, BATCHES);
}

static void town_expect(const struct town *t)
{
	kit_check_clean(t->folder);
	for (enum table_id k = 0; k < TABLES; k++)
		expect_rows(t->folder, k, &t->bag[k]);
}

static void town_free(struct town *t)
{
	store_write_abandon(t->w);
	for (size_t i = 0; i < BATCHES; i++) {
		batch_free(t->traffic[i]);
		batch_free(t->counters[i]);
	}
	for (size_t i = 0; i < TABLES; i++)
		free(t->bag[i].rec);
	kit_remove(t->folder);
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

static const usec_t next_day = ten_o_clock + USEC_PER_DAY;

/* -- cases --------------------------------------------------------------------------------------
 */

static void compacted_rows_are_the_same_rows(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct town t;
		struct compact_report r;
		town_make(&t, seed, seed == 2 ? 20000 : 2000, false);
		assert_int_equal(store_compact(t.w, next_day, NULL, &r), OK);
		assert_int_equal(r.unreadable, 0);
		assert_int_equal(r.removed, 0);
		town_expect(&t);
		assert_int_equal(files_in(t.folder, "traffic/fresh"), BATCHES); /* for the grace */
		assert_int_equal(store_compact(t.w, next_day, NULL, &r), OK);
		assert_int_equal(r.groups, 0); /* nothing is left to do */
		town_free(&t);
	}
}

static int by_numbers(const struct flow_rec *a, const struct flow_rec *b)
{
	const uint64_t key[][2] = { { a->inputinterface, b->inputinterface },
				    { a->outputinterface, b->outputinterface },
				    { a->ethertype, b->ethertype },
				    { a->time / 1000, b->time / 1000 } };
	for (size_t i = 0; i < COUNT_OF(key); i++)
		if (key[i][0] != key[i][1])
			return key[i][0] < key[i][1] ? -1 : 1;
	return 0;
}

/* Rows of one hour, in the order of agent, ports, ethertype and time. */
static void expect_sorted(struct seg *s)
{
	struct bag b = { .size = sizeof(struct flow_rec) };
	const struct table *t = &tables[TABLE_TRAFFIC];
	if (strncmp(seg_name(s), "traffic/hour/", 13) != 0)
		return;
	add_segment(&b, s, t);
	const struct flow_rec *r = (const struct flow_rec *)(const void *)b.rec;
	for (size_t i = 1; i < b.n; i++) {
		int agent = memcmp(r[i - 1].agent.b, r[i].agent.b, 16);
		assert_int_equal(r[i - 1].time / (uint64_t)USEC_PER_HOUR,
				 r[i].time / (uint64_t)USEC_PER_HOUR);
		assert_true(agent <= 0);
		assert_true(agent < 0 || by_numbers(&r[i - 1], &r[i]) <= 0);
	}
	free(b.rec);
}

static void segments_are_of_one_hour_and_sorted(void **state)
{
	(void)state;
	struct town t;
	struct store *s;
	struct snapshot sn;
	town_make(&t, 3, 20000, false);
	assert_int_equal(store_compact(t.w, next_day, NULL, NULL), OK);
	assert_int_equal(store_open(t.folder, &s, NULL), OK);
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
	assert_true(sn.nseg >= 2 && sn.nseg <= 4);
	for (size_t i = 0; i < sn.nseg; i++) {
		assert_true(strncmp(seg_name(sn.seg[i]), "traffic/hour/", 13) == 0);
		expect_sorted(sn.seg[i]);
	}
	snapshot_free(&sn);
	store_close(s);
	town_free(&t);
}

/* The index says of each address exactly the blocks that it is in. */
static void expect_index(struct seg *s, size_t col, size_t *ret_indexed)
{
	static uint32_t codes[SEG_BLOCK];
	uint64_t blocks;
	assert_int_equal(seg_prepare(s, (uint64_t)1 << col), OK);
	const struct seg_col *c = seg_column(s, col);
	assert_false(seg_addr_blocks(s, col, 0, &blocks)); /* not loaded yet */
	assert_int_equal(seg_prepare_index(s, col), OK);
	if (c->kind == SEG_CONST || seg_rows(s) <= SEG_BLOCK)
		return;
	uint64_t *want = calloc(c->dict_n, sizeof(*want));
	for (size_t b = 0; b < seg_blocks(seg_rows(s)); b++) {
		seg_codes(s, col, b, codes);
		for (size_t i = 0; i < MIN(seg_rows(s) - b * SEG_BLOCK, (size_t)SEG_BLOCK); i++)
			want[codes[i]] |= (uint64_t)1 << b;
	}
	for (uint32_t code = 0; code < c->dict_n; code++) {
		assert_true(seg_addr_blocks(s, col, code, &blocks));
		assert_true(blocks == want[code]);
	}
	++*ret_indexed;
	free(want);
	seg_release(s);
}

static void the_index_names_the_blocks_of_each_address(void **state)
{
	(void)state;
	struct town t;
	struct store *s;
	struct snapshot sn;
	size_t indexed = 0;
	town_make(&t, 2, 20000, false);
	assert_int_equal(store_compact(t.w, next_day, NULL, NULL), OK);
	assert_int_equal(store_open(t.folder, &s, NULL), OK);
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
	for (size_t i = 0; i < sn.nseg; i++) {
		expect_index(sn.seg[i], TR_agent, &indexed);
		expect_index(sn.seg[i], TR_ipsource, &indexed);
		expect_index(sn.seg[i], TR_ipdestination, &indexed);
	}
	assert_true(indexed >= 3);
	snapshot_free(&sn);
	store_close(s);
	town_free(&t);
}

static void an_hour_that_is_not_over_is_left_alone(void **state)
{
	(void)state;
	struct town t;
	struct compact_report r;
	town_make(&t, 4, 2000, false);
	/* Five minutes past eleven less a second: ten o'clock's hour may still get rows. */
	usec_t eleven = ten_o_clock + USEC_PER_HOUR;
	assert_int_equal(store_compact(t.w, eleven + 5 * USEC_PER_MIN - USEC_PER_SEC, NULL, &r),
			 OK);
	assert_int_equal(r.groups, 0);
	assert_int_equal(store_compact(t.w, eleven + 5 * USEC_PER_MIN, NULL, &r), OK);
	assert_true(r.segments_in > 0);
	town_expect(&t);
	size_t first = r.segments_in;
	assert_int_equal(
		store_compact(t.w, eleven, &(struct compact_options){ .open_hours = true }, &r),
		OK);
	assert_true(r.segments_in >= 2 * BATCHES - first);
	town_expect(&t);
	town_free(&t);
}

static void a_few_merges_at_a_time_end_at_the_same_rows(void **state)
{
	(void)state;
	struct town t;
	struct compact_options opt = { .most_groups = 1 };
	struct compact_report r = { .more = true };
	size_t calls_made = 0;
	town_make(&t, 5, 2000, false);
	for (; r.more; calls_made++) {
		assert_int_equal(store_compact(t.w, next_day, &opt, &r), OK);
		assert_true(r.groups <= 2);
		town_expect(&t);
	}
	assert_true(calls_made > 1);
	town_free(&t);
}

static void readers_that_have_planned_go_on_until_the_grace_is_over(void **state)
{
	(void)state;
	struct town t;
	struct store *s;
	struct snapshot sn;
	struct compact_report r;
	town_make(&t, 6, 2000, false);
	assert_int_equal(store_open(t.folder, &s, NULL), OK);
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
	assert_int_equal(store_compact(t.w, next_day, NULL, &r), OK);
	struct bag b = bag_of_snapshot(&sn, TABLE_TRAFFIC); /* its columns are read only now */
	expect_bag(&t.bag[TABLE_TRAFFIC], &b);
	free(b.rec);
	snapshot_free(&sn);
	store_close(s);

	/* Another writer knows what to keep, and for how long. */
	assert_int_equal(store_write_close(t.w), OK);
	assert_int_equal(store_write_open(t.folder, NULL, &t.w, NULL), OK);
	assert_int_equal(files_in(t.folder, "traffic/fresh"), BATCHES);
	assert_int_equal(store_compact(t.w, next_day + STORE_GRACE - 1, NULL, &r), OK);
	assert_int_equal(r.removed, 0);
	assert_int_equal(store_compact(t.w, next_day + STORE_GRACE, NULL, &r), OK);
	assert_true(r.removed >= 2 * BATCHES);
	assert_int_equal(files_in(t.folder, "traffic/fresh"), 0);
	assert_int_equal(files_in(t.folder, "ifcounters/fresh"), 0);
	town_expect(&t);
	town_free(&t);
}

static void a_late_row_joins_its_hour(void **state)
{
	(void)state;
	struct town t;
	struct compact_report r;
	struct compact_options opt = { .no_grace = true };
	struct flow_rec late = { .time = (uint64_t)ten_o_clock + 5000, .bytes = 7 };
	struct batch *b;
	town_make(&t, 7, 2000, false);
	assert_int_equal(store_compact(t.w, next_day, &opt, NULL), OK);
	size_t files = files_in(t.folder, "traffic/hour");
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], 1, &b), OK);
	assert_true(batch_push(b, &late));
	assert_int_equal(store_put(t.w, b), OK);
	assert_int_equal(store_seal(t.w), OK);
	assert_int_equal(store_compact(t.w, next_day, &opt, &r), OK);
	assert_int_equal(r.segments_in, 2);
	assert_int_equal(files_in(t.folder, "traffic/hour"), files);
	struct bag got = bag_of_store(t.folder, TABLE_TRAFFIC);
	assert_int_equal(got.n, t.bag[TABLE_TRAFFIC].n + 1);
	free(got.rec);
	batch_free(b);
	town_free(&t);
}

/* A clock that is wrong in each row: not a file for each hour of its life. */
static void many_hours_of_few_rows_share_segments(void **state)
{
	(void)state;
	struct town t;
	struct compact_report r;
	struct batch *b;
	town_make(&t, 13, 60, false);
	assert_int_equal(store_compact(t.w, next_day, NULL, NULL), OK);
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], 6000, &b), OK);
	for (size_t i = 0; i < 6000; i++) {
		struct flow_rec rec = { .time = (uint64_t)(i * 7 % 6000) * USEC_PER_DAY,
					.bytes = i };
		assert_true(batch_push(b, &rec));
	}
	assert_int_equal(store_put(t.w, b), OK);
	assert_int_equal(store_seal(t.w), OK);
	assert_int_equal(store_compact(t.w, next_day, NULL, &r), OK);
	assert_int_equal(r.segments_in, 1);
	assert_int_equal(r.segments_out, 48 + 2);
	struct bag all = { .size = sizeof(struct flow_rec), .n = t.bag[TABLE_TRAFFIC].n };
	struct bag late = bag_of_batches(&b, 1);
	all.rec = calloc(all.n + late.n, all.size);
	memcpy(all.rec, t.bag[TABLE_TRAFFIC].rec, all.n * all.size);
	memcpy(all.rec + all.n * all.size, late.rec, late.n * all.size);
	all.n += late.n;
	bag_sort(&all);
	expect_rows(t.folder, TABLE_TRAFFIC, &all);
	kit_check_clean(t.folder);
	free(all.rec);
	free(late.rec);
	batch_free(b);
	town_free(&t);
}

/* Whatever one call's failure leaves: the old segments or the new ones.  Then it works. */
static void each_call_fails_once(void **state)
{
	(void)state;
	long n = 0;
	for (bool reached = true; reached; n++) {
		struct town t;
		struct compact_options opt = { .no_grace = n % 2 };
		town_make(&t, 8, 60, true);
		store_sys_replace(&bad_sys);
		calls = 0;
		fail_at = n;
		fail_until = n + 1;
		fail_errno = n % 2 ? ENOSPC : EIO;
		enum err e = store_compact(t.w, next_day, &opt, NULL);
		reached = calls > n;
		town_expect(&t);
		assert_true(e == OK || e == E_IO);
		assert_int_equal(store_compact(t.w, next_day, &opt, NULL), OK);
		assert_int_equal(store_commit(t.w), OK);
		store_sys_replace(NULL);
		town_expect(&t);
		town_free(&t);
	}
	assert_true(n > 30);
}

/* A crash at each step: from one call on nothing happens any more. */
static void a_crash_at_each_step_leaves_the_old_or_the_new(void **state)
{
	(void)state;
	long n = 0;
	for (bool reached = true; reached; n++) {
		struct town t;
		struct compact_options opt = { .no_grace = n % 2 };
		town_make(&t, 9, 60, true);
		store_sys_replace(&bad_sys);
		calls = 0;
		fail_at = n;
		fail_until = LONG_MAX;
		fail_errno = EIO;
		(void)!store_compact(t.w, next_day, &opt, NULL);
		reached = calls > n;
		store_write_abandon(t.w);
		t.w = NULL;
		store_sys_replace(NULL);
		town_expect(&t);
		assert_int_equal(store_write_open(t.folder, NULL, &t.w, NULL), OK);
		town_expect(&t);
		opt.no_grace = true;
		assert_int_equal(store_compact(t.w, next_day, &opt, NULL), OK);
		town_expect(&t);
		assert_int_equal(files_in(t.folder, "traffic/fresh"), 0);
		town_free(&t);
	}
	assert_true(n > 30);
}

static void a_writer_killed_while_it_compacts_loses_nothing(void **state)
{
	(void)state;
	struct kit_rng rng = { 10 };
	struct town t;
	struct compact_options opt = { .no_grace = true };
	town_make(&t, 10, 3000, false);
	assert_int_equal(store_write_close(t.w), OK);
	t.w = NULL;
	for (int round = 0; round < 25; round++) {
		pid_t pid = fork();
		if (pid == 0) {
			struct store_writer *w;
			opt.most_groups = 1;
			if (store_write_open(t.folder, NULL, &w, NULL) == OK)
				(void)!store_compact(w, next_day, &opt, NULL);
			for (;;)
				pause();
		}
		nanosleep(&(struct timespec){ .tv_nsec = (long)kit_below(&rng, 12000000) }, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		town_expect(&t);
	}
	assert_int_equal(store_write_open(t.folder, NULL, &t.w, NULL), OK);
	assert_int_equal(store_compact(t.w, next_day, &opt, NULL), OK);
	town_expect(&t);
	town_free(&t);
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	struct town t;
	struct compact_options opt = { .no_grace = true };
	enum err e = E_NOMEM;
	long n = 0;
	town_make(&t, 11, 60, false);
	for (; e != OK; n++) {
		mem_fail_at(n);
		e = store_compact(t.w, next_day, &opt, NULL);
		mem_fail_at(-1);
		assert_true(e == OK || e == E_NOMEM);
		if (n % 20 == 0)
			town_expect(&t);
	}
	assert_true(n > 100);
	town_expect(&t);
	town_free(&t);
}

static void a_segment_that_cannot_be_read_stays_as_it_is(void **state)
{
	(void)state;
	struct town t;
	struct compact_report r;
	struct store_info info;
	char path[512];
	town_make(&t, 12, 3000, false);
	struct store *s;
	struct snapshot sn;
	assert_int_equal(store_open(t.folder, &s, NULL), OK);
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
	snprintf(path, sizeof(path), "%s/%s", t.folder, seg_name(sn.seg[1]));
	snapshot_free(&sn);
	store_close(s);
	int fd = open(path, O_RDWR); /* the last bytes are a column's rows */
	char last[64];
	off_t end = lseek(fd, 0, SEEK_END);
	assert_int_equal(pread(fd, last, sizeof(last), end - (off_t)sizeof(last)), sizeof(last));
	for (size_t i = 0; i < sizeof(last); i++)
		last[i] = (char)~last[i];
	assert_int_equal(pwrite(fd, last, sizeof(last), end - (off_t)sizeof(last)), sizeof(last));
	close(fd);
	assert_int_equal(
		store_compact(t.w, next_day, &(struct compact_options){ .no_grace = true }, &r),
		OK);
	assert_int_equal(r.unreadable, 1);
	assert_int_equal(files_in(t.folder, "traffic/fresh"), 1);
	assert_int_equal(store_info(t.folder, &info, NULL), OK);
	assert_int_equal(info.table[TABLE_TRAFFIC].segment_rows, t.bag[TABLE_TRAFFIC].n);
	town_free(&t);
}

UNIT_MAIN(cmocka_unit_test(compacted_rows_are_the_same_rows),
	  cmocka_unit_test(segments_are_of_one_hour_and_sorted),
	  cmocka_unit_test(the_index_names_the_blocks_of_each_address),
	  cmocka_unit_test(an_hour_that_is_not_over_is_left_alone),
	  cmocka_unit_test(a_few_merges_at_a_time_end_at_the_same_rows),
	  cmocka_unit_test(readers_that_have_planned_go_on_until_the_grace_is_over),
	  cmocka_unit_test(a_late_row_joins_its_hour),
	  cmocka_unit_test(many_hours_of_few_rows_share_segments),
	  cmocka_unit_test(each_call_fails_once),
	  cmocka_unit_test(a_crash_at_each_step_leaves_the_old_or_the_new),
	  cmocka_unit_test(a_writer_killed_while_it_compacts_loses_nothing),
	  cmocka_unit_test(each_allocation_fails_once),
	  cmocka_unit_test(a_segment_that_cannot_be_read_stays_as_it_is))
