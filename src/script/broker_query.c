/* Queries a worker asks for: text in, plan under the job's scope, tables out.  The scope comes from
 * the job alone; nothing a message says can touch it. */
#include "script/broker.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

/* -- the watchdog ----------------------------------------------------------------------------------- */

static void *watch(void *arg)
{
	struct broker *b = arg;
	struct watchdog *d = &b->dog;
	const volatile bool *stop = b->job->stop;
	pthread_mutex_lock(&d->lock);
	while (!d->done && !d->cancel) {
		usec_t wake = stop ? MIN(d->deadline, clock_monotonic() + STOP_LOOK_MS * 1000) : d->deadline;
		struct timespec until = { .tv_sec = (time_t)(wake / USEC_PER_SEC), .tv_nsec = (long)(wake % USEC_PER_SEC) * 1000 };
		if (pthread_cond_timedwait(&d->wake, &d->lock, &until) == ETIMEDOUT)
			d->cancel = clock_monotonic() >= d->deadline || (stop && *stop);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

void watchdog_start(struct broker *b)
{
	struct watchdog *d = &b->dog;
	if (d->running)
		return;
	d->deadline = b->deadline;
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->wake, &attr);
	pthread_condattr_destroy(&attr);
	/* Signals are for the caller's own threads. */
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	d->running = pthread_create(&d->thread, NULL, watch, b) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void watchdog_stop(struct broker *b)
{
	struct watchdog *d = &b->dog;
	if (!d->running)
		return;
	pthread_mutex_lock(&d->lock);
	d->done = true;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
	pthread_cond_destroy(&d->wake);
	pthread_mutex_destroy(&d->lock);
	d->running = false;
}

/* -- queries ------------------------------------------------------------------------------------------ */

/* So is where addresses went with their rows. */
static void note_folded(struct broker *b, const struct result *t)
{
	char from[40], to[40];
	const struct zone *z = b->job->env->zone;
	if (t->folded.start >= t->folded.end || b->folded_said || !z)
		return;
	b->folded_said = true;
	broker_say(b, "%s: warning: addresses of small flows between %s and %s are not known any more (table.folded)",
		   b->job->name, zone_iso(z, t->folded.start, from), zone_iso(z, t->folded.end, to));
}

/* What is missing is said once, whatever the number of queries. */
static void note_gaps(struct broker *b, const struct result *t)
{
	note_folded(b, t);
	if (!t->nincomplete)
		return;
	if (b->job->strict)
		b->status = b->status ? b->status : 1;
	if (b->gap_said)
		return;
	b->gap_said = true;
	char from[40], to[40];
	const struct zone *z = b->job->env->zone;
	if (z)
		broker_say(b, "%s: warning: data is missing or damaged from %s to %s (table.incomplete lists all)",
			   b->job->name, zone_iso(z, t->incomplete[0].start, from), zone_iso(z, t->incomplete[0].end, to));
	else
		broker_say(b, "%s: warning: data is missing or damaged (table.incomplete lists where)", b->job->name);
}

/* A query that failed while running: a limit ends the script, all else is the script's to catch. */
static void query_failed(struct broker *b, enum err e, const struct problem *why)
{
	const char *text = why->text[0] ? why->text : err_text(e);
	if (b->job->stop && *b->job->stop)
		broker_stop(b, "stopped");
	else if (e == E_CANCELLED || clock_monotonic() >= b->deadline)
		broker_stop_limit(b, "wall");
	else if (e == E_LIMIT)
		broker_stop(b, "limit: %s", text);
	else
		reply_refused(b, "%s", text);
}

/* One answer after the other, each counted and bounded. */
static enum err take_answer(struct broker *b, struct result *t, bool stream, struct answer *a, struct problem *why)
{
	note_gaps(b, t);
	if (b->job->ret_rows)
		*b->job->ret_rows += t->nrows;
	if (b->limits.result_rows && t->nrows > b->limits.result_rows)
		return problem_set(why, E_LIMIT, "rows %zu reached", b->limits.result_rows);
	return stream ? answer_add_parts(a, t) : answer_add(a, t);
}

/* Together: what reads the same rows reads them once. */
static enum err run_plans(struct broker *b, struct plan *const *plan, size_t n, bool stream, struct answer *a, struct problem *why)
{
	struct result *t = mem_new0(n, sizeof(*t));
	if (!t)
		return E_NOMEM;
	enum err e = plan_run_many(plan, n, t, why);
	bool ran = e == OK;
	for (size_t i = 0; i < n && ran; i++) {
		if (e == OK)
			e = take_answer(b, &t[i], stream, a, why);
		result_free(&t[i]);
	}
	mem_free(t);
	return e;
}

static struct query_env own_env(struct broker *b)
{
	struct query_env env = *b->job->env;
	if (b->limits.result_rows)
		env.max_rows = b->limits.result_rows;
	env.cancel = &b->dog.cancel;
	return env;
}

/* All plans are made before the first is run, so that mistakes cost no time. */
static enum err make_plans(struct broker *b, const struct query_env *env, const struct queries *q, struct plan **plan,
			   struct problem *why)
{
	enum err e = OK;
	for (size_t i = 0; i < q->n && e == OK; i++)
		e = plan_make(&b->scratch, env, b->job->scope, &q->rq[i], &plan[i], why);
	return e;
}

static bool may_query(struct broker *b, size_t n)
{
	if (b->limits.queries && n > b->limits.queries - b->queries) {
		broker_stop_limit(b, "queries");
		return false;
	}
	b->queries += (unsigned)n;
	if (!b->job->env->store) {
		reply_refused(b, "%s", b->job->why_no_store ? b->job->why_no_store : "there is no store to query");
		return false;
	}
	return true;
}

void serve_queries(struct broker *b, struct message *m)
{
	struct queries q;
	if (get_queries(&m->body, &b->scratch, &q) != OK) {
		broker_forged(b, "QUERIES");
		return;
	}
	if (!may_query(b, q.n))
		return;
	watchdog_start(b);
	struct query_env env = own_env(b);
	struct plan *plan[MAX_REQUESTS] = { 0 };
	struct answer a = { 0 };
	struct problem why = { 0 };
	enum err e = make_plans(b, &env, &q, plan, &why);
	if (e == OK)
		e = run_plans(b, plan, q.n, q.stream, &a, &why);
	for (size_t i = 0; i < q.n; i++)
		if (plan[i])
			plan_free(plan[i]);
	if (e == OK)
		reply_results(b, &a);
	else
		query_failed(b, e, &why);
	answer_free(&a);
}

/* -- explain ----------------------------------------------------------------------------------------- */

static const char *const kind_names[] = { [QUERY_TOPN] = "topN", [QUERY_TREND] = "trend", [QUERY_ROWS] = "rows" };

static void explain(struct broker *b, const struct query_env *env, const struct request *rq, struct buf *out)
{
	const struct view *v = view_find(rq->view, strlen(rq->view));
	const struct zone *z = env->zone;
	struct span span;
	if (rq->tz && zone_find(rq->tz, &z) != OK)
		z = env->zone;
	buf_printf(out, "%s of %s%s%s\n", kind_names[rq->kind], v ? v->name : rq->view, v ? ": " : "", v ? v->help : "");
	buf_printf(out, "select    %s\n", rq->select);
	buf_printf(out, "where     %s\n", rq->where && *rq->where ? rq->where : "(everything)");
	for (size_t i = 0; i < rq->nparam; i++)
		buf_printf(out, "  $%s = %s\n", rq->param[i].name, rq->param[i].value);
	if (z && interval_parse(rq->interval ? rq->interval : "today", env->now, z, &span, NULL) == OK) {
		char from[40], to[40];
		buf_printf(out, "interval  %s to %s\n", zone_iso(z, span.start, from), zone_iso(z, span.end, to));
	}
	if (rq->bucket)
		buf_printf(out, "bucket    %s\n", rq->bucket);
	if (rq->sort)
		buf_printf(out, "sort      %s\n", rq->sort);
	if (rq->n)
		buf_printf(out, "n         %lld\n", (long long)rq->n);
	const struct scope *s = b->job->scope;
	buf_printf(out, "scope     %s%s\n", scope_is_everything(s) ? "everything" : "customer ", scope_customer_id(s));
}

void serve_explain(struct broker *b, struct message *m)
{
	struct queries q;
	if (get_queries(&m->body, &b->scratch, &q) != OK || q.n != 1) {
		broker_forged(b, "EXPLAIN");
		return;
	}
	struct query_env env = own_env(b);
	struct plan *plan = NULL;
	struct problem why = { 0 };
	if (!may_query(b, 0))
		return;
	struct buf out = { .ceiling = 8u << 20 };
	enum err e = make_plans(b, &env, &q, &plan, &why);
	if (e == OK) {
		explain(b, &env, q.rq, &out);
		e = plan_explain(plan, &out);
	}
	if (plan)
		plan_free(plan);
	if (e != OK) {
		buf_free(&out);
		query_failed(b, e, &why);
		return;
	}
	if (out.bad)
		reply_refused(b, "explain: %s", err_text(out.bad));
	else
		reply_bytes(b, out.data, out.len);
	buf_free(&out);
}
