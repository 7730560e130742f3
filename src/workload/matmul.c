/* matmul, matmul-blocked - products of two matrices, one a task: the course example of native
 * calls that are long beside the glue around them.
 *
 * matmul is BLAS's product where gilsim was built with one, on the calling thread alone, as it
 * is the modes that share the work out; matmul-blocked is gilsim's own, which matmul falls back
 * to.  The cells are small whole numbers, so every sum is exact in any order, and both give
 * the same bits. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "kernel/kernel.h"
#include "vm/object.h"
#include "workload/workload.h"

static const char bytecode[] =
#include "matmul.gasm.inc"
	;
static const char native[] =
#include "matmul_native.gasm.inc"
	;

enum { MODULUS = 7, STEP_A = 3, STEP_B = 5 };

/* Cell k of a task's matrix is (start + k step) modulo 7. */
static int64_t start_of(int64_t task)
{
	return task % MODULUS;
}

static int64_t tasks_n(const struct job *job)
{
	return job->scaling == SCALING_WEAK ? job->tasks * job->threads : job->tasks;
}

static int64_t units(const struct job *job, int64_t task)
{
	(void)task;
	return job->size * job->size * job->size;
}

static void args(const struct job *job, int64_t task, union value *args)
{
	args[0].i = job->size;
	args[1].i = start_of(task);
}

/* Native forms */

static int native_new_matrix(const struct native_call *call)
{
	int64_t n = call->args[0].i, value = call->args[1].i, step = call->args[2].i;
	struct array *matrix = array_new(n, n, 0);
	if (!matrix)
		return -ENOMEM; /* or no such matrix */
	for (int64_t k = 0; k < n * n; k++) {
		matrix->cells[k] = (double)value;
		value = (int64_t)((uint64_t)value + (uint64_t)step); /* whatever they are */
		value -= value >= MODULUS ? MODULUS : 0;
	}
	call->result->object = &matrix->head;
	return 0;
}

struct product {
	multiply_rows_kernel *multiply_rows;
	double *c;
	const double *a, *b;
	int64_t n;
};

static uint64_t multiply_part(const void *context, int64_t first, int64_t last)
{
	const struct product *p = context;
	p->multiply_rows(p->c, p->a, p->b, p->n, first, last);
	return 0;
}

static int multiply(const struct native_call *call, multiply_rows_kernel *multiply_rows)
{
	const struct array *a = (const struct array *)call->args[0].object;
	const struct array *b = (const struct array *)call->args[1].object;
	if (a->rows != b->rows)
		return -EINVAL;
	struct array *c = array_new(a->rows, a->rows, 0);
	uint64_t nothing;
	if (!c)
		return -ENOMEM;
	const struct product p = {multiply_rows, c->cells, a->cells, b->cells, a->rows};
	int failed = team_run(call->team, 0, p.n, multiply_part, &p, &nothing);
	if (failed)
		object_free(&c->head, COUNTS_PLAIN, NULL);
	else
		call->result->object = &c->head;
	return failed;
}

static int native_multiply_blocked(const struct native_call *call)
{
	return multiply(call, kernels_best()->multiply_rows);
}

/* BLAS's, once a job of matmul is open. */
static multiply_rows_kernel *by_blas;

static int native_multiply(const struct native_call *call)
{
	return by_blas ? multiply(call, by_blas) : native_multiply_blocked(call);
}

static int native_total(const struct native_call *call)
{
	const struct array *matrix = (const struct array *)call->args[0].object;
	call->result->f = kernels_best()->sum(matrix->cells, matrix->rows * matrix->columns);
	return 0;
}

/* A side that no array can have is refused by the call. */
static int64_t new_cells_n(const union value *args)
{
	int64_t n = args[0].i, cells_n;
	return __builtin_mul_overflow(n, n, &cells_n) ? 0 : cells_n;
}

static int64_t cells_n(const union value *args)
{
	const struct array *matrix = (const struct array *)args[0].object;
	return matrix->rows * matrix->columns;
}

static int64_t products_n(const union value *args)
{
	const struct array *a = (const struct array *)args[0].object;
	int64_t n;
	return __builtin_mul_overflow(a->rows * a->rows, a->rows, &n) ? 0 : n;
}

#define NATIVES(multiply_by) \
	{.name = "new_matrix", .in = "iii", .out = "a", .releases = true, \
	 .call = native_new_matrix, .items = new_cells_n}, \
	{.name = "multiply", .in = "aa", .out = "a", .releases = true, .call = multiply_by, \
	 .items = products_n}, \
	{.name = "total", .in = "a", .out = "f", .releases = true, .call = native_total, \
	 .items = cells_n}, \
	{0}

static const struct native natives[] = {NATIVES(native_multiply)};
static const struct native blocked_natives[] = {NATIVES(native_multiply_blocked)};

/* A cell of a product is at most n 6 6. */
static int check_exact(const struct job *job, struct error *err)
{
	double most = 9007199254740992.0, n = (double)job->size;
	double task = n * n * n * (MODULUS - 1) * (MODULUS - 1);
	if (task * (double)tasks_n(job) <= most)
		return 0;
	return error_set(err, -EINVAL,
			 "--size=%" PRId64 ", --tasks=%" PRId64 ": %s's must be at most %" PRId64
			 " tasks of that size in all, for its sum to be exact",
			 job->size, job->tasks, job->workload->name, (int64_t)(most / task));
}

/* BLAS is loaded here, before anything forks, and so in all processes; it starts no thread. */
static int open_blas(const struct job *job, struct error *err)
{
	int failed = check_exact(job, err);
	if (failed || job->engine != ENGINE_NATIVE || !blas_was_built())
		return failed;
	by_blas = blas_multiply_rows(err);
	return by_blas ? 0 : -ENOSYS;
}

/* The expected result: the sum over k of column k's sum in a, times row k's in b. */

static int64_t cell(int64_t start, int64_t k, int64_t step)
{
	return (start + k * step) % MODULUS;
}

static double total_of(int64_t n, int64_t start)
{
	double total = 0;
	for (int64_t k = 0; k < n; k++) {
		int64_t column = 0, row = 0;
		for (int64_t i = 0; i < n; i++) {
			column += cell(start, i * n + k, STEP_A);
			row += cell(start, k * n + i, STEP_B);
		}
		total += (double)(column * row);
	}
	return total;
}

static int expect(const struct job *job, struct result *result)
{
	double totals[MODULUS];
	for (int64_t start = 0; start < MODULUS && start < tasks_n(job); start++)
		totals[start] = total_of(job->size, start);
	result->value.f = 0;
	for (int64_t task = 0; task < tasks_n(job); task++)
		result->value.f += totals[start_of(task)];
	return 0;
}

#ifdef BLAS_MODULE
#define HOW "by BLAS, on one thread each"
#else
#define HOW "by the kernel of matmul-blocked, as this gilsim was built without BLAS"
#endif

#define PRODUCTS(text, about, its_natives, opens) \
	{ \
		.name = text, .help = about, .unit = "multiply-add", \
		.size = {.least = 1, .most = 10000, .preset = 1000, .bytecode_preset = 100, \
			 .help = "side of the matrices"}, \
		.tasks = {.least = 1, .most = 1000000, .preset = 8, \
			  .help = "products shared out among the workers"}, \
		.total = TOTAL_SUM_FLOAT, .programs = {bytecode, native}, \
		.natives = its_natives, .teams = true, .open = opens, .tasks_n = tasks_n, \
		.units = units, .args = args, .expect = expect, \
	}

const struct workload workload_matmul =
	PRODUCTS("matmul", "products of matrices; natively " HOW, natives, open_blas);
const struct workload workload_matmul_blocked =
	PRODUCTS("matmul-blocked", "the same by gilsim's own kernel, block by block",
		 blocked_natives, check_exact);
