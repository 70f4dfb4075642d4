/* Damage in every kind of file that a store has once it is older than a minute: compacted segments with
 * patched columns, roll-ups beside them and alone, sidecars, a MANIFEST that names them.  Whatever bit is
 * changed and wherever a file ends: no crash, no wrong number, and what is missing is said. */
#include "store/life.h"

#include "base/file.h"

enum { ROWS_LEFT = LIFE_HOUR + 400 };

struct file {
	char path[300];
	struct buf bytes;
};

static struct file files[64];
static size_t nfiles;
static struct life life;
static struct life_seen seen;

static int remember(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)ftw;
	if (type != FTW_F)
		return 0;
	assert_true(nfiles < COUNT_OF(files));
	struct file *f = &files[nfiles++];
	snprintf(f->path, sizeof(f->path), "%s", path);
	f->bytes = (struct buf){ 0 };
	return file_read(path, &f->bytes) != OK;
}

static int make(void **state)
{
	(void)state;
	life = (struct life){ .sync = false };
	life_make(&life);
	nfiles = 0;
	return nftw(life.folder, remember, 16, FTW_PHYS);
}

static int drop(void **state)
{
	(void)state;
	for (size_t i = 0; i < nfiles; i++)
		buf_free(&files[i].bytes);
	kit_remove(life.folder);
	return 0;
}

static void write_file(const struct file *f, size_t len)
{
	int fd = open(f->path, O_WRONLY | O_CREAT, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, f->bytes.data, len), OK);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	close(fd);
}

/* What a writer made of it goes, and everything is as it was. */
static void restore(void)
{
	kit_remove(life.folder);
	for (size_t i = 0; i < nfiles; i++) {
		for (char *at = files[i].path + strlen(life.folder); (at = strchr(at, '/')); at++) {
			*at = 0;
			mkdir(files[i].path, 0755);
			*at = '/';
		}
		write_file(&files[i], files[i].bytes.len);
	} /* without quarantine/, as a copy by other means may be */
}

static bool is(const struct file *f, const char *what)
{
	return strstr(f->path, what) != NULL;
}

static void hush(void *arg, const char *file, const char *what)
{
	(void)file, (void)what;
	++*(size_t *)arg;
}

/* A file that is not what it was: a reader, the check, and now and then a writer and a reader again. */
static void look(const struct file *f, bool found, bool with_writer)
{
	size_t said = 0;
	struct problem why = { 0 };
	bool opens = life_look(life.folder, &seen);
	enum err checked = store_check(life.folder, hush, &said);
	if (found && (checked == OK || !said))
		fail_msg("the check finds nothing wrong with %s", f->path);
	if (opens && seen.rows < ROWS_LEFT && !seen.damaged && !seen.gaps)
		fail_msg("%zu rows, and nobody says what is missing (%s)", seen.rows, f->path);
	if (opens && seen.rolled < LIFE_HOUR && !seen.damaged)
		fail_msg("a roll-up is missing, and nobody says so (%s)", f->path);
	if (!with_writer)
		return;
	life.w = NULL;
	enum err e = store_write_open(life.folder, NULL, &life.w, &why);
	if ((e == OK) != opens)
		fail_msg("%s: the writer %s", f->path, e == OK ? "opens what readers refuse" : why.text);
	if (e == OK) {
		size_t had = seen.rows;
		(void)!life_compact(&life);
		(void)!life_rollup(&life);
		(void)!life_attribute(&life);
		assert_int_equal(store_write_close(life.w), OK);
		assert_true(life_look(life.folder, &seen));
		assert_true(seen.rows >= had || seen.gaps || seen.damaged);
	} else {
		(void)!store_repair(life.folder, hush, &said, &why);
		if (life_look(life.folder, &seen))
			assert_true(seen.rows == ROWS_LEFT || seen.gaps || seen.damaged);
	}
	restore();
}

/* The pid in STORE and the copy of MANIFEST are helps that nobody relies on. */
static bool matters(const struct file *f)
{
	return !is(f, "/STORE") && !is(f, "MANIFEST.copy") && !is(f, "/journal/");
}

static void all_kinds_are_there(void **state)
{
	(void)state;
	static const char *const kinds[] = { "traffic/hour/", "traffic/rollup/", "traffic/fresh/", "traffic/journal/", ".own", "/MANIFEST" };
	for (size_t k = 0; k < COUNT_OF(kinds); k++) {
		size_t n = 0;
		for (size_t i = 0; i < nfiles; i++)
			n += is(&files[i], kinds[k]);
		assert_true(n > 0);
	}
	life_expect(life.folder, LIFE_HOUR, LIFE_HOUR * 2 + 400, LIFE_HOUR);
	for (size_t i = 0; i < nfiles; i++)
		if (is(&files[i], "traffic/hour/") && is(&files[i], ".seg"))
			assert_int_equal(files[i].bytes.data[16], 3); /* the version that has patched columns */
}

static void a_changed_bit(void **state)
{
	(void)state;
	struct kit_rng rng = { 11 };
	for (size_t i = 0; i < nfiles; i++) {
		struct file *f = &files[i];
		size_t step = f->bytes.len / 150 + 1;
		for (size_t at = kit_below(&rng, step); at < f->bytes.len; at += step) {
			uint8_t bit = (uint8_t)(1u << kit_below(&rng, 8));
			f->bytes.data[at] ^= bit;
			write_file(f, f->bytes.len);
			f->bytes.data[at] ^= bit;
			look(f, matters(f), kit_below(&rng, 20) == 0);
			write_file(f, f->bytes.len);
		}
	}
}

static void a_file_that_ends_early(void **state)
{
	(void)state;
	struct kit_rng rng = { 12 };
	for (size_t i = 0; i < nfiles; i++) {
		struct file *f = &files[i];
		if (is(f, "/journal/"))
			continue; /* damage.c's */
		size_t step = f->bytes.len / 24 + 1;
		for (size_t len = kit_below(&rng, step); len < f->bytes.len; len += step) {
			write_file(f, len);
			look(f, matters(f), kit_below(&rng, 8) == 0);
			write_file(f, f->bytes.len);
		}
	}
}

/* A segment of rows is not there (gone), or its bytes are not (as with a disk that answers EIO): readers say what
 * time is missing, and a writer goes on. */
static void without_a_segment(const struct file *f, bool gone)
{
	struct store *st;
	struct snapshot sn;
	struct problem why = { 0 };
	for (int written = 0; written < 2; written++) {
		assert_int_equal(store_open(life.folder, &st, NULL), OK);
		assert_int_equal(store_snapshot(st, TABLE_TRAFFIC, kit_always, &sn), OK);
		assert_int_equal(sn.ngap, 1);
		assert_non_null(strstr(f->path, sn.gap[0].name));
		snapshot_free(&sn);
		store_close(st);
		if (written)
			break;
		if (store_write_open(life.folder, NULL, &life.w, &why) != OK)
			fail_msg("%s %s: %s", f->path, gone ? "is gone" : "cannot be read", why.text);
		assert_int_equal(life_put(&life, LIFE_HOUR * 2 + 450), OK);
		assert_int_equal(store_write_close(life.w), OK);
		life.rows = LIFE_HOUR * 2 + 400;
	}
}

static void a_file_that_cannot_be_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < nfiles * 2; i++) {
		const struct file *f = &files[i / 2];
		size_t said = 0;
		bool gone = i % 2, rows = is(f, ".seg") && is(f, "/traffic/") && !is(f, "/rollup/");
		assert_int_equal(remove(f->path), 0);
		if (!gone)
			assert_int_equal(symlink("/proc/self/mem", f->path), 0); /* its first byte reads as EIO */
		enum err checked = store_check(life.folder, hush, &said);
		if (matters(f) && !(gone && is(f, ".own"))) /* sidecars are made again */
			assert_true(checked != OK);
		if (rows)
			without_a_segment(f, gone);
		restore();
	}
	life_expect(life.folder, LIFE_HOUR, LIFE_HOUR * 2 + 400, LIFE_HOUR);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, make, drop)
UNIT_MAIN(CASE(all_kinds_are_there), CASE(a_changed_bit), CASE(a_file_that_ends_early), CASE(a_file_that_cannot_be_read))
