/* test_vm - the interpreter: values, traps, and where each policy gives the lock away.
 *
 * Method: small programs, assembled and run by one thread that holds the lock.  Traps are
 * made with objects in every place, so that a leak checker sees what is not let go. */
#include "running.h"

static enum vm_trap run_under(const char *policy, const char *text, int64_t argument,
			      union value *result)
{
	struct program p;
	union value args[] = {{.i = argument}};
	assemble(text, &p);
	struct end end = run(&p, policy, COUNTS_PLAIN, NULL, args);
	*result = end.result;
	program_free(&p);
	return end.trap;
}

static int64_t result_of(const char *text, int64_t argument)
{
	union value result = {.i = -1};
	assert_int_equal(run_under("cpython", text, argument, &result), VM_TRAP_NONE);
	return result.i;
}

static enum vm_trap trap_of(const char *text, int64_t argument)
{
	union value result = {.i = 4711};
	enum vm_trap trap = run_under("cpython", text, argument, &result);
	assert_int_equal(result.i, 4711);
	return trap;
}

static void integers_wrap_modulo_2_to_the_64(void **state)
{
	(void)state;
	static const char text[] = "func f(n int) int\n"
				   "LOAD_FAST n\nLOAD_FAST n\nBINARY_MUL_INT\n"
				   "LOAD_FAST n\nBINARY_ADD_INT\nLOAD_CONST 1\nBINARY_SUB_INT\n"
				   "RETURN_VALUE\nend\n";
	assert_int_equal(result_of(text, 5), 29);
	assert_int_equal(result_of(text, INT64_MIN), INT64_MAX);
	assert_int_equal(result_of(text, INT64_MAX), INT64_MAX);
}

static void every_condition_compares_as_it_says(void **state)
{
	(void)state;
	static const bool holds[CONDITIONS_N][3] = {/* for 2, 3 and 4 against 3 */
						    {1, 0, 0}, {1, 1, 0}, {0, 1, 0},
						    {1, 0, 1}, {0, 0, 1}, {0, 1, 1}};
	for (int c = 0; c < CONDITIONS_N; c++)
		for (int k = 0; k < 3; k++) {
			char whole[200], real[200];
			snprintf(whole, sizeof whole,
				 "func f(n int) int\nLOAD_FAST n\nLOAD_CONST 3\nCOMPARE_INT %s\n"
				 "RETURN_VALUE\nend", condition_texts[c]);
			snprintf(real, sizeof real,
				 "func f(n int) int\nLOAD_FAST n\nINT_TO_FLOAT\nLOAD_CONST 3.0\n"
				 "COMPARE_FLOAT %s\nRETURN_VALUE\nend", condition_texts[c]);
			assert_int_equal(result_of(whole, 2 + k), holds[c][k]);
			assert_int_equal(result_of(real, 2 + k), holds[c][k]);
		}
}

static void a_range_that_is_empty_is_not_entered(void **state)
{
	(void)state;
	static const char text[] = "func f(n int) int\nlocal c int\n"
				   "LOAD_CONST 3\nLOAD_FAST n\n"
				   "next: FOR_RANGE done\nPOP_TOP\n"
				   "LOAD_FAST c\nLOAD_CONST 1\nBINARY_ADD_INT\nSTORE_FAST c\n"
				   "JUMP_BACKWARD next\n"
				   "done: LOAD_FAST c\nRETURN_VALUE\nend\n";
	assert_int_equal(result_of(text, 10), 7);
	assert_int_equal(result_of(text, 3), 0);
	assert_int_equal(result_of(text, -10), 0);
}

static void a_method_adds_to_an_item_and_traps_out_of_range(void **state)
{
	(void)state;
	static const char text[] = "global u floats\nfunc f(n int) int\n"
				   "LOAD_CONST 2.5\nLOAD_GLOBAL_REF u\nLOAD_FAST n\n"
				   "CALL_FLOATS_ADD\n"
				   "LOAD_CONST 1.5\nLOAD_GLOBAL_REF u\nLOAD_FAST n\n"
				   "CALL_FLOATS_ADD\n"
				   "LOAD_GLOBAL_REF u\nLOAD_FAST n\nSUBSCR_FLOATS\nLOAD_CONST 4.0\n"
				   "COMPARE_FLOAT eq\nRETURN_VALUE\nend\n";
	assert_int_equal(result_of(text, 0), 1);
	assert_int_equal(trap_of(text, 1), VM_TRAP_INDEX);
	assert_int_equal(trap_of(text, -1), VM_TRAP_INDEX);
}

/* Objects are on the stack and in locals of two frames when the index is out of range. */
static const char indexing[] = "func f(n int) int\nlocal u floats\nlocal m rows\n"
			       "LOAD_CONST 4\nBUILD_FLOATS\nSTORE_REF u\n"
			       "LOAD_CONST 2\nBUILD_ROWS\nSTORE_REF m\n"
			       "LOAD_REF u\nLOAD_REF m\nLOAD_CONST 0\nSTORE_ROWS\n"
			       "LOAD_REF u\nLOAD_REF u\nLOAD_REF m\nLOAD_FAST n\nCALL g\n"
			       "SWAP\nPOP_REF\nRETURN_VALUE\nend\n"
			       "func g(u floats, m rows, n int) int\nlocal own floats\n"
			       "LOAD_CONST 9\nBUILD_FLOATS\nSTORE_REF own\n"
			       "LOAD_REF own\nLOAD_REF m\nLOAD_CONST 0\nSUBSCR_ROWS\n"
			       "LOAD_FAST n\nSUBSCR_FLOATS\nPOP_TOP\nPOP_REF\n"
			       "LOAD_REF m\nLOAD_FAST n\nSUBSCR_ROWS\nLEN_FLOATS\n"
			       "RETURN_VALUE\nend\n";

static void an_index_out_of_range_is_a_trap_that_lets_go_of_all_objects(void **state)
{
	(void)state;
	assert_int_equal(result_of(indexing, 0), 4);
	assert_int_equal(trap_of(indexing, 4), VM_TRAP_INDEX);
	assert_int_equal(trap_of(indexing, -1), VM_TRAP_INDEX);
	assert_int_equal(trap_of(indexing, INT64_MIN), VM_TRAP_INDEX);
	assert_int_equal(trap_of(indexing, 3), VM_TRAP_INDEX); /* of the rows */
}

static void a_row_that_was_never_stored_is_a_trap(void **state)
{
	(void)state;
	assert_int_equal(trap_of(indexing, 1), VM_TRAP_UNSET);
}

static void a_length_that_cannot_be_is_a_trap(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"func f(n int) int\nLOAD_FAST n\nBUILD_FLOATS\nLEN_FLOATS\nRETURN_VALUE\nend",
		"func f(n int) int\nLOAD_FAST n\nBUILD_ROWS\nLEN_ROWS\nRETURN_VALUE\nend"};
	for (int k = 0; k < 2; k++) {
		assert_int_equal(result_of(texts[k], 0), 0);
		assert_int_equal(result_of(texts[k], 1000), 1000);
		assert_int_equal(trap_of(texts[k], -1), VM_TRAP_MEMORY);
		assert_int_equal(trap_of(texts[k], INT64_MAX), VM_TRAP_MEMORY);
	}
}

/* As one number: the length of n characters, and the one at k. */
static const char reading[] = "func f(n int) int\nlocal text bytes\n"
			      "LOAD_CONST 3\nCALL_NATIVE text\nSTORE_REF text\n"
			      "LOAD_REF text\nLOAD_REF text\nLEN_BYTES\nLOAD_CONST 1000\n"
			      "BINARY_MUL_INT\nSWAP\nLOAD_FAST n\nSUBSCR_BYTES\n"
			      "BINARY_ADD_INT\nRETURN_VALUE\nend\n";

static void bytes_have_a_length_and_are_numbers_from_0_to_255(void **state)
{
	(void)state;
	assert_int_equal(result_of(reading, 0), 3255);
	assert_int_equal(result_of(reading, 2), 3253);
}

static void an_index_outside_of_bytes_is_a_trap_that_lets_go_of_them(void **state)
{
	(void)state;
	assert_int_equal(trap_of(reading, 3), VM_TRAP_INDEX);
	assert_int_equal(trap_of(reading, -1), VM_TRAP_INDEX);
	assert_int_equal(trap_of(reading, INT64_MAX), VM_TRAP_INDEX);
}

static void bytes_of_a_length_that_cannot_be_are_not_made(void **state)
{
	(void)state;
	static const char text[] = "func f(n int) int\n"
				   "LOAD_FAST n\nCALL_NATIVE text\nLEN_BYTES\nRETURN_VALUE\nend";
	assert_int_equal(result_of(text, 0), 0);
	assert_int_equal(trap_of(text, -1), VM_TRAP_NATIVE);
	assert_int_equal(trap_of(text, INT64_MAX), VM_TRAP_NATIVE);
}

static void calls_nested_too_deep_are_a_trap_that_lets_go_of_all_frames(void **state)
{
	(void)state;
	static const char text[] = "func f(n int) int\nlocal u floats\n"
				   "LOAD_CONST 1\nBUILD_FLOATS\nSTORE_REF u\n"
				   "LOAD_FAST n\nPOP_JUMP_IF_FALSE done\n"
				   "LOAD_FAST n\nLOAD_CONST 1\nBINARY_SUB_INT\nCALL f\n"
				   "LOAD_CONST 1\nBINARY_ADD_INT\nRETURN_VALUE\n"
				   "done: LOAD_CONST 0\nRETURN_VALUE\nend\n";
	assert_int_equal(result_of(text, 500), 500);
	assert_int_equal(trap_of(text, 5000), VM_TRAP_RECURSION);
}

/* g stops its own thread, and would go round for ever with objects in all places. */
static const char stopping[] = "func f(n int) int\nlocal u floats\n"
			       "LOAD_CONST 4\nBUILD_FLOATS\nSTORE_REF u\n"
			       "LOAD_REF u\nLOAD_REF u\nLOAD_FAST n\nCALL g\n"
			       "SWAP\nPOP_REF\nRETURN_VALUE\nend\n"
			       "func g(u floats, n int) int\nlocal own floats\n"
			       "LOAD_CONST 9\nBUILD_FLOATS\nSTORE_REF own\n"
			       "LOAD_FAST n\nPOP_JUMP_IF_FALSE done\n"
			       "LOAD_REF own\nCALL_NATIVE stop\nPOP_TOP\n"
			       "next: LOAD_REF u\nPOP_REF\nJUMP_BACKWARD next\n"
			       "done: LOAD_FAST n\nRETURN_VALUE\nend\n";

static void a_thread_told_to_stop_ends_at_a_check_point_of_every_policy(void **state)
{
	(void)state;
	for (size_t k = 0; k < gil_policies_n; k++) {
		union value result = {.i = 4711};
		assert_int_equal(run_under(gil_policies[k].name, stopping, 1, &result),
				 VM_TRAP_STOPPED);
		assert_int_equal(result.i, 4711);
		assert_int_equal(run_under(gil_policies[k].name, stopping, 0, &result),
				 VM_TRAP_NONE);
		assert_int_equal(result.i, 0);
	}
}

/* Where the lock is given away.  The loop runs 2 opcodes, then 7 for each n, then 3. */
static const char counting[] = "func f(n int) int\nlocal c int\nlocal i int\n"
			       "LOAD_CONST 0\nLOAD_FAST n\n"
			       "next: FOR_RANGE done\nSTORE_FAST i\n"
			       "LOAD_FAST c\nLOAD_CONST 1\nBINARY_ADD_INT\nSTORE_FAST c\n"
			       "JUMP_BACKWARD next\n"
			       "done: LOAD_FAST c\nRETURN_VALUE\nend\n";

static int64_t takes_under(const char *policy, int64_t n)
{
	union value result;
	assert_int_equal(run_under(policy, counting, n, &result), VM_TRAP_NONE);
	assert_int_equal(result.i, n);
	return stats.takes_n;
}

/* The first take, and one after every opcode but the last, which leaves the program. */
static void the_opcode_policy_takes_the_lock_around_every_opcode(void **state)
{
	(void)state;
	assert_int_equal(takes_under("opcode", 0), 1 + 2 + 0 + 2);
	assert_int_equal(takes_under("opcode", 100), 1 + 2 + 700 + 2);
}

/* FOR_RANGE, BINARY_ADD and JUMP_BACKWARD tick: loads, stores and constants do not. */
static void cpython2_ticks_at_full_dispatch_only(void **state)
{
	(void)state;
	assert_int_equal(takes_under("cpython2", 33), 1); /* 100 ticks */
	assert_int_equal(takes_under("cpython2", 34), 2); /* 103 */
	assert_int_equal(takes_under("cpython2", 10100), 1 + (3 * 10100 + 1) / 101);
}

static void nobody_gives_it_away_unasked(void **state)
{
	(void)state;
	assert_int_equal(takes_under("cpython", 100000), 1);
	assert_int_equal(takes_under("cpython32", 100000), 1);
}

/* opcodes.def against the two lists of docs/lock.md. */
static void only_jumps_back_and_calls_read_the_breaker(void **state)
{
	(void)state;
	for (int op = 0; op < OPCODES_N; op++) {
		const char *name = opcode_infos[op].name;
		bool reads = strcmp(name, "JUMP_BACKWARD") == 0 || strcmp(name, "CALL") == 0 ||
			     strcmp(name, "CALL_NATIVE") == 0;
		assert_int_equal(!!(opcode_infos[op].checks & CHECK_AT_BREAKER), reads);
	}
}

static void loads_stores_shuffles_and_forward_jumps_do_not_dispatch_fully(void **state)
{
	(void)state;
	static const char *const fast[] = {"NOP", "LOAD_CONST", "LOAD_FAST", "STORE_FAST",
					   "LOAD_REF", "STORE_REF", "POP_TOP", "POP_REF", "SWAP",
					   "POP_JUMP_IF_FALSE", "JUMP_FORWARD"};
	for (int op = 0; op < OPCODES_N; op++) {
		bool is_fast = false;
		for (size_t k = 0; k < sizeof fast / sizeof *fast; k++)
			is_fast = is_fast || strcmp(opcode_infos[op].name, fast[k]) == 0;
		assert_int_equal(!(opcode_infos[op].checks & CHECK_AT_DISPATCH), is_fast);
	}
}

/* Wherever memory lies: loads of instructions do not wait for stores to slots. */
static void the_slots_of_a_thread_lie_half_a_page_from_its_program(void **state)
{
	(void)state;
	enum { TRIES_N = 50 };
	void *between[TRIES_N];
	for (size_t k = 0; k < TRIES_N; k++) {
		struct program p;
		struct error err = {""};
		between[k] = malloc(16 * k + 8);
		assert_int_equal(program_assemble("test", "func f() int\nLOAD_CONST 1\n"
							  "RETURN_VALUE\nend\n",
						  natives, &p, &err), 0);
		const struct interpreter_options options = {
			.policy = gil_policy_find("cpython"),
			.interval_ns = ABSENT,
			.ticks = ABSENT,
		};
		assert_int_equal(interpreter_open(&interpreter, &options), 0);
		assert_int_equal(module_open(&module, &interpreter, &p), 0);
		assert_int_equal(vm_thread_open(&t, &module, "test", ACCOUNTING_OFF, &stats), 0);
		size_t off = ((uintptr_t)t.stack.slots - (uintptr_t)p.quick) % 4096;
		assert_in_range(off, 2048 - sizeof(union value), 2048);
		vm_thread_close(&t);
		module_close(&module);
		interpreter_close(&interpreter);
		program_free(&p);
	}
	for (size_t k = 0; k < TRIES_N; k++)
		free(between[k]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_wrap_modulo_2_to_the_64),
		cmocka_unit_test(every_condition_compares_as_it_says),
		cmocka_unit_test(a_range_that_is_empty_is_not_entered),
		cmocka_unit_test(a_method_adds_to_an_item_and_traps_out_of_range),
		cmocka_unit_test(an_index_out_of_range_is_a_trap_that_lets_go_of_all_objects),
		cmocka_unit_test(a_row_that_was_never_stored_is_a_trap),
		cmocka_unit_test(a_length_that_cannot_be_is_a_trap),
		cmocka_unit_test(bytes_have_a_length_and_are_numbers_from_0_to_255),
		cmocka_unit_test(an_index_outside_of_bytes_is_a_trap_that_lets_go_of_them),
		cmocka_unit_test(bytes_of_a_length_that_cannot_be_are_not_made),
		cmocka_unit_test(calls_nested_too_deep_are_a_trap_that_lets_go_of_all_frames),
		cmocka_unit_test(a_thread_told_to_stop_ends_at_a_check_point_of_every_policy),
		cmocka_unit_test(the_opcode_policy_takes_the_lock_around_every_opcode),
		cmocka_unit_test(cpython2_ticks_at_full_dispatch_only),
		cmocka_unit_test(nobody_gives_it_away_unasked),
		cmocka_unit_test(the_slots_of_a_thread_lie_half_a_page_from_its_program),
		cmocka_unit_test(only_jumps_back_and_calls_read_the_breaker),
		cmocka_unit_test(loads_stores_shuffles_and_forward_jumps_do_not_dispatch_fully),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
