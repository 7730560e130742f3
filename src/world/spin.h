/* spin.h - work that does nothing, for as long as asked.
 *
 * Threads  any, once spin_calibrate has returned. */
#pragma once

#include <stdint.h>

#include "world/world.h"

/* One step takes one cycle or two on any processor: how long, spin_calibrate finds out.  In the
 * virtual world it is a picosecond. */
static inline void spin_steps(uint64_t n)
{
#if WORLD_VIRTUAL
	world_charge((int64_t)n);
#else
	for (; n; n--)
		__asm__ volatile("");
#endif
}

/* Measures the length of a step; takes about a millisecond.  No other thread may run. */
void spin_calibrate(void);

/* The steps that last so long; calibrates first if that was not done. */
double spin_steps_of(double ns);

/* Keeps the core busy for that long, by the clock; below a microsecond, where reading the
 * clock would be a good part of it, by counted steps. */
void spin_ns(int64_t ns);
