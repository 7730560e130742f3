/* compare_write.c - what became of each setting, as a table, JSON and CSV. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/about.h"
#include "report/compare.h"
#include "report/metrics.h"

static const char *const verdict_texts[COMPARED_N] = {
	[COMPARED_UNDECIDED] = "undecided", [COMPARED_SAME] = "same",
	[COMPARED_FASTER] = "faster",	    [COMPARED_SLOWER] = "slower",
	[COMPARED_WRONG] = "wrong",	    [COMPARED_ONLY_A] = "only in A",
	[COMPARED_ONLY_B] = "only in B",
};

/* For programs */

static json_t *field_json(const json_t *setting, const char *field)
{
	json_t *value = json_object_get(setting, field);
	return value ? json_incref(value) : json_null();
}

/* With what the sides were compared across. */
static json_t *side_json(const struct compare_results *r, const struct sampled *s,
			 const struct kept_row *row)
{
	bool is_known = isfinite(s->median);
	json_t *side =
		json_pack("{s:I, s:o}", "reps", (json_int_t)s->n, "median_ns",
			  is_known ? json_integer(llround(s->median)) : json_null());
	for (size_t f = 0; f < setting_fields_n; f++)
		if (compare_is_across(r, setting_fields[f]))
			json_object_set_new(side, setting_fields[f],
					    field_json(row ? row->setting : NULL,
						       setting_fields[f]));
	return side;
}

static json_t *pair_json(const struct compare_results *r, size_t k)
{
	const struct comparison *c = &r->comparisons[k];
	json_t *object = json_object();
	for (size_t f = 0; f < setting_fields_n; f++) {
		const char *field = setting_fields[f];
		json_object_set_new(object, field,
				    compare_is_across(r, field)
					    ? json_null()
					    : field_json(compare_setting(r, k), field));
	}
	json_t *figures = json_pack(
		"{s:o, s:o, s:o, s:[o, o], s:o, s:o, s:o, s:o, s:s}", "a",
		side_json(r, &c->a, r->pairs[k].a), "b", side_json(r, &c->b, r->pairs[k].b),
		"ratio", json_of_real(c->ratio.value), "ratio_ci95", json_of_real(c->ratio.low),
		json_of_real(c->ratio.high), "u", json_of_real(c->u), "p", json_of_real(c->p),
		"p_holm", json_of_real(c->p_holm), "noise", json_of_real(c->ratio.noise),
		"verdict", verdict_texts[c->verdict]);
	if (object && figures && !json_object_update_new(object, figures))
		return object;
	json_decref(object);
	return NULL;
}

static json_t *file_json(const struct kept_results *kept)
{
	return json_pack("{s:s, s:O?, s:O?}", "file", kept->file, "gilsim",
			 json_object_get(kept->document, "gilsim"), "host",
			 json_object_get(kept->document, "host"));
}

static json_t *differences_json(const struct compare_results *r)
{
	json_t *list = json_array();
	for (size_t k = 0; k < r->differences_n; k++) {
		const struct difference *d = &r->differences[k];
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "field", d->field, "a",
						      d->a, "b", d->b));
	}
	return list;
}

int compare_write_json(FILE *file, const void *content)
{
	const struct compare_results *r = content;
	json_t *pairs = json_array();
	int failed = 0;
	for (size_t k = 0; k < r->pairs_n && !failed; k++)
		failed = json_array_append_new(pairs, pair_json(r, k));
	json_t *document = json_pack("{s:s, s:o, s:o, s:o, s:f, s:o, s:o}", "schema",
				     "gilsim-compare/1", "gilsim", about_gilsim(), "a",
				     file_json(&r->a), "b", file_json(&r->b), "threshold",
				     r->choice.threshold, "differences", differences_json(r),
				     "results", pairs);
	if (failed || !document) {
		json_decref(document);
		return -ENOMEM;
	}
	failed = json_dumpf(document, file, JSON_INDENT(2)) || fputs("\n", file) < 0;
	json_decref(document);
	return failed ? (errno ? -errno : -EIO) : 0;
}

static const char *const figure_paths[] = {
	"a.reps", "a.median_ns", "b.reps", "b.median_ns", "ratio", "ratio_ci95.lo",
	"ratio_ci95.hi", "u", "p", "p_holm", "noise", "verdict"};
enum { FIGURES_N = sizeof figure_paths / sizeof *figure_paths };

static const char *path_nth(size_t k)
{
	return k < setting_fields_n ? setting_fields[k] : figure_paths[k - setting_fields_n];
}

/* object NULL: the line of headings. */
static int append_cell(struct buffer *text, const json_t *object, const char *comma,
		       const char *path)
{
	return object ? metrics_csv_cell(text, comma, object, path)
		      : buffer_printf(text, "%s%s", comma, path);
}

static int append_line(struct buffer *text, const struct compare_results *r,
		       const json_t *object)
{
	char path[FIELD_MOST];
	int failed = 0;
	for (size_t c = 0; c < setting_fields_n + FIGURES_N && !failed; c++)
		failed = append_cell(text, object, c ? "," : "", path_nth(c));
	for (size_t f = 0; f < 2 * setting_fields_n && !failed; f++) {
		const char *field = setting_fields[f / 2];
		snprintf(path, sizeof path, "%s.%s", f % 2 ? "b" : "a", field);
		if (compare_is_across(r, field))
			failed = append_cell(text, object, ",", path);
	}
	return failed ? failed : buffer_printf(text, "\n");
}

int compare_write_csv(FILE *file, const void *content)
{
	const struct compare_results *r = content;
	struct buffer text = {0};
	int failed = append_line(&text, r, NULL);
	for (size_t k = 0; k < r->pairs_n && !failed; k++) {
		json_t *object = pair_json(r, k);
		failed = object ? append_line(&text, r, object) : -ENOMEM;
		json_decref(object);
	}
	if (!failed && fwrite(text.bytes, 1, text.size, file) != text.size)
		failed = -errno;
	buffer_free(&text);
	return failed;
}

/* For people */

static void time_cell(const struct sampled *s, char text[static FIELD_MOST])
{
	char time[16];
	snprintf(text, FIELD_MOST, "%s",
		 isfinite(s->median) ? format_duration(s->median, time) : "-");
}

static void a_cell(const struct comparison *c, char text[static FIELD_MOST])
{
	time_cell(&c->a, text);
}

static void b_cell(const struct comparison *c, char text[static FIELD_MOST])
{
	time_cell(&c->b, text);
}

static void ratio_cell(const struct comparison *c, char text[static FIELD_MOST])
{
	if (isfinite(c->ratio.value))
		snprintf(text, FIELD_MOST, "%.3f", c->ratio.value);
}

static void spread_cell(const struct comparison *c, char text[static FIELD_MOST])
{
	if (isfinite(c->ratio.low))
		snprintf(text, FIELD_MOST, "%.3f .. %.3f", c->ratio.low, c->ratio.high);
}

static void p_cell(const struct comparison *c, char text[static FIELD_MOST])
{
	if (isfinite(c->p_holm))
		snprintf(text, FIELD_MOST, c->p_holm < 0.0001 ? "< 0.0001" : "%.4f", c->p_holm);
}

static void noise_cell(const struct comparison *c, char text[static FIELD_MOST])
{
	if (isfinite(c->ratio.noise))
		snprintf(text, FIELD_MOST, "%.1f %%", 100 * c->ratio.noise);
}

static void verdict_cell(const struct comparison *c, char text[static FIELD_MOST])
{
	snprintf(text, FIELD_MOST, "%s", verdict_texts[c->verdict]);
}

static const struct {
	const char *heading;
	void (*cell)(const struct comparison *c, char text[static FIELD_MOST]);
} figures[] = {
	{"A", a_cell},		       {"B", b_cell}, {"B / A", ratio_cell},
	{"95 % interval", spread_cell}, {"p", p_cell}, {"noise", noise_cell},
	{"verdict", verdict_cell},
};
enum { COLUMNS_OF_FIGURES_N = sizeof figures / sizeof *figures };

static const char *heading(size_t c)
{
	return c < setting_fields_n ? setting_fields[c] : figures[c - setting_fields_n].heading;
}

static void write_cell(const struct compare_results *r, size_t k, size_t c,
		       char text[static FIELD_MOST])
{
	strcpy(text, "-");
	if (c < setting_fields_n)
		compare_field_text(r, k, setting_fields[c], text);
	else
		figures[c - setting_fields_n].cell(&r->comparisons[k], text);
}

/* 0 for a column that is not shown. */
static int width_of(const struct compare_results *r, size_t c)
{
	char text[FIELD_MOST];
	int width = (int)strlen(heading(c));
	if (c < setting_fields_n && !compare_tells_apart(r, setting_fields[c]))
		return 0;
	for (size_t k = 0; k < r->pairs_n; k++) {
		write_cell(r, k, c, text);
		int own = (int)strlen(text);
		width = own > width ? own : width;
	}
	return width;
}

/* Words to the left, numbers to the right. */
static bool is_words(const struct compare_results *r, size_t c)
{
	for (size_t k = 0; k < r->pairs_n && c < setting_fields_n; k++)
		if (json_is_string(json_object_get(compare_setting(r, k), setting_fields[c])))
			return true;
	return false;
}

static void print_column(FILE *file, const struct compare_results *r, size_t c, int width,
			 const char *cell)
{
	bool is_last = c + 1 == setting_fields_n + COLUMNS_OF_FIGURES_N;
	if (is_last)
		fprintf(file, "%s\n", cell);
	else if (width)
		fprintf(file, "%*s  ", is_words(r, c) ? -width : width, cell);
}

static void print_rows(FILE *file, const struct compare_results *r)
{
	enum { COLUMNS_MOST = 64 };
	int widths[COLUMNS_MOST];
	char text[FIELD_MOST];
	size_t n = setting_fields_n + COLUMNS_OF_FIGURES_N;
	for (size_t c = 0; c < n; c++)
		widths[c] = width_of(r, c);
	for (size_t c = 0; c < n; c++)
		print_column(file, r, c, widths[c], heading(c));
	for (size_t k = 0; k < r->pairs_n; k++)
		for (size_t c = 0; c < n; c++) {
			write_cell(r, k, c, text);
			print_column(file, r, c, widths[c], text);
		}
}

static const char *kept_text(const struct kept_results *kept, const char *object, const char *key)
{
	const char *text = json_string_value(
		json_object_get(json_object_get(kept->document, object), key));
	return text ? text : "?";
}

/* A load is what most often makes two runs differ. */
static void print_file(FILE *file, const char *name, const struct kept_results *kept)
{
	const json_t *host = json_object_get(kept->document, "host");
	const json_t *load = json_object_get(host, "load_1min");
	fprintf(file, "%s  %s: ", name, kept->file);
	if (!kept->document)
		fprintf(file, "does not say which gilsim on which machine");
	else
		fprintf(file, "gilsim %s, %s, %s", kept_text(kept, "gilsim", "version"),
			kept_text(kept, "host", "cpu"), kept_text(kept, "host", "time"));
	if (json_is_number(load))
		fprintf(file, ", load %.1f", json_number_value(load));
	fprintf(file, "\n");
}

static void print_differences(FILE *file, const struct compare_results *r)
{
	for (size_t k = 0; k < r->differences_n; k++) {
		const struct difference *d = &r->differences[k];
		fprintf(file, "%s %s: %s in A, %s in B\n", k ? "         " : "although", d->field,
			d->a, d->b);
	}
}

static bool is_shared(const struct compare_results *r, const char *field,
		      const char value[static FIELD_MOST])
{
	char other[FIELD_MOST];
	for (size_t k = 0; k < r->pairs_n; k++)
		if (strcmp(value, compare_field_text(r, k, field, other)) != 0)
			return false;
	return strcmp(value, "-") != 0;
}

/* What all rows share is said once. */
static void print_shared(FILE *file, const struct compare_results *r)
{
	enum { LINE_MOST = 100 };
	char value[FIELD_MOST];
	int used = fprintf(file, "\nin all rows:");
	const char *comma = "";
	for (size_t f = 0; f < setting_fields_n; f++) {
		const char *field = setting_fields[f];
		compare_field_text(r, 0, field, value);
		if (!is_shared(r, field, value))
			continue;
		fputs(comma, file);
		int length = (int)(strlen(field) + strlen(value)) + 3;
		used += length;
		if (used > LINE_MOST) {
			fprintf(file, "\n ");
			used = length;
		}
		fprintf(file, " %s %s", field, value);
		comma = ",";
	}
	fprintf(file, "\n\n");
}

static size_t compared_n(const struct compare_results *r)
{
	size_t n = 0;
	for (size_t k = 0; k < r->pairs_n; k++)
		n += isfinite(r->comparisons[k].p);
	return n;
}

static void print_counts(FILE *file, const struct compare_results *r)
{
	const char *comma = "\n";
	for (enum compared verdict = 0; verdict < COMPARED_N; verdict++) {
		size_t n = compare_count(r, verdict);
		if (n)
			fprintf(file, "%s%zu %s", comma, n, verdict_texts[verdict]);
		comma = n ? ", " : comma;
	}
	fprintf(file, "\n");
}

static void print_legend(FILE *file, const struct compare_results *r)
{
	size_t n = compared_n(r);
	fprintf(file,
		"\nB / A: of median wall times.  p: Mann-Whitney, two-sided, corrected for %zu "
		"setting%s (Holm)\nnoise: by how much a side differs from itself, the larger of "
		"both\nslower, faster: by %g %% or more and by the noise or more, 1 is outside the "
		"interval, and p < %g\nsame: the interval is within %g %%, of %d repeats or more a "
		"side; or the samples are one and the same\nundecided: neither\n",
		n, n == 1 ? "" : "s", 100 * r->choice.threshold, COMPARE_ALPHA,
		100 * r->choice.threshold, LEAST_SAMPLES_N);
}

static void print_too_few(FILE *file, const struct compare_results *r)
{
	size_t n = compared_n(r), too_few_n = 0;
	for (size_t k = 0; k < r->pairs_n; k++)
		too_few_n += r->comparisons[k].verdict == COMPARED_UNDECIDED &&
			     comparison_has_too_few(&r->comparisons[k], n);
	if (too_few_n)
		fprintf(file,
			"%zu undecided for want of repeats: of %zu setting%s, --reps=%zu or more "
			"can tell\n",
			too_few_n, n, n == 1 ? "" : "s", compare_repeats_needed(n));
}

int compare_write_table(FILE *file, const void *content)
{
	const struct compare_results *r = content;
	print_file(file, "A", &r->a);
	print_file(file, "B", &r->b);
	print_differences(file, r);
	print_shared(file, r);
	print_rows(file, r);
	print_counts(file, r);
	print_legend(file, r);
	print_too_few(file, r);
	return 0;
}
