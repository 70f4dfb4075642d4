/* The ring between a worker and the forwarder: what is taken comes out, in order and whole; what has no room
 * is not taken. */
#include "unit.h"

#include "collect/ring.h"

#include <pthread.h>
#include <sched.h>

static bool put(struct ring *r, uint32_t number, size_t len)
{
	uint8_t data[65536];
	memset(data, (int)(number & 255), sizeof(data));
	const struct datagram d = { .data = data, .len = len, .from = addr_v4(number), .from_port = 7, .received = number };
	return ring_put(r, &d);
}

static void is_whole(const struct datagram *d, uint32_t number, size_t len)
{
	const struct addr from = addr_v4(number);
	assert_int_equal(d->len, len);
	assert_int_equal(d->received, number);
	assert_int_equal(d->from_port, 7);
	assert_true(addr_equal(&d->from, &from));
	for (size_t i = 0; i < len; i++)
		if (d->data[i] != (number & 255))
			fail_msg("byte %zu of %u", i, number);
}

static size_t length_of(uint32_t number)
{
	return number * 7919 % (number % 10 ? 2000 : 65535);
}

static void what_goes_in_comes_out(void **state)
{
	(void)state;
	struct ring *r;
	struct datagram d;
	uint32_t in = 0, out = 0;
	assert_int_equal(ring_new(1, &r), OK); /* the smallest: 128 KB */
	while (out < 20000) {
		while (in < 20000 && put(r, in, length_of(in)))
			in++;
		size_t at = ring_start(r), last = out + 3;
		while (out < last && ring_next(r, &at, &d)) { /* not all of it, so that its end is met everywhere */
			is_whole(&d, out, length_of(out));
			out++;
		}
		ring_release(r, at);
	}
	size_t at = ring_start(r);
	assert_false(ring_next(r, &at, &d));
	ring_free(r);
}

static void what_has_no_room_is_not_taken(void **state)
{
	(void)state;
	struct ring *r;
	struct datagram d;
	uint32_t n = 0;
	assert_int_equal(ring_new(1, &r), OK);
	while (put(r, n, 1000))
		n++;
	assert_true(n > 100 && n < 131);
	assert_false(put(r, n, 1000));
	size_t at = ring_start(r);
	assert_true(ring_next(r, &at, &d));
	assert_false(put(r, n, 1000)); /* read, but not given back */
	ring_release(r, at);
	assert_true(put(r, n, 1000));
	at = ring_start(r);
	for (uint32_t i = 1; i <= n; i++) {
		assert_true(ring_next(r, &at, &d));
		is_whole(&d, i, 1000);
	}
	assert_false(ring_next(r, &at, &d));
	ring_free(r);
}

enum { MANY = 50000 };

static void *put_many(void *arg)
{
	for (uint32_t i = 0; i < MANY; i++)
		while (!put(arg, i, i % 300))
			sched_yield();
	return NULL;
}

static void two_threads_agree(void **state)
{
	(void)state;
	struct ring *r;
	struct datagram d;
	pthread_t t;
	assert_int_equal(ring_new(1, &r), OK);
	assert_int_equal(pthread_create(&t, NULL, put_many, r), 0);
	for (uint32_t i = 0; i < MANY;) {
		size_t at = ring_start(r);
		while (ring_next(r, &at, &d)) {
			is_whole(&d, i, i % 300);
			i++;
		}
		ring_release(r, at);
		sched_yield();
	}
	pthread_join(t, NULL);
	ring_free(r);
}

UNIT_MAIN(cmocka_unit_test(what_goes_in_comes_out), cmocka_unit_test(what_has_no_room_is_not_taken),
	  cmocka_unit_test(two_threads_agree))
