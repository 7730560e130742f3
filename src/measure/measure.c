#include "measure/measure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/scarce.h"

/* One runner for the modes that leave nothing behind, and one for those that do, so that
 * processes are never forked beside an idle OpenMP team; and others for what is run with counters,
 * so that all threads there have some, and none elsewhere. */
enum { CLEAN, WITH_THREADS, COUNTED, RUNNERS_N = 2 * COUNTED };

struct session {
	const struct plan *plan;
	const struct measure_options *options;
	const struct observer *observer;
	struct row *rows;
	struct runner runners[RUNNERS_N];
	struct progress progress;
	int64_t *spent_ns; /* on each setting */
	size_t *fresh_n;   /* repeats of each that were measured now */
	size_t *order;	   /* of this round */
	int64_t round;
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

bool is_imprecise(const struct measure_options *options, const struct row *row)
{
	return options->precision > 0 && row_precision(row) > options->precision;
}

/* What is wrong need not be precise.  It is judged again with 1 % more repeats, or thousands would
 * be sorted after each of thousands. */
static bool is_to_be_more_precise(const struct session *s, size_t k)
{
	const struct row *row = &s->rows[k];
	bool is_judged = s->fresh_n[k] % (1 + row->repeats_n / 100) == 0;
	return s->spent_ns[k] < s->options->max_time_ns && row->repeats_n < PRECISE_REPEATS_MOST &&
	       row->repeats[row->repeats_n - 1].checksum_ok &&
	       (!is_judged || is_imprecise(s->options, row));
}

static bool is_complete(const struct session *s, size_t k)
{
	const struct row *row = &s->rows[k];
	return missing_n(s, row) <= 0 && measured_ns(row) >= s->options->min_time_ns &&
	       !is_to_be_more_precise(s, k);
}

/* What a row that has been measured still takes: the runs that are missing, each as long as their
 * mean so far, or what is missing of the least time.  ABSENT: nobody knows how many they are. */
static int64_t row_left_ns(const struct session *s, const struct row *row)
{
	int64_t had_ns = measured_ns(row), missing = missing_n(s, row);
	if (missing <= 0 && s->options->precision > 0)
		return ABSENT;
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
		int64_t row_ns = row->repeats_n ? row_left_ns(s, row) : ABSENT;
		if (row_ns == ABSENT)
			return ABSENT;
		total_ns += row_ns;
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
	size_t kind = (setting->mode->leaves_threads ? WITH_THREADS : CLEAN) +
		      (setting->world.counters == COUNTERS_ON ? COUNTED : 0);
	struct runner *runner = &s->runners[kind];
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
	struct repeat fresh = {0};
	int64_t began_ns = world_now_ns();
	int failed = run_once(s, k, &fresh, err);
	if (failed)
		return failed;
	struct repeat *kept = array_push((void **)&row->repeats, &row->repeats_n, sizeof *kept);
	if (!kept) {
		repeat_free(&fresh);
		return error_set(err, -ENOMEM, "repeats: no memory");
	}
	*kept = fresh;
	s->fresh_n[k]++;
	s->spent_ns[k] += s->plan->settings[k].world.world == WORLD_REAL
				  ? world_now_ns() - began_ns
				  : fresh.wall_ns;
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
	order_round(s->order, s->plan->settings_n, s->options->order_seed, s->round++);
	for (size_t place = 0; place < s->plan->settings_n && !failed; place++) {
		size_t k = s->order[place];
		if (is_complete(s, k))
			continue;
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

/* Time that was spent by an earlier run counts. */
static int open_session(struct session *s, struct error *err)
{
	size_t n = s->plan->settings_n;
	s->spent_ns = calloc(n, sizeof *s->spent_ns);
	s->fresh_n = calloc(n, sizeof *s->fresh_n);
	s->order = calloc(n, sizeof *s->order);
	for (size_t k = 0; k < n; k++)
		s->rows[k].setting = s->plan->settings[k];
	if (!s->spent_ns || !s->fresh_n || !s->order)
		return error_set(err, -ENOMEM, "settings: no memory");
	for (size_t k = 0; k < n; k++)
		s->spent_ns[k] = measured_ns(&s->rows[k]);
	s->progress.total_n = runs_to_do(s);
	return 0;
}

static void close_session(struct session *s)
{
	for (size_t k = 0; k < RUNNERS_N; k++)
		runner_close(&s->runners[k]);
	free(s->spent_ns);
	free(s->fresh_n);
	free(s->order);
}

int measure(const struct plan *plan, const struct measure_options *options,
	    const struct observer *observer, struct row *rows, struct error *err)
{
	struct session s = {.plan = plan, .options = options, .observer = observer, .rows = rows};
	size_t left = 1;
	int failed = open_session(&s, err);
	for (int64_t k = 0; k < options->warmups && !failed && left; k++)
		failed = go_round(&s, warm_up, &left, err);
	while (!failed && left)
		failed = go_round(&s, measure_once, &left, err);
	show_progress(&s);
	close_session(&s);
	for (size_t k = 0; k < plan->settings_n; k++)
		row_finish(&rows[k]);
	if (rows_find_noise(rows, plan->settings_n) && !failed)
		failed = error_set(err, -ENOMEM, "noise floor: no memory");
	rows_compare(rows, plan->settings_n);
	rows_fit(rows, plan->settings_n);
	if (memory_was_refused() && !failed)
		failed = error_set(err, -ENOMEM, "statistics: no memory");
	return failed;
}
