/* Raw rows in the order of time: the first n that pass.  Places are gathered first (time, segment,
 * row), then only the chosen rows are read. */
#include "query/exec.h"

#include "base/mem.h"

#include <stdlib.h>

enum { SPARE = 65536 }; /* places gathered beyond n before the latest are thrown away */

struct place {
	usec_t time;
	uint32_t seg, row;
	uint32_t order; /* among the chosen */
};

struct gather {
	const struct plan *p;
	struct place *at;
	size_t n, cap;
};

static int by_time(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->seg != b->seg)
		return a->seg < b->seg ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

static int by_place(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;
	if (a->seg != b->seg)
		return a->seg < b->seg ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

static void keep_first(struct gather *g)
{
	if (g->n)
		qsort(g->at, g->n, sizeof(*g->at), by_time);
	g->n = MIN(g->n, g->p->n);
}

static enum err gather_block(struct gather *g, struct reader *r, uint32_t seg)
{
	const struct plan *p = g->p;
	enum bits_state state = reader_narrow(r, p->where);
	if (state == BITS_SOME)
		r->live = chunks_of_bits(r, reader_bits(r, p->where));
	const uint64_t *time = state == BITS_NONE ? NULL : reader_uints(r, (int)p->view->table->time_col);
	if (r->bad || !time)
		return r->bad;
	const uint64_t *bits = state == BITS_SOME ? reader_bits(r, p->where) : NULL;
	enum err err = quota_grow(r->quota, &g->at, &g->cap, g->n + r->rows, sizeof(*g->at));
	for (size_t i = 0; i < r->rows && err == OK; i++)
		if (!bits || bits[i / 64] >> i % 64 & 1)
			g->at[g->n++] = (struct place){ (usec_t)time[i], seg, (uint32_t)(r->block * SEG_BLOCK + reader_row(r, i)), 0 };
	if (g->n > p->n + SPARE)
		keep_first(g);
	return err;
}

static uint64_t item_cols(const struct plan *p)
{
	uint64_t cols = 0;
	for (unsigned i = 0; i < p->nitems; i++)
		cols |= field_cols(p->view, p->item[i].field);
	if (p->view->table->id == TABLE_TRAFFIC) /* masks ask for the ports and the time */
		cols |= (uint64_t)1 << TR_agent | (uint64_t)1 << TR_inputinterface | (uint64_t)1 << TR_outputinterface;
	return cols | (uint64_t)1 << p->view->table->time_col;
}

static enum err gather_segment(struct gather *g, struct reader *r, struct seg *s, uint32_t number)
{
	const struct plan *p = g->p;
	owned_prepare(p, s);
	enum err err = seg_prepare(s, pred_needs(p->where, s, (int)p->view->table->time_col) | (uint64_t)1 << p->view->table->time_col);
	if (err != OK)
		return err;
	reader_segment(r, s);
	if ((err = reader_bind(r, p->where)) != OK || r->bound[p->where->id].state == BITS_NONE)
		return err;
	if ((err = seg_prepare(s, item_cols(p))) != OK) /* so that reading the chosen cannot fail */
		return err;
	for (size_t b = 0; b < seg_blocks(seg_rows(s)) && err == OK; b++) {
		reader_block(r, b);
		err = cancelled(p) ? E_CANCELLED : gather_block(g, r, number);
	}
	return err;
}

static enum err fill_row(const struct plan *p, const struct fields_env *env, const void *rec, size_t row, struct result *t)
{
	enum err err = OK;
	for (unsigned i = 0; i < p->nitems && err == OK; i++) {
		char buf[VALUE_TEXT];
		struct value v;
		field_value(env, p->view, p->item[i].field, rec, buf, &v);
		err = answer_cell(t, row, i, &p->item[i], &v);
	}
	return err;
}

static enum err fill(struct gather *g, struct reader *r, const struct snapshot *snap, struct result *t)
{
	const struct plan *p = g->p;
	const struct fields_env env = { .scope = scope_is_everything(p->scope) ? NULL : p->scope, .names = p->scope,
					.model = p->env.model, .now = p->env.now, .naming = p->naming, .env = &p->env };
	union any_rec rec;
	uint64_t cols = item_cols(p);
	struct seg *s = NULL;
	enum err err = OK;
	for (size_t i = 0; i < g->n && err == OK; i++) {
		const struct place *at = &g->at[i];
		if (s != snap->seg[at->seg]) {
			if (s)
				seg_done(s);
			s = snap->seg[at->seg];
			if ((err = seg_prepare(s, cols)) != OK)
				break;
			reader_segment(r, s);
		}
		reader_block(r, at->row / SEG_BLOCK);
		reader_pick(r, &(const uint32_t){ at->row % SEG_BLOCK }, 1);
		reader_record(r, 0, cols, &rec);
		err = r->bad ? r->bad : fill_row(p, &env, &rec, at->order, t);
	}
	return err;
}

static enum err add_rows(struct gather *g, struct result *t)
{
	const struct plan *p = g->p;
	enum err err = OK;
	if (p->env.max_rows && g->n > p->env.max_rows)
		return E_RANGE;
	for (size_t i = 0, row; i < g->n && err == OK; i++) {
		g->at[i].order = (uint32_t)i;
		err = result_add_row(t, &row);
	}
	return err;
}

enum err run_rows(const struct plan *p, const struct snapshot *snap, struct quota *q, bool *damaged, struct result *t)
{
	struct gather g = { .p = p };
	struct reader r;
	enum err err = reader_init(&r, p, q);
	for (size_t i = 0; i < snap->nseg && err == OK; i++) {
		if (g.n >= p->n)
			keep_first(&g);
		if (g.n && g.n == p->n && g.at[g.n - 1].time < seg_span(snap->seg[i]).start)
			continue; /* nothing earlier is in it */
		err = gather_segment(&g, &r, snap->seg[i], (uint32_t)i);
		seg_done(snap->seg[i]);
		if (err == E_CORRUPT) {
			damaged[i] = true;
			err = OK;
			size_t kept = 0;
			for (size_t k = 0; k < g.n; k++)
				if (g.at[k].seg != i)
					g.at[kept++] = g.at[k];
			g.n = kept;
		}
	}
	if (err == OK) {
		keep_first(&g);
		err = add_rows(&g, t);
	}
	if (err == OK) {
		if (g.n)
			qsort(g.at, g.n, sizeof(*g.at), by_place);
		err = fill(&g, &r, snap, t);
	}
	reader_free(&r);
	mem_free(g.at);
	return err;
}
