/* test_condition - a condition as glibc's: groups, and signals that the quickest takes.
 *
 * Method: threads queue up one after the other, seen by the condition's own counts. */
#include "claims.h"

#include <sched.h>

#include "world/sync.h"

enum { THREADS_N = 6, TOKENS_N = 20000 };

static struct mutex mutex;
static struct condition condition;
static struct world_thread threads[THREADS_N];
static uint32_t left[THREADS_N]; /* k has left the wait; guarded by the mutex */
static uint32_t left_n;

static int reset(void **state)
{
	(void)state;
	mutex = (struct mutex){0};
	condition = (struct condition){0};
	memset(left, 0, sizeof left);
	left_n = 0;
	return 0;
}

static void *wait_once(void *number)
{
	mutex_lock(&mutex);
	bool signalled = condition_wait(&condition, &mutex, ABSENT);
	left[(uintptr_t)number] = signalled;
	left_n += signalled;
	mutex_unlock(&mutex);
	return NULL;
}

/* Returns, with the mutex free, when thread k waits. */
static void start(size_t k)
{
	mutex_lock(&mutex);
	uint32_t before_n = condition.waiting_n;
	mutex_unlock(&mutex);
	assert_int_equal(world_spawn(&threads[k], wait_once, (void *)(uintptr_t)k), 0);
	for (bool waits = false; !waits; sched_yield()) {
		mutex_lock(&mutex);
		waits = condition.waiting_n > before_n;
		mutex_unlock(&mutex);
	}
}

static void signal_one(void)
{
	mutex_lock(&mutex);
	condition_signal(&condition);
	mutex_unlock(&mutex);
}

static void wait_until_left(uint32_t n)
{
	for (bool all = false; !all; sched_yield()) {
		mutex_lock(&mutex);
		all = left_n >= n;
		mutex_unlock(&mutex);
	}
}

static void join_all(size_t n)
{
	for (size_t k = 0; k < n; k++)
		world_join(&threads[k]);
	assert_int_equal(condition.waiting_n, 0);
	for (size_t k = 0; k < 2; k++) {
		assert_int_equal(condition.groups[k].signals_n, 0);
		assert_int_equal(condition.groups[k].waiting_n, 0);
		assert_int_equal(condition.groups[k].inside_n, 0);
	}
}

static void a_signal_that_nobody_waits_for_is_lost(void **state)
{
	(void)state;
	signal_one();
	mutex_lock(&mutex);
	assert_false(condition_wait(&condition, &mutex, world_now_ns() + 1000000));
	mutex_unlock(&mutex);
	join_all(0);
}

static void a_signal_lets_exactly_one_go(void **state)
{
	(void)state;
	for (size_t k = 0; k < 3; k++)
		start(k);
	for (uint32_t n = 1; n <= 3; n++) {
		signal_one();
		wait_until_left(n);
		mutex_lock(&mutex);
		assert_int_equal(left_n, n);
		mutex_unlock(&mutex);
	}
	join_all(3);
}

/* The first signal closes the group of 0, 1 and 2: 3 and 4 come after it. */
static void who_waited_at_a_signal_goes_before_all_who_came_later(void **state)
{
	(void)state;
	for (size_t k = 0; k < 3; k++)
		start(k);
	signal_one();
	wait_until_left(1);
	start(3);
	start(4);
	signal_one();
	signal_one();
	wait_until_left(3);
	mutex_lock(&mutex);
	assert_true(left[0] && left[1] && left[2]);
	assert_false(left[3] || left[4]);
	mutex_unlock(&mutex);
	signal_one();
	signal_one();
	join_all(5);
}

static void a_wait_that_ran_out_of_time_leaves_the_others_their_signals(void **state)
{
	(void)state;
	start(0);
	mutex_lock(&mutex);
	assert_false(condition_wait(&condition, &mutex, world_now_ns()));
	mutex_unlock(&mutex);
	signal_one();
	join_all(1);
	assert_int_equal(left_n, 1);
}

/* Tokens are only added with a signal each, and waits time out all the while: were one
 * signal lost, this would never end. */
static int64_t tokens_n, taken_n;

static void *take_tokens(void *unused)
{
	for (bool done = false; !done;) {
		mutex_lock(&mutex);
		while (tokens_n == 0 && taken_n < TOKENS_N)
			condition_wait(&condition, &mutex,
				       taken_n % 3 ? ABSENT : world_now_ns() + 20000);
		if (tokens_n > 0) {
			tokens_n--;
			taken_n++;
		}
		done = taken_n == TOKENS_N;
		if (done)
			for (int k = 0; k < THREADS_N; k++)
				condition_signal(&condition);
		mutex_unlock(&mutex);
	}
	return unused;
}

static void no_signal_is_lost_among_waits_that_time_out(void **state)
{
	(void)state;
	tokens_n = taken_n = 0;
	for (size_t k = 0; k < THREADS_N; k++)
		assert_int_equal(world_spawn(&threads[k], take_tokens, NULL), 0);
	for (int k = 0; k < TOKENS_N; k++) {
		mutex_lock(&mutex);
		tokens_n++;
		condition_signal(&condition);
		mutex_unlock(&mutex);
		if (k % 16 == 0)
			sched_yield();
	}
	join_all(THREADS_N);
	assert_int_equal(taken_n, TOKENS_N);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_signal_that_nobody_waits_for_is_lost, reset),
		cmocka_unit_test_setup(a_signal_lets_exactly_one_go, reset),
		cmocka_unit_test_setup(who_waited_at_a_signal_goes_before_all_who_came_later,
				       reset),
		cmocka_unit_test_setup(a_wait_that_ran_out_of_time_leaves_the_others_their_signals,
				       reset),
		cmocka_unit_test_setup(no_signal_is_lost_among_waits_that_time_out, reset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
