/* cost_file.h - a cost model as a file, as gilsim calibrate writes it: results/README.md.
 *
 * Errors   0 or a negative errno; what is wrong with a file is -EINVAL and one line that names
 *          the file, the place in it, and what would be right.
 * Owner    cost_free frees what cost_read made; the model is borrowed everywhere else. */
#pragma once

#include <stdio.h>

#include "workload/cost.h"

/* `path` must live as long as the model, which is named by it.  Unknown keys are passed over; on
 * an error the model is empty. */
int cost_read(struct cost_model *m, const char *path, struct error *err);

/* Writes all of it, with this gilsim and this machine for the record. */
int cost_write(FILE *file, const struct cost_model *m);

/* Of a model that was read or calibrated; safe on a zeroed one, never for a preset. */
void cost_free(struct cost_model *m);

/* Where the calibration of this machine is kept, in $XDG_CACHE_HOME/gilsim or
 * ~/.cache/gilsim; the caller frees.  NULL: no memory, or no such folder is known. */
char *cost_kept_path(void);
