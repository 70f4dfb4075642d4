#include "unit.h"

#include "base/utf8.h"

static size_t size_of(const char *s)
{
	return utf8_char(s, strlen(s));
}

static void characters_have_their_sizes(void **state _unused_)
{
	assert_int_equal(size_of("a"), 1);
	assert_int_equal(size_of("\xc3\xbc"), 2);
	assert_int_equal(size_of("\xe2\x82\xac"), 3);
	assert_int_equal(size_of("\xf0\x9f\x8c\x8a"), 4);
	assert_int_equal(size_of("\xf4\x8f\xbf\xbf"), 4); /* U+10FFFF */
	assert_int_equal(utf8_char("\0", 1), 1);
}

static void what_is_no_character_has_none(void **state _unused_)
{
	static const char *const bad[] = { "\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
					   "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x8c",
					   "\xc3(", "\xe2\x28\xa1", "\xe2\x82(" };
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(size_of(bad[i]), 0);
	assert_int_equal(utf8_char("", 0), 0);
}

static void excerpts_are_cut_between_characters(void **state _unused_)
{
	char buf[8];
	assert_string_equal(utf8_excerpt("", 0, buf, sizeof(buf)), "");
	assert_string_equal(utf8_excerpt("1234567", 7, buf, sizeof(buf)), "1234567");
	assert_string_equal(utf8_excerpt("12345678", 8, buf, sizeof(buf)), "1234...");
	assert_string_equal(utf8_excerpt("123\xc3\xbc" "56789", 10, buf, sizeof(buf)), "123...");
	assert_string_equal(utf8_excerpt("12\xf0\x9f\x8c\x8a" "56", 8, buf, sizeof(buf)), "12...");
	assert_string_equal(utf8_excerpt("a\nb\0c\xff", 6, buf, sizeof(buf)), "a?b?c?");
	assert_string_equal(utf8_excerpt("\x7f\x1b[0m", 5, buf, sizeof(buf)), "??[0m");
	assert_string_equal(utf8_excerpt("\xc2\x9b" "0m\xc2\xa0", 6, buf, sizeof(buf)), "?0m\xc2\xa0");     /* CSI in one character */
	assert_string_equal(utf8_excerpt("a\xe2\x80\xae" "b\xe2\x81\xa9", 8, buf, sizeof(buf)), "a?b?"); /* right to left */
}

/* Any bytes in, valid UTF-8 out, within the size. */
static void excerpts_of_any_bytes_are_valid(void **state _unused_)
{
	uint64_t s = 99;
	for (int i = 0; i < 20000; i++) {
		char raw[24], buf[16];
		for (size_t k = 0; k < sizeof(raw); k++) {
			s = s * 6364136223846793005u + 1442695040888963407u;
			raw[k] = (char)(s >> 56);
		}
		size_t size = 4 + (size_t)(s >> 33) % 13;
		const char *out = utf8_excerpt(raw, (size_t)(s >> 40) % 25, buf, size);
		size_t n = strlen(out);
		assert_true(n < size);
		for (size_t k = 0; k < n;) {
			size_t c = utf8_char(out + k, n - k);
			assert_true(c > 0 && (uint8_t)out[k] >= ' ');
			k += c;
		}
	}
}

UNIT_MAIN(cmocka_unit_test(characters_have_their_sizes), cmocka_unit_test(what_is_no_character_has_none),
	  cmocka_unit_test(excerpts_are_cut_between_characters), cmocka_unit_test(excerpts_of_any_bytes_are_valid))
