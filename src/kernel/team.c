/* team.c - finds and loads the OpenMP module. */
#include <errno.h>
#include <stddef.h>

#include "kernel/kernel.h"
#include "kernel/module.h"

#ifndef OPENMP_MODULE
#define OPENMP_MODULE NULL
#endif

static team_runner *const *loaded;

bool team_was_built(void)
{
	return OPENMP_MODULE;
}

int team_load(struct error *err)
{
	if (!loaded)
		loaded = module_find("mode openmp", OPENMP_MODULE, "gilsim_run_on_team", err);
	return loaded ? 0 : -ENOSYS;
}

int team_run(int team, int64_t first, int64_t last, team_part *part, const void *context,
	     uint64_t *total)
{
	if (team)
		return (*loaded)(team, first, last, part, context, total);
	*total = part(context, first, last);
	return 0;
}
