/* laplace - 2-D Laplace problems on a square grid, one for each boundary value: the work
 * of B. Nikolic's "Python Global Interpreter Lock (GIL) + numerical data processing".
 *
 * The bytecode form updates in place (Gauss-Seidel), the native one reads only old cells
 * (Jacobi), as the published Python and NumPy do; so their results differ. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"
#include "vm/object.h"
#include "workload/workload.h"

static const char bytecode[] =
#include "laplace.gasm.inc"
	;
static const char native[] =
#include "laplace_native.gasm.inc"
	;

static const double dx = 0.1, dy = 0.1;

/* The boundary value of a task: numpy.linspace(1, 2, tasks)[task]. */
static double boundary(int64_t task, int64_t tasks_n)
{
	if (task > 0 && task == tasks_n - 1)
		return 2.0;
	double step = tasks_n > 1 ? 1.0 / (double)(tasks_n - 1) : 0.0;
	return 1.0 + (double)task * step;
}

static int64_t tasks_n(const struct job *job)
{
	return job->scaling == SCALING_WEAK ? job->tasks * job->threads : job->tasks;
}

static int64_t units(const struct job *job, int64_t task)
{
	(void)task;
	return (job->size - 2) * (job->size - 2) * job->iterations;
}

static void args(const struct job *job, int64_t task, union value *args)
{
	args[0].f = boundary(task, tasks_n(job));
	args[1].i = job->size;
	args[2].i = job->iterations;
	args[3].f = dx * dx;
	args[4].f = dy * dy;
}

/* Native forms */

static void fill_first_row(double *cells, int64_t n, double ic)
{
	for (int64_t j = 0; j < n; j++)
		cells[j] = ic;
}

/* The cells that no update writes. */
static void copy_edge(double *to, const double *from, int64_t n)
{
	memcpy(to, from, (size_t)n * sizeof *to);
	for (int64_t i = 1; i < n - 1; i++) {
		to[i * n] = from[i * n];
		to[i * n + n - 1] = from[i * n + n - 1];
	}
	memcpy(to + (n - 1) * n, from + (n - 1) * n, (size_t)n * sizeof *to);
}

static int native_new_grid(const struct native_call *call)
{
	int64_t n = call->args[1].i;
	struct array *grid = array_new(n, n);
	if (!grid)
		return -ENOMEM;
	fill_first_row(grid->cells, n, call->args[0].f);
	copy_edge(grid->spare, grid->cells, n);
	call->result->object = &grid->head;
	return 0;
}

struct update {
	double *to;
	const double *old;
	int64_t n;
	struct laplace_weights weights;
};

static uint64_t update_rows(const void *context, int64_t first, int64_t last)
{
	const struct update *u = context;
	kernels_best()->laplace_rows(u->to, u->old, u->n, first, last, u->weights);
	return 0;
}

static int native_update(const struct native_call *call)
{
	struct array *grid = (struct array *)call->args[0].object;
	double dx2 = call->args[1].f, dy2 = call->args[2].f;
	double *to = grid->spare, *old = grid->cells;
	const struct update update = {
		.to = to,
		.old = old,
		.n = grid->columns,
		.weights = {.vertical = dy2 / (2 * (dx2 + dy2)),
			    .horizontal = dx2 / (2 * (dx2 + dy2))},
	};
	uint64_t nothing;
	grid->cells = to;
	grid->spare = old;
	call->result->i = 0;
	return team_run(call->team, 1, update.n - 1, update_rows, &update, &nothing);
}

static int native_total(const struct native_call *call)
{
	const struct array *grid = (const struct array *)call->args[0].object;
	call->result->f = kernels_best()->sum(grid->cells, grid->columns * grid->columns);
	return 0;
}

/* A side that no array can have is refused by the call. */
static int64_t new_cells_n(const union value *args)
{
	int64_t n = args[1].i, cells_n;
	return __builtin_mul_overflow(n, n, &cells_n) ? 0 : cells_n;
}

static int64_t cells_n(const union value *args)
{
	const struct array *grid = (const struct array *)args[0].object;
	return grid->rows * grid->columns;
}

/* Those that an update writes. */
static int64_t inner_cells_n(const union value *args)
{
	const struct array *grid = (const struct array *)args[0].object;
	return (grid->rows - 2) * (grid->columns - 2);
}

static const struct native natives[] = {
	{.name = "new_grid", .in = "fi", .out = "a", .releases = true, .call = native_new_grid,
	 .items = new_cells_n},
	{.name = "num_update", .in = "aff", .out = "i", .releases = true, .call = native_update,
	 .items = inner_cells_n},
	{.name = "total", .in = "a", .out = "f", .releases = true, .call = native_total,
	 .items = cells_n},
	{0},
};

/* The expected result, by plain loops */

/* Every rounding as in the bytecode, so that it must match bit for bit. */
static void update_in_place(double *u, int64_t n)
{
	double dx2 = dx * dx, dy2 = dy * dy;
	for (int64_t i = 1; i < n - 1; i++)
		for (int64_t j = 1; j < n - 1; j++) {
			double *c = u + i * n + j;
			*c = ((c[n] + c[-n]) * dy2 + (c[1] + c[-1]) * dx2) / (2 * (dx2 + dy2));
		}
}

static double total_in_order(const double *u, int64_t cells_n)
{
	double total = 0;
	for (int64_t k = 0; k < cells_n; k++)
		total += u[k];
	return total;
}

static int expect_in_place(const struct job *job, struct result *result)
{
	int64_t n = job->size, cells_n = n * n;
	double *u = malloc((size_t)cells_n * sizeof *u);
	if (!u)
		return -ENOMEM;
	for (int64_t task = 0; task < tasks_n(job); task++) {
		for (int64_t k = 0; k < cells_n; k++)
			u[k] = 0;
		fill_first_row(u, n, boundary(task, tasks_n(job)));
		for (int64_t k = 0; k < job->iterations; k++)
			update_in_place(u, n);
		double total = total_in_order(u, cells_n);
		result->value.f = task ? result->value.f + total : total;
	}
	free(u);
	return 0;
}

static void update_from_old(double *u, const double *old, int64_t n)
{
	double dx2 = dx * dx, dy2 = dy * dy;
	for (int64_t i = 1; i < n - 1; i++)
		for (int64_t j = 1; j < n - 1; j++) {
			const double *c = old + i * n + j;
			u[i * n + j] = ((c[n] + c[-n]) * dy2 + (c[1] + c[-1]) * dx2) /
				       (2 * (dx2 + dy2));
		}
}

/* The updates are linear in the boundary value, so one task with a boundary of 1 gives
 * them all, but for rounding. */
static int expect_from_old(const struct job *job, struct result *result)
{
	int64_t n = job->size, cells_n = n * n;
	double *grids[2] = {calloc((size_t)cells_n, sizeof(double)),
			    calloc((size_t)cells_n, sizeof(double))};
	bool ok = grids[0] && grids[1];
	for (int k = 0; ok && k < 2; k++)
		fill_first_row(grids[k], n, 1.0);
	for (int64_t k = 0; ok && k < job->iterations; k++)
		update_from_old(grids[(k + 1) % 2], grids[k % 2], n);
	double boundaries = 0;
	for (int64_t task = 0; task < tasks_n(job); task++)
		boundaries += boundary(task, tasks_n(job));
	if (ok)
		result->value.f = total_in_order(grids[job->iterations % 2], cells_n) * boundaries;
	result->tolerance = 1e-12;
	free(grids[0]);
	free(grids[1]);
	return ok ? 0 : -ENOMEM;
}

static int expect(const struct job *job, struct result *result)
{
	return job->engine == ENGINE_NATIVE ? expect_from_old(job, result)
					    : expect_in_place(job, result);
}

const struct workload workload_laplace = {
	.name = "laplace",
	.help = "2-D Laplace problems, one for each of the boundary values from 1 to 2",
	.unit = "cell update",
	.size = {.least = 3, .most = 20000, .preset = 30, .help = "grid side N"},
	.tasks = {.least = 1, .most = 1000000, .preset = 100, .help = "boundary values"},
	.iterations = {.least = 1, .most = 1000000000, .preset = 30,
		       .help = "updates of the grid in each problem"},
	.total = TOTAL_SUM_FLOAT,
	.programs = {bytecode, native},
	.natives = natives,
	.teams = true,
	.tasks_n = tasks_n,
	.units = units,
	.args = args,
	.expect = expect,
};
