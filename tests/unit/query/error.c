/* What error() promises: of many sampled networks the truth lies inside estimate ± error in 93 to 97 of
 * 100 where at least 30 samples were taken, and in at least 93 where fewer were; and the error is not
 * wider than 1.2 times what theory gives for its samples.
 *
 * Every network is the same packets, each looked at with probability 1 / rate; its number stands in
 * sourceas, so that one query answers for all. */
#include "unit.h"

#include "fake_store.h"
#include "query/query.h"

#include <math.h>

enum { NETWORKS = 3000, RATE = 50 };
static const usec_t noon = 1795435200 * USEC_PER_SEC; /* 2026-11-23 12:00 UTC */

static uint32_t small_and_large(uint32_t i)
{
	return i % 2 ? 64 : 1500;
}

static uint32_t all_alike(uint32_t i _unused_)
{
	return 700;
}

static uint32_t of_many_sizes(uint32_t i)
{
	return 64 + i * 7919 % 1437;
}

struct seen {
	double bytes, frames, width;
};

/* Shares of the networks whose interval holds the truth, and the mean width over theory's. */
static struct seen look(uint32_t samples, uint32_t (*size)(uint32_t i))
{
	struct store st = { 0 };
	struct flow_rec *rec = mem_new0((size_t)NETWORKS * samples * 2, sizeof(*rec));
	size_t n = 0;
	double truth = 0, squares = 0;
	for (uint32_t i = 0; i < samples * RATE; i++) {
		truth += size(i);
		squares += (double)size(i) * size(i);
	}
	for (uint32_t k = 1; k <= NETWORKS; k++)
		for (uint32_t i = 0; i < samples * RATE; i++)
			if (fake_random() % RATE == 0 && n < (size_t)NETWORKS * samples * 2)
				rec[n++] = (struct flow_rec){ .time = (uint64_t)noon, .sourceas = k, .samplingrate = RATE, .bytes = size(i), .frames = 1 };
	fake_segment(&st, TABLE_TRAFFIC, rec, n);
	const struct request rq = { .kind = QUERY_TOPN, .view = "iftraffic", .select = "sourceas,bytes,error(bytes),frames,error(frames)",
				    .interval = "2026-11-23T12:00:00Z,2026-11-23T12:01:00Z", .n = NETWORKS };
	struct query_env env = { .store = &st, .now = noon };
	struct arena a = { 0 };
	struct problem why = { 0 };
	struct plan *p;
	struct result t;
	const struct scope *all;
	assert_int_equal(zone_find("UTC", &env.zone), OK);
	assert_int_equal(scope_everything(&all), OK);
	assert_int_equal(plan_make(&a, &env, all, &rq, &p, &why), OK);
	assert_int_equal(plan_run(p, &t, &why), OK);
	struct seen s = { 0 };
	for (size_t r = 0; r < t.nrows; r++) {
		s.bytes += fabs(t.col[1].num[r] - truth) <= t.col[2].num[r];
		s.frames += fabs(t.col[3].num[r] - samples * (double)RATE) <= t.col[4].num[r];
		s.width += t.col[2].num[r] / (1.96 * sqrt(squares * (RATE - 1)));
	}
	s.bytes /= NETWORKS;
	s.frames /= NETWORKS;
	s.width /= (double)t.nrows;
	print_message("%4u samples: bytes %.3f frames %.3f width %.3f\n", samples, s.bytes, s.frames, s.width);
	result_free(&t);
	plan_free(p);
	arena_free(&a);
	scope_free(all);
	fake_free(&st);
	mem_free(rec);
	return s;
}

/* -- rest rows and buckets ---------------------------------------------------------------------------- */

enum { MINUTES = 1200, EACH = 40 };

/* In each minute a network of three protocols, the packets of each sampled by themselves. */
static size_t minutes(struct flow_rec *rec, double *ret_truth)
{
	static const uint8_t protocol[] = { 6, 17, 50 };
	size_t n = 0;
	*ret_truth = 0;
	for (uint32_t i = 0; i < 3 * EACH * RATE; i++)
		*ret_truth += of_many_sizes(i);
	for (uint32_t k = 0; k < MINUTES; k++)
		for (uint32_t i = 0; i < 3 * EACH * RATE; i++)
			if (fake_random() % RATE == 0 && n < (size_t)MINUTES * EACH * 6)
				rec[n++] = (struct flow_rec){ .time = (uint64_t)(noon + k * USEC_PER_MIN), .protocol = protocol[i % 3],
							      .samplingrate = RATE, .bytes = of_many_sizes(i), .frames = 1 };
	return n;
}

/* Of one protocol: every third packet. */
static double truth_of(uint32_t which)
{
	double truth = 0;
	for (uint32_t i = which; i < 3 * EACH * RATE; i += 3)
		truth += of_many_sizes(i);
	return truth;
}

static void of_buckets_and_of_the_rest_too(void **state)
{
	(void)state;
	struct store st = { 0 };
	struct flow_rec *rec = mem_new0((size_t)MINUTES * EACH * 6, sizeof(*rec));
	double all_truth;
	size_t n = minutes(rec, &all_truth);
	const double tcp = truth_of(0);
	char interval[64];
	struct query_env env = { .store = &st, .now = noon };
	struct arena a = { 0 };
	struct problem why = { 0 };
	struct plan *p;
	struct result t;
	const struct scope *all;
	fake_segment(&st, TABLE_TRAFFIC, rec, n);
	snprintf(interval, sizeof(interval), "%lld,%lld", (long long)(noon / USEC_PER_SEC), (long long)(noon / USEC_PER_SEC + 60 * MINUTES));
	assert_int_equal(zone_find("UTC", &env.zone), OK);
	assert_int_equal(scope_everything(&all), OK);
	for (unsigned rest = 0; rest < 2; rest++) {
		const struct request rq = { .kind = QUERY_TREND, .view = "iftraffic", .bucket = "60", .interval = interval, .n = rest,
					    .select = rest ? "protocol,bytes,error(bytes)" : "bytes,error(bytes)",
					    .sort = "flows" };
		size_t col = rest, rows[2] = { 0 };
		double inside[2] = { 0 };
		assert_int_equal(plan_make(&a, &env, all, &rq, &p, &why), OK);
		assert_int_equal(plan_run(p, &t, &why), OK);
		const char *top = NULL; /* the protocol that happened to be sampled most: its own truth is one of three */
		for (size_t r = 0; r < t.nrows; r++) {
			bool left = rest && !t.col[0].text[r];
			top = rest && !left ? t.col[0].text[r] : top;
			double one = !rest ? 0 : STREQ(top ? top : "TCP", "TCP") ? tcp : STREQ(top, "UDP") ? truth_of(1) : truth_of(2);
			double want = !rest ? all_truth : left ? all_truth - one : one;
			rows[left]++;
			inside[left] += fabs(t.col[col].num[r] - want) <= t.col[col + 1].num[r];
		}
		for (unsigned left = 0; left <= rest; left++) {
			print_message("%s: %.3f of %zu\n", left ? "rest rows" : rest ? "rows" : "buckets", inside[left] / (double)rows[left], rows[left]);
			assert_true(rows[left] == MINUTES && inside[left] >= 0.93 * MINUTES && inside[left] <= 0.97 * MINUTES);
		}
		result_free(&t);
		plan_free(p);
		arena_reset(&a);
	}
	arena_free(&a);
	scope_free(all);
	fake_free(&st);
	mem_free(rec);
}

static uint32_t (*const sizes[])(uint32_t i) = { small_and_large, all_alike, of_many_sizes };

static void the_truth_lies_inside_in_95_of_100(void **state)
{
	(void)state;
	for (size_t k = 0; k < COUNT_OF(sizes); k++)
		for (uint32_t n = 45; n <= 180; n *= 2) {
			struct seen s = look(n, sizes[k]);
			assert_true(s.bytes >= 0.93 && s.bytes <= 0.97);
			assert_true(s.frames >= 0.93 && s.frames <= 0.97);
			assert_true(s.width <= 1.2);
		}
}

static void with_few_samples_in_at_least_93(void **state)
{
	(void)state;
	for (size_t k = 0; k < COUNT_OF(sizes); k++)
		for (uint32_t n = 8; n < 30; n += 6) {
			struct seen s = look(n, sizes[k]);
			assert_true(s.bytes >= 0.93 && s.frames >= 0.93);
		}
}

UNIT_MAIN(cmocka_unit_test(the_truth_lies_inside_in_95_of_100), cmocka_unit_test(with_few_samples_in_at_least_93),
	  cmocka_unit_test(of_buckets_and_of_the_rest_too))
