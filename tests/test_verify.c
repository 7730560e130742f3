/* test_verify - no program that the verifier lets through can leave what it owns.
 *
 * Method: each rule is broken once, in text where text can say it and else by tampering
 * with an assembled program, and the whole message compared. */
#include "programs.h"

#include <errno.h>
#include <stdlib.h>

static void assert_accepted(const char *text)
{
	struct program p;
	assemble(text, &p);
	program_free(&p);
}

static void assert_refused(const char *text, const char *message)
{
	struct program p;
	struct error err = {0};
	assert_int_equal(program_assemble("x.gasm", text, natives, &p, &err), -EINVAL);
	assert_string_equal(err.text, message);
}

/* Lines inside f, from line 5 on, which has locals of each kind. */
static void assert_body_refused(const char *body, const char *message)
{
	struct buffer text = {0};
	buffer_printf(&text,
		      "func f(n int, x float) int\n"
		      "local l floats\nlocal m rows\nlocal a array\n%s\nend\n"
		      "func g(l floats, k int) rows\nLOAD_CONST 1\nBUILD_ROWS\nRETURN_VALUE\nend",
		      body);
	assert_refused(text.bytes, message);
	buffer_free(&text);
}

static const char count[] = "func count(n int) int\n"
			    "	local c int\n"
			    "	local _ int\n"
			    "	LOAD_CONST 0\n"
			    "	LOAD_FAST n\n"
			    "next:	FOR_RANGE done\n"
			    "	STORE_FAST _\n"
			    "	LOAD_FAST c\n"
			    "	LOAD_CONST 1\n"
			    "	BINARY_ADD_INT\n"
			    "	STORE_FAST c\n"
			    "	JUMP_BACKWARD next\n"
			    "done:	LOAD_FAST c\n"
			    "	RETURN_VALUE\n"
			    "end\n";

static const char fib[] = "func main(n int) int\n"
			  "	LOAD_FAST n\n"
			  "	CALL fib\n"
			  "	RETURN_VALUE\n"
			  "end\n"
			  "func fib(n int) int\n"
			  "	LOAD_FAST n\n"
			  "	LOAD_CONST 2\n"
			  "	COMPARE_INT lt\n"
			  "	POP_JUMP_IF_FALSE more\n"
			  "	LOAD_FAST n\n"
			  "	RETURN_VALUE\n"
			  "more:	LOAD_FAST n\n"
			  "	LOAD_CONST 1\n"
			  "	BINARY_SUB_INT\n"
			  "	CALL fib\n"
			  "	LOAD_FAST n\n"
			  "	LOAD_CONST 2\n"
			  "	BINARY_SUB_INT\n"
			  "	CALL fib\n"
			  "	BINARY_ADD_INT\n"
			  "	RETURN_VALUE\n"
			  "end\n";

static const char rows[] = "func main(n int) float\n"
			   "	LOAD_FAST n\n"
			   "	BUILD_ROWS\n"
			   "	LOAD_CONST 0.5\n"
			   "	LOAD_FAST n\n"
			   "	CALL_NATIVE grid\n"
			   "	SWAP\n"
			   "	CALL total\n"
			   "	SWAP\n"
			   "	CALL_NATIVE sum\n"
			   "	BINARY_ADD_FLOAT\n"
			   "	RETURN_VALUE\n"
			   "end\n"
			   "func total(u rows) float\n"
			   "	local sum float\n"
			   "	local row floats\n"
			   "	local i int\n"
			   "	LOAD_CONST 0\n"
			   "	LOAD_REF u\n"
			   "	LEN_ROWS\n"
			   "next:	FOR_RANGE done\n"
			   "	STORE_FAST i\n"
			   "	LOAD_REF u\n"
			   "	LOAD_FAST i\n"
			   "	SUBSCR_ROWS\n"
			   "	STORE_REF row\n"
			   "	LOAD_CONST 0\n"
			   "	LOAD_REF row\n"
			   "	LEN_FLOATS\n"
			   "cell:	FOR_RANGE end_row\n"
			   "	STORE_FAST i\n"
			   "	LOAD_REF row\n"
			   "	LOAD_FAST i\n"
			   "	SUBSCR_FLOATS\n"
			   "	LOAD_FAST sum\n"
			   "	BINARY_ADD_FLOAT\n"
			   "	STORE_FAST sum\n"
			   "	JUMP_BACKWARD cell\n"
			   "end_row:	JUMP_BACKWARD next\n"
			   "done:	LOAD_FAST sum\n"
			   "	RETURN_VALUE\n"
			   "end\n";

static void loops_nested_loops_and_calls_are_accepted(void **state)
{
	(void)state;
	assert_accepted(count);
	assert_accepted(fib);
	assert_accepted(rows);
	assert_accepted("func f() int\nhere: JUMP_BACKWARD here\nend");
}

static void depths_are_those_before_each_instruction(void **state)
{
	(void)state;
	static const uint8_t expected[] = {0, 1, 2, 3, 2, 3, 4, 3, 2, 0, 1};
	struct program p;
	assemble(count, &p);
	assert_int_equal(p.insns_n, sizeof expected);
	assert_memory_equal(p.depths, expected, sizeof expected);
	assert_int_equal(p.functions->stack_n, 4);
	program_free(&p);
}

static void references_are_the_slots_that_hold_objects(void **state)
{
	(void)state;
	/* n; rows; rows float; rows float n; rows array; array rows; array float; ... */
	static const uint64_t expected[] = {0, 0, 1, 1, 1, 3, 3, 1, 2, 0, 0};
	struct program p;
	assemble(rows, &p);
	assert_memory_equal(p.references, expected, sizeof expected);
	assert_int_equal(p.functions->stack_n, 3);
	program_free(&p);
}

static void bytes_are_no_list_and_cannot_be_written(void **state)
{
	(void)state;
	assert_accepted("func f() int\nCALL_NATIVE text\nLOAD_CONST 0\nSUBSCR_BYTES\n"
			"RETURN_VALUE\nend");
	assert_body_refused("CALL_NATIVE text\nLEN_FLOATS\nRETURN_VALUE",
			    "x.gasm:6: LEN_FLOATS: needs floats on top of the stack, finds bytes");
	assert_body_refused("LOAD_FAST x\nCALL_NATIVE text\nLOAD_FAST n\nSTORE_FLOATS\n"
			    "LOAD_FAST n\nRETURN_VALUE",
			    "x.gasm:8: STORE_FLOATS: needs float floats int on top of the stack, "
			    "finds float bytes int");
	assert_refused("global g bytes\nfunc f() int\nLOAD_CONST 0\nRETURN_VALUE\nend",
		       "x.gasm: globals: must be int, float or floats, at most 16");
}

static void operands_of_another_type_are_refused(void **state)
{
	(void)state;
	assert_body_refused("LOAD_FAST x\nLOAD_FAST n\nBINARY_ADD_INT\nRETURN_VALUE",
			    "x.gasm:7: BINARY_ADD_INT: needs int int on top of the stack, finds "
			    "float int");
	assert_body_refused("LOAD_FAST x\nLOAD_FAST n\nCALL g",
			    "x.gasm:7: CALL: needs floats int on top of the stack, finds float "
			    "int");
	assert_body_refused("LOAD_FAST x\nLOAD_FAST x\nCALL_NATIVE grid",
			    "x.gasm:7: CALL_NATIVE: needs float int on top of the stack, finds "
			    "float float");
	assert_body_refused("LOAD_FAST n\nSTORE_REF l",
			    "x.gasm:6: STORE_REF: needs floats on top of the stack, finds int");
}

static void a_stack_that_is_too_shallow_is_refused(void **state)
{
	(void)state;
	assert_body_refused("SWAP", "x.gasm:5: SWAP: needs anything anything on top of the stack, "
				    "finds nothing");
	assert_body_refused("LOAD_FAST n\nBINARY_ADD_INT",
			    "x.gasm:6: BINARY_ADD_INT: needs int int on top of the stack, finds "
			    "int");
}

static void a_number_is_dropped_as_a_number_and_an_object_as_an_object(void **state)
{
	(void)state;
	assert_body_refused("LOAD_FAST n\nBUILD_ROWS\nPOP_TOP",
			    "x.gasm:7: POP_TOP: needs number on top of the stack, finds rows");
	assert_body_refused("LOAD_FAST n\nPOP_REF",
			    "x.gasm:6: POP_REF: needs object on top of the stack, finds int");
	assert_accepted("func f(n int) int\nLOAD_FAST n\nBUILD_ROWS\nLOAD_CONST 1.0\nPOP_TOP\n"
			"POP_REF\nLOAD_FAST n\nRETURN_VALUE\nend");
}

static void a_local_is_read_as_what_it_is(void **state)
{
	(void)state;
	assert_body_refused("LOAD_FAST l",
			    "x.gasm:5: LOAD_FAST: needs a number, but local 2 is floats");
	assert_body_refused("STORE_FAST a",
			    "x.gasm:5: STORE_FAST: needs a number, but local 4 is array");
	assert_body_refused("LOAD_REF x",
			    "x.gasm:5: LOAD_REF: needs an object, but local 1 is float");
}

static void an_object_is_stored_before_it_is_read(void **state)
{
	(void)state;
	assert_body_refused("LOAD_REF l", "x.gasm:5: LOAD_REF: needs an object stored in local 2 "
					  "on every path that leads here");
}

/* In the first, the path that stores reaches `on` first: the other one must have what
 * follows looked at again. */
static void an_object_stored_on_one_path_only_is_not_read(void **state)
{
	(void)state;
	assert_body_refused("LOAD_FAST n\nPOP_JUMP_IF_FALSE no\nLOAD_FAST n\nBUILD_FLOATS\n"
			    "STORE_REF l\nJUMP_FORWARD on\nno: NOP\non: NOP\nLOAD_REF l\n"
			    "LEN_FLOATS\nRETURN_VALUE",
			    "x.gasm:13: LOAD_REF: needs an object stored in local 2 on every path "
			    "that leads here");
	assert_body_refused("LOAD_CONST 0\nLOAD_FAST n\nnext: FOR_RANGE no\nBUILD_FLOATS\n"
			    "STORE_REF l\nJUMP_BACKWARD next\nno: LOAD_REF l\nLEN_FLOATS\n"
			    "RETURN_VALUE",
			    "x.gasm:11: LOAD_REF: needs an object stored in local 2 on every path "
			    "that leads here");
	assert_accepted("func f(n int) int\nlocal l floats\nLOAD_FAST n\nPOP_JUMP_IF_FALSE no\n"
			"LOAD_FAST n\nBUILD_FLOATS\nSTORE_REF l\nJUMP_FORWARD out\n"
			"no: LOAD_CONST 1\nBUILD_FLOATS\nSTORE_REF l\n"
			"out: LOAD_REF l\nLEN_FLOATS\nRETURN_VALUE\nend");
}

static void paths_that_meet_bring_the_same_stack(void **state)
{
	(void)state;
	assert_body_refused("LOAD_FAST n\nPOP_JUMP_IF_FALSE on\nLOAD_FAST n\nLOAD_FAST x\n"
			    "on: LOAD_FAST n\nRETURN_VALUE",
			    "x.gasm:8: LOAD_FAST: reaches line 9 with int float on the stack, "
			    "another path with nothing");
	assert_body_refused("LOAD_FAST n\nPOP_JUMP_IF_FALSE on\nLOAD_FAST x\nPOP_TOP\n"
			    "LOAD_FAST n\non: NOP\nhere: JUMP_BACKWARD here",
			    "x.gasm:9: LOAD_FAST: reaches line 10 with int on the stack, another "
			    "path with nothing");
	assert_body_refused("LOAD_FAST n\nPOP_JUMP_IF_FALSE no\nLOAD_FAST n\nJUMP_FORWARD on\n"
			    "no: LOAD_FAST x\non: RETURN_VALUE",
			    "x.gasm:9: LOAD_FAST: reaches line 10 with float on the stack, another "
			    "path with int");
	assert_body_refused("LOAD_CONST 0\nLOAD_FAST n\nnext: FOR_RANGE no\nJUMP_BACKWARD next\n"
			    "no: LOAD_FAST n\nRETURN_VALUE",
			    "x.gasm:8: JUMP_BACKWARD: reaches line 7 with int int int on the "
			    "stack, another path with int int");
}

static void only_backward_jumps_close_loops(void **state)
{
	(void)state;
	assert_body_refused("next: NOP\nJUMP_FORWARD next",
			    "x.gasm:6: JUMP_FORWARD: needs a target after it: every loop has a "
			    "check point, so only JUMP_BACKWARD closes one");
	assert_body_refused("next: LOAD_FAST n\nPOP_JUMP_IF_FALSE next",
			    "x.gasm:6: POP_JUMP_IF_FALSE: needs a target after it: every loop "
			    "has a check point, so only JUMP_BACKWARD closes one");
	assert_body_refused("LOAD_FAST n\nLOAD_FAST n\nhere: FOR_RANGE here",
			    "x.gasm:7: FOR_RANGE: needs a target after it: every loop has a check "
			    "point, so only JUMP_BACKWARD closes one");
	assert_body_refused("JUMP_BACKWARD on\non: LOAD_FAST n\nRETURN_VALUE",
			    "x.gasm:5: JUMP_BACKWARD: needs a target at or before it: it is the "
			    "check point of a loop");
}

static void no_path_runs_off_the_end(void **state)
{
	(void)state;
	assert_body_refused("LOAD_FAST n",
			    "x.gasm:5: LOAD_FAST: must not be the last of f: nothing follows it");
	assert_body_refused("LOAD_FAST n\nPOP_JUMP_IF_FALSE out\nLOAD_FAST n\nRETURN_VALUE\nout:",
			    "x.gasm:6: POP_JUMP_IF_FALSE: needs a target inside f");
}

static void dead_code_is_refused(void **state)
{
	(void)state;
	assert_body_refused("LOAD_FAST n\nRETURN_VALUE\nLOAD_FAST n\nRETURN_VALUE",
			    "x.gasm:7: LOAD_FAST: must be reachable: no path leads here");
	assert_body_refused("JUMP_FORWARD on\nNOP\non: LOAD_FAST n\nRETURN_VALUE",
			    "x.gasm:6: NOP: must be reachable: no path leads here");
}

static void a_function_returns_one_value_of_its_type(void **state)
{
	(void)state;
	assert_body_refused("LOAD_FAST x\nRETURN_VALUE",
			    "x.gasm:6: RETURN_VALUE: needs int on top of the stack, finds float");
	assert_body_refused("LOAD_FAST n\nLOAD_FAST n\nRETURN_VALUE",
			    "x.gasm:7: RETURN_VALUE: needs one value on the stack, finds 2");
}

static void the_stack_has_64_places(void **state)
{
	(void)state;
	for (int n = STACK_MOST; n <= STACK_MOST + 1; n++) {
		struct buffer text = {0};
		buffer_printf(&text, "func f() int\n");
		for (int k = 0; k < n; k++)
			buffer_printf(&text, "LOAD_CONST 1\n");
		buffer_printf(&text, "here: JUMP_BACKWARD here\nend");
		if (n > STACK_MOST)
			assert_refused(text.bytes, "x.gasm:66: LOAD_CONST: needs more than the 64 "
						   "places of the stack");
		else
			assert_accepted(text.bytes);
		buffer_free(&text);
	}
}

static void the_entry_takes_and_gives_numbers(void **state)
{
	(void)state;
	assert_refused("func f(l floats) int\nLOAD_REF l\nLEN_FLOATS\nRETURN_VALUE\nend",
		       "x.gasm: func f: is the entry: must take and give only numbers");
	assert_refused("func f(n int) floats\nLOAD_FAST n\nBUILD_FLOATS\nRETURN_VALUE\nend",
		       "x.gasm: func f: is the entry: must take and give only numbers");
}

/* Assembles `rows`, lets one statement spoil it, and compares the message. */
#define ASSERT_SPOILED(message, spoil) \
	do { \
		struct program p; \
		struct error err = {0}; \
		assemble(rows, &p); \
		spoil; \
		assert_int_equal(program_verify("x.gasm", &p, &err), -EINVAL); \
		assert_string_equal(err.text, message); \
		program_free(&p); \
	} while (0)

static void operands_out_of_range_are_refused(void **state)
{
	(void)state;
	ASSERT_SPOILED("x.gasm:2: LOAD_FAST: has operand 1, but there are 1 locals",
		       p.insns[0].arg = 1);
	ASSERT_SPOILED("x.gasm:3: BUILD_ROWS: takes no operand, has 9", p.insns[1].arg = 9);
	ASSERT_SPOILED("x.gasm:4: LOAD_CONST: has operand 2, but there are 2 constants",
		       p.insns[2].arg = 2);
	ASSERT_SPOILED("x.gasm:6: CALL_NATIVE: has operand 65535, but there are 3 natives",
		       p.insns[4].arg = 65535);
	ASSERT_SPOILED("x.gasm:8: CALL: has operand 2, but there are 2 functions",
		       p.insns[6].arg = 2);
	ASSERT_SPOILED("x.gasm:2: COMPARE_INT: has operand 6, but there are 6 conditions",
		       p.insns[0] = ((struct insn){OP_COMPARE_INT, CONDITIONS_N}));
	ASSERT_SPOILED("x.gasm:2: opcode 999: unknown", p.insns[0].op = 999);
	char message[64];
	snprintf(message, sizeof message, "x.gasm:2: opcode %d: unknown", OPCODES_N);
	ASSERT_SPOILED(message, p.insns[0].op = OPCODES_N);
}

static void a_jump_into_another_function_is_refused(void **state)
{
	(void)state;
	ASSERT_SPOILED("x.gasm:21: FOR_RANGE: needs a target inside total", p.insns[14].arg = 10);
	ASSERT_SPOILED("x.gasm:38: JUMP_BACKWARD: needs a target inside total",
		       p.insns[31].arg = 0);
	ASSERT_SPOILED("x.gasm:21: FOR_RANGE: needs a target inside total",
		       p.insns[14].arg = 65535);
}

static void functions_fill_the_program_in_order(void **state)
{
	(void)state;
	const char *begin = "x.gasm: func total: must begin where the one before it ends, and not "
			    "be empty";
	ASSERT_SPOILED(begin, p.functions[1].first--);
	ASSERT_SPOILED(begin, p.functions[1].end = p.functions[1].first);
	ASSERT_SPOILED("x.gasm: func total: must end inside the program, the last one at its end",
		       p.functions[1].end++);
	ASSERT_SPOILED("x.gasm: func total: must end inside the program, the last one at its end",
		       p.functions[1].end--);
	ASSERT_SPOILED("x.gasm: program: must have a function, at most 65535 instructions and "
		       "65535 constants", p.functions_n = 0);
}

static void parts_of_unknown_kinds_are_refused(void **state)
{
	(void)state;
	static const struct native odd[] = {{.name = "odd", .in = "z", .out = "i"}, {0}};
	const char *locals = "x.gasm: func total: must have at most 64 locals, the parameters "
			     "among them";
	const char *types = "x.gasm: func total: must have locals and a value of known types";
	ASSERT_SPOILED(locals, p.functions[1].locals_n = LOCALS_MOST + 1);
	ASSERT_SPOILED(locals, p.functions[1].params_n = 5);
	ASSERT_SPOILED(types, p.functions[1].locals[3] = TYPES_N);
	ASSERT_SPOILED(types, p.functions[1].out = 255);
	ASSERT_SPOILED("x.gasm: constants: must be int or float", p.const_types[1] = TYPE_FLOATS);
	ASSERT_SPOILED("x.gasm: native odd: must take and give letters of types",
		       (p.natives = odd, p.natives_n = 1));
	ASSERT_SPOILED("x.gasm: func mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm: "
		       "name must end within its field",
		       memset(p.functions->name, 'm', sizeof p.functions->name));
}

static void an_immortal_is_a_global_that_is_an_object(void **state)
{
	(void)state;
	ASSERT_SPOILED("x.gasm: immortal globals: must be floats", p.immortals = 1);
	ASSERT_SPOILED("x.gasm: immortal globals: must be floats", p.immortals = UINT64_C(1) << 63);
}

static void a_method_adds_a_float_to_an_item_of_floats(void **state)
{
	(void)state;
	assert_accepted("func f() int\nLOAD_CONST 1.0\nLOAD_CONST 1\nBUILD_FLOATS\n"
			"LOAD_CONST 0\nCALL_FLOATS_ADD\nLOAD_CONST 0\nRETURN_VALUE\nend\n");
	assert_body_refused("LOAD_CONST 1\nLOAD_CONST 1\nBUILD_FLOATS\nLOAD_CONST 0\n"
			    "CALL_FLOATS_ADD",
			    "x.gasm:9: CALL_FLOATS_ADD: needs float floats int on top of the "
			    "stack, finds int floats int");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loops_nested_loops_and_calls_are_accepted),
		cmocka_unit_test(depths_are_those_before_each_instruction),
		cmocka_unit_test(references_are_the_slots_that_hold_objects),
		cmocka_unit_test(bytes_are_no_list_and_cannot_be_written),
		cmocka_unit_test(operands_of_another_type_are_refused),
		cmocka_unit_test(a_stack_that_is_too_shallow_is_refused),
		cmocka_unit_test(a_number_is_dropped_as_a_number_and_an_object_as_an_object),
		cmocka_unit_test(a_local_is_read_as_what_it_is),
		cmocka_unit_test(an_object_is_stored_before_it_is_read),
		cmocka_unit_test(an_object_stored_on_one_path_only_is_not_read),
		cmocka_unit_test(paths_that_meet_bring_the_same_stack),
		cmocka_unit_test(only_backward_jumps_close_loops),
		cmocka_unit_test(no_path_runs_off_the_end),
		cmocka_unit_test(dead_code_is_refused),
		cmocka_unit_test(a_function_returns_one_value_of_its_type),
		cmocka_unit_test(the_stack_has_64_places),
		cmocka_unit_test(the_entry_takes_and_gives_numbers),
		cmocka_unit_test(operands_out_of_range_are_refused),
		cmocka_unit_test(a_jump_into_another_function_is_refused),
		cmocka_unit_test(functions_fill_the_program_in_order),
		cmocka_unit_test(parts_of_unknown_kinds_are_refused),
		cmocka_unit_test(an_immortal_is_a_global_that_is_an_object),
		cmocka_unit_test(a_method_adds_a_float_to_an_item_of_floats),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
