/* store_info and store_check. */
#include "store/reader.h"

#include "store/journal.h"
#include "store/rollup.h"
#include "store/segment.h"
#include "store/sidecar_file.h"

#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* -- info ------------------------------------------------------------------------------------ */

static enum err count_name(void *arg, const char *name)
{
	(void)name;
	++*(uint64_t *)arg;
	return OK;
}

static void span_add(struct span *all, struct span s)
{
	if (all->start == all->end)
		*all = s;
	all->start = MIN(all->start, s.start);
	all->end = MAX(all->end, s.end);
}

static enum err table_info(int folder, const struct table *t, const struct manifest_table *m,
			   struct store_table_info *ret)
{
	struct store_table_info info = { .segments = m->nseg };
	struct journal j = { 0 };
	struct span span;
	info.rollups = m->nroll;
	for (size_t i = 0; i < m->nroll; i++) {
		info.rollup_rows += m->roll[i].file.rows;
		info.rollup_bytes += m->roll[i].file.bytes;
	}
	for (size_t i = 0; i < m->nseg; i++) {
		info.segment_rows += m->seg[i].rows;
		info.segment_bytes += m->seg[i].bytes;
		span_add(&info.span, m->seg[i].span);
	}
	enum err e = reader_journal(folder, t, m, &j);
	if (e == OK) {
		info.journal_rows = journal_rows(&j, (struct span){ 0, INT64_MAX }, &span);
		info.journal_bytes = j.image.len;
		if (info.journal_rows)
			span_add(&info.span, span);
	}
	journal_free(&j);
	if (e == OK || e == E_CORRUPT)
		*ret = info;
	return e == E_CORRUPT ? OK : e;
}

enum err store_info(const char *folder, struct store_info *ret, struct problem *why)
{
	struct store_info info = { 0 };
	_cleanup_(fd_closep) int fd = -1;
	enum err e = reader_folder(folder, &fd, &info.version, &info.writer_pid, why);
	if (e != OK)
		return e;
	info.writer_alive = layout_is_locked(fd);
	if (!info.writer_alive)
		info.writer_pid = 0;
	e = E_UNKNOWN; /* a journal was replaced while we looked */
	for (int i = 0; e == E_UNKNOWN && i < 10; i++) {
		struct manifest m;
		if ((e = layout_read_manifest(fd, &m, why)) != OK)
			return e;
		for (size_t t = 0; t < TABLES && e == OK; t++)
			e = table_info(fd, &tables[t], &m.table[t], &info.table[t]);
		manifest_free(&m);
	}
	if (e == OK)
		e = layout_each(fd, "quarantine", count_name, &info.quarantined);
	if (e != OK)
		return problem_set(why, e == E_UNKNOWN ? E_CORRUPT : e, "journal: %s",
				   e == E_UNKNOWN ? "missing"
				   : e == E_IO    ? strerror(errno)
						  : err_text(e));
	*ret = info;
	return OK;
}

/* -- check ------------------------------------------------------------------------------------- */

struct check {
	int folder;
	void (*say)(void *arg, const char *file, const char *what);
	void *arg;
	size_t wrong;
	uint64_t *scratch; /* SEG_BLOCK items */
	const struct store_watch *watch; /* or NULL */
	uint64_t done, all;              /* bytes */
};

static void went(struct check *k, uint64_t bytes)
{
	k->done += bytes;
	if (k->watch)
		k->watch->at(k->watch->arg, "checking", k->done, k->all);
}

static void wrong(struct check *k, const char *file, const char *what)
{
	k->wrong++;
	k->say(k->arg, file, what);
}

/* Out of memory and the like end the check; everything else is said. */
static bool ends_check(enum err e)
{
	return e == E_NOMEM;
}

static enum err check_columns(struct check *k, struct seg *s, const struct table *t)
{
	for (size_t c = 0; c < t->ncols; c++) {
		char what[128];
		bool exact = false;
		enum err e = seg_prepare(s, (uint64_t)1 << c);
		if (e == OK)
			e = seg_prepare_index(s, c);
		if (e == OK)
			e = seg_column_exact(s, c, k->scratch, &exact);
		if (ends_check(e))
			return e;
		if (!exact) {
			snprintf(what, sizeof(what), "column %s: %s", t->cols[c].name,
				 e != OK ? err_text(e) : "values and bounds disagree");
			wrong(k, seg_name(s), what);
		}
		seg_release(s);
	}
	return OK;
}

static bool same_span(struct span a, struct span b)
{
	return a.start == b.start && a.end == b.end;
}

static enum err check_segment(struct check *k, const struct table *t,
			      const struct manifest_segment *m, struct seg_source *ret_source)
{
	_cleanup_(seg_freep) struct seg *s = NULL;
	enum err e = seg_open(k->folder, m->path, t, &s);
	if (ends_check(e))
		return e;
	if (e != OK) {
		wrong(k, m->path,
		      e == E_UNKNOWN ? "missing"
		      : e == E_IO    ? strerror(errno)
				     : err_text(e));
		return OK;
	}
	const struct seg_front *f = seg_head(s);
	*ret_source = f->source;
	if (f->rows != m->rows || f->file_bytes != m->bytes || !same_span(f->span, m->span))
		wrong(k, m->path, "MANIFEST says other rows, bytes or times");
	if ((e = check_columns(k, s, t)) != OK)
		return e;
	if (seg_prepare(s, (uint64_t)1 << t->time_col) == OK) {
		uint64_t min, max, first = UINT64_MAX, last = 0;
		for (size_t b = 0; b < seg_blocks(f->rows); b++) {
			seg_bounds(s, t->time_col, b, &min, &max);
			if (seg_column(s, t->time_col)->kind == SEG_DICT) {
				min = seg_column(s, t->time_col)->dict_uint[min];
				max = seg_column(s, t->time_col)->dict_uint[max];
			}
			first = MIN(first, min);
			last = MAX(last, max);
		}
		if (first != (uint64_t)f->span.start || last != (uint64_t)f->span.end - 1)
			wrong(k, m->path, "times are not those of the head");
	}
	return OK;
}

/* Rows of one journal range must be in one place only. */
static void check_sources(struct check *k, const struct manifest_table *m,
			  const struct seg_source *source)
{
	for (size_t i = 0; i < m->nseg; i++) {
		const struct seg_source *a = &source[i];
		if (a->to && a->journal == m->journal && a->to > m->live)
			wrong(k, m->seg[i].path, "its rows are in the journal, too");
		for (size_t o = i + 1; a->to && o < m->nseg && o < i + 64; o++)
			if (source[o].journal == a->journal && source[o].from < a->to &&
			    a->from < source[o].to)
				wrong(k, m->seg[o].path, "its rows are in another segment, too");
	}
}

static enum err check_journal(struct check *k, const struct table *t,
			      const struct manifest_table *m)
{
	struct journal j = { 0 };
	char path[PATH_ROOM];
	path_journal(path, t, m->journal);
	enum err e = reader_journal(k->folder, t, m, &j);
	if (e == OK && j.damaged)
		wrong(k, path, "damaged before its end");
	else if (e != OK && !ends_check(e))
		wrong(k, path,
		      e == E_UNKNOWN ? "missing"
		      : e == E_IO    ? strerror(errno)
				     : err_text(e));
	journal_free(&j);
	return ends_check(e) ? e : OK;
}

/* A roll-up's line says what span its rows came from, which is wider than their times. */
static enum err check_rollup(struct check *k, const struct table *t, const struct map *segments,
			     const struct manifest_rollup *r)
{
	const struct rollup_kind *kind = rollup_kind(t->id, (enum rollup_level)r->level);
	_cleanup_(seg_freep) struct seg *s = NULL;
	if (!rollup_alone(r->of) && !map_get_str(segments, r->of))
		wrong(k, r->file.path, "the segment that it belongs to is gone");
	enum err e = seg_open(k->folder, r->file.path, kind->columns, &s);
	if (e == OK)
		return check_columns(k, s, kind->columns);
	if (!ends_check(e))
		wrong(k, r->file.path,
		      e == E_UNKNOWN ? "missing"
		      : e == E_IO    ? strerror(errno)
				     : err_text(e));
	return ends_check(e) ? e : OK;
}

struct beside {
	struct check *k;
	const struct table *t;
};

static enum err check_sidecar(void *arg, const char *path)
{
	const struct beside *b = arg;
	enum err e = sidecar_verify(b->k->folder, b->t, path);
	if (e != OK && !ends_check(e))
		wrong(b->k, path, e == E_IO ? strerror(errno) : err_text(e));
	return ends_check(e) ? e : OK;
}

static enum err check_table(struct check *k, const struct table *t, const struct manifest_table *m)
{
	_cleanup_(mem_freep) struct seg_source *source = mem_new0(m->nseg + 1, sizeof(*source));
	struct map segments = { .ceiling = SEGMENTS_MOST };
	struct map_entry *entry;
	enum err e = source ? OK : E_NOMEM;
	for (size_t i = 0; i < m->nseg && e == OK; i++) {
		e = map_put_str(&segments, m->seg[i].path, &entry, NULL);
		if (e == OK)
			e = check_segment(k, t, &m->seg[i], &source[i]);
		went(k, m->seg[i].bytes);
	}
	for (size_t i = 0; i < m->nroll && e == OK; i++) {
		e = check_rollup(k, t, &segments, &m->roll[i]);
		went(k, m->roll[i].file.bytes);
	}
	map_free(&segments);
	if (e != OK)
		return e;
	check_sources(k, m, source);
	struct beside b = { k, t };
	e = sidecars_each(k->folder, t, true, check_sidecar, &b);
	return e == OK ? check_journal(k, t, m) : e;
}

/* While a writer is alive it may replace what is being read: then the wrongs of this round were
 * none, and the next round looks again. */
static enum err check_round(struct check *k, uint64_t *ret_generation)
{
	struct manifest m, after;
	struct problem why;
	enum err e = layout_read_manifest(k->folder, &m, &why);
	if (ends_check(e))
		return e;
	if (e != OK) {
		wrong(k, "MANIFEST", err_text(e));
		return OK;
	}
	k->done = 0;
	k->all = manifest_bytes(&m);
	for (size_t t = 0; t < TABLES && e == OK; t++)
		e = check_table(k, &tables[t], &m.table[t]);
	*ret_generation = 0;
	if (e == OK && layout_read_manifest(k->folder, &after, NULL) == OK) {
		*ret_generation = after.generation == m.generation ? 0 : after.generation;
		manifest_free(&after);
	}
	manifest_free(&m);
	return e;
}

static void say_nothing(void *arg, const char *file, const char *what)
{
	(void)arg;
	(void)file;
	(void)what;
}

enum err store_check(const char *folder, void (*say)(void *arg, const char *file, const char *what),
		     void *arg)
{
	return store_check_watched(folder, say, arg, NULL);
}

enum err store_check_watched(const char *folder, void (*say)(void *arg, const char *file, const char *what), void *arg,
			     const struct store_watch *watch)
{
	unsigned version;
	int pid;
	struct problem why = { .text = "" };
	_cleanup_(fd_closep) int fd = -1;
	enum err e = reader_folder(folder, &fd, &version, &pid, &why);
	if (e == E_UNKNOWN)
		return OK;
	if (e != OK) {
		if (!ends_check(e))
			say(arg, "STORE", why.text);
		return e;
	}
	_cleanup_(mem_freep) uint64_t *scratch = mem_array(NULL, SEG_BLOCK, sizeof(*scratch));
	if (!scratch)
		return E_NOMEM;
	/* Quiet rounds until one finds nothing wrong or nothing changed meanwhile; then aloud. */
	for (int i = 0;; i++) {
		struct check quiet = { .folder = fd, .say = say_nothing, .scratch = scratch, .watch = watch };
		uint64_t changed = 0;
		e = check_round(&quiet, &changed);
		if (e != OK || !quiet.wrong)
			return e;
		if (!changed || i == 10)
			break;
	}
	uint64_t changed;
	struct check aloud = { .folder = fd, .say = say, .arg = arg, .scratch = scratch, .watch = watch };
	e = check_round(&aloud, &changed);
	return e == OK && aloud.wrong ? E_CORRUPT : e;
}
