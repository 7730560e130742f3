/* results.c - from what each thread left to the figures of a group and of a scenario. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/stats.h"
#include "scenario/run.h"

/* From the first start to the last end. */
static int64_t wall_of(const struct worker *workers, size_t n)
{
	int64_t start_ns = INT64_MAX, end_ns = 0;
	for (size_t k = 0; k < n; k++) {
		start_ns = workers[k].start_ns < start_ns ? workers[k].start_ns : start_ns;
		end_ns = workers[k].end_ns > end_ns ? workers[k].end_ns : end_ns;
	}
	return end_ns - start_ns;
}

static int latencies_of(struct group_figures *f, const struct lane *lanes, size_t n)
{
	struct histogram *all = calloc(1, sizeof *all);
	if (!all)
		return -ENOMEM;
	for (size_t k = 0; k < n; k++)
		histogram_merge(all, &lanes[k].latencies);
	f->latency_p50_ns = histogram_percentile(all, 0.5);
	f->latency_p99_ns = histogram_percentile(all, 0.99);
	f->latency_max_ns = all->n ? all->max_ns : ABSENT;
	free(all);
	return 0;
}

static void count_echo(struct group_figures *f, const struct group *g, const struct lane *lanes)
{
	f->lost_n = 0;
	for (int64_t k = 0; k < g->threads_n; k++)
		f->lost_n += lanes[k].lost_n;
	f->bytes_per_s = f->rounds_per_s * (double)g->pings.bytes;
}

static int fill_group(struct group_figures *f, const struct scenario *s, const struct group *g,
		      const struct worker *workers, const struct lane *lanes, int64_t wall_ns)
{
	size_t n = (size_t)g->threads_n;
	*f = (struct group_figures){
		.wall_ns = wall_of(workers, n), .lost_n = ABSENT, .bytes_per_s = NAN};
	for (size_t k = 0; k < n; k++) {
		struct buckets time = buckets_of(&workers[k], wall_ns, s->accounting);
		f->rounds_n += workers[k].work_n;
		f->active_ns += workers[k].end_ns - workers[k].start_ns;
		buckets_add(&f->time, &time);
	}
	f->rounds_per_s = f->wall_ns > 0 ? 1e9 * (double)f->rounds_n / (double)f->wall_ns : NAN;
	if (g->activity == ACTIVITY_ECHO)
		count_echo(f, g, lanes);
	int failed = latencies_of(f, lanes, n);
	return failed ? failed : gil_figures_of(&f->gil, workers, n, s->accounting);
}

static double fairness(const struct scenario *s, const struct worker *workers)
{
	double sum = 0, squares = 0;
	for (int64_t k = 0; k < s->threads_n; k++) {
		double active_ns = (double)(workers[k].end_ns - workers[k].start_ns);
		double share = active_ns > 0 ? 1 - (double)workers[k].gil.wait_ns / active_ns : 0;
		sum += share;
		squares += share * share;
	}
	return s->accounting == ACCOUNTING_OFF ? NAN
					       : jain_index(sum, squares, (size_t)s->threads_n);
}

int scenario_repeat_fill(struct scenario_repeat *r, const struct scenario *s,
			 const struct worker *workers, const struct lane *lanes, int64_t wall_ns)
{
	*r = (struct scenario_repeat){
		.wall_ns = wall_ns,
		.fairness_jain = fairness(s, workers),
		.groups = calloc(s->groups_n, sizeof *r->groups),
	};
	int failed = r->groups ? 0 : -ENOMEM;
	for (size_t k = 0; k < s->groups_n && !failed; k++) {
		const struct group *g = &s->groups[k];
		failed = fill_group(&r->groups[k], s, g, workers, lanes, wall_ns);
		workers += g->threads_n;
		lanes += g->threads_n;
	}
	if (failed)
		scenario_repeat_free(r);
	return failed;
}

void scenario_repeat_free(struct scenario_repeat *r)
{
	free(r->groups);
	*r = (struct scenario_repeat){0};
}

/* How many repeats were faster, the earlier one first among equals. */
static size_t rank_of(const struct scenario_results *results, size_t k)
{
	const struct scenario_repeat *repeats = results->repeats;
	size_t rank = 0;
	for (size_t other = 0; other < results->repeats_n; other++)
		rank += repeats[other].wall_ns < repeats[k].wall_ns ||
			(other < k && repeats[other].wall_ns == repeats[k].wall_ns);
	return rank;
}

int scenario_finish(struct scenario_results *results)
{
	double *samples = malloc(results->repeats_n * sizeof *samples);
	if (!samples)
		return -ENOMEM;
	for (size_t k = 0; k < results->repeats_n; k++) {
		samples[k] = (double)results->repeats[k].wall_ns;
		if (rank_of(results, k) == (results->repeats_n - 1) / 2)
			results->typical = &results->repeats[k];
	}
	results->wall_ns = stats_of(samples, results->repeats_n);
	free(samples);
	return 0;
}
