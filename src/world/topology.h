/* topology.h - what the machine is made of, and in which order threads get places on it.
 *
 * hwloc knows.  It lives in a module that is loaded when first asked for: a plain run pays nothing
 * for it.
 *
 * Errors   0 or a negative errno with a text.
 * Threads  the caller has no other one running: what hwloc does, a forked process does.
 * Owner    places_close, safe on a zeroed struct.
 * Source   hwloc 2, https://www.open-mpi.org/projects/hwloc/ */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Of the whole machine, whatever this process may use; a cache is the first of its kind.  What is
 * not there or not known is ABSENT. */
struct topology {
	int64_t packages_n, cores_n, pus_n, numa_nodes_n;
	int64_t l1d_bytes, l2_bytes, l3_bytes;
};

/* Processing units (PUs) as the system numbers them: one of each core first, in the order in which
 * the cores lie, then a second one of each that has it, and so on. */
struct places {
	int64_t *pus;
	size_t n, cores_n; /* of the first cores_n no two share a core */
};

/* Whether this gilsim has the module at all. */
bool topology_was_built(void);

/* -ENOSYS where it was not built. */
int topology_read(struct topology *t, struct error *err);

/* All PUs that the calling thread may use.  Where the module was not built they come as they are
 * numbered, and each counts as a core. */
int places_open(struct places *p, struct error *err);
void places_close(struct places *p);

/* What the module exports, as gilsim_topology: 0 or a negative errno. */
struct topology_source {
	int (*read)(struct topology *t);
	int (*places)(struct places *p);
};
