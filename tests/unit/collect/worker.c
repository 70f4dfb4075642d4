/* The collector with all its threads: nothing is lost when it stops, what is let go is counted,
 * names reach the model, totals can be read at any time. */
#include "unit.h"

#include "base/clock.h"
#include "collect/collect.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORKERS = 3, RECORDS = 10 };

static struct collector *open_one(size_t queue_rows, size_t batch_rows)
{
	const struct listen_at at = { .addr = addr_v4(INADDR_LOOPBACK) };
	const struct collector_options opt = { .listen = &at, .nlisten = 1, .workers = WORKERS,
					       .queue_rows = queue_rows, .batch_rows = batch_rows };
	struct collector *c;
	struct problem why = { 0 };
	if (collector_open(&opt, &c, &why) != OK)
		fail_msg("%s", why.text);
	return c;
}

/* One datagram of NetFlow v5 from 127.0.0.(1 + i % 20). */
static void send_flows(const struct collector *c, unsigned i)
{
	static const unsigned senders = 20;
	uint8_t bytes[24 + RECORDS * 48] = { 0 };
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + i % senders) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(collector_port(c, 0)) };
	store_be16(bytes, 5);
	store_be16(bytes + 2, RECORDS);
	store_be32(bytes + 8, 1767268800);
	store_be32(bytes + 16, i / senders * RECORDS);
	for (size_t r = 0; r < RECORDS; r++)
		store_be32(bytes + 24 + r * 48 + 20, 100);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(sendto(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&to, sizeof(to)), sizeof(bytes));
	close(fd);
}

struct got {
	uint64_t rows, bytes, notes;
};

static void take_all(struct collector *c, struct got *g, struct model *m)
{
	uint64_t unlearnt;
	for (struct parcel *p; (p = collector_take(c));) {
		if (p->kind == PARCEL_NOTES) {
			assert_int_equal(parcel_learn(p, m, &unlearnt), OK);
			g->notes++;
		} else {
			g->rows += p->batch->n;
			for (size_t i = 0; i < p->batch->n; i++)
				g->bytes += p->kind == PARCEL_TRAFFIC ? batch_uint(p->batch, TR_bytes, i) : 0;
		}
		collector_give_back(c, p);
	}
}

static void take_until_ended(struct collector *c, struct got *g, struct model *m)
{
	usec_t end = clock_monotonic() + 20 * USEC_PER_SEC;
	while (!collector_ended(c)) {
		struct pollfd p = { .fd = collector_wake(c), .events = POLLIN };
		poll(&p, 1, 100);
		take_all(c, g, m);
		assert_true(clock_monotonic() < end);
	}
}

static void what_was_received_before_the_stop_is_handed_over(void **state)
{
	(void)state;
	enum { SENT = 2000 };
	struct got g = { 0 };
	struct collector *c = open_one(0, 256);
	assert_int_equal(collector_workers(c), WORKERS);
	for (unsigned i = 0; i < SENT / 2; i++) /* waits in the sockets: no worker runs yet */
		send_flows(c, i);
	assert_int_equal(collector_start(c), OK);
	for (unsigned i = SENT / 2; i < SENT; i++)
		send_flows(c, i);
	collector_stop(c);
	take_until_ended(c, &g, NULL);
	assert_int_equal(g.rows, SENT * RECORDS);
	assert_int_equal(g.bytes, SENT * RECORDS * 100);
	struct collector_totals t;
	collector_totals(c, &t);
	assert_int_equal(t.received, SENT);
	assert_int_equal(t.received_bytes, SENT * (24 + RECORDS * 48));
	assert_int_equal(t.wire.flow_records, SENT * RECORDS);
	for (size_t i = 0; i < DROPS; i++)
		assert_int_equal(t.drops[i], 0);
	collector_close(c);
}

static void a_stop_waits_for_a_store_that_is_behind(void **state)
{
	(void)state;
	enum { SENT = 900 }; /* several bursts for each worker; a queue holds 4 parcels of 16 rows */
	struct got g = { 0 };
	struct collector *c = open_one(64, 16);
	for (unsigned i = 0; i < SENT; i++)
		send_flows(c, i);
	collector_stop(c); /* before the first is read: all of it is what the kernel holds */
	assert_int_equal(collector_start(c), OK);
	usleep(2200000); /* every worker waits for parcels, for longer than it would drain if it could */
	struct collector_totals t;
	collector_totals(c, &t); /* and lets its totals be read */
	assert_true(t.received <= SENT);
	take_until_ended(c, &g, NULL);
	assert_int_equal(g.rows, SENT * RECORDS);
	collector_close(c);
}

static void rows_a_full_queue_cannot_take_are_counted(void **state)
{
	(void)state;
	enum { SENT = 500 };
	struct got g = { 0 };
	struct collector *c = open_one(64, 16);
	struct collector_totals t;
	assert_int_equal(collector_start(c), OK);
	for (unsigned i = 0; i < SENT; i++)
		send_flows(c, i);
	usec_t end = clock_monotonic() + 20 * USEC_PER_SEC;
	do { /* nobody takes: the workers go on all the same */
		usleep(1000);
		collector_totals(c, &t);
	} while (t.received < SENT && clock_monotonic() < end);
	assert_int_equal(t.received, SENT);
	collector_stop(c);
	take_until_ended(c, &g, NULL);
	collector_totals(c, &t);
	assert_true(t.drops[DROP_TRAFFIC] > 0);
	assert_string_equal(drop_name(DROP_TRAFFIC), "queue.traffic");
	assert_int_equal(g.rows + t.drops[DROP_TRAFFIC], SENT * RECORDS);
	collector_close(c);
}

static void rows_do_not_wait_for_a_parcel_to_fill(void **state)
{
	(void)state;
	struct got g = { 0 };
	struct collector *c = open_one(0, 0);
	assert_int_equal(collector_start(c), OK);
	send_flows(c, 0);
	usec_t end = clock_monotonic() + 5 * USEC_PER_SEC;
	while (!g.rows && clock_monotonic() < end) {
		struct pollfd p = { .fd = collector_wake(c), .events = POLLIN };
		poll(&p, 1, 1000);
		take_all(c, &g, NULL);
	}
	assert_int_equal(g.rows, RECORDS);
	collector_close(c); /* without a stop before */
}

/* -- names ------------------------------------------------------------------------------------------- */

static void interfaces_reach_the_model(void **state)
{
	(void)state;
	const uint32_t words[] = { 5, 1, 0xc0000201, 0, 1, 1000, 1, /* counter sample: */ 2, 12 + 8 + 88 + 8 + 8,
				   1, 7, 2, /* name: */ 1005, 8, 4, 0x65746837, /* counters: */ 1, 88, 7, 6, 0, 1000000000, 1, 3 };
	uint8_t bytes[COUNT_OF(words) * 4 + 88 - 6 * 4] = { 0 };
	for (size_t i = 0; i < COUNT_OF(words); i++)
		store_be32(bytes + 4 * i, words[i]);
	struct model *m;
	struct got g = { 0 };
	assert_int_equal(model_new(&m), OK);
	struct collector *c = open_one(0, 0);
	assert_int_equal(collector_start(c), OK);
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(collector_port(c, 0)) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sendto(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&to, sizeof(to)), sizeof(bytes));
	close(fd);
	collector_stop(c);
	take_until_ended(c, &g, m);
	assert_int_equal(g.rows, 3);
	assert_int_equal(g.notes, 1);
	const struct addr agent = addr_v4(0xc0000201);
	const struct iface *i = model_iface(m, &agent, 7);
	assert_non_null(i);
	assert_string_equal(i->name, "eth7");
	assert_int_equal(i->speed, 1000000000);
	assert_int_equal(i->type, 6);
	collector_close(c);
	model_free(m);
}

/* -- the numbers, while it works ------------------------------------------------------------------------ */

struct walk {
	size_t exporters;
	uint64_t lost;
};

static void on_exporter(void *arg, const struct wire_exporter *x)
{
	struct walk *w = arg;
	assert_true(x->datagrams > 0);
	assert_false(addr_is_none(&x->address));
	w->exporters++;
	w->lost += x->records_lost + x->resets;
}

static void totals_may_be_read_while_it_works(void **state)
{
	(void)state;
	enum { SENT = 1000 };
	struct got g = { 0 };
	struct walk w = { 0 };
	struct collector *c = open_one(0, 256);
	struct collector_totals t;
	uint64_t before = 0;
	assert_int_equal(collector_start(c), OK);
	for (unsigned i = 0; i < SENT; i++) {
		send_flows(c, i);
		if (i % 50)
			continue;
		collector_totals(c, &t);
		assert_true(t.received >= before && t.received <= i + 1);
		before = t.received;
		collector_exporters(c, on_exporter, &w);
		take_all(c, &g, NULL);
	}
	collector_stop(c);
	take_until_ended(c, &g, NULL);
	w = (struct walk){ 0 };
	collector_exporters(c, on_exporter, &w);
	assert_int_equal(w.exporters, 20);
	assert_int_equal(w.lost, 0);
	assert_int_equal(g.rows, SENT * RECORDS);
	collector_close(c);
}

static void what_cannot_be_opened_is_told(void **state)
{
	(void)state;
	const struct listen_at at = { .addr = addr_v4(0xc0000201) }; /* not ours */
	struct collector_options opt = { .listen = &at, .nlisten = 1, .workers = 2 };
	struct collector *c = NULL;
	struct problem why = { 0 };
	assert_int_equal(collector_open(&opt, &c, &why), E_IO);
	assert_non_null(strstr(why.text, "192.0.2.1:0: "));
	opt.workers = MAX_WORKERS + 1;
	assert_int_equal(collector_open(&opt, &c, &why), E_LIMIT);
	opt.workers = 1;
	opt.nlisten = 0;
	assert_int_equal(collector_open(&opt, &c, &why), E_LIMIT);
	assert_null(c);
}

UNIT_MAIN(cmocka_unit_test(what_was_received_before_the_stop_is_handed_over),
	  cmocka_unit_test(a_stop_waits_for_a_store_that_is_behind),
	  cmocka_unit_test(rows_a_full_queue_cannot_take_are_counted),
	  cmocka_unit_test(rows_do_not_wait_for_a_parcel_to_fill), cmocka_unit_test(interfaces_reach_the_model),
	  cmocka_unit_test(totals_may_be_read_while_it_works), cmocka_unit_test(what_cannot_be_opened_is_told))
