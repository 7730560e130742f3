/* lanes.h - vectors of as many numbers as a register of this instruction set has.
 *
 * Wider ones would be legal, too, but gcc keeps what does not fit one register in memory: on
 * AVX2 the Laplace update was 2.5 times slower with vectors of eight. */
#pragma once

#include <stdint.h>

#ifdef KERNELS_X86
#include <immintrin.h>
#endif

#if __has_builtin(__builtin_shufflevector)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (wide_int){__VA_ARGS__})
#endif

/* LEFT_OF   the neighbours to the left of each in `here`, which `before` ends with
 * RIGHT_OF  those to the right, which `next` begins with
 * STREAM    stores past the caches, at a place that has a vector's alignment: a line that is
 *           written as a whole need not be fetched before
 * STREAMED  after such stores, which other threads else see in any order */
#if defined __AVX512F__
enum { LANES = 8 };
#define LEFT_OF(here, before) SHUFFLE(before, here, 7, 8, 9, 10, 11, 12, 13, 14)
#define RIGHT_OF(here, next) SHUFFLE(here, next, 1, 2, 3, 4, 5, 6, 7, 8)
#define STREAM(to, some) _mm512_stream_pd(to, (__m512d)(some))
#elif defined __AVX2__
enum { LANES = 4 };
#define LEFT_OF(here, before) SHUFFLE(before, here, 3, 4, 5, 6)
#define RIGHT_OF(here, next) SHUFFLE(here, next, 1, 2, 3, 4)
#define STREAM(to, some) _mm256_stream_pd(to, (__m256d)(some))
#else
enum { LANES = 2 };
#define LEFT_OF(here, before) SHUFFLE(before, here, 1, 2)
#define RIGHT_OF(here, next) SHUFFLE(here, next, 1, 2)
#ifdef KERNELS_X86
#define STREAM(to, some) _mm_stream_pd(to, (__m128d)(some))
#else
#define STREAM(to, some) STORE(to, some)
#endif
#endif

#ifdef KERNELS_X86
#define STREAMED() _mm_sfence()
#else
#define STREAMED() (void)0
#endif

typedef double wide __attribute__((vector_size(8 * LANES)));
typedef uint64_t wide_int __attribute__((vector_size(8 * LANES)));

/* For functions with a form for each value of some constant argument. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Anywhere in a row. */
typedef double wide_anywhere __attribute__((vector_size(8 * LANES), aligned(8), may_alias));
#define LOAD(from) ((wide) * (const wide_anywhere *)(from))
#define STORE(to, some) (*(wide_anywhere *)(to) = (some))
