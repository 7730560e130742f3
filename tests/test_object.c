/* test_object - handles: state of native code that bytecode holds, and who frees it.
 *
 * Method: natives that count the states they make and free; programs that end well, that trap
 * holding a handle in a local, as an operand, in a caller's frame, or that are stopped; under
 * every scheme of counts. */
#include "claims.h"

#include <errno.h>

#include "vm/asm.h"
#include "vm/vm.h"

static int made_n, freed_n, touched_n;

static void free_state(void *state)
{
	(void)state;
	freed_n++;
}

static int make(const struct native_call *call)
{
	struct handle *h = handle_new(&made_n, free_state);
	if (!h)
		return -1;
	made_n++;
	call->result->object = &h->head;
	return 0;
}

static int touch(const struct native_call *call)
{
	const struct handle *h = (const struct handle *)call->args[0].object;
	assert_ptr_equal(h->state, &made_n);
	assert_int_equal(freed_n, 0);
	call->result->i = ++touched_n;
	return 0;
}

static int refuse(const struct native_call *call)
{
	(void)call;
	return -1;
}

static const struct native natives[] = {
	{.name = "make", .in = "", .out = "h", .call = make},
	{.name = "touch", .in = "h", .out = "i", .call = touch, .releases = true},
	{.name = "refuse", .in = "h", .out = "i", .call = refuse},
	{0},
};

/* Stopped: at the first check point. */
static enum vm_trap run_counted(const char *text, enum counts counts, bool stopped)
{
	static struct interpreter interpreter;
	static struct module module;
	static struct gil_stats stats;
	static struct vm_thread t;
	struct program p;
	union value no_args[1], result;
	struct error err = {""};
	const struct interpreter_options options = {.policy = gil_policy_find("cpython"),
						    .interval_ns = ABSENT,
						    .ticks = ABSENT,
						    .counts = counts};
	made_n = freed_n = touched_n = 0;
	if (program_assemble("test", text, natives, &p, &err))
		fail_msg("%s", err.text);
	assert_int_equal(interpreter_open(&interpreter, &options), 0);
	assert_int_equal(module_open(&module, &interpreter, &p), 0);
	assert_int_equal(vm_thread_open(&t, &module, "test", ACCOUNTING_COUNTS, &stats), 0);
	gil_take(&t.gil);
	if (stopped)
		t.gil.breaker |= GIL_STOP;
	enum vm_trap trap = vm_run(&t, no_args, &result);
	gil_detach(&t.gil);
	vm_thread_close(&t);
	module_close(&module);
	interpreter_close(&interpreter);
	program_free(&p);
	return trap;
}

#define ENTRY(lines) \
	"func main() int\n local h handle\n local g handle\n local i int\n" lines "end\n"

static void check(const char *text, enum vm_trap trap, int made, bool stopped)
{
	for (int counts = 0; counts < COUNTS_N; counts++) {
		assert_int_equal(run_counted(text, (enum counts)counts, stopped), trap);
		assert_int_equal(made_n, made);
		assert_int_equal(freed_n, made);
	}
}

static void a_handle_is_freed_once_after_its_last_use(void **state)
{
	(void)state;
	check(ENTRY("CALL_NATIVE make\n STORE_REF h\n LOAD_REF h\n STORE_REF g\n"
		    "LOAD_REF h\n CALL_NATIVE touch\n POP_TOP\n"
		    "LOAD_REF g\n CALL_NATIVE touch\n RETURN_VALUE\n"),
	      VM_TRAP_NONE, 1, false);
	assert_int_equal(touched_n, 2);
}

static void a_handle_that_is_stored_over_is_freed(void **state)
{
	(void)state;
	check(ENTRY("CALL_NATIVE make\n STORE_REF h\n CALL_NATIVE make\n STORE_REF h\n"
		    "CALL_NATIVE make\n POP_REF\n LOAD_CONST 0\n RETURN_VALUE\n"),
	      VM_TRAP_NONE, 3, false);
}

static void a_trap_frees_the_handles_of_all_frames(void **state)
{
	(void)state;
	check(ENTRY("CALL_NATIVE make\n STORE_REF h\n CALL_NATIVE make\n CALL_NATIVE make\n"
		    "CALL inner\n POP_TOP\n POP_REF\n LOAD_CONST 0\n RETURN_VALUE\n")
	      "func inner(h handle) int\n CALL_NATIVE make\n LOAD_REF h\n CALL_NATIVE refuse\n"
	      "POP_TOP\n POP_REF\n LOAD_CONST 0\n RETURN_VALUE\nend\n",
	      VM_TRAP_NATIVE, 4, false);
}

static void a_run_that_is_stopped_frees_them_too(void **state)
{
	(void)state;
	check(ENTRY("LOAD_CONST 0\n LOAD_CONST 9\nnext: FOR_RANGE done\n STORE_FAST i\n"
		    "CALL_NATIVE make\n STORE_REF h\n JUMP_BACKWARD next\n"
		    "done: LOAD_CONST 0\n RETURN_VALUE\n"),
	      VM_TRAP_STOPPED, 1, true);
}

static void a_handle_is_no_list_and_no_result_of_a_program(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		ENTRY("CALL_NATIVE make\n LEN_FLOATS\n RETURN_VALUE\n"),
		ENTRY("CALL_NATIVE make\n RETURN_VALUE\n"),
		ENTRY("LOAD_REF h\n CALL_NATIVE touch\n RETURN_VALUE\n"),
		"func main(h handle) int\n LOAD_CONST 0\n RETURN_VALUE\nend\n",
		"func main() handle\n CALL_NATIVE make\n RETURN_VALUE\nend\n",
		"global h handle\nfunc main() int\n LOAD_CONST 0\n RETURN_VALUE\nend\n",
	};
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
		struct program p;
		struct error err;
		assert_int_equal(program_assemble("test", wrong[k], natives, &p, &err), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handle_is_freed_once_after_its_last_use),
		cmocka_unit_test(a_handle_that_is_stored_over_is_freed),
		cmocka_unit_test(a_trap_frees_the_handles_of_all_frames),
		cmocka_unit_test(a_run_that_is_stopped_frees_them_too),
		cmocka_unit_test(a_handle_is_no_list_and_no_result_of_a_program),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
