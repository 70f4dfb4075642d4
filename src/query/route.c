#include "query/route.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

enum { MOST_LISTED = 16 << 20, MOST_TABLE = 4 << 20 };

/* -- points ---------------------------------------------------------------------------------------- */

static int compare_points(const struct point *a, const struct point *b)
{
	for (unsigned i = 0; i < 3; i++)
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i] ? -1 : 1;
	return 0;
}

static struct point addr_point(const struct addr *a, uint64_t v)
{
	return (struct point){ { load_be64(a->b), load_be64(a->b + 8), v } };
}

/* The one behind; an address has nothing in its third word, and the last number of all none behind. */
static struct point behind(enum pred_kind kind, struct point p)
{
	for (unsigned i = kind == P_ADDRS ? 2 : 3; i-- > 0;)
		if (++p.w[i])
			break;
	return p;
}

static struct point before(enum pred_kind kind, struct point p)
{
	for (unsigned i = kind == P_ADDRS ? 2 : 3; i-- > 0;)
		if (p.w[i]--)
			break;
	return p;
}

/* -- intervals --------------------------------------------------------------------------------------- */

struct event {
	struct point at;
	uint32_t plan;
	bool ends;
};

struct sweep {
	struct event *e;
	size_t n, cap;
};

static int compare_events(const void *pa, const void *pb)
{
	const struct event *a = pa, *b = pb;
	return compare_points(&a->at, &b->at);
}

static enum err add_event(struct sweep *s, struct point at, size_t plan, bool ends)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 1024;
		struct event *e = mem_array(s->e, cap, sizeof(*e));
		if (!e)
			return E_NOMEM;
		s->e = e;
		s->cap = cap;
	}
	s->e[s->n++] = (struct event){ at, (uint32_t)plan, ends };
	return OK;
}

/* Element i of a set, as an interval. */
static void set_element(const struct pred *p, size_t i, struct point *lo, struct point *hi)
{
	if (p->kind == P_PAIRS) {
		*lo = addr_point(&p->pair[i].agent, p->pair[i].lo);
		*hi = addr_point(&p->pair[i].agent, p->pair[i].hi);
	} else if (p->kind == P_ADDRS) {
		*lo = addr_point(&p->a[i].lo, 0);
		*hi = addr_point(&p->a[i].hi, 0);
	} else {
		*lo = (struct point){ { 0, 0, p->u[i].lo } };
		*hi = (struct point){ { 0, 0, p->u[i].hi } };
	}
}

static enum err add_set(struct sweep *s, const struct pred *p, size_t plan)
{
	enum err err = OK;
	for (size_t i = 0; i < p->n && err == OK; i++) {
		struct point lo, hi;
		set_element(p, i, &lo, &hi);
		err = add_event(s, lo, plan, false);
		if (err == OK)
			err = add_event(s, behind(p->kind, hi), plan, true);
	}
	return err;
}

static bool is_set_of(const struct pred *p, const struct route_kind *k)
{
	return p->kind == k->kind && p->col == k->col && p->col2 == k->col2;
}

/* Plans that are inside at some point: each as often as it began and did not end. */
struct active {
	uint32_t *plan;
	size_t n;
};

static void change(struct active *a, const struct event *e)
{
	if (!e->ends) {
		a->plan[a->n++] = e->plan;
		return;
	}
	for (size_t i = 0; i < a->n; i++)
		if (a->plan[i] == e->plan) {
			a->plan[i] = a->plan[--a->n];
			return;
		}
}

/* Each plan once; false: too many. */
static bool list_active(struct route *r, const struct active *a, struct interval *ret)
{
	ret->first = (uint32_t)r->nplans;
	for (size_t i = 0; i < a->n; i++) {
		bool again = false;
		for (size_t k = ret->first; k < r->nplans && !again; k++)
			again = r->plan[k] == a->plan[i];
		if (!again && r->nplans == r->most)
			return false;
		if (!again)
			r->plan[r->nplans++] = a->plan[i];
	}
	ret->n = (uint32_t)r->nplans - ret->first;
	return true;
}

static enum err sweep_kind(struct sweep *s, struct route *r, struct route_kind *k, struct arena *mem, bool *fits)
{
	struct active a = { .plan = mem_array(NULL, s->n + 1, sizeof(*a.plan)) };
	k->at = arena_new0(mem, s->n + 1, sizeof(*k->at));
	if (!a.plan || !k->at) {
		mem_free(a.plan);
		return E_NOMEM;
	}
	if (s->n)
		qsort(s->e, s->n, sizeof(*s->e), compare_events);
	for (size_t i = 0; i < s->n && *fits;) {
		struct point at = s->e[i].at;
		for (; i < s->n && compare_points(&s->e[i].at, &at) == 0; i++)
			change(&a, &s->e[i]);
		if (!a.n || i == s->n)
			continue;
		struct interval *v = &k->at[k->n++];
		v->lo = at;
		v->hi = before(k->kind, s->e[i].at);
		*fits = list_active(r, &a, v);
	}
	mem_free(a.plan);
	return OK;
}

/* The sets of a test. */
static struct pred *const *sets_of(struct pred *const *p, size_t *ret_n)
{
	*ret_n = (*p)->kind == P_OR ? (*p)->n : 1;
	return (*p)->kind == P_OR ? (*p)->sub : p;
}

/* Nothing is behind the last value of all; sets are sorted. */
static bool ends_last(const struct pred *p)
{
	struct point lo, hi;
	set_element(p, p->n - 1, &lo, &hi);
	return hi.w[p->kind == P_ADDRS ? 1 : 2] == UINT64_MAX;
}

static bool find_kind(struct route *r, const struct pred *p)
{
	if (p->kind != P_PAIRS && p->kind != P_ADDRS && p->kind != P_UINTS)
		return false;
	if (!p->n || ends_last(p))
		return false;
	for (unsigned i = 0; i < r->nkinds; i++)
		if (is_set_of(p, &r->kind[i]))
			return true;
	if (r->nkinds == ROUTE_KINDS)
		return false;
	r->kind[r->nkinds++] = (struct route_kind){ .kind = p->kind, .col = p->col, .col2 = p->col2 };
	return true;
}

enum err route_make(struct pred *const *test, size_t n, struct arena *a, struct route *ret, bool *ret_fits)
{
	struct route r = { .nplan = n };
	struct sweep s = { 0 };
	size_t nsets, elements = 0;
	enum err err = OK;
	*ret_fits = true;
	for (size_t i = 0; i < n && *ret_fits; i++) {
		struct pred *const *set = sets_of(&test[i], &nsets);
		for (size_t k = 0; k < nsets && *ret_fits; k++) {
			*ret_fits = find_kind(&r, set[k]);
			elements += set[k]->n;
		}
	}
	r.most = MIN(elements * 4 + 64, (size_t)MOST_LISTED);
	r.plan = *ret_fits ? arena_new0(a, r.most, sizeof(*r.plan)) : NULL;
	if (*ret_fits && !r.plan)
		return E_NOMEM;
	for (unsigned c = 0; c < r.nkinds && *ret_fits && err == OK; c++) {
		s.n = 0;
		for (size_t i = 0; i < n && err == OK; i++) {
			struct pred *const *set = sets_of(&test[i], &nsets);
			for (size_t k = 0; k < nsets && err == OK; k++)
				if (is_set_of(set[k], &r.kind[c]))
					err = add_set(&s, set[k], i);
		}
		if (err == OK)
			err = sweep_kind(&s, &r, &r.kind[c], a, ret_fits);
	}
	mem_free(s.e);
	r.simple = r.nkinds <= 2;
	for (unsigned c = 0; c < r.nkinds; c++)
		for (size_t i = 0; i < r.kind[c].n; i++)
			r.simple &= r.kind[c].at[i].n == 1;
	*ret = r;
	return err;
}
