/* Sidecars for the segments of a table, one after the other; and their going. */
#include "store/sidecar_file.h"
#include "store/sys.h"
#include "store/writer.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* -- making ---------------------------------------------------------------------------------------
 */

static int newest_first(const void *a, const void *b)
{
	const struct manifest_segment *x = a, *y = b;
	if (x->span.end != y->span.end)
		return x->span.end > y->span.end ? -1 : 1;
	return strcmp(y->path, x->path);
}

static enum err list_wanted(struct store_writer *w, const struct table *t, bool fresh,
			    struct manifest_segment **ret, size_t *ret_n)
{
	const struct manifest_table *mt = &truth_look(w)->table[t->id];
	struct manifest_segment *p = mem_array(NULL, mt->nseg + 1, sizeof(*p));
	size_t n = 0;
	for (size_t i = 0; p && i < mt->nseg; i++)
		if (fresh || !path_is_fresh(t, mt->seg[i].path))
			p[n++] = mt->seg[i];
	truth_looked(w);
	if (!p)
		return E_NOMEM;
	qsort(p, n, sizeof(*p), newest_first);
	*ret = p;
	*ret_n = n;
	return OK;
}

static bool is_live(struct store_writer *w, const struct table *t, const char *path)
{
	const struct manifest_table *mt = &truth_look(w)->table[t->id];
	bool live = false;
	for (size_t i = 0; i < mt->nseg && !live; i++)
		live = STREQ(mt->seg[i].path, path);
	truth_looked(w);
	return live;
}

struct attributing {
	struct store_writer *w;
	const struct table *table;
	const struct owning *o;
	const struct attribute_options *opt;
	struct attribute_report report;
};

/* Errors of seg_open and seg_prepare say that the segment cannot be read. */
static enum err make_one(struct attributing *a, const char *path)
{
	_cleanup_(seg_freep) struct seg *s = NULL;
	struct buf bytes = { 0 };
	char to[PATH_ROOM];
	bool there = false;
	enum err e = seg_open(a->w->folder, path, a->table, &s);
	if (e == OK)
		e = seg_prepare(s, a->o->cols);
	if (e == OK)
		e = sidecar_make(s, a->o, a->opt, &bytes);
	sidecar_path(to, path, a->o->digest);
	if (e == OK)
		e = sys_replace(a->w->folder, to,
				(struct sys_bytes[2]){ { bytes.data, bytes.len } },
				!a->w->opt.no_sync, &there);
	if (e == OK) {
		a->report.made++;
		a->report.rows += seg_rows(s);
		a->report.bytes += bytes.len;
	}
	buf_free(&bytes);
	return e;
}

static enum err attribute_all(struct attributing *a, const struct manifest_segment *p, size_t n)
{
	enum err e = OK;
	for (size_t i = 0; i < n && e == OK; i++) {
		char path[PATH_ROOM];
		sidecar_path(path, p[i].path, a->o->digest);
		if (faccessat(a->w->folder, path, F_OK, 0) == 0) {
			a->report.there++;
			continue;
		}
		if (a->opt->most && a->report.made == a->opt->most) {
			a->report.more = true;
			break;
		}
		upkeep_begin(a->w);
		if (is_live(a->w, a->table, p[i].path))
			e = make_one(a, p[i].path);
		upkeep_end(a->w);
		if (e == E_CORRUPT || e == E_VERSION || e == E_UNKNOWN) {
			a->report.unreadable++;
			e = OK;
		}
	}
	return e;
}

enum err sidecar_ensure(struct store_writer *w, const struct table *t, const char *segment,
			const struct owning *o, bool (*stop)(void *arg), void *arg)
{
	struct attribute_options opt = { .stop = stop, .arg = arg };
	struct attributing a = { .w = w, .table = t, .o = o, .opt = &opt };
	char path[PATH_ROOM];
	sidecar_path(path, segment, o->digest);
	return faccessat(w->folder, path, F_OK, 0) == 0 ? OK : make_one(&a, segment);
}

enum err store_attribute(struct store_writer *w, enum table_id table, const struct owning *o,
			 const struct attribute_options *opt, struct attribute_report *ret)
{
	static const struct attribute_options usual;
	struct attributing a = { .w = w, .table = &tables[table], .o = o, .opt = opt ? opt : &usual };
	_cleanup_(mem_freep) struct manifest_segment *p = NULL;
	size_t n = 0;
	enum err e = list_wanted(w, a.table, a.opt->fresh, &p, &n);
	if (e == OK)
		e = attribute_all(&a, p, n);
	if (ret)
		*ret = a.report;
	return e;
}

/* -- going ----------------------------------------------------------------------------------------
 */

struct walk {
	const struct table *table;
	const char *folder;
	sidecar_fn *fn;
	void *arg;
};

static enum err walk_name(void *arg, const char *name)
{
	const struct walk *k = arg;
	char path[PATH_ROOM + 256], of[PATH_ROOM];
	snprintf(path, sizeof(path), "%s/%s/%s", k->table->name, k->folder, name);
	return sidecar_segment(of, path) ? k->fn(k->arg, path) : OK;
}

enum err sidecars_each(int folder, const struct table *t, bool rollups, sidecar_fn *fn, void *arg)
{
	static const char *const folders[] = { "fresh", "hour", "rollup" };
	char path[PATH_ROOM];
	enum err e = OK;
	for (size_t i = 0; i < COUNT_OF(folders) - !rollups && e == OK; i++) {
		struct walk k = { t, folders[i], fn, arg };
		path_folder(path, t, folders[i]);
		e = layout_each(folder, path, walk_name, &k);
	}
	return e;
}

struct going {
	int folder;
	const struct manifest_table *gone;
	const uint8_t (*keep)[OWNING_DIGEST];
	size_t nkeep, removed;
};

static enum err remove_of_gone(void *arg, const char *path)
{
	const struct going *g = arg;
	char of[PATH_ROOM];
	for (size_t i = 0; i < g->gone->nold && sidecar_segment(of, path); i++)
		if (STREQ(g->gone->old[i].path, of))
			sys_remove(g->folder, path);
	return OK;
}

void sidecars_remove_of(int folder, const struct manifest_table *gone)
{
	struct going g = { .folder = folder, .gone = gone };
	enum err e = OK;
	for (size_t t = 0; t < TABLES && gone->nold && e == OK; t++)
		e = sidecars_each(folder, &tables[t], true, remove_of_gone, &g);
}

static enum err remove_forgotten(void *arg, const char *path)
{
	struct going *g = arg;
	char of[PATH_ROOM], kept[PATH_ROOM];
	if (!sidecar_segment(of, path))
		return OK;
	for (size_t i = 0; i < g->nkeep; i++) {
		sidecar_path(kept, of, g->keep[i]);
		if (STREQ(kept, path))
			return OK;
	}
	sys_remove(g->folder, path);
	g->removed++;
	return OK;
}

enum err store_forget_sidecars(struct store_writer *w, const uint8_t (*keep)[OWNING_DIGEST],
			       size_t nkeep, size_t *ret_removed)
{
	struct going g = { .folder = w->folder, .keep = keep, .nkeep = nkeep };
	enum err e = OK;
	upkeep_begin(w);
	for (size_t t = 0; t < TABLES && e == OK; t++)
		e = sidecars_each(w->folder, &tables[t], false, remove_forgotten, &g);
	upkeep_end(w);
	if (ret_removed)
		*ret_removed = g.removed;
	return e;
}
