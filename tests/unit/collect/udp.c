/* Sockets: places to listen at, who gets what, when it came, what was dropped. */
#include "unit.h"

#include "base/clock.h"
#include "collect/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKETS = 4 };

/* -- places --------------------------------------------------------------------------------------- */

static void places_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text, *addr;
		uint16_t port;
		bool v6_only;
		enum transport transport;
	} good[] = {
		{ "6343", "", 6343, false, TRANSPORT_UDP },
		{ ":2055", "", 2055, false, TRANSPORT_UDP },
		{ "0", "", 0, false, TRANSPORT_UDP },
		{ "192.0.2.1:65535", "192.0.2.1", 65535, false, TRANSPORT_UDP },
		{ "[2001:db8::1]:4739", "2001:db8::1", 4739, true, TRANSPORT_UDP },
		{ "[::]:4739", "", 4739, true, TRANSPORT_UDP },
		{ "udp:2055", "", 2055, false, TRANSPORT_UDP },
		{ "tcp:4739", "", 4739, false, TRANSPORT_TCP },
		{ "tcp::4739", "", 4739, false, TRANSPORT_TCP },
		{ "tls:192.0.2.1:4740", "192.0.2.1", 4740, false, TRANSPORT_TLS },
		{ "tls:[2001:db8::1]:4740", "2001:db8::1", 4740, true, TRANSPORT_TLS },
	};
	struct problem why;
	char text[ADDR_TEXT];
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct listen_at at;
		assert_int_equal(listen_parse(good[i].text, &at, &why), OK);
		assert_string_equal(addr_format(&at.addr, text), good[i].addr);
		assert_int_equal(at.port, good[i].port);
		assert_int_equal(at.v6_only, good[i].v6_only);
		assert_int_equal(at.transport, good[i].transport);
	}
}

static void wrong_places_are_told(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{ "", "wanted a port" },
		{ "sflow", "wanted a port" },
		{ "127.0.0.1:", "wanted a port" },
		{ "127.0.0.1:65536", "wanted a port" },
		{ "127.0.0.1", "wanted a port" },
		{ "host:6343", "\"host\" is not an address" },
		{ "::1:6343", "an IPv6 address stands in brackets" },
		{ "[127.0.0.1]:6343", "wanted ADDRESS:PORT" },
		{ "[::1:2:x]:6343", "is not an address" },
		{ "tcp:", "wanted a port" },
		{ "sctp:4739", "\"sctp\" is not an address" },
		{ "tcp:tls:4739", "\"tls\" is not an address" },
	};
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct listen_at at;
		struct problem why = { 0 };
		assert_int_equal(listen_parse(wrong[i].text, &at, &why), E_SYNTAX);
		if (!strstr(why.text, wrong[i].says))
			fail_msg("\"%s\": %s", wrong[i].text, why.text);
	}
}

/* -- a group ---------------------------------------------------------------------------------------- */

static bool have_ipv6(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	bool have = fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0;
	close(fd);
	return have;
}

static void group_open(const char *place, size_t buffer, struct udp_socket s[static SOCKETS])
{
	struct listen_at at;
	struct problem why = { 0 };
	assert_int_equal(listen_parse(place, &at, &why), OK);
	if (udp_open(&at, buffer, SOCKETS, s, &why) != OK)
		fail_msg("%s", why.text);
	for (int i = 1; i < SOCKETS; i++)
		assert_int_equal(s[i].port, s[0].port);
}

static void group_close(struct udp_socket s[static SOCKETS])
{
	for (int i = 0; i < SOCKETS; i++)
		udp_close(&s[i]);
}

/* One datagram from an address of ours (and a new port of it) to the port on `to`. */
static void send_one(const char *from, const char *to, uint16_t port, const char *text)
{
	struct addr f, t;
	assert_true(addr_parse(from, strlen(from), &f));
	assert_true(addr_parse(to, strlen(to), &t));
	int fd = socket(addr_is_v4(&t) ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
	struct sockaddr_in a4 = { .sin_family = AF_INET }, b4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6 }, b6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	memcpy(&a4.sin_addr, f.b + 12, 4);
	memcpy(&b4.sin_addr, t.b + 12, 4);
	memcpy(&a6.sin6_addr, f.b, 16);
	memcpy(&b6.sin6_addr, t.b, 16);
	const struct sockaddr *a = addr_is_v4(&t) ? (void *)&a4 : (void *)&a6, *b = addr_is_v4(&t) ? (void *)&b4 : (void *)&b6;
	socklen_t len = addr_is_v4(&t) ? sizeof(a4) : sizeof(a6);
	assert_int_equal(bind(fd, a, len), 0);
	assert_int_equal(sendto(fd, text, strlen(text), 0, b, len), strlen(text));
	close(fd);
}

/* Which socket got it; what it is in *ret.  Loopback delivers before sendto returns. */
static int who_got(struct udp_socket s[static SOCKETS], struct udp_burst *b, struct datagram *ret)
{
	int who = -1;
	for (int i = 0; i < SOCKETS; i++)
		if (udp_receive(&s[i], b) == 1) {
			assert_int_equal(who, -1);
			who = i;
			*ret = udp_datagram(b, 0);
		}
	assert_true(who >= 0);
	return who;
}

/* From `from`, ten ports of it: always the same socket, which is returned. */
static int one_socket_for(const char *from, const char *to, struct udp_socket s[static SOCKETS], struct udp_burst *b)
{
	struct datagram d;
	char text[ADDR_TEXT];
	int first = -1;
	for (int i = 0; i < 10; i++) {
		send_one(from, to, s[0].port, "hello");
		int who = who_got(s, b, &d);
		assert_string_equal(addr_format(&d.from, text), from);
		assert_int_equal(d.len, 5);
		assert_memory_equal(d.data, "hello", 5);
		assert_int_equal(d.to_port, s[0].port);
		if (first >= 0)
			assert_int_equal(who, first);
		first = who;
	}
	return first;
}

static void spreads(const char *form, const char *to, const char *place)
{
	struct udp_socket s[SOCKETS];
	struct udp_burst *b;
	unsigned used = 0;
	assert_int_equal(udp_burst_new(&b), OK);
	group_open(place, (size_t)1 << 20, s);
	for (unsigned i = 1; i <= 24; i++) {
		char from[ADDR_TEXT];
		snprintf(from, sizeof(from), "%s%u", form, i);
		used |= 1u << one_socket_for(from, to, s, b);
	}
	assert_int_equal(used, (1u << SOCKETS) - 1); /* 24 exporters on 4 sockets: none is idle */
	group_close(s);
	udp_burst_free(b);
}

static void an_ipv4_exporter_stays_with_one_socket(void **state)
{
	(void)state;
	spreads("127.0.0.", "127.0.0.1", "127.0.0.1:0");
}

static void an_ipv4_exporter_stays_with_one_dual_socket(void **state)
{
	(void)state;
	spreads("127.0.1.", "127.0.0.1", "0");
}

/* Only ::1 is there without further ado: more addresses need a network namespace of our own. */
static void an_ipv6_exporter_stays_with_one_socket(void **state)
{
	(void)state;
	struct udp_socket s[SOCKETS];
	struct udp_burst *b;
	if (!have_ipv6()) {
		print_message("# this host has no IPv6: not tested\n");
		return;
	}
	assert_int_equal(udp_burst_new(&b), OK);
	group_open("[::1]:0", (size_t)1 << 20, s);
	one_socket_for("::1", "::1", s, b);
	group_close(s);
	udp_burst_free(b);
	int rc = -1;
	pid_t child = fork();
	if (!child) {
		char command[] = "ip link set lo up && for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24;"
				 " do ip -6 addr add 2001:db8::$i/128 dev lo nodad || exit 1; done";
		if (unshare(CLONE_NEWNET) < 0 || system(command) != 0)
			_exit(77);
		spreads("2001:db8::", "::1", "0");
		_exit(0);
	}
	assert_int_equal(waitpid(child, &rc, 0), child);
	if (WIFEXITED(rc) && WEXITSTATUS(rc) == 77)
		print_message("# not root, or no ip: only ::1 was tested\n");
	else
		assert_int_equal(rc, 0);
}

static void the_time_is_the_kernels(void **state)
{
	(void)state;
	struct udp_socket s[SOCKETS];
	struct udp_burst *b;
	struct datagram d;
	assert_int_equal(udp_burst_new(&b), OK);
	group_open("127.0.0.1:0", (size_t)1 << 20, s);
	usec_t before = clock_now();
	send_one("127.0.0.1", "127.0.0.1", s[0].port, "now");
	usec_t after = clock_now();
	usleep(20000);
	who_got(s, b, &d);
	assert_true(d.received >= before - 1000 && d.received <= after + 1000);
	assert_true(d.from_port > 0);
	group_close(s);
	udp_burst_free(b);
}

static void what_the_kernel_drops_is_counted(void **state)
{
	(void)state;
	enum { SENT = 500 };
	struct udp_socket s[SOCKETS];
	struct udp_burst *b;
	uint64_t got = 0, dropped = 0;
	assert_int_equal(udp_burst_new(&b), OK);
	group_open("127.0.0.1:0", 4096, s);
	for (int i = 0; i < SENT; i++)
		send_one("127.0.0.1", "127.0.0.1", s[0].port, "burst");
	for (int i = 0; i < SOCKETS; i++) {
		for (size_t n; (n = udp_receive(&s[i], b)) > 0;)
			got += n;
		dropped += udp_dropped(&s[i]);
		assert_int_equal(udp_dropped(&s[i]), s[i].dropped); /* asked twice: counted once */
	}
	assert_true(dropped > 0);
	assert_int_equal(got + dropped, SENT);
	group_close(s);
	udp_burst_free(b);
}

static void a_place_in_use_is_told(void **state)
{
	(void)state;
	struct udp_socket s[SOCKETS];
	struct problem why = { 0 };
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	struct listen_at at = { .addr = addr_v4(INADDR_LOOPBACK), .port = ntohs(sa.sin_port) };
	assert_int_equal(udp_open(&at, 4096, SOCKETS, s, &why), E_IO);
	assert_int_equal(errno, EADDRINUSE);
	char text[64];
	snprintf(text, sizeof(text), "127.0.0.1:%u: Address already in use", at.port);
	assert_string_equal(why.text, text);
	close(fd);
}

UNIT_MAIN(cmocka_unit_test(places_are_read), cmocka_unit_test(wrong_places_are_told),
	  cmocka_unit_test(an_ipv4_exporter_stays_with_one_socket),
	  cmocka_unit_test(an_ipv4_exporter_stays_with_one_dual_socket),
	  cmocka_unit_test(an_ipv6_exporter_stays_with_one_socket),
	  cmocka_unit_test(the_time_is_the_kernels), cmocka_unit_test(what_the_kernel_drops_is_counted),
	  cmocka_unit_test(a_place_in_use_is_told))
