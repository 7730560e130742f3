/* notes.h - what is said below a table of how far its numbers can be trusted. */
#pragma once

#include "report/report.h"

/* A line for each thing that there is to say, after an empty one; nothing where there is none. */
void notes_print(FILE *file, const struct report *report);
