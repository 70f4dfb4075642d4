/* LZO1X, as nfdump's older files have it: decompression only. */
#pragma once
#include "base/cursor.h"
#include "base/err.h"

/* From *in to its end marker into out; *ret_len says how much that is.  E_CORRUPT: it is no LZO, or more
 * than cap bytes. */
enum err lzo_unpack(struct cur in, uint8_t *out, size_t cap, size_t *ret_len) _must_check_;
