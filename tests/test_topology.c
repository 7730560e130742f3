/* test_topology - in which order threads get places on a machine.
 *
 * Method: machines that hwloc makes up from a line of text, and at the end this one. */
#include "claims.h"

#include <stdbool.h>

#include "base/units.h"
#include "world/host.h"
#include "world/topology_hwloc.h"

static hwloc_topology_t machine_of(const char *text)
{
	hwloc_topology_t machine;
	assert_int_equal(hwloc_topology_init(&machine), 0);
	assert_int_equal(hwloc_topology_set_synthetic(machine, text), 0);
	assert_int_equal(hwloc_topology_load(machine), 0);
	return machine;
}

/* allowed: as "0-3,6". */
static void assert_places(const char *text, const char *allowed, size_t cores_n,
			  const int64_t *pus, size_t n)
{
	hwloc_topology_t machine = machine_of(text);
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	struct places p;
	assert_int_equal(hwloc_bitmap_list_sscanf(set, allowed), 0);
	assert_int_equal(places_of(&p, machine, set), 0);
	assert_int_equal(p.n, n);
	assert_int_equal(p.cores_n, cores_n);
	assert_memory_equal(p.pus, pus, n * sizeof *pus);
	places_close(&p);
	hwloc_bitmap_free(set);
	hwloc_topology_destroy(machine);
}

#define ASSERT_PLACES(text, allowed, cores_n, ...) \
	assert_places(text, allowed, cores_n, (const int64_t[]){__VA_ARGS__}, \
		      sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static void siblings_come_when_every_core_has_one(void **state)
{
	(void)state;
	ASSERT_PLACES("package:2 core:2 pu:2", "0-7", 4, 0, 2, 4, 6, 1, 3, 5, 7);
	ASSERT_PLACES("core:2 pu:4", "0-7", 2, 0, 4, 1, 5, 2, 6, 3, 7);
	ASSERT_PLACES("core:3 pu:1", "0-2", 3, 0, 1, 2);
}

/* Many systems number the first of each core before the second of any. */
static void places_go_by_cores_however_the_system_numbers_them(void **state)
{
	(void)state;
	ASSERT_PLACES("core:2 pu:2(indexes=0,2,1,3)", "0-3", 2, 0, 1, 2, 3);
	ASSERT_PLACES("core:2 pu:2(indexes=0,3,1,2)", "0-3", 2, 0, 1, 3, 2);
}

static void only_what_is_allowed_is_a_place(void **state)
{
	(void)state;
	ASSERT_PLACES("package:2 core:2 pu:2", "3", 1, 3);
	ASSERT_PLACES("package:2 core:2 pu:2", "1-3", 2, 1, 2, 3);
	ASSERT_PLACES("package:2 core:2 pu:2", "4-5,7", 2, 4, 7, 5);
}

static void the_parts_of_a_machine_are_counted_and_its_caches_measured(void **state)
{
	(void)state;
	struct topology t;
	hwloc_topology_t machine = machine_of(
		"package:2 numa:1 l3:1(size=8388608) l2:2(size=1048576) l1d:1(size=32768) core:1 "
		"pu:2");
	topology_of(&t, machine);
	hwloc_topology_destroy(machine);
	assert_int_equal(t.packages_n, 2);
	assert_int_equal(t.numa_nodes_n, 2);
	assert_int_equal(t.cores_n, 4);
	assert_int_equal(t.pus_n, 8);
	assert_int_equal(t.l1d_bytes, 32768);
	assert_int_equal(t.l2_bytes, 1048576);
	assert_int_equal(t.l3_bytes, 8388608);
}

static void a_cache_that_is_not_there_is_absent(void **state)
{
	(void)state;
	struct topology t;
	hwloc_topology_t machine = machine_of("core:1 pu:1");
	topology_of(&t, machine);
	hwloc_topology_destroy(machine);
	assert_true(t.l3_bytes == ABSENT && t.packages_n == ABSENT);
}

static void a_thread_can_be_bound_to_every_place_of_this_machine(void **state)
{
	(void)state;
	struct places p, alone;
	struct error err;
	assert_int_equal(places_open(&p, &err), 0);
	assert_int_equal(p.n, host_cores_allowed());
	assert_true(p.cores_n > 0 && p.cores_n <= p.n);
	for (size_t k = 0; k < p.n; k++) {
		assert_int_equal(host_bind(p.pus[k]), 0);
		assert_int_equal(places_open(&alone, &err), 0);
		assert_int_equal(alone.n, 1);
		assert_int_equal(alone.pus[0], p.pus[k]);
		places_close(&alone);
	}
	places_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siblings_come_when_every_core_has_one),
		cmocka_unit_test(places_go_by_cores_however_the_system_numbers_them),
		cmocka_unit_test(only_what_is_allowed_is_a_place),
		cmocka_unit_test(the_parts_of_a_machine_are_counted_and_its_caches_measured),
		cmocka_unit_test(a_cache_that_is_not_there_is_absent),
		cmocka_unit_test(a_thread_can_be_bound_to_every_place_of_this_machine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
