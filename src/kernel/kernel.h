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
	/* Rows first..last-1 of one Jacobi update: from the old n x n grid to another one,
	 * whose outermost cells it leaves alone. */
	void (*laplace_rows)(double *to, const double *old, int64_t n, int64_t first, int64_t last,
			     struct laplace_weights weights);
	/* The sum of `cells_n` cells in eight interleaved partial sums. */
	double (*sum)(const double *cells, int64_t cells_n);
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

/* Kernels on an OpenMP team.  They live in a module that is loaded when first asked
 * for, so that a run without them starts no runtime and can fork. */
struct team_kernels {
	/* As laplace_update, on `team` threads.  -EAGAIN: OpenMP gave fewer. */
	int (*laplace_update)(double *to, const double *old, int64_t n, int team,
			       const struct kernels *kernels, struct laplace_weights weights);
};

/* Requires that they were built.  NULL, with the reason in err, when the module cannot be
 * loaded. */
const struct team_kernels *team_kernels(struct error *err);
bool team_kernels_were_built(void);
