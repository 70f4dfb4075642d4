/* Answers that are kept: whose they are.  One script that shows remote addresses and what is whose, asked by callers that
 * differ in one thing each: privacy and its threshold, mapping, numbers of ports, role, scope, grants, zone, inputs.  None
 * gets another's answer, and each gets its own again. */
#include "scratch.h"

#include "base/mem.h"

static const usec_t day = 1795392000 * USEC_PER_SEC; /* 2026-11-23 00:00 UTC */

/* 203.0.113.9 sends 10.0.0.1 (behind port 1) 3,000 bytes in the morning, and port 2 hears as much in the afternoon. */
static struct store *make_store(const char *where)
{
	const struct store_options opt = { .no_sync = true };
	struct store_writer *w;
	struct store *st;
	struct batch *b;
	struct problem why;
	assert_int_equal(store_write_open(where, &opt, &w, &why), OK);
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], 4, &b), OK);
	for (uint32_t port = 1; port <= 2; port++) {
		const struct flow_rec r = { .time = (uint64_t)(day + port * 8 * USEC_PER_HOUR), .agent = addr_v4(0x0a636301), .inputinterface = 9,
					    .outputinterface = port, .ipsource = addr_v4(0xcb007109), .ipdestination = addr_v4(0x0a000000 + port),
					    .samplingrate = 1, .frames = 30, .bytes = 3000 };
		batch_push(b, &r);
	}
	assert_int_equal(store_put(w, b), OK);
	assert_int_equal(store_write_close(w), OK);
	batch_free(b);
	assert_int_equal(store_open(where, &st, &why), OK);
	return st;
}

/* -- callers -------------------------------------------------------------------------------------------------- */

static const char port_by_name[] = "<customer id=\"a\"><port agent=\"10.99.99.1\" ifName=\"e1\"/></customer>",
		  nobodys[] = "<customer id=\"a\"><port agent=\"10.99.99.1\" ifName=\"e1\"/></customer><customer id=\"b\"/>",
		  port_dated[] = "<customer id=\"a\"><port agent=\"10.99.99.1\" ifName=\"e1\" from=\"2026-11-23T12:00\"/></customer>",
		  with_reseller[] = "<customer id=\"a\"><port agent=\"10.99.99.1\" ifName=\"e1\"/></customer><customer id=\"r\"/>"
				    "<customer id=\"b\" parent=\"r\"><port agent=\"10.99.99.1\" ifName=\"e2\"/></customer>";
static const char *const files[] = { "/nowhere", NULL };

static const struct caller {
	const char *mapping, *id, *role; /* id NULL: everything */
	struct privacy privacy;
	uint32_t e1;                     /* number of the port */
	struct script_grants grants;
	const char *zone, *input;
	const char *want;                /* of its answer */
} callers[] = {
	{ port_by_name, "a", "customer", { 0 }, 1, { 0 }, "UTC", "x", "203.0.113.9,3000" },
	{ port_by_name, "a", "customer", { .level = PRIVACY_HIDE }, 1, { 0 }, "UTC", "x", ",3000" },
	{ port_by_name, "a", "customer", { .level = PRIVACY_HIDE, .below = 4000 }, 1, { 0 }, "UTC", "x", ",3000" },
	{ port_by_name, "a", "customer", { .level = PRIVACY_HIDE, .below = 3000 }, 1, { 0 }, "UTC", "x", "203.0.113.9,3000" },
	{ port_by_name, "a", "customer", { .level = PRIVACY_MASK, .bits4 = 24, .bits6 = 48 }, 1, { 0 }, "UTC", "x", "203.0.113.0,3000" },
	{ port_by_name, "a", "customer", { .level = PRIVACY_MASK, .bits4 = 16, .bits6 = 48 }, 1, { 0 }, "UTC", "x", "203.0.0.0,3000" },
	{ port_by_name, "a", "customer", { .level = PRIVACY_MASK, .bits4 = 24, .bits6 = 32 }, 1, { 0 }, "UTC", "x", "203.0.113.0,3000" },
	{ port_by_name, "a", "customer", { .level = PRIVACY_MASK, .bits4 = 24, .bits6 = 48, .below = 3000 }, 1, { 0 }, "UTC", "x", "203.0.113.9,3000" },
	{ port_by_name, "a", "customer", { 0 }, 2, { 0 }, "UTC", "x", "203.0.113.9,3000" }, /* the name moved */
	{ nobodys, "a", "customer", { 0 }, 1, { 0 }, "UTC", "x", "203.0.113.9,3000" },
	{ port_dated, "a", "customer", { 0 }, 1, { 0 }, "UTC", "x", "" },
	{ with_reseller, "a", "customer", { 0 }, 1, { 0 }, "UTC", "x", "203.0.113.9,3000" },
	{ with_reseller, "b", "customer", { 0 }, 1, { 0 }, "UTC", "x", "" }, /* e2 is unknown */
	{ with_reseller, "r", "customer", { 0 }, 1, { 0 }, "UTC", "x", "" },
	{ port_by_name, "a", "operator", { 0 }, 1, { 0 }, "UTC", "x", "203.0.113.9,3000" }, /* as the customer */
	{ port_by_name, "a", "admin", { 0 }, 1, { 0 }, "UTC", "x", "203.0.113.9,3000" },
	{ port_by_name, NULL, "operator", { 0 }, 1, { 0 }, "UTC", "x", "203.0.113.9,6000 10.99.99.1,6000" },
	{ port_by_name, NULL, "operator", { 0 }, 1, { .urls = true }, "UTC", "x", "203.0.113.9,6000 10.99.99.1,6000" },
	{ port_by_name, NULL, "operator", { 0 }, 1, { .read_any = true }, "UTC", "x", "203.0.113.9,6000 10.99.99.1,6000" },
	{ port_by_name, NULL, "operator", { 0 }, 1, { .read_roots = files }, "UTC", "x", "203.0.113.9,6000 10.99.99.1,6000" },
	{ port_by_name, NULL, "operator", { 0 }, 1, { .write_roots = files }, "UTC", "x", "203.0.113.9,6000 10.99.99.1,6000" },
	{ nobodys, NULL, "operator", { 0 }, 1, { 0 }, "UTC", "x", "203.0.113.9,6000 10.99.99.1,6000" },
	{ port_by_name, "a", "customer", { 0 }, 1, { 0 }, "Europe/Zurich", "x", "203.0.113.9,3000" },
	{ port_by_name, "a", "customer", { 0 }, 1, { 0 }, "UTC", "y", "203.0.113.9,3000" },
};

static struct rest_reply ask(struct rest *r, struct store *st, const struct caller *c)
{
	const struct customers_options options = { .privacy = c->privacy };
	const struct script_input input = { "what", c->input };
	struct customers_in in = { .name = "m.xml", .options = &options };
	struct problem why = { 0 };
	struct customers *m;
	struct model *model;
	const struct scope *scope;
	const struct zone *zone;
	struct rest_reply y;
	char text[512];
	assert_int_equal(zone_find("UTC", &in.zone), OK);
	assert_int_equal(zone_find(c->zone, &zone), OK);
	snprintf(text, sizeof(text), "<customers>%s</customers>", c->mapping);
	if (customers_read(&in, text, strlen(text), &m, &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(model_new(&model), OK);
	assert_int_equal(model_note(model, &(const struct iface_note){ .agent = addr_v4(0x0a636301), .ifindex = c->e1, .name = "e1", .when = day }), OK);
	assert_int_equal(c->id ? scope_customer(m, c->id, model, &scope, &why) : scope_everything(&scope), OK);
	const struct rest_caller caller = { .role = c->role, .owner = "o", .scope = scope, .grants = c->grants };
	const struct rest_request q = { .name = "remote", .input = &input, .ninput = 1,
					.env = { .store = st, .now = day + 20 * USEC_PER_HOUR, .customers = m, .model = model, .zone = zone } };
	assert_int_equal(rest_run(r, &caller, &q, &y), OK);
	scope_free(scope);
	model_free(model);
	customers_free(m);
	return y;
}

/* The staff's line has the agent, a column that does not exist for a customer. */
static const char script[] =
	"// ttl: 600\n// roles: customer, operator, admin\n// inputs: what\n"
	"var line = Query.topN('traffic', 'ipsource,bytes', '', 'today').run().csv(false).trim();\n"
	"try { line += ' ' + Query.topN('traffic', 'agent,bytes', '', 'today').run().csv(false).trim(); } catch (e) {}\n"
	"println(line);\n";

static void nobody_gets_anothers_answer(void **unused)
{
	(void)unused;
	char where[] = "/tmp/weir-rest.XXXXXX";
	assert_non_null(mkdtemp(where));
	struct store *st = make_store(where);
	struct rest *r = open_rest();
	put("remote.js", script);
	for (int again = 0; again < 2; again++)
		for (size_t i = 0; i < COUNT_OF(callers); i++) {
			char want[80];
			struct rest_reply y = ask(r, st, &callers[i]);
			snprintf(want, sizeof(want), "%s\n", callers[i].want);
			if (y.status != 200 || strcmp(buf_str(&y.body), want) != 0)
				fail_msg("caller %zu: %d %s instead of %s", i, y.status, buf_str(&y.body), want);
			if (y.cached != again)
				fail_msg("caller %zu: %s", i, again ? "its own answer was not kept" : "an answer of another was given");
			rest_reply_free(&y);
		}
	rest_free(r);
	store_close(st);
	assert_int_equal(nftw(where, scratch_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest unit_tests[] = { cmocka_unit_test(nobody_gets_anothers_answer) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(unit_tests, start, stop);
}
