/* world.h - in which world to run: what --world, --cores, --seed and --cost make of it.
 *
 * Errors   0 or a negative errno with one line that names the option or the file.
 * Owner    cost_choice_free, safe on a zeroed struct; worlds chosen borrow its model. */
#pragma once

#include "measure/virtual.h"

/* Repeats count on from a seed. */
#define SEED_MOST (INT64_C(1) << 62)

/* The cost model that the virtual world charges by. */
struct cost_choice {
	const struct cost_model *model; /* NULL: none was asked for */
	struct cost_model read;		/* of a file */
	char *path;			/* of what was kept */
};

/* Loads the virtual world and chooses its costs: before anything is measured, or any file changed.
 * asked: a preset or a file; NULL: what was kept of a calibration of this machine, made now if
 * there is none, or cpython313 if that fails.  What it makes or falls back on it says on
 * standard error. */
int virtual_open(struct cost_choice *c, const char *asked, bool shows_progress,
		 struct error *err);
void cost_choice_free(struct cost_choice *c);

/* Of ABSENT, the defaults; in the real world the rest does not apply. */
struct world_choice world_choose(int64_t world, int64_t cores, int64_t seed,
				 const struct cost_model *cost);
