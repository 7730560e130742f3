#include "report/breakeven.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "report/about.h"
#include "report/metrics.h"
#include "report/notes.h"

static const char *pace_name(const struct breakeven *b)
{
	return b->pace ? b->pace->name : "full";
}

/* For programs */

static json_t *ns_or_null(double ns)
{
	return isfinite(ns) ? json_integer(llround(ns)) : json_null();
}

static json_t *or_null(int64_t n)
{
	return n == ABSENT ? json_null() : json_integer(n);
}

static json_t *samples_json(const double *samples, size_t n)
{
	json_t *list = json_array();
	for (size_t k = 0; k < n; k++)
		json_array_append_new(list, json_of_real(samples[k]));
	return list;
}

static json_t *point_json(const struct ratio_point *p)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:[o, o], s:s}", "length_ns", ns_or_null(p->x),
			 "held", samples_json(p->base, p->base_n), "released",
			 samples_json(p->samples, p->samples_n), "ratio",
			 json_of_real(p->ratio.value), "ratio_ci95", json_of_real(p->ratio.low),
			 json_of_real(p->ratio.high), "decision", decision_names[p->decision]);
}

static json_t *crossing_json(const struct crossing *c)
{
	return json_pack("{s:s, s:o, s:[o, o]}", "releasing_wins", c->upwards ? "from" : "up to",
			 "length_ns", ns_or_null(c->x), "length_ci95", ns_or_null(c->low),
			 ns_or_null(c->high));
}

static json_t *gain_json(const struct breakeven_gain *g)
{
	json_t *points = json_array(), *crossings = json_array();
	for (size_t k = 0; k < g->points_n; k++)
		json_array_append_new(points, point_json(&g->points[k]));
	for (size_t k = 0; k < g->crossings_n; k++)
		json_array_append_new(crossings, crossing_json(&g->crossings[k]));
	return json_pack("{s:s, s:o, s:o, s:o}", "verdict", verdict_names[g->verdict],
			 "noise_floor", json_of_real(g->noise_floor), "crossings", crossings,
			 "points", points);
}

static json_t *case_json(const struct breakeven *b)
{
	json_t *gains = json_object();
	for (enum gain gain = 0; gain < GAINS_N; gain++)
		json_object_set_new(gains, gain_names[gain],
				    breakeven_has(b, gain) ? gain_json(&b->gains[gain])
							   : json_null());
	json_t *object = json_pack(
		"{s:s, s:o, s:o, s:s, s:I, s:I, s:I}", "gil", b->policy->name, "interval_ns",
		or_null(b->interval_ns), "ticks", or_null(b->ticks), "pace", pace_name(b),
		"threads", (json_int_t)b->threads_n, "neighbours", (json_int_t)b->neighbours_n,
		"reps", (json_int_t)b->repeats_n);
	json_object_update_new(object, about_world_json(&b->world));
	json_object_set_new(object, "gains", gains);
	return object;
}

int breakeven_write_json(FILE *file, const void *content)
{
	const struct breakeven_results *results = content;
	json_t *cases = json_array();
	for (size_t k = 0; k < results->cases_n; k++)
		json_array_append_new(cases, case_json(&results->cases[k]));
	json_t *document = json_pack("{s:s, s:o, s:o, s:{s:I}, s:o}", "schema",
				     "gilsim-breakeven/1", "gilsim", about_gilsim(), "host",
				     about_host_of(results->unrest), "measuring", "order_seed",
				     (json_int_t)results->order_seed, "results", cases);
	if (!document)
		return -ENOMEM;
	int failed = json_dumpf(document, file, JSON_INDENT(2)) || fputs("\n", file) < 0;
	json_decref(document);
	return failed ? (errno ? -errno : -EIO) : 0;
}

/* Absent is empty. */
static void put_real(FILE *file, double x, const char *end)
{
	if (isfinite(x))
		fprintf(file, "%.6g", x);
	fputs(end, file);
}

static void put_case(FILE *file, const struct breakeven *b, enum gain gain, const char *what)
{
	fprintf(file, "%s,", b->policy->name);
	put_real(file, b->interval_ns == ABSENT ? NAN : (double)b->interval_ns, ",");
	fprintf(file, "%s,%" PRId64 ",%" PRId64 ",%s,%s,", pace_name(b), b->threads_n,
		b->neighbours_n, gain_names[gain], what);
}

static void put_whole(FILE *file, int64_t n)
{
	if (n != ABSENT)
		fprintf(file, "%" PRId64, n);
	fputs(",", file);
}

static void put_world(FILE *file, const struct breakeven *b)
{
	const struct world_choice *w = &b->world;
	fprintf(file, ",%s,", world_names[w->world]);
	put_whole(file, world_cores_n(w));
	put_whole(file, w->seed);
	fprintf(file, "%s\n", w->cost ? w->cost->digest : "");
}

static void put_gain(FILE *file, const struct breakeven *b, enum gain gain)
{
	const struct breakeven_gain *g = &b->gains[gain];
	for (const struct ratio_point *p = g->points; p < g->points + g->points_n; p++) {
		put_case(file, b, gain, "length");
		put_real(file, p->x, ",,,");
		put_real(file, p->ratio.value, ",");
		put_real(file, p->ratio.low, ",");
		put_real(file, p->ratio.high, "");
		put_world(file, b);
	}
	for (const struct crossing *c = g->crossings; c < g->crossings + g->crossings_n; c++) {
		put_case(file, b, gain, c->upwards ? "from" : "up to");
		put_real(file, c->x, ",");
		put_real(file, c->low, ",");
		put_real(file, c->high, ",1,,");
		put_world(file, b);
	}
}

int breakeven_write_csv(FILE *file, const void *content)
{
	const struct breakeven_results *results = content;
	fprintf(file, "gil,interval_ns,pace,threads,neighbours,for,what,length_ns,"
		      "length_ci95.lo,length_ci95.hi,ratio,ratio_ci95.lo,ratio_ci95.hi,world,cores,"
		      "seed,cost_digest\n");
	for (size_t k = 0; k < results->cases_n; k++)
		for (enum gain gain = 0; gain < GAINS_N; gain++)
			put_gain(file, &results->cases[k], gain);
	return 0;
}

/* For people */

static const double shown_ns[] = {1000, 10000, 100000, 1000000};
enum { SHOWN_N = sizeof shown_ns / sizeof *shown_ns, CELL_MOST = 40 };
enum column {
	COLUMN_GIL,
	COLUMN_INTERVAL,
	COLUMN_PACE,
	COLUMN_WORLD,
	COLUMN_CORES,
	COLUMN_SEED,
	COLUMN_THREADS,
	COLUMN_NEIGHBOURS,
	COLUMN_FOR,
	COLUMN_WINS,
	COLUMN_SPREAD,
	COLUMN_SHOWN,
	COLUMNS_N = COLUMN_SHOWN + SHOWN_N
};
static const char *const headings[COLUMNS_N] = {
	"gil",	   "interval",	 "pace", "world",	   "cores",	    "seed", "threads",
	"neighbours", "for",	 "releasing wins", "95 % interval", "1 us", "10 us",   "100 us",
	"1 ms",
};

struct line {
	char cells[COLUMNS_N][CELL_MOST];
};

static void fill_whole(struct line *line, enum column column, int64_t n)
{
	snprintf(line->cells[column], CELL_MOST, "-");
	if (n != ABSENT)
		snprintf(line->cells[column], CELL_MOST, "%" PRId64, n);
}

static void fill_case(struct line *line, const struct breakeven *b)
{
	char text[16];
	bool has_interval = b->interval_ns != ABSENT;
	snprintf(line->cells[COLUMN_GIL], CELL_MOST, "%s", b->policy->name);
	snprintf(line->cells[COLUMN_INTERVAL], CELL_MOST, "%s",
		 has_interval ? format_duration((double)b->interval_ns, text) : "-");
	snprintf(line->cells[COLUMN_PACE], CELL_MOST, "%s", pace_name(b));
	snprintf(line->cells[COLUMN_WORLD], CELL_MOST, "%s", world_names[b->world.world]);
	fill_whole(line, COLUMN_CORES, world_cores_n(&b->world));
	fill_whole(line, COLUMN_SEED, b->world.seed);
	fill_whole(line, COLUMN_THREADS, b->threads_n);
	fill_whole(line, COLUMN_NEIGHBOURS, b->neighbours_n);
}

static void fill_verdict(struct line *line, const struct breakeven_gain *g)
{
	static const char *const texts[VERDICTS_N] = {
		[VERDICT_UNDECIDED] = "undecided",
		[VERDICT_NEVER] = "never",
		[VERDICT_ALWAYS] = "always",
		[VERDICT_EVEN] = "no difference",
		[VERDICT_CROSSING] = "",
	};
	snprintf(line->cells[COLUMN_WINS], CELL_MOST, "%s", texts[g->verdict]);
}

static void fill_crossing(struct line *line, const struct crossing *c)
{
	char at[16], low[16], high[16];
	snprintf(line->cells[COLUMN_WINS], CELL_MOST, "%s %s", c->upwards ? "from" : "up to",
		 format_duration(c->x, at));
	if (isfinite(c->low))
		snprintf(line->cells[COLUMN_SPREAD], CELL_MOST, "%s to %s",
			 format_duration(c->low, low), format_duration(c->high, high));
}

static void fill_shown(struct line *line, const struct breakeven_gain *g)
{
	for (size_t s = 0; s < SHOWN_N; s++)
		for (size_t k = 0; k < g->points_n; k++)
			if (g->points[k].x == shown_ns[s] && isfinite(g->points[k].ratio.value))
				snprintf(line->cells[COLUMN_SHOWN + s], CELL_MOST, "%.3g",
					 g->points[k].ratio.value);
}

/* A case's first line says whose it is, a gain's first line what releasing gives; more
 * crossings have a line each. */
static void for_lines(const struct breakeven_results *results,
		      void (*see)(void *context, const struct line *line), void *context)
{
	for (const struct breakeven *b = results->cases; b < results->cases + results->cases_n; b++)
		for (enum gain gain = 0; gain < GAINS_N; gain++) {
			const struct breakeven_gain *g = &b->gains[gain];
			struct line line = {0};
			if (!breakeven_has(b, gain))
				continue;
			if (gain == GAIN_CALLS)
				fill_case(&line, b);
			snprintf(line.cells[COLUMN_FOR], CELL_MOST, "%s", gain_names[gain]);
			fill_verdict(&line, g);
			fill_shown(&line, g);
			for (size_t k = 0; k < g->crossings_n; k++) {
				fill_crossing(&line, &g->crossings[k]);
				see(context, &line);
				line = (struct line){0};
			}
			if (!g->crossings_n)
				see(context, &line);
		}
}

struct table {
	FILE *file;
	int widths[COLUMNS_N]; /* 0: the column is not shown */
};

static void widen(void *context, const struct line *line)
{
	struct table *t = context;
	for (size_t c = 0; c < COLUMNS_N; c++) {
		int width = (int)strlen(line->cells[c]);
		t->widths[c] = t->widths[c] && width > t->widths[c] ? width : t->widths[c];
	}
}

static void print_cell(const struct table *t, size_t c, const char *cell)
{
	bool to_the_left = c < COLUMN_THREADS || c == COLUMN_FOR || c == COLUMN_WINS;
	if (t->widths[c])
		fprintf(t->file, "%*s%s", to_the_left ? -t->widths[c] : t->widths[c], cell,
			c + 1 < COLUMNS_N ? "  " : "\n");
}

static void print_line(void *context, const struct line *line)
{
	for (size_t c = 0; c < COLUMNS_N; c++)
		print_cell(context, c, line->cells[c]);
}

static bool is_undecided(const struct breakeven_results *results)
{
	for (size_t k = 0; k < results->cases_n; k++)
		for (enum gain gain = 0; gain < GAINS_N; gain++)
			if (breakeven_has(&results->cases[k], gain) &&
			    results->cases[k].gains[gain].verdict == VERDICT_UNDECIDED)
				return true;
	return false;
}

/* What all cases share is said once, above them. */
static bool tells_apart(const struct breakeven_results *results, enum column column)
{
	struct line first = {0}, other = {0};
	fill_case(&first, results->cases);
	for (size_t k = 1; k < results->cases_n; k++) {
		fill_case(&other, &results->cases[k]);
		if (strcmp(first.cells[column], other.cells[column]) != 0)
			return true;
	}
	return column >= COLUMN_THREADS;
}

static void print_opening(FILE *file, const struct breakeven_results *results)
{
	struct line first = {0};
	size_t repeats_n = results->cases->repeats_n;
	fill_case(&first, results->cases);
	fprintf(file, "with the lock released around a native call, against held");
	for (enum column c = 0; c < COLUMN_THREADS; c++)
		if (!tells_apart(results, c) && strcmp(first.cells[c], "-") != 0)
			fprintf(file, ", %s %s", headings[c], first.cells[c]);
	fprintf(file, ", %zu repeat%s\n\n", repeats_n, repeats_n == 1 ? "" : "s");
}

/* The largest of all cases and gains. */
static void print_noise_floor(FILE *file, const struct breakeven_results *results)
{
	double floor = 0;
	for (size_t k = 0; k < results->cases_n; k++)
		for (enum gain gain = 0; gain < GAINS_N; gain++) {
			const struct breakeven *b = &results->cases[k];
			double own = breakeven_has(b, gain) ? b->gains[gain].noise_floor : NAN;
			floor = own > floor ? own : floor;
		}
	if (floor > 0)
		fprintf(file, "noise floor: equal runs differ by up to %.2g %%; a smaller "
			      "difference is none\n", 100 * floor);
}

int breakeven_write_table(FILE *file, const void *content)
{
	const struct breakeven_results *results = content;
	struct table t = {.file = file};
	for (size_t c = 0; c < COLUMNS_N; c++)
		if (tells_apart(results, (enum column)c))
			t.widths[c] = (int)strlen(headings[c]);
	for_lines(results, widen, &t);
	print_opening(file, results);
	for (size_t c = 0; c < COLUMNS_N; c++)
		print_cell(&t, c, headings[c]);
	for_lines(results, print_line, &t);
	fprintf(file,
		"\ncalls: those completed, per second; neighbours: their bytecode; all: calls and "
		"bytecode,\nin cores' worth.  Last columns: released / held, for a call of that "
		"length\n");
	if (is_undecided(results))
		fprintf(file, "undecided: the repeats differ too much; take a machine that does "
			      "nothing else, or more --reps\n");
	print_noise_floor(file, results);
	unrest_print(file, results->unrest);
	return 0;
}
