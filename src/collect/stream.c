/* Sessions over TCP and TLS.  See stream.h.
 *
 *	message   version 10 (2) | length, header included (2) | export time, sequence, domain | sets
 *
 * A session has room for the longest message there can be, 65535 bytes.  What cannot be the beginning
 * of a message ends it: nobody knows where the next one would begin.
 *
 * Against those who only hold on to things:
 *   - sessions have a ceiling, in all and of an address; where all are taken, the oldest that has not yet
 *     brought a message has to go
 *   - a message that was begun, and a handshake, must be finished in time
 *   - a session that is silent for long ends
 *   - each round takes a bounded number of bytes of a bounded number of sessions
 * Each of it is counted by name (drops.def). */
#include "collect/stream.h"

#include "base/clock.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MESSAGE_MOST = 65535,
	HEADER = 16,          /* of a message */
	EVENTS = 16,          /* in one round */
	ACCEPTS = 16,         /* at one place in one round */
};
#define LOOK_EVERY   USEC_PER_SEC
#define ACCEPT_PAUSE USEC_PER_SEC /* after descriptors ran out */

struct session {
	int fd;
	uint32_t number;
	struct tls_session *tls; /* NULL = plain */
	struct addr from;
	uint16_t from_port, to_port;
	usec_t since, heard; /* when it was accepted, and its last whole message */
	usec_t begun;        /* when what is not finished began; 0 = nothing is */
	bool spoke;          /* it has brought a message */
	bool writing;        /* it waits until it can write (a handshake) */
	size_t have;
	uint8_t data[MESSAGE_MOST];
};

struct streams {
	struct streams_options opt;
	int epoll;
	struct session **at; /* limits.sessions places; NULL = free */
	size_t open;
	uint32_t last_number;
	usec_t look_at;      /* for those whose time is up */
	usec_t accept_at;    /* 0 = now */
};

/* What an event is about: a place, or a session. */
static uint64_t tag(bool session, size_t i)
{
	return (uint64_t)session << 32 | i;
}

static bool watch(const struct streams *s, int how, int fd, uint32_t events, uint64_t what)
{
	struct epoll_event e = { .events = events, .data.u64 = what };
	return epoll_ctl(s->epoll, how, fd, &e) == 0;
}

static void watch_places(const struct streams *s, int how)
{
	for (size_t i = 0; i < s->opt.nplaces; i++)
		if (s->opt.place[i].transport != TRANSPORT_UDP)
			(void)watch(s, how, s->opt.place[i].fd, EPOLLIN, tag(false, i));
}

/* -- the end of a session ------------------------------------------------------------------------------ */

/* why: DROPS = for no fault */
static void end(struct streams *s, size_t i, enum drop why)
{
	struct session *x = s->at[i];
	if (why != DROPS)
		s->opt.drops[why]++;
	if (x->have)
		s->opt.drops[DROP_STREAM_CUT]++;
	if (x->spoke)
		s->opt.ended(s->opt.arg, x->number);
	tls_session_free(x->tls);
	fd_close(x->fd); /* epoll forgets it */
	mem_free(x);
	s->at[i] = NULL;
	s->open--;
}

static void end_overdue(struct streams *s, usec_t now)
{
	const struct stream_limits *most = &s->opt.limits;
	for (size_t i = 0; i < most->sessions; i++) {
		const struct session *x = s->at[i];
		if (!x)
			continue;
		if (x->begun && now - x->begun >= most->message)
			end(s, i, DROP_STREAM_SLOW);
		else if (now - x->heard >= most->idle)
			end(s, i, DROP_STREAM_IDLE);
	}
}

/* -- the beginning --------------------------------------------------------------------------------------- */

static size_t sessions_of(const struct streams *s, const struct addr *from)
{
	size_t n = 0;
	for (size_t i = 0; i < s->opt.limits.sessions; i++)
		n += s->at[i] && addr_equal(&s->at[i]->from, from);
	return n;
}

/* A free place; where there is none, that of the oldest who has not spoken. */
static bool place_for_one(struct streams *s, size_t *ret)
{
	size_t oldest = SIZE_MAX;
	for (size_t i = 0; i < s->opt.limits.sessions; i++) {
		const struct session *x = s->at[i];
		if (!x) {
			*ret = i;
			return true;
		}
		if (!x->spoke && (oldest == SIZE_MAX || x->since < s->at[oldest]->since))
			oldest = i;
	}
	if (oldest == SIZE_MAX)
		return false;
	end(s, oldest, DROP_STREAM_SLOW);
	*ret = oldest;
	return true;
}

static struct session *session_new(struct streams *s, const struct udp_socket *place, int fd)
{
	struct session *x = mem_alloc(sizeof(*x)); /* not zeroed: its room is large */
	if (!x)
		return NULL;
	memset(x, 0, offsetof(struct session, data));
	x->fd = fd;
	x->since = x->heard = clock_monotonic();
	x->to_port = place->port;
	if (!++s->last_number)
		s->last_number = 1;
	x->number = s->last_number;
	if (place->transport != TRANSPORT_TLS)
		return x;
	x->begun = x->since;
	x->tls = tls_session_new(s->opt.tls, fd);
	if (x->tls)
		return x;
	mem_free(x);
	return NULL;
}

static void begin(struct streams *s, const struct udp_socket *place, int fd, const struct sockaddr_in6 *from)
{
	struct addr address = udp_address(from);
	size_t i = 0;
	enum drop why = DROPS;
	if (sessions_of(s, &address) >= s->opt.limits.of_address)
		why = DROP_STREAM_ADDRESS;
	else if (!place_for_one(s, &i) || !(s->at[i] = session_new(s, place, fd)))
		why = DROP_STREAM_FULL;
	if (why == DROPS && !watch(s, EPOLL_CTL_ADD, fd, EPOLLIN, tag(true, i))) {
		tls_session_free(s->at[i]->tls);
		mem_free(s->at[i]);
		s->at[i] = NULL;
		why = DROP_STREAM_FULL;
	}
	if (why != DROPS) {
		s->opt.drops[why]++;
		fd_close(fd);
		return;
	}
	s->at[i]->from = address;
	s->at[i]->from_port = ntohs(from->sin6_port);
	if (!s->open++)
		s->look_at = clock_monotonic() + LOOK_EVERY;
}

static bool out_of_descriptors(int e)
{
	return e == EMFILE || e == ENFILE || e == ENOMEM || e == ENOBUFS;
}

static void accept_some(struct streams *s, const struct udp_socket *place)
{
	for (int i = 0; i < ACCEPTS; i++) {
		struct sockaddr_in6 from = { 0 };
		socklen_t len = sizeof(from);
		int fd = accept4(place->fd, (struct sockaddr *)&from, &len, ACCEPT_FLAGS);
		if (fd >= 0) {
			begin(s, place, fd, &from);
		} else if (out_of_descriptors(errno)) { /* it would be readable for ever */
			s->opt.drops[DROP_STREAM_FULL]++;
			s->accept_at = clock_monotonic() + ACCEPT_PAUSE;
			watch_places(s, EPOLL_CTL_DEL);
			return;
		} else if (errno != ECONNABORTED && errno != EINTR) {
			return;
		}
	}
}

/* -- reading --------------------------------------------------------------------------------------------- */

/* The length of the message that begins there; 0 = not yet known, SIZE_MAX = it is none. */
static size_t message_length(const uint8_t *data, size_t have)
{
	struct cur c = cur_of(data, have);
	uint16_t version = cur_u16(&c), length = cur_u16(&c);
	if (c.bad)
		return 0;
	return version == 10 && length >= HEADER ? length : SIZE_MAX;
}

/* Gives the whole messages away.  False: the session ends for what it sent. */
static bool give_messages(struct streams *s, struct session *x)
{
	size_t used = 0;
	bool good = true;
	while (good) {
		size_t len = message_length(x->data + used, x->have - used);
		if (!len || (len != SIZE_MAX && len > x->have - used))
			break;
		if (len == SIZE_MAX) {
			good = false;
			used = x->have;
			break;
		}
		const struct datagram d = { .data = x->data + used, .len = len, .from = x->from, .from_port = x->from_port,
					    .to_port = x->to_port, .session = x->number, .received = clock_now() };
		x->spoke = true;
		x->heard = clock_monotonic();
		x->begun = 0;
		used += len;
		good = s->opt.message(s->opt.arg, &d);
	}
	x->have -= used;
	memmove(x->data, x->data + used, x->have);
	if (!good)
		x->have = 0; /* it is not cut, it is refused */
	return good;
}

static enum tls_read read_plain(const struct session *x, uint8_t *data, size_t room, size_t *ret_len)
{
	ssize_t n = read(x->fd, data, room);
	if (n > 0) {
		*ret_len = (size_t)n;
		return TLS_GOT;
	}
	if (n == 0 || errno == ECONNRESET || errno == ETIMEDOUT)
		return TLS_ENDED;
	return errno == EAGAIN || errno == EINTR ? TLS_WAIT_READ : TLS_ENDED;
}

/* Which way the session waits now. */
static void wait_for(const struct streams *s, size_t i, bool write)
{
	struct session *x = s->at[i];
	if (x->writing == write)
		return;
	x->writing = write;
	(void)watch(s, EPOLL_CTL_MOD, x->fd, write ? EPOLLOUT : EPOLLIN, tag(true, i));
}

/* False: nothing more is to be read of it in this round; it may have ended. */
static bool read_once(struct streams *s, size_t i)
{
	struct session *x = s->at[i];
	size_t len = 0;
	bool more = false;
	enum tls_read got = x->tls ? tls_read(x->tls, x->data + x->have, MESSAGE_MOST - x->have, &len, &more)
				   : read_plain(x, x->data + x->have, MESSAGE_MOST - x->have, &len);
	if (x->tls && tls_session_open(x->tls) && !x->have)
		x->begun = 0; /* the handshake is over */
	switch (got) {
	case TLS_GOT:
		x->have += len;
		if (!give_messages(s, x)) {
			end(s, i, DROP_STREAM_MALFORMED);
			return false;
		}
		if (x->have && !x->begun)
			x->begun = clock_monotonic();
		wait_for(s, i, false);
		return more;
	case TLS_WAIT_READ:
	case TLS_WAIT_WRITE:
		wait_for(s, i, got == TLS_WAIT_WRITE);
		return false;
	case TLS_ENDED:
		end(s, i, DROPS);
		return false;
	case TLS_FAILED:
		end(s, i, DROP_STREAM_TLS);
		return false;
	}
	return false;
}

/* -- the door ---------------------------------------------------------------------------------------------- */

size_t streams_run(struct streams *s)
{
	struct epoll_event e[EVENTS];
	usec_t now = clock_monotonic();
	if (s->accept_at && now >= s->accept_at) {
		s->accept_at = 0;
		watch_places(s, EPOLL_CTL_ADD);
	}
	int n = epoll_wait(s->epoll, e, EVENTS, 0);
	for (int k = 0; k < n; k++) {
		size_t i = e[k].data.u64 & UINT32_MAX;
		if (!(e[k].data.u64 >> 32))
			accept_some(s, &s->opt.place[i]);
		else
			while (s->at[i] && read_once(s, i)) /* as far as decrypted already: a record */
				;
	}
	if (s->open && now >= s->look_at) {
		end_overdue(s, now);
		s->look_at = now + LOOK_EVERY;
	}
	return n > 0 ? (size_t)n : 0;
}

int streams_fd(const struct streams *s)
{
	return s->epoll;
}

usec_t streams_due(const struct streams *s)
{
	usec_t due = s->open ? s->look_at : INT64_MAX;
	return s->accept_at ? MIN(due, s->accept_at) : due;
}

size_t streams_open(const struct streams *s)
{
	return s->open;
}

enum err streams_new(const struct streams_options *opt, struct streams **ret)
{
	struct streams *s = mem_new0(1, sizeof(*s));
	if (!s)
		return E_NOMEM;
	s->opt = *opt;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->at = mem_new0(opt->limits.sessions, sizeof(struct session *));
	if (s->epoll < 0 || !s->at) {
		enum err err = s->at ? E_IO : E_NOMEM;
		streams_free(s);
		return err;
	}
	watch_places(s, EPOLL_CTL_ADD);
	*ret = s;
	return OK;
}

void streams_free(struct streams *s)
{
	if (!s)
		return;
	for (size_t i = 0; s->at && i < s->opt.limits.sessions; i++)
		if (s->at[i])
			end(s, i, DROPS);
	fd_close(s->epoll);
	mem_free(s->at);
	mem_free(s);
}
