/* limits - what this machine can do at best: see docs/performance.md.
 *
 * Usage: limits ROW...              each of: jacobi-N, add, read, triad, thread
 *        limits start COMMAND...    a whole program, from its start until it has ended
 * Prints for each a line: its name, ns of a unit (the best of some goes; CPU time, but for thread
 * and start), and for jacobi-N the sum of the grid, to ten digits. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "limits_loops.h"

enum { ARRAY_N = 16 << 20 };

/* A row does its work once, of `n` units, and says how long that took; below 0 is an errno. */
struct row {
	const char *name;
	int64_t (*take_ns)(int64_t n);
	int64_t n;
	int goes_n;
};

static double grid_sum = NAN; /* of the last jacobi */
static char **command;        /* of start */

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* A grid of zeros below a row of ones, all of it touched. */
static double *new_grid(size_t n)
{
	double *grid = malloc(n * n * sizeof *grid);
	for (size_t k = 0; grid && k < n * n; k++)
		grid[k] = k < n;
	return grid;
}

/* Some 50 to 200 ms of updates: as many as bench/peers.rows has. */
static int64_t updates_n(int64_t n)
{
	return n == 2000 ? 60 : INT64_C(180000000) / (n * n);
}

static int64_t jacobi_ns(int64_t n)
{
	double *to = new_grid((size_t)n), *old = new_grid((size_t)n);
	int64_t took_ns = -ENOMEM;
	if (to && old) {
		int64_t began_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID);
		for (int64_t k = 0; k < updates_n(n); k++) {
			double *newest = to;
			jacobi(to, old, (size_t)n);
			to = old;
			old = newest;
		}
		took_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID) - began_ns;
		grid_sum = 0;
		for (int64_t k = 0; k < n * n; k++)
			/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): new_grid's n */
			grid_sum += old[k];
	}
	free(to);
	free(old);
	return took_ns;
}

static volatile uint64_t sink;

static int64_t add_ns(int64_t n)
{
	int64_t began_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	sink = dependent_adds(n);
	return now_ns(CLOCK_PROCESS_CPUTIME_ID) - began_ns;
}

static int64_t read_ns(int64_t n)
{
	static uint64_t *numbers;
	if (!numbers && !(numbers = malloc((size_t)n * sizeof *numbers)))
		return -ENOMEM;
	memset(numbers, 1, (size_t)n * sizeof *numbers);
	int64_t began_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	sink = read_all(numbers, (size_t)n);
	return now_ns(CLOCK_PROCESS_CPUTIME_ID) - began_ns;
}

static int64_t triad_ns(int64_t n)
{
	static double *arrays; /* a, b, c */
	if (!arrays && !(arrays = malloc(3 * (size_t)n * sizeof *arrays)))
		return -ENOMEM;
	for (int64_t k = 0; k < 3 * n; k++)
		arrays[k] = 1;
	int64_t began_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	triad(arrays, arrays + n, arrays + 2 * n, 3, (size_t)n);
	return now_ns(CLOCK_PROCESS_CPUTIME_ID) - began_ns;
}

static void *end_at_once(void *unused)
{
	return unused;
}

static int64_t thread_ns(int64_t n)
{
	int64_t began_ns = now_ns(CLOCK_MONOTONIC);
	for (int64_t k = 0; k < n; k++) {
		pthread_t thread;
		int failed = pthread_create(&thread, NULL, end_at_once, NULL);
		if (failed)
			return -failed;
		pthread_join(thread, NULL);
	}
	return now_ns(CLOCK_MONOTONIC) - began_ns;
}

static int start_once(const posix_spawn_file_actions_t *files)
{
	pid_t child;
	int status;
	int failed = posix_spawnp(&child, command[0], files, NULL, command, environ);
	if (failed)
		return -failed;
	if (waitpid(child, &status, 0) < 0)
		return -errno;
	return status ? -ECHILD : 0;
}

/* What it says is thrown away. */
static int64_t start_ns(int64_t n)
{
	posix_spawn_file_actions_t files;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	int failed = 0;
	int64_t began_ns = now_ns(CLOCK_MONOTONIC);
	for (int64_t k = 0; k < n && !failed; k++)
		failed = start_once(&files);
	int64_t took_ns = now_ns(CLOCK_MONOTONIC) - began_ns;
	posix_spawn_file_actions_destroy(&files);
	return failed ? failed : took_ns;
}

/* The units of a go: of jacobi they follow from the side. */
static int64_t units_n(const struct row *row)
{
	return row->take_ns == jacobi_ns ? (row->n - 2) * (row->n - 2) * updates_n(row->n) : row->n;
}

static bool find(const char *name, struct row *row)
{
	static const struct row rows[] = {
		{"add", add_ns, 100000000, 5}, {"read", read_ns, ARRAY_N, 5},
		{"triad", triad_ns, ARRAY_N, 5}, {"thread", thread_ns, 1, 50},
		{"start", start_ns, 1, 20},
	};
	static const char jacobi[] = "jacobi-";
	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
		if (strcmp(name, rows[k].name) == 0) {
			*row = rows[k];
			return true;
		}
	if (strncmp(name, jacobi, strlen(jacobi)) != 0)
		return false;
	char *end;
	int64_t side = strtoll(name + strlen(jacobi), &end, 10);
	if (*end || side < 3 || side > 20000)
		return false;
	*row = (struct row){name, jacobi_ns, side, 5};
	return true;
}

static int print_row(const struct row *row)
{
	int64_t best_ns = INT64_MAX;
	for (int go = 0; go < row->goes_n; go++) {
		int64_t took_ns = row->take_ns(row->n);
		if (took_ns < 0) {
			fprintf(stderr, "limits: %s %s: %s\n", row->name, command ? command[0] : "",
				took_ns == -ECHILD ? "it fails" : strerror((int)-took_ns));
			return 3;
		}
		best_ns = took_ns < best_ns ? took_ns : best_ns;
	}
	printf("%s %.6g", row->name, (double)best_ns / (double)units_n(row));
	if (row->take_ns == jacobi_ns)
		printf(" %.9e", grid_sum);
	puts("");
	return 0;
}

int main(int arguments_n, char **arguments)
{
	struct row row;
	int failed = arguments_n < 2 ? 2 : 0;
	for (int k = 1; k < arguments_n && !failed && !command; k++) {
		bool found = find(arguments[k], &row);
		if (found && row.take_ns == start_ns)
			command = arguments + k + 1;
		failed = !found || (command && !command[0]) ? 2 : print_row(&row);
	}
	if (failed == 2)
		fprintf(stderr, "Usage: limits jacobi-N | add | read | triad | thread...\n"
				"       limits start COMMAND...\n");
	return failed;
}
