/* handoff_condition.c - a flag under a mutex, and a condition on which the others wait.
 *
 * Three interpreters hand over so: CPython frees the lock and wakes one waiter, and whoever
 * comes first takes it; OCaml does too, but who yields waits behind those who waited; CRuby
 * never frees it while somebody waits, but passes it on.
 * Source   CPython 3.13 Python/ceval_gil.c; OCaml 4.14 otherlibs/systhreads/st_posix.h;
 *          CRuby 3.3 thread_pthread.c thread_sched_wakeup_next_thread */
#include "gil/handoff.h"

/* Time lost to another thread at the lock's own mutex is waiting, too. */
static void lock_mutex(struct gil_thread *t)
{
	struct gil *g = t->gil;
	if (mutex_try(&g->mutex))
		return;
	int64_t began_ns = clock_if_accounting(t);
	mutex_lock(&g->mutex);
	t->stats->wait_ns += clock_if_accounting(t) - began_ns;
}

/* Under the mutex.  A waiter asks the holder to drop only when a whole interval went by
 * with the lock held and without any switch; any switch gives a fresh, full interval. */
static void wait_until_free(struct gil_thread *t)
{
	struct gil *g = t->gil;
	bool requests = g->policy->preemption == PREEMPT_REQUEST;
	while (g->locked) {
		uint64_t switch_number = g->switch_number;
		int64_t deadline_ns = requests ? world_now_ns() + g->interval_ns : ABSENT;
		bool in_time = condition_wait(&g->freed, &g->mutex, deadline_ns);
		if (!in_time && g->locked && g->switch_number == switch_number) {
			world_or(&g->last_holder->breaker, GIL_DROP_REQUEST, RELAXED);
			t->stats->drop_requests_n++;
		}
	}
}

/* Under the mutex.  last_holder is written under both mutexes, so that a dropper that waits
 * for a switch under the second one cannot miss it. */
static void hold(struct gil_thread *t)
{
	struct gil *g = t->gil;
	mutex_lock(&g->switch_mutex);
	g->locked = true;
	become_holder(t);
	condition_signal(&g->switched);
	mutex_unlock(&g->switch_mutex);
	clear_request(t);
}

static int64_t take(struct gil_thread *t)
{
	struct gil *g = t->gil;
	int64_t contended_since_ns = ABSENT;
	lock_mutex(t);
	if (g->locked) {
		contended_since_ns = clock_if_accounting(t);
		world_add(&g->waiting_n, 1, RELAXED);
		wait_until_free(t);
		world_add(&g->waiting_n, -1, RELAXED);
	}
	hold(t);
	mutex_unlock(&g->mutex);
	return contended_since_ns;
}

static bool drop(struct gil_thread *t)
{
	struct gil *g = t->gil;
	lock_mutex(t);
	bool wakes = g->freed.waiting_n || mutex_is_waited_for(&g->mutex);
	if (wakes)
		time_drop(t);
	g->locked = false;
	condition_signal(&g->freed);
	mutex_unlock(&g->mutex);
	return wakes;
}

/* The asker itself is waiting for the lock, so somebody will take it. */
void wait_for_switch(struct gil_thread *t)
{
	struct gil *g = t->gil;
	mutex_lock(&g->switch_mutex);
	if (g->last_holder == t) {
		int64_t began_ns = clock_if_accounting(t);
		clear_request(t);
		t->stats->forced_switches_n++;
		condition_wait(&g->switched, &g->switch_mutex, ABSENT);
		t->stats->wait_ns += clock_if_accounting(t) - began_ns;
	}
	mutex_unlock(&g->switch_mutex);
}

const struct handoff handoff_condition = {.take = take, .drop = drop};

/* The signal is for those who wait already; this thread waits for the next one. */
static int64_t yield_behind(struct gil_thread *t)
{
	struct gil *g = t->gil;
	int64_t contended_since_ns = ABSENT;
	lock_mutex(t);
	if (world_load(&g->waiting_n, RELAXED)) { /* those who are just waking up, too */
		contended_since_ns = clock_if_accounting(t);
		g->locked = false;
		condition_signal(&g->freed);
		world_add(&g->waiting_n, 1, RELAXED);
		do
			condition_wait(&g->freed, &g->mutex, ABSENT);
		while (g->locked);
		world_add(&g->waiting_n, -1, RELAXED);
	}
	hold(t);
	mutex_unlock(&g->mutex);
	return contended_since_ns;
}

const struct handoff handoff_behind = {
	.take = take,
	.drop = drop,
	.yield = yield_behind,
	.counts_waiters = true,
	.keeps_turns = true,
};

/* Who is woken has the lock already: it was never free. */
static int64_t take_in_turn(struct gil_thread *t)
{
	struct gil *g = t->gil;
	int64_t contended_since_ns = ABSENT;
	lock_mutex(t);
	if (g->locked) {
		contended_since_ns = clock_if_accounting(t);
		world_add(&g->waiting_n, 1, RELAXED);
		queue_wait(&g->queue, &g->mutex, ABSENT);
		world_add(&g->waiting_n, -1, RELAXED);
	}
	g->locked = true;
	become_holder(t);
	mutex_unlock(&g->mutex);
	return contended_since_ns;
}

/* Until the next one has woken up, nobody is the holder that a timer could ask. */
static bool pass_on(struct gil_thread *t)
{
	struct gil *g = t->gil;
	lock_mutex(t);
	bool wakes = g->queue.first;
	if (wakes) {
		time_drop(t);
		g->last_holder = NULL;
	} else {
		g->locked = false;
	}
	queue_wake(&g->queue);
	mutex_unlock(&g->mutex);
	return wakes;
}

const struct handoff handoff_queue = {
	.take = take_in_turn,
	.drop = pass_on,
	.counts_waiters = true,
	.keeps_turns = true,
};
