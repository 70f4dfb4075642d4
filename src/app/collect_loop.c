/* The one thread that stores.
 *
 *	poll (a worker's bell, a signal, the time) -> parcels -> store_put, model_note
 *	    once a second   store_commit
 *	    at the minute   store_seal, model_save
 *	    now and then    templates are kept (collect_keep.c), health of exporters is written down
 *
 *	SIGTERM, SIGINT  stop: receive no more, store what was received, seal, end
 *	SIGHUP           read the configuration again
 *	SIGUSR1          print totals
 *
 * When the store refuses (a full disk), its parcel is kept and tried again each second; parcels
 * then wait in the queues, and when these are full the workers count what they let go. */
#include "app/collect.h"
#include "app/mark.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { TURN = 64 }; /* parcels between two looks at the clock */
#define COMMIT_EVERY USEC_PER_SEC
#define RETRY_EVERY  USEC_PER_SEC
#define HEALTH_EVERY (10 * USEC_PER_SEC)

/* Said once when it begins to fail, and once when it is well again. */
static void refused(struct collecting *g, const char *what, enum err err)
{
	const char *why = err == E_IO ? strerror(errno) : err_text(err);
	if (!g->failing) {
		log_error("%s: %s: %s; trying again each second", g->store, what, why);
		event_post(g->events, EVENT_STORE_REFUSED, &(struct event_about){ 0 }, "%s: %s", what, why);
		g->failed_at = clock_monotonic();
	}
	g->failing = true;
	g->retry_at = clock_monotonic() + RETRY_EVERY;
}

static void well_again(struct collecting *g)
{
	if (g->failing) {
		const uint64_t seconds = (uint64_t)((clock_monotonic() - g->failed_at) / USEC_PER_SEC);
		log_info("%s: writes again", g->store);
		event_post(g->events, EVENT_STORE_RESUMED, &(struct event_about){ .value = seconds }, "%s", "");
	}
	g->failing = false;
	g->retry_at = 0;
}

/* -- parcels ------------------------------------------------------------------------------------- */

static bool store_parcel(struct collecting *g, struct parcel *p)
{
	uint64_t unlearnt = 0;
	enum err err;
	if (p->kind == PARCEL_NOTES) {
		err = parcel_learn(p, g->model, &unlearnt);
		g->unlearnt += unlearnt;
	} else {
		err = store_put(g->writer, p->batch);
		if (err == OK) {
			g->put[p->kind] += p->batch->n;
			caps_add(g->caps, p->batch);
			events_counters(g->events, p->batch);
		}
		g->dirty = true;
	}
	if (err != OK)
		refused(g, "rows wait", err);
	return err == OK;
}

bool store_next(struct collecting *g)
{
	struct parcel *p = g->held ? g->held : collector_take(g->collector);
	if (!p)
		return false;
	if (!g->held && p->kind == PARCEL_TRAFFIC && g->marking)
		(void)marking_rows(g->marking, p->batch); /* it has said so; the rows then count as unknown */
	g->held = p;
	if (!store_parcel(g, p))
		return false;
	g->held = NULL;
	collector_give_back(g->collector, p);
	if (g->failing)
		well_again(g);
	return true;
}

static void store_some(struct collecting *g)
{
	if (g->retry_at && clock_monotonic() < g->retry_at)
		return;
	for (int i = 0; i < TURN && store_next(g); i++)
		;
}

/* -- the clock ------------------------------------------------------------------------------------- */

static void save_known(struct collecting *g)
{
	g->told = false;
	if (!model_changed(g->model))
		return;
	enum err err = model_save(g->model, store_writer_folder(g->writer));
	if (err != OK)
		refused(g, "model", err);
}

static void save_model(struct collecting *g)
{
	if (g->marking)
		marking_save(g->marking, store_writer_folder(g->writer), g->stopping);
	save_known(g);
}

/* False: they wait, since the store refuses them. */
static bool store_events(struct collecting *g)
{
	struct batch *b = events_batch(g->events, g->model);
	if (!b)
		return true;
	enum err err = store_put(g->writer, b);
	if (err != OK) {
		refused(g, "events wait", err);
		return false;
	}
	g->put[TABLE_EVENTS] += b->n;
	g->dirty = g->told = true;
	events_taken(g->events);
	return true;
}

static void now_durable(struct collecting *g)
{
	for (size_t t = 0; t < TABLES; t++) {
		g->stored[t] += g->put[t];
		g->put[t] = 0;
	}
	g->dirty = false;
}

static bool seal(struct collecting *g)
{
	enum err err = store_seal(g->writer);
	if (err != OK)
		refused(g, "seal", err);
	else
		now_durable(g);
	save_model(g);
	return err == OK;
}

static usec_t next_minute(usec_t t)
{
	return (t / USEC_PER_MIN + 1) * USEC_PER_MIN;
}

static void look_for_events(struct collecting *g)
{
	struct collector_totals totals;
	struct upkeep_report upkeep;
	collect_totals(g, &totals);
	upkeep_report(g->upkeep, &upkeep);
	event_watch_look(g->watch, g->events, &(struct event_look){ .health = &g->health, .totals = &totals, .upkeep = &upkeep,
								     .silent = g->config->silent });
}

/* Written down for others, seldom enough that it never takes more than a fiftieth of the time. */
void tell_health(struct collecting *g)
{
	usec_t began = clock_monotonic();
	enum err err = health_update(&g->health, g->collector, g->config, g->caps, g->model);
	if (err == OK)
		err = health_write(&g->health, store_writer_folder(g->writer));
	look_for_events(g);
	if (err == OK)
		err = event_watch_save(g->watch, store_writer_folder(g->writer));
	if (err != OK && !g->failing && !g->health_failed)
		log_warn("%s/status: %s", g->store, err == E_IO ? strerror(errno) : err_text(err));
	g->health_failed = err != OK;
	usec_t now = clock_monotonic();
	g->health_at = now + MAX(HEALTH_EVERY, 50 * (now - began));
}

static void look_at_caps(struct collecting *g, usec_t now)
{
	caps_minute(g->caps, g->model, clock_now(), (double)(now - g->caps_since) / 1e6);
	g->caps_since = now;
	g->caps_at = now + USEC_PER_MIN;
}

/* What is looked after each second, whatever the store does. */
static void tick(struct collecting *g)
{
	usec_t now = clock_monotonic();
	if (now < g->tick_at)
		return;
	g->tick_at = now + USEC_PER_SEC;
	relieve(g);
	changes_look(g);
	events_tick(g->events, false);
	if (now >= g->keep_at)
		keep_save(g);
	forward_tick(g, now >= g->caps_at);
	if (now >= g->caps_at)
		look_at_caps(g, now);
	if (now >= g->health_at)
		tell_health(g);
}

static void what_is_due(struct collecting *g)
{
	usec_t now = clock_monotonic(), wall = clock_now();
	tick(g);
	if (g->retry_at && now < g->retry_at)
		return;
	if (!store_events(g))
		return;
	if (wall >= g->seal_at || wall < g->seal_at - 2 * USEC_PER_MIN) { /* or the clock was set back */
		if (seal(g) && g->failing && !g->held)
			well_again(g);
		g->seal_at = next_minute(clock_now());
		g->commit_at = clock_monotonic() + COMMIT_EVERY;
	} else if (now >= g->commit_at && g->dirty) {
		if (g->told)
			save_known(g);
		enum err err = store_commit(g->writer);
		if (err != OK) {
			refused(g, "commit", err);
			return;
		}
		now_durable(g);
		g->commit_at = clock_monotonic() + COMMIT_EVERY;
		if (g->failing && !g->held)
			well_again(g);
	}
}

/* -- signals --------------------------------------------------------------------------------------- */

static bool same_list(const struct config_list *a, const struct config_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!STREQ(a->at[i], b->at[i]))
			return false;
	return true;
}

static bool same_forwards(const struct config_forwards *a, const struct config_forwards *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct config_forward *x = &a->at[i], *y = &b->at[i];
		if (!STREQ(x->what, y->what) || !STREQ(x->customer, y->customer) || !STREQ(x->source, y->source) ||
		    x->one_in != y->one_in || !same_list(&x->to, &y->to) || !same_list(&x->exporters, &y->exporters))
			return false;
	}
	return true;
}

/* What forwards sends by sockets of its own, which the jail denies: only a restart opens them. */
static bool other_collector(const struct config *a, const struct config *b)
{
	bool other = !same_list(&a->listen, &b->listen) || a->workers != b->workers || a->buffer != b->buffer ||
		     a->queue != b->queue || !STREQ(a->tls_certificate, b->tls_certificate) ||
		     !STREQ(a->tls_key, b->tls_key) || !STREQ(a->tls_clients, b->tls_clients);
	if (!other || !(a->forward.n || b->forward.n))
		return other;
	log_warn("reload: with forward, places, workers, buffer and queue change only with a restart");
	return false;
}

static void reload(struct collecting *g)
{
	struct config *fresh = NULL;
	struct problem why = { 0 };
	enum err err = config_read(g->config_named, &fresh, &why);
	if (err == OK)
		err = config_name_interfaces(fresh, g->model);
	struct mapping *mapping = NULL;
	if (err == OK)
		err = mapping_new(fresh, store_writer_folder(g->writer), g->mapping, &mapping);
	if (err == OK) {
		(void)mapping_look(mapping); /* it says what is wrong; the mapping before holds on */
		err = upkeep_configure(g->upkeep, fresh, mapping);
	}
	if (err != OK) {
		log_error("reload: %s; nothing was changed", why.text[0] ? why.text : err_text(err));
		event_post(g->events, EVENT_COLLECTOR_REFUSED, &(struct event_about){ 0 }, "%s", why.text[0] ? why.text : err_text(err));
		mapping_drop(mapping);
		config_free(fresh);
		return;
	}
	mapping_drop(g->mapping);
	g->mapping = mapping;
	fetching_again(g->fetching);
	if (!STREQ(fresh->store, g->config->store) || !same_forwards(&fresh->forward, &g->config->forward))
		log_warn("reload: store and forward change only with a restart");
	struct config *before = g->config;
	char changed[CONFIG_CHANGED];
	size_t n = config_changed(before, fresh, changed);
	event_post(g->events, EVENT_COLLECTOR_RELOAD, &(struct event_about){ .value = n }, "%s", changed);
	g->config = fresh;
	if (other_collector(before, fresh) && !collect_replace(g))
		log_error("reload: places, workers, buffer and queue stay as they were");
	if ((err = set_sampling(g, before)) != OK)
		log_error("reload: sampling rates: %s", err_text(err));
	if ((err = spread_exporters(g, NULL)) != OK)
		log_error("reload: collect.spread: %s", err_text(err));
	config_free(before);
	forward_tick(g, true);
	struct zones_changes zones = { 0 };
	if (!marking_reload(g->marking, g->config, g->mapping, &zones))
		log_error("reload: where flows are counted is decided as before");
	changes_zones(g, &zones);
	log_info("reload: the configuration was read again");
}

static void on_signal(struct collecting *g)
{
	struct signalfd_siginfo s;
	while (read(g->signals, &s, sizeof(s)) == (ssize_t)sizeof(s))
		switch (s.ssi_signo) {
		case SIGHUP:
			reload(g);
			break;
		case SIGUSR1:
			tell_health(g);
			collect_report(g);
			break;
		default:
			if (!g->stopping)
				collector_stop(g->collector);
			g->stopping = true;
		}
}

/* -- the loop -------------------------------------------------------------------------------------- */

static int patience(const struct collecting *g)
{
	usec_t now = clock_monotonic(), wall = clock_now();
	usec_t wait = MIN(g->seal_at - wall, g->tick_at - now);
	if (g->dirty)
		wait = MIN(wait, g->commit_at - now);
	if (g->retry_at)
		wait = MAX(wait, g->retry_at - now);
	if (g->stopping)
		wait = MIN(wait, USEC_PER_SEC / 100);
	return (int)(MIN(MAX(wait, 0), USEC_PER_MIN) / 1000 + 1);
}

void let_go(struct collecting *g)
{
	struct parcel *p = g->held;
	g->held = NULL;
	for (;; p = collector_take(g->collector)) {
		if (p) {
			g->lost += p->batch ? p->batch->n : 0;
			collector_give_back(g->collector, p);
		} else if (collector_ended(g->collector)) {
			break;
		} else {
			usleep(1000);
		}
	}
}

/* The rest, once no worker runs.  A store that goes on refusing is asked a few times more. */
static bool finish(struct collecting *g)
{
	usec_t end = clock_monotonic() + LAST_TRIES;
	events_tick(g->events, true);
	event_post(g->events, EVENT_COLLECTOR_STOP,
		   &(struct event_about){ .value = (uint64_t)((clock_monotonic() - g->started) / USEC_PER_SEC) }, "%s", "");
	for (;;) {
		bool done = !g->held && store_events(g) && seal(g);
		if (done && !model_changed(g->model))
			return !g->lost;
		if (clock_monotonic() >= end)
			break;
		usleep(RETRY_EVERY / 2);
		g->retry_at = 0;
		while (store_next(g))
			;
	}
	let_go(g);
	for (size_t t = 0; t < TABLES; t++)
		g->lost += g->put[t];
	log_error("%s: could not be brought to its end; %" PRIu64 " rows were lost", g->store, g->lost);
	return false;
}

bool collect_loop(struct collecting *g)
{
	struct pollfd p[2] = { { .fd = collector_wake(g->collector), .events = POLLIN },
			       { .fd = g->signals, .events = POLLIN } };
	usec_t stop_by = 0;
	g->seal_at = next_minute(clock_now());
	g->commit_at = g->caps_since = clock_monotonic();
	g->commit_at += COMMIT_EVERY;
	g->caps_at = g->caps_since + USEC_PER_MIN;
	for (;;) {
		/* While the store pauses the bell may ring: then only time and signals wake us. */
		size_t first = g->retry_at && !g->stopping ? 1 : 0;
		p[0].fd = collector_wake(g->collector); /* which a reload may replace */
		int n = poll(p + first, 2 - first, patience(g));
		if (n > 0 && p[1].revents)
			on_signal(g);
		p[1].revents = 0;
		what_is_due(g);
		store_some(g);
		if (!g->stopping)
			continue;
		if (!stop_by)
			stop_by = clock_monotonic() + LAST_TRIES;
		if (collector_ended(g->collector) && !g->held)
			break;
		if (g->failing && clock_monotonic() >= stop_by)
			break;
	}
	return finish(g);
}
