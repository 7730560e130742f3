/* test_mann_whitney - U and its p-value.
 *
 * Method: published examples and tables of critical values; what is not published is enumerated,
 * or worked out by hand. */
#include "claims.h"

#include <math.h>
#include <stdlib.h>

#include "measure/mann_whitney.h"

enum { SIDE_MOST = 60 };

#define N(array) (sizeof(array) / sizeof *(array))

static void assert_near(double value, double expected, double relative)
{
	if (!(fabs(value - expected) <= relative * fabs(expected)))
		fail_msg("%.12g, not %.12g", value, expected);
}

/* Of samples without ties, n of a and m of b, whose U is the given one: each of a lies above
 * so many of b as are still missing. */
static struct mann_whitney of_u(size_t n, size_t m, size_t u)
{
	double a[SIDE_MOST], b[SIDE_MOST];
	for (size_t k = 0; k < m; k++)
		b[k] = (double)k;
	for (size_t k = 0; k < n; k++) {
		size_t above = u < m ? u : m;
		a[k] = (double)above - 0.5 + 0.001 * (double)k;
		u -= above;
	}
	return mann_whitney(a, n, b, m);
}

/* scipy.stats.mannwhitneyu's documentation: ages at which diabetes was found. */
static void the_example_of_scipy_is_found_again(void **state)
{
	(void)state;
	const double males[] = {19, 22, 16, 29, 24}, females[] = {20, 11, 17, 12};
	struct mann_whitney test = mann_whitney(males, N(males), females, N(females));
	assert_true(test.u == 17);
	assert_near(test.p, 1.0 / 9, 1e-12);
	test = mann_whitney(females, N(females), males, N(males));
	assert_true(test.u == 3);
	assert_near(test.p, 1.0 / 9, 1e-12);
}

/* Hollander and Wolfe (1973), 69f, as in R's ?wilcox.test: W = 35, one-sided p = 0.1272. */
static void the_example_of_hollander_and_wolfe_is_found_again(void **state)
{
	(void)state;
	const double at_term[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46},
		     early[] = {1.15, 0.88, 0.90, 0.74, 1.21};
	struct mann_whitney test = mann_whitney(at_term, N(at_term), early, N(early));
	assert_true(test.u == 35);
	assert_near(test.p, 2 * 0.1272, 1e-3);
}

/* Of all 252 ways to deal ten ranks out to two sides, two are as far apart as can be. */
static void samples_all_apart_have_the_least_p(void **state)
{
	(void)state;
	assert_near(of_u(5, 5, 0).p, 2.0 / 252, 1e-12);
	assert_near(of_u(5, 5, 25).p, 2.0 / 252, 1e-12);
	assert_near(of_u(4, 4, 0).p, 2.0 / 70, 1e-12);
	assert_near(of_u(3, 3, 0).p, 2.0 / 20, 1e-12);
	assert_near(of_u(10, 10, 0).p, 2.0 / 184756, 1e-12);
	for (size_t n = 1; n < 30; n++)
		assert_near(mann_whitney_least_p(n, 31 - n), of_u(n, 31 - n, 0).p, 1e-9);
}

/* The greatest U that differs at 5 %, two-sided, as tables of the test have it. */
static void critical_values_are_those_of_the_tables(void **state)
{
	(void)state;
	static const struct {
		size_t n, m, u;
	} rows[] = {{4, 4, 0},	 {5, 5, 2},   {5, 8, 6},    {7, 7, 8},	 {8, 8, 13},
		    {10, 10, 23}, {9, 15, 34}, {15, 15, 64}, {12, 20, 69}, {20, 20, 127}};
	for (size_t k = 0; k < N(rows); k++) {
		double p = of_u(rows[k].n, rows[k].m, rows[k].u).p;
		double next = of_u(rows[k].n, rows[k].m, rows[k].u + 1).p;
		if (!(p <= 0.05 && next > 0.05))
			fail_msg("n %zu, m %zu: %g and %g", rows[k].n, rows[k].m, p, next);
	}
}

/* Every choice of the ranks of a, a bit each. */
static void the_exact_distribution_is_that_of_all_arrangements(void **state)
{
	(void)state;
	enum { A_N = 5, ALL_N = 11, PAIRS_N = A_N * (ALL_N - A_N) };
	double counts[PAIRS_N + 1] = {0}, all = 0, up_to = 0;
	for (unsigned chosen = 0; chosen < 1U << ALL_N; chosen++) {
		size_t u = 0, below = 0;
		if (__builtin_popcount(chosen) != A_N)
			continue;
		for (size_t rank = 0; rank < ALL_N; rank++)
			if (chosen >> rank & 1)
				u += below;
			else
				below++;
		counts[u]++;
		all++;
	}
	for (size_t u = 0; u <= PAIRS_N / 2; u++) {
		up_to += counts[u];
		assert_near(of_u(A_N, ALL_N - A_N, u).p, fmin(1, 2 * up_to / all), 1e-12);
	}
}

/* U = 3 of 16; groups of three and three equals take 48 / 56 of the variance's 9; z = 1.36570. */
static void equal_values_share_ranks_and_narrow_the_distribution(void **state)
{
	(void)state;
	const double a[] = {1, 2, 2, 3}, b[] = {2, 3, 3, 4};
	struct mann_whitney test = mann_whitney(a, N(a), b, N(b));
	assert_true(test.u == 3);
	assert_near(test.p, 0.172033, 1e-5);
}

static void nothing_but_equals_is_no_difference(void **state)
{
	(void)state;
	const double a[] = {7, 7, 7, 7}, b[] = {7, 7, 7};
	struct mann_whitney test = mann_whitney(a, N(a), b, N(b));
	assert_true(test.u == 6 && test.p == 1);
}

static void two_constants_differ_as_surely_as_their_number(void **state)
{
	(void)state;
	double low[10], high[10];
	for (size_t k = 0; k < 10; k++) {
		low[k] = 100;
		high[k] = 120;
	}
	assert_near(mann_whitney(low, 10, high, 10).p, 1.59e-5, 0.01);
	assert_true(mann_whitney(low, 2, high, 2).p > 0.05);
}

/* Where the exact distribution ends, the approximation goes on. */
static void the_approximation_meets_the_exact_distribution(void **state)
{
	(void)state;
	for (size_t u = 900; u <= 1200; u += 50)
		assert_near(of_u(50, 49, u).p, of_u(49, 49, u - 25).p, 0.15);
}

static void without_samples_there_is_no_test(void **state)
{
	(void)state;
	const double a[] = {1};
	assert_true(isnan(mann_whitney(a, 1, a, 0).p) && isnan(mann_whitney(a, 0, a, 1).u));
	assert_true(mann_whitney(a, 1, a, 1).p == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_scipy_is_found_again),
		cmocka_unit_test(the_example_of_hollander_and_wolfe_is_found_again),
		cmocka_unit_test(samples_all_apart_have_the_least_p),
		cmocka_unit_test(critical_values_are_those_of_the_tables),
		cmocka_unit_test(the_exact_distribution_is_that_of_all_arrangements),
		cmocka_unit_test(equal_values_share_ranks_and_narrow_the_distribution),
		cmocka_unit_test(nothing_but_equals_is_no_difference),
		cmocka_unit_test(two_constants_differ_as_surely_as_their_number),
		cmocka_unit_test(the_approximation_meets_the_exact_distribution),
		cmocka_unit_test(without_samples_there_is_no_test),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
