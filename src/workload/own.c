#include "workload/own.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

enum { TASKS_UNASKED = 8, SHOWN_MOST = 80 };

/* A program that does not take the number of its task is run so often all the same. */
static int64_t tasks_n(const struct job *job)
{
	int64_t n = job->tasks == ABSENT ? TASKS_UNASKED : job->tasks;
	return job->scaling == SCALING_WEAK ? n * job->threads : n;
}

static int64_t or_else(int64_t chosen, int64_t otherwise)
{
	return chosen == ABSENT ? otherwise : chosen;
}

static int64_t units(const struct job *job, int64_t task)
{
	(void)task;
	return job->engine == ENGINE_NATIVE ? job->iterations : 1;
}

static void args(const struct job *job, int64_t task, union value *args)
{
	args[0].i = or_else(job->size, 0);
	args[1].i = task;
	args[2].i = or_else(job->iterations, 1);
}

const struct workload own_template = {
	.size = {.most = INT64_C(1000000000000), .preset = 1000},
	.tasks = {.least = 1, .most = 1000000, .preset = TASKS_UNASKED},
	.iterations = {.least = 1, .most = 1000000000, .preset = 1},
	.updates_per_call = {.help = "only the native form of laplace has them"},
	.total = TOTAL_SUM_INT,
	.tasks_n = tasks_n,
	.units = units,
	.args = args,
};

void own_close(struct own *own)
{
	if (own->library)
		dlclose(own->library);
	buffer_free(&own->text);
	free(own->natives);
	*own = (struct own){0};
}

const char *own_shown(const char *path)
{
	size_t size = strlen(path);
	return size > SHOWN_MOST ? path + size - SHOWN_MOST : path;
}
