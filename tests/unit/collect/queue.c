/* The queue between a worker and the store: bounds, order, reuse, waiting, two threads. */
#include "unit.h"

#include "base/mem.h"
#include "collect/queue.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { ROWS = 16, MOST = 3 };

static struct queue *queue_of(int wake)
{
	struct queue_options opt = { .batch_rows = ROWS, .wake = wake };
	for (enum parcel_kind k = 0; k < PARCEL_KINDS; k++)
		opt.most[k] = MOST;
	struct queue *q;
	assert_int_equal(queue_new(&opt, &q), OK);
	return q;
}

static void fill(struct parcel *p, uint64_t bytes)
{
	struct flow_rec rec = { .time = 1000, .bytes = bytes };
	assert_true(batch_push(p->batch, &rec));
}

static void as_many_as_allowed_and_no_more(void **state)
{
	(void)state;
	struct queue *q = queue_of(-1);
	for (enum parcel_kind k = 0; k < PARCEL_KINDS; k++) {
		for (int i = 0; i < MOST; i++)
			assert_non_null(queue_empty(q, k, false));
		assert_null(queue_empty(q, k, false));
	}
	queue_free(q);
}

static void parcels_come_out_as_they_went_in(void **state)
{
	(void)state;
	struct queue *q = queue_of(-1);
	assert_null(queue_take(q));
	for (uint64_t i = 1; i <= MOST; i++) {
		struct parcel *p = queue_empty(q, PARCEL_TRAFFIC, false);
		fill(p, i);
		queue_put(q, p);
	}
	assert_int_equal(queue_waiting(q), MOST);
	for (uint64_t i = 1; i <= MOST; i++) {
		struct parcel *p = queue_take(q);
		assert_int_equal(batch_uint(p->batch, TR_bytes, 0), i);
		queue_give_back(q, p);
	}
	assert_int_equal(queue_waiting(q), 0);
	queue_free(q);
}

static void what_was_given_back_is_used_again_and_empty(void **state)
{
	(void)state;
	struct queue *q = queue_of(-1);
	struct parcel *p = queue_empty(q, PARCEL_TRAFFIC, false);
	fill(p, 7);
	queue_put(q, p);
	assert_ptr_equal(queue_take(q), p);
	queue_give_back(q, p);
	mem_fail_at(0); /* a second one would have to be made */
	assert_ptr_equal(queue_empty(q, PARCEL_TRAFFIC, false), p);
	mem_fail_at(-1);
	assert_int_equal(p->batch->n, 0);
	assert_int_equal(batch_uint(p->batch, TR_bytes, 0), 0);
	queue_free(q);
}

static void out_of_memory_gives_none_and_takes_no_place(void **state)
{
	(void)state;
	struct queue *q = queue_of(-1);
	for (long n = 0; n < 5; n++) {
		mem_fail_at(n);
		assert_null(queue_empty(q, PARCEL_TRAFFIC, false));
		mem_fail_at(-1);
	}
	for (int i = 0; i < MOST; i++)
		assert_non_null(queue_empty(q, PARCEL_TRAFFIC, false));
	queue_free(q);
}

static void each_parcel_rings_the_bell(void **state)
{
	(void)state;
	uint64_t rung = 0;
	int bell = eventfd(0, EFD_NONBLOCK);
	struct queue *q = queue_of(bell);
	queue_put(q, queue_empty(q, PARCEL_NOTES, false));
	queue_put(q, queue_empty(q, PARCEL_NOTES, false));
	assert_int_equal(read(bell, &rung, sizeof(rung)), sizeof(rung));
	assert_int_equal(rung, 2);
	queue_free(q);
	close(bell);
}

/* -- two threads --------------------------------------------------------------------------------- */

enum { PARCELS = 2000 };

static void *produce(void *arg)
{
	struct queue *q = arg;
	for (uint64_t i = 1; i <= PARCELS; i++) {
		struct parcel *p = queue_empty(q, PARCEL_TRAFFIC, true);
		if (!p)
			return NULL;
		fill(p, i);
		queue_put(q, p);
	}
	return NULL;
}

static void a_producer_that_waits_loses_nothing(void **state)
{
	(void)state;
	struct queue *q = queue_of(-1);
	pthread_t t;
	assert_int_equal(pthread_create(&t, NULL, produce, q), 0);
	for (uint64_t i = 1; i <= PARCELS;) {
		struct parcel *p = queue_take(q);
		if (!p) {
			usleep(10);
			continue;
		}
		assert_int_equal(batch_uint(p->batch, TR_bytes, 0), i++);
		queue_give_back(q, p);
	}
	pthread_join(t, NULL);
	assert_null(queue_take(q));
	queue_free(q);
}

UNIT_MAIN(cmocka_unit_test(as_many_as_allowed_and_no_more),
	  cmocka_unit_test(parcels_come_out_as_they_went_in),
	  cmocka_unit_test(what_was_given_back_is_used_again_and_empty),
	  cmocka_unit_test(out_of_memory_gives_none_and_takes_no_place),
	  cmocka_unit_test(each_parcel_rings_the_bell),
	  cmocka_unit_test(a_producer_that_waits_loses_nothing))
