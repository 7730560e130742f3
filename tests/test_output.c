/* test_output - files that are whole or not there, and runs that go on where they ended.
 *
 * Method: a folder of its own; what stands in it is read after each step.  A file that was
 * replaced and not written over is still whole for whoever had opened it before.  Rows are
 * made by hand, and written by gilsim's own formats or by one that fails on purpose. */
#include "claims.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "report/report.h"

static const struct workload workload = {.name = "adding", .total = TOTAL_SUM_INT};
static const struct mode mode = {.name = "crowd"};
static const struct gil_policy policy = {.name = "strict"};

static char folder[64], target[128];

static int remove_folder(void **state)
{
	(void)state;
	DIR *listing = opendir(folder);
	for (const struct dirent *entry; listing && (entry = readdir(listing));)
		if (*entry->d_name != '.')
			unlinkat(dirfd(listing), entry->d_name, 0);
	if (listing)
		closedir(listing);
	return rmdir(folder);
}

static int make_folder(void **state)
{
	(void)state;
	int failed = -1;
	errno = EEXIST;
	for (int k = 0; failed && errno == EEXIST; k++) {
		snprintf(folder, sizeof folder, "/tmp/gilsim-test-%ld-%d", (long)getpid(), k);
		failed = mkdir(folder, 0700);
	}
	snprintf(target, sizeof target, "%s/results.jsonl", folder);
	return failed;
}

static int files_n(void)
{
	int n = 0;
	DIR *listing = opendir(folder);
	assert_non_null(listing);
	for (const struct dirent *entry; (entry = readdir(listing));)
		n += *entry->d_name != '.';
	closedir(listing);
	return n;
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* All of a file; buffer_free it. */
static struct buffer text_of(const char *path)
{
	struct buffer text = {0};
	char bytes[4096];
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	for (size_t n; (n = fread(bytes, 1, sizeof bytes, file)) > 0;)
		assert_int_equal(buffer_append(&text, bytes, n), 0);
	fclose(file);
	assert_non_null(text.bytes);
	return text;
}

static void assert_text(const char *path, const char *expected)
{
	struct buffer text = text_of(path);
	assert_string_equal(text.bytes, expected);
	buffer_free(&text);
}

/* Rows and repeats by hand */

static struct row row_of(int64_t threads)
{
	return (struct row){.setting = {
		.mode = &mode,
		.policy = &policy,
		.job = {.workload = &workload, .size = 30, .tasks = ABSENT, .iterations = ABSENT,
			.threads = threads, .workers = threads},
		.interval_ns = 5000000,
		.ticks = ABSENT,
		.work_divisor = 1,
	}};
}

static struct repeat repeat_of(int64_t wall_ns)
{
	return (struct repeat){.wall_ns = wall_ns, .user_ns = 1, .sys_ns = 2, .checksum = "99",
			       .checksum_ok = true, .fairness_jain = 1};
}

static struct output output_to(const char *path)
{
	return (struct output){.format = format_of_file(path), .path = path};
}

/* A run's repeats, one for each time: to the row of so many threads; ends with 0. */
struct planned {
	int64_t threads, wall_ns;
};

static void write_repeats(const struct planned *planned, bool resume)
{
	struct output o = output_to(target);
	assert_int_equal(outputs_open(&o, 1, resume, NULL), 0);
	for (; planned->threads; planned++) {
		struct row row = row_of(planned->threads);
		struct repeat repeat = repeat_of(planned->wall_ns);
		assert_int_equal(output_repeat(&o, &row, &repeat, NULL), 0);
	}
	assert_int_equal(output_finish(&o, &(struct report){0}, NULL), 0);
}

#define WRITE(resume, ...) write_repeats((const struct planned[]){__VA_ARGS__, {0, 0}}, resume)

static void assert_walls(struct row *row, const int64_t *walls_ns)
{
	size_t n = 0;
	for (; walls_ns[n]; n++)
		if (n >= row->repeats_n || row->repeats[n].wall_ns != walls_ns[n])
			fail_msg("repeat %zu of %zu is wrong", n, row->repeats_n);
	assert_int_equal(row->repeats_n, n);
	row_free(row);
}

#define ASSERT_WALLS(row, ...) assert_walls(row, (const int64_t[]){__VA_ARGS__})

/* Going on where a run ended */

static void repeats_go_back_to_the_rows_they_came_from(void **state)
{
	(void)state;
	struct row rows[] = {row_of(1), row_of(2), row_of(3)};
	WRITE(false, {2, 21}, {1, 11}, {2, 22}, {1, 12}, {2, 23});
	assert_int_equal(jsonl_resume(target, rows, 3, NULL), 0);
	ASSERT_WALLS(&rows[0], 11, 12, 0);
	ASSERT_WALLS(&rows[1], 21, 22, 23, 0);
	ASSERT_WALLS(&rows[2], 0);
}

static void repeats_of_settings_that_are_not_asked_for_are_passed_over_and_kept(void **state)
{
	(void)state;
	struct row rows[] = {row_of(3)};
	WRITE(false, {1, 11}, {3, 31}, {8, 81});
	struct buffer before = text_of(target);
	assert_int_equal(jsonl_resume(target, rows, 1, NULL), 0);
	ASSERT_WALLS(&rows[0], 31, 0);
	assert_text(target, before.bytes);
	buffer_free(&before);
}

static void a_resumed_run_appends_to_what_was_there(void **state)
{
	(void)state;
	struct row rows[] = {row_of(1)};
	WRITE(false, {1, 11}, {1, 12});
	WRITE(true, {1, 13});
	assert_int_equal(jsonl_resume(target, rows, 1, NULL), 0);
	ASSERT_WALLS(&rows[0], 11, 12, 13, 0);
}

static void a_run_that_is_not_resumed_starts_the_file_anew(void **state)
{
	(void)state;
	struct row rows[] = {row_of(1)};
	WRITE(false, {1, 11}, {1, 12});
	WRITE(false, {1, 13});
	assert_int_equal(jsonl_resume(target, rows, 1, NULL), 0);
	ASSERT_WALLS(&rows[0], 13, 0);
}

static void a_file_that_does_not_exist_is_an_empty_one(void **state)
{
	(void)state;
	struct row rows[] = {row_of(1)};
	assert_int_equal(jsonl_resume(target, rows, 1, NULL), 0);
	assert_int_equal(files_n(), 0);
	write_text(target, "");
	assert_int_equal(jsonl_resume(target, rows, 1, NULL), 0);
	ASSERT_WALLS(&rows[0], 0);
}

/* Every place at which a kill may have cut the last line. */
static void a_torn_line_is_cut_wherever_it_was_torn(void **state)
{
	(void)state;
	WRITE(false, {1, 11}, {1, 12});
	struct buffer whole = text_of(target);
	size_t first_ends = (size_t)(strchr(whole.bytes, '\n') + 1 - whole.bytes);
	for (size_t size = first_ends; size < whole.size; size++) {
		struct row rows[] = {row_of(1)};
		assert_int_equal(truncate(target, (off_t)size), 0);
		assert_int_equal(jsonl_resume(target, rows, 1, NULL), 0);
		ASSERT_WALLS(&rows[0], 11, 0);
		struct stat status;
		assert_int_equal(stat(target, &status), 0);
		assert_int_equal(status.st_size, first_ends);
		write_text(target, whole.bytes);
	}
	buffer_free(&whole);
}

static void a_repeat_written_after_a_cut_is_read_again(void **state)
{
	(void)state;
	struct row rows[] = {row_of(1)}, again[] = {row_of(1)};
	WRITE(false, {1, 11}, {1, 12});
	struct buffer whole = text_of(target);
	assert_int_equal(truncate(target, (off_t)whole.size - 20), 0);
	assert_int_equal(jsonl_resume(target, rows, 1, NULL), 0);
	ASSERT_WALLS(&rows[0], 11, 0);
	WRITE(true, {1, 13});
	assert_int_equal(jsonl_resume(target, again, 1, NULL), 0);
	ASSERT_WALLS(&again[0], 11, 13, 0);
	buffer_free(&whole);
}

static void assert_refused(const char *text, const char *line)
{
	struct row rows[] = {row_of(1)};
	struct error err = {""};
	char expected[160];
	write_text(target, text);
	assert_int_equal(jsonl_resume(target, rows, 1, &err), -EINVAL);
	snprintf(expected, sizeof expected, "%s:%s: not a line of gilsim's jsonl", target, line);
	if (strncmp(err.text, expected, strlen(expected)) != 0)
		fail_msg("said '%s', not '%s'", err.text, expected);
	assert_text(target, text);
	row_free(&rows[0]);
}

static void a_foreign_line_is_refused_and_left_as_it_is(void **state)
{
	(void)state;
	assert_refused("shopping list\n", "1");
	assert_refused("\n", "1");
	assert_refused("{}\n", "1");
	assert_refused("[1, 2]\n", "1");
	assert_refused("{\"schema\": 1}\n", "1");
	assert_refused("{\"schema\":\"gilsim-results/1\"}\nwith a torn", "1");
	assert_refused("{\"schema\":\"gilsim-repeat/1\",\"setting\":{},\"repeat\":{}}\n", "1");
}

static void a_foreign_line_behind_right_ones_is_named_by_its_number(void **state)
{
	(void)state;
	WRITE(false, {1, 11}, {1, 12});
	struct buffer text = text_of(target);
	assert_int_equal(buffer_printf(&text, "# a note\n"), 0);
	assert_refused(text.bytes, "3");
	buffer_free(&text);
}

/* A torn line must look like one of ours, or a note without a last newline is lost. */
static void a_foreign_text_without_a_newline_is_not_cut(void **state)
{
	(void)state;
	assert_refused("all I know about locks", "1");
}

static void a_folder_cannot_be_resumed(void **state)
{
	(void)state;
	struct row rows[] = {row_of(1)};
	struct error err = {""};
	assert_int_equal(jsonl_resume(folder, rows, 1, &err), -EISDIR);
	assert_non_null(strstr(err.text, folder));
}

/* Whole files */

static struct row finished[2];
static struct report report = {.rows = finished, .rows_n = 2};

static void finish_rows(void)
{
	for (size_t k = 0; k < 2; k++) {
		finished[k] = row_of((int64_t)k + 1);
		row_finish(&finished[k]);
	}
}

static int fail_halfway(FILE *file, const struct report *unused)
{
	(void)unused;
	fputs("half of the", file);
	return -ENOMEM;
}

static const struct format failing = {.name = "failing", .whole = fail_halfway};

static void a_finished_report_replaces_the_file_and_leaves_no_other(void **state)
{
	(void)state;
	static const char *const endings[] = {"csv", "json"};
	finish_rows();
	for (size_t k = 0; k < 2; k++) {
		char path[128], old[16] = "";
		snprintf(path, sizeof path, "%s/results.%s", folder, endings[k]);
		write_text(path, "old");
		int before = open(path, O_RDONLY);
		struct output o = output_to(path);
		assert_non_null(o.format);
		assert_int_equal(outputs_open(&o, 1, false, NULL), 0);
		assert_text(path, "old");
		assert_int_equal(output_finish(&o, &report, NULL), 0);
		struct buffer now = text_of(path);
		assert_non_null(strstr(now.bytes, "adding"));
		assert_int_equal(read(before, old, sizeof old - 1), 3);
		assert_string_equal(old, "old");
		assert_int_equal(files_n(), (int)k + 1);
		close(before);
		buffer_free(&now);
	}
}

static void a_report_that_fails_leaves_the_old_file_and_no_other(void **state)
{
	(void)state;
	struct error err = {""};
	struct output o = {.format = &failing, .path = target};
	write_text(target, "old");
	assert_int_equal(outputs_open(&o, 1, false, NULL), 0);
	assert_int_equal(output_finish(&o, &report, &err), -ENOMEM);
	assert_non_null(strstr(err.text, target));
	assert_text(target, "old");
	assert_int_equal(files_n(), 1);
}

static void opening_a_whole_format_makes_no_file(void **state)
{
	(void)state;
	char path[128];
	snprintf(path, sizeof path, "%s/results.csv", folder);
	struct output o = output_to(path);
	assert_int_equal(outputs_open(&o, 1, false, NULL), 0);
	output_close(&o);
	assert_int_equal(files_n(), 0);
}

static void a_folder_is_refused_before_anything_is_measured(void **state)
{
	(void)state;
	for (size_t k = 0; k < formats_n; k++) {
		struct error err = {""};
		struct output o = {.format = formats[k], .path = folder};
		assert_int_equal(outputs_check(&o, 1, &err), -EISDIR);
		assert_non_null(strstr(err.text, folder));
		output_close(&o);
	}
}

static void a_file_in_a_folder_that_is_not_there_is_refused(void **state)
{
	(void)state;
	for (size_t k = 0; k < formats_n; k++) {
		char path[128];
		struct error err = {""};
		snprintf(path, sizeof path, "%s/nowhere/results", folder);
		struct output o = {.format = formats[k], .path = path};
		assert_int_equal(outputs_check(&o, 1, &err), -ENOENT);
		assert_non_null(strstr(err.text, path));
		output_close(&o);
	}
}

/* Devices, by a link so that nothing outside the folder could ever be replaced. */
static void a_full_device_is_an_error_in_every_format(void **state)
{
	(void)state;
	if (symlink("/dev/full", target))
		skip();
	finish_rows();
	for (size_t k = 0; k < formats_n; k++) {
		struct error err = {""};
		struct output o = {.format = formats[k], .path = target};
		struct repeat repeat = repeat_of(1);
		assert_int_equal(outputs_open(&o, 1, false, NULL), 0);
		int failed = output_repeat(&o, &finished[0], &repeat, &err);
		if (!failed)
			failed = output_finish(&o, &report, &err);
		assert_int_equal(failed, -ENOSPC);
		assert_non_null(strstr(err.text, target));
		output_close(&o);
	}
	assert_int_equal(files_n(), 1);
}

static void a_device_is_written_and_not_replaced(void **state)
{
	(void)state;
	struct stat status;
	if (symlink("/dev/null", target))
		skip();
	finish_rows();
	for (size_t k = 0; k < formats_n; k++) {
		struct output o = {.format = formats[k], .path = target};
		assert_int_equal(outputs_open(&o, 1, false, NULL), 0);
		assert_int_equal(output_finish(&o, &report, NULL), 0);
		assert_int_equal(lstat(target, &status), 0);
		assert_true(S_ISLNK(status.st_mode));
	}
	assert_int_equal(files_n(), 1);
}

static void a_format_is_found_by_its_name_and_its_ending(void **state)
{
	(void)state;
	for (size_t k = 0; k < formats_n; k++) {
		char path[64];
		assert_ptr_equal(format_find(formats[k]->name), formats[k]);
		if (!formats[k]->ending)
			continue;
		snprintf(path, sizeof path, "some.where/all.results%s", formats[k]->ending);
		assert_ptr_equal(format_of_file(path), formats[k]);
	}
	assert_null(format_find("xml"));
	assert_null(format_of_file("results.xml"));
	assert_null(format_of_file("results"));
	assert_null(format_of_file("csv"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_FOLDER(claim) cmocka_unit_test_setup_teardown(claim, make_folder, remove_folder)
		IN_FOLDER(repeats_go_back_to_the_rows_they_came_from),
		IN_FOLDER(repeats_of_settings_that_are_not_asked_for_are_passed_over_and_kept),
		IN_FOLDER(a_resumed_run_appends_to_what_was_there),
		IN_FOLDER(a_run_that_is_not_resumed_starts_the_file_anew),
		IN_FOLDER(a_file_that_does_not_exist_is_an_empty_one),
		IN_FOLDER(a_torn_line_is_cut_wherever_it_was_torn),
		IN_FOLDER(a_repeat_written_after_a_cut_is_read_again),
		IN_FOLDER(a_foreign_line_is_refused_and_left_as_it_is),
		IN_FOLDER(a_foreign_line_behind_right_ones_is_named_by_its_number),
		IN_FOLDER(a_foreign_text_without_a_newline_is_not_cut),
		IN_FOLDER(a_folder_cannot_be_resumed),
		IN_FOLDER(a_finished_report_replaces_the_file_and_leaves_no_other),
		IN_FOLDER(a_report_that_fails_leaves_the_old_file_and_no_other),
		IN_FOLDER(opening_a_whole_format_makes_no_file),
		IN_FOLDER(a_folder_is_refused_before_anything_is_measured),
		IN_FOLDER(a_file_in_a_folder_that_is_not_there_is_refused),
		IN_FOLDER(a_full_device_is_an_error_in_every_format),
		IN_FOLDER(a_device_is_written_and_not_replaced),
		cmocka_unit_test(a_format_is_found_by_its_name_and_its_ending),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
