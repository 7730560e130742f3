/* report.h - what came out, in the forms that people and programs read.
 *
 * Errors   0 or a negative errno with a text that names the file.
 * Owner    rows are borrowed. */
#pragma once

#include <stdio.h>

#include "base/buffer.h"
#include "measure/measure.h"
#include "measure/unrest.h"

/* What a command concludes from the rows that it measured. */
struct finding {
	const char *key;    /* its place in a JSON document */
	struct json_t *json;
	struct buffer text; /* for reading */
	bool replaces_rows; /* the table shows it instead of them, not below them */
};

struct report {
	const struct row *rows;
	size_t rows_n;
	const struct finding *finding; /* NULL: the rows say it all */
	const char *unused;	       /* options that no row heeds; empty or NULL: none */
	const struct measure_options *options; /* how it was measured; NULL: not known */
	const struct unrest *unrest;	       /* NULL: nobody looked */
};

/* One format: either the whole report at its end, or each repeat as it finishes. */
struct format {
	const char *name, *help;
	const char *ending; /* of a file that gets it, with its dot; NULL: none */
	/* 0 or a negative errno; what the stream itself could not take its owner finds out. */
	int (*whole)(FILE *file, const struct report *report);
	int (*repeat)(struct buffer *line, const struct row *row, const struct repeat *repeat);
};

extern const struct format *const formats[];
extern const size_t formats_n;
const struct format *format_find(const char *name);
const struct format *format_of_file(const char *path);

/* One target: standard output (path NULL) or a file. */
struct output {
	const struct format *format;
	const char *path;
	bool is_open; /* while repeats are written */
	int fd;
};

/* Whether the targets can be written, each a file of its own that is not read (base/input.h);
 * touches nothing. */
int outputs_check(const struct output *outputs, size_t n, struct error *err);

/* Opens the targets of formats of repeats: empties them, or goes on behind what they hold.  -EBUSY
 * when another gilsim writes one: none is emptied. */
int outputs_open(struct output *outputs, size_t n, bool resume, struct error *err);

/* Writes a finished repeat by one call, if the format is one of repeats, and makes it durable. */
int output_repeat(struct output *o, const struct row *row, const struct repeat *repeat,
		  struct error *err);

/* Writes what `write` makes of the content to a temporary file that then takes the target's
 * place: nothing is ever half-written. */
int output_write(const struct output *o, int (*write)(FILE *file, const void *content),
		 const void *content, struct error *err);

/* Writes the whole report, if the format is one of those.  Closes in any case. */
int output_finish(struct output *o, const struct report *report, struct error *err);
void output_close(struct output *o);

/* Locks a file that is open for writing against other gilsims until it is closed: 0, or -EBUSY.
 * What knows no locks is not locked. */
int file_lock(int fd);

/* Reads the repeats of an earlier run into the rows of equal settings, and cuts off a
 * torn last line.  A file that does not exist is an empty one; one whose repeats are all of other
 * settings is refused, and left as it is. */
int jsonl_resume(const char *path, struct row *rows, size_t rows_n, struct error *err);
