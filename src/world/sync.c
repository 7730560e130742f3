#include "world/sync.h"

#include <limits.h>

void mutex_lock_slow(struct mutex *m)
{
	while (world_exchange(&m->state, 2, ACQUIRE) != 0)
		world_park(&m->state, 2, ABSENT);
}

static bool take_signal(struct condition_group *g)
{
	uint32_t n = world_load(&g->signals_n, RELAXED);
	while (n > 0)
		if (world_swap_if(&g->signals_n, &n, n - 1, ACQUIRE))
			return true;
	return false;
}

/* Under the mutex, after the deadline.  A group has a signal for each of its threads that is
 * not waiting any more: without one to be waited for, there is one to be taken. */
static bool give_up(struct condition *c, struct condition_group *g)
{
	if (g->waiting_n == 0)
		return !take_signal(g);
	g->waiting_n--;
	c->waiting_n--;
	return true;
}

bool condition_wait(struct condition *c, struct mutex *m, int64_t deadline_ns)
{
	struct condition_group *g = &c->groups[c->newer];
	bool in_time = true, signalled;
	c->waiting_n++;
	g->waiting_n++;
	g->inside_n++;
	mutex_unlock(m);
	while (!(signalled = take_signal(g)) && in_time)
		in_time = world_park(&g->signals_n, 0, deadline_ns);
	mutex_lock(m);
	if (!signalled)
		signalled = !give_up(c, g);
	g->inside_n--;
	return signalled;
}

/* There is always a group that nobody is inside of, unless woken threads have not left two
 * older ones yet: then who comes now joins those who wait already. */
static struct condition_group *group_to_signal(struct condition *c)
{
	uint32_t older = (c->newer + CONDITION_GROUPS_N - 1) % CONDITION_GROUPS_N;
	uint32_t next = (c->newer + 1) % CONDITION_GROUPS_N;
	if (c->groups[older].waiting_n)
		return &c->groups[older];
	struct condition_group *g = &c->groups[c->newer];
	if (c->groups[next].inside_n == 0)
		c->newer = next;
	return g;
}

void condition_signal_slow(struct condition *c)
{
	struct condition_group *g = group_to_signal(c);
	g->waiting_n--;
	c->waiting_n--;
	world_add(&g->signals_n, 1, RELEASE);
	world_unpark(&g->signals_n, 1);
}

struct waiter {
	struct waiter *before, *behind;
	uint32_t woken;
};

static void queue_last(struct queue *q, struct waiter *w)
{
	w->before = q->last;
	*(q->last ? &q->last->behind : &q->first) = w;
	q->last = w;
}

static void leave_queue(struct queue *q, struct waiter *w)
{
	*(w->before ? &w->before->behind : &q->first) = w->behind;
	*(w->behind ? &w->behind->before : &q->last) = w->before;
}

/* The waiter lives on this stack: the waker holds the mutex until it has unparked it, and
 * the wait does not return before it has the mutex again. */
bool queue_wait(struct queue *q, struct mutex *m, int64_t deadline_ns)
{
	struct waiter self = {0};
	queue_last(q, &self);
	mutex_unlock(m);
	bool in_time = true;
	while (in_time && !world_load(&self.woken, RELAXED))
		in_time = world_park(&self.woken, 0, deadline_ns);
	mutex_lock(m);
	if (self.woken)
		return true;
	leave_queue(q, &self);
	return false;
}

void queue_wake_slow(struct queue *q)
{
	struct waiter *longest = q->first;
	leave_queue(q, longest);
	world_store(&longest->woken, 1, RELAXED);
	world_unpark(&longest->woken, 1);
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
