/* cost - files of gilsim calibrate.  A good one is asked for what it says, written, and read
 * again. */
#include "fuzz.h"

#include "measure/cost_file.h"

static void check_costs(const struct cost_model *m)
{
	static const int64_t items[] = {0, 1, 2, 1000, INT64_C(1) << 40, INT64_MAX};
	enum { ITEMS_N = sizeof items / sizeof *items };
	MUST(machine_cost_check(&m->machine, NULL) == 0);
	for (size_t w = 0; w < m->works_n; w++) {
		const struct work_cost *work = cost_of(m, m->works[w].workload, m->works[w].engine);
		uint32_t burns[OPCODES_N];
		MUST(work);
		cost_burns(m, work, NULL, burns);
		for (size_t k = 0; k < ITEMS_N * ITEMS_N; k++)
			MUST(cost_native_ps(m, work, items[k / ITEMS_N], items[k % ITEMS_N]) >= 0);
	}
}

static void check_copy(const struct cost_model *m)
{
	char *text = NULL;
	size_t size = 0;
	struct cost_model copy;
	struct error err = {""};
	FILE *file = fuzz_memory(open_memstream(&text, &size));
	MUST(cost_write(file, m) == 0);
	fclose(file);
	char *path = fuzz_file(text, size, ".json");
	MUST(cost_read(&copy, path, &err) == 0 && strcmp(copy.digest, m->digest) == 0);
	cost_free(&copy);
	fuzz_unlink(path);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *path = fuzz_file(data, size, ".json");
	struct cost_model m;
	struct error err = {""};
	int failed = cost_read(&m, path, &err);
	check_failure(failed, &err);
	MUST(!failed || !m.works_n);
	fuzz_unlink(path);
	if (!failed) {
		m.name = "cost";
		check_costs(&m);
		check_copy(&m);
	}
	cost_free(&m);
	return 0;
}
