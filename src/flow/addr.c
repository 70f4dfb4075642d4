#include "flow/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

static void mask_tail(struct addr *a, unsigned bits, uint8_t fill)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned keep = bits > i * 8 ? MIN(bits - i * 8, 8u) : 0;
		uint8_t mask = (uint8_t)(0xff00u >> keep);
		a->b[i] = (uint8_t)((a->b[i] & mask) | (fill & ~mask));
	}
}

bool prefix_holds(const struct prefix *p, const struct addr *a)
{
	unsigned whole = p->bits / 8, rest = p->bits % 8;
	if (memcmp(p->addr.b, a->b, whole) != 0)
		return false;
	uint8_t mask = (uint8_t)(0xff00u >> rest);
	return !rest || ((p->addr.b[whole] ^ a->b[whole]) & mask) == 0;
}

void prefix_range(const struct prefix *p, struct addr *ret_first, struct addr *ret_last)
{
	*ret_first = *ret_last = p->addr;
	mask_tail(ret_first, p->bits, 0);
	mask_tail(ret_last, p->bits, 0xff);
}

bool addr_parse(const char *s, size_t len, struct addr *ret)
{
	char text[ADDR_TEXT];
	struct in_addr v4;
	struct addr a;
	if (len >= sizeof(text) || memchr(s, 0, len))
		return false;
	memcpy(text, s, len);
	text[len] = 0;
	if (inet_pton(AF_INET, text, &v4) == 1)
		a = addr_v4(ntohl(v4.s_addr));
	else if (inet_pton(AF_INET6, text, a.b) != 1)
		return false;
	*ret = a;
	return true;
}

const char *addr_format(const struct addr *a, char buf[static ADDR_TEXT])
{
	if (addr_is_none(a))
		buf[0] = 0;
	else if (addr_is_v4(a))
		snprintf(buf, ADDR_TEXT, "%u.%u.%u.%u", a->b[12], a->b[13], a->b[14], a->b[15]);
	else
		inet_ntop(AF_INET6, a->b, buf, ADDR_TEXT);
	return buf;
}

bool prefix_parse(const char *s, size_t len, struct prefix *ret, const char **why)
{
	const char *slash = memchr(s, '/', len);
	size_t addr_len = slash ? (size_t)(slash - s) : len;
	struct prefix p = { .bits = 128 };

	*why = "not an address";
	if (!addr_parse(s, addr_len, &p.addr))
		return false;
	unsigned most = addr_is_v4(&p.addr) ? 32 : 128;
	if (slash) {
		unsigned bits = 0;
		size_t digits = len - addr_len - 1;
		*why = most == 32 ? "prefix length must be 0..32" : "prefix length must be 0..128";
		if (digits < 1 || digits > 3)
			return false;
		for (size_t i = 0; i < digits; i++) {
			char ch = slash[1 + i];
			if (ch < '0' || ch > '9')
				return false;
			bits = bits * 10 + (unsigned)(ch - '0');
		}
		if (bits > most)
			return false;
		p.bits = (uint8_t)(bits + 128 - most);
	}
	struct addr masked = p.addr;
	mask_tail(&masked, p.bits, 0);
	*why = "host bits set";
	if (!addr_equal(&masked, &p.addr))
		return false;
	*ret = p;
	return true;
}

const char *prefix_format(const struct prefix *p, char buf[static ADDR_TEXT + 4])
{
	char text[ADDR_TEXT];
	bool v4 = addr_is_v4(&p->addr) && p->bits >= 96;
	if (addr_is_none(&p->addr))
		snprintf(text, sizeof(text), "::");
	else
		addr_format(&p->addr, text);
	snprintf(buf, ADDR_TEXT + 4, "%s/%u", text, v4 ? p->bits - 96u : p->bits);
	return buf;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Twelve digits, separated every `group` digits by sep. */
static bool mac_groups(const char *s, size_t len, char sep, size_t group, uint64_t *ret)
{
	uint64_t v = 0;
	size_t digits = 0;
	if (len != 12 + 12 / group - 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((i + 1) % (group + 1) == 0) {
			if (s[i] != sep)
				return false;
			continue;
		}
		int d = hex_digit(s[i]);
		if (d < 0)
			return false;
		v = v << 4 | (uint64_t)d;
		digits++;
	}
	*ret = v;
	return digits == 12;
}

bool mac_parse(const char *s, size_t len, uint64_t *ret)
{
	return mac_groups(s, len, ':', 2, ret) || mac_groups(s, len, '-', 2, ret) ||
	       mac_groups(s, len, '.', 4, ret) || mac_groups(s, len, 0, 12, ret);
}

const char *mac_format(uint64_t m, char buf[static MAC_TEXT])
{
	snprintf(buf, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", (unsigned)(m >> 40 & 255),
		 (unsigned)(m >> 32 & 255), (unsigned)(m >> 24 & 255), (unsigned)(m >> 16 & 255),
		 (unsigned)(m >> 8 & 255), (unsigned)(m & 255));
	return buf;
}
