/* threads.c - workers that are threads: around one lock, around one each, or without. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mode/mode.h"

/* An interpreter, and the program's module in it. */
struct home {
	struct interpreter interpreter;
	struct module module;
};

struct crew {
	const struct run *run;
	union value *results;
	struct home *homes; /* one, or one for each member */
	int64_t homes_n;
	struct barrier start;
	bool cancelled; /* written before the barrier breaks */
};

struct member {
	struct crew *crew;
	struct home *home;
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
	int failed = worker_open(crew->run, m->worker, &t, &m->home->module);
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
		m->home = &crew->homes[crew->homes_n > 1 ? k : 0];
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

static void close_homes(struct crew *crew, struct worker *workers)
{
	for (int64_t k = 0; k < crew->homes_n; k++) {
		struct home *home = &crew->homes[k];
		worker_keep_outcome(&workers[k], &home->module);
		module_close(&home->module);
		interpreter_close(&home->interpreter);
	}
	free(crew->homes);
}

static int open_homes(struct crew *crew, int64_t n, struct worker *workers, struct error *err)
{
	int failed = 0;
	crew->homes = aligned_alloc(_Alignof(struct home), (size_t)n * sizeof *crew->homes);
	if (!crew->homes)
		failed = -ENOMEM;
	for (int64_t k = 0; k < n && !failed; k++) {
		struct home *home = &crew->homes[k];
		failed = run_open_module(crew->run, &home->interpreter, &home->module);
		crew->homes_n += !failed;
	}
	if (failed) {
		error_set(err, failed, "interpreter %" PRId64 " of %" PRId64 ": %s",
			  crew->homes_n + 1, n, strerror(-failed));
		close_homes(crew, workers);
	}
	return failed;
}

int run_threads(const struct run *run, struct worker *workers, union value *results,
		struct error *err)
{
	int64_t n = mode_workers_n(run->mode, run->threads);
	assert(n > 0);
	struct crew crew = {.run = run, .results = results, .start.expected = (uint32_t)n};
	int failed = open_homes(&crew, run->mode->own_interpreters ? n : 1, workers, err);
	if (failed)
		return failed;
	struct member *members = calloc((size_t)n, sizeof *members);
	if (members)
		failed = run_members(members, &crew, workers, n, err);
	else
		failed = error_set(err, -ENOMEM, "--threads=%" PRId64 ": no memory", n);
	free(members);
	close_homes(&crew, workers);
	return failed;
}
