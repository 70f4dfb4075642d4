/* Zones as text: a document, then what it must become; tests/text/zones/NAME.t
 *
 *	# comment                             only before a document
 *	zones: ...      or <network> ...
 *	----
 *	LINE:COLUMN: MESSAGE                  every error, in order; or, of a good document:
 *	FIRST-LAST PATH SUBNET                the ranges
 *	boundary AGENT>PORT
 *	agent ADDRESS PATH                    of the addresses on lines "!agent ADDRESS"
 *	at ADDRESS PATH                       of those on lines "!at ADDRESS"
 *	==== */
#include "base/file.h"
#include "flow/value.h"
#include "model/zones.h"
#include "unit.h"

#include <glob.h>

static void say(void *arg, unsigned line, unsigned column, const char *text)
{
	buf_printf(arg, "%u:%u: %s\n", line, column, text);
}

static void put_zones(const struct zones *z, struct buf *out)
{
	char lo[ADDR_TEXT], hi[ADDR_TEXT], subnet[ADDR_TEXT + 4];
	size_t n;
	const struct zone_range *r = zones_ranges(z, &n);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s-%s %s %s\n", addr_format(&r[i].lo, lo), addr_format(&r[i].hi, hi), zones_name(z, r[i].name)->path,
			   prefix_format(&r[i].subnet, subnet));
	const struct zone_port *p = zones_boundary(z, &n);
	for (size_t i = 0; i < n; i++)
		if (p[i].ifname)
			buf_printf(out, "boundary %s>%s\n", addr_format(&p[i].agent, lo), p[i].ifname);
		else
			buf_printf(out, "boundary %s>%u\n", addr_format(&p[i].agent, lo), p[i].ifindex);
}

/* Lines "!at" and "!agent" are asked of the zones; the rest is the document. */
static void run(char *document, struct buf *out)
{
	struct zones *z = NULL;
	struct problem why = { 0 };
	char *ask = document;
	while (*document == '!')
		document = strchr(document, '\n') + 1;
	enum err e = zones_parse(document, strlen(document), "t", say, out, &z, &why);
	if (e != OK && (!out->len || !why.text[0] || z))
		buf_printf(out, "refused without a word: %s\n", err_text(e));
	if (z)
		put_zones(z, out);
	for (; z && ask < document; ask = strchr(ask, '\n') + 1) {
		struct addr a;
		size_t word = strcspn(ask, " "), len = strcspn(ask + word + 1, "\n");
		assert_true(addr_parse(ask + word + 1, len, &a));
		const struct zone_range *r = zones_find(z, &a);
		uint32_t name = ask[1] == 'a' && ask[2] == 't' ? (r ? r->name : 0) : zones_agent(z, &a);
		buf_printf(out, "%.*s %s\n", (int)(word + len), ask + 1, zones_name(z, name)->path);
	}
	zones_free(z);
}

static void check(const char *file, char *text)
{
	unsigned cases = 0;
	for (char *at = text, *next; at && *at; at = next) {
		char *end = strstr(at, "====\n"), *wants = strstr(at, "----\n");
		struct buf out = { 0 };
		next = end ? end + 5 : NULL;
		if (end)
			*end = 0;
		if (!wants)
			fail_msg("%s: a case without ----", file);
		*wants = 0;
		while (*at == '#' || *at == '\n')
			at = strchr(at, '\n') + 1;
		run(at, &out);
		if (!STREQ(buf_str(&out), wants + 5))
			fail_msg("%s:\n%s\ngave:\n%s\nwanted:\n%s", file, at, buf_str(&out), wants + 5);
		buf_free(&out);
		cases++;
	}
	assert_true(cases);
}

static void test_text(void **state)
{
	(void)state;
	glob_t g;
	assert_int_equal(glob("tests/text/zones/*.t", 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct buf b = { 0 };
		assert_int_equal(file_read(g.gl_pathv[i], &b), OK);
		buf_u8(&b, 0);
		assert_int_equal(b.bad, OK);
		check(g.gl_pathv[i], (char *)b.data);
		buf_free(&b);
	}
	globfree(&g);
}

/* Every prefix of a good document is read or refused. */
static void test_cut(void **state)
{
	(void)state;
	static const char *const good[] = {
		"boundary: [10.0.0.1>1]\nzones:\n- name: a\n  cidrs: [10.0.0.0/8]\n  groups: [{name: b, cidrs: [10.1.0.0/16]}]\n",
		"<network><boundary agent=\"10.0.0.1\" ifIndex=\"1\"/><zone name=\"a\"><cidr address=\"10.0.0.0\" bits=\"8\"/>"
		"<group name=\"b\"><agent address=\"10.0.0.1\"/></group></zone></network>",
	};
	for (size_t k = 0; k < COUNT_OF(good); k++)
		for (size_t len = 0; len <= strlen(good[k]); len++) {
			struct zones *z = NULL;
			struct problem why = { 0 };
			enum err e = zones_parse(good[k], len, "t", NULL, NULL, &z, &why);
			assert_true(e == OK || (e == E_SYNTAX && !z && why.text[0]));
			zones_free(z);
		}
}

/* Text without order: what is said again in another place is no change. */
static void what_differs_is_counted(void **state)
{
	(void)state;
	static const char *const text[] = {
		NULL,
		"zones:\n- {name: a, cidrs: [10.0.0.0/8, 10.1.0.0/16], agents: [10.0.0.1]}\n- {name: b}\nboundary: [10.0.0.1>1]\n",
		"boundary: [10.0.0.1>1]\nzones:\n- {name: b}\n- {name: a, agents: [10.0.0.1], cidrs: [10.1.0.0/16, 10.0.0.0/8]}\n",
		"zones:\n- {name: a, cidrs: [10.0.0.0/8], agents: [10.0.0.1-10.0.0.2]}\n- {name: b, cidrs: [10.1.0.0/16]}\nboundary: [10.0.0.1>e1]\n",
	};
	static const struct {
		size_t before, after, fresh, gone;
	} cases[] = { { 0, 0, 0, 0 }, { 1, 1, 0, 0 }, { 1, 2, 0, 0 }, { 0, 1, 6, 0 }, { 1, 0, 0, 6 }, { 1, 3, 3, 3 }, { 3, 2, 3, 3 } };
	struct zones *z[COUNT_OF(text)] = { NULL };
	struct problem why = { 0 };
	for (size_t i = 1; i < COUNT_OF(text); i++)
		if (zones_parse(text[i], strlen(text[i]), "t", NULL, NULL, &z[i], &why) != OK)
			fail_msg("%s", why.text);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct zones_changes got;
		assert_int_equal(zones_compare(z[cases[i].before], z[cases[i].after], &got), OK);
		if (got.fresh != cases[i].fresh || got.gone != cases[i].gone)
			fail_msg("%zu to %zu: %zu new, %zu gone", cases[i].before, cases[i].after, got.fresh, got.gone);
	}
	for (size_t i = 0; i < COUNT_OF(text); i++)
		zones_free(z[i]);
}

UNIT_MAIN(cmocka_unit_test(test_text), cmocka_unit_test(test_cut), cmocka_unit_test(what_differs_is_counted))
