/* Datagrams made here, NetFlow v5 and sFlow, through the intake into a sink that counts. */
#include "unit.h"

#include "base/mem.h"
#include "collect/collect.h"

#include <stdio.h>

struct counted {
	uint64_t rows[TABLES], batches[TABLES];
	uint64_t first_time, last_time;
	size_t largest;
	enum err fail;
};

static enum err count(void *arg, struct batch *b)
{
	struct counted *c = arg;
	if (c->fail)
		return c->fail;
	c->rows[b->table->id] += b->n;
	c->batches[b->table->id]++;
	c->largest = MAX(c->largest, b->n);
	assert_true(b->n > 0);
	for (size_t i = 0; i < b->n; i++) {
		uint64_t t = batch_uint(b, b->table->time_col, i);
		c->first_time = c->first_time ? MIN(c->first_time, t) : t;
		c->last_time = MAX(c->last_time, t);
	}
	return OK;
}

/* -- datagrams ----------------------------------------------------------------------------- */

static uint8_t bytes[2048];
static const usec_t noon = (usec_t)1767268800 * USEC_PER_SEC; /* 2026-01-01T12:00:00Z */

static struct datagram datagram(size_t len, usec_t when)
{
	struct datagram d = {
		.data = bytes, .len = len, .from_port = 40000, .to_port = 2055, .received = when
	};
	assert_true(addr_parse("192.0.2.1", 9, &d.from));
	return d;
}

/* n records that end when they are exported */
static struct datagram netflow5(unsigned n, usec_t when)
{
	memset(bytes, 0, sizeof(bytes));
	store_be16(bytes, 5);
	store_be16(bytes + 2, (uint16_t)n);
	store_be32(bytes + 4, 100000); /* uptime */
	store_be32(bytes + 8, (uint32_t)(when / USEC_PER_SEC));
	for (unsigned i = 0; i < n; i++) {
		uint8_t *r = bytes + 24 + i * 48;
		store_be32(r, 0x0a000001);
		store_be32(r + 4, 0x0a000002);
		store_be16(r + 12, 1);
		store_be16(r + 14, 2);
		store_be32(r + 16, 1);
		store_be32(r + 20, 100);
		store_be32(r + 24, 100000);
		store_be32(r + 28, 100000);
		r[38] = 6;
	}
	return datagram(24 + n * 48, when);
}

static size_t put32(size_t at, uint32_t v)
{
	store_be32(bytes + at, v);
	return at + 4;
}

/* one counter sample of an interface */
static struct datagram counters(uint32_t ifindex, uint64_t speed, usec_t when)
{
	const uint32_t head[] = {
		5, 1,       0xc0000201, 0, 1,  1000,    1, /* sample: */ 2,         12 + 8 + 88,
		1, ifindex, 1,          1, 88, ifindex, 6, (uint32_t)(speed >> 32), (uint32_t)speed,
		1, 3
	};
	size_t at = 0;
	memset(bytes, 0, sizeof(bytes));
	for (size_t i = 0; i < COUNT_OF(head); i++)
		at = put32(at, head[i]);
	return datagram(at + 88 - 6 * 4, when);
}

static void give(struct intake *in, struct datagram d)
{
	assert_int_equal(intake_datagram(in, &d), OK);
}

struct rig {
	struct counted got;
	struct model *model;
	struct intake *in;
};

static void rig_make(struct rig *r, const struct intake_options *opt)
{
	*r = (struct rig){ 0 };
	const struct batch_sink sink = { .arg = &r->got, .put = count };
	assert_int_equal(model_new(&r->model), OK);
	assert_int_equal(intake_new(&sink, r->model, opt, &r->in), OK);
}

static void rig_free(struct rig *r)
{
	intake_free(r->in);
	model_free(r->model);
}

/* -- tests ------------------------------------------------------------------------------------ */

static void records_come_as_batches(void **state)
{
	(void)state;
	struct rig r;
	rig_make(&r, &(struct intake_options){ .batch_rows = 100 });
	for (int i = 0; i < 10; i++)
		give(r.in, netflow5(25, noon + i * USEC_PER_SEC));
	give(r.in, counters(5, 1000000000, noon));
	assert_int_equal(r.got.rows[TABLE_TRAFFIC], 200); /* two full ones; the third has begun */
	assert_int_equal(r.got.largest, 100);
	assert_int_equal(r.got.rows[TABLE_IFCOUNTERS], 0);
	assert_int_equal(intake_flush(r.in), OK);
	assert_int_equal(intake_flush(r.in), OK); /* nothing left: no empty batch */
	assert_int_equal(r.got.rows[TABLE_TRAFFIC], 250);
	assert_int_equal(r.got.batches[TABLE_TRAFFIC], 3);
	assert_int_equal(r.got.rows[TABLE_IFCOUNTERS], 1);
	assert_int_equal(intake_last_time(r.in), noon + 9 * USEC_PER_SEC);
	assert_int_equal(wire_totals(intake_wire(r.in))->flow_records, 250);
	rig_free(&r);
}

static void a_shift_moves_all_times(void **state)
{
	(void)state;
	struct rig r;
	rig_make(&r, &(struct intake_options){ .shift = USEC_PER_HOUR });
	give(r.in, netflow5(1, noon));
	give(r.in, counters(5, 1000000000, noon + USEC_PER_SEC));
	assert_int_equal(intake_flush(r.in), OK);
	assert_int_equal(r.got.first_time, noon + USEC_PER_HOUR);
	assert_int_equal(r.got.last_time, noon + USEC_PER_HOUR + USEC_PER_SEC);
	assert_int_equal(intake_last_time(r.in), noon + USEC_PER_SEC); /* as told */
	assert_int_equal(model_at(r.model, 0)->last_seen, noon + USEC_PER_HOUR + USEC_PER_SEC);
	rig_free(&r);
}

static void mute_decodes_and_learns_only(void **state)
{
	(void)state;
	struct rig r;
	rig_make(&r, NULL);
	intake_mute(r.in, true);
	give(r.in, netflow5(3, noon));
	give(r.in, counters(5, 1000000000, noon));
	intake_mute(r.in, false);
	give(r.in, netflow5(2, noon));
	assert_int_equal(intake_flush(r.in), OK);
	assert_int_equal(r.got.rows[TABLE_TRAFFIC], 2);
	assert_int_equal(r.got.rows[TABLE_IFCOUNTERS], 0);
	assert_int_equal(wire_totals(intake_wire(r.in))->flow_records, 5);
	assert_int_equal(model_size(r.model), 1);
	assert_int_equal(intake_last_time(r.in), noon);
	rig_free(&r);
}

static void rows_can_be_skipped(void **state)
{
	(void)state;
	struct rig r;
	uint64_t left[TABLES];
	rig_make(&r, NULL);
	intake_skip(r.in, (const uint64_t[TABLES]){ [TABLE_TRAFFIC] = 4, [TABLE_IFCOUNTERS] = 7 });
	give(r.in, netflow5(3, noon));
	give(r.in, netflow5(3, noon));
	give(r.in, counters(5, 1000000000, noon));
	assert_int_equal(intake_flush(r.in), OK);
	assert_int_equal(r.got.rows[TABLE_TRAFFIC], 2);
	assert_int_equal(r.got.rows[TABLE_IFCOUNTERS], 0);
	intake_skip_left(r.in, left);
	assert_int_equal(left[TABLE_TRAFFIC], 0);
	assert_int_equal(left[TABLE_IFCOUNTERS], 6);
	rig_free(&r);
}

static void counters_tell_of_interfaces(void **state)
{
	(void)state;
	struct rig r;
	rig_make(&r, NULL);
	give(r.in, counters(5, 1000000000, noon));
	give(r.in, counters(6, 10000000000, noon));
	assert_int_equal(model_size(r.model), 2);
	const struct iface *i = model_path(r.model, "192.0.2.1>6", 11);
	assert_non_null(i);
	assert_int_equal(i->speed, 10000000000);
	assert_int_equal(i->type, 6);
	assert_int_equal(i->first_seen, noon);
	/* within a minute nothing is noted, but a change is at once */
	give(r.in, counters(6, 10000000000, noon + 30 * USEC_PER_SEC));
	assert_int_equal(i->last_seen, noon);
	give(r.in, counters(6, 10000000000, noon + 60 * USEC_PER_SEC));
	assert_int_equal(i->last_seen, noon + USEC_PER_MIN);
	give(r.in, counters(6, 25000000000, noon + 61 * USEC_PER_SEC));
	assert_int_equal(i->speed, 25000000000);
	/* numbers that mean no interface */
	give(r.in, counters(IFINDEX_NONE, 1, noon));
	give(r.in, counters(IFINDEX_LOCAL, 1, noon));
	assert_int_equal(model_size(r.model), 2);
	assert_int_equal(intake_unlearnt(r.in), 0);
	rig_free(&r);
}

static void the_sinks_first_error_stays(void **state)
{
	(void)state;
	struct rig r;
	rig_make(&r, &(struct intake_options){ .batch_rows = 10 });
	r.got.fail = E_IO;
	struct datagram d = netflow5(30, noon);
	assert_int_equal(intake_datagram(r.in, &d), E_IO);
	r.got.fail = OK;
	assert_int_equal(intake_datagram(r.in, &d), E_IO);
	assert_int_equal(intake_flush(r.in), E_IO);
	assert_int_equal(r.got.rows[TABLE_TRAFFIC], 0);
	rig_free(&r);
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	struct model *m;
	struct counted got = { 0 };
	const struct batch_sink sink = { .arg = &got, .put = count };
	assert_int_equal(model_new(&m), OK);
	for (long n = 0;; n++) {
		struct intake *in = NULL;
		mem_fail_at(n);
		enum err e = intake_new(&sink, m, NULL, &in);
		mem_fail_at(-1);
		if (e == OK) {
			intake_free(in);
			break;
		}
		assert_int_equal(e, E_NOMEM);
		assert_null(in);
	}
	model_free(m);
}

UNIT_MAIN(cmocka_unit_test(records_come_as_batches), cmocka_unit_test(a_shift_moves_all_times),
	  cmocka_unit_test(mute_decodes_and_learns_only), cmocka_unit_test(rows_can_be_skipped),
	  cmocka_unit_test(counters_tell_of_interfaces),
	  cmocka_unit_test(the_sinks_first_error_stays),
	  cmocka_unit_test(every_allocation_may_fail))
