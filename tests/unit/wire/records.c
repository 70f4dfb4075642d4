/* What records of v9 and IPFIX tell beside the usual: NAT, applications, texts, lists of records,
 * sampling by selectors and by configuration. */
#include "export.h"

static const struct flow_rec *last(const struct heard *h)
{
	assert_true(h->nflows > 0);
	return &h->flows[h->nflows - 1];
}

/* One byte of length, and the text. */
static void short_text(struct bytes *b, const char *s)
{
	U8(b, strlen(s));
	put(b, s, strlen(s));
}

static void translations_are_rows(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	TEMPLATE_IPFIX(&b, 256, 8, 4, 12, 4, 4, 1, 7, 2, 11, 2, 225, 4, 226, 4, 227, 2, 228, 2, 230, 1);
	size_t set = open_set(&b, 256);
	U32(&b, 0x0a000001, 0xcb007107);
	U8(&b, 6);
	U16(&b, 50000, 443);
	U32(&b, 0xc0000205, 0xcb007108);
	U16(&b, 40001, 8443);
	U8(&b, 1);
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(all_rejects(h), 0);
	const struct flow_rec *r = last(h);
	assert_addr(&r->natsource, "192.0.2.5");
	assert_addr(&r->natdestination, "203.0.113.8");
	assert_int_equal(r->natsourceport, 40001);
	assert_int_equal(r->natdestinationport, 8443);
	assert_int_equal(r->natevent, 1);
	assert_int_equal(r->bytes, 0);
	feed_prefixes(&b);
	deaf(h);
}

static void texts_of_variable_length(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	TEMPLATE_IPFIX(&b, 256, 8, 4, 1, 4, 371, 65535, 460, 65535, 461, 65535, 147, 65535, 89, 1, 133, 4, 129, 4, 70, 3, 71, 3);
	size_t set = open_set(&b, 256);
	for (uint32_t i = 1; i <= 2; i++) {
		U32(&b, 0x0a000000 + i, 100);
		short_text(&b, i == 1 ? "alice" : "");
		short_text(&b, "www.example.net");
		short_text(&b, "/index.html");
		short_text(&b, "guests");
		U8(&b, 64);
		U32(&b, 7, 64512);
		put_hex(&b, "000641 000c81");
	}
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, 2);
	assert_text(h, h->flows[0].usersource, "alice");
	assert_text(h, h->flows[1].usersource, "-"); /* nothing is left of the record before */
	assert_text(h, h->flows[1].urlhost, "www.example.net");
	assert_text(h, h->flows[1].url, "/index.html");
	assert_text(h, h->flows[1].ssid, "guests");
	assert_int_equal(h->flows[1].forwardingstatus, 64);
	assert_int_equal(h->flows[1].droppedframes, 7);
	assert_int_equal(h->flows[1].sourcepeeras, 64512);
	assert_int_equal(h->flows[1].mplslabel, 100);
	assert_int_equal(h->flows[1].mplsinner, 200);
	assert_int_equal(h->ntexts, 4);
	feed_prefixes(&b);
	deaf(h);
}

static void application_table(struct bytes *b, uint32_t id, const char *name)
{
	OPTIONS9(b, 260, 1, 1, 4, 95, 4, 96, 16);
	size_t set = open_set(b, 260);
	char filled[16] = { 0 };
	memcpy(filled, name, strlen(name));
	U32(b, 0, id);
	put(b, filled, sizeof(filled));
	close_set(b, set);
}

static void application_data(struct bytes *b, uint32_t id)
{
	TEMPLATE9(b, 256, 8, 4, 1, 4, 95, 4);
	size_t set = open_set(b, 256);
	U32(b, 0x0a000001, 100, id);
	close_set(b, set);
}

static void applications_have_the_names_that_options_told(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	v9(&b, 7);
	application_data(&b, 13u << 24 | 453);
	feed(h, &b);
	assert_text(h, last(h)->application, "13:453");
	v9(&b, 7);
	application_table(&b, 13u << 24 | 453, "skype");
	feed(h, &b);
	v9(&b, 7);
	application_data(&b, 13u << 24 | 453);
	feed(h, &b);
	assert_text(h, last(h)->application, "skype");
	v9(&b, 8); /* another domain has names of its own */
	application_data(&b, 13u << 24 | 453);
	feed(h, &b);
	assert_text(h, last(h)->application, "13:453");
	v9(&b, 7);
	application_table(&b, 13u << 24 | 453, "skype-call"); /* renamed */
	application_data(&b, 13u << 24 | 453);
	feed(h, &b);
	assert_text(h, last(h)->application, "skype-call");
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void names_of_applications_have_a_ceiling(void **state _unused_)
{
	struct heard *h = hear();
	static struct bytes b;
	for (uint32_t at = 0; at <= 16384; at += 2048) {
		ipfix(&b, 7);
		OPTIONS_IPFIX(&b, 260, 1, 95, 4, 96, 8);
		size_t set = open_set(&b, 260);
		for (uint32_t i = 0; i < (at == 16384 ? 1 : 2048); i++) {
			U32(&b, at + i);
			put(&b, "app\0\0\0\0\0", 8);
		}
		close_set(&b, set);
		end_ipfix(&b);
		feed(h, &b);
		assert_int_equal(rejects(h, NF_APPLICATIONS_FULL), at == 16384);
	}
	deaf(h);
}

/* ---- lists ------------------------------------------------------------------------------ */

static void templates_of_lists(struct bytes *b)
{
	ipfix(b, 0);
	TEMPLATE_IPFIX(b, 256, 8, 4, 12, 4, 323, 8, 292, 65535);   /* who to whom, and its flows */
	TEMPLATE_IPFIX(b, 257, 4, 1, 11, 2, 1, 4, 2, 4);           /* a flow */
	TEMPLATE_IPFIX(b, 258, 8, 4, 12, 4, 1, 4, 293, 65535);     /* a flow, and more of it */
	TEMPLATE_IPFIX(b, 259, 6, 2, 56, 6);                       /* flags and a MAC */
	TEMPLATE_IPFIX(b, 260, 8, 4, 1, 4, 291, 65535);            /* a flow, and a list of values */
	TEMPLATE_IPFIX(b, 261, 1, 4, 292, 65535);                  /* a list that may hold its own like */
}

static void outer(struct bytes *b)
{
	U32(b, 0x0a000001, 0x0a000002);
}

static void flows_inside_a_record_are_rows(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	templates_of_lists(&b);
	size_t set = open_set(&b, 256);
	outer(&b);
	U64(&b, (uint64_t)(EXPORTED - 60) * 1000);
	U8(&b, 3 + 2 * 11, 3);
	U16(&b, 257);
	for (uint32_t i = 1; i <= 2; i++) {
		U8(&b, 6);
		U16(&b, 440 + i);
		U32(&b, 1000 * i, i);
	}
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, 2);
	assert_int_equal(totals(h)->flow_records, 1);
	for (uint32_t i = 1; i <= 2; i++) {
		const struct flow_rec *r = &h->flows[i - 1];
		assert_addr(&r->ipsource, "10.0.0.1");
		assert_int_equal(r->destinationport, 440 + i);
		assert_int_equal(r->bytes, 1000 * i);
		assert_int_equal(r->time, (EXPORTED - 60) * USEC_PER_SEC);
	}
	assert_int_equal(totals(h)->bytes, 3000);
	feed_prefixes(&b);
	deaf(h);
}

static void what_is_told_of_the_same_flow_joins_its_row(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	templates_of_lists(&b);
	size_t set = open_set(&b, 258);
	outer(&b);
	U32(&b, 500);
	U8(&b, 1 + 12 + 4, 3);
	U16(&b, 259, 12, 0x12);
	put_hex(&b, "020000000011");
	U16(&b, 259, 4); /* and an empty one */
	outer(&b);
	U32(&b, 600);
	U8(&b, 1, 3);
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, 2);
	assert_int_equal(h->flows[0].bytes, 500);
	assert_int_equal(h->flows[0].tcpflags, 0x12);
	assert_int_equal(h->flows[0].macsource, 0x020000000011);
	assert_int_equal(h->flows[1].bytes, 600);
	assert_int_equal(h->flows[1].tcpflags, 0);
	feed_prefixes(&b);
	deaf(h);
}

/* A flow from 10.0.0.1 of 700 bytes with this list in it: what of it is in the row. */
static const struct flow_rec *with_values(struct heard *h, const char *hex)
{
	static struct bytes b;
	struct bytes list = { 0 };
	put_hex(&list, hex);
	templates_of_lists(&b);
	size_t set = open_set(&b, 260);
	U32(&b, 0x0a000001, 700);
	U8(&b, list.len);
	put(&b, list.data, list.len);
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	feed_prefixes(&b);
	assert_int_equal(last(h)->bytes, 700);
	assert_int_equal(last(h)->frames, 0);
	assert_addr(&last(h)->ipsource, "10.0.0.1");
	return last(h);
}

static void of_a_list_of_values_the_first_is_taken(void **state _unused_)
{
	struct heard *h = hear();
	assert_int_equal(with_values(h, "03 000b 0002 01bb 01bc")->destinationport, 443);
	assert_int_equal(with_values(h, "03 0008 0004 ffffffff")->destinationport, 0); /* the row has a source address */
	assert_text(h, with_values(h, "04 01cc ffff 07 612e74657374 00 07 622e74657374 00")->urlhost, "a.test");
	assert_text(h, with_values(h, "ff 80bb ffff 00008b30 06 632e74657374")->urlhost, "c.test"); /* of an enterprise */
	assert_int_equal(with_values(h, "03 013c ffff 06 000640 000c81")->mplsinner, 200);          /* a label stack */
	assert_text(h, with_values(h, "03 01e3 0004 fbf40064 fbf4029a")->communities, "64500:100 64500:666"); /* all */
	assert_int_equal(with_values(h, "00 000b 0002 01bb")->destinationport, 0);  /* none of these */
	assert_int_equal(with_values(h, "03 0002 0004 00000007")->frames, 0);       /* counts of nobody knows what */
	assert_int_equal(with_values(h, "03 000b 0000")->destinationport, 0);       /* values of no bytes, and none */
	assert_int_equal(with_values(h, "03 000b 0002")->destinationport, 0);
	assert_int_equal(with_values(h, "03 7fff 0003 010203")->destinationport, 0); /* an element nobody knows */
	assert_int_equal(all_rejects(h), 0);
	with_values(h, "03 000b 0002 01bb 01"); /* a value and a bit of one */
	assert_int_equal(rejects(h, NF_LIST_CUT), 1);
	with_values(h, "03 01cc ffff 0a 61");
	assert_int_equal(rejects(h, NF_LIST_CUT), 2);
	with_values(h, "03");
	assert_int_equal(rejects(h, NF_LIST_CUT), 3);
	deaf(h);
}

/* Records of a list that tell of the same flow in texts; a list of lists of values. */
static void texts_and_lists_inside_a_list_join_the_row(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	TEMPLATE_IPFIX(&b, 262, 8, 4, 1, 4, 293, 65535);
	TEMPLATE_IPFIX(&b, 263, 460, 65535, 461, 65535);
	size_t set = open_set(&b, 262);
	U32(&b, 0x0a000001, 700);
	U8(&b, 5 + 10, 3);
	U16(&b, 263, 14);
	short_text(&b, "d.test");
	short_text(&b, "/x");
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_text(h, last(h)->urlhost, "d.test");
	assert_text(h, last(h)->url, "/x");
	assert_int_equal(with_values(h, "03 0123 ffff 07 03 000b 0002 01bb")->destinationport, 443);
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void label_stacks_are_read_from_the_top(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	TEMPLATE_IPFIX(&b, 264, 8, 4, 1, 4, 316, 65535);
	size_t set = open_set(&b, 264);
	for (int i = 0; i < 2; i++) {
		U32(&b, 0x0a000001, 700);
		U8(&b, 9);
		put_hex(&b, i ? "000641 000c81 123456" : "000640 000c80 0012c1"); /* the first of the second is its last */
	}
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(h->nflows, 2);
	assert_int_equal(h->flows[0].mplslabel, 100);
	assert_int_equal(h->flows[0].mplsinner, 200);
	assert_int_equal(h->flows[1].mplslabel, 100);
	assert_int_equal(h->flows[1].mplsinner, 0);
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void lists_that_cannot_be_read_are_refused(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	templates_of_lists(&b);
	end_ipfix(&b);
	feed(h, &b);
	ipfix(&b, 0);
	store_be32(b.data + 8, 0);
	size_t set = open_set(&b, 258);
	outer(&b);
	U32(&b, 500);
	U8(&b, 5 + 1, 3);
	U16(&b, 999, 5); /* a template nobody told of */
	U8(&b, 0);
	close_set(&b, set);
	end_ipfix(&b);
	earns(h, &b, NF_LIST_TEMPLATE);
	assert_int_equal(last(h)->bytes, 500); /* the rest of the record stands */

	for (uint16_t len = 3; len <= 40; len += 37) { /* shorter than its head, longer than the list */
		ipfix(&b, 0);
		set = open_set(&b, 258);
		outer(&b);
		U32(&b, 501);
		U8(&b, 5, 3);
		U16(&b, 259, len);
		close_set(&b, set);
		end_ipfix(&b);
		earns(h, &b, NF_LIST_CUT);
	}
	ipfix(&b, 0);
	set = open_set(&b, 258);
	outer(&b);
	U32(&b, 502);
	U8(&b, 5 + 9, 3);
	U16(&b, 259, 4 + 9, 0x12); /* a record and a bit of one */
	put_hex(&b, "020000000011 07");
	close_set(&b, set);
	end_ipfix(&b);
	earns(h, &b, NF_LIST_CUT);
	deaf(h);
}

static void lists_inside_lists_have_a_ceiling(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	templates_of_lists(&b);
	size_t set = open_set(&b, 261);
	enum { DEEP = 5 };
	for (uint32_t i = 0; i < DEEP; i++) {
		U32(&b, 100 + i);
		U8(&b, (DEEP - 1 - i) * 8);
		if (i < DEEP - 1) {
			U8(&b, 3);
			U16(&b, 261);
		}
	}
	close_set(&b, set);
	end_ipfix(&b);
	earns(h, &b, NF_LIST_DEEP);
	assert_int_equal(h->nflows, 4);
	deaf(h);
}

/* ---- sampling ----------------------------------------------------------------------------- */

static void selectors_are_found_through_their_sequence(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	ipfix(&b, 0);
	OPTIONS_IPFIX(&b, 260, 1, 302, 4, 304, 2, 305, 4, 306, 4); /* a selector: 1 in 100 */
	OPTIONS_IPFIX(&b, 261, 1, 301, 4, 302, 4);                 /* sequence 9 is that selector */
	TEMPLATE_IPFIX(&b, 256, 8, 4, 1, 4, 301, 4);
	size_t set = open_set(&b, 260);
	U32(&b, 5);
	U16(&b, 1);
	U32(&b, 1, 99);
	close_set(&b, set);
	set = open_set(&b, 261);
	U32(&b, 9, 5);
	close_set(&b, set);
	set = open_set(&b, 256);
	U32(&b, 0x0a000001, 100, 9, 0x0a000001, 100, 8);
	close_set(&b, set);
	end_ipfix(&b);
	feed(h, &b);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->flows[0].samplingrate, 100);
	assert_int_equal(h->flows[1].samplingrate, 0);
	deaf(h);
}

struct seen {
	uint32_t rate;
	enum rate_from from;
};

static void see(void *arg, const struct wire_exporter *x)
{
	*(struct seen *)arg = (struct seen){ x->samplingrate, x->rate_from };
}

static void expect_exporter(const struct heard *h, uint32_t rate, enum rate_from from)
{
	struct seen s = { 0 };
	wire_exporters(h->w, see, &s);
	assert_int_equal(s.rate, rate);
	assert_int_equal(s.from, from);
}

static void a_configured_rate_is_for_who_tells_none(void **state _unused_)
{
	const struct addr exporter = addr_v4(EXPORTER);
	struct heard *h = hear();
	struct bytes b, told;
	v9(&b, 0);
	TEMPLATE9(&b, 256, 8, 4, 1, 4, 10, 4);
	size_t set = open_set(&b, 256);
	U32(&b, 0x0a000001, 100, 3, 0x0a000001, 100, 4);
	close_set(&b, set);
	feed(h, &b);
	assert_int_equal(h->flows[0].samplingrate, 0);
	expect_exporter(h, 0, RATE_UNKNOWN);

	assert_int_equal(wire_set_sampling(h->w, &exporter, 0, 1000), OK);
	assert_int_equal(wire_set_sampling(h->w, &exporter, 4, 50), OK);
	feed(h, &b);
	assert_int_equal(h->flows[2].samplingrate, 1000);
	assert_int_equal(h->flows[3].samplingrate, 50);
	expect_exporter(h, 50, RATE_CONFIGURED);

	v9(&told, 0);
	OPTIONS9(&told, 260, 1, 1, 4, 34, 4);
	set = open_set(&told, 260);
	U32(&told, 0, 512);
	close_set(&told, set);
	feed(h, &told); /* what the exporter tells wins */
	feed(h, &b);
	assert_int_equal(h->flows[4].samplingrate, 512);
	expect_exporter(h, 512, RATE_OPTIONS);
	deaf(h);

	h = hear();
	b = (struct bytes){ 0 };
	U16(&b, 5, 1);
	U32(&b, UPTIME, EXPORTED, 0, 1);
	U16(&b, 0, 0);
	U32(&b, 0x0a000001, 0x0a000002, 0, 3 << 16 | 4, 1, 100, UPTIME, UPTIME, 0, 0, 0, 0);
	assert_int_equal(wire_set_sampling(h->w, &exporter, 0, 256), OK);
	feed(h, &b);
	assert_int_equal(last(h)->samplingrate, 256);
	expect_exporter(h, 256, RATE_CONFIGURED);
	store_be16(b.data + 22, 1 << 14 | 64);
	feed(h, &b);
	assert_int_equal(last(h)->samplingrate, 64);
	expect_exporter(h, 64, RATE_HEADER);
	store_be16(b.data + 22, 0);
	assert_int_equal(wire_set_sampling(h->w, &exporter, 0, 0), OK);
	feed(h, &b);
	assert_int_equal(last(h)->samplingrate, 0);
	deaf(h);
}

UNIT_MAIN(cmocka_unit_test(translations_are_rows), cmocka_unit_test(texts_of_variable_length),
	  cmocka_unit_test(applications_have_the_names_that_options_told),
	  cmocka_unit_test(names_of_applications_have_a_ceiling), cmocka_unit_test(flows_inside_a_record_are_rows),
	  cmocka_unit_test(what_is_told_of_the_same_flow_joins_its_row),
	  cmocka_unit_test(of_a_list_of_values_the_first_is_taken),
	  cmocka_unit_test(texts_and_lists_inside_a_list_join_the_row), cmocka_unit_test(label_stacks_are_read_from_the_top), cmocka_unit_test(lists_that_cannot_be_read_are_refused),
	  cmocka_unit_test(lists_inside_lists_have_a_ceiling),
	  cmocka_unit_test(selectors_are_found_through_their_sequence),
	  cmocka_unit_test(a_configured_rate_is_for_who_tells_none))
