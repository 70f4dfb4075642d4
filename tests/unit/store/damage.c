/* Damaged files: whatever byte is changed or missing, nobody crashes, no number is wrong, and
 * what is missing is said.  Rows carry their number (i + 1) in bytes or ifinoctets. */
#include "store/kit.h"

#include "base/file.h"
#include "store/sys.h"

#include <errno.h>
#include <fcntl.h>

enum { SEALED = 60, SEALED2 = 40, FRAMES = 5, FRAME = 8, COUNTERS = 9 };

struct file {
	char path[300];
	struct buf bytes;
};

static struct file files[32];
static size_t nfiles;
static char folder[256];
static const usec_t first_time = 1764000000 * USEC_PER_SEC;

static void put(struct store_writer *w, enum table_id table, uint64_t from, uint64_t n)
{
	struct batch *b;
	assert_int_equal(batch_new(&tables[table], n, &b), OK);
	for (uint64_t i = from; i < from + n; i++) {
		struct flow_rec flow = { .time = (uint64_t)first_time + i * 1000,
					 .agent = addr_v4(7),
					 .bytes = i + 1,
					 .ipsource = addr_v4((uint32_t)i * 77777),
					 .frames = 1,
					 .tos = i % 5 == 0,
					 .sourceport = (uint16_t)(i * 31) };
		struct ifcounters_rec counters = { .time = (uint64_t)first_time + i * 1000,
						   .agent = addr_v4(7),
						   .ifinoctets = i + 1,
						   .interface = (uint32_t)i % 3 };
		assert_true(batch_push(b, table == TABLE_TRAFFIC ? (void *)&flow : &counters));
	}
	assert_int_equal(store_put(w, b), OK);
	batch_free(b);
}

static int remember(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	assert_true(nfiles < COUNT_OF(files));
	struct file *f = &files[nfiles++];
	snprintf(f->path, sizeof(f->path), "%s", path);
	return file_read(path, &f->bytes) != OK;
}

/* Two segments of traffic, a journal of FRAMES frames and a mark; one table of counters. */
static int make_store(void **state)
{
	(void)state;
	struct store_writer *w;
	kit_folder(folder);
	assert_int_equal(
		store_write_open(folder, &(struct store_options){ .no_sync = true }, &w, NULL), OK);
	put(w, TABLE_TRAFFIC, 0, SEALED);
	put(w, TABLE_IFCOUNTERS, 0, COUNTERS);
	assert_int_equal(store_seal(w), OK);
	put(w, TABLE_TRAFFIC, SEALED, SEALED2);
	assert_int_equal(store_seal(w), OK);
	for (uint64_t i = 0; i < FRAMES; i++)
		put(w, TABLE_TRAFFIC, SEALED + SEALED2 + i * FRAME, FRAME);
	assert_int_equal(store_mark(w, "m", "1", 1), OK);
	assert_int_equal(store_write_close(w), OK);
	nfiles = 0;
	return nftw(folder, remember, 16, FTW_PHYS);
}

static int remove_store(void **state)
{
	(void)state;
	for (size_t i = 0; i < nfiles; i++)
		buf_free(&files[i].bytes);
	kit_remove(folder);
	return 0;
}

static void write_file(const char *path, const void *data, size_t len)
{
	/* In place: some file systems write through what was truncated to nothing before. */
	int fd = open(path, O_WRONLY | O_CREAT, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, data, len), OK);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	close(fd);
}

static int remove_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	for (size_t i = 0; i < nfiles; i++)
		if (STREQ(path, files[i].path))
			return 0;
	return type == FTW_F ? remove(path) : 0;
}

/* The folder as make_store left it. */
static void restore(void)
{
	nftw(folder, remove_file, 16, FTW_PHYS);
	for (size_t i = 0; i < nfiles; i++)
		write_file(files[i].path, files[i].bytes.data, files[i].bytes.len);
}

/* The rows that can be read.  Each must be a right one, none may come twice; rows that are
 * missing must be covered by a gap or by a column that is known to be damaged. */
static uint64_t read_rows(struct store *s, enum table_id table, uint64_t all)
{
	size_t counter = table == TABLE_TRAFFIC ? (size_t)TR_bytes : (size_t)IF_ifinoctets;
	static uint64_t v[SEG_BLOCK], t[SEG_BLOCK];
	static uint32_t code[SEG_BLOCK];
	bool seen[256] = { false }, damaged = false;
	uint64_t rows = 0;
	struct snapshot sn;
	assert_int_equal(store_snapshot(s, table, kit_always, &sn), OK);
	for (size_t k = 0; k < sn.nseg; k++) {
		struct seg *seg = sn.seg[k];
		enum err e = seg_prepare(seg, UINT64_MAX);
		assert_true(e == OK || e == E_CORRUPT);
		if (e != OK) {
			damaged = true;
			continue;
		}
		seg_uints(seg, counter, 0, v);
		seg_uints(seg, tables[table].time_col, 0, t);
		const struct seg_col *ip =
			table == TABLE_TRAFFIC ? seg_column(seg, TR_ipsource) : NULL;
		if (ip && ip->kind == SEG_DICT)
			seg_codes(seg, TR_ipsource, 0, code);
		for (size_t i = 0; i < seg_rows(seg); i++) {
			assert_true(v[i] >= 1 && v[i] <= all && !seen[v[i]]);
			seen[v[i]] = true;
			assert_int_equal(t[i], (uint64_t)first_time + (v[i] - 1) * 1000);
			if (ip && ip->kind == SEG_DICT) {
				struct addr want = addr_v4((uint32_t)(v[i] - 1) * 77777);
				assert_true(addr_equal(&want, &ip->dict_addr[code[i]]));
			}
			rows++;
		}
	}
	for (uint64_t i = 1; i <= all && !damaged; i++) {
		bool said = seen[i];
		for (size_t g = 0; g < sn.ngap; g++) {
			usec_t at = first_time + (usec_t)(i - 1) * 1000;
			said |= sn.gap[g].span.start <= at && at < sn.gap[g].span.end;
		}
		if (!said)
			fail_msg("row %llu of %s is missing and nobody says so",
				 (unsigned long long)i, tables[table].name);
	}
	snapshot_free(&sn);
	return rows;
}

enum { ALL = SEALED + SEALED2 + FRAMES * FRAME };

static void hush(void *arg, const char *file, const char *what)
{
	(void)arg;
	(void)file;
	(void)what;
}

/* A reader first, then (for some bytes) a writer, then a reader again. */
static void look_at_damage(bool with_writer)
{
	struct store *s;
	struct store_writer *w;
	struct problem why;
	enum err checked = store_check(folder, hush, NULL);
	assert_true(checked == OK || checked == E_CORRUPT || checked == E_VERSION);
	enum err e = store_open(folder, &s, &why);
	assert_true(e == OK || e == E_CORRUPT || e == E_VERSION);
	if (e == OK) {
		read_rows(s, TABLE_TRAFFIC, ALL);
		read_rows(s, TABLE_IFCOUNTERS, COUNTERS);
		store_close(s);
	}
	if (!with_writer)
		return;
	enum err opened =
		store_write_open(folder, &(struct store_options){ .no_sync = true }, &w, &why);
	assert_int_equal(opened, e);
	if (opened != OK)
		return;
	assert_int_equal(store_write_close(w), OK);
	assert_int_equal(store_open(folder, &s, &why), OK);
	read_rows(s, TABLE_TRAFFIC, ALL);
	read_rows(s, TABLE_IFCOUNTERS, COUNTERS);
	store_close(s);
}

static void a_changed_bit_in_any_file_gives_no_wrong_number(void **state)
{
	(void)state;
	struct kit_rng rng = { 3 };
	assert_true(nfiles >= 7);
	for (size_t i = 0; i < nfiles; i++) {
		bool segment = strstr(files[i].path, ".seg") != NULL;
		size_t step = segment ? 5 : 1;
		for (size_t at = kit_below(&rng, step); at < files[i].bytes.len; at += step) {
			uint8_t bit = (uint8_t)(1u << kit_below(&rng, 8));
			bool with_writer = kit_below(&rng, 16) == 0;
			files[i].bytes.data[at] ^= bit;
			write_file(files[i].path, files[i].bytes.data, files[i].bytes.len);
			look_at_damage(with_writer);
			files[i].bytes.data[at] ^= bit;
			if (with_writer)
				restore();
			else
				write_file(files[i].path, files[i].bytes.data, files[i].bytes.len);
		}
	}
}

static void a_file_of_any_shorter_length_gives_no_wrong_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < nfiles; i++) {
		bool journal = strstr(files[i].path, "traffic/journal") != NULL;
		if (journal)
			continue; /* rows are missing silently there: that is the next test */
		for (size_t len = 0; len < files[i].bytes.len; len += 13) {
			write_file(files[i].path, files[i].bytes.data, len);
			if (strstr(files[i].path, "ifcounters/journal") || len % 2)
				look_at_damage(len % 5 == 0);
			restore();
		}
	}
}

/* Cut off anywhere: the rows of the frames that are whole, in readers and after the next open. */
static void a_journal_cut_off_keeps_its_whole_frames(void **state)
{
	(void)state;
	struct file *f = NULL;
	for (size_t i = 0; i < nfiles; i++)
		if (strstr(files[i].path, "traffic/journal"))
			f = &files[i];
	assert_non_null(f);
	uint64_t before = SEALED + SEALED2;
	size_t header = 0;
	memcpy(&header, f->bytes.data + 12, 4);
	for (size_t len = header; len <= f->bytes.len; len++) {
		struct store *s;
		struct store_writer *w;
		struct snapshot sn;
		uint64_t rows = 0, again = 0;
		write_file(f->path, f->bytes.data, len);
		kit_check_clean(folder);
		assert_int_equal(store_open(folder, &s, NULL), OK);
		assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
		assert_int_equal(sn.ngap, 0);
		for (size_t k = 0; k < sn.nseg; k++)
			rows += seg_rows(sn.seg[k]);
		snapshot_free(&sn);
		assert_true(rows >= before && (rows - SEALED - SEALED2) % FRAME == 0);
		before = rows;
		assert_int_equal(store_write_open(folder,
						  &(struct store_options){ .no_sync = true }, &w,
						  NULL),
				 OK);
		put(w, TABLE_TRAFFIC, rows, 3);
		assert_int_equal(store_write_close(w), OK);
		assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
		assert_int_equal(sn.ngap, 0);
		for (size_t k = 0; k < sn.nseg; k++)
			again += seg_rows(sn.seg[k]);
		assert_int_equal(again, rows + 3);
		snapshot_free(&sn);
		store_close(s);
	}
	assert_int_equal(before, ALL);
	restore();
}

static void a_damaged_segment_is_set_aside_and_its_time_is_a_gap(void **state)
{
	(void)state;
	struct file *f = NULL;
	struct store_writer *w;
	struct store *s;
	struct snapshot sn;
	struct store_info info;
	for (size_t i = 0; i < nfiles; i++)
		if (strstr(files[i].path, "traffic/fresh"))
			f = &files[i];
	f->bytes.data[100] ^= 1;
	write_file(f->path, f->bytes.data, f->bytes.len);
	f->bytes.data[100] ^= 1;
	size_t wrong = 0;
	assert_int_equal(store_check(folder, kit_say, &wrong), E_CORRUPT);
	assert_int_equal(wrong, 1);
	assert_int_equal(store_open(folder, &s, NULL), OK);
	for (int recovered = 0; recovered < 2; recovered++) {
		assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
		assert_int_equal(sn.ngap, 1);
		assert_int_equal(sn.nseg, 2);
		assert_string_equal(sn.gap[0].name, strstr(f->path, "traffic/fresh"));
		snapshot_free(&sn);
		assert_int_equal(store_info(folder, &info, NULL), OK);
		assert_int_equal(info.quarantined, recovered);
		if (recovered)
			continue;
		assert_int_equal(store_write_open(folder,
						  &(struct store_options){ .no_sync = true }, &w,
						  NULL),
				 OK);
		assert_int_equal(store_write_close(w), OK);
	}
	store_close(s);
	kit_check_clean(folder);
	restore();
}

/* -- the writer dies while it puts damage right ------------------------------------------------ */

static long calls_left;

static ssize_t dying_pwrite(int fd, const void *data, size_t len, off_t at)
{
	errno = EIO;
	return calls_left-- > 0 ? store_sys_real.pwrite(fd, data, len, at) : -1;
}

static int dying_renameat(int a, const char *from, int b, const char *to)
{
	errno = EIO;
	return calls_left-- > 0 ? store_sys_real.renameat(a, from, b, to) : -1;
}

static int dying_unlinkat(int dir, const char *path, int flags)
{
	errno = EIO;
	return calls_left-- > 0 ? store_sys_real.unlinkat(dir, path, flags) : -1;
}

static uint64_t quarantined(void)
{
	struct store_info info;
	assert_int_equal(store_info(folder, &info, NULL), OK);
	return info.quarantined;
}

static void a_crash_while_damage_is_put_right_loses_no_more(void **state)
{
	(void)state;
	struct store_sys dying = store_sys_real;
	dying.pwrite = dying_pwrite;
	dying.renameat = dying_renameat;
	dying.unlinkat = dying_unlinkat;
	for (size_t i = 0; i < nfiles; i++) {
		struct file *f = &files[i];
		bool segment = strstr(f->path, "traffic/fresh") != NULL;
		if (!segment && !strstr(f->path, "traffic/journal"))
			continue;
		size_t at = segment ? 90 : f->bytes.len - 500; /* the third of five frames or so */
		bool finished = false;
		for (long n = 0; !finished; n++) {
			struct store_writer *w;
			struct store *s;
			f->bytes.data[at] ^= 4;
			write_file(f->path, f->bytes.data, f->bytes.len);
			f->bytes.data[at] ^= 4;
			calls_left = n;
			store_sys_replace(&dying);
			enum err e = store_write_open(
				folder, &(struct store_options){ .no_sync = true }, &w, NULL);
			finished = e == OK;
			if (finished)
				store_write_abandon(w);
			store_sys_replace(NULL);
			assert_int_equal(
				store_write_open(folder, &(struct store_options){ .no_sync = true },
						 &w, NULL),
				OK);
			assert_int_equal(store_write_close(w), OK);
			assert_int_equal(store_open(folder, &s, NULL), OK);
			uint64_t rows = read_rows(s, TABLE_TRAFFIC, ALL);
			assert_true(segment ? rows >= ALL - SEALED
					    : rows >= SEALED + SEALED2 + FRAME);
			assert_true(rows < ALL);
			store_close(s);
			assert_true(quarantined() >= 1);
			kit_check_clean(folder);
			restore();
		}
	}
}

static void a_reader_needs_no_more_than_to_read(void **state)
{
	(void)state;
	struct store *s;
	for (size_t i = 0; i < nfiles; i++)
		assert_int_equal(chmod(files[i].path, 0444), 0);
	assert_int_equal(store_open(folder, &s, NULL), OK);
	assert_int_equal(read_rows(s, TABLE_TRAFFIC, ALL), ALL);
	store_close(s);
	for (size_t i = 0; i < nfiles; i++) {
		struct buf now = { 0 };
		assert_int_equal(file_read(files[i].path, &now), OK);
		assert_int_equal(now.len, files[i].bytes.len);
		assert_memory_equal(now.data, files[i].bytes.data, now.len);
		buf_free(&now);
	}
	restore();
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, make_store, remove_store)
UNIT_MAIN(CASE(a_changed_bit_in_any_file_gives_no_wrong_number),
	  CASE(a_file_of_any_shorter_length_gives_no_wrong_number),
	  CASE(a_journal_cut_off_keeps_its_whole_frames),
	  CASE(a_damaged_segment_is_set_aside_and_its_time_is_a_gap),
	  CASE(a_crash_while_damage_is_put_right_loses_no_more),
	  CASE(a_reader_needs_no_more_than_to_read))
