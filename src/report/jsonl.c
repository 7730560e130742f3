/* jsonl - one line a finished repeat, so that a run that is killed keeps all but the
 * repeat in flight, and --resume goes on where it ended. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scarce.h"
#include "report/metrics.h"
#include "report/report.h"

static const char schema[] = "gilsim-repeat/1";

static int write_repeat(struct buffer *line, const struct row *row, const struct repeat *repeat)
{
	json_t *json = json_pack("{s:s, s:o, s:o}", "schema", schema, "setting",
				 metrics_setting_json(&row->setting), "repeat",
				 metrics_repeat_json(repeat));
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	int failed = text ? buffer_printf(line, "%s\n", text) : -ENOMEM;
	json_decref(json);
	free(text);
	return failed;
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

/* What is resumed, and how far. */
struct resumed {
	struct row *rows;
	size_t rows_n, lines_n, taken_n; /* lines, and those that belong to a row */
	off_t whole_bytes;		 /* where the last whole line ends */
};

static int resume_line(struct resumed *r, const char *text)
{
	json_t *line = json_loads(text, 0, NULL);
	const json_t *named = json_object_get(line, "schema");
	if (!json_is_string(named) || strcmp(json_string_value(named), schema) != 0) {
		json_decref(line);
		return -EINVAL;
	}
	struct row *row = row_of(json_object_get(line, "setting"), r->rows, r->rows_n);
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
	r->taken_n += !failed && row;
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

static int resume_lines(struct resumed *r, FILE *file, const char *path, struct error *err)
{
	char *line = NULL;
	size_t capacity = 0;
	int failed = 0;
	ssize_t length;
	while (!failed && (length = getline(&line, &capacity, file)) > 0) {
		bool is_whole = line[length - 1] == '\n';
		r->lines_n++;
		if (is_whole)
			failed = resume_line(r, line);
		else if (!is_torn(line, (size_t)length))
			failed = -EINVAL;
		if (memory_was_refused())
			failed = -ENOMEM;
		r->whole_bytes += is_whole ? length : 0;
	}
	if (failed == -ENOMEM)
		error_set(err, failed, "%s:%zu: no memory", path, r->lines_n);
	else if (failed)
		error_set(err, failed, "%s:%zu: not a line of gilsim's jsonl, so it cannot be "
			  "resumed", path, r->lines_n);
	else if (!feof(file)) /* what could not be read would be cut */
		failed = error_set(err, -EIO, "%s: cannot be resumed: %s", path, strerror(errno));
	free(line);
	return failed;
}

/* Nothing of a device or a pipe was kept, and its end may never come. */
static int check_kept(FILE *file, const char *path, struct error *err)
{
	struct stat status;
	if (fstat(fileno(file), &status) || !S_ISREG(status.st_mode))
		return error_set(err, -EINVAL, "%s: cannot be resumed: must be a regular file",
				 path);
	if (file_lock(fileno(file)))
		return error_set(err, -EBUSY, "%s: cannot be resumed: another gilsim writes it",
				 path);
	return 0;
}

static int resume(struct resumed *r, FILE *file, const char *path, struct error *err)
{
	int failed = check_kept(file, path, err);
	if (!failed)
		failed = resume_lines(r, file, path, err);
	if (failed)
		return failed;
	if (r->whole_bytes && !r->taken_n)
		return error_set(err, -EINVAL,
				 "%s: cannot be resumed: all its repeats are of other settings; "
				 "must be the options that made it, or another file", path);
	if (ftruncate(fileno(file), r->whole_bytes))
		return error_set(err, -errno, "%s: its torn last line cannot be cut: %s", path,
				 strerror(errno));
	return 0;
}

int jsonl_resume(const char *path, struct row *rows, size_t rows_n, struct error *err)
{
	struct resumed r = {.rows = rows, .rows_n = rows_n};
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r+");
	if (!file && fd < 0 && errno == ENOENT)
		return 0;
	if (!file)
		return error_set(err, -errno, "%s: cannot be resumed: %s", path, strerror(errno));
	int failed = resume(&r, file, path, err);
	fclose(file);
	return failed;
}

const struct format format_jsonl = {
	.name = "jsonl",
	.help = "one line a repeat, written as it finishes; see --resume",
	.ending = ".jsonl",
	.repeat = write_repeat,
};
