/* kernel.h - the native work: plain C on plain memory, no lock, no VM.
 *
 * A kernel gives the same bits on every machine, at every thread count and on every
 * instruction set: no fused multiply-add, no reordering that depends on the hardware.
 * Owner    all memory is the caller's.
 * Threads  a kernel touches only what it is given. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* The stencil's weights: dy2/(2(dx2+dy2)) for the cells above and below, and
 * dx2/(2(dx2+dy2)) for those left and right. */
struct laplace_weights {
	double vertical, horizontal;
};

/* Kernels compiled once per instruction set. */
struct kernels {
	const char *name;
	/* One Jacobi update, in place, of rows first..last-1 of a grid of n columns.
	 * `above` and `below` are the old rows first-1 and last, `spare` is room for two
	 * rows; none of them overlaps the rows that are written. */
	void (*laplace_rows)(double *grid, int64_t n, int64_t first, int64_t last,
			     const double *above, const double *below, double *spare,
			     struct laplace_weights weights);
	/* The sum of `cells_n` cells in eight interleaved partial sums. */
	double (*sum)(const double *cells, int64_t cells_n);
};

/* The best of the sets that this processor has; the first call finds out (no threads
 * may be running then).  kernels_nth lists all of them, best first, and ends by NULL;
 * *runs_here says whether this processor can run it. */
const struct kernels *kernels_best(void);
const struct kernels *kernels_nth(int k, bool *runs_here);

/* One update of a whole n x n grid that has two spare rows behind its last. */
void laplace_update(double *grid, int64_t n, struct laplace_weights weights);

/* F(n) modulo 2^64, one addition a step. */
uint64_t fib_steps(int64_t n);

/* n, by adding one n times. */
uint64_t count_steps(int64_t n);

/* Kernels on an OpenMP team.  They live in a module that is loaded when first asked
 * for, so that a run without them starts no runtime and can fork. */
struct team_kernels {
	/* As laplace_update, on `team` threads, with four spare rows for each of them. */
	void (*laplace_update)(double *grid, int64_t n, int team, const struct kernels *kernels,
			       struct laplace_weights weights);
};
enum { TEAM_SPARE_ROWS = 4 };

/* NULL, with the reason in err, when gilsim was built without OpenMP or the module is
 * missing. */
const struct team_kernels *team_kernels(struct error *err);
