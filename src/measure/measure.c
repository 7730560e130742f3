#include "measure/measure.h"

#include <errno.h>
#include <string.h>

#include "base/buffer.h"

/* One runner for the modes that leave nothing behind, and one for those that do, so that
 * processes are never forked beside an idle OpenMP team. */
enum { CLEAN, WITH_THREADS, RUNNERS_N };

struct session {
	const struct plan *plan;
	const struct measure_options *options;
	const struct observer *observer;
	struct row *rows;
	struct runner runners[RUNNERS_N];
	struct progress progress;
};

static int64_t measured_ns(const struct row *row)
{
	int64_t total_ns = 0;
	for (size_t k = 0; k < row->repeats_n; k++)
		total_ns += row->repeats[k].wall_ns;
	return total_ns;
}

static int64_t missing_n(const struct session *s, const struct row *row)
{
	return s->options->repeats[row->setting.world.world] - (int64_t)row->repeats_n;
}

static bool is_complete(const struct session *s, const struct row *row)
{
	return missing_n(s, row) <= 0 &&
	       measured_ns(row) >= s->options->min_time_ns;
}

/* What a row that has been measured still takes: the runs that are missing, each as long as their
 * mean so far, or what is missing of the least time. */
static int64_t row_left_ns(const struct session *s, const struct row *row)
{
	int64_t had_ns = measured_ns(row), missing = missing_n(s, row);
	int64_t runs_ns = missing > 0 ? missing * (had_ns / (int64_t)row->repeats_n) : 0;
	int64_t rest_ns = s->options->min_time_ns - had_ns;
	return rest_ns > runs_ns ? rest_ns : runs_ns;
}

/* ABSENT until each setting has been measured once. */
static int64_t left_ns(const struct session *s)
{
	int64_t total_ns = 0;
	for (size_t k = 0; k < s->plan->settings_n; k++) {
		const struct row *row = &s->rows[k];
		if (row->repeats_n == 0)
			return ABSENT;
		total_ns += row_left_ns(s, row);
	}
	return total_ns;
}

static void show_progress(struct session *s)
{
	s->progress.left_ns = left_ns(s);
	if (s->observer->progress)
		s->observer->progress(s->observer->context, &s->progress);
}

static bool look_up(void *argument)
{
	struct session *s = argument;
	show_progress(s);
	return !s->observer->go_on || s->observer->go_on(s->observer->context);
}

static int run_once(struct session *s, size_t k, struct repeat *repeat, struct error *err)
{
	const struct setting *setting = &s->plan->settings[k];
	struct runner *runner = &s->runners[setting->mode->leaves_threads ? WITH_THREADS : CLEAN];
	s->progress.setting = setting;
	if (!look_up(s))
		return error_set(err, -EINTR, "interrupted");
	int failed = runner_is_open(runner) ? 0 : runner_open(runner, s->plan, err);
	if (!failed)
		failed = runner_measure(runner, k, (int64_t)s->rows[k].repeats_n, look_up, s,
					repeat, err);
	s->progress.done_n++;
	return failed;
}

/* In virtual time nothing is warm or cold. */
static int warm_up(struct session *s, size_t k, struct error *err)
{
	struct repeat unused;
	if (s->plan->settings[k].world.world != WORLD_REAL)
		return 0;
	int failed = run_once(s, k, &unused, err);
	if (!failed)
		repeat_free(&unused);
	return failed;
}

static int measure_once(struct session *s, size_t k, struct error *err)
{
	struct row *row = &s->rows[k];
	struct repeat fresh;
	int failed = run_once(s, k, &fresh, err);
	if (failed)
		return failed;
	struct repeat *kept = array_push((void **)&row->repeats, &row->repeats_n, sizeof *kept);
	if (!kept) {
		repeat_free(&fresh);
		return error_set(err, -ENOMEM, "repeats: no memory");
	}
	*kept = fresh;
	if (s->observer->repeat)
		failed = s->observer->repeat(s->observer->context, row, kept, err);
	return failed;
}

/* Once round all settings that are not complete; *left is how many were not. */
static int go_round(struct session *s, int (*once)(struct session *s, size_t k, struct error *err),
		    size_t *left, struct error *err)
{
	int failed = 0;
	*left = 0;
	for (size_t k = 0; k < s->plan->settings_n && !failed; k++)
		if (!is_complete(s, &s->rows[k])) {
			if (s->progress.done_n == s->progress.total_n)
				s->progress.total_n++; /* more than could be foreseen */
			failed = once(s, k, err);
			++*left;
		}
	return failed;
}

static size_t runs_to_do(const struct session *s)
{
	int64_t runs_n = 0;
	for (size_t k = 0; k < s->plan->settings_n; k++) {
		int64_t missing = missing_n(s, &s->rows[k]);
		bool warms_up = s->plan->settings[k].world.world == WORLD_REAL;
		if (missing > 0)
			runs_n += (warms_up ? s->options->warmups : 0) + missing;
	}
	return (size_t)runs_n;
}

int measure(const struct plan *plan, const struct measure_options *options,
	    const struct observer *observer, struct row *rows, struct error *err)
{
	struct session s = {.plan = plan, .options = options, .observer = observer, .rows = rows};
	size_t left = 1;
	int failed = 0;
	for (size_t k = 0; k < plan->settings_n; k++)
		rows[k].setting = plan->settings[k];
	s.progress.total_n = runs_to_do(&s);
	for (int64_t k = 0; k < options->warmups && !failed && left; k++)
		failed = go_round(&s, warm_up, &left, err);
	while (!failed && left)
		failed = go_round(&s, measure_once, &left, err);
	show_progress(&s);
	for (size_t k = 0; k < RUNNERS_N; k++)
		runner_close(&s.runners[k]);
	for (size_t k = 0; k < plan->settings_n; k++)
		row_finish(&rows[k]);
	rows_compare(rows, plan->settings_n);
	rows_fit(rows, plan->settings_n);
	return failed;
}
