#include "query/level.h"
#include "query/local.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

struct choosing {
	const struct plan *plan;
	struct plan *keys; /* the plan without its measures */
	bool adds_up;
	struct store *store;
	struct snapshot *snap;
	struct map segments; /* name -> place */
	struct level *level;
};

/* Also when the filter lets nothing through and so reads nothing: which buckets have rows is asked without it (zero.c). */
static uint64_t needs(const struct choosing *c, const struct seg *s)
{
	return local_cols(c->keys, s) | pred_needs(c->plan->theirs, s, TR_time);
}

/* Rows, bytes and frames are what a roll-up has sums of. */
static bool adds_up(const struct plan *p)
{
	for (unsigned i = 0; i < p->nmeasures; i++)
		if (p->measure[i].kind != M_ROWS && !(stand_in_sums() >> p->measure[i].col & 1))
			return false;
	return true;
}

static bool scoped(const struct choosing *c)
{
	return !scope_is_everything(c->plan->scope);
}

/* Can a roll-up of the segment do, whatever it has folded? */
static bool worth_opening(const struct choosing *c, const struct seg *raw, const struct snapshot_rollup *r)
{
	bool owned = scoped(c) && memcmp(r->digest, scope_digest(c->plan->scope), sizeof(r->digest)) == 0;
	return owned || !(needs(c, raw) & ~stand_in_keys(raw, true));
}

void level_took(struct level *l, const struct snapshot_rollup *r, struct span span)
{
	bool first = l->first_to_last.start >= l->first_to_last.end;
	l->rows += r->rows;
	l->coarsest = MAX(l->coarsest, r->level);
	l->first_to_last.start = first ? span.start : MIN(l->first_to_last.start, span.start);
	l->first_to_last.end = first ? span.end : MAX(l->first_to_last.end, span.end);
}

bool level_passable(enum err e)
{
	return e == E_CORRUPT || e == E_VERSION || e == E_UNKNOWN || e == E_IO;
}

static enum err try_beside(struct choosing *c, size_t rollup)
{
	const struct snapshot_rollup *r = &c->snap->rollup[rollup];
	const struct map_entry *at = map_get_str(&c->segments, r->of);
	struct seg *roll;
	if (!at)
		return OK;
	const struct seg *raw = c->snap->seg[at->num];
	if (seg_stands_in(raw) || !worth_opening(c, raw, r))
		return OK;
	enum err e = snapshot_rollup(c->store, c->snap, rollup, &roll);
	if (e != OK)
		return level_passable(e) ? OK : e;
	stand_in_span(roll, seg_span(raw));
	owned_prepare(c->plan, roll);
	if (needs(c, roll) & ~stand_in_keys(roll, false)) {
		snapshot_drop(c->snap, roll);
		return OK;
	}
	level_took(c->level, r, seg_span(roll));
	c->level->beside++;
	e = snapshot_stand_in(c->snap, at->num, roll);
	assert(e == OK); /* there is room where the segment was */
	return e;
}

/* Rows are gone, and this is what is left of them. */
static enum err try_alone(struct choosing *c, size_t rollup)
{
	const struct snapshot_rollup *r = &c->snap->rollup[rollup];
	struct span *folded = &c->level->folded;
	struct seg *roll = NULL;
	enum err e = !c->adds_up ? OK : snapshot_rollup(c->store, c->snap, rollup, &roll);
	if (e != OK && !level_passable(e))
		return e;
	if (roll)
		owned_prepare(c->plan, roll);
	bool tells = roll && !(needs(c, roll) & ~stand_in_keys(roll, !scoped(c)));
	if (!tells) {
		if (roll)
			snapshot_drop(c->snap, roll);
		c->level->useless++;
		return snapshot_gap(c->snap, r->span, r->path);
	}
	if (needs(c, roll) & ~stand_in_keys(roll, false)) {
		bool first = folded->start >= folded->end;
		folded->start = first ? r->span.start : MIN(folded->start, r->span.start);
		folded->end = first ? r->span.end : MAX(folded->end, r->span.end);
	}
	level_took(c->level, r, r->span);
	c->level->alone++;
	e = snapshot_stand_in(c->snap, c->snap->nseg, roll);
	if (e != OK)
		snapshot_drop(c->snap, roll);
	return e;
}

static enum err name_segments(struct choosing *c)
{
	struct map_entry *entry;
	enum err e = OK;
	for (size_t i = 0; i < c->snap->nseg && e == OK; i++) {
		e = map_put_str(&c->segments, seg_name(c->snap->seg[i]), &entry, NULL);
		if (e == OK)
			entry->num = i;
	}
	return e;
}

static enum err choose(struct choosing *c)
{
	const struct query_env *env = &c->plan->env;
	bool beside = !env->plain && !env->no_rollups && c->adds_up;
	enum err e = beside ? name_segments(c) : OK;
	for (size_t i = 0; i < c->snap->nrollup && e == OK; i++)
		if (!*c->snap->rollup[i].of)
			e = try_alone(c, i);
		else if (beside)
			e = try_beside(c, i);
	return e;
}

enum err level_choose(const struct plan *p, struct store *s, struct snapshot *snap, struct level *ret)
{
	struct choosing c = { .plan = p, .store = s, .snap = snap, .level = ret,
			      .adds_up = p->kind != QUERY_ROWS && !p->veil && adds_up(p) };
	*ret = (struct level){ .nraw = snap->nseg, .coarsest = -1 };
	if (!snap->nrollup)
		return OK;
	if (p->view->table->id != TABLE_TRAFFIC)
		return level_counters(p, s, snap, ret);
	c.keys = mem_alloc(sizeof(*c.keys));
	if (!c.keys)
		return E_NOMEM;
	*c.keys = *p;
	c.keys->nmeasures = 0;
	c.keys->unknown = NULL; /* hangs on the vantage alone */
	enum err e = choose(&c);
	map_free(&c.segments);
	mem_free(c.keys);
	return e;
}

bool level_failed(const struct level *l, const struct snapshot *snap, const bool *damaged)
{
	for (size_t i = 0; i < l->nraw; i++)
		if (damaged[i] && seg_stands_in(snap->seg[i]))
			return true;
	for (size_t i = 0; l->beside && i < snap->nseg; i++)
		if (damaged[i] && seg_joins(snap->seg[i]))
			return true;
	return false;
}
