/* The worker process: engine and host classes, walls, then one script (broker.h has the other side).
 *
 *	fork -> alone -> engine, classes, warm-up -> walls -> SCRIPT in -> run -> END out -> _exit
 *
 * Nothing of the script is read before the walls are up. */
#include "script/worker.h"

#include "base/clock.h"
#include "script/broker.h"
#include "script/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static struct worker self; /* the process is the worker */

struct worker *worker_self(void)
{
	return &self;
}

/* Things that look for files or threads the first time they are used.  Not Intl: it needs no file, and
 * its 13 ms are three times all else. */
static const char warm_up_text[] =
	"new Date(2026, 0, 1).toString(); [3, 1, 2].sort(); JSON.parse(JSON.stringify({a: [1]})); /(a+)b/.exec('aab');";

static const struct val *function_of(struct engine *e, const char *arg, const char *body)
{
	const struct val *make = val_get(e, val_global(e), "Function");
	const struct val *args[] = { val_string(e, arg, strlen(arg)), val_string(e, body, strlen(body)) };
	return make ? val_call(e, make, val_undefined(e), args, *arg ? 2 : 1) : NULL;
}

static const struct val *member_of(struct engine *e, const char *object, const char *member)
{
	const struct val *o = val_get(e, val_global(e), object);
	return o ? val_get(e, o, member) : NULL;
}

static bool take_well_known(struct worker *w)
{
	/* Numbers (milliseconds) to Date objects, in place; nulls stay. */
	static const char dates[] = "var D = Date; return function(a) { for (var i = 0; i < a.length; i++)"
				    " if (a[i] !== null) a[i] = new D(a[i]); return a; }";
	const struct val *empty = function_of(w->e, "", "");
	const struct val *maker = function_of(w->e, "unused", dates);
	w->object_keys = member_of(w->e, "Object", "keys");
	w->json_parse = member_of(w->e, "JSON", "parse");
	w->make_dates = maker ? val_call(w->e, maker, val_undefined(w->e), NULL, 0) : NULL;
	if (!empty || !w->object_keys || !w->json_parse || !w->make_dates)
		return false;
	val_keep(w->e, w->object_keys);
	val_keep(w->e, w->json_parse);
	val_keep(w->e, w->make_dates);
	return true;
}

static enum err find_zone(struct worker *w, const char *zone)
{
	if (*zone)
		setenv("TZ", zone, 1);
	tzset();
	enum err e = zone_find(zone, &w->zone);
	if (e != OK)
		return e;
	zone_civil(w->zone, 0); /* read now, while there are files */
	snprintf(w->zone_name, sizeof(w->zone_name), "%s", zone_name(w->zone));
	return OK;
}

static enum err start_engine(struct worker *w, const struct worker_setup *s, struct problem *why)
{
	struct script_error error;
	engine_prepare();
	const struct engine_options opt = { .soft_limit_ms = s->limits.cpu_s * 1000, .e4x = true };
	enum err e = engine_new(&opt, &w->e);
	if (e != OK)
		return problem_set(why, e, "the engine: %s", err_text(e));
	if (!take_well_known(w) || !api_install(w->e) || !stream_install(w->e))
		return problem_set(why, E_NOMEM, "the host classes");
	if (!engine_run(w->e, warm_up_text, sizeof(warm_up_text) - 1, "warm-up", &error))
		return problem_set(why, E_NOMEM, "the warm-up: %s", error.message);
	return OK;
}

static enum err set_up(struct worker *w, const struct worker_setup *s, struct problem *why)
{
	enum err e = find_zone(w, s->zone);
	if (e != OK)
		return problem_set(why, e, "time zone \"%s\"", s->zone);
	if ((e = start_engine(w, s, why)) != OK)
		return e;
	/* The engine's own limit comes first: it can name the line. */
	const struct sandbox walls = { .cpu_s = s->limits.cpu_s + 1, .heap_bytes = s->limits.heap_bytes };
	return sandbox_close(&walls, why);
}

/* -- one script ------------------------------------------------------------------------------------- */

static void send_end(struct worker *w, const struct script_end *end)
{
	frame_begin(&w->frame, MSG_END);
	put_end(&w->frame, end);
	worker_tell(w);
}

static _Noreturn void end_failed(struct worker *w, const char *text)
{
	const struct script_end end = { .how = END_FAILED, .message = text };
	send_end(w, &end);
	_exit(0);
}

static bool set_inputs(struct worker *w, struct cur *c, struct arena *a)
{
	size_t n = cur_le16(c);
	for (size_t i = 0; i < n && !c->bad; i++) {
		const char *name = get_text(c, a), *value = get_text(c, a);
		if (!name || !value || engine_has_host_name(w->e, name))
			return false;
		const struct val *v = val_string(w->e, value, strlen(value));
		if (!v || !engine_global(w->e, name, v, false))
			return false;
	}
	return message_end(c);
}

/* What the engine calls its own limits, in the words of limits.def. */
static void name_limit(struct script_error *error, const struct script_limits *limits)
{
	static const char time_limit[] = "limit: time ", memory[] = "Out of memory";
	size_t n = strlen(error->message);
	if (strncmp(error->message, time_limit, sizeof(time_limit) - 1) == 0)
		snprintf(error->message, sizeof(error->message), "limit: cpu %u s reached", limits->cpu_s);
	else if (n >= sizeof(memory) - 1 && STREQ(error->message + n - (sizeof(memory) - 1), memory))
		snprintf(error->message, sizeof(error->message), "limit: heap %zu MB reached", limits->heap_bytes >> 20);
}

static void report(struct worker *w, bool ok, const struct script_error *error)
{
	struct script_end end = { .how = END_OK };
	if (!ok && error->exited)
		end = (struct script_end){ .how = END_EXIT, .code = error->exit_code & 255 };
	else if (!ok)
		end = (struct script_end){ .how = END_FAILED,
					   .message = error->message,
					   .file = error->file,
					   .source = error->source,
					   .line = error->line,
					   .column = error->column };
	send_end(w, &end);
}

static void run_script(struct worker *w, struct message *m, const struct script_limits *limits)
{
	struct arena a = { .ceiling = 256u << 20 };
	struct script_error error;
	const char *name = get_text(&m->body, &a);
	struct cur text = get_bytes(&m->body);
	size_t len = cur_left(&text);
	char *source = name && !text.bad ? arena_strndup(&a, len ? (const char *)text.pos : "", len) : NULL;
	if (!source || !set_inputs(w, &m->body, &a))
		end_failed(w, "the script or its inputs could not be taken over");
	bool ok = engine_run(w->e, source, len, name, &error);
	if ((ok || error.exited) && !report_finish(w))
		end_failed(w, "the report could not be printed");
	if (!ok && !error.exited)
		name_limit(&error, limits);
	report(w, ok, &error);
}

_Noreturn void worker_main(const struct worker_setup *s)
{
	struct worker *w = &self;
	struct problem why = { 0 };
	int fd = s->fd;
	if (sandbox_alone(&fd) != OK)
		_exit(1);
	channel_init(&w->ch, fd, TO_WORKER, true);
	if (set_up(w, s, &why) != OK) {
		char text[600];
		snprintf(text, sizeof(text), "the script's process could not be set up: %s", why.text);
		end_failed(w, text);
	}
	struct message m;
	if (channel_receive(&w->ch, &m) != OK || m.kind != MSG_SCRIPT)
		_exit(1);
	run_script(w, &m, &s->limits);
	_exit(0);
}
