/* handoff_stealer.c - PyPy's: a release around a call is a plain store that wakes nobody.
 * Of those who wait, one (the stealer) looks every interval; the others sleep behind it.  A
 * yield of the holder gives the lock, still taken, to the stealer at once.
 * Source   PyPy rpython/translator/c/src/thread_gil.c RPyGilAcquireSlowPath,
 *          RPyGilYieldThread */
#include "gil/handoff.h"

enum { FREE = 0, TAKEN = 1, NOT_GIVEN = 0, GIVEN = 1 };

static bool try_take(struct gil *g)
{
	uint32_t found = FREE;
	return world_load(&g->fast, RELAXED) == FREE &&
	       world_swap_if(&g->fast, &found, TAKEN, ACQUIRE);
}

static bool try_receive(struct gil *g)
{
	uint32_t found = GIVEN;
	return world_load(&g->given, RELAXED) == GIVEN &&
	       world_swap_if(&g->given, &found, NOT_GIVEN, ACQUIRE);
}

/* The stealer's mutex is the queue of the others.  A mutex may be barged; PyPy's, too. */
static void wait_and_steal(struct gil *g)
{
	world_add(&g->waiting_n, 1, RELAXED);
	mutex_lock(&g->mutex);
	while (!try_receive(g) && !try_take(g))
		world_park(&g->given, NOT_GIVEN, world_now_ns() + g->interval_ns);
	mutex_unlock(&g->mutex);
	world_add(&g->waiting_n, -1, RELAXED);
}

static int64_t take(struct gil_thread *t)
{
	int64_t contended_since_ns = ABSENT;
	if (!try_take(t->gil)) {
		contended_since_ns = clock_if_accounting(t);
		wait_and_steal(t->gil);
	}
	become_owner(t);
	return contended_since_ns;
}

static bool drop(struct gil_thread *t)
{
	world_store(&t->gil->fast, FREE, RELEASE);
	return false;
}

static int64_t yield(struct gil_thread *t)
{
	struct gil *g = t->gil;
	int64_t contended_since_ns = clock_if_accounting(t);
	world_store(&g->given, GIVEN, RELEASE);
	world_unpark(&g->given, 1);
	wait_and_steal(g);
	become_owner(t);
	return contended_since_ns;
}

const struct handoff handoff_stealer = {
	.take = take,
	.drop = drop,
	.yield = yield,
	.counts_waiters = true,
	.is_looked_for = true,
};
