/* test_row - from what workers left to a repeat, from repeats to a row, and rows against
 * each other.
 *
 * Method: settings, workers and repeats made by hand, with figures whose results follow by
 * mental arithmetic; nothing is run. */
#include "claims.h"

#include <math.h>
#include <stdlib.h>

#include "measure/row.h"

enum { REPEATS_MOST = 8 };

static const struct workload summed = {.name = "summed", .total = TOTAL_SUM_INT};
static const struct workload other_workload = {.name = "other"};
static const struct mode crowd = {.name = "crowd"}, team = {.name = "team", .teams = true};
static const struct gil_policy strict = {.name = "strict"}, lax = {.name = "lax"};

static struct setting setting_of(int64_t threads)
{
	return (struct setting){
		.mode = &crowd,
		.policy = &strict,
		.job = {.workload = &summed, .size = 30, .tasks = 100, .iterations = ABSENT,
			.threads = threads, .workers = threads},
		.interval_ns = 5000000,
		.ticks = ABSENT,
		.work_divisor = 1,
		.accounting = ACCOUNTING_COUNTS,
	};
}

/* A finished row whose repeats took the given times; zero ends them. */
static struct row row_of(int64_t threads, const int64_t *walls_ns)
{
	struct row row = {.setting = setting_of(threads)};
	row.repeats = calloc(REPEATS_MOST, sizeof *row.repeats);
	assert_non_null(row.repeats);
	for (; *walls_ns; walls_ns++)
		row.repeats[row.repeats_n++] = (struct repeat){
			.wall_ns = *walls_ns,
			.user_ns = 2 * *walls_ns,
			.sys_ns = 3 * *walls_ns,
			.checksum_ok = true,
		};
	row_finish(&row);
	return row;
}

#define ROW(threads, ...) row_of(threads, (const int64_t[]){__VA_ARGS__, 0})

static bool is_absent(const struct stats *s)
{
	return isnan(s->median) && isnan(s->min) && isnan(s->max) && isnan(s->mean) &&
	       isnan(s->stddev) && isnan(s->ci95_low) && isnan(s->ci95_high);
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

static void free_rows(struct row *rows, size_t n)
{
	for (size_t k = 0; k < n; k++)
		row_free(&rows[k]);
}

static void speedup_is_the_one_thread_median_over_the_own(void **state)
{
	(void)state;
	struct row rows[] = {ROW(4, 25, 25, 25), ROW(1, 100, 100, 100), ROW(2, 200, 200)};
	rows_compare(rows, 3);
	assert_true(rows[0].speedup == 4 && rows[0].efficiency == 1);
	assert_true(rows[0].speedup_low == 4 && rows[0].speedup_high == 4);
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
	struct row rows[] = {ROW(1, 80, 160), ROW(2, 20, 40)};
	rows_compare(rows, 2);
	assert_true(rows[1].speedup == 4);
	assert_true(rows[1].speedup_low == 2 && rows[1].speedup_high == 8);
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
	struct row rows[] = {ROW(1, 100, 100), ROW(4, 200, 200)};
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

static void (*const changes[])(struct setting *s) = {
	change_mode,	   change_policy,   change_interval, change_ticks,
	change_divisor,	   change_accounting, change_workload, change_engine,
	change_scaling,	   change_size,	    change_tasks,    change_iterations,
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

/* One repeat, from its workers */

static struct worker workers[4];
static struct work work;
static struct run run;
static struct outcome outcome;

/* All started together at 1000, had a core 10 ns later, and worked for 40, 50, 60, 70 ns. */
static int clear_workers(void **state)
{
	(void)state;
	memset(workers, 0, sizeof workers);
	for (int k = 0; k < 4; k++) {
		snprintf(workers[k].name, sizeof workers[k].name, "worker %d", k);
		workers[k].start_ns = 1000;
		workers[k].began_ns = 1010;
		workers[k].end_ns = 1050 + 10 * k;
		workers[k].work_n = 100;
		workers[k].io_ns = 3;
		workers[k].gil.wait_ns = 5;
		workers[k].native_held_ns = 7;
		workers[k].native_released_ns = 11;
		workers[k].runqueue_ns = 2;
	}
	work = (struct work){.job = {.workload = &summed}, .expected.value.i = 99};
	run = (struct run){.mode = &crowd, .work = &work, .threads = 4,
			   .accounting = ACCOUNTING_FULL};
	outcome = (struct outcome){.wall_ns = 100, .total.i = 99};
	return 0;
}

static struct repeat filled(void)
{
	struct repeat r;
	assert_int_equal(repeat_fill(&r, &run, workers, &outcome), 0);
	return r;
}

static void the_buckets_of_a_thread_add_up_to_wall_time(void **state)
{
	(void)state;
	struct repeat r = filled();
	assert_int_equal(r.parts_n, 4);
	for (size_t k = 0; k < 4; k++) {
		const struct buckets *t = &r.parts[k].time;
		assert_int_equal(t->running_ns + t->gil_wait_ns + t->io_ns + t->start_join_ns, 100);
		assert_int_equal(t->bytecode_ns + t->native_held_ns + t->native_released_ns,
				 t->running_ns);
		assert_int_equal(t->running_ns, 40 + 10 * (int64_t)k - 3 - 5);
		assert_int_equal(t->native_held_ns, 7);
		assert_int_equal(t->native_released_ns, 11);
		assert_string_equal(r.parts[k].name, workers[k].name);
		assert_int_equal(r.parts[k].work_n, 100);
	}
	repeat_free(&r);
}

static void the_buckets_of_a_repeat_are_the_sums_over_its_threads(void **state)
{
	(void)state;
	struct repeat r = filled();
	assert_int_equal(r.time.running_ns, 40 + 50 + 60 + 70 - 4 * 8);
	assert_int_equal(r.time.gil_wait_ns, 20);
	assert_int_equal(r.time.io_ns, 12);
	assert_int_equal(r.time.start_join_ns, 60 + 50 + 40 + 30);
	assert_int_equal(r.time.native_held_ns, 28);
	assert_int_equal(r.time.native_released_ns, 44);
	assert_int_equal(r.time.runqueue_ns, 8);
	repeat_free(&r);
}

/* It waited for a core, not for the lock. */
static void a_worker_that_begins_late_has_started_longer_not_run_longer(void **state)
{
	(void)state;
	workers[1].began_ns += 20;
	struct repeat r = filled();
	assert_int_equal(r.parts[1].time.start_join_ns, 50 + 20);
	assert_int_equal(r.parts[1].time.running_ns, 50 - 3 - 5 - 20);
	assert_int_equal(r.parts[1].time.gil_wait_ns, 5);
	repeat_free(&r);
}

static void what_was_not_timed_is_absent_not_nothing(void **state)
{
	(void)state;
	run.accounting = ACCOUNTING_COUNTS;
	struct repeat r = filled();
	assert_int_equal(r.time.gil_wait_ns, 20);
	assert_true(r.time.bytecode_ns == ABSENT && r.time.native_held_ns == ABSENT);
	assert_true(r.time.native_released_ns == ABSENT);
	repeat_free(&r);
	run.accounting = ACCOUNTING_OFF;
	r = filled();
	assert_true(r.time.running_ns == ABSENT && r.time.gil_wait_ns == ABSENT);
	assert_true(r.time.io_ns == ABSENT && r.time.start_join_ns == ABSENT);
	assert_true(r.gil.wait_ns == ABSENT && r.gil.wait_p50_ns == ABSENT);
	assert_true(r.gil.hold_max_ns == ABSENT && r.gil.wait_max_ns == ABSENT);
	assert_int_equal(r.gil.takes_n, 0);
	repeat_free(&r);
}

static void one_part_that_is_unknown_makes_the_sum_unknown(void **state)
{
	(void)state;
	workers[2].runqueue_ns = ABSENT;
	struct repeat r = filled();
	assert_true(r.time.runqueue_ns == ABSENT);
	assert_int_equal(r.parts[1].time.runqueue_ns, 2);
	repeat_free(&r);
}

static void the_dealings_with_the_lock_are_summed_and_ranked(void **state)
{
	(void)state;
	for (int k = 0; k < 4; k++) {
		struct gil_stats *g = &workers[k].gil;
		g->takes_n = 10 + k;
		g->contended_takes_n = k;
		g->switches_n = 2 * k;
		g->drop_requests_n = 3 * k;
		g->forced_switches_n = 4 * k;
		histogram_add(&g->waits, 10 * (k + 1));
		histogram_add(&g->holds, 20 * (k + 1));
	}
	struct repeat r = filled();
	assert_int_equal(r.gil.takes_n, 46);
	assert_int_equal(r.gil.contended_takes_n, 6);
	assert_int_equal(r.gil.switches_n, 12);
	assert_int_equal(r.gil.drop_requests_n, 18);
	assert_int_equal(r.gil.forced_switches_n, 24);
	assert_int_equal(r.gil.wait_ns, 20);
	assert_int_equal(r.gil.wait_p50_ns, 20);
	assert_int_equal(r.gil.wait_p99_ns, 40);
	assert_int_equal(r.gil.wait_max_ns, 40);
	assert_int_equal(r.gil.hold_p50_ns, 40);
	assert_int_equal(r.gil.hold_max_ns, 80);
	repeat_free(&r);
}

/* Waits of 1 to 100 ns and holds of 101 to 126, dealt out to the workers like cards. */
static void percentiles_are_those_of_all_workers_together(void **state)
{
	(void)state;
	for (int64_t ns = 100; ns >= 1; ns--)
		histogram_add(&workers[ns % 4].gil.waits, ns);
	for (int64_t ns = 101; ns <= 126; ns++)
		histogram_add(&workers[ns % 4].gil.holds, ns);
	struct repeat r = filled();
	assert_int_equal(r.gil.wait_p50_ns, 50);
	assert_int_equal(r.gil.wait_p99_ns, 99);
	assert_int_equal(r.gil.wait_max_ns, 100);
	assert_int_equal(r.gil.hold_p50_ns, 113);
	assert_int_equal(r.gil.hold_p99_ns, 126);
	assert_int_equal(r.gil.hold_max_ns, 126);
	repeat_free(&r);
}

/* Speeds of 1, 2, 3 and 4 units a nanosecond: (1 + 2 + 3 + 4)^2 / (4 * (1 + 4 + 9 + 16)). */
static void fairness_is_jains_index_of_the_speeds_since_the_common_start(void **state)
{
	(void)state;
	for (int k = 0; k < 4; k++) {
		workers[k].began_ns = 1010 + k;
		workers[k].end_ns = 1000 + 50 * (4 - k);
		workers[k].work_n = 50 * (k + 1) * (4 - k);
	}
	struct repeat r = filled();
	assert_true(fabs(r.fairness_jain - 100.0 / 120.0) < 1e-15);
	repeat_free(&r);
}

static void equal_speeds_are_fair_and_a_lone_worker_is_1_of_n(void **state)
{
	(void)state;
	for (int k = 0; k < 4; k++)
		workers[k].end_ns = workers[k].start_ns + 50;
	struct repeat r = filled();
	assert_true(r.fairness_jain == 1);
	repeat_free(&r);
	for (int k = 1; k < 4; k++)
		workers[k].work_n = 0;
	r = filled();
	assert_true(r.fairness_jain == 0.25);
	repeat_free(&r);
	workers[0].work_n = 0;
	r = filled();
	assert_true(isnan(r.fairness_jain));
	repeat_free(&r);
}

static void a_team_is_one_worker(void **state)
{
	(void)state;
	run.mode = &team;
	struct repeat r = filled();
	assert_int_equal(r.parts_n, 1);
	assert_int_equal(r.time.gil_wait_ns, 5);
	repeat_free(&r);
}

static void a_wrong_total_is_seen_and_kept_as_text(void **state)
{
	(void)state;
	struct repeat r = filled();
	assert_true(r.checksum_ok);
	assert_string_equal(r.checksum, "99");
	repeat_free(&r);
	outcome.total.i = -1;
	r = filled();
	assert_false(r.checksum_ok);
	assert_string_equal(r.checksum, "18446744073709551615");
	repeat_free(&r);
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
		cmocka_unit_test(weak_scaling_counts_the_work_that_grew_with_the_threads),
		cmocka_unit_test(without_a_one_thread_row_there_is_no_speedup),
		cmocka_unit_test(a_wrong_one_thread_row_is_no_base),
		cmocka_unit_test(rows_that_differ_in_anything_else_are_not_compared),
		cmocka_unit_test(each_series_has_its_own_base),
		cmocka_unit_test(settings_are_equal_when_all_that_is_measured_is),
#define REPEAT_TEST(claim) cmocka_unit_test_setup(claim, clear_workers)
		REPEAT_TEST(the_buckets_of_a_thread_add_up_to_wall_time),
		REPEAT_TEST(the_buckets_of_a_repeat_are_the_sums_over_its_threads),
		REPEAT_TEST(a_worker_that_begins_late_has_started_longer_not_run_longer),
		REPEAT_TEST(what_was_not_timed_is_absent_not_nothing),
		REPEAT_TEST(one_part_that_is_unknown_makes_the_sum_unknown),
		REPEAT_TEST(the_dealings_with_the_lock_are_summed_and_ranked),
		REPEAT_TEST(percentiles_are_those_of_all_workers_together),
		REPEAT_TEST(fairness_is_jains_index_of_the_speeds_since_the_common_start),
		REPEAT_TEST(equal_speeds_are_fair_and_a_lone_worker_is_1_of_n),
		REPEAT_TEST(a_team_is_one_worker),
		REPEAT_TEST(a_wrong_total_is_seen_and_kept_as_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
