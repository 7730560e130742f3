#include "scenario/explore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/runner.h"
#include "scenario/run.h"

const char *const schedules_names[] = {
	[SCHEDULES_RANDOM] = "random",
	[SCHEDULES_PRIORITIES] = "priorities",
	[SCHEDULES_BOTH] = "both",
};

const struct invariant_info invariant_infos[] = {
#define INVARIANT(NAME, name, rule) {#name, rule},
#include "gil/invariants.def"
#undef INVARIANT
};

static const int64_t look_every_ns = 100000000;

enum schedule schedule_of(enum schedules schedules, int64_t seed)
{
	bool by_priority = schedules == SCHEDULES_PRIORITIES ||
			   (schedules == SCHEDULES_BOTH && seed % 2 == 0);
	return by_priority ? SCHEDULE_PRIORITIES : SCHEDULE_RANDOM;
}

int64_t schedule_cores_n(enum schedule schedule, int64_t cores_n)
{
	return schedule == SCHEDULE_PRIORITIES ? 1 : cores_n;
}

/* What both processes see. */
struct shared {
	struct exploration exploration;
	struct explored explored; /* by the seed that runs */
	int failed;		  /* other than a seed */
	struct error error;
};

struct child {
	struct world_process process;
	struct shared *shared;
};

static void add(struct exploration *x, const struct explored *e)
{
	x->seeds_n++;
	x->next++;
	x->events_n += e->events_n;
	for (int k = 0; k < INVARIANTS_N; k++)
		x->checks_n[k] += e->checks_n[k];
	if (e->overtaken_n > x->worst.overtaken_n)
		x->worst = *e;
}

static bool is_finding(int failed)
{
	return failed == -ECANCELED || failed == -EDEADLK || failed == -EBADMSG;
}

static int explore_seed(struct shared *shared, struct worker *workers, struct lane *lanes)
{
	struct exploration *x = &shared->exploration;
	const struct scenario *s = x->scenario;
	const struct virtual_world *world = virtual_world_load(&shared->error);
	enum schedule schedule = schedule_of(x->schedules, x->next);
	struct world_choice choice = s->world;
	if (!world)
		return -ENOENT;
	choice.seed = x->next;
	choice.cores = schedule_cores_n(schedule, choice.cores);
	memset(workers, 0, (size_t)s->threads_n * sizeof *workers);
	memset(lanes, 0, (size_t)s->threads_n * sizeof *lanes);
	int failed = world->explore(s, &choice, schedule, x->logs, workers, lanes,
				    &shared->explored, &shared->error);
	add(x, &shared->explored);
	return is_finding(failed) ? 0 : failed;
}

static int child_main(const struct world_channel *gilsim, void *argument)
{
	struct shared *shared = ((struct child *)argument)->shared;
	struct exploration *x = &shared->exploration;
	size_t n = (size_t)x->scenario->threads_n;
	struct worker *workers = aligned_alloc(CACHE_LINE_BYTES, n * sizeof *workers);
	struct lane *lanes = aligned_alloc(CACHE_LINE_BYTES, n * sizeof *lanes);
	char done = 1;
	if (!workers || !lanes)
		shared->failed = error_set(&shared->error, -ENOMEM, "explore: no memory");
	while (workers && lanes && !shared->failed && x->next <= x->last &&
	       !shared->explored.failed)
		shared->failed = explore_seed(shared, workers, lanes);
	free(workers);
	free(lanes);
	return world_send(gilsim, &done, sizeof done) ? EXIT_FAILURE : 0;
}

/* The seed took its process along. */
static void find_crash(struct child *c, int status)
{
	struct explored *e = &c->shared->explored;
	struct error why;
	*e = (struct explored){.seed = c->shared->exploration.next};
	e->failed = runner_explain_end(status, &why);
	snprintf(e->why, sizeof e->why, "%s\n", why.text);
	add(&c->shared->exploration, e);
}

static int await(struct child *c, struct exploration *x, bool (*wait)(void *context), void *context,
		 struct error *err)
{
	char done;
	int status;
	bool goes_on = true;
	while (goes_on && !world_wait_readable(&c->process.channel, look_every_ns)) {
		*x = c->shared->exploration;
		goes_on = wait(context);
	}
	bool is_done = goes_on && !world_receive(&c->process.channel, &done, sizeof done);
	if (!is_done)
		world_kill(&c->process);
	world_wait(&c->process, &status, NULL);
	if (goes_on && !is_done)
		find_crash(c, status);
	*x = c->shared->exploration;
	if (!goes_on)
		return error_set(err, -EINTR, "interrupted");
	*err = c->shared->error;
	return c->shared->failed;
}

int explore(struct exploration *x, bool (*wait)(void *context), void *context,
	    struct explored *found, struct error *err)
{
	struct child c = {.shared = world_share(sizeof *c.shared)};
	*found = (struct explored){0};
	if (!c.shared)
		return error_set(err, -ENOMEM, "explore: no memory");
	c.shared->exploration = *x;
	int failed = virtual_world_load(err) ? 0 : -ENOENT;
	if (!failed && (failed = world_fork(&c.process, true, child_main, &c)))
		error_set(err, failed, "the exploring process: %s", strerror(-failed));
	if (!failed) {
		failed = await(&c, x, wait, context, err);
		*found = c.shared->explored;
	}
	if (failed)
		found->failed = 0;
	world_unshare(c.shared, sizeof *c.shared);
	return failed;
}
