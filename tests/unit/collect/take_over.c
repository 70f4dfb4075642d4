/* One collector takes the place of another while exporters send as fast as they can: whatever numbers of workers
 * they have, each datagram is received by one of them, or the kernel counted it as dropped. */
#include "unit.h"

#include "base/clock.h"
#include "collect/worker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SENDERS = 8, ROUNDS = 60 };

struct sending {
	uint16_t port;
	atomic_bool stop;
	uint64_t sent;
};

/* Datagrams of no protocol, from 127.0.0.1 to .8: only how many came is looked at. */
static void *send_on(void *arg)
{
	struct sending *s = arg;
	const struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(s->port) };
	int fd[SENDERS];
	for (unsigned i = 0; i < SENDERS; i++) {
		const struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + i) };
		fd[i] = socket(AF_INET, SOCK_DGRAM, 0);
		if (bind(fd[i], (const struct sockaddr *)&from, sizeof(from)) < 0 || connect(fd[i], (const struct sockaddr *)&to, sizeof(to)) < 0)
			abort();
	}
	while (!atomic_load(&s->stop))
		for (unsigned i = 0; i < SENDERS; i++)
			s->sent += send(fd[i], "x", 1, 0) == 1;
	for (unsigned i = 0; i < SENDERS; i++)
		close(fd[i]);
	return NULL;
}

static struct collector *open_beside(const struct collector *old, unsigned workers)
{
	const struct listen_at at = { .addr = addr_v4(INADDR_LOOPBACK) };
	const struct collector_options opt = { .listen = &at, .nlisten = 1, .workers = workers, .beside = old };
	struct collector *c;
	struct problem why = { 0 };
	if (collector_open(&opt, &c, &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(collector_start(c), OK);
	return c;
}

static uint64_t end(struct collector *c, struct collector *fresh)
{
	struct collector_totals t;
	collector_stop(c);
	while (!collector_ended(c)) {
		struct parcel *p = collector_take(c);
		if (p)
			collector_give_back(c, p);
		else
			sched_yield();
	}
	collector_totals(c, &t);
	if (fresh)
		assert_int_equal(collector_take_over(fresh, c), OK);
	collector_close(c);
	return t.received + t.drops[DROP_KERNEL];
}

static void no_datagram_is_lost(void **state)
{
	(void)state;
	static const unsigned workers[] = { 1, 3, 1, 2, 1, 4, 1, 1, 3, 3, 2, 4 };
	struct collector *c = open_beside(NULL, workers[0]);
	struct sending s = { .port = collector_port(c, 0) };
	pthread_t sender;
	uint64_t got = 0;
	assert_int_equal(pthread_create(&sender, NULL, send_on, &s), 0);
	for (size_t i = 1; i < ROUNDS; i++) {
		struct collector *fresh = open_beside(c, workers[i % COUNT_OF(workers)]);
		assert_int_equal(collector_steer_from(fresh, c), OK);
		got += end(c, fresh);
		c = fresh;
	}
	atomic_store(&s.stop, true);
	pthread_join(sender, NULL);
	struct collector_totals t; /* what was sent may still be on its way through the kernel */
	usec_t until = clock_monotonic() + 5 * USEC_PER_SEC;
	do {
		sched_yield();
		collector_totals(c, &t);
	} while (got + t.received + t.drops[DROP_KERNEL] < s.sent && clock_monotonic() < until);
	got += end(c, NULL);
	assert_int_equal(got, s.sent);
}

/* The number of the worker that hears what this address sends. */
static unsigned hearer(struct collector *c, const struct addr *who)
{
	uint64_t had[2];
	struct sockaddr_in from = { .sin_family = AF_INET }, to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
									.sin_port = htons(collector_port(c, 0)) };
	memcpy(&from.sin_addr, who->b + 12, 4);
	for (unsigned k = 0; k < COUNT_OF(had); k++)
		had[k] = collector_worker(c, k)->received;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	close(fd);
	for (usec_t until = clock_monotonic() + 10 * USEC_PER_SEC; clock_monotonic() < until; sched_yield()) {
		struct collector_totals t;
		collector_totals(c, &t);
		for (unsigned k = 0; k < COUNT_OF(had); k++)
			if (t.received == had[0] + had[1] + 1 && collector_worker(c, k)->received > had[k])
				return k;
	}
	fail_msg("nobody heard it");
	return UINT32_MAX;
}

/* Closing the old one's sockets has moved the new one's in the kernel's array. */
static void exporters_still_reach_the_worker_they_are_moved_to(void **state)
{
	(void)state;
	struct collector *c = open_beside(NULL, 2), *fresh;
	for (int i = 0; i < 3; i++, c = fresh) {
		fresh = open_beside(c, 2);
		assert_int_equal(collector_steer_from(fresh, c), OK);
		(void)end(c, fresh);
	}
	for (uint32_t i = 0; i < SENDERS; i++) {
		const struct addr who = addr_v4(INADDR_LOOPBACK + 1 + i);
		unsigned at = hearer(c, &who);
		assert_int_equal(collector_move(c, &who, at, 1 - at), OK);
		assert_int_equal(hearer(c, &who), 1 - at);
	}
	(void)end(c, NULL);
}

UNIT_MAIN(cmocka_unit_test(no_datagram_is_lost), cmocka_unit_test(exporters_still_reach_the_worker_they_are_moved_to))
