/* The receive loop.
 *
 *	poll -> recvmmsg -> wire -> on_flow, on_counters, on_ifname -> open parcel -> queue
 *
 * Each round takes at most one burst from each socket.  When no burst was full the worker naps for
 * a moment, so that the next one is larger: waking up costs more than decoding.  The nap is so short
 * that the socket's buffer holds far more than can come in that time.
 *
 * The loop never waits for the store.  Only when it stops it does: what was received then is
 * handed over whatever it takes. */
#include "collect/worker.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
	SLOTS = 4096,         /* interfaces whose last note is remembered */
	NAP_MOST = 2000,      /* microseconds */
	NAP_FILLS = 4096,     /* bytes of buffer per microsecond of nap: 4 GB/s would fill it */
};
#define NOTE_AGAIN  (60 * USEC_PER_SEC)
#define FLUSH_EVERY (USEC_PER_SEC / 5) /* rows wait no longer in a parcel that is not full */
#define STREAMS_AGAIN (USEC_PER_SEC / 100) /* how long streams are left alone while the store is behind */
#define DRAIN_MOST  (2 * USEC_PER_SEC) /* of its own time: a sender that does not stop does not keep us from stopping */

/* What was noted of an interface last; what: a seeded hash of it. */
struct slot {
	uint64_t what;
	usec_t noted;
};

/* -- parcels ------------------------------------------------------------------------------------------ */

static void hand_over(struct worker *w, enum parcel_kind kind)
{
	struct parcel *p = w->open[kind];
	w->open[kind] = NULL;
	queue_put(w->queue, p);
}

static bool parcel_begun(const struct parcel *p)
{
	return p && (p->batch ? p->batch->n : p->notes->n);
}

/* Tables of which most networks send nothing: their parcels are made with their first row. */
static bool is_rare(enum parcel_kind kind)
{
	return kind < PARCEL_NOTES && kind != PARCEL_TRAFFIC && kind != PARCEL_IFCOUNTERS;
}

/* Also where there was none a moment ago: tried again once a burst, not once a row. */
static void open_parcels(struct worker *w)
{
	for (enum parcel_kind k = 0; k < PARCEL_KINDS; k++)
		if (!is_rare(k) && !w->open[k] && (w->open[k] = queue_empty(w->queue, k, w->draining)))
			w->open[k]->worker = w->number;
}

static void flush(struct worker *w)
{
	for (enum parcel_kind k = 0; k < PARCEL_KINDS; k++)
		if (parcel_begun(w->open[k]))
			hand_over(w, k);
}

/* Called under the lock; while it waits for the store it lets go of it, for the store's thread may
 * want to read our totals before it goes on. */
static struct parcel *parcel_for(struct worker *w, enum parcel_kind kind)
{
	struct parcel *p = w->open[kind];
	if (!p && is_rare(kind) && (p = w->open[kind] = queue_empty(w->queue, kind, false)))
		p->worker = w->number;
	if (!p || (p->batch ? p->batch->n < p->batch->cap : p->notes->n < NOTES))
		return p;
	hand_over(w, kind);
	p = queue_empty(w->queue, kind, false);
	if (!p && w->draining) {
		pthread_mutex_unlock(&w->lock);
		p = queue_empty(w->queue, kind, true);
		pthread_mutex_lock(&w->lock);
	}
	w->open[kind] = p;
	if (p)
		p->worker = w->number;
	return p;
}

static void push(struct worker *w, enum parcel_kind kind, enum drop full, const void *rec)
{
	struct parcel *p = parcel_for(w, kind);
	if (p)
		(void)batch_push(p->batch, rec); /* there is room */
	else
		w->drops[full]++;
}

/* -- what wire calls ---------------------------------------------------------------------------------- */

/* The same is told again and again, with each counter sample: noted once a minute it keeps
 * last_seen true. */
static bool noted_before_at(struct worker *w, uint64_t place, uint64_t what, usec_t when)
{
	struct slot *s = &w->slot[place % SLOTS];
	if (s->what == what && when >= s->noted && when - s->noted < NOTE_AGAIN)
		return true;
	*s = (struct slot){ .what = what, .noted = when };
	return false;
}

static bool noted_before(struct worker *w, const struct wire_ifname *told, uint32_t type)
{
	uint64_t where[3] = { 0, 0, (uint64_t)told->ifindex << 1 | (told->name != NULL) };
	memcpy(where, &told->agent, 16);
	uint64_t place = hash_bytes(where, sizeof(where), hash_seed());
	uint64_t what = hash_mix(place, told->speed ^ (uint64_t)type << 40);
	if (told->name)
		what = hash_bytes(told->name, strlen(told->name), what);
	if (told->alias)
		what = hash_bytes(told->alias, strlen(told->alias), ~what);
	return noted_before_at(w, place, what, told->when);
}

static void note_add(struct worker *w, const struct wire_ifname *told, uint32_t type)
{
	if (addr_is_none(&told->agent) || told->ifindex == IFINDEX_NONE || told->ifindex >= IFINDEX_LOCAL)
		return; /* the device itself, several, discarded: no interface has such a number */
	if (noted_before(w, told, type))
		return;
	struct parcel *p = parcel_for(w, PARCEL_NOTES);
	if (!p) {
		w->drops[DROP_NOTES]++;
		return;
	}
	struct note *n = &p->notes->at[p->notes->n++];
	n->hash = 0;
	n->agent = told->agent;
	n->ifindex = told->ifindex;
	n->type = type;
	n->speed = told->speed;
	n->when = told->when;
	snprintf(n->name, sizeof(n->name), "%s", told->name ? told->name : "");
	snprintf(n->alias, sizeof(n->alias), "%s", told->alias ? told->alias : "");
}

static void learn_counters(struct worker *w, const struct ifcounters_rec *rec)
{
	const struct wire_ifname told = { .agent = rec->agent, .ifindex = rec->interface,
					  .speed = rec->ifspeed, .when = (usec_t)rec->time };
	note_add(w, &told, rec->iftype);
}

static void on_flow(void *arg, const struct flow_rec *rec)
{
	push(arg, PARCEL_TRAFFIC, DROP_TRAFFIC, rec);
}

static void on_counters(void *arg, const struct ifcounters_rec *rec)
{
	learn_counters(arg, rec);
	push(arg, PARCEL_IFCOUNTERS, DROP_IFCOUNTERS, rec);
}

static void on_ifname(void *arg, const struct wire_ifname *name)
{
	note_add(arg, name, 0);
}

static void on_row(void *arg, enum table_id t, const void *rec)
{
	push(arg, (enum parcel_kind)t, DROP_ROWS, rec);
}

static void on_text(void *arg, const struct wire_text *text)
{
	struct worker *w = arg;
	if (noted_before_at(w, hash_mix(text->hash, hash_seed()), text->hash, text->when))
		return;
	struct parcel *p = parcel_for(w, PARCEL_NOTES);
	if (!p) {
		w->drops[DROP_NOTES]++;
		return;
	}
	struct note *n = &p->notes->at[p->notes->n++];
	n->hash = text->hash;
	n->when = text->when;
	memcpy(n->name, text->text, text->len + 1);
}

/* -- the loop ----------------------------------------------------------------------------------------- */

static size_t receive(struct worker *w, struct udp_socket *s)
{
	size_t n = udp_receive(s, w->burst);
	if (!n)
		return 0;
	open_parcels(w);
	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < n; i++) {
		struct datagram d = udp_datagram(w->burst, i);
		w->received_bytes += d.len;
		if (w->forwarder)
			forwarder_put(w->forwarder, w->number, &d);
		wire_decode(w->wire, &d);
	}
	w->received += n;
	pthread_mutex_unlock(&w->lock);
	if (w->forwarder)
		forwarder_burst(w->forwarder);
	return n;
}

/* Senders of a stream can wait, others cannot: while the store is behind their messages stay where they
 * are, and the kernel tells them. */
static bool may_read_streams(struct worker *w)
{
	if (!w->streams)
		return false;
	open_parcels(w);
	return w->open[PARCEL_TRAFFIC] != NULL;
}

static size_t round_of(struct worker *w)
{
	size_t n = 0;
	for (size_t i = 0; i < w->nsockets; i++)
		if (w->socket[i].transport == TRANSPORT_UDP)
			n += receive(w, &w->socket[i]);
	if (may_read_streams(w))
		n += worker_streams_run(w);
	return n;
}

static void nap(const struct worker *w)
{
	const struct timespec t = { .tv_nsec = w->nap_usec * 1000 };
	nanosleep(&t, NULL);
}

static long nap_for(size_t buffer_bytes)
{
	return (long)MIN(buffer_bytes / NAP_FILLS, (size_t)NAP_MOST);
}

/* How long poll may sleep: until rows have waited long enough, or a session's time is up. */
static int patience(const struct worker *w, usec_t now, bool streams)
{
	usec_t until = streams ? streams_due(w->streams) : w->streams ? now + STREAMS_AGAIN : INT64_MAX;
	for (enum parcel_kind k = 0; k < PARCEL_KINDS; k++)
		if (parcel_begun(w->open[k]))
			until = MIN(until, w->flush_at);
	return until == INT64_MAX ? -1 : (int)(MAX(until - now, 0) / 1000 + 1);
}

/* A burst of each socket that has something; true: one was full, so more may be there. */
static bool receive_all(struct worker *w, const struct pollfd *p)
{
	bool full = false;
	for (size_t i = 0; i < w->nsockets; i++)
		if (p[i].revents)
			full |= receive(w, &w->socket[i]) == UDP_BURST;
	return full;
}

static void run_until_stop(struct worker *w)
{
	struct pollfd p[2 * MAX_LISTEN + 2]; /* the only worker has two for each place */
	struct pollfd *stop = &p[w->nsockets], *sessions = &p[w->nsockets + 1];
	for (size_t i = 0; i < w->nsockets; i++) /* poll passes over -1 */
		p[i] = (struct pollfd){ .fd = w->socket[i].transport == TRANSPORT_UDP ? w->socket[i].fd : -1, .events = POLLIN };
	*stop = (struct pollfd){ .fd = w->stop_fd, .events = POLLIN };
	*sessions = (struct pollfd){ .events = POLLIN };

	for (;;) {
		usec_t now = clock_monotonic();
		if (now >= w->flush_at) {
			flush(w);
			w->flush_at = now + FLUSH_EVERY;
		}
		bool streams = may_read_streams(w);
		sessions->fd = streams ? streams_fd(w->streams) : -1;
		int n = poll(p, w->nsockets + 2, patience(w, now, streams));
		if (n > 0 && stop->revents)
			return;
		if (streams && (n == 0 || sessions->revents))
			(void)worker_streams_run(w);
		if (n > 0 && !receive_all(w, p) && w->nap_usec)
			nap(w);
	}
}

static size_t smallest_buffer(const struct worker *w)
{
	size_t least = SIZE_MAX;
	for (size_t i = 0; i < w->nsockets; i++)
		if (w->socket[i].transport == TRANSPORT_UDP)
			least = MIN(least, udp_buffer(&w->socket[i]));
	return least;
}

static void *thread(void *arg)
{
	static const uint64_t one = 1;
	struct worker *w = arg;
	char name[16]; /* what `top -H` shows */
	snprintf(name, sizeof(name), "weir-udp-%u", w->number);
	(void)pthread_setname_np(pthread_self(), name);
	w->nap_usec = nap_for(smallest_buffer(w));
	run_until_stop(w);
	w->draining = true;
	/* Not by the clock on the wall: a store that is slow, or a machine, would have us leave what the kernel holds. */
	for (usec_t end = clock_thread() + DRAIN_MOST; round_of(w) && clock_thread() < end;)
		;
	if (w->streams)
		worker_streams_end(w);
	flush(w);
	if (w->forwarder)
		forwarder_worker_ended(w->forwarder);
	atomic_store(&w->ended, true);
	if (write(w->wake, &one, sizeof(one)) < 0)
		return NULL; /* it is readable as well then */
	return NULL;
}

/* -- beginning and end --------------------------------------------------------------------------------- */

enum err worker_init(struct worker *w, const struct queue_options *opt)
{
	const struct wire_sink sink = { .arg = w, .flow = on_flow, .counters = on_counters, .ifname = on_ifname,
					.row = on_row, .text = on_text };
	pthread_mutex_init(&w->lock, NULL);
	w->slot = mem_new0(SLOTS, sizeof(*w->slot));
	enum err err = w->slot ? wire_new(&sink, &w->wire) : E_NOMEM;
	if (err == OK)
		err = queue_new(opt, &w->queue);
	if (err == OK)
		err = udp_burst_new(&w->burst);
	return err;
}

enum err worker_start(struct worker *w)
{
	int e = pthread_create(&w->thread, NULL, thread, w);
	if (e) {
		errno = e;
		return E_IO;
	}
	w->running = true;
	return OK;
}

void worker_end(struct worker *w)
{
	if (w->running)
		pthread_join(w->thread, NULL);
	w->running = false;
}

void worker_free(struct worker *w)
{
	streams_free(w->streams);
	udp_burst_free(w->burst);
	queue_free(w->queue);
	wire_free(w->wire);
	mem_free(w->slot);
	pthread_mutex_destroy(&w->lock);
}
