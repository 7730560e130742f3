#include "report/rerun.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "measure/virtual.h"
#include "workload/workload.h"

/* The options in the order in which they are said; `usual` is not. */
static const struct {
	const char *field, *usual;
} options[] = {
	{"mode", NULL},	     {"engine", NULL},	    {"gil", NULL},     {"interval", NULL},
	{"pace", "full"},    {"counts", "plain"},   {"size", NULL},    {"tasks", NULL},
	{"iterations", NULL}, {"scaling", "strong"}, {"ticks", NULL},   {"accounting", "counts"},
	{"chunks", NULL},    {"payload", "0"},	    {"pool", "off"},   {"world", "real"},
	{"cores", NULL},     {"seed", NULL},	    {"cost", NULL},    {"bind", NULL},
	{"counted", NULL},   {"updates_per_call", "1"},
};
enum { OPTIONS_N = sizeof options / sizeof *options };

/* The work is said as it was divided; a digest is that of the costs. */
static const char *const others[] = {"workload", "interval_ns", "work_divisor", "cost_digest",
				     "reps"};
enum { OTHERS_N = sizeof others / sizeof *others };

bool rerun_knows(const char *field)
{
	for (size_t k = 0; k < OTHERS_N; k++)
		if (strcmp(others[k], field) == 0)
			return true;
	for (size_t k = 0; k < OPTIONS_N; k++)
		if (strcmp(options[k].field, field) == 0)
			return true;
	return strcmp(field, "threads") == 0;
}

static bool is_same(const json_t *a, const json_t *b, const char *field)
{
	const json_t *one = json_object_get(a, field), *other = json_object_get(b, field);
	return one == other || json_equal(one, other);
}

bool rerun_is_same_series(const json_t *a, const json_t *b)
{
	for (size_t k = 0; k < OPTIONS_N; k++)
		if (!is_same(a, b, options[k].field))
			return false;
	for (size_t k = 0; k < OTHERS_N; k++)
		if (!is_same(a, b, others[k]))
			return false;
	return true;
}

static const char *text_at(const json_t *row, const char *field)
{
	return json_string_value(json_object_get(row, field));
}

static int put_quoted(struct buffer *text, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:=,@%+-";
	if (word[strspn(word, plain)] == '\0')
		return buffer_printf(text, "%s", word);
	int failed = buffer_printf(text, "'");
	for (; *word && !failed; word++)
		failed = buffer_printf(text, *word == '\'' ? "'\\''" : "%c", *word);
	return failed ? failed : buffer_printf(text, "'");
}

/* In the largest unit that keeps it whole. */
static int put_duration(struct buffer *text, int64_t ns)
{
	static const struct {
		int64_t ns;
		const char *name;
	} units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}};
	size_t k = 0;
	while (ns % units[k].ns)
		k++;
	return buffer_printf(text, " --interval=%" PRId64 "%s", ns / units[k].ns, units[k].name);
}

/* The real world's cores are those of the machine; modes without a lock have counts of their
 * own. */
static bool says_nothing(const json_t *row, const char *field)
{
	const char *world = text_at(row, "world");
	bool is_real = !world || strcmp(world, "real") == 0;
	return (is_real && strcmp(field, "cores") == 0) ||
	       (!text_at(row, "gil") && strcmp(field, "counts") == 0);
}

/* Few have another name. */
const char *rerun_option(const char *field)
{
	static const struct {
		const char *field, *option;
	} renamed[] = {
		{"counted", "counters"},     {"updates_per_call", "updates-per-call"},
		{"interval_ns", "interval"}, {"cost_digest", NULL},
		{"work_divisor", NULL},
	};
	for (size_t k = 0; k < sizeof renamed / sizeof *renamed; k++)
		if (strcmp(renamed[k].field, field) == 0)
			return renamed[k].option;
	return field;
}

const char *rerun_unset(const char *field)
{
	return strcmp(field, "bind") == 0      ? bind_names[BIND_NONE]
	       : strcmp(field, "counted") == 0 ? counters_names[COUNTERS_OFF]
					       : NULL;
}

static int put_option(struct buffer *text, const json_t *row, const char *field, const char *usual)
{
	const json_t *ns = json_object_get(row, "interval_ns");
	const json_t *value = json_object_get(row, field);
	if (strcmp(field, "interval") == 0)
		return json_is_integer(ns) ? put_duration(text, json_integer_value(ns)) : 0;
	char number[24];
	const char *word = json_string_value(value);
	if (json_is_integer(value)) {
		snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		word = number;
	}
	if (!word || (usual && strcmp(word, usual) == 0) || says_nothing(row, field))
		return 0;
	int failed = buffer_printf(text, " --%s=", rerun_option(field));
	return failed ? failed : put_quoted(text, word);
}

/* A name that gilsim has none of was brought by the user. */
static int put_work(struct buffer *text, const json_t *row)
{
	const char *name = text_at(row, "workload"), *engine = text_at(row, "engine");
	for (size_t k = 0; k < workloads_n; k++)
		if (strcmp(workloads[k]->name, name) == 0)
			return buffer_printf(text, "gilsim --workload=%s", name);
	bool is_kernel = strcmp(engine, engine_names[ENGINE_NATIVE]) == 0;
	return buffer_printf(text, "gilsim %s", is_kernel ? "--kernel=FILE.so"
							  : "--program=FILE.gasm");
}

int rerun_command(struct buffer *text, const json_t *const *rows, size_t n)
{
	const json_t *reps = json_object_get(rows[0], "reps");
	int failed = put_work(text, rows[0]);
	for (size_t k = 0; k < OPTIONS_N && !failed; k++)
		failed = put_option(text, rows[0], options[k].field, options[k].usual);
	for (size_t k = 0; k < n && !failed; k++)
		failed = buffer_printf(text, "%s%" JSON_INTEGER_FORMAT, k ? "," : " --threads=",
				       json_integer_value(json_object_get(rows[k], "threads")));
	if (!failed && json_is_integer(reps))
		failed = buffer_printf(text, " --reps=%" JSON_INTEGER_FORMAT,
				       json_integer_value(reps));
	return failed;
}
