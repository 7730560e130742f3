/* row.c - from the repeats of a setting to one row, and rows against each other. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "measure/stats.h"

#include "base/scarce.h"

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

/* The caller frees; NULL without memory, repeats, or that figure. */
static double *samples_of(const struct row *row, int64_t (*figure)(const struct repeat *r))
{
	bool is_known = row->repeats_n && figure(row->repeats) != ABSENT;
	double *samples = is_known ? scarce_malloc(row->repeats_n * sizeof *samples) : NULL;
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

static double bytes_per_s(const struct row *row)
{
	const struct workload *workload = row->setting.job.workload; /* NULL: read back */
	int64_t unit_bytes = workload ? workload->unit_bytes : 0;
	double units_n = 0;
	for (size_t k = 0; k < row->typical->parts_n; k++)
		units_n += (double)row->typical->parts[k].work_n;
	return unit_bytes ? units_n * (double)unit_bytes / (row->wall_ns.median / 1e9) : NAN;
}

double row_precision(const struct row *row)
{
	struct stats wall = stats_over(row, wall_ns);
	return stats_precision(&wall);
}

void row_finish(struct row *row)
{
	row->speedup = row->speedup_low = row->speedup_high = NAN;
	row->efficiency = row->efficiency_low = row->efficiency_high = NAN;
	row->karp_flatt = row->bytes_per_s = row->prediction_error = NAN;
	row->precision = row->noise_floor = NAN;
	row->over_locked = (struct ratio){NAN, NAN, NAN, 0};
	row->fit = fit_points(NULL, 0);
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
	row->precision = stats_precision(&row->wall_ns);
	row->user_ns = stats_over(row, user_ns);
	row->sys_ns = stats_over(row, sys_ns);
	row->bytes_per_s = bytes_per_s(row);
}

void row_free(struct row *row)
{
	for (size_t k = 0; k < row->repeats_n; k++)
		repeat_free(&row->repeats[k]);
	free(row->repeats);
	*row = (struct row){0};
}

/* The same tasks in the same form, measured alike, whoever runs them. */
static bool is_same_work(const struct setting *a, const struct setting *b)
{
	return a->pace == b->pace && a->work_divisor == b->work_divisor &&
	       a->accounting == b->accounting && a->job.workload == b->job.workload &&
	       a->job.engine == b->job.engine && a->job.scaling == b->job.scaling &&
	       a->job.size == b->job.size && a->job.tasks == b->job.tasks &&
	       a->job.iterations == b->job.iterations &&
	       a->job.updates_per_call == b->job.updates_per_call;
}

static bool is_same_lock(const struct setting *a, const struct setting *b)
{
	return a->policy == b->policy && a->interval_ns == b->interval_ns &&
	       a->ticks == b->ticks && a->counts == b->counts;
}

static bool is_same_way(const struct setting *a, const struct setting *b)
{
	return a->mode == b->mode && is_same_work(a, b) && is_same_lock(a, b) &&
	       a->chunks == b->chunks && a->payload == b->payload && a->pool == b->pool;
}

bool setting_is_same_series(const struct setting *a, const struct setting *b)
{
	return is_same_way(a, b) && world_choice_is_equal(&a->world, &b->world);
}

bool setting_is_same_but_for_world(const struct setting *a, const struct setting *b)
{
	return is_same_way(a, b) && a->job.threads == b->job.threads;
}

bool setting_is_equal(const struct setting *a, const struct setting *b)
{
	return setting_is_same_series(a, b) && a->job.threads == b->job.threads;
}

enum decision ratio_decision(const struct ratio *r, size_t samples_n)
{
	double least = least_gain(r->noise);
	if (samples_n < LEAST_SAMPLES_N)
		return UNDECIDED;
	return r->low > 1 && r->value >= least	     ? WON
	       : r->high < 1 && r->value <= 1 / least ? LOST
						      : UNDECIDED;
}

double least_gain(double noise)
{
	return 1 + noise > LEAST_GAIN ? 1 + noise : LEAST_GAIN;
}

static double noise_of(const struct row *row)
{
	double *samples = row->checksum_ok ? samples_of(row, wall_ns) : NULL;
	double noise = stats_noise(samples, samples ? row->repeats_n : 0);
	free(samples);
	return noise;
}

int rows_find_noise(struct row *rows, size_t rows_n)
{
	double *noises = malloc(rows_n * sizeof *noises + 1);
	if (!noises)
		return -ENOMEM;
	for (enum world world = 0; world < WORLDS_N; world++) {
		size_t n = 0;
		for (size_t k = 0; k < rows_n; k++)
			if (rows[k].setting.world.world == world)
				noises[n++] = noise_of(&rows[k]);
		double floor = stats_noise_floor(noises, n);
		for (size_t k = 0; k < rows_n; k++)
			if (rows[k].setting.world.world == world)
				rows[k].noise_floor = floor;
	}
	free(noises);
	return 0;
}

/* Under weak scaling there is as much more work as there are threads. */
static double work_factor(const struct row *row)
{
	const struct job *job = &row->setting.job;
	return job->scaling == SCALING_WEAK ? (double)job->threads : 1;
}

struct ratio row_speedup(const struct row *row, const struct row *base)
{
	struct ratio speedup = {NAN, NAN, NAN, 0};
	if (!row->checksum_ok || !base->checksum_ok)
		return speedup;
	if (row == base)
		return (struct ratio){1, 1, 1, 0}; /* by definition, not by chance */
	speedup.noise = isfinite(row->noise_floor) ? row->noise_floor : 0;
	double factor = work_factor(row) / work_factor(base);
	speedup.value = factor * base->wall_ns.median / row->wall_ns.median;
	double *ours = samples_of(row, wall_ns), *theirs = samples_of(base, wall_ns);
	if (ours && theirs)
		stats_ratio_interval(theirs, base->repeats_n, ours, row->repeats_n, factor,
				     &speedup.low, &speedup.high);
	free(ours);
	free(theirs);
	return speedup;
}

static void compare(struct row *row, const struct row *base)
{
	struct ratio speedup = row_speedup(row, base);
	row->speedup = speedup.value;
	row->speedup_low = speedup.low;
	row->speedup_high = speedup.high;
	double threads = (double)row->setting.job.threads;
	row->efficiency = row->speedup / threads;
	row->efficiency_low = row->speedup_low / threads;
	row->efficiency_high = row->speedup_high / threads;
	row->karp_flatt = karp_flatt(row->speedup, threads);
}

/* NULL: there is none. */
static const struct row *find_locked(const struct row *rows, size_t rows_n, const struct setting *s)
{
	for (size_t k = 0; k < rows_n; k++) {
		const struct setting *base = &rows[k].setting;
		if (base->mode == modes[0] && base->job.threads == 1 && is_same_work(base, s) &&
		    (s->mode->has_no_lock || is_same_lock(base, s)) &&
		    world_choice_is_equal(&base->world, &s->world))
			return &rows[k];
	}
	return NULL;
}

static void compare_with_real(struct row *row, const struct row *rows, size_t rows_n)
{
	if (row->setting.world.world == WORLD_REAL)
		return;
	for (size_t k = 0; k < rows_n; k++)
		if (rows[k].setting.world.world == WORLD_REAL &&
		    setting_is_same_but_for_world(&rows[k].setting, &row->setting)) {
			row->prediction_error = row->wall_ns.median / rows[k].wall_ns.median - 1;
			return; /* of several that are bound otherwise, the first */
		}
}

void rows_compare(struct row *rows, size_t rows_n)
{
	for (size_t k = 0; k < rows_n; k++)
		compare_with_real(&rows[k], rows, rows_n);
	for (size_t k = 0; k < rows_n; k++) {
		const struct row *locked = find_locked(rows, rows_n, &rows[k].setting);
		if (locked)
			rows[k].over_locked = row_speedup(&rows[k], locked);
	}
	for (size_t k = 0; k < rows_n; k++)
		for (size_t base = 0; rows[k].checksum_ok && base < rows_n; base++)
			if (rows[base].setting.job.threads == 1 && rows[base].checksum_ok &&
			    setting_is_same_series(&rows[base].setting, &rows[k].setting)) {
				compare(&rows[k], &rows[base]);
				break;
			}
}

/* The interval is 2 times 1.96 standard errors wide.  Where repeats are too few for one, that of
 * their mean must do; a single repeat has none. */
static double standard_error(const struct row *row)
{
	const struct stats *wall = &row->wall_ns;
	double of_mean = wall->stddev / sqrt((double)row->repeats_n);
	if (isfinite(wall->ci95_high))
		return (wall->ci95_high - wall->ci95_low) / (2 * 1.96);
	return isfinite(of_mean) ? of_mean : 0;
}

static struct fit_point point_of(const struct row *row)
{
	const struct stats *wall = &row->wall_ns;
	return (struct fit_point){
		.threads = (double)row->setting.job.threads,
		.throughput = work_factor(row) * 1e9 / wall->median,
		.error = standard_error(row) / wall->median,
	};
}

static bool is_in_series(const struct row *row, const struct row *of)
{
	return row->checksum_ok && setting_is_same_series(&row->setting, &of->setting);
}

static bool is_first_of_series(const struct row *rows, size_t k)
{
	for (size_t before = 0; before < k; before++)
		if (is_in_series(&rows[before], &rows[k]))
			return false;
	return rows[k].checksum_ok;
}

void rows_fit(struct row *rows, size_t rows_n)
{
	struct fit_point *points = scarce_malloc(rows_n * sizeof *points + 1);
	for (size_t first = 0; points && first < rows_n; first++) {
		size_t n = 0;
		if (!is_first_of_series(rows, first))
			continue;
		for (size_t k = first; k < rows_n; k++)
			if (is_in_series(&rows[k], &rows[first]))
				points[n++] = point_of(&rows[k]);
		struct fit fit = fit_points(points, n);
		for (size_t k = first; k < rows_n; k++)
			if (is_in_series(&rows[k], &rows[first]))
				rows[k].fit = fit;
	}
	free(points);
}
