/* virtual.c - runs in the virtual world: what the module offers. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "measure/virtual.h"
#include "world/virtual.h"

/* A world with one thing that happens in it. */
struct life {
	const struct run *asked;
	const struct world_choice *choice;
	struct worker *workers;
	struct outcome *outcome;
	struct error *err;
	int failed;
};

/* What bytecode and native calls cost in it. */
struct prices {
	struct native_costs natives; /* first */
	const struct cost_model *model;
	const struct work_cost *work;
	uint32_t burns[OPCODES_N];
};

static int64_t native_ps(const struct native_costs *natives, int64_t items_n)
{
	const struct prices *p = (const struct prices *)natives;
	return cost_native_ps(p->model, p->work, items_n);
}

static void find_prices(struct prices *p, const struct cost_model *model, const struct job *job,
			const struct pace *pace)
{
	*p = (struct prices){.natives.ps = native_ps, .model = model};
	p->work = cost_of(model, job->workload->name, job->engine);
	cost_burns(model, p->work, pace, p->burns);
}

/* The module's own of what has the same name in the real world.  A workload that the user brings
 * knows neither. */
static const struct mode *own_mode(const struct mode *other)
{
	size_t k = 0;
	while (strcmp(modes[k]->name, other->name))
		k++;
	return modes[k];
}

static const struct workload *own_workload(const struct workload *other)
{
	for (size_t k = 0; k < workloads_n && !other->file; k++)
		if (strcmp(workloads[k]->name, other->name) == 0)
			return workloads[k];
	return other;
}

static void run_work(struct life *life, struct run *run)
{
	struct work work;
	struct prices prices;
	struct job job = run->work->job;
	job.workload = own_workload(job.workload);
	life->failed = work_open(&work, &job, run->work, life->err);
	if (life->failed)
		return;
	find_prices(&prices, life->choice->cost, &job, NULL);
	run->work = &work;
	run->burns = run->burns ? run->burns : prices.burns; /* at a pace they are the caller's */
	run->costs = &prices.natives;
	life->failed = mode_run(run, life->workers, life->outcome, life->err);
	work_close(&work);
}

static void main_of_run(void *argument)
{
	struct life *life = argument;
	struct run run = *life->asked;
	run.mode = own_mode(run.mode);
	run.policy = gil_policy_find(run.policy->name);
	run_work(life, &run);
}

static int virtual_mode_run(const struct run *run, const struct world_choice *choice,
			    struct worker *workers, struct outcome *outcome, struct error *err)
{
	struct life life = {run, choice, workers, outcome, err, 0};
	const struct virtual_options options = {
		.cores_n = choice->cores,
		.seed = (uint64_t)choice->seed,
		.cost = &choice->cost->machine,
		.end_ns = ABSENT,
	};
	int failed = virtual_run(&options, main_of_run, &life, err);
	if (failed == -EDEADLK)
		error_set(err, failed, "%s: all threads wait for each other",
			  run->work->job.workload->name);
	return failed ? failed : life.failed;
}

extern const struct virtual_world gilsim_virtual;
__attribute__((visibility("default"))) const struct virtual_world gilsim_virtual = {
	.run = virtual_mode_run,
};
