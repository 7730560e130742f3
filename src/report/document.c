#include "report/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "base/scarce.h"
#include "report/metrics.h"

static const char accepted[] = "must be a document that gilsim kept with --output=FILE.json";

static int load(struct document *d, struct error *err)
{
	json_error_t why;
	int failed = input_json(d->file, 0, &d->json, &why, err);
	if (failed || d->json)
		return failed;
	return error_set(err, -EINVAL, "%.80s:%d:%d: %.70s: %s", d->file, why.line, why.column,
			 why.text, accepted);
}

/* Minor versions only add. */
static int check_schema(struct document *d, struct error *err)
{
	const char *schema = json_string_value(json_object_get(d->json, "schema"));
	int length = 0;
	if (!schema || sscanf(schema, "gilsim-%23[a-z]/%n", d->kind, &length) != 1 || !length)
		return error_set(err, -EINVAL, "%.80s: schema is %.40s: %s", d->file,
				 schema ? schema : "missing", accepted);
	char *end;
	if (strtol(schema + length, &end, 10) != 1 || (*end && *end != '.'))
		return error_set(err, -EINVAL,
				 "%.80s: schema '%.40s' is of another version: must be gilsim-%s/1",
				 d->file, schema, d->kind);
	return 0;
}

static int check_row(const struct document *d, size_t k, const json_t *row, struct error *err)
{
	static const char *const texts[] = {"workload", "mode", "engine"};
	static const char *const numbers[] = {"wall_ns.median", "wall_ns.ci95.lo",
					      "wall_ns.ci95.hi", "speedup"};
	for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
		if (!json_is_string(json_object_get(row, texts[t])))
			return error_set(err, -EINVAL, "%.80s: results[%zu].%s: must be a text",
					 d->file, k, texts[t]);
	if (json_integer_value(json_object_get(row, "threads")) < 1)
		return error_set(err, -EINVAL,
				 "%.80s: results[%zu].threads: must be a whole number above 0",
				 d->file, k);
	for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
		const json_t *number = metrics_at(row, numbers[n]);
		if (number && !json_is_null(number) && !(json_number_value(number) > 0))
			return error_set(err, -EINVAL,
					 "%.80s: results[%zu].%s: must be a number above 0, "
					 "or null",
					 d->file, k, numbers[n]);
	}
	return 0;
}

static int check_rows(const struct document *d, struct error *err)
{
	const json_t *rows = json_object_get(d->json, "results"), *row;
	size_t k;
	int failed = 0;
	if (!json_array_size(rows))
		return error_set(err, -EINVAL, "%.80s: has no results", d->file);
	json_array_foreach(rows, k, row)
		if (!failed)
			failed = check_row(d, k, row, err);
	return failed;
}

bool document_has_rows(const struct document *d)
{
	return strcmp(d->kind, "results") == 0;
}

int document_read(struct document *d, const char *file, struct error *err)
{
	*d = (struct document){.file = file};
	int failed = load(d, err);
	if (!failed)
		failed = check_schema(d, err);
	return !failed && document_has_rows(d) ? check_rows(d, err) : failed;
}

void document_close(struct document *d)
{
	json_decref(d->json);
	*d = (struct document){0};
}
