/* Countries and AS numbers of addresses, from CSV and from MaxMind's form. */
#include "base/buf.h"
#include "model/lookup.h"
#include "unit.h"

#include <unistd.h>

static uint32_t number_at(const struct lookup *l, const char *text)
{
	struct addr a;
	assert_true(addr_parse(text, strlen(text), &a));
	return lookup_number(l, &a);
}

static const char *text_at(const struct lookup *l, const char *text)
{
	uint32_t n = number_at(l, text);
	return n ? lookup_text(l, n) : "-";
}

static struct lookup *parsed(enum lookup_kind kind, const char *text)
{
	struct lookup *l = NULL;
	struct problem why = { 0 };
	if (lookup_parse(kind, text, strlen(text), "t", &l, &why) != OK)
		fail_msg("%s", why.text);
	return l;
}

static void test_countries(void **state)
{
	(void)state;
	struct lookup *l = parsed(LOOKUP_COUNTRY, "# a comment\n192.0.2.0/24,CH\n198.51.100.0,198.51.100.127,DE\n\n\"2001:db8::/32\", \"FR\"\r\n192.0.2.64/26,IT\n");
	assert_string_equal(text_at(l, "192.0.2.1"), "CH");
	assert_string_equal(text_at(l, "192.0.2.64"), "IT");
	assert_string_equal(text_at(l, "192.0.2.127"), "IT");
	assert_string_equal(text_at(l, "192.0.2.128"), "CH");
	assert_string_equal(text_at(l, "198.51.100.127"), "DE");
	assert_string_equal(text_at(l, "198.51.100.128"), "-");
	assert_string_equal(text_at(l, "2001:db8:ffff::1"), "FR");
	assert_string_equal(text_at(l, "2001:db9::"), "-");
	lookup_free(l);
}

static void test_as_numbers(void **state)
{
	(void)state;
	struct lookup *l = parsed(LOOKUP_ASN, "192.0.2.0/24,64500,\"Example, Inc.\"\n10.0.0.0,10.255.255.255,AS64501\n64501,Inside\n64502,Nowhere\n");
	assert_int_equal(number_at(l, "192.0.2.9"), 64500);
	assert_string_equal(text_at(l, "192.0.2.9"), "Example, Inc.");
	assert_string_equal(text_at(l, "10.9.9.9"), "Inside");
	assert_string_equal(lookup_text(l, 64502), "Nowhere");
	assert_null(lookup_text(l, 64503));
	lookup_free(l);
}

static void test_wrong_lines(void **state)
{
	(void)state;
	static const struct {
		enum lookup_kind kind;
		const char *text, *why;
	} wrong[] = {
		{ LOOKUP_COUNTRY, "192.0.2.0/33,CH\n", "t:1: prefix length must be 0..32" },
		{ LOOKUP_COUNTRY, "\n192.0.2.0/24\n", "t:2: nothing is said of these addresses" },
		{ LOOKUP_COUNTRY, "house,CH\n", "t:1: addresses are wanted: 192.0.2.0/24, or the first and the last" },
		{ LOOKUP_COUNTRY, "192.0.2.9,192.0.2.1,CH\n", "t:1: the last address is wanted behind the first" },
		{ LOOKUP_COUNTRY, "192.0.2.0/24,Switzerland\n", "t:1: a country's code is wanted behind the addresses" },
		{ LOOKUP_COUNTRY, "192.0.2.0/24,\"CH\n", "t:1: too many columns, or a quote without its end" },
		{ LOOKUP_ASN, "192.0.2.0/24,many\n", "t:1: an AS number is wanted" },
		{ LOOKUP_ASN, "4294967296,Too much\n", "t:1: an AS number is 0..4294967295" },
	};
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct lookup *l = NULL;
		struct problem why = { 0 };
		assert_int_equal(lookup_parse(wrong[i].kind, wrong[i].text, strlen(wrong[i].text), "t", &l, &why), E_SYNTAX);
		assert_string_equal(why.text, wrong[i].why);
	}
}

/* A database of one node: addresses that begin with a 0 are in CH, the others not known. */
static void put_mmdb(struct buf *b)
{
	static const uint8_t separator[16];
	buf_add(b, "\x00\x00\x11\x00\x00\x01", 6); /* left: data at 0 (1 node + 16); right: 1 = the number of nodes, nothing */
	buf_add(b, separator, 16);
	buf_text(b, "\xe1\x47" "country" "\xe1\x48" "iso_code" "\x42" "CH");
	buf_text(b, "\xab\xcd\xefMaxMind.com");
	buf_text(b, "\xe9");
	buf_text(b, "\x4a" "node_count" "\xc1\x01");
	buf_text(b, "\x4b" "record_size" "\xa1\x18");
	buf_text(b, "\x4a" "ip_version" "\xa1\x04");
	buf_text(b, "\x4d" "database_type" "\x44" "Test");
	buf_text(b, "\x49" "languages");
	buf_add(b, "\x00\x04", 2);
	buf_text(b, "\x5b" "binary_format_major_version" "\xa1\x02");
	buf_text(b, "\x5b" "binary_format_minor_version");
	buf_add(b, "\xa0", 1);
	buf_text(b, "\x4b" "build_epoch");
	buf_add(b, "\x01\x02\x01", 3);
	buf_text(b, "\x4b" "description");
	buf_add(b, "\xe0", 1);
}

static void test_mmdb(void **state)
{
	(void)state;
	char file[] = "/tmp/weir-lookup-XXXXXX.mmdb";
	struct buf b = { 0 };
	struct lookup *l = NULL;
	struct problem why = { 0 };
	put_mmdb(&b);
	int fd = mkstemps(file, 5);
	assert_int_equal(write(fd, b.data, b.len), (ssize_t)b.len);
	if (lookup_load(LOOKUP_COUNTRY, file, &l, &why) != OK)
		fail_msg("%s", why.text);
	assert_string_equal(text_at(l, "10.0.0.1"), "CH");
	assert_string_equal(text_at(l, "127.255.255.255"), "CH");
	assert_string_equal(text_at(l, "128.0.0.0"), "-");
	lookup_free(l);
	for (size_t cut = 0; cut < b.len; cut += 5) { /* what is cut is refused or read, never more */
		l = NULL;
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, b.data, cut, 0), (ssize_t)cut);
		if (lookup_load(LOOKUP_COUNTRY, file, &l, &why) == OK)
			lookup_free(l);
	}
	close(fd);
	unlink(file);
	buf_free(&b);
}

UNIT_MAIN(cmocka_unit_test(test_countries), cmocka_unit_test(test_as_numbers), cmocka_unit_test(test_wrong_lines), cmocka_unit_test(test_mmdb))
