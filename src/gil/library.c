/* library.c - gil.h for other programs: include/gilsim/gil.h tells the contract.
 *
 * What it adds is memory, totals of threads that have ended, and check points that look at
 * the policy, which the interpreter's loop was compiled for. */
#include <gilsim/gil.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gil/gil.h"

struct gilsim_lock {
	struct gil gil;
	struct mutex mutex; /* guards what is below */
	int64_t threads_n;
	struct gil_stats ended;
};

struct gilsim_thread {
	struct gil_thread gil;
	struct gilsim_lock *lock;
	struct gil_stats stats;
	char name[];
};

_Static_assert(GILSIM_ABSENT == ABSENT, "one word for absent");
_Static_assert(sizeof(struct gilsim_error) == sizeof(struct error), "one kind of error");
#define ERROR(err) ((struct error *)(err))

static const int64_t day_ns = INT64_C(86400000000000);

/* Zeroed, and aligned as the lock's words are; NULL: no memory. */
static void *allocate(size_t size_bytes)
{
	size_t size = (size_bytes + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES * CACHE_LINE_BYTES;
	void *memory = aligned_alloc(CACHE_LINE_BYTES, size);
	return memory ? memset(memory, 0, size) : NULL;
}

bool gilsim_policy_at(size_t k, struct gilsim_policy *policy)
{
	if (k >= gil_policies_n)
		return false;
	const struct gil_policy *p = &gil_policies[k];
	*policy = (struct gilsim_policy){
		.name = p->name,
		.help = p->help,
		.source = p->source,
		.interval_ns = p->interval_ns,
		.ticks = p->ticks,
	};
	return true;
}

static int refuse_policy(const char *name, struct error *err)
{
	char names[160] = "";
	for (size_t k = 0, length = 0; k < gil_policies_n && length < sizeof names; k++)
		length += (size_t)snprintf(names + length, sizeof names - length, "%s%s",
					   k ? ", " : "", gil_policies[k].name);
	return error_set(err, -EINVAL, "policy '%.40s': must be one of %s", name, names);
}

static int check_range(const char *what, int64_t value, int64_t least, int64_t most,
		       struct error *err)
{
	if (value == ABSENT || (value >= least && value <= most))
		return 0;
	return error_set(err, -EINVAL,
			 "%s: %" PRId64 " must be from %" PRId64 " to %" PRId64
			 ", or GILSIM_ABSENT",
			 what, value, least, most);
}

int gilsim_open(struct gilsim_lock **lock, const char *policy_name, int64_t interval_ns,
		int64_t ticks, struct gilsim_error *err)
{
	const struct gil_policy *policy = gil_policy_find(policy_name);
	*lock = NULL;
	int failed = policy ? 0 : refuse_policy(policy_name, ERROR(err));
	if (!failed)
		failed = check_range("interval_ns", interval_ns, 1000, day_ns, ERROR(err));
	if (!failed)
		failed = check_range("ticks", ticks, 1, ABSENT - 1, ERROR(err));
	if (failed)
		return failed;
	struct gilsim_lock *l = allocate(sizeof *l);
	failed = l ? gil_open(&l->gil, policy, interval_ns, ticks) : -ENOMEM;
	if (failed) {
		free(l);
		return error_set(ERROR(err), failed, "policy %s: %s", policy_name,
				 strerror(-failed));
	}
	*lock = l;
	return 0;
}

void gilsim_close(struct gilsim_lock *lock)
{
	if (!lock)
		return;
	if (lock->threads_n) {
		fprintf(stderr, "gilsim: fatal: %s: threads that have not detached: %" PRId64 "\n",
			__func__, lock->threads_n);
		abort();
	}
	gil_close(&lock->gil);
	free(lock);
}

int gilsim_attach(struct gilsim_thread **thread, struct gilsim_lock *lock, const char *name,
		  struct gilsim_error *err)
{
	size_t name_bytes = strlen(name) + 1;
	struct gilsim_thread *t = allocate(sizeof *t + name_bytes);
	*thread = t;
	if (!t)
		return error_set(ERROR(err), -ENOMEM, "thread '%.40s': no memory", name);
	memcpy(t->name, name, name_bytes);
	t->lock = lock;
	gil_attach(&t->gil, &lock->gil, t->name, ACCOUNTING_COUNTS, &t->stats);
	mutex_lock(&lock->mutex);
	lock->threads_n++;
	mutex_unlock(&lock->mutex);
	return 0;
}

static void add_stats(struct gil_stats *sum, const struct gil_stats *s)
{
	sum->takes_n += s->takes_n;
	sum->contended_takes_n += s->contended_takes_n;
	sum->switches_n += s->switches_n;
	sum->drop_requests_n += s->drop_requests_n;
	sum->forced_switches_n += s->forced_switches_n;
	sum->wait_ns += s->wait_ns;
	histogram_merge(&sum->waits, &s->waits);
}

void gilsim_detach(struct gilsim_thread *thread)
{
	struct gilsim_lock *lock = thread->lock;
	if (thread->gil.holding)
		gil_detach(&thread->gil);
	mutex_lock(&lock->mutex);
	add_stats(&lock->ended, &thread->stats);
	lock->threads_n--;
	mutex_unlock(&lock->mutex);
	free(thread);
}

/* A thread's first take is a switch, also when its memory was that of the last holder, which
 * the lock tells from others by its address. */
static void count_first_switch(struct gilsim_thread *thread)
{
	if (thread->stats.takes_n == 1)
		thread->stats.switches_n = 1;
}

void gilsim_take(struct gilsim_thread *thread)
{
	gil_take(&thread->gil);
	count_first_switch(thread);
}

void gilsim_drop(struct gilsim_thread *thread)
{
	gil_drop(&thread->gil);
}

void gilsim_check(struct gilsim_thread *thread)
{
	struct gil_thread *t = &thread->gil;
	enum preemption preemption = t->gil->policy->preemption;
	bool is_due = preemption == PREEMPT_ALWAYS ||
		      (preemption == PREEMPT_TICKS && gil_tick_is_due(t->gil));
	if (is_due)
		gil_yield(t);
	else if (world_load(&t->breaker, RELAXED))
		gil_check(t);
}

void gilsim_section_begin(struct gilsim_thread *thread)
{
	gil_section_begin(&thread->gil);
}

void gilsim_section_end(struct gilsim_thread *thread)
{
	gil_section_end(&thread->gil);
}

bool gilsim_section_begin_if_held(struct gilsim_thread *thread)
{
	return gil_section_begin_if_held(&thread->gil);
}

void gilsim_section_end_if(struct gilsim_thread *thread, bool begun)
{
	gil_section_end_if(&thread->gil, begun);
}

int gilsim_ensure(struct gilsim_thread *thread)
{
	int state = gil_ensure(&thread->gil);
	count_first_switch(thread);
	return state;
}

void gilsim_release(struct gilsim_thread *thread, int state)
{
	gil_release(&thread->gil, state);
}

static struct gilsim_stats figures_of(const struct gil_stats *s)
{
	return (struct gilsim_stats){
		.takes_n = s->takes_n,
		.contended_takes_n = s->contended_takes_n,
		.switches_n = s->switches_n,
		.drop_requests_n = s->drop_requests_n,
		.forced_switches_n = s->forced_switches_n,
		.wait_total_ns = s->wait_ns,
		.wait_p50_ns = histogram_percentile(&s->waits, 0.5),
		.wait_p99_ns = histogram_percentile(&s->waits, 0.99),
		.wait_max_ns = s->waits.n ? s->waits.max_ns : ABSENT,
	};
}

void gilsim_thread_stats(const struct gilsim_thread *thread, struct gilsim_stats *stats)
{
	*stats = figures_of(&thread->stats);
}

void gilsim_lock_stats(struct gilsim_lock *lock, struct gilsim_stats *stats)
{
	mutex_lock(&lock->mutex);
	*stats = figures_of(&lock->ended);
	mutex_unlock(&lock->mutex);
}
