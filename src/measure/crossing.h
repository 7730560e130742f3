/* crossing.h - from where on one side beats the other, along a row of measured points.
 *
 * At each point two sides were measured several times, which may decide it (ratio_decision).
 * A crossing lies between two neighbours among the decided points, one won and one lost.
 *
 * Errors   what cannot be computed is NAN. */
#pragma once

#include <stddef.h>

#include "measure/row.h"

extern const char *const decision_names[DECISIONS_N];

struct ratio_point {
	double x; /* above 0, and more than the point before has */
	/* The larger, the better; borrowed. */
	const double *samples, *base;
	size_t samples_n, base_n;
	double noise; /* see struct ratio */
	/* Filled by ratio_decide. */
	struct ratio ratio; /* of samples to base */
	enum decision decision;
};

/* Requires at least one sample on each side. */
void ratio_decide(struct ratio_point *p);

/* What all points say. */
enum verdict {
	VERDICT_UNDECIDED, /* nothing, or a ratio of 1.25 or 0.8 cannot be ruled out that would
			    * change it */
	VERDICT_NEVER,	   /* lost somewhere, won nowhere */
	VERDICT_ALWAYS,	   /* won somewhere, lost nowhere */
	VERDICT_EVEN,	   /* neither anywhere */
	VERDICT_CROSSING,  /* both */
	VERDICTS_N
};
extern const char *const verdict_names[VERDICTS_N];
enum verdict ratio_verdict(const struct ratio_point *points, size_t n);

/* x is where the ratio, drawn straight between the points on logarithmic axes, comes to 1;
 * where noise lets it do so several times, x leaves as much of the way lost as it was.  The
 * interval is a 95 % bootstrap over the samples, from a fixed seed, between the two decided
 * points; NAN where a point has fewer than LEAST_SAMPLES_N samples. */
struct crossing {
	bool upwards;	 /* lost before it, won behind */
	size_t from, to; /* the decided points */
	double x, low, high;
};

/* Of n points at most n - 1 crossings, in their order.  How many, or -ENOMEM. */
int crossings_find(const struct ratio_point *points, size_t n, struct crossing *crossings);
