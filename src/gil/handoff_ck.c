/* handoff_ck.c - two fair spin locks of Concurrency Kit, to compare with: whoever came first
 * gets the lock next, wherever it sleeps.
 *
 * Concurrency Kit spins without an end.  With more threads than cores the one whose turn it
 * is may be without a core, so every stall gives the core away now and then. */
#include <stddef.h>

#include <ck_pr.h>

#include "gil/handoff.h"

#define ck_pr_stall world_stall
#include <ck_spinlock.h>
#undef ck_pr_stall

_Static_assert(sizeof(ck_spinlock_ticket_t) <= sizeof ((struct gil *)0)->spin, "no room");
_Static_assert(sizeof(ck_spinlock_mcs_t) <= sizeof ((struct gil *)0)->spin, "no room");
_Static_assert(sizeof(ck_spinlock_mcs_context_t) <= sizeof ((struct gil_thread *)0)->spin,
	       "no room");

static int64_t take_ticket(struct gil_thread *t)
{
	ck_spinlock_ticket_t *lock = (ck_spinlock_ticket_t *)t->gil->spin;
	int64_t contended_since_ns = ABSENT;
	if (!ck_spinlock_ticket_trylock(lock)) {
		contended_since_ns = clock_if_accounting(t);
		ck_spinlock_ticket_lock(lock);
	}
	become_owner(t);
	return contended_since_ns;
}

static bool drop_ticket(struct gil_thread *t)
{
	ck_spinlock_ticket_unlock((ck_spinlock_ticket_t *)t->gil->spin);
	return false;
}

const struct handoff handoff_ticket = {.take = take_ticket, .drop = drop_ticket};

static int64_t take_mcs(struct gil_thread *t)
{
	ck_spinlock_mcs_t *lock = (ck_spinlock_mcs_t *)t->gil->spin;
	ck_spinlock_mcs_context_t *place = (ck_spinlock_mcs_context_t *)t->spin;
	int64_t contended_since_ns = ABSENT;
	if (!ck_spinlock_mcs_trylock(lock, place)) {
		contended_since_ns = clock_if_accounting(t);
		ck_spinlock_mcs_lock(lock, place);
	}
	become_owner(t);
	return contended_since_ns;
}

static bool drop_mcs(struct gil_thread *t)
{
	ck_spinlock_mcs_unlock((ck_spinlock_mcs_t *)t->gil->spin,
			       (ck_spinlock_mcs_context_t *)t->spin);
	return false;
}

const struct handoff handoff_mcs = {.take = take_mcs, .drop = drop_mcs};
