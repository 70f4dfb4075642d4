/* Words for loops that should become vector code: plain C, compiled for the machine at hand. */
#pragma once
#include "base/util.h"

#define _always_inline_ __attribute__((always_inline))

/* gcc's -O2 leaves loops of unknown length alone; clang's does not. */
#if defined(__clang__)
#define _vectorize_
#else
#define _vectorize_ __attribute__((optimize("O3")))
#endif

#if defined(__x86_64__)
#define VECTOR_AVX2 __attribute__((target("avx2")))
static inline bool vector_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}
#endif
