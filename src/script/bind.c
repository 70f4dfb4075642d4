/* Arguments and values of host functions (bind.h). */
#include "script/bind.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>

enum { MAX_TEXT = 256 << 20 };

const char *call_name(const struct call *c)
{
	return c->fn ? c->fn->name : "set";
}

const struct val *arg(struct call *c, size_t i)
{
	return i < c->n ? c->arg[i] : val_undefined(c->e);
}

bool given(struct engine *e, const struct val *v)
{
	enum val_kind k = val_kind(e, v);
	return k != VAL_UNDEFINED && k != VAL_NULL;
}

bool arg_given(struct call *c, size_t i)
{
	return i < c->n && given(c->e, c->arg[i]);
}

/* -- text ------------------------------------------------------------------------------------------- */

/* What has no text of its own; "[object Object]" is none either. */
static const char *no_text(enum val_kind k)
{
	return k == VAL_SYMBOL ? "symbol" : k == VAL_FUNCTION ? "function" : NULL;
}

bool convertible(struct engine *e, const char *what, const struct val *v)
{
	const char *no = no_text(val_kind(e, v));
	if (no)
		throw_type(e, "%s: a value is wanted, not a %s", what, no);
	return !no;
}

char *text_of(struct engine *e, const char *what, const struct val *v)
{
	struct buf b = { .ceiling = MAX_TEXT };
	if (!convertible(e, what, v))
		return NULL;
	if (!val_to_text(e, v, &b)) {
		buf_free(&b);
		return NULL;
	}
	const char *s = buf_str(&b);
	char *copy = NULL;
	if (b.bad)
		throw_err(e, b.bad, what);
	else if (b.len && memchr(b.data, 0, b.len))
		throw_type(e, "%s: a zero character is not allowed in it", what);
	else if (val_kind(e, v) == VAL_OBJECT && STREQ(s, "[object Object]"))
		throw_type(e, "%s: a value is wanted, not an object", what);
	else if (!(copy = mem_strndup(s, b.len)))
		throw_err(e, E_NOMEM, what);
	buf_free(&b);
	return copy;
}

bool arg_text(struct call *c, size_t i, const char *name, const char *right, char **ret)
{
	char what[128];
	snprintf(what, sizeof(what), "%s: %s", call_name(c), name);
	if (!arg_given(c, i)) {
		throw_type(c->e, "%s: missing; %s is wanted", what, right);
		return false;
	}
	*ret = text_of(c->e, what, c->arg[i]);
	return *ret;
}

bool arg_filled(struct call *c, size_t i, const char *name, const char *right, char **ret)
{
	char *s;
	if (!arg_text(c, i, name, right, &s))
		return false;
	if (s[0]) {
		*ret = s;
		return true;
	}
	mem_free(s);
	throw_type(c->e, "%s: %s: empty; %s is wanted", call_name(c), name, right);
	return false;
}

bool arg_text_or_null(struct call *c, size_t i, const char *name, char **ret)
{
	*ret = NULL;
	return !arg_given(c, i) || arg_text(c, i, name, "text", ret);
}

/* -- numbers ------------------------------------------------------------------------------------------ */

static bool is_blank(struct engine *e, const struct val *v)
{
	struct buf b = { .ceiling = MAX_TEXT };
	bool blank = val_to_text(e, v, &b) && strspn(buf_str(&b), " \t\r\n") == b.len;
	buf_free(&b);
	return blank;
}

/* Text (a port's @speed, say) counts when it is a number's. */
bool number_of(struct engine *e, const char *what, const struct val *v, double *ret)
{
	enum val_kind k = val_kind(e, v);
	if (no_text(k) || k == VAL_BOOL || k == VAL_ARRAY || k == VAL_BYTES ||
	    ((k == VAL_STRING || k == VAL_XML) && is_blank(e, v))) {
		throw_type(e, "%s: not a number", what);
		return false;
	}
	return val_to_number(e, v, ret);
}

bool arg_number(struct call *c, size_t i, const char *name, double *ret)
{
	char what[128];
	double d;
	snprintf(what, sizeof(what), "%s: %s", call_name(c), name);
	if (!arg_given(c, i)) {
		throw_type(c->e, "%s: %s: missing; a number is wanted", call_name(c), name);
		return false;
	}
	if (!number_of(c->e, what, c->arg[i], &d))
		return false;
	if (isnan(d)) {
		throw_type(c->e, "%s: not a number", what);
		return false;
	}
	*ret = d;
	return true;
}

bool arg_number_or(struct call *c, size_t i, const char *name, double otherwise, double *ret)
{
	if (arg_given(c, i))
		return arg_number(c, i, name, ret);
	*ret = otherwise;
	return true;
}

bool arg_count(struct call *c, size_t i, const char *name, int64_t *ret)
{
	double d;
	if (!arg_number(c, i, name, &d))
		return false;
	if (d < 0 || d != floor(d) || d > 9e15) {
		throw_type(c->e, "%s: %s: must be a whole number, 0 or more; not %g", call_name(c), name, d);
		return false;
	}
	*ret = (int64_t)d;
	return true;
}

bool arg_flag_or(struct call *c, size_t i, bool otherwise)
{
	return i < c->n && val_kind(c->e, c->arg[i]) != VAL_UNDEFINED ? val_to_bool(c->e, c->arg[i]) : otherwise;
}

/* -- other kinds ------------------------------------------------------------------------------------------ */

bool arg_function(struct call *c, size_t i, const char *name)
{
	if (i < c->n && val_kind(c->e, c->arg[i]) == VAL_FUNCTION)
		return true;
	throw_type(c->e, "%s: %s: must be a function", call_name(c), name);
	return false;
}

bool arg_array(struct call *c, size_t i, const char *name, size_t *ret_len)
{
	if (i < c->n && val_kind(c->e, c->arg[i]) == VAL_ARRAY)
		return val_length(c->e, c->arg[i], ret_len);
	throw_type(c->e, "%s: %s: must be an array", call_name(c), name);
	return false;
}

struct result *arg_table(struct call *c, size_t i, const char *name)
{
	struct result *t = i < c->n ? table_of(c->e, c->arg[i]) : NULL;
	if (!t)
		throw_type(c->e, "%s: %s: must be a Table", call_name(c), name);
	return t;
}

bool column_of(struct engine *e, const char *what, const struct val *v, const struct result *t, size_t *ret)
{
	double d;
	if (val_kind(e, v) == VAL_NUMBER) {
		if (!val_to_number(e, v, &d))
			return false;
		if (d >= 0 && d == floor(d) && d < (double)t->ncols) {
			*ret = (size_t)d;
			return true;
		}
		if (t->ncols)
			throw_range(e, "%s: %g is not one of the columns 0..%zu", what, d, t->ncols - 1);
		else
			throw_range(e, "%s: the table has no columns", what);
		return false;
	}
	if (!given(e, v)) {
		throw_type(e, "%s: missing; a column's index or name is wanted", what);
		return false;
	}
	char *name = text_of(e, what, v);
	if (!name)
		return false;
	int c = result_find_col(t, name);
	if (c < 0)
		throw_range(e, "%s: no column is named \"%.100s\"", what, name);
	mem_free(name);
	*ret = (size_t)c;
	return c >= 0;
}

bool arg_column(struct call *c, size_t i, const char *name, const struct result *t, size_t *ret)
{
	char what[128];
	snprintf(what, sizeof(what), "%s: %s", call_name(c), name);
	return column_of(c->e, what, arg(c, i), t, ret);
}

bool arg_row(struct call *c, size_t i, const char *name, const struct result *t, size_t *ret)
{
	double d;
	if (!arg_number(c, i, name, &d))
		return false;
	if (d >= 0 && d == floor(d) && d < (double)t->nrows) {
		*ret = (size_t)d;
		return true;
	}
	if (t->nrows)
		throw_range(c->e, "%s: %s: %g is not one of the rows 0..%zu", call_name(c), name, d, t->nrows - 1);
	else
		throw_range(c->e, "%s: %s: the table has no rows", call_name(c), name);
	return false;
}

/* -- making values -------------------------------------------------------------------------------------------- */

const struct val *val_text(struct engine *e, const char *s)
{
	return s ? val_string(e, s, strlen(s)) : val_null(e);
}

const struct val *val_date(struct engine *e, usec_t t)
{
	const struct val *ms = val_number(e, floor((double)t / 1000));
	const struct val *one = val_array(e, &ms, 1);
	const struct val *dates = one ? val_call(e, worker_self()->make_dates, val_undefined(e), &one, 1) : NULL;
	return dates ? val_at(e, dates, 0) : NULL;
}

const struct val *throw_err(struct engine *e, enum err err, const char *what)
{
	if (err == E_LIMIT)
		return throw_range(e, "%s: too large for a script", what);
	return throw_range(e, "%s: %s", what, err_text(err));
}

const struct val *val_buf(struct engine *e, struct buf *b)
{
	const struct val *v = b->bad ? throw_err(e, b->bad, "text")
				     : val_string(e, b->len ? (const char *)b->data : "", b->len);
	buf_free(b);
	return v;
}

static bool is_utf8(const uint8_t *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint8_t ch = s[i++];
		unsigned more = ch < 0x80 ? 0 : ch >= 0xc2 && ch < 0xe0 ? 1 : ch >= 0xe0 && ch < 0xf0 ? 2 : ch >= 0xf0 && ch < 0xf5 ? 3 : 9;
		if (more > len - i)
			return false;
		for (; more; more--)
			if ((s[i++] & 0xc0) != 0x80)
				return false;
	}
	return true;
}

const struct val *val_foreign_text(struct engine *e, const void *data, size_t len)
{
	const uint8_t *s = data;
	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
		s += 3;
		len -= 3;
	}
	if (is_utf8(s, len))
		return val_string(e, len ? (const char *)s : "", len);
	struct buf wide = { 0 };
	for (size_t i = 0; i < len; i++) {
		if (s[i] >= 0x80)
			buf_u8(&wide, (uint8_t)(0xc0 | s[i] >> 6));
		buf_u8(&wide, s[i] >= 0x80 ? (uint8_t)(0x80 | (s[i] & 0x3f)) : s[i]);
	}
	return val_buf(e, &wide);
}
