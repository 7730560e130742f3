/* fib - the n-th Fibonacci number modulo 2^64, one addition a step.  As a native call
 * it is one long stretch without bytecode (B. Speice, Release the GIL, 2019). */
#include "kernel/kernel.h"
#include "workload/workload.h"

static const char bytecode[] =
#include "fib.gasm.inc"
	;
static const char native[] =
#include "fib_native.gasm.inc"
	;

static int native_fib(const struct native_call *call)
{
	call->result->i = (int64_t)fib_steps(call->args[0].i);
	return 0;
}

static int64_t steps_n(const union value *args)
{
	return args[0].i;
}

static const struct native natives[] = {
	{.name = "fib_steps", .in = "i", .out = "i", .releases = true, .call = native_fib,
	 .items = steps_n},
	{0},
};

static int64_t tasks_n(const struct job *job)
{
	return job->scaling == SCALING_WEAK ? job->workers : job->tasks;
}

static int64_t units(const struct job *job, int64_t task)
{
	(void)task;
	return job->size;
}

static void args(const struct job *job, int64_t task, union value *args)
{
	(void)task;
	args[0].i = job->size;
}

/* By doubling, in logarithmic time: F(2k) = F(k)(2F(k+1) - F(k)),
 * F(2k+1) = F(k)^2 + F(k+1)^2. */
static int expect(const struct job *job, struct result *result)
{
	uint64_t a = 0, b = 1; /* F(k), F(k+1) for the leading bits k of n */
	for (int bit = 62; bit >= 0; bit--) {
		uint64_t even = a * (2 * b - a), odd = a * a + b * b;
		bool set = (uint64_t)job->size >> bit & 1;
		a = set ? odd : even;
		b = set ? even + odd : odd;
	}
	result->value.i = (int64_t)a;
	return 0;
}

const struct workload workload_fib = {
	.name = "fib",
	.help = "F(n) modulo 2^64: natively one long call",
	.unit = "addition",
	.size = {.least = 0, .most = INT64_C(1000000000000), .preset = 10000000, .help = "n"},
	.tasks = {.least = 1, .most = 1000000, .preset = 8,
		  .help = "calls of F(n) shared out among the workers (weak: one for each)"},
	.total = TOTAL_LAST_INT,
	.programs = {bytecode, native},
	.natives = natives,
	.tasks_are_strong = true,
	.size_is_work = true,
	.tasks_n = tasks_n,
	.units = units,
	.args = args,
	.expect = expect,
};
