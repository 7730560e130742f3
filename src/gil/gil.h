/* gil.h - the Global Interpreter Lock, and when it is given up.
 *
 * One thread at a time runs bytecode: the one that holds the lock.  It gives the lock
 * up at a check point when its policy says so, around a call that needs no bytecode
 * (a release section), and when it ends (detach).  Each rule and its source is
 * explained in docs/lock.md.
 *
 * Units    *_ns is nanoseconds; a tick is one opcode at a check point.
 * Errors   take and drop cannot fail; misuse is fatal: one line on stderr, SIGABRT.
 * Owner    the caller owns struct gil and struct gil_thread; the lock outlives every
 *          thread that uses it, a thread's struct outlives its detach.
 * Threads  take: not holding.  check, drop, detach: holding.  A struct gil_thread is
 *          used by its own thread; others only set bits of its breaker.
 *
 *	gil_open(&gil, gil_policy_find("cpython"), ABSENT, ABSENT);
 *	gil_attach(&thread, &gil, "worker 0", ACCOUNTING_COUNTS, &stats);
 *	gil_take(&thread);
 *	... bytecode, with check points ...
 *	gil_section_begin(&thread);  long_call();  gil_section_end(&thread);
 *	gil_detach(&thread);
 *	gil_close(&gil); */
#pragma once

#include "gil/stats.h"
#include "gil/watched.h"
#include "world/recorder.h"
#include "world/sync.h"

enum check_points { CHECK_AT_EVERY = 1, CHECK_AT_DISPATCH = 2, CHECK_AT_BREAKER = 4 };
enum preemption { PREEMPT_REQUEST, PREEMPT_TIMER, PREEMPT_TICKS, PREEMPT_ALWAYS, PREEMPT_NEVER };

struct gil_policy {
	const char *name;
	enum check_points check_points;
	enum preemption preemption;
	const struct handoff *handoff;
	bool forced_switching;
	int64_t interval_ns;  /* default; ABSENT where nothing waits for an interval */
	int64_t ticks;	      /* default; ABSENT where nothing ticks */
	int64_t work_divisor; /* see policies.def */
	const char *help, *source;
};

extern const struct gil_policy gil_policies[];
extern const size_t gil_policies_n;

/* The policy of that name, or NULL. */
const struct gil_policy *gil_policy_find(const char *name);

/* Whether at most one thread at a time has it. */
bool gil_is_a_lock(const struct gil_policy *policy);

/* Bits of a thread's breaker; not 0 means: call gil_check, or end what runs. */
enum {
	GIL_DROP_REQUEST = 1,
	GIL_STOP = 2,
	GIL_TIMER_TICK = 4,
};

enum { SPIN_WORDS = 2 }; /* room for what Concurrency Kit keeps */

/* Bits of struct gil's owner: beside who held the lock last, whether it is held, and whether
 * others deal with it, so that nobody changes the word but under the mutex. */
enum { GIL_HELD = 1, GIL_WAITED = 2 };

struct gil_thread {
	uint32_t breaker ON_OWN_LINE;
	bool holding;
	enum accounting accounting;
	int ensured_n; /* gil_ensure without its gil_release so far */
	struct gil *gil;
	struct gil_stats *stats;
	const char *name;
	int64_t slice_start_ns; /* ABSENT when this slice is not timed */
	int64_t dropped_ns;	/* when it gave the lock up last; ABSENT: the clock was not read */
	int64_t waited_ns;	/* stats->wait_ns then */
	int64_t timer_ticks_n;	/* since it took the lock */
	void *spin[SPIN_WORDS]; /* its place in a queue of spinners */
	struct watched watched;
	/* What it does when; NULL: not recorded.  Only at ACCOUNTING_FULL, for the clock that it
	 * reads. */
	struct recorder *recorder;
};

struct gil {
	const struct gil_policy *policy;
	int64_t interval_ns, ticks;
	/* Which of these are in use, the policy's handoff says. */
	uintptr_t owner ON_OWN_LINE; /* the thread that held it last, and bits */
	struct mutex mutex;	     /* guards owner when waited for, and switch_number; under it a
				      * breaker's bit is set, for its thread holds the lock */
	uint64_t switch_number;
	struct condition freed;
	struct queue queue;
	struct mutex switch_mutex; /* with mutex, guards which thread the owner is */
	struct condition switched;
	struct semaphore semaphore ON_OWN_LINE;
	uint32_t fast ON_OWN_LINE, given; /* of the stealer */
	uint32_t waiting_n;		  /* where the handoff counts waiters */
	void *spin[SPIN_WORDS] ON_OWN_LINE;
	int64_t ticker ON_OWN_LINE; /* written by the holder */
	struct world_thread timer;
	uint32_t timer_ends;
	struct watched timer_watched;
};

/* Of what struct gil's owner is, the thread; NULL: none. */
static inline struct gil_thread *gil_owner(uintptr_t owner)
{
	return (struct gil_thread *)(owner & ~(uintptr_t)(GIL_HELD | GIL_WAITED));
}

/* interval_ns and ticks: ABSENT for the policy's own.  0, or a negative errno: a policy with
 * a timer starts a thread.  gil_close ends it; no thread may be using the lock then. */
int gil_open(struct gil *g, const struct gil_policy *policy, int64_t interval_ns, int64_t ticks);
void gil_close(struct gil *g);

/* Makes the calling thread known to the lock; it does not hold it yet. */
void gil_attach(struct gil_thread *t, struct gil *g, const char *name, enum accounting accounting,
		struct gil_stats *stats);

void gil_take(struct gil_thread *t);

/* Gives it up; waits for a switch if one was requested and the policy forces it. */
void gil_drop(struct gil_thread *t);

/* The last drop of a thread: never waits for a switch (CPython gh-104341). */
void gil_detach(struct gil_thread *t);

/* A release section: the thread runs without the lock in between.  Strict: beginning
 * one inside another is fatal, as in CPython. */
void gil_section_begin(struct gil_thread *t);
void gil_section_end(struct gil_thread *t);

/* What a check point does when it is due. */
void gil_check(struct gil_thread *t); /* acts on the bits of the breaker */
void gil_yield(struct gil_thread *t); /* lets a waiter have it, if there is one, and takes it */

/* Tells a thread to end what it runs at its next check point; called by any other. */
static inline void gil_stop(struct gil_thread *t)
{
	world_or(&t->breaker, GIL_STOP, RELAXED);
}

static inline bool gil_is_stopped(const struct gil_thread *t)
{
	return world_load(&t->breaker, RELAXED) & GIL_STOP;
}

/* One tick of a tick policy; true on the one after `ticks` of them (CPython 2's
 * `--_Py_Ticker < 0`), whichever threads ran them. */
static inline bool gil_tick_is_due(struct gil *g)
{
	int64_t left = world_load(&g->ticker, RELAXED) - 1;
	world_store(&g->ticker, left < 0 ? g->ticks : left, RELAXED);
	return left < 0;
}

/* From at_ns on the thread does that, in its recorder if it has one; what it did before. */
static inline enum span_kind gil_record(struct gil_thread *t, enum span_kind kind, int64_t at_ns)
{
	return t->recorder ? recorder_change(t->recorder, kind, at_ns) : SPAN_NONE;
}

/* A release section for code that runs with the lock or without: gives the lock up if the
 * thread holds it, and says whether it did, which is given to the end.  So it nests, in
 * itself and in a strict section.  Ending one while holding the lock is fatal.
 * Source   Numba numba/core/callwrapper.py _GilManager: nogil releases where Python enters
 *          compiled code, not again where such code calls more of it. */
bool gil_section_begin_if_held(struct gil_thread *t);
void gil_section_end_if(struct gil_thread *t, bool begun);

/* The reverse, for code that needs the lock and may be called with it or without: takes it
 * unless the thread holds it.  gil_release is given what gil_ensure said and undoes exactly
 * that.  They nest, also around release sections; out of order, twice, or without the lock
 * is fatal.
 * Source   CPython Python/pystate.c PyGILState_Ensure, PyGILState_Release. */
int gil_ensure(struct gil_thread *t);
void gil_release(struct gil_thread *t, int state);
