/* table - for reading: what was run, how long it took, and where the time went. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "world/host.h"

enum { CELL_MOST = 40 };

/* One column: its heading, of two lines where one would be wide, and how a row's cell is
 * written.  An empty cell is "-". */
struct column {
	const char *above, *heading;
	bool to_the_left;
	bool tells_apart; /* shown only where it tells rows of one workload apart */
	void (*cell)(const struct row *row, char text[static CELL_MOST]);
};

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

/* Where native calls release the lock, only --accounting=full reads the clock around them
 * and knows how much of running was with it; elsewhere all was. */
static bool running_is_not_split(const struct row *row)
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

static const struct column columns[] = {
	{"", "workload", true, false, workload_cell},
	{"", "mode", true, false, mode_cell},
	{"", "engine", true, false, engine_cell},
	{"", "gil", true, false, gil_cell},
	{"", "interval", false, true, interval_cell},
	{"", "ticks", false, true, ticks_cell},
	{"", "pace", true, true, pace_cell},
	{"", "counts", true, true, counts_cell},
	{"", "size", false, true, size_cell},
	{"", "tasks", false, true, tasks_cell},
	{"", "iterations", false, true, iterations_cell},
	{"", "scaling", true, true, scaling_cell},
	{"", "accounting", true, true, accounting_cell},
	{"", "chunks", false, true, chunks_cell},
	{"", "payload", false, true, payload_cell},
	{"", "pool", true, true, pool_cell},
	{"", "threads", false, false, threads_cell},
	{"", "time", false, false, time_cell},
	{"", "95 % interval", false, false, spread_cell},
	{"", "speed-up", false, false, speedup_cell},
	{"memory", "GB/s", false, true, memory_cell},
	{"parent", "busy %", false, true, parent_cell},
	{"has", "gil %", false, false, has_cell},
	{"waits for", "gil %", false, false, waits_cell},
	{"no", "gil %", false, false, without_cell},
	{"", "switches", false, false, switches_cell},
	{"", "result", true, false, result_cell},
};
enum { COLUMNS_N = sizeof columns / sizeof *columns };

static void write_cell(const struct column *column, const struct row *row,
		       char text[static CELL_MOST])
{
	strcpy(text, "-");
	column->cell(row, text);
}

static bool tells_apart(const struct column *column, const struct report *report)
{
	char text[CELL_MOST], other[CELL_MOST];
	for (size_t k = 1; k < report->rows_n; k++)
		for (size_t before = 0; before < k; before++) {
			const struct row *a = &report->rows[before], *b = &report->rows[k];
			write_cell(column, a, text);
			write_cell(column, b, other);
			if (a->setting.job.workload == b->setting.job.workload &&
			    a->setting.policy == b->setting.policy && strcmp(text, other) != 0)
				return true;
		}
	return false;
}

/* 0 for a column that is not shown. */
static void find_widths(const struct report *report, int widths[static COLUMNS_N])
{
	char text[CELL_MOST];
	for (size_t c = 0; c < COLUMNS_N; c++) {
		widths[c] = 0;
		if (columns[c].tells_apart && !tells_apart(&columns[c], report))
			continue;
		int above = (int)strlen(columns[c].above);
		widths[c] = (int)strlen(columns[c].heading);
		widths[c] = above > widths[c] ? above : widths[c];
		for (size_t k = 0; k < report->rows_n; k++) {
			write_cell(&columns[c], &report->rows[k], text);
			int width = (int)strlen(text);
			widths[c] = width > widths[c] ? width : widths[c];
		}
	}
}

/* In a line of n columns. */
static void print_cell(FILE *file, size_t c, size_t n, const char *cell,
		       const int widths[static COLUMNS_N])
{
	bool last = c + 1 == n;
	if (widths[c] == 0)
		return;
	int width = columns[c].to_the_left ? (last ? 0 : -widths[c]) : widths[c];
	fprintf(file, "%*s%s", width, cell, last ? "\n" : "  ");
}

static void print_headings(FILE *file, const int widths[static COLUMNS_N])
{
	size_t above_n = COLUMNS_N;
	while (above_n > 0 && !*columns[above_n - 1].above)
		above_n--;
	for (size_t c = 0; c < above_n; c++)
		print_cell(file, c, above_n, columns[c].above, widths);
	for (size_t c = 0; c < COLUMNS_N; c++)
		print_cell(file, c, COLUMNS_N, columns[c].heading, widths);
}

static void print_row(FILE *file, const struct row *row, const int widths[static COLUMNS_N])
{
	char text[CELL_MOST];
	for (size_t c = 0; c < COLUMNS_N; c++) {
		write_cell(&columns[c], row, text);
		print_cell(file, c, COLUMNS_N, text, widths);
	}
}

static void print_choice(FILE *file, const char *name, int64_t value)
{
	char text[32];
	if (value != ABSENT)
		fprintf(file, ", %s %s", name, format_count(value, text));
}

/* What all rows of a workload share is said once, above them. */
static void print_work(FILE *file, const struct row *row)
{
	const struct setting *s = &row->setting;
	fprintf(file, "%s", s->job.workload->name);
	print_choice(file, "size", s->job.size);
	print_choice(file, "tasks", s->job.tasks);
	print_choice(file, "iterations", s->job.iterations);
	fprintf(file, ", %s scaling", scaling_names[s->job.scaling]);
	if (s->work_divisor > 1)
		fprintf(file, ", 1/%" PRId64 " of the usual work", s->work_divisor);
	if (s->work_divisor > 1 && s->policy->work_divisor > 1)
		fprintf(file, " for gil %s", s->policy->name);
	fprintf(file, "\n");
}

static bool is_same_work(const struct setting *a, const struct setting *b)
{
	return a->job.workload == b->job.workload && a->job.size == b->job.size &&
	       a->job.tasks == b->job.tasks && a->job.iterations == b->job.iterations &&
	       a->job.scaling == b->job.scaling && a->work_divisor == b->work_divisor;
}

static bool was_said(const struct report *report, size_t k)
{
	for (size_t before = 0; before < k; before++)
		if (is_same_work(&report->rows[before].setting, &report->rows[k].setting))
			return true;
	return false;
}

/* Rows differ after an interrupt, or with --min-time. */
static void print_repeats(FILE *file, const struct report *report)
{
	size_t least = report->rows[0].repeats_n, most = least;
	for (size_t k = 1; k < report->rows_n; k++) {
		size_t n = report->rows[k].repeats_n;
		least = n < least ? n : least;
		most = n > most ? n : most;
	}
	if (least == most)
		fprintf(file, "median of %zu repeat%s", most, most == 1 ? "" : "s");
	else
		fprintf(file, "median of %zu to %zu repeats", least, most);
}

static void print_how_to_split(FILE *file, const struct report *report)
{
	for (size_t k = 0; k < report->rows_n; k++)
		if (running_is_not_split(&report->rows[k])) {
			fprintf(file, "\nhas gil and no gil, where native calls release it: "
				      "known with --accounting=full\n");
			return;
		}
}

static bool is_fitted(const struct row *row)
{
	return isfinite(row->fit.amdahl.rms);
}

static bool is_first_of_series(const struct report *report, size_t k)
{
	const struct row *rows = report->rows;
	for (size_t before = 0; before < k; before++)
		if (is_fitted(&rows[before]) &&
		    setting_is_same_series(&rows[before].setting, &rows[k].setting))
			return false;
	return is_fitted(&rows[k]);
}

/* In the columns that stand left of the threads in the table above. */
static void print_series(FILE *file, const struct row *row, const int widths[static COLUMNS_N])
{
	char text[CELL_MOST];
	for (size_t c = 0; c < COLUMNS_N && columns[c].cell != threads_cell; c++) {
		write_cell(&columns[c], row, text);
		print_cell(file, c, COLUMNS_N, text, widths);
	}
}

static void print_fit(FILE *file, const struct fit *fit)
{
	const struct law *usl = &fit->usl;
	fprintf(file, "serial %.3g %% (off %.2g %%)", 100 * fit->amdahl.sigma.value,
		100 * fit->amdahl.rms);
	if (isfinite(usl->rms))
		fprintf(file, "; sigma %.3g +- %.2g, kappa %.3g +- %.2g (off %.2g %%)",
			usl->sigma.value, usl->sigma.error, usl->kappa.value, usl->kappa.error,
			100 * usl->rms);
	if (isfinite(fit->best_threads))
		fprintf(file, ": best at %.3g, %.3gx", fit->best_threads, fit->peak_speedup);
	else if (isfinite(fit->peak_speedup))
		fprintf(file, ": at most %.3gx", fit->peak_speedup);
	fprintf(file, "\n");
}

static void print_fits(FILE *file, const struct report *report,
		       const int widths[static COLUMNS_N])
{
	bool is_begun = false;
	for (size_t k = 0; k < report->rows_n; k++) {
		if (!is_first_of_series(report, k))
			continue;
		if (!is_begun)
			fprintf(file, "\nscaling: Amdahl's serial share; the Universal Scalability "
				      "Law's contention sigma and coherency kappa\n");
		is_begun = true;
		print_series(file, &report->rows[k], widths);
		print_fit(file, &report->rows[k].fit);
	}
}

static void print_rows(FILE *file, const struct report *report)
{
	int widths[COLUMNS_N];
	find_widths(report, widths);
	print_headings(file, widths);
	for (size_t k = 0; k < report->rows_n; k++)
		print_row(file, &report->rows[k], widths);
	print_how_to_split(file, report);
	print_fits(file, report, widths);
}

static int write_table(FILE *file, const struct report *report)
{
	const struct finding *finding = report->finding;
	int64_t cores_n = host_cores_allowed();
	if (report->rows_n == 0)
		return 0;
	for (size_t k = 0; k < report->rows_n; k++)
		if (!was_said(report, k))
			print_work(file, &report->rows[k]);
	print_repeats(file, report);
	if (cores_n != ABSENT)
		fprintf(file, ", %" PRId64 " core%s", cores_n, cores_n == 1 ? "" : "s");
	fprintf(file, "\n\n");
	if (!finding || !finding->replaces_rows)
		print_rows(file, report);
	if (finding)
		fprintf(file, "%s%s", finding->replaces_rows ? "" : "\n", finding->text.bytes);
	return 0;
}

const struct format format_table = {
	.name = "table",
	.help = "for reading (default)",
	.whole = write_table,
};
