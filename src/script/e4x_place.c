/* Places in a text: offset <-> line and column, as people and as the engine count them. */
#include <stdio.h>

#include "script/e4x.h"

/* Length of the line end at pos; 0 = none there. */
static size_t line_end(const uint8_t *s, size_t len, size_t pos)
{
	if (s[pos] == '\r')
		return pos + 1 < len && s[pos + 1] == '\n' ? 2 : 1;
	if (s[pos] == '\n')
		return 1;
	return s[pos] == 0xe2 && pos + 2 < len && s[pos + 1] == 0x80 &&
			       (s[pos + 2] == 0xa8 || s[pos + 2] == 0xa9)
		       ? 3
		       : 0;
}

static size_t line_start(const uint8_t *s, size_t len, unsigned line)
{
	size_t pos = 0;
	for (unsigned n = 1; n < line && pos < len;) {
		size_t end = line_end(s, len, pos);
		pos += end ? end : 1;
		n += end != 0;
	}
	return pos;
}

size_t e4x_offset_utf16(const char *text, size_t len, unsigned line, unsigned column)
{
	const uint8_t *s = (const uint8_t *)text;
	size_t pos = line_start(s, len, line);
	for (unsigned n = 1; n < column && pos < len && !line_end(s, len, pos);) {
		n += s[pos] >= 0xf0 ? 2 : 1; /* beyond U+FFFF: a surrogate pair */
		pos++;
		while (pos < len && (s[pos] & 0xc0) == 0x80)
			pos++;
	}
	return pos;
}

unsigned e4x_line(const char *text, size_t len, size_t at)
{
	const uint8_t *s = (const uint8_t *)text;
	unsigned line = 1;
	for (size_t pos = 0; pos < at && pos < len;) {
		size_t end = line_end(s, len, pos);
		pos += end ? end : 1;
		line += end != 0 && pos <= at;
	}
	return line;
}

unsigned e4x_column(const char *text, size_t len, size_t at)
{
	const uint8_t *s = (const uint8_t *)text;
	unsigned column = 1;
	for (size_t pos = line_start(s, len, e4x_line(text, len, at)); pos < at && pos < len; pos++)
		column += (s[pos] & 0xc0) != 0x80;
	return column;
}

void e4x_line_text(const char *text, size_t len, unsigned line, char *out, size_t size)
{
	const uint8_t *s = (const uint8_t *)text;
	size_t pos = line_start(s, len, line), n = 0;
	while (pos < len && n + 1 < size && !line_end(s, len, pos))
		out[n++] = text[pos++];
	while (n && pos < len && ((uint8_t)text[pos] & 0xc0) == 0x80) { /* cut between characters */
		pos--;
		n--;
	}
	out[n] = '\0';
}
