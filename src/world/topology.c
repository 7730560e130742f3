/* topology.c - finds and loads the module that knows the machine's parts. */
#include "world/topology.h"

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

#ifndef TOPOLOGY_MODULE
#define TOPOLOGY_MODULE NULL
#endif

bool topology_was_built(void)
{
	return TOPOLOGY_MODULE;
}

static const struct topology_source *load(struct error *err)
{
	static const struct topology_source *loaded;
	if (loaded)
		return loaded;
	void *module = dlopen(TOPOLOGY_MODULE, RTLD_NOW | RTLD_LOCAL);
	loaded = module ? dlsym(module, "gilsim_topology") : NULL;
	if (!loaded)
		error_set(err, -ENOENT, "the machine's topology: %s", dlerror());
	return loaded;
}

static int explain(int failed, struct error *err)
{
	return failed ? error_set(err, failed, "the machine's topology: %s", strerror(-failed)) : 0;
}

int topology_read(struct topology *t, struct error *err)
{
	*t = (struct topology){ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT};
	if (!topology_was_built())
		return error_set(err, -ENOSYS,
				 "the machine's topology: this gilsim was built without hwloc");
	const struct topology_source *source = load(err);
	return source ? explain(source->read(t), err) : -ENOENT;
}

static int number_places(struct places *p)
{
	cpu_set_t sets[16]; /* for 16,384 processors */
	if (sched_getaffinity(0, sizeof sets, sets))
		return -errno;
	p->pus = calloc((size_t)CPU_COUNT_S(sizeof sets, sets), sizeof *p->pus);
	if (!p->pus)
		return -ENOMEM;
	for (size_t pu = 0; pu < 8 * sizeof sets; pu++)
		if (CPU_ISSET_S(pu, sizeof sets, sets))
			p->pus[p->n++] = (int64_t)pu;
	p->cores_n = p->n;
	return 0;
}

int places_open(struct places *p, struct error *err)
{
	*p = (struct places){0};
	if (!topology_was_built())
		return explain(number_places(p), err);
	const struct topology_source *source = load(err);
	return source ? explain(source->places(p), err) : -ENOENT;
}

void places_close(struct places *p)
{
	free(p->pus);
	*p = (struct places){0};
}
