/* limits_loops.h - the plainest loops that do what gilsim's kernels do.  Compiled for this machine
 * alone (-O3 -march=native): what its compiler makes of them is the limit to be held against. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* One Jacobi update of an n x n grid; dx = dy. */
void jacobi(double *restrict to, const double *restrict old, size_t n);

/* So many additions, each of which needs the one before it. */
uint64_t dependent_adds(int64_t n);

/* Reads n numbers. */
uint64_t read_all(const uint64_t *numbers, size_t n);

/* a = b + scale c, STREAM's triad. */
void triad(double *restrict a, const double *restrict b, const double *restrict c, double scale,
	   size_t n);
