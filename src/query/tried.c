/* A customer's patterns are tried on all of its rows of the interval before its question is asked.
 *
 * What a pattern is tried on depends otherwise on what else is in a block: where another part of the filter
 * decides, which rows of others have a say in, it is not tried.  So whether it takes too long on a row of one's own,
 * which refuses the answer, would tell of theirs.  Here nothing else decides. */
#include "query/exec.h"

static size_t collect(const struct filter *f, const struct filter **to)
{
	size_t n = 0;
	if (f->kind == FILTER_TEST && (f->op == FOP_RE || f->op == FOP_NRE)) {
		if (to)
			*to = f;
		return 1;
	}
	for (size_t i = 0; i < f->nsub; i++)
		n += collect(f->sub[i], to ? to + n : NULL);
	return n;
}

/* Any of them, over all rows. */
static enum err all_of_them(const struct plan *p, const struct filter *const *test, size_t n, struct arena *a, struct plan **ret,
			    struct problem *why)
{
	_cleanup_(buf_free) struct buf where = { 0 };
	char from[40], to[40];
	const usec_t end = (p->span.end + USEC_PER_SEC - 1) / USEC_PER_SEC * USEC_PER_SEC;
	for (size_t i = 0; i < n; i++) {
		struct filter positive = *test[i];
		positive.op = FOP_RE;
		buf_text(&where, i ? "|" : "");
		filter_print(&positive, &where);
	}
	const struct request rq = { .kind = QUERY_TOPN, .view = p->view->name, .select = "hour(time)", .where = buf_str(&where),
				    .interval = arena_printf(a, "%s,%s", zone_iso(p->zone, p->span.start, from), zone_iso(p->zone, end, to)) };
	if (where.bad || !rq.interval)
		return problem_set(why, E_NOMEM, "out of memory");
	return plan_make(a, &p->env, p->scope, &rq, ret, why);
}

static const struct filter *slow_one(const struct plan *q, const struct filter *const *test, size_t n)
{
	const struct filter *any = q->filter;
	for (size_t i = 0; i < n && any->nsub == n; i++)
		if (filter_gave_up(any->sub[i]))
			return test[i];
	return filter_gave_up(any) ? test[0] : NULL;
}

enum err patterns_try(const struct plan *p, struct problem *why)
{
	_cleanup_(arena_free) struct arena a = { 0 };
	size_t n = collect(p->filter, NULL);
	const struct filter **test = arena_new0(&a, n + 1, sizeof(*test));
	struct result t = { 0 };
	struct plan *q = NULL;
	if (!test)
		return problem_set(why, E_NOMEM, "out of memory");
	if (!collect(p->filter, test))
		return OK;
	enum err err = all_of_them(p, test, n, &a, &q, why);
	if (!q)
		return err;
	q->trying = true;
	err = plan_run(q, &t, why);
	const struct filter *slow = slow_one(q, test, n);
	if (slow)
		err = problem_at(why, E_LIMIT, slow->pos, "filter: the pattern at %zu takes too long on some values", slow->pos);
	result_free(&t);
	plan_free(q);
	return err;
}
