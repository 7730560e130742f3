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

enum { TRIES_N = 300 };

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

struct wakeup {
	uint32_t called_n ON_OWN_LINE; /* the sleeper is parked here */
	uint32_t asleep_n ON_OWN_LINE;
	uint32_t awake_n;
	int64_t awake_ns;
	int64_t core;
	bool ends;
};

static void *sleep_again_and_again(void *argument)
{
	struct wakeup *w = argument;
	host_bind(w->core);
	for (uint32_t k = 0; !world_load(&w->ends, RELAXED); k++) {
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

/* Calls the sleeper so often, each time when it has slept that long. */
static int call(struct wakeup *w, int64_t asleep_ns, struct samples *wake, struct samples *latency)
{
	struct world_thread sleeper;
	int failed = world_spawn(&sleeper, sleep_again_and_again, w);
	for (uint32_t k = 0; k < TRIES_N && !failed; k++) {
		wait_for(&w->asleep_n, k + 1);
		spin_ns(asleep_ns);
		world_store(&w->ends, k + 1 == TRIES_N, RELAXED);
		int64_t began_ns = world_now_ns();
		world_store(&w->called_n, k + 1, RELEASE);
		world_unpark(&w->called_n, 1);
		int64_t ended_ns = world_now_ns();
		wait_for(&w->awake_n, k + 1);
		add(wake, ended_ns - began_ns);
		add(latency, w->awake_ns - began_ns);
	}
	if (!failed)
		world_join(&sleeper);
	return failed;
}
