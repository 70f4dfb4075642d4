/* Estimated counts: what sketches take of a query's memory is given back, when groups become one and at the end. */
#include "unit.h"

#include "fake_store.h"
#include "query/exec.h"

static const usec_t noon = 1795435200 * USEC_PER_SEC; /* 2026-11-23 12:00 UTC */

static void sketches_are_given_back(void **state)
{
	enum { GROUPS = 3, VALUES = SKETCH_AT + 10 };
	struct arena a = { 0 };
	struct problem why = { 0 };
	struct store st = { 0 };
	struct quota q = { .max = 64 << 20 };
	const struct scope *all;
	struct plan *p;
	struct agg g;
	(void)state;
	struct query_env env = { .store = &st, .now = noon };
	assert_int_equal(zone_find("UTC", &env.zone), OK);
	assert_int_equal(scope_everything(&all), OK);
	/* of one network, so that agg_parts() makes one group of all */
	const struct request rq = { .view = "iftraffic", .select = "mask(ipdestination,8),count(sourceport)", .n = 1, .interval = "2026-11-23T12:00:00Z,2026-11-23T12:02:00Z" };
	assert_int_equal(plan_make(&a, &env, all, &rq, &p, &why), OK);
	p->sketch = true;
	agg_init(&g, p, &q, false);
	unsigned set = 0;
	for (unsigned i = 0; i < p->nitems; i++)
		set = p->item[i].fn == FN_count ? p->item[i].set : set;
	for (uint32_t k = 0; k < GROUPS; k++) {
		const struct addr to = addr_v4(0x0a000001 + k);
		uint64_t key[2 * MAX_LANES] = { 0 };
		enum err err = OK;
		key[0] = load_be64(to.b);
		key[1] = load_be64(to.b + 8);
		assert_int_equal(agg_group(&g, key, &err), k);
		for (uint64_t v = 1; v <= VALUES; v++)
			assert_int_equal(agg_count(&g, set, k, &(uint64_t[4]){ v }[0]), OK);
		assert_non_null(g.set[set].sketch[k]);
	}
	size_t before = q.used;
	assert_true(before > (size_t)GROUPS * SKETCH_BYTES);
	assert_int_equal(agg_parts(&g), OK);
	size_t left = 0;
	for (size_t k = 0; k < GROUPS; k++)
		left += g.set[set].sketch[k] != NULL;
	assert_int_equal(left, 1);
	agg_free(&g);
	assert_int_equal(q.used, 0);
	plan_free(p);
	scope_free(all);
	arena_free(&a);
}

UNIT_MAIN(cmocka_unit_test(sketches_are_given_back))
