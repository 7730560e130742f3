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
enum { SIDE_MOST = 20000 };

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

/* Bytecode, which has no calls of several updates, knows the first five only. */
static void args(const struct job *job, int64_t task, union value *args)
{
	int64_t per_call = job->updates_per_call;
	if (job->engine != ENGINE_NATIVE || per_call == 0 || per_call == ABSENT)
		per_call = 1;
	args[0].f = boundary(task, tasks_n(job));
	args[1].i = job->size;
	args[2].i = job->iterations / per_call;
	args[3].f = dx * dx;
	args[4].f = dy * dy;
	args[5].i = per_call;
	args[6].i = job->iterations % per_call;
}

/* Native forms */

static void fill_first_row(double *cells, int64_t n, double ic)
{
	for (int64_t j = 0; j < n; j++)
		cells[j] = ic;
}

/* Both grids of a small problem stay in a core's caches: there it is fastest to write a second
 * one.  Of a larger one that would be half as much again to move to and from memory as an update
 * in place, which needs a few rows besides. */
enum { SMALL_CELLS_MOST = 1 << 15, LEVELS_MOST = 8 };

static bool is_small(int64_t n)
{
	return n * n <= SMALL_CELLS_MOST;
}

/* Rows of a grid that are shared out, each part with the rows around it as they were. */
static int64_t parts_n(int64_t n, int team)
{
	return team == 0 ? 1 : team < n - 2 ? team : n - 2;
}

static int64_t spare_n(int64_t n, int team)
{
	if (is_small(n))
		return n * n;
	return (team ? parts_n(n, team) * 2 : LEVELS_MOST + 1) * n;
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
	struct array *grid = NULL;
	if (n >= 0 && n <= SIDE_MOST)
		grid = array_new(n, n, spare_n(n, call->team));
	if (!grid)
		return -ENOMEM; /* or no such grid */
	fill_first_row(grid->cells, n, call->args[0].f);
	if (is_small(n))
		copy_edge(grid->spare, grid->cells, n);
	call->result->object = &grid->head;
	return 0;
}

struct update {
	double *grid, *spare;
	int64_t n, parts_n, levels_n;
	struct laplace_weights weights;
};

static uint64_t update_rows(const void *context, int64_t first, int64_t last)
{
	const struct update *u = context;
	kernels_best()->laplace_rows(u->spare, u->grid, u->n, first, last, u->weights);
	return 0;
}

struct rows_of_part {
	int64_t first, last;
	double *kept, *end; /* the row above, once for each level, and row `last`, as they were */
};

static struct rows_of_part rows_of(const struct update *u, int64_t part)
{
	int64_t first, rows_n = array_split(u->n - 2, u->parts_n, part, &first);
	double *kept = u->spare + part * (u->levels_n + 1) * u->n;
	return (struct rows_of_part){.first = first + 1,
				     .last = first + 1 + rows_n,
				     .kept = kept,
				     .end = kept + u->levels_n * u->n};
}

/* Before anybody writes. */
static void keep_rows(const struct update *u)
{
	size_t row_bytes = (size_t)u->n * sizeof(double);
	for (int64_t part = 0; part < u->parts_n; part++) {
		struct rows_of_part rows = rows_of(u, part);
		for (double *kept = rows.kept; kept < rows.end; kept += u->n)
			memcpy(kept, u->grid + (rows.first - 1) * u->n, row_bytes);
		memcpy(rows.end, u->grid + rows.last * u->n, row_bytes);
	}
}

static uint64_t update_parts(const void *context, int64_t first, int64_t last)
{
	const struct update *u = context;
	for (int64_t part = first; part < last; part++) {
		struct rows_of_part rows = rows_of(u, part);
		kernels_best()->laplace_in_place(u->grid, u->n, rows.first, rows.last, rows.end,
						 rows.kept, u->levels_n, u->weights);
	}
	return 0;
}

static int update_small(struct array *grid, int team, int64_t updates_n,
			struct laplace_weights weights)
{
	int failed = 0;
	for (int64_t k = 0; k < updates_n && !failed; k++) {
		double *old = grid->cells;
		uint64_t nothing;
		const struct update u = {
			.grid = old, .spare = grid->spare, .n = grid->columns, .weights = weights};
		failed = team_run(team, 1, u.n - 1, update_rows, &u, &nothing);
		grid->cells = grid->spare;
		grid->spare = old;
	}
	return failed;
}

/* A team does one update at a time: its parts wait for each other after each. */
static int update_large(struct array *grid, int team, int64_t updates_n,
			struct laplace_weights weights)
{
	int64_t most = team ? 1 : LEVELS_MOST;
	int failed = 0;
	for (int64_t left = updates_n; left > 0 && !failed; left -= most) {
		uint64_t nothing;
		const struct update u = {
			.grid = grid->cells,
			.spare = grid->spare,
			.n = grid->columns,
			.parts_n = parts_n(grid->columns, team),
			.levels_n = left < most ? left : most,
			.weights = weights,
		};
		keep_rows(&u);
		failed = team_run(team, 0, u.parts_n, update_parts, &u, &nothing);
	}
	return failed;
}

static int native_updates(const struct native_call *call)
{
	struct array *grid = (struct array *)call->args[0].object;
	double dx2 = call->args[1].f, dy2 = call->args[2].f;
	const struct laplace_weights weights = {.vertical = dy2 / (2 * (dx2 + dy2)),
						.horizontal = dx2 / (2 * (dx2 + dy2))};
	if (grid->spare_n < spare_n(grid->columns, call->team))
		return -EINVAL; /* not one of new_grid's */
	call->result->i = 0;
	return (is_small(grid->columns) ? update_small : update_large)(grid, call->team,
								       call->args[3].i, weights);
}

static int native_total(const struct native_call *call)
{
	const struct array *grid = (const struct array *)call->args[0].object;
	call->result->f = kernels_best()->sum(grid->cells, grid->columns * grid->columns);
	return 0;
}

/* A side that no grid can have is refused by the call. */
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

static int64_t updates_n(const union value *args)
{
	return args[3].i;
}

static const struct native natives[] = {
	{.name = "new_grid", .in = "fi", .out = "a", .releases = true, .call = native_new_grid,
	 .items = new_cells_n},
	{.name = "num_updates", .in = "affi", .out = "i", .releases = true, .call = native_updates,
	 .items = inner_cells_n, .passes = updates_n},
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
	.size = {.least = 3, .most = SIDE_MOST, .preset = 30, .help = "grid side N"},
	.tasks = {.least = 1, .most = 1000000, .preset = 100, .help = "boundary values"},
	.iterations = {.least = 1, .most = 1000000000, .preset = 30,
		       .help = "updates of the grid in each problem"},
	.updates_per_call = {.least = 1, .most = 1000000000, .preset = 1,
			     .help = "updates inside one release section"},
	.total = TOTAL_SUM_FLOAT,
	.programs = {bytecode, native},
	.natives = natives,
	.teams = true,
	.tasks_n = tasks_n,
	.units = units,
	.args = args,
	.expect = expect,
};
