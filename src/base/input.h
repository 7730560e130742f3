/* input.h - the files that a user names to be read: none of them is written over.
 *
 * Errors   NULL with errno, or a negative errno with its text; a folder is no file (EISDIR).
 * Owner    who opens one closes it.
 * Threads  gilsim's own, which is the only one of its process. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/error.h"

FILE *input_open(const char *path);

/* 0, and what it holds: *document is the caller's, NULL where it is not JSON, as *why says. */
int input_json(const char *path, size_t flags, json_t **document, json_error_t *why,
	       struct error *err);

/* For who opens it otherwise: 0, or -ENOMEM. */
int input_note(const struct stat *file);

/* Whether it was opened, or noted, by whatever name. */
bool input_is(const struct stat *file);
