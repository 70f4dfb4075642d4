/* Counters' roll-ups: readings between which nothing happened are left out.
 *
 *	r0 r1 r2 | r3 r4 r5 | r6 (restart) r7 r8 | r9        | a step
 *	x      x   x      x   x            x   x   x
 *
 * So readings on both sides of a step's edge are neighbours as they came, and what lies on each side of it
 * is told exactly.
 *
 * Compacted segments hold an interface's readings one behind the other, in the order of time. */
#include "store/rollup_part.h"

#include "base/mem.h"

enum sense { S_ANY, S_GROWS }; /* a change is news; only falling is */

struct thinning {
	const struct rollup_kind *kind;
	enum sense sense[TABLE_MAX_COLS];
	struct batch *in, *out;
	uint64_t *rec[2]; /* the row and the one before it, as records */
	bool kept;        /* the one before is in out */
};

static void find_senses(struct thinning *k)
{
	const struct table *t = k->kind->columns;
	for (size_t v = 0; v < nviews; v++)
		for (size_t i = 0; views[v].table == t && i < views[v].nfields; i++) {
			const struct field *f = &views[v].fields[i];
			if (f->col >= 0 && (f->role == R_COUNTER || f->unit == U_MSEC))
				k->sense[f->col] = S_GROWS;
		}
}

static uint64_t number(const struct column *c, const void *rec)
{
	uint64_t v = 0;
	memcpy(&v, (const uint8_t *)rec + c->offset, c->storage);
	return v;
}

static bool differs(const struct thinning *k, size_t col)
{
	const struct column *c = &k->kind->columns->cols[col];
	const uint8_t *a = (const uint8_t *)k->rec[0], *b = (const uint8_t *)k->rec[1];
	return memcmp(a + c->offset, b + c->offset, c->storage) != 0;
}

static bool same_interface(const struct thinning *k)
{
	return !differs(k, k->kind->columns->agent_col) && !differs(k, k->kind->columns->place_col);
}

/* Between the two readings of one interface something other than counting happened. */
static bool news(const struct thinning *k)
{
	const struct table *t = k->kind->columns;
	for (size_t c = 0; c < t->ncols; c++) {
		const struct column *col = &t->cols[c];
		if (c == t->time_col || !differs(k, c))
			continue;
		if (k->sense[c] == S_ANY || number(col, k->rec[1]) < number(col, k->rec[0]))
			return true;
	}
	return false;
}

static bool same_step(const struct thinning *k)
{
	const struct column *time = &k->kind->columns->cols[k->kind->columns->time_col];
	uint64_t step = (uint64_t)k->kind->step;
	return number(time, k->rec[0]) / step == number(time, k->rec[1]) / step;
}

static enum err keep_one(struct thinning *k, const void *rec)
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
	return batch_push(b, rec) ? OK : E_LIMIT;
}

/* rec[0] is the row before (first: there is none), rec[1] this one. */
static enum err look(struct thinning *k, bool first)
{
	bool same = !first && same_interface(k), happened = same && news(k);
	enum err e = OK;
	if (!first && !k->kept && (!same || happened || !same_step(k)))
		e = keep_one(k, k->rec[0]);
	k->kept = !same || happened || !same_step(k);
	return e == OK && k->kept ? keep_one(k, k->rec[1]) : e;
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
			batch_row(k->in, i, k->rec[1]);
			e = look(k, first);
			uint64_t *swap = k->rec[0];
			k->rec[0] = k->rec[1];
			k->rec[1] = swap;
			first = false;
		}
	}
	seg_release(s);
	return e == OK && !k->kept ? keep_one(k, k->rec[0]) : e;
}

enum err rollup_thin(const struct rollup_kind *kind, const struct rollup_source *from,
		     const struct rollup_options *opt, struct rolled *ret)
{
	struct thinning k = { .kind = kind };
	enum { FIRST = 1024 };
	enum err e = batch_new(kind->columns, SEG_BLOCK, &k.in);
	if (e == OK)
		e = batch_new(kind->columns, FIRST, &k.out);
	for (size_t i = 0; i < 2 && e == OK; i++) {
		k.rec[i] = mem_new0(1, kind->columns->rec_size);
		e = k.rec[i] ? OK : E_NOMEM;
	}
	find_senses(&k);
	if (e == OK)
		e = thin(&k, from->seg, opt);
	batch_free(k.in);
	mem_free(k.rec[0]);
	mem_free(k.rec[1]);
	if (e == OK)
		*ret = (struct rolled){ .rows = k.out };
	else
		batch_free(k.out);
	return e;
}
