/* The one door for foreign bytes: a bounds-checked cursor with a sticky failure.
 *
 * Read straight down, ask c.bad once at the end: after the first short read every
 * further read gives zero and moves nothing.  cur_take() cuts out a child that cannot
 * leave its parent, so a lying length harms nobody.  A cursor borrows its bytes. */
#pragma once
#include "base/util.h"

struct cur {
	const uint8_t *pos, *end;
	bool bad;
};

static inline struct cur cur_of(const void *data, size_t len)
{
	static const uint8_t nothing;
	const uint8_t *p = len ? data : &nothing; /* never NULL: NULL means "too few bytes" below */
	return (struct cur){ .pos = p, .end = p + len };
}

static inline size_t cur_left(const struct cur *c)
{
	return (size_t)(c->end - c->pos);
}

/* The next n bytes, or NULL (and bad) when fewer are left. */
static inline const uint8_t *cur_need(struct cur *c, size_t n)
{
	if (c->bad || n > cur_left(c)) { /* compare sizes, never pos + n */
		c->bad = true;
		return NULL;
	}
	const uint8_t *p = c->pos;
	c->pos += n;
	return p;
}

static inline uint8_t cur_u8(struct cur *c)
{
	const uint8_t *p = cur_need(c, 1);
	return p ? p[0] : 0;
}

static inline uint16_t cur_u16(struct cur *c)
{
	const uint8_t *p = cur_need(c, 2);
	return p ? load_be16(p) : 0;
}

static inline uint32_t cur_u32(struct cur *c)
{
	const uint8_t *p = cur_need(c, 4);
	return p ? load_be32(p) : 0;
}

static inline uint64_t cur_u64(struct cur *c)
{
	const uint8_t *p = cur_need(c, 8);
	return p ? load_be64(p) : 0;
}

/* Little-endian twins, for our own files and for pcap. */
static inline uint16_t cur_le16(struct cur *c)
{
	return __builtin_bswap16(cur_u16(c));
}

static inline uint32_t cur_le32(struct cur *c)
{
	return __builtin_bswap32(cur_u32(c));
}

static inline uint64_t cur_le64(struct cur *c)
{
	return __builtin_bswap64(cur_u64(c));
}

static inline void cur_skip(struct cur *c, size_t n)
{
	(void)cur_need(c, n);
}

/* The next n bytes as a cursor of their own; when too few are left both are bad. */
static inline struct cur cur_take(struct cur *c, size_t n)
{
	const uint8_t *p = cur_need(c, n);
	if (!p)
		return (struct cur){ .bad = true };
	return (struct cur){ .pos = p, .end = p + n };
}
