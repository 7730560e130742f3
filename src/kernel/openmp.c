/* openmp.c - the module with the kernels that run on an OpenMP team. */
#include <errno.h>
#include <omp.h>

#include "base/units.h"
#include "kernel/kernel.h"

static int laplace_update_on_team(double *to, const double *old, int64_t n, int team,
				  const struct kernels *kernels, struct laplace_weights weights)
{
	int found = 0;
	omp_set_dynamic(0);
#pragma omp parallel num_threads(team)
	{
		int self = omp_get_thread_num();
		int64_t first, rows_n = array_split(n - 2, omp_get_num_threads(), self, &first);
		kernels->laplace_rows(to, old, n, 1 + first, 1 + first + rows_n, weights);
		if (self == 0)
			found = omp_get_num_threads();
	}
	return found == team ? 0 : -EAGAIN;
}

extern const struct team_kernels gilsim_team_kernels;
const struct team_kernels gilsim_team_kernels = {
	.laplace_update = laplace_update_on_team,
};
