/* test_sync - mutex, queue, semaphore and barrier, by real threads.
 *
 * Method: a thread's place in a queue is seen in the queue, not waited for by the clock.
 * Where a claim needs a deadline to pass at the right moment, the attempt is made again
 * with a longer one until it did.  Plain data shows mutual exclusion (to TSan as well). */
#include "claims.h"

#include <sched.h>

#include "world/sync.h"

enum { THREADS_N = 4, ROUNDS_N = 2000 };

static struct world_thread threads[THREADS_N];

static void start(size_t n, void *(*run)(void *))
{
	for (size_t k = 0; k < n; k++)
		assert_int_equal(world_spawn(&threads[k], run, (void *)(uintptr_t)k), 0);
}

static void join(size_t n)
{
	for (size_t k = 0; k < n; k++)
		world_join(&threads[k]);
}

/* mutex */

static struct mutex mutex;
static int64_t guarded;

static void *add_under_mutex(void *unused)
{
	for (int k = 0; k < ROUNDS_N; k++) {
		mutex_lock(&mutex);
		guarded++;
		mutex_unlock(&mutex);
	}
	return unused;
}

static void a_mutex_lets_one_thread_in_at_a_time(void **state)
{
	(void)state;
	guarded = 0;
	mutex = (struct mutex){0};
	start(THREADS_N, add_under_mutex);
	join(THREADS_N);
	assert_int_equal(guarded, THREADS_N * ROUNDS_N);
	assert_int_equal(mutex.state, 0);
}

static void a_mutex_without_rivals_never_counts_as_waited_for(void **state)
{
	(void)state;
	mutex = (struct mutex){0};
	for (int k = 0; k < 3; k++) {
		mutex_lock(&mutex);
		assert_int_equal(mutex.state, 1);
		mutex_unlock(&mutex);
		assert_int_equal(mutex.state, 0);
	}
}

/* queue */

static struct queue queue;
static size_t woken[THREADS_N], woken_n;
static bool was_signalled[THREADS_N];
static struct semaphore done;

static int reset_queue(void **state)
{
	(void)state;
	mutex = (struct mutex){0};
	queue = (struct queue){0};
	done = (struct semaphore){0};
	woken_n = 0;
	memset(was_signalled, 0, sizeof was_signalled);
	return 0;
}

static void *wait_for_signal(void *number)
{
	size_t k = (size_t)(uintptr_t)number;
	mutex_lock(&mutex);
	was_signalled[k] = queue_wait(&queue, &mutex, ABSENT);
	woken[woken_n++] = k;
	mutex_unlock(&mutex);
	semaphore_post(&done);
	return NULL;
}

/* Starts thread k and returns, with the mutex held, when it is the last in the queue. */
static void start_waiter_and_lock(size_t k)
{
	const struct waiter *before = queue.last;
	assert_int_equal(world_spawn(&threads[k], wait_for_signal, (void *)(uintptr_t)k), 0);
	mutex_lock(&mutex);
	while (queue.last == before) {
		mutex_unlock(&mutex);
		sched_yield();
		mutex_lock(&mutex);
	}
}

static void signal_and_unlock(void)
{
	queue_wake(&queue);
	mutex_unlock(&mutex);
}

static void assert_nobody_waits(void)
{
	assert_null(queue.first);
	queue_wake(&queue);
	assert_null(queue.first);
}

static void a_queue_wakes_in_the_order_of_waiting(void **state)
{
	(void)state;
	for (size_t k = 0; k < THREADS_N; k++) {
		start_waiter_and_lock(k);
		mutex_unlock(&mutex);
	}
	for (size_t k = 0; k < THREADS_N; k++) {
		mutex_lock(&mutex);
		signal_and_unlock();
		semaphore_wait(&done);
		mutex_lock(&mutex);
		assert_int_equal(woken_n, k + 1);
		assert_int_equal(woken[k], k);
		mutex_unlock(&mutex);
	}
	join(THREADS_N);
	for (size_t k = 0; k < THREADS_N; k++)
		assert_true(was_signalled[k]);
	assert_nobody_waits();
}

static void a_signal_to_nobody_is_not_kept(void **state)
{
	(void)state;
	mutex_lock(&mutex);
	queue_wake(&queue);
	assert_false(queue_wait(&queue, &mutex, world_now_ns()));
	mutex_unlock(&mutex);
}

static void a_wait_returns_with_the_mutex_held(void **state)
{
	(void)state;
	mutex_lock(&mutex);
	queue_wait(&queue, &mutex, world_now_ns());
	assert_int_not_equal(mutex.state, 0);
	mutex_unlock(&mutex);
	assert_int_equal(mutex.state, 0);
}

static void a_timed_out_waiter_leaves_the_queue(void **state)
{
	(void)state;
	mutex_lock(&mutex);
	for (int k = 0; k < 3; k++) {
		assert_false(queue_wait(&queue, &mutex, world_now_ns() + 1000 * k));
		assert_nobody_waits();
	}
	mutex_unlock(&mutex);
}

static void a_timed_out_waiter_leaves_those_before_it_in_the_queue(void **state)
{
	(void)state;
	start_waiter_and_lock(0);
	const struct waiter *other = queue.first;
	assert_false(queue_wait(&queue, &mutex, world_now_ns()));
	assert_ptr_equal(queue.first, other);
	assert_ptr_equal(queue.last, other);
	signal_and_unlock();
	join(1);
	assert_true(was_signalled[0]);
	assert_nobody_waits();
}

/* Waits here until a deadline while thread `behind` comes to queue behind.  False if that
 * one came too late for the claim. */
static bool time_out_ahead_of(size_t behind, int64_t wait_ns)
{
	const struct waiter *before = queue.last;
	assert_int_equal(world_spawn(&threads[behind], wait_for_signal, (void *)(uintptr_t)behind),
			 0);
	assert_false(queue_wait(&queue, &mutex, world_now_ns() + wait_ns));
	bool came = queue.last != before;
	while (queue.last == before) {
		mutex_unlock(&mutex);
		sched_yield();
		mutex_lock(&mutex);
	}
	return came;
}

static void a_timed_out_waiter_leaves_those_behind_it_in_the_queue(void **state)
{
	(void)state;
	bool came = false;
	for (int64_t wait_ns = 1000000; !came; wait_ns *= 2) {
		reset_queue(NULL);
		mutex_lock(&mutex);
		came = time_out_ahead_of(0, wait_ns);
		assert_ptr_equal(queue.first, queue.last);
		signal_and_unlock();
		join(1);
		assert_true(was_signalled[0]);
		assert_nobody_waits();
	}
}

static void a_waiter_timed_out_between_two_leaves_both_in_their_order(void **state)
{
	(void)state;
	bool came = false;
	for (int64_t wait_ns = 1000000; !came; wait_ns *= 2) {
		reset_queue(NULL);
		start_waiter_and_lock(0);
		const struct waiter *ahead = queue.first;
		came = time_out_ahead_of(1, wait_ns);
		assert_ptr_equal(queue.first, ahead);
		signal_and_unlock();
		semaphore_wait(&done);
		mutex_lock(&mutex);
		assert_int_equal(woken_n, 1);
		assert_int_equal(woken[0], 0);
		assert_ptr_equal(queue.first, queue.last);
		signal_and_unlock();
		join(2);
		assert_true(was_signalled[0] && was_signalled[1]);
		assert_nobody_waits();
	}
}

static int64_t deadline_ns;

static void *wait_until_deadline(void *unused)
{
	mutex_lock(&mutex);
	was_signalled[0] = queue_wait(&queue, &mutex, deadline_ns);
	woken_n = 1;
	mutex_unlock(&mutex);
	return unused;
}

/* Locks, without having had to wait for it, while the thread is in the queue; false if its
 * deadline was quicker. */
static bool catch_in_queue(void)
{
	mutex_lock(&mutex);
	while (!woken_n && !(queue.first && world_load(&mutex.state, RELAXED) == 1)) {
		mutex_unlock(&mutex);
		sched_yield();
		mutex_lock(&mutex);
	}
	return !woken_n;
}

/* A signal must not be lost in a waiter that ran out of time but is still in the queue.  A
 * waiter that was not signalled comes for the mutex (state 2) only after its deadline. */
static void a_signal_after_the_deadline_still_counts_while_the_waiter_queues(void **state)
{
	(void)state;
	bool caught = false;
	for (int64_t wait_ns = 1000000; !caught; wait_ns *= 2) {
		reset_queue(NULL);
		deadline_ns = world_now_ns() + wait_ns;
		start(1, wait_until_deadline);
		caught = catch_in_queue();
		while (caught && world_load(&mutex.state, RELAXED) != 2)
			sched_yield();
		signal_and_unlock();
		join(1);
		assert_int_equal(was_signalled[0], caught);
		assert_nobody_waits();
	}
}

/* semaphore */

static struct semaphore semaphore;

static void a_semaphore_lets_as_many_in_as_were_posted(void **state)
{
	(void)state;
	semaphore = (struct semaphore){.value = 2};
	semaphore_wait(&semaphore);
	assert_true(semaphore_try(&semaphore));
	assert_false(semaphore_try(&semaphore));
	semaphore_post(&semaphore);
	assert_true(semaphore_try(&semaphore));
	assert_false(semaphore_try(&semaphore));
}

static void *add_under_semaphore(void *unused)
{
	for (int k = 0; k < ROUNDS_N; k++) {
		semaphore_wait(&semaphore);
		guarded++;
		semaphore_post(&semaphore);
	}
	return unused;
}

static void a_semaphore_of_one_lets_one_thread_in_at_a_time(void **state)
{
	(void)state;
	guarded = 0;
	semaphore = (struct semaphore){.value = 1};
	start(THREADS_N, add_under_semaphore);
	join(THREADS_N);
	assert_int_equal(guarded, THREADS_N * ROUNDS_N);
	assert_int_equal(semaphore.value, 1);
	assert_int_equal(semaphore.waiters, 0);
}

static void *take_all(void *unused)
{
	for (int k = 0; k < ROUNDS_N; k++)
		semaphore_wait(&semaphore);
	return unused;
}

/* A lost post would leave a thread asleep: the test would not end. */
static void every_post_lets_a_waiter_go_on(void **state)
{
	(void)state;
	semaphore = (struct semaphore){0};
	start(THREADS_N, take_all);
	for (int k = 0; k < THREADS_N * ROUNDS_N; k++)
		semaphore_post(&semaphore);
	join(THREADS_N);
	assert_int_equal(semaphore.value, 0);
	assert_int_equal(semaphore.waiters, 0);
}

/* barrier */

static struct barrier barrier;
static int64_t arrived_before[THREADS_N], seen_after[THREADS_N];

/* Plain stores before, plain loads after: the barrier alone orders them. */
static void *meet(void *number)
{
	size_t self = (size_t)(uintptr_t)number;
	arrived_before[self] = 1;
	barrier_arrive(&barrier);
	for (size_t k = 0; k < THREADS_N; k++)
		seen_after[self] += arrived_before[k];
	return NULL;
}

static void nobody_passes_a_barrier_before_all_have_arrived(void **state)
{
	(void)state;
	for (int round = 0; round < 200; round++) {
		memset(arrived_before, 0, sizeof arrived_before);
		memset(seen_after, 0, sizeof seen_after);
		barrier = (struct barrier){.expected = THREADS_N};
		start(THREADS_N, meet);
		join(THREADS_N);
		for (size_t k = 0; k < THREADS_N; k++)
			assert_int_equal(seen_after[k], THREADS_N);
	}
}

static void a_barrier_for_one_is_open(void **state)
{
	(void)state;
	struct barrier own = {.expected = 1};
	barrier_arrive(&own);
}

static void *only_arrive(void *unused)
{
	barrier_arrive(&barrier);
	return unused;
}

static void a_broken_barrier_lets_the_waiting_and_the_late_pass(void **state)
{
	(void)state;
	for (int round = 0; round < 50; round++) {
		barrier = (struct barrier){.expected = THREADS_N + 1};
		start(THREADS_N - 1, only_arrive);
		while (round % 2 && world_load(&barrier.arrived, ACQUIRE) < THREADS_N - 1)
			sched_yield();
		barrier_break(&barrier);
		barrier_arrive(&barrier);
		join(THREADS_N - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mutex_lets_one_thread_in_at_a_time),
		cmocka_unit_test(a_mutex_without_rivals_never_counts_as_waited_for),
#define QUEUE_TEST(claim) cmocka_unit_test_setup(claim, reset_queue)
		QUEUE_TEST(a_queue_wakes_in_the_order_of_waiting),
		QUEUE_TEST(a_signal_to_nobody_is_not_kept),
		QUEUE_TEST(a_wait_returns_with_the_mutex_held),
		QUEUE_TEST(a_timed_out_waiter_leaves_the_queue),
		QUEUE_TEST(a_timed_out_waiter_leaves_those_before_it_in_the_queue),
		QUEUE_TEST(a_timed_out_waiter_leaves_those_behind_it_in_the_queue),
		QUEUE_TEST(a_waiter_timed_out_between_two_leaves_both_in_their_order),
		QUEUE_TEST(a_signal_after_the_deadline_still_counts_while_the_waiter_queues),
		cmocka_unit_test(a_semaphore_lets_as_many_in_as_were_posted),
		cmocka_unit_test(a_semaphore_of_one_lets_one_thread_in_at_a_time),
		cmocka_unit_test(every_post_lets_a_waiter_go_on),
		cmocka_unit_test(nobody_passes_a_barrier_before_all_have_arrived),
		cmocka_unit_test(a_barrier_for_one_is_open),
		cmocka_unit_test(a_broken_barrier_lets_the_waiting_and_the_late_pass),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
