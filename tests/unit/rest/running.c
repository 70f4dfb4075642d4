/* Scripts that have an address: who may run them, what is kept, what is counted, what is ended. */
#include "scratch.h"

#include "base/clock.h"

#include <pthread.h>

static struct rest_caller operator(void)
{
	return (struct rest_caller){ .role = "operator", .owner = "otto", .scope = everything };
}

static struct rest_reply ask(struct rest *r, const struct rest_caller *c, const char *name, const struct script_input *input, size_t n)
{
	struct rest_reply y;
	const struct rest_request q = { .name = name, .input = input, .ninput = n, .env = { .now = 1 }, .why_no_store = "no store" };
	assert_int_equal(rest_run(r, c, &q, &y), OK);
	return y;
}

static void answer_is(struct rest *r, const struct rest_caller *c, const char *name, int status, const char *type, const char *body)
{
	struct rest_reply y = ask(r, c, name, NULL, 0);
	if (y.status != status || !strstr(buf_str(&y.body), body))
		fail_msg("%s: %d %s", name, y.status, buf_str(&y.body));
	assert_string_equal(y.type, type);
	rest_reply_free(&y);
}

static const char problem[] = "application/problem+json";

static void a_script_answers_with_its_type(void **st)
{
	(void)st;
	struct rest *r = open_rest();
	const struct rest_caller c = operator();
	put("plain.js", "println(\"hello\");");
	put("data.js", "// author: weir\n// resultFormat: json\n\nprintln(JSON.stringify({a: 1}));");
	answer_is(r, &c, "plain", 200, "text/plain; charset=utf-8", "hello\n");
	answer_is(r, &c, "data", 200, "application/json", "{\"a\":1}\n");
	answer_is(r, &c, "none", 404, problem, "there is no such script");
	answer_is(r, &c, "../rest/plain", 404, problem, "there is no such script");
	answer_is(r, &c, "", 404, problem, "there is no such script");
	rest_free(r);
}

static void a_failing_script_says_where(void **st)
{
	(void)st;
	struct rest *r = open_rest();
	const struct rest_caller c = operator();
	put("fails.js", "// ttl: 60\nprintln(1);\nmissing.address;");
	answer_is(r, &c, "fails", 500, problem, "fails.js:3:1: ReferenceError");
	answer_is(r, &c, "fails", 500, problem, "missing"); /* and is not kept */
	put("thrown.js", "throw \"missing address\";");
	answer_is(r, &c, "thrown", 500, problem, "thrown.js: missing address");
	put("slow.js", "for (;;) ;");
	struct rest_caller hurried = c;
	hurried.limits.cpu_s = 1;
	answer_is(r, &hurried, "slow", 504, problem, "limit: cpu 1 s reached");
	rest_free(r);
}

static void a_wrong_head_is_told(void **st)
{
	(void)st;
	static const struct {
		const char *head, *want;
	} cases[] = {
		{ "// ttl: soon\n", "wrong.js:1: ttl: seconds are wanted, a week at most, not \\\"soon\\\"" },
		{ "// a\n// ttl: -1\n", "wrong.js:2: ttl: seconds" },
		{ "// resultFormat: exe\n", "wrong.js:1: resultFormat: \\\"exe\\\" is none of txt, csv, json, html, png, svg, pdf" },
		{ "// roles: operator, king\n", "wrong.js:1: roles: \\\"king\\\" is none of guest, customer, operator, admin" },
		{ "// AuthClients: 10.0.0.0/33\n", "wrong.js:1: AuthClients: \\\"10.0.0.0/33\\\" is no block of addresses" },
		{ "// AuthClients:\n", "wrong.js:1: AuthClients: blocks of addresses are wanted" },
		{ "// ttl: 1\n// ttl: 2\n", "wrong.js:2: ttl stands there twice" },
		{ "// authUser: a\n", "wrong.js:1: authUser without authPasswd" },
		{ "// authclients: 10.0.0.0/8\n", "wrong.js:1: AuthClients is wanted, letter by letter" },
	};
	struct rest *r = open_rest();
	const struct rest_caller c = operator();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		put("wrong.js", cases[i].head);
		answer_is(r, &c, "wrong", 500, problem, cases[i].want);
	}
	rest_free(r);
}

static void who_may_run_it(void **st)
{
	(void)st;
	struct rest *r = open_rest();
	struct rest_caller c = operator();
	put("closed.js", "// AuthClients: 192.0.2.0/24, 2001:db8::/32\n// authUser: ann\n// authPasswd: correct horse\nprintln(\"in\");");
	assert_true(addr_parse("192.0.2.7", 9, &c.from));
	answer_is(r, &c, "closed", 401, problem, "its user and password are wanted");
	c.user = "ann";
	c.password = "wrong horse";
	answer_is(r, &c, "closed", 401, problem, "its user");
	c.password = "correct horse";
	answer_is(r, &c, "closed", 200, "text/plain; charset=utf-8", "in\n");
	assert_true(addr_parse("198.51.100.1", 12, &c.from));
	answer_is(r, &c, "closed", 403, problem, "this address may not run it");
	put("plain.js", "println(\"hello\");");
	c.role = "customer";
	answer_is(r, &c, "plain", 403, problem, "no scope"); /* everything is no customer's scope */
	rest_free(r);
}

/* -- customers ------------------------------------------------------------------------------------------- */

static struct customers *mapping(void)
{
	static const char xml[] = "<customers><customer id=\"a\" name=\"A\"><cidr address=\"10.0.0.0\" bits=\"24\"/></customer>"
				  "<customer id=\"b\" name=\"B\"><cidr address=\"10.0.1.0\" bits=\"24\"/></customer></customers>";
	const struct zone *utc;
	struct customers *m;
	struct problem why = { 0 };
	assert_int_equal(zone_find("UTC", &utc), OK);
	assert_int_equal(customers_parse(xml, sizeof(xml) - 1, "test", utc, NULL, NULL, &m, &why), OK);
	return m;
}

static struct rest_reply ask_as(struct rest *r, const struct customers *m, const char *id, const char *name)
{
	struct rest_reply y;
	struct model *model;
	const struct scope *scope;
	struct problem why = { 0 };
	assert_int_equal(model_new(&model), OK);
	assert_int_equal(scope_customer(m, id, model, &scope, &why), OK);
	const struct rest_caller c = { .role = "customer", .owner = id, .scope = scope };
	const struct rest_request q = { .name = name, .env = { .now = 1, .customers = m, .model = model }, .why_no_store = "" };
	assert_int_equal(rest_run(r, &c, &q, &y), OK);
	scope_free(scope);
	model_free(model);
	return y;
}

/* The same script, kept for a minute, by one customer and then the other. */
static void what_one_was_answered_no_other_gets(void **st)
{
	(void)st;
	struct rest *r = open_rest();
	struct customers *m = mapping();
	put("whoami.js", "// ttl: 60\n// roles: customer\nprintln(Network.current().customers().map(function (c) c.id).join());");
	static const char *const ids[] = { "a", "b", "a", "b" };
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		struct rest_reply y = ask_as(r, m, ids[i], "whoami");
		char want[8];
		snprintf(want, sizeof(want), "%s\n", ids[i]);
		assert_int_equal(y.status, 200);
		assert_string_equal(buf_str(&y.body), want);
		assert_int_equal(y.cached, i >= 2);
		rest_reply_free(&y);
	}
	put("staff.js", "println(1);");
	struct rest_reply y = ask_as(r, m, "a", "staff"), none = ask_as(r, m, "a", "nothing-here");
	assert_int_equal(y.status, 404); /* what is not for customers does not exist for them */
	assert_string_equal(buf_str(&y.body), buf_str(&none.body));
	rest_reply_free(&y);
	rest_reply_free(&none);
	customers_free(m);
	rest_free(r);
}

/* -- the cache ----------------------------------------------------------------------------------------------- */

static void an_answer_is_given_again_for_its_ttl(void **st)
{
	(void)st;
	struct rest *r = open_rest();
	const struct rest_caller c = operator();
	put("kept.js", "// ttl: 60\nprintln(typeof a == \"undefined\" ? \"-\" : a + b);");
	const struct script_input ab[] = { { "a", "1" }, { "b", "2" } }, ba[] = { { "b", "2" }, { "a", "1" } },
				  other[] = { { "a", "12" }, { "b", "" } };
	struct rest_reply y = ask(r, &c, "kept", ab, 2);
	assert_false(y.cached);
	rest_reply_free(&y);
	y = ask(r, &c, "kept", ba, 2); /* the order of inputs means nothing */
	assert_true(y.cached);
	assert_string_equal(buf_str(&y.body), "12\n");
	assert_int_equal(y.ttl_s, 60);
	rest_reply_free(&y);
	y = ask(r, &c, "kept", other, 2); /* the same letters are not the same inputs */
	assert_false(y.cached);
	rest_reply_free(&y);
	put("kept.js", "// ttl: 60\nprintln(\"changed\");");
	y = ask(r, &c, "kept", ab, 2);
	assert_false(y.cached);
	assert_string_equal(buf_str(&y.body), "changed\n");
	rest_reply_free(&y);
	rest_free(r);
}

static void the_cache_has_a_ceiling(void **st)
{
	(void)st;
	struct rest *r;
	const struct rest_caller c = operator();
	assert_int_equal(rest_new(&(struct rest_options){ .folder = folder, .cache_bytes = 5000 }, &r), OK);
	put("big.js", "// ttl: 60\nprintln(n + \"x\".repeat(Number(n)));");
	static const struct {
		const char *n;
		bool kept;
	} cases[] = { { "1000", true }, { "1001", true }, { "1002", true }, { "1003", true }, { "1004", true }, { "4000", false } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct script_input n = { "n", cases[i].n };
		struct rest_reply y = ask(r, &c, "big", &n, 1);
		rest_reply_free(&y);
		y = ask(r, &c, "big", &n, 1);
		assert_int_equal(y.cached, cases[i].kept);
		rest_reply_free(&y);
	}
	const struct script_input first = { "n", "1000" }, last = { "n", "1004" };
	struct rest_reply y = ask(r, &c, "big", &last, 1);
	assert_true(y.cached);
	rest_reply_free(&y);
	y = ask(r, &c, "big", &first, 1); /* the oldest had to go */
	assert_false(y.cached);
	rest_reply_free(&y);
	rest_free(r);
}

/* -- inputs and addresses ----------------------------------------------------------------------------------- */

static void wrong_inputs_are_refused(void **st)
{
	(void)st;
	struct rest *r = open_rest();
	const struct rest_caller c = operator();
	put("inputs.js", "// inputs: address, n\nprintln(address);");
	const struct script_input host = { "Query", "x" }, unknown = { "port", "1" }, twice[] = { { "n", "1" }, { "n", "2" } };
	static const char *const want[] = { "\\\"Query\\\" cannot be an input", "\\\"port\\\" is no input of this script; it takes address, n",
					    "input \\\"n\\\" is given twice" };
	for (size_t i = 0; i < 3; i++) {
		struct rest_reply y = ask(r, &c, "inputs", i == 0 ? &host : i == 1 ? &unknown : twice, i == 2 ? 2 : 1);
		assert_int_equal(y.status, 400);
		if (!strstr(buf_str(&y.body), want[i]))
			fail_msg("%s", buf_str(&y.body));
		rest_reply_free(&y);
	}
	rest_free(r);
}

static void addresses_name_scripts(void **st)
{
	(void)st;
	char name[REST_NAME];
	struct script_input input[3] = { { "script", "println(1)" }, { "resultFormat", "csv" }, { "authenticate", "basic" } };
	struct rest_request q = { 0 };
	assert_true(rest_route("/api/v1/scripts/location", &q, input, name));
	assert_string_equal(q.name, "location");
	assert_true(rest_route("/inmsf/rest/location.js", &q, input, name));
	assert_string_equal(q.name, "location");
	assert_false(rest_route("/inmsf/", &q, input, name));
	assert_false(rest_route("/", &q, input, name));
	q.ninput = 3;
	assert_true(rest_route("/inmsf/Query", &q, input, name));
	assert_null(q.name);
	assert_string_equal(q.source, "println(1)");
	assert_string_equal(q.format, "csv");
	assert_int_equal(q.ninput, 0);
	char longest[200];
	snprintf(longest, sizeof(longest), "/inmsf/rest/%0150d", 0);
	assert_true(rest_route(longest, &q, input, name));
	assert_string_equal(q.name, ""); /* which is the name of none */
}

static void a_script_that_comes_along_runs(void **st)
{
	(void)st;
	struct rest *r = open_rest();
	struct rest_caller c = operator();
	static const char source[] = "println(\"a,b\");";
	struct rest_request q = { .source = source, .len = sizeof(source) - 1, .format = "csv", .env = { .now = 1 }, .why_no_store = "" };
	struct rest_reply y;
	assert_int_equal(rest_run(r, &c, &q, &y), OK);
	assert_int_equal(y.status, 200);
	assert_string_equal(y.type, "text/csv; charset=utf-8");
	assert_string_equal(buf_str(&y.body), "a,b\n");
	rest_reply_free(&y);
	q.format = "exe";
	assert_int_equal(rest_run(r, &c, &q, &y), OK);
	assert_int_equal(y.status, 400);
	rest_reply_free(&y);
	c.role = "guest";
	q.format = NULL;
	assert_int_equal(rest_run(r, &c, &q, &y), OK);
	assert_int_equal(y.status, 403);
	rest_reply_free(&y);
	rest_free(r);
}

/* -- statistics and kill ---------------------------------------------------------------------------------------- */

struct found {
	struct rest_info kept, fails;
	size_t n;
};

static void take_info(void *arg, const struct rest_info *i)
{
	struct found *f = arg;
	f->n++;
	if (STREQ(i->name, "kept"))
		f->kept = *i;
	if (STREQ(i->name, "fails"))
		f->fails = *i;
}

static void runs_are_counted(void **st)
{
	(void)st;
	struct rest *r = open_rest();
	const struct rest_caller c = operator();
	struct found f = { 0 };
	put("kept.js", "// ttl: 60\nprintln(1);");
	put("fails.js", "throw 1;");
	for (int i = 0; i < 3; i++)
		answer_is(r, &c, "kept", 200, "text/plain; charset=utf-8", "1\n");
	answer_is(r, &c, "fails", 500, problem, "");
	assert_int_equal(rest_each(r, "operator", take_info, &f), OK);
	assert_int_equal(f.kept.runs, 1);
	assert_int_equal(f.kept.hits, 2);
	assert_int_equal(f.kept.errors, 0);
	assert_true(f.kept.took > 0 && f.kept.cpu > 0 && f.kept.last > 0 && f.kept.changed > 0);
	assert_int_equal(f.fails.errors, 1);
	size_t all = f.n;
	f.n = 0;
	assert_int_equal(rest_each(r, "customer", take_info, &f), OK);
	assert_true(f.n < all); /* a customer's list has what it may run */
	rest_free(r);
}

struct killer {
	struct rest *r;
	uint64_t id;
	size_t n;
};

static void take_running(void *arg, const struct rest_running *x)
{
	struct killer *k = arg;
	assert_string_equal(x->owner, "otto");
	k->id = x->id;
	k->n++;
}

static void *kill_it(void *arg)
{
	struct killer *k = arg;
	while (!k->n) {
		usleep(20000);
		rest_each_running(k->r, take_running, k);
	}
	return rest_kill(k->r, k->id) ? k : NULL;
}

static void a_running_script_can_be_ended(void **st)
{
	(void)st;
	struct killer k = { .r = open_rest() };
	const struct rest_caller c = operator();
	pthread_t thread;
	void *killed = NULL;
	put("forever.js", "for (;;) ;");
	assert_int_equal(pthread_create(&thread, NULL, kill_it, &k), 0);
	answer_is(k.r, &c, "forever", 504, problem, "stopped");
	assert_int_equal(pthread_join(thread, &killed), 0);
	assert_non_null(killed);
	assert_false(rest_kill(k.r, k.id)); /* it does not run any more */
	rest_free(k.r);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest unit_tests[] = {
		cmocka_unit_test(a_script_answers_with_its_type), cmocka_unit_test(a_failing_script_says_where),
		cmocka_unit_test(a_wrong_head_is_told), cmocka_unit_test(who_may_run_it),
		cmocka_unit_test(what_one_was_answered_no_other_gets), cmocka_unit_test(an_answer_is_given_again_for_its_ttl),
		cmocka_unit_test(the_cache_has_a_ceiling), cmocka_unit_test(wrong_inputs_are_refused),
		cmocka_unit_test(addresses_name_scripts), cmocka_unit_test(a_script_that_comes_along_runs),
		cmocka_unit_test(runs_are_counted), cmocka_unit_test(a_running_script_can_be_ended),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(unit_tests, start, stop);
}
