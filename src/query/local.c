/* What the rows of one segment add up to, by local group number: row counts and measures, the
 * distinct values of count(), the edges of first() and last(), sums by minute.  Then merged: only
 * there, once per distinct group, do codes become values. */
#include "query/heavy.h"
#include "query/route.h"
#include "query/unite.h"

#include "base/mem.h"

enum { MANY_GROUPS = 4096, FEW_OF = 16, VERY_FEW_OF = 256 };

enum err local_init(struct local *l, const struct plan *p, struct quota *q)
{
	memset(l, 0, sizeof(*l));
	for (unsigned i = 0; i < p->nlanes; i++)
		l->lane[i].lane = &p->lane[i];
	l->keys.n = p->nkeylanes;
	for (unsigned i = 0; i < p->nitems; i++) {
		const struct item *it = &p->item[i];
		if (is_set(it))
			l->set[it->set].values = (struct packer){ .first = it->lane[0], .n = it->nlanes };
	}
	l->at = mem_array(NULL, SEG_BLOCK, sizeof(*l->at));
	l->id = mem_array(NULL, SEG_BLOCK, sizeof(*l->id));
	l->key = mem_array(NULL, SEG_BLOCK, sizeof(*l->key));
	if (!l->at || !l->id || !l->key)
		return E_NOMEM;
	enum err err = reader_init(&l->reader, p, q);
	if (err != OK || !p->family)
		return err;
	l->route = mem_new0(1, sizeof(*l->route));
	return l->route ? route_local_init(l->route, p->family) : E_NOMEM;
}

void local_free(struct local *l)
{
	struct quota *q = l->reader.quota;
	if (!q) { /* half made */
		mem_free(l->at);
		mem_free(l->id);
		mem_free(l->key);
		return;
	}
	const struct plan *p = l->reader.plan;
	for (unsigned i = 0; i < p->nlanes; i++)
		lane_free(&l->lane[i], q);
	packer_free(&l->keys, q);
	if (l->route)
		route_local_free(l->route, q);
	mem_free(l->route);
	for (unsigned i = 0; i < p->nsets; i++) {
		packer_free(&l->set[i].values, q);
		intern_free(&l->set[i].pairs, q);
		quota_free(q, &l->set[i].time, l->set[i].time_cap, sizeof(*l->set[i].time));
		quota_free(q, &l->set[i].value, l->set[i].value_cap, sizeof(*l->set[i].value));
	}
	intern_free(&l->minutes, q);
	quota_free(q, &l->acc, l->acc_cap, sizeof(*l->acc));
	quota_free(q, &l->met, l->met_cap, sizeof(*l->met));
	quota_free(q, &l->minute_acc, l->minute_cap, sizeof(*l->minute_acc));
	quota_free(q, &l->merged, l->merged_cap, sizeof(*l->merged));
	for (unsigned i = 0; i < COUNT_OF(l->val); i++)
		mem_free(l->val[i]);
	mem_free(l->at);
	mem_free(l->id);
	mem_free(l->key);
	reader_free(&l->reader);
}

static bool needs_time(const struct plan *p, const struct seg *s)
{
	const struct span have = seg_span(s), clipped = { MAX(have.start, p->span.start), MIN(have.end, p->span.end) };
	size_t bucket;
	bool needs = p->minutes;
	for (unsigned i = 0; i < p->nitems; i++)
		needs |= p->item[i].fn == FN_first || p->item[i].fn == FN_last;
	for (unsigned i = 0; i < p->nlanes; i++)
		needs |= p->lane[i].kind == LANE_MINUTE || (p->lane[i].kind == LANE_BUCKET && !one_bucket(p, clipped, &bucket));
	return needs;
}

/* What estimates are made with. */
static uint64_t estimate_cols(const struct table *t)
{
	uint64_t rate = t->rate_col >= 0 ? (uint64_t)1 << t->rate_col : 0;
	return t->id == TABLE_TRAFFIC ? rate | (uint64_t)1 << TR_frames : rate;
}

/* What only rows that stand for rows have. */
static uint64_t stand_in_cols(const struct plan *p)
{
	uint64_t cols = p->unknown ? (uint64_t)1 << SI_records : 0;
	for (unsigned i = 0; i < p->nmeasures; i++)
		cols |= p->measure[i].kind == M_ROWS     ? (uint64_t)1 << SI_records :
			p->measure[i].kind == M_VARIANCE ? (uint64_t)1 << SI_squares : 0;
	return cols;
}

uint64_t local_cols(const struct plan *p, const struct seg *s)
{
	const int time_col = (int)p->view->table->time_col;
	uint64_t cols = needs_time(p, s) ? (uint64_t)1 << time_col : 0;
	for (unsigned i = 0; i < p->nlanes; i++) {
		const struct lane *l = &p->lane[i];
		if (l->kind == LANE_NAME)
			cols |= lane_name_cols(l);
		if (l->kind == LANE_COL || l->kind == LANE_SIDE)
			cols |= (uint64_t)1 << l->col;
		if (l->col2 >= 0)
			cols |= (uint64_t)1 << l->col2;
		cols |= l->choose ? pred_needs(l->choose, s, time_col) : 0;
		cols |= l->shown ? pred_needs(l->shown, s, time_col) : 0;
	}
	for (unsigned i = 0; i < p->nmeasures; i++)
		if (p->measure[i].kind != M_ROWS)
			cols |= (uint64_t)1 << p->measure[i].col | estimate_cols(p->view->table);
	for (unsigned i = 0; i < p->npasses; i++)
		cols |= pred_needs(p->pass[i], s, time_col);
	cols |= p->unknown ? pred_needs(p->unknown, s, time_col) : 0;
	return seg_stands_in(s) ? cols | stand_in_cols(p) : cols;
}

/* -- the segment ------------------------------------------------------------------------------------- */

static uint64_t largest(const struct seg_col *c)
{
	return c->kind == SEG_CONST ? c->uint : c->kind == SEG_INT ? c->max : c->dict_n ? c->dict_uint[c->dict_n - 1] : 0;
}

/* What a measure's sum over the segment, seen from every side, can come to; false: more than 64 bits. */
static bool most_sum(const struct plan *p, const struct seg *s, uint64_t *ret)
{
	*ret = seg_rows(s) * 2;
	for (unsigned i = 0; i < p->nmeasures; i++) {
		const struct measure *m = &p->measure[i];
		int rate_col = p->view->table->rate_col;
		uint64_t most, rate = m->kind == M_COLUMN && rate_col >= 0 ? largest(seg_column(s, (size_t)rate_col)) : 1;
		if (m->kind == M_VARIANCE)
			return false;
		int col = m->kind != M_ROWS ? m->col : seg_stands_in(s) ? (int)SI_records : -1;
		if (col < 0)
			continue;
		if (__builtin_mul_overflow(largest(seg_column(s, (size_t)col)), MAX(rate, (uint64_t)1), &most) ||
		    __builtin_mul_overflow(most, seg_rows(s) * 2, &most))
			return false;
		*ret = MAX(*ret, most);
	}
	return true;
}

/* What the segment before left of its groups goes. */
static void clear_groups(struct local *l)
{
	if (l->few)
		for (size_t k = local_next(l, 0); k < l->keys.groups; k = local_next(l, k)) {
			memset(l->acc + k * l->stride, 0, l->stride * sizeof(*l->acc));
			l->met[k / 64] &= ~((uint64_t)1 << k % 64);
		}
	else if (l->acc)
		memset(l->acc, 0, MIN(l->acc_cap, l->keys.groups * l->stride) * sizeof(*l->acc));
	l->few = false;
}

/* Many groups, of which few may have rows. */
static enum err expect_few(struct local *l)
{
	if (!l->keys.dense || l->keys.groups < MANY_GROUPS || l->reader.plan->env.plain)
		return OK;
	l->met_rows = 0;
	l->few = true;
	return quota_grow(l->reader.quota, &l->met, &l->met_cap, l->keys.groups / 64 + 1, sizeof(*l->met));
}

void local_many(struct local *l)
{
	if (l->few)
		memset(l->met, 0, (l->keys.groups / 64 + 1) * sizeof(*l->met));
	l->few = false;
}

/* Are they, with n more?  A block most of whose chunks have some is the sign of many. */
static bool still_few(struct local *l, size_t n)
{
	l->met_rows += n;
	if (l->met_rows > l->keys.groups / (l->reader.pick ? FEW_OF : VERY_FEW_OF))
		local_many(l);
	return l->few;
}

static enum err bind_segment(struct local *l, const struct seg *s)
{
	clear_groups(l);
	struct reader *r = &l->reader;
	const struct plan *p = r->plan;
	const struct span have = seg_span(s);
	const struct span clipped = { MAX(have.start, p->span.start), MIN(have.end, p->span.end) };
	for (unsigned i = 0; i < p->nlanes; i++) {
		enum err err = lane_bind(&l->lane[i], r, clipped);
		if (err != OK)
			return err;
	}
	if (l->route) {
		enum err err = route_bind(l->route, r);
		if (err == OK)
			err = reader_bind(r, p->routed);
		if (err != OK)
			return err;
	}
	packer_bind(&l->keys, l->lane, seg_rows(s) * 2 + 65536);
	enum err bad = expect_few(l);
	if (bad != OK)
		return bad;
	for (unsigned i = 0; i < p->nsets; i++) {
		packer_bind(&l->set[i].values, l->lane, (size_t)1 << 31);
		intern_reset(&l->set[i].pairs);
		for (size_t k = 0; k < l->set[i].time_cap; k++)
			l->set[i].time[k] = INT64_MIN;
	}
	intern_reset(&l->minutes);
	l->first_minute = clipped.start / USEC_PER_MIN;
	uint64_t most = UINT64_MAX;
	l->limbs = most_sum(p, s, &most) ? 1 : LIMBS;
	l->stride = 1 + p->nmeasures * l->limbs;
	if (l->minute_acc)
		memset(l->minute_acc, 0, l->minute_cap * sizeof(*l->minute_acc));
	most = l->limbs == 1 ? most : UINT64_MAX;
	if (l->route && (bad = route_sums_begin(l->route, l)) != OK)
		return bad;
	return l->heavy ? heavy_bind(l->heavy, l, most) : l->unite ? unite_bind(l->unite, l, most) : OK;
}

/* -- blocks ------------------------------------------------------------------------------------------------ */

static enum err add_rows(struct local *l, const struct rowset *rows, unsigned pass)
{
	struct reader *r = &l->reader;
	const struct plan *p = r->plan;
	enum err err = OK;
	for (unsigned i = 0; i < p->nlanes && err == OK; i++)
		err = lane_fill(&l->lane[i], r, rows, pass);
	if (err == OK && l->heavy)
		return heavy_rows(l->heavy, l, rows);
	bool few = still_few(l, rows->n);
	if (err == OK && (!l->unite || l->keys.dense))
		err = packer_fill(&l->keys, r->quota, l->lane, rows->n);
	if (err == OK && l->unite && (!l->keys.dense || few)) {
		if ((err = local_measures(l, rows)) == OK)
			err = unite_rows(l->unite, l, rows->n);
		return err == OK && p->nsets ? unite_sets(l->unite, l, rows->n) : err;
	}
	if (err == OK)
		err = quota_grow(r->quota, &l->acc, &l->acc_cap, l->keys.groups * l->stride, sizeof(*l->acc));
	if (err == OK)
		err = local_measures(l, rows);
	if (err != OK)
		return err;
	for (size_t k = 0; few && k < rows->n; k++)
		l->met[l->keys.ids[k] / 64] |= (uint64_t)1 << l->keys.ids[k] % 64;
	local_add_up(l, l->keys.ids, rows->n);
	if (p->nsets && l->unite)
		err = unite_sets(l->unite, l, rows->n);
	else if (p->nsets)
		err = local_note_sets(l, rows, l->keys.ids);
	if (err == OK && p->minutes)
		err = local_note_minutes(l, rows, l->keys.ids);
	return err;
}

static size_t rows_of(const uint64_t *bits, size_t rows, uint32_t *at)
{
	size_t n = 0;
	for (size_t w = 0; w * 64 < rows; w++)
		for (uint64_t word = bits[w]; word; word &= word - 1)
			at[n++] = (uint32_t)(w * 64 + (size_t)__builtin_ctzll(word));
	return n;
}

/* The same of rows that stand for rows. */
static void count_stood_for(struct local *l, const uint64_t *pass, enum bits_state state, const uint64_t *unknown)
{
	const uint64_t *records = reader_uints(&l->reader, SI_records);
	for (size_t i = 0; records && i < l->reader.rows; i++) {
		if (pass && !(pass[i / 64] >> i % 64 & 1))
			continue;
		l->counted += records[i];
		l->unknown += state == BITS_ALL || (unknown && unknown[i / 64] >> i % 64 & 1) ? records[i] : 0;
	}
}

/* Rows of the block that pass, and those of which no entry was known. */
static void count_unknown(struct local *l, const struct pred *pass, size_t rows)
{
	struct reader *r = &l->reader;
	const struct pred *unknown = r->plan->unknown;
	enum bits_state state = unknown ? reader_eval(r, unknown) : BITS_NONE;
	const uint64_t *u = state == BITS_SOME ? reader_bits(r, unknown) : NULL;
	const uint64_t *w = rows < r->rows ? reader_bits(r, pass) : NULL;
	if (unknown && seg_stands_in(r->seg)) {
		count_stood_for(l, w, state, u);
		return;
	}
	l->counted += rows;
	if (state == BITS_NONE)
		return;
	for (size_t i = 0; u && i * 64 < r->rows; i++)
		l->unknown += (uint64_t)__builtin_popcountll(w ? w[i] & u[i] : u[i]);
	l->unknown += u ? 0 : rows;
}

static enum err add_block(struct local *l, unsigned pass)
{
	struct reader *r = &l->reader;
	const struct pred *p = l->route && route_decides(l->route) ? r->plan->routed : r->plan->pass[pass];
	r->live = UINT32_MAX;
	enum bits_state state = r->plan->npasses > 1 ? reader_eval(r, p) : reader_narrow(r, p);
	struct rowset rows = { .n = r->rows };
	enum err err = OK;
	if (state == BITS_SOME) {
		r->live = chunks_of_bits(r, reader_bits(r, p));
		rows.n = rows_of(reader_bits(r, p), r->rows, l->at);
		rows.at = rows.n == r->rows ? NULL : l->at;
	}
	if (r->bad || state == BITS_NONE)
		return r->bad;
	if (!l->route)
		l->scanned.passed += rows.n;
	if (rows.n)
		err = !l->route ? add_rows(l, &rows, pass) :
		      l->route->sums ? route_add(l->route, l, &rows) : route_rows(l->route, l, &rows, add_rows);
	if (err == OK)
		count_unknown(l, p, rows.n);
	return err;
}

enum err local_segment(struct local *l, const struct seg *s)
{
	struct reader *r = &l->reader;
	const struct plan *p = r->plan;
	enum err err = bind_segment(l, s);
	if (err == OK && p->unknown)
		err = reader_bind(r, p->unknown);
	if (err == OK && p->npasses > 1)
		err = reader_bind(r, p->where);
	uint64_t all = skip_none(s), live = 0;
	for (unsigned pass = 0; pass < p->npasses; pass++)
		live |= skip_blocks(r, p->pass[pass], all);
	for (size_t b = 0; b < seg_blocks(seg_rows(s)) && err == OK; b++) {
		l->scanned.blocks++;
		if (b < 64 && !(live >> b & 1)) {
			l->scanned.blocks_skipped++;
			continue;
		}
		reader_block(r, b);
		l->scanned.rows += r->rows;
		if (p->npasses > 1 && reader_narrow(r, p->where) == BITS_NONE) {
			err = r->bad;
			continue;
		}
		for (unsigned pass = 0; pass < p->npasses && err == OK; pass++)
			err = add_block(l, pass);
		if (cancelled(p))
			err = E_CANCELLED;
	}
	if (err == OK && l->route)
		err = route_sums_end(l->route, l);
	if (err == OK && l->heavy)
		return heavy_segment(l->heavy, l);
	if (err == OK && l->unite && l->keys.dense && l->acc && l->keys.groups * l->stride <= l->acc_cap)
		err = unite_groups(l->unite, l);
	return err;
}
