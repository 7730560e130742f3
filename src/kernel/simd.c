/* simd.c - the kernels that gain from wide registers.  Compiled once per instruction
 * set, each time with KERNELS_NAME naming the set. */
#include "kernel/kernel.h"
#include "kernel/lanes.h"
#include "kernel/opaque.h"

static inline wide updated(wide above, wide below, wide left, wide right,
			    struct laplace_weights weights)
{
	return (below + above) * weights.vertical + (right + left) * weights.horizontal;
}

static inline void update_cells(double *to, const double *old, int64_t n,
				struct laplace_weights weights)
{
	STORE(to, updated(LOAD(old - n), LOAD(old + n), LOAD(old - 1), LOAD(old + 1), weights));
}

/* The last vector may overlap the one before it: doing a cell twice gives the same. */
static void laplace_row(double *to, const double *old, int64_t n, struct laplace_weights weights)
{
	int64_t j = 1, end = n - 1;
	if (end - j < LANES) {
		for (; j < end; j++)
			to[j] = (old[j + n] + old[j - n]) * weights.vertical +
				(old[j + 1] + old[j - 1]) * weights.horizontal;
		return;
	}
	for (; j + LANES < end; j += LANES)
		update_cells(to + j, old + j, n, weights);
	update_cells(to + end - LANES, old + end - LANES, n, weights);
}

static void laplace_rows(double *to, const double *old, int64_t n, int64_t first, int64_t last,
			 struct laplace_weights weights)
{
	for (int64_t i = first; i < last; i++)
		laplace_row(to + i * n, old + i * n, n, weights);
}

/* In place: `above` holds the old row above, and this row's old cells afterwards.  What comes
 * from memory is the row below, and the prefetcher alone is too slow for it.
 *
 * A vector's old neighbours are gone from the row when it is its turn: so they are kept in
 * registers, and the last vector, which may overlap the one before it, is done first. */
static inline void laplace_row_in_place(double *row, const double *below, double *above, int64_t n,
					struct laplace_weights weights)
{
	int64_t tail = n - 1 - LANES;
	wide before = {0}, here = LOAD(row + 1), tail_old = LOAD(row + tail);
	wide tail_new = updated(LOAD(above + tail), LOAD(below + tail), LOAD(row + tail - 1),
				 LOAD(row + tail + 1), weights);
	before[LANES - 1] = row[0];
#pragma GCC unroll 2 /* so that none is moved from register to register */
	for (int64_t j = 1; j < tail; j += LANES) {
		wide next = LOAD(row + j + LANES);
		__builtin_prefetch(below + n + j);
		wide new = updated(LOAD(above + j), LOAD(below + j), LEFT_OF(here, before),
				    RIGHT_OF(here, next), weights);
		STORE(above + j, here);
		STORE(row + j, new);
		before = here;
		here = next;
	}
	STORE(above + tail, tail_old);
	STORE(row + tail, tail_new);
}

/* Level by level, each a row behind the one before it, so that a row is fetched once for all. */
static void laplace_in_place(double *grid, int64_t n, int64_t first, int64_t last,
			     const double *end, double *kept, int64_t levels_n,
			     struct laplace_weights weights)
{
	for (int64_t front = first; front < last + levels_n - 1; front++) {
		int64_t level = front < last ? 0 : front - last + 1;
		for (; level < levels_n && front - level >= first; level++) {
			double *row = grid + (front - level) * n;
			laplace_row_in_place(row, front - level + 1 < last ? row + n : end,
					     kept + level * n, n, weights);
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
	uint64_t total = 0, left = last > first ? (uint64_t)(last - first) : 0;
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
