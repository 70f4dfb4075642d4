#include "base/utf8.h"

#include <assert.h>

size_t utf8_char(const char *s, size_t len)
{
	static const struct {
		uint8_t from, to, size; /* of the first byte */
		uint8_t second, last;   /* what the second may be; all others are 80..BF */
	} rows[] = {
		{ 0x00, 0x7f, 1, 0x00, 0x00 }, { 0xc2, 0xdf, 2, 0x80, 0xbf },
		{ 0xe0, 0xe0, 3, 0xa0, 0xbf }, { 0xe1, 0xec, 3, 0x80, 0xbf },
		{ 0xed, 0xed, 3, 0x80, 0x9f }, { 0xee, 0xef, 3, 0x80, 0xbf },
		{ 0xf0, 0xf0, 4, 0x90, 0xbf }, { 0xf1, 0xf3, 4, 0x80, 0xbf },
		{ 0xf4, 0xf4, 4, 0x80, 0x8f },
	};
	size_t row = 0;
	if (!len)
		return 0;
	uint8_t first = (uint8_t)s[0];
	while (row < COUNT_OF(rows) && !(rows[row].from <= first && first <= rows[row].to))
		row++;
	if (row == COUNT_OF(rows) || rows[row].size > len)
		return 0;
	for (size_t i = 1; i < rows[row].size; i++) {
		uint8_t b = (uint8_t)s[i];
		if (b < (i == 1 ? rows[row].second : 0x80) || b > (i == 1 ? rows[row].last : 0xbf))
			return 0;
	}
	return rows[row].size;
}

/* Moves the cursor, ends the line or turns the order of what is shown around: C0 and C1 controls, U+2028 to U+202E,
 * U+2066 to U+2069. */
static bool is_control(const char *s, size_t n)
{
	const uint8_t *b = (const uint8_t *)s;
	return (n == 1 && (*b < ' ' || *b == 0x7f)) || (n == 2 && b[0] == 0xc2 && b[1] < 0xa0) ||
	       (n == 3 && b[0] == 0xe2 && ((b[1] == 0x80 && b[2] >= 0xa8 && b[2] <= 0xae) || (b[1] == 0x81 && b[2] >= 0xa6 && b[2] <= 0xa9)));
}

const char *utf8_excerpt(const char *s, size_t len, char *buf, size_t size)
{
	size_t n = 0, whole = 0; /* whole: where "..." still fits behind */
	assert(size >= 4);
	for (size_t i = 0; i < len;) {
		size_t k = utf8_char(s + i, len - i);
		bool plain = k && !is_control(s + i, k);
		size_t put = plain ? k : 1;
		if (n + 3 < size)
			whole = n;
		if (n + put >= size) {
			memcpy(buf + whole, "...", 4);
			return buf;
		}
		if (plain)
			memcpy(buf + n, s + i, k);
		else
			buf[n] = '?';
		n += put;
		i += k ? k : 1;
	}
	buf[n] = 0;
	return buf;
}
