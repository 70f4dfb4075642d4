/* NetFlow v9 and IPFIX: what records become, and refusals.  The life of templates is in
 * templates.c, what options teach in options.c, clocks in flow_time.c, ceilings in limits.c. */
#include "export.h"

static void v9_record_becomes_a_row(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	v9(&b, 7);
	TEMPLATE9(&b, 256, 8, 4, 12, 4, 15, 4, 10, 2, 14, 4, 2, 4, 1, 4, 22, 4, 21, 4, 7, 2, 11, 2, 6, 1, 4, 1, 5, 1,
		  16, 2, 17, 4, 9, 1, 13, 1, 61, 1, 56, 6, 80, 6, 58, 2, 59, 2, 192, 1, 70, 3, 256, 2);
	size_t set = open_set(&b, 256);
	U32(&b, 0x0a000001, 0x0a000002, 0x0a0000fe);
	U16(&b, 3);
	U32(&b, 4, 10, 15000, 590000, 599000);
	U16(&b, 50000, 443);
	U8(&b, 0x1b, 6, 0xb8);
	U16(&b, 64500);
	U32(&b, 4200000000);
	U8(&b, 24, 16, 1);
	put_hex(&b, "020000000001 020000000002");
	U16(&b, 100, 200);
	U8(&b, 63);
	put_hex(&b, "000641");
	U16(&b, 0x0800);
	U8(&b, 0, 0, 0); /* padding */
	close_set(&b, set);
	feed(h, &b);

	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, 1);
	const struct flow_rec *r = h->flows;
	assert_int_equal(r->time, 1789999999000000);
	assert_int_equal(r->duration, 9000);
	assert_addr(&r->agent, "192.0.2.1");
	assert_int_equal(r->domain, 7);
	assert_int_equal(r->exporttype, EXPORT_NETFLOW9);
	assert_addr(&r->ipsource, "10.0.0.1");
	assert_addr(&r->ipdestination, "10.0.0.2");
	assert_addr(&r->nexthop, "10.0.0.254");
	assert_int_equal(r->inputinterface, 3);
	assert_int_equal(r->outputinterface, 4);
	assert_int_equal(r->frames, 10);
	assert_int_equal(r->bytes, 15000);
	assert_int_equal(r->sourceport, 50000);
	assert_int_equal(r->destinationport, 443);
	assert_int_equal(r->tcpflags, 0x1b);
	assert_int_equal(r->protocol, 6);
	assert_int_equal(r->tos, 0xb8);
	assert_int_equal(r->sourceas, 64500);
	assert_int_equal(r->destinationas, 4200000000);
	assert_int_equal(r->sourcemask, 24);
	assert_int_equal(r->destinationmask, 16);
	assert_int_equal(r->direction, DIR_EGRESS);
	assert_int_equal(r->macsource, 0x020000000001);
	assert_int_equal(r->macdestination, 0x020000000002);
	assert_int_equal(r->vlansource, 100);
	assert_int_equal(r->vlandestination, 200);
	assert_int_equal(r->ttl, 63);
	assert_int_equal(r->mplslabel, 100);
	assert_int_equal(r->ethertype, 0x0800);
	assert_int_equal(totals(h)->templates, 1);
	assert_int_equal(totals(h)->flow_records, 1);
	assert_int_equal(totals(h)->bytes, 15000);
	feed_prefixes(&b);
	deaf(h);
}

static void ipfix_record_of_ipv6(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 9);
	TEMPLATE_IPFIX(&b, 300, 27, 16, 28, 16, 62, 16, 29, 1, 30, 1, 4, 1, 139, 2, 1, 8, 2, 8, 195, 1, 351, 8);
	size_t set = open_set(&b, 300);
	put_hex(&b, "20010db8000000000000000000000001 20010db8000000000000000000000002");
	put_hex(&b, "00000000000000000000000000000000");
	U8(&b, 64, 48, 58);
	U16(&b, 0x8000);
	U64(&b, 1000, 2);
	U8(&b, 46);
	U64(&b, 0x0100000000001234);
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, 1);
	const struct flow_rec *r = h->flows;
	assert_int_equal(r->exporttype, EXPORT_IPFIX);
	assert_int_equal(r->time, EXPORTED * USEC_PER_SEC);
	assert_addr(&r->ipsource, "2001:db8::1");
	assert_addr(&r->ipdestination, "2001:db8::2");
	assert_true(addr_is_none(&r->nexthop));
	assert_int_equal(r->ethertype, 0x86dd);
	assert_int_equal(r->sourcemask, 64);
	assert_int_equal(r->icmptype, 0x8000);
	assert_int_equal(r->tos, 46 << 2);
	assert_int_equal(r->vni, 0x1234);
	feed_prefixes(&b);
	deaf(h);
}

static void reduced_sizes_and_too_large_values(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	TEMPLATE_IPFIX(&b, 256, 1, 3, 2, 1, 10, 8, 7, 4, 16, 3, 8, 5);
	size_t set = open_set(&b, 256);
	U8(&b, 1, 0, 0, 7);
	U64(&b, 0x500000000); /* an interface beyond 32 bits */
	U32(&b, 443);
	U8(&b, 0, 0xfc, 0);
	U8(&b, 1, 2, 3, 4, 5); /* an IPv4 address of five bytes is none */
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(h->nflows, 1);
	assert_int_equal(h->flows[0].bytes, 65536);
	assert_int_equal(h->flows[0].frames, 7);
	assert_int_equal(h->flows[0].inputinterface, UINT32_MAX);
	assert_int_equal(h->flows[0].sourceport, 443);
	assert_int_equal(h->flows[0].sourceas, 0xfc00);
	assert_true(addr_is_none(&h->flows[0].ipsource));
	deaf(h);
}

static void both_families_in_one_template(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	v9(&b, 0);
	TEMPLATE9(&b, 256, 8, 4, 27, 16, 28, 16, 12, 4, 1, 4);
	size_t set = open_set(&b, 256);
	U32(&b, 0x0a000001);
	put_hex(&b, "00000000000000000000000000000000 00000000000000000000000000000000");
	U32(&b, 0x0a000002, 100);
	U32(&b, 0);
	put_hex(&b, "20010db8000000000000000000000001 20010db8000000000000000000000002");
	U32(&b, 0, 100);
	close_set(&b, set);
	feed(h, &b);
	assert_int_equal(h->nflows, 2);
	assert_addr(&h->flows[0].ipsource, "10.0.0.1");
	assert_addr(&h->flows[0].ipdestination, "10.0.0.2");
	assert_addr(&h->flows[1].ipsource, "2001:db8::1");
	assert_addr(&h->flows[1].ipdestination, "2001:db8::2");
	deaf(h);
}

static void better_element_wins_whatever_the_order(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	TEMPLATE_IPFIX(&b, 256, 10, 4, 252, 4, 253, 4, 14, 4, 85, 4, 1, 4, 352, 4);
	TEMPLATE_IPFIX(&b, 257, 252, 4, 85, 4, 352, 4);
	size_t set = open_set(&b, 256);
	U32(&b, 1, 101, 102, 2, 1000, 10, 2000);
	close_set(&b, set);
	set = open_set(&b, 257);
	U32(&b, 101, 1000, 2000);
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(h->nflows, 2);
	assert_int_equal(h->flows[0].inputinterface, 1);
	assert_int_equal(h->flows[0].outputinterface, 2);
	assert_int_equal(h->flows[0].bytes, 10);
	assert_int_equal(h->flows[1].inputinterface, 101);
	assert_int_equal(h->flows[1].bytes, 1000);
	assert_int_equal(totals(h)->bytes, 10); /* element 1 alone, as documented */
	assert_int_equal(totals(h)->bytes_by[EXPORT_IPFIX], 1010);
	deaf(h);
}

static void variable_length_fields(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	TEMPLATE_IPFIX(&b, 256, 8, 4, 371, 65535, 1, 65535, 12, 4);
	size_t set = open_set(&b, 256);
	U32(&b, 0x0a000001);
	U8(&b, 3, 'a', 'b', 'c', 2, 1, 0);
	U32(&b, 0x0a000002);
	U32(&b, 0x0a000003);
	U8(&b, 255, 1, 4);
	for (int i = 0; i < 260; i++)
		U8(&b, 'x');
	U8(&b, 0);
	U32(&b, 0x0a000004);
	U32(&b, 0x0a000005); /* a counter of nine bytes is not one */
	U8(&b, 0, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1);
	U32(&b, 0x0a000006);
	U8(&b, 0, 0, 0); /* padding */
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, 3);
	assert_int_equal(h->flows[0].bytes, 256);
	assert_addr(&h->flows[0].ipdestination, "10.0.0.2");
	assert_addr(&h->flows[1].ipdestination, "10.0.0.4");
	assert_int_equal(h->flows[2].bytes, 0);
	assert_addr(&h->flows[2].ipdestination, "10.0.0.6");
	feed_prefixes(&b);

	ipfix(&b, 0); /* a record that leaves its set, then a good set */
	set = open_set(&b, 256);
	U32(&b, 0x0a000001);
	U8(&b, 200, 1, 1, 1, 1, 1, 1, 1);
	close_set(&b, set);
	set = open_set(&b, 256);
	U32(&b, 0x0a000007);
	U8(&b, 0, 1, 5);
	U32(&b, 0x0a000008);
	close_set(&b, set);
	end_ipfix(&b);
	earns(h, &b, NF_RECORD_CUT);
	assert_int_equal(h->nflows, 4);
	ipfix(&b, 0); /* padding that looks like a record with empty fields */
	set = open_set(&b, 256);
	U32(&b, 0x0a000007);
	U8(&b, 0, 1, 5);
	U32(&b, 0x0a000008);
	U64(&b, 0);
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(rejects(h, NF_RECORD_CUT), 1);
	assert_int_equal(h->nflows, 5);
	deaf(h);
}

static void enterprise_elements_and_the_other_direction(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	size_t set = open_set(&b, 2);
	U16(&b, 256, 21, 8, 4, 12, 4, 10, 4, 14, 4, 7, 2, 11, 2, 9, 1, 13, 1);
	U16(&b, 16, 4, 17, 4, 56, 6, 80, 6, 58, 2, 59, 2, 15, 4, 192, 1);
	U16(&b, 0x8000 | 1, 4);
	U32(&b, 9); /* Cisco's element 1 is not bytes */
	U16(&b, 1, 4, 0x8000 | 1, 4);
	U32(&b, 29305);
	U16(&b, 2, 4, 0x8000 | 6, 1);
	U32(&b, 29305);
	close_set(&b, set);
	set = open_set(&b, 256);
	for (uint32_t back = 300; back <= 300; back -= 300) { /* answered, and not */
		U32(&b, 0x0a000001, 0x0a000002, 3, 4);
		U16(&b, 50000, 443);
		U8(&b, 24, 16);
		U32(&b, 64500, 64501);
		put_hex(&b, "020000000001 020000000002");
		U16(&b, 100, 200);
		U32(&b, 0x0a0000fe);
		U8(&b, 63);
		U32(&b, 77777, 1500, back, 3);
		U8(&b, 0x12);
	}
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, 3);
	const struct flow_rec *r = h->flows;
	assert_int_equal(r[0].bytes, 1500);
	assert_int_equal(r[0].frames, 3);
	assert_int_equal(r[1].bytes, 300);
	assert_int_equal(r[1].frames, 0);
	assert_int_equal(r[1].tcpflags, 0x12);
	assert_addr(&r[1].ipsource, "10.0.0.2");
	assert_addr(&r[1].ipdestination, "10.0.0.1");
	assert_int_equal(r[1].inputinterface, 4);
	assert_int_equal(r[1].outputinterface, 3);
	assert_int_equal(r[1].sourceport, 443);
	assert_int_equal(r[1].destinationport, 50000);
	assert_int_equal(r[1].sourcemask, 16);
	assert_int_equal(r[1].destinationmask, 24);
	assert_int_equal(r[1].sourceas, 64501);
	assert_int_equal(r[1].destinationas, 64500);
	assert_int_equal(r[1].macsource, 0x020000000002);
	assert_int_equal(r[1].macdestination, 0x020000000001);
	assert_int_equal(r[1].vlansource, 200);
	assert_int_equal(r[1].vlandestination, 100);
	assert_true(addr_is_none(&r[1].nexthop)); /* told of the other way */
	assert_int_equal(r[1].ttl, 0);
	assert_int_equal(r[2].bytes, 1500);
	assert_int_equal(totals(h)->flow_records, 2);
	assert_int_equal(totals(h)->bytes, 3000);
	assert_int_equal(totals(h)->rows, 3);
	feed_prefixes(&b);
	deaf(h);
}

static void initiator_and_responder_are_two_rows(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	v9(&b, 0);
	TEMPLATE9(&b, 256, 8, 4, 12, 4, 231, 4, 232, 4, 298, 4, 299, 4);
	TEMPLATE9(&b, 257, 8, 4, 12, 4, 1, 4, 232, 4); /* element 1 stands, 232 has no partner */
	size_t set = open_set(&b, 256);
	U32(&b, 0x0a000001, 0x0a000002, 100, 5000, 2, 4);
	close_set(&b, set);
	set = open_set(&b, 257);
	U32(&b, 0x0a000001, 0x0a000002, 100, 5000);
	close_set(&b, set);
	feed(h, &b);
	assert_int_equal(h->nflows, 3);
	assert_int_equal(h->flows[0].bytes, 100);
	assert_int_equal(h->flows[0].frames, 2);
	assert_int_equal(h->flows[1].bytes, 5000);
	assert_int_equal(h->flows[1].frames, 4);
	assert_addr(&h->flows[1].ipsource, "10.0.0.2");
	assert_int_equal(h->flows[2].bytes, 100);
	deaf(h);
}

static void records_without_counters_give_no_row(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	TEMPLATE_IPFIX(&b, 256, 8, 4, 12, 4, 225, 4, 233, 1); /* a firewall's event */
	TEMPLATE_IPFIX(&b, 257, 1, 4, 2, 4);                  /* counters of nothing */
	TEMPLATE_IPFIX(&b, 258, 8, 4, 1, 4);
	size_t set = open_set(&b, 256);
	U32(&b, 0x0a000001, 0x0a000002, 0xc0000201);
	U8(&b, 1);
	close_set(&b, set);
	set = open_set(&b, 257);
	U32(&b, 0, 0, 500, 1);
	close_set(&b, set);
	set = open_set(&b, 258);
	U32(&b, 0x0a000001, 0); /* denied, but somebody's */
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(totals(h)->flow_records, 4);
	assert_int_equal(h->nflows, 2);
	assert_int_equal(h->flows[0].bytes, 500);
	assert_addr(&h->flows[1].ipsource, "10.0.0.1");
	deaf(h);
}

static void sampled_packets_inside_records(void **state _unused_)
{
	static const char frame[] = "020000000002 020000000001 0800"
				    "4500003c 00014000 4006 0000 c0000201 c0000202 01bbc350";
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	TEMPLATE_IPFIX(&b, 256, 312, 2, 10, 4, 315, 65535);
	TEMPLATE_IPFIX(&b, 257, 313, 24, 1, 4, 2, 4);
	TEMPLATE_IPFIX(&b, 258, 410, 2, 315, 64); /* filled up with zeros */
	size_t set = open_set(&b, 256);
	U16(&b, 1514);
	U32(&b, 3);
	U8(&b, 38);
	put_hex(&b, frame);
	close_set(&b, set);
	set = open_set(&b, 257);
	put_hex(&b, frame + 30); /* behind the Ethernet header */
	U32(&b, 9000, 6);
	close_set(&b, set);
	set = open_set(&b, 258);
	U16(&b, 38);
	put_hex(&b, frame);
	for (int i = 0; i < 26; i++)
		U8(&b, 0);
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, 3);
	const struct flow_rec *r = h->flows;
	assert_int_equal(r[0].bytes, 1514);
	assert_int_equal(r[0].frames, 1);
	assert_int_equal(r[0].inputinterface, 3);
	assert_int_equal(r[0].macsource, 0x020000000001);
	assert_int_equal(r[0].sourceport, 443);
	assert_int_equal(r[1].bytes, 9000);
	assert_int_equal(r[1].frames, 6);
	assert_addr(&r[1].ipsource, "192.0.2.1");
	assert_int_equal(r[2].bytes, 38);
	assert_int_equal(totals(h)->bytes, 9000);
	feed_prefixes(&b);
	deaf(h);
}

static void padding_is_no_record(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	v9(&b, 0);
	TEMPLATE9(&b, 256, 1, 1, 2, 1);
	size_t set = open_set(&b, 256);
	U8(&b, 100, 1, 100, 1, 100, 1, 0, 0); /* three records of two bytes and padding as long as one */
	close_set(&b, set);
	U32(&b, 0, 0); /* v9 messages may end in zeros */
	feed(h, &b);
	assert_int_equal(totals(h)->flow_records, 3);
	assert_int_equal(totals(h)->bytes, 300);
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void what_is_refused(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	v9(&b, 0);
	b.len = 19;
	earns(h, &b, NF_SHORT);
	ipfix(&b, 0);
	b.len = 15;
	earns(h, &b, NF_SHORT);

	ipfix(&b, 0); /* the message says it ends before what follows it */
	TEMPLATE_IPFIX(&b, 256, 8, 4, 1, 4);
	end_ipfix(&b);
	U32(&b, 0xffffffff);
	earns(h, &b, NF_LENGTH);
	ipfix(&b, 0); /* and one that says it goes on: what is there is read */
	TEMPLATE_IPFIX(&b, 257, 8, 4, 1, 4);
	store_be16(b.data + 2, 1000);
	earns(h, &b, NF_LENGTH);
	assert_int_equal(totals(h)->templates, 2);

	ipfix(&b, 0);
	U16(&b, 2, 3);
	end_ipfix(&b);
	earns(h, &b, NF_SET_SHORT);
	v9(&b, 0);
	U16(&b, 0, 0, 0, 1);
	earns(h, &b, NF_SET_SHORT);
	v9(&b, 0);
	U16(&b, 256, 100, 1, 1);
	earns(h, &b, NF_SET_LONG);
	v9(&b, 0);
	U16(&b, 2, 8, 0, 0);
	earns(h, &b, NF_SET_UNKNOWN);
	ipfix(&b, 0);
	U16(&b, 4, 8, 0, 0);
	end_ipfix(&b);
	earns(h, &b, NF_SET_UNKNOWN);

	ipfix(&b, 0);
	TEMPLATE_IPFIX(&b, 255, 8, 4);
	end_ipfix(&b);
	earns(h, &b, NF_TEMPLATE_ID);
	v9(&b, 0);
	TEMPLATE9(&b, 3, 8, 4);
	earns(h, &b, NF_TEMPLATE_ID);
	v9(&b, 0); /* five fields claimed, one there; what follows is not read */
	size_t set = open_set(&b, 0);
	U16(&b, 256, 5, 8, 4);
	close_set(&b, set);
	TEMPLATE9(&b, 257, 8, 4);
	earns(h, &b, NF_TEMPLATE_CUT);
	assert_int_equal(totals(h)->templates, 2);
	ipfix(&b, 0); /* an enterprise number is missing */
	set = open_set(&b, 2);
	U16(&b, 256, 1, 0x8001, 4);
	close_set(&b, set);
	end_ipfix(&b);
	earns(h, &b, NF_TEMPLATE_CUT);

	v9(&b, 0);
	TEMPLATE9(&b, 260, 8, 0, 12, 0);
	set = open_set(&b, 260);
	U32(&b, 1, 2);
	close_set(&b, set);
	earns(h, &b, NF_TEMPLATE_EMPTY);
	ipfix(&b, 0);
	OPTIONS_IPFIX(&b, 261, 0, 34, 4);
	end_ipfix(&b);
	earns(h, &b, NF_TEMPLATE_SCOPE);
	ipfix(&b, 0);
	OPTIONS_IPFIX(&b, 262, 2, 34, 4);
	end_ipfix(&b);
	earns(h, &b, NF_TEMPLATE_SCOPE);
	assert_int_equal(h->nflows, 0);
	deaf(h);
}

UNIT_MAIN(cmocka_unit_test(v9_record_becomes_a_row), cmocka_unit_test(ipfix_record_of_ipv6),
	  cmocka_unit_test(reduced_sizes_and_too_large_values), cmocka_unit_test(both_families_in_one_template),
	  cmocka_unit_test(better_element_wins_whatever_the_order), cmocka_unit_test(variable_length_fields),
	  cmocka_unit_test(enterprise_elements_and_the_other_direction),
	  cmocka_unit_test(initiator_and_responder_are_two_rows),
	  cmocka_unit_test(records_without_counters_give_no_row), cmocka_unit_test(sampled_packets_inside_records),
	  cmocka_unit_test(padding_is_no_record), cmocka_unit_test(what_is_refused))
