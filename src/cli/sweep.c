/* sweep.c - from the axes of the command line to the settings of a run. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/options.h"
#include "mode/message.h"

static int64_t or_preset(int64_t value, int64_t preset)
{
	return value == ABSENT ? preset : value;
}

/* A policy's knob, ABSENT where it has none. */
static int64_t knob(int64_t asked, int64_t preset)
{
	return preset == ABSENT ? ABSENT : or_preset(asked, preset);
}

/* A workload's choice: what was asked for, its preset, or ABSENT if it has no such. */
static int choose(const char *option, const struct job *job, const struct choice *choice,
		  int64_t asked, int64_t *chosen, struct error *err)
{
	const struct workload *workload = job->workload;
	if (workload->file && !choice->most && asked != ABSENT)
		return error_set(err, -EINVAL, "%s=%" PRId64 ": %s takes none: %s", option, asked,
				 workload->name, choice->help);
	*chosen = choice->most ? or_preset(asked, choice_preset(choice, job->engine))
			       : ABSENT;
	if (*chosen != ABSENT && (*chosen < choice->least || *chosen > choice->most))
		return error_set(err, -EINVAL,
				 "%s=%" PRId64 ": %s's must be from %" PRId64 " to %" PRId64
				 " (%s)",
				 option, *chosen, workload->name, choice->least, choice->most,
				 choice->help);
	return 0;
}

/* Divides a preset by the smallest factor that is at least *divisor and leaves no rest;
 * *divisor is what is still to be divided. */
static int64_t divide(int64_t *preset, int64_t *divisor)
{
	int64_t factor = *divisor;
	while (factor < *preset && *preset % factor)
		factor++;
	factor = factor < *preset ? factor : *preset;
	*preset /= factor; /* NOLINT(clang-analyzer-core.DivideZero): a divisor is 1 or more */
	*divisor = (*divisor + factor - 1) / factor;
	return factor;
}

/* What the user did not ask for is divided under a policy that is very slow, and where less
 * is enough. */
static void divide_presets(struct setting *s, int64_t work_divisor,
			   const int64_t values[static AXES_N])
{
	int64_t divisor = s->policy->work_divisor * work_divisor;
	s->work_divisor = 1;
	if (s->job.iterations != ABSENT && values[AXIS_ITERATIONS] == ABSENT)
		s->work_divisor *= divide(&s->job.iterations, &divisor);
	if (s->job.workload->size_is_work && values[AXIS_SIZE] == ABSENT)
		s->work_divisor *= divide(&s->job.size, &divisor);
	if (s->job.tasks != ABSENT && values[AXIS_TASKS] == ABSENT)
		s->work_divisor *= divide(&s->job.tasks, &divisor);
}

static enum engine engine_for(const struct mode *mode, const struct workload *workload,
			      int64_t asked)
{
	bool is_auto = asked == ABSENT || asked == ENGINES_N;
	return is_auto ? mode_engine(mode, workload) : (enum engine)asked;
}

static int make_job(struct setting *s, const struct own *own, const int64_t values[static AXES_N],
		    struct error *err)
{
	const struct workload *workload = own->workload.name
						  ? &own->workload
						  : workloads[or_preset(values[AXIS_WORKLOAD], 0)];
	struct job *job = &s->job;
	*job = (struct job){
		.workload = workload,
		.engine = engine_for(s->mode, workload, values[AXIS_ENGINE]),
		.scaling = (enum scaling)or_preset(values[AXIS_SCALING], SCALING_STRONG),
		.threads = or_preset(values[AXIS_THREADS], 1),
	};
	job->workers = mode_shares_n(s->mode, job->threads);
	if (job->threads > mode_threads_most(s->mode))
		return error_set(err, -EINVAL, "--threads=%" PRId64 ": mode %s's must be at most "
				 "%" PRId64 " (%s)",
				 job->threads, s->mode->name, mode_threads_most(s->mode),
				 s->mode->threads_help);
	int failed = choose("--size", job, &workload->size, values[AXIS_SIZE], &job->size, err);
	if (!failed)
		failed = choose("--tasks", job, &workload->tasks, values[AXIS_TASKS],
				&job->tasks, err);
	if (!failed)
		failed = choose("--iterations", job, &workload->iterations,
				values[AXIS_ITERATIONS], &job->iterations, err);
	job->updates_per_call = ABSENT;
	if (!failed && job->engine == ENGINE_NATIVE)
		failed = choose("--updates-per-call", job, &workload->updates_per_call,
				values[AXIS_UPDATES_PER_CALL], &job->updates_per_call, err);
	if (workload->tasks_are_strong && job->scaling == SCALING_WEAK)
		job->tasks = ABSENT;
	return failed ? failed
		      : world_fits(s->world.world, s->mode, workload, job->engine, err);
}

/* What applies to workers that are processes alone. */
static int choose_messages(struct setting *s, const int64_t values[static AXES_N],
			   struct error *err)
{
	s->chunks = s->payload = s->pool = ABSENT;
	if (!s->mode->forks)
		return 0;
	s->pool = or_preset(values[AXIS_POOL], POOL_OFF);
	s->chunks = or_preset(values[AXIS_CHUNKS], s->pool == POOL_ON ? 1 : ABSENT);
	s->payload = or_preset(values[AXIS_PAYLOAD], 0);
	return messages_fit(&s->job, s->chunks, s->payload, err);
}

/* What applies to this machine alone. */
static void choose_real(struct world_choice *world, const int64_t values[static AXES_N])
{
	if (world->world != WORLD_REAL)
		return;
	world->bind = or_preset(values[AXIS_BIND], BIND_NONE);
	world->counters = or_preset(values[AXIS_COUNTERS], COUNTERS_OFF);
}

static int make_setting(struct setting *s, const struct options *o, const struct own *own,
			const int64_t values[static AXES_N], struct error *err)
{
	const struct mode *mode = modes[or_preset(values[AXIS_MODE], 0)];
	const struct gil_policy *policy = mode->has_no_lock
						  ? gil_policy_find("none")
						  : &gil_policies[or_preset(values[AXIS_GIL], 0)];
	int64_t counts = mode->has_no_lock ? COUNTS_BIASED : or_preset(values[AXIS_COUNTS], 0);
	*s = (struct setting){
		.mode = mode,
		.policy = policy,
		.interval_ns = knob(values[AXIS_INTERVAL], policy->interval_ns),
		.ticks = knob(values[AXIS_TICKS], policy->ticks),
		.counts = (enum counts)counts,
		.pace = (const struct pace *)(intptr_t)or_preset(values[AXIS_PACE], 0),
		.accounting = (enum accounting)or_preset(values[AXIS_ACCOUNTING],
							 ACCOUNTING_COUNTS),
		.world = world_choose(values[AXIS_WORLD], values[AXIS_CORES], values[AXIS_SEED],
				      o->costs.model),
	};
	choose_real(&s->world, values);
	int failed = make_job(s, own, values, err);
	if (failed)
		return failed;
	divide_presets(s, o->work_divisor, values);
	return choose_messages(s, values, err);
}

/* Advances like a counter whose last digit is the fastest; false after the last. */
static bool next_combination(const struct options *o, size_t places[static AXES_N])
{
	for (size_t k = AXES_N; k-- > 0;) {
		if (++places[k] < o->axes[k].n)
			return true;
		places[k] = 0;
	}
	return false;
}

static bool is_there(const struct setting *settings, size_t n, const struct setting *s)
{
	for (size_t k = 0; k < n; k++)
		if (setting_is_equal(&settings[k], s))
			return true;
	return false;
}

/* Each is compared with all others. */
static int check_combinations(const struct options *o, struct error *err)
{
	enum { COMBINATIONS_MOST = 20000 };
	double n = 1;
	for (size_t k = 0; k < AXES_N; k++)
		n *= (double)o->axes[k].n;
	if (n <= COMBINATIONS_MOST)
		return 0;
	return error_set(err, -EINVAL,
			 "options: make %.3g settings: must be at most %d, so give shorter lists",
			 n, COMBINATIONS_MOST);
}

int options_settings(const struct options *o, const struct own *own, struct setting **settings,
		     size_t *n, struct error *err)
{
	size_t places[AXES_N] = {0};
	int failed = check_combinations(o, err);
	if (failed)
		return failed;
	do {
		int64_t values[AXES_N];
		struct setting made;
		for (size_t k = 0; k < AXES_N; k++)
			values[k] = o->axes[k].values[places[k]];
		failed = make_setting(&made, o, own, values, err);
		if (failed || is_there(*settings, *n, &made))
			continue;
		struct setting *slot = array_push((void **)settings, n, sizeof *slot);
		if (slot)
			*slot = made;
		else
			failed = error_set(err, -ENOMEM, "settings: no memory");
	} while (!failed && next_combination(o, places));
	return failed;
}
