/* The door of collect/: datagrams -> records -> batches -> sink, learning the model on the way.
 * It does not know the store: whoever calls gives a sink. */
#pragma once
#include "model/model.h"
#include "wire/wire.h"

struct batch_sink {
	void *arg;
	enum err (*put)(void *arg, struct batch *b); /* may fill columns that are its own */
};

struct intake;

struct intake_options {
	usec_t shift;         /* added to every time: --rebase */
	size_t batch_rows;    /* 0 = 8192 */
};

/* m is learnt into.  Both borrowed until intake_free. */
enum err intake_new(const struct batch_sink *sink, struct model *m, const struct intake_options *opt,
		    struct intake **ret) _must_check_;
void intake_free(struct intake *in);
DEFINE_FREEP(struct intake *, intake_free)

/* The sink's first error, from then on; the records of a refused batch are lost to the caller. */
enum err intake_datagram(struct intake *in, const struct datagram *d) _must_check_;
/* The records of the block that nfdump_next() has read. */
enum err intake_nfdump(struct intake *in, struct nfdump *n) _must_check_;
enum err intake_flush(struct intake *in) _must_check_; /* hands the begun batches to the sink */
struct wire *intake_wire(struct intake *in);
usec_t intake_last_time(const struct intake *in); /* newest record time seen, unshifted; 0 = none */
/* Interfaces told of that the full model has no room for. */
uint64_t intake_unlearnt(const struct intake *in);

/* The next so many rows of each table go nowhere: they are where they belong already. */
void intake_skip(struct intake *in, const uint64_t rows[TABLES]);
void intake_skip_left(const struct intake *in, uint64_t ret_rows[TABLES]);
void intake_mute(struct intake *in, bool mute);   /* decode and learn, but hand nothing to the sink */

/* -- the collector: UDP sockets, a worker for each core, and what they hand over --------------------
 *
 *	sockets (steered by sender) -> worker: wire -> batches -> queue -> collector_take() -> the store
 *
 * Workers share nothing.  What they decode waits in parcels, in a bounded queue for each; the
 * one thread that stores takes them out.  Nothing is lost without a counter (drops.def). */

enum transport {
#define TRANSPORT(id, name, shown) id,
#include "collect/transports.def"
#undef TRANSPORT
	TRANSPORTS
};
const char *transport_shown(enum transport t); /* "UDP" */

/* addr none: all addresses, IPv4 and IPv6. */
struct listen_at {
	struct addr addr;
	uint16_t port; /* 0: the kernel chooses */
	bool v6_only;
	enum transport transport;
};

/* "6343", ":6343", "192.0.2.1:6343", "[::1]:6343", each also behind "udp:", "tcp:" or "tls:".  E_SYNTAX. */
enum err listen_parse(const char *text, struct listen_at *ret, struct problem *why) _must_check_;

enum { MAX_LISTEN = 32, MAX_WORKERS = 64 };

enum drop {
#define DROP(id, name, help) id,
#include "collect/drops.def"
#undef DROP
	DROPS
};
const char *drop_name(enum drop d);
const char *drop_help(enum drop d);

/* Below TABLES: rows of that table. */
enum parcel_kind { PARCEL_TRAFFIC = TABLE_TRAFFIC, PARCEL_IFCOUNTERS = TABLE_IFCOUNTERS, PARCEL_NOTES = TABLES, PARCEL_KINDS };

/* One of batch and notes is set. */
struct parcel {
	enum parcel_kind kind;
	unsigned worker;
	struct batch *batch;
	struct notes *notes;
	struct parcel *next, *sibling; /* the queue's */
};

struct collector;

/* Of sessions, all that strangers can hold on to; 0 = the default. */
struct stream_limits {
	size_t sessions;   /* of all workers: 256 */
	size_t of_address; /* 16 */
	usec_t message;    /* from the first byte of a message (or of a handshake) to its last: 30 s */
	usec_t idle;       /* from one message to the next: 30 min */
};

/* PEM files of the places with TLS; NULL or "" = not given.  clients: certificates of CAs; an exporter
 * then needs a certificate of one of them. */
struct tls_files {
	const char *certificate, *key, *clients;
};

/* -- forwarding: what comes by UDP goes on to other collectors (docs/forwarding.md) ------------------- */

enum forward_what {
#define FORWARD(id, name, help) id,
#include "collect/forwards.def"
#undef FORWARD
	FORWARDS
};
/* False: no such name. */
bool forward_what_parse(const char *name, enum forward_what *ret);

enum { MAX_FORWARDS = 256, MAX_FORWARD_TO = 16, MAX_FORWARD_FROM = 256, MAX_ONE_IN = 1000000 };

struct forward_rule {
	enum forward_what what;
	uint32_t one_in;      /* of FORWARD_SAMPLED */
	const char *customer; /* of FORWARD_CUSTOMER: its id in the mapping */
	bool keep_source;     /* FORWARD_RAW: under the exporter's own address; needs CAP_NET_RAW */
	const struct prefix *from; /* exporters; none = all */
	size_t nfrom;
	const struct listen_at *to; /* address and port of each receiver */
	size_t nto;
};

/* A process that opens sockets, also for a collector in its jail.  To be made first, before threads and
 * before anything that two processes should not hold. */
struct door;
enum err door_new(struct door **ret) _must_check_;
void door_free(struct door *d);

struct collector_options {
	const struct forward_rule *forward; /* borrowed for collector_open */
	size_t nforward;
	size_t forward_bytes; /* datagrams of each worker that may wait to be forwarded; 0 = 16 MB */
	const struct listen_at *listen;
	size_t nlisten;
	unsigned workers;     /* 0 = one for each core */
	size_t buffer_bytes;  /* of each socket; 0 = 32 MB, as far as the kernel allows */
	size_t queue_rows;    /* flow rows of each worker that may wait for the store; 0 = 750,000.  Memory
			       * for them is taken when they do wait: about 190 bytes a row */
	size_t batch_rows;    /* 0 = 8192 */
	struct tls_files tls;
	struct stream_limits streams;
	struct door *door;    /* opens the sockets; NULL = this process */
	const struct collector *beside; /* whose place it will take; NULL = none */
};

/* Opens the sockets: datagrams wait in them from here on.  E_IO, E_NOMEM, E_LIMIT; *why. */
enum err collector_open(const struct collector_options *opt, struct collector **ret, struct problem *why) _must_check_;
/* What wire_save_templates() keeps, of all workers; any thread, a worker waits while its part is
 * written.  To be loaded between open and start, into every worker.  E_CORRUPT, E_VERSION: what
 * was read before the fault stays; nothing when a checksum does not fit. */
enum err collector_save_templates(struct collector *c, struct buf *b) _must_check_;
enum err collector_load_templates(struct collector *c, const uint8_t *data, size_t len) _must_check_;
/* wire_set_sampling() of every worker; any thread, at any time. */
enum err collector_set_sampling(struct collector *c, const struct addr *agent, uint32_t ifindex, uint32_t rate) _must_check_;
enum err collector_start(struct collector *c) _must_check_; /* the workers */
uint16_t collector_port(const struct collector *c, size_t listen); /* of the i-th place */
size_t collector_buffer(const struct collector *c); /* bytes the kernel gave the first UDP socket; 0 = there is none */
unsigned collector_workers(const struct collector *c);

/* Whose is what, from now on, for the rules with customers.  owners is taken over; mapping, of which it
 * was made, is borrowed for the call.  Any thread.  *ret_unknown: rules whose customer is not in the
 * mapping; they send nothing. */
bool collector_wants_owners(const struct collector *c);
enum err collector_owners(struct collector *c, const struct customers *mapping, struct attributor *owners,
			  size_t *ret_unknown) _must_check_;

/* For one thread, the one that stores.  The descriptor can be polled: readable when a parcel was
 * put or a worker ended.  collector_take gives NULL when none waits. */
int collector_wake(const struct collector *c);
struct parcel *collector_take(struct collector *c);
void collector_give_back(struct collector *c, struct parcel *p);
/* Tell the model what a PARCEL_NOTES says.  *ret_unlearnt: notes the full model has no room for. */
enum err parcel_learn(const struct parcel *p, struct model *m, uint64_t *ret_unlearnt) _must_check_;

/* Exporters that are more than one worker can take: their sFlow and NetFlow v5 is spread over all workers, for
 * good.  collector_relieve, to be called each second, finds one when a worker has more than its core can do
 * while another idles: *ret was spread now, or it sends NetFlow v9 or IPFIX and was moved to the idle one.  At
 * most WIRE_SHARED of each (E_LIMIT).  The thread that stores. */
enum relief { RELIEF_NONE, RELIEF_SPREAD, RELIEF_MOVED };
enum relief collector_relieve(struct collector *c, struct addr *ret);
enum err collector_spread(struct collector *c, const struct addr *from) _must_check_;
enum err collector_steer(struct collector *c) _must_check_; /* as it should be: after a take-over */
size_t collector_spreads(struct collector *c, const struct addr **ret);

/* A second collector takes the place of a first one without loss: opened while that one runs, then
 *	collector_steer_from    what comes goes to the fresh one
 *	collector_stop(old)     until it has ended; what it hands over is stored
 *	collector_take_over     closes the old one's sockets, of places that both have */
enum err collector_steer_from(struct collector *fresh, struct collector *old) _must_check_;
enum err collector_take_over(struct collector *fresh, struct collector *old) _must_check_;

/* Stop receiving: what the kernel holds is still taken in, what waits must be taken out, until
 * collector_ended(): no worker runs and no parcel waits. */
void collector_stop(struct collector *c);
bool collector_ended(struct collector *c);
void collector_close(struct collector *c); /* stops first when need be */
DEFINE_FREEP(struct collector *, collector_close)

struct collector_totals {
	struct wire_totals wire;
	uint64_t received, received_bytes; /* UDP payloads of any kind, messages of streams */
	uint64_t forwarded, forwarded_bytes; /* datagrams that were sent on */
	uint64_t drops[DROPS];             /* DROP_STORE is the caller's */
};

/* Any thread, any time; a worker waits while its part is read. */
void collector_totals(struct collector *c, struct collector_totals *ret);

/* Every source of exports (wire_exporters), with what its sequence numbers say was lost.  Any thread;
 * a worker waits while its own are walked. */
void collector_exporters(struct collector *c, void (*each)(void *arg, const struct wire_exporter *x), void *arg);

/* -- the jail ----------------------------------------------------------------------------------------
 * From here on this thread, and threads it makes, can make no process and run no program, open no
 * socket (accepts: but take connections at those that listen), and touch no file but below the store's
 * folder (read_folder: for reading; NULL = none).  Each wall that the kernel does not have is named in *ret_missing ("" = none), which is no error. */
struct jail {
	const char *store, *read_folder[3];
	bool accepts;
};
bool collector_accepts(const struct collector *c); /* a place has TCP or TLS */
enum err jail_enter(const struct jail *j, const char **ret_missing, struct problem *why) _must_check_;
