#include "query/sketch.h"

#include "base/hash.h"

#include <math.h>

void sketch_add(uint8_t *regs, const uint64_t *words, unsigned n)
{
	uint64_t h = 0x51ed270b7a1c9f3du; /* not seeded: two runs give the same bytes */
	for (unsigned i = 0; i < n; i++)
		h = hash_mix(h, words[i]);
	h = hash_mix(h, (uint64_t)n);
	uint64_t rest = h << SKETCH_BITS | (uint64_t)1 << (SKETCH_BITS - 1);
	uint8_t run = (uint8_t)(__builtin_clzll(rest) + 1);
	uint8_t *reg = &regs[h >> (64 - SKETCH_BITS)];
	*reg = MAX(*reg, run);
}

void sketch_merge(uint8_t *regs, const uint8_t *other)
{
	for (size_t i = 0; i < SKETCH_BYTES; i++)
		regs[i] = MAX(regs[i], other[i]);
}

double sketch_estimate(const uint8_t *regs)
{
	const double m = SKETCH_BYTES, alpha = 0.7213 / (1 + 1.079 / m);
	double sum = 0;
	unsigned zeroes = 0;
	for (size_t i = 0; i < SKETCH_BYTES; i++) {
		sum += ldexp(1, -regs[i]);
		zeroes += !regs[i];
	}
	double e = alpha * m * m / sum;
	return round(e <= 2.5 * m && zeroes ? m * log(m / zeroes) : e); /* few values: by the empty registers */
}
