/* test_await - waits as data: a thread blocks for them, or its run is suspended.
 *
 * Method: programs with a native that awaits as often as it is told, run by one thread either
 * way.  Objects are in every place while a run is suspended, so that a leak checker sees what is
 * not let go. */
#include "claims.h"

#include <errno.h>

#include "vm/asm.h"
#include "vm/vm.h"

static struct interpreter interpreter;
static struct module module;
static struct gil_stats stats;
static struct vm_thread t;
static struct program p;

static int awaits_n, calls_n;
static bool held_it;
static int64_t wait_ns;

/* step(n): awaits so often, and gives n. */
static int native_step(const struct native_call *call, struct awaited *a)
{
	held_it = t.gil.holding;
	if (calls_n++ < awaits_n) {
		a->until_ns = world_now_ns() + wait_ns;
		return NATIVE_AWAITS;
	}
	calls_n = 0;
	call->result->i = call->args[0].i;
	return 0;
}

static int native_fail(const struct native_call *call, struct awaited *a)
{
	(void)a;
	return (int)-call->args[0].i;
}

static const struct native natives[] = {
	{.name = "step", .in = "i", .out = "i", .await = native_step},
	{.name = "fail", .in = "i", .out = "i", .await = native_fail},
	{0},
};

static void open_thread(const char *text, bool suspends)
{
	struct error err = {""};
	const struct interpreter_options options = {
		.policy = gil_policy_find("cpython"), .interval_ns = ABSENT, .ticks = ABSENT};
	if (program_assemble("test", text, natives, &p, &err))
		fail_msg("%s", err.text);
	memset(&stats, 0, sizeof stats);
	assert_int_equal(interpreter_open(&interpreter, &options), 0);
	assert_int_equal(module_open(&module, &interpreter, &p), 0);
	assert_int_equal(vm_thread_open(&t, &module, "test", ACCOUNTING_COUNTS, &stats), 0);
	t.suspends = suspends;
	calls_n = 0;
	wait_ns = 0;
	gil_take(&t.gil);
}

static void close_thread(void)
{
	gil_detach(&t.gil);
	vm_thread_close(&t);
	module_close(&module);
	interpreter_close(&interpreter);
	program_free(&p);
}

/* Steps in a loop of a function that is called with objects below it. */
static const char stepping[] =
	"func f(n int) int\nlocal u floats\n"
	"LOAD_CONST 4\nBUILD_FLOATS\nSTORE_REF u\n"
	"LOAD_REF u\nLOAD_REF u\nLOAD_FAST n\nCALL g\nSWAP\nPOP_REF\nRETURN_VALUE\nend\n"
	"func g(u floats, n int) int\nlocal own floats\nlocal k int\nlocal sum int\n"
	"LOAD_CONST 9\nBUILD_FLOATS\nSTORE_REF own\n"
	"LOAD_CONST 0\nLOAD_FAST n\n"
	"next: FOR_RANGE done\nSTORE_FAST k\n"
	"LOAD_REF own\nLOAD_FAST k\nCALL_NATIVE step\nSWAP\nPOP_REF\n"
	"LOAD_FAST sum\nBINARY_ADD_INT\nSTORE_FAST sum\nJUMP_BACKWARD next\n"
	"done: LOAD_FAST sum\nRETURN_VALUE\nend\n";

static void a_thread_blocks_without_the_lock_and_its_time_is_io(void **state)
{
	(void)state;
	const union value args[] = {{.i = 3}};
	union value result;
	open_thread(stepping, false);
	awaits_n = 2;
	wait_ns = 1000000;
	assert_int_equal(vm_run(&t, args, &result), VM_TRAP_NONE);
	assert_int_equal(result.i, 0 + 1 + 2);
	assert_false(held_it);
	assert_int_equal(stats.takes_n, 1 + 3);
	assert_true(t.io_ns >= 3 * 2 * wait_ns);
	close_thread();
}

static void a_suspended_run_goes_on_where_it_stood_and_keeps_the_lock(void **state)
{
	(void)state;
	const union value args[] = {{.i = 3}};
	union value result = {.i = 4711};
	open_thread(stepping, true);
	awaits_n = 2;
	for (int k = 0; k < 3 * 2; k++) {
		assert_int_equal(vm_run(&t, args, &result), VM_TRAP_AWAITS);
		assert_non_null(t.stack.suspended);
		assert_int_equal(result.i, 4711);
	}
	assert_int_equal(vm_run(&t, NULL, &result), VM_TRAP_NONE);
	assert_null(t.stack.suspended);
	assert_int_equal(result.i, 0 + 1 + 2);
	assert_true(held_it);
	assert_int_equal(stats.takes_n, 1);
	assert_int_equal(t.io_ns, 0);
	close_thread();
}

static void many_runs_take_turns_on_one_thread(void **state)
{
	(void)state;
	enum { RUNS_N = 5 };
	struct vm_stack stacks[RUNS_N], own;
	union value results[RUNS_N];
	open_thread(stepping, true);
	own = t.stack;
	awaits_n = 1;
	for (int k = 0; k < RUNS_N; k++)
		assert_int_equal(vm_stack_open(&stacks[k], &p), 0);
	for (int round = 0; round <= RUNS_N; round++)
		for (int k = 0; k < RUNS_N; k++) {
			const union value args[] = {{.i = RUNS_N}};
			t.stack = stacks[k];
			calls_n = round > 0; /* the native's own count knows one run */
			assert_int_equal(vm_run(&t, args, &results[k]),
					 round < RUNS_N ? VM_TRAP_AWAITS : VM_TRAP_NONE);
			stacks[k] = t.stack;
		}
	for (int k = 0; k < RUNS_N; k++) {
		assert_int_equal(results[k].i, 0 + 1 + 2 + 3 + 4);
		vm_stack_close(&stacks[k]);
	}
	t.stack = own;
	close_thread();
}

static void a_suspended_run_that_is_stopped_lets_go_of_all_objects(void **state)
{
	(void)state;
	const union value args[] = {{.i = 3}};
	union value result;
	open_thread(stepping, true);
	awaits_n = 1;
	assert_int_equal(vm_run(&t, args, &result), VM_TRAP_AWAITS);
	assert_int_equal(vm_run(&t, NULL, &result), VM_TRAP_AWAITS);
	gil_stop(&t.gil);
	assert_int_equal(vm_run(&t, NULL, &result), VM_TRAP_STOPPED);
	assert_null(t.stack.suspended);
	close_thread();
}

static void what_could_not_be_awaited_says_why_either_way(void **state)
{
	(void)state;
	static const char failing[] = "func f(n int) int\nlocal u floats\n"
				      "LOAD_CONST 4\nBUILD_FLOATS\nSTORE_REF u\nLOAD_REF u\n"
				      "LOAD_FAST n\nCALL_NATIVE fail\nSWAP\nPOP_REF\n"
				      "RETURN_VALUE\nend\n";
	static const struct {
		int failed;
		enum vm_trap trap;
	} traps[] = {
		{ETIMEDOUT, VM_TRAP_TIMEOUT}, {ECONNREFUSED, VM_TRAP_REFUSED},
		{EMFILE, VM_TRAP_FILES},      {ENFILE, VM_TRAP_FILES},
		{EADDRINUSE, VM_TRAP_FILES},  {ENOMEM, VM_TRAP_NATIVE},
	};
	for (size_t k = 0; k < sizeof traps / sizeof *traps; k++)
		for (int suspends = 0; suspends < 2; suspends++) {
			const union value args[] = {{.i = traps[k].failed}};
			union value result;
			open_thread(failing, suspends);
			assert_int_equal(vm_run(&t, args, &result), traps[k].trap);
			assert_null(t.stack.suspended);
			close_thread();
		}
}

static void a_wait_for_time_does_not_end_before_it(void **state)
{
	(void)state;
	for (int64_t ns = 0; ns <= 2000000; ns += 500000) {
		struct awaited a = {.until_ns = world_now_ns() + ns, .came = true};
		world_await(&a);
		assert_true(world_now_ns() >= a.until_ns);
		assert_false(a.came);
	}
}

static void a_wait_for_a_datagram_ends_when_one_came_or_by_time(void **state)
{
	(void)state;
	struct world_datagram d;
	char byte;
	uint16_t from;
	assert_int_equal(world_datagram_open(&d, 0), 0);
	struct awaited a = {.until_ns = world_now_ns() + 1000000, .socket = &d, .came = true};
	world_await(&a);
	assert_true(world_now_ns() >= a.until_ns);
	assert_false(a.came);
	assert_int_equal(world_datagram_receive(&d, &byte, 1, &from), -EAGAIN);
	assert_int_equal(world_datagram_send(&d, d.port, "x", 1), 0);
	a.until_ns = world_now_ns() + INT64_C(60000000000);
	world_await(&a);
	assert_true(a.came);
	assert_true(world_now_ns() < a.until_ns);
	assert_int_equal(world_datagram_receive(&d, &byte, 1, &from), 1);
	world_datagram_close(&d);
}

static void a_question_to_nobody_is_refused(void **state)
{
	(void)state;
	struct world_datagram d, gone;
	char byte;
	uint16_t from;
	assert_int_equal(world_datagram_open(&gone, 0), 0);
	world_datagram_close(&gone);
	assert_int_equal(world_datagram_open(&d, 0), 0);
	assert_int_equal(world_datagram_connect(&d, gone.port), 0);
	assert_int_equal(world_datagram_send(&d, gone.port, "x", 1), 0);
	struct awaited a = {.until_ns = world_now_ns() + INT64_C(60000000000), .socket = &d};
	world_await(&a);
	assert_true(a.came);
	assert_int_equal(world_datagram_receive(&d, &byte, 1, &from), -ECONNREFUSED);
	world_datagram_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_blocks_without_the_lock_and_its_time_is_io),
		cmocka_unit_test(a_suspended_run_goes_on_where_it_stood_and_keeps_the_lock),
		cmocka_unit_test(many_runs_take_turns_on_one_thread),
		cmocka_unit_test(a_suspended_run_that_is_stopped_lets_go_of_all_objects),
		cmocka_unit_test(what_could_not_be_awaited_says_why_either_way),
		cmocka_unit_test(a_wait_for_time_does_not_end_before_it),
		cmocka_unit_test(a_wait_for_a_datagram_ends_when_one_came_or_by_time),
		cmocka_unit_test(a_question_to_nobody_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
