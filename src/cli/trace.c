/* trace - one run of one setting, or of a scenario, and what each of its threads did when. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "report/about.h"
#include "report/metrics.h"
#include "report/trace.h"
#include "scenario/scenario.h"

/* Events that are kept: of each thread, and, where there are many, of all. */
enum { EVENTS_PRESET = 16384, EVENTS_OF_ALL = 1 << 21 };

struct tracing {
	struct options options;
	struct own own;
	struct setting *settings;
	size_t settings_n;
	struct plan plan;
	struct runner runner;
	struct scenario scenario;
	struct traced *threads;
	struct trace trace;
	char title[128];
};

static int open_recording(struct tracing *t, int64_t threads_n, struct error *err)
{
	int64_t asked_n = t->options.axes[AXIS_EVENTS].values[0];
	int64_t most_n = EVENTS_OF_ALL / threads_n;
	int64_t preset_n = most_n < EVENTS_PRESET ? most_n + 1 : EVENTS_PRESET;
	int64_t room_n = asked_n == ABSENT ? preset_n : asked_n;
	t->threads = calloc((size_t)threads_n, sizeof *t->threads);
	t->trace.threads = t->threads;
	t->trace.recording = recording_open(threads_n, room_n,
					    t->trace.is_virtual ? threads_n * room_n : 1);
	t->trace.title = t->title;
	if (!t->threads || !t->trace.recording)
		return error_set(err, -ENOMEM,
				 "--events=%" PRId64 ": no memory for as many of each of %" PRId64
				 " threads", room_n, threads_n);
	return 0;
}

/* --- of a setting --- */

static int open_run(struct tracing *t, struct error *err)
{
	int failed = options_open_own(&t->options, &t->own, err);
	if (!failed)
		failed = options_open_world(&t->options, err);
	if (!failed)
		failed = options_settings(&t->options, &t->own, &t->settings, &t->settings_n, err);
	if (!failed && t->settings_n > 1)
		failed = error_set(err, -EINVAL,
				   "trace: must be one setting, not %zu: one value of each option",
				   t->settings_n);
	if (failed)
		return failed;
	struct setting *s = t->settings;
	s->accounting = ACCOUNTING_FULL; /* the clock is read where something begins or ends */
	t->trace.is_virtual = s->world.world != WORLD_REAL;
	snprintf(t->title, sizeof t->title, "%s, %s, %s", s->job.workload->name, s->mode->name,
		 engine_names[s->job.engine]);
	failed = plan_open(&t->plan, s, 1, err);
	if (!failed)
		failed = open_recording(t, mode_workers_n(s->mode, s->job.threads), err);
	t->plan.recording = t->trace.recording;
	return failed ? failed : runner_open(&t->runner, &t->plan, err);
}

static int measure_once(struct tracing *t, struct repeat *repeat, struct error *err)
{
	return runner_measure(&t->runner, 0, 0, goes_on, NULL, repeat, err);
}

static int warm_up(struct tracing *t, struct error *err)
{
	struct repeat unused;
	int failed = 0;
	for (int64_t k = 0; k < t->options.measure.warmups && !failed; k++) {
		failed = measure_once(t, &unused, err);
		if (!failed)
			repeat_free(&unused);
	}
	return failed;
}

static int check_result(const struct tracing *t, const struct repeat *repeat, struct error *err)
{
	const struct setting *s = t->settings;
	return repeat->checksum_ok ? 0
				   : error_set(err, -EBADMSG, "%s %s: wrong result %s",
					       s->job.workload->name, s->mode->name,
					       repeat->checksum);
}

static void describe_run(struct tracing *t, const struct repeat *repeat)
{
	const struct setting *s = t->settings;
	bool apart = s->mode->own_interpreters || s->mode->forks;
	for (size_t k = 0; k < repeat->parts_n; k++) {
		struct traced *thread = &t->threads[k];
		snprintf(thread->name, sizeof thread->name, "%s", repeat->parts[k].name);
		thread->lock = gil_is_a_lock(s->policy) ? apart ? (int64_t)k : 0 : ABSENT;
		thread->runqueue_ns = repeat->parts[k].time.runqueue_ns;
	}
	t->trace.wall_ns = repeat->wall_ns;
	t->trace.cpu_ns = t->trace.is_virtual ? ABSENT : repeat->user_ns + repeat->sys_ns;
	t->trace.about = metrics_setting_json(s);
}

static int record_run(struct tracing *t, struct error *err)
{
	struct repeat repeat;
	int failed = t->trace.is_virtual ? 0 : warm_up(t, err);
	if (failed)
		return failed;
	t->trace.recording->is_on = true;
	failed = measure_once(t, &repeat, err);
	if (failed)
		return failed;
	failed = check_result(t, &repeat, err);
	describe_run(t, &repeat);
	repeat_free(&repeat);
	return failed;
}

/* --- of a scenario --- */

static bool is_of_scenarios(enum axis axis)
{
	return axis == AXIS_WORLD || axis == AXIS_CORES || axis == AXIS_SEED ||
	       axis == AXIS_EVENTS;
}

static int check_alone(const struct options *o, struct error *err)
{
	bool is_alone = !o->kernel && !o->program;
	for (enum axis k = 0; k < AXES_N; k++)
		is_alone = is_alone && (is_of_scenarios(k) || o->axes[k].values[0] == ABSENT);
	return is_alone ? 0
			: error_set(err, -EINVAL, "--scenario: what else runs the file says; may "
						  "be given with --world, --cores, --seed, --cost, "
						  "--events");
}

static void name_threads(struct tracing *t)
{
	const struct scenario *s = &t->scenario;
	struct traced *thread = t->threads;
	for (const struct group *g = s->groups; g < s->groups + s->groups_n; g++)
		for (int64_t k = 0; k < g->threads_n; k++, thread++)
			snprintf(thread->name, sizeof thread->name,
				 g->threads_n > 1 ? "%s %" PRId64 : "%s", g->name, k);
	snprintf(thread->name, sizeof thread->name, "main thread");
	for (int64_t k = 0; k <= s->threads_n; k++) {
		t->threads[k].lock = gil_is_a_lock(s->policy) ? 0 : ABSENT;
		t->threads[k].runqueue_ns = ABSENT;
	}
}

static int open_scenario(struct tracing *t, struct error *err)
{
	struct options *o = &t->options;
	struct scenario *s = &t->scenario;
	int failed = check_alone(o, err);
	if (!failed)
		failed = scenario_read(s, o->scenario, err);
	if (failed)
		return failed;
	int64_t *world = &o->axes[AXIS_WORLD].values[0];
	*world = *world == ABSENT ? (int64_t)s->world.world : *world;
	failed = options_open_world(o, err);
	s->world = options_world(o);
	s->accounting = ACCOUNTING_FULL;
	t->trace.is_virtual = s->world.world != WORLD_REAL;
	snprintf(t->title, sizeof t->title, "%.100s", o->scenario);
	if (!failed)
		failed = scenario_prepare(s, err);
	if (!failed)
		failed = open_recording(t, s->threads_n + 1, err);
	s->recording = t->trace.recording;
	return failed;
}

static int record_scenario(struct tracing *t, struct error *err)
{
	const struct scenario *s = &t->scenario;
	struct scenario_repeat repeat;
	t->trace.recording->is_on = true;
	int failed = scenario_measure(s, 0, goes_on, NULL, &repeat, err);
	if (failed)
		return failed;
	name_threads(t);
	t->trace.wall_ns = repeat.wall_ns;
	t->trace.cpu_ns = ABSENT;
	t->trace.about = json_pack("{s:s, s:s, s:o*}", "scenario", s->file, "gil", s->policy->name,
				   "machine", about_world_json(&s->world));
	scenario_repeat_free(&repeat);
	return 0;
}

/* --- both --- */

/* The file that was named; standard output, which is behind it, gets a line. */
static int check_output(const struct options *o, struct error *err)
{
	const struct output *target = &o->outputs[0];
	if (!target->path || (o->outputs_n > 1 && o->outputs[1].path))
		return error_set(err, -EINVAL, "trace: must have one --output, as in "
					       "--output=trace.json");
	if (target->format != format_find("json"))
		return error_set(err, -EINVAL, "--output=%.80s: a trace's name must end in .json",
				 target->path);
	return 0;
}

static int write_trace(const struct tracing *t, struct error *err)
{
	const struct trace *trace = &t->trace;
	const struct output *target = &t->options.outputs[0];
	int64_t events_n = trace_events_n(trace), dropped_n = trace_dropped_n(trace);
	char wall[16];
	int failed = trace->about ? output_write(target, trace_write, trace, err)
				  : error_set(err, -ENOMEM, "%.80s: no memory", target->path);
	if (failed)
		return failed;
	if (dropped_n)
		fprintf(stderr, "gilsim: %s: %" PRId64 " of %" PRId64 " events were dropped, the "
				"oldest of their threads: --events=N keeps more\n",
			target->path, dropped_n, events_n);
	if (!t->options.quiet)
		printf("%s: %" PRId64 " events of %" PRId64 " threads in %s; open it at "
		       "https://ui.perfetto.dev\n", target->path, events_n,
		       trace->recording->recorders_n,
		       format_duration((double)trace->wall_ns, wall));
	return 0;
}

static int trace(struct tracing *t, struct error *err)
{
	bool of_scenario = t->options.scenario;
	int failed = check_output(&t->options, err);
	if (!failed)
		failed = of_scenario ? open_scenario(t, err) : open_run(t, err);
	if (!failed)
		failed = outputs_check(t->options.outputs, 1, err);
	if (failed)
		return failed;
	catch_interrupts();
	failed = of_scenario ? record_scenario(t, err) : record_run(t, err);
	return failed ? failed : write_trace(t, err);
}

static void end(struct tracing *t)
{
	runner_close(&t->runner);
	plan_close(&t->plan);
	scenario_close(&t->scenario);
	recording_close(t->trace.recording);
	json_decref(t->trace.about);
	free(t->threads);
	free(t->settings);
	own_close(&t->own);
	options_free(&t->options);
}

static const char doc[] =
	"Runs one setting, or a scenario, and writes what each thread did when: bytecode, native "
	"calls, waits for the lock, requests to drop it, I/O; of the virtual world also who had "
	"which core.  The setting is warmed up first; what is recorded is one run.\v"
	"The file is for https://ui.perfetto.dev or chrome://tracing, and is read there on this "
	"machine alone (docs/trace.md); plot/draw timeline makes a picture of it.\n\n"
	"Examples:\n"
	"  gilsim trace --workload=count --threads=2 --output=trace.json\n"
	"  gilsim trace --mode=released --size=600 --iterations=30 --threads=2 "
	"--output=trace.json\n"
	"  gilsim trace --world=virtual --cores=8 --threads=8 --output=trace.json\n"
	"  gilsim trace --scenario=bench/scenarios/convoy-1ms-2.json --output=trace.json\n\n"
	"Exit status: 0 recorded, 1 the result was wrong or, in virtual time, nobody could ever go "
	"on, 2 bad input, 3 a resource failed, 130 interrupted.";

int command_trace(int argc, char **argv)
{
	static const char *const takes[] = {
		"workload", "kernel", "program", "scenario", "mode", "engine", "gil", "interval",
		"pace", "counts", "threads", "size", "tasks", "iterations", "updates-per-call",
		"scaling", "ticks", "chunks", "payload", "pool", "bind", "world", "cores", "seed",
		"cost", "warmup", "events", "output", "quiet", NULL};
	static const struct options_of command = {.doc = doc, .takes = takes, .repeats = {1, 1}};
	struct tracing t = {0};
	struct error err = {""};
	int failed = options_read(&t.options, &command, argc, argv, &err);
	if (!failed)
		failed = trace(&t, &err);
	bool own_code = t.own.workload.name;
	int status = !failed		  ? EXIT_ALL_RIGHT
		     : failed == -EBADMSG ? EXIT_WRONG_RESULT
					  : (int)exit_status_of(failed);
	end(&t);
	return command_end(status, own_code, &err);
}
