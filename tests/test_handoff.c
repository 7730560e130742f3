/* test_handoff - who gets the lock next, under the policies that are not CPython's.
 *
 * Method: the main thread holds the lock, others queue up one after the other and write down
 * in which order they got it.  Timers are set to an hour and their ticks given by hand. */
#include "claims.h"

#include "gil/handoff.h"

enum { RIVALS_N = 3 };
static const int64_t an_hour_ns = INT64_C(3600000000000);

static struct gil lock;
static struct gil_thread self;
static struct gil_stats stats;

struct rival {
	struct world_thread thread;
	struct gil_thread gil;
	struct gil_stats stats;
	uint32_t holds, may_go;
};
static struct rival rivals[RIVALS_N];
static struct rival *order[RIVALS_N]; /* guarded by the lock */
static size_t order_n;

static void open_held(const char *policy, int64_t interval_ns)
{
	memset(&stats, 0, sizeof stats);
	memset(rivals, 0, sizeof rivals);
	order_n = 0;
	assert_int_equal(gil_open(&lock, gil_policy_find(policy), interval_ns, ABSENT), 0);
	gil_attach(&self, &lock, "main", ACCOUNTING_COUNTS, &stats);
	gil_take(&self);
}

static void wait_for(uint32_t *word)
{
	while (!world_load(word, ACQUIRE))
		world_park(word, 0, world_now_ns() + 100000);
}

static void *rival_main(void *argument)
{
	struct rival *r = argument;
	gil_attach(&r->gil, &lock, "rival", ACCOUNTING_COUNTS, &r->stats);
	gil_take(&r->gil);
	order[order_n++] = r;
	world_store(&r->holds, 1, RELEASE);
	wait_for(&r->may_go);
	gil_detach(&r->gil);
	return NULL;
}

static uint32_t waiters_n(void)
{
	return world_load(&lock.waiting_n, RELAXED);
}

/* The k-th rival; returns when it waits for the lock. */
static void start(size_t k, bool may_go)
{
	uint32_t before_n = waiters_n();
	rivals[k].may_go = may_go;
	assert_int_equal(world_spawn(&rivals[k].thread, rival_main, &rivals[k]), 0);
	for (bool waits = false; !waits;) {
		mutex_lock(&lock.mutex);
		waits = waiters_n() > before_n;
		mutex_unlock(&lock.mutex);
	}
}

static void join(size_t n)
{
	for (size_t k = 0; k < n; k++)
		world_join(&rivals[k].thread);
	gil_close(&lock);
}

static void ruby_passes_it_on_in_the_order_of_waiting(void **state)
{
	(void)state;
	open_held("ruby", an_hour_ns);
	for (size_t k = 0; k < RIVALS_N; k++)
		start(k, true);
	gil_detach(&self);
	join(RIVALS_N);
	for (size_t k = 0; k < RIVALS_N; k++)
		assert_ptr_equal(order[k], &rivals[k]);
	assert_false(lock.owner & GIL_HELD);
}

static void ruby_never_frees_a_lock_that_is_waited_for(void **state)
{
	(void)state;
	open_held("ruby", an_hour_ns);
	start(0, false);
	gil_drop(&self);
	mutex_lock(&lock.mutex);
	assert_true(lock.owner & GIL_HELD);
	mutex_unlock(&lock.mutex);
	world_store(&rivals[0].may_go, 1, RELEASE);
	gil_take(&self); /* cannot come before the one who waited */
	assert_int_equal(order_n, 1);
	gil_detach(&self);
	join(1);
}

/* Nobody's mark stays behind: each rival that has it finds it waited for but by those still to
 * come, and the last drop of all is the quick one. */
static void a_lock_that_nobody_waits_for_any_more_needs_no_mutex(void **state)
{
	(void)state;
	static const char *const policies[] = {"cpython", "opcode", "ocaml", "ruby"};
	for (size_t k = 0; k < sizeof policies / sizeof *policies; k++) {
		open_held(policies[k], an_hour_ns);
		assert_int_equal(lock.owner, (uintptr_t)&self | GIL_HELD);
		for (size_t rival = 0; rival < RIVALS_N; rival++)
			start(rival, true);
		assert_int_equal(lock.owner, (uintptr_t)&self | GIL_HELD | GIL_WAITED);
		gil_drop(&self);
		join(RIVALS_N);
		assert_int_equal(lock.owner, (uintptr_t)&order[RIVALS_N - 1]->gil);
		assert_int_equal(lock.waiting_n, 0);
	}
}

static void tick(size_t n)
{
	for (size_t k = 0; k < n; k++) {
		world_or(&self.breaker, GIL_TIMER_TICK, RELAXED);
		gil_check(&self);
	}
}

static void ruby_yields_after_ten_ticks(void **state)
{
	(void)state;
	open_held("ruby", an_hour_ns);
	start(0, true);
	tick(9);
	assert_int_equal(lock.switch_number, 1);
	tick(1);
	assert_int_equal(lock.switch_number, 3);
	gil_detach(&self);
	join(1);
}

static void taking_it_begins_a_new_quantum(void **state)
{
	(void)state;
	open_held("ruby", an_hour_ns);
	start(0, true);
	tick(9);
	gil_drop(&self);
	gil_take(&self);
	tick(9);
	assert_int_equal(lock.switch_number, 3);
	gil_detach(&self);
	join(1);
}

static void a_timer_ticks_only_while_somebody_waits(void **state)
{
	(void)state;
	open_held("ocaml", 1000000);
	uint32_t never = 0;
	world_park(&never, 0, world_now_ns() + 20000000);
	assert_int_equal(world_load(&self.breaker, RELAXED), 0);
	start(0, true);
	wait_for(&self.breaker);
	assert_int_equal(self.breaker, GIL_TIMER_TICK);
	gil_check(&self);
	assert_int_equal(lock.switch_number, 3);
	gil_detach(&self);
	join(1);
}

static void ocaml_yields_behind_those_who_waited(void **state)
{
	(void)state;
	open_held("ocaml", an_hour_ns);
	for (size_t k = 0; k < RIVALS_N; k++)
		start(k, true);
	tick(1);
	assert_int_equal(order_n, RIVALS_N);
	gil_detach(&self);
	join(RIVALS_N);
}

static void a_yield_that_nobody_waits_for_keeps_the_lock(void **state)
{
	(void)state;
	static const char *const policies[] = {"ocaml", "ruby", "pypy"};
	for (size_t k = 0; k < sizeof policies / sizeof *policies; k++) {
		open_held(policies[k], an_hour_ns);
		gil_yield(&self);
		assert_int_equal(waiters_n(), 0);
		assert_int_equal(stats.takes_n, 1);
		gil_detach(&self);
		gil_close(&lock);
	}
}

/* Nobody wakes the stealer: it looks. */
static void pypy_finds_a_lock_that_was_just_stored_free(void **state)
{
	(void)state;
	open_held("pypy", 100000);
	rivals[0].may_go = 1;
	assert_int_equal(world_spawn(&rivals[0].thread, rival_main, &rivals[0]), 0);
	while (!waiters_n())
		world_stall();
	gil_drop(&self);
	join(1);
	assert_int_equal(order_n, 1);
	assert_int_equal(rivals[0].stats.contended_takes_n, 1);
}

/* It is never stored free, so looking alone would not find it. */
static void pypy_gives_it_to_the_stealer_when_it_yields(void **state)
{
	(void)state;
	open_held("pypy", 10000000);
	rivals[0].may_go = 1;
	assert_int_equal(world_spawn(&rivals[0].thread, rival_main, &rivals[0]), 0);
	while (!world_load(&lock.mutex.state, RELAXED)) /* it is the stealer */
		world_stall();
	gil_yield(&self);
	assert_int_equal(order_n, 1);
	assert_int_equal(lock.switch_number, 3);
	gil_detach(&self);
	join(1);
}

static void without_a_lock_two_hold_it_at_once(void **state)
{
	(void)state;
	open_held("none", ABSENT);
	assert_int_equal(world_spawn(&rivals[0].thread, rival_main, &rivals[0]), 0);
	wait_for(&rivals[0].holds);
	assert_true(self.holding && rivals[0].gil.holding);
	world_store(&rivals[0].may_go, 1, RELEASE);
	join(1);
	gil_detach(&self);
	assert_int_equal(stats.contended_takes_n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ruby_passes_it_on_in_the_order_of_waiting),
		cmocka_unit_test(ruby_never_frees_a_lock_that_is_waited_for),
		cmocka_unit_test(a_lock_that_nobody_waits_for_any_more_needs_no_mutex),
		cmocka_unit_test(ruby_yields_after_ten_ticks),
		cmocka_unit_test(taking_it_begins_a_new_quantum),
		cmocka_unit_test(a_timer_ticks_only_while_somebody_waits),
		cmocka_unit_test(ocaml_yields_behind_those_who_waited),
		cmocka_unit_test(a_yield_that_nobody_waits_for_keeps_the_lock),
		cmocka_unit_test(pypy_finds_a_lock_that_was_just_stored_free),
		cmocka_unit_test(pypy_gives_it_to_the_stealer_when_it_yields),
		cmocka_unit_test(without_a_lock_two_hold_it_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
