/* experiment_life.c - what starting and ending threads and processes takes, and moving bytes and
 * messages. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "measure/samples.h"
#include "mode/message.h"
#include "world/spin.h"
#include "world/world.h"

/* --- lives --- */

struct life {
	uint32_t has_begun;
	int64_t began_ns, ended_ns;
};

/* Who made it watches it begin, and is asleep when it ends: both have a core. */
static void *live(void *argument)
{
	struct life *life = argument;
	life->began_ns = world_now_ns();
	world_store(&life->has_begun, 1, RELEASE);
	spin_ns(FALLS_ASLEEP_NS);
	life->ended_ns = world_now_ns();
	return NULL;
}

struct lives {
	struct samples begin, first, last;
};

/* A new thread, or process, has its first step on an idle core, and who waits for its end is woken
 * there: what is beyond that belongs to the start, and to the end. */
static void divide(const struct machine_cost *m, struct lives *l, int64_t *begin_ns,
		   int64_t *first_ns, int64_t *last_ns)
{
	int64_t wakeup_ns = m->idle_ns + m->jitter_ns / 2;
	*begin_ns = samples_middle(&l->begin);
	*first_ns = at_least(samples_middle(&l->first) - *begin_ns - wakeup_ns - m->migrate_ns, 0);
	*last_ns = at_least(samples_middle(&l->last) - wakeup_ns - m->switch_ns, 0);
}

static int start_thread(struct lives *l)
{
	struct life life = {0};
	struct world_thread thread;
	int64_t asks_ns = world_now_ns();
	int failed = world_spawn(&thread, live, &life);
	int64_t spawned_ns = world_now_ns();
	if (failed)
		return failed;
	wait_for(&life.has_begun, 1);
	world_join(&thread);
	samples_add(&l->last, world_now_ns() - life.ended_ns);
	samples_add(&l->begin, spawned_ns - asks_ns);
	samples_add(&l->first, life.began_ns - asks_ns);
	return 0;
}

int measure_threads(struct machine_cost *m)
{
	struct lives l = {0};
	int failed = 0;
	for (int k = 0; k < TRIES_N && !failed; k++)
		failed = start_thread(&l);
	if (!failed)
		divide(m, &l, &m->spawn_ns, &m->start_ns, &m->join_ns);
	return failed;
}

static int live_as_process(const struct world_channel *parent, void *argument)
{
	(void)parent;
	live(argument);
	return 0;
}

static int start_process(struct life *life, struct lives *l)
{
	struct world_process process;
	int status;
	world_store(&life->has_begun, 0, RELAXED);
	int64_t asks_ns = world_now_ns();
	int failed = world_fork(&process, false, live_as_process, life);
	int64_t forked_ns = world_now_ns();
	if (failed)
		return failed;
	wait_for(&life->has_begun, 1);
	world_wait(&process, &status, NULL);
	samples_add(&l->last, world_now_ns() - life->ended_ns);
	samples_add(&l->begin, forked_ns - asks_ns);
	samples_add(&l->first, life->began_ns - asks_ns);
	return 0;
}

/* Of a process that has long ended, what it takes to ask for its end. */
static int bury_process(struct life *life, struct samples *waits)
{
	enum { DIES_NS = 3000000 };
	struct world_process process;
	int status;
	int failed = world_fork(&process, false, live_as_process, life);
	if (failed)
		return failed;
	world_sleep_until(world_now_ns() + DIES_NS);
	int64_t asks_ns = world_now_ns();
	world_wait(&process, &status, NULL);
	samples_add(waits, world_now_ns() - asks_ns);
	return 0;
}

int measure_processes(struct machine_cost *m)
{
	enum { FORKS_N = 60 };
	struct lives l = {0};
	struct samples waits = {0};
	struct life *life = world_share(sizeof *life);
	int failed = life ? 0 : -ENOMEM;
	for (int k = 0; k < FORKS_N && !failed; k++)
		failed = start_process(life, &l);
	for (int k = 0; k < FORKS_N && !failed; k++)
		failed = bury_process(life, &waits);
	if (failed)
		return failed;
	divide(m, &l, &m->fork_ns, &m->process_ns, &m->exit_ns);
	m->wait_ns = samples_middle(&waits);
	m->exit_ns = at_least(m->exit_ns - m->wait_ns, 0);
	return 0;
}

/* --- pipes and sockets --- */

static void move_byte(int64_t n, void *context)
{
	char byte = 0;
	for (int64_t k = 0; k < n; k++) {
		world_send(context, &byte, sizeof byte);
		world_receive(context, &byte, sizeof byte);
	}
}

enum { MUCH_KIB = 32 };

static void move_much(int64_t n, void *context)
{
	static char bytes[MUCH_KIB * 1024];
	for (int64_t k = 0; k < n; k++) {
		world_send(context, bytes, sizeof bytes);
		world_receive(context, bytes, sizeof bytes);
	}
}

static void poll_once(int64_t n, void *context)
{
	size_t tag;
	for (int64_t k = 0; k < n; k++)
		world_poll_wait(context, &tag, 1, 0);
}

/* A write and a read are taken to cost the same. */
int measure_pipes(struct machine_cost *m)
{
	int ends[2];
	struct world_poll poll;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	const struct world_channel self = {.in = ends[0], .out = ends[1]};
	int64_t byte_ns = least_ps(move_byte, 500, (void *)&self) / 1000;
	int64_t much_ns = least_ps(move_much, 100, (void *)&self) / 1000;
	m->pipe_ns = byte_ns / 2;
	m->pipe_kib_ns = at_least((much_ns - byte_ns) / (2 * MUCH_KIB), 0);
	int failed = world_poll_open(&poll);
	if (!failed)
		failed = world_poll_receive(&poll, &self, 0, true);
	if (!failed)
		failed = world_send(&self, "", 1);
	if (!failed)
		m->poll_ns = least_ps(poll_once, 500, &poll) / 1000;
	return failed;
}

struct sockets {
	struct world_datagram from, to;
};

static void move_datagram(int64_t n, void *context)
{
	struct sockets *s = context;
	char bytes[32] = "";
	uint16_t port;
	for (int64_t k = 0; k < n; k++) {
		world_datagram_send(&s->from, s->to.port, bytes, sizeof bytes);
		world_datagram_receive(&s->to, bytes, sizeof bytes, &port);
	}
}

static void open_socket(int64_t n, void *context)
{
	struct world_datagram socket;
	(void)context;
	for (int64_t k = 0; k < n; k++)
		if (!world_datagram_open(&socket, 0))
			world_datagram_close(&socket);
}

int measure_sockets(struct machine_cost *m)
{
	struct sockets s;
	int failed = world_datagram_open(&s.from, 0);
	if (!failed)
		failed = world_datagram_open(&s.to, 0);
	if (failed)
		return failed;
	m->datagram_ns = least_ps(move_datagram, 200, &s) / 2000;
	m->socket_ns = least_ps(open_socket, 50, NULL) / 1000;
	return 0;
}

/* --- messages --- */

struct letter {
	struct layout layout;
	struct message message;
	union value number;
};

static void write_and_read(int64_t n, void *context)
{
	struct letter *l = context;
	struct parcel p = {0, 1};
	for (int64_t k = 0; k < n; k++) {
		message_write(&l->message, &l->layout, p, &l->number);
		message_read(&l->message, &l->layout, 1, &p, &l->number);
	}
}

/* To write one and to read it are taken to cost the same. */
int measure_messages(struct machine_cost *m)
{
	enum { PAYLOAD_BYTES = 65536, KIB = 1024 };
	struct letter l = {0};
	int failed = layout_open(&l.layout, ARGUMENTS, 1, PAYLOAD_BYTES);
	if (!failed) {
		int64_t both_ns = least_ps(write_and_read, 20, &l) / 1000;
		m->message_kib_ns = both_ns * KIB / (2 * (int64_t)l.message.bytes.size);
	}
	layout_close(&l.layout);
	message_free(&l.message);
	return failed;
}
