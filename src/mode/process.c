/* process.c - workers that are forked processes, each with a lock of its own.  Tasks and
 * results go through pipes; starting and moving them is part of the wall time. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "mode/mode.h"

struct child {
	const struct run *run;
	struct worker *worker;
	struct world_process process;
	int64_t first, n; /* its tasks */
	int status;	  /* how it ended: see world_wait */
};

enum { CHILD_FAILED = 1 };

/* In the child: the tasks that the parent sent, run, and their results sent back. */
static int serve(const struct world_channel *parent, struct child *c, struct vm_thread *t,
		 union value *args, union value *results)
{
	char ready = 1, go;
	const struct work *work = c->run->work;
	if (world_send(parent, &ready, sizeof ready) ||
	    world_receive(parent, args, (size_t)c->n * work->args_n * sizeof *args) ||
	    world_receive(parent, &go, sizeof go))
		return CHILD_FAILED;
	worker_run(c->run, c->worker, t, args, c->n, results);
	c->worker->global = module_outcome(t->module);
	c->worker->references_off = module_references_off(t->module);
	int64_t sending_ns = c->worker->end_ns;
	int failed = world_send(parent, results, (size_t)c->n * sizeof *results);
	c->worker->end_ns = world_now_ns();
	c->worker->io_ns += c->worker->end_ns - sending_ns;
	worker_close(c->run, c->worker, t);
	return failed ? CHILD_FAILED : 0;
}

/* In the child, which ends after it: nothing is freed. */
static int child_main(const struct world_channel *parent, void *argument)
{
	struct child *c = argument;
	const struct run *run = c->run;
	static struct interpreter interpreter;
	static struct module module;
	static struct vm_thread t;
	union value *args = malloc((size_t)c->n * run->work->args_n * sizeof *args + 1);
	union value *results = calloc((size_t)c->n + 1, sizeof *results);
	if (!args || !results || run_open_module(run, &interpreter, &module) ||
	    worker_open(run, c->worker, &t, &module)) {
		c->worker->trap = VM_TRAP_MEMORY;
		return CHILD_FAILED;
	}
	return serve(parent, c, &t, args, results);
}

static int start_children(struct child *children, int64_t n, const struct run *run,
			  struct worker *workers, struct error *err)
{
	for (int64_t k = 0; k < n; k++) {
		struct child *c = &children[k];
		c->run = run;
		c->worker = &workers[k];
		c->n = work_share(run->work, k, &c->first);
		c->worker->work_n = work_units(run->work, c->first, c->n);
		int failed = world_fork(&c->process, false, child_main, c);
		if (failed)
			return error_set(err, failed,
					 "--threads=%" PRId64 ": the system gave only %" PRId64
					 " processes: %s",
					 n, k, strerror(-failed));
	}
	return 0;
}

static int send_tasks(const struct child *c)
{
	const struct work *work = c->run->work;
	return world_send(&c->process.channel, work->args + (size_t)c->first * work->args_n,
			  (size_t)c->n * work->args_n * sizeof *work->args);
}

/* Waits until all are ready, hands the tasks out, starts all, and collects in the order of
 * the tasks.  NULL, or the child that has gone before its tasks were done. */
static struct child *exchange(struct child *children, int64_t n, union value *results)
{
	char ready, go = 1;
	struct child *end = children + n;
	for (struct child *c = children; c < end; c++)
		if (world_receive(&c->process.channel, &ready, sizeof ready))
			return c;
	for (struct child *c = children; c < end; c++)
		if (send_tasks(c))
			return c;
	int64_t start_ns = world_now_ns();
	for (struct child *c = children; c < end; c++) {
		c->worker->start_ns = start_ns;
		if (world_send(&c->process.channel, &go, sizeof go))
			return c;
	}
	for (struct child *c = children; c < end; c++)
		if (world_receive(&c->process.channel, results + c->first,
				  (size_t)c->n * sizeof *results))
			return c;
	return NULL;
}

static void reap(struct child *children, int64_t n, struct child *gone, bool kill)
{
	for (struct child *c = children; c < children + n && c->process.id > 0; c++) {
		if (kill && c != gone)
			world_kill(&c->process);
		world_wait(&c->process, &c->status, &c->worker->peak_rss_bytes);
	}
}

static int explain(const struct child *gone, struct error *err)
{
	if (gone->status < 0)
		return error_set(err, gone->status == -SIGABRT ? -ENOTRECOVERABLE : -ECHILD,
				 "%s: killed by signal %d (%s)", gone->worker->name, -gone->status,
				 strsignal(-gone->status));
	if (gone->worker->trap)
		return error_set(err, -ENOMEM, "%s: %s", gone->worker->name,
				 vm_trap_text(gone->worker->trap));
	return error_set(err, -ECHILD, "%s: ended before its tasks were done", gone->worker->name);
}

static int run_processes(const struct run *run, struct worker *workers, union value *results,
			 struct error *err)
{
	int64_t n = run->threads;
	struct child *children = calloc((size_t)n, sizeof *children);
	if (!children)
		return error_set(err, -ENOMEM, "--threads=%" PRId64 ": no memory", n);
	int failed = start_children(children, n, run, workers, err);
	struct child *gone = failed ? NULL : exchange(children, n, results);
	reap(children, n, gone, failed || gone);
	if (gone)
		failed = explain(gone, err);
	free(children);
	return failed;
}

const struct mode mode_process = {
	.name = "process",
	.help = "forked workers, each with its own lock; tasks and results through pipes",
	.threads_help = "worker processes",
	.engine = ENGINE_BYTECODE,
	.run = run_processes,
};
