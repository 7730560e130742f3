/* test_virtual - simulated threads on simulated cores: what moves the clock, who has a core, and
 * that the same seed gives the same world. */
#include "claims.h"

#include <errno.h>
#include <string.h>

#include "world/sync.h"
#include "world/virtual.h"

/* Round numbers, so that times can be told by heart. */
static const struct machine_cost costs = {
	.wake_ns = 1000,
	.idle_ns = 10000,
	.preempt_ns = 2000,
	.quantum_ns = 3000000,
	.credit_ns = 3000000,
	.memory_mib_s = 1000,
};

static struct virtual_options options_of(int64_t cores_n)
{
	return (struct virtual_options){
		.cores_n = cores_n, .seed = 1, .cost = &costs, .end_ns = ABSENT};
}

static int64_t ended_ns[8];

static void *work_a_second(void *argument)
{
	for (int k = 0; k < 1000; k++) {
		world_charge(INT64_C(1000000000));
		virtual_settle();
	}
	ended_ns[(intptr_t)argument] = world_now_ns();
	return NULL;
}

static void run_hogs(void *argument)
{
	struct world_thread threads[8];
	intptr_t n = *(intptr_t *)argument;
	for (intptr_t k = 0; k < n; k++)
		assert_int_equal(world_spawn(&threads[k], work_a_second, (void *)k), 0);
	for (intptr_t k = 0; k < n; k++)
		world_join(&threads[k]);
}

static int64_t seconds_for(intptr_t threads_n, int64_t cores_n)
{
	struct error err = {""};
	struct virtual_options options = options_of(cores_n);
	assert_int_equal(virtual_run(&options, run_hogs, &threads_n, &err), 0);
	return virtual_counts().now_ns / 10000000;
}

static void threads_with_a_core_each_run_at_once(void **state)
{
	(void)state;
	assert_int_equal(seconds_for(1, 1), 100);
	assert_int_equal(seconds_for(2, 2), 100);
	assert_int_equal(seconds_for(4, 4), 100);
	assert_int_equal(seconds_for(2, 8), 100);
}

static void threads_without_a_core_each_share(void **state)
{
	(void)state;
	assert_int_equal(seconds_for(2, 1), 200);
	assert_int_equal(seconds_for(8, 4), 200);
	assert_in_range(seconds_for(3, 2), 150, 155);
	assert_in_range(seconds_for(5, 4), 125, 135);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_with_a_core_each_run_at_once),
		cmocka_unit_test(threads_without_a_core_each_share),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
