/* Retention: what is too old, and what is too much, leaves the store by whole segments.
 *
 * A segment goes when its newest row is older than its level may keep, or when the levels that
 * count towards a size hold more than that: then the oldest go first.  What goes becomes an "old"
 * line of MANIFEST, like what was compacted: readers that have planned with it find it for the
 * grace.  The journal is never touched.
 *
 * A gap goes with what retention would have taken of it: rows, when the level of hours, where they would be by
 * now, has nothing as old left; a roll-up, of which only the table is known, when no level of the table's has. */
#include "store/rollup.h"
#include "store/writer.h"

#include "base/mem.h"

#include <stdlib.h>

static enum store_level level_of(const struct table *t, const struct manifest_segment *m)
{
	return path_is_fresh(t, m->path) ? STORE_FRESH : STORE_HOUR;
}

/* A segment that may go. */
struct prunable {
	size_t table, index; /* in MANIFEST */
	bool rollup;         /* that stands alone */
	const struct manifest_segment *m;
	enum store_level level;
	bool goes;
};

static int oldest_first(const void *a, const void *b)
{
	const struct prunable *x = a, *y = b;
	if (x->m->span.end != y->m->span.end)
		return x->m->span.end < y->m->span.end ? -1 : 1;
	return strcmp(x->m->path, y->m->path);
}

static enum err list_segments(const struct manifest *m, struct prunable **ret, size_t *ret_n)
{
	size_t n = 0;
	for (size_t t = 0; t < TABLES; t++)
		n += m->table[t].nseg + m->table[t].nroll;
	struct prunable *p = mem_array(NULL, n + 1, sizeof(*p));
	if (!p)
		return E_NOMEM;
	n = 0;
	for (size_t t = 0; t < TABLES; t++)
		for (size_t i = 0; i < m->table[t].nseg; i++) {
			const struct manifest_segment *s = &m->table[t].seg[i];
			p[n++] = (struct prunable){ .table = t,
						    .index = i,
						    .m = s,
						    .level = level_of(&tables[t], s) };
		}
	for (size_t t = 0; t < TABLES; t++)
		for (size_t i = 0; i < m->table[t].nroll; i++) {
			const struct manifest_rollup *r = &m->table[t].roll[i];
			if (rollup_alone(r->of))
				p[n++] = (struct prunable){ .table = t,
							    .index = i,
							    .rollup = true,
							    .m = &r->file,
							    .level = STORE_ROLLUP_5MIN + r->level };
		}
	qsort(p, n, sizeof(*p), oldest_first);
	*ret = p;
	*ret_n = n;
	return OK;
}

static bool covers(const struct prune_limit *l, const struct prunable *p)
{
	return (l->all_tables || (size_t)l->table == p->table) &&
	       (l->all_levels ? !p->rollup : l->level == p->level);
}

static bool too_old(const struct prune_limit *l, usec_t end, usec_t now, usec_t young)
{
	return l->keep && end <= now - l->keep && end <= young;
}

/* Rows younger than `young` never go.  What is too much went up to the time that is returned; 0: nothing. */
static usec_t apply(const struct prune_limit *l, usec_t now, usec_t young, struct prunable *p,
		    size_t n)
{
	uint64_t bytes = 0;
	usec_t upto = 0;
	for (size_t i = 0; i < n; i++) {
		if (!covers(l, &p[i]) || p[i].goes)
			continue;
		if (too_old(l, p[i].m->span.end, now, young))
			p[i].goes = true;
		else
			bytes += p[i].m->bytes;
	}
	for (size_t i = 0; l->max_bytes && i < n && bytes > l->max_bytes; i++) {
		if (!covers(l, &p[i]) || p[i].goes || p[i].m->span.end > young)
			continue;
		p[i].goes = true;
		upto = p[i].m->span.end;
		bytes -= p[i].m->bytes;
	}
	return upto;
}

/* A gap, and the levels that may still hold something as old. */
struct lost {
	size_t table;
	struct store_gap *gap; /* in MANIFEST */
	unsigned levels;
};

static unsigned levels_of(const struct table *t, const struct store_gap *g)
{
	char rollups[PATH_ROOM];
	unsigned levels = 0;
	path_folder(rollups, t, "rollup");
	if (strncmp(g->name, rollups, strlen(rollups)) != 0)
		return 1u << STORE_HOUR;
	for (unsigned l = 0; l < ROLLUP_LEVELS; l++)
		if (rollup_kind(t->id, (enum rollup_level)l))
			levels |= 1u << (STORE_ROLLUP_5MIN + l);
	return levels;
}

static enum err list_gaps(struct manifest *m, struct lost **ret, size_t *ret_n)
{
	size_t n = 0;
	for (size_t t = 0; t < TABLES; t++)
		n += m->table[t].ngap;
	struct lost *lost = mem_array(NULL, n + 1, sizeof(*lost));
	if (!lost)
		return E_NOMEM;
	n = 0;
	for (size_t t = 0; t < TABLES; t++)
		for (size_t i = 0; i < m->table[t].ngap; i++) {
			struct store_gap *g = &m->table[t].gap[i];
			lost[n++] = (struct lost){ t, g, levels_of(&tables[t], g) };
		}
	*ret = lost;
	*ret_n = n;
	return OK;
}

static void apply_to_gaps(const struct prune_limit *l, usec_t now, usec_t young, usec_t upto,
			  struct lost *lost, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		usec_t end = lost[i].gap->span.end;
		for (unsigned level = 0; level < STORE_LEVELS; level++) {
			const struct prunable as = { .table = lost[i].table, .rollup = level >= STORE_ROLLUP_5MIN, .level = level };
			if (covers(l, &as) && (too_old(l, end, now, young) || end <= upto))
				lost[i].levels &= ~(1u << level);
		}
	}
}

/* The gaps that go leave m. */
static size_t forget_gaps(struct manifest *m, const struct lost *lost)
{
	size_t went = 0;
	for (size_t t = 0, i = 0; t < TABLES; t++) {
		struct manifest_table *mt = &m->table[t];
		size_t kept = 0, all = mt->ngap;
		for (size_t k = 0; k < all; k++, i++)
			if (lost[i].levels)
				mt->gap[kept++] = mt->gap[k];
		mt->ngap = kept;
		went += all - kept;
	}
	return went;
}

static void tell(const struct prune_policy *policy, const struct prunable *p, size_t n,
		 struct prune_report *r)
{
	for (size_t i = 0; i < n; i++) {
		if (!p[i].goes)
			continue;
		r->segments++;
		r->rows += p[i].m->rows;
		r->bytes += p[i].m->bytes;
		if (policy->say)
			policy->say(policy->arg, p[i].m->path, p[i].m->rows, p[i].m->span);
	}
}

/* What goes becomes old in m, whose lists are still those that p was made of. */
static enum err forget(struct manifest *m, const struct prunable *p, size_t n, usec_t now)
{
	enum err e = OK;
	for (size_t i = 0; i < n && e == OK; i++) {
		struct manifest_table *mt = &m->table[p[i].table];
		if (!p[i].goes)
			continue;
		e = manifest_add_old(mt, p[i].m->path, now);
		if (p[i].rollup) {
			mt->roll[p[i].index].file.rows = 0; /* nothing has none */
		} else {
			manifest_leave_alone(mt, p[i].m->path);
			mt->seg[p[i].index].rows = 0;
		}
	}
	for (size_t t = 0; t < TABLES; t++) {
		struct manifest_table *mt = &m->table[t];
		size_t kept = 0, rolls = 0;
		for (size_t i = 0; i < mt->nseg; i++)
			if (mt->seg[i].rows)
				mt->seg[kept++] = mt->seg[i];
		for (size_t i = 0; i < mt->nroll; i++)
			if (mt->roll[i].file.rows)
				mt->roll[rolls++] = mt->roll[i];
		mt->nseg = kept;
		mt->nroll = rolls;
	}
	return e;
}

/* On a copy of MANIFEST, which then becomes the truth. */
static enum err prune(struct store_writer *w, struct manifest *m, usec_t now,
		      const struct prune_policy *policy, struct prune_report *r)
{
	_cleanup_(mem_freep) struct prunable *p = NULL;
	_cleanup_(mem_freep) struct lost *lost = NULL;
	size_t n = 0, nlost = 0;
	bool there;
	usec_t grace = policy->no_grace ? 0 : policy->grace ? policy->grace : STORE_GRACE;
	enum err e = list_segments(m, &p, &n);
	if (e == OK)
		e = list_gaps(m, &lost, &nlost);
	for (size_t i = 0; i < policy->nlimits && e == OK; i++) {
		usec_t upto = apply(&policy->limit[i], now, now - grace, p, n);
		apply_to_gaps(&policy->limit[i], now, now - grace, upto, lost, nlost);
	}
	if (e != OK)
		return e;
	tell(policy, p, n, r);
	r->gaps = forget_gaps(m, lost);
	if ((!r->segments && !r->gaps) || policy->dry_run)
		return OK;
	e = forget(m, p, n, now);
	return e == OK ? truth_publish(w, m, &there) : e;
}

enum err store_prune(struct store_writer *w, usec_t now, const struct prune_policy *policy,
		     struct prune_report *ret)
{
	struct prune_report r = { 0 };
	struct manifest m;
	usec_t grace = policy->no_grace ? 0 : policy->grace ? policy->grace : STORE_GRACE;
	upkeep_begin(w);
	enum err e = truth_edit(w, &m);
	if (e == OK) {
		e = prune(w, &m, now, policy, &r);
		truth_end(w, &m);
	}
	if (e == OK && !policy->dry_run)
		e = truth_remove_replaced(w, now, grace, &r.removed);
	upkeep_end(w);
	if (ret && e == OK)
		*ret = r;
	return e;
}
