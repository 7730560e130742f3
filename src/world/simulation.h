/* simulation.h - the state of the virtual world, and its cores: inside world_virtual.c and
 * virtual_cores.c only.
 *
 * *_ps is picoseconds of the world's clock. */
#pragma once

#include "world/task.h"

struct core {
	size_t place;	      /* first: in the heap of cores */
	struct task *running; /* or about to; NULL: idle */
	struct heap queue;    /* of ready ones, by what they used */
	int64_t turn_ends_ps; /* of the running one, when there is a queue */
	int64_t most_used_ps; /* by one that had it: where those begin that are new here */
};

enum { WORD_BITS = 64, BUCKET_BITS = 12, BUCKETS_N = 1 << BUCKET_BITS };

extern struct simulation {
	const struct virtual_options *options;
	struct task *self;
	int64_t now_ps, end_ps;
	struct heap events;
	uint64_t order; /* of events, so far */
	struct core *cores;
	struct heap longest;	/* cores, those with the most ready ones first */
	uint64_t *idle, *some_idle; /* a bit for each core, and one for each word of these */
	struct task *buckets_first[BUCKETS_N], *buckets_last[BUCKETS_N];
	struct task *oldest, *youngest;
	uint64_t random;
	struct fiber root;
	int64_t sharers_n; /* tasks that go through memory, and have a core */
	bool is_over;
	int why; /* it is, other than by main's return */
	struct virtual_counts counts;
	void (*main)(void *argument);
	void *argument;
} sim;

/* Further than any time. */
static const int64_t forever_ps = INT64_MAX / 4;

static inline int64_t ps_of(int64_t ns)
{
	return ns < forever_ps / 1000 ? ns * 1000 : forever_ps;
}

static inline int64_t random_ns(int64_t most_ns)
{
	return most_ns > 0 ? (int64_t)(virtual_random() % (uint64_t)(most_ns + 1)) : 0;
}

static inline bool is_exploring(void)
{
	return sim.options->watch || sim.options->schedule != SCHEDULE_TIMED;
}

static inline bool has_priorities(void)
{
	return sim.options->schedule == SCHEDULE_PRIORITIES;
}

static inline void set_event(struct task *t, int64_t key_ps)
{
	if (t->has_event)
		heap_move(&sim.events, key_ps, sim.order++, t);
	else
		heap_push(&sim.events, key_ps, sim.order++, t);
	t->has_event = true;
}

static inline void drop_event(struct task *t)
{
	if (t->has_event)
		heap_remove(&sim.events, t);
	t->has_event = false;
}

/* The world is over; NULL. */
struct task *world_end(int why);

/* Nobody has any core.  0 or -ENOMEM. */
int cores_open(int64_t n);
void cores_close(void);

/* From `from_ps` on the core is the task's. */
void core_occupy(int64_t core, struct task *t, int64_t from_ps);
/* Whose turn is over; it has something left to do. */
void core_displace(struct task *t);
/* Gives a task that was woken or started a core, or lets it wait for one. */
void core_make_ready(struct task *t);
/* Whoever had it has it no more. */
void core_pass_on(int64_t core);
/* Counts what a task had of its core so far. */
void core_account(struct task *t);
/* Sets the event of the one that has the core: its next step, or the end of its turn. */
void core_plan(struct core *c);
/* Takes one out of the queue that it waits in. */
void core_forget(struct task *t);
