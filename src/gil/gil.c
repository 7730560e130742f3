#include "gil/handoff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct gil_policy gil_policies[] = {
#define POLICY(NAME, text, at, preempt, hand, forced, interval, tick, divisor, helps, from) \
	{.name = text, .check_points = CHECK_AT_##at, .preemption = PREEMPT_##preempt, \
	 .handoff = &handoff_##hand, .forced_switching = forced, .interval_ns = interval, \
	 .ticks = tick, .work_divisor = divisor, .help = helps, .source = from},
#include "gil/policies.def"
#undef POLICY
};
const char *const accounting_names[] = {"off", "counts", "full"};

const size_t gil_policies_n = sizeof gil_policies / sizeof *gil_policies;

const struct gil_policy *gil_policy_find(const char *name)
{
	for (size_t k = 0; k < gil_policies_n; k++)
		if (strcmp(gil_policies[k].name, name) == 0)
			return &gil_policies[k];
	return NULL;
}

bool gil_is_a_lock(const struct gil_policy *policy)
{
	return !policy->handoff->is_shared;
}

/* A tick is for who holds the lock, if somebody waits for it: then the owner changes under the
 * mutex only.  All policies with a timer count the waiters, under the mutex, too. */
static void tick(struct gil *g)
{
	mutex_lock(&g->mutex);
	if (world_load(&g->waiting_n, RELAXED)) {
		uintptr_t owner = world_load(&g->owner, RELAXED);
		if (owner & GIL_HELD && gil_owner(owner))
			world_or(&gil_owner(owner)->breaker, GIL_TIMER_TICK, RELAXED);
	}
	mutex_unlock(&g->mutex);
}

static void *timer_main(void *argument)
{
	struct gil *g = argument;
	int64_t due_ns = world_now_ns() + g->interval_ns;
	while (!world_load(&g->timer_ends, ACQUIRE)) {
		if (world_park(&g->timer_ends, false, due_ns))
			continue;
		due_ns += g->interval_ns;
		watched_note(&g->timer_watched, DOING_TICK);
		tick(g);
		watched_note(&g->timer_watched, DOING_NOTHING);
	}
	return NULL;
}

int gil_open(struct gil *g, const struct gil_policy *policy, int64_t interval_ns, int64_t ticks)
{
	*g = (struct gil){
		.policy = policy,
		.interval_ns = interval_ns == ABSENT ? policy->interval_ns : interval_ns,
		.ticks = ticks == ABSENT ? policy->ticks : ticks,
		.semaphore.value = 1,
	};
	g->ticker = g->ticks;
	world_contend(g, sizeof *g, true);
	return policy->preemption == PREEMPT_TIMER ? world_spawn(&g->timer, timer_main, g) : 0;
}

static void end_timer(struct gil *g)
{
	world_store(&g->timer_ends, true, RELEASE);
	world_unpark(&g->timer_ends, 1);
	world_join(&g->timer);
}

void gil_close(struct gil *g)
{
	if (g->policy->preemption == PREEMPT_TIMER)
		end_timer(g);
	world_contend(g, sizeof *g, false);
}

void gil_attach(struct gil_thread *t, struct gil *g, const char *name, enum accounting accounting,
		struct gil_stats *stats)
{
	*t = (struct gil_thread){
		.accounting = accounting,
		.gil = g,
		.stats = stats,
		.name = name,
		.slice_start_ns = ABSENT,
		.dropped_ns = ABSENT,
	};
}

/* Each function as its caller knows it: in the library gil_take is gilsim_take. */
#ifndef GIL_PREFIX
#define GIL_PREFIX "gil_"
#endif

static _Noreturn void misuse(const char *function, const struct gil_thread *t, const char *why)
{
	fprintf(stderr, "gilsim: fatal: %s%s: thread '%s' %s\n", GIL_PREFIX,
		function + strlen("gil_"), t->name, why);
	abort();
}

static void start_slice(struct gil_thread *t, int64_t contended_since_ns)
{
	PROBE(take_end, t);
	t->stats->takes_n++;
	t->timer_ticks_n = 0;
	if (world_load(&t->breaker, RELAXED) & GIL_TIMER_TICK)
		world_and(&t->breaker, ~(uint32_t)GIL_TIMER_TICK, RELAXED);
	t->slice_start_ns = ABSENT;
	if (contended_since_ns != ABSENT) {
		t->stats->contended_takes_n++;
		if (t->accounting == ACCOUNTING_OFF)
			return;
		int64_t now_ns = world_now_ns();
		t->stats->wait_ns += now_ns - contended_since_ns;
		histogram_add(&t->stats->waits, now_ns - contended_since_ns);
		t->slice_start_ns = now_ns;
		gil_record(t, SPAN_WAIT, contended_since_ns);
	} else if (t->accounting == ACCOUNTING_FULL) {
		t->slice_start_ns = world_now_ns();
	} else {
		return;
	}
	gil_record(t, SPAN_BYTECODE, t->slice_start_ns);
}

/* then: what it goes on to without the lock. */
static void end_slice(struct gil_thread *t, enum span_kind then)
{
	t->dropped_ns = ABSENT;
	PROBE(drop, t);
	if (t->slice_start_ns == ABSENT)
		return;
	time_drop(t);
	histogram_add(&t->stats->holds, t->dropped_ns - t->slice_start_ns);
	gil_record(t, then, t->dropped_ns);
}

static void take(struct gil_thread *t)
{
	int kept_errno = errno;
	PROBE(take_begin, t);
	watched_note(&t->watched, DOING_TAKE);
	world_charge_take();
	int64_t contended_since_ns = t->gil->policy->handoff->take(t);
	t->holding = true;
	start_slice(t, contended_since_ns);
	watched_note(&t->watched, DOING_NOTHING);
	errno = kept_errno;
}

/* True when it woke another. */
static bool drop(struct gil_thread *t, enum span_kind then)
{
	end_slice(t, then);
	t->holding = false;
	watched_note(&t->watched, DOING_DROP);
	bool woke = t->gil->policy->handoff->drop(t);
	watched_note(&t->watched, DOING_NOTHING);
	return woke;
}

static bool drop_and_switch(struct gil_thread *t, enum span_kind then)
{
	bool woke = drop(t, then);
	if (t->gil->policy->forced_switching && drop_is_requested(t)) {
		watched_note(&t->watched, DOING_AWAIT_SWITCH);
		wait_for_switch(t);
		watched_note(&t->watched, DOING_NOTHING);
	}
	return woke;
}

void gil_take(struct gil_thread *t)
{
	if (t->holding)
		misuse(__func__, t, "already holds the lock");
	take(t);
}

void gil_drop(struct gil_thread *t)
{
	if (!t->holding)
		misuse(__func__, t, "does not hold the lock");
	drop_and_switch(t, SPAN_NATIVE_RELEASED);
}

/* It wants the lock no more: what it spends at the mutex is no wait for it. */
void gil_detach(struct gil_thread *t)
{
	if (!t->holding)
		misuse(__func__, t, "does not hold the lock");
	int64_t waited_ns = t->stats->wait_ns;
	drop(t, SPAN_NONE);
	t->stats->wait_ns = waited_ns;
}

void gil_section_begin(struct gil_thread *t)
{
	if (!t->holding)
		misuse(__func__, t, "does not hold the lock: is it in a release section already?");
	gil_drop(t);
}

void gil_section_end(struct gil_thread *t)
{
	if (t->holding)
		misuse(__func__, t, "holds the lock: no release section was begun");
	take(t);
}

/* To wake another may cost this thread its core: from the drop to the take it waits. */
static void drop_and_take(struct gil_thread *t)
{
	int64_t contended_takes_n = t->stats->contended_takes_n;
	bool woke = drop_and_switch(t, SPAN_WAIT);
	take(t);
	bool contended = t->stats->contended_takes_n > contended_takes_n;
	if (t->dropped_ns == ABSENT || (!woke && !contended))
		return;
	int64_t taken_ns = t->slice_start_ns == ABSENT ? world_now_ns() : t->slice_start_ns;
	t->stats->wait_ns = t->waited_ns + taken_ns - t->dropped_ns;
}

static void note_check(struct gil_thread *t)
{
	PROBE(check, t);
	if (t->recorder)
		recorder_mark(t->recorder, SPAN_CHECK, world_now_ns(), 0);
}

void gil_yield(struct gil_thread *t)
{
	const struct handoff *handoff = t->gil->policy->handoff;
	if (!t->holding)
		misuse(__func__, t, "does not hold the lock");
	if (handoff->counts_waiters && world_load(&t->gil->waiting_n, RELAXED) == 0)
		return;
	note_check(t);
	if (!handoff->yield) {
		drop_and_take(t);
		return;
	}
	end_slice(t, SPAN_WAIT);
	t->holding = false;
	watched_note(&t->watched, DOING_TAKE);
	int64_t contended_since_ns = handoff->yield(t);
	t->holding = true;
	start_slice(t, contended_since_ns);
	watched_note(&t->watched, DOING_NOTHING);
}

static bool quantum_is_over(struct gil_thread *t)
{
	if (!(world_load(&t->breaker, RELAXED) & GIL_TIMER_TICK))
		return false;
	world_and(&t->breaker, ~(uint32_t)GIL_TIMER_TICK, RELAXED);
	return ++t->timer_ticks_n >= t->gil->ticks;
}

void gil_check(struct gil_thread *t)
{
	if (drop_is_requested(t) || quantum_is_over(t))
		gil_yield(t);
}

bool gil_section_begin_if_held(struct gil_thread *t)
{
	bool begun = t->holding;
	if (begun)
		gil_drop(t);
	return begun;
}

/* Also where the section released nothing: whoever took the lock inside must have dropped it. */
void gil_section_end_if(struct gil_thread *t, bool begun)
{
	if (t->holding)
		misuse(__func__, t, "holds the lock: taken inside, or the section ended before");
	if (begun)
		take(t);
}

/* The state is how many are open with this one, negative when the lock was held already. */
int gil_ensure(struct gil_thread *t)
{
	bool was_held = t->holding;
	if (!was_held)
		take(t);
	t->ensured_n++;
	return was_held ? -t->ensured_n : t->ensured_n;
}

void gil_release(struct gil_thread *t, int state)
{
	if (abs(state) != t->ensured_n || state == 0)
		misuse(__func__, t, "gives a state back twice or out of order");
	if (!t->holding)
		misuse(__func__, t, "does not hold the lock");
	t->ensured_n--;
	if (state > 0)
		gil_drop(t);
}
