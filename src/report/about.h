/* about.h - who measured and where, as every JSON document opens, and on what.
 *
 * Errors   NULL: no memory. */
#pragma once

#include <jansson.h>

#include "measure/unrest.h"

json_t *about_gilsim(void);
json_t *about_host(void);
/* The host as it was when measuring began, and what was unquiet meanwhile, as `warnings`. */
json_t *about_host_of(const struct unrest *u);

/* "2 cores", or "8 virtual cores, seeds 1..3, costs of cpython313": what n repeats ran on.  Cores
 * and seed are left out where they are ABSENT, costs where they are NULL. */
enum { ABOUT_WORLD_MOST = 320 };
const char *about_world(const struct world_choice *world, size_t repeats_n,
			char text[static ABOUT_WORLD_MOST]);

/* The same for programs: world, cores, seed, cost, cost_digest. */
json_t *about_world_json(const struct world_choice *world);
