/* limits_loops.c - see limits_loops.h.  Nothing here is written for speed. */
#include "limits_loops.h"

#include "kernel/opaque.h"

void jacobi(double *restrict to, const double *restrict old, size_t n)
{
	for (size_t i = 1; i < n - 1; i++)
		for (size_t j = 1; j < n - 1; j++)
			to[i * n + j] = (old[(i + 1) * n + j] + old[(i - 1) * n + j]) * 0.25 +
					(old[i * n + j + 1] + old[i * n + j - 1]) * 0.25;
}

/* In eights, so that nothing but the chain of additions takes time. */
uint64_t dependent_adds(int64_t n)
{
	uint64_t sum = 0;
	for (int64_t k = 0; k < n / 8; k++)
#pragma GCC unroll 8
		for (int each = 0; each < 8; each++)
			sum = opaque(sum + (uint64_t)k);
	return sum;
}

uint64_t read_all(const uint64_t *numbers, size_t n)
{
	uint64_t sum = 0;
	for (size_t k = 0; k < n; k++)
		sum += numbers[k];
	return sum;
}

void triad(double *restrict a, const double *restrict b, const double *restrict c, double scale,
	   size_t n)
{
	for (size_t k = 0; k < n; k++)
		a[k] = b[k] + c[k] * scale;
}
