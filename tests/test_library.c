/* test_library - the lock as other programs see it: only include/gilsim/gil.h and libgilsim.
 *
 * Method: one thread, whose counts follow from what it calls, and rivals who count on data
 * that only the lock protects.  The rules of the lock itself are in test_gil. */
#include "claims.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <gilsim/gil.h>

static struct gilsim_lock *lock;
static struct gilsim_thread *self;

static void open_lock(const char *policy)
{
	struct gilsim_error err;
	if (gilsim_open(&lock, policy, GILSIM_ABSENT, GILSIM_ABSENT, &err))
		fail_msg("%s", err.text);
}

static struct gilsim_thread *attached(const char *name)
{
	struct gilsim_thread *thread;
	assert_int_equal(gilsim_attach(&thread, lock, name, NULL), 0);
	return thread;
}

static void hold(void)
{
	open_lock("cpython");
	self = attached("main");
	gilsim_take(self);
}

static void let_go(void)
{
	gilsim_detach(self);
	gilsim_close(lock);
}

static void every_policy_of_the_list_opens_and_explains_itself(void **state)
{
	(void)state;
	struct gilsim_policy policy;
	size_t k;
	for (k = 0; gilsim_policy_at(k, &policy); k++) {
		assert_true(policy.name[0] && policy.help[0] && policy.source[0]);
		assert_true(policy.interval_ns >= 1000 && policy.ticks >= 1);
		open_lock(policy.name);
		gilsim_close(lock);
	}
	assert_true(k >= 4);
	assert_false(gilsim_policy_at(SIZE_MAX, &policy));
}

static void refuses(const char *policy, int64_t interval_ns, int64_t ticks, const char *text)
{
	struct gilsim_error err;
	lock = (struct gilsim_lock *)&err;
	assert_int_equal(gilsim_open(&lock, policy, interval_ns, ticks, &err), -EINVAL);
	assert_null(lock);
	if (!strstr(err.text, text))
		fail_msg("said '%s', not '%s'", err.text, text);
	assert_int_equal(gilsim_open(&lock, policy, interval_ns, ticks, NULL), -EINVAL);
}

static void what_cannot_be_opened_says_what_would_be_accepted(void **state)
{
	(void)state;
	const int64_t absent = GILSIM_ABSENT;
	refuses("cpython4", absent, absent, "policy 'cpython4': must be one of cpython, cpython32");
	refuses("cpython", 999, absent, "interval_ns: 999 must be from 1000 to 86400000000000");
	refuses("cpython2", absent, 0, "ticks: 0 must be from 1");
	refuses("cpython2", absent, -1, "ticks: -1 must be from 1");
	gilsim_close(NULL);
}

static void counts_of_a_thread_are_its_own_and_those_of_a_lock_of_the_ended(void **state)
{
	(void)state;
	struct gilsim_stats stats;
	hold();
	gilsim_drop(self);
	gilsim_take(self);
	gilsim_check(self);
	gilsim_thread_stats(self, &stats);
	assert_int_equal(stats.takes_n, 2);
	assert_int_equal(stats.switches_n, 1);
	assert_int_equal(stats.contended_takes_n, 0);
	assert_int_equal(stats.wait_total_ns, 0);
	assert_true(stats.wait_p50_ns == GILSIM_ABSENT && stats.wait_p99_ns == GILSIM_ABSENT &&
		    stats.wait_max_ns == GILSIM_ABSENT);
	gilsim_lock_stats(lock, &stats);
	assert_int_equal(stats.takes_n, 0);
	gilsim_detach(self);
	gilsim_lock_stats(lock, &stats);
	assert_int_equal(stats.takes_n, 2);
	gilsim_close(lock);
}

static void a_thread_may_detach_with_the_lock_or_without(void **state)
{
	(void)state;
	hold();
	gilsim_detach(self);
	self = attached("again");
	gilsim_take(self);
	gilsim_drop(self);
	let_go();
}

static void the_first_take_of_a_thread_is_a_switch_wherever_its_memory_is(void **state)
{
	(void)state;
	struct gilsim_stats stats;
	open_lock("cpython");
	for (int k = 0; k < 10; k++) {
		self = attached("one of ten");
		gilsim_release(self, gilsim_ensure(self));
		gilsim_take(self);
		gilsim_detach(self);
	}
	gilsim_lock_stats(lock, &stats);
	assert_int_equal(stats.takes_n, 20);
	assert_int_equal(stats.switches_n, 10);
	gilsim_close(lock);
}

static void a_check_point_yields_as_its_policy_says(void **state)
{
	(void)state;
	static const struct {
		const char *policy;
		int64_t ticks, takes_n;
	} cases[] = {{"cpython", GILSIM_ABSENT, 1},
		     {"cpython2", GILSIM_ABSENT, 3},
		     {"cpython2", 49, 6},
		     {"opcode", GILSIM_ABSENT, 251}};
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
		struct gilsim_stats stats;
		assert_int_equal(gilsim_open(&lock, cases[k].policy, GILSIM_ABSENT, cases[k].ticks,
					     NULL),
				 0);
		self = attached("main");
		gilsim_take(self);
		for (int check = 0; check < 250; check++)
			gilsim_check(self);
		gilsim_thread_stats(self, &stats);
		assert_int_equal(stats.takes_n, cases[k].takes_n);
		let_go();
	}
}

static void both_pairs_nest(void **state)
{
	(void)state;
	struct gilsim_stats stats;
	hold();
	bool outer = gilsim_section_begin_if_held(self);
	bool inner = gilsim_section_begin_if_held(self);
	assert_true(outer);
	assert_false(inner);
	int taken = gilsim_ensure(self);
	int held = gilsim_ensure(self);
	gilsim_release(self, held);
	gilsim_section_begin(self);
	gilsim_section_end(self);
	gilsim_release(self, taken);
	gilsim_section_end_if(self, inner);
	gilsim_section_end_if(self, outer);
	gilsim_thread_stats(self, &stats);
	assert_int_equal(stats.takes_n, 4);
	let_go();
}

/* misuse */

static void take_twice(void)
{
	hold();
	gilsim_take(self);
}

static void drop_twice(void)
{
	hold();
	gilsim_drop(self);
	gilsim_drop(self);
}

static void nest_a_section(void)
{
	hold();
	gilsim_section_begin(self);
	gilsim_section_begin(self);
}

static void end_a_section_unbegun(void)
{
	hold();
	gilsim_section_end_if(self, false);
}

static void release_twice(void)
{
	hold();
	int state = gilsim_ensure(self);
	gilsim_release(self, state);
	gilsim_release(self, state);
}

static void close_in_use(void)
{
	hold();
	gilsim_close(lock);
}

static void misuse_is_fatal_and_names_the_function_as_the_caller_knows_it(void **state)
{
	(void)state;
	assert_fatal(take_twice, "gilsim_take: thread 'main' already holds the lock");
	assert_fatal(drop_twice, "gilsim_drop: thread 'main' does not hold the lock");
	assert_fatal(nest_a_section, "gilsim_section_begin: thread 'main' does not hold");
	assert_fatal(end_a_section_unbegun, "gilsim_section_end_if: thread 'main' holds the lock");
	assert_fatal(release_twice, "gilsim_release: thread 'main' gives a state back twice");
	assert_fatal(close_in_use, "gilsim_close: threads that have not detached: 1");
}

enum { RIVALS_N = 3, ROUNDS_N = 1000 };
static int64_t guarded, inside, overlaps;

static void *rival_main(void *name)
{
	struct gilsim_thread *rival = attached(name);
	gilsim_take(rival);
	for (int k = 0; k < ROUNDS_N; k++) {
		overlaps += inside++ != 0;
		guarded++;
		inside--;
		gilsim_check(rival);
		if (k % 3 == 0)
			gilsim_section_end_if(rival, gilsim_section_begin_if_held(rival));
	}
	gilsim_detach(rival);
	return NULL;
}

static void every_policy_but_none_lets_one_thread_in_at_a_time(void **state)
{
	(void)state;
	struct gilsim_policy policy;
	for (size_t k = 0; gilsim_policy_at(k, &policy); k++) {
		static char name[] = "rival";
		struct gilsim_stats stats;
		pthread_t rivals[RIVALS_N];
		if (strcmp(policy.name, "none") == 0)
			continue;
		guarded = overlaps = 0;
		assert_int_equal(gilsim_open(&lock, policy.name, 50000, GILSIM_ABSENT, NULL), 0);
		for (int r = 0; r < RIVALS_N; r++)
			assert_int_equal(pthread_create(&rivals[r], NULL, rival_main, name), 0);
		for (int r = 0; r < RIVALS_N; r++)
			pthread_join(rivals[r], NULL);
		gilsim_lock_stats(lock, &stats);
		assert_int_equal(overlaps, 0);
		assert_int_equal(guarded, RIVALS_N * ROUNDS_N);
		assert_true(stats.switches_n >= RIVALS_N && stats.switches_n <= stats.takes_n);
		gilsim_close(lock);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_policy_of_the_list_opens_and_explains_itself),
		cmocka_unit_test(what_cannot_be_opened_says_what_would_be_accepted),
		cmocka_unit_test(counts_of_a_thread_are_its_own_and_those_of_a_lock_of_the_ended),
		cmocka_unit_test(a_thread_may_detach_with_the_lock_or_without),
		cmocka_unit_test(the_first_take_of_a_thread_is_a_switch_wherever_its_memory_is),
		cmocka_unit_test(a_check_point_yields_as_its_policy_says),
		cmocka_unit_test(both_pairs_nest),
		cmocka_unit_test(misuse_is_fatal_and_names_the_function_as_the_caller_knows_it),
		cmocka_unit_test(every_policy_but_none_lets_one_thread_in_at_a_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
