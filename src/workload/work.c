/* work.c - a job made ready and run, the same for all workloads. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/asm.h"
#include "workload/trial.h"

const char *const engine_names[] = {[ENGINE_BYTECODE] = "bytecode", [ENGINE_NATIVE] = "native"};
const char *const scaling_names[] = {[SCALING_STRONG] = "strong", [SCALING_WEAK] = "weak"};

/* The registry. */
#define WORKLOADS(NAMED) \
	NAMED(laplace) \
	NAMED(fib) \
	NAMED(count) \
	NAMED(sum) \
	NAMED(sumsq) \
	NAMED(matmul) \
	NAMED(matmul_blocked) \
	NAMED(memory) \
	NAMED(io) \
	NAMED(files) \
	NAMED(counter) \
	NAMED(countercall) \
	NAMED(counterlock) \
	NAMED(refcount) \
	NAMED(immortal)

#define DECLARE(name) extern const struct workload workload_##name;
WORKLOADS(DECLARE)
#undef DECLARE

const struct workload *const workloads[] = {
#define PLACE(name) &workload_##name,
	WORKLOADS(PLACE)
#undef PLACE
};
const size_t workloads_n = sizeof workloads / sizeof *workloads;

int64_t size_total_n(const struct job *job)
{
	return job->scaling == SCALING_WEAK ? job->size * job->threads : job->size;
}

int64_t size_tasks_n(const struct job *job)
{
	return job->workers;
}

int64_t size_units(const struct job *job, int64_t task)
{
	int64_t first;
	return array_split(size_total_n(job), job->workers, task, &first);
}

void size_args(const struct job *job, int64_t task, union value *args)
{
	args[0].i = size_units(job, task);
}

void size_range_args(const struct job *job, int64_t task, union value *args)
{
	int64_t n = array_split(size_total_n(job), job->workers, task, &args[0].i);
	args[1].i = args[0].i + n;
}

/* Modulo 2^64: a user's program may ask for anything. */
int64_t native_range_n(const union value *args)
{
	int64_t n;
	bool is_too_long = __builtin_sub_overflow(args[1].i, args[0].i, &n);
	return !is_too_long ? n : args[1].i > args[0].i ? INT64_MAX : 0;
}

int64_t choice_preset(const struct choice *choice, enum engine engine)
{
	bool is_smaller = engine == ENGINE_BYTECODE && choice->bytecode_preset;
	return is_smaller ? choice->bytecode_preset : choice->preset;
}

static int fill_args(struct work *w)
{
	w->args_n = w->program.functions->params_n;
	w->args = calloc((size_t)w->tasks_n, w->args_n * sizeof *w->args);
	if (!w->args)
		return -ENOMEM;
	for (int64_t k = 0; k < w->tasks_n; k++) {
		union value args[ARGS_MOST];
		w->job.workload->args(&w->job, k, args);
		memcpy(w->args + (size_t)k * w->args_n, args, w->args_n * sizeof *args);
	}
	return 0;
}

bool job_is_alike(const struct job *a, const struct job *b)
{
	return a->workload == b->workload && a->engine == b->engine && a->scaling == b->scaling &&
	       a->size == b->size && a->tasks == b->tasks && a->iterations == b->iterations &&
	       (a->scaling == SCALING_STRONG || a->threads == b->threads);
}

static int cannot(const struct work *w, int failed, struct error *err)
{
	return error_set(err, failed, "workload %s: %s for %" PRId64 " tasks",
			 w->job.workload->name, strerror(-failed), w->tasks_n);
}

static int find_expected(struct work *w, struct error *err)
{
	const struct workload *workload = w->job.workload;
	if (!workload->expect)
		return trial_total(w, &w->expected.value, err);
	int failed = workload->expect(&w->job, &w->expected);
	return failed ? cannot(w, failed, err) : 0;
}

/* What comes after the program. */
static int make_ready(struct work *w, const struct work *alike, struct error *err)
{
	int failed = fill_args(w);
	if (failed)
		return cannot(w, failed, err);
	if (!alike)
		return find_expected(w, err);
	w->expected = alike->expected;
	return 0;
}

int work_open(struct work *w, const struct job *job, const struct work *alike, struct error *err)
{
	const struct workload *workload = job->workload;
	*w = (struct work){.job = *job, .tasks_n = workload->tasks_n(job)};
	int failed = program_assemble(workload->name, workload->programs[job->engine],
				      workload->natives, &w->program, err);
	if (!failed && workload->open)
		failed = workload->open(job, err);
	if (failed) {
		program_free(&w->program);
		return failed;
	}
	failed = make_ready(w, alike, err);
	if (failed)
		work_close(w);
	return failed;
}

void work_close(struct work *w)
{
	const struct workload *workload = w->job.workload;
	if (workload && workload->close)
		workload->close(&w->job);
	program_free(&w->program);
	free(w->args);
	*w = (struct work){0};
}

int64_t work_share(const struct work *w, int64_t k, int64_t *first)
{
	return array_split(w->tasks_n, w->job.workers, k, first);
}

int64_t work_units(const struct work *w, int64_t first, int64_t n)
{
	int64_t units_n = 0;
	for (int64_t k = first; k < first + n; k++)
		units_n += w->job.workload->units(&w->job, k);
	return units_n;
}

enum vm_trap work_run(const struct work *w, struct vm_thread *t, const union value *args,
		      int64_t n, union value *results)
{
	enum vm_trap trap = VM_TRAP_NONE;
	for (int64_t k = 0; k < n && !trap; k++)
		trap = vm_run(t, args + (size_t)k * w->args_n, results + k);
	return trap;
}

union value work_total(const struct work *w, const union value *results)
{
	union value total = results[0];
	if (w->job.workload->total == TOTAL_LAST_INT)
		return results[w->tasks_n - 1];
	for (int64_t k = 1; k < w->tasks_n; k++)
		if (w->job.workload->total == TOTAL_SUM_FLOAT)
			total.f += results[k].f;
		else
			total.i = (int64_t)((uint64_t)total.i + (uint64_t)results[k].i);
	return total;
}

void work_text(const struct work *w, union value total, char text[static 32])
{
	if (w->job.workload->total == TOTAL_SUM_FLOAT)
		snprintf(text, 32, "%a", total.f);
	else if (total_is_shared(w->job.workload->total))
		snprintf(text, 32, "%" PRId64, total.i);
	else
		snprintf(text, 32, "%" PRIu64, (uint64_t)total.i);
}

int64_t work_lost_updates(const struct work *w, union value total)
{
	if (!total_is_shared(w->job.workload->total))
		return ABSENT;
	return llabs(w->expected.value.i - total.i);
}

bool work_verify(const struct work *w, union value total, bool may_lose)
{
	const struct result *right = &w->expected;
	if (may_lose) /* but never more than there were */
		return work_lost_updates(w, total) <= work_units(w, 0, w->tasks_n);
	if (w->job.workload->total != TOTAL_SUM_FLOAT || right->tolerance == 0)
		return total.i == right->value.i;
	return fabs(total.f - right->value.f) <= right->tolerance * fabs(right->value.f);
}
