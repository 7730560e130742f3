/* openmp.c - the module with what runs on an OpenMP team. */
#include <errno.h>
#include <omp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/units.h"
#include "kernel/kernel.h"

static team_binder *binder;
static void *binder_context;

static void bind_team(team_binder *bind, void *context)
{
	binder = bind;
	binder_context = context;
}

/* LLVM's runtime tells others in its process of itself by a file in /dev/shm, which it removes when
 * the process exits.  Ours end by _exit, or are killed; and there are no others. */
static void leave_no_file(void)
{
	static bool was_called;
	char name[64];
	if (was_called)
		return;
	was_called = true;
	snprintf(name, sizeof name, "/__KMP_REGISTERED_LIB_%d_%d", (int)getpid(), (int)getuid());
	shm_unlink(name);
}

static int run_on_team(int team, int64_t first, int64_t last, team_part *part,
		       const void *context, uint64_t *total)
{
	uint64_t sum = 0;
	int found = 0;
	omp_set_dynamic(0); /* the first call starts the runtime */
	leave_no_file();
#pragma omp parallel num_threads(team) reduction(+ : sum)
	{
		int self = omp_get_thread_num();
		if (binder)
			binder(binder_context, self);
		int64_t begin, n = array_split(last - first, omp_get_num_threads(), self, &begin);
		sum = part(context, first + begin, first + begin + n);
		if (self == 0)
			found = omp_get_num_threads();
	}
	*total = sum;
	return found == team ? 0 : -EAGAIN;
}

extern const struct team_module gilsim_team;
const struct team_module gilsim_team = {.run = run_on_team, .bind = bind_team};
