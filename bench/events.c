/* events - how fast the virtual world is: see bench/events.
 *
 * Usage: events steps THREADS CORES EVENTS
 *        events convoy THREADS CORES
 * steps: threads that only take time, each step another one: an event is little more than the
 * switch to the thread whose turn it is.  convoy: for a simulated second all threads but one take
 * the lock, and give it up for 50 us of native work, beside one that runs bytecode.
 * Prints the events, the seconds of CPU time, the peak of memory in MiB, and how often the lock
 * was taken. */
#include <errno.h>
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
	void *(*run)(void *argument);
	int64_t threads_n, events_n; /* events_n: of all, about */
	struct world_thread *threads;
	struct gil_stats *stats;
	struct gil gil;
	int failed;
} bench;

/* Begins when all have been started. */
static void *take_steps(void *argument)
{
	enum { START_NS = 50000 };
	uint64_t random = (uintptr_t)argument;
	world_sleep_until(START_NS * bench.threads_n);
	for (int64_t k = 0; k < bench.events_n / bench.threads_n; k++) {
		world_charge(1000 + (int64_t)(random_next(&random) >> 44));
		virtual_settle();
	}
	return NULL;
}

/* Until the world ends.  The first one runs bytecode, and looks at its breaker as a loop does. */
static __attribute__((noreturn)) void *take_lock(void *argument)
{
	enum { WORK_PS = 50000000, LOOP_PS = 40000 };
	intptr_t k = (intptr_t)argument;
	struct gil_thread self;
	gil_attach(&self, &bench.gil, "of the convoy", ACCOUNTING_COUNTS, &bench.stats[k]);
	gil_take(&self);
	for (;;)
		if (k > 0) {
			gil_section_begin(&self);
			world_charge(WORK_PS);
			virtual_settle();
			gil_section_end(&self);
		} else {
			world_charge(LOOP_PS);
			if (world_load(&self.breaker, RELAXED))
				gil_check(&self);
		}
}

static void start_and_join(void *unused)
{
	(void)unused;
	bench.failed = gil_open(&bench.gil, gil_policy_find("cpython"), ABSENT, ABSENT);
	for (int64_t k = 0; k < bench.threads_n && !bench.failed; k++)
		bench.failed = world_spawn(&bench.threads[k], bench.run, (void *)(intptr_t)k);
	for (int64_t k = 0; k < bench.threads_n && !bench.failed; k++)
		world_join(&bench.threads[k]);
}

/* A convoy goes on until its second is over. */
static int run(int64_t cores_n, int64_t end_ns)
{
	const struct virtual_options options = {
		.cores_n = cores_n,
		.seed = 1,
		.cost = &cost_preset_find("cpython313")->machine,
		.end_ns = end_ns,
	};
	bench.threads = calloc((size_t)bench.threads_n, sizeof *bench.threads);
	bench.stats = calloc((size_t)bench.threads_n, sizeof *bench.stats);
	if (!bench.threads || !bench.stats)
		return -ENOMEM;
	int failed = virtual_run(&options, start_and_join, NULL, NULL);
	return failed && failed != -ETIME ? failed : bench.failed;
}

static void print_figures(void)
{
	struct rusage usage;
	int64_t takes_n = 0;
	for (int64_t k = 0; k < bench.threads_n; k++)
		takes_n += bench.stats[k].takes_n;
	getrusage(RUSAGE_SELF, &usage);
	printf("%" PRId64 " %.3f %ld %" PRId64 "\n", virtual_counts().events_n,
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
	       usage.ru_maxrss / 1024, takes_n);
}

static int64_t number(const char *text)
{
	return text ? strtoll(text, NULL, 10) : 0;
}

int main(int arguments_n, char **arguments)
{
	bool steps = arguments_n == 5 && strcmp(arguments[1], "steps") == 0;
	bool convoys = arguments_n == 4 && strcmp(arguments[1], "convoy") == 0;
	int64_t cores_n = steps || convoys ? number(arguments[3]) : 0;
	bench.threads_n = cores_n ? number(arguments[2]) : 0;
	if (bench.threads_n < 1 || cores_n < 1 || cores_n > VIRTUAL_CORES_MOST) {
		fprintf(stderr, "Usage: events steps THREADS CORES EVENTS\n"
				"       events convoy THREADS CORES\n");
		return 2;
	}
	bench.events_n = number(arguments[4]);
	bench.run = steps ? take_steps : take_lock;
	int failed = run(cores_n, steps ? ABSENT : 1000000000);
	if (failed) {
		fprintf(stderr, "events: %s\n", strerror(-failed));
		return 3;
	}
	print_figures();
	return 0;
}
