/* A worker: its sockets, its decoder, its queue, one thread. */
#pragma once
#include "collect/forward.h"
#include "collect/queue.h"
#include "collect/stream.h"
#include "collect/udp.h"

#include <pthread.h>
#include <stdatomic.h>

struct slot;

struct worker {
	unsigned number;
	struct udp_socket *socket; /* nsockets of them; the collector's */
	size_t nsockets;
	struct forwarder *forwarder; /* borrowed; NULL = nothing is forwarded */
	struct tls *tls;           /* borrowed; NULL when no place wants it */
	struct stream_limits limits;
	int stop_fd;               /* readable when it is time to stop */
	int wake;                  /* told when the thread ends */
	pthread_t thread;
	usec_t cpu, cpu_at;        /* its time, when it was looked at last (spread.c) */
	bool running;              /* the thread was made and not yet joined */
	atomic_bool ended;

	/* The thread's own. */
	struct udp_burst *burst;
	struct streams *streams;   /* NULL: no place is for streams */
	struct parcel *open[PARCEL_KINDS]; /* being filled; NULL = none could be had */
	struct slot *slot;
	usec_t flush_at;
	long nap_usec;
	bool draining;

	struct queue *queue;

	/* Held by the thread while it decodes a burst, so that others can read what is below. */
	pthread_mutex_t lock;
	struct wire *wire;
	uint64_t received, received_bytes;
	uint64_t drops[DROPS];
};

/* Whether a worker has more than its core can do; spread.c.  Of the thread that stores. */
struct overload {
	unsigned worker, times; /* it was so in so many looks in a row */
	unsigned idle;          /* the one that has least to do */
	struct addr spread[WIRE_SHARED];
	size_t nspread;
	struct pin pin[WIRE_SHARED]; /* socket: the worker's number */
	size_t npins;
};
/* percent: of its core, of each worker.  The number of the one to be relieved, -1 = none. */
int overload_step(struct overload *o, const unsigned percent[], unsigned n);
struct overload *collector_overload(struct collector *c);
/* All that an exporter sends by UDP goes to another worker from now on, with his templates and rates.  E_LIMIT when
 * WIRE_SHARED of them were moved, or this one was; E_NOMEM, E_IO. */
enum err collector_move(struct collector *c, const struct addr *from, unsigned worker, unsigned to) _must_check_;

/* k below collector_workers(). */
struct worker *collector_worker(struct collector *c, unsigned k);
/* Sockets of each place: one for each worker, and two at least; k below that. */
unsigned collector_group(const struct collector *c);
size_t collector_places(const struct collector *c);
struct udp_socket *collector_socket(struct collector *c, size_t place, unsigned k);
/* The forwarder's decoder, until it was started; NULL = nothing is forwarded. */
struct wire *collector_forward_wire(struct collector *c);
enum err collector_forward_sampling(struct collector *c, const struct addr *agent, uint32_t ifindex, uint32_t rate) _must_check_;

/* Where sessions bring messages, once the sockets are open; worker_stream.c. */
enum err worker_streams_open(struct worker *w) _must_check_;
/* What is there, some of it; and the end of all sessions. */
size_t worker_streams_run(struct worker *w);
void worker_streams_end(struct worker *w);

/* w is zeroed but for number, socket, nsockets, tls, limits, stop_fd and wake. */
enum err worker_init(struct worker *w, const struct queue_options *opt) _must_check_;
enum err worker_start(struct worker *w) _must_check_;
void worker_end(struct worker *w); /* joins; stop_fd must be readable, and the queue be emptied */
void worker_free(struct worker *w);
