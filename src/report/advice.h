/* advice.h - what is advised, in words and as JSON; and read back, to be decided again.
 *
 * Errors   0, or a negative errno with a text.
 * Owner    the caller owns a question, with question_free, safe on a zeroed one. */
#pragma once

#include <jansson.h>

#include "measure/advice.h"
#include "report/report.h"
#include "report/results_read.h"

/* A way that cannot be taken, and why. */
struct unfit {
	char mode[32];
	enum engine engine;
	struct error why;
};

/* What the rows were measured for. */
struct question {
	char workload[64];
	enum engine engine; /* of now */
	int64_t cores_n;
	/* The native calls that may release the lock; empty: there are none. */
	char calls[ENGINES_N][128];
	struct unfit *unfits;
	size_t unfits_n;
};

void question_free(struct question *q);
int question_add_unfit(struct question *q, const char *mode, enum engine engine,
		       const struct error *why);

/* Decides, and fills a zeroed finding.  The row of now at full accounting, which tells where its
 * time goes, is among the rows.  Its JSON is null where no row is right. */
int advice_finding(const struct question *q, const struct row *rows, size_t rows_n,
		   struct finding *finding, struct error *err);

/* Question and rows of a kept document of such a finding; the caller frees the rows. */
int advice_read(const struct kept_results *kept, struct question *q, struct row **rows,
		size_t *rows_n, struct error *err);
