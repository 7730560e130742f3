#include "scenario/breakeven.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/scarce.h"
#include "measure/stats.h"

const char *const gain_names[] = {"calls", "neighbours", "all"};

static const int64_t grid_ns[] = {50,	  100,	  200,	  500,	  1000,	   2000,
				  5000,	  10000,  20000,  50000,  100000,  200000,
				  500000, 1000000, 2000000, 5000000, 10000000};

/* A run must hold a good number of calls, and beside neighbours of turns; in one that waits for
 * a lock without an interval, of CPython's. */
static int64_t run_ns(const struct breakeven *b, int64_t length_ns)
{
	enum { TURNS_N = 20 };
	const int64_t least_ns = 20000000;
	int64_t interval_ns = b->interval_ns == ABSENT ? 5000000 : b->interval_ns;
	int64_t turn_ns = b->neighbours_n && interval_ns > length_ns ? interval_ns : length_ns;
	return TURNS_N * turn_ns > least_ns ? TURNS_N * turn_ns : least_ns;
}

static int add_phase(struct group *g, enum phase_kind kind, int64_t ns)
{
	struct phase *phase = array_push((void **)&g->phases, &g->phases_n, sizeof *phase);
	if (phase)
		*phase = (struct phase){kind, ns};
	return phase ? 0 : -ENOMEM;
}

/* The last round counts: else long calls would seem rarer than they are, and more so the more
 * of them are under way at once. */
static int fill_callers(struct group *g, const struct breakeven *b, int64_t length_ns,
			enum side side)
{
	*g = (struct group){
		.name = "caller",
		.threads_n = b->threads_n,
		.rounds_n = ABSENT,
		.finishes_rounds = true,
		.activity = ACTIVITY_PHASES,
	};
	int failed = add_phase(g, PHASE_BYTECODE, BREAKEVEN_GLUE_NS);
	return failed ? failed
		      : add_phase(g, side == SIDE_HELD ? PHASE_WORK_HELD : PHASE_WORK_RELEASED,
				  length_ns);
}

static int fill_neighbours(struct group *g, const struct breakeven *b)
{
	*g = (struct group){
		.name = "neighbour",
		.threads_n = b->neighbours_n,
		.rounds_n = ABSENT,
		.activity = ACTIVITY_PHASES,
	};
	return add_phase(g, PHASE_BYTECODE, NEIGHBOUR_ROUND_NS);
}

static int fill_groups(struct scenario *s, const struct breakeven *b, int64_t length_ns,
		       enum side side)
{
	size_t groups_n = b->neighbours_n ? 2 : 1;
	s->groups = calloc(groups_n, sizeof *s->groups);
	if (!s->groups)
		return -ENOMEM;
	s->groups_n = groups_n;
	s->threads_n = b->threads_n + b->neighbours_n;
	int failed = fill_callers(&s->groups[0], b, length_ns, side);
	return failed || groups_n == 1 ? failed : fill_neighbours(&s->groups[1], b);
}

/* Bytecode is timed once for all, so that both sides run the same number of loops. */
static int open_scenario(struct breakeven *b, struct breakeven_length *l, enum side side,
			 struct error *err)
{
	struct scenario *s = &l->scenarios[side];
	*s = (struct scenario){
		.file = l->label,
		.policy = b->policy,
		.interval_ns = b->interval_ns,
		.ticks = b->ticks,
		.pace = b->pace,
		.world = b->world,
		.loops_per_us = b->loops_per_us,
		.starts_together = true,
		.duration_ns = l->run_ns,
		.accounting = ACCOUNTING_OFF,
	};
	int failed = fill_groups(s, b, l->ns, side);
	if (failed)
		return error_set(err, failed, "%s: no memory", l->label);
	failed = scenario_prepare(s, err);
	b->loops_per_us = s->loops_per_us;
	return failed;
}

static int open_samples(struct breakeven_length *l, size_t repeats_n)
{
	for (enum side side = 0; side < SIDES_N; side++)
		for (enum gain gain = 0; gain < GAINS_N; gain++) {
			l->samples[side][gain] = calloc(repeats_n, sizeof(double));
			if (!l->samples[side][gain])
				return -ENOMEM;
		}
	return 0;
}

static int open_label(struct breakeven_length *l, const struct breakeven *b)
{
	char length[16];
	return asprintf(&l->label, "%" PRId64 " thread%s, %" PRId64 " neighbour%s, calls of %s",
			b->threads_n, b->threads_n == 1 ? "" : "s", b->neighbours_n,
			b->neighbours_n == 1 ? "" : "s", format_duration((double)l->ns, length)) < 0
		       ? -ENOMEM
		       : 0;
}

static void close_length(struct breakeven_length *l)
{
	for (enum side side = 0; side < SIDES_N; side++) {
		scenario_close(&l->scenarios[side]);
		for (enum gain gain = 0; gain < GAINS_N; gain++)
			free(l->samples[side][gain]);
	}
	free(l->label);
}

static int open_length(struct breakeven *b, struct breakeven_length *l, int64_t length_ns,
		       struct error *err)
{
	*l = (struct breakeven_length){.ns = length_ns, .run_ns = run_ns(b, length_ns)};
	int failed = open_label(l, b);
	if (failed)
		l->label = NULL;
	if (!failed)
		failed = open_samples(l, b->repeats_n);
	if (failed)
		return error_set(err, failed, "lengths: no memory");
	for (enum side side = 0; side < SIDES_N && !failed; side++)
		failed = open_scenario(b, l, side, err);
	return failed;
}

/* In its place; nothing if that length is there. */
static int add_length(struct breakeven *b, int64_t length_ns, struct error *err)
{
	struct breakeven_length fresh;
	size_t place = 0;
	while (place < b->lengths_n && b->lengths[place].ns < length_ns)
		place++;
	if (place < b->lengths_n && b->lengths[place].ns == length_ns)
		return 0;
	int failed = open_length(b, &fresh, length_ns, err);
	if (!failed && !array_push((void **)&b->lengths, &b->lengths_n, sizeof fresh))
		failed = error_set(err, -ENOMEM, "lengths: no memory");
	if (failed) {
		close_length(&fresh);
		return failed;
	}
	struct breakeven_length *l = b->lengths + place;
	memmove(l + 1, l, (b->lengths_n - 1 - place) * sizeof *l);
	*l = fresh;
	return 0;
}

int breakeven_open(struct breakeven *b, struct error *err)
{
	int failed = 0;
	for (size_t k = 0; k < sizeof grid_ns / sizeof *grid_ns && !failed; k++)
		failed = add_length(b, grid_ns[k], err);
	return failed;
}

static void forget_gains(struct breakeven *b)
{
	for (enum gain gain = 0; gain < GAINS_N; gain++) {
		free(b->gains[gain].points);
		free(b->gains[gain].crossings);
		b->gains[gain] = (struct breakeven_gain){0};
	}
}

void breakeven_close(struct breakeven *b)
{
	for (size_t k = 0; k < b->lengths_n; k++)
		close_length(&b->lengths[k]);
	free(b->lengths);
	forget_gains(b);
	*b = (struct breakeven){0};
}

/* In equal ratios. */
static int add_between(struct breakeven *b, double from_ns, double to_ns, struct error *err)
{
	enum { PARTS_N = 4 };
	int failed = 0;
	for (int k = 1; k < PARTS_N && !failed; k++)
		failed = add_length(b, llround(from_ns * pow(to_ns / from_ns, (double)k / PARTS_N)),
				    err);
	return failed;
}

int breakeven_refine(struct breakeven *b, struct error *err)
{
	const struct breakeven_gain *g = &b->gains[GAIN_CALLS];
	int failed = breakeven_conclude(b) ? error_set(err, -ENOMEM, "crossings: no memory") : 0;
	for (size_t k = 0; k < g->crossings_n && !failed; k++) {
		const struct crossing *c = &g->crossings[k];
		failed = add_between(b, g->points[c->from].x, g->points[c->to].x, err);
	}
	return failed;
}

/* A group whose threads all came too late did nothing. */
static double rate_of(const struct group_figures *f)
{
	return isfinite(f->rounds_per_s) ? f->rounds_per_s : 0;
}

static void keep(struct breakeven *b, struct breakeven_length *l, enum side side,
		 const struct scenario_repeat *r)
{
	size_t n = l->samples_n[side]++;
	double calls_per_s = rate_of(&r->groups[0]);
	double neighbours =
		b->neighbours_n ? rate_of(&r->groups[1]) * NEIGHBOUR_ROUND_NS / 1e9 : 0;
	l->samples[side][GAIN_CALLS][n] = calls_per_s;
	l->samples[side][GAIN_NEIGHBOURS][n] = neighbours;
	l->samples[side][GAIN_ALL][n] =
		neighbours + calls_per_s * (double)(l->ns + BREAKEVEN_GLUE_NS) / 1e9;
}

int breakeven_measure(struct breakeven *b, size_t k, enum side side, bool (*wait)(void *context),
		      void *context, struct error *err)
{
	struct breakeven_length *l = &b->lengths[k];
	struct scenario_repeat repeat;
	assert(l->samples_n[side] < b->repeats_n);
	int failed = scenario_measure(&l->scenarios[side], (int64_t)l->samples_n[side], wait,
				      context, &repeat, err);
	if (failed)
		return failed;
	keep(b, l, side, &repeat);
	scenario_repeat_free(&repeat);
	return 0;
}

bool breakeven_has(const struct breakeven *b, enum gain gain)
{
	return gain == GAIN_CALLS || b->neighbours_n;
}

static void fill_points(struct breakeven_gain *g, const struct breakeven *b, enum gain gain)
{
	for (size_t k = 0; k < b->lengths_n; k++) {
		const struct breakeven_length *l = &b->lengths[k];
		if (!l->samples_n[SIDE_HELD] || !l->samples_n[SIDE_RELEASED])
			continue;
		struct ratio_point *p = &g->points[g->points_n++];
		*p = (struct ratio_point){
			.x = (double)l->ns,
			.samples = l->samples[SIDE_RELEASED][gain],
			.samples_n = l->samples_n[SIDE_RELEASED],
			.base = l->samples[SIDE_HELD][gain],
			.base_n = l->samples_n[SIDE_HELD],
		};
	}
}

/* Both sides of every length tell how much one of them differs from itself. */
static int decide_points(struct breakeven_gain *g)
{
	double *noises = scarce_malloc(2 * g->points_n * sizeof *noises + 1);
	if (!noises)
		return -ENOMEM;
	for (size_t k = 0; k < g->points_n; k++) {
		const struct ratio_point *p = &g->points[k];
		noises[2 * k] = stats_noise(p->samples, p->samples_n);
		noises[2 * k + 1] = stats_noise(p->base, p->base_n);
	}
	g->noise_floor = stats_noise_floor(noises, 2 * g->points_n);
	for (size_t k = 0; k < g->points_n; k++) {
		g->points[k].noise = isfinite(g->noise_floor) ? g->noise_floor : 0;
		ratio_decide(&g->points[k]);
	}
	free(noises);
	return 0;
}

static int conclude_gain(struct breakeven_gain *g, const struct breakeven *b, enum gain gain)
{
	g->points = calloc(b->lengths_n, sizeof *g->points);
	g->crossings = calloc(b->lengths_n, sizeof *g->crossings);
	if (!g->points || !g->crossings)
		return -ENOMEM;
	fill_points(g, b, gain);
	int failed = decide_points(g);
	if (failed)
		return failed;
	int n = crossings_find(g->points, g->points_n, g->crossings);
	if (n < 0)
		return n;
	g->crossings_n = (size_t)n;
	g->verdict = ratio_verdict(g->points, g->points_n);
	return 0;
}

int breakeven_conclude(struct breakeven *b)
{
	int failed = 0;
	forget_gains(b);
	for (enum gain gain = 0; gain < GAINS_N && !failed; gain++)
		if (breakeven_has(b, gain))
			failed = conclude_gain(&b->gains[gain], b, gain);
	return failed;
}
