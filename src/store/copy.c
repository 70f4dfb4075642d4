/* A copy of a store: what its MANIFEST names, and what lies in model/ and templates/, into a new
 * folder; then every byte of the copy is checked.
 *
 * The source may be written meanwhile.  Its MANIFEST is read once; segments do not change, a
 * journal is copied up to its last whole frame, that of traffic first: it holds the marks, and a
 * mark vouches for rows of the other tables.  When a file is gone, MANIFEST has been replaced,
 * and all begins again.  STORE is written last: a copy that was cut short is no store. */
#include "store/journal.h"
#include "store/reader.h"
#include "store/sidecar_file.h"
#include "store/sys.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 20, TRIES = 10 };

struct copy {
	int from, to;
	struct copy_report report;
	const char *folder;         /* whose names are walked over */
	char file[PATH_ROOM + 256]; /* what is being copied, for messages */
	uint8_t *piece;
	const struct store_watch *watch; /* or NULL */
	uint64_t all;               /* bytes of segments and roll-ups */
};

/* One file as it is, synced.  E_UNKNOWN: it is gone. */
static enum err copy_file(struct copy *k, const char *path)
{
	struct stat st;
	uint64_t at = 0;
	snprintf(k->file, sizeof(k->file), "%s", path);
	_cleanup_(fd_closep) int in = openat(k->from, path, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return errno == ENOENT ? E_UNKNOWN : E_IO;
	if (fstat(in, &st) < 0)
		return E_IO;
	_cleanup_(fd_closep) int out = store_sys()->openat(
		k->to, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (out < 0)
		return E_IO;
	while (at < (uint64_t)st.st_size) {
		size_t n = MIN((uint64_t)st.st_size - at, (uint64_t)PIECE);
		enum err e = read_exact(in, k->piece, n, at);
		if (e == OK)
			e = sys_write(out, k->piece, n, at);
		if (e != OK)
			return e;
		at += n;
	}
	if (store_sys()->fdatasync(out) < 0)
		return E_IO;
	k->report.files++;
	k->report.bytes += at;
	if (k->watch)
		k->watch->at(k->watch->arg, "copying", MIN(k->report.bytes, k->all), k->all);
	return OK;
}

static enum err copy_journal(struct copy *k, const struct table *t, const struct manifest_table *m)
{
	struct journal j = { 0 };
	bool there;
	char path[PATH_ROOM];
	if (!m->journal)
		return OK;
	path_journal(path, t, m->journal);
	snprintf(k->file, sizeof(k->file), "%s", path);
	enum err e = reader_journal(k->from, t, m, &j);
	if (e == OK && j.damaged)
		e = E_CORRUPT;
	if (e == OK)
		e = sys_replace(k->to, path, (struct sys_bytes[2]){ { j.image.data, j.image.len } },
				true, &there);
	if (e == OK) {
		k->report.files++;
		k->report.bytes += j.image.len;
	}
	journal_free(&j);
	return e;
}

static enum err copy_name(void *arg, const char *name)
{
	struct copy *k = arg;
	struct stat st;
	char path[sizeof(k->file)];
	snprintf(path, sizeof(path), "%s/%s", k->folder, name);
	if (fstatat(k->from, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? OK : E_IO; /* a temporary file that has got its name */
	return S_ISREG(st.st_mode) ? copy_file(k, path) : OK;
}

static enum err copy_folder(struct copy *k, const char *folder)
{
	if (faccessat(k->from, folder, F_OK, 0) < 0)
		return OK;
	if (store_sys()->mkdirat(k->to, folder, 0755) < 0 && errno != EEXIST)
		return E_IO;
	k->folder = folder;
	return layout_each(k->from, folder, copy_name, k);
}

/* With their sidecars: of roll-ups that stand alone nobody can make them again. */
static enum err copy_rollups(struct copy *k, const struct table *t, const struct manifest_table *mt)
{
	char own[PATH_ROOM];
	enum err e = mt->nroll ? layout_make_sub(k->to, t, "rollup", true) : OK;
	for (size_t i = 0; i < mt->nroll && e == OK; i++) {
		e = copy_file(k, mt->roll[i].file.path);
		sidecar_path(own, mt->roll[i].file.path, mt->roll[i].digest);
		if (e == OK && faccessat(k->from, own, F_OK, 0) == 0)
			e = copy_file(k, own);
	}
	return e;
}

static enum err copy_files(struct copy *k, struct manifest *m)
{
	enum err e = OK;
	for (size_t t = 0; t < TABLES && e == OK; t++)
		e = copy_journal(k, &tables[t], &m->table[t]);
	for (size_t t = 0; t < TABLES && e == OK; t++) {
		struct manifest_table *mt = &m->table[t];
		e = layout_make_sub(k->to, &tables[t], "hour", true);
		for (size_t i = 0; i < mt->nseg && e == OK; i++)
			e = copy_file(k, mt->seg[i].path);
		if (e == OK)
			e = copy_rollups(k, &tables[t], mt);
		mt->nold = 0;
	}
	if (e == OK)
		e = copy_folder(k, "model");
	return e == OK ? copy_folder(k, "templates") : e;
}

static enum err copy_all(struct copy *k, struct problem *why)
{
	enum err e = E_UNKNOWN;
	for (int i = 0; e == E_UNKNOWN && i < TRIES; i++) {
		struct manifest m;
		bool there;
		k->report = (struct copy_report){ 0 };
		if ((e = layout_read_manifest(k->from, &m, why)) != OK)
			return e;
		k->all = manifest_bytes(&m);
		e = copy_files(k, &m);
		if (e == OK) {
			snprintf(k->file, sizeof(k->file), "MANIFEST");
			e = layout_write_manifest(k->to, &m, true, &there);
		}
		manifest_free(&m);
	}
	if (e == OK)
		e = layout_write_store(k->to, true);
	return e == OK ? OK
		       : problem_set(why, e, "'%s': %s", k->file,
				     e == E_IO        ? strerror(errno)
				     : e == E_UNKNOWN ? "missing"
						      : err_text(e));
}

static enum err not_empty(void *arg, const char *name)
{
	*(bool *)arg = STREQ(name, "lost+found") && *(bool *)arg;
	return OK;
}

/* The folder for the copy: made, or empty. */
static enum err open_target(const char *path, int *ret_fd, struct problem *why)
{
	bool empty = true;
	if (store_sys()->mkdirat(AT_FDCWD, path, 0755) < 0 && errno != EEXIST)
		return problem_set(why, E_IO, "'%s': %s", path, strerror(errno));
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return problem_set(why, E_IO, "'%s': %s", path, strerror(errno));
	enum err e = layout_each(fd, ".", not_empty, &empty);
	if (e == OK && empty)
		e = layout_make_folders(fd, true);
	if (e != OK)
		problem_set(why, e, "'%s': %s", path, e == E_IO ? strerror(errno) : err_text(e));
	else if (!empty)
		e = problem_set(why, E_EXISTS, "'%s' is not empty", path);
	if (e == OK)
		*ret_fd = fd;
	else
		fd_close(fd);
	return e;
}

struct complaint {
	struct problem *why;
	bool any;
};

static void complain(void *arg, const char *file, const char *what)
{
	struct complaint *c = arg;
	if (!c->any)
		problem_set(c->why, E_CORRUPT, "the copy's '%s': %s", file, what);
	c->any = true;
}

enum err store_copy(const char *from, const char *to, struct copy_report *ret, struct problem *why)
{
	return store_copy_watched(from, to, NULL, ret, why);
}

enum err store_copy_watched(const char *from, const char *to, const struct store_watch *watch, struct copy_report *ret,
			    struct problem *why)
{
	_cleanup_(fd_closep) int source = -1;
	_cleanup_(fd_closep) int target = -1;
	_cleanup_(mem_freep) uint8_t *piece = mem_alloc(PIECE);
	unsigned version;
	int pid;
	struct complaint c = { .why = why };
	enum err e = piece ? reader_folder(from, &source, &version, &pid, why)
			   : problem_set(why, E_NOMEM, "%s", err_text(E_NOMEM));
	if (e == OK)
		e = open_target(to, &target, why);
	struct copy k = { .from = source, .to = target, .piece = piece, .watch = watch };
	if (e == OK)
		e = copy_all(&k, why);
	if (e != OK)
		return e;
	e = store_check_watched(to, complain, &c, watch);
	if (e == OK)
		*ret = k.report;
	else if (!c.any)
		problem_set(why, e, "'%s': %s", to, e == E_IO ? strerror(errno) : err_text(e));
	return e;
}
