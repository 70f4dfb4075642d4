/* Compaction: the fresh segments of hours that are over become segments of one hour, sorted by
 * agent, port and time (order.h), in tighter codecs.
 *
 *	fresh  |---a---|--b--|---c---|--d--          a b c end before the hour that is not over
 *	hour      10:00    |     11:00   | 12:00
 *
 * A group is the segments that begin in the same, earliest hour, as many as memory may hold (a,
 * b), with what was compacted of that hour before when that is small.  Its rows are sorted and
 * cut at hours, and at SEGMENT_ROWS; where hours are many and their rows few (clocks that are
 * wrong) some share a segment.  What b has of the next hour becomes a small segment there, which
 *the next group takes in again.
 *
 * The group's files are written, made durable, and take the place of their sources in one new
 * MANIFEST: a crash leaves the old ones or the new ones.  The sources become "old" lines there:
 * readers that have read the MANIFEST before still find the files, for the grace.  Then a
 * MANIFEST without them is written, and only then are they removed.
 *
 * A segment that cannot be read stays as it is; recovery or store_check will say what ails it. */
#include "store/dict.h"
#include "store/gather.h"
#include "store/order.h"
#include "store/sys.h"
#include "store/writer.h"

#include "base/mem.h"

#include <assert.h>

enum {
	GROUP_ROWS = 4000000,   /* of the sources; about 100 bytes of memory each */
	SEGMENT_ROWS = 2000000, /* of what comes out */
	SMALL_ROWS = 1000000,   /* segments below are taken in again */
	MANY_HOURS = 48,        /* after so many segments of a group, ... */
	LEAST_ROWS = 4096,      /* ... hours with fewer rows share one */
	SETTLE_MIN = 5,         /* minutes after its end until an hour is over */
};

/* -- what belongs together -------------------------------------------------------------------- */

struct group {
	const struct table *table;
	struct manifest_segment *from; /* the sources, as MANIFEST says them */
	struct seg **seg;
	size_t n, cap;
	size_t bad; /* after E_CORRUPT: which one */
	uint64_t rows;
};

static void group_reset(struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		seg_free(g->seg[i]);
	g->n = 0;
	g->rows = 0;
}

static void group_free(struct group *g)
{
	group_reset(g);
	mem_free(g->from);
	mem_free(g->seg);
	*g = (struct group){ 0 };
}

static enum err group_add(struct group *g, const struct manifest_segment *m)
{
	if (g->n == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 16;
		void *from = mem_array(g->from, cap, sizeof(*g->from));
		if (!from)
			return E_NOMEM;
		g->from = from;
		void *seg = mem_array(g->seg, cap, sizeof(*g->seg));
		if (!seg)
			return E_NOMEM;
		g->seg = seg;
		g->cap = cap;
	}
	g->from[g->n] = *m;
	g->seg[g->n++] = NULL;
	g->rows += m->rows;
	return OK;
}

static usec_t hour_of(usec_t t)
{
	return t / USEC_PER_HOUR;
}

struct choice {
	const struct table *table;
	usec_t closed;          /* rows before this time are complete */
	const struct map *skip; /* paths that cannot be read */
};

static bool may_compact(const struct choice *c, const struct manifest_segment *m)
{
	return path_is_fresh(c->table, m->path) && m->span.end <= c->closed &&
	       !map_get_str(c->skip, m->path);
}

/* Compacted before, of this hour alone, and small. */
static bool may_join(const struct choice *c, const struct manifest_segment *m, usec_t hour)
{
	return !path_is_fresh(c->table, m->path) && m->rows < SMALL_ROWS &&
	       hour_of(m->span.start) == hour && hour_of(m->span.end - 1) == hour &&
	       !map_get_str(c->skip, m->path);
}

/* The next group; none: g->n is 0. */
static enum err choose(const struct choice *c, const struct manifest_table *mt, struct group *g)
{
	usec_t hour = INT64_MAX;
	enum err e = OK;
	for (size_t i = 0; i < mt->nseg; i++)
		if (may_compact(c, &mt->seg[i]))
			hour = MIN(hour, hour_of(mt->seg[i].span.start));
	for (size_t i = 0; i < mt->nseg && e == OK; i++) {
		const struct manifest_segment *m = &mt->seg[i];
		if (may_compact(c, m) && hour_of(m->span.start) == hour &&
		    (!g->n || g->rows + m->rows <= GROUP_ROWS))
			e = group_add(g, m);
	}
	for (size_t i = 0; i < mt->nseg && g->n && e == OK; i++)
		if (may_join(c, &mt->seg[i], hour) && g->rows + mt->seg[i].rows <= GROUP_ROWS)
			e = group_add(g, &mt->seg[i]);
	return e;
}

/* -- sorted rows as segments ------------------------------------------------------------------ */

struct output {
	size_t from, rows; /* in the order of rows */
	struct span span;
	struct buf body;
	struct seg_entry entry[TABLE_MAX_COLS];
	struct manifest_segment made;
};

struct outputs {
	struct output *at;
	size_t n;
};

static void outputs_free(struct outputs *o)
{
	for (size_t i = 0; i < o->n; i++)
		buf_free(&o->at[i].body);
	mem_free(o->at);
	*o = (struct outputs){ 0 };
}

/* Where the sorted rows are cut. */
static enum err cut(const struct rows_order *order, struct outputs *o)
{
	for (size_t at = 0, end; at < order->rows; at = end) {
		for (end = at + 1; end < order->rows && end - at < SEGMENT_ROWS; end++)
			if (order->hour[end] != order->hour[end - 1] &&
			    (o->n < MANY_HOURS || end - at >= LEAST_ROWS))
				break;
		struct output *more = mem_array(o->at, o->n + 1, sizeof(*more));
		if (!more)
			return E_NOMEM;
		o->at = more;
		o->at[o->n++] = (struct output){ .from = at, .rows = end - at };
	}
	return OK;
}

/* Times are whole milliseconds, mostly. */
static uint32_t step_of(const struct table *t, size_t col)
{
	return t->cols[col].codec == C_TIME ? 1000 : 1;
}

/* Numbers as one part: base, step and the least width. */
static struct part part_of_numbers(uint64_t *v, size_t n, uint64_t step)
{
	uint64_t min = UINT64_MAX, max = 0;
	for (size_t i = 0; i < n; i++) {
		min = MIN(min, v[i]);
		max = MAX(max, v[i]);
	}
	for (size_t i = 0; i < n && step != 1; i++)
		step = (v[i] - min) % step ? 1 : step;
	for (size_t i = 0; i < n; i++)
		v[i] = (v[i] - min) / step;
	return (struct part){ .form = PART_U64, .min = min, .max = max, .step = (uint32_t)step };
}

/* The same of numbers that are narrow already. */
static struct part part_of_narrow(const struct gathered *g, uint32_t *v, size_t n)
{
	uint32_t min = UINT32_MAX, max = 0;
	for (size_t i = 0; i < n; i++) {
		min = MIN(min, v[i]);
		max = MAX(max, v[i]);
	}
	for (size_t i = 0; i < n; i++)
		v[i] -= min;
	return (struct part){ .form = PART_U32, .min = g->base + (uint64_t)g->step * min,
			      .max = g->base + (uint64_t)g->step * max, .step = g->step };
}

static enum err encode_gathered_numbers(struct encoder *enc, const struct table *t, size_t col,
					const struct gathered *g, struct output *o)
{
	uint32_t *narrow = g->step ? (uint32_t *)g->codes + o->from : NULL;
	uint64_t *wide = g->step ? NULL : g->numbers + o->from;
	struct part p = g->step ? part_of_narrow(g, narrow, o->rows) :
				  part_of_numbers(wide, o->rows, step_of(t, col));
	p.rows = (uint32_t)o->rows;
	p.data = g->step ? (const uint8_t *)narrow : (const uint8_t *)wide;
	if (p.min == p.max)
		p.form = PART_CONST;
	if (col == t->time_col)
		o->span = (struct span){ (usec_t)p.min, (usec_t)p.max + 1 };
	struct parts parts = { .at = &p, .n = 1, .rows = o->rows };
	return encode_column(enc, t, col, &parts, &o->body, &o->entry[col]);
}

/* One column of one output. */
static enum err encode_output(struct encoder *enc, const struct table *t, size_t col,
			      const struct gathered *g, struct output *o)
{
	if (!g->coded)
		return encode_gathered_numbers(enc, t, col, g, o);
	if (!g->codes) {
		o->entry[col] = entry_of_one(t, col, &g->dict.key[0]);
		return OK;
	}
	struct coded in = { .key = g->dict.key,
			    .nkeys = g->dict.n,
			    .codes = (const uint8_t *)g->codes + o->from * g->width,
			    .width = g->width,
			    .rows = o->rows };
	return encode_coded(enc, t, col, &in, &o->body, &o->entry[col]);
}

static bool told_to_stop(const struct compact_options *opt)
{
	return opt->stop && opt->stop(opt->arg);
}

static enum err encode_outputs(struct encoder *enc, const struct group *g,
			       const struct rows_order *order, const struct compact_options *opt,
			       struct gathered *column, struct outputs *o)
{
	enum err e = OK;
	for (size_t c = 0; c < g->table->ncols && e == OK; c++) {
		const struct gather_what what = {
			.table = g->table, .col = c, .place = order->place, .step = step_of(g->table, c)
		};
		e = told_to_stop(opt) ? E_CANCELLED : gather(g->seg, g->n, &what, column);
		for (size_t i = 0; i < o->n && e == OK; i++)
			e = encode_output(enc, g->table, c, column, &o->at[i]);
	}
	return e;
}

static enum err write_output(struct store_writer *w, const struct table *t, uint64_t number,
			     struct output *o)
{
	char path[PATH_ROOM];
	bool there = false;
	struct buf front = { .ceiling = SEGMENT_FRONT_MOST };
	struct seg_front f = { .rows = o->rows, .span = o->span };
	path_hour(path, t, number);
	segment_front(&front, t, &f, o->entry, o->body.len);
	o->made = (struct manifest_segment){ .rows = o->rows,
					     .bytes = front.len + o->body.len,
					     .span = o->span };
	_Static_assert(sizeof(o->made.path) >= 48, "ifcounters/hour/0123456789.seg");
	memcpy(o->made.path, path, strlen(path) + 1);
	enum err e = front.bad;
	if (e == OK)
		e = sys_replace(w->folder, path,
				(struct sys_bytes[2]){ { front.data, front.len },
						       { o->body.data, o->body.len } },
				!w->opt.no_sync, &there);
	buf_free(&front);
	if (e != OK && there)
		sys_remove(w->folder, path);
	if (e != OK)
		o->made.path[0] = 0;
	return e;
}

/* The sources in memory; g->bad says which one cannot be read. */
static enum err open_sources(struct store_writer *w, struct group *g)
{
	for (g->bad = 0; g->bad < g->n; g->bad++) {
		enum err e = seg_open(w->folder, g->from[g->bad].path, g->table, &g->seg[g->bad]);
		if (e == OK && seg_rows(g->seg[g->bad]) != g->from[g->bad].rows)
			e = E_CORRUPT;
		if (e != OK)
			return e == E_UNKNOWN ? E_CORRUPT : e;
	}
	return OK;
}

/* Which source has the column that cannot be read?  All of them are tried again, one by one. */
static void find_bad(struct group *g)
{
	if (g->bad < g->n)
		return; /* it could not even be opened */
	for (g->bad = 0; g->bad < g->n; g->bad++) {
		enum err e = seg_prepare(g->seg[g->bad], UINT64_MAX);
		seg_release(g->seg[g->bad]);
		if (e == E_CORRUPT)
			return;
	}
}

static enum err make_outputs(struct store_writer *w, struct group *g,
			     const struct compact_options *opt, struct outputs *o)
{
	struct rows_order order = { 0 };
	struct gathered column = { 0 };
	_cleanup_(encoder_freep) struct encoder *enc = NULL;
	enum err e = encoder_new(&enc);
	if (e == OK)
		e = open_sources(w, g);
	if (e == OK)
		e = order_rows(g->seg, g->n, g->table, &column, &order);
	if (e == OK)
		e = cut(&order, o);
	if (e == OK) {
		encoder_tighten(enc);
		e = encode_outputs(enc, g, &order, opt, &column, o);
	}
	gathered_free(&column);
	order_free(&order);
	return e;
}

/* -- the new truth ---------------------------------------------------------------------------- */

static bool is_source(const struct group *g, const char *path)
{
	for (size_t i = 0; i < g->n; i++)
		if (STREQ(g->from[i].path, path))
			return true;
	return false;
}

static enum err replace_sources(struct manifest_table *mt, const struct group *g,
				const struct outputs *o, usec_t now)
{
	size_t kept = 0;
	enum err e = OK;
	for (size_t i = 0; i < mt->nseg; i++)
		if (!is_source(g, mt->seg[i].path))
			mt->seg[kept++] = mt->seg[i];
	assert(mt->nseg - kept == g->n);
	mt->nseg = kept;
	kept = 0;
	for (size_t i = 0; i < mt->nroll && e == OK; i++)
		if (is_source(g, mt->roll[i].of))
			e = manifest_add_old(mt, mt->roll[i].file.path, now);
		else
			mt->roll[kept++] = mt->roll[i];
	mt->nroll = kept;
	for (size_t i = 0; i < o->n && e == OK; i++)
		e = manifest_add_segment(mt, &o->at[i].made);
	for (size_t i = 0; i < g->n && e == OK; i++)
		e = manifest_add_old(mt, g->from[i].path, now);
	return e;
}

static enum err publish_outputs(struct store_writer *w, const struct group *g,
				const struct outputs *o, usec_t now, bool *ret_there)
{
	struct manifest m;
	enum err e = truth_edit(w, &m);
	if (e != OK)
		return e;
	e = replace_sources(&m.table[g->table->id], g, o, now);
	if (e == OK)
		e = truth_publish(w, &m, ret_there);
	truth_end(w, &m);
	return e;
}

static enum err write_outputs(struct store_writer *w, const struct group *g, struct outputs *o,
			      usec_t now)
{
	bool there = false;
	enum err e = layout_make_sub(w->folder, g->table, "hour", !w->opt.no_sync);
	uint64_t number = truth_numbers(w, o->n);
	for (size_t i = 0; i < o->n && e == OK; i++)
		e = write_output(w, g->table, number + i, &o->at[i]);
	if (e == OK)
		e = publish_outputs(w, g, o, now, &there);
	for (size_t i = 0; i < o->n && !there; i++)
		if (o->at[i].made.path[0])
			sys_remove(w->folder, o->at[i].made.path);
	return e;
}

static void count(struct compact_report *r, const struct group *g, const struct outputs *o)
{
	r->segments_in += g->n;
	r->segments_out += o->n;
	r->rows += g->rows;
	for (size_t i = 0; i < g->n; i++)
		r->bytes_in += g->from[i].bytes;
	for (size_t i = 0; i < o->n; i++)
		r->bytes_out += o->at[i].made.bytes;
}

/* What a compaction goes by. */
struct job {
	const struct compact_options *opt;
	usec_t now;
	struct map skip; /* paths that cannot be read */
	struct compact_report report;
};

static enum err compact_group(struct store_writer *w, struct group *g, struct job *job)
{
	struct outputs o = { 0 };
	struct map_entry *entry;
	enum err e = make_outputs(w, g, job->opt, &o);
	if (e == OK) {
		e = write_outputs(w, g, &o, job->now);
		if (e == OK)
			count(&job->report, g, &o);
		if (e == OK && job->opt->watch)
			job->opt->watch->at(job->opt->watch->arg, "merging, rows", job->report.rows, 0);
	} else if (e == E_CORRUPT || e == E_VERSION) {
		find_bad(g);
		if (g->bad < g->n) { /* else it was well the second time */
			job->report.unreadable++;
			e = map_put_str(&job->skip, g->from[g->bad].path, &entry, NULL);
		}
	}
	outputs_free(&o);
	return e;
}

static enum err compact_table(struct store_writer *w, const struct table *t, struct job *job)
{
	const struct compact_options *opt = job->opt;
	struct group g = { .table = t };
	usec_t settled = job->now - SETTLE_MIN * USEC_PER_MIN;
	struct choice c = { .table = t, .skip = &job->skip };
	c.closed = opt->open_hours ? INT64_MAX : settled - settled % USEC_PER_HOUR;
	enum err e = OK;
	do {
		group_reset(&g);
		e = choose(&c, &truth_look(w)->table[t->id], &g);
		truth_looked(w);
		if (e != OK || !g.n)
			break;
		if (opt->most_groups && job->report.groups == opt->most_groups) {
			job->report.more = true;
			break;
		}
		job->report.groups++;
		e = compact_group(w, &g, job);
	} while (e == OK);
	group_free(&g);
	return e;
}

enum err store_compact(struct store_writer *w, usec_t now, const struct compact_options *opt,
		       struct compact_report *ret)
{
	static const struct compact_options usual;
	struct job job = { .opt = opt ? opt : &usual, .now = now };
	enum err e = OK;
	opt = job.opt;
	upkeep_begin(w);
	for (size_t t = 0; t < TABLES && e == OK; t++)
		e = compact_table(w, &tables[t], &job);
	if (e == OK)
		e = truth_remove_replaced(w, now,
					  opt->no_grace ? 0
					  : opt->grace  ? opt->grace
							: STORE_GRACE,
					  &job.report.removed);
	upkeep_end(w);
	map_free(&job.skip);
	if (ret)
		*ret = job.report;
	return e;
}
