/* poll.c - channels that do not wait, and waiting for many at once: Linux epoll, whose cost
 * grows with the channels that are ready, not with those that there are. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "world/world.h"

static int64_t moved_or_failed(ssize_t moved)
{
	if (moved >= 0)
		return moved;
	return errno == EAGAIN ? 0 : -errno;
}

int64_t world_send_some(const struct world_channel *c, const void *bytes, size_t size)
{
	ssize_t moved;
	do {
		moved = write(c->out, bytes, size);
	} while (moved < 0 && errno == EINTR);
	return moved_or_failed(moved);
}

int64_t world_receive_some(const struct world_channel *c, void *bytes, size_t size)
{
	ssize_t moved;
	do {
		moved = read(c->in, bytes, size);
	} while (moved < 0 && errno == EINTR);
	return moved == 0 && size > 0 ? -EPIPE : moved_or_failed(moved);
}

static int never_wait(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) ? -errno : 0;
}

int world_channel_never_wait(const struct world_channel *c)
{
	int failed = never_wait(c->in);
	return failed ? failed : never_wait(c->out);
}

int world_poll_open(struct world_poll *p)
{
	p->handle = epoll_create1(EPOLL_CLOEXEC);
	return p->handle < 0 ? -errno : 0;
}

void world_poll_close(struct world_poll *p)
{
	if (p->handle >= 0)
		close(p->handle);
	p->handle = -1;
}

static int ask(struct world_poll *p, int fd, uint32_t events, size_t tag, bool begin)
{
	struct epoll_event event = {.events = events, .data.u64 = tag};
	int operation = begin ? EPOLL_CTL_ADD : EPOLL_CTL_DEL;
	return epoll_ctl(p->handle, operation, fd, &event) ? -errno : 0;
}

int world_poll_receive(struct world_poll *p, const struct world_channel *c, size_t tag, bool begin)
{
	return ask(p, c->in, EPOLLIN, tag, begin);
}

int world_poll_send(struct world_poll *p, const struct world_channel *c, size_t tag, bool begin)
{
	return ask(p, c->out, EPOLLOUT, tag, begin);
}

/* Part of a millisecond is a whole one: a wait must not become a spin. */
static int milliseconds(int64_t ns)
{
	int64_t ms = ns / 1000000 + (ns % 1000000 > 0);
	return ns == ABSENT ? -1 : ms > INT_MAX ? INT_MAX : (int)ms;
}

int64_t world_poll_wait(struct world_poll *p, size_t *tags, size_t most, int64_t timeout_ns)
{
	enum { EVENTS_MOST = 64 };
	struct epoll_event events[EVENTS_MOST];
	int n = epoll_wait(p->handle, events, (int)(most < EVENTS_MOST ? most : EVENTS_MOST),
			   milliseconds(timeout_ns));
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int k = 0; k < n; k++)
		tags[k] = (size_t)events[k].data.u64;
	return n;
}
