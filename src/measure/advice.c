#include "measure/advice.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/scarce.h"

const struct way ways[WAYS_N] = {
	{.mode = "locked", .one_thread = true, .name = "one thread",
	 .order = "Stay with one thread", .asks = "nothing"},
	{.mode = "locked", .name = "threads as they are",
	 .order = "Use threads as they are", .asks = "threads, and nothing of the calls"},
	{.mode = "released", .names_call = true,
	 .name = "the lock released around", .order = "Release the lock around",
	 .asks = "one place to change, which must not touch objects of the interpreter"},
	{.mode = "async", .name = "an event loop",
	 .order = "Use an event loop", .asks = "no call that blocks"},
	{.mode = "openmp", .names_call = true,
	 .name = "OpenMP inside", .order = "Use OpenMP inside",
	 .asks = "a kernel whose own loop can be shared out"},
	{.mode = "process", .name = "processes",
	 .order = "Use processes", .asks = "arguments and results that can be sent"},
	{.mode = "subinterp", .name = "interpreters",
	 .order = "Use an interpreter for each thread",
	 .asks = "extensions that know of several interpreters"},
	{.mode = "free", .name = "no lock",
	 .order = "Use a build without the lock (free-threaded)",
	 .asks = "another Python, and locks of one's own where updates must not be lost"},
};

static bool is_decided_on(const struct row *row, enum engine engine)
{
	return row->setting.job.engine == engine && row->setting.accounting != ACCOUNTING_FULL;
}

static bool is_way(const struct row *row, const struct way *way)
{
	return strcmp(row->setting.mode->name, way->mode) == 0 &&
	       (row->setting.job.threads == 1) == way->one_thread;
}

static bool is_faster(const struct row *row, const struct row *than)
{
	return !than || row->wall_ns.median < than->wall_ns.median;
}

/* Of the repeats' times; NAN: no memory. */
static double quantile(const struct row *row, double part)
{
	size_t n = row->repeats_n;
	double value = NAN, *sorted = scarce_malloc(n * sizeof *sorted + 1);
	for (size_t k = 0; sorted && k < n; k++)
		sorted[k] = (double)row->repeats[k].wall_ns;
	if (sorted && n) {
		gsl_sort(sorted, 1, n);
		value = gsl_stats_quantile_from_sorted_data(sorted, 1, n, part);
	}
	free(sorted);
	return value;
}

bool row_is_as_good(const struct row *row, const struct row *other)
{
	const struct stats *ours = &row->wall_ns, *theirs = &other->wall_ns;
	return ours->median <= least_gain(row->noise_floor) * theirs->median ||
	       (ours->ci95_low <= theirs->ci95_high &&
		quantile(row, 0.25) <= quantile(other, 0.75));
}

static bool row_loses(const struct row *row)
{
	for (size_t k = 0; k < row->repeats_n; k++) {
		int64_t lost_n = row->repeats[k].lost_updates_n;
		if (lost_n != ABSENT && lost_n > 0)
			return true;
	}
	return false;
}

static bool way_loses(const struct row *rows, size_t rows_n, enum engine engine,
		      const struct way *way)
{
	for (size_t k = 0; k < rows_n; k++)
		if (is_decided_on(&rows[k], engine) && is_way(&rows[k], way) && row_loses(&rows[k]))
			return true;
	return false;
}

/* Its fastest right row. */
static struct standing stand(const struct row *rows, size_t rows_n, enum engine engine,
			     const struct way *way)
{
	struct standing s = {.way = way};
	for (size_t k = 0; k < rows_n; k++) {
		const struct row *row = &rows[k];
		if (!is_decided_on(row, engine) || !is_way(row, way))
			continue;
		if (!row->checksum_ok)
			s.verdict = s.row ? s.verdict : WAY_WRONG;
		else if (is_faster(row, s.row)) {
			s.row = row;
			s.verdict = WAY_SLOWER;
		}
	}
	return s;
}

/* The fewest threads of the way that are as good as the fastest of all. */
static const struct row *fewest_as_good(const struct advice *a, const struct row *rows,
					size_t rows_n, enum engine engine, const struct way *way)
{
	const struct row *fewest = NULL;
	for (size_t k = 0; k < rows_n; k++) {
		const struct row *row = &rows[k];
		if (is_decided_on(row, engine) && is_way(row, way) && row->checksum_ok &&
		    row_is_as_good(row, a->fastest) &&
		    (!fewest || row->setting.job.threads < fewest->setting.job.threads))
			fewest = row;
	}
	return fewest;
}

/* Where threads with the lock lose updates themselves, losing some is no worse than now. */
static void find_fastest(struct advice *a, const struct row *rows, size_t rows_n,
			 enum engine engine)
{
	bool may_lose = way_loses(rows, rows_n, engine, &ways[1]);
	for (size_t k = 0; k < WAYS_N; k++) {
		struct standing *s = &a->standings[k];
		*s = stand(rows, rows_n, engine, &ways[k]);
		if (!s->row)
			continue;
		if (!may_lose && way_loses(rows, rows_n, engine, s->way))
			s->verdict = WAY_LOSES;
		if (s->verdict == WAY_SLOWER && is_faster(s->row, a->fastest))
			a->fastest = s->row;
	}
}

const struct row *advice_now(const struct row *rows, size_t rows_n, enum engine engine,
			     int64_t cores_n)
{
	const struct row *now = NULL;
	for (size_t k = 0; k < rows_n; k++) {
		const struct row *row = &rows[k];
		int64_t threads = row->setting.job.threads;
		if (is_decided_on(row, engine) && row->checksum_ok && threads <= cores_n &&
		    strcmp(row->setting.mode->name, ways[0].mode) == 0 &&
		    (!now || threads > now->setting.job.threads))
			now = row;
	}
	return now;
}

const struct row *advice_one(const struct row *rows, size_t rows_n, enum engine engine)
{
	return advice_now(rows, rows_n, engine, 1);
}

static struct ratio speedup_over(const struct row *row, const struct row *base)
{
	return base ? row_speedup(row, base) : (struct ratio){NAN, NAN, NAN, 0};
}

bool advise(struct advice *a, const struct row *rows, size_t rows_n, enum engine engine,
	    const struct row *now, const struct row *one)
{
	*a = (struct advice){.now = now, .one = one, .advised = WAYS_N};
	find_fastest(a, rows, rows_n, engine);
	for (size_t k = 0; k < WAYS_N && a->fastest; k++) {
		struct standing *s = &a->standings[k];
		const struct row *fewest = fewest_as_good(a, rows, rows_n, engine, s->way);
		if (s->verdict != WAY_SLOWER || !fewest)
			continue;
		s->verdict = WAY_AS_GOOD;
		s->row = fewest;
		a->advised = k < a->advised ? k : a->advised;
	}
	if (a->advised == WAYS_N)
		return false;
	a->over_now = speedup_over(advised(a)->row, now);
	a->over_one = speedup_over(advised(a)->row, one);
	return true;
}
