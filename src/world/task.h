/* task.h - simulated threads, their cores and their waits: inside the virtual world only.
 *
 * Whoever calls is the task that runs.  *_ps is picoseconds of the world's clock. */
#pragma once

#include "world/event_heap.h"
#include "world/fiber.h"
#include "world/virtual.h"
#include "world/world.h"

enum task_state {
	TASK_BLOCKED, /* with an event, if it has a deadline */
	TASK_READY,   /* in a core's queue */
	TASK_ON_CORE, /* has an event, unless it is the one that runs */
	TASK_ENDED
};

struct task {
	size_t place; /* first: in the heap of events, or in a core's queue */
	struct fiber fiber;
	enum task_state state;
	uint32_t number; /* from 1 on, in the order of their start */
	bool has_event;
	int64_t core;	       /* the one that it has, or is ready on, or had last */
	int64_t ran_on;	       /* the one whose caches know it */
	int64_t busy_until_ps; /* on its core: when its next step is */
	int64_t left_ps;       /* not on a core: how far that was off */
	int64_t since_ps;      /* it has its core, or waits */
	int64_t used_ps;       /* CPU time, against that of others on the same core */
	int64_t queued_ps;     /* time it was ready without a core */
	int64_t priority;
	bool is_cold; /* has not gone to sleep since a long sleep */
	/* While blocked: where it is woken, and who else is. */
	const void *word;
	const char *what;
	bool awaits_others; /* and not just a time */
	bool is_looking;    /* its time is over: so far only that */
	bool is_timed; /* it looks, or waits for others until a deadline */
	int64_t vain_n, vain_since; /* looks since somebody went on, and which time that was */
	struct task *next, *previous;
	bool in_time;
	bool shares_memory; /* goes through it, as others may */
	void *(*run)(void *argument);
	void *argument;
	int64_t end_ns;		      /* CPU time of its end */
	struct process *process;      /* NULL: the world's first */
	struct task *older, *younger; /* of all that there are */
};

struct task *task_self(void);

/* Starts one, which is busy so long before its first step and after its last; *t is the caller's,
 * who ends it by task_discard or, when it has ended, frees it.  0 or -ENOMEM. */
int task_start(void *(*run)(void *argument), void *argument, int64_t start_ns, int64_t end_ns,
	       struct task **t);

/* The running task goes to sleep now: what it takes longer as the first time after a long sleep,
 * for caches and predictors have forgotten how. */
int64_t task_cold_ps(void);

/* Ends another one where it stands, and frees it. */
void task_discard(struct task *t);
void task_free(struct task *t);

/* Of both, the caller has called virtual_settle, and then seen what makes it wait or wake: between
 * that and the call nobody else has a turn. */

/* What a thread waits for that looks at its word again when its time is over. */
extern const char task_parked[];

/* Until somebody wakes the word; false when deadline_ns (ABSENT: none) came first. */
bool task_block(const void *word, const char *what, int64_t deadline_ns);

/* Wakes up to `most` of those that wait there, the longest first.  How many. */
int task_wake(const void *word, int most);

/* The same, and the running task takes wake_ns for each; what a call takes that wakes nobody is the
 * caller's to charge. */
void task_wake_charged(const void *word, int most);

/* What the world's own calls take: no work, as a wait that was in vain takes it too. */
static inline void task_owe(int64_t ps)
{
	virtual_cpu.debt_ps += ps;
}

/* The running task is busy for so long; whoever has something to do until then does it. */
static inline void task_spend(int64_t ns)
{
	world_charge(1000 * ns);
	virtual_settle();
}

/* Of a world that has ended. */
void virtual_lines_forget(void);

/* Lets the others on its core go first, where it is priorities that say who does. */
void task_yield(void);

/* The world's next random number. */
uint64_t virtual_random(void);
const struct machine_cost *virtual_costs(void);
