/* Hashes: a seeded one for tables that hold foreign keys, CRC32C for files. */
#pragma once
#include "base/util.h"

/* Random once per process (or fixed by the environment variable WEIR_HASH_SEED, for tests). */
uint64_t hash_seed(void);

uint64_t hash_bytes(const void *data, size_t len, uint64_t seed);

static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
	__uint128_t m = (__uint128_t)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xe7037ed1a0b428dbu);
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* CRC-32C (Castagnoli), RFC 3720 B.4; start with crc = 0, feed pieces in order. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);
