/* The door of script/: run a script in a process of its own, under a scope, with grants and limits.
 *
 * The caller is the broker: it keeps store, files and network; the worker has one socket and
 * nothing else, and every message from it is treated as hostile (docs/architecture.md). */
#pragma once
#include "chart/chart.h"
#include "net/net.h"
#include "query/query.h"

struct script_input {
	const char *name, *value;
};

struct script_limits {               /* 0 = the default of `weir help limits` */
	unsigned cpu_s, wall_s;
	size_t heap_bytes, output_bytes, result_rows;
	unsigned queries;
	unsigned draw_cpu_s;
};

struct script_grants {
	bool urls, read_any;             /* readurl; readfile of whatever this user may read */
	struct net_rules net;
	const char *const *read_roots;   /* NULL-ended; with read_any unused */
	const char *const *write_roots;  /* NULL-ended: writefile below these only */
};

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
};

/* Runs to the end and returns the exit status (docs: 0 ok, 1 failed, 2 usage, exit(n): n).
 * Messages have gone to err by then. */
int script_run(const struct script_job *job);

/* True when a name is the host's and cannot be an input. */
bool script_host_name(const char *name);
