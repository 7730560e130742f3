#include "kernel/kernel.h"
#include "mode/mode.h"

/* One interpreter thread; the lock is released while its kernel uses the team. */
static int run_team(const struct run *run, struct worker *workers, union value *results,
		    struct error *err)
{
	int failed = team_load(err);
	return failed ? failed : run_threads(run, workers, results, err);
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
