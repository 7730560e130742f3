/* advice_read.c - a kept document, as the rows that it was made of.  Only what the decision asks
 * for is read back. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/advice.h"
#include "report/metrics.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

static int find_name(const char *name, const char *const *names, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (strcmp(names[k], name) == 0)
			return (int)k;
	return -1;
}

static const struct mode *mode_named(const char *name)
{
	for (size_t k = 0; k < modes_n; k++)
		if (strcmp(modes[k]->name, name) == 0)
			return modes[k];
	return NULL;
}

/* What was computed is not asked for. */
static const struct workload kept_work = {.name = "kept"};

static bool read_setting(const json_t *result, struct setting *s)
{
	int engine = find_name(text_of(result, "engine"), engine_names, ENGINES_N);
	int accounting = find_name(text_of(result, "accounting"), accounting_names, ACCOUNTINGS_N);
	const json_t *threads = json_object_get(result, "threads");
	*s = (struct setting){.mode = mode_named(text_of(result, "mode"))};
	if (!s->mode || engine < 0 || accounting < 0 || json_integer_value(threads) < 1)
		return false;
	s->accounting = (enum accounting)accounting;
	s->job.engine = (enum engine)engine;
	s->job.workload = &kept_work;
	s->job.threads = json_integer_value(threads);
	return true;
}

/* The figures of the typical repeat, which a result has by the names of a repeat's. */
static int read_typical(const json_t *result, struct repeat *typical)
{
	json_t *repeat = json_copy((json_t *)result);
	static const char *const times[] = {"wall_ns", "user_ns", "sys_ns"};
	int failed = repeat ? 0 : -ENOMEM;
	for (size_t k = 0; k < 3 && !failed; k++)
		failed = json_object_set_new(repeat, times[k], json_integer(1)) ? -ENOMEM : 0;
	json_object_del(repeat, "per_thread");
	if (!failed)
		failed = metrics_read_repeat(repeat, typical);
	json_decref(repeat);
	return failed;
}

/* A wrong result has no samples: it is one repeat, which is wrong. */
static int read_row(const struct kept_row *kept, struct row *row)
{
	struct repeat typical;
	if (!read_setting(kept->setting, &row->setting))
		return -EINVAL;
	int failed = read_typical(kept->setting, &typical);
	if (failed)
		return failed;
	typical.checksum_ok = kept->is_right;
	for (size_t k = 0; k < (kept->samples_n ? kept->samples_n : 1); k++) {
		struct repeat *repeat =
			array_push((void **)&row->repeats, &row->repeats_n, sizeof *repeat);
		if (!repeat)
			return -ENOMEM;
		*repeat = typical;
		repeat->wall_ns = kept->samples_n ? llround(kept->samples_ns[k]) : 0;
	}
	row_finish(row);
	return 0;
}

static int read_rows(const struct kept_results *kept, struct row **rows, size_t *rows_n,
		     struct error *err)
{
	for (size_t k = 0; k < kept->rows_n; k++) {
		struct row *row = array_push((void **)rows, rows_n, sizeof *row);
		int failed = row ? read_row(&kept->rows[k], row) : -ENOMEM;
		if (failed == -EINVAL)
			return error_set(err, failed,
					 "%.80s: results[%zu]: must have mode, engine, threads and "
					 "accounting, as gilsim advise writes",
					 kept->file, k);
		if (failed)
			return error_set(err, failed, "%.80s: no memory", kept->file);
	}
	rows_fit(*rows, *rows_n);
	return rows_find_noise(*rows, *rows_n)
		       ? error_set(err, -ENOMEM, "%.80s: no memory", kept->file)
		       : 0;
}

static int read_unfits(const json_t *advice, struct question *q)
{
	const json_t *unfit;
	size_t k;
	json_array_foreach(json_object_get(advice, "unfit"), k, unfit) {
		int engine = find_name(text_of(unfit, "engine"), engine_names, ENGINES_N);
		struct error why;
		snprintf(why.text, sizeof why.text, "%s", text_of(unfit, "why"));
		if (engine < 0)
			return -EINVAL;
		if (question_add_unfit(q, text_of(unfit, "mode"), (enum engine)engine, &why))
			return -ENOMEM;
	}
	return 0;
}

static int read_question(const json_t *advice, struct question *q)
{
	const json_t *now = json_object_get(advice, "now");
	const json_t *calls = json_object_get(advice, "calls");
	int engine = find_name(text_of(now, "engine"), engine_names, ENGINES_N);
	if (engine < 0)
		return -EINVAL;
	q->engine = (enum engine)engine;
	q->cores_n = json_integer_value(json_object_get(now, "cores"));
	snprintf(q->workload, sizeof q->workload, "%s", text_of(advice, "workload"));
	for (int k = 0; k < ENGINES_N; k++)
		snprintf(q->calls[k], sizeof q->calls[k], "%s", text_of(calls, engine_names[k]));
	return q->cores_n < 1 ? -EINVAL : read_unfits(advice, q);
}

int advice_read(const struct kept_results *kept, struct question *q, struct row **rows,
		size_t *rows_n, struct error *err)
{
	int failed = read_question(json_object_get(kept->document, "advice"), q);
	if (failed == -EINVAL)
		return error_set(err, failed,
				 "%.80s: must have an advice, as gilsim advise --output=FILE.json "
				 "writes it",
				 kept->file);
	return failed ? error_set(err, failed, "%.80s: no memory", kept->file)
		      : read_rows(kept, rows, rows_n, err);
}
