/* sync.h - mutex, condition, queue, semaphore and barrier, once for every world.
 *
 * They stand on world.h's atomics and park/unpark only, and behave as glibc's do
 * where CPython's lock depends on it: a mutex may be barged; a condition's signal may be
 * taken by a younger waiter; a thread whose timed wait ended queues last again.
 *
 * Owner    the caller; a zeroed struct is ready for use, nothing to free.
 * Errors   none of these can fail; misuse is an assertion. */
#pragma once

#include "world/world.h"

/* 0 free, 1 locked, 2 locked and perhaps waited for (U. Drepper, Futexes are
 * tricky, mutex 2). */
struct mutex {
	uint32_t state;
};

void mutex_lock_slow(struct mutex *m);

static inline bool mutex_try(struct mutex *m)
{
	uint32_t unlocked = 0;
	return world_swap_if(&m->state, &unlocked, 1, ACQUIRE);
}

static inline void mutex_lock(struct mutex *m)
{
	if (!mutex_try(m))
		mutex_lock_slow(m);
}

static inline void mutex_unlock(struct mutex *m)
{
	if (world_exchange(&m->state, 0, RELEASE) == 2)
		world_unpark(&m->state, 1);
}

/* Whether unlocking it will wake somebody.  Asked by its holder. */
static inline bool mutex_is_waited_for(const struct mutex *m)
{
	return world_load(&m->state, RELAXED) == 2;
}

/* As glibc's since 2.25 (nptl/pthread_cond_wait.c, pthread_cond_common.c).  Who waits belongs to
 * the newer of two groups; a signal goes to the older one, and when that has nobody left, the
 * newer becomes the older.  Within a group the longest asleep is woken, but whoever of the
 * group comes first takes the signal: one that has just queued, and is not asleep yet, may be
 * faster.  A signal may block for a moment, until all who were signalled in a group have
 * woken up, before the group is used again.
 * Requires that the same mutex is held around every call. */
struct condition_group {
	uint32_t signals_n;   /* given and not yet taken */
	uint32_t waiting_n;   /* not signalled */
	uint32_t inside_n;    /* threads that have not woken up for good */
	uint32_t is_awaited;  /* inside_n is, to fall to 0 */
	uint64_t generation;  /* how often it was used again */
};
struct condition {
	uint32_t newer;	    /* which group */
	uint32_t waiting_n; /* in both groups, not signalled */
	struct condition_group groups[2];
};

/* False when the wait ended by its deadline (ABSENT: none) and no signal came. */
bool condition_wait(struct condition *c, struct mutex *m, int64_t deadline_ns);

void condition_signal_slow(struct condition *c);

/* Wakes one waiter, if any.  Nobody waiting costs one load. */
static inline void condition_signal(struct condition *c)
{
	if (c->waiting_n)
		condition_signal_slow(c);
}

/* Waiters in the order of arrival, each with a word of its own to park on: nobody can be
 * faster than the one whose turn it is.
 * Requires that the same mutex is held around every call. */
struct queue {
	struct waiter *first, *last;
};

/* False when the wait ended by its deadline (ABSENT: none) and nobody woke it. */
bool queue_wait(struct queue *q, struct mutex *m, int64_t deadline_ns);

void queue_wake_slow(struct queue *q);

/* Wakes the longest waiter, if any.  Nobody waiting costs one load. */
static inline void queue_wake(struct queue *q)
{
	if (q->first)
		queue_wake_slow(q);
}

/* A counting semaphore that can be barged, as sem_post/sem_wait. */
struct semaphore {
	uint32_t value, waiters;
};

static inline bool semaphore_try(struct semaphore *s)
{
	uint32_t value = world_load(&s->value, SEQ_CST);
	while (value > 0)
		if (world_swap_if(&s->value, &value, value - 1, ACQUIRE))
			return true;
	return false;
}

void semaphore_wait(struct semaphore *s);

static inline void semaphore_post(struct semaphore *s)
{
	world_add(&s->value, 1, SEQ_CST);
	if (world_load(&s->waiters, SEQ_CST))
		world_unpark(&s->value, 1);
}

/* Opens once, when `expected` threads have arrived. */
struct barrier {
	uint32_t expected, arrived;
};

void barrier_arrive(struct barrier *b);
/* Opens it before all have arrived, for those who cannot come any more. */
void barrier_break(struct barrier *b);
