/* test_virtual - simulated threads on simulated cores: what moves the clock, who has a core, and
 * that the same seed gives the same world. */
#include "claims.h"

#include <errno.h>
#include <string.h>

#include "world/sync.h"
#include "world/virtual.h"

/* Round numbers, so that times can be told by heart. */
static const struct machine_cost costs = {
	.wake_ns = 1000,
	.idle_ns = 10000,
	.preempt_ns = 2000,
	.quantum_ns = 3000000,
	.credit_ns = 3000000,
	.memory_mib_s = 1000,
};

static struct virtual_options options_of(int64_t cores_n)
{
	return (struct virtual_options){
		.cores_n = cores_n, .seed = 1, .cost = &costs, .end_ns = ABSENT};
}

static int64_t ended_ns[8];

static void *work_a_second(void *argument)
{
	for (int k = 0; k < 1000; k++) {
		world_charge(INT64_C(1000000000));
		virtual_settle();
	}
	ended_ns[(intptr_t)argument] = world_now_ns();
	return NULL;
}

static void run_hogs(void *argument)
{
	struct world_thread threads[8];
	intptr_t n = *(intptr_t *)argument;
	for (intptr_t k = 0; k < n; k++)
		assert_int_equal(world_spawn(&threads[k], work_a_second, (void *)k), 0);
	for (intptr_t k = 0; k < n; k++)
		world_join(&threads[k]);
}

static int64_t seconds_for(intptr_t threads_n, int64_t cores_n)
{
	struct error err = {""};
	struct virtual_options options = options_of(cores_n);
	assert_int_equal(virtual_run(&options, run_hogs, &threads_n, &err), 0);
	return virtual_counts().now_ns / 10000000;
}

static void threads_with_a_core_each_run_at_once(void **state)
{
	(void)state;
	assert_int_equal(seconds_for(1, 1), 100);
	assert_int_equal(seconds_for(2, 2), 100);
	assert_int_equal(seconds_for(4, 4), 100);
	assert_int_equal(seconds_for(2, 8), 100);
}

static void threads_without_a_core_each_share(void **state)
{
	(void)state;
	assert_int_equal(seconds_for(2, 1), 200);
	assert_int_equal(seconds_for(8, 4), 200);
	assert_in_range(seconds_for(3, 2), 150, 155);
	assert_in_range(seconds_for(5, 4), 125, 135);
}

/* --- turns --- */

enum { LOGGED_MOST = 64, CHUNK_NS = 10000 };
static int64_t logged_ns[LOGGED_MOST], logged_n;

/* Busy for so long; what it was held up in between is logged. */
static void compute(int64_t chunks_n)
{
	int64_t began_ns = world_now_ns();
	for (int64_t k = 0; k < chunks_n; k++) {
		world_charge(1000 * CHUNK_NS);
		virtual_settle();
		int64_t held_up_ns = world_now_ns() - began_ns - CHUNK_NS;
		if (held_up_ns && logged_n < LOGGED_MOST)
			logged_ns[logged_n++] = held_up_ns;
		began_ns = world_now_ns();
	}
}

static void *compute_chunks(void *argument)
{
	compute((intptr_t)argument);
	return NULL;
}

/* Runs `main` in a world like that; why it ended. */
static int run_in(const struct virtual_options *options, void (*main)(void *argument),
		  void *argument)
{
	struct error err = {""};
	logged_n = 0;
	return virtual_run(options, main, argument, &err);
}

static int run_on(int64_t cores_n, void (*main)(void *argument), void *argument)
{
	struct virtual_options options = options_of(cores_n);
	return run_in(&options, main, argument);
}

static void two_hogs(void *argument)
{
	struct world_thread one, other;
	assert_int_equal(world_spawn(&one, compute_chunks, argument), 0);
	assert_int_equal(world_spawn(&other, compute_chunks, argument), 0);
	world_join(&one);
	world_join(&other);
}

static void a_turn_lasts_a_quantum_while_others_wait(void **state)
{
	(void)state;
	assert_int_equal(run_on(1, two_hogs, (void *)3000), 0);
	assert_in_range(logged_n, 15, 21);
	for (int64_t k = 1; k < logged_n - 2; k++)
		assert_int_equal(logged_ns[k], costs.quantum_ns);
	assert_int_equal(run_on(2, two_hogs, (void *)3000), 0);
	assert_int_equal(logged_n, 0);
}

static void *nap(void *argument)
{
	for (int k = 1; k <= 3; k++) {
		int64_t until_ns = k * INT64_C(10000000);
		world_sleep_until(until_ns);
		((int64_t *)argument)[k - 1] = world_now_ns() - until_ns;
	}
	return NULL;
}

static void nap_beside_a_hog(void *late_ns)
{
	struct world_thread hog, sleeper;
	assert_int_equal(world_spawn(&sleeper, nap, late_ns), 0);
	assert_int_equal(world_spawn(&hog, compute_chunks, (void *)4000), 0);
	world_join(&sleeper);
	world_join(&hog);
}

static void who_slept_displaces_who_ran(void **state)
{
	int64_t late_ns[3];
	(void)state;
	assert_int_equal(run_on(1, nap_beside_a_hog, late_ns), 0);
	for (int k = 0; k < 3; k++)
		assert_int_equal(late_ns[k], costs.preempt_ns);
	assert_int_equal(run_on(2, nap_beside_a_hog, late_ns), 0);
	for (int k = 0; k < 3; k++)
		assert_int_equal(late_ns[k], costs.idle_ns);
	assert_int_equal(virtual_counts().preemptions_n, 0);
}

/* Two of them end early, wherever they are. */
static void long_and_short_ones(void *argument)
{
	const intptr_t chunks_n[] = {3000, 1000, 3000, 1000};
	struct world_thread threads[4];
	(void)argument;
	for (int k = 0; k < 4; k++)
		assert_int_equal(world_spawn(&threads[k], compute_chunks, (void *)chunks_n[k]), 0);
	for (int k = 0; k < 4; k++)
		world_join(&threads[k]);
}

static void a_core_without_anybody_takes_from_the_longest_queue(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct virtual_options options = options_of(2);
		options.seed = seed;
		assert_int_equal(run_in(&options, long_and_short_ones, NULL), 0);
		assert_in_range(virtual_counts().now_ns, 40000000, 48000000);
	}
	assert_int_equal(run_on(1, long_and_short_ones, NULL), 0);
	assert_int_equal(virtual_counts().steals_n, 0);
}

static void who_slept_comes_back_to_its_core(void **state)
{
	int64_t late_ns[3];
	(void)state;
	assert_int_equal(run_on(8, nap_beside_a_hog, late_ns), 0);
	assert_int_equal(virtual_counts().migrations_n, 2); /* from the core of who started them */
}

/* --- waits --- */

static uint32_t word;
static intptr_t order[8];
static int64_t order_n;

static void *park_and_tell(void *argument)
{
	world_park(&word, 0, ABSENT);
	order[order_n++] = (intptr_t)argument;
	logged_ns[logged_n++] = world_now_ns();
	return NULL;
}

static void wake_five(void *argument)
{
	struct world_thread threads[5];
	(void)argument;
	order_n = 0;
	for (intptr_t k = 0; k < 5; k++) {
		assert_int_equal(world_spawn(&threads[k], park_and_tell, (void *)k), 0);
		world_sleep_until((k + 1) * 100000);
	}
	for (int k = 0; k < 5; k++)
		world_unpark(&word, 1);
	for (int k = 0; k < 5; k++)
		world_join(&threads[k]);
}

static void the_longest_asleep_is_woken_first(void **state)
{
	(void)state;
	for (int64_t cores_n = 1; cores_n <= 8; cores_n *= 8) {
		assert_int_equal(run_on(cores_n, wake_five, NULL), 0);
		for (intptr_t k = 0; k < 5; k++)
			assert_int_equal(order[k], k);
	}
}

/* Who wakes is busy for wake_ns each time, more or less; who is woken begins idle_ns later. */
static void a_wake_up_takes_both_their_time(void **state)
{
	(void)state;
	assert_int_equal(run_on(8, wake_five, NULL), 0);
	for (int k = 1; k < 5; k++)
		assert_in_range(logged_ns[k] - logged_ns[k - 1], costs.wake_ns / 2,
				costs.wake_ns * 3 / 2);
	assert_int_equal(logged_ns[0], 500000 + costs.idle_ns + costs.idle_ns);
}

static void park_for_a_millisecond(void *in_time)
{
	*(bool *)in_time = world_park(&word, 0, 1000000);
}

static void a_deadline_is_noticed_as_late_as_its_slack(void **state)
{
	struct machine_cost slack = costs;
	struct virtual_options options = options_of(1);
	bool in_time = true;
	(void)state;
	slack.slack_ns = 57000;
	options.cost = &slack;
	assert_int_equal(run_in(&options, park_for_a_millisecond, &in_time), 0);
	assert_false(in_time);
	assert_int_equal(virtual_counts().now_ns, 1000000 + slack.slack_ns + slack.idle_ns);
}

static void park_for_ever(void *argument)
{
	world_sleep_until(1000);
	world_park(argument, 0, ABSENT);
}

static void a_wait_without_end_is_told_of(void **state)
{
	struct virtual_wait wait;
	(void)state;
	assert_int_equal(run_on(1, park_for_ever, &word), -EDEADLK);
	assert_true(virtual_waiting_nth(0, &wait));
	assert_ptr_equal(wait.word, &word);
	assert_string_equal(wait.what, "parked");
	assert_int_equal(wait.since_ns, 1000 + costs.idle_ns);
	assert_false(virtual_waiting_nth(1, &wait));
}

/* --- worlds --- */

static void compute_for_ever(void *argument)
{
	(void)argument;
	for (;;) {
		world_charge(1000 * CHUNK_NS);
		virtual_settle();
	}
}

static void a_world_ends_at_its_end(void **state)
{
	struct virtual_options options = options_of(1);
	(void)state;
	options.end_ns = 5000000;
	assert_int_equal(run_in(&options, compute_for_ever, NULL), -ETIME);
	assert_int_equal(virtual_counts().now_ns, 5000000);
}

static bool count_down(void *left)
{
	return --*(int *)left > 0;
}

static void who_watches_may_end_it_after_any_event(void **state)
{
	struct virtual_options options = options_of(2);
	int left = 100;
	(void)state;
	options.watch = count_down;
	options.context = &left;
	assert_int_equal(run_in(&options, two_hogs, (void *)3000), -ECANCELED);
	assert_int_equal(left, 0);
	assert_int_equal(virtual_counts().events_n, 100);
}

/* All that a run does, in one number: when each step of each was, in the order of the steps. */
static uint64_t digest;

static void *wander(void *argument)
{
	for (uint64_t k = 1; k <= 50; k++) {
		world_charge((int64_t)(k * 7919 * (uintptr_t)argument % 900000));
		if (k % 5 == 0)
			world_sleep_until(world_now_ns() + 20000);
		digest = digest * 31 + (uint64_t)world_now_ns() + (uintptr_t)argument;
	}
	return NULL;
}

static void wander_in_seven(void *argument)
{
	struct world_thread threads[7];
	(void)argument;
	for (intptr_t k = 0; k < 7; k++)
		assert_int_equal(world_spawn(&threads[k], wander, (void *)(k + 1)), 0);
	for (int k = 0; k < 7; k++)
		world_join(&threads[k]);
}

static uint64_t digest_of(uint64_t seed, enum schedule schedule)
{
	struct machine_cost jitter = costs;
	struct virtual_options options = options_of(3);
	jitter.jitter_ns = 8000;
	options.cost = &jitter;
	options.seed = seed;
	options.schedule = schedule;
	digest = 0;
	assert_int_equal(run_in(&options, wander_in_seven, NULL), 0);
	return digest;
}

static void a_seed_is_a_run(void **state)
{
	(void)state;
	for (int schedule = 0; schedule < SCHEDULES_N; schedule++) {
		uint64_t first = digest_of(1, (enum schedule)schedule);
		assert_true(digest_of(2, (enum schedule)schedule) != first);
		assert_true(digest_of(1, (enum schedule)schedule) == first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_with_a_core_each_run_at_once),
		cmocka_unit_test(threads_without_a_core_each_share),
		cmocka_unit_test(a_turn_lasts_a_quantum_while_others_wait),
		cmocka_unit_test(who_slept_displaces_who_ran),
		cmocka_unit_test(a_core_without_anybody_takes_from_the_longest_queue),
		cmocka_unit_test(who_slept_comes_back_to_its_core),
		cmocka_unit_test(the_longest_asleep_is_woken_first),
		cmocka_unit_test(a_wake_up_takes_both_their_time),
		cmocka_unit_test(a_deadline_is_noticed_as_late_as_its_slack),
		cmocka_unit_test(a_wait_without_end_is_told_of),
		cmocka_unit_test(a_world_ends_at_its_end),
		cmocka_unit_test(who_watches_may_end_it_after_any_event),
		cmocka_unit_test(a_seed_is_a_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
