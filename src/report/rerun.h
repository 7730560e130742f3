/* rerun.h - how to measure again what was kept.
 *
 * Errors   0 or -ENOMEM. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/buffer.h"

/* Appends a gilsim command, ready for a shell, that measures the settings of n rows, which differ
 * in nothing but threads: all that was chosen is said, whatever the defaults become. */
int rerun_command(struct buffer *text, const json_t *const *rows, size_t n);

/* Whether two rows differ in nothing but threads and what came out. */
bool rerun_is_same_series(const json_t *a, const json_t *b);

/* The option, without its dashes, that chooses a field of a setting; NULL: there is none of its
 * own. */
const char *rerun_option(const char *field);

/* What null stands for in that field of a row of the real world: threads that are not bound,
 * counters that are off.  NULL: that the setting has no such thing. */
const char *rerun_unset(const char *field);

/* Whether a field of a setting is among those that the command says or needs not say. */
bool rerun_knows(const char *field);
