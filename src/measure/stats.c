#include "measure/stats.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESAMPLES_N = 2000, SEED = 1 };

static double resampled_median(gsl_rng *rng, double *resample, const double *samples, size_t n)
{
	gsl_ran_sample(rng, resample, n, (void *)samples, n, sizeof *samples);
	return gsl_stats_median(resample, 1, n);
}

/* Nothing on both sides is no difference. */
static double ratio(double top, double bottom)
{
	return top == bottom ? 1 : top / bottom;
}

/* Medians of resamples of a, or their ratios to those of b where there is a b. */
static void interval(const double *a, size_t a_n, const double *b, size_t b_n, double factor,
		     double *low, double *high)
{
	*low = *high = NAN;
	size_t most = a_n > b_n ? a_n : b_n;
	double *medians = malloc((RESAMPLES_N + most) * sizeof *medians);
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	if (medians && rng) {
		gsl_rng_set(rng, SEED);
		for (size_t k = 0; k < RESAMPLES_N; k++) {
			double *room = medians + RESAMPLES_N;
			double top = resampled_median(rng, room, a, a_n);
			double bottom = b ? resampled_median(rng, room, b, b_n) : 1;
			medians[k] = factor * ratio(top, bottom);
		}
		gsl_sort(medians, 1, RESAMPLES_N);
		*low = gsl_stats_quantile_from_sorted_data(medians, 1, RESAMPLES_N, 0.025);
		*high = gsl_stats_quantile_from_sorted_data(medians, 1, RESAMPLES_N, 0.975);
	}
	gsl_rng_free(rng);
	free(medians);
}

struct stats stats_of(const double *samples, size_t n)
{
	struct stats s = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};
	double *sorted = malloc(n * sizeof *sorted + 1);
	if (n == 0 || !sorted) {
		free(sorted);
		return s;
	}
	memcpy(sorted, samples, n * sizeof *sorted);
	gsl_sort(sorted, 1, n);
	s.median = gsl_stats_median_from_sorted_data(sorted, 1, n);
	s.min = sorted[0];
	s.max = sorted[n - 1];
	s.mean = gsl_stats_mean(samples, 1, n);
	if (n > 1) {
		s.stddev = gsl_stats_sd(samples, 1, n);
		interval(samples, n, NULL, 0, 1, &s.ci95_low, &s.ci95_high);
	}
	free(sorted);
	return s;
}

void stats_ratio_interval(const double *a, size_t a_n, const double *b, size_t b_n, double factor,
			  double *low, double *high)
{
	*low = *high = NAN;
	if (a_n > 1 && b_n > 1)
		interval(a, a_n, b, b_n, factor, low, high);
}
