/* cost.h - what a machine's own doings take, for the virtual world: see cost.def. */
#pragma once

#include <stdint.h>

struct machine_cost {
#define COST(field, unit, least, most, help) int64_t field;
#include "world/cost.def"
#undef COST
};
