/* scenario - different threads side by side around one lock, as a file describes them. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/world.h"
#include "report/report.h"
#include "report/scenario.h"
#include "world/virtual.h"

struct choices {
	const char *file;
	int64_t repeats;
	bool is_json, is_quiet;
	const char *output;	  /* NULL: none */
	int64_t accounting;	  /* ABSENT: the file's */
	int64_t world;		  /* ABSENT: the file's */
	int64_t cores, seed;	  /* ABSENT: the default */
	const char *cost;	  /* NULL: the default */
	struct error *err;
};

enum key {
	KEY_REPS = 1000,
	KEY_FORMAT,
	KEY_OUTPUT,
	KEY_ACCOUNTING,
	KEY_WORLD,
	KEY_CORES,
	KEY_SEED,
	KEY_COST,
	KEY_QUIET
};

static const struct argp_option argp_options[] = {
	{.doc = "In which world:"},
	{.name = "world", .key = KEY_WORLD, .arg = "WORLD",
	 .doc = "real, or virtual: in simulated time, on simulated cores (default the file's, or "
		"real)"},
	{.name = "cores", .key = KEY_CORES, .arg = "N", .doc = "virtual: cores (default 8)"},
	{.name = "seed", .key = KEY_SEED, .arg = "N",
	 .doc = "virtual: of the first repeat; the k-th behind it has k more (default 1)"},
	{.name = "cost", .key = KEY_COST, .arg = "FILE|PRESET",
	 .doc = "virtual: what everything takes: cpython27, cpython311, cpython313, or a file of "
		"gilsim calibrate (default a calibration of this machine, made once and kept)"},
	{.doc = "How to measure:"},
	{.name = "reps", .key = KEY_REPS, .arg = "N", .doc = "repeats (default 3)"},
	{.name = "accounting", .key = KEY_ACCOUNTING, .arg = "LEVEL",
	 .doc = "off, counts, or full: also splits running into bytecode and native, so that it "
		"is known who has the lock (default the file's, or counts)"},
	{.doc = "What to write:"},
	{.name = "format", .key = KEY_FORMAT, .arg = "NAME",
	 .doc = "of standard output: table (default) or json"},
	{.name = "output", .key = KEY_OUTPUT, .arg = "FILE.json", .doc = "write FILE.json too"},
	{.name = "quiet", .key = KEY_QUIET,
	 .doc = "nothing on standard output when there is an --output"},
	{0},
};

static int read_format(struct choices *c, const char *text)
{
	c->is_json = strcmp(text, "json") == 0;
	if (!c->is_json && strcmp(text, "table") != 0)
		return error_set(c->err, EINVAL, "--format: '%.40s' must be table or json", text);
	return 0;
}

static int read_output(struct choices *c, const char *path)
{
	c->output = path;
	if (format_of_file(path) != format_find("json"))
		return error_set(c->err, EINVAL, "--output=%.80s: must end in .json", path);
	return 0;
}

static error_t on_argp(int key, char *text, struct argp_state *state)
{
	struct choices *c = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->err_stream = NULL; /* getopt's own line, which names the option, is enough */
		return 0;
	case ARGP_KEY_ARG:
		return argument_file(&c->file, text, c->err);
	case ARGP_KEY_NO_ARGS:
		return error_set(c->err, EINVAL, "scenario: must name a file, as in "
						 "gilsim scenario FILE.json");
	case KEY_REPS:
		return -parse_whole("--reps", text, 1, 1000000, &c->repeats, c->err);
	case KEY_FORMAT:
		return read_format(c, text);
	case KEY_OUTPUT:
		return read_output(c, text);
	case KEY_ACCOUNTING:
		return argument_name("--accounting", text, accounting_names, ACCOUNTINGS_N,
				     &c->accounting, c->err);
	case KEY_WORLD:
		return argument_name("--world", text, world_names, WORLDS_N, &c->world, c->err);
	case KEY_CORES:
		return -parse_whole("--cores", text, 1, VIRTUAL_CORES_MOST, &c->cores, c->err);
	case KEY_SEED:
		return -parse_whole("--seed", text, 0, SEED_MOST, &c->seed, c->err);
	case KEY_COST:
		c->cost = text;
		return 0;
	case KEY_QUIET:
		c->is_quiet = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char doc[] =
	"gilsim scenario FILE.json runs different threads side by side around one lock, as "
	"FILE.json describes them.\v"
	"The file is explained in docs/scenarios.md; bench/scenarios has examples:\n"
	"  gilsim scenario bench/scenarios/fib-held-free.json\n"
	"  gilsim scenario --accounting=full bench/scenarios/fairness.json\n"
	"  gilsim scenario --world=virtual --cores=64 bench/scenarios/fairness.json\n\n"
	"Exit status: 0 all results right, 1 a result was wrong or nobody could ever go on, 2 bad "
	"input, 3 a resource failed, 130 interrupted.";

static const struct argp argp = {argp_options, on_argp, "FILE.json", doc, NULL, NULL, NULL};

static int repeat(struct scenario_results *results, struct error *err)
{
	struct scenario_repeat fresh;
	int failed = was_interrupted() ? error_set(err, -EINTR, "interrupted") : 0;
	if (!failed)
		failed = scenario_measure(results->scenario, (int64_t)results->repeats_n, goes_on,
					  NULL, &fresh, err);
	if (failed)
		return failed;
	struct scenario_repeat *kept =
		array_push((void **)&results->repeats, &results->repeats_n, sizeof *kept);
	if (!kept) {
		scenario_repeat_free(&fresh);
		return error_set(err, -ENOMEM, "repeats: no memory");
	}
	*kept = fresh;
	return 0;
}

/* A file gets JSON; standard output what was asked for. */
static int write_results(const struct choices *c, struct scenario_results *results,
			 struct error *err)
{
	const struct output file = {.path = c->output}, out = {0};
	if (scenario_finish(results))
		return error_set(err, -ENOMEM, "%.80s: results: no memory", c->file);
	struct error why;
	int failed = c->output ? output_write(&file, scenario_write_json, results, err) : 0;
	if (c->is_quiet && c->output)
		return failed;
	int untold = output_write(&out, c->is_json ? scenario_write_json : scenario_write_table,
				  results, &why);
	return error_first(failed, untold, &why, err);
}

static int check_outputs(const struct choices *c, struct error *err)
{
	const struct output file = {.path = c->output}, out = {0};
	int failed = c->output ? outputs_check(&file, 1, err) : 0;
	if (!failed && !(c->is_quiet && c->output))
		failed = outputs_check(&out, 1, err);
	return failed;
}

/* What was finished is written also after an interrupt or a failure. */
static int measure_all(const struct choices *c, const struct scenario *s, struct error *err)
{
	struct scenario_results results = {.scenario = s};
	struct error why;
	int failed = 0, unwritten = 0;
	catch_interrupts();
	for (int64_t k = 0; k < c->repeats && !failed; k++)
		failed = repeat(&results, err);
	if (results.repeats_n)
		unwritten = write_results(c, &results, &why);
	if (!failed && unwritten)
		*err = why;
	for (size_t k = 0; k < results.repeats_n; k++)
		scenario_repeat_free(&results.repeats[k]);
	free(results.repeats);
	return failed ? failed : unwritten;
}

/* What was asked for goes before what the file says. */
static int open_asked(const struct choices *c, struct scenario *s, struct cost_choice *costs,
		      struct error *err)
{
	int failed = scenario_read(s, c->file, err);
	if (failed)
		return failed;
	int64_t world = c->world == ABSENT ? (int64_t)s->world.world : c->world;
	if (world != WORLD_REAL)
		failed = virtual_open(costs, c->cost, isatty(STDERR_FILENO), err);
	s->world = world_choose(world, c->cores, c->seed, costs->model);
	if (c->accounting != ABSENT)
		s->accounting = (enum accounting)c->accounting;
	return failed ? failed : scenario_prepare(s, err);
}

static int run(const struct choices *c, struct error *err)
{
	struct scenario s;
	struct cost_choice costs = {0};
	int failed = open_asked(c, &s, &costs, err);
	if (!failed)
		failed = check_outputs(c, err);
	if (!failed)
		failed = measure_all(c, &s, err);
	scenario_close(&s);
	cost_choice_free(&costs);
	return failed;
}

int command_scenario(int argc, char **argv)
{
	struct error err = {""};
	struct choices c = {
		.repeats = 3,
		.accounting = ABSENT,
		.world = ABSENT,
		.cores = ABSENT,
		.seed = ABSENT,
		.err = &err,
	};
	int failed = arguments_read(&argp, argc, argv, &c, &err);
	if (!failed)
		failed = run(&c, &err);
	int status = !failed		  ? EXIT_ALL_RIGHT
		     : failed == -EBADMSG ? EXIT_WRONG_RESULT
					  : (int)exit_status_of(failed);
	return command_end(status, false, &err);
}
