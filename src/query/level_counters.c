/* Counters' roll-ups in the place of readings: the coarsest that answers exactly.
 *
 *	unit      segment   segment   gone    gone    gone    journal      what is of the same rows
 *	          5min hour           5min    5min
 *	                              hour            hour
 *
 * A difference of two joined readings is spread over the time between them as if the counter had grown
 * evenly; both lie in one step.  So a roll-up answers exactly where no edge of the interval, of a bucket or of a
 * port's ownership cuts one of its steps, and where minutes, single times and what hangs on them are not asked for.
 * Where units overlap in time (readings that came late) they interleave, and none of them may stand in.
 *
 * Of what is gone readings of five minutes answer the rest as if they had been taken so seldom; hours alone do not. */
#include "query/level.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

enum { NONE = -1 };

struct same {
	struct span span;
	long seg;                 /* in the snapshot; NONE: it is gone */
	long roll[ROLLUP_LEVELS]; /* in the snapshot; NONE */
	bool mixed;               /* others have rows of its time */
};

struct picking {
	const struct plan *plan;
	struct store *store;
	struct snapshot *snap;
	struct level *level;
	struct same *unit; /* by start */
	size_t n;
	bool steps; /* the question can be answered by steps at all */
};

/* -- what is asked ------------------------------------------------------------------------------------------- */

/* What differs between readings that are joined: when they were taken. */
static const uint64_t moving = (uint64_t)1 << IF_time | (uint64_t)1 << IF_uptime;

static bool asks_for_times(const struct plan *p)
{
	bool times = p->kind == QUERY_ROWS || p->minutes || p->clock || (p->time_lane >= 0 && p->kind != QUERY_TREND) || p->where->cols & moving;
	for (unsigned i = 0; i < p->nitems; i++) {
		const struct item *it = &p->item[i];
		bool bucket = field_is_time(it->field) && it->is_key && it->fn == FN_NONE;
		times |= it->fn == FN_first || it->fn == FN_last || (!bucket && field_cols(p->view, it->field) & moving);
	}
	return times;
}

static bool cuts(usec_t t, struct span s, usec_t step)
{
	return t > s.start && t < s.end && t % step;
}

static bool bucket_cuts(const struct plan *p, struct span s, usec_t step)
{
	size_t lo = 0, hi = p->kind == QUERY_TREND && p->nbuckets ? p->nbuckets + 1 : 0; /* the first edge behind the start */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (p->edge[mid] <= s.start)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; p->kind == QUERY_TREND && p->nbuckets && lo <= p->nbuckets && p->edge[lo] < s.end; lo++)
		if (p->edge[lo] % step)
			return true;
	return false;
}

static bool exact(const struct picking *k, const struct same *u, unsigned level)
{
	const struct plan *p = k->plan;
	if (u->roll[level] == NONE || u->mixed || !k->steps)
		return false;
	const struct snapshot_rollup *r = &k->snap->rollup[u->roll[level]];
	usec_t step = rollup_kind(r->table, level)->step;
	return r->digest[0] == COUNTERS_JOIN && !cuts(p->span.start, r->span, step) && !cuts(p->span.end, r->span, step) &&
	       !bucket_cuts(p, r->span, step) && !scope_ports_change(p->scope, r->span, step);
}

/* -- units ------------------------------------------------------------------------------------------------------ */

static int by_start(const void *a, const void *b)
{
	const struct same *x = a, *y = b;
	return (x->span.start > y->span.start) - (x->span.start < y->span.start);
}

/* `of` names a segment, there or gone; "" is of rows that nothing else is known of. */
static enum err unit_of(struct picking *k, struct map *names, const char *of, struct same **ret)
{
	struct map_entry *at = NULL;
	bool fresh = true;
	enum err e = *of ? map_put_str(names, of, &at, &fresh) : OK;
	if (e != OK)
		return e;
	if (fresh) {
		if (at)
			at->num = k->n;
		k->unit[k->n++] = (struct same){ .span = { INT64_MAX, INT64_MIN }, .seg = NONE, .roll = { NONE, NONE, NONE } };
	}
	*ret = &k->unit[fresh ? k->n - 1 : at->num];
	return OK;
}

static void widen(struct same *u, struct span s)
{
	u->span.start = MIN(u->span.start, s.start);
	u->span.end = MAX(u->span.end, s.end);
}

static enum err list_units(struct picking *k)
{
	struct map names = { 0 };
	struct snapshot *snap = k->snap;
	struct same *u;
	enum err e = OK;
	for (size_t i = 0; i < snap->nseg && e == OK; i++)
		if ((e = unit_of(k, &names, seg_name(snap->seg[i]), &u)) == OK) {
			u->seg = (long)i;
			widen(u, seg_span(snap->seg[i]));
		}
	for (size_t i = 0; i < snap->nrollup && e == OK; i++) {
		const struct snapshot_rollup *r = &snap->rollup[i];
		bool alone = rollup_alone(r->of);
		if (!alone && !map_get_str(&names, r->of))
			continue; /* its segment is none of the snapshot's */
		if ((e = unit_of(k, &names, alone && *r->of ? r->of + 1 : r->of, &u)) != OK)
			break;
		u->roll[r->level] = (long)i;
		if (alone)
			widen(u, r->span);
	}
	map_free(&names);
	if (e == OK)
		qsort(k->unit, k->n, sizeof(*k->unit), by_start);
	return e;
}

static void find_mixed(struct picking *k)
{
	size_t last = 0; /* the one so far that ends last */
	for (size_t i = 1; i < k->n; i++) {
		if (k->unit[i].span.start < k->unit[last].span.end)
			k->unit[i].mixed = k->unit[last].mixed = true;
		if (k->unit[i].span.end > k->unit[last].span.end)
			last = i;
	}
}

/* -- choosing ------------------------------------------------------------------------------------------------------ */

static enum err stand_in(struct picking *k, struct same *u, unsigned level, bool seldom, bool *ret_stands)
{
	struct snapshot *snap = k->snap;
	size_t at = (size_t)u->roll[level];
	const struct snapshot_rollup *r = &snap->rollup[at];
	struct seg *roll;
	enum err e = seldom ? snapshot_seldom(k->store, snap, at, &roll) : snapshot_rollup(k->store, snap, at, &roll);
	if (e != OK)
		return level_passable(e) ? OK : e;
	if (u->seg != NONE)
		stand_in_span(roll, u->span);
	e = snapshot_stand_in(snap, u->seg == NONE ? snap->nseg : (size_t)u->seg, roll);
	if (e != OK) {
		snapshot_drop(snap, roll);
		return e;
	}
	level_took(k->level, r, u->span);
	*ret_stands = true;
	return OK;
}

/* Readings of five minutes that are known by no name, of the same time. */
static bool has_readings(const struct picking *k, const struct same *u)
{
	bool found = false;
	for (size_t i = 0; i < k->n && !found; i++) {
		const struct same *v = &k->unit[i];
		found = v != u && v->roll[ROLLUP_5MIN] != NONE && v->seg == NONE && v->span.start < u->span.end && v->span.end > u->span.start;
	}
	return found;
}

static enum err choose_gone(struct picking *k, struct same *u)
{
	bool stands = false;
	enum err e = OK;
	if (k->plan->kind != QUERY_ROWS && u->roll[ROLLUP_5MIN] != NONE)
		e = stand_in(k, u, ROLLUP_5MIN, true, &stands);
	else if (k->plan->kind != QUERY_ROWS && has_readings(k, u))
		return OK;
	k->level->alone += stands;
	if (e != OK || stands)
		return e;
	const struct snapshot_rollup *r = NULL;
	for (unsigned l = 0; l < ROLLUP_LEVELS; l++)
		if (u->roll[l] != NONE)
			r = &k->snap->rollup[u->roll[l]];
	assert(r); /* who has no segment has one of them */
	k->level->useless++;
	const usec_t reach = READINGS_APART_MIN * USEC_PER_MIN; /* up to the next reading of another */
	return snapshot_gap(k->snap, (struct span){ r->span.start - reach, r->span.end + reach }, r->path);
}

static enum err choose(struct picking *k, struct same *u)
{
	const struct query_env *env = &k->plan->env;
	bool stands = false;
	enum err e = OK;
	if (u->seg != NONE && (env->plain || env->no_rollups))
		return OK;
	for (unsigned l = ROLLUP_LEVELS; l-- && !stands && e == OK;)
		if (exact(k, u, l))
			e = stand_in(k, u, l, false, &stands);
	k->level->beside += stands && u->seg != NONE;
	k->level->alone += stands && u->seg == NONE;
	return e != OK || stands || u->seg != NONE ? e : choose_gone(k, u);
}

static int seg_by_start(const void *a, const void *b)
{
	usec_t s = seg_span(*(struct seg *const *)a).start, t = seg_span(*(struct seg *const *)b).start;
	return (s > t) - (s < t);
}

enum err level_counters(const struct plan *p, struct store *s, struct snapshot *snap, struct level *ret)
{
	struct picking k = { .plan = p, .store = s, .snap = snap, .level = ret, .steps = !asks_for_times(p) };
	k.unit = mem_array(NULL, snap->nseg + snap->nrollup, sizeof(*k.unit));
	enum err e = k.unit ? list_units(&k) : E_NOMEM;
	if (e == OK)
		find_mixed(&k);
	for (size_t i = 0; i < k.n && e == OK; i++)
		e = choose(&k, &k.unit[i]);
	mem_free(k.unit);
	if (e == OK && ret->alone)
		qsort(snap->seg, snap->nseg, sizeof(struct seg *), seg_by_start);
	return e;
}
