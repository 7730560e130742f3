/* simd.c - the kernels that gain from wide registers.  Compiled once per instruction
 * set, each time with KERNELS_NAME naming the set. */
#include <stddef.h>

#include "kernel/kernel.h"
#include "kernel/lanes.h"
#include "kernel/opaque.h"

/* Of a cell, or of a vector of them. */
#define UPDATED(above, below, left, right, weights) \
	(((below) + (above)) * (weights).vertical + ((right) + (left)) * (weights).horizontal)

/* A row of fewer cells than a vector has. */
static ALWAYS_INLINE void update_short_row(double *to, const double *row, const double *above,
					   const double *below, double *kept, int64_t n,
					   struct laplace_weights weights)
{
	double left = row[0];
	for (int64_t j = 1; j < n - 1; j++) {
		double here = row[j];
		to[j] = UPDATED(above[j], below[j], left, row[j + 1], weights);
		if (kept)
			kept[j] = here;
		left = here;
	}
}

/* Writes the update of `row` to `to`.  In place that is the row itself, and `kept`, else NULL, is
 * what `above` is: the old row above, and this row's old cells afterwards.  Then, too, of what
 * comes from memory, the row below, the next one is asked for in advance, as the prefetcher
 * alone is too slow.
 *
 * A vector's neighbours are taken from registers: in place, the left ones are gone from the row
 * when it is its turn.  The last vector may overlap the one before it, and so it is done first. */
static ALWAYS_INLINE void update_row(double *to, const double *row, const double *above,
				     const double *below, double *kept, int64_t n,
				     struct laplace_weights weights)
{
	int64_t tail = n - 1 - LANES;
	if (tail < 1) {
		update_short_row(to, row, above, below, kept, n, weights);
		return;
	}
	wide before = {0}, here = LOAD(row + 1), tail_old = LOAD(row + tail);
	wide tail_new = UPDATED(LOAD(above + tail), LOAD(below + tail), LOAD(row + tail - 1),
				LOAD(row + tail + 1), weights);
	before[LANES - 1] = row[0];
#pragma GCC unroll 2 /* so that none is moved from register to register */
	for (int64_t j = 1; j < tail; j += LANES) {
		wide next = LOAD(row + j + LANES);
		wide new = UPDATED(LOAD(above + j), LOAD(below + j), LEFT_OF(here, before),
				   RIGHT_OF(here, next), weights);
		if (kept) {
			__builtin_prefetch(below + n + j);
			STORE(kept + j, here);
		}
		STORE(to + j, new);
		before = here;
		here = next;
	}
	if (kept)
		STORE(kept + tail, tail_old);
	STORE(to + tail, tail_new);
}

static void laplace_rows(double *to, const double *old, int64_t n, int64_t first, int64_t last,
			 struct laplace_weights weights)
{
	for (int64_t i = first * n; i < last * n; i += n)
		update_row(to + i, old + i, old + i - n, old + i + n, NULL, n, weights);
}

/* Level by level, each a row behind the one before it, so that a row is fetched once for all. */
static void laplace_in_place(double *grid, int64_t n, int64_t first, int64_t last,
			     const double *end, double *kept, int64_t levels_n,
			     struct laplace_weights weights)
{
	for (int64_t front = first; front < last + levels_n - 1; front++) {
		int64_t level = front < last ? 0 : front - last + 1;
		for (; level < levels_n && front - level >= first; level++) {
			int64_t i = front - level;
			double *row = grid + i * n, *above = kept + level * n;
			update_row(row, row, above, i + 1 < last ? row + n : end, above, n,
				   weights);
		}
	}
}

/* Eight interleaved sums, whatever a register holds: the order of additions is part of the
 * result. */
enum { SUMS = 8, PARTS = SUMS / LANES };

union sums {
	wide parts[PARTS];
	double lanes[SUMS];
};

static double fold(const double *lanes)
{
	return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
	       ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

static double sum(const double *cells, int64_t cells_n)
{
	union sums sums = {{{0}}};
	int64_t k = 0;
	for (; k + SUMS <= cells_n; k += SUMS)
		for (int part = 0; part < PARTS; part++)
			sums.parts[part] += LOAD(cells + k + part * LANES);
	for (int lane = 0; k + lane < cells_n; lane++)
		sums.lanes[lane] += cells[k + lane];
	return fold(sums.lanes);
}

static uint64_t sum_squares(int64_t first, int64_t last)
{
	wide_int sums[PARTS] = {{0}}, numbers[PARTS];
	uint64_t total = 0, left = last > first ? (uint64_t)last - (uint64_t)first : 0;
	for (uint64_t k = 0; k < SUMS; k++)
		numbers[k / LANES][k % LANES] = (uint64_t)first + k;
	for (; left >= SUMS; left = opaque(left - SUMS))
		for (int part = 0; part < PARTS; part++) {
			sums[part] += numbers[part] * numbers[part];
			numbers[part] += SUMS;
		}
	for (uint64_t k = 0; k < SUMS; k++) {
		uint64_t number = numbers[k / LANES][k % LANES];
		total += sums[k / LANES][k % LANES] + (k < left ? number * number : 0);
	}
	return total;
}

static double triad(double *a, const double *b, const double *c, double scale, int64_t n)
{
	union sums sums = {{{0}}};
	int64_t k = 0;
	for (; k + SUMS <= n; k += SUMS)
		for (int part = 0; part < PARTS; part++) {
			int64_t at = k + part * LANES;
			wide some = LOAD(b + at) + LOAD(c + at) * scale;
			STREAM(a + at, some);
			sums.parts[part] += some;
		}
	for (int lane = 0; k + lane < n; lane++) {
		a[k + lane] = b[k + lane] + c[k + lane] * scale;
		sums.lanes[lane] += a[k + lane];
	}
	STREAMED();
	return fold(sums.lanes);
}

#define TEXT_OF(set) #set
#define TABLE_OF(set) \
	extern multiply_rows_kernel multiply_rows_##set; \
	extern const struct kernels kernels_##set; \
	const struct kernels kernels_##set = { \
		.name = TEXT_OF(set), \
		.laplace_rows = laplace_rows, \
		.laplace_in_place = laplace_in_place, \
		.sum = sum, \
		.sum_squares = sum_squares, \
		.multiply_rows = multiply_rows_##set, \
		.triad = triad, \
	};
#define TABLE(set) TABLE_OF(set)
TABLE(KERNELS_NAME)
