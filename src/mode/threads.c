/* threads.c - workers that are threads around one lock. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mode/mode.h"

struct crew {
	const struct run *run;
	union value *results;
	struct interpreter interpreter;
	struct module module;
	struct barrier start;
	bool cancelled; /* written before the barrier breaks */
};

struct member {
	struct crew *crew;
	struct worker *worker;
	struct world_thread thread;
	int64_t first, n; /* its tasks */
};

static void *member_main(void *argument)
{
	struct member *m = argument;
	struct crew *crew = m->crew;
	const struct work *work = crew->run->work;
	struct vm_thread t;
	int failed = worker_open(crew->run, m->worker, &t, &crew->module);
	m->worker->start_ns = world_now_ns();
	barrier_arrive(&crew->start);
	if (failed)
		m->worker->trap = VM_TRAP_MEMORY;
	else if (!world_load(&crew->cancelled, RELAXED))
		worker_run(crew->run, m->worker, &t, work->args + (size_t)m->first * work->args_n,
			   m->n, crew->results + m->first);
	worker_close(crew->run, m->worker, &t);
	return NULL;
}

/* Starts as many as the system gives; returns how many. */
static int64_t start_members(struct member *members, struct crew *crew, struct worker *workers,
			     int64_t n, int *failed)
{
	for (int64_t k = 0; k < n; k++) {
		struct member *m = &members[k];
		*m = (struct member){.crew = crew, .worker = &workers[k]};
		m->n = work_share(crew->run->work, k, &m->first);
		m->worker->work_n = work_units(crew->run->work, m->first, m->n);
		*failed = world_spawn(&m->thread, member_main, m);
		if (*failed)
			return k;
	}
	return n;
}

/* The barrier opened when the last one arrived. */
static void start_together(struct worker *workers, int64_t n)
{
	int64_t opened_ns = 0;
	for (int64_t k = 0; k < n; k++)
		opened_ns = workers[k].start_ns > opened_ns ? workers[k].start_ns : opened_ns;
	for (int64_t k = 0; k < n; k++)
		workers[k].start_ns = opened_ns;
}

static int run_members(struct member *members, struct crew *crew, struct worker *workers,
		       int64_t n, struct error *err)
{
	int failed = 0;
	int64_t started_n = start_members(members, crew, workers, n, &failed);
	if (failed) {
		world_store(&crew->cancelled, true, RELAXED);
		barrier_break(&crew->start);
	}
	for (int64_t k = 0; k < started_n; k++)
		world_join(&members[k].thread);
	start_together(workers, n);
	if (failed)
		error_set(err, failed,
			  "--threads=%" PRId64 ": the system gave only %" PRId64 " threads: %s", n,
			  started_n, strerror(-failed));
	return failed;
}

int run_threads(const struct run *run, struct worker *workers, union value *results,
		struct error *err)
{
	int64_t n = mode_workers_n(run->mode, run->threads);
	struct crew crew = {.run = run, .results = results, .start.expected = (uint32_t)n};
	int failed = run_open_module(run, &crew.interpreter, &crew.module);
	if (failed)
		return error_set(err, failed, "an interpreter: %s", strerror(-failed));
	struct member *members = calloc((size_t)n, sizeof *members);
	if (members)
		failed = run_members(members, &crew, workers, n, err);
	else
		failed = error_set(err, -ENOMEM, "--threads=%" PRId64 ": no memory", n);
	workers[0].global = module_outcome(&crew.module);
	free(members);
	module_close(&crew.module);
	interpreter_close(&crew.interpreter);
	return failed;
}
