/* world_virtual.c - events and tasks: who has its next step when.
 *
 * A task's steps take no time; between two of them it keeps its core busy for what it was charged.
 * The end of that is an event, as is a deadline, and one event is one step. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/random.h"
#include "world/simulation.h"
#include "world/virtual_process.h"
#include "world/virtual_schedule.h"
#include "world/virtual_stuck.h"

struct simulation sim;
struct virtual_cpu virtual_cpu;

/* So much a relaxed access may be ahead: no more than a core takes to see that another one changed
 * what it reads all the time, and to act on it.  On the machine of the presets a holder needs 0.4
 * to 2 us. */
static const int64_t ahead_ps = 900000;

struct task *task_self(void)
{
	return sim.self;
}

const struct machine_cost *virtual_costs(void)
{
	return sim.options->cost;
}

uint64_t virtual_random(void)
{
	return random_next(&sim.random);
}

struct task *world_end(int why)
{
	sim.is_over = true;
	sim.why = why;
	return NULL;
}

/* The running task may go so far ahead of the clock that nobody else has anything to do before, and
 * the world does not end. */
static void set_horizon(void)
{
	const struct core *c = &sim.cores[sim.self->core];
	int64_t end_ps = heap_second_key(&sim.events) - 1;
	end_ps = end_ps < sim.end_ps ? end_ps : sim.end_ps;
	if (c->queue.n && c->turn_ends_ps < end_ps)
		end_ps = c->turn_ends_ps;
	int64_t horizon_ps = is_exploring() ? -1 : end_ps - sim.now_ps;
	virtual_cpu.horizon_ps = horizon_ps;
	virtual_cpu.relaxed_horizon_ps = horizon_ps < 0		 ? horizon_ps
					 : horizon_ps < ahead_ps ? ahead_ps
								 : horizon_ps;
}

/* --- steps --- */

/* Words on stacks lie at the same place in each: so not by the lowest bits alone. */
static size_t bucket_of(const void *word)
{
	return (uintptr_t)word * UINT64_C(0x9e3779b97f4a7c15) >> (WORD_BITS - BUCKET_BITS);
}

static void leave_word(struct task *t)
{
	size_t bucket = bucket_of(t->word);
	*(t->previous ? &t->previous->next : &sim.buckets_first[bucket]) = t->next;
	*(t->next ? &t->next->previous : &sim.buckets_last[bucket]) = t->previous;
	t->word = NULL;
}

/* The task whose step is next, or NULL: the world has ended. */
static struct task *next_step(void)
{
	while (!sim.is_over) {
		if (sim.events.n == 0)
			return world_end(-EDEADLK);
		int64_t at_ps = heap_first_key(&sim.events);
		if (at_ps > sim.end_ps)
			return world_end(-ETIME);
		struct task *t = heap_first(&sim.events);
		sim.now_ps = at_ps;
		sim.counts.events_n++;
		if (t->state == TASK_BLOCKED) {
			if (stuck_time_over(t, at_ps))
				return world_end(-EDEADLK);
			leave_word(t);
			t->in_time = false;
			core_make_ready(t);
		} else if (sim.now_ps < t->busy_until_ps) {
			core_displace(t);
		} else if (sim.options->watch && !sim.options->watch(sim.options->context)) {
			return world_end(-ECANCELED);
		} else {
			return t;
		}
	}
	return NULL;
}

void task_yield(void)
{
	sim.self->priority = (int64_t)sim.order++ + INT32_MAX;
}

/* One that has no step any more, for now, lets others have theirs. */
static void go_on(struct task *from)
{
	struct task *to = next_step();
	sim.self = to;
	if (to)
		set_horizon();
	if (to != from)
		fiber_switch(&from->fiber, to ? &to->fiber : &sim.root);
	from->left_ps = 0;
}

/* What became the lowest has something left to do, or it would have its step before it loses its
 * core. */
static void disturb(struct task *t)
{
	bool strikes = schedule_strikes();
	if (!has_priorities()) {
		t->left_ps += strikes ? schedule_delay_ps() : 0;
		return;
	}
	if (strikes)
		task_yield();
	struct core *c = &sim.cores[t->core];
	bool is_first = c->queue.n == 0 || t->priority <= heap_first_key(&c->queue);
	c->turn_ends_ps = is_first ? forever_ps : sim.now_ps;
	t->left_ps += !is_first;
}

void virtual_settle(void)
{
	struct task *t = sim.self;
	struct core *c = &sim.cores[t->core];
	t->left_ps = virtual_cpu.debt_ps;
	virtual_cpu.debt_ps = 0;
	if (t->is_looking && virtual_cpu.worked_ps > 0)
		stuck_work(t);
	virtual_cpu.worked_ps = 0;
	if (sim.options->schedule != SCHEDULE_TIMED)
		disturb(t);
	t->busy_until_ps = sim.now_ps + t->left_ps;
	bool is_next = t->busy_until_ps < heap_second_key(&sim.events);
	if (is_next && (c->queue.n == 0 || t->busy_until_ps <= c->turn_ends_ps) &&
	    !is_exploring() && t->busy_until_ps <= sim.end_ps) {
		sim.now_ps = t->busy_until_ps;
		t->left_ps = 0;
		set_horizon();
		return;
	}
	sim.self = NULL;
	core_plan(c);
	go_on(t);
}

/* The horizon as it is now that others have been woken or started. */
static void look_again(void)
{
	if (sim.self)
		set_horizon();
}

int64_t task_cold_ps(void)
{
	bool is_cold = sim.self->is_cold;
	sim.self->is_cold = false;
	return is_cold ? 1000 * random_ns(sim.options->cost->cold_ns) : 0;
}

int64_t world_now_ns(void)
{
	virtual_point(sim.options->cost->clock_ps, virtual_cpu.horizon_ps);
	return (sim.now_ps + virtual_cpu.debt_ps) / 1000;
}

int32_t world_core(void)
{
	return (int32_t)sim.self->core;
}

uint32_t world_task(void)
{
	return sim.self->number;
}

/* By an eighth more or less, or 200 ns: threads that make calls of one length would get out of each
 * other's way for ever. */
void world_charge_about(int64_t ps)
{
	enum { PART = 8, MOST_PS = 200000 };
	int64_t off_ps = ps / PART < MOST_PS ? ps / PART : MOST_PS;
	world_charge(ps - off_ps + (int64_t)(virtual_random() % (uint64_t)(2 * off_ps + 1)));
}

/* A chunk at a time, as others come and go who share the bandwidth. */
void world_charge_memory(int64_t ps, int64_t bytes)
{
	enum { CHUNKS_N = 16 };
	__int128 ps_per_s = INT64_C(1000000000000), bytes_per_s = sim.options->cost->memory_mib_s;
	bytes_per_s *= 1 << 20;
	sim.self->shares_memory = true;
	sim.sharers_n++;
	for (int k = 0; k < CHUNKS_N; k++) {
		__int128 shared_ps = ps_per_s * bytes * sim.sharers_n / bytes_per_s;
		world_charge((ps > shared_ps ? ps : (int64_t)shared_ps) / CHUNKS_N);
		virtual_settle();
	}
	sim.sharers_n--;
	sim.self->shares_memory = false;
}

bool task_block(const void *word, const char *what, int64_t deadline_ns)
{
	static const int64_t long_ps = 1000000000;
	struct task *t = sim.self;
	int64_t began_ps = sim.now_ps;
	size_t bucket = bucket_of(word);
	core_account(t);
	t->state = TASK_BLOCKED;
	drop_event(t);
	t->word = word;
	t->what = what;
	stuck_block(t, deadline_ns == ABSENT || what == task_parked, deadline_ns != ABSENT);
	t->in_time = true;
	t->next = NULL;
	t->previous = sim.buckets_last[bucket];
	*(t->previous ? &t->previous->next : &sim.buckets_first[bucket]) = t;
	sim.buckets_last[bucket] = t;
	if (deadline_ns != ABSENT) {
		int64_t at_ps = ps_of(deadline_ns) + 1000 * sim.options->cost->slack_ns;
		set_event(t, at_ps > sim.now_ps ? at_ps : sim.now_ps);
	}
	sim.self = NULL;
	core_pass_on(t->core);
	go_on(t);
	t->is_cold = sim.now_ps - began_ps >= long_ps;
	return t->in_time;
}

int task_wake(const void *word, int most)
{
	int woken_n = 0;
	struct task *t = sim.buckets_first[bucket_of(word)];
	while (t && woken_n < most) {
		struct task *next = t->next;
		if (t->word == word) {
			stuck_wake(t);
			leave_word(t);
			drop_event(t);
			t->left_ps = 0;
			core_make_ready(t);
			woken_n++;
		}
		t = next;
	}
	look_again();
	return woken_n;
}

/* --- the lives of tasks --- */

static void forget(struct task *t)
{
	*(t->older ? &t->older->younger : &sim.oldest) = t->younger;
	*(t->younger ? &t->younger->older : &sim.youngest) = t->older;
	fiber_close(&t->fiber);
	free(t);
}

static void task_main(void *argument)
{
	struct task *t = argument;
	t->run(t->argument);
	world_charge(1000 * t->end_ns);
	virtual_settle();
	task_wake(t, INT32_MAX);
	core_account(t);
	t->state = TASK_ENDED;
	drop_event(t);
	stuck_end(t);
	sim.self = NULL;
	core_pass_on(t->core);
	go_on(t);
}

static int open_task(struct task *t)
{
	int failed = heap_reserve(&sim.events, (size_t)stuck_living_n() + 1);
	return failed ? failed : fiber_open(&t->fiber, task_main, t);
}

static struct task *task_new(void *(*run)(void *argument), void *argument)
{
	struct task *t = calloc(1, sizeof *t);
	if (!t)
		return NULL;
	if (open_task(t)) {
		free(t);
		return NULL;
	}
	t->run = run;
	t->argument = argument;
	t->core = t->ran_on = sim.self ? sim.self->core : 0;
	t->process = sim.self ? sim.self->process : NULL;
	t->used_ps = sim.cores[t->core].most_used_ps;
	t->priority = (int64_t)(virtual_random() % INT32_MAX);
	t->older = sim.youngest;
	*(t->older ? &t->older->younger : &sim.oldest) = t;
	sim.youngest = t;
	t->number = (uint32_t)++sim.counts.threads_n;
	stuck_begin(t);
	return t;
}

int task_start(void *(*run)(void *argument), void *argument, int64_t start_ns, int64_t end_ns,
	       struct task **t)
{
	virtual_settle();
	struct task *fresh = task_new(run, argument);
	if (!fresh)
		return -ENOMEM;
	fresh->left_ps = 1000 * start_ns;
	fresh->end_ns = end_ns;
	*t = fresh;
	core_make_ready(fresh);
	look_again();
	return 0;
}

void task_free(struct task *t)
{
	forget(t);
}

void task_discard(struct task *t)
{
	sim.sharers_n -= t->shares_memory && t->state == TASK_ON_CORE;
	if (t->state != TASK_ENDED)
		stuck_end(t);
	if (t->state == TASK_BLOCKED)
		leave_word(t);
	drop_event(t);
	if (t->state == TASK_READY)
		core_forget(t);
	if (t->state == TASK_ON_CORE)
		core_pass_on(t->core);
	look_again();
	forget(t);
}

struct virtual_counts virtual_counts(void)
{
	struct virtual_counts counts = sim.counts;
	counts.now_ns = sim.now_ps / 1000;
	return counts;
}

const struct task *virtual_self(void)
{
	return sim.self;
}

bool virtual_is_blocked(const struct task *t)
{
	return t->state == TASK_BLOCKED;
}

bool virtual_lacks_core(const struct task *t)
{
	return t->state == TASK_READY;
}

int64_t virtual_now_ns(void)
{
	return (sim.now_ps + virtual_cpu.debt_ps) / 1000;
}

bool virtual_waiting_nth(size_t k, struct virtual_wait *wait)
{
	const struct task *t = sim.oldest;
	for (; t; t = t->younger)
		if (t->state == TASK_BLOCKED && t->awaits_others && k-- == 0)
			break;
	if (t)
		*wait = (struct virtual_wait){
			.argument = t->argument,
			.word = t->word,
			.what = t->what,
			.since_ns = t->since_ps / 1000,
		};
	return t;
}

/* --- worlds --- */

static void *run_main(void *unused)
{
	sim.main(sim.argument);
	sim.is_over = true;
	return unused;
}

static int open_world(const struct virtual_options *options)
{
	sim = (struct simulation){.options = options};
	sim.random = options->seed;
	sim.end_ps = options->end_ns == ABSENT ? forever_ps : ps_of(options->end_ns);
	if (cores_open(options->cores_n))
		return -ENOMEM;
	stuck_open();
	if (options->schedule != SCHEDULE_TIMED)
		schedule_open(options->schedule);
	virtual_cpu = (struct virtual_cpu){.load_ps = options->cost->load_ps,
					   .atomic_ps = options->cost->atomic_ps};
	return 0;
}

/* The tasks stay until the next world, for who asks what they waited for. */
static void close_world(void)
{
	cores_close();
	heap_close(&sim.events);
	files_forget();
	virtual_lines_forget();
	sim.options = NULL;
}

static void forget_all(void)
{
	while (sim.oldest)
		forget(sim.oldest);
}

int virtual_run(const struct virtual_options *options, void (*main)(void *argument),
		void *argument, struct error *err)
{
	forget_all();
	struct task *first = NULL;
	if (!open_world(options))
		first = task_new(run_main, NULL);
	if (!first) {
		close_world();
		return error_set(err, -ENOMEM, "a virtual world: no memory");
	}
	sim.main = main;
	sim.argument = argument;
	core_occupy(0, first, 0);
	sim.self = next_step();
	set_horizon();
	fiber_adopt(&sim.root);
	fiber_switch(&sim.root, &sim.self->fiber);
	close_world();
	if (sim.why == -ENOMEM)
		error_set(err, -ENOMEM, "a virtual world, with %" PRId64 " threads: no memory",
			  sim.counts.threads_n);
	if (sim.why == -EDEADLK)
		error_set(err, sim.why, "a virtual world: all threads wait for each other");
	if (sim.why == -ECANCELED)
		error_set(err, sim.why, "a virtual world: ended by who watched it");
	if (sim.why == -ETIME)
		error_set(err, sim.why, "a virtual world: must end within %" PRId64 " s",
			  sim.end_ps / 1000000000000);
	return sim.why;
}
