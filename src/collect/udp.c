/* Sockets and bursts.  See udp.h.
 *
 * The drop counter is read from the socket (SO_MEMINFO), not from the datagrams that carry it
 * (SO_RXQ_OVFL): it is then right even when nothing has come since the drop, and costs nothing
 * per datagram. */
#include "collect/udp.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "flow/value.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* One datagram's room: the largest there is, and some bytes so that beginnings do not all fall
 * into the same lines of the cache. */
enum { ROOM = 65536 + 1088, CONTROL = 64, BACKLOG = 128 };

struct udp_burst {
	uint16_t to_port;
	usec_t now; /* for a datagram without a time of its own */
	struct mmsghdr msg[UDP_BURST];
	struct iovec iov[UDP_BURST];
	struct sockaddr_in6 from[UDP_BURST];
	_Alignas(struct cmsghdr) uint8_t control[UDP_BURST][CONTROL];
	uint8_t *data; /* UDP_BURST * ROOM */
};

/* -- where to listen --------------------------------------------------------------------------- */

static const struct {
	const char *name, *shown;
} transports[TRANSPORTS] = {
#define TRANSPORT(id, name, shown) { name, shown },
#include "collect/transports.def"
#undef TRANSPORT
};

const char *transport_shown(enum transport t)
{
	return transports[t].shown;
}

/* The bytes of "tcp:" and the like in front; 0 = none, which is UDP. */
static size_t transport_read(const char *text, enum transport *ret)
{
	for (size_t i = 0; i < TRANSPORTS; i++) {
		size_t len = strlen(transports[i].name);
		if (strncmp(text, transports[i].name, len) != 0 || text[len] != ':')
			continue;
		*ret = (enum transport)i;
		return len + 1;
	}
	return 0;
}

enum err listen_parse(const char *text, struct listen_at *ret, struct problem *why)
{
	struct listen_at at = { 0 };
	const char *host = text + transport_read(text, &at.transport);
	const char *colon = strrchr(host, ':'), *port = colon ? colon + 1 : host;
	size_t len = colon ? (size_t)(colon - host) : 0;
	uint64_t n;

	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
		if (memchr(host, ':', len) == NULL)
			return problem_set(why, E_SYNTAX, "\"%s\": wanted ADDRESS:PORT, [ADDRESS]:PORT or PORT", text);
	} else if (memchr(host, ':', len)) {
		return problem_set(why, E_SYNTAX, "\"%s\": an IPv6 address stands in brackets: [::1]:6343", text);
	}
	if (!uint_parse(port, strlen(port), &n) || n > UINT16_MAX)
		return problem_set(why, E_SYNTAX, "\"%s\": wanted a port of 0..65535, ADDRESS:PORT or [ADDRESS]:PORT", text);
	if (len && !addr_parse(host, len, &at.addr))
		return problem_set(why, E_SYNTAX, "\"%s\": \"%.*s\" is not an address", text, (int)len, host);
	at.port = (uint16_t)n;
	at.v6_only = len && !addr_is_v4(&at.addr);
	*ret = at;
	return OK;
}

/* -- sockets ------------------------------------------------------------------------------------- */

static bool set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

static void ask_buffer(int fd, size_t bytes)
{
	int n = (int)MIN(bytes, (size_t)1 << 30);
	if (!set(fd, SOL_SOCKET, SO_RCVBUFFORCE, n)) /* needs CAP_NET_ADMIN; else what rmem_max allows */
		(void)set(fd, SOL_SOCKET, SO_RCVBUF, n);
}

static int bind_v4(int fd, const struct listen_at *at)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(at->port) };
	memcpy(&sa.sin_addr, at->addr.b + 12, 4); /* zero when all addresses are meant */
	return bind(fd, (const struct sockaddr *)&sa, sizeof(sa));
}

static int bind_v6(int fd, const struct listen_at *at)
{
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6, .sin6_port = htons(at->port) };
	memcpy(&sa.sin6_addr, at->addr.b, 16);
	return bind(fd, (const struct sockaddr *)&sa, sizeof(sa));
}

/* Connections inherit what their listening socket has: a peer that is gone is noticed. */
static bool set_up_stream(int fd)
{
	return set(fd, SOL_SOCKET, SO_REUSEADDR, 1) && set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/* One socket, bound; the first of a group brings the program along before it can receive. */
static int open_one(const struct listen_at *at, int family, size_t buffer_bytes, unsigned steer_over)
{
	bool datagrams = at->transport == TRANSPORT_UDP;
	int fd = socket(family, (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (datagrams)
		ask_buffer(fd, buffer_bytes);
	bool ready = set(fd, SOL_SOCKET, SO_REUSEPORT, 1) &&
		     (datagrams ? set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1) : set_up_stream(fd)) &&
		     (family == AF_INET || set(fd, IPPROTO_IPV6, IPV6_V6ONLY, at->v6_only)) &&
		     (!steer_over || steer_attach(fd, steer_over) == OK) &&
		     (family == AF_INET ? bind_v4(fd, at) : bind_v6(fd, at)) == 0 &&
		     (datagrams || listen(fd, BACKLOG) == 0);
	if (ready)
		return fd;
	fd_close(fd);
	return -1;
}

static void say_where(const struct listen_at *at, struct problem *why)
{
	const char *reason = strerror(errno);
	char text[ADDR_TEXT];
	if (!at->v6_only)
		problem_set(why, E_IO, "%s:%u: %s", addr_format(&at->addr, text), at->port, reason);
	else
		problem_set(why, E_IO, "[%s]:%u: %s", addr_is_none(&at->addr) ? "::" : addr_format(&at->addr, text),
			    at->port, reason);
}

/* steer: the group is new, and its first socket brings the program along. */
static enum err open_group(const struct listen_at *at, size_t buffer_bytes, unsigned n, bool steer, struct udp_socket *ret,
			   struct problem *why)
{
	struct listen_at place = *at;
	int family = addr_is_v4(&at->addr) ? AF_INET : AF_INET6;
	for (unsigned i = 0; i < n; i++) {
		int fd = open_one(&place, family, buffer_bytes, i == 0 && steer ? n : 0);
		if (fd < 0 && i == 0 && addr_is_none(&at->addr) && !at->v6_only &&
		    (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
			family = AF_INET; /* a host without IPv6 */
			fd = open_one(&place, family, buffer_bytes, steer ? n : 0);
		}
		if (fd < 0) {
			int saved = errno;
			while (i--)
				udp_close(&ret[i]);
			errno = saved;
			say_where(at, why);
			return E_IO;
		}
		ret[i] = (struct udp_socket){ .fd = fd, .transport = at->transport, .index = i };
		ret[i].port = place.port = udp_port(&ret[i]); /* port 0: the others take the first one's */
	}
	return OK;
}

enum err udp_open(const struct listen_at *at, size_t buffer_bytes, unsigned n, struct udp_socket *ret,
		  struct problem *why)
{
	return open_group(at, buffer_bytes, n, true, ret, why);
}

/* The kernel lets nobody with a program of its own join a group: so a second collector is refused. */
enum err udp_join(const struct listen_at *at, size_t buffer_bytes, unsigned n, struct udp_socket *ret,
		  struct problem *why)
{
	return open_group(at, buffer_bytes, n, false, ret, why);
}

void udp_close(struct udp_socket *s)
{
	fd_close(s->fd);
	s->fd = -1;
}

uint16_t udp_port(const struct udp_socket *s)
{
	struct sockaddr_in6 sa = { 0 };
	socklen_t len = sizeof(sa);
	if (getsockname(s->fd, (struct sockaddr *)&sa, &len) < 0)
		return 0;
	return ntohs(sa.sin6_port); /* at the same place in both families */
}

size_t udp_buffer(const struct udp_socket *s)
{
	int n = 0;
	socklen_t len = sizeof(n);
	if (s->transport != TRANSPORT_UDP)
		return 0;
	return getsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &n, &len) == 0 && n > 0 ? (size_t)n : 0;
}

uint64_t udp_dropped(struct udp_socket *s)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(info);
	if (s->transport == TRANSPORT_UDP && getsockopt(s->fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0 &&
	    len >= (SK_MEMINFO_DROPS + 1) * sizeof(info[0])) {
		s->dropped += info[SK_MEMINFO_DROPS] - s->drops_seen;
		s->drops_seen = info[SK_MEMINFO_DROPS];
	}
	return s->dropped;
}

/* -- bursts ---------------------------------------------------------------------------------------- */

enum err udp_burst_new(struct udp_burst **ret)
{
	struct udp_burst *b = mem_new0(1, sizeof(*b));
	if (!b)
		return E_NOMEM;
	b->data = mem_alloc((size_t)UDP_BURST * ROOM);
	if (!b->data) {
		mem_free(b);
		return E_NOMEM;
	}
	for (size_t i = 0; i < UDP_BURST; i++) {
		b->iov[i] = (struct iovec){ b->data + i * ROOM, ROOM };
		b->msg[i].msg_hdr = (struct msghdr){ .msg_name = &b->from[i], .msg_iov = &b->iov[i],
						     .msg_iovlen = 1, .msg_control = b->control[i] };
	}
	*ret = b;
	return OK;
}

void udp_burst_free(struct udp_burst *b)
{
	if (!b)
		return;
	mem_free(b->data);
	mem_free(b);
}

size_t udp_receive(struct udp_socket *s, struct udp_burst *b)
{
	for (size_t i = 0; i < UDP_BURST; i++) { /* the kernel has changed them */
		b->msg[i].msg_hdr.msg_namelen = sizeof(b->from[i]);
		b->msg[i].msg_hdr.msg_controllen = CONTROL;
	}
	int n = recvmmsg(s->fd, b->msg, UDP_BURST, MSG_DONTWAIT, NULL);
	b->to_port = s->port;
	b->now = clock_now();
	return n > 0 ? (size_t)n : 0;
}

static usec_t time_of(const struct udp_burst *b, const struct msghdr *m)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(m);
	struct timespec t;
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
		return b->now;
	memcpy(&t, CMSG_DATA(c), sizeof(t));
	return (usec_t)t.tv_sec * USEC_PER_SEC + t.tv_nsec / 1000;
}

struct addr udp_address(const struct sockaddr_in6 *sa)
{
	struct addr a;
	struct sockaddr_in v4;
	if (sa->sin6_family == AF_INET6) {
		memcpy(&a, &sa->sin6_addr, sizeof(a));
		return a;
	}
	memcpy(&v4, sa, sizeof(v4));
	return addr_v4(ntohl(v4.sin_addr.s_addr));
}

struct datagram udp_datagram(const struct udp_burst *b, size_t i)
{
	const struct sockaddr_in6 *from = &b->from[i];
	struct datagram d = { .data = b->iov[i].iov_base, .len = b->msg[i].msg_len,
			      .to_port = b->to_port, .from_port = ntohs(from->sin6_port),
			      .received = time_of(b, &b->msg[i].msg_hdr) };
	d.from = udp_address(from);
	return d;
}
