/* kernels.h - what the tests of kernels share: numbers, comparisons, and the sets that run. */
#pragma once

#include "claims.h"

#include <stdlib.h>

#include "kernel/kernel.h"

/* Numbers that use all bits of a double's fraction, the same on every machine. */
static inline double next_number(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (double)(*seed >> 11) / 9007199254740992.0 - 0.25;
}

static inline double *filled(int64_t cells_n, uint64_t seed)
{
	double *cells = malloc((size_t)cells_n * sizeof *cells);
	assert_non_null(cells);
	for (int64_t k = 0; k < cells_n; k++)
		cells[k] = next_number(&seed);
	return cells;
}

static inline double *copied(const double *cells, int64_t cells_n)
{
	double *copy = malloc((size_t)cells_n * sizeof *copy);
	assert_non_null(copy);
	memcpy(copy, cells, (size_t)cells_n * sizeof *copy);
	return copy;
}

static inline void assert_same_bits(const double *found, const double *expected, int64_t cells_n,
				    const char *name, int64_t n)
{
	for (int64_t k = 0; k < cells_n; k++)
		/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): the bits are the claim */
		if (memcmp(found + k, expected + k, sizeof *found) != 0)
			fail_msg("%s, n = %lld, cell %lld: %a is not %a", name, (long long)n,
				 (long long)k, found[k], expected[k]);
}

/* The k-th set that runs here, or NULL. */
static inline const struct kernels *next_that_runs(int *k)
{
	bool runs_here;
	const struct kernels *kernels;
	while ((kernels = kernels_nth((*k)++, &runs_here)))
		if (runs_here)
			return kernels;
	return NULL;
}
