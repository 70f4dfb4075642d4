/* The spawner: a process that does nothing but fork workers and wait for them (pool.h).  It has one
 * thread, no engine, no configuration; its descriptors are the control socket and its children's.
 *
 *	poll -> a question:  an idle worker, or one forked now, goes over
 *	     -> SIGCHLD:     how it ended goes to whoever has it; an idle one is forgotten
 *	     -> nothing:     one more idle worker, until there are as many as wanted */
#include "script/pool.h"

#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	MAX_KEPT = 8,         /* kinds of idle workers */
	MAX_IDLE = 64,        /* of one kind */
	MAX_CHILDREN = 4096,  /* alive at once, drawers included */
	CONTROL_FD = 3,
};

struct kind {
	struct pool_ask ask; /* KEEP: limits, zone, how many */
	unsigned idle;
};

struct known { /* a child of ours */
	pid_t pid;
	int status; /* where to say how it ended; the other end goes over with the child */
	int fd, status_out; /* of an idle one: what goes over; else -1 */
	uint64_t id;
	struct kind *kind; /* idle of this kind; NULL: handed out */
};

struct spawner {
	int control, signals;
	sigset_t before;
	struct kind kind[MAX_KEPT];
	size_t kinds, n;
	struct known child[MAX_CHILDREN];
	uint64_t made;
	bool failed; /* no process could be made: not tried again until one ends */
};

static struct spawner self;

static void run_worker(const struct worker_setup *setup)
{
	sigprocmask(SIG_SETMASK, &self.before, NULL);
	worker_main(setup);
}

static void run_drawer(const struct worker_setup *setup)
{
	sigprocmask(SIG_SETMASK, &self.before, NULL);
	drawer_main(setup);
}

static void forget(struct known *k)
{
	fd_close(k->fd);
	fd_close(k->status_out);
	fd_close(k->status);
	*k = self.child[--self.n];
}

/* It is the last of self.child then. */
static enum err make(const struct pool_ask *ask)
{
	const struct worker_setup setup = { .zone = ask->zone, .limits = ask->limits };
	struct child c;
	int status[2];
	if (self.n == MAX_CHILDREN)
		return E_LIMIT;
	if (pipe2(status, O_CLOEXEC | O_NONBLOCK) < 0)
		return E_IO;
	enum err e = child_fork(&c, ask->op == POOL_DRAWER ? run_drawer : run_worker, setup);
	if (e != OK) {
		fd_close(status[0]);
		fd_close(status[1]);
		return e;
	}
	self.child[self.n++] = (struct known){
		.pid = c.pid, .fd = c.fd, .status = status[1], .status_out = status[0], .id = ++self.made
	};
	return OK;
}

/* -- questions ------------------------------------------------------------------------------------- */

static bool same_kind(const struct pool_ask *a, const struct pool_ask *b)
{
	return limits_equal(&a->limits, &b->limits) && STREQ(a->zone, b->zone);
}

static void keep(const struct pool_ask *ask)
{
	size_t i = 0;
	while (i < self.kinds && !same_kind(&self.kind[i].ask, ask))
		i++;
	if (i == MAX_KEPT)
		return; /* such workers are forked when they are asked for */
	if (i == self.kinds)
		self.kind[self.kinds++] = (struct kind){ 0 };
	self.kind[i].ask = *ask;
	self.kind[i].ask.idle = MIN(ask->idle, (unsigned)MAX_IDLE);
}

static struct known *find_idle(const struct pool_ask *ask)
{
	for (size_t i = 0; i < self.n; i++)
		if (self.child[i].kind && same_kind(&self.child[i].kind->ask, ask))
			return &self.child[i];
	return NULL;
}

static void answer(enum err e, struct known *k)
{
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(int) * POOL_FDS)] = { 0 };
	struct pool_answer a;
	memset(&a, 0, sizeof(a));
	a.e = e;
	a.pid = k ? k->pid : 0;
	a.id = k ? k->id : 0;
	struct iovec io = { .iov_base = &a, .iov_len = sizeof(a) };
	struct msghdr mh = { .msg_iov = &io, .msg_iovlen = 1 };
	if (k) {
		const int fd[POOL_FDS] = { k->fd, k->status_out };
		mh.msg_control = room;
		mh.msg_controllen = sizeof(room);
		struct cmsghdr *h = CMSG_FIRSTHDR(&mh);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(h), fd, sizeof(fd));
	}
	if (sendmsg(self.control, &mh, MSG_NOSIGNAL) < 0)
		_exit(0); /* the server is gone */
	if (k) {
		fd_close(k->fd);
		fd_close(k->status_out);
		k->fd = k->status_out = -1;
	}
}

/* It is still a child until reap() has waited for it, so its pid is its own. */
static void end_child(uint64_t id)
{
	for (size_t i = 0; i < self.n; i++)
		if (self.child[i].id == id)
			kill(self.child[i].pid, SIGKILL);
}

static void serve(const struct pool_ask *ask)
{
	struct known *k = NULL;
	enum err e = OK;
	self.failed = false;
	if (ask->op == POOL_KEEP) {
		keep(ask);
		return;
	}
	if (ask->op == POOL_KILL) {
		end_child(ask->id);
		return;
	}
	if (ask->op == POOL_TAKE)
		k = find_idle(ask);
	if (k) {
		k->kind->idle--;
		k->kind = NULL;
	} else if ((e = make(ask)) == OK) {
		k = &self.child[self.n - 1];
	}
	answer(e, k);
}

/* -- ends ---------------------------------------------------------------------------------------------- */

static void reap(void)
{
	struct signalfd_siginfo info;
	struct pool_end end;
	memset(&end, 0, sizeof(end));
	while (read(self.signals, &info, sizeof(info)) > 0)
		;
	for (pid_t pid; (pid = wait4(-1, &end.status, WNOHANG, &end.usage)) > 0;) {
		size_t i = 0;
		while (i < self.n && self.child[i].pid != pid)
			i++;
		if (i == self.n)
			continue;
		struct known *k = &self.child[i];
		if (k->kind)
			k->kind->idle--;
		else if (write(k->status, &end, sizeof(end)) < 0)
			assert(errno == EPIPE); /* nobody wants to know: a pipe has room for one */
		forget(k);
		self.failed = false;
	}
}

static struct kind *short_of(void)
{
	for (size_t i = 0; i < self.kinds && !self.failed; i++)
		if (self.kind[i].idle < self.kind[i].ask.idle)
			return &self.kind[i];
	return NULL;
}

static void refill(struct kind *kind)
{
	struct pool_ask ask = kind->ask;
	ask.op = POOL_TAKE;
	if (make(&ask) != OK) {
		self.failed = true;
		return;
	}
	self.child[self.n - 1].kind = kind;
	kind->idle++;
}

static void alone(int control)
{
	sigset_t wanted;
	for (int s = 1; s < SIGRTMIN; s++)
		signal(s, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN); /* of the terminal: the server says when it ends */
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &wanted, &self.before) < 0)
		_exit(1);
	if (control != CONTROL_FD && dup2(control, CONTROL_FD) < 0)
		_exit(1);
	if (close_range(CONTROL_FD + 1, ~0u, 0) < 0)
		_exit(1);
	self.control = CONTROL_FD;
	self.signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	if (self.signals < 0)
		_exit(1);
	prctl(PR_SET_NAME, "weir-spawner");
}

_Noreturn void spawner_main(int control)
{
	alone(control);
	for (;;) {
		struct pollfd p[2] = { { .fd = self.control, .events = POLLIN }, { .fd = self.signals, .events = POLLIN } };
		struct kind *wanted = short_of();
		int n = poll(p, 2, wanted ? 0 : -1);
		if (n < 0 && errno != EINTR)
			_exit(1);
		if (n > 0 && p[1].revents)
			reap();
		struct pool_ask ask;
		ssize_t got = n > 0 && p[0].revents ? recv(self.control, &ask, sizeof(ask), 0) : -1;
		if (got == 0)
			_exit(0);
		if (got == (ssize_t)sizeof(ask))
			serve(&ask);
		else if (n == 0 && wanted)
			refill(wanted);
	}
}
