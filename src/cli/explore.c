/* explore - one scenario under many schedules of the virtual world, its lock's invariants checked
 * after every event. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/world.h"
#include "scenario/explore.h"

struct choices {
	const char *file;
	int64_t first, last; /* seeds */
	int64_t cores;	     /* ABSENT: the default */
	const char *cost;
	int64_t schedules; /* enum schedules */
	bool keeps_going, logs;
	struct error *err;
};

enum key { KEY_SEEDS = 1000, KEY_CORES, KEY_COST, KEY_SCHEDULE, KEY_KEEP_GOING, KEY_LOG };

static const struct argp_option argp_options[] = {
	{.doc = "Which schedules:"},
	{.name = "seeds", .key = KEY_SEEDS, .arg = "A..B",
	 .doc = "a schedule each (default 1..1000)"},
	{.name = "cores", .key = KEY_CORES, .arg = "N",
	 .doc = "of the random schedules; those by priorities have one (default 8)"},
	{.name = "cost", .key = KEY_COST, .arg = "FILE|PRESET",
	 .doc = "what everything takes: cpython27, cpython311, cpython313, or a file of gilsim "
		"calibrate (default cpython313)"},
	{.name = "schedule", .key = KEY_SCHEDULE, .arg = "KIND",
	 .doc = "random: threads are held up now and then; priorities: the first of an order has "
		"the core, which changes now and then; both: by turns, odd seeds random (default "
		"both)"},
	{.doc = "What to do with them:"},
	{.name = "keep-going", .key = KEY_KEEP_GOING, .doc = "past seeds that fail, to the last"},
	{.name = "log", .key = KEY_LOG, .doc = "print what threads do to the lock, from the first"},
	{0},
};

/* One seed alone is its own range. */
static int read_seeds(struct choices *c, const char *text)
{
	char first[32];
	const char *dots = strstr(text, "..");
	size_t length = dots ? (size_t)(dots - text) : strlen(text);
	if (length >= sizeof first)
		return error_set(c->err, EINVAL, "--seeds: '%.40s' must be as 1..10000", text);
	memcpy(first, text, length);
	first[length] = '\0';
	if (parse_whole("--seeds", first, 0, SEED_MOST, &c->first, c->err))
		return EINVAL;
	c->last = c->first;
	return dots ? -parse_whole("--seeds", dots + 2, c->first, SEED_MOST, &c->last, c->err) : 0;
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
		return error_set(c->err, EINVAL, "explore: must name a file, as in "
						 "gilsim explore FILE.json");
	case KEY_SEEDS:
		return read_seeds(c, text);
	case KEY_CORES:
		return -parse_whole("--cores", text, 1, VIRTUAL_CORES_MOST, &c->cores, c->err);
	case KEY_COST:
		c->cost = text;
		return 0;
	case KEY_SCHEDULE:
		return argument_name("--schedule", text, schedules_names, SCHEDULES_CHOICES_N,
				     &c->schedules, c->err);
	case KEY_KEEP_GOING:
		c->keeps_going = true;
		return 0;
	case KEY_LOG:
		c->logs = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char doc[] =
	"gilsim explore FILE.json runs a scenario in the virtual world, once for each seed, which "
	"decides who is held up when, and looks after every event whether the lock keeps its "
	"rules.\v"
	"What is looked at is explained in docs/virtual.md, the file in docs/scenarios.md:\n"
	"  gilsim explore bench/scenarios/explore/three.json --seeds=1..10000\n"
	"  gilsim explore bench/scenarios/explore/deadlock.json\n\n"
	"Exit status: 0 all seeds kept all rules, 1 a rule was broken, nobody could go on, or a "
	"result was wrong, 2 bad input, 3 a resource failed, 130 interrupted.";

static const struct argp argp = {argp_options, on_argp, "FILE.json", doc, NULL, NULL, NULL};

/* --- what was found --- */

static const char *kind_of(const struct exploration *x, int64_t seed)
{
	bool is_random = schedule_of(x->schedules, seed) == SCHEDULE_RANDOM;
	return schedules_names[is_random ? SCHEDULES_RANDOM : SCHEDULES_PRIORITIES];
}

static void print_replay(const struct choices *c, const struct exploration *x, int64_t seed)
{
	printf("  again: gilsim explore %s --seeds=%" PRId64 "..%" PRId64, c->file, seed, seed);
	if (c->cores != ABSENT)
		printf(" --cores=%" PRId64, c->cores);
	if (c->cost)
		printf(" --cost=%s", c->cost);
	if (x->schedules != SCHEDULES_BOTH)
		printf(" --schedule=%s", schedules_names[x->schedules]);
	printf(" --log\n");
}

static void print_indented(const char *lines)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");
		printf("    %.*s\n", (int)length, lines);
		lines += length + (lines[length] == '\n');
	}
}

static void print_found(const struct choices *c, const struct exploration *x,
			const struct explored *found)
{
	printf("seed %" PRId64 " (%s): ", found->seed, kind_of(x, found->seed));
	if (found->failed == -ECANCELED)
		printf("broken: %s: %s\n", invariant_infos[found->broken].name,
		       invariant_infos[found->broken].rule);
	else if (found->failed == -EDEADLK)
		printf("deadlock: nobody can ever go on\n");
	else
		printf("failed\n");
	print_indented(found->why);
	print_replay(c, x, found->seed);
	if (*found->trace) {
		printf("  what threads did to the lock before:\n");
		print_indented(found->trace);
	}
}

static void print_starved(const struct choices *c, const struct exploration *x)
{
	char waited[16];
	const struct explored *e = &x->worst;
	if (!e->overtaken_n)
		return;
	printf("\nstarvation: seed %" PRId64 " (%s): '%s' waited %s for the lock, while %"
	       PRId64 " times one had it who came later.\n"
	       "  That breaks no rule: whoever comes first takes a free lock (docs/virtual.md).\n",
	       e->seed, kind_of(x, e->seed), e->starved,
	       format_duration((double)e->starved_ns, waited), e->overtaken_n);
	print_replay(c, x, e->seed);
	printf("  what threads did to the lock meanwhile, the last of it:\n");
	print_indented(e->starved_trace);
}

static void print_totals(const struct exploration *x, int64_t took_ns, int64_t found_n)
{
	char took[16];
	double seconds = (double)(took_ns > 0 ? took_ns : 1) / 1e9;
	printf("\n%" PRId64 " seeds in %s: %.0f seeds/s, %" PRId64 " events, %.2f million/s\n",
	       x->seeds_n, format_duration((double)took_ns, took), (double)x->seeds_n / seconds,
	       x->events_n, (double)x->events_n / 1e6 / seconds);
	printf("%14s  %-15s rule\n", "checked", "invariant");
	for (int k = 0; k < INVARIANTS_N; k++)
		printf("%14" PRId64 "  %-15s %s\n", x->checks_n[k], invariant_infos[k].name,
		       invariant_infos[k].rule);
	printf("%" PRId64 " of the seeds failed\n", found_n);
}

/* --- from the first seed to the last --- */

struct view {
	const struct exploration *exploration;
	int64_t first, began_ns;
	bool shows;
};

static bool show_and_go_on(void *context)
{
	const struct view *v = context;
	const struct exploration *x = v->exploration;
	double spent_ns = (double)(world_now_ns() - v->began_ns);
	double left_n = (double)(x->last + 1 - x->next);
	char left[16] = "?";
	if (!v->shows)
		return goes_on(NULL);
	if (x->seeds_n)
		format_duration(spent_ns / (double)x->seeds_n * left_n, left);
	fprintf(stderr, "\r\033[K%" PRId64 "/%" PRId64 " seeds, %s left", x->seeds_n,
		x->last + 1 - v->first, left);
	fflush(stderr);
	return goes_on(NULL);
}

static int explore_all(const struct choices *c, const struct scenario *s, int64_t *found_n,
		       struct error *err)
{
	struct exploration x = {
		.scenario = s,
		.next = c->first,
		.last = c->last,
		.schedules = (enum schedules)c->schedules,
		.logs = c->logs,
	};
	struct view view = {&x, c->first, world_now_ns(), isatty(STDERR_FILENO) && !c->logs};
	struct explored found = {0};
	int failed = 0;
	catch_interrupts();
	printf("%s: seeds %" PRId64 "..%" PRId64 ", %s schedules, gil %s, %" PRId64
	       " cores, costs of %s\n",
	       c->file, c->first, c->last, schedules_names[c->schedules], s->policy->name,
	       s->world.cores, s->world.cost->name);
	do {
		failed = flush_printed(err);
		if (failed)
			return failed;
		failed = explore(&x, show_and_go_on, &view, &found, err);
		if (view.shows)
			fprintf(stderr, "\r\033[K");
		*found_n += found.failed != 0;
		if (found.failed)
			print_found(c, &x, &found);
	} while (!failed && x.next <= c->last && (!found.failed || c->keeps_going));
	print_totals(&x, world_now_ns() - view.began_ns, *found_n);
	print_starved(c, &x);
	return failed;
}

static int run(const struct choices *c, int64_t *found_n, struct error *err)
{
	struct scenario s;
	struct cost_choice costs = {0};
	int failed = scenario_read(&s, c->file, err);
	if (!failed)
		failed = virtual_open(&costs, c->cost ? c->cost : "cpython313", false, err);
	if (!failed) {
		s.world = world_choose(WORLD_IN_VIRTUAL_TIME, c->cores, ABSENT, costs.model);
		failed = scenario_prepare(&s, err);
	}
	if (!failed)
		failed = explore_all(c, &s, found_n, err);
	scenario_close(&s);
	cost_choice_free(&costs);
	return failed;
}

int command_explore(int argc, char **argv)
{
	struct error err = {""};
	struct choices c = {
		.first = 1,
		.last = 1000,
		.cores = ABSENT,
		.schedules = SCHEDULES_BOTH,
		.err = &err,
	};
	int64_t found_n = 0;
	int failed = arguments_read(&argp, argc, argv, &c, &err);
	if (!failed)
		failed = run(&c, &found_n, &err);
	int status = failed ? (int)exit_status_of(failed) : found_n ? EXIT_WRONG_RESULT
								   : EXIT_ALL_RIGHT;
	return command_end(status, false, &err);
}
