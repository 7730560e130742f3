/* test_breakeven - the scenarios that are made of a length, what is kept of a run, and which
 * lengths are added.
 *
 * Method: scenarios are looked into, not timed.  Runs are real, but few and short; curves
 * are written in the place of samples. */
#include "claims.h"

#include <math.h>
#include <stdlib.h>

#include "report/breakeven.h"

enum { SAMPLES_N = 5 };

static struct breakeven opened(int64_t threads_n, int64_t neighbours_n)
{
	struct breakeven b = {
		.policy = gil_policy_find("cpython"),
		.interval_ns = 5000000,
		.ticks = ABSENT,
		.threads_n = threads_n,
		.neighbours_n = neighbours_n,
		.repeats_n = SAMPLES_N,
	};
	struct error err = {""};
	if (breakeven_open(&b, &err))
		fail_msg("%s", err.text);
	return b;
}

static bool always(void *context)
{
	(void)context;
	return true;
}

static void a_grid_is_three_lengths_a_decade_each_on_both_sides(void **state)
{
	(void)state;
	struct breakeven b = opened(3, 0);
	assert_int_equal(b.lengths_n, 17);
	assert_int_equal(b.lengths[0].ns, 50);
	assert_int_equal(b.lengths[4].ns, 1000);
	assert_int_equal(b.lengths[16].ns, 10000000);
	for (size_t k = 0; k < b.lengths_n; k++)
		for (enum side side = 0; side < SIDES_N; side++) {
			const struct scenario *s = &b.lengths[k].scenarios[side];
			const struct group *g = s->groups;
			assert_int_equal(s->groups_n, 1);
			assert_int_equal(s->threads_n, 3);
			assert_true(s->starts_together && g->finishes_rounds);
			assert_true(group_is_endless(g));
			assert_int_equal(group_releases(g), side == SIDE_RELEASED);
			assert_int_equal(g->phases[0].ns, BREAKEVEN_GLUE_NS);
			assert_int_equal(g->phases[1].ns, b.lengths[k].ns);
		}
	breakeven_close(&b);
}

static void both_sides_run_the_same_bytecode(void **state)
{
	(void)state;
	struct breakeven b = opened(1, 1);
	for (size_t k = 0; k < b.lengths_n; k++) {
		const struct scenario *s = b.lengths[k].scenarios;
		assert_true(s[SIDE_HELD].loops_per_us == s[SIDE_RELEASED].loops_per_us);
		assert_true(s[SIDE_HELD].loops_per_us == b.loops_per_us);
	}
	breakeven_close(&b);
}

static void neighbours_are_a_group_that_never_releases(void **state)
{
	(void)state;
	struct breakeven b = opened(1, 2);
	const struct scenario *s = &b.lengths[0].scenarios[SIDE_RELEASED];
	assert_int_equal(s->groups_n, 2);
	assert_int_equal(s->groups[1].threads_n, 2);
	assert_false(group_releases(&s->groups[1]) || s->groups[1].finishes_rounds);
	assert_true(breakeven_has(&b, GAIN_NEIGHBOURS) && breakeven_has(&b, GAIN_ALL));
	breakeven_close(&b);
	b = opened(1, 0);
	assert_false(breakeven_has(&b, GAIN_NEIGHBOURS) || breakeven_has(&b, GAIN_ALL));
	breakeven_close(&b);
}

static void a_run_lasts_for_twenty_calls_and_twenty_turns_of_a_neighbour(void **state)
{
	(void)state;
	struct breakeven alone = opened(1, 0), beside = opened(1, 1);
	assert_int_equal(alone.lengths[0].run_ns, 20000000);
	assert_int_equal(alone.lengths[16].run_ns, 200000000);
	assert_int_equal(beside.lengths[0].run_ns, 100000000);
	assert_int_equal(beside.lengths[16].run_ns, 200000000);
	breakeven_close(&beside);
	breakeven_close(&alone);
}

static void a_run_of_each_side_gives_a_point_of_every_gain(void **state)
{
	(void)state;
	struct breakeven b = opened(2, 1);
	struct error err = {""};
	assert_int_equal(breakeven_conclude(&b), 0);
	assert_int_equal(b.gains[GAIN_CALLS].points_n, 0);
	assert_int_equal(b.gains[GAIN_CALLS].verdict, VERDICT_UNDECIDED);
	for (enum side side = 0; side < SIDES_N; side++)
		if (breakeven_measure(&b, 6, side, always, NULL, &err))
			fail_msg("%s", err.text);
	assert_int_equal(breakeven_conclude(&b), 0);
	for (enum gain gain = 0; gain < GAINS_N; gain++) {
		assert_int_equal(b.gains[gain].points_n, 1);
		assert_true(b.gains[gain].points->x == 5000);
		assert_true(b.gains[gain].points->ratio.value > 0);
	}
	breakeven_close(&b);
}

/* In most runs that are shorter than one call.  On a busy machine a thread may begin after the end
 * of some, and one that does not finish its call may be told to stop just behind it. */
static bool finishes_its_call(struct breakeven *b, enum side side)
{
	enum { LONGEST = 16, TRIES_N = 9 };
	struct breakeven_length *l = &b->lengths[LONGEST];
	struct error err = {""};
	int finished_n = 0;
	l->scenarios[side].duration_ns = 8000000;
	for (int k = 0; k < TRIES_N; k++) {
		l->samples_n[side] = 0;
		if (breakeven_measure(b, LONGEST, side, always, NULL, &err))
			fail_msg("%s", err.text);
		finished_n += l->samples[side][GAIN_CALLS][0] > 0;
	}
	return finished_n > TRIES_N / 2;
}

static void callers_finish_the_call_in_which_they_are_told_to_stop(void **state)
{
	(void)state;
	struct breakeven b = opened(2, 0);
	assert_true(finishes_its_call(&b, SIDE_HELD));
	assert_true(finishes_its_call(&b, SIDE_RELEASED));
	breakeven_close(&b);
}

static void write_ratio(struct breakeven_length *l, double ratio)
{
	for (enum side side = 0; side < SIDES_N; side++) {
		l->samples_n[side] = SAMPLES_N;
		for (size_t k = 0; k < SAMPLES_N; k++)
			l->samples[side][GAIN_CALLS][k] = side == SIDE_RELEASED ? ratio : 1;
	}
}

static void lengths_are_added_where_calls_cross_and_only_there(void **state)
{
	(void)state;
	struct breakeven b = opened(2, 0);
	for (size_t k = 0; k < 17; k++)
		write_ratio(&b.lengths[k], k < 4 ? 0.5 : 2); /* 500 ns lost, 1 us won */
	assert_int_equal(breakeven_refine(&b, NULL), 0);
	assert_int_equal(b.lengths_n, 20);
	static const int64_t expected[] = {500, 595, 707, 841, 1000};
	for (size_t k = 0; k < 5; k++)
		assert_int_equal(b.lengths[3 + k].ns, expected[k]);
	assert_int_equal(b.lengths[5].samples_n[SIDE_HELD], 0);
	assert_int_equal(breakeven_conclude(&b), 0);
	assert_int_equal(b.gains[GAIN_CALLS].points_n, 17);
	breakeven_close(&b);
	b = opened(2, 0);
	for (size_t k = 0; k < 17; k++)
		write_ratio(&b.lengths[k], 0.5);
	assert_int_equal(breakeven_refine(&b, NULL), 0);
	assert_int_equal(b.lengths_n, 17);
	breakeven_close(&b);
}

/* What it writes of a single case; the caller frees. */
static char *written(struct breakeven *b, int (*write)(FILE *file, const void *content))
{
	static const struct unrest quiet;
	const struct breakeven_results results = {.cases = b, .cases_n = 1, .unrest = &quiet};
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	assert_non_null(file);
	assert_int_equal(breakeven_conclude(b), 0);
	assert_int_equal(write(file, &results), 0);
	fclose(file);
	return text;
}

static void assert_written(struct breakeven *b, int (*write)(FILE *file, const void *content),
			   const char *expected)
{
	char *text = written(b, write);
	if (!strstr(text, expected))
		fail_msg("no '%s' in %s", expected, text);
	free(text);
}

/* Half at 500 ns, twice at 1 us: 1 in the middle. */
static void a_crossing_is_told_in_every_form(void **state)
{
	(void)state;
	struct breakeven b = opened(2, 0);
	for (size_t k = 0; k < 17; k++)
		write_ratio(&b.lengths[k], k < 4 ? 0.5 : 2);
	assert_written(&b, breakeven_write_table, "calls  from 707 ns     707 ns to 707 ns     2");
	assert_written(&b, breakeven_write_csv,
		       "cpython,5e+06,full,2,0,calls,from,707.107,707.107,707.107,1,,,real,");
	assert_written(&b, breakeven_write_csv, "calls,length,500,,,0.5,0.5,0.5,real,");
	assert_written(&b, breakeven_write_json, "\"releasing_wins\": \"from\"");
	assert_written(&b, breakeven_write_json, "\"verdict\": \"crossing\"");
	for (size_t k = 0; k < 17; k++)
		write_ratio(&b.lengths[k], k < 4 || k > 12 ? 0.5 : 2);
	assert_written(&b, breakeven_write_table, "calls  from 707 ns");
	assert_written(&b, breakeven_write_table, "up to 707 us");
	breakeven_close(&b);
}

static void without_a_crossing_the_table_says_why(void **state)
{
	(void)state;
	static const struct {
		double ratio;
		const char *text;
	} cases[] = {{0.5, "calls  never"}, {2, "calls  always"}, {1, "calls  no difference"}};
	struct breakeven b = opened(1, 0);
	assert_written(&b, breakeven_write_table, "calls  undecided");
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		for (size_t k = 0; k < 17; k++)
			write_ratio(&b.lengths[k], cases[c].ratio);
		assert_written(&b, breakeven_write_table, cases[c].text);
	}
	breakeven_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_grid_is_three_lengths_a_decade_each_on_both_sides),
		cmocka_unit_test(both_sides_run_the_same_bytecode),
		cmocka_unit_test(neighbours_are_a_group_that_never_releases),
		cmocka_unit_test(a_run_lasts_for_twenty_calls_and_twenty_turns_of_a_neighbour),
		cmocka_unit_test(a_run_of_each_side_gives_a_point_of_every_gain),
		cmocka_unit_test(callers_finish_the_call_in_which_they_are_told_to_stop),
		cmocka_unit_test(lengths_are_added_where_calls_cross_and_only_there),
		cmocka_unit_test(a_crossing_is_told_in_every_form),
		cmocka_unit_test(without_a_crossing_the_table_says_why),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
