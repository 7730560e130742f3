/* process.c - workers that are forked processes, each with a lock of its own: one for each
 * share of the tasks, or a pool that stands ready and is dealt them. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mode/process.h"

/* Each process needs two files here. */
static int explain_too_few(const struct crew *crew, int failed, struct error *err)
{
	char limit[64] = "";
	if (failed == -EMFILE)
		snprintf(limit, sizeof limit, ", two each: the limit is %" PRId64 " (ulimit -Hn)",
			 world_allow_files());
	return error_set(err, failed,
			 "--threads=%" PRId64 ": the system gave only %" PRId64 " processes: %s%s",
			 crew->run->threads, crew->children_n, strerror(-failed), limit);
}

static int start_children(struct crew *crew, struct worker *workers, struct error *err)
{
	const struct run *run = crew->run;
	while (crew->children_n < run->threads) {
		struct child *c = &crew->children[crew->children_n];
		c->crew = crew;
		c->worker = &workers[crew->children_n];
		c->process = &crew->processes[crew->children_n];
		if (!run->pool)
			c->own.n = work_share(run->work, crew->children_n, &c->own.first);
		int failed = world_fork(c->process, false, serve, c);
		if (failed)
			return explain_too_few(crew, failed, err);
		crew->children_n++;
	}
	return 0;
}

/* A pool is ready before the clock starts, and ends after it has stopped. */
static int exchange(struct crew *crew)
{
	const struct run *run = crew->run;
	int failed = world_poll_open(&crew->poll);
	if (!failed)
		failed = exchange_begin(crew);
	if (run->pool && !failed)
		measured_begin(run->measured);
	if (!failed)
		failed = exchange_tasks(crew);
	if (run->pool)
		measured_end(run->measured);
	if (!failed)
		failed = exchange_end(crew);
	world_poll_close(&crew->poll);
	return failed;
}

/* Waits for all.  Without a child that is known to have gone too early, the first that did
 * not end well has.  One that was seen to end has its status, whoever kills it then. */
static void reap(struct crew *crew, bool kill)
{
	struct child *end = crew->children + crew->children_n;
	for (struct child *c = crew->children; c < end && kill; c++)
		world_kill(c->process);
	for (struct child *c = crew->children; c < end; c++) {
		world_wait(c->process, &c->status, &c->worker->peak_rss_bytes);
		if (c->status && !kill && !crew->gone)
			crew->gone = c;
	}
}

/* A trap is the worker's, and found in its record. */
static int explain_gone(const struct child *gone, struct error *err)
{
	if (gone->worker->trap)
		return 0;
	if (gone->status < 0)
		return error_set(err, gone->status == -SIGABRT ? -ENOTRECOVERABLE : -ECHILD,
				 "%s: killed by signal %d (%s)", gone->worker->name, -gone->status,
				 strsignal(-gone->status));
	return error_set(err, -ECHILD, "%s: ended before its tasks were done", gone->worker->name);
}

/* Of children that were waited for after the clock had stopped.  None is in the usage yet; and
 * one that lost its core to the parent when it had sent the last result looked at the clock
 * later than the parent did. */
static void cut_off(struct measured *m, struct worker *w)
{
	int64_t late_ns = w->end_ns - m->ended_ns;
	m->after.user_ns += w->usage.user_ns;
	m->after.sys_ns += w->usage.sys_ns;
	m->after.voluntary_n += w->usage.voluntary_n;
	m->after.involuntary_n += w->usage.involuntary_n;
	if (late_ns > 0) {
		w->end_ns -= late_ns;
		w->io_ns -= late_ns;
	}
}

static int run_crew(struct crew *crew, struct worker *workers, struct error *err)
{
	int failed = start_children(crew, workers, err);
	if (failed) {
		reap(crew, true);
		return failed;
	}
	failed = exchange(crew);
	reap(crew, failed);
	for (int64_t k = 0; k < crew->children_n && crew->run->pool; k++)
		cut_off(crew->run->measured, &workers[k]);
	if (crew->gone)
		return explain_gone(crew->gone, err);
	return failed ? error_set(err, failed, "messages to and from the workers: %s",
				  strerror(-failed))
		      : 0;
}

static int open_crew(struct crew *crew)
{
	const struct run *run = crew->run;
	crew->chunk = run->chunks;
	if (run->pool)
		crew->pool.n = run->work->tasks_n;
	crew->children = calloc((size_t)run->threads, sizeof *crew->children);
	crew->processes = calloc((size_t)run->threads, sizeof *crew->processes);
	if (!crew->children || !crew->processes)
		return -ENOMEM;
	int failed = layout_open(&crew->arguments, ARGUMENTS, run->work->args_n, run->payload);
	return failed ? failed : layout_open(&crew->results, RESULTS, 1, run->payload);
}

static void close_crew(struct crew *crew)
{
	for (int64_t k = 0; k < crew->children_n; k++)
		message_free(&crew->children[k].message);
	layout_close(&crew->arguments);
	layout_close(&crew->results);
	free(crew->processes);
	free(crew->children);
}

static int run_processes(const struct run *run, struct worker *workers, union value *results,
			 struct error *err)
{
	struct crew crew = {.run = run, .totals = results};
	int failed = open_crew(&crew);
	if (failed)
		error_set(err, failed, "--threads=%" PRId64 ": no memory", run->threads);
	else
		failed = run_crew(&crew, workers, err);
	close_crew(&crew);
	return failed;
}

const struct mode mode_process = {
	.name = "process",
	.help = "forked workers, each with its own lock; tasks and results through pipes",
	.threads_help = "worker processes",
	.engine = ENGINE_BYTECODE,
	.forks = true,
	.run = run_processes,
};
