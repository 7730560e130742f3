/* echo.c - a thread that answers pings, and the process that sends them.
 *
 * Each ping opens with its number, so that an answer that comes late is not taken for that
 * of a later ping.  Each side knows the other's port: what comes from elsewhere is passed over.
 * Who finds out that it is over sets `is_over` and wakes the thread with an empty datagram; that
 * one is lost only when others are waiting to be received. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/run.h"

enum { PINGER_FAILED = 1 };
static const int64_t lost_after_ns = 1000000000, look_every_ns = 20000000;

static bool is_over(const struct member *m)
{
	return world_load(&m->lane->is_over, ACQUIRE);
}

void echo_stop(struct member *m)
{
	world_store(&m->lane->is_over, 1, RELEASE);
	world_datagram_send(&m->socket, m->socket.port, "", 0);
}

/* In the process that pings */

static void ping(const struct member *m, const struct world_datagram *own, uint64_t number,
		 char *bytes)
{
	size_t size = (size_t)m->group->pings.bytes;
	uint16_t from;
	memcpy(bytes, &number, sizeof number);
	int64_t sent_ns = world_now_ns(), now_ns;
	world_datagram_send(own, m->socket.port, bytes, size);
	do {
		int64_t received = world_datagram_receive(own, bytes, size, &from);
		now_ns = world_now_ns();
		if (received == (int64_t)size && from == m->socket.port &&
		    memcmp(bytes, &number, sizeof number) == 0) {
			histogram_add(&m->lane->latencies, now_ns - sent_ns);
			return;
		}
	} while (now_ns - sent_ns < lost_after_ns && !is_over(m));
	if (!is_over(m))
		m->lane->lost_n++;
}

static int64_t sooner(int64_t a_ns, int64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

static void send_pings(const struct member *m, const struct world_datagram *own, char *bytes)
{
	const struct pings *pings = &m->group->pings;
	int64_t due_ns = world_now_ns();
	for (int64_t k = 0; k != pings->n && !is_over(m); k++) {
		while (world_now_ns() < due_ns && !is_over(m))
			world_sleep_until(sooner(due_ns, world_now_ns() + look_every_ns));
		due_ns = world_now_ns() + pings->every_ns;
		ping(m, own, (uint64_t)k, bytes);
	}
}

/* It first says its port, or what failed. */
static int pinger_main(const struct world_channel *runner, void *argument)
{
	struct member *m = argument;
	struct world_datagram own;
	char go, *bytes = calloc(1, PING_BYTES_MOST);
	int failed = bytes ? world_datagram_open(&own, look_every_ns) : -ENOMEM;
	int said = failed ? failed : own.port;
	if (!world_send(runner, &said, sizeof said) && !failed)
		failed = world_receive(runner, &go, sizeof go);
	if (!failed) {
		send_pings(m, &own, bytes);
		echo_stop(m);
	}
	free(bytes);
	return failed ? PINGER_FAILED : 0;
}

/* In the process of the threads */

int echo_open(struct member *m, struct error *err)
{
	int said, failed = world_datagram_open(&m->socket, ABSENT);
	if (!failed)
		failed = world_fork(&m->pinger, false, pinger_main, m);
	if (!failed)
		failed = world_receive(&m->pinger.channel, &said, sizeof said);
	if (!failed && said < 0)
		failed = said;
	if (failed)
		error_set(err, failed, "%.80s: thread %s: no socket or process for its pings: %s",
			  m->crew->scenario->file, m->group->name, strerror(-failed));
	else
		m->pinger_port = (uint16_t)said;
	return failed;
}

/* One that is gone already is found out when it is waited for. */
void echo_start(struct member *m)
{
	char go = 1;
	world_send(&m->pinger.channel, &go, sizeof go);
}

/* recvfrom and sendto give the lock away, as CPython's do; the time without it is I/O. */
static enum vm_trap answer(struct member *m, char *bytes)
{
	struct gil_thread *t = &m->vm.gil;
	union value unused = {0};
	uint16_t from;
	gil_section_begin(t);
	int64_t began_ns = world_now_ns();
	gil_record(t, SPAN_IO, began_ns);
	int64_t size = world_datagram_receive(&m->socket, bytes, PING_BYTES_MOST, &from);
	vm_end_io(&m->vm, began_ns);
	gil_section_end(t);
	if (is_over(m))
		return VM_TRAP_STOPPED;
	if (size < 0)
		return VM_TRAP_NATIVE;
	if (from != m->pinger_port)
		return VM_TRAP_NONE;
	enum vm_trap trap = vm_run(&m->vm, &unused, &unused);
	if (trap)
		return trap;
	gil_section_begin(t);
	began_ns = world_now_ns();
	gil_record(t, SPAN_IO, began_ns);
	world_datagram_send(&m->socket, from, bytes, (size_t)size);
	vm_end_io(&m->vm, began_ns);
	gil_section_end(t);
	m->worker->work_n++;
	return VM_TRAP_NONE;
}

enum vm_trap echo_serve(struct member *m)
{
	char *bytes = malloc(PING_BYTES_MOST);
	enum vm_trap trap = bytes ? VM_TRAP_NONE : VM_TRAP_MEMORY;
	while (!trap)
		trap = answer(m, bytes);
	free(bytes);
	return trap;
}

int echo_wait(struct member *m, struct error *err)
{
	int status;
	world_wait(&m->pinger, &status, NULL);
	m->pinger = (struct world_process){0};
	if (status)
		return error_set(err, -ECHILD, "%.80s: thread %s: the process that pings it: %s",
				 m->crew->scenario->file, m->group->name,
				 status < 0 ? strsignal(-status) : "was not told to begin");
	return 0;
}

int echo_close(struct member *m, bool kill, struct error *err)
{
	int failed = 0;
	if (kill)
		world_kill(&m->pinger);
	if (m->pinger.id > 0)
		failed = echo_wait(m, kill ? NULL : err);
	world_datagram_close(&m->socket);
	return kill ? 0 : failed;
}
