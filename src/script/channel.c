/* Messages over a stream socket (channel.h). */
#include "script/channel.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum { CHUNK = 64 * 1024, KEPT = 1 << 20, WAIT_FOR_EVER = -1, LOOK_MS = 100 };

void channel_init(struct channel *c, int fd, enum message_to listens, bool takes_fd)
{
	*c = (struct channel){ .fd = fd, .listens = listens, .takes_fd = takes_fd, .passed = -1 };
}

void channel_close(struct channel *c)
{
	fd_close(c->fd);
	fd_close(c->passed);
	buf_free(&c->in);
	c->fd = c->passed = -1;
}

/* What was handed out makes room for what comes; the room of a large message does not stay. */
static void compact(struct channel *c)
{
	size_t left = c->in.len - c->done;
	if (c->done == 0)
		return;
	if (c->in.cap > KEPT && left <= CHUNK) {
		struct buf small = { .ceiling = c->in.ceiling };
		buf_add(&small, c->in.data + c->done, left);
		if (!small.bad) {
			buf_free(&c->in);
			c->in = small;
			c->done = 0;
			return;
		}
	}
	memmove(c->in.data, c->in.data + c->done, left);
	c->in.len = left;
	c->done = 0;
}

static void keep_passed(struct channel *c, struct msghdr *mh)
{
	for (struct cmsghdr *h = CMSG_FIRSTHDR(mh); h; h = CMSG_NXTHDR(mh, h))
		if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS && h->cmsg_len == CMSG_LEN(sizeof(int))) {
			fd_close(c->passed);
			memcpy(&c->passed, CMSG_DATA(h), sizeof(int));
		}
}

enum err channel_fill(struct channel *c)
{
	compact(c);
	size_t before = c->in.len;
	uint8_t *room = buf_room(&c->in, CHUNK);
	if (!room)
		return c->in.bad;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec io = { .iov_base = room, .iov_len = CHUNK };
	struct msghdr mh = { .msg_iov = &io, .msg_iovlen = 1 };
	if (c->takes_fd) {
		mh.msg_control = control;
		mh.msg_controllen = sizeof(control);
	}
	ssize_t n;
	do
		n = recvmsg(c->fd, &mh, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	c->in.len = before + (n > 0 ? (size_t)n : 0);
	if (n > 0 && c->takes_fd)
		keep_passed(c, &mh);
	if (n < 0 && errno == EAGAIN)
		return OK;
	if (n < 0)
		return errno == ECONNRESET ? E_UNKNOWN : E_IO;
	return n ? OK : E_UNKNOWN;
}

/* Told by its head, before memory is given to it. */
static bool too_large(const struct channel *c, struct cur in)
{
	uint32_t len = cur_le32(&in);
	return c->most && !in.bad && len > c->most;
}

enum frame_state channel_next(struct channel *c, struct message *ret)
{
	size_t left = c->in.len - c->done;
	struct cur in = cur_of(left ? c->in.data + c->done : NULL, left);
	enum frame_state s = too_large(c, in) ? FRAME_BAD : frame_cut(&in, c->listens, ret);
	if (s == FRAME_WHOLE) {
		c->done = c->in.len - cur_left(&in);
		ret->fd = c->passed;
		c->passed = -1;
	}
	return s;
}

enum err channel_receive(struct channel *c, struct message *ret)
{
	for (;;) {
		enum frame_state s = channel_next(c, ret);
		if (s != FRAME_MORE)
			return s == FRAME_WHOLE ? OK : E_SYNTAX;
		enum err err = channel_fill(c);
		if (err != OK)
			return err;
	}
}

static enum err wait_for_room(const struct channel *c, usec_t deadline)
{
	struct pollfd p = { .fd = c->fd, .events = POLLOUT };
	int wait_ms = WAIT_FOR_EVER;
	if (deadline) {
		usec_t left = deadline - clock_monotonic();
		if (left <= 0)
			return E_LIMIT;
		wait_ms = (int)MIN(left / 1000 + 1, LOOK_MS);
	}
	if (c->stop && *c->stop)
		return E_CANCELLED;
	return poll(&p, 1, wait_ms) < 0 && errno != EINTR ? E_IO : OK;
}

enum err channel_send(struct channel *c, const struct buf *frame, int fd, usec_t deadline)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	size_t sent = 0;
	while (sent < frame->len) {
		struct iovec io = { .iov_base = frame->data + sent, .iov_len = frame->len - sent };
		struct msghdr mh = { .msg_iov = &io, .msg_iovlen = 1 };
		if (fd >= 0 && sent == 0) {
			mh.msg_control = control;
			mh.msg_controllen = sizeof(control);
			struct cmsghdr *h = CMSG_FIRSTHDR(&mh);
			h->cmsg_level = SOL_SOCKET;
			h->cmsg_type = SCM_RIGHTS;
			h->cmsg_len = CMSG_LEN(sizeof(int));
			memcpy(CMSG_DATA(h), &fd, sizeof(int));
		}
		ssize_t n = sendmsg(c->fd, &mh, MSG_NOSIGNAL | (deadline ? MSG_DONTWAIT : 0));
		if (n >= 0) {
			sent += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return errno == EPIPE || errno == ECONNRESET ? E_UNKNOWN : E_IO;
		enum err err = wait_for_room(c, deadline);
		if (err != OK)
			return err;
	}
	return OK;
}
