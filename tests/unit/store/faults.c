/* Every call that changes a store fails at every place that makes it: EIO, ENOSPC, a write that takes only a
 * part.  A stage is prepared on a disk that is well, then told with its n-th call failing, for all n, and with all calls
 * failing from the n-th on: it says so or does without, leaves nothing wrong, and works when it is told again.  In the end the places that failed are
 * held against those that the source has. */
#include "store/bad_sys.h"
#include "store/life.h"

#include "base/file.h"

#include <execinfo.h>
#include <glob.h>
#include <limits.h>

/* -- places ------------------------------------------------------------------------------------------ */

static void *failed_at[2048][8]; /* who called, innermost first */
static size_t nfailed;

static void remember_place(void)
{
	void *frame[12];
	int n = backtrace(frame, COUNT_OF(frame));
	for (size_t i = 0; i < nfailed; i++)
		if (memcmp(failed_at[i], frame + 2, sizeof(failed_at[i])) == 0)
			return;
	assert_true(nfailed < COUNT_OF(failed_at) && n > 4);
	memcpy(failed_at[nfailed++], frame + 2, sizeof(failed_at[0]));
}

/* Calls are counted by bad_sys.h's functions; here each that fails is remembered. */
#define COUNTED(type, name, args, ...)                                                             \
	static type noted_##name args                                                              \
	{                                                                                          \
		if (calls >= fail_at && calls < fail_until)                                        \
			remember_place();                                                          \
		return bad_sys.name(__VA_ARGS__);                                                  \
	}
COUNTED(int, openat, (int d, const char *p, int f, mode_t m), d, p, f, m)
COUNTED(int, mkdirat, (int d, const char *p, mode_t m), d, p, m)
COUNTED(int, fdatasync, (int fd), fd)
COUNTED(int, fsync, (int fd), fd)
COUNTED(int, ftruncate, (int fd, off_t len), fd, len)
COUNTED(int, renameat, (int a, const char *p, int b, const char *q), a, p, b, q)
COUNTED(int, unlinkat, (int d, const char *p, int f), d, p, f)

/* Without an error number: it takes half of the bytes and says so. */
static ssize_t noted_pwrite(int fd, const void *data, size_t len, off_t at)
{
	if (fail_errno || calls < fail_at || calls >= fail_until) {
		if (calls >= fail_at && calls < fail_until)
			remember_place();
		return bad_sys.pwrite(fd, data, len, at);
	}
	calls++;
	return store_sys_real.pwrite(fd, data, len > 1 ? len / 2 : len, at);
}

static const struct store_sys noted_sys = {
	.openat = noted_openat, .mkdirat = noted_mkdirat, .pwrite = noted_pwrite, .fdatasync = noted_fdatasync,
	.fsync = noted_fsync, .ftruncate = noted_ftruncate, .renameat = noted_renameat, .unlinkat = noted_unlinkat,
};

/* -- stages -------------------------------------------------------------------------------------------- */

static char other[300]; /* a copy's folder */

static void hush(void *arg, const char *file, const char *what)
{
	(void)arg, (void)file, (void)what;
}

static void nothing(struct life *l)
{
	l->rows = 0;
}

static void with_rows(struct life *l)
{
	life_must(life_open(l));
	life_must(life_put(l, LIFE_HOUR));
}

static void with_segments(struct life *l)
{
	with_rows(l);
	life_must(life_seal(l));
	life_must(life_put(l, LIFE_HOUR * 2));
	life_must(life_seal(l));
}

static void with_hours(struct life *l)
{
	with_segments(l);
	life_must(life_compact(l));
}

static void with_all(struct life *l)
{
	with_hours(l);
	life_must(life_attribute(l));
	life_must(life_rollup(l));
}

/* at: SIZE_MAX is its last byte. */
static void change(const struct life *l, const char *sub, size_t at)
{
	char pattern[300];
	glob_t found;
	struct stat st;
	uint8_t byte = 0;
	snprintf(pattern, sizeof(pattern), "%s/%s", l->folder, sub);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	int fd = open(found.gl_pathv[0], O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	at = MIN(at, (size_t)st.st_size - 1);
	assert_true(fd >= 0 && pread(fd, &byte, 1, (off_t)at) == 1);
	byte ^= 0x55;
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
	globfree(&found);
}

/* A writer that was killed: half a frame, a file that nobody names; and a segment and a journal that are damaged. */
static void killed(struct life *l)
{
	with_hours(l);
	life_must(life_put(l, LIFE_HOUR * 2 + 10));
	store_write_abandon(l->w);
	l->w = NULL;
	char path[300];
	snprintf(path, sizeof(path), "%s/traffic/fresh/0000009999.seg", l->folder);
	int fd = open(path, O_WRONLY | O_CREAT, 0644);
	assert_true(fd >= 0);
	close(fd);
}

static void damaged(struct life *l)
{
	with_all(l);
	life_must(life_put(l, LIFE_HOUR * 2 + 10));
	life_must(life_put(l, LIFE_HOUR * 2 + 20));
	life_must(store_write_close(l->w));
	l->w = NULL;
	change(l, "traffic/journal/*", 700);
	change(l, "ifcounters/journal/*", 40);
	change(l, "traffic/hour/*.seg", 20);
}

/* In its last frame. */
static void damaged_at_its_end(struct life *l)
{
	killed(l);
	l->rows += 10;
	life_must(life_open(l));
	life_must(life_put(l, l->rows + 10));
	life_must(store_write_close(l->w));
	l->w = NULL;
	change(l, "traffic/journal/*", SIZE_MAX);
}

static void half_written(struct life *l)
{
	char path[300];
	glob_t found;
	struct stat st;
	killed(l);
	snprintf(path, sizeof(path), "%s/traffic/journal/*", l->folder);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	assert_int_equal(stat(found.gl_pathv[0], &st), 0);
	assert_int_equal(truncate(found.gl_pathv[0], st.st_size - 5), 0);
	globfree(&found);
	l->rows = LIFE_HOUR * 2;
}

static void without_manifest(struct life *l)
{
	with_all(l);
	life_must(store_write_close(l->w));
	l->w = NULL;
	change(l, "MANIFEST", 30);
	change(l, "traffic/hour/*.own", 90);
}

static void with_model(struct life *l)
{
	char path[300];
	with_all(l);
	snprintf(path, sizeof(path), "%s/model", l->folder);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/model/interfaces", l->folder);
	int fd = open(path, O_WRONLY | O_CREAT, 0644);
	assert_true(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
}

static enum err ingest(struct life *l)
{
	enum err e = life_open(l);
	if (e == OK)
		e = life_put(l, 100);
	if (e == OK)
		e = store_mark(l->w, "life", "1", 1);
	if (e == OK)
		e = store_commit(l->w);
	return e;
}

static enum err prune(struct life *l)
{
	return life_prune(l, 1);
}

static enum err days(struct life *l)
{
	const struct owning o = life_owning();
	const struct rollup_options opt = { .days_after = USEC_PER_HOUR };
	enum err e = life_prune(l, 1);
	return e == OK ? store_rollup(l->w, life_now(l), &o, &opt, NULL) : e;
}

static enum err forget(struct life *l)
{
	size_t removed;
	return store_forget_sidecars(l->w, NULL, 0, &removed);
}

static enum err copy(struct life *l)
{
	struct copy_report r;
	struct problem why;
	kit_remove(other);
	return store_copy(l->folder, other, &r, &why);
}

static enum err repair(struct life *l)
{
	struct problem why;
	store_write_abandonp(&l->w);
	l->w = NULL;
	enum err e = store_repair(l->folder, hush, NULL, &why);
	return e == OK ? life_open(l) : e;
}

static const struct stage {
	const char *name;
	void (*prepare)(struct life *l);
	enum err (*tell)(struct life *l);
	uint64_t rows;    /* that there are in the end */
	bool some;        /* at most so many: parts were damaged before */
	uint64_t rolled;  /* rows that only roll-ups stand for */
} stages[] = {
	{ .name = "a new store", .prepare = nothing, .tell = ingest, .rows = 100 },
	{ .name = "seal", .prepare = with_rows, .tell = life_seal, .rows = LIFE_HOUR },
	{ .name = "after a kill", .prepare = killed, .tell = life_open, .rows = LIFE_HOUR * 2 + 10 },
	{ .name = "after half a write", .prepare = half_written, .tell = life_open, .rows = LIFE_HOUR * 2 },
	{ .name = "after damage", .prepare = damaged, .tell = life_open, .rows = LIFE_HOUR * 2 + 20, .some = true, .rolled = LIFE_HOUR },
	{ .name = "damage at the end", .prepare = damaged_at_its_end, .tell = life_open, .rows = LIFE_HOUR * 2 + 30, .some = true },
	{ .name = "compact", .prepare = with_segments, .tell = life_compact, .rows = LIFE_HOUR * 2 },
	{ .name = "attribute", .prepare = with_hours, .tell = life_attribute, .rows = LIFE_HOUR * 2 },
	{ .name = "roll up", .prepare = with_hours, .tell = life_rollup, .rows = LIFE_HOUR * 2 },
	{ .name = "prune", .prepare = with_all, .tell = prune, .rows = LIFE_HOUR, .rolled = LIFE_HOUR },
	{ .name = "days", .prepare = with_all, .tell = days, .rows = LIFE_HOUR, .rolled = LIFE_HOUR },
	{ .name = "forget", .prepare = with_all, .tell = forget, .rows = LIFE_HOUR * 2 },
	{ .name = "copy", .prepare = with_model, .tell = copy, .rows = LIFE_HOUR * 2 },
	{ .name = "repair", .prepare = without_manifest, .tell = repair, .rows = LIFE_HOUR * 2 },
};

/* -- telling ------------------------------------------------------------------------------------------- */

static void end(struct life *l)
{
	store_write_abandon(l->w);
	kit_remove(l->folder);
	kit_remove(other);
}

/* Its n-th call fails, or all from there on; false: there are not so many. */
static bool tell(const struct stage *s, long n, int error, bool once)
{
	static struct life_seen seen;
	struct life l = { .sync = true };
	kit_folder(l.folder);
	snprintf(other, sizeof(other), "%s.copy", l.folder);
	s->prepare(&l);
	uint64_t before = l.rows;
	store_sys_replace(&noted_sys);
	calls = 0;
	fail_at = n;
	fail_until = once ? n + 1 : LONG_MAX;
	fail_errno = error;
	enum err e = s->tell(&l);
	bool reached = calls > n;
	store_sys_replace(NULL);
	if (e != OK && e != E_IO)
		fail_msg("%s: call %ld failed: %s", s->name, n, err_text(e));
	if (!s->some && !STREQ(s->name, "repair") && life_look(l.folder, &seen)) { /* old or new, nothing else */
		assert_int_equal(seen.gaps + seen.damaged, 0);
		assert_true(seen.rows <= MAX(before, s->rows) && seen.rows + seen.rolled >= MIN(before, s->rows));
	}
	if (s->tell(&l) != OK || (l.w && store_commit(l.w) != OK))
		fail_msg("%s: works no more after call %ld", s->name, n);
	assert_true(life_look(l.folder, &seen));
	if (s->some && (seen.rows >= s->rows || seen.rows < LIFE_HOUR || !seen.gaps))
		fail_msg("%s: %zu rows, %zu gaps behind call %ld", s->name, seen.rows, seen.gaps, n);
	else if (s->some)
		assert_int_equal(seen.rolled, s->rolled); /* what a damaged segment added up to */
	else
		assert_true(seen.rows == s->rows && seen.rolled == s->rolled && seen.gaps + seen.damaged == 0);
	kit_check_clean(l.folder);
	if (STREQ(s->name, "copy"))
		kit_check_clean(other);
	end(&l);
	return reached;
}

static void each_call_of_each_stage(void **state)
{
	static const int errors[] = { EIO, ENOSPC, 0 };
	(void)state;
	for (const struct stage *s = stages; s < stages + COUNT_OF(stages); s++) {
		long n = 0;
		while (tell(s, n, errors[n % 3], true) && ((n > 50 && n % 3) || tell(s, n, EIO, false)))
			n++;
		print_message("# %-20s %ld calls\n", s->name, n);
		assert_true(n > 0);
	}
}

/* -- all of them? ---------------------------------------------------------------------------------------- */

struct place {
	char file[64];
	unsigned line, seen;
};

static struct place places[128];
static size_t nplaces;

static void read_places(const char *path)
{
	static const char *const calls_of[] = { "store_sys()->", "sys_replace(", "sys_write(", "sys_remove(", "sys_sync_folder_of(" };
	char line[512];
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	for (unsigned n = 1; fgets(line, sizeof(line), f); n++) {
		bool calls_it = false;
		for (size_t i = 0; i < COUNT_OF(calls_of); i++)
			calls_it |= strstr(line, calls_of[i]) != NULL;
		if (!calls_it)
			continue;
		assert_true(nplaces < COUNT_OF(places));
		struct place *p = &places[nplaces++];
		snprintf(p->file, sizeof(p->file), "%s", strrchr(path, '/') + 1);
		p->line = n;
	}
	fclose(f);
}

/* The lines of an address: calls that were inlined stand one behind the other. */
static void see_addresses(const char *list)
{
	char command[16384], line[512];
	snprintf(command, sizeof(command), "addr2line -i -e /proc/%d/exe %s 2>/dev/null", getpid(), list);
	FILE *f = popen(command, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *name = strrchr(line, '/'), *colon = name ? strrchr(name, ':') : NULL;
		if (!colon)
			continue;
		*colon = 0;
		unsigned at = (unsigned)strtoul(colon + 1, NULL, 10);
		for (size_t i = 0; i < nplaces; i++) /* a call's line is any of its statement */
			if (STREQ(places[i].file, name + 1) && at + 2 >= places[i].line && at <= places[i].line + 3)
				places[i].seen++;
	}
	pclose(f);
}

static void no_place_was_left_out(void **state)
{
	extern const char __executable_start[];
	char list[16000] = "";
	glob_t found;
	(void)state;
	if (system("addr2line --version >/dev/null 2>&1") != 0)
		skip();
	assert_int_equal(glob("src/store/*.c", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (!strstr(found.gl_pathv[i], "/sys.c")) /* what the others call */
			read_places(found.gl_pathv[i]);
	globfree(&found);
	assert_true(nplaces > 25);
	for (size_t i = 0; i < nfailed; i++)
		for (size_t k = 0; k < COUNT_OF(failed_at[0]); k++) {
			size_t len = strlen(list);
			/* The byte before is the call itself. */
			snprintf(list + len, sizeof(list) - len, " %lx", (unsigned long)((const char *)failed_at[i][k] - __executable_start - 1));
			if (len > sizeof(list) - 64) {
				see_addresses(list);
				list[0] = 0;
			}
		}
	see_addresses(list);
	size_t left = 0;
	for (size_t i = 0; i < nplaces; i++)
		if (!places[i].seen) {
			print_message("# no call failed at src/store/%s:%u\n", places[i].file, places[i].line);
			left++;
		}
	print_message("# %zu places, %zu ways to them failed\n", nplaces, nfailed);
	assert_int_equal(left, 0);
}

UNIT_MAIN(cmocka_unit_test(each_call_of_each_stage), cmocka_unit_test(no_place_was_left_out))
