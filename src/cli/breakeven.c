/* breakeven - how long a native call must last for a release of the lock around it to pay. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/commands.h"
#include "cli/writers.h"
#include "report/breakeven.h"
#include "world/world.h"

struct study {
	struct options options;
	struct breakeven *cases;
	size_t cases_n;
	int64_t round; /* of all passes */
	struct unrest unrest;
	/* Progress. */
	bool shows_progress;
	const char *pass;
	const char *label; /* of what is running */
	size_t done_n, total_n;
	int64_t began_ns, planned_ns, left_ns; /* of the pass; by the clock, by durations */
};

static bool is_there(const struct study *s, const struct setting *setting, int64_t neighbours_n)
{
	for (size_t k = 0; k < s->cases_n; k++) {
		const struct breakeven *b = &s->cases[k];
		if (b->policy == setting->policy && b->interval_ns == setting->interval_ns &&
		    b->pace == setting->pace && b->threads_n == setting->job.threads &&
		    b->neighbours_n == neighbours_n &&
		    world_choice_is_equal(&b->world, &setting->world))
			return true;
	}
	return false;
}

static int add_case(struct study *s, const struct setting *setting, int64_t neighbours_n,
		    struct error *err)
{
	if (is_there(s, setting, neighbours_n))
		return 0;
	int64_t threads_n = setting->job.threads + neighbours_n;
	if (threads_n > SCENARIO_THREADS_MOST)
		return error_set(err, -EINVAL,
				 "--threads=%" PRId64 " --neighbours=%" PRId64
				 ": must be at most %d in all",
				 setting->job.threads, neighbours_n, SCENARIO_THREADS_MOST);
	struct breakeven *b = array_push((void **)&s->cases, &s->cases_n, sizeof *b);
	if (!b)
		return error_set(err, -ENOMEM, "cases: no memory");
	*b = (struct breakeven){
		.policy = setting->policy,
		.interval_ns = setting->interval_ns,
		.ticks = setting->ticks,
		.pace = setting->pace,
		.world = setting->world,
		.threads_n = setting->job.threads,
		.neighbours_n = neighbours_n,
		.repeats_n = (size_t)s->options.measure.repeats[setting->world.world],
	};
	return 0;
}

/* The list that was given, or else the default. */
static struct axis_values values_or(const struct axis_values *given, int64_t *preset, size_t n)
{
	return given->values[0] == ABSENT ? (struct axis_values){preset, n} : *given;
}

/* A setting is all that a case is but its neighbours. */
static int make_cases(struct study *s, struct error *err)
{
	static int64_t default_threads[] = {1, 2}, default_neighbours[] = {0, 1};
	const struct own none = {0};
	struct options o = s->options;
	struct axis_values *threads = &o.axes[AXIS_THREADS];
	struct axis_values neighbours = values_or(&o.axes[AXIS_NEIGHBOURS], default_neighbours, 2);
	*threads = values_or(threads, default_threads, 2);
	struct setting *settings = NULL;
	size_t settings_n = 0;
	int failed = options_settings(&o, &none, &settings, &settings_n, err);
	for (size_t k = 0; k < settings_n && !failed; k++)
		for (size_t i = 0; i < neighbours.n && !failed; i++)
			failed = add_case(s, &settings[k], neighbours.values[i], err);
	free(settings);
	return failed;
}

static const struct writers writers = {
	"breakeven", breakeven_write_table, breakeven_write_json, breakeven_write_csv};

/* Also after an interrupt or a failure. */
static int write_results(const struct study *s, struct error *err)
{
	const struct breakeven_results results = {
		.cases = s->cases,
		.cases_n = s->cases_n,
		.order_seed = s->options.measure.order_seed,
		.unrest = &s->unrest,
	};
	return writers_write(&writers, &s->options, &results, err);
}

/* Runs last longer than planned, by how much those before did. */
static void show_progress(const struct study *s)
{
	int64_t spent_ns = world_now_ns() - s->began_ns, done_ns = s->planned_ns - s->left_ns;
	double stretch = done_ns ? (double)spent_ns / (double)done_ns : 1;
	char left[16];
	if (!s->shows_progress)
		return;
	fprintf(stderr, "\r\033[K%s, %zu/%zu runs, %s left: %s", s->pass, s->done_n, s->total_n,
		format_duration(stretch * (double)s->left_ns, left), s->label);
	fflush(stderr);
}

static void end_progress(const struct study *s)
{
	if (s->shows_progress)
		fprintf(stderr, "\r\033[K");
}

static bool look_up(void *context)
{
	show_progress(context);
	return !was_interrupted();
}

static int run_once(struct study *s, struct breakeven *b, size_t k, enum side side,
		    struct error *err)
{
	int64_t run_ns = b->lengths[k].run_ns;
	s->label = b->lengths[k].label;
	if (!look_up(s))
		return error_set(err, -EINTR, "interrupted");
	int failed = breakeven_measure(b, k, side, look_up, s, err);
	s->done_n++;
	s->left_ns -= run_ns;
	return failed;
}

/* Both sides of a length one after the other, now this one first, now that. */
static int run_sides(struct study *s, struct breakeven *b, size_t k, size_t round,
		     struct error *err)
{
	int failed = 0;
	for (size_t turn = 0; turn < SIDES_N && !failed; turn++) {
		enum side side = (round + k + turn) % SIDES_N;
		if (b->lengths[k].samples_n[side] <= round)
			failed = run_once(s, b, k, side, err);
	}
	return failed;
}

/* All lengths of all cases, in an order of this round's own. */
static int go_round(struct study *s, size_t round, struct error *err)
{
	size_t n = 0;
	int failed = 0;
	for (size_t k = 0; k < s->cases_n; k++)
		n += s->cases[k].lengths_n;
	size_t *order = calloc(n + 1, sizeof *order);
	if (!order)
		return error_set(err, -ENOMEM, "lengths: no memory");
	order_round(order, n, s->options.measure.order_seed, s->round++);
	for (size_t place = 0; place < n && !failed; place++) {
		struct breakeven *b = s->cases;
		size_t k = order[place];
		for (; k >= b->lengths_n; b++)
			k -= b->lengths_n;
		failed = run_sides(s, b, k, round, err);
	}
	free(order);
	return failed;
}

static void plan(struct study *s, const char *pass)
{
	s->pass = pass;
	s->done_n = s->total_n = 0;
	s->planned_ns = 0;
	for (const struct breakeven *b = s->cases; b < s->cases + s->cases_n; b++)
		for (const struct breakeven_length *l = b->lengths;
		     l < b->lengths + b->lengths_n; l++)
			for (enum side side = 0; side < SIDES_N; side++) {
				size_t missing_n = b->repeats_n - l->samples_n[side];
				s->total_n += missing_n;
				s->planned_ns += (int64_t)missing_n * l->run_ns;
			}
	s->left_ns = s->planned_ns;
	s->began_ns = world_now_ns();
}

static int measure_pass(struct study *s, const char *pass, struct error *err)
{
	int failed = 0;
	plan(s, pass);
	for (size_t round = 0; round < s->cases->repeats_n && !failed; round++)
		failed = go_round(s, round, err);
	end_progress(s);
	return failed;
}

static int refine(struct study *s, struct error *err)
{
	int failed = 0;
	for (size_t k = 0; k < s->cases_n && !failed; k++)
		failed = breakeven_refine(&s->cases[k], err);
	return failed;
}

static int conclude(struct study *s, struct error *err)
{
	int failed = 0;
	for (size_t k = 0; k < s->cases_n && !failed; k++)
		failed = breakeven_conclude(&s->cases[k]);
	return failed ? error_set(err, failed, "crossings: no memory") : 0;
}

static bool is_anything_measured(const struct study *s)
{
	for (size_t k = 0; k < s->cases_n; k++)
		if (s->cases[k].gains[GAIN_CALLS].points_n)
			return true;
	return false;
}

static void note_threads(struct study *s)
{
	for (const struct breakeven *b = s->cases; b < s->cases + s->cases_n; b++) {
		int64_t threads_n = b->threads_n + b->neighbours_n;
		if (b->world.world == WORLD_REAL && threads_n > s->unrest.threads_most)
			s->unrest.threads_most = threads_n;
	}
}

static int measure_all(struct study *s, struct error *err)
{
	int failed = 0;
	for (size_t k = 0; k < s->cases_n && !failed; k++)
		failed = breakeven_open(&s->cases[k], err);
	if (failed)
		return failed;
	catch_interrupts();
	unrest_begin(&s->unrest);
	failed = measure_pass(s, "grid", err);
	if (!failed)
		failed = refine(s, err);
	if (!failed)
		failed = measure_pass(s, "between", err);
	unrest_end(&s->unrest, NULL, 0);
	note_threads(s);
	struct error why;
	int unwritten = conclude(s, &why);
	if (!unwritten && is_anything_measured(s))
		unwritten = write_results(s, &why);
	if (!failed && unwritten)
		*err = why;
	return failed ? failed : unwritten;
}

static void end(struct study *s)
{
	for (size_t k = 0; k < s->cases_n; k++)
		breakeven_close(&s->cases[k]);
	free(s->cases);
	options_free(&s->options);
}

static const char doc[] =
	"Finds the shortest native call for which a release of the lock around it pays: is "
	"Py_BEGIN_ALLOW_THREADS worth it around a function of 2 us?  Lasts about a minute with "
	"the defaults: --threads=1,2 --neighbours=0,1, 5 repeats.\v"
	"Equal threads (--threads) call a function again and again, with 0.1 to 0.2 us of bytecode "
	"in between, beside others (--neighbours) that run bytecode and nothing else.  Calls of 50 "
	"ns to 10 ms, with the lock held and released in turn, tell what the release gives:\n"
	"  calls       completed per second, by all callers: what is asked for\n"
	"  neighbours  the bytecode that the neighbours get done\n"
	"  all         both, in cores' worth: use of the machine\n"
	"A release wins at a length when the 95 % interval of released / held is above 1 and the "
	"ratio at least 1.05 and beyond the noise floor, of no fewer than 5 repeats; it wins from, "
	"or up to, the length where the ratio crosses 1, with the 95 % interval of that.  Always "
	"and never are of the lengths measured.  Beside bytecode the price of a release is a wait "
	"for the lock, under cpython of one --interval (5 ms): callers lose by it, and neighbours "
	"gain.\n\n"
	"Examples:\n"
	"  gilsim breakeven\n"
	"  gilsim breakeven --threads=1,2,4 --neighbours=0,1,2 --output=calls.csv\n"
	"  gilsim breakeven --threads=2 --neighbours=0 --gil=cpython,ruby,pypy\n\n"
	"Exit status: 0 measured, 2 bad input, 3 a resource failed, 130 interrupted; what was "
	"finished is written.";

int command_breakeven(int argc, char **argv)
{
	static const char *const takes[] = {"gil",	"interval", "pace", "threads", "neighbours",
					    "world",	"cores",    "seed", "cost",    "reps",
					    "order-seed", "format", "output", "progress", "quiet",
					    NULL};
	static const struct options_of command = {.doc = doc, .takes = takes, .repeats = {5, 5}};
	struct study s = {0};
	struct error err = {""};
	int failed = options_read(&s.options, &command, argc, argv, &err);
	s.shows_progress = options_show_progress(&s.options);
	if (!failed)
		failed = options_open_world(&s.options, &err);
	if (!failed)
		failed = make_cases(&s, &err);
	if (!failed)
		failed = writers_check(&writers, &s.options, &err);
	if (!failed)
		failed = measure_all(&s, &err);
	end(&s);
	return command_end(failed ? (int)exit_status_of(failed) : EXIT_ALL_RIGHT, false, &err);
}
