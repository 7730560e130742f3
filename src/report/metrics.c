#include "report/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* One figure, whatever its type; all JSON values so that every format sees the same. */

static json_t *json_of_TEXT(const char *text)
{
	return text ? json_string(text) : json_null();
}

#define json_of_STRING json_of_TEXT

static json_t *json_of_WHOLE(int64_t n)
{
	return n == ABSENT ? json_null() : json_integer(n);
}

json_t *json_of_real(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

#define json_of_REAL json_of_real

static json_t *json_of_NS(double ns)
{
	return isfinite(ns) ? json_integer(llround(ns)) : json_null();
}

static json_t *json_of_BOOL(bool b)
{
	return json_boolean(b);
}

/* The object in which the last part of the path stands, made if need be. */
static json_t *object_at(json_t *object, const char **path)
{
	for (const char *dot; object && (dot = strchr(*path, '.')); *path = dot + 1) {
		char key[64];
		snprintf(key, sizeof key, "%.*s", (int)(dot - *path), *path);
		json_t *inner = json_object_get(object, key);
		if (inner) {
			object = inner;
			continue;
		}
		bool is_pair = strcmp(dot, ".lo") == 0;
		inner = is_pair ? json_array() : json_object();
		object = json_object_set_new(object, key, inner) ? NULL : inner;
	}
	return object;
}

/* Takes the reference of `value`; remembers a failure in *ok. */
static void put(json_t *object, const char *path, json_t *value, bool *ok)
{
	json_t *place = object_at(object, &path);
	int failed = json_is_array(place) ? json_array_append_new(place, value)
					  : json_object_set_new(place, path, value);
	*ok = *ok && !failed;
}

static json_t *whole_or_nothing(json_t *object, bool ok)
{
	if (ok)
		return object;
	json_decref(object);
	return NULL;
}

#define METRIC(ID, TYPE, path, value) put(object, path, json_of_##TYPE(value), &ok);

static json_t *part_json(const struct part *part)
{
	bool ok = true;
	json_t *object = json_object();
#include "report/part.def"
	return whole_or_nothing(object, ok);
}

static json_t *parts_json(const struct repeat *r)
{
	json_t *parts = json_array();
	for (size_t k = 0; k < r->parts_n; k++)
		if (json_array_append_new(parts, part_json(&r->parts[k])))
			return whole_or_nothing(parts, false);
	return parts;
}

json_t *metrics_setting_json(const struct setting *s)
{
	bool ok = true;
	json_t *object = json_object();
#include "report/settings.def"
	return whole_or_nothing(object, ok);
}

json_t *metrics_repeat_json(const struct repeat *r)
{
	bool ok = true;
	json_t *object = json_object();
	METRIC(WALL_NS, WHOLE, "wall_ns", r->wall_ns)
	METRIC(USER_NS, WHOLE, "user_ns", r->user_ns)
	METRIC(SYS_NS, WHOLE, "sys_ns", r->sys_ns)
#include "report/repeat.def"
	put(object, "per_thread", parts_json(r), &ok);
	return whole_or_nothing(object, ok);
}

/* A row without repeats still has a line: its figures are absent. */
static const struct repeat nothing_typical = {
	.gil = {ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT,
		ABSENT, ABSENT},
	.time = {ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT},
	.lost_updates_n = ABSENT,
	.voluntary_n = ABSENT,
	.involuntary_n = ABSENT,
	.peak_rss_bytes = ABSENT,
	.fairness_jain = NAN,
	.parent = {ABSENT, ABSENT, ABSENT, ABSENT},
	.counters = {ABSENT, ABSENT, ABSENT, ABSENT, NAN},
};

static json_t *row_json(const struct row *row)
{
	bool ok = true;
	json_t *object = json_object();
	const struct setting *s = &row->setting;
	const struct repeat *r = row->typical ? row->typical : &nothing_typical;
#include "report/row.def"
	return whole_or_nothing(object, ok);
}

json_t *metrics_group_json(const struct group *g, const struct group_figures *r)
{
	bool ok = true;
	json_t *object = json_object();
#include "report/group.def"
	if (r->latency_max_ns == ABSENT)
		put(object, "latency_ns", json_null(), &ok);
	return whole_or_nothing(object, ok);
}
#undef METRIC

/* An absent figure has no samples. */
static bool append_sample(json_t *samples, int64_t ns)
{
	return ns == ABSENT || !json_array_append_new(samples, json_integer(ns));
}

json_t *metrics_row_json(const struct row *row)
{
	bool ok = true;
	json_t *object = row_json(row);
	const struct repeat *r = row->typical ? row->typical : &nothing_typical;
	json_t *wall = json_array(), *user = json_array(), *sys = json_array();
	for (size_t k = 0; row->checksum_ok && k < row->repeats_n; k++)
		ok = ok && append_sample(wall, row->repeats[k].wall_ns) &&
		     append_sample(user, row->repeats[k].user_ns) &&
		     append_sample(sys, row->repeats[k].sys_ns);
	put(object, "wall_ns.samples", wall, &ok);
	put(object, "user_ns.samples", user, &ok);
	put(object, "sys_ns.samples", sys, &ok);
	put(object, "per_thread", parts_json(r), &ok);
	return whole_or_nothing(object, ok && object);
}

/* Reading back */

static const json_t *json_at(const json_t *object, const char *path)
{
	for (const char *dot; (dot = strchr(path, '.')); path = dot + 1) {
		char key[64];
		snprintf(key, sizeof key, "%.*s", (int)(dot - path), path);
		object = json_object_get(object, key);
	}
	return json_object_get(object, path);
}

const json_t *metrics_at(const json_t *object, const char *path)
{
	const char *last = strrchr(path, '.');
	bool is_low = last && strcmp(last, ".lo") == 0, is_high = last && strcmp(last, ".hi") == 0;
	if (!is_low && !is_high)
		return json_at(object, path);
	char pair[64];
	snprintf(pair, sizeof pair, "%.*s", (int)(last - path), path);
	return json_array_get(json_at(object, pair), is_high);
}

#define read_WHOLE(json, place) \
	(place = json_is_integer(json) ? json_integer_value(json) : ABSENT)
#define read_REAL(json, place) (place = json_is_number(json) ? json_number_value(json) : NAN)
#define read_BOOL(json, place) (place = json_is_true(json))
#define read_STRING(json, place) \
	snprintf(place, sizeof place, "%s", json_is_string(json) ? json_string_value(json) : "")
#define METRIC(ID, TYPE, path, place) read_##TYPE(json_at(json, path), place);

static void read_part(const json_t *json, struct part *part)
{
#include "report/part.def"
}

int metrics_read_repeat(const json_t *json, struct repeat *r)
{
	*r = (struct repeat){0};
	const json_t *parts = json_object_get(json, "per_thread");
	METRIC(WALL_NS, WHOLE, "wall_ns", r->wall_ns)
	METRIC(USER_NS, WHOLE, "user_ns", r->user_ns)
	METRIC(SYS_NS, WHOLE, "sys_ns", r->sys_ns)
#include "report/repeat.def"
	if (r->wall_ns == ABSENT || !json_object_get(json, "user_ns") ||
	    !json_object_get(json, "sys_ns"))
		return -EINVAL;
	for (size_t k = 0; k < json_array_size(parts); k++) {
		struct part *part = array_push((void **)&r->parts, &r->parts_n, sizeof *part);
		if (!part) {
			repeat_free(r);
			return -ENOMEM;
		}
		read_part(json_array_get(parts, k), part);
	}
	return 0;
}
#undef METRIC

/* CSV */

int metrics_csv_header(struct buffer *line)
{
	int failed = 0;
	const char *comma = "";
#define METRIC(ID, TYPE, path, value) \
	failed = failed ? failed : buffer_printf(line, "%s%s", comma, path); \
	comma = ",";
#include "report/row.def"
#undef METRIC
	return failed ? failed : buffer_append(line, "\n", 1);
}

/* A name of a file may hold anything. */
static int csv_append_text(struct buffer *line, const char *comma, const char *text)
{
	if (!strpbrk(text, ",\"\r\n"))
		return buffer_printf(line, "%s%s", comma, text);
	int failed = buffer_printf(line, "%s\"", comma);
	for (; *text && !failed; text++)
		failed = buffer_printf(line, *text == '"' ? "\"\"" : "%c", *text);
	return failed ? failed : buffer_append(line, "\"", 1);
}

int metrics_csv_cell(struct buffer *line, const char *comma, const json_t *object,
		     const char *path)
{
	const json_t *cell = metrics_at(object, path);
	if (json_is_string(cell))
		return csv_append_text(line, comma, json_string_value(cell));
	if (json_is_integer(cell))
		return buffer_printf(line, "%s%" PRId64, comma, (int64_t)json_integer_value(cell));
	if (json_is_real(cell))
		return buffer_printf(line, "%s%.6g", comma, json_real_value(cell));
	if (json_is_boolean(cell))
		return buffer_printf(line, "%s%s", comma, json_is_true(cell) ? "true" : "false");
	return buffer_printf(line, "%s", comma);
}

int metrics_csv_json(struct buffer *line, const json_t *row)
{
	int failed = 0;
	const char *comma = "";
#define METRIC(ID, TYPE, path, value) \
	failed = failed ? failed : metrics_csv_cell(line, comma, row, path); \
	comma = ",";
#include "report/row.def"
#undef METRIC
	return failed ? failed : buffer_append(line, "\n", 1);
}

int metrics_csv_row(struct buffer *line, const struct row *row)
{
	json_t *json = row_json(row);
	int failed = json ? metrics_csv_json(line, json) : -ENOMEM;
	json_decref(json);
	return failed;
}
