#include "measure/compare.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/scarce.h"
#include "measure/mann_whitney.h"
#include "measure/stats.h"

static double median_of(const struct sampled *s)
{
	double median = NAN, *copy = scarce_malloc(s->n * sizeof *copy + 1);
	if (copy && s->n) {
		memcpy(copy, s->samples, s->n * sizeof *copy);
		median = gsl_stats_median(copy, 1, s->n);
	}
	free(copy);
	return median;
}

static bool has_both(const struct comparison *c)
{
	return c->a.n && c->b.n;
}

static void compare(struct comparison *c)
{
	c->ratio = (struct ratio){NAN, NAN, NAN, NAN};
	c->u = c->p = c->p_holm = NAN;
	c->a.median = median_of(&c->a);
	c->b.median = median_of(&c->b);
	if (!has_both(c))
		return;
	struct mann_whitney test = mann_whitney(c->a.samples, c->a.n, c->b.samples, c->b.n);
	c->u = test.u;
	c->p = test.p;
	c->ratio.value = c->b.median / c->a.median;
	stats_ratio_interval(c->b.samples, c->b.n, c->a.samples, c->a.n, 1, &c->ratio.low,
			     &c->ratio.high);
	c->ratio.noise = fmax(stats_noise(c->a.samples, c->a.n), stats_noise(c->b.samples, c->b.n));
}

static int compare_p(const void *left, const void *right)
{
	const struct comparison *a = *(struct comparison *const *)left;
	const struct comparison *b = *(struct comparison *const *)right;
	return (a->p > b->p) - (a->p < b->p);
}

/* The least p counts as often as there are settings, the next once less, and none less than
 * one before it.  Without memory none is sure. */
static void correct(struct comparison *comparisons, size_t n)
{
	struct comparison **known = scarce_malloc(n * sizeof *known + 1);
	size_t known_n = 0;
	double least = 0;
	for (size_t k = 0; known && k < n; k++)
		if (isfinite(comparisons[k].p))
			known[known_n++] = &comparisons[k];
	if (known)
		qsort(known, known_n, sizeof *known, compare_p);
	for (size_t k = 0; k < known_n; k++)
		least = known[k]->p_holm =
			fmin(1, fmax(least, (double)(known_n - k) * known[k]->p));
	free(known);
}

/* Of the real world only what was measured once is; in virtual time the same program runs. */
static bool is_one(const struct comparison *c)
{
	return c->a.n == c->b.n &&
	       memcmp(c->a.samples, c->b.samples, c->a.n * sizeof *c->a.samples) == 0;
}

static bool is_enough(const struct comparison *c)
{
	return c->a.n >= LEAST_SAMPLES_N && c->b.n >= LEAST_SAMPLES_N;
}

static enum compared decide(const struct comparison *c, double threshold)
{
	const struct ratio *r = &c->ratio;
	double most = 1 + threshold, least = 1 / most, sure = fmax(most, 1 + r->noise);
	if (is_one(c))
		return COMPARED_SAME;
	if (c->p_holm < COMPARE_ALPHA && r->low > 1 && r->value >= sure)
		return COMPARED_SLOWER;
	if (c->p_holm < COMPARE_ALPHA && r->high < 1 && r->value <= 1 / sure)
		return COMPARED_FASTER;
	return is_enough(c) && r->low >= least && r->high <= most ? COMPARED_SAME
								  : COMPARED_UNDECIDED;
}

void compare_all(struct comparison *comparisons, size_t n, double threshold)
{
	for (size_t k = 0; k < n; k++)
		compare(&comparisons[k]);
	correct(comparisons, n);
	for (size_t k = 0; k < n; k++)
		if (has_both(&comparisons[k]))
			comparisons[k].verdict = decide(&comparisons[k], threshold);
}

static bool is_too_few(size_t a_n, size_t b_n, size_t settings_n)
{
	return a_n < LEAST_SAMPLES_N || b_n < LEAST_SAMPLES_N ||
	       mann_whitney_least_p(a_n, b_n) * (double)settings_n >= COMPARE_ALPHA;
}

bool comparison_has_too_few(const struct comparison *c, size_t settings_n)
{
	return has_both(c) && is_too_few(c->a.n, c->b.n, settings_n);
}

size_t compare_repeats_needed(size_t settings_n)
{
	size_t n = LEAST_SAMPLES_N;
	while (is_too_few(n, n, settings_n))
		n++;
	return n;
}
