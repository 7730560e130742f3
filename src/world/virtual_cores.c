/* virtual_cores.c - who has which core.
 *
 * Cores are shared as by Linux's fair scheduler, simplified: of those ready on a core the one that
 * had least goes next, for a quantum; who slept is a little ahead; a core without anybody takes
 * from the longest queue.  Whoever looks for a free core first looks where it ran last. */
#include <errno.h>
#include <stdlib.h>

#include "world/recorder.h"
#include "world/simulation.h"

static void set_bit(uint64_t *words, int64_t k, bool is_set)
{
	uint64_t bit = UINT64_C(1) << k % WORD_BITS;
	words[k / WORD_BITS] = is_set ? words[k / WORD_BITS] | bit : words[k / WORD_BITS] & ~bit;
}

static void set_idle(int64_t core, bool is_idle)
{
	set_bit(sim.idle, core, is_idle);
	set_bit(sim.some_idle, core / WORD_BITS, sim.idle[core / WORD_BITS]);
}

/* A core that has nobody, the task's last one if possible, or ABSENT. */
static int64_t find_idle(const struct task *t)
{
	if (!sim.cores[t->core].running)
		return t->core;
	for (int64_t k = 0; k <= (sim.options->cores_n - 1) / WORD_BITS / WORD_BITS; k++)
		if (sim.some_idle[k]) {
			int64_t word = k * WORD_BITS + __builtin_ctzll(sim.some_idle[k]);
			return word * WORD_BITS + __builtin_ctzll(sim.idle[word]);
		}
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

void core_plan(struct core *c)
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
	t->used_ps += sim.cores[core].most_used_ps - sim.cores[t->core].most_used_ps;
	t->core = core;
}

/* Its place among all, now that its queue is another. */
static void rank(struct core *c)
{
	heap_move(&sim.longest, -(int64_t)c->queue.n, (uint64_t)(c - sim.cores), c);
}

static void enqueue(struct core *c, struct task *t)
{
	t->state = TASK_READY;
	t->since_ps = sim.now_ps;
	drop_event(t);
	if (heap_reserve(&c->queue, c->queue.n + 1)) {
		world_end(-ENOMEM);
		return;
	}
	heap_push(&c->queue, queue_key(t), sim.order++, t);
	rank(c);
}

static void begin_turn(struct core *c, int64_t from_ps)
{
	c->turn_ends_ps = from_ps + 1000 * sim.options->cost->quantum_ns;
}

/* A turn begins when the switch is over: a shorter one would have no end but the next switch. */
void core_occupy(int64_t core, struct task *t, int64_t from_ps)
{
	const struct machine_cost *cost = sim.options->cost;
	struct core *c = &sim.cores[core];
	bool moves = t->ran_on != core;
	sim.counts.migrations_n += moves;
	if (t->core != core)
		move_to(t, core);
	t->ran_on = core;
	sim.sharers_n += t->shares_memory;
	c->running = t;
	set_idle(core, false);
	t->state = TASK_ON_CORE;
	t->since_ps = from_ps;
	from_ps += 1000 * (moves ? cost->migrate_ns : cost->switch_ns);
	t->busy_until_ps = from_ps + t->left_ps;
	begin_turn(c, from_ps);
	core_plan(c);
}

/* Since it last did something else. */
static void record(const struct task *t, enum span_kind kind)
{
	struct recorder *r = sim.options->recorder;
	if (r && sim.now_ps > t->since_ps)
		recorder_add(r, kind, t->since_ps / 1000, sim.now_ps / 1000, (int32_t)t->core,
			     t->number);
}

static struct task *dequeue(struct core *c)
{
	struct task *t = heap_pop(&c->queue);
	rank(c);
	record(t, SPAN_RUN_QUEUE);
	t->queued_ps += sim.now_ps - t->since_ps;
	return t;
}

/* The next one from the longest queue. */
static struct task *steal(void)
{
	sim.counts.steals_n++;
	return dequeue(heap_first(&sim.longest));
}

void core_pass_on(int64_t core)
{
	struct core *c = &sim.cores[core];
	c->running = NULL;
	if (c->queue.n)
		core_occupy(core, dequeue(c), sim.now_ps);
	else if (heap_first_key(&sim.longest) < 0) /* it is not there at once */
		core_occupy(core, steal(), sim.now_ps + 1000 * sim.options->cost->preempt_ns);
	else
		set_idle(core, true);
}

void core_account(struct task *t)
{
	struct core *c = &sim.cores[t->core];
	int64_t had_ps = sim.now_ps - t->since_ps;
	record(t, SPAN_CORE);
	t->used_ps += had_ps > 0 ? had_ps : 0;
	t->since_ps = sim.now_ps;
	if (t->used_ps > c->most_used_ps)
		c->most_used_ps = t->used_ps;
}

/* To wait there, where perhaps nobody did, however many turns went by. */
static void enqueue_elsewhere(int64_t core, struct task *t)
{
	struct core *c = &sim.cores[core];
	if (c->turn_ends_ps < sim.now_ps)
		begin_turn(c, sim.now_ps);
	move_to(t, core);
	enqueue(c, t);
	core_plan(c);
}

/* At the end of its turn, with something still to do: another has its core.  Where more wait than
 * elsewhere, it goes elsewhere. */
void core_displace(struct task *t)
{
	int64_t core = t->core, other = any_core();
	struct core *c = &sim.cores[core];
	t->left_ps = t->busy_until_ps - sim.now_ps;
	core_account(t);
	if (c->queue.n == 0) {
		begin_turn(c, sim.now_ps);
		core_plan(c);
		return;
	}
	sim.counts.preemptions_n++;
	sim.sharers_n -= t->shares_memory;
	if (sim.cores[other].queue.n < c->queue.n && other != core)
		enqueue_elsewhere(other, t);
	else
		enqueue(c, t);
	core_pass_on(core);
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
	int64_t credit_ps = 1000 * sim.options->cost->credit_ns;
	int64_t least_ps = sim.cores[t->core].most_used_ps - credit_ps;
	t->used_ps = t->used_ps > least_ps ? t->used_ps : least_ps;
}

/* While its core still wakes up for another one, who was kept waiting more goes before it: the
 * scheduler owes it more. */
static bool goes_first(struct task *t)
{
	struct core *c = &sim.cores[t->core];
	struct task *other = c->running;
	if (has_priorities() || !other || other->since_ps <= sim.now_ps ||
	    t->queued_ps <= other->queued_ps)
		return false;
	int64_t from_ps = other->since_ps;
	enqueue(c, other);
	limit_credit(t);
	core_occupy(t->core, t, from_ps);
	return true;
}

void core_make_ready(struct task *t)
{
	const struct machine_cost *cost = sim.options->cost;
	int64_t core = find_idle(t), late_ps = 1000 * random_ns(cost->jitter_ns);
	if (core != ABSENT) {
		limit_credit(t);
		core_occupy(core, t, sim.now_ps + 1000 * cost->idle_ns + late_ps);
		return;
	}
	if (goes_first(t))
		return;
	core = any_core();
	if (sim.cores[core].queue.n < sim.cores[t->core].queue.n)
		move_to(t, core);
	limit_credit(t);
	struct core *c = &sim.cores[t->core];
	enqueue(c, t);
	int64_t displaced_ps = sim.now_ps + 1000 * cost->preempt_ns + late_ps;
	bool was_over = c->turn_ends_ps < sim.now_ps; /* but nobody waited */
	if (was_over || (goes_before(t, c->running) && c->turn_ends_ps > displaced_ps))
		c->turn_ends_ps = displaced_ps;
	core_plan(c);
}

void core_forget(struct task *t)
{
	heap_remove(&sim.cores[t->core].queue, t);
	rank(&sim.cores[t->core]);
}

int cores_open(int64_t n)
{
	sim.cores = calloc((size_t)n, sizeof *sim.cores);
	sim.idle = calloc((size_t)n / WORD_BITS + 1, sizeof *sim.idle);
	sim.some_idle = calloc((size_t)n / WORD_BITS / WORD_BITS + 1, sizeof *sim.some_idle);
	if (!sim.cores || !sim.idle || !sim.some_idle || heap_reserve(&sim.longest, (size_t)n))
		return -ENOMEM;
	for (int64_t k = 0; k < n; k++) {
		set_idle(k, true);
		heap_push(&sim.longest, 0, (uint64_t)k, &sim.cores[k]);
	}
	return 0;
}

void cores_close(void)
{
	for (int64_t k = 0; sim.cores && k < sim.options->cores_n; k++)
		heap_close(&sim.cores[k].queue);
	heap_close(&sim.longest);
	free(sim.cores);
	free(sim.idle);
	free(sim.some_idle);
	sim.cores = NULL;
	sim.idle = sim.some_idle = NULL;
}
