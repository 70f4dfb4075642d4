/* Buckets of a trend in which nothing passed the filter.  Where the asker's rows were collected the sums are 0;
 * elsewhere they are null, for nobody knows.  One more look at time alone, only when there is such a bucket: by the
 * same scope, so that rows of others tell nothing here either.
 *
 * Of flow records only.  A counter that was not read is a gap, whatever other counters were. */
#include "query/exec.h"

#include "base/mem.h"

static void mark(const struct agg *g, bool *bucket)
{
	for (size_t k = 0; k < g->keys.n; k++)
		bucket[words_key(&g->keys, k)[0]] = true;
}

static enum err look(const struct plan *p, const struct snapshot *stored, struct quota *q, bool *bucket)
{
	struct agg *g = mem_new0(1, sizeof(*g));
	bool *damaged = mem_new0(stored->nseg + 1, sizeof(*damaged)); /* said by the look before */
	struct plan *time = mem_new0(1, sizeof(*time));
	enum err err = E_NOMEM;
	if (g && damaged && time) {
		*time = *p;
		time->nlanes = time->nkeylanes = time->nwords = 1; /* the buckets are the first */
		time->nsets = time->nitems = time->nmeasures = 0;
		time->minutes = time->parts = time->either = time->share = false;
		time->veil = NULL;
		time->unknown = NULL;
		time->npasses = 1;
		time->where = time->pass[0] = time->seen = p->theirs;
		agg_init(g, time, q, false);
		err = run_traffic(time, stored, g, damaged);
		mark(g, bucket);
		agg_free(g);
	}
	mem_free(time);
	mem_free(damaged);
	mem_free(g);
	return err;
}

enum err zero_buckets(const struct plan *p, const struct snapshot *stored, struct agg *g, bool **made)
{
	if (p->kind != QUERY_TREND || p->view->table->id != TABLE_TRAFFIC || p->filter->kind == FILTER_ALL)
		return OK;
	bool *have = mem_new0(p->nbuckets + 1, sizeof(*have));
	if (!have)
		return E_NOMEM;
	mark(g, have);
	bool full = memchr(have, 0, p->nbuckets) == NULL;
	mem_free(have);
	if (full)
		return OK;
	if (!*made) {
		*made = mem_new0(p->nbuckets + 1, sizeof(**made));
		enum err err = *made ? look(p, stored, g->quota, *made) : E_NOMEM;
		if (err != OK)
			return err;
	}
	g->collected = *made;
	return OK;
}
