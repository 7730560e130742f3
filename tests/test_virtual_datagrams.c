/* test_virtual_datagrams - UDP in the virtual world: what comes, what is lost, what is refused, and
 * what it takes.
 *
 * Method: sockets of one process, some of which a thread answers. */
#include "in_world.h"

#include <errno.h>

#include "world/await.h"

static struct world_datagram a, b;
static char bytes[1000];
static uint16_t from;

/* Neither waits. */
static int open_both(void **state)
{
	(void)state;
	return world_datagram_open(&a, 0) || world_datagram_open(&b, 0);
}

static int close_both(void **state)
{
	(void)state;
	world_datagram_close(&a);
	world_datagram_close(&b);
	world_datagram_close(&b);
	return 0;
}

static int64_t receive(const struct world_datagram *d)
{
	return world_datagram_receive(d, bytes, sizeof bytes, &from);
}

static void a_datagram_comes_whole_once_and_says_from_where(void **state)
{
	(void)state;
	assert_int_equal(world_datagram_send(&a, b.port, "abc", 3), 0);
	assert_int_equal(world_datagram_send(&a, b.port, "", 0), 0);
	assert_int_equal(world_datagram_send(&b, b.port, "defg", 4), 0);
	assert_int_equal(receive(&a), -EAGAIN);
	assert_int_equal(receive(&b), 3);
	assert_memory_equal(bytes, "abc", 3);
	assert_int_equal(from, a.port);
	assert_int_equal(receive(&b), 0);
	assert_int_equal(world_datagram_receive(&b, bytes, 2, &from), 2);
	assert_int_equal(from, b.port);
	assert_int_equal(receive(&b), -EAGAIN);
}

static void each_call_takes_its_time(void **state)
{
	(void)state;
	struct world_datagram c;
	int64_t began_ns = world_now_ns();
	assert_int_equal(world_datagram_open(&c, 0), 0);
	assert_int_equal(world_now_ns() - began_ns, 4000);
	assert_int_equal(world_datagram_send(&c, c.port, "x", 1), 0);
	assert_int_equal(world_now_ns() - began_ns, 4000 + 3000);
	assert_int_equal(receive(&c), 1);
	assert_int_equal(world_now_ns() - began_ns, 4000 + 2 * 3000);
	world_datagram_close(&c);
}

/* As many small ones as Linux takes by default. */
static void what_has_no_room_is_lost(void **state)
{
	(void)state;
	int received_n = 0;
	for (int k = 0; k < 1000; k++)
		assert_int_equal(world_datagram_send(&a, b.port, &k, sizeof k), 0);
	for (int number; world_datagram_receive(&b, &number, sizeof number, &from) > 0;)
		assert_int_equal(number, received_n++);
	assert_int_equal(received_n, 254);
	assert_int_equal(world_datagram_send(&a, b.port, "x", 1), 0);
	assert_int_equal(receive(&b), 1);
}

static void from_who_is_connected_nobodys_port_is_refused_once(void **state)
{
	(void)state;
	uint16_t gone = b.port;
	world_datagram_close(&b);
	assert_int_equal(world_datagram_send(&a, gone, "x", 1), 0);
	assert_int_equal(receive(&a), -EAGAIN);
	assert_int_equal(world_datagram_connect(&a, gone), 0);
	assert_int_equal(receive(&a), -EAGAIN);
	assert_int_equal(world_datagram_send(&a, gone, "x", 1), 0);
	assert_int_equal(receive(&a), -ECONNREFUSED);
	assert_int_equal(receive(&a), -EAGAIN);
	assert_int_equal(world_datagram_send(&a, gone, "x", 1), 0);
	assert_int_equal(world_datagram_send(&a, gone, "x", 1), -ECONNREFUSED);
}

static void who_is_connected_hears_its_peer_only(void **state)
{
	(void)state;
	struct world_datagram c;
	assert_int_equal(world_datagram_open(&c, 0), 0);
	assert_int_equal(world_datagram_connect(&a, b.port), 0);
	assert_int_equal(world_datagram_send(&c, a.port, "c", 1), 0);
	assert_int_equal(receive(&a), -EAGAIN);
	assert_int_equal(world_datagram_send(&b, a.port, "b", 1), 0);
	assert_int_equal(receive(&a), 1);
	assert_int_equal(bytes[0], 'b');
	world_datagram_close(&c);
}

static void *answer_late(void *unused)
{
	world_sleep_until(1000000);
	assert_int_equal(world_datagram_send(&a, b.port, "late", 4), 0);
	return unused;
}

static void receiving_waits_for_its_time_or_for_what_comes(void **state)
{
	(void)state;
	struct world_thread thread;
	world_datagram_close(&b);
	assert_int_equal(world_datagram_open(&b, 500000), 0);
	int64_t began_ns = world_now_ns();
	assert_int_equal(receive(&b), -EAGAIN);
	assert_int_equal(world_now_ns() - began_ns, 3000 + 500000 + 10000);
	world_datagram_close(&b);
	assert_int_equal(world_datagram_open(&b, ABSENT), 0);
	assert_int_equal(world_spawn(&thread, answer_late, NULL), 0);
	assert_int_equal(receive(&b), 4);
	assert_int_equal(world_now_ns(), 1000000 + 10000 + 3000 + 10000);
	world_join(&thread);
}

static void what_is_awaited_comes_or_its_time_is_over(void **state)
{
	(void)state;
	struct awaited awaited = {.until_ns = 500000, .socket = &b};
	struct world_thread thread;
	world_await(&awaited);
	assert_false(awaited.came);
	assert_int_equal(world_now_ns(), 500000 + 10000);
	assert_int_equal(world_spawn(&thread, answer_late, NULL), 0);
	awaited.until_ns = 60000000;
	world_await(&awaited);
	assert_true(awaited.came);
	assert_int_equal(world_now_ns(), 1000000 + 10000 + 3000 + 10000);
	world_await(&awaited); /* it was not received */
	assert_true(awaited.came);
	world_join(&thread);
	awaited = (struct awaited){.until_ns = 70000000};
	world_await(&awaited);
	assert_false(awaited.came);
	assert_int_equal(world_now_ns(), 70000000 + 10000);
}

static void no_port_is_given_twice_at_a_time(void **state)
{
	(void)state;
	enum { MANY = 28232 - 2 };
	static struct world_datagram all[MANY];
	static bool taken[UINT16_MAX + 1];
	struct world_datagram one_more;
	taken[a.port] = taken[b.port] = true;
	for (int k = 0; k < MANY; k++) {
		assert_int_equal(world_datagram_open(&all[k], 0), 0);
		assert_false(taken[all[k].port]);
		taken[all[k].port] = true;
	}
	assert_int_equal(world_datagram_open(&one_more, 0), -EADDRINUSE);
	world_datagram_close(&one_more);
	uint16_t freed = all[7].port;
	world_datagram_close(&all[7]);
	assert_int_equal(world_datagram_open(&all[7], 0), 0);
	assert_int_equal(all[7].port, freed);
	for (int k = 0; k < MANY; k++)
		world_datagram_close(&all[k]);
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, open_both, close_both)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_datagram_comes_whole_once_and_says_from_where),
		CLAIM(each_call_takes_its_time),
		CLAIM(what_has_no_room_is_lost),
		CLAIM(from_who_is_connected_nobodys_port_is_refused_once),
		CLAIM(who_is_connected_hears_its_peer_only),
		CLAIM(receiving_waits_for_its_time_or_for_what_comes),
		CLAIM(what_is_awaited_comes_or_its_time_is_over),
		CLAIM(no_port_is_given_twice_at_a_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
