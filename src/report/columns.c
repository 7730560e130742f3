#include "report/columns.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void text_cell(char text[static CELL_MOST], const char *value)
{
	snprintf(text, CELL_MOST, "%s", value);
}

static void workload_cell(const struct row *row, char text[static CELL_MOST])
{
	text_cell(text, row->setting.job.workload->name);
}

static void mode_cell(const struct row *row, char text[static CELL_MOST])
{
	text_cell(text, row->setting.mode->name);
}

static void engine_cell(const struct row *row, char text[static CELL_MOST])
{
	text_cell(text, engine_names[row->setting.job.engine]);
}

static void gil_cell(const struct row *row, char text[static CELL_MOST])
{
	if (!row->setting.mode->has_no_lock)
		text_cell(text, row->setting.policy->name);
}

static void threads_cell(const struct row *row, char text[static CELL_MOST])
{
	snprintf(text, CELL_MOST, "%" PRId64, row->setting.job.threads);
}

/* Without a right result there is no time. */
static void time_cell(const struct row *row, char text[static CELL_MOST])
{
	char time[16];
	if (isfinite(row->wall_ns.median))
		text_cell(text, format_duration(row->wall_ns.median, time));
}

static void spread_cell(const struct row *row, char text[static CELL_MOST])
{
	char low[16], high[16];
	if (!isfinite(row->wall_ns.ci95_low))
		return;
	format_duration(row->wall_ns.ci95_low, low);
	format_duration(row->wall_ns.ci95_high, high);
	char *unit = strchr(low, ' ');
	if (strcmp(unit, strchr(high, ' ')) == 0)
		*unit = '\0';
	snprintf(text, CELL_MOST, "%s .. %s", low, high);
}

static void speedup_cell(const struct row *row, char text[static CELL_MOST])
{
	if (isfinite(row->speedup))
		snprintf(text, CELL_MOST, "%.2fx", row->speedup);
}

static void memory_cell(const struct row *row, char text[static CELL_MOST])
{
	if (isfinite(row->bytes_per_s))
		snprintf(text, CELL_MOST, "%.2f", row->bytes_per_s / 1e9);
}

static bool is_no_difference(const struct row *row)
{
	return isfinite(row->over_locked.low) &&
	       ratio_decision(&row->over_locked, row->repeats_n) == UNDECIDED;
}

/* Of the locked mode it is the speed-up. */
static void over_cell(const struct row *row, char text[static CELL_MOST])
{
	if (row->setting.mode != modes[0] && isfinite(row->over_locked.value))
		snprintf(text, CELL_MOST, "%.2fx%s", row->over_locked.value,
			 is_no_difference(row) ? " =" : "");
}

bool running_is_not_split(const struct row *row)
{
	const struct setting *s = &row->setting;
	return s->accounting == ACCOUNTING_COUNTS && s->mode->releases &&
	       s->job.engine == ENGINE_NATIVE;
}

static int64_t has_gil_ns(const struct row *row)
{
	const struct buckets *t = &row->typical->time;
	const struct setting *s = &row->setting;
	if (running_is_not_split(row) || t->running_ns == ABSENT)
		return ABSENT;
	if (s->mode->has_no_lock || s->policy == gil_policy_find("none"))
		return 0;
	return t->native_released_ns == ABSENT ? t->running_ns
					       : t->running_ns - t->native_released_ns;
}

/* The share of all threads' wall time. */
static void share_cell(const struct row *row, int64_t ns, char text[static CELL_MOST])
{
	double threads_ns = (double)row->typical->wall_ns * (double)row->typical->parts_n;
	if (ns != ABSENT)
		snprintf(text, CELL_MOST, "%.1f", 100 * (double)ns / threads_ns);
}

static void has_cell(const struct row *row, char text[static CELL_MOST])
{
	if (row->typical)
		share_cell(row, has_gil_ns(row), text);
}

static void waits_cell(const struct row *row, char text[static CELL_MOST])
{
	if (row->typical)
		share_cell(row, row->typical->time.gil_wait_ns, text);
}

static void without_cell(const struct row *row, char text[static CELL_MOST])
{
	int64_t has_ns = row->typical ? has_gil_ns(row) : ABSENT;
	if (has_ns == ABSENT)
		return;
	const struct buckets *t = &row->typical->time;
	share_cell(row, t->running_ns - has_ns + t->io_ns + t->start_join_ns, text);
}

static void switches_cell(const struct row *row, char text[static CELL_MOST])
{
	if (row->typical && row->typical->gil.switches_n != ABSENT)
		format_count(row->typical->gil.switches_n, text);
}

/* Where updates may be lost, a result that lost some is right, but not all right. */
static void result_cell(const struct row *row, char text[static CELL_MOST])
{
	char lost[32];
	if (!row->typical)
		return;
	if (!row->checksum_ok)
		text_cell(text, "WRONG");
	else if (row->typical->lost_updates_n != ABSENT && row->typical->lost_updates_n > 0)
		snprintf(text, CELL_MOST, "%s lost",
			 format_count(row->typical->lost_updates_n, lost));
	else
		text_cell(text, "ok");
}

static void count_cell(char text[static CELL_MOST], int64_t n)
{
	if (n != ABSENT)
		format_count(n, text);
}

static void size_cell(const struct row *row, char text[static CELL_MOST])
{
	count_cell(text, row->setting.job.size);
}

static void tasks_cell(const struct row *row, char text[static CELL_MOST])
{
	count_cell(text, row->setting.job.tasks);
}

static void iterations_cell(const struct row *row, char text[static CELL_MOST])
{
	count_cell(text, row->setting.job.iterations);
}

static void updates_cell(const struct row *row, char text[static CELL_MOST])
{
	count_cell(text, row->setting.job.updates_per_call);
}

static void scaling_cell(const struct row *row, char text[static CELL_MOST])
{
	text_cell(text, scaling_names[row->setting.job.scaling]);
}

static void interval_cell(const struct row *row, char text[static CELL_MOST])
{
	char interval[16];
	if (row->setting.interval_ns != ABSENT)
		text_cell(text, format_duration((double)row->setting.interval_ns, interval));
}

static void ticks_cell(const struct row *row, char text[static CELL_MOST])
{
	count_cell(text, row->setting.ticks);
}

static void pace_cell(const struct row *row, char text[static CELL_MOST])
{
	text_cell(text, row->setting.pace ? row->setting.pace->name : "full");
}

static void counts_cell(const struct row *row, char text[static CELL_MOST])
{
	text_cell(text, counts_names[row->setting.counts]);
}

static void world_cell(const struct row *row, char text[static CELL_MOST])
{
	text_cell(text, world_names[row->setting.world.world]);
}

static void cores_cell(const struct row *row, char text[static CELL_MOST])
{
	count_cell(text, world_cores_n(&row->setting.world));
}

static void bind_cell(const struct row *row, char text[static CELL_MOST])
{
	if (row->setting.world.bind != ABSENT)
		text_cell(text, bind_names[row->setting.world.bind]);
}

static void counters_cell(const struct row *row, char text[static CELL_MOST])
{
	if (row->setting.world.counters != ABSENT)
		text_cell(text, counters_names[row->setting.world.counters]);
}

static void migrations_cell(const struct row *row, char text[static CELL_MOST])
{
	if (row->typical)
		count_cell(text, row->typical->counters.migrations_n);
}

static void ipc_cell(const struct row *row, char text[static CELL_MOST])
{
	const struct counter_figures *c = row->typical ? &row->typical->counters : &no_counters;
	if (c->cycles_n != ABSENT && c->cycles_n > 0 && c->instructions_n != ABSENT)
		snprintf(text, CELL_MOST, "%.2f", (double)c->instructions_n / (double)c->cycles_n);
}

static void seed_cell(const struct row *row, char text[static CELL_MOST])
{
	count_cell(text, row->setting.world.seed);
}

/* Of what was predicted, against what was measured. */
static void error_cell(const struct row *row, char text[static CELL_MOST])
{
	if (isfinite(row->prediction_error))
		snprintf(text, CELL_MOST, "%+.1f", 100 * row->prediction_error);
}

static void accounting_cell(const struct row *row, char text[static CELL_MOST])
{
	text_cell(text, accounting_names[row->setting.accounting]);
}

/* Worker processes that do nothing out of the ordinary have no more to say here than threads:
 * the columns are for those that differ. */
static void chunks_cell(const struct row *row, char text[static CELL_MOST])
{
	count_cell(text, row->setting.chunks);
}

static void payload_cell(const struct row *row, char text[static CELL_MOST])
{
	if (row->setting.payload > 0)
		count_cell(text, row->setting.payload);
}

static void pool_cell(const struct row *row, char text[static CELL_MOST])
{
	if (row->setting.pool == POOL_ON)
		text_cell(text, pool_names[POOL_ON]);
}

/* How much of the time the parent had a core: with one share each and nothing beside the
 * numbers there is nothing to see. */
static void parent_cell(const struct row *row, char text[static CELL_MOST])
{
	const struct parent_figures *p = row->typical ? &row->typical->parent : NULL;
	bool is_plain = row->setting.chunks == ABSENT && row->setting.payload == 0;
	if (p && p->cpu_ns != ABSENT && !is_plain)
		snprintf(text, CELL_MOST, "%.1f",
			 100 * (double)p->cpu_ns / (double)row->typical->wall_ns);
}

const struct column columns[] = {
#define COLUMN(name, above, heading, to_the_left, tells_apart) \
	{above, heading, to_the_left, tells_apart, name##_cell},
#include "report/columns.def"
#undef COLUMN
};
