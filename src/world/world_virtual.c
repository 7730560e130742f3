/* world_virtual.c - events, cores and tasks: who has its next step when.
 *
 * A task's steps take no time; between two of them it keeps its core busy for what it was charged.
 * The end of that is an event, as is a deadline, and one event is one step.  Cores are shared as by
 * Linux's fair scheduler, simplified: of those ready on a core the one that had least goes next,
 * for a quantum; who slept is a little ahead; a core without anybody takes from the longest queue.
 * Whoever looks for a free core first looks where it ran last. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "world/virtual_process.h"
#include "world/virtual_schedule.h"

struct core {
	struct task *running; /* or about to; NULL: idle */
	struct heap queue;    /* of ready ones, by what they used */
	int64_t turn_ends_ps; /* of the running one, when there is a queue */
	int64_t least_ps;     /* what all in the queue have used at least, about */
};

enum { BUCKETS_N = 4096, WORD_BITS = 64 };

static struct simulation {
	const struct virtual_options *options;
	struct task *self;
	int64_t now_ps, end_ps;
	struct heap events;
	uint64_t order; /* of events, so far */
	struct core *cores;
	uint64_t *idle; /* a bit for each core */
	int64_t queued_n;
	struct task *buckets_first[BUCKETS_N], *buckets_last[BUCKETS_N];
	struct task *oldest, *youngest;
	uint64_t random;
	struct fiber root;
	int64_t sharers_n; /* tasks that go through memory */
	/* Those that live, and those of them that wait for others; when last all of them did, and
	 * one looked again; how often that has been in vain. */
	int64_t living_n, stuck_n, stuck_ps, vain_n;
	bool is_over;
	int why; /* it is, other than by main's return */
	struct virtual_counts counts;
	void (*main)(void *argument);
	void *argument;
} sim;

struct virtual_cpu virtual_cpu;

/* So much a relaxed access may be late: far less than anything that waits for it. */
static const int64_t ahead_ps = 2000000, long_ps = 1000000000, forever_ps = INT64_MAX / 4;

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

static int64_t ps_of(int64_t ns)
{
	return ns < forever_ps / 1000 ? ns * 1000 : forever_ps;
}

static int64_t random_ns(int64_t most_ns)
{
	return most_ns > 0 ? (int64_t)(virtual_random() % (uint64_t)(most_ns + 1)) : 0;
}

static bool is_exploring(void)
{
	return sim.options->watch || sim.options->schedule != SCHEDULE_TIMED;
}

static bool has_priorities(void)
{
	return sim.options->schedule == SCHEDULE_PRIORITIES;
}

/* --- events --- */

static void set_event(struct task *t, int64_t key_ps)
{
	if (t->has_event)
		heap_move(&sim.events, t, key_ps);
	else
		heap_push(&sim.events, key_ps, sim.order++, t);
	t->has_event = true;
}

static void drop_event(struct task *t)
{
	if (t->has_event)
		heap_remove(&sim.events, t);
	t->has_event = false;
}

/* The running task may go so far ahead of the clock that nobody else has anything to do before. */
static void set_horizon(void)
{
	const struct core *c = &sim.cores[sim.self->core];
	int64_t end_ps = sim.events.n ? sim.events.entries[0].key - 1 : forever_ps;
	if (c->queue.n && c->turn_ends_ps < end_ps)
		end_ps = c->turn_ends_ps;
	int64_t horizon_ps = is_exploring() ? -1 : end_ps - sim.now_ps;
	virtual_cpu.horizon_ps = horizon_ps;
	virtual_cpu.relaxed_horizon_ps = horizon_ps < 0		 ? horizon_ps
					 : horizon_ps < ahead_ps ? ahead_ps
								 : horizon_ps;
}

/* --- cores --- */

static void set_idle(int64_t core, bool is_idle)
{
	uint64_t bit = UINT64_C(1) << core % WORD_BITS;
	if (is_idle)
		sim.idle[core / WORD_BITS] |= bit;
	else
		sim.idle[core / WORD_BITS] &= ~bit;
}

/* A core that has nobody, the task's last one if possible, or ABSENT. */
static int64_t find_idle(const struct task *t)
{
	if (!sim.cores[t->core].running)
		return t->core;
	for (int64_t k = 0; k <= (sim.options->cores_n - 1) / WORD_BITS; k++)
		if (sim.idle[k])
			return k * WORD_BITS + __builtin_ctzll(sim.idle[k]);
	return ABSENT;
}

static int64_t any_core(void)
{
	return (int64_t)(virtual_random() % (uint64_t)sim.options->cores_n);
}

static int64_t queue_key(const struct task *t)
{
	return has_priorities() ? t->priority : t->used_ps;
}

/* When the one that has the core gives it up, or has its next step. */
static void plan(struct core *c)
{
	struct task *t = c->running;
	int64_t at_ps = t->busy_until_ps;
	if (c->queue.n && c->turn_ends_ps < at_ps)
		at_ps = c->turn_ends_ps;
	if (t != sim.self)
		set_event(t, at_ps > sim.now_ps ? at_ps : sim.now_ps);
}

/* What it used counts from where others on that core are. */
static void move_to(struct task *t, int64_t core)
{
	t->used_ps += sim.cores[core].least_ps - sim.cores[t->core].least_ps;
	t->core = core;
}

static struct task *end_world(int why)
{
	sim.is_over = true;
	sim.why = why;
	return NULL;
}

static void enqueue(struct core *c, struct task *t)
{
	t->state = TASK_READY;
	t->since_ps = sim.now_ps;
	if (heap_reserve(&c->queue, c->queue.n + 1)) {
		end_world(-ENOMEM);
		return;
	}
	heap_push(&c->queue, queue_key(t), sim.order++, t);
	sim.queued_n++;
}

/* From `from_ps` on the core is the task's. */
static void occupy(int64_t core, struct task *t, int64_t from_ps)
{
	const struct machine_cost *cost = sim.options->cost;
	struct core *c = &sim.cores[core];
	bool moves = t->core != core;
	sim.counts.migrations_n += moves;
	if (moves)
		move_to(t, core);
	c->running = t;
	set_idle(core, false);
	t->state = TASK_ON_CORE;
	t->since_ps = from_ps;
	t->busy_until_ps = from_ps + t->left_ps + 1000 * (moves ? cost->migrate_ns : cost->switch_ns);
	c->turn_ends_ps = from_ps + 1000 * cost->quantum_ns;
	plan(c);
}

static struct task *dequeue(struct core *c)
{
	struct task *t = heap_pop(&c->queue);
	sim.queued_n--;
	t->queued_ps += sim.now_ps - t->since_ps;
	return t;
}

/* The next one from the longest queue. */
static struct task *steal(void)
{
	struct core *longest = sim.cores;
	for (int64_t k = 1; k < sim.options->cores_n; k++)
		if (sim.cores[k].queue.n > longest->queue.n)
			longest = &sim.cores[k];
	sim.counts.steals_n++;
	return dequeue(longest);
}

static void give_core_to_next(int64_t core)
{
	struct core *c = &sim.cores[core];
	c->running = NULL;
	if (c->queue.n)
		occupy(core, dequeue(c), sim.now_ps);
	else if (sim.queued_n)
		occupy(core, steal(), sim.now_ps);
	else
		set_idle(core, true);
}

/* What it had of its core so far. */
static void account(struct task *t)
{
	struct core *c = &sim.cores[t->core];
	int64_t had_ps = sim.now_ps - t->since_ps;
	t->used_ps += had_ps > 0 ? had_ps : 0;
	t->since_ps = sim.now_ps;
	if (t->used_ps > c->least_ps)
		c->least_ps = t->used_ps;
}

/* At the end of its turn, with something still to do: another has its core.  Where more wait than
 * elsewhere, it goes elsewhere. */
static void displace(struct task *t)
{
	int64_t core = t->core, other = any_core();
	struct core *c = &sim.cores[core];
	t->left_ps = t->busy_until_ps - sim.now_ps;
	account(t);
	if (c->queue.n == 0) {
		c->turn_ends_ps = sim.now_ps + 1000 * sim.options->cost->quantum_ns;
		plan(c);
		return;
	}
	sim.counts.preemptions_n++;
	if (sim.cores[other].queue.n < c->queue.n && other != core) {
		sim.counts.migrations_n++;
		move_to(t, other);
	}
	enqueue(&sim.cores[t->core], t);
	if (t->core != core)
		plan(&sim.cores[t->core]);
	give_core_to_next(core);
}

/* Whether one that is ready takes the core from the one that has it: it was first, or, among
 * equals in rank, it had clearly less. */
static bool goes_before(const struct task *t, const struct task *running)
{
	if (has_priorities())
		return t->priority < running->priority;
	int64_t used_ps = running->used_ps + sim.now_ps - running->since_ps;
	return used_ps - t->used_ps > 1000 * sim.options->cost->credit_ns / 3;
}

/* However long it slept, it is not ahead of others by more than that. */
static void limit_credit(struct task *t)
{
	int64_t least_ps = sim.cores[t->core].least_ps - 1000 * sim.options->cost->credit_ns;
	t->used_ps = t->used_ps > least_ps ? t->used_ps : least_ps;
}

static void make_ready(struct task *t)
{
	const struct machine_cost *cost = sim.options->cost;
	int64_t core = find_idle(t), late_ps = 1000 * random_ns(cost->jitter_ns);
	if (core != ABSENT) {
		limit_credit(t);
		occupy(core, t, sim.now_ps + 1000 * cost->idle_ns + late_ps);
		return;
	}
	core = any_core();
	if (sim.cores[core].queue.n < sim.cores[t->core].queue.n)
		move_to(t, core);
	limit_credit(t);
	struct core *c = &sim.cores[t->core];
	enqueue(c, t);
	int64_t displaced_ps = sim.now_ps + 1000 * cost->preempt_ns + late_ps;
	if (goes_before(t, c->running) && c->turn_ends_ps > displaced_ps)
		c->turn_ends_ps = displaced_ps;
	plan(c);
}

/* --- steps --- */

static void leave_word(struct task *t)
{
	size_t bucket = (uintptr_t)t->word / sizeof(uint32_t) % BUCKETS_N;
	*(t->previous ? &t->previous->next : &sim.buckets_first[bucket]) = t->next;
	*(t->next ? &t->next->previous : &sim.buckets_last[bucket]) = t->previous;
	t->word = NULL;
	sim.stuck_n -= t->awaits_others;
}

/* Of one whose time is over: what it sees when it looks again is as it was, unless it itself has
 * woken somebody since all waited.  So it has been many times, for each of all. */
static bool looks_in_vain(void)
{
	enum { ENOUGH = 64 };
	if (sim.stuck_n < sim.living_n) {
		sim.vain_n = 0;
		return false;
	}
	sim.stuck_ps = sim.now_ps;
	return ++sim.vain_n > ENOUGH * sim.living_n;
}

/* The task whose step is next, or NULL: the world has ended. */
static struct task *next_step(void)
{
	while (!sim.is_over) {
		if (sim.events.n == 0)
			return end_world(-EDEADLK);
		int64_t at_ps = sim.events.entries[0].key;
		if (at_ps > sim.end_ps)
			return end_world(-ETIME);
		struct task *t = heap_pop(&sim.events);
		t->has_event = false;
		sim.now_ps = at_ps;
		sim.counts.events_n++;
		if (t->state == TASK_BLOCKED) {
			if (looks_in_vain())
				return end_world(-EDEADLK);
			leave_word(t);
			t->in_time = false;
			make_ready(t);
		} else if (sim.now_ps < t->busy_until_ps) {
			displace(t);
		} else if (sim.options->watch && !sim.options->watch(sim.options->context)) {
			return end_world(-ECANCELED);
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
	bool is_first = c->queue.n == 0 || t->priority <= c->queue.entries[0].key;
	c->turn_ends_ps = is_first ? forever_ps : sim.now_ps;
	t->left_ps += !is_first;
}

void virtual_settle(void)
{
	struct task *t = sim.self;
	struct core *c = &sim.cores[t->core];
	t->left_ps = virtual_cpu.debt_ps;
	virtual_cpu.debt_ps = 0;
	if (sim.options->schedule != SCHEDULE_TIMED)
		disturb(t);
	t->busy_until_ps = sim.now_ps + t->left_ps;
	bool is_next = sim.events.n == 0 || t->busy_until_ps < sim.events.entries[0].key;
	if (is_next && (c->queue.n == 0 || t->busy_until_ps <= c->turn_ends_ps) &&
	    !is_exploring() && t->busy_until_ps <= sim.end_ps) {
		sim.now_ps = t->busy_until_ps;
		t->left_ps = 0;
		set_horizon();
		return;
	}
	sim.self = NULL;
	plan(c);
	go_on(t);
}

/* The horizon as it is now that others have been woken or started. */
static void look_again(void)
{
	if (sim.self)
		set_horizon();
}

int64_t task_cold_ps(enum call call)
{
	if (!(sim.self->cold & call))
		return 0;
	sim.self->cold &= ~call;
	return 1000 * random_ns(sim.options->cost->cold_ns);
}

int64_t world_now_ns(void)
{
	world_charge(task_cold_ps(CALL_CLOCK));
	virtual_point(sim.options->cost->clock_ps, virtual_cpu.horizon_ps);
	return (sim.now_ps + virtual_cpu.debt_ps) / 1000;
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
	struct task *t = sim.self;
	size_t bucket = (uintptr_t)word / sizeof(uint32_t) % BUCKETS_N;
	account(t);
	t->state = TASK_BLOCKED;
	t->word = word;
	t->what = what;
	t->awaits_others = deadline_ns == ABSENT || what == task_parked;
	sim.stuck_n += t->awaits_others;
	t->in_time = true;
	t->next = NULL;
	t->previous = sim.buckets_last[bucket];
	*(t->previous ? &t->previous->next : &sim.buckets_first[bucket]) = t;
	sim.buckets_last[bucket] = t;
	if (deadline_ns != ABSENT) {
		int64_t late_ns = sim.options->cost->slack_ns + random_ns(sim.options->cost->late_ns);
		int64_t at_ps = ps_of(deadline_ns) + 1000 * late_ns;
		set_event(t, at_ps > sim.now_ps ? at_ps : sim.now_ps);
	}
	sim.self = NULL;
	give_core_to_next(t->core);
	int64_t began_ps = sim.now_ps;
	go_on(t);
	if (sim.now_ps - began_ps >= long_ps)
		t->cold = CALLS_ALL;
	return t->in_time;
}

int task_wake(const void *word, int most)
{
	int woken_n = 0;
	struct task *t = sim.buckets_first[(uintptr_t)word / sizeof(uint32_t) % BUCKETS_N];
	while (t && woken_n < most) {
		struct task *next = t->next;
		if (t->word == word) {
			if (t->since_ps <= sim.stuck_ps)
				sim.vain_n = 0;
			leave_word(t);
			drop_event(t);
			t->left_ps = 0;
			make_ready(t);
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
	account(t);
	t->state = TASK_ENDED;
	sim.living_n--;
	sim.self = NULL;
	give_core_to_next(t->core);
	go_on(t);
}

static int open_task(struct task *t)
{
	int failed = heap_reserve(&sim.events, (size_t)sim.counts.threads_n + 1);
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
	t->core = sim.self ? sim.self->core : 0;
	t->process = sim.self ? sim.self->process : NULL;
	t->used_ps = sim.cores[t->core].least_ps;
	t->priority = (int64_t)(virtual_random() % INT32_MAX);
	t->older = sim.youngest;
	*(t->older ? &t->older->younger : &sim.oldest) = t;
	sim.youngest = t;
	sim.counts.threads_n++;
	sim.living_n++;
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
	make_ready(fresh);
	look_again();
	return 0;
}

void task_free(struct task *t)
{
	forget(t);
}

void task_discard(struct task *t)
{
	sim.sharers_n -= t->shares_memory;
	sim.living_n -= t->state != TASK_ENDED;
	if (t->state == TASK_BLOCKED)
		leave_word(t);
	drop_event(t);
	if (t->state == TASK_READY) {
		heap_remove(&sim.cores[t->core].queue, t);
		sim.queued_n--;
	}
	if (t->state == TASK_ON_CORE)
		give_core_to_next(t->core);
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
	size_t cores_n = (size_t)options->cores_n;
	sim = (struct simulation){.options = options};
	sim.random = options->seed;
	sim.end_ps = options->end_ns == ABSENT ? forever_ps : ps_of(options->end_ns);
	sim.cores = calloc(cores_n, sizeof *sim.cores);
	sim.idle = calloc(cores_n / WORD_BITS + 1, sizeof *sim.idle);
	if (!sim.cores || !sim.idle)
		return -ENOMEM;
	if (options->schedule != SCHEDULE_TIMED)
		schedule_open(options->schedule);
	for (size_t k = 0; k < cores_n; k++)
		set_idle((int64_t)k, true);
	virtual_cpu = (struct virtual_cpu){.load_ps = options->cost->load_ps,
					   .atomic_ps = options->cost->atomic_ps};
	return 0;
}

/* The tasks stay until the next world, for who asks what they waited for. */
static void close_world(void)
{
	for (int64_t k = 0; sim.cores && k < sim.options->cores_n; k++)
		heap_close(&sim.cores[k].queue);
	heap_close(&sim.events);
	files_forget();
	free(sim.cores);
	free(sim.idle);
	sim.cores = NULL;
	sim.idle = NULL;
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
	occupy(0, first, 0);
	sim.self = next_step();
	set_horizon();
	fiber_adopt(&sim.root);
	fiber_switch(&sim.root, &sim.self->fiber);
	close_world();
	return sim.why;
}
