/* test_stats - samples to figures.
 *
 * Method: samples whose figures are published (NIST Statistical Reference Datasets) or
 * follow from counting; how often intervals hold the truth, and how often what does not differ is
 * called different, is simulated with a fixed seed. */
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
	double samples[40];
	for (size_t k = 0; k < 40; k++)
		samples[k] = 0.1;
	for (size_t n = 5; n <= 40; n++) {
		struct stats s = stats_of(samples, n);
		assert_true(s.ci95_low == 0.1);
		assert_true(s.ci95_high == 0.1);
		assert_true(s.median == 0.1);
		assert_true(stats_precision(&s) == 0);
	}
}

/* All of n samples are on one side of the median in 2 of 2^n cases: of 4 in 1 of 8. */
static void fewer_than_five_samples_have_no_interval(void **state)
{
	(void)state;
	const double samples[] = {1, 2, 3, 4};
	for (size_t n = 1; n <= 4; n++) {
		struct stats s = stats_of(samples, n);
		assert_true(isfinite(s.median));
		assert_true(isnan(s.ci95_low) && isnan(s.ci95_high));
		assert_true(isnan(stats_precision(&s)) && isnan(stats_noise(samples, n)));
	}
}

/* Of 0 to n - 1.  By counting, the k-th of n from either side hold the median but in 2 of
 * C(n,0) + ... + C(n,k-1) of 2^n cases: all of 5 in 93.75 %; all of 6 in 96.875 %, all but two in
 * 78.125 %; of 10 the second in 97.852 %, the third in 89.063 %.  What lies between is
 * (n - k) I / (k + (n - 2k) I) inwards, where I is how far 95 % is from the first to the second:
 * of 6, 0.1 and 5 * 0.1 / (1 + 4 * 0.1) = 0.357; of 10, 0.3244 and 8 * 0.3244 / (2 + 6 * 0.3244)
 * = 0.6577. */
static void the_interval_ends_where_counting_and_interpolation_say(void **state)
{
	(void)state;
	static const struct {
		size_t n;
		double low;
	} right[] = {{5, 0}, {6, 0.357142857}, {10, 1.657657658}};
	double samples[10];
	for (size_t k = 0; k < 10; k++)
		samples[k] = (double)k;
	for (size_t k = 0; k < sizeof right / sizeof *right; k++) {
		struct stats s = stats_of(samples, right[k].n);
		if (fabs(s.ci95_low - right[k].low) > 1e-4)
			fail_msg("of %zu: %.9g is not %.9g", right[k].n, s.ci95_low, right[k].low);
		assert_float_equal(s.ci95_high, (double)right[k].n - 1 - s.ci95_low, 1e-9);
	}
}

/* Where interpolation begins anew there is no step, and more samples never make it wider. */
static void the_interval_narrows_with_samples(void **state)
{
	(void)state;
	double before = 1, samples[2000];
	for (size_t n = 5; n <= 2000; n += n < 50 ? 1 : 97) {
		for (size_t k = 0; k < n; k++)
			samples[k] = ((double)k + 0.5) / (double)n;
		struct stats s = stats_of(samples, n);
		double width = s.ci95_high - s.ci95_low;
		assert_true(s.ci95_low < 0.5 && s.ci95_high > 0.5);
		assert_true(width < 1.02 * before);
		before = width;
	}
	assert_true(fabs(before - 1.96 / sqrt(2000)) < 0.003);
}

static void precision_is_the_farther_end_of_the_interval(void **state)
{
	(void)state;
	const double samples[] = {90, 95, 100, 101, 104};
	struct stats s = stats_of(samples, 5);
	assert_near(stats_precision(&s), 0.1, 1e-12);
}

/* Six deviations from the median of 10 are 0, 0, 1, 1, 2 and 2; the middle one of seven is 1, so
 * that outliers are more than 14.826 away. */
static void outliers_are_those_that_hyperfine_calls_so(void **state)
{
	(void)state;
	double samples[] = {10, 9, 11, 8, 12, 10, 33};
	struct stats s = stats_of(samples, 7);
	assert_true(s.median == 10);
	assert_int_equal(s.outliers_n, 1);
	samples[6] = 24.82;
	assert_int_equal(stats_of(samples, 7).outliers_n, 0);
	samples[6] = 24.83;
	assert_int_equal(stats_of(samples, 7).outliers_n, 1);
	samples[6] = -4.83;
	assert_int_equal(stats_of(samples, 7).outliers_n, 1);
	assert_int_equal(stats_of(samples, 1).outliers_n, 0);
	assert_true(stats_of(NULL, 0).outliers_n == ABSENT);
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
	const double a[] = {12, 12, 12, 12, 12, 12}, b[] = {3, 3, 3, 3, 3};
	double low, high;
	stats_ratio_interval(a, 6, b, 5, 1, &low, &high);
	assert_true(low == 4 && high == 4);
	stats_ratio_interval(a, 6, b, 5, 2.5, &low, &high);
	assert_true(low == 10 && high == 10);
}

/* A resample's median is the least of five in 0.058 of all: both sides' at once in 0.0034, too
 * seldom for the interval to reach the least ratio, 0.8; but the next ones do. */
static void the_ratio_interval_holds_the_chances_of_both_sides(void **state)
{
	(void)state;
	const double a[] = {8, 9, 10, 11, 12}, b[] = {10, 10, 10, 10, 10}, c[] = {8, 9, 10, 11, 12};
	double low, high;
	stats_ratio_interval(a, 5, b, 5, 1, &low, &high);
	assert_true(low == 0.8 && high == 1.2);
	stats_ratio_interval(a, 5, c, 5, 1, &low, &high);
	assert_true(low > 8.0 / 12 && low < 0.8 && high > 1.2 && high < 12.0 / 8);
}

static void a_ratio_of_nothing_to_nothing_is_1(void **state)
{
	(void)state;
	const double nothing[] = {0, 0, 0, 0, 0}, some[] = {0, 0, 0, 5, 5};
	double low, high;
	stats_ratio_interval(nothing, 5, nothing, 5, 1, &low, &high);
	assert_true(low == 1 && high == 1);
	stats_ratio_interval(some, 5, some, 5, 1, &low, &high);
	assert_true(low == 0 && isinf(high));
	assert_true(stats_noise(nothing, 5) == 0);
}

static void a_ratio_with_fewer_than_five_samples_on_a_side_has_no_interval(void **state)
{
	(void)state;
	const double a[] = {12, 13, 14, 15, 16};
	for (size_t n = 1; n <= 4; n++) {
		double low = 0, high = 0;
		stats_ratio_interval(a, 5, a, n, 1, &low, &high);
		assert_true(isnan(low) && isnan(high));
		low = high = 0;
		stats_ratio_interval(a, n, a, 5, 1, &low, &high);
		assert_true(isnan(low) && isnan(high));
	}
}

/* Of 1 and 3 as often, halves of which one has more of these than of those have medians 1 and 3;
 * of constant samples all have the same. */
static void noise_is_how_far_halves_of_the_same_samples_are_apart(void **state)
{
	(void)state;
	double samples[] = {1, 3, 1, 3, 1, 3, 1, 3, 1, 3}, same[] = {7, 7, 7, 7, 7};
	assert_true(stats_noise(samples, 10) == 2);
	assert_true(stats_noise(same, 5) == 0);
	assert_true(stats_noise(samples, 10) == stats_noise(samples, 10));
}

static void the_noise_floor_is_the_middle_one_of_those_that_are_known(void **state)
{
	(void)state;
	double noises[] = {NAN, 0.5, 0.02, INFINITY, 0.01};
	assert_true(stats_noise_floor(noises, 5) == 0.02);
	double unknown[] = {NAN, NAN};
	assert_true(isnan(stats_noise_floor(unknown, 2)));
}

/* Simulated samples, of a known median */

enum { DISTRIBUTIONS_N = 3, SIMULATED_MOST = 20 };
static const struct {
	const char *name;
	double median;
} distributions[DISTRIBUTIONS_N] = {{"normal", 100}, {"lognormal", 1}, {"exponential", 1 + M_LN2}};

/* Times of runs have a least one: so has the exponential. */
static double draw(gsl_rng *rng, int distribution)
{
	return distribution == 0   ? 100 + gsl_ran_gaussian(rng, 5)
	       : distribution == 1 ? gsl_ran_lognormal(rng, 0, 0.5)
				   : 1 + gsl_ran_exponential(rng, 1);
}

static void draw_all(gsl_rng *rng, int distribution, double *samples, size_t n)
{
	for (size_t k = 0; k < n; k++)
		samples[k] = draw(rng, distribution);
}

static gsl_rng *rng_of(unsigned long seed)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	assert_non_null(rng);
	gsl_rng_set(rng, seed);
	return rng;
}

static void assert_share(int n, int of, double least, double most, const char *what, size_t size)
{
	double share = (double)n / of;
	if (share < least || share > most)
		fail_msg("%s, n = %zu: %.3f is not from %.2f to %.2f", what, size, share, least,
			 most);
}

static const size_t sizes[] = {5, 6, 7, 10, 15, 20};
enum { SIZES_N = sizeof sizes / sizeof *sizes };

static void an_interval_covers_the_median_in_93_to_97_of_100(void **state)
{
	(void)state;
	enum { ROUNDS_N = 10000 };
	gsl_rng *rng = rng_of(20);
	for (int d = 0; d < DISTRIBUTIONS_N; d++)
		for (size_t i = 0; i < SIZES_N; i++) {
			double samples[SIMULATED_MOST], truth = distributions[d].median;
			int covered_n = 0;
			for (int round = 0; round < ROUNDS_N; round++) {
				draw_all(rng, d, samples, sizes[i]);
				struct stats s = stats_of(samples, sizes[i]);
				assert_true(s.min <= s.ci95_low && s.ci95_low <= s.median);
				assert_true(s.median <= s.ci95_high && s.ci95_high <= s.max);
				covered_n += s.ci95_low <= truth && truth <= s.ci95_high;
			}
			assert_share(covered_n, ROUNDS_N, 0.93, 0.97, distributions[d].name,
				     sizes[i]);
		}
	gsl_rng_free(rng);
}

/* Speed-ups of 1: what is compared differs in nothing.  Five against five come to 97.3. */
static void an_interval_covers_the_ratio_in_93_to_98_of_100(void **state)
{
	(void)state;
	enum { ROUNDS_N = 300 };
	gsl_rng *rng = rng_of(21);
	for (int d = 0; d < DISTRIBUTIONS_N; d++)
		for (size_t n = 5; n <= 20; n *= 2) {
			double a[SIMULATED_MOST], b[SIMULATED_MOST], low, high;
			int covered_n = 0;
			for (int round = 0; round < ROUNDS_N; round++) {
				draw_all(rng, d, a, n);
				draw_all(rng, d, b, n);
				stats_ratio_interval(a, n, b, n, 1, &low, &high);
				covered_n += low <= 1 && 1 <= high;
			}
			assert_share(covered_n, ROUNDS_N, 0.93, 0.98, distributions[d].name, n);
		}
	gsl_rng_free(rng);
}

/* Five settings that are one: a sweep's floor, and what it says of the first two. */
static bool calls_a_difference(gsl_rng *rng, int distribution, size_t n)
{
	double settings[5][SIMULATED_MOST], noises[5];
	struct ratio r;
	for (size_t k = 0; k < 5; k++) {
		draw_all(rng, distribution, settings[k], n);
		noises[k] = stats_noise(settings[k], n);
	}
	r.value = stats_of(settings[0], n).median / stats_of(settings[1], n).median;
	r.noise = stats_noise_floor(noises, 5);
	stats_ratio_interval(settings[0], n, settings[1], n, 1, &r.low, &r.high);
	return ratio_decision(&r, n) != UNDECIDED;
}

static void a_setting_against_itself_is_called_different_in_at_most_5_of_100(void **state)
{
	(void)state;
	enum { TRIALS_N = 200 };
	gsl_rng *rng = rng_of(22);
	for (int d = 0; d < DISTRIBUTIONS_N; d++)
		for (size_t n = 5; n <= 20; n *= 2) {
			int called_n = 0;
			for (int trial = 0; trial < TRIALS_N; trial++)
				called_n += calls_a_difference(rng, d, n);
			assert_share(called_n, TRIALS_N, 0, 0.05, distributions[d].name, n);
		}
	gsl_rng_free(rng);
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
		cmocka_unit_test(fewer_than_five_samples_have_no_interval),
		cmocka_unit_test(the_interval_ends_where_counting_and_interpolation_say),
		cmocka_unit_test(the_interval_narrows_with_samples),
		cmocka_unit_test(precision_is_the_farther_end_of_the_interval),
		cmocka_unit_test(outliers_are_those_that_hyperfine_calls_so),
		cmocka_unit_test(the_same_samples_give_the_same_interval_bit_for_bit),
		cmocka_unit_test(the_ratio_of_constant_samples_is_a_point),
		cmocka_unit_test(the_ratio_interval_holds_the_chances_of_both_sides),
		cmocka_unit_test(a_ratio_of_nothing_to_nothing_is_1),
		cmocka_unit_test(a_ratio_with_fewer_than_five_samples_on_a_side_has_no_interval),
		cmocka_unit_test(noise_is_how_far_halves_of_the_same_samples_are_apart),
		cmocka_unit_test(the_noise_floor_is_the_middle_one_of_those_that_are_known),
		cmocka_unit_test(an_interval_covers_the_median_in_93_to_97_of_100),
		cmocka_unit_test(an_interval_covers_the_ratio_in_93_to_98_of_100),
		cmocka_unit_test(a_setting_against_itself_is_called_different_in_at_most_5_of_100),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
