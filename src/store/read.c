/* Reading a store: MANIFEST once, then the files it names.  A file that is gone means that the
 * writer has replaced MANIFEST meanwhile: read it again.  Nothing is locked and nothing written. */
#include "store/reader.h"

#include "store/journal.h"
#include "store/keep.h"
#include "store/seg.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct store {
	int folder;
	struct keep keep;
};

enum { TRIES = 100 }; /* a writer that seals between two of our reads, so many times in a row */

static enum err check_folder(int fd, const char *path, struct problem *why)
{
	enum folder_is is = FOLDER_EMPTY;
	struct problem found = { .text = "" };
	enum err e = layout_look(fd, &is, &found);
	if (e != OK)
		return problem_set(why, e, "%s", found.text);
	if (is == FOLDER_BROKEN)
		return problem_set(why, E_CORRUPT, "STORE is missing, but there is data");
	if (is != FOLDER_STORE)
		return problem_set(why, E_UNKNOWN, "there is no store at '%s'", path);
	return OK;
}

enum err reader_folder(const char *path, int *ret_fd, unsigned *ret_version, int *ret_pid,
		       struct problem *why)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT
			       ? problem_set(why, E_UNKNOWN, "there is no store at '%s'", path)
			       : problem_set(why, E_IO, "'%s': %s", path, strerror(errno));
	enum err e = check_folder(fd, path, why);
	if (e == OK)
		e = layout_read(fd, ret_version, ret_pid, why);
	if (e == OK)
		*ret_fd = fd;
	else
		fd_close(fd);
	return e;
}

enum err store_open(const char *folder, struct store **ret, struct problem *why)
{
	unsigned version;
	int pid;
	struct store *s = mem_new0(1, sizeof(*s));
	if (!s)
		return problem_set(why, E_NOMEM, "%s", err_text(E_NOMEM));
	s->folder = -1;
	keep_init(&s->keep, keep_most());
	struct manifest m = { 0 };
	enum err e = reader_folder(folder, &s->folder, &version, &pid, why);
	if (e == OK)
		e = layout_read_manifest(s->folder, &m, why);
	manifest_free(&m);
	if (e == OK)
		*ret = s;
	else
		store_close(s);
	return e;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	keep_end(&s->keep);
	fd_close(s->folder);
	mem_free(s);
}

int store_folder(const struct store *s)
{
	return s->folder;
}

/* -- journals ------------------------------------------------------------------------------------
 */

enum err reader_journal(int folder, const struct table *t, const struct manifest_table *m,
			struct journal *ret)
{
	struct buf bytes = { .ceiling = JOURNAL_MOST };
	char path[PATH_ROOM];
	if (!m->journal)
		return journal_start(ret, t, 0);
	path_journal(path, t, m->journal);
	enum err e = file_read_at(folder, path, &bytes);
	if (e == E_IO)
		e = errno == ENOENT ? E_UNKNOWN : E_IO;
	if (e == OK)
		e = journal_load(ret, t, m->journal, &bytes, m->live);
	buf_free(&bytes);
	return e;
}

/* -- snapshots -----------------------------------------------------------------------------------
 */

static bool overlaps(struct span a, struct span b)
{
	return a.start < b.end && b.start < a.end;
}

enum err snapshot_gap(struct snapshot *sn, struct span span, const char *name)
{
	struct store_gap *gap = mem_array(sn->gap, sn->ngap + 1, sizeof(*gap));
	if (!gap)
		return E_NOMEM;
	sn->gap = gap;
	gap[sn->ngap] = (struct store_gap){ .span = span };
	memcpy(gap[sn->ngap].name, name, MIN(strlen(name), sizeof(gap->name) - 1));
	sn->ngap++;
	return OK;
}

struct take { /* one attempt at a snapshot */
	int folder;
	struct keep *keep;
	const struct table *table;
	struct span span;
	bool last; /* what is gone now was not replaced: it is lost */
	struct snapshot *sn;
};

/* E_UNKNOWN: a file is gone; try again. */
static enum err take_segment(const struct take *k, const struct manifest_segment *m)
{
	struct seg *s = keep_take(k->keep, k->table, m->path);
	enum err e = s ? OK : seg_open(k->folder, m->path, k->table, &s);
	if (e == OK)
		s->keep = k->keep;
	if (e == OK && (seg_rows(s) != m->rows || seg_head(s)->file_bytes != m->bytes)) {
		keep_drop(k->keep, s);
		e = E_CORRUPT;
	}
	if (e == OK)
		k->sn->seg[k->sn->nseg++] = s;
	bool disk = e == E_IO && errno == EIO; /* but not: too many open files */
	if (e == E_CORRUPT || e == E_VERSION || disk || (e == E_UNKNOWN && k->last))
		e = snapshot_gap(k->sn, m->span, m->path);
	return e;
}

static enum err take_journal(const struct take *k, const struct manifest_table *m)
{
	struct journal j = { 0 };
	char path[PATH_ROOM];
	struct span rows;
	path_journal(path, k->table, m->journal);
	enum err e = reader_journal(k->folder, k->table, m, &j);
	if (e == E_CORRUPT || (e == E_UNKNOWN && k->last))
		return snapshot_gap(k->sn, k->span, path);
	if (e != OK)
		return e;
	if (j.damaged && !k->last) {
		e = E_UNKNOWN; /* read while it was written?  look again before crying wolf */
	} else {
		if (j.damaged && overlaps(j.lost, k->span))
			e = snapshot_gap(k->sn, j.lost, path);
		if (e == OK && journal_rows(&j, k->span, &rows)) {
			e = seg_of_journal(path, &j, k->span, &k->sn->seg[k->sn->nseg]);
			k->sn->nseg += e == OK;
		}
	}
	journal_free(&j);
	return e;
}

static enum err take_rollups(const struct take *k, const struct manifest_table *m)
{
	k->sn->rollup = mem_new0(m->nroll + 1, sizeof(*k->sn->rollup));
	if (!k->sn->rollup)
		return E_NOMEM;
	for (size_t i = 0; i < m->nroll; i++) {
		const struct manifest_rollup *r = &m->roll[i];
		if (!overlaps(r->file.span, k->span))
			continue;
		struct snapshot_rollup *out = &k->sn->rollup[k->sn->nrollup++];
		*out = (struct snapshot_rollup){ .table = k->table->id,
						 .level = (int)r->level,
						 .rows = r->file.rows,
						 .span = r->file.span };
		memcpy(out->path, r->file.path, sizeof(r->file.path));
		memcpy(out->of, r->of, sizeof(r->of));
		memcpy(out->digest, r->digest, sizeof(out->digest));
	}
	return OK;
}

static int by_start(const void *a, const void *b)
{
	const struct seg *const *x = a, *const *y = b;
	usec_t s = seg_span(*x).start, t = seg_span(*y).start;
	return s < t ? -1 : s > t ? 1 : strcmp(seg_name(*x), seg_name(*y));
}

static enum err take(const struct take *k, const struct manifest_table *m)
{
	enum err e = OK;
	k->sn->seg = mem_array(NULL, m->nseg + 1, sizeof(void *));
	if (!k->sn->seg)
		return E_NOMEM;
	for (size_t i = 0; i < m->nseg && e == OK; i++)
		if (overlaps(m->seg[i].span, k->span))
			e = take_segment(k, &m->seg[i]);
	for (size_t i = 0; i < m->ngap && e == OK; i++)
		if (overlaps(m->gap[i].span, k->span))
			e = snapshot_gap(k->sn, m->gap[i].span, m->gap[i].name);
	if (e == OK)
		e = take_rollups(k, m);
	if (e == OK)
		e = take_journal(k, m);
	if (e == OK && k->sn->nseg)
		qsort(k->sn->seg, k->sn->nseg, sizeof(void *), by_start);
	return e;
}

enum err store_snapshot(struct store *s, enum table_id table, struct span span,
			struct snapshot *ret)
{
	uint64_t before = 0;
	enum err e = E_UNKNOWN;
	for (int i = 0; e == E_UNKNOWN && i < TRIES; i++) {
		struct manifest m;
		struct snapshot sn = { .keep = &s->keep };
		if ((e = layout_read_manifest(s->folder, &m, NULL)) != OK)
			return e;
		struct take k = { s->folder, &s->keep, &tables[table], span,
				  m.generation == before || i == TRIES - 1, &sn };
		before = m.generation;
		e = take(&k, &m.table[table]);
		manifest_free(&m);
		if (e == OK)
			*ret = sn;
		else
			snapshot_free(&sn);
	}
	return e;
}

enum err snapshot_add(struct snapshot *to, const struct batch *b)
{
	const struct span always = { 0, INT64_MAX };
	struct seg **more = mem_array(to->seg, to->nseg + 1, sizeof(void *));
	struct journal j = { 0 };
	struct span rows;
	if (!more)
		return E_NOMEM;
	to->seg = more;
	enum err e = journal_start(&j, b->table, 0);
	for (size_t at = 0; at < b->n && e == OK; at += FRAME_ROWS)
		if ((e = journal_room(&j)) == OK)
			e = journal_add_rows(&j, b, at, MIN(b->n - at, (size_t)FRAME_ROWS));
	if (e == OK && journal_rows(&j, always, &rows)) {
		e = seg_of_journal("", &j, always, &to->seg[to->nseg]);
		to->nseg += e == OK;
	}
	journal_free(&j);
	return e;
}

enum err snapshot_of(const struct batch *b, struct snapshot *ret)
{
	struct snapshot sn = { 0 };
	enum err e = snapshot_add(&sn, b);
	if (e == OK)
		*ret = sn;
	else
		snapshot_free(&sn);
	return e;
}

void snapshot_free(struct snapshot *s)
{
	for (size_t i = 0; i < s->nseg; i++)
		keep_give(s->keep, s->seg[i]);
	mem_free(s->seg);
	mem_free(s->gap);
	mem_free(s->rollup);
	*s = (struct snapshot){ 0 };
}

/* -- marks ----------------------------------------------------------------------------------------
 */

struct want {
	const char *key;
	struct buf *out;
	size_t before; /* what was in out; a newer mark replaces an older one */
	bool found;
};

static enum err take_mark(void *arg, const struct mark *m)
{
	struct want *w = arg;
	if (m->key_len != strlen(w->key) || memcmp(m->key, w->key, m->key_len) != 0)
		return OK;
	w->out->len = w->before;
	w->found = true;
	buf_add(w->out, m->value, m->value_len);
	return w->out->bad;
}

/* *ret_gone: the journal that MANIFEST named is not there any more. */
static enum err read_mark(struct store *s, struct want *w, bool *ret_gone)
{
	struct manifest m;
	struct journal j = { 0 };
	enum err e = layout_read_manifest(s->folder, &m, NULL);
	if (e != OK)
		return e;
	e = reader_journal(s->folder, &tables[TABLE_TRAFFIC], &m.table[TABLE_TRAFFIC], &j);
	*ret_gone = e == E_UNKNOWN;
	if (e == OK || e == E_CORRUPT) {
		enum err none = marks_get(&m.marks, w->key, w->out);
		w->found = none == OK;
		e = none != OK && none != E_UNKNOWN ? none
		    : e == OK                       ? journal_marks(&j, take_mark, w)
						    : OK;
	}
	journal_free(&j);
	manifest_free(&m);
	return e;
}

enum err store_read_mark(struct store *s, const char *key, struct buf *out)
{
	struct want w = { .key = key, .out = out, .before = out->len };
	enum err e = E_UNKNOWN;
	bool gone = true;
	for (int i = 0; gone && i < TRIES; i++) {
		gone = false;
		e = read_mark(s, &w, &gone);
	}
	return e == OK && !w.found ? E_UNKNOWN : e;
}
