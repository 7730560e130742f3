/* test_stats - samples to figures.
 *
 * Method: samples whose figures are published (NIST Statistical Reference Datasets) or
 * follow from counting; intervals are compared with the order statistics that a bootstrap
 * of the median must pick, and their coverage is simulated with a fixed seed. */
#include "claims.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "measure/stats.h"

static void assert_near(double found, double expected, double relative)
{
	if (!(fabs(found - expected) <= relative * fabs(expected)))
		fail_msg("%.17g is not %.17g", found, expected);
}

static void no_samples_have_no_figures(void **state)
{
	(void)state;
	struct stats s = stats_of(NULL, 0);
	assert_true(isnan(s.median) && isnan(s.min) && isnan(s.max) && isnan(s.mean));
	assert_true(isnan(s.stddev) && isnan(s.ci95_low) && isnan(s.ci95_high));
}

static void one_sample_is_its_own_median_without_spread(void **state)
{
	(void)state;
	double sample = 42.5;
	struct stats s = stats_of(&sample, 1);
	assert_true(s.median == 42.5 && s.min == 42.5 && s.max == 42.5 && s.mean == 42.5);
	assert_true(isnan(s.stddev) && isnan(s.ci95_low) && isnan(s.ci95_high));
}

/* Squared distances from the mean of 5: 9+1+1+1+0+0+4+16 = 32, over 7. */
static void known_samples_have_known_figures(void **state)
{
	(void)state;
	const double samples[] = {9, 2, 5, 4, 7, 4, 5, 4};
	struct stats s = stats_of(samples, 8);
	assert_true(s.median == 4.5);
	assert_true(s.min == 2);
	assert_true(s.max == 9);
	assert_true(s.mean == 5);
	assert_near(s.stddev, sqrt(32.0 / 7.0), 1e-15);
}

/* NIST StRD univariate NumAcc1: mean 10000002, standard deviation 1. */
static void large_samples_of_small_spread_keep_their_digits(void **state)
{
	(void)state;
	const double samples[] = {10000001, 10000003, 10000002};
	struct stats s = stats_of(samples, 3);
	assert_true(s.mean == 10000002);
	assert_true(s.median == 10000002);
	assert_near(s.stddev, 1, 1e-14);
}

/* NIST StRD univariate NumAcc2: mean 1.2, standard deviation 0.1. */
static void a_thousand_and_one_samples_keep_their_digits(void **state)
{
	(void)state;
	double samples[1001] = {1.2};
	for (size_t k = 1; k < 1001; k++)
		samples[k] = k % 2 ? 1.1 : 1.3;
	struct stats s = stats_of(samples, 1001);
	assert_near(s.mean, 1.2, 1e-13);
	assert_near(s.stddev, 0.1, 1e-12);
	assert_true(s.median == 1.2);
}

static void samples_are_left_as_they_were(void **state)
{
	(void)state;
	double samples[] = {3, 1, 2}, before[] = {3, 1, 2};
	stats_of(samples, 3);
	assert_memory_equal(samples, before, sizeof samples);
}

static void the_interval_of_identical_samples_is_a_point(void **state)
{
	(void)state;
	const double samples[] = {0.1, 0.1, 0.1, 0.1, 0.1};
	for (size_t n = 2; n <= 5; n++) {
		struct stats s = stats_of(samples, n);
		assert_true(s.ci95_low == 0.1);
		assert_true(s.ci95_high == 0.1);
		assert_true(s.median == 0.1);
	}
}

/* A resample's median is the least sample when more than half of its draws are: for n = 2
 * in 1 of 4 (both), 3: 7/27, 5: 0.058; each more often than 0.025.  For n = 7 that is
 * 0.010, and the least but one or below 0.108: so the interval starts there. */
static void the_interval_ends_at_the_order_statistics_that_counting_gives(void **state)
{
	(void)state;
	const double samples[] = {0, 1, 2, 3, 4, 5, 6};
	static const struct {
		size_t n;
		double low, high;
	} right[] = {{2, 0, 1}, {3, 0, 2}, {5, 0, 4}, {7, 1, 5}};
	for (size_t k = 0; k < sizeof right / sizeof *right; k++) {
		struct stats s = stats_of(samples, right[k].n);
		assert_true(s.ci95_low == right[k].low);
		assert_true(s.ci95_high == right[k].high);
	}
}

static void the_same_samples_give_the_same_interval_bit_for_bit(void **state)
{
	(void)state;
	double samples[20];
	for (size_t k = 0; k < 20; k++)
		samples[k] = sin((double)k);
	struct stats first = stats_of(samples, 20), again = stats_of(samples, 20);
	assert_memory_equal(&first, &again, sizeof first);
	double low[2], high[2];
	for (size_t k = 0; k < 2; k++)
		stats_ratio_interval(samples, 20, samples + 1, 19, 1, &low[k], &high[k]);
	assert_memory_equal(&low[0], &low[1], sizeof *low);
	assert_memory_equal(&high[0], &high[1], sizeof *high);
}

static void the_ratio_of_constant_samples_is_a_point(void **state)
{
	(void)state;
	const double a[] = {12, 12, 12, 12}, b[] = {3, 3};
	double low, high;
	stats_ratio_interval(a, 4, b, 2, 1, &low, &high);
	assert_true(low == 4 && high == 4);
	stats_ratio_interval(a, 4, b, 2, 2.5, &low, &high);
	assert_true(low == 10 && high == 10);
}

/* Of two samples each, the least ratio comes up in 1 of 16 and so does the largest. */
static void the_ratio_interval_holds_the_chances_of_both_sides(void **state)
{
	(void)state;
	const double a[] = {8, 16}, b[] = {2, 4};
	double low, high;
	stats_ratio_interval(a, 2, b, 2, 1, &low, &high);
	assert_true(low == 2 && high == 8);
}

static void a_ratio_of_nothing_to_nothing_is_1(void **state)
{
	(void)state;
	const double nothing[] = {0, 0, 0}, some[] = {0, 0, 5};
	double low, high;
	stats_ratio_interval(nothing, 3, nothing, 3, 1, &low, &high);
	assert_true(low == 1 && high == 1);
	stats_ratio_interval(some, 3, some, 3, 1, &low, &high);
	assert_true(low == 0 && isinf(high));
}

static void a_ratio_with_a_single_sample_has_no_interval(void **state)
{
	(void)state;
	const double a[] = {12, 13}, b[] = {3};
	double low = 0, high = 0;
	stats_ratio_interval(a, 2, b, 1, 1, &low, &high);
	assert_true(isnan(low) && isnan(high));
	low = high = 0;
	stats_ratio_interval(b, 1, a, 2, 1, &low, &high);
	assert_true(isnan(low) && isnan(high));
}

/* A percentile bootstrap of the median holds the true one in about 95 of 100 samples. */
static void the_interval_covers_the_true_median_as_often_as_it_says(void **state)
{
	(void)state;
	enum { ROUNDS_N = 500, SAMPLES_N = 30 };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	assert_non_null(rng);
	gsl_rng_set(rng, 20);
	int covered_n = 0;
	for (int round = 0; round < ROUNDS_N; round++) {
		double samples[SAMPLES_N];
		for (size_t k = 0; k < SAMPLES_N; k++)
			samples[k] = 100 + gsl_ran_gaussian(rng, 5);
		struct stats s = stats_of(samples, SAMPLES_N);
		assert_true(s.min <= s.ci95_low && s.ci95_low <= s.median);
		assert_true(s.median <= s.ci95_high && s.ci95_high <= s.max);
		covered_n += s.ci95_low <= 100 && 100 <= s.ci95_high;
	}
	gsl_rng_free(rng);
	assert_in_range(covered_n, ROUNDS_N * 90 / 100, ROUNDS_N * 99 / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_samples_have_no_figures),
		cmocka_unit_test(one_sample_is_its_own_median_without_spread),
		cmocka_unit_test(known_samples_have_known_figures),
		cmocka_unit_test(large_samples_of_small_spread_keep_their_digits),
		cmocka_unit_test(a_thousand_and_one_samples_keep_their_digits),
		cmocka_unit_test(samples_are_left_as_they_were),
		cmocka_unit_test(the_interval_of_identical_samples_is_a_point),
		cmocka_unit_test(the_interval_ends_at_the_order_statistics_that_counting_gives),
		cmocka_unit_test(the_same_samples_give_the_same_interval_bit_for_bit),
		cmocka_unit_test(the_ratio_of_constant_samples_is_a_point),
		cmocka_unit_test(the_ratio_interval_holds_the_chances_of_both_sides),
		cmocka_unit_test(a_ratio_of_nothing_to_nothing_is_1),
		cmocka_unit_test(a_ratio_with_a_single_sample_has_no_interval),
		cmocka_unit_test(the_interval_covers_the_true_median_as_often_as_it_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
