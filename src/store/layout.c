#include "store/layout.h"

#include "store/journal.h"
#include "store/sys.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void path_journal(char out[static PATH_ROOM], const struct table *t, uint64_t number)
{
	snprintf(out, PATH_ROOM, "%s/journal/%010llu", t->name, (unsigned long long)number);
}

void path_segment(char out[static PATH_ROOM], const struct table *t, uint64_t number)
{
	snprintf(out, PATH_ROOM, "%s/fresh/%010llu.seg", t->name, (unsigned long long)number);
}

void path_hour(char out[static PATH_ROOM], const struct table *t, uint64_t number)
{
	snprintf(out, PATH_ROOM, "%s/hour/%010llu.seg", t->name, (unsigned long long)number);
}

void path_rollup(char out[static PATH_ROOM], const struct table *t, uint64_t number)
{
	snprintf(out, PATH_ROOM, "%s/rollup/%010llu.seg", t->name, (unsigned long long)number);
}

bool path_is_fresh(const struct table *t, const char *path)
{
	char folder[PATH_ROOM];
	path_folder(folder, t, "fresh/");
	return strncmp(path, folder, strlen(folder)) == 0;
}

void path_folder(char out[static PATH_ROOM], const struct table *t, const char *name)
{
	snprintf(out, PATH_ROOM, "%s%s%s", t->name, *name ? "/" : "", name);
}

enum err layout_each(int folder, const char *path, name_fn *fn, void *arg)
{
	enum err e = OK;
	int fd = openat(folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? OK : E_IO;
	DIR *d = fdopendir(fd);
	if (!d) {
		fd_close(fd);
		return E_NOMEM;
	}
	for (struct dirent *entry; e == OK && (entry = readdir(d));)
		if (!STREQ(entry->d_name, ".") && !STREQ(entry->d_name, ".."))
			e = fn(arg, entry->d_name);
	closedir(d);
	return e;
}

/* -- MANIFEST -------------------------------------------------------------------------------- */

static enum err read_manifest(int folder, const char *name, struct manifest *ret,
			      struct problem *why)
{
	struct buf text = { .ceiling = MANIFEST_MOST };
	enum err e = file_read_at(folder, name, &text);
	if (e == E_IO)
		e = problem_set(why, errno == ENOENT ? E_CORRUPT : E_IO, "%s: %s", name,
				strerror(errno));
	else if (e == OK) {
		e = manifest_parse(text.data, text.len, ret);
		if (e != OK)
			problem_set(why, e, "%s: %s", name, err_text(e));
	}
	buf_free(&text);
	return e;
}

enum err layout_read_manifest(int folder, struct manifest *ret, struct problem *why)
{
	return read_manifest(folder, "MANIFEST", ret, why);
}

enum err layout_read_copy(int folder, struct manifest *ret, struct problem *why)
{
	return read_manifest(folder, "MANIFEST.copy", ret, why);
}

/* A second one, for the day when the first is damaged.  It may fail or be a little old: repair.c copes;
 * so nothing waits for the disk. */
static void write_copy(int folder, const struct buf *text)
{
	_cleanup_(fd_closep) int fd =
		openat(folder, "MANIFEST.copy.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0 && pwrite(fd, text->data, text->len, 0) == (ssize_t)text->len)
		(void)!renameat(folder, "MANIFEST.copy.tmp", folder, "MANIFEST.copy");
}

enum err layout_write_manifest(int folder, const struct manifest *m, bool sync, bool *ret_there)
{
	struct buf text = { .ceiling = MANIFEST_MOST };
	*ret_there = false;
	manifest_format(m, &text);
	enum err e = text.bad;
	if (e == OK)
		e = sys_replace(folder, "MANIFEST",
				(struct sys_bytes[2]){ { text.data, text.len } }, sync, ret_there);
	if (e == OK)
		write_copy(folder, &text);
	buf_free(&text);
	return e;
}

/* -- is it one? -------------------------------------------------------------------------------- */

struct look {
	struct problem *why;
	bool data; /* a segment or a row was found */
	int folder;
	const struct table *table;
};

static enum err look_top(void *arg, const char *name)
{
	static const char *const ours[] = { "STORE",         "STORE.tmp",
					    "MANIFEST",      "MANIFEST.tmp",
					    "MANIFEST.copy", "MANIFEST.copy.tmp",
					    "quarantine", "model",     "templates", "status",
					    "lost+found" };
	struct look *l = arg;
	for (size_t i = 0; i < COUNT_OF(ours); i++)
		if (STREQ(name, ours[i]))
			return OK;
	for (size_t t = 0; t < TABLES; t++)
		if (STREQ(name, tables[t].name))
			return OK;
	return problem_set(l->why, E_EXISTS, "the folder holds other things: '%s'", name);
}

static enum err look_segments(void *arg, const char *name)
{
	struct look *l = arg;
	size_t len = strlen(name);
	l->data |= len > 4 && STREQ(name + len - 4, ".seg");
	return OK;
}

static enum err look_journal(void *arg, const char *name)
{
	struct look *l = arg;
	struct buf bytes = { .ceiling = JOURNAL_MOST };
	struct journal j = { 0 };
	char path[PATH_ROOM];
	uint64_t number = strtoull(name, NULL, 10);
	path_journal(path, l->table, number);
	enum err e = file_read_at(l->folder, path, &bytes);
	if (e == OK && journal_load(&j, l->table, number, &bytes, 0) == OK)
		l->data |= j.rows || j.marks || j.damaged;
	journal_free(&j);
	buf_free(&bytes);
	return e == E_IO && errno == ENOENT ? OK : e;
}

enum err layout_look(int folder, enum folder_is *ret, struct problem *why)
{
	struct look l = { .folder = folder, .why = why };
	if (faccessat(folder, "STORE", F_OK, 0) == 0) {
		*ret = FOLDER_STORE;
		return OK;
	}
	if (errno != ENOENT)
		return problem_set(why, E_IO, "STORE: %s", strerror(errno));
	enum err e = layout_each(folder, ".", look_top, &l);
	if (e == E_EXISTS) {
		*ret = FOLDER_OTHER;
		return OK;
	}
	for (size_t t = 0; t < TABLES && e == OK; t++) {
		char path[PATH_ROOM];
		l.table = &tables[t];
		path_folder(path, l.table, "fresh");
		e = layout_each(folder, path, look_segments, &l);
		path_folder(path, l.table, "hour");
		if (e == OK)
			e = layout_each(folder, path, look_segments, &l);
		path_folder(path, l.table, "rollup");
		if (e == OK)
			e = layout_each(folder, path, look_segments, &l);
		path_folder(path, l.table, "journal");
		if (e == OK)
			e = layout_each(folder, path, look_journal, &l);
	}
	if (e != OK)
		return problem_set(why, e, "%s", e == E_IO ? strerror(errno) : err_text(e));
	*ret = l.data ? FOLDER_BROKEN : FOLDER_EMPTY;
	return OK;
}

/* -- making one ---------------------------------------------------------------------------------
 */

static enum err make_folder(int folder, const char *path)
{
	return store_sys()->mkdirat(folder, path, 0755) < 0 && errno != EEXIST ? E_IO : OK;
}

enum err layout_make_journal(int folder, const struct table *t, uint64_t number, bool sync)
{
	char path[PATH_ROOM];
	bool there;
	struct journal j = { 0 };
	path_journal(path, t, number);
	enum err e = journal_start(&j, t, number);
	if (e == OK)
		e = sys_replace(folder, path,
				(struct sys_bytes[2]){ { j.image.data, j.image.len } }, sync,
				&there);
	journal_free(&j);
	return e;
}

enum err layout_make_folders(int folder, bool sync)
{
	static const char *const below[] = { "", "journal", "fresh" };
	char path[PATH_ROOM];
	enum err e = make_folder(folder, "quarantine");
	for (size_t t = 0; t < TABLES; t++) {
		for (size_t i = 0; i < COUNT_OF(below) && e == OK; i++) {
			path_folder(path, &tables[t], below[i]);
			e = make_folder(folder, path);
		}
		if (e == OK && sync)
			e = sys_sync_folder_of(folder, path);
	}
	return e;
}

enum err layout_make_sub(int folder, const struct table *t, const char *name, bool sync)
{
	char path[PATH_ROOM];
	path_folder(path, t, name);
	if (faccessat(folder, path, F_OK, 0) == 0)
		return OK;
	enum err e = make_folder(folder, path);
	return e == OK && sync ? sys_sync_folder_of(folder, path) : e;
}

enum err layout_make(int folder, bool sync)
{
	struct manifest m = { .generation = 1, .next = 1 };
	bool there;
	enum err e = layout_make_folders(folder, sync);
	for (size_t t = 0; t < TABLES && e == OK; t++) {
		m.table[t].journal = m.next++;
		e = layout_make_journal(folder, &tables[t], m.table[t].journal, sync);
	}
	if (e == OK)
		e = layout_write_manifest(folder, &m, sync, &there);
	return e == OK ? layout_write_store(folder, sync) : e;
}

enum err layout_write_store(int folder, bool sync)
{
	bool there;
	char text[160];
	int n = snprintf(text, sizeof(text), "weir-store %d\ncreated %lld weir %s\n", STORE_VERSION,
			 (long long)clock_now(), WEIR_VERSION);
	n += snprintf(text + n, sizeof(text) - (size_t)n, "end %08x\n", crc32c(0, text, (size_t)n));
	n += snprintf(text + n, sizeof(text) - (size_t)n, "writer %010d\n", 0);
	return sys_replace(folder, "STORE", (struct sys_bytes[2]){ { text, (size_t)n } }, sync,
			   &there);
}

/* -- STORE ----------------------------------------------------------------------------------------
 */

enum { END_LINE = 13, WRITER_LINE = 18 }; /* "end 01234567\n", "writer 0000012345\n" */

enum err layout_read(int folder, unsigned *ret_version, int *ret_pid, struct problem *why)
{
	struct buf text = { .ceiling = 4096 };
	char last[END_LINE + 1];
	unsigned version = 0;
	int pid = 0;
	enum err e = file_read_at(folder, "STORE", &text);
	if (e == E_IO)
		return problem_set(why, E_IO, "STORE: %s", strerror(errno));
	if (e == OK && text.len < END_LINE + WRITER_LINE)
		e = E_CORRUPT;
	if (e == OK) {
		size_t before = text.len - END_LINE - WRITER_LINE;
		snprintf(last, sizeof(last), "end %08x\n", crc32c(0, text.data, before));
		if (memcmp(text.data + before, last, END_LINE) != 0 ||
		    sscanf(buf_str(&text), "weir-store %u\n", &version) != 1)
			e = E_CORRUPT;
		else if (version > STORE_VERSION)
			e = E_VERSION;
		else if (sscanf((const char *)text.data + before + END_LINE, "writer %d", &pid) !=
			 1)
			pid = 0;
	}
	buf_free(&text);
	if (e != OK)
		return problem_set(why, e, "STORE: %s", err_text(e));
	*ret_version = version;
	*ret_pid = pid;
	return OK;
}

void layout_write_pid(int fd, int pid)
{
	struct stat st;
	char text[24];
	int n = snprintf(text, sizeof(text), "%010d", pid);
	if (fstat(fd, &st) == 0 && st.st_size > WRITER_LINE)
		(void)!pwrite(fd, text, (size_t)n, st.st_size - n - 1);
}

/* store_info holds the lock for a moment to see whether somebody has it: wait that long. */
static bool try_lock(int fd)
{
	for (int i = 0; i < 5; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	return false;
}

enum err layout_lock(int folder, int *ret_fd, struct problem *why)
{
	unsigned version;
	int pid = 0;
	enum err e = layout_read(folder, &version, &pid, why);
	if (e != OK)
		return e;
	int fd = openat(folder, "STORE", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return problem_set(why, E_IO, "STORE: %s", strerror(errno));
	if (!try_lock(fd)) {
		fd_close(fd);
		if (layout_read(folder, &version, &pid, NULL) != OK)
			pid = 0;
		return problem_set(why, E_BUSY, "in use by pid %d", pid);
	}
	layout_write_pid(fd, (int)getpid());
	*ret_fd = fd;
	return OK;
}

bool layout_is_locked(int folder)
{
	_cleanup_(fd_closep) int fd = openat(folder, "STORE", O_RDONLY | O_CLOEXEC);
	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}
