/* Frames for tests that read the same in two ways: usual ones, and such as are just not. */
#pragma once
#include "heard.h"

#define MACS "020000000002 020000000001 "

static inline unsigned pick(uint64_t *seed, const unsigned *from, size_t n)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return from[(*seed >> 33) % n];
}
#define ONE_OF(seed, ...) pick(seed, (const unsigned[]){ __VA_ARGS__ }, COUNT_OF(((const unsigned[]){ __VA_ARGS__ })))

static inline void put_ports(struct bytes *b, uint64_t *seed)
{
	U16(b, 443, ONE_OF(seed, 50000, 4789, 8472, 6081, 6635));
	put_hex(b, "00000001 08000000 5112 0400 0000 0000 45000028 00010000 40060000 c0000205 c0000206 01bb 0050");
}

static inline void put_ip(struct bytes *b, uint64_t *seed, bool six)
{
	unsigned next = ONE_OF(seed, 6, 6, 17, 17, 1, 47, 4);
	if (six) {
		U16(b, ONE_OF(seed, 0x6b80, 0x6000, 0x4500), 0, ONE_OF(seed, 0, 8, 13, 14, 60));
		U16(b, next << 8 | 63);
		put_hex(b, "20010db8000000000000000000000001 20010db8000000000000000000000002");
	} else {
		U16(b, ONE_OF(seed, 0x4520, 0x4500, 0x4400, 0x6500), ONE_OF(seed, 0, 19, 28, 33, 34, 60), 1);
		U16(b, ONE_OF(seed, 0, 0x4000, 0x2000, 0x0001, 0x8000), 0x4000 | next, 0);
		put_hex(b, "c0000201 c0000202");
	}
	put_ports(b, seed);
}
