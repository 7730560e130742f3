/* simd.c - the kernels that gain from wide registers.  Compiled once per instruction
 * set, each time with KERNELS_NAME naming the set. */
#include <string.h>

#include "kernel/kernel.h"

static void laplace_row(double *restrict row, const double *restrict above,
			const double *restrict old, const double *restrict below, int64_t n,
			struct laplace_weights weights)
{
	for (int64_t j = 1; j < n - 1; j++)
		row[j] = (below[j] + above[j]) * weights.vertical +
			 (old[j + 1] + old[j - 1]) * weights.horizontal;
}

/* Jacobi reads only old values, so each row is kept in a spare one until the next row
 * has read it: 16 bytes of the grid move per cell, where a second grid would move 24. */
static void laplace_rows(double *grid, int64_t n, int64_t first, int64_t last,
			 const double *above, const double *below, double *spare,
			 struct laplace_weights weights)
{
	double *old = spare, *other = spare + n;
	for (int64_t i = first; i < last; i++) {
		double *row = grid + i * n;
		memcpy(old, row, (size_t)n * sizeof *old);
		laplace_row(row, above, old, i + 1 < last ? row + n : below, n, weights);
		double *kept = old;
		above = kept;
		old = other;
		other = kept;
	}
}

static double sum(const double *cells, int64_t cells_n)
{
	double lanes[8] = {0};
	int64_t k = 0;
	for (; k + 8 <= cells_n; k += 8)
		for (int lane = 0; lane < 8; lane++)
			lanes[lane] += cells[k + lane];
	for (int lane = 0; k + lane < cells_n; lane++)
		lanes[lane] += cells[k + lane];
	return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
	       ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

#define TEXT_OF(name) #name
#define TABLE_OF(name) \
	extern const struct kernels kernels_##name; \
	const struct kernels kernels_##name = {TEXT_OF(name), laplace_rows, sum};
#define TABLE(name) TABLE_OF(name)
TABLE(KERNELS_NAME)
