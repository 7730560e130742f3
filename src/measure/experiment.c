/* experiment.c - most are a few hundred tries, of which the one in the middle counts, or, where
 * only disturbances can make a try longer, the shortest.
 *
 * A step that two of the model's costs share in is divided between them by the code here, and each
 * place says how: what the virtual world charges in all is what was measured. */
#include "measure/experiment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "world/host.h"
#include "world/spin.h"
#include "world/world.h"

/* A thread that others have seen about to sleep is asleep so much later, and its core not yet as
 * deep as cores sleep that nobody wants. */
enum { TRIES_N = 300, FALLS_ASLEEP_NS = 20000 };

struct samples {
	int64_t ns[TRIES_N];
	size_t n;
};

static void add(struct samples *s, int64_t ns)
{
	if (s->n < TRIES_N)
		s->ns[s->n++] = ns;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static int64_t percentile(struct samples *s, size_t percent)
{
	qsort(s->ns, s->n, sizeof *s->ns, compare);
	return s->n ? s->ns[s->n * percent / 100] : 0;
}

static int64_t middle(struct samples *s)
{
	return percentile(s, 50);
}

static int64_t at_least(int64_t ns, int64_t least)
{
	return ns > least ? ns : least;
}

/* The shortest of several tries, in ps for each of n steps. */
static int64_t least_ps(void (*steps)(int64_t n, void *context), int64_t n, void *context)
{
	int64_t least_ns = INT64_MAX;
	for (int k = 0; k < 20; k++) {
		int64_t began_ns = world_now_ns();
		steps(n, context);
		int64_t ns = world_now_ns() - began_ns;
		least_ns = ns < least_ns ? ns : least_ns;
	}
	return least_ns * 1000 / n;
}

/* --- steps that one thread makes alone --- */

/* A load and a store; what they take overlaps with work around them, so it is little. */
static void access_words(int64_t n, void *context)
{
	uint32_t *word = context;
	for (int64_t k = 0; k < n; k += 2)
		world_store(&word[8], world_load(&word[0], RELAXED), RELAXED);
}

static void change_word(int64_t n, void *context)
{
	for (int64_t k = 0; k < n; k++)
		world_add((uint32_t *)context, 1, ACQ_REL);
}

static void read_clock(int64_t n, void *context)
{
	(void)context;
	for (int64_t k = 0; k < n; k++)
		world_now_ns();
}

/* Of a word that has another value: all of going to sleep but the sleep. */
static void park_not(int64_t n, void *context)
{
	for (int64_t k = 0; k < n; k++)
		world_park(context, 1, ABSENT);
}

static void unpark_nobody(int64_t n, void *context)
{
	for (int64_t k = 0; k < n; k++)
		world_unpark(context, 1);
}

static int measure_steps(struct machine_cost *m)
{
	uint32_t words[16] = {0};
	m->load_ps = least_ps(access_words, 20000, words);
	m->atomic_ps = least_ps(change_word, 10000, &words[15]);
	m->clock_ps = least_ps(read_clock, 2000, NULL);
	memset(words, 0, sizeof words);
	m->park_ns = least_ps(park_not, 1000, words) / 1000;
	m->unpark_ns = least_ps(unpark_nobody, 1000, words) / 1000;
	return 0;
}

/* --- one thread wakes another --- */

enum { LINES_N = 64 };

struct wakeup {
	uint32_t called_n ON_OWN_LINE; /* the sleeper is parked here */
	uint32_t asleep_n ON_OWN_LINE;
	uint32_t awake_n;
	int64_t awake_ns, core;
	bool ends;
	/* What a thread takes along to another core, about: its stack, its frame. */
	char lines[LINES_N * CACHE_LINE_BYTES] ON_OWN_LINE;
};

static void touch_lines(struct wakeup *w)
{
	for (int k = 0; k < LINES_N; k++)
		world_store(&w->lines[k * CACHE_LINE_BYTES], (char)k, RELAXED);
}

static void *sleep_again_and_again(void *argument)
{
	struct wakeup *w = argument;
	host_bind(w->core);
	for (uint32_t k = 0; !w->ends; k++) {
		touch_lines(w);
		world_store(&w->asleep_n, k + 1, RELEASE);
		while (world_load(&w->called_n, ACQUIRE) == k)
			world_park(&w->called_n, k, ABSENT);
		w->awake_ns = world_now_ns();
		world_store(&w->awake_n, k + 1, RELEASE);
	}
	return NULL;
}

static void wait_for(const uint32_t *word, uint32_t value)
{
	while (world_load(word, ACQUIRE) != value)
		world_stall();
}

struct calls {
	struct samples wake, latency, touch;
};

static void call(struct wakeup *w, uint32_t k, struct calls *calls)
{
	wait_for(&w->asleep_n, k + 1);
	spin_ns(FALLS_ASLEEP_NS);
	w->ends = k + 1 == TRIES_N;
	int64_t began_ns = world_now_ns();
	world_store(&w->called_n, k + 1, RELEASE);
	world_unpark(&w->called_n, 1);
	int64_t ended_ns = world_now_ns();
	wait_for(&w->awake_n, k + 1);
	add(&calls->wake, ended_ns - began_ns);
	add(&calls->latency, w->awake_ns - began_ns);
	began_ns = world_now_ns();
	touch_lines(w);
	add(&calls->touch, world_now_ns() - began_ns);
}

/* The caller spins on the first core, the sleeper has the second. */
static int call_often(struct calls *calls)
{
	struct wakeup w = {.core = host_core_nth(1)};
	struct world_thread sleeper;
	host_bind(host_core_nth(0));
	int failed = world_spawn(&sleeper, sleep_again_and_again, &w);
	for (uint32_t k = 0; k < TRIES_N && !failed; k++)
		call(&w, k, calls);
	if (!failed)
		world_join(&sleeper);
	return failed;
}

struct turns {
	uint32_t turn;
	struct samples wake, sleep; /* of the first */
};

static void take_turns(struct turns *t, uint32_t own)
{
	for (int k = 0; k < TRIES_N; k++) {
		int64_t began_ns = world_now_ns();
		while (world_load(&t->turn, ACQUIRE) != own)
			world_park(&t->turn, !own, ABSENT);
		int64_t woke_ns = world_now_ns();
		world_store(&t->turn, !own, RELEASE);
		world_unpark(&t->turn, 1);
		if (own)
			continue;
		add(&t->sleep, woke_ns - began_ns);
		add(&t->wake, world_now_ns() - woke_ns);
	}
}

static void *take_second_turns(void *argument)
{
	take_turns(argument, 1);
	return NULL;
}

/* Two threads hand each other their only core: a wake-up, going to sleep, and the switch.  While
 * one sleeps there are two of these, but one wake-up. */
static int measure_switch(struct machine_cost *m)
{
	struct turns t = {0};
	struct world_thread other;
	host_bind(host_core_nth(0));
	int failed = world_spawn(&other, take_second_turns, &t);
	if (failed)
		return failed;
	take_turns(&t, 0);
	world_join(&other);
	int64_t turn_ns = (middle(&t.sleep) - middle(&t.wake)) / 2;
	m->switch_ns = at_least(turn_ns - m->park_ns, 100);
	return 0;
}

/* How late a thread is that was woken is at least so much, and jitter besides. */
static int measure_wakeup(struct machine_cost *m)
{
	struct calls calls = {0};
	if (host_cores_allowed() < 2)
		return 0;
	int failed = call_often(&calls);
	if (failed)
		return failed;
	int64_t least_ns = percentile(&calls.latency, 10);
	m->wake_ns = at_least(middle(&calls.wake) - m->unpark_ns, 0);
	m->idle_ns = at_least(least_ns - m->unpark_ns - m->switch_ns, 0);
	m->jitter_ns = 2 * (middle(&calls.latency) - least_ns);
	m->migrate_ns = m->switch_ns + middle(&calls.touch);
	return 0;
}

/* --- threads that share a core --- */

struct hog {
	int64_t core;
	const bool *ends;
	struct samples turns;
};

static void *spin_and_watch(void *argument)
{
	enum { GONE_NS = 100000 };
	struct hog *hog = argument;
	host_bind(hog->core);
	int64_t began_ns = world_now_ns(), last_ns = began_ns;
	while (!world_load(hog->ends, RELAXED)) {
		int64_t now_ns = world_now_ns();
		if (now_ns - last_ns > GONE_NS) {
			add(&hog->turns, last_ns - began_ns);
			began_ns = now_ns;
		}
		last_ns = now_ns;
	}
	return NULL;
}

static int start_hogs(struct world_thread *threads, struct hog *hogs, int n)
{
	int failed = 0;
	for (int k = 0; k < n && !failed; k++)
		failed = world_spawn(&threads[k], spin_and_watch, &hogs[k]);
	return failed; /* then the process ends, and they do */
}

static void end_hogs(struct world_thread *threads, bool *ends, int n)
{
	world_store(ends, true, RELAXED);
	for (int k = 0; k < n; k++)
		world_join(&threads[k]);
}

/* Two that spin on one core: how long each has it.  A thread that slept is ahead of those that
 * ran by as much: how far the system really sets it ahead is not to be seen from outside. */
static int measure_quantum(struct machine_cost *m)
{
	enum { HOGS_N = 2, LONG_NS = 500000000 };
	bool ends = false;
	struct world_thread threads[HOGS_N];
	struct hog hogs[HOGS_N] = {{.core = host_core_nth(0), .ends = &ends},
				   {.core = host_core_nth(0), .ends = &ends}};
	int failed = start_hogs(threads, hogs, HOGS_N);
	if (failed)
		return failed;
	world_sleep_until(world_now_ns() + LONG_NS);
	end_hogs(threads, &ends, HOGS_N);
	if (hogs[0].turns.n)
		m->quantum_ns = at_least(middle(&hogs[0].turns), 1000);
	m->credit_ns = m->quantum_ns;
	return 0;
}

/* As measure_wakeup, but the sleeper's core is another's, who never sleeps. */
static int measure_preemption(struct machine_cost *m)
{
	struct calls calls = {0};
	bool ends = false;
	struct world_thread thread;
	struct hog hog = {.core = host_core_nth(1), .ends = &ends};
	if (host_cores_allowed() < 2)
		return 0;
	int failed = start_hogs(&thread, &hog, 1);
	if (!failed)
		failed = call_often(&calls);
	if (failed)
		return failed;
	end_hogs(&thread, &ends, 1);
	int64_t least_ns = percentile(&calls.latency, 10);
	m->preempt_ns = at_least(least_ns - m->unpark_ns - m->switch_ns, 0);
	return 0;
}

/* What a sleep is late beyond a wake-up. */
static int measure_slack(struct machine_cost *m)
{
	enum { SLEEP_NS = 200000 };
	struct samples late = {0};
	uint32_t word = 0;
	for (int k = 0; k < TRIES_N; k++) {
		int64_t until_ns = world_now_ns() + SLEEP_NS;
		world_park(&word, 0, until_ns);
		add(&late, world_now_ns() - until_ns);
	}
	int64_t wakeup_ns = m->idle_ns + m->jitter_ns / 2 + m->switch_ns;
	m->slack_ns = at_least(middle(&late) - wakeup_ns, 0);
	return 0;
}

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
	*begin_ns = middle(&l->begin);
	*first_ns = at_least(middle(&l->first) - *begin_ns - wakeup_ns - m->migrate_ns, 0);
	*last_ns = at_least(middle(&l->last) - wakeup_ns - m->switch_ns, 0);
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
	add(&l->last, world_now_ns() - life.ended_ns);
	add(&l->begin, spawned_ns - asks_ns);
	add(&l->first, life.began_ns - asks_ns);
	return 0;
}

static int measure_threads(struct machine_cost *m)
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
	add(&l->last, world_now_ns() - life->ended_ns);
	add(&l->begin, forked_ns - asks_ns);
	add(&l->first, life->began_ns - asks_ns);
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
	add(waits, world_now_ns() - asks_ns);
	return 0;
}

static int measure_processes(struct machine_cost *m)
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
	m->wait_ns = middle(&waits);
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
static int measure_pipes(struct machine_cost *m)
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

static int measure_sockets(struct machine_cost *m)
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

const struct experiment experiments[] = {
	{"memory and clock", measure_steps},
	{"a switch between threads", measure_switch},
	{"a wake-up", measure_wakeup},
	{"turns on a core", measure_quantum},
	{"a preemption", measure_preemption},
	{"a short sleep", measure_slack},
	{"threads", measure_threads},
	{"processes", measure_processes},
	{"pipes", measure_pipes},
	{"sockets", measure_sockets},
	{0},
};
