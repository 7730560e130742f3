/* scenario.h - different threads side by side around one lock, and what became of each.
 *
 * A scenario is a document (docs/scenarios.md) of groups of equal threads.  A thread does
 * rounds: of phases, of a workload, or of answered pings; once, so many times, or until
 * the duration is over.
 *
 * Units    *_ns is nanoseconds; a time of the document that may be a fraction is in us.
 * Errors   0 or a negative errno with a text that names the place in the document.
 * Owner    scenario_close frees what scenario_open made; it is safe on a zeroed struct.
 * Threads  a scenario is read-only once opened.
 * Source   threads start as CPython's do: Lib/threading.py Thread.start. */
#pragma once

#include <jansson.h>

#include "measure/row.h"

enum { MUTEXES_MOST = 64 };
enum { SCENARIO_THREADS_MOST = 65536, PHASES_MOST = 1000 };

/* Native phases last by the clock, also without a core; native work is so many steps as last
 * so long on a core of one's own.  A mutex is an extension's own: what waits for it keeps the
 * lock, or has released it. */
enum phase_kind {
	PHASE_BYTECODE,
	PHASE_NATIVE_HELD,
	PHASE_NATIVE_RELEASED,
	PHASE_IO,
	PHASE_WORK_HELD,
	PHASE_WORK_RELEASED,
	PHASE_LOCK_HELD,
	PHASE_LOCK_RELEASED,
	PHASE_UNLOCK
};

struct phase {
	enum phase_kind kind;
	int64_t ns; /* of a mutex: its place among the scenario's */
};

enum { PING_BYTES_LEAST = 8, PING_BYTES_MOST = 60000 };

/* What a separate process sends to an echo thread. */
struct pings {
	int64_t n; /* ABSENT: until the duration is over */
	int64_t every_ns, bytes;
};

enum activity { ACTIVITY_PHASES, ACTIVITY_WORKLOAD, ACTIVITY_ECHO };

struct group {
	char name[WORKER_NAME_MOST + 1];
	int64_t threads_n;
	int64_t rounds_n; /* of each thread; ABSENT: until the duration is over */
	int64_t start_after_ns;
	bool finishes_rounds; /* also the one in which it is told to stop */
	enum activity activity;
	struct phase *phases;
	size_t phases_n;
	struct job job;
	bool releases; /* the workload's native calls give the lock away */
	struct pings pings;
	/* In the virtual world what bytecode and native calls take, set where it runs; NULL: the
	 * scenario's burns, and nothing. */
	const uint32_t *burns;
	const struct native_costs *costs;
	/* Made ready: a round of phases or of an echo is one run of `program`. */
	struct program program;
	struct work work;
};

struct scenario {
	const char *file; /* its name, borrowed; opens every message */
	json_t *document;
	const struct gil_policy *policy;
	int64_t interval_ns, ticks; /* ABSENT: the policy's */
	const struct pace *pace;    /* NULL: as fast as it goes */
	struct world_choice world;  /* of its document, but for what only an option can say */
	const uint32_t *burns;	    /* of the pace; NULL in virtual time */
	double loops_per_us;	    /* of bytecode; 0: found out when it is made ready */
	bool starts_together;	    /* no thread goes for the lock before all are there */
	int64_t duration_ns;	    /* the least; ABSENT: none */
	enum accounting accounting;
	struct recording *recording; /* with a recorder for each thread, and behind these for
				      * the main one; NULL: none */
	const char *mutexes[MUTEXES_MOST]; /* their names, of the document */
	size_t mutexes_n;
	struct group *groups;
	size_t groups_n;
	int64_t threads_n; /* of all groups */
};

/* Reads, checks and makes ready; starts nothing.  -EINVAL for whatever is wrong with the
 * file.  No other thread may run: it measures how fast bytecode is. */
int scenario_open(struct scenario *s, const char *file, struct error *err);
void scenario_close(struct scenario *s);

/* The steps of scenario_open, in their order. */
int scenario_read(struct scenario *s, const char *file, struct error *err);
int scenario_prepare(struct scenario *s, struct error *err);
/* What scenario_prepare does once it is known how fast bytecode is.  alike: NULL, or the same
 * scenario made ready, whose right results need not be found again. */
int scenario_assemble(struct scenario *s, const struct scenario *alike, struct error *err);

/* Whether anything that the group does is done without the lock. */
bool group_releases(const struct group *g);

/* Whether the group ends only when it is told to. */
static inline bool group_is_endless(const struct group *g)
{
	return (g->activity == ACTIVITY_ECHO ? g->pings.n : g->rounds_n) == ABSENT;
}

/* What became of a group, summed over its threads. */
struct group_figures {
	int64_t rounds_n;
	int64_t wall_ns;   /* from its first thread's start to its last one's end */
	int64_t active_ns; /* from start to end of each */
	struct buckets time;
	struct gil_figures gil;
	/* Of a round, or of a ping and its answer; ABSENT: there was none. */
	int64_t latency_p50_ns, latency_p99_ns, latency_max_ns;
	int64_t lost_n;	     /* pings; ABSENT for all but an echo */
	double rounds_per_s; /* NAN: it took no time */
	double bytes_per_s;  /* answered; NAN for all but an echo */
};

/* One run of a scenario. */
struct scenario_repeat {
	int64_t wall_ns;
	/* Of the share of its time that each thread did not wait for the lock; NAN: not
	 * known. */
	double fairness_jain;
	struct group_figures *groups;
};

/* Runs it once, for the repeat of that number, in a process of its own.  Calls wait(context)
 * about ten times a second; when that says false the process is killed and the answer is
 * -EINTR.  -EBADMSG: a workload's result was wrong.  -EDEADLK: in virtual time nobody could ever
 * go on.  The caller frees with scenario_repeat_free. */
int scenario_measure(const struct scenario *s, int64_t number, bool (*wait)(void *context),
		     void *context, struct scenario_repeat *repeat, struct error *err);
void scenario_repeat_free(struct scenario_repeat *repeat);

/* All repeats of a scenario, for the reports. */
struct scenario_results {
	const struct scenario *scenario;
	struct scenario_repeat *repeats;
	size_t repeats_n;
	struct stats wall_ns;		       /* see scenario_finish */
	const struct scenario_repeat *typical; /* the (lower) median one by wall time */
};

/* Statistics over the repeats, of which there is at least one.  0 or -ENOMEM. */
int scenario_finish(struct scenario_results *results);
