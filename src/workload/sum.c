/* sum - the numbers of a range added up modulo 2^64: the course example of a loop that is worth
 * taking out of the interpreter, with range(1,000,000).  One addition after the other in both
 * forms; the compiler finds no formula for it. */
#include "kernel/kernel.h"
#include "workload/workload.h"

static const char bytecode[] =
#include "sum.gasm.inc"
	;
static const char native[] =
#include "sum_native.gasm.inc"
	;

static uint64_t sum_part(const void *context, int64_t first, int64_t last)
{
	(void)context;
	return sum_range(first, last);
}

static int native_sum(const struct native_call *call)
{
	uint64_t sum;
	int failed = team_run(call->team, call->args[0].i, call->args[1].i, sum_part, NULL, &sum);
	call->result->i = (int64_t)sum;
	return failed;
}

static const struct native natives[] = {
	{.name = "sum_range", .in = "ii", .out = "i", .releases = true, .call = native_sum,
	 .items = native_range_n},
	{0},
};

/* n (n-1) / 2, the even factor halved before it could overflow. */
static int expect(const struct job *job, struct result *result)
{
	uint64_t n = (uint64_t)size_total_n(job), before = n - 1;
	result->value.i = (int64_t)(n % 2 ? n * (before / 2) : n / 2 * before);
	return 0;
}

const struct workload workload_sum = {
	.name = "sum",
	.help = "the sum of a range modulo 2^64, one addition at a time",
	.unit = "addition",
	.size = {.least = 1, .most = INT64_C(1000000000000), .preset = 1000000,
		 .help = "numbers, from 0 on"},
	.total = TOTAL_SUM_INT,
	.programs = {bytecode, native},
	.natives = natives,
	.teams = true,
	.size_is_work = true,
	.tasks_n = size_tasks_n,
	.units = size_units,
	.args = size_range_args,
	.expect = expect,
};
