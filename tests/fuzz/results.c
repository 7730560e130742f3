/* results - two kept results compared: documents, or lines where the first has a line's schema.
 * Behind a line of three dashes stands the second; without one it is the first again. */
#include "fuzz.h"

#include <gsl/gsl_errno.h>

#include "report/compare.h"

static const char between[] = "\n---\n";
enum { BETWEEN_BYTES = sizeof between - 1 };

static void check_written(const struct compare_results *r)
{
	static int (*const writers[])(FILE *, const void *) = {
		compare_write_table, compare_write_json, compare_write_csv};
	char setting[SETTING_MOST];
	size_t first;
	if (compare_worse_n(r, &first))
		MUST(*compare_setting_text(r, first, setting));
	for (size_t k = 0; k < sizeof writers / sizeof *writers; k++) {
		char *text = NULL;
		size_t size = 0;
		FILE *file = fuzz_memory(open_memstream(&text, &size));
		MUST(writers[k](file, r) == 0);
		MUST(fclose(file) == 0 && size > 0);
		free(text);
	}
}

static void compare(const char *a, const char *b, const struct compare_choice *choice)
{
	struct compare_results r = {0};
	struct error err = {""};
	int failed = compare_open(&r, a, b, choice, &err);
	check_failure(failed, &err);
	if (!failed)
		check_written(&r);
	compare_close(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memmem(data, size, between, BETWEEN_BYTES);
	size_t first = end ? (size_t)(end - data) + 1 : size;
	bool is_lines = first && memmem(data, first, "gilsim-repeat", strlen("gilsim-repeat"));
	const char *ending = is_lines ? ".jsonl" : ".json";
	const char *other = is_lines ? "b.jsonl" : "b.json";
	char *a = fuzz_file(data, first, ending);
	char *b = end ? fuzz_file(end + BETWEEN_BYTES, size - first - BETWEEN_BYTES + 1, other)
		      : fuzz_file(data, size, other);
	gsl_set_error_handler_off();
	compare(a, b, &(struct compare_choice){.threshold = 0.05});
	compare(a, b, &(struct compare_choice){.threshold = 0.05, .force = true, .across = 0xa5});
	fuzz_unlink(a);
	fuzz_unlink(b);
	return 0;
}
