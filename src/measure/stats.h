/* stats.h - samples to figures, by GSL.
 * Errors   none: what cannot be computed is NAN. */
#pragma once

#include <stddef.h>

#include "measure/row.h"

/* The interval is a 95 % percentile bootstrap of the median, from a fixed seed, so that
 * the same samples always give the same figures; NAN for fewer than two samples. */
struct stats stats_of(const double *samples, size_t n);

/* The 95 % bootstrap interval of factor * median(a) / median(b). */
void stats_ratio_interval(const double *a, size_t a_n, const double *b, size_t b_n, double factor,
			  double *low, double *high);
