#include "store/recover.h"

#include "store/rollup.h"
#include "store/sidecar_file.h"
#include "store/sys.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err say(struct problem *why, enum err e, const char *what)
{
	return problem_set(why, e, "%s: %s", what, e == E_IO ? strerror(errno) : err_text(e));
}

/* -- the folder -------------------------------------------------------------------------------- */

static enum err open_folder(const char *path, int *ret_fd, struct problem *why)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT &&
	    (store_sys()->mkdirat(AT_FDCWD, path, 0755) == 0 || errno == EEXIST))
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return say(why, E_IO, path);
	*ret_fd = fd;
	return OK;
}

/* Two who find an empty folder at once: the folder's own lock says who makes the store. */
static enum err make_store(struct store_writer *w, struct problem *why)
{
	enum folder_is is;
	if (flock(w->folder, LOCK_EX) < 0)
		return say(why, E_IO, "folder");
	enum err e = layout_look(w->folder, &is, why);
	if (e == OK && is == FOLDER_OTHER)
		e = E_EXISTS; /* why names what is there */
	else if (e == OK && is == FOLDER_BROKEN)
		e = problem_set(why, E_CORRUPT, "STORE is missing, but there is data");
	else if (e == OK && is == FOLDER_EMPTY &&
		 (e = layout_make(w->folder, !w->opt.no_sync)) != OK)
		say(why, e, "making the store");
	flock(w->folder, LOCK_UN);
	return e;
}

/* -- what is damaged ------------------------------------------------------------------------------
 */

/* A free name in quarantine/ (which a copy of the store by other means may have lost): the path with "-"
 * for "/", and a number when that is taken. */
static void quarantine_name(const struct store_writer *w, const char *path,
			    char to[static PATH_ROOM * 2])
{
	char name[PATH_ROOM];
	snprintf(name, sizeof(name), "%s", path);
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '-';
	snprintf(to, PATH_ROOM * 2, "quarantine/%s", name);
	(void)store_sys()->mkdirat(w->folder, "quarantine", 0755); /* else what needs it says so */
	for (unsigned i = 1; faccessat(w->folder, to, F_OK, 0) == 0 && i < 10000; i++)
		snprintf(to, PATH_ROOM * 2, "quarantine/%s.%u", name, i);
}

/* Move a file there.  That comes before MANIFEST forgets it: after a crash in between the file
 * is missing, which is as good as damaged. */
static enum err set_aside(struct store_writer *w, const char *path)
{
	char to[PATH_ROOM * 2];
	quarantine_name(w, path, to);
	return store_sys()->renameat(w->folder, path, w->folder, to) < 0 && errno != ENOENT ? E_IO
											    : OK;
}

static enum err copy_aside(struct store_writer *w, const char *path)
{
	struct buf bytes = { .ceiling = JOURNAL_MOST };
	char to[PATH_ROOM * 2];
	bool there;
	quarantine_name(w, path, to);
	enum err e = file_read_at(w->folder, path, &bytes);
	if (e == OK)
		e = sys_replace(w->folder, to, (struct sys_bytes[2]){ { bytes.data, bytes.len } },
				!w->opt.no_sync, &there);
	buf_free(&bytes);
	return e;
}

static enum err write_manifest(struct store_writer *w)
{
	bool there;
	w->manifest.generation++;
	return layout_write_manifest(w->folder, &w->manifest, !w->opt.no_sync, &there);
}

/* What the disk does not give stays where it is: another day it may, and until then readers say that it is
 * missing.  A writer that would not start for it would lose what comes now, too. */
static bool segment_good(struct store_writer *w, const struct table *t,
			 const struct manifest_segment *m, enum err *ret)
{
	struct seg *s = NULL;
	enum err e = seg_open(w->folder, m->path, t, &s);
	bool same = e == OK && seg_rows(s) == m->rows && seg_head(s)->file_bytes == m->bytes;
	bool disk = e == E_IO && errno == EIO; /* but not: too many open files */
	seg_free(s);
	*ret = e == E_NOMEM || (e == E_IO && !disk) ? e : OK;
	return same || disk || e == E_VERSION;
}

/* Segments that cannot be opened leave the list and become gaps; what they added up to is still known. */
static enum err check_segments(struct store_writer *w, const struct table *t, bool *ret_changed)
{
	struct manifest_table *mt = &w->manifest.table[t->id];
	size_t kept = 0;
	for (size_t i = 0; i < mt->nseg; i++) {
		const struct manifest_segment m = mt->seg[i];
		enum err e;
		if (segment_good(w, t, &m, &e) || e != OK) {
			if (e != OK)
				return e;
			mt->seg[kept++] = m;
			continue;
		}
		e = manifest_add_gap(mt, m.span, m.path);
		if (e == OK)
			e = set_aside(w, m.path);
		if (e != OK)
			return e;
		manifest_leave_alone(mt, m.path);
		*ret_changed = true;
	}
	mt->nseg = kept;
	return OK;
}

/* Roll-ups that cannot be opened leave the list.  One that stood alone was all there was: a gap. */
static enum err check_rollups(struct store_writer *w, const struct table *t, bool *ret_changed)
{
	struct manifest_table *mt = &w->manifest.table[t->id];
	size_t kept = 0;
	for (size_t i = 0; i < mt->nroll; i++) {
		const struct manifest_rollup r = mt->roll[i];
		const struct rollup_kind *k = rollup_kind(t->id, (enum rollup_level)r.level);
		enum err e;
		if (segment_good(w, k->columns, &r.file, &e) || e != OK) {
			if (e != OK)
				return e;
			mt->roll[kept++] = r;
			continue;
		}
		e = !rollup_alone(r.of) ? OK : manifest_add_gap(mt, r.file.span, r.file.path);
		if (e == OK)
			e = set_aside(w, r.file.path);
		if (e != OK)
			return e;
		*ret_changed = true;
	}
	mt->nroll = kept;
	return OK;
}

/* -- journals
 * --------------------------------------------------------------------------------------- */

/* The good beginning of a journal in which something is wrong further on takes its place, after
 * the whole file was copied to quarantine and the gap is known to MANIFEST.  (A crash in between
 * makes a second copy and the gap stand there twice; nothing is lost.) */
static enum err split_journal(struct store_writer *w, const struct journal *j, const char *path)
{
	bool there;
	enum err e = copy_aside(w, path);
	if (e == OK)
		e = manifest_add_gap(&w->manifest.table[j->table->id], j->lost, path);
	if (e == OK)
		e = write_manifest(w);
	return e != OK ? e
		       : sys_replace(w->folder, path,
				     (struct sys_bytes[2]){ { j->image.data, j->image.len } },
				     !w->opt.no_sync, &there);
}

/* A journal that is gone or has no good header: what was in it is unknown.  MANIFEST knows the gap before there
 * is a good journal again; after a crash in between the journal is gone, and the gap stands there twice. */
static enum err replace_journal(struct store_writer *w, struct table_writer *t, const char *path,
				bool *ret_changed)
{
	bool there;
	struct manifest_table *mt = &w->manifest.table[t->table->id];
	enum err e = manifest_add_gap(mt, (struct span){ 0, clock_now() }, path);
	if (e == OK)
		e = set_aside(w, path);
	if (e == OK)
		e = write_manifest(w);
	if (e == OK)
		e = journal_start(&t->journal, t->table, mt->journal);
	*ret_changed = true;
	return e != OK ? e
		       : sys_replace(w->folder, path,
				     (struct sys_bytes[2]){
					     { t->journal.image.data, t->journal.image.len } },
				     !w->opt.no_sync, &there);
}

static enum err open_journal(struct store_writer *w, struct table_writer *t, bool *ret_changed)
{
	const struct manifest_table *mt = &w->manifest.table[t->table->id];
	struct buf bytes = { .ceiling = JOURNAL_MOST };
	char path[PATH_ROOM];
	path_journal(path, t->table, mt->journal);
	enum err e = file_read_at(w->folder, path, &bytes);
	size_t size = bytes.len;
	if (e == OK)
		e = journal_load(&t->journal, t->table, mt->journal, &bytes, mt->live);
	if (e == E_CORRUPT || (e == E_IO && errno == ENOENT))
		e = replace_journal(w, t, path, ret_changed);
	else if (e == OK && t->journal.damaged)
		e = split_journal(w, &t->journal, path);
	buf_free(&bytes);
	if (e != OK)
		return e;
	t->fd = openat(w->folder, path, O_RDWR | O_CLOEXEC);
	if (t->fd < 0)
		return E_IO;
	t->written = t->synced = t->journal.image.len;
	if (size > t->written && !t->journal.damaged) {
		if (store_sys()->ftruncate(t->fd, (off_t)t->written) < 0)
			return E_IO;
	}
	/* What a writer left in the page cache when it was killed may not be on the disk. */
	return !w->opt.no_sync && store_sys()->fdatasync(t->fd) < 0 ? E_IO : OK;
}

static enum err take_mark(void *arg, const struct mark *m)
{
	return mark_key_valid(m->key, m->key_len)
		       ? marks_put(arg, m->key, m->key_len, m->value, m->value_len)
		       : OK;
}

static enum err load_marks(struct store_writer *w)
{
	const struct map *from = &w->manifest.marks;
	enum err e = OK;
	for (size_t i = 0; i < from->n && e == OK; i++) {
		const struct map_entry *entry = &from->at[i];
		const struct mark_value *v = entry->ptr;
		if (entry->key)
			e = marks_put(&w->marks, (const char *)entry->key, entry->len, v->bytes,
				      v->len);
	}
	return e == OK ? journal_marks(&w->table[TABLE_TRAFFIC].journal, take_mark, &w->marks) : e;
}

/* -- what a crash left behind
 * --------------------------------------------------------------------------- */

struct sweep {
	struct store_writer *w;
	const struct table *table;
	const char *folder; /* below the table's */
	struct map *keep;   /* paths that MANIFEST names */
};

static enum err sweep_name(void *arg, const char *name)
{
	const struct sweep *s = arg;
	char path[PATH_ROOM + 256], of[PATH_ROOM];
	snprintf(path, sizeof(path), "%s/%s/%s", s->table->name, s->folder, name);
	bool beside = sidecar_segment(of, path) && map_get_str(s->keep, of);
	if (!beside && !map_get_str(s->keep, path))
		sys_remove(s->w->folder, path);
	return OK;
}

static enum err sweep_table(struct store_writer *w, const struct table *t)
{
	const struct manifest_table *mt = &w->manifest.table[t->id];
	static const char *const folders[] = { "journal", "fresh", "hour", "rollup" };
	struct map keep = { .ceiling = 3 * SEGMENTS_MOST + 2 };
	char path[PATH_ROOM];
	path_journal(path, t, mt->journal);
	struct map_entry *entry;
	enum err e = map_put_str(&keep, path, &entry, NULL);
	for (size_t i = 0; i < mt->nseg && e == OK; i++)
		e = map_put_str(&keep, mt->seg[i].path, &entry, NULL);
	for (size_t i = 0; i < mt->nroll && e == OK; i++)
		e = map_put_str(&keep, mt->roll[i].file.path, &entry, NULL);
	for (size_t i = 0; i < mt->nold && e == OK; i++)
		e = map_put_str(&keep, mt->old[i].path, &entry, NULL);
	for (size_t i = 0; i < COUNT_OF(folders) && e == OK; i++) {
		struct sweep s = { w, t, folders[i], &keep };
		path_folder(path, t, folders[i]);
		e = layout_each(w->folder, path, sweep_name, &s);
	}
	map_free(&keep);
	return e;
}

static enum err recover_table(struct store_writer *w, size_t i, bool *ret_changed)
{
	struct manifest_table *mt = &w->manifest.table[i];
	enum err e = check_segments(w, &tables[i], ret_changed);
	if (e == OK)
		e = check_rollups(w, &tables[i], ret_changed);
	if (e == OK && !mt->journal) { /* the store is older than the table */
		mt->journal = w->manifest.next++;
		*ret_changed = true;
		e = layout_make_folders(w->folder, !w->opt.no_sync);
		if (e == OK)
			e = layout_make_journal(w->folder, &tables[i], mt->journal,
						!w->opt.no_sync);
	}
	if (e == OK)
		e = open_journal(w, &w->table[i], ret_changed);
	return e == OK ? sweep_table(w, &tables[i]) : e;
}

enum err recover(const char *folder, struct store_writer *w, struct problem *why)
{
	bool changed = false;
	enum err e = open_folder(folder, &w->folder, why);
	if (e == OK && faccessat(w->folder, "STORE", F_OK, 0) < 0)
		e = make_store(w, why);
	if (e == OK)
		e = layout_lock(w->folder, &w->lock, why);
	if (e == OK)
		e = layout_read_manifest(w->folder, &w->manifest, why);
	if (e != OK)
		return e;
	for (size_t i = 0; i < TABLES; i++)
		if ((e = recover_table(w, i, &changed)) != OK)
			return say(why, e, tables[i].name);
	if ((e = load_marks(w)) != OK)
		return say(why, e, "marks");
	if (changed && (e = write_manifest(w)) != OK)
		return say(why, e, "MANIFEST");
	return OK;
}
