/* test_fit - the laws of scaling, fitted.
 *
 * Method: throughputs that a law gives exactly, with and without seeded noise, so that the
 * right parameters are known; and rows made by hand, for what makes a series. */
#include "claims.h"

#include <gsl/gsl_multifit_nlinear.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "measure/row.h"

static const double doubling[] = {1, 2, 4, 8, 16, 32};
enum { DOUBLING_N = sizeof doubling / sizeof *doubling };

static void assert_near(double found, double expected, double off)
{
	if (!(fabs(found - expected) <= off))
		fail_msg("%.17g is not %.17g within %g", found, expected, off);
}

static struct law law_of(double lambda, double sigma, double kappa)
{
	return (struct law){.lambda = lambda, .sigma = {.value = sigma}, .kappa = {.value = kappa}};
}

/* What a law gives on n of the doubling thread counts. */
static void set_points(struct fit_point *points, size_t n, struct law law)
{
	for (size_t k = 0; k < n; k++)
		points[k] = (struct fit_point){
			.threads = doubling[k],
			.throughput = law_throughput(&law, doubling[k]),
		};
}

static struct fit fit_of(size_t n, double lambda, double sigma, double kappa)
{
	struct fit_point points[DOUBLING_N];
	set_points(points, n, law_of(lambda, sigma, kappa));
	return fit_points(points, n);
}

static bool is_absent(const struct law *law)
{
	return isnan(law->lambda) && isnan(law->sigma.value) && isnan(law->sigma.error) &&
	       isnan(law->kappa.value) && isnan(law->kappa.error) && isnan(law->rms);
}

/* Single speed-ups */

static void karp_flatt_gives_back_the_serial_fraction_of_amdahls_law(void **state)
{
	(void)state;
	for (int threads = 2; threads <= 64; threads *= 2)
		assert_near(karp_flatt(threads / (1 + 0.1 * (threads - 1)), threads), 0.1, 1e-12);
	assert_near(karp_flatt(1, 4), 1, 1e-12);
	assert_near(karp_flatt(4, 4), 0, 1e-12);
}

static void karp_flatt_leaves_0_to_1_where_threads_lose_or_gain_too_much(void **state)
{
	(void)state;
	assert_true(karp_flatt(0.5, 2) > 1);
	assert_true(karp_flatt(2.5, 2) < 0);
}

static void one_thread_has_no_serial_fraction(void **state)
{
	(void)state;
	assert_true(isnan(karp_flatt(1, 1)));
}

/* Series that a law gives */

static void the_parameters_of_an_exact_series_are_found_again(void **state)
{
	(void)state;
	static const double sigmas[] = {0, 0.003, 0.1, 0.9, 1, 1.5};
	static const double kappas[] = {0, 1e-5, 0.002, 0.3};
	for (size_t s = 0; s < sizeof sigmas / sizeof *sigmas; s++)
		for (size_t k = 0; k < sizeof kappas / sizeof *kappas; k++)
			for (size_t n = 4; n <= DOUBLING_N; n++) {
				struct fit fit = fit_of(n, 250, sigmas[s], kappas[k]);
				assert_near(fit.usl.lambda, 250, 250 * 1e-6);
				assert_near(fit.usl.sigma.value, sigmas[s], 1e-6);
				assert_near(fit.usl.kappa.value, kappas[k], 1e-6);
				assert_near(fit.usl.rms, 0, 1e-6);
			}
}

static void amdahls_serial_fraction_is_found_again(void **state)
{
	(void)state;
	struct fit fit = fit_of(5, 3, 0.25, 0);
	assert_near(fit.amdahl.sigma.value, 0.25, 1e-9);
	assert_near(fit.amdahl.lambda, 3, 1e-9);
	assert_near(fit.amdahl.rms, 0, 1e-9);
	assert_true(fit.amdahl.kappa.value == 0);
	assert_true(isnan(fit.best_threads));
	assert_near(fit.peak_speedup, 4, 1e-6);
}

static void linear_scaling_has_no_end(void **state)
{
	(void)state;
	struct fit fit = fit_of(6, 1e-3, 0, 0);
	assert_near(fit.usl.sigma.value, 0, 1e-9);
	assert_near(fit.usl.kappa.value, 0, 1e-9);
	assert_true(isnan(fit.best_threads) && isnan(fit.peak_speedup));
}

/* The best is at the root of (1 - 0.04) / 0.0015, 25.3 threads. */
static void a_series_that_turns_down_has_a_best_number_of_threads(void **state)
{
	(void)state;
	struct fit fit = fit_of(6, 10, 0.04, 0.0015);
	struct law law = law_of(10, 0.04, 0.0015);
	assert_near(fit.best_threads, 25.298221, 1e-4);
	assert_near(fit.peak_speedup, law_throughput(&law, fit.best_threads) / 10, 1e-6);
	assert_true(law_throughput(&law, 25.3) > law_throughput(&law, 24.3));
	assert_true(law_throughput(&law, 25.3) > law_throughput(&law, 26.3));
}

static void where_threads_only_lose_one_is_best(void **state)
{
	(void)state;
	struct fit fit = fit_of(5, 10, 1.2, 0.01);
	assert_true(fit.best_threads == 1);
	assert_near(fit.peak_speedup, 1, 1e-12);
	fit = fit_of(5, 10, 1.2, 0);
	assert_true(fit.best_threads == 1);
}

static void the_unit_of_throughput_changes_nothing_but_lambda(void **state)
{
	(void)state;
	struct fit few = fit_of(5, 1e-6, 0.05, 0.01), many = fit_of(5, 1e9, 0.05, 0.01);
	assert_near(few.usl.sigma.value, many.usl.sigma.value, 1e-9);
	assert_near(few.usl.kappa.error, many.usl.kappa.error, 1e-9);
	assert_near(few.best_threads, many.best_threads, 1e-6);
}

static void the_order_of_the_points_does_not_matter(void **state)
{
	(void)state;
	struct fit_point points[5], turned[5];
	set_points(points, 5, law_of(7, 0.3, 0.02));
	points[2].throughput *= 1.1;
	for (size_t k = 0; k < 5; k++)
		turned[k] = points[4 - k];
	struct fit a = fit_points(points, 5), b = fit_points(turned, 5);
	assert_near(a.usl.sigma.value, b.usl.sigma.value, 1e-9);
	assert_near(a.usl.rms, b.usl.rms, 1e-9);
}

/* Series that no law gives */

static void more_than_linear_lies_on_the_bounds_and_says_how_far_it_is_off(void **state)
{
	(void)state;
	struct fit_point points[5];
	for (size_t k = 0; k < 5; k++)
		points[k] = (struct fit_point){
			.threads = doubling[k], .throughput = pow(doubling[k], 1.2)};
	struct fit fit = fit_points(points, 5);
	assert_true(fit.usl.sigma.value == 0 && fit.usl.kappa.value == 0);
	assert_true(fit.amdahl.sigma.value == 0);
	assert_true(fit.usl.rms > 0.1 && fit.usl.sigma.error > 0);
	assert_true(isnan(fit.best_threads) && isnan(fit.peak_speedup));
}

/* A wall at four threads: contention explains it only roughly. */
static void a_law_that_is_only_roughly_true_has_larger_errors(void **state)
{
	(void)state;
	struct fit_point points[5];
	set_points(points, 5, law_of(1, 0.05, 0));
	struct fit exact = fit_points(points, 5);
	for (size_t k = 0; k < 5; k++)
		points[k].throughput = points[k].threads < 4 ? points[k].threads : 4;
	struct fit wall = fit_points(points, 5);
	assert_true(wall.usl.rms > 10 * exact.usl.rms);
	assert_true(wall.usl.sigma.error > 3 * exact.usl.sigma.error);
}

static void a_point_of_large_spread_counts_for_less(void **state)
{
	(void)state;
	struct fit_point points[6];
	set_points(points, 6, law_of(1, 0.1, 0));
	points[3].throughput *= 1.5;
	double trusted_off = fabs(fit_points(points, 6).amdahl.sigma.value - 0.1);
	points[3].error = 0.5;
	double doubted_off = fabs(fit_points(points, 6).amdahl.sigma.value - 0.1);
	assert_true(doubted_off < trusted_off / 10);
}

/* SPEC SDM91 on a SPARCcenter 2000: the data and, by nonlinear least squares of the throughputs,
 * the coefficients that the README of S. Moeding's R package usl prints.  Here small throughputs
 * count for more, so those are met within two of their standard errors, and the best number of
 * threads, 96.5, within 5. */
static const struct fit_point sdm91[] = {{1, 64.9, 0},     {18, 995.9, 0},   {36, 1652.4, 0},
					 {72, 1853.2, 0},  {108, 1828.9, 0}, {144, 1775.0, 0},
					 {216, 1702.2, 0}};
enum { SDM91_N = sizeof sdm91 / sizeof *sdm91 };

static void a_published_series_has_the_published_coefficients_within_their_errors(void **state)
{
	(void)state;
	struct fit fit = fit_points(sdm91, SDM91_N);
	assert_near(fit.usl.lambda, 89.9952330, 2 * 14.2134894);
	assert_near(fit.usl.sigma.value, 0.0277285, 2 * 0.0091217);
	assert_near(fit.usl.kappa.value, 0.0001044, 2 * 0.0000199);
	assert_near(fit.best_threads, sqrt((1 - 0.0277285) / 0.0001044), 5);
}

/* How far throughputs are from a law's, as parts of the law's. */
static int misfit(const gsl_vector *parameters, void *unused, gsl_vector *off)
{
	(void)unused;
	struct law law = law_of(gsl_vector_get(parameters, 0), gsl_vector_get(parameters, 1),
				gsl_vector_get(parameters, 2));
	for (size_t k = 0; k < SDM91_N; k++)
		gsl_vector_set(off, k,
			       sdm91[k].throughput / law_throughput(&law, sdm91[k].threads) - 1);
	return GSL_SUCCESS;
}

/* GSL's nonlinear least squares come to the same, from a first guess. */
static void the_fit_is_that_of_nonlinear_least_squares(void **state)
{
	(void)state;
	gsl_multifit_nlinear_parameters how = gsl_multifit_nlinear_default_parameters();
	gsl_multifit_nlinear_fdf system = {.f = misfit, .n = SDM91_N, .p = 3};
	gsl_multifit_nlinear_workspace *space =
		gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, SDM91_N, 3);
	double guess[] = {64.9, 0.05, 0.0001};
	gsl_vector_view start = gsl_vector_view_array(guess, 3);
	int why;
	assert_non_null(space);
	gsl_multifit_nlinear_init(&start.vector, &system, space);
	assert_int_equal(gsl_multifit_nlinear_driver(200, 1e-12, 1e-12, 0, NULL, NULL, &why, space),
			 0);
	const gsl_vector *found = gsl_multifit_nlinear_position(space);
	struct law usl = fit_points(sdm91, SDM91_N).usl;
	assert_near(usl.lambda, gsl_vector_get(found, 0), 1e-3);
	assert_near(usl.sigma.value, gsl_vector_get(found, 1), 1e-6);
	assert_near(usl.kappa.value, gsl_vector_get(found, 2), 1e-8);
	gsl_multifit_nlinear_free(space);
}

/* With noise of 2 % on each point, the true sigma lies within 1.96 standard errors in about
 * 95 of 100 series. */
static void with_noise_the_truth_lies_within_the_errors_as_often_as_they_say(void **state)
{
	(void)state;
	enum { ROUNDS_N = 1000 };
	struct law law = law_of(100, 0.05, 0.004);
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	assert_non_null(rng);
	gsl_rng_set(rng, 7);
	int sigmas_n = 0, kappas_n = 0;
	for (int round = 0; round < ROUNDS_N; round++) {
		struct fit_point points[DOUBLING_N];
		set_points(points, DOUBLING_N, law);
		for (size_t k = 0; k < DOUBLING_N; k++) {
			points[k].throughput *= 1 + gsl_ran_gaussian(rng, 0.02);
			points[k].error = 0.02;
		}
		struct law usl = fit_points(points, DOUBLING_N).usl;
		sigmas_n += fabs(usl.sigma.value - 0.05) <= 1.96 * usl.sigma.error;
		kappas_n += fabs(usl.kappa.value - 0.004) <= 1.96 * usl.kappa.error;
	}
	gsl_rng_free(rng);
	assert_in_range(sigmas_n, ROUNDS_N * 93 / 100, ROUNDS_N * 99 / 100);
	assert_in_range(kappas_n, ROUNDS_N * 93 / 100, ROUNDS_N * 99 / 100);
}

/* Noise alone must not make a best number of threads: seldom, with Amdahl's law. */
static void noise_does_not_foretell_a_best_number_of_threads(void **state)
{
	(void)state;
	enum { ROUNDS_N = 500 };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	assert_non_null(rng);
	gsl_rng_set(rng, 11);
	int foretold_n = 0;
	for (int round = 0; round < ROUNDS_N; round++) {
		struct fit_point points[DOUBLING_N];
		set_points(points, DOUBLING_N, law_of(100, 0.2, 0));
		for (size_t k = 0; k < DOUBLING_N; k++) {
			points[k].throughput *= 1 + gsl_ran_gaussian(rng, 0.02);
			points[k].error = 0.02;
		}
		foretold_n += isfinite(fit_points(points, DOUBLING_N).best_threads);
	}
	gsl_rng_free(rng);
	assert_true(foretold_n < ROUNDS_N * 5 / 100);
}

static void too_few_points_have_no_law(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 4; n++) {
		struct fit fit = fit_of(n, 1, 0.1, 0.01);
		assert_true(is_absent(&fit.amdahl) == (n < 3));
		assert_true(is_absent(&fit.usl) == (n < 4));
		if (n < 4)
			assert_true(isnan(fit.best_threads) && isnan(fit.peak_speedup));
	}
}

/* Rows */

static const struct workload workload = {.name = "summed", .total = TOTAL_SUM_INT};
static const struct mode one = {.name = "one"}, other = {.name = "other"};
static const struct gil_policy policy = {.name = "strict"};

/* A finished row of one repeat. */
static struct row row_of(const struct mode *mode, enum scaling scaling, int64_t threads,
			 double wall_ns)
{
	struct row row = {.setting = {.mode = mode, .policy = &policy,
				      .job = {.workload = &workload, .scaling = scaling,
					      .threads = threads}}};
	row.repeats = calloc(1, sizeof *row.repeats);
	assert_non_null(row.repeats);
	row.repeats_n = 1;
	row.repeats[0] = (struct repeat){.wall_ns = (int64_t)wall_ns, .checksum_ok = true};
	row_finish(&row);
	return row;
}

static void free_rows(struct row *rows, size_t n)
{
	for (size_t k = 0; k < n; k++)
		row_free(&rows[k]);
}

static void each_series_is_fitted_by_itself_and_says_so_in_all_its_rows(void **state)
{
	(void)state;
	struct law a = law_of(1, 0.1, 0), b = law_of(2, 0.5, 0);
	struct row rows[8];
	for (size_t k = 0; k < 4; k++) {
		rows[2 * k] = row_of(&one, SCALING_STRONG, (int64_t)doubling[k],
				     1e9 / law_throughput(&a, doubling[k]));
		rows[2 * k + 1] = row_of(&other, SCALING_STRONG, (int64_t)doubling[k],
					 1e9 / law_throughput(&b, doubling[k]));
	}
	rows_fit(rows, 8);
	for (size_t k = 0; k < 8; k++) {
		assert_near(rows[k].fit.usl.lambda, k % 2 ? 2 : 1, 1e-6);
		assert_near(rows[k].fit.amdahl.sigma.value, k % 2 ? 0.5 : 0.1, 1e-6);
	}
	free_rows(rows, 8);
}

/* Twice the work in the same time is twice the throughput. */
static void weak_scaling_is_fitted_to_the_work_done(void **state)
{
	(void)state;
	struct row rows[4];
	for (size_t k = 0; k < 4; k++)
		rows[k] = row_of(&one, SCALING_WEAK, (int64_t)doubling[k], 5e8);
	rows_fit(rows, 4);
	assert_near(rows[0].fit.usl.lambda, 2, 1e-6);
	assert_near(rows[0].fit.usl.sigma.value, 0, 1e-6);
	free_rows(rows, 4);
}

static void a_wrong_row_is_neither_fitted_nor_shows_a_fit(void **state)
{
	(void)state;
	struct law law = law_of(1, 0.1, 0);
	struct row rows[5];
	for (size_t k = 0; k < 5; k++)
		rows[k] = row_of(&one, SCALING_STRONG, (int64_t)doubling[k],
				 1e9 / law_throughput(&law, doubling[k]));
	rows[1].repeats[0].wall_ns *= 100;
	rows[1].repeats[0].checksum_ok = false;
	row_finish(&rows[1]);
	rows_fit(rows, 5);
	assert_near(rows[0].fit.usl.sigma.value, 0.1, 1e-6);
	assert_true(is_absent(&rows[1].fit.usl) && is_absent(&rows[1].fit.amdahl));
	free_rows(rows, 5);
}

static void three_thread_counts_have_amdahls_law_only(void **state)
{
	(void)state;
	struct row rows[3];
	for (size_t k = 0; k < 3; k++)
		rows[k] = row_of(&one, SCALING_STRONG, (int64_t)doubling[k], 1e9);
	rows_fit(rows, 3);
	assert_near(rows[0].fit.amdahl.sigma.value, 1, 1e-6);
	assert_true(is_absent(&rows[0].fit.usl));
	free_rows(rows, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(karp_flatt_gives_back_the_serial_fraction_of_amdahls_law),
		cmocka_unit_test(karp_flatt_leaves_0_to_1_where_threads_lose_or_gain_too_much),
		cmocka_unit_test(one_thread_has_no_serial_fraction),
		cmocka_unit_test(the_parameters_of_an_exact_series_are_found_again),
		cmocka_unit_test(amdahls_serial_fraction_is_found_again),
		cmocka_unit_test(linear_scaling_has_no_end),
		cmocka_unit_test(a_series_that_turns_down_has_a_best_number_of_threads),
		cmocka_unit_test(where_threads_only_lose_one_is_best),
		cmocka_unit_test(the_unit_of_throughput_changes_nothing_but_lambda),
		cmocka_unit_test(the_order_of_the_points_does_not_matter),
		cmocka_unit_test(more_than_linear_lies_on_the_bounds_and_says_how_far_it_is_off),
		cmocka_unit_test(a_law_that_is_only_roughly_true_has_larger_errors),
		cmocka_unit_test(a_point_of_large_spread_counts_for_less),
		cmocka_unit_test(
			a_published_series_has_the_published_coefficients_within_their_errors),
		cmocka_unit_test(the_fit_is_that_of_nonlinear_least_squares),
		cmocka_unit_test(with_noise_the_truth_lies_within_the_errors_as_often_as_they_say),
		cmocka_unit_test(noise_does_not_foretell_a_best_number_of_threads),
		cmocka_unit_test(too_few_points_have_no_law),
		cmocka_unit_test(each_series_is_fitted_by_itself_and_says_so_in_all_its_rows),
		cmocka_unit_test(weak_scaling_is_fitted_to_the_work_done),
		cmocka_unit_test(a_wrong_row_is_neither_fitted_nor_shows_a_fit),
		cmocka_unit_test(three_thread_counts_have_amdahls_law_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
