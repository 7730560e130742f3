/* advice.h - which way round the lock to take: the least intrusive one that is as good as the
 * fastest measured.
 *
 * Pure: it follows from finished rows alone.
 * Owner    rows are borrowed, and outlive the advice. */
#pragma once

#include "measure/row.h"

/* A way round the lock. */
struct way {
	const char *mode;
	bool one_thread; /* there is nothing to get round; all other ways are on more */
	bool names_call; /* name and order go on with the native call that it is about */
	const char *name, *order;
	const char *asks; /* of whoever takes it */
};

/* From the least to the most intrusive. */
extern const struct way ways[];
enum { WAYS_N = 8 };

enum way_verdict {
	WAY_NOT_MEASURED,
	WAY_WRONG,	/* no row of it is right */
	WAY_LOSES,	/* updates that the lock keeps */
	WAY_SLOWER, /* than the fastest */
	WAY_AS_GOOD
};

/* What became of a way.  Its row is that of the fewest threads that are as good as the fastest
 * of all; or, if there is none, its fastest; NULL: not measured. */
struct standing {
	const struct way *way;
	enum way_verdict verdict;
	const struct row *row;
};

struct advice {
	const struct row *now, *one; /* locked: as it is, and on one thread */
	const struct row *fastest;
	struct standing standings[WAYS_N];
	size_t advised; /* the place of its standing */
	struct ratio over_now, over_one;
};

/* The rows of the locked mode that have that engine: on one thread, and on as many as there are
 * cores, or the nearest number below; NULL: there is none, or it is wrong. */
const struct row *advice_one(const struct row *rows, size_t rows_n, enum engine engine);
const struct row *advice_now(const struct row *rows, size_t rows_n, enum engine engine,
			     int64_t cores_n);

/* Decides among the rows that have that engine; those at full accounting are passed over, for
 * they pay for it.  Gains are over `now` and `one`, which may have another engine.  False:
 * there is nothing to decide, for no row is right. */
bool advise(struct advice *advice, const struct row *rows, size_t rows_n, enum engine engine,
	    const struct row *now, const struct row *one);

static inline const struct standing *advised(const struct advice *advice)
{
	return &advice->standings[advice->advised];
}

/* Whether a row is at most 5 %, or the noise floor, slower than another; or slower perhaps by
 * chance: both their 95 % intervals and the middle halves of their repeats overlap.  The second
 * does not hang on a single repeat that something disturbed. */
bool row_is_as_good(const struct row *row, const struct row *other);
