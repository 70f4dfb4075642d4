/* One column of the answer for classes of groups: totals, rates, what is said of minutes, distinct
 * counts, shares, sampling errors. */
#include "query/exec.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

void *scratch(struct quota *q, size_t n, size_t each, enum err *err)
{
	void *p = NULL;
	size_t have = 0;
	if (*err == OK)
		*err = quota_grow(q, &p, &have, MAX(n, (size_t)1), each);
	return p;
}

void scratch_free(struct quota *q, void *p, size_t n, size_t each)
{
	quota_free(q, p, MAX(n, (size_t)16), each);
}

static uint32_t class_at(const struct classes *c, size_t group)
{
	return c->of ? c->of[group] : (uint32_t)group;
}

double interval_seconds(const struct plan *p)
{
	return (double)(p->span.end - p->span.start) / USEC_PER_SEC;
}

/* Sums of a measure by class; covered tells which have any. */
static enum err class_sums(struct agg *g, const struct classes *c, unsigned measure, __int128 *sum, usec_t *covered)
{
	size_t nm = g->plan->nmeasures;
	memset(sum, 0, c->n * sizeof(*sum));
	memset(covered, 0, c->n * sizeof(*covered));
	for (size_t k = 0; k < g->keys.n; k++) {
		uint32_t class = class_at(c, k);
		if (class == UINT32_MAX)
			continue;
		sum[class] += g->sum[k * nm + measure];
		covered[class] += g->counters ? g->covered[k * nm + measure] : 1;
	}
	return OK;
}

static void totals(const struct agg *g, const struct classes *c, const struct item *it, const __int128 *sum,
		   const usec_t *covered, double *out)
{
	for (size_t k = 0; k < c->n; k++) {
		double seconds = c->seconds ? c->seconds[k] : interval_seconds(g->plan);
		out[k] = covered[k] ? (double)(sum[k] * (int)it->factor) : NAN;
		if (it->fn == FN_rate)
			out[k] = seconds > 0 ? out[k] / seconds : NAN;
	}
}

/* Of counters: the sum of what each interface did per second of its own coverage. */
static void counter_rates(const struct agg *g, const struct classes *c, const struct item *it, const usec_t *covered,
			  double *out)
{
	for (size_t k = 0; k < c->n; k++)
		out[k] = covered[k] ? 0 : NAN;
	for (size_t k = 0; k < g->keys.n; k++)
		if (class_at(c, k) != UINT32_MAX)
			out[class_at(c, k)] += g->rate[k * g->plan->nmeasures + it->measure] * it->factor;
}

static void shares(const struct classes *c, const struct item *it, const __int128 *sum, const __int128 *den, double *out)
{
	for (size_t k = 0; k < c->n; k++)
		out[k] = den[k] ? (double)sum[k] * it->factor / (double)den[k] : NAN;
}

static bool is_share(const struct item *it)
{
	return it->field->type == T_REAL || it->field->role == R_GAUGE; /* a level is a share of time */
}

static enum err reduce_sum(struct agg *g, const struct classes *c, const struct item *it, double *out)
{
	enum err err = OK;
	__int128 *sum = scratch(g->quota, c->n, sizeof(*sum), &err), *den = scratch(g->quota, c->n, sizeof(*den), &err);
	usec_t *covered = scratch(g->quota, c->n, sizeof(*covered), &err);
	if (err == OK)
		err = class_sums(g, c, it->measure, sum, covered);
	if (err == OK && is_share(it)) {
		err = class_sums(g, c, it->den, den, covered);
		shares(c, it, sum, den, out);
	} else if (err == OK && it->fn == FN_rate && g->counters && !c->ranking) {
		counter_rates(g, c, it, covered, out);
	} else if (err == OK) {
		totals(g, c, it, sum, covered, out);
	}
	scratch_free(g->quota, &sum, c->n, sizeof(*sum));
	scratch_free(g->quota, &den, c->n, sizeof(*den));
	scratch_free(g->quota, &covered, c->n, sizeof(*covered));
	return err;
}

/* Minutes of a class: groups of one minute are added up first. */
struct minute {
	__int128 sum, den;
	usec_t covered;
};

static double minute_value(const struct item *it, const struct minute *m)
{
	if (!m->covered)
		return NAN;
	if (is_share(it))
		return m->den ? (double)m->sum * it->factor / (double)m->den : NAN;
	return (double)(m->sum * (int)it->factor);
}

static int by_size(const void *pa, const void *pb)
{
	const double *a = pa, *b = pb;
	return (*a > *b) - (*a < *b);
}

/* Of n >= 1 minutes in ascending order.  Whole per cents, so that the rank is exact. */
static double over_minutes(const struct item *it, const double *v, size_t n)
{
	double sum = 0, squares = 0;
	if (it->fn == FN_min || it->fn == FN_max)
		return it->fn == FN_min ? v[0] : v[n - 1];
	if (it->fn == FN_percentile)
		return v[(n * it->arg + 99) / 100 - 1];
	for (size_t i = 0; i < n; i++)
		sum += v[i];
	if (it->fn == FN_mean)
		return sum / (double)n;
	for (size_t i = 0; i < n; i++)
		squares += (v[i] - sum / (double)n) * (v[i] - sum / (double)n);
	return sqrt(squares / (double)n);
}

/* Minutes of every class, added up over its groups. */
static enum err class_minutes(struct agg *g, const struct classes *c, const struct item *it, struct words *at,
			      struct minute **m, size_t *cap)
{
	size_t nm = g->plan->nmeasures;
	enum err err = OK;
	for (size_t k = 0; k < g->minutes.n && err == OK; k++) {
		const uint64_t *key = words_key(&g->minutes, k);
		const uint64_t mine[2] = { class_at(c, key[0]), key[1] };
		if (mine[0] == UINT32_MAX)
			continue;
		uint32_t id = words_put(at, g->quota, mine, &err);
		if (err == OK)
			err = quota_grow(g->quota, m, cap, at->n, sizeof(**m));
		if (err != OK)
			break;
		(*m)[id].sum += g->minute_sum[k * nm + it->measure];
		(*m)[id].den += is_share(it) ? g->minute_sum[k * nm + it->den] : 0;
		(*m)[id].covered += g->counters ? g->minute_covered[k * nm + it->measure] : 1;
	}
	return err;
}

/* Values are put in order of size first: sums of doubles then come out the same whoever was first. */
static enum err reduce_minutes(struct agg *g, const struct classes *c, const struct item *it, double *out)
{
	struct words at = { .width = 2 };
	struct minute *m = NULL;
	size_t cap = 0;
	enum err err = class_minutes(g, c, it, &at, &m, &cap);
	size_t *end = scratch(g->quota, c->n + 1, sizeof(*end), &err); /* of a class's values in v */
	double *v = scratch(g->quota, at.n, sizeof(*v), &err);
	for (size_t k = 0; k < at.n && err == OK; k++)
		end[words_key(&at, k)[0] + 1] += isnan(minute_value(it, &m[k])) ? 0 : 1;
	for (size_t k = 0; k < c->n && err == OK; k++)
		end[k + 1] += end[k];
	for (size_t k = 0; k < at.n && err == OK; k++) {
		double one = minute_value(it, &m[k]);
		if (!isnan(one))
			v[end[words_key(&at, k)[0]]++] = one;
	}
	for (size_t k = 0, start = 0; k < c->n && err == OK; k++) {
		size_t n = end[k] - start;
		if (n)
			qsort(v + start, n, sizeof(*v), by_size);
		out[k] = n ? over_minutes(it, v + start, n) : NAN;
		start = end[k];
	}
	scratch_free(g->quota, &v, at.n, sizeof(*v));
	scratch_free(g->quota, &end, c->n + 1, sizeof(*end));
	quota_free(g->quota, &m, cap, sizeof(*m));
	words_free(&at, g->quota);
	return err;
}

/* Classes that hold more than one group. */
static void many_groups(struct agg *g, const struct classes *c, uint8_t *many)
{
	for (size_t k = 0; k < g->keys.n; k++) {
		uint32_t class = class_at(c, k);
		if (class != UINT32_MAX && many[class] < 2)
			many[class]++;
	}
}

/* Sketches of classes of which a group has one: what is in them, and what else the class has seen.
 * regs: by class, NULL for those that are counted exactly. */
static enum err class_sketches(struct agg *g, const struct classes *c, const struct agg_set *set, uint8_t **regs)
{
	enum err err = OK;
	for (size_t k = 0; k < MIN(g->keys.n, set->sketch_cap) && err == OK; k++) {
		uint32_t class = class_at(c, k);
		if (class == UINT32_MAX || !set->sketch[k])
			continue;
		if (!regs[class])
			regs[class] = scratch(g->quota, SKETCH_BYTES, 1, &err);
		if (err == OK)
			sketch_merge(regs[class], set->sketch[k]);
	}
	for (size_t k = 0; k < set->pairs.n && err == OK; k++) {
		const uint64_t *key = words_key(&set->pairs, k);
		uint32_t class = class_at(c, key[0]);
		if (class != UINT32_MAX && regs[class])
			sketch_add(regs[class], key + 1, set->words);
	}
	return err;
}

static enum err estimate(struct agg *g, const struct classes *c, const struct item *it, double *out)
{
	const struct agg_set *set = &g->set[it->set];
	enum err err = OK;
	uint8_t **regs = scratch(g->quota, c->n, sizeof(*regs), &err);
	if (err == OK)
		err = class_sketches(g, c, set, regs);
	for (size_t k = 0; k < c->n && regs; k++) {
		if (err == OK && regs[k])
			out[k] = sketch_estimate(regs[k]);
		if (regs[k])
			scratch_free(g->quota, &regs[k], SKETCH_BYTES, 1);
	}
	scratch_free(g->quota, &regs, c->n, sizeof(*regs));
	return err;
}

/* A value counts once per class; only where groups come together must that be looked after. */
static enum err reduce_count(struct agg *g, const struct classes *c, const struct item *it, double *out)
{
	const struct words *pairs = &g->set[it->set].pairs;
	struct words seen = { .width = pairs->width };
	enum err err = OK;
	uint8_t *many = scratch(g->quota, c->n, sizeof(*many), &err);
	if (err == OK)
		many_groups(g, c, many);
	memset(out, 0, c->n * sizeof(*out));
	for (size_t k = 0; k < g->keys.n && g->set[it->set].counted && err == OK; k++)
		if (class_at(c, k) != UINT32_MAX)
			out[class_at(c, k)] += (double)g->set[it->set].count[k];
	for (size_t k = 0; k < pairs->n && err == OK; k++) {
		uint64_t key[1 + 4];
		struct value v;
		memcpy(key, words_key(pairs, k), pairs->width * sizeof(*key));
		key_value(g->plan, g, it, key + 1, &v);
		key[0] = class_at(c, key[0]);
		if (key[0] == UINT32_MAX || v.null)
			continue;
		size_t had = seen.n;
		if (many[key[0]] > 1)
			words_put(&seen, g->quota, key, &err);
		out[key[0]] += many[key[0]] < 2 || seen.n > had;
	}
	words_free(&seen, g->quota);
	scratch_free(g->quota, &many, c->n, sizeof(*many));
	return err == OK && g->plan->sketch ? estimate(g, c, it, out) : err;
}

/* -- shares and errors ------------------------------------------------------------------------------------ */

/* Of the total of the class's bucket, or of the interval; over an either-key the total of what passes
 * is not the sum of the rows. */
static enum err reduce_share(struct agg *g, const struct classes *c, const struct item *it, double *out)
{
	const struct agg *from = g->all ? g->all : g;
	size_t nm = g->plan->nmeasures, buckets = c->bucket ? g->plan->nbuckets : 1;
	enum err err = OK;
	__int128 *sum = scratch(g->quota, c->n, sizeof(*sum), &err), *total = scratch(g->quota, buckets, sizeof(*total), &err);
	usec_t *covered = scratch(g->quota, c->n, sizeof(*covered), &err);
	if (err == OK)
		err = class_sums(g, c, it->measure, sum, covered);
	for (size_t k = 0; k < from->keys.n && err == OK; k++)
		total[c->bucket ? words_key(&from->keys, k)[0] : 0] += from->sum[k * nm + it->measure];
	for (size_t k = 0; k < c->n && err == OK; k++) {
		__int128 whole = total[c->bucket ? c->bucket[k] : 0];
		out[k] = covered[k] && whole ? 100 * (double)sum[k] / (double)whole : NAN;
	}
	scratch_free(g->quota, &sum, c->n, sizeof(*sum));
	scratch_free(g->quota, &total, buckets, sizeof(*total));
	scratch_free(g->quota, &covered, c->n, sizeof(*covered));
	return err;
}

/* Regularised incomplete gamma function P(a, x), by its series. */
static double gamma_p(double a, double x)
{
	double term = 1 / a, sum = term;
	for (double k = a + 1; term > sum * 1e-15; k++) {
		term *= x / k;
		sum += term;
	}
	return sum * exp(a * log(x) - x - lgamma(a));
}

/* P(n + 1, x) = 0.975, by Newton's steps from the approximation of Wilson and Hilferty. */
double poisson_upper(double n)
{
	double a = n + 1, w = 1 - 1 / (9 * a) + 1.959963984540054 / (3 * sqrt(a)), x = a * w * w * w;
	for (int i = 0; i < 3; i++)
		x -= (gamma_p(a, x) - 0.975) / exp((a - 1) * log(x) - x - lgamma(a));
	return x;
}

/* variance: sum of r (r - 1) b^2 over samples of b bytes of which one stands for r; sampled: sum of
 * r b where r > 1.  Of 30 samples on the estimate is normal.  sampled^2 / variance is how many samples
 * of one size would be as uncertain; when there are few the estimate is not normal, and the exact limit of a Poisson count says how far the
 * truth may lie above (it lies nearer below). */
static double sampling_error(double sampled, double variance, double samples)
{
	if (!(variance > 0))
		return 0;
	double n = fmin(sampled * sampled / variance, 1e6); /* more only where absurd records were stopped */
	return samples < 30 ? sampled * (poisson_upper(n) - n) / n : 1.959963984540054 * sqrt(variance);
}

static enum err reduce_error(struct agg *g, const struct classes *c, const struct item *it, double *out)
{
	enum err err = OK;
	__int128 *variance = scratch(g->quota, c->n, sizeof(*variance), &err), *sampled = scratch(g->quota, c->n, sizeof(*sampled), &err);
	__int128 *looked = scratch(g->quota, c->n, sizeof(*looked), &err);
	usec_t *covered = scratch(g->quota, c->n, sizeof(*covered), &err);
	if (err == OK)
		err = class_sums(g, c, it->measure, variance, covered);
	if (err == OK)
		err = class_sums(g, c, it->den, sampled, covered);
	if (err == OK)
		err = class_sums(g, c, it->looked, looked, covered);
	for (size_t k = 0; k < c->n && err == OK; k++)
		out[k] = covered[k] ? it->factor * sampling_error((double)sampled[k], (double)variance[k], (double)looked[k]) : NAN;
	scratch_free(g->quota, &variance, c->n, sizeof(*variance));
	scratch_free(g->quota, &sampled, c->n, sizeof(*sampled));
	scratch_free(g->quota, &looked, c->n, sizeof(*looked));
	scratch_free(g->quota, &covered, c->n, sizeof(*covered));
	return err;
}

/* Every group its own class: no sums are needed but those that are there. */
static void own_sums(const struct agg *g, const struct item *it, double *out)
{
	size_t nm = g->plan->nmeasures;
	double seconds = it->fn == FN_rate ? interval_seconds(g->plan) : 1;
	for (size_t k = 0; k < g->keys.n; k++)
		out[k] = (double)(g->sum[k * nm + it->measure] * (int)it->factor) / seconds;
}

/* One column for all classes; NAN = null. */
enum err reduce(struct agg *g, const struct classes *c, const struct item *it, double *out)
{
	switch (it->fn) {
	case FN_count:
		return reduce_count(g, c, it, out);
	case FN_min: case FN_max: case FN_mean: case FN_sdev: case FN_percentile:
		return reduce_minutes(g, c, it, out);
	case FN_share:
		return reduce_share(g, c, it, out);
	case FN_error:
		return reduce_error(g, c, it, out);
	default: /* a total */
		break;
	}
	if (!c->of && !g->counters && interval_seconds(g->plan) > 0) {
		own_sums(g, it, out);
		return OK;
	}
	return reduce_sum(g, c, it, out);
}
