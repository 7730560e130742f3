/* dgemm.c - the module with the product of matrices by BLAS.
 *
 * By its Fortran name: the C one, cblas_dgemm, is in GSL's own BLAS too, which gilsim brings
 * along, and would be found there.  Fortran's matrices lie column by column, so that ours are
 * their own transposes: c = a b is c' = b' a'. */
#include <stddef.h>

#include "kernel/kernel.h"

void dgemm_(const char *transpose_a, const char *transpose_b, const int *m, const int *n,
	    const int *k, const double *alpha, const double *a, const int *lda, const double *b,
	    const int *ldb, const double *beta, double *c, const int *ldc, size_t, size_t);

static void multiply_rows(double *c, const double *a, const double *b, int64_t n, int64_t first,
			  int64_t last)
{
	const double one = 1, zero = 0;
	const int side = (int)n, rows_n = (int)(last - first);
	dgemm_("N", "N", &side, &rows_n, &side, &one, b, &side, a + first * n, &side, &zero,
	       c + first * n, &side, 1, 1);
}

extern multiply_rows_kernel *const gilsim_multiply_rows;
multiply_rows_kernel *const gilsim_multiply_rows = multiply_rows;
