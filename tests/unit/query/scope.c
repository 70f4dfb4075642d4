/* What a scope answers of one record, port, host or field, of a mapping as it is written: the rules of
 * src/query/scope.c one by one, where isolation.c compares whole answers. */
#include "unit.h"

#include "query/exec.h"

static const struct addr agent = { { [10] = 0xff, [11] = 0xff, 10, 99, 99, 1 } };

struct bench {
	struct customers *c;
	struct model *m;
	const struct scope *s;
};

static const struct scope *scope_of(struct bench *b, const char *id)
{
	struct problem why;
	scope_free(b->s);
	b->s = NULL;
	if (scope_customer(b->c, id, b->m, &b->s, &why) != OK)
		fail_msg("%s", why.text);
	return b->s;
}

static struct bench bench_of(const char *things)
{
	struct bench b = { 0 };
	const struct zone *utc;
	struct problem why = { 0 };
	char text[4096];
	snprintf(text, sizeof(text), "<customers>%s</customers>", things);
	assert_int_equal(zone_find("UTC", &utc), OK);
	if (customers_parse(text, strlen(text), "c.xml", utc, NULL, NULL, &b.c, &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(model_new(&b.m), OK);
	return b;
}

static void end(struct bench *b)
{
	scope_free(b->s);
	model_free(b->m);
	customers_free(b->c);
}

static void learn(struct bench *b, uint32_t ifindex, const char *name)
{
	assert_int_equal(model_note(b->m, &(struct iface_note){ .agent = agent, .ifindex = ifindex, .name = name, .when = 1 }), OK);
}

static usec_t at(const char *text)
{
	const struct zone *utc;
	struct problem why;
	usec_t t = 0;
	assert_int_equal(zone_find("UTC", &utc), OK);
	assert_int_equal(instant_parse(text, 0, utc, &t, &why), OK);
	return t;
}

static struct flow_rec flow(const char *from, const char *to, uint32_t in, uint32_t out)
{
	struct flow_rec r = { .time = (uint64_t)at("2026-06-15"), .agent = agent, .inputinterface = in, .outputinterface = out };
	assert_true((!*from || addr_parse(from, strlen(from), &r.ipsource)) && (!*to || addr_parse(to, strlen(to), &r.ipdestination)));
	return r;
}

static bool owns(const struct scope *s, struct flow_rec r)
{
	return scope_owns_flow(s, &r);
}

/* Of a port that nobody has seen nothing is known, also not that it is the port without a number. */
static void an_unknown_name_is_no_port(void **unused)
{
	(void)unused;
	struct bench b = bench_of("<customer id=\"1\"><port agent=\"10.99.99.1\" ifName=\"e1\"/>"
				  "<cidr address=\"192.168.1.0\" bits=\"24\" agent=\"10.99.99.1\" ifName=\"e2\"/></customer>");
	const struct scope *s = scope_of(&b, "1");
	for (uint32_t port = 0; port < 4; port++)
		assert_false(owns(s, flow("192.168.1.5", "192.168.1.6", port, port)));
	learn(&b, 1, "e1");
	learn(&b, 2, "e2");
	s = scope_of(&b, "1");
	assert_true(owns(s, flow("203.0.113.1", "203.0.113.2", 1, 9)));
	assert_true(owns(s, flow("203.0.113.1", "203.0.113.2", 9, 1)));
	assert_true(owns(s, flow("192.168.1.5", "203.0.113.2", 2, 9)));
	assert_true(owns(s, flow("203.0.113.1", "192.168.1.5", 9, 2)));
	assert_false(owns(s, flow("192.168.1.5", "192.168.1.6", 0, 0)));
	end(&b);
}

/* Tied to a port, a block counts for what came in there as a source, and for what left there as a destination. */
static void a_tied_block_is_at_its_end_of_the_flow(void **unused)
{
	(void)unused;
	struct bench b = bench_of("<customer id=\"1\"><cidr address=\"192.168.1.0\" bits=\"24\" agent=\"10.99.99.1\" ifIndex=\"5\"/></customer>"
				  "<customer id=\"2\"><cidr address=\"192.168.1.0\" bits=\"24\" agent=\"10.99.99.1\" ifIndex=\"6\"/></customer>");
	const struct flow_rec across = flow("192.168.1.5", "192.168.1.6", 5, 6), back = flow("192.168.1.6", "192.168.1.5", 6, 5);
	const struct flow_rec away = flow("192.168.1.5", "203.0.113.1", 6, 5), other = flow("192.168.1.5", "192.168.1.6", 7, 8);
	for (const char *id = "12"; *id; id++) {
		const struct scope *s = scope_of(&b, (char[]){ *id, 0 });
		assert_true(owns(s, across) && owns(s, back));
		assert_int_equal(owns(s, away), *id == '2');
		assert_false(owns(s, other));
	}
	struct flow_rec elsewhere = across;
	elsewhere.agent.b[15] = 2;
	assert_false(owns(scope_of(&b, "1"), elsewhere));
	end(&b);
}

/* What is owned from ... to ..., half open, whatever it is. */
static void what_was_theirs_is_no_more(void **unused)
{
	(void)unused;
#define DATES "from=\"2026-06-01\" to=\"2026-07-01\""
	struct bench b = bench_of("<customer id=\"1\"><port agent=\"10.99.99.1\" ifIndex=\"1\" " DATES "/><mac address=\"02:00:5e:10:00:01\" " DATES "/>"
				  "<cidr address=\"192.0.2.0\" bits=\"24\" " DATES "/>"
				  "<cidr address=\"10.0.0.0\" bits=\"8\" agent=\"10.99.99.1\" ifIndex=\"2\" " DATES "/></customer>");
	const struct scope *s = scope_of(&b, "1");
	const usec_t from = at("2026-06-01"), to = at("2026-07-01");
	struct flow_rec kind[] = { flow("203.0.113.1", "203.0.113.2", 1, 9), flow("203.0.113.1", "192.0.2.9", 8, 9), flow("10.1.1.1", "203.0.113.2", 2, 9),
				   flow("203.0.113.1", "203.0.113.2", 8, 9) };
	kind[3].macdestination = 0x02005e100001;
	for (size_t i = 0; i < COUNT_OF(kind); i++) {
		const usec_t when[] = { from - 1, from, to - 1, to };
		for (size_t k = 0; k < COUNT_OF(when); k++) {
			kind[i].time = (uint64_t)when[k];
			assert_int_equal(owns(s, kind[i]), k == 1 || k == 2);
		}
	}
	assert_true(scope_owns_port(s, &agent, 1, from) && scope_names_port(s, &agent, 1, to - 1));
	assert_false(scope_owns_port(s, &agent, 1, to) || scope_names_port(s, &agent, 1, to));
	assert_false(scope_owns_port_always(s, &agent, 1));
	end(&b);
}

/* Always is from the beginning of time: who has a port since 1970 had somebody before. */
static void always_is_since_ever(void **unused)
{
	(void)unused;
	struct bench b = bench_of("<customer id=\"1\"><port agent=\"10.99.99.1\" ifIndex=\"1\" from=\"1970-01-01\"/>"
				  "<port agent=\"10.99.99.1\" ifIndex=\"2\"/></customer>");
	const struct scope *s = scope_of(&b, "1");
	assert_false(scope_owns_port_always(s, &agent, 1));
	assert_true(scope_owns_port_always(s, &agent, 2));
	end(&b);
}

static void resellers_see_what_is_below_them(void **unused)
{
	(void)unused;
	struct bench b = bench_of("<customer id=\"top\"/><customer id=\"mid\" parent=\"top\"><cidr address=\"192.0.2.0\" bits=\"25\"/></customer>"
				  "<customer id=\"low\" parent=\"mid\"><cidr address=\"192.0.2.128\" bits=\"26\"/></customer>"
				  "<customer id=\"kin\" parent=\"top\"><cidr address=\"192.0.2.192\" bits=\"26\"/></customer>");
	static const struct {
		const char *id;
		bool mid, low, kin;
	} cases[] = { { "top", true, true, true }, { "mid", true, true, false }, { "low", false, true, false }, { "kin", false, false, true } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct scope *s = scope_of(&b, cases[i].id);
		assert_int_equal(owns(s, flow("192.0.2.1", "203.0.113.1", 1, 2)), cases[i].mid);
		assert_int_equal(owns(s, flow("203.0.113.1", "192.0.2.129", 1, 2)), cases[i].low);
		assert_int_equal(owns(s, flow("192.0.2.200", "203.0.113.1", 1, 2)), cases[i].kin);
		assert_int_equal(scope_owner(s), i);
	}
	end(&b);
}

/* No address and no MAC are nobody's, whatever block or MAC is owned. */
static void nothing_is_nobodys(void **unused)
{
	(void)unused;
	struct bench b = bench_of("<customer id=\"1\"><mac address=\"02:00:5e:10:00:01\"/><cidr address=\"0.0.0.0\" bits=\"0\"/>"
				  "<cidr address=\"2000::\" bits=\"3\"/></customer>");
	const struct scope *s = scope_of(&b, "1");
	assert_false(owns(s, flow("", "", 1, 2)));
	assert_true(owns(s, flow("", "2001:db8::1", 1, 2)));
	assert_true(owns(s, flow("0.0.0.0", "", 1, 2))); /* an address that is written so is one */
	end(&b);
}

/* A host is shown of a port that is theirs now and was when it was seen; of a predecessor's time nothing. */
static void hosts_are_those_of_own_time(void **unused)
{
	(void)unused;
	struct bench b = bench_of("<customer id=\"1\"><port agent=\"10.99.99.1\" ifIndex=\"1\" from=\"2026-06-01\" to=\"2026-07-01\"/></customer>");
	const struct scope *s = scope_of(&b, "1");
	const usec_t june = at("2026-06-10"), may = at("2026-05-10"), july = at("2026-07-10");
	const struct {
		usec_t now, first, last;
		bool shown, since;
	} cases[] = { { june, june - 1, june, true, true }, { june, may, june, true, false }, { june, may, may, false, false },
		      { july, june, june, false, false }, { july, june, july, false, false } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct host h = { .agent = agent, .ifindex = 1, .first_seen = cases[i].first, .last_seen = cases[i].last };
		assert_int_equal(scope_shows_host(s, cases[i].now, &h), cases[i].shown);
		if (cases[i].shown)
			assert_int_equal(h.first_seen, cases[i].since ? cases[i].first : 0);
	}
	struct host nowhere = { .first_seen = june, .last_seen = june };
	assert_false(scope_shows_host(s, june, &nowhere));
	end(&b);
}

/* The rows of fields.def decide: what is the staff's is shown to nobody else, in any view. */
static void staffs_fields_are_hidden(void **unused)
{
	(void)unused;
	struct bench b = bench_of("<customer id=\"1\"><cidr address=\"0.0.0.0\" bits=\"1\"/></customer>");
	const struct scope *s = scope_of(&b, "1"), *all;
	size_t hidden = 0, own = 0;
	assert_int_equal(scope_everything(&all), OK);
	for (size_t v = 0; v < nviews; v++)
		for (size_t i = 0; i < views[v].nfields; i++) {
			const struct field *f = &views[v].fields[i];
			assert_true(scope_shows_field(all, f));
			if (f->show == SHOW_ALL)
				assert_true(scope_shows_field(s, f));
			if (f->show != SHOW_ALL && f->show != SHOW_OWN) {
				assert_false(scope_shows_field(s, f));
				hidden++;
			}
			own += f->show == SHOW_OWN && scope_shows_field(s, f);
			/* What a record has of a port or MAC is shown of an own one alone: somebody says of which. */
			if (views[v].table->id == TABLE_TRAFFIC && f->show == SHOW_OWN && !f->derived && scope_shows_field(s, f))
				assert_int_not_equal(field_mask(f, &views[v]), MASK_NONE);
		}
	assert_true(hidden > 10 && own > 10);
	scope_free(all);
	end(&b);
}

/* Sets of one column become one, those of others stay apart: nothing of one is taken for the other's. */
static void joined_sets_keep_to_their_column(void **unused)
{
	(void)unused;
	struct arena a = { 0 };
	struct preds ps;
	static const struct urange one = { 80, 80 }, two = { 443, 443 };
	static const struct arange from = { .lo = { { [15] = 1 } }, .hi = { { [15] = 9 } } };
	assert_true(preds_start(&ps, &a));
	struct pred *sub[] = { pred_uints(&ps, TR_sourceport, &one, 1), pred_uints(&ps, TR_destinationport, &two, 1),
			       pred_addrs(&ps, TR_ipsource, &from, 1),  pred_uints(&ps, TR_sourceport, &two, 1) };
	const struct pred *p = pred_join(&ps, P_OR, sub, COUNT_OF(sub));
	assert_non_null(p);
	assert_int_equal(p->kind, P_OR);
	assert_int_equal(p->n, 3);
	assert_int_equal(p->sub[0]->col, TR_sourceport);
	assert_int_equal(p->sub[0]->n, 2);
	assert_true(p->sub[0]->u[0].lo == 80 && p->sub[0]->u[1].lo == 443);
	assert_int_equal(p->sub[1]->col, TR_destinationport);
	assert_int_equal(p->sub[1]->n, 1);
	assert_int_equal(p->sub[2]->n, 1);
	arena_free(&a);
}

/* What was attributed under another mapping, or another number of a port, is not this scope's. */
static void a_scope_knows_its_version(void **unused)
{
	(void)unused;
	static const char *const things[] = { "<port agent=\"10.99.99.1\" ifName=\"e1\"/>",
					      "<cidr address=\"10.0.0.0\" bits=\"8\" agent=\"10.99.99.1\" ifName=\"e1\"/>" };
	for (size_t i = 0; i < COUNT_OF(things); i++) {
		char text[2][256];
		uint8_t first[ATTRIBUTION_DIGEST];
		snprintf(text[0], sizeof(text[0]), "<customer id=\"1\">%s</customer><customer id=\"2\"/>", things[i]);
		snprintf(text[1], sizeof(text[1]), "<customer id=\"2\"/><customer id=\"1\">%s</customer>", things[i]);
		struct bench b = bench_of(text[0]), c = bench_of(text[1]);
		memcpy(first, scope_digest(scope_of(&b, "1")), sizeof(first));
		assert_memory_equal(first, scope_digest(scope_of(&b, "2")), sizeof(first));
		assert_memory_not_equal(first, scope_digest(scope_of(&c, "1")), sizeof(first)); /* owners are numbered by the order */
		learn(&b, 7, "e1");
		assert_memory_not_equal(first, scope_digest(scope_of(&b, "1")), sizeof(first));
		end(&b);
		end(&c);
	}
}

/* Whose port or MAC a value is of: answers held against those of own rows alone would not tell, for the rule is the same there. */
static void a_value_is_shown_with_its_own_end(void **state)
{
	(void)state;
	static const char *const things[] = { "<port agent=\"10.99.99.1\" ifIndex=\"1\"/>", "<port agent=\"10.99.99.1\" ifIndex=\"2\"/>",
					      "<mac address=\"02:00:00:00:00:01\"/>", "<mac address=\"02:00:00:00:00:02\"/>" };
	static const struct {
		const char *name;
		size_t by; /* the thing that shows it */
	} fields[] = { { "inputinterface", 0 }, { "vlansource", 0 }, { "vlaninner", 0 }, { "outputinterface", 1 },
		       { "vlandestination", 1 }, { "macsource", 2 }, { "macdestination", 3 } };
	const struct flow_rec r = { .time = 1, .agent = agent, .inputinterface = 1, .outputinterface = 2, .vlansource = 10, .vlaninner = 11,
				    .vlandestination = 20, .macsource = 0x020000000001, .macdestination = 0x020000000002 };
	const struct view *v = view_find("iftraffic", strlen("iftraffic"));
	for (size_t i = 0; i < COUNT_OF(things); i++) {
		char text[256];
		snprintf(text, sizeof(text), "<customer id=\"1\">%s</customer>", things[i]);
		struct bench b = bench_of(text);
		const struct fields_env env = { .scope = scope_of(&b, "1"), .names = b.s, .model = b.m };
		for (size_t k = 0; k < COUNT_OF(fields); k++) {
			char buf[VALUE_TEXT];
			struct value got = { 0 };
			const struct field *f = field_find(v, fields[k].name, strlen(fields[k].name));
			field_value(&env, v, f, &r, buf, &got);
			if (got.null != (fields[k].by != i))
				fail_msg("%s, of who owns %s: %s", fields[k].name, things[i], got.null ? "not shown" : "shown");
		}
		end(&b);
	}
}

UNIT_MAIN(cmocka_unit_test(an_unknown_name_is_no_port), cmocka_unit_test(a_tied_block_is_at_its_end_of_the_flow),
	  cmocka_unit_test(what_was_theirs_is_no_more), cmocka_unit_test(always_is_since_ever), cmocka_unit_test(resellers_see_what_is_below_them),
	  cmocka_unit_test(nothing_is_nobodys), cmocka_unit_test(hosts_are_those_of_own_time), cmocka_unit_test(staffs_fields_are_hidden),
	  cmocka_unit_test(joined_sets_keep_to_their_column), cmocka_unit_test(a_scope_knows_its_version),
	  cmocka_unit_test(a_value_is_shown_with_its_own_end))
