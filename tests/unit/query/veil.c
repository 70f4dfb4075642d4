/* Under a privacy level: what a customer is shown who wants to see a remote address, question by question.
 * isolation.c holds answers of random worlds against those from rows that were veiled before. */
#include "unit.h"

#include "base/mem.h"
#include "query/query.h"

#include <ftw.h>
#include <unistd.h>

static const usec_t day = 1795392000 * USEC_PER_SEC; /* 2026-11-23 00:00 UTC */

enum { OWN_MAC = 1 };

struct bench {
	char folder[40];
	struct store *store;
	struct model *model;
	const struct zone *utc;
};

static struct addr ip(const char *text)
{
	struct addr a;
	assert_true(addr_parse(text, strlen(text), &a));
	return a;
}

static struct flow_rec flow(double hours, const char *source, const char *destination, uint64_t bytes)
{
	return (struct flow_rec){ .time = (uint64_t)(day + (usec_t)(hours * 3600) * USEC_PER_SEC), .agent = addr_v4(0x0a636301), .ipsource = ip(source),
				  .ipdestination = ip(destination), .protocol = 6, .sourceport = 50000, .destinationport = 443,
				  .inputinterface = 1, .outputinterface = 2, .samplingrate = 1, .bytes = bytes, .frames = 1 };
}

/* tos 0: what is plain; tos 4: who sends much. */
static void put_rows(struct batch *b)
{
	struct flow_rec plain[] = {
		flow(1, "10.1.0.5", "198.51.100.7", 100), flow(1, "10.1.0.5", "198.51.100.9", 200), flow(2, "203.0.113.8", "10.1.0.5", 400),
		flow(2, "2001:db8:5:6::1", "10.1.0.6", 800), flow(3, "10.1.0.5", "10.1.0.200", 1600),
		flow(5, "192.0.2.9", "10.1.0.5", 3200), flow(7, "192.0.2.9", "10.1.0.5", 6400), /* theirs until six */
		flow(8, "198.51.100.7", "203.0.113.8", 12800),                                     /* nobody's */
		flow(8, "198.51.100.77", "203.0.113.200", 25600),
	};
	plain[0].url = plain[0].urlhost = plain[0].userdestination = 4711;
	plain[4].url = 4712;
	plain[8].macsource = OWN_MAC;
	for (size_t i = 0; i < COUNT_OF(plain); i++)
		batch_push(b, &plain[i]);
	for (int i = 0; i < 14; i++) { /* twelve on one day, two on the day before */
		struct flow_rec much = flow(i < 12 ? 9 : -1, "203.0.113.50", "10.1.0.7", 100), probe = flow(9, "10.1.0.9", "203.0.113.70", 100000);
		much.tos = probe.tos = 4;
		much.sourceport = (uint16_t)(1000 + i);
		batch_push(b, &much);
		batch_push(b, &probe);
	}
	struct flow_rec one = flow(9, "203.0.113.60", "10.1.0.8", 1000);
	one.samplingrate = 1000;
	one.tos = 4;
	batch_push(b, &one);
}

static int start(void **state)
{
	struct bench *s = mem_new0(1, sizeof(*s));
	const struct store_options opt = { .no_sync = true };
	struct store_writer *w;
	struct problem why;
	struct batch *b;
	strcpy(s->folder, "/tmp/weir-veil.XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	assert_int_equal(store_write_open(s->folder, &opt, &w, &why), OK);
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], 100, &b), OK);
	put_rows(b);
	assert_int_equal(store_put(w, b), OK);
	assert_int_equal(store_write_close(w), OK);
	batch_free(b);
	assert_int_equal(store_open(s->folder, &s->store, &why), OK);
	assert_int_equal(model_new(&s->model), OK);
	assert_int_equal(model_text_note(s->model, 4711, "198.51.100.7/secret", day), OK);
	assert_int_equal(model_text_note(s->model, 4712, "10.1.0.200/own", day), OK);
	assert_int_equal(zone_find("UTC", &s->utc), OK);
	*state = s;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static int stop(void **state)
{
	struct bench *s = *state;
	store_close(s->store);
	model_free(s->model);
	assert_int_equal(nftw(s->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	mem_free(s);
	return 0;
}

struct asked {
	const char *select, *where, *want; /* as CSV without its heading */
	enum query_kind kind;
	const char *interval;
};

static void answers(struct bench *s, const char *privacy, const struct asked *q)
{
	char xml[700];
	struct customers *c;
	const struct scope *scope;
	struct problem why = { 0 };
	struct arena a = { 0 };
	struct plan *p;
	struct result t = { 0 };
	_cleanup_(buf_free) struct buf out = { 0 };
	snprintf(xml, sizeof(xml), "<customers><customer id='r' %s/><customer id='me' parent='r'><cidr address='10.1.0.0' bits='24'/>"
		 "<cidr address='192.0.2.0' bits='25' to='2026-11-23T06:00Z'/><mac address='00:00:00:00:00:01'/></customer></customers>", privacy);
	if (customers_parse(xml, strlen(xml), "m.xml", s->utc, NULL, NULL, &c, &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(scope_customer(c, "me", s->model, &scope, &why), OK);
	const struct query_env env = { .store = s->store, .model = s->model, .customers = c, .zone = s->utc, .now = day + USEC_PER_DAY };
	const struct request rq = { .kind = q->kind, .view = "iftraffic", .select = q->select, .where = q->where,
				    .interval = q->interval ? q->interval : "2026-11-23T00:00,2026-11-24T00:00" };
	enum err err = plan_make(&a, &env, scope, &rq, &p, &why);
	if (err == OK) {
		err = plan_run(p, &t, &why);
		plan_free(p);
	}
	if (err == OK)
		result_csv(&t, false, &out);
	else
		buf_text(&out, why.text);
	for (char *at = (char *)(uintptr_t)buf_str(&out), *to = at;; at++)
		if (*at != '\r' && !(*to++ = *at))
			break;
	if (!STREQ(buf_str(&out), q->want))
		fail_msg("%s: select %s where %s:\n%s\nwanted:\n%s", privacy, q->select, q->where, buf_str(&out), q->want);
	result_free(&t);
	arena_free(&a);
	scope_free(scope);
	customers_free(c);
}

static void all_answers(void **state, const char *privacy, const struct asked *q, size_t n)
{
	for (size_t i = 0; i < n; i++)
		answers(*state, privacy, &q[i]);
}
#define ANSWERS(privacy, ...) all_answers(state, privacy, (const struct asked[]){ __VA_ARGS__ }, COUNT_OF(((const struct asked[]){ __VA_ARGS__ })))

static void without_a_level_all_is_shown(void **state)
{
	ANSWERS("",
		{ "ipdestination,bytes", "tos=0", "203.0.113.200,25600\n10.1.0.5,10000\n10.1.0.200,1600\n10.1.0.6,800\n198.51.100.9,200\n198.51.100.7,100\n", 0, NULL },
		{ "url,bytes", "url!=\"\"", "10.1.0.200/own,1600\n198.51.100.7/secret,100\n", 0, NULL });
}

static void a_prefix_stands_for_its_addresses(void **state)
{
	ANSWERS("privacy='mask'",
		{ "ipdestination,bytes", "tos=0", "203.0.113.0,25600\n10.1.0.5,10000\n10.1.0.200,1600\n10.1.0.6,800\n198.51.100.0,300\n", 0, NULL },
		/* 192.0.2.0/24 has a block of theirs in it: after six nothing is shown, before it was their own */
		{ "ipsource,bytes", "tos=0", "198.51.100.77,25600\n,6400\n192.0.2.9,3200\n10.1.0.5,1900\n2001:db8:5::,800\n203.0.113.0,400\n", 0, NULL },
		{ "sourceaddress,bytes", "tos=0&destinationport=443&bytes<500", "203.0.113.0,400\n10.1.0.5,300\n", 0, NULL },
		{ "ipserver,bytes", "bytes=100|bytes=200", "198.51.100.0,300\n", 0, "2026-11-23T00:30,2026-11-23T01:30" },
		{ "ipsource,ipdestination", "tos=0", "10.1.0.5,198.51.100.0\n10.1.0.5,198.51.100.0\n203.0.113.0,10.1.0.5\n2001:db8:5::,10.1.0.6\n", QUERY_ROWS,
		  "2026-11-23T00:00,2026-11-23T02:30" });
}

static void nothing_hidden_is_shown(void **state)
{
	ANSWERS("privacy='hide'",
		{ "ipdestination,bytes", "tos=0", ",25900\n10.1.0.5,10000\n10.1.0.200,1600\n10.1.0.6,800\n", 0, NULL },
		{ "bytes", "tos=0&!(ipdestination=0.0.0.0/0)", "25900\n", 0, NULL },
		{ "bytes", "ipdestination=198.51.100.0/24", "\n", 0, NULL });
}

static void filters_are_no_oracle(void **state)
{
	ANSWERS("privacy='mask'",
		{ "bytes", "ipdestination=198.51.100.7", "\n", 0, NULL }, { "bytes", "ipdestination=198.51.100.8", "\n", 0, NULL },
		{ "bytes", "ipdestination=198.51.100.0", "300\n", 0, NULL }, { "bytes", "ipdestination=198.51.100.0/24", "300\n", 0, NULL },
		{ "bytes", "ipdestination=198.51.100.0/29", "300\n", 0, NULL }, { "bytes", "ipdestination=198.51.100.8/29", "\n", 0, NULL },
		{ "bytes", "tos=0&ipdestination!=198.51.100.7", "38300\n", 0, NULL }, { "bytes", "tos=0&!(ipdestination=198.51.100.7)", "38300\n", 0, NULL },
		{ "bytes", "ipdestination=198.51.100.7|ipdestination=198.51.100.9", "\n", 0, NULL },
		{ "bytes", "tos=0&ipdestination~\"7$\"", "\n", 0, NULL }, { "bytes", "destinationaddress~\"^198.*9\"", "\n", 0, NULL },
		{ "bytes", "ipserver=198.51.100.7", "\n", 0, NULL }, { "bytes", "serveraddress=198.51.100.9&bytes=200", "\n", 0, NULL },
		{ "bytes", "url~secret", "\n", 0, NULL }, { "bytes", "urlhost=198.51.100.7/secret", "\n", 0, NULL },
		{ "bytes", "userdestination!=\"\"", "\n", 0, NULL }, { "url,bytes", "url!=\"\"", "10.1.0.200/own,1600\n", 0, NULL });
}

static void functions_see_what_is_shown(void **state)
{
	ANSWERS("privacy='mask'",
		{ "count(ipdestination)", "tos=0", "5\n", 0, NULL }, { "count(ipdestination)", "ipdestination=198.51.100.0/24", "1\n", 0, NULL },
		{ "mask(ipdestination,31),bytes", "tos=0&bytes<250", "198.51.100.0,300\n", 0, NULL },
		{ "prefix(ipdestination,11),bytes", "tos=0&bytes<250", "198.51.100.,300\n", 0, NULL },
		{ "suffix(ipdestination,1),bytes", "tos=0&bytes<250", "0,300\n", 0, NULL },
		{ "first(ipdestination),last(ipdestination)", "tos=0&bytes<250", "198.51.100.0,198.51.100.0\n", 0, NULL });
}

/* What is shown of an address hangs on its day and on nothing that is asked. */
static void who_sends_much_in_a_day_is_shown(void **state)
{
	ANSWERS("privacy='mask' privacyBelow='1000'",
		{ "ipsource,bytes", "tos=4&ipdestination=10.1.0.7", "203.0.113.50,1200\n203.0.113.0,200\n", 0, "2026-11-22T00:00,2026-11-24T00:00" },
		{ "ipsource,bytes", "tos=4&ipdestination=10.1.0.7", "203.0.113.0,200\n", 0, "2026-11-22T00:00,2026-11-23T00:00" },
		{ "ipsource,bytes", "sourceport=1003", "203.0.113.50,100\n", 0, "2026-11-23T08:59,2026-11-23T09:01" },
		{ "bytes", "ipsource=203.0.113.50", "1200\n", 0, "2026-11-22T00:00,2026-11-24T00:00" },
		{ "ipsource,bytes", "tos=4&ipdestination=10.1.0.8", "203.0.113.0,1000000\n", 0, NULL }, /* one packet was looked at */
		{ "ipdestination,bytes", "ipsource=10.1.0.9", "203.0.113.0,1400000\n", 0, NULL });      /* it sent nothing */
	ANSWERS("privacy='hide' privacyBelow='1201'", { "ipsource,bytes", "tos=4&ipdestination=10.1.0.7", ",1200\n", 0, NULL });
}

/* So that a new field is decided on. */
static void every_column_that_tells_of_an_end_is_known(void **state)
{
	(void)state;
	static const char *const of_no_end[] = { "application", "aspath", "ssid" };
	const struct view *v = view_find("iftraffic", 9);
	for (size_t i = 0; i < v->nfields; i++) {
		const struct field *f = &v->fields[i];
		bool known = f->col < 0 || f->show != SHOW_ALL || (f->type != T_ADDR && f->type != T_TEXT) || privacy_cols(END_BOTH) >> f->col & 1;
		for (size_t k = 0; k < COUNT_OF(of_no_end); k++)
			known |= STREQ(f->name, of_no_end[k]);
		if (!known)
			fail_msg("%s: does it tell who a remote end is?  A row of model/privacy.def, or of this test", f->name);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
UNIT_MAIN(CASE(without_a_level_all_is_shown), CASE(a_prefix_stands_for_its_addresses), CASE(nothing_hidden_is_shown), CASE(filters_are_no_oracle),
	  CASE(functions_see_what_is_shown), CASE(who_sends_much_in_a_day_is_shown), cmocka_unit_test(every_column_that_tells_of_an_end_is_known))
