/* unrest.h - what about the machine makes its times less than true: who else had its cores.
 *
 * Thresholds are where the times of a repeat begin to show it; see docs/statistics.md.
 * Units    *_share is a part of what all cores of the machine could do meanwhile; NAN: not
 *          known. */
#pragma once

#include "measure/row.h"
#include "world/host.h"
#include "world/world.h"

enum unrest_cause {
	UNREST_LOAD,	 /* other processes had the cores */
	UNREST_RUNQUEUE, /* own threads waited for a core where there was one for each */
	UNREST_GOVERNOR, /* clocks change */
	UNREST_STEAL,	 /* the hypervisor gave the cores to others */
	UNREST_CROWD,	 /* more threads than cores: no fault, but those share them */
	UNREST_CAUSES_N
};

struct unrest {
	struct host host; /* as it was at the start */
	double load_end;  /* 1-minute load average */
	double others_share, stolen_share;
	double runqueue_share; /* of the wall time of all workers that had a core each */
	int64_t threads_most; /* of rows in the real world, coroutines are one; 0: no such row */
	/* Of the first look. */
	int64_t began_ns;
	struct host_time time;
	struct world_usage usage;
};

/* Before the first process that measures is started, and after the last has been waited for. */
void unrest_begin(struct unrest *u);
void unrest_end(struct unrest *u, const struct row *rows, size_t rows_n);

/* One line, without its end, that names the cause and what was seen; NULL: there was nothing, or
 * all that was measured was virtual time. */
enum { UNREST_LINE_MOST = 160 };
const char *unrest_line(const struct unrest *u, enum unrest_cause cause,
			char line[static UNREST_LINE_MOST]);
