/* units.h - whole numbers, lists of them, percentages and durations, in and out of text.
 *
 * Units    durations are nanoseconds.
 * Errors   parsers return 0 or -EINVAL and say in `err` what would be accepted;
 *          `what` (an option or a key) opens that text. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* "absent": a figure that was not measured.  Printed as null, never as 0. */
#define ABSENT INT64_MAX

/* A decimal whole number from `least` to `most`; no sign, fraction or blanks. */
int parse_whole(const char *what, const char *text, int64_t least, int64_t most, int64_t *value,
		struct error *err);

/* "8", "1,2,4", "1..8", "1..64*2" (doubling) and mixes of these, as a list in the
 * order given.  The caller frees *values. */
int parse_wholes(const char *what, const char *text, int64_t least, int64_t most, int64_t **values,
		 size_t *n, struct error *err);

/* "5ms", "100us", "0.25s", "20ns": a number and its unit, at most one day. */
int parse_duration(const char *what, const char *text, int64_t *ns, struct error *err);

/* "2%", "0.5%": above 0 %, at most 100 %.  As a part of 1. */
int parse_percent(const char *what, const char *text, double *part, struct error *err);

/* Writes `ns` with three significant digits and its best unit: "5.09 ms". */
const char *format_duration(double ns, char text[static 16]);

/* Writes a count in groups that a reader can take in: "50,000,000". */
const char *format_count(int64_t n, char text[static 32]);

/* Item `k` of `parts` when `n` things are split as NumPy's array_split does: the
 * first n mod parts of them get one more.  Returns its size; *first is its start. */
int64_t array_split(int64_t n, int64_t parts, int64_t k, int64_t *first);
