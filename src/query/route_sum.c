/* Rows of a simple route, added up as they are routed: where whose a row is, is all that tells groups of a
 * segment apart, a row is a look into each of two tables, and an addition for each.
 *
 *	rows --tables--> sum[plan] (route_add) --at the segment's end--> l->acc (route_sums_end)
 *
 * What is nobody's goes to one more sum behind the plans', which nobody reads, so that no row branches. */
#include "query/route.h"

#include <assert.h>

/* Other keys than the plan are the same in all rows: with the plan last, its groups lie side by side. */
static bool plan_alone(const struct local *l, size_t *ret_first)
{
	const struct plan *p = l->reader.plan;
	const unsigned last = p->nkeylanes - 1;
	size_t first = 0;
	for (unsigned i = 0; i < last; i++) {
		if (!l->lane[i].one_bucket)
			return false;
		first = first * l->lane[i].card + l->lane[i].base_a;
	}
	assert(p->lane[last].kind == LANE_PLAN);
	*ret_first = first * l->lane[last].card;
	return true;
}

enum err route_sums_begin(struct route_local *rl, struct local *l)
{
	const struct plan *p = l->reader.plan;
	struct quota *q = l->reader.quota;
	const size_t n = rl->route->nplan + 1;
	rl->sums = rl->simple && l->unite && l->keys.dense && l->limbs == 1 && p->nmeasures && plan_alone(l, &rl->first);
	if (!rl->sums)
		return OK;
	enum err err = quota_grow(q, &rl->seen, &rl->seen_cap, n, sizeof(*rl->seen));
	return err == OK ? quota_grow(q, &rl->sum, &rl->sum_cap, n * p->nmeasures, sizeof(*rl->sum)) : err;
}

/* Of a block: rows, whose they are, and a number of each. */
struct adding {
	struct picks one, two;
	const uint32_t *at;   /* of the rows; NULL = all */
	size_t n;
	const uint64_t *val;  /* by row that passed; NULL: */
	const uint32_t *code; /* base + step * code */
	uint64_t base, step;
	size_t none;          /* whose nobody's is */
	uint8_t *seen;
	uint64_t *sum;        /* a measure's */
};

static inline __attribute__((always_inline)) size_t row_at(const struct adding *d, size_t k)
{
	return d->at ? d->at[k] : k;
}

/* Rows from k on that are one's by the same codes, which is one's port and often many neighbours'.  Returns the first
 * row behind them; *nobodys grows by those that are not two's either, where one's is nobody. */
static inline __attribute__((always_inline)) size_t add_run(const struct adding *d, size_t k, size_t one, bool owned, size_t *nobodys)
{
	const size_t none = d->none, first = row_at(d, k);
	const uint32_t a = d->one.a[first], b = d->one.b[first];
	uint64_t all = 0;
	size_t row = first;
	do {
		const uint64_t v = d->code ? d->base + d->step * d->code[k] : d->val[k];
		size_t two = pick(&d->two, row);
		*nobodys += !owned && two == none;
		two = two == one ? none : two;
		all += v;
		d->seen[two] = 1;
		d->sum[two] += v;
		row = ++k < d->n ? row_at(d, k) : row;
	} while (k < d->n && d->one.a[row] == a && d->one.b[row] == b);
	d->seen[one] = 1;
	d->sum[one] += all;
	return k;
}

/* Returns how many rows are somebody's. */
static inline __attribute__((always_inline)) size_t add_runs(struct adding d)
{
	size_t nobodys = 0;
	for (size_t k = 0; k < d.n;) {
		const size_t one = pick(&d.one, row_at(&d, k));
		k = one == d.none ? add_run(&d, k, one, false, &nobodys) : add_run(&d, k, one, true, &nobodys);
	}
	return d.n - nobodys;
}

/* Compiled for each way that a block's rows and numbers come. */
static size_t add_values(struct adding d)
{
	d.code = NULL;
	return add_runs(d);
}

static size_t add_all_codes(struct adding d)
{
	d.at = NULL;
	d.val = NULL;
	return d.code ? add_runs(d) : 0;
}

enum err route_add(struct route_local *rl, struct local *l, const struct rowset *rows)
{
	const unsigned nm = l->reader.plan->nmeasures;
	const size_t n = rl->route->nplan + 1;
	struct adding d = { .at = rows->at, .n = rows->n, .none = rl->route->nplan, .seen = rl->seen };
	size_t passed = 0;
	enum err err = route_picks(rl, &l->reader, 0, &d.one);
	if (err == OK)
		err = route_picks(rl, &l->reader, rl->route->nkinds > 1, &d.two);
	for (unsigned m = 0; m < nm && err == OK; m++) {
		d.sum = rl->sum + m * n;
		if (!rows->at && local_line(l, m, &d.base, &d.step)) {
			d.code = reader_codes(&l->reader, l->reader.plan->measure[m].col);
			passed = d.code ? add_all_codes(d) : 0;
		} else if ((err = local_measure(l, m, rows)) == OK) {
			d.val = l->val[m];
			passed = add_values(d);
		}
		err = err == OK ? l->reader.bad : err;
	}
	l->scanned.passed += passed;
	return err;
}

enum err route_sums_end(struct route_local *rl, struct local *l)
{
	const size_t nplan = rl->route->nplan, nm = l->reader.plan->nmeasures;
	if (!rl->sums)
		return OK;
	local_many(l);
	enum err err = quota_grow(l->reader.quota, &l->acc, &l->acc_cap, l->keys.groups * l->stride, sizeof(*l->acc));
	for (size_t i = 0; i < nplan && err == OK; i++) {
		uint64_t *acc = l->acc + (rl->first + i) * l->stride;
		acc[0] += rl->seen[i];
		for (size_t m = 0; m < nm; m++)
			acc[1 + m] += rl->sum[m * (nplan + 1) + i];
	}
	memset(rl->seen, 0, (nplan + 1) * sizeof(*rl->seen));
	memset(rl->sum, 0, (nplan + 1) * nm * sizeof(*rl->sum));
	return err;
}
