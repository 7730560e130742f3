/* topology.c - finds and loads the module that knows the machine's parts. */
#include "world/topology.h"

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "world/world.h"

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

enum { PUS_MOST = 16384 };

/* What is looked for in a process of its own: hwloc crashes where it is refused memory, and must
 * not take along what was measured. */
struct search {
	int (*look)(struct search *s);
	const struct topology_source *source;
	int failed;
	struct topology topology;
	struct places places; /* its pus are the other process's */
	int64_t pus[PUS_MOST];
};

static int look_apart(const struct world_channel *parent, void *argument)
{
	struct search *s = argument;
	(void)parent;
	s->failed = s->look(s);
	return 0;
}

static int run_apart(struct search *s, struct error *err)
{
	struct world_process process;
	int status, failed = world_fork(&process, false, look_apart, s);
	if (failed)
		return explain(failed, err);
	world_wait(&process, &status, NULL);
	if (status < 0)
		return error_set(err, -ENOMEM, "the machine's topology: hwloc was ended by signal "
				 "%d (%s), as where it has no memory", -status, strsignal(-status));
	return explain(s->failed, err);
}

/* *found is for world_unshare, or NULL. */
static int find(int (*look)(struct search *s), struct search **found, struct error *err)
{
	const struct topology_source *source = load(err);
	*found = NULL;
	if (!source)
		return -ENOENT;
	struct search *s = world_share(sizeof *s);
	if (!s)
		return explain(-ENOMEM, err);
	s->look = look;
	s->source = source;
	int failed = run_apart(s, err);
	if (failed)
		world_unshare(s, sizeof *s);
	else
		*found = s;
	return failed;
}

static int look_for_parts(struct search *s)
{
	return s->source->read(&s->topology);
}

int topology_read(struct topology *t, struct error *err)
{
	struct search *found;
	*t = (struct topology){ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT};
	if (!topology_was_built())
		return error_set(err, -ENOSYS,
				 "the machine's topology: this gilsim was built without hwloc");
	int failed = find(look_for_parts, &found, err);
	if (!found)
		return failed;
	*t = found->topology;
	world_unshare(found, sizeof *found);
	return 0;
}

static int number_places(struct places *p)
{
	cpu_set_t sets[PUS_MOST / CPU_SETSIZE];
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

static int look_for_places(struct search *s)
{
	int failed = s->source->places(&s->places);
	if (failed)
		return failed;
	if (s->places.n > PUS_MOST)
		return -E2BIG;
	memcpy(s->pus, s->places.pus, s->places.n * sizeof *s->pus);
	return 0;
}

static int copy_places(struct places *p, const struct search *found)
{
	size_t n = found->places.n;
	int64_t *pus = malloc(n * sizeof *pus + 1);
	if (!pus)
		return -ENOMEM;
	memcpy(pus, found->pus, n * sizeof *pus);
	*p = (struct places){.pus = pus, .n = n, .cores_n = found->places.cores_n};
	return 0;
}

int places_open(struct places *p, struct error *err)
{
	struct search *found;
	*p = (struct places){0};
	if (!topology_was_built())
		return explain(number_places(p), err);
	int failed = find(look_for_places, &found, err);
	if (!found)
		return failed;
	failed = explain(copy_places(p, found), err);
	world_unshare(found, sizeof *found);
	return failed;
}

void places_close(struct places *p)
{
	free(p->pus);
	*p = (struct places){0};
}
