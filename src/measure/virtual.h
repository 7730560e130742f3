/* virtual.h - the virtual world as a module of its own, loaded when first asked for: all from the
 * lock to the modes, compiled once more against that world.
 *
 * Owner    what a call is given is borrowed.
 * Threads  from a process that runs no other thread. */
#pragma once

#include "mode/mode.h"
#include "workload/cost.h"
#include "world/virtual.h"

enum world { WORLD_REAL, WORLD_IN_VIRTUAL_TIME, WORLDS_N };
extern const char *const world_names[WORLDS_N]; /* "real", "virtual" */

/* Which places threads are given, in turn: none: they run anywhere; one of each core; or every
 * processing unit, one of each core first (see world/topology.h). */
enum bind { BIND_NONE, BIND_CORE, BIND_PU, BINDS_N };
extern const char *const bind_names[BINDS_N];

/* Values of counters that are a number. */
enum { COUNTERS_OFF, COUNTERS_ON, COUNTERS_VALUES_N };
extern const char *const counters_names[COUNTERS_VALUES_N];

/* In which world; on which machine if it is the virtual one; where on it, and whether with its
 * counters, if it is the real one. */
struct world_choice {
	enum world world;
	int64_t cores; /* ABSENT in the real world */
	int64_t seed;  /* ABSENT in the real world */
	const struct cost_model *cost; /* NULL in the real world */
	int64_t bind;	  /* enum bind; ABSENT in the virtual world */
	int64_t counters; /* 0 or 1; ABSENT in the virtual world */
};

/* Their names, or NULL: threads run anywhere; nothing is counted. */
const char *bind_text(const struct world_choice *choice);
const char *counters_text(const struct world_choice *choice);

bool world_choice_is_equal(const struct world_choice *a, const struct world_choice *b);

/* That of the k-th repeat: in virtual time its seed is k more, so that repeats differ, and any of
 * them can be had alone. */
struct world_choice world_choice_of(const struct world_choice *choice, int64_t repeat);

/* Its own cores, or those that this process may use. */
int64_t world_cores_n(const struct world_choice *choice);

/* As mode_fits, in that world. */
int world_fits(enum world world, const struct mode *mode, const struct workload *workload,
	       enum engine engine, struct error *err);

struct scenario;
struct lane;
struct explored;

/* What the module offers.  Errors are those of mode_run and of scenario_run, and -EDEADLK with who
 * waits for what.  All pointers of the run are the caller's own: the module finds its own policy,
 * mode and workload by their names. */
struct virtual_world {
	int (*run)(const struct run *run, const struct world_choice *choice,
		   struct worker *workers, struct outcome *outcome, struct error *err);
	int (*scenario)(const struct scenario *s, const struct world_choice *choice,
			struct worker *workers, struct lane *lanes, int64_t *wall_ns,
			struct error *err);
	/* Under that schedule, with its lock looked at after every event: see scenario/explore.h.
	 * Also what explored->failed says. */
	int (*explore)(const struct scenario *s, const struct world_choice *choice,
		       enum schedule schedule, bool logs, struct worker *workers,
		       struct lane *lanes, struct explored *explored, struct error *err);
};

/* NULL, with the reason in err, when the module cannot be loaded. */
const struct virtual_world *virtual_world_load(struct error *err);
