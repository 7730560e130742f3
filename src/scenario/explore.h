/* explore.h - one scenario under many schedules of the virtual world, its lock looked at after
 * every event.
 *
 * A seed is one schedule: what is random in a run is decided by it alone, so that the same seed
 * breaks the same rule again.
 *
 * Units    *_ns is nanoseconds of virtual time.
 * Errors   0 or a negative errno with a text. */
#pragma once

#include "gil/invariants.h"
#include "scenario/scenario.h"
#include "world/virtual.h"

/* Of both, seeds that are odd have the one kind, even ones the other. */
enum schedules { SCHEDULES_RANDOM, SCHEDULES_PRIORITIES, SCHEDULES_BOTH, SCHEDULES_CHOICES_N };
extern const char *const schedules_names[SCHEDULES_CHOICES_N];

enum schedule schedule_of(enum schedules schedules, int64_t seed);

/* Of so many cores a schedule by priorities has one. */
int64_t schedule_cores_n(enum schedule schedule, int64_t cores_n);

extern const struct invariant_info {
	const char *name, *rule;
} invariant_infos[INVARIANTS_N];

enum { TRACE_SIZE = 4096, WHY_SIZE = 2048, STARVED_SIZE = 64 };

/* A wait in which so many came later and went before is starvation. */
enum { STARVED_LEAST = 10 };

/* What became of a seed.  Lies in memory that processes share. */
struct explored {
	int64_t seed;
	/* 0; -ECANCELED: an invariant was broken; -EDEADLK: nobody could go on; -EBADMSG: a wrong
	 * result; -ENOTRECOVERABLE, -ECHILD: it took its process along. */
	int failed;
	enum invariant broken;
	char why[WHY_SIZE]; /* lines */
	char trace[TRACE_SIZE]; /* what threads did to the lock before the end, in lines */
	int64_t events_n, ended_ns, checks_n[INVARIANTS_N];
	/* The worst wait for the lock; overtaken_n 0: nobody was overtaken. */
	char starved[STARVED_SIZE];
	int64_t starved_ns, overtaken_n;
	char starved_trace[TRACE_SIZE];
};

/* Many of them. */
struct exploration {
	const struct scenario *scenario; /* made ready, for the virtual world */
	int64_t next, last;		 /* seeds */
	enum schedules schedules;
	bool logs; /* on standard output, what threads do to the lock */
	/* So far. */
	int64_t seeds_n, events_n, checks_n[INVARIANTS_N];
	struct explored worst; /* of all that were overtaken */
};

/* Goes on in a process of its own until a seed fails, which is then *found, or the last has been:
 * found->failed is 0.  Calls wait(context) about ten times a second; when that says false it ends
 * with -EINTR.  x->next is the seed behind. */
int explore(struct exploration *x, bool (*wait)(void *context), void *context,
	    struct explored *found, struct error *err);
