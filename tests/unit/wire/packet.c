/* Sampled headers: one case a layer, every one cut at every byte too. */
#include "frames.h"

#define IP4(proto, fragment) "45 20 0040 0001 " fragment " 40 " proto " 0000 c0000201 c0000202 "
#define IP6(next) "6b800000 0020 " next " 3f 20010db8000000000000000000000001 20010db8000000000000000000000002 "
#define TCP "01bb c350 00000001 00000002 5112 0400 0000 0000 "
#define UDP "0035 c350 0008 0000 "

/* Decodes the header whole, and every beginning of it in memory of that size. */
static struct flow_rec decode(struct heard *h, uint32_t protocol, const char *hex)
{
	struct bytes b = { 0 };
	struct flow_rec rec;
	put_hex(&b, hex);
	for (size_t n = 0; n <= b.len; n++) {
		struct heard *cut = n < b.len ? hear() : h;
		uint8_t *exact = malloc(n ? n : 1);
		assert_non_null(exact);
		memcpy(exact, b.data, n);
		rec = (struct flow_rec){ 0 };
		packet_decode(cut->w, protocol, exact, n, &rec);
		free(exact);
		if (cut != h)
			deaf(cut);
	}
	return rec;
}

static void ethernet_ipv4_tcp(void **state _unused_)
{
	struct heard *h = hear();
	struct flow_rec r = decode(h, 1, MACS "0800" IP4("06", "4000") TCP);
	assert_int_equal(r.macsource, 0x020000000001);
	assert_int_equal(r.macdestination, 0x020000000002);
	assert_int_equal(r.ethertype, 0x0800);
	assert_addr(&r.ipsource, "192.0.2.1");
	assert_addr(&r.ipdestination, "192.0.2.2");
	assert_int_equal(r.protocol, 6);
	assert_int_equal(r.tos, 0x20);
	assert_int_equal(r.ttl, 0x40);
	assert_int_equal(r.sourceport, 443);
	assert_int_equal(r.destinationport, 50000);
	assert_int_equal(r.tcpflags, 0x112);
	assert_int_equal(r.fragment, FRAG_WHOLE);
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void vlan_tags_outer_and_inner(void **state _unused_)
{
	struct heard *h = hear();
	struct flow_rec r = decode(h, 1, MACS "88a8 e064 8100 a0c8 8100 0005 0800" IP4("11", "0000") UDP);
	assert_int_equal(r.vlansource, 100);
	assert_int_equal(r.vlaninner, 200);
	assert_int_equal(r.priority, 7);
	assert_int_equal(r.ethertype, 0x0800);
	assert_int_equal(r.sourceport, 53);
	r = decode(h, 1, MACS "9100 0064 9200 00c8 0806 0001");
	assert_int_equal(r.vlaninner, 200);
	assert_int_equal(r.ethertype, 0x0806);
	deaf(h);
}

static void lengths_instead_of_types(void **state _unused_)
{
	struct heard *h = hear();
	struct flow_rec r = decode(h, 1, MACS "0048 aaaa03 000000 0800" IP4("11", "0000") UDP);
	assert_int_equal(r.ethertype, 0x0800);
	assert_int_equal(r.destinationport, 50000);
	r = decode(h, 1, "0180c2000000 020000000001 0026 424203 0000000000"); /* spanning tree */
	assert_int_equal(r.ethertype, 0);
	assert_int_equal(r.macsource, 0x020000000001);
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void mpls_labels(void **state _unused_)
{
	struct heard *h = hear();
	struct flow_rec r = decode(h, 1, MACS "8847 00064040 000c8040 0012c140" IP4("06", "0000") TCP);
	assert_int_equal(r.mplslabel, 100);
	assert_int_equal(r.mplsinner, 200);
	assert_int_equal(r.ethertype, 0x8847);
	assert_int_equal(r.sourceport, 443);
	r = decode(h, 13, "00064140" IP6("11") UDP);
	assert_int_equal(r.mplslabel, 100);
	assert_addr(&r.ipsource, "2001:db8::1");
	assert_int_equal(r.sourceport, 53);
	r = decode(h, 1, MACS "8848 00064140 00000000 0200"); /* neither IPv4 nor IPv6 inside */
	assert_int_equal(r.mplslabel, 100);
	assert_true(addr_is_none(&r.ipsource));
	deaf(h);
}

static void ipv4_options_are_stepped_over(void **state _unused_)
{
	struct heard *h = hear();
	struct flow_rec r = decode(h, 11, "46 00 0024 0001 0000 40 11 0000 c0000201 c0000202 94040000" UDP);
	assert_int_equal(r.ethertype, 0x0800);
	assert_int_equal(r.sourceport, 53);
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void padding_behind_a_packet_is_not_a_header(void **state _unused_)
{
	struct heard *h = hear();
	/* 22 bytes of IP: two bytes of UDP, the rest is the frame's padding */
	struct flow_rec r = decode(h, 11, "45 00 0016 0001 0000 40 11 0000 c0000201 c0000202 0035 ffff ffff");
	assert_int_equal(r.sourceport, 0);
	assert_int_equal(r.protocol, 17);
	/* a total length of 0: the network card cuts segments, RFC 791's length comes later */
	r = decode(h, 11, "45 00 0000 0001 0000 40 11 0000 c0000201 c0000202" UDP);
	assert_int_equal(r.sourceport, 53);
	/* IPv6 with a payload of two bytes; and a jumbogram, which has its length elsewhere */
	r = decode(h, 12, "60000000 0002 11 3f 20010db8000000000000000000000001 20010db8000000000000000000000002"
			  "0035 ffff ffff");
	assert_int_equal(r.sourceport, 0);
	r = decode(h, 12, "60000000 0000 11 3f 20010db8000000000000000000000001 20010db8000000000000000000000002" UDP);
	assert_int_equal(r.sourceport, 53);
	deaf(h);
}

static void fragments(void **state _unused_)
{
	struct heard *h = hear();
	struct flow_rec r = decode(h, 11, IP4("11", "2000") UDP);
	assert_int_equal(r.fragment, FRAG_FIRST);
	assert_int_equal(r.sourceport, 53);
	r = decode(h, 11, IP4("11", "00b9") UDP);
	assert_int_equal(r.fragment, FRAG_LATER);
	assert_int_equal(r.sourceport, 0);
	assert_int_equal(r.protocol, 17);
	r = decode(h, 12, IP6("2c") "11 00 0001 00000001" UDP);
	assert_int_equal(r.fragment, FRAG_FIRST);
	assert_int_equal(r.sourceport, 53);
	r = decode(h, 12, IP6("2c") "11 00 0009 00000001" UDP);
	assert_int_equal(r.fragment, FRAG_LATER);
	assert_int_equal(r.protocol, 17);
	assert_int_equal(r.sourceport, 0);
	r = decode(h, 12, IP6("2c") "11 00 0000 00000001" UDP); /* atomic, RFC 6946 */
	assert_int_equal(r.fragment, FRAG_WHOLE);
	assert_int_equal(r.sourceport, 53);
	deaf(h);
}

static void ipv6_and_its_extension_headers(void **state _unused_)
{
	struct heard *h = hear();
	struct flow_rec r = decode(h, 1, MACS "86dd" IP6("06") TCP);
	assert_int_equal(r.ethertype, 0x86dd);
	assert_int_equal(r.tos, 0xb8);
	assert_int_equal(r.ttl, 0x3f);
	assert_int_equal(r.protocol, 6);
	assert_int_equal(r.tcpflags, 0x112);
	/* hop-by-hop, routing of 16 bytes, destination options, authentication of 12 bytes, UDP */
	r = decode(h, 12, "60000000 0060 00 40 20010db8000000000000000000000001 20010db8000000000000000000000002"
			  "2b00 010400000000 3c01 0000 00000000 0000000000000000 3300 010400000000"
			  "1101 0000 00000001 00000002" UDP);
	assert_int_equal(r.protocol, 17);
	assert_int_equal(r.sourceport, 53);
	r = decode(h, 12, IP6("3b")); /* no next header */
	assert_int_equal(r.protocol, 59);
	r = decode(h, 12, "60000000 0008 00 40 20010db8000000000000000000000001 20010db8000000000000000000000002 1100");
	assert_int_equal(r.protocol, 0); /* cut before it is known */
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void icmp_and_other_ports(void **state _unused_)
{
	struct heard *h = hear();
	assert_int_equal(decode(h, 11, IP4("01", "0000") "0303 0000").icmptype, 0x0303);
	assert_int_equal(decode(h, 12, IP6("3a") "8000 0000").icmptype, 0x8000);
	assert_int_equal(decode(h, 11, IP4("84", "0000") UDP).destinationport, 50000); /* SCTP */
	assert_int_equal(decode(h, 11, IP4("32", "0000") UDP).destinationport, 0);     /* ESP */
	struct flow_rec r = decode(h, 11, IP4("33", "0000") "0604 0000 00000001 00000002 000000000000000000000000" TCP);
	assert_int_equal(r.protocol, 6);
	assert_int_equal(r.sourceport, 443);
	deaf(h);
}

/* What is inside every tunnel below: 10.0.0.1 > 10.0.0.2, TCP; or 2001:db8::a > ::b, UDP. */
#define INSIDE4 "45 00 0028 0001 0000 40 06 0000 0a000001 0a000002" TCP
#define INSIDE6 "60000000 0008 11 3f 20010db800000000000000000000000a 20010db800000000000000000000000b" UDP
#define FRAME4 "0a0000000002 0a0000000001 0800" INSIDE4

static void carries(const struct flow_rec *r, const char *from, const char *to, uint8_t protocol)
{
	assert_addr(&r->innersource, from);
	assert_addr(&r->innerdestination, to);
	assert_int_equal(r->innerprotocol, protocol);
}

/* The row stays the outer packet's. */
static void tunnel(struct heard *h, uint8_t protocol, const char *hex, bool six)
{
	struct flow_rec r = decode(h, 1, hex);
	if (six)
		carries(&r, "2001:db8::a", "2001:db8::b", 17);
	else
		carries(&r, "10.0.0.1", "10.0.0.2", 6);
	assert_int_equal(r.protocol, protocol);
	assert_addr(&r.ipsource, "192.0.2.1");
	assert_int_equal(r.ttl, 0x40);
	assert_int_equal(r.tos, 0x20);
	assert_int_equal(r.macsource, 0x020000000001);
	assert_int_equal(r.tcpflags, 0);
	assert_int_equal(r.ethertype, 0x0800);
}

/* No total length, as where a card cuts segments: the bytes there are count. */
#define OUTER(proto) MACS "0800 45 20 0000 0001 0000 40 " proto " 0000 c0000201 c0000202 "

static void packets_in_packets(void **state _unused_)
{
	struct heard *h = hear();
	tunnel(h, 4, OUTER("04") INSIDE4, false);
	tunnel(h, 41, OUTER("29") INSIDE6, true);
	tunnel(h, 47, OUTER("2f") "0000 0800" INSIDE4, false);
	tunnel(h, 47, OUTER("2f") "b000 0800 0000 0000 00000001 00000002" INSIDE4, false); /* checksum, key, sequence */
	tunnel(h, 47, OUTER("2f") "2000 86dd 00000001" INSIDE6, true);
	tunnel(h, 47, OUTER("2f") "0000 8847 00064140" INSIDE4, false);
	tunnel(h, 47, OUTER("2f") "0000 6558" FRAME4, false);
	tunnel(h, 47, OUTER("2f") "3081 880b 0000 0001 00000001 00000002 ff03 0021" INSIDE4, false); /* PPTP */
	tunnel(h, 47, OUTER("2f") "3001 880b 0000 0001 00000001 57" INSIDE6, true);
	tunnel(h, 47, OUTER("2f") "0000 88be" FRAME4, false); /* ERSPAN I, II, III, III with a platform's part */
	tunnel(h, 47, OUTER("2f") "1000 88be 00000001 10000001 00000000" FRAME4, false);
	tunnel(h, 47, OUTER("2f") "1000 22eb 00000001 20000001 00000000 00000000" FRAME4, false);
	tunnel(h, 47, OUTER("2f") "1000 22eb 00000001 20000001 00000000 00000001 0000000000000000" FRAME4, false);
	tunnel(h, 137, OUTER("89") "00064140" INSIDE4, false);
	/* behind an authentication header */
	tunnel(h, 4, OUTER("33") "0401 0000 00000001 00000002" INSIDE4, false);
	assert_int_equal(all_rejects(h), 0);

	struct flow_rec r = decode(h, 12, IP6("04") INSIDE4);
	carries(&r, "10.0.0.1", "10.0.0.2", 6);
	assert_int_equal(r.protocol, 4);
	r = decode(h, 12, IP6("29") INSIDE6);
	assert_addr(&r.innersource, ""); /* the outer length says that there are 32 bytes inside */
	r = decode(h, 12, "60000000 0000 29 3f 20010db8000000000000000000000001 20010db8000000000000000000000002" INSIDE6);
	carries(&r, "2001:db8::a", "2001:db8::b", 17);
	assert_addr(&r.ipsource, "2001:db8::1");
	deaf(h);
}

static void overlays_by_their_port(void **state _unused_)
{
	struct heard *h = hear();
	tunnel(h, 17, OUTER("11") "c000 12b5 0000 0000 0800 0000 00002a00" FRAME4, false);
	tunnel(h, 17, OUTER("11") "c000 2118 0000 0000 0800 0000 00002a00" FRAME4, false);
	tunnel(h, 17, OUTER("11") "c000 17c1 0000 0000 0240 6558 00002a00 0102800100000001" FRAME4, false);
	tunnel(h, 17, OUTER("11") "c000 17c1 0000 0000 0000 86dd 00002a00" INSIDE6, true);
	tunnel(h, 17, OUTER("11") "c000 19eb 0000 0000 00064140" INSIDE4, false);
	assert_int_equal(all_rejects(h), 0);
	struct flow_rec r = decode(h, 1, OUTER("11") "c000 12b5 0000 0000 0800 0000 00002a00" FRAME4);
	assert_int_equal(r.vni, 42);
	assert_int_equal(r.destinationport, 4789);
	assert_int_equal(r.sourceport, 0xc000);
	r = decode(h, 1, OUTER("11") "c000 17c1 0000 0000 0000 86dd 00002b00" INSIDE6);
	assert_int_equal(r.vni, 43);
	/* the same ports, and something else: no identifier there; a version of the future */
	r = decode(h, 1, OUTER("11") "c000 12b5 0000 0000 0000 0000 00002a00" FRAME4);
	assert_int_equal(r.vni, 0);
	assert_addr(&r.innersource, "");
	r = decode(h, 1, OUTER("11") "c000 17c1 0000 0000 8000 86dd 00002a00" INSIDE6);
	assert_int_equal(r.vni, 0);
	deaf(h);
}

static void frames_behind_labels(void **state _unused_)
{
	struct heard *h = hear();
	struct flow_rec r = decode(h, 1, MACS "8847 00064040 000c8140 00000000" FRAME4); /* with a control word */
	carries(&r, "10.0.0.1", "10.0.0.2", 6);
	assert_addr(&r.ipsource, "");
	assert_int_equal(r.mplslabel, 100);
	assert_int_equal(r.macsource, 0x020000000001);
	r = decode(h, 1, MACS "8847 00064140" FRAME4); /* without */
	carries(&r, "10.0.0.1", "10.0.0.2", 6);
	r = decode(h, 1, MACS "8847 00064140 10000021 0000"); /* an associated channel, RFC 4385 5 */
	carries(&r, "", "", 0);
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void pppoe_is_part_of_the_link(void **state _unused_)
{
	struct heard *h = hear();
	struct flow_rec r = decode(h, 1, MACS "8864 1100 0001 002a 0021" INSIDE4);
	assert_addr(&r.ipsource, "10.0.0.1");
	assert_int_equal(r.ethertype, 0x8864);
	assert_int_equal(r.sourceport, 443);
	carries(&r, "", "", 0);
	r = decode(h, 1, MACS "8100 0064 8864 1100 0001 002a 0057" INSIDE6);
	assert_addr(&r.ipsource, "2001:db8::a");
	assert_int_equal(r.vlansource, 100);
	r = decode(h, 1, MACS "8864 1100 0001 0006 c021 0901 0008"); /* link control */
	assert_addr(&r.ipsource, "");
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void only_the_first_tunnel_is_looked_into(void **state _unused_)
{
	struct heard *h = hear();
	struct flow_rec r = decode(h, 1, OUTER("04") "45 00 0000 0001 0000 40 04 0000 0a010001 0a010002" INSIDE4);
	carries(&r, "10.1.0.1", "10.1.0.2", 4);
	r = decode(h, 1, OUTER("32") "00000001 00000001" INSIDE4); /* encrypted */
	carries(&r, "", "", 0);
	assert_int_equal(r.protocol, 50);
	r = decode(h, 1, OUTER("2f") "0000 0000"); /* a keepalive */
	carries(&r, "", "", 0);
	r = decode(h, 1, OUTER("2f") "4000 0800 0000 0000" INSIDE4); /* with routing, which RFC 2784 took away */
	carries(&r, "", "", 0);
	assert_int_equal(all_rejects(h), 0);
	/* the budget of layers is one for both */
	struct bytes b = { 0 };
	struct flow_rec rec = { 0 };
	put_hex(&b, MACS);
	for (int i = 0; i < 10; i++)
		U16(&b, 0x8100, 5);
	put_hex(&b, "0800 45 20 0000 0001 0000 40 2f 0000 c0000201 c0000202 0000 6558" MACS);
	for (int i = 0; i < 10; i++)
		U16(&b, 0x8100, 5);
	packet_decode(h->w, 1, b.data, b.len, &rec);
	assert_int_equal(rejects(h, PK_TOO_DEEP), 1);
	assert_addr(&rec.ipsource, "192.0.2.1");
	deaf(h);
}

#define LLC "aaaa03 000000 0800"

static void frames_of_wireless_networks(void **state _unused_)
{
	struct heard *h = hear();
	static const struct {
		uint32_t protocol;
		const char *header;
		uint64_t from, to;
	} frames[] = {
		/* which of the addresses are source and destination: none, from, to, both distribution systems */
		{ 15, "0800 0000 020000000001 020000000002 020000000003 0010" LLC, 2, 1 },
		{ 15, "0802 0000 020000000001 020000000002 020000000003 0010" LLC, 3, 1 },
		{ 15, "0801 0000 020000000001 020000000002 020000000003 0010" LLC, 2, 3 },
		{ 15, "0803 0000 020000000001 020000000002 020000000003 0010 020000000004" LLC, 4, 3 },
		{ 15, "8802 0000 020000000001 020000000002 020000000003 0010 0600" LLC, 3, 1 },          /* quality of service */
		{ 15, "8882 0000 020000000001 020000000002 020000000003 0010 0600 00000000" LLC, 3, 1 }, /* HT control */
		/* several in one frame: the first, whose addresses are its own */
		{ 15, "8802 0000 020000000001 020000000002 020000000003 0010 8600 020000000006 020000000005 0048" LLC, 5, 6 },
		{ 16, "00104e4e 0802 0000 020000000001 020000000002 020000000003 0010" LLC, 3, 1 },
		{ 17, "020000000006 020000000005 0048" LLC, 5, 6 },
	};
	for (size_t i = 0; i < COUNT_OF(frames); i++) {
		char hex[400];
		snprintf(hex, sizeof(hex), "%s" IP4("11", "0000") UDP, frames[i].header);
		struct flow_rec r = decode(h, frames[i].protocol, hex);
		assert_int_equal(r.macsource & 0xff, frames[i].from);
		assert_int_equal(r.macdestination & 0xff, frames[i].to);
		assert_int_equal(r.macsource >> 40, 2);
		assert_int_equal(r.ethertype, 0x0800);
		assert_int_equal(r.sourceport, 53);
	}
	/* enciphered, without a body, a beacon, an acknowledgement: no packet to be seen */
	static const char *const others[] = { "0842", "4802", "8000", "d400" };
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		char hex[400];
		snprintf(hex, sizeof(hex), "%s 0000 020000000001 020000000002 020000000003 0010" LLC IP4("11", "0000") UDP, others[i]);
		struct flow_rec r = decode(h, 15, hex);
		assert_int_equal(r.ethertype, 0);
		assert_int_equal(r.macdestination, i == 3 ? 0 : 0x020000000001);
		assert_true(addr_is_none(&r.ipsource));
	}
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void ppp_on_lines_and_over_sonet(void **state _unused_)
{
	struct heard *h = hear();
	struct flow_rec r = decode(h, 7, "ff03 0021" IP4("11", "0000") UDP);
	assert_int_equal(r.ethertype, 0x0800);
	assert_int_equal(r.sourceport, 53);
	r = decode(h, 14, "0057" IP6("11") UDP);
	assert_int_equal(r.ethertype, 0x86dd);
	assert_int_equal(r.sourceport, 53);
	r = decode(h, 7, "ff03 c021 0101"); /* the link's own talk */
	assert_int_equal(r.ethertype, 0);
	assert_int_equal(all_rejects(h), 0);
	deaf(h);
}

static void malformed_layers_are_counted(void **state _unused_)
{
	struct heard *h = hear();
	decode(h, 11, "65 00 0040 0001 0000 40 11 0000 c0000201 c0000202");
	assert_int_equal(rejects(h, PK_IPV4_BAD), 1);
	decode(h, 11, "44 00 0040 0001 0000 40 11 0000 c0000201 c0000202");
	assert_int_equal(rejects(h, PK_IPV4_BAD), 2);
	decode(h, 12, "40000000 0020 11 3f 20010db8000000000000000000000001 20010db8000000000000000000000002");
	assert_int_equal(rejects(h, PK_IPV6_BAD), 1);
	decode(h, 3, "10 40 020000000002 020000000001"); /* token ring */
	assert_int_equal(rejects(h, PK_HEADER_PROTOCOL), 1);
	struct bytes b = { 0 };
	put_hex(&b, MACS);
	for (int i = 0; i < 40; i++)
		U16(&b, 0x8100, 5);
	struct flow_rec rec = { 0 };
	packet_decode(h->w, 1, b.data, b.len, &rec);
	assert_int_equal(rejects(h, PK_TOO_DEEP), 1);
	assert_int_equal(rec.vlaninner, 5);
	assert_int_equal(all_rejects(h), 5);
	deaf(h);
}

/* -- the straight way and the walk ------------------------------------------------------------------ */

/* A frame, which may be read straight down, and its packet alone, which never is, give the same. */
static void frames_are_read_like_their_packets(void **state _unused_)
{
	uint64_t seed = 1;
	for (unsigned i = 0; i < 2000; i++) {
		struct bytes b = { 0 };
		bool six = i & 1, tag = i & 2;
		put_hex(&b, MACS);
		if (tag)
			U16(&b, 0x8100, 0xe064);
		U16(&b, six ? 0x86dd : 0x0800);
		size_t packet = b.len;
		put_ip(&b, &seed, six);
		for (size_t n = packet; n <= b.len; n++) {
			struct heard *h = hear(), *other = hear();
			uint8_t *exact = malloc(n);
			assert_non_null(exact);
			memcpy(exact, b.data, n);
			struct flow_rec r = { 0 }, want = { 0 };
			packet_decode(h->w, 1, exact, n, &r);
			packet_decode(other->w, six ? 12 : 11, exact + packet, n - packet, &want);
			want.macsource = 0x020000000001;
			want.macdestination = 0x020000000002;
			want.vlansource = tag ? 100 : 0;
			want.priority = tag ? 7 : 0;
			assert_memory_equal(&r, &want, sizeof(r));
			assert_int_equal(all_rejects(h), all_rejects(other));
			free(exact);
			deaf(h);
			deaf(other);
		}
	}
}

UNIT_MAIN(cmocka_unit_test(frames_are_read_like_their_packets), cmocka_unit_test(ethernet_ipv4_tcp), cmocka_unit_test(vlan_tags_outer_and_inner),
	  cmocka_unit_test(lengths_instead_of_types), cmocka_unit_test(mpls_labels),
	  cmocka_unit_test(ipv4_options_are_stepped_over), cmocka_unit_test(padding_behind_a_packet_is_not_a_header),
	  cmocka_unit_test(fragments), cmocka_unit_test(ipv6_and_its_extension_headers),
	  cmocka_unit_test(icmp_and_other_ports), cmocka_unit_test(packets_in_packets),
	  cmocka_unit_test(overlays_by_their_port), cmocka_unit_test(frames_behind_labels),
	  cmocka_unit_test(pppoe_is_part_of_the_link), cmocka_unit_test(only_the_first_tunnel_is_looked_into),
	  cmocka_unit_test(frames_of_wireless_networks), cmocka_unit_test(ppp_on_lines_and_over_sonet),
	  cmocka_unit_test(malformed_layers_are_counted))
