/* test_stuck - when nobody can ever go on in the virtual world, also where some look now and then;
 * and who waits for what. */
#include "claims.h"

#include <errno.h>

#include "world/sync.h"
#include "world/virtual.h"

static const struct machine_cost costs = {
	.load_ps = 300,
	.atomic_ps = 1000,
	.park_ns = 100,
	.wake_ns = 1000,
	.idle_ns = 10000,
	.jitter_ns = 1000,
	.slack_ns = 1000,
	.quantum_ns = 3000000,
	.memory_mib_s = 1000,
};

enum { LOOK_NS = 20000 };

static struct mutex mutex;
static struct condition never;
static uint32_t word;
static int64_t looks_n;

static struct error err;

static int run_world(void (*main)(void *unused), enum schedule schedule, uint64_t seed)
{
	const struct virtual_options options = {.cores_n = 4, .seed = seed, .cost = &costs,
						.schedule = schedule, .end_ns = ABSENT};
	mutex = (struct mutex){0};
	never = (struct condition){0};
	word = 0;
	looks_n = 0;
	return virtual_run(&options, main, NULL, &err);
}

static void *wait_for_ever(void *unused)
{
	while (!world_load(&word, RELAXED))
		world_park(&word, 0, ABSENT);
	return unused;
}

/* As who waits for CPython's lock, under its mutex. */
static void *look_now_and_then(void *unused)
{
	mutex_lock(&mutex);
	while (!world_load(&word, RELAXED)) {
		condition_wait(&never, &mutex, world_now_ns() + LOOK_NS);
		looks_n++;
	}
	mutex_unlock(&mutex);
	return unused;
}

static void *work_then_set(void *unused)
{
	enum { LONG_MS = 300 };
	world_charge(LONG_MS * INT64_C(1000000000));
	world_store(&word, 1, SEQ_CST);
	world_unpark(&word, 1);
	return unused;
}

static void *sleep_then_set(void *unused)
{
	world_sleep_until(world_now_ns() + INT64_C(300000000));
	return work_then_set(unused);
}

/* One long wait, and the others look again and again. */
static void *park_long_then_set(void *unused)
{
	world_park(&word, 0, world_now_ns() + INT64_C(300000000));
	return work_then_set(unused);
}

static void *look_seldom(void *unused)
{
	while (!world_load(&word, RELAXED))
		world_park(&word, 0, world_now_ns() + 50 * LOOK_NS);
	return unused;
}

/* As who has the lock after such a wait, and waits again before it has run for long. */
static void *work_a_little_after_each_look(void *unused)
{
	for (int k = 0; k < 500; k++) {
		world_park(&word, 0, world_now_ns() + LOOK_NS);
		world_charge(LOOK_NS * INT64_C(1000) / 2);
	}
	return unused;
}

static void start_and_join(void *(*const *runs)(void *unused), size_t n)
{
	struct world_thread threads[8];
	for (size_t k = 0; k < n; k++)
		assert_int_equal(world_spawn(&threads[k], runs[k], NULL), 0);
	for (size_t k = 0; k < n; k++)
		world_join(&threads[k]);
}

#define MAIN(name, ...) \
	static void name(void *unused) \
	{ \
		static void *(*const runs[])(void *) = {__VA_ARGS__}; \
		(void)unused; \
		start_and_join(runs, sizeof runs / sizeof *runs); \
	}
MAIN(all_wait, wait_for_ever, wait_for_ever)
MAIN(some_look, wait_for_ever, look_now_and_then, look_now_and_then, look_now_and_then)
MAIN(some_look_seldom, look_seldom, look_now_and_then, look_now_and_then, look_now_and_then)
MAIN(one_waits_long, look_now_and_then, look_now_and_then, look_now_and_then, park_long_then_set)
MAIN(one_works, wait_for_ever, look_now_and_then, look_now_and_then, work_then_set)
MAIN(all_work_a_little, work_a_little_after_each_look, work_a_little_after_each_look)
MAIN(one_sleeps, wait_for_ever, look_now_and_then, sleep_then_set)

static void where_all_wait_nobody_can_go_on_and_each_is_named(void **state)
{
	struct virtual_wait wait;
	(void)state;
	assert_int_equal(run_world(all_wait, SCHEDULE_TIMED, 1), -EDEADLK);
	assert_string_equal(err.text, "a virtual world: all threads wait for each other");
	assert_true(virtual_waiting_nth(0, &wait));
	assert_string_equal(wait.what, "a thread's end");
	assert_true(virtual_waiting_nth(1, &wait));
	assert_ptr_equal(wait.word, &word);
	assert_string_equal(wait.what, "parked");
	assert_true(wait.since_ns > 0);
	assert_true(virtual_waiting_nth(2, &wait));
	assert_false(virtual_waiting_nth(3, &wait));
}

static void those_who_look_in_vain_are_stuck_too_under_every_schedule(void **state)
{
	struct virtual_wait wait;
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++)
		for (int schedule = 0; schedule < SCHEDULES_N; schedule++) {
			int failed = run_world(some_look, (enum schedule)schedule, seed);
			assert_int_equal(failed, -EDEADLK);
			assert_in_range(looks_n, 100, 100000);
			assert_true(virtual_waiting_nth(2, &wait));
		}
}

static void those_who_look_seldom_are_stuck_when_they_have_looked_enough_themselves(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		assert_int_equal(run_world(some_look_seldom, SCHEDULE_TIMED, seed), -EDEADLK);
		assert_true(virtual_now_ns() >= INT64_C(64) * 50 * LOOK_NS);
	}
}

static void nobody_is_stuck_while_one_waits_for_its_first_deadline(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		assert_int_equal(run_world(one_waits_long, SCHEDULE_TIMED, seed), 0);
		assert_true(looks_n > 2000);
	}
}

/* Some 10,000 looks. */
static void nobody_is_stuck_while_one_works_or_sleeps(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 2; seed++) {
		assert_int_equal(run_world(one_works, SCHEDULE_TIMED, seed), 0);
		assert_true(looks_n > 2000);
		assert_int_equal(run_world(one_works, SCHEDULE_RANDOM, seed), 0);
		assert_int_equal(run_world(one_sleeps, SCHEDULE_TIMED, seed), 0);
		assert_true(looks_n > 2000);
	}
}

static void nobody_is_stuck_while_all_work_a_little_after_each_look(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++)
		for (int schedule = 0; schedule < SCHEDULES_N; schedule++) {
			int failed = run_world(all_work_a_little, (enum schedule)schedule, seed);
			assert_int_equal(failed, 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_all_wait_nobody_can_go_on_and_each_is_named),
		cmocka_unit_test(those_who_look_in_vain_are_stuck_too_under_every_schedule),
		cmocka_unit_test(
			those_who_look_seldom_are_stuck_when_they_have_looked_enough_themselves),
		cmocka_unit_test(nobody_is_stuck_while_one_waits_for_its_first_deadline),
		cmocka_unit_test(nobody_is_stuck_while_one_works_or_sleeps),
		cmocka_unit_test(nobody_is_stuck_while_all_work_a_little_after_each_look),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
