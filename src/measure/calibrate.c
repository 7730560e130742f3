#include "measure/calibrate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/experiment.h"
#include "measure/runner.h"
#include "measure/samples.h"
#include "measure/virtual.h"
#include "world/host.h"
#include "world/world.h"

/* A run of one thread, except where `threads` says so. */
struct trial {
	const struct workload *workload;
	enum engine engine;
	int64_t size, tasks, iterations;
	const char *mode;
	int64_t threads;
};

#define TRIAL(name, ENGINE, size, tasks, iterations) extern const struct workload workload_##name;
#include "measure/trials.def"
#undef TRIAL

/* In the order in which they are solved: what the later ones need comes first.
 *
 * Of the kinds of opcodes, loops and what is simple cannot be told apart by the count loop, which
 * has nothing else: they are taken to cost the same.  The Laplace loop then gives what is about
 * objects, and a loop with a call in it, the call. */
enum {
	TRIAL_SIMPLE,
	TRIAL_OBJECT,
	TRIAL_CALL,
	TRIAL_NATIVE,	/* nothing but calls, of a cell each */
	TRIAL_RELEASED, /* the same, with a drop and a take around each */
	TRIAL_SHARED,	/* two threads that do so at once, around calls of some 160 ns */
	TRIAL_MEMORY,	/* all cores, few passes */
	TRIAL_MEMORY_MORE,
	TRIALS_FIRST
};
static const struct trial trials[] = {
	[TRIAL_SIMPLE] = {&workload_count, ENGINE_BYTECODE, 8000000, 0, 0, "locked", 1},
	[TRIAL_OBJECT] = {&workload_laplace, ENGINE_BYTECODE, 30, 10, 30, "locked", 1},
	[TRIAL_CALL] = {&workload_countercall, ENGINE_BYTECODE, 500000, 0, 0, "locked", 1},
	[TRIAL_NATIVE] = {&workload_laplace, ENGINE_NATIVE, 3, 1, 200000, "locked", 1},
	[TRIAL_RELEASED] = {&workload_laplace, ENGINE_NATIVE, 3, 1, 200000, "released", 1},
	[TRIAL_SHARED] = {&workload_laplace, ENGINE_NATIVE, 30, 80, 1000, "released", 2},
	[TRIAL_MEMORY] = {&workload_memory, ENGINE_NATIVE, 96, 0, 2, "released", ABSENT},
	[TRIAL_MEMORY_MORE] = {&workload_memory, ENGINE_NATIVE, 96, 0, 10, "released", ABSENT},
#define TRIAL(name, ENGINE, size, tasks, iterations) \
	{&workload_##name, ENGINE_##ENGINE, size, tasks, iterations, "locked", 1},
#include "measure/trials.def"
#undef TRIAL
};
enum { TRIALS_N = sizeof trials / sizeof *trials, EXPERIMENT_ROUNDS_MOST = 9 };

/* Between the process that measures and gilsim. */
struct shared {
	const char *what; /* a constant: both have it at the same address */
	int64_t done_n, total_n;
	int64_t rounds_n, experiment_rounds_n;
	int failed;
	struct error error;
	struct cost_model model;
	struct work_cost works[TRIALS_N];
	struct machine_cost found; /* by an experiment */
};

struct calibration {
	struct shared *shared;
	const struct virtual_world *world;
	int64_t cores_n;
	struct worker *workers; /* one for each core, and two at least */
	struct work works[TRIALS_N];
	struct samples real[TRIALS_N]; /* ns */
	int64_t real_ns[TRIALS_N]; /* what a quarter is below */
};

static void begin_step(struct shared *s, const char *what)
{
	world_store(&s->what, what, RELAXED);
	world_store(&s->done_n, s->done_n + 1, RELAXED);
}

/* --- the machine --- */

struct one_experiment {
	struct shared *shared;
	const struct experiment *experiment;
};

static int make_experiment(const struct world_channel *parent, void *argument)
{
	const struct one_experiment *one = argument;
	(void)parent;
	runner_enter_regime();
	return one->experiment->run(&one->shared->found) ? EXIT_FAILURE : 0;
}

static int make_experiments(struct shared *s, struct error *err)
{
	for (const struct experiment *e = experiments; e->name; e++) {
		struct one_experiment one = {s, e};
		struct world_process process;
		int status;
		begin_step(s, e->name);
		int failed = world_fork(&process, false, make_experiment, &one);
		if (failed)
			return error_set(err, failed, "a process to measure %s in: %s", e->name,
					 strerror(-failed));
		world_wait(&process, &status, NULL);
		if (status)
			return error_set(err, -ECHILD, "%s: could not be measured on this machine",
					 e->name);
	}
	return 0;
}

/* All are made again and again: of what each gave, the middle one. */
static int measure_machine(struct shared *s, struct error *err)
{
	struct machine_cost found[EXPERIMENT_ROUNDS_MOST];
	struct samples values;
	int64_t n = s->experiment_rounds_n;
	for (int64_t k = 0; k < n; k++) {
		s->found = s->model.machine;
		int failed = make_experiments(s, err);
		if (failed)
			return failed;
		found[k] = s->found;
	}
#define COST(field, unit, least, most, help) \
	values.n = 0; \
	for (int64_t k = 0; k < n; k++) \
		samples_add(&values, found[k].field); \
	s->model.machine.field = samples_middle(&values);
#include "world/cost.def"
#undef COST
	return 0;
}

/* --- real runs --- */

static int64_t number_or_absent(int64_t n)
{
	return n ? n : ABSENT;
}

static int open_trials(struct calibration *c, struct error *err)
{
	int failed = 0;
	for (int k = 0; k < TRIALS_N && !failed; k++) {
		const struct trial *t = &trials[k];
		int64_t threads = t->threads == ABSENT ? c->cores_n : t->threads;
		const struct job job = {
			.workload = t->workload,
			.engine = t->engine,
			.scaling = SCALING_STRONG,
			.size = t->size,
			.tasks = number_or_absent(t->tasks),
			.iterations = number_or_absent(t->iterations),
			.threads = threads,
			.workers = threads,
		};
		failed = work_open(&c->works[k], &job, NULL, err);
	}
	return failed;
}

static struct run run_of(const struct calibration *c, int k)
{
	size_t mode = 0;
	while (strcmp(modes[mode]->name, trials[k].mode) != 0)
		mode++;
	return (struct run){
		.mode = modes[mode],
		.work = &c->works[k],
		.policy = gil_policy_find("cpython"),
		.interval_ns = ABSENT,
		.ticks = ABSENT,
		.counts = COUNTS_PLAIN,
		.threads = c->works[k].job.threads,
		.accounting = ACCOUNTING_COUNTS,
		.chunks = ABSENT,
		.payload = ABSENT,
	};
}

/* Without waits for a core that others had.  What one thread takes is its time on a core, and some
 * tens of us to begin and end, which do not matter in 10 ms. */
static int64_t undisturbed_ns(const struct outcome *outcome, int64_t threads)
{
	int64_t cpu_ns = outcome->user_ns + outcome->sys_ns;
	return threads == 1 && cpu_ns < outcome->wall_ns ? cpu_ns : outcome->wall_ns;
}

/* Round all of them, so that a drift of the machine meets all. */
static int measure_trials(struct calibration *c, struct error *err)
{
	int failed = 0;
	for (int64_t round = 0; round < c->shared->rounds_n && !failed; round++)
		for (int k = 0; k < TRIALS_N && !failed; k++) {
			struct run run = run_of(c, k);
			struct outcome outcome;
			begin_step(c->shared, trials[k].workload->name);
			failed = mode_run(&run, c->workers, &outcome, err);
			if (failed)
				break;
			samples_add(&c->real[k], undisturbed_ns(&outcome, run.threads));
		}
	for (int k = 0; k < TRIALS_N && !failed; k++)
		c->real_ns[k] = samples_percentile(&c->real[k], 25);
	return failed;
}

/* --- virtual ones, and what is solved for --- */

static int run_virtually(const struct calibration *c, int k, int64_t *wall_ns, struct error *err)
{
	const struct run run = run_of(c, k);
	const struct world_choice choice = {
		.world = WORLD_IN_VIRTUAL_TIME,
		.cores = c->cores_n,
		.seed = 1,
		.cost = &c->shared->model,
	};
	struct outcome outcome = {0};
	int failed = c->world->run(&run, &choice, c->workers, &outcome, err);
	*wall_ns = outcome.wall_ns;
	return failed;
}

/* Some cost of the model, or two that are taken to be the same. */
struct unknown {
	int64_t *ps, *alike;
};

static void set(const struct unknown *u, double ps)
{
	*u->ps = ps < 0 ? 0 : ps > COST_PS_MOST ? COST_PS_MOST : (int64_t)(ps + 0.5);
	if (u->alike)
		*u->alike = *u->ps;
}

/* So that trial k takes as long as it really did; or, where `less` is a trial, so much longer than
 * that one.  Both runs are far above what is sought: below, memory may be what a run waits for. */
enum { ALONE = -1 };
static int solve(struct calibration *c, int k, int less, const struct unknown *u,
		 struct error *err)
{
	enum { PROBE_PS = 4000 };
	double real_ns = (double)(c->real_ns[k] - (less == ALONE ? 0 : c->real_ns[less]));
	double virtual_ns[2];
	int failed = 0;
	begin_step(c->shared, trials[k].workload->name);
	for (int side = 0; side < 2 && !failed; side++) {
		int64_t wall_ns, less_ns = 0;
		set(u, (side + 1) * PROBE_PS);
		failed = run_virtually(c, k, &wall_ns, err);
		if (!failed && less != ALONE)
			failed = run_virtually(c, less, &less_ns, err);
		virtual_ns[side] = (double)(wall_ns - less_ns);
	}
	if (failed)
		return failed;
	double slope = (virtual_ns[1] - virtual_ns[0]) / PROBE_PS;
	set(u, slope > 0 ? PROBE_PS + (real_ns - virtual_ns[0]) / slope : 0);
	return 0;
}

static int solve_first(struct calibration *c, struct error *err)
{
	struct cost_model *m = &c->shared->model;
	const struct {
		int trial, less;
		struct unknown unknown;
	} firsts[] = {
		{TRIAL_SIMPLE, ALONE, {&m->opcode_ps[PACE_SIMPLE], &m->opcode_ps[PACE_LOOP]}},
		{TRIAL_OBJECT, ALONE, {&m->opcode_ps[PACE_OBJECT], NULL}},
		{TRIAL_CALL, ALONE, {&m->opcode_ps[PACE_CALL], NULL}},
		{TRIAL_NATIVE, ALONE, {&m->native_ps, NULL}},
		{TRIAL_RELEASED, TRIAL_NATIVE, {&m->machine.atomic_ps, NULL}},
	};
	int failed = 0;
	for (size_t k = 0; k < sizeof firsts / sizeof *firsts && !failed; k++)
		failed = solve(c, firsts[k].trial, firsts[k].less, &firsts[k].unknown, err);
	return failed;
}

/* What fetching a line takes in effect, at most what the experiment found: part of it is hidden.
 * What two threads make each other wait grows with it. */
static int solve_transfer(struct calibration *c, struct error *err)
{
	enum { STEPS_N = 8 };
	struct unknown transfer = {&c->shared->model.machine.transfer_ps, NULL};
	int64_t least_ps = 0, most_ps = *transfer.ps;
	int failed = 0;
	begin_step(c->shared, "laplace, two threads");
	for (int k = 0; k < STEPS_N && !failed && c->cores_n > 1; k++) {
		int64_t middle_ps = (least_ps + most_ps) / 2, wall_ns;
		set(&transfer, (double)middle_ps);
		failed = run_virtually(c, TRIAL_SHARED, &wall_ns, err);
		*(wall_ns < c->real_ns[TRIAL_SHARED] ? &least_ps : &most_ps) = middle_ps;
	}
	return failed;
}

static int64_t units_n(const struct work *w)
{
	return work_units(w, 0, w->tasks_n);
}

static double mib_per_s(int64_t units, int64_t ns)
{
	double bytes = (double)(units * workload_memory.unit_bytes);
	return ns > 0 ? bytes / (double)ns * 1e9 / (1 << 20) : 0;
}

/* Without what making the arrays takes: of some passes more, only these count.  What one thread
 * got, all of them get. */
static void set_bandwidth(struct calibration *c)
{
	const struct work *few = &c->works[TRIAL_MEMORY], *more = &c->works[TRIAL_MEMORY_MORE];
	double most = mib_per_s(units_n(more) - units_n(few),
				c->real_ns[TRIAL_MEMORY_MORE] - c->real_ns[TRIAL_MEMORY]);
	for (int k = TRIALS_FIRST; k < TRIALS_N; k++)
		if (trials[k].workload->unit_bytes && trials[k].engine == ENGINE_NATIVE)
			most = fmax(most, mib_per_s(units_n(&c->works[k]), c->real_ns[k]));
	c->shared->model.machine.memory_mib_s = (int64_t)(most + 1);
}

static struct work_cost *find_work(struct cost_model *m, const struct trial *t)
{
	struct work_cost *work = (struct work_cost *)cost_of(m, t->workload->name, t->engine);
	if (!work) {
		work = &m->works[m->works_n++];
		*work = (struct work_cost){.engine = t->engine, .opcode_ps = ABSENT};
		snprintf(work->workload, sizeof work->workload, "%s", t->workload->name);
	}
	return work;
}

/* The items of a native call, of which each task makes one an iteration. */
static int64_t items_n(const struct work *w)
{
	int64_t calls_n = w->job.iterations == ABSENT ? 1 : w->job.iterations;
	return work_units(w, 0, 1) / calls_n;
}

/* NULL: the table of trials has too many sizes of one, or not in their order. */
static struct item_cost *add_item(struct work_cost *work, int64_t items_n)
{
	struct item_cost *item = &work->items[work->items_n];
	if (work->items_n == ITEM_COSTS_MOST || (work->items_n && items_n <= item[-1].items_n))
		return NULL;
	item->items_n = items_n;
	work->items_n++;
	return item;
}

static int solve_works(struct calibration *c, struct error *err)
{
	int failed = 0;
	for (int k = TRIALS_FIRST; k < TRIALS_N && !failed; k++) {
		struct work_cost *work = find_work(&c->shared->model, &trials[k]);
		struct unknown unknown = {&work->opcode_ps, NULL};
		if (trials[k].engine == ENGINE_NATIVE) {
			struct item_cost *item = add_item(work, items_n(&c->works[k]));
			if (!item)
				return error_set(err, -E2BIG,
						 "calibration: %s: must have at most %d sizes, "
						 "which grow",
						 work->workload, ITEM_COSTS_MOST);
			unknown.ps = &item->ps;
		}
		failed = solve(c, k, ALONE, &unknown, err);
	}
	return failed;
}

/* --- the process that measures --- */

static int calibrate(struct calibration *c, struct error *err)
{
	int failed = measure_machine(c->shared, err);
	if (failed)
		return failed;
	c->world = virtual_world_load(err);
	if (!c->world)
		return -ENOSYS;
	runner_enter_regime();
	failed = open_trials(c, err);
	if (!failed)
		failed = measure_trials(c, err);
	if (failed)
		return failed;
	set_bandwidth(c);
	failed = solve_first(c, err);
	if (!failed)
		failed = solve_works(c, err);
	return failed ? failed : solve_transfer(c, err);
}

/* Ends after it: nothing is freed. */
static int calibrate_alone(const struct world_channel *gilsim, void *argument)
{
	static struct calibration c;
	struct shared *s = argument;
	c.shared = s;
	s->failed = experiments_open(&s->error);
	c.cores_n = s->failed ? 1 : host_cores_allowed();
	c.workers = world_share((size_t)(c.cores_n + 1) * sizeof *c.workers);
	if (!s->failed)
		s->failed = c.workers ? calibrate(&c, &s->error)
				      : error_set(&s->error, -ENOMEM, "calibration: no memory");
	return world_send(gilsim, "", 1) ? EXIT_FAILURE : 0;
}

static int wait_for_end(struct world_process *process, const struct shared *s,
			const struct calibrate_observer *o, struct error *err)
{
	enum { LOOK_EVERY_NS = 100000000 };
	int status;
	char done;
	while (!world_wait_readable(&process->channel, LOOK_EVERY_NS)) {
		if (o->progress)
			o->progress(o->context, world_load(&s->done_n, RELAXED), s->total_n,
				    world_load(&s->what, RELAXED));
		if (o->go_on && !o->go_on(o->context)) {
			world_kill(process);
			world_wait(process, &status, NULL);
			return error_set(err, -EINTR, "interrupted");
		}
	}
	int failed = world_receive(&process->channel, &done, 1);
	world_wait(process, &status, NULL);
	return failed ? runner_explain_end(status, err) : 0;
}

static int take_over(struct cost_model *m, const struct shared *s, struct error *err)
{
	if (s->failed) {
		*err = s->error;
		return s->failed;
	}
	size_t size_bytes = s->model.works_n * sizeof *s->works;
	int failed = machine_cost_check(&s->model.machine, err);
	if (failed)
		return failed;
	*m = s->model;
	m->works = malloc(size_bytes);
	if (!m->works) {
		*m = (struct cost_model){0};
		return error_set(err, -ENOMEM, "calibration: no memory");
	}
	memcpy(m->works, s->works, size_bytes);
	cost_digest(m);
	return 0;
}

/* What cannot be measured stays as in the preset whose lock takes no more steps than gilsim's. */
static void begin_model(struct shared *s, int64_t rounds_n)
{
	int64_t experiments_n = 0, third_n = (rounds_n + 2) / 3;
	while (experiments[experiments_n].name)
		experiments_n++;
	s->rounds_n = rounds_n;
	s->experiment_rounds_n = third_n < EXPERIMENT_ROUNDS_MOST ? third_n
								  : EXPERIMENT_ROUNDS_MOST;
	s->what = experiments[0].name;
	/* Two trials give the bandwidth, and no equation. */
	s->total_n = s->experiment_rounds_n * experiments_n + rounds_n * TRIALS_N + TRIALS_N - 2;
	s->model.name = "this machine";
	s->model.machine = cost_preset_find("cpython27")->machine;
	s->model.works = s->works;
}

int cost_calibrate(struct cost_model *m, int64_t rounds_n,
		   const struct calibrate_observer *observer, struct error *err)
{
	struct world_process process;
	struct shared *s = world_share(sizeof *s);
	*m = (struct cost_model){0};
	if (!s)
		return error_set(err, -ENOMEM, "calibration: no memory");
	begin_model(s, rounds_n);
	int failed = world_fork(&process, true, calibrate_alone, s);
	if (failed)
		error_set(err, failed, "the measuring process: %s", strerror(-failed));
	else
		failed = wait_for_end(&process, s, observer, err);
	if (!failed)
		failed = take_over(m, s, err);
	world_unshare(s, sizeof *s);
	return failed;
}
