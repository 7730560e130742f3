#include "measure/cost_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/input.h"
#include "gilsim-config.h"
#include "world/host.h"

static const char schema[] = "gilsim-cost/1";

static const char *const kind_names[PACE_KINDS_N] = {
	[PACE_LOOP] = "loop",
	[PACE_SIMPLE] = "simple",
	[PACE_OBJECT] = "object",
	[PACE_CALL] = "call",
};

/* Reading */

struct reader {
	const char *path;
	struct error *err;
	char place[64]; /* "works[3].items[1]." */
};

static int refuse(const struct reader *r, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int refuse(const struct reader *r, const char *key, const char *format, ...)
{
	char why[120];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(why, sizeof why, format, arguments);
	va_end(arguments);
	return error_set(r->err, -EINVAL, "%.80s: %s%s: %s; gilsim calibrate writes such files",
			 r->path, r->place, key, why);
}

static int no_memory(const struct reader *r)
{
	return error_set(r->err, -ENOMEM, "%.80s: no memory", r->path);
}

static int read_whole(const struct reader *r, const json_t *object, const char *key, int64_t least,
		      int64_t most, int64_t *whole)
{
	const json_t *value = json_object_get(object, key);
	*whole = json_integer_value(value);
	if (json_is_integer(value) && *whole >= least && *whole <= most)
		return 0;
	return refuse(r, key, "must be a whole number from %" PRId64 " to %" PRId64, least, most);
}

static int read_machine(struct reader *r, const json_t *document, struct machine_cost *machine)
{
	const json_t *object = json_object_get(document, "machine");
	int failed = 0;
	snprintf(r->place, sizeof r->place, "machine.");
#define COST(field, unit, least, most, help) \
	if (!failed) \
		failed = read_whole(r, object, #field, least, most, &machine->field);
#include "world/cost.def"
#undef COST
	return failed;
}

static int read_kinds(struct reader *r, const json_t *document, struct cost_model *m)
{
	const json_t *object = json_object_get(document, "opcode_ps");
	int failed = 0;
	snprintf(r->place, sizeof r->place, "opcode_ps.");
	for (int kind = 0; kind < PACE_KINDS_N && !failed; kind++)
		failed = read_whole(r, object, kind_names[kind], 0, COST_PS_MOST,
				    &m->opcode_ps[kind]);
	*r->place = '\0';
	return failed ? failed
		      : read_whole(r, document, "native_ps", 0, COST_PS_MOST, &m->native_ps);
}

static int read_item(struct reader *r, const json_t *object, struct work_cost *work)
{
	struct item_cost *item = &work->items[work->items_n];
	int64_t least_n = work->items_n ? item[-1].items_n + 1 : 1;
	int failed = read_whole(r, object, "items", least_n, INT64_MAX - 1, &item->items_n);
	if (!failed)
		failed = read_whole(r, object, "ps", 0, COST_PS_MOST, &item->ps);
	work->items_n++;
	return failed;
}

static int read_items(struct reader *r, const json_t *object, struct work_cost *work)
{
	const json_t *items = json_object_get(object, "items"), *item;
	size_t k, length = strlen(r->place);
	if (!json_is_array(items) || json_array_size(items) > ITEM_COSTS_MOST)
		return refuse(r, "items", "must be a list of at most %d", ITEM_COSTS_MOST);
	json_array_foreach(items, k, item) {
		snprintf(r->place + length, sizeof r->place - length, "items[%zu].", k);
		int failed = read_item(r, item, work);
		if (failed)
			return failed;
		r->place[length] = '\0';
	}
	return 0;
}

static int read_opcode(struct reader *r, const json_t *object, struct work_cost *work)
{
	work->opcode_ps = ABSENT;
	if (json_is_null(json_object_get(object, "opcode_ps")))
		return 0;
	return read_whole(r, object, "opcode_ps", 0, COST_PS_MOST, &work->opcode_ps);
}

static int read_names(struct reader *r, const json_t *object, struct work_cost *work)
{
	const char *workload = json_string_value(json_object_get(object, "workload"));
	const char *engine = json_string_value(json_object_get(object, "engine"));
	int which = ENGINES_N;
	if (!workload || !*workload || strlen(workload) > COST_NAME_MOST)
		return refuse(r, "workload", "must be a name of at most %d bytes", COST_NAME_MOST);
	while (engine && --which >= 0 && strcmp(engine, engine_names[which]) != 0)
		;
	if (!engine || which < 0)
		return refuse(r, "engine", "must be %s or %s", engine_names[0], engine_names[1]);
	snprintf(work->workload, sizeof work->workload, "%s", workload);
	work->engine = (enum engine)which;
	return 0;
}

static int read_work(struct reader *r, const json_t *object, struct work_cost *work)
{
	int failed = read_names(r, object, work);
	if (!failed)
		failed = read_opcode(r, object, work);
	return failed ? failed : read_items(r, object, work);
}

static int read_works(struct reader *r, const json_t *document, struct cost_model *m)
{
	const json_t *works = json_object_get(document, "works"), *object;
	size_t k;
	if (!json_is_array(works))
		return refuse(r, "works", "must be a list");
	json_array_foreach(works, k, object) {
		struct work_cost *work =
			array_push((void **)&m->works, &m->works_n, sizeof *work);
		if (!work)
			return no_memory(r);
		snprintf(r->place, sizeof r->place, "works[%zu].", k);
		int failed = read_work(r, object, work);
		if (failed)
			return failed;
	}
	*r->place = '\0';
	return 0;
}

static int check_text(const struct reader *r, const json_t *document, const char *key,
		      const char *only, const char *why)
{
	const char *text = json_string_value(json_object_get(document, key));
	return text && strcmp(text, only) == 0 ? 0 : refuse(r, key, "must be \"%s\"%s", only, why);
}

static int read_document(struct reader *r, const json_t *document, struct cost_model *m)
{
	int failed = check_text(r, document, "schema", schema, "");
	if (!failed)
		failed = read_machine(r, document, &m->machine);
	if (!failed)
		failed = read_kinds(r, document, m);
	if (!failed)
		failed = read_works(r, document, m);
	if (failed)
		return failed;
	cost_digest(m);
	return check_text(r, document, "digest", m->digest, ", the digest of its numbers");
}

int cost_read(struct cost_model *m, const char *path, struct error *err)
{
	struct reader r = {.path = path, .err = err};
	json_error_t wrong;
	json_t *document;
	*m = (struct cost_model){.name = path};
	int failed = input_json(path, JSON_REJECT_DUPLICATES, &document, &wrong, err);
	if (failed)
		return failed;
	if (document)
		failed = read_document(&r, document, m);
	else
		failed = error_set(err, -EINVAL,
				   "%.80s:%d: must be a cost model, as gilsim calibrate writes "
				   "it: %.80s",
				   path, wrong.line, wrong.text);
	json_decref(document);
	if (failed)
		cost_free(m);
	return failed;
}

/* Writing */

static json_t *machine_json(const struct machine_cost *machine)
{
	json_t *object = json_object();
#define COST(field, unit, least, most, help) \
	json_object_set_new(object, #field, json_integer(machine->field));
#include "world/cost.def"
#undef COST
	return object;
}

static json_t *kinds_json(const struct cost_model *m)
{
	json_t *object = json_object();
	for (int kind = 0; kind < PACE_KINDS_N; kind++)
		json_object_set_new(object, kind_names[kind], json_integer(m->opcode_ps[kind]));
	return object;
}

static json_t *work_json(const struct work_cost *work)
{
	json_t *items = json_array();
	for (size_t k = 0; k < work->items_n; k++)
		json_array_append_new(items, json_pack("{s:I, s:I}", "items",
						       (json_int_t)work->items[k].items_n, "ps",
						       (json_int_t)work->items[k].ps));
	return json_pack("{s:s, s:s, s:o, s:o}", "workload", work->workload, "engine",
			 engine_names[work->engine], "opcode_ps",
			 work->opcode_ps == ABSENT ? json_null() : json_integer(work->opcode_ps),
			 "items", items);
}

static json_t *works_json(const struct cost_model *m)
{
	json_t *list = json_array();
	for (size_t k = 0; k < m->works_n; k++)
		json_array_append_new(list, work_json(&m->works[k]));
	return list;
}

static json_t *host_json(void)
{
	struct host h;
	host_read(&h);
	return json_pack("{s:s, s:I, s:s, s:s, s:s}", "cpu", h.cpu, "cores_allowed",
			 (json_int_t)h.cores_allowed, "kernel", h.kernel, "libc", h.libc, "time",
			 h.time);
}

int cost_write(FILE *file, const struct cost_model *m)
{
	json_t *document = json_pack(
		"{s:s, s:{s:s, s:s}, s:o, s:o, s:o, s:I, s:o, s:s}", "schema", schema, "gilsim",
		"version", GILSIM_VERSION, "compiler", GILSIM_COMPILER, "host", host_json(),
		"machine", machine_json(&m->machine), "opcode_ps", kinds_json(m), "native_ps",
		(json_int_t)m->native_ps, "works", works_json(m), "digest", m->digest);
	if (!document)
		return -ENOMEM;
	int failed = json_dumpf(document, file, JSON_INDENT(2)) || fputs("\n", file) < 0;
	json_decref(document);
	return failed ? (errno ? -errno : -EIO) : 0;
}

void cost_free(struct cost_model *m)
{
	free(m->works);
	*m = (struct cost_model){0};
}

char *cost_kept_path(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char machine[65] = "", *path = NULL;
	bool is_asked = cache && *cache == '/';
	if ((!is_asked && !(home && *home)) || gethostname(machine, sizeof machine - 1))
		return NULL;
	if (asprintf(&path, "%s%s/gilsim/cost-%s.json", is_asked ? cache : home,
		     is_asked ? "" : "/.cache", machine) < 0)
		return NULL;
	return path;
}
