/* calibrate.h - the calibration of this machine, made and kept. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* Measures (see cost_calibrate) and writes the file of cost_kept_path, which it names on standard
 * error.  0 or a negative errno with one line. */
int calibrate_and_keep(bool shows_progress, struct error *err);
