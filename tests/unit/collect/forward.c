/* Forwarding, with all threads: what a receiver gets, to the byte where nothing is to change, and what it
 * must never get.  Receivers here are sockets of the test; their datagrams are read by wire/. */
#include "unit.h"

#include "base/clock.h"
#include "base/zone.h"
#include "collect/collect.h"
#include "model/attribution.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* -- receivers and senders ------------------------------------------------------------------------------ */

static int udp_at(const char *address, uint16_t *ret_port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), room = 8 << 20;
	assert_int_equal(inet_pton(AF_INET, address, &sa.sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	*ret_port = ntohs(sa.sin_port);
	return fd;
}

static struct listen_at loopback(uint16_t port)
{
	return (struct listen_at){ .addr = addr_v4(INADDR_LOOPBACK), .port = port };
}

static struct collector *open_rules(const struct forward_rule *rule, size_t n)
{
	const struct listen_at at = loopback(0);
	const struct collector_options opt = { .listen = &at, .nlisten = 1, .workers = 2, .forward = rule, .nforward = n };
	struct collector *c;
	struct problem why = { 0 };
	if (collector_open(&opt, &c, &why) != OK)
		fail_msg("%s", why.text);
	return c;
}

/* From 127.0.0.(last). */
static void send_from(unsigned last, const struct collector *c, const void *data, size_t len)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl((INADDR_LOOPBACK & ~255u) + last) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(collector_port(c, 0)) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(sendto(fd, data, len, 0, (struct sockaddr *)&to, sizeof(to)), (ssize_t)len);
	close(fd);
}

static struct collector_totals end_all(struct collector *c)
{
	struct collector_totals t;
	usec_t until = clock_monotonic() + 20 * USEC_PER_SEC;
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
	return t;
}

/* The next one that came, 0 = none.  All that is sent is there when the collector has ended. */
static size_t take(int fd, uint8_t data[static 65536], struct sockaddr_in *ret_from)
{
	socklen_t len = sizeof(*ret_from);
	ssize_t n = recvfrom(fd, data, 65536, MSG_DONTWAIT, (struct sockaddr *)ret_from, &len);
	return n > 0 ? (size_t)n : 0;
}

/* -- datagrams --------------------------------------------------------------------------------------------- */

struct bytes {
	uint8_t data[2048];
	size_t len;
};

static void words(struct bytes *b, const uint32_t *w, size_t n)
{
	for (size_t i = 0; i < n; i++, b->len += 4)
		store_be32(b->data + b->len, w[i]);
}
#define WORDS(b, ...) words(b, (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

enum { AGENT = 0xc6336401 /* 198.51.100.1 */, OTHER_AGENT = 0xc6336402, NEXT_HOP = 0xc6336363, OWN = 0xcb007105 /* 203.0.113.5 */,
       REMOTE = 0x08080808, OWN_PORT = 7, FOREIGN_PORT = 4711, RATE = 100 };

struct packet {
	uint32_t agent, source, destination, in, out;
	uint8_t mac_source, mac_destination; /* last byte of 02:00:00:00:00:.. */
};

static void begin_sflow(struct bytes *b, uint32_t agent, uint32_t sequence, uint32_t samples)
{
	b->len = 0;
	WORDS(b, 5, 1, agent, 3, sequence, 100000 + sequence, samples);
}

/* A TCP packet of 1000 bytes from port 40000 to 443, with a VLAN tag, and all that a router adds. */
static void add_flow(struct bytes *b, const struct packet *p, uint32_t number)
{
	const uint8_t frame[58] = { 2, 0, 0, 0, 0, p->mac_destination, 2, 0, 0, 0, 0, p->mac_source, 0x81, 0, 0x60, 42, 8, 0,
				    0x45, 0x20, 3, 0xd6, 0x12, 0x34, 0x40, 0, 61, 6 };
	WORDS(b, 1, 0);
	size_t sample = b->len;
	WORDS(b, number, FOREIGN_PORT, RATE, number * RATE, 0, p->in, p->out, 4);
	WORDS(b, 1, 16 + 60, 1, 1000, 4, 58);
	size_t at = b->len;
	memset(b->data + at, 0, 60);
	memcpy(b->data + at, frame, sizeof(frame));
	store_be32(b->data + at + 30, p->source);
	store_be32(b->data + at + 34, p->destination);
	store_be16(b->data + at + 38, 40000);
	store_be16(b->data + at + 40, 443);
	b->data[at + 50] = 0x50;
	b->data[at + 51] = 0x18; /* PSH, ACK */
	memcpy(b->data + at + 54, "SECR", 4);
	b->len += 60;
	WORDS(b, 1001, 16, 42, 3, 43, 0);
	WORDS(b, 1002, 16, 1, NEXT_HOP, 24, 22);
	WORDS(b, 1003, 48, 1, NEXT_HOP, 64499, 64500, 64498, 1, 2, 2, 64497, 15169, 0x00000001, 0xfc31270f);
	WORDS(b, 100);
	b->len -= 4;
	store_be32(b->data + sample - 4, (uint32_t)(b->len - sample));
}

static void add_counters(struct bytes *b, uint32_t ifindex, uint32_t number, uint32_t octets)
{
	WORDS(b, 2, 12 + 8 + 88, number, ifindex, 1, 1, 88, ifindex, 6, 0, 1000000000, 1, 3, 0, octets, 1, 2, 3, 4, 5, 6, 0, octets * 2,
	      7, 8, 9, 10, 11, 0);
}

/* -- what a receiver finds ------------------------------------------------------------------------------------ */

struct heard {
	struct flow_rec flow[64];
	struct ifcounters_rec counters[8];
	size_t nflows, ncounters;
	uint64_t frames, bytes; /* estimated */
};

static void on_flow(void *arg, const struct flow_rec *rec)
{
	struct heard *h = arg;
	if (h->nflows < COUNT_OF(h->flow))
		h->flow[h->nflows] = *rec;
	h->nflows++;
	h->frames += rec->frames * MAX(rec->samplingrate, 1u);
	h->bytes += rec->bytes * MAX(rec->samplingrate, 1u);
}

static void on_counters(void *arg, const struct ifcounters_rec *rec)
{
	struct heard *h = arg;
	if (h->ncounters < COUNT_OF(h->counters))
		h->counters[h->ncounters] = *rec;
	h->ncounters++;
}

/* Every datagram is whole and in order; *all: their bytes, one after the other. */
static void hear(int fd, struct heard *h, struct buf *all)
{
	const struct wire_sink sink = { .arg = h, .flow = on_flow, .counters = on_counters };
	struct sockaddr_in from;
	struct wire *w;
	uint8_t *data = malloc(65536);
	assert_non_null(data);
	*h = (struct heard){ 0 };
	assert_int_equal(wire_new(&sink, &w), OK);
	for (size_t len; (len = take(fd, data, &from)) > 0;) {
		const struct datagram d = { .data = data, .len = len, .from = addr_v4(INADDR_LOOPBACK), .received = clock_now() };
		wire_decode(w, &d);
		if (all)
			buf_add(all, data, len);
	}
	for (size_t i = 0; i < REJECTS; i++)
		if (wire_totals(w)->rejects[i])
			fail_msg("%s %u", reject_name((enum reject)i), (unsigned)wire_totals(w)->rejects[i]);
	assert_int_equal(wire_totals(w)->datagrams_lost, 0);
	assert_int_equal(wire_totals(w)->records_lost, 0);
	assert_int_equal(wire_totals(w)->duplicates, 0);
	wire_free(w);
	free(data);
}

/* -- raw ------------------------------------------------------------------------------------------------------ */

static void raw_is_what_came(void **state)
{
	(void)state;
	enum { SENT = 500 };
	uint16_t port[3];
	int fd[3] = { udp_at("127.0.0.1", &port[0]), udp_at("127.0.0.1", &port[1]), udp_at("127.0.0.1", &port[2]) };
	const struct listen_at two[] = { loopback(port[0]), loopback(port[1]) }, third = loopback(port[2]);
	const struct prefix some = { .addr = addr_v4(0x7f000008), .bits = 96 + 29 }; /* 127.0.0.8 to 15 */
	const struct forward_rule rule[] = {
		{ .what = FORWARD_RAW, .to = two, .nto = 2 },
		{ .what = FORWARD_RAW, .to = &third, .nto = 1, .from = &some, .nfrom = 1 },
	};
	struct collector *c = open_rules(rule, 2);
	struct sockaddr_in from;
	uint8_t *got = malloc(65536), *bytes = malloc(60000);
	size_t total = 0, n[3] = { 0 }, sum[3] = { 0 }, of_some = 0;
	assert_true(got && bytes);
	assert_int_equal(collector_start(c), OK);
	for (unsigned i = 0; i < SENT; i++) {
		size_t len = i == 3 ? 60000 : 10 + i;
		memset(bytes, (int)i, len); /* not an export, and it goes on all the same */
		send_from(1 + i % 16, c, bytes, len);
		total += len;
		of_some += i % 16 >= 7 && i % 16 <= 14;
	}
	struct collector_totals t = end_all(c);
	for (int k = 0; k < 3; k++) {
		for (size_t len; (len = take(fd[k], got, &from)) > 0; n[k]++) {
			sum[k] += len;
			for (size_t i = 1; i < len; i++)
				assert_int_equal(got[i], got[0]);
		}
		close(fd[k]);
	}
	assert_int_equal(n[0], SENT);
	assert_int_equal(n[1], SENT);
	assert_int_equal(n[2], of_some);
	assert_int_equal(sum[0], total);
	assert_int_equal(t.received, SENT);
	assert_int_equal(t.forwarded, 2 * SENT + of_some);
	free(got);
	free(bytes);
}

static void the_source_can_be_kept(void **state)
{
	(void)state;
	uint16_t port;
	int fd = udp_at("127.0.0.1", &port);
	const struct listen_at to = loopback(port), at = loopback(0);
	const struct forward_rule rule = { .what = FORWARD_RAW, .to = &to, .nto = 1, .keep_source = true };
	const struct collector_options opt = { .listen = &at, .nlisten = 1, .workers = 1, .forward = &rule, .nforward = 1 };
	struct collector *c;
	struct problem why = { 0 };
	struct sockaddr_in from;
	uint8_t *data = malloc(65536);
	assert_non_null(data);
	if (collector_open(&opt, &c, &why) == E_DENIED) {
		assert_non_null(strstr(why.text, "CAP_NET_RAW"));
		print_message("# not root: only the refusal was tested\n");
		close(fd);
		free(data);
		return;
	}
	assert_int_equal(collector_start(c), OK);
	send_from(77, c, "odd", 3);
	send_from(78, c, "even", 4);
	struct collector_totals t = end_all(c);
	assert_int_equal(t.forwarded, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(take(fd, data, &from), 3 + i);
		assert_memory_equal(data, i ? "even" : "odd", 3 + i);
		assert_int_equal(ntohl(from.sin_addr.s_addr), (INADDR_LOOPBACK & ~255u) + 77 + i);
	}
	close(fd);
	free(data);
}

/* The checksum is not optional there: with a wrong one nothing would arrive. */
static void the_source_can_be_kept_with_ipv6(void **state)
{
	(void)state;
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT }, from;
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), sender = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&sa, len) < 0 || geteuid() != 0) {
		print_message("# no IPv6 here, or not root: not tested\n");
		close(fd);
		close(sender);
		return;
	}
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	struct listen_at to = { .port = ntohs(sa.sin6_port), .v6_only = true }, at = { .v6_only = true };
	to.addr.b[15] = at.addr.b[15] = 1;
	const struct forward_rule rule = { .what = FORWARD_RAW, .to = &to, .nto = 1, .keep_source = true };
	const struct collector_options opt = { .listen = &at, .nlisten = 1, .workers = 1, .forward = &rule, .nforward = 1 };
	struct collector *c;
	struct problem why = { 0 };
	if (collector_open(&opt, &c, &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(collector_start(c), OK);
	for (size_t n = 1; n <= 5; n++) {
		sa.sin6_port = htons(collector_port(c, 0));
		assert_int_equal(sendto(sender, "\xff\xfe\xfd\xfc\xfb", n, 0, (struct sockaddr *)&sa, len), (ssize_t)n);
	}
	assert_int_equal(getsockname(sender, (struct sockaddr *)&sa, &len), 0);
	assert_int_equal(end_all(c).forwarded, 5);
	for (ssize_t n = 1; n <= 5; n++) {
		uint8_t data[16];
		len = sizeof(from);
		assert_int_equal(recvfrom(fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&from, &len), n);
		assert_memory_equal(data, "\xff\xfe\xfd\xfc\xfb", (size_t)n);
		assert_int_equal(from.sin6_port, sa.sin6_port); /* the exporter's own */
	}
	close(fd);
	close(sender);
}

static void who_does_not_listen_costs_only_itself(void **state)
{
	(void)state;
	enum { SENT = 50 };
	uint16_t port, gone;
	int fd = udp_at("127.0.0.1", &port), other = udp_at("127.0.0.1", &gone);
	const struct listen_at to[] = { loopback(gone), loopback(port) };
	const struct forward_rule rule = { .what = FORWARD_RAW, .to = to, .nto = 2 };
	struct collector *c = open_rules(&rule, 1);
	struct sockaddr_in from;
	uint8_t *data = malloc(65536);
	size_t n = 0;
	close(other);
	assert_non_null(data);
	assert_int_equal(collector_start(c), OK);
	for (int i = 0; i < SENT; i++)
		send_from(1, c, "hello", 5);
	struct collector_totals t = end_all(c);
	while (take(fd, data, &from))
		n++;
	assert_int_equal(n, SENT);
	assert_true(t.drops[DROP_FORWARD_REFUSED] > 0);
	close(fd);
	free(data);
}

static void what_cannot_be_is_refused(void **state)
{
	(void)state;
	uint16_t port;
	int fd = udp_at("127.0.0.1", &port);
	close(fd); /* a port that is free: the collector takes it */
	const struct listen_at here = loopback(port), all = { .port = port }, nowhere = { .port = 9 }, tcp = { .addr = addr_v4(1), .port = 9, .transport = TRANSPORT_TCP };
	const struct {
		struct forward_rule rule;
		const struct listen_at *at;
		const char *says;
	} wrong[] = {
		{ { .what = FORWARD_RAW, .to = &here, .nto = 1 }, &here, "forward 1: 127.0.0.1 port" },
		{ { .what = FORWARD_RAW, .to = &here, .nto = 1 }, &all, "it would go round for ever" },
		{ { .what = FORWARD_RAW }, &here, "receivers" },
		{ { .what = FORWARD_RAW, .to = &nowhere, .nto = 1 }, &here, "a receiver is ADDRESS:PORT" },
		{ { .what = FORWARD_RAW, .to = &tcp, .nto = 1 }, &here, "by UDP" },
		{ { .what = FORWARD_SAMPLED, .to = &here, .nto = 1, .one_in = 1 }, &here, "one_in of 2..1000000" },
		{ { .what = FORWARD_CUSTOMER, .to = &here, .nto = 1 }, &here, "customer's id" },
		{ { .what = FORWARD_SAMPLED, .to = &here, .nto = 1, .one_in = 2, .keep_source = true }, &here, "source: keep" },
	};
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		const struct collector_options opt = { .listen = wrong[i].at, .nlisten = 1, .workers = 1, .forward = &wrong[i].rule,
						       .nforward = 1 };
		struct collector *c = NULL;
		struct problem why = { 0 };
		assert_int_not_equal(collector_open(&opt, &c, &why), OK);
		if (!strstr(why.text, wrong[i].says))
			fail_msg("%zu: %s", i, why.text);
	}
}

/* -- sampled ------------------------------------------------------------------------------------------------------ */

static void estimates_stay_when_sflow_is_thinned(void **state)
{
	(void)state;
	enum { DATAGRAMS = 1500, EACH = 4, ONE_IN = 5 };
	uint16_t port;
	int fd = udp_at("127.0.0.1", &port);
	const struct listen_at to = loopback(port);
	const struct forward_rule rule = { .what = FORWARD_SAMPLED, .to = &to, .nto = 1, .one_in = ONE_IN };
	struct collector *c = open_rules(&rule, 1);
	struct bytes b;
	struct heard h;
	assert_int_equal(collector_start(c), OK);
	for (uint32_t i = 0; i < DATAGRAMS; i++) {
		begin_sflow(&b, AGENT, i + 1, EACH + (i % 100 == 0));
		for (uint32_t k = 0; k < EACH; k++)
			add_flow(&b, &(struct packet){ AGENT, OWN, REMOTE, 1, 2, 1, 2 }, i * EACH + k + 1);
		if (i % 100 == 0)
			add_counters(&b, 9, i / 100 + 1, i);
		send_from(1, c, b.data, b.len);
	}
	(void)end_all(c);
	hear(fd, &h, NULL);
	close(fd);
	/* 6000 samples of which one in 5 is kept: 1200, with a standard deviation of 31; six of them */
	assert_true(h.nflows > 1200 - 186 && h.nflows < 1200 + 186);
	assert_int_equal(h.flow[0].samplingrate, RATE * ONE_IN);
	assert_int_equal(h.frames, h.nflows * RATE * ONE_IN);
	assert_int_equal(h.ncounters, DATAGRAMS / 100);
	assert_int_equal(h.flow[0].bytes, 1000);
	assert_int_equal(h.flow[0].nexthop.b[15], NEXT_HOP & 255); /* nothing is taken out: it is the operator's own */
}

static void netflow5_tells_its_new_interval(void **state)
{
	(void)state;
	enum { DATAGRAMS = 1000, RECORDS = 10, ONE_IN = 4 };
	uint16_t port;
	int fd = udp_at("127.0.0.1", &port);
	const struct listen_at to = loopback(port);
	const struct forward_rule rule = { .what = FORWARD_SAMPLED, .to = &to, .nto = 1, .one_in = ONE_IN };
	struct collector *c = open_rules(&rule, 1);
	uint8_t bytes[24 + RECORDS * 48] = { 0 };
	struct heard h;
	assert_int_equal(collector_start(c), OK);
	store_be16(bytes, 5);
	store_be16(bytes + 2, RECORDS);
	store_be32(bytes + 8, (uint32_t)(clock_now() / USEC_PER_SEC));
	for (size_t r = 0; r < RECORDS; r++) {
		store_be32(bytes + 24 + r * 48 + 16, 1);
		store_be32(bytes + 24 + r * 48 + 20, 100);
	}
	for (uint32_t i = 0; i < DATAGRAMS; i++) {
		store_be32(bytes + 16, i * RECORDS);
		store_be16(bytes + 22, 0x4000 | 50);
		send_from(1, c, bytes, sizeof(bytes));
	}
	store_be16(bytes + 22, 0x4000 | 5000); /* four times that has no room */
	send_from(1, c, bytes, sizeof(bytes));
	struct collector_totals t = end_all(c);
	hear(fd, &h, NULL);
	close(fd);
	assert_true(h.nflows > (250 - 82) * RECORDS && h.nflows < (250 + 82) * RECORDS);
	assert_int_equal(h.flow[0].samplingrate, 50 * ONE_IN);
	assert_int_equal(t.drops[DROP_FORWARD_KIND], 1);
}

static void beginnings_of_a_datagram_harm_nobody(void **state)
{
	(void)state;
	uint16_t port;
	int fd = udp_at("127.0.0.1", &port);
	const struct listen_at to = loopback(port);
	const struct forward_rule rule = { .what = FORWARD_SAMPLED, .to = &to, .nto = 1, .one_in = 2 };
	struct collector *c = open_rules(&rule, 1);
	struct bytes b;
	assert_int_equal(collector_start(c), OK);
	begin_sflow(&b, AGENT, 1, 3);
	add_flow(&b, &(struct packet){ AGENT, OWN, REMOTE, 1, 2, 1, 2 }, 1);
	add_counters(&b, 9, 1, 1);
	add_flow(&b, &(struct packet){ AGENT, OWN, REMOTE, 1, 2, 1, 2 }, 2);
	for (size_t len = 0; len <= b.len; len++)
		send_from(1, c, b.data, len);
	struct collector_totals t = end_all(c);
	assert_int_equal(t.received, b.len + 1);
	assert_true(t.drops[DROP_FORWARD_KIND] > 0);
	close(fd);
}

/* -- a customer's own --------------------------------------------------------------------------------------------- */

static const char mapping_text[] =
	"<customers><customer id='shop'>"
	"<port agent='198.51.100.1' ifIndex='7'/><cidr address='203.0.113.0' bits='29'/><mac address='02:00:00:00:00:aa'/>"
	"<cidr address='192.0.2.0' bits='24' to='2020-01-01'/>"
	"</customer><customer id='other'><cidr address='203.0.113.8' bits='29'/></customer>"
	"<customer id='masked' privacy='mask' privacyBelow='1'><mac address='02:00:00:00:00:51'/></customer>"
	"<customer id='near' privacy='mask'><mac address='02:00:00:00:00:55'/><cidr address='8.8.8.128' bits='25'/></customer>"
	"<customer id='hidden' privacy='hide'><mac address='02:00:00:00:00:54'/></customer></customers>";

static void give_owners(struct collector *c, const char *text, size_t unknown)
{
	struct customers *mapping;
	struct attributor *owners;
	const struct zone *utc;
	struct problem why = { 0 };
	size_t n;
	assert_true(collector_wants_owners(c));
	assert_int_equal(zone_find("UTC", &utc), OK);
	if (customers_parse(text, strlen(text), "mapping.xml", utc, NULL, NULL, &mapping, &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(attributor_new(mapping, NULL, &owners), OK);
	assert_int_equal(collector_owners(c, mapping, owners, &n), OK);
	assert_int_equal(n, unknown);
	customers_free(mapping);
}

static bool holds(const struct buf *all, const void *what, size_t len)
{
	return memmem(all->data, all->len, what, len) != NULL;
}

static bool holds_word(const struct buf *all, uint32_t word)
{
	uint8_t bytes[4];
	store_be32(bytes, word);
	return holds(all, bytes, sizeof(bytes));
}

/* What this customer's receiver gets of one datagram with the samples that add() adds. */
static struct heard customer_hears(const char *customer, void (*add)(struct bytes *b), uint32_t samples, struct buf *all)
{
	uint16_t port;
	int fd = udp_at("127.0.0.1", &port);
	const struct listen_at to = loopback(port);
	const struct forward_rule rule = { .what = FORWARD_CUSTOMER, .to = &to, .nto = 1, .customer = customer };
	struct collector *c = open_rules(&rule, 1);
	struct bytes b;
	struct heard h;
	give_owners(c, mapping_text, 0);
	assert_int_equal(collector_start(c), OK);
	begin_sflow(&b, AGENT, 1, samples);
	add(&b);
	send_from(1, c, b.data, b.len);
	(void)end_all(c);
	hear(fd, &h, all);
	close(fd);
	return h;
}

static void add_by_address(struct bytes *b)
{
	add_flow(b, &(struct packet){ AGENT, OWN, REMOTE, FOREIGN_PORT, 4712, 0x51, 0x52 }, 1);
	add_flow(b, &(struct packet){ AGENT, REMOTE, 0x01010101, FOREIGN_PORT, 4712, 0x53, 0x54 }, 2);
}

static void add_beside_own(struct bytes *b)
{
	add_flow(b, &(struct packet){ AGENT, OWN, REMOTE, FOREIGN_PORT, 4712, 0x55, 0x52 }, 1);
}

static void of_ones_own_nothing_foreign_is_sent(void **state)
{
	(void)state;
	struct buf all = { 0 };
	struct heard h = customer_hears("shop", add_by_address, 2, &all);
	const struct flow_rec *r = &h.flow[0];
	char text[ADDR_TEXT];
	assert_int_equal(h.nflows, 1);
	assert_string_equal(addr_format(&r->ipsource, text), "203.0.113.5");
	assert_string_equal(addr_format(&r->ipdestination, text), "8.8.8.8");
	assert_int_equal(r->sourceport, 40000);
	assert_int_equal(r->destinationport, 443);
	assert_int_equal(r->protocol, 6);
	assert_int_equal(r->tcpflags, 0x18);
	assert_int_equal(r->tos, 0x20);
	assert_int_equal(r->ttl, 61);
	assert_int_equal(r->ethertype, 0x0800);
	assert_int_equal(r->bytes, 1000);
	assert_int_equal(r->samplingrate, RATE);
	assert_int_equal(r->priority, 3);
	assert_int_equal(r->sourceas, 64500);
	assert_int_equal(r->destinationas, 15169);
	assert_int_equal(r->sourcemask, 24);
	assert_int_equal(r->destinationmask, 22);
	/* and what is not there */
	assert_int_equal(r->inputinterface, 0);
	assert_int_equal(r->outputinterface, 0);
	assert_int_equal(r->macsource, 0);
	assert_int_equal(r->macdestination, 0);
	assert_int_equal(r->vlansource, 0);
	assert_int_equal(r->vlandestination, 0);
	assert_int_equal(r->datasource, 0);
	assert_int_equal(r->domain, 0);
	assert_string_equal(addr_format(&r->nexthop, text), "0.0.0.0");
	assert_false(holds_word(&all, AGENT));
	assert_false(holds_word(&all, NEXT_HOP));
	assert_false(holds_word(&all, FOREIGN_PORT));
	assert_false(holds_word(&all, 4712));
	assert_false(holds_word(&all, 64499));
	assert_false(holds_word(&all, 64497)); /* the way between */
	assert_false(holds_word(&all, 0x01010101));
	assert_false(holds(&all, "SECR", 4));
	assert_false(holds(&all, "\2\0\0\0\0\x51", 6));
	assert_false(holds(&all, "\2\0\0\0\0\x53", 6));
	buf_free(&all);
}

/* A prefix is forwarded of an address that is not theirs, or nothing; a threshold needs a day to be known. */
static void remote_addresses_are_veiled(void **state)
{
	(void)state;
	struct buf all = { 0 }, none = { 0 }, alike = { 0 };
	struct heard masked = customer_hears("masked", add_by_address, 2, &all);
	char text[ADDR_TEXT];
	assert_int_equal(masked.nflows, 1);
	assert_string_equal(addr_format(&masked.flow[0].ipsource, text), "203.0.113.5");
	assert_string_equal(addr_format(&masked.flow[0].ipdestination, text), "8.8.8.0");
	assert_int_equal(masked.flow[0].destinationport, 443);
	assert_int_equal(masked.flow[0].bytes, 1000);
	assert_false(holds_word(&all, REMOTE));
	struct heard hidden = customer_hears("hidden", add_by_address, 2, &none);
	assert_int_equal(hidden.nflows, 1);
	assert_string_equal(addr_format(&hidden.flow[0].ipdestination, text), "1.1.1.1");
	assert_false(holds_word(&none, REMOTE));
	assert_false(holds_word(&none, REMOTE & 0xffffff00));
	struct heard near = customer_hears("near", add_beside_own, 1, &alike);
	assert_int_equal(near.nflows, 1);
	assert_false(holds_word(&alike, REMOTE));
	assert_false(holds_word(&alike, REMOTE & 0xffffff00)); /* it would look like one of theirs */
	buf_free(&all);
	buf_free(&none);
	buf_free(&alike);
}

static void add_by_port(struct bytes *b)
{
	add_flow(b, &(struct packet){ AGENT, 0x01010101, REMOTE, OWN_PORT, 4712, 0xaa, 0x52 }, 1);
	add_flow(b, &(struct packet){ AGENT, 0x01010102, REMOTE, FOREIGN_PORT, OWN_PORT, 0x51, 0x52 }, 2);
	add_counters(b, OWN_PORT, 1, 12345);
	add_counters(b, FOREIGN_PORT, 2, 54321);
}

static void ones_own_ports_keep_their_numbers(void **state)
{
	(void)state;
	struct buf all = { 0 };
	struct heard h = customer_hears("shop", add_by_port, 4, &all);
	char text[ADDR_TEXT];
	assert_int_equal(h.nflows, 2);
	assert_int_equal(h.flow[0].inputinterface, OWN_PORT);
	assert_int_equal(h.flow[0].outputinterface, 0);
	assert_int_equal(h.flow[0].vlansource, 42);
	assert_int_equal(h.flow[0].vlandestination, 0);
	assert_int_equal(h.flow[0].macsource, UINT64_C(0x0200000000aa));
	assert_int_equal(h.flow[0].macdestination, 0);
	assert_int_equal(h.flow[1].inputinterface, 0);
	assert_int_equal(h.flow[1].outputinterface, OWN_PORT);
	assert_int_equal(h.flow[1].vlansource, 0);
	assert_int_equal(h.flow[1].vlandestination, 43);
	assert_string_equal(addr_format(&h.flow[0].agent, text), "0.0.0.1"); /* the first of its agents */
	assert_int_equal(h.ncounters, 1);
	assert_int_equal(h.counters[0].interface, OWN_PORT);
	assert_int_equal(h.counters[0].ifinoctets, 12345);
	assert_int_equal(h.counters[0].ifoutoctets, 24690);
	assert_int_equal(h.counters[0].ifspeed, 1000000000);
	assert_int_equal(h.counters[0].ifouterrors, 11);
	assert_false(holds_word(&all, AGENT));
	assert_false(holds_word(&all, FOREIGN_PORT));
	assert_false(holds_word(&all, 54321));
	buf_free(&all);
}

static void add_what_was(struct bytes *b)
{
	add_flow(b, &(struct packet){ AGENT, 0xc0000201, REMOTE, FOREIGN_PORT, 4712, 0x51, 0x52 }, 1); /* until 2020 */
	add_flow(b, &(struct packet){ OTHER_AGENT, 0x01010101, REMOTE, 3, 4712, 0x51, 0x52 }, 2);
}

static void what_was_ones_own_is_not_any_more(void **state)
{
	(void)state;
	struct heard h = customer_hears("shop", add_what_was, 2, NULL);
	assert_int_equal(h.nflows, 0);
	h = customer_hears("other", add_by_address, 2, NULL);
	assert_int_equal(h.nflows, 0);
}

static void owners_may_change_while_it_runs(void **state)
{
	(void)state;
	enum { DATAGRAMS = 400 };
	uint16_t port;
	int fd = udp_at("127.0.0.1", &port);
	const struct listen_at to = loopback(port);
	const struct forward_rule rule = { .what = FORWARD_CUSTOMER, .to = &to, .nto = 1, .customer = "other" };
	struct collector *c = open_rules(&rule, 1);
	struct collector_totals t;
	struct bytes b;
	struct heard h;
	assert_int_equal(collector_start(c), OK);
	for (uint32_t i = 0; i < DATAGRAMS; i++) { /* at first nobody is known, then it is not the customer's, then it is */
		usec_t until = clock_monotonic() + 10 * USEC_PER_SEC;
		if (i == 100)
			give_owners(c, mapping_text, 0);
		if (i == 200)
			give_owners(c, "<customers/>", 1);
		if (i == 300)
			give_owners(c, "<customers><customer id='other'><cidr address='203.0.113.0' bits='24'/></customer></customers>", 0);
		begin_sflow(&b, AGENT, i + 1, 1);
		add_flow(&b, &(struct packet){ AGENT, OWN, REMOTE, FOREIGN_PORT, 4712, 0x51, 0x52 }, i + 1);
		send_from(1, c, b.data, b.len);
		do
			collector_totals(c, &t);
		while (t.received <= i && clock_monotonic() < until);
		if (i % 100 == 99)
			usleep(50000); /* what is under way is decided under the owners of its time */
	}
	(void)end_all(c);
	hear(fd, &h, NULL);
	close(fd);
	assert_int_equal(h.nflows, 100);
}

static void netflow_comes_as_ipfix(void **state)
{
	(void)state;
	enum { RECORDS = 20, DATAGRAMS = 30 };
	uint16_t port;
	int fd = udp_at("127.0.0.1", &port);
	const struct listen_at to = loopback(port);
	const struct forward_rule rule = { .what = FORWARD_CUSTOMER, .to = &to, .nto = 1, .customer = "shop" };
	struct collector *c = open_rules(&rule, 1);
	uint8_t bytes[24 + RECORDS * 48] = { 0 };
	struct buf all = { 0 };
	struct heard h;
	char text[ADDR_TEXT];
	give_owners(c, mapping_text, 0);
	assert_int_equal(collector_set_sampling(c, &(const struct addr){ { [10] = 0xff, 0xff, 127, 0, 0, 1 } }, 0, 10), OK);
	assert_int_equal(collector_start(c), OK);
	uint32_t now = (uint32_t)(clock_now() / USEC_PER_SEC);
	store_be16(bytes, 5);
	store_be16(bytes + 2, RECORDS);
	store_be32(bytes + 4, 100000);
	store_be32(bytes + 8, now);
	for (size_t r = 0; r < RECORDS; r++) { /* the header tells no rate */
		uint8_t *p = bytes + 24 + r * 48;
		store_be32(p, r % 2 ? 0x01010101 : OWN); /* every second one */
		store_be32(p + 4, REMOTE);
		store_be32(p + 8, NEXT_HOP);
		store_be16(p + 12, FOREIGN_PORT);
		store_be16(p + 14, 4712);
		store_be32(p + 16, 3);
		store_be32(p + 20, 300);
		store_be32(p + 24, 90000);
		store_be32(p + 28, 95000);
		store_be16(p + 32, 40000);
		store_be16(p + 34, 443);
		p[37] = 0x1b;
		p[38] = 6;
		store_be16(p + 40, 64500);
		store_be16(p + 42, 15169);
	}
	for (uint32_t i = 0; i < DATAGRAMS; i++) {
		store_be32(bytes + 16, i * RECORDS);
		send_from(1, c, bytes, sizeof(bytes));
	}
	(void)end_all(c);
	hear(fd, &h, &all);
	close(fd);
	assert_int_equal(h.nflows, DATAGRAMS * RECORDS / 2);
	const struct flow_rec *r = &h.flow[0];
	assert_int_equal(r->exporttype, EXPORT_IPFIX);
	assert_string_equal(addr_format(&r->ipsource, text), "203.0.113.5");
	assert_int_equal(r->sourceport, 40000);
	assert_int_equal(r->tcpflags, 0x1b);
	assert_int_equal(r->bytes, 300);
	assert_int_equal(r->frames, 3);
	assert_int_equal(r->samplingrate, 10);
	assert_int_equal(r->sourceas, 64500);
	assert_int_equal(r->duration, 5000);
	assert_int_equal(r->time / 1000000, now - 5);
	assert_int_equal(r->inputinterface, 0);
	assert_false(holds_word(&all, NEXT_HOP));
	assert_false(holds_word(&all, FOREIGN_PORT));
	assert_false(holds_word(&all, 0x01010101));
	buf_free(&all);
}

UNIT_MAIN(cmocka_unit_test(raw_is_what_came), cmocka_unit_test(the_source_can_be_kept), cmocka_unit_test(the_source_can_be_kept_with_ipv6),
	  cmocka_unit_test(who_does_not_listen_costs_only_itself), cmocka_unit_test(what_cannot_be_is_refused),
	  cmocka_unit_test(estimates_stay_when_sflow_is_thinned), cmocka_unit_test(netflow5_tells_its_new_interval),
	  cmocka_unit_test(beginnings_of_a_datagram_harm_nobody), cmocka_unit_test(of_ones_own_nothing_foreign_is_sent), cmocka_unit_test(remote_addresses_are_veiled),
	  cmocka_unit_test(ones_own_ports_keep_their_numbers), cmocka_unit_test(what_was_ones_own_is_not_any_more),
	  cmocka_unit_test(owners_may_change_while_it_runs), cmocka_unit_test(netflow_comes_as_ipfix))
