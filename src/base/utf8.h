/* UTF-8 from strangers: is it, and how to show a piece of it. */
#pragma once
#include "base/util.h"

/* Bytes of the character that begins here; 0 when there is none: overlong forms, surrogates and
 * numbers above U+10FFFF are none (RFC 3629). */
size_t utf8_char(const char *s, size_t len);

/* The character of n bytes moves a terminal's cursor, ends the line or turns the order of what is shown around:
 * C0 and C1 controls, U+2028 to U+202E, U+2066 to U+2069. */
bool utf8_steers(const char *s, size_t n);

/* Text for a message: at most size - 1 bytes, valid UTF-8, on one line (what controls a terminal and bytes
 * that are no UTF-8 become "?"), cut between characters, with "..." when cut.  Returns buf. */
const char *utf8_excerpt(const char *s, size_t len, char *buf, size_t size);
