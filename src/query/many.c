/* plan_run_many(): families in one pass (family.c), the others one after the other. */
#include "query/level.h"
#include "query/unite.h"

#include "base/mem.h"

#include <assert.h>

/* A family's snapshot stands while its members are answered. */
struct many {
	struct family_run run;
	struct plan *const *plan;
	struct result *ret;
	struct problem *why;
	struct quota quota;
	struct snapshot snap;
	struct level level;
	bool *damaged;
	bool *collected; /* of the family, for the scope it is of */
	const struct scope *collected_of;
	struct scan_stats scanned; /* of the family */
	bool *made;    /* results there are */
	size_t at;     /* place of the plan that failed */
};

static enum err scan(struct family_run *run, const struct plan *leader, struct unite *u, bool *ret_done)
{
	struct many *m = (struct many *)run;
	struct agg *g = mem_new0(1, sizeof(*g));
	if (!g)
		return E_NOMEM;
	snapshot_free(&m->snap);
	mem_free(m->damaged);
	mem_free(m->collected);
	m->collected = NULL;
	agg_init(g, leader, &m->quota, false);
	enum err err = store_snapshot(leader->env.store, leader->view->table->id, leader->span, &m->snap);
	if (err == OK)
		err = level_choose(leader, leader->env.store, &m->snap, &m->level);
	m->damaged = mem_new0(m->snap.nseg + 1, sizeof(*m->damaged));
	/* Where rows are gone, what all ask for together may be left out, and what one of them asks for not. */
	const bool alone = err == OK && (m->level.useless || m->level.folded.start < m->level.folded.end);
	if (err == OK && !alone)
		err = m->damaged ? run_tallies(leader, &m->snap, g, m->damaged, u, ret_done) : E_NOMEM;
	if (alone || err == E_LIMIT || (err == OK && level_failed(&m->level, &m->snap, m->damaged))) {
		*ret_done = false; /* each by itself, then */
		err = OK;
	}
	m->scanned = g->scanned;
	agg_free(g);
	mem_free(g);
	return err;
}

/* Kept while the next has the same scope. */
static bool **collected(struct many *m, const struct plan *p)
{
	if (m->collected_of != p->scope) {
		mem_free(m->collected);
		m->collected = NULL;
		m->collected_of = p->scope;
	}
	return &m->collected;
}

static enum err fill(struct many *m, const struct plan *p, struct unite *u, const uint64_t **slot, size_t n, struct result *t)
{
	struct agg *g = mem_new0(1, sizeof(*g));
	enum err err = g ? answer_columns(p, t) : E_NOMEM;
	if (!g)
		return err;
	agg_init(g, p, &m->quota, false);
	for (size_t i = 0; i < n && err == OK; i++)
		err = unite_add(u, g, slot[i]);
	if (err == OK && p->parts)
		err = agg_parts(g);
	if (err == OK)
		err = zero_buckets(p, &m->snap, g, collected(m, p));
	if (err == OK)
		err = answer(p, g, t);
	if (err == OK)
		err = plan_gaps(p, &m->snap, m->damaged, t);
	agg_free(g);
	mem_free(g);
	return err;
}

static enum err answer_one(struct family_run *run, size_t place, struct unite *u, const uint64_t **slot, size_t n)
{
	struct many *m = (struct many *)run;
	const struct plan *p = m->plan[place];
	struct result t = { .ceiling = m->quota.max };
	plan_tell(p, &t);
	enum err err = fill(m, p, u, slot, n, &t);
	if (err != OK) {
		result_free(&t);
		m->at = place;
		return err == E_LIMIT ? OK : err; /* beside the others' groups there was no room: by itself, then */
	}
	t.scanned = m->scanned;
	t.folded = m->level.folded;
	t.scanned.rollups = m->level.beside + m->level.alone;
	m->ret[place] = t;
	m->made[place] = true;
	return OK;
}

static enum err run_others(struct many *m, size_t n)
{
	enum err err = OK;
	for (size_t i = 0; i < n && err == OK; i++)
		if (!m->made[i]) {
			err = plan_run(m->plan[i], &m->ret[i], m->why);
			m->made[i] = err == OK;
		}
	return err;
}

enum err plan_run_many(struct plan *const *p, size_t n, struct result *ret, struct problem *why)
{
	if (!n)
		return OK;
	struct many m = { .run = { scan, answer_one }, .plan = p, .ret = ret, .why = why,
			  .quota = { .max = p[0]->env.max_bytes ? p[0]->env.max_bytes : DEFAULT_MAX_BYTES } };
	m.made = mem_new0(n, sizeof(*m.made));
	bool *done = mem_new0(n, sizeof(*done));
	enum err err = m.made && done ? family_each(p, n, &m.run, done) : E_NOMEM;
	if (err != OK)
		err = plan_why(p[m.at], err, m.quota.max, why);
	else
		err = run_others(&m, n);
	for (size_t i = 0; m.made && i < n && err != OK; i++)
		if (m.made[i])
			result_free(&ret[i]);
	snapshot_free(&m.snap);
	mem_free(m.damaged);
	mem_free(m.collected);
	mem_free(m.made);
	mem_free(done);
	return err;
}
