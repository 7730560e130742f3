/* calibrate - the cost model of this machine, for the virtual world. */
#include "cli/calibrate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "measure/calibrate.h"
#include "measure/cost_file.h"

static void show_progress(void *context, int64_t done_n, int64_t total_n, const char *what)
{
	const bool *shows = context;
	if (*shows)
		fprintf(stderr, "\r\033[Kcalibration, step %" PRId64 " of %" PRId64 ": %s", done_n,
			total_n, what);
}

static int write_model(FILE *file, const void *content)
{
	return cost_write(file, content);
}

/* All folders on the way to the file. */
static int make_folders(char *path)
{
	for (char *slash = path + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		int failed = mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
		if (failed)
			return failed; /* the path ends where it failed */
	}
	return 0;
}

static int measure_into(const struct output *target, int64_t rounds_n, bool shows_progress,
			struct error *err)
{
	struct cost_model m;
	const struct calibrate_observer observer = {
		.context = &shows_progress,
		.progress = show_progress,
		.go_on = goes_on,
	};
	catch_interrupts();
	int failed = cost_calibrate(&m, rounds_n, &observer, err);
	if (shows_progress)
		fprintf(stderr, "\r\033[K");
	if (!failed)
		failed = output_write(target, write_model, &m, err);
	cost_free(&m);
	return failed;
}

static int keep(int64_t rounds_n, bool shows_progress, struct error *err)
{
	char *path = cost_kept_path();
	if (!path)
		return error_set(err, -EINVAL, "calibrate: there is no HOME to keep it in: name a "
					       "file by --output=FILE.json");
	const struct output target = {.path = path};
	int failed = make_folders(path);
	if (failed)
		error_set(err, failed, "%.80s: cannot be made: %s", path, strerror(-failed));
	else
		failed = outputs_check(&target, 1, err);
	if (!failed)
		failed = measure_into(&target, rounds_n, shows_progress, err);
	if (!failed)
		fprintf(stderr, "gilsim: the calibration of this machine is kept in %s\n", path);
	free(path);
	return failed;
}

int calibrate_and_keep(bool shows_progress, struct error *err)
{
	return keep(CALIBRATE_ROUNDS, shows_progress, err);
}

/* The files that were named; standard output, which is behind them, gets nothing. */
static int calibrate_into_file(const struct options *o, bool shows_progress, struct error *err)
{
	const struct output *target = &o->outputs[0];
	if (o->outputs_n > 2 || target->format != format_find("json"))
		return error_set(err, -EINVAL, "--output=%.80s: calibrate writes one file, whose "
					       "name must end in .json",
				 target->path);
	int failed = outputs_check(target, 1, err);
	return failed ? failed
		      : measure_into(target, o->measure.repeats[WORLD_REAL], shows_progress, err);
}

static const char doc[] =
	"Measures what everything takes on this machine, for the virtual world: steps of the lock, "
	"wake-ups, threads, processes, pipes, memory, and, on one thread, the opcodes and native "
	"calls of each workload.  Lasts some 20 seconds with --reps=15, the default; whatever else "
	"runs then disturbs it.\v"
	"Without --output the result is kept in ${XDG_CACHE_HOME:-$HOME/.cache}/gilsim/"
	"cost-HOST.json, where gilsim --world=virtual looks for it.\n\n"
	"Examples:\n"
	"  gilsim calibrate\n"
	"  gilsim calibrate --output=cost.json && gilsim --world=virtual --cost=cost.json\n\n"
	"Exit status: 0 measured, 2 bad input, 3 a resource failed, 130 interrupted.";

int command_calibrate(int argc, char **argv)
{
	static const char *const takes[] = {"reps", "output", "progress", NULL};
	static const struct options_of command = {
		.doc = doc,
		.takes = takes,
		.repeats = {CALIBRATE_ROUNDS, CALIBRATE_ROUNDS},
	};
	struct options o = {0};
	struct error err = {""};
	int failed = options_read(&o, &command, argc, argv, &err);
	bool shows_progress = options_show_progress(&o);
	if (!failed && o.outputs_n > 1)
		failed = calibrate_into_file(&o, shows_progress, &err);
	else if (!failed)
		failed = keep(o.measure.repeats[WORLD_REAL], shows_progress, &err);
	options_free(&o);
	return command_end(failed ? (int)exit_status_of(failed) : EXIT_ALL_RIGHT, false, &err);
}
