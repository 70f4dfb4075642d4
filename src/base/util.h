/* Small things every file may use: attributes, clean-up, sizes. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define _must_check_  __attribute__((warn_unused_result))
#define _unused_      __attribute__((unused))
#define _printf_(f, a) __attribute__((format(printf, f, a)))
#define _cleanup_(fn) __attribute__((cleanup(fn)))

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)   ((a) < (b) ? (a) : (b))
#define MAX(a, b)   ((a) > (b) ? (a) : (b))
#define STREQ(a, b) (strcmp((a), (b)) == 0)

/* Define x_freep() for _cleanup_: frees what the pointer holds. */
#define DEFINE_FREEP(type, fn)                                                                     \
	static inline void fn##p(type *p)                                                          \
	{                                                                                          \
		if (*p)                                                                            \
			fn(*p);                                                                    \
	}

/* Adds field by field two structs that are uint64_t counts and nothing else. */
static inline void counts_add_(void *to, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t a, b;
		memcpy(&a, (char *)to + i * sizeof(a), sizeof(a));
		memcpy(&b, (const char *)from + i * sizeof(b), sizeof(b));
		a += b;
		memcpy((char *)to + i * sizeof(a), &a, sizeof(a));
	}
}
#define counts_add(to, from)                                                                       \
	({                                                                                         \
		_Static_assert(sizeof(*(to)) % sizeof(uint64_t) == 0, "counts and nothing else");  \
		_Static_assert(sizeof(*(to)) == sizeof(*(from)), "the same struct");               \
		counts_add_(to, from, sizeof(*(to)) / sizeof(uint64_t));                           \
	})

/* Times are microseconds since 1970 UTC everywhere inside. */
typedef int64_t usec_t;
#define USEC_PER_SEC  ((usec_t)1000000)
#define USEC_PER_MIN  (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (3600 * USEC_PER_SEC)
#define USEC_PER_DAY  (24 * USEC_PER_HOUR)

/* A half-open span of time: start <= t < end. */
struct span {
	usec_t start, end;
};

static inline uint16_t load_be16(const uint8_t *p)
{
	uint16_t v;
	memcpy(&v, p, 2);
	return __builtin_bswap16(v);
}

static inline uint32_t load_be32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return __builtin_bswap32(v);
}

static inline uint64_t load_be64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return __builtin_bswap64(v);
}

/* An unsigned big-endian integer of 0..8 bytes. */
static inline uint64_t load_be(const uint8_t *p, size_t len)
{
	uint64_t v = 0;
	if (len == 4)
		return load_be32(p);
	if (len == 8)
		return load_be64(p);
	for (size_t i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

static inline void store_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void store_be32(uint8_t *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, 4);
}

static inline void store_be64(uint8_t *p, uint64_t v)
{
	v = __builtin_bswap64(v);
	memcpy(p, &v, 8);
}
