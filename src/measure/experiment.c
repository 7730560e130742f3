/* experiment.c - most are a few hundred tries, of which the one in the middle counts, or, where
 * only disturbances can make a try longer, the shortest.
 *
 * A step that two of the model's costs share in is divided between them by the code here, and each
 * place says how: what the virtual world charges in all is what was measured. */
#include "measure/experiment.h"

#include <stdbool.h>
#include <string.h>

#include "measure/samples.h"
#include "world/host.h"
#include "world/spin.h"
#include "world/topology.h"
#include "world/world.h"

/* Found before a process was forked for the first experiment. */
static struct places places;

int experiments_open(struct error *err)
{
	return places_open(&places, err);
}

/* Of another core than those before, as long as there are any. */
static int64_t core_nth(size_t k)
{
	return k < places.n ? places.pus[k] : ABSENT;
}

/* --- steps that one thread makes alone --- */

/* As in a loop that looks for a change: elsewhere it overlaps with work around it. */
static void look_again(int64_t n, void *context)
{
	for (int64_t k = 0; k < n && !world_load((uint32_t *)context, RELAXED); k++)
		;
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
	m->load_ps = least_ps(look_again, 20000, words);
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
	samples_add(&calls->wake, ended_ns - began_ns);
	samples_add(&calls->latency, w->awake_ns - began_ns);
	began_ns = world_now_ns();
	touch_lines(w);
	samples_add(&calls->touch, world_now_ns() - began_ns);
}

/* The caller spins on the first core, the sleeper has the second. */
static int call_often(struct calls *calls)
{
	struct wakeup w = {.core = core_nth(1)};
	struct world_thread sleeper;
	host_bind(core_nth(0));
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
		samples_add(&t->sleep, woke_ns - began_ns);
		samples_add(&t->wake, world_now_ns() - woke_ns);
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
	host_bind(core_nth(0));
	int failed = world_spawn(&other, take_second_turns, &t);
	if (failed)
		return failed;
	take_turns(&t, 0);
	world_join(&other);
	int64_t turn_ns = (samples_middle(&t.sleep) - samples_middle(&t.wake)) / 2;
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
	int64_t least_ns = samples_percentile(&calls.latency, 10);
	m->wake_ns = at_least(samples_middle(&calls.wake) - m->unpark_ns, 0);
	m->idle_ns = at_least(least_ns - m->unpark_ns - m->switch_ns, 0);
	m->jitter_ns = 2 * (samples_middle(&calls.latency) - least_ns);
	m->migrate_ns = m->switch_ns + samples_middle(&calls.touch);
	return 0;
}

/* --- a word that two cores change in turn --- */

struct bounce {
	uint32_t turn ON_OWN_LINE;
	struct samples batches; /* ps for each turn; of the first */
};

static void bounce(struct bounce *b, uint32_t own)
{
	enum { TURNS_N = 200 };
	for (int k = 0; k < TRIES_N; k++) {
		int64_t began_ns = world_now_ns();
		for (int turn = 0; turn < TURNS_N; turn++) {
			while (world_load(&b->turn, ACQUIRE) != own)
				; /* a pause would be the longer part of it */
			world_store(&b->turn, !own, RELEASE);
		}
		if (!own)
			samples_add(&b->batches,
				    1000 * (world_now_ns() - began_ns) / (2 * TURNS_N));
	}
}

static void *bounce_back(void *argument)
{
	host_bind(core_nth(1));
	bounce(argument, 1);
	return NULL;
}

static int measure_transfer(struct machine_cost *m)
{
	struct bounce b = {0};
	struct world_thread other;
	if (host_cores_allowed() < 2)
		return 0;
	int failed = world_spawn(&other, bounce_back, &b);
	if (failed)
		return failed;
	host_bind(core_nth(0));
	bounce(&b, 0);
	world_join(&other);
	m->transfer_ps = samples_percentile(&b.batches, 10);
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
			samples_add(&hog->turns, last_ns - began_ns);
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
	struct hog hogs[HOGS_N] = {{.core = core_nth(0), .ends = &ends},
				   {.core = core_nth(0), .ends = &ends}};
	int failed = start_hogs(threads, hogs, HOGS_N);
	if (failed)
		return failed;
	world_sleep_until(world_now_ns() + LONG_NS);
	end_hogs(threads, &ends, HOGS_N);
	if (hogs[0].turns.n)
		m->quantum_ns = at_least(samples_middle(&hogs[0].turns), 1000);
	m->credit_ns = m->quantum_ns;
	return 0;
}

/* As measure_wakeup, but the sleeper's core is another's, who never sleeps. */
static int measure_preemption(struct machine_cost *m)
{
	struct calls calls = {0};
	bool ends = false;
	struct world_thread thread;
	struct hog hog = {.core = core_nth(1), .ends = &ends};
	if (host_cores_allowed() < 2)
		return 0;
	int failed = start_hogs(&thread, &hog, 1);
	if (!failed)
		failed = call_often(&calls);
	if (failed)
		return failed;
	end_hogs(&thread, &ends, 1);
	int64_t least_ns = samples_percentile(&calls.latency, 10);
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
		samples_add(&late, world_now_ns() - until_ns);
	}
	int64_t wakeup_ns = m->idle_ns + m->jitter_ns / 2 + m->switch_ns;
	m->slack_ns = at_least(samples_middle(&late) - wakeup_ns, 0);
	return 0;
}

/* Half of the tries take longer than half of what they take at most. */
static int measure_cold(struct machine_cost *m)
{
	enum { SLEEP_NS = 5000000, SLEEPS_N = 60 };
	struct samples again = {0};
	uint32_t word = 0;
	for (int k = 0; k < SLEEPS_N; k++) {
		world_park(&word, 0, world_now_ns() + SLEEP_NS);
		int64_t began_ns = world_now_ns();
		world_park(&word, 1, ABSENT);
		samples_add(&again, world_now_ns() - began_ns);
	}
	m->cold_ns = 2 * at_least(samples_middle(&again) - m->park_ns, 0);
	return 0;
}

const struct experiment experiments[] = {
	{"memory and clock", measure_steps},
	{"memory that two cores change", measure_transfer},
	{"a switch between threads", measure_switch},
	{"a wake-up", measure_wakeup},
	{"turns on a core", measure_quantum},
	{"a preemption", measure_preemption},
	{"a short sleep", measure_slack},
	{"sleep again after a long sleep", measure_cold},
	{"threads", measure_threads},
	{"processes", measure_processes},
	{"pipes", measure_pipes},
	{"sockets", measure_sockets},
	{"messages", measure_messages},
	{0},
};
