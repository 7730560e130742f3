#include "cli/axes.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "cli/arguments.h"
#include "report/metrics.h"
#include "world/host.h"
#include "world/virtual.h"

static const char *progress_nth(size_t k)
{
	static const char *const names[] = {"auto", "always", "never"};
	return k < sizeof names / sizeof *names ? names[k] : NULL;
}

static const char *format_nth(size_t k)
{
	return k < formats_n ? formats[k]->name : NULL;
}

enum { KEY_FIRST = 1000 };
enum key {
	KEY_BEFORE = KEY_FIRST - 1,
#define GROUP(title)
#define AXIS(ID, name, ARG, kind, source, least, most, help) KEY_##ID,
#define OPTION(ID, name, ARG, help) KEY_##ID,
#include "cli/options.def"
#undef AXIS
#undef OPTION
	KEY_BEHIND
};

/* What argp is told of each kind of axis. */
enum {
	NAMES_FLAGS = 0,
	WHOLES_FLAGS = 0,
	DURATIONS_FLAGS = 0,
	PACES_FLAGS = 0,
	SWITCHES_FLAGS = OPTION_ARG_OPTIONAL,
};

static const struct argp_option argp_options[] = {
#undef GROUP
#define GROUP(title) {.doc = title ":"},
#define AXIS(ID, text, ARG, kind, source, least, most, help) \
	{.name = text, .key = KEY_##ID, .arg = ARG, .flags = kind##_FLAGS, .doc = help},
#define OPTION(ID, text, ARG, help) {.name = text, .key = KEY_##ID, .arg = ARG, .doc = help},
#include "cli/options.def"
#undef GROUP
#undef AXIS
#undef OPTION
	{0},
};

enum { ARGP_OPTIONS_N = sizeof argp_options / sizeof *argp_options };

static bool is_among(const struct argp_option *option, const char *const *names)
{
	for (; names && *names; names++)
		if (strcmp(*names, option->name) == 0)
			return true;
	return false;
}

static bool is_taken(const struct argp_option *option, const struct options_of *command)
{
	return command->takes ? is_among(option, command->takes)
			      : !is_among(option, command->lacks);
}

/* A title with no option behind it is left out, too. */
static void choose_options(const struct options_of *command,
			   struct argp_option chosen[ARGP_OPTIONS_N])
{
	size_t n = 0;
	for (const struct argp_option *o = argp_options; o->name || o->doc; o++) {
		if (!o->name && n > 0 && !chosen[n - 1].name)
			n--;
		if (!o->name || is_taken(o, command))
			chosen[n++] = *o;
	}
	n -= n > 0 && !chosen[n - 1].name;
	chosen[n] = (struct argp_option){0};
}

static bool takes(const struct options_of *command, const char *name)
{
	return is_taken(&(struct argp_option){.name = name}, command);
}

/* Where an interval has settled enough to decide when to stop. */
enum { AUTO_REPEATS_LEAST = 10 };

static int parse_axis(struct options *o, enum key key, const char *text, struct error *err)
{
	switch (key) {
#define GROUP(title)
#define AXIS(ID, name, ARG, kind, source, least, most, help) \
	case KEY_##ID: \
		return axis_parse(AXIS_##ID, text, &o->axes[AXIS_##ID], err);
#define OPTION(ID, name, ARG, help)
#include "cli/options.def"
#undef GROUP
#undef AXIS
#undef OPTION
	default:
		return -ENOENT;
	}
}

/* path NULL is standard output. */
static int add_output(struct options *o, const char *path, const struct format *format,
		      struct error *err)
{
	struct output *output = array_push((void **)&o->outputs, &o->outputs_n, sizeof *output);
	if (!output)
		return error_set(err, -ENOMEM, "--output: no memory");
	*output = (struct output){.path = path, .format = format};
	return 0;
}

static int add_file(struct options *o, const char *path, struct error *err)
{
	if (!*path)
		return error_set(err, -EINVAL, "--output: must name a file");
	for (size_t k = 0; k < o->outputs_n; k++)
		if (strcmp(o->outputs[k].path, path) == 0)
			return error_set(err, -EINVAL, "--output=%.80s: must be given once", path);
	return add_output(o, path, format_of_file(path), err);
}

static int keep_path(const char *what, const char *text, const char **path, struct error *err)
{
	if (!*text || *path)
		return error_set(err, -EINVAL, "%s: must name %s", what,
				 *text ? "one file, not two" : "a file");
	*path = text;
	return 0;
}

static int parse_repeats(struct options *o, const char *text, struct error *err)
{
	int64_t value = AUTO_REPEATS_LEAST;
	o->is_auto = o->may_be_auto && strcmp(text, "auto") == 0;
	int failed = o->is_auto ? 0 : parse_whole("--reps", text, 1, 1000000, &value, err);
	for (int world = 0; world < WORLDS_N; world++)
		o->measure.repeats[world] = value;
	return failed;
}

static int parse_option(struct options *o, enum key key, const char *text, struct error *err)
{
	int64_t value = 0;
	int failed;
	switch (key) {
	case KEY_KERNEL:
		return keep_path("--kernel", text, &o->kernel, err);
	case KEY_PROGRAM:
		return keep_path("--program", text, &o->program, err);
	case KEY_SCENARIO:
		return keep_path("--scenario", text, &o->scenario, err);
	case KEY_FROM:
		return keep_path("--from", text, &o->from, err);
	case KEY_COST:
		return keep_path("--cost", text, &o->cost, err);
	case KEY_REPS:
		return parse_repeats(o, text, err);
	case KEY_PRECISION:
		return parse_percent("--precision", text, &o->measure.precision, err);
	case KEY_MAX_TIME:
		return parse_duration("--max-time", text, &o->measure.max_time_ns, err);
	case KEY_ORDER_SEED:
		return parse_whole("--order-seed", text, 0, ORDER_SEED_MOST, &o->measure.order_seed,
				   err);
	case KEY_WARMUP:
		return parse_whole("--warmup", text, 0, 1000000, &o->measure.warmups, err);
	case KEY_MIN_TIME:
		return parse_duration("--min-time", text, &o->measure.min_time_ns, err);
	case KEY_THRESHOLD:
		return parse_percent("--threshold", text, &o->threshold, err);
	case KEY_FORCE:
		o->force = true;
		return 0;
	case KEY_FORMAT:
		failed = parse_name("--format", text, format_nth, &value, err);
		o->format = formats[value];
		return failed;
	case KEY_OUTPUT:
		return add_file(o, text, err);
	case KEY_PROGRESS:
		failed = parse_name("--progress", text, progress_nth, &value, err);
		o->progress = (enum progress_when)value;
		return failed;
	case KEY_RESUME:
		o->resume = true;
		return 0;
	case KEY_QUIET:
		o->quiet = true;
		return 0;
	case KEY_PLOT:
		o->plot = true;
		return 0;
	default:
		return parse_axis(o, key, text, err);
	}
}

struct reading {
	struct options *options;
	const struct options_of *command;
	struct error *err;
};

static error_t keep_file(struct reading *r, unsigned place, const char *text)
{
	const struct options_of *command = r->command;
	if (place >= command->files_n)
		return command->files
			       ? error_set(r->err, EINVAL, "%.80s: is a file too many: must be %s",
					   text, command->files)
			       : error_set(r->err, EINVAL,
					   "%.80s: must be an option, as in --threads=8", text);
	r->options->files[place] = text;
	return 0;
}

static error_t check_files_n(const struct reading *r, unsigned n)
{
	const struct options_of *command = r->command;
	if (n < command->files_n)
		return error_set(r->err, EINVAL, "files: must be %zu, %s, not %u",
				 command->files_n, command->files, n);
	return 0;
}

static error_t on_argp(int key, char *text, struct argp_state *state)
{
	struct reading *r = state->input;
	if (key == ARGP_KEY_INIT)
		state->err_stream = NULL; /* one line is enough: getopt's, which names the option */
	if (key == ARGP_KEY_ARG)
		return keep_file(r, state->arg_num, text);
	if (key == ARGP_KEY_END)
		return check_files_n(r, state->arg_num);
	if (key < KEY_FIRST || key >= KEY_BEHIND)
		return ARGP_ERR_UNKNOWN;
	return -parse_option(r->options, (enum key)key, text, r->err);
}

/* --format names what standard output gets, or, when there are files, what those get whose
 * ending says nothing: standard output then gets the table. */
static int complete_outputs(struct options *o, struct error *err)
{
	const struct format *table = format_find("table"), *jsonl = format_find("jsonl");
	size_t files_n = o->outputs_n, jsonl_n = 0;
	for (size_t k = 0; k < files_n; k++) {
		struct output *file = &o->outputs[k];
		if (!file->format && o->format != table)
			file->format = o->format;
		if (!file->format)
			return error_set(err, -EINVAL,
					 "--output=%.80s: must end in .json, .csv or .jsonl, or "
					 "--format must name its format",
					 file->path);
		jsonl_n += file->format == jsonl;
	}
	if (o->resume && jsonl_n != 1)
		return error_set(err, -EINVAL,
				 "--resume: needs one --output=FILE.jsonl to go on with");
	if (o->quiet && files_n)
		return 0;
	return add_output(o, NULL, files_n ? table : o->format, err);
}

/* It stands under the table. */
static int check_plot(const struct options *o, struct error *err)
{
	const struct output *last = &o->outputs[o->outputs_n - 1];
	if (o->plot && (last->path || last->format != format_find("table")))
		return error_set(err, -EINVAL,
				 "--plot: needs the table on standard output: neither --quiet nor "
				 "another --format");
	return 0;
}

static int check_work(const struct options *o, struct error *err)
{
	int given_n = (o->axes[AXIS_WORKLOAD].n > 0) + !!o->kernel + !!o->program;
	if (given_n > 1)
		return error_set(err, -EINVAL,
				 "--workload, --kernel, --program: must be one of them, not %d",
				 given_n);
	return 0;
}

static int complete_repeats(struct options *o, struct error *err)
{
	struct measure_options *m = &o->measure;
	if (!o->is_auto && (m->precision > 0 || m->max_time_ns))
		return error_set(err, -EINVAL, "--precision, --max-time: need --reps=auto");
	if (o->is_auto && !(m->precision > 0))
		m->precision = 0.02;
	if (o->is_auto && !m->max_time_ns)
		m->max_time_ns = INT64_C(60000000000);
	return 0;
}

/* An axis that was not given has one value, the default. */
static int complete_axes(struct options *o, struct error *err)
{
	for (size_t k = 0; k < AXES_N; k++) {
		struct axis_values *axis = &o->axes[k];
		if (axis->n)
			continue;
		int64_t *value = array_push((void **)&axis->values, &axis->n, sizeof *value);
		if (!value)
			return error_set(err, -ENOMEM, "options: no memory");
		*value = ABSENT;
	}
	return 0;
}

int options_read(struct options *o, const struct options_of *command, int argc, char **argv,
		 struct error *err)
{
	struct argp_option chosen[ARGP_OPTIONS_N];
	const struct argp argp = {chosen, on_argp, command->files, command->doc,
				   NULL,   NULL,    NULL};
	choose_options(command, chosen);
	*o = (struct options){
		.measure.warmups = 1,
		.measure.order_seed = order_seed(),
		.may_be_auto = takes(command, "precision"),
		.work_divisor = 1,
		.threshold = 0.05,
		.format = format_find("table"),
	};
	memcpy(o->measure.repeats, command->repeats, sizeof o->measure.repeats);
	struct reading reading = {o, command, err};
	int failed = arguments_read(&argp, argc, argv, &reading, err);
	if (!failed)
		failed = check_work(o, err);
	if (!failed)
		failed = complete_repeats(o, err);
	if (!failed)
		failed = complete_outputs(o, err);
	if (!failed)
		failed = check_plot(o, err);
	return failed ? failed : complete_axes(o, err);
}

static bool is_in(const struct options *o, enum world world)
{
	const struct axis_values *asked = &o->axes[AXIS_WORLD];
	for (size_t k = 0; k < asked->n; k++)
		if (asked->values[k] == world)
			return true;
	return false;
}

bool options_show_progress(const struct options *o)
{
	return o->progress == PROGRESS_ALWAYS ||
	       (o->progress == PROGRESS_AUTO && isatty(STDERR_FILENO));
}

int options_open_world(struct options *o, struct error *err)
{
	int64_t *cores = &o->axes[AXIS_CORES].values[0];
	if (!is_in(o, WORLD_IN_VIRTUAL_TIME))
		return 0;
	if (*cores == ABSENT && is_in(o, WORLD_REAL))
		*cores = host_cores_allowed(); /* or both could not be compared */
	return virtual_open(&o->costs, o->cost, options_show_progress(o), err);
}

struct world_choice options_world(const struct options *o)
{
	return world_choose(o->axes[AXIS_WORLD].values[0], o->axes[AXIS_CORES].values[0],
			    o->axes[AXIS_SEED].values[0], o->costs.model);
}

int options_open_own(const struct options *o, struct own *own, struct error *err)
{
	*own = (struct own){0};
	if (o->kernel)
		return own_kernel_open(own, o->kernel, err);
	return o->program ? own_program_open(own, o->program, err) : 0;
}

void options_free(struct options *o)
{
	for (size_t k = 0; k < AXES_N; k++)
		free(o->axes[k].values);
	free(o->outputs);
	cost_choice_free(&o->costs);
	*o = (struct options){0};
}
