/* What the rows of one segment add up to, by local group number: row counts and measures, the
 * distinct values of count(), the edges of first() and last(), sums by minute.  Then merged: only
 * here, once per distinct group, do codes become values.
 *
 * Sums are exact.  Where a segment's numbers could pass 64 bits, each measure is kept as three
 * sums of 32-bit limbs. */
#include "query/route.h"
#include "query/unite.h"

#include "base/mem.h"

#include <assert.h>

enum { LIMBS = 3 };

static bool is_set(const struct item *it)
{
	return it->fn == FN_count || it->fn == FN_first || it->fn == FN_last;
}

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
	l->at = mem_new0(SEG_BLOCK, sizeof(*l->at));
	l->id = mem_new0(SEG_BLOCK, sizeof(*l->id));
	l->key = mem_new0(SEG_BLOCK, sizeof(*l->key));
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
	return cols;
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
		if (m->kind == M_ROWS)
			continue;
		if (__builtin_mul_overflow(largest(seg_column(s, (size_t)m->col)), MAX(rate, (uint64_t)1), &most) ||
		    __builtin_mul_overflow(most, seg_rows(s) * 2, &most))
			return false;
		*ret = MAX(*ret, most);
	}
	return true;
}

static enum err bind_segment(struct local *l, const struct seg *s)
{
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
		if (err != OK)
			return err;
	}
	packer_bind(&l->keys, l->lane, seg_rows(s) * 2 + 65536);
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
	if (l->acc)
		memset(l->acc, 0, l->acc_cap * sizeof(*l->acc));
	if (l->minute_acc)
		memset(l->minute_acc, 0, l->minute_cap * sizeof(*l->minute_acc));
	return l->unite ? unite_bind(l->unite, l, l->limbs == 1 ? most : UINT64_MAX) : OK;
}

/* -- measures ------------------------------------------------------------------------------------------ */

static uint64_t *value_room(struct local *l, unsigned i)
{
	if (!l->val[i])
		l->val[i] = mem_new0(SEG_BLOCK, sizeof(**l->val));
	return l->val[i];
}

/* rate NULL: `one` for all. */
static void scale(const uint64_t *v, const uint64_t *rate, uint64_t one, const struct rowset *rows, uint64_t *out)
{
	if (!rate && !rows->at)
		for (size_t k = 0; k < rows->n; k++)
			out[k] = v[k] * one;
	else if (!rate)
		for (size_t k = 0; k < rows->n; k++)
			out[k] = v[rows->at[k]] * one;
	else
		for (size_t k = 0; k < rows->n; k++) {
			size_t i = rows->at ? rows->at[k] : k;
			out[k] = v[i] * (rate[i] + !rate[i]);
		}
}

static void scale_limbs(const uint64_t *v, const uint64_t *rate, uint64_t one, const struct rowset *rows, uint64_t **out)
{
	for (size_t k = 0; k < rows->n; k++) {
		size_t i = rows->at ? rows->at[k] : k;
		unsigned __int128 x = (unsigned __int128)v[i] * (rate ? rate[i] + !rate[i] : one);
		out[0][k] = (uint32_t)x;
		out[1][k] = (uint32_t)(x >> 32);
		out[2][k] = (uint64_t)(x >> 64);
	}
}

static void count_rows(struct local *l, unsigned measure, size_t n)
{
	for (unsigned k = 0; k < l->limbs; k++)
		for (size_t i = 0; i < n; i++)
			l->val[measure * l->limbs + k][i] = k == 0;
}

static enum err fill_column(struct local *l, unsigned measure, const struct rowset *rows)
{
	struct reader *r = &l->reader;
	const struct measure *m = &r->plan->measure[measure];
	int rate_col = m->kind == M_COLUMN ? r->plan->view->table->rate_col : -1;
	const struct seg_col *sc = rate_col >= 0 ? seg_column(r->seg, (size_t)rate_col) : NULL;
	bool by_row = sc && sc->kind != SEG_CONST;
	uint64_t one = sc && sc->kind == SEG_CONST && sc->uint ? sc->uint : 1;
	const uint64_t *v = reader_uints(r, m->col), *rate = by_row ? reader_uints(r, rate_col) : NULL;
	if (r->bad)
		return r->bad;
	if (l->limbs == 1)
		scale(v, rate, one, rows, l->val[measure]);
	else
		scale_limbs(v, rate, one, rows, &l->val[measure * LIMBS]);
	return OK;
}

/* What sampling makes uncertain: reduce.c says what for.  A flow record of f frames is f samples of
 * b / f bytes each.  Absurd records stop at 2^100, so that sums stay whole. */
static unsigned __int128 variance(uint64_t b, uint64_t frames, uint64_t rate)
{
	const unsigned __int128 most = (unsigned __int128)1 << 100;
	unsigned __int128 v;
	if (rate < 2)
		return 0;
	if (__builtin_mul_overflow((unsigned __int128)b * b, (unsigned __int128)rate * (rate - 1), &v))
		return most;
	return MIN(v / MAX(frames, (uint64_t)1), most);
}

static enum err fill_uncertain(struct local *l, unsigned measure, const struct rowset *rows)
{
	struct reader *r = &l->reader;
	const struct measure *m = &r->plan->measure[measure];
	const uint64_t *v = reader_uints(r, m->col), *frames = reader_uints(r, TR_frames), *rate = reader_uints(r, TR_samplingrate);
	uint64_t **out = &l->val[measure * LIMBS];
	assert(l->limbs == LIMBS);
	if (!v || !frames || !rate)
		return r->bad;
	for (size_t k = 0; k < rows->n; k++) {
		size_t i = rows->at ? rows->at[k] : k;
		unsigned __int128 x = 0;
		if (m->kind == M_VARIANCE)
			x = variance(v[i], frames[i], rate[i]);
		else if (rate[i] > 1)
			x = (unsigned __int128)v[i] * (m->kind == M_LOOKED ? 1 : rate[i]);
		out[0][k] = (uint32_t)x;
		out[1][k] = (uint32_t)(x >> 32);
		out[2][k] = (uint64_t)(x >> 64);
	}
	return OK;
}

static enum err fill_measures(struct local *l, const struct rowset *rows)
{
	const struct plan *p = l->reader.plan;
	enum err err = OK;
	for (unsigned i = 0; i < p->nmeasures && err == OK; i++) {
		for (unsigned k = 0; k < l->limbs; k++)
			if (!value_room(l, i * l->limbs + k))
				return E_NOMEM;
		if (p->measure[i].kind == M_ROWS)
			count_rows(l, i, rows->n);
		else if (p->measure[i].kind >= M_SAMPLED)
			err = fill_uncertain(l, i, rows);
		else
			err = fill_column(l, i, rows);
	}
	return err;
}

static void add_up(struct local *l, const uint32_t *id, size_t n)
{
	unsigned nv = l->stride - 1;
	uint64_t *acc = l->acc;
	if (nv == 1) {
		const uint64_t *v = l->val[0];
		for (size_t k = 0; k < n; k++) {
			uint64_t *a = acc + (size_t)id[k] * 2;
			a[0]++;
			a[1] += v[k];
		}
		return;
	}
	for (size_t k = 0; k < n; k++)
		acc[(size_t)id[k] * l->stride]++;
	for (unsigned i = 0; i < nv; i++) {
		const uint64_t *v = l->val[i];
		for (size_t k = 0; k < n; k++)
			acc[(size_t)id[k] * l->stride + 1 + i] += v[k];
	}
}

/* -- sets and minutes ------------------------------------------------------------------------------------ */

static enum err note_edges(struct local *l, const struct item *it, const struct rowset *rows, const uint32_t *id)
{
	struct local_set *s = &l->set[it->set];
	const uint64_t *time = reader_uints(&l->reader, TR_time);
	size_t had = s->time_cap;
	enum err err = quota_grow(l->reader.quota, &s->time, &s->time_cap, l->keys.groups, sizeof(*s->time));
	for (size_t k = had; k < s->time_cap; k++)
		s->time[k] = INT64_MIN;
	if (err == OK)
		err = quota_grow(l->reader.quota, &s->value, &s->value_cap, l->keys.groups, sizeof(*s->value));
	if (err != OK || !time)
		return err == OK ? E_NOMEM : err;
	for (size_t k = 0; k < rows->n; k++) {
		usec_t t = (usec_t)time[rows->at ? rows->at[k] : k];
		uint32_t g = id[k], v = s->values.ids[k];
		bool nothing = s->time[g] == INT64_MIN;
		if (!nothing && t == s->time[g] && v != s->value[g]) { /* values decide, not numbers */
			uint64_t a[4], b[4];
			int d = 0;
			packer_words(&s->values, l->lane, l->reader.seg, v, a);
			packer_words(&s->values, l->lane, l->reader.seg, s->value[g], b);
			unsigned words = 0;
			for (unsigned i = 0; i < it->nlanes; i++)
				words += l->lane[it->lane[i]].lane->addr ? 2 : 1;
			for (unsigned i = 0; !d && i < words; i++)
				d = (a[i] > b[i]) - (a[i] < b[i]);
			if (it->fn == FN_first ? d < 0 : d > 0)
				s->value[g] = v;
		} else if (nothing || (it->fn == FN_first ? t < s->time[g] : t > s->time[g])) {
			s->time[g] = t;
			s->value[g] = v;
		}
	}
	return OK;
}

static enum err note_sets(struct local *l, const struct rowset *rows, const uint32_t *id)
{
	const struct plan *p = l->reader.plan;
	struct quota *q = l->reader.quota;
	for (unsigned i = 0; i < p->nitems; i++) {
		const struct item *it = &p->item[i];
		if (!is_set(it))
			continue;
		struct local_set *s = &l->set[it->set];
		enum err err = packer_fill(&s->values, q, l->lane, rows->n);
		if (err == OK && it->fn != FN_count) {
			err = note_edges(l, it, rows, id);
		} else if (err == OK) {
			for (size_t k = 0; k < rows->n; k++)
				l->key[k] = (uint64_t)id[k] << 32 | s->values.ids[k];
			err = intern_many(&s->pairs, q, l->key, rows->n, l->id);
		}
		if (err != OK)
			return err;
	}
	return OK;
}

static enum err note_minutes(struct local *l, const struct rowset *rows, const uint32_t *id)
{
	unsigned nv = l->stride - 1;
	const uint64_t *time = reader_uints(&l->reader, TR_time);
	if (!time)
		return E_NOMEM;
	for (size_t k = 0; k < rows->n; k++) {
		uint64_t minute = time[rows->at ? rows->at[k] : k] / (uint64_t)USEC_PER_MIN;
		l->key[k] = (uint64_t)id[k] << 32 | (minute - (uint64_t)l->first_minute);
	}
	enum err err = intern_many(&l->minutes, l->reader.quota, l->key, rows->n, l->id);
	if (err == OK)
		err = quota_grow(l->reader.quota, &l->minute_acc, &l->minute_cap, l->minutes.n * nv, sizeof(*l->minute_acc));
	if (err != OK)
		return err;
	for (unsigned i = 0; i < nv; i++)
		for (size_t k = 0; k < rows->n; k++)
			l->minute_acc[(size_t)l->id[k] * nv + i] += l->val[i][k];
	return OK;
}

/* -- blocks ------------------------------------------------------------------------------------------------ */

static enum err add_rows(struct local *l, const struct rowset *rows, unsigned pass)
{
	struct reader *r = &l->reader;
	const struct plan *p = r->plan;
	enum err err = OK;
	for (unsigned i = 0; i < p->nlanes && err == OK; i++)
		err = lane_fill(&l->lane[i], r, rows, pass);
	if (err == OK && l->unite && !l->keys.dense) {
		if ((err = fill_measures(l, rows)) == OK)
			err = unite_rows(l->unite, l, rows->n);
		return err == OK && p->nsets ? unite_sets(l->unite, l, rows->n) : err;
	}
	if (err == OK)
		err = packer_fill(&l->keys, r->quota, l->lane, rows->n);
	if (err == OK)
		err = quota_grow(r->quota, &l->acc, &l->acc_cap, l->keys.groups * l->stride, sizeof(*l->acc));
	if (err == OK)
		err = fill_measures(l, rows);
	if (err != OK)
		return err;
	add_up(l, l->keys.ids, rows->n);
	if (p->nsets && l->unite)
		err = unite_sets(l->unite, l, rows->n);
	else if (p->nsets)
		err = note_sets(l, rows, l->keys.ids);
	if (err == OK && p->minutes)
		err = note_minutes(l, rows, l->keys.ids);
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

/* Rows of the block that pass, and those of which no entry was known. */
static void count_unknown(struct local *l, const struct pred *pass, size_t rows)
{
	struct reader *r = &l->reader;
	const struct pred *unknown = r->plan->unknown;
	l->counted += rows;
	enum bits_state state = unknown ? reader_eval(r, unknown) : BITS_NONE;
	if (state == BITS_NONE)
		return;
	const uint64_t *u = state == BITS_SOME ? reader_bits(r, unknown) : NULL;
	const uint64_t *w = rows < r->rows ? reader_bits(r, pass) : NULL;
	for (size_t i = 0; u && i * 64 < r->rows; i++)
		l->unknown += (uint64_t)__builtin_popcountll(w ? w[i] & u[i] : u[i]);
	l->unknown += u ? 0 : rows;
}

static enum err add_block(struct local *l, unsigned pass)
{
	struct reader *r = &l->reader;
	const struct pred *p = r->plan->pass[pass];
	enum bits_state state = reader_eval(r, p);
	struct rowset rows = { .n = r->rows };
	enum err err = OK;
	if (state == BITS_SOME) {
		rows.n = rows_of(reader_bits(r, p), r->rows, l->at);
		rows.at = rows.n == r->rows ? NULL : l->at;
	}
	if (r->bad || state == BITS_NONE)
		return r->bad;
	l->scanned.passed += rows.n;
	if (rows.n)
		err = l->route ? route_rows(l->route, l, &rows, add_rows) : add_rows(l, &rows, pass);
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
		for (unsigned pass = 0; pass < p->npasses && err == OK; pass++)
			err = add_block(l, pass);
		if (cancelled(p))
			err = E_CANCELLED;
	}
	if (err == OK && l->unite && l->keys.dense && l->acc && l->keys.groups * l->stride <= l->acc_cap)
		err = unite_groups(l->unite, l);
	return err;
}

/* -- into the answer ------------------------------------------------------------------------------------------ */

static __int128 whole(const uint64_t *limb, unsigned limbs)
{
	__int128 v = 0;
	for (unsigned k = limbs; k-- > 0;)
		v = v * ((__int128)1 << 32) + limb[k];
	return v;
}

/* So many keys are made at once, so that the answer's slots are on their way when they are needed. */
enum { AHEAD = 16 };

static enum err merge_some(struct local *l, struct agg *g, const uint32_t *group, size_t n)
{
	const struct plan *p = l->reader.plan;
	uint64_t key[AHEAD][2 * MAX_LANES], hash[AHEAD];
	enum err bad = OK;
	for (size_t k = 0; k < n; k++) {
		packer_words(&l->keys, l->lane, l->reader.seg, group[k], key[k]);
		hash[k] = words_prefetch(&g->keys, key[k]);
	}
	for (size_t k = 0; k < n; k++) {
		uint32_t id = words_prefetch_key(&g->keys, hash[k]);
		if (p->nmeasures && g->sum)
			__builtin_prefetch(&g->sum[(size_t)id * p->nmeasures], 1);
	}
	for (size_t k = 0; k < n; k++) {
		const uint64_t *acc = l->acc + (size_t)group[k] * l->stride;
		uint32_t id = agg_group(g, key[k], &bad);
		if (id == UINT32_MAX)
			return bad;
		l->merged[group[k]] = id;
		for (unsigned i = 0; i < p->nmeasures; i++)
			g->sum[(size_t)id * p->nmeasures + i] += whole(acc + 1 + i * l->limbs, l->limbs);
	}
	return OK;
}

static enum err merge_groups(struct local *l, struct agg *g)
{
	uint32_t group[AHEAD];
	size_t n = 0;
	enum err err = OK;
	for (size_t k = 0; k < l->keys.groups && err == OK; k++) {
		if (!l->acc[k * l->stride])
			continue;
		group[n++] = (uint32_t)k;
		if (n == AHEAD) {
			err = merge_some(l, g, group, n);
			n = 0;
		}
	}
	return err == OK && n ? merge_some(l, g, group, n) : err;
}

static enum err merge_pairs(struct local *l, struct agg *g, const struct item *it)
{
	const struct local_set *s = &l->set[it->set];
	uint64_t key[AHEAD][1 + 4], hash[AHEAD];
	enum err err = OK;
	for (size_t k = 0; k < s->pairs.n && err == OK; k += AHEAD) {
		size_t n = MIN(s->pairs.n - k, (size_t)AHEAD);
		for (size_t i = 0; i < n; i++) {
			uint64_t pair = s->pairs.key[k + i];
			key[i][0] = l->merged[pair >> 32];
			packer_words(&s->values, l->lane, l->reader.seg, (uint32_t)pair, key[i] + 1);
			hash[i] = words_prefetch(&g->set[it->set].pairs, key[i]);
		}
		for (size_t i = 0; i < n; i++)
			(void)words_prefetch_key(&g->set[it->set].pairs, hash[i]);
		for (size_t i = 0; i < n && err == OK; i++)
			err = agg_count(g, it->set, (uint32_t)key[i][0], key[i] + 1);
	}
	return err;
}

static enum err merge_set(struct local *l, struct agg *g, const struct item *it)
{
	struct local_set *s = &l->set[it->set];
	uint64_t words[4];
	if (it->fn == FN_count)
		return merge_pairs(l, g, it);
	for (size_t k = 0; k < MIN(l->keys.groups, s->time_cap); k++) {
		if (s->time[k] == INT64_MIN)
			continue;
		packer_words(&s->values, l->lane, l->reader.seg, s->value[k], words);
		agg_edge(g, it->set, it->fn == FN_last, l->merged[k], s->time[k], words);
	}
	return OK;
}

static enum err merge_minutes(struct local *l, struct agg *g)
{
	const struct plan *p = l->reader.plan;
	unsigned nv = l->stride - 1;
	enum err bad = OK;
	for (size_t k = 0; k < l->minutes.n; k++) {
		uint64_t key = l->minutes.key[k];
		uint32_t id = agg_minute(g, l->merged[key >> 32], (uint64_t)l->first_minute + (uint32_t)key, &bad);
		if (id == UINT32_MAX)
			return bad;
		for (unsigned i = 0; i < p->nmeasures; i++)
			g->minute_sum[(size_t)id * p->nmeasures + i] += whole(l->minute_acc + k * nv + i * l->limbs, l->limbs);
	}
	return OK;
}

enum err local_merge(struct local *l, struct agg *g)
{
	const struct plan *p = l->reader.plan;
	g->counted += l->counted;
	g->unknown += l->unknown;
	l->counted = l->unknown = 0;
	bool none = !l->acc || l->keys.groups * l->stride > l->acc_cap; /* no row passed */
	if (none || l->unite)
		return OK;
	enum err err = quota_grow(l->reader.quota, &l->merged, &l->merged_cap, l->keys.groups, sizeof(*l->merged));
	if (err == OK)
		err = merge_groups(l, g);
	for (unsigned i = 0; i < p->nitems && err == OK; i++)
		if (is_set(&p->item[i]))
			err = merge_set(l, g, &p->item[i]);
	return err == OK && p->minutes ? merge_minutes(l, g) : err;
}
