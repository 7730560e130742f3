/* repeat.c - from what each worker left to the figures of one run. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/row.h"

struct buckets buckets_of(const struct worker *w, int64_t wall_ns, enum accounting accounting)
{
	bool timed = accounting != ACCOUNTING_OFF, full = accounting == ACCOUNTING_FULL;
	int64_t active_ns = w->end_ns - w->began_ns;
	int64_t running_ns = active_ns - w->gil.wait_ns - w->io_ns;
	int64_t native_ns = w->native_held_ns + w->native_released_ns;
	return (struct buckets){
		.running_ns = timed ? running_ns : ABSENT,
		.gil_wait_ns = timed ? w->gil.wait_ns : ABSENT,
		.io_ns = timed ? w->io_ns : ABSENT,
		.start_join_ns = timed ? wall_ns - active_ns : ABSENT,
		.bytecode_ns = full ? running_ns - native_ns : ABSENT,
		.native_held_ns = full ? w->native_held_ns : ABSENT,
		.native_released_ns = full ? w->native_released_ns : ABSENT,
		.runqueue_ns = w->runqueue_ns,
	};
}

static void add(int64_t *total, int64_t ns)
{
	*total = *total == ABSENT || ns == ABSENT ? ABSENT : *total + ns;
}

void buckets_add(struct buckets *total, const struct buckets *part)
{
#define BUCKET(ID, text, field) add(&total->field, part->field);
#include "measure/buckets.def"
#undef BUCKET
}

double jain_index(double sum, double squares, size_t n)
{
	return squares > 0 ? sum * sum / ((double)n * squares) : NAN;
}

static double fairness(const struct worker *workers, size_t n)
{
	double sum = 0, squares = 0;
	for (size_t k = 0; k < n; k++) {
		double active_ns = (double)(workers[k].end_ns - workers[k].start_ns);
		double speed = active_ns > 0 ? (double)workers[k].work_n / active_ns : 0;
		sum += speed;
		squares += speed * speed;
	}
	return jain_index(sum, squares, n);
}

int gil_figures_of(struct gil_figures *g, const struct worker *workers, size_t n,
		   enum accounting accounting)
{
	struct histogram *waits = calloc(2, sizeof *waits);
	if (!waits)
		return -ENOMEM;
	struct histogram *holds = waits + 1;
	*g = (struct gil_figures){0};
	for (size_t k = 0; k < n; k++) {
		const struct gil_stats *stats = &workers[k].gil;
		g->takes_n += stats->takes_n;
		g->contended_takes_n += stats->contended_takes_n;
		g->switches_n += stats->switches_n;
		g->drop_requests_n += stats->drop_requests_n;
		g->forced_switches_n += stats->forced_switches_n;
		g->wait_ns += stats->wait_ns;
		histogram_merge(waits, &stats->waits);
		histogram_merge(holds, &stats->holds);
	}
	if (accounting == ACCOUNTING_OFF)
		g->wait_ns = ABSENT;
	g->wait_p50_ns = histogram_percentile(waits, 0.5);
	g->wait_p99_ns = histogram_percentile(waits, 0.99);
	g->wait_max_ns = waits->n ? waits->max_ns : ABSENT;
	g->hold_p50_ns = histogram_percentile(holds, 0.5);
	g->hold_p99_ns = histogram_percentile(holds, 0.99);
	g->hold_max_ns = holds->n ? holds->max_ns : ABSENT;
	free(waits);
	return 0;
}

int repeat_fill(struct repeat *r, const struct run *run, const struct worker *workers,
		const struct outcome *outcome)
{
	size_t n = (size_t)mode_workers_n(run->mode, run->threads);
	bool (*may_lose)(const struct gil_policy *, enum counts) =
		run->work->job.workload->may_lose;
	*r = (struct repeat){
		.wall_ns = outcome->wall_ns,
		.user_ns = outcome->user_ns,
		.sys_ns = outcome->sys_ns,
		.checksum_ok = !outcome->garbled &&
			       work_verify(run->work, outcome->total,
					   may_lose && may_lose(run->policy, run->counts)),
		.lost_updates_n = work_lost_updates(run->work, outcome->total),
		.voluntary_n = outcome->voluntary_n,
		.involuntary_n = outcome->involuntary_n,
		.peak_rss_bytes = outcome->peak_rss_bytes,
		.fairness_jain = fairness(workers, n),
		.parent = run->accounting == ACCOUNTING_OFF ? no_parent : outcome->parent,
		.counters = outcome->counters,
		.parts = calloc(n, sizeof *r->parts),
		.parts_n = n,
	};
	work_text(run->work, outcome->total, r->checksum);
	if (!r->parts || gil_figures_of(&r->gil, workers, n, run->accounting)) {
		repeat_free(r);
		return -ENOMEM;
	}
	for (size_t k = 0; k < n; k++) {
		struct part *part = &r->parts[k];
		memcpy(part->name, workers[k].name, sizeof part->name);
		part->work_n = workers[k].work_n;
		part->time = buckets_of(&workers[k], outcome->wall_ns, run->accounting);
		buckets_add(&r->time, &part->time);
	}
	return 0;
}

void repeat_free(struct repeat *r)
{
	free(r->parts);
	*r = (struct repeat){0};
}
