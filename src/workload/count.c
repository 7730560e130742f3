/* count - a loop that adds one.  Pure bytecode, never blocks: the classic case where
 * two threads cannot beat one (D. Beazley, Inside the Python GIL, 2009). */
#include "kernel/kernel.h"
#include "workload/workload.h"

static const char bytecode[] =
#include "count.gasm.inc"
	;
static const char native[] =
#include "count_native.gasm.inc"
	;

static int native_count(const struct native_call *call)
{
	call->result->i = (int64_t)count_steps(call->args[0].i);
	return 0;
}

static const struct native natives[] = {
	{.name = "count_steps", .in = "i", .out = "i", .releases = true, .call = native_count},
	{0},
};

static int64_t total_n(const struct job *job)
{
	return job->scaling == SCALING_WEAK ? job->size * job->threads : job->size;
}

static int64_t tasks_n(const struct job *job)
{
	return job->workers;
}

static int64_t units(const struct job *job, int64_t task)
{
	int64_t first;
	return array_split(total_n(job), job->workers, task, &first);
}

static void args(const struct job *job, int64_t task, union value *args)
{
	args[0].i = units(job, task);
}

static int expect(const struct job *job, struct result *result)
{
	result->value.i = total_n(job);
	return 0;
}

const struct workload workload_count = {
	.name = "count",
	.help = "count upwards, one increment at a time",
	.unit = "increment",
	.size = {.least = 1, .most = INT64_C(1000000000000), .preset = 50000000,
		 .help = "increments"},
	.total = TOTAL_SUM_INT,
	.programs = {bytecode, native},
	.natives = natives,
	.size_is_work = true,
	.tasks_n = tasks_n,
	.units = units,
	.args = args,
	.expect = expect,
};
