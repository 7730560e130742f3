/* output.c - the registry of formats, and files that are whole or not there. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scarce.h"
#include "report/report.h"

extern const struct format format_table, format_json, format_csv, format_jsonl;

const struct format *const formats[] = {&format_table, &format_json, &format_csv, &format_jsonl};
const size_t formats_n = sizeof formats / sizeof *formats;

const struct format *format_find(const char *name)
{
	for (size_t k = 0; k < formats_n; k++)
		if (strcmp(formats[k]->name, name) == 0)
			return formats[k];
	return NULL;
}

const struct format *format_of_file(const char *path)
{
	const char *dot = strrchr(path, '.');
	for (size_t k = 0; dot && k < formats_n; k++)
		if (formats[k]->ending && strcmp(formats[k]->ending, dot) == 0)
			return formats[k];
	return NULL;
}

static const char *name_of(const struct output *o)
{
	return o->path ? o->path : "standard output";
}

static int cannot_write(const struct output *o, int code, struct error *err)
{
	return error_set(err, code, "%s: cannot be written: %s", name_of(o), strerror(-code));
}

/* What stands at the path and is no regular file (a device, a pipe) is written directly. */
static bool is_special(const char *path)
{
	struct stat status;
	return !stat(path, &status) && !S_ISREG(status.st_mode);
}

static int check_target(const char *path)
{
	struct stat status;
	if (!stat(path, &status) && S_ISDIR(status.st_mode))
		return -EISDIR;
	if (access(path, W_OK) && errno != ENOENT)
		return -errno;
	if (is_special(path))
		return 0;
	char *copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	int failed = access(dirname(copy), W_OK | X_OK) ? -errno : 0;
	free(copy);
	return failed;
}

int output_check(const struct output *o, struct error *err)
{
	int failed = o->path ? check_target(o->path) : 0;
	if (!o->path && (fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY)
		failed = -EBADF;
	return failed ? cannot_write(o, failed, err) : 0;
}

int output_open(struct output *o, bool resume, struct error *err)
{
	if (!o->format->repeat)
		return 0;
	o->stream = o->path ? fopen(o->path, resume ? "ae" : "we") : stdout;
	return o->stream ? 0 : cannot_write(o, -errno, err);
}

/* A device cannot be synced: that is no failure. */
static int flush(FILE *stream)
{
	if (fflush(stream) || ferror(stream))
		return errno ? -errno : -EIO;
	if (fsync(fileno(stream)) && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
		return -errno;
	return 0;
}

int output_repeat(struct output *o, const struct row *row, const struct repeat *repeat,
		  struct error *err)
{
	if (!o->format->repeat)
		return 0;
	errno = 0;
	int failed = o->format->repeat(o->stream, row, repeat);
	if (!failed && memory_was_refused())
		failed = -ENOMEM;
	if (!failed)
		failed = flush(o->stream);
	return failed ? cannot_write(o, failed, err) : 0;
}

/* What is written, and how. */
struct document {
	int (*write)(FILE *file, const void *content);
	const void *content;
};

static int write_stream(FILE *stream, const struct document *d)
{
	errno = 0;
	int failed = d->write(stream, d->content);
	if (memory_was_refused())
		failed = -ENOMEM;
	return failed ? failed : flush(stream);
}

static int write_beside(const char *target, const struct document *d)
{
	char *temporary = NULL;
	if (asprintf(&temporary, "%s.%ld.tmp", target, (long)getpid()) < 0)
		return -ENOMEM;
	FILE *stream = fopen(temporary, "wxe");
	int failed = stream ? write_stream(stream, d) : -errno;
	if (stream && fclose(stream) && !failed)
		failed = -errno;
	if (!failed && rename(temporary, target))
		failed = -errno;
	if (failed && stream)
		unlink(temporary);
	free(temporary);
	return failed;
}

/* What a link points to is replaced, not the link. */
static int write_new_file(const char *path, const struct document *d)
{
	char *target = realpath(path, NULL);
	int failed = write_beside(target ? target : path, d);
	free(target);
	return failed;
}

static int write_special_file(const char *path, const struct document *d)
{
	FILE *stream = fopen(path, "we");
	int failed = stream ? write_stream(stream, d) : -errno;
	if (stream && fclose(stream) && !failed)
		failed = -errno;
	return failed;
}

int output_write(const struct output *o, int (*write)(FILE *file, const void *content),
		 const void *content, struct error *err)
{
	const struct document d = {write, content};
	int failed;
	if (!o->path)
		failed = write_stream(stdout, &d);
	else if (is_special(o->path))
		failed = write_special_file(o->path, &d);
	else
		failed = write_new_file(o->path, &d);
	return failed ? cannot_write(o, failed, err) : 0;
}

struct formatted {
	const struct format *format;
	const struct report *report;
};

static int write_formatted(FILE *file, const void *content)
{
	const struct formatted *f = content;
	return f->format->whole(file, f->report);
}

int output_finish(struct output *o, const struct report *report, struct error *err)
{
	if (o->format->whole)
		return output_write(o, write_formatted, &(struct formatted){o->format, report},
				    err);
	output_close(o);
	return 0;
}

void output_close(struct output *o)
{
	if (o->stream && o->stream != stdout)
		fclose(o->stream);
	o->stream = NULL;
}
