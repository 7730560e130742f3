/* writers.h - how a command writes what is not measured row by row: as a table, json or csv.
 *
 * Errors   0 or a negative errno with a text that names the target. */
#pragma once

#include "cli/options.h"

struct writers {
	const char *command; /* opens what is said of other formats */
	/* Of the content that writers_write is given; for output_write. */
	int (*table)(FILE *file, const void *content);
	int (*json)(FILE *file, const void *content);
	int (*csv)(FILE *file, const void *content);
};

/* Whether all that the options ask for can be written; touches nothing. */
int writers_check(const struct writers *w, const struct options *o, struct error *err);

int writers_write(const struct writers *w, const struct options *o, const void *content,
		  struct error *err);
