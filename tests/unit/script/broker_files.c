/* Where scripts may write and read: every way out of the declared folders is tried. */
#include "unit.h"

#include "base/file.h"
#include "script/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char root[64], other[64];

static char *below(const char *name)
{
	static char path[256];
	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static int set_up(void **state _unused_)
{
	snprintf(root, sizeof(root), "/tmp/weir-files.XXXXXX");
	snprintf(other, sizeof(other), "/tmp/weir-other.XXXXXX");
	return mkdtemp(root) && mkdtemp(other) ? 0 : -1;
}

static int tear_down(void **state _unused_)
{
	char command[200];
	snprintf(command, sizeof(command), "rm -rf '%s' '%s'", root, other);
	return system(command);
}

/* Writes "new" to path under the root; "" or the reason it was refused. */
static const char *try_write(const char *path)
{
	static struct problem why;
	const char *const roots[] = { root, NULL };
	int folder;
	const char *name;
	why.text[0] = 0;
	if (write_place(roots, path, &folder, &name, &why) != OK)
		return why.text;
	enum err e = write_file(folder, name, "new", 3, &why);
	fd_close(folder);
	return e == OK ? "" : why.text;
}

static void expect_refused(const char *path, const char *why)
{
	const char *got = try_write(path);
	if (!strstr(got, why))
		fail_msg("\"%s\": wanted \"%s\", got \"%s\"", path, why, got);
}

static void holds(const char *path, const char *want)
{
	struct buf b = { 0 };
	assert_int_equal(file_read(path, &b), OK);
	assert_string_equal(buf_str(&b), want);
	buf_free(&b);
}

static void files_below_the_root_are_written(void **state _unused_)
{
	assert_string_equal(try_write(below("a.txt")), "");
	holds(below("a.txt"), "new");
	assert_string_equal(try_write("relative.txt"), "");
	holds(below("relative.txt"), "new");
}

static void folders_are_made(void **state _unused_)
{
	assert_string_equal(try_write(below("x/y//./z.txt")), "");
	holds(below("x/y/z.txt"), "new");
}

static void nothing_temporary_is_left(void **state _unused_)
{
	char command[200];
	assert_string_equal(try_write(below("a.txt")), "");
	snprintf(command, sizeof(command), "test -z \"$(find '%s' -name '.*.*' -type f)\"", root);
	assert_int_equal(system(command), 0);
}

static void dotdot_is_refused(void **state _unused_)
{
	expect_refused(below("../out.txt"), "\"..\" is not allowed");
	expect_refused("../out.txt", "\"..\" is not allowed");
	expect_refused(below("a/.."), "\"..\" is not allowed");
	expect_refused("a/../../b", "\"..\" is not allowed");
	assert_string_equal(try_write("..a"), "");
}

static void paths_outside_are_refused(void **state _unused_)
{
	char longer[80];
	expect_refused("/etc/weir-test", "outside the folders where writing is allowed");
	expect_refused("/", "outside");
	expect_refused("", "empty");
	expect_refused(below(""), "names no file");
	snprintf(longer, sizeof(longer), "%sX/a", root); /* begins like the root, is another folder */
	expect_refused(longer, "outside");
}

static void links_are_not_followed(void **state _unused_)
{
	assert_int_equal(symlink(other, below("link")), 0);
	expect_refused(below("link/a.txt"), "symbolic link");
	char target[100];
	snprintf(target, sizeof(target), "%s/target", other);
	FILE *f = fopen(target, "w");
	assert_non_null(f);
	fputs("old", f);
	fclose(f);
	assert_int_equal(symlink(target, below("file")), 0);
	assert_string_equal(try_write(below("file")), ""); /* the link is replaced, its target is not touched */
	holds(target, "old");
	holds(below("file"), "new");
}

static void no_root_means_no_writing(void **state _unused_)
{
	const char *const none[] = { NULL };
	struct problem why;
	int folder;
	const char *name;
	assert_int_equal(write_place(none, "/tmp/x", &folder, &name, &why), E_DENIED);
	assert_int_equal(write_place(NULL, "x", &folder, &name, &why), E_DENIED);
}

/* Writing fails half way (here: at a size limit): the old file stays, nothing else is left. */
static void full_disk_leaves_the_old_file(void **state _unused_)
{
	int status;
	assert_string_equal(try_write(below("old.txt")), "");
	pid_t pid = fork();
	if (pid == 0) {
		static const char big[1 << 16];
		const char *const roots[] = { root, NULL };
		const struct rlimit small = { 4096, 4096 };
		struct problem why;
		int folder;
		const char *name;
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &small);
		if (write_place(roots, below("old.txt"), &folder, &name, &why) != OK)
			_exit(1);
		_exit(write_file(folder, name, big, sizeof(big), &why) == E_IO && strstr(why.text, "large") ? 0 : 2);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	holds(below("old.txt"), "new");
	nothing_temporary_is_left(NULL);
}

static enum err try_read(const char *path, bool any)
{
	const char *const roots[] = { root, NULL };
	struct buf out = { .ceiling = 1 << 20 };
	struct problem why;
	enum err e = read_file(any ? NULL : roots, path, &out, &why);
	buf_free(&out);
	return e;
}

static void reading_stays_below_its_roots(void **state _unused_)
{
	assert_string_equal(try_write(below("r.txt")), "");
	assert_int_equal(try_read(below("r.txt"), false), OK);
	assert_int_equal(try_read("r.txt", false), OK);
	assert_int_equal(try_read("/etc/passwd", false), E_DENIED);
	assert_int_equal(try_read(below("../passwd"), false), E_DENIED);
	assert_int_equal(symlink("/etc/passwd", below("p")), 0);
	assert_int_equal(try_read(below("p"), false), E_DENIED);
	assert_int_equal(try_read("/etc/passwd", true), OK);
}

static void only_regular_files_are_read(void **state _unused_)
{
	assert_int_equal(mkfifo(below("fifo"), 0600), 0);
	assert_int_equal(try_read(below("fifo"), true), E_DENIED); /* and does not wait for a writer */
	assert_int_equal(try_read("/dev/zero", true), E_DENIED);
	assert_int_equal(try_read(root, true), E_DENIED);
	assert_int_equal(try_read(below("absent"), true), E_IO);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
UNIT_MAIN(CASE(files_below_the_root_are_written), CASE(folders_are_made), CASE(nothing_temporary_is_left),
	  CASE(dotdot_is_refused), CASE(paths_outside_are_refused), CASE(links_are_not_followed), CASE(no_root_means_no_writing),
	  CASE(full_disk_leaves_the_old_file), CASE(reading_stays_below_its_roots), CASE(only_regular_files_are_read))
