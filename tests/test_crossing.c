/* test_crossing - from where on one side beats the other, along curves that are known.
 *
 * Method: samples made of a given ratio, without noise or with that of a fixed seed; where
 * the curve is straight on logarithmic axes its crossing must come out exactly.  Coverage
 * of the interval is counted over many curves. */
#include "claims.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "measure/crossing.h"

enum { POINTS_N = 9, SAMPLES_N = 5 };

struct curve {
	struct ratio_point points[POINTS_N];
	double samples[POINTS_N][SAMPLES_N], base[POINTS_N][SAMPLES_N];
};

/* Points at 1, 10, 100, ... ; an rng adds noise of so much to every sample. */
static void make(struct curve *c, const double *ratios, size_t n, gsl_rng *rng, double noise)
{
	for (size_t k = 0; k < n; k++) {
		for (size_t i = 0; i < SAMPLES_N; i++) {
			c->samples[k][i] = 7 * ratios[k];
			c->base[k][i] = 7;
			if (rng) {
				c->samples[k][i] *= exp(gsl_ran_gaussian(rng, noise));
				c->base[k][i] *= exp(gsl_ran_gaussian(rng, noise));
			}
		}
		c->points[k] = (struct ratio_point){
			.x = pow(10, (double)k),
			.samples = c->samples[k],
			.samples_n = SAMPLES_N,
			.base = c->base[k],
			.base_n = SAMPLES_N,
		};
		ratio_decide(&c->points[k]);
	}
}

static void assert_near(double found, double expected)
{
	if (!(fabs(found - expected) <= 1e-9 * expected))
		fail_msg("%.17g is not %.17g", found, expected);
}

static void assert_verdict(const double *ratios, size_t n, enum verdict expected)
{
	struct curve c = {0};
	struct crossing crossings[POINTS_N];
	make(&c, ratios, n, NULL, 0);
	assert_string_equal(verdict_names[ratio_verdict(c.points, n)], verdict_names[expected]);
	int found_n = crossings_find(c.points, n, crossings);
	assert_true((found_n > 0) == (expected == VERDICT_CROSSING));
}

static void a_curve_on_one_side_of_1_never_crosses(void **state)
{
	(void)state;
	assert_verdict((const double[]){0.1, 0.5, 0.9, 0.99, 1, 1.04}, 6, VERDICT_NEVER);
	assert_verdict((const double[]){0.96, 1, 1.1, 2}, 4, VERDICT_ALWAYS);
	assert_verdict((const double[]){0.96, 1.04, 1}, 3, VERDICT_EVEN);
	assert_verdict(NULL, 0, VERDICT_UNDECIDED);
}

/* Groups that starve in some repeats, on either side, do not make one side the winner. */
static void samples_of_nothing_do_not_decide(void **state)
{
	(void)state;
	double mostly[] = {5, 5, 5, 0, 0}, seldom[] = {0, 0, 0, 5, 5};
	struct ratio_point up = {1, mostly, seldom, 5, 5, .decision = WON};
	struct ratio_point down = {1, seldom, mostly, 5, 5, .decision = WON};
	ratio_decide(&up);
	ratio_decide(&down);
	assert_int_equal(up.decision, UNDECIDED);
	assert_int_equal(down.decision, UNDECIDED);
	assert_int_equal(ratio_verdict(&up, 1), VERDICT_UNDECIDED);
	assert_int_equal(ratio_verdict(&down, 1), VERDICT_UNDECIDED);
}

/* From 1/4 at 10 to 2 at 100, straight: 1 at two thirds of the way. */
static void one_crossing_is_where_the_line_comes_to_1(void **state)
{
	(void)state;
	struct curve c;
	struct crossing found[POINTS_N];
	make(&c, (const double[]){0.2, 0.25, 2, 2}, 4, NULL, 0);
	assert_int_equal(crossings_find(c.points, 4, found), 1);
	assert_true(found[0].upwards);
	assert_true(found[0].from == 1 && found[0].to == 2);
	assert_near(found[0].x, pow(10, 1 + 2.0 / 3));
	assert_near(found[0].low, found[0].x);
	assert_near(found[0].high, found[0].x);
	assert_int_equal(ratio_verdict(c.points, 4), VERDICT_CROSSING);
}

static void two_crossings_go_up_and_down(void **state)
{
	(void)state;
	struct curve c;
	struct crossing found[POINTS_N];
	make(&c, (const double[]){0.5, 2, 2, 0.25}, 4, NULL, 0);
	assert_int_equal(crossings_find(c.points, 4, found), 2);
	assert_true(found[0].upwards && !found[1].upwards);
	assert_near(found[0].x, pow(10, 0.5));
	assert_near(found[1].x, pow(10, 2 + 1.0 / 3));
}

/* 0.97 and 1.03 decide nothing; the line through them does. */
static void undecided_points_lie_inside_a_crossing(void **state)
{
	(void)state;
	struct curve c;
	struct crossing found[POINTS_N];
	make(&c, (const double[]){0.5, 0.97, 1 / 0.97, 2}, 4, NULL, 0);
	assert_int_equal(crossings_find(c.points, 4, found), 1);
	assert_true(found[0].from == 0 && found[0].to == 3);
	assert_near(found[0].x, pow(10, 1.5));
}

/* Up at 10^0.5, down at 10^1.5, up at 10^2.5: of three ways a half, a half and a half of one
 * are lost. */
static void where_noise_crosses_often_as_much_is_lost_before(void **state)
{
	(void)state;
	struct curve c;
	struct crossing found[POINTS_N];
	make(&c, (const double[]){1 / 1.04, 1.04, 1 / 1.04, 1.04}, 4, NULL, 0);
	c.points[0].decision = LOST;
	c.points[3].decision = WON;
	assert_int_equal(crossings_find(c.points, 4, found), 1);
	assert_near(found[0].x, pow(10, 1.5));
}

static void fewer_than_five_samples_decide_nothing(void **state)
{
	(void)state;
	struct curve c;
	struct crossing found[POINTS_N];
	make(&c, (const double[]){0.5, 2}, 2, NULL, 0);
	for (size_t n = 1; n <= 5; n++) {
		c.points[0].samples_n = n;
		ratio_decide(&c.points[0]);
		bool decides = n == 5;
		assert_int_equal(c.points[0].decision, decides ? LOST : UNDECIDED);
		assert_int_equal(crossings_find(c.points, 2, found), decides);
		assert_int_equal(ratio_verdict(c.points, 1),
				 decides ? VERDICT_NEVER : VERDICT_UNDECIDED);
	}
}

/* As after an interrupt. */
static void a_single_sample_between_takes_the_interval_away(void **state)
{
	(void)state;
	struct curve c;
	struct crossing found[POINTS_N];
	make(&c, (const double[]){0.5, 1, 2}, 3, NULL, 0);
	c.points[1].samples_n = 1;
	assert_int_equal(crossings_find(c.points, 3, found), 1);
	assert_near(found[0].x, 10);
	assert_true(isnan(found[0].low) && isnan(found[0].high));
}

static void what_wide_intervals_cannot_rule_out_is_undecided(void **state)
{
	(void)state;
	struct curve c;
	make(&c, (const double[]){0.5, 1, 1}, 3, NULL, 0);
	c.points[1].ratio = (struct ratio){1, 0.5, 1.2, 0};
	assert_int_equal(ratio_verdict(c.points, 3), VERDICT_NEVER);
	c.points[2].ratio = (struct ratio){1, 0.9, 1.3, 0};
	assert_int_equal(ratio_verdict(c.points, 3), VERDICT_UNDECIDED);
	assert_int_equal(ratio_verdict(c.points + 1, 2), VERDICT_UNDECIDED);
}

static void nothing_on_both_sides_is_no_difference(void **state)
{
	(void)state;
	static const double nothing[] = {0, 0, 0, 0, 0}, some[] = {2, 2, 2, 2, 2};
	struct crossing found[2];
	struct ratio_point points[] = {
		{.x = 1, .samples = nothing, .base = nothing, .samples_n = 5, .base_n = 5},
		{.x = 2, .samples = nothing, .base = some, .samples_n = 5, .base_n = 5},
		{.x = 3, .samples = some, .base = nothing, .samples_n = 5, .base_n = 5},
	};
	for (size_t k = 0; k < 3; k++)
		ratio_decide(&points[k]);
	assert_true(points[0].ratio.value == 1 && points[0].decision == UNDECIDED);
	assert_int_equal(points[1].decision, LOST);
	assert_int_equal(points[2].decision, WON);
	assert_int_equal(crossings_find(points, 3, found), 1);
	assert_true(found[0].x >= 2 && found[0].x <= 3);
}

/* Through 1 at 10^2, with noise of 5 %. */
static void the_interval_covers_the_true_crossing_nearly_as_often_as_it_says(void **state)
{
	(void)state;
	enum { ROUNDS_N = 200 };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	assert_non_null(rng);
	gsl_rng_set(rng, 20);
	int covered_n = 0;
	for (int round = 0; round < ROUNDS_N; round++) {
		static const double ratios[] = {0.64, 0.8, 1, 1.25, 1.5625};
		struct curve c;
		struct crossing found[POINTS_N];
		make(&c, ratios, 5, rng, 0.05);
		assert_int_equal(crossings_find(c.points, 5, found), 1);
		assert_true(found[0].low <= found[0].x && found[0].x <= found[0].high);
		covered_n += found[0].low <= 100 && 100 <= found[0].high;
	}
	gsl_rng_free(rng);
	assert_in_range(covered_n, ROUNDS_N * 88 / 100, ROUNDS_N);
}

static void the_same_samples_give_the_same_crossing_bit_for_bit(void **state)
{
	(void)state;
	struct curve c;
	struct crossing first[POINTS_N], again[POINTS_N];
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	assert_non_null(rng);
	make(&c, (const double[]){0.5, 0.9, 1.2, 2}, 4, rng, 0.1);
	assert_int_equal(crossings_find(c.points, 4, first), 1);
	assert_int_equal(crossings_find(c.points, 4, again), 1);
	assert_true(first->x == again->x && first->low == again->low && first->high == again->high);
	gsl_rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_curve_on_one_side_of_1_never_crosses),
		cmocka_unit_test(samples_of_nothing_do_not_decide),
		cmocka_unit_test(one_crossing_is_where_the_line_comes_to_1),
		cmocka_unit_test(two_crossings_go_up_and_down),
		cmocka_unit_test(undecided_points_lie_inside_a_crossing),
		cmocka_unit_test(where_noise_crosses_often_as_much_is_lost_before),
		cmocka_unit_test(fewer_than_five_samples_decide_nothing),
		cmocka_unit_test(a_single_sample_between_takes_the_interval_away),
		cmocka_unit_test(what_wide_intervals_cannot_rule_out_is_undecided),
		cmocka_unit_test(nothing_on_both_sides_is_no_difference),
		cmocka_unit_test(the_interval_covers_the_true_crossing_nearly_as_often_as_it_says),
		cmocka_unit_test(the_same_samples_give_the_same_crossing_bit_for_bit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
