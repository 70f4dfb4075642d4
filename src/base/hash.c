#include "base/hash.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

static uint64_t seed_value;
static uint32_t crc_table[8][256];
static uint32_t crc_behind[4][256]; /* by byte of a CRC: what it becomes when CRC_PIECE zero bytes follow */
enum { CRC_PIECE = 512 };
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A CRC is linear: of 32 bits each by itself, then of bytes as sums of their bits. */
static void make_behind(void)
{
	for (unsigned bit = 0; bit < 32; bit++) {
		uint32_t c = (uint32_t)1 << bit;
		for (size_t i = 0; i < CRC_PIECE; i++)
			c = crc_table[0][c & 255] ^ (c >> 8);
		for (uint32_t v = 0; v < 256; v++)
			if (v >> bit % 8 & 1)
				crc_behind[bit / 8][v] ^= c;
	}
}

static void make_tables(void)
{
	const char *fixed = getenv("WEIR_HASH_SEED");
	if (fixed)
		seed_value = strtoull(fixed, NULL, 0);
	else if (getrandom(&seed_value, sizeof(seed_value), 0) != (ssize_t)sizeof(seed_value))
		seed_value = (uint64_t)(uintptr_t)&seed_value; /* address randomisation, better than none */

	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;
		for (int k = 0; k < 8; k++)
			c = c & 1 ? (c >> 1) ^ 0x82f63b78u : c >> 1;
		crc_table[0][i] = c;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (size_t t = 1; t < 8; t++)
			crc_table[t][i] = (crc_table[t - 1][i] >> 8) ^ crc_table[0][crc_table[t - 1][i] & 255];
	make_behind();
}

uint64_t hash_seed(void)
{
	pthread_once(&once, make_tables);
	return seed_value;
}

uint64_t hash_bytes(const void *data, size_t len, uint64_t seed)
{
	const uint8_t *p = data;
	uint64_t h = seed ^ len * 0x9e3779b97f4a7c15u, word;
	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&word, p, 8);
		h = hash_mix(h ^ word, 0xd6e8feb86659fd93u);
	}
	word = 0;
	if (len)
		memcpy(&word, p, len);
	return hash_mix(h ^ word, seed ^ 0xa0761d6478bd642fu);
}

static uint32_t crc32c_portable(uint32_t crc, const uint8_t *p, size_t len)
{
	pthread_once(&once, make_tables);
	crc = ~crc;
	for (; len >= 8; p += 8, len -= 8) {
		uint64_t w;
		memcpy(&w, p, 8);
		w ^= crc;
		crc = 0;
		for (size_t k = 0; k < 8; k++)
			crc ^= crc_table[7 - k][w >> (8 * k) & 255];
	}
	while (len--)
		crc = crc_table[0][(crc ^ *p++) & 255] ^ (crc >> 8);
	return ~crc;
}

#if defined(__x86_64__)
static uint32_t behind(uint32_t c)
{
	return crc_behind[0][c & 255] ^ crc_behind[1][c >> 8 & 255] ^ crc_behind[2][c >> 16 & 255] ^ crc_behind[3][c >> 24];
}

/* The processor takes three cycles for a word but can begin one in each: three pieces side by side. */
__attribute__((target("sse4.2"))) static uint32_t crc32c_pieces(uint32_t crc, const uint8_t *p)
{
	uint64_t c[3] = { crc, 0, 0 };
	for (const uint8_t *end = p + CRC_PIECE; p < end; p += 8) {
		uint64_t w[3];
		memcpy(&w[0], p, 8);
		memcpy(&w[1], p + CRC_PIECE, 8);
		memcpy(&w[2], p + 2 * CRC_PIECE, 8);
		c[0] = __builtin_ia32_crc32di(c[0], w[0]);
		c[1] = __builtin_ia32_crc32di(c[1], w[1]);
		c[2] = __builtin_ia32_crc32di(c[2], w[2]);
	}
	return behind(behind((uint32_t)c[0]) ^ (uint32_t)c[1]) ^ (uint32_t)c[2];
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse(uint32_t crc, const uint8_t *p, size_t len)
{
	uint64_t c = ~crc;
	if (len >= 3 * CRC_PIECE)
		pthread_once(&once, make_tables);
	for (; len >= 3 * CRC_PIECE; p += 3 * CRC_PIECE, len -= 3 * CRC_PIECE)
		c = crc32c_pieces((uint32_t)c, p);
	for (; len >= 8; p += 8, len -= 8) {
		uint64_t w;
		memcpy(&w, p, 8);
		c = __builtin_ia32_crc32di(c, w);
	}
	uint32_t c32 = (uint32_t)c;
	while (len--)
		c32 = __builtin_ia32_crc32qi(c32, *p++);
	return ~c32;
}
#endif

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("sse4.2"))
		return crc32c_sse(crc, data, len);
#endif
	return crc32c_portable(crc, data, len);
}
