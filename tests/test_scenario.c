/* test_scenario - documents that are read or refused, the programs made of phases, and
 * runs whose figures fit together.
 *
 * Method: documents as text in a file of their own.  What is refused is compared with the
 * whole line that a user would read.  Runs are real, but short; no time is asserted. */
#include "claims.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "scenario/run.h"

static char path[64];

static int make_file(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "/tmp/gilsim-scenario-%ld.json", (long)getpid());
	FILE *file = fopen(path, "wx");
	return file ? fclose(file) : -1;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_document(const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Inside strings, ' stands for ". */
static void write_quoted(const char *text)
{
	char quoted[1024];
	size_t k = 0;
	for (; text[k] && k + 1 < sizeof quoted; k++)
		quoted[k] = text[k] == '\'' ? '"' : text[k];
	quoted[k] = '\0';
	write_document(quoted);
}

static struct scenario opened(const char *text)
{
	struct scenario s;
	struct error err = {""};
	write_quoted(text);
	if (scenario_open(&s, path, &err))
		fail_msg("refused: %s", err.text);
	return s;
}

/* ... and says "FILE: why", perhaps with more names to choose from behind it. */
static void assert_refused(const char *text, const char *why)
{
	struct scenario s;
	struct error err = {""};
	char expected[256];
	write_quoted(text);
	assert_int_equal(scenario_open(&s, path, &err), -EINVAL);
	snprintf(expected, sizeof expected, "%s: %s", path, why);
	err.text[strlen(expected)] = '\0';
	assert_string_equal(err.text, expected);
	scenario_close(&s);
}

static void every_key_is_read(void **state)
{
	(void)state;
	struct scenario s = opened(
		"{'help': 'x', 'gil': 'cpython2', 'interval': '2ms', 'ticks': 7, 'pace': 'full',"
		" 'world': 'real', 'duration': '0.5s', 'accounting': 'full', 'threads': ["
		" {'name': 'io', 'count': 3, 'repeat': 9, 'start_after': '4us', 'phases': ["
		"  {'native_us': 0.25}, {'native_us': 2, 'release': true}, {'io_us': 3},"
		"  {'bytecode_us': 4}]},"
		" {'workload': 'laplace', 'engine': 'native', 'release': false, 'size': 5,"
		"  'tasks': 2, 'iterations': 3, 'repeat': 'until-duration'},"
		" {'echo': 'udp', 'pings': 5, 'every': '2ms', 'bytes': 100}]}");
	assert_string_equal(s.policy->name, "cpython2");
	assert_int_equal(s.interval_ns, 2000000);
	assert_int_equal(s.ticks, 7);
	assert_int_equal(s.duration_ns, 500000000);
	assert_int_equal(s.accounting, ACCOUNTING_FULL);
	assert_int_equal(s.groups_n, 3);
	assert_int_equal(s.threads_n, 5);
	const struct group *io = &s.groups[0], *laplace = io + 1, *echo = io + 2;
	assert_string_equal(io->name, "io");
	assert_int_equal(io->rounds_n, 9);
	assert_int_equal(io->start_after_ns, 4000);
	static const struct phase phases[] = {
		{PHASE_NATIVE_HELD, 250}, {PHASE_NATIVE_RELEASED, 2000}, {PHASE_IO, 3000},
		{PHASE_BYTECODE, 4000}};
	assert_int_equal(io->phases_n, 4);
	for (size_t k = 0; k < 4; k++) {
		assert_int_equal(io->phases[k].kind, phases[k].kind);
		assert_int_equal(io->phases[k].ns, phases[k].ns);
	}
	assert_string_equal(laplace->name, "thread 1");
	assert_int_equal(laplace->job.engine, ENGINE_NATIVE);
	assert_int_equal(laplace->job.size, 5);
	assert_int_equal(laplace->job.tasks, 2);
	assert_int_equal(laplace->job.iterations, 3);
	assert_true(group_is_endless(laplace) && !group_releases(laplace));
	assert_int_equal(echo->pings.n, 5);
	assert_int_equal(echo->pings.every_ns, 2000000);
	assert_int_equal(echo->pings.bytes, 100);
	assert_false(group_is_endless(echo));
	scenario_close(&s);
}

static void what_is_not_given_has_a_default(void **state)
{
	(void)state;
	struct scenario s = opened("{'threads': [{'workload': 'fib', 'size': 9},"
				   " {'workload': 'fib', 'size': 9, 'release': true}]}");
	assert_string_equal(s.policy->name, "cpython");
	assert_int_equal(s.accounting, ACCOUNTING_COUNTS);
	assert_int_equal(s.duration_ns, ABSENT);
	assert_int_equal(s.groups[0].threads_n, 1);
	assert_int_equal(s.groups[0].rounds_n, 1);
	assert_int_equal(s.groups[0].job.tasks, 1);
	assert_int_equal(s.groups[0].job.engine, ENGINE_BYTECODE);
	assert_int_equal(s.groups[1].job.engine, ENGINE_NATIVE);
	scenario_close(&s);
}

static void a_document_that_is_none_is_refused(void **state)
{
	(void)state;
	assert_refused("[]", "[] must be an object");
	assert_refused("{}", "must have threads, a list of what runs side by side");
	assert_refused("{'threads': []}", "threads: [] must be a list of 1 to 65536 threads");
	assert_refused("{'threads': [5]}", "threads[0]: 5 must be an object");
	assert_refused("{'thread': []}",
		       "thread: unknown key, must be help, gil, interval, ticks, pace, world, "
		       "duration, accounting or threads");
	assert_refused("{'a\\nb': 1}",
		       "a b: unknown key, must be help, gil, interval, ticks, pace, world, "
		       "duration, accounting or threads");
	assert_refused("{'gil':\n 'cpython',}",
		       "line 2, column 12: not JSON: string or '}' expected near '}'");
	assert_refused("{'gil': 'cpython', 'gil': 'cpython'}",
		       "line 1, column 24: not JSON: duplicate object key near '\"gil\"'");
	struct scenario s;
	struct error err;
	assert_int_equal(scenario_open(&s, "no/such.json", &err), -EINVAL);
	assert_string_equal(err.text, "no/such.json: cannot be read: No such file or directory");
	scenario_close(&s);
}

#define WITH(key) "{" key ", 'threads': [{'workload': 'fib', 'size': 9}]}"

static void values_of_the_document_that_cannot_be_are_refused(void **state)
{
	(void)state;
	assert_refused(WITH("'gil': 'x'"),
		       "gil: \"x\" must be cpython, cpython32, cpython2, opcode");
	assert_refused(WITH("'interval': 5"),
		       "interval: 5 must be a number and ns, us, ms or s, up to 86400s, "
		       "as in \"5ms\"");
	assert_refused(WITH("'interval': '1ns'"), "interval: \"1ns\" must be at least 1us");
	assert_refused(WITH("'ticks': 0"), "ticks: 0 must be a whole number from 1 to 1000000000");
	assert_refused(WITH("'pace': 'cpython26'"), "pace: \"cpython26\" must be cpython27");
	assert_refused(WITH("'pace': 27"), "pace: 27 must be a string");
	assert_refused(WITH("'world': 'next'"), "world: \"next\" must be real or virtual");
	assert_refused(WITH("'duration': '-1s'"),
		       "duration: \"-1s\" must be a number and ns, us, ms or s, up to 86400s, "
		       "as in \"5ms\"");
	assert_refused(WITH("'accounting': true"),
		       "accounting: true must be off, counts or full");
	assert_refused(WITH("'help': []"), "help: [] must be a text");
}

#define THREAD(keys) "{'threads': [{'workload': 'fib', 'size': 9}, {" keys "}]}"

static void values_of_a_thread_that_cannot_be_are_refused(void **state)
{
	(void)state;
	assert_refused(THREAD(""), "threads[1]: must have phases, workload or echo");
	assert_refused(THREAD("'workload': 'x'"),
		       "threads[1].workload: \"x\" must be laplace, fib, count");
	assert_refused(THREAD("'phases': [{'io_us': 1}], 'workload': 'fib'"),
		       "threads[1].workload: must not stand beside phases");
	assert_refused(THREAD("'workload': 'fib', 'size': 1.5"),
		       "threads[1].size: 1.5 must be a whole number from 0 to 1000000000000");
	assert_refused(THREAD("'workload': 'laplace', 'size': 2"),
		       "threads[1].size: 2 must be a whole number from 3 to 20000");
	assert_refused(THREAD("'workload': 'fib', 'iterations': 2"),
		       "threads[1].iterations: must not be given: fib has no such choice");
	assert_refused(THREAD("'workload': 'fib', 'engine': 'jit'"),
		       "threads[1].engine: \"jit\" must be bytecode, native or auto");
	assert_refused(THREAD("'workload': 'fib', 'release': 1"),
		       "threads[1].release: 1 must be true or false");
	assert_refused(THREAD("'phases': [{'io_us': 1}], 'release': true"),
		       "threads[1].release: must stand beside workload");
	assert_refused(THREAD("'workload': 'fib', 'repeat': 0"),
		       "threads[1].repeat: 0 must be a whole number from 1 to 1000000000 or "
		       "\"until-duration\"");
	assert_refused(THREAD("'workload': 'counter', 'engine': 'native'"),
		       "threads[1]: must have an engine that counter has: not native");
	assert_refused("{'threads': [{'workload': 'fib', 'repeat': 'until-duration'}]}",
		       "must have a duration, as in \"duration\": \"1s\", or a thread that ends");
	assert_refused(THREAD("'workload': 'fib', 'name': ''"),
		       "threads[1].name: \"\" must be a text of 1 to 31 bytes on one line");
	assert_refused(THREAD("'workload': 'fib', 'start_after': -5"),
		       "threads[1].start_after: -5 must be a number and ns, us, ms or s, "
		       "up to 86400s, as in \"5ms\"");
	assert_refused(THREAD("'workload': 'fib', 'count': 0"),
		       "threads[1].count: 0 must be a whole number from 1 to 65536");
	assert_refused(THREAD("'workload': 'fib', 'count': 65536"),
		       "threads: 65537 threads in all must be at most 65536");
}

static void phases_that_cannot_be_are_refused(void **state)
{
	(void)state;
	assert_refused(THREAD("'phases': []"),
		       "threads[1].phases: [] must be a list of 1 to 1000 phases");
	assert_refused(THREAD("'phases': [{}]"),
		       "threads[1].phases[0]: {} must have bytecode_us, native_us, io_us, lock or "
		       "unlock");
	assert_refused(THREAD("'phases': [{'native_us': -5}]"),
		       "threads[1].phases[0].native_us: -5 must be a number from 0 to 86400000000");
	assert_refused(THREAD("'phases': [{'io_us': 1}, {'io_us': '1'}]"),
		       "threads[1].phases[1].io_us: \"1\" must be a number from 0 to 86400000000");
	assert_refused(THREAD("'phases': [{'native_us': 1, 'io_us': 1}]"),
		       "threads[1].phases[0].io_us: must be the only thing that its phase does");
	assert_refused(THREAD("'phases': [{'io_us': 1, 'release': true}]"),
		       "threads[1].phases[0].release: must stand beside native_us or lock");
	assert_refused(THREAD("'phases': [{'sleep_us': 1}]"),
		       "threads[1].phases[0].sleep_us: unknown key, must be bytecode_us, "
		       "native_us, io_us, lock, unlock or release");
}

#define PHASES(text) THREAD("'phases': [" text "]")

static void mutexes_that_are_not_of_a_round_are_refused(void **state)
{
	(void)state;
	assert_refused(PHASES("{'lock': ''}"),
		       "threads[1].phases[0].lock: \"\" must be a mutex's name, a text of 1 to 31 "
		       "bytes");
	assert_refused(PHASES("{'lock': 'm'}"),
		       "threads[1].phases: must unlock \"m\" in the same round");
	assert_refused(PHASES("{'unlock': 'm'}"),
		       "threads[1].phases[0]: unlock: must be locked before, in the same round");
	assert_refused(PHASES("{'lock': 'm'}, {'lock': 'm', 'release': true}, {'unlock': 'm'}"),
		       "threads[1].phases[1]: lock: must be unlocked first");
	assert_refused(PHASES("{'lock': 'm', 'io_us': 1}"),
		       "threads[1].phases[0].lock: must be the only thing that its phase does");
	assert_refused(PHASES("{'lock': 'm'}, {'unlock': 'm', 'release': true}"),
		       "threads[1].phases[1].release: must stand beside native_us or lock");
}

static void echoes_that_cannot_be_are_refused(void **state)
{
	(void)state;
	static const char either[] = "threads[1]: an echo must have either pings or "
				     "\"repeat\": \"until-duration\"";
	assert_refused(THREAD("'echo': 'tcp'"), "threads[1].echo: \"tcp\" must be \"udp\"");
	assert_refused(THREAD("'echo': 'udp'"), either);
	assert_refused("{'duration': '1s', 'threads': [{'workload': 'fib', 'size': 9}, {'echo': "
		       "'udp', 'pings': 1, 'repeat': 'until-duration'}]}", either);
	assert_refused(THREAD("'echo': 'udp', 'repeat': 3"),
		       "threads[1]: an echo's repeat must be \"until-duration\", or pings a number "
		       "instead");
	assert_refused(THREAD("'echo': 'udp', 'pings': 1, 'bytes': 60001"),
		       "threads[1].bytes: 60001 must be a whole number from 8 to 60000");
	assert_refused(THREAD("'workload': 'fib', 'pings': 1"),
		       "threads[1].pings: must stand beside echo");
}

static void a_round_is_its_phases_one_after_the_other(void **state)
{
	(void)state;
	struct phase phases[] = {{PHASE_NATIVE_HELD, 250},
				 {PHASE_BYTECODE, 2000},
				 {PHASE_NATIVE_RELEASED, 50000},
				 {PHASE_IO, 7}};
	const struct group g = {.phases = phases, .phases_n = 4};
	struct buffer text = {0};
	assert_int_equal(scenario_phases_text(&g, 100, &text), 0);
	assert_string_equal(text.bytes,
			    "func round() int\nlocal c int\nlocal _ int\n"
			    "LOAD_CONST 250\nCALL_NATIVE spin_held\nPOP_TOP\n"
			    "LOAD_CONST 0\nLOAD_CONST 200\n"
			    "next1: FOR_RANGE done1\nSTORE_FAST _\nLOAD_FAST c\nLOAD_CONST 1\n"
			    "BINARY_ADD_INT\nSTORE_FAST c\nJUMP_BACKWARD next1\ndone1:\n"
			    "LOAD_CONST 50000\nCALL_NATIVE spin_released\nPOP_TOP\n"
			    "LOAD_CONST 7\nCALL_NATIVE sleep\nPOP_TOP\n"
			    "LOAD_FAST c\nRETURN_VALUE\nend\n");
	buffer_free(&text);
}

static bool always(void *context)
{
	(void)context;
	return true;
}

static bool never(void *context)
{
	(void)context;
	return false;
}

/* In the real world, where a wrong order would hang. */
static void a_mutex_lets_one_in_at_a_time_and_is_given_back_at_the_end(void **state)
{
	(void)state;
	struct scenario_repeat repeat;
	struct error err = {""};
	struct scenario s = opened(
		"{'duration': '200ms', 'threads': [{'count': 2, 'repeat': 'until-duration',"
		" 'phases': ["
		" {'lock': 'm', 'release': true}, {'bytecode_us': 50}, {'unlock': 'm'},"
		" {'lock': 'n', 'release': true}, {'native_us': 5, 'release': true},"
		" {'unlock': 'n'}]}]}");
	assert_int_equal(s.mutexes_n, 2);
	assert_string_equal(s.mutexes[1], "n");
	assert_int_equal(scenario_measure(&s, 0, always, NULL, &repeat, &err), 0);
	assert_true(repeat.groups[0].rounds_n > 2);
	scenario_repeat_free(&repeat);
	scenario_close(&s);
}

static const char mix[] =
	"{'gil': '%s', 'duration': '30ms', 'accounting': 'full', 'threads': ["
	" {'phases': [{'native_us': 20, 'release': true}, {'bytecode_us': 5}, {'io_us': 50}],"
	"  'repeat': 'until-duration', 'count': 2},"
	" {'workload': 'count', 'size': 3000, 'repeat': 'until-duration'},"
	" {'phases': [{'native_us': 3}, {'bytecode_us': 30}], 'repeat': 20},"
	" {'echo': 'udp', 'pings': 3},"
	" {'echo': 'udp', 'every': '1ms', 'repeat': 'until-duration'}]}";

static void assert_times_fit(const struct buckets *t, int64_t whole_ns)
{
	int64_t sum_ns = t->running_ns + t->gil_wait_ns + t->io_ns + t->start_join_ns;
	int64_t split_ns = t->bytecode_ns + t->native_held_ns + t->native_released_ns;
	assert_in_range(sum_ns, whole_ns - whole_ns / 200, whole_ns + whole_ns / 200);
	assert_int_equal(split_ns, t->running_ns);
	assert_true(t->gil_wait_ns >= 0 && t->io_ns >= 0 && t->start_join_ns >= 0);
	assert_true(t->native_held_ns >= 0 && t->native_released_ns >= 0);
}

static void times_add_up_to_threads_times_wall_under_every_policy(void **state)
{
	(void)state;
	for (size_t k = 0; k < gil_policies_n; k++) {
		char text[1024];
		struct scenario_repeat r;
		struct error err = {""};
		snprintf(text, sizeof text, mix, gil_policies[k].name);
		struct scenario s = opened(text);
		if (scenario_measure(&s, 0, always, NULL, &r, &err))
			fail_msg("%s", err.text);
		for (size_t g = 0; g < s.groups_n; g++)
			assert_times_fit(&r.groups[g].time, r.wall_ns * s.groups[g].threads_n);
		assert_int_equal(r.groups[2].rounds_n, 20);
		assert_true(r.groups[3].rounds_n <= 3);
		assert_true(r.groups[3].rounds_n + r.groups[3].lost_n >= 3);
		assert_true(r.groups[0].time.io_ns > 0 && r.groups[0].time.native_held_ns == 0);
		assert_true(r.groups[2].time.native_held_ns > 0 && r.groups[2].time.io_ns == 0);
		assert_true(r.fairness_jain > 0 && r.fairness_jain <= 1);
		scenario_repeat_free(&r);
		scenario_close(&s);
	}
}

static void a_wrong_result_is_named_and_no_repeat(void **state)
{
	(void)state;
	struct scenario_repeat r;
	struct error err = {""};
	struct scenario s = opened("{'threads': [{'name': 'f', 'workload': 'fib', 'size': 9}]}");
	s.groups->work.expected.value.i++;
	assert_int_equal(scenario_measure(&s, 0, always, NULL, &r, &err), -EBADMSG);
	assert_non_null(strstr(err.text, ": thread f: wrong result of fib"));
	scenario_close(&s);
}

static void an_interrupted_run_is_eintr(void **state)
{
	(void)state;
	struct scenario_repeat r;
	struct error err = {""};
	struct scenario s = opened("{'duration': '3600s', 'threads': [{'workload': 'count',"
				   " 'repeat': 'until-duration'}]}");
	assert_int_equal(scenario_measure(&s, 0, never, NULL, &r, &err), -EINTR);
	scenario_close(&s);
}

static void the_typical_repeat_is_the_lower_median(void **state)
{
	(void)state;
	struct scenario_repeat repeats[] = {
		{.wall_ns = 40}, {.wall_ns = 10}, {.wall_ns = 30}, {.wall_ns = 20}};
	struct scenario_results results = {.repeats = repeats, .repeats_n = 4};
	assert_int_equal(scenario_finish(&results), 0);
	assert_ptr_equal(results.typical, &repeats[3]);
	assert_true(results.wall_ns.median == 25 && results.wall_ns.max == 40);
}

static void a_workload_has_the_size_of_its_engine_where_none_is_given(void **state)
{
	(void)state;
	struct scenario s = opened("{'threads': [{'workload': 'matmul'},"
				   "{'workload': 'matmul', 'engine': 'native'},"
				   "{'workload': 'matmul', 'release': true, 'size': 7}]}");
	assert_int_equal(s.groups[0].job.size, 100);
	assert_int_equal(s.groups[1].job.size, 1000);
	assert_int_equal(s.groups[2].job.size, 7);
	scenario_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(a_workload_has_the_size_of_its_engine_where_none_is_given),
		cmocka_unit_test(what_is_not_given_has_a_default),
		cmocka_unit_test(a_document_that_is_none_is_refused),
		cmocka_unit_test(values_of_the_document_that_cannot_be_are_refused),
		cmocka_unit_test(values_of_a_thread_that_cannot_be_are_refused),
		cmocka_unit_test(phases_that_cannot_be_are_refused),
		cmocka_unit_test(mutexes_that_are_not_of_a_round_are_refused),
		cmocka_unit_test(a_mutex_lets_one_in_at_a_time_and_is_given_back_at_the_end),
		cmocka_unit_test(echoes_that_cannot_be_are_refused),
		cmocka_unit_test(a_round_is_its_phases_one_after_the_other),
		cmocka_unit_test(times_add_up_to_threads_times_wall_under_every_policy),
		cmocka_unit_test(a_wrong_result_is_named_and_no_repeat),
		cmocka_unit_test(an_interrupted_run_is_eintr),
		cmocka_unit_test(the_typical_repeat_is_the_lower_median),
	};
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
