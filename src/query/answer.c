/* Groups -> rows of the Table.
 *
 * Every row of the answer is a class of groups: a group of its own, or the rest, which is all the
 * groups left out (of its bucket).  reduce() works out one column for any classing, so that the
 * rest row, the buckets and the ranking over the whole interval are one thing.  What cannot be
 * said of a class (first() of the rest) is null.  reduce.c has the columns. */
#include "query/exec.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

enum row_kind { ROW_GROUP, ROW_REST, ROW_EMPTY, ROW_ZERO };

struct out_row {
	enum row_kind kind;
	uint32_t group, bucket, rank;
};

struct work {
	const struct plan *p;
	struct agg *g;
	struct quota *q;
	size_t groups;
	uint32_t *key_of;    /* by group: its key without the bucket; NULL for topN: the group itself */
	size_t nkeys;
	uint32_t *first;     /* by key: a group that has it; NULL for topN */
	double *value;       /* by key: what it is ranked by */
	uint32_t *order;     /* keys, best first; the first nshown are shown */
	size_t nshown;
	uint32_t *rank;      /* by key: place in order, UINT32_MAX = left out */
	struct out_row *row;
	size_t nrows;
	uint32_t *class_of;  /* by group: row */
};

static void *array(struct work *w, size_t n, size_t each, enum err *err)
{
	return scratch(w->q, n, each, err); /* given back as a whole: the run is over soon */
}

/* -- keys and their order --------------------------------------------------------------------------------- */

static bool is_trend(const struct work *w)
{
	return w->p->kind == QUERY_TREND;
}

/* Of a trend the key without its first word, the bucket. */
static enum err find_keys(struct work *w)
{
	enum err err = OK;
	w->nkeys = w->groups;
	if (!is_trend(w))
		return OK;
	struct words keys = { .width = w->p->nwords - 1 };
	w->key_of = array(w, w->groups, sizeof(*w->key_of), &err);
	w->first = array(w, w->groups, sizeof(*w->first), &err);
	for (size_t k = 0; k < w->groups && err == OK; k++) {
		size_t had = keys.n;
		w->key_of[k] = words_put(&keys, w->q, words_key(&w->g->keys, k) + 1, &err);
		if (keys.n > had)
			w->first[had] = (uint32_t)k;
	}
	w->nkeys = keys.n;
	words_free(&keys, w->q);
	return err;
}

static const uint64_t *key_words(const struct work *w, uint32_t key)
{
	return words_key(&w->g->keys, w->first ? w->first[key] : key);
}

static int compare_keys(const struct work *w, uint32_t a, uint32_t b)
{
	const struct plan *p = w->p;
	const uint64_t *x = key_words(w, a), *y = key_words(w, b);
	for (unsigned i = is_trend(w); i < p->nkeylanes; i++) {
		const struct lane *l = &p->lane[i];
		const uint64_t *u = x + l->word, *v = y + l->word;
		int d = lane_compare(p, &w->g->texts, l, u, v);
		if (d)
			return d;
	}
	return 0;
}

/* Better first: the greater value, nulls last, then by key. */
static int compare_ranked(const struct work *w, uint32_t a, uint32_t b)
{
	if (w->g->lump && (a + 1 == w->g->lump || b + 1 == w->g->lump))
		return (a + 1 == w->g->lump) - (b + 1 == w->g->lump);
	if (w->value) {
		double x = w->value[a], y = w->value[b];
		if (isnan(x) != isnan(y))
			return isnan(x) ? 1 : -1;
		if (x != y && !isnan(x))
			return x > y ? -1 : 1;
	}
	return compare_keys(w, a, b);
}

static int compare_order(const void *a, const void *b, void *arg)
{
	return compare_ranked(arg, *(const uint32_t *)a, *(const uint32_t *)b);
}

/* The worst of the first n at the root. */
static void sift(struct work *w, size_t i, size_t n)
{
	uint32_t *h = w->order;
	for (size_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && compare_ranked(w, h[child], h[child + 1]) < 0)
			child++;
		if (compare_ranked(w, h[i], h[child]) >= 0)
			return;
		uint32_t swap = h[i];
		h[i] = h[child];
		h[child] = swap;
	}
}

/* order: the best nshown keys, in order; the others behind them in any. */
static void pick(struct work *w)
{
	size_t n = w->nshown;
	if (n < w->nkeys && n) {
		for (size_t i = n / 2; i-- > 0;)
			sift(w, i, n);
		for (size_t k = n; k < w->nkeys; k++) {
			if (compare_ranked(w, w->order[k], w->order[0]) > 0)
				continue;
			uint32_t swap = w->order[k];
			w->order[k] = w->order[0];
			w->order[0] = swap;
			sift(w, 0, n);
		}
	}
	qsort_r(w->order, n, sizeof(*w->order), compare_order, w);
}

static enum err rank_keys(struct work *w)
{
	const struct plan *p = w->p;
	enum err err = OK;
	bool by_value = p->sort >= 0 && (!is_trend(w) || p->n);
	w->order = array(w, w->nkeys, sizeof(*w->order), &err);
	w->rank = array(w, w->nkeys, sizeof(*w->rank), &err);
	if (by_value)
		w->value = array(w, w->nkeys, sizeof(*w->value), &err);
	if (err != OK)
		return err;
	const struct classes c = { .of = w->key_of, .n = w->nkeys, .ranking = is_trend(w) };
	if (by_value && (err = reduce(w->g, &c, &p->item[p->sort], w->value)) != OK)
		return err;
	for (size_t k = 0; k < w->nkeys; k++) {
		w->order[k] = (uint32_t)k;
		w->rank[k] = UINT32_MAX;
	}
	w->nshown = p->n ? MIN(p->n, w->nkeys) : w->nkeys;
	pick(w);
	for (size_t k = 0; k < w->nshown; k++)
		w->rank[w->order[k]] = (uint32_t)k;
	return OK;
}

/* -- rows ------------------------------------------------------------------------------------------------------ */

static int compare_rows(const void *pa, const void *pb)
{
	const struct out_row *a = pa, *b = pb;
	if (a->bucket != b->bucket)
		return a->bucket < b->bucket ? -1 : 1;
	return (a->rank > b->rank) - (a->rank < b->rank);
}

static uint32_t bucket_of(const struct work *w, size_t group)
{
	return is_trend(w) ? (uint32_t)words_key(&w->g->keys, group)[0] : 0;
}

/* One row per shown group, one per bucket for the rest, one per bucket that has neither. */
static enum err list_rows(struct work *w)
{
	size_t buckets = is_trend(w) ? w->p->nbuckets : 1;
	enum err err = OK;
	bool values = false;
	w->class_of = array(w, w->groups, sizeof(*w->class_of), &err);
	w->row = array(w, (is_trend(w) ? w->groups : w->nshown) + buckets, sizeof(*w->row), &err);
	uint32_t *rest = array(w, buckets, sizeof(*rest), &err); /* groups left out, by bucket */
	bool *have = array(w, buckets, sizeof(*have), &err);
	for (unsigned i = 0; i < w->p->nitems; i++)
		values |= !w->p->item[i].is_key && !w->p->item[i].hidden;
	for (size_t k = 0; k < w->groups && err == OK; k++) {
		uint32_t rank = w->rank[w->key_of ? w->key_of[k] : k], bucket = bucket_of(w, k);
		have[bucket] |= rank != UINT32_MAX;
		if (rank == UINT32_MAX)
			rest[bucket]++;
		else
			w->row[w->nrows++] = (struct out_row){ ROW_GROUP, (uint32_t)k, bucket, rank };
	}
	for (uint32_t b = 0; b < buckets && err == OK; b++) {
		const enum row_kind nothing = w->g->collected && w->g->collected[b] ? ROW_ZERO : ROW_EMPTY;
		const struct out_row rest_row = { ROW_REST, UINT32_MAX, b, UINT32_MAX }, empty = { nothing, UINT32_MAX, b, 0 };
		if (rest[b] && values)
			w->row[w->nrows++] = rest_row;
		else if (!have[b] && (is_trend(w) || !w->p->nkeylanes))
			w->row[w->nrows++] = empty;
	}
	if (err == OK)
		qsort(w->row, w->nrows, sizeof(*w->row), compare_rows);
	for (size_t k = 0; k < w->groups && err == OK; k++)
		w->class_of[k] = UINT32_MAX;
	for (size_t r = 0; r < w->nrows && err == OK; r++)
		if (w->row[r].kind == ROW_GROUP)
			w->class_of[w->row[r].group] = (uint32_t)r;
		else if (w->row[r].kind == ROW_REST)
			rest[w->row[r].bucket] = (uint32_t)r;
	for (size_t k = 0; k < w->groups && err == OK && values; k++)
		if (w->class_of[k] == UINT32_MAX)
			w->class_of[k] = rest[bucket_of(w, k)];
	scratch_free(w->q, &rest, buckets, sizeof(*rest));
	scratch_free(w->q, &have, buckets, sizeof(*have));
	return err;
}

/* -- the table --------------------------------------------------------------------------------------------------- */

enum err answer_columns(const struct plan *p, struct result *ret)
{
	for (unsigned i = 0; i < p->nitems; i++) {
		const struct item *it = &p->item[i];
		enum err err = it->hidden ? OK : result_add_col(ret, it->name, it->type, it->unit);
		if (err != OK)
			return err;
	}
	return OK;
}

enum err answer_cell(struct result *t, size_t row, size_t col, const struct item *it, const struct value *v)
{
	char buf[VALUE_TEXT];
	if (v->null)
		return OK;
	if (type_is_number(it->type)) {
		result_set_num(t, row, col, v->type == T_REAL ? v->real : (double)v->num);
		return OK;
	}
	const char *text = value_format(v, buf);
	return *text ? result_set_text(t, row, col, text, strlen(text)) : OK;
}

static void group_value(const struct work *w, const struct item *it, uint32_t group, struct value *ret)
{
	const struct agg *g = w->g;
	uint64_t words[4];
	*ret = (struct value){ .null = true };
	if (it->is_key) {
		size_t n = 0;
		for (unsigned i = 0; i < it->nlanes; i++) {
			const struct lane *l = &w->p->lane[it->lane[i]];
			const uint64_t *from = words_key(&g->keys, group) + l->word;
			words[n++] = from[0];
			if (l->addr)
				words[n++] = from[1];
		}
		key_value(w->p, g, it, words, ret);
	} else if (g->set[it->set].time[group] != INT64_MIN) {
		key_value(w->p, g, it, g->set[it->set].value + group * g->set[it->set].words, ret);
	}
}

static enum err fill_keys(const struct work *w, const struct item *it, size_t col, struct result *t)
{
	enum err err = OK;
	bool bucket = is_trend(w) && it->is_key && !it->fn && it->field->type == T_TIME;
	for (size_t r = 0; r < w->nrows && err == OK; r++) {
		struct value v = { .null = true };
		if (bucket)
			v = (struct value){ .type = T_TIME, .num = (uint64_t)w->p->edge[w->row[r].bucket] };
		else if (w->row[r].kind == ROW_GROUP)
			group_value(w, it, w->row[r].group, &v);
		err = answer_cell(t, r, col, it, &v);
	}
	return err;
}

/* Of rows there were and none that passed: there is no lowest, no mean, no share of nothing, and no error of it. */
static double of_none(const struct item *it)
{
	bool adds_up = it->fn == FN_NONE || it->fn == FN_sum || it->fn == FN_rate || it->fn == FN_count;
	return adds_up ? 0 : NAN;
}

static enum err fill_values(struct work *w, const struct item *it, size_t col, struct result *t)
{
	const struct plan *p = w->p;
	enum err err = OK;
	double *seconds = array(w, w->nrows, sizeof(*seconds), &err), *out = array(w, w->nrows, sizeof(*out), &err);
	uint32_t *bucket = array(w, w->nrows, sizeof(*bucket), &err);
	for (size_t r = 0; r < w->nrows && err == OK; r++) {
		uint32_t b = w->row[r].bucket;
		seconds[r] = !is_trend(w) ? interval_seconds(p) :
					    (double)(MIN(p->edge[b + 1], p->span.end) - MAX(p->edge[b], p->span.start)) / USEC_PER_SEC;
	}
	for (size_t r = 0; r < w->nrows && err == OK && is_trend(w); r++)
		bucket[r] = w->row[r].bucket;
	const struct classes c = { .of = w->class_of, .n = w->nrows, .seconds = seconds, .bucket = is_trend(w) ? bucket : NULL };
	if (err == OK)
		err = reduce(w->g, &c, it, out);
	for (size_t r = 0; r < w->nrows && err == OK; r++)
		result_set_num(t, r, col, w->row[r].kind == ROW_EMPTY ? NAN : w->row[r].kind == ROW_ZERO ? of_none(it) : out[r]);
	scratch_free(w->q, &seconds, w->nrows, sizeof(*seconds));
	scratch_free(w->q, &bucket, w->nrows, sizeof(*bucket));
	scratch_free(w->q, &out, w->nrows, sizeof(*out));
	return err;
}

static enum err fill(struct work *w, struct result *t)
{
	const struct plan *p = w->p;
	enum err err = result_reserve(t, w->nrows);
	for (size_t r = 0, row; r < w->nrows && err == OK; r++) {
		err = result_add_row(t, &row);
		t->rest |= w->row[r].kind == ROW_REST;
	}
	size_t col = 0;
	for (unsigned i = 0; i < p->nitems && err == OK; i++) {
		const struct item *it = &p->item[i];
		if (it->hidden)
			continue;
		if (it->is_key || it->fn == FN_first || it->fn == FN_last)
			err = fill_keys(w, it, col, t);
		else
			err = fill_values(w, it, col, t);
		col++;
	}
	return err;
}

enum err answer(const struct plan *p, struct agg *g, struct result *ret)
{
	struct work w = { .p = p, .g = g, .q = g->quota, .groups = g->keys.n };
	enum err err = find_keys(&w);
	if (err == OK)
		err = rank_keys(&w);
	if (err == OK)
		err = list_rows(&w);
	if (err == OK && p->env.max_rows && w.nrows > p->env.max_rows)
		err = E_RANGE;
	if (err == OK)
		err = fill(&w, ret);
	mem_free(w.key_of);
	mem_free(w.first);
	mem_free(w.value);
	mem_free(w.order);
	mem_free(w.rank);
	mem_free(w.row);
	mem_free(w.class_of);
	return err;
}
