/* A round each minute: retention first, because it makes room, then merges of hours that are over, one by
 * one with pauses between them, then retention again when anything was merged; then whose the rows of
 * segments are, where that is not known under the mapping as it is now; then roll-ups, with pauses, of what
 * was merged or has other owners.
 *
 *	storing thread   put put commit put put seal ...                      the same struct store_writer;
 *	upkeep           prune  merge . merge  prune  attribute  roll . roll  store.h says what may be called beside what
 *
 * A round that fails (a full disk) is told of once and tried again in the next minute: what was merged so far
 * stays, the rest is as it was. */
#include "app/upkeep.h"

#include "app/attributing.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

enum { NICENESS = 10, ROLLUPS_AT_ONCE = 4 };
#define ROLL_EVERY USEC_PER_HOUR /* also when nothing is new: hours become days */
#define ROUND_EVERY USEC_PER_MIN
#define PAUSE_MOST  (5 * USEC_PER_SEC) /* between merges: as long as the merge took, at most so long */

struct upkeep {
	struct store_writer *writer;
	pthread_t thread;
	atomic_bool stop;

	pthread_mutex_t lock; /* over what is below */
	pthread_cond_t changed;
	struct prune_limit *limit;
	size_t nlimits;
	struct attributing *attributing; /* or NULL: there is no mapping; used by the thread alone once it is `now` */
	struct attributing *now;
	bool configured; /* `attributing` is new */
	uint64_t attributed; /* segments_out when it was done last */
	bool rolls, roll;    /* as configured; there is something to roll up, or not all was */
	uint64_t rolled;     /* segments_out when it was done last */
	usec_t rolled_at;
	bool again; /* the limits are new: no need to wait for the next round */
	struct upkeep_report report;
};

/* -- retention as configured ------------------------------------------------------------------------------ */

static enum err limits_of(const struct config *c, struct prune_limit **ret)
{
	struct prune_limit *l = mem_new0(c->retention.n + 1, sizeof(*l));
	if (!l)
		return E_NOMEM;
	for (size_t i = 0; i < c->retention.n; i++) {
		const struct config_keep *k = &c->retention.at[i];
		l[i] = (struct prune_limit){ .all_tables = !k->table, .all_levels = !k->level,
					     .keep = k->keep, .max_bytes = k->max_size };
		if (k->table)
			l[i].table = (enum table_id)(k->table - 1);
		if (k->level)
			l[i].level = (enum store_level)(k->level - 1);
	}
	*ret = l;
	return OK;
}

enum err upkeep_configure(struct upkeep *u, const struct config *c, struct mapping *m)
{
	struct prune_limit *fresh;
	struct attributing *of;
	enum err err = limits_of(c, &fresh);
	if (err == OK && (err = attributing_new(m, &of)) != OK)
		mem_free(fresh);
	if (err != OK)
		return err;
	pthread_mutex_lock(&u->lock);
	struct prune_limit *old = u->limit;
	struct attributing *unused = u->attributing;
	u->attributing = of;
	u->limit = fresh;
	u->nlimits = c->retention.n;
	u->again = true;
	pthread_cond_signal(&u->changed);
	u->configured = u->roll = true;
	u->rolls = !STREQ(c->rollups, "no");
	pthread_mutex_unlock(&u->lock);
	attributing_free(unused);
	mem_free(old);
	return OK;
}

static struct prune_limit *copy_limits(struct upkeep *u, size_t *ret_n)
{
	pthread_mutex_lock(&u->lock);
	size_t n = u->nlimits;
	struct prune_limit *l = mem_new0(n + 1, sizeof(*l));
	if (l && n)
		memcpy(l, u->limit, n * sizeof(*l));
	u->again = false;
	pthread_mutex_unlock(&u->lock);
	*ret_n = n;
	return l;
}

/* -- a round ------------------------------------------------------------------------------------------------ */

static bool stopping(void *arg)
{
	struct upkeep *u = arg;
	return atomic_load(&u->stop);
}

static enum err prune(struct upkeep *u)
{
	struct prune_report r = { 0 };
	struct prune_policy policy = { 0 };
	_cleanup_(mem_freep) struct prune_limit *limit = copy_limits(u, &policy.nlimits);
	if (!limit)
		return E_NOMEM;
	policy.limit = limit;
	enum err err = store_prune(u->writer, clock_now(), &policy, &r);
	pthread_mutex_lock(&u->lock);
	u->report.pruned += r.segments;
	u->report.pruned_rows += r.rows;
	u->report.pruned_bytes += r.bytes;
	u->report.removed += r.removed;
	pthread_mutex_unlock(&u->lock);
	if (r.segments)
		log_info("retention: %zu segments with %llu rows went", r.segments, (unsigned long long)r.rows);
	return err;
}

/* One merge; *ret_more: there is another. */
static enum err merge(struct upkeep *u, bool *ret_more)
{
	struct compact_report r = { 0 };
	const struct compact_options opt = { .most_groups = 1, .stop = stopping, .arg = u };
	enum err err = store_compact(u->writer, clock_now(), &opt, &r);
	pthread_mutex_lock(&u->lock);
	struct upkeep_report *to = &u->report;
	to->merges += r.segments_in ? r.groups : 0;
	to->segments_in += r.segments_in;
	to->segments_out += r.segments_out;
	to->rows += r.rows;
	to->bytes_in += r.bytes_in;
	to->bytes_out += r.bytes_out;
	to->unreadable = r.unreadable;
	to->removed += r.removed;
	pthread_mutex_unlock(&u->lock);
	*ret_more = r.more;
	return err;
}

/* Until then, or until there is something else to do. */
static void wait_for(struct upkeep *u, usec_t how_long)
{
	usec_t until = clock_monotonic() + how_long;
	const struct timespec t = { .tv_sec = until / USEC_PER_SEC, .tv_nsec = until % USEC_PER_SEC * 1000 };
	pthread_mutex_lock(&u->lock);
	while (!atomic_load(&u->stop) && !u->again && pthread_cond_timedwait(&u->changed, &u->lock, &t) == 0)
		;
	pthread_mutex_unlock(&u->lock);
}

/* Whose rows: sidecars for what was sealed and merged. */
static enum err attribute(struct upkeep *u)
{
	const struct attribute_options opt = { .stop = stopping, .arg = u };
	struct attribute_report r = { 0 };
	pthread_mutex_lock(&u->lock);
	if (u->configured) {
		attributing_free(u->now);
		u->now = u->attributing;
		u->attributing = NULL;
		u->configured = false;
	}
	const uint64_t out = u->report.segments_out;
	const bool more = out != u->attributed;
	pthread_mutex_unlock(&u->lock);
	enum err err = u->now ? attributing_round(u->now, u->writer, &opt, more, &r) : OK;
	if (err == OK && u->now && r.made)
		log_info("customers: %zu segments with %llu rows attributed", r.made, (unsigned long long)r.rows);
	u->attributed = err == OK ? out : u->attributed;
	pthread_mutex_lock(&u->lock);
	u->roll |= err == OK && u->now && r.made;
	pthread_mutex_unlock(&u->lock);
	return err;
}

/* What segments lack, a few at a time. */
static enum err roll_up(struct upkeep *u)
{
	const struct rollup_options opt = { .most = ROLLUPS_AT_ONCE, .stop = stopping, .arg = u };
	struct rollup_report r = { .more = true };
	pthread_mutex_lock(&u->lock);
	const uint64_t out = u->report.segments_out;
	const bool due = u->rolls && (u->roll || out != u->rolled || clock_monotonic() - u->rolled_at > ROLL_EVERY);
	u->roll = false;
	pthread_mutex_unlock(&u->lock);
	enum err err = OK;
	while (due && r.more && err == OK && !stopping(u)) {
		usec_t began = clock_monotonic();
		err = attributing_rollups(u->now, u->writer, &opt, &r);
		pthread_mutex_lock(&u->lock);
		u->report.rollups += r.made;
		u->report.rollup_rows += r.rows_out;
		u->roll |= err != OK;
		pthread_mutex_unlock(&u->lock);
		if (r.more && err == OK)
			wait_for(u, MIN(clock_monotonic() - began, PAUSE_MOST));
	}
	u->rolled = due ? out : u->rolled;
	u->rolled_at = due ? clock_monotonic() : u->rolled_at;
	return err;
}

static enum err round_of(struct upkeep *u)
{
	bool more = true, merged = false;
	enum err err = prune(u);
	while (more && !stopping(u)) {
		usec_t began = clock_monotonic();
		enum err e = merge(u, &more);
		if (e != OK)
			return e;
		merged |= more;
		if (more)
			wait_for(u, MIN(clock_monotonic() - began, PAUSE_MOST));
	}
	if (err == OK && merged && !stopping(u))
		err = prune(u);
	if (err == OK && !stopping(u))
		err = attribute(u);
	return err == OK && !stopping(u) ? roll_up(u) : err;
}

/* Told when it begins to fail, and when it is well again. */
static void after_round(struct upkeep *u, enum err err, usec_t began)
{
	char text[sizeof(u->report.problem)] = "";
	if (err != OK && err != E_CANCELLED)
		snprintf(text, sizeof(text), "%s", err == E_IO ? strerror(errno) : err_text(err));
	pthread_mutex_lock(&u->lock);
	bool failed = *text, before = u->report.problem[0];
	snprintf(u->report.problem, sizeof(u->report.problem), "%s", text);
	u->report.failures += failed;
	u->report.busy += clock_monotonic() - began;
	u->report.last = clock_now();
	u->report.running = false;
	pthread_mutex_unlock(&u->lock);
	if (failed && !before)
		log_error("housekeeping of the store: %s; trying again each minute", text);
	else if (before && !failed)
		log_info("housekeeping of the store works again");
}

static void *thread(void *arg)
{
	struct upkeep *u = arg;
	(void)pthread_setname_np(pthread_self(), "weir-upkeep");
	(void)setpriority(PRIO_PROCESS, 0, NICENESS); /* of this thread alone, on Linux */
	while (!stopping(u)) {
		usec_t began = clock_monotonic();
		pthread_mutex_lock(&u->lock);
		u->report.running = true;
		pthread_mutex_unlock(&u->lock);
		after_round(u, round_of(u), began);
		wait_for(u, ROUND_EVERY);
	}
	return NULL;
}

/* -- the door ------------------------------------------------------------------------------------------------- */

static void free_all(struct upkeep *u)
{
	pthread_cond_destroy(&u->changed);
	pthread_mutex_destroy(&u->lock);
	mem_free(u->limit);
	attributing_free(u->attributing);
	attributing_free(u->now);
	mem_free(u);
}

enum err upkeep_start(struct store_writer *w, const struct config *c, struct mapping *m, struct upkeep **ret)
{
	pthread_condattr_t by_clock;
	struct upkeep *u = mem_new0(1, sizeof(*u));
	if (!u)
		return E_NOMEM;
	u->writer = w;
	pthread_mutex_init(&u->lock, NULL);
	pthread_condattr_init(&by_clock);
	pthread_condattr_setclock(&by_clock, CLOCK_MONOTONIC);
	pthread_cond_init(&u->changed, &by_clock);
	pthread_condattr_destroy(&by_clock);
	enum err err = upkeep_configure(u, c, m);
	int e = err == OK ? pthread_create(&u->thread, NULL, thread, u) : 0;
	if (err == OK && !e) {
		*ret = u;
		return OK;
	}
	free_all(u);
	errno = e;
	return err != OK ? err : E_IO;
}

void upkeep_report(struct upkeep *u, struct upkeep_report *ret)
{
	pthread_mutex_lock(&u->lock);
	*ret = u->report;
	pthread_mutex_unlock(&u->lock);
}

void upkeep_stop(struct upkeep *u)
{
	if (!u)
		return;
	pthread_mutex_lock(&u->lock);
	atomic_store(&u->stop, true);
	pthread_cond_signal(&u->changed);
	pthread_mutex_unlock(&u->lock);
	pthread_join(u->thread, NULL);
	free_all(u);
}
