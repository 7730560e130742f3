#include "report/notes.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/columns.h"

/* The first line brings an empty one before it. */
struct notes {
	FILE *file;
	const struct report *report;
	bool is_begun;
};

static FILE *begin_line(struct notes *n)
{
	if (!n->is_begun)
		fprintf(n->file, "\n");
	n->is_begun = true;
	return n->file;
}

static bool is_real(const struct row *row)
{
	return row->setting.world.world == WORLD_REAL;
}

static bool has_same_name(const struct setting *a, const struct setting *b)
{
	return a->job.workload == b->job.workload && a->mode == b->mode &&
	       a->job.engine == b->job.engine && a->job.threads == b->job.threads;
}

/* Whether a row of the same name has another value there. */
static bool is_ambiguous(const struct report *report, const struct row *row,
			 const struct column *column)
{
	for (size_t k = 0; k < report->rows_n; k++) {
		char own[CELL_MOST] = "", other[CELL_MOST] = "";
		column->cell(row, own);
		column->cell(&report->rows[k], other);
		if (has_same_name(&report->rows[k].setting, &row->setting) &&
		    strcmp(own, other) != 0)
			return true;
	}
	return false;
}

/* With the columns left of the threads that it takes to tell it from other rows. */
static void print_name(FILE *file, const struct report *report, const struct row *row)
{
	const struct setting *s = &row->setting;
	fprintf(file, "%s %s %s %" PRId64, s->job.workload->name, s->mode->name,
		engine_names[s->job.engine], s->job.threads);
	for (size_t c = 0; c < COLUMN_threads; c++) {
		char text[CELL_MOST] = "-";
		if (!is_ambiguous(report, row, &columns[c]))
			continue;
		columns[c].cell(row, text);
		fprintf(file, " %s%s%s %s", columns[c].above, *columns[c].above ? " " : "",
			columns[c].heading, text);
	}
}

static void note_few_repeats(struct notes *n)
{
	size_t rows_n = 0;
	for (size_t k = 0; k < n->report->rows_n; k++) {
		size_t repeats_n = n->report->rows[k].repeats_n;
		rows_n += repeats_n > 1 && repeats_n < LEAST_SAMPLES_N;
	}
	if (rows_n)
		fprintf(begin_line(n), "95 %% intervals: none of fewer than %d repeats\n",
			LEAST_SAMPLES_N);
}

/* "2.3", "45", "100". */
static const char *percent_text(double part, char text[static 16])
{
	snprintf(text, 16, part < 0.1 ? "%.2g" : "%.0f", 100 * part);
	return text;
}

/* A single setting has nothing to be compared with. */
static void note_noise_floor(struct notes *n)
{
	size_t rows_n = 0;
	double floor = NAN;
	char percent[16];
	for (size_t k = 0; k < n->report->rows_n; k++)
		if (is_real(&n->report->rows[k])) {
			floor = n->report->rows[k].noise_floor;
			rows_n++;
		}
	if (rows_n > 1 && isfinite(floor))
		fprintf(begin_line(n),
			"noise floor: a setting differs from itself by up to %s %%; a smaller "
			"difference is none\n",
			percent_text(floor, percent));
}

static void note_outliers(struct notes *n)
{
	int64_t outliers_n = 0;
	for (size_t k = 0; k < n->report->rows_n; k++) {
		const struct row *row = &n->report->rows[k];
		if (!is_real(row) || row->wall_ns.outliers_n == ABSENT || !row->wall_ns.outliers_n)
			continue;
		fprintf(begin_line(n), "%s%" PRId64 " of ",
			outliers_n ? ", " : "statistical outliers: ", row->wall_ns.outliers_n);
		print_name(n->file, n->report, row);
		outliers_n += row->wall_ns.outliers_n;
	}
	if (outliers_n)
		fprintf(n->file, "; a machine that does nothing else has fewer\n");
}

static void note_imprecise(struct notes *n)
{
	const struct measure_options *o = n->report->options;
	size_t rows_n = 0;
	char time[16], percent[16];
	for (size_t k = 0; o && k < n->report->rows_n; k++) {
		const struct row *row = &n->report->rows[k];
		if (!is_imprecise(o, row))
			continue;
		if (rows_n++)
			fprintf(n->file, ", ");
		else
			fprintf(begin_line(n),
				"not within %.3g %% of the median (at most %s and %d repeats): ",
				100 * o->precision, format_duration((double)o->max_time_ns, time),
				PRECISE_REPEATS_MOST);
		print_name(n->file, n->report, row);
		fprintf(n->file, " (%s %%)", percent_text(row->precision, percent));
	}
	if (rows_n)
		fprintf(n->file, "\n");
}

/* The preset that a row was predicted by; NULL: none. */
static const char *preset_of(const struct row *row)
{
	const struct cost_model *cost = row->setting.world.cost;
	return cost && cost_preset_find(cost->name) == cost ? cost->name : NULL;
}

/* Presets are of CPythons with one lock. */
static void note_presets(struct notes *n)
{
	const char *free = NULL, *own = NULL;
	for (size_t k = 0; k < n->report->rows_n; k++) {
		const struct row *row = &n->report->rows[k];
		const char *preset = preset_of(row);
		free = preset && row->setting.mode->has_no_lock ? preset : free;
		own = preset && row->setting.mode->own_interpreters ? preset : own;
	}
	if (free)
		fprintf(begin_line(n),
			"free: costs of %s are of a build with the lock, to which only shared "
			"counts and objects add; CPython's build without it runs bytecode slower\n",
			free);
	if (own)
		fprintf(begin_line(n),
			"subinterp: costs of %s have none for creating an interpreter, which takes "
			"CPython milliseconds\n", own);
}

static void note_unrest(struct notes *n, const struct unrest *u)
{
	char line[UNREST_LINE_MOST];
	for (enum unrest_cause cause = 0; cause < UNREST_CAUSES_N; cause++)
		if (unrest_line(u, cause, line))
			fprintf(begin_line(n), "%s\n", line);
}

void unrest_print(FILE *file, const struct unrest *u)
{
	struct notes n = {.file = file};
	note_unrest(&n, u);
}

void notes_print(FILE *file, const struct report *report)
{
	struct notes n = {file, report, false};
	note_few_repeats(&n);
	note_noise_floor(&n);
	note_outliers(&n);
	note_imprecise(&n);
	note_presets(&n);
	if (report->unrest)
		note_unrest(&n, report->unrest);
}
