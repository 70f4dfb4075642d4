/* Who is overloaded, what spread exporters lost, and that the program spreads by sequence number. */
#include "unit.h"

#include "collect/worker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static void an_overloaded_worker_is_found(void **state)
{
	(void)state;
	static const unsigned hot[] = { 10, 97, 60 }, both[] = { 95, 97, 91 }, calm[] = { 10, 60, 5 }, other[] = { 99, 20, 20 };
	struct overload o = { 0 };
	for (int i = 0; i < 4; i++)
		assert_int_equal(overload_step(&o, hot, 3), -1);
	assert_int_equal(overload_step(&o, hot, 3), 1);
	o.times = 0;
	for (int i = 0; i < 4; i++)
		assert_int_equal(overload_step(&o, hot, 3), -1);
	assert_int_equal(overload_step(&o, calm, 3), -1); /* begins anew */
	for (int i = 0; i < 4; i++)
		assert_int_equal(overload_step(&o, hot, 3), -1);
	for (int i = 0; i < 4; i++)
		assert_int_equal(overload_step(&o, other, 3), -1); /* another one: begins anew */
	assert_int_equal(overload_step(&o, other, 3), 0);
	o.times = 0;
	for (int i = 0; i < 20; i++)
		assert_int_equal(overload_step(&o, both, 3), -1); /* nobody could help */
	for (int i = 0; i < 20; i++)
		assert_int_equal(overload_step(&o, hot, 1), -1);
}

static struct wire_exporter heard(uint32_t end, uint64_t len, uint64_t n)
{
	return (struct wire_exporter){ .span = { .end = end, .len = len, .heard = n } };
}

static void spans_are_put_together(void **state)
{
	(void)state;
	struct wire_exporter a = heard(9, 4, 3), b = heard(11, 5, 2), none = { 0 };
	struct wire_span s = wire_span_join(&a, &b); /* 5..8 and 6..10 */
	assert_int_equal(s.end, 11);
	assert_int_equal(s.len, 6);
	assert_int_equal(s.heard, 5);
	s = wire_span_join(&b, &a);
	assert_int_equal(s.end, 11);
	assert_int_equal(s.len, 6);
	s = wire_span_join(&none, &a);
	assert_int_equal(s.len, 4);
	a = heard(3, 10, 5); /* the numbers have begun anew at 2^32 */
	b = heard(UINT32_MAX - 2, 10, 5);
	s = wire_span_join(&a, &b);
	assert_int_equal(s.end, 3);
	assert_int_equal(s.len, 16);
	a = heard(5000000, 100, 50); /* the device has begun anew, and a has not heard it yet */
	b = heard(40, 40, 20);
	b.last_seen = 1;
	s = wire_span_join(&a, &b);
	assert_int_equal(s.end, 40);
	assert_int_equal(s.heard, 20);
}

enum { SOCKETS = 4, SENT = 64 };

static void send_all(const struct udp_socket *to, bool v6, bool sflow)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(to->port), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(to->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
	assert_true(fd >= 0);
	for (uint32_t n = 0; n < SENT; n++) {
		uint8_t d[40] = { 0 };
		if (sflow) { /* of an agent with an IPv6 address: its sequence number lies at 28 */
			store_be32(d, 5);
			store_be32(d + 4, 2);
			store_be32(d + 28, 1000 + n);
		} else {
			store_be16(d, 9); /* v9 */
			store_be32(d + 12, n);
		}
		const struct sockaddr *sa = v6 ? (const struct sockaddr *)&six : (const struct sockaddr *)&four;
		assert_int_equal(sendto(fd, d, sizeof(d), 0, sa, v6 ? sizeof(six) : sizeof(four)), sizeof(d));
	}
	close(fd);
}

static unsigned last_reached;

/* How many sockets got any of them, all of which came. */
static unsigned reached(struct udp_socket s[static SOCKETS])
{
	unsigned sockets = 0, n = 0;
	uint8_t d[64];
	for (int i = 0; i < SOCKETS; i++) {
		unsigned before = n;
		while (recv(s[i].fd, d, sizeof(d), MSG_DONTWAIT) > 0)
			n++;
		sockets += n > before;
		last_reached = n > before ? (unsigned)i : last_reached;
	}
	assert_int_equal(n, SENT);
	return sockets;
}

static void spread(const char *place, const char *address, bool v6)
{
	struct listen_at at;
	struct udp_socket s[SOCKETS];
	struct problem why = { 0 };
	struct addr list[WIRE_SHARED];
	for (uint32_t i = 0; i < WIRE_SHARED; i++)
		list[i] = addr_v4(0xc0000200 + i);
	assert_true(addr_parse(address, strlen(address), &list[WIRE_SHARED - 1]));
	assert_int_equal(listen_parse(place, &at, &why), OK);
	if (udp_open(&at, 1 << 20, SOCKETS, s, &why) != OK) {
		assert_true(v6); /* a host without it */
		skip();
	}
	send_all(s, v6, true);
	assert_int_equal(reached(s), 1);
	assert_int_equal(steer(s[0].fd, &(struct steering){ .sockets = SOCKETS, .spread = list, .nspread = WIRE_SHARED }), OK);
	send_all(s, v6, true);
	assert_int_equal(reached(s), SOCKETS);
	send_all(s, v6, false); /* templates keep it together */
	assert_int_equal(reached(s), 1);
	for (unsigned to = 0; to < SOCKETS; to++) { /* wherever it is wanted */
		struct pin pin[WIRE_SHARED];
		for (uint32_t i = 0; i < WIRE_SHARED; i++)
			pin[i] = (struct pin){ .from = list[i], .socket = to };
		assert_int_equal(steer(s[0].fd, &(struct steering){ .sockets = SOCKETS, .pin = pin, .npins = WIRE_SHARED,
								    .spread = list, .nspread = WIRE_SHARED - 1 }), OK);
		send_all(s, v6, false);
		assert_int_equal(reached(s), 1);
		assert_int_equal(last_reached, to);
	}
	assert_int_equal(steer_attach_at(s[0].fd, 1, 3), OK);
	send_all(s, v6, true);
	assert_int_equal(reached(s), 1);
	for (int i = 0; i < SOCKETS; i++)
		udp_close(&s[i]);
}

/* -- moving ------------------------------------------------------------------------------------------- */

/* A message of v9 from 127.0.0.(last) with a record of 1000 and 10, and before it the template, of bytes and packets
 * in this order or the other; first 0: none. */
static void say_v9(const struct collector *c, unsigned last, uint16_t first, uint32_t number)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl((INADDR_LOOPBACK & ~255u) + last) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(collector_port(c, 0)) };
	uint16_t w[30] = { 9, 1, 0, 1, 0x6ab1, 0x1380, 0, (uint16_t)number, 0, 7 };
	const uint16_t template[] = { 0, 16, 256, 2, first, 4, (uint16_t)(3 - first), 4 }, data[] = { 256, 12, 0, 1000, 0, 10 };
	size_t n = 10;
	uint8_t d[60];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	if (first) {
		memcpy(w + n, template, sizeof(template));
		n += COUNT_OF(template);
	}
	memcpy(w + n, data, sizeof(data));
	n += COUNT_OF(data);
	for (size_t i = 0; i < n; i++)
		store_be16(d + 2 * i, w[i]);
	assert_int_equal(sendto(fd, d, 2 * n, 0, (struct sockaddr *)&to, sizeof(to)), (ssize_t)(2 * n));
	close(fd);
}

static struct collector_totals after(struct collector *c, uint64_t received)
{
	struct collector_totals t;
	for (int i = 0; i < 10000; i++) {
		collector_totals(c, &t);
		if (t.received >= received)
			return t;
		usleep(1000);
	}
	fail_msg("only %llu of %llu came", (unsigned long long)t.received, (unsigned long long)received);
	return t;
}

/* The worker that heard more than it had. */
static unsigned hearer(struct collector *c, uint64_t had[static 3])
{
	unsigned who = 3;
	for (unsigned k = 0; k < 3; k++) {
		struct worker *w = collector_worker(c, k);
		pthread_mutex_lock(&w->lock);
		who = w->received > had[k] ? k : who;
		had[k] = w->received;
		pthread_mutex_unlock(&w->lock);
	}
	return who;
}

static struct collector *three_workers(void)
{
	const struct listen_at at = { .addr = addr_v4(INADDR_LOOPBACK) };
	const struct collector_options opt = { .listen = &at, .nlisten = 1, .workers = 3 };
	struct collector *c;
	struct problem why = { 0 };
	assert_int_equal(collector_open(&opt, &c, &why), OK);
	return c;
}

/* What one knows goes to the other, as after a restart. */
static void kept_by(struct collector *from, struct collector *to)
{
	struct buf kept = { 0 };
	assert_int_equal(collector_save_templates(from, &kept), OK);
	assert_int_equal(collector_load_templates(to, kept.data, kept.len), OK);
	buf_free(&kept);
}

static void an_exporter_moves_with_its_templates(void **state)
{
	(void)state;
	const struct addr other = addr_v4(INADDR_LOOPBACK - 1);
	uint64_t had[3] = { 0 }, received = 0;
	unsigned last = 1, to = 1;
	struct collector *c = three_workers(), *next = three_workers();
	assert_int_equal(collector_start(c), OK);
	do { /* one of the last worker, which is the first to be saved */
		assert_true(last < 40);
		say_v9(c, ++last, 2, 1);
		(void)after(c, ++received);
	} while (hearer(c, had) != 2);
	const struct addr who = addr_v4((INADDR_LOOPBACK & ~255u) + last);
	kept_by(c, c); /* all workers have it, as from an earlier run */
	uint64_t bytes = after(c, received).wire.bytes;
	say_v9(c, last, 1, 2); /* and then it changes */
	assert_int_equal(after(c, ++received).wire.bytes, bytes + 1000);
	assert_int_equal(hearer(c, had), 2);
	assert_int_equal(collector_move(c, &who, 2, to), OK);
	assert_int_equal(collector_move(c, &who, to, 2), E_LIMIT); /* once */
	assert_int_equal(collector_move(c, &other, to, to), E_LIMIT);
	say_v9(c, last, 0, 3);
	struct collector_totals t = after(c, ++received);
	assert_int_equal(hearer(c, had), to);
	assert_int_equal(t.wire.bytes, bytes + 2000);
	assert_int_equal(t.wire.rejects[NF_NO_TEMPLATE], 0);
	assert_int_equal(t.wire.datagrams_lost + t.wire.records_lost, 0);

	say_v9(c, last, 2, 4); /* once more: what is kept is what it said last, where it is now */
	(void)after(c, ++received);
	kept_by(c, next);
	assert_int_equal(collector_start(next), OK);
	say_v9(next, last, 0, 5);
	assert_int_equal(after(next, 1).wire.bytes, 10);
	collector_close(c);
	collector_close(next);
}

static void ipv4_is_spread(void **state)
{
	(void)state;
	spread("127.0.0.1:0", "127.0.0.1", false);
}

static void ipv6_is_spread(void **state)
{
	(void)state;
	spread("[::1]:0", "::1", true);
}

UNIT_MAIN(cmocka_unit_test(an_overloaded_worker_is_found), cmocka_unit_test(spans_are_put_together),
	  cmocka_unit_test(an_exporter_moves_with_its_templates), cmocka_unit_test(ipv4_is_spread), cmocka_unit_test(ipv6_is_spread))
