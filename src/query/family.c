/* Several plans in one pass over their rows.
 *
 * Plans that ask the same of different things (a trend for each of ten thousand customers) are a
 * family: equal in all but one test of their predicate, which is an OR of sets.  Its rows are the union's;
 * route.c says whose each is, and the plan's number is one more key.  Then each plan's groups become
 * its own answer, by its own plan.  What has no family runs alone. */
#include "query/route.h"
#include "query/unite.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

/* -- alike ------------------------------------------------------------------------------------------ */

static bool same_set(const struct pred *p, const struct pred *q)
{
	size_t each = p->kind == P_UINTS ? sizeof(*p->u) : p->kind == P_ADDRS ? sizeof(*p->a) : 0;
	const void *x = p->kind == P_UINTS ? (const void *)p->u : p->a, *y = q->kind == P_UINTS ? (const void *)q->u : q->a;
	if (p->kind == P_PAIRS) {
		for (size_t i = 0; i < p->n; i++)
			if (!addr_equal(&p->pair[i].agent, &q->pair[i].agent) || p->pair[i].lo != q->pair[i].lo || p->pair[i].hi != q->pair[i].hi)
				return false;
		return true;
	}
	return memcmp(x, y, p->n * each) == 0;
}

static bool same_pred(const struct pred *p, const struct pred *q)
{
	if (p == q)
		return true;
	if (p->kind != q->kind || p->col != q->col || p->col2 != q->col2 || p->n != q->n)
		return false;
	switch (p->kind) {
	case P_FALSE: case P_TRUE: case P_SERVER: case P_SAME:
		return true;
	case P_UINTS: case P_ADDRS: case P_PAIRS:
		return same_set(p, q);
	case P_AND: case P_OR: case P_NOT:
		for (size_t i = 0; i < p->n; i++)
			if (!same_pred(p->sub[i], q->sub[i]))
				return false;
		return true;
	case P_OWNED:
		return p->scope == q->scope && same_pred(p->sub[0], q->sub[0]);
	case P_VALUE:
		break;
	}
	return false;
}

static bool same_lanes(const struct plan *p, const struct plan *q)
{
	if (p->nlanes != q->nlanes || p->nkeylanes != q->nkeylanes || p->nwords != q->nwords || p->nmeasures != q->nmeasures)
		return false;
	for (unsigned i = 0; i < p->nlanes; i++) {
		const struct lane *a = &p->lane[i], *b = &q->lane[i];
		if (a->kind != b->kind || a->col != b->col || a->col2 != b->col2 || a->shown || b->shown || a->choose || b->choose ||
		    a->shift != b->shift || a->zero_is_null != b->zero_is_null)
			return false;
	}
	for (unsigned i = 0; i < p->nmeasures; i++)
		if (p->measure[i].kind != q->measure[i].kind || p->measure[i].col != q->measure[i].col)
			return false;
	return true;
}

/* A plan that can be one of a family at all. */
static bool sociable(const struct plan *p)
{
	return p->view->table->id == TABLE_TRAFFIC && p->kind != QUERY_ROWS && !p->veil && p->npasses == 1 && !p->unknown && !p->nsets &&
	       !p->preds.patterns && p->nlanes < MAX_LANES && unite_suits(p);
}

static bool alike(const struct plan *p, const struct plan *q)
{
	return p->view == q->view && p->kind == q->kind && p->env.store == q->env.store && p->zone == q->zone &&
	       p->span.start == q->span.start && p->span.end == q->span.end && p->nbuckets == q->nbuckets &&
	       (!p->nbuckets || memcmp(p->edge, q->edge, (p->nbuckets + 1) * sizeof(*p->edge)) == 0) && same_lanes(p, q);
}

/* -- the test that differs -------------------------------------------------------------------------- */

static struct pred *const *parts_of(struct pred *const *p, size_t *ret_n)
{
	*ret_n = (*p)->kind == P_AND ? (*p)->n : 1;
	return (*p)->kind == P_AND ? (*p)->sub : p;
}

/* Which part of p's predicate is not q's; false: more than one. */
static bool differs_in(const struct plan *p, const struct plan *q, size_t *ret)
{
	size_t n, m;
	struct pred *const *a = parts_of(&p->where, &n), *const *b = parts_of(&q->where, &m);
	*ret = SIZE_MAX;
	if (n != m)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (same_pred(a[i], b[i]))
			continue;
		if (*ret != SIZE_MAX)
			return false;
		*ret = i;
	}
	return true;
}

struct family {
	const struct plan **member; /* borrowed */
	size_t *place;              /* among all that were asked */
	size_t n;
	size_t part;                /* of the predicates: the one that differs; SIZE_MAX = not known yet */
};

/* A plan whose predicate is its first's, but for one part, always the same. */
static bool join(struct family *f, const struct plan *p, size_t place)
{
	size_t part;
	if (!alike(f->member[0], p) || !differs_in(f->member[0], p, &part))
		return false;
	if (part != SIZE_MAX && f->part != SIZE_MAX && part != f->part)
		return false;
	f->part = part != SIZE_MAX ? part : f->part;
	f->member[f->n] = p;
	f->place[f->n++] = place;
	return true;
}

/* -- running one ------------------------------------------------------------------------------------- */

/* The first member with the union for its own part, and the plan's number as the last key. */
static enum err make_leader(const struct family *f, const struct route *route, struct arena *a, struct plan *ret)
{
	size_t n;
	*ret = *f->member[0];
	ret->arena = ret->preds.arena = a;
	struct pred *const *part = parts_of(&f->member[0]->where, &n);
	struct pred *p = ret->preds.yes, *others = p;
	for (size_t i = 0; i < n; i++) {
		p = pred_and(&ret->preds, p, i == f->part ? route_union(route, &ret->preds) : part[i]);
		others = i == f->part ? others : pred_and(&ret->preds, others, part[i]);
	}
	struct lane *lane = arena_new0(a, ret->nlanes + 1, sizeof(*lane));
	if (!p || !others || !lane)
		return E_NOMEM;
	memcpy(lane, ret->lane, ret->nlanes * sizeof(*lane));
	ret->lane = lane;
	ret->where = ret->pass[0] = p;
	ret->routed = others;
	ret->seen = ret->preds.yes; /* each has its own; there are no patterns to try on what is not seen */
	ret->family = route;
	ret->nfamily = f->n;
	ret->lane[ret->nlanes++] = (struct lane){ .kind = LANE_PLAN, .col = (int)ret->view->table->time_col, .col2 = -1, .word = ret->nwords };
	ret->nkeylanes++;
	ret->nwords++;
	return OK;
}

static enum err make_route(const struct family *f, struct arena *a, struct route *ret, bool *fits)
{
	size_t n;
	struct pred **test = arena_new0(a, f->n, sizeof(*test));
	if (!test)
		return E_NOMEM;
	for (size_t i = 0; i < f->n; i++) {
		test[i] = parts_of(&f->member[i]->where, &n)[f->part];
		if (test[i]->kind == P_OWNED) /* scopes: what they are made of is what differs */
			test[i] = test[i]->sub[0];
	}
	return route_make(test, f->n, a, ret, fits);
}

/* Each member's groups, one member after the other. */
static enum err answer_members(const struct family *f, struct unite *u, struct family_run *run)
{
	size_t n = tally_size(&u->groups), at = 0;
	const uint64_t **slot = mem_new0(n + 1, sizeof(*slot));
	size_t *end = mem_new0(f->n + 1, sizeof(*end));
	struct tally_walk count = { .of = &u->groups }, place = { .of = &u->groups };
	enum err err = slot && end ? OK : E_NOMEM;
	for (const uint64_t *s; err == OK && (s = tally_next(&count));)
		end[packed_id(&u->keys, u->keys.n - 1, s) + 1]++;
	for (size_t i = 0; i < f->n && err == OK; i++)
		end[i + 1] += end[i];
	for (const uint64_t *s; err == OK && (s = tally_next(&place));)
		slot[end[packed_id(&u->keys, u->keys.n - 1, s)]++] = s;
	for (size_t i = 0; i < f->n && err == OK; at = end[i++])
		err = run->answer(run, f->place[i], u, slot + at, end[i] - at);
	mem_free(slot);
	mem_free(end);
	return err;
}

/* *ret_done: false when the sums do not fit, and its members have to run alone. */
static enum err run_family(const struct family *f, struct family_run *run, bool *ret_done)
{
	struct arena a = { 0 };
	struct route route;
	struct plan *leader = arena_new0(&a, 1, sizeof(*leader));
	struct unite *u = mem_new0(1, sizeof(*u));
	enum err err = leader && u ? make_route(f, &a, &route, ret_done) : E_NOMEM;
	if (err == OK && *ret_done)
		err = make_leader(f, &route, &a, leader);
	if (err == OK && *ret_done && (*ret_done = unite_suits(leader))) {
		err = run->scan(run, leader, u, ret_done);
		if (err == OK && *ret_done)
			err = answer_members(f, u, run);
		unite_free(u);
	}
	mem_free(u);
	arena_free(&a);
	return err;
}

enum err family_each(struct plan *const *p, size_t n, struct family_run *run, bool *done)
{
	struct family f = { .member = mem_new0(n + 1, sizeof(*f.member)), .place = mem_new0(n + 1, sizeof(*f.place)) };
	enum err err = f.member && f.place ? OK : E_NOMEM;
	for (size_t first = 0; first < n && err == OK; first++) {
		if (done[first] || !sociable(p[first]))
			continue;
		f.member[0] = p[first];
		f.place[0] = first;
		f.n = 1;
		f.part = SIZE_MAX;
		for (size_t i = first + 1; i < n; i++)
			if (!done[i] && sociable(p[i]))
				join(&f, p[i], i);
		bool ran = f.n > 1 && f.part != SIZE_MAX;
		if (ran)
			err = run_family(&f, run, &ran);
		for (size_t i = 0; i < f.n && ran; i++)
			done[f.place[i]] = true;
		if (!ran && f.n > 1)
			break; /* no second try with a part of them */
	}
	mem_free(f.member);
	mem_free(f.place);
	return err;
}
