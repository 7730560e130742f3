/* await.h - what somebody waits for, as data: it can block a thread, or be one of many things
 * that an event loop waits for at once (world/loop.h).
 *
 * Units    until_ns is nanoseconds of the world's clock.
 * Owner    the socket is borrowed until the wait is over. */
#pragma once

#include "world/world.h"

struct awaited {
	int64_t until_ns; /* over when the clock reaches it, never before */
	/* Over, too, when a datagram or an error can be received here.  NULL: by time alone. */
	const struct world_datagram *socket;
	bool came; /* how it ended: something can be received */
};

/* Blocks the calling thread until it is over, whatever signals come. */
void world_await(struct awaited *a);
