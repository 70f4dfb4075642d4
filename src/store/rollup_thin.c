/* Counters' roll-ups: readings between which nothing happened are left out.
 *
 *	r0 r1 r2 | r3 r4 r5 | r6 (restart) r7 r8 | r9        | a step
 *	x      x   x      x   x            x   x   x
 *	       j          j                    j                joined
 *
 * So readings on both sides of a step's edge are neighbours as they came, and what lies on each side of it
 * is told exactly.
 *
 * Two are joined when they are of one interface, source and step, no more than ten minutes apart, all counters have a
 * good difference or are missing in both, none fell (so that totals of 32 bits add up), and nothing else
 * changed.  Of readings of one time and source the first counts, as in questions; beside one of another source
 * none is joined, for questions put those in their own order.
 *
 * Compacted segments hold an interface's readings of an hour one behind the other, in the order of time. */
#include "store/rollup_part.h"

#include "base/mem.h"
#include "flow/delta.h"

enum sense { S_SAME, S_COUNTER, S_FREE }; /* a change is news; by counter_delta(); none is */

struct thinning {
	const struct rollup_kind *kind;
	enum sense sense[TABLE_MAX_COLS];
	struct batch *in, *out;
	struct thinned_rec older, rec[2]; /* the row before the one before; that; this one */
	bool older_kept, kept;     /* those before are in out */
	bool twin;                 /* it has the time of one before it */
};

static void find_senses(struct thinning *k)
{
	for (size_t v = 0; v < nviews; v++)
		for (size_t i = 0; views[v].table->id == k->kind->of && i < views[v].nfields; i++) {
			const struct field *f = &views[v].fields[i];
			if (f->col >= 0 && f->role == R_COUNTER)
				k->sense[f->col] = S_COUNTER;
		}
	k->sense[IF_time] = k->sense[IF_uptime] = S_FREE;
}

static uint64_t number(const struct column *c, const struct thinned_rec *rec)
{
	uint64_t v = 0;
	memcpy(&v, (const uint8_t *)rec + c->offset, (size_t)c->storage);
	return v;
}

static bool same_interface(const struct thinning *k)
{
	const struct ifcounters_rec *a = &k->rec[0].r, *b = &k->rec[1].r;
	return addr_equal(&a->agent, &b->agent) && a->interface == b->interface;
}

static bool same_step(const struct thinning *k)
{
	uint64_t step = (uint64_t)k->kind->step;
	return k->rec[0].r.time / step == k->rec[1].r.time / step;
}

static struct reading_at reading_at(const struct ifcounters_rec *r)
{
	return (struct reading_at){ .time = (usec_t)r->time, .speed = r->ifspeed, .uptime = r->uptime, .source = r->countersource };
}

static bool counts_on(const struct table *t, int col, const struct reading_at *const at[static 2], const uint64_t v[static 2])
{
	uint64_t delta;
	if (counter_is_missing(t, at[0]->source, col, v[0]) && counter_is_missing(t, at[1]->source, col, v[1]))
		return true;
	return v[1] >= v[0] && counter_delta(t, col, (const struct reading_at *[2]){ at[0], at[1] }, v, &delta) == DELTA_OK;
}

/* Between the two readings of one interface nothing but counting happened. */
static bool joins(const struct thinning *k)
{
	const struct table *t = k->kind->columns;
	const struct reading_at a = reading_at(&k->rec[0].r), b = reading_at(&k->rec[1].r);
	const struct reading_at *const at[2] = { &a, &b };
	bool joined = !k->twin && a.time < b.time && same_step(k) && b.uptime >= a.uptime && !readings_apart(&a, &b);
	for (size_t c = 0; c < IF_COLS && joined; c++) {
		const struct column *col = &t->cols[c];
		if (col->storage == ST_addr || k->sense[c] == S_FREE)
			continue; /* the agent is the same */
		const uint64_t v[2] = { number(col, &k->rec[0]), number(col, &k->rec[1]) };
		joined = k->sense[c] == S_SAME ? v[0] == v[1] : counts_on(t, (int)c, at, v);
	}
	return joined;
}

static enum err keep_one(struct thinning *k, const struct thinned_rec *rec)
{
	struct batch *b = k->out;
	if (b->n == b->cap) { /* a larger one, with the rows so far */
		struct batch *more;
		enum err e = batch_new(b->table, b->cap * 2, &more);
		if (e != OK)
			return e;
		for (size_t c = 0; c < b->table->ncols; c++)
			memcpy(more->col[c], b->col[c], b->n * b->table->cols[c].storage);
		more->n = b->n;
		more->used = b->used;
		batch_free(b);
		k->out = b = more;
	}
	if (!batch_push(b, &rec->r))
		return E_LIMIT;
	if (rec->joined) {
		((uint8_t *)b->col[IF_joined])[b->n - 1] = 1;
		b->used |= (uint64_t)1 << IF_joined;
	}
	return OK;
}

/* The row before shares its time with this one, of another source: it is no end of what is joined. */
static enum err part_again(struct thinning *k)
{
	enum err e = k->older_kept ? OK : keep_one(k, &k->older);
	k->rec[0].joined = 0;
	return e;
}

/* first: there is no row before. */
static enum err look(struct thinning *k, bool first)
{
	const bool same = !first && same_interface(k);
	const bool twin = same && k->rec[1].r.time == k->rec[0].r.time;
	if (same && k->rec[1].r.time < k->rec[0].r.time)
		return E_CORRUPT; /* no compacted segment has them so */
	if (twin && k->rec[1].r.countersource == k->rec[0].r.countersource)
		return OK;
	enum err e = twin && k->rec[0].joined ? part_again(k) : OK;
	k->rec[1].joined = same && joins(k);
	if (e == OK && !first && !k->kept && !k->rec[1].joined)
		e = keep_one(k, &k->rec[0]);
	k->older_kept = k->kept || !k->rec[1].joined;
	k->kept = !k->rec[1].joined;
	k->twin = twin;
	if (e == OK && k->kept)
		e = keep_one(k, &k->rec[1]);
	k->older = k->rec[0];
	k->rec[0] = k->rec[1];
	return e;
}

static enum err thin(struct thinning *k, struct seg *s, const struct rollup_options *opt)
{
	bool first = true;
	enum err e = seg_prepare(s, UINT64_MAX);
	for (size_t b = 0; b < seg_blocks(seg_rows(s)) && e == OK; b++) {
		if (opt->stop && opt->stop(opt->arg))
			return E_CANCELLED;
		e = seg_batch(s, UINT64_MAX, b, k->in);
		for (size_t i = 0; i < k->in->n && e == OK; i++) {
			batch_row(k->in, i, &k->rec[1].r);
			e = look(k, first);
			first = false;
		}
	}
	seg_release(s);
	return e == OK && !k->kept ? keep_one(k, &k->rec[0]) : e;
}

enum err rollup_thin(const struct rollup_kind *kind, const struct rollup_source *from,
		     const struct rollup_options *opt, struct rolled *ret)
{
	struct thinning k = { .kind = kind };
	enum { FIRST = 1024 };
	enum err e = batch_new(&tables[kind->of], SEG_BLOCK, &k.in);
	if (e == OK)
		e = batch_new(kind->columns, FIRST, &k.out);
	find_senses(&k);
	if (e == OK)
		e = thin(&k, from->seg, opt);
	batch_free(k.in);
	if (e == OK)
		*ret = (struct rolled){ .rows = k.out };
	else
		batch_free(k.out);
	return e;
}
