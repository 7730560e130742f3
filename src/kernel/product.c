/* product.c - the product of two matrices, block by block.  Compiled once per instruction set,
 * each time with KERNELS_NAME naming the set.
 *
 * Unlike all other kernels with multiplication and addition fused where the set has that, as
 * any BLAS does.  It is allowed here because the cells are small whole numbers: every product
 * and every sum is exact, so that nothing is ever rounded, fused or not, in whatever order. */
#include "kernel/kernel.h"
#include "kernel/lanes.h"

/* A tile of c is ROWS x VECTORS registers of sums: with a row of b and a cell of a as many as
 * there are.  A panel, DEPTH rows of b as wide as a tile, stays in the first cache while
 * BLOCK_ROWS rows of a pass by; and these, DEPTH of their columns, in the second one while all
 * panels do. */
enum { VECTORS = 3, COLUMNS = VECTORS * LANES, ROWS = LANES == 8 ? 8 : 4 };
enum { DEPTH = 128, BLOCK_ROWS = 128 };

static inline int64_t at_most(int64_t n, int64_t most)
{
	return n < most ? n : most;
}

/* `columns` columns of b, `depth` rows of them, next to each other, and as many of zeros as
 * fill the last vector.  In b their rows are n cells apart, which for some n is all in one set
 * of the cache. */
static void pack(double *panel, const double *b, int64_t n, int64_t depth, int64_t columns)
{
	int64_t width = (columns + LANES - 1) / LANES * LANES;
	for (int64_t k = 0; k < depth; k++)
		for (int64_t j = 0; j < width; j++)
			panel[k * width + j] = j < columns ? b[k * n + j] : 0;
}

static inline void add_cells(double *c, wide some, int64_t columns)
{
	if (columns >= LANES)
		STORE(c, LOAD(c) + some);
	for (int64_t j = 0; columns < LANES && j < columns; j++)
		c[j] += some[j];
}

/* What `depth` columns of a and the panel add to a tile of c; rows and vectors are constants. */
static ALWAYS_INLINE void multiply_tile(double *c, const double *a, const double *panel, int64_t n,
					int64_t depth, int64_t columns, int rows, int vectors)
{
	wide sums[ROWS][VECTORS] = {{{0}}};
	for (int64_t k = 0; k < depth; k++)
		for (int row = 0; row < rows; row++)
			for (int v = 0; v < vectors; v++)
				sums[row][v] += LOAD(panel + (k * vectors + v) * LANES) *
						a[row * n + k];
	for (int row = 0; row < rows; row++)
		for (int v = 0; v < vectors; v++)
			add_cells(c + row * n + v * LANES, sums[row][v], columns - v * LANES);
}

/* All rows of a column of tiles. */
static ALWAYS_INLINE void multiply_panel(double *c, const double *a, const double *b, int64_t n,
					 int64_t rows_n, int64_t depth, int64_t columns,
					 int vectors)
{
	double panel[COLUMNS * DEPTH] __attribute__((aligned(64)));
	int64_t i = 0;
	pack(panel, b, n, depth, columns);
	for (; i + ROWS <= rows_n; i += ROWS)
		multiply_tile(c + i * n, a + i * n, panel, n, depth, columns, ROWS, vectors);
	for (; i < rows_n; i++)
		multiply_tile(c + i * n, a + i * n, panel, n, depth, columns, 1, vectors);
}

/* The last panel has fewer columns, in as few vectors as hold them. */
static void multiply_block(double *c, const double *a, const double *b, int64_t n, int64_t rows_n,
			   int64_t depth, int64_t columns)
{
	if (columns > 2 * LANES)
		multiply_panel(c, a, b, n, rows_n, depth, columns, 3);
	else if (columns > LANES)
		multiply_panel(c, a, b, n, rows_n, depth, columns, 2);
	else
		multiply_panel(c, a, b, n, rows_n, depth, columns, 1);
}

#define MULTIPLY_OF(set) multiply_rows_##set
#define MULTIPLY(set) MULTIPLY_OF(set)

extern multiply_rows_kernel MULTIPLY(KERNELS_NAME);
void MULTIPLY(KERNELS_NAME)(double *c, const double *a, const double *b, int64_t n, int64_t first,
			    int64_t last)
{
	for (int64_t k = first * n; k < last * n; k++)
		c[k] = 0;
	for (int64_t k = 0; k < n; k += DEPTH)
		for (int64_t i = first; i < last; i += BLOCK_ROWS)
			for (int64_t j = 0; j < n; j += COLUMNS)
				multiply_block(c + i * n + j, a + i * n + k, b + k * n + j, n,
					       at_most(last - i, BLOCK_ROWS), at_most(n - k, DEPTH),
					       at_most(n - j, COLUMNS));
}
