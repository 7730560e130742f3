/* row.h - what is measured, and what came out: settings, repeats, rows.
 *
 * Units    *_ns is nanoseconds; absent is ABSENT for whole numbers, NAN for others.
 * Owner    rows own their repeats, repeats their parts. */
#pragma once

#include "measure/fit.h"
#include "measure/virtual.h"
#include "workload/pace.h"

/* One setting: a row to be. */
struct setting {
	const struct mode *mode;
	const struct gil_policy *policy;
	struct job job;
	int64_t interval_ns, ticks; /* ABSENT where the policy has none */
	enum counts counts;
	const struct pace *pace;    /* NULL: as fast as it goes */
	int64_t work_divisor;	    /* by how much the preset work was divided, or 1 */
	enum accounting accounting;
	/* ABSENT in modes without worker processes; see struct run. */
	int64_t chunks, payload;
	int64_t pool; /* 0 or 1 */
	struct world_choice world;
};

/* Whether both would measure the same. */
bool setting_is_equal(const struct setting *a, const struct setting *b);
/* But for the number of threads. */
bool setting_is_same_series(const struct setting *a, const struct setting *b);
/* But for the world: what one measures, the other predicts. */
bool setting_is_same_but_for_world(const struct setting *a, const struct setting *b);

/* Where a thread's wall time, or the sum over all threads, went.  ABSENT: not timed. */
struct buckets {
#define BUCKET(ID, text, field) int64_t field;
#include "measure/buckets.def"
#undef BUCKET
};

struct part {
	char name[WORKER_NAME_MOST + 1];
	int64_t work_n;
	struct buckets time;
};

struct gil_figures {
	int64_t takes_n, contended_takes_n, switches_n, drop_requests_n, forced_switches_n;
	int64_t wait_ns, wait_p50_ns, wait_p99_ns, wait_max_ns;
	int64_t hold_p50_ns, hold_p99_ns, hold_max_ns;
};

/* One run of a setting. */
struct repeat {
	int64_t wall_ns;
	int64_t user_ns, sys_ns; /* ABSENT in virtual time, as all figures of the host */
	char checksum[32];
	bool checksum_ok;
	int64_t lost_updates_n; /* ABSENT: the workload has none to lose */
	struct gil_figures gil;
	struct buckets time;
	int64_t voluntary_n, involuntary_n, peak_rss_bytes;
	double fairness_jain;
	struct parent_figures parent; /* ABSENT: not timed, or no worker processes */
	struct counter_figures counters;
	struct part *parts;
	size_t parts_n;
};

struct stats {
	double median, min, max, mean, stddev, ci95_low, ci95_high;
	int64_t outliers_n; /* ABSENT without samples */
};

/* Of two medians, with its 95 % interval; NAN unless both were measured and right. */
struct ratio {
	double value, low, high;
	double noise; /* the floor below which a difference is none; 0: not known */
};

struct row {
	struct setting setting;
	struct repeat *repeats;
	size_t repeats_n;
	/* Filled by row_finish, rows_compare and rows_fit. */
	bool checksum_ok;
	struct stats wall_ns, user_ns, sys_ns;
	double precision; /* see row_precision */
	/* By how much a setting of its world differs from itself, see stats_noise_floor: the same
	 * in all rows of that world. */
	double noise_floor;
	double speedup, speedup_low, speedup_high;
	double efficiency, efficiency_low, efficiency_high, karp_flatt;
	/* Over one thread of the locked mode that does the same work in the same form under the
	 * same lock; of a mode without a lock, under the first there is.  NAN: there is none. */
	struct ratio over_locked;
	/* Virtual over real median, less 1; NAN in the real world, and where that was not
	 * measured. */
	double prediction_error;
	double bytes_per_s; /* of memory, at the median; NAN: the workload does not count it */
	struct fit fit; /* the same in all rows of a series */
	const struct repeat *typical; /* the (lower) median one by wall time; NULL: none */
};

/* What one worker left, as buckets that add up to wall_ns, and buckets added to others. */
struct buckets buckets_of(const struct worker *w, int64_t wall_ns, enum accounting accounting);
void buckets_add(struct buckets *total, const struct buckets *part);

/* The dealings of n workers with the lock, summed up.  0 or -ENOMEM. */
int gil_figures_of(struct gil_figures *g, const struct worker *workers, size_t n,
		   enum accounting accounting);

/* Jain's index of n speeds, from their sum and the sum of their squares: 1 when all are
 * equally fast, 1/n when one does all the work (R. Jain et al., DEC-TR-301, 1984). */
double jain_index(double sum, double squares, size_t n);

/* Sums up what the workers of one run left. 0 or -ENOMEM. */
int repeat_fill(struct repeat *r, const struct run *run, const struct worker *workers,
		const struct outcome *outcome);
void repeat_free(struct repeat *r);

/* Statistics over the repeats.  A wrong result leaves them all absent: the time of a
 * wrong result is no time. */
void row_finish(struct row *row);
/* How far the interval of the repeats so far reaches from their median, as a part of it; NAN:
 * there is none. */
double row_precision(const struct row *row);
void row_free(struct row *row);

/* What a ratio of medians says: a twentieth or more, more than noise, and sure, for the 95 %
 * interval leaves 1 out.  Fewer than five samples on a side have no such interval, and decide
 * nothing: with probability 1/8 all of four lie on one side of their median. */
enum decision { UNDECIDED, WON, LOST, DECISIONS_N };
#define LEAST_GAIN 1.05
enum { LEAST_SAMPLES_N = 5 };
enum decision ratio_decision(const struct ratio *r, size_t samples_n);

/* The least gain that is one: LEAST_GAIN, or more where a setting differs as much from itself. */
double least_gain(double noise);

/* Finds the noise floor of finished rows.  0 or -ENOMEM. */
int rows_find_noise(struct row *rows, size_t rows_n);

/* How much faster a row is than another one. */
struct ratio row_speedup(const struct row *row, const struct row *base);

/* Speed-up, efficiency and serial fraction of every finished row against the 1-thread row whose
 * other settings are equal; against the locked mode; and what was predicted against what was
 * measured.  After rows_find_noise. */
void rows_compare(struct row *rows, size_t rows_n);

/* The laws of scaling, fitted to all finished rows of each series. */
void rows_fit(struct row *rows, size_t rows_n);
