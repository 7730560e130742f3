/* compare.h - the same settings measured twice, A and B: which of them became slower, and
 * whether that is sure.
 *
 * Pure: it follows from samples alone.
 * Owner    samples are borrowed. */
#pragma once

#include "measure/row.h"

enum compared {
	COMPARED_UNDECIDED,
	COMPARED_SAME,
	COMPARED_FASTER,
	COMPARED_SLOWER,
	/* Not of samples. */
	COMPARED_WRONG, /* the result of one of them, so that it has no time */
	COMPARED_ONLY_A,
	COMPARED_ONLY_B,
	COMPARED_N
};

struct sampled {
	const double *samples;
	size_t n;
	double median; /* filled by compare_all; NAN: there are none */
};

struct comparison {
	struct sampled a, b;
	enum compared verdict; /* decided where both have samples; else as it was */
	struct ratio ratio;   /* of B's median to A's, with its 95 % interval */
	double u, p;	      /* see mann_whitney.h */
	double p_holm;	      /* p, corrected for the number of settings (S. Holm, 1979) */
};

/* By how much chance a difference may be seen where there is none, anywhere among all settings. */
#define COMPARE_ALPHA 0.05

/* Slower: the ratio is 1 + threshold or more, and that it is above 1 is sure: by its interval,
 * and by p_holm.  Faster: the reverse.  Same: the interval lies within the threshold, of no
 * fewer than LEAST_SAMPLES_N samples; or the samples are one and the same. */
void compare_all(struct comparison *comparisons, size_t n, double threshold);

/* Whether no samples of its size could be sure among n settings. */
bool comparison_has_too_few(const struct comparison *c, size_t settings_n);
/* As many repeats of each of n settings can be. */
size_t compare_repeats_needed(size_t settings_n);
