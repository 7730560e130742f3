#include "gil/gil.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct gil_policy gil_policies[] = {
#define POLICY(NAME, text, at, preempt, hand, forced, interval, tick, divisor, helps, from) \
	{.name = text, .check_points = CHECK_AT_##at, .preemption = PREEMPT_##preempt, \
	 .handoff = HANDOFF_##hand, .forced_switching = forced, .interval_ns = interval, \
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

void gil_init(struct gil *g, const struct gil_policy *policy, int64_t interval_ns, int64_t ticks)
{
	*g = (struct gil){
		.policy = policy,
		.interval_ns = interval_ns == ABSENT ? policy->interval_ns : interval_ns,
		.ticks = ticks == ABSENT ? policy->ticks : ticks,
		.semaphore.value = 1,
	};
	g->ticker = g->ticks;
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

static _Noreturn void misuse(const char *function, const struct gil_thread *t, const char *why)
{
	fprintf(stderr, "gilsim: fatal: %s: thread '%s' %s\n", function, t->name, why);
	abort();
}

static int64_t clock_if_accounting(const struct gil_thread *t)
{
	return t->accounting == ACCOUNTING_OFF ? 0 : world_now_ns();
}

static void start_slice(struct gil_thread *t, int64_t contended_since_ns)
{
	t->stats->takes_n++;
	t->slice_start_ns = ABSENT;
	if (contended_since_ns != ABSENT) {
		t->stats->contended_takes_n++;
		if (t->accounting == ACCOUNTING_OFF)
			return;
		int64_t now_ns = world_now_ns();
		t->stats->wait_ns += now_ns - contended_since_ns;
		histogram_add(&t->stats->waits, now_ns - contended_since_ns);
		t->slice_start_ns = now_ns;
	} else if (t->accounting == ACCOUNTING_FULL) {
		t->slice_start_ns = world_now_ns();
	}
}

static void time_drop(struct gil_thread *t)
{
	if (t->accounting == ACCOUNTING_OFF || t->dropped_ns != ABSENT)
		return;
	t->dropped_ns = world_now_ns();
	t->waited_ns = t->stats->wait_ns;
}

static void end_slice(struct gil_thread *t)
{
	t->dropped_ns = ABSENT;
	if (t->slice_start_ns == ABSENT)
		return;
	time_drop(t);
	histogram_add(&t->stats->holds, t->dropped_ns - t->slice_start_ns);
}

/* Under the mutex.  A waiter asks the holder to drop only when a whole interval went by
 * with the lock held and without any switch; any switch gives a fresh, full interval. */
static void wait_until_free(struct gil_thread *t)
{
	struct gil *g = t->gil;
	bool requests = g->policy->preemption == PREEMPT_REQUEST;
	while (g->locked) {
		uint64_t switch_number = g->switch_number;
		int64_t deadline_ns = requests ? world_now_ns() + g->interval_ns : ABSENT;
		bool in_time = condition_wait(&g->freed, &g->mutex, deadline_ns);
		if (!in_time && g->locked && g->switch_number == switch_number) {
			world_or(&g->last_holder->breaker, GIL_DROP_REQUEST, RELAXED);
			t->stats->drop_requests_n++;
		}
	}
}

static bool drop_is_requested(struct gil_thread *t)
{
	return world_load(&t->breaker, RELAXED) & GIL_DROP_REQUEST;
}

static void clear_request(struct gil_thread *t)
{
	if (drop_is_requested(t))
		world_and(&t->breaker, ~(uint32_t)GIL_DROP_REQUEST, RELAXED);
}

/* Time lost to another thread at the lock's own mutex is waiting, too. */
static void lock_mutex(struct gil_thread *t)
{
	struct gil *g = t->gil;
	if (mutex_try(&g->mutex))
		return;
	int64_t began_ns = clock_if_accounting(t);
	mutex_lock(&g->mutex);
	t->stats->wait_ns += clock_if_accounting(t) - began_ns;
}

/* last_holder is written under both mutexes, so that a dropper that waits for a switch
 * under the second one cannot miss it. */
static int64_t take_by_condition(struct gil_thread *t)
{
	struct gil *g = t->gil;
	int64_t contended_since_ns = ABSENT;
	lock_mutex(t);
	if (g->locked) {
		contended_since_ns = clock_if_accounting(t);
		wait_until_free(t);
	}
	mutex_lock(&g->switch_mutex);
	g->locked = true;
	if (g->last_holder != t) {
		g->last_holder = t;
		g->switch_number++;
		t->stats->switches_n++;
	}
	condition_signal(&g->switched);
	mutex_unlock(&g->switch_mutex);
	clear_request(t);
	mutex_unlock(&g->mutex);
	return contended_since_ns;
}

static bool drop_by_condition(struct gil_thread *t, bool yields)
{
	struct gil *g = t->gil;
	lock_mutex(t);
	bool wakes = g->freed.first || mutex_is_waited_for(&g->mutex);
	if (yields && wakes)
		time_drop(t);
	g->locked = false;
	condition_signal(&g->freed);
	mutex_unlock(&g->mutex);
	return wakes;
}

/* Forced switching: whoever was asked to drop waits, untimed and once, until another
 * thread has taken the lock; the asker itself is waiting for it, so one will. */
static void wait_for_switch(struct gil_thread *t)
{
	struct gil *g = t->gil;
	mutex_lock(&g->switch_mutex);
	if (g->last_holder == t) {
		int64_t began_ns = clock_if_accounting(t);
		clear_request(t);
		t->stats->forced_switches_n++;
		condition_wait(&g->switched, &g->switch_mutex, ABSENT);
		t->stats->wait_ns += clock_if_accounting(t) - began_ns;
	}
	mutex_unlock(&g->switch_mutex);
}

static bool drop_by_semaphore(struct gil_thread *t, bool yields)
{
	struct gil *g = t->gil;
	bool wakes = world_load(&g->semaphore.waiters, RELAXED);
	if (yields && wakes)
		time_drop(t);
	semaphore_post(&g->semaphore);
	return wakes;
}

/* The semaphore has no mutex to count switches under; its holder owns last_holder. */
static int64_t take_by_semaphore(struct gil_thread *t)
{
	struct gil *g = t->gil;
	int64_t contended_since_ns = ABSENT;
	if (!semaphore_try(&g->semaphore)) {
		contended_since_ns = clock_if_accounting(t);
		semaphore_wait(&g->semaphore);
	}
	if (g->last_holder != t) {
		g->last_holder = t;
		g->switch_number++;
		t->stats->switches_n++;
	}
	return contended_since_ns;
}

static void take(struct gil_thread *t)
{
	int kept_errno = errno;
	bool by_condition = t->gil->policy->handoff == HANDOFF_CONDITION;
	int64_t contended_since_ns = by_condition ? take_by_condition(t) : take_by_semaphore(t);
	t->holding = true;
	start_slice(t, contended_since_ns);
	errno = kept_errno;
}

/* Waking another may cost the dropper its core.  One that yields, to take the lock again
 * at once, waits from then on: so it reads the clock before it wakes.  True when it did. */
static bool drop(struct gil_thread *t, bool yields)
{
	bool by_condition = t->gil->policy->handoff == HANDOFF_CONDITION;
	end_slice(t);
	t->holding = false;
	return by_condition ? drop_by_condition(t, yields) : drop_by_semaphore(t, yields);
}

static bool drop_and_switch(struct gil_thread *t, bool yields)
{
	bool woke = drop(t, yields);
	if (t->gil->policy->forced_switching && drop_is_requested(t))
		wait_for_switch(t);
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
	drop_and_switch(t, false);
}

void gil_detach(struct gil_thread *t)
{
	if (!t->holding)
		misuse(__func__, t, "does not hold the lock");
	int64_t waited_ns = t->stats->wait_ns;
	drop(t, false);
	t->stats->wait_ns = waited_ns; /* at the mutex: it waits for the lock no more */
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

/* When another wanted the lock, all from the drop to the take is waiting, also for a core. */
void gil_yield(struct gil_thread *t)
{
	if (!t->holding)
		misuse(__func__, t, "does not hold the lock");
	int64_t contended_takes_n = t->stats->contended_takes_n;
	bool woke = drop_and_switch(t, true);
	take(t);
	bool contended = t->stats->contended_takes_n > contended_takes_n;
	if (t->dropped_ns == ABSENT || (!woke && !contended))
		return;
	int64_t taken_ns = t->slice_start_ns == ABSENT ? world_now_ns() : t->slice_start_ns;
	t->stats->wait_ns = t->waited_ns + taken_ns - t->dropped_ns;
}

void gil_check(struct gil_thread *t)
{
	if (drop_is_requested(t))
		gil_yield(t);
}
