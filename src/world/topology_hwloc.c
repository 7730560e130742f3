/* topology_hwloc.c - the module that asks hwloc. */
#include "world/topology_hwloc.h"

#include <errno.h>
#include <stdlib.h>

#include "base/units.h"

static int64_t count(hwloc_topology_t machine, hwloc_obj_type_t type)
{
	int n = hwloc_get_nbobjs_by_type(machine, type);
	return n > 0 ? n : ABSENT;
}

static int64_t cache_bytes(hwloc_topology_t machine, hwloc_obj_type_t type)
{
	hwloc_obj_t cache = hwloc_get_obj_by_type(machine, type, 0);
	return cache && cache->attr->cache.size ? (int64_t)cache->attr->cache.size : ABSENT;
}

void topology_of(struct topology *t, hwloc_topology_t machine)
{
	*t = (struct topology){
		.packages_n = count(machine, HWLOC_OBJ_PACKAGE),
		.cores_n = count(machine, HWLOC_OBJ_CORE),
		.pus_n = count(machine, HWLOC_OBJ_PU),
		.numa_nodes_n = count(machine, HWLOC_OBJ_NUMANODE),
		.l1d_bytes = cache_bytes(machine, HWLOC_OBJ_L1CACHE),
		.l2_bytes = cache_bytes(machine, HWLOC_OBJ_L2CACHE),
		.l3_bytes = cache_bytes(machine, HWLOC_OBJ_L3CACHE),
	};
}

/* The core's allowed PU that has `rank` others before it, or -1. */
static int pu_of(hwloc_obj_t core, hwloc_const_bitmap_t allowed, size_t rank)
{
	int pu = hwloc_bitmap_first(core->cpuset);
	while (pu >= 0 && (!hwloc_bitmap_isset(allowed, (unsigned)pu) || rank-- > 0))
		pu = hwloc_bitmap_next(core->cpuset, pu);
	return pu;
}

/* Where the system tells of no cores, each PU is one. */
static hwloc_obj_t core_nth(hwloc_topology_t machine, unsigned k)
{
	bool has_cores = count(machine, HWLOC_OBJ_CORE) != ABSENT;
	return hwloc_get_obj_by_type(machine, has_cores ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU, k);
}

static size_t add_rank(struct places *p, hwloc_topology_t machine, hwloc_const_bitmap_t allowed,
		       size_t rank)
{
	size_t before_n = p->n;
	hwloc_obj_t core;
	for (unsigned k = 0; (core = core_nth(machine, k)); k++) {
		int pu = pu_of(core, allowed, rank);
		if (pu >= 0)
			p->pus[p->n++] = pu;
	}
	return p->n - before_n;
}

int places_of(struct places *p, hwloc_topology_t machine, hwloc_const_bitmap_t allowed)
{
	int pus_n = hwloc_get_nbobjs_by_type(machine, HWLOC_OBJ_PU);
	*p = (struct places){.pus = calloc((size_t)pus_n, sizeof *p->pus)};
	if (!p->pus)
		return -ENOMEM;
	p->cores_n = add_rank(p, machine, allowed, 0);
	for (size_t rank = 1; add_rank(p, machine, allowed, rank) > 0; rank++)
		;
	return 0;
}

/* The disallowed parts, too: a machine stays what it is when fewer of its cores may be used. */
static int load_machine(hwloc_topology_t *machine)
{
	if (hwloc_topology_init(machine))
		return -ENOMEM;
	int failed = hwloc_topology_set_flags(*machine, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED) ||
		     hwloc_topology_load(*machine);
	if (failed)
		hwloc_topology_destroy(*machine);
	return failed ? -ENODEV : 0;
}

static int read_machine(struct topology *t)
{
	hwloc_topology_t machine;
	int failed = load_machine(&machine);
	if (failed)
		return failed;
	topology_of(t, machine);
	hwloc_topology_destroy(machine);
	return 0;
}

static int find_places(struct places *p)
{
	hwloc_topology_t machine;
	int failed = load_machine(&machine);
	if (failed)
		return failed;
	hwloc_bitmap_t allowed = hwloc_bitmap_alloc();
	if (!allowed)
		failed = -ENOMEM;
	else if (hwloc_get_cpubind(machine, allowed, HWLOC_CPUBIND_THREAD))
		failed = -errno;
	else
		failed = places_of(p, machine, allowed);
	hwloc_bitmap_free(allowed);
	hwloc_topology_destroy(machine);
	return failed;
}

extern const struct topology_source gilsim_topology;
const struct topology_source gilsim_topology = {.read = read_machine, .places = find_places};
