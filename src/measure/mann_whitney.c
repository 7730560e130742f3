#include "measure/mann_whitney.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/scarce.h"

/* From here on the normal approximation is as good, and the exact distribution slow. */
enum { EXACT_BELOW_N = 50 };

struct pooled {
	double value;
	bool is_a;
};

static int compare_values(const void *left, const void *right)
{
	double a = ((const struct pooled *)left)->value, b = ((const struct pooled *)right)->value;
	return (a > b) - (a < b);
}

/* The sum of the ranks of a, equal values sharing theirs; of groups of t equals, the sum of
 * t^3 - t in *ties. */
static double rank_sum(struct pooled *all, size_t n, double *ties)
{
	double sum = 0;
	*ties = 0;
	qsort(all, n, sizeof *all, compare_values);
	for (size_t first = 0, end; first < n; first = end) {
		size_t a_n = 0;
		for (end = first; end < n && all[end].value == all[first].value; end++)
			a_n += all[end].is_a;
		double t = (double)(end - first), rank = (double)(first + 1 + end) / 2;
		sum += (double)a_n * rank;
		*ties += t * t * t - t;
	}
	return sum;
}

/* How likely U is at most u, by who has the largest of n + m values: one of a, with a chance of
 * n in n + m, which is then above all m of b; or one of b, which is above none. */
static double chance_up_to(size_t a_n, size_t b_n, size_t u)
{
	size_t width = u + 1;
	size_t size = (b_n + 1) * width * sizeof(double);
	double *chances = scarce_malloc(size), sum = 0;
	if (!chances)
		return NAN;
	memset(chances, 0, size);
	for (size_t m = 0; m <= b_n; m++)
		chances[m * width] = 1;
	for (size_t n = 1; n <= a_n; n++)
		for (size_t m = 1; m <= b_n; m++) {
			double *own = chances + m * width, *less = own - width;
			double of_a = (double)n / (double)(n + m);
			for (size_t k = width; k-- > 0;)
				own[k] = of_a * (k >= m ? own[k - m] : 0) + (1 - of_a) * less[k];
		}
	for (size_t k = 0; k < width; k++)
		sum += chances[b_n * width + k];
	free(chances);
	return sum;
}

static double exact_p(double u, size_t a_n, size_t b_n)
{
	double mirrored = (double)(a_n * b_n) - u;
	return fmin(1, 2 * chance_up_to(a_n, b_n, (size_t)fmin(u, mirrored)));
}

static double normal_p(double u, double a_n, double b_n, double ties)
{
	double n = a_n + b_n, pairs = a_n * b_n;
	double deviation = sqrt(pairs / 12 * (n + 1 - ties / (n * (n - 1))));
	double off = fabs(u - pairs / 2) - 0.5;
	return off > 0 && deviation > 0 ? 2 * gsl_cdf_ugaussian_Q(off / deviation) : 1;
}

struct mann_whitney mann_whitney(const double *a, size_t a_n, const double *b, size_t b_n)
{
	struct mann_whitney test = {NAN, NAN};
	struct pooled *all = scarce_malloc((a_n + b_n) * sizeof *all + 1);
	double ties;
	if (!all || a_n == 0 || b_n == 0) {
		free(all);
		return test;
	}
	for (size_t k = 0; k < a_n; k++)
		all[k] = (struct pooled){a[k], true};
	for (size_t k = 0; k < b_n; k++)
		all[a_n + k] = (struct pooled){b[k], false};
	test.u = rank_sum(all, a_n + b_n, &ties) - (double)a_n * (double)(a_n + 1) / 2;
	free(all);
	bool is_exact = ties == 0 && a_n < EXACT_BELOW_N && b_n < EXACT_BELOW_N;
	test.p = is_exact ? exact_p(test.u, a_n, b_n)
			  : normal_p(test.u, (double)a_n, (double)b_n, ties);
	return test;
}

double mann_whitney_least_p(size_t a_n, size_t b_n)
{
	return fmin(1, 2 * exp(-gsl_sf_lnchoose((unsigned)(a_n + b_n), (unsigned)a_n)));
}
