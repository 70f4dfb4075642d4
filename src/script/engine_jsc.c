/* The engine: JavaScriptCore through its C API.  This file makes it, runs scripts and carries
 * exceptions; engine_jsc_value.c converts values, engine_jsc_class.c makes host functions and
 * classes, engine_jsc_exotic.c objects whose every access is ours, engine_jsc_error.c says
 * where something failed.
 *
 * One engine per process, because the C API's function callbacks carry nothing of ours: the
 * pointer below is how they find back.  JIT, WebAssembly and concurrent collection are off
 * (fewer system calls for the sandbox, fewer bugs within reach).
 *
 * Exceptions: whatever fails raises one here (engine_raise keeps it as e->pending) and returns
 * NULL; the callback that the engine called hands it back to the engine (engine_result). */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "script/bind_xml.h"
#include "script/e4x.h"
#include "script/engine_jsc.h"

/* Exported by the library for years, but in none of its installed headers. */
typedef bool (*JSShouldTerminateCallback)(JSContextRef ctx, void *arg);
void JSContextGroupSetExecutionTimeLimit(JSContextGroupRef, double seconds,
					 JSShouldTerminateCallback, void *);
void JSGlobalContextSetUnhandledRejectionCallback(JSGlobalContextRef, JSObjectRef fn,
						  JSValueRef *exception);

static const double NO_LIMIT_S =
	1e7; /* the watchdog's thread must exist before the sandbox closes */

static struct engine *the_engine; /* see the top */

struct engine *engine_the(void)
{
	return the_engine;
}

void engine_prepare(void)
{
	static const char *const option[][2] = {
		{ "JSC_useJIT", "0" },
		{ "JSC_useConcurrentGC", "0" },
		{ "JSC_numberOfGCMarkers", "1" },
		{ "JSC_useWasm", "0" },
		{ "GIGACAGE_ENABLED", "no" }, /* else typed arrays escape every memory limit */
	};
	for (size_t i = 0; i < COUNT_OF(option); i++)
		setenv(option[i][0], option[i][1], 1);
}

/* -- exceptions ---------------------------------------------------------------------------- */

const struct val *engine_raise(struct engine *e, JSValueRef exception)
{
	if (e->pending)
		JSValueUnprotect(e->ctx, e->pending);
	e->pending = exception;
	if (exception)
		JSValueProtect(e->ctx, exception);
	return NULL;
}

static JSValueRef take_pending(struct engine *e)
{
	JSValueRef x = e->pending;
	if (x)
		JSValueUnprotect(e->ctx, x);
	e->pending = NULL;
	return x;
}

JSValueRef engine_result(struct engine *e, const struct val *v, JSValueRef *exception)
{
	if (!v && !e->pending)
		throw_error(e, "a host function failed without saying why");
	if (e->pending) {
		*exception = take_pending(e);
		return JSValueMakeUndefined(e->ctx);
	}
	return ref(v);
}

static const char *const error_kinds[ERROR_KINDS] = { "Error", "TypeError", "RangeError", "SyntaxError" };

static const struct val *_printf_(3, 0)
	throw_kind(struct engine *e, const char *kind, const char *fmt, va_list ap)
{
	char text[960];

	vsnprintf(text, sizeof(text), fmt, ap);
	JSValueRef message = ref(val_string(e, text, strlen(text)));
	JSValueRef thrown = NULL, exception = NULL;
	for (size_t i = 0; i < ERROR_KINDS; i++)
		if (STREQ(kind, error_kinds[i]))
			thrown = JSObjectCallAsConstructor(e->ctx, e->error_maker[i], 1, &message, &exception);
	return engine_raise(e, thrown ? thrown : exception ? exception : message);
}

#define THROW(name, kind)                                                                          \
	const struct val *name(struct engine *e, const char *fmt, ...)                             \
	{                                                                                          \
		va_list ap;                                                                        \
		va_start(ap, fmt);                                                                 \
		throw_kind(e, kind, fmt, ap);                                                      \
		va_end(ap);                                                                        \
		return NULL;                                                                       \
	}
THROW(throw_type, "TypeError")
THROW(throw_error, "Error")
THROW(throw_range, "RangeError")

const struct val *engine_throw(struct engine *e, const char *kind, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	throw_kind(e, kind, fmt, ap);
	va_end(ap);
	return NULL;
}

/* -- limits and exit ------------------------------------------------------------------------- */

static bool should_terminate(JSContextRef ctx _unused_, void *arg)
{
	struct engine *e = arg;
	if (!e->exiting) {
		e->timed_out = true;
		engine_note_stack(e, e->timed_stack, sizeof(e->timed_stack));
	}
	return true; /* anything else would silence the watchdog for good */
}

static void arm(struct engine *e, double seconds)
{
	JSContextGroupSetExecutionTimeLimit(e->group, seconds, should_terminate, e);
}

/* A script could catch what the host function throws, so host functions refuse from now on
 * (engine_jsc_class.c) and the watchdog, which cannot be caught, ends it. */
void engine_exit(struct engine *e, int code)
{
	e->exiting = true;
	e->exit_code = code;
	arm(e, 0.0);
	throw_error(e, "exit(%d)", code);
}

static JSValueRef on_rejection(JSContextRef ctx _unused_, JSObjectRef fn _unused_,
			       JSObjectRef self _unused_, size_t n, const JSValueRef arg[],
			       JSValueRef *exception _unused_)
{
	struct engine *e = the_engine;
	if (n > 1 && !e->rejected) {
		e->rejected = arg[1];
		JSValueProtect(e->ctx, e->rejected);
	}
	return JSValueMakeUndefined(e->ctx);
}

/* -- life ------------------------------------------------------------------------------------ */

/* The library says on stderr that it obeyed GIGACAGE_ENABLED; nobody asked. */
static JSGlobalContextRef make_context_quietly(void)
{
	fflush(stderr);
	int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (saved >= 0 && null >= 0)
		dup2(null, STDERR_FILENO);
	JSGlobalContextRef ctx = JSGlobalContextCreate(NULL);
	fflush(stderr);
	if (saved >= 0 && null >= 0)
		dup2(saved, STDERR_FILENO);
	fd_close(saved);
	fd_close(null);
	return ctx;
}

static JSObjectRef path(struct engine *e, const char *object, const char *member)
{
	JSValueRef v = engine_get(e, JSContextGetGlobalObject(e->ctx), object);
	if (v && member)
		v = engine_get(e, v, member);
	return v && JSValueIsObject(e->ctx, v) ? object_ref(v) : NULL;
}

/* What host classes are made with, taken before any script can replace it. */
static bool take_well_known(struct engine *e)
{
	e->freeze = path(e, "Object", "freeze");
	e->define_property = path(e, "Object", "defineProperty");
	e->function_prototype = path(e, "Function", "prototype");
	JSValueRef symbol = engine_get(e, JSContextGetGlobalObject(e->ctx), "Symbol");
	e->iterator_symbol = symbol ? engine_get(e, symbol, "iterator") : NULL;
	if (!e->freeze || !e->define_property || !e->function_prototype || !e->iterator_symbol)
		return false;
	JSValueProtect(e->ctx, e->freeze);
	JSValueProtect(e->ctx, e->define_property);
	JSValueProtect(e->ctx, e->function_prototype);
	JSValueProtect(e->ctx, e->iterator_symbol);
	for (size_t i = 0; i < ERROR_KINDS; i++) {
		e->error_maker[i] = path(e, error_kinds[i], NULL);
		if (!e->error_maker[i])
			return false;
		JSValueProtect(e->ctx, e->error_maker[i]);
	}
	return true;
}

static void warm_up(struct engine *e)
{
	JSStringRef empty = engine_string("0", 1);
	JSStringRef name = engine_string("onunhandled", 11);
	JSGlobalContextSetUnhandledRejectionCallback(
		e->ctx, JSObjectMakeFunctionWithCallback(e->ctx, name, on_rejection), NULL);
	arm(e, NO_LIMIT_S);
	JSEvaluateScript(e->ctx, empty, NULL, NULL, 1, NULL); /* starts the watchdog's thread */
	JSStringRelease(name);
	JSStringRelease(empty);
}

enum err engine_new(const struct engine_options *opt, struct engine **ret)
{
	if (the_engine)
		return E_BUSY;
	struct engine *e = mem_new0(1, sizeof(*e));
	if (!e)
		return E_NOMEM;
	e->opt = *opt;
	e->ctx = make_context_quietly();
	if (!e->ctx) {
		mem_free(e);
		return E_NOMEM;
	}
	e->group = JSContextGetGroup(e->ctx);
	the_engine = e;
	if (!take_well_known(e) || (opt->e4x && !bind_xml(e))) {
		engine_free(e);
		return E_NOMEM;
	}
	warm_up(e);
	*ret = e;
	return OK;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	take_pending(e);
	JSGlobalContextRelease(e->ctx); /* runs the finalizers, which need no engine */
	engine_exotics_free(e);
	engine_classes_free(e);
	if (e->xml_free)
		e->xml_free(e->xml);
	for (size_t i = 0; i < e->sources; i++) {
		mem_free(e->source[i].text);
		e4x_free(e->source[i].rewritten);
	}
	for (size_t i = 0; i < MAX_EVALUATED; i++) {
		mem_free(e->evaluated[i].text);
		e4x_free(e->evaluated[i].rewritten);
	}
	map_free(&e->host_names);
	the_engine = NULL;
	mem_free(e);
}

void engine_set_binding(struct engine *e, void *binding, void (*release)(void *))
{
	e->xml = binding;
	e->xml_free = release;
}

void *engine_binding(struct engine *e)
{
	return e->xml;
}

const struct val *engine_prelude(struct engine *e, const char *text)
{
	JSStringRef s = engine_string(text, strlen(text));
	JSValueRef exception = NULL, v = JSEvaluateScript(e->ctx, s, NULL, NULL, 1, &exception);
	JSStringRelease(s);
	return exception ? NULL : val_of(v);
}

/* -- running ----------------------------------------------------------------------------------- */

static void syntax_error(const struct source *s, const struct e4x_error *why,
			 struct script_error *ret)
{
	*ret = (struct script_error){ .line = why->line, .column = why->column };
	snprintf(ret->message, sizeof(ret->message), "SyntaxError: %s", why->message);
	snprintf(ret->file, sizeof(ret->file), "%s", s->name);
	e4x_line_text(s->text, s->len, why->line, ret->source, sizeof(ret->source));
}

static bool engine_accepts(struct engine *e, const struct source *s)
{
	JSStringRef text = engine_string(s->text, s->len);
	bool ok = JSCheckScriptSyntax(e->ctx, text, NULL, 1, NULL);
	JSStringRelease(text);
	return ok;
}

/* Keep the script's text, rewritten or not; the front end's own syntax errors end here. */
static bool take_source(struct engine *e, struct source *s, struct script_error *ret)
{
	struct e4x_error why = { 0 };
	struct e4x *rewritten = NULL;

	bool beside = false;
	for (const struct source *at = e->source; at < s; at++)
		beside |= at->rewritten != NULL;
	enum err bad = beside ? e4x_rewrite_beside(s->text, s->len, 0, &rewritten, &why)
			      : e4x_rewrite(s->text, s->len, &rewritten, &why);
	if (bad == E_SYNTAX && !why.e4x && engine_accepts(e, s))
		return true; /* newer than the front end knows, and without E4X */
	if (bad != OK) {
		if (!why.message[0])
			snprintf(why.message, sizeof(why.message), "%s", err_text(bad));
		syntax_error(s, &why, ret);
		return false;
	}
	if (e->opt.e4x && e4x_changed(rewritten))
		s->rewritten = rewritten;
	else
		e4x_free(rewritten);
	return true;
}

static bool finish(struct engine *e, const struct source *s, JSValueRef exception,
		   struct script_error *ret)
{
	arm(e, NO_LIMIT_S);
	if (e->exiting) {
		*ret = (struct script_error){ .exited = true, .exit_code = e->exit_code };
		return false;
	}
	if (!exception)
		exception = e->rejected;
	if (!exception && !e->timed_out)
		return true;
	engine_describe(e, exception, s, ret);
	return false;
}

/* The next place in e->source, filled: text, name, what the front end made of it. */
static struct source *add_source(struct engine *e, const char *source, size_t len, const char *name,
				 struct script_error *ret)
{
	*ret = (struct script_error){ 0 };
	if (e->sources == MAX_SOURCES) {
		snprintf(ret->message, sizeof(ret->message), "more than %d scripts in one engine",
			 MAX_SOURCES);
		return NULL;
	}
	struct source *s = &e->source[e->sources];
	*s = (struct source){ .text = mem_strndup(source, len), .len = len };
	snprintf(s->name, sizeof(s->name), "%s", name);
	if (!s->text) {
		snprintf(ret->message, sizeof(ret->message), "%s", err_text(E_NOMEM));
		return NULL;
	}
	e->sources++;
	return take_source(e, s, ret) ? s : NULL;
}

void engine_keep_evaluated(struct engine *e, const char *text, size_t len, struct e4x *rewritten)
{
	char *copy = len <= MAX_EVALUATED_BYTES ? mem_strndup(text, len) : NULL;
	if (!copy) {
		e4x_free(rewritten);
		return;
	}
	struct source *s = &e->evaluated[e->evaluated_next++ % MAX_EVALUATED];
	mem_free(s->text);
	e4x_free(s->rewritten);
	*s = (struct source){ .text = copy, .len = len, .rewritten = rewritten };
}

static bool original_in(const struct source *s, const char *text, size_t len, const char **ret, size_t *ret_len)
{
	size_t n, from, to;
	const char *all = s->rewritten ? e4x_text(s->rewritten, &n) : NULL;
	const char *at = all ? memmem(all, n, text, len) : NULL;
	if (!at)
		return false;
	e4x_span(s->rewritten, (size_t)(at - all), (size_t)(at - all) + len, &from, &to);
	*ret = s->text + MIN(from, s->len);
	*ret_len = MAX(from, MIN(to, s->len)) - from;
	return true;
}

bool engine_original(struct engine *e, const char *text, size_t len, const char **ret,
		     size_t *ret_len)
{
	bool found = false;
	for (size_t i = 0; i < e->sources && len && !found; i++)
		found = original_in(&e->source[i], text, len, ret, ret_len);
	for (size_t i = 0; i < MAX_EVALUATED && len && !found; i++)
		found = original_in(&e->evaluated[i], text, len, ret, ret_len);
	return found;
}

static void drop_source(struct engine *e)
{
	struct source *s = &e->source[--e->sources];
	mem_free(s->text);
	e4x_free(s->rewritten);
	*s = (struct source){ 0 };
}

static JSStringRef engine_text(const struct source *s)
{
	size_t n = s->len;
	const char *text = s->rewritten ? e4x_text(s->rewritten, &n) : s->text;
	return engine_string(text, n);
}

bool engine_check(struct engine *e, const char *source, size_t len, const char *name,
		  struct script_error *ret_error)
{
	size_t before = e->sources;
	struct source *s = add_source(e, source, len, name, ret_error);
	bool ok = s != NULL;

	if (ok) {
		JSStringRef script = engine_text(s), url = engine_string(name, strlen(name));
		JSValueRef exception = NULL;
		ok = JSCheckScriptSyntax(e->ctx, script, url, 1, &exception);
		JSStringRelease(script);
		JSStringRelease(url);
		if (!ok)
			engine_describe(e, exception, s, ret_error);
	}
	if (e->sources > before)
		drop_source(e);
	return ok;
}

bool engine_run(struct engine *e, const char *source, size_t len, const char *name,
		struct script_error *ret_error)
{
	struct source *s = add_source(e, source, len, name, ret_error);
	if (!s)
		return false;
	JSStringRef script = engine_text(s), url = engine_string(name, strlen(name));
	JSValueRef exception = NULL;
	e->timed_out = false;
	if (e->rejected)
		JSValueUnprotect(e->ctx, e->rejected);
	e->rejected = NULL;
	arm(e, e->opt.soft_limit_ms ? (double)e->opt.soft_limit_ms / 1e3 : NO_LIMIT_S);
	JSEvaluateScript(e->ctx, script, NULL, url, 1, &exception);
	JSStringRelease(script);
	JSStringRelease(url);
	return finish(e, s, exception, ret_error);
}
