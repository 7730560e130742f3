/* test_runner - how the measuring process ends, and what gilsim is told of it.
 *
 * Method: a workload whose native call misuses a lock, run by real modes in a real runner. */
#include "claims.h"

#include <errno.h>

#include "measure/runner.h"

extern const struct mode mode_locked, mode_process;

static int misuse_the_lock(const struct native_call *call)
{
	static _Thread_local struct gil lock;
	static _Thread_local struct gil_thread thread;
	static _Thread_local struct gil_stats stats;
	(void)call;
	gil_open(&lock, gil_policy_find("cpython"), ABSENT, ABSENT);
	gil_attach(&thread, &lock, "careless", ACCOUNTING_COUNTS, &stats);
	gil_drop(&thread);
	return 0;
}

static int end_the_process(const struct native_call *call)
{
	(void)call;
	_exit(7);
}

static const char program[] = "func call(n int) int\n"
			      "	LOAD_FAST n\n"
			      "	CALL_NATIVE native\n"
			      "	RETURN_VALUE\n"
			      "end\n";

static int64_t one_each(const struct job *job)
{
	return job->workers;
}

static int64_t one(const struct job *job, int64_t task)
{
	(void)job, (void)task;
	return 1;
}

static void args(const struct job *job, int64_t task, union value *args)
{
	(void)job;
	args[0].i = task;
}

static int expect_nothing(const struct job *job, struct result *result)
{
	(void)job, (void)result;
	return 0;
}

static bool goes_on(void *context)
{
	(void)context;
	return true;
}

/* What measuring one run says, of a workload that does nothing but one native call. */
static int measured(int (*call)(const struct native_call *call), const struct mode *mode,
		    struct error *err)
{
	const struct native natives[] = {
		{.name = "native", .in = "i", .out = "i", .call = call}, {0}};
	const struct workload workload = {
		.name = "test",
		.programs = {[ENGINE_NATIVE] = program},
		.natives = natives,
		.tasks_n = one_each,
		.units = one,
		.args = args,
		.expect = expect_nothing,
	};
	struct setting setting = {
		.mode = mode,
		.policy = gil_policy_find("cpython"),
		.job = {.workload = &workload, .engine = ENGINE_NATIVE, .threads = 2, .workers = 2},
		.interval_ns = ABSENT,
		.ticks = ABSENT,
		.chunks = ABSENT,
	};
	struct plan plan;
	struct runner runner = {0};
	struct repeat repeat;
	if (plan_open(&plan, &setting, 1, err) || runner_open(&runner, &plan, err))
		fail_msg("%s", err->text);
	int failed = runner_measure(&runner, 0, 0, goes_on, NULL, &repeat, err);
	runner_close(&runner);
	plan_close(&plan);
	return failed;
}

static void a_misuse_in_the_measuring_process_is_told_from_other_ends(void **state)
{
	(void)state;
	struct error err;
	assert_int_equal(measured(misuse_the_lock, &mode_locked, &err), -ENOTRECOVERABLE);
	assert_int_equal(measured(end_the_process, &mode_locked, &err), -ECHILD);
	assert_string_equal(err.text, "the measuring process: ended with status 7: code of "
				      "one's own must call neither exit nor pthread_exit");
}

static void a_misuse_in_a_worker_that_is_a_process_is_told_from_other_ends(void **state)
{
	(void)state;
	struct error err;
	assert_int_equal(measured(misuse_the_lock, &mode_process, &err), -ENOTRECOVERABLE);
	assert_int_equal(measured(end_the_process, &mode_process, &err), -ECHILD);
	assert_non_null(strstr(err.text, ": ended before its tasks were done"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_misuse_in_the_measuring_process_is_told_from_other_ends),
		cmocka_unit_test(a_misuse_in_a_worker_that_is_a_process_is_told_from_other_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
