/* Functions that move text and bytes: output, console, files, URLs, mail, exit. */
#include "script/bind.h"

#include "base/mem.h"
#include "filter/filter.h"

#include <math.h>
#include <stdio.h>

enum { OUTPUT_CHUNK = 60 * 1024 };

bool output(struct worker *w, const void *data, size_t len)
{
	const char *p = data;
	while (len) {
		size_t n = MIN(len, (size_t)OUTPUT_CHUNK);
		frame_begin(&w->frame, MSG_OUTPUT);
		buf_add(&w->frame, p, n);
		if (!worker_tell(w))
			return false;
		p += n;
		len -= n;
	}
	return true;
}

/* -- print ------------------------------------------------------------------------------------------ */

bool printed(struct call *c, const struct val *v, struct buf *out)
{
	const uint8_t *bytes;
	size_t len;
	struct message m;
	struct picture *p = picture_of(c->e, v);
	if (p && p->format != CHART_SVG) {
		if (!picture_bytes(c->e, p, &m))
			return false;
		buf_add(out, m.body.pos, cur_left(&m.body));
		return true;
	}
	if (val_kind(c->e, v) == VAL_BYTES) {
		if (!val_get_bytes(c->e, v, &bytes, &len)) {
			throw_type(c->e, "%s: the bytes are gone (their buffer was detached)", call_name(c));
			return false;
		}
		buf_add(out, bytes, len);
		return true;
	}
	if (val_kind(c->e, v) == VAL_SYMBOL)
		return throw_type(c->e, "%s: a value is wanted, not a symbol", call_name(c));
	return val_to_text(c->e, v, out);
}

static const struct val *print_all(struct call *c, const char *end)
{
	struct buf b = { .ceiling = (size_t)512 << 20 };
	bool ok = true;
	for (size_t i = 0; i < c->n && ok; i++) {
		if (i)
			buf_u8(&b, ' ');
		ok = printed(c, c->arg[i], &b);
	}
	buf_text(&b, end);
	if (ok && b.bad) {
		throw_err(c->e, b.bad, call_name(c));
		ok = false;
	}
	ok = ok && output(worker_self(), b.data, b.len);
	buf_free(&b);
	return ok ? val_undefined(c->e) : NULL;
}

static const struct val *print(struct call *c)
{
	return print_all(c, "");
}

static const struct val *println(struct call *c)
{
	return print_all(c, "\n");
}

/* -- console: lines for the person at stderr ----------------------------------------------------------- */

static const struct val *remark(struct call *c)
{
	struct buf b = { .ceiling = 16u << 20 };
	bool ok = true;
	for (size_t i = 0; i < c->n && ok; i++) {
		if (i)
			buf_u8(&b, ' ');
		ok = val_to_text(c->e, c->arg[i], &b);
	}
	if (ok && b.bad) {
		throw_err(c->e, b.bad, call_name(c));
		ok = false;
	}
	ok = ok && worker_remark(worker_self(), b.len ? (const char *)b.data : "", b.len);
	buf_free(&b);
	return ok ? val_undefined(c->e) : NULL;
}

/* -- reading --------------------------------------------------------------------------------------------- */

/* {bytes: true} gives a Uint8Array instead of a string. */
static bool wants_bytes(struct call *c, bool *ret)
{
	*ret = false;
	if (!arg_given(c, 1))
		return true;
	if (val_kind(c->e, c->arg[1]) != VAL_OBJECT) {
		throw_type(c->e, "%s: options: an object like {bytes: true} is wanted", call_name(c));
		return false;
	}
	const struct val *v = val_get(c->e, c->arg[1], "bytes");
	if (v)
		*ret = val_to_bool(c->e, v);
	return v;
}

static const struct val *read_by(struct call *c, enum message_kind kind, const char *name, const char *right)
{
	struct worker *w = worker_self();
	struct message m;
	char *what;
	bool bytes;
	if (!wants_bytes(c, &bytes) || !arg_filled(c, 0, name, right, &what))
		return NULL;
	frame_begin(&w->frame, kind);
	put_string(&w->frame, what);
	mem_free(what);
	if (!worker_ask(w, MSG_BYTES, &m))
		return NULL;
	size_t len = cur_left(&m.body);
	return bytes ? val_bytes(c->e, m.body.pos, len) : val_foreign_text(c->e, m.body.pos, len);
}

static const struct val *readurl(struct call *c)
{
	return read_by(c, MSG_READ_URL, "url", "a URL like \"http://host/path\"");
}

static const struct val *readfile(struct call *c)
{
	return read_by(c, MSG_READ_FILE, "path", "a file's path");
}

/* -- writing ---------------------------------------------------------------------------------------------- */

static const struct val *writefile(struct call *c)
{
	struct worker *w = worker_self();
	struct message m;
	char *path;
	if (c->n < 2 || val_kind(c->e, c->arg[1]) == VAL_UNDEFINED)
		return throw_type(c->e, "writefile: data: missing; text, bytes or a Picture is wanted");
	if (!arg_filled(c, 0, "path", "a file's path", &path))
		return NULL;
	const struct picture *p = picture_of(c->e, c->arg[1]);
	struct buf data = { .ceiling = (size_t)256 << 20 };
	bool ok = p ? picture_write(w, path, p)
		    : convertible(c->e, "writefile: data", c->arg[1]) && printed(c, c->arg[1], &data);
	if (ok && !p && data.bad) {
		throw_err(c->e, data.bad, "writefile: data");
		ok = false;
	}
	if (ok && !p) {
		frame_begin(&w->frame, MSG_WRITE_FILE);
		put_string(&w->frame, path);
		put_text(&w->frame, data.len ? (const char *)data.data : "", data.len);
		ok = worker_ask(w, MSG_DONE, &m);
	}
	buf_free(&data);
	mem_free(path);
	return ok ? val_undefined(c->e) : NULL;
}

/* -- other ------------------------------------------------------------------------------------------------ */

static const struct val *exit_script(struct call *c)
{
	double code;
	if (!arg_number_or(c, 0, "code", 0, &code))
		return NULL;
	if (code != floor(code) || code < 0 || code > 255)
		return throw_range(c->e, "exit: code: a whole number 0..255 is wanted");
	engine_exit(c->e, (int)code);
	return NULL;
}

/* Any value as one quoted filter value. */
static const struct val *quote(struct call *c)
{
	char *s;
	if (!arg_text(c, 0, "value", "the text to quote", &s))
		return NULL;
	struct buf b = { 0 };
	filter_quote(s, strlen(s), &b);
	mem_free(s);
	return val_buf(c->e, &b);
}

const struct host_fn output_functions[] = {
	{ "print", print, "value...", "write values, a blank between them" },
	{ "println", println, "value...", "write values and a line end" },
	{ "readurl", readurl, "url[, {bytes: true}]", "what an http or https URL gives: text, or bytes" },
	{ "readfile", readfile, "path[, {bytes: true}]", "what a file holds: text, or bytes" },
	{ "writefile", writefile, "path, data", "write text, bytes or a Picture; makes folders; the file is whole or not there" },
	{ "exit", exit_script, "[code = 0]", "end the script with this exit status" },
	{ "quote", quote, "value", "any text as one quoted value for a filter" },
	{ 0 },
};

const struct host_fn console_functions[] = {
	{ "log", remark, "value...", "a line on standard error" },
	{ "warn", remark, "value...", "a line on standard error" },
	{ "error", remark, "value...", "a line on standard error" },
	{ 0 },
};
