#include "measure/stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/scarce.h"

enum { RESAMPLES_N = 2000, SPLITS_N = 200, SEED = 1 };

/* How surely the true median lies between the k-th sample and the k-th from the end: it does
 * unless fewer than k of n samples fall on one side of it. */
static double sureness(size_t k, size_t n)
{
	return 1 - 2 * gsl_cdf_binomial_P((unsigned)k - 1, 0.5, (unsigned)n);
}

/* Of five samples the whole range is 93.75 % sure, and there is no more to be had. */
static void median_interval(struct stats *s, const double *sorted, size_t n)
{
	double nearly = (double)n / 2 - sqrt((double)n) - 1;
	size_t k = nearly > 1 ? (size_t)nearly : 1;
	while (sureness(k + 1, n) >= 0.95)
		k++;
	double more = sureness(k, n), less = sureness(k + 1, n);
	double share = more > 0.95 ? (more - 0.95) / (more - less) : 0;
	double outside = (double)k, inside = (double)n - 2 * outside;
	double inwards = (inside + outside) * share / (outside + inside * share);
	s->ci95_low = sorted[k - 1] + inwards * (sorted[k] - sorted[k - 1]);
	s->ci95_high = sorted[n - k] - inwards * (sorted[n - k] - sorted[n - k - 1]);
}

/* room: n numbers. */
static int64_t count_outliers(const double *samples, size_t n, double median, double *room)
{
	const double threshold = 14.826; /* ten standard deviations, if samples are normal */
	double deviation = gsl_stats_mad0(samples, 1, n, room);
	int64_t outliers_n = 0;
	for (size_t k = 0; k < n; k++)
		outliers_n += fabs(samples[k] - median) > threshold * deviation;
	return outliers_n;
}

struct stats stats_of(const double *samples, size_t n)
{
	struct stats s = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, ABSENT};
	double *sorted = scarce_malloc(n * sizeof *sorted + 1);
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
	if (n > 1)
		s.stddev = gsl_stats_sd(samples, 1, n);
	if (n >= LEAST_SAMPLES_N)
		median_interval(&s, sorted, n);
	s.outliers_n = count_outliers(samples, n, s.median, sorted);
	free(sorted);
	return s;
}

double stats_precision(const struct stats *s)
{
	double above = s->ci95_high - s->median, below = s->median - s->ci95_low;
	return (above > below ? above : below) / s->median;
}

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

/* room: RESAMPLES_N numbers and a resample. */
static void bootstrap(const double *a, size_t a_n, const double *b, size_t b_n, double factor,
		      gsl_rng *rng, double *room, double *low, double *high)
{
	double *ratios = room, *resample = room + RESAMPLES_N;
	for (size_t k = 0; k < RESAMPLES_N; k++) {
		double top = resampled_median(rng, resample, a, a_n);
		double bottom = resampled_median(rng, resample, b, b_n);
		ratios[k] = factor * ratio(top, bottom);
	}
	gsl_sort(ratios, 1, RESAMPLES_N);
	*low = gsl_stats_quantile_from_sorted_data(ratios, 1, RESAMPLES_N, 0.025);
	*high = gsl_stats_quantile_from_sorted_data(ratios, 1, RESAMPLES_N, 0.975);
}

static gsl_rng *seeded(void)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	if (rng)
		gsl_rng_set(rng, SEED);
	return rng;
}

void stats_ratio_interval(const double *a, size_t a_n, const double *b, size_t b_n, double factor,
			  double *low, double *high)
{
	*low = *high = NAN;
	if (a_n < LEAST_SAMPLES_N || b_n < LEAST_SAMPLES_N)
		return;
	size_t most = a_n > b_n ? a_n : b_n;
	double *room = scarce_malloc((RESAMPLES_N + most) * sizeof *room);
	gsl_rng *rng = seeded();
	if (room && rng)
		bootstrap(a, a_n, b, b_n, factor, rng, room, low, high);
	gsl_rng_free(rng);
	free(room);
}

/* Between the medians of two halves; the middle one of an odd number is in the second. */
static double split(gsl_rng *rng, double *room, const double *samples, size_t n)
{
	memcpy(room, samples, n * sizeof *samples);
	gsl_ran_shuffle(rng, room, n, sizeof *room);
	double first = gsl_stats_median(room, 1, n / 2);
	double second = gsl_stats_median(room + n / 2, 1, n - n / 2);
	return first > second ? ratio(first, second) : ratio(second, first);
}

double stats_noise(const double *samples, size_t n)
{
	double ratios[SPLITS_N], noise = NAN;
	double *room = n < LEAST_SAMPLES_N ? NULL : scarce_malloc(n * sizeof *room);
	gsl_rng *rng = room ? seeded() : NULL;
	if (rng) {
		for (size_t k = 0; k < SPLITS_N; k++)
			ratios[k] = split(rng, room, samples, n);
		gsl_sort(ratios, 1, SPLITS_N);
		noise = gsl_stats_quantile_from_sorted_data(ratios, 1, SPLITS_N, 0.95) - 1;
	}
	if (rng)
		gsl_rng_free(rng);
	free(room);
	return noise;
}

double stats_noise_floor(double *noises, size_t n)
{
	size_t known_n = 0;
	for (size_t k = 0; k < n; k++)
		if (isfinite(noises[k]))
			noises[known_n++] = noises[k];
	return known_n ? gsl_stats_median(noises, 1, known_n) : NAN;
}
