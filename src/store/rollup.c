/* Which roll-ups are wanted, their files, and their lines in MANIFEST.
 *
 * As in compaction the files come first, then one MANIFEST that names them: a crash leaves the old
 * truth or the new one, and at worst files that nothing names. */
#include "store/journal.h"
#include "store/rollup_part.h"
#include "store/sidecar_file.h"
#include "store/sys.h"
#include "store/writer.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>

enum { DAYS_AFTER = 90, HOURS_MOST = 4096 /* roll-ups that become one day */ };

static const uint8_t nobody[OWNING_DIGEST], counters[OWNING_DIGEST] = { COUNTERS_JOIN };

struct job {
	struct store_writer *w;
	const struct owning *o; /* NULL: nobody owns anything */
	const struct rollup_options *opt;
	const struct rollup_kind *kind;
	uint8_t digest[OWNING_DIGEST];
	struct rollup_report report;
};

/* -- a file ------------------------------------------------------------------------------------- */

/* The journal's rows, which are no table's of a store, as a segment's bytes. */
static enum err encode(const struct journal *j, struct buf *front, struct buf *body,
		       struct span *ret_span)
{
	static const struct span always = { 0, INT64_MAX };
	_cleanup_(encoder_freep) struct encoder *enc = NULL;
	struct seg_entry entry[TABLE_MAX_COLS];
	struct seg_front f = { .rows = journal_rows(j, always, ret_span) };
	f.span = *ret_span;
	enum err e = encoder_new(&enc);
	if (e == OK)
		encoder_tighten(enc);
	for (size_t c = 0; c < j->table->ncols && e == OK; c++) {
		struct parts parts = { 0 };
		e = journal_parts(j, c, always, &parts);
		if (e == OK)
			e = encode_column(enc, j->table, c, &parts, body, &entry[c]);
		mem_free(parts.at);
	}
	if (e != OK)
		return e;
	segment_front(front, j->table, &f, entry, body->len);
	return front->bad;
}

static enum err write_rows(struct job *job, const struct batch *rows, struct manifest_segment *file)
{
	struct journal j = { 0 };
	struct buf front = { .ceiling = SEGMENT_FRONT_MOST }, body = { 0 };
	bool there = false;
	enum err e = journal_start(&j, rows->table, 0);
	for (size_t at = 0; at < rows->n && e == OK; at += FRAME_ROWS)
		e = journal_add_rows(&j, rows, at, MIN(rows->n - at, (size_t)FRAME_ROWS));
	if (e == OK)
		e = encode(&j, &front, &body, &file->span);
	if (e == OK)
		e = layout_make_sub(job->w->folder, &tables[job->kind->of], "rollup",
				    !job->w->opt.no_sync);
	if (e == OK)
		e = sys_replace(job->w->folder, file->path,
				(struct sys_bytes[2]){ { front.data, front.len },
						       { body.data, body.len } },
				!job->w->opt.no_sync, &there);
	file->rows = rows->n;
	file->bytes = front.len + body.len;
	usec_t step = job->kind->step;
	file->span.start -= file->span.start % step; /* of the rows that are in it */
	file->span.end = (file->span.end + step - 1) / step * step;
	buf_free(&front);
	buf_free(&body);
	journal_free(&j);
	return e;
}

/* The sets that rolled rows have, one block after the other. */
static enum err next_sets(void *arg, const struct batch *b, uint32_t *const *ret_set)
{
	struct rolled *r = arg;
	for (size_t side = 0; side < r->sides; side++)
		memcpy(ret_set[side], r->set[side] + r->at, b->n * sizeof(**ret_set));
	r->at += b->n;
	return OK;
}

static const uint32_t *set_of_rolled(void *arg, uint32_t set, size_t *ret_n)
{
	const struct rolled *r = arg;
	const uint32_t *end = (const uint32_t *)(const void *)r->ends.data;
	uint32_t from = set ? end[set - 1] : 0;
	*ret_n = end[set] - from;
	return (const uint32_t *)(const void *)r->members.data + from;
}

static enum err write_owners(struct job *job, struct rolled *r, const char *path)
{
	static const struct attribute_options usual;
	struct owning o = { .sides = r->sides, .of = next_sets, .set = set_of_rolled, .arg = r };
	struct seg *s = NULL;
	struct buf bytes = { 0 };
	char to[PATH_ROOM];
	bool there;
	if (!r->sides)
		return OK;
	memcpy(o.digest, job->digest, OWNING_DIGEST);
	enum err e = seg_open(job->w->folder, path, job->kind->columns, &s);
	if (e == OK)
		e = sidecar_make(s, &o, &usual, &bytes);
	sidecar_path(to, path, o.digest);
	if (e == OK)
		e = sys_replace(job->w->folder, to, (struct sys_bytes[2]){ { bytes.data, bytes.len } },
				!job->w->opt.no_sync, &there);
	buf_free(&bytes);
	seg_free(s);
	return e;
}

/* Files that no MANIFEST names any more, or not yet. */
static void remove_file(struct job *job, const char *path)
{
	char own[PATH_ROOM];
	sidecar_path(own, path, job->digest);
	sys_remove(job->w->folder, own);
	sys_remove(job->w->folder, path);
}

/* -- MANIFEST ------------------------------------------------------------------------------------ */

/* Lines that the new one stands for; they become old. */
typedef bool replaces_fn(const struct manifest_rollup *made, const struct manifest_rollup *have,
			 const void *arg);

static enum err publish(struct job *job, const struct manifest_rollup *made, replaces_fn *replaces,
			const void *arg, usec_t now)
{
	struct manifest m;
	bool there = false;
	enum err e = truth_edit(job->w, &m);
	if (e != OK)
		return e;
	struct manifest_table *mt = &m.table[job->kind->of];
	size_t kept = 0;
	for (size_t i = 0; i < mt->nroll && e == OK; i++) {
		if (!replaces(made, &mt->roll[i], arg)) {
			mt->roll[kept++] = mt->roll[i];
			continue;
		}
		e = manifest_add_old(mt, mt->roll[i].file.path, now);
		job->report.replaced++;
	}
	mt->nroll = kept;
	if (e == OK)
		e = manifest_add_rollup(mt, made);
	if (e == OK)
		e = truth_publish(job->w, &m, &there);
	truth_end(job->w, &m);
	return there ? OK : e; /* a sync that is owed is for store_commit to ask after */
}

/* Rows made, written and named. */
static enum err write_rolled(struct job *job, struct rolled *r, struct manifest_rollup *made,
			     replaces_fn *replaces, const void *arg, usec_t now)
{
	char path[PATH_ROOM];
	path_rollup(path, &tables[job->kind->of], truth_numbers(job->w, 1));
	_Static_assert(sizeof(made->file.path) >= 48, "ifcounters/rollup/0123456789.seg");
	memcpy(made->file.path, path, strlen(path) + 1);
	made->level = job->kind->level;
	memcpy(made->digest, job->digest, OWNING_DIGEST);
	enum err e = write_rows(job, r->rows, &made->file);
	if (e == OK)
		e = write_owners(job, r, path);
	if (e == OK)
		e = publish(job, made, replaces, arg, now);
	if (e != OK) {
		remove_file(job, path);
		return e;
	}
	job->report.made++;
	job->report.rows_out += made->file.rows;
	job->report.bytes_out += made->file.bytes;
	return OK;
}

/* -- beside segments ------------------------------------------------------------------------------ */

static bool of_same_segment(const struct manifest_rollup *made, const struct manifest_rollup *have,
			    const void *arg)
{
	(void)arg;
	return have->level == made->level && STREQ(have->of, made->of);
}

/* Segments that have one. */
static enum err list_rolled(const struct job *job, const struct manifest_table *mt, struct map *ret)
{
	struct map_entry *entry;
	enum err e = OK;
	for (size_t i = 0; i < mt->nroll && e == OK; i++)
		if (mt->roll[i].level == job->kind->level && !rollup_alone(mt->roll[i].of) &&
		    memcmp(mt->roll[i].digest, job->digest, OWNING_DIGEST) == 0)
			e = map_put_str(ret, mt->roll[i].of, &entry, NULL);
	return e;
}

/* The newest segment that wants one and is not skipped; path is "": none does. */
static enum err next_segment(struct job *job, const struct map *skip, struct manifest_segment *ret)
{
	const struct table *t = &tables[job->kind->of];
	const struct manifest_table *mt = &truth_look(job->w)->table[t->id];
	struct manifest_segment found = { .path = "" };
	struct map rolled = { .ceiling = SEGMENTS_MOST };
	enum err e = list_rolled(job, mt, &rolled);
	for (size_t i = 0; i < mt->nseg && e == OK; i++) {
		const struct manifest_segment *m = &mt->seg[i];
		if (!path_is_fresh(t, m->path) && m->span.end > found.span.end &&
		    !map_get_str(&rolled, m->path) && !map_get_str(skip, m->path))
			found = *m;
	}
	truth_looked(job->w);
	map_free(&rolled);
	*ret = found;
	return e;
}

static enum err open_source(struct job *job, const char *path, const struct table *t,
			    struct rollup_source *ret)
{
	enum err e = seg_open(job->w->folder, path, t, &ret->seg);
	if (e != OK || !job->o || job->kind->of != TABLE_TRAFFIC)
		return e;
	if (t == &tables[t->id])
		e = sidecar_ensure(job->w, t, path, job->o, job->opt->stop, job->opt->arg);
	return e == OK ? sidecar_open(ret->seg, job->digest, &ret->own) : e;
}

static void close_source(struct rollup_source *s)
{
	sidecar_close(s->own);
	seg_free(s->seg);
	*s = (struct rollup_source){ 0 };
}

static bool unreadable(enum err e)
{
	return e == E_CORRUPT || e == E_VERSION || e == E_UNKNOWN;
}

static enum err roll_segment(struct job *job, const struct manifest_segment *m, usec_t now)
{
	struct rollup_source from = { 0 };
	struct manifest_rollup made = { .of = "" };
	struct rolled r = { 0 };
	memcpy(made.of, m->path, sizeof(made.of));
	enum err e = open_source(job, m->path, &tables[job->kind->of], &from);
	if (e == OK && job->kind->of == TABLE_TRAFFIC)
		e = rollup_group(job->kind, &from, 1, job->opt, &r);
	else if (e == OK)
		e = rollup_thin(job->kind, &from, job->opt, &r);
	if (e == OK)
		e = write_rolled(job, &r, &made, of_same_segment, NULL, now);
	if (e == OK)
		job->report.rows_in += m->rows;
	rolled_free(&r);
	close_source(&from);
	return e;
}

static enum err roll_segments(struct job *job, usec_t now)
{
	struct map skip = { .ceiling = SEGMENTS_MOST };
	struct map_entry *entry;
	enum err e = OK;
	while (e == OK) {
		upkeep_begin(job->w);
		struct manifest_segment m;
		e = next_segment(job, &skip, &m);
		bool enough = job->opt->most && job->report.made >= job->opt->most;
		if (e == OK && *m.path && !enough)
			e = roll_segment(job, &m, now);
		upkeep_end(job->w);
		job->report.more |= *m.path && enough;
		if (!*m.path || enough)
			break;
		if (unreadable(e)) {
			job->report.unreadable++;
			e = map_put_str(&skip, m.path, &entry, NULL);
		}
	}
	map_free(&skip);
	return e;
}

/* -- hours that stand alone become days --------------------------------------------------------------
 */

struct day {
	usec_t start;
	uint8_t digest[OWNING_DIGEST];
};

static bool hour_of_day(const struct manifest_rollup *r, const struct day *d)
{
	return r->level == ROLLUP_HOUR && !*r->of && r->file.span.start >= d->start &&
	       r->file.span.end <= d->start + USEC_PER_DAY &&
	       memcmp(r->digest, d->digest, OWNING_DIGEST) == 0;
}

static bool became_day(const struct manifest_rollup *made, const struct manifest_rollup *have,
		       const void *arg)
{
	(void)made;
	return hour_of_day(have, arg);
}

/* A day has one for each mapping that its hours were attributed by. */
static bool day_before(const struct day *a, const struct day *b)
{
	return a->start != b->start ? a->start < b->start : memcmp(a->digest, b->digest, OWNING_DIGEST) < 0;
}

/* The oldest day behind `after` of which hours stand alone; false: there is none before `end`. */
static bool next_day(struct job *job, const struct day after, usec_t end, struct day *ret)
{
	const struct manifest_table *mt = &truth_look(job->w)->table[job->kind->of];
	bool found = false;
	ret->start = INT64_MAX;
	for (size_t i = 0; i < mt->nroll; i++) {
		const struct manifest_rollup *r = &mt->roll[i];
		struct day d = { .start = r->file.span.start - r->file.span.start % USEC_PER_DAY };
		memcpy(d.digest, r->digest, sizeof(d.digest));
		if (!day_before(&after, &d) || d.start + USEC_PER_DAY > end || !day_before(&d, ret) ||
		    !hour_of_day(r, &d))
			continue;
		*ret = d;
		found = true;
	}
	truth_looked(job->w);
	return found;
}

static enum err list_hours(struct job *job, const struct day *d, struct manifest_segment **ret,
			   size_t *ret_n)
{
	const struct manifest_table *mt = &truth_look(job->w)->table[job->kind->of];
	struct manifest_segment *hour = mem_array(NULL, mt->nroll + 1, sizeof(*hour));
	size_t n = 0;
	for (size_t i = 0; hour && i < mt->nroll; i++)
		if (hour_of_day(&mt->roll[i], d))
			hour[n++] = mt->roll[i].file;
	truth_looked(job->w);
	*ret = hour;
	*ret_n = n;
	return !hour ? E_NOMEM : n > HOURS_MOST ? E_LIMIT : OK;
}

static enum err roll_day(struct job *job, const struct day *d, usec_t now)
{
	_cleanup_(mem_freep) struct manifest_segment *hour = NULL;
	struct manifest_rollup made = { .of = "" };
	struct rolled r = { 0 };
	size_t n = 0, opened = 0;
	enum err e = list_hours(job, d, &hour, &n);
	_cleanup_(mem_freep) struct rollup_source *from = mem_new0(n + 1, sizeof(*from));
	if (e == OK && !from)
		e = E_NOMEM;
	memcpy(job->digest, d->digest, OWNING_DIGEST);
	for (; opened < n && e == OK; opened++) {
		e = seg_open(job->w->folder, hour[opened].path, job->kind->columns,
			     &from[opened].seg);
		if (e == OK && memcmp(d->digest, nobody, OWNING_DIGEST) != 0)
			e = sidecar_open(from[opened].seg, d->digest, &from[opened].own);
	}
	if (e == OK)
		e = rollup_group(job->kind, from, n, job->opt, &r);
	if (e == OK)
		e = write_rolled(job, &r, &made, became_day, d, now);
	rolled_free(&r);
	for (size_t i = 0; i < n && from; i++)
		close_source(&from[i]);
	return e;
}

static enum err roll_days(struct job *job, usec_t now)
{
	usec_t age = job->opt->days_after ? job->opt->days_after : DAYS_AFTER * USEC_PER_DAY;
	struct day d = { .start = -1 };
	enum err e = OK;
	upkeep_begin(job->w);
	while (e == OK && next_day(job, d, now - age, &d)) {
		if (job->opt->most && job->report.made >= job->opt->most) {
			job->report.more = true;
			break;
		}
		e = roll_day(job, &d, now);
		if (unreadable(e)) { /* its hours stay */
			job->report.unreadable++;
			e = OK;
		}
	}
	upkeep_end(job->w);
	return e;
}

/* -- the doors --------------------------------------------------------------------------------------
 */

enum err store_rollup(struct store_writer *w, usec_t now, const struct owning *o,
		      const struct rollup_options *opt, struct rollup_report *ret)
{
	static const struct rollup_options usual;
	struct job job = { .w = w, .o = o, .opt = opt ? opt : &usual };
	enum err e = OK;
	for (size_t t = 0; t < TABLES && e == OK; t++)
		for (unsigned l = 0; l < ROLLUP_LEVELS && e == OK; l++) {
			job.kind = rollup_kind((enum table_id)t, (enum rollup_level)l);
			memcpy(job.digest,
			       t == TABLE_IFCOUNTERS ? counters : o && t == TABLE_TRAFFIC ? o->digest : nobody, OWNING_DIGEST);
			if (job.kind)
				e = l == ROLLUP_DAY ? roll_days(&job, now) : roll_segments(&job, now);
		}
	if (ret)
		*ret = job.report;
	return e;
}

enum err rollup_open(const struct store *s, const struct snapshot_rollup *r, struct seg **ret)
{
	const struct rollup_kind *k = rollup_kind(r->table, (enum rollup_level)r->level);
	return k ? seg_open(store_folder(s), r->path, k->columns, ret) : E_UNKNOWN;
}

void rollup_close(struct seg *s)
{
	seg_free(s);
}
