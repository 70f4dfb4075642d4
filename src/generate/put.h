/* Bytes out, big-endian, into a buffer whose size was counted before.  Private to generate/. */
#pragma once
#include "flow/addr.h"

struct put {
	uint8_t *at;
};

static inline void put_u8(struct put *p, uint32_t v)
{
	*p->at++ = (uint8_t)v;
}
static inline void put_u16(struct put *p, uint32_t v)
{
	store_be16(p->at, (uint16_t)v);
	p->at += 2;
}
static inline void put_u32(struct put *p, uint32_t v)
{
	store_be32(p->at, v);
	p->at += 4;
}
static inline void put_u64(struct put *p, uint64_t v)
{
	store_be64(p->at, v);
	p->at += 8;
}
static inline void put_bytes(struct put *p, const void *data, size_t len)
{
	memcpy(p->at, data, len);
	p->at += len;
}
static inline void put_zero(struct put *p, size_t len)
{
	memset(p->at, 0, len);
	p->at += len;
}
static inline void put_mac(struct put *p, uint64_t mac)
{
	put_u16(p, (uint32_t)(mac >> 32));
	put_u32(p, (uint32_t)mac);
}
/* 4 bytes of an IPv4 address, 16 of others. */
static inline void put_addr(struct put *p, const struct addr *a)
{
	bool v4 = addr_is_v4(a);
	put_bytes(p, v4 ? a->b + 12 : a->b, v4 ? 4 : 16);
}
