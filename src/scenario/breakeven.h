/* breakeven.h - how long a native call must last for a release of the lock around it to pay.
 *
 * Equal threads make equal calls, one after the other, with a little bytecode in between,
 * beside neighbours that run bytecode and nothing else.  At each length of a call this is
 * measured twice: with the lock held around the call, and with it released.
 *
 * Units    *_ns is nanoseconds.
 * Errors   0 or a negative errno with a text.
 * Owner    breakeven_close frees what the others made; it is safe on a zeroed struct. */
#pragma once

#include "measure/crossing.h"
#include "scenario/scenario.h"

enum side { SIDE_HELD, SIDE_RELEASED, SIDES_N };

/* What is compared, each the larger the better: for the callers, for the neighbours, for
 * the whole program. */
enum gain {
	GAIN_CALLS,	 /* completed calls of all callers together, per second */
	GAIN_NEIGHBOURS, /* cores' worth of the neighbours' bytecode */
	GAIN_ALL,	 /* cores' worth of calls, bytecode between them, and neighbours */
	GAINS_N
};
extern const char *const gain_names[GAINS_N];

struct breakeven_length {
	int64_t ns; /* of the call, on a core of its own */
	int64_t run_ns;
	char *label; /* opens messages */
	struct scenario scenarios[SIDES_N];
	double *samples[SIDES_N][GAINS_N];
	size_t samples_n[SIDES_N];
};

/* What follows for one gain. */
struct breakeven_gain {
	struct ratio_point *points; /* lengths that were measured on both sides, in their order */
	struct crossing *crossings;
	size_t points_n, crossings_n;
	enum verdict verdict;
	double noise_floor; /* see stats_noise_floor; over all points and both sides */
};

struct breakeven {
	const struct gil_policy *policy;
	int64_t interval_ns, ticks; /* ABSENT where the policy has none */
	const struct pace *pace;    /* NULL: as fast as it goes */
	struct world_choice world;
	int64_t threads_n, neighbours_n;
	size_t repeats_n; /* of each length and side */
	struct breakeven_length *lengths; /* in ascending order */
	size_t lengths_n;
	double loops_per_us; /* of bytecode, for all lengths */
	struct breakeven_gain gains[GAINS_N];
};

/* Between two calls, and of a round of a neighbour. */
enum { BREAKEVEN_GLUE_NS = 100, NEIGHBOUR_ROUND_NS = 100000 };

/* Makes a grid of lengths ready, from 50 ns to 10 ms, three in a decade.  The caller has set
 * what is above `lengths`, and the rest to zero.  No other thread may run. */
int breakeven_open(struct breakeven *b, struct error *err);
void breakeven_close(struct breakeven *b);

/* Adds lengths between those where a crossing of GAIN_CALLS lies. */
int breakeven_refine(struct breakeven *b, struct error *err);

/* Runs one side of the k-th length once and keeps what it gained; as scenario_measure. */
int breakeven_measure(struct breakeven *b, size_t k, enum side side,
		      bool (*wait)(void *context), void *context, struct error *err);

/* Whether a gain is told apart: without neighbours there is only one. */
bool breakeven_has(const struct breakeven *b, enum gain gain);

/* Fills `gains`, anew each time.  0 or -ENOMEM. */
int breakeven_conclude(struct breakeven *b);
