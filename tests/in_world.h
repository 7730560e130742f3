/* in_world.h - claims that are made inside the virtual world, each in one of its own.  It stands
 * in for cmocka's macros, so that a test of the real world can be compiled for both. */
#pragma once

#include "claims.h"

#include "base/units.h"
#include "world/virtual.h"

/* Round numbers, so that times can be told by heart. */
static const struct machine_cost world_costs = {
	.wake_ns = 1000,
	.idle_ns = 10000,
	.quantum_ns = 3000000,
	.spawn_ns = 5000,
	.start_ns = 6000,
	.fork_ns = 200000,
	.process_ns = 100000,
	.exit_ns = 50000,
	.wait_ns = 30000,
	.pipe_ns = 2000,
	.pipe_kib_ns = 100,
	.poll_ns = 700,
	.socket_ns = 4000,
	.datagram_ns = 3000,
	.memory_mib_s = 1000,
};

static const struct virtual_options world_options = {
	.cores_n = 4, .seed = 1, .cost = &world_costs, .end_ns = ABSENT};

struct claim {
	void (*make)(void **state);
	int (*open)(void **state), (*close)(void **state);
};

static void make_claim(void *argument)
{
	const struct claim *c = argument;
	void *state = NULL;
	assert_int_equal(c->open ? c->open(&state) : 0, 0);
	c->make(&state);
	assert_int_equal(c->close ? c->close(&state) : 0, 0);
}

static inline void in_world(void **state)
{
	struct error err = {""};
	assert_int_equal(virtual_run(&world_options, make_claim, *state, &err), 0);
}

#undef cmocka_unit_test
#undef cmocka_unit_test_setup_teardown
#define cmocka_unit_test_setup_teardown(f, open, close) \
	{#f, in_world, NULL, NULL, &(struct claim){f, open, close}}
#define cmocka_unit_test(f) cmocka_unit_test_setup_teardown(f, NULL, NULL)
