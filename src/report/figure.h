/* figure.h - figures of rows, drawn by gnuplot with the scripts of plot/.
 *
 * Errors   0 or a negative errno with a text; -ENOENT: gnuplot or its scripts are not there. */
#pragma once

#include <jansson.h>

#include "base/buffer.h"
#include "base/error.h"
#include "report/report.h"

/* Appends plot/NAME.gp of the rows as SVG that can stand in a page: its ids begin with `prefix`, a
 * letter and letters or digits, and `caption`, in HTML and without quotes, says what it shows. */
int figure_svg(struct buffer *svg, const char *name, const json_t *const *rows, size_t n,
	       const char *prefix, const char *caption, struct error *err);

/* Writes the speed-up of the report's rows over their threads into an empty buffer, as text for a
 * terminal of so many columns. */
int figure_text(struct buffer *text, const struct report *report, int columns_n, struct error *err);

/* Whether some rows differ in nothing but threads, so that there is a line to draw. */
bool figure_has_sweep(const struct report *report);
