/* simd.c - the kernels that gain from wide registers.  Compiled once per instruction
 * set, each time with KERNELS_NAME naming the set. */
#include "kernel/kernel.h"
#include "kernel/opaque.h"

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

static double fold(cells8 lanes)
{
	return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
	       ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

static double sum(const double *cells, int64_t cells_n)
{
	cells8 lanes = {0};
	int64_t k = 0;
	for (; k + 8 <= cells_n; k += 8)
		lanes += LOAD(cells + k);
	for (int lane = 0; k + lane < cells_n; lane++)
		lanes[lane] += cells[k + lane];
	return fold(lanes);
}

typedef uint64_t ints8 __attribute__((vector_size(64)));

static uint64_t sum_squares(int64_t first, int64_t last)
{
	ints8 lanes = {0}, next = (ints8){0, 1, 2, 3, 4, 5, 6, 7} + (uint64_t)first;
	uint64_t total = 0, left = last > first ? (uint64_t)(last - first) : 0;
	for (; left >= 8; left = opaque(left - 8), next += 8)
		lanes += next * next;
	for (uint64_t lane = 0; lane < 8; lane++)
		total += lanes[lane] + (lane < left ? next[lane] * next[lane] : 0);
	return total;
}

static double triad(double *a, const double *b, const double *c, double scale, int64_t n)
{
	cells8 lanes = {0};
	int64_t k = 0;
	for (; k + 8 <= n; k += 8) {
		cells8 cells = LOAD(b + k) + LOAD(c + k) * scale;
		STORE(a + k, cells);
		lanes += cells;
	}
	for (int lane = 0; k + lane < n; lane++) {
		a[k + lane] = b[k + lane] + c[k + lane] * scale;
		lanes[lane] += a[k + lane];
	}
	return fold(lanes);
}

/* So much of b stays in the first cache while all rows of a pass by. */
enum { BLOCK_DEPTH = 256, BLOCK_ROWS = 4 };

/* Eight columns of b, `depth` rows of them, next to each other: their rows are n cells apart,
 * which for some n is all in one set of the cache.  Columns behind the last are 0. */
static void pack(double panel[static 8 * BLOCK_DEPTH], const double *b, int64_t n, int64_t depth,
		 int64_t columns)
{
	for (int64_t k = 0; k < depth; k++)
		for (int64_t j = 0; j < 8; j++)
			panel[k * 8 + j] = j < columns ? b[k * n + j] : 0;
}

static inline void add_cells(double *c, cells8 cells, int64_t columns)
{
	if (columns == 8)
		STORE(c, LOAD(c) + cells);
	for (int64_t j = 0; columns < 8 && j < columns; j++)
		c[j] += cells[j];
}

static void multiply_four_rows(double *c, const double *a, const double *panel, int64_t n,
			       int64_t depth, int64_t columns)
{
	cells8 rows[BLOCK_ROWS] = {{0}};
	for (int64_t k = 0; k < depth; k++)
		for (int row = 0; row < BLOCK_ROWS; row++)
			rows[row] += LOAD(panel + k * 8) * a[row * n + k];
	for (int row = 0; row < BLOCK_ROWS; row++)
		add_cells(c + row * n, rows[row], columns);
}

static void multiply_row(double *c, const double *a, const double *panel, int64_t depth,
			 int64_t columns)
{
	cells8 cells = {0};
	for (int64_t k = 0; k < depth; k++)
		cells += LOAD(panel + k * 8) * a[k];
	add_cells(c, cells, columns);
}

/* What `depth` columns of a and as many rows of b add to eight columns of c. */
static void multiply_block(double *c, const double *a, const double *b, int64_t n, int64_t rows_n,
			   int64_t depth, int64_t columns)
{
	double panel[8 * BLOCK_DEPTH] __attribute__((aligned(64)));
	int64_t i = 0;
	pack(panel, b, n, depth, columns);
	for (; i + BLOCK_ROWS <= rows_n; i += BLOCK_ROWS)
		multiply_four_rows(c + i * n, a + i * n, panel, n, depth, columns);
	for (; i < rows_n; i++)
		multiply_row(c + i * n, a + i * n, panel, depth, columns);
}

static int64_t at_most(int64_t n, int64_t most)
{
	return n < most ? n : most;
}

static void multiply_rows(double *c, const double *a, const double *b, int64_t n, int64_t first,
			  int64_t last)
{
	for (int64_t k = first * n; k < last * n; k++)
		c[k] = 0;
	for (int64_t k = 0; k < n; k += BLOCK_DEPTH)
		for (int64_t j = 0; j < n; j += 8)
			multiply_block(c + first * n + j, a + first * n + k, b + k * n + j, n,
				       last - first, at_most(n - k, BLOCK_DEPTH),
				       at_most(n - j, 8));
}

#define TEXT_OF(set) #set
#define TABLE_OF(set) \
	extern const struct kernels kernels_##set; \
	const struct kernels kernels_##set = { \
		.name = TEXT_OF(set), \
		.laplace_rows = laplace_rows, \
		.sum = sum, \
		.sum_squares = sum_squares, \
		.multiply_rows = multiply_rows, \
		.triad = triad, \
	};
#define TABLE(set) TABLE_OF(set)
TABLE(KERNELS_NAME)
