/* notes.h - what is said below a table of how far its numbers can be trusted. */
#pragma once

#include "report/report.h"

/* What was unquiet: a line for each cause, after an empty one; nothing where there was none. */
void unrest_print(FILE *file, const struct unrest *u);

/* The same, and what the rows say of it themselves. */
void notes_print(FILE *file, const struct report *report);
