/* virtual.c - runs in the virtual world: what the module offers. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "measure/virtual.h"
#include "scenario/replica.h"
#include "scenario/stage.h"
#include "scenario/witness.h"

/* A world with one thing that happens in it. */
struct life {
	const struct run *asked;
	const struct world_choice *choice;
	struct worker *workers;
	struct outcome *outcome;
	struct error *err;
	int failed;
};

/* The module's own of that name. */
static const struct mode *own_mode(const struct mode *other)
{
	size_t k = 0;
	while (strcmp(modes[k]->name, other->name) != 0)
		k++;
	return modes[k];
}

static void run_work(struct life *life, struct run run)
{
	struct work work;
	struct prices prices;
	struct job job = run.work->job;
	job.workload = replica_workload(job.workload);
	life->failed = work_open(&work, &job, run.work, life->err);
	if (life->failed)
		return;
	prices_find(&prices, life->choice->cost, &job, NULL);
	run.work = &work;
	run.burns = run.burns ? run.burns : prices.burns; /* at a pace they are the caller's */
	run.costs = &prices.natives;
	life->failed = mode_run(&run, life->workers, life->outcome, life->err);
	work_close(&work);
}

static void main_of_run(void *argument)
{
	struct life *life = argument;
	struct run run = *life->asked;
	run.mode = own_mode(run.mode);
	run.policy = gil_policy_find(run.policy->name);
	run_work(life, run);
}

static int virtual_mode_run(const struct run *run, const struct world_choice *choice,
			    struct worker *workers, struct outcome *outcome, struct error *err)
{
	struct life life = {run, choice, workers, outcome, err, 0};
	struct virtual_options options = stage_options(choice);
	options.recorder = recording_cores(run->recording);
	int failed = virtual_run(&options, main_of_run, &life, err);
	if (failed == -EDEADLK)
		error_set(err, failed, "%s: all threads wait for each other",
			  run->work->job.workload->name);
	return failed ? failed : life.failed;
}

static int virtual_scenario(const struct scenario *s, const struct world_choice *choice,
			    struct worker *workers, struct lane *lanes, int64_t *wall_ns,
			    struct error *err)
{
	static struct stage stage;
	stage = (struct stage){
		.asked = s,
		.cost = choice->cost,
		.workers = workers,
		.lanes = lanes,
		.wall_ns = wall_ns,
		.err = err,
	};
	struct virtual_options options = stage_options(choice);
	options.recorder = recording_cores(s->recording);
	return stage_run(&stage, &options);
}

extern const struct virtual_world gilsim_virtual;
__attribute__((visibility("default"))) const struct virtual_world gilsim_virtual = {
	.run = virtual_mode_run,
	.scenario = virtual_scenario,
	.explore = witness_seed,
};
