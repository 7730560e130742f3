/* test_row - from repeats to a row, and rows against each other.
 *
 * Method: settings and repeats made by hand, with figures whose results follow by mental
 * arithmetic; nothing is run. */
#include <math.h>

#include "rows.h"

static const struct workload other_workload = {.name = "other"};
static const struct mode team = {.name = "team", .teams = true};
static const struct gil_policy lax = {.name = "lax"};

static const struct cost_model renamed = {.name = "renamed", .digest = "c"},
			       dear = {.name = "dear", .digest = "d"};

static bool is_absent(const struct stats *s)
{
	return isnan(s->median) && isnan(s->min) && isnan(s->max) && isnan(s->mean) &&
	       isnan(s->stddev) && isnan(s->ci95_low) && isnan(s->ci95_high) &&
	       s->outliers_n == ABSENT;
}

static bool has_no_speedup(const struct row *row)
{
	return isnan(row->speedup) && isnan(row->speedup_low) && isnan(row->speedup_high) &&
	       isnan(row->efficiency);
}

/* One row */

static void the_typical_repeat_is_the_lower_median(void **state)
{
	(void)state;
	struct row odd = ROW(1, 50, 10, 40, 20, 30), even = ROW(1, 40, 10, 30, 20);
	assert_ptr_equal(odd.typical, &odd.repeats[4]);
	assert_ptr_equal(even.typical, &even.repeats[3]);
	row_free(&odd);
	row_free(&even);
}

static void among_equals_the_earlier_is_the_lower(void **state)
{
	(void)state;
	struct row equal = ROW(1, 5, 5, 5, 5), one = ROW(1, 5), two = ROW(1, 6, 5, 5);
	assert_ptr_equal(equal.typical, &equal.repeats[1]);
	assert_ptr_equal(one.typical, &one.repeats[0]);
	assert_ptr_equal(two.typical, &two.repeats[2]);
	row_free(&equal);
	row_free(&one);
	row_free(&two);
}

static void each_time_has_figures_of_its_own(void **state)
{
	(void)state;
	struct row row = ROW(1, 10, 30, 20, 40);
	assert_true(row.checksum_ok);
	assert_true(row.wall_ns.median == 25 && row.wall_ns.min == 10 && row.wall_ns.max == 40);
	assert_true(row.user_ns.median == 50 && row.user_ns.mean == 50);
	assert_true(row.sys_ns.min == 30 && row.sys_ns.max == 120);
	assert_true(has_no_speedup(&row));
	row_free(&row);
}

static void a_row_without_repeats_has_nothing(void **state)
{
	(void)state;
	struct row row = {.setting = setting_of(1)};
	row_finish(&row);
	rows_compare(&row, 1);
	assert_false(row.checksum_ok);
	assert_null(row.typical);
	assert_true(is_absent(&row.wall_ns) && is_absent(&row.user_ns) && is_absent(&row.sys_ns));
	assert_true(has_no_speedup(&row));
	row_free(&row);
}

static void a_wrong_repeat_makes_all_times_absent_and_is_shown(void **state)
{
	(void)state;
	for (size_t wrong = 0; wrong < 3; wrong++) {
		struct row row = ROW(1, 10, 20, 30);
		row.repeats[wrong].checksum_ok = false;
		row_finish(&row);
		rows_compare(&row, 1);
		assert_false(row.checksum_ok);
		assert_ptr_equal(row.typical, &row.repeats[wrong]);
		assert_true(is_absent(&row.wall_ns));
		assert_true(is_absent(&row.user_ns) && is_absent(&row.sys_ns));
		assert_true(has_no_speedup(&row));
		row_free(&row);
	}
}

/* Rows against each other */

static void speedup_is_the_one_thread_median_over_the_own(void **state)
{
	(void)state;
	struct row rows[] = {ROW(4, 25, 25, 25, 25, 25), ROW(1, 100, 100, 100, 100, 100),
			     ROW(2, 200, 200)};
	rows_compare(rows, 3);
	assert_true(rows[0].speedup == 4 && rows[0].efficiency == 1);
	assert_true(rows[0].speedup_low == 4 && rows[0].speedup_high == 4);
	assert_true(rows[0].efficiency_low == 1 && rows[0].efficiency_high == 1);
	assert_true(rows[2].speedup == 0.5 && rows[2].efficiency == 0.25);
	free_rows(rows, 3);
}

static void the_one_thread_row_is_1_by_definition(void **state)
{
	(void)state;
	struct row row = ROW(1, 100, 300, 50, 80);
	rows_compare(&row, 1);
	assert_true(row.speedup == 1 && row.efficiency == 1);
	assert_true(row.speedup_low == 1 && row.speedup_high == 1);
	row_free(&row);
}

static void the_interval_of_a_speedup_holds_the_spread_of_both(void **state)
{
	(void)state;
	struct row rows[] = {ROW(1, 80, 80, 120, 160, 160), ROW(2, 20, 20, 30, 40, 40)};
	rows_compare(rows, 2);
	assert_true(rows[1].speedup == 4);
	assert_true(rows[1].speedup_low == 2 && rows[1].speedup_high == 8);
	assert_true(rows[1].efficiency_low == 1 && rows[1].efficiency_high == 4);
	free_rows(rows, 2);
}

static void one_repeat_has_a_speedup_without_an_interval(void **state)
{
	(void)state;
	struct row rows[] = {ROW(1, 100), ROW(2, 50)};
	rows_compare(rows, 2);
	assert_true(rows[1].speedup == 2 && rows[1].efficiency == 1);
	assert_true(isnan(rows[1].speedup_low) && isnan(rows[1].speedup_high));
	free_rows(rows, 2);
}

/* Four threads that do four times the work in twice the time are twice as fast. */
static void weak_scaling_counts_the_work_that_grew_with_the_threads(void **state)
{
	(void)state;
	struct row rows[] = {ROW(1, 100, 100, 100, 100, 100), ROW(4, 200, 200, 200, 200, 200)};
	rows[0].setting.job.scaling = rows[1].setting.job.scaling = SCALING_WEAK;
	rows_compare(rows, 2);
	assert_true(rows[0].speedup == 1);
	assert_true(rows[1].speedup == 2 && rows[1].efficiency == 0.5);
	assert_true(rows[1].speedup_low == 2 && rows[1].speedup_high == 2);
	free_rows(rows, 2);
}

static void without_a_one_thread_row_there_is_no_speedup(void **state)
{
	(void)state;
	struct row rows[] = {ROW(2, 100, 100), ROW(4, 50, 50)};
	rows_compare(rows, 2);
	assert_true(has_no_speedup(&rows[0]) && has_no_speedup(&rows[1]));
	free_rows(rows, 2);
}

static void a_wrong_one_thread_row_is_no_base(void **state)
{
	(void)state;
	struct row rows[] = {ROW(1, 100, 100), ROW(4, 50, 50)};
	rows[0].repeats[1].checksum_ok = false;
	row_finish(&rows[0]);
	rows_compare(rows, 2);
	assert_true(has_no_speedup(&rows[0]) && has_no_speedup(&rows[1]));
	free_rows(rows, 2);
}

/* Each changes what is measured. */
static void change_mode(struct setting *s) { s->mode = &team; }
static void change_policy(struct setting *s) { s->policy = &lax; }
static void change_interval(struct setting *s) { s->interval_ns++; }
static void change_ticks(struct setting *s) { s->ticks = 100; }
static void change_divisor(struct setting *s) { s->work_divisor = 100; }
static void change_accounting(struct setting *s) { s->accounting = ACCOUNTING_FULL; }
static void change_workload(struct setting *s) { s->job.workload = &other_workload; }
static void change_engine(struct setting *s) { s->job.engine = ENGINE_NATIVE; }
static void change_scaling(struct setting *s) { s->job.scaling = SCALING_WEAK; }
static void change_size(struct setting *s) { s->job.size++; }
static void change_tasks(struct setting *s) { s->job.tasks++; }
static void change_iterations(struct setting *s) { s->job.iterations = 1; }

static void change_chunks(struct setting *s) { s->chunks = 1; }
static void change_payload(struct setting *s) { s->payload++; }
static void change_pool(struct setting *s) { s->pool = POOL_ON; }

static void change_world(struct setting *s) { s->world.world = WORLD_IN_VIRTUAL_TIME; }
static void change_cores(struct setting *s) { s->world.cores = 64; }
static void change_seed(struct setting *s) { s->world.seed = 8; }
static void change_cost(struct setting *s) { s->world.cost = &dear; }

static void (*const changes[])(struct setting *s) = {
	change_mode,	   change_policy,   change_interval, change_ticks,
	change_divisor,	   change_accounting, change_workload, change_engine,
	change_scaling,	   change_size,	    change_tasks,    change_iterations,
	change_chunks,	   change_payload,  change_pool,     change_world,
	change_cores,	   change_seed,	    change_cost,
};
enum { CHANGES_N = sizeof changes / sizeof *changes };

static void rows_that_differ_in_anything_else_are_not_compared(void **state)
{
	(void)state;
	for (size_t k = 0; k < CHANGES_N; k++) {
		struct row rows[] = {ROW(1, 100, 100), ROW(2, 60, 60), ROW(2, 50, 50)};
		changes[k](&rows[1].setting);
		rows_compare(rows, 3);
		assert_true(has_no_speedup(&rows[1]));
		assert_true(rows[2].speedup == 2);
		free_rows(rows, 3);
	}
}

static void every_mode_is_compared_with_one_thread_of_the_locked_one(void **state)
{
	(void)state;
	struct row rows[] = {ROW(2, 50, 50, 50, 50, 50), ROW(1, 100, 100, 100, 100, 100),
			     ROW(1, 80), ROW(1, 200)};
	rows[1].setting.mode = modes[0];
	rows_compare(rows, 4);
	assert_true(rows[0].over_locked.value == 2 && rows[0].over_locked.low == 2);
	assert_true(rows[1].over_locked.value == 1);
	assert_true(rows[2].over_locked.value == 1.25);
	assert_true(rows[3].over_locked.value == 0.5);
	free_rows(rows, 4);
}

static void another_form_size_or_lock_is_not_compared_with_the_locked_mode(void **state)
{
	(void)state;
	for (size_t k = 0; k < CHANGES_N; k++) {
		struct row rows[] = {ROW(1, 100, 100), ROW(2, 50, 50)};
		rows[0].setting.mode = modes[0];
		changes[k](&rows[1].setting);
		rows_compare(rows, 2);
		bool is_compared = changes[k] == change_mode || changes[k] == change_chunks ||
				   changes[k] == change_payload || changes[k] == change_pool;
		assert_int_equal(isfinite(rows[1].over_locked.value), is_compared);
		free_rows(rows, 2);
	}
}

static void a_mode_without_a_lock_is_compared_under_any(void **state)
{
	(void)state;
	static const struct mode unlocked = {.name = "unlocked", .has_no_lock = true};
	struct row rows[] = {ROW(1, 100, 100), ROW(2, 50, 50)};
	rows[0].setting.mode = modes[0];
	rows[1].setting.mode = &unlocked;
	change_policy(&rows[1].setting);
	rows_compare(rows, 2);
	assert_true(rows[1].over_locked.value == 2);
	free_rows(rows, 2);
}

static void each_series_has_its_own_base(void **state)
{
	(void)state;
	for (size_t k = 0; k < CHANGES_N; k++) {
		if (changes[k] == change_scaling)
			continue;
		struct row rows[] = {ROW(1, 100, 100), ROW(1, 300, 300), ROW(2, 50, 50),
				     ROW(2, 75, 75)};
		changes[k](&rows[1].setting);
		changes[k](&rows[3].setting);
		rows_compare(rows, 4);
		assert_true(rows[1].speedup == 1);
		assert_true(rows[2].speedup == 2);
		assert_true(rows[3].speedup == 4);
		free_rows(rows, 4);
	}
}

static void a_prediction_is_compared_with_what_was_measured(void **state)
{
	(void)state;
	struct row rows[] = {ROW(2, 90), ROW(2, 100), ROW(4, 50), ROW(2, 110), ROW(1, 300)};
	rows[0].setting.world = virtual_world(2);
	rows[3].setting.world = virtual_world(8);
	rows[4].setting.world = virtual_world(2);
	rows_compare(rows, 5);
	assert_float_equal(rows[0].prediction_error, -0.1, 1e-12);
	assert_float_equal(rows[3].prediction_error, 0.1, 1e-12);
	assert_true(isnan(rows[1].prediction_error) && isnan(rows[2].prediction_error));
	assert_true(isnan(rows[4].prediction_error));
	free_rows(rows, 5);
}

static void a_prediction_of_something_else_has_no_error(void **state)
{
	(void)state;
	for (size_t k = 0; k < CHANGES_N; k++) {
		struct row rows[] = {ROW(2, 100), ROW(2, 100)};
		rows[1].setting.world = virtual_world(2);
		changes[k](&rows[1].setting);
		rows_compare(rows, 2);
		bool is_same = changes[k] == change_world || changes[k] == change_cores ||
			       changes[k] == change_seed || changes[k] == change_cost;
		assert_int_equal(rows[1].prediction_error == 0, is_same);
		free_rows(rows, 2);
	}
}

static void a_speedup_is_within_a_world(void **state)
{
	(void)state;
	struct row rows[] = {ROW(1, 100), ROW(1, 40), ROW(2, 50), ROW(2, 10)};
	rows[0].setting.mode = rows[1].setting.mode = modes[0];
	rows[2].setting.mode = rows[3].setting.mode = modes[0];
	rows[1].setting.world = rows[3].setting.world = virtual_world(2);
	rows_compare(rows, 4);
	assert_true(rows[2].speedup == 2 && rows[3].speedup == 4);
	assert_true(rows[2].over_locked.value == 2 && rows[3].over_locked.value == 4);
	free_rows(rows, 4);
}

/* Two files of the same costs. */
static void costs_are_the_same_by_their_digest(void **state)
{
	(void)state;
	struct world_choice a = virtual_world(2), b = a;
	b.cost = &renamed;
	assert_true(world_choice_is_equal(&a, &b));
	b.cost = NULL;
	assert_false(world_choice_is_equal(&a, &b));
}

/* What is bound, or counted, is measured for itself. */
static void a_row_is_compared_with_one_that_is_bound_alike(void **state)
{
	(void)state;
	struct setting a = setting_of(1), b = a;
	assert_true(setting_is_same_series(&a, &b));
	b.world.bind = BIND_PU;
	assert_false(setting_is_same_series(&a, &b));
	assert_true(setting_is_same_but_for_world(&a, &b));
	b = a;
	b.world.counters = COUNTERS_ON;
	assert_false(setting_is_same_series(&a, &b));
}

static void each_repeat_in_virtual_time_has_the_next_seed(void **state)
{
	(void)state;
	struct world_choice virtual = virtual_world(2), real = setting_of(1).world;
	struct world_choice third = world_choice_of(&virtual, 2), same = world_choice_of(&real, 2);
	assert_int_equal(third.seed, 9);
	assert_int_equal(third.cores, 2);
	assert_true(world_choice_is_equal(&same, &real));
}

static void figures_of_the_host_are_absent_in_virtual_time(void **state)
{
	(void)state;
	struct row row = ROW(1, 10, 30);
	for (size_t k = 0; k < 2; k++)
		row.repeats[k].user_ns = row.repeats[k].sys_ns = ABSENT;
	row_finish(&row);
	assert_true(row.wall_ns.median == 20);
	assert_true(is_absent(&row.user_ns) && is_absent(&row.sys_ns));
	row_free(&row);
}

static void settings_are_equal_when_all_that_is_measured_is(void **state)
{
	(void)state;
	struct setting a = setting_of(4), b = setting_of(4), more = setting_of(5);
	assert_true(setting_is_equal(&a, &b));
	assert_false(setting_is_equal(&a, &more));
	for (size_t k = 0; k < CHANGES_N; k++) {
		struct setting changed = a;
		changes[k](&changed);
		assert_false(setting_is_equal(&a, &changed));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_typical_repeat_is_the_lower_median),
		cmocka_unit_test(among_equals_the_earlier_is_the_lower),
		cmocka_unit_test(each_time_has_figures_of_its_own),
		cmocka_unit_test(a_row_without_repeats_has_nothing),
		cmocka_unit_test(a_wrong_repeat_makes_all_times_absent_and_is_shown),
		cmocka_unit_test(speedup_is_the_one_thread_median_over_the_own),
		cmocka_unit_test(the_one_thread_row_is_1_by_definition),
		cmocka_unit_test(the_interval_of_a_speedup_holds_the_spread_of_both),
		cmocka_unit_test(one_repeat_has_a_speedup_without_an_interval),
		cmocka_unit_test(every_mode_is_compared_with_one_thread_of_the_locked_one),
		cmocka_unit_test(another_form_size_or_lock_is_not_compared_with_the_locked_mode),
		cmocka_unit_test(a_mode_without_a_lock_is_compared_under_any),
		cmocka_unit_test(weak_scaling_counts_the_work_that_grew_with_the_threads),
		cmocka_unit_test(without_a_one_thread_row_there_is_no_speedup),
		cmocka_unit_test(a_wrong_one_thread_row_is_no_base),
		cmocka_unit_test(rows_that_differ_in_anything_else_are_not_compared),
		cmocka_unit_test(each_series_has_its_own_base),
		cmocka_unit_test(settings_are_equal_when_all_that_is_measured_is),
		cmocka_unit_test(a_prediction_is_compared_with_what_was_measured),
		cmocka_unit_test(a_prediction_of_something_else_has_no_error),
		cmocka_unit_test(a_speedup_is_within_a_world),
		cmocka_unit_test(costs_are_the_same_by_their_digest),
		cmocka_unit_test(a_row_is_compared_with_one_that_is_bound_alike),
		cmocka_unit_test(each_repeat_in_virtual_time_has_the_next_seed),
		cmocka_unit_test(figures_of_the_host_are_absent_in_virtual_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
