/* memory - a = b + 3 c over arrays far larger than any cache, the triad of J. McCalpin's
 * STREAM: what all cores together cannot exceed, in any mode.
 *
 * Natively b and c are made and touched before gilsim forks what is measured, so that threads
 * and processes read them without making pages.  Its own part of a each worker makes anew in
 * each run and in every mode alike, with its first pass: large pages keep that below a pass.
 * The bytecode form makes lists of its own; beside what it takes to go through them that is
 * little. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "kernel/kernel.h"
#include "vm/object.h"
#include "workload/workload.h"
#include "world/host.h"
#include "world/world.h"

static const char bytecode[] =
#include "memory.gasm.inc"
	;
static const char native[] =
#include "memory_native.gasm.inc"
	;

enum { MODULUS = 7, SCALE = 3, ARRAYS_N = 3 };
static const int64_t mib = 1 << 20;

/* Element k of b is k modulo 7, of c it is (3 k + 1) modulo 7. */
static int64_t b_value(int64_t k)
{
	return k % MODULUS;
}

static int64_t c_value(int64_t k)
{
	return (3 * k + 1) % MODULUS;
}

static int64_t bytes_n(const struct job *job)
{
	return size_total_n(job) * mib;
}

/* Of each array. */
static int64_t elements_n(const struct job *job)
{
	return bytes_n(job) / (ARRAYS_N * (int64_t)sizeof(double));
}

static int64_t share(const struct job *job, int64_t task, int64_t *first)
{
	return array_split(elements_n(job), job->workers, task, first);
}

static int64_t units(const struct job *job, int64_t task)
{
	int64_t first;
	return share(job, task, &first) * job->iterations;
}

/* The native form has no use for the last two. */
static void args(const struct job *job, int64_t task, union value *args)
{
	int64_t first, n = share(job, task, &first);
	args[0].i = first;
	args[1].i = first + n;
	args[2].i = job->iterations;
	args[3].i = b_value(first);
	args[4].i = c_value(first);
}

/* b and c, for the largest job that is open: the others use a part of them. */
static struct {
	double *b, *c;
	int64_t n, jobs_n;
	size_t size_bytes; /* of both */
} sources;

static void free_sources(void)
{
	if (sources.b)
		world_unmap(sources.b, sources.size_bytes);
	sources.b = sources.c = NULL;
	sources.n = 0;
}

static int make_sources(int64_t n, struct error *err)
{
	int64_t lines_n = (n + 7) / 8; /* both begin on a line of the cache */
	if (n <= sources.n)
		return 0;
	free_sources();
	sources.size_bytes = (size_t)lines_n * 8 * 2 * sizeof(double);
	sources.b = world_map(sources.size_bytes);
	if (!sources.b)
		return error_set(err, -ENOMEM, "--size: %zu MiB for workload memory: no memory",
				 sources.size_bytes / (size_t)mib);
	sources.c = sources.b + lines_n * 8;
	sources.n = n;
	for (int64_t k = 0; k < n; k++) {
		sources.b[k] = (double)b_value(k);
		sources.c[k] = (double)c_value(k);
	}
	return 0;
}

/* Its sum is exact as long as it is less than 2^53. */
static int check_size(const struct job *job, struct error *err)
{
	double most = 9007199254740992.0, element = (MODULUS - 1) * (1 + SCALE);
	int64_t memory_bytes = host_memory_bytes();
	if ((double)elements_n(job) * element * (double)job->iterations > most)
		return error_set(err, -EINVAL,
				 "--size=%" PRId64 ", --iterations=%" PRId64 ": memory's must be "
				 "at most %" PRId64 " passes, for its sum to be exact",
				 job->size, job->iterations,
				 (int64_t)(most / element / (double)elements_n(job)));
	if (bytes_n(job) > memory_bytes)
		return error_set(err, -EINVAL,
				 "--size=%" PRId64 ": memory's must be at most %" PRId64
				 " MiB in all, as this machine has no more",
				 job->size, memory_bytes / mib);
	return 0;
}

static int open_sources(const struct job *job, struct error *err)
{
	int failed = check_size(job, err);
	if (!failed && job->engine == ENGINE_NATIVE)
		failed = make_sources(elements_n(job), err);
	sources.jobs_n += !failed;
	return failed;
}

static void close_sources(const struct job *job)
{
	(void)job;
	if (--sources.jobs_n == 0)
		free_sources();
}

/* Has the system find as much memory as the parts of a take.  Of a virtual machine that lay
 * idle the host may have taken it away: whoever runs first would pay for its return. */
static void settle(const struct job *job)
{
	enum { PAGE_BYTES = 4096 };
	size_t size_bytes = (size_t)elements_n(job) * sizeof(double);
	char *memory = job->engine == ENGINE_NATIVE ? world_map(size_bytes) : NULL;
	if (!memory)
		return;
	for (size_t at = 0; at < size_bytes; at += PAGE_BYTES)
		world_store(memory + at, 0, RELAXED);
	world_unmap(memory, size_bytes);
}

/* A task's part of a, elements first to last - 1. */
struct target {
	double *a;
	int64_t first, last;
	size_t size_bytes;
};

static void free_target(void *state)
{
	struct target *target = state;
	if (target->a)
		world_unmap(target->a, target->size_bytes);
	free(target);
}

static int make_target(struct target *target, int64_t first, int64_t last)
{
	*target = (struct target){.first = first, .last = last};
	if (!sources.b || first < 0 || last < first || last > sources.n)
		return -EINVAL; /* its program does not ask for that */
	target->size_bytes = ((size_t)(last - first) + 1) * sizeof *target->a; /* never 0 */
	target->a = world_map(target->size_bytes);
	return target->a ? 0 : -ENOMEM;
}

static int native_new_target(const struct native_call *call)
{
	struct target *target = malloc(sizeof *target);
	struct handle *handle = NULL;
	if (!target)
		return -ENOMEM;
	int failed = make_target(target, call->args[0].i, call->args[1].i);
	if (!failed && !(handle = handle_new(target, free_target)))
		failed = -ENOMEM;
	if (failed)
		free_target(target);
	else
		call->result->object = &handle->head;
	return failed;
}

/* Lines of a, for the kernel writes from the beginning of one. */
enum { LINE_ELEMENTS = 8 };

static uint64_t triad_part(const void *context, int64_t first, int64_t last)
{
	const struct target *target = context;
	int64_t n = target->last - target->first, begin = first * LINE_ELEMENTS;
	int64_t end = last * LINE_ELEMENTS < n ? last * LINE_ELEMENTS : n;
	return (uint64_t)kernels_best()->triad(
		target->a + begin, sources.b + target->first + begin,
		sources.c + target->first + begin, SCALE, end - begin);
}

static int native_triad(const struct native_call *call)
{
	const struct handle *handle = (const struct handle *)call->args[0].object;
	const struct target *target = handle->state;
	uint64_t sum;
	if (handle->free_state != free_target)
		return -EINVAL; /* a handle of some other native */
	int64_t n = target->last - target->first;
	int failed = team_run(call->team, 0, (n + LINE_ELEMENTS - 1) / LINE_ELEMENTS, triad_part,
			      target, &sum);
	call->result->f = (double)sum;
	return failed;
}

/* A handle of some other native has none, and is refused by the call. */
static int64_t elements_of(const union value *args)
{
	const struct handle *handle = (const struct handle *)args[0].object;
	const struct target *target = handle->state;
	return handle->free_state == free_target ? target->last - target->first : 0;
}

static const struct native natives[] = {
	{.name = "new_target", .in = "ii", .out = "h", .releases = true,
	 .call = native_new_target},
	{.name = "triad", .in = "h", .out = "f", .releases = true, .call = native_triad,
	 .items = elements_of, .bytes_per_item = ARRAYS_N * sizeof(double)},
	{0},
};

static double sum_of(int64_t first, int64_t last)
{
	double sum = 0;
	for (int64_t k = first; k < last; k++)
		sum += (double)(b_value(k) + SCALE * c_value(k));
	return sum;
}

/* The elements repeat themselves every 7. */
static int expect(const struct job *job, struct result *result)
{
	int64_t n = elements_n(job), rounds = n / MODULUS, rest = n % MODULUS;
	double sum = (double)rounds * sum_of(0, MODULUS) + sum_of(0, rest);
	result->value.f = (double)job->iterations * sum;
	return 0;
}

const struct workload workload_memory = {
	.name = "memory",
	.help = "a = b + 3 c over large arrays, as STREAM's triad: what memory gives",
	.unit = "element",
	.size = {.least = 1, .most = 1 << 20, .preset = 256, .bytecode_preset = 24,
		 .help = "MiB of the three arrays in all"},
	.iterations = {.least = 1, .most = 1000000, .preset = 10, .help = "passes over them"},
	.total = TOTAL_SUM_FLOAT,
	.programs = {bytecode, native},
	.natives = natives,
	.teams = true,
	.unit_bytes = ARRAYS_N * sizeof(double),
	.size_is_work = true,
	.open = open_sources,
	.close = close_sources,
	.settle = settle,
	.tasks_n = size_tasks_n,
	.units = units,
	.args = args,
	.expect = expect,
};
