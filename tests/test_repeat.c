/* test_repeat - from what the workers of a run left to a repeat.
 *
 * Method: workers made by hand, with figures whose results follow by mental arithmetic;
 * nothing is run. */
#include "claims.h"

#include <math.h>

#include "measure/row.h"

static const struct workload summed = {.name = "summed", .total = TOTAL_SUM_INT};
static const struct mode crowd = {.name = "crowd"}, team = {.name = "team", .teams = true};

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
	outcome.parent = (struct parent_figures){1, 2, 3, 4};
	struct repeat r = filled();
	assert_int_equal(r.time.gil_wait_ns, 20);
	assert_int_equal(r.parent.serialise_ns, 1);
	assert_int_equal(r.parent.move_ns, 2);
	assert_int_equal(r.parent.wait_ns, 3);
	assert_int_equal(r.parent.cpu_ns, 4);
	assert_true(r.time.bytecode_ns == ABSENT && r.time.native_held_ns == ABSENT);
	assert_true(r.time.native_released_ns == ABSENT);
	repeat_free(&r);
	run.accounting = ACCOUNTING_OFF;
	r = filled();
	assert_true(r.time.running_ns == ABSENT && r.time.gil_wait_ns == ABSENT);
	assert_true(r.time.io_ns == ABSENT && r.time.start_join_ns == ABSENT);
	assert_true(r.gil.wait_ns == ABSENT && r.gil.wait_p50_ns == ABSENT);
	assert_true(r.gil.hold_max_ns == ABSENT && r.gil.wait_max_ns == ABSENT);
	assert_true(r.parent.serialise_ns == ABSENT && r.parent.move_ns == ABSENT);
	assert_true(r.parent.wait_ns == ABSENT && r.parent.cpu_ns == ABSENT);
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

static void a_right_total_of_garbled_messages_is_wrong(void **state)
{
	(void)state;
	outcome.garbled = true;
	struct repeat r = filled();
	assert_false(r.checksum_ok);
	assert_string_equal(r.checksum, "99");
	repeat_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		REPEAT_TEST(a_right_total_of_garbled_messages_is_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
