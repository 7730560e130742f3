/* change.h - what changes of a scenario give, for people and for programs.
 *
 * Errors   0 or a negative errno; for output_write (report.h). */
#pragma once

#include <stdio.h>

#include "scenario/change.h"

/* content: the CHANGES_N variants, of which the first was measured. */
int changes_write_text(FILE *file, const void *content);
int changes_write_json(FILE *file, const void *content);
