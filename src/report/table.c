/* table - for reading: what was run, how long it took, and where the time went. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "world/host.h"

enum { CELL_MOST = 40 };

/* One column: its heading and how a row's cell is written.  An empty cell is "-". */
struct column {
	const char *heading;
	bool to_the_left;
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
	if (isfinite(row->wall_ns.ci95_low))
		snprintf(text, CELL_MOST, "%s .. %s",
			 format_duration(row->wall_ns.ci95_low, low),
			 format_duration(row->wall_ns.ci95_high, high));
}

static void speedup_cell(const struct row *row, char text[static CELL_MOST])
{
	if (isfinite(row->speedup))
		snprintf(text, CELL_MOST, "%.2fx", row->speedup);
}

static void waits_cell(const struct row *row, char text[static CELL_MOST])
{
	const struct repeat *r = row->typical;
	if (!r || r->time.gil_wait_ns == ABSENT)
		return;
	double threads_ns = (double)r->wall_ns * (double)r->parts_n;
	snprintf(text, CELL_MOST, "%.1f", 100 * (double)r->time.gil_wait_ns / threads_ns);
}

static void switches_cell(const struct row *row, char text[static CELL_MOST])
{
	if (row->typical && row->typical->gil.switches_n != ABSENT)
		format_count(row->typical->gil.switches_n, text);
}

static void result_cell(const struct row *row, char text[static CELL_MOST])
{
	if (row->typical)
		text_cell(text, row->checksum_ok ? "ok" : "WRONG");
}

static const struct column columns[] = {
	{"workload", true, workload_cell}, {"mode", true, mode_cell},
	{"engine", true, engine_cell},	   {"gil", true, gil_cell},
	{"threads", false, threads_cell},  {"time", false, time_cell},
	{"95 % interval", false, spread_cell}, {"speed-up", false, speedup_cell},
	{"waits for gil %", false, waits_cell}, {"switches", false, switches_cell},
	{"result", true, result_cell},
};
enum { COLUMNS_N = sizeof columns / sizeof *columns };

static void write_cell(const struct column *column, const struct row *row,
		       char text[static CELL_MOST])
{
	strcpy(text, "-");
	column->cell(row, text);
}

static void find_widths(const struct report *report, int widths[static COLUMNS_N])
{
	char text[CELL_MOST];
	for (size_t c = 0; c < COLUMNS_N; c++) {
		widths[c] = (int)strlen(columns[c].heading);
		for (size_t k = 0; k < report->rows_n; k++) {
			write_cell(&columns[c], &report->rows[k], text);
			int width = (int)strlen(text);
			widths[c] = width > widths[c] ? width : widths[c];
		}
	}
}

static void print_line(FILE *file, const struct row *row, const int widths[static COLUMNS_N])
{
	char text[CELL_MOST];
	for (size_t c = 0; c < COLUMNS_N; c++) {
		bool last = c + 1 == COLUMNS_N;
		const char *cell = columns[c].heading;
		if (row) {
			write_cell(&columns[c], row, text);
			cell = text;
		}
		int width = columns[c].to_the_left ? (last ? 0 : -widths[c]) : widths[c];
		fprintf(file, "%*s%s", width, cell, last ? "\n" : "  ");
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
		fprintf(file, ", 1/%" PRId64 " of the usual work for gil %s", s->work_divisor,
			s->policy->name);
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

static int write_table(FILE *file, const struct report *report)
{
	int widths[COLUMNS_N];
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
	find_widths(report, widths);
	print_line(file, NULL, widths);
	for (size_t k = 0; k < report->rows_n; k++)
		print_line(file, &report->rows[k], widths);
	return 0;
}

const struct format format_table = {
	.name = "table",
	.help = "for reading (default)",
	.whole = write_table,
};
