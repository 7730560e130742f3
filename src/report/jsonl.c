/* jsonl - one line a finished repeat, so that a run that is killed keeps all but the
 * repeat in flight, and --resume goes on where it ended. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/scarce.h"
#include "report/metrics.h"
#include "report/report.h"

static const char schema[] = "gilsim-repeat/1";

/* One write, so that a line is whole or torn at its end, never mixed. */
static int write_repeat(FILE *file, const struct row *row, const struct repeat *repeat)
{
	json_t *line = json_pack("{s:s, s:o, s:o}", "schema", schema, "setting",
				 metrics_setting_json(&row->setting), "repeat",
				 metrics_repeat_json(repeat));
	char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	json_decref(line);
	if (!text)
		return -ENOMEM;
	fputs(text, file);
	fputc('\n', file);
	free(text);
	return 0;
}

static void drop_nulls(json_t *object)
{
	const char *key;
	json_t *value;
	void *next;
	json_object_foreach_safe(object, next, key, value)
		if (json_is_null(value))
			json_object_del(object, key);
}

/* The row of that setting that still has the fewest repeats, or NULL.  An older file does not
 * have all that a setting may lack. */
static struct row *row_of(json_t *setting, struct row *rows, size_t rows_n)
{
	struct row *found = NULL;
	drop_nulls(setting);
	for (size_t k = 0; k < rows_n; k++) {
		json_t *own = metrics_setting_json(&rows[k].setting);
		drop_nulls(own);
		bool equal = json_equal(own, setting);
		json_decref(own);
		if (equal && (!found || rows[k].repeats_n < found->repeats_n))
			found = &rows[k];
	}
	return found;
}

static int resume_line(const char *text, struct row *rows, size_t rows_n)
{
	json_t *line = json_loads(text, 0, NULL);
	const json_t *named = json_object_get(line, "schema");
	if (!json_is_string(named) || strcmp(json_string_value(named), schema) != 0) {
		json_decref(line);
		return -EINVAL;
	}
	struct row *row = row_of(json_object_get(line, "setting"), rows, rows_n);
	struct repeat repeat;
	int failed = metrics_read_repeat(json_object_get(line, "repeat"), &repeat);
	if (!failed && row) {
		struct repeat *kept =
			array_push((void **)&row->repeats, &row->repeats_n, sizeof *kept);
		failed = kept ? 0 : -ENOMEM;
		if (kept)
			*kept = repeat;
	}
	if (!failed && !row)
		repeat_free(&repeat);
	json_decref(line);
	return failed;
}

/* Whether a line without its end may be one of ours that was being written. */
static bool is_torn(const char *text, size_t length)
{
	char opening[64];
	size_t size = (size_t)snprintf(opening, sizeof opening, "{\"schema\":\"%s\",", schema);
	return memcmp(text, opening, length < size ? length : size) == 0;
}

/* Reads whole lines; *whole_bytes is where the last of them ends. */
static int resume_lines(FILE *file, const char *path, struct row *rows, size_t rows_n,
			off_t *whole_bytes, struct error *err)
{
	char *line = NULL;
	size_t capacity = 0, number = 0;
	int failed = 0;
	ssize_t length;
	*whole_bytes = 0;
	while (!failed && (length = getline(&line, &capacity, file)) > 0) {
		number++;
		bool is_whole = line[length - 1] == '\n';
		if (is_whole)
			failed = resume_line(line, rows, rows_n);
		else if (!is_torn(line, (size_t)length))
			failed = -EINVAL;
		if (memory_was_refused())
			failed = -ENOMEM;
		*whole_bytes += is_whole ? length : 0;
	}
	free(line);
	if (!failed && !feof(file))
		return error_set(err, -errno, "%s: cannot be read: %s", path, strerror(errno));
	if (failed == -ENOMEM)
		return error_set(err, failed, "%s:%zu: no memory", path, number);
	if (failed)
		return error_set(err, failed, "%s:%zu: not a line of gilsim's jsonl, so it "
				 "cannot be resumed", path, number);
	return 0;
}

int jsonl_resume(const char *path, struct row *rows, size_t rows_n, struct error *err)
{
	off_t whole_bytes;
	FILE *file = fopen(path, "r+e");
	if (!file)
		return errno == ENOENT ? 0
				       : error_set(err, -errno, "%s: cannot be resumed: %s", path,
						   strerror(errno));
	int failed = resume_lines(file, path, rows, rows_n, &whole_bytes, err);
	if (!failed && ftruncate(fileno(file), whole_bytes))
		failed = error_set(err, -errno, "%s: its torn last line cannot be cut: %s", path,
				   strerror(errno));
	fclose(file);
	return failed;
}

const struct format format_jsonl = {
	.name = "jsonl",
	.help = "one line a repeat, written as it finishes; see --resume",
	.ending = ".jsonl",
	.repeat = write_repeat,
};
