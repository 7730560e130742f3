#include "report/about.h"

#include <inttypes.h>
#include <math.h>

#include "base/units.h"
#include "gilsim-config.h"
#include "world/topology.h"

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static json_t *whole_or_null(int64_t n)
{
	return n == ABSENT ? json_null() : json_integer(n);
}

json_t *about_gilsim(void)
{
	static const char *const features[] = {GILSIM_FEATURES};
	json_t *list = json_array();
	for (size_t k = 0; features[k]; k++)
		json_array_append_new(list, json_string(features[k]));
	return json_pack("{s:s, s:s, s:s, s:o}", "version", GILSIM_VERSION, "compiler",
			 GILSIM_COMPILER, "flags", GILSIM_FLAGS, "features", list);
}

/* Null where this gilsim was built without hwloc, or that says nothing. */
static json_t *topology_json(void)
{
	struct topology t;
	if (topology_read(&t, NULL))
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "packages", whole_or_null(t.packages_n),
			 "cores", whole_or_null(t.cores_n),
			 "pus", whole_or_null(t.pus_n),
			 "numa_nodes", whole_or_null(t.numa_nodes_n),
			 "l1d_bytes", whole_or_null(t.l1d_bytes),
			 "l2_bytes", whole_or_null(t.l2_bytes),
			 "l3_bytes", whole_or_null(t.l3_bytes),
			 "smt", t.cores_n == ABSENT ? json_null()
						    : json_boolean(t.pus_n > t.cores_n));
}

static json_t *host_json(const struct host *h)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}",
			 "cpu", text_or_null(h->cpu),
			 "cores_online", whole_or_null(h->cores_online),
			 "cores_allowed", whole_or_null(h->cores_allowed),
			 "topology", topology_json(),
			 "kernel", text_or_null(h->kernel),
			 "libc", text_or_null(h->libc),
			 "governor", text_or_null(h->governor),
			 "virtualised", h->virtualised,
			 "load_1min", isnan(h->load_1min) ? json_null() : json_real(h->load_1min),
			 "time", text_or_null(h->time));
}

json_t *about_host(void)
{
	struct host h;
	host_read(&h);
	return host_json(&h);
}

json_t *about_host_of(const struct unrest *u)
{
	char line[UNREST_LINE_MOST];
	json_t *host = host_json(&u->host), *warnings = json_array();
	for (enum unrest_cause cause = 0; cause < UNREST_CAUSES_N; cause++)
		if (unrest_line(u, cause, line))
			json_array_append_new(warnings, json_string(line));
	json_object_set_new(host, "warnings", warnings);
	return host;
}

const char *about_world(const struct world_choice *world, size_t repeats_n,
			char text[static ABOUT_WORLD_MOST])
{
	int64_t cores_n = world_cores_n(world), last = (int64_t)repeats_n - 1;
	const char *kind = world->world == WORLD_REAL ? "" : "virtual ";
	size_t used = 0;
	text[0] = '\0';
	if (cores_n != ABSENT)
		used += (size_t)snprintf(text, ABOUT_WORLD_MOST, "%" PRId64 " %score%s", cores_n,
					 kind, cores_n == 1 ? "" : "s");
	else
		used += (size_t)snprintf(text, ABOUT_WORLD_MOST, "%scores", kind);
	if (world->seed != ABSENT)
		used += (size_t)snprintf(text + used, ABOUT_WORLD_MOST - used,
					 last > 0 ? ", seeds %" PRId64 "..%" PRId64
						  : ", seed %" PRId64,
					 world->seed, world->seed + last);
	if (world->cost)
		snprintf(text + used, ABOUT_WORLD_MOST - used, ", costs of %.200s",
			 world->cost->name);
	return text;
}

json_t *about_world_json(const struct world_choice *world)
{
	const struct cost_model *cost = world->cost;
	return json_pack("{s:s, s:o, s:o, s:s?, s:s?}", "world", world_names[world->world],
			 "cores", whole_or_null(world_cores_n(world)), "seed",
			 whole_or_null(world->seed), "cost", cost ? cost->name : NULL,
			 "cost_digest", cost ? cost->digest : NULL);
}
