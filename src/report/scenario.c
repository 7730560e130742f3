#include "report/scenario.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/about.h"
#include "report/metrics.h"

/* For programs */

static json_t *ns_json(double ns)
{
	return json_integer(llround(ns));
}

static json_t *walls_json(const struct scenario_results *results)
{
	json_t *samples = json_array();
	for (size_t k = 0; k < results->repeats_n; k++)
		json_array_append_new(samples, json_integer(results->repeats[k].wall_ns));
	return json_pack("{s:o, s:o, s:o, s:o}", "median", ns_json(results->wall_ns.median),
			 "min", ns_json(results->wall_ns.min), "max",
			 ns_json(results->wall_ns.max), "samples", samples);
}

static json_t *typical_json(const struct scenario_results *results)
{
	const struct scenario *s = results->scenario;
	json_t *threads = json_array();
	for (size_t k = 0; k < s->groups_n; k++)
		json_array_append_new(threads, metrics_group_json(&s->groups[k],
								  &results->typical->groups[k]));
	return threads;
}

static json_t *or_null(int64_t n)
{
	return n == ABSENT ? json_null() : json_integer(n);
}

static json_t *repeat_json(const struct scenario *s, const struct scenario_repeat *r)
{
	json_t *threads = json_array();
	for (size_t k = 0; k < s->groups_n; k++) {
		const struct group_figures *f = &r->groups[k];
		json_array_append_new(
			threads,
			json_pack("{s:s, s:I, s:o, s:I, s:o}", "name", s->groups[k].name, "rounds",
				  (json_int_t)f->rounds_n, "rounds_per_s",
				  json_of_real(f->rounds_per_s), "wall_ns", (json_int_t)f->wall_ns,
				  "latency_p50_ns", or_null(f->latency_p50_ns)));
	}
	return json_pack("{s:I, s:o}", "wall_ns", (json_int_t)r->wall_ns, "threads", threads);
}

static json_t *repeats_json(const struct scenario_results *results)
{
	json_t *repeats = json_array();
	for (size_t k = 0; k < results->repeats_n; k++)
		json_array_append_new(repeats,
				      repeat_json(results->scenario, &results->repeats[k]));
	return repeats;
}

int scenario_write_json(FILE *file, const void *content)
{
	const struct scenario_results *results = content;
	const struct scenario *s = results->scenario;
	json_t *document = json_pack(
		"{s:s, s:o, s:o, s:O, s:s, s:I, s:o, s:o, s:o, s:o}", "schema",
		"gilsim-scenario/1", "gilsim", about_gilsim(), "host", about_host(), "scenario",
		s->document, "accounting", accounting_names[s->accounting], "reps",
		(json_int_t)results->repeats_n, "wall_ns", walls_json(results), "fairness_jain",
		json_of_real(results->typical->fairness_jain), "threads", typical_json(results),
		"repeats", repeats_json(results));
	if (!document || json_object_update_new(document, about_world_json(&s->world)))
		return -ENOMEM;
	int failed = json_dumpf(document, file, JSON_INDENT(2)) || fputs("\n", file) < 0;
	json_decref(document);
	return failed ? (errno ? -errno : -EIO) : 0;
}

/* For people */

enum { COLUMNS_N = 11, CELL_MOST = 40 };
static const char *const headings[COLUMNS_N] = {
	"name", "count", "rounds", "rounds/s", "time", "latency p50", "p99", "max",
	"has gil %", "waits for gil %", "no gil %",
};

struct line {
	char cells[COLUMNS_N][CELL_MOST];
};

static void duration_cell(char cell[static CELL_MOST], int64_t ns)
{
	char text[16];
	if (ns != ABSENT)
		snprintf(cell, CELL_MOST, "%s", format_duration((double)ns, text));
}

static void rate_cell(char cell[static CELL_MOST], double per_s)
{
	char text[32];
	if (isfinite(per_s) && per_s >= 1000)
		snprintf(cell, CELL_MOST, "%s", format_count(llround(per_s), text));
	else if (isfinite(per_s))
		snprintf(cell, CELL_MOST, "%.3g", per_s);
}

static void share_cell(char cell[static CELL_MOST], int64_t part_ns, int64_t whole_ns)
{
	if (part_ns != ABSENT && whole_ns > 0)
		snprintf(cell, CELL_MOST, "%.1f", 100 * (double)part_ns / (double)whole_ns);
}

/* Whether a running thread has the lock is known when its calls are timed, or when it never
 * gives the lock away. */
static void fill_shares(struct line *line, const struct group *g, const struct group_figures *f)
{
	const struct buckets *time = &f->time;
	int64_t has_ns = ABSENT, without_ns = ABSENT;
	if (time->bytecode_ns != ABSENT) {
		has_ns = time->bytecode_ns + time->native_held_ns;
		without_ns = time->native_released_ns + time->io_ns;
	} else if (time->running_ns != ABSENT && !group_releases(g)) {
		has_ns = time->running_ns;
		without_ns = 0;
	}
	share_cell(line->cells[8], has_ns, f->active_ns);
	share_cell(line->cells[9], time->gil_wait_ns, f->active_ns);
	share_cell(line->cells[10], without_ns, f->active_ns);
}

static void fill_line(struct line *line, const struct group *g, const struct group_figures *f)
{
	char text[32];
	for (size_t c = 0; c < COLUMNS_N; c++)
		strcpy(line->cells[c], "-");
	snprintf(line->cells[0], CELL_MOST, "%s", g->name);
	snprintf(line->cells[1], CELL_MOST, "%" PRId64, g->threads_n);
	snprintf(line->cells[2], CELL_MOST, "%s", format_count(f->rounds_n, text));
	rate_cell(line->cells[3], f->rounds_per_s);
	duration_cell(line->cells[4], f->wall_ns);
	duration_cell(line->cells[5], f->latency_p50_ns);
	duration_cell(line->cells[6], f->latency_p99_ns);
	duration_cell(line->cells[7], f->latency_max_ns);
	fill_shares(line, g, f);
}

static void print_line(FILE *file, const struct line *line, const int widths[static COLUMNS_N])
{
	for (int c = 0; c < COLUMNS_N; c++)
		fprintf(file, "%*s%s", c ? widths[c] : -widths[c],
			line ? line->cells[c] : headings[c], c + 1 < COLUMNS_N ? "  " : "\n");
}

static void print_groups(FILE *file, const struct scenario_results *results)
{
	const struct scenario *s = results->scenario;
	int widths[COLUMNS_N];
	struct line line;
	for (int c = 0; c < COLUMNS_N; c++)
		widths[c] = (int)strlen(headings[c]);
	for (size_t k = 0; k < s->groups_n; k++) {
		fill_line(&line, &s->groups[k], &results->typical->groups[k]);
		for (int c = 0; c < COLUMNS_N; c++) {
			int width = (int)strlen(line.cells[c]);
			widths[c] = width > widths[c] ? width : widths[c];
		}
	}
	print_line(file, NULL, widths);
	for (size_t k = 0; k < s->groups_n; k++) {
		fill_line(&line, &s->groups[k], &results->typical->groups[k]);
		print_line(file, &line, widths);
	}
}

static void print_echoes(FILE *file, const struct scenario_results *results)
{
	const struct scenario *s = results->scenario;
	char rate[32], lost[32];
	for (size_t k = 0; k < s->groups_n; k++) {
		const struct group_figures *f = &results->typical->groups[k];
		if (f->lost_n != ABSENT && isfinite(f->bytes_per_s))
			fprintf(file, "%s: %s bytes/s answered, %s pings lost\n", s->groups[k].name,
				format_count(llround(f->bytes_per_s), rate),
				format_count(f->lost_n, lost));
	}
}

static void print_opening(FILE *file, const struct scenario_results *results)
{
	const struct scenario *s = results->scenario;
	const char *help = json_string_value(json_object_get(s->document, "help"));
	char wall[16], world[ABOUT_WORLD_MOST];
	fprintf(file, "%s: ", s->file);
	if (help)
		fprintf(file, "%s\n", help);
	fprintf(file, "gil %s", s->policy->name);
	if (s->interval_ns != ABSENT && s->policy->interval_ns != ABSENT)
		fprintf(file, ", interval %s", format_duration((double)s->interval_ns, wall));
	if (s->pace)
		fprintf(file, ", pace %s", s->pace->name);
	fprintf(file, ", %s", format_duration(results->wall_ns.median, wall));
	fprintf(file, ", median of %zu repeat%s, %s\n\n", results->repeats_n,
		results->repeats_n == 1 ? "" : "s",
		about_world(&s->world, results->repeats_n, world));
}

int scenario_write_table(FILE *file, const void *content)
{
	const struct scenario_results *results = content;
	print_opening(file, results);
	print_groups(file, results);
	print_echoes(file, results);
	return 0;
}
