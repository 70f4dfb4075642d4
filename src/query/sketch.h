/* Inside of query/: how many distinct values there are, roughly, in 4 KB (HyperLogLog, Flajolet and
 * others 2007): each register keeps the longest run of zeroes among the hashes that fall to it.
 * The standard error is 1.04 / sqrt(4096) = 1.6 %. */
#pragma once
#include "base/util.h"

enum { SKETCH_BITS = 12, SKETCH_BYTES = 1 << SKETCH_BITS };

void sketch_add(uint8_t *regs, const uint64_t *words, unsigned n);
void sketch_merge(uint8_t *regs, const uint8_t *other);
double sketch_estimate(const uint8_t *regs);
