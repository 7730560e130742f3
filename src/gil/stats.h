/* stats.h - what a thread's dealings with the lock cost it.
 *
 * Written by that thread alone; read when it has ended.  Counts are always kept;
 * the clock is read only where the thread blocks, where it wakes another and yields, or
 * where a slice after a wait ends. */
#pragma once

#include "base/histogram.h"

enum accounting { ACCOUNTING_OFF, ACCOUNTING_COUNTS, ACCOUNTING_FULL, ACCOUNTINGS_N };
extern const char *const accounting_names[ACCOUNTINGS_N];

struct gil_stats {
	int64_t takes_n;	   /* times it got the lock */
	int64_t contended_takes_n; /* of these, when it found the lock held */
	int64_t switches_n;	   /* of these, when another thread had held it last */
	int64_t drop_requests_n;   /* requests it made of a holder */
	int64_t forced_switches_n; /* drops after which it waited for a switch */
	/* In take, for forced switches, at the lock's mutex, and from a drop that woke another
	 * to the take when it yields. */
	int64_t wait_ns;
	struct histogram waits;	   /* one entry per contended take */
	/* One entry per slice: from a contended take to the next drop; at level full from
	 * every take. */
	struct histogram holds;
};
