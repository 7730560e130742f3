#include "report/page.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/row.h"
#include "report/html.h"
#include "report/metrics.h"
#include "report/page_rows.h"

static const char style[] =
#include "page.css.inc"
	;

static const char *text_at(const json_t *object, const char *path)
{
	const char *text = json_string_value(metrics_at(object, path));
	return text ? text : "unknown";
}

static const char *name_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	return slash && slash[1] ? slash + 1 : file;
}

/* In one line, with all that is known below it. */
static void put_host(struct html *h, const struct document *d)
{
	json_t *all = json_object();
	static const char *const keys[] = {"host", "gilsim", "measuring"};
	for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
		if (json_object_get(d->json, keys[k]) &&
		    json_object_set(all, keys[k], json_object_get(d->json, keys[k])))
			h->failed = -ENOMEM;
	html_put(h, "<details><summary>");
	html_text(h, text_at(d->json, "host.cpu"));
	html_put(h, ", %lld cores, ",
		 (long long)json_integer_value(metrics_at(d->json, "host.cores_allowed")));
	html_text(h, text_at(d->json, "host.kernel"));
	html_put(h, "; measured ");
	html_text(h, text_at(d->json, "host.time"));
	html_put(h, " by gilsim ");
	html_text(h, text_at(d->json, "gilsim.version"));
	html_put(h, ", ");
	html_text(h, text_at(d->json, "gilsim.compiler"));
	html_put(h, "</summary>\n");
	html_json(h, all);
	html_put(h, "</details>\n");
	json_decref(all);
}

/* Half the interval, as a part of the median; NAN: there is none. */
static double spread_of(const json_t *row)
{
	double median = json_number_value(metrics_at(row, "wall_ns.median"));
	double low = json_number_value(metrics_at(row, "wall_ns.ci95.lo"));
	double high = json_number_value(metrics_at(row, "wall_ns.ci95.hi"));
	return median > 0 && low > 0 && high >= low ? (high - low) / 2 / median : NAN;
}

static void put_noise(struct html *h, const struct document *d)
{
	const json_t *rows = json_object_get(d->json, "results"), *row, *widest = NULL;
	const json_t *load = metrics_at(d->json, "host.load_1min");
	bool is_of_machine = false;
	double most = 0;
	size_t k, wide_n = 0, n = 0;
	json_array_foreach(rows, k, row) {
		double spread = spread_of(row);
		is_of_machine |= strcmp(text_at(row, "world"), "virtual") != 0;
		n += json_is_number(metrics_at(row, "wall_ns.median"));
		wide_n += spread > 0.05;
		if (spread >= most) {
			most = spread;
			widest = row;
		}
	}
	html_put(h, "<p><strong>Noise.</strong> ");
	if (!widest) {
		html_put(h, "No row has a 95 %% interval, which takes %d repeats",
			 LEAST_SAMPLES_N);
	} else {
		html_put(h, "Of %zu rows, %zu have a 95 %% interval wider than ±5 %% of the "
			    "median; the widest is ±%.1f %% (", n, wide_n, 100 * most);
		html_text(h, text_at(widest, "workload"));
		html_put(h, ", ");
		html_text(h, text_at(widest, "mode"));
		html_put(h, ", %lld threads)",
			 (long long)json_integer_value(json_object_get(widest, "threads")));
	}
	html_put(h, ".");
	if (is_of_machine && json_is_number(load))
		html_put(h, " The machine's load was %.2f on %lld cores.", json_number_value(load),
			 (long long)json_integer_value(metrics_at(d->json, "host.cores_allowed")));
	html_put(h, "</p>\n");
}

/* The matrix: a row for each type of task, a column for each mode. */

static const json_t *find_cell(const json_t *cells, const char *task_type, const char *mode)
{
	const json_t *cell;
	size_t k;
	json_array_foreach(cells, k, cell)
		if (strcmp(text_at(cell, "task_type"), task_type) == 0 &&
		    strcmp(text_at(cell, "mode"), mode) == 0)
			return cell;
	return NULL;
}

static bool is_first(const json_t *cells, size_t k, const char *key)
{
	for (size_t before = 0; before < k; before++)
		if (strcmp(text_at(json_array_get(cells, before), key),
			   text_at(json_array_get(cells, k), key)) == 0)
			return false;
	return true;
}

static void put_cell(struct html *h, const json_t *cell)
{
	const char *mark = text_at(cell, "mark");
	bool gains = strcmp(mark, "gain") == 0, loses = strcmp(mark, "loss") == 0;
	if (!json_is_number(metrics_at(cell, "speedup"))) {
		html_put(h, "<td class=\"number\">-</td>");
		return;
	}
	html_put(h, "<td class=\"number\"><span class=\"%s\">%.2fx %s</span>",
		 gains ? "gain" : loses ? "loss" : "none",
		 json_number_value(metrics_at(cell, "speedup")),
		 gains ? "+" : loses ? "-" : strcmp(mark, "none") == 0 ? "=" : "");
	if (json_is_number(metrics_at(cell, "speedup_ci95.lo")))
		html_put(h, "<br><span class=\"dim\">%.2f to %.2f</span>",
			 json_number_value(metrics_at(cell, "speedup_ci95.lo")),
			 json_number_value(metrics_at(cell, "speedup_ci95.hi")));
	html_put(h, "</td>");
}

static void put_modes(struct html *h, const json_t *cells, const char *task_type)
{
	const json_t *cell;
	size_t k;
	json_array_foreach(cells, k, cell) {
		if (!is_first(cells, k, "mode"))
			continue;
		if (task_type) {
			put_cell(h, find_cell(cells, task_type, text_at(cell, "mode")));
			continue;
		}
		html_put(h, "<th scope=\"col\" class=\"number\">");
		html_text(h, text_at(cell, "mode"));
		html_put(h, "</th>");
	}
}

static void put_matrix(struct html *h, const json_t *matrix)
{
	const json_t *cells = json_object_get(matrix, "cells"), *cell;
	size_t k;
	html_put(h, "<h3>Speed-up of %lld threads, processes or tasks over one thread that holds "
		    "the lock</h3>\n<div class=\"scroll\" tabindex=\"0\"><table>\n"
		    "<thead><tr><th></th>",
		 (long long)json_integer_value(json_object_get(matrix, "threads")));
	put_modes(h, cells, NULL);
	html_put(h, "</tr></thead>\n<tbody>\n");
	json_array_foreach(cells, k, cell) {
		if (!is_first(cells, k, "task_type"))
			continue;
		html_put(h, "<tr><th scope=\"row\">");
		html_text(h, text_at(cell, "task_type"));
		html_put(h, "</th>");
		put_modes(h, cells, text_at(cell, "task_type"));
		html_put(h, "</tr>\n");
	}
	html_put(h, "</tbody></table></div>\n<p class=\"dim\">+ gain, - loss: by 5 %% or more, and "
		    "1 is outside the 95 %% interval, which stands below; = none.</p>\n"
		    "<ul class=\"dim\">\n");
	json_array_foreach(cells, k, cell)
		if (json_is_string(json_object_get(cell, "why"))) {
			html_put(h, "<li>");
			html_text(h, text_at(cell, "task_type"));
			html_put(h, ": ");
			html_text(h, text_at(cell, "why"));
			html_put(h, "</li>\n");
		}
	html_put(h, "</ul>\n");
}

/* Documents */

/* What a command concluded, and all of a document that has no rows. */
static void put_rest(struct html *h, const struct document *d)
{
	static const char *const known[] = {"schema", "gilsim", "host", "measuring", "matrix"};
	json_t *rest = json_copy(d->json);
	for (size_t k = 0; k < sizeof known / sizeof *known; k++)
		json_object_del(rest, known[k]);
	if (document_has_rows(d))
		json_object_del(rest, "results");
	if (json_object_size(rest))
		html_json(h, rest);
	json_decref(rest);
}

static void put_document(struct html *h, const struct document *d, size_t n, struct error *undrawn)
{
	const json_t *matrix = json_object_get(d->json, "matrix");
	html_put(h, "<section id=\"file%zu\">\n<h2>%s: ", n, d->kind);
	html_text(h, name_of(d->file));
	html_put(h, "</h2>\n");
	put_host(h, d);
	if (document_has_rows(d))
		put_noise(h, d);
	if (matrix)
		put_matrix(h, matrix);
	put_rest(h, d);
	if (document_has_rows(d))
		page_rows(h, json_object_get(d->json, "results"), n, !matrix, undrawn);
	html_put(h, "</section>\n");
}

static void put_head(struct html *h, const struct page_content *c)
{
	html_put(h, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<link rel=\"icon\" href=\"data:,\">\n"
		    "<title>gilsim report</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n"
		    "<h1>What a Global Interpreter Lock costs</h1>\n<ul>\n", style);
	for (size_t k = 0; k < c->documents_n; k++) {
		html_put(h, "<li><a href=\"#file%zu\">%s: ", k + 1, c->documents[k].kind);
		html_text(h, name_of(c->documents[k].file));
		html_put(h, "</a></li>\n");
	}
	html_put(h, "</ul>\n");
}

int page_write(FILE *file, const void *content)
{
	const struct page_content *c = content;
	struct html h = {0};
	put_head(&h, c);
	for (size_t k = 0; k < c->documents_n; k++)
		put_document(&h, &c->documents[k], k + 1, c->undrawn);
	if (*c->undrawn->text) {
		html_put(&h, "<p>Figures are left out: ");
		html_text(&h, c->undrawn->text);
		html_put(&h, "</p>\n");
	}
	html_put(&h, "</main>\n</body>\n</html>\n");
	if (!h.failed && fwrite(h.text.bytes, 1, h.text.size, file) != h.text.size)
		h.failed = errno ? -errno : -EIO;
	buffer_free(&h.text);
	return h.failed;
}
