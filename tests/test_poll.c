/* test_poll - channels that do not wait, and waiting for many of them at once.
 *
 * Method: channels whose two ends are both in this process, made of two pipes; what a pipe
 * holds is found by filling it. */
#include "claims.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/time.h>

#include "world/world.h"

enum { CHANNELS_N = 5, TAGS_MOST = 2 * CHANNELS_N };

static const int64_t given_up_ns = INT64_C(20000000000);

static struct world_poll set;
static struct world_channel near[CHANNELS_N], far[CHANNELS_N];
static size_t tags[TAGS_MOST];

/* Near ends do not wait and are asked whether they can receive; tags are 100, 101, ... */
static int open_channels(void **state)
{
	(void)state;
	assert_int_equal(world_poll_open(&set), 0);
	for (size_t k = 0; k < CHANNELS_N; k++) {
		int down[2], up[2];
		assert_int_equal(pipe(down) | pipe(up), 0);
		near[k] = (struct world_channel){.in = up[0], .out = down[1]};
		far[k] = (struct world_channel){.in = down[0], .out = up[1]};
		assert_int_equal(world_channel_never_wait(&near[k]), 0);
		assert_int_equal(world_poll_receive(&set, &near[k], 100 + k, true), 0);
	}
	return 0;
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int close_channels(void **state)
{
	(void)state;
	world_poll_close(&set);
	world_poll_close(&set);
	for (size_t k = 0; k < CHANNELS_N; k++) {
		shut(&near[k].in), shut(&near[k].out);
		shut(&far[k].in), shut(&far[k].out);
	}
	return 0;
}

/* Sends until no more is taken. */
static size_t fill(const struct world_channel *c)
{
	static const char bytes[4096];
	size_t total = 0;
	int64_t sent;
	while ((sent = world_send_some(c, bytes, sizeof bytes)) > 0)
		total += (size_t)sent;
	assert_int_equal(sent, 0);
	return total;
}

static void an_empty_channel_gives_nothing_and_a_full_one_takes_nothing(void **state)
{
	(void)state;
	char bytes[4096] = {0};
	assert_int_equal(world_receive_some(&near[0], bytes, sizeof bytes), 0);
	size_t full = fill(&near[0]);
	assert_true(full > 0);
	assert_int_equal(world_send_some(&near[0], bytes, 1), 0);
	while (full > 0) { /* the far end waits, but not when there is something */
		int64_t received = world_receive_some(&far[0], bytes, sizeof bytes);
		assert_true(received > 0);
		full -= (size_t)received;
	}
	assert_int_equal(world_send_some(&near[0], bytes, 1), 1);
}

static void the_end_is_epipe_behind_what_was_sent(void **state)
{
	(void)state;
	char bytes[4];
	assert_int_equal(world_send(&far[0], "abc", 3), 0);
	shut(&far[0].in), shut(&far[0].out);
	assert_int_equal(world_receive_some(&near[0], bytes, sizeof bytes), 3);
	assert_int_equal(world_receive_some(&near[0], bytes, sizeof bytes), -EPIPE);
	assert_int_equal(world_send_some(&near[0], bytes, 1), -EPIPE);
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
		assert_int_equal(world_receive_some(&near[k], &byte, 1), 1);
		assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, 0), 0);
	}
}

static void all_that_can_be_received_from_are_named_at_once(void **state)
{
	(void)state;
	size_t sum = 0;
	for (size_t k = 0; k < CHANNELS_N; k++)
		assert_int_equal(world_send(&far[k], "x", 1), 0);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, given_up_ns), CHANNELS_N);
	for (size_t k = 0; k < CHANNELS_N; k++)
		sum += tags[k];
	assert_int_equal(sum, 100 + 101 + 102 + 103 + 104);
	assert_int_equal(world_poll_wait(&set, tags, 2, given_up_ns), 2);
}

static void the_end_of_a_channel_is_named(void **state)
{
	(void)state;
	shut(&far[3].out);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, given_up_ns), 1);
	assert_int_equal(tags[0], 103);
}

static void what_is_no_longer_asked_about_is_not_named(void **state)
{
	(void)state;
	assert_int_equal(world_send(&far[1], "x", 1), 0);
	assert_int_equal(world_poll_receive(&set, &near[1], 101, false), 0);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, 0), 0);
}

static void a_channel_is_named_when_it_has_room_again_or_its_other_end_has_gone(void **state)
{
	(void)state;
	char bytes[4096];
	size_t full = fill(&near[2]);
	assert_int_equal(world_poll_send(&set, &near[2], 102, true), 0);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, 0), 0);
	while (full > 0)
		full -= (size_t)world_receive_some(&far[2], bytes, sizeof bytes);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, given_up_ns), 1);
	assert_int_equal(tags[0], 102);
	fill(&near[2]);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, 0), 0);
	shut(&far[2].in);
	assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, given_up_ns), 1);
	assert_int_equal(tags[0], 102);
}

static void a_wait_that_gave_nothing_did_not_end_before_its_time(void **state)
{
	(void)state;
	for (int64_t wait_ns = 0; wait_ns <= 4000000; wait_ns += 700000) {
		int64_t until_ns = world_now_ns() + wait_ns;
		assert_int_equal(world_poll_wait(&set, tags, TAGS_MOST, wait_ns), 0);
		assert_true(world_now_ns() >= until_ns);
	}
}

static void ignore(int signal)
{
	(void)signal;
}

/* A signal every 200 us, which interrupts system calls. */
static void alarm_often(bool on)
{
	const struct sigaction action = {.sa_handler = ignore};
	const struct itimerval often = {{0, on ? 200 : 0}, {0, on ? 200 : 0}};
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
}

static void a_signal_ends_a_wait_without_an_error(void **state)
{
	(void)state;
	alarm_often(true);
	int64_t n = world_poll_wait(&set, tags, TAGS_MOST, ABSENT);
	alarm_often(false);
	assert_int_equal(n, 0);
}

static int send_late(const struct world_channel *parent, void *unused)
{
	(void)unused;
	world_sleep_until(world_now_ns() + 5000000);
	return world_send(parent, "x", 1);
}

static void signals_do_not_end_moving_what_waits(void **state)
{
	(void)state;
	struct world_process child;
	char byte = 0;
	int status;
	assert_int_equal(world_fork(&child, false, send_late, NULL), 0);
	alarm_often(true);
	int64_t moved = world_receive_some(&child.channel, &byte, 1);
	alarm_often(false);
	assert_int_equal(moved, 1);
	assert_int_equal(byte, 'x');
	world_wait(&child, &status, NULL);
	assert_int_equal(status, 0);
}

static int ignore_sigpipe(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, open_channels, close_channels)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(an_empty_channel_gives_nothing_and_a_full_one_takes_nothing),
		CLAIM(the_end_is_epipe_behind_what_was_sent),
		CLAIM(only_what_can_be_received_from_is_named),
		CLAIM(all_that_can_be_received_from_are_named_at_once),
		CLAIM(the_end_of_a_channel_is_named),
		CLAIM(what_is_no_longer_asked_about_is_not_named),
		CLAIM(a_channel_is_named_when_it_has_room_again_or_its_other_end_has_gone),
		CLAIM(a_wait_that_gave_nothing_did_not_end_before_its_time),
		CLAIM(a_signal_ends_a_wait_without_an_error),
		CLAIM(signals_do_not_end_moving_what_waits),
	};
	return cmocka_run_group_tests(tests, ignore_sigpipe, NULL);
}
