/* A MANIFEST that is damaged, made again.
 *
 * The copy beside it is what was true once, most often just before.  What can have come since:
 *
 *	a seal      a fresh segment with a higher number, whose head names the journal that the copy
 *	            names (or the next seal's journal ...), and a newer journal
 *	a merge     compacted segments with higher numbers; their sources, which the copy names, stay on
 *	            the disk for the grace: the copy is still true, and the outputs are left to be
 *	            removed.  Are sources gone, the outputs take their place
 *	roll-ups    are made again
 *
 * So no row is lost or counted twice.  What is gone and in no merged segment is a gap; it can be that retention
 * took it since: then it will take the gap, too. */
#include "store/journal.h"
#include "store/reader.h"
#include "store/segment.h"
#include "store/sidecar_file.h"
#include "store/sys.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct repair {
	int folder;
	struct manifest m;
	const struct table *table;
	const char *sub;      /* the folder of the table that is walked over */
	uint64_t from;        /* numbers that the copy does not know yet */
	uint64_t most;        /* the highest number seen */
	uint64_t journal;     /* the table's newest */
	bool sealed;          /* a newer fresh segment was found */
	bool chained;         /* one of them has the rows of the journal that the copy names */
	bool missing;         /* rows that the copy knew are in merged segments alone */
	struct manifest_segment *gone; /* what the copy names, and is not there */
	size_t ngone, nold;   /* nold: of the table's segments, those the copy names */
	size_t added;
	void (*say)(void *arg, const char *file, const char *what);
	void *arg;
};

static bool there(const struct repair *r, const char *path)
{
	return faccessat(r->folder, path, F_OK, 0) == 0;
}

static enum err see_journal(void *arg, const char *name)
{
	struct repair *r = arg;
	uint64_t number = strtoull(name, NULL, 10);
	r->most = MAX(r->most, number);
	r->journal = MAX(r->journal, number);
	return OK;
}

/* A segment that the copy does not know: taken in when its rows are nowhere else. */
static enum err see_segment(void *arg, const char *name)
{
	struct repair *r = arg;
	struct manifest_segment s = { .path = "" };
	struct seg *seg;
	char path[PATH_ROOM + 256];
	uint64_t number = strtoull(name, NULL, 10);
	size_t len = strlen(name);
	r->most = MAX(r->most, number);
	snprintf(path, sizeof(path), "%s/%s/%s", r->table->name, r->sub, name);
	bool fresh = STREQ(r->sub, "fresh");
	if (number < r->from || len < 4 || !STREQ(name + len - 4, ".seg") ||
	    strlen(path) >= sizeof(s.path) || (!fresh && !r->missing))
		return OK;
	enum err e = seg_open(r->folder, path, r->table, &seg);
	if (e == E_NOMEM || e == E_IO)
		return e;
	if (e != OK) {
		r->say(r->arg, path, "cannot be read, and is left out");
		return OK;
	}
	memcpy(s.path, path, strlen(path) + 1);
	s.rows = seg_rows(seg);
	s.bytes = seg_head(seg)->file_bytes;
	s.span = seg_span(seg);
	r->sealed |= fresh;
	r->chained |= seg_head(seg)->source.journal == r->m.table[r->table->id].journal;
	r->added++;
	seg_free(seg);
	r->say(r->arg, path, "taken in again");
	return manifest_add_segment(&r->m.table[r->table->id], &s);
}

static enum err walk(struct repair *r, const char *sub, name_fn *fn)
{
	char path[PATH_ROOM];
	r->sub = sub;
	path_folder(path, r->table, sub);
	return layout_each(r->folder, path, fn, r);
}

/* Segments that the copy names and that are gone leave the list; merged ones stand for them. */
static enum err drop_missing(struct repair *r, struct manifest_table *mt)
{
	size_t kept = 0;
	enum err e = OK;
	struct manifest_segment *gone = mem_array(r->gone, mt->nseg + 1, sizeof(*gone));
	if (!gone)
		return E_NOMEM;
	r->gone = gone;
	r->ngone = 0;
	for (size_t i = 0; i < mt->nseg; i++)
		if (there(r, mt->seg[i].path))
			mt->seg[kept++] = mt->seg[i];
		else
			r->gone[r->ngone++] = mt->seg[i];
	mt->nseg = r->nold = kept;
	r->missing = r->ngone;
	kept = 0;
	for (size_t i = 0; i < mt->nroll && e == OK; i++)
		if (there(r, mt->roll[i].file.path))
			mt->roll[kept++] = mt->roll[i];
		else if (rollup_alone(mt->roll[i].of)) /* nothing else stood for its rows */
			e = manifest_add_gap(mt, mt->roll[i].file.span, mt->roll[i].file.path);
	mt->nroll = kept;
	return e;
}

/* Those for which no merged segment can stand: none has their time, or all have fewer rows than are gone. */
static enum err gaps_of_missing(const struct repair *r, struct manifest_table *mt)
{
	uint64_t gone = 0, merged = 0;
	enum err e = OK;
	for (size_t i = 0; i < r->ngone; i++)
		gone += r->gone[i].rows;
	for (size_t k = r->nold; k < mt->nseg; k++)
		merged += path_is_fresh(r->table, mt->seg[k].path) ? 0 : mt->seg[k].rows;
	for (size_t i = 0; i < r->ngone && e == OK; i++) {
		const struct manifest_segment *g = &r->gone[i];
		bool found = false;
		for (size_t k = r->nold; k < mt->nseg && merged >= gone; k++)
			found |= !path_is_fresh(r->table, mt->seg[k].path) && mt->seg[k].span.start < g->span.end &&
				 g->span.start < mt->seg[k].span.end;
		if (found)
			continue;
		e = manifest_add_gap(mt, g->span, g->path);
		r->say(r->arg, g->path, "is missing: its time is a gap");
	}
	return e;
}

static enum err repair_table(struct repair *r, const struct table *t)
{
	struct manifest_table *mt = &r->m.table[t->id];
	char journal[PATH_ROOM];
	r->table = t;
	r->journal = 0;
	r->sealed = r->chained = false;
	enum err e = drop_missing(r, mt);
	if (e == OK)
		e = walk(r, "journal", see_journal);
	if (e == OK)
		e = walk(r, "fresh", see_segment);
	path_journal(journal, t, mt->journal);
	r->missing |= mt->journal && !there(r, journal) && !r->chained;
	if (e == OK)
		e = walk(r, "hour", see_segment);
	if (e == OK)
		e = gaps_of_missing(r, mt);
	if (e == OK)
		e = walk(r, "rollup", see_journal); /* for the numbers */
	if (e != OK || (!r->sealed && there(r, journal)))
		return e;
	/* Its rows are in what was taken in; the newest goes on, or, when none is there, a new one. */
	path_journal(journal, t, r->journal);
	mt->journal = r->journal > mt->journal && there(r, journal) ? r->journal : 0;
	mt->live = 0;
	return OK;
}

static enum err repair_manifest(struct repair *r, struct problem *why)
{
	struct manifest good = { 0 };
	char what[96];
	bool put;
	enum err e = layout_read_manifest(r->folder, &good, why);
	manifest_free(&good);
	if (e != E_CORRUPT)
		return e;
	e = layout_read_copy(r->folder, &r->m, NULL);
	if (e != OK)
		return problem_set(why, E_CORRUPT,
				   "neither MANIFEST nor MANIFEST.copy can be read");
	r->from = r->most = r->m.next;
	snprintf(what, sizeof(what), "made again from MANIFEST.copy, generation %llu",
		 (unsigned long long)r->m.generation);
	for (size_t t = 0; t < TABLES && e == OK; t++)
		e = repair_table(r, &tables[t]);
	r->m.next = r->most + 1;
	r->m.generation += 1000; /* above what was lost */
	if (e == OK)
		e = layout_write_manifest(r->folder, &r->m, true, &put);
	if (e == OK)
		r->say(r->arg, "MANIFEST", what);
	return e == OK ? OK : problem_set(why, e, "MANIFEST: %s", e == E_IO ? strerror(errno) : err_text(e));
}

static enum err repair_sidecar(void *arg, const char *path)
{
	struct repair *r = arg;
	enum err e = sidecar_verify(r->folder, r->table, path);
	if (e != E_CORRUPT)
		return e == E_VERSION ? OK : e;
	sys_remove(r->folder, path);
	r->say(r->arg, path, "was damaged and is removed: it will be made again");
	return OK;
}

enum err store_repair(const char *folder, void (*say)(void *arg, const char *file, const char *what),
		      void *arg, struct problem *why)
{
	struct repair r = { .folder = -1, .say = say, .arg = arg };
	_cleanup_(fd_closep) int lock = -1;
	unsigned version;
	int pid;
	enum err e = reader_folder(folder, &r.folder, &version, &pid, why);
	if (e == OK)
		e = layout_lock(r.folder, &lock, why);
	if (e == OK)
		e = repair_manifest(&r, why);
	for (size_t t = 0; t < TABLES && e == OK; t++) {
		r.table = &tables[t];
		e = sidecars_each(r.folder, r.table, false, repair_sidecar, &r);
		if (e != OK)
			problem_set(why, e, "%s: %s", r.table->name,
				    e == E_IO ? strerror(errno) : err_text(e));
	}
	if (lock >= 0)
		layout_write_pid(lock, 0);
	manifest_free(&r.m);
	mem_free(r.gone);
	fd_close(r.folder);
	return e;
}
