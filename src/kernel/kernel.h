/* kernel.h - the native work: plain C on plain memory, no lock, no VM.
 *
 * A kernel gives the same bits on every machine, at every thread count and on every
 * instruction set: no fused multiply-add, no reordering that depends on the hardware.  The
 * product of matrices has both, and is therefore for whole numbers only.
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

/* Rows first..last-1 of c = a b, all of them n x n, row by row, of whole numbers so small that
 * every sum of products is exact: less than 2^53. */
typedef void multiply_rows_kernel(double *c, const double *a, const double *b, int64_t n,
				  int64_t first, int64_t last);

/* Kernels compiled once per instruction set. */
struct kernels {
	const char *name;
	/* Rows first..last-1 of one Jacobi update: from the old n x n grid to another one,
	 * whose outermost cells it leaves alone. */
	void (*laplace_rows)(double *to, const double *old, int64_t n, int64_t first, int64_t last,
			     struct laplace_weights weights);
	/* The same in place, `levels_n` updates at once: row by row, each update a row behind the
	 * one before it, so that the grid passes through memory once.  `end` is row `last` as it
	 * was before anybody wrote it; `kept`, which is written, has row first-1 as it was, n
	 * cells, once for each update.  More than one at once are for all rows only. */
	void (*laplace_in_place)(double *grid, int64_t n, int64_t first, int64_t last,
				 const double *end, double *kept, int64_t levels_n,
				 struct laplace_weights weights);
	/* The sum of `cells_n` cells in eight interleaved partial sums. */
	double (*sum)(const double *cells, int64_t cells_n);
	/* The squares of first..last-1 added up modulo 2^64, in eight partial sums. */
	uint64_t (*sum_squares)(int64_t first, int64_t last);
	/* Block by block, so that what is used again is in a cache. */
	multiply_rows_kernel *multiply_rows;
	/* a = b + scale c, the triad of STREAM, and the sum of a as `sum` has it.  a is written
	 * past the caches, and begins a line of 64 bytes. */
	double (*triad)(double *a, const double *b, const double *c, double scale, int64_t n);
};

/* The best of the sets that this processor has; the first call finds out (no threads
 * may be running then).  kernels_nth lists all of them, best first, and ends by NULL;
 * *runs_here says whether this processor can run it. */
const struct kernels *kernels_best(void);
const struct kernels *kernels_nth(int k, bool *runs_here);

/* One update of all rows. */
void laplace_update(double *to, const double *old, int64_t n, struct laplace_weights weights);

/* F(n) modulo 2^64, one addition a step. */
uint64_t fib_steps(int64_t n);

/* n, by adding one n times. */
uint64_t count_steps(int64_t n);

/* What is in a text: a line is what ends in a newline, a word what ends in a space or a
 * newline and is not empty; `found` of the words are the one that is looked for. */
struct text_counts {
	int64_t lines, words, found;
};

/* A word as a number: its characters of 8 bits, the last one lowest.  Of at most 7, or it
 * would be that of longer words with the same end. */
uint64_t text_word(const char *word);
struct text_counts text_scan(const unsigned char *text, int64_t n, uint64_t word);

/* first..last-1 added up modulo 2^64, one addition a step. */
uint64_t sum_range(int64_t first, int64_t last);

/* Does things first..last-1 of a kernel's; what it returns is added up modulo 2^64. */
typedef uint64_t team_part(const void *context, int64_t first, int64_t last);

/* Does first..last-1 on the caller alone (team 0), or shared out among `team` OpenMP threads as
 * array_split does.  -EAGAIN: OpenMP gave fewer.  Requires team_load for a team. */
typedef int team_runner(int team, int64_t first, int64_t last, team_part *part,
			const void *context, uint64_t *total);
team_runner team_run;

/* From now on each thread of a team says first which one it is: bind(context, k) is called on the
 * k-th, before its part.  NULL: no more.  Requires team_load. */
typedef void team_binder(void *context, int64_t k);
void team_bind(team_binder *bind, void *context);

/* What the module exports, as gilsim_team. */
struct team_module {
	team_runner *run;
	void (*bind)(team_binder *bind, void *context);
};

/* 0, or -ENOSYS when OpenMP cannot be loaded.  Requires that it was built, and that no other
 * thread runs. */
int team_load(struct error *err);
bool team_was_built(void);

/* BLAS's product, on the calling thread alone; it rounds as it likes, so whole numbers only.
 * NULL, with the reason in err, when it cannot be loaded.  Requires that it was built, and at
 * the first call that no other thread runs. */
multiply_rows_kernel *blas_multiply_rows(struct error *err);
bool blas_was_built(void);
