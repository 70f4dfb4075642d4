/* The front end on any bytes: it ends, twice with the same answer; what it rewrites keeps its lines,
 * maps back into the source, and is itself JavaScript to the front end (so its brackets balance). */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/e4x.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned lines(const char *s, size_t len)
{
	return e4x_line(s, len, len);
}

static void check(const char *source, size_t len, const struct e4x *x)
{
	struct e4x_error why = { 0 };
	struct e4x *again = NULL;
	size_t n;
	const char *text = e4x_text(x, &n);

	assert(lines(source, len) == lines(text, n));
	for (size_t i = 0; i < n; i += 1 + n / 500)
		assert(e4x_origin(x, i) <= len);
	for (size_t i = 0; i + 1 < n; i += 1 + n / 50) {
		size_t from, to;
		e4x_span(x, i, n, &from, &to);
		assert(from <= to && to <= len);
	}
	enum err e = e4x_rewrite(text, n, &again, &why);
	if (e == E_SYNTAX)
		fprintf(stderr, "%u:%u: %s\n%.*s\n", why.line, why.column, why.message, (int)n,
			text);
	assert(e != E_SYNTAX);
	e4x_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *source = (const char *)data;
	struct e4x_error why = { 0 }, why2 = { 0 };
	struct e4x *a = NULL, *b = NULL;
	enum err e = e4x_rewrite(source, size, &a, &why);

	assert(e4x_rewrite(source, size, &b, &why2) == e);
	if (e == OK) {
		size_t n, m;
		const char *s = e4x_text(a, &n), *t = e4x_text(b, &m);
		assert(n == m && memcmp(s, t, n) == 0 && e4x_changed(a) == e4x_changed(b));
		if (e4x_changed(a))
			check(source, size, a);
	} else {
		assert(why.message[0] && strcmp(why.message, why2.message) == 0);
		assert(why.line >= 1 && why.column >= 1);
	}
	e4x_free(a);
	e4x_free(b);
	a = NULL;
	if (e4x_rewrite_beside(source, size, size & 3, &a, &why) == OK && e4x_changed(a))
		check(source, size, a);
	e4x_free(a);
	for (size_t i = 0; i <= size; i += 1 + size / 3)
		assert(e4x_loop(source, size, i) >= i && e4x_loop(source, size, i) <= size);
	return 0;
}
