/* test_asm - program text becomes a program, or one line that says why not.
 *
 * Method: each refusal is compared with its whole message, name and line included; each
 * accepted text with the instructions and constants it must become. */
#include "programs.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static void assert_refused(const char *text, const char *message)
{
	struct program p, empty = {0};
	struct error err = {0};
	assert_int_equal(program_assemble("x.gasm", text, natives, &p, &err), -EINVAL);
	assert_string_equal(err.text, message);
	assert_memory_equal(&p, &empty, sizeof p);
}

/* One statement on line 3 of an otherwise good function with local `c` and label `on`. */
static void assert_line_refused(const char *line, const char *message)
{
	struct buffer text = {0};
	buffer_printf(&text,
		      "func f(n int) int\nlocal c int\n%s\n"
		      "on: LOAD_FAST n\nRETURN_VALUE\nend",
		      line);
	assert_refused(text.bytes, message);
	buffer_free(&text);
}

static void a_text_becomes_its_instructions(void **state)
{
	(void)state;
	static const struct insn expected[] = {
		{OP_LOAD_CONST, 0},	{OP_STORE_FAST, 2}, {OP_LOAD_CONST, 1},
		{OP_LOAD_FAST, 0},	{OP_FOR_RANGE, 13}, {OP_STORE_FAST, 3},
		{OP_LOAD_FAST, 2},	{OP_LOAD_FAST, 1},  {OP_LOAD_FAST, 2},
		{OP_BINARY_ADD_INT, 0}, {OP_STORE_FAST, 2}, {OP_STORE_FAST, 1},
		{OP_JUMP_BACKWARD, 4},	{OP_LOAD_FAST, 1},  {OP_RETURN_VALUE, 0},
	};
	struct program p;
	assemble(fib_text, &p);
	assert_int_equal(p.insns_n, sizeof expected / sizeof *expected);
	assert_memory_equal(p.insns, expected, sizeof expected);
	assert_int_equal(p.lines[0], 6);
	assert_int_equal(p.lines[13], 20);
	assert_int_equal(p.functions_n, 1);
	assert_string_equal(p.functions->name, "fib");
	assert_int_equal(p.functions->params_n, 1);
	assert_int_equal(p.functions->locals_n, 4);
	assert_int_equal(p.functions->out, TYPE_INT);
	program_free(&p);
}

static void calls_find_functions_that_follow_and_natives(void **state)
{
	(void)state;
	struct program p;
	assemble("func f(n int) float\nLOAD_FAST n\nCALL h\nNOP\nLOAD_FAST n\n"
		 "CALL_NATIVE grid\nCALL_NATIVE sum\nRETURN_VALUE\nend\n"
		 "func g(n int) float\nLOAD_FAST n\nCALL g\nRETURN_VALUE\nend\n"
		 "func h(n int) float\nLOAD_FAST n\nCALL g\nRETURN_VALUE\nend\n",
		 &p);
	assert_int_equal(p.functions_n, 3);
	assert_int_equal(p.insns[1].arg, 2); /* h, which follows */
	assert_int_equal(p.insns[8].arg, 1); /* g, which is open */
	assert_int_equal(p.insns[11].arg, 1);
	assert_int_equal(p.insns[4].op, OP_CALL_NATIVE);
	assert_int_equal(p.insns[4].arg, 0);
	assert_int_equal(p.insns[5].arg, 1);
	program_free(&p);
}

static void labels_belong_to_their_function(void **state)
{
	(void)state;
	struct program p;
	assemble("func f() int\njump: JUMP_FORWARD on\non: LOAD_CONST 1\nRETURN_VALUE\nend\n"
		 "func g() int\njump: JUMP_FORWARD on\non: LOAD_CONST 1\nRETURN_VALUE\nend\n",
		 &p);
	assert_int_equal(p.insns[0].arg, 1);
	assert_int_equal(p.insns[3].arg, 4);
	program_free(&p);
	assert_refused("func f() int\nJUMP_FORWARD on\non: LOAD_CONST 1\nRETURN_VALUE\nend\n"
		       "func g() int\nJUMP_FORWARD on\nLOAD_CONST 1\nRETURN_VALUE\nend\n",
		       "x.gasm:7: JUMP_FORWARD on: no label named on in g");
}

static void a_text_need_not_end_in_a_newline_and_may_come_from_windows(void **state)
{
	(void)state;
	struct program p;
	assemble("func f ( ) int\r\n\r\n  on : LOAD_CONST 1# one\r\nRETURN_VALUE\r\nend", &p);
	assert_int_equal(p.insns_n, 2);
	assert_int_equal(p.lines[0], 3);
	program_free(&p);
}

static void equal_constants_are_one(void **state)
{
	(void)state;
	struct program p;
	assemble("func f() float\nLOAD_CONST 1\nPOP_TOP\nLOAD_CONST 1.0\nPOP_TOP\nLOAD_CONST 1e0\n"
		 "POP_TOP\nLOAD_CONST 01\nPOP_TOP\nLOAD_CONST 0.0\nPOP_TOP\nLOAD_CONST -0.0\n"
		 "POP_TOP\nLOAD_CONST 0x1p+0\nRETURN_VALUE\nend",
		 &p);
	assert_int_equal(p.consts_n, 4);
	assert_int_equal(p.const_types[0], TYPE_INT);
	assert_int_equal(p.const_types[1], TYPE_FLOAT);
	assert_int_equal(p.insns[4].arg, 1);
	assert_int_equal(p.insns[6].arg, 0);
	assert_int_equal(p.insns[12].arg, 1);
	assert_true(signbit(p.consts[3].f) && !signbit(p.consts[2].f));
	program_free(&p);
}

/* A function that pushes `number` and drops it. */
static void assemble_number(const char *number, struct program *p)
{
	struct buffer text = {0};
	buffer_printf(&text,
		      "func f() int\nLOAD_CONST %s\nPOP_TOP\n"
		      "LOAD_CONST 7\nRETURN_VALUE\nend",
		      number);
	assemble(text.bytes, p);
	buffer_free(&text);
}

static void whole_numbers_have_64_bits(void **state)
{
	(void)state;
	struct program p;
	assemble_number("9223372036854775807", &p);
	assert_true(p.const_types[0] == TYPE_INT && p.consts[0].i == INT64_MAX);
	program_free(&p);
	assemble_number("-9223372036854775808", &p);
	assert_true(p.const_types[0] == TYPE_INT && p.consts[0].i == INT64_MIN);
	program_free(&p);
	assert_line_refused("LOAD_CONST 9223372036854775808",
			    "x.gasm:3: 9223372036854775808: needs to fit 64 bits, from -2^63 to "
			    "2^63 - 1");
	assert_line_refused("LOAD_CONST -9223372036854775809",
			    "x.gasm:3: -9223372036854775809: needs to fit 64 bits, from -2^63 to "
			    "2^63 - 1");
}

static void a_point_an_exponent_or_a_p_makes_a_float(void **state)
{
	(void)state;
	static const char *const texts[] = {"2.0", "2.", "2e0", "2E+0", "0x1p1", "0x1.0P+1"};
	for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
		struct program p;
		assemble_number(texts[k], &p);
		assert_int_equal(p.const_types[0], TYPE_FLOAT);
		assert_true(p.consts[0].f == 2.0);
		program_free(&p);
	}
	assert_line_refused("LOAD_CONST -1e999", "x.gasm:3: -1e999: needs to fit a double");
}

static void what_is_not_a_number_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"nan", "inf", "-inf", "+1", "--1", "-", ".5", "1x",
					    "0x10", "0xe", "1.0.0", "1e", "1_000", "one"};
	for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
		char line[64], message[128];
		snprintf(line, sizeof line, "LOAD_CONST %s", texts[k]);
		snprintf(message, sizeof message,
			 "x.gasm:3: %s: needs to be a number, as 1, -1, 0.5, 5e-1 or 0x1p-1",
			 texts[k]);
		assert_line_refused(line, message);
	}
}

static void an_unknown_name_is_refused(void **state)
{
	(void)state;
	assert_line_refused("LOAD_FASTT c", "x.gasm:3: LOAD_FASTT: unknown opcode");
	assert_line_refused("LOAD_FAST x", "x.gasm:3: LOAD_FAST x: no local named x in f");
	assert_line_refused("LOAD_REF x", "x.gasm:3: LOAD_REF x: no local named x in f");
	assert_line_refused("JUMP_FORWARD x", "x.gasm:3: JUMP_FORWARD x: no label named x in f");
	assert_line_refused("CALL x", "x.gasm:3: CALL x: no function named x in x.gasm");
	assert_line_refused("CALL_NATIVE x", "x.gasm:3: CALL_NATIVE x: no native named x");
	assert_line_refused("COMPARE_INT x",
			    "x.gasm:3: COMPARE_INT x: needs lt, le, eq, ne, gt or ge");
	assert_line_refused("local x number",
			    "x.gasm:3: number: unknown type, needs int float floats rows array "
			    "handle bytes");
}

static void a_program_without_natives_has_none(void **state)
{
	(void)state;
	struct program p;
	struct error err;
	assert_int_equal(program_assemble("x.gasm", "func f() float\nCALL_NATIVE sum\nend", NULL,
					  &p, &err),
			 -EINVAL);
	assert_string_equal(err.text, "x.gasm:2: CALL_NATIVE sum: no native named sum");
}

static void a_missing_operand_is_refused(void **state)
{
	(void)state;
	assert_line_refused("LOAD_FAST", "x.gasm:3: LOAD_FAST: needs the name of a local after it");
	assert_line_refused("STORE_REF", "x.gasm:3: STORE_REF: needs the name of a local after it");
	assert_line_refused("LOAD_CONST # 1", "x.gasm:3: LOAD_CONST: needs a number after it");
	assert_line_refused("COMPARE_INT", "x.gasm:3: COMPARE_INT: needs a condition after it");
	assert_line_refused("FOR_RANGE", "x.gasm:3: FOR_RANGE: needs a label after it");
	assert_line_refused("CALL", "x.gasm:3: CALL: needs the name of a function after it");
	assert_line_refused("CALL_NATIVE",
			    "x.gasm:3: CALL_NATIVE: needs the name of a native after it");
	assert_line_refused("local", "x.gasm:3: local the line's end: needs a name of letters, "
				     "digits and _, no digit first");
	assert_line_refused("local x", "x.gasm:3: the line's end: unknown type, needs int float "
				       "floats rows array handle bytes");
}

static void more_on_a_line_is_refused(void **state)
{
	(void)state;
	assert_line_refused("NOP c", "x.gasm:3: c: needs the line to end before it");
	assert_line_refused("LOAD_FAST c, n", "x.gasm:3: ,: needs the line to end before it");
	assert_line_refused("local d int int", "x.gasm:3: int: needs the line to end before it");
	assert_line_refused("a: b: NOP", "x.gasm:3: b: unknown opcode");
	assert_line_refused("NOP\nend x", "x.gasm:4: x: needs the line to end before it");
}

static void a_name_is_taken_once(void **state)
{
	(void)state;
	assert_line_refused("local c float",
			    "x.gasm:3: local c: needs another name, this one is taken");
	assert_line_refused("local n float",
			    "x.gasm:3: local n: needs another name, this one is taken");
	assert_line_refused("on: NOP\n",
			    "x.gasm:5: label on: needs another name, this one is taken");
	assert_refused("func f() int\nLOAD_CONST 1\nRETURN_VALUE\nend\nfunc f() int\n",
		       "x.gasm:5: func f: needs another name, this one is taken");
	assert_refused("func f(a int, a int) int",
		       "x.gasm:1: local a: needs another name, this one is taken");
}

static void a_name_has_at_most_31_letters_digits_and_underscores(void **state)
{
	(void)state;
	struct program p;
	assemble("func _23456789_123456789_123456789_1() int\nLOAD_CONST 1\nRETURN_VALUE\nend", &p);
	assert_int_equal(strlen(p.functions->name), NAME_MOST);
	program_free(&p);
	assert_refused("func _23456789_123456789_123456789_12() int",
		       "x.gasm:1: func _23456789_123456789_123456789_12: needs a name of at most "
		       "31 characters");
	assert_line_refused("local 1st int", "x.gasm:3: local 1st: needs a name of letters, digits "
					     "and _, no digit first");
	assert_line_refused("a-b: NOP", "x.gasm:3: label a-b: needs a name of letters, digits and "
					"_, no digit first");
}

static void a_func_line_is_complete(void **state)
{
	(void)state;
	assert_refused("func", "x.gasm:1: func the line's end: needs a name of letters, digits and "
			       "_, no digit first");
	assert_refused("func f", "x.gasm:1: the line's end: needs ( before it");
	assert_refused("func f(a int b int) int", "x.gasm:1: b: needs ) before it");
	assert_refused("func f(a int,) int", "x.gasm:1: local ): needs a name of letters, digits "
					     "and _, no digit first");
	assert_refused("func f(a int", "x.gasm:1: the line's end: needs ) before it");
	assert_refused("func f()", "x.gasm:1: the line's end: unknown type, needs int float floats "
				   "rows array handle bytes");
}

static void what_is_outside_or_unended_is_refused(void **state)
{
	(void)state;
	assert_refused("", "x.gasm:1: program: needs a func");
	assert_refused("\n# nothing\n\n", "x.gasm:1: program: needs a func");
	assert_refused("\nNOP\n", "x.gasm:2: NOP: needs a func around it");
	assert_refused("end", "x.gasm:1: end: needs a func around it");
	assert_refused("\nfunc f() int\nLOAD_CONST 1\n", "x.gasm:2: func f: needs an end");
	assert_refused("func f() int\nNOP\nfunc g() int\n",
		       "x.gasm:3: func g: needs the end of f before it");
	assert_refused("func f() int\nend", "x.gasm:2: end: needs an instruction before it in f");
}

/* A function of `n` lines of `format`, each with its number. */
static void append_lines(struct buffer *text, const char *before, int n, const char *after)
{
	buffer_printf(text, "func f() int\n");
	for (int k = 0; k < n; k++)
		buffer_printf(text, "%s%d%s\n", before, k, after);
	buffer_printf(text, "LOAD_CONST 0\nRETURN_VALUE\nend\n");
}

static void a_program_is_as_large_as_its_limits_and_no_larger(void **state)
{
	(void)state;
	struct program p;
	struct buffer text = {0};
	append_lines(&text, "local v", LOCALS_MOST, " float");
	assemble(text.bytes, &p);
	assert_int_equal(p.functions->locals_n, LOCALS_MOST);
	program_free(&p);
	text.size = 0;
	append_lines(&text, "local v", LOCALS_MOST + 1, " float");
	assert_refused(text.bytes, "x.gasm:66: local v64: f has at most 64, its parameters among "
				   "them");
	text.size = 0;
	append_lines(&text, "NOP # ", INSNS_MOST - 2, "");
	assemble(text.bytes, &p);
	assert_int_equal(p.insns_n, INSNS_MOST);
	program_free(&p);
	text.size = 0;
	append_lines(&text, "NOP # ", INSNS_MOST - 1, "");
	assert_refused(text.bytes,
		       "x.gasm:65537: RETURN_VALUE: a program has at most 65535 instructions");
	buffer_free(&text);
}

static void an_immortal_is_a_list(void **state)
{
	(void)state;
	struct program p;
	assemble("global n int\nimmortal none floats\nglobal list floats\n"
		 "func main() int\nLOAD_GLOBAL_REF none\nPOP_REF\nLOAD_GLOBAL n\n"
		 "RETURN_VALUE\nend\n",
		 &p);
	assert_int_equal(p.globals_n, 3);
	assert_int_equal(p.immortals, 2);
	assert_int_equal(p.insns[0].arg, 1);
	program_free(&p);
	static const char rest[] = "func main() int\nLOAD_CONST 0\nRETURN_VALUE\nend\n";
	static const char *const lines[][2] = {
		{"immortal n int\n", "x.gasm: immortal globals: must be floats"},
		{"immortal x float\n", "x.gasm: immortal globals: must be floats"},
		{"immortal u rows\n", "x.gasm: globals: must be int, float or floats, at most 16"},
		{"immortal\n", "x.gasm:1: immortal the line's end: needs a name of letters, digits "
				"and _, no digit first"},
		{"global a floats\nimmortal a floats\n",
		 "x.gasm:2: immortal a: needs another name, this one is taken"},
	};
	for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
		char text[200];
		snprintf(text, sizeof text, "%s%s", lines[k][0], rest);
		assert_refused(text, lines[k][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_becomes_its_instructions),
		cmocka_unit_test(calls_find_functions_that_follow_and_natives),
		cmocka_unit_test(labels_belong_to_their_function),
		cmocka_unit_test(a_text_need_not_end_in_a_newline_and_may_come_from_windows),
		cmocka_unit_test(equal_constants_are_one),
		cmocka_unit_test(whole_numbers_have_64_bits),
		cmocka_unit_test(a_point_an_exponent_or_a_p_makes_a_float),
		cmocka_unit_test(what_is_not_a_number_is_refused),
		cmocka_unit_test(an_unknown_name_is_refused),
		cmocka_unit_test(a_program_without_natives_has_none),
		cmocka_unit_test(a_missing_operand_is_refused),
		cmocka_unit_test(more_on_a_line_is_refused),
		cmocka_unit_test(a_name_is_taken_once),
		cmocka_unit_test(a_name_has_at_most_31_letters_digits_and_underscores),
		cmocka_unit_test(a_func_line_is_complete),
		cmocka_unit_test(what_is_outside_or_unended_is_refused),
		cmocka_unit_test(a_program_is_as_large_as_its_limits_and_no_larger),
		cmocka_unit_test(an_immortal_is_a_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
