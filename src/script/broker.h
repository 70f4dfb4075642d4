/* The broker's own parts (script.h is the door, broker.c has the loop).  One broker per running
 * script, in the process that holds store, files and network.
 *
 *	fork (broker_fork.c)  ->  SCRIPT  ->  messages, each counted and served  ->  END  ->  drawings done
 *
 * Whatever goes wrong for good (a limit, a forged message, a dead worker) passes through
 * broker_stop(): the worker is killed, one line is said, the status is 1. */
#pragma once
#include "script/channel.h"
#include "script/script.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/types.h>

enum {
	DRAWERS = 4,             /* drawing processes forked; a broken one is not replaced */
	DRAW_AT_ONCE = 2,        /* of them working at one time */
	MAX_PENDING_DRAWINGS = 64,
	MAX_PENDING_DRAWING_BYTES = 128 << 20, /* of charts not yet handed to a drawer */
	FILE_COST = 4096,        /* what a file costs of the limit on written bytes, beside its bytes */
	MAX_MESSAGES = 50000000, /* from one worker */
	MAX_READ_BYTES = 64 << 20,
};

/* -- processes (broker_fork.c) ----------------------------------------------------------------- */

struct worker_setup {
	int fd;
	const char *zone;
	struct script_limits limits;
};

struct far { /* of a child that is the pool's spawner's, not ours */
	struct script_pool *pool;
	uint64_t id; /* a pid may come to mean another process */
	int status;  /* the spawner says how the child ended: struct pool_end */
};

struct child {
	pid_t pid; /* 0 = none, or its end was waited for */
	int fd;
	struct far *far; /* NULL: our own child */
};

struct script_worker {
	struct script_limits limits;
	struct child worker, drawer[DRAWERS];
	struct script_pool *pool; /* NULL: forked for this script */
	char owner[64], zone[64]; /* of a pool's */
	struct script_worker *next; /* running in the same pool */
};

void child_kill(const struct child *c);
void child_end(struct child *c); /* kills, waits, closes; the spawner waits for its own */
/* Has it ended?  Then *ret_status and *ret_usage say how, and it is waited for. */
bool child_ended(struct child *c, int *ret_status, struct rusage *ret_usage);
enum err child_fork(struct child *ret, void (*run)(const struct worker_setup *), struct worker_setup setup) _must_check_;

/* -- drawings (broker_draw.c) -------------------------------------------------------------------- */

struct drawing {         /* one picture wanted */
	struct drawing *next;
	struct buf frame;    /* DRAW_THIS */
	bool answer;         /* the worker waits for the bytes; else they go to the file */
	int folder;          /* of the file */
	char *name, *path;   /* in the folder; as the script wrote it */
};

struct drawer {
	pid_t pid;           /* 0 = gone */
	struct far *far;
	struct channel ch;
	struct drawing *now; /* NULL = idle */
	usec_t deadline;
};

enum { STOP_LOOK_MS = 100 }; /* how soon a stopped script notices */

/* -- the broker ------------------------------------------------------------------------------------ */

/* Ends a query that runs past the deadline; a thread, begun with the first query. */
struct watchdog {
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* guards done */
	pthread_cond_t wake;
	bool done;
	usec_t deadline;
	volatile bool cancel; /* what query_env.cancel points to */
};

struct broker {
	const struct script_job *job;
	struct script_limits limits;
	struct child worker;
	struct channel ch;
	struct arena scratch; /* one message, one lifetime */
	struct buf frame;     /* what is being sent to the worker */
	usec_t deadline;      /* of everything, clock_monotonic */
	uint64_t messages;
	size_t output;        /* bytes on both outputs */
	size_t written;       /* bytes of files */
	unsigned queries;
	bool ended;           /* END has come */
	bool stopped;         /* broker_stop() was called */
	bool folded_said;
	bool gap_said;        /* the warning about missing data was given */
	int status;
	usec_t cpu;           /* of the worker, when it was waited for */
	struct watchdog dog;
	struct drawer drawer[DRAWERS];
	struct script_pool *pool; /* drawers come from here when they are wanted; NULL: they are there */
	const char *zone;         /* for them */
	size_t drawers;           /* made so far */
	struct drawing *queue, **queue_end;
	size_t queued, queued_bytes;
};

/* The script is over: kill, say "NAME: ..." and make the status 1.  Later calls do nothing. */
void broker_stop(struct broker *b, const char *fmt, ...) _printf_(2, 3);
void broker_stop_limit(struct broker *b, const char *limit_name); /* "limit: cpu 60 s reached" */
void broker_forged(struct broker *b, const char *what);           /* "script: protocol error" */

int broker_left_ms(const struct broker *b, int wanted_ms); /* no more than the wall leaves; at least 1 */

/* A line for the person; whatever could steer a terminal is made visible. */
void broker_say(struct broker *b, const char *fmt, ...) _printf_(2, 3);
void broker_say_text(struct broker *b, const char *text, size_t len); /* may hold several lines */

/* Answers.  When the worker is gone the loop will notice. */
void reply_done(struct broker *b);
void reply_refused(struct broker *b, const char *fmt, ...) _printf_(2, 3);
void reply_bytes(struct broker *b, const void *data, size_t len);

/* Tables on their way out: add each, then send. */
struct answer {
	struct buf bytes;
	size_t n;
	uint64_t len[MAX_PARTS];
};
enum err answer_add(struct answer *a, const struct result *t) _must_check_;
/* In parts of STREAM_ROWS rows; at least one. */
enum err answer_add_parts(struct answer *a, const struct result *t) _must_check_;
void reply_results(struct broker *b, const struct answer *a);
void answer_free(struct answer *a);

/* What serves a message; they return when the worker has its answer or the broker is stopped. */
void serve_queries(struct broker *b, struct message *m);    /* broker_query.c */
void serve_explain(struct broker *b, struct message *m);
void serve_interfaces(struct broker *b, struct message *m); /* broker_network.c */
void serve_customers(struct broker *b, struct message *m);
void serve_zones(struct broker *b, struct message *m);
void serve_locate(struct broker *b, struct message *m);     /* broker_locate.c */
void serve_read_url(struct broker *b, struct message *m);   /* broker_file.c */
void serve_read_file(struct broker *b, struct message *m);
void serve_write_file(struct broker *b, struct message *m);
void serve_write_chart(struct broker *b, struct message *m);/* broker_draw.c */
void serve_draw(struct broker *b, struct message *m);
void serve_mail(struct broker *b, struct message *m);       /* broker_out.c */
void serve_snmp(struct broker *b, struct message *m);

/* Count a file that is about to be written.  False: the limit is reached and the broker stopped. */
bool count_written(struct broker *b, size_t len);

void watchdog_start(struct broker *b); /* does nothing when it runs */
void watchdog_stop(struct broker *b);

/* Where a script may write.  Makes the folders above the file; *ret_folder is a descriptor of the one it
 * belongs into, *ret_name points into path.  E_DENIED, E_IO with *why. */
enum err write_place(const char *const *roots, const char *path, int *ret_folder, const char **ret_name,
		     struct problem *why) _must_check_;
/* Temporary file beside it, then rename: readers see the old or the new file, whole. */
enum err write_file(int folder, const char *name, const void *data, size_t len, struct problem *why) _must_check_;
/* The whole of a regular file, below one of the roots or (roots NULL) anywhere the user may read. */
enum err read_file(const char *const *roots, const char *path, struct buf *out, struct problem *why) _must_check_;

void drawings_start(struct broker *b, struct script_worker *w);
bool drawings_pending(const struct broker *b);
bool drawings_full(const struct broker *b);   /* messages have to wait */
void drawings_hand_out(struct broker *b); /* idle drawers get work */
void drawings_read(struct broker *b, struct drawer *d);
void drawings_expire(struct broker *b);   /* drawers past their time */
void drawings_end(struct broker *b);

/* The worker's process ended without END: say what that means (broker_end.c). */
void broker_explain_death(struct broker *b, int wait_status, const struct rusage *usage);
void broker_report_end(struct broker *b, const struct script_end *end);

/* -- what the children run (worker.c, worker_draw.c); never return -------------------------------- */
_Noreturn void worker_main(const struct worker_setup *s);
_Noreturn void drawer_main(const struct worker_setup *s);
