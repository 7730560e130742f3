/* metrics.h - every figure by its path, from the .def lists, for all formats.
 *
 * A path such as "gil_stats.wait_ns.p50" is a CSV column and, cut at its dots, the place
 * in a JSON document; a last part of lo or hi is the first or second of an array. */
#pragma once

#include <jansson.h>

#include "base/buffer.h"
#include "scenario/scenario.h"

/* Null unless it is finite. */
json_t *json_of_real(double x);

/* All of a row as a JSON object, samples and threads included; NULL: no memory. */
json_t *metrics_row_json(const struct row *row);

/* A setting alone: equal texts (dumped with sorted keys) mean equal settings. */
json_t *metrics_setting_json(const struct setting *setting);

/* One repeat, to be read back by metrics_read_repeat. */
json_t *metrics_repeat_json(const struct repeat *repeat);

/* Fills a repeat from what metrics_repeat_json gave; unknown keys are passed over,
 * missing ones absent.  0, -EINVAL (not a repeat) or -ENOMEM. */
int metrics_read_repeat(const json_t *json, struct repeat *repeat);

/* A group of a scenario's threads. */
json_t *metrics_group_json(const struct group *g, const struct group_figures *r);

/* CSV: the line of column names, and a row's line, each with its end. */
int metrics_csv_header(struct buffer *line);
int metrics_csv_row(struct buffer *line, const struct row *row);
/* One cell, that of the path in an object of figures; absent is empty. */
int metrics_csv_cell(struct buffer *line, const char *comma, const json_t *object,
		     const char *path);

/* The same of a row that metrics_row_json gave, maybe another version's: what it lacks is
 * absent. */
int metrics_csv_json(struct buffer *line, const json_t *row);

/* What stands at the path, borrowed; NULL: nothing. */
const json_t *metrics_at(const json_t *object, const char *path);
