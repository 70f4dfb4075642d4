/* From an exception to "FILE:LINE:COLUMN: MESSAGE" in the author's terms.
 *
 * The engine's stack trace is text, a frame a line:
 *	name@file:line:column          name may be empty, file is the script's name
 *	name@[native code]             C or the engine's own
 * A column is where the failing operation ends in the rewritten text, in UTF-16 units; it is
 * mapped back through the front end's edits and then moved to the start of the name that
 * stands before it, because that is what failed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/e4x.h"
#include "script/engine_jsc.h"

JSStringRef JSContextCreateBacktrace(JSContextRef ctx, unsigned depth); /* exported, in no header */

struct frame {
	const char *fn;
	size_t fn_len;
	const struct source *in; /* NULL: not one of our scripts */
	unsigned line, column;
};

static bool ident_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static const struct source *find_source(const struct engine *e, const char *name, size_t len)
{
	for (size_t i = e->sources; i-- > 0;)
		if (strlen(e->source[i].name) == len && memcmp(e->source[i].name, name, len) == 0)
			return &e->source[i];
	return NULL;
}

static unsigned number_at_end(const char *s, size_t *len)
{
	size_t n = *len;
	while (n && s[n - 1] >= '0' && s[n - 1] <= '9')
		n--;
	if (n == *len || !n || s[n - 1] != ':')
		return 0;
	unsigned v = (unsigned)strtoul(s + n, NULL, 10);
	*len = n - 1;
	return v;
}

static struct frame parse_frame(const struct engine *e, const char *line, size_t len)
{
	struct frame f = { .fn = line };
	const char *at = memchr(line, '@', len);
	f.fn_len = at ? (size_t)(at - line) : 0;
	const char *place = at ? at + 1 : line;
	size_t n = len - (size_t)(place - line);
	f.column = number_at_end(place, &n);
	f.line = number_at_end(place, &n);
	f.in = f.line ? find_source(e, place, n) : NULL;
	return f;
}

static size_t parse_stack(const struct engine *e, const char *text, struct frame frame[MAX_FRAMES])
{
	size_t n = 0;
	while (*text && n < MAX_FRAMES) {
		size_t len = strcspn(text, "\n");
		frame[n++] = parse_frame(e, text, len);
		text += len + (text[len] == '\n');
	}
	return n;
}

/* Line and UTF-16 column in the text the engine saw -> place in the author's. */
static size_t author_place(const struct source *s, unsigned line, unsigned column)
{
	size_t n = s->len;
	const char *seen = s->rewritten ? e4x_text(s->rewritten, &n) : s->text;
	size_t pos = e4x_offset_utf16(seen, n, line, column);
	return s->rewritten ? e4x_origin(s->rewritten, pos) : pos;
}

/* -> column the author counts, 1-based. */
static unsigned author_column(const struct source *s, unsigned line, unsigned column)
{
	if (!column)
		return 0;
	size_t pos = author_place(s, line, column);
	while (pos && pos <= s->len && ident_byte(s->text[pos - 1]))
		pos--;
	return e4x_column(s->text, s->len, pos);
}

static void describe_place(const struct frame *f, struct script_error *ret)
{
	ret->line = f->line;
	ret->column = author_column(f->in, f->line, f->column);
	snprintf(ret->file, sizeof(ret->file), "%s", f->in->name);
	e4x_line_text(f->in->text, f->in->len, f->line, ret->source, sizeof(ret->source));
}

static void describe_stack(const struct frame *f, size_t n, struct script_error *ret)
{
	size_t used = 0;
	for (size_t i = 0; i < n && used < sizeof(ret->stack); i++) {
		if (!f[i].in)
			continue;
		int wrote = snprintf(
			ret->stack + used, sizeof(ret->stack) - used, "%s%.*s at %s:%u:%u",
			used ? "\n" : "", (int)MIN(f[i].fn_len, 100u), f[i].fn_len ? f[i].fn : "",
			f[i].in->name, f[i].line, author_column(f[i].in, f[i].line, f[i].column));
		if (wrote > 0)
			used += (size_t)wrote;
	}
}

/* A text of the exception; what its own code throws is not waited for. */
static void text_of(struct engine *e, JSValueRef v, char *out, size_t size)
{
	JSValueRef exception = NULL;
	JSStringRef s = v ? JSValueToStringCopy(e->ctx, v, &exception) : NULL;
	out[0] = '\0';
	if (s && !exception) {
		struct buf b = { .ceiling = 1u << 20 };
		engine_text_of(s, &b);
		snprintf(out, size, "%s", buf_str(&b));
		buf_free(&b);
	}
	if (s)
		JSStringRelease(s);
}

/* "(evaluating '...')" quotes the rewritten text; without E4X's helpers it is the author's. */
static void cut_quoted_code(char *message)
{
	char *p = strstr(message, " (evaluating '");
	if (!p)
		p = strstr(message, ". (In '");
	if (p && strstr(p, E4X_PREFIX))
		*p = '\0';
}

static bool text_property(struct engine *e, JSValueRef x, const char *name, char *out, size_t size)
{
	JSValueRef v = JSValueIsObject(e->ctx, x) ? engine_get(e, x, name) : NULL;
	if (!v || JSValueIsUndefined(e->ctx, v))
		return false;
	text_of(e, v, out, size);
	return out[0] != '\0';
}

static unsigned number_property(struct engine *e, JSValueRef x, const char *name)
{
	JSValueRef v = JSValueIsObject(e->ctx, x) ? engine_get(e, x, name) : NULL;
	double d = v && JSValueIsNumber(e->ctx, v) ? JSValueToNumber(e->ctx, v, NULL) : 0;
	return d > 0 && d < 1e9 ? (unsigned)d : 0;
}

static void describe_timeout(struct engine *e, const struct source *fallback,
			     struct script_error *ret)
{
	struct frame frame[MAX_FRAMES];
	size_t n = parse_stack(e, e->timed_stack, frame);

	snprintf(ret->message, sizeof(ret->message), "limit: time %g s reached",
		 (double)e->opt.soft_limit_ms / 1e3);
	snprintf(ret->file, sizeof(ret->file), "%s", fallback->name);
	size_t i = 0;
	while (i < n && !frame[i].in)
		i++;
	if (i < n) {
		describe_place(&frame[i], ret);
		ret->column = 0; /* where the clock struck says nothing about a column */
	}
	if (i == 0 && n && frame[0].column) { /* in the script itself: at a loop */
		const struct source *s = frame[0].in;
		size_t pos = e4x_loop(s->text, s->len, author_place(s, frame[0].line, frame[0].column));
		ret->line = e4x_line(s->text, s->len, pos);
		e4x_line_text(s->text, s->len, ret->line, ret->source, sizeof(ret->source));
	}
	describe_stack(frame, n, ret);
}

void engine_describe(struct engine *e, JSValueRef x, const struct source *fallback,
		     struct script_error *ret)
{
	*ret = (struct script_error){ 0 };
	if (e->timed_out) {
		describe_timeout(e, fallback, ret);
		return;
	}
	char stack[4096] = "";
	struct frame frame[MAX_FRAMES];
	text_of(e, x, ret->message, sizeof(ret->message));
	cut_quoted_code(ret->message);
	if (!ret->message[0])
		snprintf(ret->message, sizeof(ret->message),
			 "something was thrown that has no text");
	snprintf(ret->file, sizeof(ret->file), "%s", fallback->name);
	text_property(e, x, "stack", stack, sizeof(stack));
	size_t n = parse_stack(e, stack, frame);
	describe_stack(frame, n, ret);
	for (size_t i = 0; i < n; i++)
		if (frame[i].in) {
			describe_place(&frame[i], ret);
			return;
		}
	/* The engine's own syntax errors have a line and no stack. */
	char url[256];
	const struct source *in = text_property(e, x, "sourceURL", url, sizeof(url))
					  ? find_source(e, url, strlen(url))
					  : NULL;
	ret->line = in ? number_property(e, x, "line") : 0;
	if (ret->line)
		e4x_line_text(in->text, in->len, ret->line, ret->source, sizeof(ret->source));
}

/* The stack as it is now, for a script that is about to be stopped. */
void engine_note_stack(struct engine *e, char *out, size_t size)
{
	JSValueRef exception = NULL;
	JSObjectRef error = JSObjectMakeError(e->ctx, 0, NULL, &exception);
	out[0] = '\0';
	if (error && !exception)
		text_property(e, error, "stack", out, size);
}

/* "#1 name() at FILE:LINE", a frame a line; the innermost first. */
bool engine_where(struct engine *e, char file[256], unsigned *ret_line)
{
	struct buf b = { .ceiling = 64u << 10 };
	JSStringRef s = JSContextCreateBacktrace(e->ctx, MAX_FRAMES);
	bool found = false;

	if (!s)
		return false;
	engine_text_of(s, &b);
	JSStringRelease(s);
	for (const char *p = buf_str(&b); *p && !found;) {
		size_t len = strcspn(p, "\n"), n = len;
		const char *at = p;
		for (const char *next; (next = memmem(at, len - (size_t)(at - p), " at ", 4));)
			at = next + 4;
		n = len - (size_t)(at - p);
		unsigned line = number_at_end(at, &n);
		if (line && find_source(e, at, n)) {
			snprintf(file, 256, "%.*s", (int)n, at);
			*ret_line = line;
			found = true;
		}
		p += len + (p[len] == '\n');
	}
	buf_free(&b);
	return found;
}
