/* document.h - a result document that was kept, of whatever kind.
 *
 * Errors   0 or -EINVAL, with a text that names the file and where it is wrong.
 * Owner    the caller, with document_close, safe on a zeroed struct. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

struct document {
	const char *file; /* borrowed */
	json_t *json;
	char kind[24]; /* as its schema says: results, breakeven, scenario, ... */
};

/* Reads and checks all that a page relies on: of results each row's setting, and that what was
 * measured is a number above 0 or null. */
int document_read(struct document *d, const char *file, struct error *err);
void document_close(struct document *d);

/* Whether it holds rows of settings, as gilsim run, matrix and advise keep them. */
bool document_has_rows(const struct document *d);
