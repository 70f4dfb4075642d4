/* A MANIFEST that is damaged or gone is made again: no row lost, none twice. */
#include "store/kit.h"

#include <fcntl.h>

static const usec_t ten_o_clock = 1764064800 * USEC_PER_SEC;

enum { STEPS = 6 };

struct site {
	char folder[256];
	struct store_writer *w;
	size_t rows;
};

static void put(struct site *s, size_t n)
{
	struct kit_rng rng = { s->rows };
	uint8_t spread[TABLE_MAX_COLS];
	kit_spreads(&rng, spread);
	struct batch *b = kit_batch(&rng, &tables[TABLE_TRAFFIC], spread, n,
				    ten_o_clock + (usec_t)s->rows * 1000, 0);
	assert_int_equal(store_put(s->w, b), OK);
	assert_int_equal(store_commit(s->w), OK);
	batch_free(b);
	s->rows += n;
}

/* Sealed, compacted, sealed, marked, put: and so many steps of it. */
static void step(struct site *s, int what, bool no_grace)
{
	struct compact_options all = { .open_hours = true, .no_grace = no_grace };
	switch (what) {
	case 0:
	case 3:
	case 5:
		put(s, 100);
		break;
	case 1:
	case 4:
		assert_int_equal(store_seal(s->w), OK);
		break;
	default:
		assert_int_equal(store_compact(s->w, ten_o_clock, &all, NULL), OK);
	}
}

static size_t rows_of(const char *folder)
{
	struct store *st;
	struct snapshot sn;
	size_t rows = 0;
	assert_int_equal(store_open(folder, &st, NULL), OK);
	assert_int_equal(store_snapshot(st, TABLE_TRAFFIC, kit_always, &sn), OK);
	assert_int_equal(sn.ngap, 0);
	for (size_t i = 0; i < sn.nseg; i++)
		rows += seg_rows(sn.seg[i]);
	snapshot_free(&sn);
	store_close(st);
	return rows;
}

static void copy_file(const char *folder, const char *from, const char *to)
{
	char a[300], b[300], bytes[65536];
	snprintf(a, sizeof(a), "%s/%s", folder, from);
	snprintf(b, sizeof(b), "%s/%s", folder, to);
	int in = open(a, O_RDONLY), out = open(b, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(in >= 0 && out >= 0);
	ssize_t n = read(in, bytes, sizeof(bytes));
	assert_true(n > 0 && n < (ssize_t)sizeof(bytes));
	assert_int_equal(write(out, bytes, (size_t)n), n);
	close(in);
	close(out);
}

static void lose(const char *folder, const char *name)
{
	char path[300];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(truncate(path, 20), 0);
}

/* The copy is from after step `old`, the rest from after all steps. */
static void repaired_from(int old, bool no_grace)
{
	struct site s = { .rows = 0 };
	struct problem why;
	size_t said = 0;
	kit_folder(s.folder);
	assert_int_equal(store_write_open(s.folder, NULL, &s.w, &why), OK);
	for (int i = 0; i < STEPS; i++) {
		step(&s, i, no_grace);
		if (i == old)
			copy_file(s.folder, "MANIFEST.copy", "kept");
	}
	assert_int_equal(store_write_close(s.w), OK);
	copy_file(s.folder, "kept", "MANIFEST.copy");
	lose(s.folder, "MANIFEST");
	assert_int_equal(store_write_open(s.folder, NULL, &s.w, &why), E_CORRUPT);
	assert_int_equal(store_repair(s.folder, kit_say, &said, &why), OK);
	assert_true(said > 0);
	assert_int_equal(rows_of(s.folder), s.rows);
	kit_check_clean(s.folder);
	assert_int_equal(store_write_open(s.folder, NULL, &s.w, &why), OK);
	put(&s, 50);
	assert_int_equal(store_seal(s.w), OK);
	assert_int_equal(store_write_close(s.w), OK);
	assert_int_equal(rows_of(s.folder), s.rows);
	kit_check_clean(s.folder);
	kit_remove(s.folder);
}

static void made_again_from_a_copy_of_any_age(void **state)
{
	(void)state;
	for (int old = 0; old < STEPS; old++) {
		repaired_from(old, false);
		repaired_from(old, true);
	}
}

static int remove_fresh(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	return type == FTW_F && strstr(path, "traffic/fresh/") ? remove(path) : 0;
}

/* No merged segment stands for what is gone besides: nobody would know it but for the gap. */
static void what_is_gone_besides_is_a_gap(void **state)
{
	(void)state;
	struct site s = { .rows = 0 };
	struct problem why;
	struct store *st;
	struct snapshot sn;
	size_t said = 0;
	kit_folder(s.folder);
	assert_int_equal(store_write_open(s.folder, NULL, &s.w, &why), OK);
	put(&s, 100);
	assert_int_equal(store_seal(s.w), OK);
	put(&s, 50);
	assert_int_equal(store_write_close(s.w), OK);
	assert_int_equal(nftw(s.folder, remove_fresh, 16, FTW_PHYS), 0);
	lose(s.folder, "MANIFEST");
	assert_int_equal(store_repair(s.folder, kit_say, &said, &why), OK);
	assert_int_equal(said, 2);
	assert_int_equal(store_open(s.folder, &st, NULL), OK);
	assert_int_equal(store_snapshot(st, TABLE_TRAFFIC, kit_always, &sn), OK);
	assert_int_equal(sn.ngap, 1);
	assert_int_equal(sn.gap[0].span.start, ten_o_clock);
	assert_int_equal(sn.nseg, 1);
	assert_int_equal(seg_rows(sn.seg[0]), 50);
	snapshot_free(&sn);
	store_close(st);
	kit_check_clean(s.folder);
	kit_remove(s.folder);
}

static void what_is_well_is_left_alone(void **state)
{
	(void)state;
	struct site s = { .rows = 0 };
	struct problem why;
	size_t said = 0;
	kit_folder(s.folder);
	assert_int_equal(store_repair(s.folder, kit_say, &said, &why), E_UNKNOWN);
	assert_int_equal(store_write_open(s.folder, NULL, &s.w, &why), OK);
	put(&s, 10);
	assert_int_equal(store_repair(s.folder, kit_say, &said, &why), E_BUSY);
	assert_int_equal(store_write_close(s.w), OK);
	assert_int_equal(store_repair(s.folder, kit_say, &said, &why), OK);
	assert_int_equal(said, 0);
	lose(s.folder, "MANIFEST");
	lose(s.folder, "MANIFEST.copy");
	assert_int_equal(store_repair(s.folder, kit_say, &said, &why), E_CORRUPT);
	kit_remove(s.folder);
}

UNIT_MAIN(cmocka_unit_test(made_again_from_a_copy_of_any_age),
	  cmocka_unit_test(what_is_gone_besides_is_a_gap),
	  cmocka_unit_test(what_is_well_is_left_alone))
