/* Traffic: segments shared out to two threads, each adding up its own; merged under a lock, which
 * is short beside the scan.  The answer does not depend on who was first: sums are exact and rows
 * are put in order at the end.
 *
 * A segment's predicate columns are loaded first: most segments end there. */
#include "query/heavy.h"
#include "query/second.h"
#include "query/unite.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdlib.h>

struct scan {
	const struct plan *p;
	const struct snapshot *snap;
	struct agg *agg;     /* under the lock */
	struct unite *unite; /* or NULL */
	struct heavy *heavy; /* or NULL */
	bool *damaged;       /* by segment; each is one thread's */
	pthread_mutex_t lock; /* agg, err */
	enum err err;
	size_t *order;       /* whose turn it is: the longest first, so that threads end together */
	_Atomic size_t next;
	_Atomic bool stop;
};

/* Does any pass find something in the segment? */
static enum err worth_it(struct local *l, const struct seg *s, bool *ret)
{
	const struct plan *p = l->reader.plan;
	reader_segment(&l->reader, s);
	*ret = false;
	for (unsigned i = 0; i < p->npasses; i++) {
		enum err err = reader_bind(&l->reader, p->pass[i]);
		if (err != OK)
			return err;
		*ret |= l->reader.bound[p->pass[i]->id].state != BITS_NONE;
	}
	return OK;
}

/* E_CORRUPT: nothing of the segment was counted. */
static enum err one_segment(struct scan *sc, struct local *l, struct seg *s)
{
	const struct plan *p = sc->p;
	uint64_t cols = 0;
	bool some = false;
	owned_prepare(p, s);
	for (unsigned i = 0; i < p->npasses; i++)
		cols |= pred_needs(p->pass[i], s, (int)p->view->table->time_col);
	enum err err = seg_prepare(s, cols);
	if (err == OK)
		err = worth_it(l, s, &some);
	l->scanned.segments++;
	l->scanned.segments_skipped += !some;
	if (err != OK || !some)
		return err;
	for (unsigned i = 0; i < p->npasses && err == OK; i++)
		err = skip_prepare(&l->reader, p->pass[i], s);
	if (err != OK || (err = seg_prepare(s, local_cols(p, s))) != OK)
		return err;
	l->stays = seg_stays(s);
	if ((err = local_segment(l, s)) != OK)
		return err;
	pthread_mutex_lock(&sc->lock);
	err = local_merge(l, sc->agg);
	pthread_mutex_unlock(&sc->lock);
	return err;
}

static void add_stats(struct scan *sc, const struct scan_stats *more)
{
	struct scan_stats *to = &sc->agg->scanned;
	pthread_mutex_lock(&sc->lock);
	to->segments += more->segments;
	to->segments_skipped += more->segments_skipped;
	to->blocks += more->blocks;
	to->blocks_skipped += more->blocks_skipped;
	to->rows += more->rows;
	to->passed += more->passed;
	to->threads++;
	pthread_mutex_unlock(&sc->lock);
}

static void work(void *arg)
{
	struct scan *sc = arg;
	struct local *l = mem_alloc(sizeof(*l));
	struct unite_local ul = { 0 };
	struct heavy_local hl = { 0 };
	enum err err = l ? local_init(l, sc->p, sc->agg->quota) : E_NOMEM;
	if (err == OK && sc->unite && (err = unite_local_init(&ul, sc->unite)) == OK)
		l->unite = &ul;
	if (err == OK && sc->heavy && (err = heavy_local_init(&hl, sc->heavy)) == OK)
		l->heavy = &hl;
	while (err == OK && !atomic_load(&sc->stop)) {
		size_t turn = atomic_fetch_add(&sc->next, 1);
		if (turn >= sc->snap->nseg)
			break;
		const size_t i = sc->order[turn];
		err = cancelled(sc->p) ? E_CANCELLED : one_segment(sc, l, sc->snap->seg[i]);
		seg_done(sc->snap->seg[i]);
		if (err == E_CORRUPT) {
			sc->damaged[i] = true;
			err = OK;
		}
	}
	if (err == OK && sc->unite)
		err = unite_flush(&ul);
	if (err == OK && sc->heavy)
		err = heavy_flush(&hl);
	unite_local_free(&ul);
	heavy_local_free(&hl);
	if (l) {
		add_stats(sc, &l->scanned);
		local_free(l);
	}
	mem_free(l);
	if (err != OK) {
		atomic_store(&sc->stop, true);
		pthread_mutex_lock(&sc->lock);
		sc->err = sc->err == OK ? err : sc->err;
		pthread_mutex_unlock(&sc->lock);
	}
}

static int by_rows(const void *pa, const void *pb, void *arg)
{
	const struct snapshot *snap = arg;
	const size_t a = *(const size_t *)pa, b = *(const size_t *)pb, x = seg_rows(snap->seg[a]), y = seg_rows(snap->seg[b]);
	return x != y ? (x < y) - (x > y) : (a > b) - (a < b);
}

/* A regular expression's match data is one thread's: then one thread works. */
static enum err scan(struct scan *sc)
{
	const bool share = !sc->p->env.plain && !sc->p->preds.patterns && sc->snap->nseg > 1;
	if (!(sc->order = mem_array(NULL, sc->snap->nseg + 1, sizeof(*sc->order))))
		return E_NOMEM;
	for (size_t i = 0; i < sc->snap->nseg; i++)
		sc->order[i] = i;
	if (share)
		qsort_r(sc->order, sc->snap->nseg, sizeof(*sc->order), by_rows, (void *)(uintptr_t)sc->snap);
	const bool two = share && second_lend(work, sc);
	work(sc);
	if (two)
		second_wait();
	mem_free(sc->order);
	return sc->err;
}

static void reset_counts(struct agg *g)
{
	g->counted = g->unknown = 0;
	g->scanned = (struct scan_stats){ 0 };
}

/* Beginning with those that unite_init() has made. */
static enum err fill_tallies(const struct plan *p, const struct snapshot *snap, struct agg *g, bool *damaged, struct unite *u)
{
	struct scan sc = { .p = p, .snap = snap, .agg = g, .unite = u, .damaged = damaged, .lock = PTHREAD_MUTEX_INITIALIZER };
	reset_counts(g);
	return scan(&sc);
}

enum err run_tallies(const struct plan *p, const struct snapshot *snap, struct agg *g, bool *damaged, struct unite *u,
		     bool *ret_done)
{
	enum err err = unite_init(u, p, g->quota);
	if (err == OK)
		err = fill_tallies(p, snap, g, damaged, u);
	*ret_done = !atomic_load(&u->gave_up);
	return *ret_done ? err : OK;
}

/* Books stay from pass to pass: a key is in the pass that its numbers say, and these are given as they come.
 * E_LIMIT: the groups of a pass do not fit either. */
static enum err run_passes(const struct plan *p, const struct snapshot *snap, struct agg *g, bool *damaged, unsigned passes)
{
	struct unite_rest rest = { 0 };
	struct unite *u = mem_alloc(sizeof(*u));
	if (!u)
		return E_NOMEM;
	enum err err = unite_init(u, p, g->quota);
	for (unsigned pass = 0; pass < passes && err == OK; pass++) {
		unite_keep(u, pass, passes);
		err = fill_tallies(p, snap, g, damaged, u);
		if (err == OK)
			err = unite_finish_pass(u, g, &rest);
	}
	if (atomic_load(&u->gave_up))
		err = E_LIMIT; /* sums of more than 64 bits have no other way that would fit */
	unite_free(u);
	mem_free(u);
	return err == OK ? unite_add_rest(g, &rest) : err;
}

/* So far the rows of a run went before its groups were too many: how many passes would have done. */
static unsigned passes_for(const struct snapshot *snap, const struct agg *g)
{
	uint64_t all = 0, went = MAX(g->scanned.rows, (uint64_t)1);
	unsigned passes = 2;
	for (size_t i = 0; i < snap->nseg; i++)
		all += seg_rows(snap->seg[i]);
	while (passes < TALLY_PARTS && passes * went < all)
		passes *= 2;
	return passes;
}

static enum err run_united(const struct plan *p, const struct snapshot *snap, struct agg *g, bool *damaged, bool *ret_done)
{
	struct unite *u = mem_alloc(sizeof(*u));
	if (!u)
		return E_NOMEM;
	enum err err = run_tallies(p, snap, g, damaged, u, ret_done);
	if (err == OK && *ret_done)
		err = unite_finish(u, g);
	unite_free(u);
	mem_free(u);
	unsigned passes = err == E_LIMIT && *ret_done && unite_can_lump(p) ? passes_for(snap, g) : TALLY_PARTS * 2;
	for (; err == E_LIMIT && passes <= TALLY_PARTS; passes *= 2) {
		agg_free(g);
		agg_init(g, p, g->quota, false);
		err = run_passes(p, snap, g, damaged, passes);
	}
	return err;
}

/* *ret_done: false when the run has to go another way. */
static enum err run_heavy(const struct plan *p, const struct snapshot *snap, struct agg *g, bool *damaged, bool *ret_done)
{
	struct heavy *h = mem_new0(1, sizeof(*h));
	bool *later = mem_new0(snap->nseg + 1, sizeof(*later)), again = false;
	struct scan sc = { .p = p, .snap = snap, .agg = g, .heavy = h, .damaged = damaged, .lock = PTHREAD_MUTEX_INITIALIZER };
	if (!h || !later) {
		mem_free(h);
		mem_free(later);
		return E_NOMEM;
	}
	heavy_init(h, p, g->quota);
	enum err err = scan(&sc);
	if (err == OK)
		err = heavy_between(h, &again);
	while (err == OK && again) {
		memset(later, 0, snap->nseg);
		sc.damaged = later;
		sc.next = 0;
		reset_counts(g);
		err = scan(&sc);
		if (err == OK && memcmp(damaged, later, snap->nseg) != 0)
			err = E_RANGE; /* damage came between the looks */
		if (err == OK)
			err = heavy_between(h, &again);
	}
	if (err == OK)
		err = heavy_finish(h, g);
	*ret_done = err == OK;
	heavy_free(h);
	mem_free(h);
	mem_free(later);
	return err == E_RANGE || err == E_LIMIT ? OK : err;
}

enum err run_traffic(const struct plan *p, const struct snapshot *snap, struct agg *g, bool *damaged)
{
	bool done = false;
	if (!p->env.plain && heavy_suits(p)) {
		enum err err = run_heavy(p, snap, g, damaged, &done);
		if (err != OK || done)
			return err;
		agg_free(g);
		agg_init(g, p, g->quota, false);
	}
	if (!p->env.plain && unite_suits(p)) {
		enum err err = run_united(p, snap, g, damaged, &done);
		if (err != OK || done)
			return err;
		reset_counts(g);
	}
	struct scan sc = { .p = p, .snap = snap, .agg = g, .damaged = damaged, .lock = PTHREAD_MUTEX_INITIALIZER };
	return scan(&sc);
}
