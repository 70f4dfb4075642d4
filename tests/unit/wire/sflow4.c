/* sFlow versions 2 and 4: no lengths, so every byte has to be accounted for. */
#include "heard.h"

static const char frame_hex[] = "020000000002020000000001 0800" "4510003400014000 4006 0000 0a000001 0a000002"
				"01bbc350 00000001 00000002 5012 0400 00000000";

static void begin(struct bytes *b, uint32_t version, uint32_t samples)
{
	*b = (struct bytes){ 0 };
	U32(b, version, 1, 0x0a00000a, 99, 123456, samples); /* agent 10.0.0.10 */
}

/* Up to its extensions; the header has 54 bytes and two of padding. */
static void flow_with_header(struct bytes *b, uint32_t output, uint32_t extensions)
{
	U32(b, 1, 1, 3, 512, 1000, 0, 3, output); /* data source ifIndex 3, rate 512 */
	U32(b, 1, 1, 70, 54);
	put_hex(b, frame_hex);
	U16(b, 0);
	U32(b, extensions);
}

static void string(struct bytes *b, const char *text)
{
	size_t len = strlen(text);
	U32(b, len);
	put(b, text, len);
	while (len++ % 4)
		U8(b, 0);
}

static void gateway(struct bytes *b, uint32_t version)
{
	U32(b, 3, 64500, 64501, 64502);
	if (version == 4)
		U32(b, 2, 2, 2, 64502, 64503, 1, 1, 64504, 2, 0x00010002, 0x00010003, 100); /* two segments, two communities */
	else
		U32(b, 3, 64502, 64503, 64504);
}

static void all_of(uint32_t version)
{
	struct heard *h = hear();
	struct bytes b;
	begin(&b, version, 2);
	flow_with_header(&b, 4, 5);
	U32(&b, 1, 100, 1, 200, 2);             /* switch */
	U32(&b, 2, 1, 0x0a0000fe, 24, 16);      /* router */
	gateway(&b, version);
	U32(&b, 4);
	string(&b, "alice");
	string(&b, "");
	U32(&b, 5, 1);
	string(&b, "/index");
	U32(&b, 1, 2, 3, 512, 2000, 0, 3, 0x80000003); /* three outputs; a sampled IPv4 packet */
	U32(&b, 2, 1480, 6, 0x0a010101, 0x0a010102, 443, 50001, 0x12, 8, 0);
	feed(h, &b);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(h->nflows, 2);
	const struct flow_rec *r = h->flows;
	assert_addr(&r->agent, "10.0.0.10");
	assert_int_equal(r->exporttype, EXPORT_SFLOW);
	assert_int_equal(r->datasource, 3);
	assert_int_equal(r->samplingrate, 512);
	assert_int_equal(r->inputinterface, 3);
	assert_int_equal(r->outputinterface, 4);
	assert_int_equal(r->bytes, 70);
	assert_int_equal(r->frames, 1);
	assert_addr(&r->ipsource, "10.0.0.1");
	assert_int_equal(r->sourceport, 443);
	assert_int_equal(r->vlansource, 100);
	assert_int_equal(r->vlandestination, 200);
	assert_addr(&r->nexthop, "10.0.0.254");
	assert_int_equal(r->sourcemask, 24);
	assert_int_equal(r->destinationmask, 16);
	assert_int_equal(r->sourceas, 64501);
	assert_int_equal(r->destinationas, 64504);
	assert_int_equal(r[1].outputinterface, IFINDEX_MULTIPLE | 3);
	assert_int_equal(r[1].bytes, 1480);
	assert_addr(&r[1].ipdestination, "10.1.1.2");
	assert_int_equal(totals(h)->flow_samples, 2);
	assert_int_equal(totals(h)->estimated_frames, 1024);
	feed_prefixes(&b);
	deaf(h);
}

static void flow_samples_become_rows(void **state _unused_)
{
	all_of(4);
	all_of(2);
}

static void generic_counters(struct bytes *b, uint32_t kind)
{
	U32(b, 2, 1, 3, 20, kind, 3, 6);
	U64(b, 1000000000);
	U32(b, 1, 3);
	U64(b, 123456789012);
	U32(b, 1, 2, 3, 4, 5, 6);
	U64(b, 210987654321);
	U32(b, 11, 12, 13, 14, 15, 0);
}

static void counters_of_every_kind(void **state _unused_)
{
	static const struct {
		uint32_t kind, more; /* words behind the generic ones */
	} kinds[] = { { 1, 0 }, { 2, 13 }, { 3, 18 }, { 4, 0 }, { 5, 20 }, { 6, 0 } };
	struct heard *h = hear();
	struct bytes b;
	begin(&b, 4, COUNT_OF(kinds) + 1);
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		generic_counters(&b, kinds[i].kind);
		for (uint32_t n = 0; n < kinds[i].more; n++)
			U32(&b, n);
	}
	U32(&b, 2, 1, 1 << 24 | 100, 20, 7, 100, 0, 1, 2, 3, 4, 5); /* a VLAN's */
	feed(h, &b);
	assert_int_equal(all_rejects(h), 0);
	assert_int_equal(totals(h)->counter_samples, COUNT_OF(kinds) + 1);
	assert_int_equal(h->ncounters, COUNT_OF(kinds));
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		const struct ifcounters_rec *r = &h->counters[i];
		assert_int_equal(r->interface, 3);
		assert_int_equal(r->ifspeed, 1000000000);
		assert_int_equal(r->ifinoctets, 123456789012);
		assert_int_equal(r->ifoutoctets, 210987654321);
		assert_int_equal(r->ifouterrors, 15);
		assert_int_equal(r->uptime, 123456);
	}
	feed_prefixes(&b);
	deaf(h);
}

static void what_is_refused(void **state _unused_)
{
	struct heard *h = hear();
	struct bytes b;
	begin(&b, 4, 1);
	U32(&b, 9);
	earns(h, &b, SF_TYPE_UNKNOWN); /* a sample */
	begin(&b, 4, 1);
	flow_with_header(&b, 4, 1);
	U32(&b, 9);
	earns(h, &b, SF_TYPE_UNKNOWN); /* an extension; the row before it stands */
	assert_int_equal(h->nflows, 1);
	begin(&b, 2, 1);
	U32(&b, 1, 1, 3, 512, 1000, 0, 3, 4, 9);
	feed(h, &b); /* a packet of unknown type: nothing to tell either */
	assert_int_equal(rejects(h, SF_TYPE_UNKNOWN), 3);
	assert_int_equal(h->nflows, 1);
	begin(&b, 2, 1);
	generic_counters(&b, 8);
	earns(h, &b, SF_TYPE_UNKNOWN);
	begin(&b, 2, 0);
	U32(&b, 0);
	earns(h, &b, SF_TRAILING);
	begin(&b, 4, 1);
	flow_with_header(&b, 0x40000001, 0); /* would read as a discarded packet of v5 */
	earns(h, &b, SF_INTERFACE_FORM);
	assert_int_equal(h->flows[1].outputinterface, IFINDEX_NONE);
	begin(&b, 4, 2);
	earns(h, &b, SF_DATAGRAM_SHORT);
	b = (struct bytes){ 0 };
	U32(&b, 4, 3, 0);
	earns(h, &b, SF_AGENT_TYPE);
	deaf(h);
}

UNIT_MAIN(cmocka_unit_test(flow_samples_become_rows), cmocka_unit_test(counters_of_every_kind),
	  cmocka_unit_test(what_is_refused))
