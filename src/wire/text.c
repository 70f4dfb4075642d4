/* Names that exports tell, made fit to be shown: a stranger wrote them. */
#include "wire/inside.h"

/* Bytes of the UTF-8 character at p, 0 = none: overlong forms, surrogates and numbers above
 * 10ffff are none (RFC 3629 4). */
static size_t utf8_length(const uint8_t *p, size_t left)
{
	static const struct {
		uint8_t first, last, low, high, len; /* first byte from..to, second byte from..to */
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	if (p[0] < 0x80)
		return 1;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (left < forms[i].len || p[1] < forms[i].low || p[1] > forms[i].high)
			return 0;
		for (size_t k = 2; k < forms[i].len; k++)
			if (p[k] >> 6 != 2)
				return 0;
		return forms[i].len;
	}
	return 0;
}

/* U+0000..1f, 7f and U+0080..9f. */
static bool is_control(const uint8_t *p, size_t len)
{
	return len == 1 ? p[0] < 0x20 || p[0] == 0x7f : len == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

const char *clean_text(const uint8_t *data, size_t len, char *buf, size_t size)
{
	size_t n = 0;
	while (len && data[len - 1] == 0) /* fields of fixed length are filled up with zeros */
		len--;
	for (size_t i = 0; i < len;) {
		size_t k = utf8_length(data + i, len - i);
		if (n + MAX(k, 1u) >= size)
			break;
		if (k == 0 || is_control(data + i, k)) {
			buf[n++] = '?';
		} else {
			memcpy(buf + n, data + i, k);
			n += k;
		}
		i += MAX(k, 1u);
	}
	while (n && buf[n - 1] == ' ')
		n--;
	size_t blanks = 0;
	while (blanks < n && buf[blanks] == ' ')
		blanks++;
	memmove(buf, buf + blanks, n - blanks);
	buf[n - blanks] = '\0';
	return n > blanks ? buf : NULL;
}
