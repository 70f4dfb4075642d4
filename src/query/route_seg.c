/* A route against a segment: intervals of values become tables by code; rows come out for plans. */
#include "query/route.h"

#include "base/mem.h"

#include <assert.h>

enum { MOST_TABLE = 4 << 20 };

static struct addr point_addr(const struct point *p)
{
	struct addr a = { { 0 } };
	store_be64(a.b, p->w[0]);
	store_be64(a.b + 8, p->w[1]);
	return a;
}

static struct pred *kind_union(const struct route_kind *k, struct preds *ps)
{
	size_t each = k->kind == P_PAIRS ? sizeof(struct pair) : k->kind == P_ADDRS ? sizeof(struct arange) : sizeof(struct urange);
	void *all = arena_new0(ps->arena, k->n + 1, each);
	for (size_t i = 0; all && i < k->n; i++) {
		const struct interval *v = &k->at[i];
		if (k->kind == P_PAIRS)
			((struct pair *)all)[i] = (struct pair){ point_addr(&v->lo), v->lo.w[2], v->hi.w[2] };
		else if (k->kind == P_ADDRS)
			((struct arange *)all)[i] = (struct arange){ point_addr(&v->lo), point_addr(&v->hi) };
		else
			((struct urange *)all)[i] = (struct urange){ v->lo.w[2], v->hi.w[2] };
	}
	if (!all)
		return NULL;
	return k->kind == P_PAIRS ? pred_pairs(ps, k->col, k->col2, all, k->n) :
	       k->kind == P_ADDRS ? pred_addrs(ps, k->col, all, k->n) : pred_uints(ps, k->col, all, k->n);
}

struct pred *route_union(const struct route *r, struct preds *ps)
{
	struct pred *p = ps->no;
	for (unsigned c = 0; c < r->nkinds; c++)
		p = pred_or(ps, p, kind_union(&r->kind[c], ps));
	return p;
}

enum err route_local_init(struct route_local *rl, const struct route *r)
{
	*rl = (struct route_local){ .route = r };
	rl->at = mem_array(NULL, SEG_BLOCK, sizeof(*rl->at));
	rl->plan = mem_array(NULL, SEG_BLOCK, sizeof(*rl->plan));
	bool all = rl->at && rl->plan;
	for (unsigned c = 0; c < r->nkinds && all; c++)
		all = (rl->found[c] = mem_array(NULL, SEG_BLOCK, sizeof(**rl->found)));
	return all ? OK : E_NOMEM;
}

void route_local_free(struct route_local *rl, struct quota *q)
{
	for (unsigned c = 0; c < ROUTE_KINDS; c++) {
		quota_free(q, &rl->table[c], rl->cap[c], sizeof(*rl->table[c]));
		mem_free(rl->found[c]);
	}
	quota_free(q, &rl->seen, rl->seen_cap, sizeof(*rl->seen));
	quota_free(q, &rl->sum, rl->sum_cap, sizeof(*rl->sum));
	mem_free(rl->at);
	mem_free(rl->plan);
	*rl = (struct route_local){ 0 };
}

/* -- tables ------------------------------------------------------------------------------------------ */

static size_t codes_in(const struct seg_col *c)
{
	return c->kind == SEG_DICT ? c->dict_n : 1;
}

/* Codes of a number column from lo to hi: [*from, *to); below are below lo. */
static void number_codes(const struct seg_col *c, uint64_t lo, uint64_t hi, uint32_t below, uint32_t *from, uint32_t *to)
{
	if (c->kind == SEG_CONST) {
		*from = 0;
		*to = lo <= c->uint && c->uint <= hi;
		return;
	}
	*from = codes_below_from(c, lo, below);
	*to = hi == UINT64_MAX ? c->dict_n : codes_below_from(c, hi + 1, *from);
}

static void addr_range_codes(const struct seg_col *c, const struct addr *lo, const struct addr *hi, uint32_t *from, uint32_t *to)
{
	if (c->kind == SEG_CONST) {
		*from = 0;
		*to = addr_compare(lo, &c->addr) <= 0 && addr_compare(&c->addr, hi) <= 0;
		return;
	}
	*from = addr_codes(c, lo, false);
	*to = addr_codes(c, hi, true);
}

/* The agent of the interval before: intervals are sorted, and many are one agent's. */
struct last_agent {
	uint64_t w[2];
	uint32_t from, to; /* its codes: one or none */
	uint32_t below;    /* codes of numbers that came before */
	bool known;
};

/* An interval's codes; of pairs its agent's row of the table.  Pairs do not cross agents. */
static void mark(struct route_local *rl, const struct reader *r, unsigned kind, size_t i, struct last_agent *last)
{
	const struct route_kind *k = &rl->route->kind[kind];
	const struct seg_col *c = seg_column(r->seg, (size_t)k->col);
	const struct interval *v = &k->at[i];
	struct addr lo = point_addr(&v->lo), hi = point_addr(&v->hi);
	uint32_t from, to, row = 0;
	if (k->kind == P_PAIRS) {
		if (!last->known || last->w[0] != v->lo.w[0] || last->w[1] != v->lo.w[1]) {
			*last = (struct last_agent){ .w = { v->lo.w[0], v->lo.w[1] }, .known = true };
			addr_range_codes(c, &lo, &lo, &last->from, &last->to);
		}
		row = last->from;
		if (row >= last->to)
			return;
		number_codes(seg_column(r->seg, (size_t)k->col2), v->lo.w[2], v->hi.w[2], last->below, &from, &to);
		last->below = to;
	} else if (k->kind == P_ADDRS) {
		addr_range_codes(c, &lo, &hi, &from, &to);
	} else {
		number_codes(c, v->lo.w[2], v->hi.w[2], 0, &from, &to);
	}
	for (; from < to; from++)
		rl->table[kind][row * rl->width[kind] + from] = rl->simple ? rl->route->plan[v->first] : 1 + (uint32_t)i;
}

/* Entries of a kind's table. */
static size_t table_size(struct route_local *rl, const struct reader *r, unsigned kind)
{
	const struct route_kind *k = &rl->route->kind[kind];
	const struct seg_col *c = seg_column(r->seg, (size_t)k->col);
	const struct seg_col *c2 = k->col2 >= 0 ? seg_column(r->seg, (size_t)k->col2) : NULL;
	rl->width[kind] = c2 ? codes_in(c2) : codes_in(c);
	size_t all = c2 ? codes_in(c) * rl->width[kind] : rl->width[kind];
	rl->search[kind] = c->kind == SEG_INT || (c2 && c2->kind == SEG_INT) || all > MOST_TABLE;
	return all;
}

static enum err bind_kind(struct route_local *rl, struct reader *r, unsigned kind)
{
	const struct route_kind *k = &rl->route->kind[kind];
	struct last_agent last = { .known = false };
	size_t all = table_size(rl, r, kind);
	if (rl->search[kind])
		return OK;
	enum err err = quota_grow(r->quota, &rl->table[kind], &rl->cap[kind], all, sizeof(*rl->table[kind]));
	if (err != OK)
		return err;
	const uint32_t none = rl->simple ? (uint32_t)rl->route->nplan : 0;
	for (size_t i = 0; i < all; i++)
		rl->table[kind][i] = none;
	for (size_t i = 0; i < k->n; i++)
		mark(rl, r, kind, i, &last);
	return OK;
}

enum err route_bind(struct route_local *rl, struct reader *r)
{
	enum err err = OK;
	rl->simple = rl->route->simple;
	for (unsigned c = 0; c < rl->route->nkinds; c++) {
		table_size(rl, r, c);
		rl->simple &= !rl->search[c];
	}
	for (unsigned c = 0; c < rl->route->nkinds && err == OK; c++)
		err = bind_kind(rl, r, c);
	return err;
}

/* -- rows ---------------------------------------------------------------------------------------------- */

static bool at_or_below(const struct point *a, const struct point *b)
{
	for (unsigned i = 0; i < 3; i++)
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i];
	return true;
}

static uint32_t search(const struct route_kind *k, const struct point *p)
{
	size_t lo = 0, hi = k->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (at_or_below(p, &k->at[mid].hi))
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo < k->n && at_or_below(&k->at[lo].lo, p) ? (uint32_t)lo + 1 : 0;
}

/* Without a table: by the row's value. */
static enum err search_rows(struct route_local *rl, struct reader *r, unsigned kind, const struct rowset *rows)
{
	const struct route_kind *k = &rl->route->kind[kind];
	const struct seg_col *c = seg_column(r->seg, (size_t)k->col);
	const uint32_t *codes = k->kind == P_UINTS ? NULL : reader_codes(r, k->col);
	const uint64_t *num = k->kind == P_ADDRS ? NULL : reader_uints(r, k->kind == P_PAIRS ? k->col2 : k->col);
	if ((k->kind != P_UINTS && !codes) || (k->kind != P_ADDRS && !num))
		return r->bad;
	for (size_t n = 0; n < rows->n; n++) {
		size_t i = rows->at ? rows->at[n] : n;
		struct point p = { { 0 } };
		if (codes) {
			const struct addr *a = c->kind == SEG_CONST ? &c->addr : &c->dict_addr[codes[i]];
			p.w[0] = load_be64(a->b);
			p.w[1] = load_be64(a->b + 8);
		}
		p.w[2] = num ? num[i] : 0;
		rl->found[kind][n] = search(k, &p);
	}
	return OK;
}

static enum err find_rows(struct route_local *rl, struct reader *r, unsigned kind, const struct rowset *rows)
{
	const struct route_kind *k = &rl->route->kind[kind];
	if (rl->search[kind])
		return search_rows(rl, r, kind, rows);
	const uint32_t *a = reader_codes(r, k->col), *b = k->col2 >= 0 ? reader_codes(r, k->col2) : NULL;
	const uint32_t *table = rl->table[kind];
	uint32_t *found = rl->found[kind];
	if (!a || (k->col2 >= 0 && !b))
		return r->bad;
	for (size_t n = 0; n < rows->n; n++) {
		size_t i = rows->at ? rows->at[n] : n;
		found[n] = table[b ? a[i] * rl->width[kind] + b[i] : a[i]];
	}
	return OK;
}

/* Has an earlier kind given the row to the plan? */
static bool had(const struct route_local *rl, unsigned kind, size_t row, uint32_t plan)
{
	for (unsigned c = 0; c < kind; c++) {
		uint32_t f = rl->found[c][row];
		const struct interval *v = f ? &rl->route->kind[c].at[f - 1] : NULL;
		for (uint32_t i = 0; v && i < v->n; i++)
			if (rl->route->plan[v->first + i] == plan)
				return true;
	}
	return false;
}

static enum err give(struct route_local *rl, struct local *l, size_t n,
		     enum err (*add)(struct local *l, const struct rowset *rows, unsigned pass))
{
	const struct rowset rows = { .at = rl->at, .n = n };
	l->reader.plan_of = rl->plan;
	return n ? add(l, &rows, 0) : OK;
}

enum err route_picks(struct route_local *rl, struct reader *r, unsigned kind, struct picks *ret)
{
	const struct route_kind *k = &rl->route->kind[kind];
	*ret = (struct picks){ .table = rl->table[kind], .a = reader_codes(r, k->col) };
	ret->b = ret->a;
	if (k->col2 >= 0) {
		ret->b = reader_codes(r, k->col2);
		ret->width = rl->width[kind];
	}
	return ret->a && ret->b ? OK : r->bad;
}

/* Every row has one plan at most on each side: no row's turn is a surprise, so nothing is branched on.
 * What comes out of a row is written over when it does not count. */
static enum err simple_rows(struct route_local *rl, struct local *l, const struct rowset *rows,
			    enum err (*add)(struct local *l, const struct rowset *rows, unsigned pass))
{
	enum { AT_ONCE = 4096 };
	const uint32_t none = (uint32_t)rl->route->nplan;
	struct picks one, two;
	enum err err = route_picks(rl, &l->reader, 0, &one);
	if (err == OK)
		err = route_picks(rl, &l->reader, rl->route->nkinds > 1, &two);
	for (size_t from = 0; from < rows->n && err == OK; from += AT_ONCE) {
		size_t out = 0, passed = 0;
		for (size_t n = from; n < MIN(rows->n, from + AT_ONCE); n++) {
			uint32_t row = rows->at ? rows->at[n] : (uint32_t)n, a = pick(&one, row), b = pick(&two, row);
			rl->at[out] = row;
			rl->plan[out] = a;
			out += a != none;
			rl->at[out] = row;
			rl->plan[out] = b;
			out += b != none && b != a;
			passed += a != none || b != none;
		}
		l->scanned.passed += passed;
		err = give(rl, l, out, add);
	}
	return err;
}

enum err route_rows(struct route_local *rl, struct local *l, const struct rowset *rows,
		    enum err (*add)(struct local *l, const struct rowset *rows, unsigned pass))
{
	const struct route *r = rl->route;
	enum err err = OK;
	size_t out = 0;
	if (rl->simple)
		return simple_rows(rl, l, rows, add);
	for (unsigned c = 0; c < r->nkinds && err == OK; c++)
		err = find_rows(rl, &l->reader, c, rows);
	l->scanned.passed += rows->n;
	for (size_t n = 0; n < rows->n && err == OK; n++)
		for (unsigned c = 0; c < r->nkinds && err == OK; c++) {
			uint32_t f = rl->found[c][n];
			const struct interval *v = f ? &r->kind[c].at[f - 1] : NULL;
			for (uint32_t i = 0; v && i < v->n && err == OK; i++) {
				uint32_t plan = r->plan[v->first + i];
				if (c && had(rl, c, n, plan))
					continue;
				rl->at[out] = rows->at ? rows->at[n] : (uint32_t)n;
				rl->plan[out++] = plan;
				if (out == SEG_BLOCK) {
					err = give(rl, l, out, add);
					out = 0;
				}
			}
		}
	return err == OK ? give(rl, l, out, add) : err;
}
