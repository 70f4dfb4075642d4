/* The door of script/: run a script in a process of its own, under a scope, with grants and limits.
 *
 * The caller is the broker: it keeps store, files and network; the worker has one socket and
 * nothing else, and every message from it is treated as hostile (docs/architecture.md). */
#pragma once
#include "chart/chart.h"
#include "net/net.h"
#include "query/query.h"
#include "snmp/snmp.h"

struct script_input {
	const char *name, *value;
};

struct script_limits {               /* 0 = the default of `weir help limits` */
	unsigned cpu_s, wall_s;
	size_t heap_bytes, output_bytes, written_bytes, result_rows;
	unsigned queries;
	unsigned draw_cpu_s;
	unsigned at_once;            /* scripts of one owner; kept by a pool */
};

/* The columns of `weir help limits`. */
enum script_who { SCRIPT_CONSOLE, SCRIPT_CUSTOMER, SCRIPT_SCHEDULE, SCRIPT_WHO };
struct script_limits script_limits_of(enum script_who who);
/* Set one limit by its row: text is "cpu=5", in the row's unit.  E_UNKNOWN: no such row; E_SYNTAX: no whole
 * number from 1; E_RANGE: more than fits. */
enum err script_limit_set(struct script_limits *limits, const char *text) _must_check_;

/* Those of `who`, but for the fields that are given (not 0). */
struct script_limits script_limits_with(enum script_who who, const struct script_limits *given);

struct script_grants {
	bool urls, read_any;             /* readurl; readfile of whatever this user may read */
	struct net_rules net;
	const char *const *read_roots;   /* NULL-ended; with read_any unused */
	const char *const *write_roots;  /* NULL-ended: writefile below these only */
	const struct mail_server *mail;  /* NULL: no mail */
	const struct snmp_device *snmp;  /* devices that may be asked, by address */
	size_t nsnmp;
};

struct script_worker;

struct script_job {
	const char *name;                /* for messages: the file's name as given */
	const char *source;
	size_t len;
	const struct script_input *input;
	size_t ninput;
	const struct scope *scope;       /* never NULL */
	const struct query_env *env;     /* env->store NULL: no store; queries then fail with why_no_store */
	const char *why_no_store;
	struct script_grants grants;
	struct script_limits limits;
	bool strict;                     /* incomplete answers make the status 1 */
	/* Output as it comes; returning false ends the script (the reader went away). */
	bool (*out)(void *arg, const void *data, size_t len);
	/* Complete lines for the person at stderr. */
	void (*err)(void *arg, const char *line);
	void *arg;
	uint64_t *ret_rows;              /* rows of the answers it was given are added; may be NULL */
	usec_t *ret_cpu;                 /* processor time of its process is added; may be NULL */
	const volatile bool *stop;       /* set by another thread: the script ends within a moment; may be NULL */
	/* Made by script_prepare() and used up by script_run(); NULL: script_run makes one, with
	 * the zone of env.  The limits of a prepared worker's processes are those it was made with. */
	struct script_worker *worker;
};

/* Fork the processes a script will need, so that the engine warms up while the caller opens store
 * and mapping.  Call it before the process has threads: what is forked starts an engine.  The
 * processes end with the thread that called this.
 * zone: name the script's dates are in ("" or NULL = the process's). */
enum err script_prepare(const char *zone, const struct script_limits *limits,
			struct script_worker **ret) _must_check_;
/* Its processes give way to others: by 0..19, as nice(1) counts. */
void script_worker_nice(const struct script_worker *w, int by);
void script_worker_free(struct script_worker *w); /* ends them; for one that was not used */
DEFINE_FREEP(struct script_worker *, script_worker_free)

/* -- a server's workers ------------------------------------------------------------------------
 * A pool keeps workers ready and bounds how many run.  Its spawner is forked by script_pool_open(), which therefore
 * comes first in a server: before configuration, secrets, descriptors and threads are there, so that no worker ever held
 * them.  Everything else may be called by any thread, and workers run in any thread (script_run). */
struct script_pool;
enum err script_pool_open(unsigned at_once, struct script_pool **ret) _must_check_; /* 0: four a core */
void script_pool_close(struct script_pool *pool); /* no worker may be out */
DEFINE_FREEP(struct script_pool *, script_pool_close)

/* Hold this many idle workers ready with these limits (fields of 0: the default) and this zone, from now on.  At most
 * eight different ones; the same again changes the number. */
enum err script_pool_keep(struct script_pool *pool, const struct script_limits *limits, const char *zone,
			  unsigned idle) _must_check_;

struct script_pool_ask {
	const char *owner;             /* who asks; all of "" are one */
	struct script_limits limits;   /* at_once bounds the owner's scripts */
	const char *zone;              /* NULL: the process's */
	unsigned wait_ms;              /* for a place; 0 = not at all */
};

/* A worker for script_job.worker: an idle one, or one forked now.  When all places are taken it waits; a place goes to
 * the owner with the fewest scripts running, and among those to the first who asked.  E_BUSY: none became free in time;
 * E_IO: no process could be made. */
enum err script_pool_take(struct script_pool *pool, const struct script_pool_ask *ask,
			  struct script_worker **ret) _must_check_;

struct script_pool_state {
	unsigned running, waiting;
	uint64_t taken, busy; /* since the start: handed out, refused */
};
struct script_pool_state script_pool_state(struct script_pool *pool);

/* Runs to the end and returns the exit status (docs: 0 ok, 1 failed, 2 usage, exit(n): n).
 * Messages have gone to err by then. */
int script_run(const struct script_job *job);

/* True when a name is the host's and cannot be an input. */
bool script_host_name(const char *name);

/* The rows behind `weir help api` and `weir help limits`. */
struct script_api_row {
	const char *group;               /* "Table"; "" for global functions */
	const char *name;                /* "pivotTime"; "" for the class itself */
	const char *args;                /* NULL for properties and classes */
	const char *help;
	bool is_static;                  /* Query.topN: called on the class */
};
void script_api(void (*say)(void *arg, const struct script_api_row *row), void *arg);

struct script_limit_row {
	const char *name, *unit, *help;
	uint64_t console, customer, schedule; /* in the unit; 0 = without bound */
};
const struct script_limit_row *script_limit_rows(size_t *ret_n);
