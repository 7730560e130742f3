/* mann_whitney.h - whether two samples lie apart: the U test, two-sided.
 *
 * Of few samples without ties the distribution of U is exact; else it is the normal
 * approximation, corrected for ties and continuity.
 *
 * Errors   what cannot be computed is NAN.
 * Source   H. B. Mann, D. R. Whitney, On a Test of Whether one of Two Random Variables is
 *          Stochastically Larger than the Other, Ann. Math. Statist. 18 (1947). */
#pragma once

#include <stddef.h>

struct mann_whitney {
	double u; /* pairs in which that of a is the larger; an equal pair is half a one */
	double p; /* by how much chance U is as far from its mean as that, or farther */
};

struct mann_whitney mann_whitney(const double *a, size_t a_n, const double *b, size_t b_n);

/* The least p that so many samples can give: when all of one side lie above all of the other. */
double mann_whitney_least_p(size_t a_n, size_t b_n);
