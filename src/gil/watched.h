/* watched.h - what a thread is about to do to the lock, for who looks on from outside
 * (gil/invariants.h).  Noted in the virtual world; in the real one there is nothing of it. */
#pragma once

#include "world/world.h"

enum doing {
	DOING_NOTHING,
	DOING_TAKE,	   /* it wants the lock */
	DOING_DROP,	   /* it has given it up, but for waking another */
	DOING_AWAIT_SWITCH, /* forced switching */
	DOING_TICK	   /* the timer, which has the lock's mutex for it */
};

#if WORLD_VIRTUAL
#include "world/virtual.h"

struct watched {
	enum doing doing;
	int64_t since_ns;
	const struct task *task;
};

static inline void watched_note(struct watched *w, enum doing doing)
{
	*w = (struct watched){doing, virtual_now_ns(), virtual_self()};
}
#else
struct watched {
};

static inline void watched_note(struct watched *w, enum doing doing)
{
	(void)w;
	(void)doing;
}
#endif
