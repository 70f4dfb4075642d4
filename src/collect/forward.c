/* The forwarding thread.  See forward.h.
 *
 *	poll (the bell, the time) -> each ring: at most TURN datagrams -> each rule that wants the exporter
 *	                                                                  messages of a session: forward_session.c
 *
 * What a rule needs beyond the bytes (records, owners) is worked out here and not in the workers, so
 * that the cost of receiving does not depend on the rules.  When this thread cannot keep up, rings fill,
 * and what does not fit is counted; receiving goes on.
 *
 * Owners are replaced while it runs: the new ones lie under the lock until the thread takes them at the
 * beginning of a turn. */
#include "collect/forward_in.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { TURN = 64, RING_BYTES = 16 << 20 };
#define FLUSH_EVERY (USEC_PER_SEC / 5) /* a customer's sample waits no longer for others */

struct route {
	struct forward_rule rule; /* its texts and lists are in the forwarder's arena */
	struct receiver to[MAX_FORWARD_TO];
	size_t nto;
	struct thin *thin; /* FORWARD_SAMPLED */
	struct own own;    /* FORWARD_CUSTOMER */
};

struct forwarder {
	struct arena arena;
	struct route *route;
	size_t nroutes;
	bool owned;            /* a rule has a customer */
	struct ring **ring;    /* of each worker */
	unsigned nrings;
	int bell, wake;
	pthread_t thread;
	bool running;
	atomic_uint workers;   /* that have not ended */
	atomic_bool asleep, ended;
	atomic_uint_fast64_t overflows; /* datagrams for which a ring had no room */

	/* The thread's own. */
	struct wire *wire;     /* for rules with customers, and sessions; its refusals are the worker's to tell */
	struct session_told told;
	struct attributor *owners;
	struct owner_sets *sets;
	const struct datagram *now; /* being decoded */
	usec_t flush_at;

	pthread_mutex_t lock;  /* over what is below */
	struct forward_counts counts;
	struct attributor *next_owners;
	uint32_t *next_index;  /* of each route's customer */
};

/* -- what a customer gets -------------------------------------------------------------------------------- */

struct route_send {
	struct forwarder *f;
	const struct route *route;
};

static void send_made(void *arg, const uint8_t *data, size_t len)
{
	const struct route_send *s = arg;
	const struct datagram d = { .data = data, .len = len };
	for (size_t i = 0; i < s->route->nto; i++)
		receiver_send(&s->route->to[i], &d, &s->f->counts);
}

static bool wants(const struct route *r, const struct addr *exporter)
{
	for (size_t i = 0; i < r->rule.nfrom; i++)
		if (prefix_holds(&r->rule.from[i], exporter))
			return true;
	return !r->rule.nfrom;
}

/* The i-th rule, when it is one for this row's exporter with a known customer. */
static struct route *customers_route(struct forwarder *f, size_t i, struct own_question *ret)
{
	struct route *r = &f->route[i];
	if (r->rule.what != FORWARD_CUSTOMER || r->own.index == UINT32_MAX || !f->owners || !wants(r, &f->now->from))
		return NULL;
	*ret = (struct own_question){ .owners = f->owners, .sets = f->sets, .own = &r->own };
	return r;
}

static struct outgoing *outgoing_of(struct forwarder *f, struct route *r, uint32_t agent)
{
	struct outgoing *o = own_outgoing(&r->own, agent, clock_monotonic());
	if (!o)
		f->counts.drops[DROP_FORWARD_MEMORY]++;
	return o;
}

static void on_flow(void *arg, const struct flow_rec *rec)
{
	struct forwarder *f = arg;
	struct own_question q = { 0 };
	struct flow_rec seen;
	uint32_t set = 0;
	if (!f->owners || customers_owners_of(f->owners, f->sets, rec, SIDE_EITHER, &set) != OK || !set)
		return;
	for (size_t i = 0; i < f->nroutes; i++) {
		struct route *r = customers_route(f, i, &q);
		bool port;
		if (!r || !own_set_has(&q, set))
			continue;
		own_flow(&q, rec, &seen, &port);
		struct route_send send = { f, r };
		struct outgoing *o = outgoing_of(f, r, port ? own_agent(&r->own, &rec->agent) : 0);
		if (o)
			outgoing_flow(o, &seen, &(struct outgoing_to){ &send, send_made });
	}
}

static void on_counters(void *arg, const struct ifcounters_rec *rec)
{
	struct forwarder *f = arg;
	struct own_question q;
	struct ifcounters_rec seen;
	for (size_t i = 0; i < f->nroutes; i++) {
		struct route *r = customers_route(f, i, &q);
		if (!r || !own_counters(&q, rec, &seen))
			continue;
		struct route_send send = { f, r };
		struct outgoing *o = outgoing_of(f, r, own_agent(&r->own, &rec->agent));
		if (o)
			outgoing_counters(o, &seen, &(struct outgoing_to){ &send, send_made });
	}
}

static void flush_all(struct forwarder *f)
{
	for (size_t i = 0; i < f->nroutes; i++) {
		struct route *r = &f->route[i];
		struct route_send send = { f, r };
		for (size_t k = 0; r->own.out && k <= r->own.nagents; k++)
			if (r->own.out[k])
				outgoing_flush(r->own.out[k], &(struct outgoing_to){ &send, send_made });
	}
}

/* -- a datagram ---------------------------------------------------------------------------------------------- */

struct message_send {
	struct forwarder *f;
	const struct datagram *like; /* whose they are */
};

/* To all who get this exporter's messages. */
static void send_templates(void *arg, const uint8_t *data, size_t len)
{
	const struct message_send *s = arg;
	struct datagram d = *s->like;
	d.data = data;
	d.len = len;
	for (size_t i = 0; i < s->f->nroutes; i++) {
		const struct route *r = &s->f->route[i];
		for (size_t k = 0; r->rule.what != FORWARD_CUSTOMER && wants(r, &d.from) && k < r->nto; k++)
			receiver_send(&r->to[k], &d, &s->f->counts);
	}
}

static void forward_one(struct forwarder *f, const struct datagram *d)
{
	struct datagram less;
	f->now = d;
	if (ring_is_end(d)) {
		wire_session_end(f->wire, d->session);
		session_told_end(&f->told, d->session);
		return;
	}
	if (d->session || (f->owned && f->owners))
		wire_decode(f->wire, d);
	if (d->session && session_tell(&f->told, f->wire, d, &(struct outgoing_to){ &(struct message_send){ f, d }, send_templates }) != OK)
		f->counts.drops[DROP_FORWARD_MEMORY]++;
	for (size_t i = 0; i < f->nroutes; i++) {
		struct route *r = &f->route[i];
		const struct datagram *what = d;
		if (r->rule.what == FORWARD_CUSTOMER || !wants(r, &d->from))
			continue;
		if (r->rule.what == FORWARD_SAMPLED) {
			if (!thin_datagram(r->thin, d, &less, &f->counts))
				continue;
			what = &less;
		}
		for (size_t k = 0; k < r->nto; k++)
			receiver_send(&r->to[k], what, &f->counts);
	}
}

static size_t drain(struct forwarder *f, struct ring *ring)
{
	struct datagram d;
	size_t at = ring_start(ring), n = 0;
	for (; n < TURN && ring_next(ring, &at, &d); n++)
		forward_one(f, &d);
	ring_release(ring, at);
	return n;
}

/* -- owners --------------------------------------------------------------------------------------------------- */

static void take_owners(struct forwarder *f)
{
	struct owner_sets *sets;
	if (!f->next_owners || owner_sets_new(f->next_owners, &sets) != OK)
		return; /* out of memory: tried again in the next turn */
	owner_sets_free(f->sets);
	attributor_free(f->owners);
	f->sets = sets;
	f->owners = f->next_owners;
	f->next_owners = NULL;
	for (size_t i = 0; i < f->nroutes; i++)
		f->route[i].own.index = f->next_index[i];
}

static uint32_t index_of(const struct customers *mapping, const char *id)
{
	const struct customer *c;
	for (size_t i = 0; (c = customers_at(mapping, i)); i++)
		if (STREQ(c->id, id))
			return (uint32_t)i;
	return UINT32_MAX;
}

enum err forwarder_owners(struct forwarder *f, const struct customers *mapping, struct attributor *owners,
			  size_t *ret_unknown)
{
	size_t unknown = 0;
	enum err err = OK;
	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < f->nroutes; i++) {
		struct route *r = &f->route[i];
		if (r->rule.what != FORWARD_CUSTOMER)
			continue;
		f->next_index[i] = index_of(mapping, r->rule.customer);
		unknown += f->next_index[i] == UINT32_MAX;
		if (f->next_index[i] != UINT32_MAX && err == OK)
			err = own_learn(&r->own, mapping, f->next_index[i]);
	}
	attributor_free(f->next_owners);
	f->next_owners = owners;
	pthread_mutex_unlock(&f->lock);
	*ret_unknown = unknown;
	return err;
}

bool forwarder_wants_owners(const struct forwarder *f)
{
	return f->owned;
}

/* -- the thread ------------------------------------------------------------------------------------------------ */

static size_t turn(struct forwarder *f)
{
	size_t n = 0;
	usec_t now = clock_monotonic();
	pthread_mutex_lock(&f->lock);
	take_owners(f);
	for (unsigned i = 0; i < f->nrings; i++)
		n += drain(f, f->ring[i]);
	if (now >= f->flush_at) {
		flush_all(f);
		f->flush_at = now + FLUSH_EVERY;
	}
	pthread_mutex_unlock(&f->lock);
	return n;
}

static bool is_empty(struct forwarder *f)
{
	struct datagram d;
	for (unsigned i = 0; i < f->nrings; i++) {
		size_t at = ring_start(f->ring[i]);
		if (ring_next(f->ring[i], &at, &d))
			return false;
	}
	return true;
}

/* It sleeps only when the rings were empty after it said so: who puts later finds it asleep, and rings.
 * Exchanges on both sides, because of two of them one sees the other; a store and a load may miss. */
static void rest(struct forwarder *f)
{
	struct pollfd p = { .fd = f->bell, .events = POLLIN };
	uint64_t rung;
	(void)atomic_exchange(&f->asleep, true);
	if (is_empty(f) && atomic_load(&f->workers))
		(void)poll(&p, 1, f->owned ? (int)(FLUSH_EVERY / 1000) : -1);
	atomic_store(&f->asleep, false);
	if (read(f->bell, &rung, sizeof(rung)) < 0)
		return; /* it was not rung */
}

static void ring_bell(int fd)
{
	static const uint64_t one = 1;
	if (write(fd, &one, sizeof(one)) < 0)
		return; /* full: it is readable as it should be */
}

static void *thread(void *arg)
{
	struct forwarder *f = arg;
	(void)pthread_setname_np(pthread_self(), "weir-forward");
	for (;;) {
		bool last = !atomic_load(&f->workers);
		size_t n = turn(f);
		if (!n && last)
			break;
		if (!n)
			rest(f);
	}
	pthread_mutex_lock(&f->lock);
	flush_all(f);
	pthread_mutex_unlock(&f->lock);
	atomic_store(&f->ended, true);
	ring_bell(f->wake);
	return NULL;
}

struct wire *forwarder_wire(struct forwarder *f)
{
	return f->wire;
}

enum err forwarder_set_sampling(struct forwarder *f, const struct addr *agent, uint32_t ifindex, uint32_t rate)
{
	pthread_mutex_lock(&f->lock);
	enum err err = wire_set_sampling(f->wire, agent, ifindex, rate);
	pthread_mutex_unlock(&f->lock);
	return err;
}

/* -- the workers' side ------------------------------------------------------------------------------------------- */

void forwarder_put(struct forwarder *f, unsigned worker, const struct datagram *d)
{
	if (!ring_put(f->ring[worker], d))
		atomic_fetch_add(&f->overflows, 1);
}

/* Workers number their sessions each from one on. */
static uint32_t session_of(const struct forwarder *f, unsigned worker, uint32_t session)
{
	return session * f->nrings + worker;
}

void forwarder_put_message(struct forwarder *f, unsigned worker, const struct datagram *d)
{
	struct datagram message = *d;
	message.session = session_of(f, worker, d->session);
	forwarder_put(f, worker, &message);
}

void forwarder_session_end(struct forwarder *f, unsigned worker, uint32_t session)
{
	const struct datagram end = { .data = (const uint8_t *)"", .session = session_of(f, worker, session) };
	forwarder_put(f, worker, &end);
}

void forwarder_burst(struct forwarder *f)
{
	if (atomic_exchange(&f->asleep, false))
		ring_bell(f->bell);
}

void forwarder_worker_ended(struct forwarder *f)
{
	atomic_fetch_sub(&f->workers, 1);
	ring_bell(f->bell);
}

bool forwarder_ended(const struct forwarder *f)
{
	return !f->running || atomic_load(&f->ended);
}

void forwarder_totals(struct forwarder *f, struct collector_totals *t)
{
	pthread_mutex_lock(&f->lock);
	t->forwarded += f->counts.sent;
	t->forwarded_bytes += f->counts.sent_bytes;
	for (size_t i = 0; i < DROPS; i++)
		t->drops[i] += f->counts.drops[i];
	pthread_mutex_unlock(&f->lock);
	t->drops[DROP_FORWARD_QUEUE] += atomic_load(&f->overflows);
}

/* -- beginning and end --------------------------------------------------------------------------------------------- */

static enum err refuse_loop(const struct forward_options *opt, const struct listen_at *to, size_t rule, struct problem *why)
{
	char text[ADDR_TEXT];
	for (size_t i = 0; i < opt->nplaces; i++)
		if (receiver_is_place(to, &opt->at[i], opt->place[i].port))
			return problem_set(why, E_SYNTAX, "forward %zu: %s port %u is where this collector listens: it would go round for ever",
					   rule + 1, addr_format(&to->addr, text), to->port);
	return OK;
}

static enum err check_rule(const struct forward_rule *r, size_t i, struct problem *why)
{
	if (!r->nto || r->nto > MAX_FORWARD_TO)
		return problem_set(why, E_LIMIT, "forward %zu: 1 to %d receivers", i + 1, MAX_FORWARD_TO);
	if (r->nfrom > MAX_FORWARD_FROM)
		return problem_set(why, E_LIMIT, "forward %zu: at most %d exporters", i + 1, MAX_FORWARD_FROM);
	if (r->what == FORWARD_SAMPLED && (r->one_in < 2 || r->one_in > MAX_ONE_IN))
		return problem_set(why, E_SYNTAX, "forward %zu: what: sampled needs one_in of 2..%d", i + 1, MAX_ONE_IN);
	if (r->what == FORWARD_CUSTOMER && (!r->customer || !*r->customer))
		return problem_set(why, E_SYNTAX, "forward %zu: what: customer needs the customer's id", i + 1);
	if (r->keep_source && r->what != FORWARD_RAW)
		return problem_set(why, E_SYNTAX, "forward %zu: source: keep is for what: raw", i + 1);
	for (size_t k = 0; k < r->nto; k++)
		if (r->to[k].transport != TRANSPORT_UDP || addr_is_none(&r->to[k].addr) || !r->to[k].port)
			return problem_set(why, E_SYNTAX, "forward %zu: a receiver is ADDRESS:PORT, by UDP", i + 1);
	return OK;
}

static enum err copy_rule(struct forwarder *f, struct route *r, const struct forward_rule *rule)
{
	r->rule = *rule;
	r->rule.to = NULL;
	r->own.index = UINT32_MAX;
	struct prefix *from = arena_new0(&f->arena, rule->nfrom + 1, sizeof(*from));
	const char *customer = rule->customer ? rule->customer : "";
	r->rule.customer = arena_strndup(&f->arena, customer, strlen(customer));
	if (!from || !r->rule.customer)
		return E_NOMEM;
	if (rule->nfrom)
		memcpy(from, rule->from, rule->nfrom * sizeof(*from));
	r->rule.from = from;
	if (rule->what != FORWARD_SAMPLED)
		return OK;
	r->thin = mem_alloc(sizeof(*r->thin)); /* not zeroed: its room is large */
	if (!r->thin)
		return E_NOMEM;
	thin_init(r->thin, rule->one_in);
	return OK;
}

static enum err open_route(struct forwarder *f, const struct forward_options *opt, size_t i, struct problem *why)
{
	const struct forward_rule *rule = &opt->rule[i];
	struct route *r = &f->route[i];
	struct problem reason = { 0 };
	enum err err = check_rule(rule, i, why);
	if (err != OK)
		return err;
	if ((err = copy_rule(f, r, rule)) != OK)
		return problem_set(why, err, "%s", err_text(err));
	f->owned |= rule->what == FORWARD_CUSTOMER;
	for (size_t k = 0; k < rule->nto; k++) {
		if ((err = refuse_loop(opt, &rule->to[k], i, why)) != OK)
			return err;
		if ((err = receiver_open(&rule->to[k], rule->keep_source, &r->to[k], &reason)) != OK)
			return problem_set(why, err, "forward %zu: %s", i + 1, reason.text);
		r->nto++;
	}
	return OK;
}

static enum err make_rooms(struct forwarder *f, const struct forward_options *opt)
{
	const struct wire_sink sink = { .arg = f, .flow = on_flow, .counters = on_counters };
	f->route = mem_new0(opt->nrules, sizeof(*f->route));
	f->next_index = mem_new0(opt->nrules, sizeof(*f->next_index));
	f->ring = mem_new0(opt->workers, sizeof(struct ring *));
	f->nrings = f->ring ? opt->workers : 0;
	f->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!f->route || !f->next_index || !f->ring || f->bell < 0)
		return E_NOMEM;
	f->nroutes = opt->nrules;
	for (unsigned k = 0; k < f->nrings; k++) {
		enum err err = ring_new(opt->ring_bytes ? opt->ring_bytes : RING_BYTES, &f->ring[k]);
		if (err != OK)
			return err;
	}
	return wire_new(&sink, &f->wire);
}

enum err forwarder_new(const struct forward_options *opt, struct forwarder **ret, struct problem *why)
{
	if (opt->nrules > MAX_FORWARDS)
		return problem_set(why, E_LIMIT, "%zu forwarding rules: at most %d", opt->nrules, MAX_FORWARDS);
	struct forwarder *f = mem_new0(1, sizeof(*f));
	if (!f)
		return problem_set(why, E_NOMEM, "%s", err_text(E_NOMEM));
	pthread_mutex_init(&f->lock, NULL);
	f->bell = -1;
	f->wake = opt->wake;
	atomic_store(&f->workers, opt->workers);
	enum err err = make_rooms(f, opt);
	if (err != OK)
		problem_set(why, err, "forward: %s", err_text(err));
	for (size_t i = 0; i < opt->nrules && err == OK; i++)
		err = open_route(f, opt, i, why);
	if (err != OK) {
		forwarder_free(f);
		return err;
	}
	*ret = f;
	return OK;
}

enum err forwarder_start(struct forwarder *f)
{
	int e = pthread_create(&f->thread, NULL, thread, f);
	if (e) {
		errno = e;
		return E_IO;
	}
	f->running = true;
	return OK;
}

void forwarder_free(struct forwarder *f)
{
	if (!f)
		return;
	if (f->running) {
		atomic_store(&f->workers, 0);
		ring_bell(f->bell);
		pthread_join(f->thread, NULL);
	}
	for (size_t i = 0; i < f->nroutes; i++) {
		struct route *r = &f->route[i];
		for (size_t k = 0; k < r->nto; k++)
			receiver_close(&r->to[k]);
		if (r->thin)
			thin_free(r->thin);
		mem_free(r->thin);
		own_free(&r->own);
	}
	for (unsigned k = 0; k < f->nrings; k++)
		ring_free(f->ring[k]);
	mem_free(f->ring);
	mem_free(f->route);
	mem_free(f->next_index);
	owner_sets_free(f->sets);
	attributor_free(f->owners);
	attributor_free(f->next_owners);
	wire_free(f->wire);
	session_told_free(&f->told);
	fd_close(f->bell);
	arena_free(&f->arena);
	pthread_mutex_destroy(&f->lock);
	mem_free(f);
}
