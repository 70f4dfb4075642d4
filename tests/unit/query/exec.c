/* Traffic queries against the plain way (reference.h): random records in segments of random make,
 * random select lists, filters, intervals and scopes; the answers are equal always. */
#include "unit.h"

#include "fake_store.h"
#include "questions.h"
#include "reference.h"

enum { RECORDS = 3000 };

/* -- the reference's answer ------------------------------------------------------------------------------ */

/* Records of one row to be, and how the row is ordered. */
struct ref_group {
	uint32_t *rec;
	size_t n, cap;
	char *order;            /* of the key, without the bucket */
	char *cell[MOST_COLUMNS]; /* of key columns */
	size_t bucket;
	double rank;
	bool rest;
};

struct ref_groups {
	struct map at;
	struct ref_group *g; /* n = at.n */
};

static void add_record(struct ref_group *g, uint32_t i)
{
	if (g->n == g->cap) {
		g->cap = g->cap ? g->cap * 2 : 8;
		g->rec = mem_array(g->rec, g->cap, sizeof(*g->rec));
	}
	g->rec[g->n++] = i;
}

static struct value key_of(const struct ref_world *w, const struct question *q, const char *field, const struct flow_rec *r, size_t side)
{
	struct value v[2];
	size_t n = ref_values(w, r, field, v);
	if (STREQ(field, "time"))
		v[0].num = q->rq.kind == QUERY_TREND ? 0 : v[0].num / 60000000 * 60000000;
	return v[MIN(side, n - 1)];
}

static size_t sides(const struct ref_world *w, const struct question *q, const struct flow_rec *r)
{
	struct value v[2];
	return q->either ? ref_values(w, r, "interface", v) : 1;
}

static void group_record(const struct ref_world *w, const struct question *q, const usec_t *edge, size_t nedges,
			 struct ref_groups *gs, uint32_t i)
{
	const struct flow_rec *r = &w->rec[i];
	size_t bucket = 0;
	while (nedges && bucket + 1 < nedges && edge[bucket + 1] <= (usec_t)r->time)
		bucket++;
	for (size_t side = 0; side < sides(w, q, r); side++) {
		struct buf order = { 0 }, id = { 0 };
		struct map_entry *e;
		bool fresh;
		for (size_t c = 0; c < q->ncols; c++)
			if (q->col[c].key) {
				struct value v = key_of(w, q, q->col[c].field, r, side);
				ref_order(&v, &order);
			}
		buf_printf(&id, "%zu#%s", bucket, buf_str(&order));
		assert_int_equal(map_put_str(&gs->at, buf_str(&id), &e, &fresh), OK);
		size_t k = (size_t)(e - gs->at.at);
		if (fresh) {
			gs->g = mem_array(gs->g, gs->at.n, sizeof(*gs->g));
			gs->g[k] = (struct ref_group){ .order = mem_strdup(buf_str(&order)), .bucket = bucket };
			for (size_t c = 0; c < q->ncols; c++) {
				char text[VALUE_TEXT];
				if (!q->col[c].key)
					continue;
				struct value v = key_of(w, q, q->col[c].field, r, side);
				const char *s = ref_text(&v, text);
				gs->g[k].cell[c] = s ? mem_strdup(s) : NULL;
			}
		}
		add_record(&gs->g[k], i);
		buf_free(&order);
		buf_free(&id);
	}
}

static int by_size(const void *pa, const void *pb)
{
	const double *a = pa, *b = pb;
	return (*a > *b) - (*a < *b);
}

static double minutes_of(const struct ref_world *w, const struct ref_column *c, const struct ref_group *g)
{
	double sum[240] = { 0 }, v[240], total = 0, squares = 0;
	bool any[240] = { 0 };
	unsigned n = 0;
	for (size_t k = 0; k < g->n; k++) {
		struct value one[2];
		const struct flow_rec *r = &w->rec[g->rec[k]];
		size_t m = (size_t)(((usec_t)r->time - day) / USEC_PER_MIN);
		ref_values(w, r, c->field, one);
		sum[m] += (double)one[0].num;
		any[m] = true;
	}
	for (size_t m = 0; m < COUNT_OF(sum); m++)
		if (any[m])
			v[n++] = sum[m];
	qsort(v, n, sizeof(*v), by_size);
	for (size_t i = 0; i < n; i++)
		total += v[i];
	for (size_t i = 0; i < n; i++)
		squares += (v[i] - total / n) * (v[i] - total / n);
	if (STREQ(c->fn, "min"))
		return v[0];
	if (STREQ(c->fn, "max"))
		return v[n - 1];
	if (STREQ(c->fn, "mean"))
		return total / n;
	if (STREQ(c->fn, "sdev"))
		return sqrt(squares / n);
	double rank = ceil(n * (STREQ(c->fn, "p95") ? 95.0 : 37.0) / 100 - 1e-9);
	return v[(size_t)rank - 1];
}

/* The exact limit of a Poisson count, looked for by halving. */
static double upper_limit(double n)
{
	double lo = n, hi = n * 3 + 20;
	for (int i = 0; i < 100; i++) {
		double x = (lo + hi) / 2, term = exp((n + 1) * log(x) - x - lgamma(n + 2)), below = 0;
		for (double k = n + 2; term > 1e-18 || k < x; k++) {
			below += term;
			term *= x / k;
		}
		if (below < 0.975)
			lo = x;
		else
			hi = x;
	}
	return lo;
}

static double error_of(const struct ref_world *w, const struct ref_column *c, const struct ref_group *g)
{
	double variance = 0, sampled = 0, looked = 0;
	for (size_t k = 0; k < g->n; k++) {
		const struct flow_rec *r = &w->rec[g->rec[k]];
		double rate = r->samplingrate, b = (double)(STREQ(c->field, "frames") ? r->frames : r->bytes);
		if (rate < 2)
			continue;
		variance += rate * (rate - 1) * floor(b * b / (double)r->frames);
		sampled += rate * b;
		looked += (double)r->frames;
	}
	double n = variance > 0 ? fmin(sampled * sampled / variance, 1e6) : 0;
	double error = n == 0 ? 0 : looked < 30 ? sampled * (upper_limit(n) - n) / n : 1.959963984540054 * sqrt(variance);
	return STREQ(c->field, "bits") ? error * 8 : error;
}

static double distinct(const struct ref_world *w, const struct ref_column *c, const struct ref_group *g)
{
	struct map seen = { 0 };
	for (size_t k = 0; k < g->n; k++) {
		char text[VALUE_TEXT];
		struct value v[2];
		struct map_entry *e;
		ref_values(w, &w->rec[g->rec[k]], c->field, v);
		const char *s = ref_text(&v[0], text);
		if (s)
			assert_int_equal(map_put_str(&seen, s, &e, NULL), OK);
	}
	double n = (double)seen.n;
	map_free(&seen);
	return n;
}

/* What a share is a share of: all that passes, each record once; NULL while keys are ranked. */
static const struct ref_group *total_of;

static double ref_number(const struct ref_world *w, const struct ref_column *c, const struct ref_group *g, double seconds)
{
	if (!g->n)
		return NAN;
	if (c->fn[0] == 'm' || c->fn[0] == 'p' || STREQ(c->fn, "sdev"))
		return minutes_of(w, c, g);
	if (STREQ(c->fn, "error"))
		return error_of(w, c, g);
	if (STREQ(c->fn, "count"))
		return distinct(w, c, g);
	double sum = 0;
	for (size_t k = 0; k < g->n; k++) {
		struct value v[2];
		ref_values(w, &w->rec[g->rec[k]], c->field, v);
		sum += (double)v[0].num;
	}
	if (STREQ(c->fn, "share"))
		return total_of ? 100 * sum / ref_number(w, &(struct ref_column){ "", c->field, false }, total_of, seconds) : sum;
	return STREQ(c->fn, "rate") ? sum / seconds : sum;
}

/* first() or last(): the text, or NULL. */
static char *ref_edge(const struct ref_world *w, const struct ref_column *c, const struct ref_group *g)
{
	struct buf best = { 0 };
	char *found = NULL;
	uint64_t at = 0;
	for (size_t k = 0; k < g->n && !g->rest; k++) {
		const struct flow_rec *r = &w->rec[g->rec[k]];
		struct value v[2];
		char text[VALUE_TEXT];
		struct buf order = { 0 };
		ref_values(w, r, c->field, v);
		ref_order(&v[0], &order);
		int d = best.len ? (r->time > at) - (r->time < at) : 0;
		if (!d && best.len)
			d = strcmp(buf_str(&order), buf_str(&best));
		if (best.len && (STREQ(c->fn, "first") ? d >= 0 : d <= 0)) {
			buf_free(&order);
			continue;
		}
		const char *s = ref_text(&v[0], text);
		mem_free(found);
		found = s ? mem_strdup(s) : NULL;
		at = r->time;
		buf_free(&best);
		best = order;
	}
	buf_free(&best);
	return found;
}

static const struct ref_column *sorted_by(const struct question *q)
{
	for (size_t c = 0; c < q->ncols; c++)
		if (!q->col[c].key && q->col[c].fn[0] != 'f' && q->col[c].fn[0] != 'l')
			return &q->col[c];
	return NULL;
}

static int by_rank(const void *pa, const void *pb)
{
	const struct ref_group *a = pa, *b = pb;
	if (isnan(a->rank) != isnan(b->rank))
		return isnan(a->rank) ? 1 : -1;
	if (!isnan(a->rank) && a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	return strcmp(a->order, b->order);
}

static int by_bucket(const void *pa, const void *pb)
{
	const struct ref_group *a = pa, *b = pb;
	if (a->bucket != b->bucket)
		return a->bucket < b->bucket ? -1 : 1;
	if (a->rest != b->rest)
		return a->rest ? 1 : -1;
	return by_rank(a, b);
}

static void drop_group(struct ref_group *g)
{
	for (size_t c = 0; c < MOST_COLUMNS; c++)
		mem_free(g->cell[c]);
	mem_free(g->order);
	mem_free(g->rec);
}

/* The value every key is ranked by over the whole interval; all groups of a key get it. */
static void rank_groups(const struct ref_world *w, const struct question *q, struct ref_group *g, size_t n)
{
	const struct ref_column *by = sorted_by(q);
	bool trend = q->rq.kind == QUERY_TREND;
	for (size_t i = 0; i < n; i++) {
		struct ref_group all = { 0 };
		for (size_t k = 0; k < n; k++)
			for (size_t m = 0; m < g[k].n && STREQ(g[k].order, g[i].order); m++)
				add_record(&all, g[k].rec[m]);
		bool ranked = by && (!trend || q->rq.n);
		g[i].rank = ranked ? ref_number(w, by, &all, (double)(q->span.end - q->span.start) / USEC_PER_SEC) : NAN;
		mem_free(all.rec);
	}
}

/* Groups of keys beyond the best n become the rest of their bucket. */
static size_t make_rest(const struct question *q, struct ref_group *g, size_t n, size_t nbuckets)
{
	size_t keep = q->rq.n ? (size_t)q->rq.n : q->rq.kind == QUERY_TREND ? SIZE_MAX : 100;
	size_t keys_seen = 0, kept = 0;
	const char *last = NULL;
	bool shows_values = false;
	struct ref_group *rest = mem_new0(nbuckets, sizeof(*rest));
	char *held[RECORDS * 2];
	size_t nheld = 0;
	for (size_t c = 0; c < q->ncols; c++)
		shows_values |= !q->col[c].key;
	qsort(g, n, sizeof(*g), by_rank);
	for (size_t i = 0; i < n; i++) {
		if (!last || strcmp(last, g[i].order) != 0)
			keys_seen++;
		last = g[i].order;
		if (keys_seen <= keep) {
			g[kept++] = g[i];
			continue;
		}
		struct ref_group *r = &rest[g[i].bucket];
		for (size_t m = 0; m < g[i].n; m++)
			add_record(r, g[i].rec[m]);
		held[nheld++] = g[i].order; /* `last` looks at it */
		g[i].order = NULL;
		drop_group(&g[i]);
	}
	for (size_t i = 0; i < nheld; i++)
		mem_free(held[i]);
	for (size_t b = 0; b < nbuckets; b++) {
		if (!rest[b].n || !shows_values) {
			mem_free(rest[b].rec);
			continue;
		}
		rest[b].rest = true;
		rest[b].bucket = b;
		rest[b].order = mem_strdup("");
		g[kept++] = rest[b];
	}
	mem_free(rest);
	return kept;
}

static const char *shown_cell(const struct result *t, size_t r, size_t c, char buf[64])
{
	if (t->col[c].text)
		return t->col[c].text[r] ? t->col[c].text[r] : "-";
	if (isnan(t->col[c].num[r]))
		return "-";
	snprintf(buf, 64, "%.15g", t->col[c].num[r]);
	return buf;
}

static void compare_row(const struct ref_world *w, const struct question *q, const struct result *t, size_t row,
			const struct ref_group *g, usec_t bucket_start, double seconds)
{
	for (size_t c = 0; c < q->ncols; c++) {
		char have[64];
		const char *got = shown_cell(t, row, c, have);
		const struct ref_column *col = &q->col[c];
		if (col->key && STREQ(col->field, "time")) {
			if (q->rq.kind == QUERY_TREND)
				assert_true(t->col[c].num[row] == (double)bucket_start);
			else if (g->rest)
				assert_true(isnan(t->col[c].num[row]));
			else
				assert_true(t->col[c].num[row] == (double)atoll(g->cell[c]) * 1e6);
		} else if (col->key) {
			assert_string_equal(got, g->cell[c] ? g->cell[c] : "-");
		} else if (STREQ(col->fn, "first") || STREQ(col->fn, "last")) {
			char *want = ref_edge(w, col, g);
			assert_string_equal(got, want ? want : "-");
			mem_free(want);
		} else {
			double want = ref_number(w, col, g, seconds), is = t->col[c].num[row];
			if (isnan(want) ? !isnan(is) : !(fabs(is - want) <= 1e-9 * fabs(want)))
				fail_msg("row %zu column %s(%s): %.17g, not %.17g", row, col->fn, col->field, is, want);
		}
	}
}

/* A bucket without a row that passes: sums are 0 when there were any to choose from. */
static void compare_nothing(const struct question *q, const struct result *t, size_t row, bool collected)
{
	for (size_t c = 0; c < q->ncols; c++) {
		const struct ref_column *col = &q->col[c];
		bool sum = STREQ(col->fn, "") || STREQ(col->fn, "sum") || STREQ(col->fn, "rate") || STREQ(col->fn, "count");
		if (!t->col[c].num || (col->key && STREQ(col->field, "time")))
			continue;
		if (collected && sum && !col->key)
			assert_true(t->col[c].num[row] == 0);
		else
			assert_true(isnan(t->col[c].num[row]));
	}
}

static void compare_answer(const struct ref_world *w, const struct question *q, struct result *t, struct ref_group *g, size_t n,
			   const usec_t *edge, size_t nbuckets, const struct ref_group *total, const bool *collected)
{
	bool trend = q->rq.kind == QUERY_TREND;
	size_t row = 0, nkeys = 0;
	for (size_t c = 0; c < q->ncols; c++)
		nkeys += q->col[c].key;
	qsort(g, n, sizeof(*g), by_bucket);
	for (size_t b = 0, i = 0; b < nbuckets; b++) {
		usec_t start = trend ? MAX(edge[b], q->span.start) : q->span.start, end = trend ? MIN(edge[b + 1], q->span.end) : q->span.end;
		double seconds = (double)(end - start) / USEC_PER_SEC;
		total_of = &total[b];
		if ((i == n || g[i].bucket != b) && (trend || !nkeys)) {
			assert_true(row < t->nrows);
			compare_nothing(q, t, row, trend && collected[b]);
			for (size_t c = 0; c < q->ncols; c++)
				if (trend && q->col[c].key && STREQ(q->col[c].field, "time"))
					assert_true(t->col[c].num[row] == (double)edge[b]);
			row++;
		}
		for (; i < n && g[i].bucket == b; i++) {
			assert_true(row < t->nrows);
			compare_row(w, q, t, row++, &g[i], trend ? edge[b] : 0, seconds);
		}
	}
	total_of = NULL;
	assert_int_equal(row, t->nrows);
}

static void check_question(const struct ref_world *w, struct question *q, struct result *t, const struct filter *f)
{
	struct bucket bucket = { BUCKET_SECONDS, q->bucket };
	struct ref_groups gs = { 0 };
	const struct zone *utc;
	usec_t *edge = NULL;
	size_t nbuckets = 1;
	assert_int_equal(zone_find("UTC", &utc), OK);
	if (q->rq.kind == QUERY_TREND)
		assert_int_equal(bucket_edges(&bucket, q->span, utc, &edge, &nbuckets), OK);
	struct ref_group *total = mem_new0(nbuckets, sizeof(*total));
	bool *collected = mem_new0(nbuckets, sizeof(*collected));
	for (uint32_t i = 0; i < w->n; i++) {
		const struct flow_rec *r = &w->rec[i];
		struct ref_get get = { .w = w, .r = r };
		if ((usec_t)r->time < q->span.start || (usec_t)r->time >= q->span.end || !ref_visible(w, r) ||
		    (STREQ(q->rq.view, "traffic") && !ref_once(w, r)))
			continue;
		size_t b = 0;
		while (edge && b + 1 < nbuckets && edge[b + 1] <= (usec_t)r->time)
			b++;
		collected[b] = true;
		if (!filter_match(f, ref_get, &get))
			continue;
		group_record(w, q, edge, edge ? nbuckets + 1 : 0, &gs, i);
		add_record(&total[b], i);
	}
	size_t n = gs.at.n;
	gs.g = mem_array(gs.g, n + nbuckets, sizeof(*gs.g));
	rank_groups(w, q, gs.g, n);
	n = make_rest(q, gs.g, n, nbuckets);
	compare_answer(w, q, t, gs.g, n, edge, nbuckets, total, collected);
	mem_free(collected);
	for (size_t b = 0; b < nbuckets; b++)
		mem_free(total[b].rec);
	mem_free(total);
	for (size_t i = 0; i < n; i++)
		drop_group(&gs.g[i]);
	mem_free(gs.g);
	mem_free(edge);
	map_free(&gs.at);
}

/* -- one round ------------------------------------------------------------------------------------------------ */

static void run_question(struct store *st, const struct ref_world *w, const struct scope *scope, struct question *q)
{
	struct arena a = { 0 };
	const struct zone *utc;
	assert_int_equal(zone_find("UTC", &utc), OK);
	const struct query_env env = { .store = st, .zone = utc, .now = day + USEC_PER_DAY, .zones = w->zones, .countries = w->countries };
	struct plan *p;
	struct result t;
	struct problem why;
	const struct filter *f;
	const struct filter_names names = { .staff = w->who == NULL };
	enum err err = filter_parse(q->rq.where, strlen(q->rq.where), view_find("traffic", 7), &names, NULL, &a, &f, &why);
	enum err made = plan_make(&a, &env, scope, &q->rq, &p, &why);
	assert_int_equal(made, err); /* a customer's filter may not say "agent" */
	if (err == OK) {
		assert_int_equal(plan_run(p, &t, &why), OK);
		check_question(w, q, &t, f);
		result_free(&t);
		plan_free(p);
		filter_done(f);
	}
	arena_free(&a);
}

static void some_rounds(uint64_t seed, size_t rounds, bool customers)
{
	static struct flow_rec rec[RECORDS];
	struct owner owner;
	for (size_t round = 0; round < rounds; round++) {
		struct store st = { 0 };
		struct problem why;
		fake_random_state = seed + round;
		size_t n = 1 + below(RECORDS), at = 0;
		for (size_t i = 0; i < n; i++)
			rec[i] = random_record();
		for (size_t left = n; left;) {
			size_t take = 1 + below((uint32_t)left);
			fake_segment(&st, TABLE_TRAFFIC, rec + at, take);
			at += take;
			left -= take;
			if (st.nseg == 8 && left) {
				fake_segment(&st, TABLE_TRAFFIC, rec + at, left);
				left = 0;
			}
		}
		random_owner(&owner);
		struct ref_world w = { .rec = rec, .n = n, .who = customers ? &owner.c.c : NULL };
		struct zones *zones;
		struct lookup *countries;
		assert_int_equal(zones_parse(ref_zones, strlen(ref_zones), "zones", NULL, NULL, &zones, &why), OK);
		assert_int_equal(lookup_parse(LOOKUP_COUNTRY, ref_countries, strlen(ref_countries), "countries", &countries, &why), OK);
		w.zones = zones;
		w.countries = countries;
		const struct scope *scope;
		if (customers)
			assert_int_equal(scope_customer(&owner.c.all, "1001", NULL, &scope, &why), OK);
		else
			assert_int_equal(scope_everything(&scope), OK);
		for (size_t k = 0; k < 6; k++) {
			struct question q;
			random_question(&q);
			print_message("seed %llu round %zu: %s %s | %s | %s | %lld\n", (unsigned long long)seed, round,
				      q.rq.kind == QUERY_TREND ? "trend" : "topN", q.rq.select, q.rq.where, q.rq.interval, (long long)q.rq.n);
			run_question(&st, &w, scope, &q);
			buf_free(&q.select);
			buf_free(&q.where);
		}
		mapping_free(&owner.c);
		zones_free(zones);
		lookup_free(countries);
		scope_free(scope);
		fake_free(&st);
	}
}

static void operators_answers_equal_the_plain_way(void **state)
{
	(void)state;
	some_rounds(1, 60, false);
}

static void customers_answers_equal_the_plain_way(void **state)
{
	(void)state;
	some_rounds(100000, 80, true);
}

UNIT_MAIN(cmocka_unit_test(operators_answers_equal_the_plain_way), cmocka_unit_test(customers_answers_equal_the_plain_way))
