/* html.h - pieces of an HTML page, written into memory.
 *
 * Errors   kept: after the first failure nothing more is written, and `failed` is -ENOMEM. */
#pragma once

#include <jansson.h>

#include "base/buffer.h"

struct html {
	struct buffer text;
	int failed;
};

/* Markup, as it stands. */
void html_put(struct html *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text of others, which may hold anything. */
void html_text(struct html *h, const char *text);

/* Any JSON value for reading: facts, and tables of what stands in arrays.  Names that end in _ns
 * are durations; lists of samples are left out. */
void html_json(struct html *h, const json_t *value);
