/* sumsq - the sum of the squares of 0..n-1 modulo 2^64: the course example of one loop
 * interpreted, vectorised, and shared out by OpenMP, with 10,000,000 values.
 *
 * The native form multiplies and adds whole registers, as NumPy's loops do, but makes the
 * numbers in registers as well.  NumPy would write them to an array, and the squares to
 * another one: that measures pages and memory, which differ between modes (a process that is
 * forked for each run has fresh pages) and have a workload of their own, memory. */
#include "kernel/kernel.h"
#include "workload/workload.h"

static const char bytecode[] =
#include "sumsq.gasm.inc"
	;
static const char native[] =
#include "sumsq_native.gasm.inc"
	;

static uint64_t sum_squares_part(const void *context, int64_t first, int64_t last)
{
	(void)context;
	return kernels_best()->sum_squares(first, last);
}

static int native_sum_squares(const struct native_call *call)
{
	uint64_t sum;
	int failed = team_run(call->team, call->args[0].i, call->args[1].i, sum_squares_part, NULL,
			      &sum);
	call->result->i = (int64_t)sum;
	return failed;
}

static const struct native natives[] = {
	{.name = "sum_squares", .in = "ii", .out = "i", .releases = true,
	 .call = native_sum_squares, .items = native_range_n},
	{0},
};

/* (n-1) n (2n-1) / 6, divided factor by factor before it could overflow. */
static int expect(const struct job *job, struct result *result)
{
	uint64_t n = (uint64_t)size_total_n(job), factors[] = {n - 1, n, 2 * n - 1};
	factors[n % 2 ? 0 : 1] /= 2;
	for (int k = 0; k < 3; k++)
		if (factors[k] % 3 == 0) {
			factors[k] /= 3;
			break;
		}
	result->value.i = (int64_t)(factors[0] * factors[1] * factors[2]);
	return 0;
}

const struct workload workload_sumsq = {
	.name = "sumsq",
	.help = "the sum of squares modulo 2^64; natively in wide registers",
	.unit = "square",
	.size = {.least = 1, .most = INT64_C(1000000000000), .preset = 10000000,
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
