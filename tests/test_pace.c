/* test_pace - that a pace stands for the CPython it names.  How well this machine keeps it is
 * for bench/pace to measure. */
#include "claims.h"

#include "workload/pace.h"

static int64_t times_of(const struct pace_loop *loop, enum pace_kind kind)
{
	int64_t n = 0;
	for (const struct insn *insn = loop->first; insn < loop->end; insn++)
		n += pace_kind_of(insn->op) == kind;
	return n;
}

static void check_kinds(int which, int64_t loop_n, int64_t simple_n, int64_t object_n)
{
	struct pace_loop loop;
	struct error err = {""};
	if (pace_loop_open(&loop, which, &err))
		fail_msg("%s", err.text);
	assert_int_equal(times_of(&loop, PACE_LOOP), loop_n);
	assert_int_equal(times_of(&loop, PACE_SIMPLE), simple_n);
	assert_int_equal(times_of(&loop, PACE_OBJECT), object_n);
	assert_int_equal(times_of(&loop, PACE_CALL), 0);
	pace_loop_close(&loop);
}

static void a_round_of_count_is_7_opcodes_and_a_laplace_cell_49(void **state)
{
	(void)state;
	check_kinds(PACE_LOOP_COUNT, 2, 5, 0);
	check_kinds(PACE_LOOP_CELL, 2, 29, 18);
}

/* docs/fidelity.md has where they come from. */
static void a_preset_adds_up_to_the_times_of_its_cpython(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		double ns[PACE_LOOPS_N];
	} cpythons[] = {
		{"cpython27", {14, 169}}, {"cpython311", {15.5, 103}}, {"cpython313", {24, 117}}};
	for (size_t k = 0; k < sizeof cpythons / sizeof *cpythons; k++)
		for (int which = 0; which < PACE_LOOPS_N; which++) {
			const struct pace *pace;
			struct pace_loop loop;
			struct error err;
			assert_int_equal(pace_parse("pace", cpythons[k].name, &pace, &err), 0);
			assert_int_equal(pace_loop_open(&loop, which, &err), 0);
			assert_float_equal(pace_loop_ns(&loop, pace), cpythons[k].ns[which],
					   0.002 * cpythons[k].ns[which]);
			pace_loop_close(&loop);
		}
}

static void a_number_is_the_cost_of_every_opcode(void **state)
{
	(void)state;
	const struct pace *pace, *same;
	struct error err;
	assert_int_equal(pace_parse("pace", "2.5", &pace, &err), 0);
	assert_int_equal(pace_parse("pace", "2.5ns", &same, &err), 0);
	assert_ptr_equal(pace, same);
	assert_string_equal(pace->name, "2.5ns");
	for (int kind = 0; kind < PACE_KINDS_N; kind++)
		assert_true(pace->ns[kind] == 2.5);
}

static void what_is_no_pace_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "cpython26", "0", "-1", "2.5us", "nan", "1e9"};
	const struct pace *pace;
	struct error err;
	for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
		assert_int_equal(pace_parse("pace", texts[k], &pace, &err), -22);
	assert_int_equal(pace_parse("pace", "full", &pace, &err), 0);
	assert_null(pace);
}

static void every_opcode_burns_and_full_burns_nothing(void **state)
{
	(void)state;
	const uint32_t *burns;
	const struct pace *pace;
	struct error err;
	assert_int_equal(pace_parse("pace", "50", &pace, &err), 0);
	assert_int_equal(pace_burns(pace, &burns, &err), 0);
	for (int op = 0; op < OPCODES_N; op++)
		assert_true(burns[op] > 0);
	assert_int_equal(pace_burns(NULL, &burns, &err), 0);
	assert_null(burns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_round_of_count_is_7_opcodes_and_a_laplace_cell_49),
		cmocka_unit_test(a_preset_adds_up_to_the_times_of_its_cpython),
		cmocka_unit_test(a_number_is_the_cost_of_every_opcode),
		cmocka_unit_test(what_is_no_pace_is_refused),
		cmocka_unit_test(every_opcode_burns_and_full_burns_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
