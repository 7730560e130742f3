/* axes.h - the values of the options that make settings; for options.c.
 *
 * Errors   -EINVAL, with a text that says what would be accepted, or -ENOMEM. */
#pragma once

#include "cli/options.h"

/* Replaces the values of an axis by those of the text; NULL: the option was given without. */
int axis_parse(enum axis axis, const char *text, struct axis_values *values, struct error *err);

/* *value is k where the text is nth(k); nth(k) is NULL behind the last name. */
int parse_name(const char *what, const char *text, const char *(*nth)(size_t k), int64_t *value,
	       struct error *err);
