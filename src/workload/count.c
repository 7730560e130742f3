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

static uint64_t count_part(const void *context, int64_t first, int64_t last)
{
	(void)context;
	return count_steps(last - first);
}

static int native_count(const struct native_call *call)
{
	uint64_t counted;
	int failed = team_run(call->team, 0, call->args[0].i, count_part, NULL, &counted);
	call->result->i = (int64_t)counted;
	return failed;
}

static int64_t steps_n(const union value *args)
{
	return args[0].i;
}

static const struct native natives[] = {
	{.name = "count_steps", .in = "i", .out = "i", .releases = true, .call = native_count,
	 .items = steps_n},
	{0},
};

static int expect(const struct job *job, struct result *result)
{
	result->value.i = size_total_n(job);
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
	.teams = true,
	.size_is_work = true,
	.tasks_n = size_tasks_n,
	.units = size_units,
	.args = size_args,
	.expect = expect,
};
