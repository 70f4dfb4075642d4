/* Sessions over TCP, with all threads: messages in any pieces, templates of their own, what ends a
 * session, and what those who only hold on to things can take.  TLS: tests/e2e/stream.sh. */
#include "unit.h"

#include "base/clock.h"
#include "collect/collect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct collector *open_one(const struct stream_limits *limits)
{
	const struct listen_at at[] = {
		{ .addr = addr_v4(INADDR_LOOPBACK), .transport = TRANSPORT_TCP },
		{ .addr = addr_v4(INADDR_LOOPBACK) },
	};
	struct collector_options opt = { .listen = at, .nlisten = 2, .workers = 2 };
	struct collector *c;
	struct problem why = { 0 };
	if (limits)
		opt.streams = *limits;
	if (collector_open(&opt, &c, &why) != OK)
		fail_msg("%s", why.text);
	assert_true(collector_accepts(c));
	assert_true(collector_buffer(c) > 0); /* of the UDP place, which is the second */
	return c;
}

static int dial(const struct collector *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(collector_port(c, 0)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), 0);
	return fd;
}

static void say(int fd, const uint8_t *data, size_t len)
{
	assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* A message of domain 7: template 256 of two numbers of four bytes, and a record of it.  The order of
 * element 1 (bytes) and 2 (packets) is the caller's. */
static size_t message(uint8_t b[static 64], uint16_t first, uint32_t sequence)
{
	size_t n = 16;
	memset(b, 0, 64);
	store_be16(b, 10);
	store_be32(b + 4, 1790000000);
	store_be32(b + 8, sequence);
	store_be32(b + 12, 7);
	if (first) {
		const uint16_t words[] = { 2, 16, 256, 2, first, 4, (uint16_t)(3 - first), 4 };
		for (size_t i = 0; i < COUNT_OF(words); i++, n += 2)
			store_be16(b + n, words[i]);
	}
	store_be16(b + n, 256);
	store_be16(b + n + 2, 12);
	store_be32(b + n + 4, 1000);
	store_be32(b + n + 8, 10);
	n += 12;
	store_be16(b + 2, (uint16_t)n);
	return n;
}

static void say_message(int fd, uint16_t first, uint32_t sequence)
{
	uint8_t b[64];
	say(fd, b, message(b, first, sequence));
}

struct got {
	uint64_t rows, bytes;
};

static void take_all(struct collector *c, struct got *g)
{
	for (struct parcel *p; (p = collector_take(c));) {
		if (p->batch && p->batch->table->id == TABLE_TRAFFIC) {
			g->rows += p->batch->n;
			for (size_t i = 0; i < p->batch->n; i++)
				g->bytes += batch_uint(p->batch, TR_bytes, i);
		}
		collector_give_back(c, p);
	}
}

static struct got end_all(struct collector *c, struct collector_totals *ret)
{
	struct got g = { 0 };
	usec_t until = clock_monotonic() + 20 * USEC_PER_SEC;
	collector_stop(c);
	while (!collector_ended(c)) {
		struct pollfd p = { .fd = collector_wake(c), .events = POLLIN };
		poll(&p, 1, 100);
		take_all(c, &g);
		assert_true(clock_monotonic() < until);
	}
	collector_totals(c, ret);
	collector_close(c);
	return g;
}

/* The other side closes it, in ten seconds at most. */
static void is_closed(int fd)
{
	uint8_t byte;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	assert_int_equal(poll(&p, 1, 10000), 1);
	ssize_t n = recv(fd, &byte, 1, 0);
	assert_true(n == 0 || (n < 0 && errno == ECONNRESET));
	close(fd);
}

static void wait_received(struct collector *c, uint64_t n)
{
	struct collector_totals t;
	usec_t until = clock_monotonic() + 10 * USEC_PER_SEC;
	do {
		usleep(1000);
		collector_totals(c, &t);
		assert_true(clock_monotonic() < until);
	} while (t.received < n);
}

/* -- messages --------------------------------------------------------------------------------------- */

static void messages_come_whole_whatever_the_pieces(void **state)
{
	(void)state;
	enum { MESSAGES = 40 };
	static const size_t pieces[] = { 1, 2, 3, 7, 64, 5000 };
	struct collector_totals t;
	struct collector *c = open_one(NULL);
	assert_int_equal(collector_start(c), OK);
	for (size_t k = 0; k < COUNT_OF(pieces); k++) {
		uint8_t all[MESSAGES * 64];
		size_t len = 0;
		for (uint32_t i = 0; i < MESSAGES; i++)
			len += message(all + len, i % 3 == 0, i);
		int fd = dial(c);
		for (size_t at = 0; at < len; at += pieces[k])
			say(fd, all + at, MIN(pieces[k], len - at));
		close(fd);
	}
	struct got g = end_all(c, &t);
	assert_int_equal(g.rows, MESSAGES * COUNT_OF(pieces));
	assert_int_equal(g.bytes, MESSAGES * COUNT_OF(pieces) * 1000);
	assert_int_equal(t.received, MESSAGES * COUNT_OF(pieces));
	assert_int_equal(t.wire.records_lost, 0);
	for (size_t i = 0; i < DROPS; i++)
		assert_int_equal(t.drops[i], 0);
}

static void the_longest_message_fits(void **state)
{
	(void)state;
	enum { LONG = 65535, RECORDS = (LONG - 16 - 16 - 4) / 8 };
	struct collector_totals t;
	uint8_t *b = calloc(1, LONG);
	assert_non_null(b);
	message(b, 1, 0);
	store_be16(b + 2, LONG);
	store_be16(b + 34, LONG - 32);
	for (size_t i = 0; i < RECORDS; i++)
		store_be32(b + 36 + 8 * i, 1);
	struct collector *c = open_one(NULL);
	assert_int_equal(collector_start(c), OK);
	int fd = dial(c);
	say(fd, b, LONG);
	say(fd, b, LONG);
	close(fd);
	struct got g = end_all(c, &t);
	assert_int_equal(g.rows, 2 * RECORDS);
	assert_int_equal(t.drops[DROP_STREAM_MALFORMED], 0);
	free(b);
}

static void templates_are_the_sessions_own(void **state)
{
	(void)state;
	struct collector_totals t;
	struct collector *c = open_one(NULL);
	assert_int_equal(collector_start(c), OK);
	int one = dial(c), other = dial(c); /* both of domain 7, with another template 256 */
	say_message(one, 1, 0);   /* 1000 bytes */
	say_message(other, 2, 0); /* 10 bytes */
	wait_received(c, 2);
	say_message(one, 0, 1);
	say_message(other, 0, 1);
	wait_received(c, 4);
	close(one);
	one = dial(c);
	say_message(one, 0, 2); /* its template died with the connection before */
	close(one);
	close(other);
	struct got g = end_all(c, &t);
	assert_int_equal(g.rows, 4);
	assert_int_equal(g.bytes, 2020);
	assert_int_equal(t.wire.rejects[NF_NO_TEMPLATE], 1);
	assert_int_equal(t.drops[DROP_STREAM_MALFORMED], 0);
}

static void a_stop_takes_what_the_kernel_holds(void **state)
{
	(void)state;
	enum { CONNECTIONS = 12, MESSAGES = 50 };
	struct collector_totals t;
	struct collector *c = open_one(NULL);
	int fd[CONNECTIONS];
	for (int k = 0; k < CONNECTIONS; k++) { /* nobody accepts yet */
		fd[k] = dial(c);
		for (uint32_t i = 0; i < MESSAGES; i++)
			say_message(fd[k], i == 0, i);
	}
	collector_stop(c);
	assert_int_equal(collector_start(c), OK);
	struct got g = end_all(c, &t);
	assert_int_equal(g.rows, CONNECTIONS * MESSAGES);
	for (int k = 0; k < CONNECTIONS; k++)
		close(fd[k]);
}

/* -- what ends a session ---------------------------------------------------------------------------- */

static void what_is_no_message_ends_it(void **state)
{
	(void)state;
	struct collector_totals t;
	struct collector *c = open_one(NULL);
	uint8_t b[64];
	assert_int_equal(collector_start(c), OK);
	int fd = dial(c);
	say(fd, (const uint8_t *)"GET / HTTP/1.0\r\n\r\n", 18);
	is_closed(fd);
	fd = dial(c);
	message(b, 1, 0);
	store_be16(b + 2, 15); /* shorter than its header */
	say(fd, b, 16);
	is_closed(fd);
	fd = dial(c);
	size_t len = message(b, 1, 0);
	store_be16(b + 34, 13); /* the set is longer than the message */
	say(fd, b, len);
	is_closed(fd);
	collector_totals(c, &t);
	assert_int_equal(t.drops[DROP_STREAM_MALFORMED], 3);
	assert_int_equal(t.wire.rejects[NF_SET_LONG], 1);
	fd = dial(c); /* another one is welcome */
	say_message(fd, 1, 0);
	close(fd);
	assert_int_equal(end_all(c, &t).rows, 1);
}

static void a_message_that_is_cut_is_counted(void **state)
{
	(void)state;
	struct collector_totals t;
	struct collector *c = open_one(NULL);
	uint8_t b[64];
	assert_int_equal(collector_start(c), OK);
	int fd = dial(c);
	say_message(fd, 1, 0);
	say(fd, b, message(b, 0, 1) - 1);
	close(fd);
	assert_int_equal(end_all(c, &t).rows, 1);
	assert_int_equal(t.drops[DROP_STREAM_CUT], 1);
}

static void who_does_not_finish_is_ended(void **state)
{
	(void)state;
	const struct stream_limits limits = { .message = USEC_PER_SEC / 10 };
	struct collector_totals t;
	struct collector *c = open_one(&limits);
	uint8_t b[64];
	assert_int_equal(collector_start(c), OK);
	int slow = dial(c), silent = dial(c);
	say_message(slow, 1, 0);
	say(slow, b, message(b, 0, 1) - 4);
	is_closed(slow);
	say_message(silent, 1, 0); /* begun nothing, so it stays */
	close(silent);
	assert_int_equal(end_all(c, &t).rows, 2);
	assert_int_equal(t.drops[DROP_STREAM_SLOW], 1);
	assert_int_equal(t.drops[DROP_STREAM_IDLE], 0);
}

static void who_is_silent_is_ended(void **state)
{
	(void)state;
	const struct stream_limits limits = { .idle = USEC_PER_SEC / 2 };
	struct collector_totals t;
	struct collector *c = open_one(&limits);
	assert_int_equal(collector_start(c), OK);
	int fd = dial(c);
	say_message(fd, 1, 0);
	is_closed(fd);
	assert_int_equal(end_all(c, &t).rows, 1);
	assert_int_equal(t.drops[DROP_STREAM_IDLE], 1);
}

/* -- ceilings ------------------------------------------------------------------------------------------ */

static void an_address_has_a_ceiling(void **state)
{
	(void)state;
	enum { MOST = 3 };
	const struct stream_limits limits = { .of_address = MOST };
	struct collector_totals t;
	struct collector *c = open_one(&limits);
	int fd[MOST];
	assert_int_equal(collector_start(c), OK);
	for (uint32_t i = 0; i < MOST; i++) {
		fd[i] = dial(c);
		say_message(fd[i], 1, 0);
	}
	wait_received(c, MOST);
	is_closed(dial(c));
	for (uint32_t i = 0; i < MOST; i++) {
		say_message(fd[i], 0, 1);
		close(fd[i]);
	}
	assert_int_equal(end_all(c, &t).rows, 2 * MOST);
	assert_int_equal(t.drops[DROP_STREAM_ADDRESS], 1);
}

static void who_has_not_spoken_makes_room(void **state)
{
	(void)state;
	const struct stream_limits limits = { .sessions = 4 }; /* two of each worker */
	struct collector_totals t;
	struct collector *c = open_one(&limits);
	assert_int_equal(collector_start(c), OK);
	int spoke = dial(c);
	say_message(spoke, 1, 0);
	wait_received(c, 1);
	int mute = dial(c);
	int third = dial(c); /* takes the place of the one that says nothing */
	is_closed(mute);
	say_message(third, 1, 0);
	wait_received(c, 2);
	is_closed(dial(c)); /* both that are left have spoken */
	say_message(spoke, 0, 1);
	close(spoke);
	close(third);
	assert_int_equal(end_all(c, &t).rows, 3);
	assert_int_equal(t.drops[DROP_STREAM_SLOW], 1);
	assert_int_equal(t.drops[DROP_STREAM_FULL], 1);
}

static void without_descriptors_it_waits(void **state)
{
	(void)state;
	struct collector_totals t;
	struct rlimit before, none;
	struct collector *c = open_one(NULL);
	int fd = dial(c);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)fd + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(collector_start(c), OK);
	usec_t until = clock_monotonic() + 10 * USEC_PER_SEC;
	do {
		usleep(1000);
		collector_totals(c, &t);
	} while (!t.drops[DROP_STREAM_FULL] && clock_monotonic() < until);
	assert_int_equal(t.drops[DROP_STREAM_FULL], 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	say_message(fd, 1, 0);
	wait_received(c, 1); /* a second later it is accepted after all */
	close(fd);
	assert_int_equal(end_all(c, &t).rows, 1);
}

static void tls_needs_its_files(void **state)
{
	(void)state;
	const struct listen_at at = { .addr = addr_v4(INADDR_LOOPBACK), .transport = TRANSPORT_TLS };
	struct collector_options opt = { .listen = &at, .nlisten = 1, .workers = 1 };
	struct collector *c = NULL;
	struct problem why = { 0 };
	assert_int_equal(collector_open(&opt, &c, &why), E_SYNTAX);
	assert_non_null(strstr(why.text, "collect.tls_certificate"));
	opt.tls = (struct tls_files){ .certificate = "/nonexistent/cert.pem", .key = "/nonexistent/key.pem" };
	assert_int_equal(collector_open(&opt, &c, &why), E_IO);
	assert_string_equal(why.text, "/nonexistent/cert.pem: No such file or directory");
	opt.tls.certificate = "/proc/self/status";
	assert_int_equal(collector_open(&opt, &c, &why), E_SYNTAX);
	assert_non_null(strstr(why.text, "/proc/self/status: is no certificate"));
	assert_null(c);
}

/* -- TLS: what needs no handshake ----------------------------------------------------------------------- */

/* A certificate of nobody's, and its key, in two files. */
static void write_certificate(const char *certificate, const char *key)
{
	EVP_PKEY *k = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	FILE *f;
	assert_true(k && x);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	assert_int_equal(X509_set_pubkey(x, k), 1);
	assert_true(X509_sign(x, k, EVP_sha256()) > 0);
	assert_non_null(f = fopen(certificate, "w"));
	assert_int_equal(PEM_write_X509(f, x), 1);
	fclose(f);
	assert_non_null(f = fopen(key, "w"));
	assert_int_equal(PEM_write_PrivateKey(f, k, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	X509_free(x);
	EVP_PKEY_free(k);
}

static void a_handshake_must_be_finished(void **state)
{
	(void)state;
	char folder[] = "/tmp/weir-tls.XXXXXX", certificate[64], key[64];
	assert_non_null(mkdtemp(folder));
	snprintf(certificate, sizeof(certificate), "%s/cert", folder);
	snprintf(key, sizeof(key), "%s/key", folder);
	write_certificate(certificate, key);
	const struct listen_at at = { .addr = addr_v4(INADDR_LOOPBACK), .transport = TRANSPORT_TLS };
	const struct collector_options opt = { .listen = &at, .nlisten = 1, .workers = 1, .tls = { .certificate = certificate, .key = key },
					       .streams = { .message = USEC_PER_SEC / 5 } };
	struct collector *c;
	struct collector_totals t;
	struct problem why = { 0 };
	if (collector_open(&opt, &c, &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(collector_buffer(c), 0); /* no place is for datagrams */
	assert_int_equal(collector_start(c), OK);
	int silent = dial(c), begun = dial(c), plain = dial(c);
	say(begun, (const uint8_t *)"\x16\x03\x01\x02\x00\x01", 6); /* a hello that does not go on */
	say(plain, (const uint8_t *)"\x00\x0a\x00\x10 no TLS at all", 18);
	is_closed(plain);
	is_closed(silent);
	is_closed(begun);
	end_all(c, &t);
	assert_int_equal(t.received, 0);
	assert_int_equal(t.drops[DROP_STREAM_SLOW], 2);
	assert_int_equal(t.drops[DROP_STREAM_TLS], 1);
	unlink(certificate);
	unlink(key);
	rmdir(folder);
}

UNIT_MAIN(cmocka_unit_test(messages_come_whole_whatever_the_pieces), cmocka_unit_test(the_longest_message_fits),
	  cmocka_unit_test(templates_are_the_sessions_own), cmocka_unit_test(a_stop_takes_what_the_kernel_holds),
	  cmocka_unit_test(what_is_no_message_ends_it), cmocka_unit_test(a_message_that_is_cut_is_counted),
	  cmocka_unit_test(who_does_not_finish_is_ended), cmocka_unit_test(who_is_silent_is_ended),
	  cmocka_unit_test(an_address_has_a_ceiling), cmocka_unit_test(who_has_not_spoken_makes_room),
	  cmocka_unit_test(without_descriptors_it_waits), cmocka_unit_test(tls_needs_its_files),
	  cmocka_unit_test(a_handshake_must_be_finished))
