/* Where the collector listens: at the start, and again when the configuration names other places.
 *
 * Then a second collector is opened beside the first one, with what that knows of templates, and takes its
 * place (collect/take_over.c): no datagram is lost by it, and places that both have go on without a gap. */
#include "app/collect.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static bool failed(const char *what, enum err err, const struct problem *why)
{
	const char *text = why && why->text[0] ? why->text : err == E_IO ? strerror(errno) : err_text(err);
	log_error("%s%s%s", what ? what : "", what ? ": " : "", text);
	return false;
}

static bool places(const struct collect_args *a, const struct config *c, struct listen_at ret[MAX_LISTEN], size_t *ret_n)
{
	static const char *const usual[] = { "6343", "2055", "4739" }; /* sFlow, NetFlow, IPFIX */
	const char *const *text = a->nlisten ? a->listen : c->listen.n ? c->listen.at : usual;
	size_t n = a->nlisten ? a->nlisten : c->listen.n ? c->listen.n : COUNT_OF(usual);
	struct problem why = { 0 };
	if (n > MAX_LISTEN) {
		log_error("collect.listen: at most %d places", MAX_LISTEN);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		enum err err = listen_parse(text[i], &ret[i], &why);
		if (err != OK)
			return failed(a->nlisten ? "collect: --listen" : "collect.listen", err, &why);
	}
	*ret_n = n;
	return true;
}

static void tell_places(const struct collecting *g, const struct collector *c, const struct listen_at *at, size_t n)
{
	char ports[MAX_LISTEN * 12] = "";
	for (size_t i = 0, len = 0; i < n; i++) {
		bool said = i && at[i].transport == at[i - 1].transport;
		len += (size_t)snprintf(ports + len, sizeof(ports) - len, "%s%s%s%u", i ? ", " : "",
					said ? "" : transport_shown(at[i].transport), said ? "" : " ", collector_port(c, i));
	}
	log_info("collecting on %s into %s, %u workers, buffers of %zu KB", ports, g->store, collector_workers(c),
		 collector_buffer(c) / 1024);
}

bool collect_open(struct collecting *g, struct collector **ret)
{
	const struct collect_args *a = g->args;
	struct listen_at at[MAX_LISTEN];
	struct problem why = { 0 };
	size_t n = 0;
	if (!places(a, g->config, at, &n))
		return false;
	uint64_t workers = a->workers ? a->workers : g->config->workers;
	_cleanup_(arena_free) struct arena memory = { 0 };
	const struct forward_rule *forward = NULL;
	enum err err = forward_rules(g->config, &memory, &forward, &why);
	if (err != OK)
		return failed(g->config->path, err, &why);
	const struct collector_options opt = {
		.listen = at,
		.nlisten = n,
		.workers = (unsigned)MIN(workers, (uint64_t)UINT32_MAX),
		.buffer_bytes = a->buffer ? a->buffer : g->config->buffer,
		.queue_rows = a->queue ? a->queue : g->config->queue,
		.forward = forward,
		.nforward = g->config->forward.n,
		.tls = { g->config->tls_certificate, g->config->tls_key, g->config->tls_clients },
		.door = g->door,
		.beside = g->collector,
	};
	err = collector_open(&opt, ret, &why);
	if (err != OK)
		return failed(NULL, err, &why);
	if (collector_buffer(*ret) && collector_buffer(*ret) < opt.buffer_bytes)
		log_warn("the system allows receive buffers of %zu KB, not %zu: raise net.core.rmem_max, or grant CAP_NET_ADMIN",
			 collector_buffer(*ret) / 1024, opt.buffer_bytes / 1024);
	tell_places(g, *ret, at, n);
	return true;
}

/* -- another collector ----------------------------------------------------------------------------------- */

static enum err same_templates(struct collector *from, struct collector *to)
{
	_cleanup_(buf_free) struct buf b = { .ceiling = (size_t)256 << 20 };
	enum err err = collector_save_templates(from, &b);
	return err == OK ? collector_load_templates(to, b.data, b.len) : err;
}

void collect_totals(const struct collecting *g, struct collector_totals *ret)
{
	collector_totals(g->collector, ret);
	counts_add(ret, &g->before);
}

static bool could_replace(const struct collecting *g, const struct collector *old, const struct collector *fresh)
{
	if (!g->no_jail && collector_accepts(fresh) && !collector_accepts(old)) {
		log_error("reload: a first place for tcp: or tls: wants a restart");
		return false;
	}
	return true;
}

/* SIGTERM or SIGINT waits to be read: that is left to the loop. */
static bool asked_to_stop(void)
{
	sigset_t waiting;
	return sigpending(&waiting) == 0 && (sigismember(&waiting, SIGTERM) == 1 || sigismember(&waiting, SIGINT) == 1);
}

/* What g->collector still hands over is stored.  A store that refuses is waited for, unless we are to stop: then
 * it has as long as at any other stop, and what is left is counted. */
static void store_rest(struct collecting *g)
{
	usec_t end = 0;
	while (!collector_ended(g->collector) || g->held) {
		if ((!g->failing || clock_monotonic() >= g->retry_at) && store_next(g))
			continue;
		if (!end && g->failing && asked_to_stop())
			end = clock_monotonic() + LAST_TRIES;
		if (end && g->failing && clock_monotonic() >= end) {
			let_go(g);
			log_error("%s: refused rows until the end; %" PRIu64 " were lost", g->store, g->lost);
			break;
		}
		usleep(g->failing ? 20000 : 500);
	}
}

/* What the old one still hands over is stored; then its totals are kept, and it goes. */
static void end_collector(struct collecting *g, struct collector *old, struct collector *fresh)
{
	struct collector_totals t;
	collector_stop(old);
	g->collector = old;
	store_rest(g);
	collector_totals(old, &t);
	counts_add(&g->before, &t);
	g->collector = fresh;
	enum err err = collector_take_over(fresh, old);
	if (err != OK)
		failed("reload: steering", err, NULL);
	if (err == OK && (err = spread_exporters(g, old)) == OK)
		err = collector_steer(fresh);
	if (err != OK)
		failed("reload: spreading", err, NULL);
	collector_close(old);
}

bool collect_replace(struct collecting *g)
{
	struct collector *old = g->collector, *fresh = NULL;
	if (g->failing) {
		log_error("reload: the store refuses rows: other places must wait until it is well again");
		return false;
	}
	if (!collect_open(g, &fresh))
		return false;
	enum err err = could_replace(g, old, fresh) ? same_templates(old, fresh) : E_DENIED;
	if (err == OK) {
		g->collector = fresh;
		err = set_sampling(g, NULL);
	}
	if (err == OK)
		err = collector_start(fresh);
	if (err == OK)
		err = collector_steer_from(fresh, old);
	if (err != OK) {
		if (err != E_DENIED)
			failed("reload", err, NULL);
		g->collector = old;
		collector_close(fresh);
		return false;
	}
	end_collector(g, old, fresh);
	return true;
}
