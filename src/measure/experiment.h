/* experiment.h - small experiments that find out what a machine's own doings take.
 *
 * Each sets the fields of machine_cost that it is about, and may use those that the ones before it
 * have set.  What an experiment cannot find out (on one core; where the system says no) stays
 * as it was.
 *
 * Errors   0 or a negative errno.
 * Threads  in a process that runs no other thread and does nothing else any more: threads are
 *          bound to cores. */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "world/cost.h"

/* Finds the cores that threads are bound to: once, before the first experiment. */
int experiments_open(struct error *err);

struct experiment {
	const char *name; /* what it is about, for the user */
	int (*run)(struct machine_cost *m);
};

/* In the order in which they are to be made, ended by an empty one. */
extern const struct experiment experiments[];
