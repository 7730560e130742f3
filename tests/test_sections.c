/* test_sections - release sections, pairs that nest, and what is fatal.
 *
 * Method: as test_gil; misuse happens in a child, which must die of it. */
#include "held.h"

static void a_release_if_held_nests_and_only_the_outermost_gives_the_lock_up(void **state)
{
	(void)state;
	hold("cpython", ABSENT);
	bool outer = gil_section_begin_if_held(&self);
	assert_true(outer);
	assert_false(self.holding);
	bool inner = gil_section_begin_if_held(&self);
	assert_false(inner);
	gil_section_end_if(&self, inner);
	assert_false(self.holding);
	gil_section_end_if(&self, outer);
	assert_true(self.holding);
	gil_detach(&self);
	assert_int_equal(stats.takes_n, 2);
}

static void a_release_if_held_nests_in_a_strict_section(void **state)
{
	(void)state;
	hold("cpython", ABSENT);
	gil_section_begin(&self);
	gil_section_end_if(&self, gil_section_begin_if_held(&self));
	gil_section_end(&self);
	gil_detach(&self);
	assert_int_equal(stats.takes_n, 2);
}

static void ensure_takes_the_lock_unless_held_and_release_undoes_exactly_that(void **state)
{
	(void)state;
	hold("cpython", ABSENT);
	int held = gil_ensure(&self);
	gil_release(&self, held);
	assert_true(self.holding);
	gil_drop(&self);
	int taken = gil_ensure(&self);
	assert_true(self.holding);
	gil_release(&self, taken);
	assert_false(self.holding);
	assert_int_equal(stats.takes_n, 2);
}

static void ensure_nests_in_itself_and_around_release_sections(void **state)
{
	(void)state;
	hold("cpython", ABSENT);
	gil_drop(&self);
	int outer = gil_ensure(&self);
	gil_section_begin(&self);
	int middle = gil_ensure(&self);
	int inner = gil_ensure(&self);
	gil_release(&self, inner);
	assert_true(self.holding);
	gil_release(&self, middle);
	assert_false(self.holding);
	gil_section_end(&self);
	gil_release(&self, outer);
	assert_false(self.holding);
	assert_int_equal(stats.takes_n, 4);
	assert_int_equal(self.ensured_n, 0);
}

static void a_release_that_was_asked_also_waits_for_a_switch(void **state)
{
	(void)state;
	hold("cpython", 100000);
	gil_drop(&self);
	int taken = gil_ensure(&self);
	start_helper();
	wait_for(&self.breaker, GIL_DROP_REQUEST);
	gil_release(&self, taken);
	assert_int_equal(lock.switch_number, 2);
	world_join(&helper.thread);
}

/* misuse */

static void drop_unheld(void)
{
	gil_open(&lock, gil_policy_find("cpython"), ABSENT, ABSENT);
	gil_attach(&self, &lock, "careless", ACCOUNTING_COUNTS, &stats);
	gil_drop(&self);
}

static void drop_twice(void)
{
	hold("cpython", ABSENT);
	gil_detach(&self);
	gil_detach(&self);
}

static void take_twice(void)
{
	hold("cpython", ABSENT);
	gil_take(&self);
}

static void nest_a_section(void)
{
	hold("cpython", ABSENT);
	gil_section_begin(&self);
	gil_section_begin(&self);
}

static void end_a_section_twice(void)
{
	hold("cpython", ABSENT);
	gil_section_begin(&self);
	gil_section_end(&self);
	gil_section_end(&self);
}

static void end_a_section_if_held_while_holding(void)
{
	hold("cpython", ABSENT);
	bool outer = gil_section_begin_if_held(&self);
	bool inner = gil_section_begin_if_held(&self);
	gil_section_end_if(&self, outer);
	gil_section_end_if(&self, inner);
}

static void release_out_of_order(void)
{
	hold("cpython", ABSENT);
	gil_drop(&self);
	int outer = gil_ensure(&self);
	gil_ensure(&self);
	gil_release(&self, outer);
}

static void release_twice(void)
{
	hold("cpython", ABSENT);
	gil_ensure(&self);
	int inner = gil_ensure(&self);
	gil_release(&self, inner);
	gil_release(&self, inner);
}

static void release_without_ensure(void)
{
	hold("cpython", ABSENT);
	gil_release(&self, 0);
}

static void release_after_a_drop(void)
{
	hold("cpython", ABSENT);
	int held = gil_ensure(&self);
	gil_drop(&self);
	gil_release(&self, held);
}

static void pairs_out_of_order_are_fatal(void **state)
{
	(void)state;
	assert_fatal(end_a_section_if_held_while_holding,
		     "gil_section_end_if: thread 'main' holds the lock");
	assert_fatal(release_out_of_order, "gil_release: thread 'main' gives a state back twice");
	assert_fatal(release_twice, "gil_release: thread 'main' gives a state back twice");
	assert_fatal(release_without_ensure, "gil_release: thread 'main' gives a state back twice");
	assert_fatal(release_after_a_drop, "gil_release: thread 'main' does not hold the lock");
}

static void misuse_is_fatal_and_names_function_and_thread(void **state)
{
	(void)state;
	assert_fatal(drop_unheld, "gil_drop: thread 'careless' does not hold the lock");
	assert_fatal(drop_twice, "gil_detach: thread 'main' does not hold the lock");
	assert_fatal(take_twice, "gil_take: thread 'main' already holds the lock");
	assert_fatal(nest_a_section, "gil_section_begin: thread 'main' does not hold the lock");
	assert_fatal(end_a_section_twice, "gil_section_end: thread 'main' holds the lock");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_release_if_held_nests_and_only_the_outermost_gives_the_lock_up),
		cmocka_unit_test(a_release_if_held_nests_in_a_strict_section),
		cmocka_unit_test(ensure_takes_the_lock_unless_held_and_release_undoes_exactly_that),
		cmocka_unit_test(ensure_nests_in_itself_and_around_release_sections),
		cmocka_unit_test(a_release_that_was_asked_also_waits_for_a_switch),
		cmocka_unit_test(pairs_out_of_order_are_fatal),
		cmocka_unit_test(misuse_is_fatal_and_names_function_and_thread),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
