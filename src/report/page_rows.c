#include "report/page_rows.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/figure.h"
#include "report/metrics.h"
#include "report/rerun.h"

/* Rows of one piece of work, in their order, and the number of the series that each belongs to. */
struct piece {
	const json_t **rows;
	size_t *series;
	size_t rows_n, series_n;
};

/* Cells */

enum kind { TEXT, COUNT, DURATION, DURATIONS, RATIO, RATIOS, SHARE, RIGHT };

static const struct {
	const char *heading, *path;
	enum kind kind;
	bool tells_apart; /* shown only where rows differ in it */
} columns[] = {
	{"mode", "mode", TEXT, false},
	{"engine", "engine", TEXT, false},
	{"gil", "gil", TEXT, false},
	{"interval", "interval_ns", DURATION, true},
	{"ticks", "ticks", COUNT, true},
	{"accounting", "accounting", TEXT, true},
	{"world", "world", TEXT, true},
	{"cores", "cores", COUNT, true},
	{"seed", "seed", COUNT, true},
	{"costs", "cost", TEXT, true},
	{"bind", "bind", TEXT, true},
	{"counters", "counted", TEXT, true},
	{"updates a call", "updates_per_call", COUNT, true},
	{"threads", "threads", COUNT, false},
	{"wall time", "wall_ns.median", DURATION, false},
	{"95 % interval", "wall_ns.ci95", DURATIONS, false},
	{"speed-up", "speedup", RATIO, false},
	{"95 % interval", "speedup_ci95", RATIOS, false},
	{"efficiency", "efficiency", SHARE, false},
	{"over locked 1", "over_locked", RATIO, true},
	{"waits for gil", "time_ns", SHARE, false},
	{"switches", "gil_stats.switches", COUNT, false},
	{"lost updates", "lost_updates", COUNT, false},
	{"repeats", "reps", COUNT, false},
	{"result", "checksum_ok", RIGHT, false},
};
enum { COLUMNS_N = sizeof columns / sizeof *columns, CELL_MOST = 80 };

static double number_at(const json_t *object, const char *path)
{
	return json_number_value(metrics_at(object, path));
}

/* Of all workers' time, which is these four. */
static bool waits_share(const json_t *time, char text[static CELL_MOST])
{
	static const char *const parts[] = {"running", "gil_wait", "io", "start_join"};
	double all_ns = 0;
	for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
		all_ns += number_at(time, parts[k]);
	if (!(all_ns > 0) || !json_is_number(json_object_get(time, "gil_wait")))
		return false;
	snprintf(text, CELL_MOST, "%.1f %%", 100 * number_at(time, "gil_wait") / all_ns);
	return true;
}

static bool is_pair(const json_t *value)
{
	return json_array_size(value) == 2 && json_is_number(json_array_get(value, 0)) &&
	       json_is_number(json_array_get(value, 1));
}

/* Of two numbers; the first alone, where the kind is of one. */
static void write_numbers(enum kind kind, double x, double y, char text[static CELL_MOST])
{
	char low[32], high[32];
	switch (kind) {
	case DURATION:
		snprintf(text, CELL_MOST, "%s", format_duration(x, low));
		break;
	case DURATIONS:
		snprintf(text, CELL_MOST, "%s to %s", format_duration(x, low),
			 format_duration(y, high));
		break;
	case RATIO:
		snprintf(text, CELL_MOST, "%.2fx", x);
		break;
	case RATIOS:
		snprintf(text, CELL_MOST, "%.2f to %.2f", x, y);
		break;
	case SHARE:
		snprintf(text, CELL_MOST, "%.1f %%", 100 * x);
		break;
	default:
		if (fabs(x) < 1e18) /* else no count of ours */
			snprintf(text, CELL_MOST, "%s", format_count((int64_t)x, low));
		else
			snprintf(text, CELL_MOST, "%.3g", x);
	}
}

static bool is_virtual(const json_t *row)
{
	const char *world = json_string_value(json_object_get(row, "world"));
	return world && strcmp(world, "virtual") == 0;
}

/* False: the row has none. */
static bool write_cell(size_t c, const json_t *row, char text[static CELL_MOST])
{
	const json_t *value = metrics_at(row, columns[c].path);
	const char *unset = rerun_unset(columns[c].path);
	text[0] = '\0';
	if (unset && json_is_null(value) && !is_virtual(row))
		snprintf(text, CELL_MOST, "%s", unset);
	else if (json_is_string(value))
		snprintf(text, CELL_MOST, "%s", json_string_value(value));
	else if (json_is_boolean(value))
		snprintf(text, CELL_MOST, "%s", json_is_true(value) ? "ok" : "WRONG");
	else if (json_is_object(value))
		return waits_share(value, text);
	else if (is_pair(value))
		write_numbers(columns[c].kind, json_number_value(json_array_get(value, 0)),
			      json_number_value(json_array_get(value, 1)), text);
	else if (json_is_number(value))
		write_numbers(columns[c].kind, json_number_value(value), 0, text);
	return *text != '\0';
}

/* What only some rows have does not tell the others apart. */
static bool is_shown(size_t c, const struct piece *p)
{
	char text[CELL_MOST], first[CELL_MOST] = "";
	bool differs = false;
	for (size_t k = 0; k < p->rows_n; k++) {
		if (!write_cell(c, p->rows[k], text))
			continue;
		differs = differs || (*first && strcmp(text, first) != 0);
		strcpy(first, text);
	}
	return *first && (differs || !columns[c].tells_apart);
}

static void put_row(struct html *h, const struct piece *p, size_t k, const bool *shown)
{
	char text[CELL_MOST];
	html_put(h, "<tr><td>%zu</td>", p->series[k] + 1);
	for (size_t c = 0; c < COLUMNS_N; c++) {
		if (!shown[c])
			continue;
		bool is_there = write_cell(c, p->rows[k], text);
		html_put(h, columns[c].kind == TEXT ? "<td>" : "<td class=\"number\">");
		html_text(h, is_there ? text : "-");
		html_put(h, "</td>");
	}
	html_put(h, "</tr>\n");
}

static void put_table(struct html *h, const struct piece *p)
{
	bool shown[COLUMNS_N];
	html_put(h, "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>"
		    "<th scope=\"col\">series</th>");
	for (size_t c = 0; c < COLUMNS_N; c++) {
		shown[c] = is_shown(c, p);
		if (shown[c])
			html_put(h, "<th scope=\"col\"%s>%s</th>",
				 columns[c].kind == TEXT ? "" : " class=\"number\"",
				 columns[c].heading);
	}
	html_put(h, "</tr></thead>\n<tbody>\n");
	for (size_t k = 0; k < p->rows_n; k++)
		put_row(h, p, k, shown);
	html_put(h, "</tbody></table></div>\n");
}

/* Work and series */

/* A field of the work, unless it is the usual one: each tells figures apart that have no series for
 * it. */
static int put_field(struct buffer *name, const json_t *row, const char *field, const char *usual)
{
	const json_t *value = json_object_get(row, field);
	char count[32];
	bool has_own_counts = !json_is_string(json_object_get(row, "gil"));
	if (json_is_integer(value))
		format_count(json_integer_value(value), count);
	const char *text = json_is_integer(value) ? count : json_string_value(value);
	if (!text || (usual && strcmp(text, usual) == 0) ||
	    (has_own_counts && strcmp(field, "counts") == 0))
		return 0;
	return buffer_printf(name, ", %s %s", field, text);
}

static int name_work(struct buffer *name, const json_t *row)
{
	static const struct {
		const char *field, *usual;
	} fields[] = {{"size", NULL},	      {"tasks", NULL},	     {"iterations", NULL},
		      {"scaling", "strong"},  {"pace", "full"},	     {"counts", "plain"},
		      {"work_divisor", "1"},  {"chunks", NULL},	     {"payload", "0"},
		      {"pool", "off"}};
	int failed = buffer_printf(name, "%s", json_string_value(json_object_get(row, "workload")));
	for (size_t k = 0; k < sizeof fields / sizeof *fields && !failed; k++)
		failed = put_field(name, row, fields[k].field, fields[k].usual);
	return failed;
}

static bool is_same_work(const json_t *a, const json_t *b, struct html *h)
{
	struct buffer one = {0}, other = {0};
	if (name_work(&one, a) || name_work(&other, b))
		h->failed = -ENOMEM;
	bool is_same = !h->failed && strcmp(one.bytes, other.bytes) == 0;
	buffer_free(&one);
	buffer_free(&other);
	return is_same;
}

static size_t series_of(struct piece *p, size_t k)
{
	for (size_t before = 0; before < k; before++)
		if (rerun_is_same_series(p->rows[before], p->rows[k]))
			return p->series[before];
	return p->series_n++;
}

/* The rows of the same work as the k-th; none where an earlier one had them. */
static int gather(struct piece *p, const json_t *rows, size_t k, struct html *h)
{
	size_t n = json_array_size(rows);
	const json_t *first = json_array_get(rows, k);
	for (size_t before = 0; before < k; before++)
		if (is_same_work(json_array_get(rows, before), first, h))
			return 0;
	p->rows = calloc(n, sizeof *p->rows);
	p->series = calloc(n, sizeof *p->series);
	if (!p->rows || !p->series)
		return -ENOMEM;
	for (; k < n; k++)
		if (is_same_work(json_array_get(rows, k), first, h)) {
			p->rows[p->rows_n] = json_array_get(rows, k);
			p->series[p->rows_n] = series_of(p, p->rows_n);
			p->rows_n++;
		}
	return 0;
}

static void put_commands(struct html *h, const struct piece *p)
{
	html_put(h, "<h4>To measure it again</h4>\n<div class=\"scroll\" tabindex=\"0\"><pre>");
	for (size_t series = 0; series < p->series_n && !h->failed; series++) {
		struct buffer command = {0};
		const json_t **rows = calloc(p->rows_n, sizeof *rows);
		size_t n = 0;
		for (size_t k = 0; rows && k < p->rows_n; k++)
			if (p->series[k] == series)
				rows[n++] = p->rows[k];
		if (!rows || rerun_command(&command, rows, n))
			h->failed = -ENOMEM;
		html_put(h, "%zu  ", series + 1);
		if (!h->failed)
			html_text(h, command.bytes);
		html_put(h, "\n");
		buffer_free(&command);
		free(rows);
	}
	html_put(h, "</pre></div>\n");
}

/* Figures */

static bool has_above_one(const struct piece *p, const char *path)
{
	for (size_t k = 0; k < p->rows_n; k++)
		if (number_at(p->rows[k], "threads") > 1 && number_at(p->rows[k], path) > 0)
			return true;
	return false;
}

static void put_figure(struct html *h, const struct piece *p, const char *name, const char *caption,
		       const char *prefix, struct error *undrawn)
{
	struct buffer svg = {0};
	int failed = *undrawn->text ? -ENOENT
				    : figure_svg(&svg, name, p->rows, p->rows_n, prefix, caption,
						 undrawn);
	if (!failed) {
		html_put(h, "<figure><figcaption>%s</figcaption>\n", caption);
		if (!h->failed)
			h->failed = buffer_append(&h->text, svg.bytes, svg.size);
		html_put(h, "</figure>\n");
	}
	if (failed == -ENOMEM)
		h->failed = failed;
	buffer_free(&svg);
}

static bool has_intervals(const struct piece *p)
{
	for (size_t k = 0; k < p->rows_n; k++)
		if (json_is_number(metrics_at(p->rows[k], "wall_ns.ci95.lo")))
			return true;
	return false;
}

static void put_figures(struct html *h, const struct piece *p, const char *prefix,
			struct error *undrawn)
{
	static const struct {
		const char *name, *caption, *path;
	} figures[] = {
		{"speedup", "Speed-up over one thread of the same series", "speedup"},
		{"time", "Wall time", "wall_ns.median"},
		{"efficiency", "Efficiency: speed-up / threads", "speedup"},
	};
	html_put(h, "<div class=\"figures\">\n");
	for (size_t k = 0; k < sizeof figures / sizeof *figures; k++) {
		char own[96];
		snprintf(own, sizeof own, "%s%zu", prefix, k);
		if (has_above_one(p, figures[k].path))
			put_figure(h, p, figures[k].name, figures[k].caption, own, undrawn);
	}
	html_put(h, "</div>\n");
	if (!*undrawn->text)
		html_put(h, "<p class=\"dim\">Medians%s. A thin line is the Universal Scalability "
			    "Law as fitted, a cross where it has most.</p>\n",
			 has_intervals(p) ? "; bands and bars are their 95 % confidence intervals"
					  : "");
}

static bool has_sweep(const struct piece *p)
{
	for (size_t k = 0; k < p->rows_n; k++)
		for (size_t before = 0; before < k; before++)
			if (p->series[before] == p->series[k])
				return true;
	return false;
}

static void put_work(struct html *h, const struct piece *p, const char *prefix, bool wants_figures,
		     struct error *undrawn)
{
	struct buffer name = {0};
	if (name_work(&name, p->rows[0]))
		h->failed = -ENOMEM;
	html_put(h, "<h3>");
	if (!h->failed)
		html_text(h, name.bytes);
	html_put(h, "</h3>\n");
	if (wants_figures && has_sweep(p))
		put_figures(h, p, prefix, undrawn);
	put_table(h, p);
	put_commands(h, p);
	buffer_free(&name);
}

void page_rows(struct html *h, const json_t *rows, size_t file_n, bool wants_figures,
	       struct error *undrawn)
{
	for (size_t k = 0; k < json_array_size(rows) && !h->failed; k++) {
		struct piece p = {0};
		char prefix[64];
		snprintf(prefix, sizeof prefix, "f%zuw%zuf", file_n, k);
		int failed = gather(&p, rows, k, h);
		if (failed)
			h->failed = failed;
		else if (p.rows_n && !h->failed)
			put_work(h, &p, prefix, wants_figures, undrawn);
		free(p.rows);
		free(p.series);
	}
}
