/* handoff_condition.c - a word that says who has the lock, a mutex, and a condition on which the
 * others wait.
 *
 * Three interpreters hand over so: CPython frees the lock and wakes one waiter, and whoever
 * comes first takes it; OCaml does too, but who yields waits behind those who waited; CRuby
 * never frees it while somebody waits, but passes it on.
 *
 * They do all of it under the mutex.  Here a thread that nobody waits for drops the lock, and
 * takes it again if no other had it since, by one atomic operation: the word changes from "mine,
 * held" to "mine, free" and back.  No rule needs more: there is no switch to be counted, and
 * nobody to be woken.  Whoever else wants the lock first sets GIL_WAITED, under the mutex, and
 * from then on neither change succeeds: all goes through the mutex, until somebody has the lock
 * and no other waits.
 * docs/model/gil.pml goes through all orders of the steps of CPython's handoff.
 * Source   CPython 3.13 Python/ceval_gil.c; OCaml 4.14 otherlibs/systhreads/st_posix.h;
 *          CRuby 3.3 thread_pthread.c thread_sched_wakeup_next_thread */
#include "gil/handoff.h"

/* Mine, free, to mine, held.  Nobody else has changed what the lock guards since this thread
 * dropped it, or the word would tell; acquire, all the same, as of any lock. */
static bool take_again(struct gil_thread *t)
{
	uintptr_t owner = (uintptr_t)t;
	return world_swap_if(&t->gil->owner, &owner, (uintptr_t)t | GIL_HELD, ACQUIRE);
}

/* The way back.  What was done under the lock is released to whoever claims it. */
static bool drop_unwaited(struct gil_thread *t)
{
	uintptr_t owner = (uintptr_t)t | GIL_HELD;
	return world_swap_if(&t->gil->owner, &owner, (uintptr_t)t, RELEASE);
}

/* Under the mutex: the word as it was, and nobody changes it without the mutex any more.  Of this
 * and a drop that is not waited for one comes first in the order of changes of the word: either
 * it is seen here that the lock is free, or the drop fails and has to take the mutex, by when who
 * claimed it waits. */
static uintptr_t claim(struct gil *g)
{
	return world_or(&g->owner, GIL_WAITED, ACQUIRE);
}

/* These two under the mutex and after a claim: the mutex orders what they read. */
static bool is_held(const struct gil *g)
{
	return world_load(&g->owner, RELAXED) & GIL_HELD;
}

static struct gil_thread *last_holder(const struct gil *g)
{
	return gil_owner(world_load(&g->owner, RELAXED));
}

/* Time lost to another thread at the lock's own mutex is waiting, too. */
static void lock_mutex(struct gil_thread *t)
{
	struct gil *g = t->gil;
	if (mutex_try(&g->mutex))
		return;
	int64_t began_ns = clock_if_accounting(t);
	enum span_kind before = gil_record(t, SPAN_WAIT, began_ns);
	mutex_lock(&g->mutex);
	int64_t ended_ns = clock_if_accounting(t);
	t->stats->wait_ns += ended_ns - began_ns;
	gil_record(t, before, ended_ns);
}

static void note_request(struct gil_thread *t)
{
	PROBE(request, t);
	if (t->recorder)
		recorder_mark(t->recorder, SPAN_REQUEST, world_now_ns(),
			      last_holder(t->gil)->recorder->number);
}

/* Under the mutex.  A waiter asks the holder to drop only when a whole interval went by
 * with the lock held and without any switch; any switch gives a fresh, full interval. */
static void wait_until_free(struct gil_thread *t)
{
	struct gil *g = t->gil;
	bool requests = g->policy->preemption == PREEMPT_REQUEST;
	while (is_held(g)) {
		uint64_t switch_number = g->switch_number;
		int64_t deadline_ns = requests ? world_now_ns() + g->interval_ns : ABSENT;
		bool in_time = condition_wait(&g->freed, &g->mutex, deadline_ns);
		if (!in_time && is_held(g) && g->switch_number == switch_number) {
			world_or(&last_holder(g)->breaker, GIL_DROP_REQUEST, RELAXED);
			t->stats->drop_requests_n++;
			note_request(t);
		}
	}
}

/* Under the mutex.  Another owner is written under both mutexes, so that a dropper that waits for
 * a switch under the second one cannot miss it.  Where the owner stays the same nobody waits for
 * a switch: a dropper begins to only while it is the owner itself, which now takes the lock, and
 * those of before were signalled when the owner changed. */
static void hold(struct gil_thread *t)
{
	struct gil *g = t->gil;
	uintptr_t waited = world_load(&g->waiting_n, RELAXED) ? GIL_WAITED : 0;
	bool switches = last_holder(g) != t;
	if (switches)
		mutex_lock(&g->switch_mutex);
	world_store(&g->owner, (uintptr_t)t | GIL_HELD | waited, RELAXED);
	if (switches) {
		count_switch(t);
		condition_signal(&g->switched);
		mutex_unlock(&g->switch_mutex);
	}
}

static int64_t take(struct gil_thread *t)
{
	struct gil *g = t->gil;
	int64_t contended_since_ns = ABSENT;
	clear_request(t); /* only of a holder is a drop requested */
	if (take_again(t))
		return ABSENT;
	lock_mutex(t);
	if (claim(g) & GIL_HELD) {
		contended_since_ns = clock_if_accounting(t);
		world_add(&g->waiting_n, 1, RELAXED);
		wait_until_free(t);
		world_add(&g->waiting_n, -1, RELAXED);
	}
	hold(t);
	mutex_unlock(&g->mutex);
	return contended_since_ns;
}

/* Waited for: by those who sleep, and by those who were woken and did not get it. */
static bool drop(struct gil_thread *t)
{
	struct gil *g = t->gil;
	if (drop_unwaited(t))
		return false;
	lock_mutex(t);
	bool wakes = g->freed.waiting_n || mutex_is_waited_for(&g->mutex);
	if (wakes)
		time_drop(t);
	world_store(&g->owner, (uintptr_t)t | GIL_WAITED, RELAXED);
	condition_signal(&g->freed);
	mutex_unlock(&g->mutex);
	return wakes;
}

/* The asker itself is waiting for the lock, so somebody will take it. */
void wait_for_switch(struct gil_thread *t)
{
	struct gil *g = t->gil;
	mutex_lock(&g->switch_mutex);
	if (last_holder(g) == t) {
		int64_t began_ns = clock_if_accounting(t);
		clear_request(t);
		t->stats->forced_switches_n++;
		PROBE(forced_switch, t);
		if (t->recorder)
			recorder_mark(t->recorder, SPAN_FORCED_SWITCH, began_ns, 0);
		enum span_kind before = gil_record(t, SPAN_SWITCH, began_ns);
		condition_wait(&g->switched, &g->switch_mutex, ABSENT);
		int64_t ended_ns = clock_if_accounting(t);
		t->stats->wait_ns += ended_ns - began_ns;
		gil_record(t, before, ended_ns);
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
		world_store(&g->owner, (uintptr_t)t | GIL_WAITED, RELAXED);
		condition_signal(&g->freed);
		world_add(&g->waiting_n, 1, RELAXED);
		do
			condition_wait(&g->freed, &g->mutex, ABSENT);
		while (is_held(g));
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
	if (take_again(t))
		return ABSENT;
	lock_mutex(t);
	if (claim(g) & GIL_HELD) {
		contended_since_ns = clock_if_accounting(t);
		world_add(&g->waiting_n, 1, RELAXED);
		queue_wait(&g->queue, &g->mutex, ABSENT);
		world_add(&g->waiting_n, -1, RELAXED);
	}
	hold(t);
	mutex_unlock(&g->mutex);
	return contended_since_ns;
}

/* A lock that is held and waited for has somebody in its queue: who was woken holds it.  Until
 * the next one has woken up, nobody is the holder that a timer could ask. */
static bool pass_on(struct gil_thread *t)
{
	struct gil *g = t->gil;
	if (drop_unwaited(t))
		return false;
	lock_mutex(t);
	time_drop(t);
	world_store(&g->owner, GIL_HELD | GIL_WAITED, RELAXED);
	queue_wake(&g->queue);
	mutex_unlock(&g->mutex);
	return true;
}

const struct handoff handoff_queue = {
	.take = take_in_turn,
	.drop = pass_on,
	.counts_waiters = true,
	.keeps_turns = true,
};
