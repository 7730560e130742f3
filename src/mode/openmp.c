#include "kernel/kernel.h"
#include "mode/mode.h"
#include "world/host.h"

struct team {
	const struct run *run;
	struct worker *worker;
};

/* Also where it may run anywhere: a runtime may keep its threads, as an earlier run bound them. */
static void bind_member(void *argument, int64_t k)
{
	const struct team *team = argument;
	int failed = host_bind(run_place(team->run, k));
	if (failed)
		world_store(&team->worker->bind_failed, failed, RELAXED);
}

/* One interpreter thread; the lock is released while its kernel uses the team. */
static int run_team(const struct run *run, struct worker *workers, union value *results,
		    struct error *err)
{
	struct team team = {run, workers};
	int failed = team_load(err);
	if (failed)
		return failed;
	team_bind(bind_member, &team);
	failed = run_threads(run, workers, results, err);
	team_bind(NULL, NULL);
	return failed;
}

const struct mode mode_openmp = {
	.name = "openmp",
	.help = "one interpreter thread; its kernels run on an OpenMP team, the lock released",
	.threads_help = "threads of the OpenMP team",
	.engine = ENGINE_NATIVE,
	.releases = true,
	.teams = true,
	.leaves_threads = true,
	.run = run_team,
};
