#include "scenario/replica.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int64_t native_ps(const struct native_costs *natives, int64_t items_n, int64_t passes_n)
{
	const struct prices *p = (const struct prices *)natives;
	return cost_native_ps(p->model, p->work, items_n, passes_n);
}

void prices_find(struct prices *p, const struct cost_model *model, const struct job *job,
		 const struct pace *pace)
{
	*p = (struct prices){.natives.ps = native_ps, .model = model};
	p->work = job ? cost_of(model, job->workload->name, job->engine) : NULL;
	cost_burns(model, p->work, pace, p->burns);
}

const struct workload *replica_workload(const struct workload *original)
{
	for (size_t k = 0; k < workloads_n && !original->file; k++)
		if (strcmp(workloads[k]->name, original->name) == 0)
			return workloads[k];
	return original;
}

static void copy_group(struct group *g, const struct group *original)
{
	*g = *original;
	g->program = (struct program){0};
	g->work = (struct work){0};
	if (g->activity == ACTIVITY_WORKLOAD)
		g->job.workload = replica_workload(g->job.workload);
}

int replica_open(struct replica *r, const struct scenario *original,
		 const struct cost_model *model, struct error *err)
{
	struct scenario *s = &r->scenario;
	size_t n = original->groups_n;
	*s = *original;
	s->policy = gil_policy_find(original->policy->name);
	s->groups = calloc(n, sizeof *s->groups);
	r->prices = calloc(n, sizeof *r->prices);
	if (!s->groups || !r->prices) {
		s->groups_n = 0;
		return error_set(err, -ENOMEM, "%.80s: no memory", s->file);
	}
	for (size_t k = 0; k < n; k++) {
		struct group *g = &s->groups[k];
		copy_group(g, &original->groups[k]);
		prices_find(&r->prices[k], model,
			    g->activity == ACTIVITY_WORKLOAD ? &g->job : NULL, s->pace);
		g->burns = r->prices[k].burns;
		g->costs = &r->prices[k].natives;
	}
	return scenario_assemble(s, original, err);
}

void replica_close(struct replica *r)
{
	for (size_t k = 0; k < r->scenario.groups_n; k++) {
		program_free(&r->scenario.groups[k].program);
		work_close(&r->scenario.groups[k].work);
	}
	free(r->scenario.groups);
	free(r->prices);
	*r = (struct replica){0};
}
