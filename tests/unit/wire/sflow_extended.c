/* What flow samples tell beside their packet, samples of operations, and discarded packets. */
#include "heard.h"

static const char frame_hex[] = "020000000002020000000001 0800 4500002800014000 4006 0000 0a000001 0a000002"
				"01bbc350 00000001 00000002 5012 0400 00000000";

static void begin(struct bytes *b, uint32_t samples)
{
	*b = (struct bytes){ 0 };
	U32(b, 5, 1, 0x0a00000a, 7, 99, 123456, samples);
}

static size_t begin_flow(struct bytes *b, uint32_t structures)
{
	U32(b, 1);
	size_t at = open_u32(b);
	U32(b, 1, 3, 512, 1000, 0, 3, 4, structures);
	return at;
}

static void raw_header(struct bytes *b)
{
	U32(b, 1);
	size_t at = open_u32(b);
	U32(b, 1, 70, 4);
	size_t header = open_u32(b);
	put_hex(b, frame_hex);
	close_u32(b, header);
	while (b->len % 4)
		U8(b, 0);
	close_u32(b, at);
}

static struct heard *heard_of(struct bytes *b, size_t sample)
{
	struct heard *h = hear();
	close_u32(b, sample);
	feed(h, b);
	assert_int_equal(all_rejects(h), 0);
	feed_prefixes(b);
	return h;
}

static void gateway(struct bytes *b)
{
	U32(b, 1003);
	size_t at = open_u32(b);
	U32(b, 1, 0x0a0000fe, 64500, 64511, 64512);
	U32(b, 2, 2, 3, 64500, 64501, 64502, 1, 2, 64510, 64513); /* a sequence and a set */
	U32(b, 2, 64500u << 16 | 100, 64500u << 16 | 666, 120);
	close_u32(b, at);
}

static void paths_and_communities_are_texts(void **state _unused_)
{
	struct bytes b;
	begin(&b, 1);
	size_t at = begin_flow(&b, 2);
	raw_header(&b);
	gateway(&b);
	struct heard *h = heard_of(&b, at);
	const struct flow_rec *r = h->flows;
	assert_int_equal(r->sourceas, 64511);
	assert_int_equal(r->destinationas, 64513);
	assert_int_equal(r->sourcepeeras, 64512);
	assert_addr(&r->nexthop, "10.0.0.254");
	assert_text(h, r->aspath, "64500 64501 64502 {64510,64513}");
	assert_text(h, r->communities, "64500:100 64500:666");
	assert_int_equal(h->ntexts, 2);
	feed(h, &b); /* the same again: the row has them, and within a minute they are not told again */
	assert_int_equal(h->flows[1].aspath, r->aspath);
	assert_int_equal(h->flows[1].communities, r->communities);
	assert_int_equal(h->ntexts, 2);
	h->from.received += USEC_PER_MIN;
	feed(h, &b);
	assert_int_equal(h->ntexts, 4);
	deaf(h);
}

static void a_path_that_is_too_long_is_cut(void **state _unused_)
{
	struct bytes b;
	begin(&b, 1);
	size_t at = begin_flow(&b, 2);
	raw_header(&b);
	U32(&b, 1003);
	size_t g = open_u32(&b);
	U32(&b, 1, 0x0a0000fe, 1, 2, 3, 1, 2, 100);
	for (uint32_t i = 0; i < 100; i++)
		U32(&b, 4200000000u + i);
	U32(&b, 0, 0);
	close_u32(&b, g);
	struct heard *h = heard_of(&b, at);
	assert_int_equal(h->flows[0].destinationas, 4200000099u);
	assert_int_equal(strlen(h->texts[0].text), 23 * 11 - 1); /* whole numbers only */
	deaf(h);
}

static void who_and_where_to(void **state _unused_)
{
	struct bytes b;
	begin(&b, 1);
	size_t at = begin_flow(&b, 9), s;
	raw_header(&b);
	U32(&b, 1004);
	s = open_u32(&b);
	U32(&b, 106);
	put_string(&b, "alice");
	U32(&b, 106);
	put_string(&b, "bob\x07");
	close_u32(&b, s);
	U32(&b, 1005);
	s = open_u32(&b);
	U32(&b, 1);
	put_string(&b, "/index.html?x=1");
	put_string(&b, "www.example.net");
	close_u32(&b, s);
	U32(&b, 1007, 16, 1, 0xc0000205, 1, 0xcb007107);
	U32(&b, 1020, 8, 40001, 443);
	U32(&b, 1014);
	s = open_u32(&b);
	put_string(&b, "guests");
	U32(&b, 0x02000000, 0x00110000, 1, 6, 0, 54000000, 1, 2, 3);
	close_u32(&b, s);
	U32(&b, 1037);
	s = open_u32(&b);
	U32(&b, 12);
	put_string(&b, "");
	U32(&b, 1);
	close_u32(&b, s);
	U32(&b, 1038);
	s = open_u32(&b);
	put_string(&b, "ip_forward");
	close_u32(&b, s);
	U32(&b, 2100, 20, 6, 0x0a000001, 0x0a000002, 443, 50000); /* a host agent's socket */
	struct heard *h = heard_of(&b, at);
	assert_int_equal(h->nflows, 1);
	assert_int_equal(h->nrows, 0);
	const struct flow_rec *r = h->flows;
	assert_text(h, r->usersource, "alice");
	assert_text(h, r->userdestination, "bob?");
	assert_text(h, r->url, "/index.html?x=1");
	assert_text(h, r->urlhost, "www.example.net");
	assert_addr(&r->natsource, "192.0.2.5");
	assert_addr(&r->natdestination, "203.0.113.7");
	assert_int_equal(r->natsourceport, 40001);
	assert_int_equal(r->natdestinationport, 443);
	assert_text(h, r->ssid, "guests");
	assert_int_equal(r->bssid, 0x020000000011);
	assert_text(h, r->acl, "12");
	assert_text(h, r->function, "ip_forward");
	deaf(h);
}

static void named_path(struct bytes *b, uint32_t format, const char *name, uint32_t number)
{
	U32(b, format);
	size_t s = open_u32(b);
	put_string(b, name);
	U32(b, number);
	if (format != 1010)
		U32(b, 5);
	close_u32(b, s);
}

/* The path of an MPLS packet: what is told first, by its name or else its number. */
static void paths_of_labels_have_names(void **state _unused_)
{
	struct bytes b;
	begin(&b, 4);
	size_t at = begin_flow(&b, 5);
	raw_header(&b);
	named_path(&b, 1008, "to-fra-1", 17);
	named_path(&b, 1009, "customer 4", 4);
	named_path(&b, 1010, "gold", 1);
	U32(&b, 1011, 4, 24);
	close_u32(&b, at);
	at = begin_flow(&b, 4);
	raw_header(&b);
	named_path(&b, 1009, "", 4711);
	U32(&b, 1002, 16, 1, 0x0a0000fe, 22, 20);
	U32(&b, 1011, 4, 24);
	close_u32(&b, at);
	at = begin_flow(&b, 2);
	raw_header(&b);
	named_path(&b, 1010, "gold", 1);
	close_u32(&b, at);
	at = begin_flow(&b, 2);
	raw_header(&b);
	named_path(&b, 1010, "", 1); /* a mask is no name */
	struct heard *h = heard_of(&b, at);
	assert_int_equal(h->nflows, 4);
	assert_text(h, h->flows[0].lsp, "to-fra-1");
	assert_int_equal(h->flows[0].destinationmask, 24);
	assert_text(h, h->flows[1].lsp, "4711");
	assert_int_equal(h->flows[1].destinationmask, 20); /* the router knows better */
	assert_text(h, h->flows[2].lsp, "gold");
	assert_text(h, h->flows[3].lsp, "-");
	deaf(h);
}

/* A header of 802.11 whose body was enciphered, and the body. */
static void a_deciphered_body_goes_on_where_the_header_ends(void **state _unused_)
{
	struct bytes b;
	begin(&b, 1);
	size_t at = begin_flow(&b, 2), s;
	U32(&b, 1, 40, 15, 1500, 4, 24);
	put_hex(&b, "0842 0000 020000000001 020000000002 020000000003 0010");
	U32(&b, 1013);
	s = open_u32(&b);
	U32(&b, 0x000fac04, 36);
	put_hex(&b, "aaaa03 000000 0800" "4500002800014000 4011 0000 0a000001 0a000002" "01bbc350 0000 0000");
	close_u32(&b, s);
	struct heard *h = heard_of(&b, at);
	const struct flow_rec *r = h->flows;
	assert_int_equal(r->macsource, 0x020000000003);
	assert_addr(&r->ipsource, "10.0.0.1");
	assert_int_equal(r->sourceport, 443);
	assert_int_equal(r->bytes, 1500);
	deaf(h);
}

static void aggregated_frames_are_one_sample(void **state _unused_)
{
	struct bytes b;
	begin(&b, 1);
	size_t at = begin_flow(&b, 1), s;
	U32(&b, 1016);
	s = open_u32(&b);
	U32(&b, 3, 2);
	raw_header(&b);
	U32(&b, 1020, 8, 40001, 443);
	U32(&b, 2);
	raw_header(&b);
	U32(&b, 1020, 8, 40002, 444); /* of the second: not the row's */
	U32(&b, 1, 1016, 8, 1, 0);    /* one inside another is not looked into */
	close_u32(&b, s);
	struct heard *h = heard_of(&b, at);
	assert_int_equal(h->nflows, 1);
	assert_int_equal(h->flows[0].bytes, 140);
	assert_int_equal(totals(h)->bytes, 140);
	assert_int_equal(h->flows[0].natsourceport, 40001);
	assert_addr(&h->flows[0].ipsource, "10.0.0.1");
	deaf(h);

	h = hear();
	begin(&b, 1);
	at = begin_flow(&b, 1);
	U32(&b, 1016, 8, 0xffffffff, 0); /* more frames than there are */
	close_u32(&b, at);
	feed(h, &b);
	assert_int_equal(rejects(h, SF_STRUCTURE_SHORT), 1);
	deaf(h);
}

/* The whole published list: a structure is decoded or known by name. */
static void published_structures_are_never_unknown(void **state _unused_)
{
	static const struct {
		uint32_t sample, first, last, enterprise;
	} published[] = {
		{ 1, 1, 4, 0 },       { 1, 1001, 1043, 0 }, { 1, 2000, 2003, 0 }, { 1, 2100, 2103, 0 }, { 1, 2200, 2210, 0 },
		{ 2, 1, 10, 0 },      { 2, 1001, 1005, 0 }, { 2, 2000, 2010, 0 }, { 2, 2100, 2106, 0 }, { 2, 2200, 2204, 0 },
		{ 2, 2206, 2207, 0 }, { 2, 3000, 3003, 0 }, { 2, 1, 3, 4413 },    { 2, 1, 1, 5703 },
	};
	for (size_t i = 0; i < COUNT_OF(published); i++) {
		for (uint32_t k = published[i].first; k <= published[i].last; k++) {
			struct heard *h = hear();
			struct bytes b;
			begin(&b, 1);
			U32(&b, published[i].sample);
			size_t at = open_u32(&b);
			if (published[i].sample == 1)
				U32(&b, 1, 3, 512, 1000, 0, 3, 4);
			else
				U32(&b, 1, 3);
			U32(&b, 1, published[i].enterprise << 12 | k, 128);
			for (int n = 0; n < 32; n++)
				U32(&b, 0);
			close_u32(&b, at);
			feed(h, &b);
			assert_int_equal(totals(h)->skipped[SKIPPED_unknown], 0);
			deaf(h);
		}
	}
}

static void what_is_stepped_over_is_counted_by_name(void **state _unused_)
{
	struct bytes b;
	begin(&b, 2);
	size_t at = begin_flow(&b, 3);
	raw_header(&b);
	U32(&b, 2209, 4, 1);
	U32(&b, 9 << 12 | 1, 4, 1); /* of a vendor */
	close_u32(&b, at);
	U32(&b, 4300 << 12 | 1002);
	at = open_u32(&b);
	U32(&b, 1, 2);
	struct heard *h = heard_of(&b, at);
	assert_int_equal(h->nflows, 1);
	assert_int_equal(totals(h)->structures_skipped, 2);
	assert_int_equal(totals(h)->skipped[SKIPPED_extended_tcp_info], 1);
	assert_int_equal(totals(h)->skipped[SKIPPED_unknown], 1);
	assert_int_equal(totals(h)->skipped[SKIPPED_rtmetric], 1);
	assert_string_equal(skipped_name(SKIPPED_extended_tcp_info), "extended_tcp_info");
	deaf(h);
}

static void what_one_sample_told_is_not_the_next_ones(void **state _unused_)
{
	struct bytes b;
	begin(&b, 2);
	size_t at = begin_flow(&b, 2);
	raw_header(&b);
	U32(&b, 1007, 16, 1, 0xc0000205, 1, 0xcb007107);
	close_u32(&b, at);
	at = begin_flow(&b, 1);
	raw_header(&b);
	struct heard *h = heard_of(&b, at);
	assert_int_equal(h->nflows, 2);
	assert_false(addr_is_none(&h->flows[0].natsource));
	assert_true(addr_is_none(&h->flows[1].natsource));
	deaf(h);
}

/* ---- operations ------------------------------------------------------------------------- */

static void an_operation_is_a_row(void **state _unused_)
{
	struct bytes b;
	begin(&b, 1);
	size_t at = begin_flow(&b, 5), s;
	U32(&b, 2202);
	s = open_u32(&b);
	put_string(&b, "shop");
	put_string(&b, "cart.add");
	put_string(&b, "item=7");
	put_string(&b, "no stock");
	U64(&b, 300, 4000);
	U32(&b, 1500, 8);
	close_u32(&b, s);
	U32(&b, 2203);
	s = open_u32(&b);
	put_string(&b, "web");
	put_string(&b, "page");
	put_string(&b, "");
	close_u32(&b, s);
	U32(&b, 2204);
	s = open_u32(&b);
	put_string(&b, "alice");
	close_u32(&b, s);
	U32(&b, 2205);
	s = open_u32(&b);
	put_string(&b, "db1");
	close_u32(&b, s);
	U32(&b, 2100, 20, 6, 0x0a000001, 0x0a000002, 443, 50000);
	struct heard *h = heard_of(&b, at);
	assert_int_equal(h->nflows, 0);
	const struct application_rec *r = &row_of(h, TABLE_APPLICATION)->application;
	assert_int_equal(r->op_type, 1);
	assert_text(h, r->app_name, "shop");
	assert_text(h, r->app_operation, "cart.add");
	assert_text(h, r->app_attributes, "item=7");
	assert_text(h, r->app_error, "no stock");
	assert_int_equal(r->app_status, 8);
	assert_text(h, r->app_ctxt_name, "web");
	assert_text(h, r->app_ctxt_attributes, "-");
	assert_text(h, r->app_initiator, "alice");
	assert_text(h, r->app_target, "db1");
	assert_addr(&r->ipserver, "10.0.0.1");
	assert_addr(&r->ipclient, "10.0.0.2");
	assert_int_equal(r->serverport, 443);
	assert_int_equal(r->clientport, 50000);
	assert_int_equal(r->protocol, 6);
	assert_int_equal(r->samplingrate, 512);
	assert_int_equal(r->op_count, 1);
	assert_int_equal(r->op_duration, 1500);
	assert_int_equal(r->op_bytes, 4300);
	assert_int_equal(totals(h)->flow_samples, 1);
	assert_int_equal(totals(h)->bytes, 0);
	deaf(h);
}

static void requests_are_rows(void **state _unused_)
{
	struct bytes b;
	begin(&b, 3);
	size_t at = begin_flow(&b, 3), s;
	U32(&b, 2206);
	s = open_u32(&b);
	U32(&b, 2, 1001);
	put_string(&b, "/a");
	put_string(&b, "www.example.net");
	put_string(&b, "http://example.org/");
	put_string(&b, "Mozilla/5.0");
	put_string(&b, "192.0.2.9");
	put_string(&b, "bob");
	put_string(&b, "text/html");
	U64(&b, 200, 5000);
	U32(&b, 900, 200);
	close_u32(&b, s);
	U32(&b, 2207);
	s = open_u32(&b);
	put_string(&b, "/b");
	put_string(&b, "back.example.net");
	close_u32(&b, s);
	U32(&b, 2101, 44, 6, 0x20010db8, 0, 0, 1, 0x20010db8, 0, 0, 2, 80, 51000);
	close_u32(&b, at);
	at = begin_flow(&b, 1);
	U32(&b, 2200);
	s = open_u32(&b);
	U32(&b, 1, 8);
	put_string(&b, "user:7");
	U32(&b, 1, 512, 40, 1);
	close_u32(&b, s);
	close_u32(&b, at);
	at = begin_flow(&b, 1);
	U32(&b, 2201);
	s = open_u32(&b);
	U32(&b, 4, 1000);
	put_string(&b, "/old");
	put_string(&b, "h");
	put_string(&b, "");
	put_string(&b, "");
	put_string(&b, "carol");
	put_string(&b, "text/plain");
	U64(&b, 777);
	U32(&b, 5, 404);
	close_u32(&b, s);
	struct heard *h = heard_of(&b, at);
	assert_int_equal(h->nrows, 3);
	const struct application_rec *r = &h->rows[0].application;
	assert_int_equal(r->op_type, 2);
	assert_int_equal(r->httpmethod, 2);
	assert_int_equal(r->httpprotocol, 1001);
	assert_text(h, r->httpurl, "/a");
	assert_text(h, r->httphost, "www.example.net");
	assert_text(h, r->httpxff, "192.0.2.9");
	assert_text(h, r->httpauthuser, "bob");
	assert_text(h, r->httpmimetype, "text/html");
	assert_int_equal(r->httpstatus, 200);
	assert_int_equal(r->op_reqbytes, 200);
	assert_int_equal(r->op_respbytes, 5000);
	assert_text(h, r->proxyhost, "back.example.net");
	assert_addr(&r->ipserver, "2001:db8::1");
	r = &h->rows[1].application;
	assert_int_equal(r->op_type, 3);
	assert_text(h, r->memcachekey, "user:7");
	assert_int_equal(r->memcachecommand, 8);
	assert_int_equal(r->op_bytes, 512);
	assert_text(h, r->httpurl, "-"); /* nothing of the sample before */
	r = &h->rows[2].application;
	assert_text(h, r->httpauthuser, "carol");
	assert_int_equal(r->op_bytes, 777);
	assert_int_equal(r->httpstatus, 404);
	deaf(h);
}

/* ---- discarded packets ---------------------------------------------------------------------- */

static void a_discarded_packet_is_a_row(void **state _unused_)
{
	struct bytes b;
	begin(&b, 1);
	U32(&b, 5);
	size_t at = open_u32(&b), s;
	U32(&b, 1, 0, 5, 10, 3, 4, 265, 4);
	raw_header(&b);
	U32(&b, 1036, 4, 2);
	U32(&b, 1038);
	s = open_u32(&b);
	put_string(&b, "fn");
	close_u32(&b, s);
	U32(&b, 1041);
	s = open_u32(&b);
	put_string(&b, "l2_drops");
	put_string(&b, "ingress_vlan_filter");
	close_u32(&b, s);
	struct heard *h = heard_of(&b, at);
	assert_int_equal(h->nflows, 0);
	const struct drops_rec *r = &row_of(h, TABLE_DROPS)->drops;
	assert_text(h, r->reason, "ingress_vlan_filter");
	assert_int_equal(r->datasource, 5);
	assert_int_equal(r->inputinterface, 3);
	assert_int_equal(r->outputinterface, 4);
	assert_addr(&r->ipsource, "10.0.0.1");
	assert_addr(&r->ipdestination, "10.0.0.2");
	assert_int_equal(r->macsource, 0x020000000001);
	assert_int_equal(r->protocol, 6);
	assert_int_equal(r->sourceport, 443);
	assert_int_equal(r->bytes, 70);
	assert_int_equal(r->frames, 1);
	assert_int_equal(r->egressqueue, 2);
	assert_text(h, r->function, "fn");
	assert_text(h, r->trap, "l2_drops/ingress_vlan_filter");
	assert_int_equal(totals(h)->bytes + totals(h)->estimated_bytes, 0); /* it is no traffic */
	deaf(h);
}

static void a_reason_nobody_knows_has_its_number(void **state _unused_)
{
	struct bytes b;
	begin(&b, 1);
	U32(&b, 5);
	size_t at = open_u32(&b);
	U32(&b, 1, 0, 5, 10, 3, 4, 4711, 1, 1042);
	size_t s = open_u32(&b);
	put_string(&b, "NEIGH_FAILED");
	close_u32(&b, s);
	struct heard *h = heard_of(&b, at);
	assert_text(h, row_of(h, TABLE_DROPS)->drops.reason, "reason_4711");
	assert_text(h, row_of(h, TABLE_DROPS)->drops.trap, "NEIGH_FAILED");
	deaf(h);
}

static void structures_that_end_too_soon_are_refused(void **state _unused_)
{
	static const uint32_t formats[] = { 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015, 1016, 1020, 1029, 1036, 1037, 1038, 1039,
					    1040, 2100, 2101, 2200, 2201, 2202, 2203, 2204, 2205, 2206, 2207 };
	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		struct heard *h = hear();
		struct bytes b;
		begin(&b, 1);
		size_t at = begin_flow(&b, 1);
		U32(&b, formats[i], 3);
		U8(&b, 0, 0, 0);
		close_u32(&b, at);
		feed(h, &b);
		assert_int_equal(rejects(h, SF_STRUCTURE_SHORT), 1);
		deaf(h);
	}
}

UNIT_MAIN(cmocka_unit_test(paths_and_communities_are_texts), cmocka_unit_test(a_path_that_is_too_long_is_cut),
	  cmocka_unit_test(who_and_where_to), cmocka_unit_test(what_one_sample_told_is_not_the_next_ones),
	  cmocka_unit_test(paths_of_labels_have_names), cmocka_unit_test(a_deciphered_body_goes_on_where_the_header_ends),
	  cmocka_unit_test(aggregated_frames_are_one_sample), cmocka_unit_test(published_structures_are_never_unknown),
	  cmocka_unit_test(what_is_stepped_over_is_counted_by_name), cmocka_unit_test(an_operation_is_a_row), cmocka_unit_test(requests_are_rows),
	  cmocka_unit_test(a_discarded_packet_is_a_row), cmocka_unit_test(a_reason_nobody_knows_has_its_number),
	  cmocka_unit_test(structures_that_end_too_soon_are_refused))
