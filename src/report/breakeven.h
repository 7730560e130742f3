/* breakeven.h - from which length on a release pays, for people and for programs.
 *
 * Errors   0 or a negative errno; for output_write (report.h). */
#pragma once

#include <stdio.h>

#include "measure/unrest.h"
#include "scenario/breakeven.h"

struct breakeven_results {
	const struct breakeven *cases; /* concluded */
	size_t cases_n;
	int64_t order_seed;
	const struct unrest *unrest;
};

/* content: a struct breakeven_results. */
int breakeven_write_table(FILE *file, const void *content);
int breakeven_write_json(FILE *file, const void *content);
/* A line for each length and gain, and one for each crossing; fields are described in
 * docs/breakeven.md. */
int breakeven_write_csv(FILE *file, const void *content);
