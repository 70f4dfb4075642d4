/* Capture files of every kind, whole and cut. */
#include <unistd.h>

#include "heard.h"

#define UDP4                                                                                       \
	"45000024 00010000 4011 0000 c0000201 c0000202" /* 36 bytes: 20 + 8 + 8 */                 \
	"c35007fb 00100000 0005000000000001"
#define UDP6                                                                                       \
	"60000000 00101140 20010db8000000000000000000000001 20010db8000000000000000000000002"      \
	"c35007fb 00100000 0005000000000001"

static char path[64];
static bool swap; /* numbers of the file are little-endian */

static void n16(struct bytes *b, uint16_t v)
{
	U16(b, swap ? __builtin_bswap16(v) : v);
}

static void n32(struct bytes *b, uint32_t v)
{
	U32(b, swap ? __builtin_bswap32(v) : v);
}

static void pcap_head(struct bytes *b, uint32_t magic, uint32_t link)
{
	*b = (struct bytes){ 0 };
	n32(b, magic);
	n16(b, 2);
	n16(b, 4);
	n32(b, 0);
	n32(b, 0);
	n32(b, 65535);
	n32(b, link);
}

static void pcap_packet(struct bytes *b, uint32_t fraction, const char *hex, uint32_t cut)
{
	struct bytes p = { 0 };
	put_hex(&p, hex);
	n32(b, 1790000000);
	n32(b, fraction);
	n32(b, (uint32_t)p.len - cut);
	n32(b, (uint32_t)p.len);
	put(b, p.data, p.len - cut);
}

static size_t block_begin(struct bytes *b, uint32_t type)
{
	n32(b, type);
	n32(b, 0);
	return b->len - 8;
}

static void block_end(struct bytes *b, size_t at)
{
	while (b->len % 4)
		U8(b, 0);
	struct bytes len = { 0 };
	n32(&len, (uint32_t)(b->len - at + 4));
	memcpy(b->data + at + 4, len.data, 4);
	put(b, len.data, 4);
}

static void ng_section(struct bytes *b)
{
	size_t at = block_begin(b, 0x0a0d0d0a);
	n32(b, 0x1a2b3c4d);
	n16(b, 1);
	n16(b, 0);
	n32(b, UINT32_MAX);
	n32(b, UINT32_MAX);
	block_end(b, at);
}

/* An interface; resolution 255 = none told. */
static void ng_interface(struct bytes *b, uint16_t link, uint8_t resolution, int64_t offset_s)
{
	size_t at = block_begin(b, 1);
	n16(b, link);
	n16(b, 0);
	n32(b, 65535);
	n16(b, 2); /* if_name, with padding */
	n16(b, 3);
	U8(b, 'e', 't', 'h', 0);
	if (resolution != 255) {
		n16(b, 9);
		n16(b, 1);
		U8(b, resolution, 0, 0, 0);
	}
	if (offset_s) {
		n16(b, 14);
		n16(b, 8);
		U64(b, swap ? __builtin_bswap64((uint64_t)offset_s) : (uint64_t)offset_s);
	}
	n32(b, 0);
	block_end(b, at);
}

static void ng_packet(struct bytes *b, uint32_t iface, uint64_t ticks, const char *hex)
{
	struct bytes p = { 0 };
	put_hex(&p, hex);
	size_t at = block_begin(b, 6);
	n32(b, iface);
	n32(b, (uint32_t)(ticks >> 32));
	n32(b, (uint32_t)ticks);
	n32(b, (uint32_t)p.len);
	n32(b, (uint32_t)p.len);
	put(b, p.data, p.len);
	block_end(b, at);
}

/* -- reading back ----------------------------------------------------------------------- */

static void write_file(const struct bytes *b, size_t len)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(b->data, 1, len, f), len);
	fclose(f);
}

struct got {
	struct datagram first, last;
	struct capture_stats stats;
	uint64_t n;
	enum err end;
	struct problem why;
};

static struct got read_file(void)
{
	struct got g = { .end = OK };
	struct capture *c;
	struct datagram d;
	g.end = capture_open(path, &c, &g.why);
	if (g.end != OK)
		return g;
	while ((g.end = capture_next(c, &d, &g.why)) == OK) {
		g.last = d;
		if (g.n++ == 0)
			g.first = d;
	}
	g.stats = *capture_stats(c);
	if (g.end == E_UNKNOWN) {
		assert_int_equal(capture_offset(c), capture_size(c));
		assert_int_equal(capture_next(c, &d, &g.why), E_UNKNOWN);
	}
	capture_close(c);
	return g;
}

static struct got read_bytes(const struct bytes *b)
{
	write_file(b, b->len);
	return read_file();
}

static void pcap_in_both_byte_orders_and_resolutions(void **state _unused_)
{
	for (int i = 0; i < 4; i++) {
		struct bytes b;
		swap = i & 1;
		pcap_head(&b, i & 2 ? 0xa1b23c4d : 0xa1b2c3d4, 101);
		pcap_packet(&b, i & 2 ? 123456789 : 123456, UDP4, 0);
		pcap_packet(&b, 0, UDP6, 0);
		struct got g = read_bytes(&b);
		assert_int_equal(g.end, E_UNKNOWN);
		assert_int_equal(g.n, 2);
		assert_int_equal(g.first.received, 1790000000123456);
		assert_addr(&g.first.from, "192.0.2.1");
		assert_addr(&g.last.from, "2001:db8::1");
		assert_int_equal(g.last.from_port, 50000);
		assert_int_equal(g.last.to_port, 2043);
		assert_int_equal(g.last.len, 8);
		assert_int_equal(g.stats.packets, 2);
		assert_int_equal(g.stats.udp, 2);
		assert_int_equal(g.stats.truncated, 0);
	}
}

static void every_link_type(void **state _unused_)
{
	static const struct {
		uint32_t link;
		const char *head;
	} cases[] = {
		{ 1, "020000000002 020000000001 0800" },
		{ 1, "020000000002 020000000001 88a8 0064 8100 00c8 0800" },
		{ 101, "" },
		{ 12, "" },
		{ 228, "" },
		{ 113, "0000 0001 0006 0200000000010000 0800" },
		{ 276, "0800 0000 00000002 0001 00 06 0200000000010000" },
		{ 0, "02000000" },
		{ 108, "00000002" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct bytes b;
		char hex[512];
		swap = true;
		pcap_head(&b, 0xa1b2c3d4, cases[i].link);
		snprintf(hex, sizeof(hex), "%s" UDP4, cases[i].head);
		pcap_packet(&b, 0, hex, 0);
		struct got g = read_bytes(&b);
		assert_int_equal(g.n, 1);
		assert_int_equal(g.first.len, 8);
		for (uint32_t cut = 1; cut < (uint32_t)b.len - 40; cut++) { /* cut by the snap length */
			pcap_head(&b, 0xa1b2c3d4, cases[i].link);
			pcap_packet(&b, 0, hex, cut);
			g = read_bytes(&b);
			assert_int_equal(g.end, E_UNKNOWN);
			assert_int_equal(g.n, cut <= 8);
			assert_int_equal(g.stats.truncated, cut <= 8);
			assert_true(g.n == 0 || g.first.len == 8 - cut);
		}
	}
	struct bytes b;
	pcap_head(&b, 0xa1b2c3d4, 147); /* a link type that is not known */
	pcap_packet(&b, 0, UDP4, 0);
	assert_int_equal(read_bytes(&b).stats.not_udp, 1);
	swap = false; /* the address family of "null" is in the order of the machine */
	pcap_head(&b, 0xa1b2c3d4, 0);
	pcap_packet(&b, 0, "0000001e" UDP6, 0);
	assert_int_equal(read_bytes(&b).n, 1);
}

static void what_is_not_whole_udp_is_counted(void **state _unused_)
{
	struct bytes b;
	swap = true;
	pcap_head(&b, 0xa1b2c3d4, 101);
	pcap_packet(&b, 0, "45000028 00010000 4006 0000 c0000201 c0000202 c35007fb00000000000000005002000000000000", 0);
	pcap_packet(&b, 0, "45000024 00012000 4011 0000 c0000201 c0000202 c35007fb001000000005000000000001", 0);
	pcap_packet(&b, 0, "45000024 000100b9 4011 0000 c0000201 c0000202 c35007fb001000000005000000000001", 0);
	pcap_packet(&b, 0, "60000000 00182c40 20010db8000000000000000000000001 20010db8000000000000000000000002"
			   "1100000900000001 c35007fb001000000005000000000001", 0);
	pcap_packet(&b, 0, "60000000 00180040 20010db8000000000000000000000001 20010db8000000000000000000000002"
			   "1100010400000000 c35007fb001000000005000000000001", 0);
	pcap_packet(&b, 0, "46000028 00010000 4011 0000 c0000201 c0000202 94040000 c35007fb 0010 0000 0005000000000001", 0);
	pcap_packet(&b, 0, UDP4 "0000ffff", 0); /* padding of the frame */
	struct got g = read_bytes(&b);
	assert_int_equal(g.end, E_UNKNOWN);
	assert_int_equal(g.stats.packets, 7);
	assert_int_equal(g.stats.not_udp, 1);
	assert_int_equal(g.stats.fragments, 3);
	assert_int_equal(g.stats.udp, 3);
	assert_int_equal(g.stats.truncated, 0);
	assert_int_equal(g.last.len, 8);
}

static void pcapng_of_several_interfaces_and_sections(void **state _unused_)
{
	for (int i = 0; i < 2; i++) {
		struct bytes b = { 0 };
		swap = i;
		ng_section(&b);
		ng_interface(&b, 1, 255, 0);
		ng_interface(&b, 101, 9, 0);
		size_t at = block_begin(&b, 4); /* name resolution: stepped over */
		U64(&b, 0);
		block_end(&b, at);
		ng_packet(&b, 1, 1790000000123456789, UDP4);
		ng_packet(&b, 0, 1790000000123456, "020000000002 020000000001 0800" UDP4);
		ng_section(&b);
		ng_interface(&b, 101, 0x80 | 10, 1789999000); /* 1/1024 s, and an offset */
		ng_packet(&b, 0, 1000 * 1024 + 512, UDP4);
		at = block_begin(&b, 3); /* simple packet: no time */
		n32(&b, 36);
		put_hex(&b, UDP4);
		block_end(&b, at);
		struct got g = read_bytes(&b);
		assert_int_equal(g.end, E_UNKNOWN);
		assert_int_equal(g.n, 4);
		assert_int_equal(g.first.received, 1790000000123456);
		assert_int_equal(g.last.received, 1789999000000000);
		b.len = at;
		g = read_bytes(&b);
		assert_int_equal(g.n, 3);
		assert_int_equal(g.last.received, 1790000000500000);
	}
}

static void a_time_that_no_clock_can_mean_is_none(void **state _unused_)
{
	struct bytes b = { 0 };
	swap = false;
	ng_section(&b);
	ng_interface(&b, 101, 255, 0);
	ng_packet(&b, 0, INT64_MAX, UDP4);
	struct got g = read_bytes(&b);
	assert_int_equal(g.n, 1);
	assert_int_equal(g.first.received, 0);
}

static void every_beginning_of_a_file(void **state _unused_)
{
	for (int ng = 0; ng < 2; ng++) {
		struct bytes b = { 0 };
		swap = true;
		if (ng) {
			ng_section(&b);
			ng_interface(&b, 101, 255, 0);
			ng_packet(&b, 0, 0, UDP4);
			ng_packet(&b, 0, 0, UDP4);
		} else {
			pcap_head(&b, 0xa1b2c3d4, 101);
			pcap_packet(&b, 0, UDP4, 0);
			pcap_packet(&b, 0, UDP4, 0);
		}
		unsigned clean = 0;
		for (size_t n = 0; n <= b.len; n++) {
			write_file(&b, n);
			struct got g = read_file();
			assert_true(g.end == E_UNKNOWN || g.end == E_CORRUPT);
			assert_true(g.end == E_UNKNOWN || g.why.text[0]);
			clean += g.end == E_UNKNOWN;
			assert_int_equal(g.n, n == b.len ? 2 : n >= (b.len - (ng ? 68 : 52)));
		}
		assert_int_equal(clean, ng ? 4 : 3); /* between blocks, between packets */
	}
}

static void what_is_no_capture(void **state _unused_)
{
	struct bytes b = { 0 };
	struct capture *c;
	struct problem why;
	put(&b, "not a capture at all", 20);
	assert_int_equal(read_bytes(&b).end, E_CORRUPT);
	assert_int_equal(capture_open("/nonexistent/capture", &c, &why), E_IO);
	assert_string_equal(why.text, "No such file or directory");

	swap = true;
	pcap_head(&b, 0xa1b2c3d4, 101);
	n32(&b, 0);
	n32(&b, 0);
	n32(&b, 0x7fffffff); /* a packet of two gigabytes */
	n32(&b, 0);
	assert_int_equal(read_bytes(&b).end, E_CORRUPT);
	b = (struct bytes){ 0 };
	ng_section(&b);
	n32(&b, 6);
	n32(&b, 0xfffffffc);
	n32(&b, 0);
	assert_int_equal(read_bytes(&b).end, E_CORRUPT);
	b = (struct bytes){ 0 };
	ng_section(&b);
	n32(&b, 6);
	n32(&b, 8); /* shorter than its own frame */
	n32(&b, 0);
	assert_int_equal(read_bytes(&b).end, E_CORRUPT);
	b = (struct bytes){ 0 };
	ng_section(&b);
	ng_packet(&b, 0, 0, UDP4); /* of an interface that was not described */
	assert_int_equal(read_bytes(&b).end, E_CORRUPT);
	b = (struct bytes){ 0 };
	ng_section(&b);
	store_be32(b.data + 8, 0x11223344);
	assert_int_equal(read_bytes(&b).end, E_CORRUPT);
}

static void a_large_file_slides_through_the_window(void **state _unused_)
{
	struct bytes b;
	swap = true;
	pcap_head(&b, 0xa1b2c3d4, 101);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(b.data, 1, b.len, f), b.len);
	b.len = 0;
	pcap_packet(&b, 0, UDP4, 0);
	for (int i = 0; i < 60000; i++)
		assert_int_equal(fwrite(b.data, 1, b.len, f), b.len);
	b = (struct bytes){ 0 };
	n32(&b, 1790000001);
	n32(&b, 0);
	n32(&b, 262144 + 1);
	assert_int_equal(fwrite(b.data, 1, b.len, f), b.len);
	fclose(f);
	struct got g = read_file();
	assert_int_equal(g.n, 60000);
	assert_int_equal(g.end, E_CORRUPT);
}

static int make_path(void **state _unused_)
{
	const char *dir = getenv("TMPDIR");
	snprintf(path, sizeof(path), "%.40s/weir-pcap-XXXXXX", dir ? dir : "/tmp");
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state _unused_)
{
	return unlink(path);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make_path, remove_path)

UNIT_MAIN(CASE(pcap_in_both_byte_orders_and_resolutions), CASE(every_link_type), CASE(a_time_that_no_clock_can_mean_is_none),
	  CASE(what_is_not_whole_udp_is_counted), CASE(pcapng_of_several_interfaces_and_sections),
	  CASE(every_beginning_of_a_file), CASE(what_is_no_capture), CASE(a_large_file_slides_through_the_window))
