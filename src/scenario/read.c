/* read.c - from a document to a scenario, with everything checked.
 *
 * Each object has a list of the keys it may have and how each is read, in the order in
 * which they build on each other. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "scenario/reader.h"

enum { NOT_GIVEN = -1 };

/* What a thread does */

static int set_activity(struct reader *r, const char *key, enum activity activity)
{
	if (r->activity_key)
		return refuse(r, NULL, "must not stand beside %s", r->activity_key);
	r->activity_key = key;
	r->group->activity = activity;
	return 0;
}

static int read_phases(struct reader *r, const json_t *value)
{
	int failed = set_activity(r, "phases", ACTIVITY_PHASES);
	return failed ? failed : read_phase_list(r, value);
}

static const char *workload_name(size_t k)
{
	return workloads[k]->name;
}

/* One task alone, where the workload lets choose. */
static int read_workload(struct reader *r, const json_t *value)
{
	size_t k;
	int failed = set_activity(r, "workload", ACTIVITY_WORKLOAD);
	if (!failed)
		failed = read_name(r, value, workload_name, workloads_n, &k);
	if (failed)
		return failed;
	const struct workload *w = workloads[k];
	r->group->job = (struct job){
		.workload = w,
		.scaling = SCALING_STRONG,
		.size = ABSENT,
		.tasks = w->tasks.most ? 1 : ABSENT,
		.iterations = ABSENT,
		.updates_per_call = ABSENT,
		.threads = 1,
		.workers = 1,
	};
	return 0;
}

static int need(struct reader *r, enum activity activity, const char *key)
{
	if (r->activity_key && r->group->activity == activity)
		return 0;
	return refuse(r, NULL, "must stand beside %s", key);
}

static const char *engine_name(size_t k)
{
	return k < ENGINES_N ? engine_names[k] : "auto";
}

static int read_engine(struct reader *r, const json_t *value)
{
	int failed = need(r, ACTIVITY_WORKLOAD, "workload");
	return failed ? failed : read_name(r, value, engine_name, ENGINES_N + 1, &r->engine);
}

static int read_release(struct reader *r, const json_t *value)
{
	int failed = need(r, ACTIVITY_WORKLOAD, "workload");
	return failed ? failed : read_bool(r, value, &r->group->releases);
}

static int read_choice(struct reader *r, const json_t *value, size_t offset, int64_t *chosen)
{
	const struct workload *w = r->group->job.workload;
	int failed = need(r, ACTIVITY_WORKLOAD, "workload");
	if (failed)
		return failed;
	const struct choice *choice = (const void *)((const char *)w + offset);
	if (!choice->most)
		return refuse(r, NULL, "must not be given: %s has no such choice", w->name);
	return read_whole(r, value, choice->least, choice->most, chosen);
}

static int read_size(struct reader *r, const json_t *value)
{
	return read_choice(r, value, offsetof(struct workload, size), &r->group->job.size);
}

static int read_tasks(struct reader *r, const json_t *value)
{
	return read_choice(r, value, offsetof(struct workload, tasks), &r->group->job.tasks);
}

static int read_iterations(struct reader *r, const json_t *value)
{
	return read_choice(r, value, offsetof(struct workload, iterations),
			   &r->group->job.iterations);
}

static int read_echo(struct reader *r, const json_t *value)
{
	int failed = set_activity(r, "echo", ACTIVITY_ECHO);
	return failed ? failed : read_only(r, value, "udp");
}

static int read_pings(struct reader *r, const json_t *value)
{
	int failed = need(r, ACTIVITY_ECHO, "echo");
	return failed ? failed : read_whole(r, value, 1, 1000000000, &r->group->pings.n);
}

static int read_every(struct reader *r, const json_t *value)
{
	int failed = need(r, ACTIVITY_ECHO, "echo");
	return failed ? failed : read_duration(r, value, &r->group->pings.every_ns);
}

static int read_bytes(struct reader *r, const json_t *value)
{
	int failed = need(r, ACTIVITY_ECHO, "echo");
	return failed ? failed
		      : read_whole(r, value, PING_BYTES_LEAST, PING_BYTES_MOST,
				   &r->group->pings.bytes);
}

/* Threads */

static int read_thread_name(struct reader *r, const json_t *value)
{
	const char *name = json_is_string(value) ? json_string_value(value) : "";
	bool printable = *name;
	for (const char *c = name; *c; c++)
		printable = printable && !iscntrl((unsigned char)*c);
	if (!printable || strlen(name) > WORKER_NAME_MOST)
		return refuse(r, value, "must be a text of 1 to %d bytes on one line",
			      WORKER_NAME_MOST);
	strcpy(r->group->name, name);
	return 0;
}

static int read_count(struct reader *r, const json_t *value)
{
	return read_whole(r, value, 1, SCENARIO_THREADS_MOST, &r->group->threads_n);
}

static int read_repeat(struct reader *r, const json_t *value)
{
	const int64_t most = 1000000000;
	int64_t n = json_integer_value(value);
	bool endless = json_is_string(value) &&
		       strcmp(json_string_value(value), "until-duration") == 0;
	if (!endless && (!json_is_integer(value) || n < 1 || n > most))
		return refuse(r, value,
			      "must be a whole number from 1 to %" PRId64 " or \"until-duration\"",
			      most);
	r->group->rounds_n = endless ? ABSENT : n;
	r->has_repeat = true;
	return 0;
}

static int read_start_after(struct reader *r, const json_t *value)
{
	return read_duration(r, value, &r->group->start_after_ns);
}

static const struct key thread_keys[] = {
	{"name", read_thread_name}, {"count", read_count},
	{"repeat", read_repeat},    {"start_after", read_start_after},
	{"phases", read_phases},    {"workload", read_workload},
	{"engine", read_engine},    {"release", read_release},
	{"size", read_size},	    {"tasks", read_tasks},
	{"iterations", read_iterations},
	{"echo", read_echo},	    {"pings", read_pings},
	{"every", read_every},	    {"bytes", read_bytes},
	{0},
};

static int complete_echo(struct reader *r)
{
	struct pings *pings = &r->group->pings;
	bool endless = r->has_repeat && r->group->rounds_n == ABSENT;
	if (r->has_repeat && !endless)
		return refuse(r, NULL, "an echo's repeat must be \"until-duration\", or pings a "
				       "number instead");
	if ((pings->n != NOT_GIVEN) == endless)
		return refuse(r, NULL, "an echo must have either pings or "
				       "\"repeat\": \"until-duration\"");
	if (endless)
		pings->n = ABSENT;
	return 0;
}

static int64_t or_preset(int64_t given, const struct choice *choice, enum engine engine)
{
	bool is_given = given != ABSENT || !choice->most;
	return is_given ? given : choice_preset(choice, engine);
}

static int complete_workload(struct reader *r)
{
	struct group *g = r->group;
	struct job *job = &g->job;
	bool picks_native = r->engine == ENGINES_N && g->releases;
	job->engine = picks_native || r->engine == ENGINE_NATIVE ? ENGINE_NATIVE : ENGINE_BYTECODE;
	if (!job->workload->programs[job->engine])
		return refuse(r, NULL, "must have an engine that %s has: not %s",
			      job->workload->name, engine_names[job->engine]);
	job->size = or_preset(job->size, &job->workload->size, job->engine);
	job->iterations = or_preset(job->iterations, &job->workload->iterations, job->engine);
	return 0;
}

static int complete_group(struct reader *r, size_t k)
{
	struct group *g = r->group;
	if (!*g->name)
		snprintf(g->name, sizeof g->name, "thread %zu", k);
	if (!r->activity_key)
		return refuse(r, NULL, "must have phases, workload or echo");
	if (g->activity == ACTIVITY_ECHO)
		return complete_echo(r);
	return g->activity == ACTIVITY_WORKLOAD ? complete_workload(r) : 0;
}

static int read_group(struct reader *r, const json_t *value, size_t k)
{
	r->group = &r->scenario->groups[k];
	*r->group = (struct group){
		.threads_n = 1, .rounds_n = 1, .pings = {.n = NOT_GIVEN, .bytes = 64}};
	r->activity_key = NULL;
	r->engine = ENGINES_N;
	r->has_repeat = false;
	int failed = read_keys(r, value, thread_keys);
	if (!failed)
		failed = complete_group(r, k);
	if (!failed)
		r->scenario->threads_n += r->group->threads_n;
	return failed;
}

static int read_threads(struct reader *r, const json_t *value)
{
	struct scenario *s = r->scenario;
	size_t n = json_array_size(value);
	int failed = 0;
	if (n < 1 || n > SCENARIO_THREADS_MOST)
		return refuse(r, value, "must be a list of 1 to %d threads",
			      SCENARIO_THREADS_MOST);
	s->groups = calloc(n, sizeof *s->groups);
	if (!s->groups)
		return no_memory(r);
	s->groups_n = n;
	for (size_t k = 0; k < n && !failed; k++) {
		size_t length = enter_item(r, k);
		failed = read_group(r, json_array_get(value, k), k);
		leave(r, length);
	}
	if (!failed && s->threads_n > SCENARIO_THREADS_MOST)
		failed = refuse(r, NULL, "%" PRId64 " threads in all must be at most %d",
				s->threads_n, SCENARIO_THREADS_MOST);
	return failed;
}

/* The document */

static const char *policy_name(size_t k)
{
	return gil_policies[k].name;
}

static int read_gil(struct reader *r, const json_t *value)
{
	size_t k;
	int failed = read_name(r, value, policy_name, gil_policies_n, &k);
	if (!failed)
		r->scenario->policy = &gil_policies[k];
	return failed;
}

/* CPython's least interval is a microsecond, too. */
static int read_interval(struct reader *r, const json_t *value)
{
	int failed = read_duration(r, value, &r->scenario->interval_ns);
	if (!failed && r->scenario->interval_ns < 1000)
		failed = refuse(r, value, "must be at least 1us");
	return failed;
}

static int read_ticks(struct reader *r, const json_t *value)
{
	return read_whole(r, value, 1, 1000000000, &r->scenario->ticks);
}

static int read_pace(struct reader *r, const json_t *value)
{
	const char *text = json_string_value(value);
	struct error why;
	if (!text)
		return refuse(r, value, "must be a string, as \"cpython311\"");
	if (pace_parse("pace", text, &r->scenario->pace, &why))
		return refuse(r, value, "%s", strstr(why.text, "must be"));
	return 0;
}

static const char *world_name(size_t k)
{
	return world_names[k];
}

static int read_world(struct reader *r, const json_t *value)
{
	size_t k;
	int failed = read_name(r, value, world_name, WORLDS_N, &k);
	if (!failed)
		r->scenario->world.world = (enum world)k;
	return failed;
}

static int read_total_duration(struct reader *r, const json_t *value)
{
	return read_duration(r, value, &r->scenario->duration_ns);
}

static const char *accounting_name(size_t k)
{
	return accounting_names[k];
}

static int read_accounting(struct reader *r, const json_t *value)
{
	size_t k;
	int failed = read_name(r, value, accounting_name, ACCOUNTINGS_N, &k);
	if (!failed)
		r->scenario->accounting = (enum accounting)k;
	return failed;
}

static int read_help(struct reader *r, const json_t *value)
{
	return json_is_string(value) ? 0 : refuse(r, value, "must be a text");
}

static const struct key document_keys[] = {
	{"help", read_help},	       {"gil", read_gil},
	{"interval", read_interval},   {"ticks", read_ticks},
	{"pace", read_pace},	       {"world", read_world},
	{"duration", read_total_duration},
	{"accounting", read_accounting},
	{"threads", read_threads},
	{0},
};

/* jansson quotes the text at fault, whatever is in it. */
static int refuse_json(const struct reader *r, const json_error_t *why)
{
	return error_set(r->err, -EINVAL, "%.80s: line %d, column %d: not JSON: %.120s", r->file,
			 why->line, why->column, why->text);
}

static int load(struct reader *r)
{
	struct scenario *s = r->scenario;
	json_error_t why;
	int failed = input_json(s->file, JSON_REJECT_DUPLICATES, &s->document, &why, r->err);
	return failed || s->document ? failed : refuse_json(r, &why);
}

/* What goes on until the duration ends goes on, without one, until all others have ended. */
static bool ever_ends(const struct scenario *s)
{
	bool ends = s->duration_ns != ABSENT;
	for (size_t k = 0; k < s->groups_n; k++)
		ends = ends || !group_is_endless(&s->groups[k]);
	return ends;
}

int scenario_read(struct scenario *s, const char *file, struct error *err)
{
	struct reader r = {.file = file, .err = err, .scenario = s};
	*s = (struct scenario){
		.file = file,
		.policy = gil_policies,
		.interval_ns = ABSENT,
		.ticks = ABSENT,
		.world = {.world = WORLD_REAL, .cores = ABSENT, .seed = ABSENT},
		.duration_ns = ABSENT,
		.accounting = ACCOUNTING_COUNTS,
	};
	int failed = load(&r);
	if (!failed)
		failed = read_keys(&r, s->document, document_keys);
	if (!failed && !s->groups_n)
		failed = refuse(&r, NULL, "must have threads, a list of what runs side by side");
	if (!failed && !ever_ends(s))
		failed = refuse(&r, NULL, "must have a duration, as in \"duration\": \"1s\", or a "
					  "thread that ends by itself");
	return failed;
}
