/* openmp.c - the module with the kernels that run on an OpenMP team. */
#include <omp.h>
#include <string.h>

#include "base/units.h"
#include "kernel/kernel.h"

/* Each thread takes a band of rows.  It keeps the old rows on both sides of the band
 * before anyone writes; the barrier stands between. */
static void laplace_update_on_team(double *grid, int64_t n, int team,
				   const struct kernels *kernels, struct laplace_weights weights)
{
#pragma omp parallel num_threads(team)
	{
		int self = omp_get_thread_num();
		size_t row_bytes = (size_t)n * sizeof *grid;
		double *above = grid + (n + (int64_t)TEAM_SPARE_ROWS * self) * n;
		double *below = above + n, *spare = below + n;
		int64_t first, rows_n = array_split(n - 2, omp_get_num_threads(), self, &first);
		first++;
		memcpy(above, grid + (first - 1) * n, row_bytes);
		memcpy(below, grid + (first + rows_n) * n, row_bytes);
#pragma omp barrier
		kernels->laplace_rows(grid, n, first, first + rows_n, above, below, spare, weights);
	}
}

extern const struct team_kernels gilsim_team_kernels;
const struct team_kernels gilsim_team_kernels = {
	.laplace_update = laplace_update_on_team,
};
