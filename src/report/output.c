/* output.c - the registry of formats, and files that are whole or not there. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/input.h"
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

static int check_output(const struct output *o, struct error *err)
{
	int failed = o->path ? check_target(o->path) : 0;
	if (!o->path && (fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY)
		failed = -EBADF;
	return failed ? cannot_write(o, failed, err) : 0;
}

/* Which file a path names: of one that is not there yet, its name in which folder. */
struct place {
	struct stat status;
	const char *name; /* NULL: it is there */
};

static bool find_place(const char *path, struct place *p)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	p->name = NULL;
	if (!stat(path, &p->status))
		return S_ISREG(p->status.st_mode);
	p->name = slash ? slash + 1 : path;
	int size = snprintf(folder, sizeof folder, "%.*s.", (int)(p->name - path), path);
	return size < (int)sizeof folder && !stat(folder, &p->status);
}

static bool are_one_file(const char *a, const char *b)
{
	struct place of_a, of_b;
	return find_place(a, &of_a) && find_place(b, &of_b) &&
	       of_a.status.st_dev == of_b.status.st_dev &&
	       of_a.status.st_ino == of_b.status.st_ino && !of_a.name == !of_b.name &&
	       (!of_a.name || strcmp(of_a.name, of_b.name) == 0);
}

static int check_alone(const struct output *outputs, size_t at, struct error *err)
{
	const char *path = outputs[at].path;
	struct stat status;
	if (!stat(path, &status) && input_is(&status))
		return error_set(err, -EINVAL,
				 "%.80s: cannot be written: is read, too: must be another file",
				 path);
	for (size_t k = 0; k < at; k++)
		if (outputs[k].path && are_one_file(outputs[k].path, path))
			return error_set(err, -EINVAL,
					 "%.80s: cannot be written: is the same file as %.80s",
					 path, outputs[k].path);
	return 0;
}

int outputs_check(const struct output *outputs, size_t n, struct error *err)
{
	int failed = 0;
	for (size_t k = 0; k < n && !failed; k++) {
		failed = check_output(&outputs[k], err);
		if (!failed && outputs[k].path)
			failed = check_alone(outputs, k, err);
	}
	return failed;
}

/* One of the process, not of the descriptor: a child that outlives a killed gilsim by a moment
 * does not hold it. */
int file_lock(int fd)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	return fcntl(fd, F_SETLK, &whole) && (errno == EAGAIN || errno == EACCES) ? -EBUSY : 0;
}

/* A pipe or a device may have many writers. */
static bool is_kept(int fd)
{
	struct stat status;
	return !fstat(fd, &status) && S_ISREG(status.st_mode);
}

static int open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	int failed = fd < 0 ? -errno : is_kept(fd) ? file_lock(fd) : 0;
	if (failed && fd >= 0)
		close(fd);
	return failed ? failed : fd;
}

static int open_output(struct output *o, struct error *err)
{
	if (!o->format->repeat)
		return 0;
	int fd = o->path ? open_file(o->path) : STDOUT_FILENO;
	if (fd == -EBUSY)
		return error_set(err, fd, "%s: cannot be written: another gilsim writes it",
				 o->path);
	if (fd < 0)
		return cannot_write(o, fd, err);
	o->fd = fd;
	o->is_open = true;
	return 0;
}

int outputs_open(struct output *outputs, size_t n, bool resume, struct error *err)
{
	int failed = 0;
	for (size_t k = 0; k < n && !failed; k++)
		failed = open_output(&outputs[k], err);
	for (size_t k = 0; k < n && !failed && !resume; k++)
		if (outputs[k].is_open && outputs[k].path && is_kept(outputs[k].fd) &&
		    ftruncate(outputs[k].fd, 0))
			failed = cannot_write(&outputs[k], -errno, err);
	return failed;
}

/* Who gave us a pipe may have set it not to wait. */
static void wait_for_room(int fd)
{
	poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, bytes, size);
		if (written < 0 && errno == EAGAIN)
			wait_for_room(fd);
		else if (written < 0 && errno != EINTR)
			return -errno;
		bytes += written > 0 ? written : 0;
		size -= written > 0 ? (size_t)written : 0;
	}
	return 0;
}

/* A device cannot be synced: that is no failure. */
static int sync_all(int fd)
{
	int failed;
	do {
		failed = fdatasync(fd) ? -errno : 0;
	} while (failed == -EINTR);
	return failed == -EINVAL || failed == -EROFS || failed == -ENOTSUP ? 0 : failed;
}

static int write_durably(int fd, const char *bytes, size_t size)
{
	int failed = write_all(fd, bytes, size);
	return failed ? failed : sync_all(fd);
}

static bool is_removed(int fd)
{
	struct stat status;
	return !fstat(fd, &status) && S_ISREG(status.st_mode) && status.st_nlink == 0;
}

int output_repeat(struct output *o, const struct row *row, const struct repeat *repeat,
		  struct error *err)
{
	struct buffer line = {0};
	if (!o->format->repeat)
		return 0;
	int failed = o->format->repeat(&line, row, repeat);
	if (!failed && memory_was_refused())
		failed = -ENOMEM;
	if (!failed)
		failed = write_durably(o->fd, line.bytes, line.size);
	buffer_free(&line);
	if (!failed && o->path && is_removed(o->fd))
		return error_set(err, -ENOENT, "%s: was removed while it was written", o->path);
	return failed ? cannot_write(o, failed, err) : 0;
}

struct text {
	char *bytes;
	size_t size;
};

static int write_to(int fd, const struct text *text)
{
	int failed = fd < 0 ? -errno : write_durably(fd, text->bytes, text->size);
	if (fd >= 0 && close(fd) && !failed)
		failed = -errno;
	return failed;
}

/* Of a pipe it waits for a reader, until a signal comes. */
static int open_special(const char *path)
{
	enum { LOOK_EVERY_MS = 20 };
	int fd;
	do {
		fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	} while (fd < 0 && errno == ENXIO && poll(NULL, 0, LOOK_EVERY_MS) == 0);
	return fd;
}

static int write_beside(const char *target, const char *temporary, const struct text *text)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int failed = write_to(fd, text);
	if (!failed && rename(temporary, target))
		failed = -errno;
	if (failed && fd >= 0)
		unlink(temporary);
	return failed;
}

/* What a link points to is replaced, not the link.  No signal that can wait ends gilsim while
 * the temporary file is there. */
static int write_new_file(const char *path, const struct text *text)
{
	sigset_t all, before;
	char *temporary = NULL, *resolved = realpath(path, NULL);
	const char *target = resolved ? resolved : path;
	int failed = -ENOMEM;
	sigfillset(&all);
	if (asprintf(&temporary, "%s.%ld.tmp", target, (long)getpid()) >= 0) {
		sigprocmask(SIG_BLOCK, &all, &before);
		failed = write_beside(target, temporary, text);
		sigprocmask(SIG_SETMASK, &before, NULL);
		free(temporary);
	}
	free(resolved);
	return failed;
}

/* All of it, before anything is opened: what is slow to make is not made in a file half done. */
static int make_text(struct text *text, int (*write)(FILE *file, const void *content),
		     const void *content)
{
	FILE *stream = open_memstream(&text->bytes, &text->size);
	if (!stream)
		return -errno;
	errno = 0;
	int failed = write(stream, content);
	bool is_whole = !ferror(stream);
	is_whole = !fclose(stream) && !memory_was_refused() && is_whole;
	if (!is_whole && !failed)
		failed = -ENOMEM;
	return failed;
}

int output_write(const struct output *o, int (*write)(FILE *file, const void *content),
		 const void *content, struct error *err)
{
	struct text text = {0};
	int failed = make_text(&text, write, content);
	if (!failed && !o->path)
		failed = write_durably(STDOUT_FILENO, text.bytes, text.size);
	else if (!failed && is_special(o->path))
		failed = write_to(open_special(o->path), &text);
	else if (!failed)
		failed = write_new_file(o->path, &text);
	free(text.bytes);
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
	if (o->is_open && o->path)
		close(o->fd);
	o->is_open = false;
}
