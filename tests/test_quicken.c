/* test_quicken - a superinstruction does what its opcodes do, and no more can be seen of it.
 *
 * Method: programs run twice in the same loop, as quick code and with the superinstructions taken
 * out of it again; by every one of supers.def, with usual values and at the edges. */
#include <stdlib.h>

#include "running.h"
#include "vm/quicken.h"

static bool has(const struct program *p, uint16_t op)
{
	for (size_t at = 0; at < p->insns_n; at++)
		if (p->quick[at].op == op)
			return true;
	return false;
}

static void take_out_of(struct program *p)
{
	memcpy(p->quick, p->insns, p->insns_n * sizeof *p->insns);
}

static void assert_alike(const char *name, struct end quick, struct end base)
{
	if (quick.trap != base.trap || quick.result.i != base.result.i)
		fail_msg("%s: %s, %lld; as opcodes %s, %lld", name, vm_trap_text(quick.trap),
			 (long long)quick.result.i, vm_trap_text(base.trap),
			 (long long)base.result.i);
	assert_int_equal(quick.references_off, 0);
	assert_int_equal(base.references_off, 0);
}

/* What each is within: m are 3 rows of 4 items, of which row 2 was never stored, and u row 1 of
 * them, numbers x and y at its start. */
static const char begin[] = "global shared floats\n"
			    "func f(a int, b int, x float, y float) %s\n"
			    "local m rows\nlocal u floats\nlocal s bytes\n"
			    "local c int\nlocal z float\n"
			    "LOAD_CONST 3\nBUILD_ROWS\nSTORE_REF m\n"
			    "LOAD_CONST 4\nBUILD_FLOATS\nLOAD_REF m\nLOAD_CONST 0\nSTORE_ROWS\n"
			    "LOAD_CONST 4\nBUILD_FLOATS\nSTORE_REF u\n"
			    "LOAD_REF u\nLOAD_REF m\nLOAD_CONST 1\nSTORE_ROWS\n"
			    "LOAD_FAST x\nLOAD_REF u\nLOAD_CONST 0\nSTORE_FLOATS\n"
			    "LOAD_FAST y\nLOAD_REF u\nLOAD_CONST 1\nSTORE_FLOATS\n"
			    "LOAD_CONST 4\nCALL_NATIVE text\nSTORE_REF s\n";
enum { TEXT_SIZE = 2048 };

/* Each with what is on the stack before it, in a form that gives all that it can change. */
#define INT_OF_STACK "RETURN_VALUE\nend\n"
#define SUM_OF_TWO "BINARY_ADD_INT\n" INT_OF_STACK
static const struct {
	const char *super, *out, *text;
} sequences[] = {
	{"NEXT_OF_RANGE", "int",
	 "LOAD_FAST a\nLOAD_FAST b\nNOP\nnext: FOR_RANGE done\nSTORE_FAST c\nNOP\n"
	 "JUMP_BACKWARD next\ndone: LOAD_FAST c\n" INT_OF_STACK},
	{"JUMP_UNLESS", "int",
	 "LOAD_FAST a\nLOAD_CONST 1\nCOMPARE_INT le\nPOP_JUMP_IF_FALSE no\n"
	 "LOAD_CONST 1\nRETURN_VALUE\nno: LOAD_CONST 2\n" INT_OF_STACK},
	{"LOAD_LOAD", "int", "LOAD_FAST a\nLOAD_FAST b\nBINARY_SUB_INT\n" INT_OF_STACK},
	{"ADD_CONST_STORE", "int",
	 "LOAD_FAST a\nLOAD_CONST 7\nBINARY_ADD_INT\nSTORE_FAST c\nLOAD_FAST c\n" INT_OF_STACK},
	{"ADD_INT_STORE", "int",
	 "LOAD_FAST a\nNOP\nLOAD_FAST b\nNOP\nBINARY_ADD_INT\nSTORE_FAST c\n"
	 "LOAD_FAST c\n" INT_OF_STACK},
	{"LOAD_MUL_INT", "int", "LOAD_FAST a\nNOP\nLOAD_FAST b\nBINARY_MUL_INT\n" INT_OF_STACK},
	{"LOAD_ADD_FLOAT", "float",
	 "LOAD_FAST x\nLOAD_FAST y\nBINARY_ADD_FLOAT\n" INT_OF_STACK},
	{"ADD_FLOAT_STORE", "float",
	 "LOAD_FAST x\nNOP\nLOAD_FAST y\nNOP\nBINARY_ADD_FLOAT\nSTORE_FAST z\n"
	 "LOAD_FAST z\n" INT_OF_STACK},
	{"ADD_LOAD_MUL", "float",
	 "LOAD_CONST 0.5\nLOAD_FAST x\nNOP\nBINARY_ADD_FLOAT\nLOAD_FAST y\nBINARY_MUL_FLOAT\n"
	 INT_OF_STACK},
	{"MUL_ADD_FLOAT", "float",
	 "LOAD_CONST 0.5\nLOAD_FAST x\nLOAD_FAST y\nBINARY_MUL_FLOAT\nBINARY_ADD_FLOAT\n"
	 INT_OF_STACK},
	{"MUL_DIV_FLOAT", "float",
	 "LOAD_CONST 0.5\nLOAD_FAST x\nLOAD_FAST y\nBINARY_MUL_FLOAT\nBINARY_DIV_FLOAT\n"
	 INT_OF_STACK},
	{"LOAD_BYTE", "int",
	 "LOAD_CONST 1000\nLOAD_REF s\nLOAD_FAST a\nSUBSCR_BYTES\n" SUM_OF_TWO},
	{"LOAD_ITEM", "float", "LOAD_REF u\nLOAD_FAST a\nSUBSCR_FLOATS\n" INT_OF_STACK},
	{"STORE_ITEM", "float",
	 "LOAD_CONST 2.5\nLOAD_REF u\nLOAD_FAST a\nSTORE_FLOATS\n"
	 "LOAD_REF u\nLOAD_CONST 0\nSUBSCR_FLOATS\n" INT_OF_STACK},
	/* A list that all share is locked where counts are biased. */
	{"STORE_ITEM", "float",
	 "LOAD_GLOBAL_REF shared\nSTORE_REF u\nLOAD_CONST 2.5\nLOAD_REF u\nLOAD_FAST a\n"
	 "STORE_FLOATS\nLOAD_REF u\nLOAD_CONST 0\nSUBSCR_FLOATS\n" INT_OF_STACK},
	{"LOAD_CELL", "float",
	 "LOAD_REF m\nLOAD_FAST a\nSUBSCR_ROWS\nLOAD_FAST b\nSUBSCR_FLOATS\n" INT_OF_STACK},
	{"STORE_CELL", "float",
	 "LOAD_CONST 2.5\nLOAD_REF m\nLOAD_FAST a\nSUBSCR_ROWS\nLOAD_FAST b\nSTORE_FLOATS\n"
	 "LOAD_REF u\nLOAD_CONST 1\nSUBSCR_FLOATS\n" INT_OF_STACK},
	{"LOAD_CELL_BELOW", "float",
	 "LOAD_REF m\nLOAD_FAST a\nLOAD_CONST 1\nBINARY_ADD_INT\nSUBSCR_ROWS\nLOAD_FAST b\n"
	 "SUBSCR_FLOATS\n" INT_OF_STACK},
	{"LOAD_CELL_ABOVE", "float",
	 "LOAD_REF m\nLOAD_FAST a\nLOAD_CONST 1\nBINARY_SUB_INT\nSUBSCR_ROWS\nLOAD_FAST b\n"
	 "SUBSCR_FLOATS\n" INT_OF_STACK},
	{"LOAD_CELL_AFTER", "float",
	 "LOAD_REF m\nLOAD_FAST a\nSUBSCR_ROWS\nLOAD_FAST b\nLOAD_CONST 1\nBINARY_ADD_INT\n"
	 "SUBSCR_FLOATS\n" INT_OF_STACK},
	{"LOAD_CELL_BEFORE", "float",
	 "LOAD_REF m\nLOAD_FAST a\nSUBSCR_ROWS\nLOAD_FAST b\nLOAD_CONST 1\nBINARY_SUB_INT\n"
	 "SUBSCR_FLOATS\n" INT_OF_STACK},
};
enum { SEQUENCES_N = sizeof sequences / sizeof *sequences };

static void assemble_sequence(int k, struct program *p)
{
	char text[TEXT_SIZE];
	int size = snprintf(text, sizeof text, begin, sequences[k].out);
	snprintf(text + size, sizeof text - (size_t)size, "%s", sequences[k].text);
	assemble(text, p);
}

static uint16_t op_of(const char *super)
{
	for (size_t k = 0; k < SUPERS_END - SUPERS_FIRST; k++)
		if (strcmp(super_infos[k].name, super) == 0)
			return (uint16_t)(SUPERS_FIRST + k);
	fail_msg("%s is none", super);
	return 0;
}

static void every_superinstruction_is_in_a_program_of_this_test(void **state)
{
	(void)state;
	for (size_t k = 0; k < SUPERS_END - SUPERS_FIRST; k++) {
		int n = 0;
		for (int sequence = 0; sequence < SEQUENCES_N; sequence++) {
			struct program p;
			assemble_sequence(sequence, &p);
			if (strcmp(sequences[sequence].super, super_infos[k].name) == 0)
				n += has(&p, (uint16_t)(SUPERS_FIRST + k));
			program_free(&p);
		}
		if (n == 0)
			fail_msg("%s", super_infos[k].name);
	}
}

static void only_its_first_opcode_may_be_a_check_point_of_jumps_and_calls(void **state)
{
	(void)state;
	for (size_t k = 0; k < SUPERS_END - SUPERS_FIRST; k++)
		for (size_t n = 0; n < super_infos[k].ops_n; n++) {
			uint16_t op = super_infos[k].ops[n];
			if (opcode_infos[op].checks & CHECK_AT_BREAKER)
				assert_true(n == 0 && op == OP_JUMP_BACKWARD);
		}
}

static void compare_sequence(int k, enum counts counts, const union value *args, int *traps_n)
{
	struct program p;
	assemble_sequence(k, &p);
	assert_true(has(&p, op_of(sequences[k].super)));
	struct end quick = run(&p, "cpython", counts, NULL, args);
	take_out_of(&p);
	assert_alike(sequences[k].super, quick, run(&p, "cpython", counts, NULL, args));
	traps_n[quick.trap]++;
	program_free(&p);
}

/* Indices in and out of range, rows that are not there, numbers that wrap, and not a number.  A
 * leak checker sees what a trap would not let go of. */
static void it_gives_what_its_opcodes_give_and_traps_where_they_do(void **state)
{
	(void)state;
	static const int64_t numbers[] = {0, 1, 2, 3, 4, -1, INT64_MAX, INT64_MIN};
	static const double floats[] = {0.0, -1.5, 1e308, __builtin_inf(), __builtin_nan("")};
	enum { NUMBERS_N = sizeof numbers / sizeof *numbers,
	       FLOATS_N = sizeof floats / sizeof *floats };
	int traps_n[VM_TRAP_NATIVE + 1] = {0};
	for (int k = 0; k < SEQUENCES_N; k++)
		for (int n = 0; n < NUMBERS_N * NUMBERS_N; n++) {
			int64_t a = numbers[n / NUMBERS_N], b = numbers[n % NUMBERS_N];
			/* Not a range that lasts for ever. */
			bool is_long = k == 0 && (double)b - (double)a > 1000;
			const union value args[] = {{.i = a},
						    {.i = is_long ? a : b},
						    {.f = floats[n % FLOATS_N]},
						    {.f = floats[n / FLOATS_N % FLOATS_N]}};
			for (int counts = 0; counts < COUNTS_N; counts++)
				compare_sequence(k, (enum counts)counts, args, traps_n);
		}
	assert_true(traps_n[VM_TRAP_NONE] > 0 && traps_n[VM_TRAP_INDEX] > 0 &&
		    traps_n[VM_TRAP_UNSET] > 0);
}

/* Twice round, by jumps into the middle of what begins before. */
static void a_jump_into_a_sequence_finds_the_rest_of_it(void **state)
{
	(void)state;
	static const char text[] = "func f(n int) int\nlocal c int\n"
				   "LOAD_FAST n\nJUMP_FORWARD middle\n"
				   "again: LOAD_FAST c\n"
				   "middle: LOAD_CONST 5\nBINARY_ADD_INT\nSTORE_FAST c\n"
				   "LOAD_FAST c\nLOAD_CONST 20\nCOMPARE_INT lt\n"
				   "POP_JUMP_IF_FALSE done\nJUMP_BACKWARD again\n"
				   "done: LOAD_FAST c\nRETURN_VALUE\nend\n";
	struct program p;
	assemble(text, &p);
	assert_true(has(&p, OP_ADD_CONST_STORE));
	for (int64_t n = -3; n < 20; n++) {
		int64_t expected = n + 5;
		while (expected < 20)
			expected += 5;
		struct end end = run(&p, "cpython", COUNTS_PLAIN, NULL, &(union value){.i = n});
		assert_int_equal(end.result.i, expected);
	}
	program_free(&p);
}

/* What is at an index of quick code is what is there in the program, or begins with it. */
static void quick_code_keeps_its_operands_and_the_opcodes_within(void **state)
{
	(void)state;
	for (int k = 0; k < SEQUENCES_N; k++) {
		struct program p;
		assemble_sequence(k, &p);
		for (size_t at = 0; at < p.insns_n; at++) {
			uint16_t op = p.quick[at].op;
			assert_int_equal(p.quick[at].arg, p.insns[at].arg);
			if (op >= SUPERS_FIRST)
				op = super_infos[op - SUPERS_FIRST].ops[0];
			assert_int_equal(op, p.insns[at].op);
		}
		program_free(&p);
	}
}

/* Nothing but the jump of a superinstruction could see a request; it would go on for seconds. */
static const char endless[] = "func f(n int) int\nlocal i int\nlocal c int\n"
			      "LOAD_CONST 0\nLOAD_FAST n\n"
			      "next: FOR_RANGE done\nSTORE_FAST i\n"
			      "LOAD_FAST c\nLOAD_CONST 1\nBINARY_ADD_INT\nSTORE_FAST c\n"
			      "JUMP_BACKWARD next\n"
			      "done: LOAD_FAST c\nRETURN_VALUE\nend\n";

/* Until the ticks of who runs began anew twice: by the second time it has dropped and taken the
 * lock after the first. */
static void await_drop(const struct gil *gil)
{
	int64_t before = INT64_MAX;
	for (int rounds_n = 0; rounds_n < 2;) {
		int64_t now = world_load(&gil->ticker, RELAXED);
		rounds_n += now > before;
		before = now;
		world_sleep_until(world_now_ns() + 100000);
	}
}

/* Stops the one that runs, once it has dropped the lock. */
static void *take_and_stop(void *lock)
{
	static struct gil_stats own_stats;
	struct gil_thread self;
	struct gil *gil = lock;
	gil_attach(&self, gil, "helper", ACCOUNTING_COUNTS, &own_stats);
	if (gil->policy->preemption == PREEMPT_TICKS)
		await_drop(gil);
	else {
		gil_take(&self);
		gil_detach(&self);
	}
	gil_stop(&t.gil);
	return NULL;
}

static int64_t stop_in_a_loop(const char *policy)
{
	/* In the virtual world opcodes must take time, or nobody else ever runs. */
	static uint32_t burns[OPCODES_N];
	const struct interpreter_options options = {
		.policy = gil_policy_find(policy), .interval_ns = 100000, .ticks = ABSENT};
	struct world_thread helper;
	struct program p;
	union value result = {.i = 4711};
	for (int op = 0; op < OPCODES_N; op++)
		burns[op] = 1000;
	assemble(endless, &p);
	assert_int_equal(interpreter_open(&interpreter, &options), 0);
	assert_int_equal(module_open(&module, &interpreter, &p), 0);
	memset(&stats, 0, sizeof stats);
	assert_int_equal(vm_thread_open(&t, &module, "test", ACCOUNTING_COUNTS, &stats), 0);
	t.burns = WORLD_VIRTUAL ? burns : NULL;
	gil_take(&t.gil);
	assert_int_equal(world_spawn(&helper, take_and_stop, &interpreter.gil), 0);
	assert_int_equal(vm_run(&t, &(union value){.i = INT64_MAX}, &result), VM_TRAP_STOPPED);
	assert_int_equal(result.i, 4711);
	gil_detach(&t.gil);
	world_join(&helper);
	vm_thread_close(&t);
	module_close(&module);
	interpreter_close(&interpreter);
	program_free(&p);
	return stats.takes_n;
}

static void a_jump_within_one_is_a_check_point(void **state)
{
	(void)state;
	assert_true(stop_in_a_loop("cpython") >= 2);
	assert_true(stop_in_a_loop("ruby") >= 2);
	assert_true(stop_in_a_loop("mutex") >= 2);
}

/* Quick code that adds where the program subtracts tells which of both ran. */
static bool runs_quick_code(const char *policy, const uint32_t *burns)
{
	static const char text[] = "func f(n int) int\n"
				   "LOAD_FAST n\nLOAD_CONST 1\nBINARY_SUB_INT\nRETURN_VALUE\nend\n";
	struct program p;
	assemble(text, &p);
	p.quick[2].op = OP_BINARY_ADD_INT;
	struct end end = run(&p, policy, COUNTS_PLAIN, burns, &(union value){.i = 10});
	program_free(&p);
	assert_true(end.result.i == 9 || end.result.i == 11);
	return end.result.i == 11;
}

static void only_policies_that_check_at_jumps_and_calls_run_quick_code(void **state)
{
	(void)state;
	for (size_t k = 0; k < gil_policies_n; k++) {
		bool is_coarse = gil_policies[k].check_points == CHECK_AT_BREAKER;
		assert_int_equal(runs_quick_code(gil_policies[k].name, NULL),
				 is_coarse && !WORLD_VIRTUAL);
	}
}

static void at_a_pace_and_in_the_virtual_world_opcodes_run_one_by_one(void **state)
{
	(void)state;
	static const uint32_t burns[OPCODES_N];
	for (size_t k = 0; k < gil_policies_n; k++)
		assert_false(runs_quick_code(gil_policies[k].name, burns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_superinstruction_is_in_a_program_of_this_test),
		cmocka_unit_test(only_its_first_opcode_may_be_a_check_point_of_jumps_and_calls),
		cmocka_unit_test(it_gives_what_its_opcodes_give_and_traps_where_they_do),
		cmocka_unit_test(a_jump_into_a_sequence_finds_the_rest_of_it),
		cmocka_unit_test(quick_code_keeps_its_operands_and_the_opcodes_within),
		cmocka_unit_test(a_jump_within_one_is_a_check_point),
		cmocka_unit_test(only_policies_that_check_at_jumps_and_calls_run_quick_code),
		cmocka_unit_test(at_a_pace_and_in_the_virtual_world_opcodes_run_one_by_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
