/* simd.c - the kernels that gain from wide registers.  Compiled once per instruction
 * set, each time with KERNELS_NAME naming the set. */
#include "kernel/kernel.h"

/* Eight cells anywhere in a row; the compiler maps them to whatever registers there are. */
typedef double cells8 __attribute__((vector_size(64), aligned(8), may_alias));

#define LOAD(from) (*(const cells8 *)(from))
#define STORE(to, cells) (*(cells8 *)(to) = (cells))

static inline void eight_cells(double *to, const double *old, int64_t n,
			       struct laplace_weights weights)
{
	STORE(to, (LOAD(old + n) + LOAD(old - n)) * weights.vertical +
			  (LOAD(old + 1) + LOAD(old - 1)) * weights.horizontal);
}

/* The last eight may overlap the eight before them: doing a cell twice gives the same. */
static void laplace_row(double *to, const double *old, int64_t n, struct laplace_weights weights)
{
	int64_t j = 1, end = n - 1;
	if (end - j < 8) {
		for (; j < end; j++)
			to[j] = (old[j + n] + old[j - n]) * weights.vertical +
				(old[j + 1] + old[j - 1]) * weights.horizontal;
		return;
	}
	for (; j + 8 < end; j += 8)
		eight_cells(to + j, old + j, n, weights);
	eight_cells(to + end - 8, old + end - 8, n, weights);
}

static void laplace_rows(double *to, const double *old, int64_t n, int64_t first, int64_t last,
			 struct laplace_weights weights)
{
	for (int64_t i = first; i < last; i++)
		laplace_row(to + i * n, old + i * n, n, weights);
}

static double sum(const double *cells, int64_t cells_n)
{
	cells8 lanes = {0};
	int64_t k = 0;
	for (; k + 8 <= cells_n; k += 8)
		lanes += LOAD(cells + k);
	for (int lane = 0; k + lane < cells_n; lane++)
		lanes[lane] += cells[k + lane];
	return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
	       ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

#define TEXT_OF(name) #name
#define TABLE_OF(name) \
	extern const struct kernels kernels_##name; \
	const struct kernels kernels_##name = {TEXT_OF(name), laplace_rows, sum};
#define TABLE(name) TABLE_OF(name)
TABLE(KERNELS_NAME)
