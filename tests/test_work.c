/* test_work - workloads: how work is cut into tasks, and that right results are known by
 * other means than the programs.
 *
 * Method: jobs of every workload and form, run by one thread task by task; and the exact
 * results of CPython 3.11 and NumPy 1.24. */
#include "claims.h"

#include <errno.h>
#include <stdlib.h>

#include "workload/workload.h"

extern const struct workload workload_laplace, workload_fib, workload_count, workload_sum,
	workload_sumsq, workload_matmul, workload_matmul_blocked, workload_memory, workload_files;

static struct job job_of(const struct workload *workload, enum engine engine, int64_t size,
			 int64_t tasks, int64_t iterations)
{
	return (struct job){.workload = workload, .engine = engine, .size = size, .tasks = tasks,
			    .iterations = iterations, .threads = 1, .workers = 1};
}

static struct work opened(const struct job *job)
{
	struct work w;
	struct error err = {""};
	if (work_open(&w, job, NULL, &err))
		fail_msg("%s", err.text);
	return w;
}

/* Of the last run. */
static int64_t global, references_off;

static union value total_of(const struct work *w, const union value *results)
{
	if (w->job.workload->total == TOTAL_GLOBAL)
		return (union value){.i = global};
	if (w->job.workload->total == TOTAL_REFERENCES)
		return (union value){.i = references_off};
	return work_total(w, results);
}

/* Runs all tasks; the caller frees the results. */
static union value *results_of(const struct work *w)
{
	static struct interpreter interpreter;
	static struct module module;
	static struct gil_stats stats;
	static struct vm_thread t;
	union value *results = calloc((size_t)w->tasks_n, sizeof *results);
	assert_non_null(results);
	const struct interpreter_options options = {
		.policy = gil_policy_find("cpython"), .interval_ns = ABSENT, .ticks = ABSENT};
	assert_int_equal(interpreter_open(&interpreter, &options), 0);
	assert_int_equal(module_open(&module, &interpreter, &w->program), 0);
	assert_int_equal(vm_thread_open(&t, &module, "test", ACCOUNTING_COUNTS, &stats), 0);
	gil_take(&t.gil);
	assert_int_equal(work_run(w, &t, w->args, w->tasks_n, results), VM_TRAP_NONE);
	gil_detach(&t.gil);
	vm_thread_close(&t);
	global = module_outcome(&module);
	references_off = module_references_off(&module);
	module_close(&module);
	interpreter_close(&interpreter);
	return results;
}

struct published {
	int64_t n, updates, tasks;
	double first, total;
};

static void check_published(const struct published *p, enum engine engine, double tolerance)
{
	struct job job = job_of(&workload_laplace, engine, p->n, p->tasks, p->updates);
	struct work w = opened(&job);
	union value *results = results_of(&w), total = work_total(&w, results);
	assert_true(work_verify(&w, total, false));
	assert_true(results[0].f - p->first <= tolerance * p->first &&
		    p->first - results[0].f <= tolerance * p->first);
	assert_true(total.f - p->total <= tolerance * p->total &&
		    p->total - total.f <= tolerance * p->total);
	free(results);
	work_close(&w);
}

static void laplace_in_place_matches_cpython_bit_for_bit(void **state)
{
	(void)state;
	static const struct published in_place[] = {
		{30, 30, 100, 0x1.003c027cf4662p+7, 0x1.2c4652ea6e67bp+14},
		{30, 100, 1, 0x1.74148fc0b3207p+7, 0x1.74148fc0b3207p+7},
		{7, 5, 3, 0x1.84c1562a10000p+3, 0x1.b55980ef52000p+5},
	};
	for (size_t k = 0; k < sizeof in_place / sizeof *in_place; k++)
		check_published(&in_place[k], ENGINE_BYTECODE, 0);
}

static void laplace_from_old_cells_matches_numpy_within_rounding(void **state)
{
	(void)state;
	static const struct published jacobi[] = {
		{30, 30, 100, 0x1.831521f43de4ap+6, 0x1.c59cc3ca3889bp+13},
		{30, 100, 1, 0x1.27f8464fbf8e0p+7, 0x1.27f8464fbf8e0p+7},
		{7, 5, 3, 0x1.53a0000000000p+3, 0x1.7e14000000000p+5},
	};
	for (size_t k = 0; k < sizeof jacobi / sizeof *jacobi; k++)
		check_published(&jacobi[k], ENGINE_NATIVE, 1e-12);
}

static double native_laplace(int64_t n, int64_t updates, int64_t per_call)
{
	struct job job = job_of(&workload_laplace, ENGINE_NATIVE, n, 1, updates);
	job.updates_per_call = per_call;
	struct work w = opened(&job);
	union value *results = results_of(&w), total = work_total(&w, results);
	assert_true(work_verify(&w, total, false));
	free(results);
	work_close(&w);
	return total.f;
}

/* Sides on both forms of an update, and at their border; calls that leave a rest, and that are
 * longer than all updates. */
static void updates_in_one_call_give_the_same_bits_as_in_many(void **state)
{
	(void)state;
	static const int64_t sides[] = {3, 4, 10, 31, 181, 182, 190}, calls[] = {2, 5, 8, 9, 100};
	for (size_t k = 0; k < sizeof sides / sizeof *sides; k++)
		for (int64_t updates = 1; updates < 30; updates += 9)
			for (size_t call = 0; call < sizeof calls / sizeof *calls; call++)
				assert_true(native_laplace(sides[k], updates, calls[call]) ==
					    native_laplace(sides[k], updates, 1));
}

static void both_forms_of_whole_numbers_give_the_known_values(void **state)
{
	(void)state;
	static const struct {
		const struct workload *workload;
		int64_t size;
		uint64_t value;
	} known[] = {
		{&workload_fib, 0, 0}, {&workload_fib, 1, 1}, {&workload_fib, 10, 55},
		{&workload_fib, 90, UINT64_C(2880067194370816120)},
		{&workload_fib, 94, UINT64_C(1293530146158671551)},
		{&workload_fib, 1000000, UINT64_C(14197223477820724411)},
		{&workload_count, 1, 1}, {&workload_count, 12345, 12345},
		{&workload_sum, 1, 0}, {&workload_sum, 2, 1}, {&workload_sum, 1000, 499500},
		{&workload_sum, 1000000, UINT64_C(499999500000)},
		{&workload_sumsq, 1, 0}, {&workload_sumsq, 2, 1}, {&workload_sumsq, 4, 14},
		{&workload_sumsq, 1000, 332833500},
		{&workload_sumsq, 10000000, UINT64_C(1291890006563070912)},
	};
	for (size_t k = 0; k < sizeof known / sizeof *known; k++)
		for (int engine = 0; engine < ENGINES_N; engine++) {
			struct job job = job_of(known[k].workload, (enum engine)engine,
						known[k].size, 1, ABSENT);
			struct work w = opened(&job);
			union value *results = results_of(&w), total = work_total(&w, results);
			assert_int_equal((uint64_t)total.i, known[k].value);
			assert_true(work_verify(&w, total, false));
			free(results);
			work_close(&w);
		}
}

/* By Python's integers: the sum of a b for a[k] = (task + 3 k) % 7, b[k] = (task + 5 k) % 7. */
static void all_forms_of_matmul_give_the_sums_of_python(void **state)
{
	(void)state;
	static const struct {
		int64_t n, tasks;
		double total;
	} known[] = {
		{1, 7, 91}, {2, 1, 50}, {3, 2, 442}, {8, 1, 4487}, {13, 8, 157927},
		{20, 3, 215245}, {64, 1, 2358279},
	};
	const struct workload *const forms[] = {&workload_matmul, &workload_matmul_blocked};
	for (size_t k = 0; k < sizeof known / sizeof *known; k++)
		for (int form = 0; form < 2 * ENGINES_N; form++) {
			struct job job = job_of(forms[form / 2], (enum engine)(form % 2),
						known[k].n, known[k].tasks, ABSENT);
			struct work w = opened(&job);
			union value *results = results_of(&w), total = work_total(&w, results);
			assert_true(total.f == known[k].total);
			assert_true(work_verify(&w, total, false));
			free(results);
			work_close(&w);
		}
}

/* 1 MiB is 43,690 elements of each array. */
static void parts_of_memory_add_up_to_the_whole_in_both_forms(void **state)
{
	(void)state;
	double whole = 0;
	for (int64_t k = 0; k < 43690; k++)
		whole += (double)(k % 7 + 3 * ((3 * k + 1) % 7));
	for (int engine = 0; engine < ENGINES_N; engine++)
		for (int64_t workers = 1; workers <= 5; workers++) {
			struct job job =
				job_of(&workload_memory, (enum engine)engine, 1, ABSENT, 2);
			job.workers = job.threads = workers;
			struct work w = opened(&job);
			union value *results = results_of(&w), total = work_total(&w, results);
			assert_true(total.f == 2 * whole);
			assert_int_equal(work_units(&w, 0, w.tasks_n), 2 * 43690);
			free(results);
			work_close(&w);
		}
}

static void what_could_not_be_summed_exactly_is_refused(void **state)
{
	(void)state;
	static const struct {
		const struct workload *workload;
		int64_t size, tasks, iterations;
		const char *text;
	} refused[] = {
		{&workload_matmul, 10000, 251, ABSENT, "at most 250 tasks of that size"},
		{&workload_matmul_blocked, 10000, 251, ABSENT, "at most 250 tasks of that size"},
		{&workload_memory, 1 << 20, ABSENT, 1000000, "at most 8192 passes"},
	};
	for (size_t k = 0; k < sizeof refused / sizeof *refused; k++) {
		struct job job = job_of(refused[k].workload, ENGINE_BYTECODE, refused[k].size,
					refused[k].tasks, refused[k].iterations);
		struct work w;
		struct error err = {""};
		assert_int_equal(work_open(&w, &job, NULL, &err), -EINVAL);
		if (!strstr(err.text, refused[k].text))
			fail_msg("says '%s', not '%s'", err.text, refused[k].text);
	}
}

static void a_wrong_result_is_not_verified(void **state)
{
	(void)state;
	for (size_t k = 0; k < workloads_n; k++)
		for (int engine = 0; engine < ENGINES_N; engine++) {
			const struct workload *workload = workloads[k];
			if (!workload->programs[engine])
				continue;
			struct job job = job_of(workload, (enum engine)engine, 9, 2, 3);
			struct work w = opened(&job);
			union value *results = results_of(&w), total = total_of(&w, results);
			assert_true(work_verify(&w, total, false));
			if (workload->total == TOTAL_SUM_FLOAT)
				total.f *= 1 + 1e-11;
			else
				total.i++;
			assert_false(work_verify(&w, total, false));
			free(results);
			work_close(&w);
		}
}

static void sizes_that_are_shared_add_up_and_differ_by_at_most_one(void **state)
{
	(void)state;
	for (int64_t workers = 1; workers <= 9; workers++) {
		struct job job = job_of(&workload_count, ENGINE_BYTECODE, 100, ABSENT, ABSENT);
		job.workers = job.threads = workers;
		struct work w = opened(&job);
		int64_t units_n = 0;
		for (int64_t k = 0; k < workers; k++) {
			int64_t first, n = work_share(&w, k, &first);
			assert_int_equal(n, 1);
			int64_t own = work_units(&w, first, n);
			assert_in_range(own, 100 / workers, 100 / workers + 1);
			units_n += own;
		}
		assert_int_equal(units_n, 100);
		work_close(&w);
	}
}

static int64_t files_total(const struct work *w)
{
	union value *results = results_of(w), total = work_total(w, results);
	assert_true(work_verify(w, total, false));
	free(results);
	return total.i;
}

/* The first of them opened before there are as many, and used after others are closed. */
static void jobs_of_more_and_fewer_files_share_them(void **state)
{
	(void)state;
	struct job few = job_of(&workload_files, ENGINE_NATIVE, 1000, 3, 1);
	struct job many = few, small = few;
	many.tasks = 40;
	many.engine = ENGINE_BYTECODE;
	small.size = 77;
	struct work w_few = opened(&few), w_small = opened(&small), w_many = opened(&many);
	assert_int_equal(w_few.args[0].i, w_many.args[0].i);
	assert_int_not_equal(w_few.args[0].i, w_small.args[0].i);
	int64_t total = files_total(&w_few);
	files_total(&w_small);
	assert_int_not_equal(files_total(&w_many), total);
	work_close(&w_small);
	work_close(&w_many);
	assert_int_equal(files_total(&w_few), total);
	work_close(&w_few);
}

static void files_read_so_many_times_count_so_often(void **state)
{
	(void)state;
	struct job once = job_of(&workload_files, ENGINE_NATIVE, 500, 4, 1), often = once;
	often.iterations = 7;
	struct work w_once = opened(&once), w_often = opened(&often);
	assert_int_equal(files_total(&w_often), 7 * files_total(&w_once));
	work_close(&w_once);
	work_close(&w_often);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(laplace_in_place_matches_cpython_bit_for_bit),
		cmocka_unit_test(laplace_from_old_cells_matches_numpy_within_rounding),
		cmocka_unit_test(updates_in_one_call_give_the_same_bits_as_in_many),
		cmocka_unit_test(both_forms_of_whole_numbers_give_the_known_values),
		cmocka_unit_test(all_forms_of_matmul_give_the_sums_of_python),
		cmocka_unit_test(parts_of_memory_add_up_to_the_whole_in_both_forms),
		cmocka_unit_test(what_could_not_be_summed_exactly_is_refused),
		cmocka_unit_test(a_wrong_result_is_not_verified),
		cmocka_unit_test(sizes_that_are_shared_add_up_and_differ_by_at_most_one),
		cmocka_unit_test(jobs_of_more_and_fewer_files_share_them),
		cmocka_unit_test(files_read_so_many_times_count_so_often),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
