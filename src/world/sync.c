#include "world/sync.h"

#include <limits.h>

void mutex_lock_slow(struct mutex *m)
{
	while (world_exchange(&m->state, 2, ACQUIRE) != 0)
		world_park(&m->state, 2, ABSENT);
}

struct waiter {
	struct waiter *before, *behind;
	uint32_t signalled;
};

static void queue_last(struct condition *c, struct waiter *w)
{
	w->before = c->last;
	*(c->last ? &c->last->behind : &c->first) = w;
	c->last = w;
}

static void leave_queue(struct condition *c, struct waiter *w)
{
	*(w->before ? &w->before->behind : &c->first) = w->behind;
	*(w->behind ? &w->behind->before : &c->last) = w->before;
}

/* The waiter lives on this stack: the signaller holds the mutex until it has unparked
 * it, and the wait does not return before it has the mutex again. */
bool condition_wait(struct condition *c, struct mutex *m, int64_t deadline_ns)
{
	struct waiter self = {0};
	queue_last(c, &self);
	mutex_unlock(m);
	bool in_time = true;
	while (in_time && !world_load(&self.signalled, RELAXED))
		in_time = world_park(&self.signalled, 0, deadline_ns);
	mutex_lock(m);
	if (self.signalled)
		return true;
	leave_queue(c, &self);
	return false;
}

void condition_signal_slow(struct condition *c)
{
	struct waiter *longest = c->first;
	leave_queue(c, longest);
	world_store(&longest->signalled, 1, RELAXED);
	world_unpark(&longest->signalled, 1);
}

/* The waiter counts itself before it reads the value, and the poster raises the value
 * before it reads the count (both sequentially consistent): one of them sees the other. */
void semaphore_wait(struct semaphore *s)
{
	if (semaphore_try(s))
		return;
	world_add(&s->waiters, 1, SEQ_CST);
	while (!semaphore_try(s))
		world_park(&s->value, 0, ABSENT);
	world_add(&s->waiters, -1, RELAXED);
}

void barrier_arrive(struct barrier *b)
{
	uint32_t arrived = world_add(&b->arrived, 1, ACQ_REL) + 1;
	if (arrived >= b->expected) {
		world_unpark(&b->arrived, INT_MAX);
		return;
	}
	while (arrived < b->expected) {
		world_park(&b->arrived, arrived, ABSENT);
		arrived = world_load(&b->arrived, ACQUIRE);
	}
}

void barrier_break(struct barrier *b)
{
	world_add(&b->arrived, b->expected, ACQ_REL);
	world_unpark(&b->arrived, INT_MAX);
}
