#include "gil/invariants.h"

#include <inttypes.h>
#include <stdio.h>

#include "gil/handoff.h"
#include "world/virtual.h"

enum answer { DOES_NOT_APPLY, HOLDS, IS_BROKEN };

#define BROKEN(...) (snprintf(in->why, sizeof in->why, __VA_ARGS__), IS_BROKEN)

/* --- what is to be seen --- */

static bool is_awake(const struct watched *w)
{
	return w->doing != DOING_NOTHING && !virtual_is_blocked(w->task);
}

static bool is_asked(const struct gil_thread *t)
{
	return t->breaker & GIL_DROP_REQUEST;
}

static void see_take(struct invariants *in, struct seen *taker)
{
	in->fresh_holder = taker;
	in->hogged_ns = 0;
	for (struct seen *s = in->seen; s < in->seen + in->seen_n; s++) {
		if (s == taker)
			continue;
		s->was_asked = false;
		s->overtaken_n += s->is_waiting && !s->lacks_core &&
				  s->since_ns < taker->since_ns;
	}
}

static void see_starving(struct invariants *in, const struct seen *s)
{
	if (!s->is_waiting || s->overtaken_n <= in->overtaken_n)
		return;
	in->starved = s->thread;
	in->starved_ns = in->now_ns - s->since_ns;
	in->overtaken_n = s->overtaken_n;
}

static void see_wait(struct invariants *in, struct seen *s, bool is_waiting)
{
	if (is_waiting && !s->is_waiting) {
		s->since_ns = s->thread->watched.since_ns;
		s->overtaken_n = 0;
	} else if (!is_waiting && !s->is_waiting) {
		s->since_ns = in->now_ns;
	}
	s->is_waiting = is_waiting;
}

static void see(struct invariants *in, struct seen *s)
{
	const struct gil_thread *t = s->thread;
	s->is_blocked = t->watched.doing != DOING_NOTHING && !is_awake(&t->watched);
	s->lacks_core = t->watched.doing != DOING_NOTHING && virtual_lacks_core(t->watched.task);
	in->blocked_n += s->is_blocked;
	in->awake_n += is_awake(&t->watched);
	see_wait(in, s, t->watched.doing == DOING_TAKE && !t->holding);
	in->waiting_n += s->is_waiting;
	in->holders_n += t->holding;
	in->holder = t->holding ? s : in->holder;
	if (s->has_held && !t->holding)
		s->was_asked = is_asked(t);
	if (!s->has_held && t->holding)
		see_take(in, s);
	s->has_held = t->holding;
}

static void look(struct invariants *in)
{
	int64_t now_ns = virtual_now_ns();
	in->passed_ns = now_ns - in->now_ns;
	in->now_ns = now_ns;
	in->holders_n = in->waiting_n = in->blocked_n = 0;
	in->awake_n = is_awake(&in->gil->timer_watched);
	in->holder = in->fresh_holder = NULL;
	for (struct seen *s = in->seen; s < in->seen + in->seen_n; s++)
		if (s->thread->stats)
			see(in, s);
	for (struct seen *s = in->seen; s < in->seen + in->seen_n; s++)
		see_starving(in, s);
	if (in->gil->switch_number != in->switch_number)
		in->switched_ns = now_ns;
	in->switch_number = in->gil->switch_number;
}

/* --- what must hold --- */

static enum answer one_holder(struct invariants *in)
{
	if (in->gil->policy->handoff->is_shared || in->holders_n == 0)
		return DOES_NOT_APPLY;
	if (in->holders_n == 1)
		return HOLDS;
	const struct seen *first = in->seen;
	while (!first->thread->holding)
		first++;
	return BROKEN("'%s' and '%s' hold it at once", first->thread->name,
		      in->holder->thread->name);
}

static const struct gil_thread *find_blocked(const struct invariants *in, enum doing doing)
{
	for (const struct seen *s = in->seen; s < in->seen + in->seen_n; s++)
		if (s->is_blocked && s->thread->watched.doing == doing)
			return s->thread;
	return NULL;
}

/* Whoever is awake in the lock's code, or has one of its mutexes, may be about to wake others. */
static enum answer no_lost_wakeup(struct invariants *in)
{
	const struct gil *g = in->gil;
	if (g->policy->handoff->is_shared || g->policy->handoff->is_looked_for ||
	    in->blocked_n == 0 || in->awake_n || g->mutex.state || g->switch_mutex.state)
		return DOES_NOT_APPLY;
	const struct gil_thread *sleeper = find_blocked(in, DOING_AWAIT_SWITCH);
	const struct gil_thread *owner = gil_owner(g->owner);
	if (sleeper && owner != sleeper)
		return BROKEN("'%s' sleeps for a switch, but '%s' has held the lock since",
			      sleeper->name, owner ? owner->name : "nobody");
	if (in->holders_n)
		return HOLDS;
	sleeper = find_blocked(in, DOING_TAKE);
	return BROKEN("the lock is free, '%s' sleeps, and nobody is about to wake it",
		      (sleeper ? sleeper : find_blocked(in, DOING_AWAIT_SWITCH))->name);
}

static enum answer judge_request(struct invariants *in, const struct seen *s)
{
	int64_t interval_ns = in->gil->interval_ns;
	int64_t waited_ns = in->now_ns - s->since_ns;
	int64_t unswitched_ns = in->now_ns - in->switched_ns;
	if (waited_ns >= interval_ns && unswitched_ns >= interval_ns)
		return HOLDS;
	return BROKEN("'%s' asked for the lock after a wait of %" PRId64 " ns, the last %" PRId64
		      " ns of it without a switch; the interval is %" PRId64 " ns",
		      s->thread->name, waited_ns, unswitched_ns, interval_ns);
}

static enum answer full_interval(struct invariants *in)
{
	enum answer answer = DOES_NOT_APPLY;
	if (in->gil->policy->preemption != PREEMPT_REQUEST)
		return answer;
	for (struct seen *s = in->seen; s < in->seen + in->seen_n && answer != IS_BROKEN; s++) {
		int64_t requests_n = s->thread->stats ? s->thread->stats->drop_requests_n : 0;
		if (requests_n != s->requests_n)
			answer = judge_request(in, s);
		s->requests_n = requests_n;
	}
	return answer;
}

static enum answer forced_switch(struct invariants *in)
{
	const struct seen *taker = in->fresh_holder;
	if (!in->gil->policy->forced_switching || !taker)
		return DOES_NOT_APPLY;
	if (!taker->was_asked)
		return HOLDS;
	return BROKEN("'%s' was asked for the lock, gave it up, and had it again before anybody "
		      "else",
		      taker->thread->name);
}

/* How long a holder goes on when others want it, or ABSENT: nobody says. */
static int64_t turn_ns(const struct gil *g)
{
	if (g->policy->preemption == PREEMPT_REQUEST && g->policy->forced_switching)
		return g->interval_ns;
	if (g->policy->preemption == PREEMPT_TIMER && g->policy->handoff->keeps_turns)
		return g->interval_ns * g->ticks;
	return ABSENT;
}

static enum answer progress(struct invariants *in)
{
	enum { LOOKS_MOST = 200000 };
	if (in->gil->policy->handoff->is_shared || in->waiting_n == 0 || in->holders_n) {
		in->free_looks_n = 0;
		return DOES_NOT_APPLY;
	}
	if (++in->free_looks_n <= LOOKS_MOST)
		return HOLDS;
	return BROKEN("the lock has been free for %d events, while threads want it", LOOKS_MOST);
}

/* A holder acts at its check points only: of a long call that keeps the lock only a little counts,
 * so that many turns are many events.  One that sleeps in such a call is none of the lock's, nor
 * is it that a waiter who is awake has no core to ask on. */
static enum answer turns(struct invariants *in)
{
	enum { TURNS_MOST = 20, CALL_SHARE = 100 };
	int64_t turn = turn_ns(in->gil);
	if (turn == ABSENT || !in->holder || in->waiting_n == 0 || in->awake_n ||
	    virtual_is_blocked(in->holder->thread->watched.task))
		return DOES_NOT_APPLY;
	in->hogged_ns += in->passed_ns < turn / CALL_SHARE ? in->passed_ns : turn / CALL_SHARE;
	if (in->hogged_ns <= TURNS_MOST * turn)
		return HOLDS;
	return BROKEN("'%s' has had the lock for %d turns, while others wait",
		      in->holder->thread->name, TURNS_MOST);
}

static enum answer count(struct invariants *in, const struct gil_thread *t)
{
	const struct gil_stats *n = t->stats;
	bool agree = n->contended_takes_n <= n->takes_n && n->switches_n <= n->takes_n &&
		     (t->accounting == ACCOUNTING_OFF ||
		      n->waits.n == n->contended_takes_n) &&
		     n->holds.n <= n->takes_n;
	if (agree)
		return HOLDS;
	return BROKEN("'%s': %" PRId64 " takes, %" PRId64 " contended, %" PRId64
		      " switches, %" PRId64 " waits, %" PRId64 " slices",
		      t->name, n->takes_n, n->contended_takes_n, n->switches_n,
		      n->waits.n, n->holds.n);
}

static enum answer counters(struct invariants *in)
{
	uint64_t switches_n = 0;
	int64_t requests_n = 0, forced_n = 0;
	for (const struct seen *s = in->seen; s < in->seen + in->seen_n; s++) {
		const struct gil_thread *t = s->thread;
		if (!t->stats)
			continue;
		switches_n += (uint64_t)t->stats->switches_n;
		requests_n += t->stats->drop_requests_n;
		forced_n += t->stats->forced_switches_n;
		if (t->watched.doing == DOING_NOTHING && count(in, t) == IS_BROKEN)
			return IS_BROKEN;
	}
	if (switches_n != in->gil->switch_number)
		return BROKEN("threads count %" PRIu64 " switches, the lock %" PRIu64, switches_n,
			      in->gil->switch_number);
	if (forced_n > requests_n)
		return BROKEN("%" PRId64 " forced switches of %" PRId64 " requests", forced_n,
			      requests_n);
	return HOLDS;
}

void invariants_open(struct invariants *in, const struct gil *g, struct seen *seen, size_t n)
{
	*in = (struct invariants){.gil = g, .seen = seen, .seen_n = n};
	in->now_ns = in->switched_ns = virtual_now_ns();
}

enum invariant invariants_check(struct invariants *in)
{
	static enum answer (*const checks[])(struct invariants *in) = {
#define INVARIANT(NAME, name, rule) name,
#include "gil/invariants.def"
#undef INVARIANT
	};
	look(in);
	for (int k = 0; k < INVARIANTS_N; k++) {
		enum answer answer = checks[k](in);
		in->checks_n[k] += answer != DOES_NOT_APPLY;
		if (answer == IS_BROKEN)
			return (enum invariant)k;
	}
	return INVARIANTS_N;
}
