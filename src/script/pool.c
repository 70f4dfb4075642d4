/* The server's side of a pool: places, the queue for them, and the questions to the spawner (pool.h). */
#include "script/pool.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { A_CORE = 4 };

struct waiter { /* on the stack of who waits */
	const char *owner;
	unsigned at_once;
	bool admitted;
	pthread_cond_t wake;
	struct waiter *next; /* who came later */
};

struct script_pool {
	pid_t spawner;
	int control;
	pthread_mutex_t talk; /* one question and its answer */
	pthread_mutex_t lock; /* what is below */
	unsigned at_once, running;
	struct script_worker *workers;
	struct waiter *waiters;
	uint64_t taken, busy;
};

bool limits_equal(const struct script_limits *a, const struct script_limits *b)
{
	bool equal = true;
#define LIMIT(member, ...) equal &= a->member == b->member;
#include "script/limits.def"
#undef LIMIT
	return equal;
}

/* -- the spawner ------------------------------------------------------------------------------------ */

static enum err take_answer(int control, struct pool_answer *ret, int fd[POOL_FDS])
{
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(int) * POOL_FDS)];
	struct iovec io = { .iov_base = ret, .iov_len = sizeof(*ret) };
	struct msghdr mh = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room) };
	ssize_t n;
	do
		n = recvmsg(control, &mh, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(*ret))
		return E_IO;
	if (ret->e != OK)
		return ret->e;
	struct cmsghdr *h = CMSG_FIRSTHDR(&mh);
	size_t got = h && h->cmsg_type == SCM_RIGHTS ? (h->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;
	for (size_t i = 0; i < got; i++)
		memcpy(&fd[i], CMSG_DATA(h) + i * sizeof(int), sizeof(int));
	if (got == POOL_FDS)
		return OK;
	while (got) /* there was no descriptor left for the other */
		fd_close(fd[--got]);
	return E_IO;
}

/* One question; of TAKE and DRAWER the answer is a child. */
static enum err ask_spawner(struct script_pool *pool, const struct pool_ask *ask, struct child *ret)
{
	struct pool_answer answer = { 0 };
	int fd[POOL_FDS];
	enum err e = E_IO;
	pthread_mutex_lock(&pool->talk);
	if (send(pool->control, ask, sizeof(*ask), MSG_NOSIGNAL) == (ssize_t)sizeof(*ask))
		e = ret ? take_answer(pool->control, &answer, fd) : OK;
	pthread_mutex_unlock(&pool->talk);
	if (e != OK || !ret)
		return e;
	*ret = (struct child){ .pid = answer.pid, .fd = fd[0], .far = mem_new0(1, sizeof(*ret->far)) };
	if (!ret->far) {
		for (size_t i = 0; i < POOL_FDS; i++) /* the worker ends with its socket */
			fd_close(fd[i]);
		return E_NOMEM;
	}
	*ret->far = (struct far){ .pool = pool, .id = answer.id, .status = fd[1] };
	return OK;
}

static struct pool_ask question(enum pool_op op, const struct script_limits *limits, const char *zone)
{
	struct pool_ask ask;
	memset(&ask, 0, sizeof(ask)); /* its padding goes over the socket, too */
	ask.op = op;
	ask.limits = script_limits_with(SCRIPT_CONSOLE, limits);
	snprintf(ask.zone, sizeof(ask.zone), "%s", zone ? zone : "");
	return ask;
}

enum err pool_drawer(struct script_pool *pool, const struct script_limits *limits, const char *zone,
		     struct child *ret)
{
	const struct pool_ask ask = question(POOL_DRAWER, limits, zone);
	return ask_spawner(pool, &ask, ret);
}

void pool_kill(struct script_pool *pool, uint64_t id)
{
	struct pool_ask ask = question(POOL_KILL, &(struct script_limits){ 0 }, NULL);
	ask.id = id;
	(void)ask_spawner(pool, &ask, NULL); /* where there is no spawner, its children are gone, too */
}

enum err script_pool_keep(struct script_pool *pool, const struct script_limits *limits, const char *zone, unsigned idle)
{
	struct pool_ask ask = question(POOL_KEEP, limits, zone);
	ask.idle = idle;
	return ask_spawner(pool, &ask, NULL);
}

/* -- places --------------------------------------------------------------------------------------------- */

static unsigned running_of(const struct script_pool *pool, const char *owner)
{
	unsigned n = 0;
	for (const struct script_worker *w = pool->workers; w; w = w->next)
		n += STREQ(w->owner, owner);
	return n;
}

/* Whose turn it is: the first among those whose owner has the fewest running. */
static struct waiter *next_waiter(const struct script_pool *pool)
{
	struct waiter *best = NULL;
	unsigned fewest = 0;
	for (struct waiter *w = pool->waiters; w; w = w->next) {
		unsigned n = running_of(pool, w->owner);
		if (w->admitted || (w->at_once && n >= w->at_once))
			continue;
		if (!best || n < fewest) {
			best = w;
			fewest = n;
		}
	}
	return best;
}

/* A worker that is about to be made has its place. */
static void take_place(struct script_pool *pool, struct script_worker *w)
{
	w->next = pool->workers;
	pool->workers = w;
	pool->running++;
	pool->taken++;
}

static void wake_next(struct script_pool *pool)
{
	struct waiter *w = pool->running < pool->at_once ? next_waiter(pool) : NULL;
	if (w)
		pthread_cond_signal(&w->wake);
}

static void leave_queue(struct script_pool *pool, const struct waiter *me)
{
	struct waiter **at = &pool->waiters;
	while (*at != me)
		at = &(*at)->next;
	*at = me->next;
}

static struct timespec in_ms(unsigned ms)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static enum err wait_for_place(struct script_pool *pool, struct script_worker *w, unsigned wait_ms)
{
	pthread_condattr_t monotonic;
	struct waiter me = { .owner = w->owner, .at_once = w->limits.at_once }, **at;
	const struct timespec until = in_ms(wait_ms);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&me.wake, &monotonic);
	pthread_mutex_lock(&pool->lock);
	for (at = &pool->waiters; *at;)
		at = &(*at)->next;
	*at = &me;
	int late = 0;
	while (!(pool->running < pool->at_once && next_waiter(pool) == &me) && !late)
		late = wait_ms ? pthread_cond_timedwait(&me.wake, &pool->lock, &until) : ETIMEDOUT;
	bool mine = pool->running < pool->at_once && next_waiter(pool) == &me;
	leave_queue(pool, &me);
	if (mine)
		take_place(pool, w);
	else
		pool->busy++;
	wake_next(pool); /* there may be a place for another */
	pthread_mutex_unlock(&pool->lock);
	pthread_cond_destroy(&me.wake);
	pthread_condattr_destroy(&monotonic);
	return mine ? OK : E_BUSY;
}

void pool_release(struct script_pool *pool, struct script_worker *w)
{
	pthread_mutex_lock(&pool->lock);
	struct script_worker **at = &pool->workers;
	while (*at && *at != w)
		at = &(*at)->next;
	if (*at) {
		*at = w->next;
		pool->running--;
	}
	wake_next(pool);
	pthread_mutex_unlock(&pool->lock);
}

enum err script_pool_take(struct script_pool *pool, const struct script_pool_ask *ask, struct script_worker **ret)
{
	struct script_worker *w = mem_new0(1, sizeof(*w));
	if (!w)
		return E_NOMEM;
	const struct pool_ask take = question(POOL_TAKE, &ask->limits, ask->zone);
	w->limits = take.limits;
	w->pool = pool;
	w->worker.fd = -1;
	for (size_t i = 0; i < DRAWERS; i++)
		w->drawer[i].fd = -1;
	snprintf(w->owner, sizeof(w->owner), "%s", ask->owner ? ask->owner : "");
	snprintf(w->zone, sizeof(w->zone), "%s", take.zone);
	enum err e = wait_for_place(pool, w, ask->wait_ms);
	if (e != OK)
		mem_free(w);
	else if ((e = ask_spawner(pool, &take, &w->worker)) != OK)
		script_worker_free(w);
	if (e == OK)
		*ret = w;
	return e;
}

struct script_pool_state script_pool_state(struct script_pool *pool)
{
	struct script_pool_state s = { 0 };
	pthread_mutex_lock(&pool->lock);
	s.running = pool->running;
	s.taken = pool->taken;
	s.busy = pool->busy;
	for (const struct waiter *w = pool->waiters; w; w = w->next)
		s.waiting++;
	pthread_mutex_unlock(&pool->lock);
	return s;
}

/* -- life ------------------------------------------------------------------------------------------------- */

enum err script_pool_open(unsigned at_once, struct script_pool **ret)
{
	int pair[2];
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct script_pool *pool = mem_new0(1, sizeof(*pool));
	if (!pool)
		return E_NOMEM;
	pool->at_once = at_once ? at_once : (unsigned)MAX(cores, 1) * A_CORE;
	pthread_mutex_init(&pool->talk, NULL);
	pthread_mutex_init(&pool->lock, NULL);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		mem_free(pool);
		return E_IO;
	}
	pool->spawner = fork();
	if (pool->spawner == 0)
		spawner_main(pair[1]);
	fd_close(pair[1]);
	pool->control = pair[0];
	if (pool->spawner < 0) {
		fd_close(pair[0]);
		mem_free(pool);
		return E_IO;
	}
	*ret = pool;
	return OK;
}

void script_pool_close(struct script_pool *pool)
{
	if (!pool)
		return;
	assert(!pool->workers && !pool->waiters);
	fd_close(pool->control); /* the spawner ends with it, and its workers with the spawner */
	while (waitpid(pool->spawner, NULL, 0) < 0 && errno == EINTR)
		;
	pthread_mutex_destroy(&pool->talk);
	pthread_mutex_destroy(&pool->lock);
	mem_free(pool);
}
