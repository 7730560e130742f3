/* stats.h - samples to figures, by GSL.  How sound they are: docs/statistics.md.
 * Errors   none: what cannot be computed is NAN. */
#pragma once

#include <stddef.h>

#include "measure/row.h"

/* The interval is the 95 % one of the median between order statistics, interpolated as T.
 * Hettmansperger and S. Sheather do (Confidence intervals based on interpolated order statistics,
 * Statistics & Probability Letters 4, 1986); NAN for fewer than LEAST_SAMPLES_N samples.
 * Outliers are those more than 14.826 median absolute deviations off the median, as hyperfine
 * counts them (B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers, 1993). */
struct stats stats_of(const double *samples, size_t n);

/* How far the interval reaches from the median, as a part of it. */
double stats_precision(const struct stats *s);

/* The 95 % percentile bootstrap interval of factor * median(a) / median(b), from a fixed seed, so
 * that the same samples always give the same figures; NAN for fewer than LEAST_SAMPLES_N samples
 * on a side. */
void stats_ratio_interval(const double *a, size_t a_n, const double *b, size_t b_n, double factor,
			  double *low, double *high);

/* By how much samples differ from themselves: dealt into two halves at random 200 times, from a
 * fixed seed, 95 of 100 pairs of their medians have a ratio below 1 plus this.  NAN for fewer
 * than LEAST_SAMPLES_N. */
double stats_noise(const double *samples, size_t n);

/* The middle one of several such figures, those that are NAN left out: what is usual among
 * settings that were measured together.  NAN: none is left.  Sorts them. */
double stats_noise_floor(double *noises, size_t n);
