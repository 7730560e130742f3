/* test_disasm - what is written as text is the same program.
 *
 * Method: a program is disassembled and assembled again, and all but its source lines is
 * compared, constants by their bits. */
#include "programs.h"

static const char rows[] = "func main(n int, x float) float\n"
			   "	local u rows\n"
			   "	LOAD_FAST n\n"
			   "	CALL grid\n"
			   "	STORE_REF u\n"
			   "	LOAD_REF u\n"
			   "	CALL total\n"
			   "	LOAD_FAST x\n"
			   "	LOAD_CONST 2\n"
			   "	CALL_NATIVE grid\n"
			   "	CALL_NATIVE sum\n"
			   "	BINARY_ADD_FLOAT\n"
			   "	RETURN_VALUE\n"
			   "end\n"
			   "func grid(n int) rows\n"
			   "	local u rows\n"
			   "	local i int\n"
			   "	LOAD_FAST n\n"
			   "	BUILD_ROWS\n"
			   "	STORE_REF u\n"
			   "	LOAD_CONST 0\n"
			   "	LOAD_FAST n\n"
			   "next:	FOR_RANGE done\n"
			   "	STORE_FAST i\n"
			   "	LOAD_FAST n\n"
			   "	BUILD_FLOATS\n"
			   "	LOAD_REF u\n"
			   "	LOAD_FAST i\n"
			   "	STORE_ROWS\n"
			   "	JUMP_BACKWARD next\n"
			   "done:	LOAD_REF u\n"
			   "	RETURN_VALUE\n"
			   "end\n"
			   "func total(u rows) float\n"
			   "	local sum float\n"
			   "	local i int\n"
			   "	local j int\n"
			   "	LOAD_CONST 0\n"
			   "	LOAD_REF u\n"
			   "	LEN_ROWS\n"
			   "next:	FOR_RANGE done\n"
			   "	STORE_FAST i\n"
			   "	LOAD_CONST 0\n"
			   "	LOAD_REF u\n"
			   "	LOAD_FAST i\n"
			   "	SUBSCR_ROWS\n"
			   "	LEN_FLOATS\n"
			   "cell:	FOR_RANGE row\n"
			   "	STORE_FAST j\n"
			   "	LOAD_FAST sum\n"
			   "	LOAD_REF u\n"
			   "	LOAD_FAST i\n"
			   "	SUBSCR_ROWS\n"
			   "	LOAD_FAST j\n"
			   "	SUBSCR_FLOATS\n"
			   "	BINARY_ADD_FLOAT\n"
			   "	STORE_FAST sum\n"
			   "	JUMP_BACKWARD cell\n"
			   "row:	JUMP_BACKWARD next\n"
			   "done:	LOAD_FAST sum\n"
			   "	LOAD_CONST 0.1\n"
			   "	COMPARE_FLOAT ge\n"
			   "	POP_JUMP_IF_FALSE zero\n"
			   "	LOAD_FAST sum\n"
			   "	JUMP_FORWARD out\n"
			   "zero:	LOAD_CONST -0.0\n"
			   "out:	RETURN_VALUE\n"
			   "end\n";

static void assert_same(const struct program *a, const struct program *b)
{
	assert_int_equal(a->insns_n, b->insns_n);
	assert_memory_equal(a->insns, b->insns, a->insns_n * sizeof *a->insns);
	assert_memory_equal(a->depths, b->depths, a->insns_n * sizeof *a->depths);
	assert_memory_equal(a->references, b->references, a->insns_n * sizeof *a->references);
	assert_int_equal(a->consts_n, b->consts_n);
	if (a->consts_n > 0) {
		assert_memory_equal(a->consts, b->consts, a->consts_n * sizeof *a->consts);
		assert_memory_equal(a->const_types, b->const_types, a->consts_n);
	}
	assert_int_equal(a->functions_n, b->functions_n);
	assert_memory_equal(a->functions, b->functions, a->functions_n * sizeof *a->functions);
	assert_int_equal(a->globals_n, b->globals_n);
	for (size_t k = 0; k < a->globals_n; k++)
		assert_int_equal(a->global_types[k], b->global_types[k]);
	assert_int_equal(a->immortals, b->immortals);
}

static void assert_comes_back(const char *text)
{
	struct program p, again;
	struct buffer written = {0};
	assemble(text, &p);
	assert_int_equal(program_disassemble(&p, &written), 0);
	assemble(written.bytes, &again);
	assert_same(&p, &again);
	program_free(&again);
	program_free(&p);
	buffer_free(&written);
}

static void what_is_disassembled_assembles_to_the_same_program(void **state)
{
	(void)state;
	assert_comes_back(fib_text);
	assert_comes_back(rows);
	assert_comes_back("global x float\nimmortal none floats\nglobal u floats\nglobal n int\n"
			  "func f() int\nLOAD_CONST 1.5\nLOAD_GLOBAL_REF none\nLOAD_GLOBAL n\n"
			  "CALL_FLOATS_ADD\nLOAD_GLOBAL_REF u\nPOP_REF\nLOAD_GLOBAL n\n"
			  "RETURN_VALUE\nend\n");
}

static void floats_come_back_with_all_their_bits(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"0.1",	    "-0.0",		       "3.141592653589793", "1e308",
		"4.9e-324", "2.2250738585072011e-308", "0x1.fffffffffffffp+1023", "-1e-400",
	};
	struct buffer text = {0};
	buffer_printf(&text, "func f() int\n");
	for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
		buffer_printf(&text, "LOAD_CONST %s\nPOP_TOP\n", texts[k]);
	buffer_printf(&text, "LOAD_CONST -9223372036854775808\nRETURN_VALUE\nend\n");
	assert_comes_back(text.bytes);
	buffer_free(&text);
}

static void labels_are_written_where_jumps_lead(void **state)
{
	(void)state;
	struct program p;
	struct buffer written = {0};
	assemble("func f(n int, x float) int\nlocal u rows\nLOAD_FAST n\nPOP_JUMP_IF_FALSE a\n"
		 "LOAD_CONST 0.5\nPOP_TOP\nCALL g\nPOP_TOP\na: LOAD_FAST n\nLOAD_CONST -3\n"
		 "COMPARE_INT le\nRETURN_VALUE\nend\n"
		 "func g() float\nLOAD_CONST 0.5\nRETURN_VALUE\nend\n",
		 &p);
	assert_int_equal(program_disassemble(&p, &written), 0);
	assert_string_equal(written.bytes, "func f(v0 int, v1 float) int\n"
					   "\tlocal v2 rows\n"
					   "\tLOAD_FAST v0\n"
					   "\tPOP_JUMP_IF_FALSE L6\n"
					   "\tLOAD_CONST 0x1p-1\n"
					   "\tPOP_TOP\n"
					   "\tCALL g\n"
					   "\tPOP_TOP\n"
					   "L6:\tLOAD_FAST v0\n"
					   "\tLOAD_CONST -3\n"
					   "\tCOMPARE_INT le\n"
					   "\tRETURN_VALUE\n"
					   "end\n"
					   "\n"
					   "func g() float\n"
					   "\tLOAD_CONST 0x1p-1\n"
					   "\tRETURN_VALUE\n"
					   "end\n");
	program_free(&p);
	buffer_free(&written);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_disassembled_assembles_to_the_same_program),
		cmocka_unit_test(floats_come_back_with_all_their_bits),
		cmocka_unit_test(labels_are_written_where_jumps_lead),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
