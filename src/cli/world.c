#include "cli/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/calibrate.h"
#include "measure/cost_file.h"

enum { CORES_PRESET = 8, SEED_PRESET = 1 };

static int refuse(const char *asked, struct error *err)
{
	char presets[128] = "";
	size_t used = 0;
	for (size_t k = 0; cost_preset_nth(k) && used < sizeof presets; k++)
		used += (size_t)snprintf(presets + used, sizeof presets - used, "%s, ",
					 cost_preset_nth(k)->name);
	return error_set(err, -EINVAL, "--cost: '%.80s' must be %sor a file of gilsim calibrate",
			 asked, presets);
}

static int read_model(struct cost_choice *c, const char *path, struct error *err)
{
	int failed = cost_read(&c->read, path, err);
	c->model = failed ? NULL : &c->read;
	return failed;
}

static int read_kept(struct cost_choice *c, struct error *err)
{
	struct error why;
	int failed = read_model(c, c->path, &why);
	return failed ? error_set(err, failed, "%s: gilsim calibrate makes it anew", why.text) : 0;
}

/* A prediction of this machine needs its costs; without them it is one of Python's. */
static int choose_kept(struct cost_choice *c, bool shows_progress, struct error *err)
{
	c->path = cost_kept_path();
	bool is_kept = c->path && access(c->path, F_OK) == 0;
	int failed = is_kept ? 0 : calibrate_and_keep(shows_progress, err);
	if (!failed)
		return read_kept(c, err);
	if (failed == -EINTR)
		return failed;
	c->model = cost_preset_find("cpython313");
	fprintf(stderr, "gilsim: %s; costs are those of %s\n", err->text, c->model->name);
	return 0;
}

int virtual_open(struct cost_choice *c, const char *asked, bool shows_progress,
		 struct error *err)
{
	if (!virtual_world_load(err))
		return -ENOENT;
	if (!asked)
		return choose_kept(c, shows_progress, err);
	c->model = cost_preset_find(asked);
	if (c->model)
		return 0;
	return access(asked, F_OK) ? refuse(asked, err) : read_model(c, asked, err);
}

void cost_choice_free(struct cost_choice *c)
{
	cost_free(&c->read);
	free(c->path);
	*c = (struct cost_choice){0};
}

struct world_choice world_choose(int64_t world, int64_t cores, int64_t seed,
				 const struct cost_model *cost)
{
	if (world != WORLD_IN_VIRTUAL_TIME)
		return (struct world_choice){.world = WORLD_REAL, .cores = ABSENT, .seed = ABSENT};
	return (struct world_choice){
		.world = WORLD_IN_VIRTUAL_TIME,
		.cores = cores == ABSENT ? CORES_PRESET : cores,
		.seed = seed == ABSENT ? SEED_PRESET : seed,
		.cost = cost,
		.bind = ABSENT,
		.counters = ABSENT,
	};
}
