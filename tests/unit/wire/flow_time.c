/* When a flow record's traffic was: every clock of v9 and IPFIX. */
#include "export.h"

/* One IPFIX record: the given time elements, each of 4 or 8 bytes, and a byte count. */
struct told {
	uint16_t id, len;
	uint64_t v;
};

static struct flow_rec one(const struct told *told, size_t n, bool is_v9, usec_t received, uint64_t ahead)
{
	struct heard *h = hear();
	h->from.received = received;
	struct bytes b;
	uint16_t pairs[32];
	for (size_t i = 0; i < n; i++) {
		pairs[i * 2] = told[i].id;
		pairs[i * 2 + 1] = told[i].len;
	}
	pairs[n * 2] = 1;
	pairs[n * 2 + 1] = 4;
	is_v9 ? v9(&b, 0) : ipfix(&b, 0);
	put_template(&b, is_v9 ? 0 : 2, 256, pairs, n + 1);
	size_t set = open_set(&b, 256);
	for (size_t i = 0; i < n; i++)
		put_number(&b, told[i].len, told[i].v);
	U32(&b, 100);
	close_set(&b, set);
	if (!is_v9)
		end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(rejects(h, NF_TIME_AHEAD), ahead);
	assert_int_equal(all_rejects(h), ahead);
	assert_int_equal(h->nflows, 1);
	struct flow_rec rec = h->flows[0];
	deaf(h);
	return rec;
}

#define ONE(is_v9, ...)                                                                            \
	ONE_AT(RECEIVED, 0, is_v9, __VA_ARGS__)
#define ONE_AT(received, ahead, is_v9, ...)                                                        \
	one((const struct told[]){ __VA_ARGS__ }, sizeof((const struct told[]){ __VA_ARGS__ }) / sizeof(struct told), is_v9, \
	    received, ahead)

static const uint64_t T = 1789999000; /* 1000 s before the export */

static void absolute_times_in_every_unit(void **state _unused_)
{
	const uint64_t ntp = (T + 2208988800) << 32, half = 1u << 31;
	const struct {
		struct told start, end;
		uint64_t ms;
	} cases[] = {
		{ { 150, 4, T - 5 }, { 151, 4, T }, 0 },
		{ { 152, 8, T * 1000 - 5000 }, { 153, 8, T * 1000 + 250 }, 250 },
		{ { 154, 8, ntp - (5ull << 32) }, { 155, 8, ntp + half }, 500 },
		{ { 156, 8, ntp - (5ull << 32) }, { 157, 8, ntp + half }, 500 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct flow_rec r = ONE(false, cases[i].start, cases[i].end);
		assert_int_equal(r.time, T * 1000000 + cases[i].ms * 1000);
		assert_int_equal(r.duration, 5000 + cases[i].ms);
	}
	/* NTP's second era begins in 2036; we are then at its start, not in 1900 */
	const usec_t in_2036 = ((1ll << 32) - 2208988800 + 100) * 1000000;
	assert_int_equal(ONE_AT(in_2036, 0, false, { 155, 8, 100ull << 32 }).time, in_2036);
}

static void durations_and_lone_starts(void **state _unused_)
{
	struct flow_rec r = ONE(false, { 152, 8, T * 1000 }, { 161, 4, 7000 });
	assert_int_equal(r.time, (T + 7) * 1000000);
	assert_int_equal(r.duration, 7000);
	r = ONE(false, { 151, 4, T }, { 162, 8, 1500000 });
	assert_int_equal(r.time, T * 1000000);
	assert_int_equal(r.duration, 1500);
	r = ONE(false, { 152, 8, T * 1000 }); /* a start alone says nothing of the end */
	assert_int_equal(r.time, EXPORTED * USEC_PER_SEC);
	r = ONE(false, { 153, 8, T * 1000 }, { 152, 8, T * 1000 + 5 }); /* ends before it starts */
	assert_int_equal(r.time, T * 1000000);
	assert_int_equal(r.duration, 0);
	r = ONE(false, { 158, 4, 3000000 }, { 159, 4, 1000000 }); /* before the export */
	assert_int_equal(r.time, (EXPORTED - 1) * USEC_PER_SEC);
	assert_int_equal(r.duration, 2000);
	r = ONE(false, { 323, 8, T * 1000 });
	assert_int_equal(r.time, T * 1000000);
	r = ONE(false, { 153, 8, UINT64_MAX }); /* a time that cannot be */
	assert_int_equal(r.time, EXPORTED * USEC_PER_SEC);
}

static void uptimes_count_from_the_header_or_the_boot(void **state _unused_)
{
	struct flow_rec r = ONE(true, { 22, 4, UPTIME - 9000 }, { 21, 4, UPTIME - 1000 });
	assert_int_equal(r.time, (EXPORTED - 1) * USEC_PER_SEC);
	assert_int_equal(r.duration, 8000);
	r = ONE(false, { 160, 8, T * 1000 }, { 22, 4, 1000 }, { 21, 4, 4000 });
	assert_int_equal(r.time, (T + 4) * 1000000);
	assert_int_equal(r.duration, 3000);
	r = ONE(false, { 160, 8, T * 1000 }, { 22, 4, (uint32_t)-5000 }, { 21, 4, (uint32_t)-1000 });
	assert_int_equal(r.time, (T - 1) * 1000000); /* it ran before the device was up */
	assert_int_equal(r.duration, 4000);
	const uint64_t day = 86400, up = 60 * day * 1000 - 2000; /* the uptime has wrapped once since the boot */
	r = ONE(false, { 160, 8, (EXPORTED - 60 * day) * 1000 }, { 22, 4, (uint32_t)(up - 3000) }, { 21, 4, (uint32_t)up });
	assert_int_equal(r.time, (EXPORTED - 2) * USEC_PER_SEC);
	assert_int_equal(r.duration, 3000);
	r = ONE(false, { 22, 4, 1000 }, { 21, 4, 4000 }); /* IPFIX without a boot time */
	assert_int_equal(r.time, EXPORTED * USEC_PER_SEC);
	assert_int_equal(r.duration, 3000);
}

static void boot_time_told_in_options(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	OPTIONS_IPFIX(&b, 260, 1, 149, 4, 160, 8);
	TEMPLATE_IPFIX(&b, 256, 1, 4, 21, 4);
	size_t set = open_set(&b, 260);
	U32(&b, 0);
	U64(&b, T * 1000);
	close_set(&b, set);
	set = open_set(&b, 256);
	U32(&b, 100, 4000);
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(h->nflows, 1);
	assert_int_equal(h->flows[0].time, (T + 4) * 1000000);
	deaf(h);
}

static void a_time_to_come_is_the_time_of_receipt(void **state _unused_)
{
	const usec_t now = RECEIVED - RECEIVED % 1000;
	struct flow_rec r;
	const uint64_t ten = EXPORTED + 10 * 60;
	assert_int_equal(ONE(false, { 151, 4, ten }).time, ten * 1000000);
	assert_int_equal(ONE_AT(RECEIVED, 1, false, { 151, 4, ten + 1 }).time, now);
	assert_int_equal(ONE_AT(RECEIVED, 1, false, { 150, 4, ten }, { 151, 4, ten + 60 }).duration, 60000);
	/* a device whose clock is an hour ahead: the flow ended two seconds before it was told */
	r = ONE_AT(RECEIVED - 3600 * USEC_PER_SEC, 1, true, { 22, 4, UPTIME - 9000 }, { 21, 4, UPTIME - 2000 });
	assert_int_equal(r.time, now - 3600 * USEC_PER_SEC - 2 * USEC_PER_SEC);
	assert_int_equal(r.duration, 7000);
	/* a capture whose clock was not set tells nothing */
	assert_int_equal(ONE_AT(5000000, 0, false, { 151, 4, T }).time, T * 1000000);
}

UNIT_MAIN(cmocka_unit_test(a_time_to_come_is_the_time_of_receipt), cmocka_unit_test(absolute_times_in_every_unit), cmocka_unit_test(durations_and_lone_starts),
	  cmocka_unit_test(uptimes_count_from_the_header_or_the_boot), cmocka_unit_test(boot_time_told_in_options))
