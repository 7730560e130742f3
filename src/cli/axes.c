/* axes.c - the values of the options that make settings, kind by kind. */
#include "cli/axes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "report/compare.h"
#include "report/rerun.h"

/* The registries of NAMES: the k-th name, or NULL behind the last. */

static const char *workload_nth(size_t k)
{
	return k < workloads_n ? workloads[k]->name : NULL;
}

static const char *mode_nth(size_t k)
{
	return k < modes_n ? modes[k]->name : NULL;
}

/* auto comes last, so that the others are enum engine. */
static const char *engine_nth(size_t k)
{
	return k < ENGINES_N ? engine_names[k] : k == ENGINES_N ? "auto" : NULL;
}

static const char *gil_nth(size_t k)
{
	return k < gil_policies_n ? gil_policies[k].name : NULL;
}

static const char *counts_nth(size_t k)
{
	return k < COUNTS_N ? counts_names[k] : NULL;
}

static const char *scaling_nth(size_t k)
{
	return k < SCALINGS_N ? scaling_names[k] : NULL;
}

static const char *accounting_nth(size_t k)
{
	return k < ACCOUNTINGS_N ? accounting_names[k] : NULL;
}

static const char *pool_nth(size_t k)
{
	return k < POOLS_N ? pool_names[k] : NULL;
}

static const char *bind_nth(size_t k)
{
	return k < BINDS_N ? bind_names[k] : NULL;
}

static const char *counters_nth(size_t k)
{
	return k < COUNTERS_VALUES_N ? counters_names[k] : NULL;
}

static const char *world_nth(size_t k)
{
	return k < WORLDS_N ? world_names[k] : NULL;
}

static const char *across_nth(size_t k)
{
	size_t f = compare_field_with_option(k);
	return f < setting_fields_n ? rerun_option(setting_fields[f]) : NULL;
}

enum { NAMES_MOST = 224 };

/* "a, b or c", for a message. */
static void list_names(const char *(*nth)(size_t k), char text[static NAMES_MOST])
{
	size_t used = 0;
	text[0] = '\0';
	for (size_t k = 0; nth(k) && used < NAMES_MOST; k++) {
		const char *between = k == 0 ? "" : nth(k + 1) ? ", " : " or ";
		used += (size_t)snprintf(text + used, NAMES_MOST - used, "%s%s", between, nth(k));
	}
}

int parse_name(const char *what, const char *text, const char *(*nth)(size_t k), int64_t *value,
	       struct error *err)
{
	char accepted[NAMES_MOST];
	for (size_t k = 0; nth(k); k++)
		if (strcmp(nth(k), text) == 0) {
			*value = (int64_t)k;
			return 0;
		}
	list_names(nth, accepted);
	return error_set(err, -EINVAL, "%s: '%.40s' must be %s", what, text, accepted);
}

/* CPython's least interval is a microsecond, too. */
static int parse_interval(const char *what, const char *text, int64_t *ns, struct error *err)
{
	int failed = parse_duration(what, text, ns, err);
	if (!failed && *ns < 1000)
		failed = error_set(err, -EINVAL, "%s: '%.40s' must be at least 1us", what, text);
	return failed;
}

/* An axis holds numbers: a pace is kept as its address. */
static int parse_pace(const char *what, const char *text, int64_t *value, struct error *err)
{
	const struct pace *pace = NULL;
	int failed = pace_parse(what, text, &pace, err);
	*value = (intptr_t)pace;
	return failed;
}

/* The parts of a comma-separated list, each the name of one of `nth` or read by `parse`. */
static int parse_list(const char *what, const char *text, const char *(*nth)(size_t k),
		      int (*parse)(const char *, const char *, int64_t *, struct error *),
		      struct axis_values *axis, struct error *err)
{
	char *copy = strdup(text), *rest = copy;
	int failed = copy ? 0 : -ENOMEM;
	while (!failed && rest) {
		int64_t *value = array_push((void **)&axis->values, &axis->n, sizeof *value);
		char *part = strsep(&rest, ",");
		if (!value)
			failed = -ENOMEM;
		else
			failed = nth ? parse_name(what, part, nth, value, err)
				     : parse(what, part, value, err);
	}
	free(copy);
	return failed;
}

int axis_parse(enum axis axis, const char *text, struct axis_values *values, struct error *err)
{
	free(values->values);
	*values = (struct axis_values){0};
	switch (axis) {
#define GROUP(title)
#define NAMES(what, source, least, most) parse_list(what, text, source##_nth, NULL, values, err)
#define SWITCHES(what, source, least, most) \
	parse_list(what, text ? text : "on", source##_nth, NULL, values, err)
#define DURATIONS(what, source, least, most) \
	parse_list(what, text, NULL, parse_interval, values, err)
#define PACES(what, source, least, most) parse_list(what, text, NULL, parse_pace, values, err)
#define WHOLES(what, source, least, most) \
	parse_wholes(what, text, least, most, &values->values, &values->n, err)
#define AXIS(ID, name, ARG, kind, source, least, most, help) \
	case AXIS_##ID: \
		return kind("--" name, source, least, most);
#define OPTION(ID, name, ARG, help)
#include "cli/options.def"
#undef GROUP
#undef AXIS
#undef OPTION
	default:
		return -ENOENT;
	}
}
