/* io - waits: rounds of a sleep, and of a UDP round trip to a process that answers, which is
 * forked before anything is measured and shared by all jobs.
 *
 * What one round gives is computed by that process, so that a total is right only if every
 * answer came.  An answer is known by the run's token, the task and the round: what is of
 * another run, late, or of another size is passed over.  A datagram may be lost: then the client
 * asks again, ever more seldom.  Or the system may have no socket left for the moment: then it
 * tries again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vm/object.h"
#include "workload/workload.h"

static const char bytecode[] =
#include "io.gasm.inc"
	;

static const int64_t first_patience_ns = 50000000, most_patience_ns = INT64_C(30000000000);

/* A question and its answer. */
struct message {
	int64_t token, task, round, value;
};

/* With room that tells a longer datagram from a message. */
union datagram {
	struct message message;
	char bytes[sizeof(struct message) + 1];
};

/* --- the process that answers, and first says its port, or what failed --- */

static struct server {
	int users_n;
	uint16_t port;
	int64_t token;
	struct world_process process;
} server;

static int answer_all(const struct world_channel *gilsim, void *argument)
{
	const struct server *s = argument;
	struct world_datagram socket;
	union datagram d;
	uint16_t from;
	int64_t size;
	int failed = world_datagram_open(&socket, ABSENT), said = failed ? failed : socket.port;
	if (world_send(gilsim, &said, sizeof said) || failed)
		return EXIT_FAILURE;
	while ((size = world_datagram_receive(&socket, &d, sizeof d, &from)) >= 0) {
		struct message *m = &d.message;
		if (size != sizeof *m || m->token != s->token)
			continue;
		m->value = (int64_t)((uint64_t)(m->task + 1) * (uint64_t)(m->round + 1));
		world_datagram_send(&socket, from, m, sizeof *m);
	}
	return EXIT_FAILURE;
}

static void end_server(void)
{
	int status;
	world_kill(&server.process);
	world_wait(&server.process, &status, NULL);
}

/* It leads a group, so that an interrupt from the terminal does not end it before its clients.
 * The socket is its own: without it, a port that nobody has is what its clients find. */
static int start_server(void)
{
	int said;
	server.token = world_now_ns();
	int failed = world_fork(&server.process, true, answer_all, &server);
	if (failed)
		return failed;
	failed = world_receive(&server.process.channel, &said, sizeof said);
	if (!failed && said < 0)
		failed = said;
	server.port = (uint16_t)said;
	if (failed)
		end_server();
	return failed;
}

static int open_server(const struct job *job, struct error *err)
{
	int failed = server.users_n ? 0 : start_server();
	if (failed)
		return error_set(err, failed, "workload %s: no socket or process to answer: %s",
				 job->workload->name, strerror(-failed));
	server.users_n++;
	return 0;
}

static void close_server(const struct job *job)
{
	(void)job;
	if (--server.users_n == 0)
		end_server();
}

/* --- natives --- */

/* A task's way to the server. */
struct client {
	uint16_t port;
	int64_t token;
	struct world_datagram socket; /* opened by the first question; handle -1: not yet */
	int64_t patience_ns, gives_up_ns;
};

static void free_client(void *state)
{
	struct client *c = state;
	world_datagram_close(&c->socket);
	free(c);
}

/* server(port, token) */
static int native_server(const struct native_call *call)
{
	struct client *c = malloc(sizeof *c);
	struct handle *handle = c ? handle_new(c, free_client) : NULL;
	if (!handle) {
		free(c);
		return -ENOMEM;
	}
	*c = (struct client){.port = (uint16_t)call->args[0].i, .token = call->args[1].i,
			     .socket.handle = -1};
	call->result->object = &handle->head;
	return 0;
}

static int64_t later(int64_t now_ns, int64_t ns)
{
	int64_t sum;
	return __builtin_add_overflow(now_ns, ns > 0 ? ns : 0, &sum) ? INT64_MAX : sum;
}

int native_sleep(const struct native_call *call, struct awaited *a)
{
	int64_t now_ns = world_now_ns();
	if (a->until_ns == 0) {
		a->until_ns = later(now_ns, call->args[0].i);
		return NATIVE_AWAITS;
	}
	call->result->i = a->until_ns > now_ns ? a->until_ns - now_ns : 0;
	return 0;
}

static int open_socket(struct client *c)
{
	if (c->socket.handle >= 0)
		return 0;
	int failed = world_datagram_open(&c->socket, 0);
	if (!failed)
		failed = world_datagram_connect(&c->socket, c->port);
	if (failed)
		world_datagram_close(&c->socket);
	return failed;
}

static int send_question(struct client *c, const struct message *question)
{
	int failed = open_socket(c);
	return failed ? failed
		      : world_datagram_send(&c->socket, c->port, question, sizeof *question);
}

/* 0, -EAGAIN when what came is no answer to this question, or what is wrong. */
static int receive_answer(const struct client *c, const struct message *question, int64_t *value)
{
	union datagram d;
	uint16_t from;
	int64_t size = world_datagram_receive(&c->socket, &d, sizeof d, &from);
	if (size < 0)
		return (int)size;
	const struct message *m = &d.message;
	if (size != sizeof *m || m->token != question->token || m->task != question->task ||
	    m->round != question->round)
		return -EAGAIN;
	*value = m->value;
	return 0;
}

/* What others free in time: all who want it look again equally often, or who has waited longest
 * would be the last to get it. */
static bool may_pass(int failed)
{
	return failed == -EMFILE || failed == -ENFILE || failed == -EADDRINUSE ||
	       failed == -ENOBUFS || failed == -EAGAIN;
}

static int ask(struct client *c, const struct message *question, struct awaited *a)
{
	int64_t now_ns = world_now_ns();
	if (a->until_ns == 0) {
		c->patience_ns = first_patience_ns;
		c->gives_up_ns = now_ns + most_patience_ns;
	}
	int failed = send_question(c, question);
	if (failed && !may_pass(failed))
		return failed;
	if (now_ns >= c->gives_up_ns)
		return failed ? failed : -ETIMEDOUT;
	int64_t until_ns = now_ns + (failed ? first_patience_ns : c->patience_ns);
	a->socket = failed ? NULL : &c->socket;
	a->until_ns = until_ns < c->gives_up_ns ? until_ns : c->gives_up_ns;
	c->patience_ns *= failed ? 1 : 2;
	return NATIVE_AWAITS;
}

/* ask(server, task, round).  A handle of another kind of native is refused. */
static int native_ask(const struct native_call *call, struct awaited *a)
{
	const struct handle *handle = (const struct handle *)call->args[0].object;
	if (handle->free_state != free_client)
		return -EINVAL;
	struct client *c = handle->state;
	const struct message question = {c->token, call->args[1].i, call->args[2].i, 0};
	if (!a->came)
		return ask(c, &question, a);
	int failed = receive_answer(c, &question, &call->result->i);
	return failed == -EAGAIN ? NATIVE_AWAITS : failed;
}

static const struct native natives[] = {
	{.name = "server", .in = "ii", .out = "h", .call = native_server},
	{.name = "sleep", .in = "i", .out = "i", .await = native_sleep},
	{.name = "ask", .in = "hii", .out = "i", .await = native_ask},
	{0},
};

/* --- the job --- */

static int64_t tasks_n(const struct job *job)
{
	return job->scaling == SCALING_WEAK ? job->tasks * job->threads : job->tasks;
}

static int64_t units(const struct job *job, int64_t task)
{
	(void)task;
	return job->iterations;
}

static void args(const struct job *job, int64_t task, union value *args)
{
	args[0].i = task;
	args[1].i = job->iterations;
	args[2].i = job->size * 1000;
	args[3].i = server.port;
	args[4].i = server.token;
}

/* 1 + ... + n modulo 2^64. */
static uint64_t sum_to(int64_t n)
{
	uint64_t even = (uint64_t)(n % 2 ? n + 1 : n), odd = (uint64_t)(n % 2 ? n : n + 1);
	return even / 2 * odd;
}

/* The sum of all products (task + 1)(round + 1). */
static int expect(const struct job *job, struct result *result)
{
	result->value.i = (int64_t)(sum_to(tasks_n(job)) * sum_to(job->iterations));
	return 0;
}

const struct workload workload_io = {
	.name = "io",
	.help = "clients that wait: each round sleeps, then asks a process over UDP",
	.unit = "round",
	.size = {.least = 0, .most = 1000000000, .preset = 10000,
		 .help = "us of each sleep; 0: round trips only"},
	.tasks = {.least = 1, .most = 1000000, .preset = 100, .help = "clients"},
	.iterations = {.least = 1, .most = 1000000, .preset = 1, .help = "rounds of each client"},
	.total = TOTAL_SUM_INT,
	.programs = {bytecode},
	.natives = natives,
	.open = open_server,
	.close = close_server,
	.tasks_n = tasks_n,
	.units = units,
	.args = args,
	.expect = expect,
};
