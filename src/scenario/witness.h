/* witness.h - a scenario under one schedule, looked at after every event: inside the module
 * only. */
#pragma once

#include "scenario/explore.h"
#include "scenario/run.h"

/* As struct virtual_world's `explore`. */
int witness_seed(const struct scenario *s, const struct world_choice *choice,
		 enum schedule schedule, bool logs, struct worker *workers, struct lane *lanes,
		 struct explored *explored, struct error *err);
