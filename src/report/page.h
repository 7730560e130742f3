/* page.h - one HTML page of results that were kept: figures, tables, where and how noisily they
 * were measured, and the command that measures each again.  It stands alone: nothing is loaded.
 *
 * Errors   0 or a negative errno; for output_write (report.h). */
#pragma once

#include <stdio.h>

#include "report/document.h"

struct page_content {
	const struct document *documents;
	size_t documents_n;
	struct error *undrawn; /* empty, or why figures are left out; set by page_write */
};

/* content: a struct page_content. */
int page_write(FILE *file, const void *content);
