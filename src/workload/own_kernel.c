/* own_kernel.c - a native kernel in a shared object as a workload.  Its program is the same
 * for all kernels: setup, calls in a loop, result; a handle holds its state. */
#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gilsim/kernel.h>

#include "base/input.h"
#include "vm/object.h"
#include "workload/own.h"
#include "workload/trial.h"

static const char program[] =
#include "kernel.gasm.inc"
	;

/* The one whose natives these are. */
static const struct gilsim_kernel *kernel;

/* A process that the kernel forked has no business beyond the kernel. */
static void end_if_stray(void)
{
	if (world_is_stray())
		_exit(EXIT_SUCCESS);
}

static void teardown(void *state)
{
	kernel->teardown(state);
	end_if_stray();
}

static int native_setup(const struct native_call *call)
{
	void *state = NULL;
	int failed = kernel->setup(call->args[0].i, call->args[1].i, &state);
	end_if_stray();
	if (failed)
		return -ENOMEM;
	struct handle *handle = handle_new(state, teardown);
	if (!handle) {
		teardown(state);
		return -ENOMEM;
	}
	call->result->object = &handle->head;
	return 0;
}

static void *state_of(const struct native_call *call)
{
	return ((const struct handle *)call->args[0].object)->state;
}

static int native_call(const struct native_call *call)
{
	kernel->call(state_of(call));
	end_if_stray();
	call->result->i = 0;
	return 0;
}

static int native_result(const struct native_call *call)
{
	call->result->i = (int64_t)kernel->result(state_of(call));
	end_if_stray();
	return 0;
}

static const struct native natives[] = {
	{.name = "setup", .in = "ii", .out = "h", .call = native_setup},
	{.name = "call", .in = "h", .out = "i", .releases = true, .call = native_call},
	{.name = "result", .in = "h", .out = "i", .call = native_result},
	{0},
};

/* --- what a kernel says of itself --- */

static bool is_name(const char *text)
{
	size_t n = 0;
	while (n <= NAME_MOST && (isalnum((unsigned char)text[n]) || text[n] == '_' ||
				  text[n] == '-'))
		n++;
	return n > 0 && n <= NAME_MOST && text[n] == '\0';
}

static int check_set(const char *file, const struct gilsim_kernel *k, struct error *err)
{
	const struct {
		const char *field;
		bool is_set;
	} fields[] = {
		{"name", k->name},   {"help", k->help}, {"unit", k->unit},     {"setup", k->setup},
		{"call", k->call}, {"result", k->result}, {"teardown", k->teardown},
	};
	for (size_t at = 0; at < sizeof fields / sizeof *fields; at++)
		if (!fields[at].is_set)
			return error_set(err, -EINVAL, "%s: gilsim_kernel.%s: must not be NULL",
					 file, fields[at].field);
	if (!is_name(k->name))
		return error_set(err, -EINVAL,
				 "%s: gilsim_kernel.name: must be 1 to %d letters, digits, _ and -",
				 file, NAME_MOST);
	return 0;
}

static int check_range(const char *file, const char *field, int64_t value, int64_t least,
		       int64_t most, struct error *err)
{
	if (value >= least && value <= most)
		return 0;
	return error_set(err, -EINVAL,
			 "%s: gilsim_kernel.%s is %" PRId64 ": must be from %" PRId64
			 " to %" PRId64,
			 file, field, value, least, most);
}

static int check_numbers(const char *file, const struct gilsim_kernel *k, struct error *err)
{
	const struct workload *t = &own_template;
	int failed = check_range(file, "size_least", k->size_least, 0, t->size.most, err);
	if (!failed)
		failed = check_range(file, "size_most", k->size_most, k->size_least, t->size.most,
				     err);
	if (!failed)
		failed = check_range(file, "size_default", k->size_default, k->size_least,
				     k->size_most, err);
	if (!failed)
		failed = check_range(file, "tasks_default", k->tasks_default, t->tasks.least,
				     t->tasks.most, err);
	if (!failed)
		failed = check_range(file, "calls_default", k->calls_default, t->iterations.least,
				     t->iterations.most, err);
	return failed;
}

static int check(const char *file, const struct gilsim_kernel *k, struct error *err)
{
	if (k->abi != GILSIM_KERNEL_ABI)
		return error_set(err, -EINVAL,
				 "%s: gilsim_kernel.abi is %" PRIu32
				 ": must be %d, as in this gilsim's gilsim/kernel.h",
				 file, k->abi, GILSIM_KERNEL_ABI);
	int failed = check_set(file, k, err);
	return failed ? failed : check_numbers(file, k, err);
}

/* --- loading --- */

/* The loader's reason, without the path that opens it. */
static int cannot_load(const char *path, const char *where, struct error *err)
{
	const char *why = dlerror();
	size_t size = strlen(where);
	if (why && strncmp(why, where, size) == 0 && strncmp(why + size, ": ", 2) == 0)
		why += size + 2;
	return error_set(err, -EINVAL, "%s: cannot be loaded: %s", own_shown(path), why);
}

/* A name without a slash is a file here, too, not one of the system's libraries. */
static int load(const char *path, void **library, const struct gilsim_kernel **k,
		struct error *err)
{
	char where[PATH_MAX];
	int size = snprintf(where, sizeof where, "%s%s", strchr(path, '/') ? "" : "./", path);
	if (size >= (int)sizeof where)
		return error_set(err, -EINVAL, "%s: %s", own_shown(path), strerror(ENAMETOOLONG));
	*library = dlopen(where, RTLD_NOW | RTLD_LOCAL);
	if (!*library)
		return cannot_load(path, where, err);
	*k = dlsym(*library, "gilsim_kernel");
	if (!*k)
		return error_set(err, -EINVAL,
				 "%s: must export gilsim_kernel, as gilsim/kernel.h declares it",
				 own_shown(path));
	return check(own_shown(path), *k, err);
}

struct verdict {
	int failed;
	struct error error;
};

static int try_load(const struct world_channel *parent, void *argument)
{
	const char *path = argument;
	void *library = NULL;
	const struct gilsim_kernel *k;
	struct verdict verdict = {0};
	verdict.failed = load(path, &library, &k, &verdict.error);
	return world_send(parent, &verdict, sizeof verdict) ? EXIT_FAILURE : 0;
}

/* Not in this process: loading a truncated file may crash. */
static int probe(const char *path, struct error *err)
{
	struct stat status;
	struct verdict verdict;
	if (stat(path, &status))
		return error_set(err, -EINVAL, "%s: cannot be loaded: %s", own_shown(path),
				 strerror(errno));
	if (!S_ISREG(status.st_mode))
		return error_set(err, -EINVAL, "%s: must be a regular file, a shared object",
				 own_shown(path));
	if (input_note(&status))
		return error_set(err, -ENOMEM, "%s: no memory", own_shown(path));
	int failed = trial_ask(own_shown(path), "while it was loaded: is it whole?", try_load,
			       (void *)path, &verdict, sizeof verdict, err);
	if (failed)
		return failed;
	if (verdict.failed)
		*err = verdict.error;
	return verdict.failed;
}

static void describe(struct own *own, const char *path)
{
	struct workload *w = &own->workload;
	*w = own_template;
	w->name = kernel->name;
	w->file = own_shown(path);
	w->help = kernel->help;
	w->unit = "call";
	snprintf(own->size_help, sizeof own->size_help, "%ss", kernel->unit);
	w->size = (struct choice){.least = kernel->size_least, .most = kernel->size_most,
				  .preset = kernel->size_default, .help = own->size_help};
	if (!w->size.most)
		w->size.help = "its size_most is 0";
	w->tasks.preset = kernel->tasks_default;
	w->tasks.help = "states, each set up, called and torn down";
	w->iterations.preset = kernel->calls_default;
	w->iterations.help = "calls a task";
	w->programs[ENGINE_NATIVE] = program;
	w->natives = natives;
}

int own_kernel_open(struct own *own, const char *path, struct error *err)
{
	*own = (struct own){0};
	int failed = probe(path, err);
	if (!failed)
		failed = load(path, &own->library, &kernel, err);
	if (failed) {
		own_close(own);
		return failed;
	}
	world_watch_forks();
	describe(own, path);
	return 0;
}
