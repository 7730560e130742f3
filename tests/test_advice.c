/* test_advice - which way is advised.
 *
 * Method: rows made by hand, of the modes that there are and of modes that are only a name;
 * each answer is the right one at least once, and each rule turns one. */
#include "claims.h"

#include <math.h>
#include <stdlib.h>

#include "measure/advice.h"
#include "report/advice.h"

enum { ROWS_MOST = 32, REPEATS_N = 5 };

static struct row rows[ROWS_MOST];
static size_t rows_n;

/* Of a mode that need not be built in: the decision knows names only. */
static const struct mode *mode_of(const char *name)
{
	static struct mode modes_made[WAYS_N];
	for (size_t k = 0; k < WAYS_N; k++)
		if (strcmp(ways[k].mode, name) == 0) {
			modes_made[k].name = ways[k].mode;
			return &modes_made[k];
		}
	fail_msg("no way in mode %s", name);
	return NULL;
}

static const struct workload work = {.name = "made"};

/* A row of repeats that all took about that long: they are `spread` apart, as a part of it. */
static struct row *add_spread(const char *mode, enum engine engine, int64_t threads, double ms,
			      double spread)
{
	struct row *row = &rows[rows_n++];
	assert_true(rows_n <= ROWS_MOST);
	*row = (struct row){.setting = {.mode = mode_of(mode),
					.accounting = ACCOUNTING_COUNTS,
					.job = {.workload = &work, .engine = engine,
						.threads = threads}}};
	row->repeats = calloc(REPEATS_N, sizeof *row->repeats);
	assert_non_null(row->repeats);
	row->repeats_n = REPEATS_N;
	for (int k = 0; k < REPEATS_N; k++)
		row->repeats[k] = (struct repeat){
			.wall_ns = (int64_t)(ms * 1e6 * (1 + spread * (k - REPEATS_N / 2))),
			.checksum_ok = true,
			.lost_updates_n = ABSENT,
		};
	row_finish(row);
	return row;
}

static struct row *add(const char *mode, int64_t threads, double ms)
{
	return add_spread(mode, ENGINE_BYTECODE, threads, ms, 0.001);
}

static int forget(void **state)
{
	(void)state;
	for (size_t k = 0; k < rows_n; k++)
		row_free(&rows[k]);
	rows_n = 0;
	return 0;
}

static struct advice decide(void)
{
	struct advice a;
	const struct row *now = advice_now(rows, rows_n, ENGINE_BYTECODE, 4);
	const struct row *one = advice_one(rows, rows_n, ENGINE_BYTECODE);
	assert_true(advise(&a, rows, rows_n, ENGINE_BYTECODE, now, one));
	return a;
}

static void assert_advised(const char *name, int64_t threads)
{
	struct advice a = decide();
	assert_string_equal(advised(&a)->way->name, name);
	assert_int_equal(advised(&a)->row->setting.job.threads, threads);
}

/* Each way */

static void what_nothing_makes_faster_stays_on_one_thread(void **state)
{
	(void)state;
	add("locked", 1, 100), add("locked", 4, 102), add("process", 4, 101), add("free", 4, 99);
	assert_advised("one thread", 1);
}

static void waits_that_overlap_need_no_more_than_threads(void **state)
{
	(void)state;
	add("locked", 1, 100), add("locked", 4, 25), add("locked", 16, 7), add("async", 16, 7);
	assert_advised("threads as they are", 16);
}

/* In each mode alone is a gain. */
static void every_way_is_advised_where_it_alone_gains(void **state)
{
	for (size_t k = 2; k < WAYS_N; k++) {
		for (size_t other = 0; other < WAYS_N; other++)
			if (!ways[other].one_thread) {
				add(ways[other].mode, 1, 100);
				add(ways[other].mode, 4, other == k ? 30 : 100);
			}
		assert_advised(ways[k].name, 4);
		forget(state);
	}
}

/* Order */

static void the_less_intrusive_of_two_that_are_as_fast_is_advised(void **state)
{
	(void)state;
	for (size_t k = WAYS_N; k-- > 0;)
		if (!ways[k].one_thread) {
			add(ways[k].mode, 4, 30 + (double)(WAYS_N - k) / 100);
			assert_advised(ways[k].name, 4);
		}
}

static void modes_from_the_least_to_the_most_intrusive_are_all_ways(void **state)
{
	(void)state;
	for (size_t m = 0; m < modes_n; m++)
		assert_non_null(mode_of(modes[m]->name));
	assert_true(ways[0].one_thread);
	for (size_t k = 0; k < WAYS_N; k++)
		assert_true(ways[k].name && ways[k].order && ways[k].asks);
}

static void the_fewest_threads_that_are_as_good_are_advised(void **state)
{
	(void)state;
	add("locked", 1, 100), add("locked", 4, 100);
	add("process", 2, 52), add("process", 8, 50), add("process", 4, 50.5);
	assert_advised("processes", 2);
}

/* Tolerance */

static void a_sure_difference_of_5_percent_is_none_and_one_of_6_is_one(void **state)
{
	add("locked", 1, 104.9), add("locked", 4, 105.2), add("process", 4, 100);
	assert_advised("one thread", 1);
	forget(state);
	add("locked", 1, 106), add("locked", 4, 106), add("process", 4, 100);
	assert_advised("processes", 4);
}

static void a_difference_within_the_spread_may_be_chance(void **state)
{
	add_spread("locked", ENGINE_BYTECODE, 1, 112, 0.1);
	add_spread("process", ENGINE_BYTECODE, 4, 100, 0.1);
	assert_advised("one thread", 1);
	forget(state);
	add_spread("locked", ENGINE_BYTECODE, 1, 125, 0.1);
	add_spread("process", ENGINE_BYTECODE, 4, 100, 0.1);
	assert_advised("processes", 4);
}

/* The interval reaches from the least repeat to the most, so it overlaps; the halves do not. */
static void one_repeat_that_was_disturbed_decides_nothing(void **state)
{
	(void)state;
	add("locked", 1, 100);
	struct row *disturbed = add("process", 4, 50);
	disturbed->repeats[1].wall_ns *= 4;
	row_finish(disturbed);
	assert_true(disturbed->wall_ns.ci95_high > 190e6);
	assert_advised("processes", 4);
}

static void of_single_repeats_the_medians_decide(void **state)
{
	(void)state;
	add("locked", 1, 107)->repeats_n = 1;
	add("process", 4, 100)->repeats_n = 1;
	row_finish(&rows[0]);
	row_finish(&rows[1]);
	assert_advised("processes", 4);
	assert_true(isnan(decide().over_one.low) && decide().over_one.value > 1);
}

/* What does not count */

static void a_wrong_result_is_no_way(void **state)
{
	(void)state;
	add("locked", 1, 100), add("locked", 4, 100), add("process", 4, 50);
	struct row *wrong = add("free", 4, 10);
	wrong->repeats[3].checksum_ok = false;
	row_finish(wrong);
	assert_advised("processes", 4);
	assert_int_equal(decide().standings[7].verdict, WAY_WRONG);
}

static void a_way_that_loses_updates_is_none_where_the_lock_keeps_them(void **state)
{
	(void)state;
	struct row *one = add("locked", 1, 100), *four = add("locked", 4, 100);
	add("process", 4, 90);
	add("free", 1, 100);
	struct row *losing = add("free", 4, 10);
	losing->repeats[2].lost_updates_n = 5;
	assert_advised("processes", 4);
	assert_int_equal(decide().standings[7].verdict, WAY_LOSES);
	one->repeats[0].lost_updates_n = 0;
	assert_advised("processes", 4);
	four->repeats[0].lost_updates_n = 3;
	assert_advised("no lock", 4);
}

static void rows_that_pay_for_full_accounting_do_not_count(void **state)
{
	(void)state;
	add("locked", 1, 100), add("locked", 4, 100);
	add("process", 4, 10)->setting.accounting = ACCOUNTING_FULL;
	assert_advised("one thread", 1);
	assert_int_equal(decide().standings[5].verdict, WAY_NOT_MEASURED);
}

static void rows_of_the_other_engine_do_not_count(void **state)
{
	(void)state;
	add("locked", 1, 100), add("locked", 4, 100);
	add_spread("released", ENGINE_NATIVE, 4, 1, 0.001);
	assert_advised("one thread", 1);
}

static void without_a_right_row_nothing_is_advised(void **state)
{
	(void)state;
	struct advice a;
	assert_false(advise(&a, rows, 0, ENGINE_BYTECODE, NULL, NULL));
	struct row *wrong = add("locked", 1, 100);
	wrong->repeats[0].checksum_ok = false;
	row_finish(wrong);
	assert_null(advice_one(rows, rows_n, ENGINE_BYTECODE));
	assert_false(advise(&a, rows, rows_n, ENGINE_BYTECODE, NULL, NULL));
}

/* Gains */

static void now_is_the_locked_row_of_as_many_threads_as_cores_or_fewer(void **state)
{
	(void)state;
	add("locked", 8, 90), add("locked", 1, 100);
	struct row *three = add("locked", 3, 80);
	add("process", 4, 10);
	assert_ptr_equal(advice_now(rows, rows_n, ENGINE_BYTECODE, 4), three);
	assert_ptr_equal(advice_now(rows, rows_n, ENGINE_BYTECODE, 2), &rows[1]);
	assert_ptr_equal(advice_one(rows, rows_n, ENGINE_BYTECODE), &rows[1]);
	assert_null(advice_now(rows, rows_n, ENGINE_NATIVE, 4));
}

static void gains_are_over_now_and_over_one_thread(void **state)
{
	(void)state;
	add("locked", 1, 100), add("locked", 4, 120), add("process", 4, 30);
	struct advice a = decide();
	assert_true(fabs(a.over_now.value - 4) < 0.01);
	assert_true(fabs(a.over_one.value - 100.0 / 30) < 0.01);
	assert_true(a.over_now.low <= a.over_now.value && a.over_now.value <= a.over_now.high);
}

static void the_other_engine_is_decided_by_itself_and_compared_with_now(void **state)
{
	(void)state;
	struct advice a;
	add("locked", 1, 100), add("locked", 4, 120);
	add_spread("locked", ENGINE_NATIVE, 1, 10, 0.001);
	add_spread("released", ENGINE_NATIVE, 4, 3, 0.001);
	assert_true(advise(&a, rows, rows_n, ENGINE_NATIVE, &rows[1], &rows[0]));
	assert_string_equal(advised(&a)->way->mode, "released");
	assert_true(fabs(a.over_now.value - 40) < 0.1);
}

/* In words */

static void fill_question(struct question *q)
{
	struct error why;
	*q = (struct question){.engine = ENGINE_BYTECODE, .cores_n = 4, .workload = "made"};
	strcpy(q->calls[ENGINE_NATIVE], "crunch");
	error_set(&why, -1, "mode openmp: has no kernel");
	assert_int_equal(question_add_unfit(q, "openmp", ENGINE_BYTECODE, &why), 0);
}

static bool says(const struct finding *f, const char *text)
{
	return strstr(f->text.bytes, text);
}

static void forget_finding(struct finding *f, struct question *q)
{
	json_decref(f->json);
	buffer_free(&f->text);
	question_free(q);
}

static void the_finding_says_what_is_advised_and_why_not_the_others(void **state)
{
	(void)state;
	struct question q;
	struct finding f = {0};
	struct error err;
	add("locked", 1, 100), add("locked", 4, 120), add("process", 4, 30);
	add_spread("locked", ENGINE_NATIVE, 1, 10, 0.001);
	add_spread("released", ENGINE_NATIVE, 4, 3, 0.001);
	struct row *wrong = add("free", 4, 1);
	wrong->repeats[0].checksum_ok = false;
	row_finish(wrong);
	fill_question(&q);
	assert_int_equal(advice_finding(&q, rows, rows_n, &f, &err), 0);
	assert_true(says(&f, "Use processes, 4 at once: 4x ("));
	assert_true(says(&f, "one thread: 3.3 times as long as the fastest"));
	assert_true(says(&f, "no lock: the results are wrong"));
	assert_true(says(&f, "mode openmp: has no kernel"));
	assert_true(says(&f, "the same in native code: 40x ("));
	assert_true(says(&f, "the lock released around crunch"));
	const json_t *mode = json_object_get(f.json, "mode");
	assert_string_equal(json_string_value(mode), "process");
	forget_finding(&f, &q);
}

static void nothing_right_is_said_to_be_no_advice(void **state)
{
	(void)state;
	struct question q;
	struct finding f = {0};
	struct error err;
	fill_question(&q);
	assert_int_equal(advice_finding(&q, rows, 0, &f, &err), 0);
	assert_true(says(&f, "no advice: no result is right"));
	assert_true(json_is_null(f.json));
	forget_finding(&f, &q);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define CLAIM(name) {#name, name, NULL, forget, NULL}
		CLAIM(what_nothing_makes_faster_stays_on_one_thread),
		CLAIM(waits_that_overlap_need_no_more_than_threads),
		CLAIM(every_way_is_advised_where_it_alone_gains),
		CLAIM(the_less_intrusive_of_two_that_are_as_fast_is_advised),
		CLAIM(modes_from_the_least_to_the_most_intrusive_are_all_ways),
		CLAIM(the_fewest_threads_that_are_as_good_are_advised),
		CLAIM(a_sure_difference_of_5_percent_is_none_and_one_of_6_is_one),
		CLAIM(a_difference_within_the_spread_may_be_chance),
		CLAIM(one_repeat_that_was_disturbed_decides_nothing),
		CLAIM(of_single_repeats_the_medians_decide),
		CLAIM(a_wrong_result_is_no_way),
		CLAIM(a_way_that_loses_updates_is_none_where_the_lock_keeps_them),
		CLAIM(rows_that_pay_for_full_accounting_do_not_count),
		CLAIM(rows_of_the_other_engine_do_not_count),
		CLAIM(without_a_right_row_nothing_is_advised),
		CLAIM(now_is_the_locked_row_of_as_many_threads_as_cores_or_fewer),
		CLAIM(gains_are_over_now_and_over_one_thread),
		CLAIM(the_other_engine_is_decided_by_itself_and_compared_with_now),
		CLAIM(the_finding_says_what_is_advised_and_why_not_the_others),
		CLAIM(nothing_right_is_said_to_be_no_advice),
#undef CLAIM
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
