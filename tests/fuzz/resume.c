/* resume - lines that a killed run left, read back into the rows of a run that goes on. */
#include "fuzz.h"

#include <gsl/gsl_errno.h>

#include "cli/options.h"
#include "report/metrics.h"

/* Of all rows what a report says of them. */
static void report(struct row *rows, size_t n)
{
	for (size_t k = 0; k < n; k++)
		row_finish(&rows[k]);
	MUST(rows_find_noise(rows, n) == 0);
	rows_compare(rows, n);
	rows_fit(rows, n);
	for (size_t k = 0; k < n; k++) {
		struct buffer line = {0};
		json_t *row = metrics_row_json(&rows[k]);
		MUST(row && metrics_csv_row(&line, &rows[k]) == 0);
		json_decref(row);
		buffer_free(&line);
	}
}

static void resume(const char *path, const struct setting *settings, size_t n)
{
	struct row *rows = fuzz_memory(calloc(n, sizeof *rows));
	struct error err = {""};
	for (size_t k = 0; k < n; k++)
		rows[k].setting = settings[k];
	int failed = jsonl_resume(path, rows, n, &err);
	check_failure(failed, &err);
	if (!failed)
		report(rows, n);
	for (size_t k = 0; k < n; k++)
		row_free(&rows[k]);
	free(rows);
}

/* The rows are those of lines in the corpus, on whatever machine. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const words[] = {"gilsim", "--workload=count", "--size=1000",
					    "--mode=locked,process", "--threads=1,2",
					    "--world=virtual", "--cores=2", NULL};
	static const struct options_of run = {.doc = "", .repeats = {10, 1}};
	const struct own own = {0};
	char *argv[sizeof words / sizeof *words];
	struct options o = {0};
	struct setting *settings = NULL;
	size_t n = 0;
	gsl_set_error_handler_off();
	memcpy(argv, words, sizeof words);
	MUST(options_read(&o, &run, sizeof words / sizeof *words - 1, argv, &(struct error){""}) ==
	     0);
	o.costs.model = cost_preset_find("cpython313");
	MUST(options_settings(&o, &own, &settings, &n, NULL) == 0);
	char *path = fuzz_file(data, size, ".jsonl");
	resume(path, settings, n);
	fuzz_unlink(path);
	free(settings);
	options_free(&o);
	return 0;
}
