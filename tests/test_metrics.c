/* test_metrics - every figure is in every format, under one name, and comes back.
 *
 * Method: a row made by hand in which every figure has a value of its own.  Its CSV line is
 * compared with its JSON object column by column; a repeat goes through JSON text and back.
 * Nothing here lists the figures again: the columns come from the CSV header. */
#include "claims.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "report/metrics.h"

enum { PARTS_N = 3, COLUMNS_MOST = 200 };

static const struct workload workload = {.name = "adding", .total = TOTAL_SUM_INT};
static const struct mode mode = {.name = "crowd"};
static const struct gil_policy policy = {.name = "strict"};

static int64_t next_figure;

/* Fills n whole numbers with values that appear nowhere else: squares, so that the mean of two
 * is not a third. */
static void number(void *figures, size_t bytes)
{
	int64_t *at = figures;
	for (size_t k = 0; k < bytes / sizeof *at; k++) {
		next_figure++;
		at[k] = next_figure * next_figure * 1000003;
	}
}

static struct repeat numbered_repeat(void)
{
	struct repeat r = {.checksum = "0x1.2c4652ea6e67bp+14", .checksum_ok = true,
			   .fairness_jain = 1.0 / 3.0};
	number(&r.wall_ns, 3 * sizeof(int64_t));
	number(&r.gil, sizeof r.gil);
	number(&r.time, sizeof r.time);
	number(&r.parent, sizeof r.parent);
	number(&r.counters, 4 * sizeof(int64_t));
	r.counters.counted_share = 0.25;
	number(&r.voluntary_n, 3 * sizeof(int64_t));
	r.parts_n = PARTS_N;
	r.parts = calloc(PARTS_N, sizeof *r.parts);
	assert_non_null(r.parts);
	for (int k = 0; k < PARTS_N; k++) {
		snprintf(r.parts[k].name, sizeof r.parts[k].name, "worker %d", k);
		number(&r.parts[k].work_n, sizeof(int64_t));
		number(&r.parts[k].time, sizeof r.parts[k].time);
	}
	return r;
}

static struct row row_without_repeats(void)
{
	return (struct row){.setting = {
		.mode = &mode,
		.policy = &policy,
		.job = {.workload = &workload, .engine = ENGINE_NATIVE, .size = 31, .tasks = 101,
			.iterations = ABSENT, .threads = 2, .workers = 2},
		.interval_ns = 5000000,
		.ticks = ABSENT,
		.work_divisor = 1,
		.accounting = ACCOUNTING_FULL,
		.world = {WORLD_REAL, ABSENT, ABSENT, NULL, BIND_NONE, COUNTERS_OFF},
	}};
}

static struct row full_row(void)
{
	struct row row = row_without_repeats();
	row.repeats = calloc(LEAST_SAMPLES_N, sizeof *row.repeats);
	assert_non_null(row.repeats);
	row.repeats_n = LEAST_SAMPLES_N;
	for (size_t k = 0; k < row.repeats_n; k++)
		row.repeats[k] = numbered_repeat();
	row_finish(&row);
	row.speedup = 1.75;
	row.speedup_low = 1.5;
	row.speedup_high = 2;
	row.efficiency = 0.875;
	row.efficiency_low = 0.75;
	row.efficiency_high = 1;
	return row;
}

static struct row finished_row_without_repeats(void)
{
	struct row row = row_without_repeats();
	row_finish(&row);
	return row;
}

/* CSV against JSON */

/* Cuts a line at its commas, in place; checks that it is one whole line. */
static size_t cut(char *line, char *cells[static COLUMNS_MOST])
{
	size_t n = 0;
	char *end = strchr(line, '\n');
	assert_non_null(end);
	assert_int_equal(end[1], '\0');
	*end = '\0';
	while (line) {
		assert_true(n < COLUMNS_MOST);
		cells[n++] = strsep(&line, ",");
	}
	return n;
}

static void assert_cell(const char *column, const char *cell, const json_t *value)
{
	char text[64] = "";
	if (!value)
		fail_msg("%s is not in the JSON object", column);
	if (json_is_string(value))
		snprintf(text, sizeof text, "%s", json_string_value(value));
	if (json_is_boolean(value))
		snprintf(text, sizeof text, "%s", json_is_true(value) ? "true" : "false");
	if (json_is_integer(value))
		snprintf(text, sizeof text, "%" PRId64, (int64_t)json_integer_value(value));
	if (json_is_real(value) && fabs(atof(cell) - json_real_value(value)) < 1e-5)
		return;
	if (strcmp(cell, text) != 0)
		fail_msg("%s is '%s', not '%s'", column, cell, text);
}

static void assert_formats_agree(const struct row *row)
{
	struct buffer header = {0}, line = {0};
	char *names[COLUMNS_MOST], *cells[COLUMNS_MOST];
	json_t *json = metrics_row_json(row);
	assert_non_null(json);
	assert_int_equal(metrics_csv_header(&header), 0);
	assert_int_equal(metrics_csv_row(&line, row), 0);
	size_t n = cut(header.bytes, names);
	assert_int_equal(cut(line.bytes, cells), n);
	for (size_t k = 0; k < n; k++)
		assert_cell(names[k], cells[k], metrics_at(json, names[k]));
	json_decref(json);
	buffer_free(&header);
	buffer_free(&line);
}

static void csv_and_json_agree_in_every_column(void **state)
{
	(void)state;
	struct row row = full_row(), none = finished_row_without_repeats();
	assert_formats_agree(&row);
	assert_formats_agree(&none);
	row.repeats[0].checksum_ok = false;
	row_finish(&row);
	assert_formats_agree(&row);
	row_free(&row);
}

static void no_column_comes_twice(void **state)
{
	(void)state;
	struct buffer header = {0};
	char *names[COLUMNS_MOST];
	assert_int_equal(metrics_csv_header(&header), 0);
	size_t n = cut(header.bytes, names);
	for (size_t k = 0; k < n; k++)
		for (size_t other = 0; other < k; other++)
			assert_string_not_equal(names[k], names[other]);
	buffer_free(&header);
}

/* What number() gave is found again, each in a column of its own. */
static void every_figure_of_the_typical_repeat_has_a_column(void **state)
{
	(void)state;
	struct row row = full_row();
	struct buffer line = {0};
	char *cells[COLUMNS_MOST];
	assert_int_equal(metrics_csv_row(&line, &row), 0);
	size_t n = cut(line.bytes, cells), found_n = 0;
	const int64_t *const groups[] = {(const int64_t *)&row.typical->gil,
					 (const int64_t *)&row.typical->time,
					 &row.typical->voluntary_n,
					 (const int64_t *)&row.typical->parent,
					 &row.typical->counters.cycles_n};
	const size_t sizes[] = {sizeof row.typical->gil / 8, sizeof row.typical->time / 8, 3,
				sizeof row.typical->parent / 8, 4};
	for (size_t g = 0; g < 5; g++)
		for (size_t figure = 0; figure < sizes[g]; figure++)
			for (size_t k = 0; k < n; k++)
				found_n += strtoll(cells[k], NULL, 10) == groups[g][figure];
	assert_int_equal(found_n, sizes[0] + sizes[1] + sizes[2] + sizes[3] + sizes[4]);
	buffer_free(&line);
	row_free(&row);
}

/* JSON */

static void an_interval_is_an_array_of_its_two_ends(void **state)
{
	(void)state;
	struct row row = full_row();
	json_t *json = metrics_row_json(&row);
	static const char *const paths[] = {"wall_ns.ci95", "user_ns.ci95", "sys_ns.ci95",
					    "speedup_ci95", "efficiency_ci95"};
	for (size_t k = 0; k < 5; k++) {
		const json_t *pair = metrics_at(json, paths[k]);
		assert_true(json_is_array(pair));
		assert_int_equal(json_array_size(pair), 2);
		assert_true(json_number_value(json_array_get(pair, 0)) <
			    json_number_value(json_array_get(pair, 1)));
	}
	assert_true(json_real_value(metrics_at(json, "speedup_ci95.lo")) == 1.5);
	assert_true(json_real_value(metrics_at(json, "speedup_ci95.hi")) == 2);
	json_decref(json);
	row_free(&row);
}

static void what_is_absent_is_null_never_0(void **state)
{
	(void)state;
	struct row row = finished_row_without_repeats();
	json_t *json = metrics_row_json(&row);
	static const char *const paths[] = {
		"iterations",	     "ticks",		"wall_ns.median", "wall_ns.stddev",
		"wall_ns.ci95.lo",   "wall_ns.ci95.hi", "speedup",	  "speedup_ci95.hi",
		"efficiency",	     "gil_stats.takes", "time_ns.io",	  "gil_stats.wait_ns.p99",
		"peak_rss_bytes",    "fairness_jain",	"time_ns.runqueue",
		"context_switches.voluntary", "parent_ns.move", "seed", "cost", "cost_digest",
		"prediction.error", "efficiency_ci95.lo", "wall_ns.outliers", "wall_ns.precision",
		"noise_floor", "bind", "counted", "counters.cycles", "counters.migrations",
		"counters.counted_share",
	};
	for (size_t k = 0; k < sizeof paths / sizeof *paths; k++)
		if (!json_is_null(metrics_at(json, paths[k])))
			fail_msg("%s is not null", paths[k]);
	assert_int_equal(json_array_size(metrics_at(json, "wall_ns.samples")), 0);
	assert_int_equal(json_array_size(metrics_at(json, "per_thread")), 0);
	json_decref(json);
}

static void a_row_holds_every_sample_and_the_threads_of_the_typical_repeat(void **state)
{
	(void)state;
	struct row row = full_row();
	json_t *json = metrics_row_json(&row);
	for (size_t k = 0; k < LEAST_SAMPLES_N; k++) {
		const struct repeat *r = &row.repeats[k];
		const int64_t times_ns[] = {r->wall_ns, r->user_ns, r->sys_ns};
		static const char *const paths[] = {"wall_ns.samples", "user_ns.samples",
						    "sys_ns.samples"};
		for (size_t t = 0; t < 3; t++) {
			const json_t *samples = metrics_at(json, paths[t]);
			assert_int_equal(json_array_size(samples), LEAST_SAMPLES_N);
			assert_int_equal(json_integer_value(json_array_get(samples, k)),
					 times_ns[t]);
		}
	}
	const json_t *threads = metrics_at(json, "per_thread");
	assert_int_equal(json_array_size(threads), PARTS_N);
	for (size_t k = 0; k < PARTS_N; k++) {
		const json_t *work = metrics_at(json_array_get(threads, k), "work_n");
		assert_int_equal(json_integer_value(work), row.typical->parts[k].work_n);
	}
	json_decref(json);
	row_free(&row);
}

static void a_wrong_result_has_no_samples(void **state)
{
	(void)state;
	struct row row = full_row();
	row.repeats[1].checksum_ok = false;
	row_finish(&row);
	json_t *json = metrics_row_json(&row);
	assert_true(json_is_false(metrics_at(json, "checksum_ok")));
	assert_true(json_is_null(metrics_at(json, "wall_ns.median")));
	assert_int_equal(json_array_size(metrics_at(json, "wall_ns.samples")), 0);
	assert_int_equal(json_array_size(metrics_at(json, "user_ns.samples")), 0);
	assert_int_equal(json_array_size(metrics_at(json, "sys_ns.samples")), 0);
	json_decref(json);
	row_free(&row);
}

static void a_row_in_virtual_time_names_its_machine_and_no_usage_of_the_host(void **state)
{
	(void)state;
	static const struct cost_model model = {.name = "made", .digest = "0123456789abcdef"};
	struct row row = full_row();
	row.setting.world = (struct world_choice){WORLD_IN_VIRTUAL_TIME, 64, 7, &model, ABSENT,
						    ABSENT};
	for (size_t k = 0; k < LEAST_SAMPLES_N; k++)
		row.repeats[k].user_ns = row.repeats[k].sys_ns = ABSENT;
	row_finish(&row);
	assert_formats_agree(&row);
	json_t *json = metrics_row_json(&row);
	assert_string_equal(json_string_value(metrics_at(json, "world")), "virtual");
	assert_int_equal(json_integer_value(metrics_at(json, "cores")), 64);
	assert_int_equal(json_integer_value(metrics_at(json, "seed")), 7);
	assert_string_equal(json_string_value(metrics_at(json, "cost")), "made");
	assert_string_equal(json_string_value(metrics_at(json, "cost_digest")), "0123456789abcdef");
	assert_true(json_is_null(metrics_at(json, "user_ns.median")));
	assert_int_equal(json_array_size(metrics_at(json, "user_ns.samples")), 0);
	assert_int_equal(json_array_size(metrics_at(json, "wall_ns.samples")),
			 LEAST_SAMPLES_N);
	json_decref(json);
	row_free(&row);
}

static void a_name_that_csv_would_cut_is_quoted(void **state)
{
	(void)state;
	static const struct cost_model model = {.name = "a, \"b\".json", .digest = "d"};
	struct row row = finished_row_without_repeats();
	struct buffer line = {0};
	row.setting.world = (struct world_choice){WORLD_IN_VIRTUAL_TIME, 64, 7, &model, ABSENT,
							 ABSENT};
	assert_int_equal(metrics_csv_row(&line, &row), 0);
	assert_non_null(strstr(line.bytes, ",7,\"a, \"\"b\"\".json\",d,"));
	buffer_free(&line);
}

static void settings_that_differ_have_texts_that_differ(void **state)
{
	(void)state;
	struct setting a = row_without_repeats().setting, b = a;
	json_t *json = metrics_setting_json(&a), *same = metrics_setting_json(&b);
	assert_true(json_equal(json, same));
	b.job.threads++;
	json_t *more = metrics_setting_json(&b);
	assert_false(json_equal(json, more));
	json_decref(more);
	b = a;
	b.world.bind = BIND_CORE;
	json_t *bound = metrics_setting_json(&b);
	assert_false(json_equal(json, bound));
	json_decref(bound);
	json_decref(same);
	json_decref(json);
}

/* There and back */

static struct repeat through_text(const struct repeat *r)
{
	struct repeat back;
	json_t *json = metrics_repeat_json(r);
	char *text = json_dumps(json, JSON_COMPACT);
	assert_non_null(text);
	json_decref(json);
	json = json_loads(text, 0, NULL);
	free(text);
	assert_int_equal(metrics_read_repeat(json, &back), 0);
	json_decref(json);
	return back;
}

static void assert_repeats_equal(const struct repeat *a, const struct repeat *b)
{
	assert_memory_equal(&a->wall_ns, &b->wall_ns, 3 * sizeof(int64_t));
	assert_string_equal(a->checksum, b->checksum);
	assert_int_equal(a->checksum_ok, b->checksum_ok);
	assert_memory_equal(&a->gil, &b->gil, sizeof a->gil);
	assert_memory_equal(&a->time, &b->time, sizeof a->time);
	assert_memory_equal(&a->voluntary_n, &b->voluntary_n, 3 * sizeof(int64_t));
	assert_memory_equal(&a->parent, &b->parent, sizeof a->parent);
	assert_true(a->fairness_jain == b->fairness_jain ||
		    (isnan(a->fairness_jain) && isnan(b->fairness_jain)));
	assert_int_equal(a->parts_n, b->parts_n);
	for (size_t k = 0; k < a->parts_n; k++) {
		assert_string_equal(a->parts[k].name, b->parts[k].name);
		assert_int_equal(a->parts[k].work_n, b->parts[k].work_n);
		assert_memory_equal(&a->parts[k].time, &b->parts[k].time, sizeof a->parts[k].time);
	}
}

static void assert_comes_back(struct repeat *r)
{
	struct repeat back = through_text(r);
	assert_repeats_equal(&back, r);
	repeat_free(&back);
}

static void a_repeat_comes_back_with_every_figure(void **state)
{
	(void)state;
	struct repeat r = numbered_repeat();
	assert_comes_back(&r);
	r.checksum_ok = false;
	strcpy(r.checksum, "18446744073709551615");
	assert_comes_back(&r);
	repeat_free(&r);
}

static void each_absent_figure_comes_back_absent_and_alone(void **state)
{
	(void)state;
	struct repeat r = numbered_repeat();
	int64_t *groups[] = {(int64_t *)&r.gil, (int64_t *)&r.time, &r.voluntary_n,
			     (int64_t *)&r.parts[1].time, (int64_t *)&r.parent};
	const size_t sizes[] = {sizeof r.gil / 8, sizeof r.time / 8, 3,
				sizeof r.parts[1].time / 8, sizeof r.parent / 8};
	for (size_t g = 0; g < 5; g++)
		for (size_t k = 0; k < sizes[g]; k++) {
			int64_t figure = groups[g][k];
			groups[g][k] = ABSENT;
			assert_comes_back(&r);
			groups[g][k] = figure;
		}
	r.fairness_jain = NAN;
	assert_comes_back(&r);
	repeat_free(&r);
}

static void the_widest_figures_come_back(void **state)
{
	(void)state;
	struct repeat r = numbered_repeat();
	r.gil.takes_n = INT64_MAX - 1;
	r.gil.wait_ns = 0;
	r.time.running_ns = -1; /* clocks of two cores may differ by a little */
	r.fairness_jain = 0x1.fffffffffffffp-2;
	memset(r.checksum, '7', sizeof r.checksum - 1);
	memset(r.parts[0].name, 'n', sizeof r.parts[0].name - 1);
	assert_comes_back(&r);
	repeat_free(&r);
}

static void a_repeat_without_threads_comes_back(void **state)
{
	(void)state;
	struct repeat r = {.wall_ns = 1, .user_ns = 2, .sys_ns = 3, .fairness_jain = NAN};
	assert_comes_back(&r);
}

static void unknown_keys_are_passed_over_and_missing_ones_absent(void **state)
{
	(void)state;
	struct repeat r;
	json_t *json = json_loads("{\"wall_ns\": 5, \"user_ns\": 4, \"sys_ns\": 3, \"new\": {},"
				  " \"time_ns\": {\"running\": 2, \"dreaming\": 1}}", 0, NULL);
	assert_int_equal(metrics_read_repeat(json, &r), 0);
	assert_int_equal(r.wall_ns, 5);
	assert_int_equal(r.time.running_ns, 2);
	assert_true(r.time.io_ns == ABSENT && r.gil.takes_n == ABSENT);
	assert_true(isnan(r.fairness_jain));
	assert_false(r.checksum_ok);
	assert_int_equal(r.parts_n, 0);
	repeat_free(&r);
	json_decref(json);
}

static void what_is_not_a_repeat_is_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"{}", "[]", "[5, 4, 3]", "{\"wall_ns\": 5, \"user_ns\": 4}",
		"{\"wall_ns\": \"5\", \"user_ns\": 4, \"sys_ns\": 3}",
		"{\"wall_ns\": null, \"user_ns\": 4, \"sys_ns\": 3}",
	};
	struct repeat r;
	assert_int_equal(metrics_read_repeat(NULL, &r), -EINVAL);
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
		json_t *json = json_loads(wrong[k], 0, NULL);
		assert_non_null(json);
		assert_int_equal(metrics_read_repeat(json, &r), -EINVAL);
		json_decref(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_and_json_agree_in_every_column),
		cmocka_unit_test(no_column_comes_twice),
		cmocka_unit_test(every_figure_of_the_typical_repeat_has_a_column),
		cmocka_unit_test(an_interval_is_an_array_of_its_two_ends),
		cmocka_unit_test(what_is_absent_is_null_never_0),
		cmocka_unit_test(a_row_holds_every_sample_and_the_threads_of_the_typical_repeat),
		cmocka_unit_test(a_wrong_result_has_no_samples),
		cmocka_unit_test(a_row_in_virtual_time_names_its_machine_and_no_usage_of_the_host),
		cmocka_unit_test(a_name_that_csv_would_cut_is_quoted),
		cmocka_unit_test(settings_that_differ_have_texts_that_differ),
		cmocka_unit_test(a_repeat_comes_back_with_every_figure),
		cmocka_unit_test(each_absent_figure_comes_back_absent_and_alone),
		cmocka_unit_test(the_widest_figures_come_back),
		cmocka_unit_test(a_repeat_without_threads_comes_back),
		cmocka_unit_test(unknown_keys_are_passed_over_and_missing_ones_absent),
		cmocka_unit_test(what_is_not_a_repeat_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
