/* results_read.h - results that were kept, by whichever version of gilsim.
 *
 * Documents of gilsim-results/1, as --output=FILE.json writes them, and lines of gilsim-repeat/1,
 * as FILE.jsonl.  Fields that are not asked for are passed over; which of the others are missing,
 * the caller sees.
 *
 * Errors   0 or -EINVAL (the file is not that) or -ENOMEM, with a text that names the file, and
 *          where it is wrong.
 * Owner    the caller, with results_close, safe on a zeroed struct. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct kept_row {
	const json_t *setting; /* has fields of settings.def, and may have others */
	size_t place;	       /* in the document from 0; of its first line, in JSONL, from 1 */
	bool is_right;
	double *samples_ns; /* above 0; a right row has some, a wrong one none */
	size_t samples_n;
};

struct kept_results {
	const char *file; /* borrowed */
	json_t *document; /* NULL: lines, which do not say who measured and where */
	json_t **lines;
	size_t lines_n;
	struct kept_row *rows;
	size_t rows_n;
};

/* Fills a zeroed struct; there is at least one row. */
int results_read(struct kept_results *r, const char *file, struct error *err);
void results_close(struct kept_results *r);

/* How a message names a row: "results[3]", or "line 4". */
const char *kept_row_name(const struct kept_results *r, const struct kept_row *row,
			  char text[static 32]);
