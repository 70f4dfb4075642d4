/* The pool's own parts (script.h is the door): server (pool.c) and spawner (pool_spawn.c).
 *
 *	SERVER (threads, secrets, store)            SPAWNER (one thread, nothing)          WORKERS
 *	script_pool_take() ---- TAKE limits ------> an idle one, or forks one
 *	                   <--- socket, status ------
 *	script_run() <------------------- messages over the socket ----------------------> one script
 *	             <--- how it ended, on status --- waits for it
 *
 * The control socket keeps message boundaries; one question, one answer.  Both sides are ours: what
 * comes is asserted, not parsed. */
#pragma once
#include "script/broker.h"

enum pool_op { POOL_TAKE, POOL_DRAWER, POOL_KEEP, POOL_KILL }; /* the last two have no answer */

struct pool_ask {
	enum pool_op op;
	struct script_limits limits;
	unsigned idle; /* KEEP: how many to hold ready with these limits */
	uint64_t id;   /* KILL */
	char zone[64];
};

struct pool_answer {
	enum err e;
	pid_t pid;
	uint64_t id;
};

enum { POOL_FDS = 2 }; /* socket, status: sent with an answer that is OK */

/* How a worker ended, written by the spawner. */
struct pool_end {
	int status;
	struct rusage usage;
};

bool limits_equal(const struct script_limits *a, const struct script_limits *b);

_Noreturn void spawner_main(int control);

/* A drawing process for the broker of a pool's worker. */
enum err pool_drawer(struct script_pool *pool, const struct script_limits *limits, const char *zone,
		     struct child *ret) _must_check_;
void pool_kill(struct script_pool *pool, uint64_t id);
/* A worker's place is free again. */
void pool_release(struct script_pool *pool, struct script_worker *w);
