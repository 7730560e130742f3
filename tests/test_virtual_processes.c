/* test_virtual_processes - processes of the virtual world: what they take, how they end, and what
 * ends with them.
 *
 * Method: children that note in memory, which is shared, what they saw; the clock is free. */
#include "in_world.h"

#include <errno.h>

#include "world/virtual_process.h"

static int notes_n, status;
static struct world_process child;

static int give_7(const struct world_channel *parent, void *argument)
{
	(void)parent;
	(void)argument;
	return 7;
}

static void a_process_takes_its_fork_start_and_end(void **state)
{
	(void)state;
	int64_t peak_rss_bytes = 1;
	assert_int_equal(world_fork(&child, false, give_7, NULL), 0);
	assert_int_equal(world_now_ns(), 200000);
	world_wait(&child, &status, &peak_rss_bytes);
	assert_int_equal(status, 7);
	assert_int_equal(child.id, -1);
	assert_int_equal(peak_rss_bytes, 0);
	/* On a core that was idle; its parent sleeps. */
	assert_int_equal(world_now_ns(), 200000 + 10000 + 100000 + 50000 + 10000);
}

static int answer_twice(const struct world_channel *parent, void *argument)
{
	int question;
	(void)argument;
	for (int k = 0; k < 2; k++) {
		if (world_receive(parent, &question, sizeof question))
			return 1;
		question *= 2;
		if (world_send(parent, &question, sizeof question))
			return 2;
	}
	return world_receive(parent, &question, sizeof question) == -EPIPE ? 0 : 3;
}

static void a_parent_and_its_child_have_a_channel_that_ends_with_the_wait(void **state)
{
	(void)state;
	assert_int_equal(world_fork(&child, false, answer_twice, NULL), 0);
	for (int k = 4; k < 6; k++) {
		int number = k;
		assert_int_equal(world_send(&child.channel, &number, sizeof number), 0);
		assert_int_equal(world_receive(&child.channel, &number, sizeof number), 0);
		assert_int_equal(number, 2 * k);
	}
	world_wait(&child, &status, NULL);
	assert_int_equal(status, 0);
}

static void a_parent_sees_the_end_of_a_child(void **state)
{
	(void)state;
	char byte;
	assert_int_equal(world_fork(&child, false, give_7, NULL), 0);
	assert_int_equal(world_receive(&child.channel, &byte, 1), -EPIPE);
	assert_true(world_now_ns() >= 200000 + 100000 + 50000);
	world_kill(&child); /* too late */
	world_wait(&child, &status, NULL);
	assert_int_equal(status, 7);
}

static int note_each_ms(const struct world_channel *parent, void *argument)
{
	(void)parent;
	(void)argument;
	for (; notes_n >= 0; notes_n++)
		world_sleep_until(world_now_ns() + 1000000);
	return 0;
}

static void *note_each_ms_too(void *argument)
{
	note_each_ms(NULL, NULL);
	return argument;
}

static struct world_datagram socket;

static int have_a_family(const struct world_channel *parent, void *argument)
{
	struct world_thread threads[3];
	struct world_process grandchild;
	for (int k = 0; k < 3; k++)
		assert_int_equal(world_spawn(&threads[k], note_each_ms_too, NULL), 0);
	assert_int_equal(world_fork(&grandchild, false, note_each_ms, NULL), 0);
	assert_int_equal(world_datagram_open(&socket, ABSENT), 0);
	world_join(&threads[0]);
	return note_each_ms(parent, argument);
}

static void its_threads_its_children_and_its_files_are_killed_with_a_process(void **state)
{
	(void)state;
	struct world_datagram asks;
	uint16_t from;
	char byte;
	notes_n = 0;
	assert_int_equal(world_fork(&child, true, have_a_family, NULL), 0);
	world_sleep_until(20000000);
	assert_true(notes_n > 4 * 15);
	notes_n = 0;
	world_kill(&child);
	world_sleep_until(40000000);
	assert_int_equal(notes_n, 0);
	assert_int_equal(world_receive(&child.channel, &byte, 1), -EPIPE);
	world_wait(&child, &status, NULL);
	assert_int_equal(status, -SIGKILL);
	assert_int_equal(world_datagram_open(&asks, 0), 0);
	assert_int_equal(world_datagram_connect(&asks, socket.port), 0);
	assert_int_equal(world_datagram_send(&asks, socket.port, "x", 1), 0);
	assert_int_equal(world_datagram_receive(&asks, &byte, 1, &from), -ECONNREFUSED);
}

static int leave_a_family(const struct world_channel *parent, void *argument)
{
	static struct world_thread thread;
	static struct world_process grandchild;
	(void)parent;
	(void)argument;
	assert_int_equal(world_spawn(&thread, note_each_ms_too, NULL), 0);
	assert_int_equal(world_fork(&grandchild, false, note_each_ms, NULL), 0);
	world_sleep_until(10000000);
	return 0;
}

static void what_a_process_leaves_ends_with_it(void **state)
{
	(void)state;
	assert_int_equal(world_fork(&child, false, leave_a_family, NULL), 0);
	world_wait(&child, &status, NULL);
	assert_int_equal(status, 0);
	notes_n = 0;
	world_sleep_until(40000000);
	assert_int_equal(notes_n, 0);
}

/* No number of a file is used up. */
static void processes_and_their_files_are_given_back(void **state)
{
	(void)state;
	int64_t most = 0;
	for (int k = 0; k < 1000; k++) {
		assert_int_equal(world_fork(&child, false, give_7, NULL), 0);
		most = child.id > most ? child.id : most;
		world_wait(&child, &status, NULL);
	}
	assert_true(most <= 5);
}

enum { MANY = 2000 };

static int pass_on(const struct world_channel *parent, void *argument)
{
	int number;
	(void)argument;
	return world_receive(parent, &number, sizeof number) ||
	       world_send(parent, &number, sizeof number);
}

static void thousands_are_children_of_one(void **state)
{
	(void)state;
	static struct world_process children[MANY];
	for (int k = 0; k < MANY; k++)
		assert_int_equal(world_fork(&children[k], false, pass_on, NULL), 0);
	for (int k = 0; k < MANY; k++)
		assert_int_equal(world_send(&children[k].channel, &k, sizeof k), 0);
	for (int k = 0; k < MANY; k++) {
		int number;
		assert_int_equal(world_receive(&children[k].channel, &number, sizeof number), 0);
		assert_int_equal(number, k);
		world_wait(&children[k], &status, NULL);
		assert_int_equal(status, 0);
	}
}

enum { ECHOES_N = 3, ECHO_BYTES = 100000, PIECE_BYTES = 10000 };

static int echo(const struct world_channel *parent, void *argument)
{
	char bytes[PIECE_BYTES];
	int64_t moved = 0;
	(void)argument;
	for (int64_t left = ECHO_BYTES; left > 0 && moved >= 0; left -= moved) {
		moved = world_receive_some(parent, bytes, sizeof bytes);
		if (moved > 0 && world_send(parent, bytes, (size_t)moved))
			return 1;
	}
	return moved < 0;
}

/* What the children have said, and are to be sent, moves when it can. */
static void talk_to_echoes(void *argument)
{
	struct world_process echoes[ECHOES_N];
	int64_t to_send[ECHOES_N], to_receive[ECHOES_N], left = ECHOES_N;
	struct world_poll poll;
	(void)argument;
	assert_int_equal(world_poll_open(&poll), 0);
	for (size_t k = 0; k < ECHOES_N; k++) {
		assert_int_equal(world_fork(&echoes[k], false, echo, NULL), 0);
		const struct world_channel *c = &echoes[k].channel;
		assert_int_equal(world_channel_never_wait(c), 0);
		assert_int_equal(world_poll_receive(&poll, c, k, true), 0);
		assert_int_equal(world_poll_send(&poll, c, k, true), 0);
		to_send[k] = to_receive[k] = ECHO_BYTES;
	}
	while (left > 0) {
		static char bytes[ECHO_BYTES];
		size_t tag;
		assert_int_equal(world_poll_wait(&poll, &tag, 1, ABSENT), 1);
		const struct world_channel *c = &echoes[tag].channel;
		int64_t sent = world_send_some(c, bytes, (size_t)to_send[tag]);
		int64_t received = world_receive_some(c, bytes, PIECE_BYTES);
		assert_true(received >= 0 || to_receive[tag] == 0);
		to_send[tag] -= sent;
		to_receive[tag] -= received > 0 ? received : 0;
		if (to_send[tag] == 0 && sent > 0)
			assert_int_equal(world_poll_send(&poll, c, tag, false), 0);
		left -= to_receive[tag] == 0 && received > 0;
		if (to_receive[tag] == 0)
			assert_int_equal(world_poll_receive(&poll, c, tag, false), 0);
	}
	world_poll_close(&poll);
	for (size_t k = 0; k < ECHOES_N; k++) {
		world_wait(&echoes[k], &status, NULL);
		assert_int_equal(status, 0);
	}
}

static void no_schedule_loses_a_wake_up(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct virtual_options options = world_options;
		struct error err = {""};
		options.seed = seed;
		options.cores_n = (int64_t)(seed % 4 + 1);
		options.schedule = (enum schedule)(seed % SCHEDULES_N);
		assert_int_equal(virtual_run(&options, talk_to_echoes, NULL, &err), 0);
	}
}

/* A world that ends with all of these open, for whoever looks for leaks. */
static void what_a_world_leaves_open_is_freed(void **state)
{
	(void)state;
	static struct world_poll poll;
	assert_int_equal(world_fork(&child, false, have_a_family, NULL), 0);
	assert_int_equal(world_poll_open(&poll), 0);
	assert_int_equal(world_poll_receive(&poll, &child.channel, 1, true), 0);
	assert_int_equal(world_send(&child.channel, "abc", 3), 0);
	assert_int_equal(world_datagram_open(&socket, 0), 0);
	assert_int_equal(world_datagram_send(&socket, socket.port, "abc", 3), 0);
	world_sleep_until(5000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_takes_its_fork_start_and_end),
		cmocka_unit_test(a_parent_and_its_child_have_a_channel_that_ends_with_the_wait),
		cmocka_unit_test(a_parent_sees_the_end_of_a_child),
		cmocka_unit_test(its_threads_its_children_and_its_files_are_killed_with_a_process),
		cmocka_unit_test(what_a_process_leaves_ends_with_it),
		cmocka_unit_test(processes_and_their_files_are_given_back),
		cmocka_unit_test(thousands_are_children_of_one),
		cmocka_unit_test(what_a_world_leaves_open_is_freed),
		{"no_schedule_loses_a_wake_up", no_schedule_loses_a_wake_up, NULL, NULL, NULL},
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
