/* Forwarding what comes by TCP: messages go on whole, and templates are told again to receivers that
 * get datagrams. */
#include "unit.h"

#include "base/clock.h"
#include "base/file.h"
#include "collect/forward_in.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER = 16, SEQUENCE = 77, DOMAIN = 7, EXPORTED = 1790000000 };
static const usec_t START = (usec_t)EXPORTED * USEC_PER_SEC;

struct message {
	uint8_t data[20000];
	size_t len;
};

static void words(struct message *m, const uint16_t *w, size_t n)
{
	for (size_t i = 0; i < n; i++, m->len += 2)
		store_be16(m->data + m->len, w[i]);
	store_be16(m->data + 2, (uint16_t)m->len);
}
#define WORDS(m, ...) words(m, (const uint16_t[]){ __VA_ARGS__ }, sizeof((const uint16_t[]){ __VA_ARGS__ }) / 2)

static void begin(struct message *m)
{
	memset(m->data, 0, HEADER);
	m->len = HEADER;
	store_be16(m->data, 10);
	store_be32(m->data + 4, EXPORTED);
	store_be32(m->data + 8, SEQUENCE);
	store_be32(m->data + 12, DOMAIN);
	WORDS(m, 2, 16, 256, 2, 1, 4, 2, 4); /* bytes and packets */
}

/* 1000 bytes in 10 packets. */
static void add_data(struct message *m, uint16_t id)
{
	WORDS(m, id, 12, 0, 1000, 0, 10);
}

/* -- without threads -------------------------------------------------------------------------------------- */

struct told {
	struct wire *receiver; /* of datagrams: it hears nothing but what was sent here */
	size_t messages, longest;
	uint32_t sequence;
};

static void on_sent(void *arg, const uint8_t *data, size_t len)
{
	struct told *t = arg;
	const struct datagram d = { .data = data, .len = len, .from = addr_v4(9), .received = START };
	assert_int_equal(load_be16(data + 2), len);
	t->messages++;
	t->longest = MAX(t->longest, len);
	t->sequence = load_be32(data + 8);
	wire_decode(t->receiver, &d);
}

struct relay {
	struct wire *wire;
	struct session_told told;
	struct told sent;
};

static struct relay relay(void)
{
	static const struct wire_sink nobody;
	struct relay r = { 0 };
	assert_int_equal(wire_new(&nobody, &r.wire), OK);
	assert_int_equal(wire_new(&nobody, &r.sent.receiver), OK);
	return r;
}

static void relay_end(struct relay *r)
{
	wire_free(r->wire);
	wire_free(r->sent.receiver);
	session_told_free(&r->told);
}

/* How many messages of templates go before this one. */
static size_t tells(struct relay *r, uint32_t session, const struct message *m, unsigned second)
{
	const struct datagram d = { .data = m->data, .len = m->len, .from = addr_v4(1), .session = session, .received = START + second * USEC_PER_SEC };
	size_t before = r->sent.messages;
	wire_decode(r->wire, &d);
	assert_int_equal(session_tell(&r->told, r->wire, &d, &(struct outgoing_to){ &r->sent, on_sent }), OK);
	return r->sent.messages - before;
}

static uint64_t records_read(struct relay *r, const struct message *m)
{
	const struct datagram d = { .data = m->data, .len = m->len, .from = addr_v4(9), .received = START };
	wire_totals_reset(r->sent.receiver);
	wire_decode(r->sent.receiver, &d);
	return wire_totals(r->sent.receiver)->flow_records;
}

static void templates_are_told_each_minute(void **state _unused_)
{
	struct relay r = relay();
	struct message first, later;
	begin(&first);
	later = first;
	later.len = HEADER;
	add_data(&later, 256);
	assert_int_equal(tells(&r, 5, &first, 0), 0); /* it tells them itself */
	assert_int_equal(tells(&r, 5, &later, 59), 0);
	assert_int_equal(records_read(&r, &later), 0); /* a receiver that came too late */
	assert_int_equal(tells(&r, 5, &later, 60), 1);
	assert_int_equal(records_read(&r, &later), 1);
	assert_int_equal(r.sent.sequence, SEQUENCE);
	assert_int_equal(tells(&r, 5, &later, 119), 0);
	assert_int_equal(tells(&r, 5, &later, 121), 1);
	assert_int_equal(tells(&r, 6, &later, 121), 0); /* another session has its own, and none */
	assert_int_equal(tells(&r, 6, &later, 190), 0);
	session_told_end(&r.told, 5);
	assert_int_equal(r.told.at.live, 1);
	assert_int_equal(tells(&r, 5, &later, 191), 0); /* begun anew */
	relay_end(&r);
}

static void what_was_withdrawn_is_not_told(void **state _unused_)
{
	struct relay r = relay();
	struct message m, withdraw;
	begin(&m);
	WORDS(&m, 3, 18, 257, 2, 1, 149, 4, 34, 4);
	WORDS(&m, 2, 16, 258, 2, 1, 4, 2, 4);
	withdraw = m;
	withdraw.len = HEADER;
	WORDS(&withdraw, 2, 8, 258, 0);
	assert_int_equal(tells(&r, 5, &m, 0), 0);
	assert_int_equal(tells(&r, 5, &withdraw, 60), 1);
	assert_int_equal(wire_totals(r.sent.receiver)->templates, 2);
	assert_int_equal(wire_totals(r.sent.receiver)->rejects[NF_SET_UNKNOWN], 0);
	m.len = HEADER;
	add_data(&m, 258);
	assert_int_equal(records_read(&r, &m), 0);
	m.len = HEADER;
	add_data(&m, 256);
	assert_int_equal(records_read(&r, &m), 1);
	relay_end(&r);
}

static void many_templates_take_several_messages(void **state _unused_)
{
	enum { TEMPLATES = 500 };
	struct relay r = relay();
	struct message m;
	begin(&m);
	for (uint16_t i = 1; i < TEMPLATES; i++)
		WORDS(&m, 2, 16, (uint16_t)(256 + i), 2, 1, 4, 2, 4);
	assert_int_equal(tells(&r, 5, &m, 0), 0);
	assert_int_equal(tells(&r, 5, &m, 61), (TEMPLATES * 16 + 1400 - HEADER - 1) / (1400 - HEADER));
	assert_int_equal(wire_totals(r.sent.receiver)->templates, TEMPLATES);
	assert_true(r.sent.longest <= 1400);
	relay_end(&r);
}

/* -- with all threads ------------------------------------------------------------------------------------------ */

static int receiver(uint16_t *ret_port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	*ret_port = ntohs(sa.sin_port);
	return fd;
}

static void say(const struct collector *c, const struct message *m, unsigned times)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(collector_port(c, 0)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	while (times--)
		assert_int_equal(send(fd, m->data, m->len, MSG_NOSIGNAL), (ssize_t)m->len);
	close(fd);
}

static void messages_of_a_session_go_on(void **state _unused_)
{
	enum { MESSAGES = 20 };
	const struct listen_at at = { .addr = addr_v4(INADDR_LOOPBACK), .transport = TRANSPORT_TCP };
	uint16_t port;
	int fd = receiver(&port);
	const struct listen_at to = { .addr = addr_v4(INADDR_LOOPBACK), .port = port };
	const struct forward_rule rule = { .what = FORWARD_RAW, .to = &to, .nto = 1 };
	const struct collector_options opt = { .listen = &at, .nlisten = 1, .workers = 2, .forward = &rule, .nforward = 1 };
	struct collector *c;
	struct collector_totals t;
	struct problem why = { 0 };
	struct message m;
	uint8_t data[65536];
	if (collector_open(&opt, &c, &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(collector_start(c), OK);
	begin(&m);
	add_data(&m, 256);
	say(c, &m, MESSAGES);
	usec_t until = clock_monotonic() + 20 * USEC_PER_SEC;
	do {
		usleep(1000);
		collector_totals(c, &t);
		assert_true(clock_monotonic() < until);
	} while (t.received < MESSAGES);
	collector_stop(c);
	while (!collector_ended(c)) {
		struct pollfd p = { .fd = collector_wake(c), .events = POLLIN };
		poll(&p, 1, 100);
		for (struct parcel *parcel; (parcel = collector_take(c));)
			collector_give_back(c, parcel);
		assert_true(clock_monotonic() < until);
	}
	collector_totals(c, &t);
	collector_close(c);
	assert_int_equal(t.forwarded, MESSAGES);
	for (size_t i = 0; i < DROPS; i++)
		assert_int_equal(t.drops[i], 0);
	for (int i = 0; i < MESSAGES; i++) {
		assert_int_equal(recv(fd, data, sizeof(data), MSG_DONTWAIT), (ssize_t)m.len);
		assert_memory_equal(data, m.data, m.len);
	}
	close(fd);
}

UNIT_MAIN(cmocka_unit_test(templates_are_told_each_minute), cmocka_unit_test(what_was_withdrawn_is_not_told),
	  cmocka_unit_test(many_templates_take_several_messages), cmocka_unit_test(messages_of_a_session_go_on))
