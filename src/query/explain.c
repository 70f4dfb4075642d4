/* How a plan will be answered, before it is: segments, blocks skipped, columns, the way of grouping. */
#include "query/level.h"
#include "query/heavy.h"
#include "query/unite.h"

#include "base/mem.h"

#include <inttypes.h>

struct look {
	struct scan_stats s;
	uint64_t rows;    /* of all segments */
	uint64_t cols;    /* that are decoded where something can pass */
	size_t compacted; /* segments with an index that was asked */
};

/* As scan.c and local.c go about a segment. */
static enum err look_at(struct reader *r, struct seg *s, struct look *k)
{
	const struct plan *p = r->plan;
	uint64_t all = skip_none(s), live = 0, cols = 0;
	size_t blocks = seg_blocks(seg_rows(s));
	bool some = false;
	for (unsigned i = 0; i < p->npasses; i++)
		cols |= pred_needs(p->pass[i], s, (int)p->view->table->time_col);
	owned_prepare(p, s);
	enum err err = seg_prepare(s, cols);
	reader_segment(r, s);
	for (unsigned i = 0; i < p->npasses && err == OK; i++) {
		err = reader_bind(r, p->pass[i]);
		some |= err == OK && r->bound[p->pass[i]->id].state != BITS_NONE;
	}
	for (unsigned i = 0; i < p->npasses && err == OK && some; i++) {
		err = skip_prepare(r, p->pass[i], s);
		live |= err == OK ? skip_blocks(r, p->pass[i], all) : 0;
	}
	if (err != OK)
		return err;
	k->s.segments++;
	k->s.segments_skipped += !some;
	k->rows += seg_rows(s);
	if (!some)
		return OK;
	size_t left = blocks <= 64 ? (size_t)__builtin_popcountll(live) : blocks;
	k->s.blocks += blocks;
	k->s.blocks_skipped += blocks - left;
	k->cols |= local_cols(p, s);
	return OK;
}

static enum err look_around(const struct plan *p, struct look *k, struct level *level)
{
	struct quota q = { .max = DEFAULT_MAX_BYTES };
	struct snapshot snap = { 0 };
	struct reader r = { 0 };
	enum err err = store_snapshot(p->env.store, p->view->table->id, p->span, &snap);
	if (err == OK)
		err = level_choose(p, p->env.store, &snap, level);
	if (err == OK)
		err = reader_init(&r, p, &q);
	for (size_t i = 0; i < snap.nseg && err == OK; i++) {
		err = cancelled(p) ? E_CANCELLED : look_at(&r, snap.seg[i], k);
		seg_done(snap.seg[i]);
		err = err == E_CORRUPT ? OK : err;
	}
	reader_free(&r);
	snapshot_free(&snap);
	return err;
}

static void say_way(const struct plan *p, struct buf *out)
{
	bool one = p->preds.patterns || p->env.plain;
	const char *way = p->env.plain ? NULL : heavy_suits(p) ? "sums by hash, then the tuples of the greatest" :
			  unite_suits(p) ? "keys of all segments as numbers" : NULL;
	buf_printf(out, "groups    %s\n", way ? way : "keys of all segments by value");
	buf_printf(out, "threads   %s\n", one ? "1" : "2, or 1 when there is one segment");
}

static void say_level(const struct plan *p, const struct level *l, uint64_t segments, struct buf *out)
{
	char from[40], to[40];
	if (l->beside + l->alone == 0)
		buf_text(out, "level     raw rows\n");
	else
		buf_printf(out, "level     %s roll-ups (%zu with %" PRIu64 " rows) between %s and %s, raw rows in the other %" PRIu64 " segments\n",
			   rollup_level_name((enum rollup_level)l->coarsest), l->beside + l->alone, l->rows,
			   zone_iso(p->zone, l->first_to_last.start, from), zone_iso(p->zone, l->first_to_last.end, to),
			   segments - l->beside - l->alone);
	if (l->useless)
		buf_printf(out, "missing   %zu roll-ups whose rows are gone cannot tell\n", l->useless);
}

static void say_columns(const struct plan *p, uint64_t cols, struct buf *out)
{
	const struct table *t = p->view->table;
	buf_text(out, "columns  ");
	for (size_t c = 0; c < t->ncols; c++)
		if (cols >> c & 1)
			buf_printf(out, " %s", t->cols[c].name);
	buf_text(out, cols ? "\n" : " none\n");
}

/* Of counters, whose readings up to ten minutes around the interval count. */
static enum err explain_counters(const struct plan *p, struct buf *out)
{
	const usec_t reach = READINGS_APART_MIN * USEC_PER_MIN;
	struct snapshot snap = { 0 };
	struct level level;
	uint64_t rows = 0;
	enum err err = store_snapshot(p->env.store, p->view->table->id, (struct span){ p->span.start - reach, p->span.end + reach }, &snap);
	if (err == OK)
		err = level_choose(p, p->env.store, &snap, &level);
	for (size_t i = 0; i < snap.nseg && err == OK; i++)
		rows += seg_rows(snap.seg[i]);
	if (err == OK) {
		say_level(p, &level, snap.nseg, out);
		buf_printf(out, "segments  %zu with %" PRIu64 " rows\n", snap.nseg, rows);
	}
	snapshot_free(&snap);
	return err == OK ? out->bad : err;
}

enum err plan_explain(const struct plan *p, struct buf *out)
{
	struct look k = { 0 };
	struct level level;
	if (p->view->table->id != TABLE_TRAFFIC || p->kind == QUERY_ROWS) {
		buf_text(out, "way       row by row\n");
		const bool readings = table_counts(p->view->table) && p->kind != QUERY_ROWS && scope_is_everything(p->scope);
		return readings ? explain_counters(p, out) : out->bad;
	}
	say_way(p, out);
	if (!scope_is_everything(p->scope))
		return out->bad;
	enum err err = look_around(p, &k, &level);
	if (err != OK)
		return err;
	say_level(p, &level, k.s.segments, out);
	buf_printf(out, "segments  %" PRIu64 " with %" PRIu64 " rows; in %" PRIu64 " of them nothing can pass\n", k.s.segments, k.rows, k.s.segments_skipped);
	buf_printf(out, "blocks    %" PRIu64 " of %" PRIu64 " are looked at, the index of addresses rules out the others\n",
		   k.s.blocks - k.s.blocks_skipped, k.s.blocks);
	say_columns(p, k.cols, out);
	return out->bad;
}
