/* sFlow v5: what each sample and structure becomes, and what is refused. */
#include "heard.h"

enum { FLOW = 1, COUNTERS = 2, FLOW_X = 3, COUNTERS_X = 4, DROP = 5 };

static const char frame_hex[] = "0200000000020200000000018100a064" /* priority 5, VLAN 100 */
				"0800" "4510003400014000 4006 0000 0a000001 0a000002"
				"01bbc350 00000001 00000002 5012 0400 00000000";

static void begin(struct bytes *b, uint32_t samples)
{
	*b = (struct bytes){ 0 };
	U32(b, 5, 1, 0x0a00000a, 7, 99, 123456, samples); /* agent 10.0.0.10, sub-agent 7 */
}

static size_t begin_flow(struct bytes *b, uint32_t structures)
{
	U32(b, FLOW);
	size_t at = open_u32(b);
	U32(b, 1, 3, 512, 1000, 0, 3, 4, structures); /* data source ifIndex 3, rate 512 */
	return at;
}

static void raw_header(struct bytes *b, uint32_t protocol, uint32_t frame_length, const char *hex)
{
	U32(b, 1);
	size_t at = open_u32(b);
	U32(b, protocol, frame_length, 4);
	size_t header = open_u32(b);
	put_hex(b, hex);
	close_u32(b, header);
	while (b->len % 4)
		U8(b, 0);
	close_u32(b, at);
}

static void sampled_ipv4(struct bytes *b)
{
	U32(b, 3, 32, 1480, 6, 0x0a010101, 0x0a010102, 443, 50001, 0x12, 8);
}

static void sampled_ethernet(struct bytes *b)
{
	U32(b, 2, 24, 1500);
	U16(b, 0x0200, 0, 0x11, 0, 0x0200, 0, 0x22, 0);
	U32(b, 0x0800);
}

static void raw_header_becomes_a_row(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	begin(&b, 1);
	size_t sample = begin_flow(&b, 1);
	raw_header(&b, 1, 70, frame_hex);
	close_u32(&b, sample);
	feed(h, &b);

	assert_int_equal(h->nflows, 1);
	const struct flow_rec *r = &h->flows[0];
	assert_int_equal(r->time, RECEIVED - RECEIVED % 1000);
	assert_addr(&r->agent, "10.0.0.10");
	assert_int_equal(r->domain, 7);
	assert_int_equal(r->datasource, 3);
	assert_int_equal(r->exporttype, EXPORT_SFLOW);
	assert_int_equal(r->inputinterface, 3);
	assert_int_equal(r->outputinterface, 4);
	assert_int_equal(r->samplingrate, 512);
	assert_int_equal(r->bytes, 70);
	assert_int_equal(r->frames, 1);
	assert_addr(&r->ipsource, "10.0.0.1");
	assert_int_equal(r->sourceport, 443);
	assert_int_equal(r->vlansource, 100);
	assert_int_equal(r->priority, 5);
	const struct wire_totals *t = totals(h);
	assert_int_equal(t->datagrams, 1);
	assert_int_equal(t->flow_samples, 1);
	assert_int_equal(t->bytes, 70);
	assert_int_equal(t->estimated_bytes, 70 * 512);
	assert_int_equal(t->frames, 1);
	assert_int_equal(t->estimated_frames, 512);
	assert_int_equal(t->bytes_by[EXPORT_SFLOW], 70);
	assert_int_equal(all_rejects(h), 0);
	feed_prefixes(&b);
	deaf(h);
}

static void header_wins_over_structures_of_the_same_packet(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	begin(&b, 1);
	size_t sample = begin_flow(&b, 3);
	sampled_ethernet(&b);
	sampled_ipv4(&b);
	raw_header(&b, 1, 70, frame_hex);
	close_u32(&b, sample);
	feed(h, &b);
	assert_int_equal(h->nflows, 1);
	assert_int_equal(h->flows[0].bytes, 70);
	assert_addr(&h->flows[0].ipsource, "10.0.0.1");
	feed_prefixes(&b);
	deaf(h);
}

static void structures_alone_make_a_row(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	begin(&b, 3);
	size_t sample = begin_flow(&b, 1);
	sampled_ipv4(&b);
	close_u32(&b, sample);
	sample = begin_flow(&b, 2);
	sampled_ipv4(&b);
	sampled_ethernet(&b);
	close_u32(&b, sample);
	sample = begin_flow(&b, 1);
	U32(&b, 4, 56, 1280, 58);
	put_hex(&b, "20010db8000000000000000000000001 20010db8000000000000000000000002");
	U32(&b, 128, 0, 0, 32);
	close_u32(&b, sample);
	feed(h, &b);

	assert_int_equal(h->nflows, 3);
	const struct flow_rec *r = h->flows;
	assert_int_equal(r[0].bytes, 1480);
	assert_int_equal(r[0].frames, 1);
	assert_addr(&r[0].ipdestination, "10.1.1.2");
	assert_int_equal(r[0].destinationport, 50001);
	assert_int_equal(r[0].tcpflags, 0x12);
	assert_int_equal(r[0].tos, 8);
	assert_int_equal(r[1].bytes, 1500);
	assert_int_equal(r[1].macsource, 0x020000000011);
	assert_int_equal(r[1].macdestination, 0x020000000022);
	assert_int_equal(r[1].ethertype, 0x0800);
	assert_addr(&r[1].ipsource, "10.1.1.1");
	assert_addr(&r[2].ipsource, "2001:db8::1");
	assert_int_equal(r[2].icmptype, 128 << 8);
	assert_int_equal(r[2].sourceport, 0);
	assert_int_equal(r[2].tos, 32);
	assert_int_equal(totals(h)->bytes, 0); /* frame lengths only, as documented */
	assert_int_equal(totals(h)->bytes_by[EXPORT_SFLOW], 1480 + 1500 + 1280);
	feed_prefixes(&b);
	deaf(h);
}

static void extended_structures_fill_the_row(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	begin(&b, 2);
	size_t sample = begin_flow(&b, 4);
	U32(&b, 1001, 16, 200, 3, 300, 4);
	U32(&b, 1002, 16, 1, 0x0a0000fe, 24, 16);
	U32(&b, 1003);
	size_t gateway = open_u32(&b);
	U32(&b, 1, 0x0a0000fd, 64500, 64501, 64502);
	U32(&b, 2, 1, 1, 9, 2, 2, 64503, 64504); /* a set and a sequence */
	U32(&b, 0, 100); /* communities, local preference */
	close_u32(&b, gateway);
	raw_header(&b, 1, 70, frame_hex);
	close_u32(&b, sample);
	sample = begin_flow(&b, 2);
	raw_header(&b, 1, 70, frame_hex);
	U32(&b, 1003, 28 + 16, 2, 0x20010db8, 0, 0, 5, 64500, 0, 0, 0, 0, 0);
	close_u32(&b, sample);
	feed(h, &b);

	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, 2);
	const struct flow_rec *r = h->flows;
	assert_int_equal(r[0].vlansource, 200); /* the switch's word beats the tag */
	assert_int_equal(r[0].vlandestination, 300);
	assert_int_equal(r[0].priority, 5);
	assert_addr(&r[0].nexthop, "10.0.0.254");
	assert_int_equal(r[0].sourcemask, 24);
	assert_int_equal(r[0].destinationmask, 16);
	assert_int_equal(r[0].sourceas, 64501);
	assert_int_equal(r[0].destinationas, 64504);
	assert_addr(&r[1].nexthop, "2001:db8::5"); /* no router told a nearer one */
	assert_int_equal(r[1].vlansource, 100);
	assert_int_equal(r[1].destinationas, 0);
	feed_prefixes(&b);
	deaf(h);
}

static void expanded_flow(struct bytes *b, uint32_t in_form, uint32_t in, uint32_t out_form, uint32_t out)
{
	U32(b, FLOW_X);
	size_t at = open_u32(b);
	U32(b, 1, 2, 70000, 100, 1000, 0, in_form, in, out_form, out, 1);
	raw_header(b, 1, 70, frame_hex);
	close_u32(b, at);
}

static void interfaces_keep_their_special_forms(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	begin(&b, 3);
	expanded_flow(&b, 0, 3, 1, 256);
	expanded_flow(&b, 0, 0x3fffffff, 2, 17);
	expanded_flow(&b, 0, 0x4ca40191, 0, 0);
	feed(h, &b);
	assert_int_equal(h->nflows, 3);
	const struct flow_rec *r = h->flows;
	assert_int_equal(r[0].datasource, 2u << 24 | 70000);
	assert_int_equal(r[0].inputinterface, 3);
	assert_int_equal(r[0].outputinterface, IFINDEX_DISCARD | 256);
	assert_int_equal(r[1].inputinterface, IFINDEX_LOCAL);
	assert_int_equal(r[1].outputinterface, IFINDEX_MULTIPLE | 17);
	assert_int_equal(r[2].inputinterface, 0x4ca40191); /* large, but no special form */
	assert_int_equal(r[2].outputinterface, IFINDEX_NONE);
	feed_prefixes(&b);

	begin(&b, 1);
	expanded_flow(&b, 0, 0x40000100, 0, 4);
	earns(h, &b, SF_INTERFACE_FORM);
	begin(&b, 1);
	expanded_flow(&b, 0, 1, 3, 4);
	earns(h, &b, SF_INTERFACE_FORM);
	assert_int_equal(h->flows[3].inputinterface, IFINDEX_NONE);
	deaf(h);
}

static void generic_interface(struct bytes *b, uint32_t ifindex)
{
	U32(b, 1, 88, ifindex, 6);
	U64(b, 10000000000);
	U32(b, 1, 3);
	U64(b, 0x100000001);
	U32(b, 11, 12, 13, 14, 15, 0xffffffff);
	U64(b, 0x200000002);
	U32(b, 21, 22, 23, 24, 25, 0);
}

static void counter_samples_become_counter_rows(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	begin(&b, 2);
	U32(&b, COUNTERS);
	size_t at = open_u32(&b);
	U32(&b, 1, 5, 3);
	generic_interface(&b, 5);
	U32(&b, 2, 52);
	for (uint32_t i = 0; i < 13; i++)
		U32(&b, i);
	U32(&b, 1005, 12, 5);
	put(&b, "eth\x01\xff\0\0", 8);
	close_u32(&b, at);
	U32(&b, COUNTERS_X);
	at = open_u32(&b);
	U32(&b, 1, 0, 0x5000001, 2, 1005, 8, 4);
	put(&b, "vnet", 4);
	U32(&b, 2777, 0);
	close_u32(&b, at);
	feed(h, &b);

	assert_int_equal(h->ncounters, 1);
	const struct ifcounters_rec *r = &h->counters[0];
	assert_addr(&r->agent, "10.0.0.10");
	assert_int_equal(r->interface, 5);
	assert_int_equal(r->iftype, 6);
	assert_int_equal(r->ifspeed, 10000000000);
	assert_int_equal(r->ifdirection, 1);
	assert_int_equal(r->ifstatus, 3);
	assert_int_equal(r->countersource, COUNTERS_SFLOW);
	assert_int_equal(r->uptime, 123456);
	assert_int_equal(r->ifinoctets, 0x100000001);
	assert_int_equal(r->ifinucastpkts, 11);
	assert_int_equal(r->ifinerrors, 15);
	assert_int_equal(r->ifinunknownprotos, 0); /* all ones: the agent has no such counter */
	assert_int_equal(r->ifoutoctets, 0x200000002);
	assert_int_equal(r->ifouterrors, 25);

	assert_int_equal(h->nnames, 2);
	assert_int_equal(h->names[0].ifindex, 5);
	assert_int_equal(h->names[0].speed, 10000000000);
	assert_string_equal(h->names[0].name, "eth??");
	assert_int_equal(h->names[1].ifindex, 0x5000001); /* the data source */
	assert_string_equal(h->names[1].name, "vnet");
	assert_int_equal(totals(h)->counter_samples, 2);
	assert_int_equal(totals(h)->counter_rows, 1);
	assert_int_equal(totals(h)->structures_skipped, 1);
	assert_int_equal(all_rejects(h), 0);
	feed_prefixes(&b);
	deaf(h);
}

static void counters_that_an_agent_does_not_have(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	begin(&b, 1);
	U32(&b, COUNTERS);
	size_t at = open_u32(&b);
	U32(&b, 1, 5, 1);
	U32(&b, 1, 88, 5, 6);
	for (int i = 0; i < 20; i++)
		U32(&b, 0xffffffff);
	close_u32(&b, at);
	feed(h, &b);
	assert_int_equal(h->ncounters, 1);
	assert_int_equal(h->counters[0].ifinoctets, 0);
	assert_int_equal(h->counters[0].ifoutoctets, 0);
	assert_int_equal(h->counters[0].ifouterrors, 0);
	deaf(h);
}

static void names_without_text_or_interface_are_refused(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	begin(&b, 1);
	U32(&b, COUNTERS, 24, 1, 5, 1, 1005, 4, 0);
	earns(h, &b, SF_NAME_EMPTY);
	begin(&b, 1);
	U32(&b, COUNTERS, 28, 1, 2u << 24 | 5, 1, 1005, 8, 4); /* data source of class 2: no interface */
	put(&b, "vnet", 4);
	earns(h, &b, SF_NAME_EMPTY);
	begin(&b, 1);
	U32(&b, COUNTERS, 28, 1, 5, 1, 1005, 8, 4, 0x20200000); /* blanks and zeros */
	earns(h, &b, SF_NAME_EMPTY);
	assert_int_equal(h->nnames, 0);
	deaf(h);
}

static void structures_of_labels_tags_tunnels_and_queues(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	begin(&b, 2);
	size_t sample = begin_flow(&b, 9);
	raw_header(&b, 1, 70, frame_hex);
	U32(&b, 1006, 28, 1, 0x0a0000fc, 2, 100 << 12, 200 << 12 | 0x100, 1, 300 << 12);
	U32(&b, 1012, 8, 1, 0x88a8e00a); /* priority 7, VLAN 10, around the 100 of the frame */
	U32(&b, 1030, 4, 4242);
	U32(&b, 1036, 4, 3);
	U32(&b, 1039, 4, 900);
	U32(&b, 1040, 4, 65000);
	U32(&b, 1004, 16, 106, 0, 106, 0);                                        /* a user without names */
	U32(&b, 1024, 32, 1480, 17, 0x0a090901, 0x0a090902, 50000, 4789, 0, 0);   /* the tunnel's own header */
	close_u32(&b, sample);
	sample = begin_flow(&b, 2);
	sampled_ipv4(&b);
	U32(&b, 1012, 12, 2, 0x88a8000a, 0x8100000b);
	close_u32(&b, sample);
	feed(h, &b);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(totals(h)->structures_skipped, 1);
	assert_int_equal(h->ntexts, 0);
	const struct flow_rec *r = h->flows;
	assert_int_equal(r->mplslabel, 100);
	assert_int_equal(r->mplsinner, 200);
	assert_addr(&r->nexthop, "10.0.0.252");
	assert_int_equal(r->vlansource, 10);
	assert_int_equal(r->vlaninner, 100);
	assert_int_equal(r->priority, 7);
	assert_int_equal(r->vni, 4242);
	assert_int_equal(r->egressqueue, 3);
	assert_int_equal(r->transitdelay, 900);
	assert_int_equal(r->queuedepth, 65000);
	assert_addr(&r->ipsource, "10.0.0.1");
	assert_int_equal(r->bytes, 70);
	assert_int_equal(r[1].vlansource, 10);
	assert_int_equal(r[1].vlaninner, 11);
	feed_prefixes(&b);
	deaf(h);
}

static void drop_samples_are_counted(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	begin(&b, 1);
	U32(&b, DROP, 32, 1, 0, 5, 10, 3, 4, 256, 0);
	feed(h, &b);
	assert_int_equal(totals(h)->drop_samples, 1);
	assert_int_equal(h->nflows, 0);
	assert_int_equal(h->nrows, 1);
	assert_int_equal(h->row_of[0], TABLE_DROPS);
	assert_text(h, h->rows[0].drops.reason, "unknown");
	assert_int_equal(h->rows[0].drops.missed, 0); /* how many before the first, nobody knows */
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(totals(h)->bytes + totals(h)->frames, 0); /* what was dropped is no traffic */
	feed_prefixes(&b);
	begin(&b, 1);
	store_be32(b.data + 16, 100);
	U32(&b, DROP, 32, 3, 0, 5, 14, 3, 4, 256, 0);
	feed(h, &b);
	assert_int_equal(totals(h)->records_lost, 1);
	assert_int_equal(totals(h)->samples_dropped, 4);
	assert_int_equal(h->rows[1].drops.missed, 4);
	begin(&b, 1);
	store_be32(b.data + 16, 101);
	U32(&b, DROP, 28, 4, 0, 5, 14, 3, 4, 256);
	earns(h, &b, SF_SAMPLE_SHORT);
	deaf(h);
}

static void agent_without_an_address_is_the_sender(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b = { 0 };
	U32(&b, 5, 0, 7, 99, 123456, 1);
	size_t sample = begin_flow(&b, 1);
	sampled_ipv4(&b);
	close_u32(&b, sample);
	feed(h, &b);
	begin(&b, 1);
	store_be32(b.data + 8, 0);
	sample = begin_flow(&b, 1);
	sampled_ipv4(&b);
	close_u32(&b, sample);
	feed(h, &b);
	assert_int_equal(h->nflows, 2);
	assert_addr(&h->flows[0].agent, "192.0.2.1");
	assert_addr(&h->flows[1].agent, "192.0.2.1");
	deaf(h);
}

static void agents_have_ipv6_addresses_too(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b = { 0 };
	U32(&b, 5, 2, 0x20010db8, 0, 0, 0, 7, 99, 123456, 1);
	size_t sample = begin_flow(&b, 1);
	sampled_ipv4(&b);
	close_u32(&b, sample);
	feed(h, &b);
	assert_int_equal(h->nflows, 1);
	assert_addr(&h->flows[0].agent, "2001:db8::");
	feed_prefixes(&b);
	deaf(h);
}

static void what_is_refused(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;

	begin(&b, 1); /* a sample is announced, none is there */
	earns(h, &b, SF_DATAGRAM_SHORT);
	begin(&b, 1);
	U32(&b, FLOW, 100, 1);
	earns(h, &b, SF_DATAGRAM_SHORT);
	begin(&b, 0xffffffff); /* as many samples as a number can say */
	U32(&b, DROP, 32, 1, 0, 5, 10, 3, 4, 256, 0);
	earns(h, &b, SF_DATAGRAM_SHORT);
	begin(&b, 0);
	store_be32(b.data + 4, 3);
	earns(h, &b, SF_AGENT_TYPE);
	begin(&b, 0);
	U8(&b, 0);
	earns(h, &b, SF_TRAILING);
	begin(&b, 1);
	U32(&b, 4096 | 1, 0);
	earns(h, &b, SF_SAMPLE_UNKNOWN);
	begin(&b, 1);
	U32(&b, FLOW, 4, 1);
	earns(h, &b, SF_SAMPLE_SHORT);
	begin(&b, 1);
	U32(&b, COUNTERS, 4, 1);
	earns(h, &b, SF_SAMPLE_SHORT);

	begin(&b, 1);
	size_t sample = begin_flow(&b, 2); /* the second structure is missing, the first counts */
	sampled_ipv4(&b);
	close_u32(&b, sample);
	earns(h, &b, SF_SAMPLE_SHORT);
	assert_int_equal(h->nflows, 1);

	begin(&b, 1);
	sample = begin_flow(&b, 1);
	sampled_ipv4(&b);
	U32(&b, 0);
	close_u32(&b, sample);
	earns(h, &b, SF_SAMPLE_TRAILING);
	assert_int_equal(h->nflows, 2);

	begin(&b, 1);
	sample = begin_flow(&b, 2);
	U32(&b, 1, 16, 1, 70, 4, 64); /* a header longer than its structure */
	sampled_ipv4(&b);
	close_u32(&b, sample);
	earns(h, &b, SF_STRUCTURE_SHORT);
	assert_int_equal(h->nflows, 3);

	begin(&b, 1);
	sample = begin_flow(&b, 2);
	raw_header(&b, 1, 70, frame_hex);
	raw_header(&b, 1, 80, frame_hex);
	close_u32(&b, sample);
	earns(h, &b, SF_STRUCTURE_TWICE);
	assert_int_equal(h->nflows, 4);
	assert_int_equal(h->flows[3].bytes, 70);

	begin(&b, 1);
	sample = begin_flow(&b, 1);
	U32(&b, 1001, 16, 1, 0, 2, 0);
	close_u32(&b, sample);
	earns(h, &b, SF_NO_PACKET);
	assert_int_equal(h->nflows, 4);
	deaf(h);
}

static void every_short_structure_is_refused(void **state _unused_)
{
	static const struct {
		uint32_t kind, format, len;
	} cases[] = {
		{ FLOW, 1, 12 },   { FLOW, 2, 20 },    { FLOW, 3, 28 },     { FLOW, 4, 52 },     { FLOW, 1001, 12 },
		{ FLOW, 1002, 8 }, { FLOW, 1003, 16 }, { FLOW, 1006, 8 },   { FLOW, 1012, 4 },   { FLOW, 1029, 0 },
		{ FLOW, 1030, 0 }, { FLOW, 1036, 0 },  { FLOW, 1039, 0 },   { FLOW, 1040, 0 },   { COUNTERS, 1, 84 }, { COUNTERS, 1005, 0 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct heard *h = hear();
		struct bytes b;
		begin(&b, 1);
		U32(&b, cases[i].kind);
		size_t at = open_u32(&b);
		U32(&b, 1, 3);
		if (cases[i].kind == FLOW)
			U32(&b, 512, 1000, 0, 3, 4);
		U32(&b, 1, cases[i].format, cases[i].len);
		for (uint32_t k = 0; k < cases[i].len; k += 4)
			U32(&b, 1);
		close_u32(&b, at);
		feed(h, &b);
		assert_int_equal(rejects(h, SF_STRUCTURE_SHORT), 1);
		assert_int_equal(h->ncounters + h->nnames, 0);
		deaf(h);
	}
}

static void versions_are_told_by_the_first_bytes(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b = { 0 };
	U16(&b, 6, 0);
	earns(h, &b, VERSION_UNSUPPORTED);
	b = (struct bytes){ 0 };
	U16(&b, 8, 0);
	earns(h, &b, NF5_SHORT);
	assert_int_equal(totals(h)->datagrams, 2);
	b = (struct bytes){ 0 };
	U16(&b, 11, 0);
	earns(h, &b, VERSION_UNKNOWN);
	b = (struct bytes){ 0 };
	earns(h, &b, VERSION_UNKNOWN);
	assert_int_equal(totals(h)->datagrams, 2);
	static const uint8_t sflow5[] = { 0, 0, 0, 5 }, v9[] = { 0, 9 }, neither[] = { 0, 0, 0, 9 };
	assert_true(wire_knows(sflow5, 4));
	assert_false(wire_knows(sflow5, 3));
	assert_true(wire_knows(v9, 2));
	assert_false(wire_knows(v9, 1));
	assert_false(wire_knows(neither, 4));
	wire_totals_reset(h->w);
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

UNIT_MAIN(cmocka_unit_test(raw_header_becomes_a_row),
	  cmocka_unit_test(header_wins_over_structures_of_the_same_packet),
	  cmocka_unit_test(structures_alone_make_a_row),
	  cmocka_unit_test(extended_structures_fill_the_row),
	  cmocka_unit_test(interfaces_keep_their_special_forms),
	  cmocka_unit_test(counter_samples_become_counter_rows),
	  cmocka_unit_test(counters_that_an_agent_does_not_have),
	  cmocka_unit_test(names_without_text_or_interface_are_refused),
	  cmocka_unit_test(structures_of_labels_tags_tunnels_and_queues),
	  cmocka_unit_test(drop_samples_are_counted),
	  cmocka_unit_test(agent_without_an_address_is_the_sender),
	  cmocka_unit_test(agents_have_ipv6_addresses_too),
	  cmocka_unit_test(what_is_refused),
	  cmocka_unit_test(every_short_structure_is_refused),
	  cmocka_unit_test(versions_are_told_by_the_first_bytes))
