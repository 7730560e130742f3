/* handoff_plain.c - handoffs that are one lock of a known kind and nothing else: CPython 2's
 * semaphore, a mutex for comparison, and no lock at all.
 *
 * The releaser of a semaphore or a mutex may take it again before whom it woke is there.
 * Source   CPython 2.7 Python/thread_pthread.h USE_SEMAPHORES */
#include "gil/handoff.h"

/* Without a mutex around them, owner and switch_number are the holder's. */
static int64_t take_semaphore(struct gil_thread *t)
{
	struct gil *g = t->gil;
	int64_t contended_since_ns = ABSENT;
	if (!semaphore_try(&g->semaphore)) {
		contended_since_ns = clock_if_accounting(t);
		semaphore_wait(&g->semaphore);
	}
	become_owner(t);
	return contended_since_ns;
}

static bool drop_semaphore(struct gil_thread *t)
{
	bool wakes = world_load(&t->gil->semaphore.waiters, RELAXED);
	if (wakes)
		time_drop(t);
	semaphore_post(&t->gil->semaphore);
	return wakes;
}

const struct handoff handoff_semaphore = {.take = take_semaphore, .drop = drop_semaphore};

static int64_t take_mutex(struct gil_thread *t)
{
	struct gil *g = t->gil;
	int64_t contended_since_ns = ABSENT;
	if (!mutex_try(&g->mutex)) {
		contended_since_ns = clock_if_accounting(t);
		mutex_lock(&g->mutex);
	}
	become_owner(t);
	return contended_since_ns;
}

static bool drop_mutex(struct gil_thread *t)
{
	bool wakes = mutex_is_waited_for(&t->gil->mutex);
	if (wakes)
		time_drop(t);
	mutex_unlock(&t->gil->mutex);
	return wakes;
}

const struct handoff handoff_mutex = {.take = take_mutex, .drop = drop_mutex};

static int64_t take_nothing(struct gil_thread *t)
{
	(void)t;
	return ABSENT;
}

static bool drop_nothing(struct gil_thread *t)
{
	(void)t;
	return false;
}

const struct handoff handoff_nothing = {
	.take = take_nothing,
	.drop = drop_nothing,
	.is_shared = true,
};
