/* test_product - matrix products and teams: what comes with a module of its own.
 *
 * Method: products of whole numbers, which are exact in any order, by BLAS and by the blocks
 * of every instruction set against three loops, whole and in bands of rows; what the parts of
 * a loop return against the whole loop, for teams of several sizes. */
#include "kernels.h"

#include <dirent.h>
#include <math.h>

#include "base/units.h"

/* Small whole numbers, so that a product's cells are exact whatever the order. */
static double *whole_matrix(int64_t n, uint64_t seed)
{
	double *cells = filled(n * n, seed);
	for (int64_t k = 0; k < n * n; k++)
		cells[k] = floor(cells[k] * 1000);
	return cells;
}

static double *multiplied_plainly(const double *a, const double *b, int64_t n)
{
	double *c = calloc((size_t)(n * n), sizeof *c);
	assert_non_null(c);
	for (int64_t i = 0; i < n; i++)
		for (int64_t j = 0; j < n; j++)
			for (int64_t k = 0; k < n; k++)
				c[i * n + j] += a[i * n + k] * b[k * n + j];
	return c;
}

/* In as many bands of rows, last one first, over what was there before. */
static void check_product(multiply_rows_kernel *multiply_rows, const char *name, int64_t n,
			  int64_t bands)
{
	double *a = whole_matrix(n, 1), *b = whole_matrix(n, 2);
	double *expected = multiplied_plainly(a, b, n), *c = filled(n * n, 3);
	for (int64_t k = bands - 1; k >= 0; k--) {
		int64_t first, rows_n = array_split(n, bands, k, &first);
		multiply_rows(c, a, b, n, first, first + rows_n);
	}
	assert_same_bits(c, expected, n * n, name, n);
	free(a);
	free(b);
	free(expected);
	free(c);
}

static void check_products(multiply_rows_kernel *multiply_rows, const char *name)
{
	for (int64_t n = 1; n <= 67; n++)
		check_product(multiply_rows, name, n, 1);
	for (int64_t bands = 2; bands <= 24; bands += 11)
		check_product(multiply_rows, name, 23, bands);
	check_product(multiply_rows, name, 257, 1); /* deeper and higher than a block */
	check_product(multiply_rows, name, 257, 3);
}

static void blocks_of_every_set_give_the_product_of_three_loops(void **state)
{
	(void)state;
	int k = 0;
	for (const struct kernels *set; (set = next_that_runs(&k));)
		check_products(set->multiply_rows, set->name);
}

static int threads_n(void)
{
	int n = 0;
	DIR *tasks = opendir("/proc/self/task");
	assert_non_null(tasks);
	for (const struct dirent *entry; (entry = readdir(tasks));)
		n += entry->d_name[0] != '.';
	closedir(tasks);
	return n;
}

/* Threads could not be forked.  The sides are such that OpenBLAS would use several. */
static void blas_gives_the_product_of_three_loops_and_starts_no_thread(void **state)
{
	(void)state;
	struct error err = {""};
	if (!blas_was_built())
		skip();
	setenv("OPENBLAS_NUM_THREADS", "4", 1);
	int before_n = threads_n();
	multiply_rows_kernel *multiply_rows = blas_multiply_rows(&err);
	if (!multiply_rows)
		fail_msg("%s", err.text);
	check_products(multiply_rows, "BLAS");
	assert_int_equal(threads_n(), before_n);
}

static uint64_t squares(int64_t first, int64_t last)
{
	uint64_t sum = 0;
	for (int64_t k = first; k < last; k++)
		sum += (uint64_t)k * (uint64_t)k;
	return sum;
}

static uint64_t squares_of(const void *context, int64_t first, int64_t last)
{
	const int64_t *offset = context;
	return squares(first + *offset, last + *offset);
}

static bool team_adds_up(int team)
{
	const int64_t offset = 5;
	for (int64_t last = 2; last < 12; last++) {
		uint64_t total = 1;
		if (team_run(team, 2, last, squares_of, &offset, &total) ||
		    total != squares(7, last + 5))
			return false;
	}
	return true;
}

enum { TEAM_MOST = 5 };

static void note_call(void *context, int64_t k)
{
	__atomic_fetch_add((int *)context + k, 1, __ATOMIC_RELAXED);
}

/* Before its part, each of them once a run, and no more when they are no longer asked. */
static bool team_says_who_is_who(int team)
{
	int calls[TEAM_MOST] = {0};
	const int64_t offset = 0;
	uint64_t total;
	team_bind(note_call, calls);
	bool ok = !team_run(team, 0, 10, squares_of, &offset, &total);
	team_bind(NULL, NULL);
	ok = ok && !team_run(team, 0, 10, squares_of, &offset, &total);
	for (int k = 0; k < TEAM_MOST; k++)
		ok = ok && calls[k] == (k < team);
	return ok;
}

/* The team is a child's, which ends without taking leave: LeakSanitizer cannot look through
 * the threads that LLVM's OpenMP keeps. */
static void a_team_adds_up_what_its_parts_return(void **state)
{
	(void)state;
	int status;
	assert_true(team_adds_up(0));
	if (!team_was_built() || getenv("GILSIM_SKIP_OPENMP"))
		skip();
	pid_t child = fork();
	if (child == 0) {
		bool ok = !team_load(NULL);
		for (int team = 1; team <= TEAM_MOST; team++)
			ok = ok && team_adds_up(team) && team_says_who_is_who(team);
		_exit(!ok);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_every_set_give_the_product_of_three_loops),
		cmocka_unit_test(blas_gives_the_product_of_three_loops_and_starts_no_thread),
		cmocka_unit_test(a_team_adds_up_what_its_parts_return),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
