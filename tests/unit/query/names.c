/* Names of ends, functions that make names of keys, counts that do not fit into memory. */
#include "unit.h"

#include "fake_store.h"
#include "mapping.h"
#include "query/query.h"

#include <math.h>

static const usec_t noon = 1795435200 * USEC_PER_SEC; /* 2026-11-23 12:00 UTC */

struct bench {
	struct store st;
	struct query_env env;
	struct zones *zones;
	struct lookup *countries, *asnames;
	const struct scope *all, *own;
	struct own_cidr cidr[2];
	struct mapping c;
	struct buf out;
};

static struct flow_rec flow(uint32_t from, uint32_t to, uint32_t as, uint64_t bytes)
{
	return (struct flow_rec){ .time = (uint64_t)noon, .agent = addr_v4(0x0a636301), .inputinterface = 1, .outputinterface = 2,
				  .ipsource = addr_v4(from), .ipdestination = addr_v4(to), .sourceas = as, .protocol = 6,
				  .bytes = bytes, .frames = 1 };
}

/* "EXTERNAL" is no name of a host; 192.0.2.x has one. */
static const char *name_of(void *arg, const struct addr *a)
{
	(void)arg;
	return a->b[12] == 192 ? "host.example.net" : NULL;
}

static const char *table_text(void *arg, const char *table, const char *key, size_t len)
{
	(void)arg;
	if (!STREQ(table, "sites"))
		return NULL;
	if (!key)
		return "";
	return len == 9 && memcmp(key, "192.0.2.1", 9) == 0 ? "Zurich" : NULL;
}

static int start(void **state)
{
	static const char zones[] = "zones: [{name: Inside, cidrs: [192.0.2.0/24], groups: [{name: web, cidrs: [192.0.2.128/25]}]}]";
	static const char countries[] = "192.0.2.0/24,CH\n198.51.100.0/24,DE\n", asnames[] = "192.0.2.0/24,64500,Ours\n64501,\"Theirs, Inc.\"\n";
	struct bench *b = mem_new0(1, sizeof(*b));
	struct problem why;
	const struct flow_rec flows[] = {
		flow(0xc0000201, 0xc6336401, 0, 100), flow(0xc0000281, 0xc6336402, 0, 200), flow(0xc6336401, 0xc0000201, 64501, 400),
		flow(0xc6336401, 0xc0000281, 64502, 800), flow(0x08080808, 0x09090909, 0, 1600),
	};
	fake_segment(&b->st, TABLE_TRAFFIC, flows, 3);
	fake_segment(&b->st, TABLE_TRAFFIC, flows + 3, 2);
	assert_int_equal(zones_parse(zones, strlen(zones), "z", NULL, NULL, &b->zones, &why), OK);
	assert_int_equal(lookup_parse(LOOKUP_COUNTRY, countries, strlen(countries), "c", &b->countries, &why), OK);
	assert_int_equal(lookup_parse(LOOKUP_ASN, asnames, strlen(asnames), "a", &b->asnames, &why), OK);
	const char *text = "192.0.2.0/25", *wrong;
	b->cidr[0] = (struct own_cidr){ .when = { INT64_MIN, INT64_MAX } };
	assert_true(prefix_parse(text, strlen(text), &b->cidr[0].prefix, &wrong));
	b->c.c = (struct customer){ .id = "1001", .name = "A", .cidr = b->cidr, .ncidr = 1 };
	mapping_make(&b->c);
	assert_int_equal(scope_everything(&b->all), OK);
	assert_int_equal(scope_customer(&b->c.all, "1001", NULL, &b->own, &why), OK);
	b->env = (struct query_env){ .store = &b->st, .now = noon + USEC_PER_HOUR, .zones = b->zones, .countries = b->countries,
				     .asnames = b->asnames, .customers = &b->c.all, .name_of = name_of, .table_text = table_text };
	assert_int_equal(zone_find("UTC", &b->env.zone), OK);
	*state = b;
	return 0;
}

static int stop(void **state)
{
	struct bench *b = *state;
	fake_free(&b->st);
	zones_free(b->zones);
	lookup_free(b->countries);
	lookup_free(b->asnames);
	scope_free(b->all);
	scope_free(b->own);
	mapping_free(&b->c);
	buf_free(&b->out);
	mem_free(b);
	return 0;
}

static const char *ask(struct bench *b, const struct scope *scope, const char *select, const char *where)
{
	struct arena a = { 0 };
	struct problem why = { 0 };
	struct plan *p;
	struct result t;
	const struct request rq = { .view = "iftraffic", .select = select, .where = where, .interval = "2026-11-23T12:00:00Z,2026-11-23T12:02:00Z" };
	buf_reset(&b->out);
	if (plan_make(&a, &b->env, scope, &rq, &p, &why) != OK) {
		buf_printf(&b->out, "%s", why.text);
	} else if (plan_run(p, &t, &why) != OK) {
		buf_printf(&b->out, "run: %s", why.text);
		plan_free(p);
	} else {
		result_csv(&t, false, &b->out);
		result_free(&t);
		plan_free(p);
	}
	arena_free(&a);
	return buf_str(&b->out);
}

#define EXPECT(scope, select, where, want) assert_string_equal(ask(b, scope, select, where), want)

static void names_are_keys(void **state)
{
	struct bench *b = *state;
	EXPECT(b->all, "sourcezone,bytes", NULL, "EXTERNAL,2800\nInside,300\n");
	EXPECT(b->all, "sourcegroup,bytes", NULL, ",2900\nweb,200\n");
	EXPECT(b->all, "sourcepath,bytes", NULL, "EXTERNAL,2800\nInside>web,200\nInside,100\n");
	EXPECT(b->all, "sourcesubnet,bytes", NULL, ",2800\n192.0.2.128/25,200\n192.0.2.0/24,100\n");
	EXPECT(b->all, "sourcecountry,destinationcountry,bytes", NULL, ",,1600\nDE,CH,1200\nCH,DE,300\n");
	EXPECT(b->all, "sourceasname,bytes", NULL, ",2400\n\"Theirs, Inc.\",400\nOurs,300\n");
	EXPECT(b->all, "sourcename,bytes", "sourcezone=Inside", "host.example.net,200\nhost.example.net,100\n");
	EXPECT(b->all, "sourcecustomer,bytes", NULL, ",3000\n1001,100\n");
	EXPECT(b->all, "customer,bytes", NULL, ",2600\n1001,500\n");
	EXPECT(b->all, "count(sourcezone),count(sourcecountry)", NULL, "2,2\n");
}

static void names_are_tested(void **state)
{
	struct bench *b = *state;
	EXPECT(b->all, "bytes", "sourcezone=EXTERNAL & destinationzone=EXTERNAL", "1600\n");
	EXPECT(b->all, "bytes", "sourcezone!=EXTERNAL", "300\n");
	EXPECT(b->all, "bytes", "sourcegroup=\"\"", "2900\n");
	EXPECT(b->all, "bytes", "sourcepath~^In", "300\n");
	EXPECT(b->all, "bytes", "sourcesubnet=192.0.2.128/25", "200\n");
	EXPECT(b->all, "bytes", "destinationcountry=CH,DE", "1500\n");
	EXPECT(b->all, "bytes", "sourceasname~Inc", "400\n");
	EXPECT(b->all, "bytes", "customer=1001", "500\n");
	EXPECT(b->all, "bytes", "destinationcustomer!=\"\"", "400\n");
	EXPECT(b->all, "bytes", "ipsource=192.0.2.0/24 & sourcename=x",
	       "filter: error at 25: sourcename is asked of the DNS where it is shown and cannot be tested");
}

static void a_customer_is_told_of_no_zone_and_of_no_other(void **state)
{
	struct bench *b = *state;
	EXPECT(b->own, "sourcezone,bytes", NULL, "select: error at 1: unknown field \"sourcezone\" in view iftraffic");
	EXPECT(b->own, "bytes", "sourcezone=Inside", "filter: error at 1: unknown field \"sourcezone\"");
	EXPECT(b->own, "sourcename,bytes", NULL, "select: error at 1: unknown field \"sourcename\" in view iftraffic");
	EXPECT(b->own, "name(ipsource),bytes", NULL, "select: error at 1: name is for operators");
	EXPECT(b->own, "map(ipsource,sites),bytes", NULL, "select: error at 1: map is for operators");
	EXPECT(b->own, "sourcecustomer,destinationcustomer,bytes", NULL, ",1001,400\n1001,,100\n");
}

static void functions_make_names(void **state)
{
	struct bench *b = *state;
	EXPECT(b->all, "country(ipsource),asn(ipsource),bytes", NULL, ",,1600\nDE,,1200\nCH,64500,300\n");
	EXPECT(b->all, "asname(sourceaddress),bytes", NULL, ",2800\nOurs,300\n");
	EXPECT(b->all, "name(ipsource),bytes", NULL, ",2800\nhost.example.net,300\n");
	EXPECT(b->all, "map(ipsource,sites),bytes", NULL, ",3000\nZurich,100\n");
	EXPECT(b->all, "extract(ipsource,^([0-9]+)\\.),bytes", NULL, "8,1600\n198,1200\n192,300\n");
	EXPECT(b->all, "extract(ipsource,\"[.](1|129)$\"),bytes", NULL, ",1600\n1,1300\n129,200\n");
	EXPECT(b->all, "extract(ipsource,x),bytes", NULL, ",3100\n");
	EXPECT(b->all, "extract(ipsource,[),bytes", NULL,
	       "select: error at 18: pattern, character 1: missing terminating ] for character class");
	EXPECT(b->all, "extract(ipsource),bytes", NULL, "select: error at 17: extract is written extract(field,pattern)");
	EXPECT(b->all, "extract(ipsource,\"x),bytes", NULL, "select: error at 18: the quote has no end");
	EXPECT(b->all, "map(ipsource,places),bytes", NULL,
	       "select: error at 14: there is no table \"places\": `tables` of the configuration names them");
	EXPECT(b->all, "asn(protocol),bytes", NULL, "select: error at 1: asn takes an address");
	EXPECT(b->all, "prefix(sourcezone,2),bytes", NULL, "EX,2800\nIn,300\n");
}

/* 60,000 distinct sources: exact where they fit, near where they do not, and the table says which. */
static void counts_that_do_not_fit(void **state)
{
	struct bench *b = *state;
	enum { SOURCES = 60000 };
	struct store st = { 0 };
	struct flow_rec *r = mem_new0(SOURCES, sizeof(*r));
	for (uint32_t i = 0; i < SOURCES; i++)
		r[i] = flow(0x0a000000 + i * 7, 0xc6336401 + i % 2, 0, 1);
	for (size_t at = 0; at < SOURCES; at += 10000)
		fake_segment(&st, TABLE_TRAFFIC, r + at, 10000);
	mem_free(r);
	struct query_env env = { .store = &st, .zone = b->env.zone, .now = b->env.now };
	for (unsigned small = 0; small < 2; small++) {
		struct arena a = { 0 };
		struct problem why = { 0 };
		struct plan *p;
		struct result t;
		const struct request rq = { .view = "iftraffic", .select = "ipdestination,count(ipsource)", .n = 1,
					    .interval = "2026-11-23T12:00:00Z,2026-11-23T12:02:00Z" };
		env.max_bytes = small ? 3500000 : 0;
		assert_int_equal(plan_make(&a, &env, b->all, &rq, &p, &why), OK);
		if (plan_run(p, &t, &why) != OK)
			fail_msg("%s", why.text);
		assert_int_equal(t.approximate, small);
		assert_int_equal(t.nrows, 2); /* one, and the rest: the sketch of both is not asked for */
		for (size_t row = 0; row < t.nrows; row++)
			assert_true(fabs(t.col[1].num[row] - SOURCES / 2) <= (small ? SOURCES / 2 * 0.06 : 0));
		result_free(&t);
		plan_free(p);
		arena_free(&a);
	}
	fake_free(&st);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
UNIT_MAIN(TEST(names_are_keys), TEST(names_are_tested), TEST(a_customer_is_told_of_no_zone_and_of_no_other), TEST(functions_make_names),
	  TEST(counts_that_do_not_fit))
