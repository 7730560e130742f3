/* virtual.h - a world of simulated threads on simulated cores, with a clock of its own.
 *
 * What stands on world.h runs in it unchanged, compiled with WORLD_VIRTUAL.  Its threads are
 * coroutines of one real thread, and each of the waist's calls, the atomics included, is a
 * point at which another may have its turn.  Only what is charged moves the clock, so that the
 * same seed gives the same run, on every machine.
 *
 * Units    *_ns is nanoseconds of the world's clock, which starts at 0.
 * Errors   0 or a negative errno with a text.
 * Threads  one world at a time in a process, in one real thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "world/cost.h"

struct recorder;

/* How it is decided who goes on. */
enum schedule {
	SCHEDULE_TIMED,	 /* by the clock and the cores */
	/* The same, but now and then somebody is held up.  How often and how long is the seed's,
	 * too: some races need many small ones, some a single long one. */
	SCHEDULE_RANDOM,
	/* Of those on a core the one of the highest random priority has it, so there should be one
	 * core; at random points, of which some seeds have many and some next to none, the running
	 * one's becomes the lowest, and so does that of one that spins (S. Burckhardt et al., A
	 * Randomized Scheduler with Probabilistic Guarantees of Finding Bugs, ASPLOS 2010). */
	SCHEDULE_PRIORITIES,
	SCHEDULES_N
};

enum { VIRTUAL_CORES_MOST = 65536 };

struct virtual_options {
	int64_t cores_n;
	uint64_t seed;
	const struct machine_cost *cost; /* borrowed */
	enum schedule schedule;
	/* Called after every event, between any two threads' steps; false ends the world with
	 * -ECANCELED.  It must not call the waist.  NULL: nothing watches. */
	bool (*watch)(void *context);
	void *context;
	int64_t end_ns; /* the world ends then with -ETIME; ABSENT: never */
	struct recorder *recorder; /* of SPAN_CORE and SPAN_RUN_QUEUE; NULL: none */
};

/* Runs main(argument) as the world's first thread, until it returns; whoever is left then is
 * discarded.  -EDEADLK: nobody could ever go on: all wait for each other, and those who look now
 * and then have looked many times in vain. */
int virtual_run(const struct virtual_options *options, void (*main)(void *argument),
		void *argument, struct error *err);

/* Of a thread that cannot go on. */
struct virtual_wait {
	const void *argument; /* what it was started with */
	const void *word;     /* where it is parked; NULL: it waits for what `what` says */
	const char *what;     /* "parked", "a thread's end", "a pipe", "a datagram"... */
	int64_t since_ns;
};

/* The k-th of the threads that wait for others, not just for a time, in the order of their start;
 * false behind the last.  In a watch, and after -EDEADLK until the next world. */
bool virtual_waiting_nth(size_t k, struct virtual_wait *wait);

/* For who looks on: the running thread, whether one waits for anything, and whether one could go on
 * but for a core.  A thread that has been joined must not be asked about. */
struct task;
const struct task *virtual_self(void);
bool virtual_is_blocked(const struct task *t);
bool virtual_lacks_core(const struct task *t);

/* The clock, without the cost of reading it. */
int64_t virtual_now_ns(void);

/* What a world has done so far, or had done when it ended. */
struct virtual_counts {
	int64_t now_ns;
	int64_t events_n; /* turns given to a thread by the queue of events */
	int64_t threads_n, migrations_n, preemptions_n, steals_n;
};
struct virtual_counts virtual_counts(void);
