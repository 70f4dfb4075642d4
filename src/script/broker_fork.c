/* Forking a script's processes: one worker, and drawing processes that sleep until a chart comes.
 * None of them has an engine, a font or a thread when it is forked, nor has the broker. */
#include "script/pool.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct script_limit_row limit_rows[] = {
#define LIMIT(member, name, unit, by, console, customer, schedule, help)                           \
	{ name, unit, help, (console) / (by), (customer) / (by), (schedule) / (by) },
#include "script/limits.def"
#undef LIMIT
};

const struct script_limit_row *script_limit_rows(size_t *ret_n)
{
	*ret_n = COUNT_OF(limit_rows);
	return limit_rows;
}

struct script_limits script_limits_of(enum script_who who)
{
	return (struct script_limits){
#define LIMIT(member, name, unit, by, console, customer, schedule, help)                           \
	.member = who == SCRIPT_CONSOLE ? (console) : who == SCRIPT_CUSTOMER ? (customer) : (schedule),
#include "script/limits.def"
#undef LIMIT
	};
}

enum { MOST_COUNT = INT32_MAX / 2000 }; /* seconds are counted in milliseconds, too */

static enum err limit_value(const char *s, uint64_t by, uint64_t most, uint64_t *ret)
{
	uint64_t v = 0;
	if (!*s)
		return E_SYNTAX;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return E_SYNTAX;
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > most / by)
			return E_RANGE;
	}
	*ret = v * by;
	return v ? OK : E_SYNTAX; /* 0 would mean the default */
}

enum err script_limit_set(struct script_limits *limits, const char *text)
{
	const char *equals = strchr(text, '=');
	size_t n = equals ? (size_t)(equals - text) : 0;
	uint64_t v;
	enum err e = E_UNKNOWN;
#define LIMIT(member, name, unit, by, ...)                                                         \
	if (n == strlen(name) && strncmp(text, name, n) == 0) {                                    \
		const uint64_t most = sizeof(limits->member) == sizeof(unsigned) ? MOST_COUNT : SIZE_MAX / 4; \
		e = limit_value(equals + 1, (by), most, &v);                                       \
		if (e == OK)                                                                       \
			limits->member = (__typeof__(limits->member))v;                            \
	}
#include "script/limits.def"
#undef LIMIT
	return e;
}

struct script_limits script_limits_with(enum script_who who, const struct script_limits *given)
{
	struct script_limits l = script_limits_of(who);
#define LIMIT(member, ...)                                                                         \
	if (given->member)                                                                         \
		l.member = given->member;
#include "script/limits.def"
#undef LIMIT
	return l;
}

/* A far one is waited for by the spawner: then its pid may be another process's. */
void child_kill(const struct child *c)
{
	if (c->far)
		pool_kill(c->far->pool, c->far->id);
	else if (c->pid > 0)
		kill(c->pid, SIGKILL);
}

void child_end(struct child *c)
{
	child_kill(c);
	if (c->far) {
		fd_close(c->far->status);
		mem_free(c->far);
	}
	while (!c->far && c->pid > 0 && waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	fd_close(c->fd);
	*c = (struct child){ .fd = -1 };
}

bool child_ended(struct child *c, int *ret_status, struct rusage *ret_usage)
{
	struct pool_end end;
	if (c->far && read(c->far->status, &end, sizeof(end)) == (ssize_t)sizeof(end)) {
		*ret_status = end.status;
		*ret_usage = end.usage;
		c->pid = 0;
		return true;
	}
	if (c->far || wait4(c->pid, ret_status, WNOHANG, ret_usage) != c->pid)
		return false;
	c->pid = 0;
	return true;
}

enum err child_fork(struct child *ret, void (*run)(const struct worker_setup *), struct worker_setup setup)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return E_IO;
	pid_t pid = fork();
	if (pid == 0) {
		setup.fd = pair[1];
		run(&setup); /* does not return */
		_exit(1);
	}
	fd_close(pair[1]);
	if (pid < 0) {
		fd_close(pair[0]);
		return E_IO;
	}
	*ret = (struct child){ .pid = pid, .fd = pair[0] };
	return OK;
}

enum err script_prepare(const char *zone, const struct script_limits *limits, struct script_worker **ret)
{
	struct script_worker *w = mem_new0(1, sizeof(*w));
	if (!w)
		return E_NOMEM;
	w->limits = script_limits_with(SCRIPT_CONSOLE, limits);
	w->worker.fd = -1;
	for (size_t i = 0; i < DRAWERS; i++)
		w->drawer[i].fd = -1;
	const struct worker_setup setup = { .zone = zone ? zone : "", .limits = w->limits };
	enum err e = child_fork(&w->worker, worker_main, setup);
	for (size_t i = 0; i < DRAWERS && e == OK; i++)
		e = child_fork(&w->drawer[i], drawer_main, setup);
	if (e != OK) {
		script_worker_free(w);
		return e;
	}
	*ret = w;
	return OK;
}

/* Processes that are gone, or priorities that may not be set, change nothing that is promised. */
void script_worker_nice(const struct script_worker *w, int by)
{
	(void)setpriority(PRIO_PROCESS, (id_t)w->worker.pid, by);
	for (size_t i = 0; i < DRAWERS; i++)
		if (w->drawer[i].pid > 0) /* 0 would be ourselves; a pool's come later */
			(void)setpriority(PRIO_PROCESS, (id_t)w->drawer[i].pid, by);
}

void script_worker_free(struct script_worker *w)
{
	if (!w)
		return;
	child_end(&w->worker);
	for (size_t i = 0; i < DRAWERS; i++)
		child_end(&w->drawer[i]);
	if (w->pool)
		pool_release(w->pool, w);
	mem_free(w);
}
