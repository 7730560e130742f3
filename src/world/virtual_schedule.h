/* virtual_schedule.h - the chances of SCHEDULE_RANDOM and SCHEDULE_PRIORITIES: for
 * world_virtual.c only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "world/virtual.h"

/* Draws from the world's random numbers. */
void schedule_open(enum schedule schedule);

/* Whether the running thread is unlucky now. */
bool schedule_strikes(void);

/* How long one is held up. */
int64_t schedule_delay_ps(void);
