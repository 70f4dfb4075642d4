#include "collect/door.h"

#include "base/child.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct door {
	int fd;
	pid_t pid;
};

/* Both ends are the same program: structs as they are. */
struct ask {
	struct listen_at at;
	size_t buffer_bytes;
	unsigned n;
	bool join;
};

struct answer {
	enum err err;
	int error;
	struct problem why;
	struct udp_socket socket[MAX_WORKERS];
};

union rights {
	struct cmsghdr head; /* so that it is aligned */
	char room[CMSG_SPACE(MAX_WORKERS * sizeof(int))];
};

/* -- the doorkeeper --------------------------------------------------------------------------------- */

static bool send_answer(int fd, const struct answer *a, unsigned n)
{
	union rights rights = { 0 };
	struct iovec bytes = { .iov_base = (void *)(uintptr_t)a, .iov_len = sizeof(*a) };
	struct msghdr m = { .msg_iov = &bytes, .msg_iovlen = 1 };
	int fds[MAX_WORKERS] = { 0 };
	if (a->err == OK) {
		for (unsigned i = 0; i < n; i++)
			fds[i] = a->socket[i].fd;
		m.msg_control = rights.room;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL) == (ssize_t)sizeof(*a);
}

static void keep_door(int fd)
{
	struct ask ask;
	for (;;) {
		ssize_t got = recv(fd, &ask, sizeof(ask), 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got != (ssize_t)sizeof(ask) || !ask.n || ask.n > MAX_WORKERS || (unsigned)ask.at.transport >= TRANSPORTS)
			return;
		struct answer a = { .err = OK };
		a.err = ask.join ? udp_join(&ask.at, ask.buffer_bytes, ask.n, a.socket, &a.why) :
				   udp_open(&ask.at, ask.buffer_bytes, ask.n, a.socket, &a.why);
		a.error = errno;
		bool sent = send_answer(fd, &a, ask.n);
		for (unsigned i = 0; a.err == OK && i < ask.n; i++)
			udp_close(&a.socket[i]);
		if (!sent)
			return;
	}
}

/* -- its parent --------------------------------------------------------------------------------------- */

enum err door_new(struct door **ret)
{
	int pair[2];
	struct door *d = mem_new0(1, sizeof(*d));
	if (!d)
		return E_NOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		mem_free(d);
		return E_IO;
	}
	d->pid = child_new("weir-door");
	if (d->pid == 0) {
		fd_close(pair[0]);
		keep_door(pair[1]);
		_exit(0);
	}
	fd_close(pair[1]);
	d->fd = pair[0];
	if (d->pid < 0) {
		door_free(d);
		return E_IO;
	}
	*ret = d;
	return OK;
}

void door_free(struct door *d)
{
	if (!d)
		return;
	fd_close(d->fd); /* at which it ends */
	mem_free(d);
}

static enum err take_answer(int fd, struct answer *a, unsigned n)
{
	union rights rights = { 0 };
	struct iovec bytes = { .iov_base = a, .iov_len = sizeof(*a) };
	struct msghdr m = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = rights.room,
			    .msg_controllen = sizeof(rights.room) };
	int fds[MAX_WORKERS];
	ssize_t got = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	if (got != (ssize_t)sizeof(*a)) {
		errno = got < 0 ? errno : EPIPE;
		return E_IO;
	}
	if (a->err != OK)
		return OK;
	const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(n * sizeof(int))) {
		errno = EPROTO;
		return E_IO;
	}
	memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	for (unsigned i = 0; i < n; i++)
		a->socket[i].fd = fds[i];
	return OK;
}

enum err door_open(struct door *d, const struct door_place *p, struct udp_socket *ret, struct problem *why)
{
	struct ask ask;
	struct answer a = { .err = OK };
	memset(&ask, 0, sizeof(ask));
	ask.at = p->at;
	ask.buffer_bytes = p->buffer_bytes;
	ask.n = p->n;
	ask.join = p->join;
	enum err err = write(d->fd, &ask, sizeof(ask)) == (ssize_t)sizeof(ask) ? take_answer(d->fd, &a, p->n) : E_IO;
	if (err != OK)
		return problem_set(why, err, "the process that opens sockets: %s", strerror(errno));
	if (a.err != OK) {
		errno = a.error;
		return problem_set(why, a.err, "%s", a.why.text);
	}
	memcpy(ret, a.socket, p->n * sizeof(*ret));
	return OK;
}
