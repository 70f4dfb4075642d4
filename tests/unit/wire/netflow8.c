/* NetFlow v8: each scheme tells what it did not add up. */
#include "heard.h"

static void header(struct bytes *b, uint16_t count, uint8_t scheme)
{
	*b = (struct bytes){ 0 };
	U16(b, 8, count);
	U32(b, 600000, 1790000000, 0, 1);
	U8(b, 1, 2, scheme, 2);
	U32(b, 0);
}

/* flows, packets, octets, first, last */
static void sums(struct bytes *b)
{
	U32(b, 3, 10, 15000, 590000, 599000);
}

static const struct flow_rec *one(struct heard *h, struct bytes *b)
{
	size_t before = h->nflows;
	feed(h, b);
	assert_int_equal(h->nflows, before + 1);
	const struct flow_rec *r = &h->flows[before];
	assert_int_equal(r->frames, 10);
	assert_int_equal(r->bytes, 15000);
	assert_int_equal(r->time, 1790000000000000 - 1000000);
	assert_int_equal(r->duration, 9000);
	assert_int_equal(r->exporttype, EXPORT_NETFLOW8);
	assert_int_equal(r->domain, 0x102);
	feed_prefixes(b);
	return r;
}

static void schemes_of_systems_and_ports(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	header(&b, 1, 1);
	sums(&b);
	U16(&b, 64500, 64501, 3, 4);
	const struct flow_rec *r = one(h, &b);
	assert_int_equal(r->sourceas, 64500);
	assert_int_equal(r->destinationas, 64501);
	assert_int_equal(r->inputinterface, 3);
	assert_int_equal(r->outputinterface, 4);
	assert_true(addr_is_none(&r->ipsource));
	header(&b, 1, 10);
	sums(&b);
	U8(&b, 6, 0xb8, 0, 0);
	U16(&b, 443, 50000, 3, 4);
	r = one(h, &b);
	assert_int_equal(r->protocol, 6);
	assert_int_equal(r->tos, 0xb8);
	assert_int_equal(r->sourceport, 443);
	assert_int_equal(r->destinationport, 50000);
	assert_int_equal(r->outputinterface, 4);
	assert_int_equal(r->sourceas, 0);
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void schemes_of_prefixes_and_hosts(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	header(&b, 1, 14);
	sums(&b);
	U32(&b, 0x0a000000, 0xc0000200);
	U8(&b, 24, 8, 0x10, 17);
	U16(&b, 53, 50001, 3, 4);
	const struct flow_rec *r = one(h, &b);
	assert_addr(&r->ipsource, "10.0.0.0");
	assert_addr(&r->ipdestination, "192.0.2.0");
	assert_int_equal(r->sourcemask, 8);
	assert_int_equal(r->destinationmask, 24);
	assert_int_equal(r->protocol, 17);
	assert_int_equal(r->sourceport, 53);
	header(&b, 1, 8);
	U32(&b, 0xc0000201, 0x0a000001);
	U16(&b, 80, 50002);
	U32(&b, 10, 15000, 590000, 599000);
	U16(&b, 4, 3);
	U8(&b, 0, 6, 0, 0);
	U32(&b, 0, 0);
	r = one(h, &b);
	assert_addr(&r->ipsource, "10.0.0.1");
	assert_addr(&r->ipdestination, "192.0.2.1");
	assert_int_equal(r->destinationport, 80);
	assert_int_equal(r->inputinterface, 3);
	assert_int_equal(r->outputinterface, 4);
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void a_record_that_is_ahead_is_taken_back(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	header(&b, 1, 1);
	U32(&b, 3, 10, 15000, 590000, 600000 + 3600000);
	U16(&b, 64500, 64501, 3, 4);
	earns(h, &b, NF_TIME_AHEAD);
	assert_int_equal(h->flows[0].time, RECEIVED - RECEIVED % 1000);
	deaf(h);
}

static void what_is_refused(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	header(&b, 1, 15);
	earns(h, &b, NF8_SCHEME);
	header(&b, 2, 1);
	sums(&b);
	U16(&b, 64500, 64501, 3, 4);
	earns(h, &b, NF5_COUNT);
	header(&b, 0, 1);
	U8(&b, 0);
	earns(h, &b, NF5_TRAILING);
	b.len = 27;
	earns(h, &b, NF5_SHORT);
	deaf(h);
}

UNIT_MAIN(cmocka_unit_test(schemes_of_systems_and_ports), cmocka_unit_test(schemes_of_prefixes_and_hosts),
	  cmocka_unit_test(a_record_that_is_ahead_is_taken_back), cmocka_unit_test(what_is_refused))
