/* test_noise - a difference within what a setting differs from itself is none.
 *
 * Method: rows made by hand; nothing is run. */
#include <math.h>

#include "rows.h"

/* 10 and 12 as often: halves of the repeats have medians up to 12 / 10 apart. */
static void a_gain_below_the_noise_floor_of_what_was_measured_beside_it_is_none(void **state)
{
	(void)state;
	struct row rows[] = {ROW(1, 100, 100, 100, 100, 100, 100), ROW(2, 90, 90, 90, 90, 90, 90),
			     ROW(3, 100, 120, 100, 120, 100, 120),
			     ROW(4, 100, 120, 100, 120, 100, 120),
			     ROW(5, 100, 120, 100, 120, 100, 120)};
	struct ratio gain = row_speedup(&rows[1], &rows[0]);
	assert_int_equal(ratio_decision(&gain, 6), WON);
	assert_int_equal(rows_find_noise(rows, 5), 0);
	for (size_t k = 0; k < 5; k++)
		assert_float_equal(rows[k].noise_floor, 0.2, 1e-9);
	gain = row_speedup(&rows[1], &rows[0]);
	assert_int_equal(ratio_decision(&gain, 6), UNDECIDED);
	free_rows(rows, 5);
}

static void the_noise_floor_of_virtual_time_is_its_own(void **state)
{
	(void)state;
	struct row rows[] = {ROW(1, 10, 10, 10, 10, 10), ROW(1, 10, 20, 10, 20, 10)};
	rows[1].setting.world = virtual_world(2);
	assert_int_equal(rows_find_noise(rows, 2), 0);
	assert_true(rows[0].noise_floor == 0 && rows[1].noise_floor > 0);
	free_rows(rows, 2);
}

static void few_repeats_have_no_noise_floor(void **state)
{
	(void)state;
	struct row rows[] = {ROW(1, 10, 10, 10, 10), ROW(2, 10)};
	assert_int_equal(rows_find_noise(rows, 2), 0);
	assert_true(isnan(rows[0].noise_floor) && isnan(rows[1].noise_floor));
	free_rows(rows, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_gain_below_the_noise_floor_of_what_was_measured_beside_it_is_none),
		cmocka_unit_test(the_noise_floor_of_virtual_time_is_its_own),
		cmocka_unit_test(few_repeats_have_no_noise_floor),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
