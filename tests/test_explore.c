/* test_explore - a lock that is broken on purpose is caught, and the real one keeps its rules.
 *
 * Method: the same schedules for the real lock and for four copies of its source with a line
 * changed (tests/mutate.sh), of which MUTANT names one.  No time is asserted: all of it is
 * simulated. */
#include "claims.h"

#include <errno.h>

#include "scenario/witness.h"

enum { SEEDS_MOST = 10000, GROUPS_N = 3, PHASES_N = 2 };

static struct phase phases[GROUPS_N][PHASES_N] = {
	{{PHASE_BYTECODE, 30000}, {PHASE_BYTECODE, 0}},
	{{PHASE_BYTECODE, 15000}, {PHASE_NATIVE_RELEASED, 10000}},
	{{PHASE_IO, 10000}, {PHASE_BYTECODE, 2000}},
};
static const char *const names[GROUPS_N] = {"hog", "caller", "io"};
static struct group groups[GROUPS_N];
static struct scenario scenario;

static const char *const invariant_names[] = {
#define INVARIANT(NAME, name, rule) #name,
#include "gil/invariants.def"
#undef INVARIANT
};

static struct worker workers[GROUPS_N];
static struct lane lanes[GROUPS_N];

static int make_ready(void **state)
{
	struct error err;
	(void)state;
	for (size_t k = 0; k < GROUPS_N; k++) {
		groups[k] = (struct group){
			.threads_n = 1, .rounds_n = 4, .phases = phases[k], .phases_n = PHASES_N};
		strcpy(groups[k].name, names[k]);
	}
	scenario = (struct scenario){
		.file = "test",
		.policy = gil_policy_find("cpython"),
		.interval_ns = 20000,
		.ticks = ABSENT,
		.world = {WORLD_IN_VIRTUAL_TIME, 4, 1, cost_preset_find("cpython313"), ABSENT,
			  ABSENT},
		.duration_ns = ABSENT,
		.accounting = ACCOUNTING_COUNTS,
		.groups = groups,
		.groups_n = GROUPS_N,
		.threads_n = GROUPS_N,
	};
	return scenario_prepare(&scenario, &err);
}

static int forget(void **state)
{
	(void)state;
	for (size_t k = 0; k < GROUPS_N; k++)
		program_free(&groups[k].program);
	return 0;
}

/* What becomes of a seed, odd ones at random and even ones by priorities. */
static struct explored explore_seed(int64_t seed)
{
	static struct explored e;
	struct error err = {""};
	struct world_choice choice = scenario.world;
	enum schedule schedule = seed % 2 ? SCHEDULE_RANDOM : SCHEDULE_PRIORITIES;
	choice.seed = seed;
	choice.cores = schedule == SCHEDULE_PRIORITIES ? 1 : choice.cores;
	memset(workers, 0, sizeof workers);
	memset(lanes, 0, sizeof lanes);
	witness_seed(&scenario, &choice, schedule, false, workers, lanes, &e, &err);
	return e;
}

static void a_broken_lock_is_caught(void **state)
{
	(void)state;
	for (int64_t seed = 1; seed <= SEEDS_MOST; seed++) {
		struct explored e = explore_seed(seed);
		if (e.failed != -ECANCELED)
			continue;
		print_message("%s: caught by %s at seed %d: %s", MUTANT,
			      invariant_names[e.broken], (int)seed, e.why);
		assert_true(e.trace[0]);
		return;
	}
	fail_msg("%s: not caught by %d seeds", MUTANT, SEEDS_MOST);
}

/* So many that each of the broken ones is caught by them. */
static void the_real_lock_keeps_its_rules(void **state)
{
	enum { SEEDS_N = 300 };
	int64_t checks_n[INVARIANTS_N] = {0};
	(void)state;
	for (int64_t seed = 1; seed <= SEEDS_N; seed++) {
		struct explored e = explore_seed(seed);
		if (e.failed)
			fail_msg("seed %d: %s", (int)seed, e.why);
		for (int k = 0; k < INVARIANTS_N; k++)
			checks_n[k] += e.checks_n[k];
	}
	for (int k = 0; k < INVARIANTS_N; k++)
		assert_true(checks_n[k] > 0);
}

static void the_same_seed_is_the_same_run_and_another_is_not(void **state)
{
	struct explored first = explore_seed(7), again = explore_seed(7), other = explore_seed(9);
	(void)state;
	assert_int_equal(first.events_n, again.events_n);
	assert_int_equal(first.ended_ns, again.ended_ns);
	assert_string_equal(first.trace, again.trace);
	assert_string_not_equal(first.trace, other.trace);
}

/* It breaks no rule of CPython's: two threads that compute hand the lock to each other. */
static void a_third_thread_may_starve_which_is_told(void **state)
{
	enum { SEEDS_N = 200 };
	struct explored e = {0};
	forget(state);
	phases[1][0] = phases[0][0];
	phases[1][1] = phases[0][1];
	groups[0].rounds_n = groups[1].rounds_n = 60;
	assert_int_equal(scenario_prepare(&scenario, NULL), 0);
	for (int64_t seed = 1; seed <= SEEDS_N && !e.overtaken_n; seed += 2) {
		e = explore_seed(seed);
		assert_int_equal(e.failed, 0);
	}
	assert_true(e.overtaken_n >= STARVED_LEAST);
	assert_true(e.starved[0] && e.starved_trace[0]);
	print_message("seed %d: '%s' waited %.3f ms and was overtaken %d times\n", (int)e.seed,
		      e.starved, (double)e.starved_ns / 1e6, (int)e.overtaken_n);
}

int main(void)
{
	const struct CMUnitTest of_real[] = {
		cmocka_unit_test(the_real_lock_keeps_its_rules),
		cmocka_unit_test(the_same_seed_is_the_same_run_and_another_is_not),
		cmocka_unit_test(a_third_thread_may_starve_which_is_told),
	};
	const struct CMUnitTest of_mutant[] = {
		cmocka_unit_test(a_broken_lock_is_caught),
	};
	return strcmp(MUTANT, "real") == 0
		       ? cmocka_run_group_tests(of_real, make_ready, forget)
		       : cmocka_run_group_tests(of_mutant, make_ready, forget);
}
