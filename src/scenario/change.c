#include "scenario/change.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/scarce.h"
#include "measure/stats.h"

const struct change_info changes[CHANGES_N] = {
	[CHANGE_NOTHING] = {"nothing", "as it stands"},
	[CHANGE_RELEASE] = {"release", "every native call released"},
	[CHANGE_HOLD] = {"hold", "every native call held"},
	[CHANGE_INTERVAL] = {"interval", "a switch interval of 0.5 ms"},
	[CHANGE_NO_LOCK] = {"no-lock", "no lock (the upper bound)"},
};

static enum phase_kind released(enum phase_kind kind)
{
	return kind == PHASE_NATIVE_HELD ? PHASE_NATIVE_RELEASED
	       : kind == PHASE_WORK_HELD ? PHASE_WORK_RELEASED
					 : kind;
}

static enum phase_kind held(enum phase_kind kind)
{
	return kind == PHASE_NATIVE_RELEASED ? PHASE_NATIVE_HELD
	       : kind == PHASE_WORK_RELEASED ? PHASE_WORK_HELD
					     : kind;
}

static bool change_calls(struct scenario *s, bool releases)
{
	bool differs = false;
	for (struct group *g = s->groups; g < s->groups + s->groups_n; g++) {
		for (size_t k = 0; k < g->phases_n; k++) {
			enum phase_kind kind = g->phases[k].kind;
			g->phases[k].kind = releases ? released(kind) : held(kind);
			differs = differs || g->phases[k].kind != kind;
		}
		if (g->activity == ACTIVITY_WORKLOAD && g->job.engine == ENGINE_NATIVE) {
			differs = differs || g->releases != releases;
			g->releases = releases;
		}
	}
	return differs;
}

static bool shorten_interval(struct scenario *s)
{
	int64_t preset = s->policy->interval_ns;
	int64_t now_ns = s->interval_ns == ABSENT ? preset : s->interval_ns;
	if (preset == ABSENT || now_ns <= SHORT_INTERVAL_NS)
		return false;
	s->interval_ns = SHORT_INTERVAL_NS;
	return true;
}

static bool take_lock_away(struct scenario *s)
{
	const struct gil_policy *none = gil_policy_find("none");
	bool differs = s->policy != none;
	s->policy = none;
	s->interval_ns = s->ticks = ABSENT;
	return differs;
}

bool scenario_change(struct scenario *s, enum change change)
{
	switch (change) {
	case CHANGE_RELEASE:
		return change_calls(s, true);
	case CHANGE_HOLD:
		return change_calls(s, false);
	case CHANGE_INTERVAL:
		return shorten_interval(s);
	case CHANGE_NO_LOCK:
		return take_lock_away(s);
	case CHANGE_NOTHING:
	case CHANGES_N:
		break;
	}
	return true;
}

/* How fast bytecode is was measured for the first: a phase of it is the same work in all. */
static int open_variant(struct variant *v, const char *file, enum change change,
			const struct world_choice *world, double loops_per_us, struct error *err)
{
	int failed = scenario_read(&v->scenario, file, err);
	v->results.scenario = &v->scenario;
	if (failed)
		return failed;
	v->scenario.world = *world;
	v->scenario.loops_per_us = loops_per_us;
	if (!scenario_change(&v->scenario, change)) {
		v->why_not = "changes nothing";
		return 0;
	}
	return scenario_prepare(&v->scenario, err);
}

int variants_open(struct variant variants[static CHANGES_N], const char *file,
		  const struct world_choice *world, struct error *err)
{
	int failed = 0;
	for (int k = 0; k < CHANGES_N && !failed; k++)
		failed = open_variant(&variants[k], file, (enum change)k, world,
				      variants[CHANGE_NOTHING].scenario.loops_per_us, err);
	return failed;
}

void variants_close(struct variant variants[static CHANGES_N])
{
	for (struct variant *v = variants; v < variants + CHANGES_N; v++) {
		for (size_t k = 0; k < v->results.repeats_n; k++)
			scenario_repeat_free(&v->results.repeats[k]);
		free(v->results.repeats);
		scenario_close(&v->scenario);
		*v = (struct variant){0};
	}
}

static double rate_of(const struct group_figures *f)
{
	return f->rounds_per_s;
}

static double p99_of(const struct group_figures *f)
{
	return f->latency_p99_ns == ABSENT ? NAN : (double)f->latency_p99_ns;
}

/* The caller frees; NULL: no memory or no repeats. */
static double *samples_of(const struct variant *v, size_t group,
			  double (*figure)(const struct group_figures *f))
{
	size_t n = v->results.repeats_n;
	double *samples = n ? scarce_malloc(n * sizeof *samples) : NULL;
	for (size_t k = 0; samples && k < n; k++)
		samples[k] = figure(&v->results.repeats[k].groups[group]);
	return samples;
}

static double median_of(const struct variant *v, size_t group,
			double (*figure)(const struct group_figures *f))
{
	double *samples = samples_of(v, group, figure);
	double median = stats_of(samples, samples ? v->results.repeats_n : 0).median;
	free(samples);
	return median;
}

/* 0: not known. */
static double noise_floor(const struct variant variants[static CHANGES_N], size_t group,
			  double (*figure)(const struct group_figures *f))
{
	double noises[CHANGES_N];
	for (int k = 0; k < CHANGES_N; k++) {
		double *samples = samples_of(&variants[k], group, figure);
		noises[k] = stats_noise(samples, samples ? variants[k].results.repeats_n : 0);
		free(samples);
	}
	double floor = stats_noise_floor(noises, CHANGES_N);
	return isfinite(floor) ? floor : 0;
}

/* By how much the medians of one are above those of the other. */
static struct ratio ratio_of(const struct variant *top, const struct variant *bottom, size_t group,
			     double (*figure)(const struct group_figures *f), double noise)
{
	struct ratio ratio = {median_of(top, group, figure) / median_of(bottom, group, figure),
			      NAN, NAN, noise};
	double *above = samples_of(top, group, figure), *below = samples_of(bottom, group, figure);
	if (above && below)
		stats_ratio_interval(above, top->results.repeats_n, below,
				     bottom->results.repeats_n, 1, &ratio.low, &ratio.high);
	free(above);
	free(below);
	return ratio;
}

struct effect variant_effect(const struct variant variants[static CHANGES_N], enum change change,
			     size_t group)
{
	const struct variant *now = &variants[CHANGE_NOTHING], *then = &variants[change];
	struct effect e = {
		.rounds_per_s = median_of(then, group, rate_of),
		.latency_p99_ns = median_of(then, group, p99_of),
		.gain = {1, 1, 1, 0},
		.latency_gain = ratio_of(now, then, group, p99_of,
					 noise_floor(variants, group, p99_of)),
	};
	if (change != CHANGE_NOTHING)
		e.gain = ratio_of(then, now, group, rate_of,
				  noise_floor(variants, group, rate_of));
	return e;
}

/* Of few repeats there is no interval: the ratio decides. */
static bool is_gain(const struct ratio *gain)
{
	return gain->value >= least_gain(gain->noise) && !(gain->low <= 1);
}

static bool shortens_latency(const struct effect *e)
{
	return is_gain(&e->latency_gain) && e->gain.value * LEAST_GAIN >= 1;
}

enum change variants_best(const struct variant variants[static CHANGES_N], size_t group)
{
	enum change most_rounds = CHANGE_NOTHING, least_latency = CHANGE_NOTHING;
	double rounds = 0, latency = 0;
	for (int k = CHANGE_RELEASE; k < CHANGE_NO_LOCK; k++) {
		if (variants[k].why_not)
			continue;
		struct effect e = variant_effect(variants, (enum change)k, group);
		if (is_gain(&e.gain) && e.gain.value > rounds) {
			rounds = e.gain.value;
			most_rounds = (enum change)k;
		}
		if (shortens_latency(&e) && e.latency_gain.value > latency) {
			latency = e.latency_gain.value;
			least_latency = (enum change)k;
		}
	}
	return most_rounds != CHANGE_NOTHING ? most_rounds : least_latency;
}
