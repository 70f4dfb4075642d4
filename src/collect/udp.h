/* Sockets that receive exports: a group of them on one port; datagrams in bursts.
 *
 * A group has a socket for each worker (SO_REUSEPORT); steer.c decides which of them gets a
 * datagram, by the sender's address alone. */
#pragma once
#include "collect/collect.h"

struct udp_socket {
	int fd; /* -1 = none */
	uint16_t port;
	unsigned index; /* in the kernel's array of its group; take_over.c keeps it right */
	enum transport transport; /* UDP receives; the others listen (stream.h) */
	uint32_t drops_seen; /* the kernel's counter as it was read last; it wraps */
	uint64_t dropped;
};

/* Opens n sockets on one place, steered.  buffer_bytes is asked for; the kernel may give less.
 * E_IO (errno, *why says where) leaves nothing open. */
enum err udp_open(const struct listen_at *at, size_t buffer_bytes, unsigned n, struct udp_socket *ret,
		  struct problem *why) _must_check_;
/* The same beside sockets that are there, which go on receiving everything until the group is steered anew. */
enum err udp_join(const struct listen_at *at, size_t buffer_bytes, unsigned n, struct udp_socket *ret,
		  struct problem *why) _must_check_;
void udp_close(struct udp_socket *s);
uint16_t udp_port(const struct udp_socket *s); /* the one the kernel chose where 0 was asked for */
size_t udp_buffer(const struct udp_socket *s); /* bytes the kernel gives, its own overhead included; 0 where none receives */

/* Datagrams dropped because the buffer was full, since it was opened. */
uint64_t udp_dropped(struct udp_socket *s);

struct sockaddr_in6;
struct addr udp_address(const struct sockaddr_in6 *sa); /* of either family: there is room for both */

/* How a group's datagrams are spread over its sockets (steer.c). */
struct steering {
	unsigned sockets, first;   /* among so many of them, from this number on */
	const struct addr *spread; /* exporters whose sFlow and v5 go by sequence number; at most WIRE_SHARED */
	size_t nspread;
	const struct pin {         /* exporters that go to a socket of their own choice; at most WIRE_SHARED */
		struct addr from;
		unsigned socket;   /* below `sockets` */
	} *pin;
	size_t npins;
};
enum err steer(int fd, const struct steering *s) _must_check_;

/* Send a datagram from there to the socket of this number (of `sockets`): by its source address. */
enum err steer_attach(int fd, unsigned sockets) _must_check_;
/* The same among `sockets` of a larger group, from this number on. */
enum err steer_attach_at(int fd, unsigned sockets, unsigned first) _must_check_;

/* Room for the datagrams of one call.  One thread. */
struct udp_burst;
enum { UDP_BURST = 128 };

enum err udp_burst_new(struct udp_burst **ret) _must_check_;
void udp_burst_free(struct udp_burst *b);

/* What waits, at most UDP_BURST, without waiting itself: 0 = nothing there. */
size_t udp_receive(struct udp_socket *s, struct udp_burst *b);
/* The i-th of them; its bytes are good until the next udp_receive. */
struct datagram udp_datagram(const struct udp_burst *b, size_t i);
