/* virtual_datagrams.c - UDP on the loopback address, in the virtual world.  A datagram for which a
 * socket has no room is lost, and nobody is told. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "world/await.h"
#include "world/virtual_process.h"

/* Room as Linux has it by default: 212,992 bytes, of which an empty datagram takes 832. */
enum { ROOM_BYTES = 212992, OVERHEAD_BYTES = 832 };
/* Ports that Linux gives to who asks for any. */
enum { FIRST_PORT = 32768, LAST_PORT = 60999, PORTS_N = LAST_PORT - FIRST_PORT + 1 };

struct datagram {
	struct datagram *next;
	uint16_t from_port;
	size_t size;
	char bytes[];
};

struct socket {
	struct file file; /* first */
	uint16_t port, peer; /* peer 0: anybody */
	int64_t timeout_ns;
	bool is_refused; /* nobody had the peer's port; said once */
	struct datagram *first, **end;
	size_t taken_bytes;
};

static struct socket *by_port[UINT16_MAX + 1];
static int sockets_n;

static bool can_receive(const struct file *f)
{
	const struct socket *s = (const struct socket *)f;
	return s->first || s->is_refused;
}

static struct datagram *take_first(struct socket *s)
{
	struct datagram *d = s->first;
	s->first = d->next;
	if (!s->first)
		s->end = &s->first;
	s->taken_bytes -= d->size + OVERHEAD_BYTES;
	return d;
}

static void close_socket(struct file *f)
{
	(void)f;
}

static void free_socket(struct file *f)
{
	struct socket *s = (struct socket *)f;
	while (s->first)
		free(take_first(s));
	by_port[s->port] = NULL;
	sockets_n--;
	free(s);
}

const struct file_kind file_socket = {can_receive, close_socket, free_socket};

static struct socket *find_socket(const struct world_datagram *d)
{
	return (struct socket *)file_find(d->handle, &file_socket);
}

/* At random, as Linux does: who asks a port that was just given up shall not have it himself. */
static uint16_t any_port(void)
{
	int port = FIRST_PORT + (int)(virtual_random() % PORTS_N);
	while (by_port[port])
		port = port == LAST_PORT ? FIRST_PORT : port + 1;
	return (uint16_t)port;
}

static int open_socket(struct socket *s, int64_t timeout_ns)
{
	if (sockets_n == PORTS_N)
		return -EADDRINUSE;
	int failed = file_open(&s->file, &file_socket, process_self());
	if (failed)
		return failed;
	s->port = any_port();
	s->timeout_ns = timeout_ns;
	s->end = &s->first;
	by_port[s->port] = s;
	sockets_n++;
	return 0;
}

int world_datagram_open(struct world_datagram *d, int64_t timeout_ns)
{
	*d = (struct world_datagram){.handle = -1};
	task_spend(virtual_costs()->socket_ns);
	struct socket *s = calloc(1, sizeof *s);
	int failed = s ? open_socket(s, timeout_ns) : -ENOMEM;
	if (failed) {
		free(s);
		return failed;
	}
	*d = (struct world_datagram){.handle = s->file.number, .port = s->port};
	return 0;
}

int world_datagram_connect(const struct world_datagram *d, uint16_t port)
{
	struct socket *s = find_socket(d);
	if (!s)
		return -EBADF;
	s->peer = port;
	return 0;
}

void world_datagram_close(struct world_datagram *d)
{
	struct socket *s = find_socket(d);
	if (s)
		file_close(&s->file);
	d->handle = -1;
}

/* Puts it into the queue, or loses it. */
static int deliver(struct socket *to, uint16_t from_port, const void *bytes, size_t size)
{
	if (to->taken_bytes + size + OVERHEAD_BYTES > ROOM_BYTES)
		return 0;
	struct datagram *d = malloc(sizeof *d + size);
	if (!d)
		return -ENOMEM;
	*d = (struct datagram){.from_port = from_port, .size = size};
	memcpy(d->bytes, bytes, size);
	*to->end = d;
	to->end = &d->next;
	to->taken_bytes += size + OVERHEAD_BYTES;
	if (to->first == d)
		file_went_on(&to->file);
	return 0;
}

static int take_refusal(struct socket *s)
{
	bool is_refused = s->is_refused;
	s->is_refused = false;
	return is_refused ? -ECONNREFUSED : 0;
}

/* One that is connected takes its peer's only: to others nobody has its port. */
int world_datagram_send(const struct world_datagram *d, uint16_t to_port, const void *bytes,
			size_t size)
{
	struct socket *s = find_socket(d);
	task_spend(virtual_costs()->datagram_ns);
	if (!s)
		return -EBADF;
	int failed = take_refusal(s);
	if (failed)
		return failed;
	struct socket *to = by_port[to_port];
	if (to && (!to->peer || to->peer == s->port))
		return deliver(to, s->port, bytes, size);
	s->is_refused = s->peer == to_port;
	if (s->is_refused)
		file_went_on(&s->file);
	return 0;
}

int64_t world_datagram_receive(const struct world_datagram *d, void *bytes, size_t size,
			       uint16_t *from_port)
{
	struct socket *s = find_socket(d);
	*from_port = 0;
	task_spend(virtual_costs()->datagram_ns);
	if (!s)
		return -EBADF;
	int64_t deadline_ns = s->timeout_ns;
	if (deadline_ns != ABSENT)
		deadline_ns += virtual_counts().now_ns;
	file_wait(&s->file, "a datagram", deadline_ns);
	int failed = take_refusal(s);
	if (failed || !s->first)
		return failed ? failed : -EAGAIN;
	struct datagram *first = take_first(s);
	size = size < first->size ? size : first->size;
	memcpy(bytes, first->bytes, size);
	*from_port = first->from_port;
	free(first);
	return (int64_t)size;
}

void world_await(struct awaited *a)
{
	struct socket *s = a->socket ? find_socket(a->socket) : NULL;
	a->came = false;
	if (!s) {
		world_sleep_until(a->until_ns);
		return;
	}
	task_spend(virtual_costs()->poll_ns);
	a->came = file_wait(&s->file, "a datagram", a->until_ns);
}
