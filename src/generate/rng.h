/* Chance that repeats: 64 bits of state, the same stream for the same seed everywhere. */
#pragma once
#include "base/hash.h"

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
	r->state += 0xa0761d6478bd642fu;
	return hash_mix(r->state, r->state ^ 0xe7037ed1a0b428dbu);
}

static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)((rng_next(r) >> 32) * n >> 32);
}

static inline double rng_unit(struct rng *r) /* 0 <= u < 1 */
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

/* Few of 0..n-1 often, most of them rarely. */
static inline uint32_t rng_skewed(struct rng *r, uint32_t n)
{
	double u = rng_unit(r);
	return (uint32_t)(u * u * u * n);
}
