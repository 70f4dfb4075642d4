/* What options and records tell about sampling, and the names of interfaces. */
#include "export.h"

/* One data record of interface 3 (and sampler `sampler`, where the template has one). */
static void data(struct bytes *b, uint16_t id, uint32_t sampler)
{
	size_t set = open_set(b, id);
	U32(b, 0x0a000001, 100, 3);
	if (id != 256)
		U32(b, sampler);
	close_set(b, set);
}

static void data_template9(struct bytes *b)
{
	TEMPLATE9(b, 256, 8, 4, 1, 4, 10, 4);
	TEMPLATE9(b, 257, 8, 4, 1, 4, 10, 4, 48, 4);
	TEMPLATE9(b, 258, 8, 4, 1, 4, 10, 4, 34, 4);
}

static uint32_t rate_of_last(const struct heard *h)
{
	assert_true(h->nflows > 0);
	return h->flows[h->nflows - 1].samplingrate;
}

static void rate_in_the_record_wins(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	v9(&b, 0);
	data_template9(&b);
	data(&b, 256, 0);
	feed(h, &b);
	assert_int_equal(rate_of_last(h), 0); /* not told */
	OPTIONS9(&b, 260, 1, 1, 4, 34, 4, 35, 1);
	size_t set = open_set(&b, 260);
	U32(&b, 0, 500);
	U8(&b, 2);
	close_set(&b, set);
	data(&b, 258, 1000);
	feed(h, &b);
	assert_int_equal(rate_of_last(h), 1000);
	v9(&b, 0);
	data(&b, 258, 0); /* told as zero: the exporter's */
	feed(h, &b);
	assert_int_equal(rate_of_last(h), 500);
	assert_int_equal(totals(h)->estimated_bytes, 100 + 100 + 100 * 1000 + 100 * 500);
	assert_int_equal(totals(h)->option_records, 1);
	deaf(h);
}

static void sampler_by_its_id(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	v9(&b, 0);
	data_template9(&b);
	OPTIONS9(&b, 260, 1, 1, 4, 48, 1, 49, 1, 50, 4);
	size_t set = open_set(&b, 260);
	U32(&b, 0);
	U8(&b, 1, 2);
	U32(&b, 100);
	U32(&b, 0);
	U8(&b, 2, 2);
	U32(&b, 2000);
	close_set(&b, set);
	feed(h, &b);
	v9(&b, 0);
	data(&b, 257, 2);
	feed(h, &b);
	assert_int_equal(rate_of_last(h), 2000);
	v9(&b, 0);
	data(&b, 257, 1);
	data(&b, 257, 1);
	feed(h, &b);
	assert_int_equal(rate_of_last(h), 100);
	v9(&b, 0);
	data(&b, 257, 3); /* nobody told of this one */
	feed(h, &b);
	assert_int_equal(rate_of_last(h), 0);
	deaf(h);
}

/* 302 with the elements of RFC 5477, each way to say "one in". */
static void selectors_of_ipfix(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	TEMPLATE_IPFIX(&b, 257, 8, 4, 1, 4, 10, 4, 302, 4);
	OPTIONS_IPFIX(&b, 260, 1, 302, 8, 304, 2, 305, 4, 306, 4);
	OPTIONS_IPFIX(&b, 261, 1, 302, 8, 309, 4, 310, 4);
	OPTIONS_IPFIX(&b, 262, 1, 302, 8, 311, 8);
	OPTIONS_IPFIX(&b, 263, 1, 302, 8, 305, 4);
	size_t set = open_set(&b, 260);
	U64(&b, 1);
	U16(&b, 1);
	U32(&b, 1, 999);
	close_set(&b, set);
	set = open_set(&b, 261);
	U64(&b, 2);
	U32(&b, 10, 5000);
	close_set(&b, set);
	set = open_set(&b, 262);
	U64(&b, 3, 0x3f847ae147ae147b); /* 0.01 */
	close_set(&b, set);
	set = open_set(&b, 263);
	U64(&b, 4);
	U32(&b, 256); /* no space beside it: one in 256 is meant */
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	static const uint32_t want[] = { 0, 1000, 500, 100, 256 };
	for (uint32_t id = 1; id < COUNT_OF(want); id++) {
		ipfix(&b, 0);
		data(&b, 257, id);
		end_ipfix(&b);
		feed(h, &b);
		assert_int_equal(rate_of_last(h), want[id]);
	}
	deaf(h);
}

static void rate_of_an_interface(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	v9(&b, 0);
	data_template9(&b);
	OPTIONS9(&b, 260, 1, 2, 4, 34, 4); /* v9's scope type 2 = interface */
	size_t set = open_set(&b, 260);
	U32(&b, 3, 64, 4, 128);
	close_set(&b, set);
	data(&b, 256, 0);
	feed(h, &b);
	assert_int_equal(rate_of_last(h), 64);
	v9(&b, 0); /* from interface 3 to 4: the rate is that of the one where it was measured */
	TEMPLATE9(&b, 257, 8, 4, 1, 4, 10, 4, 14, 4, 61, 1);
	set = open_set(&b, 257);
	U32(&b, 0x0a000001, 1000, 3, 4);
	U8(&b, 0);
	U32(&b, 0x0a000001, 1000, 3, 4);
	U8(&b, 1);
	U32(&b, 0x0a000001, 1000, 3, 5);
	U8(&b, 1);
	close_set(&b, set);
	h->nflows = 0;
	feed(h, &b);
	assert_int_equal(h->flows[0].samplingrate, 64);
	assert_int_equal(h->flows[1].samplingrate, 128);
	assert_int_equal(h->flows[2].samplingrate, 0);
	deaf(h);
}

static void domain_zero_speaks_for_all(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	OPTIONS_IPFIX(&b, 260, 1, 144, 4, 34, 4);
	size_t set = open_set(&b, 260);
	U32(&b, 1, 4096);
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	ipfix(&b, 5);
	TEMPLATE_IPFIX(&b, 256, 8, 4, 1, 4, 10, 4);
	data(&b, 256, 0);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(rate_of_last(h), 4096);
	h->from.from = addr_v4(EXPORTER + 1);
	feed(h, &b);
	assert_int_equal(rate_of_last(h), 0);
	deaf(h);
}

/* Of its samplers and interfaces too, as far as a domain has no other word on them. */
static void domain_zero_has_samplers_for_all(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	v9(&b, 0);
	OPTIONS9(&b, 260, 1, 1, 4, 48, 1, 34, 4);
	OPTIONS9(&b, 261, 1, 2, 4, 34, 4);
	size_t set = open_set(&b, 260);
	for (uint32_t id = 1; id <= 2; id++) {
		U32(&b, 0);
		U8(&b, id);
		U32(&b, id * 100);
	}
	close_set(&b, set);
	set = open_set(&b, 261);
	U32(&b, 3, 64);
	close_set(&b, set);
	feed(h, &b);
	v9(&b, 7);
	OPTIONS9(&b, 260, 1, 1, 4, 48, 1, 34, 4);
	TEMPLATE9(&b, 256, 8, 4, 1, 4, 48, 1);
	TEMPLATE9(&b, 257, 8, 4, 1, 4, 10, 4);
	set = open_set(&b, 260);
	U32(&b, 0);
	U8(&b, 2);
	U32(&b, 999);
	close_set(&b, set);
	set = open_set(&b, 256);
	for (uint32_t id = 1; id <= 2; id++) {
		U32(&b, 0x0a000001, 1000);
		U8(&b, id);
	}
	close_set(&b, set);
	set = open_set(&b, 257);
	U32(&b, 0x0a000001, 1000, 3);
	close_set(&b, set);
	feed(h, &b);
	assert_int_equal(h->nflows, 3);
	assert_int_equal(h->flows[0].samplingrate, 100);
	assert_int_equal(h->flows[1].samplingrate, 999);
	assert_int_equal(h->flows[2].samplingrate, 64);
	feed_prefixes(&b);
	deaf(h);
}

static void names_of_interfaces(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	v9(&b, 0);
	OPTIONS9(&b, 260, 1, 1, 4, 10, 4, 82, 8, 83, 16);
	OPTIONS9(&b, 261, 1, 2, 2, 83, 8);
	size_t set = open_set(&b, 260);
	U32(&b, 0, 17);
	put(&b, "Gi0/1\0\0\0 to Z\xc3\xbcrich\x7f \0\0\0", 24);
	U32(&b, 0, 18);
	put(&b, "\0\0\0\0\0\0\0\0                ", 24); /* nothing told */
	U32(&b, 0, 0);
	put(&b, "lo\0\0\0\0\0\0x               ", 24); /* no number */
	close_set(&b, set);
	set = open_set(&b, 261);
	U16(&b, 19);
	put(&b, "\xc0\xaf up\xe2\x82", 7);
	U8(&b, 0);
	close_set(&b, set);
	feed(h, &b);
	assert_int_equal(h->nnames, 2);
	assert_addr(&h->names[0].agent, "192.0.2.1");
	assert_int_equal(h->names[0].ifindex, 17);
	assert_string_equal(h->names[0].name, "Gi0/1");
	assert_string_equal(h->names[0].alias, "to Z\xc3\xbcrich?");
	assert_int_equal(h->names[1].ifindex, 19);
	assert_string_equal(h->names[1].name, "-");
	assert_string_equal(h->names[1].alias, "?? up??"); /* overlong, and cut inside a character */
	assert_int_equal(all_rejects(h), 0);
	feed_prefixes(&b);
	deaf(h);
}

static void long_names_are_cut_at_a_character(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	OPTIONS_IPFIX(&b, 260, 1, 14, 4, 82, 65535);
	size_t set = open_set(&b, 260);
	U32(&b, 17);
	U8(&b, 255, 1, 44);
	U8(&b, 'x');
	for (int i = 0; i < 149; i++)
		U8(&b, 0xc3, 0xbc);
	U8(&b, 'x');
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(h->nnames, 1);
	assert_int_equal(strlen(h->names[0].name), 255);
	assert_int_equal((uint8_t)h->names[0].name[254], 0xbc);
	deaf(h);
}

UNIT_MAIN(cmocka_unit_test(rate_in_the_record_wins), cmocka_unit_test(sampler_by_its_id),
	  cmocka_unit_test(selectors_of_ipfix), cmocka_unit_test(rate_of_an_interface),
	  cmocka_unit_test(domain_zero_speaks_for_all), cmocka_unit_test(domain_zero_has_samplers_for_all),
	  cmocka_unit_test(names_of_interfaces),
	  cmocka_unit_test(long_names_are_cut_at_a_character))
