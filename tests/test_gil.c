/* test_gil - every rule of the lock model (docs/lock.md), one test named after each.
 *
 * Method: two real threads around one lock; the main thread holds it and a helper waits.
 * What is asserted are states and counts that the rules force, never how long it took. */
#include <errno.h>

#include "held.h"

static void a_waiter_asks_the_holder_after_an_interval(void **state)
{
	(void)state;
	hold("cpython", 1000000);
	start_helper();
	wait_for(&self.breaker, GIL_DROP_REQUEST);
	gil_check(&self);
	gil_detach(&self);
	world_join(&helper.thread);
	assert_true(helper.stats.drop_requests_n >= 1);
	assert_int_equal(helper.stats.contended_takes_n, 1);
}

static void a_holder_that_is_alone_is_never_asked(void **state)
{
	(void)state;
	hold("cpython", 1000);
	for (int k = 0; k < 1000; k++)
		gil_check(&self);
	gil_detach(&self);
	assert_int_equal(stats.takes_n, 1);
	assert_int_equal(stats.drop_requests_n, 0);
}

static void a_dropper_that_was_asked_waits_until_another_has_held_it(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		hold("cpython", 100000);
		start_helper();
		wait_for(&self.breaker, GIL_DROP_REQUEST);
		gil_drop(&self);
		/* The drop returned, so the helper has taken it (perhaps before one could wait). */
		assert_int_equal(lock.switch_number, 2);
		assert_true(stats.forced_switches_n <= 1);
		world_join(&helper.thread);
	}
}

static void a_voluntary_release_that_was_asked_also_waits_for_a_switch(void **state)
{
	(void)state;
	hold("cpython", 100000);
	start_helper();
	wait_for(&self.breaker, GIL_DROP_REQUEST);
	gil_section_begin(&self);
	assert_int_equal(lock.switch_number, 2);
	gil_section_end(&self);
	gil_detach(&self);
	world_join(&helper.thread);
}

/* A wait would never end: there is nobody to switch to. */
static void the_last_drop_of_a_thread_never_waits_for_a_switch(void **state)
{
	(void)state;
	hold("cpython", ABSENT);
	self.breaker = GIL_DROP_REQUEST;
	gil_detach(&self);
	assert_false(lock.owner & GIL_HELD);
	assert_int_equal(stats.forced_switches_n, 0);
}

static void a_dropper_that_was_not_asked_does_not_wait(void **state)
{
	(void)state;
	hold("cpython", ABSENT);
	gil_drop(&self);
	gil_take(&self);
	gil_detach(&self);
	assert_int_equal(stats.takes_n, 2);
	assert_int_equal(stats.forced_switches_n, 0);
}

static void taking_it_clears_the_own_request(void **state)
{
	(void)state;
	hold("cpython", ABSENT);
	gil_detach(&self);
	self.breaker = GIL_DROP_REQUEST;
	gil_take(&self);
	assert_int_equal(self.breaker, 0);
	gil_detach(&self);
}

static void a_switch_is_counted_only_when_another_thread_held_it_last(void **state)
{
	(void)state;
	hold("cpython", ABSENT);
	for (int k = 0; k < 5; k++) {
		gil_drop(&self);
		gil_take(&self);
	}
	assert_int_equal(lock.switch_number, 1);
	start_helper();
	gil_drop(&self);
	world_join(&helper.thread);
	gil_take(&self);
	gil_detach(&self);
	assert_int_equal(lock.switch_number, 3);
	assert_int_equal(stats.switches_n, 2);
	assert_int_equal(helper.stats.switches_n, 1);
}

static void taking_it_keeps_errno(void **state)
{
	(void)state;
	hold("cpython", 100000);
	start_helper();
	wait_for(&self.breaker, GIL_DROP_REQUEST);
	errno = ENOTTY;
	gil_check(&self);
	assert_int_equal(errno, ENOTTY);
	gil_detach(&self);
	world_join(&helper.thread);
}

static void a_tick_is_due_on_the_101st_check_point(void **state)
{
	(void)state;
	hold("cpython2", ABSENT);
	for (int round = 0; round < 3; round++) {
		for (int tick = 1; tick <= 100; tick++)
			assert_false(gil_tick_is_due(&lock));
		assert_true(gil_tick_is_due(&lock));
	}
	gil_detach(&self);
}

/* The waiter must not be needed for the yield to end, and no request is ever made. */
static void a_semaphore_policy_neither_asks_nor_forces(void **state)
{
	(void)state;
	hold("cpython2", ABSENT);
	for (int k = 0; k < 1000; k++)
		gil_yield(&self);
	start_helper();
	gil_drop(&self);
	world_join(&helper.thread);
	assert_int_equal(stats.takes_n, 1001);
	assert_int_equal(stats.forced_switches_n, 0);
	assert_int_equal(helper.stats.drop_requests_n, 0);
}

static void the_opcode_policy_never_asks(void **state)
{
	(void)state;
	hold("opcode", ABSENT);
	start_helper();
	gil_yield(&self);
	gil_detach(&self);
	world_join(&helper.thread);
	assert_int_equal(helper.stats.drop_requests_n, 0);
	assert_int_equal(stats.forced_switches_n, 0);
}

/* What a thread's waits are */

static void a_yield_to_another_is_waiting_from_the_drop_to_the_take(void **state)
{
	(void)state;
	hold_at(ACCOUNTING_FULL, "cpython", 100000);
	start_helper();
	wait_for(&self.breaker, GIL_DROP_REQUEST);
	gil_check(&self);
	assert_true(self.waited_ns >= 0);
	assert_int_equal(stats.wait_ns - self.waited_ns, self.slice_start_ns - self.dropped_ns);
	gil_detach(&self);
	world_join(&helper.thread);
}

/* The clock is not read to see it: at the default level neither end is known. */
static void a_yield_to_nobody_is_no_wait(void **state)
{
	(void)state;
	for (enum accounting level = ACCOUNTING_OFF; level < ACCOUNTINGS_N; level++) {
		hold_at(level, "opcode", ABSENT);
		for (int k = 0; k < 100; k++)
			gil_yield(&self);
		assert_int_equal(stats.wait_ns, 0);
		assert_int_equal(stats.takes_n, 101);
		assert_true((self.dropped_ns != ABSENT) == (level == ACCOUNTING_FULL));
		gil_detach(&self);
	}
}

static void *detach_self(void *argument)
{
	gil_detach(&self);
	return argument;
}

/* The drop has to take the lock's mutex, and finds it taken, by this thread, until it waits for
 * it. */
static void the_last_drop_of_a_thread_is_no_wait(void **state)
{
	(void)state;
	struct world_thread thread;
	hold("cpython", ABSENT);
	mutex_lock(&lock.mutex);
	lock.owner |= GIL_WAITED;
	assert_int_equal(world_spawn(&thread, detach_self, NULL), 0);
	wait_for(&lock.mutex.state, 2);
	mutex_unlock(&lock.mutex);
	world_join(&thread);
	assert_false(lock.owner & GIL_HELD);
	assert_int_equal(stats.wait_ns, 0);
}

/* Mutual exclusion, seen by plain data that only the lock protects (and by TSan). */

enum { RIVALS_N = 4, ROUNDS_N = 2000 };

struct rival {
	struct world_thread thread;
	struct gil_thread gil;
	struct gil_stats stats;
};
static struct rival rivals[RIVALS_N];
static enum accounting rivals_accounting;
static int64_t guarded, inside, overlaps;

static void *rival_main(void *argument)
{
	struct rival *r = argument;
	gil_attach(&r->gil, &lock, "rival", rivals_accounting, &r->stats);
	gil_take(&r->gil);
	for (int k = 0; k < ROUNDS_N; k++) {
		overlaps += inside++ != 0;
		guarded++;
		inside--;
		if (k % 3 == 0) {
			gil_section_begin(&r->gil);
			gil_section_end(&r->gil);
		} else {
			gil_yield(&r->gil);
		}
	}
	gil_detach(&r->gil);
	return NULL;
}

static void run_rivals(const struct gil_policy *policy, enum accounting accounting)
{
	memset(rivals, 0, sizeof rivals);
	rivals_accounting = accounting;
	guarded = inside = overlaps = 0;
	assert_int_equal(gil_open(&lock, policy, 50000, ABSENT), 0);
	for (int k = 0; k < RIVALS_N; k++)
		assert_int_equal(world_spawn(&rivals[k].thread, rival_main, &rivals[k]), 0);
	for (int k = 0; k < RIVALS_N; k++)
		world_join(&rivals[k].thread);
	gil_close(&lock);
}

static void every_policy_lets_one_thread_in_at_a_time(void **state)
{
	(void)state;
	for (size_t p = 0; p < gil_policies_n; p++) {
		const struct handoff *handoff = gil_policies[p].handoff;
		if (handoff == &handoff_nothing)
			continue;
		int64_t takes_n = 0, switches_n = 0;
		run_rivals(&gil_policies[p], ACCOUNTING_COUNTS);
		for (int k = 0; k < RIVALS_N; k++) {
			takes_n += rivals[k].stats.takes_n;
			switches_n += rivals[k].stats.switches_n;
		}
		assert_int_equal(overlaps, 0);
		assert_int_equal(guarded, RIVALS_N * ROUNDS_N);
		assert_true(takes_n <= RIVALS_N * (ROUNDS_N + 1));
		assert_true(handoff->counts_waiters || takes_n == RIVALS_N * (ROUNDS_N + 1));
		assert_int_equal(switches_n, lock.switch_number);
	}
}

/* Slices that began without a wait are timed at level full only; none at level off. */
static void every_contended_take_is_a_wait_and_every_timed_slice_a_hold(void **state)
{
	(void)state;
	for (size_t p = 0; p < gil_policies_n; p++) {
		if (gil_policies[p].handoff == &handoff_nothing)
			continue;
		for (enum accounting level = ACCOUNTING_OFF; level < ACCOUNTINGS_N; level++) {
			run_rivals(&gil_policies[p], level);
			for (int k = 0; k < RIVALS_N; k++) {
				const struct gil_stats *s = &rivals[k].stats;
				bool off = level == ACCOUNTING_OFF, full = level == ACCOUNTING_FULL;
				assert_int_equal(s->waits.n, off ? 0 : s->contended_takes_n);
				assert_int_equal(s->holds.n, full ? s->takes_n : s->waits.n);
				assert_true(s->wait_ns >= s->waits.max_ns);
				assert_true(!off || s->wait_ns == 0);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_waiter_asks_the_holder_after_an_interval),
		cmocka_unit_test(a_holder_that_is_alone_is_never_asked),
		cmocka_unit_test(a_dropper_that_was_asked_waits_until_another_has_held_it),
		cmocka_unit_test(a_voluntary_release_that_was_asked_also_waits_for_a_switch),
		cmocka_unit_test(the_last_drop_of_a_thread_never_waits_for_a_switch),
		cmocka_unit_test(a_dropper_that_was_not_asked_does_not_wait),
		cmocka_unit_test(taking_it_clears_the_own_request),
		cmocka_unit_test(a_switch_is_counted_only_when_another_thread_held_it_last),
		cmocka_unit_test(taking_it_keeps_errno),
		cmocka_unit_test(a_tick_is_due_on_the_101st_check_point),
		cmocka_unit_test(a_semaphore_policy_neither_asks_nor_forces),
		cmocka_unit_test(the_opcode_policy_never_asks),
		cmocka_unit_test(a_yield_to_another_is_waiting_from_the_drop_to_the_take),
		cmocka_unit_test(a_yield_to_nobody_is_no_wait),
		cmocka_unit_test(the_last_drop_of_a_thread_is_no_wait),
		cmocka_unit_test(every_policy_lets_one_thread_in_at_a_time),
		cmocka_unit_test(every_contended_take_is_a_wait_and_every_timed_slice_a_hold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
