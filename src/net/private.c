#include "net/private.h"

#include <arpa/inet.h>
#include <assert.h>

struct block {
	const char *addr;
	unsigned bits; /* as people write it */
};

/* RFC 6890 and the IANA special-purpose registries, as far as a fetch could do harm. */
static const struct block private_blocks[] = {
	{ "0.0.0.0", 8 },      /* this network */
	{ "10.0.0.0", 8 },     /* RFC 1918 */
	{ "100.64.0.0", 10 },  /* carrier NAT, RFC 6598 */
	{ "127.0.0.0", 8 },    /* loopback */
	{ "169.254.0.0", 16 }, /* link-local, and clouds' metadata servers */
	{ "172.16.0.0", 12 },  /* RFC 1918 */
	{ "192.0.0.0", 24 },   /* protocol assignments */
	{ "192.168.0.0", 16 }, /* RFC 1918 */
	{ "198.18.0.0", 15 },  /* benchmarks, RFC 2544 */
	{ "224.0.0.0", 4 },    /* multicast */
	{ "240.0.0.0", 4 },    /* reserved, broadcast */
	{ "::", 96 },          /* unspecified, loopback, IPv4-compatible */
	{ "64:ff9b:1::", 48 }, /* local-use NAT64, RFC 8215 */
	{ "100::", 64 },       /* discard, RFC 6666 */
	{ "fc00::", 7 },       /* unique local, RFC 4193 */
	{ "fe80::", 10 },      /* link-local */
	{ "fec0::", 10 },      /* site-local, old */
	{ "ff00::", 8 },       /* multicast */
};

/* IPv6 blocks whose addresses hold an IPv4 address, and at which byte. */
static const struct {
	struct block block;
	size_t at;
} holds_v4[] = {
	{ { "2002::", 16 }, 2 },     /* 6to4, RFC 3056 */
	{ { "64:ff9b::", 96 }, 12 }, /* NAT64, RFC 6052 */
};

static struct ip from_v4(const uint8_t v4[static 4])
{
	struct ip ip = { { [10] = 0xff, [11] = 0xff } };
	memcpy(ip.b + 12, v4, 4);
	return ip;
}

static bool is_v4(const struct ip *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	return memcmp(ip->b, mapped, 12) == 0;
}

bool ip_parse(const char *s, struct ip *ret)
{
	uint8_t v4[4];
	if (inet_pton(AF_INET, s, v4) == 1) {
		*ret = from_v4(v4);
		return true;
	}
	return inet_pton(AF_INET6, s, ret->b) == 1;
}

const char *ip_format(const struct ip *ip, char buf[static IP_TEXT])
{
	const char *s = is_v4(ip) ? inet_ntop(AF_INET, ip->b + 12, buf, IP_TEXT)
				  : inet_ntop(AF_INET6, ip->b, buf, IP_TEXT);
	assert(s); /* 48 bytes hold any */
	return s;
}

static bool in_block(const struct block *block, const struct ip *ip)
{
	struct ip p;
	bool ok = ip_parse(block->addr, &p);
	assert(ok); /* our own rows */
	unsigned bits = is_v4(&p) ? block->bits + 96 : block->bits, whole = bits / 8,
		 rest = bits % 8;
	return memcmp(p.b, ip->b, whole) == 0 &&
	       (!rest || ((p.b[whole] ^ ip->b[whole]) & (uint8_t)(0xff00u >> rest)) == 0);
}

bool ip_is_private(const struct ip *ip)
{
	for (size_t i = 0; i < COUNT_OF(private_blocks); i++)
		if (in_block(&private_blocks[i], ip))
			return true;
	for (size_t i = 0; i < COUNT_OF(holds_v4); i++)
		if (in_block(&holds_v4[i].block, ip)) {
			struct ip inner = from_v4(ip->b + holds_v4[i].at);
			return ip_is_private(&inner);
		}
	return false;
}
