/* datagram.c - UDP on the loopback address. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "world/world.h"

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static int bind_to_any_port(struct world_datagram *d)
{
	struct sockaddr_in address = loopback(0);
	socklen_t size = sizeof address;
	if (bind(d->handle, (struct sockaddr *)&address, size) ||
	    getsockname(d->handle, (struct sockaddr *)&address, &size))
		return -errno;
	d->port = ntohs(address.sin_port);
	return 0;
}

static int limit_waiting(const struct world_datagram *d, int64_t timeout_ns)
{
	struct timeval most = {timeout_ns / 1000000000, timeout_ns % 1000000000 / 1000};
	if (timeout_ns == ABSENT || timeout_ns == 0)
		return 0;
	return setsockopt(d->handle, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) ? -errno : 0;
}

int world_datagram_open(struct world_datagram *d, int64_t timeout_ns)
{
	int type = SOCK_DGRAM | SOCK_CLOEXEC | (timeout_ns == 0 ? SOCK_NONBLOCK : 0);
	*d = (struct world_datagram){.handle = socket(AF_INET, type, 0)};
	if (d->handle < 0)
		return -errno;
	int failed = bind_to_any_port(d);
	if (!failed)
		failed = limit_waiting(d, timeout_ns);
	if (failed)
		world_datagram_close(d);
	return failed;
}

int world_datagram_connect(const struct world_datagram *d, uint16_t port)
{
	struct sockaddr_in address = loopback(port);
	return connect(d->handle, (struct sockaddr *)&address, sizeof address) ? -errno : 0;
}

void world_datagram_close(struct world_datagram *d)
{
	if (d->handle >= 0)
		close(d->handle);
	d->handle = -1;
}

int world_datagram_send(const struct world_datagram *d, uint16_t to_port, const void *bytes,
			size_t size)
{
	struct sockaddr_in to = loopback(to_port);
	ssize_t sent;
	do {
		sent = sendto(d->handle, bytes, size, 0, (struct sockaddr *)&to, sizeof to);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

int64_t world_datagram_receive(const struct world_datagram *d, void *bytes, size_t size,
			       uint16_t *from_port)
{
	struct sockaddr_in from = {0};
	socklen_t from_size = sizeof from;
	ssize_t received;
	do {
		received = recvfrom(d->handle, bytes, size, 0, (struct sockaddr *)&from,
				    &from_size);
	} while (received < 0 && errno == EINTR);
	*from_port = ntohs(from.sin_port);
	return received < 0 ? -errno : received;
}
