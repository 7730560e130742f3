/* stage.h - a scenario in the virtual world, and what can be told of its threads from outside:
 * inside the module only.
 *
 * Owner    the caller, of the struct and all that it is given. */
#pragma once

#include "measure/virtual.h"
#include "scenario/run.h"
#include "world/virtual.h"

struct stage {
	const struct scenario *asked;
	const struct cost_model *cost;
	struct worker *workers; /* zeroed; as scenario_run's */
	struct lane *lanes;
	int64_t *wall_ns;
	struct error *err;
	/* Set by stage_run. */
	struct crew crew;
	int failed;
};

/* Runs it in a world; as scenario_run, or -EDEADLK with who waits for what, or whatever else
 * virtual_run says. */
int stage_run(struct stage *s, const struct virtual_options *options);

/* What is outside of its document. */
struct virtual_options stage_options(const struct world_choice *choice);

enum { THREAD_LABEL_SIZE = WORKER_NAME_MOST + 16 };

/* Its group's name, with a number when there are more of the group. */
void stage_label(const struct stage *s, const struct gil_thread *t,
		 char label[static THREAD_LABEL_SIZE]);

/* All threads that wait for others, one after the other: who, for what, since when. */
void stage_explain(const struct stage *s, const char *between, char *text, size_t size);
