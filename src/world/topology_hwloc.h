/* topology_hwloc.h - what of the module also works on a topology that is not this machine's. */
#pragma once

#include <hwloc.h>

#include "world/topology.h"

void topology_of(struct topology *t, hwloc_topology_t machine);

/* Of the PUs in `allowed`.  0 or -ENOMEM. */
int places_of(struct places *p, hwloc_topology_t machine, hwloc_const_bitmap_t allowed);
