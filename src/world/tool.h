/* tool.h - runs another program of this machine, as gnuplot.
 *
 * Errors   0 or a negative errno with a text that opens with the program's name; -ENOENT: it is not
 *          there.
 * Threads  one at a time, while no other thread runs. */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

/* Runs argv[0], looked for in PATH, with a UTF-8 locale and no standard input, and appends what it
 * writes to standard output; what it complains of is dropped.  argv ends with NULL. */
int tool_run(const char *const argv[], struct buffer *output, struct error *err);
