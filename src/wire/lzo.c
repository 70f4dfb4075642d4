/* LZO1X is a list of instructions; how the first byte t of one reads depends on how many literals stand
 * right before it (`state`: 0 to 3, or 4 for more of them).  (Linux, Documentation/staging/lzo.rst)
 *
 *	t          state   copies                                         from so far back
 *	  0..15    0       3 + t literals (t = 0: 18 + a longer length)   -           state becomes 4
 *	  0..15    1..3    2 bytes                                        1 + (t >> 2) + 4 h
 *	  0..15    4       3 bytes                                        2049 + (t >> 2) + 4 h
 *	 16..31            2 + (t & 7, or 7 + a longer length)            16384 + (t & 8) << 11 + d >> 2
 *	                                                                  16384 alone: the end
 *	 32..63            2 + (t & 31, or 31 + a longer length)          1 + d >> 2
 *	 64..127           3 + (t >> 5 & 1)                               1 + (t >> 2 & 7) + 8 h
 *	128..255           5 + (t >> 5 & 3)                               1 + (t >> 2 & 7) + 8 h
 *
 * h is the byte that follows, d two of them, little-endian.  A longer length is 255 for each zero byte,
 * plus the byte behind these.  Then come as many literals as the low two bits say: of d, else of t. */
#include "wire/lzo.h"

struct unpack {
	struct cur in;
	uint8_t *out;
	size_t len, cap;
	bool bad;
};

static size_t longer(struct cur *in, size_t base)
{
	uint8_t v;
	while (!(v = cur_u8(in)) && !in->bad)
		base += 255; /* as often as the input has bytes: it cannot wrap */
	return base + v;
}

static void literals(struct unpack *u, size_t n)
{
	const uint8_t *p = cur_need(&u->in, n);
	u->bad |= !p || n > u->cap - u->len;
	if (u->bad)
		return;
	memcpy(u->out + u->len, p, n);
	u->len += n;
}

/* Byte by byte: what is copied may be what was just written. */
static void match(struct unpack *u, size_t n, size_t back)
{
	u->bad |= u->in.bad || back > u->len || n > u->cap - u->len;
	for (size_t i = 0; !u->bad && i < n; i++, u->len++)
		u->out[u->len] = u->out[u->len - back];
}

/* One instruction that copies from behind; its literals' number, or 4 at the end of all. */
static unsigned step(struct unpack *u, uint8_t t, unsigned state)
{
	size_t n, back;
	unsigned low = t;
	if (t >= 64) {
		n = t >= 128 ? 5u + (t >> 5 & 3) : 3u + (t >> 5 & 1);
		back = 1 + (size_t)(t >> 2 & 7) + 8 * (size_t)cur_u8(&u->in);
	} else if (t >= 16) {
		size_t mask = t >= 32 ? 31 : 7;
		n = 2 + (t & mask ? t & mask : longer(&u->in, mask));
		low = cur_le16(&u->in);
		back = (t >= 32 ? 1 : 16384 + ((size_t)(t & 8) << 11)) + (low >> 2);
		if (back == 16384 && t < 32)
			return 4;
	} else {
		n = state == 4 ? 3 : 2;
		back = (state == 4 ? 2049u : 1u) + (size_t)(t >> 2) + 4 * (size_t)cur_u8(&u->in);
	}
	match(u, n, back);
	literals(u, low & 3);
	return low & 3;
}

enum err lzo_unpack(struct cur in, uint8_t *out, size_t cap, size_t *ret_len)
{
	struct unpack u = { .in = in, .out = out, .cap = cap };
	unsigned state = 0;
	if (cur_left(&in) && *in.pos > 17) { /* it begins with literals */
		size_t n = cur_u8(&u.in) - 17u;
		literals(&u, n);
		state = (unsigned)MIN(n, (size_t)4);
	}
	while (!u.bad && !u.in.bad) {
		uint8_t t = cur_u8(&u.in);
		if (t < 16 && !state) {
			literals(&u, t ? 3u + t : longer(&u.in, 18));
			state = 4;
			continue;
		}
		state = step(&u, t, state);
		if (state == 4 && !u.bad && !u.in.bad) {
			*ret_len = u.len;
			return OK;
		}
	}
	return E_CORRUPT;
}
