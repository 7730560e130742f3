/* error.h - one line that says what was wrong and what would be right.
 *
 * Every function that can fail returns 0 or a negative errno and, when it was
 * given one, fills a struct error with the text a user should read:
 * "WHAT: WHY", without the leading "gilsim: " and without a newline.
 * Owner    the caller; the text is inside the struct, nothing to free.
 * Threads  each struct belongs to one thread at a time. */
#pragma once

struct error {
	char text[256];
};

/* Formats the text (cut at the size of the struct, and in one line: a control character becomes
 * a blank) and returns `code`, so that `return error_set(err, -EINVAL, ...)` reads in one line.
 * `err` may be NULL. */
int error_set(struct error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Of several steps that are all tried, the first that failed counts: gives `failed` if that is
 * set, or else `code`, with its text. */
int error_first(int failed, int code, const struct error *why, struct error *err);

/* What it is that a file given as input cannot be had, by its errno: bad input, -EINVAL, unless the
 * system had nothing more to give. */
int error_of_input(int why);
