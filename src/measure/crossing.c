#include "measure/crossing.h"

#include <errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/scarce.h"
#include "measure/stats.h"

enum { RESAMPLES_N = 2000, SEED = 1 };

const char *const decision_names[] = {"undecided", "won", "lost"};
const char *const verdict_names[] = {"undecided", "never", "always", "even", "crossing"};

/* A larger difference that cannot be ruled out leaves the verdict open. */
static const double open_gain = 1.25;

/* The median of samples, or of a resample of them when there is an rng; room: n numbers. */
static double median(gsl_rng *rng, double *room, const double *samples, size_t n)
{
	if (rng)
		gsl_ran_sample(rng, room, n, (void *)samples, n, sizeof *samples);
	else
		memcpy(room, samples, n * sizeof *samples);
	return gsl_stats_median(room, 1, n);
}

/* Nothing on both sides is no difference. */
static double ratio(gsl_rng *rng, double *room, const struct ratio_point *p)
{
	double top = median(rng, room, p->samples, p->samples_n);
	double bottom = median(rng, room, p->base, p->base_n);
	return top == bottom ? 1 : top / bottom;
}

static bool has_few_samples(const struct ratio_point *p)
{
	return p->samples_n < LEAST_SAMPLES_N || p->base_n < LEAST_SAMPLES_N;
}

void ratio_decide(struct ratio_point *p)
{
	size_t most = p->samples_n > p->base_n ? p->samples_n : p->base_n;
	double *room = scarce_malloc(most * sizeof *room);
	p->ratio = (struct ratio){NAN, NAN, NAN, p->noise};
	if (room) {
		p->ratio.value = ratio(NULL, room, p);
		stats_ratio_interval(p->samples, p->samples_n, p->base, p->base_n, 1,
				     &p->ratio.low, &p->ratio.high);
	}
	free(room);
	size_t least = p->samples_n < p->base_n ? p->samples_n : p->base_n;
	p->decision = ratio_decision(&p->ratio, least);
}

enum verdict ratio_verdict(const struct ratio_point *points, size_t n)
{
	bool won = false, lost = false, may_win = n == 0, may_lose = n == 0;
	for (const struct ratio_point *p = points; p < points + n; p++) {
		won = won || p->decision == WON;
		lost = lost || p->decision == LOST;
		if (p->decision != UNDECIDED)
			continue;
		may_win = may_win || has_few_samples(p) || p->ratio.high >= open_gain;
		may_lose = may_lose || has_few_samples(p) || p->ratio.low <= 1 / open_gain;
	}
	if (won && lost)
		return VERDICT_CROSSING;
	if ((may_win && !won) || (may_lose && !lost))
		return VERDICT_UNDECIDED;
	return won ? VERDICT_ALWAYS : lost ? VERDICT_NEVER : VERDICT_EVEN;
}

/* The part of a straight way from y to z on which it is below 0. */
static double part_below(double y, double z)
{
	if ((y < 0) == (z < 0))
		return y < 0;
	double before = isinf(y) ? 1 : y / (y - z);
	return y < 0 ? before : 1 - before;
}

/* Where the points cross, or resamples of them when there is an rng. */
static double cross(gsl_rng *rng, double *room, const struct ratio_point *points,
		    const struct crossing *c)
{
	double sign = c->upwards ? 1 : -1;
	double x = log(points[c->from].x), y = sign * log(ratio(rng, room, &points[c->from]));
	for (size_t k = c->from; k < c->to; k++) {
		double next = sign * log(ratio(rng, room, &points[k + 1]));
		x += part_below(y, next) * log(points[k + 1].x / points[k].x);
		y = next;
	}
	return exp(x);
}

static size_t most_samples(const struct ratio_point *points, size_t n)
{
	size_t most = 0;
	for (size_t k = 0; k < n; k++) {
		most = points[k].samples_n > most ? points[k].samples_n : most;
		most = points[k].base_n > most ? points[k].base_n : most;
	}
	return most;
}

static bool has_intervals(const struct ratio_point *points, const struct crossing *c)
{
	for (size_t k = c->from; k <= c->to; k++)
		if (has_few_samples(&points[k]))
			return false;
	return true;
}

/* room: for RESAMPLES_N numbers and a resample. */
static void locate(struct crossing *c, const struct ratio_point *points, gsl_rng *rng,
		   double *room)
{
	double *places = room, *resample = room + RESAMPLES_N;
	c->x = cross(NULL, resample, points, c);
	c->low = c->high = NAN;
	if (!has_intervals(points, c))
		return;
	gsl_rng_set(rng, SEED);
	for (size_t k = 0; k < RESAMPLES_N; k++)
		places[k] = cross(rng, resample, points, c);
	gsl_sort(places, 1, RESAMPLES_N);
	c->low = gsl_stats_quantile_from_sorted_data(places, 1, RESAMPLES_N, 0.025);
	c->high = gsl_stats_quantile_from_sorted_data(places, 1, RESAMPLES_N, 0.975);
}

/* Between which points. */
static int bracket(const struct ratio_point *points, size_t n, struct crossing *crossings)
{
	enum decision before = UNDECIDED;
	size_t from = 0;
	int found_n = 0;
	for (size_t k = 0; k < n; k++) {
		if (points[k].decision == UNDECIDED)
			continue;
		if (before != UNDECIDED && points[k].decision != before)
			crossings[found_n++] = (struct crossing){
				.upwards = before == LOST, .from = from, .to = k};
		before = points[k].decision;
		from = k;
	}
	return found_n;
}

int crossings_find(const struct ratio_point *points, size_t n, struct crossing *crossings)
{
	int found_n = bracket(points, n, crossings);
	double *room = scarce_malloc((RESAMPLES_N + most_samples(points, n)) * sizeof *room);
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	for (int k = 0; k < found_n && room && rng; k++)
		locate(&crossings[k], points, rng, room);
	bool failed = !room || !rng;
	gsl_rng_free(rng);
	free(room);
	return failed ? -ENOMEM : found_n;
}
