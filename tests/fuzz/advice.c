/* advice - documents of gilsim advise, decided again. */
#include "fuzz.h"

#include <gsl/gsl_errno.h>

#include "report/advice.h"

static void decide(const struct kept_results *kept)
{
	struct question q = {0};
	struct finding f = {0};
	struct row *rows = NULL;
	struct error err = {""};
	size_t rows_n = 0;
	int failed = advice_read(kept, &q, &rows, &rows_n, &err);
	if (!failed)
		failed = advice_finding(&q, rows, rows_n, &f, &err);
	check_failure(failed, &err);
	MUST(failed || f.text.size);
	for (size_t k = 0; k < rows_n; k++)
		row_free(&rows[k]);
	free(rows);
	json_decref(f.json);
	buffer_free(&f.text);
	question_free(&q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gsl_set_error_handler_off();
	char *path = fuzz_file(data, size, ".json");
	struct kept_results kept = {0};
	struct error err = {""};
	int failed = results_read(&kept, path, &err);
	check_failure(failed, &err);
	if (!failed)
		decide(&kept);
	results_close(&kept);
	fuzz_unlink(path);
	return 0;
}
