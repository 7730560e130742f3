/* test_compare - what two measurements of the same settings say of each other.
 *
 * Method: samples made by hand; and for how often chance passes for a difference, samples drawn
 * from a seed, so that the count is always the same. */
#include "claims.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "measure/compare.h"
#include "measure/mann_whitney.h"

enum { SAMPLES_N = 10, SETTINGS_N = 4, TRIALS_N = 200 };

struct pair {
	double a[SAMPLES_N], b[SAMPLES_N];
};

static struct comparison comparison_of(const struct pair *p, size_t n)
{
	return (struct comparison){.a = {p->a, n, 0}, .b = {p->b, n, 0}};
}

/* A spreads over 1 % around 1000 ns; B is that, so many times, and not quite the same. */
static struct pair pair_of(double factor)
{
	struct pair p;
	for (size_t k = 0; k < SAMPLES_N; k++) {
		p.a[k] = 995 + (double)k;
		p.b[k] = factor * (995.25 + (double)k);
	}
	return p;
}

static enum compared verdict_of(double factor, double threshold, size_t n)
{
	struct pair p = pair_of(factor);
	struct comparison c = comparison_of(&p, n);
	compare_all(&c, 1, threshold);
	return c.verdict;
}

static void a_setting_a_fifth_slower_is_slower_and_the_reverse_faster(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(1.2, 0.05, SAMPLES_N), COMPARED_SLOWER);
	assert_int_equal(verdict_of(1 / 1.2, 0.05, SAMPLES_N), COMPARED_FASTER);
}

static void a_sure_difference_within_the_threshold_is_none(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(1.03, 0.05, SAMPLES_N), COMPARED_SAME);
	assert_int_equal(verdict_of(1.03, 0.01, SAMPLES_N), COMPARED_SLOWER);
	assert_int_equal(verdict_of(1.2, 0.5, SAMPLES_N), COMPARED_SAME);
}

static void four_repeats_decide_nothing(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(1.2, 0.05, 4), COMPARED_UNDECIDED);
	assert_int_equal(verdict_of(1, 0.05, 4), COMPARED_UNDECIDED);
	assert_int_equal(verdict_of(1, 0.05, 5), COMPARED_SAME);
	assert_int_equal(verdict_of(1.2, 0.05, 5), COMPARED_SLOWER);
}

static void one_and_the_same_samples_are_the_same_however_they_spread(void **state)
{
	(void)state;
	const double wide[] = {100, 900, 400};
	struct comparison c = {.a = {wide, 3, 0}, .b = {wide, 3, 0}};
	compare_all(&c, 1, 0.05);
	assert_int_equal(c.verdict, COMPARED_SAME);
	assert_true(c.ratio.value == 1 && c.p == 1);
}

static void the_ratio_is_of_the_medians(void **state)
{
	(void)state;
	const double a[] = {10, 30, 20, 15, 25}, b[] = {90, 50, 70, 60, 55, 80};
	struct comparison c = {.a = {a, 5, 0}, .b = {b, 6, 0}};
	compare_all(&c, 1, 0.05);
	assert_true(c.a.median == 20 && c.b.median == 65 && c.ratio.value == 3.25);
	assert_true(c.u == 0 && c.ratio.low < 3.25 && c.ratio.high > 3.25);
}

/* Five of five repeats: p = 0.0079 alone, and above 0.05 among seven. */
static void what_is_sure_alone_is_not_among_several(void **state)
{
	(void)state;
	struct pair slower = pair_of(1.2), same = pair_of(1);
	struct comparison c[7];
	c[0] = comparison_of(&slower, 5);
	for (size_t k = 1; k < 7; k++)
		c[k] = comparison_of(&same, 5);
	compare_all(c, 7, 0.05);
	assert_int_equal(c[0].verdict, COMPARED_UNDECIDED);
	assert_true(fabs(c[0].p_holm - 7 * c[0].p) < 1e-12);
	assert_true(comparison_has_too_few(&c[0], 7) && !comparison_has_too_few(&c[0], 6));
	assert_int_equal(compare_repeats_needed(1), 5);
	assert_int_equal(compare_repeats_needed(7), 6);
	assert_int_equal(compare_repeats_needed(100), 8);
}

/* Holm (1979): the least of m counts m times, the next m - 1 times; never less than one before. */
static void p_values_are_corrected_in_steps(void **state)
{
	(void)state;
	struct pair apart = pair_of(1.2), near = pair_of(1.003), same = pair_of(1);
	struct comparison c[] = {comparison_of(&same, SAMPLES_N), comparison_of(&near, SAMPLES_N),
				 comparison_of(&apart, SAMPLES_N)};
	compare_all(c, 3, 0.05);
	assert_true(c[2].p < c[1].p && c[1].p < c[0].p);
	assert_true(fabs(c[2].p_holm - 3 * c[2].p) < 1e-12);
	assert_true(fabs(c[1].p_holm - fmin(1, 2 * c[1].p)) < 1e-12);
	assert_true(c[0].p_holm >= c[1].p_holm && c[0].p_holm <= 1);
}

/* One that has no samples on a side is no setting of the correction, and keeps its verdict. */
static void a_setting_of_one_side_is_left_as_it_is(void **state)
{
	(void)state;
	struct pair p = pair_of(1.2);
	struct comparison c[] = {comparison_of(&p, 5), comparison_of(&p, 5)};
	c[1].b.n = 0;
	c[1].verdict = COMPARED_ONLY_A;
	compare_all(c, 2, 0.05);
	assert_int_equal(c[0].verdict, COMPARED_SLOWER);
	assert_int_equal(c[1].verdict, COMPARED_ONLY_A);
	assert_true(isnan(c[1].p) && isnan(c[1].ratio.value) && c[1].a.median == 997);
}

/* Simulated: as times are, with a tail to the right */

static void draw(gsl_rng *rng, struct pair *p, double spread, double factor)
{
	for (size_t k = 0; k < SAMPLES_N; k++) {
		p->a[k] = 1e6 * gsl_ran_lognormal(rng, 0, spread);
		p->b[k] = 1e6 * factor * gsl_ran_lognormal(rng, 0, spread);
	}
}

/* How many of the trials call any of their settings slower or faster, at no threshold. */
static size_t trials_that_call(double spread, double factor)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	size_t called_n = 0;
	gsl_rng_set(rng, 7);
	for (size_t trial = 0; trial < TRIALS_N; trial++) {
		struct pair pairs[SETTINGS_N];
		struct comparison c[SETTINGS_N];
		bool is_called = false;
		for (size_t k = 0; k < SETTINGS_N; k++) {
			draw(rng, &pairs[k], spread, factor);
			c[k] = comparison_of(&pairs[k], SAMPLES_N);
		}
		compare_all(c, SETTINGS_N, 0);
		for (size_t k = 0; k < SETTINGS_N; k++)
			is_called |= c[k].verdict == COMPARED_SLOWER ||
				     c[k].verdict == COMPARED_FASTER;
		called_n += is_called;
	}
	gsl_rng_free(rng);
	return called_n;
}

static void the_same_against_itself_is_called_different_in_5_percent_at_most(void **state)
{
	(void)state;
	assert_in_range(trials_that_call(0.02, 1), 0, TRIALS_N / 20);
	assert_in_range(trials_that_call(0.5, 1), 0, TRIALS_N / 20);
}

static void a_tenth_more_is_seen_through_a_spread_of_3_percent(void **state)
{
	(void)state;
	assert_in_range(trials_that_call(0.03, 1.1), TRIALS_N * 95 / 100, TRIALS_N);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_setting_a_fifth_slower_is_slower_and_the_reverse_faster),
		cmocka_unit_test(a_sure_difference_within_the_threshold_is_none),
		cmocka_unit_test(four_repeats_decide_nothing),
		cmocka_unit_test(one_and_the_same_samples_are_the_same_however_they_spread),
		cmocka_unit_test(the_ratio_is_of_the_medians),
		cmocka_unit_test(what_is_sure_alone_is_not_among_several),
		cmocka_unit_test(p_values_are_corrected_in_steps),
		cmocka_unit_test(a_setting_of_one_side_is_left_as_it_is),
		cmocka_unit_test(the_same_against_itself_is_called_different_in_5_percent_at_most),
		cmocka_unit_test(a_tenth_more_is_seen_through_a_spread_of_3_percent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
