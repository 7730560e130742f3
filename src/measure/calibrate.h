/* calibrate.h - what everything takes on this machine, as a cost model.
 *
 * The machine's own doings are measured by experiments (experiment.h).  What an opcode, a native
 * call and its items take cannot be: it is solved for.  The time that a run of one thread takes in
 * the virtual world is linear in one of these costs, so two such runs, and one that was really
 * measured, give it.  Hence the two worlds agree on one thread by construction, and all that the
 * virtual one says of several is prediction.
 *
 * Errors   0 or a negative errno with a text; -EINTR when the observer said stop.
 * Owner    cost_free frees the model.
 * Threads  from a process that runs no other thread; what is measured runs in a child. */
#pragma once

#include "workload/cost.h"

/* Who watches.  Both are called about ten times a second and may be NULL. */
struct calibrate_observer {
	void *context;
	/* Done steps of all that there are, and what is being done. */
	void (*progress)(void *context, int64_t done_n, int64_t total_n, const char *what);
	bool (*go_on)(void *context);
};

/* Each run is measured so often, of which the shortest counts; each experiment is made a third as
 * often, of which the middle one counts. */
enum { CALIBRATE_ROUNDS = 15 };

int cost_calibrate(struct cost_model *m, int64_t rounds_n,
		   const struct calibrate_observer *observer, struct error *err);
