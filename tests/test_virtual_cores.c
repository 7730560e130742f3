/* test_virtual_cores - moves from core to core, turns, and the ends of worlds. */
#include "claims.h"

#include <errno.h>
#include <string.h>

#include "world/virtual.h"
#include "world/world.h"

static const struct machine_cost costs = {
	.quantum_ns = 3000000,
	.credit_ns = 3000000,
	.memory_mib_s = 1000,
};
static const int64_t ps_per_ms = 1000000000;

static struct virtual_options options_of(int64_t cores_n, const struct machine_cost *cost)
{
	return (struct virtual_options){
		.cores_n = cores_n, .seed = 1, .cost = cost, .end_ns = ABSENT};
}

static void *work_a_second(void *unused)
{
	for (int k = 0; k < 1000; k++) {
		world_charge(ps_per_ms);
		virtual_settle();
	}
	return unused;
}

enum { THREADS_MOST = 4 };

static void run_hogs(void *argument)
{
	struct world_thread threads[THREADS_MOST];
	int n = *(int *)argument;
	for (int k = 0; k < n; k++)
		assert_int_equal(world_spawn(&threads[k], work_a_second, NULL), 0);
	for (int k = 0; k < n; k++)
		world_join(&threads[k]);
}

/* Whoever moves, at the end of its turn or because a core has nobody; and however short a turn
 * is. */
static void each_move_to_another_core_is_paid_for(void **state)
{
	enum { CORES_N = 2, MIGRATE_NS = 1000000, QUANTUM_NS = 500000 };
	struct machine_cost dear = costs;
	struct virtual_options options = options_of(CORES_N, &dear);
	struct error err = {""};
	int n = CORES_N + 1;
	(void)state;
	dear.migrate_ns = MIGRATE_NS;
	dear.quantum_ns = QUANTUM_NS;
	assert_int_equal(virtual_run(&options, run_hogs, &n, &err), 0);
	struct virtual_counts counts = virtual_counts();
	int64_t paid_ns = CORES_N * counts.now_ns - n * INT64_C(1000000000);
	assert_true(counts.migrations_n > 100);
	assert_true(paid_ns > counts.migrations_n * MIGRATE_NS);
}

static void a_turn_that_is_shorter_than_a_switch_is_one(void **state)
{
	struct machine_cost short_turns = costs;
	struct virtual_options options = options_of(1, &short_turns);
	struct error err = {""};
	int n = 2;
	(void)state;
	short_turns.quantum_ns = 1000;
	short_turns.switch_ns = 2000;
	options.end_ns = INT64_C(60000000000);
	assert_int_equal(virtual_run(&options, run_hogs, &n, &err), 0);
	assert_in_range(virtual_counts().now_ns / 1000000000, 5, 6);
}

/* --- memory's bandwidth --- */

enum { MIB = 1 << 20, PASSES_N = 100 };

static void *go_through_memory(void *unused)
{
	for (int k = 0; k < PASSES_N; k++)
		world_charge_memory(0, 10 * MIB);
	return unused;
}

static void share_memory(void *argument)
{
	struct world_thread threads[THREADS_MOST];
	int n = *(int *)argument;
	for (int k = 0; k < n; k++)
		assert_int_equal(world_spawn(&threads[k], go_through_memory, NULL), 0);
	for (int k = 0; k < n; k++)
		world_join(&threads[k]);
}

static void those_that_wait_for_a_core_leave_the_bandwidth_to_the_others(void **state)
{
	struct virtual_options options = options_of(2, &costs);
	struct error err = {""};
	(void)state;
	for (int n = 1; n <= THREADS_MOST; n++) {
		assert_int_equal(virtual_run(&options, share_memory, &n, &err), 0);
		int64_t mib_s = 1000 * 10 * PASSES_N * n / (virtual_counts().now_ns / 1000000);
		assert_in_range(mib_s, costs.memory_mib_s * 95 / 100, costs.memory_mib_s);
	}
}

/* --- contended memory --- */

static uint32_t contended ON_OWN_LINE;

static void *contend(void *unused)
{
	world_contend(&contended, sizeof contended, true);
	return unused;
}

static void contend_on_another_core(void *unused)
{
	struct world_thread other;
	(void)unused;
	assert_int_equal(world_spawn(&other, contend, NULL), 0);
	world_join(&other);
}

static void change(void *unused)
{
	(void)unused;
	world_add(&contended, 1, RELAXED);
	assert_int_equal(world_now_ns(), 0);
}

static void what_a_world_left_contended_is_forgotten_in_the_next(void **state)
{
	struct machine_cost dear = costs;
	struct virtual_options options = options_of(2, &dear);
	struct error err = {""};
	(void)state;
	dear.transfer_ps = 100000;
	assert_int_equal(virtual_run(&options, contend_on_another_core, NULL, &err), 0);
	assert_int_equal(virtual_run(&options, change, NULL, &err), 0);
}

/* --- the end of the clock --- */

static int64_t steps_n;

static void go_on_for_ever(void *unused)
{
	(void)unused;
	for (steps_n = 0; steps_n < 1000; steps_n++) {
		world_charge(INT64_C(1000000000000000000));
		assert_true(world_now_ns() > 0);
	}
}

static void a_thread_alone_reaches_the_end_of_the_clock_too(void **state)
{
	struct virtual_options options = options_of(1, &costs);
	struct error err = {""};
	(void)state;
	assert_int_equal(virtual_run(&options, go_on_for_ever, NULL, &err), -ETIME);
	assert_in_range(steps_n, 1, 3);
	assert_non_null(strstr(err.text, "within 2305843 s"));
	options.end_ns = 1000;
	assert_int_equal(virtual_run(&options, go_on_for_ever, NULL, &err), -ETIME);
	assert_int_equal(steps_n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_move_to_another_core_is_paid_for),
		cmocka_unit_test(a_turn_that_is_shorter_than_a_switch_is_one),
		cmocka_unit_test(those_that_wait_for_a_core_leave_the_bandwidth_to_the_others),
		cmocka_unit_test(what_a_world_left_contended_is_forgotten_in_the_next),
		cmocka_unit_test(a_thread_alone_reaches_the_end_of_the_clock_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
