#include "workload/trial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int trial_ask(const char *file, const char *when,
	      int (*run)(const struct world_channel *parent, void *arg), void *arg, void *answer,
	      size_t size, struct error *err)
{
	struct world_process child;
	int status;
	int failed = world_fork(&child, false, run, arg);
	if (failed)
		return error_set(err, failed, "%s: no process to try it in: %s", file,
				 strerror(-failed));
	failed = world_receive(&child.channel, answer, size);
	world_wait(&child, &status, NULL);
	if (!failed)
		return 0;
	if (status < 0)
		return error_set(err, -EINVAL, "%s: killed by signal %d (%s) %s", file, -status,
				 strsignal(-status), when);
	return error_set(err, -EINVAL, "%s: ended the process with status %d %s", file, status,
			 when);
}

struct answer {
	enum vm_trap trap;
	union value total;
};

/* In the child, which ends after it: nothing is freed. */
static enum vm_trap run_all(const struct work *w, union value *results)
{
	static struct interpreter interpreter;
	static struct module module;
	static struct vm_thread t;
	static struct gil_stats stats;
	const struct interpreter_options options = {
		.policy = gil_policy_find("cpython"),
		.interval_ns = ABSENT,
		.ticks = ABSENT,
	};
	if (interpreter_open(&interpreter, &options) ||
	    module_open(&module, &interpreter, &w->program) ||
	    vm_thread_open(&t, &module, "the first run", ACCOUNTING_OFF, &stats))
		return VM_TRAP_MEMORY;
	gil_take(&t.gil);
	enum vm_trap trap = work_run(w, &t, w->args, w->tasks_n, results);
	gil_detach(&t.gil);
	return trap;
}

static int try_all(const struct world_channel *parent, void *argument)
{
	const struct work *w = argument;
	struct answer answer = {.trap = VM_TRAP_MEMORY};
	union value *results = calloc((size_t)w->tasks_n, sizeof *results);
	if (results)
		answer.trap = run_all(w, results);
	if (!answer.trap)
		answer.total = work_total(w, results);
	free(results);
	return world_send(parent, &answer, sizeof answer) ? EXIT_FAILURE : 0;
}

int trial_total(const struct work *w, union value *total, struct error *err)
{
	const char *file = w->job.workload->file;
	struct answer answer = {.trap = VM_TRAP_MEMORY};
	int failed = trial_ask(file, "in its first run", try_all, (void *)w, &answer,
			       sizeof answer, err);
	if (failed)
		return failed;
	if (answer.trap)
		return error_set(err, answer.trap == VM_TRAP_MEMORY ? -ENOMEM : -EINVAL, "%s: %s",
				 file, vm_trap_text(answer.trap));
	*total = answer.total;
	return 0;
}
