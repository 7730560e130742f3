/* overhead - what a run takes beside its work, in each mode: see bench/overhead.
 *
 * Usage: overhead RUNS THREADS...
 * Prints a line for each mode and number of threads: both, then in us the shortest and the median
 * of starting and joining as many threads or processes that do nothing, and of runs of an
 * increment each.  They take turns, in a process forked for it as gilsim forks its own. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/runner.h"

extern const struct workload workload_count;
enum { BARE, RUN, KINDS_N };

enum { THREADS_MOST = 1024 };

struct bench {
	const struct mode *mode;
	int64_t threads, runs_n;
	int64_t *ns[KINDS_N];
	struct worker *workers;
	struct error err;
};

static void *end_thread(void *argument)
{
	return argument;
}

static int run_bare_threads(int64_t n)
{
	static struct world_thread threads[THREADS_MOST];
	int failed = 0;
	for (int64_t k = 0; k < n && !failed; k++)
		failed = world_spawn(&threads[k], end_thread, NULL);
	for (int64_t k = 0; k < n && !failed; k++)
		world_join(&threads[k]);
	return failed;
}

static int run_bare_processes(int64_t n)
{
	for (int64_t k = 0; k < n; k++) {
		pid_t id = fork();
		if (id == 0)
			_exit(0);
		if (id < 0)
			return id;
	}
	while (wait(NULL) > 0)
		;
	return 0;
}

/* A team has as many threads as other modes have workers. */
static int run_bare(struct bench *b, int64_t *ns)
{
	int64_t n = b->mode->teams ? b->threads : mode_workers_n(b->mode, b->threads);
	int64_t began_ns = world_now_ns();
	int failed = b->mode->forks ? run_bare_processes(n) : run_bare_threads(n);
	*ns = world_now_ns() - began_ns;
	return failed ? error_set(&b->err, failed, "%" PRId64 " threads: not to be had", n) : 0;
}

static int run_work(struct bench *b, const struct work *work, int64_t *ns)
{
	const struct run run = {
		.mode = b->mode,
		.work = work,
		.policy = b->mode->has_no_lock ? gil_policy_find("none") : gil_policies,
		.interval_ns = ABSENT,
		.ticks = ABSENT,
		.counts = b->mode->has_no_lock ? COUNTS_BIASED : COUNTS_PLAIN,
		.threads = b->threads,
		.accounting = ACCOUNTING_COUNTS,
		.chunks = ABSENT,
	};
	struct outcome outcome;
	int failed = mode_run(&run, b->workers, &outcome, &b->err);
	*ns = outcome.wall_ns;
	return failed;
}

static enum engine engine_of(const struct mode *mode)
{
	return mode->teams ? ENGINE_NATIVE : ENGINE_BYTECODE;
}

static int compare_ns(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void print_mode(struct bench *b)
{
	printf("%s %" PRId64, b->mode->name, b->threads);
	for (int kind = 0; kind < KINDS_N; kind++) {
		qsort(b->ns[kind], (size_t)b->runs_n, sizeof *b->ns[kind], compare_ns);
		int64_t least_ns = b->ns[kind][0], median_ns = b->ns[kind][b->runs_n / 2];
		printf(" %.1f %.1f", (double)least_ns / 1e3, (double)median_ns / 1e3);
	}
	printf("\n");
}

/* The first run is a warm-up, as gilsim's is. */
static int measure_mode(struct bench *b)
{
	struct job job = {
		.workload = &workload_count,
		.engine = engine_of(b->mode),
		.size = b->threads,
		.tasks = ABSENT,
		.iterations = ABSENT,
		.threads = b->threads,
		.workers = mode_shares_n(b->mode, b->threads),
	};
	struct work work;
	int64_t unused;
	int failed = work_open(&work, &job, NULL, &b->err);
	if (failed)
		return failed;
	failed = run_work(b, &work, &unused);
	for (int64_t k = 0; k < b->runs_n && !failed; k++) {
		failed = run_bare(b, &b->ns[BARE][k]);
		if (!failed)
			failed = run_work(b, &work, &b->ns[RUN][k]);
	}
	work_close(&work);
	if (!failed)
		print_mode(b);
	return failed;
}

static int measure(const struct world_channel *parent, void *argument)
{
	struct bench *b = argument;
	(void)parent;
	runner_enter_regime();
	int failed = measure_mode(b);
	if (failed)
		fprintf(stderr, "overhead: %s\n", b->err.text);
	fflush(stdout);
	return failed != 0;
}

/* Each mode in a process of its own, for some leave threads behind. */
static int fork_each(struct bench *b)
{
	int status = 0;
	for (size_t k = 0; k < modes_n && !status; k++) {
		struct world_process process;
		struct error unavailable;
		b->mode = modes[k];
		if (mode_fits(b->mode, &workload_count, engine_of(b->mode), &unavailable))
			continue;
		if (world_fork(&process, false, measure, b))
			return EXIT_FAILURE;
		world_wait(&process, &status, NULL);
	}
	return status;
}

static int64_t number(const char *text)
{
	return text ? strtoll(text, NULL, 10) : 0;
}

int main(int arguments_n, char **arguments)
{
	static struct bench b;
	b.runs_n = arguments_n > 2 ? number(arguments[1]) : 0;
	for (int kind = 0; kind < KINDS_N; kind++)
		b.ns[kind] = calloc((size_t)b.runs_n + 1, sizeof *b.ns[kind]);
	b.workers = world_share(THREADS_MOST * sizeof *b.workers);
	int failed = b.runs_n < 1 || !b.ns[BARE] || !b.ns[RUN] || !b.workers;
	for (int k = 2; k < arguments_n && !failed; k++) {
		b.threads = number(arguments[k]);
		failed = b.threads < 1 || b.threads > THREADS_MOST || fork_each(&b);
	}
	if (failed)
		fprintf(stderr, "Usage: overhead RUNS THREADS...\n");
	return failed ? 2 : 0;
}
