/* counters.h - what processor and system count while something runs: of the calling thread, and
 * of all threads and processes that it and they start after counters_open.
 *
 * Nothing is counted, and nothing costs, before counters_open.  From then on each thread that is
 * started gets counters of its own, which takes a little time, counting or not.
 *
 * Owner    counters_close, safe on a zeroed struct.
 * Threads  all calls from the thread that opened.
 * Source   perf_event_open(2) of Linux, with attr.inherit. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum {
#define COUNTER(ID, field, text, type, config, exclude_kernel) COUNTER_##ID,
#include "world/counters.def"
#undef COUNTER
	COUNTERS_N
};

/* ABSENT where it is not to be had. */
struct counter_figures {
#define COUNTER(ID, field, text, type, config, exclude_kernel) int64_t field;
#include "world/counters.def"
#undef COUNTER
	/* Of the time, the least in which one of them did count, less than 1 where a processor has
	 * too few for all: then counts are scaled up by it.  NAN: none is to be had. */
	double counted_share;
};
extern const struct counter_figures no_counters;

/* What one has counted, and for how long it was to count and did: in the kernel's order. */
struct counter_state {
	int64_t value, enabled_ns, running_ns;
};

struct counters {
	int handles[COUNTERS_N]; /* negative errno: not to be had */
	struct counter_state begun[COUNTERS_N];
	bool is_open;
};

/* Opens what the system gives. */
void counters_open(struct counters *c);
void counters_close(struct counters *c);

/* 0, or how many were not given, with which and why in err. */
int counters_explain(const struct counters *c, struct error *err);

/* Counts from now on; may be called again, to count from then on instead. */
void counters_begin(struct counters *c);
/* Until now. */
void counters_end(struct counters *c, struct counter_figures *f);

/* What was counted between two states, scaled up where it did not count all the time, and ABSENT
 * where it never did.  Lowers *counted_share to the part of the time in which it did. */
int64_t counter_figure(const struct counter_state *begun, const struct counter_state *ended,
		       double *counted_share);
