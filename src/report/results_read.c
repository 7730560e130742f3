#include "report/results_read.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "base/scarce.h"
#include "report/report.h"

static const char results_schema[] = "gilsim-results", repeat_schema[] = "gilsim-repeat";

static const char not_ours[] = "not results of gilsim, as --output=FILE.json or FILE.jsonl keeps "
			       "them";

static int no_memory(const char *file, struct error *err)
{
	return error_set(err, -ENOMEM, "%.80s: no memory", file);
}

/* A later minor version only has more fields. */
static int check_schema(const json_t *document, const char *wanted, const char *file, size_t line,
			struct error *err)
{
	const char *schema = json_string_value(json_object_get(document, "schema"));
	size_t length = strlen(wanted);
	char at[32] = "";
	if (line)
		snprintf(at, sizeof at, ":%zu", line);
	if (!schema)
		return error_set(err, -EINVAL, "%.80s%s: has no schema: %s", file, at, not_ours);
	if (strncmp(schema, wanted, length) != 0 || schema[length] != '/')
		return error_set(err, -EINVAL, "%.80s%s: schema '%.40s' must be %s/1", file, at,
				 schema, wanted);
	if (strtol(schema + length + 1, NULL, 10) != 1)
		return error_set(err, -EINVAL,
				 "%.80s%s: schema '%.40s' is of another version: this gilsim reads "
				 "%s/1",
				 file, at, schema, wanted);
	return 0;
}

const char *kept_row_name(const struct kept_results *r, const struct kept_row *row,
			  char text[static 32])
{
	snprintf(text, 32, r->document ? "results[%zu]" : "line %zu", row->place);
	return text;
}

/* `name` is what the row or line is called. */
static int add_sample(struct kept_row *row, const json_t *ns, const char *file, const char *name,
		      struct error *err)
{
	double value = json_is_number(ns) ? json_number_value(ns) : NAN;
	if (isnan(value))
		return error_set(err, -EINVAL, "%.80s: %s: wall_ns must be a number of ns", file,
				 name);
	if (value <= 0)
		return error_set(err, -EINVAL, "%.80s: %s: wall_ns must be above 0, not %g", file,
				 name, value);
	double *sample = array_push((void **)&row->samples_ns, &row->samples_n, sizeof *sample);
	if (!sample)
		return no_memory(file, err);
	*sample = value;
	return 0;
}

static int check_setting(const json_t *setting, const char *file, const char *name,
			 struct error *err)
{
	if (json_is_string(json_object_get(setting, "workload")) &&
	    json_is_string(json_object_get(setting, "mode")) &&
	    json_is_integer(json_object_get(setting, "threads")))
		return 0;
	return error_set(err, -EINVAL, "%.80s: %s: must have workload, mode and threads", file,
			 name);
}

static bool is_right(const json_t *result)
{
	return !json_is_false(json_object_get(result, "checksum_ok"));
}

/* Documents */

/* A wrong result has no samples. */
static int read_result(struct kept_results *r, const json_t *result, size_t place,
		       struct error *err)
{
	struct kept_row *row = array_push((void **)&r->rows, &r->rows_n, sizeof *row);
	const json_t *samples = json_object_get(json_object_get(result, "wall_ns"), "samples"), *ns;
	char name[32];
	size_t k;
	int failed = 0;
	if (!row)
		return no_memory(r->file, err);
	*row = (struct kept_row){.setting = result, .place = place, .is_right = is_right(result)};
	kept_row_name(r, row, name);
	failed = check_setting(result, r->file, name, err);
	json_array_foreach(samples, k, ns)
		if (!failed)
			failed = add_sample(row, ns, r->file, name, err);
	if (failed)
		return failed;
	if (row->is_right && !row->samples_n)
		return error_set(err, -EINVAL, "%.80s: %s: has no wall_ns.samples", r->file, name);
	return 0;
}

static int read_document(struct kept_results *r, struct error *err)
{
	json_error_t why;
	const json_t *result;
	size_t k;
	int failed = input_json(r->file, 0, &r->document, &why, err);
	if (failed)
		return failed;
	if (!r->document)
		return error_set(err, -EINVAL, "%.80s:%d:%d: %.120s: %s", r->file, why.line,
				 why.column, why.text, not_ours);
	failed = check_schema(r->document, results_schema, r->file, 0, err);
	if (failed)
		return failed;
	json_array_foreach(json_object_get(r->document, "results"), k, result)
		if (!failed)
			failed = read_result(r, result, k, err);
	return failed;
}

/* Lines */

static struct kept_row *row_of(struct kept_results *r, const json_t *setting)
{
	for (size_t k = 0; k < r->rows_n; k++)
		if (json_equal(r->rows[k].setting, setting))
			return &r->rows[k];
	struct kept_row *row = array_push((void **)&r->rows, &r->rows_n, sizeof *row);
	if (row)
		*row = (struct kept_row){
			.setting = setting, .place = r->lines_n, .is_right = true};
	return row;
}

static int read_repeat(struct kept_results *r, const json_t *line, struct error *err)
{
	const json_t *repeat = json_object_get(line, "repeat");
	const json_t *setting = json_object_get(line, "setting");
	char name[32];
	snprintf(name, sizeof name, "line %zu", r->lines_n);
	int failed = check_setting(setting, r->file, name, err);
	if (failed)
		return failed;
	struct kept_row *row = row_of(r, setting);
	if (!row)
		return no_memory(r->file, err);
	row->is_right = row->is_right && is_right(repeat);
	return add_sample(row, json_object_get(repeat, "wall_ns"), r->file, name, err);
}

static int read_line(struct kept_results *r, const char *text, struct error *err)
{
	json_error_t why;
	json_t **line = array_push((void **)&r->lines, &r->lines_n, sizeof *line);
	if (!line)
		return no_memory(r->file, err);
	*line = json_loads(text, 0, &why);
	if (memory_was_refused())
		return no_memory(r->file, err);
	if (!*line)
		return error_set(err, -EINVAL, "%.80s:%zu:%d: %.120s: %s", r->file, r->lines_n,
				 why.column, why.text, not_ours);
	int failed = check_schema(*line, repeat_schema, r->file, r->lines_n, err);
	return failed ? failed : read_repeat(r, *line, err);
}

/* A line without its end is what a killed run was writing. */
static int read_lines(struct kept_results *r, struct error *err)
{
	FILE *file = input_open(r->file);
	char *text = NULL;
	size_t capacity = 0;
	ssize_t length;
	int failed = 0;
	if (!file)
		return error_set(err, error_of_input(errno), "%.80s: cannot be read: %s", r->file,
				 strerror(errno));
	while (!failed && (length = getline(&text, &capacity, file)) > 0 &&
	       text[length - 1] == '\n')
		failed = read_line(r, text, err);
	if (!failed && length < 0 && !feof(file))
		failed = error_set(err, error_of_input(errno), "%.80s: cannot be read: %s", r->file,
				   strerror(errno));
	free(text);
	fclose(file);
	return failed;
}

/* A wrong repeat makes a row that has no time. */
static void drop_wrong_samples(struct kept_results *r)
{
	for (size_t k = 0; k < r->rows_n; k++)
		if (!r->rows[k].is_right)
			r->rows[k].samples_n = 0;
}

int results_read(struct kept_results *r, const char *file, struct error *err)
{
	const struct format *format = format_of_file(file);
	r->file = file;
	if (format && format == format_find("csv"))
		return error_set(err, -EINVAL,
				 "%.80s: CSV has no samples: give what --output=FILE.json or "
				 "FILE.jsonl kept",
				 file);
	bool is_lines = format && format == format_find("jsonl");
	int failed = is_lines ? read_lines(r, err) : read_document(r, err);
	if (!failed && !r->rows_n)
		failed = error_set(err, -EINVAL, "%.80s: has no results", file);
	drop_wrong_samples(r);
	return failed;
}

void results_close(struct kept_results *r)
{
	for (size_t k = 0; k < r->rows_n; k++)
		free(r->rows[k].samples_ns);
	for (size_t k = 0; k < r->lines_n; k++)
		json_decref(r->lines[k]);
	free(r->rows);
	free(r->lines);
	json_decref(r->document);
	*r = (struct kept_results){0};
}
