/* UTF-8 from strangers: is it, and how to show a piece of it. */
#pragma once
#include "base/util.h"

/* Bytes of the character that begins here; 0 when there is none: overlong forms, surrogates and
 * numbers above U+10FFFF are none (RFC 3629). */
size_t utf8_char(const char *s, size_t len);

/* Text for a message: at most size - 1 bytes, valid UTF-8, on one line (what controls a terminal and bytes
 * that are no UTF-8 become "?"), cut between characters, with "..." when cut.  Returns buf. */
const char *utf8_excerpt(const char *s, size_t len, char *buf, size_t size);
