/* NetFlow v5, and what v1 and v7 do otherwise. */
#include "heard.h"

static void header(struct bytes *b, uint16_t count, uint16_t sampling)
{
	*b = (struct bytes){ 0 };
	U16(b, 5, count);
	U32(b, 600000, 1790000000, 500999999, 1); /* up 600 s; 2026-09-21, half a second past */
	U8(b, 1, 2);
	U16(b, sampling);
}

static void record(struct bytes *b, uint8_t protocol, uint16_t dport, uint32_t first, uint32_t last)
{
	U32(b, 0x0a000001, 0x0a000002, 0x0a0000fe);
	U16(b, 3, 4);
	U32(b, 10, 15000, first, last);
	U16(b, 50000, dport);
	U8(b, 0, 0x1b, protocol, 0xb8);
	U16(b, 64500, 64501);
	U8(b, 24, 16, 0, 0);
}

static void record_becomes_a_row(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	header(&b, 2, 1 << 14 | 100);
	record(&b, 6, 443, 590000, 599000);
	record(&b, 1, 8 << 8, 599000, 590000); /* an echo request, its times the wrong way round */
	feed(h, &b);
	assert_int_equal(h->nflows, 2);
	const struct flow_rec *r = h->flows;
	assert_int_equal(r->time, 1790000000500000 - 1000000); /* one second before the export */
	assert_int_equal(r->duration, 9000);
	assert_addr(&r->agent, "192.0.2.1");
	assert_int_equal(r->domain, 0x102);
	assert_int_equal(r->exporttype, EXPORT_NETFLOW5);
	assert_int_equal(r->inputinterface, 3);
	assert_int_equal(r->outputinterface, 4);
	assert_addr(&r->ipsource, "10.0.0.1");
	assert_addr(&r->ipdestination, "10.0.0.2");
	assert_addr(&r->nexthop, "10.0.0.254");
	assert_int_equal(r->ethertype, 0x0800);
	assert_int_equal(r->sourceport, 50000);
	assert_int_equal(r->destinationport, 443);
	assert_int_equal(r->protocol, 6);
	assert_int_equal(r->tcpflags, 0x1b);
	assert_int_equal(r->tos, 0xb8);
	assert_int_equal(r->sourceas, 64500);
	assert_int_equal(r->destinationas, 64501);
	assert_int_equal(r->sourcemask, 24);
	assert_int_equal(r->destinationmask, 16);
	assert_int_equal(r->samplingrate, 100);
	assert_int_equal(r->bytes, 15000);
	assert_int_equal(r->frames, 10);
	assert_int_equal(r[1].icmptype, 8 << 8);
	assert_int_equal(r[1].destinationport, 0);
	assert_int_equal(r[1].sourceport, 0);
	assert_int_equal(r[1].duration, 0);
	assert_int_equal(totals(h)->flow_records, 2);
	assert_int_equal(totals(h)->bytes, 30000);
	assert_int_equal(totals(h)->estimated_frames, 2000);
	assert_int_equal(all_rejects(h), 0);
	feed_prefixes(&b);
	deaf(h);
}

static void uptime_may_wrap_between_flow_and_export(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	header(&b, 1, 0);
	store_be32(b.data + 4, 500); /* half a second after the wrap */
	record(&b, 17, 53, 0xfffffe0c, 0xffffff06); /* 500 and 250 ms before it */
	feed(h, &b);
	assert_int_equal(h->flows[0].time, 1790000000500000 - 750000);
	assert_int_equal(h->flows[0].duration, 250);
	assert_int_equal(h->flows[0].samplingrate, 0);
	deaf(h);
}

static void device_without_a_clock_uses_ours(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	header(&b, 1, 0);
	store_be32(b.data + 8, 0);
	store_be32(b.data + 12, 0);
	record(&b, 17, 53, 599000, 600000);
	feed(h, &b);
	assert_int_equal(h->flows[0].time, RECEIVED - RECEIVED % 1000);
	deaf(h);
}

static void a_clock_that_is_ahead_is_taken_back(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	header(&b, 2, 0);
	record(&b, 6, 443, 590000, 599000);
	record(&b, 6, 443, 590000, 598000);
	h->from.received = (usec_t)1790000000 * USEC_PER_SEC - 11 * USEC_PER_MIN;
	feed(h, &b);
	assert_int_equal(rejects(h, NF_TIME_AHEAD), 2);
	assert_int_equal(h->nflows, 2);
	assert_int_equal(h->flows[0].time, h->from.received - 1000000);
	assert_int_equal(h->flows[1].time, h->from.received - 2000000);
	deaf(h);
}

/* The header's clock is right, the record's uptime is an hour further on. */
static void a_record_that_is_ahead_of_its_header_is_taken_back(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	header(&b, 2, 0);
	record(&b, 6, 443, 590000, 599000);
	record(&b, 6, 443, 590000, 600000 + 3600000);
	feed(h, &b);
	assert_int_equal(rejects(h, NF_TIME_AHEAD), 1);
	assert_int_equal(h->flows[0].time, 1790000000500000 - 1000000);
	assert_int_equal(h->flows[1].time, RECEIVED - RECEIVED % 1000);
	deaf(h);
}

static void count_records(void *arg, const struct wire_exporter *x)
{
	*(uint64_t *)arg += x->records;
}

static void records_that_are_only_claimed_are_not_counted(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	uint64_t n = 0;
	header(&b, 1000, 0);
	record(&b, 6, 443, 590000, 599000);
	earns(h, &b, NF5_COUNT);
	wire_exporters(h->w, count_records, &n);
	assert_int_equal(n, 1);
	deaf(h);
}

static void version_1_has_no_routes_and_other_flags(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b = { 0 };
	U16(&b, 1, 1);
	U32(&b, 600000, 1790000000, 500999999);
	record(&b, 6, 443, 590000, 599000);
	b.data[b.len - 11] = 0;    /* 37: padding here */
	b.data[b.len - 8] = 0x1b;  /* 40: the flags, where v5 has the source's AS */
	feed(h, &b);
	assert_int_equal(h->nflows, 1);
	const struct flow_rec *r = h->flows;
	assert_int_equal(r->exporttype, EXPORT_NETFLOW1);
	assert_int_equal(r->time, 1790000000500000 - 1000000);
	assert_int_equal(r->duration, 9000);
	assert_int_equal(r->tcpflags, 0x1b);
	assert_int_equal(r->protocol, 6);
	assert_int_equal(r->tos, 0xb8);
	assert_int_equal(r->bytes, 15000);
	assert_int_equal(r->frames, 10);
	assert_int_equal(r->destinationport, 443);
	assert_int_equal(r->sourceas, 0);
	assert_int_equal(r->sourcemask, 0);
	assert_int_equal(r->samplingrate, 0);
	assert_int_equal(r->domain, 0);
	assert_int_equal(all_rejects(h), 0);
	feed_prefixes(&b);
	deaf(h);
}

static void version_7_has_records_of_52_bytes(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	header(&b, 2, 1 << 14 | 100);
	store_be16(b.data, 7);
	for (int i = 0; i < 2; i++) {
		record(&b, 6, (uint16_t)(443 + i), 590000, 599000);
		U32(&b, 0x0a0000fd); /* the router that the switch bypassed */
	}
	feed(h, &b);
	assert_int_equal(h->nflows, 2);
	const struct flow_rec *r = &h->flows[1];
	assert_int_equal(r->exporttype, EXPORT_NETFLOW7);
	assert_int_equal(r->destinationport, 444);
	assert_int_equal(r->tcpflags, 0x1b);
	assert_int_equal(r->sourceas, 64500);
	assert_int_equal(r->destinationmask, 16);
	assert_int_equal(r->samplingrate, 0); /* these four bytes are reserved in v7 */
	assert_int_equal(r->domain, 0);
	assert_int_equal(all_rejects(h), 0);
	feed_prefixes(&b);
	deaf(h);
}

static void what_is_refused(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b = { 0 };
	U16(&b, 5, 0);
	earns(h, &b, NF5_SHORT);
	header(&b, 30, 0); /* thirty claimed, one there */
	record(&b, 17, 53, 0, 0);
	earns(h, &b, NF5_COUNT);
	assert_int_equal(h->nflows, 1);
	header(&b, 1, 0);
	record(&b, 17, 53, 0, 0);
	U32(&b, 0);
	earns(h, &b, NF5_TRAILING);
	assert_int_equal(h->nflows, 2);
	deaf(h);
}

UNIT_MAIN(cmocka_unit_test(record_becomes_a_row), cmocka_unit_test(uptime_may_wrap_between_flow_and_export),
	  cmocka_unit_test(device_without_a_clock_uses_ours),
	  cmocka_unit_test(a_clock_that_is_ahead_is_taken_back),
	  cmocka_unit_test(a_record_that_is_ahead_of_its_header_is_taken_back),
	  cmocka_unit_test(records_that_are_only_claimed_are_not_counted), cmocka_unit_test(version_1_has_no_routes_and_other_flags),
	  cmocka_unit_test(version_7_has_records_of_52_bytes), cmocka_unit_test(what_is_refused))
