/* handoff.h - how the lock goes from one thread to the next: inside the gil floor only.
 *
 * A handoff is one file that ends in one or more of these; policies.def chooses.  gil.c does
 * what all of them share: misuse, slices, counts of takes, errno. */
#pragma once

#include "gil/gil.h"
#include "gil/probes.h"

struct handoff {
	/* Gets the lock; since when it found it held, or ABSENT. */
	int64_t (*take)(struct gil_thread *t);
	/* True when it woke another; it has timed the drop then, before it did. */
	bool (*drop)(struct gil_thread *t);
	/* Lets a waiter have it and takes it again; as take.  NULL: a drop and a take. */
	int64_t (*yield)(struct gil_thread *t);
	bool counts_waiters; /* so that a yield that nobody waits for keeps the lock */
	bool is_looked_for;  /* a drop wakes nobody: somebody looks now and then */
	bool is_shared;	     /* any number hold it at once */
	bool keeps_turns;    /* who yields has it again only after one who waited */
};

extern const struct handoff handoff_condition, handoff_queue, handoff_behind, handoff_semaphore,
	handoff_stealer, handoff_mutex, handoff_nothing;
#ifdef HAVE_CK
extern const struct handoff handoff_ticket, handoff_mcs;
#endif

/* The clock, if anybody wants to know. */
static inline int64_t clock_if_accounting(const struct gil_thread *t)
{
	return t->accounting == ACCOUNTING_OFF ? 0 : world_now_ns();
}

static inline void time_drop(struct gil_thread *t)
{
	if (t->accounting == ACCOUNTING_OFF || t->dropped_ns != ABSENT)
		return;
	t->dropped_ns = world_now_ns();
	t->waited_ns = t->stats->wait_ns;
}

static inline void count_switch(struct gil_thread *t)
{
	t->gil->switch_number++;
	t->stats->switches_n++;
}

/* Where a lock of another kind says whether it is held: called by the one who has just got that,
 * so that nobody else changes the owner. */
static inline void become_owner(struct gil_thread *t)
{
	if (t->gil->owner == (uintptr_t)t)
		return;
	t->gil->owner = (uintptr_t)t;
	count_switch(t);
}

static inline bool drop_is_requested(struct gil_thread *t)
{
	return world_load(&t->breaker, RELAXED) & GIL_DROP_REQUEST;
}

static inline void clear_request(struct gil_thread *t)
{
	if (drop_is_requested(t))
		world_and(&t->breaker, ~(uint32_t)GIL_DROP_REQUEST, RELAXED);
}

/* Forced switching, by the condition's state: whoever was asked to drop waits, untimed and
 * once, until another thread has taken the lock. */
void wait_for_switch(struct gil_thread *t);
