/* test_depth - how much stack a program gets: what its deepest chain of calls needs, or the most
 * that there is. */
#include "programs.h"

static struct program assembled(const char *text)
{
	struct program p;
	assemble(text, &p);
	return p;
}

#define SLOTS_OF(function) ((uint32_t)((function).locals_n + (function).stack_n))

static void a_program_without_calls_needs_its_one_frame(void **state)
{
	(void)state;
	struct program p = assembled(fib_text);
	assert_int_equal(p.frames_n, 1);
	assert_int_equal(p.slots_n, SLOTS_OF(p.functions[0]));
	program_free(&p);
}

static void the_deepest_chain_of_calls_counts_whatever_the_order(void **state)
{
	(void)state;
	struct program p = assembled("func f() int\nCALL a\nCALL c\nBINARY_ADD_INT\n"
				     "RETURN_VALUE\nend\n"
				     "func a() int\nCALL b\nRETURN_VALUE\nend\n"
				     "func b() int\nlocal x int\nlocal y int\nCALL c\n"
				     "RETURN_VALUE\nend\n"
				     "func c() int\nLOAD_CONST 1\nRETURN_VALUE\nend\n");
	uint32_t slots_n = 0;
	for (size_t k = 0; k < p.functions_n; k++)
		slots_n += SLOTS_OF(p.functions[k]);
	assert_int_equal(p.frames_n, 4);
	assert_int_equal(p.slots_n, slots_n);
	program_free(&p);
}

static void recursion_gets_the_most_that_there_is(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"func f() int\nCALL f\nRETURN_VALUE\nend\n",
		"func f() int\nCALL g\nRETURN_VALUE\nend\n"
		"func g() int\nCALL h\nRETURN_VALUE\nend\n"
		"func h() int\nCALL g\nCALL g\nBINARY_ADD_INT\nRETURN_VALUE\nend\n",
	};
	for (int k = 0; k < 2; k++) {
		struct program p = assembled(texts[k]);
		assert_int_equal(p.frames_n, 1000);
		assert_int_equal(p.slots_n, 16384);
		program_free(&p);
	}
}

static void a_chain_that_is_too_long_gets_no_more_than_recursion(void **state)
{
	(void)state;
	enum { FUNCTIONS_N = 1500 };
	static char text[FUNCTIONS_N * 64];
	size_t used = 0;
	for (int k = 0; k + 1 < FUNCTIONS_N; k++)
		used += (size_t)snprintf(text + used, sizeof text - used,
					 "func f%d() int\nCALL f%d\nRETURN_VALUE\nend\n", k, k + 1);
	snprintf(text + used, sizeof text - used,
		 "func f%d() int\nLOAD_CONST 1\nRETURN_VALUE\nend\n", FUNCTIONS_N - 1);
	struct program p = assembled(text);
	assert_int_equal(p.frames_n, 1000);
	assert_int_equal(p.slots_n, 16384);
	program_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_without_calls_needs_its_one_frame),
		cmocka_unit_test(the_deepest_chain_of_calls_counts_whatever_the_order),
		cmocka_unit_test(recursion_gets_the_most_that_there_is),
		cmocka_unit_test(a_chain_that_is_too_long_gets_no_more_than_recursion),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
