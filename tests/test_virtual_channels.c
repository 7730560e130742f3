/* test_virtual_channels - pipes and polls of the virtual world: what they move and what that
 * takes, who waits, who is woken, and what an end is.
 *
 * Method: both ends of a channel in one process, in a world without idle time; the clock is
 * asked, which is free there.  Threads where somebody has to wait. */
#include "in_world.h"

#include <errno.h>
#include <stdlib.h>

#include "world/virtual_process.h"

enum { PIPE_BYTES = 65536, CHANNELS_N = 5, TAGS_MOST = 2 * CHANNELS_N };

static struct world_channel near[CHANNELS_N], far[CHANNELS_N];
static struct world_poll set;
static size_t tags[TAGS_MOST];
static char bytes[2 * PIPE_BYTES];

/* Near ends do not wait and are asked whether they can receive; tags are 100, 101, ... */
static int open_channels(void **state)
{
	(void)state;
	assert_int_equal(world_poll_open(&set), 0);
	for (size_t k = 0; k < CHANNELS_N; k++) {
		struct process *own = process_self();
		assert_int_equal(channel_open(&near[k], own, &far[k], own), 0);
		assert_int_equal(world_channel_never_wait(&near[k]), 0);
		assert_int_equal(world_poll_receive(&set, &near[k], 100 + k, true), 0);
	}
	return 0;
}

static int close_channels(void **state)
{
	(void)state;
	world_poll_close(&set);
	world_poll_close(&set);
	for (size_t k = 0; k < CHANNELS_N; k++) {
		channel_close(&near[k]);
		channel_close(&far[k]);
	}
	return 0;
}

static int64_t taken_ns(int64_t since_ns)
{
	return world_now_ns() - since_ns;
}

static void moving_takes_the_call_and_each_kib(void **state)
{
	(void)state;
	int64_t began_ns = world_now_ns();
	assert_int_equal(world_send_some(&near[0], bytes, 10240), 10240);
	assert_int_equal(taken_ns(began_ns), 2000 + 10 * 100);
	began_ns = world_now_ns();
	assert_int_equal(world_receive_some(&far[0], bytes, sizeof bytes), 10240);
	assert_int_equal(taken_ns(began_ns), 2000 + 10 * 100);
	began_ns = world_now_ns();
	assert_int_equal(world_receive_some(&near[0], bytes, 1), 0);
	assert_int_equal(taken_ns(began_ns), 2000);
}

static void bytes_come_as_they_were_sent_whatever_their_pieces(void **state)
{
	(void)state;
	uint8_t sent = 0, expected = 0;
	for (size_t k = 0; k < 4000; k++) {
		uint8_t piece[173], got[211];
		size_t n = k * 7 % sizeof piece;
		for (size_t i = 0; i < n; i++)
			piece[i] = sent++;
		sent -= (uint8_t)(n - (size_t)world_send_some(&near[0], piece, n));
		int64_t received = 0;
		if (k % 3 == 0 && world_wait_readable(&far[0], 0))
			received = world_receive_some(&far[0], got, sizeof got);
		for (int64_t i = 0; i < received; i++)
			assert_int_equal(got[i], expected++);
	}
}

static void a_pipe_holds_64_kib_and_then_what_was_taken(void **state)
{
	(void)state;
	assert_int_equal(world_send_some(&near[0], bytes, sizeof bytes), PIPE_BYTES);
	assert_int_equal(world_send_some(&near[0], bytes, 1), 0);
	assert_int_equal(world_receive_some(&far[0], bytes, 100), 100);
	assert_int_equal(world_send_some(&near[0], bytes, sizeof bytes), 100);
}

static void the_end_is_epipe_behind_what_was_sent(void **state)
{
	(void)state;
	assert_int_equal(world_send(&far[0], "abc", 3), 0);
	channel_close(&far[0]);
	assert_int_equal(world_receive_some(&near[0], bytes, sizeof bytes), 3);
	assert_int_equal(world_receive_some(&near[0], bytes, sizeof bytes), -EPIPE);
	assert_int_equal(world_send_some(&near[0], bytes, 1), -EPIPE);
	assert_int_equal(world_send(&near[0], bytes, 1), -EPIPE);
}

static void *send_late(void *channel)
{
	world_sleep_until(1000000);
	assert_int_equal(world_send(channel, "x", 1), 0);
	return NULL;
}

/* The sender is busy for its call, the receiver comes 10 us later, and finishes its own. */
static void who_waits_is_woken_by_who_sends(void **state)
{
	(void)state;
	struct world_thread sender;
	char byte;
	assert_int_equal(world_spawn(&sender, send_late, &near[1]), 0);
	assert_int_equal(world_receive(&far[1], &byte, 1), 0);
	assert_int_equal(world_now_ns(), 1000000 + 10000 + 2000 + 10000);
	assert_int_equal(byte, 'x');
	world_join(&sender);
}

static void *receive_late(void *channel)
{
	world_sleep_until(1000000);
	assert_int_equal(world_receive(channel, bytes, PIPE_BYTES + 1024), 0);
	return NULL;
}

static void who_has_no_room_is_woken_by_who_receives(void **state)
{
	(void)state;
	struct world_thread receiver;
	assert_int_equal(world_spawn(&receiver, receive_late, &near[1]), 0);
	assert_int_equal(world_send(&far[1], bytes, PIPE_BYTES + 1024), 0);
	assert_true(world_now_ns() > 1000000);
	world_join(&receiver);
}

static void *close_late(void *channel)
{
	world_sleep_until(1000000);
	channel_close(channel);
	return NULL;
}

static void who_waits_sees_the_end(void **state)
{
	(void)state;
	struct world_thread closer;
	assert_int_equal(world_spawn(&closer, close_late, &near[1]), 0);
	assert_int_equal(world_receive_some(&far[1], bytes, 1), -EPIPE);
	world_join(&closer);
	assert_int_equal(world_spawn(&closer, close_late, &near[2]), 0);
	assert_int_equal(world_send(&far[2], bytes, PIPE_BYTES + 1), -EPIPE);
	world_join(&closer);
}

static void a_channel_is_readable_in_time_or_not(void **state)
{
	(void)state;
	int64_t began_ns = world_now_ns();
	assert_false(world_wait_readable(&far[0], 5000000));
	assert_int_equal(taken_ns(began_ns), 700 + 5000000 + 10000);
	assert_int_equal(world_send(&near[0], "x", 1), 0);
	began_ns = world_now_ns();
	assert_true(world_wait_readable(&far[0], 5000000));
	assert_int_equal(taken_ns(began_ns), 700);
	channel_close(&near[1]);
	assert_true(world_wait_readable(&far[1], 5000000));
}

static void only_what_can_be_received_from_is_named(void **state)
{
	(void)state;
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, 0), 0);
	for (size_t k = 0; k < CHANNELS_N; k++) {
		char byte = 'x';
		assert_int_equal(world_send(&far[k], &byte, 1), 0);
		assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, ABSENT), 1);
		assert_int_equal(tags[0], 100 + k);
		assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, ABSENT), 1);
		assert_int_equal(world_receive_some(&near[k], &byte, 1), 1);
		assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, 0), 0);
	}
}

static void those_not_named_have_their_turn_next(void **state)
{
	(void)state;
	static const size_t order[] = {3, 1, 4, 0, 2};
	for (size_t k = 0; k < CHANNELS_N; k++)
		assert_int_equal(world_send(&far[order[k]], "x", 1), 0);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, ABSENT), CHANNELS_N);
	for (size_t k = 0; k < 4 * CHANNELS_N; k += 2) {
		assert_int_equal(world_poll_wait(&set, tags, 2, ABSENT), 2);
		assert_int_equal(tags[0], 100 + order[k % CHANNELS_N]);
		assert_int_equal(tags[1], 100 + order[(k + 1) % CHANNELS_N]);
	}
}

static void the_end_of_a_channel_is_named(void **state)
{
	(void)state;
	channel_close(&far[3]);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, ABSENT), 1);
	assert_int_equal(tags[0], 103);
}

static void what_is_no_longer_asked_about_is_not_named(void **state)
{
	(void)state;
	assert_int_equal(world_send(&far[1], "x", 1), 0);
	assert_int_equal(world_send(&far[2], "x", 1), 0);
	assert_int_equal(world_poll_receive(&set, &near[1], 101, false), 0);
	channel_close(&near[2]);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, 0), 0);
	assert_int_equal(world_poll_receive(&set, &near[1], 101, false), -ENOENT);
	assert_int_equal(world_poll_receive(&set, &near[3], 103, true), -EEXIST);
	assert_int_equal(world_poll_receive(&set, &near[2], 102, true), -EBADF);
}

static void a_channel_is_named_when_it_has_room_again_or_its_other_end_has_gone(void **state)
{
	(void)state;
	assert_int_equal(world_send_some(&near[2], bytes, sizeof bytes), PIPE_BYTES);
	assert_int_equal(world_poll_send(&set, &near[2], 102, true), 0);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, 0), 0);
	assert_int_equal(world_receive_some(&far[2], bytes, 1), 1);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, ABSENT), 1);
	assert_int_equal(tags[0], 102);
	assert_int_equal(world_send_some(&near[2], bytes, sizeof bytes), 1);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, 0), 0);
	channel_close(&far[2]);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, ABSENT), 2);
	assert_int_equal(tags[0] + tags[1], 102 + 102);
}

static void a_poll_waits_for_its_time_and_is_woken_before(void **state)
{
	(void)state;
	struct world_thread sender;
	int64_t began_ns = world_now_ns();
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, 300000), 0);
	assert_int_equal(taken_ns(began_ns), 700 + 300000 + 10000);
	assert_int_equal(world_spawn(&sender, send_late, &far[4]), 0);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, ABSENT), 1);
	assert_int_equal(world_now_ns(), 1000000 + 10000 + 2000 + 10000);
	assert_int_equal(tags[0], 104);
	world_join(&sender);
}

static void receive_for_ever(void *unused)
{
	open_channels(unused);
	world_receive(&far[0], bytes, 1);
}

static void who_waits_for_ever_is_told_of(void **state)
{
	(void)state;
	struct error err = {""};
	struct virtual_wait wait;
	assert_int_equal(virtual_run(&world_options, receive_for_ever, NULL, &err), -EDEADLK);
	assert_true(virtual_waiting_nth(0, &wait));
	assert_string_equal(wait.what, "a pipe");
	assert_false(virtual_waiting_nth(1, &wait));
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, open_channels, close_channels)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(moving_takes_the_call_and_each_kib),
		CLAIM(bytes_come_as_they_were_sent_whatever_their_pieces),
		CLAIM(a_pipe_holds_64_kib_and_then_what_was_taken),
		CLAIM(the_end_is_epipe_behind_what_was_sent),
		CLAIM(who_waits_is_woken_by_who_sends),
		CLAIM(who_has_no_room_is_woken_by_who_receives),
		CLAIM(who_waits_sees_the_end),
		CLAIM(a_channel_is_readable_in_time_or_not),
		CLAIM(only_what_can_be_received_from_is_named),
		CLAIM(those_not_named_have_their_turn_next),
		CLAIM(the_end_of_a_channel_is_named),
		CLAIM(what_is_no_longer_asked_about_is_not_named),
		CLAIM(a_channel_is_named_when_it_has_room_again_or_its_other_end_has_gone),
		CLAIM(a_poll_waits_for_its_time_and_is_woken_before),
		{"who_waits_for_ever_is_told_of", who_waits_for_ever_is_told_of, NULL, NULL, NULL},
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
