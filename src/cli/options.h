/* options.h - the command line, read.
 *
 * Errors   -EINVAL with one line that names the option and what would be accepted.
 * Owner    options_free, safe on a zeroed struct. */
#pragma once

#include "cli/world.h"
#include "report/report.h"
#include "workload/own.h"

/* In the order in which they multiply rows. */
enum axis {
#define GROUP(title)
#define AXIS(ID, name, ARG, kind, source, least, most, help) AXIS_##ID,
#define OPTION(ID, name, ARG, help)
#include "cli/options.def"
#undef GROUP
#undef AXIS
#undef OPTION
	AXES_N
};

/* Values chosen on an axis: numbers, nanoseconds, or places in the registry.  An axis
 * that was not given has one value, ABSENT: the default. */
struct axis_values {
	int64_t *values;
	size_t n;
};

enum progress_when { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

enum { OPTIONS_FILES_MOST = 2 };

struct options {
	struct axis_values axes[AXES_N];
	const char *kernel, *program, *scenario, *from; /* files; NULL: not given */
	const char *files[OPTIONS_FILES_MOST]; /* those of options_of.files */
	const char *cost;	 /* a file or a preset; NULL: not given */
	struct cost_choice costs; /* see options_open_world */
	int64_t work_divisor; /* by how much preset work is divided, or 1 */
	struct measure_options measure;
	const struct format *format; /* as --format names it */
	struct output *outputs;	     /* the files, then standard output unless silent */
	size_t outputs_n;
	enum progress_when progress;
	bool resume, quiet, plot;
	double threshold; /* a part of one */
	bool force;
	bool may_be_auto, is_auto; /* --reps=auto */
};

/* What a command makes of the options. */
struct options_of {
	const char *doc;	  /* for --help, in argp's manner */
	/* Their names, ended by NULL: those that it takes, or, if that is NULL, all but those
	 * that it lacks. */
	const char *const *takes, *const *lacks;
	int64_t repeats[WORLDS_N]; /* when the user names no number */
	const char *files; /* how --help names the files_n files that it takes; NULL: none */
	size_t files_n;
};

/* Reads argv[1..]; prints and exits by itself for --help, --usage and --version.  What
 * getopt finds wrong it has said itself: the text of err is empty then. */
int options_read(struct options *o, const struct options_of *command, int argc, char **argv,
		 struct error *err);
void options_free(struct options *o);

/* Whether progress is shown on standard error. */
bool options_show_progress(const struct options *o);

/* Opens the virtual world, if that is in the options; see virtual_open. */
int options_open_world(struct options *o, struct error *err);

/* Of the first values of their axes: what a command that takes one of each runs on. */
struct world_choice options_world(const struct options *o);

/* Opens the kernel or program that was given; without one own->workload has no name. */
int options_open_own(const struct options *o, struct own *own, struct error *err);

/* Appends all settings that the axes name and that are not there yet, in order; the caller
 * frees, also after a failure.  `own` is what to run instead of --workload if it has a name;
 * it outlives the settings. */
int options_settings(const struct options *o, const struct own *own, struct setting **settings,
		     size_t *n, struct error *err);
