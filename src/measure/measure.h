/* measure.h - every setting, warmed up and repeated in turn.
 *
 * Repeats go round all settings, each time in another order, so that a drift of the machine meets
 * all of them alike.
 * Owner    the caller owns the rows, with row_free, also after an error.
 * Errors   -EINTR when the observer said stop; what was finished is in the rows. */
#pragma once

#include "measure/order.h"
#include "measure/runner.h"

/* A short run of the virtual world takes far longer than the time that passes in it. */
enum { PRECISE_REPEATS_MOST = 10000 };

struct measure_options {
	int64_t repeats[WORLDS_N]; /* of a setting in that world */
	int64_t warmups;	   /* of one in the real world */
	int64_t min_time_ns; /* repeat until a setting was measured for so long; 0: no */
	int64_t order_seed;  /* see order_round */
	/* Above 0: repeat until row_precision is no more than this, or the setting was run for so
	 * long: by the clock, in virtual time by that; or PRECISE_REPEATS_MOST times. */
	double precision;
	int64_t max_time_ns;
};

struct progress {
	size_t done_n, total_n; /* runs, warm-ups included */
	int64_t left_ns;	/* estimated; ABSENT before the first estimate */
	const struct setting *setting;
};

/* Who watches.  All may be NULL. */
struct observer {
	void *context;
	/* After every measured repeat; not 0 stops the measuring with that error. */
	int (*repeat)(void *context, const struct row *row, const struct repeat *repeat,
		      struct error *err);
	/* About ten times a second and after every run. */
	void (*progress)(void *context, const struct progress *progress);
	/* False to stop. */
	bool (*go_on)(void *context);
};

/* Whether a row of a run that repeats until it is precise has not come to be. */
bool is_imprecise(const struct measure_options *options, const struct row *row);

/* rows: one for each setting of the plan, zeroed, or with repeats of an earlier run that
 * count as done.  Fills, finishes and compares them. */
int measure(const struct plan *plan, const struct measure_options *options,
	    const struct observer *observer, struct row *rows, struct error *err);
