/* matrix - what each way round the lock gives to each kind of task, measured. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "report/metrics.h"

/* A workload stands for its kind, of a size at which one thread takes some tenths of a second. */
static const struct kind {
	const char *name, *workload;
	enum engine engine;
	int64_t size, tasks, iterations; /* ABSENT: the workload's */
} kinds[] = {
	{"CPU, bytecode", "count", ENGINE_BYTECODE, 20000000, ABSENT, ABSENT},
	{"CPU, native", "matmul", ENGINE_NATIVE, 500, 24, ABSENT},
	{"I/O", "io", ENGINE_BYTECODE, 5000, 40, ABSENT},
	{"memory-bound", "memory", ENGINE_NATIVE, ABSENT, ABSENT, ABSENT},
};
enum { KINDS_N = sizeof kinds / sizeof *kinds };

/* By decision: undecided is none. */
static const char *const mark_names[DECISIONS_N] = {"none", "gain", "loss"};
static const char mark_signs[DECISIONS_N] = {'=', '+', '-'};

struct cell {
	const struct kind *kind;
	const struct mode *mode;
	const struct row *row; /* NULL: the mode does not fit */
	struct ratio speedup;
	enum decision decision;
	struct error why; /* it does not fit */
};

static int64_t workload_place(const char *name)
{
	for (size_t k = 0; k < workloads_n; k++)
		if (strcmp(workloads[k]->name, name) == 0)
			return (int64_t)k;
	abort(); /* kinds[] names no workload */
}

static int64_t cores_of(const struct options *o)
{
	struct world_choice world = options_world(o);
	return world_cores_n(&world);
}

/* As many as there are cores; but with fewer than four there is little for a wait to overlap. */
static int64_t threads_of(const struct options *o)
{
	int64_t asked = o->axes[AXIS_THREADS].values[0], cores_n = cores_of(o);
	return asked != ABSENT ? asked : cores_n > 4 ? cores_n : 4;
}

static int add_settings(const struct options *o, const struct own *own, const struct kind *kind,
			int64_t mode, int64_t threads, struct setting **settings, size_t *n,
			struct error *err)
{
	struct kind k = *kind;
	int64_t workload = workload_place(kind->workload), engine = kind->engine;
	struct options one = *o;
	one.axes[AXIS_WORKLOAD] = (struct axis_values){&workload, 1};
	one.axes[AXIS_ENGINE] = (struct axis_values){&engine, 1};
	one.axes[AXIS_SIZE] = (struct axis_values){&k.size, 1};
	one.axes[AXIS_TASKS] = (struct axis_values){&k.tasks, 1};
	one.axes[AXIS_ITERATIONS] = (struct axis_values){&k.iterations, 1};
	one.axes[AXIS_MODE] = (struct axis_values){&mode, 1};
	one.axes[AXIS_THREADS] = (struct axis_values){&threads, 1};
	return options_settings(&one, own, settings, n, err);
}

static bool fits(const struct options *o, const struct kind *kind, const struct mode *mode,
		 struct error *why)
{
	return !world_fits(options_world(o).world, mode, workloads[workload_place(kind->workload)],
			   kind->engine, why);
}

static int check_single(const struct options *o, struct error *err)
{
	static const struct {
		enum axis axis;
		const char *name;
	} singles[] = {{AXIS_THREADS, "threads"}, {AXIS_GIL, "gil"}, {AXIS_INTERVAL, "interval"},
		       {AXIS_PACE, "pace"}, {AXIS_WORLD, "world"}, {AXIS_CORES, "cores"},
		       {AXIS_SEED, "seed"}};
	for (size_t k = 0; k < sizeof singles / sizeof *singles; k++)
		if (o->axes[singles[k].axis].n > 1)
			return error_set(err, -EINVAL, "--%s: matrix takes one value, not %zu",
					 singles[k].name, o->axes[singles[k].axis].n);
	return 0;
}

/* For each kind the base, one thread that holds the lock, and then every mode that fits. */
static int make_settings(const struct options *o, const struct own *own, struct setting **settings,
			 size_t *n, struct error *err)
{
	int failed = check_single(o, err);
	for (const struct kind *kind = kinds; kind < kinds + KINDS_N && !failed; kind++) {
		failed = add_settings(o, own, kind, 0, 1, settings, n, err);
		for (size_t m = 0; m < modes_n && !failed; m++) {
			struct error why;
			if (fits(o, kind, modes[m], &why))
				failed = add_settings(o, own, kind, (int64_t)m, threads_of(o),
						      settings, n, err);
		}
	}
	return failed;
}

static const struct row *find_row(const struct session *s, const struct kind *kind,
				  const struct mode *mode, int64_t threads)
{
	for (size_t k = 0; k < s->settings_n; k++) {
		const struct setting *setting = &s->rows[k].setting;
		if (setting->mode == mode && setting->job.threads == threads &&
		    setting->job.engine == kind->engine &&
		    strcmp(setting->job.workload->name, kind->workload) == 0)
			return &s->rows[k];
	}
	return NULL;
}

static struct cell cell_of(const struct session *s, const struct kind *kind,
			   const struct mode *mode)
{
	struct cell cell = {.kind = kind, .mode = mode, .speedup = {NAN, NAN, NAN, NAN}};
	if (!fits(&s->options, kind, mode, &cell.why))
		return cell;
	cell.row = find_row(s, kind, mode, threads_of(&s->options));
	cell.speedup = row_speedup(cell.row, find_row(s, kind, modes[0], 1));
	cell.decision = ratio_decision(&cell.speedup, cell.row->repeats_n);
	return cell;
}

static bool is_marked(const struct cell *c)
{
	return isfinite(c->speedup.value) && c->row->repeats_n >= LEAST_SAMPLES_N;
}

static json_t *cell_json(const struct cell *c)
{
	const struct ratio *s = &c->speedup;
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:[o, o], s:s?, s:s?}", "task_type",
			 c->kind->name, "workload", c->kind->workload, "engine",
			 engine_names[c->kind->engine], "mode", c->mode->name, "speedup",
			 json_of_real(s->value), "speedup_ci95", json_of_real(s->low),
			 json_of_real(s->high), "mark",
			 is_marked(c) ? mark_names[c->decision] : NULL, "why",
			 c->row ? NULL : c->why.text);
}

static int print_cell(struct buffer *text, const struct cell *c)
{
	if (!isfinite(c->speedup.value))
		return buffer_printf(text, "  %9s", "");
	return buffer_printf(text, "  %6.2fx %c", c->speedup.value,
			     is_marked(c) ? mark_signs[c->decision] : ' ');
}

static int print_head(struct buffer *text, const struct options *o)
{
	bool is_real = options_world(o).world == WORLD_REAL;
	int failed = buffer_printf(text,
				   "speed-up of %" PRId64
				   " threads, processes or tasks on %" PRId64
				   " %scores over one thread that holds the lock\n\n%-13s",
				   threads_of(o), cores_of(o), is_real ? "" : "virtual ", "");
	for (size_t m = 0; m < modes_n && !failed; m++)
		failed = buffer_printf(text, "  %9s", modes[m]->name);
	return failed ? failed : buffer_printf(text, "\n");
}

static int conclude(const struct session *s, struct finding *f, struct error *err)
{
	struct buffer reasons = {0};
	json_t *cells = json_array();
	int failed = print_head(&f->text, &s->options);
	for (const struct kind *kind = kinds; kind < kinds + KINDS_N && !failed; kind++) {
		failed = buffer_printf(&f->text, "%-13s", kind->name);
		for (size_t m = 0; m < modes_n && !failed; m++) {
			struct cell cell = cell_of(s, kind, modes[m]);
			failed = print_cell(&f->text, &cell);
			if (!failed && json_array_append_new(cells, cell_json(&cell)))
				failed = -ENOMEM;
			if (!failed && !cell.row)
				failed = buffer_printf(&reasons, "- %s: %s\n", kind->name,
						       cell.why.text);
		}
		failed = failed ? failed : buffer_printf(&f->text, "\n");
	}
	if (!failed)
		failed = buffer_printf(&f->text,
				       "\n+ gain, - loss: by 5 %% or more, beyond the noise "
				       "floor, and 1 is outside the 95 %% interval; = none; fewer "
				       "than %d repeats tell nothing\n%s",
				       LEAST_SAMPLES_N,
				       reasons.bytes ? reasons.bytes : "");
	f->key = "matrix";
	f->replaces_rows = true;
	f->json = json_pack("{s:I, s:o}", "threads", (json_int_t)threads_of(&s->options), "cells",
			    cells);
	buffer_free(&reasons);
	return failed || !f->json ? error_set(err, -ENOMEM, "matrix: no memory") : 0;
}

static const char doc[] =
	"Measures four kinds of task (CPU-bound bytecode, CPU-bound native calls, I/O and "
	"memory-bound native calls) in every mode, and prints what each mode gains over one thread "
	"that holds the lock.  Default: as many threads as cores, but at least 4; 5 repeats.\v"
	"Examples:\n"
	"  gilsim matrix\n"
	"  gilsim matrix --threads=8 --output=matrix.json\n"
	"  gilsim matrix --world=virtual --cores=64\n\n"
	"JSON and CSV hold the measured rows, JSON also the table.  Exit status: as of gilsim run.";

int command_matrix(int argc, char **argv)
{
	static const char *const takes[] = {
		"threads", "gil",    "interval", "pace",   "world",  "cores",	 "seed",  "cost",
		"reps",	   "warmup", "min-time", "precision", "max-time", "order-seed", "format",
		"output",  "progress", "quiet",	NULL};
	static const struct session_command matrix = {
		.options = {.doc = doc, .takes = takes, .repeats = {5, 5}},
		.settings = make_settings,
		.conclude = conclude,
	};
	return session_run(&matrix, argc, argv);
}
