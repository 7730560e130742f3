/* scenario.h - the results of a scenario, for people and for programs.
 *
 * Errors   0 or a negative errno; for output_write (report.h). */
#pragma once

#include <stdio.h>

#include "scenario/scenario.h"

/* content: a finished struct scenario_results. */
int scenario_write_table(FILE *file, const void *content);
int scenario_write_json(FILE *file, const void *content);
