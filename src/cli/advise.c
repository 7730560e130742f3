/* advise - which way round the lock to take for a piece of work, measured. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/advise_scenario.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "report/advice.h"
#include "vm/asm.h"

/* The least that one needs to know of how long all will take. */
static const double all_ns = 45e9;

static const char *const axis_names[] = {
#define GROUP(title)
#define AXIS(ID, name, ARG, kind, source, least, most, help) [AXIS_##ID] = name,
#define OPTION(ID, name, ARG, help)
#include "cli/options.def"
#undef GROUP
#undef AXIS
#undef OPTION
};

static int64_t cores_of(const struct options *o)
{
	struct world_choice world = options_world(o);
	int64_t n = world_cores_n(&world);
	return n == ABSENT ? 1 : n;
}

static const struct workload *workload_of(const struct options *o, const struct own *own)
{
	int64_t asked = o->axes[AXIS_WORKLOAD].values[0];
	return own->workload.name ? &own->workload : workloads[asked == ABSENT ? 0 : asked];
}

/* That of now: as asked, or bytecode where the workload has that form. */
static enum engine engine_of(const struct options *o, const struct workload *workload)
{
	int64_t asked = o->axes[AXIS_ENGINE].values[0];
	if (asked != ABSENT && asked != ENGINES_N)
		return (enum engine)asked;
	return workload->programs[ENGINE_BYTECODE] ? ENGINE_BYTECODE : ENGINE_NATIVE;
}

/* The names of the native calls of that form that may release the lock, with commas. */
static int find_calls(const struct workload *workload, enum engine engine, char text[static 128],
		      struct error *err)
{
	struct program p;
	int failed = program_assemble(workload->name, workload->programs[engine],
				      workload->natives, &p, err);
	text[0] = '\0';
	for (size_t k = 0; !failed && k < p.natives_n; k++) {
		size_t used = strlen(text);
		if (p.natives[k].releases && program_calls(&p, k))
			snprintf(text + used, 128 - used, "%s%s", used ? ", " : "",
				 p.natives[k].name);
	}
	if (!failed)
		program_free(&p);
	return failed;
}

/* Whether the mode is threads that share a lock, as now, but for the calls that release it. */
static bool only_releases(const struct mode *mode)
{
	return mode->releases && mode->run == modes[0]->run && !mode->own_interpreters &&
	       !mode->has_no_lock;
}

static int fits(enum world world, const struct mode *mode, const struct workload *workload,
		enum engine engine, const char *calls, struct error *why)
{
	int failed = world_fits(world, mode, workload, engine, why);
	if (!failed && only_releases(mode) && !*calls)
		failed = error_set(why, -EINVAL,
				   "mode %s: as %s, %s calls nothing that could release the lock",
				   mode->name, engine_names[engine], workload->name);
	return failed;
}

static int ask_of_engine(struct question *q, enum world world, const struct workload *workload,
			 enum engine engine, struct error *err)
{
	struct error why;
	int failed = find_calls(workload, engine, q->calls[engine], err);
	for (size_t m = 0; m < modes_n && !failed; m++)
		if (fits(world, modes[m], workload, engine, q->calls[engine], &why) &&
		    question_add_unfit(q, modes[m]->name, engine, &why))
			failed = error_set(err, -ENOMEM, "advise: no memory");
	return failed;
}

static int ask(struct question *q, const struct options *o, const struct own *own,
	       struct error *err)
{
	const struct workload *workload = workload_of(o, own);
	int failed = 0;
	*q = (struct question){.engine = engine_of(o, workload), .cores_n = cores_of(o)};
	snprintf(q->workload, sizeof q->workload, "%s", workload->name);
	if (!workload->programs[q->engine])
		return error_set(err, -EINVAL, "--engine=%s: workload %s has no such form",
				 engine_names[q->engine], workload->name);
	for (int engine = 0; engine < ENGINES_N && !failed; engine++)
		if (workload->programs[engine])
			failed = ask_of_engine(q, options_world(o).world, workload,
					       (enum engine)engine, err);
	return failed;
}

static bool is_unfit(const struct question *q, const struct mode *mode, enum engine engine)
{
	for (size_t k = 0; k < q->unfits_n; k++)
		if (q->unfits[k].engine == engine && strcmp(q->unfits[k].mode, mode->name) == 0)
			return true;
	return false;
}

/* Thread counts */

static int add_threads(struct axis_values *threads, int64_t n, struct error *err)
{
	for (size_t k = 0; k < threads->n; k++)
		if (threads->values[k] == n)
			return 0;
	int64_t *slot = array_push((void **)&threads->values, &threads->n, sizeof *slot);
	if (!slot)
		return error_set(err, -ENOMEM, "--threads: no memory");
	*slot = n;
	return 0;
}

static int compare_whole(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return (left > right) - (left < right);
}

/* As asked, or 1 to 4 and doubling, up to twice the cores, and once far beyond them: waits
 * overlap there, too.  What the gains are over, one thread and one for each core, is always
 * there. */
static int choose_threads(const struct options *o, struct axis_values *threads, struct error *err)
{
	const struct axis_values *asked = &o->axes[AXIS_THREADS];
	int64_t cores = cores_of(o), far = 8 * cores < 64 ? 8 * cores : 64;
	int failed = add_threads(threads, 1, err);
	if (!failed)
		failed = add_threads(threads, cores, err);
	for (size_t k = 0; k < asked->n && asked->values[k] != ABSENT && !failed; k++)
		failed = add_threads(threads, asked->values[k], err);
	if (asked->values[0] == ABSENT) {
		for (int64_t n = 2; n <= 2 * cores && !failed; n = n < 4 ? n + 1 : 2 * n)
			failed = add_threads(threads, n, err);
		if (!failed)
			failed = add_threads(threads, 2 * cores, err);
		if (!failed)
			failed = add_threads(threads, far, err);
	}
	qsort(threads->values, threads->n, sizeof *threads->values, compare_whole);
	return failed;
}

/* Settings */

static int add_settings(const struct options *o, const struct own *own, int64_t mode,
			int64_t engine, int64_t accounting, const struct axis_values *threads,
			struct setting **settings, size_t *n, struct error *err)
{
	struct options one = *o;
	one.axes[AXIS_MODE] = (struct axis_values){&mode, 1};
	one.axes[AXIS_ENGINE] = (struct axis_values){&engine, 1};
	one.axes[AXIS_ACCOUNTING] = (struct axis_values){&accounting, 1};
	one.axes[AXIS_THREADS] = *threads;
	return options_settings(&one, own, settings, n, err);
}

/* Every way in both forms, and where the time of now goes. */
static int add_all(const struct options *o, const struct own *own, const struct question *q,
		   const struct axis_values *threads, struct setting **settings, size_t *n,
		   struct error *err)
{
	const struct workload *workload = workload_of(o, own);
	int64_t cores = q->cores_n;
	int failed = 0;
	for (int engine = 0; engine < ENGINES_N; engine++)
		for (size_t m = 0; m < modes_n && workload->programs[engine] && !failed; m++)
			if (!is_unfit(q, modes[m], (enum engine)engine))
				failed = add_settings(o, own, (int64_t)m, engine, ACCOUNTING_COUNTS,
						      threads, settings, n, err);
	if (!failed)
		failed = add_settings(o, own, 0, q->engine, ACCOUNTING_FULL,
				      &(struct axis_values){&cores, 1}, settings, n, err);
	return failed;
}

/* One run of each form on one thread with the lock; its time in walls_ns. */
static int time_alone(const struct options *o, const struct own *own,
		      double walls_ns[static ENGINES_N], struct error *err)
{
	static const struct observer observer = {.go_on = goes_on};
	static const struct measure_options once = {.repeats = {1, 1}};
	int64_t one_thread = 1;
	const struct axis_values one = {&one_thread, 1};
	struct setting *settings = NULL;
	size_t n = 0;
	struct plan plan = {0};
	struct row rows[ENGINES_N] = {0};
	int failed = 0;
	for (int engine = 0; engine < ENGINES_N && !failed; engine++)
		if (workload_of(o, own)->programs[engine])
			failed = add_settings(o, own, 0, engine, ACCOUNTING_COUNTS, &one, &settings,
					      &n, err);
	if (!failed)
		failed = plan_open(&plan, settings, n, err);
	if (!failed)
		failed = measure(&plan, &once, &observer, rows, err);
	for (size_t k = 0; k < n; k++) {
		walls_ns[settings[k].job.engine] = rows[k].wall_ns.median;
		row_free(&rows[k]);
	}
	plan_close(&plan);
	free(settings);
	return failed;
}

/* By how much work must be divided for all runs to end in time, if none is faster than one
 * thread. */
static int64_t find_divisor(const struct options *o, const struct setting *settings, size_t n,
			    const double walls_ns[static ENGINES_N])
{
	int64_t repeats_n = o->measure.repeats[options_world(o).world];
	double runs_n = (double)(repeats_n + o->measure.warmups), sum_ns = 0;
	for (size_t k = 0; k < n; k++) {
		double wall_ns = walls_ns[settings[k].job.engine];
		sum_ns += isfinite(wall_ns) ? wall_ns * runs_n : 0;
	}
	return sum_ns > all_ns ? (int64_t)ceil(sum_ns / all_ns) : 1;
}

static int check_single(const struct options *o, struct error *err)
{
	for (size_t k = 0; k < AXES_N; k++)
		if (k != AXIS_THREADS && o->axes[k].n > 1)
			return error_set(err, -EINVAL, "--%s: advise takes one value, not %zu",
					 axis_names[k], o->axes[k].n);
	return 0;
}

static int make_settings(const struct options *o, const struct own *own, struct setting **settings,
			 size_t *n, struct error *err)
{
	struct question q = {0};
	struct axis_values threads = {0};
	double walls_ns[ENGINES_N] = {0};
	int failed = check_single(o, err);
	if (!failed)
		failed = ask(&q, o, own, err);
	if (!failed)
		failed = choose_threads(o, &threads, err);
	if (!failed)
		failed = add_all(o, own, &q, &threads, settings, n, err);
	if (!failed)
		failed = time_alone(o, own, walls_ns, err);
	if (!failed) {
		struct options less = *o;
		less.work_divisor = find_divisor(o, *settings, *n, walls_ns);
		*n = 0;
		failed = add_all(&less, own, &q, &threads, settings, n, err);
	}
	free(threads.values);
	question_free(&q);
	return failed;
}

static int conclude(const struct session *s, struct finding *f, struct error *err)
{
	struct question q = {0};
	int failed = ask(&q, &s->options, &s->own, err);
	if (!failed)
		failed = advice_finding(&q, s->rows, s->settings_n, f, err);
	question_free(&q);
	return failed;
}

/* Decided again, from what was kept */

static int write_text(FILE *file, const void *content)
{
	const struct finding *f = content;
	return fwrite(f->text.bytes, 1, f->text.size, file) == f->text.size ? 0 : -errno;
}

/* The document as it was, with what is decided now. */
static int write_document(FILE *file, const void *content)
{
	int failed = json_dumpf(content, file, JSON_INDENT(2)) || fputs("\n", file) < 0;
	return failed ? (errno ? -errno : -EIO) : 0;
}

static int write_again(const struct options *o, json_t *document, const struct finding *f,
		       struct error *err)
{
	int failed = json_object_set(document, f->key, f->json)
			     ? error_set(err, -ENOMEM, "advice: no memory")
			     : 0;
	for (size_t k = 0; k < o->outputs_n && !failed; k++) {
		bool is_json = o->outputs[k].format == format_find("json");
		failed = output_write(&o->outputs[k], is_json ? write_document : write_text,
				      is_json ? (const void *)document : f, err);
	}
	return failed;
}

static int decide_again(const struct options *o, const struct kept_results *kept,
			struct error *err)
{
	struct question q = {0};
	struct finding f = {0};
	struct row *rows = NULL;
	size_t rows_n = 0;
	int failed = advice_read(kept, &q, &rows, &rows_n, err);
	if (!failed)
		failed = advice_finding(&q, rows, rows_n, &f, err);
	if (!failed)
		failed = write_again(o, kept->document, &f, err);
	for (size_t k = 0; k < rows_n; k++)
		row_free(&rows[k]);
	free(rows);
	json_decref(f.json);
	buffer_free(&f.text);
	question_free(&q);
	return failed;
}

static int advise_from(const struct options *o, struct error *err)
{
	struct kept_results kept = {0};
	int failed = results_read(&kept, o->from, err);
	if (!failed)
		failed = decide_again(o, &kept, err);
	results_close(&kept);
	return failed;
}

/* What is not measured row by row has no lines for CSV and JSONL. */
static int check_outputs(const struct options *o, struct error *err)
{
	for (size_t k = 0; k < o->outputs_n; k++)
		if (o->outputs[k].format != format_find("json") &&
		    o->outputs[k].format != format_find("table"))
			return error_set(err, -EINVAL,
					 "--from, --scenario: give a table or json, not %s",
					 o->outputs[k].format->name);
	return 0;
}

static int check_source(const struct options *o, struct error *err)
{
	int given_n = (o->axes[AXIS_WORKLOAD].values[0] != ABSENT) + !!o->kernel + !!o->program +
		      !!o->scenario + !!o->from;
	if (given_n != 1)
		return error_set(err, -EINVAL,
				 "--workload, --kernel, --program, --scenario, --from: must be one "
				 "of them, not %d",
				 given_n);
	return o->scenario || o->from ? check_outputs(o, err) : 0;
}

static const char doc[] =
	"Measures a piece of work in every way round the lock, and says which one to take: the "
	"least intrusive that is as good as the fastest.  Default: 1 to twice as many threads as "
	"cores, and 8 times as many; 5 repeats; the work is divided if that would take long.\v"
	"Examples:\n"
	"  gilsim advise --workload=laplace\n"
	"  gilsim advise --kernel=kernel.so --size=100000 --output=advice.json\n"
	"  gilsim advise --scenario=FILE.json     one change at a time, and whom it helps\n"
	"  gilsim advise --from=advice.json       decides again, measures nothing\n\n"
	"It is explained in docs/advise.md.  Exit status: as of gilsim run.";

int command_advise(int argc, char **argv)
{
	static const char *const takes[] = {
		"workload", "kernel", "program", "scenario", "from",	"engine",   "gil",
		"interval", "pace",   "counts",	 "threads",  "size",	"tasks",    "iterations",
		"ticks",    "world",  "cores",	 "seed",     "cost",	"reps",	    "warmup",
		"min-time", "order-seed", "format", "output", "progress", "quiet",
		"updates-per-call", NULL};
	static const struct session_command advise = {
		.options = {.doc = doc, .takes = takes, .repeats = {5, 5}},
		.settings = make_settings,
		.conclude = conclude,
	};
	struct options o = {0};
	struct error err = {""};
	int failed = options_read(&o, &advise.options, argc, argv, &err);
	if (!failed)
		failed = check_source(&o, &err);
	bool is_work = !failed && !o.from && !o.scenario;
	if (!failed && o.from)
		failed = advise_from(&o, &err);
	if (!failed && o.scenario)
		failed = advise_scenario(&o, &err);
	options_free(&o);
	if (is_work)
		return session_run(&advise, argc, argv);
	int status = !failed		  ? EXIT_ALL_RIGHT
		     : failed == -EBADMSG ? EXIT_WRONG_RESULT
					  : (int)exit_status_of(failed);
	return command_end(status, false, &err);
}
