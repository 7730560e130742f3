/* test_kernel - the native work gives the right numbers, and always the same bits.
 *
 * Method: every instruction set that runs here against the baseline and against plain
 * loops, at sizes with and without a rest; grids cut into bands against whole ones; and
 * the published results of Nikolic's NumPy experiment, of Fibonacci's numbers and of squares. */
#include "kernels.h"

#include <math.h>

#include "base/units.h"

static const struct laplace_weights odd_weights = {.vertical = 0.3, .horizontal = 0.21};
static const int64_t sides[] = {47, 48, 63, 64, 65, 100, 127, 130};

static void the_baseline_is_last_and_runs_everywhere(void **state)
{
	(void)state;
	bool runs_here = false;
	const struct kernels *last = NULL, *kernels;
	for (int k = 0; (kernels = kernels_nth(k, &runs_here)); k++) {
		last = kernels;
		if (!runs_here)
			print_message("not tested: this processor has no %s\n", kernels->name);
	}
	assert_non_null(last);
	assert_string_equal(last->name, "baseline");
	assert_true(runs_here);
	assert_null(kernels_nth(-1, &runs_here));
}

static void the_best_is_the_first_that_runs_here(void **state)
{
	(void)state;
	int k = 0;
	assert_ptr_equal(kernels_best(), next_that_runs(&k));
	assert_ptr_equal(kernels_best(), kernels_best());
}

/* One update from a copy of the old grid: nothing clever. */
static void update_plainly(double *grid, int64_t n, struct laplace_weights weights)
{
	double *old = copied(grid, n * n);
	for (int64_t i = 1; i < n - 1; i++)
		for (int64_t j = 1; j < n - 1; j++) {
			const double *c = old + i * n + j;
			grid[i * n + j] = (c[n] + c[-n]) * weights.vertical +
					  (c[1] + c[-1]) * weights.horizontal;
		}
	free(old);
}

/* One update by a set, in as many bands, each from the same old grid, last one first. */
static void update_in_bands(const struct kernels *set, double *grid, int64_t n, int64_t bands,
			    struct laplace_weights weights)
{
	double *old = copied(grid, n * n);
	for (int64_t k = bands - 1; k >= 0; k--) {
		int64_t first, rows_n = array_split(n - 2, bands, k, &first);
		set->laplace_rows(grid, old, n, first + 1, first + 1 + rows_n, weights);
	}
	free(old);
}

static void check_update(int64_t n)
{
	int k = 0;
	double *start = filled(n * n, (uint64_t)n), *expected = copied(start, n * n);
	double *best = copied(start, n * n);
	update_plainly(expected, n, odd_weights);
	for (const struct kernels *set; (set = next_that_runs(&k));) {
		double *grid = copied(start, n * n);
		update_in_bands(set, grid, n, 1, odd_weights);
		assert_same_bits(grid, expected, n * n, set->name, n);
		free(grid);
	}
	laplace_update(best, start, n, odd_weights);
	assert_same_bits(best, expected, n * n, "best", n);
	free(best);
	free(start);
	free(expected);
}

static void every_set_updates_to_the_same_bits_at_every_side(void **state)
{
	(void)state;
	for (int64_t n = 3; n <= 40; n++)
		check_update(n);
	for (size_t k = 0; k < sizeof sides / sizeof *sides; k++)
		check_update(sides[k]);
}

/* More bands than rows leaves some of them empty. */
static void bands_give_the_same_bits_as_the_whole_grid(void **state)
{
	(void)state;
	for (int64_t n = 3; n <= 21; n += 3) {
		double *start = filled(n * n, 7), *expected = copied(start, n * n);
		for (int update = 0; update < 3; update++)
			update_plainly(expected, n, odd_weights);
		for (int64_t bands = 1; bands <= n; bands++) {
			int k = 0;
			for (const struct kernels *set; (set = next_that_runs(&k));) {
				double *grid = copied(start, n * n);
				for (int update = 0; update < 3; update++)
					update_in_bands(set, grid, n, bands, odd_weights);
				assert_same_bits(grid, expected, n * n, set->name, n);
				free(grid);
			}
		}
		free(expected);
		free(start);
	}
}

/* Several updates in place by a set, in as many bands, each with the rows around it as they
 * were.  More than one at once are for one band. */
static void update_in_place(const struct kernels *set, double *grid, int64_t n, int64_t bands,
			    int64_t levels_n, struct laplace_weights weights)
{
	double *old = copied(grid, n * n);
	double *kept = malloc((size_t)(levels_n * n) * sizeof *kept);
	assert_non_null(kept);
	for (int64_t k = bands - 1; k >= 0; k--) {
		int64_t first, rows_n = array_split(n - 2, bands, k, &first);
		for (int64_t level = 0; level < levels_n; level++)
			memcpy(kept + level * n, old + first * n, (size_t)n * sizeof *kept);
		set->laplace_in_place(grid, n, first + 1, first + 1 + rows_n,
				      old + (first + 1 + rows_n) * n, kept, levels_n, weights);
	}
	free(kept);
	free(old);
}

/* In batches of so many updates, and those that are left. */
static void check_in_place(int64_t n, int64_t levels_n, int64_t updates)
{
	int k = 0;
	double *start = filled(n * n, (uint64_t)n), *expected;
	start[n] = start[2 * n - 1] = start[n + 2] = -0.0;
	expected = copied(start, n * n);
	for (int64_t update = 0; update < updates; update++)
		update_plainly(expected, n, odd_weights);
	for (const struct kernels *set; (set = next_that_runs(&k));) {
		double *grid = copied(start, n * n);
		for (int64_t left = updates; left > 0; left -= levels_n)
			update_in_place(set, grid, n, 1, left < levels_n ? left : levels_n,
					odd_weights);
		assert_same_bits(grid, expected, n * n, set->name, n);
		free(grid);
	}
	free(start);
	free(expected);
}

static void every_set_updates_in_place_to_the_same_bits_at_every_side(void **state)
{
	(void)state;
	for (int64_t n = 3; n <= 40; n++)
		check_in_place(n, 1, 3);
	for (size_t k = 0; k < sizeof sides / sizeof *sides; k++)
		check_in_place(sides[k], 1, 2);
}

/* As many levels as rows, and more. */
static void updates_at_once_give_the_same_bits_as_one_after_the_other(void **state)
{
	(void)state;
	for (int64_t n = 3; n <= 29; n++)
		for (int64_t levels_n = 2; levels_n <= n + 1; levels_n += 3)
			check_in_place(n, levels_n, 13);
	check_in_place(65, 8, 20);
}

static void bands_in_place_give_the_same_bits_as_the_whole_grid(void **state)
{
	(void)state;
	for (int64_t n = 4; n <= 22; n += 3) {
		double *start = filled(n * n, 7), *expected = copied(start, n * n);
		for (int update = 0; update < 3; update++)
			update_plainly(expected, n, odd_weights);
		for (int64_t bands = 1; bands <= n - 2; bands++) {
			int k = 0;
			for (const struct kernels *set; (set = next_that_runs(&k));) {
				double *grid = copied(start, n * n);
				for (int update = 0; update < 3; update++)
					update_in_place(set, grid, n, bands, 1, odd_weights);
				assert_same_bits(grid, expected, n * n, set->name, n);
				free(grid);
			}
		}
		free(expected);
		free(start);
	}
}

/* Eight interleaved partial sums, added in the order that the source gives. */
static double sum_plainly(const double *cells, int64_t cells_n)
{
	double lanes[8] = {0};
	for (int64_t k = 0; k < cells_n; k++)
		lanes[k % 8] += cells[k];
	return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
	       ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

static void every_set_sums_to_the_same_bits_at_every_length(void **state)
{
	(void)state;
	static const int64_t lengths[] = {127, 128, 129, 900, 1000, 1023, 4099};
	double *cells = filled(5000, 3);
	for (int64_t n = 0; n < 100 + 7; n++) {
		int64_t cells_n = n < 100 ? n : lengths[n - 100];
		double expected = sum_plainly(cells + 1, cells_n);
		int k = 0;
		for (const struct kernels *set; (set = next_that_runs(&k));) {
			double found = set->sum(cells + 1, cells_n); /* off the 16-byte line */
			assert_same_bits(&found, &expected, 1, set->name, cells_n);
		}
	}
	free(cells);
}

static void whole_numbers_sum_exactly(void **state)
{
	(void)state;
	double cells[101];
	for (int k = 0; k <= 100; k++)
		cells[k] = k;
	int k = 0;
	for (const struct kernels *set; (set = next_that_runs(&k));)
		for (int64_t n = 0; n <= 101; n++)
			assert_true(set->sum(cells, n) == (double)(n * (n - 1) / 2));
}

/* B. Nikolic's experiment in NumPy 1.24: the sum of the first task, of all, and the
 * middle cell of the first. */
static const struct {
	int64_t n, updates, tasks;
	double first, total, centre;
} published[] = {
	{30, 30, 100, 0x1.831521f43de4ap+6, 0x1.c59cc3ca3889bp+13, 0x1.72ac2c202c000p-14},
	{30, 100, 1, 0x1.27f8464fbf8e0p+7, 0x1.27f8464fbf8e0p+7, 0x1.0c18a2853faeep-5},
	{7, 5, 3, 0x1.53a0000000000p+3, 0x1.7e14000000000p+5, 0x1.0c00000000000p-4},
};

static bool is_near(double found, double expected)
{
	return fabs(found - expected) <= 1e-12 * fabs(expected);
}

static double run_task(const struct kernels *set, double *grid, int64_t n, int64_t updates,
		       double boundary)
{
	double dx2 = 0.1 * 0.1, dy2 = 0.1 * 0.1;
	struct laplace_weights weights = {.vertical = dy2 / (2 * (dx2 + dy2)),
					  .horizontal = dx2 / (2 * (dx2 + dy2))};
	for (int64_t k = 0; k < n * n; k++)
		grid[k] = k < n ? boundary : 0;
	for (int64_t k = 0; k < updates; k++)
		update_in_bands(set, grid, n, 1, weights);
	return set->sum(grid, n * n);
}

/* numpy.linspace(1, 2, tasks)[task]: two roundings, and the last exactly 2. */
static double boundary_of(int64_t task, int64_t tasks)
{
	if (tasks == 1)
		return 1;
	return task == tasks - 1 ? 2 : 1 + (double)task * (1 / (double)(tasks - 1));
}

static void check_published(const struct kernels *set, size_t row)
{
	int64_t n = published[row].n, tasks = published[row].tasks;
	double grid[32 * 30], total = 0;
	for (int64_t task = 0; task < tasks; task++) {
		double boundary = boundary_of(task, tasks);
		double sum = run_task(set, grid, n, published[row].updates, boundary);
		total += sum;
		if (task == 0) {
			assert_true(is_near(sum, published[row].first));
			assert_true(is_near(grid[n / 2 * n + n / 2], published[row].centre));
		}
	}
	assert_true(is_near(total, published[row].total));
}

static void every_set_gives_the_published_totals(void **state)
{
	(void)state;
	int k = 0;
	for (const struct kernels *set; (set = next_that_runs(&k));)
		for (size_t row = 0; row < sizeof published / sizeof *published; row++)
			check_published(set, row);
}

static void fibonacci_numbers_are_the_published_ones(void **state)
{
	(void)state;
	static const struct {
		int64_t n;
		uint64_t value;
	} right[] = {
		{0, 0}, {1, 1}, {2, 1}, {3, 2}, {4, 3}, {5, 5}, {10, 55},
		{90, UINT64_C(2880067194370816120)},
		{94, UINT64_C(1293530146158671551)}, /* the first that wraps */
		{1000000, UINT64_C(14197223477820724411)},
	};
	for (size_t k = 0; k < sizeof right / sizeof *right; k++)
		assert_true(fib_steps(right[k].n) == right[k].value);
}

static void each_fibonacci_number_is_the_sum_of_the_two_before(void **state)
{
	(void)state;
	for (int64_t n = 2; n < 300; n++)
		assert_true(fib_steps(n) == fib_steps(n - 1) + fib_steps(n - 2));
}

static void counting_ends_at_its_number(void **state)
{
	(void)state;
	static const int64_t numbers[] = {0, 1, 2, 7, 1000, 1000003};
	for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
		assert_true(count_steps(numbers[k]) == (uint64_t)numbers[k]);
}

static void ranges_add_up_to_their_formula(void **state)
{
	(void)state;
	for (int64_t first = -3; first < 40; first++)
		for (int64_t last = first; last < first + 40; last++)
			assert_true((int64_t)sum_range(first, last) ==
				    (last * (last - 1) - first * (first - 1)) / 2);
	assert_true(sum_range(0, 1000000) == UINT64_C(499999500000));
	assert_true(sum_range(5, 3) == 0);
}

static uint64_t squares_plainly(int64_t first, int64_t last)
{
	uint64_t sum = 0;
	for (int64_t k = first; k < last; k++)
		sum += (uint64_t)k * (uint64_t)k;
	return sum;
}

/* The last ones wrap; the published sum is of a range that was cut anywhere. */
static void every_set_adds_up_the_same_squares(void **state)
{
	(void)state;
	static const int64_t firsts[] = {0, 1, 7, 8, 1000003, INT64_C(3037000499),
					 INT64_C(1000000000000)};
	int k = 0;
	for (const struct kernels *set; (set = next_that_runs(&k));) {
		for (size_t at = 0; at < sizeof firsts / sizeof *firsts; at++)
			for (int64_t n = 0; n < 35; n++)
				assert_true(set->sum_squares(firsts[at], firsts[at] + n) ==
					    squares_plainly(firsts[at], firsts[at] + n));
		assert_true(set->sum_squares(5, 3) == 0);
		assert_true(set->sum_squares(0, 1234567) + set->sum_squares(1234567, 10000000) ==
			    UINT64_C(1291890006563070912));
	}
}

static void every_set_writes_and_sums_the_same_triad_at_every_length(void **state)
{
	(void)state;
	double *b = filled(300, 1), *c = filled(300, 2), expected[300];
	double found[300] __attribute__((aligned(64)));
	for (int64_t n = 0; n < 290; n += n < 40 ? 1 : 13) {
		int k = 0;
		for (int64_t at = 0; at < 300; at++)
			expected[at] = at < n ? b[at + 1] + c[at + 2] * 0.3 : -1;
		for (const struct kernels *set; (set = next_that_runs(&k));) {
			for (int64_t at = 0; at < 300; at++)
				found[at] = -1;
			double total = set->triad(found, b + 1, c + 2, 0.3, n);
			double right = sum_plainly(expected, n);
			assert_same_bits(found, expected, 300, set->name, n);
			assert_same_bits(&total, &right, 1, set->name, n);
		}
	}
	free(b);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_baseline_is_last_and_runs_everywhere),
		cmocka_unit_test(the_best_is_the_first_that_runs_here),
		cmocka_unit_test(every_set_updates_to_the_same_bits_at_every_side),
		cmocka_unit_test(bands_give_the_same_bits_as_the_whole_grid),
		cmocka_unit_test(every_set_updates_in_place_to_the_same_bits_at_every_side),
		cmocka_unit_test(updates_at_once_give_the_same_bits_as_one_after_the_other),
		cmocka_unit_test(bands_in_place_give_the_same_bits_as_the_whole_grid),
		cmocka_unit_test(every_set_sums_to_the_same_bits_at_every_length),
		cmocka_unit_test(whole_numbers_sum_exactly),
		cmocka_unit_test(every_set_gives_the_published_totals),
		cmocka_unit_test(fibonacci_numbers_are_the_published_ones),
		cmocka_unit_test(each_fibonacci_number_is_the_sum_of_the_two_before),
		cmocka_unit_test(counting_ends_at_its_number),
		cmocka_unit_test(ranges_add_up_to_their_formula),
		cmocka_unit_test(every_set_adds_up_the_same_squares),
		cmocka_unit_test(every_set_writes_and_sums_the_same_triad_at_every_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
