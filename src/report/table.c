/* table - for reading: what was run, how long it took, and where the time went. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/about.h"
#include "report/columns.h"
#include "report/notes.h"

static void write_cell(const struct column *column, const struct row *row,
		       char text[static CELL_MOST])
{
	strcpy(text, "-");
	column->cell(row, text);
}

/* What rows that have no such setting count as, so that having one tells nothing. */
static const char *usual_text(const struct column *column)
{
	switch (column - columns) {
	case COLUMN_updates:
		return "1";
	case COLUMN_bind:
		return bind_names[BIND_NONE];
	case COLUMN_counters:
		return counters_names[COUNTERS_OFF];
	default:
		return "-";
	}
}

static void write_compared(const struct column *column, const struct row *row,
			   char text[static CELL_MOST])
{
	write_cell(column, row, text);
	if (strcmp(text, "-") == 0)
		strcpy(text, usual_text(column));
}

static bool tells_apart(const struct column *column, const struct report *report)
{
	char text[CELL_MOST], other[CELL_MOST];
	for (size_t k = 1; k < report->rows_n; k++)
		for (size_t before = 0; before < k; before++) {
			const struct row *a = &report->rows[before], *b = &report->rows[k];
			write_compared(column, a, text);
			write_compared(column, b, other);
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
	while (above_n > 0 && (!widths[above_n - 1] || !*columns[above_n - 1].above))
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

/* Where rows of a world differ, columns say so.  Repeats of virtual rows may differ as well: of
 * those with the most. */
static void print_world(FILE *file, const struct report *report, enum world world)
{
	struct world_choice all = {0};
	char text[ABOUT_WORLD_MOST];
	size_t rows_n = 0, repeats_n = 0;
	for (size_t k = 0; k < report->rows_n; k++) {
		const struct row *row = &report->rows[k];
		const struct world_choice *own = &row->setting.world;
		if (own->world != world)
			continue;
		all = rows_n++ ? all : *own;
		all.cores = own->cores == all.cores ? all.cores : ABSENT;
		all.seed = own->seed == all.seed ? all.seed : ABSENT;
		repeats_n = row->repeats_n > repeats_n ? row->repeats_n : repeats_n;
	}
	if (rows_n)
		fprintf(file, ", %s", about_world(&all, repeats_n, text));
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
	for (size_t c = 0; c < COLUMNS_N && c != COLUMN_threads; c++) {
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

/* Where modes have different forms by default, one row is no measure of another. */
static void print_forms_differ(FILE *file, const struct report *report)
{
	for (size_t k = 1; k < report->rows_n; k++) {
		const struct setting *a = &report->rows[k - 1].setting,
				     *b = &report->rows[k].setting;
		if (a->job.workload == b->job.workload && a->mode != b->mode &&
		    a->job.engine != b->job.engine) {
			fprintf(file, "\nmodes ran in different forms: compare them with "
				      "--engine=native or --engine=bytecode\n");
			return;
		}
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
	print_forms_differ(file, report);
	if (report->unused && *report->unused)
		fprintf(file, "\nwithout effect here: %s\n", report->unused);
	print_fits(file, report, widths);
}

static int write_table(FILE *file, const struct report *report)
{
	const struct finding *finding = report->finding;
	if (report->rows_n == 0)
		return 0;
	for (size_t k = 0; k < report->rows_n; k++)
		if (!was_said(report, k))
			print_work(file, &report->rows[k]);
	print_repeats(file, report);
	for (enum world world = 0; world < WORLDS_N; world++)
		print_world(file, report, world);
	fprintf(file, "\n\n");
	if (!finding || !finding->replaces_rows)
		print_rows(file, report);
	if (finding)
		fprintf(file, "%s%s", finding->replaces_rows ? "" : "\n", finding->text.bytes);
	notes_print(file, report);
	return 0;
}

const struct format format_table = {
	.name = "table",
	.help = "for reading (default)",
	.whole = write_table,
};
