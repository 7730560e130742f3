/* child.c - each run of a scenario in a process of its own: an interrupt, a crash or a call
 * that never ends takes neither the finished repeats along nor leaves anybody behind. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/runner.h"
#include "scenario/run.h"

/* Written by the child before it says that it is done. */
struct shared {
	int failed;
	struct error error;
	int64_t wall_ns;
	struct worker workers[];
};

struct child {
	const struct scenario *scenario;
	int64_t number; /* of the repeat */
	struct world_process process;
	struct shared *shared;
	struct lane *lanes;
	size_t shared_bytes, lanes_bytes;
};

static const int64_t look_every_ns = 100000000;

static int run_virtual(const struct child *c, struct shared *shared)
{
	const struct scenario *s = c->scenario;
	struct world_choice choice = world_choice_of(&s->world, c->number);
	const struct virtual_world *world = virtual_world_load(&shared->error);
	if (!world)
		return -ENOENT;
	return world->scenario(s, &choice, shared->workers, c->lanes, &shared->wall_ns,
			       &shared->error);
}

static int run_real(const struct child *c, struct shared *shared)
{
	static struct crew crew;
	return scenario_run(&crew, c->scenario, shared->workers, c->lanes, &shared->wall_ns,
			    &shared->error);
}

/* Touches the memory first, so that no thread pays for its pages. */
static int child_main(const struct world_channel *gilsim, void *argument)
{
	struct child *c = argument;
	struct shared *shared = c->shared;
	char done = 1;
	runner_enter_regime();
	memset(shared, 0, c->shared_bytes);
	memset(c->lanes, 0, c->lanes_bytes);
	if (c->scenario->recording)
		recording_clear(c->scenario->recording);
	bool is_real = c->scenario->world.world == WORLD_REAL;
	shared->failed = is_real ? run_real(c, shared) : run_virtual(c, shared);
	return world_send(gilsim, &done, sizeof done) ? EXIT_FAILURE : 0;
}

static int open_child(struct child *c, const struct scenario *s, int64_t number, struct error *err)
{
	*c = (struct child){.scenario = s, .number = number};
	c->lanes_bytes = (size_t)s->threads_n * sizeof *c->lanes;
	c->shared_bytes = sizeof *c->shared + (size_t)s->threads_n * sizeof *c->shared->workers;
	c->shared = world_share(c->shared_bytes);
	c->lanes = world_share(c->lanes_bytes);
	if (!c->shared || !c->lanes)
		return error_set(err, -ENOMEM, "%.80s: figures of its threads: no memory", s->file);
	int failed = world_fork(&c->process, true, child_main, c);
	if (failed)
		error_set(err, failed, "the measuring process: %s", strerror(-failed));
	return failed;
}

static void close_child(struct child *c)
{
	if (c->shared)
		world_unshare(c->shared, c->shared_bytes);
	if (c->lanes)
		world_unshare(c->lanes, c->lanes_bytes);
}

static int await(struct child *c, bool (*wait)(void *context), void *context, struct error *err)
{
	char done;
	int status;
	while (!world_wait_readable(&c->process.channel, look_every_ns))
		if (!wait(context)) {
			world_kill(&c->process);
			world_wait(&c->process, &status, NULL);
			return error_set(err, -EINTR, "interrupted");
		}
	bool is_done = !world_receive(&c->process.channel, &done, sizeof done);
	if (!is_done)
		world_kill(&c->process); /* what it left behind */
	world_wait(&c->process, &status, NULL);
	if (!is_done)
		return runner_explain_end(status, err);
	*err = c->shared->error;
	return c->shared->failed;
}

int scenario_measure(const struct scenario *s, int64_t number, bool (*wait)(void *context),
		     void *context, struct scenario_repeat *repeat, struct error *err)
{
	struct child c;
	int failed = open_child(&c, s, number, err);
	if (!failed)
		failed = await(&c, wait, context, err);
	if (!failed && scenario_repeat_fill(repeat, s, c.shared->workers, c.lanes,
					    c.shared->wall_ns))
		failed = error_set(err, -ENOMEM, "%.80s: figures: no memory", s->file);
	close_child(&c);
	return failed;
}
