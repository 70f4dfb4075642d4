/* Predicates over stored columns: made, folded and put in order.  Constants vanish as they are
 * joined, so that a tree without P_TRUE and P_FALSE inside is left (or one of them alone). */
#include "query/exec.h"

#include <assert.h>
#include <stdlib.h>

static struct pred *new_pred(struct preds *ps, enum pred_kind kind)
{
	struct pred *p = arena_new0(ps->arena, 1, sizeof(*p));
	if (!p)
		return NULL;
	p->kind = kind;
	p->id = ps->n++;
	p->col = p->col2 = -1;
	return p;
}

bool preds_start(struct preds *ps, struct arena *a)
{
	*ps = (struct preds){ .arena = a };
	ps->no = new_pred(ps, P_FALSE);
	ps->yes = new_pred(ps, P_TRUE);
	return ps->no && ps->yes;
}

struct pred *pred_not(struct preds *ps, struct pred *p)
{
	if (!p || p->kind == P_NOT)
		return p ? p->sub[0] : NULL;
	if (p->kind == P_TRUE || p->kind == P_FALSE)
		return p->kind == P_TRUE ? ps->no : ps->yes;
	struct pred *q = new_pred(ps, P_NOT);
	if (!q || !(q->sub = arena_new0(ps->arena, 1, sizeof(*q->sub))))
		return NULL;
	q->sub[0] = p;
	q->n = 1;
	q->cols = p->cols;
	return q;
}

/* A chain of one kind becomes one node; the array is copied, for the old node may be in use. */
static struct pred *join(struct preds *ps, enum pred_kind kind, struct pred *p, struct pred *q)
{
	struct pred *j = new_pred(ps, kind);
	struct pred *const *first = p->kind == kind ? p->sub : &p;
	size_t n = p->kind == kind ? p->n : 1;
	if (!j || !(j->sub = arena_new0(ps->arena, n + 1, sizeof(*j->sub))))
		return NULL;
	memcpy(j->sub, first, n * sizeof(*first));
	j->sub[n] = q;
	j->n = n + 1;
	j->cols = p->cols | q->cols;
	return j;
}

struct pred *pred_and(struct preds *ps, struct pred *p, struct pred *q)
{
	if (!p || !q)
		return NULL;
	if (p->kind == P_FALSE || q->kind == P_TRUE || p == q)
		return p;
	if (q->kind == P_FALSE || p->kind == P_TRUE)
		return q;
	return join(ps, P_AND, p, q);
}

struct pred *pred_or(struct preds *ps, struct pred *p, struct pred *q)
{
	if (!p || !q)
		return NULL;
	if (p->kind == P_TRUE || q->kind == P_FALSE || p == q)
		return p;
	if (q->kind == P_TRUE || p->kind == P_FALSE)
		return q;
	return join(ps, P_OR, p, q);
}

/* Sets of one column, from `first` on, as one; those taken become NULL. */
static struct pred *join_sets(struct preds *ps, struct pred **sub, size_t first, size_t n)
{
	const struct pred *p = sub[first];
	bool numbers = p->kind == P_UINTS;
	size_t each = numbers ? sizeof(*p->u) : sizeof(*p->a), total = 0, at = 0;
	for (size_t i = first; i < n; i++)
		if (sub[i] && sub[i]->kind == p->kind && sub[i]->col == p->col)
			total += sub[i]->n;
	if (total == p->n)
		return sub[first];
	char *all = arena_new0(ps->arena, total, each);
	if (!all)
		return NULL;
	for (size_t i = first; i < n; i++) {
		const struct pred *q = sub[i];
		if (!q || q->kind != p->kind || q->col != p->col)
			continue;
		memcpy(all + at * each, numbers ? (const void *)q->u : (const void *)q->a, q->n * each);
		at += q->n;
		sub[i] = NULL;
	}
	return numbers ? pred_uints(ps, p->col, (const struct urange *)(const void *)all, total) :
			 pred_addrs(ps, p->col, (const struct arange *)(const void *)all, total);
}

struct pred *pred_join(struct preds *ps, enum pred_kind kind, struct pred **sub, size_t n)
{
	struct pred *none = kind == P_AND ? ps->yes : ps->no;   /* changes nothing */
	struct pred *decides = kind == P_AND ? ps->no : ps->yes;
	size_t m = 0;
	for (size_t i = 0; i < n; i++) {
		if (!sub[i] || sub[i] == decides)
			return sub[i];
		if (sub[i] != none)
			sub[m++] = sub[i];
	}
	size_t kept = 0;
	uint64_t cols = 0;
	for (size_t i = 0; i < m; i++) {
		struct pred *p = sub[i];
		if (p && kind == P_OR && (p->kind == P_UINTS || p->kind == P_ADDRS) && !(p = join_sets(ps, sub, i, m)))
			return NULL;
		if (!p)
			continue;
		if (p == decides)
			return p;
		cols |= p->cols;
		sub[kept++] = p;
	}
	if (kept < 2)
		return kept ? sub[0] : none;
	struct pred *j = new_pred(ps, kind);
	if (!j)
		return NULL;
	j->sub = sub;
	j->n = kept;
	j->cols = cols;
	return j;
}

static int compare_urange(const void *a, const void *b)
{
	const struct urange *x = a, *y = b;
	return (x->lo > y->lo) - (x->lo < y->lo);
}

struct pred *pred_uints(struct preds *ps, int col, const struct urange *u, size_t n)
{
	struct urange *copy = arena_new0(ps->arena, n + 1, sizeof(*copy));
	size_t m = 0;
	if (!copy)
		return NULL;
	if (n)
		memcpy(copy, u, n * sizeof(*u));
	qsort(copy, n, sizeof(*copy), compare_urange);
	for (size_t i = 0; i < n; i++) {
		if (copy[i].lo > copy[i].hi)
			continue;
		if (m && (copy[m - 1].hi == UINT64_MAX || copy[i].lo <= copy[m - 1].hi + 1))
			copy[m - 1].hi = MAX(copy[m - 1].hi, copy[i].hi);
		else
			copy[m++] = copy[i];
	}
	if (!m)
		return ps->no;
	if (m == 1 && copy[0].lo == 0 && copy[0].hi == UINT64_MAX)
		return ps->yes;
	struct pred *p = new_pred(ps, P_UINTS);
	if (!p)
		return NULL;
	p->col = col;
	p->u = copy;
	p->n = m;
	p->cols = (uint64_t)1 << col;
	return p;
}

static int compare_arange(const void *a, const void *b)
{
	const struct arange *x = a, *y = b;
	return addr_compare(&x->lo, &y->lo);
}

/* Overlapping ranges become one; "no address" (::) is in none. */
struct pred *pred_addrs(struct preds *ps, int col, const struct arange *a, size_t n)
{
	static const struct addr first = { { [15] = 1 } };
	struct arange *copy = arena_new0(ps->arena, n + 1, sizeof(*copy));
	size_t m = 0;
	if (!copy)
		return NULL;
	if (n)
		memcpy(copy, a, n * sizeof(*a));
	qsort(copy, n, sizeof(*copy), compare_arange);
	for (size_t i = 0; i < n; i++) {
		if (addr_is_none(&copy[i].lo))
			copy[i].lo = first;
		if (addr_compare(&copy[i].lo, &copy[i].hi) > 0)
			continue;
		if (m && addr_compare(&copy[i].lo, &copy[m - 1].hi) <= 0) {
			if (addr_compare(&copy[i].hi, &copy[m - 1].hi) > 0)
				copy[m - 1].hi = copy[i].hi;
		} else {
			copy[m++] = copy[i];
		}
	}
	if (!m)
		return ps->no;
	struct pred *p = new_pred(ps, P_ADDRS);
	if (!p)
		return NULL;
	p->col = col;
	p->a = copy;
	p->n = m;
	p->cols = (uint64_t)1 << col;
	return p;
}

static int compare_pair(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int d = addr_compare(&x->agent, &y->agent);
	return d ? d : (x->lo > y->lo) - (x->lo < y->lo);
}

struct pred *pred_pairs(struct preds *ps, int agent_col, int col, const struct pair *pair, size_t n)
{
	struct pair *copy = arena_new0(ps->arena, n + 1, sizeof(*copy));
	size_t m = 0;
	if (!copy)
		return NULL;
	if (n)
		memcpy(copy, pair, n * sizeof(*pair));
	qsort(copy, n, sizeof(*copy), compare_pair);
	for (size_t i = 0; i < n; i++)
		if (m && addr_equal(&copy[m - 1].agent, &copy[i].agent) && copy[i].lo <= copy[m - 1].hi)
			copy[m - 1].hi = MAX(copy[m - 1].hi, copy[i].hi);
		else
			copy[m++] = copy[i];
	if (!m)
		return ps->no;
	struct pred *p = pred_two(ps, P_PAIRS, agent_col, col);
	if (!p)
		return NULL;
	p->pair = copy;
	p->n = m;
	return p;
}

struct pred *pred_two(struct preds *ps, enum pred_kind kind, int col, int col2)
{
	struct pred *p = new_pred(ps, kind);
	if (!p)
		return NULL;
	p->col = col;
	p->col2 = col2;
	p->cols = (uint64_t)1 << col | (uint64_t)1 << col2;
	return p;
}

/* Constants stay what they are. */
struct pred *pred_owned(struct preds *ps, struct pred *sub, const struct scope *s)
{
	if (!sub || sub->kind == P_TRUE || sub->kind == P_FALSE)
		return sub;
	struct pred *p = new_pred(ps, P_OWNED);
	if (!p || !(p->sub = arena_new0(ps->arena, 1, sizeof(*p->sub))))
		return NULL;
	p->sub[0] = sub;
	p->n = 1;
	p->scope = s;
	p->cols = sub->cols;
	return p;
}

struct pred *pred_value(struct preds *ps, const struct filter *test, const struct field *f, uint64_t cols)
{
	struct pred *p = new_pred(ps, P_VALUE);
	if (!p)
		return NULL;
	p->test = test;
	p->field = f;
	p->cols = cols;
	return p;
}
