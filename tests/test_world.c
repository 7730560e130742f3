/* test_world - parking, processes and the channels between them, in the real world.
 *
 * Method: children that do one thing and end with a number or a signal; a claim that
 * something is not waited for is kept by a child that gives up, with another number,
 * after far longer than any machine needs. */
#include "claims.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "world/world.h"

enum { THREADS_N = 4 };

/* parking */

static void a_park_on_a_changed_word_returns_at_once(void **state)
{
	(void)state;
	uint32_t changed = 1;
	assert_true(world_park(&changed, 0, ABSENT));
}

static void a_park_that_timed_out_did_not_end_before_its_deadline(void **state)
{
	(void)state;
	uint32_t same = 0;
	for (int64_t wait_ns = 0; wait_ns <= 2000000; wait_ns += 500000) {
		int64_t until_ns = world_now_ns() + wait_ns;
		while (world_park(&same, 0, until_ns))
			;
		assert_true(world_now_ns() >= until_ns);
	}
}

static struct world_thread threads[THREADS_N];
static uint32_t word;

static void *park_until_changed(void *unused)
{
	while (world_load(&word, ACQUIRE) == 0)
		world_park(&word, 0, ABSENT);
	return unused;
}

static void an_unpark_wakes_all_it_was_told_to(void **state)
{
	(void)state;
	for (int round = 0; round < 50; round++) {
		word = 0;
		for (size_t k = 0; k < THREADS_N; k++)
			assert_int_equal(world_spawn(&threads[k], park_until_changed, NULL), 0);
		world_store(&word, 1, RELEASE);
		world_unpark(&word, THREADS_N);
		for (size_t k = 0; k < THREADS_N; k++)
			world_join(&threads[k]);
	}
}

/* processes */

static const int64_t given_up_ns = INT64_C(20000000000);

static int end_with(const struct world_channel *parent, void *argument)
{
	(void)parent;
	return *(int *)argument;
}

static void the_exit_status_is_what_the_child_returned(void **state)
{
	(void)state;
	static const int values[] = {0, 1, 7, 255};
	for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
		int value = values[k], status = -99;
		struct world_process child;
		assert_int_equal(world_fork(&child, false, end_with, &value), 0);
		assert_true(child.id > 0);
		world_wait(&child, &status, NULL);
		assert_int_equal(status, value);
	}
}

static int die_by(const struct world_channel *parent, void *argument)
{
	(void)parent;
	(void)raise(*(int *)argument);
	return 0;
}

static void a_killed_child_has_minus_its_signal_for_a_status(void **state)
{
	(void)state;
	static const int signals[] = {SIGTERM, SIGKILL};
	for (size_t k = 0; k < 2; k++) {
		int number = signals[k], status = 99;
		struct world_process child;
		assert_int_equal(world_fork(&child, false, die_by, &number), 0);
		world_wait(&child, &status, NULL);
		assert_int_equal(status, -number);
	}
}

/* Ends when the parent is done with it: 1 after a whole word more, 7 at the end of the
 * channel, 8 when neither comes. */
static int wait_for_end(const struct world_channel *parent, void *unused)
{
	(void)unused;
	int32_t received;
	if (!world_wait_readable(parent, given_up_ns))
		return 8;
	return world_receive(parent, &received, sizeof received) == -EPIPE ? 7 : 1;
}

static void a_child_that_is_told_nothing_sees_the_channel_end(void **state)
{
	(void)state;
	struct world_process child;
	int status;
	assert_int_equal(world_fork(&child, false, wait_for_end, NULL), 0);
	world_wait(&child, &status, NULL);
	assert_int_equal(status, 7);
}

static void a_killed_process_ends_by_sigkill_and_can_be_killed_only_once(void **state)
{
	(void)state;
	struct world_process child;
	int status;
	assert_int_equal(world_fork(&child, false, wait_for_end, NULL), 0);
	world_kill(&child);
	world_wait(&child, &status, NULL);
	assert_int_equal(status, -SIGKILL);
	assert_int_equal(child.id, -1);
	world_kill(&child); /* nobody: above all not every process there is */
}

/* How a child lives that is the second of two. */
static int forget_and_wait(const struct world_channel *parent, void *elder)
{
	char byte = 0;
	world_forget(elder, 1);
	return world_send(parent, &byte, 1) ? 1 : wait_for_end(parent, NULL);
}

static void a_child_sees_its_channel_end_beside_a_younger_one_that_forgot_it(void **state)
{
	(void)state;
	struct world_process elder, younger;
	char byte;
	int status;
	assert_int_equal(world_fork(&elder, false, wait_for_end, NULL), 0);
	assert_int_equal(world_fork(&younger, false, forget_and_wait, &elder), 0);
	assert_int_equal(world_receive(&younger.channel, &byte, 1), 0);
	world_wait(&elder, &status, NULL);
	assert_int_equal(status, 7);
	world_wait(&younger, &status, NULL);
	assert_int_equal(status, 7);
}

/* The younger of some children, whose channels it must not have open, but still its own. */
static int look_what_is_open(const struct world_channel *parent, void *elders)
{
	const struct world_process *p = elders;
	world_forget(p, 5);
	for (int k = 0; k < 5; k++)
		if (fcntl(p[k].channel.in, F_GETFD) >= 0 || fcntl(p[k].channel.out, F_GETFD) >= 0)
			return 1;
	return fcntl(parent->in, F_GETFD) < 0 || fcntl(STDERR_FILENO, F_GETFD) < 0 ||
	       fcntl(p[5].channel.in, F_GETFD) < 0;
}

/* With and without a gap between their descriptors; the sixth is no elder that it forgets. */
static void forgetting_closes_the_channels_of_the_elders_and_no_other(void **state)
{
	(void)state;
	struct world_process elders[6], younger;
	int gaps[3], status;
	for (size_t k = 0; k < 6; k++) {
		assert_int_equal(world_fork(&elders[k], false, wait_for_end, NULL), 0);
		if (k % 2 == 0)
			gaps[k / 2] = dup(STDERR_FILENO);
	}
	assert_int_equal(world_fork(&younger, false, look_what_is_open, elders), 0);
	world_wait(&younger, &status, NULL);
	assert_int_equal(status, 0);
	for (size_t k = 6; k-- > 0;) { /* the youngest first: none is forgotten by another */
		world_wait(&elders[k], &status, NULL);
		assert_int_equal(status, 7);
		if (k % 2 == 0)
			close(gaps[k / 2]);
	}
}

static void a_waited_for_child_says_how_much_memory_it_had(void **state)
{
	(void)state;
	struct world_process child;
	int value = 0, status;
	int64_t peak_bytes = 0;
	assert_int_equal(world_fork(&child, false, end_with, &value), 0);
	world_wait(&child, &status, &peak_bytes);
	assert_true(peak_bytes > 4096);
}

/* channels */

/* More than a pipe holds, so that both sides must move it in pieces. */
enum { LARGE_BYTES = 300000 };

static int echo_inverted(const struct world_channel *parent, void *unused)
{
	(void)unused;
	unsigned char *bytes = malloc(LARGE_BYTES);
	if (!bytes || world_receive(parent, bytes, LARGE_BYTES))
		return 1;
	for (size_t k = 0; k < LARGE_BYTES; k++)
		bytes[k] = (unsigned char)~bytes[k];
	int failed = world_send(parent, bytes, LARGE_BYTES);
	free(bytes);
	return failed ? 2 : 0;
}

static void a_channel_moves_more_than_a_pipe_holds_both_ways(void **state)
{
	(void)state;
	struct world_process child;
	int status;
	unsigned char *sent = malloc(LARGE_BYTES), *received = malloc(LARGE_BYTES);
	assert_true(sent && received);
	for (size_t k = 0; k < LARGE_BYTES; k++)
		sent[k] = (unsigned char)(k * 7 + k / 251);
	assert_int_equal(world_fork(&child, false, echo_inverted, NULL), 0);
	assert_int_equal(world_send(&child.channel, sent, LARGE_BYTES), 0);
	assert_int_equal(world_receive(&child.channel, received, LARGE_BYTES), 0);
	world_wait(&child, &status, NULL);
	assert_int_equal(status, 0);
	for (size_t k = 0; k < LARGE_BYTES; k++)
		if (received[k] != (unsigned char)~sent[k])
			fail_msg("byte %zu is wrong", k);
	free(sent);
	free(received);
}

static int send_three_bytes(const struct world_channel *parent, void *unused)
{
	(void)unused;
	return world_send(parent, "abc", 3);
}

static void a_message_that_ends_early_is_epipe(void **state)
{
	(void)state;
	struct world_process child;
	char received[4] = "";
	int status;
	assert_int_equal(world_fork(&child, false, send_three_bytes, NULL), 0);
	assert_int_equal(world_receive(&child.channel, received, 4), -EPIPE);
	assert_memory_equal(received, "abc", 3);
	world_wait(&child, &status, NULL);
	assert_int_equal(status, 0);
}

/* Returns when the child has ended, but leaves it to world_wait. */
static void wait_until_gone(const struct world_process *child)
{
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)child->id, &info, WEXITED | WNOWAIT), 0);
}

static void a_send_to_a_child_that_has_gone_is_epipe(void **state)
{
	(void)state;
	struct world_process child;
	int value = 0, status;
	char byte = 0;
	assert_int_equal(world_fork(&child, false, end_with, &value), 0);
	wait_until_gone(&child);
	assert_int_equal(world_send(&child.channel, &byte, 1), -EPIPE);
	assert_int_equal(world_receive(&child.channel, &byte, 1), -EPIPE);
	world_wait(&child, &status, NULL);
	assert_int_equal(status, 0);
}

static void nothing_moves_without_fail(void **state)
{
	(void)state;
	struct world_process child;
	int value = 0, status;
	char byte = 0;
	assert_int_equal(world_fork(&child, false, end_with, &value), 0);
	assert_int_equal(world_send(&child.channel, &byte, 0), 0);
	assert_int_equal(world_receive(&child.channel, &byte, 0), 0);
	world_wait(&child, &status, NULL);
}

static int send_after_a_word(const struct world_channel *parent, void *unused)
{
	(void)unused;
	char byte;
	return world_receive(parent, &byte, 1) || world_send(parent, &byte, 1);
}

static void bytes_and_the_end_are_readable_and_nothing_else_is(void **state)
{
	(void)state;
	struct world_process child;
	char byte = 'x';
	int status;
	assert_int_equal(world_fork(&child, false, send_after_a_word, NULL), 0);
	assert_false(world_wait_readable(&child.channel, 0));
	assert_int_equal(world_send(&child.channel, &byte, 1), 0);
	assert_true(world_wait_readable(&child.channel, given_up_ns));
	assert_int_equal(world_receive(&child.channel, &byte, 1), 0);
	assert_true(world_wait_readable(&child.channel, given_up_ns));
	assert_int_equal(world_receive(&child.channel, &byte, 1), -EPIPE);
	world_wait(&child, &status, NULL);
	assert_int_equal(status, 0);
}

/* memory */

static int write_shared(const struct world_channel *parent, void *memory)
{
	(void)parent;
	strcpy(memory, "from the child");
	return 0;
}

static void shared_memory_is_zero_and_seen_by_both(void **state)
{
	(void)state;
	enum { SHARED_BYTES = 1 << 20 };
	char *memory = world_share(SHARED_BYTES);
	struct world_process child;
	int status;
	assert_non_null(memory);
	assert_int_equal(memory[0] | memory[SHARED_BYTES - 1], 0);
	assert_int_equal(world_fork(&child, false, write_shared, memory), 0);
	world_wait(&child, &status, NULL);
	assert_int_equal(status, 0);
	assert_string_equal(memory, "from the child");
	world_unshare(memory, SHARED_BYTES);
}

/* datagrams */

static void a_datagram_comes_whole_with_the_port_of_its_sender(void **state)
{
	(void)state;
	struct world_datagram a, b;
	char bytes[8] = "";
	uint16_t from;
	assert_int_equal(world_datagram_open(&a, ABSENT), 0);
	assert_int_equal(world_datagram_open(&b, ABSENT), 0);
	assert_int_equal(world_datagram_send(&a, b.port, "ping", 5), 0);
	assert_int_equal(world_datagram_receive(&b, bytes, sizeof bytes, &from), 5);
	assert_string_equal(bytes, "ping");
	assert_int_equal(from, a.port);
	assert_int_equal(world_datagram_send(&b, b.port, "", 0), 0);
	assert_int_equal(world_datagram_receive(&b, bytes, sizeof bytes, &from), 0);
	world_datagram_close(&a);
	world_datagram_close(&b);
}

static void a_receive_that_timed_out_is_eagain(void **state)
{
	(void)state;
	struct world_datagram d;
	char byte;
	uint16_t from;
	assert_int_equal(world_datagram_open(&d, 1000000), 0);
	assert_int_equal(world_datagram_receive(&d, &byte, sizeof byte, &from), -EAGAIN);
	world_datagram_close(&d);
	world_datagram_close(&d);
}

static void a_sleep_does_not_end_before_its_deadline(void **state)
{
	(void)state;
	int64_t deadline_ns = world_now_ns() + 2000000;
	world_sleep_until(deadline_ns);
	assert_true(world_now_ns() >= deadline_ns);
	world_sleep_until(0);
}

/* As gilsim does: a send to one who has gone is an error, not the end. */
static int ignore_sigpipe(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_park_on_a_changed_word_returns_at_once),
		cmocka_unit_test(a_park_that_timed_out_did_not_end_before_its_deadline),
		cmocka_unit_test(an_unpark_wakes_all_it_was_told_to),
		cmocka_unit_test(the_exit_status_is_what_the_child_returned),
		cmocka_unit_test(a_killed_child_has_minus_its_signal_for_a_status),
		cmocka_unit_test(a_child_that_is_told_nothing_sees_the_channel_end),
		cmocka_unit_test(a_killed_process_ends_by_sigkill_and_can_be_killed_only_once),
		cmocka_unit_test(a_child_sees_its_channel_end_beside_a_younger_one_that_forgot_it),
		cmocka_unit_test(forgetting_closes_the_channels_of_the_elders_and_no_other),
		cmocka_unit_test(a_waited_for_child_says_how_much_memory_it_had),
		cmocka_unit_test(a_channel_moves_more_than_a_pipe_holds_both_ways),
		cmocka_unit_test(a_message_that_ends_early_is_epipe),
		cmocka_unit_test(a_send_to_a_child_that_has_gone_is_epipe),
		cmocka_unit_test(nothing_moves_without_fail),
		cmocka_unit_test(bytes_and_the_end_are_readable_and_nothing_else_is),
		cmocka_unit_test(shared_memory_is_zero_and_seen_by_both),
		cmocka_unit_test(a_datagram_comes_whole_with_the_port_of_its_sender),
		cmocka_unit_test(a_receive_that_timed_out_is_eagain),
		cmocka_unit_test(a_sleep_does_not_end_before_its_deadline),
	};
	return cmocka_run_group_tests(tests, ignore_sigpipe, NULL);
}
