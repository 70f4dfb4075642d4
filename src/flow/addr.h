/* Addresses.  IPv4 is kept as IPv4-mapped IPv6 (RFC 4291 2.5.5.2), so that one type and one
 * column hold both.  All zero (::) means "none": a flow without an address has it. */
#pragma once
#include "base/err.h"

struct addr {
	uint8_t b[16];
};

struct prefix {
	struct addr addr; /* host bits are zero */
	uint8_t bits;     /* 0..128, of the 16 bytes: an IPv4 /24 is stored as 120 */
};

struct arange { /* both ends belong to it */
	struct addr lo, hi;
};

enum { ADDR_TEXT = 48, MAC_TEXT = 18 };

static inline struct addr addr_v4(uint32_t host_order)
{
	/* in words as wide as it is read again: a wide load of narrow stores has to wait for them */
	uint64_t half[2] = { 0, (uint64_t)__builtin_bswap32(host_order) << 32 | 0xffff0000u };
	struct addr a = { 0 };
	memcpy(a.b, half, sizeof(half));
	return a;
}

static inline bool addr_is_v4(const struct addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	return memcmp(a->b, mapped, 12) == 0;
}

static inline bool addr_is_none(const struct addr *a)
{
	static const struct addr none;
	return memcmp(a, &none, 16) == 0;
}

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, 16) == 0;
}

static inline int addr_compare(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, 16);
}

bool prefix_holds(const struct prefix *p, const struct addr *a);
/* First and last address of a prefix. */
void prefix_range(const struct prefix *p, struct addr *ret_first, struct addr *ret_last);

/* "192.0.2.1", "2001:db8::1".  False for anything else, surrounding blanks included. */
bool addr_parse(const char *s, size_t len, struct addr *ret);
const char *addr_format(const struct addr *a, char buf[static ADDR_TEXT]); /* "" for none; returns buf */

/* "192.0.2.0/24"; an address alone is a host prefix.  *why (static text) says what is wrong:
 * "not an address", "prefix length must be 0..32", "host bits set". */
bool prefix_parse(const char *s, size_t len, struct prefix *ret, const char **why);
/* 192.0.2.0/24 */
const char *prefix_format(const struct prefix *p, char buf[static ADDR_TEXT + 4]);

/* MACs are 48-bit numbers.  "02:00:5e:10:00:01", also with "-" or Cisco's 0200.5e10.0001. */
bool mac_parse(const char *s, size_t len, uint64_t *ret);
const char *mac_format(uint64_t mac, char buf[static MAC_TEXT]);
