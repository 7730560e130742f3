/* row.c - from the repeats of a setting to one row, and rows against each other. */
#include <math.h>
#include <stdlib.h>

#include "measure/stats.h"

static int64_t wall_ns(const struct repeat *r)
{
	return r->wall_ns;
}

static int64_t user_ns(const struct repeat *r)
{
	return r->user_ns;
}

static int64_t sys_ns(const struct repeat *r)
{
	return r->sys_ns;
}

/* The caller frees; NULL without memory or repeats. */
static double *samples_of(const struct row *row, int64_t (*figure)(const struct repeat *r))
{
	double *samples = row->repeats_n ? malloc(row->repeats_n * sizeof *samples) : NULL;
	for (size_t k = 0; samples && k < row->repeats_n; k++)
		samples[k] = (double)figure(&row->repeats[k]);
	return samples;
}

static struct stats stats_over(const struct row *row, int64_t (*figure)(const struct repeat *r))
{
	double *samples = samples_of(row, figure);
	struct stats stats = stats_of(samples, samples ? row->repeats_n : 0);
	free(samples);
	return stats;
}

/* How many repeats were faster, the earlier one first among equals. */
static size_t rank_of(const struct row *row, size_t k)
{
	size_t rank = 0;
	for (size_t other = 0; other < row->repeats_n; other++)
		rank += row->repeats[other].wall_ns < row->repeats[k].wall_ns ||
			(other < k && row->repeats[other].wall_ns == row->repeats[k].wall_ns);
	return rank;
}

static const struct repeat *typical_of(const struct row *row)
{
	for (size_t k = 0; k < row->repeats_n; k++)
		if (rank_of(row, k) == (row->repeats_n - 1) / 2)
			return &row->repeats[k];
	return NULL;
}

void row_finish(struct row *row)
{
	row->speedup = row->speedup_low = row->speedup_high = row->efficiency = NAN;
	row->wall_ns = row->user_ns = row->sys_ns = stats_of(NULL, 0);
	row->typical = typical_of(row);
	row->checksum_ok = row->repeats_n > 0;
	for (size_t k = 0; k < row->repeats_n; k++)
		if (!row->repeats[k].checksum_ok) {
			row->checksum_ok = false;
			row->typical = &row->repeats[k];
		}
	if (!row->checksum_ok)
		return;
	row->wall_ns = stats_over(row, wall_ns);
	row->user_ns = stats_over(row, user_ns);
	row->sys_ns = stats_over(row, sys_ns);
}

void row_free(struct row *row)
{
	for (size_t k = 0; k < row->repeats_n; k++)
		repeat_free(&row->repeats[k]);
	free(row->repeats);
	*row = (struct row){0};
}

/* But for the number of threads. */
static bool is_same_series(const struct setting *a, const struct setting *b)
{
	return a->mode == b->mode && a->policy == b->policy && a->interval_ns == b->interval_ns &&
	       a->ticks == b->ticks && a->counts == b->counts && a->pace == b->pace &&
	       a->work_divisor == b->work_divisor && a->accounting == b->accounting &&
	       a->chunks == b->chunks && a->payload == b->payload && a->pool == b->pool &&
	       a->job.workload == b->job.workload &&
	       a->job.engine == b->job.engine && a->job.scaling == b->job.scaling &&
	       a->job.size == b->job.size && a->job.tasks == b->job.tasks &&
	       a->job.iterations == b->job.iterations;
}

bool setting_is_equal(const struct setting *a, const struct setting *b)
{
	return is_same_series(a, b) && a->job.threads == b->job.threads;
}

static void compare(struct row *row, const struct row *base)
{
	double threads = (double)row->setting.job.threads;
	double factor = row->setting.job.scaling == SCALING_WEAK ? threads : 1;
	row->speedup = factor * base->wall_ns.median / row->wall_ns.median;
	row->efficiency = row->speedup / threads;
	if (row == base) {
		row->speedup_low = row->speedup_high = 1; /* by definition, not by chance */
		return;
	}
	double *ours = samples_of(row, wall_ns), *theirs = samples_of(base, wall_ns);
	if (ours && theirs)
		stats_ratio_interval(theirs, base->repeats_n, ours, row->repeats_n, factor,
				     &row->speedup_low, &row->speedup_high);
	free(ours);
	free(theirs);
}

void rows_compare(struct row *rows, size_t rows_n)
{
	for (size_t k = 0; k < rows_n; k++)
		for (size_t base = 0; rows[k].checksum_ok && base < rows_n; base++)
			if (rows[base].setting.job.threads == 1 && rows[base].checksum_ok &&
			    is_same_series(&rows[base].setting, &rows[k].setting)) {
				compare(&rows[k], &rows[base]);
				break;
			}
}
