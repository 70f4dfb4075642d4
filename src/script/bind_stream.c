/* Rows of a table handed to a script's function, many in a moment.
 *
 * A call from C into the engine takes a lock, and so does every value that is made; a row of four
 * cells made from here costs 2 us.  So a part of the table goes over as a handful of values, numbers as
 * one Float64Array a column, texts as one string to be split, and the loop runs in JavaScript. */
#include "script/bind.h"

#include "base/mem.h"
#include "script/engine_exotic.h"

#include <math.h>

enum { MOST = 256 }; /* columns */

/* Kinds of columns: n numbers, e numbers with gaps, d times (milliseconds) with gaps, t texts, u texts with gaps. */
static const char maker_text[] =
	"(function () {\n"
	"	'use strict';\n"
	"	const D = Date, bind = Function.prototype.call, split = bind.bind(String.prototype.split);\n"
	"	const slice = bind.bind(String.prototype.slice);\n"
	"	const text = s => s[0] !== '\\u0001' ? s : s.length === 1 ? null : slice(s, 1);\n"
	"	const make = {\n"
	"		n(a) { return a },\n"
	"		e(a, n) { const r = []; for (let i = 0; i < n; i++) r[i] = a[i] !== a[i] ? null : a[i]; return r },\n"
	"		d(a, n) { const r = []; for (let i = 0; i < n; i++) r[i] = a[i] !== a[i] ? null : new D(a[i]); return r },\n"
	"		t(s) { return split(s, '\\u0000') },\n"
	"		u(s, n) { const r = split(s, '\\u0000'); for (let i = 0; i < n; i++) r[i] = text(r[i]); return r },\n"
	"	};\n"
	"	return function (kinds, columns, n, f, table) {\n"
	"		const c = [];\n"
	"		for (let i = 0; i < columns.length; i++) c[i] = make[kinds[i]](columns[i], n);\n"
	"		const [c0, c1, c2, c3, c4, c5] = c;\n"
	"		switch (c.length) {\n"
	"		case 1: for (let i = 0; i < n; i++) f([c0[i]], table); return;\n"
	"		case 2: for (let i = 0; i < n; i++) f([c0[i], c1[i]], table); return;\n"
	"		case 3: for (let i = 0; i < n; i++) f([c0[i], c1[i], c2[i]], table); return;\n"
	"		case 4: for (let i = 0; i < n; i++) f([c0[i], c1[i], c2[i], c3[i]], table); return;\n"
	"		case 5: for (let i = 0; i < n; i++) f([c0[i], c1[i], c2[i], c3[i], c4[i]], table); return;\n"
	"		case 6: for (let i = 0; i < n; i++) f([c0[i], c1[i], c2[i], c3[i], c4[i], c5[i]], table); return;\n"
	"		}\n"
	"		for (let i = 0; i < n; i++) {\n"
	"			const row = [];\n"
	"			for (let k = 0; k < c.length; k++) row[k] = c[k][i];\n"
	"			f(row, table);\n"
	"		}\n"
	"	};\n"
	"})()";

static const struct val *loop; /* the process is the worker */

bool stream_install(struct engine *e)
{
	loop = engine_prelude(e, maker_text);
	if (loop)
		val_keep(e, loop);
	return loop != NULL;
}

static const struct val *numbers(struct engine *e, const struct table_col *col, size_t n, char *ret_kind)
{
	double *v = mem_array(NULL, n, sizeof(*v));
	bool time = col->type == T_TIME, gaps = false;
	if (!v)
		return throw_err(e, E_NOMEM, "run");
	for (size_t i = 0; i < n; i++) {
		gaps |= isnan(col->num[i]);
		v[i] = time ? floor(col->num[i] / 1000) : col->num[i];
	}
	*ret_kind = time ? 'd' : gaps ? 'e' : 'n';
	const struct val *array = val_doubles(e, v, n);
	mem_free(v);
	return array;
}

/* Texts hold no zero byte; a gap is "\1", and a text that begins so gets another in front. */
static const struct val *texts(struct engine *e, const struct table_col *col, size_t n, char *ret_kind)
{
	struct buf all = { 0 };
	*ret_kind = 't';
	for (size_t i = 0; i < n; i++) {
		const char *s = col->text[i];
		if (i)
			buf_u8(&all, 0);
		if (!s || s[0] == '\1') {
			*ret_kind = 'u';
			buf_u8(&all, 1);
		}
		buf_text(&all, s ? s : "");
	}
	const struct val *v = all.bad ? throw_err(e, all.bad, "run") : val_string(e, buf_str(&all), all.len);
	buf_free(&all);
	return v;
}

bool stream_rows(struct engine *e, const struct result *t, const struct val *f, const struct val *table)
{
	const struct val *column[MOST]; /* on the stack, where the collector sees them */
	char kind[MOST];
	if (t->ncols > MOST) {
		throw_range(e, "run: more than %d columns", MOST);
		return false;
	}
	if (!t->nrows)
		return true;
	for (size_t i = 0; i < t->ncols; i++) {
		const struct table_col *col = &t->col[i];
		column[i] = col->num ? numbers(e, col, t->nrows, &kind[i]) : texts(e, col, t->nrows, &kind[i]);
		if (!column[i])
			return false;
	}
	const struct val *args[] = { val_string(e, kind, t->ncols), val_array(e, column, t->ncols),
				     val_number(e, (double)t->nrows), f, table };
	return args[1] && val_call(e, loop, val_undefined(e), args, COUNT_OF(args));
}
