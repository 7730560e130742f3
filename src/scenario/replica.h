/* replica.h - work and scenarios of the real world, once more inside the virtual one, at its
 * prices: inside the module only.
 *
 * Owner    replica_close frees what replica_open made; the rest is the original's, which outlives
 *          it.
 * Threads  called inside the world: what a workload opens may be a thread of it. */
#pragma once

#include "scenario/scenario.h"

/* What bytecode and native calls take. */
struct prices {
	struct native_costs natives; /* first */
	const struct cost_model *model;
	const struct work_cost *work;
	uint32_t burns[OPCODES_N];
};

/* job: NULL where there is none. */
void prices_find(struct prices *p, const struct cost_model *model, const struct job *job,
		 const struct pace *pace);

/* The module's own of that name.  One that the user brings knows neither world. */
const struct workload *replica_workload(const struct workload *original);

struct replica {
	struct scenario scenario;
	struct prices *prices; /* one for each group */
};

/* Of a scenario that was made ready.  0 or a negative errno with a text. */
int replica_open(struct replica *r, const struct scenario *original,
		 const struct cost_model *model, struct error *err);
void replica_close(struct replica *r);
