/* Receivers: connected sockets, and what goes wrong with them.
 *
 * From our own address it is a UDP socket.  Under the exporter's (keep_source) a raw one, for which we
 * write the headers of IP and UDP:
 *
 *	IPv4   45 | tos | length 2 | id 2 | DF 2 | ttl | 17 | checksum 2 (the kernel's) | source 4 | destination 4
 *	IPv6   60000000 | length 2 | 17 | hops | source 16 | destination 16
 *	UDP    source port 2 | destination port 2 | length 2 | checksum 2 */
#include "collect/forward_in.h"

#include "base/file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SEND_BUFFER = 4 << 20, UDP_HEADER = 8, IPV4_HEADER = 20, IPV6_HEADER = 40, HOPS = 64, PROTOCOL_UDP = 17 };

static socklen_t sockaddr_of(const struct addr *a, uint16_t port, struct sockaddr_in6 *ret)
{
	if (addr_is_v4(a)) {
		struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
		memcpy(&v4.sin_addr, a->b + 12, 4);
		memcpy(ret, &v4, sizeof(v4));
		return sizeof(v4);
	}
	*ret = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port) };
	memcpy(&ret->sin6_addr, a->b, 16);
	return sizeof(*ret);
}

enum err receiver_open(const struct listen_at *to, bool keep_source, struct receiver *ret, struct problem *why)
{
	char text[ADDR_TEXT];
	struct sockaddr_in6 sa;
	socklen_t len = sockaddr_of(&to->addr, keep_source ? 0 : to->port, &sa);
	int family = addr_is_v4(&to->addr) ? AF_INET : AF_INET6, n = SEND_BUFFER;
	int fd = socket(family, (keep_source ? SOCK_RAW : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, keep_source ? IPPROTO_RAW : 0);
	if (fd < 0 && keep_source && errno == EPERM)
		return problem_set(why, E_DENIED, "source: keep needs CAP_NET_RAW (or root)");
	if (fd < 0 || connect(fd, (const struct sockaddr *)&sa, len) < 0) {
		fd_close(fd); /* keeps errno */
		return problem_set(why, E_IO, "%s port %u: %s", addr_format(&to->addr, text), to->port, strerror(errno));
	}
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &n, sizeof(n)) < 0) /* needs CAP_NET_ADMIN */
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &n, sizeof(n));
	*ret = (struct receiver){ .fd = fd, .spoofed = keep_source, .addr = to->addr, .port = to->port };
	return OK;
}

void receiver_close(struct receiver *r)
{
	fd_close(r->fd);
	r->fd = -1;
}

/* An address is ours when a socket can have it. */
static bool is_ours(const struct addr *a)
{
	struct sockaddr_in6 sa;
	socklen_t len = sockaddr_of(a, 0, &sa);
	_cleanup_(fd_closep) int fd = socket(addr_is_v4(a) ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd >= 0 && bind(fd, (const struct sockaddr *)&sa, len) == 0;
}

bool receiver_is_place(const struct listen_at *to, const struct listen_at *at, uint16_t port)
{
	if (at->transport != TRANSPORT_UDP || to->port != port)
		return false;
	if (!addr_is_none(&at->addr))
		return addr_equal(&to->addr, &at->addr);
	return (!at->v6_only || !addr_is_v4(&to->addr)) && is_ours(&to->addr);
}

/* -- sending ------------------------------------------------------------------------------------------- */

static enum drop drop_of(int e)
{
	switch (e) {
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		return DROP_FORWARD_SOCKET;
	case ECONNREFUSED:
		return DROP_FORWARD_REFUSED;
	case EMSGSIZE:
		return DROP_FORWARD_LONG;
	default:
		return DROP_FORWARD_UNREACHABLE;
	}
}

/* RFC 1071, over a piece that begins at an even byte. */
static uint32_t sum(uint32_t so_far, const uint8_t *data, size_t len)
{
	for (; len > 1; data += 2, len -= 2)
		so_far += load_be16(data);
	return so_far + (len ? (uint32_t)data[0] << 8 : 0);
}

/* Pseudo header: both addresses, which lie side by side in the IP header, length and protocol. */
static uint16_t udp_checksum(const uint8_t *addresses, size_t len, const uint8_t *udp, const struct datagram *d)
{
	uint32_t udp_len = (uint32_t)(UDP_HEADER + d->len);
	uint32_t s = sum(PROTOCOL_UDP + (udp_len >> 16) + (udp_len & 65535), addresses, len);
	s = sum(s, udp, UDP_HEADER);
	s = sum(s, d->data, d->len);
	while (s >> 16)
		s = (s & 65535) + (s >> 16);
	return (uint16_t)(~s & 65535 ? ~s & 65535 : 65535);
}

/* Both headers; 0 = the families differ, or it is longer than can be. */
static size_t write_headers(const struct receiver *r, const struct datagram *d, uint8_t h[static IPV6_HEADER + UDP_HEADER])
{
	bool v4 = addr_is_v4(&r->addr);
	size_t ip = v4 ? IPV4_HEADER : IPV6_HEADER, len = UDP_HEADER + d->len;
	if (v4 != addr_is_v4(&d->from) || ip + len > UINT16_MAX)
		return 0;
	memset(h, 0, ip + UDP_HEADER);
	if (v4) {
		h[0] = 0x45;
		store_be16(h + 2, (uint16_t)(ip + len));
		h[6] = 0x40; /* in one piece */
		h[8] = HOPS;
		h[9] = PROTOCOL_UDP;
		memcpy(h + 12, d->from.b + 12, 4);
		memcpy(h + 16, r->addr.b + 12, 4);
	} else {
		h[0] = 0x60;
		store_be16(h + 4, (uint16_t)len);
		h[6] = PROTOCOL_UDP;
		h[7] = HOPS;
		memcpy(h + 8, d->from.b, 16);
		memcpy(h + 24, r->addr.b, 16);
	}
	uint8_t *udp = h + ip;
	store_be16(udp, d->from_port);
	store_be16(udp + 2, r->port);
	store_be16(udp + 4, (uint16_t)len);
	store_be16(udp + 6, udp_checksum(v4 ? h + 12 : h + 8, v4 ? 8 : 32, udp, d));
	return ip + UDP_HEADER;
}

void receiver_send(const struct receiver *r, const struct datagram *d, struct forward_counts *n)
{
	uint8_t head[IPV6_HEADER + UDP_HEADER];
	struct iovec iov[2] = { { head, 0 }, { (void *)(uintptr_t)d->data, d->len } };
	if (r->spoofed && !(iov[0].iov_len = write_headers(r, d, head))) {
		n->drops[DROP_FORWARD_KIND]++;
		return;
	}
	ssize_t sent = writev(r->fd, iov + !r->spoofed, 1 + r->spoofed);
	if (sent < 0 && errno == ECONNREFUSED) { /* about one before; this one was not looked at */
		n->drops[DROP_FORWARD_REFUSED]++;
		sent = writev(r->fd, iov + !r->spoofed, 1 + r->spoofed);
	}
	if (sent < 0) {
		n->drops[drop_of(errno)]++;
		return;
	}
	n->sent++;
	n->sent_bytes += d->len;
}
