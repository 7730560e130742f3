/* events - how fast the virtual world is: see bench/events.
 *
 * Usage: events steps THREADS CORES EVENTS
 *        events convoy THREADS CORES
 * steps: threads that only take time, each step another one: an event is little more than the
 * switch to the thread whose turn it is.  convoy: for a simulated second all threads but one take
 * the lock, and give it up for 50 us of native work, beside one that runs bytecode.
 * Prints the events, the seconds of CPU time, the peak of memory in MiB, and how often the lock
 * was taken. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/random.h"
#include "gil/gil.h"
#include "workload/cost.h"
#include "world/virtual.h"

static struct bench {
	int64_t threads_n, events_n; /* events_n: of all, about */
	struct gil gil;
	struct world_thread *threads;
	struct gil_stats *stats;
} bench;

static void *take_steps(void *argument)
{
	uint64_t random = (uintptr_t)argument;
	for (int64_t k = 0; k < bench.events_n / bench.threads_n; k++) {
		world_charge(1000 + (int64_t)(random_next(&random) >> 44));
		virtual_settle();
	}
	return NULL;
}

static bool is_over(void)
{
	enum { SECOND_NS = 1000000000 };
	return world_now_ns() >= SECOND_NS;
}

/* The first one is the one that runs bytecode, and looks at its breaker as a loop does. */
static void *take_lock(void *argument)
{
	enum { WORK_PS = 50000000, LOOP_PS = 40000, LOOPS_N = 1000 };
	intptr_t k = (intptr_t)argument;
	struct gil_thread self;
	gil_attach(&self, &bench.gil, "of the convoy", ACCOUNTING_COUNTS, &bench.stats[k]);
	gil_take(&self);
	while (!is_over()) {
		if (k > 0) {
			gil_section_begin(&self);
			world_charge(WORK_PS);
			virtual_settle();
			gil_section_end(&self);
			continue;
		}
		for (int loop = 0; loop < LOOPS_N; loop++) {
			world_charge(LOOP_PS);
			if (world_load(&self.breaker, RELAXED))
				gil_check(&self);
		}
	}
	gil_detach(&self);
	return NULL;
}

static void start_and_join(void *run)
{
	void *(*start)(void *argument) = run;
	int failed = gil_open(&bench.gil, gil_policy_find("cpython"), ABSENT, ABSENT);
	int64_t started_n = 0;
	for (int64_t k = 0; k < bench.threads_n && !failed; k++) {
		failed = world_spawn(&bench.threads[k], start, (void *)(intptr_t)k);
		started_n += !failed;
	}
	if (failed)
		fprintf(stderr, "events: thread %" PRId64 ": %s\n", started_n, strerror(-failed));
	for (int64_t k = 0; k < started_n; k++)
		world_join(&bench.threads[k]);
	gil_close(&bench.gil);
}

static int64_t takes_n(void)
{
	int64_t n = 0;
	for (int64_t k = 0; k < bench.threads_n; k++)
		n += bench.stats[k].takes_n;
	return n;
}

static double seconds_of(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static int64_t number(const char *text)
{
	return text ? strtoll(text, NULL, 10) : 0;
}

int main(int arguments_n, char **arguments)
{
	bool steps = arguments_n == 5 && strcmp(arguments[1], "steps") == 0;
	bool convoys = arguments_n == 4 && strcmp(arguments[1], "convoy") == 0;
	struct virtual_options options = {
		.seed = 1,
		.cost = &cost_preset_find("cpython313")->machine,
		.end_ns = ABSENT,
	};
	struct error err = {""};
	struct rusage usage;
	if (steps || convoys) {
		bench.threads_n = number(arguments[2]);
		options.cores_n = number(arguments[3]);
		bench.events_n = number(arguments[4]);
	}
	if (bench.threads_n < 1 || options.cores_n < 1 ||
	    options.cores_n > VIRTUAL_CORES_MOST) {
		fprintf(stderr, "Usage: events steps THREADS CORES EVENTS\n"
				"       events convoy THREADS CORES\n");
		return 2;
	}
	bench.threads = calloc((size_t)bench.threads_n, sizeof *bench.threads);
	bench.stats = calloc((size_t)bench.threads_n, sizeof *bench.stats);
	if (!bench.threads || !bench.stats ||
	    virtual_run(&options, start_and_join, steps ? take_steps : take_lock, &err)) {
		fprintf(stderr, "events: %s\n", *err.text ? err.text : "no memory");
		return 3;
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("%" PRId64 " %.3f %ld %" PRId64 "\n", virtual_counts().events_n,
	       seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime), usage.ru_maxrss / 1024,
	       takes_n());
	return 0;
}
