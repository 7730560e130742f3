/* test_change - a scenario with one thing changed, and whom that helps.
 *
 * Method: changes are made in scenarios built by hand, and looked at; figures of the variants
 * are made up so that each rule turns one answer.  Nothing is run. */
#include "claims.h"

#include <math.h>
#include <stdlib.h>

#include "scenario/change.h"

enum { REPEATS_N = 5 };

static struct phase phases[] = {{PHASE_BYTECODE, 1},	   {PHASE_NATIVE_HELD, 1},
				{PHASE_NATIVE_RELEASED, 1}, {PHASE_IO, 1},
				{PHASE_WORK_HELD, 1},	   {PHASE_WORK_RELEASED, 1}};
static struct group groups[2];

/* A group of all kinds of phase, and one of a workload. */
static struct scenario scenario_of(enum engine engine, bool releases)
{
	static const enum phase_kind kinds[] = {PHASE_BYTECODE,	       PHASE_NATIVE_HELD,
						PHASE_NATIVE_RELEASED, PHASE_IO,
						PHASE_WORK_HELD,       PHASE_WORK_RELEASED};
	for (size_t k = 0; k < 6; k++)
		phases[k].kind = kinds[k];
	groups[0] = (struct group){.name = "phases", .phases = phases, .phases_n = 6};
	groups[1] = (struct group){.name = "work", .activity = ACTIVITY_WORKLOAD,
				   .releases = releases, .job.engine = engine};
	return (struct scenario){.policy = gil_policy_find("cpython"), .interval_ns = ABSENT,
				 .ticks = ABSENT, .groups = groups, .groups_n = 2};
}

static void released_and_held_turn_every_native_call_and_nothing_else(void **state)
{
	(void)state;
	struct scenario s = scenario_of(ENGINE_NATIVE, false);
	assert_true(scenario_change(&s, CHANGE_RELEASE));
	assert_true(groups[1].releases);
	assert_int_equal(phases[0].kind, PHASE_BYTECODE);
	assert_int_equal(phases[1].kind, PHASE_NATIVE_RELEASED);
	assert_int_equal(phases[2].kind, PHASE_NATIVE_RELEASED);
	assert_int_equal(phases[3].kind, PHASE_IO);
	assert_int_equal(phases[4].kind, PHASE_WORK_RELEASED);
	assert_false(scenario_change(&s, CHANGE_RELEASE));
	assert_true(scenario_change(&s, CHANGE_HOLD));
	assert_false(groups[1].releases);
	assert_int_equal(phases[2].kind, PHASE_NATIVE_HELD);
	assert_int_equal(phases[3].kind, PHASE_IO);
	assert_int_equal(phases[5].kind, PHASE_WORK_HELD);
	assert_false(scenario_change(&s, CHANGE_HOLD));
}

static void bytecode_has_no_calls_to_release(void **state)
{
	(void)state;
	struct scenario s = scenario_of(ENGINE_BYTECODE, false);
	groups[0].phases_n = 1;
	assert_false(scenario_change(&s, CHANGE_RELEASE));
	assert_false(scenario_change(&s, CHANGE_HOLD));
}

static void an_interval_is_only_made_shorter(void **state)
{
	(void)state;
	struct scenario s = scenario_of(ENGINE_NATIVE, false);
	assert_true(scenario_change(&s, CHANGE_INTERVAL));
	assert_int_equal(s.interval_ns, SHORT_INTERVAL_NS);
	assert_false(scenario_change(&s, CHANGE_INTERVAL));
	s.interval_ns = 100000;
	assert_false(scenario_change(&s, CHANGE_INTERVAL));
	assert_int_equal(s.interval_ns, 100000);
	s.interval_ns = ABSENT;
	s.policy = gil_policy_find("mutex");
	assert_false(scenario_change(&s, CHANGE_INTERVAL));
}

static void the_lock_can_be_taken_away_once(void **state)
{
	(void)state;
	struct scenario s = scenario_of(ENGINE_NATIVE, false);
	assert_true(scenario_change(&s, CHANGE_NO_LOCK));
	assert_string_equal(s.policy->name, "none");
	assert_false(scenario_change(&s, CHANGE_NO_LOCK));
	assert_true(scenario_change(&s, CHANGE_NOTHING));
}

/* Whom it helps */

static struct variant variants[CHANGES_N];

/* Repeats of one group, `spread` apart. */
static void measured(enum change change, double rounds_per_s, double latency_ns, double spread)
{
	struct scenario_results *r = &variants[change].results;
	r->repeats = calloc(REPEATS_N, sizeof *r->repeats);
	assert_non_null(r->repeats);
	r->repeats_n = REPEATS_N;
	for (int k = 0; k < REPEATS_N; k++) {
		struct group_figures *f = calloc(1, sizeof *f);
		assert_non_null(f);
		f->rounds_per_s = rounds_per_s * (1 + spread * (k - REPEATS_N / 2));
		f->latency_p99_ns = isnan(latency_ns) ? ABSENT : (int64_t)latency_ns;
		r->repeats[k].groups = f;
	}
}

static int forget(void **state)
{
	(void)state;
	variants_close(variants);
	return 0;
}

static void the_change_with_the_most_rounds_helps_most(void **state)
{
	(void)state;
	measured(CHANGE_NOTHING, 100, 5e6, 0.01);
	measured(CHANGE_RELEASE, 150, 4e6, 0.01);
	measured(CHANGE_INTERVAL, 400, 6e6, 0.01);
	measured(CHANGE_HOLD, 20, 1e6, 0.01);
	assert_int_equal(variants_best(variants, 0), CHANGE_INTERVAL);
	struct effect e = variant_effect(variants, CHANGE_INTERVAL, 0);
	assert_true(fabs(e.gain.value - 4) < 1e-9 && e.gain.low > 3.5 && e.gain.high < 4.5);
}

static void no_lock_is_a_bound_and_no_advice(void **state)
{
	(void)state;
	measured(CHANGE_NOTHING, 100, 5e6, 0.01);
	measured(CHANGE_NO_LOCK, 1000, 1e6, 0.01);
	assert_int_equal(variants_best(variants, 0), CHANGE_NOTHING);
}

static void a_gain_that_is_small_or_may_be_chance_is_none(void **state)
{
	(void)state;
	measured(CHANGE_NOTHING, 100, NAN, 0.1);
	measured(CHANGE_RELEASE, 120, NAN, 0.1);
	measured(CHANGE_INTERVAL, 104, NAN, 0);
	assert_int_equal(variants_best(variants, 0), CHANGE_NOTHING);
}

static void where_rounds_stay_a_shorter_latency_helps(void **state)
{
	(void)state;
	measured(CHANGE_NOTHING, 100, 5e6, 0.001);
	measured(CHANGE_INTERVAL, 99, 1e6, 0.001);
	measured(CHANGE_HOLD, 50, 1e5, 0.001);
	assert_int_equal(variants_best(variants, 0), CHANGE_INTERVAL);
	struct effect e = variant_effect(variants, CHANGE_INTERVAL, 0);
	assert_true(fabs(e.latency_gain.value - 5) < 1e-9);
}

static void a_latency_that_may_be_shorter_by_chance_is_none(void **state)
{
	(void)state;
	measured(CHANGE_NOTHING, 100, 5e6, 0.001);
	measured(CHANGE_INTERVAL, 100, 4e6, 0.001);
	struct scenario_repeat *now = variants[CHANGE_NOTHING].results.repeats;
	for (int k = 0; k < REPEATS_N; k++)
		now[k].groups->latency_p99_ns += (k - 2) * 1000000;
	assert_int_equal(variants_best(variants, 0), CHANGE_NOTHING);
}

static void a_change_that_made_results_wrong_is_none(void **state)
{
	(void)state;
	measured(CHANGE_NOTHING, 100, 5e6, 0.01);
	measured(CHANGE_RELEASE, 500, 1e6, 0.01);
	variants[CHANGE_RELEASE].why_not = "its results are wrong";
	assert_int_equal(variants_best(variants, 0), CHANGE_NOTHING);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(released_and_held_turn_every_native_call_and_nothing_else),
		cmocka_unit_test(bytecode_has_no_calls_to_release),
		cmocka_unit_test(an_interval_is_only_made_shorter),
		cmocka_unit_test(the_lock_can_be_taken_away_once),
		cmocka_unit_test_teardown(the_change_with_the_most_rounds_helps_most, forget),
		cmocka_unit_test_teardown(no_lock_is_a_bound_and_no_advice, forget),
		cmocka_unit_test_teardown(a_gain_that_is_small_or_may_be_chance_is_none, forget),
		cmocka_unit_test_teardown(where_rounds_stay_a_shorter_latency_helps, forget),
		cmocka_unit_test_teardown(a_latency_that_may_be_shorter_by_chance_is_none, forget),
		cmocka_unit_test_teardown(a_change_that_made_results_wrong_is_none, forget),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
