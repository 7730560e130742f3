/* virtual.c - the choice of a world, and the module with the virtual one. */
#include "measure/virtual.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "world/host.h"

const char *const world_names[] = {[WORLD_REAL] = "real", [WORLD_IN_VIRTUAL_TIME] = "virtual"};

const char *const bind_names[] = {
	[BIND_NONE] = "none", [BIND_CORE] = "core", [BIND_PU] = "pu"};
const char *const counters_names[] = {[COUNTERS_OFF] = "off", [COUNTERS_ON] = "on"};

const char *bind_text(const struct world_choice *choice)
{
	bool binds = choice->bind != ABSENT && choice->bind != BIND_NONE;
	return binds ? bind_names[choice->bind] : NULL;
}

const char *counters_text(const struct world_choice *choice)
{
	return choice->counters == COUNTERS_ON ? counters_names[COUNTERS_ON] : NULL;
}

static bool is_equal_cost(const struct cost_model *a, const struct cost_model *b)
{
	return a && b ? strcmp(a->digest, b->digest) == 0 : a == b;
}

bool world_choice_is_equal(const struct world_choice *a, const struct world_choice *b)
{
	return a->world == b->world && a->cores == b->cores && a->seed == b->seed &&
	       a->bind == b->bind && a->counters == b->counters &&
	       is_equal_cost(a->cost, b->cost);
}

struct world_choice world_choice_of(const struct world_choice *choice, int64_t repeat)
{
	struct world_choice of_repeat = *choice;
	of_repeat.seed += choice->world == WORLD_REAL ? 0 : repeat;
	return of_repeat;
}

int64_t world_cores_n(const struct world_choice *choice)
{
	return choice->world == WORLD_REAL ? host_cores_allowed() : choice->cores;
}

int world_fits(enum world world, const struct mode *mode, const struct workload *workload,
	       enum engine engine, struct error *err)
{
	if (world == WORLD_REAL)
		return mode_fits(mode, workload, engine, err);
	if (mode->teams)
		return error_set(err, -EINVAL, "mode %s: is not modelled in the virtual world",
				 mode->name);
	return mode_suits(mode, workload, engine, err);
}

const struct virtual_world *virtual_world_load(struct error *err)
{
	static const struct virtual_world *loaded;
	if (loaded)
		return loaded;
	void *module = dlopen(VIRTUAL_MODULE, RTLD_NOW | RTLD_LOCAL);
	loaded = module ? dlsym(module, "gilsim_virtual") : NULL;
	if (!loaded)
		error_set(err, -ENOENT, "the virtual world: %s", dlerror());
	return loaded;
}
