/* change.h - a scenario with one thing changed, and what that gives each of its groups.
 *
 * Owner    the caller owns the variants, with variants_close, safe on zeroed ones. */
#pragma once

#include "scenario/scenario.h"

enum change {
	CHANGE_NOTHING,
	CHANGE_RELEASE,	 /* every native call gives the lock away */
	CHANGE_HOLD,	 /* none does */
	CHANGE_INTERVAL, /* a shorter one */
	CHANGE_NO_LOCK,	 /* what no change can surpass; unsafe on purpose */
	CHANGES_N
};

extern const struct change_info {
	const char *name;  /* for programs */
	const char *words; /* what was done */
} changes[CHANGES_N];

/* The switch interval that is shorter. */
enum { SHORT_INTERVAL_NS = 500000 };

struct variant {
	struct scenario scenario;
	struct scenario_results results;
	const char *why_not; /* it has no results; NULL: it has */
};

/* Makes the change in a scenario that was read and is not yet made ready; false: it would be the
 * same. */
bool scenario_change(struct scenario *s, enum change change);

/* Reads the file once for each change and makes ready those that differ, in that world. */
int variants_open(struct variant variants[static CHANGES_N], const char *file,
		  const struct world_choice *world, struct error *err);
void variants_close(struct variant variants[static CHANGES_N]);

/* What a change gave a group: rounds per second against those of the scenario as it stands,
 * and the p99 of its latency, by the medians over the repeats; NAN where there is none. */
struct effect {
	double rounds_per_s, latency_p99_ns;
	struct ratio gain, latency_gain; /* by how much more, and by how much shorter */
};
struct effect variant_effect(const struct variant variants[static CHANGES_N], enum change change,
			     size_t group);

/* The change, other than no lock, that gives the group most: rounds by 5 % or more, and surely
 * (1 is outside the interval); or, if none does, a latency that is shorter by as much, and as
 * surely, where rounds are not fewer by as much.  CHANGE_NOTHING: none. */
enum change variants_best(const struct variant variants[static CHANGES_N], size_t group);
