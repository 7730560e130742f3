/* virtual_schedule.c - who is unlucky when: random schedules for who looks for errors.
 *
 * A seed decides first how it decides.  Delays are as often short as long: threads that have a core
 * each get past each other by a few, and a single long one lets others go all the way. */
#include "world/virtual_schedule.h"

#include "world/task.h"

static struct {
	uint64_t one_in;	  /* steps */
	int most_ns_log2;
} manner;

void schedule_open(enum schedule schedule)
{
	enum { DENSITIES_N = 4, LENGTHS_N = 8, SHORTEST_LOG2 = 8, PRIORITY_CHANGES_LOG2 = 5 };
	manner.one_in = UINT64_C(4) << 2 * (virtual_random() % DENSITIES_N);
	if (schedule == SCHEDULE_PRIORITIES)
		manner.one_in = UINT64_C(1) << (PRIORITY_CHANGES_LOG2 +
						3 * (virtual_random() % DENSITIES_N));
	manner.most_ns_log2 = SHORTEST_LOG2 + (int)(virtual_random() % LENGTHS_N);
}

bool schedule_strikes(void)
{
	return virtual_random() % manner.one_in == 0;
}

int64_t schedule_delay_ps(void)
{
	int64_t most_ns = INT64_C(1) << virtual_random() % (uint64_t)(manner.most_ns_log2 + 1);
	return 1 + (int64_t)(virtual_random() % (uint64_t)(1000 * most_ns));
}
