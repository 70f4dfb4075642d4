/* What is put comes back, value by value, from the journal and from sealed segments. */
#include "store/kit.h"

enum { BATCHES = 12 };

struct trip {
	char folder[256];
	struct store_writer *w;
	struct batch *batch[BATCHES];
	size_t n;
	usec_t time;
	struct kit_rng rng;
};

static void trip_open(struct trip *t, uint64_t seed, size_t seal_rows)
{
	struct problem why;
	*t = (struct trip){ .time = 1764000000 * USEC_PER_SEC, .rng = { seed } };
	kit_folder(t->folder);
	struct store_options opt = { .seal_rows = seal_rows, .no_sync = true };
	if (store_write_open(t->folder, &opt, &t->w, &why) != OK)
		fail_msg("%s", why.text);
}

static void trip_put(struct trip *t, enum table_id table, const uint8_t *spread, size_t rows)
{
	assert_true(t->n < BATCHES);
	struct batch *b = kit_batch(&t->rng, &tables[table], spread, rows, t->time, 3);
	t->time += (usec_t)rows * 3000 + 1000;
	t->batch[t->n++] = b;
	assert_int_equal(store_put(t->w, b), OK);
}

static void trip_close(struct trip *t)
{
	kit_check_clean(t->folder);
	assert_int_equal(store_write_close(t->w), OK);
	kit_check_clean(t->folder);
	for (size_t i = 0; i < t->n; i++)
		batch_free(t->batch[i]);
	kit_remove(t->folder);
}

static void an_empty_store_has_no_rows(void **state)
{
	(void)state;
	struct trip t;
	struct store *s;
	struct snapshot sn;
	struct problem why;
	trip_open(&t, 1, 0);
	assert_int_equal(store_seal(t.w), OK);
	assert_int_equal(store_open(t.folder, &s, &why), OK);
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
	assert_int_equal(sn.nseg, 0);
	assert_int_equal(sn.ngap, 0);
	snapshot_free(&sn);
	store_close(s);
	trip_close(&t);
}

/* Each column spread in its own way, another way in each round; table by table; sizes around
 * what matters: one row, a chunk of bit-packing, a block. */
static void random_batches_come_back(void **state)
{
	(void)state;
	static const size_t sizes[] = { 1, 2, 7, 1023, 1024, 1025, 3000, 32768, 40000 };
	for (uint64_t seed = 1; seed <= COUNT_OF(sizes) * TABLES; seed++) {
		struct trip t;
		uint8_t spread[TABLE_MAX_COLS];
		enum table_id table = seed % TABLES;
		trip_open(&t, seed, 0);
		for (int i = 0; i < 2; i++) {
			kit_spreads(&t.rng, spread);
			trip_put(&t, table, spread, sizes[seed % COUNT_OF(sizes)]);
			trip_put(&t, table, spread, 0);
			kit_spreads(&t.rng, spread);
			trip_put(&t, table, spread, 1 + kit_below(&t.rng, 500));
			assert_int_equal(store_commit(t.w), OK);
			kit_expect(t.folder, table, t.batch, t.n);
			if (i == 0)
				assert_int_equal(store_seal(t.w), OK);
			kit_expect(t.folder, table, t.batch, t.n);
		}
		trip_close(&t);
	}
}

static void all_constant_rows_come_back(void **state)
{
	(void)state;
	for (enum kit_spread s = 0; s < KIT_SPREADS; s++) {
		struct trip t;
		uint8_t spread[TABLE_MAX_COLS];
		memset(spread, (int)s, sizeof(spread));
		trip_open(&t, 9, 0);
		trip_put(&t, TABLE_TRAFFIC, spread, 2000);
		assert_int_equal(store_seal(t.w), OK);
		kit_expect(t.folder, TABLE_TRAFFIC, t.batch, t.n);
		trip_close(&t);
	}
}

static void a_full_journal_is_sealed_by_itself(void **state)
{
	(void)state;
	struct trip t;
	struct store_info info;
	uint8_t spread[TABLE_MAX_COLS];
	trip_open(&t, 4, 1000);
	kit_spreads(&t.rng, spread);
	for (int i = 0; i < 10; i++)
		trip_put(&t, TABLE_TRAFFIC, spread, 300);
	assert_int_equal(store_commit(t.w), OK);
	assert_int_equal(store_info(t.folder, &info, NULL), OK);
	assert_int_equal(info.table[TABLE_TRAFFIC].segments, 3);
	assert_int_equal(info.table[TABLE_TRAFFIC].segment_rows, 2700);
	assert_int_equal(info.table[TABLE_TRAFFIC].journal_rows, 300);
	assert_true(info.writer_alive);
	assert_int_equal(info.writer_pid, getpid());
	kit_expect(t.folder, TABLE_TRAFFIC, t.batch, t.n);
	trip_close(&t);
}

/* A segment that is not prepared again after seg_release would be read from freed memory. */
static void columns_can_be_released_and_prepared_again(void **state)
{
	(void)state;
	struct trip t;
	struct store *s;
	struct snapshot sn;
	uint8_t spread[TABLE_MAX_COLS];
	trip_open(&t, 5, 0);
	kit_spreads(&t.rng, spread);
	trip_put(&t, TABLE_TRAFFIC, spread, 5000);
	for (int sealed = 0; sealed < 2; sealed++) {
		assert_int_equal(sealed ? store_seal(t.w) : store_commit(t.w), OK);
		assert_int_equal(store_open(t.folder, &s, NULL), OK);
		assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
		assert_int_equal(sn.nseg, 1);
		kit_compare(sn.seg[0], t.batch, t.n, 0);
		seg_release(sn.seg[0]);
		kit_compare(sn.seg[0], t.batch, t.n, 0);
		snapshot_free(&sn);
		store_close(s);
	}
	trip_close(&t);
}

static void a_snapshot_has_only_what_may_overlap_its_span(void **state)
{
	(void)state;
	struct trip t;
	struct store *s;
	struct snapshot sn;
	uint8_t spread[TABLE_MAX_COLS] = { 0 };
	trip_open(&t, 6, 0);
	usec_t start = t.time;
	trip_put(&t, TABLE_TRAFFIC, spread, 100); /* within 0.3 s */
	assert_int_equal(store_seal(t.w), OK);
	t.time = start + 10 * USEC_PER_SEC;
	trip_put(&t, TABLE_TRAFFIC, spread, 100);
	t.time = start + 20 * USEC_PER_SEC;
	trip_put(&t, TABLE_TRAFFIC, spread, 50);
	assert_int_equal(store_commit(t.w), OK);
	assert_int_equal(store_open(t.folder, &s, NULL), OK);
	struct span first = { start, start + 5 * USEC_PER_SEC };
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, first, &sn), OK);
	assert_int_equal(sn.nseg, 1);
	kit_compare(sn.seg[0], t.batch, 1, 0);
	snapshot_free(&sn);
	struct span last = { start + 19 * USEC_PER_SEC, start + 30 * USEC_PER_SEC };
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, last, &sn), OK);
	assert_int_equal(sn.nseg, 1);
	assert_int_equal(seg_rows(sn.seg[0]), 50);
	kit_compare(sn.seg[0], t.batch + 2, 1, 0);
	snapshot_free(&sn);
	struct span between = { start + 5 * USEC_PER_SEC, start + 9 * USEC_PER_SEC };
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, between, &sn), OK);
	assert_int_equal(sn.nseg, 0);
	snapshot_free(&sn);
	store_close(s);
	trip_close(&t);
}

static void a_time_that_no_clock_has_is_refused(void **state)
{
	(void)state;
	struct trip t;
	struct flow_rec rec = { .time = UINT64_MAX };
	struct batch *b;
	trip_open(&t, 6, 0);
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], 4, &b), OK);
	assert_true(batch_push(b, &rec));
	assert_int_equal(store_put(t.w, b), E_RANGE);
	assert_int_equal(store_commit(t.w), OK);
	batch_reset(b);
	kit_expect(t.folder, TABLE_TRAFFIC, &b, 1);
	batch_free(b);
	trip_close(&t);
}

/* MANIFEST as one wrote it who did not know this table. */
static void forget_table(const char *folder, const char *name)
{
	char path[300], line[1024], want[64], *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	snprintf(path, sizeof(path), "%s/MANIFEST", folder);
	snprintf(want, sizeof(want), "journal %s ", name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, want, strlen(want)) != 0 && strncmp(line, "end ", 4) != 0)
			fputs(line, out);
	fclose(f);
	fclose(out);
	f = fopen(path, "w");
	fprintf(f, "%send %08x\n", text, crc32c(0, text, len));
	fclose(f);
	free(text);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	kit_remove(path);
}

static void a_store_older_than_a_table_takes_it_in(void **state)
{
	(void)state;
	struct trip t;
	struct problem why;
	uint8_t spread[TABLE_MAX_COLS] = { 0 };
	trip_open(&t, 7, 0);
	trip_put(&t, TABLE_TRAFFIC, spread, 100);
	assert_int_equal(store_write_close(t.w), OK);
	forget_table(t.folder, "ifcounters");
	kit_check_clean(t.folder);
	kit_expect(t.folder, TABLE_TRAFFIC, t.batch, 1);
	struct batch *none;
	assert_int_equal(batch_new(&tables[TABLE_IFCOUNTERS], 1, &none), OK);
	kit_expect(t.folder, TABLE_IFCOUNTERS, &none, 1);
	batch_free(none);
	assert_int_equal(store_write_open(t.folder, NULL, &t.w, &why), OK);
	trip_put(&t, TABLE_IFCOUNTERS, spread, 50);
	assert_int_equal(store_seal(t.w), OK);
	trip_put(&t, TABLE_IFCOUNTERS, spread, 50);
	assert_int_equal(store_commit(t.w), OK);
	kit_expect(t.folder, TABLE_TRAFFIC, t.batch, 1);
	kit_expect(t.folder, TABLE_IFCOUNTERS, t.batch + 1, 2);
	trip_close(&t);
}

UNIT_MAIN(cmocka_unit_test(an_empty_store_has_no_rows), cmocka_unit_test(random_batches_come_back),
	  cmocka_unit_test(all_constant_rows_come_back),
	  cmocka_unit_test(a_full_journal_is_sealed_by_itself),
	  cmocka_unit_test(columns_can_be_released_and_prepared_again),
	  cmocka_unit_test(a_snapshot_has_only_what_may_overlap_its_span),
	  cmocka_unit_test(a_time_that_no_clock_has_is_refused),
	  cmocka_unit_test(a_store_older_than_a_table_takes_it_in))
