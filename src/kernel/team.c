/* team.c - finds and loads the OpenMP module. */
#include <errno.h>
#include <stddef.h>

#include "kernel/kernel.h"
#include "kernel/module.h"

#ifndef OPENMP_MODULE
#define OPENMP_MODULE NULL
#endif

static const struct team_module *loaded;

bool team_was_built(void)
{
	return OPENMP_MODULE;
}

int team_load(struct error *err)
{
	if (!loaded)
		loaded = module_find("mode openmp", OPENMP_MODULE, "gilsim_team", err);
	return loaded ? 0 : -ENOSYS;
}

void team_bind(team_binder *bind, void *context)
{
	loaded->bind(bind, context);
}

int team_run(int team, int64_t first, int64_t last, team_part *part, const void *context,
	     uint64_t *total)
{
	if (team)
		return loaded->run(team, first, last, part, context, total);
	*total = part(context, first, last);
	return 0;
}
