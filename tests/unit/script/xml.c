/* The tree without an engine (parsing, its ceilings, failing allocations), and with one whose collector
 * runs as often as it can: wrappers come and go, the nodes behind them must not. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "script/engine.h"
#include "script/xml.h"

static struct xml_world w;

static int start(void **state _unused_)
{
	xml_world_init(&w);
	return w.empty ? 0 : -1;
}

static int stop(void **state _unused_)
{
	size_t left = w.nodes;
	xml_world_free(&w);
	return left ? -1 : 0; /* every test gave back what it made */
}

static enum err parse(const char *text, struct xml_list *l, struct problem *why)
{
	list_init(l);
	return xml_parse(&w, text, strlen(text), l, why);
}

static void round_trip(const char *text, const char *want)
{
	struct xml_list l;
	struct problem why = { 0 };
	struct buf out = { 0 };
	if (parse(text, &l, &why) != OK)
		buf_printf(&out, "!%s", why.text);
	else
		list_markup(&w, &l, &out);
	assert_string_equal(buf_str(&out), want);
	buf_free(&out);
	list_free(&w, &l);
}

static void parses_and_writes(void **state _unused_)
{
	w.set.pretty = false;
	round_trip("<a b='1'><c/>t</a>", "<a b=\"1\"><c/>t</a>");
	round_trip("<?xml version='1.0' encoding='latin1'?>\n<a/>", "<a/>");
	round_trip("\xef\xbb\xbf<a/>", "<a/>");
	round_trip("<a/><b/>x", "<a/><b/>x");
	round_trip("", "");
	round_trip("<a>&#233;&lt;&amp;</a>", "<a>\xc3\xa9&lt;&amp;</a>");
	round_trip("<a b='&amp;&#10;'/>", "<a b=\"&amp;&#xA;\"/>");
	round_trip("<p:a xmlns:p='u' p:b='c'><p:d xmlns:p='v'/></p:a>",
		   "<p:a xmlns:p=\"u\" p:b=\"c\"><p:d xmlns:p=\"v\"/></p:a>");
	round_trip("<a xmlns='u'><b xmlns=''/></a>", "<a xmlns=\"u\"><b xmlns=\"\"/></a>");
	w.set = XML_DEFAULTS;
}

static void refusals(void **state _unused_)
{
	static const char *const rows[] = {
		"<a>",
		"<a></b>",
		"</a>",
		"<a b='1' b='2'/>",
		"<a>&nothing;</a>",
		"<!DOCTYPE a><a/>",
		"<a>\x01</a>",
		"<p:a/>",
		"<a/></x><x>",
		"<a b=1/>",
		"<a><![CDATA[</a>",
		"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
		"<a \xff='1'/>",
		"<1/>",
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct xml_list l;
		struct problem why = { 0 };
		assert_int_equal(parse(rows[i], &l, &why), E_SYNTAX);
		assert_int_equal(strncmp(why.text, "line ", 5), 0);
		assert_int_equal(l.n, 0);
	}
}

static void depth_has_a_ceiling(void **state _unused_)
{
	for (int extra = 0; extra < 2; extra++) {
		struct buf text = { 0 };
		struct xml_list l;
		struct problem why = { 0 };
		for (int i = 0; i < XML_MAX_DEPTH + extra; i++)
			buf_text(&text, "<a>");
		for (int i = 0; i < XML_MAX_DEPTH + extra; i++)
			buf_text(&text, "</a>");
		assert_int_equal(parse(buf_str(&text), &l, &why), extra ? E_LIMIT : OK);
		list_free(&w, &l);
		buf_free(&text);
	}
}

/* A chain built by hand may be deeper than a document: copying and writing refuse it, freeing does not recurse. */
static void what_is_too_deep_is_refused(void **state _unused_)
{
	struct xml *n = xml_new(&w, XML_ELEMENT, xml_atom(&w, "a", 1), w.empty, NULL);
	for (int i = 0; i < 200000; i++) {
		struct xml *outer = xml_new(&w, XML_ELEMENT, n->local, w.empty, NULL);
		assert_true(xml_insert(&w, outer, 0, n));
		n = outer;
	}
	struct buf out = { 0 };
	assert_false(xml_markup(&w, n, &out));
	assert_null(xml_copy(&w, n));
	buf_free(&out);
	xml_hold(n);
	xml_release(&w, n);
}

static void a_held_node_keeps_its_tree(void **state _unused_)
{
	struct xml_list l;
	struct problem why = { 0 };
	assert_int_equal(parse("<a><b><c/></b><d/></a>", &l, &why), OK);
	struct xml *a = l.item[0], *b = a->kid[0], *c = b->kid[0];
	xml_hold(c);
	list_free(&w, &l);
	assert_ptr_equal(c->parent->parent, a); /* still there */
	xml_detach(&w, b);                      /* a is held by nothing now, and gone */
	assert_null(b->parent);
	assert_ptr_equal(c->parent, b);
	xml_release(&w, c);
	assert_int_equal(w.nodes, 0);
}

static void memory_may_run_out(void **state _unused_)
{
	static const char text[] = "<a x='1' xmlns:p='u'><p:b>t</p:b><c/>u</a><d/><e/>";
	enum err e = E_NOMEM;
	for (long n = 0; e != OK && n < 500; n++) {
		struct xml_list l;
		struct problem why = { 0 };
		mem_fail_at(n);
		e = parse(text, &l, &why);
		mem_fail_at(-1);
		assert_true(e == OK || e == E_NOMEM);
		list_free(&w, &l);
		assert_int_equal(w.nodes, 0);
	}
	assert_int_equal(e, OK);
}

static void every_prefix_is_read_or_refused(void **state _unused_)
{
	static const char text[] = "<?xml version='1.0'?><a x=\"&lt;\" xmlns:p='u'><!-- c "
				   "--><p:b>t&#65;</p:b><![CDATA[x]]><?p i?></a>";
	for (size_t n = 0; n <= strlen(text); n++) {
		struct xml_list l;
		struct problem why = { 0 };
		char *exact = malloc(n ? n : 1);
		memcpy(exact, text, n);
		list_init(&l);
		enum err e = xml_parse(&w, exact, n, &l, &why);
		assert_true(e == OK || e == E_SYNTAX);
		list_free(&w, &l);
		free(exact);
	}
}

static void names(void **state _unused_)
{
	static const struct {
		const char *name;
		bool is;
	} row[] = {
		{ "a", true },   { "_", true },     { "a-1.b", true },        { "\xc3\xa9", true },
		{ "", false },   { "1", false },    { "a:b", false },         { "a b", false },
		{ "-a", false }, { "\xff", false }, { "\xe2\x82\xac", false }
	};
	for (size_t i = 0; i < COUNT_OF(row); i++)
		assert_int_equal(xml_is_name(row[i].name, strlen(row[i].name)), row[i].is);
}

/* -- with an engine -- */

static void run(struct engine *e, const char *text, size_t len, const char *name)
{
	struct script_error error;
	if (!engine_run(e, text, len, name, &error)) {
		print_message("# %s:%u:%u: %s\n", error.file, error.line, error.column,
			      error.message);
		fail();
	}
}

static const char churn[] =
	"var keep = [], wrappers = [];\n"
	"for (var r = 0; r < 12; r++) {\n"
	"	var x = XML('<r>' + new Array(20).join('<c id=\"7\"><p a=\"1\">t</p></c>') + "
	"'</r>');\n"
	"	for each (var c in x..c) for each (var p in c.p) {\n"
	"		p.@a = p.@a + 'b'; c.q.s = p; delete c.p; keep.push(c.q[0]);\n"
	"		if (keep.length > 40) keep.shift();\n"
	"	}\n"
	"	var k = x.c.(@id == 7 && q.length() == 1).q;\n"
	"	if (k.length() != 19) throw new Error('filter');\n"
	"	k[0].parent().appendChild(k[0].copy()); x.c += <z>{k}</z>;\n"
	"	for each (var old in keep) {\n"
	"		if (old.p != 't' || old.parent() == null) throw new Error('lost ' + old);\n"
	"		if (old.p[0] !== old.p[0] || old.parent().q[0] !== old) throw new "
	"Error('two of one');\n"
	"	}\n"
	"}\n";

static void survives_the_collector(void **state _unused_)
{
	const struct engine_options opt = { .e4x = true };
	struct engine *e;
	setenv("JSC_collectContinuously", "1", 1);
	setenv("JSC_slowPathAllocsBetweenGCs", "20", 1);
	engine_prepare();
	assert_int_equal(engine_new(&opt, &e), OK);
	run(e, churn, strlen(churn), "churn");
	engine_free(e);
	unsetenv("JSC_collectContinuously");
	unsetenv("JSC_slowPathAllocsBetweenGCs");
}

/* The two scripts of the tutorial, as they are, with the host's objects played by JavaScript. */
static const char stage[] =
	"var done = [], host = this;\n"
	"function println(t) { done.push('line ' + t) }\n"
	"function readurl(u) { return host[u.replace(/.*customers-(.*).xml/, '$1')] }\n"
	"function writefile(f, d) { done.push('file ' + f + ' ' + d) }\n"
	"var Network = { current() { return { path: '', interfaceId() { return "
	"/A4/.test(this.path) ? null : String(this.path).replace('ethernet', '') } } } };\n"
	"var Query = {\n"
	"	topN(...a) { done.push('top ' + a[2]); return { run() { return { printHTML() { "
	"done.push('html') } } } } },\n"
	"	trend(...a) { done.push('trend ' + a[2]); return { run() { return { start: 1, end: "
	"2, pivotTime() {\n"
	"		return { ncols: 3, cnames: ['time', '10.0.0.1>5', '10.0.0.1>6'], column(c) "
	"{ return [c] } } } } } } },\n"
	"};\n"
	"class Table { constructor() { this.c = [] } addColumn(n) { this.c.push(n) } }\n"
	"var Chart = { multiSeries(k, title, t) { return { png() { return [title, t.c, this.width, "
	"this.height].join() } } } };\n"
	"var customerid = '1001', target = '192.0.2.1';\n";

static bool load(struct engine *e, const char *name, struct buf *out)
{
	const char *shared = getenv("SHARED");
	char path[4096];
	(void)e;
	snprintf(path, sizeof(path), "%s/seed/%s", shared ? shared : "../shared", name);
	return file_read(path, out) == OK;
}

static void seed_scripts_run_unmodified(void **state _unused_)
{
	static const struct {
		const char *script, *xml, *global, *want;
	} row[] = {
		{ "connections.txt", "customers-cidrs.xml", "cidrs", NULL },
		{ "trends.txt", "customers-ports.xml", "ports",
		  "trend interface=10.0.0.1>5,10.0.0.1>6\n"
		  "file /var/www/html/customers/1001/10.0.0.1-ethernet5.png "
		  "Interface:1,time,In,Out,400,200\n"
		  "file /var/www/html/customers/1001/10.0.0.1-ethernet6.png "
		  "Interface:2,time,In,Out,400,200\n"
		  "line cannot find interface, agent=10.0.0.4 ifName=A4" },
	};
	for (size_t i = 0; i < COUNT_OF(row); i++) {
		const struct engine_options opt = { .e4x = true };
		struct buf script = { 0 }, xml = { 0 }, got = { 0 };
		struct engine *e;
		engine_prepare();
		assert_int_equal(engine_new(&opt, &e), OK);
		if (!load(e, row[i].script, &script) || !load(e, row[i].xml, &xml)) {
			engine_free(e);
			buf_free(&script);
			skip();
		}
		run(e, stage, strlen(stage), "stage");
		assert_true(engine_global(e, row[i].global,
					  val_string(e, (const char *)xml.data, xml.len), false));
		run(e, (const char *)script.data, script.len, row[i].script);
		static const char end[] = "done = done.join('\\n')";
		run(e, end, strlen(end), "end");
		assert_true(val_to_text(e, val_get(e, val_global(e), "done"), &got));
		if (row[i].want)
			assert_string_equal(buf_str(&got), row[i].want);
		else
			assert_int_equal(strncmp(buf_str(&got), "top (ipsource=", 14), 0);
		engine_free(e);
		buf_free(&script);
		buf_free(&xml);
		buf_free(&got);
	}
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(parses_and_writes, start, stop),
	  cmocka_unit_test_setup_teardown(refusals, start, stop),
	  cmocka_unit_test_setup_teardown(depth_has_a_ceiling, start, stop),
	  cmocka_unit_test_setup_teardown(what_is_too_deep_is_refused, start, stop),
	  cmocka_unit_test_setup_teardown(a_held_node_keeps_its_tree, start, stop),
	  cmocka_unit_test_setup_teardown(memory_may_run_out, start, stop),
	  cmocka_unit_test_setup_teardown(every_prefix_is_read_or_refused, start, stop),
	  cmocka_unit_test_setup_teardown(names, start, stop),
	  cmocka_unit_test(seed_scripts_run_unmodified), cmocka_unit_test(survives_the_collector))
