#include "scenario/scenario.h"

#include <stdlib.h>

int scenario_open(struct scenario *s, const char *file, struct error *err)
{
	int failed = scenario_read(s, file, err);
	return failed ? failed : scenario_prepare(s, err);
}

void scenario_close(struct scenario *s)
{
	for (size_t k = 0; k < s->groups_n; k++) {
		struct group *g = &s->groups[k];
		free(g->phases);
		program_free(&g->program);
		work_close(&g->work);
	}
	free(s->groups);
	json_decref(s->document);
	*s = (struct scenario){0};
}

static bool phases_release(const struct group *g)
{
	for (size_t k = 0; k < g->phases_n; k++)
		switch (g->phases[k].kind) {
		case PHASE_BYTECODE:
		case PHASE_NATIVE_HELD:
		case PHASE_WORK_HELD:
		case PHASE_LOCK_HELD:
		case PHASE_UNLOCK:
			break;
		case PHASE_NATIVE_RELEASED:
		case PHASE_WORK_RELEASED:
		case PHASE_LOCK_RELEASED:
		case PHASE_IO:
			return true;
		}
	return false;
}

bool group_releases(const struct group *g)
{
	return g->activity == ACTIVITY_ECHO ||
	       (g->activity == ACTIVITY_PHASES ? phases_release(g) : g->releases);
}
