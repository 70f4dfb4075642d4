/* The rows' numbers, scaled by the sampling rate, added up by group.  Sums are exact: where a segment's
 * numbers could pass 64 bits, each measure is kept as three sums of 32-bit limbs. */
#include "query/local.h"

#include "base/mem.h"

#include <assert.h>

static uint64_t *value_room(struct local *l, unsigned i)
{
	if (!l->val[i])
		l->val[i] = mem_array(NULL, SEG_BLOCK, sizeof(**l->val));
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

/* Rows that stand for rows count as many. */
static enum err count_rows(struct local *l, unsigned measure, const struct rowset *rows)
{
	const uint64_t *records = seg_stands_in(l->reader.seg) ? reader_uints(&l->reader, SI_records) : NULL;
	for (unsigned k = 0; k < l->limbs; k++)
		for (size_t i = 0; i < rows->n; i++)
			l->val[measure * l->limbs + k][i] = k == 0;
	for (size_t i = 0; records && i < rows->n; i++)
		l->val[measure * l->limbs][i] = records[rows->at ? rows->at[i] : i];
	return l->reader.bad;
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
 * b / f bytes each: b * b / f, or f where frames are estimated.  Absurd records stop at 2^56, absurd rates
 * at 2^22, so that sums stay whole. */
static uint64_t square_of(int col, uint64_t v, uint64_t frames)
{
	unsigned __int128 square = (unsigned __int128)v * v / MAX(frames, (uint64_t)1);
	return col == TR_frames ? v : (uint64_t)MIN(square, (unsigned __int128)ROLLUP_SQUARE_MOST);
}

static unsigned __int128 variance(uint64_t square, uint64_t rate)
{
	return rate < 2 ? 0 : (unsigned __int128)square * MIN(rate * (rate - 1), (uint64_t)1 << 44);
}

static enum err fill_uncertain(struct local *l, unsigned measure, const struct rowset *rows)
{
	struct reader *r = &l->reader;
	const struct measure *m = &r->plan->measure[measure];
	const uint64_t *v = reader_uints(r, m->col), *frames = reader_uints(r, TR_frames), *rate = reader_uints(r, TR_samplingrate);
	bool summed = seg_stands_in(r->seg) && m->col == TR_bytes;
	const uint64_t *squares = summed ? reader_uints(r, SI_squares) : NULL;
	uint64_t **out = &l->val[measure * LIMBS];
	assert(l->limbs == LIMBS);
	if (!v || !frames || !rate || (summed && !squares))
		return r->bad;
	for (size_t k = 0; k < rows->n; k++) {
		size_t i = rows->at ? rows->at[k] : k;
		unsigned __int128 x = 0;
		if (m->kind == M_VARIANCE)
			x = variance(squares ? squares[i] : square_of(m->col, v[i], frames[i]), rate[i]);
		else if (rate[i] > 1)
			x = (unsigned __int128)v[i] * (m->kind == M_LOOKED ? 1 : rate[i]);
		out[0][k] = (uint32_t)x;
		out[1][k] = (uint32_t)(x >> 32);
		out[2][k] = (uint64_t)(x >> 64);
	}
	return OK;
}

enum err local_measure(struct local *l, unsigned i, const struct rowset *rows)
{
	const struct measure *m = &l->reader.plan->measure[i];
	for (unsigned k = 0; k < l->limbs; k++)
		if (!value_room(l, i * l->limbs + k))
			return E_NOMEM;
	return m->kind == M_ROWS ? count_rows(l, i, rows) : m->kind >= M_SAMPLED ? fill_uncertain(l, i, rows) : fill_column(l, i, rows);
}

enum err local_measures(struct local *l, const struct rowset *rows)
{
	enum err err = OK;
	for (unsigned i = 0; i < l->reader.plan->nmeasures && err == OK; i++)
		err = local_measure(l, i, rows);
	return err;
}

bool local_line(const struct local *l, unsigned i, uint64_t *ret_base, uint64_t *ret_step)
{
	const struct plan *p = l->reader.plan;
	const struct measure *m = &p->measure[i];
	if (m->kind > M_SAMPLES || l->limbs != 1 || l->reader.pick)
		return false;
	const struct seg_col *c = seg_column(l->reader.seg, (size_t)m->col);
	const int rate_col = m->kind == M_COLUMN ? p->view->table->rate_col : -1;
	const struct seg_col *rate = rate_col >= 0 ? seg_column(l->reader.seg, (size_t)rate_col) : NULL;
	if (c->kind != SEG_INT || !c->narrow || (rate && rate->kind != SEG_CONST))
		return false;
	const uint64_t times = rate && rate->uint ? rate->uint : 1;
	*ret_base = c->base * times;
	*ret_step = c->step * times;
	return true;
}

void local_add_up(struct local *l, const uint32_t *id, size_t n)
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
