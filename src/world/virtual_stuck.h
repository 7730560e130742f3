/* virtual_stuck.h - whether anybody can ever go on: for world_virtual.c only.
 *
 * Where all threads wait for each other there is no event left.  But some look at their word again
 * now and then, as those do who wait for CPython's lock, and sleep again.  They are stuck, too,
 * when each of them has done that many times while nobody else did anything. */
#pragma once

#include "world/task.h"

void stuck_open(void);

/* Its life, which it may end at any time. */
void stuck_begin(struct task *t);
void stuck_end(struct task *t);
int64_t stuck_living_n(void);

/* It waits from now on; with a deadline it looks then. */
void stuck_block(struct task *t, bool awaits_others, bool has_deadline);
/* It has been woken. */
void stuck_wake(struct task *t);
/* The time of its wait is over; true: it was in vain, as always, and will be for ever. */
bool stuck_time_over(struct task *t, int64_t now_ps);

/* It had looked and now works: it has found something. */
void stuck_work(struct task *t);
