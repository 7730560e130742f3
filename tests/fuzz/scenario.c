/* scenario - documents of scenarios: read, changed as advise changes them, and, of phases alone,
 * assembled.  Workloads would have to be computed for their right results. */
#include "fuzz.h"

#include "scenario/change.h"

static bool is_of_phases(const struct scenario *s)
{
	for (size_t k = 0; k < s->groups_n; k++)
		if (s->groups[k].activity == ACTIVITY_WORKLOAD)
			return false;
	return true;
}

static void check_groups(const struct scenario *s)
{
	int64_t threads_n = 0;
	for (size_t k = 0; k < s->groups_n; k++) {
		const struct group *g = &s->groups[k];
		MUST(*g->name && g->threads_n > 0);
		MUST((g->activity == ACTIVITY_PHASES) == (g->phases_n > 0));
		threads_n += g->threads_n;
		group_releases(g);
	}
	MUST(threads_n == s->threads_n && threads_n <= SCENARIO_THREADS_MOST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *path = fuzz_file(data, size, ".json");
	struct scenario s;
	struct error err = {""};
	int failed = scenario_read(&s, path, &err);
	check_failure(failed, &err);
	if (!failed) {
		check_groups(&s);
		for (int change = 0; change < CHANGES_N; change++)
			scenario_change(&s, (enum change)change);
		s.loops_per_us = 100;
		failed = is_of_phases(&s) ? scenario_assemble(&s, NULL, &err) : 0;
		MUST(!failed);
	}
	scenario_close(&s);
	fuzz_unlink(path);
	return 0;
}
