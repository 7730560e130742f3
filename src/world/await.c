#include "world/await.h"

#include <poll.h>

/* A signal, and a kernel whose wait ended early, only make it look again. */
static bool poll_until(int handle, int64_t until_ns)
{
	struct pollfd fd = {.fd = handle, .events = POLLIN};
	for (;;) {
		int64_t left_ns = until_ns - world_now_ns();
		bool is_late = left_ns <= 0;
		struct timespec left = {0};
		if (!is_late)
			left = (struct timespec){left_ns / 1000000000, left_ns % 1000000000};
		if (ppoll(&fd, 1, &left, NULL) > 0)
			return true;
		if (is_late)
			return false;
	}
}

void world_await(struct awaited *a)
{
	a->came = false;
	if (a->socket)
		a->came = poll_until(a->socket->handle, a->until_ns);
	else
		world_sleep_until(a->until_ns);
}
