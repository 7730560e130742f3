/* files - text files read and scanned in nested loops: I/O and computing by turns, as a reader
 * of "Python is NOT Single Threaded" does with thousands of them.
 *
 * All files of one size are parts of one file without a name, one behind the other: so
 * thousands need one descriptor, which workers inherit, and none can be left behind, however
 * gilsim ends.  What this leaves out is open() and close(), a few us a file. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "kernel/kernel.h"
#include "vm/object.h"
#include "workload/text.h"
#include "workload/workload.h"

static const char bytecode[] =
#include "files.gasm.inc"
	;
static const char native[] =
#include "files_native.gasm.inc"
	;

/* Files of one size, which jobs share; a job of fewer has the first of them. */
struct set {
	int64_t size, users_n;
	int file;
	const char *folder; /* where it is */
	size_t counts_n;
	struct text_counts *counts; /* of each file */
};
static struct set *sets;
static size_t sets_n;

static struct set *find_set(int64_t size)
{
	for (size_t k = 0; k < sets_n; k++)
		if (sets[k].size == size && sets[k].users_n > 0)
			return &sets[k];
	return NULL;
}

/* --- making them --- */

/* Where the folder's file system knows no files without a name, shared memory does. */
static int open_unnamed(struct set *set)
{
	const char *asked = getenv("TMPDIR");
	set->folder = asked && *asked ? asked : "/tmp";
	set->file = open(set->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (set->file < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
		set->folder = "/dev/shm";
		set->file = open(set->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	}
	return set->file < 0 ? -errno : 0;
}

static int write_all(int file, const unsigned char *bytes, int64_t size, int64_t at)
{
	while (size > 0) {
		ssize_t written = pwrite(file, bytes, (size_t)size, at);
		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			bytes += written;
			at += written;
			size -= written;
		}
	}
	return 0;
}

/* The number of a file is its seed, so it has the same text in every run. */
static int add_file(struct set *set, unsigned char *text)
{
	int64_t at = (int64_t)set->counts_n * set->size;
	struct text_counts counts = text_fill(text, set->size, set->counts_n);
	int failed = write_all(set->file, text, set->size, at);
	if (failed)
		return failed;
	struct text_counts *slot =
		array_push((void **)&set->counts, &set->counts_n, sizeof *slot);
	if (!slot)
		return -ENOMEM;
	*slot = counts;
	return 0;
}

/* Asks for all of the room first: a disk is not filled before it is found too small. */
static int grow(struct set *set, int64_t files_n)
{
	int64_t total;
	if (__builtin_mul_overflow(files_n, set->size, &total))
		return -EFBIG;
	if (fallocate(set->file, 0, 0, total) && errno != EOPNOTSUPP)
		return -errno;
	unsigned char *text = malloc((size_t)set->size);
	int failed = text ? 0 : -ENOMEM;
	while (!failed && (int64_t)set->counts_n < files_n)
		failed = add_file(set, text);
	free(text);
	return failed;
}

static void let_go(struct set *set)
{
	if (--set->users_n > 0)
		return;
	if (set->file >= 0)
		close(set->file);
	free(set->counts);
	*set = sets[--sets_n];
	if (sets_n == 0) {
		free(sets);
		sets = NULL;
	}
}

static int64_t tasks_n(const struct job *job)
{
	return job->scaling == SCALING_WEAK ? job->tasks * job->threads : job->tasks;
}

static int open_files(const struct job *job, struct error *err)
{
	struct set *set = find_set(job->size);
	int failed = 0;
	if (!set) {
		set = array_push((void **)&sets, &sets_n, sizeof *set);
		if (!set)
			return error_set(err, -ENOMEM, "workload files: no memory");
		set->size = job->size;
		failed = open_unnamed(set);
	}
	set->users_n++;
	if (!failed && (int64_t)set->counts_n < tasks_n(job))
		failed = grow(set, tasks_n(job));
	if (failed) {
		error_set(err, failed,
			  "workload files: %.80s: cannot hold %" PRId64 " files of %" PRId64
			  " bytes: %s; set TMPDIR to another folder",
			  set->folder, tasks_n(job), job->size, strerror(-failed));
		let_go(set);
	}
	return failed;
}

static void close_files(const struct job *job)
{
	let_go(find_set(job->size));
}

/* --- what the programs call --- */

/* A read moves data and does not wait for anything to happen, for a file always has its next
 * bytes: so there is nothing that an event loop could go on without.  It gives the lock away,
 * and under an event loop it keeps the loop, as open().read() does under asyncio. */
static int native_read(const struct native_call *call)
{
	struct bytes *text = bytes_new(call->args[2].i);
	if (!text)
		return -ENOMEM;
	int64_t at = 0;
	ssize_t got = 1;
	while (at < text->n && (got > 0 || (got < 0 && errno == EINTR))) {
		got = pread((int)call->args[0].i, text->items + at, (size_t)(text->n - at),
			    call->args[1].i + at);
		at += got > 0 ? got : 0;
	}
	if (at < text->n) {
		free(text);
		return -EIO;
	}
	call->result->object = &text->head;
	return 0;
}

/* Linear, so that the sum over files and passes is that of their counts. */
static uint64_t fold(struct text_counts counts)
{
	return ((uint64_t)counts.lines * 1000003 + (uint64_t)counts.words) * 1000003 +
	       (uint64_t)counts.found;
}

static int native_scan(const struct native_call *call)
{
	const struct bytes *text = (const struct bytes *)call->args[0].object;
	call->result->i = (int64_t)fold(text_scan(text->items, text->n,
						  (uint64_t)call->args[1].i));
	return 0;
}

/* One cost for each byte is all that a model has for a workload, and the scan's is by far the
 * greater: a read costs a call. */
static int64_t scanned_n(const union value *args)
{
	return ((const struct bytes *)args[0].object)->n;
}

static const struct native natives[] = {
	{.name = "read_text", .in = "iii", .out = "b", .waits = true, .call = native_read},
	{.name = "scan_text", .in = "bi", .out = "i", .releases = true, .call = native_scan,
	 .items = scanned_n},
	{0},
};

/* --- the tasks --- */

static int64_t units(const struct job *job, int64_t task)
{
	(void)task;
	return job->size * job->iterations;
}

static void args(const struct job *job, int64_t task, union value *args)
{
	args[0].i = find_set(job->size)->file;
	args[1].i = task * job->size;
	args[2].i = job->size;
	args[3].i = job->iterations;
	args[4].i = (int64_t)text_word(TEXT_WORD);
}

/* From what was counted while the text was written. */
static int expect(const struct job *job, struct result *result)
{
	const struct set *set = find_set(job->size);
	uint64_t sum = 0;
	for (int64_t k = 0; k < tasks_n(job); k++)
		sum += fold(set->counts[k]);
	result->value.i = (int64_t)(sum * (uint64_t)job->iterations);
	return 0;
}

const struct workload workload_files = {
	.name = "files",
	.help = "text files, read and scanned: lines, words, and how often one word is there",
	.unit = "byte",
	.size = {.least = 1, .most = INT64_C(1) << 30, .preset = 16384, .help = "bytes a file"},
	.tasks = {.least = 1, .most = 1000000, .preset = 1000, .help = "files"},
	.iterations = {.least = 1, .most = 1000000000, .preset = 1,
		       .help = "passes over each file"},
	.total = TOTAL_SUM_INT,
	.programs = {bytecode, native},
	.natives = natives,
	.size_is_work = true,
	.open = open_files,
	.close = close_files,
	.tasks_n = tasks_n,
	.units = units,
	.args = args,
	.expect = expect,
};
