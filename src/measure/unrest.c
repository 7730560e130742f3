#include "measure/unrest.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ticks of 10 ms are no measure of less. */
static const int64_t span_least_ns = 200000000;

static const double others_most = 0.05, stolen_most = 0.01, runqueue_most = 0.05;

void unrest_begin(struct unrest *u)
{
	*u = (struct unrest){.load_end = NAN, .others_share = NAN, .stolen_share = NAN,
			     .runqueue_share = NAN};
	host_read(&u->host);
	host_read_time(&u->time);
	world_usage(&u->usage);
	u->began_ns = world_now_ns();
}

static bool is_real(const struct row *row)
{
	return row->setting.world.world == WORLD_REAL && row->repeats_n;
}

static void add_runqueue(const struct row *row, double *waited_ns, double *all_ns)
{
	for (const struct repeat *r = row->repeats; r < row->repeats + row->repeats_n; r++) {
		if (r->time.runqueue_ns == ABSENT)
			continue;
		*waited_ns += (double)r->time.runqueue_ns;
		*all_ns += (double)r->wall_ns * (double)r->parts_n;
	}
}

static void look_at_rows(struct unrest *u, const struct row *rows, size_t rows_n)
{
	double waited_ns = 0, all_ns = 0;
	for (size_t k = 0; k < rows_n; k++) {
		const struct row *row = &rows[k];
		const struct mode *mode = row->setting.mode;
		int64_t threads = mode->has_coroutines ? 1 : row->setting.job.threads;
		if (!is_real(row))
			continue;
		u->threads_most = threads > u->threads_most ? threads : u->threads_most;
		if (threads <= u->host.cores_allowed)
			add_runqueue(row, &waited_ns, &all_ns);
	}
	u->runqueue_share = all_ns > 0 ? waited_ns / all_ns : NAN;
}

void unrest_end(struct unrest *u, const struct row *rows, size_t rows_n)
{
	struct host_time time;
	struct world_usage usage;
	int64_t span_ns = world_now_ns() - u->began_ns;
	double all_ns = (double)span_ns * (double)u->host.cores_online;
	host_read_time(&time);
	world_usage(&usage);
	look_at_rows(u, rows, rows_n);
	if (getloadavg(&u->load_end, 1) != 1)
		u->load_end = NAN;
	if (span_ns < span_least_ns || time.busy_ns == ABSENT || u->time.busy_ns == ABSENT)
		return;
	int64_t own_ns = usage.user_ns + usage.sys_ns - u->usage.user_ns - u->usage.sys_ns;
	double others_ns = (double)(time.busy_ns - u->time.busy_ns - own_ns);
	u->others_share = others_ns > 0 ? others_ns / all_ns : 0;
	u->stolen_share = (double)(time.stolen_ns - u->time.stolen_ns) / all_ns;
}

static const char *load_line(const struct unrest *u, char line[static UNREST_LINE_MOST])
{
	if (!(u->others_share > others_most))
		return NULL;
	snprintf(line, UNREST_LINE_MOST,
		 "load: others had %.0f %% of the machine's %" PRId64
		 " cores meanwhile (load average %.2f before, %.2f at the end)",
		 100 * u->others_share, u->host.cores_online, u->host.load_1min, u->load_end);
	return line;
}

static const char *runqueue_line(const struct unrest *u, char line[static UNREST_LINE_MOST])
{
	if (!(u->runqueue_share > runqueue_most))
		return NULL;
	snprintf(line, UNREST_LINE_MOST,
		 "run queue: threads were ready without a core for %.0f %% of their time, where "
		 "there are no more of them than cores", 100 * u->runqueue_share);
	return line;
}

static const char *governor_line(const struct unrest *u, char line[static UNREST_LINE_MOST])
{
	if (!*u->host.governor || strcmp(u->host.governor, "performance") == 0)
		return NULL;
	snprintf(line, UNREST_LINE_MOST,
		 "frequency: the governor is %s, not performance: clocks change as it likes",
		 u->host.governor);
	return line;
}

static const char *steal_line(const struct unrest *u, char line[static UNREST_LINE_MOST])
{
	if (!(u->stolen_share > stolen_most))
		return NULL;
	snprintf(line, UNREST_LINE_MOST,
		 "steal: the host of this virtual machine gave others %.0f %% of its cores' time",
		 100 * u->stolen_share);
	return line;
}

static const char *crowd_line(const struct unrest *u, char line[static UNREST_LINE_MOST])
{
	int64_t cores_n = u->host.cores_allowed;
	if (cores_n == ABSENT || u->threads_most <= cores_n)
		return NULL;
	snprintf(line, UNREST_LINE_MOST,
		 "cores: up to %" PRId64 " threads or processes share %" PRId64 " core%s",
		 u->threads_most, cores_n, cores_n == 1 ? "" : "s");
	return line;
}

const char *unrest_line(const struct unrest *u, enum unrest_cause cause,
			char line[static UNREST_LINE_MOST])
{
	static const char *(*const lines[UNREST_CAUSES_N])(const struct unrest *u,
							   char line[static UNREST_LINE_MOST]) = {
		[UNREST_LOAD] = load_line,	   [UNREST_RUNQUEUE] = runqueue_line,
		[UNREST_GOVERNOR] = governor_line, [UNREST_STEAL] = steal_line,
		[UNREST_CROWD] = crowd_line,
	};
	return u->threads_most ? lines[cause](u, line) : NULL;
}
