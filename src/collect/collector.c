/* The collector as a whole: workers and their sockets, seen from the thread that stores.
 *
 *	socket[k][place]: a place's group has a socket for each worker, and two at least (take_over.c); the sockets
 *	of a worker, the only one's of both k, lie side by side */
#include "base/file.h"
#include "base/mem.h"
#include "collect/door.h"
#include "collect/worker.h"

#include <errno.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	BATCH_ROWS = 8192,
	QUEUE_ROWS = 750000,
	BUFFER_BYTES = 32 << 20,
	FEWEST = 4,       /* parcels of flow rows a worker has at least */
	COUNTERS = 16,    /* parcels of counter rows, */
	OTHERS = 8,       /* of rows of each other table, */
	NOTES_PARCELS = 64,
	SESSIONS = 256,   /* of all workers */
	SESSIONS_ADDRESS = 16,
};
#define MESSAGE_TIME (30 * USEC_PER_SEC)
#define IDLE_TIME    (30 * USEC_PER_MIN)

struct collector {
	size_t nworkers, nlisten, ngroup; /* ngroup: sockets of a place */
	struct worker *worker;
	struct udp_socket *socket;
	struct listen_at listen[MAX_LISTEN]; /* as asked for */
	int wake, stop_fd;
	struct tls *tls;
	struct forwarder *forwarder; /* NULL = no rules */
	size_t turn; /* whose queue is asked first */
	struct overload overload;
	bool started;
};

static const struct {
	const char *name, *help;
} drops[DROPS] = {
#define DROP(id, name, help) { name, help },
#include "collect/drops.def"
#undef DROP
};

const char *drop_name(enum drop d)
{
	return drops[d].name;
}

const char *drop_help(enum drop d)
{
	return drops[d].help;
}

static const char *const forwards[FORWARDS] = {
#define FORWARD(id, name, help) name,
#include "collect/forwards.def"
#undef FORWARD
};

bool forward_what_parse(const char *name, enum forward_what *ret)
{
	for (size_t i = 0; i < FORWARDS; i++)
		if (STREQ(forwards[i], name)) {
			*ret = (enum forward_what)i;
			return true;
		}
	return false;
}

/* -- opening ----------------------------------------------------------------------------------------- */

static unsigned cores(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
	return n > 0 ? (unsigned)n : 1;
}

/* Of the defaults what was not given, and a worker's share of what is for all. */
static struct stream_limits stream_limits(const struct collector_options *opt, size_t workers)
{
	struct stream_limits l = opt->streams;
	size_t all = l.sessions ? l.sessions : SESSIONS;
	l.sessions = (all + workers - 1) / workers;
	l.of_address = l.of_address ? l.of_address : SESSIONS_ADDRESS;
	l.message = l.message ? l.message : MESSAGE_TIME;
	l.idle = l.idle ? l.idle : IDLE_TIME;
	return l;
}

static enum err load_tls(struct collector *c, const struct collector_options *opt, struct problem *why)
{
	bool wanted = false;
	for (size_t i = 0; i < opt->nlisten; i++)
		wanted |= opt->listen[i].transport == TRANSPORT_TLS;
	enum err err = wanted ? tls_new(&opt->tls, &c->tls, why) : OK;
	for (size_t k = 0; k < c->nworkers; k++) {
		c->worker[k].tls = c->tls;
		c->worker[k].limits = stream_limits(opt, c->nworkers);
	}
	return err;
}

/* Once our own ports are known, which no rule may send to. */
static enum err open_forwarder(struct collector *c, const struct collector_options *opt, struct problem *why)
{
	const struct forward_options forward = {
		.rule = opt->forward, .nrules = opt->nforward, .place = c->socket, .at = opt->listen, .nplaces = c->nlisten,
		.workers = (unsigned)c->nworkers, .ring_bytes = opt->forward_bytes, .wake = c->wake,
	};
	enum err err = opt->nforward ? forwarder_new(&forward, &c->forwarder, why) : OK;
	for (size_t k = 0; k < c->nworkers; k++)
		c->worker[k].forwarder = c->forwarder;
	return err;
}

/* Of the one whose place it takes: then they share a group, also where the kernel chose the port. */
static bool has_place(const struct collector *c, const struct listen_at *at, uint16_t *ret_port)
{
	for (size_t i = 0; c && i < c->nlisten; i++) {
		const struct listen_at *own = &c->listen[i];
		if (own->port != at->port || own->transport != at->transport || own->v6_only != at->v6_only ||
		    !addr_equal(&own->addr, &at->addr))
			continue;
		*ret_port = collector_port(c, i);
		return true;
	}
	return false;
}

static enum err open_place(struct collector *c, const struct collector_options *opt, size_t i, struct udp_socket *ret,
			   struct problem *why)
{
	struct door_place p = { .at = opt->listen[i], .n = (unsigned)c->ngroup,
				.buffer_bytes = opt->buffer_bytes ? opt->buffer_bytes : BUFFER_BYTES };
	c->listen[i] = p.at;
	p.join = has_place(opt->beside, &opt->listen[i], &p.at.port);
	if (opt->door)
		return door_open(opt->door, &p, ret, why);
	return p.join ? udp_join(&p.at, p.buffer_bytes, p.n, ret, why) : udp_open(&p.at, p.buffer_bytes, p.n, ret, why);
}

static enum err open_places(struct collector *c, const struct collector_options *opt, struct problem *why)
{
	struct udp_socket group[MAX_WORKERS];
	enum err err = load_tls(c, opt, why);
	if (err != OK)
		return err;
	for (size_t i = 0; i < c->nlisten; i++) {
		err = open_place(c, opt, i, group, why);
		if (err != OK)
			return err;
		for (size_t k = 0; k < c->ngroup; k++)
			c->socket[k * c->nlisten + i] = group[k];
	}
	return OK;
}

static enum err init_workers(struct collector *c, const struct collector_options *opt)
{
	size_t rows = opt->batch_rows ? opt->batch_rows : BATCH_ROWS;
	size_t all = opt->queue_rows ? opt->queue_rows : QUEUE_ROWS;
	struct queue_options queue = {
		.batch_rows = rows,
		.wake = c->wake,
		.most = { [PARCEL_TRAFFIC] = MAX(all / rows, (size_t)FEWEST),
			  [PARCEL_IFCOUNTERS] = COUNTERS, [PARCEL_NOTES] = NOTES_PARCELS },
	};
	for (enum parcel_kind k = 0; k < PARCEL_KINDS; k++)
		queue.most[k] = queue.most[k] ? queue.most[k] : OTHERS;
	for (size_t k = 0; k < c->nworkers; k++) {
		struct worker *w = &c->worker[k];
		w->number = (unsigned)k;
		w->socket = c->socket + k * c->nlisten;
		w->nsockets = c->nlisten * c->ngroup / c->nworkers;
		w->stop_fd = c->stop_fd;
		w->wake = c->wake;
		enum err err = worker_init(w, &queue);
		if (err != OK)
			return err;
	}
	return OK;
}

enum err collector_open(const struct collector_options *opt, struct collector **ret, struct problem *why)
{
	unsigned n = opt->workers ? opt->workers : MIN(cores(), (unsigned)MAX_WORKERS);
	if (n > MAX_WORKERS)
		return problem_set(why, E_LIMIT, "%u workers: at most %d", n, MAX_WORKERS);
	if (!opt->nlisten || opt->nlisten > MAX_LISTEN)
		return problem_set(why, E_LIMIT, "%zu places to listen at: 1 to %d", opt->nlisten, MAX_LISTEN);
	_cleanup_(collector_closep) struct collector *c = mem_new0(1, sizeof(*c));
	if (!c)
		return problem_set(why, E_NOMEM, "%s", err_text(E_NOMEM));
	c->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	size_t group = MAX(n, 2u);
	c->socket = mem_new0(group * opt->nlisten, sizeof(*c->socket));
	c->worker = mem_new0(n, sizeof(*c->worker));
	for (size_t i = 0; c->socket && i < group * opt->nlisten; i++)
		c->socket[i].fd = -1;
	if (!c->socket || !c->worker)
		return problem_set(why, E_NOMEM, "%s", err_text(E_NOMEM));
	c->nworkers = n;
	c->ngroup = group;
	c->nlisten = opt->nlisten;
	if (c->wake < 0 || c->stop_fd < 0)
		return problem_set(why, E_IO, "eventfd: %s", strerror(errno));
	enum err err = init_workers(c, opt);
	if (err != OK)
		return problem_set(why, err, "%s", err_text(err));
	if ((err = open_places(c, opt, why)) != OK)
		return err;
	if ((err = open_forwarder(c, opt, why)) != OK)
		return err;
	for (size_t k = 0; k < n; k++)
		if ((err = worker_streams_open(&c->worker[k])) != OK)
			return problem_set(why, err, "streams: %s", err == E_IO ? strerror(errno) : err_text(err));
	*ret = c;
	c = NULL;
	return OK;
}

enum err collector_start(struct collector *c)
{
	c->started = true;
	enum err e = c->forwarder ? forwarder_start(c->forwarder) : OK;
	if (e != OK)
		return e;
	for (size_t k = 0; k < c->nworkers; k++) {
		enum err err = worker_start(&c->worker[k]);
		if (err != OK)
			return err;
	}
	return OK;
}

/* -- while it runs ------------------------------------------------------------------------------------- */

uint16_t collector_port(const struct collector *c, size_t listen)
{
	return c->socket[listen].port;
}

size_t collector_buffer(const struct collector *c)
{
	for (size_t i = 0; i < c->nlisten; i++)
		if (c->socket[i].transport == TRANSPORT_UDP)
			return udp_buffer(&c->socket[i]);
	return 0;
}

bool collector_wants_owners(const struct collector *c)
{
	return c->forwarder && forwarder_wants_owners(c->forwarder);
}

enum err collector_owners(struct collector *c, const struct customers *mapping, struct attributor *owners,
			  size_t *ret_unknown)
{
	*ret_unknown = 0;
	if (c->forwarder)
		return forwarder_owners(c->forwarder, mapping, owners, ret_unknown);
	attributor_free(owners);
	return OK;
}

bool collector_accepts(const struct collector *c)
{
	for (size_t i = 0; i < c->nlisten; i++)
		if (c->socket[i].transport != TRANSPORT_UDP)
			return true;
	return false;
}

unsigned collector_workers(const struct collector *c)
{
	return (unsigned)c->nworkers;
}

unsigned collector_group(const struct collector *c)
{
	return (unsigned)c->ngroup;
}

size_t collector_places(const struct collector *c)
{
	return c->nlisten;
}

struct udp_socket *collector_socket(struct collector *c, size_t place, unsigned k)
{
	return &c->socket[k * c->nlisten + place];
}

struct overload *collector_overload(struct collector *c)
{
	return &c->overload;
}

struct worker *collector_worker(struct collector *c, unsigned k)
{
	return &c->worker[k];
}

struct wire *collector_forward_wire(struct collector *c)
{
	return c->forwarder ? forwarder_wire(c->forwarder) : NULL;
}

enum err collector_forward_sampling(struct collector *c, const struct addr *agent, uint32_t ifindex, uint32_t rate)
{
	return c->forwarder ? forwarder_set_sampling(c->forwarder, agent, ifindex, rate) : OK;
}

int collector_wake(const struct collector *c)
{
	return c->wake;
}

/* Round and round, so that a busy worker does not keep the others waiting. */
struct parcel *collector_take(struct collector *c)
{
	uint64_t woken;
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < c->nworkers; i++) {
			struct parcel *p = queue_take(c->worker[c->turn].queue);
			c->turn = (c->turn + 1) % c->nworkers;
			if (p)
				return p;
		}
		/* Reset the bell, then look once more: what comes after that rings it again. */
		if (read(c->wake, &woken, sizeof(woken)) < 0)
			return NULL;
	}
	return NULL;
}

void collector_give_back(struct collector *c, struct parcel *p)
{
	queue_give_back(c->worker[p->worker].queue, p);
}

enum err parcel_learn(const struct parcel *p, struct model *m, uint64_t *ret_unlearnt)
{
	uint64_t unlearnt = 0;
	for (size_t i = 0; i < p->notes->n; i++) {
		const struct note *n = &p->notes->at[i];
		if (n->hash) {
			enum err told = model_text_note(m, n->hash, n->name, n->when);
			if (told != OK)
				return told;
			continue;
		}
		const struct iface_note note = { .agent = n->agent, .ifindex = n->ifindex, .name = n->name,
						 .alias = n->alias, .speed = n->speed, .type = n->type,
						 .when = n->when };
		enum err err = model_note(m, &note);
		if (err == E_LIMIT)
			unlearnt++;
		else if (err != OK)
			return err;
	}
	*ret_unlearnt = unlearnt;
	return OK;
}

/* -- the end ------------------------------------------------------------------------------------------- */

void collector_stop(struct collector *c)
{
	static const uint64_t one = 1;
	if (write(c->stop_fd, &one, sizeof(one)) < 0)
		return; /* full of ones: readable as it should be */
}

bool collector_ended(struct collector *c)
{
	for (size_t k = 0; k < c->nworkers; k++) {
		struct worker *w = &c->worker[k];
		if (w->running && !atomic_load(&w->ended))
			return false;
		if (queue_waiting(w->queue))
			return false;
	}
	return !c->forwarder || forwarder_ended(c->forwarder);
}

void collector_close(struct collector *c)
{
	if (!c)
		return;
	if (c->started)
		collector_stop(c);
	for (size_t k = 0; k < c->nworkers; k++) {
		struct worker *w = &c->worker[k];
		while (w->running && !atomic_load(&w->ended)) { /* it may wait for a parcel */
			struct parcel *p = queue_take(w->queue);
			if (p)
				queue_give_back(w->queue, p);
			else
				sched_yield();
		}
		worker_end(w);
	}
	forwarder_free(c->forwarder); /* once nobody puts any more */
	for (size_t k = 0; k < c->nworkers; k++)
		worker_free(&c->worker[k]);
	for (size_t i = 0; i < c->ngroup * c->nlisten; i++)
		udp_close(&c->socket[i]);
	tls_free(c->tls);
	mem_free(c->socket);
	mem_free(c->worker);
	fd_close(c->wake);
	fd_close(c->stop_fd);
	mem_free(c);
}

/* -- what came of it --------------------------------------------------------------------------------------- */

void collector_totals(struct collector *c, struct collector_totals *ret)
{
	*ret = (struct collector_totals){ 0 };
	if (c->forwarder)
		forwarder_totals(c->forwarder, ret);
	for (size_t k = 0; k < c->nworkers; k++) {
		struct worker *w = &c->worker[k];
		pthread_mutex_lock(&w->lock);
		counts_add(&ret->wire, wire_totals(w->wire));
		ret->received += w->received;
		ret->received_bytes += w->received_bytes;
		for (size_t i = 0; i < DROPS; i++)
			ret->drops[i] += w->drops[i];
		for (size_t i = 0; i < w->nsockets; i++)
			ret->drops[DROP_KERNEL] += udp_dropped(&w->socket[i]);
		pthread_mutex_unlock(&w->lock);
	}
}

void collector_exporters(struct collector *c, void (*each)(void *arg, const struct wire_exporter *x), void *arg)
{
	for (size_t k = 0; k < c->nworkers; k++) {
		struct worker *w = &c->worker[k];
		pthread_mutex_lock(&w->lock);
		wire_exporters(w->wire, each, arg);
		pthread_mutex_unlock(&w->lock);
	}
}
