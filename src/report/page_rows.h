/* page_rows.h - the part of a page that tells of rows: for each piece of work its figures, a table,
 * and the commands that measure it again.
 *
 * Errors   kept in the page; see html.h. */
#pragma once

#include "base/error.h"
#include "report/html.h"

/* `file_n` counts the page's documents, for ids.  Figures are drawn where wanted, there are threads
 * to draw them over, and `undrawn` is empty; if they cannot be, it says why. */
void page_rows(struct html *h, const json_t *rows, size_t file_n, bool wants_figures,
	       struct error *undrawn);
