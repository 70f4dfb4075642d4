/* The writer: batches -> journals -> segments.
 *
 * A journal's image in memory holds all its rows; `written` of its bytes are in the file and
 * `synced` of them are on the disk.  Whatever can fail is done before a batch is taken in, so a
 * batch that was refused has left nothing behind, and everything that was taken in stays in
 * memory until it is safe in a file.
 *
 * Sealing, per table: segment file made durable, then the next journal, then a MANIFEST that
 * names both; only then is the old journal removed.  A reader with the old MANIFEST finds the
 * rows in the old journal, one with the new in the segment.  A crash between two steps leaves a
 * file that no MANIFEST names; the next writer removes it.
 *
 * When fdatasync of a journal fails, the kernel may have dropped what it could not write and
 * would claim success the next time.  Such a journal is `doubtful`: its rows are made durable by
 * sealing them instead. */
#include "store/journal.h"
#include "store/recover.h"
#include "store/segment.h"
#include "store/sys.h"
#include "store/writer.h"

#include "base/file.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SEAL_ROWS = 1000000,
	SEAL_ROWS_MOST = 64 << 20,
	WRITE_BYTES = 1 << 20, /* pending bytes after which a put writes them */
};

int store_writer_folder(const struct store_writer *w)
{
	return w->folder;
}

/* -- journals ------------------------------------------------------------------------------- */

static enum err sync_file(const struct store_writer *w, int fd)
{
	return !w->opt.no_sync && store_sys()->fdatasync(fd) < 0 ? E_IO : OK;
}

static enum err journal_sync(struct store_writer *w, struct table_writer *t);

/* Marks say "the rows before me are safe": other tables' rows go first. */
static enum err sync_others(struct store_writer *w, const struct table_writer *t)
{
	enum err e = OK;
	for (size_t i = 0; i < TABLES && e == OK; i++)
		if (&w->table[i] != t)
			e = journal_sync(w, &w->table[i]);
	return e;
}

static enum err journal_write(struct store_writer *w, struct table_writer *t)
{
	struct journal *j = &t->journal;
	if (t->written == j->image.len)
		return OK;
	if (t->marks_pending) {
		enum err e = sync_others(w, t);
		if (e != OK)
			return e;
	}
	enum err e =
		sys_write(t->fd, j->image.data + t->written, j->image.len - t->written, t->written);
	if (e != OK)
		return e;
	t->written = j->image.len;
	t->marks_pending = false;
	return OK;
}

static enum err journal_sync(struct store_writer *w, struct table_writer *t)
{
	enum err e = t->doubtful ? seal_table(w, t) : journal_write(w, t);
	if (e != OK || t->synced == t->written)
		return e;
	e = sync_file(w, t->fd);
	if (e == OK)
		t->synced = t->written;
	else
		t->doubtful = true;
	return e;
}

/* A new journal file, durable, ready to be named by MANIFEST. */
static enum err journal_create(struct store_writer *w, const struct table *t, uint64_t number,
			       int *ret_fd)
{
	char path[PATH_ROOM];
	struct journal j = { 0 };
	path_journal(path, t, number);
	enum err e = journal_start(&j, t, number);
	if (e != OK) {
		journal_free(&j);
		return e;
	}
	int fd = store_sys()->openat(w->folder, path,
				     O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	e = fd < 0 ? E_IO : sys_write(fd, j.image.data, j.image.len, 0);
	if (e == OK)
		e = sync_file(w, fd);
	if (e == OK && !w->opt.no_sync)
		e = sys_sync_folder_of(w->folder, path);
	journal_free(&j);
	if (e == OK) {
		*ret_fd = fd;
		return OK;
	}
	fd_close(fd);
	sys_remove(w->folder, path);
	return e;
}

/* -- sealing ----------------------------------------------------------------------------------- */

static enum err encode_rows(struct store_writer *w, const struct journal *j, struct buf *front,
			    struct buf *body)
{
	static const struct span always = { 0, INT64_MAX };
	struct seg_entry entry[TABLE_MAX_COLS];
	struct seg_front f = { .source = { j->number, j->live, j->image.len } };
	f.rows = journal_rows(j, always, &f.span);
	enum err e = w->encoder ? OK : encoder_new(&w->encoder);
	for (size_t c = 0; c < j->table->ncols && e == OK; c++) {
		struct parts parts = { 0 };
		e = journal_parts(j, c, always, &parts);
		if (e == OK)
			e = encode_column(w->encoder, j->table, c, &parts, body, &entry[c]);
		mem_free(parts.at);
	}
	if (e != OK)
		return e;
	segment_front(front, j->table, &f, entry, body->len);
	return front->bad;
}

/* The journal's rows as a durable file, and what MANIFEST will say of it. */
static enum err write_segment(struct store_writer *w, const struct journal *j, uint64_t number,
			      struct manifest_segment *ret)
{
	struct buf front = { .ceiling = SEGMENT_FRONT_MOST };
	struct manifest_segment s = { .path = "" };
	char path[PATH_ROOM];
	bool there = false;
	path_segment(path, j->table, number);
	buf_reset(&w->body);
	enum err e = encode_rows(w, j, &front, &w->body);
	if (e == OK) {
		_Static_assert(sizeof(s.path) >= 48, "traffic/fresh/0123456789.seg");
		memcpy(s.path, path, strlen(path) + 1);
		s.bytes = front.len + w->body.len;
		s.rows = journal_rows(j, (struct span){ 0, INT64_MAX }, &s.span);
		e = sys_replace(w->folder, path,
				(struct sys_bytes[2]){ { front.data, front.len },
						       { w->body.data, w->body.len } },
				!w->opt.no_sync, &there);
	}
	buf_free(&front);
	if (e == OK)
		*ret = s;
	else if (there)
		sys_remove(w->folder, path);
	return e;
}

static enum err copy_marks(const struct map *from, struct map *to)
{
	enum err e = OK;
	for (size_t i = 0; i < from->n && e == OK; i++) {
		const struct map_entry *entry = &from->at[i];
		const struct mark_value *v = entry->ptr;
		if (entry->key)
			e = marks_put(to, (const char *)entry->key, entry->len, v->bytes, v->len);
	}
	return e;
}

/* After MANIFEST names the new journal: go on there.  The old one's path is returned. */
static void switch_journal(struct table_writer *t, uint64_t number, int fd,
			   char ret_old[static PATH_ROOM])
{
	path_journal(ret_old, t->table, t->journal.number);
	enum err e = journal_start(&t->journal, t->table, number); /* smaller than what was there */
	assert(e == OK);
	(void)e;
	fd_close(t->fd);
	t->fd = fd;
	t->written = t->synced = t->journal.image.len;
	t->marks_pending = t->doubtful = false;
}

/* MANIFEST names the segment (one with no rows: none) and the next journal. */
static enum err publish_seal(struct store_writer *w, const struct table_writer *t,
			     const struct manifest_segment *s, uint64_t journal, bool *ret_there,
			     bool *ret_owed)
{
	struct manifest m;
	enum err e = truth_edit(w, &m);
	if (e != OK)
		return e;
	struct manifest_table *mt = &m.table[t->table->id];
	if (t->journal.marks)
		e = copy_marks(&w->marks, &m.marks);
	if (e == OK && s->rows)
		e = manifest_add_segment(mt, s);
	mt->journal = journal;
	mt->live = 0;
	if (e == OK)
		e = truth_publish(w, &m, ret_there);
	*ret_owed = w->manifest_owed;
	truth_end(w, &m);
	return e;
}

enum err seal_table(struct store_writer *w, struct table_writer *t)
{
	struct manifest_segment made = { .rows = 0 };
	char journal[PATH_ROOM];
	int fd = -1;
	bool there = false, owed = false;
	if (!t->journal.rows && !t->journal.marks && t->journal.same_columns)
		return OK;
	enum err e = t->journal.marks ? sync_others(w, t) : OK;
	if (e != OK)
		return e;
	uint64_t number = truth_numbers(w, 2);
	if (t->journal.rows)
		e = write_segment(w, &t->journal, number, &made);
	if (e == OK)
		e = journal_create(w, t->table, number + 1, &fd);
	if (e == OK)
		e = publish_seal(w, t, &made, number + 1, &there, &owed);
	path_journal(journal, t->table, number + 1);
	if (there) {
		switch_journal(t, number + 1, fd, journal);
	} else {
		fd_close(fd);
		if (made.rows)
			sys_remove(w->folder, made.path);
	}
	if ((there && !owed) || (!there && fd >= 0))
		sys_remove(w->folder, journal); /* the one that is not named */
	return e;
}

/* -- the door
 * -------------------------------------------------------------------------------------- */

static size_t seal_rows(const struct store_writer *w)
{
	size_t rows = w->opt.seal_rows ? w->opt.seal_rows : SEAL_ROWS;
	return MIN(rows, (size_t)SEAL_ROWS_MOST);
}

/* Room for n more rows: a full journal is sealed, pending bytes are written. */
static enum err make_room(struct store_writer *w, struct table_writer *t, size_t n)
{
	const struct journal *j = &t->journal;
	bool full = j->rows && j->rows + n > seal_rows(w);
	enum err e = full || j->image.len >= JOURNAL_FULL ? seal_table(w, t) : OK;
	if (e == OK && j->image.len - t->written >= WRITE_BYTES)
		e = journal_write(w, t);
	return e;
}

enum err store_put(struct store_writer *w, const struct batch *b)
{
	struct table_writer *t = &w->table[b->table->id];
	struct journal *j = &t->journal;
	if (!b->n)
		return OK;
	enum err e = make_room(w, t, b->n);
	if (e != OK)
		return e;
	size_t len = j->image.len, nframes = j->nframes;
	uint64_t rows = j->rows;
	for (size_t at = 0; at < b->n && e == OK; at += FRAME_ROWS)
		e = journal_add_rows(j, b, at, MIN(b->n - at, (size_t)FRAME_ROWS));
	if (e != OK) {
		j->image.len = len;
		j->nframes = nframes;
		j->rows = rows;
	}
	return e;
}

enum err store_mark(struct store_writer *w, const char *key, const void *value, size_t len)
{
	struct table_writer *t = &w->table[TABLE_TRAFFIC];
	if (!mark_key_valid(key, strlen(key)) || len > MARK_VALUE_MOST)
		return E_RANGE;
	enum err e = make_room(w, t, 0);
	if (e != OK)
		return e;
	size_t at = t->journal.image.len;
	if ((e = journal_add_mark(&t->journal, key, value, len)) != OK)
		return e;
	if ((e = marks_put(&w->marks, key, strlen(key), value, len)) != OK) {
		t->journal.image.len = at;
		t->journal.marks--;
		return e;
	}
	t->marks_pending = true;
	return OK;
}

enum err store_writer_read_mark(struct store_writer *w, const char *key, struct buf *out)
{
	return marks_get(&w->marks, key, out);
}

enum err store_commit(struct store_writer *w)
{
	enum err e = truth_settle(w);
	/* Marks are in the first table's journal: it comes last. */
	for (size_t i = TABLES; i-- > 0 && e == OK;)
		e = journal_sync(w, &w->table[i]);
	return e;
}

enum err store_seal(struct store_writer *w)
{
	enum err e = store_commit(w);
	for (size_t i = TABLES; i-- > 0 && e == OK;)
		e = seal_table(w, &w->table[i]);
	return e;
}

enum err store_write_open(const char *folder, const struct store_options *opt,
			  struct store_writer **ret, struct problem *why)
{
	struct store_writer *w = mem_new0(1, sizeof(*w));
	if (!w)
		return problem_set(why, E_NOMEM, "%s", err_text(E_NOMEM));
	w->folder = w->lock = -1;
	truth_init(w);
	for (size_t i = 0; i < TABLES; i++) {
		w->table[i].table = &tables[i];
		w->table[i].fd = -1;
	}
	if (opt)
		w->opt = *opt;
	enum err e = recover(folder, w, why);
	for (size_t i = 0; i < TABLES && e == OK; i++) {
		/* Columns have changed since these rows were written: new rows do not fit behind
		 * them. */
		if (!w->table[i].journal.same_columns && (e = seal_table(w, &w->table[i])) != OK)
			problem_set(why, e, "%s: %s", tables[i].name,
				    e == E_IO ? strerror(errno) : err_text(e));
	}
	if (e == OK)
		*ret = w;
	else
		store_write_abandon(w);
	return e;
}

void store_write_abandon(struct store_writer *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < TABLES; i++) {
		journal_free(&w->table[i].journal);
		fd_close(w->table[i].fd);
	}
	truth_destroy(w);
	marks_free(&w->marks);
	encoder_free(w->encoder);
	buf_free(&w->body);
	if (w->lock >= 0)
		layout_write_pid(w->lock, 0);
	fd_close(w->lock);
	fd_close(w->folder);
	mem_free(w);
}

enum err store_write_close(struct store_writer *w)
{
	enum err e = store_commit(w);
	store_write_abandon(w);
	return e;
}
