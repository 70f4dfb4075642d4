/* Names that exports tell, made fit to be shown: a stranger wrote them. */
#include "base/utf8.h"
#include "wire/inside.h"

/* U+0000..1f, 7f and U+0080..9f. */
static bool is_control(const char *p, size_t len)
{
	uint8_t first = (uint8_t)p[0];
	return len == 1 ? first < 0x20 || first == 0x7f
			: len == 2 && first == 0xc2 && (uint8_t)p[1] < 0xa0;
}

static size_t plain_start(const char *s, size_t len)
{
	const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
	size_t n = 0;
	for (uint64_t w; n + 8 <= len; n += 8) { /* as long as eight at once are no less than 0x20, no more than 0x7e */
		memcpy(&w, s + n, 8);
		if ((w | (w - ones * 0x20) | (w + ones)) & tops)
			break;
	}
	while (n < len && s[n] >= 0x20 && s[n] < 0x7f)
		n++;
	return n;
}

const char *clean_text(const uint8_t *data, size_t len, char *buf, size_t size)
{
	const char *text = (const char *)data;
	size_t n = 0, blanks = 0;
	while (len && text[len - 1] == 0) /* fields of fixed length are filled up with zeros */
		len--;
	n = plain_start(text, MIN(len, size - 1)); /* nearly all are ASCII to their end */
	memcpy(buf, text, n);
	for (size_t i = n, k; i < len; i += MAX(k, 1u)) {
		k = utf8_char(text + i, len - i);
		if (n + MAX(k, 1u) >= size)
			break;
		if (k == 0 || is_control(text + i, k)) {
			buf[n++] = '?';
		} else {
			memcpy(buf + n, text + i, k);
			n += k;
		}
	}
	while (n && buf[n - 1] == ' ')
		n--;
	while (blanks < n && buf[blanks] == ' ')
		blanks++;
	if (blanks)
		memmove(buf, buf + blanks, n - blanks);
	buf[n - blanks] = '\0';
	return n > blanks ? buf : NULL;
}
