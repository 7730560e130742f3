/* mode.c - the registry of modes, and what every run has around it. */
#include "mode/mode.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"
#include "world/host.h"
#include "world/loop.h"

/* The registry. */
#define MODES(NAMED) \
	NAMED(locked) \
	NAMED(released) \
	NAMED(process) \
	NAMED(openmp) \
	NAMED(subinterp) \
	NAMED(free) \
	NAMED(async)

#define DECLARE(name) extern const struct mode mode_##name;
MODES(DECLARE)
#undef DECLARE

const struct parent_figures no_parent = {ABSENT, ABSENT, ABSENT, ABSENT};
const char *const pool_names[] = {[POOL_OFF] = "off", [POOL_ON] = "on"};

const struct mode *const modes[] = {
#define PLACE(name) &mode_##name,
	MODES(PLACE)
#undef PLACE
};
const size_t modes_n = sizeof modes / sizeof *modes;

int64_t mode_workers_n(const struct mode *mode, int64_t threads)
{
	return mode->teams || mode->has_coroutines ? 1 : threads;
}

int64_t mode_shares_n(const struct mode *mode, int64_t threads)
{
	return mode->teams ? 1 : threads;
}

int64_t mode_threads_most(const struct mode *mode)
{
	return mode->has_coroutines ? 1000000 : 65536;
}

enum engine mode_engine(const struct mode *mode, const struct workload *workload)
{
	return workload->programs[mode->engine] ? mode->engine : !mode->engine;
}

int mode_suits(const struct mode *mode, const struct workload *workload, enum engine engine,
	       struct error *err)
{
	if (!workload->programs[engine])
		return error_set(err, -EINVAL, "mode %s: workload %s has no %s form", mode->name,
				 workload->name, engine_names[engine]);
	if (mode->teams && !workload->teams)
		return error_set(err, -EINVAL, "mode %s: workload %s has no kernel for a team",
				 mode->name, workload->name);
	if (mode->teams && engine != ENGINE_NATIVE)
		return error_set(err, -EINVAL, "mode %s: runs native kernels, not bytecode",
				 mode->name);
	return 0;
}

int mode_fits(const struct mode *mode, const struct workload *workload, enum engine engine,
	      struct error *err)
{
	int failed = mode_suits(mode, workload, engine, err);
	if (failed)
		return failed;
	if (mode->teams && !team_was_built())
		return error_set(err, -ENOSYS, "mode %s: this gilsim was built without OpenMP",
				 mode->name);
	if (mode->has_coroutines && !loops_were_built())
		return error_set(err, -ENOSYS, "mode %s: this gilsim was built without libuv",
				 mode->name);
	return 0;
}

int64_t run_place(const struct run *run, int64_t k)
{
	return run->places_n ? run->places[(size_t)k % run->places_n] : ABSENT;
}

/* Touches the memory too, so that no worker pays for its first page. */
static void clear_workers(const struct run *run, struct worker *workers, int64_t n)
{
	memset(workers, 0, (size_t)n * sizeof *workers);
	if (run->recording)
		recording_clear(run->recording);
	for (int64_t k = 0; k < n; k++) {
		snprintf(workers[k].name, sizeof workers[k].name, "worker %" PRId64, k);
		workers[k].pu = run_place(run, k);
		workers[k].recorder = recording_nth(run->recording, k);
	}
}

static int check_workers(const struct worker *workers, int64_t n, struct error *err)
{
	for (int64_t k = 0; k < n; k++)
		if (workers[k].bind_failed)
			return error_set(err, workers[k].bind_failed,
					 "--bind: %s could not be bound to its place: %s",
					 workers[k].name, strerror(-workers[k].bind_failed));
	for (int64_t k = 0; k < n; k++)
		if (workers[k].trap)
			return error_set(err, workers[k].trap == VM_TRAP_MEMORY ? -ENOMEM : -EFAULT,
					 "%s: %s", workers[k].name, vm_trap_text(workers[k].trap));
	return 0;
}

/* Of all processes; memory that they share counts in each. */
static int64_t peak_rss_bytes(const struct worker *workers, int64_t n)
{
	int64_t total = world_peak_rss_bytes();
	for (int64_t k = 0; k < n && total != ABSENT; k++)
		total += workers[k].peak_rss_bytes;
	return total;
}

static union value total_of(const struct run *run, const union value *results,
			    const struct worker *workers, int64_t n)
{
	enum total kind = run->work->job.workload->total;
	if (!total_is_shared(kind))
		return work_total(run->work, results);
	union value total = {0};
	for (int64_t k = 0; k < n; k++)
		total.i += kind == TOTAL_GLOBAL ? workers[k].global : workers[k].references_off;
	return total;
}

void measured_begin(struct measured *m)
{
	struct counters *counters = m->counters;
	*m = (struct measured){
		.parent = no_parent, .counters = counters, .counted = no_counters};
	if (counters)
		counters_begin(counters);
	world_usage(&m->before);
	m->began_ns = world_now_ns();
}

void measured_end(struct measured *m)
{
	m->ended_ns = world_now_ns();
	world_usage(&m->after);
	if (m->counters)
		counters_end(m->counters, &m->counted);
}

static void fill_outcome(struct outcome *outcome, const struct measured *m)
{
	*outcome = (struct outcome){
		.wall_ns = m->ended_ns - m->began_ns,
		.user_ns = m->after.user_ns - m->before.user_ns,
		.sys_ns = m->after.sys_ns - m->before.sys_ns,
		.voluntary_n = m->after.voluntary_n - m->before.voluntary_n,
		.involuntary_n = m->after.involuntary_n - m->before.involuntary_n,
		.parent = m->parent,
		.counters = m->counted,
		.garbled = m->garbled,
	};
}

int mode_run(const struct run *asked, struct worker *workers, struct outcome *outcome,
	     struct error *err)
{
	struct measured measured = {.counters = asked->counters};
	struct run copy = *asked, *run = &copy;
	int64_t workers_n = mode_workers_n(run->mode, run->threads);
	union value *results = calloc((size_t)run->work->tasks_n, sizeof *results);
	if (!results)
		return error_set(err, -ENOMEM, "results of %" PRId64 " tasks: no memory",
				 run->work->tasks_n);
	clear_workers(run, workers, workers_n);
	if (run->work->job.workload->settle)
		run->work->job.workload->settle(&run->work->job);
	bool peak_is_known = world_reset_peak_rss();
	run->measured = &measured;
	measured_begin(&measured);
	int failed = run->mode->run(run, workers, results, err);
	if (!measured.ended_ns)
		measured_end(&measured);
	fill_outcome(outcome, &measured);
	outcome->peak_rss_bytes = peak_is_known ? peak_rss_bytes(workers, workers_n) : ABSENT;
	if (!failed)
		failed = check_workers(workers, workers_n, err);
	if (!failed)
		outcome->total = total_of(run, results, workers, workers_n);
	free(results);
	return failed;
}

int run_open_module(const struct run *run, struct interpreter *in, struct module *m)
{
	const struct interpreter_options options = {
		.policy = run->policy,
		.interval_ns = run->interval_ns,
		.ticks = run->ticks,
		.counts = run->counts,
	};
	int failed = interpreter_open(in, &options);
	if (failed)
		return failed;
	failed = module_open(m, in, &run->work->program);
	if (failed)
		interpreter_close(in);
	return failed;
}

int worker_open(const struct run *run, struct worker *w, struct vm_thread *t, struct module *m)
{
	int failed = vm_thread_open(t, m, w->name, run->accounting, &w->gil);
	t->gil.recorder = w->recorder;
	if (w->recorder)
		recorder_begin(w->recorder);
	if (run->places_n)
		w->bind_failed = host_bind(w->pu);
	t->burns = run->burns;
	t->costs = run->costs;
	t->releases = run->mode->releases;
	t->team = run->mode->teams ? (int)run->threads : 0;
	return failed;
}

void worker_begin(struct worker *w, struct vm_thread *t)
{
	w->began_ns = world_now_ns();
	gil_take(&t->gil);
}

void worker_end(struct worker *w, struct vm_thread *t)
{
	w->end_ns = world_now_ns();
	gil_detach(&t->gil); /* may wake another and lose the core to it */
	w->io_ns = t->io_ns;
	w->native_held_ns = t->native_held_ns;
	w->native_released_ns = t->native_released_ns;
}

void worker_run(const struct run *run, struct worker *w, struct vm_thread *t,
		const union value *args, int64_t n, union value *results)
{
	worker_begin(w, t);
	w->trap = work_run(run->work, t, args, n, results);
	worker_end(w, t);
}

void worker_keep_outcome(struct worker *w, const struct module *m)
{
	w->global = module_outcome(m);
	w->references_off = module_references_off(m);
}

void worker_close(const struct run *run, struct worker *w, struct vm_thread *t)
{
	w->runqueue_ns = run->accounting == ACCOUNTING_FULL ? world_runqueue_ns() : ABSENT;
	vm_thread_close(t);
}
