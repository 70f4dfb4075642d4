/* The customers mapping: its version, its limits, its speed.  What is read and refused stands in
 * tests/text/model. */
#include "unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "model/model.h"

#include <stdio.h>

struct said {
	size_t n;
	char first[256], last[256];
};

static void say(void *arg, unsigned line, unsigned column, const char *text)
{
	struct said *s = arg;
	snprintf(s->n ? s->last : s->first, 256, "%u:%u: %s", line, column, text);
	s->n++;
}

static const struct zone *zone(const char *name)
{
	const struct zone *z;
	assert_int_equal(zone_find(name, &z), OK);
	return z;
}

static struct customers *parse(const void *text, size_t len, const char *zone_name)
{
	struct customers *c = NULL;
	struct problem why = { 0 };
	if (customers_parse(text, len, "t.xml", zone(zone_name), NULL, NULL, &c, &why) != OK)
		fail_msg("%s", why.text);
	return c;
}

static enum err parse_bad(const void *text, size_t len, struct said *said, struct problem *why)
{
	struct customers *c = NULL;
	*said = (struct said){ 0 };
	*why = (struct problem){ 0 };
	enum err e = customers_parse(text, len, "t.xml", zone("UTC"), say, said, &c, why);
	assert_null(c);
	assert_int_not_equal(e, OK);
	assert_true(said->n > 0);
	assert_string_not_equal(why->text, "");
	return e;
}

/* -- the version ----------------------------------------------------------------------------- */

static void version_of(const char *text, const char *zone_name, char ret[65])
{
	struct customers *c = parse(text, strlen(text), zone_name);
	snprintf(ret, 65, "%s", customers_digest(c));
	assert_int_equal(strlen(ret), 64);
	customers_free(c);
}

#define C1                                                                                         \
	"<customer id='1' name='A'><mac address='02:00:00:00:00:01'/><cidr address='10.0.0.0' "    \
	"bits='8'/></customer>"
#define C1_TURNED                                                                                  \
	"<customer name='A' id='1'><cidr bits='8' address='10.0.0.0'/><mac "                       \
	"address='0200.0000.0001'/></customer>"
#define C2 "<customer id='2'><port agent='10.0.0.1' ifName='e1' from='2026-01-01'/></customer>"

static void the_version_is_what_is_said_and_not_how(void **state)
{
	(void)state;
	char a[65], b[65];
	version_of("<customers>" C1 C2 "</customers>", "UTC", a);
	version_of("<?xml version='1.0'?>\n<customers>\n<!-- -->" C2 "\n\n" C1_TURNED
		   "</customers>",
		   "UTC", b);
	assert_string_equal(a, b);
	version_of("<customers/>", "UTC", b);
	assert_string_not_equal(a, b);
}

static void every_change_is_a_new_version(void **state)
{
	(void)state;
	static const char *const changed[] = {
		"<customer id='3' name='A'><port agent='10.0.0.1' ifName='e1' "
		"from='2026-01-01'/></customer>",
		"<customer id='2' name='B'><port agent='10.0.0.1' ifName='e1' "
		"from='2026-01-01'/></customer>",
		"<customer id='2' parent='1'><port agent='10.0.0.1' ifName='e1' "
		"from='2026-01-01'/></customer>",
		"<customer id='2'><port agent='10.0.0.2' ifName='e1' "
		"from='2026-01-01'/></customer>",
		"<customer id='2'><port agent='10.0.0.1' ifName='e2' "
		"from='2026-01-01'/></customer>",
		"<customer id='2'><port agent='10.0.0.1' ifIndex='1' "
		"from='2026-01-01'/></customer>",
		"<customer id='2'><port agent='10.0.0.1' ifName='e1' "
		"from='2026-01-02'/></customer>",
		"<customer id='2'><port agent='10.0.0.1' ifName='e1' to='2026-01-01'/></customer>",
		"<customer id='2'><port agent='10.0.0.1' ifName='e1'/></customer>",
		"<customer id='2'/>",
	};
	char seen[COUNT_OF(changed) + 1][65], text[1024];
	version_of("<customers>" C1 C2 "</customers>", "UTC", seen[0]);
	for (size_t i = 0; i < COUNT_OF(changed); i++) {
		snprintf(text, sizeof(text), "<customers>" C1 "%s</customers>", changed[i]);
		version_of(text, "UTC", seen[i + 1]);
		for (size_t k = 0; k <= i; k++)
			assert_string_not_equal(seen[k], seen[i + 1]);
	}
	version_of("<customers>" C1 C2 "</customers>", "Europe/Zurich", text);
	assert_string_not_equal(text, seen[0]); /* local dates are other instants there */
}

static void the_version_does_not_change_with_the_program(void **state)
{
	(void)state;
	char a[65];
	/* sha256 of "weir customers 1\ncustomer 1:1 1:A 0:\ncidr 10.0.0.0/8 - 0: 0 - -\n"
	 * "mac 02:00:00:00:00:01 - -\n" */
	version_of("<customers>" C1 "</customers>", "UTC", a);
	assert_string_equal(a, "0b586a75c0b2dfde6116bcf9b79e64f91d946ff333d160d9d0e546b034c33589");
}

/* -- encodings -------------------------------------------------------------------------------- */

static void other_encodings_are_read(void **state)
{
	(void)state;
	static const char latin1[] =
		"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<customers><customer id=\"1\" "
		"name=\"Zo\xeb\"/></customers>";
	static const char bom[] =
		"\xef\xbb\xbf<customers><customer id=\"1\" name=\"Zo\xc3\xab\"/></customers>";
	static const char text[] =
		"<?xml version=\"1.0\" encoding=\"UTF-16\"?><customers><customer id=\"1\" "
		"name=\"Zo?\"/></customers>";
	char utf16[2 + 2 * sizeof(text)] = "\xff\xfe";
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		utf16[2 + 2 * i] =
			text[i] == '?' && i > 5 && text[i + 1] == '"' ? (char)0xeb : text[i];
		utf16[3 + 2 * i] = 0;
	}
	const struct {
		const char *text;
		size_t len;
	} forms[] = {
		{ latin1, sizeof(latin1) - 1 },
		{ bom, sizeof(bom) - 1 },
		{ utf16, 2 * sizeof(text) },
	};
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct customers *c = parse(forms[i].text, forms[i].len, "UTC");
		assert_string_equal(customers_find(c, "1", 1)->name, "Zo\xc3\xab");
		customers_free(c);
	}
	struct said said;
	struct problem why;
	static const char lie[] = "<customers><customer id=\"1\" name=\"Zo\xeb\"/></customers>";
	assert_int_equal(parse_bad(lie, sizeof(lie) - 1, &said, &why), E_SYNTAX);
	assert_non_null(strstr(why.text, "t.xml:1:"));
	static const char half[] = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>x";
	parse_bad(half, sizeof(half) - 1, &said, &why);
}

/* -- limits ----------------------------------------------------------------------------------- */

static void put_many(struct buf *b, const char *what, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_text(b, what);
}

static void what_a_stranger_can_grow_has_an_end(void **state)
{
	(void)state;
	struct said said;
	struct problem why;
	struct buf b = { 0 };

	put_many(&b, "<customers>", 1000); /* depth */
	parse_bad(b.data, b.len, &said, &why);
	buf_reset(&b);

	buf_text(&b, "<customers><customer id='1' ");
	for (int i = 0; i < 20000; i++) /* one tag */
		buf_printf(&b, "a%d='' ", i);
	buf_text(&b, "/></customers>");
	assert_int_equal(parse_bad(b.data, b.len, &said, &why), E_SYNTAX);
	assert_string_equal(
		why.text,
		"t.xml:1:12: a tag of more than 65536 bytes: is a quote or a \">\" missing?");
	buf_reset(&b);

	buf_text(&b, "<customers>"); /* errors: all are said, up to a hundred */
	put_many(&b, "<zap/>", 50);
	buf_text(&b, "</customers>");
	parse_bad(b.data, b.len, &said, &why);
	assert_int_equal(said.n, 50);
	b.len -= strlen("</customers>");
	put_many(&b, "<zap/>", 100000);
	buf_text(&b, "</customers>");
	parse_bad(b.data, b.len, &said, &why);
	assert_int_equal(said.n, 101);
	assert_non_null(strstr(said.last, "too many errors"));
	assert_string_equal(why.text,
			    "t.xml:1:12: unknown element \"zap\" in customers: wanted customer");
	buf_free(&b);

	uint8_t *big = mem_new0(65, 1 << 20); /* bytes */
	assert_non_null(big);
	assert_int_equal(parse_bad(big, ((size_t)64 << 20) + 1, &said, &why), E_LIMIT);
	assert_string_equal(why.text, "t.xml:1:1: larger than 64 MB");
	mem_free(big);
}

/* Ten thousand customers with the same private block on a port of their own, a block, MACs,
 * and ports with dates: what a large provider has. */
static void put_provider(struct buf *b, unsigned customers)
{
	buf_text(b, "<customers>\n");
	for (unsigned i = 0; i < customers; i++) {
		unsigned agent = i / 40, port = i % 40;
		buf_printf(b, "<customer id=\"%u\" name=\"Customer &amp; Sons %u\">\n", i, i);
		for (unsigned k = 0; k < 4; k++)
			buf_printf(b,
				   " <port agent=\"10.1.%u.%u\" ifName=\"ge-%u/%u\" "
				   "from=\"2026-01-%02u\"/>\n",
				   agent >> 8, agent & 255, port, k, 1 + i % 28);
		buf_printf(b,
			   " <mac address=\"02:00:%02x:%02x:00:01\" to=\"2027-01-01T00:00Z\"/>\n",
			   i >> 8, i & 255);
		buf_printf(b, " <cidr address=\"20.%u.%u.0\" bits=\"26\"/>\n", i >> 8, i & 255);
		buf_printf(b, " <cidr address=\"2001:db8:%x::\" bits=\"48\" to=\"2026-07-01\"/>\n",
			   i);
		buf_printf(b,
			   " <cidr address=\"192.168.1.0\" bits=\"24\" agent=\"10.1.%u.%u\" "
			   "ifName=\"ge-%u/0\"/>\n</customer>\n",
			   agent >> 8, agent & 255, port);
	}
	buf_text(b, "</customers>\n");
}

static void ten_thousand_customers_are_read_in_a_second(void **state)
{
	(void)state;
	struct buf b = { 0 };
	put_provider(&b, 10000);
	usec_t started = clock_cpu();
	struct customers *c = parse(b.data, b.len, "Europe/Zurich");
	usec_t took = clock_cpu() - started;
	print_message("# %zu bytes, 80000 things: %lld ms\n", b.len, (long long)(took / 1000));
	assert_int_equal(customers_count(c), 10000);
	assert_string_equal(customers_at(c, 9999)->id, "9999");
	assert_int_equal(customers_find(c, "4711", 4)->nport, 4);
	assert_null(customers_find(c, "4711 ", 5));
	assert_null(customers_at(c, 10000));
#ifdef __SANITIZE_ADDRESS__
	assert_true(took < 10 * USEC_PER_SEC);
#else
	assert_true(took < USEC_PER_SEC);
#endif
	customers_free(c);
	buf_free(&b);
}

/* All of them claim the same: no square of comparisons before the hundred errors are full. */
static void hostile_overlaps_end_too(void **state)
{
	(void)state;
	struct said said;
	struct problem why;
	struct buf b = { 0 };
	buf_text(&b, "<customers><customer id=\"top\"/>");
	for (unsigned i = 0; i < 20000; i++)
		buf_printf(
			&b,
			"<customer id=\"%u\"%s><cidr address=\"10.0.0.0\" bits=\"8\"/></customer>",
			i, i % 2 ? "" : " parent=\"top\"");
	buf_text(&b, "</customers>");
	usec_t started = clock_cpu();
	assert_int_equal(parse_bad(b.data, b.len, &said, &why), E_SYNTAX);
	assert_true(clock_cpu() - started < 10 * USEC_PER_SEC);
	assert_int_equal(said.n, 101);
	buf_free(&b);
}

/* Whoever owns something has everybody above own it, too: a chain of resellers has an end. */
static void resellers_are_so_many_above_each_other(void **state)
{
	(void)state;
	static const struct {
		unsigned above; /* the first customer */
		size_t wrong;
	} cases[] = { { 17, 1 }, { 18, 2 }, { 5000, 101 } };
	for (size_t k = 0; k < COUNT_OF(cases); k++) {
		struct said said;
		struct problem why;
		struct buf b = { 0 };
		buf_text(&b, "<customers>");
		for (unsigned i = 0; i < cases[k].above; i++)
			buf_printf(&b, "<customer id=\"%u\" parent=\"%u\"/>", i, i + 1);
		buf_printf(&b, "<customer id=\"%u\"/></customers>", cases[k].above);
		assert_int_equal(parse_bad(b.data, b.len, &said, &why), E_SYNTAX);
		assert_int_equal(said.n, cases[k].wrong);
		assert_string_equal(why.text, "t.xml:1:12: customer \"0\" has more than 16 resellers above it");
		buf_free(&b);
	}
	struct buf b = { 0 };
	buf_text(&b, "<customers><customer id=\"16\"/>");
	for (unsigned i = 0; i < 16; i++)
		buf_printf(&b, "<customer id=\"%u\" parent=\"%u\"/>", i, i + 1);
	buf_text(&b, "</customers>");
	customers_free(parse(b.data, b.len, "UTC"));
	buf_free(&b);
}

/* -- against the model ----------------------------------------------------------------------- */

static void collect(void *arg, unsigned line, unsigned column, const char *text)
{
	buf_printf(arg, "%u:%u: %s\n", line, column, text);
}

static void ports_are_held_against_the_model(void **state)
{
	(void)state;
	static const char text[] =
		"<customers>\n"
		"<customer id='1'><port agent='10.0.0.1' ifName='e1'/><port agent='10.0.0.1' "
		"ifName='e9'/></customer>\n"
		"<customer id='2'><port agent='10.0.0.1' ifIndex='1'/><port agent='10.0.0.2' "
		"ifIndex='1'/></customer>\n"
		"<customer id='3' parent='1'><port agent='10.0.0.1' ifName='e1'/></customer>\n"
		"<customer id='4'><cidr address='10.0.0.0' bits='8' agent='10.0.0.1' "
		"ifName='e2'/></customer>\n"
		"<customer id='5'><cidr address='10.1.0.0' bits='16' agent='10.0.0.1' "
		"ifIndex='2'/></customer>\n"
		"<customer id='6'><cidr address='11.0.0.0' bits='8' agent='10.0.0.1' "
		"ifIndex='2'/></customer>\n"
		"<customer id='7'><cidr address='10.0.0.0' bits='8' agent='10.0.0.1' "
		"ifName='e1'/></customer>\n"
		"</customers>";
	struct model *m;
	struct buf said = { 0 };
	size_t n = 0;
	assert_int_equal(model_new(&m), OK);
	for (uint32_t i = 1; i <= 2; i++) {
		const struct iface_note note = { .agent = addr_v4(0x0a000001),
						 .ifindex = i,
						 .name = i == 1 ? "e1" : "e2" };
		assert_int_equal(model_note(m, &note), OK);
	}
	struct customers *c = parse(text, strlen(text), "UTC");
	assert_int_equal(customers_check_ports(c, m, collect, &said, &n), OK);
	assert_int_equal(n, 5);
	const char *got = buf_str(&said);
	static const char *const want[] = {
		"2:54: port 10.0.0.1>e9 has not been seen\n",
		"3:54: port 10.0.0.2>1 has not been seen\n",
		"3:18: port 10.0.0.1>1 (e1) is owned twice: here by \"2\" and in line 2 by \"1\"\n",
		"4:29: port 10.0.0.1>1 (e1) is owned twice: here by \"3\" and in line 3 by \"2\"\n",
		("6:18: a block on port 10.0.0.1>2 (e2) is owned twice: here by \"5\" and in line 5 "
		 "by \"4\"\n"),
	};
	for (size_t i = 0; i < COUNT_OF(want); i++)
		if (!strstr(got, want[i]))
			fail_msg("not said: %sbut:\n%s", want[i], got);
	buf_free(&said);
	customers_free(c);
	model_free(m);
}

/* -- the door -----------------------------------------------------------------------------------
 */

static void a_file_is_loaded_or_said_why_not(void **state)
{
	(void)state;
	struct customers *c = NULL;
	struct problem why = { 0 };
	assert_int_equal(
		customers_load("/tmp/weir-no-such-file.xml", zone("UTC"), NULL, NULL, &c, &why),
		E_IO);
	assert_string_equal(why.text, "/tmp/weir-no-such-file.xml: No such file or directory");
	assert_int_equal(
		customers_load("http://127.0.0.1:1/c.xml", zone("UTC"), NULL, NULL, &c, &why),
		E_IO);
	assert_string_equal(why.text, "cannot fetch http://127.0.0.1:1/c.xml: connection refused");
	char path[] = "/tmp/weir-mapping.XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	assert_non_null(f);
	fputs("<customers><customer id='7'/></customers>", f);
	fclose(f);
	assert_int_equal(customers_load(path, zone("UTC"), NULL, NULL, &c, &why), OK);
	assert_non_null(customers_find(c, "7", 1));
	customers_free(c);
	remove(path);
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	struct buf b = { 0 };
	put_provider(&b, 5);
	const struct zone *z = zone("UTC");
	for (long n = 0;; n++) {
		struct customers *c = NULL;
		struct problem why = { 0 };
		mem_fail_at(n);
		enum err e = customers_parse(b.data, b.len, "t", z, NULL, NULL, &c, &why);
		mem_fail_at(-1);
		customers_free(c);
		if (e == OK)
			break;
		assert_int_equal(e, E_NOMEM);
		assert_null(c);
		assert_string_equal(why.text, "t: out of memory");
	}
	buf_free(&b);
}

UNIT_MAIN(cmocka_unit_test(the_version_is_what_is_said_and_not_how),
	  cmocka_unit_test(every_change_is_a_new_version),
	  cmocka_unit_test(the_version_does_not_change_with_the_program),
	  cmocka_unit_test(other_encodings_are_read),
	  cmocka_unit_test(what_a_stranger_can_grow_has_an_end),
	  cmocka_unit_test(ten_thousand_customers_are_read_in_a_second),
	  cmocka_unit_test(hostile_overlaps_end_too),
	  cmocka_unit_test(resellers_are_so_many_above_each_other),
	  cmocka_unit_test(ports_are_held_against_the_model),
	  cmocka_unit_test(a_file_is_loaded_or_said_why_not),
	  cmocka_unit_test(every_allocation_may_fail))
