/* A growing byte buffer with a ceiling and a sticky failure: append freely, ask once.
 *
 *	struct buf b = { .ceiling = 64u << 20 };
 *	buf_text(&b, "hello "); buf_printf(&b, "%d", n);
 *	if (b.bad) ...               (E_LIMIT past the ceiling or E_NOMEM, see buf_err)
 *
 * A ceiling of 0 means 1 GB.  One thread at a time. */
#pragma once
#include "base/err.h"

struct buf {
	uint8_t *data; /* owned; NULL while nothing was appended */
	size_t len, cap, ceiling;
	enum err bad;  /* first failure; later appends do nothing */
};

void buf_add(struct buf *b, const void *data, size_t len);
void buf_text(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) _printf_(2, 3);
uint8_t *buf_room(struct buf *b, size_t len); /* len more bytes, counted as appended; NULL when bad */
void buf_free(struct buf *b);                 /* empty again, ceiling kept */

static inline void buf_u8(struct buf *b, uint8_t v)
{
	buf_add(b, &v, 1);
}
/* Little-endian, for our own formats. */
static inline void buf_u16(struct buf *b, uint16_t v)
{
	buf_add(b, &v, 2);
}
static inline void buf_u32(struct buf *b, uint32_t v)
{
	buf_add(b, &v, 4);
}
static inline void buf_u64(struct buf *b, uint64_t v)
{
	buf_add(b, &v, 8);
}

/* The contents as a C string (a zero byte is put behind them); "" when empty or bad. */
const char *buf_str(struct buf *b);

static inline void buf_reset(struct buf *b)
{
	b->len = 0;
	b->bad = OK;
}
