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

/* VECTOR_TWICE(name, (parameters), (arguments)) makes a function of name_body, which is inline
 * and returns nothing: compiled once for any machine and once for AVX2, chosen when it is called.
 * (The compiler's own way, target_clones, resolves before sanitizers are ready.) */
#if defined(__x86_64__)
/* Tests compare the two: set before threads start.  Also of use to see what AVX2 brings. */
extern bool vector_without_avx2;

static inline bool vector_avx2(void)
{
	return __builtin_cpu_supports("avx2") && !vector_without_avx2;
}

#define VECTOR_TWICE(name, params, args)                                                           \
	_vectorize_ static void name##_plain params                                                \
	{                                                                                          \
		name##_body args;                                                                  \
	}                                                                                          \
	_vectorize_ __attribute__((target("avx2"))) static void name##_avx2 params                 \
	{                                                                                          \
		name##_body args;                                                                  \
	}                                                                                          \
	static void name params                                                                    \
	{                                                                                          \
		if (vector_avx2())                                                                 \
			name##_avx2 args;                                                          \
		else                                                                               \
			name##_plain args;                                                         \
	}
#else
#define VECTOR_TWICE(name, params, args)                                                           \
	_vectorize_ static void name params                                                        \
	{                                                                                          \
		name##_body args;                                                                  \
	}
#endif
