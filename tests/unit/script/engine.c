/* The engine behind engine.h: values there and back, calls, classes, errors with their places,
 * limits.  One engine for the whole program, as the header says. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "script/engine.h"

static struct engine *e;
static struct script_error err;
static char printed[8192];
static int boxes_alive;

static const struct val *fn_print(struct call *c)
{
	struct buf b = { .ceiling = 4096 };
	for (size_t i = 0; i < c->n; i++)
		if (!val_to_text(c->e, c->arg[i], &b)) {
			buf_free(&b);
			return NULL;
		}
	strncat(printed, buf_str(&b), sizeof(printed) - strlen(printed) - 2);
	buf_free(&b);
	return val_undefined(c->e);
}

static const struct val *fn_fail(struct call *c)
{
	return throw_range(c->e, "%s is out of range", "n");
}

static const struct val *fn_forgetful(struct call *c _unused_)
{
	return NULL;
}

static const struct val *fn_where(struct call *c)
{
	char file[256], text[300];
	unsigned line = 0;
	if (!engine_where(c->e, file, &line))
		return val_null(c->e);
	snprintf(text, sizeof(text), "%s:%u", file, line);
	return val_string(c->e, text, strlen(text));
}

static const struct val *fn_exit(struct call *c)
{
	engine_exit(c->e, 7);
	return NULL;
}

static const struct val *fn_kind(struct call *c)
{
	return val_number(c->e, val_kind(c->e, c->arg[0]));
}

static const struct host_fn functions[] = {
	{ "print", fn_print, "", "" },         { "fail", fn_fail, "", "" },
	{ "forgetful", fn_forgetful, "", "" }, { "where", fn_where, "", "" },
	{ "exit", fn_exit, "", "" },           { "kind", fn_kind, "", "" },
};

/* -- a class -- */
struct box {
	double v;
};

static const struct host_class box_class;

static const struct val *box_construct(struct call *c)
{
	struct box *b = mem_new0(1, sizeof(*b));
	if (c->n && !val_to_number(c->e, c->arg[0], &b->v)) {
		mem_free(b);
		return NULL;
	}
	boxes_alive++;
	return object_new(c->e, &box_class, b);
}

static void box_finalize(void *data)
{
	boxes_alive--;
	mem_free(data);
}

static const struct val *box_get(struct call *c)
{
	return val_number(c->e, ((struct box *)c->data)->v);
}

static const struct val *box_set(struct call *c)
{
	return val_to_number(c->e, c->arg[0], &((struct box *)c->data)->v) ? val_undefined(c->e)
									   : NULL;
}

static const struct val *box_twice(struct call *c)
{
	return val_number(c->e, 2 * ((struct box *)c->data)->v);
}

static const struct val *box_iterate(struct call *c)
{
	const struct val *two[] = { val_number(c->e, 1), val_number(c->e, 2) };
	return val_array(c->e, two, 2);
}

static const struct val *box_of(struct call *c)
{
	return box_construct(c);
}

static const struct host_class box_class = {
	.name = "Box",
	.construct = box_construct,
	.methods = (const struct host_fn[]){ { "twice", box_twice, "", "" }, { 0 } },
	.statics = (const struct host_fn[]){ { "of", box_of, "n", "" }, { 0 } },
	.props = (const struct host_prop[]){ { "v", box_get, box_set, "" },
					     { "fixed", box_get, NULL, "" },
					     { 0 } },
	.finalize = box_finalize,
	.iterate = box_iterate,
	.help = "",
};

static const struct host_class sealed_class = { .name = "Sealed", .help = "" };

static bool run(const char *text)
{
	printed[0] = '\0';
	return engine_run(e, text, strlen(text), "t.js", &err);
}

/* Runs text, which prints; "!message" when it failed. */
#define PRINTS(text, want)                                                                         \
	do {                                                                                       \
		if (!run(text))                                                                    \
			snprintf(printed, sizeof(printed), "!%s", err.message);                    \
		assert_string_equal(printed, want);                                                \
	} while (0)

#define FAILS(text, want, at_line, at_column)                                                      \
	do {                                                                                       \
		assert_false(run(text));                                                           \
		assert_string_equal(err.message, want);                                            \
		assert_string_equal(err.file, "t.js");                                             \
		assert_int_equal(err.line, at_line);                                               \
		assert_int_equal(err.column, at_column);                                           \
	} while (0)

static void values(void **state _unused_)
{
	PRINTS("print(1.5, 'x', null, undefined, true, 'ä€😀')", "1.5xnullundefinedtrueä€😀");
	const struct val *s = val_string(e, "a\0\xffz", 4);
	struct buf b = { .ceiling = 1000 };
	assert_true(val_to_text(e, s, &b));
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.data, "a\0\xef\xbf\xbdz", 6);
	buf_free(&b);
	double d;
	assert_true(val_to_number(e, val_string(e, "12", 2), &d) && d == 12);
	assert_true(val_to_number(e, val_undefined(e), &d) && isnan(d));
	assert_true(val_to_bool(e, val_string(e, "a", 1)));
	assert_false(val_to_bool(e, val_number(e, 0)));
}

static void kinds(void **state _unused_)
{
	static const struct {
		const char *text;
		enum val_kind kind;
	} row[] = {
		{ "undefined", VAL_UNDEFINED },
		{ "null", VAL_NULL },
		{ "true", VAL_BOOL },
		{ "1", VAL_NUMBER },
		{ "'a'", VAL_STRING },
		{ "Symbol('a')", VAL_SYMBOL },
		{ "print", VAL_FUNCTION },
		{ "[]", VAL_ARRAY },
		{ "new Date()", VAL_DATE },
		{ "new Uint8Array(2)", VAL_BYTES },
		{ "new ArrayBuffer(2)", VAL_BYTES },
		{ "({})", VAL_OBJECT },
		{ "x => x", VAL_FUNCTION },
		{ "new Box()", VAL_OBJECT },
		{ "12n", VAL_NUMBER },
		{ "new Proxy({}, {})", VAL_OBJECT },
	};
	for (size_t i = 0; i < COUNT_OF(row); i++) {
		char text[100], want[20];
		snprintf(text, sizeof(text), "print(kind(%s))", row[i].text);
		snprintf(want, sizeof(want), "%d", row[i].kind);
		PRINTS(text, want);
	}
}

static void bytes(void **state _unused_)
{
	const uint8_t *p = NULL;
	size_t n = 0;
	const struct val *v = val_bytes(e, "\1\2\3", 3);
	assert_non_null(v);
	assert_true(val_get_bytes(e, v, &p, &n));
	assert_int_equal(n, 3);
	assert_memory_equal(p, "\1\2\3", 3);
	assert_true(run("var part = new Uint8Array([1, 2, 3, 4]).subarray(1, 3); var none = new "
			"Uint8Array(0); var buffer = part.buffer"));
	assert_true(val_get_bytes(e, val_get(e, val_global(e), "part"), &p, &n));
	assert_int_equal(n, 2);
	assert_memory_equal(p, "\2\3", 2);
	assert_true(val_get_bytes(e, val_get(e, val_global(e), "none"), &p, &n));
	assert_int_equal(n, 0);
	assert_true(val_get_bytes(e, val_get(e, val_global(e), "buffer"), &p, &n));
	assert_int_equal(n, 4);
	assert_false(val_get_bytes(e, val_number(e, 1), &p, &n));
}

static void objects_and_calls(void **state _unused_)
{
	const struct val *o = val_object(e);
	size_t n;
	assert_true(val_set(e, o, "a", val_number(e, 4)));
	assert_true(val_set_at(e, o, 3, val_number(e, 5)));
	assert_true(engine_global(e, "given", o, false));
	PRINTS("print(given.a, given[3]); given.f = function(x) { return this.a + x }", "45");
	const struct val *arg = val_number(e, 10);
	double d;
	assert_true(val_to_number(e, val_call(e, val_get(e, o, "f"), o, &arg, 1), &d) && d == 14);
	assert_true(run("var list = [1, 2, 3]"));
	assert_true(val_length(e, val_get(e, val_global(e), "list"), &n) && n == 3);
	assert_true(val_to_number(e, val_at(e, val_get(e, val_global(e), "list"), 1), &d) &&
		    d == 2);
}

static void classes(void **state _unused_)
{
	PRINTS("var b = new Box(3); print(b.v, b.twice(), b instanceof Box, ({}) instanceof Box, "
	       "[...b], Box.of(9).v)",
	       "36truefalse1,29");
	PRINTS("b.v = 5; print(b.v); for (const x of b) print('-', x)", "5-1-2");
	PRINTS("print(Object.prototype.toString.call(b), typeof Box, Box.name)",
	       "[object Box]functionBox");
	FAILS("if (b) b.fixed = 1", "TypeError: Box.fixed is read-only", 1, 8);
	FAILS("Box.prototype.twice.call({})", "TypeError: Box.twice: this is not a Box", 1, 21);
	FAILS("\n  Box(1)", "TypeError: Box is a class: use new Box(...)", 2, 3);
	FAILS("new Sealed()", "TypeError: Sealed cannot be made with new", 1, 5);
}

static void host_names_can_be_declared(void **state _unused_)
{
	PRINTS("Box.of = 3; Box.prototype.twice = 4; delete Box.of; "
	       "print(typeof Box.of, new Box(1).twice(), Object.isFrozen(Box), Object.isFrozen(Box.prototype))",
	       "function2truetrue");
	assert_true(run("var say = print, made = new Box(2), types = [TypeError, RangeError]"));
	PRINTS("let Sealed = 5; function print(x) { say('my', x) }; print(Sealed + made.twice()); print = say", "my9");
	PRINTS("TypeError = RangeError = Object; try { made.twice.call({}) } catch (e) { say(e.name) } "
	       "[TypeError, RangeError] = types",
	       "TypeError");
	FAILS("'use strict'; $e4x = 2", "TypeError: Attempted to assign to readonly property.", 1, 21);
	assert_true(engine_has_host_name(e, "Box") && engine_has_host_name(e, "print"));
	assert_false(engine_has_host_name(e, "given"));
}

static void errors_have_places(void **state _unused_)
{
	FAILS("var a;\n  a.b.c;", "TypeError: undefined is not an object (evaluating 'a.b')", 2, 3);
	assert_string_equal(err.source, "  a.b.c;");
	FAILS("\n  nowhere", "ReferenceError: Can't find variable: nowhere", 2, 3);
	FAILS("/* ä€😀 */ throw new Error('x')", "Error: x", 1, 21);
	FAILS("function f() {\n\tfail(1)\n}\nf()", "RangeError: n is out of range", 2, 2);
	assert_non_null(strstr(err.stack, "f at t.js:2:2\nglobal code at t.js:4:1"));
	FAILS("throw 'word'", "word", 0, 0);
	FAILS("throw { toString() { throw 1 } }", "something was thrown that has no text", 0, 0);
	FAILS("forgetful()", "Error: a host function failed without saying why", 1, 1);
	FAILS("Promise.reject(new Error('late'))", "Error: late", 1, 20);
	PRINTS("\n\nprint(where())", "t.js:3");
	PRINTS("try { fail() } catch (x) { print(x.message) }", "n is out of range");
}

static void syntax_errors_have_places(void **state _unused_)
{
	assert_false(run("var a = 1;\nvar b = ;\n"));
	assert_int_equal(err.line, 2);
	assert_string_equal(err.source, "var b = ;");
	assert_int_equal(strncmp(err.message, "SyntaxError: ", 13), 0);
}

static void exit_cannot_be_caught(void **state _unused_)
{
	assert_false(run("print('a'); try { exit(7) } catch (x) { try { print('b') } catch (y) {} "
			 "} finally { for (;;) {} }"));
	assert_true(err.exited);
	assert_int_equal(err.exit_code, 7);
	assert_string_equal(printed, "a");
}

static int start(void **state _unused_)
{
	const struct engine_options opt = { .soft_limit_ms = 300, .e4x = true };
	engine_prepare();
	if (engine_new(&opt, &e) != OK)
		return -1;
	for (size_t i = 0; i < COUNT_OF(functions); i++)
		if (!engine_function(e, &functions[i]))
			return -1;
	return engine_class(e, &box_class) && engine_class(e, &sealed_class) ? 0 : -1;
}

static int stop(void **state _unused_)
{
	engine_free(e);
	return boxes_alive; /* every finalizer has run */
}

static void soft_limit(void **state _unused_)
{
	usec_t started = clock_monotonic();
	assert_false(run("var n = 0;\nfunction spin() {\n\tfor (;;) { try { n++ } catch (x) {} "
			 "}\n}\nspin()"));
	assert_string_equal(err.message, "limit: time 0.3 s reached");
	assert_int_equal(err.line, 3);
	assert_true(clock_monotonic() - started < 10 * USEC_PER_SEC);
	PRINTS("print(n > 0)", "true");
}

static void deep_recursion(void **state _unused_)
{
	FAILS("function deep() { return deep() + 1 }\ndeep()",
	      "RangeError: Maximum call stack size exceeded.", 1, 26);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(kinds),
		cmocka_unit_test(bytes),
		cmocka_unit_test(objects_and_calls),
		cmocka_unit_test(classes),
		cmocka_unit_test(host_names_can_be_declared),
		cmocka_unit_test(errors_have_places),
		cmocka_unit_test(syntax_errors_have_places),
		cmocka_unit_test(deep_recursion),
		cmocka_unit_test(soft_limit),
		cmocka_unit_test(exit_cannot_be_caught), /* last: it ends the engine's use */
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, start, stop);
}
