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

/* Under the mutex, after the deadline; true when it had not been signalled.  A group is used
 * again only when all of it were; and while it is the same, without one to be waited for there
 * is a signal to be taken. */
static bool give_up(struct condition *c, struct condition_group *g, uint64_t generation)
{
	if (g->generation != generation)
		return false;
	if (g->waiting_n == 0)
		return !take_signal(g);
	g->waiting_n--;
	c->waiting_n--;
	return true;
}

/* The leaver lowers inside_n before it reads is_awaited, who awaits it raises that before it
 * reads inside_n (both sequentially consistent): one of them sees the other. */
static void leave_group(struct condition_group *g)
{
	if (world_add(&g->inside_n, -1, SEQ_CST) == 1 && world_load(&g->is_awaited, SEQ_CST))
		world_unpark(&g->inside_n, 1);
}

/* From giving the mutex up to being asleep glibc takes some 200 ns longer than a bare futex
 * wait, and looks for a signal at the end of it.  That moment decides who gets CPython's lock
 * when three threads want it: see docs/lock.md. */
static void look_before_sleep(const struct condition_group *g)
{
	enum { LOOKS_N = 600 };
	for (int k = 0; k < LOOKS_N && !world_load(&g->signals_n, RELAXED); k++)
		;
}

bool condition_wait(struct condition *c, struct mutex *m, int64_t deadline_ns)
{
	struct condition_group *g = &c->groups[c->newer];
	uint64_t generation = g->generation;
	bool in_time = true, signalled;
	c->waiting_n++;
	g->waiting_n++;
	world_add(&g->inside_n, 1, RELAXED);
	mutex_unlock(m);
	look_before_sleep(g);
	while (!(signalled = take_signal(g)) && in_time)
		in_time = world_park(&g->signals_n, 0, deadline_ns);
	leave_group(g);
	mutex_lock(m);
	return signalled || !give_up(c, g, generation);
}

/* All of the older group were signalled.  When they have woken up it becomes the newer. */
static struct condition_group *switch_groups(struct condition *c)
{
	struct condition_group *older = &c->groups[!c->newer], *newer = &c->groups[c->newer];
	uint32_t inside_n;
	world_store(&older->is_awaited, true, SEQ_CST);
	while ((inside_n = world_load(&older->inside_n, SEQ_CST)))
		world_park(&older->inside_n, inside_n, ABSENT);
	world_store(&older->is_awaited, false, RELAXED);
	world_store(&older->signals_n, 0, RELAXED); /* of those who ran out of time */
	older->generation++;
	c->newer = !c->newer;
	return newer;
}

void condition_signal_slow(struct condition *c)
{
	struct condition_group *older = &c->groups[!c->newer];
	struct condition_group *g = older->waiting_n ? older : switch_groups(c);
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
