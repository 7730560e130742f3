/* arguments.h - what commands with an argp parser of their own take: a file, and names of lists.
 *
 * Errors   0, or as argp's parsers say it, a positive errno, with one line that names the option
 *          and what would be accepted. */
#pragma once

#include <argp.h>
#include <stdint.h>

#include "base/error.h"

/* All of them: 0, -EINVAL or -ENOMEM.  Of what argp does not know it has said a line itself, and
 * the text is empty. */
int arguments_read(const struct argp *argp, int argc, char **argv, void *input, struct error *err);

/* The one file of a command; *file is NULL before it. */
int argument_file(const char **file, const char *text, struct error *err);

/* The place of one of n names, at most eight or so short ones. */
int argument_name(const char *option, const char *text, const char *const *names, int64_t n,
		  int64_t *place, struct error *err);
